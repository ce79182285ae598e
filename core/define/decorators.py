"""`asset`: a function becomes a definition. Parameters and rules: `spec/api.md` §2.1.

Everything that can be wrong with a declaration is found here, at decoration. What is
only evaluated when something runs (policies, conditions, hooks) is checked for its type
and kept.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from ..errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    ElementCheckError,
    ParameterCheckError,
    check_type,
)
from ..keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix
from ..partitions.mapping import PartitionMapping
from ..partitions.spaces import PartitionsDefinition
from ..schema.terms import Field, schema_of
from .checks import AssetCheckSpec
from .definition import DEFAULT_IO_MANAGER, RESULT, AssetsDefinition, Param, Port, dep_param, input_name
from .deprecation import condition_of, hidden
from .inputs import AssetDep, AssetIn, deps_of
from .names import (
    DEFAULT_GROUP,
    check_mapping,
    check_set,
    is_a,
    key_prefix_of,
    tags_in_text,
    valid_input_text,
    valid_name,
    valid_pool,
)
from .observer import announce
from .op import resource_keys
from .policies import BackfillPolicy, RetryPolicy
from .signature import Signature, described, read, typing_of
from .spec import IO_MANAGER_METADATA, AssetSpec, valid_legacy_freshness
from .types import ANYTHING, UNSET, DagsterType, Typing, valid_type

P = ParamSpec("P")
R = TypeVar("R")

if TYPE_CHECKING:

    class Asset(AssetsDefinition, Generic[P, R]):
        """What a type checker is told that `@asset` gives: a definition that is called like its function."""

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
            """Call the function."""
            raise NotImplementedError


_HIDDEN = {
    "non_argument_deps": "use deps",
    "compute_kind": "",
    "auto_materialize_policy": "use automation_condition",
    "legacy_freshness_policy": "use freshness_policy",
}


@overload
def asset(compute_fn: Callable[P, R]) -> Asset[P, R]: ...
@overload
def asset(
    compute_fn: None = None,
    *,
    name: str | None = ...,
    key_prefix: CoercibleToAssetKeyPrefix | None = ...,
    ins: Mapping[str, AssetIn] | None = ...,
    deps: Iterable[Any] | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    tags: Mapping[str, str] | None = ...,
    description: str | None = ...,
    config_schema: Any = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    hooks: AbstractSet[Any] | None = ...,
    io_manager_def: object | None = ...,
    io_manager_key: str | None = ...,
    dagster_type: DagsterType | type | Any = ...,
    partitions_def: PartitionsDefinition | None = ...,
    op_tags: Mapping[str, Any] | None = ...,
    group_name: str | None = ...,
    output_required: bool = ...,
    automation_condition: Any = ...,
    freshness_policy: Any = ...,
    backfill_policy: BackfillPolicy | None = ...,
    retry_policy: RetryPolicy | None = ...,
    code_version: str | None = ...,
    key: CoercibleToAssetKey | None = ...,
    check_specs: Sequence[AssetCheckSpec] | None = ...,
    owners: Sequence[str] | None = ...,
    kinds: AbstractSet[str] | None = ...,
    pool: str | None = ...,
    is_virtual: bool = ...,
    **kwargs: Any,
) -> Callable[[Callable[P, R]], Asset[P, R]]: ...
def asset(
    compute_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    description: str | None = None,
    config_schema: Any = None,
    required_resource_keys: AbstractSet[str] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    hooks: AbstractSet[Any] | None = None,
    io_manager_def: object | None = None,
    io_manager_key: str | None = None,
    dagster_type: DagsterType | type | Any = None,
    partitions_def: PartitionsDefinition | None = None,
    op_tags: Mapping[str, Any] | None = None,
    group_name: str | None = None,
    output_required: bool = True,
    automation_condition: Any = None,
    freshness_policy: Any = None,
    backfill_policy: BackfillPolicy | None = None,
    retry_policy: RetryPolicy | None = None,
    code_version: str | None = None,
    key: CoercibleToAssetKey | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    owners: Sequence[str] | None = None,
    kinds: AbstractSet[str] | None = None,
    pool: str | None = None,
    is_virtual: bool = False,
    **kwargs: Any,
) -> Any:
    """Declare the asset that a function computes.

    Usable bare (`@asset`) or called (`@asset(group_name="raw")`). Parameters of the
    function name the assets that it reads, except `context`, `config` and those that are
    annotated as resources.

    Args:
        compute_fn: The function.
        name: The asset's name; that of the function where absent.
        key_prefix: Parts that are put before the name.
        ins: For parameters, which asset they read and how.
        deps: Assets that must be there before, without being loaded.
        metadata: Anything to be known about the asset, kept as given.
        tags: For filtering; they are not put on runs.
        description: What the asset is; the docstring where absent.
        config_schema: What config is right.
        required_resource_keys: Resources that the function reads from its context.
        resource_defs: Resources that the asset brings itself.
        hooks: What is called after it ran.
        io_manager_def: What stores and loads it; excludes `io_manager_key`.
        io_manager_key: The resource that stores and loads it.
        dagster_type: The type of the value, instead of the return annotation.
        partitions_def: The partitions it has.
        op_tags: Tags of the computation; a value that is no string is written as JSON.
        group_name: The group; `default` where absent.
        output_required: Whether a generator must yield an output.
        automation_condition: When it is to be made by itself.
        freshness_policy: How old it may be.
        backfill_policy: How a backfill is cut into runs.
        retry_policy: How it is tried again.
        code_version: The version of its code, instead of the fingerprint of the function.
        key: The whole key; excludes `name` and `key_prefix`.
        check_specs: Checks that the function reports.
        owners: E-mail addresses, or `team:` and a name.
        kinds: What it is made of or with; ten at the most.
        pool: What limits how many run at a time.
        is_virtual: Whether it stands for something that holds no data of its own.
        **kwargs: Names of older versions, with a `DeprecationWarning`.

    Returns:
        The definition, or a decorator that gives it.

    Raises:
        DagsterInvalidDefinitionError: for a declaration that cannot work.
        CheckError: for an argument of the wrong type.
    """
    if kwargs:
        hidden(kwargs, _HIDDEN, "asset")

    def define(fn: Callable[..., Any]) -> AssetsDefinition:
        if not callable(fn):
            message = (
                f"@asset decorates a function, not {type(fn).__name__}: {fn!r:.80}; give options by keyword."
            )
            raise TypeError(message)
        asset_key, step = named(fn, name, key_prefix, key)
        signature = read(fn, step)
        given = deps_of(deps, step) if deps is not None else []
        if kwargs.get("non_argument_deps") is not None:
            if deps is not None:
                message = f"Both deps and non_argument_deps were given to {step!r}, which say the same; give deps alone."
                raise DagsterInvalidDefinitionError(message)
            given = deps_of(check_type(kwargs["non_argument_deps"], Iterable, "non_argument_deps"), step)
        params = asset_params(signature, ins, given, step)
        spec = AssetSpec(
            asset_key,
            deps=_spec_deps(params, given) if params else None,
            description=described(fn) if description is None else description,
            metadata=metadata,
            skippable=not check_type(output_required, bool, "output_required", optional=False),
            group_name=DEFAULT_GROUP if group_name is None else group_name,
            code_version=code_version,
            automation_condition=condition_of(kwargs.get("auto_materialize_policy"), automation_condition),
            owners=owners,
            tags=tags,
            kinds=kinds,
            partitions_def=partitions_def,
            freshness_policy=freshness_policy,
            is_virtual=is_virtual,
        )
        if "legacy_freshness_policy" in kwargs:
            spec = spec._replace(
                legacy_freshness_policy=valid_legacy_freshness(kwargs["legacy_freshness_policy"])
            )
        _check_self(asset_key, params, partitions_def)
        manager, brought = _io_manager(step, io_manager_key, io_manager_def, resource_defs)
        made = AssetsDefinition(
            (spec,),
            (
                Port(
                    RESULT,
                    asset_key,
                    _typing(dagster_type, signature, step),
                    output_required,
                    manager,
                    dagster_type,
                ),
            ),
            fn=fn,
            step_name=step,
            params=params,
            context_param=signature.context,
            config_param=signature.config,
            resource_params=signature.resources,
            required_resource_keys=resource_keys(required_resource_keys, signature, step)
            | (resource_defs or {}).keys(),
            resource_defs=brought,
            check_specs=() if check_specs is None else _check_specs(check_specs, asset_key),
            config_schema=None if config_schema is None else valid_schema(config_schema, signature, step),
            retry_policy=check_type(retry_policy, RetryPolicy, "retry_policy"),
            backfill_policy=_backfill(backfill_policy, partitions_def),
            hook_defs=check_set(hooks, "HookDefinition", "hooks"),
            op_tags=_op_tags(op_tags, kwargs.get("compute_kind"), kinds),
            pool=valid_pool(pool),
        )
        announce(made)
        return made

    return define if compute_fn is None else define(compute_fn)


# What help() and completion show is the current API; the hidden names still work.
_shown = inspect.signature(asset)
asset.__signature__ = _shown.replace(  # type: ignore[attr-defined]  # the attribute that inspect looks for
    parameters=[parameter for parameter in _shown.parameters.values() if parameter.name != "kwargs"]
)


def named(fn: Any, name: Any, key_prefix: Any, key: Any) -> tuple[AssetKey, str]:
    """The asset's key, and the name of its step."""
    if key is not None:
        if name is not None or key_prefix is not None:
            message = f"The key argument is provided, {key!r:.80}, and so is a name or key_prefix; a key is complete: leave them out."
            raise DagsterInvalidDefinitionError(message)
        asset_key = AssetKey.from_coercible(key)
        own = getattr(fn, "__name__", "")
    else:
        own = name or getattr(fn, "__name__", "")
        if not own:
            message = (
                f"The function {fn!r:.80} has no name of its own; give the asset one with name=... or key=..."
            )
            raise DagsterInvalidDefinitionError(message)
        asset_key = AssetKey([*key_prefix_of(key_prefix), own])
    step = asset_key.to_python_identifier() or own
    if step == "<lambda>":
        message = "A lambda has no name; give the asset one with name=... or key=..."
        raise DagsterInvalidDefinitionError(message)
    return asset_key, valid_name(step, "asset name")


def asset_params(
    signature: Signature, ins: Mapping[str, AssetIn] | None, deps: list[AssetDep], step: str
) -> tuple[Param, ...]:
    """The inputs: parameters in the order of the signature, then what is only depended on."""
    found: list[Param] = []
    left = dict(_checked_ins(ins)) if ins is not None else {}
    by_key = {dep.asset_key: dep for dep in deps} if deps else {}
    for name, annotation in signature.inputs:
        valid_name(name, "parameter name")
        given = left.pop(name, None)
        if given is not None and not given.loads:
            message = f"The parameter {name!r} of {step!r} is declared as Nothing in ins, so no value can be passed; remove the parameter, or the type."
            raise DagsterInvalidDefinitionError(message)
        found.append(_param(name, annotation, given, by_key, step))
    for name, given in left.items():
        if given.loads and not signature.open:
            names = ", ".join(repr(parameter.name) for parameter in signature.inputs) or "none"
            message = f"The key {name!r} of ins is no parameter of {step!r}, whose inputs are: {names}; add the parameter, or use deps."
            raise DagsterInvalidDefinitionError(message)
        valid_name(name, "input name")
        found.append(_param(name, Any, given, by_key, step))
    if not by_key:
        return tuple(found)
    named = {param.key: param for param in found}
    loaded = {param.name: param for param in found if param.loads}
    for dep in deps:
        param = named.get(dep.asset_key)
        if param is None:
            param = dep_param(dep)
            text = valid_input_text(input_name(param), dep.asset_key)
            if text in loaded:
                message = (
                    f"The parameter {text!r} of {step!r} reads {loaded[text].key.to_user_string()!r}, and a dependency on "
                    f"{dep.asset_key.to_user_string()!r} would be an input of the same name; rename the parameter."
                )
                raise DagsterInvalidDefinitionError(message)
            found.append(param)
        elif param.input is not None and param.input.says_more:
            message = (
                f"The asset {dep.asset_key.to_user_string()!r} is in deps of {step!r}, and the input {param.name!r} reads it "
                "with a mapping, metadata or a type of its own; give that in ins, and leave it out of deps."
            )
            raise DagsterInvalidDefinitionError(message)
    return tuple(found)


def _param(
    name: str, annotation: Any, given: AssetIn | None, deps: Mapping[AssetKey, AssetDep], step: str
) -> Param:
    if given is None:
        key, loads, mapping, typing = AssetKey(name), True, None, ANYTHING
    else:
        key, loads, mapping, typing = given.resolve_key(name), given.loads, given.partition_mapping, ANYTHING
    if given is not None and given.dagster_type is not UNSET:
        annotation = given.dagster_type
        typing = Typing.of(annotation)
    elif annotation is not Any:
        typing = typing_of(annotation, step, name)
    if mapping is None and key in deps:
        mapping = deps[key].partition_mapping
    return Param(name, key, loads, mapping, given, annotation, typing)


def _checked_ins(ins: Mapping[str, AssetIn]) -> Mapping[str, AssetIn]:
    check_type(ins, Mapping, "ins")
    for name, given in ins.items():
        if not isinstance(given, AssetIn):
            message = f"The value of {name!r} in ins must be AssetIn, not {type(given).__name__}: {given!r:.80}; write AssetIn({given!r:.40})."
            raise AttributeError(message)  # noqa: TRY004  what the reference raises
    return ins


def _spec_deps(params: tuple[Param, ...], given: list[AssetDep]) -> list[AssetDep]:
    """One dependency for each upstream key, with what either side says of it."""
    found = {dep.asset_key: dep for dep in given}
    for param in params:
        if param.key not in found or param.mapping is not None:
            metadata = found[param.key].metadata if param.key in found else None
            if param.input is not None and param.input.metadata:
                metadata = param.input.metadata
            found[param.key] = AssetDep(param.key, partition_mapping=param.mapping, metadata=metadata)
    return list({param.key: found[param.key] for param in params}.values())


def _check_self(key: AssetKey, params: tuple[Param, ...], partitions: PartitionsDefinition | None) -> None:
    for param in params:
        if param.key == key and not _earlier(param.mapping, partitions):
            message = (
                "Assets can only depend on themselves if they are partitioned by time and read earlier partitions, and "
                f"{key.to_user_string()!r} depends on itself through {input_name(param)!r}; give a "
                "TimeWindowPartitionMapping with negative offsets."
            )
            raise DagsterInvalidDefinitionError(message)


def _earlier(mapping: PartitionMapping | None, partitions: PartitionsDefinition | None) -> bool:
    """Whether a self-dependency reads earlier partitions only."""
    if partitions is None or mapping is None:
        return False
    if is_a(partitions, "MultiPartitionsDefinition"):
        return is_a(mapping, "MultiPartitionMapping") and _earlier_in_one(mapping, partitions)
    timed = is_a(partitions, "TimeWindowPartitionsDefinition") and is_a(mapping, "TimeWindowPartitionMapping")
    return timed and mapping.start_offset < 0 and mapping.end_offset < 0  # type: ignore[attr-defined]  # of that class


def _earlier_in_one(mapping: Any, partitions: Any) -> bool:
    """Whether each partition of several dimensions reads, in one of time, earlier ones of that very dimension."""
    of = {each.name: each.partitions_def for each in partitions.partitions_defs}
    return any(
        each.dimension_name == name and _earlier(each.partition_mapping, of.get(name))
        for name, each in mapping.downstream_mappings_by_upstream_dimension.items()
    )


def _io_manager(
    step: str, key: str | None, definition: object | None, resources: Mapping[str, object] | None
) -> tuple[str, Mapping[str, object]]:
    brought = {} if resources is None else dict(check_mapping(resources, "resource_defs"))
    if definition is None:
        return check_type(key, str, "io_manager_key") or DEFAULT_IO_MANAGER, brought
    if key is not None:
        message = f"Both io_manager_key and io_manager_def were given to {step!r}; give one of them."
        raise CheckError(message)
    own = f"{step}__io_manager"
    return own, {**brought, own: definition}


def _typing(declared: Any, signature: Signature, step: str) -> Typing:
    if declared is not None:
        return Typing.of(valid_type(declared))
    return ANYTHING if signature.returns is Any else typing_of(signature.returns, step, "return")


def _check_specs(given: Sequence[AssetCheckSpec], key: AssetKey) -> Sequence[AssetCheckSpec]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        message = f"Parameter 'check_specs' must be a sequence, not {type(given).__name__}: {given!r:.80}"
        raise ParameterCheckError(message)
    seen: set[str] = set()
    for spec in given:
        if not isinstance(spec, AssetCheckSpec):
            message = f"Each of 'check_specs' must be AssetCheckSpec, not {type(spec).__name__}: {spec!r:.80}"
            raise ElementCheckError(message)
        if spec.asset_key != key:
            message = (
                f"The check {spec.name!r} is declared for {spec.asset_key.to_user_string()!r}, but stands in check_specs of "
                f"{key.to_user_string()!r}; a function reports the checks of its own asset."
            )
            raise DagsterInvalidDefinitionError(message)
        if spec.name in seen:
            message = f"The check {spec.name!r} of {key.to_user_string()!r} is a duplicate; give each check a name of its own."
            raise DagsterInvalidDefinitionError(message)
        valid_name(spec.get_python_identifier(), "name of a check, after its asset,")
        seen.add(spec.name)
    return given


def io_key_of(spec: AssetSpec) -> str:
    """The resource that stores an asset, as its spec says."""
    return str(spec.metadata.get(IO_MANAGER_METADATA, DEFAULT_IO_MANAGER))


def valid_schema(given: Any, signature: Signature, step: str) -> Field:
    """The config schema, unless a parameter says the same in another way.

    Raises:
        DagsterInvalidConfigDefinitionError: for what is no schema.
        ParameterCheckError: if there is a parameter `config` as well.
    """
    if signature.config:
        message = f"{step!r} has a config_schema and a parameter 'config' as well; use one of the two ways."
        raise ParameterCheckError(message)
    return schema_of(given)


def _backfill(
    policy: BackfillPolicy | None, partitions: PartitionsDefinition | None
) -> BackfillPolicy | None:
    check_type(policy, BackfillPolicy, "backfill_policy")
    if policy is not None and partitions is None and policy.max_partitions_per_run is not None:
        message = f"The backfill_policy {policy!r} is for partitions, and there are none; give a partitions_def, or BackfillPolicy.single_run()."
        raise ParameterCheckError(message)
    return policy


def _op_tags(
    given: Mapping[str, Any] | None, compute_kind: Any, kinds: AbstractSet[str] | None
) -> Mapping[str, str]:
    tags = {} if given is None else tags_in_text(given, "op_tags")
    if compute_kind is not None:
        if kinds:
            message = f"Both compute_kind={compute_kind!r} and kinds were given; they say the same: give kinds alone."
            raise DagsterInvalidDefinitionError(message)
        tags["dagster/compute_kind"] = check_type(compute_kind, str, "compute_kind")
    return tags

"""`multi_asset`: one function that makes several assets (`spec/api.md` §2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from ..errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    ParameterCheckError,
    check_type,
    nearest,
)
from ..keys import AssetKey
from ..partitions.spaces import PartitionsDefinition
from .checks import AssetCheckSpec
from .decorators import asset_params, io_key_of, valid_schema
from .definition import AssetsDefinition, Param, Port
from .deprecation import hidden
from .inputs import AssetDep, AssetIn, deps_of
from .names import DEFAULT_GROUP, check_mapping, check_set, tags_in_text, valid_name, valid_pool
from .observer import announce
from .op import resource_keys
from .op_ports import vents_of
from .outputs import AssetOut
from .policies import BackfillPolicy, RetryPolicy
from .ports import Out
from .signature import Signature, described, read
from .spec import AssetSpec
from .types import ANYTHING, NOTHING, UNSET, Typing

_HIDDEN = {
    "non_argument_deps": "use deps",
    "compute_kind": "",
    "allow_arbitrary_check_specs": "",
}


class _Made(NamedTuple):
    """The assets of one function: what is declared of them, and the outputs that they are."""

    specs: list[AssetSpec]
    ports: list[Port]


def multi_asset(
    *,
    outs: Mapping[str, AssetOut] | None = None,
    name: str | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[Any] | None = None,
    description: str | None = None,
    config_schema: Any = None,
    required_resource_keys: AbstractSet[str] | None = None,
    internal_asset_deps: Mapping[str, AbstractSet[AssetKey]] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    hooks: AbstractSet[Any] | None = None,
    backfill_policy: BackfillPolicy | None = None,
    op_tags: Mapping[str, Any] | None = None,
    can_subset: bool = False,
    resource_defs: Mapping[str, object] | None = None,
    group_name: str | None = None,
    retry_policy: RetryPolicy | None = None,
    code_version: str | None = None,
    specs: Sequence[AssetSpec] | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    pool: str | None = None,
    **kwargs: Any,
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Declare the assets that one function makes.

    Args:
        outs: The assets by output name; the function returns a tuple, or yields `Output`s. Excludes `specs`.
        name: The name of the step; the function's where absent.
        ins: For parameters, which asset they read and how.
        deps: Assets that must be there before, without being loaded; with `specs`, put them there.
        description: What the function does.
        config_schema: What config is right.
        required_resource_keys: Resources that the function reads from its context.
        internal_asset_deps: By output: the assets it is made from; default all inputs, no sibling.
        partitions_def: The partitions they have.
        hooks: What is called after it ran.
        backfill_policy: How a backfill is cut into runs.
        op_tags: Tags of the computation.
        can_subset: Whether some of them can be made without the others.
        resource_defs: Resources that it brings itself.
        group_name: The group of all of them.
        retry_policy: How it is tried again.
        code_version: The version of the code of those that have none of their own.
        specs: The assets; the function returns or yields `MaterializeResult`s, or nothing. Excludes `outs`.
        check_specs: Checks that the function reports.
        pool: What limits how many run at a time.
        **kwargs: Names of older versions, with a `DeprecationWarning`.

    Returns:
        A decorator that gives the definition.

    Raises:
        DagsterInvalidDefinitionError: for a declaration that cannot work.
        CheckError: for an argument of the wrong type, or two that say the same.
    """
    hidden(kwargs, _HIDDEN, "multi_asset")
    if outs is not None and specs is not None:
        message = "Both outs and specs were given to multi_asset; they say the same: give one of them."
        raise DagsterInvalidDefinitionError(message)
    if deps is not None and specs is not None:
        message = (
            "deps were given to multi_asset together with specs: put them on the specs, deps=[...] of each."
        )
        raise DagsterInvalidDefinitionError(message)

    def define(fn: Callable[..., Any]) -> AssetsDefinition:
        step = valid_name(name or fn.__name__, "name")
        signature = read(fn, step)
        given = deps_of(deps, step) if deps is not None else []
        if kwargs.get("non_argument_deps"):
            given = deps_of([*given, *kwargs["non_argument_deps"]], step)
        if specs is not None:
            params, made = _from_specs(
                specs, ins, signature, step, group_name, code_version, partitions_def, can_subset
            )
        else:
            params = asset_params(signature, ins, given, step)
            made = _from_outs(
                outs or {},
                params,
                given,
                internal_asset_deps,
                signature,
                step,
                group_name,
                code_version,
                partitions_def,
            )
        definition = AssetsDefinition(
            made.specs,
            made.ports,
            fn=fn,
            step_name=step,
            params=params,
            context_param=signature.context,
            config_param=signature.config,
            resource_params=signature.resources,
            required_resource_keys=resource_keys(required_resource_keys, signature, step)
            | (resource_defs or {}).keys(),
            resource_defs=None if resource_defs is None else check_mapping(resource_defs, "resource_defs"),
            check_specs=_checks(check_specs, {spec.key for spec in made.specs}, step, kwargs),
            config_schema=None if config_schema is None else valid_schema(config_schema, signature, step),
            retry_policy=check_type(retry_policy, RetryPolicy, "retry_policy"),
            backfill_policy=check_type(backfill_policy, BackfillPolicy, "backfill_policy"),
            hook_defs=check_set(hooks, "HookDefinition", "hooks"),
            op_tags=_tags(op_tags, kwargs.get("compute_kind")),
            pool=valid_pool(pool),
            can_subset=check_type(can_subset, bool, "can_subset", optional=False),
            description=described(fn) if description is None else description,
        )
        announce(definition)
        return definition

    return define


def _tags(op_tags: Mapping[str, Any] | None, compute_kind: str | None) -> Mapping[str, str]:
    tags = tags_in_text(op_tags, "op_tags")
    return tags if compute_kind is None else {**tags, "dagster/compute_kind": compute_kind}


def _from_specs(
    given: Sequence[AssetSpec],
    ins: Mapping[str, AssetIn] | None,
    signature: Signature,
    step: str,
    group: str | None,
    code_version: str | None,
    partitions: PartitionsDefinition | None,
    can_subset: bool,
) -> tuple[tuple[Param, ...], _Made]:
    specs: list[AssetSpec] = []
    for spec in check_type(given, Sequence, "specs", optional=False):
        if not isinstance(spec, AssetSpec):
            message = f"Each of 'specs' must be AssetSpec, not {type(spec).__name__}: {spec!r:.80}"
            raise ParameterCheckError(message)
        specs.append(_completed(spec, group, code_version, partitions))
    keys = {spec.key for spec in specs}
    if len(keys) < len(specs):
        message = f"Two specs of {step!r} have the same key; give each asset a key of its own."
        raise DagsterInvalidDefinitionError(message)
    _check_partitions(specs, partitions, can_subset, step)
    upstream = {dep.asset_key: dep for spec in specs for dep in spec.deps if dep.asset_key not in keys}
    loaded = asset_params(signature, ins, [], step)
    for param in loaded:
        if param.input is not None and param.input.says_more:
            message = (
                f"The input {param.name!r} of {step!r} is among the deps of its specs, so ins may only say its key: give "
                "metadata and partition_mapping with the AssetDep, and the type as an annotation."
            )
            raise DagsterInvalidDefinitionError(message)
        if param.key not in upstream:
            known = [key.to_user_string() for key in upstream]
            hint = (
                nearest(param.key.to_user_string(), known)
                or ": name it in the deps of the specs that are made from it."
            )
            message = f"The parameter {param.name!r} of {step!r} reads {param.key.to_user_string()!r}, which is not among the deps of its specs{hint}"
            raise DagsterInvalidDefinitionError(message)
    read_keys = {param.key for param in loaded}
    loaded = tuple(
        param._replace(mapping=param.mapping or upstream[param.key].partition_mapping) for param in loaded
    )
    waited = tuple(
        Param(f"dep:{key.to_escaped_user_string()}", key, loads=False, mapping=dep.partition_mapping)
        for key, dep in upstream.items()
        if key not in read_keys
    )
    typings = _each_result(signature, len(specs), step)
    ports = [
        Port(
            spec.key.to_python_identifier(),
            spec.key,
            typing,
            not spec.skippable,
            io_key_of(spec),
            implied=True,
        )
        for spec, typing in zip(specs, typings, strict=True)
    ]
    for port in ports:
        valid_name(port.name, "asset name")
    return (*loaded, *waited), _Made(specs, ports)


def _each_result(signature: Signature, count: int, step: str) -> list[Typing]:
    """The type of each result: from the annotation where it says one for each, else anything."""
    if signature.returns is None and count:
        return [NOTHING] * count
    if signature.returns is Any or count < 1:
        return [ANYTHING] * count
    import typing

    args = typing.get_args(signature.returns)
    if typing.get_origin(signature.returns) is tuple and len(args) == count and Ellipsis not in args:
        return [Typing.of(_value_of(arg)) for arg in args]
    del step
    return [ANYTHING] * count


def _value_of(annotation: Any) -> Any:
    import typing

    from .results import MaterializeResult, Output

    if typing.get_origin(annotation) in {MaterializeResult, Output}:
        return typing.get_args(annotation)[0]
    return (
        Any
        if isinstance(annotation, type) and issubclass(annotation, (MaterializeResult, Output))
        else annotation
    )


def _completed(
    spec: AssetSpec, group: str | None, code_version: str | None, partitions: PartitionsDefinition | None
) -> AssetSpec:
    changes: dict[str, Any] = {}
    if group is not None and spec.group_name is not None:
        message = f"The spec of {spec.key.to_user_string()!r} has the group {spec.group_name!r}, and group_name={group!r} was given for all; leave out one of them."
        raise CheckError(message)
    if spec.group_name is None:
        changes["group_name"] = group or DEFAULT_GROUP
    if code_version is not None and spec.code_version is None:
        changes["code_version"] = code_version
    if partitions is not None:
        if spec.partitions_def is not None and spec.partitions_def != partitions:
            message = f"The spec of {spec.key.to_user_string()!r} has other partitions than partitions_def says for all; leave out one of them."
            raise CheckError(message)
        changes["partitions_def"] = partitions
    return spec.replace_attributes(**changes) if changes else spec


def _check_partitions(
    specs: Sequence[AssetSpec], partitions: PartitionsDefinition | None, can_subset: bool, step: str
) -> None:
    if partitions is not None or can_subset:
        return
    spaces = [spec.partitions_def for spec in specs]
    if any(space != spaces[0] for space in spaces[1:]):
        message = f"The specs of {step!r} have different partitions; that needs can_subset=True, so that each can be made by itself."
        raise DagsterInvalidDefinitionError(message)


def _from_outs(
    outs: Mapping[str, AssetOut],
    params: tuple[Param, ...],
    deps: Sequence[AssetDep],
    internal: Mapping[str, AbstractSet[AssetKey]] | None,
    signature: Signature,
    step: str,
    group: str | None,
    code_version: str | None,
    partitions: PartitionsDefinition | None,
) -> _Made:
    check_type(outs, Mapping, "outs", optional=False)
    keys: dict[str, AssetKey] = {}
    for each, out in outs.items():
        valid_name(each, "output name")
        check_type(out, AssetOut, f"outs[{each!r}]", optional=False)
        keys[each] = out.key or AssetKey([*out.key_prefix, each])
    by_key = {dep.asset_key: dep for dep in deps}
    every = [
        by_key.get(param.key) or AssetDep(param.key, partition_mapping=param.mapping)
        for param in {param.key: param for param in params}.values()
    ]
    made_from = _internal(internal, keys, {dep.asset_key: dep for dep in every}, step)
    typings = _types(outs, signature, step)
    found = _Made([], [])
    for each, out in outs.items():
        if group is not None and out.group_name is not None:
            message = f"The output {each!r} has the group {out.group_name!r}, and group_name={group!r} was given for all; leave out one of them."
            raise CheckError(message)
        spec = out.to_spec(keys[each], made_from.get(each, every), partitions_def=partitions)
        spec = _completed(spec, group if out.group_name is None else None, code_version, None)
        found.specs.append(spec)
        declared = None if out.dagster_type is UNSET else out.dagster_type
        found.ports.append(
            Port(each, keys[each], typings[each], out.is_required, out.io_manager_key, declared)
        )
    return found


def _types(outs: Mapping[str, AssetOut], signature: Signature, step: str) -> dict[str, Typing]:
    """The type of each output: what was declared, else its place in the annotated tuple."""
    given = {each: Out(out.dagster_type, is_required=out.is_required) for each, out in outs.items()}
    return {vent.name: vent.typing for vent in vents_of(step, signature, given)}


def _internal(
    internal: Mapping[str, AbstractSet[AssetKey]] | None,
    keys: Mapping[str, AssetKey],
    deps: Mapping[AssetKey, AssetDep],
    step: str,
) -> dict[str, list[AssetDep]]:
    found: dict[str, list[AssetDep]] = {}
    used: set[AssetKey] = set()
    for each, ups in (check_type(internal, Mapping, "internal_asset_deps") or {}).items():
        if each not in keys:
            message = f"internal_asset_deps of {step!r} names an output {each!r} that it does not have{nearest(each, keys) or '.'}"
            raise CheckError(message)
        found[each] = []
        for up in ups:
            key = AssetKey.from_coercible(up)
            if key not in deps and key not in keys.values():
                message = f"internal_asset_deps of {step!r} says that {each!r} is made from {key.to_user_string()!r}, which is neither an input nor an output of it."
                raise CheckError(message)
            used.add(key)
            found[each].append(deps.get(key) or AssetDep(key))
    unused = [key.to_user_string() for key in deps if key not in used]
    if internal and set(found) == set(keys) and unused:
        message = f"internal_asset_deps of {step!r} says what every output is made from, but no output is made from {unused[0]!r}."
        raise CheckError(message)
    return found


def _checks(
    given: Sequence[AssetCheckSpec] | None, keys: AbstractSet[AssetKey], step: str, kwargs: Mapping[str, Any]
) -> Sequence[AssetCheckSpec]:
    seen: set[tuple[AssetKey, str]] = set()
    for spec in given or ():
        if not isinstance(spec, AssetCheckSpec):
            message = f"Each of 'check_specs' must be AssetCheckSpec, not {type(spec).__name__}: {spec!r:.80}"
            raise ParameterCheckError(message)
        if spec.asset_key not in keys and not kwargs.get("allow_arbitrary_check_specs"):
            message = (
                f"The check {spec.name!r} is declared for {spec.asset_key.to_user_string()!r}, which {step!r} does not make; a "
                "function reports the checks of its own assets."
            )
            raise DagsterInvalidDefinitionError(message)
        if (spec.asset_key, spec.name) in seen:
            message = f"The check {spec.name!r} of {spec.asset_key.to_user_string()!r} is a duplicate; give each check a name of its own."
            raise DagsterInvalidDefinitionError(message)
        seen.add((spec.asset_key, spec.name))
    return list(given or ())

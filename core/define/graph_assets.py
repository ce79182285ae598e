"""`graph_asset` and `graph_multi_asset`: assets that a graph of ops makes (`spec/api.md` §2.3)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, overload

from ..errors import DagsterInvalidDefinitionError, check_type
from ..keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix
from ..partitions.spaces import PartitionsDefinition
from .backed import backed
from .checks import AssetCheckSpec
from .definition import AssetsDefinition, Param
from .deprecation import condition_of, hidden
from .inputs import AssetIn
from .names import key_prefix_of, tags_with_kinds, valid_name
from .observer import announce
from .op_graph import graph_of
from .outputs import AssetOut
from .policies import BackfillPolicy
from .ports import GraphOut
from .types import NOTHING, UNSET, Typing

_HIDDEN = {
    "auto_materialize_policy": "use automation_condition",
    "legacy_freshness_policy": "use freshness_policy",
}


@overload
def graph_asset(compose_fn: Callable[..., Any]) -> AssetsDefinition: ...
@overload
def graph_asset(
    compose_fn: None = None,
    *,
    name: str | None = ...,
    description: str | None = ...,
    ins: Mapping[str, AssetIn] | None = ...,
    config: Any = ...,
    key_prefix: CoercibleToAssetKeyPrefix | None = ...,
    group_name: str | None = ...,
    partitions_def: PartitionsDefinition | None = ...,
    hooks: AbstractSet[Any] | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    tags: Mapping[str, str] | None = ...,
    owners: Sequence[str] | None = ...,
    automation_condition: Any = ...,
    backfill_policy: BackfillPolicy | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    check_specs: Sequence[AssetCheckSpec] | None = ...,
    code_version: str | None = ...,
    key: CoercibleToAssetKey | None = ...,
    kinds: AbstractSet[str] | None = ...,
    **kwargs: Any,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...
def graph_asset(
    compose_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    config: Any = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    group_name: str | None = None,
    partitions_def: PartitionsDefinition | None = None,
    hooks: AbstractSet[Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    owners: Sequence[str] | None = None,
    automation_condition: Any = None,
    backfill_policy: BackfillPolicy | None = None,
    resource_defs: Mapping[str, object] | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    code_version: str | None = None,
    key: CoercibleToAssetKey | None = None,
    kinds: AbstractSet[str] | None = None,
    **kwargs: Any,
) -> Any:
    """Declare the asset that a graph of ops makes.

    Args:
        compose_fn: The body: it connects ops, and returns the output that is the asset. Its
            parameters name the assets that it reads.
        name: The asset's name; the function's where absent.
        description: What it is; the docstring where absent.
        ins: For parameters, which asset they read and how.
        config: Config of the ops, by name, or a `ConfigMapping`.
        key_prefix: Parts that are put before the name.
        group_name: The group.
        partitions_def: The partitions it has.
        hooks: What is called after each of its steps.
        metadata: Anything to be known about it.
        tags: For filtering.
        owners: E-mail addresses, or `team:` and a name.
        automation_condition: When it is to be made by itself.
        backfill_policy: How a backfill is cut into runs.
        resource_defs: Resources that it brings itself.
        check_specs: Checks that are outputs of the graph.
        code_version: The version of its code, instead of the fingerprint of its ops.
        key: The whole key; excludes `name` and `key_prefix`.
        kinds: What it is made of or with.
        **kwargs: Names of older versions, with a `DeprecationWarning`.

    Returns:
        The definition, or a decorator that gives it.

    Raises:
        DagsterInvalidDefinitionError: for a body that returns something else than an output of an op.
    """
    hidden(kwargs, _HIDDEN, "graph_asset")
    condition = condition_of(kwargs.get("auto_materialize_policy"), automation_condition)

    def define(fn: Callable[..., Any]) -> AssetsDefinition:
        asset_key = _key(fn, name, key_prefix, key)
        step = valid_name(asset_key.to_python_identifier(), "asset name")
        checks = _checks(check_specs)
        params = _params(fn, ins)
        out = None if not checks else dict.fromkeys(("result", *checks), GraphOut())
        made = graph_of(
            fn, step, "@graph_asset", description=description, out=out, config=config, inputs=list(params)
        )
        if not made.output_mappings:
            message = f"The body of @graph_asset {step!r} returns nothing: return the output of the op that makes the asset."
            raise DagsterInvalidDefinitionError(message)
        return _announced(
            backed(
                made,
                keys_by_output_name={"result": asset_key},
                params=params,
                partitions_def=partitions_def,
                resource_defs=resource_defs,
                group_name=group_name,
                descriptions_by_output_name=None
                if made.description is None
                else {"result": made.description},
                metadata_by_output_name={"result": metadata},
                tags_by_output_name={"result": tags_with_kinds(tags, kinds)},
                automation_conditions_by_output_name={"result": condition},
                owners_by_output_name=None if owners is None else {"result": owners},
                code_versions_by_output_name={"result": code_version},
                backfill_policy=backfill_policy,
                check_specs=list(checks.values()),
                hook_defs=hooks,
            )
        )

    return define if compose_fn is None else define(compose_fn)


def graph_multi_asset(
    *,
    outs: Mapping[str, AssetOut],
    name: str | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    hooks: AbstractSet[Any] | None = None,
    backfill_policy: BackfillPolicy | None = None,
    group_name: str | None = None,
    can_subset: bool = False,
    resource_defs: Mapping[str, object] | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    config: Any = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Declare the assets that the outputs of a graph of ops are.

    Args:
        outs: The assets, by the name of the output; the body returns a dict with these names.
        name: The graph's name; the function's where absent.
        ins: For parameters, which asset they read and how.
        partitions_def: The partitions they have.
        hooks: What is called after each of its steps.
        backfill_policy: How a backfill is cut into runs.
        group_name: The group of all of them.
        can_subset: Whether some of them can be made without the others.
        resource_defs: Resources that it brings itself.
        check_specs: Checks that are outputs of the graph.
        config: Config of the ops, by name, or a `ConfigMapping`.

    Returns:
        A decorator that gives the definition.

    Raises:
        DagsterInvalidDefinitionError: for a body that returns something else than outputs of ops.
    """

    def define(fn: Callable[..., Any]) -> AssetsDefinition:
        step = valid_name(name or fn.__name__, "graph name")
        checks = _checks(check_specs)
        params = _params(fn, ins)
        out = dict.fromkeys((*outs, *checks), GraphOut())
        made = graph_of(fn, step, "@graph_multi_asset", out=out, config=config, inputs=list(params))
        keys = {each: given.key or AssetKey([*given.key_prefix, each]) for each, given in outs.items()}
        return _announced(
            backed(
                made,
                keys_by_output_name=keys,
                params=params,
                partitions_def=partitions_def,
                resource_defs=resource_defs,
                group_name=group_name,
                group_names_by_output_name={each: given.group_name for each, given in outs.items()},
                descriptions_by_output_name={each: given.description for each, given in outs.items()},
                metadata_by_output_name={each: given.metadata for each, given in outs.items()},
                tags_by_output_name={each: given.tags for each, given in outs.items()},
                automation_conditions_by_output_name={
                    each: given.automation_condition for each, given in outs.items()
                },
                freshness_by_output_name={each: given.freshness_policy for each, given in outs.items()},
                owners_by_output_name={each: given.owners for each, given in outs.items()},
                code_versions_by_output_name={each: given.code_version for each, given in outs.items()},
                backfill_policy=backfill_policy,
                can_subset=can_subset,
                check_specs=list(checks.values()),
                hook_defs=hooks,
            )
        )

    return define


def _announced(made: AssetsDefinition) -> AssetsDefinition:
    announce(made)
    return made


def _key(fn: Any, name: str | None, key_prefix: Any, key: Any) -> AssetKey:
    if key is None:
        return AssetKey([*key_prefix_of(key_prefix), name or fn.__name__])
    if name is not None or key_prefix is not None:
        message = f"The key {key!r:.80} was given together with a name or key_prefix; a key is complete: leave them out."
        raise DagsterInvalidDefinitionError(message)
    return AssetKey.from_coercible(key)


def _checks(specs: Sequence[AssetCheckSpec] | None) -> dict[str, AssetCheckSpec]:
    found: dict[str, AssetCheckSpec] = {}
    for spec in check_type(specs, Sequence, "check_specs") or ():
        check_type(spec, AssetCheckSpec, "check_specs", optional=False)
        if spec.get_python_identifier() in found:
            message = f"The check {spec.name!r} of {spec.asset_key.to_user_string()!r} is a duplicate; give each check a name of its own."
            raise DagsterInvalidDefinitionError(message)
        found[spec.get_python_identifier()] = spec
    return found


def _params(fn: Callable[..., Any], ins: Mapping[str, AssetIn] | None) -> dict[str, Param]:
    """The inputs of the body, each with the asset that it reads."""
    left = dict(check_type(ins, Mapping, "ins") or {})
    found: dict[str, Param] = {}
    parameters = inspect.signature(fn).parameters.values()
    names = [each.name for each in parameters if each.kind is not each.VAR_KEYWORD]
    if len(names) < len(parameters):
        names += [name for name in left if name not in names]
    for name in names:
        given = left.pop(name, None)
        check_type(given, AssetIn, f"ins[{name!r}]")
        if given is None:
            found[name] = Param(name, AssetKey(name))
            continue
        typing = Typing.of(Any) if given.dagster_type is UNSET else Typing.of(given.dagster_type)
        loads = typing is not NOTHING
        found[name] = Param(
            name, given.resolve_key(name), loads, given.partition_mapping, given, typing.annotation, typing
        )
    if left:
        message = f"The key {next(iter(left))!r} of ins is no parameter of the body, whose parameters are: {', '.join(found) or 'none'}."
        raise DagsterInvalidDefinitionError(message)
    return found

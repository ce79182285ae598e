"""Definitions made from an op or a graph: its outputs become assets, its inputs read assets.

`AssetsDefinition.from_op` and `from_graph`, and the decorators `graph_asset` and
`graph_multi_asset`, all come here. Rules: `spec/api.md` §1.4, §2.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ..errors import CheckError, DagsterInvalidDefinitionError, check_type, nearest
from ..keys import AssetKey, CoercibleToAssetKeyPrefix
from ..partitions.mapping import PartitionMapping
from ..partitions.spaces import PartitionsDefinition
from .checks import AssetCheckSpec
from .definition import AssetsDefinition, Param, Port
from .expansion import expand
from .inputs import AssetDep
from .names import DEFAULT_GROUP, check_set, key_prefix_of, valid_name
from .op import OpDefinition
from .op_graph import GraphDefinition
from .policies import BackfillPolicy
from .ports import DEFAULT_IO_MANAGER
from .spec import AssetSpec
from .types import Typing


def backed(
    node: OpDefinition | GraphDefinition,
    *,
    keys_by_input_name: Mapping[str, AssetKey] | None = None,
    keys_by_output_name: Mapping[str, AssetKey] | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    internal_asset_deps: Mapping[str, AbstractSet[AssetKey]] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    partition_mappings: Mapping[str, PartitionMapping] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    group_name: str | None = None,
    group_names_by_output_name: Mapping[str, str | None] | None = None,
    descriptions_by_output_name: Mapping[str, str] | None = None,
    metadata_by_output_name: Mapping[str, Mapping[str, Any] | None] | None = None,
    tags_by_output_name: Mapping[str, Mapping[str, str] | None] | None = None,
    automation_conditions_by_output_name: Mapping[str, Any] | None = None,
    owners_by_output_name: Mapping[str, Sequence[str]] | None = None,
    code_versions_by_output_name: Mapping[str, str | None] | None = None,
    freshness_by_output_name: Mapping[str, Any] | None = None,
    backfill_policy: BackfillPolicy | None = None,
    can_subset: bool = False,
    check_specs: Sequence[AssetCheckSpec] | None = None,
    hook_defs: AbstractSet[Any] | None = None,
    params: Mapping[str, Param] | None = None,
    deps: Iterable[AssetDep] = (),
    step_name: str = "",
) -> AssetsDefinition:
    """The assets that the outputs of an op or a graph are.

    Args:
        node: The op or graph.
        keys_by_input_name: Which asset an input reads; the input's name where absent.
        keys_by_output_name: Which asset an output is; the output's name, or that of the node if there is one output.
        key_prefix: Put before the keys of outputs.
        internal_asset_deps: By output: the assets it is made from, of its own and upstream; default all inputs.
        partitions_def: The partitions of all its assets.
        partition_mappings: By input: which partitions it reads.
        resource_defs: Resources that it brings itself.
        group_name: The group of all its assets.
        group_names_by_output_name: The group of each.
        descriptions_by_output_name: The description of each.
        metadata_by_output_name: The metadata of each.
        tags_by_output_name: The tags of each.
        automation_conditions_by_output_name: When each is to be made by itself.
        owners_by_output_name: The owners of each.
        code_versions_by_output_name: The code version of each.
        freshness_by_output_name: How old each may be.
        backfill_policy: How a backfill is cut into runs.
        can_subset: Whether it can make some of its assets without the others.
        check_specs: The checks that some of its outputs are.
        hook_defs: What is called after each step.
        params: The inputs as they were declared, by name, where more is known than the key.
        deps: What must be there before, without being read.
        step_name: The name of the step; the node's where absent.

    Raises:
        CheckError: for an input or output that the node does not have.
        DagsterInvalidDefinitionError: for a declaration that cannot work.
    """
    checks = {spec.get_python_identifier(): spec for spec in check_specs or ()}
    outputs = [name for name in node.output_names if name not in checks]
    _known("keys_by_input_name", keys_by_input_name, node.input_names)
    _known("keys_by_output_name", keys_by_output_name, outputs)
    keys = _output_keys(node, outputs, keys_by_output_name or {}, key_prefix_of(key_prefix))
    inputs = _inputs(node, keys_by_input_name or {}, partition_mappings or {}, params or {})
    outer = [AssetDep(param.key, partition_mapping=param.mapping) for param in inputs]
    every = list({dep.asset_key: dep for dep in (*outer, *deps)}.values())
    inner = _internal(internal_asset_deps, keys, {dep.asset_key: dep for dep in every})
    by_output: dict[str, Any] = {}
    specs: list[AssetSpec] = []
    ports: list[Port] = []
    for name in outputs:
        own_group = (group_names_by_output_name or {}).get(name)
        if own_group is not None and group_name is not None:
            message = f"The output {name!r} has the group {own_group!r}, and group_name={group_name!r} was given for all; leave out one of them."
            raise CheckError(message)
        spec = AssetSpec(
            keys[name],
            deps=inner.get(name, every),
            description=(descriptions_by_output_name or {}).get(name)
            or _description(node, name, len(outputs)),
            metadata=(metadata_by_output_name or {}).get(name) or _metadata(node, name),
            skippable=not _required(node, name),
            group_name=own_group or group_name or DEFAULT_GROUP,
            code_version=(code_versions_by_output_name or {}).get(name) or _code_version(node, name),
            automation_condition=_one(automation_conditions_by_output_name, name),
            freshness_policy=_one(freshness_by_output_name, name),
            owners=(owners_by_output_name or {}).get(name),
            tags=(tags_by_output_name or {}).get(name),
            partitions_def=partitions_def,
        )
        specs.append(spec)
        ports.append(_port(node, name, keys[name]))
        by_output[name] = spec
    signature = node if isinstance(node, OpDefinition) else None
    dep_params = tuple(
        Param(
            f"dep:{dep.asset_key.to_escaped_user_string()}",
            dep.asset_key,
            loads=False,
            mapping=dep.partition_mapping,
        )
        for dep in every
        if dep.asset_key not in {param.key for param in inputs}
    )
    return AssetsDefinition(
        specs,
        ports,
        fn=signature.fn if signature else None,
        step_name=step_name or node.name,
        params=(*inputs, *dep_params),
        context_param=signature.context_param if signature else None,
        config_param=signature.config_param if signature else None,
        resource_params=signature.resource_params if signature else None,
        required_resource_keys=frozenset(signature.required_resource_keys) if signature else frozenset(),
        resource_defs=check_type(resource_defs, Mapping, "resource_defs"),
        check_specs=tuple(checks.values()),
        config_schema=signature.config_schema if signature else None,
        retry_policy=signature.retry_policy if signature else None,
        backfill_policy=check_type(backfill_policy, BackfillPolicy, "backfill_policy"),
        hook_defs=check_set(hook_defs, "HookDefinition", "hook_defs"),
        op_tags=node.tags,
        pool=signature.pool if signature else None,
        can_subset=can_subset,
        node=node,
    )


def of_node(
    node: Any,
    *,
    keys_by_input_name: Mapping[str, AssetKey],
    keys_by_output_name: Mapping[str, AssetKey],
    asset_deps: Mapping[AssetKey, AbstractSet[AssetKey]] | None = None,
    selected_asset_keys: Iterable[AssetKey] | None = None,
    specs: Iterable[AssetSpec] | None = None,
    **options: Any,
) -> AssetsDefinition:
    """The assets that the outputs of an op or a graph are, said by their keys: what `AssetsDefinition` itself takes.

    Args:
        node: The op or graph.
        keys_by_input_name: Which asset each input reads.
        keys_by_output_name: Which asset each output is.
        asset_deps: By asset: what it is made from; default all inputs.
        selected_asset_keys: Those that it makes, if not all.
        specs: What is declared of the assets, instead of the options below.
        options: `group_names_by_key`, `metadata_by_key` and the like; all others are those of `backed`.

    Raises:
        CheckError: for an input or output that the node does not have.
    """
    names = {AssetKey.from_coercible(key): name for name, key in keys_by_output_name.items()}
    for option in [name for name in options if name.endswith("_by_key")]:
        by_name = {
            names[AssetKey.from_coercible(key)]: value for key, value in (options.pop(option) or {}).items()
        }
        options[option.removesuffix("_by_key") + "_by_output_name"] = by_name
    if asset_deps is not None:
        options["internal_asset_deps"] = {names[key]: ups for key, ups in asset_deps.items()}
    made = backed(
        check_type(node, (OpDefinition, GraphDefinition), "node_def", optional=False),
        keys_by_input_name=keys_by_input_name,
        keys_by_output_name=keys_by_output_name,
        **options,
    )
    given = {spec.key: spec for spec in specs or ()}
    if given:
        made = made.map_asset_specs(lambda spec: given.get(spec.key, spec))
    return made if selected_asset_keys is None else made.subset_for(set(selected_asset_keys))


def _known(what: str, given: Mapping[str, Any] | None, names: Sequence[str]) -> None:
    for name in check_type(given, Mapping, what) or ():
        if name not in names:
            message = f"{what} names {name!r}, which is not there{nearest(name, names) or '; there are: ' + (', '.join(names) or 'none')}."
            raise CheckError(message)


def _output_keys(
    node: OpDefinition | GraphDefinition,
    outputs: Sequence[str],
    given: Mapping[str, AssetKey],
    prefix: Sequence[str],
) -> dict[str, AssetKey]:
    found: dict[str, AssetKey] = {}
    for name in outputs:
        default = node.name if len(outputs) == 1 and name == "result" else name
        key = AssetKey.from_coercible(given[name]) if name in given else AssetKey(default)
        found[name] = key.with_prefix(list(prefix)) if prefix else key
    if len(set(found.values())) < len(found):
        message = f"Two outputs of {node.name!r} have the same key; give each one of its own."
        raise DagsterInvalidDefinitionError(message)
    return found


def _inputs(
    node: OpDefinition | GraphDefinition,
    keys: Mapping[str, AssetKey],
    mappings: Mapping[str, PartitionMapping],
    params: Mapping[str, Param],
) -> tuple[Param, ...]:
    found: list[Param] = []
    for name in node.input_names:
        if name in params:
            found.append(params[name])
            continue
        typing: Typing
        if isinstance(node, OpDefinition):
            typing, own = node.slots[name].typing, node.slots[name].given.asset_key
        else:
            typing, own = node.input_type(name), None
        key = AssetKey.from_coercible(keys[name]) if name in keys else own or AssetKey(name)
        mapping = mappings.get(name)
        found.append(Param(name, key, not typing.is_nothing, mapping, None, typing.annotation, typing))
    return tuple(found)


def _internal(
    given: Mapping[str, AbstractSet[AssetKey]] | None,
    keys: Mapping[str, AssetKey],
    deps: Mapping[AssetKey, AssetDep],
) -> dict[str, list[AssetDep]]:
    """What each output is made from, where it was said."""
    found: dict[str, list[AssetDep]] = {}
    for name, ups in (check_type(given, Mapping, "internal_asset_deps") or {}).items():
        if name not in keys:
            message = (
                f"internal_asset_deps says what the output_name {name} is made from, but there is no such output"
                f"{nearest(name, keys) or '; there are: ' + ', '.join(keys)}."
            )
            raise CheckError(message)
        found[name] = []
        for up in ups:
            key = AssetKey.from_coercible(up)
            if key not in deps and key not in keys.values():
                message = f"internal_asset_deps says that {name!r} is made from {key.to_user_string()!r}, which is neither an input nor an output."
                raise CheckError(message)
            found[name].append(deps.get(key) or AssetDep(key))
    return found


def _source(node: GraphDefinition, name: str) -> tuple[OpDefinition, str]:
    """The op and its output that an output of a graph comes from."""
    flow = expand(node)
    read = flow.outputs[name]
    return flow.steps[read.step].op, read.output


def _port(node: OpDefinition | GraphDefinition, name: str, key: AssetKey) -> Port:
    op, output = (node, name) if isinstance(node, OpDefinition) else _source(node, name)
    valid_name(key.to_python_identifier(), "asset name")
    vent = op.vents[output]
    return Port(name, key, vent.typing, vent.required, vent.io_manager_key or DEFAULT_IO_MANAGER, None)


def _required(node: OpDefinition | GraphDefinition, name: str) -> bool:
    op, output = (node, name) if isinstance(node, OpDefinition) else _source(node, name)
    return op.vents[output].required


def _metadata(node: OpDefinition | GraphDefinition, name: str) -> Mapping[str, Any] | None:
    op, output = (node, name) if isinstance(node, OpDefinition) else _source(node, name)
    return op.vents[output].given.metadata


def _code_version(node: OpDefinition | GraphDefinition, name: str) -> str | None:
    if isinstance(node, OpDefinition):
        return node.vents[name].given.code_version or node.code_version
    return None


def _description(node: OpDefinition | GraphDefinition, name: str, count: int) -> str | None:
    if isinstance(node, OpDefinition):
        own = node.vents[name].given.description
        return own or (node.description if count == 1 else None)
    return node.description if count == 1 else None


def _one(given: Any, name: str) -> Any:
    return given.get(name) if isinstance(given, Mapping) else given

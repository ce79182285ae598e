"""The code version of every asset as it is at this moment.

Taken once per request and again when a body runs, from the live functions: a global that
was changed in place changes a version although no cell defined anything, so a version is
never a field of the graph. Rules: `spec/notebook.md` §4.1, F1-F10.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import xxhash

from ..define.definition import AssetsDefinition
from ..define.expansion import expand
from ..define.op import OpDefinition
from ..define.op_graph import GraphDefinition
from ..graph import CheckNode, Graph, Node
from ..keys import AssetKey
from ..resources.mapping import field_or_any
from ..schema.env import marked
from ..schema.meaning import meaning
from ..versions.digest import Undigestable, digest
from ..versions.fingerprint import Fingerprint, Memo, fingerprint, joined, version_of
from ..versions.origin import origin_of

_DEFAULT_IO = "io_manager"


def code_versions(
    graph: Graph,
    keys: Iterable[AssetKey],
    resources: Mapping[str, object] | None = None,
    config: Mapping[str, Any] | None = None,
    memo: Memo | None = None,
) -> dict[AssetKey, str]:
    """The code version of each of these assets that can run.

    Args:
        graph: What is declared.
        keys: The assets in question; those that are never run are passed over.
        resources: What the run hands to the functions, by resource key: its configuration counts (F7).
        config: What the run is configured with, in the mapping form: what reaches the function counts (F7).
        memo: What one request has worked out already; shared helpers are then digested once.
    """
    memo = Memo() if memo is None else memo
    found: dict[AssetKey, str] = {}
    for key in keys:
        node = graph.nodes[key]
        if node.definition is not None:
            found[key] = _code_version(node, graph, resources or {}, config or {}, memo)
    return found


def check_code(
    definition: AssetsDefinition,
    graph: Graph,
    resources: Mapping[str, object],
    config: Mapping[str, Any],
    memo: Memo | None = None,
) -> str:
    """The version of the code of a function that checks assets, with what always counts (F7)."""
    memo = memo or Memo()
    base = version_of(definition.fn, memo=memo) if definition.fn is not None else "none"
    frame = [*_schema(definition.config_schema), *_resource_frame(definition, resources)]
    if config:
        frame += _config_frame(config, definition.step_name, definition.resource_keys)
    node = next((graph.check_nodes.get(spec.key) for spec in definition.check_specs), None)
    if node is not None:
        frame += _loaders(node, graph, resources, memo)
    return base if not frame else xxhash.xxh3_128_hexdigest("\0".join((base, *frame)).encode())


def _code_version(
    node: Node, graph: Graph, resources: Mapping[str, object], config: Mapping[str, Any], memo: Memo
) -> str:
    """The version of one asset's code: declared, else its function's fingerprint; and what always counts (F7)."""
    definition = node.definition
    assert definition is not None
    declared = definition.code_version_of(node.key)
    base = f"declared:{declared}" if declared else _body_version(definition, memo)
    frame = [*_frame(definition, node.key, resources, config, memo), *_loaders(node, graph, resources, memo)]
    return base if not frame else xxhash.xxh3_128_hexdigest("\0".join((base, *frame)).encode())


def _body_version(definition: AssetsDefinition, memo: Memo) -> str:
    """The version of what computes the assets: a function, or the ops of a graph and their wiring (F10)."""
    if definition.fn is not None:
        base = version_of(definition.fn, memo=memo)
        told = [*_outputs(definition), *_schema(definition.config_schema)]
        return base if not told else xxhash.xxh3_128_hexdigest("\0".join((base, *told)).encode())
    if definition.graph is None:
        return "none"
    told = _outputs(definition)
    for step in expand(definition.graph).steps.values():
        version = step.op.code_version
        told += (step.key, f"declared:{version}" if version else version_of(step.op.fn, memo=memo))
        told += _presets(step.op)
        told += _schema(step.op.config_schema)
        if len(step.op.vents) > 1:
            told.append(f"outputs:{list(step.op.vents)}")
        told += (f"{name}={source!r}" for name, source in sorted(step.inputs.items()))
        told += (
            f"{name}:={_digest(slot.default)}"
            for name, slot in step.op.slots.items()
            if name not in step.inputs
        )
    told.append(
        repr(
            sorted(
                (m.graph_output_name, m.mapped_node_name, m.mapped_node_output_name)
                for m in definition.graph.output_mappings
            )
        )
    )
    told += _mappings(definition.graph, "")
    return xxhash.xxh3_128_hexdigest("\0".join(told).encode("utf-8", "surrogatepass"))


def _outputs(definition: AssetsDefinition) -> list[str]:
    """Which output of several is which asset: a tuple gives them by place, an `Output` by name."""
    ports = [port for port in definition.ports.values() if not port.implied]
    return [f"outputs:{[(port.name, port.key.parts) for port in ports]}"] if len(ports) > 1 else []


def _schema(schema: Any) -> list[str]:
    """What a schema says of the config that reaches the function, its defaults included."""
    return [] if schema is None else [f"schema:{_digest(marked(meaning(field_or_any(schema))))}"]


def _presets(op: OpDefinition) -> Iterator[str]:
    """The config that an op was configured with."""
    while op.made_from is not None:
        preset, op = op.made_from
        yield f"configured:{_digest(preset.config)}"


def _mappings(graph: GraphDefinition, prefix: str) -> Iterator[str]:
    """The config mappings of a graph and of those inside it."""
    mapping = graph.config_mapping
    while mapping is not None:
        inner = getattr(mapping, "inner_mapping", None)
        yield f"{prefix}config:{_digest(mapping.config_fn if inner is None else mapping.preset.config)}"
        yield from _schema(mapping.config_field)
        mapping = inner
    for name, node in graph.nodes.items():
        if isinstance(node.definition, GraphDefinition):
            yield from _mappings(node.definition, f"{prefix}{name}.")


def code_parts(definition: AssetsDefinition, memo: Memo | None = None) -> Fingerprint | None:
    """The fingerprint with its texts, for `why`; None where nothing of the function counts."""
    if definition.fn is not None:
        return fingerprint(definition.fn, memo=memo)
    if definition.graph is None:
        return None
    return joined(
        {key: fingerprint(step.op.fn, memo=memo) for key, step in expand(definition.graph).steps.items()}
    )


def _frame(
    definition: AssetsDefinition,
    key: AssetKey,
    resources: Mapping[str, object],
    config: Mapping[str, Any],
    memo: Memo,
) -> list[str]:
    """What counts beside the function: type, partitions, IO manager, resources and config, in a fixed order."""
    frame: list[str] = []
    declared_type = definition.declared_type_of(key)
    if declared_type is not None:
        frame.append(f"type:{_digest(declared_type)}")
    space = definition.specs_by_key[key].partitions_def
    if space is not None and space.meaning:
        frame.append(f"partitions:{space.meaning}")
    name = definition.get_io_manager_key_for_asset_key(key)
    manager = _given(definition, name, resources)
    if name != _DEFAULT_IO or manager is not None:
        frame.append(f"io:{name}:{_identity(manager, memo)}")
    frame += _resource_frame(definition, resources)
    if config:
        frame += _config_frame(config, definition.step_name, {*definition.resource_keys, name})
    return frame


def _loaders(
    node: Node | CheckNode, graph: Graph, resources: Mapping[str, object], memo: Memo
) -> Iterator[str]:
    """The IO managers that load what an asset, or a check, reads: what they make of a stored value reaches the function."""
    definition = node.definition
    for edge in node.inputs:
        up = graph.nodes.get(edge.up)
        if up is None:
            continue
        brought = {} if up.definition is None else up.definition.resource_defs
        if not edge.loads or definition is None or not (resources or brought or definition.resource_defs):
            continue
        own = next((param.input for param in definition.params if param.name == edge.name), None)
        name = own.input_manager_key if own is not None else None
        manager = None if name is None else _given(definition, name, resources)
        if name is None:
            name = up.io_manager_key
            manager = resources[name] if name in resources else brought.get(name)
        if manager is not None:
            yield f"loads:{edge.name}:{_identity(manager, memo)}"


def _resource_frame(definition: AssetsDefinition, resources: Mapping[str, object]) -> list[str]:
    return [
        f"resource:{name}:{_digest(_given(definition, name, resources))}"
        for name in sorted(definition.resource_keys)
    ]


def _config_frame(config: Mapping[str, Any], step: str, resources: Collection[str]) -> list[str]:
    frame: list[str] = []
    for section, mine in (("ops", [step]), ("resources", sorted(resources))):
        given = config.get(section) or {}
        frame += [f"config:{section}:{each}:{_digest(marked(given[each]))}" for each in mine if each in given]
    return frame


def _given(definition: AssetsDefinition, name: str, resources: Mapping[str, object]) -> Any:
    return resources[name] if name in resources else definition.resource_defs.get(name)


def _identity(manager: Any, memo: Memo) -> str:
    """Where and how a manager keeps values: its class, and the settings or the function that it is made of.

    What an object has in its attributes is no part of it: a manager may keep the values there.
    """
    kind = type(manager)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if getattr(kind, "is_resource_class", False):
        return f"{name}:{_digest(manager)}"
    maker = getattr(manager, "resource_fn", None)
    if maker is None:
        # Its methods say what becomes of a value; those of a library stay as they are.
        own = origin_of(kind.__module__) == "local"
        return f"{name}:{memo.digest(kind).hex()}" if own else name
    preset = manager.preset
    return f"{name}:{version_of(maker, memo)}" + ("" if preset is None else f":{_digest(preset)}")


def _digest(value: object) -> str:
    try:
        return digest(value)
    except Undigestable:
        return f"{type(value).__module__}.{type(value).__qualname__}"

"""What can be configured of an asset before it is made: its function's config or that of its ops, and the resources that it uses.

For a front end: each part as a form, with what is in force; and the answer of a form put back
into the config of a run. Rules: `spec/api.md` §6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .define.definition import AssetsDefinition
from .define.expansion import expand
from .define.op_graph import GraphDefinition
from .errors import DagsterInvalidConfigError
from .graph import Graph
from .keys import AssetKey
from .resources.forms import config_form
from .run.configure import read_configs
from .run.dagster_run import EPHEMERAL_JOB
from .run.flow_config import read_graph_config

SECTIONS = ("ops", "resources")
"""The parts of a run config that name what they configure."""


class Configurable(NamedTuple):
    """One part of a run config, as a form.

    Args:
        section: `ops` or `resources`.
        name: The step, or the key of the resource; an op of a graph asset by its path, `asset.graph.op`.
        form: A JSON schema of what it takes.
        value: What is in force, where it is not what was declared; secrets are left out.
    """

    section: str
    name: str
    form: Mapping[str, Any]
    value: Mapping[str, Any]


def configurable(
    graph: Graph, key: AssetKey, resources: Mapping[str, object], config: Mapping[str, Any]
) -> list[Configurable]:
    """What can be configured of one asset: only what is an object with fields.

    Args:
        graph: What is declared.
        key: The asset.
        resources: The resources there are.
        config: What is in force, in the mapping form.
    """
    definition = graph.node(key).definition
    if definition is None:
        return []
    used = sorted({*definition.resource_keys, definition.get_io_manager_key_for_asset_key(key)})
    given = {**definition.resource_defs, **resources}
    things = [("ops", name, thing) for name, thing in _functions(definition.step_name, definition)]
    things += [("resources", name, given[name]) for name in used if name in given]
    found: list[Configurable] = []
    for section, name, thing in things:
        form = config_form(thing)
        if form is not None and form.get("properties"):
            value = _entry(config, section, name).get("config")
            shown = value if isinstance(value, Mapping) else {}
            found.append(Configurable(section, name, form, _without_secrets(shown, form)))
    return found


def changed(
    config: Mapping[str, Any], section: str, name: str, value: Mapping[str, Any], form: Mapping[str, Any]
) -> dict[str, Any]:
    """The config with one part replaced by what a form gave; nothing given leaves what is declared.

    Args:
        config: What is in force.
        section: Which section.
        name: Which part of it.
        value: What the form gave.
        form: The form: a secret that it does not give stays as it was.
    """
    before = _entry(config, section, name)
    old = before.get("config")
    secrets = {
        field: old[field]
        for field, schema in form.get("properties", {}).items()
        if isinstance(old, Mapping) and field in old and field not in value and _secret(schema)
    }
    entries = _replaced(config.get(section) or {}, _path(section, name), {**value, **secrets})
    rest = {each: one for each, one in config.items() if each != section}
    return {**rest, section: entries} if entries else rest


def in_force(graph: Graph, resources: Mapping[str, object], config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a run config still concerns something: an asset that was dropped takes none any more."""
    known = {"ops": {each.step_name for each in _definitions(graph)}, "resources": set(resources)}
    found: dict[str, Any] = {}
    for section, entries in config.items():
        mine = {n: e for n, e in entries.items() if n in known[section]} if section in known else entries
        if mine:
            found[section] = mine
    return found


def check_config(graph: Graph, resources: Mapping[str, object], config: Mapping[str, Any]) -> None:
    """Raise what is wrong with a run config, before anything starts; the validators of config classes are asked too.

    Raises:
        DagsterInvalidConfigError: with every problem and its path.
    """
    definitions = _definitions(graph)
    read_configs((), definitions, resources, (), config, EPHEMERAL_JOB)
    for definition in definitions:
        entry = _entry(config, "ops", definition.step_name)
        if definition.graph is not None and entry:
            _validate_graph(definition, definition.graph, entry)
        elif "config" in entry:
            _validate(definition, entry["config"])


def _validate(definition: AssetsDefinition, given: Any) -> None:
    from .resources.model import read_config  # who takes no config does not pay for pydantic

    for annotation in definition.config_param.values():
        where = f"root:ops:{definition.step_name}:config"
        _make(annotation, read_config(annotation, given, where), definition.step_name)


def _validate_graph(definition: AssetsDefinition, graph: GraphDefinition, entry: Mapping[str, Any]) -> None:
    flow = expand(graph)
    given = [param.name for param in definition.params]
    found = read_graph_config(graph, flow, entry, given=given, name=definition.step_name)
    for key, step in flow.steps.items():
        op = step.op
        while op.made_from is not None:
            op = op.made_from[1]
        for annotation in op.config_param.values():
            _make(annotation, found.arguments[key], f"{definition.step_name}.{key}")


def _make(annotation: Any, read: Any, name: str) -> None:
    from .resources.config import make_config

    try:
        make_config(annotation, read, name)
    except ValueError as error:  # pydantic's own, and what a validator of the user's raises
        message = f"The config of {name!r} does not fit: {error}"
        raise DagsterInvalidConfigError(message) from error


def _definitions(graph: Graph) -> list[AssetsDefinition]:
    found = {
        id(node.definition): node.definition for node in graph.nodes.values() if node.definition is not None
    }
    found.update((id(check.definition), check.definition) for check in graph.check_nodes.values())
    return list(found.values())


def _functions(name: str, thing: Any) -> Iterator[tuple[str, Any]]:
    """What takes config of its own, with its path: a function, a graph with a config mapping, or the ops of one without."""
    graph = getattr(thing, "graph", thing)
    if not isinstance(graph, GraphDefinition):
        yield name, thing
    elif graph.config_mapping is not None:
        yield name, graph
    else:
        for inner, node in graph.nodes.items():
            yield from _functions(f"{name}.{inner}", node.definition)


def _path(section: str, name: str) -> list[str]:
    return name.split(".") if section == "ops" else [name]


def _entry(config: Mapping[str, Any], section: str, name: str) -> Mapping[str, Any]:
    entries, entry = config.get(section), None
    for each in _path(section, name):
        entry = entries.get(each) if isinstance(entries, Mapping) else None
        entries = entry.get("ops") if isinstance(entry, Mapping) else None
    return entry if isinstance(entry, Mapping) else {}


def _replaced(entries: Mapping[str, Any], path: Sequence[str], config: Mapping[str, Any]) -> dict[str, Any]:
    """The entries with the config of one step replaced; what holds nothing any more is left out."""
    name, *below = path
    before = entries.get(name)
    entry = dict(before) if isinstance(before, Mapping) else {}
    part = "ops" if below else "config"
    entry[part] = _replaced(entry.get("ops") or {}, below, config) if below else config
    if not entry[part]:
        del entry[part]
    rest = {each: one for each, one in entries.items() if each != name}
    return {**rest, name: entry} if entry else rest


def _secret(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("writeOnly"))


def _without_secrets(value: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
    schemas = form.get("properties", {})
    return {field: one for field, one in value.items() if not _secret(schemas.get(field, {}))}

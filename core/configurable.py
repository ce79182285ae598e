"""What can be configured of an asset before it is made: its function's config, and the resources that it uses.

For a front end: each part as a form, with what is in force; and the answer of a form put back
into the config of a run. Rules: `spec/api.md` §6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .define.definition import AssetsDefinition
from .errors import DagsterInvalidConfigError
from .graph import Graph
from .keys import AssetKey
from .resources.forms import config_form
from .run.configure import read_configs
from .run.dagster_run import EPHEMERAL_JOB

SECTIONS = ("ops", "resources")
"""The parts of a run config that name what they configure."""


class Configurable(NamedTuple):
    """One part of a run config, as a form.

    Args:
        section: `ops` or `resources`.
        name: The step, or the key of the resource.
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
    things: list[tuple[str, str, Any]] = [("ops", definition.step_name, definition)]
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
    entry = {each: rest for each, rest in before.items() if each != "config"}
    if value or secrets:
        entry["config"] = {**value, **secrets}
    entries = {each: one for each, one in (config.get(section) or {}).items() if each != name}
    if entry:
        entries[name] = entry
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
        if "config" in entry:
            _validate(definition, entry["config"])


def _validate(definition: AssetsDefinition, given: Any) -> None:
    from .resources.config import make_config  # who takes no config does not pay for pydantic
    from .resources.model import read_config

    for annotation in definition.config_param.values():
        where = f"root:ops:{definition.step_name}:config"
        read = read_config(annotation, given, where)
        try:
            make_config(annotation, read, definition.step_name)
        except ValueError as error:  # pydantic's own, and what a validator of the user's raises
            message = f"The config of {definition.step_name!r} does not fit: {error}"
            raise DagsterInvalidConfigError(message) from error


def _definitions(graph: Graph) -> list[AssetsDefinition]:
    found = {
        id(node.definition): node.definition for node in graph.nodes.values() if node.definition is not None
    }
    found.update((id(check.definition), check.definition) for check in graph.check_nodes.values())
    return list(found.values())


def _entry(config: Mapping[str, Any], section: str, name: str) -> Mapping[str, Any]:
    entry = (config.get(section) or {}).get(name)
    return entry if isinstance(entry, Mapping) else {}


def _secret(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("writeOnly"))


def _without_secrets(value: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
    schemas = form.get("properties", {})
    return {field: one for field, one in value.items() if not _secret(schemas.get(field, {}))}

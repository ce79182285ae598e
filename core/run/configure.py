"""The config of a run, read before anything of it begins: what each step gets, and what resources are given.

A run whose steps and resources take no config, and which was given none, costs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from ..define.definition import AssetsDefinition
from ..resources.io import io_config_field
from ..resources.run_config import (
    config_field,
    config_of,
    entry_field,
    optional,
    read_run,
    resource_field,
    run_field,
)
from ..schema.terms import Field, Permissive, Shape
from .dagster_run import EPHEMERAL_JOB

_FEW = 3
"""So many assets are named in a message, more are counted."""


class Configs:
    """What a run's config comes to.

    Args:
        form: The config as it was given.
        read: The same as the functions get it.
        arguments: What the parameters with config classes are made of, by name of the step.
    """

    __slots__ = ("_arguments", "_read", "form")

    def __init__(
        self,
        form: Mapping[str, Any] | None = None,
        read: Mapping[str, Any] | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        self.form = form or {}
        self._read = read or {}
        self._arguments = arguments or {}

    def value(self, step: str) -> Any:
        """The config of a step, defaults put in and variables looked up; `None` for none."""
        entry = (self._read.get("ops") or {}).get(step)
        return None if entry is None else entry.get("config")

    def of_input(self, step: str, name: str) -> Any:
        """The config of an input, for the IO manager that loads it; `None` for none."""
        return self._io(step, "inputs", name)

    def of_output(self, step: str, name: str) -> Any:
        """The config of an output, for the IO manager that keeps it; `None` for none."""
        return self._io(step, "outputs", name)

    def _io(self, step: str, side: str, name: str) -> Any:
        entry = (self._read.get("ops") or {}).get(step) or {}
        return (entry.get(side) or {}).get(name)

    def argument(self, step: str) -> Any:
        """What the parameter of a step that takes its config is made of."""
        return self._arguments.get(step)


def read_configs(
    definitions: Iterable[AssetsDefinition | None],
    others: Iterable[AssetsDefinition | None],
    resources: Mapping[str, Any],
    needed: Iterable[str],
    form: Mapping[str, Any],
    job: str,
) -> Configs:
    """The configs of a run.

    Args:
        definitions: Whose steps run.
        others: Whose steps the run's config may name as well.
        resources: The resources there are, by key.
        needed: The keys of those that the run makes.
        form: What was given, in the mapping form.
        job: The name of the job, for messages.

    Raises:
        DagsterInvalidConfigError: with every problem and its path.
    """
    definitions = list(definitions)
    others = list(others)
    takers = [each for each in _run(definitions) if each.config_param or each.config_schema is not None]
    field = field_of_assets(definitions, others, resources, needed, every=bool(form))
    if field is None:
        return Configs()
    made = [each.step_name for each in definitions if each is not None and each.is_executable]
    own = f"job of {_named(made)}" if made else "the run"
    told = f"job {job}" if job != EPHEMERAL_JOB else own
    read = read_run(field, form, f"Error in config for {told}")
    return Configs(
        form, read, {each.step_name: _argument(each, form) for each in takers if each.config_param}
    )


def _run(definitions: Iterable[AssetsDefinition | None]) -> list[AssetsDefinition]:
    return [each for each in definitions if each is not None and each.fn is not None]


def _named(steps: Sequence[str]) -> str:
    return ", ".join(map(repr, steps)) if len(steps) <= _FEW else f"{len(steps)} assets"


def field_of_assets(
    definitions: Sequence[AssetsDefinition | None],
    others: Sequence[AssetsDefinition | None],
    resources: Mapping[str, Any],
    needed: Iterable[str],
    *,
    every: bool = True,
) -> Field | None:
    """What the config of a run of assets is; the arguments are those of `read_configs`.

    Args:
        definitions: Whose steps run.
        others: Whose steps the run's config may name as well.
        resources: The resources there are, by key.
        needed: The keys of those that the run makes.
        every: Whether steps and resources that take no config count; without them there may be nothing: `None`.
    """
    run = _run(definitions)
    takers = [each for each in run if each.config_param or each.config_schema is not None]
    io = _io_fields(run, others, resources)
    makers = {key: resource_field(resources[key]) for key in needed if key in resources}
    if not every and not takers and not io and not any(field.is_required for field in makers.values()):
        return None
    named = run if every else [each for each in run if each in takers or each.step_name in io]
    ops = {each.step_name: entry_field(_field(each), **io.get(each.step_name, {})) for each in named}
    for each in others:
        if each is not None and each.fn is not None and each.step_name not in ops:
            ops[each.step_name] = optional(entry_field(optional(_field(each))))
    for each in (*definitions, *others):
        if each is not None and each.graph is not None and each.step_name not in ops:
            ops[each.step_name] = Field(Permissive(), is_required=False)  # read where its graph is run
    keys = {key: entry_field(field) for key, field in makers.items()}
    for key in resources:
        if key not in keys:
            keys[key] = optional(entry_field(optional(resource_field(resources[key]))))
    return run_field(ops, keys)


def _io_fields(
    run: Iterable[AssetsDefinition],
    others: Iterable[AssetsDefinition | None],
    resources: Mapping[str, Any],
) -> dict[str, dict[str, Field]]:
    """What the inputs and outputs of each step take, by name of the step; steps that take none are left out."""
    takes = {key: thing for key, thing in resources.items() if _takes(thing)}
    if not takes:
        return {}
    managers = {
        port.key: port.io_manager_key
        for each in (*run, *others)
        if each is not None
        for port in each.ports.values()
    }
    found: dict[str, dict[str, Field]] = {}
    for each in run:
        keys = {
            param.name: (param.input is not None and param.input.input_manager_key) or managers.get(param.key)
            for param in each.params
            if param.loads
        }
        outputs = {port.name: port.io_manager_key for port in each.ports.values()}
        sides = {"inputs": _fields(keys, takes, "input"), "outputs": _fields(outputs, takes, "output")}
        if own := {side: Field(Shape(fields)) for side, fields in sides.items() if fields}:
            found[each.step_name] = own
    return found


def _takes(thing: Any) -> bool:
    return hasattr(getattr(thing, "resource_cls", thing), "input_config_schema")


def _fields(
    keys: Mapping[str, str | None], takes: Mapping[str, Any], side: Literal["input", "output"]
) -> dict[str, Field]:
    fields = {
        name: io_config_field(takes[key], side)
        for name, key in keys.items()
        if key is not None and key in takes
    }
    return {name: field for name, field in fields.items() if field is not None}


def _field(definition: AssetsDefinition) -> Field:
    return config_field(definition.config_schema, definition.config_param)


def _argument(definition: AssetsDefinition, form: Mapping[str, Any]) -> Any:
    from ..resources.model import read_config  # who takes no config does not pay for pydantic

    (annotation,) = definition.config_param.values()
    name = definition.step_name
    return read_config(annotation, config_of(form, "ops", name), f"root:ops:{name}:config")

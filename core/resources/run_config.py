"""`RunConfig` and what a run is configured with: which step, which resource, which values.

The whole of a run's config is one schema, made of what its steps and resources take, so that every problem
in it is told at once, with its path, before anything runs. Rules: `spec/api.md` §5.1, `spec/semantics.md` §6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import DagsterInvalidConfigError, check_type
from ..record import UNSET
from ..schema.reading import ROOT, Reading
from ..schema.terms import Field, Noneable, Permissive, Shape
from .mapping import ANY_CONFIG, field_or_any

SECTIONS = ("ops", "resources", "loggers", "execution")


class RunConfig:
    """The config of a run, with objects in the place of mappings.

    Args:
        ops: By name of the step: a `Config` object, or a mapping that goes in as it is.
        resources: By key: a resource, or a mapping that goes in as it is.
        loggers: By name, as in the mapping form.
        execution: As in the mapping form.
    """

    __slots__ = ("execution", "loggers", "ops", "resources")

    def __init__(
        self,
        ops: Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        loggers: Mapping[str, Any] | None = None,
        execution: Mapping[str, Any] | None = None,
    ) -> None:
        self.ops = dict(ops or {})
        self.resources = dict(resources or {})
        self.loggers = dict(loggers or {})
        self.execution = dict(execution or {})

    def to_config_dict(self) -> dict[str, Any]:
        """The same as nested mappings; fields that are `None` are left out."""
        return {
            "loggers": dict(self.loggers),
            "resources": {key: _entry(value) for key, value in self.resources.items()},
            "ops": {key: _entry(value) for key, value in self.ops.items()},
            "execution": dict(self.execution),
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunConfig) and self.to_config_dict() == other.to_config_dict()

    __hash__ = None  # type: ignore[assignment]  # it holds mappings

    def __repr__(self) -> str:
        given = {name: getattr(self, name) for name in SECTIONS if getattr(self, name)}
        return f"RunConfig({', '.join(f'{name}={value!r}' for name, value in given.items())})"


def _entry(value: Any) -> Any:
    """The entry of a step or resource, config objects in it written as mappings, also those of inner steps."""
    form = getattr(value, "to_config_form", None)
    if form is not None:
        return {"config": form()}
    if isinstance(value, Mapping):
        inner = (
            {name: _entry(one) for name, one in (value.get("ops") or {}).items()} if "ops" in value else None
        )
        return {**value, "ops": inner} if inner is not None else {**value}
    return value


def form_of_run(run_config: Mapping[str, Any] | RunConfig | None) -> dict[str, Any]:
    """The mapping form of a run's config, whatever it was given as; not checked yet.

    Raises:
        CheckError: if it is neither a mapping nor a `RunConfig`.
    """
    check_type(run_config, (Mapping, RunConfig), "run_config")
    if isinstance(run_config, RunConfig):
        return run_config.to_config_dict()
    form = dict(run_config or {})
    for section in ("ops", "resources"):
        if isinstance(entries := form.get(section), Mapping):
            form[section] = {name: _entry(value) for name, value in entries.items()}
    return form


def config_field(schema: Any, parameters: Mapping[str, Any]) -> Field:
    """What a step takes as its config.

    Args:
        schema: Its `config_schema`; `None` for none.
        parameters: The parameter that takes its config, with its annotation.
    """
    if schema is not None:
        return field_or_any(schema)
    for annotation in parameters.values():
        from .model import field_of  # who takes no config does not pay for pydantic

        return field_of(annotation)
    return ANY_CONFIG


def entry_field(config: Field, **others: Field) -> Field:
    """The entry of a step or resource in a run's config: its `config`, and whatever else it may hold.

    Args:
        config: What `config` is.
        others: What else there is, by name: `inputs`, `outputs`, the `ops` of a graph.
    """
    return Field(Shape({"config": config, **others}))


def resource_field(thing: Any) -> Field:
    """What a resource takes as its config: what its definition or its class says; any object takes anything."""
    field: Callable[[], Field] | None = getattr(thing, "config_field_of_run", None)
    return ANY_CONFIG if field is None else field()


def optional(field: Field) -> Field:
    """The same, for one that the run does not need: it may be left out."""
    return field if not field.is_required else Field(field.config_type, is_required=False)


def run_field(ops: Mapping[str, Field] | Field, resources: Mapping[str, Field], **others: Field) -> Field:
    """What the config of a whole run is.

    Args:
        ops: The entry of each step, by name; or all of them as one field.
        resources: The entry of each resource, by key.
        others: What else there is: the `inputs` of a graph.
    """
    free = Noneable(Permissive())
    return Field(Shape({
        "execution": free, "loggers": free, "ops": ops if isinstance(ops, Field) else Shape(ops),
        "resources": Shape(resources), **others,
    }))  # fmt: skip


def read_run(field: Field, form: Mapping[str, Any], about: str) -> dict[str, Any]:
    """A run's config as its functions get it: checked, defaults put in, variables looked up.

    Args:
        field: What `run_field` gave.
        form: What `form_of_run` gave.
        about: The first line of the message.

    Raises:
        DagsterInvalidConfigError: with every problem and its path.
    """
    reading = Reading()
    found: dict[str, Any] = field.read(form, ROOT, reading)
    reading.end(about, form)
    return found


def config_of(form: Mapping[str, Any], section: str, name: str) -> Any:
    """The `config` of a step or resource, `UNSET` if it has none.

    Raises:
        DagsterInvalidConfigError: if its entry is no mapping.
    """
    entry = (form.get(section) or {}).get(name)
    if entry is None:
        return UNSET
    if not isinstance(entry, Mapping):
        message = f"{section}:{name} of a run's config is a mapping {{'config': …}}; it holds something else"
        raise DagsterInvalidConfigError(message)
    return entry.get("config", UNSET)

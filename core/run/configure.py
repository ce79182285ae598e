"""The config of a run, read before anything of it begins: what each step gets, and what resources are given.

A run whose steps and resources take no config, and which was given none, costs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..define.definition import AssetsDefinition
from ..resources.run_config import (
    config_field,
    config_of,
    entry_field,
    optional,
    read_run,
    resource_field,
    run_field,
)
from ..schema.terms import Field


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
    run = [each for each in definitions if each is not None and each.fn is not None]
    takers = [each for each in run if each.config_param or each.config_schema is not None]
    makers = {key: resource_field(resources[key]) for key in needed if key in resources}
    if not form and not takers and not any(field.is_required for field in makers.values()):
        return Configs()
    ops = {each.step_name: entry_field(_field(each)) for each in (run if form else takers)}
    for each in others:
        if each is not None and each.fn is not None and each.step_name not in ops:
            ops[each.step_name] = optional(entry_field(optional(_field(each))))
    keys = {key: entry_field(field) for key, field in makers.items()}
    for key in resources:
        if key not in keys:
            keys[key] = optional(entry_field(optional(resource_field(resources[key]))))
    read = read_run(run_field(ops, keys), form, f"Error in config for job {job}")
    return Configs(
        form, read, {each.step_name: _argument(each, form) for each in takers if each.config_param}
    )


def _field(definition: AssetsDefinition) -> Field:
    return config_field(definition.config_schema, definition.config_param)


def _argument(definition: AssetsDefinition, form: Mapping[str, Any]) -> Any:
    from ..resources.model import read_config  # who takes no config does not pay for pydantic

    (annotation,) = definition.config_param.values()
    name = definition.step_name
    return read_config(annotation, config_of(form, "ops", name), f"root:ops:{name}:config")

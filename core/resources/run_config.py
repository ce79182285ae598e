"""`RunConfig` and what a run is configured with: which step, which resource, which values.

Only the outer form is looked at here; the values of a step are read by `config.py`, which needs
pydantic, and only for functions that take a config.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..errors import DagsterInvalidConfigError, nearest

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
    form = getattr(value, "to_config_form", None)
    return {"config": form()} if form is not None else value


def run_config_form(
    run_config: Mapping[str, Any] | RunConfig | None, steps: Collection[str], resources: Collection[str]
) -> dict[str, Any]:
    """The mapping form of a run's config, its names checked.

    Args:
        run_config: What was given.
        steps: The names of the steps there are.
        resources: The keys of the resources there are.

    Returns:
        A mapping with `ops` and `resources`, each by name the mapping that holds `config`.

    Raises:
        DagsterInvalidConfigError: for a section, a step or a resource that does not exist.
    """
    form = run_config.to_config_dict() if isinstance(run_config, RunConfig) else dict(run_config or {})
    _known(form, SECTIONS, "section of a run's config", form)
    for section, names, what in (("ops", steps, "step"), ("resources", resources, "resource")):
        entries = form.get(section) or {}
        if not isinstance(entries, Mapping):
            message = f"{section!r} of a run's config is a mapping by name, not {type(entries).__name__}"
            raise DagsterInvalidConfigError(message, config_value=form)
        _known(entries, names, what, form)
        form[section] = dict(entries)
    return form


def config_of(form: Mapping[str, Any], section: str, name: str) -> Any:
    """The `config` of a step or resource, `None` if it has none.

    Raises:
        DagsterInvalidConfigError: if its entry is no mapping that holds `config`.
    """
    entry = form.get(section, {}).get(name)
    if entry is None:
        return None
    if not isinstance(entry, Mapping) or not set(entry) <= {"config", "inputs", "outputs", "ops"}:
        message = f"{section}:{name} of a run's config is a mapping {{'config': …}}; it holds something else"
        raise DagsterInvalidConfigError(message)
    return entry.get("config")


def _known(given: Mapping[str, Any], known: Collection[str], what: str, form: Any) -> None:
    for name in given:
        if name not in known:
            hint = nearest(str(name), known) or f"; known: {', '.join(sorted(known)[:20]) or 'none'}"
            message = f"There is no {what} {name!r}{hint}"
            raise DagsterInvalidConfigError(message, config_value=form)

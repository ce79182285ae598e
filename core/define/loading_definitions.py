"""The `load_definitions_from_*` family: everything that stands in modules, as one `Definitions` object.

What counts as standing there is what `loading` says: under any name, and in lists. Rules: `spec/api.md` §9.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from ..errors import DagsterInvalidDefinitionError, check_type
from .asset_job import UnresolvedAssetJobDefinition
from .definitions import Definitions
from .executor import ExecutorDefinition
from .job import JobDefinition
from .loading import caller, found_assets, found_checks, members, modules_below, named_module, valid_modules
from .schedule import ScheduleDefinition, UnresolvedPartitionedAssetScheduleDefinition
from .sensor import AutomationConditionSensorDefinition


def load_definitions_from_modules(
    modules: Iterable[ModuleType],
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, Any] | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """Everything that stands in these modules: assets, specs, checks, jobs, schedules and sensors.

    Args:
        modules: The modules.
        resources: By key: resources, IO managers, or plain objects.
        loggers: By name.
        executor: How the steps of jobs are carried out; kept.

    Raises:
        DagsterInvalidDefinitionError: for two different things of one kind that have the same key or name.
    """
    return _of(valid_modules(modules), resources, loggers, executor)


def load_definitions_from_module(
    module: ModuleType,
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, Any] | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """Everything that stands in a module; the arguments are those of `load_definitions_from_modules`."""
    return _of([check_type(module, ModuleType, "module", optional=False)], resources, loggers, executor)


def load_definitions_from_current_module(
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, Any] | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """Everything that stands in the module that calls this; the arguments are those of `load_definitions_from_modules`."""
    return _of([caller()], resources, loggers, executor)


def load_definitions_from_package_module(
    package_module: ModuleType,
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, Any] | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """Everything that stands in a package and the modules below it; the arguments are those of `load_definitions_from_modules`."""
    return _of(list(modules_below(package_module)), resources, loggers, executor)


def load_definitions_from_package_name(
    package_name: str,
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, Any] | None = None,
    executor: ExecutorDefinition | None = None,
) -> Definitions:
    """Everything that stands in the package of this name; the arguments are those of `load_definitions_from_modules`."""
    return _of(list(modules_below(named_module(package_name))), resources, loggers, executor)


def _of(
    modules: list[ModuleType],
    resources: Mapping[str, Any] | None,
    loggers: Mapping[str, Any] | None,
    executor: ExecutorDefinition | None,
) -> Definitions:
    return Definitions(
        assets=found_assets(modules, True),
        asset_checks=found_checks(modules, None),
        jobs=_named(modules, (JobDefinition, UnresolvedAssetJobDefinition), "job"),
        schedules=_named(
            modules, (ScheduleDefinition, UnresolvedPartitionedAssetScheduleDefinition), "schedule"
        ),
        sensors=_named(modules, (AutomationConditionSensorDefinition,), "sensor"),
        resources=resources,
        loggers=loggers,
        executor=executor,
    )


def _named(modules: list[ModuleType], wanted: tuple[type, ...], what: str) -> list[Any]:
    """What has a name of its own, each once.

    Raises:
        DagsterInvalidDefinitionError: for two different ones of one name.
    """
    found: dict[str, tuple[Any, str]] = {}
    for module, each in members(modules, wanted):
        before, home = found.setdefault(each.name, (each, module.__name__))
        if before is not each:
            places = ", ".join(dict.fromkeys((home, module.__name__)))
            message = f"The {what} {each.name!r} is defined multiple times, in {places}; rename one of them."
            raise DagsterInvalidDefinitionError(message)
    return [each for each, _ in found.values()]

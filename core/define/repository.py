"""`RepositoryDefinition`: definitions resolved, answering by name. What `Definitions` gives, or the older `@repository` makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, overload

from ..errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, check_type, nearest
from ..keys import AssetCheckKey, AssetKey
from ..language.selection import AssetSelection
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue
from .asset_job import IMPLICIT_JOB, UnresolvedAssetJobDefinition, all_assets
from .definition import AssetsDefinition
from .definitions import Definitions
from .job import JobDefinition
from .names import valid_name
from .op_graph import GraphDefinition
from .schedule import UnresolvedPartitionedAssetScheduleDefinition
from .sensor import AutomationConditionSensorDefinition
from .source import SourceAsset, brought_by
from .spec import AssetSpec

_NAME = "__repository__"
_DEFAULT_SENSOR = "default_automation_condition_sensor"


class RepositoryDefinition:
    """Assets, jobs and sensors that belong together, found by their names.

    Args:
        definitions: What belongs together.
        name: What it is called.
        description: What it is, in words.
        metadata: Anything to be known about it; that of the definitions where absent.

    Raises:
        DagsterInvalidDefinitionError: if the assets do not fit together.
    """

    def __init__(
        self,
        definitions: Definitions,
        name: str = _NAME,
        description: str | None = None,
        metadata: Mapping[str, MetadataValue] | None = None,
    ) -> None:
        self.definitions = definitions
        self.name = name
        self.description = description
        self.metadata: Mapping[str, MetadataValue] = definitions.metadata if metadata is None else metadata
        self.asset_graph = definitions.resolve_asset_graph()
        scheduled = (getattr(each, "job", None) for each in definitions.schedules or ())
        # A listed job may be a copy of that of a schedule, with other metadata: what is listed counts.
        named = {**_by_name(job for job in scheduled if job is not None), **_by_name(definitions.jobs or ())}
        self._declared = dict(sorted(named.items()))
        self._jobs: dict[str, JobDefinition] = {}
        if any(node.kind == "asset" or node.observer for node in self.asset_graph.nodes.values()) or any(
            check.own for check in self.asset_graph.check_nodes.values()
        ):
            self._declared = {IMPLICIT_JOB: None, **self._declared}

    def __repr__(self) -> str:
        return f"<RepositoryDefinition {self.name}>"

    @property
    def assets_defs_by_key(self) -> Mapping[AssetKey, AssetsDefinition]:
        """The definition of each asset that was given as a definition or a spec."""
        given = (each for each in self.definitions.listed() if not isinstance(each, SourceAsset))
        keys = (
            key for each in given for key in (each.keys if isinstance(each, AssetsDefinition) else [each.key])
        )
        return {key: self.definitions.resolve_assets_def(key) for key in keys}

    @property
    def source_assets_by_key(self) -> Mapping[AssetKey, SourceAsset]:
        """The source assets."""
        return {each.key: each for each in self.definitions.listed() if isinstance(each, SourceAsset)}

    @property
    def asset_checks_defs_by_key(self) -> Mapping[AssetCheckKey, AssetsDefinition]:
        """The definition that reports each check."""
        given = (each for each in self.definitions.listed() if isinstance(each, AssetsDefinition))
        return {key: each for each in given for key in each.check_keys}

    def get_top_level_resources(self) -> Mapping[str, Any]:
        """The resources, by key."""
        return dict(self.definitions.resources or {})

    @property
    def job_names(self) -> Sequence[str]:
        """The name of every job, that of all assets first."""
        return list(self._declared)

    def has_job(self, name: str) -> bool:
        """Whether there is a job of this name."""
        return name in self._declared

    def get_job(self, name: str) -> JobDefinition:
        """The job of this name, resolved when it is first asked for.

        Raises:
            DagsterInvariantViolationError: if there is none.
            DagsterInvalidDefinitionError: if it cannot be resolved; the cause says why.
        """
        if name not in self._declared:
            message = f"No job {name!r} is in this repository{nearest(name, self._declared) or '.'}"
            raise DagsterInvariantViolationError(message)
        if name not in self._jobs:
            self._jobs[name] = self._resolved(self._declared[name])
        return self._jobs[name]

    def get_all_jobs(self) -> Sequence[JobDefinition]:
        """Every job, that of all assets first.

        Raises:
            DagsterInvalidDefinitionError: if one cannot be resolved; the cause says why.
        """
        return [self.get_job(name) for name in self._declared]

    def get_implicit_global_asset_job_def(self) -> JobDefinition:
        """The job of all assets and checks, which nobody has to declare.

        Raises:
            DagsterInvariantViolationError: if there is nothing to run.
        """
        return self.get_job(IMPLICIT_JOB)

    def has_implicit_global_asset_job_def(self) -> bool:
        """Whether there is a job of all assets: whether anything can be run."""
        return self.has_job(IMPLICIT_JOB)

    def get_implicit_job_def_for_assets(self, asset_keys: Iterable[AssetKey]) -> JobDefinition | None:
        """The job of all assets, if it makes these or looks at them; else `None`."""
        nodes = self.asset_graph.nodes
        runs = all(
            key in nodes and (nodes[key].kind == "asset" or nodes[key].observer is not None)
            for key in asset_keys
        )
        return self.get_job(IMPLICIT_JOB) if runs and self.has_job(IMPLICIT_JOB) else None

    def _resolved(self, declared: JobDefinition | UnresolvedAssetJobDefinition | None) -> JobDefinition:
        """A job with what belongs to the whole: resources, loggers, the way in which steps are carried out."""
        given = self.definitions
        resources = dict(given.resources or {})
        if isinstance(declared, JobDefinition):
            job = declared.with_top_level_resources(resources)
            job.require_resources()
            return job.copy(
                executor_def=job.executor_def or given.executor, loggers=job.loggers or given.loggers or {}
            )
        self.asset_graph.check()
        self.asset_graph.check_mappings()
        given.require_resources()
        resources.update(brought_by(given.listed()))
        if declared is None:
            return all_assets(self.asset_graph, resources, given.executor, given.loggers)
        return declared.resolve(self.asset_graph, given.executor, resources, given.loggers)

    @property
    def sensor_defs(self) -> Sequence[Any]:
        """The sensors; one by default that looks at the automation conditions which no other looks at."""
        given = list({id(each): each for each in self.definitions.sensors or ()}.values())
        conditions = any(
            node.spec.automation_condition is not None for node in self.asset_graph.nodes.values()
        )
        if not conditions or any(each.name == _DEFAULT_SENSOR for each in given):
            return given
        target = AssetSelection.all()
        for each in given:
            if isinstance(each, AutomationConditionSensorDefinition):
                target -= each.asset_selection
        return [AutomationConditionSensorDefinition(_DEFAULT_SENSOR, target=target), *given]

    @property
    def schedule_defs(self) -> Sequence[Any]:
        """The schedules; those that follow from the partitions of a job are resolved with it."""
        given = {id(each): each for each in self.definitions.schedules or ()}.values()
        return [
            each.resolve(self.get_job(each.job_name))
            if isinstance(each, UnresolvedPartitionedAssetScheduleDefinition)
            else each
            for each in given
        ]

    def has_sensor_def(self, name: str) -> bool:
        """Whether there is a sensor of this name."""
        return any(each.name == name for each in self.sensor_defs)

    def get_sensor_def(self, name: str) -> Any:
        """The sensor of this name.

        Raises:
            DagsterInvariantViolationError: if there is none.
        """
        return _named(name, self.sensor_defs, "sensor")

    def has_schedule_def(self, name: str) -> bool:
        """Whether there is a schedule of this name."""
        return any(each.name == name for each in self.schedule_defs)

    def get_schedule_def(self, name: str) -> Any:
        """The schedule of this name.

        Raises:
            DagsterInvariantViolationError: if there is none.
        """
        return _named(name, self.schedule_defs, "schedule")

    def get_asset_value_loader(self, instance: Any = None) -> Any:
        """What loads values of these assets, as that of `Definitions`."""
        return self.definitions.get_asset_value_loader(instance)

    def load_asset_value(
        self,
        asset_key: Any,
        *,
        python_type: Any = None,
        instance: Any = None,
        partition_key: str | None = None,
    ) -> Any:
        """The stored value of an asset.

        Args:
            asset_key: Which asset.
            python_type: What it must be.
            instance: Where it is stored; the default one where absent.
            partition_key: Which partition.

        Raises:
            CheckError: if there is no such asset.
        """
        return self.definitions.load_asset_value(
            asset_key, python_type=python_type, instance=instance, partition_key=partition_key
        )


@overload
def repository(definitions_fn: Callable[[], Sequence[Any]]) -> RepositoryDefinition: ...
@overload
def repository(
    definitions_fn: None = None,
    *,
    name: str | None = ...,
    description: str | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    default_executor_def: Any = ...,
    default_logger_defs: Mapping[str, Any] | None = ...,
) -> Callable[[Callable[[], Sequence[Any]]], RepositoryDefinition]: ...
def repository(
    definitions_fn: Callable[[], Sequence[Any]] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    default_executor_def: Any = None,
    default_logger_defs: Mapping[str, Any] | None = None,
) -> Any:
    """The older way to say what belongs together: a function that gives a list. New code uses `Definitions`.

    Args:
        definitions_fn: The function; it is called once, at once.
        name: What the repository is called; the function's name where absent.
        description: What it is; the docstring where absent.
        metadata: Anything to be known about it.
        default_executor_def: How the steps of jobs are carried out; kept.
        default_logger_defs: Loggers by name; a run's config says which of them its messages go to.

    Returns:
        The repository, or a decorator that gives it.

    Raises:
        DagsterInvalidDefinitionError: if the function gives no list of definitions.
    """

    def define(fn: Callable[[], Sequence[Any]]) -> RepositoryDefinition:
        own = valid_name(name or fn.__name__, "repository name")
        given = fn()
        if not isinstance(given, (list, tuple)):
            message = f"The repository {own!r} must give a list of definitions, not {type(given).__name__}: {given!r:.80}"
            raise DagsterInvalidDefinitionError(message)
        sorts = _sorted(given, own)
        definitions = Definitions(
            assets=sorts["assets"],
            jobs=[each.to_job() if isinstance(each, GraphDefinition) else each for each in sorts["jobs"]],
            schedules=sorts["schedules"],
            sensors=sorts["sensors"],
            executor=default_executor_def,
            loggers=default_logger_defs,
        )
        return RepositoryDefinition(
            definitions, own, description or fn.__doc__, coerce_all(check_type(metadata, Mapping, "metadata"))
        )

    return define if definitions_fn is None else define(definitions_fn)


def _by_name(jobs: Iterable[Any]) -> dict[str, JobDefinition | UnresolvedAssetJobDefinition | None]:
    """The jobs by their names, each object once.

    Raises:
        DagsterInvalidDefinitionError: for two of one name, or the name of the job of all assets.
    """
    found: dict[str, JobDefinition | UnresolvedAssetJobDefinition | None] = {}
    for job in jobs:
        if job.name == IMPLICIT_JOB:
            message = f"A job is called {IMPLICIT_JOB}, which is a reserved name: the job of all assets has it. Rename yours."
            raise DagsterInvalidDefinitionError(message)
        if found.setdefault(job.name, job) is not job:
            message = f"Duplicate job name {job.name!r}: two jobs have it. Rename one of them."
            raise DagsterInvalidDefinitionError(message)
    return found


def _sorted(given: Iterable[Any], repository_name: str) -> dict[str, list[Any]]:
    """What a repository was given, by the kind of thing it is."""
    found: dict[str, list[Any]] = {"assets": [], "jobs": [], "schedules": [], "sensors": []}
    for each in given:
        classes = {base.__name__ for base in type(each).__mro__}
        if isinstance(each, (AssetsDefinition, SourceAsset)) and not isinstance(each, AssetSpec):
            found["assets"].append(each)
        elif isinstance(each, (JobDefinition, UnresolvedAssetJobDefinition, GraphDefinition)):
            found["jobs"].append(each)
        elif kind := next((kind for kind, names in _KINDS.items() if classes & names), None):
            found[kind].append(each)
        else:
            message = (
                f"The repository {repository_name!r} gives {type(each).__name__}, which is none of: definitions of assets or "
                f"checks, source assets, jobs, schedules, sensors: {each!r:.80}"
            )
            raise DagsterInvalidDefinitionError(message)
    return found


# Some of these classes belong to rooms that know this one.
_KINDS = {
    "schedules": {"ScheduleDefinition", "UnresolvedPartitionedAssetScheduleDefinition"},
    "sensors": {"SensorDefinition", "AutomationConditionSensorDefinition"},
}


def _named(name: str, known: Iterable[Any], what: str) -> Any:
    found = {each.name: each for each in known}
    if name not in found:
        message = f"No {what} {name!r} is in this repository{nearest(name, found) or '.'}"
        raise DagsterInvariantViolationError(message)
    return found[name]

"""`ScheduleDefinition`: the ticks of a clock at which a job is to be run. Declared only: nothing here waits for a clock.

The schedule of a job with time partitions follows from its partitions, which for a job of assets are
known when it is resolved. Rules: `spec/api.md` §9.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeAlias

from ..errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError, check_type
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue
from ..partitions.spaces import PartitionsDefinition
from ..partitions.ticks import ticks, zone
from ..partitions.windows import ScheduleType, TimeWindowPartitionsDefinition
from ..resources.run_config import RunConfig, form_of_run
from .asset_job import UnresolvedAssetJobDefinition, define_asset_job
from .job import JobDefinition
from .names import check_mapping, tags_in_text, valid_name, valid_owners
from .op_graph import GraphDefinition

Job: TypeAlias = JobDefinition | UnresolvedAssetJobDefinition

_ANCHOR = datetime(2024, 1, 1, tzinfo=UTC)


class DefaultScheduleStatus(Enum):
    """Whether a schedule runs without being switched on."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class ScheduleDefinition:
    """That a job is to be run at each tick of a cron schedule.

    Args:
        name: The schedule's name; that of its job and `_schedule` where absent.
        cron_schedule: A cron expression of five fields, `@daily` and its kin, or several.
        job_name: The job, by its name.
        run_config: The config of its runs.
        tags: The tags of its runs.
        metadata: Anything to be known about it.
        execution_timezone: The zone whose clocks it means; UTC where absent.
        description: What it is for, in words.
        job: The job itself.
        default_status: Whether it runs without being switched on.
        target: What it runs: a job, or assets, which are then a job of their own.
        owners: Who is responsible for it.

    Raises:
        DagsterInvalidDefinitionError: for no valid cron expression, zone or name, or more than one job.
        CheckError: for no job, or an argument of the wrong type.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        cron_schedule: str | Sequence[str],
        job_name: str | None = None,
        run_config: Mapping[str, Any] | RunConfig | None = None,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        execution_timezone: str | None = None,
        description: str | None = None,
        job: Job | GraphDefinition | None = None,
        default_status: DefaultScheduleStatus = DefaultScheduleStatus.STOPPED,
        target: Any = None,
        owners: Sequence[str] | None = None,
    ) -> None:
        given = [one for one in (job, job_name, target) if one is not None]
        if not given:
            message = "A schedule must say what it runs; give job, job_name or target."
            raise CheckError(message)
        if len(given) > 1:
            message = "A schedule was given more than one of job, job_name and target, which say the same; give one of them."
            raise DagsterInvalidDefinitionError(message)
        self.job: Job | None = _job(job if job is not None else target, name)
        self.job_name: str = self.job.name if self.job is not None else check_type(job_name, str, "job_name")
        self.name = valid_name(check_type(name, str, "name") or f"{self.job_name}_schedule", "schedule name")
        self.execution_timezone: str | None = _valid_zone(execution_timezone, self.name)
        self.cron_schedule: str | Sequence[str] = _valid_cron(cron_schedule, self.name)
        config = form_of_run(run_config) if isinstance(run_config, RunConfig) else run_config
        self.run_config: Mapping[str, Any] = dict(check_mapping(config or {}, "run_config"))
        self.tags: Mapping[str, str] = tags_in_text(tags, "tag")
        self.metadata: Mapping[str, MetadataValue] = coerce_all(metadata)
        self.description: str | None = check_type(description, str, "description")
        self.default_status: DefaultScheduleStatus = check_type(
            default_status, DefaultScheduleStatus, "default_status", optional=False
        )
        self.owners = valid_owners(owners, f"schedule {self.name}")

    def with_attributes(self, metadata: Mapping[str, Any]) -> ScheduleDefinition:
        """A copy with this metadata instead of its own."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__, metadata=coerce_all(metadata))
        return new

    def __repr__(self) -> str:
        return f"<ScheduleDefinition {self.name}: {self.cron_schedule}>"


class UnresolvedPartitionedAssetScheduleDefinition:
    """A schedule that follows from the partitions of a job, before these are known.

    Args:
        job: The job.
        name: The schedule's name.
        options: The arguments of `build_schedule_from_partitioned_job`.
    """

    def __init__(self, job: UnresolvedAssetJobDefinition, name: str, options: Mapping[str, Any]) -> None:
        self.job = job
        self.job_name = job.name
        self.name = name
        self.metadata: Mapping[str, MetadataValue] = coerce_all(options.get("metadata"))
        self._options = options

    def resolve(self, job: JobDefinition) -> ScheduleDefinition:
        """The schedule of the job with its partitions.

        Raises:
            CheckError: for partitions that no schedule follows from.
        """
        return _scheduled(job, job.partitions_def, self.name, {**self._options, "metadata": self.metadata})

    def with_attributes(self, metadata: Mapping[str, Any]) -> UnresolvedPartitionedAssetScheduleDefinition:
        """A copy with this metadata instead of its own."""
        return type(self)(self.job, self.name, {**self._options, "metadata": metadata})


def build_schedule_from_partitioned_job(
    job: Job,
    description: str | None = None,
    name: str | None = None,
    minute_of_hour: int | None = None,
    hour_of_day: int | None = None,
    day_of_week: int | None = None,
    day_of_month: int | None = None,
    default_status: DefaultScheduleStatus = DefaultScheduleStatus.STOPPED,
    tags: Mapping[str, Any] | None = None,
    cron_schedule: str | None = None,
    execution_timezone: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    owners: Sequence[str] | None = None,
) -> ScheduleDefinition | UnresolvedPartitionedAssetScheduleDefinition:
    """The schedule that runs a job for each of its partitions, when it has ended.

    Args:
        job: The job; it has time partitions, or others and a `cron_schedule`.
        description: What the schedule is for, in words.
        name: Its name; that of the job and `_schedule` where absent.
        minute_of_hour: The minute at which it ticks, instead of that at which partitions end.
        hour_of_day: The hour; not of hourly partitions.
        day_of_week: The weekday, 0 is Sunday; of weekly partitions.
        day_of_month: The day; of monthly partitions.
        default_status: Whether it runs without being switched on.
        tags: The tags of its runs.
        cron_schedule: When to run for partitions that are no time windows.
        execution_timezone: The zone that the cron schedule means.
        metadata: Anything to be known about it.
        owners: Who is responsible for it.

    Returns:
        The schedule; of a job of assets, what a `Definitions` object makes the schedule of.

    Raises:
        CheckError: for partitions that no schedule follows from.
    """
    options = {
        "at": (minute_of_hour, hour_of_day, day_of_week, day_of_month),
        "cron_schedule": cron_schedule,
        "execution_timezone": execution_timezone,
        "description": description,
        "default_status": default_status,
        "tags": tags,
        "metadata": metadata,
        "owners": owners,
    }
    own = valid_name(check_type(name, str, "name") or f"{job.name}_schedule", "schedule name")
    if isinstance(job, UnresolvedAssetJobDefinition) and job.partitions_def is None:
        return UnresolvedPartitionedAssetScheduleDefinition(job, own, options)
    return _scheduled(job, job.partitions_def, own, options)


def _scheduled(
    job: Job, space: PartitionsDefinition | None, name: str, options: Mapping[str, Any]
) -> ScheduleDefinition:
    if space is None:
        message = f"The job {job.name!r} has no partitions that a schedule could follow from; use ScheduleDefinition."
        raise CheckError(message)
    given = dict(options)
    at = given.pop("at")
    if isinstance(space, TimeWindowPartitionsDefinition):
        if given["cron_schedule"] is not None or given["execution_timezone"] is not None:
            message = f"The job {job.name!r} has time partitions, which say when it runs: leave out cron_schedule and execution_timezone."
            raise CheckError(message)
        _check_time(job, space, at)
        given["cron_schedule"] = space.get_cron_schedule(*at)
        given["execution_timezone"] = space.timezone
    elif given["cron_schedule"] is None:
        message = f"The partitions of the job {job.name!r} are no time windows: give a cron_schedule."
        raise CheckError(message)
    elif any(one is not None for one in at):
        message = f"The partitions of the job {job.name!r} are no time windows: say the time in its cron_schedule alone."
        raise CheckError(message)
    return ScheduleDefinition(name, job=job, **given)


def _check_time(job: Job, space: TimeWindowPartitionsDefinition, at: Sequence[int | None]) -> None:
    """Raise for a time that partitions of this kind do not leave open."""
    kind = space.schedule_type
    if kind is None:
        return  # said by the partitions themselves
    open_to = {
        "hour_of_day": kind is not ScheduleType.HOURLY,
        "day_of_week": kind is ScheduleType.WEEKLY,
        "day_of_month": kind is ScheduleType.MONTHLY,
    }
    for (name, is_open), value in zip(open_to.items(), at[1:], strict=True):
        if value is not None and not is_open:
            message = f"{name}={value!r} was given, but the partitions of the job {job.name!r} are {kind.value.lower()}; leave it out."
            raise CheckError(message)


def _job(given: Any, name: str | None) -> Job | None:
    if given is None or isinstance(given, (JobDefinition, UnresolvedAssetJobDefinition)):
        return given
    if isinstance(given, GraphDefinition):
        made: JobDefinition = given.to_job()
        return made
    return define_asset_job(f"__anonymous_asset_job_{name or ''}", given)


def _valid_zone(name: str | None, schedule: str) -> str | None:
    if check_type(name, str, "execution_timezone") is not None:
        try:
            zone(str(name))
        except (KeyError, ValueError, OSError) as error:
            message = f"The schedule {schedule!r} names a time zone {name!r} that there is not; write one such as 'Europe/Berlin'."
            raise DagsterInvalidDefinitionError(message) from error
    return name


def _valid_cron(given: Any, schedule: str) -> str | Sequence[str]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, Sequence) or not texts or not all(isinstance(text, str) for text in texts):
        message = f"Parameter 'cron_schedule' must be a cron expression or several, not {type(given).__name__}: {given!r:.80}"
        raise ParameterCheckError(message)
    for text in texts:
        try:
            ticks(text, UTC, _ANCHOR)
        except DagsterInvalidDefinitionError as error:
            message = f"The schedule {schedule!r} has no valid cron schedule: {error}"
            raise DagsterInvalidDefinitionError(message) from error
    return given if isinstance(given, str) else list(texts)

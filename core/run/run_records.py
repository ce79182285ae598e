"""Records of runs under the reference's names: what filters them, their times, their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NamedTuple

from ..errors import CheckError, ElementCheckError, ParameterCheckError, check_type
from ..record import Record, put
from ..storage import RunRow
from .dagster_run import DagsterRun, DagsterRunStatus, run_of_row
from .entries import EventLogEntry


class RunsFilter(Record):
    """Which runs are wanted: those that fit all that is given.

    Args:
        run_ids: Only these.
        job_name: Only runs of this job.
        statuses: Only runs at one of these.
        tags: Only runs with these tags; a list of values means any of them.
        snapshot_id: Kept for the reference's sake: no run here has one.
        updated_after: Only runs of which something happened later.
        updated_before: Only runs of which nothing happened later.
        created_after: Only runs that began later.
        created_before: Only runs that began earlier.
        exclude_subruns: Kept for the reference's sake: no run here has runs of its own.
    """

    __slots__ = (
        "created_after", "created_before", "exclude_subruns", "job_name", "run_ids", "snapshot_id", "statuses", "tags",
        "updated_after", "updated_before",
    )  # fmt: skip

    run_ids: Sequence[str] | None
    job_name: str | None
    statuses: Sequence[DagsterRunStatus]
    tags: Mapping[str, str | Sequence[str]]
    snapshot_id: str | None
    updated_after: datetime | None
    updated_before: datetime | None
    created_after: datetime | None
    created_before: datetime | None
    exclude_subruns: bool | None

    def __init__(
        self,
        run_ids: Sequence[str] | None = None,
        job_name: str | None = None,
        statuses: Sequence[DagsterRunStatus] | None = None,
        tags: Mapping[str, str | Sequence[str]] | None = None,
        snapshot_id: str | None = None,
        updated_after: datetime | None = None,
        updated_before: datetime | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        exclude_subruns: bool | None = None,
    ) -> None:
        ids = _list(run_ids, str, "run_ids")
        if ids == []:
            message = "Parameter 'run_ids' is empty, so that no run can fit; leave it out to get all runs."
            raise CheckError(message)
        put(self, "run_ids", ids)
        put(self, "job_name", check_type(job_name, str, "job_name"))
        put(self, "statuses", _list(statuses, DagsterRunStatus, "statuses") or [])
        put(self, "tags", dict(check_type(tags, Mapping, "tags") or {}))
        put(self, "snapshot_id", check_type(snapshot_id, str, "snapshot_id"))
        put(self, "updated_after", check_type(updated_after, datetime, "updated_after"))
        put(self, "updated_before", check_type(updated_before, datetime, "updated_before"))
        put(self, "created_after", check_type(created_after, datetime, "created_after"))
        put(self, "created_before", check_type(created_before, datetime, "created_before"))
        put(self, "exclude_subruns", check_type(exclude_subruns, bool, "exclude_subruns"))

    __hash__ = None  # type: ignore[assignment]  # lists are inside

    def fits(self, run: DagsterRun, began: float, ended: float | None) -> bool:
        """Whether a run is wanted."""
        last = began if ended is None else ended
        return (
            (self.run_ids is None or run.run_id in self.run_ids)
            and (self.job_name is None or run.job_name == self.job_name)
            and (not self.statuses or run.status in self.statuses)
            and all(_tagged(run.tags.get(key), value) for key, value in self.tags.items())
            and self.snapshot_id is None
            and (self.updated_after is None or last > self.updated_after.timestamp())
            and (self.updated_before is None or last < self.updated_before.timestamp())
            and (self.created_after is None or began > self.created_after.timestamp())
            and (self.created_before is None or began < self.created_before.timestamp())
        )


def _tagged(found: str | None, wanted: str | Sequence[str]) -> bool:
    return found is not None and (found == wanted if isinstance(wanted, str) else found in wanted)


def _list(given: Any, kind: type, name: str) -> list[Any] | None:
    if given is None:
        return None
    if isinstance(given, str) or not isinstance(given, Sequence):
        message = f"Parameter {name!r} must be a sequence, not {type(given).__name__}: {given!r:.80}"
        raise ParameterCheckError(message)
    for each in given:
        if not isinstance(each, kind):
            message = f"Each of {name!r} must be {kind.__name__}, not {type(each).__name__}: {each!r:.80}"
            raise ElementCheckError(message)
    return list(given)


class RunRecord(NamedTuple):
    """A run with its place in the log and its times.

    Args:
        storage_id: The id of the event by which it began.
        dagster_run: The run.
        create_timestamp: When it was made.
        update_timestamp: When its status changed last.
        start_time: When it began, in seconds of the epoch.
        end_time: When it ended; `None` while it goes on.
    """

    storage_id: int
    dagster_run: DagsterRun
    create_timestamp: datetime
    update_timestamp: datetime
    start_time: float | None = None
    end_time: float | None = None


def record_of_row(row: RunRow) -> RunRecord:
    """The record that a row of the log's list of runs is about."""
    last = row.at if row.finished is None else row.finished
    return RunRecord(
        row.event,
        run_of_row(row),
        datetime.fromtimestamp(row.at, UTC),
        datetime.fromtimestamp(last, UTC),
        row.at,
        row.finished,
    )


class DagsterRunStatsSnapshot(NamedTuple):
    """The figures of a run; all of them nothing for a run that is not known."""

    run_id: str
    steps_succeeded: int = 0
    steps_failed: int = 0
    materializations: int = 0
    expectations: int = 0
    enqueued_time: float | None = None
    launch_time: float | None = None
    start_time: float | None = None
    end_time: float | None = None


class StepEventStatus(Enum):
    """How far a step came."""

    IN_PROGRESS = "IN_PROGRESS"
    SKIPPED = "SKIPPED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"


class RunStepKeyStatsSnapshot(NamedTuple):
    """The figures of one step of a run."""

    run_id: str
    step_key: str
    status: StepEventStatus | None = None
    start_time: float | None = None
    end_time: float | None = None
    materialization_events: Sequence[EventLogEntry] = ()
    attempts: int = 0

"""What an instance answers about runs: which there were, what happened in them, in figures."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence

from ..errors import check_type
from ..events import RunDeleted
from ..run.dagster_run import DagsterRun, run_of_row
from ..run.entries import EventLogEntry, event_log_entry
from ..run.event_types import DagsterEventType
from ..run.records import EventLogRecord, EventRecordsResult, RunStatusChangeRecordsFilter
from ..run.run_records import (
    DagsterRunStatsSnapshot,
    RunRecord,
    RunsFilter,
    RunStepKeyStatsSnapshot,
    StepEventStatus,
    record_of_row,
)
from ..storage import EventLog, RunRow
from .paging import result, turned
from .telling import spelled_out


class OfRuns:
    """The part of an instance that is about runs."""

    log: EventLog

    def get_runs(
        self,
        filters: RunsFilter | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        bucket_by: object = None,
        ascending: bool = False,
    ) -> Sequence[DagsterRun]:
        """The runs, the newest first.

        Args:
            filters: Which ones; all of them if left out.
            cursor: The id of the run after which to go on.
            limit: How many at the most.
            bucket_by: Kept for the reference's sake; not looked at.
            ascending: Whether the oldest come first.

        Raises:
            CheckError: if `filters` is no `RunsFilter`.
        """
        del bucket_by
        return [run_of_row(row) for row in self._rows(filters, cursor, limit, ascending)]

    def get_run_ids(
        self, filters: RunsFilter | None = None, cursor: str | None = None, limit: int | None = None
    ) -> Sequence[str]:
        """The ids of the runs, the newest first; as `get_runs`."""
        return [row.run for row in self._rows(filters, cursor, limit)]

    def get_runs_count(self, filters: RunsFilter | None = None) -> int:
        """How many runs there are."""
        return sum(1 for _ in self._rows(filters))

    def get_run_records(
        self,
        filters: RunsFilter | None = None,
        limit: int | None = None,
        order_by: str | None = None,
        ascending: bool = False,
        cursor: str | None = None,
        bucket_by: object = None,
    ) -> Sequence[RunRecord]:
        """The runs with their times, the newest first; as `get_runs`."""
        del order_by, bucket_by
        return [record_of_row(row) for row in self._rows(filters, cursor, limit, ascending)]

    def get_run_by_id(self, run_id: str) -> DagsterRun | None:
        """The run with this id, if there is one."""
        row = self._row(run_id)
        return None if row is None else run_of_row(row)

    def get_run_record_by_id(self, run_id: str) -> RunRecord | None:
        """The run with this id and its times, if there is one."""
        row = self._row(run_id)
        return None if row is None else record_of_row(row)

    def has_run(self, run_id: str) -> bool:
        """Whether there is a run with this id."""
        return self._row(run_id) is not None

    def delete_run(self, run_id: str) -> None:
        """List a run no more, nor what happened in it. What it materialized stands: `wipe_assets` forgets that."""
        if self._row(run_id) is not None:
            self.log.append([RunDeleted(run_id, time.time())])

    def _row(self, run_id: str) -> RunRow | None:
        check_type(run_id, str, "run_id", optional=False)
        return next(iter(self.log.runs(1, ids=(run_id,))), None)

    def _rows(
        self,
        filters: RunsFilter | None,
        cursor: str | None = None,
        limit: int | None = None,
        ascending: bool = False,
    ) -> Iterator[RunRow]:
        check_type(filters, RunsFilter, "filters")
        left = limit
        if filters is None and cursor is None and not ascending:
            yield from self.log.runs(limit)
            return
        rows = self.log.runs(ids=None if filters is None else filters.run_ids)
        waiting = cursor is not None
        for row in reversed(rows) if ascending else rows:
            if left == 0:
                return
            if waiting:
                waiting = row.run != cursor
            elif filters is None or filters.fits(run_of_row(row), row.at, row.finished):
                yield row
                left = None if left is None else left - 1

    # -- what happened in them ---------------------------------------------------------------------

    def all_logs(
        self, run_id: str, of_type: DagsterEventType | Collection[DagsterEventType] | None = None
    ) -> Sequence[EventLogEntry]:
        """Every event of a run, in order; none for a run that is not known.

        Args:
            run_id: Which run.
            of_type: Only events of this type, or of these.
        """
        if self._row(run_id) is None:
            return []
        wanted = {of_type} if isinstance(of_type, DagsterEventType) else of_type
        return [
            entry
            for entry in spelled_out(self.log, list(self.log.since(0, run=run_id)))
            if wanted is None or entry.dagster_event_type in wanted
        ]

    def get_run_stats(self, run_id: str) -> DagsterRunStatsSnapshot:
        """The figures of a run; nothing for one that is not known."""
        row = self._row(run_id)
        if row is None:
            return DagsterRunStatsSnapshot(run_id)
        types = [entry.dagster_event_type for entry in self.all_logs(run_id)]
        return DagsterRunStatsSnapshot(
            run_id,
            types.count(DagsterEventType.STEP_SUCCESS),
            types.count(DagsterEventType.STEP_FAILURE),
            types.count(DagsterEventType.ASSET_MATERIALIZATION),
            types.count(DagsterEventType.STEP_EXPECTATION_RESULT),
            start_time=row.at,
            end_time=row.finished,
        )

    def get_run_step_stats(
        self, run_id: str, step_keys: Sequence[str] | None = None
    ) -> Sequence[RunStepKeyStatsSnapshot]:
        """The figures of each step of a run, in the order they began.

        Args:
            run_id: Which run.
            step_keys: Only these steps.
        """
        steps: dict[str, list[EventLogEntry]] = {}
        for entry in self.all_logs(run_id):
            if entry.step_key is not None and entry.dagster_event_type in _OF_STEPS:
                steps.setdefault(entry.step_key, []).append(entry)
        return [
            _step(run_id, key, entries)
            for key, entries in steps.items()
            if step_keys is None or key in step_keys
        ]

    def fetch_run_status_changes(
        self,
        records_filter: DagsterEventType | RunStatusChangeRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """When runs changed their status, the newest first.

        Args:
            records_filter: To which status; or which of these events.
            limit: How many at the most.
            cursor: Where a former call ended.
            ascending: Whether the oldest come first.
        """
        if not isinstance(records_filter, RunStatusChangeRecordsFilter):
            records_filter = RunStatusChangeRecordsFilter(records_filter)
        kind = "RunStarted" if records_filter.event_type is DagsterEventType.RUN_START else "RunFinished"
        jobs = records_filter.job_names
        bounds = turned(records_filter.bounds(), cursor, ascending)
        entries = self.log.look_back(None, (kind,), bounds, newest_first=not ascending)
        of_runs = {row.run: row for row in self.log.runs(ids=[entry.event.run for entry in entries])}
        records = [
            EventLogRecord(entry.id, change)
            for entry in entries
            if (row := of_runs.get(entry.event.run)) is not None
            and (jobs is None or run_of_row(row).job_name in jobs)
            and (change := event_log_entry(entry)).dagster_event_type is records_filter.event_type
        ]
        return result(records[:limit], limit, cursor)


_ENDS = {
    DagsterEventType.STEP_SUCCESS: StepEventStatus.SUCCESS,
    DagsterEventType.STEP_FAILURE: StepEventStatus.FAILURE,
    DagsterEventType.STEP_SKIPPED: StepEventStatus.SKIPPED,
}
_BEGINS = (DagsterEventType.STEP_START, DagsterEventType.STEP_RESTARTED)
_OF_STEPS = {
    *_BEGINS,
    *_ENDS,
    DagsterEventType.STEP_UP_FOR_RETRY,
    DagsterEventType.ASSET_MATERIALIZATION,
}


def _step(run_id: str, key: str, entries: Sequence[EventLogEntry]) -> RunStepKeyStatsSnapshot:
    begun = [entry.timestamp for entry in entries if entry.dagster_event_type in _BEGINS]
    over = [entry for entry in entries if entry.dagster_event_type in _ENDS]
    made = [entry for entry in entries if entry.dagster_event_type is DagsterEventType.ASSET_MATERIALIZATION]
    kind = over[-1].dagster_event_type if over else None
    return RunStepKeyStatsSnapshot(
        run_id,
        key,
        StepEventStatus.IN_PROGRESS if kind is None else _ENDS[kind],
        begun[0] if begun else None,
        over[-1].timestamp if over else None,
        made,
        len(begun),
    )

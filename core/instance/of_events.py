"""What an instance answers about events by their type: the older questions, and those of one run in pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..errors import ParameterCheckError, check_type
from ..events import RunStarted
from ..keys import AssetKey
from ..latest import Entry
from ..notices import deprecated
from ..run.entries import EventLogEntry, failure_entry
from ..run.event_types import DagsterEventType
from ..run.records import AssetRecordsFilter, EventLogRecord, EventRecordsFilter, EventRecordsResult
from ..run.spelling import planned
from ..storage import Bounds, EventLog
from .paging import result, turned
from .telling import recorded, spelled_out

_T = DagsterEventType

_KINDS: Mapping[DagsterEventType, str] = {
    _T.ASSET_MATERIALIZATION: "Materialized",
    _T.ASSET_MATERIALIZATION_PLANNED: "RunStarted",
    _T.ASSET_OBSERVATION: "Observed",
    _T.ASSET_CHECK_EVALUATION: "Evaluated",
    _T.ASSET_FAILED_TO_MATERIALIZE: "StepFailed",
    _T.ASSET_WIPED: "Wiped",
    _T.STEP_FAILURE: "StepFailed",
    _T.STEP_SKIPPED: "StepSkipped",
    _T.RUN_START: "RunStarted",
    _T.RUN_SUCCESS: "RunFinished",
    _T.RUN_FAILURE: "RunFinished",
    _T.RUN_CANCELED: "RunFinished",
}
"""The types that are events of their own here, and what they are called; the others are told only of a run."""


class EventLogConnection(NamedTuple):
    """Events of one run, and where to go on."""

    records: Sequence[EventLogRecord]
    cursor: str
    has_more: bool


class OfEvents:
    """The part of an instance that is about events."""

    log: EventLog

    def get_event_records(
        self, event_records_filter: EventRecordsFilter, limit: int | None = None, ascending: bool = False
    ) -> Sequence[EventLogRecord]:
        """The events of one type, the newest first. Deprecated: ask `fetch_materializations` and its kin.

        Args:
            event_records_filter: Which events.
            limit: How many at the most.
            ascending: Whether the oldest come first.

        Raises:
            CheckError: if the filter is none, or names a type that is told only of a run.
        """
        deprecated("Function `DagsterInstance.get_event_records`", "Use fetch_materializations and its kin.")
        wanted = check_type(event_records_filter, EventRecordsFilter, "event_records_filter", optional=False)
        return self._records(
            wanted.event_type, wanted.asset_key, wanted.bounds(), limit, newest_first=not ascending
        )

    def fetch_planned_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """When runs were about to make an asset, the newest first. Deprecated: look at the runs."""
        deprecated("Function `DagsterInstance.fetch_planned_materializations`", "Look at the runs.")
        if not isinstance(records_filter, AssetRecordsFilter):
            records_filter = AssetRecordsFilter(records_filter)
        bounds = turned(records_filter.bounds(), cursor, ascending)
        records = self._records(
            DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
            records_filter.asset_key,
            bounds,
            limit,
            newest_first=not ascending,
        )
        return result(records, limit, cursor)

    def get_records_for_run(
        self,
        run_id: str,
        cursor: str | None = None,
        of_type: DagsterEventType | Collection[DagsterEventType] | None = None,
        limit: int | None = None,
        ascending: bool = True,
    ) -> EventLogConnection:
        """The events of a run in pages, the oldest first.

        Args:
            run_id: Which run.
            cursor: Where a former call ended.
            of_type: Only events of this type, or of these.
            limit: How many at the most.
            ascending: Whether the oldest come first.
        """
        check_type(run_id, str, "run_id", optional=False)
        wanted = {of_type} if isinstance(of_type, DagsterEventType) else of_type
        told = [
            EventLogRecord(place, entry)
            for place, entry in enumerate(spelled_out(self.log, list(self.log.since(0, run=run_id))), 1)
            if wanted is None or entry.dagster_event_type in wanted
        ]
        # One event of ours is several here, so that a page ends at a place among the run's own.
        bounds = turned(Bounds(), cursor, ascending)
        found = [
            record
            for record in (told if ascending else reversed(told))
            if record.storage_id > bounds.after
            and (bounds.before is None or record.storage_id < bounds.before)
        ]
        page = found if limit is None else found[:limit]
        last = str(page[-1].storage_id) if page else cursor or ""
        return EventLogConnection(page, last, len(page) < len(found))

    def _records(
        self,
        event_type: DagsterEventType,
        asset: AssetKey | None,
        bounds: Bounds,
        limit: int | None,
        *,
        newest_first: bool,
    ) -> list[EventLogRecord]:
        kind = _KINDS.get(event_type)
        if kind is None:
            names = ", ".join(known.name for known in _KINDS)
            message = f"{event_type.name} is told only of a run: ask all_logs(run_id). Everywhere there are {names}."
            raise ParameterCheckError(message)
        exact = event_type not in {
            _T.ASSET_MATERIALIZATION_PLANNED,
            _T.RUN_SUCCESS,
            _T.RUN_FAILURE,
            _T.RUN_CANCELED,
        }
        entries = self.log.look_back(
            asset if exact else None,
            (kind,),
            bounds if exact else bounds._replace(partitions=None),
            limit=limit if exact else None,
            newest_first=newest_first,
        )
        if event_type is _T.ASSET_FAILED_TO_MATERIALIZE:
            return [EventLogRecord(entry.id, failure_entry(entry)) for entry in entries]
        if event_type is _T.ASSET_MATERIALIZATION_PLANNED:
            return list(_planned(entries, asset, bounds.partitions))[:limit]
        records = [record for record in recorded(self.log, entries) if record.event_type is event_type]
        return records[:limit]


def _planned(
    entries: Sequence[Entry], asset: AssetKey | None, partitions: Collection[str | None] | None
) -> Iterator[EventLogRecord]:
    for entry in entries:
        assert isinstance(entry.event, RunStarted)
        for told in planned(entry.event):
            if (asset is None or told.asset_key == asset) and (
                partitions is None or told.partition in partitions
            ):
                yield EventLogRecord(entry.id, EventLogEntry(entry, told))

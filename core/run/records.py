"""Records of the log under the reference's names: an event with its place, and what filters them.

Read-only views that the instance makes when it is asked; nothing inside decides by them.
Rules: `spec/api.md` §9.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple

from ..define.checks import AssetCheckEvaluation
from ..define.results import AssetMaterialization, AssetObservation
from ..errors import ParameterCheckError, check_type
from ..keys import AssetCheckKey, AssetKey
from ..record import Record, put
from ..storage import Bounds
from .entries import EventLogEntry
from .event_types import DagsterEventType


class EventLogRecord(Record):
    """An event of the log, with its place in it.

    Args:
        storage_id: Its place: a later event has a greater one.
        event_log_entry: The event.
    """

    __slots__ = ("event_log_entry", "storage_id")

    storage_id: int
    event_log_entry: EventLogEntry

    def __init__(self, storage_id: int, event_log_entry: EventLogEntry) -> None:
        put(self, "storage_id", storage_id)
        put(self, "event_log_entry", event_log_entry)

    @property
    def run_id(self) -> str:
        """The run; empty for what no run made."""
        return self.event_log_entry.run_id

    @property
    def timestamp(self) -> float:
        """When it happened, in seconds of the epoch."""
        return self.event_log_entry.timestamp

    @property
    def event_type(self) -> DagsterEventType | None:
        """What kind of event it is."""
        return self.event_log_entry.dagster_event_type

    @property
    def asset_key(self) -> AssetKey | None:
        """The asset that it is about."""
        return self.event_log_entry.asset_key

    @property
    def partition_key(self) -> str | None:
        """The partition that it is about."""
        return self.event_log_entry.partition_key

    @property
    def asset_materialization(self) -> AssetMaterialization | None:
        """The materialization, if it is one."""
        return self.event_log_entry.asset_materialization

    @property
    def asset_observation(self) -> AssetObservation | None:
        """The observation, if it is one."""
        return self.event_log_entry.asset_observation

    @property
    def asset_event(self) -> AssetMaterialization | AssetObservation | None:
        """The materialization or observation, if it is one."""
        return self.asset_materialization or self.asset_observation


class EventRecordsResult(NamedTuple):
    """Records, and where to go on.

    Args:
        records: What was found.
        cursor: Given to the next call, it goes on where this one ended.
        has_more: Whether there may be more.
    """

    records: Sequence[EventLogRecord]
    cursor: str
    has_more: bool


def _partitions(given: Any) -> Sequence[str] | None:
    if given is not None and (isinstance(given, str) or not isinstance(given, Sequence)):
        message = f"Parameter 'asset_partitions' must be a sequence of partition keys, not {type(given).__name__}: {given!r:.80}"
        raise ParameterCheckError(message)
    return given


class AssetRecordsFilter(Record):
    """Which events of one asset are wanted.

    Args:
        asset_key: Which asset.
        asset_partitions: Only these partitions.
        after_timestamp: Only later ones.
        before_timestamp: Only earlier ones.
        after_storage_id: Only those with a greater id.
        before_storage_id: Only those with a smaller id.
        storage_ids: Only these.
    """

    __slots__ = (
        "after_storage_id", "after_timestamp", "asset_key", "asset_partitions", "before_storage_id", "before_timestamp",
        "storage_ids",
    )  # fmt: skip

    asset_key: AssetKey
    asset_partitions: Sequence[str] | None
    after_timestamp: float | None
    before_timestamp: float | None
    after_storage_id: int | None
    before_storage_id: int | None
    storage_ids: Sequence[int] | None

    def __init__(
        self,
        asset_key: AssetKey,
        asset_partitions: Sequence[str] | None = None,
        after_timestamp: float | None = None,
        before_timestamp: float | None = None,
        after_storage_id: int | None = None,
        before_storage_id: int | None = None,
        storage_ids: Sequence[int] | None = None,
    ) -> None:
        put(self, "asset_key", check_type(asset_key, AssetKey, "asset_key", optional=False))
        put(self, "asset_partitions", _partitions(asset_partitions))
        put(self, "after_timestamp", check_type(after_timestamp, (int, float), "after_timestamp"))
        put(self, "before_timestamp", check_type(before_timestamp, (int, float), "before_timestamp"))
        put(self, "after_storage_id", check_type(after_storage_id, int, "after_storage_id"))
        put(self, "before_storage_id", check_type(before_storage_id, int, "before_storage_id"))
        put(self, "storage_ids", check_type(storage_ids, Sequence, "storage_ids"))

    __hash__ = None  # type: ignore[assignment]  # lists are inside

    def bounds(self) -> Bounds:
        """The same for the log; what was wiped is left out."""
        return Bounds(
            self.after_storage_id or 0,
            self.before_storage_id,
            self.after_timestamp,
            self.before_timestamp,
            self.asset_partitions,
            self.storage_ids,
            standing=True,
        )


class EventRecordsFilter(Record):
    """Which events of one type are wanted; of one asset or of all.

    Args:
        event_type: Which type.
        asset_key: Only those about this asset.
        asset_partitions: Only these partitions.
        after_cursor: Only those with a greater id.
        before_cursor: Only those with a smaller id.
        after_timestamp: Only later ones.
        before_timestamp: Only earlier ones.
        storage_ids: Only these.
    """

    __slots__ = (
        "after_cursor", "after_timestamp", "asset_key", "asset_partitions", "before_cursor", "before_timestamp", "event_type",
        "storage_ids",
    )  # fmt: skip

    event_type: DagsterEventType
    asset_key: AssetKey | None
    asset_partitions: Sequence[str] | None
    after_cursor: int | None
    before_cursor: int | None
    after_timestamp: float | None
    before_timestamp: float | None
    storage_ids: Sequence[int] | None

    def __init__(
        self,
        event_type: DagsterEventType,
        asset_key: AssetKey | None = None,
        asset_partitions: Sequence[str] | None = None,
        after_cursor: int | None = None,
        before_cursor: int | None = None,
        after_timestamp: float | None = None,
        before_timestamp: float | None = None,
        storage_ids: Sequence[int] | None = None,
    ) -> None:
        put(self, "event_type", check_type(event_type, DagsterEventType, "event_type", optional=False))
        put(self, "asset_key", check_type(asset_key, AssetKey, "asset_key"))
        put(self, "asset_partitions", _partitions(asset_partitions))
        put(self, "after_cursor", check_type(after_cursor, int, "after_cursor"))
        put(self, "before_cursor", check_type(before_cursor, int, "before_cursor"))
        put(self, "after_timestamp", check_type(after_timestamp, (int, float), "after_timestamp"))
        put(self, "before_timestamp", check_type(before_timestamp, (int, float), "before_timestamp"))
        put(self, "storage_ids", check_type(storage_ids, Sequence, "storage_ids"))

    __hash__ = None  # type: ignore[assignment]  # lists are inside

    def bounds(self) -> Bounds:
        """The same for the log; what was wiped is left out."""
        return Bounds(
            self.after_cursor or 0,
            self.before_cursor,
            self.after_timestamp,
            self.before_timestamp,
            self.asset_partitions,
            self.storage_ids,
            standing=True,
        )


class RunStatusChangeRecordsFilter(Record):
    """Which changes of a run's status are wanted.

    Args:
        event_type: Which change: `DagsterEventType.RUN_SUCCESS` and its kin.
        after_timestamp: Only later ones.
        before_timestamp: Only earlier ones.
        after_storage_id: Only those with a greater id.
        before_storage_id: Only those with a smaller id.
        storage_ids: Only these.
        job_names: Only runs of these jobs.
    """

    __slots__ = (
        "after_storage_id", "after_timestamp", "before_storage_id", "before_timestamp", "event_type", "job_names",
        "storage_ids",
    )  # fmt: skip

    event_type: DagsterEventType
    after_timestamp: float | None
    before_timestamp: float | None
    after_storage_id: int | None
    before_storage_id: int | None
    storage_ids: Sequence[int] | None
    job_names: Sequence[str] | None

    def __init__(
        self,
        event_type: DagsterEventType,
        after_timestamp: float | None = None,
        before_timestamp: float | None = None,
        after_storage_id: int | None = None,
        before_storage_id: int | None = None,
        storage_ids: Sequence[int] | None = None,
        job_names: Sequence[str] | None = None,
    ) -> None:
        put(self, "event_type", check_type(event_type, DagsterEventType, "event_type", optional=False))
        if event_type.value not in RUN_STATUS_CHANGES:
            message = f"{event_type.name} is no change of a run's status; there are {', '.join(RUN_STATUS_CHANGES)}."
            raise ParameterCheckError(message)
        put(self, "after_timestamp", check_type(after_timestamp, (int, float), "after_timestamp"))
        put(self, "before_timestamp", check_type(before_timestamp, (int, float), "before_timestamp"))
        put(self, "after_storage_id", check_type(after_storage_id, int, "after_storage_id"))
        put(self, "before_storage_id", check_type(before_storage_id, int, "before_storage_id"))
        put(self, "storage_ids", check_type(storage_ids, Sequence, "storage_ids"))
        put(self, "job_names", check_type(job_names, Sequence, "job_names"))

    __hash__ = None  # type: ignore[assignment]  # lists are inside

    def bounds(self) -> Bounds:
        """The same for the log."""
        return Bounds(
            self.after_storage_id or 0,
            self.before_storage_id,
            self.after_timestamp,
            self.before_timestamp,
            ids=self.storage_ids,
        )


RUN_STATUS_CHANGES = (
    "PIPELINE_START", "PIPELINE_SUCCESS", "PIPELINE_FAILURE", "PIPELINE_ENQUEUED", "PIPELINE_STARTING",
    "PIPELINE_CANCELING", "PIPELINE_CANCELED", "RUN_SUSPENDED", "RUN_RESUMED",
)  # fmt: skip


class AssetPartitionStatus(Enum):
    """What stands for a partition: `None` (never made) is not among them."""

    MATERIALIZED = "MATERIALIZED"
    IN_PROGRESS = "IN_PROGRESS"
    FAILED = "FAILED"


class AssetEntry(Record):
    """What is known of one asset: the newest of each kind of event."""

    __slots__ = (
        "asset_key", "last_failed_to_materialize_record", "last_materialization_record", "last_observation_record",
        "last_run_id",
    )  # fmt: skip

    asset_key: AssetKey
    last_materialization_record: EventLogRecord | None
    last_observation_record: EventLogRecord | None
    last_failed_to_materialize_record: EventLogRecord | None
    last_run_id: str | None

    def __init__(
        self,
        asset_key: AssetKey,
        last_materialization_record: EventLogRecord | None = None,
        last_observation_record: EventLogRecord | None = None,
        last_failed_to_materialize_record: EventLogRecord | None = None,
        last_run_id: str | None = None,
    ) -> None:
        put(self, "asset_key", asset_key)
        put(self, "last_materialization_record", last_materialization_record)
        put(self, "last_observation_record", last_observation_record)
        put(self, "last_failed_to_materialize_record", last_failed_to_materialize_record)
        put(self, "last_run_id", last_run_id)

    __hash__ = None  # type: ignore[assignment]  # metadata are inside

    @property
    def last_materialization(self) -> EventLogEntry | None:
        """The newest materialization."""
        record = self.last_materialization_record
        return None if record is None else record.event_log_entry

    @property
    def last_observation(self) -> EventLogEntry | None:
        """The newest observation."""
        record = self.last_observation_record
        return None if record is None else record.event_log_entry

    @property
    def last_materialization_storage_id(self) -> int | None:
        """The id of the newest materialization."""
        record = self.last_materialization_record
        return None if record is None else record.storage_id

    @property
    def last_observation_storage_id(self) -> int | None:
        """The id of the newest observation."""
        record = self.last_observation_record
        return None if record is None else record.storage_id

    @property
    def last_event_storage_id(self) -> int | None:
        """The id of the newest of all."""
        records = (
            self.last_materialization_record,
            self.last_observation_record,
            self.last_failed_to_materialize_record,
        )
        return max((record.storage_id for record in records if record is not None), default=None)


class AssetRecord(NamedTuple):
    """What is known of one asset, with the id of the newest event about it."""

    storage_id: int
    asset_entry: AssetEntry


class AssetCheckExecutionRecordStatus(Enum):
    """What became of a check."""

    PLANNED = "PLANNED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class AssetCheckExecutionRecord(Record):
    """One evaluation of a check, with its place in the log."""

    __slots__ = ("event", "id", "key")

    key: AssetCheckKey
    id: int
    event: EventLogEntry

    def __init__(self, key: AssetCheckKey, id: int, event: EventLogEntry) -> None:  # noqa: A002  the reference's name
        put(self, "key", key)
        put(self, "id", id)
        put(self, "event", event)

    __hash__ = None  # type: ignore[assignment]  # metadata are inside

    @property
    def evaluation(self) -> AssetCheckEvaluation | None:
        """What was found."""
        return self.event.asset_check_evaluation

    @property
    def status(self) -> AssetCheckExecutionRecordStatus:
        """Whether the check passed."""
        found = self.evaluation
        passed = found is not None and found.passed
        return AssetCheckExecutionRecordStatus.SUCCEEDED if passed else AssetCheckExecutionRecordStatus.FAILED

    @property
    def run_id(self) -> str:
        """The run; empty for what no run made."""
        return self.event.run_id

    @property
    def create_timestamp(self) -> float:
        """When it was made, in seconds of the epoch."""
        return self.event.timestamp

    @property
    def partition(self) -> str | None:
        """The partition that was looked at."""
        return self.event.partition_key

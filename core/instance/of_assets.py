"""What an instance answers about assets: their newest events, their history, and how to forget them.

Every answer costs a fixed number of queries, however many assets or partitions it is about.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from ..define.checks import AssetCheckEvaluation
from ..define.results import AssetMaterialization, AssetObservation
from ..errors import DagsterInvariantViolationError, ElementCheckError, ParameterCheckError, check_type
from ..events import Evaluated, Event, Materialized, Observed, Target, Wiped
from ..history import Snapshot
from ..keys import AssetCheckKey, AssetKey, Piece
from ..latest import Entry
from ..run.entries import EventLogEntry, event_log_entry, failure_entry
from ..run.records import (
    AssetCheckExecutionRecord,
    AssetEntry,
    AssetRecord,
    AssetRecordsFilter,
    EventLogRecord,
    EventRecordsResult,
)
from ..storage import Bounds, EventLog
from ..versions.data import Provenance
from ..versions.provenance import DATA_VERSION_TAG
from .paging import result, turned
from .telling import recorded, told

_STANDING = Bounds(standing=True)


class OfAssets:
    """The part of an instance that is about assets."""

    log: EventLog

    # -- the newest --------------------------------------------------------------------------------

    def get_latest_materialization_event(self, asset_key: AssetKey) -> EventLogEntry | None:
        """The newest materialization of an asset, whatever its partition; `None` once it is wiped."""
        check_type(asset_key, AssetKey, "asset_key", optional=False)
        newest = self.log.look_back(asset_key, ("Materialized",), _STANDING, limit=1)
        return next(iter(told(self.log, newest)), None)

    def get_latest_materialization_events(
        self, asset_keys: Iterable[AssetKey]
    ) -> Mapping[AssetKey, EventLogEntry | None]:
        """The newest materialization of each of these assets."""
        keys = _keys(asset_keys)
        found = self._materializations(self.log.snapshot(keys), keys)
        entries = dict(zip(found, told(self.log, list(found.values())), strict=True))
        return {key: entries.get(key) for key in keys}

    def get_latest_materialization_code_versions(
        self, asset_keys: Iterable[AssetKey]
    ) -> Mapping[AssetKey, str | None]:
        """The declared code version of the newest materialization of each; the run's id where none was declared."""
        keys = _keys(asset_keys)
        versions: dict[AssetKey, str | None] = dict.fromkeys(keys)
        for key, entry in self._materializations(self.log.snapshot(keys), keys).items():
            event = entry.event
            assert isinstance(event, Materialized)
            versions[key] = event.declared or event.run or None
        return versions

    def get_latest_data_version_record(
        self,
        key: AssetKey,
        is_source: bool | None = None,
        partition_key: str | None = None,
        before_cursor: int | None = None,
        after_cursor: int | None = None,
    ) -> EventLogRecord | None:
        """The event that says what the data version of an asset is.

        Args:
            key: Which asset.
            is_source: Whether only observations count; `False`: only materializations; left out: a
                materialization if there is one, else an observation.
            partition_key: Which partition; left out, the newest of all.
            before_cursor: Only events with a smaller id.
            after_cursor: Only events with a greater id.
        """
        check_type(key, AssetKey, "key", optional=False)
        partitions = None if partition_key is None else (partition_key,)
        bounds = Bounds(after_cursor or 0, before_cursor, partitions=partitions, standing=True)
        kinds = {True: ("Observed",), False: ("Materialized",), None: ("Materialized", "Observed")}[is_source]
        for kind in kinds:
            for record in recorded(self.log, self.log.look_back(key, (kind,), bounds, limit=1)):
                return record
        return None

    def _materializations(self, facts: Snapshot, keys: Collection[AssetKey]) -> dict[AssetKey, Entry]:
        """The newest materialization of each asset that has one."""
        return self._by_asset(
            "Materialized", (facts.tracks[key].newest() for key in keys if key in facts.tracks)
        )

    def _by_asset(self, kind: str, ids: Iterable[int]) -> dict[AssetKey, Entry]:
        wanted = [number for number in ids if number]
        if not wanted:
            return {}
        found: dict[AssetKey, Entry] = {}
        for entry in self.log.look_back(None, (kind,), Bounds(ids=wanted)):
            assert isinstance(entry.event, (Materialized, Observed))
            found.setdefault(entry.event.piece.asset, entry)
        return found

    # -- history -----------------------------------------------------------------------------------

    def fetch_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """The materializations of an asset, the newest first.

        Args:
            records_filter: Which asset; or which of its events.
            limit: How many at the most.
            cursor: Where a former call ended.
            ascending: Whether the oldest come first.

        Raises:
            CheckError: if the filter is none.
        """
        entries = self._page(records_filter, "Materialized", limit, cursor, ascending)
        return result(recorded(self.log, entries), limit, cursor)

    def fetch_observations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """The observations of an asset, the newest first; as `fetch_materializations`."""
        entries = self._page(records_filter, "Observed", limit, cursor, ascending)
        return result(recorded(self.log, entries), limit, cursor)

    def fetch_failed_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,
    ) -> EventRecordsResult:
        """The attempts at an asset that failed, the newest first; as `fetch_materializations`."""
        entries = self._page(records_filter, "StepFailed", limit, cursor, ascending)
        return result([EventLogRecord(entry.id, failure_entry(entry)) for entry in entries], limit, cursor)

    def _page(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        kind: str,
        limit: int,
        cursor: str | None,
        ascending: bool,
    ) -> list[Entry]:
        check_type(limit, int, "limit", optional=False)
        if not isinstance(records_filter, AssetRecordsFilter):
            records_filter = AssetRecordsFilter(records_filter)
        bounds = turned(records_filter.bounds(), cursor, ascending)
        return self.log.look_back(
            records_filter.asset_key, (kind,), bounds, limit=limit, newest_first=not ascending
        )

    # -- what is known -----------------------------------------------------------------------------

    def get_asset_keys(
        self, prefix: Sequence[str] | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Sequence[AssetKey]:
        """The keys of which something is known, in order.

        Args:
            prefix: The parts that they begin with.
            limit: How many at the most.
            cursor: The text of the key (`to_string()`) after which to go on.
        """
        keys = sorted(self.log.snapshot().assets(), key=AssetKey.to_string)
        if prefix:
            keys = [key for key in keys if key.has_prefix(list(prefix))]
        if cursor:
            keys = [key for key in keys if key.to_string() > cursor]
        return keys[:limit]

    def all_asset_keys(self) -> Sequence[AssetKey]:
        """All keys of which something is known."""
        return self.get_asset_keys()

    def has_asset_key(self, asset_key: AssetKey) -> bool:
        """Whether anything is known of an asset."""
        check_type(asset_key, AssetKey, "asset_key", optional=False)
        return asset_key in self.log.snapshot([asset_key]).assets()

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:
        """What is known of each of these assets, or of all; those of which nothing is known are left out."""
        facts = self.log.snapshot(None if asset_keys is None else _keys(asset_keys))
        keys = list(facts.assets())
        made = self._materializations(facts, keys)
        latest = {key: [facts.latest(Piece(key, p)) for p in facts.tracks[key].rows] for key in keys}
        seen = self._by_asset(
            "Observed",
            (max((one.observed.event for one in latest[key] if one.observed), default=0) for key in keys),
        )
        failed = [max((one.failed.event for one in latest[key] if one.failed), default=0) for key in keys]
        failures = {
            entry.id: entry for entry in self.log.look_back(None, ("StepFailed",), Bounds(ids=failed))
        }
        makings = dict(zip(made, recorded(self.log, list(made.values())), strict=True))
        records: list[AssetRecord] = []
        for key, number in zip(keys, failed, strict=True):
            fault = failures.get(number)
            known = [entry for entry in (made.get(key), seen.get(key), fault) if entry is not None]
            newest = max(known, default=None, key=lambda entry: entry.id)
            entry = AssetEntry(
                key,
                makings.get(key),
                EventLogRecord(seen[key].id, event_log_entry(seen[key])) if key in seen else None,
                None if fault is None else EventLogRecord(fault.id, failure_entry(fault)),
                None if newest is None else newest.event.run,
            )
            records.append(AssetRecord(0 if newest is None else newest.id, entry))
        return records

    def get_latest_asset_check_evaluation_record(
        self, asset_check_key: AssetCheckKey
    ) -> AssetCheckExecutionRecord | None:
        """The newest evaluation of a check, whatever its partition."""
        key = check_type(asset_check_key, AssetCheckKey, "asset_check_key", optional=False)
        answers = self.log.snapshot([key.asset_key]).checks.get(key.asset_key, {})
        newest = max((told.event for (name, _), told in answers.items() if name == key.name), default=0)
        if not newest:
            return None
        (entry,) = self.log.look_back(key.asset_key, ("Evaluated",), Bounds(ids=(newest,)))
        return AssetCheckExecutionRecord(key, entry.id, event_log_entry(entry))

    # -- what is reported and forgotten ------------------------------------------------------------

    def report_runless_asset_event(
        self, asset_event: AssetMaterialization | AssetObservation | AssetCheckEvaluation
    ) -> None:
        """Record a materialization, an observation or the evaluation of a check that no run of ours made.

        Raises:
            DagsterInvariantViolationError: for anything else.
        """
        self.log.append([_event_of(asset_event, time.time())])

    def wipe_assets(self, asset_keys: Sequence[AssetKey]) -> None:
        """Forget everything about these assets."""
        now = time.time()
        self.log.append([Wiped("", now, key) for key in _keys(asset_keys)])

    def wipe_asset_partitions(self, asset_key: AssetKey, partition_keys: Sequence[str]) -> None:
        """Forget some partitions of an asset."""
        check_type(asset_key, AssetKey, "asset_key", optional=False)
        if isinstance(partition_keys, str):
            message = (
                f"Parameter 'partition_keys' must be a sequence of keys, not a str: {partition_keys!r:.80}"
            )
            raise ParameterCheckError(message)
        self.log.append([Wiped("", time.time(), asset_key, tuple(partition_keys))])


def _keys(given: Iterable[AssetKey]) -> list[AssetKey]:
    keys = list(given)
    for key in keys:
        if not isinstance(key, AssetKey):
            message = f"Each of 'asset_keys' must be AssetKey, not {type(key).__name__}: {key!r:.80}"
            raise ElementCheckError(message)
    return keys


def _event_of(given: object, now: float) -> Event:
    if isinstance(given, AssetMaterialization):
        tags = dict(given.tags or {})
        version = tags.get(DATA_VERSION_TAG)
        return Materialized(
            "",
            now,
            Piece(given.asset_key, given.partition),
            Provenance("", {}),
            version or "INITIAL",
            given=version is not None,
            metadata=given.metadata,
            tags=tags,
            description=given.description,
        )
    if isinstance(given, AssetObservation):
        tags = dict(given.tags or {})
        piece = Piece(given.asset_key, given.partition)
        version = tags.get(DATA_VERSION_TAG)
        return Observed("", now, piece, version, given.metadata, tags, given.description)
    if isinstance(given, AssetCheckEvaluation):
        target = given.target_materialization_data
        return Evaluated(
            "",
            now,
            Piece(given.asset_key, given.partition),
            given.check_name,
            given.passed,
            given.severity.value,
            given.metadata,
            given.description,
            given.blocking,
            None if target is None else Target(*target),
        )
    message = (
        f"Only an AssetMaterialization, an AssetObservation or an AssetCheckEvaluation can be reported, not "
        f"{type(given).__name__}: {given!r:.80}"
    )
    raise DagsterInvariantViolationError(message)

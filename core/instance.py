"""`DagsterInstance`: one store with its log and its values, under the reference's name.

The only room that knows both the runner's needs and the store; the names and records that
users of the reference call are answered from the log. Rules: `spec/api.md` §9.7.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, cast, get_args

from .define.results import AssetMaterialization, AssetObservation
from .errors import (
    DagsterHomeNotSetError,
    DagsterInvariantViolationError,
    DagsterRunNotFoundError,
    ParameterCheckError,
    check_type,
)
from .events import Event, Materialized, Observed, PartitionsAdded, PartitionsRemoved, Wiped
from .history import EventLog, RunRow, ValueStore
from .keys import AssetKey, Piece
from .metadata import coerce
from .run.dagster_run import DagsterRun, run_of_row
from .run.events import EventLogEntry, event_log_entry
from .store import Durability, Store, memory_store, open_store
from .store.owner import me
from .versions.data import Provenance

HOME_VARIABLE = "ASSETS_HOME"
DURABILITY_VARIABLE = "ASSETS_DURABILITY"

_current: Callable[[], DagsterInstance] | None = None


def set_current(current: Callable[[], DagsterInstance] | None) -> None:
    """Let `DagsterInstance.get()` give this one: the workspace of the kernel says so."""
    global _current  # noqa: PLW0603  the one place that knows the process's instance
    _current = current


class DagsterInstance:
    """A store: the event log, and the values of assets.

    Made by `ephemeral`, `local_temp`, `get` or `open`, never directly.
    """

    def __init__(self, store: Store, *, is_ephemeral: bool, folder: str | None) -> None:
        self._store = store
        self._folder = folder
        self.is_ephemeral = is_ephemeral
        self.log: EventLog = store.log
        self.values: ValueStore = store.values
        self.known_codes: set[str] = set()
        """The code versions whose text this process has put into the log."""

    @staticmethod
    def ephemeral(tempdir: str | None = None, preload: Any = None, settings: Any = None) -> DagsterInstance:  # noqa: ARG004  the reference's signature
        """A store in memory, gone with the object."""
        return DagsterInstance(memory_store(), is_ephemeral=True, folder=tempdir)

    @staticmethod
    def local_temp(tempdir: str | None = None, overrides: Any = None) -> DagsterInstance:  # noqa: ARG004  the reference's signature
        """A store on disk in a folder (a temporary one, if none is given)."""
        return DagsterInstance.open(tempdir or tempfile.mkdtemp(prefix="assets-"))

    @staticmethod
    def get() -> DagsterInstance:
        """The store of the loaded workspace, else that of `ASSETS_HOME`.

        Raises:
            DagsterHomeNotSetError: if there is neither.
        """
        if _current is not None:
            return _current()
        home = os.environ.get(HOME_VARIABLE)
        if not home:
            message = (
                f"There is no store: no workspace is loaded, and {HOME_VARIABLE} is not set. "
                f"Run `%load_ext assets` in a notebook, set {HOME_VARIABLE} to a folder, or use "
                "DagsterInstance.ephemeral()."
            )
            raise DagsterHomeNotSetError(message)
        return DagsterInstance.open(home)

    @staticmethod
    def open(folder: str | os.PathLike[str], durability: str | None = None) -> DagsterInstance:
        """The store in a folder, made if it is not there.

        Args:
            folder: Where it is.
            durability: `normal`: a killed process loses nothing that was committed, a power cut
                may take the last seconds; `full`: every commit is flushed to the disk. Left out,
                `ASSETS_DURABILITY`, else `normal`.

        Raises:
            StoreError: if it is damaged, foreign or of a newer version.
        """
        chosen = durability or os.environ.get(DURABILITY_VARIABLE) or "normal"
        if chosen not in get_args(Durability):
            message = f"durability is 'normal' or 'full', not {chosen!r:.40}."
            raise ParameterCheckError(message)
        store = open_store(Path(folder), durability=cast("Durability", chosen))
        return DagsterInstance(store, is_ephemeral=False, folder=str(folder))

    def close(self) -> None:
        """Let go of what is held open."""
        self._store.close()

    dispose = close

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def owner(self) -> str:
        """The sign of life that this process gives with its runs."""
        return me()

    @property
    def root_directory(self) -> str:
        """The folder of the store; a temporary one for an ephemeral instance."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="assets-")
        return self._folder

    def storage_directory(self) -> str:
        """Where file-based IO managers put their values by default."""
        return str(Path(self.root_directory) / "storage")

    # -- what was materialized ---------------------------------------------------------------------

    def get_latest_materialization_event(self, asset_key: AssetKey) -> EventLogEntry | None:
        """The newest materialization of an asset, whatever its partition."""
        check_type(asset_key, AssetKey, "asset_key", optional=False)
        for entry in self.log.events_of(asset_key, kinds=("Materialized",), limit=1):
            return event_log_entry(entry)
        return None

    def get_latest_materialization_events(
        self, asset_keys: Iterable[AssetKey]
    ) -> Mapping[AssetKey, EventLogEntry | None]:
        """The newest materialization of each of these assets."""
        return {key: self.get_latest_materialization_event(key) for key in asset_keys}

    def get_latest_materialization_code_versions(
        self, asset_keys: Iterable[AssetKey]
    ) -> Mapping[AssetKey, str | None]:
        """The declared code version of the newest materialization of each; the run's id where none was declared."""
        found: dict[AssetKey, str | None] = {}
        for key in asset_keys:
            entries = self.log.events_of(key, kinds=("Materialized",), limit=1)
            event = entries[0].event if entries else None
            found[key] = (event.declared or event.run) if isinstance(event, Materialized) else None
        return found

    def get_materialized_partitions(
        self, asset_key: AssetKey, before_cursor: int | None = None, after_cursor: int | None = None
    ) -> set[str]:
        """The partitions of an asset that were materialized and not wiped."""
        facts = self.log.snapshot([asset_key])
        found = set()
        for partition in facts.partitions(asset_key):
            record = facts.record(Piece(asset_key, partition))
            if (
                partition is not None
                and record is not None
                and _between(record.event, before_cursor, after_cursor)
            ):
                found.add(partition)
        return found

    def get_asset_keys(
        self, prefix: Sequence[str] | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Sequence[AssetKey]:
        """The keys of which something is known, in order."""
        keys = sorted(self.log.snapshot().assets(), key=AssetKey.to_string)
        if prefix:
            keys = [key for key in keys if key.has_prefix(list(prefix))]
        if cursor:
            keys = [key for key in keys if key.to_string() > cursor]
        return keys[:limit]

    def has_asset_key(self, asset_key: AssetKey) -> bool:
        """Whether anything is known of an asset."""
        check_type(asset_key, AssetKey, "asset_key", optional=False)
        return asset_key in self.log.snapshot([asset_key]).assets()

    def wipe_assets(self, asset_keys: Sequence[AssetKey]) -> None:
        """Forget everything about these assets."""
        now = time.time()
        for key in asset_keys:
            check_type(key, AssetKey, "asset_keys", optional=False)
        self.log.append([Wiped("", now, key) for key in asset_keys])

    def wipe_asset_partitions(self, asset_key: AssetKey, partition_keys: Sequence[str]) -> None:
        """Forget some partitions of an asset."""
        self.log.append([Wiped("", time.time(), asset_key, tuple(partition_keys))])

    def report_runless_asset_event(self, asset_event: AssetMaterialization | AssetObservation) -> None:
        """Record a materialization or an observation that no run of ours made."""
        metadata = {label: coerce(value, label) for label, value in (asset_event.metadata or {}).items()}
        tags = dict(asset_event.tags or {})
        version = tags.get("dagster/data_version")
        piece = Piece(asset_event.asset_key, asset_event.partition)
        event: Event
        if isinstance(asset_event, AssetMaterialization):
            event = Materialized(
                "", time.time(), piece, Provenance("", {}), version or "INITIAL", given=version is not None,
                metadata=metadata, tags=tags,
            )  # fmt: skip
        elif isinstance(asset_event, AssetObservation):
            event = Observed("", time.time(), piece, version, metadata, tags)
        else:
            message = (
                f"Only a materialization or an observation can be reported, not {type(asset_event).__name__}."
            )
            raise DagsterInvariantViolationError(message)
        self.log.append([event])

    # -- runs --------------------------------------------------------------------------------------

    def get_runs(self, filters: Any = None, limit: int | None = None) -> Sequence[DagsterRun]:
        """The runs, the newest first."""
        if filters is not None:
            message = "get_runs takes no filters yet; look through the runs that it gives."
            raise DagsterInvariantViolationError(message)
        return [run_of_row(row) for row in self.log.runs(limit)]

    def get_run_by_id(self, run_id: str) -> DagsterRun | None:
        """The run with this id, if there is one."""
        row = self._run(run_id)
        return None if row is None else run_of_row(row)

    def all_logs(self, run_id: str) -> Sequence[EventLogEntry]:
        """Every event of a run, in order.

        Raises:
            DagsterRunNotFoundError: if no run has that id.
        """
        if self._run(run_id) is None:
            message = f"No run has the id {run_id!r}. `get_runs()` lists those that are known."
            raise DagsterRunNotFoundError(message)
        return [event_log_entry(entry) for entry in self.log.since(0, run=run_id)]

    def _run(self, run_id: str) -> RunRow | None:
        return next((row for row in self.log.runs() if row.run == run_id), None)

    # -- dynamic partitions ------------------------------------------------------------------------

    def add_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        """Add keys to a dynamic partitions definition; those that are there already are left."""
        self.log.append([PartitionsAdded("", time.time(), partitions_def_name, tuple(partition_keys))])

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Take a key from a dynamic partitions definition."""
        self.log.append([PartitionsRemoved("", time.time(), partitions_def_name, (partition_key,))])

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys of a dynamic partitions definition, in the order they were added."""
        return list(self.log.snapshot().dynamic.get(partitions_def_name, ()))

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a dynamic partitions definition has a key."""
        return partition_key in self.get_dynamic_partitions(partitions_def_name)


def _between(event: int, before: int | None, after: int | None) -> bool:
    return (before is None or event < before) and (after is None or event > after)

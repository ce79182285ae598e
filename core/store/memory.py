"""A store in memory, for instances that end with the process: the same protocols, no file.

Events are kept as they are; values as bytes, so that a consumer gets a copy of its own here too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from ..events import (
    Event,
    Materialized,
    Observed,
    RunDeleted,
    RunFinished,
    RunStarted,
    Stored,
    Wiped,
    asset_of,
    kind_of,
    piece_of,
)
from ..history import Fold, Snapshot
from ..keys import AssetKey, Piece
from ..latest import Entry
from ..storage import EVERYTHING, Bounds, RunRow
from .audience import Audience
from .bounds import Wipes, inside, stands, wipes
from .formats import Parts

ANY_PARTITION: object = ...


class MemoryShelf:
    """Values as bytes in a dictionary."""

    inline_below = 1 << 62  # all of them come with their events

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}
        self.versions: dict[Piece, list[str]] = {}
        self.lock = threading.RLock()

    def place(self, name: str, parts: Parts) -> None:
        """Keep the bytes."""
        self.data.setdefault(name, b"".join(parts))

    def read(self, stored: Stored) -> bytes | None:
        """The bytes of a value."""
        return self.data.get(stored.name)

    def read_all(self, stored: Iterable[Stored]) -> Mapping[str, bytes]:
        """The bytes of those of these values that are there, by name."""
        return {one.name: self.data[one.name] for one in stored if one.name in self.data}

    def open(self, stored: Stored) -> int | None:
        """Nothing is a file here."""
        del stored
        return None

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        """The sizes of those of these values that are there."""
        return {name: len(data) for name in names if (data := self.data.get(name)) is not None}

    def drop(self, names: Iterable[str]) -> int:
        """Delete values; gives how many went."""
        return sum(self.data.pop(name, None) is not None for name in set(names))

    def collect(self, keep: int) -> int:
        """Delete superseded values beyond the newest `keep` of each piece, and what nothing refers to."""
        with self.lock:
            for names in self.versions.values():
                del names[:-keep]
            used = {name for names in self.versions.values() for name in names}
            return self.drop(self.data.keys() - used)

    def follow(self, event: Event) -> None:
        """Note what an event refers to."""
        if isinstance(event, Materialized) and event.stored is not None:
            self.versions.setdefault(event.piece, []).append(event.stored.name)
        elif isinstance(event, Wiped):
            for piece in [p for p in self.versions if p.asset == event.asset]:
                if event.partitions is None or piece.partition in event.partitions:
                    del self.versions[piece]


class MemoryLog:
    """The log as a list.

    Args:
        shelf: Where the small values of events go.
    """

    def __init__(self, shelf: MemoryShelf) -> None:
        self._shelf = shelf
        self._entries: list[Entry] = []
        self._by_asset: dict[AssetKey, list[Entry]] = {}
        self._fold = Fold()
        self._codes: dict[str, str] = {}
        self._audience = Audience(lambda event: self._entries[event:], lambda: len(self._entries))

    def append(self, events: Sequence[Event], values: Sequence[tuple[Stored, bytes]] = ()) -> list[Entry]:
        """Keep events and the small values that they name; subscribers hear of them after."""
        with self._shelf.lock:
            entries = [Entry(number, event) for number, event in enumerate(events, len(self._entries) + 1)]
            for stored, data in values:
                self._shelf.data.setdefault(stored.name, data)
            for entry in entries:
                asset = asset_of(entry.event)
                if asset is not None:
                    self._by_asset.setdefault(asset, []).append(entry)
                self._shelf.follow(entry.event)
                self._fold.add(entry)
            self._entries += entries
        self._audience.tell(entries)
        return entries

    def since(
        self,
        event: int = 0,
        *,
        run: str | None = None,
        kinds: Collection[str] | None = None,
        asset: AssetKey | None = None,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """The entries after an id, oldest first."""
        left = -1 if limit is None else limit
        for entry in self._entries[event:] if asset is None else list(self._by_asset.get(asset, ())):
            if left == 0:
                return
            if (
                entry.id > event
                and (run is None or entry.event.run == run)
                and (kinds is None or kind_of(entry.event) in kinds)
            ):
                yield entry
                left -= 1

    def events_of(
        self,
        asset: AssetKey,
        partition: object = ANY_PARTITION,
        *,
        kinds: Collection[str] | None = None,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[Entry]:
        """The entries about an asset, or (if `partition` is given, `None` included) about one piece; wipes always."""
        found = [
            entry
            for entry in self.since(asset=asset, kinds=kinds)
            if partition is ANY_PARTITION
            or (partition if (piece := piece_of(entry.event)) is None else piece.partition) == partition
        ]
        return (found[::-1] if newest_first else found)[:limit]

    def look_back(
        self,
        asset: AssetKey | None,
        kinds: Collection[str],
        bounds: Bounds = EVERYTHING,
        *,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[Entry]:
        """The entries of these kinds about an asset (or, with `None`, about anything) within bounds."""
        wiped: Wipes = wipes(self.since(asset=asset, kinds=("Wiped",))) if bounds.standing else {}
        found = [
            entry
            for entry in self.since(bounds.after, asset=asset, kinds=kinds)
            if inside(entry, bounds) and stands(entry, wiped)
        ]
        return (found[::-1] if newest_first else found)[:limit]

    def newest_before(self, wanted: Collection[tuple[AssetKey, int]]) -> Mapping[tuple[AssetKey, int], int]:
        """For an asset and an id: the id of the newest materialization or observation of it before that, if there is one."""
        found: dict[tuple[AssetKey, int], int] = {}
        for key, event in wanted:
            for entry in reversed(self._by_asset.get(key, ())):
                if entry.id < event and isinstance(entry.event, (Materialized, Observed)):
                    found[key, event] = entry.id
                    break
        return found

    def snapshot(self, assets: Collection[AssetKey] | None = None) -> Snapshot:
        """What is true now, of all assets or of these."""
        with self._shelf.lock:
            whole = self._fold.snapshot()
            held = dict(self.held())
        tracks, checks = whole.tracks, whole.checks
        if assets is not None:
            tracks = {key: tracks[key] for key in assets if key in tracks}
            checks = {key: checks[key] for key in assets if key in checks}
        return Snapshot(whole.upto, tracks, held, whole.running, whole.dynamic, checks)

    def held(self) -> Mapping[str, int]:
        """The values that are there now: name to size."""
        with self._shelf.lock:
            return {name: len(data) for name, data in self._shelf.data.items()}

    def subscribe(self, heard: Callable[[Sequence[Entry]], None]) -> Callable[[], None]:
        """Call `heard` with all entries that come, in order; the result ends that."""
        return self._audience.subscribe(heard)

    def poll(self) -> list[Entry]:
        """Tell subscribers what they have not heard; no other process writes here."""
        return self._audience.poll()

    def runs(self, limit: int | None = None, *, ids: Collection[str] | None = None) -> list[RunRow]:
        """The runs (or these), newest first; those that were deleted are not among them."""
        over = {e.event.run: e.event for e in self._entries if isinstance(e.event, RunFinished)}
        deleted: set[str] = set()
        found: list[RunRow] = []
        for entry in reversed(self._entries):
            start = entry.event
            if isinstance(start, RunDeleted):
                deleted.add(start.run)
            elif (
                isinstance(start, RunStarted)
                and start.run not in deleted
                and (ids is None or start.run in ids)
            ):
                end = over.get(start.run)
                about = (
                    start.run,
                    start.at,
                    start.keys,
                    start.origin,
                    start.tags,
                    start.job,
                    start.total,
                    start.owner,
                )
                found.append(
                    RunRow(*about, event=entry.id)
                    if end is None
                    else RunRow(*about, end.outcome, end.at, end.error, entry.id)
                )
        return found[:limit]

    def put_codes(self, codes: Mapping[str, str]) -> None:
        """Keep the text of fingerprints, by version; those known already are left as they are."""
        self._codes = {**codes, **self._codes}

    def put_code(self, version: str, parts: str) -> None:
        """Keep the text of one fingerprint."""
        self._codes.setdefault(version, parts)

    def get_code(self, version: str) -> str | None:
        """The text of a fingerprint, if it was kept."""
        return self._codes.get(version)

    def close(self) -> None:
        """Nothing is held open."""

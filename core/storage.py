"""What a log of events and a store of values must be: the two ports that `store/` implements.

Whoever runs, tells or decides speaks to these, whatever is behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .events import (
    Event,
    Stored,
)
from .history import Snapshot
from .keys import AssetKey
from .latest import Entry


class RunRow(NamedTuple):
    """A run as a list of runs shows it; `outcome` is empty while it goes on."""

    run: str
    at: float
    keys: tuple[AssetKey, ...]
    origin: str
    tags: Mapping[str, str]
    job: str
    total: int
    owner: str
    outcome: str = ""
    finished: float | None = None
    error: str = ""
    event: int = 0
    """The id of the event by which it began."""


class Bounds(NamedTuple):
    """Which part of the log is looked back at; all of it where nothing is said.

    Args:
        after: Only entries with a greater id.
        before: Only entries with a smaller id.
        since: Only what came later than this time.
        until: Only what came earlier than this time.
        partitions: Only what is about these partitions.
        ids: Only these entries.
        standing: Whether what was wiped later is left out.
    """

    after: int = 0
    before: int | None = None
    since: float | None = None
    until: float | None = None
    partitions: Collection[str | None] | None = None
    ids: Collection[int] | None = None
    standing: bool = False


EVERYTHING = Bounds()


class Kept(NamedTuple):
    """A value that was put away.

    Args:
        stored: What the event records.
        data: The bytes, if they are to be appended with the event; `None` if they are a file already.
        digest: The digest of the value's content; `None` if it cannot be digested.
    """

    stored: Stored
    data: bytes | None
    digest: str | None


class EventLog(Protocol):
    """An append-only sequence of events, and what follows from it."""

    def append(self, events: Sequence[Event], values: Sequence[tuple[Stored, bytes]] = ()) -> list[Entry]:
        """Keep events and the small values that they name, all or none; subscribers hear of them after."""
        ...

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
        ...

    def events_of(
        self,
        asset: AssetKey,
        partition: object = ...,
        *,
        kinds: Collection[str] | None = None,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[Entry]:
        """The entries about an asset, or (if `partition` is given, `None` included) about one piece; wipes always."""
        ...

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
        ...

    def newest_before(self, wanted: Collection[tuple[AssetKey, int]]) -> Mapping[tuple[AssetKey, int], int]:
        """For an asset and an id: the id of the newest materialization or observation of it before that, if there is one."""
        ...

    def snapshot(self, assets: Collection[AssetKey] | None = None) -> Snapshot:
        """What is true now, of all assets or of these."""
        ...

    def held(self) -> Mapping[str, int]:
        """The values that are there now: name to size."""
        ...

    def subscribe(self, heard: Callable[[Sequence[Entry]], None]) -> Callable[[], None]:
        """Call `heard` with all entries that come, in order; the result ends that."""
        ...

    def poll(self) -> list[Entry]:
        """Tell subscribers what other processes appended; gives these entries."""
        ...

    def runs(self, limit: int | None = None, *, ids: Collection[str] | None = None) -> list[RunRow]:
        """The runs (or these), newest first; those that were deleted are not among them."""
        ...

    def put_codes(self, codes: Mapping[str, str]) -> None:
        """Keep the text of fingerprints, by version; those known already are left as they are."""
        ...

    def put_code(self, version: str, parts: str) -> None:
        """Keep the text of one fingerprint."""
        ...

    def get_code(self, version: str) -> str | None:
        """The text of a fingerprint, if it was kept."""
        ...

    def close(self) -> None:
        """Let go of what it holds open."""
        ...


class ValueStore(Protocol):
    """Where the values of assets are kept, by content."""

    def put(self, value: object) -> Kept:
        """Put a value away, as a file, or as bytes that the event's transaction is to keep."""
        ...

    def get(self, stored: Stored) -> Any:
        """The value, a private copy at each call.

        Raises:
            ValueMissingError: if it is not there, or not what was recorded.
        """
        ...

    def get_all(self, stored: Sequence[Stored]) -> Iterator[Any]:
        """The values one after the other, each a private copy; small ones are read many at a time.

        Raises:
            ValueMissingError: if one is not there, or not what was recorded.
        """
        ...

    def present(self, stored: Iterable[Stored]) -> frozenset[Stored]:
        """Those of these values that are there in their size."""
        ...

    def delete(self, stored: Iterable[Stored]) -> int:
        """Delete values that nothing refers to any more; gives how many went."""
        ...

    def collect(self, keep: int = 10) -> int:
        """Delete superseded values beyond the newest `keep` of each piece; gives how many went."""
        ...

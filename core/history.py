"""What is true now: all events, folded; and what a log and a store of values must be.

`advance` is the one rule by which an event changes what stands for a piece. A `Snapshot`
never changes; a `Fold` is its growing twin for a runner. Both answer the questions of
`Facts`, which is all that the decision asks. No disk, no clock, no thread here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, TypeAlias

from .events import (
    Accepted,
    CheckErrored,
    Evaluated,
    Event,
    Materialized,
    Observed,
    PartitionsAdded,
    PartitionsRemoved,
    PassedOver,
    RunFinished,
    StepFailed,
    StepFinished,
    StepSkipped,
    StepStarted,
    Stored,
    Wiped,
)
from .keys import AssetKey, Piece
from .versions.data import Provenance


class Entry(NamedTuple):
    """An event with its place in the log's sequence."""

    id: int
    event: Event


@dataclass(frozen=True, slots=True)
class Record:
    """What stands for a piece: the newest success, as the decision needs it.

    Args:
        event: The id of its `Materialized` event.
        at: When it was made.
        run: In which run.
        provenance: From what; an `Accepted` event replaces its code.
        version: The data version.
        stored: Where the value is, if the store keeps it.
        seconds: How long it took.
        declared: The `code_version` the user declared.
        python: The minor version of Python that made it.
    """

    event: int
    at: float
    run: str
    provenance: Provenance
    version: str
    stored: Stored | None = None
    seconds: float = 0.0
    declared: str | None = None
    python: str = ""


class Failed(NamedTuple):
    """The newest attempt, where it did not succeed; `problem` is one line."""

    event: int
    at: float
    run: str
    problem: str
    cancelled: bool = False


class Passed(NamedTuple):
    """The newest attempt, where it succeeded without making the piece: from what."""

    event: int
    at: float
    run: str
    provenance: Provenance


class Observation(NamedTuple):
    """The newest thing learnt about a piece without making it."""

    event: int
    at: float
    version: str | None


class Evaluation(NamedTuple):
    """The newest answer of a check of a piece.

    Args:
        event: The id of its event: `Evaluated`, or `CheckErrored` for one whose function raised.
        at: When it was given.
        run: In which run.
        passed: Whether all was well; one that raised did not pass.
        severity: How bad it is if not: `ERROR` or `WARN`.
        blocking: Whether a failure stops what depends on the piece.
        target: The id of the materialization that it looked at; 0 if there was none.
        provenance: What it was evaluated from, if the check has a function of its own.
    """

    event: int
    at: float
    run: str
    passed: bool
    severity: str
    blocking: bool
    target: int
    provenance: Provenance | None = None


def evaluation(entry: Entry) -> Evaluation:
    """What stands for a check after its event."""
    number, event = entry
    if isinstance(event, CheckErrored):
        return Evaluation(number, event.at, event.run, False, "ERROR", event.blocking, 0)
    assert isinstance(event, Evaluated)
    target = 0 if event.target is None else event.target.event
    return Evaluation(
        number,
        event.at,
        event.run,
        event.passed,
        event.severity,
        bool(event.blocking),
        target,
        event.provenance,
    )


Checks: TypeAlias = dict[tuple[str, str | None], Evaluation]
"""The newest answers of the checks of one asset, by check and partition."""


class Latest(NamedTuple):
    """All that stands for one piece; `failed` and `passed` only where they are newer than `record`."""

    record: Record | None = None
    failed: Failed | None = None
    observed: Observation | None = None
    passed: Passed | None = None


NOTHING = Latest()

TELLING = (Materialized, StepFailed, PassedOver, Observed, Accepted)
"""The events that change what stands for one piece."""


def advance(latest: Latest, entry: Entry) -> Latest:
    """What stands for a piece after an event about it."""
    number, event = entry
    if isinstance(event, Materialized):
        record = Record(
            number,
            event.at,
            event.run,
            event.provenance,
            event.version,
            event.stored,
            event.seconds,
            event.declared,
            event.python,
        )
        return Latest(record, None, latest.observed)
    if isinstance(event, StepFailed):
        return latest._replace(
            failed=Failed(number, event.at, event.run, event.problem.line, event.cancelled)
        )
    if isinstance(event, PassedOver):
        return latest._replace(failed=None, passed=Passed(number, event.at, event.run, event.provenance))
    if isinstance(event, Observed):
        return latest._replace(observed=Observation(number, event.at, event.version))
    if isinstance(event, Accepted) and latest.record is not None:
        made = Provenance(event.code, latest.record.provenance.inputs)
        return latest._replace(record=replace(latest.record, provenance=made))
    if isinstance(event, Wiped):
        return NOTHING
    return latest


Shape: TypeAlias = tuple[tuple[str, AssetKey], ...]
"""The names of the inputs that a piece was made from, and their assets."""


class Brief(NamedTuple):
    """What decides whether a piece is fresh; `code` is `None` where there is no record.

    Args:
        code: The code version of the record.
        shape: What was read, by name.
        read: Of each input, which pieces and at which version, one after the other.
        version: The data version.
        name: The name of the value; `None` if the store keeps none.
        size: Its size.
        failed: Whether the newest attempt failed.
        passed: Whether its function chose not to make it.
    """

    code: str | None
    shape: Shape
    read: Sequence[str]
    version: str
    name: str | None
    size: int | None
    failed: bool
    passed: bool


class Alike(NamedTuple):
    """The same of many pieces that differ in nothing but what they were made from and gave.

    Args:
        keys: Their partitions.
        codes: Their code versions.
        shape: What was read, by name.
        inputs: Of each input, which pieces and at which version.
        versions: Their data versions.
        names: The names of their values.
        sizes: The sizes of these.
    """

    keys: list[str]
    codes: list[str]
    shape: Shape
    inputs: list[tuple[list[str], list[str]]]
    versions: list[str]
    names: list[str | None]
    sizes: list[int | None]


class Unpack(Protocol):
    """How the packed rows of a `Track` are read; the store that packed them knows."""

    def read(self, row: Any) -> Latest:
        """The row in full."""
        ...

    def made(self, row: Any) -> int:
        """The id of the record's event, without reading the row; 0 if it has none."""
        ...

    def seconds(self, row: Any) -> float | None:
        """How long the record's making took, without reading the row in full; `None` if there is no record."""
        ...

    def brief(self, row: Any) -> Brief:
        """What decides whether a piece is fresh, without reading the row in full."""
        ...

    def alike(self) -> Alike | None:
        """The rows that are alike, in columns, if there are some."""
        ...


class Track:
    """What stands for the pieces of one asset; packed rows are read when asked for.

    Args:
        rows: By partition (`None`: the asset has none): a `Latest`, or a row that `unpack` reads.
        unpack: What reads the packed rows; needed only where there are some.
    """

    __slots__ = ("rows", "sheet", "unpack")

    def __init__(self, rows: dict[str | None, Any], unpack: Unpack | None = None) -> None:
        self.rows = rows
        self.unpack = unpack
        self.sheet: object = None
        """The same in columns, kept by whoever made them until an event comes."""

    def get(self, partition: str | None) -> Latest:
        """What stands for a piece; `NOTHING` if nothing does."""
        row = self.rows.get(partition, NOTHING)
        if type(row) is not Latest:
            assert self.unpack is not None
            row = self.rows[partition] = self.unpack.read(row)
        return row

    def brief(self, partition: str | None) -> Brief:
        """What decides whether a piece is fresh; its row is left packed."""
        row = self.rows.get(partition, NOTHING)
        if type(row) is not Latest:
            assert self.unpack is not None
            return self.unpack.brief(row)
        record, failed, _, passed = row
        if record is None:
            return Brief(None, (), (), "", None, None, failed is not None, passed is not None)
        inputs, stored = record.provenance.inputs, record.stored
        return Brief(
            record.provenance.code,
            tuple((name, each.asset) for name, each in inputs.items()),
            [part for each in inputs.values() for part in (each.pieces, each.version)],
            record.version,
            None if stored is None else stored.name,
            None if stored is None else stored.size,
            failed is not None,
            passed is not None,
        )

    def seconds(self, partition: str | None) -> float | None:
        """How long a record's making took, its row left packed; `None` if there is no record."""
        row = self.rows.get(partition, NOTHING)
        if type(row) is Latest:
            return None if row.record is None else row.record.seconds
        return None if self.unpack is None else self.unpack.seconds(row)

    def alike(self) -> Alike | None:
        """All pieces in columns, if they are alike and none has been touched or read."""
        unpack = self.unpack
        if unpack is None or Latest in set(map(type, self.rows.values())):
            return None
        found = unpack.alike()
        return found if found is not None and len(found.keys) == len(self.rows) else None

    def event(self, partition: str | None) -> int:
        """The id of the event of a record, whose row is left packed; 0 if there is none."""
        row = self.rows.get(partition)
        if row is None:
            return 0
        if type(row) is Latest:
            return 0 if row.record is None else row.record.event
        return 0 if self.unpack is None else self.unpack.made(row)

    def made(self) -> list[str | None]:
        """The partitions that have a record, those that were made first in front."""
        unpack = self.unpack
        return [
            partition
            for partition, row in list(self.rows.items())
            if (row.record is not None if type(row) is Latest else unpack is not None and unpack.made(row))
        ]

    def newest(self) -> int:
        """The id of the newest record's event; 0 if there is none."""
        return max(map(self.event, list(self.rows)), default=0)

    def copy(self) -> Track:
        """A track that changes apart from this one."""
        return Track(self.rows.copy(), self.unpack)

    def add(self, entry: Entry) -> None:
        """Fold an event about this asset."""
        event = entry.event
        self.sheet = None
        if isinstance(event, Wiped):
            if event.partitions is None:
                self.rows.clear()
            else:
                for partition in event.partitions:
                    self.rows.pop(partition, None)
            return
        if isinstance(event, TELLING) and event.piece is not None:
            partition = event.piece.partition
            latest = advance(self.get(partition), entry)
            if latest != NOTHING:
                self.rows[partition] = latest


Digests: TypeAlias = dict[AssetKey, dict[Any, tuple[Sequence[str | None], Any]]]
"""What was worked out of many partitions of an asset, with these: it holds until one of them changes."""


class Facts(Protocol):
    """What a verdict needs to know of the past."""

    digests: Digests

    @property
    def dynamic(self) -> Mapping[str, Sequence[str]]:
        """The keys of each dynamic partitions definition, in the order they were added."""
        ...

    def record(self, piece: Piece) -> Record | None:
        """The newest success; `None` if there is none, or it was wiped."""
        ...

    def failure(self, piece: Piece) -> Failed | None:
        """The newest attempt, if it failed or was cancelled after the newest success."""
        ...

    def passed(self, piece: Piece) -> Provenance | None:
        """From what the newest attempt succeeded without making the piece, if it did."""
        ...

    def observed(self, asset: AssetKey, partition: str | None) -> Observation | None:
        """The newest observation."""
        ...

    def answers(self, asset: AssetKey) -> Mapping[tuple[str, str | None], Evaluation]:
        """The newest answers of the checks of an asset, by check and partition."""
        ...

    def partitions(self, asset: AssetKey) -> Collection[str | None]:
        """The partitions that have a record; `None` stands for an asset without partitions."""
        ...

    def present(self, stored: Stored) -> bool:
        """Whether the value was there, in its size, when the facts were read."""
        ...

    def evaluation(self, asset: AssetKey, check: str, partition: str | None = None) -> Evaluation | None:
        """The newest answer of a check."""
        ...


class _Facts:
    """The questions of `Facts` over tracks and held values: a snapshot's and a fold's alike."""

    __slots__ = ("checks", "digests", "dynamic", "held", "running", "tracks", "upto")

    upto: int
    tracks: dict[AssetKey, Track]
    held: dict[str, int]
    running: dict[Piece, str]
    dynamic: dict[str, tuple[str, ...]]
    checks: dict[AssetKey, Checks]
    digests: Digests

    def latest(self, piece: Piece) -> Latest:
        """All that stands for a piece."""
        track = self.tracks.get(piece.asset)
        return NOTHING if track is None else track.get(piece.partition)

    def record(self, piece: Piece) -> Record | None:
        """The newest success; `None` if there is none, or it was wiped."""
        return self.latest(piece).record

    def event(self, piece: Piece) -> int:
        """The id of the event of the newest success; 0 if there is none."""
        track = self.tracks.get(piece.asset)
        return 0 if track is None else track.event(piece.partition)

    def seconds(self, piece: Piece) -> float | None:
        """How long the newest success took; `None` if there is none."""
        track = self.tracks.get(piece.asset)
        return None if track is None else track.seconds(piece.partition)

    def newest(self, asset: AssetKey) -> int:
        """The id of the newest success of an asset; 0 if there is none."""
        track = self.tracks.get(asset)
        return 0 if track is None else track.newest()

    def failure(self, piece: Piece) -> Failed | None:
        """The newest attempt, if it failed or was cancelled after the newest success."""
        return self.latest(piece).failed

    def passed(self, piece: Piece) -> Provenance | None:
        """From what the newest attempt succeeded without making the piece, if it did."""
        passed = self.latest(piece).passed
        return None if passed is None else passed.provenance

    def observed(self, asset: AssetKey, partition: str | None = None) -> Observation | None:
        """The newest observation."""
        return self.latest(Piece(asset, partition)).observed

    def answers(self, asset: AssetKey) -> Mapping[tuple[str, str | None], Evaluation]:
        """The newest answers of the checks of an asset, by check and partition."""
        return self.checks.get(asset, {})

    def evaluation(self, asset: AssetKey, check: str, partition: str | None = None) -> Evaluation | None:
        """The newest answer of a check."""
        return self.answers(asset).get((check, partition))

    def partitions(self, asset: AssetKey) -> Collection[str | None]:
        """The partitions that have a record; `None` stands for an asset without partitions."""
        track = self.tracks.get(asset)
        return () if track is None else track.made()

    def present(self, stored: Stored) -> bool:
        """Whether the value was there, in its size, when the facts were read."""
        return self.held.get(stored.name) == stored.size

    def assets(self) -> Collection[AssetKey]:
        """The assets of which something is known; one that was wiped is not among them."""
        return {asset: None for asset, track in self.tracks.items() if track.rows}.keys()


class Snapshot(_Facts):
    """What was true after an event: never changes, and is shared between threads.

    Args:
        upto: The id of the newest event in it; 0 if there is none.
        tracks: What stands for the pieces of each asset.
        held: The values that are there: name to size.
        running: The pieces that are being made, with the run that makes each.
        dynamic: The keys of each dynamic partitions definition, in the order they were added.
        checks: What stands for the checks of each asset.
    """

    __slots__ = ()

    def __init__(
        self,
        upto: int = 0,
        tracks: dict[AssetKey, Track] | None = None,
        held: dict[str, int] | None = None,
        running: dict[Piece, str] | None = None,
        dynamic: dict[str, tuple[str, ...]] | None = None,
        checks: dict[AssetKey, Checks] | None = None,
    ) -> None:
        self.upto = upto
        self.tracks = tracks or {}
        self.held = held or {}
        self.running = running or {}
        self.dynamic = dynamic or {}
        self.checks = checks or {}
        self.digests = {}

    def after(self, entries: Iterable[Entry]) -> Snapshot:
        """The snapshot that holds after these entries; those already in it are passed over."""
        fold = Fold(self)
        for entry in entries:
            fold.add(entry)
        return fold.snapshot()

    def holding(self, held: Mapping[str, int]) -> Snapshot:
        """The same, with the values that are there now; itself if these are no others."""
        if held is self.held or held == self.held:
            return self
        return Snapshot(self.upto, self.tracks, dict(held), self.running, self.dynamic, self.checks)


class Fold(_Facts):
    """Facts that grow with each event; one thread's own.

    Args:
        snapshot: Where it begins. It is shared until an event touches it, and never changed.
    """

    __slots__ = ("_own", "_told")

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        start = snapshot or Snapshot()
        self.upto = start.upto
        self.tracks = dict(start.tracks)
        self.held = dict(start.held)
        self.running = dict(start.running)
        self.dynamic = dict(start.dynamic)
        self.checks = dict(start.checks)
        self.digests = {}
        self._own: set[AssetKey] = set()
        self._told: set[AssetKey] = set()

    def add(self, entry: Entry) -> None:
        """Fold an entry; one that is not newer than the newest so far is passed over."""
        number, event = entry
        if number <= self.upto:
            return
        self.upto = number
        if isinstance(event, StepStarted):
            if event.piece is not None:
                self.running[event.piece] = event.run
        elif isinstance(event, (Materialized, StepFailed, StepSkipped, StepFinished)):
            if event.piece is not None and self.running.get(event.piece) == event.run:
                del self.running[event.piece]
            if isinstance(event, Materialized) and event.stored is not None:
                self.held[event.stored.name] = event.stored.size
        elif isinstance(event, RunFinished):
            for piece in [piece for piece, run in self.running.items() if run == event.run]:
                del self.running[piece]
        elif isinstance(event, PartitionsAdded):
            self.dynamic[event.name] = tuple(dict.fromkeys((*self.dynamic.get(event.name, ()), *event.keys)))
        elif isinstance(event, PartitionsRemoved):
            gone = set(event.keys)
            self.dynamic[event.name] = tuple(
                key for key in self.dynamic.get(event.name, ()) if key not in gone
            )
        elif isinstance(event, (Evaluated, CheckErrored)):
            self._answers(event.piece.asset)[event.check, event.piece.partition] = evaluation(entry)
        if isinstance(event, Wiped):
            self._track(event.asset).add(entry)
            if event.asset in self.checks:
                self._forget(event)
        elif isinstance(event, TELLING) and event.piece is not None:
            self._track(event.piece.asset).add(entry)

    def snapshot(self) -> Snapshot:
        """What is true now; later events do not change it."""
        self._own.clear()
        self._told.clear()
        return Snapshot(
            self.upto,
            self.tracks.copy(),
            self.held.copy(),
            self.running.copy(),
            self.dynamic.copy(),
            self.checks.copy(),
        )

    def _forget(self, event: Wiped) -> None:
        """The answers about what was wiped go with it."""
        if event.partitions is None:
            del self.checks[event.asset]
            return
        answers = self._answers(event.asset)
        for told in [told for told in answers if told[1] in event.partitions]:
            del answers[told]

    def _answers(self, asset: AssetKey) -> Checks:
        if asset not in self._told:
            self.checks[asset] = self.checks.get(asset, {}).copy()
            self._told.add(asset)
        return self.checks.setdefault(asset, {})

    def _track(self, asset: AssetKey) -> Track:
        self.digests.pop(asset, None)
        track = self.tracks.get(asset)
        if asset not in self._own:
            track = self.tracks[asset] = Track({}) if track is None else track.copy()
            self._own.add(asset)
        assert track is not None
        return track


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

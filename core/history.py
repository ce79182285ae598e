"""What is true now: all events, folded.

A `Snapshot` never changes; a `Fold` is its growing twin for a runner. Both answer the
questions of `Facts`, which is all that the decision asks. No disk, no clock, no thread here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from .events import (
    CheckErrored,
    Evaluated,
    Materialized,
    PartitionsAdded,
    PartitionsRemoved,
    RunFinished,
    StepFailed,
    StepFinished,
    StepSkipped,
    StepStarted,
    Stored,
    Wiped,
)
from .keys import AssetKey, Piece
from .latest import (
    NOTHING,
    TELLING,
    Checks,
    Digests,
    Entry,
    Evaluation,
    Failed,
    Latest,
    Observation,
    Record,
    Track,
    evaluation,
)
from .versions.data import Provenance


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

"""How fast a run goes, and how long the rest may take.

Told of every change of a run, it counts by asset: what is open, what was done and in which
time. Of an asset that this run has not made yet, former runs tell. Nothing here looks at all
pieces at each question, so that a hundred thousand are asked about as fast as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from ..decide.plan import Plan
from ..history import Facts
from ..keys import AssetKey, Piece

if TYPE_CHECKING:
    from .runner import Progress

FEW = 5
"""So many partitions of an asset tell its rate."""
_SAMPLE = 100
_OVER = frozenset({"done", "kept", "failed", "cancelled", "skipped"})


class Pace:
    """The pace of one run.

    Args:
        plan: What is to be done.
        facts: What happened before.
        clock: Tells the time, in seconds.
    """

    def __init__(self, plan: Plan, facts: Facts, clock: Callable[[], float] = monotonic) -> None:
        self._plan = plan
        self._facts = facts
        self._clock = clock
        self._open: Counter[AssetKey] = Counter(step.piece.asset for step in plan.steps)
        self._over: set[Piece] = set()
        self._running: dict[Piece, None] = {}
        self._done: Counter[AssetKey] = Counter()
        self._spent: dict[AssetKey, float] = {}
        self._former: dict[AssetKey, float | None] = {}
        self._last = clock()
        self._latest: AssetKey | None = None

    def heard(self, progress: Progress) -> None:
        """Take a change of the run."""
        piece = progress.piece
        if progress.what == "begun":
            self._last = self._clock()
        if piece is None:
            return
        if progress.what == "running":
            self._running[piece] = None
        elif progress.what in _OVER:
            self._running.pop(piece, None)
            if piece in self._over:
                return
            self._over.add(piece)
            self._open[piece.asset] -= 1
            now = self._clock()
            if progress.what == "done":
                # The steps of a run follow each other: what went by since the last one ended was this one's.
                self._spent[piece.asset] = self._spent.get(piece.asset, 0.0) + now - self._last
                self._done[piece.asset] += 1
                self._latest = piece.asset
            self._last = now

    def rate(self) -> float | None:
        """The partitions a second of the asset that is being made; `None` while too few are done to tell."""
        asset = self._latest
        if asset is None or self._done[asset] < FEW or not self._open[asset]:
            return None
        spent = self._spent[asset]
        return self._done[asset] / spent if spent > 0 else None

    def left(self) -> float | None:
        """The seconds that the rest may take; `None` if nothing tells of a part of it."""
        whole = 0.0
        for asset, count in self._open.items():
            if count <= 0:
                continue
            each = self._each(asset)
            if each is None:
                return None
            whole += count * each
        at_work: Counter[AssetKey] = Counter(piece.asset for piece in list(self._running))
        of_these = sum((self._each(asset) or 0.0) * count for asset, count in at_work.items())
        return max(whole - min(self._clock() - self._last, of_these), 0.0)

    def _each(self, asset: AssetKey) -> float | None:
        """The seconds that one piece of an asset takes: as in this run, else as it took before."""
        if self._done[asset]:
            return self._spent[asset] / self._done[asset]
        if asset not in self._former:
            own = (step.piece for step in self._plan.steps if step.piece.asset == asset)
            mean = self._mean(own)
            if mean is None:
                others = (Piece(asset, partition) for partition in self._facts.partitions(asset))
                mean = self._mean(others)
            self._former[asset] = mean
        return self._former[asset]

    def _mean(self, pieces: Iterable[Piece]) -> float | None:
        """The mean time of a sample of these, if any of it was made before."""
        records = [record for piece in islice(pieces, _SAMPLE) if (record := self._facts.record(piece))]
        return sum(record.seconds for record in records) / len(records) if records else None

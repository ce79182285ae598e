"""What a call of several partitions gives, recorded while it goes on: partition by partition.

The walk asks for it where a unit has several partitions. What landed stands, whatever the rest
of the call comes to. Rule: `spec/notebook.md` §6.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from ..define.checks import AssetCheckResult, AssetCheckSpec
from ..errors import DagsterAssetCheckFailedError
from ..events import Evaluated, Materialized
from ..keys import Piece
from .checking import blocked_by, evaluations
from .step import Done, Unit

if TYPE_CHECKING:
    from .outcome import Outcome
    from .runner import Runner


class Landing:
    """Records what comes of one call, over all its attempts.

    Args:
        runner: Takes the events.
        outcome: What comes of the run.
        step: The step's name.
    """

    def __init__(self, runner: Runner, outcome: Outcome, step: str) -> None:
        self._runner = runner
        self._outcome = outcome
        self._step = step
        self._since = 0.0
        self.landed: set[Piece] = set()
        """The pieces that are recorded."""
        self.stopped: dict[str, DagsterAssetCheckFailedError] = {}
        """The partitions of which a blocking check said no."""

    def begin(self) -> Callable[[Done], None]:
        """An attempt begins; gives what takes its results as they come."""
        self._since = perf_counter()
        return self.land

    def land(self, done: Done) -> None:
        """Record what came since; the time that went by is that of the partitions it is of."""
        made = [event for event in done.events if type(event) is Materialized]
        if made:
            now = perf_counter()
            share = (now - self._since) / len({event.piece.partition for event in made})
            self._since = now
            for event in made:
                object.__setattr__(event, "seconds", share)
        if done.events:
            self._runner.record(self._outcome, *done.events, values=done.values)
            self.landed.update(event.piece for event in made)
            done.events, done.values = [], []
        for partition, told in done.checks_of.items():
            self.evaluate(told, partition)
            error = blocked_by(told)
            if error is not None:
                self.stopped[partition] = error
        done.checks_of.clear()

    def evaluate(
        self, told: list[tuple[AssetCheckSpec, AssetCheckResult]], partition: str | None
    ) -> list[Evaluated]:
        """Record what checks said of a partition."""
        runner, outcome = self._runner, self._outcome
        runner.flush()  # what is checked is in the log before anybody looks at it
        events = evaluations(
            told, outcome.run_id, partition, runner.log, step=self._step, run_partition=partition
        )
        runner.record(outcome, *events)
        outcome.evaluated += events
        return events

    def open(self, pieces: list[Piece]) -> list[Piece]:
        """Those of the pieces that did not land."""
        return [piece for piece in pieces if piece not in self.landed]

    def rest(self, unit: Unit) -> Unit:
        """What another attempt has to make: the partitions that are left, if they are the last of the range; else all."""
        left = {piece.partition for piece in self.open(unit.pieces)}
        last = unit.partitions[len(unit.partitions) - len(left) :]
        return unit._replace(partitions=last) if left and left == set(last) else unit


def missing(unit: Unit, done: Done) -> list[Piece]:
    """The pieces that are not there after a call that failed.

    If all were made one by one, what failed is what came after the last of them: that one is tried again.
    """
    made, pieces = set(done.made), unit.pieces
    left = [piece for piece in pieces if piece not in made]
    if not left and done.apart:
        return [piece for piece in pieces if piece.partition == done.made[-1].partition]
    return left or pieces

"""What a run leaves out because of what failed or was skipped above it, and who is not started for that.

A failure stops only what depends on it. The walk asks before each call; nothing here runs anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from ..decide.inputs import pieces_read
from ..decide.plan import Plan, Step
from ..graph import Graph
from ..keys import AssetKey, Piece
from ..partitions.moment import Moment


class Lost:
    """The pieces of one run that are not there for others.

    Args:
        plan: What the run is to do.
        graph: What is declared.
        now: The moment that says which partitions exist.
        tell: Hears of each piece that will not be started, as soon as that is clear.
    """

    def __init__(self, plan: Plan, graph: Graph, now: Moment | None, tell: Callable[[Piece], None]) -> None:
        self._plan = plan
        self._graph = graph
        self._now = now
        self._tell = tell
        self._gone: dict[AssetKey, dict[str | None, bool]] = {}
        """Those that are not there: skipped (`True`), or failed and what follows (`False`)."""
        self._barred: dict[AssetKey, set[str | None]] = {}
        """Those that a blocking check keeps from what is below, though not from other checks."""

    @property
    def any(self) -> bool:
        """Whether there is anything that could stop a step."""
        return bool(self._gone or self._barred)

    def leave(self, piece: Piece, *, skipped: bool) -> None:
        """Note that a piece was left out: skipped, or not started."""
        self._gone.setdefault(piece.asset, {})[piece.partition] = skipped

    def kill(self, pieces: Iterable[Piece]) -> None:
        """Note that these failed."""
        gone = list(pieces)
        for piece in gone:
            self.leave(piece, skipped=False)
        self._let_go(gone)

    def bar(self, key: AssetKey, partitions: Collection[str | None]) -> None:
        """Note that a blocking check keeps these from what is below."""
        self._barred.setdefault(key, set()).update(partitions)
        self._let_go([Piece(key, partition) for partition in partitions])

    def of(self, key: AssetKey, partition: str | None) -> set[bool]:
        """How it stands with an asset, for a check of one partition or (`None`) of all: `True` skipped, `False` failed."""
        return {
            skipped
            for each, skipped in self._gone.get(key, {}).items()
            if partition in {None, each} or each is None
        }

    def stops(self, step: Step) -> bool | None:
        """Whether something the step reads was skipped (`True`) or failed (`False`); `None` if neither."""
        found: bool | None = None
        if self._barred and self._is_barred(step):
            return False
        for edge in step.node.inputs:
            gone = self._gone.get(edge.up)
            if not gone:
                continue
            for partition in pieces_read(edge, step.piece, self._graph, self._now)[0]:
                skipped = gone.get(partition)
                if skipped is False:
                    return False
                found = found or skipped
        return found

    def _is_barred(self, step: Step) -> bool:
        """Whether a blocking check stops what the step reads, or something above that which is not part of the run."""
        todo, seen = [step.piece], {step.piece}
        while todo:
            piece = todo.pop()
            for edge in self._graph.nodes[piece.asset].inputs:
                barred = self._barred.get(edge.up, ())
                for partition in pieces_read(edge, piece, self._graph, self._now)[0]:
                    if partition in barred:
                        return True
                    above = Piece(edge.up, partition)
                    if partition not in self._planned.get(edge.up, ()) and above not in seen:
                        seen.add(above)
                        todo.append(above)
        return False

    def _let_go(self, queue: list[Piece]) -> None:
        """Tell at once of all that is not started because of these pieces; it waits no longer."""
        while queue:
            asset, partition = queue.pop()
            for key in self._graph.down.get(asset, ()):
                steps = self._planned.get(key, {})
                # Of many partitions those of the same name: the others are told when it is their turn.
                near = (
                    list(steps)
                    if partition is None
                    else [each for each in (partition, None) if each in steps]
                )
                for each in near:
                    below = Piece(key, each)
                    if each not in self._gone.get(key, ()) and self.stops(steps[each]) is False:
                        self.leave(below, skipped=False)
                        self._tell(below)
                        queue.append(below)

    @cached_property
    def _planned(self) -> dict[AssetKey, dict[str | None, Step]]:
        """The steps of the plan, by asset and partition."""
        found: dict[AssetKey, dict[str | None, Step]] = {}
        for step in self._plan.steps:
            found.setdefault(step.piece.asset, {})[step.piece.partition] = step
        return found

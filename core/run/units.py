"""Which pieces of a plan one call makes: few calls, each after everything that it reads.

A function that can make some of its assets without the others is called once for all of them, unless
something that is made of one of them is read by another: then it is called for one part after the
other. What is made without such functions keeps the order of the plan.

Of several partitions, a function with a backfill policy is given as many in one call as that says:
such a unit holds all of them, and `ranges` cuts it once it is known which are due.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from ..decide.inputs import pieces_read
from ..decide.plan import Plan, Step
from ..graph import Graph
from ..keys import Piece
from ..partitions.moment import Moment
from .ranges import at_most, unit_of
from .step import Unit


def units(plan: Plan, graph: Graph, now: Moment | None) -> Iterator[tuple[Unit, list[Step]]]:
    """The calls of a plan in order, each with its steps.

    Args:
        plan: What is to be done.
        graph: What is declared.
        now: The moment that says which partitions exist.
    """
    if not all(_alone(step) for step in plan.steps):
        yield from _Grouped(plan, graph, now).units()
        return
    ranged: list[Step] = []
    for step in plan.steps:
        definition = step.node.definition
        assert definition is not None
        if ranged and ranged[0].node is not step.node:
            yield unit_of(ranged), ranged
            ranged = []
        if step.piece.partition is not None and at_most(definition, plan) != 1:
            ranged.append(step)  # those of an asset stand side by side in a plan
        else:
            yield Unit(definition, (step.node,), (step.piece.partition,)), [step]
    if ranged:
        yield unit_of(ranged), ranged


class _Grouped:
    """The steps in groups: what one function makes, of one partition unless all are made at once."""

    def __init__(self, plan: Plan, graph: Graph, now: Moment | None) -> None:
        self._steps = plan.steps
        places = {step.piece: at for at, step in enumerate(plan.steps)}
        self._reads = [_reads(step, places, graph, now) for step in plan.steps]
        self._group: list[int] = []
        """The group of each step: the place of its first one."""
        first: dict[tuple[int, str | None], int] = {}
        for at, step in enumerate(plan.steps):
            definition = step.node.definition
            assert definition is not None
            partition = step.piece.partition if at_most(definition, plan) == 1 else None
            self._group.append(first.setdefault((id(definition), partition), at))
        self._left: dict[int, list[int]] = {}
        """The steps of each group that no call makes yet."""
        self._open: dict[int, int] = {}
        """How many pieces of other groups those of a group still wait for, each counted for each of them."""
        self._readers: list[list[int]] = [[] for _ in plan.steps]
        for at, group in enumerate(self._group):
            self._left.setdefault(group, []).append(at)
            self._open.setdefault(group, 0)
            for above in self._reads[at]:
                if self._group[above] != group:
                    self._open[group] += 1
                    self._readers[above].append(group)

    def units(self) -> Iterator[tuple[Unit, list[Step]]]:
        """The calls, those first that come first in the plan."""
        ready = [group for group, count in self._open.items() if not count]
        heapq.heapify(ready)
        passed: set[int] = set()
        while self._left:
            part = self._left.pop(heapq.heappop(ready)) if ready else self._split(passed)
            steps = [self._steps[at] for at in part]
            yield unit_of(steps), steps
            passed.update(part)
            for at in part:
                for group in self._readers[at]:
                    self._open[group] -= 1
                    if not self._open[group]:
                        heapq.heappush(ready, group)

    def _split(self, passed: set[int]) -> list[int]:
        """A part of the first group that has one which waits for nothing but itself."""
        for group in sorted(self._left, key=lambda each: self._left[each][0]):
            part: dict[int, None] = {}
            for at in self._left[group]:
                if all(above in passed or above in part for above in self._reads[at]):
                    part[at] = None
            if part:
                self._left[group] = [at for at in self._left[group] if at not in part]
                return list(part)
        message = "the steps of a plan read each other in a circle"  # refused long before
        raise AssertionError(message)


def _alone(step: Step) -> bool:
    definition = step.node.definition
    return definition is None or len(definition.specs_by_key) == 1


def _reads(step: Step, places: dict[Piece, int], graph: Graph, now: Moment | None) -> set[int]:
    """The places of the steps of the plan that a step reads."""
    found: set[int] = set()
    for edge in step.node.inputs:
        for partition in pieces_read(edge, step.piece, graph, now)[0]:
            at = places.get(Piece(edge.up, partition))
            if at is not None and step.piece != Piece(edge.up, partition):
                found.add(at)
    return found

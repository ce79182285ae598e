"""Which pieces of a plan one call makes: few calls, each after everything that it reads.

A function that can make some of its assets without the others is called once for all of them, unless
something that is made of one of them is read by another: then it is called for one part after the
other. What is made without such functions keeps the order of the plan.

Of several partitions, a function with a backfill policy is given as many in one call as that says:
such a unit holds all of them, and `Row` and `Call` cut it once it is known which are due.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..decide.inputs import pieces_read
from ..decide.plan import Plan, Step
from ..decide.states import partitions_of
from ..define.definition import AssetsDefinition
from ..graph import Edge, Graph
from ..keys import AssetKey, Piece
from ..partitions.moment import Moment
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
            yield _unit(ranged), ranged
            ranged = []
        if step.piece.partition is not None and at_most(definition, plan) != 1:
            ranged.append(step)  # those of an asset stand side by side in a plan
        else:
            yield Unit(definition, (step.node,), (step.piece.partition,)), [step]
    if ranged:
        yield _unit(ranged), ranged


def at_most(definition: AssetsDefinition, plan: Plan) -> int | None:
    """How many partitions one call may make; `None` for as many as there are."""
    if plan.at_once:
        return None
    policy = definition.backfill_policy
    most = 1 if policy is None else policy.max_partitions_per_run
    return max(1, most) if most else None


class Row(NamedTuple):
    """What is to be made of one partition: its steps, and its place among the partitions that there are."""

    partition: str | None
    place: int
    steps: list[Step]

    @property
    def makes(self) -> frozenset[AssetKey]:
        """The assets that are made of it."""
        return frozenset(step.piece.asset for step in self.steps)


def rows(steps: Iterable[Step], now: Moment | None) -> list[Row]:
    """The steps by partition, in the order of the partitions."""
    places: dict[str | None, int] = {}
    found: dict[str | None, Row] = {}
    for step in steps:
        partition = step.piece.partition
        row = found.get(partition)
        if row is None:
            if partition not in places:
                places = {each: place for place, each in enumerate(partitions_of(step.node, now))}
            row = found[partition] = Row(partition, places.get(partition, len(found)), [])
        row.steps.append(step)
    return sorted(found.values(), key=lambda row: row.place)


class Call:
    """The partitions that the next call of a function makes: neighbours, no more than one call may make.

    Args:
        unit: The function, and all that is to be made of it.
        most: How many partitions one call makes at the most.
        graph: What is declared.
        now: The moment that says which partitions exist.
        whole: Whether one call is to make all of them, neighbours or not.
    """

    def __init__(
        self, unit: Unit, most: int | None, graph: Graph, now: Moment | None, *, whole: bool
    ) -> None:
        self._most = most
        self._graph = graph
        self._now = now
        self._whole = whole
        self._rows: list[Row] = []
        self._partitions: set[str | None] = set()
        keys = {node.key for node in unit.nodes}
        self._own: Mapping[AssetKey, list[Edge]] = {
            node.key: own for node in unit.nodes if (own := [edge for edge in node.inputs if edge.up in keys])
        }
        """The inputs by which what is made reads what the same function makes."""

    def feeds(self, steps: Sequence[Step]) -> bool:
        """Whether these read another partition that this call is to make: what they are due to is not known before."""
        if self._whole or not self._rows or not self._own:
            return False
        for step in steps:
            for edge in self._own.get(step.piece.asset, ()):
                for partition in pieces_read(edge, step.piece, self._graph, self._now)[0]:
                    if partition != step.piece.partition and partition in self._partitions:
                        return True
        return False

    def takes(self, row: Row) -> bool:
        """Whether the row can be made by the same call."""
        if self._whole or not self._rows:
            return True
        last = self._rows[-1]
        full = self._most is not None and len(self._rows) >= self._most
        return not full and row.place == last.place + 1 and row.makes == last.makes

    def add(self, row: Row) -> None:
        """Let the call make this as well."""
        self._rows.append(row)
        self._partitions.add(row.partition)

    def take(self) -> Unit | None:
        """The call, and an empty one begins; `None` if it makes nothing."""
        steps = [step for row in self._rows for step in row.steps]
        self._rows, self._partitions = [], set()
        return _unit(steps) if steps else None


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
            yield _unit(steps), steps
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


def _unit(steps: Sequence[Step]) -> Unit:
    definition = steps[0].node.definition
    assert definition is not None
    nodes = tuple({step.node.key: step.node for step in steps}.values())
    return Unit(definition, nodes, tuple(dict.fromkeys(step.piece.partition for step in steps)))

"""Which of the partitions that one function makes go into one call: ranges, as its backfill policy allows.

A call's partitions are exactly those between the ends of its range. In one dimension that is a
row of neighbours; in several it is a box, which is how `MultiPartitionsDefinition` reads a range.
Rule: `spec/api.md` §8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, product
from math import prod
from typing import NamedTuple, TypeAlias

from ..decide.inputs import pieces_read
from ..decide.plan import Plan, Step
from ..define.definition import AssetsDefinition
from ..graph import Edge, Graph
from ..keys import AssetKey
from ..partitions.moment import Moment, when
from ..partitions.multi import MultiPartitionsDefinition
from ..partitions.spaces import PartitionsDefinition
from .step import Unit

Place: TypeAlias = tuple[int, ...]
"""Where a partition stands among those that there are, in each dimension."""
Box: TypeAlias = tuple[range, ...]
"""The places of a range: all that lie between its ends in each dimension."""


def at_most(definition: AssetsDefinition, plan: Plan) -> int | None:
    """How many partitions one call may make; `None` for as many as there are."""
    if plan.at_once:
        return None
    policy = definition.backfill_policy
    most = 1 if policy is None else policy.max_partitions_per_run
    return max(1, most) if most else None


def unit_of(steps: Sequence[Step]) -> Unit:
    """The call that makes all of these."""
    definition = steps[0].node.definition
    assert definition is not None
    nodes = tuple({step.node.key: step.node for step in steps}.values())
    return Unit(definition, nodes, tuple(dict.fromkeys(step.piece.partition for step in steps)))


class Row(NamedTuple):
    """What is to be made of one partition: its place among those that there are, and its steps."""

    place: Place
    partition: str | None
    steps: list[Step]


def rows(steps: Iterable[Step], now: Moment | None) -> list[Row]:
    """The steps by partition, in the order of the partitions."""
    found: dict[str | None, Row] = {}
    place_of: Callable[[str | None], Place] | None = None
    for step in steps:
        partition = step.piece.partition
        row = found.get(partition)
        if row is None:
            place_of = place_of or _places(step.node.partitions, now)
            row = found[partition] = Row(place_of(partition), partition, [])
        row.steps.append(step)
    return sorted(found.values(), key=lambda row: row.place)


def _places(space: PartitionsDefinition | None, now: Moment | None) -> Callable[[str | None], Place]:
    """What tells the place of a partition."""
    if isinstance(space, MultiPartitionsDefinition):
        each = [_numbered(one, now) for one in space.spaces]
        return lambda key: tuple(
            known.get(part, -1) for known, part in zip(each, space.split(str(key)), strict=True)
        )
    known = {} if space is None else _numbered(space, now)
    return lambda key: (known.get(str(key), 0),)


def _numbered(space: PartitionsDefinition, now: Moment | None) -> dict[str, int]:
    return {key: number for number, key in enumerate(space.get_partition_keys(*when(now)))}


def boxes(places: Sequence[Place]) -> list[Box]:
    """Boxes that hold exactly these places: what is next to each other and reaches as far is joined.

    Args:
        places: The places, in order, each once.
    """
    if not places:
        return []
    if len(places[0]) == 1:
        runs = groupby(enumerate(place for (place,) in places), key=lambda at: at[1] - at[0])
        lines = [[place for _, place in run] for _, run in runs]
        return [(range(line[0], line[-1] + 1),) for line in lines]
    found: list[Box] = []
    inner: list[Box] = []
    open_from, last = 0, -1  # the layers that are alike so far: each holds `inner`
    for first, layer in groupby(places, key=lambda place: place[0]):
        these = boxes([place[1:] for place in layer])
        if inner and (first != last + 1 or these != inner):
            found += ((range(open_from, last + 1), *box) for box in inner)
            inner = []
        if not inner:
            open_from, inner = first, these
        last = first
    found += ((range(open_from, last + 1), *box) for box in inner)
    return found


def parts(box: Box, most: int | None) -> Iterator[Box]:
    """A box in boxes of no more than so many places."""
    head, rest = box[0], box[1:]
    inside = prod(map(len, rest))
    if most is None:
        yield box
    elif inside <= most:
        step = most // inside
        for start in range(head.start, head.stop, step):
            yield (range(start, min(start + step, head.stop)), *rest)
    else:
        for place in head:
            for part in parts(rest, most):
                yield (range(place, place + 1), *part)


class Gathered:
    """What the next calls of a function make.

    Args:
        unit: The function, and all that is to be made of it.
        plan: How many partitions one call may make depends on it.
        graph: What is declared.
        now: The moment that says which partitions exist.
    """

    def __init__(self, unit: Unit, plan: Plan, graph: Graph, now: Moment | None) -> None:
        self._most = at_most(unit.definition, plan)
        self._whole = plan.at_once
        self._graph = graph
        self._now = now
        self._rows: list[Row] = []
        self._partitions: set[str | None] = set()
        keys = {node.key for node in unit.nodes}
        self._own: Mapping[AssetKey, list[Edge]] = {
            node.key: own for node in unit.nodes if (own := [edge for edge in node.inputs if edge.up in keys])
        }
        """The inputs by which what is made reads what the same function makes."""

    def feeds(self, steps: Sequence[Step]) -> bool:
        """Whether these read another partition that was gathered: then they wait until it is made."""
        if self._whole or not self._rows or not self._own:
            return False
        for step in steps:
            for edge in self._own.get(step.piece.asset, ()):
                for partition in pieces_read(edge, step.piece, self._graph, self._now)[0]:
                    if partition != step.piece.partition and partition in self._partitions:
                        return True
        return False

    def add(self, row: Row) -> None:
        """Let the next calls make this as well."""
        self._rows.append(row)
        self._partitions.add(row.partition)

    def take(self) -> list[Unit]:
        """The calls that make what was gathered, those of the first partitions in front; nothing is gathered any more."""
        gathered, self._rows, self._partitions = self._rows, [], set()
        if self._whole:
            return [unit_of([step for row in gathered for step in row.steps])] if gathered else []
        alike: dict[frozenset[AssetKey], dict[Place, Row]] = {}
        for row in gathered:  # where another part of the assets is made, it is another call
            made = frozenset(step.piece.asset for step in row.steps)
            alike.setdefault(made, {})[row.place] = row
        calls: list[tuple[Place, Unit]] = []
        for by_place in alike.values():
            for box in boxes(list(by_place)):
                for part in parts(box, self._most):
                    chosen = [by_place[place] for place in product(*part)]
                    unit = unit_of([step for row in chosen for step in row.steps])
                    calls.append((chosen[0].place, unit))
        return [unit for _, unit in sorted(calls, key=lambda call: call[0])]

"""The numbers that the cells of a grid can be coloured by: seconds, and numeric metadata. Pure.

One double a cell, in the order of the cells of `grid`; NaN where a partition has no such number.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping
from math import nan
from typing import TypeAlias

from ...core.graph import Graph
from ...core.history import Snapshot
from ...core.keys import AssetKey, Piece
from ...core.metadata import MetadataValue
from ...core.partitions.moment import Moment
from ..models import MeasureModel, ValuesModel
from .grid import layout
from .metadata import number_of

SECONDS = MeasureModel(id="seconds", label="duration")
MOST_MEASURES = 200
LONGEST_LABEL = 200
_METADATA = "metadata:"

Numbers: TypeAlias = Callable[[Collection[int]], Mapping[int, Mapping[str, float]]]
"""Gives the numbers in the metadata of materializations, by the ids of their events."""


def values(
    graph: Graph,
    facts: Snapshot,
    numbers: Numbers,
    measure: str | None = None,
    keys: Iterable[AssetKey] | None = None,
    now: Moment | None = None,
) -> tuple[ValuesModel, bytes]:
    """What the cells of a grid can be coloured by, and the numbers of one measure.

    Args:
        graph: What is declared.
        facts: What happened.
        numbers: Looks into the metadata.
        measure: The id of a measure; nothing is looked up if left out, or if it is none.
        keys: The assets that the grid shows; all executable ones if left out.
        now: The moment that says which partitions exist.
    """
    rows, shape = layout(graph, keys, now)
    newest = {facts.newest(node.key) for each in rows for node in each.nodes} - {0}
    labels = sorted({label for found in numbers(newest).values() for label in found})[:MOST_MEASURES]
    measures = [SECONDS, *(MeasureModel(id=_METADATA + label, label=label) for label in labels)]
    model = ValuesModel(op="values", measures=measures, measure=measure or "", shape=shape)
    pieces = (
        Piece(node.key, partition) for each in rows for node in each.nodes for partition in each.partitions
    )
    if measure == SECONDS["id"]:
        return model, _doubles(nan if took is None else took for took in map(facts.seconds, pieces))
    if measure is not None and measure.startswith(_METADATA):
        label = measure.removeprefix(_METADATA)
        events = [facts.event(piece) for piece in pieces]
        found = numbers({event for event in events if event})
        nothing: Mapping[str, float] = {}
        return model, _doubles(found.get(event, nothing).get(label, nan) for event in events)
    return model, b""


def numbers_in(metadata: Mapping[str, MetadataValue]) -> dict[str, float]:
    """The finite numbers among the entries of a materialization, by label."""
    found = {label: number_of(value) for label, value in metadata.items() if len(label) <= LONGEST_LABEL}
    return {label: number for label, number in found.items() if number is not None}


def _doubles(numbers: Iterable[float]) -> bytes:
    """The numbers as the page reads them: of eight bytes each, the least of them first."""
    packed = array("d", numbers)
    if sys.byteorder != "little":
        packed.byteswap()
    return packed.tobytes()

"""Where the nodes of each rank stand across it: near their neighbours, never overlapping.

One rank at a time, the wished positions are fitted by weighted isotonic regression, the
least squares answer to "in this order, at these distances". Former positions pin their
nodes by a heavy weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from .web import Web

BEND_WEIGHT = 4.0
Look = Literal["behind", "both", "leaf"]

PIN_WEIGHT = 60.0
LOOSE_WEIGHT = 0.2
SETTLED_WEIGHT = 50.0
ROUNDS_BOTH = 4
GAP_SHARE = (1.0, 0.65, 0.35)
"""How much of the gap parts two nodes, a node and a bend, two bends."""


def positions(
    web: Web, gap: float, rounds: int, pins: Mapping[int, float] | None = None, floor: float | None = None
) -> list[float]:
    """The centre of every node and bend, across the ranks.

    Args:
        web: The graph, in its final order.
        gap: The free space between two nodes of a rank.
        rounds: How many passes to make, down and up in turn; the last ones look both ways, and
            then the leaves are brought in line.
        pins: Former positions.
        floor: No node begins before it.
    """
    pins = pins or {}
    offsets = [_offsets(web, layer, gap) for layer in web.layers]
    at = [0.0] * len(web.rank)
    for layer, offset in zip(web.layers, offsets, strict=True):
        middle = offset[-1] / 2 if offset else 0.0
        for index, o in zip(layer, offset, strict=True):
            at[index] = pins.get(index, o - middle)
    for turn in range(rounds):
        look: Look = "behind" if turn < rounds - ROUNDS_BOTH else "both"
        _pass(web, at, offsets, pins, floor, downward=turn % 2 == 0, look=look)
    for downward in (True, False):
        _pass(web, at, offsets, pins, floor, downward=downward, look="leaf")
    return at


def _pass(
    web: Web,
    at: list[float],
    offsets: Sequence[Sequence[float]],
    pins: Mapping[int, float],
    floor: float | None,
    *,
    downward: bool,
    look: Look,
) -> None:
    """Fit every rank once, from the top or from the bottom.

    Args:
        web: The graph.
        at: The positions so far; changed in place.
        offsets: Of each rank, how far its members are from its first one at the least.
        pins: Former positions.
        floor: No node begins before it.
        downward: From the top to the bottom.
        look: Which neighbours a node goes by: those in the rank before, all of them, or,
            where it has only one, that one: then the others keep their places.
    """
    behind, ahead = (web.up, web.down) if downward else (web.down, web.up)
    real, count = web.real, len(web.layers)
    for r in range(count) if downward else range(count - 1, -1, -1):
        layer, offset = web.layers[r], offsets[r]
        wished: list[float] = []
        weights: list[float] = []
        for index, o in zip(layer, offset, strict=True):
            near = behind[index]
            if look != "behind":
                near = near + ahead[index]
            elif not near:
                near = ahead[index]
            weight = BEND_WEIGHT if index >= real else 1.0
            if len(near) == 1:
                wish = at[near[0]]
            elif not near:
                wish, weight = at[index], LOOSE_WEIGHT
            elif look == "leaf":
                wish, weight = at[index], SETTLED_WEIGHT
            else:
                wish = sum([at[v] for v in near]) / len(near)
            if index in pins:
                wish = (wish * weight + pins[index] * PIN_WEIGHT) / (weight + PIN_WEIGHT)
                weight += PIN_WEIGHT
            wished.append(wish - o)
            weights.append(weight)
        fitted = isotonic(wished, weights)
        if floor is not None and layer:
            lowest = floor + web.extent[layer[0]] / 2
            fitted = [max(x, lowest) for x in fitted]
        for index, x, o in zip(layer, fitted, offset, strict=True):
            at[index] = x + o


def isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing sequence nearest to the values, by weighted least squares."""
    means: list[float] = []
    totals: list[float] = []
    sizes: list[int] = []
    for value, weight in zip(values, weights, strict=True):
        mean, total, size = value, weight, 1
        while means and means[-1] > mean:
            before = totals.pop()
            mean = (means.pop() * before + mean * total) / (before + total)
            total += before
            size += sizes.pop()
        means.append(mean)
        totals.append(total)
        sizes.append(size)
    fitted: list[float] = []
    for mean, size in zip(means, sizes, strict=True):
        fitted += [mean] * size
    return fitted


def _offsets(web: Web, layer: Sequence[int], gap: float) -> list[float]:
    """How far each centre is from the first one, when all stand as close as they may."""
    at: list[float] = []
    extent, real = web.extent, web.real
    place = 0.0
    before = -1
    for index in layer:
        if before >= 0:
            bends = (before >= real) + (index >= real)
            place += (extent[before] + extent[index]) / 2 + gap * GAP_SHARE[bends]
        at.append(place)
        before = index
    return at

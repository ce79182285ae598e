"""How the connected parts of a graph share the plane: in shelves of bounded width.

A part that was drawn before keeps its place unless another has grown into it; then it
moves just out of the way. New parts join the last shelf or begin another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

NARROWEST = 1_040.0
PART_GAP = 44.0
SINGLE_GAP = 28.0
ASPECT = 1.7


class Box(NamedTuple):
    """The place of one part: its left top corner (`None`: not drawn before) and its size."""

    left: float | None
    top: float | None
    width: float
    height: float
    nodes: int


def pack(boxes: Sequence[Box]) -> list[tuple[float, float]]:
    """The left top corner of every box, none overlapping another.

    Args:
        boxes: In order of age; larger ones are placed first.
    """
    order = sorted(range(len(boxes)), key=lambda i: (boxes[i].left is None, -boxes[i].nodes, i))
    area = sum((box.width + PART_GAP) * (box.height + PART_GAP) for box in boxes)
    widest = max([NARROWEST, math.sqrt(area * ASPECT), *(box.width for box in boxes)])
    corners: list[tuple[float, float]] = [(0.0, 0.0)] * len(boxes)
    placed: list[Box] = []
    shelf: list[Box] = []
    for i in order:
        box = boxes[i]
        if box.left is None or box.top is None:
            if not shelf and placed:
                lowest = max(p.top or 0.0 for p in placed)
                shelf = [p for p in placed if p.top == lowest]
            put = _on_shelf(box, shelf, placed, widest)
            if shelf and put.top != shelf[0].top:
                shelf = []
            shelf.append(put)
        else:
            put = _aside(box, placed)
        corners[i] = (put.left or 0.0, put.top or 0.0)
        placed.append(put)
    return corners


def _on_shelf(box: Box, shelf: Sequence[Box], placed: Sequence[Box], widest: float) -> Box:
    """The box at the end of the last shelf, or at the start of a new one.

    It joins a shelf only if it is about as high, so that a single node is not left
    beside a tall part with a well of empty space below it.
    """
    gap = _gap(box)
    if shelf:
        top = shelf[0].top or 0.0
        left = max((s.left or 0.0) + s.width + max(gap, _gap(s)) for s in shelf)
        put = box._replace(left=left, top=top)
        if (
            left + box.width <= widest
            and max(s.height for s in shelf) <= 2.2 * box.height
            and not any(_overlap(put, other) for other in placed)
        ):
            return put
    bottom = max(((p.top or 0.0) + p.height + max(gap, _gap(p)) for p in placed), default=0.0)
    return box._replace(left=0.0, top=bottom)


def _aside(box: Box, placed: Sequence[Box]) -> Box:
    """The box where it was, or moved right or down past whatever is there now."""
    hit = next((p for p in placed if _overlap(box, p)), None)
    while hit is not None:
        left, top = box.left or 0.0, box.top or 0.0
        gap = max(_gap(box), _gap(hit))
        right = (hit.left or 0.0) + hit.width + gap
        below = (hit.top or 0.0) + hit.height + gap
        box = box._replace(left=right) if right - left <= below - top else box._replace(top=below)
        hit = next((p for p in placed if _overlap(box, p)), None)
    return box


def _gap(box: Box) -> float:
    return SINGLE_GAP if box.nodes == 1 else PART_GAP


def _overlap(a: Box, b: Box) -> bool:
    """Whether two boxes touch, or come closer than half of what parts them."""
    room = max(_gap(a), _gap(b)) / 2
    a_left, a_top, b_left, b_top = a.left or 0.0, a.top or 0.0, b.left or 0.0, b.top or 0.0
    return (
        a_left < b_left + b.width + room
        and b_left < a_left + a.width + room
        and a_top < b_top + b.height + room
        and b_top < a_top + a.height + room
    )

"""The order of each rank: few crossings, or nearly the order of the last drawing.

A depth-first walk gives the first order; sweeps by the medians and the barycentres of
the neighbours take turns, and the best order by counted crossings stands. The sweeps
are bounded by a count and never by a clock, so the same graph gives the same picture.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from .web import Web

PATIENCE = 5


def first_order(web: Web) -> None:
    """Order the ranks by a depth-first walk from the sources: neighbours stay together."""
    met: list[int] = [-1] * len(web.rank)
    count = 0
    for layer in web.layers:
        for root in layer:
            if met[root] >= 0 or web.up[root]:
                continue
            stack = [root]
            while stack:
                index = stack.pop()
                if met[index] >= 0:
                    continue
                met[index] = count
                count += 1
                stack.extend(v for v in reversed(web.down[index]) if met[v] < 0)
    for layer in web.layers:
        layer.sort(key=met.__getitem__)
    web.renumber()


def former_order(web: Web, former: Mapping[int, float]) -> None:
    """Order the ranks by former positions; what is new stands where its neighbours do."""
    key = [0.0] * len(web.rank)
    for layer in web.layers:
        for index in layer:
            at = former.get(index)
            if at is None:
                near = [key[v] for v in web.up[index]] or [former[v] for v in web.down[index] if v in former]
                at = sum(near) / len(near) if near else float("inf")
            key[index] = at
        layer.sort(key=lambda i: (key[i], i))
    web.renumber()


def crossings(web: Web) -> int:
    """How many pairs of links cross."""
    slot, down = web.slot, web.down
    total = 0
    for layer in web.layers:
        ends: list[int] = []
        for index in layer:
            below = down[index]
            if len(below) == 1:
                found = [slot[below[0]]]
            elif below:
                found = sorted([slot[v] for v in below])
            else:
                continue
            if not ends or found[0] >= ends[-1]:
                ends += found
                continue
            marks = [bisect_right(ends, s) for s in found]
            total += len(ends) * len(marks) - sum(marks)
            for shift, (mark, s) in enumerate(zip(marks, found, strict=True)):
                ends.insert(mark + shift, s)
    return total


def settle(web: Web, sweeps: int) -> int:
    """Find an order with few crossings, and give their number.

    Args:
        web: Its `layers` are re-ordered.
        sweeps: The most sweeps to try.
    """
    first_order(web)
    best = crossings(web)
    kept = [layer[:] for layer in web.layers]
    since = 0
    for sweep in range(sweeps):
        if not best or since > PATIENCE:
            break
        _sweep(web, downward=sweep % 2 == 0, centre=_barycentre if (sweep >> 1) % 2 else _median)
        if sweep % 2:
            _transpose(web, 2)
        now = crossings(web)
        since += 1
        if now < best:
            best, since, kept = now, 0, [layer[:] for layer in web.layers]
    web.layers[:] = kept
    web.renumber()
    if best:
        _transpose(web, 8)
        best = crossings(web)
    return best


def _sweep(web: Web, *, downward: bool, centre: Callable[[list[int]], float]) -> None:
    """Re-order each rank by its neighbours in the rank before; those without one stay put."""
    slot = web.slot
    sides = web.up if downward else web.down
    for layer in web.layers if downward else reversed(web.layers):
        keys: list[tuple[float, int, int]] = []
        places: list[int] = []
        for place, index in enumerate(layer):
            near = sides[index]
            if not near:
                continue
            at = slot[near[0]] if len(near) == 1 else centre([slot[v] for v in near])
            keys.append((at, place, index))
            places.append(place)
        keys.sort()
        for place, (_, _, index) in zip(places, keys, strict=True):
            layer[place] = index
            slot[index] = place


def _barycentre(slots: list[int]) -> float:
    return sum(slots) / len(slots)


def _median(slots: list[int]) -> float:
    """The median; between two middles, the one on the denser side weighs more."""
    slots.sort()
    middle = len(slots) // 2
    if len(slots) % 2:
        return slots[middle]
    low, high = slots[middle - 1], slots[middle]
    left, right = low - slots[0], slots[-1] - high
    return (low * right + high * left) / (left + right) if left + right else (low + high) / 2


def _transpose(web: Web, rounds: int) -> None:
    """Exchange neighbours of a rank wherever it removes a crossing, a bounded number of rounds."""
    slot, up, down = web.slot, web.up, web.down
    active = [bool(layer) for layer in web.layers]
    for _ in range(rounds):
        changed = [False] * len(active)
        for r, layer in enumerate(web.layers):
            if not active[r]:
                continue
            for i in range(len(layer) - 1):
                a, b = layer[i], layer[i + 1]
                gain = 0
                if up[a] and up[b]:
                    gain += _gain(up[a], up[b], slot)
                if down[a] and down[b]:
                    gain += _gain(down[a], down[b], slot)
                if gain > 0:
                    layer[i], layer[i + 1] = b, a
                    slot[a], slot[b] = i + 1, i
                    changed[r] = True
        if True not in changed:
            return
        # A rank whose neighbours did not move has nothing new to exchange.
        active = [any(changed[max(r - 1, 0) : r + 2]) for r in range(len(changed))]


def _gain(left: Sequence[int], right: Sequence[int], slot: Sequence[int]) -> int:
    """How many crossings go if two neighbours change places, seen from one side."""
    if len(left) == len(right) == 1:
        a, b = slot[left[0]], slot[right[0]]
        return (a > b) - (a < b)
    return sum((slot[a] > slot[b]) - (slot[a] < slot[b]) for a in left for b in right)

"""The order in which things that depend on each other are made; circles, and what can be reached.

Of keys alone: which keys are above which is all that it is told. Ties go by key, so that the same
declarations always come in the same order.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence

from .keys import AssetKey


def reach(keys: Iterable[AssetKey], step: Mapping[AssetKey, tuple[AssetKey, ...]]) -> set[AssetKey]:
    """Everything that is reached from these keys by one step after the other; themselves only if a step leads back."""
    found: set[AssetKey] = set()
    todo = [near for key in keys for near in step.get(key, ())]
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            todo.extend(step.get(key, ()))
    return found


def _merged(
    up: Mapping[AssetKey, tuple[AssetKey, ...]], together: Mapping[AssetKey, tuple[AssetKey, ...]]
) -> tuple[dict[AssetKey, tuple[AssetKey, ...]], dict[AssetKey, list[AssetKey]]]:
    """Neighbours between what is made together, each group under its first key."""
    head = {key: group[0] for key, group in together.items()}
    above: dict[AssetKey, dict[AssetKey, None]] = {}
    for key, ups in up.items():
        mine = above.setdefault(head.get(key, key), {})
        mine.update(
            (head.get(each, each), None) for each in ups if head.get(each, each) != head.get(key, key)
        )
    below: dict[AssetKey, list[AssetKey]] = {key: [] for key in above}
    for key, heads in above.items():
        for each in heads:
            below[each].append(key)
    return {key: tuple(heads) for key, heads in above.items()}, below


def in_order(
    nodes: Collection[AssetKey],
    up: Mapping[AssetKey, tuple[AssetKey, ...]],
    down: Mapping[AssetKey, tuple[AssetKey, ...]],
    together: Mapping[AssetKey, tuple[AssetKey, ...]],
) -> tuple[tuple[AssetKey, ...], tuple[AssetKey, ...]]:
    """Kahn's order with ties by key, what is made together side by side; and one circle if there is any."""
    if together:
        inner, _ = _kahn(nodes, up, down)
        place = {key: at for at, key in enumerate(inner)}
        above, below = _merged(up, together)
        heads, circle = _kahn(above, above, below)
        order: list[AssetKey] = []
        for head in heads:
            order += sorted(together.get(head, (head,)), key=lambda key: place[key])
        return tuple(order), circle
    return _kahn(nodes, up, down)


def _kahn(
    nodes: Collection[AssetKey],
    up: Mapping[AssetKey, tuple[AssetKey, ...]],
    down: Mapping[AssetKey, Sequence[AssetKey]],
) -> tuple[tuple[AssetKey, ...], tuple[AssetKey, ...]]:
    """An order with ties by key; what is left in a circle comes last, and one circle of it is told."""
    waiting = {key: len(above) for key, above in up.items()}
    ready = [key for key, count in waiting.items() if not count]
    heapq.heapify(ready)
    order: list[AssetKey] = []
    while ready:
        key = heapq.heappop(ready)
        order.append(key)
        for below in down[key]:
            waiting[below] -= 1
            if not waiting[below]:
                heapq.heappush(ready, below)
    if len(order) == len(nodes):
        return tuple(order), ()
    stuck = set(nodes) - set(order)
    # Every node that is left has an upstream that is left: walking up must come back.
    seen: dict[AssetKey, int] = {}
    key = min(stuck)
    while key not in seen:
        seen[key] = len(seen)
        key = min(above for above in up[key] if above in stuck)
    circle = [k for k, at in seen.items() if at >= seen[key]]
    return tuple(order) + tuple(sorted(stuck)), tuple(reversed(circle))

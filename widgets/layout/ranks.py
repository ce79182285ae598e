"""Which rank each node stands in: below all that it reads, near to what reads it."""

from __future__ import annotations

from collections.abc import Sequence


def ranks(
    up: Sequence[Sequence[int]], down: Sequence[Sequence[int]], former: Sequence[int | None] | None = None
) -> list[int]:
    """The rank of each node, by the longest path from a source.

    A node with more readers than inputs is then moved down to its nearest reader: it
    shortens more edges than it lengthens. With former ranks, a node keeps its own as
    long as all its inputs stand above it, and only new nodes are moved.

    Args:
        up: For each node, the nodes that it reads.
        down: For each node, the nodes that read it.
        former: For each node its rank in the last drawing; `None` for a new one.
    """
    waiting = [len(inputs) for inputs in up]
    rank = [0 if former is None else former[i] or 0 for i in range(len(up))]
    order = [i for i, n in enumerate(waiting) if not n]
    for node in order:
        below = rank[node] + 1
        for reader in down[node]:
            rank[reader] = max(rank[reader], below)
            waiting[reader] -= 1
            if not waiting[reader]:
                order.append(reader)
    for node in reversed(order):
        if former is not None and former[node] is not None:
            continue
        readers = down[node]
        if len(readers) > len(up[node]):
            rank[node] = max(rank[node], min(rank[r] for r in readers) - 1)
    return rank

"""The layered graph that the layout works on: ranks of nodes, and bends where long edges pass.

Everything here is an integer index, so that the sweeps of `order` and `positions` touch
lists only. `placing` makes a web of each connected part and reads the result back.
"""

from __future__ import annotations

from collections.abc import Sequence

BEND_EXTENT = 10.0
BENDS_PER_NODE = 6
BENDS_AT_LEAST = 2_000


class Web:
    """Nodes and bends in layers; every link joins two neighbouring layers.

    The indices below `real` are nodes, the others bends. `layers` is the drawing order
    of each rank, `slot` an index's place in it.
    """

    __slots__ = ("bends", "down", "extent", "layers", "rank", "real", "slot", "up")

    def __init__(self, extents: Sequence[float], rank: Sequence[int]) -> None:
        """Start with the nodes alone.

        Args:
            extents: The size of each node across the ranks.
            rank: The rank of each node, from 0.
        """
        self.real = len(extents)
        self.extent: list[float] = list(extents)
        self.rank: list[int] = list(rank)
        self.up: list[list[int]] = [[] for _ in extents]
        self.down: list[list[int]] = [[] for _ in extents]
        self.layers: list[list[int]] = [[] for _ in range(max(rank, default=-1) + 1)]
        self.slot: list[int] = [0] * self.real
        self.bends: dict[tuple[int, int], tuple[int, ...]] = {}
        for node, r in enumerate(rank):
            self.layers[r].append(node)

    def join(self, edges: Sequence[tuple[int, int]]) -> None:
        """Link the nodes, with one bend in every rank that an edge passes.

        The longest edges go without bends (drawn straight) once there are so many bends
        that they, and not the nodes, would decide how long the layout takes.
        """
        rank = self.rank
        budget = BENDS_AT_LEAST + BENDS_PER_NODE * self.real
        for a, b in sorted(edges, key=lambda e: (rank[e[1]] - rank[e[0]], e)):
            span = rank[b] - rank[a]
            budget -= max(span - 1, 0)
            if span < 1 or budget < 0:
                continue
            self.bends[a, b] = bends = tuple(range(len(self.rank), len(self.rank) + span - 1))
            last = a
            for step, bend in enumerate(bends, 1):
                self.rank.append(rank[a] + step)
                self.extent.append(BEND_EXTENT)
                self.slot.append(0)
                self.up.append([last])
                self.down.append([])
                self.down[last].append(bend)
                self.layers[rank[a] + step].append(bend)
                last = bend
            self.down[last].append(b)
            self.up[b].append(last)
        self.renumber()

    def renumber(self) -> None:
        """Bring `slot` in line with `layers`."""
        slot = self.slot
        for layer in self.layers:
            for i, index in enumerate(layer):
                slot[index] = i

"""How long the layout takes, how many crossings it leaves, and how far it moves what was there.

Run `python benchmarks/layout.py [SIZE …]`. Times are process CPU, the best of three.
"""

from __future__ import annotations

import random
import sys
import time
from functools import partial

from assets.widgets.layout import Card, lay_out


def pipeline(count: int, seed: int = 1) -> tuple[list[Card], list[tuple[str, str]]]:
    """A graph like those people write: mostly local edges, some far ones, some fan-in."""
    dice = random.Random(seed)
    cards = [Card(f"asset_{i}", 150 + i * 37 % 11 * 10, 62) for i in range(count)]
    edges = []
    for i in range(1, count):
        inputs = dice.choices([0, 1, 2, 3, 5], [10, 55, 22, 10, 3])[0]
        for _ in range(inputs):
            back = int(dice.expovariate(1 / 16)) + 1
            edges.append((f"asset_{max(0, i - back)}", f"asset_{i}"))
    return cards, edges


def spent(work) -> tuple[float, object]:
    best, result = float("inf"), None
    for _ in range(3):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best * 1000, result


def grown(count: int) -> tuple[list[Card], list[tuple[str, str]], list[Card], list[tuple[str, str]]]:
    """A graph, and the same graph with one more node that reads a part of it."""
    cards, edges = pipeline(count)
    return cards, edges, [*cards, Card("new", 200, 62)], [*edges, *((a, "new") for a, _ in edges[-3:])]


def main(sizes: list[int]) -> None:
    print(
        f"{'nodes':>6} {'edges':>6} {'bends':>6} {'fresh ms':>9} {'crossings':>9} {'pinned ms':>9} {'moved px':>9}"
    )
    for count in sizes:
        cards, edges, more, links = grown(count)
        fresh_ms, fresh = spent(partial(lay_out, cards, edges))
        pinned_ms, pinned = spent(partial(lay_out, more, links, fresh))
        moved = [
            abs(pinned.spots[c.id].x - fresh.spots[c.id].x) + abs(pinned.spots[c.id].y - fresh.spots[c.id].y)
            for c in cards
        ]
        bends = sum(len(b) for b in fresh.bends.values())
        print(
            f"{count:6} {len(set(edges)):6} {bends:6} {fresh_ms:9.1f} {fresh.crossings:9} {pinned_ms:9.1f} {sum(moved) / count:9.2f}"
        )


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or [10, 60, 200, 1000, 5000])

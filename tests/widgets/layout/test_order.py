"""Laws of the crossing count and of the sweeps that lower it."""

import random

from assets.widgets.layout.order import crossings, first_order, settle
from assets.widgets.layout.web import Web


def counted(web):
    """Crossings by the definition: every pair of links between the same two ranks."""
    total = 0
    for layer in web.layers:
        links = [(web.slot[u], web.slot[v]) for u in layer for v in web.down[u]]
        total += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(links) for c, d in links[i + 1 :])
    return total


def woven(seed):
    dice = random.Random(seed)
    rank = [dice.randrange(6) for _ in range(40)]
    web = Web([100.0] * 40, rank)
    pairs = {(dice.randrange(40), dice.randrange(40)) for _ in range(70)}
    web.join([(a, b) for a, b in pairs if rank[a] < rank[b]])
    return web


def test_the_count_is_that_of_the_definition():
    """The fast count and the plain one agree."""
    for seed in range(20):
        web = woven(seed)
        first_order(web)
        assert crossings(web) == counted(web)


def test_sweeps_never_make_it_worse():
    """The best order that was met stands, and its count is what is told."""
    for seed in range(20):
        web = woven(seed)
        first_order(web)
        before = crossings(web)
        told = settle(web, 24)
        assert told == counted(web) <= before


def test_a_tree_is_drawn_without_crossings():
    """Where none is needed, there is none."""
    web = Web([100.0] * 15, [0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3])
    web.join([((i - 1) // 2, i) for i in range(14, 0, -1)])
    assert settle(web, 24) == 0

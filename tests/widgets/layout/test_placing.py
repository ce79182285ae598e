"""Laws of the layout: nothing overlaps, nothing depends on chance, and what stood stays."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.widgets.layout import Card, lay_out


def pipeline(count, seed=1):
    """A graph like those people write: mostly local edges, some far ones, some fan-in."""
    dice = random.Random(seed)
    cards = [Card(f"a{i}", 150 + i * 37 % 11 * 10, 62) for i in range(count)]
    edges = []
    for i in range(1, count):
        for _ in range(dice.choices([0, 1, 2, 3, 5], [10, 55, 22, 10, 3])[0]):
            edges.append((f"a{max(0, i - 1 - int(dice.expovariate(1 / 16)))}", f"a{i}"))
    return cards, edges


def overlapping(layout):
    """Pairs of cards that touch."""
    found = []
    cards = sorted(layout.cards, key=lambda c: layout.spots[c.id].y)
    for i, a in enumerate(cards):
        at = layout.spots[a.id]
        for b in cards[i + 1 :]:
            other = layout.spots[b.id]
            if other.y - at.y >= (a.height + b.height) / 2:
                if layout.direction == "TB" and other.y - at.y > 200:
                    break
                continue
            if abs(at.x - other.x) < (a.width + b.width) / 2:
                found.append((a.id, b.id))
    return found


def moved(before, after):
    """How far the cards of one layout are from where they are in another, on average."""
    both = before.spots.keys() & after.spots.keys()
    return sum(
        abs(before.spots[k].x - after.spots[k].x) + abs(before.spots[k].y - after.spots[k].y) for k in both
    ) / len(both)


@st.composite
def graphs(draw):
    count = draw(st.integers(0, 30))
    cards = [Card(f"a{i}", draw(st.sampled_from([150, 200, 280])), 62) for i in range(count)]
    pairs = draw(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=50))
    edges = [(f"a{min(a, b)}", f"a{max(a, b)}") for a, b in pairs if a != b and max(a, b) < count]
    return cards, edges


@settings(max_examples=80)
@given(graphs(), st.sampled_from(["TB", "LR"]))
def test_no_two_cards_touch_and_all_is_inside(graph, direction):
    """Whatever the graph, cards do not overlap, and the size holds everything that is drawn."""
    layout = lay_out(*graph, direction=direction)
    assert overlapping(layout) == []
    for card in layout.cards:
        spot = layout.spots[card.id]
        assert card.width / 2 - 1 <= spot.x <= layout.size[0] - card.width / 2 + 1
        assert card.height / 2 - 1 <= spot.y <= layout.size[1] - card.height / 2 + 1
    for route in layout.routes.values():
        assert all(0 <= x <= layout.size[0] and 0 <= y <= layout.size[1] for x, y in route)


@settings(max_examples=60)
@given(graphs(), st.integers(0, 29))
def test_no_two_cards_touch_after_the_graph_has_changed(graph, cut):
    """A layout pinned to the one of a smaller graph is as free of overlaps as a fresh one."""
    cards, edges = graph
    kept = {card.id for card in cards[:cut]}
    before = lay_out(cards[:cut], [(a, b) for a, b in edges if a in kept and b in kept])
    grown = lay_out(cards, edges, before)
    assert overlapping(grown) == []
    shrunk = lay_out(cards[:cut], [(a, b) for a, b in edges if a in kept and b in kept], grown)
    assert overlapping(shrunk) == []


@settings(max_examples=60)
@given(graphs())
def test_readers_stand_below_what_they_read(graph):
    """Every edge runs downward, in a fresh layout and in a pinned one."""
    cards, edges = graph
    half = cards[: len(cards) // 2]
    kept = {card.id for card in half}
    before = lay_out(half, [(a, b) for a, b in edges if a in kept and b in kept])
    for layout in (lay_out(cards, edges), lay_out(cards, edges, before)):
        assert all(layout.spots[a].y < layout.spots[b].y for a, b in edges)


def test_the_same_graph_gives_the_same_picture():
    """Two layouts of one graph are equal in every number."""
    cards, edges = pipeline(120)
    assert lay_out(cards, edges) == lay_out(list(cards), list(edges))


def test_a_graph_that_did_not_change_is_not_laid_out_again():
    """A change of state alone costs no layout: the former one is the answer."""
    cards, edges = pipeline(30)
    before = lay_out(cards, edges)
    assert lay_out(cards, edges, before) is before


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("inputs", [0, 1, 3])
def test_a_new_node_at_200_moves_the_others_by_less_than_10_pixels(seed, direction, inputs):
    """What the reader has in mind stays where it is while the graph grows by a node that reads some of it."""
    cards, edges = pipeline(200, seed)
    before = lay_out(cards, edges, direction=direction)
    sizes = Counter(spot.part for spot in before.spots.values())
    main = [name for name, spot in before.spots.items() if sizes[spot.part] > 100]
    links = [(name, "new") for name in random.Random(seed).sample(main, inputs)]
    after = lay_out([*cards, Card("new", 200, 62)], edges + links, before, direction)
    assert moved(before, after) < 10


def test_a_node_that_gets_a_first_input_stays_beside_what_it_was():
    """Two parts that are joined: the larger one stays, the other comes to it."""
    cards = [Card(f"a{i}", 170, 62) for i in range(6)]
    before = lay_out(cards, [("a0", "a1"), ("a1", "a2"), ("a0", "a3")])
    after = lay_out(cards, [("a0", "a1"), ("a1", "a2"), ("a0", "a3"), ("a2", "a4")], before)
    assert all(before.spots[k][:2] == after.spots[k][:2] for k in ("a0", "a1", "a2", "a3"))
    assert after.spots["a4"].y > after.spots["a2"].y


def test_taking_a_leaf_away_moves_nothing():
    """The others keep their places to the pixel, nearly all of them."""
    cards, edges = pipeline(60)
    before = lay_out(cards, edges)
    after = lay_out(cards[:-1], [e for e in edges if cards[-1].id not in e], before)
    assert moved(before, after) < 3


def test_a_graph_that_grows_node_by_node_never_gets_much_worse_than_a_fresh_one():
    """When pinning has made more than one and a half times the crossings, the graph is laid out afresh."""
    cards, edges = pipeline(90, seed=3)
    layout = None
    for count in range(1, len(cards) + 1):
        kept = {card.id for card in cards[:count]}
        layout = lay_out(cards[:count], [(a, b) for a, b in edges if a in kept and b in kept], layout)
    fresh = lay_out(cards, edges)
    assert layout.crossings <= 1.5 * fresh.crossings + 2 * len({s.part for s in layout.spots.values()})


def test_isolated_nodes_are_packed_into_rows_of_bounded_width():
    """Two hundred nodes without edges make a block, not a row."""
    layout = lay_out([Card(f"a{i}", 180, 62) for i in range(200)], [])
    broad, high = layout.size
    assert broad < 3000
    assert 0.8 < broad / high < 3
    assert overlapping(layout) == []


def test_the_other_direction_turns_the_ranks():
    """From left to right, readers stand to the right of what they read."""
    cards, edges = pipeline(40)
    layout = lay_out(cards, edges, direction="LR")
    assert all(layout.spots[a].x < layout.spots[b].x for a, b in edges)


def test_routes_begin_and_end_at_the_borders_of_their_cards():
    """An edge leaves by the lower border and enters by the upper one, and passes cards in free lanes."""
    cards, edges = pipeline(50)
    layout = lay_out(cards, edges)
    height = {card.id: card.height for card in cards}
    for (a, b), route in layout.routes.items():
        assert route[0] == (layout.spots[a].x, layout.spots[a].y + height[a] / 2)
        assert route[-1] == (layout.spots[b].x, layout.spots[b].y - height[b] / 2)
        assert all(y <= below for (_, y), (_, below) in pairwise(route))


def test_a_graph_of_very_long_edges_stays_small():
    """A chain with an edge from every node to its end has bends by the square; they are bounded."""
    cards = [Card(f"a{i}", 150, 62) for i in range(400)]
    chain = [(f"a{i}", f"a{i + 1}") for i in range(399)]
    layout = lay_out(cards, chain + [(f"a{i}", "a399") for i in range(398)])
    assert sum(len(bends) for bends in layout.bends.values()) <= 2_000 + 6 * 400
    assert len(layout.routes) == 399 + 398


def test_ten_thousand_deep_is_no_recursion():
    """The depth of the graph costs no stack."""
    cards = [Card(f"a{i}", 150, 62) for i in range(10_000)]
    layout = lay_out(cards, [(f"a{i}", f"a{i + 1}") for i in range(9_999)])
    assert layout.spots["a9999"].rank == 9_999

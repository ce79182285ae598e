"""Laws of the order of what depends on each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assets import AssetKey
from assets.core.order import in_order, reach

KEYS = [AssetKey(name) for name in "abcdefgh"]


def both_ways(up):
    down = {key: [below for below in up if key in up[below]] for key in up}
    return up, down


@st.composite
def acyclic(draw):
    """Each key above only later ones, in an order that has nothing to do with their names."""
    mixed = draw(st.permutations(KEYS))
    return {
        key: tuple(draw(st.lists(st.sampled_from(mixed[:at]), unique=True))) if at else ()
        for at, key in enumerate(mixed)
    }


@given(acyclic())
def test_what_is_above_comes_before(up):
    """Every key once, no circle, and what could come at the same time in the order of the keys."""
    order, circle = in_order(list(up), *both_ways(up), {})
    assert circle == ()
    assert sorted(order) == sorted(up)
    for at, key in enumerate(order):
        assert set(up[key]) <= set(order[:at])
        ready = [other for other in order[at:] if set(up[other]) <= set(order[:at])]
        assert key == min(ready)


@given(acyclic(), st.sets(st.sampled_from(KEYS), min_size=2, max_size=3))
def test_what_is_made_together_stands_side_by_side(up, chosen):
    """Where nothing else lies between its members; else there is a circle to tell of."""
    group = tuple(sorted(chosen))
    order, circle = in_order(list(up), *both_ways(up), dict.fromkeys(group, group))
    _, down = both_ways(up)
    between = (reach(group, down) & reach(group, up)) - chosen
    assert bool(circle) == bool(between)
    if not circle:
        places = [order.index(key) for key in group]
        assert max(places) - min(places) == len(group) - 1
        assert all(order.index(above) < order.index(key) for key in up for above in up[key])


@given(st.dictionaries(st.sampled_from(KEYS), st.lists(st.sampled_from(KEYS), unique=True), min_size=1))
def test_a_circle_is_told_whole(given_up):
    """Each of its members is above the next; no circle is told where there is none."""
    up = {key: tuple(above for above in given_up.get(key, ()) if above != key) for key in KEYS}
    order, circle = in_order(KEYS, *both_ways(up), {})
    assert sorted(order) == KEYS
    assert bool(circle) == any(key in reach([key], up) for key in KEYS)
    for at, key in enumerate(circle):
        assert circle[at - 1] in up[key]

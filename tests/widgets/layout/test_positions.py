"""Laws of the isotonic regression that places the nodes of a rank."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assets.widgets.layout.positions import isotonic

numbers = st.floats(-1e4, 1e4)


@given(st.lists(st.tuples(numbers, st.floats(0.1, 100)), max_size=30))
def test_the_answer_never_falls(pairs):
    """Each value is at least the one before it."""
    fitted = isotonic([v for v, _ in pairs], [w for _, w in pairs])
    assert len(fitted) == len(pairs)
    assert all(a <= b + 1e-6 for a, b in pairwise(fitted))


@given(st.lists(numbers, max_size=30))
def test_what_rises_already_stays(values):
    """Wishes in order are fulfilled exactly."""
    wished = sorted(values)
    assert isotonic(wished, [1.0] * len(wished)) == wished


def test_a_heavy_wish_wins():
    """Where two wishes clash, both get their mean by weight."""
    assert isotonic([10.0, 0.0], [3.0, 1.0]) == [7.5, 7.5]

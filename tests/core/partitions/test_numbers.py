from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assets.core.partitions.numbers import EMPTY, Numbers

RANGES = st.lists(st.builds(lambda low, size: range(low, low + size), st.integers(-9, 30), st.integers(0, 6)))


def as_set(ranges):
    return {number for each in ranges for number in each}


@given(RANGES, RANGES)
def test_it_is_the_set_of_its_numbers_under_every_operation(left, right):
    """Union, intersection and difference are those of the sets, and equal sets are equal values."""
    a, b = Numbers(left), Numbers(right)
    one, other = as_set(left), as_set(right)
    for found, expected in ((a | b, one | other), (a & b, one & other), (a - b, one - other)):
        assert list(found) == sorted(expected)
        assert len(found) == len(expected)
        assert found == Numbers.of(expected)
        assert hash(found) == hash(Numbers.of(expected))


@given(RANGES, st.integers(-12, 40), st.integers(-12, 40))
def test_a_window_of_it_is_found_without_a_walk(ranges, start, stop):
    """`within` is the intersection with one range."""
    assert list(Numbers(ranges).within(range(start, stop))) == sorted(
        as_set(ranges) & set(range(start, stop))
    )


@given(RANGES)
def test_its_ranges_are_the_longest_there_are(ranges):
    """No two ranges touch, all are in order, and membership agrees with them."""
    numbers = Numbers(ranges)
    found = numbers.ranges
    assert all(each for each in found)
    assert all(before.stop < after.start for before, after in pairwise(found))
    assert [n for n in range(-15, 45) if n in numbers] == sorted(as_set(ranges))
    if numbers:
        assert (numbers.first, numbers.last) == (min(as_set(ranges)), max(as_set(ranges)))


def test_nothing_is_in_the_empty_set():
    """The empty set is false, has no ranges, and is what is left of a set without itself."""
    assert not EMPTY
    assert EMPTY.ranges == []
    assert Numbers([range(3)]) - Numbers([range(3)]) == EMPTY
    assert "0" not in Numbers([range(3)])

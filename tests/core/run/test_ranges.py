"""Laws of ranges: what goes into one call is a row of neighbours, or a box of them."""

from __future__ import annotations

from itertools import pairwise, product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import (
    BackfillPolicy,
    DailyPartitionsDefinition,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
)
from assets.core.run.ranges import boxes, parts

DAYS = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-06")
LETTERS = StaticPartitionsDefinition(list("abcd"))
GRID = MultiPartitionsDefinition({"day": DAYS, "letter": LETTERS})

places = st.integers(1, 3).flatmap(
    lambda dimensions: st.sets(st.tuples(*[st.integers(0, 4)] * dimensions), max_size=30).map(sorted)
)


@given(places)
def test_boxes_hold_each_place_once(given_places):
    """All of them, none twice, no other."""
    held = [place for box in boxes(given_places) for place in product(*box)]
    assert sorted(held) == given_places


@given(places, st.integers(1, 40))
def test_parts_hold_each_place_once_and_no_more_than_allowed(given_places, most):
    """A box is cut into boxes, as large as allowed along its last dimensions."""
    held = []
    for box in boxes(given_places):
        cut = list(parts(box, most))
        assert all(0 < prod(map(len, part)) <= most for part in cut)
        assert list(parts(box, None)) == [box]
        held += [place for part in cut for place in product(*part)]
    assert sorted(held) == given_places


@given(st.sets(st.integers(0, 30)).map(sorted))
def test_in_one_dimension_they_are_the_longest_runs(numbers):
    """No two of them touch."""
    found = [box[0] for box in boxes([(number,) for number in numbers])]
    assert all(before.stop < after.start for before, after in pairwise(found))


def test_a_whole_grid_is_one_box():
    """However many dimensions it has."""
    whole = list(product(range(3), range(2), range(4)))
    assert boxes(whole) == [(range(3), range(2), range(4))]
    assert [tuple(map(len, part)) for part in parts((range(3), range(2), range(4)), 16)] == [
        (2, 2, 4),
        (1, 2, 4),
    ]


@pytest.mark.parametrize(
    ("policy", "without", "sizes"),
    [
        (BackfillPolicy.single_run(), [], [20]),
        (BackfillPolicy.single_run(), ["2024-01-03|b"], [8, 1, 2, 8]),
        (BackfillPolicy.single_run(), [f"{day}|b" for day in DAYS.get_partition_keys()], [5, 10]),
        (BackfillPolicy.multi_run(8), [], [8, 8, 4]),
        (BackfillPolicy.multi_run(3), ["2024-01-01|a"], [3, 3, 1, 3, 1, 3, 1, 3, 1]),
    ],
)
def test_the_range_of_a_call_is_what_it_makes(quick, policy, without, sizes):
    """In several dimensions as in one: the keys between the ends, as the definition reads a range."""
    calls = []

    @asset(partitions_def=GRID, backfill_policy=policy, code_version="1")
    def square(context):
        keys = context.partition_keys
        assert GRID.get_partition_keys_in_range(context.partition_key_range) == keys
        window = context.partition_time_window
        days = sorted({key.split("|")[0] for key in keys})
        assert [str(window.start.date()), (window.end - window.start).days] == [days[0], len(days)]
        calls.append(len(keys))
        return 1

    wanted = [key for key in GRID.get_partition_keys() if key not in without]
    outcome = quick.run(square, partitions=wanted)
    assert outcome.success, outcome.first_error
    assert calls == sizes
    assert sorted(piece.partition for piece in outcome.built) == sorted(wanted)

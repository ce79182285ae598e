import json
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.core.errors import DagsterInvalidInvocationError
from assets.core.partitions.calendar import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assets.core.partitions.spaces import StaticPartitionsDefinition
from assets.core.partitions.subset import DefaultPartitionsSubset, PartitionKeyRange
from assets.core.partitions.window_subset import TimeWindow
from assets.core.partitions.windows import TimeWindowPartitionsDefinition

NOW = datetime(2024, 4, 20, 12, tzinfo=UTC)
NEW_YORK = "America/New_York"
SPACES = {
    "static": StaticPartitionsDefinition(["b", "a", "", "d|e", "c"]),
    "daily": DailyPartitionsDefinition("2024-03-01", timezone=NEW_YORK),
    "hourly": HourlyPartitionsDefinition("2024-03-09-00:00", end_date="2024-03-12-00:00", timezone=NEW_YORK),
    "fall back": HourlyPartitionsDefinition(
        "2023-11-04-12:00", end_date="2023-11-06-00:00", timezone=NEW_YORK
    ),
    "half hours": HourlyPartitionsDefinition(
        "2024-04-06-12:00", end_date="2024-04-08-00:00", timezone="Australia/Lord_Howe"
    ),
    "weekly": WeeklyPartitionsDefinition("2023-01-01", day_offset=3),
    "monthly": MonthlyPartitionsDefinition("2020-01-31", day_offset=31),
    "weekdays": DailyPartitionsDefinition("2024-03-01", exclusions=["0 0 * * 0", "0 0 * * 6"]),
    "quarters": TimeWindowPartitionsDefinition(
        "2024-04-20-00:00", "%Y-%m-%d-%H:%M", cron_schedule="*/15 * * * *"
    ),
}


@st.composite
def spaces_with_keys(draw, subsets=2):
    space = SPACES[draw(st.sampled_from(sorted(SPACES)))]
    keys = space.get_partition_keys(NOW)
    return space, keys, [draw(st.sets(st.sampled_from(keys))) for _ in range(subsets)]


@given(spaces_with_keys())
def test_a_subset_is_the_set_of_its_keys_in_the_order_of_the_definition(drawn):
    """Each operation gives the keys that it gives on sets; equality and length follow."""
    space, keys, (one, other) = drawn
    a, b = space.subset_with_partition_keys(one), space.subset_with_partition_keys(other)
    for found, expected in ((a | b, one | other), (a & b, one & other), (a - b, one - other)):
        assert list(found.get_partition_keys()) == list(found) == [key for key in keys if key in expected]
        assert len(found) == len(expected)
        assert found.is_empty is not bool(expected)
        assert bool(found) is bool(expected)
        assert found == space.subset_with_partition_keys(expected)
        assert hash(found) == hash(space.subset_with_partition_keys(expected))
        assert [key for key in keys if key in found] == list(found)
    assert (a == b) is (one == other)
    assert space.subset_with_all_partitions(NOW) - a == space.subset_with_partition_keys(set(keys) - one)
    assert a.get_partition_keys_not_in_subset(space, NOW) == [key for key in keys if key not in one]


@given(spaces_with_keys(1))
def test_its_ranges_are_the_longest_that_follow_each_other(drawn):
    """The ranges name exactly its keys, and no two of them could be one."""
    space, keys, (one,) = drawn
    subset = space.subset_with_partition_keys(one)
    ranges = subset.get_partition_key_ranges(space, NOW)
    places = [(keys.index(start), keys.index(end)) for start, end in ranges]
    assert [key for low, high in places for key in keys[low : high + 1]] == list(subset)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(places))
    again = space.empty_subset()
    for each in ranges:
        again |= space.empty_subset().with_partition_key_range(space, each)
    assert again == subset


@given(spaces_with_keys(1))
def test_it_is_read_as_it_was_written(drawn):
    """The text is JSON, equal for equal subsets, and read back as the same keys."""
    space, _, (one,) = drawn
    subset = space.subset_with_partition_keys(one)
    text = subset.serialize()
    assert space.deserialize_subset(text) == subset
    assert space.can_deserialize_subset(text)
    assert space.subset_with_partition_keys(sorted(one, reverse=True)).serialize() == text
    assert json.loads(text)["version"] == 1


@pytest.mark.parametrize("text", ["", "3", '{"version": 9, "subset": []}', '{"subset": [1]}'])
def test_another_text_is_refused(text):
    """What is no subset of the definition is an error, and can be asked about first."""
    for space in SPACES.values():
        assert not space.can_deserialize_subset(text)
        with pytest.raises(DagsterInvalidInvocationError, match="not a subset"):
            space.deserialize_subset(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HourlyPartitionsDefinition("2024-03-09-07:00"), HourlyPartitionsDefinition("2023-01-01-00:00")),
        (DailyPartitionsDefinition("2024-03-09"), DailyPartitionsDefinition("2020-01-01", end_offset=3)),
        (
            TimeWindowPartitionsDefinition("2024-03-09T00", "%Y-%m-%dT%H", cron_schedule="0 */5 * * *"),
            TimeWindowPartitionsDefinition("2024-01-01T00", "%Y-%m-%dT%H", cron_schedule="0 */5 * * *"),
        ),
    ],
)
def test_a_moved_start_changes_no_meaning(before, after):
    """A subset that was written before the start moved holds the same keys, also as a value."""
    keys = [key for place, key in enumerate(before.get_partition_keys(NOW)) if place % 3]
    subset = before.subset_with_partition_keys(keys)
    assert after.deserialize_subset(subset.serialize()).get_partition_keys() == keys
    assert after.empty_subset() | subset == after.subset_with_partition_keys(keys)
    assert subset == after.subset_with_partition_keys(keys)


def test_windows_between_which_only_excluded_ones_lie_follow_each_other():
    """Friday and Monday are one range where weekends do not exist, and no weekend is in it."""
    space = SPACES["weekdays"]
    subset = space.subset_with_partition_keys(["2024-03-08", "2024-03-11", "2024-03-13"])
    assert subset.get_partition_key_ranges() == [
        PartitionKeyRange("2024-03-08", "2024-03-11"),
        PartitionKeyRange("2024-03-13", "2024-03-13"),
    ]
    assert "2024-03-09" not in subset
    assert subset.included_time_windows[0] == TimeWindow(
        datetime(2024, 3, 8, tzinfo=UTC), datetime(2024, 3, 12, tzinfo=UTC)
    )
    assert len(subset) == subset.num_partitions == 3
    assert subset.first_start == datetime(2024, 3, 8, tzinfo=UTC)


def test_a_subset_may_hold_keys_that_do_not_exist():
    """A key that was removed, or is yet to come, is kept; it comes after those that exist."""
    static = SPACES["static"].subset_with_partition_keys(["zz", "c", "b"])
    assert static.get_partition_keys() == ["b", "c", "zz"]
    assert static.get_partition_key_ranges()[-1] == PartitionKeyRange("zz", "zz")
    assert static == DefaultPartitionsSubset({"b", "c", "zz"})
    future = DailyPartitionsDefinition("2024-03-01").subset_with_partition_keys(["2150-01-01"])
    assert list(future) == ["2150-01-01"]


def test_text_that_is_no_key_of_time_is_refused_by_a_subset_and_is_in_none():
    """A key of another format is an error where it is added and simply absent where it is looked for."""
    daily = DailyPartitionsDefinition("2024-03-01")
    with pytest.raises(ValueError, match="not in the format"):
        daily.subset_with_partition_keys(["March"])
    with pytest.raises(ValueError, match="2024-01-07"):
        WeeklyPartitionsDefinition("2024-01-01").subset_with_partition_keys(["2024-01-02"])
    everything = daily.subset_with_all_partitions(NOW)
    assert "March" not in everything
    assert "2024-03-1" not in everything
    assert 3 not in everything
    assert everything != DefaultPartitionsSubset({"March"})


def test_a_million_hours_are_two_numbers():
    """Making, adding, removing and comparing do not depend on how many windows a range has."""
    hours = HourlyPartitionsDefinition(date(1910, 1, 1), timezone=NEW_YORK)
    everything = hours.subset_with_all_partitions(NOW)
    assert len(everything) > 1_000_000
    middle = hours.empty_subset().with_partition_key_range(
        hours, PartitionKeyRange("1950-01-01-00:00", "1999-12-31-23:00")
    )
    rest = everything - middle
    assert [len(each) for each in rest.numbers.ranges] == [350_640, 213_031]
    assert rest | middle == everything
    assert (rest & middle).is_empty

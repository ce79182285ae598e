import copy
import pickle
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import asset, materialize
from assets.core.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterUnknownPartitionError,
)
from assets.core.partitions.calendar import DailyPartitionsDefinition, HourlyPartitionsDefinition
from assets.core.partitions.dynamic import DynamicPartitionsDefinition
from assets.core.partitions.moment import Moment, partition_loading_context
from assets.core.partitions.multi import MultiPartitionKey, MultiPartitionsDefinition
from assets.core.partitions.spaces import StaticPartitionsDefinition
from assets.core.partitions.subset import DefaultPartitionsSubset, PartitionKeyRange
from assets.core.partitions.window_subset import TimeWindow

NOW = datetime(2024, 1, 5, 12, tzinfo=UTC)
MOMENT = Moment(NOW, {"cities": ("Rome", "Bern")})
DAYS = DailyPartitionsDefinition("2024-01-01")
SIZES = StaticPartitionsDefinition(["s", "m", "l"])
CITIES = DynamicPartitionsDefinition(name="cities")
SPACES = {
    "time first": MultiPartitionsDefinition({"day": DAYS, "size": SIZES}),
    "time last": MultiPartitionsDefinition({"size": SIZES, "time": DAYS}),
    "no time": MultiPartitionsDefinition({"size": SIZES, "city": CITIES}),
    "three": MultiPartitionsDefinition({"size": SIZES, "day": DAYS, "city": CITIES}),
    "four": MultiPartitionsDefinition(
        {
            "a": StaticPartitionsDefinition(["x", ""]),
            "b": DailyPartitionsDefinition("2024-01-03"),
            "c": HourlyPartitionsDefinition("2024-01-05-09:00"),
            "d": StaticPartitionsDefinition(["1", "2"]),
        }
    ),
}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES.keys())
def test_a_partition_for_each_combination_in_the_order_of_names(space):
    """Keys are the product over the dimensions sorted by name, the last varying fastest."""
    each = [part.partitions_def.get_partition_keys(NOW, MOMENT) for part in space.partitions_defs]
    assert space.partition_dimension_names == sorted(space.partition_dimension_names)
    keys = space.get_partition_keys(NOW, MOMENT)
    assert keys == ["|".join(parts) for parts in product(*each)]
    assert space.get_num_partitions(NOW, MOMENT) == len(keys)
    assert space.get_first_partition_key(NOW, MOMENT) == keys[0]
    assert space.get_last_partition_key(NOW, MOMENT) == keys[-1]
    assert all(space.has_partition_key(key, NOW, MOMENT) for key in keys)
    assert dict(zip(space.partition_dimension_names, space.split(keys[1]), strict=True)) == dict(
        keys[1].keys_by_dimension
    )
    for wrong in ("", "x", keys[0] + "|x", keys[0].replace("|", "|?", 1)):
        assert not space.has_partition_key(wrong, NOW, MOMENT)


@given(st.sampled_from(sorted(SPACES)), st.data())
def test_subsets_are_the_sets_of_their_keys(name, data):
    """The algebra, the order, the ranges and the text hold for any number of dimensions."""
    space = SPACES[name]
    with partition_loading_context(NOW, MOMENT):
        keys = space.get_partition_keys()
        one, other = (data.draw(st.sets(st.sampled_from(keys))) for _ in range(2))
        a, b = space.subset_with_partition_keys(one), space.subset_with_partition_keys(other)
        for found, expected in ((a | b, one | other), (a & b, one & other), (a - b, one - other)):
            assert list(found) == [key for key in keys if key in expected]
            assert len(found) == len(expected)
            assert found == space.subset_with_partition_keys(expected)
            assert hash(found) == hash(space.subset_with_partition_keys(expected))
            assert [key for key in keys if key in found] == list(found)
        assert space.subset_with_all_partitions() - a == space.subset_with_partition_keys(set(keys) - one)
        assert space.deserialize_subset(a.serialize()) == a
        assert space.subset_with_partition_keys(sorted(one, reverse=True)).serialize() == a.serialize()
        ranges = a.get_partition_key_ranges(space)
        assert [key for each in ranges for key in space.get_partition_keys_in_range(each)] == list(a)
        assert a == DefaultPartitionsSubset(one)
        for place, part in enumerate(space.partitions_defs):
            assert set(a.along(place)) == {space.split(key)[place] for key in one}, part.name


def test_a_range_is_a_box():
    """Between two keys lie the keys whose parts lie between theirs in every dimension."""
    space = SPACES["time last"]
    box = space.get_partition_keys_in_range(PartitionKeyRange("s|2024-01-02", "m|2024-01-03"))
    assert box == ["s|2024-01-02", "s|2024-01-03", "m|2024-01-02", "m|2024-01-03"]
    with pytest.raises(DagsterInvalidInvocationError, match="xl"):
        space.get_partition_keys_in_range(PartitionKeyRange("s|2024-01-02", "xl|2024-01-03"))


def test_a_million_hours_in_three_sizes_are_three_rows():
    """Time is the axis wherever its name sorts: rows of it do not grow with its length."""
    space = MultiPartitionsDefinition({"hour": HourlyPartitionsDefinition("1900-01-01-00:00"), "size": SIZES})
    everything = space.subset_with_all_partitions(NOW)
    assert len(everything) > 3_000_000
    assert len(everything.rows) == 3
    assert len(everything - space.subset_with_partition_keys(["2000-01-01-00:00|s"])) == len(everything) - 1


def test_a_key_is_a_text_that_knows_its_parts():
    """It equals its text, and survives copying and pickling with its parts."""
    key = MultiPartitionKey({"size": "s", "day": "2024-01-01"})
    assert key == "2024-01-01|s"
    assert key.keys_by_dimension == {"day": "2024-01-01", "size": "s"}
    assert [each.dimension_name for each in key.dimension_keys] == ["day", "size"]
    for same in (pickle.loads(pickle.dumps(key)), copy.deepcopy(key)):
        assert (same, same.keys_by_dimension) == (key, key.keys_by_dimension)
    with pytest.raises(CheckError):
        MultiPartitionKey("2024-01-01|s")
    assert SPACES["time first"].get_partition_key_from_str("2024-01-01|s").keys_by_dimension["size"] == "s"
    with pytest.raises(ValueError, match="day, size"):
        SPACES["time first"].get_partition_key_from_str("2024-01-01")


def test_dimensions_are_told_by_name():
    """The primary dimension is the only one of time, or the first; unknown names are errors."""
    three = SPACES["three"]
    assert three.primary_dimension.name == "day"
    assert three.secondary_dimension.name == "city"
    assert three.has_time_window_dimension
    assert three.time_window_dimension.partitions_def == three.get_partitions_def_for_dimension("day")
    assert three.time_window_for_partition_key("Rome|2024-01-02|s") == TimeWindow(
        datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 3, tzinfo=UTC)
    )
    assert three.get_multipartition_keys_with_dimension_value("city", "Bern", NOW, MOMENT)[:2] == [
        "Bern|2024-01-01|s",
        "Bern|2024-01-01|m",
    ]
    assert three.get_tags_for_partition_key("Rome|2024-01-02|s") == {
        "dagster/partition": "Rome|2024-01-02|s",
        "dagster/partition/city": "Rome",
        "dagster/partition/day": "2024-01-02",
        "dagster/partition/size": "s",
    }
    assert not SPACES["no time"].has_time_window_dimension
    with pytest.raises(CheckError, match="dimension 'hour'"):
        three.get_partitions_def_for_dimension("hour")
    with pytest.raises(CheckError, match="not one"):
        _ = SPACES["four"].time_window_dimension


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"a": SIZES}, DagsterInvalidInvocationError),
        ({}, DagsterInvalidInvocationError),
        ({"a": SIZES, "b": SPACES["three"]}, DagsterInvalidDefinitionError),
        ({"a": SIZES, "b": StaticPartitionsDefinition(["x|y"])}, DagsterInvalidDefinitionError),
        ({"a": SIZES, "b": StaticPartitionsDefinition(["x,y"])}, DagsterInvalidDefinitionError),
        (
            {"a": SIZES, "b": DailyPartitionsDefinition("2024|01|01", fmt="%Y|%m|%d")},
            DagsterInvalidDefinitionError,
        ),
        ({"a": SIZES, "b": ["x"]}, CheckError),
        ([SIZES, DAYS], CheckError),
    ],
)
def test_what_cannot_be_a_dimension(given, error):
    """Fewer than two, one of several dimensions, or a key that would not be told apart in a key of all."""
    with pytest.raises(error):
        MultiPartitionsDefinition(given)


def test_equal_by_names_and_dimensions():
    """The same dimensions under other names are other partitions; what is dynamic counts in the identifier."""
    assert MultiPartitionsDefinition({"size": SIZES, "day": DAYS}) == SPACES["time first"]
    assert MultiPartitionsDefinition({"size": SIZES, "dia": DAYS}) != SPACES["time first"]
    assert len({MultiPartitionsDefinition({"size": SIZES, "day": DAYS}), SPACES["time first"]}) == 1
    assert str(SPACES["time first"]).startswith("Multi-partitioned, with dimensions: \nDay: Daily")
    told = {
        SPACES["no time"].get_serializable_unique_identifier(each)
        for each in (MOMENT, Moment(NOW, {"cities": ("Rome",)}))
    }
    assert len(told) == 2


def test_a_run_is_handed_a_key_with_parts():
    """`context.partition_key` has the key of each dimension, and the window of its time."""
    seen = []

    @asset(partitions_def=SPACES["time last"])
    def sales(context) -> None:
        seen.append((context.partition_key.keys_by_dimension, context.partition_time_window))

    assert materialize([sales], partition_key="m|2024-01-02").success
    assert materialize([sales], partition_key=MultiPartitionKey({"size": "m", "time": "2024-01-02"})).success
    day = TimeWindow(datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 3, tzinfo=UTC))
    assert seen == [({"size": "m", "time": "2024-01-02"}, day)] * 2
    with pytest.raises(DagsterUnknownPartitionError):
        materialize([sales], partition_key="xl|2024-01-02")

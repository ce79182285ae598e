from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.core.errors import DagsterInvalidDefinitionError
from assets.core.partitions.calendar import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assets.core.partitions.mappings import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    TimeWindowPartitionMapping,
    Upstream,
    default_mapping,
)
from assets.core.partitions.moment import Moment
from assets.core.partitions.spaces import StaticPartitionsDefinition

NOON = datetime(2024, 1, 4, 12, tzinfo=UTC)
DAILY = DailyPartitionsDefinition("2024-01-01")
ABC = StaticPartitionsDefinition(["a", "b", "c"])
Overlap = TimeWindowPartitionMapping


def windows(zone):
    """Definitions of one zone whose starts, ends and lengths differ."""
    days = st.integers(1, 28).map(lambda d: datetime(2024, 3, d))
    more = {"timezone": zone}
    return st.one_of(
        st.builds(lambda s, o: DailyPartitionsDefinition(s, end_offset=o, **more), days, st.integers(-1, 1)),
        st.builds(lambda s, h: DailyPartitionsDefinition(s, hour_offset=h, **more), days, st.integers(0, 23)),
        st.builds(
            lambda s, n: DailyPartitionsDefinition(s, end_date=s + timedelta(days=n), **more),
            days,
            st.integers(1, 9),
        ),
        st.builds(lambda s: WeeklyPartitionsDefinition(s, **more), days),
        st.builds(lambda s: MonthlyPartitionsDefinition(s, **more), days),
        st.builds(lambda s: HourlyPartitionsDefinition(s, **more), days),
        st.builds(lambda s: DailyPartitionsDefinition(s, exclusions=["0 0 * * 0"], **more), days),
    )


@st.composite
def overlaps(draw):
    zone = draw(st.sampled_from(["UTC", "America/New_York"]))
    here, there = draw(windows(zone)), draw(windows(zone))
    start = draw(st.integers(-3, 3))
    mapping = Overlap(start, draw(st.integers(start, 3)))
    return mapping, here, there


@st.composite
def statics(draw):
    names = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)
    here, there = (StaticPartitionsDefinition(draw(names)) for _ in range(2))
    table = st.dictionaries(
        st.sampled_from(there.get_partition_keys() or ["a"]),
        st.lists(st.sampled_from(here.get_partition_keys() or ["a"]), max_size=3),
    )
    mapping = draw(
        st.one_of(
            st.sampled_from([IdentityPartitionMapping(), AllPartitionMapping(), LastPartitionMapping()]),
            names.map(SpecificPartitionsPartitionMapping),
            table.map(StaticPartitionMapping),
        )
    )
    return mapping, here, there


@settings(deadline=None, max_examples=60)
@given(st.one_of(overlaps(), statics()), st.integers(0, 40))
def test_the_two_questions_are_inverse(case, days):
    """A partition needs an existing upstream one if and only if that one is needed by it."""
    mapping, here, there = case
    now = datetime(2024, 3, 12, 5, tzinfo=UTC) + timedelta(days=days)
    here_keys, there_keys = here.get_partition_keys(now)[:60], there.get_partition_keys(now)[:60]
    needs = {
        (down, up)
        for down in here_keys
        for up in mapping.upstream([down], here, there, Moment(now)).keys
        if up in there_keys
    }
    needed = {
        (down, up)
        for up in there_keys
        for down in mapping.downstream([up], here, there, Moment(now))
        if down in here_keys
    }
    assert needs == needed


@settings(deadline=None, max_examples=60)
@given(st.one_of(overlaps(), statics()), st.integers(0, 40))
def test_many_keys_need_what_each_needs(case, days):
    """The answer for several keys is the union of the answers, in the order of the definition."""
    mapping, here, there = case
    now = datetime(2024, 3, 12, 5, tzinfo=UTC) + timedelta(days=days)
    asked = here.get_partition_keys(now)[:40]
    whole = mapping.upstream(asked, here, there, Moment(now))
    each = [mapping.upstream([key], here, there, Moment(now)) for key in asked]
    assert set(whole.keys) == {key for one in each for key in one.keys}
    assert set(whole.missing) == {key for one in each for key in one.missing}
    assert len(set(whole.keys)) == len(whole.keys)
    assert not any(there.has_partition_key(key, now) for key in whole.missing)
    if isinstance(mapping, (Overlap, StaticPartitionMapping)):
        order = there.get_partition_keys(now)
        assert list(whole.keys) == [key for key in order if key in set(whole.keys)]


@settings(deadline=None, max_examples=60)
@given(overlaps())
def test_overlap_is_overlap(case):
    """Without offsets a window needs exactly the upstream windows that share time with it."""
    _, here, there = case
    now = datetime(2024, 4, 20, tzinfo=UTC)
    ends = {key: there.time_window_for_partition_key(key) for key in there.get_partition_keys(now)}
    for key in here.get_partition_keys(now)[-30:]:
        start, end = (moment.timestamp() for moment in here.time_window_for_partition_key(key))
        shared = [up for up, (a, b) in ends.items() if a.timestamp() < end and start < b.timestamp()]
        assert list(Overlap().upstream([key], here, there, Moment(now)).keys) == shared


@pytest.mark.parametrize(
    ("offsets", "key", "expected"),
    [
        ((0, 0), "2024-01-03", ["2024-01-03"]),
        ((-1, -1), "2024-01-03", ["2024-01-02"]),
        ((-1, 0), "2024-01-03", ["2024-01-02", "2024-01-03"]),
        ((1, 1), "2024-01-02", ["2024-01-03"]),
        ((-1, -1), "2024-01-01", []),
        ((-1, 0), "2024-01-01", ["2024-01-01"]),
        ((1, 1), "2024-01-03", []),
    ],
)
def test_offsets(offsets, key, expected):
    """Offsets move the ends of the window by whole windows; what falls outside is dropped silently."""
    assert Overlap(*offsets).upstream([key], DAILY, DAILY, Moment(NOON)) == Upstream(tuple(expected))


def test_offsets_count_downstream_windows():
    """A day with `start_offset=-1` needs 48 hours; an hour needs its day."""
    hourly = HourlyPartitionsDefinition("2024-01-01-00:00")
    assert len(Overlap(-1).upstream(["2024-01-02"], DAILY, hourly, Moment(NOON)).keys) == 48
    assert Overlap().upstream(["2024-01-02-05:00"], hourly, DAILY, Moment(NOON)).keys == ("2024-01-02",)


@pytest.mark.parametrize(
    ("mapping", "there", "key", "expected"),
    [
        (Overlap(), DailyPartitionsDefinition("2024-01-03"), "2024-01-01", Upstream((), ("2024-01-01",))),
        (Overlap(-1, -1), DailyPartitionsDefinition("2024-01-03"), "2024-01-02", Upstream(())),
        (Overlap(-2), DailyPartitionsDefinition("2024-01-03"), "2024-01-03", Upstream(("2024-01-03",))),
        (
            Overlap(),
            DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03"),
            "2024-01-03",
            Upstream((), ("2024-01-03",)),
        ),
        (
            Overlap(0, 2),
            DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03"),
            "2024-01-02",
            Upstream(("2024-01-02",)),
        ),
        (Overlap(0, 0, True), DailyPartitionsDefinition("2024-01-03"), "2024-01-01", Upstream(())),
        (Overlap(), WeeklyPartitionsDefinition("2023-12-31"), "2024-01-02", Upstream((), ("2023-12-31",))),
    ],
)
def test_missing_is_what_lies_under_the_window_itself(mapping, there, key, expected):
    """An upstream window under the key's own is missing if it does not exist, unless that is allowed."""
    assert mapping.upstream([key], DAILY, there, Moment(NOON)) == expected


def test_identity_reports_what_does_not_exist():
    """Identity needs the same key, and says so if there is none."""
    some = StaticPartitionsDefinition(["a"])
    assert IdentityPartitionMapping().upstream(["a", "z"], ABC, some) == Upstream(("a",), ("z",))
    assert IdentityPartitionMapping().downstream(["a", "z"], ABC, some) == ("a",)


def test_last_all_and_specific():
    """Last, all and named partitions are needed by every partition alike."""
    assert LastPartitionMapping().upstream(["a"], ABC, DAILY, Moment(NOON)) == Upstream(("2024-01-03",))
    assert LastPartitionMapping().downstream(["2024-01-03"], ABC, DAILY, Moment(NOON)) == ("a", "b", "c")
    assert LastPartitionMapping().downstream(["2024-01-02"], ABC, DAILY, Moment(NOON)) == ()
    assert LastPartitionMapping().upstream(
        ["a"], ABC, DailyPartitionsDefinition("2099-01-01"), Moment(NOON)
    ) == Upstream(())
    assert AllPartitionMapping().upstream(["a"], None, ABC) == Upstream(("a", "b", "c"))
    assert AllPartitionMapping().downstream(["x"], ABC, None) == ("a", "b", "c")
    assert AllPartitionMapping().upstream(["a"], ABC, None) == Upstream(())
    assert SpecificPartitionsPartitionMapping(["q"]).upstream(["a"], ABC, ABC) == Upstream(("q",))
    assert SpecificPartitionsPartitionMapping(["a"]).downstream(["a"], ABC, ABC) == ("a", "b", "c")
    assert SpecificPartitionsPartitionMapping(["a"]).downstream(["b"], ABC, ABC) == ()


def test_static_table():
    """A table is read both ways; keys that do not exist are found by validation."""
    there = StaticPartitionsDefinition(["x", "y"])
    table = StaticPartitionMapping({"x": ["a", "b"], "y": "b"})
    assert table.upstream(["b"], ABC, there) == Upstream(("x", "y"))
    assert table.upstream(["c"], ABC, there) == Upstream(())
    assert table.downstream(["x"], ABC, there) == ("a", "b")
    table.validate_partition_mapping(there, ABC)
    for wrong in ({"n": "a"}, {"x": "q"}):
        with pytest.raises(ValueError, match=r"'[nq]'"):
            StaticPartitionMapping(wrong).validate_partition_mapping(there, ABC)


def test_windows_of_different_zones_do_not_correspond():
    """A time window mapping between zones, or with something else, is a wrong definition."""
    abroad = DailyPartitionsDefinition("2024-01-01", timezone="America/New_York")
    for other in (abroad, ABC, None):
        with pytest.raises(DagsterInvalidDefinitionError):
            Overlap().validate_partition_mapping(DAILY, other)


def test_default_mapping():
    """Without partitions on a side: all; between windows: overlap; else: the same key."""
    assert default_mapping(None, DAILY) == default_mapping(ABC, None) == AllPartitionMapping()
    assert default_mapping(DAILY, WeeklyPartitionsDefinition("2024-01-01")) == Overlap()
    assert default_mapping(ABC, DAILY) == default_mapping(ABC, ABC) == IdentityPartitionMapping()


def test_equality_is_by_meaning():
    """Mappings, their hashes and descriptions are equal if they say the same."""
    assert Overlap(-1) == Overlap(-1, 0) != Overlap()
    assert hash(Overlap(-1)) == hash(Overlap(-1, 0))
    assert StaticPartitionMapping({"a": "b"}) == StaticPartitionMapping({"a": ["b"]})
    assert AllPartitionMapping() != IdentityPartitionMapping()
    assert Overlap(-1).describe() != Overlap(0, -1).describe()

import pickle
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.core.errors import CheckError, DagsterInvalidDefinitionError, DagsterUnknownPartitionError
from assets.core.partitions.calendar import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assets.core.partitions.subset import PartitionKeyRange
from assets.core.partitions.window_subset import TimeWindow
from assets.core.partitions.windows import ScheduleType, TimeWindowPartitionsDefinition

NOON = datetime(2024, 1, 4, 12, tzinfo=UTC)
NEW_YORK = "America/New_York"
ZONES = (
    "UTC",
    NEW_YORK,
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Cairo",
    "Europe/Dublin",
)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def definitions():
    """Definitions of every kind, in zones with every kind of clock change."""
    starts = st.dates(date(2009, 1, 1), date(2024, 6, 1))
    zones = st.sampled_from(ZONES)
    minutes, hours = st.integers(0, 59), st.integers(0, 23)

    def daily(start, zone, minute, hour):
        return DailyPartitionsDefinition(start, timezone=zone, minute_offset=minute, hour_offset=hour)

    def weekly(start, zone, minute, hour, day):
        return WeeklyPartitionsDefinition(
            start, timezone=zone, minute_offset=minute, hour_offset=hour, day_offset=day
        )

    def monthly(start, zone, minute, hour, day):
        return MonthlyPartitionsDefinition(
            start, timezone=zone, minute_offset=minute, hour_offset=hour, day_offset=day
        )

    def hourly(start, zone, minute):
        return HourlyPartitionsDefinition(start, timezone=zone, minute_offset=minute)

    return st.one_of(
        st.builds(daily, starts, zones, minutes, hours),
        st.builds(weekly, starts, zones, minutes, hours, st.integers(0, 6)),
        st.builds(monthly, starts, zones, minutes, hours, st.integers(1, 28)),
        st.builds(hourly, starts, zones, minutes),
    )


@settings(max_examples=60)
@given(definitions(), st.integers(0, 3000))
def test_windows_tile_time(space, hours):
    """Windows follow each other without gap or overlap, and each key names its own window."""
    now = space.start + timedelta(hours=hours)
    keys = space.get_partition_keys(now)
    assert len(set(keys)) == len(keys) == space.get_num_partitions(now)
    shown = keys[:20] + keys[-20:] if len(keys) > 40 else keys
    windows = [space.time_window_for_partition_key(key) for key in shown]
    assert all(one.start.timestamp() < one.end.timestamp() for one in windows)
    assert all(
        one.end.timestamp() == two.start.timestamp()
        for place, (one, two) in enumerate(pairwise(windows))
        if len(keys) <= 40 or place != 19
    )
    if keys:
        assert space.start.timestamp() <= windows[0].start.timestamp()
        assert (
            windows[-1].end.timestamp()
            <= now.timestamp()
            < space.window_at(space.span(now).stop).end.timestamp()
        )
        assert (
            space.get_partition_keys_in_time_window(
                TimeWindow(windows[0].start, windows[-1].end), current_time=now
            )
            == keys
        )


@settings(max_examples=60)
@given(definitions(), st.integers(0, 3000), st.integers(0, 3000))
def test_asking_early_after_late_forgets_nothing(space, one, two):
    """What exists at a time does not depend on what was asked before."""
    earlier, later = (space.start + timedelta(hours=h) for h in sorted((one, two)))
    fresh = pickle.loads(pickle.dumps(space)).get_partition_keys(earlier)
    all_keys = space.get_partition_keys(later)
    assert space.get_partition_keys(earlier) == fresh == all_keys[: len(fresh)]
    assert [key for key in all_keys[-5:] if space.has_partition_key(key, earlier)] == [
        k for k in all_keys[-5:] if k in fresh
    ]


@settings(max_examples=60)
@given(definitions(), st.integers(-3000, 3000))
def test_a_moment_lies_in_its_window(space, hours):
    """The key of a moment is that of the window around it, before the start as well."""
    moment = space.start + timedelta(hours=hours, minutes=17)
    window = space.time_window_for_partition_key(space.get_partition_key(moment))
    assert window.start.timestamp() <= moment.timestamp() < window.end.timestamp()


def test_a_key_exists_once_its_window_has_ended():
    """A day is there from the next midnight on, not before."""
    daily = DailyPartitionsDefinition("2024-01-01")
    expected = ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert daily.get_partition_keys(NOON) == expected
    assert daily.get_partition_keys(utc(2024, 1, 4)) == expected
    assert daily.get_partition_keys(utc(2024, 1, 3, 23, 59)) == expected[:2]
    assert daily.get_partition_keys(utc(2023, 1, 1)) == []
    assert not daily.has_partition_key("2024-01-04", NOON)
    assert not daily.has_partition_key("2023-12-31", NOON)
    assert not daily.has_partition_key("nonsense", NOON)


def test_end_offset_and_end():
    """`end_offset` moves the end of what exists; `end_date` bounds it in any case."""
    assert DailyPartitionsDefinition("2024-01-01", end_offset=1).get_last_partition_key(NOON) == "2024-01-04"
    assert DailyPartitionsDefinition("2024-01-01", end_offset=-1).get_last_partition_key(NOON) == "2024-01-02"
    early = datetime(2023, 12, 31, 12, tzinfo=UTC)
    assert DailyPartitionsDefinition("2024-01-01", end_offset=3).get_partition_keys(early) == [
        "2024-01-01",
        "2024-01-02",
    ]
    bounded = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03", end_offset=5)
    assert bounded.get_partition_keys(NOON) == ["2024-01-01", "2024-01-02"]


@pytest.mark.parametrize(
    "start", ["2024-01-01", date(2024, 1, 1), datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)]
)
def test_start_may_be_text_date_or_datetime(start):
    """The start is text in the format, a date, or a datetime: naive ones mean the zone's clocks."""
    assert DailyPartitionsDefinition(start) == DailyPartitionsDefinition("2024-01-01")


def test_start_between_ticks():
    """The first partition begins at the first tick at or after the start."""
    assert DailyPartitionsDefinition(datetime(2024, 1, 1, 7)).get_first_partition_key(NOON) == "2024-01-02"
    assert WeeklyPartitionsDefinition("2024-01-03").get_first_partition_key(utc(2024, 2, 1)) == "2024-01-07"
    assert MonthlyPartitionsDefinition("2024-01-15").get_first_partition_key(utc(2024, 5, 1)) == "2024-02-01"


def test_offsets_move_the_window_and_not_the_key():
    """A day that begins at 9:15 is named by its date."""
    daily = DailyPartitionsDefinition("2024-01-01", hour_offset=9, minute_offset=15)
    assert daily.time_window_for_partition_key("2024-01-02") == (
        utc(2024, 1, 2, 9, 15),
        utc(2024, 1, 3, 9, 15),
    )
    assert daily.get_partition_keys(utc(2024, 1, 3, 9, 14)) == ["2024-01-01"]
    assert (daily.minute_offset, daily.hour_offset, daily.schedule_type) == (15, 9, ScheduleType.DAILY)


def test_days_of_23_and_25_hours():
    """A day of a zone begins and ends at its midnights, whatever its length."""
    daily = DailyPartitionsDefinition("2024-01-01", timezone=NEW_YORK)
    spring, autumn = (daily.time_window_for_partition_key(day) for day in ("2024-03-10", "2024-11-03"))
    assert (spring.start.astimezone(UTC), spring.end.astimezone(UTC)) == (
        utc(2024, 3, 10, 5),
        utc(2024, 3, 11, 4),
    )
    assert (autumn.start.astimezone(UTC), autumn.end.astimezone(UTC)) == (
        utc(2024, 11, 3, 4),
        utc(2024, 11, 4, 5),
    )
    assert daily.get_last_partition_key(utc(2024, 3, 11, 3, 59)) == "2024-03-09"
    assert daily.get_last_partition_key(utc(2024, 3, 11, 4)) == "2024-03-10"


def test_a_start_that_the_clocks_skip_or_repeat():
    """02:30 on the day that lacks it is 03:00; 01:30 on the day that has two is the later one."""
    skipped = DailyPartitionsDefinition("2024-03-09", timezone=NEW_YORK, hour_offset=2, minute_offset=30)
    assert skipped.start_time_for_partition_key("2024-03-10").isoformat() == "2024-03-10T03:00:00-04:00"
    repeated = DailyPartitionsDefinition("2024-11-02", timezone=NEW_YORK, hour_offset=1, minute_offset=30)
    assert repeated.start_time_for_partition_key("2024-11-03").isoformat() == "2024-11-03T01:30:00-05:00"


def test_midnight_that_the_clocks_skip():
    """A day whose midnight does not exist begins when the clocks have moved on, and keeps its name."""
    daily = DailyPartitionsDefinition("2018-11-03", timezone="America/Sao_Paulo")
    assert daily.get_partition_keys(utc(2018, 11, 6)) == ["2018-11-03", "2018-11-04"]
    assert daily.start_time_for_partition_key("2018-11-04").isoformat() == "2018-11-04T01:00:00-02:00"


def test_hours_that_the_clocks_skip_or_repeat():
    """A skipped hour has no key; the second of a repeated hour carries its offset."""
    hourly = HourlyPartitionsDefinition("2024-03-10-00:00", timezone=NEW_YORK)
    assert hourly.get_partition_keys(utc(2024, 3, 10, 8)) == [
        "2024-03-10-00:00",
        "2024-03-10-01:00",
        "2024-03-10-03:00",
    ]
    hourly = HourlyPartitionsDefinition("2024-11-03-00:00", timezone=NEW_YORK)
    keys = hourly.get_partition_keys(utc(2024, 11, 3, 8))
    assert keys == ["2024-11-03-00:00", "2024-11-03-01:00", "2024-11-03-01:00-0500", "2024-11-03-02:00"]
    assert [hourly.start_time_for_partition_key(key).astimezone(UTC).hour for key in keys] == [4, 5, 6, 7]


def test_offset_in_the_format():
    """With `%z` every key carries its offset."""
    daily = DailyPartitionsDefinition("2024-01-01-0500", fmt="%Y-%m-%d%z", timezone=NEW_YORK)
    assert daily.get_partition_keys(utc(2024, 1, 3, 6)) == ["2024-01-01-0500", "2024-01-02-0500"]


def test_months_without_the_day_are_skipped():
    """A schedule on the 31st has windows that begin on the 31st only."""
    monthly = MonthlyPartitionsDefinition("2024-01-15", day_offset=31)
    assert monthly.get_partition_keys(utc(2024, 9, 3)) == [
        "2024-01-31",
        "2024-03-31",
        "2024-05-31",
        "2024-07-31",
    ]


def test_exclusions():
    """Excluded windows do not exist; their neighbours are not changed."""
    daily = DailyPartitionsDefinition("2024-01-01", exclusions=["0 0 * * 0", datetime(2024, 1, 2)])
    keys = daily.get_partition_keys(utc(2024, 1, 9))
    assert keys == ["2024-01-01", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-06", "2024-01-08"]
    assert not daily.has_partition_key("2024-01-07", utc(2024, 1, 9))
    assert daily.time_window_for_partition_key("2024-01-06").end == utc(2024, 1, 7)
    assert daily.get_partition_keys(utc(2024, 1, 5)) == ["2024-01-01", "2024-01-03", "2024-01-04"]
    with pytest.raises(DagsterInvalidDefinitionError):
        DailyPartitionsDefinition("2024-01-01", exclusions=["nonsense"])


def test_any_cron_schedule():
    """Windows lie between the ticks of any cron expression."""
    space = TimeWindowPartitionsDefinition("2024-01-01 00", "%Y-%m-%d %H", cron_schedule="0 */6 * * *")
    assert space.get_partition_keys(utc(2024, 1, 1, 13)) == ["2024-01-01 00", "2024-01-01 06"]
    assert space.schedule_type is None
    assert str(space) == "0 */6 * * *, starting 2024-01-01 00 UTC."
    assert space.get_partition_key(utc(2023, 12, 31, 23)) == "2023-12-31 18"


def test_wrong_definitions():
    """What cannot be a definition is refused, each with its error."""
    with pytest.raises(ZoneInfoNotFoundError):
        DailyPartitionsDefinition("2024-01-01", timezone="Nowhere/Town")
    with pytest.raises(ValueError, match="format"):
        DailyPartitionsDefinition("01.01.2024")
    with pytest.raises(CheckError):
        DailyPartitionsDefinition(3)
    with pytest.raises(DagsterInvalidDefinitionError):
        DailyPartitionsDefinition("2024-01-01", hour_offset=30)
    with pytest.raises(CheckError):
        TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d")
    with pytest.raises(CheckError):
        TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 * * *", hour_offset=1)
    with pytest.raises(DagsterInvalidDefinitionError, match="finer"):
        HourlyPartitionsDefinition("2024-01-01", fmt="%Y-%m-%d")


def test_equality_is_by_meaning():
    """A daily definition equals the general one of the same schedule, and its description is stable."""
    daily = DailyPartitionsDefinition("2024-01-01")
    general = TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 * * *")
    assert daily == general
    assert hash(daily) == hash(general)
    assert daily.describe() == "time 0 0 * * * UTC 2024-01-01T00:00:00+00:00..None 0 %Y-%m-%d"
    assert daily != DailyPartitionsDefinition("2024-01-01", timezone=NEW_YORK)
    assert pickle.loads(pickle.dumps(daily)) == daily


def test_texts():
    """The text of a definition says how often, from when, and by how much the end is moved."""
    assert str(DailyPartitionsDefinition("2024-01-01")) == "Daily, starting 2024-01-01 UTC."
    moved = DailyPartitionsDefinition("2024-01-01", end_offset=1)
    assert str(moved) == "Daily, starting 2024-01-01 UTC. End offsetted by 1 partition."


def test_ranges_and_neighbours():
    """Ranges include both ends; what lies beyond the partitions is refused."""
    daily = DailyPartitionsDefinition("2024-01-01")
    inside = PartitionKeyRange("2024-01-02", "2024-01-03")
    assert daily.get_partition_keys_in_range(inside, current_time=NOON) == ["2024-01-02", "2024-01-03"]
    assert (
        daily.get_partition_keys_in_range(PartitionKeyRange("2024-01-03", "2024-01-02"), current_time=NOON)
        == []
    )
    for beyond in (
        PartitionKeyRange("2023-12-31", "2024-01-02"),
        PartitionKeyRange("2024-01-02", "2024-01-04"),
    ):
        with pytest.raises(CheckError):
            daily.get_partition_keys_in_range(beyond, current_time=NOON)
    assert daily.get_next_partition_key("2024-01-02", NOON) == "2024-01-03"
    assert daily.get_next_partition_key("2024-01-03", NOON) is None
    assert daily.get_last_partition_window(NOON) == (utc(2024, 1, 3), utc(2024, 1, 4))
    assert daily.get_next_partition_window(utc(2024, 1, 3, 1)) == (utc(2024, 1, 4), utc(2024, 1, 5))
    assert daily.get_prev_partition_window(utc(2024, 1, 3, 1)) == (utc(2024, 1, 2), utc(2024, 1, 3))
    assert daily.get_prev_partition_window(utc(2024, 1, 1, 1)) is None
    with pytest.raises(DagsterUnknownPartitionError, match="from '2024-01-01' to '2024-01-03'"):
        daily.validate_partition_key("2024-02-01", NOON)


def test_cron_schedule_at_another_time():
    """The schedule can be asked for at another minute, hour or day."""
    assert DailyPartitionsDefinition("2024-01-01").get_cron_schedule() == "0 0 * * *"
    assert DailyPartitionsDefinition("2024-01-01").get_cron_schedule(hour_of_day=3) == "0 3 * * *"
    assert WeeklyPartitionsDefinition("2024-01-01").get_cron_schedule(day_of_week=2) == "0 0 * * 2"


def test_times_of_another_zone_are_instants():
    """A current time in any zone is the same instant."""
    daily = DailyPartitionsDefinition("2024-01-01")
    assert daily.get_partition_keys(NOON.astimezone(ZoneInfo("Asia/Tokyo"))) == daily.get_partition_keys(NOON)


def test_a_long_list_is_right_and_copied():
    """Ten years of days are listed in full; what a caller does to the list stays with the caller."""
    daily = DailyPartitionsDefinition("2014-01-05")
    keys = daily.get_partition_keys(NOON)
    assert len(keys) == 3651
    keys.clear()
    assert len(daily.get_partition_keys(NOON)) == 3651


@settings(max_examples=40)
@given(definitions(), st.integers(0, 3000))
def test_keys_that_are_written_together_are_those_that_are_written_one_by_one(space, days):
    """Whole days of hours are written at once, also around the changes of the clocks: with the same keys."""
    now = utc(2009, 1, 1) + timedelta(days=days)
    numbers = space.existing(now)
    assert space.get_partition_keys(now) == [space.key_at(number) for number in numbers]
    late = list(numbers)[5:-3]
    assert space.subset_with_partition_keys([space.key_at(n) for n in late]).get_partition_keys() == [
        space.key_at(n) for n in late
    ]


def test_cron_and_instant_exclusions_leave_gaps_that_windows_of_time_see():
    """Whether a time has a window is asked of those that exist, within the definition's ends."""
    space = DailyPartitionsDefinition(
        "2025-01-01", "2025-02-01", exclusions=["0 0 * * 6-7", datetime(2025, 1, 20, tzinfo=UTC)]
    )

    def has(start, end):
        return space.has_any_partitions_in_window(TimeWindow(utc(2025, 1, start), utc(2025, 1, end)))

    assert has(6, 7)
    assert not has(11, 13)
    assert not has(18, 21)
    assert has(18, 22)
    assert not has(8, 8)
    assert not space.has_any_partitions_in_window(TimeWindow(utc(2025, 2, 3), utc(2025, 2, 8)))
    assert space.get_partition_keys_between_indexes(1, 3) == ["2025-01-02", "2025-01-03"]

"""Hourly, daily, weekly and monthly partitions: time windows with the usual arguments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from .windows import DATE_FORMAT, HOUR_FORMAT, ScheduleType, TimeWindowPartitionsDefinition


class HourlyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """A partition an hour.

    Args:
        start_date: When the first hour may begin; text is read by `fmt`.
        end_date: When the last hour must have ended; default: never.
        minute_offset: The minute at which hours begin.
        timezone: The zone whose clocks count; default UTC.
        fmt: How a key is written; default `%Y-%m-%d-%H:%M`.
        end_offset: So many partitions more (or less) than have ended.
        exclusions: Cron expressions and instants: hours that begin there do not exist.
    """

    def __init__(
        self,
        start_date: datetime | date | str,
        end_date: datetime | date | str | None = None,
        minute_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or HOUR_FORMAT,
            end_date,
            ScheduleType.HOURLY,
            timezone,
            end_offset,
            minute_offset,
            exclusions=exclusions,
        )


class DailyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """A partition a day.

    Args:
        start_date: The first day; text is read by `fmt`.
        end_date: The day after the last; default: never.
        minute_offset: The minute at which days begin.
        hour_offset: The hour at which days begin.
        timezone: The zone whose clocks count; default UTC.
        fmt: How a key is written; default `%Y-%m-%d`.
        end_offset: So many partitions more (or less) than have ended; 1 includes today.
        exclusions: Cron expressions and instants: days that begin there do not exist.

    >>> DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03").get_partition_keys()
    ['2024-01-01', '2024-01-02']
    """

    def __init__(
        self,
        start_date: datetime | date | str,
        end_date: datetime | date | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or DATE_FORMAT,
            end_date,
            ScheduleType.DAILY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            exclusions=exclusions,
        )


class WeeklyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """A partition a week.

    Args:
        start_date: When the first week may begin; text is read by `fmt`.
        end_date: When the last week must have ended; default: never.
        minute_offset: The minute at which weeks begin.
        hour_offset: The hour at which weeks begin.
        day_offset: The weekday at which weeks begin; 0 is Sunday.
        timezone: The zone whose clocks count; default UTC.
        fmt: How a key is written; default `%Y-%m-%d`.
        end_offset: So many partitions more (or less) than have ended.
        exclusions: Cron expressions and instants: weeks that begin there do not exist.
    """

    def __init__(
        self,
        start_date: datetime | date | str,
        end_date: datetime | date | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or DATE_FORMAT,
            end_date,
            ScheduleType.WEEKLY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            day_offset,
            exclusions=exclusions,
        )


class MonthlyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """A partition a month.

    Args:
        start_date: When the first month may begin; text is read by `fmt`.
        end_date: When the last month must have ended; default: never.
        minute_offset: The minute at which months begin.
        hour_offset: The hour at which months begin.
        day_offset: The day at which months begin; a month without it is skipped.
        timezone: The zone whose clocks count; default UTC.
        fmt: How a key is written; default `%Y-%m-%d`.
        end_offset: So many partitions more (or less) than have ended.
        exclusions: Cron expressions and instants: months that begin there do not exist.
    """

    def __init__(
        self,
        start_date: datetime | date | str,
        end_date: datetime | date | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int = 1,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or DATE_FORMAT,
            end_date,
            ScheduleType.MONTHLY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            day_offset,
            exclusions=exclusions,
        )

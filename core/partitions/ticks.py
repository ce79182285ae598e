"""The instants at which time windows begin: cron schedules as numbered ticks.

Days, weeks and months are arithmetic on local dates, hours arithmetic on the seconds of a year,
so that any tick is found without walking there. Every other cron schedule is walked once and
kept. A tick that falls into a clock change is moved by the rules of `localise`. Knows no
partition keys.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import NamedTuple

from ..errors import DagsterInvalidDefinitionError

_SECOND = timedelta(seconds=1)
_HALF = timedelta(minutes=30)
_HOUR = 3600
_LOOK = timedelta(days=3)
_EPOCH = 1970
_ZERO = datetime(_EPOCH, 1, 1, tzinfo=UTC)
_STANDARD = re.compile(r"(\d+) (\d+|\*) (\d+|\*) \* (\d|\*)")
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_HOURS_A_DAY, _MINUTES_AN_HOUR, _SUNDAY_AGAIN = 24, 60, 7
_FIELDS = 5
_DENSE_DAY = 28  # every month has it


def zone(name: str) -> tzinfo:
    """The time zone of that name.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: if there is none.
    """
    if name in {"UTC", "Etc/UTC"}:
        return UTC
    from zoneinfo import ZoneInfo  # reads a database of its own

    return ZoneInfo(name)


def localise(wall: datetime, tz: tzinfo) -> datetime:
    """The instant at which the clocks of a zone show this time.

    Where they show it twice it is the later one; where they skip it, the first instant after.
    """
    if tz is UTC:
        return wall.replace(tzinfo=tz)
    early, late = wall.replace(tzinfo=tz, fold=0), wall.replace(tzinfo=tz, fold=1)
    before, after = early.utcoffset(), late.utcoffset()
    if before == after:
        return early
    assert before is not None
    assert after is not None
    if before > after:
        return late
    # Clocks go forward: the change lies between these two instants, to be found to the second.
    low, high = (wall - after).replace(tzinfo=UTC), (wall - before).replace(tzinfo=UTC)
    while high - low > _SECOND:
        middle = low + ((high - low) / 2 // _SECOND) * _SECOND
        low, high = (low, middle) if middle.astimezone(tz).utcoffset() == after else (middle, high)
    return high.astimezone(tz)


class Ticks(ABC):
    """A schedule as numbered instants; numbers grow with time."""

    absolute = False
    """Whether a number means the same tick wherever the schedule was said to start."""

    def __init__(self, tz: tzinfo) -> None:
        self.tz = tz

    @abstractmethod
    def at(self, number: int) -> datetime:
        """The instant of a tick, in the schedule's zone."""

    @abstractmethod
    def first(self, moment: datetime) -> int:
        """The number of the first tick at or after a moment."""

    def last(self, moment: datetime) -> int:
        """The number of the last tick at or before a moment."""
        number = self.first(moment)
        return number if self.at(number).timestamp() == moment.timestamp() else number - 1


class Dated(Ticks):
    """At most one tick a day, at one time of day: found by arithmetic."""

    absolute = True

    def __init__(self, tz: tzinfo, clock: time) -> None:
        super().__init__(tz)
        self.clock = clock

    @abstractmethod
    def day(self, number: int) -> date:
        """The local date of a tick."""

    @abstractmethod
    def near(self, day: date) -> int:
        """The number of a tick close to that date."""

    def at(self, number: int) -> datetime:
        """The instant of a tick, in the schedule's zone."""
        return localise(datetime.combine(self.day(number), self.clock), self.tz)

    def first(self, moment: datetime) -> int:
        """The number of the first tick at or after a moment."""
        moment = moment.astimezone(UTC)  # within one zone Python compares wall times, which repeat
        number = self.near(moment.astimezone(self.tz).date())
        while self.at(number) < moment:
            number += 1
        while self.at(number - 1) >= moment:
            number -= 1
        return number


class Days(Dated):
    """A tick every day."""

    def day(self, number: int) -> date:
        """The local date of a tick."""
        return date.fromordinal(number)

    def near(self, day: date) -> int:
        """The number of a tick close to that date."""
        return day.toordinal()


class Weeks(Dated):
    """A tick every week, on one weekday (0 is Sunday)."""

    def __init__(self, tz: tzinfo, clock: time, weekday: int) -> None:
        super().__init__(tz, clock)
        self.weekday = weekday

    def day(self, number: int) -> date:
        """The local date of a tick."""
        return date.fromordinal(7 * number + self.weekday)

    def near(self, day: date) -> int:
        """The number of a tick close to that date."""
        return (day.toordinal() - self.weekday) // 7


class Months(Dated):
    """A tick every month, on a day that every month has."""

    def __init__(self, tz: tzinfo, clock: time, monthday: int) -> None:
        super().__init__(tz, clock)
        self.monthday = monthday

    def day(self, number: int) -> date:
        """The local date of a tick."""
        return date(number // 12, number % 12 + 1, self.monthday)

    def near(self, day: date) -> int:
        """The number of a tick close to that date."""
        return day.year * 12 + day.month - 1


class Walked(Ticks):
    """Any other schedule: walked from an anchor, both ways, as far as it was asked about.

    Tick 0 is the first one at or after the anchor. What was walked is kept; a longer list takes
    the place of a shorter one at once, so that two threads may ask at the same time.
    """

    _CHUNK = 512
    _SPAN_LIMIT = 3_000_000  # hourly since 1700: beyond, the question is a mistake

    def __init__(self, tz: tzinfo, anchor: datetime) -> None:
        super().__init__(tz)
        self.anchor = anchor
        self._ahead: list[datetime] = []
        self._behind: list[datetime] = []  # -1, -2, ...

    @abstractmethod
    def forward(self, moment: datetime) -> Iterator[datetime]:
        """The ticks at or after a moment."""

    @abstractmethod
    def backward(self, moment: datetime) -> Iterator[datetime]:
        """The ticks before a moment, the latest first."""

    def _grow_ahead(self) -> list[datetime]:
        known = self._ahead
        more = self.forward(known[-1] + _SECOND if known else self.anchor)
        self._ahead = longer = known + list(islice(more, max(self._CHUNK, len(known) // 2)))
        return _grown(known, longer)

    def _grow_behind(self) -> list[datetime]:
        known = self._behind
        more = self.backward(known[-1] if known else self.anchor)
        self._behind = longer = known + list(islice(more, max(self._CHUNK, len(known) // 2)))
        return _grown(known, longer)

    def at(self, number: int) -> datetime:
        """The instant of a tick, in the schedule's zone."""
        if abs(number) > self._SPAN_LIMIT:
            message = f"Tick {number} is too far from the start of the schedule"
            raise OverflowError(message)
        if number >= 0:
            known = self._ahead
            while len(known) <= number:
                known = self._grow_ahead()
            return known[number]
        known = self._behind
        while len(known) < -number:
            known = self._grow_behind()
        return known[-number - 1]

    def first(self, moment: datetime) -> int:
        """The number of the first tick at or after a moment."""
        stamp = moment.timestamp()  # within one zone Python compares wall times, which repeat
        if stamp > self.anchor.timestamp():
            known = self._ahead
            while not known or known[-1].timestamp() < stamp:
                if len(known) > self._SPAN_LIMIT:
                    message = f"{moment} is too far from the start of the schedule"
                    raise OverflowError(message)
                known = self._grow_ahead()
            return bisect_left(known, stamp, key=datetime.timestamp)
        known = self._behind
        while not known or known[-1].timestamp() >= stamp:
            if len(known) > self._SPAN_LIMIT:
                message = f"{moment} is too far from the start of the schedule"
                raise OverflowError(message)
            known = self._grow_behind()
        return -bisect_right(known, -stamp, key=lambda tick: -tick.timestamp())


class _Year(NamedTuple):
    """The hourly ticks of one year of UTC: by arithmetic, or listed if the zone's minutes change in it."""

    low: int
    high: int
    first: int  # the instant of tick `low`, in seconds
    listed: tuple[int, ...] | None


class Hours(Ticks):
    """A tick every hour that the clocks of the zone show, at one minute; numbered from 1970 in UTC.

    Where a zone is ahead by the same part of an hour throughout a year, its clocks show the
    minute every 3,600 seconds, whatever their changes by whole hours; a year in which that part
    changes (Lord Howe, every year) is walked, once.
    """

    absolute = True

    def __init__(self, tz: tzinfo, minute: int) -> None:
        super().__init__(tz)
        self.minute = minute
        self._since: tuple[_Year, ...] = ()  # 1970, 1971, ...
        self._before: tuple[_Year, ...] = ()  # 1969, 1968, ...

    def _part(self, start: datetime, stop: datetime) -> int | None:
        """By how many seconds beyond whole hours the zone is ahead, if it is the same all the time."""
        found: set[int] = set()
        while start < stop:  # no zone has left its part of an hour and returned within three days
            ahead = start.astimezone(self.tz).utcoffset()
            assert ahead is not None
            found.add(int(ahead.total_seconds()) % _HOUR)
            start += _LOOK
        part = found.pop() if len(found) == 1 else 1
        return None if part % 60 else part

    def _instants(self, year: int) -> tuple[int, int, tuple[int, ...] | None]:
        """The first instant of a year, how many there are, and all of them if they must be listed."""
        start, stop = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        low, high = int(start.timestamp()), int(stop.timestamp())
        part = self._part(start, stop)
        if part is not None:
            first = low + (self.minute * 60 - part - low) % _HOUR
            return first, (high - first + _HOUR - 1) // _HOUR, None
        listed = tuple(int(each.timestamp()) for each in self._walk(start, stop))
        return listed[0], len(listed), listed

    def _walk(self, at: datetime, stop: datetime) -> Iterator[datetime]:
        while at < stop:
            local = at.astimezone(self.tz)
            # Not every offset is a whole hour, and a change may be of half of one.
            if wait := (self.minute - local.minute) % 60:
                at += timedelta(minutes=wait)
                continue
            yield at
            at += _HALF

    def _grow(self, ahead: bool) -> None:
        known = self._since if ahead else self._before
        year = _EPOCH + len(known) if ahead else _EPOCH - 1 - len(known)
        if not date.min.year <= year < date.max.year:
            message = f"The year {year} is beyond the calendar"
            raise OverflowError(message)
        first, count, listed = self._instants(year)
        if ahead:
            low = known[-1].high if known else 0
            self._since = (*known, _Year(low, low + count, first, listed))
        else:
            high = known[-1].low if known else 0
            self._before = (*known, _Year(high - count, high, first, listed))

    def _year_with(self, number: int) -> _Year:
        while number >= 0:
            known = self._since
            if known and number < known[-1].high:
                return known[bisect_right(known, number, key=lambda year: year.low) - 1]
            self._grow(ahead=True)
        while True:
            known = self._before
            if known and number >= known[-1].low:
                return known[bisect_left(known, -number, key=lambda year: -year.low)]
            self._grow(ahead=False)

    def at(self, number: int) -> datetime:
        """The instant of a tick, in the schedule's zone."""
        if self.tz is UTC:
            return _ZERO + timedelta(seconds=number * _HOUR + self.minute * 60)
        year = self._year_with(number)
        place = number - year.low
        stamp = year.listed[place] if year.listed is not None else year.first + place * _HOUR
        return datetime.fromtimestamp(stamp, self.tz)

    def first(self, moment: datetime) -> int:
        """The number of the first tick at or after a moment."""
        stamp = moment.timestamp()
        if self.tz is UTC:
            return -int(-(stamp - self.minute * 60) // _HOUR)
        index = moment.astimezone(UTC).year - _EPOCH
        while (len(self._since) <= index) if index >= 0 else (len(self._before) < -index):
            self._grow(ahead=index >= 0)
        year = self._since[index] if index >= 0 else self._before[-index - 1]
        if year.listed is not None:
            return year.low + bisect_left(year.listed, stamp)
        return year.low + min(max(-int(-(stamp - year.first) // _HOUR), 0), year.high - year.low)


class Crons(Walked):
    """The ticks of any other cron expression."""

    def __init__(self, tz: tzinfo, anchor: datetime, cron: str) -> None:
        super().__init__(tz, anchor)
        if len(cron.split()) != _FIELDS:
            message = f"Found invalid cron schedule {cron!r}: it has {len(cron.split())} fields instead of {_FIELDS}"
            raise DagsterInvalidDefinitionError(message)
        self.cron = cron
        self._walk(anchor)  # an expression that cannot be read fails here

    def _walk(self, moment: datetime, *, reverse: bool = False) -> Iterator[datetime]:
        from cronsim import CronSim, CronSimError  # only unusual schedules need it

        try:
            return CronSim(self.cron, moment.astimezone(self.tz), reverse=reverse)
        except CronSimError as error:
            message = f"Found invalid cron schedule {self.cron!r}: {error}"
            raise DagsterInvalidDefinitionError(message) from None

    def forward(self, moment: datetime) -> Iterator[datetime]:
        """The ticks at or after a moment."""
        return self._walk(moment.astimezone(UTC) - timedelta(microseconds=1))

    def backward(self, moment: datetime) -> Iterator[datetime]:
        """The ticks before a moment, the latest first."""
        return self._walk(_minute_up(moment.astimezone(UTC)), reverse=True)


def ticks(cron: str, tz: tzinfo, anchor: datetime) -> Ticks:
    """The ticks of a cron expression in a zone.

    Args:
        cron: Five fields, or a nickname such as `@daily`.
        tz: The zone whose clocks the fields mean.
        anchor: Where a schedule that must be walked begins to be walked.

    Raises:
        DagsterInvalidDefinitionError: if the expression is not one.
    """
    cron = _NICKNAMES.get(cron, cron)
    if standard := _STANDARD.fullmatch(cron):
        minute, hour, monthday, weekday = (None if text == "*" else int(text) for text in standard.groups())
        assert minute is not None
        if minute < _MINUTES_AN_HOUR and (hour is None or hour < _HOURS_A_DAY):
            if hour is None and monthday is None and weekday is None:
                return Hours(tz, minute)
            if hour is not None:
                clock = time(hour, minute)
                if monthday is None and weekday is None:
                    return Days(tz, clock)
                if monthday is None and weekday is not None and weekday <= _SUNDAY_AGAIN:
                    return Weeks(tz, clock, weekday % _SUNDAY_AGAIN)
                if weekday is None and monthday is not None and 1 <= monthday <= _DENSE_DAY:
                    return Months(tz, clock, monthday)
    return Crons(tz, anchor, cron)


def _minute_up(moment: datetime) -> datetime:
    floor = moment.replace(second=0, microsecond=0)
    return floor if floor == moment else floor + timedelta(minutes=1)


def _grown(before: list[datetime], after: list[datetime]) -> list[datetime]:
    if len(after) == len(before):
        message = "The schedule has no further ticks"
        raise OverflowError(message)
    return after

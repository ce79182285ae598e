"""The instants at which time windows begin: cron schedules as numbered ticks.

Days, weeks and months are arithmetic on local dates, so that any tick is found without
walking there. Hours and every other cron schedule are walked once and kept. A tick that
falls into a clock change is moved by the rules of `localise`. Knows no partition keys.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice

from ..errors import DagsterInvalidDefinitionError

_SECOND = timedelta(seconds=1)
_HALF = timedelta(minutes=30)
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


class Hours(Walked):
    """A tick every hour that the clocks of the zone show, at one minute."""

    def __init__(self, tz: tzinfo, anchor: datetime, minute: int) -> None:
        super().__init__(tz, anchor)
        self.minute = minute

    def forward(self, moment: datetime) -> Iterator[datetime]:
        """The ticks at or after a moment."""
        at = _minute_up(moment.astimezone(UTC))
        while True:
            local = at.astimezone(self.tz)
            # Not every offset is a whole hour, and a change may be of half of one.
            if wait := (self.minute - local.minute) % 60:
                at += timedelta(minutes=wait)
                continue
            yield local
            at += _HALF

    def backward(self, moment: datetime) -> Iterator[datetime]:
        """The ticks before a moment, the latest first."""
        at = _minute_up(moment.astimezone(UTC)) - timedelta(minutes=1)
        while True:
            local = at.astimezone(self.tz)
            if wait := (local.minute - self.minute) % 60:
                at -= timedelta(minutes=wait)
                continue
            yield local
            at -= _HALF


class Crons(Walked):
    """The ticks of any other cron expression."""

    def __init__(self, tz: tzinfo, anchor: datetime, cron: str) -> None:
        super().__init__(tz, anchor)
        if len(cron.split()) != _FIELDS:
            message = (
                f"{cron!r} is not a cron schedule: it has {len(cron.split())} fields instead of {_FIELDS}"
            )
            raise DagsterInvalidDefinitionError(message)
        self.cron = cron
        self._walk(anchor)  # an expression that cannot be read fails here

    def _walk(self, moment: datetime, *, reverse: bool = False) -> Iterator[datetime]:
        from cronsim import CronSim, CronSimError  # only unusual schedules need it

        try:
            return CronSim(self.cron, moment.astimezone(self.tz), reverse=reverse)
        except CronSimError as error:
            message = f"{self.cron!r} is not a cron schedule: {error}"
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
                return Hours(tz, anchor, minute)
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

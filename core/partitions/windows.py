"""Partitions that are windows of time: a key a day, an hour, a month, or any cron schedule.

A partition exists once its window has ended. Windows lie between two ticks of a schedule;
a key is the local wall time of its window's start, written by `fmt`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from enum import Enum
from functools import cached_property
from typing import Any

from ..errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError, check_type
from .moment import loading
from .numbers import EMPTY, Numbers
from .spaces import PartitionsDefinition
from .subset import PartitionKeyRange
from .ticks import Days, Hours, Ticks, localise, ticks, zone
from .window_subset import TimeWindow, TimeWindowPartitionsSubset

DATE_FORMAT = "%Y-%m-%d"
HOUR_FORMAT = "%Y-%m-%d-%H:%M"
_DATE_WIDTH = 10
_HOURS = 24
_CHECKED_TICKS = 3  # a format that cannot tell these apart is too coarse


class ScheduleType(Enum):
    """How often a standard schedule ticks."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class _Listing:
    """The keys of the windows up to `high`, in order, and the number of each if anybody asks."""

    def __init__(self, high: int, held: Numbers, keys: tuple[str, ...]) -> None:
        self.high = high
        self.held = held
        self.keys = keys

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of the window of each key."""
        return dict(zip(self.keys, self.held, strict=True))


class TimeWindowPartitionsDefinition(PartitionsDefinition):
    """Partitions that are windows of time, one after the other.

    Args:
        start: When the first window may begin; text is read by `fmt`.
        fmt: How a key is written: the local time of its window's start, for `strftime`.
        end: When the last window must have ended; default: never.
        schedule_type: How often, for a standard schedule; else `cron_schedule`.
        timezone: The name of the zone whose clocks count; default UTC.
        end_offset: So many windows more (or less) than have ended; 1 includes the running one.
        minute_offset: The minute at which the windows of a `schedule_type` begin.
        hour_offset: Their hour.
        day_offset: Their weekday (0 is Sunday), or their day of the month.
        cron_schedule: The instants between which the windows lie, as a cron expression.
        exclusions: Cron expressions and instants: windows that begin there do not exist.

    Raises:
        CheckError: if both or neither of `schedule_type` and `cron_schedule` are given.
        DagsterInvalidDefinitionError: for a schedule that is none, or a format too coarse for it.
        ValueError: if the text of `start` or `end` is not in the format.
    """

    def __init__(
        self,
        start: datetime | date | str,
        fmt: str,
        end: datetime | date | str | None = None,
        schedule_type: ScheduleType | None = None,
        timezone: str | None = None,
        end_offset: int = 0,
        minute_offset: int | None = None,
        hour_offset: int | None = None,
        day_offset: int | None = None,
        cron_schedule: str | None = None,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        if (schedule_type is None) == (cron_schedule is None):
            message = "Give exactly one of schedule_type and cron_schedule"
            raise CheckError(message)
        if cron_schedule is not None and not (minute_offset is hour_offset is day_offset is None):
            message = "minute_offset, hour_offset and day_offset go with a schedule_type; a cron_schedule says them itself"
            raise CheckError(message)
        self.timezone: str = check_type(timezone, str, "timezone") or "UTC"
        self.fmt: str = check_type(fmt, str, "fmt", optional=False)
        self.end_offset: int = check_type(end_offset, int, "end_offset", optional=False)
        self.cron_schedule: str = cron_schedule or _cron(
            schedule_type, minute_offset, hour_offset, day_offset
        )
        self._zone: tzinfo = zone(self.timezone)
        self.start: datetime = self._moment(start, "start")
        self.end: datetime | None = None if end is None else self._moment(end, "end")
        self.exclusions: list[str | datetime] | None = list(exclusions) if exclusions else None
        self._prepare()

    def _prepare(self) -> None:
        self._ticks: Ticks = ticks(self.cron_schedule, self._zone, self.start)
        self._iso = self.fmt == DATE_FORMAT and isinstance(self._ticks, Days)
        self._low: int = self._ticks.first(self.start)
        self._end: int | None = None if self.end is None else self._ticks.last(self.end)
        self._listing = _Listing(self._low, EMPTY, ())
        self._spanned: tuple[datetime | None, range] = (None, range(0))
        self._gaps: tuple[range, Numbers] = (range(0), EMPTY)
        self._excluded: frozenset[float] = frozenset(
            self._moment(item, "exclusions").timestamp()
            for item in self.exclusions or ()
            if not isinstance(item, str)
        )
        self._excluding: tuple[Ticks, ...] = tuple(
            ticks(item, self._zone, self.start) for item in self.exclusions or () if isinstance(item, str)
        )
        texts = [self.key_at(self._low + i) for i in range(_CHECKED_TICKS)]
        if len(set(texts)) < len(texts):
            message = f"The format {self.fmt!r} writes different windows of {self.cron_schedule!r} alike ({texts[0]!r}); use a finer one"
            raise DagsterInvalidDefinitionError(message)

    def _moment(self, value: Any, name: str) -> datetime:
        """The instant that a text in the format, a date or a datetime names."""
        if isinstance(value, str):
            return self._read(value)
        if isinstance(value, datetime):
            return localise(value, self._zone) if value.tzinfo is None else value.astimezone(self._zone)
        if isinstance(value, date):
            return localise(datetime(value.year, value.month, value.day), self._zone)  # noqa: DTZ001  made aware here
        message = f"Parameter {name!r} must be text, a date or a datetime, not {type(value).__name__}: {value!r:.80}"
        raise ParameterCheckError(message)

    def _read(self, key: str) -> datetime:
        """The instant that a key names; the first of the two if its hour repeats."""
        if self.fmt == DATE_FORMAT and len(key) == _DATE_WIDTH and key[4] == key[7] == "-":
            try:
                return localise(datetime.fromisoformat(key), self._zone)
            except ValueError:
                pass  # the general way has the message
        try:
            wall = datetime.strptime(key, self.fmt)  # noqa: DTZ007  made aware below
        except ValueError:
            try:  # a key of a repeated hour carries its offset
                wall = datetime.strptime(key, self.fmt + "%z")  # noqa: DTZ007  %z is in it
            except ValueError:
                message = f"The partition key {key!r} is not in the format {self.fmt!r}"
                raise ValueError(message) from None
        if wall.tzinfo is not None:
            return wall.astimezone(self._zone)
        early = wall.replace(tzinfo=self._zone)
        exists = early.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) == wall
        return early if exists else localise(wall, self._zone)

    @property
    def ticks(self) -> Ticks:
        """The instants between which the windows lie, numbered."""
        return self._ticks

    def same_ticks(self, other: TimeWindowPartitionsDefinition) -> bool:
        """Whether a number means the same window in both definitions."""
        return self._ticks is other._ticks or (
            (self.cron_schedule, self.timezone) == (other.cron_schedule, other.timezone)
            and (self._ticks.absolute or self.start == other.start)
        )

    def number_of(self, key: str) -> int:
        """The number of the window that a key names, whether it exists or not.

        Raises:
            ValueError: if the key is not in the format.
        """
        known = self._listing.numbers.get(key)
        return self._ticks.first(self._read(key)) if known is None else known

    def number_named(self, key: str) -> int:
        """The number of the window whose key this is, letter for letter, whether it has ended or not.

        Raises:
            ValueError: if there is no such window.
        """
        known = self._listing.numbers.get(key)
        if known is not None:
            return known
        number = self._ticks.first(self._read(key))
        if self.key_at(number) != key:
            message = f"No window begins at {key!r}; the next one is {self.key_at(number)!r}"
            raise ValueError(message)
        return number

    def key_at(self, number: int) -> str:
        """The key of a window."""
        if self._iso:
            return date.fromordinal(number).isoformat()
        start = self._ticks.at(number)
        text = start.strftime(self.fmt)
        if start.fold and "%z" not in self.fmt:
            early = start.replace(fold=0)  # if it is a window too, the text is taken
            if self._ticks.at(self._ticks.first(early)).timestamp() == early.timestamp():
                return start.strftime(self.fmt + "%z")
        return text

    def window_at(self, number: int) -> TimeWindow:
        """The window of that number."""
        return TimeWindow(self._ticks.at(number), self._ticks.at(number + 1))

    def span(self, current_time: datetime | None = None) -> range:
        """The numbers of the windows that have ended by then, the excluded ones included."""
        if current_time is None:
            current_time = loading().effective_dt
        asked, span = self._spanned
        if asked is current_time and asked is not None:  # one decision asks for every piece with one `now`
            return span
        now = datetime.now(UTC) if current_time is None else self._moment(current_time, "current_time")
        high = self._ticks.last(now) + self.end_offset
        if self._end is not None:
            high = min(high, self._end)
        span = range(self._low, max(high, self._low))
        self._spanned = (current_time, span)
        return span

    def existing(self, current_time: datetime | None = None) -> Numbers:
        """The numbers of the windows that are partitions then."""
        span = self.span(current_time)
        return Numbers([span]) - self.excluded(span)

    def exists_at(self, number: int, current_time: datetime | None = None) -> bool:
        """Whether the window of that number is a partition."""
        return number in self.span(current_time) and not self._is_excluded(number)

    def _is_excluded(self, number: int) -> bool:
        return self.exclusions is not None and number in self.excluded(range(number, number + 1))

    def excluded(self, span: range) -> Numbers:
        """Those of these numbers whose windows do not exist because an exclusion names their beginning."""
        if self.exclusions is None or not span:
            return EMPTY
        known, gaps = self._gaps
        if not known or span.start < known.start or span.stop > known.stop:
            ends = (known, span) if known else (span,)
            low, high = min(e.start for e in ends), max(e.stop for e in ends)
            room = (high - low) // 2 if known else 0  # as a search goes on, in ever longer strides
            known = range(low, high + room)
            gaps = Numbers.of(self._find_excluded(known))
            self._gaps = (known, gaps)
        return gaps.within(span)

    def _find_excluded(self, span: range) -> Iterable[int]:
        at = self._ticks.at
        low, high = at(span.start), at(span.stop).timestamp()
        for stamp in self._excluded:
            number = self._ticks.first(datetime.fromtimestamp(stamp, UTC))
            if at(number).timestamp() == stamp:
                yield number
        for one in self._excluding:
            place = one.first(low)
            while (tick := one.at(place)).timestamp() < high:
                number = self._ticks.first(tick)
                if at(number).timestamp() == tick.timestamp():
                    yield number
                place += 1

    def _listed(self, high: int) -> _Listing:
        """The keys at least up to that number; grown by a new value, so that threads may share it."""
        known = self._listing
        if high > known.high:
            span = range(known.high, high)
            more = Numbers([span]) - self.excluded(span)
            known = _Listing(high, known.held | more, known.keys + tuple(self.keys_of(more)))
            self._listing = known
        return known

    def keys_of(self, numbers: Numbers) -> Iterable[str]:
        """The keys of these windows, in order of time."""
        if self._iso:
            return [date.fromordinal(number).isoformat() for number in numbers]
        if self.fmt == HOUR_FORMAT and isinstance(self._ticks, Hours):
            return self._hours_written(numbers)
        return map(self.key_at, numbers)

    def _hours_written(self, numbers: Numbers) -> Iterable[str]:
        """The keys of hours in the usual format: those of a day without a clock change are written at once."""
        assert isinstance(self._ticks, Hours)
        ends = [f"-{hour:02}:{self._ticks.minute:02}" for hour in range(_HOURS)]
        at = self._ticks.at
        for each in numbers.ranges:
            number = each.start
            while number < each.stop:
                start = at(number)
                plain = start.hour == 0 and number + _HOURS <= each.stop
                if plain:
                    last = at(number + _HOURS - 1)
                    plain = last.hour == _HOURS - 1 and last.utcoffset() == start.utcoffset()
                if plain:
                    day = start.date().isoformat()
                    yield from [day + end for end in ends]
                    number += _HOURS
                else:
                    yield self.key_at(number)
                    number += 1

    def get_partition_keys(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> list[str]:
        """The keys of the windows that have ended by then, in order of time."""
        high = self.span(current_time).stop
        listing = self._listed(high)
        if high == listing.high:
            return list(listing.keys)
        return list(listing.keys[: len(listing.held.within(range(self._low, high)))])

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> bool:
        """Whether the key names a window that has ended by then."""
        span = self.span(current_time)
        listing = self._listing
        number = listing.numbers.get(partition_key)
        if number is not None or listing.high >= span.stop:
            return number is not None and number < span.stop
        try:
            number = self._ticks.first(self._read(partition_key))
        except ValueError:
            return False
        return number in span and self.key_at(number) == partition_key and not self._is_excluded(number)

    def get_first_partition_key(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> str | None:
        """The key of the first window, or `None` if none has ended."""
        numbers = self.existing(current_time)
        return self.key_at(numbers.first) if numbers else None

    def get_last_partition_key(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> str | None:
        """The key of the last window that has ended, or `None` if there is none."""
        numbers = self.existing(current_time)
        return self.key_at(numbers.last) if numbers else None

    def get_num_partitions(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> int:
        """How many windows have ended."""
        return len(self.existing(current_time))

    @property
    def partitions_subset_class(self) -> type[TimeWindowPartitionsSubset]:
        """The class of its subsets."""
        return TimeWindowPartitionsSubset

    def empty_subset(self) -> TimeWindowPartitionsSubset:
        """The subset with nothing in it."""
        return TimeWindowPartitionsSubset.of(self, EMPTY)

    def subset_with_all_partitions(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> TimeWindowPartitionsSubset:
        """The subset with every window that has ended by then."""
        return TimeWindowPartitionsSubset.of(self, self.existing(current_time))

    def numbers_in(self, window: TimeWindow) -> Numbers:
        """The windows that begin within that time and are not excluded, whether they have ended or not."""
        span = range(self._ticks.first(window.start), self._ticks.first(window.end))
        return Numbers([span]) - self.excluded(span)

    def get_partition_keys_in_range(
        self,
        partition_key_range: PartitionKeyRange,
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
        *,
        current_time: datetime | None = None,
    ) -> list[str]:
        """The keys from the range's start to its end, both included; none if the range is reversed.

        Raises:
            CheckError: if the range reaches beyond the first or the last window.
            ValueError: if an end is not in the format.
        """
        start, end = (self.number_of(key) for key in partition_key_range)
        if start > end:
            return []
        span = self.span(current_time)
        if start < span.start or end >= span.stop:
            there = (
                f"from {self.key_at(span.start)!r} to {self.key_at(span.stop - 1)!r}"
                if span
                else "and there are none yet"
            )
            message = f"The range from {partition_key_range[0]!r} to {partition_key_range[1]!r} reaches beyond the partitions, {there}"
            raise CheckError(message)
        inside = range(start, end + 1)
        return [self.key_at(n) for n in Numbers([inside]) - self.excluded(inside)]

    def get_partition_keys_in_time_window(
        self, time_window: TimeWindow, *, current_time: datetime | None = None
    ) -> list[str]:
        """The keys of the windows that begin within that time."""
        inside = self.numbers_in(time_window).within(self.span(current_time))
        return [self.key_at(number) for number in inside]

    def has_any_partitions_in_window(self, time_window: TimeWindow) -> bool:
        """Whether a window begins within that time, whether it has ended or not."""
        if time_window.start >= time_window.end:
            return False
        low, end = self._low, self._end
        inside = self.numbers_in(time_window).ranges
        return any(each.stop > low and (end is None or each.start < end) for each in inside)

    def get_partition_keys_between_indexes(
        self, start_idx: int, end_idx: int, current_time: datetime | None = None
    ) -> list[str]:
        """The keys from one place among all to, not including, another."""
        return self.get_partition_keys(current_time)[start_idx:end_idx]

    def get_partition_key_range_for_time_window(self, time_window: TimeWindow) -> PartitionKeyRange:
        """The keys of the first and the last window within that time."""
        last = self._ticks.first(time_window.end) - 1
        return PartitionKeyRange(self.key_at(self._ticks.first(time_window.start)), self.key_at(last))

    def get_partition_key(self, key: datetime | date | str) -> str:
        """The key of the window that holds a moment; a text is checked and given back.

        Raises:
            ValueError: if a text is not in the format.
        """
        if isinstance(key, str):
            self._read(key)
            return key
        return self.key_at(self._ticks.last(self._moment(key, "key")))

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """The time that a key stands for, whether the partition exists or not.

        Raises:
            ValueError: if the key is not in the format.
        """
        return self.window_at(self.number_of(partition_key))

    def start_time_for_partition_key(self, partition_key: str) -> datetime:
        """When the key's window begins."""
        return self.time_window_for_partition_key(partition_key).start

    def end_time_for_partition_key(self, partition_key: str) -> datetime:
        """When the key's window has ended."""
        return self.time_window_for_partition_key(partition_key).end

    def get_first_partition_window(self, current_time: datetime | None = None) -> TimeWindow | None:
        """The window of the first partition, if there is one."""
        key = self.get_first_partition_key(current_time)
        return None if key is None else self.time_window_for_partition_key(key)

    def get_last_partition_window(self, current_time: datetime | None = None) -> TimeWindow | None:
        """The window of the last partition, if there is one."""
        key = self.get_last_partition_key(current_time)
        return None if key is None else self.time_window_for_partition_key(key)

    def _beside(self, number: int, step: int, *, start: bool) -> TimeWindow | None:
        while start or number >= self._low:
            if number < self._low or (self._end is not None and number >= self._end):
                return None
            if not self._is_excluded(number):
                return self.window_at(number)
            number += step
        return None

    def get_next_partition_window(self, end_dt: datetime) -> TimeWindow | None:
        """The first window that begins at that time or later, if the definition has not ended."""
        return self._beside(max(self._ticks.first(self._moment(end_dt, "end_dt")), self._low), 1, start=True)

    def get_prev_partition_window(self, start_dt: datetime) -> TimeWindow | None:
        """The last window that ends at that time or earlier, if the definition has begun."""
        return self._beside(self._ticks.last(self._moment(start_dt, "start_dt")) - 1, -1, start=False)

    def get_next_partition_key(self, partition_key: str, current_time: datetime | None = None) -> str | None:
        """The key after this one, if it exists."""
        number = self.number_of(partition_key)
        later = (n for n in range(number + 1, self.span(current_time).stop) if not self._is_excluded(n))
        return next((self.key_at(n) for n in later), None)

    @property
    def _fields(self) -> tuple[int | None, int | None, int | None, ScheduleType] | None:
        """Minute, hour, day and kind, if the schedule is a standard one."""
        fields = self.cron_schedule.split()
        minute, hour, monthday, weekday = (
            int(text) if text.isdigit() else None if text == "*" else -1
            for text in (*fields[:3], *fields[4:5])
        )
        match (minute, hour, monthday, weekday):
            case (int(m), None, None, None) if m >= 0:
                return m, None, None, ScheduleType.HOURLY
            case (int(m), int(h), None, None) if min(m, h) >= 0:
                return m, h, None, ScheduleType.DAILY
            case (int(m), int(h), None, int(w)) if min(m, h, w) >= 0:
                return m, h, w, ScheduleType.WEEKLY
            case (int(m), int(h), int(d), None) if min(m, h, d) >= 0:
                return m, h, d, ScheduleType.MONTHLY
        return None

    @property
    def schedule_type(self) -> ScheduleType | None:
        """How often, or `None` for a schedule that is not a standard one."""
        return self._fields[3] if self._fields else None

    @property
    def minute_offset(self) -> int:
        """The minute at which windows begin."""
        return (self._fields[0] if self._fields else None) or 0

    @property
    def hour_offset(self) -> int:
        """The hour at which windows begin."""
        return (self._fields[1] if self._fields else None) or 0

    @property
    def day_offset(self) -> int:
        """The weekday (0 is Sunday) or day of the month at which windows begin."""
        return (self._fields[2] if self._fields else None) or 0

    def get_cron_schedule(
        self,
        minute_of_hour: int | None = None,
        hour_of_day: int | None = None,
        day_of_week: int | None = None,
        day_of_month: int | None = None,
    ) -> str:
        """The schedule, or one that ticks as often at another time."""
        given = (minute_of_hour, hour_of_day, day_of_week, day_of_month)
        if given == (None, None, None, None):
            return self.cron_schedule
        if self._fields is None:
            message = f"The schedule {self.cron_schedule!r} is not hourly, daily, weekly or monthly: its time of day cannot be changed"
            raise CheckError(message)
        minute, hour, day, kind = self._fields
        chosen = {ScheduleType.WEEKLY: day_of_week, ScheduleType.MONTHLY: day_of_month}.get(kind)
        return _cron(
            kind,
            minute if minute_of_hour is None else minute_of_hour,
            hour if hour_of_day is None else hour_of_day,
            day if chosen is None else chosen,
        )

    @property
    def meaning(self) -> str:
        """The rule by which a key names its window; where the windows begin and end changes none of them."""
        return f"{self.cron_schedule} {self.timezone} {self.fmt}"

    def describe(self) -> str:
        """One line that is equal for equal definitions, in every process."""
        end = None if self.end is None else self.end.astimezone(UTC).isoformat()
        line = f"time {self.cron_schedule} {self.timezone} {self.start.astimezone(UTC).isoformat()}..{end} {self.end_offset} {self.fmt}"
        return f"{line} without {self.exclusions!r}" if self.exclusions else line

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, TimeWindowPartitionsDefinition) and self.describe() == other.describe()
        )

    def __hash__(self) -> int:
        return hash(self.describe())

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._zone = zone(self.timezone)
        self._prepare()

    def __repr__(self) -> str:
        end = None if self.end is None else self.end.timestamp()
        return (
            f"TimeWindowPartitionsDefinition(start={self.start.timestamp()}, end={end}, timezone={self.timezone!r}, "
            f"fmt={self.fmt!r}, end_offset={self.end_offset}, cron_schedule={self.cron_schedule!r})"
        )

    def __str__(self) -> str:
        kind = self.schedule_type
        often = self.cron_schedule if kind is None else kind.value.capitalize()
        text = f"{often}, starting {self.start.strftime(self.fmt)} {self.timezone}."
        if self.end_offset:
            text += f" End offsetted by {self.end_offset} partition{'' if self.end_offset == 1 else 's'}."
        return text


def _cron(kind: ScheduleType | None, minute: int | None, hour: int | None, day: int | None) -> str:
    minute, hour = minute or 0, hour or 0
    match kind:
        case ScheduleType.HOURLY:
            return f"{minute} * * * *"
        case ScheduleType.DAILY:
            return f"{minute} {hour} * * *"
        case ScheduleType.WEEKLY:
            return f"{minute} {hour} * * {day or 0}"
        case ScheduleType.MONTHLY:
            return f"{minute} {hour} {1 if day is None else day} * *"
        case _:
            message = f"schedule_type must be a ScheduleType, not {kind!r:.80}"
            raise ParameterCheckError(message)

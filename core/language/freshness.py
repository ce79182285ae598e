"""How old an asset may be: policies as frozen terms. Whether one is kept is found out elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from ..errors import CheckError, check_type
from ..partitions.ticks import ticks, zone
from ..record import Record, put
from .condition import valid_cron

_SHORTEST = timedelta(minutes=1)
_ANCHOR = datetime(2024, 1, 1, tzinfo=UTC)  # a leap year, so that no February is longer
_LOOKED_AT = 400  # the intervals of a year of days; denser schedules repeat sooner
_FAR = timedelta(days=366 * 5)


class FreshnessState(StrEnum):
    """What came of looking at a policy."""

    PASS = "PASS"  # noqa: S105  a state, no password
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class FreshnessPolicy(Record):
    """How old an asset may be: made by `time_window` or `cron`."""

    __slots__ = ()

    def __init__(self) -> None:
        message = (
            "A FreshnessPolicy is made by FreshnessPolicy.time_window(...) or FreshnessPolicy.cron(...)."
        )
        raise TypeError(message)

    @staticmethod
    def time_window(
        fail_window: timedelta, warn_window: timedelta | None = None
    ) -> TimeWindowFreshnessPolicy:
        """An age that it must not reach.

        Args:
            fail_window: The age at which it fails; a minute at least.
            warn_window: The age at which it warns; less than that.

        Raises:
            CheckError: for windows that are not so.
        """
        return TimeWindowFreshnessPolicy(fail_window, warn_window)

    @staticmethod
    def cron(deadline_cron: str, lower_bound_delta: timedelta, timezone: str = "UTC") -> CronFreshnessPolicy:
        """Deadlines before each of which it must have been made.

        Args:
            deadline_cron: The deadlines: a cron expression.
            lower_bound_delta: How long before a deadline it may have been made at the earliest.
            timezone: Whose clocks the expression means.

        Raises:
            CheckError: for an expression or a zone that is none, or a delta of less than a minute or
                more than the shortest time between two deadlines.
        """
        return CronFreshnessPolicy(deadline_cron, lower_bound_delta, timezone)


class TimeWindowFreshnessPolicy(FreshnessPolicy):
    """An age that an asset must not reach."""

    __slots__ = ("fail_window", "warn_window")

    fail_window: timedelta
    warn_window: timedelta | None

    def __init__(self, fail_window: timedelta, warn_window: timedelta | None = None) -> None:
        check_type(fail_window, timedelta, "fail_window", optional=False)
        check_type(warn_window, timedelta, "warn_window")
        _at_least_a_minute(fail_window, "fail_window")
        if warn_window is not None:
            _at_least_a_minute(warn_window, "warn_window")
            if warn_window >= fail_window:
                message = f"warn_window must be less than fail_window, and {warn_window} is not less than {fail_window}."
                raise CheckError(message)
        put(self, "fail_window", fail_window)
        put(self, "warn_window", warn_window)


class CronFreshnessPolicy(FreshnessPolicy):
    """Deadlines before each of which an asset must have been made."""

    __slots__ = ("deadline_cron", "lower_bound_delta", "timezone")

    deadline_cron: str
    lower_bound_delta: timedelta
    timezone: str

    def __init__(self, deadline_cron: str, lower_bound_delta: timedelta, timezone: str = "UTC") -> None:
        valid_cron(deadline_cron, "deadline_cron")
        check_type(lower_bound_delta, timedelta, "lower_bound_delta", optional=False)
        valid_zone(timezone)
        _at_least_a_minute(lower_bound_delta, "lower_bound_delta")
        shortest = _shortest_interval(deadline_cron)
        if lower_bound_delta > shortest:
            message = (
                f"lower_bound_delta must be at most the shortest time between two deadlines of {deadline_cron!r}, "
                f"{shortest}, and {lower_bound_delta} is more."
            )
            raise CheckError(message)
        put(self, "deadline_cron", deadline_cron)
        put(self, "lower_bound_delta", lower_bound_delta)
        put(self, "timezone", timezone)


def valid_zone(name: Any) -> str:
    """The name of a time zone, if there is one of that name.

    Raises:
        CheckError: if there is none.
    """
    text: str = check_type(name, str, "timezone", optional=False)
    try:
        zone(text)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a folder
        message = (
            f"There is no time zone {text!r}; write a name of the IANA database, such as 'Europe/Berlin'."
        )
        raise CheckError(message) from None
    return text


def _at_least_a_minute(length: timedelta, name: str) -> None:
    if length < _SHORTEST:
        message = f"{name} cannot be less than 1 minute, and {length} is."
        raise CheckError(message)


def _shortest_interval(cron: str) -> timedelta:
    """The shortest time between two ticks, by a clock that is never changed."""
    schedule = ticks(cron, UTC, _ANCHOR)
    number = schedule.first(_ANCHOR)
    before = schedule.at(number)
    shortest = _FAR
    for step in range(1, _LOOKED_AT):
        tick = schedule.at(number + step)
        shortest = min(shortest, tick - before)
        before = tick
        if tick - _ANCHOR > _FAR:
            break
    return shortest

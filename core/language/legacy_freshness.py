"""Legacy: the older freshness policy, by maximum lag. New code uses `freshness.FreshnessPolicy`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError, check_type
from ..notices import deprecated
from ..record import Record, put
from .condition import valid_cron
from .freshness import valid_zone


class LegacyFreshnessPolicy(Record):
    """How far behind an asset's data may lie. Deprecated: use `FreshnessPolicy`.

    Args:
        maximum_lag_minutes: How far.
        cron_schedule: At which moments; at any moment where absent.
        cron_schedule_timezone: Whose clocks the schedule means.
    """

    __slots__ = ("cron_schedule", "cron_schedule_timezone", "maximum_lag_minutes")

    maximum_lag_minutes: float
    cron_schedule: str | None
    cron_schedule_timezone: str | None

    def __init__(
        self,
        *,
        maximum_lag_minutes: float,
        cron_schedule: str | None = None,
        cron_schedule_timezone: str | None = None,
    ) -> None:
        deprecated("Class `LegacyFreshnessPolicy`", "Use FreshnessPolicy instead.")
        lag: float = check_type(maximum_lag_minutes, (int, float), "maximum_lag_minutes", optional=False)
        if cron_schedule is None and cron_schedule_timezone is not None:
            message = (
                "A cron_schedule_timezone without a cron_schedule says nothing; give both, or leave it out."
            )
            raise ParameterCheckError(message)
        if cron_schedule is not None:
            _declared(valid_cron, cron_schedule, "Invalid cron schedule")
        if cron_schedule_timezone is not None:
            _declared(valid_zone, cron_schedule_timezone, "Invalid cron schedule timezone")
        put(self, "maximum_lag_minutes", float(lag))
        put(self, "cron_schedule", cron_schedule)
        put(self, "cron_schedule_timezone", cron_schedule_timezone)

    @property
    def maximum_lag_delta(self) -> timedelta:
        """How far behind it may lie."""
        return timedelta(minutes=self.maximum_lag_minutes)


def _declared(valid: Any, value: str, what: str) -> None:
    """Check a value; what is wrong with it is an error of the definition."""
    try:
        valid(value)
    except CheckError as wrong:
        message = f"{what} {value!r}: {wrong}"
        raise DagsterInvalidDefinitionError(message) from None

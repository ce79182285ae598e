"""Checks of how old an asset is: by the time of its last update, or by its last partition.

They look at the clock when they run. Both are superseded by `FreshnessPolicy`, which needs
no run. Rules: `spec/api.md` §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from ..define.asset_checks import AssetChecksDefinition
from ..define.checks import AssetCheckResult, AssetCheckSeverity
from ..errors import DagsterInvariantViolationError, check_type
from ..keys import AssetKey
from ..language.condition import valid_cron
from ..metadata.values import MetadataValue
from ..partitions.ticks import ticks, zone
from ..partitions.windows import TimeWindowPartitionsDefinition
from .check_context import AssetCheckExecutionContext
from .check_factories import checks_by

NAME = "freshness_check"
PARAMS = "dagster/freshness_params"
LAST_UPDATED = "dagster/last_updated_timestamp"
LOWER_BOUND = "dagster/freshness_lower_bound_timestamp"
FRESH_UNTIL = "dagster/fresh_until_timestamp"
LAST_TICK = "dagster/latest_cron_tick_timestamp"


class Deadline(NamedTuple):
    """The deadlines of a cron expression around a moment: the last one, and the next."""

    last: datetime
    next: datetime


def build_last_update_freshness_checks(
    *,
    assets: Sequence[Any],
    lower_bound_delta: timedelta,
    deadline_cron: str | None = None,
    timezone: str = "UTC",
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    blocking: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """Checks that fail when an asset was last updated too long ago. Superseded by `FreshnessPolicy`.

    An update is a materialization, or an observation; one that carries
    `dagster/last_updated_timestamp` says itself when that was.

    Args:
        assets: Keys and definitions.
        lower_bound_delta: How long before now, or before the last deadline, it may have been.
        deadline_cron: The deadlines; without any, every moment is one.
        timezone: Whose clocks the deadlines mean.
        severity: How bad a failure is.
        blocking: Whether a failure stops what depends on the asset.

    Returns:
        One definition, with the check `freshness_check` for each asset.

    Raises:
        CheckError: for an argument of the wrong type, or an expression that is no cron schedule.
    """
    check_type(lower_bound_delta, timedelta, "lower_bound_delta", optional=False)
    _checked(deadline_cron, timezone, severity, blocking)
    params: dict[str, Any] = {
        "timezone": timezone,
        "lower_bound_delta_seconds": lower_bound_delta.total_seconds(),
    }
    if deadline_cron is not None:
        params["deadline_cron"] = deadline_cron

    def look(context: AssetCheckExecutionContext, key: AssetKey) -> AssetCheckResult:
        now = datetime.now(UTC)
        deadline = None if deadline_cron is None else _deadline(deadline_cron, timezone, now)
        bound = (deadline.last if deadline else now) - lower_bound_delta
        at = _last_update(context, key)
        metadata = {PARAMS: MetadataValue.json(params), LOWER_BOUND: MetadataValue.timestamp(bound)}
        if deadline is not None:
            metadata[LAST_TICK] = MetadataValue.timestamp(deadline.last)
        passed = at is not None and at >= bound
        if at is None:
            text = "The asset was never materialized or observed."
        else:
            metadata[LAST_UPDATED] = MetadataValue.timestamp(at)
            text = f"The last update was at {_said(at)}; it must not be before {_said(bound)}."
            if passed:
                until = deadline.next if deadline else at + lower_bound_delta
                metadata[FRESH_UNTIL] = MetadataValue.timestamp(until)
        return AssetCheckResult(passed=passed, description=text, severity=severity, metadata=metadata)

    about = "The last update is not too long ago."
    return checks_by(
        look,
        NAME,
        assets,
        about,
        settings=[*map(str, params.values()), severity.value],
        blocking=blocking,
        metadata={PARAMS: MetadataValue.json(params)},
    )


def build_time_partition_freshness_checks(
    *,
    assets: Sequence[Any],
    deadline_cron: str,
    timezone: str = "UTC",
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    blocking: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """Checks that fail when the last partition that was over at the last deadline is not there.

    Superseded by `FreshnessPolicy`.

    Args:
        assets: Keys and definitions of assets that are partitioned by time.
        deadline_cron: The deadlines.
        timezone: Whose clocks the deadlines mean.
        severity: How bad a failure is.
        blocking: Whether a failure stops what depends on the asset.

    Returns:
        One definition, with the check `freshness_check` for each asset.

    Raises:
        CheckError: for an argument of the wrong type, or an expression that is no cron schedule.
    """
    check_type(deadline_cron, str, "deadline_cron", optional=False)
    _checked(deadline_cron, timezone, severity, blocking)
    params = {"timezone": timezone, "deadline_cron": deadline_cron}

    def look(context: AssetCheckExecutionContext, key: AssetKey) -> AssetCheckResult:
        deadline = _deadline(deadline_cron, timezone, datetime.now(UTC))
        wanted = _time_partitions(context, key).get_last_partition_key(deadline.last)
        metadata = {PARAMS: MetadataValue.json(params), LAST_TICK: MetadataValue.timestamp(deadline.last)}
        passed = wanted is None or wanted in context.instance.get_materialized_partitions(key)
        if wanted is None:
            text = "No partition was over at the last deadline."
        else:
            text = f"The partition {wanted} {'is' if passed else 'should be'} there since {_said(deadline.last)}."
        if passed:
            metadata[FRESH_UNTIL] = MetadataValue.timestamp(deadline.next)
        return AssetCheckResult(passed=passed, description=text, severity=severity, metadata=metadata)

    about = "The last partition that was over at the last deadline is there."
    return checks_by(
        look,
        NAME,
        assets,
        about,
        settings=[*params.values(), severity.value],
        blocking=blocking,
        metadata={PARAMS: MetadataValue.json(params)},
    )


def _checked(cron: str | None, timezone: str, severity: AssetCheckSeverity, blocking: bool) -> None:
    if cron is not None:
        valid_cron(cron, "deadline_cron")
    zone(check_type(timezone, str, "timezone", optional=False))
    check_type(severity, AssetCheckSeverity, "severity", optional=False)
    check_type(blocking, bool, "blocking", optional=False)


def _deadline(cron: str, timezone: str, now: datetime) -> Deadline:
    schedule = ticks(cron, zone(timezone), now)
    last = schedule.last(now)
    return Deadline(schedule.at(last), schedule.at(last + 1))


def _last_update(context: AssetCheckExecutionContext, key: AssetKey) -> datetime | None:
    """When an asset was last materialized or observed, by what the event itself says or by its time."""
    instance = context.instance
    found = [
        *instance.fetch_materializations(key, limit=1).records,
        *instance.fetch_observations(key, limit=1).records,
    ]
    moments = []
    for record in found:
        told = (record.asset_materialization or record.asset_observation).metadata.get(LAST_UPDATED)
        moments.append(record.timestamp if told is None else told.value)
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


def _time_partitions(context: AssetCheckExecutionContext, key: AssetKey) -> TimeWindowPartitionsDefinition:
    inputs = context.assets_def.keys_by_input_name
    name = next(name for name, read in inputs.items() if read == key)
    space = context.asset_partitions_def_for_input(name)
    if not isinstance(space, TimeWindowPartitionsDefinition):
        message = (
            f"The asset {key.to_user_string()!r} is not partitioned by time, so no partition of it is due; use "
            "build_last_update_freshness_checks, or a FreshnessPolicy."
        )
        raise DagsterInvariantViolationError(message)
    return space


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

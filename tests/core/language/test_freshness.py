"""Laws of freshness policies as terms: which there are, and what they refuse."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest

from assets import (
    AssetSpec,
    CheckError,
    DagsterInvalidDefinitionError,
    FreshnessPolicy,
    LegacyFreshnessPolicy,
    asset,
)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def test_policies_are_values():
    """S140: the two factories give values that compare by what they say."""
    window = FreshnessPolicy.time_window(2 * HOUR, HOUR)
    assert window == FreshnessPolicy.time_window(fail_window=2 * HOUR, warn_window=HOUR)
    assert window != FreshnessPolicy.time_window(2 * HOUR)
    assert pickle.loads(pickle.dumps(window)) == window
    cron = FreshnessPolicy.cron("0 9 * * *", HOUR, "Europe/Berlin")
    assert (cron.deadline_cron, cron.lower_bound_delta, cron.timezone) == ("0 9 * * *", HOUR, "Europe/Berlin")
    assert isinstance(cron, FreshnessPolicy)


def test_the_policy_itself_cannot_be_made():
    """S140: `FreshnessPolicy(...)`, as it was called long ago, is a `TypeError`."""
    with pytest.raises(TypeError):
        FreshnessPolicy(maximum_lag_minutes=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="time_window"):
        FreshnessPolicy()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: FreshnessPolicy.time_window(timedelta(seconds=59)),
        lambda: FreshnessPolicy.time_window(HOUR, HOUR),
        lambda: FreshnessPolicy.time_window(HOUR, timedelta(seconds=1)),
        lambda: FreshnessPolicy.time_window(3),  # type: ignore[arg-type]
        lambda: FreshnessPolicy.cron("often", HOUR),
        lambda: FreshnessPolicy.cron("0 9 * * *", HOUR, "Mars/Base"),
        lambda: FreshnessPolicy.cron("0 9 * * *", timedelta(seconds=59)),
        lambda: FreshnessPolicy.cron("0 9 * * *", 25 * HOUR),
        lambda: FreshnessPolicy.cron("0 0 1 * *", timedelta(days=30)),
        lambda: FreshnessPolicy.cron("0,10 9 * * *", 11 * MINUTE),
    ],
)
def test_impossible_policies_are_refused(wrong: Any) -> None:
    """S140: windows of less than a minute, a warning that comes too late, and deadlines that nobody can keep."""
    with pytest.raises(CheckError):
        wrong()


@pytest.mark.parametrize(
    ("cron", "delta"),
    [
        ("0 9 * * *", 24 * HOUR),
        ("0 9 * * MON-FRI", 24 * HOUR),
        ("0 0 1 * *", timedelta(days=28)),
        ("@hourly", HOUR),
    ],
)
def test_the_longest_delta_is_the_shortest_interval(cron: str, delta: timedelta) -> None:
    """A delta may be as long as the shortest time between two deadlines, and no longer."""
    assert FreshnessPolicy.cron(cron, delta, "America/New_York").lower_bound_delta == delta
    with pytest.raises(CheckError, match="shortest"):
        FreshnessPolicy.cron(cron, delta + MINUTE)


def test_a_policy_is_read_from_its_asset():
    """S58: `freshness_policy=` is accepted and readable on the spec; another class is a `CheckError`."""
    policy = FreshnessPolicy.time_window(HOUR)

    @asset(freshness_policy=policy)
    def a() -> None: ...

    assert a.get_asset_spec().freshness_policy == policy
    with pytest.raises(CheckError, match="freshness_policy"):
        AssetSpec("a", freshness_policy=3)


def test_the_older_policy_has_its_own_parameter():
    """S141: the older class is taken by `legacy_freshness_policy`, and refused as `freshness_policy`."""
    with pytest.warns(DeprecationWarning, match="LegacyFreshnessPolicy"):
        policy = LegacyFreshnessPolicy(
            maximum_lag_minutes=30, cron_schedule="@daily", cron_schedule_timezone="UTC"
        )
    with pytest.raises(CheckError, match="freshness_policy"):
        AssetSpec("a", freshness_policy=policy)
    with pytest.warns(DeprecationWarning, match="legacy_freshness_policy"):
        spec = AssetSpec("a", legacy_freshness_policy=policy)
    assert spec.legacy_freshness_policy == policy
    assert policy.maximum_lag_delta == timedelta(minutes=30)


@pytest.mark.filterwarnings("ignore:Class `LegacyFreshnessPolicy`")
def test_impossible_older_policies_are_refused():
    """A schedule that cannot be read is an error of the definition; a zone without a schedule one of the call."""
    with pytest.raises(DagsterInvalidDefinitionError, match="cron schedule"):
        LegacyFreshnessPolicy(maximum_lag_minutes=60, cron_schedule="often")
    with pytest.raises(DagsterInvalidDefinitionError, match="timezone"):
        LegacyFreshnessPolicy(
            maximum_lag_minutes=60, cron_schedule="@daily", cron_schedule_timezone="Mars/Base"
        )
    with pytest.raises(CheckError, match="without a cron_schedule"):
        LegacyFreshnessPolicy(maximum_lag_minutes=60, cron_schedule_timezone="UTC")
    with pytest.raises(CheckError):
        LegacyFreshnessPolicy(maximum_lag_minutes="60")  # type: ignore[arg-type]

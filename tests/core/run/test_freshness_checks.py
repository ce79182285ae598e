"""Checks of how old an asset is. What depends on the present moment is asked an hour or a year apart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from assets import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetMaterialization,
    AssetObservation,
    CheckError,
    DagsterInstance,
    MetadataValue,
    build_asset_check_context,
    build_last_update_freshness_checks,
    build_time_partition_freshness_checks,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def verdict(checks: Any, instance: DagsterInstance) -> AssetCheckResult:
    (check,) = checks
    (result,) = check(build_asset_check_context(instance=instance))
    return result


def test_spec_tells_its_parameters() -> None:
    """Name, metadata and whether it blocks are declared."""
    (check,) = build_last_update_freshness_checks(
        assets=["a", "b"],
        lower_bound_delta=HOUR,
        deadline_cron="0 9 * * *",
        timezone="Europe/Berlin",
        blocking=True,
    )
    assert [spec.key.to_user_string() for spec in check.check_specs] == [
        "a:freshness_check",
        "b:freshness_check",
    ]
    assert all(spec.blocking for spec in check.check_specs)
    assert next(iter(check.check_specs)).metadata == {
        "dagster/freshness_params": MetadataValue.json(
            {"timezone": "Europe/Berlin", "lower_bound_delta_seconds": 3600.0, "deadline_cron": "0 9 * * *"}
        )
    }
    (parted,) = build_time_partition_freshness_checks(assets=["a"], deadline_cron="0 9 * * *")
    assert parted.check_key.name == "freshness_check"


@pytest.mark.parametrize("build", [build_last_update_freshness_checks, build_time_partition_freshness_checks])
def test_wrong_arguments(build: Any) -> None:
    """A cron expression can be read, and types are right."""
    given = {"lower_bound_delta": HOUR} if build is build_last_update_freshness_checks else {}
    for wrong in ({"deadline_cron": "x"}, {"deadline_cron": 3}, {"severity": "WARN"}, {"blocking": 1}):
        with pytest.raises(CheckError, match=next(iter(wrong))):
            build(assets=["a"], **{"deadline_cron": "0 9 * * *", **given, **wrong})


def test_never_updated(instance: DagsterInstance) -> None:
    """What was never made or seen is not fresh."""
    result = verdict(build_last_update_freshness_checks(assets=["a"], lower_bound_delta=HOUR), instance)
    assert (result.passed, result.severity) == (False, AssetCheckSeverity.WARN)
    assert "never" in str(result.description)


def test_updated_now(instance: DagsterInstance) -> None:
    """What was just made is fresh, until the time has passed."""
    instance.report_runless_asset_event(AssetMaterialization("a"))
    result = verdict(build_last_update_freshness_checks(assets=["a"], lower_bound_delta=HOUR), instance)
    assert result.passed
    at, until = (
        result.metadata[f"dagster/{name}_timestamp"].value for name in ("last_updated", "fresh_until")
    )
    assert until - at == pytest.approx(3600)


def test_updated_long_ago(instance: DagsterInstance) -> None:
    """An event says itself when the asset was updated, and that may be too long ago."""
    long_ago = MetadataValue.timestamp(time.time() - 7200)
    instance.report_runless_asset_event(
        AssetObservation("a", metadata={"dagster/last_updated_timestamp": long_ago})
    )
    checks = build_last_update_freshness_checks(
        assets=["a"], lower_bound_delta=HOUR, severity=AssetCheckSeverity.ERROR
    )
    result = verdict(checks, instance)
    assert (result.passed, result.severity) == (False, AssetCheckSeverity.ERROR)
    assert "dagster/fresh_until_timestamp" not in result.metadata
    wide = build_last_update_freshness_checks(assets=["a"], lower_bound_delta=3 * HOUR)
    assert verdict(wide, instance).passed


def test_deadline(instance: DagsterInstance) -> None:
    """With deadlines, the last one before now counts, and it is fresh until the next."""
    day = timedelta(days=1)
    yesterday = MetadataValue.timestamp(time.time() - day.total_seconds() * 1.5)
    instance.report_runless_asset_event(
        AssetMaterialization("a", metadata={"dagster/last_updated_timestamp": yesterday})
    )
    made = {"assets": ["a"], "deadline_cron": "0 0 * * *"}
    good = verdict(build_last_update_freshness_checks(**made, lower_bound_delta=2 * day), instance)
    assert good.passed
    tick, until = (
        good.metadata[f"dagster/{name}_timestamp"].value for name in ("latest_cron_tick", "fresh_until")
    )
    assert until - tick == day.total_seconds()
    assert not verdict(
        build_last_update_freshness_checks(**made, lower_bound_delta=timedelta()), instance
    ).passed

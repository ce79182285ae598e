"""Laws of the sensor of automation conditions, as far as it is declared."""

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    AssetSelection,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    CheckError,
    DagsterError,
    DefaultSensorStatus,
)


def test_what_is_not_said_has_a_default():
    """S135: every 30 seconds, stopped; and a target there must be."""
    sensor = AutomationConditionSensorDefinition("s", target="*")
    assert (sensor.name, sensor.minimum_interval_seconds, sensor.default_status) == (
        "s",
        30,
        DefaultSensorStatus.STOPPED,
    )
    assert sensor.asset_selection == AssetSelection.all()
    with pytest.raises(TypeError, match="target"):
        AutomationConditionSensorDefinition("s")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="asset_selection"):
        AutomationConditionSensorDefinition("s", target="*", asset_selection="*")  # type: ignore[call-arg]


def test_what_is_said_is_kept():
    """S135: all that is given can be read."""
    sensor = AutomationConditionSensorDefinition(
        "s",
        target=["a", "b"],
        tags={"t": "v"},
        run_tags={"r": "v"},
        default_status=DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=5,
        description="d",
        metadata={"k": 1},
        emit_backfills=False,
        use_user_code_server=True,
        default_condition=AutomationCondition.eager(),
    )
    assert sensor.asset_selection == AssetSelection.from_coercible(["a", "b"])
    assert (sensor.tags, sensor.run_tags, sensor.description) == ({"t": "v"}, {"r": "v"}, "d")
    assert (sensor.minimum_interval_seconds, sensor.emit_backfills) == (5, False)
    assert sensor.default_condition == AutomationCondition.eager()
    assert sensor.with_attributes({"l": 2}).metadata["l"].value == 2
    assert sensor.metadata["k"].value == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a b"},
        {"name": 3},
        {"target": 3},
        {"tags": {"a b": "c"}},
        {"default_status": "RUNNING"},
        {"minimum_interval_seconds": "5"},
        {"description": 3},
        {"emit_backfills": 1},
        {"default_condition": "eager"},
        {"default_condition": AutomationCondition.eager()},
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, Any]) -> None:
    """S135: wrong types and values are refused at once."""
    with pytest.raises((CheckError, DagsterError)):
        AutomationConditionSensorDefinition(**{"name": "s", "target": "*", **wrong})

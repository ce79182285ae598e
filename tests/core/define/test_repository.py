"""Laws of the repository: what belongs together, found by name."""

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    AssetCheckResult,
    AssetKey,
    AssetSelection,
    AssetSpec,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    Definitions,
    SourceAsset,
    asset,
    asset_check,
    materialize,
    repository,
)

pytestmark = pytest.mark.filterwarnings("ignore:Class `SourceAsset`")


@asset
def a() -> int:
    """An asset without a condition."""
    return 1


@asset(automation_condition=AutomationCondition.eager())
def e() -> int:
    """An asset with one."""
    return 1


@asset_check(asset=a)
def c() -> AssetCheckResult:
    """A check."""
    return AssetCheckResult(passed=True)


def test_definitions_are_found_by_key():
    """Assets, checks, source assets and resources of the definitions, and their metadata."""
    source = SourceAsset("source")
    defs = Definitions([a, AssetSpec("s"), source], asset_checks=[c], resources={"r": 1}, metadata={"k": 1})
    found = defs.get_repository_def()
    assert found is defs.get_repository_def()
    assert found.assets_defs_by_key.keys() == {AssetKey("a"), AssetKey("s")}
    assert found.assets_defs_by_key[AssetKey("a")] is a
    assert found.source_assets_by_key == {AssetKey("source"): source}
    assert found.asset_checks_defs_by_key == {c.check_key: c}
    assert found.get_top_level_resources() == {"r": 1}
    assert found.metadata == defs.metadata
    assert {made.key for made in found.asset_graph.assets_defs} == {
        AssetKey("a"),
        AssetKey("s"),
        AssetKey("source"),
    }


def test_conditions_are_looked_at_by_some_sensor():
    """The default sensor is there where an asset has a condition, for what no other sensor looks at."""
    assert Definitions([a]).get_repository_def().sensor_defs == []
    (default,) = Definitions([a, e]).get_repository_def().sensor_defs
    assert default.name == "default_automation_condition_sensor"
    assert default.asset_selection == AssetSelection.all()
    own = AutomationConditionSensorDefinition("own", target="key:a")
    found = Definitions([a, e], sensors=[own]).get_repository_def()
    assert found.get_sensor_def("own") is own
    assert found.get_sensor_def(default.name).asset_selection.resolve([a, e]) == {AssetKey("e")}
    with pytest.raises(DagsterInvariantViolationError, match=r"'ow' is in this repository.* 'own'"):
        found.get_sensor_def("ow")
    assert not found.has_schedule_def("own")


def test_the_older_decorator_sorts_what_it_is_given():
    """A function that gives a list; the repository is called like it, and loads what was stored."""

    @repository(metadata={"k": 1})
    def mine() -> list[Any]:
        """Mine."""
        return [a, c, SourceAsset("source")]

    assert (mine.name, mine.description, mine.metadata["k"].value) == ("mine", "Mine.", 1)
    assert mine.asset_checks_defs_by_key == {c.check_key: c}
    instance = DagsterInstance.ephemeral()
    materialize([a], instance=instance)
    assert mine.load_asset_value("a", instance=instance, python_type=int) == 1
    with mine.get_asset_value_loader(instance) as loader:
        assert loader.load_asset_value("a") == 1


@pytest.mark.parametrize("given", [3, [3], [AssetSpec("s")], {"a": a}])
def test_other_things_are_no_repository(given: Any) -> None:
    """A repository is a list of definitions; a bare spec is none."""
    with pytest.raises(DagsterInvalidDefinitionError, match="'mine'"):
        repository(name="mine")(lambda: given)

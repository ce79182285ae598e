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
    CheckError,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    Definitions,
    MetadataValue,
    SourceAsset,
    asset,
    asset_check,
    colored_console_logger,
    define_asset_job,
    graph,
    in_process_executor,
    job,
    materialize,
    op,
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


@op(required_resource_keys={"r"})
def uses_r(context) -> int:
    """An op that gives its resource."""
    return context.resources.r


@job
def ops() -> None:
    """A job of ops that was given no resources."""
    uses_r()


def test_jobs_are_found_by_name():
    """Each is resolved when it is asked for, once; that of all assets comes first."""
    found = Definitions([a], jobs=[ops, define_asset_job("j")], resources={"r": 1}).get_repository_def()
    assert found.job_names == ["__ASSET_JOB", "j", "ops"]
    assert found.has_job("j")
    assert not found.has_job("jj")
    assert found.get_job("j") is found.get_job("j")
    assert found.get_implicit_global_asset_job_def() is found.get_all_jobs()[0]
    with pytest.raises(DagsterInvariantViolationError, match=r"No job 'jj' .* did you mean 'j'"):
        found.get_job("jj")


def test_a_job_of_ops_gets_what_belongs_to_the_whole():
    """Resources, executor and loggers of the definitions are for the jobs that have none; theirs win."""
    assert not ops.resource_defs
    with pytest.raises(DagsterInvalidDefinitionError, match="resource with key 'r' required by op 'uses_r'"):
        Definitions(jobs=[ops]).resolve_job_def("ops")
    defs = Definitions(
        jobs=[ops, ops.graph.to_job("own", resource_defs={"r": 2})],
        resources={"r": 1},
        executor=in_process_executor,
        loggers={"l": colored_console_logger},
    )
    found = defs.resolve_job_def("ops")
    assert found.execute_in_process().output_for_node("uses_r") == 1
    assert found.executor_def is in_process_executor
    assert found.loggers == {"l": colored_console_logger}
    assert defs.resolve_job_def("own").execute_in_process().output_for_node("uses_r") == 2


def test_a_job_that_was_given_resources_needs_all_of_them():
    """One that names resources is checked when it is declared; one that names none may be given them later."""
    with pytest.raises(DagsterInvalidDefinitionError, match="resource with key 'r'"):
        ops.graph.to_job("j", resource_defs={"other": 1})
    with pytest.raises(DagsterInvalidDefinitionError, match="resource with key 'r'"):
        ops.execute_in_process()
    assert ops.execute_in_process(resources={"r": 3}).output_for_node("uses_r") == 3


def test_jobs_in_the_older_decorator():
    """Jobs and graphs are jobs of the repository."""

    @graph
    def g():
        uses_r()

    @repository
    def repo():
        return [a, define_asset_job("j", [a]), g.to_job(resource_defs={"r": 1})]

    assert repo.job_names == ["__ASSET_JOB", "g", "j"]
    assert repo.get_job("j").execute_in_process().success


def test_merged_definitions_resolve_the_jobs_of_all():
    """A job may select what another part of the whole defines."""
    merged = Definitions.merge(Definitions(jobs=[define_asset_job("j", "a")]), Definitions([a]))
    assert merged.resolve_job_def("j").execute_in_process().asset_value("a") == 1


def test_metadata_of_jobs():
    """What is known of a job can be changed for all of them."""
    defs = Definitions([a], jobs=[ops, define_asset_job("j", metadata={"k": 1})], resources={"r": 1})
    new = defs.with_definition_metadata_update(lambda known: {**known, "new": "v"})
    assert new.resolve_job_def("ops").metadata == {"new": MetadataValue.text("v")}
    assert new.resolve_job_def("j").metadata == {"k": MetadataValue.int(1), "new": MetadataValue.text("v")}


def test_loadable_means_that_every_job_can_be_resolved():
    """`validate_loadable` finds a job whose selection means nothing."""
    with pytest.raises(DagsterInvalidDefinitionError, match="Failed to resolve asset job j"):
        Definitions.validate_loadable(Definitions([a], jobs=[define_asset_job("j", "nope")]))


def test_only_jobs_are_jobs():
    """A graph in `Definitions(jobs=)` is no job yet."""
    with pytest.raises(CheckError):
        Definitions(jobs=[ops.graph])

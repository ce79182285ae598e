"""Laws of `materialize`, the reference's entry: rows of the seeds checklist that need a run."""

from __future__ import annotations

import pytest

from assets import (
    AssetIn,
    AssetKey,
    AssetSpec,
    CheckError,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    DagsterTypeCheckDidNotPass,
    DagsterUnknownPartitionError,
    DagsterUnknownResourceError,
    DailyPartitionsDefinition,
    DataVersion,
    IOManager,
    MaterializeResult,
    Output,
    StaticPartitionsDefinition,
    asset,
    materialize,
)


@asset
def one():
    return 1


@asset
def two(one):
    return one + 1


def test_everything_runs_and_values_are_told():
    """S80: what an asset returns is its value, for its dependents and for the caller."""
    result = materialize([one, two])
    assert result.success
    assert result.output_for_node("two") == 2
    assert result.asset_value("one") == 1


def test_a_run_without_instance_leaves_nothing_behind():
    """Each call without `instance` has a store of its own: the next call cannot read what it made."""
    materialize([one])
    with pytest.raises(Exception, match="one"):
        materialize([one, two], selection=[two])


def test_an_instance_remembers():
    """An unselected upstream is loaded from the store."""
    instance = DagsterInstance.ephemeral()
    materialize([one], instance=instance)
    assert materialize([one, two], selection=[two], instance=instance).output_for_node("two") == 2


def test_plain_materialize_runs_all_and_incremental_what_is_due():
    """`materialize` runs everything that is selected; `incremental=True` only what is not fresh."""
    instance = DagsterInstance.ephemeral()
    for _ in range(2):
        assert len(materialize([one, two], instance=instance).get_asset_materialization_events()) == 2
    result = materialize([one, two], instance=instance, incremental=True)
    assert result.success
    assert result.get_asset_materialization_events() == []


def test_ins_renames():
    """S12: the input is loaded from the asset that `AssetIn` names."""

    @asset(ins={"x": AssetIn("one")})
    def renamed(x):
        return x * 10

    assert materialize([one, renamed]).output_for_node("renamed") == 10


def test_deps_are_ordered_and_not_loaded():
    """S15, S83: a dependency without a parameter gives order and no value."""
    order = []

    @asset
    def source_data():
        order.append("source_data")
        return {"data": [1, 2, 3]}

    @asset(deps=[source_data])
    def processed_data():
        order.append("processed_data")

    result = materialize([processed_data, source_data])
    assert order == ["source_data", "processed_data"]
    assert "LOADED_INPUT" not in [event.event_type_value for event in result.all_events]


def test_a_conditional_asset_skips_what_depends_on_it():
    """S42, S87, S88: a generator without output is skipped, and its dependents with it."""
    there = True

    @asset(output_required=False)
    def maybe():
        if there:
            yield Output(5)

    @asset
    def after(maybe):
        return maybe + 1

    assert materialize([maybe, after]).output_for_node("after") == 6
    there = False
    result = materialize([maybe, after])
    assert result.success
    assert result.get_asset_materialization_events() == []
    assert {event.step_key for event in result.get_step_skipped_events()} >= {"after"}


def test_a_required_output_must_come():
    """S41: a generator that ends without its output is an error."""

    @asset
    def nothing():
        if False:
            yield Output(1)

    with pytest.raises(DagsterStepOutputNotFoundError):
        materialize([nothing])


def test_types_are_checked():
    """S82: a value that is not of the annotated type fails its step."""

    @asset
    def wrong() -> int:
        return "1"  # type: ignore[return-value]

    @asset
    def expects(one: str):
        return one

    with pytest.raises(DagsterTypeCheckDidNotPass):
        materialize([wrong])
    with pytest.raises(DagsterTypeCheckDidNotPass):
        materialize([one, expects])


def test_a_partition_reaches_the_function_and_the_event():
    """S35, S79, S91: the function reads the key, and the event carries it."""

    @asset(partitions_def=DailyPartitionsDefinition(start_date="2024-01-01"))
    def daily_sales(context):
        return context.partition_key

    result = materialize([daily_sales], partition_key="2024-01-05")
    assert result.output_for_node("daily_sales") == "2024-01-05"
    (event,) = result.asset_materializations_for_node("daily_sales")
    assert event.partition == "2024-01-05"
    with pytest.raises(DagsterUnknownPartitionError):
        materialize([daily_sales], partition_key="2023-01-01")
    with pytest.raises(CheckError):
        materialize([one], partition_key="a")


def test_different_partitions_cannot_share_a_key():
    """One partition_key cannot serve two definitions."""

    @asset(partitions_def=StaticPartitionsDefinition(["a"]))
    def left(): ...

    @asset(partitions_def=StaticPartitionsDefinition(["a", "b"]))
    def right(): ...

    with pytest.raises(DagsterInvalidDefinitionError):
        materialize([left, right], partition_key="a")


class Shelf(IOManager):
    def __init__(self):
        self.values = {}

    def handle_output(self, context, obj):
        self.values[context.asset_key] = obj

    def load_input(self, context):
        return self.values[context.asset_key]


def test_an_io_manager_stores_and_loads():
    """S31, S64: the named IO manager gets the value, and the dependent gets it from there."""
    shelf = Shelf()

    @asset(io_manager_key="shelf")
    def kept():
        return 7

    @asset
    def reads(kept):
        return kept + 1

    result = materialize([kept, reads], resources={"shelf": shelf})
    assert shelf.values == {AssetKey("kept"): 7}
    assert result.output_for_node("reads") == 8
    with pytest.raises(DagsterInvalidDefinitionError, match="shelf"):
        materialize([kept])


def test_resources_by_key():
    """S26, S27, S28: declared keys are handed over; undeclared, missing and doubled ones are errors."""

    @asset(required_resource_keys={"z"})
    def uses(context):
        return context.resources.z

    @asset
    def undeclared(context):
        return context.resources.z

    @asset(resource_defs={"z": 5}, required_resource_keys={"z"})
    def brings(context):
        return context.resources.z

    assert materialize([uses], resources={"z": 3}).output_for_node("uses") == 3
    assert materialize([brings]).output_for_node("brings") == 5
    with pytest.raises(DagsterInvalidDefinitionError):
        materialize([uses])
    with pytest.raises(DagsterUnknownResourceError):
        materialize([undeclared], resources={"z": 3})
    with pytest.raises(DagsterInvalidInvocationError):
        materialize([brings], resources={"z": 6})


def test_metadata_and_versions_are_on_the_event():
    """S75, S93: metadata of a result is typed on the event; a given data version is kept."""

    @asset
    def told():
        return MaterializeResult(metadata={"x": 1}, data_version=DataVersion("v9"))

    instance = DagsterInstance.ephemeral()
    result = materialize([told], instance=instance)
    (event,) = result.asset_materializations_for_node("told")
    assert event.metadata["x"].value == 1
    latest = instance.get_latest_materialization_event(AssetKey("told"))
    assert latest.asset_materialization.tags["dagster/data_version"] == "v9"


def test_code_version_tags():
    """S46, S47: the declared code version is on the event; without one it is the run's id."""

    @asset(code_version="1")
    def versioned():
        return 1

    instance = DagsterInstance.ephemeral()
    result = materialize([versioned, one], instance=instance)
    tags = {
        e.asset_key: e.tags for n in ("versioned", "one") for e in result.asset_materializations_for_node(n)
    }
    assert tags[AssetKey("versioned")]["dagster/code_version"] == "1"
    assert tags[AssetKey("one")]["dagster/code_version"] == result.run_id


def test_externals_are_never_run():
    """S117: a bare spec is loadable and never run."""
    assert materialize([AssetSpec("ext"), one]).get_asset_materialization_events()[0].asset_key == AssetKey(
        "one"
    )


def test_a_failure_is_raised_as_it_was():
    """The first exception comes unchanged; without raising, the other branches go on."""

    @asset
    def bad():
        raise ValueError("mine")

    @asset
    def below(bad): ...

    with pytest.raises(ValueError, match="mine"):
        materialize([bad, below, one])
    result = materialize([bad, below, one], raise_on_error=False)
    assert not result.success
    assert result.is_node_failed("bad")
    assert result.is_node_untouched("below")
    assert result.is_node_success("one")


def test_a_grammar_selection_without_match_runs_nothing():
    """No match is no error in the grammar; an unknown exact key is."""
    assert materialize([one], selection="tag:none").success
    with pytest.raises(DagsterInvalidDefinitionError):
        materialize([one], selection="unknown")


def test_wrong_arguments_are_named():
    """CE for arguments of the wrong type."""
    with pytest.raises(CheckError):
        materialize(one)
    with pytest.raises(CheckError):
        materialize([one], partition_key=3)


def test_a_none_annotation_stores_nothing():
    """`-> None` is no value: a dependent by parameter fails to load, with a message that names it."""

    @asset
    def silent() -> None: ...

    @asset
    def wants(silent): ...

    with pytest.raises(FileNotFoundError, match="silent"):
        materialize([silent, wants])


def test_a_bare_value_from_a_generator_is_refused():
    """A generator yields results, not values."""

    @asset
    def yields():
        yield 5

    with pytest.raises(DagsterInvariantViolationError):
        materialize([yields])


def test_runs_are_recorded():
    """The instance lists runs with their tags and status."""
    instance = DagsterInstance.ephemeral()
    result = materialize([one], instance=instance, tags={"team": "x", "n": 1})
    run = instance.get_run_by_id(result.run_id)
    assert run.is_success
    assert run.tags["team"] == "x"
    assert run.tags["n"] == "1"
    assert [entry.run_id for entry in instance.all_logs(result.run_id)]

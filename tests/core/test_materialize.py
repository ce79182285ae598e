"""Laws of `materialize`, the reference's entry: rows of the seeds checklist that need a run."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from assets import (
    AssetDep,
    AssetIn,
    AssetKey,
    AssetMaterialization,
    AssetSpec,
    CheckError,
    Config,
    DagsterInstance,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    DagsterType,
    DagsterTypeCheckDidNotPass,
    DagsterUnknownPartitionError,
    DagsterUnknownResourceError,
    DailyPartitionsDefinition,
    DataVersion,
    Definitions,
    IOManager,
    LastPartitionMapping,
    MaterializeResult,
    MetadataValue,
    Nothing,
    Output,
    SourceAsset,
    StaticPartitionsDefinition,
    TypeCheck,
    ValueMissingError,
    asset,
    build_output_context,
    fs_io_manager,
    materialize,
    materialize_to_memory,
)


class MyAssetConfig(Config):
    api_key: str
    num_records: int = 100


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


def test_values_kept_in_memory():
    """`materialize_to_memory` hands the very object on, whatever IO manager is named, and stores none."""
    value = object()

    @asset(io_manager_key="warehouse")
    def made():
        return value

    @asset
    def read(made):
        assert made is value
        return open  # nothing that a store would take apart

    instance = DagsterInstance.ephemeral()
    result = materialize_to_memory([made, read], instance=instance)
    assert result.success
    assert result.asset_value("made") is value
    assert result.output_for_node("read") is open
    event = instance.get_latest_materialization_event(AssetKey("made"))
    assert event.asset_materialization.metadata == {}
    with pytest.raises(ValueMissingError):
        Definitions([made, read]).load_asset_value("read", instance=instance)


@pytest.mark.parametrize(
    "arguments",
    [
        {"assets": [one], "resources": {"io_manager": object()}},
        {"assets": [asset(name="a", io_manager_key="m")(lambda: 1)], "resources": {"m": Shelf()}},
        {"assets": [asset(name="a", io_manager_def=Shelf())(lambda: 1)]},
    ],
)
def test_memory_takes_no_other_io_manager(arguments):
    """An IO manager that is given beside `materialize_to_memory` is an error, not ignored."""
    with pytest.raises(DagsterInvariantViolationError, match="keeps every value in memory"):
        materialize_to_memory(**arguments)


def test_memory_takes_what_materialize_takes():
    """Resources, partitions, tags, a selection, and failures that are told."""

    @asset(partitions_def=StaticPartitionsDefinition(["a"]), required_resource_keys={"r"})
    def cut(context):
        return (context.partition_key, context.resources.r)

    @asset
    def fails():
        raise ValueError

    result = materialize_to_memory(
        [cut, fails], resources={"r": 1}, partition_key="a", tags={"k": "v"}, selection=[cut]
    )
    assert result.asset_value("cut") == ("a", 1)
    assert result.dagster_run.tags["k"] == "v"
    assert not materialize_to_memory([fails], raise_on_error=False).success
    assert materialize_to_memory([]).success
    with pytest.raises(CheckError):
        materialize_to_memory("one")


def test_ins_must_be_parameters():
    """S13: an `AssetIn` for no parameter is an error, unless it loads nothing."""
    with pytest.raises(DagsterInvalidDefinitionError, match="'x'"):
        asset(name="f", ins={"x": AssetIn("one")})(lambda: 1)

    @asset(ins={"x": AssetIn("one", dagster_type=Nothing)})
    def after():
        return 2

    assert materialize([one, after]).output_for_node("after") == 2


def test_every_kind_of_dependency():
    """S14, S16: each form of `deps` becomes a dependency."""
    kinds = ["a", AssetKey("b"), AssetSpec("c"), one, AssetDep("d")]

    @asset(deps=kinds)
    def after(): ...

    assert after.dependency_keys == {AssetKey(name) for name in ("a", "b", "c", "one", "d")}


def test_an_io_manager_of_ones_own():
    """S30, S32, S33: `io_manager_def` keeps the value under a key of its own; both parameters are an error."""
    shelf = Shelf()

    @asset(io_manager_def=shelf)
    def f():
        return 1

    @asset
    def g(f):
        return f + 1

    assert materialize([f, g]).output_for_node("g") == 2
    assert f.get_io_manager_key_for_asset_key(f.key) == "f__io_manager"
    assert g.get_io_manager_key_for_asset_key(g.key) == "io_manager"
    with pytest.raises(CheckError):
        asset(name="f", io_manager_def=shelf, io_manager_key="x")(lambda: 1)


def test_a_missing_io_manager():
    """S31: a named IO manager that nobody gave is an error."""
    with pytest.raises(DagsterInvalidDefinitionError, match="'x'"):
        materialize([asset(name="f", io_manager_key="x")(lambda: 1)])


def test_a_type_of_ones_own():
    """S34, S65: the type's check decides, and what it says is on the error."""
    even = DagsterType(name="Even", type_check_fn=lambda _, value: value % 2 == 0)
    with pytest.raises(DagsterTypeCheckDidNotPass, match="Even"):
        materialize([asset(name="f", dagster_type=even)(lambda: 3)])
    answer = TypeCheck(success=False, description="odd", metadata={"by": 1})
    odd = DagsterType(name="Odd", type_check_fn=lambda _, value: answer)
    with pytest.raises(DagsterTypeCheckDidNotPass, match="odd") as caught:
        materialize([asset(name="f", dagster_type=odd)(lambda: 3)])
    assert caught.value.metadata["by"].value == 1
    wrong = DagsterType(name="Wrong", type_check_fn=lambda _, value: 1)
    with pytest.raises(DagsterInvariantViolationError):
        materialize([asset(name="f", dagster_type=wrong)(lambda: 3)])


def test_text_on_events():
    """S76: a text becomes typed metadata on the event."""
    result = materialize([asset(name="f")(lambda: MaterializeResult(metadata={"k": "v"}))])
    (made,) = result.asset_materializations_for_node("f")
    assert made.metadata == {"k": MetadataValue.text("v")}


def test_frames_are_handed_on():
    """S81: a dependent gets the frame that its upstream made."""
    import pandas as pd

    @asset
    def upstream_asset():
        return pd.DataFrame({"x": [1, 2, 3]})

    @asset
    def downstream_asset(upstream_asset):
        return upstream_asset * 2

    result = materialize([upstream_asset, downstream_asset])
    assert list(result.output_for_node("downstream_asset")["x"]) == [2, 4, 6]


def test_a_configured_asset():
    """S84, S85, S86: config comes from the run, is checked before anything runs, or is given in a direct call."""

    @asset
    def configurable_asset(config: MyAssetConfig):
        return f"Fetched {config.num_records} records"

    def run(config):
        return materialize(
            [configurable_asset], run_config={"ops": {"configurable_asset": {"config": config}}}
        )

    assert run({"api_key": "k"}).output_for_node("configurable_asset") == "Fetched 100 records"
    with pytest.raises(DagsterInvalidConfigError):
        run({})
    assert configurable_asset(MyAssetConfig(api_key="k", num_records=5)) == "Fetched 5 records"


def test_a_return_is_a_value():
    """S89: to return nothing from an asset whose output may be missing is to make `None`."""
    result = materialize([asset(name="f", output_required=False)(lambda: None)])
    assert len(result.asset_materializations_for_node("f")) == 1


def test_what_is_declared_is_on_the_spec():
    """S90, S92: metadata, tags, group and owner can be read from the spec."""

    @asset(
        metadata={"source": "api", "rows": 3},
        tags={"domain": "finance", "tier": "1"},
        group_name="finance_assets",
        owners=["team:data-platform"],
    )
    def f(): ...

    spec = f.get_asset_spec()
    assert spec.metadata == {"source": "api", "rows": 3}
    assert spec.tags == {"domain": "finance", "tier": "1"}
    assert (spec.group_name, list(spec.owners)) == ("finance_assets", ["team:data-platform"])


def test_a_result_with_a_value():
    """S94: the value of a `MaterializeResult` is what a dependent receives."""

    @asset
    def up():
        return MaterializeResult(value=3)

    @asset
    def down(up):
        return up + 1

    assert materialize([up, down]).output_for_node("down") == 4


def test_the_last_partition_is_bare():
    """S119: a mapping to one partition delivers its value, not a mapping."""

    @asset(partitions_def=StaticPartitionsDefinition(["a", "b"]))
    def cut(context):
        return context.partition_key

    @asset(ins={"cut": AssetIn(partition_mapping=LastPartitionMapping())})
    def last(cut):
        return cut

    instance = DagsterInstance.ephemeral()
    for key in "ab":
        materialize([cut], instance=instance, partition_key=key)
    assert materialize([cut, last], instance=instance, selection=[last]).output_for_node("last") == "b"


def test_a_resource_that_an_asset_brings():
    """S27: it is handed to the asset without being named again; two that differ under one key are an error."""

    def bringing(name, thing):
        @asset(name=name, resource_defs={"z": thing})
        def made(context):
            return context.resources.z

        return made

    assert materialize([bringing("f", 5)]).output_for_node("f") == 5
    with pytest.raises(DagsterInvalidDefinitionError, match="'z'"):
        materialize([bringing("f", 5), bringing("g", object())])
    shared = object()
    assert materialize([bringing("f", shared), bringing("g", shared)]).success


def test_an_ephemeral_folder_goes_with_its_instance():
    """The folder in which IO managers keep files by default is removed with an ephemeral instance."""

    @asset(io_manager_key="files")
    def f():
        return 1

    instance = DagsterInstance.ephemeral()
    result = materialize([f], resources={"files": fs_io_manager}, instance=instance)
    (made,) = result.asset_materializations_for_node("f")
    path = Path(made.metadata["path"].path)
    assert path.exists()
    del instance, result
    gc.collect()
    assert not path.exists()


def test_a_source_brings_its_io_manager():
    """An asset that is made elsewhere is loaded by the IO manager that it brings."""
    shelf = Shelf()
    with pytest.deprecated_call():
        source = SourceAsset("outside", io_manager_def=shelf)
    shelf.handle_output(build_output_context(asset_key="outside"), 5)

    @asset
    def f(outside):
        return outside + 1

    assert materialize([f, source]).output_for_node("f") == 6
    with pytest.deprecated_call():
        other = SourceAsset("other", resource_defs={"z": object()})
    with pytest.raises(DagsterInvalidDefinitionError, match="'z'"):
        materialize([asset(name="g", resource_defs={"z": 1})(lambda: 1), other])


def test_what_an_io_manager_says_of_an_input():
    """What is added to an input becomes an observation of the asset that is read, in its partition."""
    space = StaticPartitionsDefinition(["a", "b"])

    @asset(partitions_def=space)
    def before(): ...

    @asset(partitions_def=space)
    def after(before): ...

    class Telling(Shelf):
        def load_input(self, context):
            context.add_input_metadata({"rows": 3}, description="seen")
            return super().load_input(context)

    result = materialize([before, after], resources={"io_manager": Telling()}, partition_key="a")
    (seen,) = result.get_asset_observation_events()
    observation = seen.asset_observation
    assert (observation.asset_key, observation.partition) == (before.key, "a")
    assert observation.metadata == {"rows": MetadataValue.int(3)}
    assert observation.description == "seen"


def test_what_an_io_manager_puts_on_record():
    """A materialization that `handle_output` gives is an event of its own; metadata are on the asset's."""

    class Telling(Shelf):
        def handle_output(self, context, obj):
            yield AssetMaterialization("table", metadata={"rows": 3})
            yield {"size": 1}

    result = materialize([one], resources={"io_manager": Telling()})
    made = {m.asset_key: dict(m.metadata) for m in result.asset_materializations_for_node("one")}
    own = [e.materialization.asset_key for e in result.get_asset_materialization_events()]
    assert own == [AssetKey("table"), AssetKey("one")]
    assert made[AssetKey("one")] == {"size": MetadataValue.int(1)}


def test_a_result_without_the_declared_value():
    """A type that is declared demands a value; without one, or with `None`, there is nothing to keep."""

    @asset
    def f() -> MaterializeResult[int]:
        return MaterializeResult()

    with pytest.raises(DagsterTypeCheckDidNotPass, match="no value"):
        materialize([f])

    @asset
    def g() -> MaterializeResult:
        return MaterializeResult()

    assert materialize([g]).success

"""Laws of values in runs: how they are kept and handed on, which types they have, what is told of them."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import ClassVar

import pytest

from assets import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetDep,
    AssetIn,
    AssetKey,
    AssetMaterialization,
    AssetOut,
    AssetSpec,
    CheckError,
    Config,
    ConfigurableIOManager,
    DagsterInstance,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterType,
    DagsterTypeCheckDidNotPass,
    DagsterUnknownResourceError,
    DataVersion,
    Definitions,
    Failure,
    In,
    IOManager,
    LastPartitionMapping,
    List,
    MaterializeResult,
    MetadataValue,
    Nothing,
    ObserveResult,
    Out,
    Output,
    SourceAsset,
    StaticPartitionsDefinition,
    TypeCheck,
    ValueMissingError,
    asset,
    build_output_context,
    fs_io_manager,
    io_manager,
    job,
    materialize,
    materialize_to_memory,
    multi_asset,
    multi_observable_source_asset,
    observable_source_asset,
    observe,
    op,
    with_resources,
)


class MyAssetConfig(Config):
    api_key: str
    num_records: int = 100


@asset
def one():
    return 1


class Shelf(IOManager):
    def __init__(self):
        self.values = {}

    def handle_output(self, context, obj):
        self.values[context.asset_key] = obj

    def load_input(self, context):
        return self.values[context.asset_key]


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


def test_any_object_is_a_resource_that_any_definition_brings():
    """S27: of several assets, of a check, of what looks; without being named again."""
    thing, seen = object(), []

    def take(context):
        seen.append(context.resources.z)

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, resource_defs={"z": thing})
    def both(context):
        take(context)
        return 1, 2

    @observable_source_asset(resource_defs={"z": thing})
    def looked(context):
        take(context)
        return DataVersion("1")

    @multi_observable_source_asset(specs=[AssetSpec("s")], resource_defs={"z": thing})
    def looks(context):
        take(context)
        return ObserveResult(data_version=DataVersion("1"))

    assert materialize([both]).success
    observe([looked, looks])
    assert seen == [thing] * 3


def test_who_loads_from_elsewhere_finds_its_resources_on_both_sides():
    """The context of the value that is loaded has the resources of the IO manager, as the input's has."""

    class Loads(IOManager):
        def handle_output(self, context, obj): ...

        def load_input(self, context):
            upstream = context.upstream_output
            upstream.log.info("loading")
            return context.resources.below, upstream.resources.below, upstream.resource_config

    @io_manager(config_schema={"a": int}, required_resource_keys={"below"})
    def loads(_):
        return Loads()

    @asset
    def f(outside):
        return outside

    result = materialize(
        [f, AssetSpec("outside").with_io_manager_key("loads")],
        resources={"loads": loads.configured({"a": 7}), "below": 9},
    )
    assert result.output_for_node("f") == (9, 9, {"a": 7})


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


def test_the_resources_of_a_type():
    """A type's check gets the resources that it declares, and no others; one that nobody gave is an error."""

    def check(context, value):
        with pytest.raises(DagsterUnknownResourceError):
            context.resources.other
        return bool(context.run_id) and value == context.resources.r

    same = DagsterType(name="Same", type_check_fn=check, required_resource_keys={"r"})

    @asset(dagster_type=same, required_resource_keys={"other"})
    def f(context):
        return context.resources.other

    @asset(ins={"f": AssetIn(dagster_type=List[same])})
    def g(f): ...

    assert materialize([f], resources={"r": 1, "other": 1}).success
    with pytest.raises(DagsterTypeCheckDidNotPass, match="Same"):
        materialize([f], resources={"r": 2, "other": 1})
    with pytest.raises(DagsterInvalidDefinitionError, match="'r'"):
        materialize([f], resources={"other": 1})
    with pytest.raises(DagsterTypeCheckDidNotPass, match="list"):
        materialize([f, g], resources={"r": 1, "other": 1})


class Suffix(Config):
    suffix: str


@pytest.mark.parametrize("schema", [{"suffix": str}, Suffix])
def test_the_config_of_inputs_and_outputs(schema):
    """An IO manager may take config for each input and output; it is checked before anything runs."""

    class Keeper(ConfigurableIOManager):
        kept: ClassVar[dict] = {}

        @classmethod
        def input_config_schema(cls):
            return schema

        @classmethod
        def output_config_schema(cls):
            return schema

        def handle_output(self, context, obj):
            self.kept[context.asset_key] = obj + context.config["suffix"]

        def load_input(self, context):
            return self.kept[context.asset_key] + context.config["suffix"]

    @asset(io_manager_key="keeper")
    def up():
        return "a"

    @asset
    def down(up):
        return up

    def run(output, loaded):
        ops = {"up": {"outputs": {"result": output}}, "down": {"inputs": {"up": loaded}}}
        return materialize([up, down], resources={"keeper": Keeper()}, run_config={"ops": ops})

    assert run({"suffix": "b"}, {"suffix": "c"}).output_for_node("down") == "abc"
    for wrong in ({"suffix": 1}, {}, {"suffix": "b", "other": 1}):
        with pytest.raises(DagsterInvalidConfigError):
            run({"suffix": "b"}, wrong)
        with pytest.raises(DagsterInvalidConfigError):
            run(wrong, {"suffix": "c"})
    with pytest.raises(DagsterInvalidConfigError):
        materialize([up, down], resources={"keeper": Keeper()})


def test_the_config_of_a_functions_outputs():
    """The same for an IO manager that a function makes."""
    told = []

    class Keeper(Shelf):
        def handle_output(self, context, obj):
            told.append((context.config, context.resource_config))

    @io_manager(config_schema={"n": int}, output_config_schema={"path": str})
    def keeper(_context):
        return Keeper()

    config = {"ops": {"one": {"outputs": {"result": {"path": "x"}}}}}
    materialize([one], resources={"io_manager": keeper.configured({"n": 1})}, run_config=config)
    assert told == [({"path": "x"}, {"n": 1})]


def test_an_io_manager_that_keeps_an_asset_is_told_of_in_the_events():
    """Under which key, with what is recorded; and who reads it says from which step. The log keeps both."""

    @asset(io_manager_key="files")
    def a():
        return 1

    @asset(io_manager_key="files")
    def b(a):
        return a

    @asset
    def nothing() -> None: ...

    result = materialize([a, b, nothing], resources={"files": fs_io_manager})
    kept = [event for event in result.all_events if event.is_handled_output]
    assert [(event.step_key, event.event_specific_data.manager_key) for event in kept] == [
        ("a", "files"),
        ("b", "files"),
    ]
    assert kept[0].event_specific_data.metadata["path"].path.endswith("/a")
    (loaded,) = [event for event in result.all_events if event.is_loaded_input]
    assert (loaded.event_specific_data.input_name, loaded.event_specific_data.upstream_step_key) == ("a", "a")


def test_an_ops_input_says_from_which_step_it_is():
    """And one that the run's config describes is told of as well."""

    @op
    def one(x: int):
        return x

    @op
    def two(y):
        return y

    result = job(name="j")(lambda: two(one())).execute_in_process({"ops": {"one": {"inputs": {"x": 3}}}})
    told = [event.step_input_data for event in result.all_events if event.event_type_value == "STEP_INPUT"]
    assert [(data.input_name, data.upstream_step_key) for data in told] == [("x", None), ("y", "one")]
    (made, _) = [event for event in result.all_events if event.is_successful_output]
    assert made.step_output_data.output_name == "result"
    with pytest.raises(AttributeError, match="STEP_OUTPUT, not STEP_INPUT"):
        _ = made.step_input_data


def test_a_step_that_gives_nothing_for_an_optional_output_has_succeeded():
    """What reads it is skipped, not the step itself; what it said of its checks counts."""

    @asset(check_specs=[AssetCheckSpec("c", asset="a", blocking=True)], output_required=False)
    def a():
        yield AssetCheckResult(check_name="c", passed=True)

    @asset(deps=[a])
    def b(): ...

    result = materialize([a, b])
    told = {(event.step_key, event.event_type_value) for event in result.all_node_events}
    assert {("a", "STEP_SUCCESS"), ("a", "ASSET_CHECK_EVALUATION"), ("b", "STEP_SKIPPED")} <= told
    assert ("a", "STEP_SKIPPED") not in told


def test_who_reads_is_the_step_that_an_observation_by_an_io_manager_belongs_to():
    """Its metadata is about the asset that is read."""

    class Adds(IOManager):
        def handle_output(self, context, obj): ...

        def load_input(self, context):
            context.add_input_metadata({"foo": "bar"})
            return 1

    @asset
    def before(): ...

    @asset
    def after(before): ...

    result = materialize([before, after], resources={"io_manager": Adds()})
    (seen,) = [event for event in result.all_events if event.is_asset_observation]
    assert (seen.step_key, seen.asset_observation.asset_key) == ("after", before.key)


def test_a_bound_asset_has_the_same_op():
    """Resources are no part of it."""

    @asset
    def a(): ...

    assert with_resources([a], {"r": 1})[0].op is a.op


def test_who_reported_an_event_is_any_text():
    """Other tags are short and plain."""
    assert AssetMaterialization("a", tags={"dagster/reporting_user": "me@example.org"}).tags
    with pytest.raises(DagsterInvalidDefinitionError, match="'who'"):
        AssetMaterialization("a", tags={"who": "me@example.org"})


def fails(*_args):
    message = "mine"
    raise ValueError(message)


def test_an_error_is_recorded_under_whose_code_raised_it():
    """Of the body, of an IO manager, of a type's check; the user's own is the cause, and what is raised."""

    class Cannot(IOManager):
        handle_output = load_input = fails

    def body():
        fails()

    picky = DagsterType(fails, name="picky")
    source = AssetSpec("source").with_io_manager_key("cannot")
    failing = {
        "DagsterExecutionStepExecutionError": asset(name="a")(body),
        "DagsterExecutionHandleOutputError": asset(name="a", io_manager_key="cannot")(lambda: 1),
        "DagsterExecutionLoadInputError": asset(name="a")(lambda source: source),
        "DagsterTypeCheckError": asset(name="a", dagster_type=picky)(lambda: 1),
    }
    for cls, made in failing.items():
        given = {"cannot": Cannot()}
        with pytest.raises(ValueError, match="mine"):
            materialize([made, source], resources=given)
        error = (
            materialize([made, source], resources=given, raise_on_error=False)
            .failure_data_for_node("a")
            .error
        )
        assert (error.cls_name, error.cause.cls_name, error.cause.message) == (cls, "ValueError", "mine")
        assert (error.cause.cause, error.stack) == (None, error.cause.stack)


def test_what_a_body_raises_on_purpose_is_recorded_as_it_is():
    """A `Failure` is no accident; our own errors say what they are."""

    @asset(name="a")
    def made():
        raise Failure("so")

    error = materialize([made], raise_on_error=False).failure_data_for_node("a").error
    assert (error.cls_name, error.cause) == ("Failure", None)


def test_an_optional_output_without_a_value_is_left_out_like_any_other():
    """That it means no value makes it no less optional: what waits for it is skipped; of assets and of ops."""

    @multi_asset(
        outs={name: AssetOut(dagster_type=Nothing, is_required=name == "c") for name in "abc"},
    )
    def gives():
        yield Output(None, "a")

    below = [asset(name=f"after_{name}", deps=[name])(lambda: None) for name in "abc"]
    result = materialize([gives, *below])
    made = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}
    assert made == {"a", "c", "after_a", "after_c"}

    @op(out={name: Out(Nothing, is_required=name == "c") for name in "bc"})
    def tells():
        yield AssetMaterialization("other")

    @op(ins={"x": In(Nothing)})
    def waits(): ...

    @job
    def whole():
        b, c = tells()
        waits.alias("after_b")(b)
        waits.alias("after_c")(c)

    ran = whole.execute_in_process()
    skipped = {event.step_key for event in ran.all_events if event.is_step_skipped}
    assert (ran.success, skipped) == (True, {"after_b"})

"""Laws of what a function is handed while its step runs."""

from __future__ import annotations

import pytest

from assets import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    DagsterInvalidPropertyError,
    DagsterInvariantViolationError,
    DagsterUnknownPartitionError,
    DailyPartitionsDefinition,
    DataVersion,
    MultiPartitionsDefinition,
    OpExecutionContext,
    StaticPartitionsDefinition,
    asset,
    build_asset_context,
    materialize,
)


def told(ask, **options):
    """What a body finds when it asks its context."""
    found = []

    @asset(**options.pop("asset", {}))
    def one(context):
        found.append(ask(context))

    materialize([one], **options)
    return found[0]


def test_the_context_is_no_input():
    """S78: a first parameter called `context` is the context, not an input asset."""
    assert isinstance(told(lambda context: context), AssetExecutionContext)

    @asset
    def one(context): ...

    assert one.keys_by_input_name == {}


def test_the_partition_of_the_run():
    """S79: `partition_key` is the key that the run makes."""
    letters = {"asset": {"partitions_def": StaticPartitionsDefinition(["x", "y"])}, "partition_key": "y"}
    assert told(lambda context: context.partition_key, **letters) == "y"
    assert told(lambda context: context.partition_keys, **letters) == ["y"]
    assert told(lambda context: (context.has_partitions, context.has_partition_key), **letters) == (
        True,
        True,
    )
    assert told(lambda context: tuple(context.partition_key_range), **letters) == ("y", "y")
    days = {
        "asset": {"partitions_def": DailyPartitionsDefinition("2024-01-01")},
        "partition_key": "2024-01-02",
    }
    window = told(lambda context: context.partition_time_window, **days)
    assert [moment.day for moment in window] == [2, 3]


def test_no_partition():
    """Without one, asking for it is an error."""
    assert told(lambda context: (context.has_partitions, context.has_partition_key)) == (False, False)
    for ask in ("partition_key", "partition_keys", "partition_key_range", "partition_time_window"):
        with pytest.raises(DagsterInvariantViolationError):
            told(lambda context, ask=ask: getattr(context, ask))


def test_what_it_knows_of_the_run():
    """The run, its instance, the definition and its computation are there; a repository is not."""
    instance = DagsterInstance.ephemeral()

    def ask(context):
        return (
            context.run,
            context.instance,
            context.assets_def.key,
            context.op_def.name,
            context.retry_number,
        )

    run, where, key, op, retry = told(ask, instance=instance, tags={"t": "1"})
    assert run.tags == {"t": "1"}
    assert where is instance
    assert (key, op, retry) == (AssetKey("one"), "one", 0)
    with pytest.raises(DagsterInvalidPropertyError):
        told(lambda context: context.repository_def)
    assert callable(told(lambda context: context.pdb.set_trace))


def test_the_older_class():
    """What was there once still is, with a warning; under the older class without one."""

    def ask(context):
        older = context.op_execution_context
        assert isinstance(older, OpExecutionContext)
        assert older.op_execution_context is older
        with pytest.warns(DeprecationWarning, match="op_def"):
            assert context.op.name == older.op.name == "one"
        with pytest.warns(DeprecationWarning, match=r"context\.run\.run_id"):
            return context.run_id == older.run_id

    assert told(ask)
    with pytest.raises(AttributeError, match="did you mean 'asset_key'"):
        told(lambda context: context.asset_kex)


def test_versions_and_provenance():
    """What the function sets is recorded; what the asset came from before can be asked."""
    instance = DagsterInstance.ephemeral()

    def ask(context):
        context.set_data_version(context.asset_key, DataVersion("7"))
        return context.get_asset_provenance(context.asset_key)

    assert told(ask, instance=instance, asset={"code_version": "c"}) is None
    assert told(ask, instance=instance, asset={"code_version": "c"}).code_version == "c"
    tags = instance.get_latest_materialization_event(AssetKey("one")).tags
    assert tags["dagster/data_version"] == "7"


def test_what_a_built_context_was_told():
    """After a direct call, a built context gives what was logged and added."""

    @asset
    def one(context):
        context.log_event(AssetMaterialization("x"))
        context.add_output_metadata({"n": 1})

    context = build_asset_context()
    one(context)
    assert context.get_events() == [AssetMaterialization("x")]
    assert context.get_output_metadata("result") == {"n": 1}


def test_a_partition_of_several_dimensions(quick):
    """Its key knows its parts; one of a single dimension is no such key, and a range is a box."""
    letters = StaticPartitionsDefinition(list("abcd"))
    days = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-10")
    grid = MultiPartitionsDefinition({"day": days, "letter": letters})
    seen = []

    @asset(partitions_def=grid)
    def square(context):
        if context.has_partition_key:
            seen.append(context.multi_partition_key.keys_by_dimension)
        else:
            seen.append(context.partition_keys)
            with pytest.raises(DagsterInvariantViolationError):
                _ = context.multi_partition_key

    @asset(partitions_def=letters)
    def letter(context):
        with pytest.raises(DagsterInvariantViolationError, match="one dimension"):
            _ = context.multi_partition_key

    result = materialize([square], partition_key="2024-01-02|b")
    assert seen.pop() == {"day": "2024-01-02", "letter": "b"}
    of_run, parts = (
        {"dagster/partition": "2024-01-02|b"},
        {"dagster/partition/day": "2024-01-02", "dagster/partition/letter": "b"},
    )
    assert (of_run | parts).items() <= result.dagster_run.tags.items()
    assert result.dagster_run.tags["dagster/partition_set"] == "__ephemeral_asset_job___partition_set"
    (event,) = result.get_asset_materialization_events()
    assert parts.items() <= event.materialization.tags.items()
    assert materialize([letter], partition_key="a").success

    ends = {
        "dagster/asset_partition_range_start": "2024-01-02|b",
        "dagster/asset_partition_range_end": "2024-01-03|c",
    }
    result = materialize([square], tags=ends)
    assert seen == [["2024-01-02|b", "2024-01-02|c", "2024-01-03|b", "2024-01-03|c"]]
    made = [event.materialization.tags for event in result.get_asset_materialization_events()]
    assert [tags["dagster/partition/letter"] for tags in made] == ["b", "c", "b", "c"]
    ends["dagster/asset_partition_range_end"] = "2024-01-03|z"
    with pytest.raises(DagsterUnknownPartitionError, match="to bound a range"):
        materialize([square], tags=ends)

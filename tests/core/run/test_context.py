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
    DailyPartitionsDefinition,
    DataVersion,
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

"""Laws of contexts that belong to no run."""

from __future__ import annotations

import pytest

from assets.core.define.decorators import asset
from assets.core.errors import (
    CheckError,
    DagsterInvalidPropertyError,
    DagsterInvariantViolationError,
    DagsterUnknownResourceError,
)
from assets.core.keys import AssetKey
from assets.core.partitions.spaces import StaticPartitionsDefinition
from assets.core.partitions.subset import PartitionKeyRange
from assets.core.resources.definition import resource
from assets.core.run.builders import (
    build_asset_context,
    build_input_context,
    build_op_context,
    build_output_context,
)


def test_a_definition_is_called_with_a_built_context():
    """The asset's key, its resources and its partition are known inside, and only the declared resources."""

    @asset(
        required_resource_keys={"db"}, partitions_def=StaticPartitionsDefinition(["a", "b"]), key_prefix="p"
    )
    def it(context):
        context.add_output_metadata({"n": 1})
        with pytest.raises(DagsterUnknownResourceError):
            _ = context.resources.other
        return context.asset_key, context.resources.db, context.partition_key

    context = build_asset_context(resources={"db": "connection", "other": 1}, partition_key="a")
    assert it(context) == (AssetKey(["p", "it"]), "connection", "a")
    assert context.get_output_metadata("result") == {"n": 1}


@pytest.mark.parametrize(
    "name", ["asset_key", "run", "assets_def", "selected_asset_keys", "run_config", "job_name"]
)
def test_an_unbound_context_has_no_asset(name):
    """What belongs to an asset or a run is an error that says when it is known."""
    with pytest.raises(DagsterInvalidPropertyError, match=name):
        getattr(build_op_context(), name)


def test_what_was_given_is_known_unbound():
    """Run id, tags, config, partition."""
    context = build_op_context(op_config={"x": 1}, run_tags={"a": "b"}, partition_key="k")
    assert (context.run_id, context.run_tags, context.op_config) == ("EPHEMERAL", {"a": "b"}, {"x": 1})
    assert context.has_partition_key
    assert not build_asset_context().has_partition_key
    with pytest.raises(CheckError):
        _ = build_asset_context().partition_key


def test_a_partition_and_a_range_exclude_each_other():
    """One or the other."""
    with pytest.raises(CheckError):
        build_asset_context(partition_key="a", partition_key_range=PartitionKeyRange("a", "b"))


def test_a_generator_resource_needs_a_with():
    """Else nobody would end it."""
    life = []

    @resource
    def db(_context):
        life.append("up")
        yield "connection"
        life.append("down")

    with pytest.raises(DagsterInvariantViolationError, match="with"):
        _ = build_asset_context(resources={"db": db}).resources.db
    with build_asset_context(resources={"db": db}) as context:
        assert context.resources.db == "connection"
    assert life == ["up", "down"]


def test_contexts_for_io_managers_know_what_they_were_given():
    """The identifier is made of key and partition; the rest is an error that names it."""
    letters = StaticPartitionsDefinition(["a", "b", "c"])
    output = build_output_context(asset_key=["p", "k"], partition_key="a", asset_partitions_def=letters)
    assert output.get_asset_identifier() == ["p", "k", "a"]
    read = build_input_context(
        asset_key="k",
        upstream_output=output,
        asset_partitions_def=letters,
        asset_partition_key_range=PartitionKeyRange("a", "b"),
    )
    assert read.asset_partition_keys == ["a", "b"]
    with pytest.raises(DagsterInvariantViolationError):
        _ = read.name

from datetime import UTC, datetime

import pytest

from assets.core.errors import CheckError, DagsterInvalidMetadata, DagsterInvariantViolationError
from assets.core.keys import AssetKey
from assets.core.metadata.values import IntMetadataValue
from assets.core.partitions.calendar import DailyPartitionsDefinition
from assets.core.partitions.spaces import StaticPartitionsDefinition
from assets.core.partitions.subset import PartitionKeyRange
from assets.core.resources.definition import InitResourceContext
from assets.core.resources.io import (
    InputManager,
    InputManagerDefinition,
    IOManager,
    IOManagerDefinition,
    input_manager,
    io_manager,
)
from assets.core.resources.io_context import InputContext, OutputContext

KEY = AssetKey(["p", "k"])


class Memory(IOManager):
    def __init__(self):
        self.values = {}

    def handle_output(self, context, obj):
        self.values[tuple(context.get_asset_identifier())] = obj

    def load_input(self, context):
        return self.values[tuple(context.get_asset_identifier())]


def test_what_one_method_stores_the_other_finds():
    """Both contexts name an asset and its partition alike."""
    memory = Memory()
    memory.handle_output(OutputContext(asset_key=KEY, asset_partition_keys=["a"]), 5)
    assert memory.load_input(InputContext(asset_key=KEY, asset_partition_keys=["a"])) == 5
    assert list(memory.values) == [("p", "k", "a")]


def test_both_methods_must_be_written():
    """An IO manager without one of its methods cannot be made."""

    class Half(IOManager):
        def load_input(self, context):
            return None

    with pytest.raises(TypeError):
        Half()


@pytest.mark.parametrize(
    "name",
    [
        "step_key",
        "name",
        "job_name",
        "op_def",
        "dagster_type",
        "step_context",
        "asset_key",
        "asset_spec",
        "asset_partitions_def",
    ],
)
def test_what_an_output_was_not_given(name):
    """To read what was not given is an error that names it."""
    with pytest.raises(DagsterInvariantViolationError, match=name):
        getattr(OutputContext(), name)


@pytest.mark.parametrize(
    "name",
    [
        "name",
        "job_name",
        "op_def",
        "dagster_type",
        "instance",
        "step_context",
        "asset_key",
        "asset_partitions_def",
    ],
)
def test_what_an_input_was_not_given(name):
    """To read what was not given is an error that names it."""
    with pytest.raises(DagsterInvariantViolationError, match=name):
        getattr(InputContext(), name)


def test_what_is_nothing_without_being_given():
    """Metadata, config and the like are empty where there is none."""
    for context in (OutputContext(), InputContext()):
        assert context.config is None
        assert context.definition_metadata == context.metadata == {}
        assert list(context.resources) == []
        assert not context.has_asset_key
        assert not context.has_partition_key
        assert not context.has_asset_partitions
        assert context.log.name == "assets"
    assert OutputContext().output_metadata == {}
    assert OutputContext().mapping_key is None
    assert OutputContext().version is None
    assert InputContext().upstream_output is None
    assert not InputContext().has_input_name


@pytest.mark.parametrize("kind", [OutputContext, InputContext])
def test_partitions(kind):
    """One partition, several, and the time they span."""
    daily = DailyPartitionsDefinition("2024-01-01")
    one = kind(
        asset_key=KEY,
        partition_key="2024-01-02",
        asset_partition_keys=["2024-01-02"],
        asset_partitions_def=daily,
    )
    assert one.partition_key == one.asset_partition_key == "2024-01-02"
    assert one.asset_partition_key_range == PartitionKeyRange("2024-01-02", "2024-01-02")
    assert one.get_asset_identifier() == ["p", "k", "2024-01-02"]
    several = kind(
        asset_key=KEY, asset_partition_keys=["2024-01-02", "2024-01-03"], asset_partitions_def=daily
    )
    assert several.asset_partition_keys == ["2024-01-02", "2024-01-03"]
    assert several.asset_partitions_time_window == (
        datetime(2024, 1, 2, tzinfo=UTC),
        datetime(2024, 1, 4, tzinfo=UTC),
    )
    with pytest.raises(CheckError, match="2 partitions"):
        several.asset_partition_key
    with pytest.raises(DagsterInvariantViolationError, match="not windows of time"):
        kind(
            asset_partition_keys=["a"], asset_partitions_def=StaticPartitionsDefinition(["a"])
        ).asset_partitions_time_window
    for name in ("partition_key", "asset_partition_key", "asset_partition_keys", "asset_partition_key_range"):
        with pytest.raises(CheckError):
            getattr(kind(), name)


def test_identifiers():
    """The run-scoped name is run, step and output; an input has that of the output that stored it."""
    output = OutputContext(run_id="r", step_key="s", name="result")
    assert output.get_identifier() == ["r", "s", "result"]
    assert OutputContext(run_id="r", step_key="s", name="o", mapping_key="m").get_identifier() == [
        "r",
        "s",
        "o",
        "m",
    ]
    assert InputContext(upstream_output=output).get_identifier() == ["r", "s", "result"]
    with pytest.raises(DagsterInvariantViolationError):
        InputContext().get_identifier()


def test_metadata_is_added_once():
    """What is added is kept; the same label twice is an error."""
    context = OutputContext()
    context.add_output_metadata({"rows": 3})
    assert context.get_logged_metadata() == {"rows": IntMetadataValue(3)}
    with pytest.raises(DagsterInvalidMetadata, match="rows"):
        context.add_output_metadata({"rows": 4})
    context.log_event("event")
    assert context.get_logged_events() == ["event"]
    loaded = InputContext()
    loaded.add_input_metadata({"rows": 3})
    assert loaded.get_logged_metadata() == {"rows": IntMetadataValue(3)}


def test_values_made_on_demand():
    """A value that is to be made later is made at the first reading, once."""
    made = []
    context = OutputContext()
    context.make_later("step_context", lambda: made.append(1) or "made")
    assert made == []
    assert context.step_context == context.step_context == "made"
    assert made == [1]


def test_decorators():
    """A function becomes the definition of an IO manager or an input manager, bare or called."""

    @io_manager
    def bare():
        return Memory()

    @io_manager(config_schema={"a": int}, required_resource_keys={"db"})
    def called(context):
        return context.resource_config

    @input_manager
    def load(context):
        return context.asset_key

    assert isinstance(bare, IOManagerDefinition)
    assert isinstance(bare.make(InitResourceContext()), Memory)
    assert called.required_resource_keys == {"db"}
    assert called.make(InitResourceContext({"a": 1})) == {"a": 1}
    memory = Memory()
    assert IOManagerDefinition.hardcoded_io_manager(memory).make(InitResourceContext()) is memory
    assert isinstance(load, InputManagerDefinition)
    assert load.make(InitResourceContext()).load_input(InputContext(asset_key=KEY)) == KEY


def test_what_an_input_tells_of_its_asset():
    """Metadata of an input become observations of the asset, one for each partition that is loaded."""
    context = InputContext(asset_key=KEY, asset_partition_keys=["a", "b"])
    context.add_input_metadata({"rows": 3}, description="seen")
    context.add_input_metadata({"cols": 2})
    seen = context.get_observations()
    assert [(each.partition, *each.metadata) for each in seen] == [
        ("a", "rows"),
        ("b", "rows"),
        ("a", "cols"),
        ("b", "cols"),
    ]
    assert {KEY} == {each.asset_key for each in seen}
    assert [each.description for each in seen] == ["seen", "seen", None, None]
    assert list(context.get_logged_metadata()) == ["rows", "cols"]


def test_an_input_of_no_asset_observes_nothing():
    """Metadata of an input that is no asset's are logged, and nothing is observed."""
    context = InputContext(name="x")
    context.add_input_metadata({"rows": 3})
    assert context.get_observations() == []
    assert list(context.get_logged_metadata()) == ["rows"]


def test_an_input_manager_may_be_returned():
    """A function that returns an input manager has that one load; it may do without the context."""

    class Five(InputManager):
        def load_input(self, context):
            return (5, context.name)

    made = input_manager(lambda _context: Five()).make(InitResourceContext())
    assert made.load_input(InputContext(name="x")) == (5, "x")
    assert input_manager(lambda: 7).make(InitResourceContext()).load_input(InputContext(name="x")) == 7

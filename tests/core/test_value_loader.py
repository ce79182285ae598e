"""Laws of loading stored values outside a run."""

import pytest

from assets import (
    AssetIn,
    AssetKey,
    CheckError,
    DagsterHomeNotSetError,
    DagsterInstance,
    DagsterTypeCheckDidNotPass,
    DailyPartitionsDefinition,
    Definitions,
    FilesystemIOManager,
    IOManager,
    PartitionKeyRange,
    StaticPartitionsDefinition,
    ValueMissingError,
    asset,
    io_manager,
    materialize,
    resource,
)

SPACE = StaticPartitionsDefinition(["a", "b", "c"])


@asset
def one():
    return 1


@asset(partitions_def=SPACE)
def cut(context):
    return context.partition_key.upper()


class Telling(IOManager):
    """Gives what it was told."""

    def __init__(self):
        self.told = []

    def handle_output(self, context, obj):
        raise AssertionError

    def load_input(self, context):
        self.told.append(context)
        return 5


def test_the_value_of_an_asset():
    """S142: inside `with` and without it, by any form of the key."""
    with DagsterInstance.ephemeral() as instance:
        materialize([one], instance=instance)
        defs = Definitions([one])
        with defs.get_asset_value_loader(instance) as loader:
            assert loader.load_asset_value("one") == 1
            assert loader.load_asset_value(AssetKey("one"), python_type=int) == 1
        assert defs.get_asset_value_loader(instance).load_asset_value(["one"]) == 1
        assert defs.load_asset_value("one", instance=instance) == 1


def test_an_unknown_asset():
    """S142: the nearest known ones are named."""
    with pytest.raises(CheckError, match="'one'"):
        Definitions([one]).get_asset_value_loader(DagsterInstance.ephemeral()).load_asset_value("on")


def test_partitions():
    """S142: a partition gives its value, a range a mapping, neither all that are there."""
    instance = DagsterInstance.ephemeral()
    for key in "ab":
        materialize([cut], instance=instance, partition_key=key)
    with Definitions([cut]).get_asset_value_loader(instance) as loader:
        assert loader.load_asset_value("cut", partition_key="b") == "B"
        assert loader.load_asset_value("cut", partition_key_range=PartitionKeyRange("a", "b")) == {
            "a": "A",
            "b": "B",
        }
        assert loader.load_asset_value("cut") == {"a": "A", "b": "B"}
        with pytest.raises(ValueMissingError, match="cut"):
            loader.load_asset_value("cut", partition_key="c")
        both = {"partition_key": "a", "partition_key_range": PartitionKeyRange("a", "b")}
        with pytest.raises(CheckError, match="one of them"):
            loader.load_asset_value("cut", **both)
        allowed = {"allow_missing_partitions": True}
        span = PartitionKeyRange("b", "c")
        found = loader.load_asset_value("cut", partition_key_range=span, input_definition_metadata=allowed)
        assert found == {"b": "B"}


def test_the_type_is_checked():
    """A value of another type is refused."""
    instance = DagsterInstance.ephemeral()
    materialize([one], instance=instance)
    with pytest.raises(DagsterTypeCheckDidNotPass):
        Definitions([one]).load_asset_value("one", instance=instance, python_type=str)


def test_what_an_io_manager_is_told():
    """It sees the asset, the type, the partition, and what was declared on both sides."""
    manager = Telling()

    @asset(io_manager_key="m", metadata={"a": "b"}, partitions_def=DailyPartitionsDefinition("2020-01-01"))
    def kept(): ...

    loader = Definitions([kept], resources={"m": manager}).get_asset_value_loader()
    told = {"side": "in"}
    day = "2020-05-05"
    assert (
        loader.load_asset_value("kept", python_type=int, partition_key=day, input_definition_metadata=told)
        == 5
    )
    (context,) = manager.told
    assert context.asset_key == context.upstream_output.asset_key == AssetKey("kept")
    assert context.dagster_type.typing_type is int
    assert context.definition_metadata == told
    assert context.upstream_output.definition_metadata["a"] == "b"
    assert context.upstream_output.name == "result"
    assert context.upstream_output.op_def.name == "kept"
    assert (context.partition_key, context.asset_partition_keys) == (day, [day])
    assert context.asset_partition_key_range == PartitionKeyRange(day, day)


def test_resources_live_as_long_as_the_loader():
    """They are made at the first value, once, and torn down at the end; with config, for that value."""
    said = []

    @resource(config_schema={"n": int})
    def number(context):
        said.append("made")
        yield (context.resource_config or {}).get("n", 0)
        said.append("gone")

    class Number(IOManager):
        def handle_output(self, context, obj): ...

        def load_input(self, context):
            return context.resources.number

    @io_manager(required_resource_keys={"number"})
    def numbers():
        return Number()

    @asset(io_manager_key="numbers")
    def kept(): ...

    resources = {"numbers": numbers, "number": number}
    with Definitions([kept], resources=resources).get_asset_value_loader() as loader:
        assert said == []
        config = {"number": {"config": {"n": 7}}}
        assert loader.load_asset_value("kept", resource_config=config) == 7
        assert said == ["made", "gone"]


def test_files_need_no_instance(tmp_path):
    """An IO manager that knows its folder loads without any store; a default one says that there is none."""

    @asset(io_manager_key="files")
    def kept():
        return 5

    resources = {"files": FilesystemIOManager(base_dir=str(tmp_path))}
    materialize([kept], resources=resources)
    assert Definitions([kept], resources=resources).load_asset_value("kept") == 5
    with pytest.raises(DagsterHomeNotSetError):
        Definitions([one]).load_asset_value("one")


def test_a_partitioned_asset_without_a_partition(tmp_path):
    """An IO manager of files has no file for it and says so."""

    @asset(partitions_def=SPACE, io_manager_key="files")
    def kept():
        return 5

    resources = {"files": FilesystemIOManager(base_dir=str(tmp_path))}
    materialize([kept], resources=resources, partition_key="a")
    with pytest.raises(IsADirectoryError):
        Definitions([kept], resources=resources).load_asset_value("kept")


def test_an_input_manager_loads_for_one_reader(tmp_path):
    """`input_manager_key` names another loader than the upstream's own, and the upstream's metadata are told."""
    manager = Telling()

    @asset(metadata={"a": "b"})
    def up():
        return 1

    @asset(ins={"up": AssetIn(input_manager_key="special", metadata={"side": "in"})})
    def down(up: int):
        return up + 1

    result = materialize([up, down], resources={"special": manager})
    assert result.output_for_node("down") == 6
    (context,) = manager.told
    assert context.definition_metadata == {"side": "in"}
    assert context.upstream_output.definition_metadata["a"] == "b"
    assert context.dagster_type.typing_type is int
    assert context.name == "up"

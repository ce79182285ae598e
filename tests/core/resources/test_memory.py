"""The IO manager in memory."""

import pytest

from assets.core.errors import ValueMissingError
from assets.core.keys import AssetKey
from assets.core.resources.definition import InitResourceContext
from assets.core.resources.io_context import InputContext, OutputContext
from assets.core.resources.memory import InMemoryIOManager, mem_io_manager


def output(run="r", keys=None, **more):
    asset = None if keys is None else AssetKey("a")
    return OutputContext(
        run_id=run, step_key="s", name="result", asset_key=asset, asset_partition_keys=keys, **more
    )


def source(out, keys=None):
    return InputContext(upstream_output=out, asset_key=AssetKey("a"), asset_partition_keys=keys)


def test_values_are_kept_by_run_step_and_output():
    """The very object comes back, and another run has none of it."""
    memory, value = InMemoryIOManager(), object()
    memory.handle_output(output(), value)
    assert {("r", "s", "result"): value} == memory.values
    assert memory.load_input(source(output())) is value
    with pytest.raises(ValueMissingError, match="another IO manager"):
        memory.load_input(source(output(run="other")))


def test_partitions_of_one_run_are_told_apart():
    """One partition gives its value, several a mapping, none nothing."""
    memory = InMemoryIOManager()
    for key in "ab":
        memory.handle_output(output(keys=[key]), key.upper())
    assert memory.load_input(source(output(), ["a"])) == "A"
    assert memory.load_input(source(output(), ["a", "b"])) == {"a": "A", "b": "B"}
    assert memory.load_input(source(output(), [])) is None


def test_what_is_stored_in_one_go_is_loaded_in_one_go():
    """A value for several partitions at once comes back as it is."""
    memory = InMemoryIOManager()
    memory.handle_output(output(keys=["a", "b"]), {"a": 1, "b": 2})
    assert memory.load_input(source(output(), ["a", "b"])) == {"a": 1, "b": 2}


def test_each_run_has_a_memory_of_its_own():
    """The definition makes a new one each time."""
    one, two = (mem_io_manager.make(InitResourceContext()) for _ in range(2))
    assert isinstance(one, InMemoryIOManager)
    assert one is not two

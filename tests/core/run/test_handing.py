"""What an IO manager may answer when it is handed a value."""

import pytest

from assets import AssetMaterialization, AssetObservation, MetadataValue
from assets.core.errors import DagsterInvalidMetadata, DagsterInvariantViolationError
from assets.core.resources.io import IOManager
from assets.core.resources.io_context import OutputContext
from assets.core.run.handing import hand_over


def handed(handle):
    class Manager(IOManager):
        handle_output = handle

        def load_input(self, context):
            raise AssertionError

    return hand_over(Manager(), OutputContext(), 1, "the asset 'a'")


def one(k, v):
    return {k: MetadataValue.int(v)}


def test_nothing():
    """An IO manager need not answer."""
    assert handed(lambda self, context, value: None) == ({}, [])


def test_metadata():
    """A mapping, or several one after the other, is metadata; it wins over what was added before."""
    assert handed(lambda self, context, value: {"x": 1}).metadata == one("x", 1)

    def several(self, context, value):
        context.add_output_metadata({"x": 0, "z": 0})
        yield {"x": 1}
        yield {"y": 2}

    assert handed(several).metadata == one("x", 1) | one("y", 2) | one("z", 0)


def test_records():
    """A materialization that it answers is on record for itself, after what it logged."""
    seen, made = AssetObservation("seen"), AssetMaterialization("other", metadata={"x": 1})

    def handle(self, context, value):
        context.log_event(seen)
        return made

    assert handed(handle) == ({}, [seen, made])


@pytest.mark.parametrize("answer", [5, "text", [{"x": 1}], AssetObservation("a")])
def test_anything_else(answer):
    """Any other answer is an error that names the IO manager and the asset."""
    with pytest.raises(DagsterInvariantViolationError, match="Manager of the asset 'a'"):
        handed(lambda self, context, value: answer)


def test_no_metadata():
    """A value that is no metadata is told."""
    with pytest.raises(DagsterInvalidMetadata):
        handed(lambda self, context, value: {"x": object()})


def test_no_io_manager():
    """A resource that cannot keep values is told by its class."""
    with pytest.raises(DagsterInvariantViolationError, match="handle_output: int"):
        hand_over(3, OutputContext(), 1, "the asset 'a'")

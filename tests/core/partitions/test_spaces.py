import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.core.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterUnknownPartitionError,
)
from assets.core.partitions.spaces import PartitionsDefinition, StaticPartitionsDefinition
from assets.core.partitions.subset import PartitionKeyRange

keys = st.lists(
    st.text(alphabet="abc/| -.é", max_size=4).filter(lambda k: "..." not in k), unique=True, max_size=8
)


@settings(max_examples=60)
@given(keys)
def test_keys_keep_their_order(names):
    """A static definition has exactly its keys, in their order."""
    space = StaticPartitionsDefinition(names)
    assert space.get_partition_keys() == names
    assert space.get_num_partitions() == len(names)
    assert all(space.has_partition_key(name) for name in names)
    assert space.get_first_partition_key() == (names[0] if names else None)
    assert space.get_last_partition_key() == (names[-1] if names else None)


@settings(max_examples=60)
@given(keys, keys)
def test_equality_is_by_keys(one, two):
    """Definitions, their hashes and descriptions are equal if and only if their keys are."""
    a, b = StaticPartitionsDefinition(one), StaticPartitionsDefinition(two)
    assert (a == b) == (one == two) == (a.describe() == b.describe())
    assert hash(a) == hash(StaticPartitionsDefinition(list(one)))
    assert pickle.loads(pickle.dumps(a)) == a


@pytest.mark.parametrize("bad", ["a...b", "\n", "x\ty", "\0"])
def test_forbidden_text(bad):
    """A key with `...` or a control character is refused."""
    with pytest.raises(DagsterInvalidDefinitionError):
        StaticPartitionsDefinition(["fine", bad])


def test_wrong_arguments():
    """Repeated keys are a wrong definition; wrong types are wrong arguments."""
    with pytest.raises(DagsterInvalidDefinitionError, match="'a'"):
        StaticPartitionsDefinition(["a", "b", "a"])
    for wrong in ("ab", [1], 3):
        with pytest.raises(CheckError):
            StaticPartitionsDefinition(wrong)


def test_ranges():
    """A range includes both ends, is empty when reversed, and knows its keys."""
    space = StaticPartitionsDefinition(["c", "a", "b"])
    assert space.get_partition_keys_in_range(PartitionKeyRange("c", "a")) == ["c", "a"]
    assert space.get_partition_keys_in_range(PartitionKeyRange("b", "c")) == []
    with pytest.raises(DagsterInvalidInvocationError, match="'z'"):
        space.get_partition_keys_in_range(PartitionKeyRange("a", "z"))


def test_unknown_key_names_the_nearest():
    """An unknown key is an error that says what there is."""
    space = StaticPartitionsDefinition(["north", "south"])
    space.validate_partition_key("north")
    with pytest.raises(DagsterUnknownPartitionError, match=r"did you mean 'north'"):
        space.validate_partition_key("noth")


def test_text():
    """The text of a static definition lists its keys."""
    assert str(StaticPartitionsDefinition(["a", "b"])) == "'a', 'b'"


def test_any_subclass_is_a_definition():
    """Whoever lists keys has a partitions definition with a stable description."""

    class Odd(PartitionsDefinition):
        def get_partition_keys(self, current_time=None, dynamic_partitions_store=None):
            return ["1", "3"]

    assert Odd().has_partition_key("3")
    assert Odd().describe() == Odd().describe()

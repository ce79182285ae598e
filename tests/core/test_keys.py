"""Laws of keys: one object for one name, and names that can be written and read again."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import AssetCheckKey, AssetKey, CheckError, asset
from assets.core.keys import Piece

PARTS = st.lists(st.text(max_size=6), min_size=1, max_size=4)


@given(PARTS)
def test_equal_keys_are_one_object(parts):
    """However a key is made or copied, equal parts give the same object, and other parts another."""
    key = AssetKey(parts)
    assert key is AssetKey(tuple(parts))
    assert key is pickle.loads(pickle.dumps(key))
    assert key is copy.deepcopy(key)
    assert key is not AssetKey([*parts, "x"])


@given(PARTS)
def test_written_forms_are_read_back(parts):
    r"""S101: the escaped user string and the database string lose nothing, a `/` or `\` in a part included."""
    key = AssetKey(parts)
    assert AssetKey.from_escaped_user_string(key.to_escaped_user_string()) is key
    assert AssetKey.from_db_string(key.to_db_string()) is key


@given(PARTS, PARTS)
def test_order_is_that_of_the_parts(left, right):
    """Keys compare as their parts do."""
    assert (AssetKey(left) < AssetKey(right)) == (tuple(left) < tuple(right))


def test_a_text_is_one_part():
    """S61: the constructor never splits; `from_user_string` does."""
    assert AssetKey("a/b").path == ["a/b"]
    assert AssetKey.from_coercible("a/b").path == ["a/b"]
    assert AssetKey.from_user_string("a/b").path == ["a", "b"]
    assert AssetKey("a") != "a"


@pytest.mark.parametrize("wrong", [[1], None, 3, [["a"]], {"a"}])
def test_anything_else_is_refused(wrong):
    """CE for what is no string and no sequence of strings."""
    with pytest.raises(CheckError):
        AssetKey(wrong)


def test_a_key_never_changes():
    """Attributes can be neither set nor deleted."""
    with pytest.raises(AttributeError):
        AssetKey("a").parts = ("b",)


def test_prefixes_and_identifiers():
    """Prefixes are whole parts; the identifier joins with `__`."""
    key = AssetKey(["a", "b-c d"])
    assert key.with_prefix("p").path == ["p", "a", "b-c d"]
    assert key.has_prefix(["a"])
    assert not key.has_prefix("a")
    assert key.to_python_identifier() == "a__b_c d"
    assert key.to_python_identifier("x") == "a__b_c d__x"


def test_a_definition_names_its_key():
    """`from_coercible_or_definition` takes a single-asset definition too."""
    assert AssetKey.from_coercible_or_definition(asset(name="a")(lambda: 1)) is AssetKey("a")


def test_check_keys_are_read_back():
    """S70: the text of a check key names the asset and the check."""
    key = AssetCheckKey(AssetKey(["a", "b"]), "x")
    assert key.to_user_string() == "a/b:x"
    assert AssetCheckKey.from_user_string("a/b:x") == key


def test_a_piece_is_named_with_its_partition():
    """`a/b@p`, or the asset alone."""
    assert str(Piece(AssetKey(["a", "b"]), "p")) == "a/b@p"
    assert str(Piece(AssetKey("a"))) == "a"

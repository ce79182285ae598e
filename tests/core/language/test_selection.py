import copy
import pickle

import pytest

from assets.core.errors import CheckError, DagsterError
from assets.core.keys import AssetCheckKey, AssetKey
from assets.core.language.selection import All, AssetSelection, Checks, ChecksOf, Keys, Minus, Or, Tag

A, B, C = (AssetSelection.assets(name) for name in "abc")


class Definition:
    def __init__(self, *keys):
        self.keys = {AssetKey.from_user_string(key) for key in keys}


def test_terms_compare_by_value():
    """Terms are equal, with equal hashes, if they say the same."""
    assert AssetSelection.tag("k", "v") == AssetSelection.tag_string("k=v") == Tag("k", "v", False)
    assert hash(A | B) == hash(AssetSelection.assets("a") | AssetSelection.assets("b"))
    assert A | B != B | A
    assert AssetSelection.all() != AssetSelection.all(include_sources=True)
    assert pickle.loads(pickle.dumps(A | B - C)) == A | B - C
    assert copy.deepcopy(A - B) == A - B


def test_terms_do_not_change():
    """No part of a term can be set or deleted."""
    with pytest.raises(AttributeError):
        A.asset_keys = ()
    with pytest.raises(AttributeError):
        del A.asset_keys
    with pytest.raises(TypeError):
        All()


def test_joining_is_flat():
    """`|` and `&` put terms side by side instead of one inside the other."""
    assert (A | B) | C == A | (B | C) == Or((A, B, C))
    assert (A & B) & C == A & (B & C)


def test_operators_take_selections_only():
    """Any other operand is a wrong argument."""
    for wrong in ("b", 3, None):
        for operator in ("__or__", "__and__", "__sub__"):
            with pytest.raises(CheckError):
                getattr(A, operator)(wrong)


def test_keys_are_split_at_slashes():
    """A name means the key whose parts `/` separates; sequences and definitions give theirs."""
    px = Keys((AssetKey(["p", "x"]),))
    assert (
        AssetSelection.assets("p/x")
        == AssetSelection.assets(["p", "x"])
        == AssetSelection.assets(AssetKey(["p", "x"]))
        == px
    )
    assert AssetSelection.assets(Definition("b", "a"), "a") == AssetSelection.assets("a", "b")
    with pytest.warns(DeprecationWarning, match="AssetSelection.assets"):
        assert AssetSelection.keys("p/x") == px
    with pytest.warns(DeprecationWarning, match="AssetSelection.roots"):
        assert A.sources() == A.roots()


def test_checks():
    """Checks are named by key or through their assets."""
    key = AssetCheckKey(AssetKey("a"), "x")
    assert AssetSelection.checks(key) == Checks((key,))
    assert AssetSelection.checks_for_assets("a") == ChecksOf((AssetKey("a"),))
    assert A.without_checks() == Minus(A, AssetSelection.all_asset_checks())


def test_coercion():
    """Texts, lists of texts, keys or definitions, and selections mean a selection."""
    assert AssetSelection.from_coercible(A) is A
    assert AssetSelection.from_coercible("a") == A
    assert AssetSelection.from_coercible(["a", "b+"]) == A | AssetSelection.from_string("b+")
    assert AssetSelection.from_coercible([AssetKey("a"), AssetKey("b")]) == AssetSelection.assets("a", "b")
    assert AssetSelection.from_coercible([Definition("a")]) == A
    with pytest.raises(TypeError):
        AssetSelection.from_coercible([])
    for wrong in (3, [3], None):
        with pytest.raises(DagsterError):
            AssetSelection.from_coercible(wrong)


def test_a_long_chain_is_no_recursion():
    """A term that a loop nested thousands deep can be compared, hashed, shown and walked."""
    deep, again = A, AssetSelection.assets("a")
    for _ in range(20_000):
        deep, again = (deep - B).roots(), (again - B).roots()
    assert deep == again
    assert hash(deep) == hash(again)
    assert len(repr(deep)) > 20_000
    assert sum(1 for _ in deep.postorder()) == 40_002

"""Laws of the checks that a selection means."""

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSpec,
    AssetKey,
    AssetSelection,
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    Definitions,
    asset,
    asset_check,
)
from assets.core.graph import Graph


@pytest.fixture(scope="module")
def checked() -> Any:
    """Three assets, `b` on `a`; a check of its own on each of `a` and `b`, one that `d` reports itself."""

    @asset
    def a() -> None: ...

    @asset(deps=[a])
    def b() -> None: ...

    @asset(check_specs=[AssetCheckSpec("in1", asset="d")])
    def d() -> Any: ...

    @asset_check(asset=a)
    def c1() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset_check(asset=b)
    def c2() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    return Definitions([a, b, d], asset_checks=[c1, c2]).resolve_asset_graph()


C1 = AssetCheckKey(AssetKey("a"), "c1")
C2 = AssetCheckKey(AssetKey("b"), "c2")
A, B = AssetSelection.assets("a"), AssetSelection.assets("b")
EVERY = AssetSelection.all()


@pytest.mark.parametrize(
    ("selection", "assets", "checks"),
    [
        (EVERY, "a b d", "a:c1 b:c2 d:in1"),
        (A, "a", "a:c1"),
        (A.downstream(), "a b", "a:c1 b:c2"),
        (A.without_checks(), "a", ""),
        (AssetSelection.checks(C1), "", "a:c1"),
        (AssetSelection.checks_for_assets("a"), "", "a:c1"),
        (AssetSelection.all_asset_checks(), "", "a:c1 b:c2 d:in1"),
        (B | AssetSelection.checks(C1), "b", "a:c1 b:c2"),
        ((A | B) & AssetSelection.checks(C1), "", "a:c1"),
        (EVERY - AssetSelection.checks(C1), "a b d", "b:c2 d:in1"),
        ((A | B) - AssetSelection.checks_for_assets("a"), "a b", "b:c2"),
        (EVERY - A, "b d", "b:c2 d:in1"),
        (AssetSelection.checks(C1) - A, "", ""),
        (AssetSelection.checks(C1).downstream(), "", ""),
        ((AssetSelection.checks(C1) | B).upstream(), "a b", "a:c1 b:c2"),
        ((A | AssetSelection.checks(C2)).without_checks(), "a", ""),
        (A.roots(), "a", "a:c1"),
        (AssetSelection.from_string("key:a or key:d"), "a d", "a:c1 d:in1"),
    ],
)
def test_the_checks_that_are_meant(checked: Any, selection: AssetSelection, assets: str, checks: str) -> None:
    """S123, S124: assets bring their checks unless they are taken away; checks alone bring no asset."""
    assert " ".join(sorted(key.to_user_string() for key in selection.resolve(checked))) == assets
    assert " ".join(sorted(key.to_user_string() for key in selection.resolve_checks(checked))) == checks


def test_unknown_checks(checked: Any) -> None:
    """An exact check that nobody defines is an error that names the nearest, unless it may be missing."""
    unknown = AssetSelection.checks(AssetCheckKey(AssetKey("a"), "c3"))
    with pytest.raises(DagsterInvalidSubsetError, match="'a:c3'; did you mean 'a:c1'"):
        unknown.resolve_checks(checked)
    assert unknown.resolve_checks(checked, allow_missing=True) == set()


def test_a_check_is_defined_once():
    """Two definitions of one check key are a duplicate, the same object twice is not."""

    def define() -> Any:
        return asset_check(asset="a", name="c")(lambda: AssetCheckResult(passed=True))

    one = define()
    assert len(Graph.of([one, one]).checks) == 1
    with pytest.raises(DagsterInvalidDefinitionError, match="Duplicate asset check key 'a:c'"):
        Graph.of([one, define()])

"""Laws of what was typed: a selection that means nothing says why, with the nearest spelling."""

from __future__ import annotations

import pytest

from assets import AssetKey, AssetSelection, DagsterUnknownPartitionError
from assets.core.errors import DagsterInvalidAssetSelectionError, DagsterInvalidSubsetError, UnknownAssetError

SHOP = """
from assets import AssetSpec, StaticPartitionsDefinition, asset

@asset(group_name="raw", kinds={"csv"}, tags={"pace": "slow"}, owners=["team:shop"])
def orders(): return 1

@asset(group_name="mart")
def report(orders, ordrs): return 1

@asset(partitions_def=StaticPartitionsDefinition(["a", "b", "c"]))
def cd(context): return context.partition_key

outside = AssetSpec("outside", group_name="raw")
"""

NOTHING = [
    ("group:rwa", "No asset is in the group 'rwa'; did you mean 'raw'?"),
    ('group:"rwa*"', "No asset is in a group like 'rwa*'; did you mean 'raw'?"),
    ("kind:cvs", "No asset is of the kind 'cvs'; did you mean 'csv'?"),
    ("tag:pace=slwo", "No asset has the tag 'pace=slwo'; did you mean 'pace=slow'?"),
    ('owner:"team:shopp"', "No asset belongs to 'team:shopp'; did you mean 'team:shop'?"),
    ("key:ordres", "No asset is defined under 'ordres'; did you mean 'orders'?"),
    ('key:"ordes*"', "No asset has a key like 'ordes*'; did you mean 'orders'?"),
    ("group:raw and group:mart", "No asset is selected by all of 'group:raw and group:mart' together."),
]


@pytest.fixture
def shop(cells):
    cells.run("shop", SHOP)
    return cells


@pytest.mark.parametrize(("text", "message"), NOTHING)
def test_a_selection_that_means_nothing_says_which_part(shop, text, message):
    """Every verb that takes a selection says so: none passes silently, none says that nothing is defined."""
    for verb in (shop.workspace.status, shop.workspace.plan, shop.workspace.materialize):
        with pytest.raises(DagsterInvalidSubsetError) as caught:
            verb(text)
        assert str(caught.value) == message


def test_a_bare_name_that_is_misspelt_has_a_hint(shop):
    """Beside what the grammar says of it."""
    with pytest.raises(DagsterInvalidAssetSelectionError, match=r"key:ordres; did you mean 'orders'\?\n"):
        shop.workspace.select("kind:csv and ordres")


def test_what_a_program_selects_may_be_nothing(shop):
    """The grammar's own rule stands for selections that are objects."""
    assert shop.workspace.select(AssetSelection.from_string("group:rwa")) == []


def test_with_nothing_defined_that_is_what_is_said(cells):
    """And it is not an unknown group."""
    with pytest.raises(DagsterInvalidSubsetError, match="no assets are defined yet"):
        cells.workspace.select("group:raw")
    assert len(cells.workspace.status()) == 0


def test_a_pattern_passes_by_a_ghost_and_a_name_finds_it(shop):
    """`ord*` means what is defined; the ghost itself is told with its consumers and the nearest key."""
    assert shop.workspace.select('key:"ord*"') == [AssetKey("orders")]
    with pytest.raises(UnknownAssetError) as caught:
        shop.workspace.select("ordrs")
    assert str(caught.value).startswith(
        "Asset 'ordrs' is not defined, but 'report' asks for it as an input; did you mean 'orders'?"
    )
    with pytest.raises(UnknownAssetError, match="'report' asks for it"):
        shop.workspace.load("ordrs")


def test_unknown_names_are_not_answered_with_ghosts(shop):
    """What nobody defines is no suggestion."""
    with pytest.raises(UnknownAssetError) as caught:
        shop.workspace.why("ordr")
    assert "'ordrs'" not in str(caught.value)


def test_a_range_that_runs_backwards_is_a_mistake(shop):
    """It is not silently nothing."""
    with pytest.raises(DagsterUnknownPartitionError, match=r"runs backwards.*write a\.\.c"):
        shop.workspace.materialize("cd", partition="c..a")


def test_a_partition_that_is_not_there_is_told_as_that(shop):
    """Not as one that was never materialized."""
    with pytest.raises(DagsterUnknownPartitionError, match="'cd' has no partition 'q'"):
        shop.workspace.load("cd", "q")
    with pytest.raises(DagsterUnknownPartitionError, match="'orders' is not partitioned"):
        shop.workspace.load("orders", "q")

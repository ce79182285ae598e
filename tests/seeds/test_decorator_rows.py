"""Acceptance rows of the `@asset` page that need a run, or more than one room."""

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    AssetKey,
    AssetSelection,
    AssetSpec,
    CheckError,
    DagsterInstance,
    DagsterInvalidAssetSelectionError,
    DailyPartitionsDefinition,
    Definitions,
    SourceAsset,
    StaticPartitionsDefinition,
    asset,
    materialize,
)

K = AssetKey


def test_a_dependency_is_waited_for_and_not_loaded():
    """S15: what is only in `deps` comes first, and no value of it is read."""
    order: list[str] = []

    @asset
    def z_first() -> int:
        order.append("z_first")
        return 1

    @asset(deps=[z_first])
    def a_second() -> int:
        order.append("a_second")
        return 2

    @asset
    def b_third(z_first: int) -> int:
        return z_first

    result = materialize([a_second, b_third, z_first])
    assert order == ["z_first", "a_second"]
    loading = {event.step_key for event in result.all_events if event.event_type_value == "LOADED_INPUT"}
    assert loading == {"b_third"}


def test_tags_of_an_asset_are_not_those_of_its_runs():
    """S20: neither the run nor the materialization has them."""

    @asset(tags={"domain": "finance"})
    def a() -> int:
        return 1

    result = materialize([a], tags={"of": "the_run"})
    assert "domain" not in result.dagster_run.tags
    assert result.dagster_run.tags["of"] == "the_run"
    (event,) = result.get_asset_materialization_events()
    assert "domain" not in (event.materialization.tags or {})


@pytest.mark.parametrize(
    "space", [StaticPartitionsDefinition(["a"]), DailyPartitionsDefinition("2024-01-01")]
)
def test_any_partitions_are_taken(space: Any) -> None:
    """S66: any subclass is right, and anything else is a `CheckError`."""
    assert asset(name="a", partitions_def=space)(lambda: 1).partitions_def == space
    for wrong in ("daily", 3, type(space)):
        with pytest.raises(CheckError, match="partitions_def"):
            asset(name="a", partitions_def=wrong)(lambda: 1)


@pytest.mark.filterwarnings("ignore:Class `SourceAsset`")
def test_a_source_asset_is_depended_on():
    """S72: as a dependency it is one of its key, and is not run."""
    source = SourceAsset("source")

    @asset(deps=[source])
    def a() -> int:
        return 1

    assert a.dependency_keys == {K("source")}
    result = materialize([source, a])
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [K("a")]


def test_a_text_selects_strict_descendants():
    """S122: `key:"a"+ and not key:"a"`; a text that cannot be read is an error of its own."""

    @asset
    def a() -> None: ...

    @asset(deps=[a])
    def b() -> None: ...

    @asset(deps=[b])
    def c() -> None: ...

    selection = AssetSelection.from_string('key:"a"+ and not key:"a"')
    assert selection.resolve([a, b, c]) == {K("b"), K("c")}
    result = materialize([a, b, c], selection='key:"a"+ and not key:"a"')
    assert {event.asset_key for event in result.get_asset_materialization_events()} == {K("b"), K("c")}
    with pytest.raises(DagsterInvalidAssetSelectionError):
        AssetSelection.from_string('key:"a" minus key:"b"')


def test_a_definition_describes_and_does_nothing():
    """S143: neither declaring, gathering, selecting nor checking assets runs anything."""
    ran: list[str] = []

    @asset
    def a() -> None:
        ran.append("a")

    @asset
    def b(a: None) -> None:
        ran.append("b")

    defs = Definitions([a, b, AssetSpec("s")])
    Definitions.validate_loadable(defs)
    assert AssetSelection.all().resolve(defs.resolve_asset_graph()) == {K("a"), K("b")}
    assert DagsterInstance.ephemeral().get_latest_materialization_event(K("a")) is None
    assert ran == []

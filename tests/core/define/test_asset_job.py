"""Laws of `define_asset_job`: a selection of assets under a name, before it is resolved."""

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    AssetKey,
    AssetSelection,
    CheckError,
    DagsterInvalidDefinitionError,
    Definitions,
    MetadataValue,
    RunConfig,
    StaticPartitionsDefinition,
    UnresolvedAssetJobDefinition,
    asset,
    define_asset_job,
)


@asset
def a() -> int:
    """An asset."""
    return 1


def test_it_keeps_what_it_is_given():
    """Everything is readable before it is resolved; the selection is always an `AssetSelection`."""
    made = define_asset_job(
        "j", [a], description="d", metadata={"k": 1}, owners=["team:x"], config={"ops": {}}
    )
    assert isinstance(made, UnresolvedAssetJobDefinition)
    assert made.name == "j"
    assert made.selection == AssetSelection.assets(AssetKey("a"))
    assert (made.description, made.metadata, made.owners) == ("d", {"k": 1}, ["team:x"])
    assert made.config == {"ops": {}}
    assert made == define_asset_job(
        "j", [a], description="d", metadata={"k": 1}, owners=["team:x"], config={"ops": {}}
    )


def test_without_a_selection_it_is_everything():
    """No selection is all assets; an empty one is a mistake."""
    assert define_asset_job("j").selection == AssetSelection.all()
    with pytest.raises(TypeError, match="empty list"):
        define_asset_job("j", [])


def test_tags_are_those_of_runs_unless_these_are_given():
    """`tags` become run tags, written as JSON where they are no text; `run_tags` replace them."""
    assert define_asset_job("j", tags={"a": 1}).run_tags == {"a": "1"}
    both = define_asset_job("j", tags={"a": "b"}, run_tags={"c": "d"})
    assert (both.tags, both.run_tags) == ({"a": "b"}, {"c": "d"})


def test_a_run_config_is_a_mapping_afterwards():
    """`RunConfig` is put into the mapping form."""
    made = define_asset_job("j", config=RunConfig(ops={"a": {"config": {"x": 1}}}))
    assert made.config["ops"] == {"a": {"config": {"x": 1}}}


@pytest.mark.parametrize(
    "wrong",
    [{"name": "a b"}, {"tags": {"a": object()}}, {"owners": ["nobody"]}, {"owners": ["team:"]}],
)
def test_what_cannot_be_declared(wrong: dict[str, Any]):
    """A name, a tag and an owner that cannot be one are definition errors."""
    with pytest.raises(DagsterInvalidDefinitionError):
        define_asset_job(**{"name": "j", **wrong})


@pytest.mark.filterwarnings("ignore:Parameter `partitions_def`:DeprecationWarning")
@pytest.mark.parametrize(
    "wrong",
    [
        {"config": 3},
        {"hooks": 3},
        {"metadata": 3},
        {"partitions_def": "x"},
        {"op_retry_policy": 3},
        {"name": 3},
    ],
)
def test_wrong_types(wrong: dict[str, Any]):
    """An argument of the wrong type is a `CheckError`."""
    with pytest.raises(CheckError):
        define_asset_job(**{"name": "j", **wrong})


def test_a_copy_with_other_metadata():
    """`with_metadata` replaces what is known of the job, and the resolved one has metadata values."""
    made = define_asset_job("j", metadata={"k": 1})
    assert made.with_metadata({}).metadata == {}
    resolved = made.with_metadata({"k": "v"}).resolve(Definitions([a]).resolve_asset_graph())
    assert resolved.metadata == {"k": MetadataValue.text("v")}
    assert made.metadata == {"k": 1}


def test_partitions_are_those_of_the_assets():
    """To give them to the job is an older way, and warned of."""
    with pytest.warns(DeprecationWarning, match="partitions_def"):
        define_asset_job("j", partitions_def=StaticPartitionsDefinition(["a"]))

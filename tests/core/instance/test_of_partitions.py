"""Laws of what an instance answers about partitions."""

from __future__ import annotations

import pytest

from assets import (
    AssetKey,
    AssetMaterialization,
    AssetPartitionStatus,
    CheckError,
    StaticPartitionsDefinition,
    asset,
    materialize,
)
from assets.core.events import RunStarted, StepStarted
from assets.core.keys import Piece

P = AssetKey("p")
LETTERS = StaticPartitionsDefinition(["x", "y", "z", "w"])


@asset(partitions_def=LETTERS)
def p(context):
    if context.partition_key == "y":
        raise ValueError("no")


def test_the_status_of_partitions(instance):
    """A partition is made, failed, in progress, or nothing is known of it."""
    materialize([p], instance=instance, partition_key="x")
    materialize([p], instance=instance, partition_key="y", raise_on_error=False)
    instance.log.append([RunStarted("going on", 1.0, (P,)), StepStarted("going on", 1.0, Piece(P, "z"))])

    assert instance.get_status_by_partition(P, ["x", "y", "z", "w"], LETTERS) == {
        "x": AssetPartitionStatus.MATERIALIZED,
        "y": AssetPartitionStatus.FAILED,
        "z": AssetPartitionStatus.IN_PROGRESS,
        "w": None,
    }


def test_materialized_partitions(instance):
    """They are those with a materialization, within cursors."""
    for key in ("x", "y", None):
        instance.report_runless_asset_event(AssetMaterialization(P, partition=key))
    second = instance.fetch_materializations(P, limit=3).records[1].storage_id

    assert instance.get_materialized_partitions(P) == {"x", "y"}
    assert instance.get_materialized_partitions(P, before_cursor=second) == {"x"}
    assert instance.get_materialized_partitions(P, after_cursor=second - 1) == {"y"}
    assert instance.get_materialized_partitions(AssetKey("other")) == set()


def test_dynamic_partitions(instance):
    """Keys are added once, kept in order, and taken away; any text is a key."""
    instance.add_dynamic_partitions("d", ["b", "a", ""])
    instance.add_dynamic_partitions("d", ["a", "c/d"])

    assert instance.get_dynamic_partitions("d") == ["b", "a", "", "c/d"]
    assert instance.has_dynamic_partition("d", "a")
    instance.delete_dynamic_partition("d", "a")
    assert instance.get_dynamic_partitions("d") == ["b", "", "c/d"]
    assert not instance.has_dynamic_partition("d", "a")
    assert instance.get_dynamic_partitions("other") == []


@pytest.mark.parametrize("wrong", ["ab", ["a", "a"], [1], None], ids=repr)
def test_wrong_dynamic_partitions(instance, wrong):
    """A text, a key given twice and keys that are no texts are refused, and nothing is added."""
    with pytest.raises(CheckError):
        instance.add_dynamic_partitions("d", wrong)
    assert instance.get_dynamic_partitions("d") == []

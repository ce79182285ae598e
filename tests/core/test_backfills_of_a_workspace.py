"""Laws of asking for many partitions: by range, by state; and of forgetting them."""

from __future__ import annotations

import pytest

from assets import CheckError, DagsterUnknownPartitionError
from assets.core.errors import RunFailedError

CELL = """
from assets import BackfillPolicy, Output, StaticPartitionsDefinition, asset

letters = StaticPartitionsDefinition(list("abcdef"))
broken = set("ce")

@asset(partitions_def=letters, code_version="1")
def base(context):
    if context.partition_key in broken:
        raise ValueError("not today")
    return context.partition_key * 70_000 if context.partition_key in "ab" else context.partition_key

@asset(partitions_def=letters, code_version="1")
def top(base):
    return len(base)

@asset
def alone():
    return 1
"""


@pytest.fixture
def letters(cells):
    cells.run("one", CELL)
    return cells


def test_what_failed_is_tried_again_and_nothing_else(letters):
    """`state="failed"` means the pieces whose last attempt failed, of what is selected."""
    with pytest.raises(RunFailedError, match="2 failed, 2 not started"):
        letters.materialize("top")
    letters.namespace["broken"].clear()
    assert letters.materialize(state="failed") == ["base@c", "base@e"]
    assert letters.materialize(state="failed") == []
    assert letters.materialize("top", state="missing") == ["top@c", "top@e"]
    assert letters.materialize("top") == []
    assert letters.materialize() == ["alone"]


def test_what_is_missing_is_made_with_what_it_needs(letters):
    """Of the missing pieces of a range, with every ancestor that is due; `only` leaves those out."""
    letters.namespace["broken"].clear()
    letters.materialize("top", partition="b")
    assert letters.materialize("top", partition="a..c", state=["missing"]) == [
        "base@a",
        "base@c",
        "top@a",
        "top@c",
    ]
    letters.materialize("base", partition="d")
    assert letters.materialize("top", partition="d", state="missing,failed", only=True) == ["top@d"]
    plan = letters.workspace.plan(state="missing")
    assert sorted(str(step.piece) for step in plan.steps) == ["alone", "base@e", "base@f", "top@e", "top@f"]
    assert letters.materialize("base", state="fresh", force=True) == ["base@a", "base@b", "base@c", "base@d"]


def test_what_may_be_asked_for(letters):
    """An unknown state is refused with the nearest; an unknown partition is, whatever the state."""
    with pytest.raises(CheckError, match=r"no state 'faild'.*'failed'"):
        letters.materialize(state="faild")
    with pytest.raises(DagsterUnknownPartitionError, match="'z'"):
        letters.materialize("base", partition="z", state="failed")


def test_wiping_a_range_takes_its_values_along(letters, tmp_path):
    """What is forgotten is due again, large values and small ones are gone from the disk, the rest stands."""
    letters.namespace["broken"].clear()
    letters.materialize("top")
    workspace, held = letters.workspace, letters.workspace.instance.log.held
    files = {path.name for path in (tmp_path / "store" / "values").rglob("*") if path.is_file()}
    size = sum(held().values())
    assert [str(piece) for piece in workspace.wipe("base", "a..c", dry_run=True)] == [
        "base@a",
        "base@b",
        "base@c",
    ]
    assert sum(held().values()) == size
    workspace.wipe("base", "a..c")
    left = {path.name for path in (tmp_path / "store" / "values").rglob("*") if path.is_file()}
    assert len(left) == len(files) - 2
    assert sum(held().values()) < size - 140_000
    assert {p for p, s in letters.states().items() if s == "missing"} == {
        "base@a",
        "base@b",
        "base@c",
        "alone",
    }
    assert workspace.load("base") == {key: key for key in "def"}
    assert letters.materialize("top") == ["base@a", "base@b", "base@c"], "they came out the same"
    workspace.wipe("top", ["b", "e"])
    assert letters.materialize("top") == ["top@b", "top@e"]


def test_many_partitions_are_read_in_bulk(letters, monkeypatch):
    """What reads many partitions asks the database some hundreds at a time, and each is a copy of its own."""
    letters.namespace["broken"].clear()
    letters.run(
        "two", "@asset\ndef whole(base):\n    return {key: len(value) for key, value in base.items()}"
    )
    letters.materialize("whole")
    assert letters.workspace.load("whole") == {"a": 70_000, "b": 70_000, "c": 1, "d": 1, "e": 1, "f": 1}
    values, asked = letters.workspace.instance.values, []
    monkeypatch.setattr(values, "get", asked.append)
    letters.materialize("whole", force=True)
    assert letters.workspace.load("base")["f"] == "f"
    assert asked == []

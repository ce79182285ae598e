"""Decisions that once were wrong, or are easily got wrong: each a small story with its name.

What the oracle finds is kept here, as short as it can be told.
"""

from __future__ import annotations

import pytest

from assets.core.errors import ValueMissingError

PARTS = """
from assets import asset, StaticPartitionsDefinition
letters = StaticPartitionsDefinition(["a", "b"])
@asset(partitions_def=letters)
def part(context): return context.partition_key
@asset
def whole(part): return "".join(part.values())
"""


def test_forcing_one_partition_forces_no_other(cells):
    """A consumer that is asked for too reads every partition; those nobody asked for are fresh and stay."""
    cells.run("all", PARTS)
    cells.materialize()
    assert cells.materialize(["part", "whole"], partition="a", force=True) == ["part@a", "whole"]


def test_what_has_partitions_now_loads_as_partitions(cells):
    """The value that an asset had before it was partitioned is none of its values now."""
    cells.run("all", "from assets import asset\n@asset\ndef part(): return 'old'")
    cells.materialize()
    cells.run("all", PARTS)
    with pytest.raises(ValueMissingError):
        cells.workspace.load("part", "a")
    cells.materialize()
    assert cells.workspace.load("part") == {"a": "a", "b": "b"}


def test_what_has_no_partitions_any_more_is_missing_until_it_ran(cells):
    """The partitions that an asset had before make no value of the whole."""
    cells.run("all", PARTS)
    cells.materialize()
    cells.run("all", "@asset\ndef part(): return 'one'")
    with pytest.raises(ValueMissingError, match="part"):
        cells.workspace.load("part")
    assert cells.states() == {"part": "missing"}
    assert cells.materialize() == ["part"]
    assert cells.workspace.load("part") == "one"


def test_any_text_is_a_partition_key(cells):
    """File names that are no UTF-8 become keys with lone surrogates: they are made and read like others."""
    cells.run(
        "all",
        """
        from assets import asset, StaticPartitionsDefinition
        @asset(partitions_def=StaticPartitionsDefinition(["\\ud800", "z"]))
        def part(context): return context.partition_key
        @asset
        def whole(part): return len(part)
        """,
    )
    assert len(cells.materialize()) == 3
    assert set(cells.states().values()) == {"fresh"}
    assert cells.workspace.load("whole") == 2

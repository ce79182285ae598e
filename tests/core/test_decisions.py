"""Decisions that once were wrong, or are easily got wrong: each a small story with its name.

What the oracle finds is kept here, as short as it can be told.
"""

from __future__ import annotations

from contextlib import closing

import pytest

from assets import ConfigurableIOManager, IOManager, Workspace
from assets.core.errors import ValueMissingError

from .conftest import Cells

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


WINDOWS = """
from assets import asset, DailyPartitionsDefinition, WeeklyPartitionsDefinition
@asset(partitions_def={}, code_version="1")
def part(context): return context.partition_time_window.end.isoformat()
"""


@pytest.mark.parametrize(
    "after",
    [
        "WeeklyPartitionsDefinition('2024-01-07')",
        "DailyPartitionsDefinition('2024-01-07', timezone='Asia/Tokyo')",
        "DailyPartitionsDefinition('2024-01-07', hour_offset=6)",
    ],
)
def test_a_key_that_names_another_window_is_another_piece_of_work(cells, after):
    """A partition is made of its window: where the same key stands for another one now, it is stale."""
    cells.run("all", WINDOWS.format("DailyPartitionsDefinition('2024-01-07')"))
    cells.materialize(partition="2024-01-14")
    cells.run("all", WINDOWS.format(after))
    assert cells.states()["part@2024-01-14"] == "stale"


def test_windows_that_begin_earlier_leave_what_was_made(cells):
    """A start or an end that moves adds or takes keys, and changes none of those that stay."""
    cells.run("all", WINDOWS.format("DailyPartitionsDefinition('2024-01-07')"))
    cells.materialize(partition="2024-01-14")
    cells.run("all", WINDOWS.format("DailyPartitionsDefinition('2024-01-02', end_date='2024-02-01')"))
    assert cells.states()["part@2024-01-14"] == "fresh"


CHAIN = """
from assets import AssetIn, DailyPartitionsDefinition, TimeWindowPartitionMapping, asset
days = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-05")
before = AssetIn("total", partition_mapping=TimeWindowPartitionMapping(start_offset=-1, end_offset=-1))
amount = [1]
@asset(partitions_def=days, code_version="1")
def given(): return amount[0]
@asset(partitions_def=days, ins={"before": before})
def total(before, given): return (before or 0) + given
"""


def test_one_partition_brings_those_of_its_own_asset_that_it_reads(cells):
    """What reads the partition before it needs all before that one as well."""
    cells.run("all", CHAIN)
    made = cells.materialize("total", partition="2024-01-03")
    assert sorted(made) == [f"{name}@2024-01-0{n}" for name in ("given", "total") for n in (1, 2, 3)]
    assert cells.workspace.load("total", "2024-01-03") == 3


def test_a_wave_goes_along_the_partitions_of_one_asset(cells):
    """A partition whose predecessor runs is not fresh, and one run goes to the end of the chain."""
    cells.run("all", CHAIN)
    cells.materialize()
    cells.run("more", "amount[0] = 5")
    cells.materialize("given", partition="2024-01-02", force=True)
    states = {piece: state for piece, state in cells.states().items() if piece.startswith("total")}
    assert list(states.values()) == ["fresh", "stale", "upstream", "upstream"]
    assert cells.materialize() == [f"total@2024-01-0{n}" for n in (2, 3, 4)]
    assert cells.workspace.load("total", "2024-01-04") == 8
    assert set(cells.states().values()) == {"fresh"}


class Shelf(IOManager):
    """Keeps values in a dict that grows as it is used."""

    def __init__(self):
        self.kept = {}

    def handle_output(self, context, obj):
        self.kept[context.asset_key] = obj

    def load_input(self, context):
        return self.kept[context.asset_key]


def test_another_default_io_manager_has_none_of_the_values(cells):
    """What the store keeps is not where another default IO manager looks, and the other way round."""
    cells.run(
        "all", "from assets import asset\n@asset\ndef one(): return 1\n@asset\ndef two(one): return one + 1"
    )
    cells.materialize()
    cells.workspace.resources["io_manager"] = Shelf()
    assert set(cells.states().values()) == {"stale"}
    assert cells.materialize() == ["one", "two"]
    assert set(cells.states().values()) == {"fresh"}
    del cells.workspace.resources["io_manager"]
    assert set(cells.states().values()) == {"stale"}


def test_an_io_manager_with_other_settings_has_none_of_the_values(cells):
    """Where an IO manager keeps values is part of what it is."""

    class Files(ConfigurableIOManager):
        folder: str

        def handle_output(self, context, obj): ...

        def load_input(self, context): ...

    cells.workspace.resources["files"] = Files(folder="a")
    cells.run("all", "from assets import asset\n@asset(io_manager_key='files')\ndef one(): return 1")
    cells.materialize()
    assert cells.states() == {"one": "fresh"}
    cells.workspace.resources["files"] = Files(folder="a")
    assert cells.states() == {"one": "fresh"}
    cells.workspace.resources["files"] = Files(folder="b")
    assert cells.states() == {"one": "stale"}


CHOOSES = """
from assets import *
LIMIT = 3

@asset
def number(): return 2

@multi_asset(outs={"low": AssetOut(is_required=False), "high": AssetOut(is_required=False)})
def sorted_out(number):
    yield Output(number, "high" if number > LIMIT else "low")

@asset
def of_high(high): return high

@asset
def of_low(low): return low
"""


def test_what_a_function_chose_not_to_make_is_asked_again_only_for_a_reason(cells):
    """The same code and inputs would choose the same; what is below it waits without running."""
    cells.run("all", CHOOSES)
    assert cells.materialize() == ["number", "low", "of_low"]
    assert cells.states()["high"] == cells.states()["of_high"] == "missing"
    assert cells.materialize() == []
    assert "'high' was not made: its function chose not to" in cells.workspace.why("of_high").text
    cells.run("all", CHOOSES.replace("LIMIT = 3", "LIMIT = 1"))
    assert cells.materialize() == ["high", "of_high"]
    assert cells.workspace.load("of_low") == 2  # what was made before stands, as in the reference
    assert cells.materialize() == []


def test_what_was_passed_over_is_remembered_by_the_store(cells, tmp_path):
    """Also after many events about the asset, and in a process that reads the packed row."""
    cells.run("all", CHOOSES)
    cells.materialize()
    for limit in range(4, 24):
        cells.run("all", CHOOSES.replace("LIMIT = 3", f"LIMIT = {limit}"))
        cells.materialize()
    assert cells.materialize() == []
    with closing(Workspace(tmp_path / "store", origin="test.ipynb")) as other:
        later = Cells(other)
        later.run("all", CHOOSES.replace("LIMIT = 3", "LIMIT = 23"))
        assert later.materialize() == []


def test_a_failure_after_a_choice_is_due(cells):
    """The newest attempt counts, whatever the one before it chose."""
    cells.run("all", CHOOSES)
    cells.materialize()
    cells.run("all", CHOOSES.replace("    yield", "    1 / (LIMIT - 3)\n    yield"))
    with pytest.raises(Exception, match="division"):
        cells.materialize()
    cells.run("all", CHOOSES)
    assert cells.states()["high"] == "failed"
    assert cells.materialize() == ["low"]  # it ran, and chose as before
    assert cells.materialize() == []
    assert cells.states()["high"] == "missing"

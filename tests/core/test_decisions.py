"""Decisions that once were wrong, or are easily got wrong: each a small story with its name.

What the oracle finds is kept here, as short as it can be told.
"""

from __future__ import annotations

from contextlib import closing

import pytest

from assets import ConfigurableIOManager, IOManager, PartitionKeyRange, Workspace
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


MAYBE = """
from assets import *
N = 1

@asset
def src(): return N

@asset(output_required=False)
def large(src):
    if src > 5:
        yield Output(src)

@asset
def below(large): return ("below", large)
"""


def test_what_was_not_made_is_asked_in_the_run_that_changes_its_upstream(cells):
    """It may be made now: the plan says so, and one run brings it and what is below up to date."""
    cells.run("all", MAYBE)
    assert cells.materialize() == ["src"]
    cells.run("all", MAYBE.replace("N = 1", "N = 10"))
    assert cells.states() == {"src": "stale", "large": "upstream", "below": "missing"}
    assert cells.materialize() == ["src", "large", "below"]
    assert cells.materialize() == []


def test_what_is_still_not_made_keeps_what_is_below_from_running(cells):
    """Its upstream ran and came out the same: nobody asks again, and nobody reads what is not there."""
    cells.run("all", MAYBE)
    cells.materialize()
    cells.run("all", MAYBE.replace("return N", "return N + 0"))
    summary = cells.workspace.materialize()
    assert [str(piece) for piece in summary.built] == ["src"]
    assert summary.success
    assert cells.materialize() == []


def test_an_old_value_that_was_not_made_anew_says_so(cells):
    """It stands, as in the reference; `why` tells that the function chose not to make it."""
    cells.run("all", MAYBE.replace("N = 1", "N = 10"))
    cells.materialize()
    cells.run("all", MAYBE)
    assert cells.materialize() == ["src"]
    assert cells.states()["large"] == "fresh"
    assert "chose not to make it anew" in cells.workspace.why("large").text


def test_a_range_of_keys_is_a_range(cells):
    """Not its two ends: the type is a tuple of them."""
    cells.run(
        "all",
        """
        from assets import asset, StaticPartitionsDefinition
        @asset(partitions_def=StaticPartitionsDefinition(["a", "b", "c", "d"]))
        def part(context): return context.partition_key
        """,
    )
    assert cells.materialize(partition=PartitionKeyRange("a", "c")) == ["part@a", "part@b", "part@c"]
    assert [str(piece) for piece in cells.workspace.wipe("part", PartitionKeyRange("b", "c"))] == [
        "part@b",
        "part@c",
    ]
    cells.materialize(partition="d")
    cells.materialize()
    assert [piece.partition for piece in cells.workspace.wipe("part")] == ["a", "b", "c", "d"]


def test_partitions_may_change_one_cell_after_the_other(cells):
    """Between the two cells the mapping fits nobody: no cell is refused for it, and what reads is stale."""
    cells.run(
        "days", 'from assets import *\ndaily = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03")'
    )
    above = "@asset(partitions_def=daily)\ndef day(): return 1"
    below = "@asset(partitions_def=daily)\ndef after(day): return day"
    cells.run("above", above)
    cells.run("below", below)
    cells.materialize()
    cells.run(
        "days",
        'daily = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03", timezone="Europe/Berlin")',
    )
    cells.run("above", above)
    assert cells.states()["after@2024-01-01"] == "stale"
    assert "'after' read those of 'day' does not fit" in cells.workspace.why("after", "2024-01-01").text
    cells.run("below", below)
    assert len(cells.materialize()) == 4  # a day in Berlin is another one
    assert set(cells.states().values()) == {"fresh"}

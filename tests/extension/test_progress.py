"""A long run says how far it is, in one line that no saved notebook holds."""

from __future__ import annotations

import threading
from datetime import datetime
from functools import partial
from types import SimpleNamespace

import pytest

from assets import AssetKey, DailyPartitionsDefinition, Workspace, asset
from assets.core.keys import Piece
from assets.core.run.cancel import Cancel
from assets.core.run.pace import Pace
from assets.core.run.runner import Progress
from assets.core.turns import Activity
from assets.extension.progress import place_for, shown, words


class Lines:
    """A place that keeps what is shown in it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.gone = False
        self.written = threading.Event()

    def show(self, text: str) -> None:
        self.texts.append(text)
        self.written.set()

    def take_away(self) -> None:
        self.gone = True


def test_a_long_run_shows_its_line_and_takes_it_away(tmp_path):
    """The asset that runs is named while it runs."""
    line = Lines()

    @asset
    def slow():
        assert line.written.wait(30)

    workspace = Workspace(tmp_path)
    workspace.define([slow])
    with shown(workspace, lambda: line, delay=0, pause=0.01):
        workspace.materialize()
    assert line.texts[0].startswith("0 of 1")
    assert line.gone
    workspace.close()


def test_a_short_run_shows_nothing(tmp_path):
    """Nor is a place made for it."""
    workspace = Workspace(tmp_path)
    with shown(workspace, lambda: pytest.fail("nothing was to be shown"), delay=60):
        workspace.materialize()
    with shown(workspace, None, delay=0):
        workspace.materialize()


def activity_of(plan, facts, clock=lambda: 0.0):
    return Activity(plan, Cancel(), Pace(plan, facts, clock))


def told(what, piece, finished=0, total=2):
    return Progress(what, "run", piece, finished, total, 0)


def test_the_time_left_is_that_of_the_former_runs(tmp_path):
    """What the open pieces took the last time, less what the present one has had; nothing where one never ran."""

    @asset
    def a():
        return 1

    @asset
    def b(a):
        return a

    workspace = Workspace(tmp_path)
    workspace.define([a, b])
    assert words(activity_of(workspace.plan(), workspace.facts())) == "0 of 2"
    workspace.materialize()
    moment = [0.0]

    class Past:
        def record(self, piece):
            return SimpleNamespace(seconds=90.0)

    noon = partial(datetime, 2024, 1, 5, 12)
    activity = activity_of(workspace.plan(force=True), Past(), lambda: moment[0])
    activity.follow(told("begun", None))
    assert words(activity, noon) == "0 of 2 · about 3 min left (until 12:03)"
    activity.follow(told("running", Piece(AssetKey("a"))))
    assert words(activity, noon) == "0 of 2 · a · about 3 min left (until 12:03)"
    moment[0] = 80.0
    late = partial(datetime, 2024, 1, 5, 23, 59)
    assert words(activity, late) == "0 of 2 · a · about 2 min left (until Sat 00:00)"
    activity.follow(told("done", Piece(AssetKey("a")), 1))
    assert words(activity, noon) == "1 of 2 · about 2 min left (until 12:01)"
    activity.follow(told("done", Piece(AssetKey("b")), 2))
    assert words(activity, noon) == "2 of 2"
    workspace.close()


def test_a_backfill_tells_its_rate_and_its_end(tmp_path):
    """From its own partitions, once there are some; nobody needs to have made them before."""
    days = DailyPartitionsDefinition("2024-01-01", end_date="2026-09-27")

    @asset(partitions_def=days)
    def day():
        return 1

    workspace = Workspace(tmp_path)
    workspace.define([day])
    moment = [0.0]
    plan = workspace.plan()
    activity = activity_of(plan, workspace.facts(), lambda: moment[0])
    activity.follow(told("begun", None))
    for number, step in enumerate(plan.steps[:100], 1):
        moment[0] += 0.5
        activity.follow(told("done", step.piece, number, len(plan.steps)))
    assert words(activity, partial(datetime, 2024, 1, 5, 12)) == (
        f"100 of {len(plan.steps):,} · 2/s · about 8 min left (until 12:07)"
    )
    activity.cancel.request()
    assert words(activity).endswith(" · cancelling")
    workspace.close()


def test_a_step_that_waits_for_its_next_attempt_says_so(tmp_path):
    """Beside the numbers, as long as it waits."""

    @asset
    def a():
        return 1

    workspace = Workspace(tmp_path)
    workspace.define([a])
    activity = activity_of(workspace.plan(), workspace.facts())
    activity.notes[Piece(AssetKey("a"), None)] = "retry 1 in 30 s: ValueError: no net"
    assert words(activity) == "0 of 1 · a: retry 1 in 30 s: ValueError: no net"
    workspace.close()


ALONE = ["%assets materialize", "# all\n\n%assets materialize a+ --force\n", "  %assets   materialize x"]
BESIDE = [
    "x = 1\n%assets materialize",
    "%assets materialize\nx",
    "%assets materialize;",
    "x = %assets materialize",
    "%%asset a --run\n1",
    "%assets materializes",
    "",
]


@pytest.mark.parametrize("cell", ALONE)
def test_a_cell_that_holds_the_magic_alone_may_be_cleared(cell):
    """Comments and empty lines apart."""
    assert place_for(object(), cell).keywords == {"alone": True}


@pytest.mark.parametrize("cell", BESIDE)
def test_a_cell_that_holds_anything_else_is_left_alone(cell):
    """Its other output would be lost: the place of the line stays empty instead."""
    assert place_for(object(), cell).keywords == {"alone": False}

"""A long run says how far it is, in one line that no saved notebook holds."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from assets import Workspace, asset
from assets.extension.progress import Clock, place_for, shown


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


def test_the_time_left_is_that_of_the_former_runs(tmp_path):
    """What the open pieces took the last time, less what the present one has had; nothing where one never ran."""
    from assets.core.keys import AssetKey, Piece
    from assets.core.run.cancel import Cancel
    from assets.core.turns import Activity

    @asset
    def a():
        return 1

    @asset
    def b(a):
        return a

    workspace = Workspace(tmp_path)
    workspace.define([a, b])
    activity = Activity(workspace.plan(), Cancel())
    assert Clock(workspace.facts()).words(activity) == "0 of 2"
    workspace.materialize()
    moment = [0.0]

    class Past:
        def record(self, piece):
            return SimpleNamespace(seconds=90.0)

    activity = Activity(workspace.plan(force=True), Cancel())
    clock = Clock(Past(), lambda: moment[0])
    assert clock.words(activity) == "0 of 2 · about 3 min left"
    activity.pieces[Piece(AssetKey("a"), None)] = "running"
    assert clock.words(activity) == "0 of 2 · a · about 3 min left"
    moment[0] = 80.0
    assert clock.words(activity) == "0 of 2 · a · about 2 min left"
    activity.pieces = dict.fromkeys(activity.pieces, "done")
    assert clock.words(activity) == "0 of 2"
    workspace.close()


def test_a_step_that_waits_for_its_next_attempt_says_so(tmp_path):
    """Beside the numbers, as long as it waits."""
    from assets.core.keys import AssetKey, Piece
    from assets.core.run.cancel import Cancel
    from assets.core.turns import Activity

    @asset
    def a():
        return 1

    workspace = Workspace(tmp_path)
    workspace.define([a])
    activity = Activity(workspace.plan(), Cancel())
    activity.notes[Piece(AssetKey("a"), None)] = "retry 1 in 30 s: ValueError: no net"
    assert Clock(workspace.facts()).words(activity) == "0 of 1 · a: retry 1 in 30 s: ValueError: no net"
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

"""Laws of the queue of clicks: what waits is told as waiting, in the order of its turn."""

from __future__ import annotations

import threading

import pytest

from assets import AssetKey, Workspace, asset
from assets.core.keys import Piece
from assets.extension.clicks import Ask, Clicks


@pytest.fixture
def gate():
    """What an asset of the fixture waits for."""
    return threading.Event()


@pytest.fixture
def queue(tmp_path, gate):
    begun = threading.Event()

    @asset
    def slow():
        begun.set()
        gate.wait(30)
        return 1

    @asset
    def quick():
        return 1

    @asset
    def ghosty(nobody):
        return 1

    workspace = Workspace(tmp_path / "store")
    workspace.define([slow, quick, ghosty])
    clicks = Clicks(workspace, lambda: None)
    clicks.begun = begun
    yield clicks
    gate.set()
    clicks.close()
    workspace.close()


def ask(clicks, *keys, mode="due"):
    return clicks.submit(Ask.of([AssetKey(key) for key in keys] if keys else None, mode))


def test_what_a_waiting_click_will_run_is_queued(queue, gate):
    """Its pieces are told as queued until its turn comes, those that are fresh or gone are not."""
    ask(queue, "slow")
    queue.begun.wait(30)
    waiting = ask(queue, "quick")
    assert queue.active() == {Piece(AssetKey("slow")): "running", Piece(AssetKey("quick")): "queued"}
    queue.cancel(waiting.id)
    assert queue.active() == {Piece(AssetKey("slow")): "running"}
    gate.set()
    again = ask(queue, "quick")
    assert again.over.wait(30)
    assert queue.active() == {}


def test_a_click_behind_a_run_of_a_cell_is_queued(queue, gate):
    """The run that goes on is not the click's own."""
    run = threading.Thread(target=lambda: queue._workspace.materialize("slow"))
    run.start()
    queue.begun.wait(30)
    waiting = ask(queue, "quick")
    assert queue.active()[Piece(AssetKey("quick"))] == "queued"
    gate.set()
    run.join()
    assert waiting.over.wait(30)
    assert waiting.text == "Materialized 1."


def test_a_click_on_everything_leaves_out_what_waits_for_a_ghost(queue, gate):
    """The rest is made; the words name what nobody defines (C8)."""
    gate.set()
    ticket = ask(queue)
    assert ticket.over.wait(30)
    assert ticket.state == "failed"
    assert ticket.text.startswith(
        "Materialized 2, left out 1. Asset 'nobody' is not defined, but 'ghosty' asks"
    )

"""What another kernel did on the same store is seen while a widget is open, and nobody asks otherwise."""

from __future__ import annotations

import threading
import time

from assets import Workspace, asset
from assets.extension.watch import Watch


@asset
def a():
    return 1


def test_another_workspace_on_the_same_store_is_heard(tmp_path):
    """The one that looks is told of what the other one did."""
    here, there = Workspace(tmp_path), Workspace(tmp_path)
    for workspace in (here, there):
        workspace.define([a])
    assert here.status().counts() == {"missing": 1}
    heard = threading.Event()
    here.subscribe(heard.set)
    watch = Watch(here.poll, lambda: True, pause=0.01)
    watch.start()
    there.materialize()
    assert heard.wait(30)
    assert here.status().counts() == {"fresh": 1}
    watch.close()
    here.close()
    there.close()


def test_nobody_asks_while_nobody_looks():
    """The thread ends by itself, and begins again with the next widget."""
    asked, looking = threading.Event(), [False]
    watch = Watch(asked.set, lambda: looking[0], pause=0)
    watch.start()
    while watch.going:
        time.sleep(0.001)
    assert not asked.is_set()
    looking[0] = True
    watch.start()
    assert asked.wait(30)
    watch.close()
    assert not watch.going
    watch.start()
    assert not watch.going


def test_a_store_that_cannot_answer_is_asked_again():
    """It may have been closed at that very moment."""
    asked: list[int] = []
    enough = threading.Event()

    def poll() -> None:
        asked.append(1)
        if len(asked) > 2:
            enough.set()
        raise OSError

    watch = Watch(poll, lambda: True, pause=0)
    watch.start()
    assert enough.wait(30)
    watch.close()


def test_an_open_widget_is_watched_until_unloading(nb):
    """No thread before a page shows a widget, none after `%unload_ext`."""
    from assets.extension.session import session_of

    session = session_of(nb.shell)
    nb.run("@asset\ndef a(): return 1", "1")
    assert not session.watch.going
    lineage = session.lineage()
    assert not session.watch.going
    lineage._heard(lineage, {"op": "hello", "id": 1, "page": 1})
    assert session.watch.going
    nb.run("%unload_ext assets")
    assert not session.watch.going


def test_a_widget_follows_another_kernel(nb, tmp_path):
    """A node turns fresh here when its asset is made there."""
    from assets.extension.session import session_of

    session = session_of(nb.shell)
    session.watch.close()
    session.watch = Watch(session.workspace.poll, lambda: True, pause=0.01)
    session.watch.start()
    nb.run("@asset\ndef a(): return 1", "1")
    seen = threading.Event()
    lineage = session.lineage()
    tell = lineage._live._send
    lineage._live._send = lambda delta: (tell(delta), seen.set() if _state(delta) == "fresh" else None)
    lineage._heard(lineage, {"op": "hello", "id": 1, "page": 7})
    assert [node["state"] for node in lineage.view["nodes"]] == ["missing"]
    there = Workspace(session.workspace.store_path)
    there.define([nb.value("a")])
    there.materialize()
    there.close()
    assert seen.wait(30)


def _state(delta) -> str:
    return delta["nodes"][0]["state"] if delta["nodes"] else ""

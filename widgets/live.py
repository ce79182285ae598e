"""What keeps an open page up to date: changes gathered, a new view made, only the difference sent.

Two hundred small patches cost a page half a second, one costs some milliseconds, so what
happens within a tenth of a second goes as one. Every view has a number; a page that misses
one asks for the whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from .layout import Direction, Layout
from .models import LineageModel, NoteModel
from .placed import placed

PAUSE = 0.08
"""Seconds for which changes are gathered."""
PATIENCE = 2.0
"""Seconds that closing waits for the thread."""

Send = Callable[[dict[str, Any]], None]
_FACTS = ("run", "counts", "size", "note", "title")


class Gatherer:
    """Calls `act` on a thread of its own, soon after `poke`, once for many pokes.

    Args:
        act: What to do; it must not raise.
        pause: For how long to gather.
    """

    def __init__(self, act: Callable[[], None], pause: float = PAUSE) -> None:
        self._act = act
        self._pause = pause
        self._due = threading.Event()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def poke(self) -> None:
        """Say that there is something to do; costs microseconds."""
        if self._ended.is_set():
            return
        self._due.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None and not self._ended.is_set():
                    self._thread = threading.Thread(target=self._work, name="assets-live", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """End the thread; what is still due is dropped."""
        self._ended.set()
        self._due.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(PATIENCE)

    def _work(self) -> None:
        while not self._ended.is_set():
            self._due.wait()
            if self._ended.wait(self._pause):
                return
            self._due.clear()
            self._act()


class Live:
    """The view that the pages of one widget have, and how it becomes the next one.

    Args:
        look: Gives the present model without places, or `None` while it cannot be told
            (user code runs, say): then the former view stands until `changed` is called again.
        send: Takes messages to every page.
        pause: For how long changes are gathered.
    """

    def __init__(self, look: Callable[[], LineageModel | None], send: Send, pause: float = PAUSE) -> None:
        self._look = look
        self._send = send
        self._pause = pause
        self._gatherer = Gatherer(self.refresh, pause)
        self._layout: Layout | None = None
        self._afresh = False
        self.direction: Direction = "TB"
        self.watched = False
        self.lock = threading.RLock()
        self.view: LineageModel = empty_view()

    def changed(self) -> None:
        """Something may look different now. Nothing is worked out before a page has said hello."""
        if self.watched:
            self._gatherer.poke()

    def tidy(self) -> None:
        """Lay the graph out afresh, whatever was where before."""
        self._afresh = True
        self._gatherer.poke()

    def turn(self, direction: Direction) -> None:
        """Let the graph run the other way."""
        self.direction = direction
        self._gatherer.poke()

    def refresh(self) -> None:
        """Make the next view now, and send what is different in it."""
        with self.lock:
            try:
                model = self._look()
                if model is None:
                    return
                former = None if self._afresh else self._layout
                new, self._layout = placed(model, former, self.direction)
                self._afresh = False
            except Exception as error:  # noqa: BLE001  the thread must live on, and the user must know
                note: NoteModel = {
                    "text": f"The graph cannot be shown: {type(error).__name__}: {error}"[:500],
                    "level": "error",
                }
                new = self.view.copy()
                new["note"] = note
            self._become(new)

    def rest(self, note: NoteModel) -> None:
        """End the thread and look no more until `wake`; the pages are told why."""
        self._gatherer.close()
        with self.lock:
            self._become({**self.view, "note": note})

    def wake(self) -> None:
        """Look again."""
        self._gatherer = Gatherer(self.refresh, self._pause)
        self.changed()

    def _become(self, new: LineageModel) -> None:
        delta = difference(self.view, new)
        if delta is None:
            return
        new["rev"] = delta["rev"] = self.view["rev"] + 1
        self.view = new
        if self.watched:
            self._send(delta)

    def close(self) -> None:
        """Send nothing any more."""
        self._gatherer.close()


def empty_view() -> LineageModel:
    """The view of nothing, which every widget begins with."""
    return LineageModel(
        op="snapshot", rev=0, nodes=[], edges=[], run=None, counts={}, size=[0, 0], note=None, title=""
    )


def difference(old: LineageModel, new: LineageModel) -> dict[str, Any] | None:
    """The delta from one view to another; `None` if they show the same."""
    before = {node["id"]: node for node in old["nodes"]}
    nodes = [node for node in new["nodes"] if before.get(node["id"]) != node]
    gone = before.keys() - {node["id"] for node in new["nodes"]}
    delta: dict[str, Any] = {}
    if nodes:
        delta["nodes"] = nodes
    if gone:
        delta["gone"] = sorted(gone)
    if old["edges"] != new["edges"]:
        delta["edges"] = new["edges"]
    for fact in _FACTS:
        if old[fact] != new[fact]:  # type: ignore[literal-required]  # the names are the model's own
            delta[fact] = new[fact]  # type: ignore[literal-required]  # see above
    if not delta:
        return None
    return {"op": "delta", "rev": new["rev"], "nodes": [], "gone": [], **delta}

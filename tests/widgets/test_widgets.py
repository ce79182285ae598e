"""Laws of the widgets: messages only, every request answered, a picture that stays."""

import json
import math
import subprocess
import sys

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from assets.widgets.base import strict
from assets.widgets.grid import Grid, Sight
from assets.widgets.lineage import Lineage
from assets.widgets.live import empty_view

NODE = {
    "label": "a", "prefix": "", "group": "default", "kinds": [], "type": "asset", "mark": "", "x": 0, "y": 0,
    "w": 170, "h": 62, "state": "fresh", "counts": None, "parts": 0, "about": "", "error": "", "stamp": 1.5,
    "cause": "", "cell": "", "checks": {},
}  # fmt: skip
MODEL = {
    **empty_view(),
    "nodes": [{**NODE, "id": "a"}, {**NODE, "id": "b:c", "label": "b:c", "type": "ghost", "state": "ghost"}],
    "edges": [{"from": "b:c", "to": "a", "points": [], "loads": False}],
    "counts": {"fresh": 1, "ghost": 1},
}
GRID = {
    "op": "grid",
    "groups": [
        {
            "title": "t",
            "columns": ["x"],
            "rows": [{"id": "a", "label": "a", "counts": {"fresh": 1}}],
            "offset": 0,
            "dimensions": [],
        }
    ],
    "states": ["running", "queued", "failed", "missing", "stale", "upstream", "fresh", "external", "ghost"],
    "shape": "s",
}


class Asked:
    """Commands that note what they are asked for."""

    def __init__(self, wrong=None):
        self.calls = []
        self.wrong = wrong

    def _note(self, *call):
        self.calls.append(call)
        if self.wrong is not None:
            raise self.wrong
        return {"run": "r1"}

    def hello(self):
        return self._note("hello")

    def materialize(self, keys, mode, partitions):
        return self._note("materialize", keys, mode, partitions)

    def plan(self, keys, mode, partitions):
        return self._note("plan", keys, mode, partitions)

    def cancel(self, run):
        return self._note("cancel", run)

    def details(self, key):
        return self._note("details", key)

    def configure(self, key, config):
        return self._note("configure", key, config)

    def grid(self, keys):
        self._note("grid", keys)
        return GRID, b"\x06"

    def values(self, keys, measure):
        self._note("values", keys, measure)
        return {"measures": []}, b"12345678"

    def related(self, key, partition):
        return self._note("related", key, partition)


def opened(made):
    """The widget, and the messages that it sends to its pages."""
    sent = []
    made.send = lambda content, buffers=None: sent.append((content, buffers))
    return made, sent


def lineage(commands=None, look=lambda: MODEL):
    return opened(Lineage(commands or Asked(), look))


def ask(widget, **message):
    """A message as the page's custom messages arrive."""
    widget._handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})


def test_every_request_reaches_its_command_and_is_answered():
    """One answer for each, with its number; plan, details and grid under their own names."""
    commands = Asked()
    widget, sent = lineage(commands)
    ask(widget, op="materialize", id=1, keys=["a"], mode="due", partitions={"a": ["x"]})
    ask(widget, op="plan", id=2, keys=["a"], mode="due", partitions=None)
    ask(widget, op="cancel", id=3, run=None)
    ask(widget, op="details", id=4, key="a")
    ask(widget, op="grid", id=5, keys=["a"])
    part = {"section": "ops", "name": "a", "value": {"n": 1}}
    ask(widget, op="configure", id=6, key="a", config=[part])
    ask(widget, op="related", id=7, key="a", partition="x")
    ask(widget, op="values", id=8, keys=["a"], measure="seconds")
    assert [call[0] for call in commands.calls] == [
        "materialize",
        "plan",
        "cancel",
        "details",
        "grid",
        "configure",
        "related",
        "values",
    ]
    assert commands.calls[7] == ("values", ["a"], "seconds")
    assert commands.calls[6] == ("related", "a", "x")
    assert commands.calls[5] == ("configure", "a", [part])
    assert commands.calls[0] == ("materialize", ["a"], "due", {"a": ["x"]})
    answers = [content for content, _ in sent]
    assert [(a["op"], a["id"], a["ok"]) for a in answers] == [("reply", n, True) for n in range(1, 9)]
    assert answers[0]["run"] == "r1"
    assert answers[1]["plan"] == answers[3]["details"] == answers[6]["related"] == {"run": "r1"}
    assert answers[4]["grid"] == GRID
    assert sent[4][1] == [b"\x06"]
    assert answers[7]["values"] == {"measures": []}
    assert sent[7][1] == [b"12345678"]


@pytest.mark.parametrize(
    "message",
    [
        None,
        7,
        [],
        "hello",
        {},
        {"op": "drop", "id": 1},
        {"op": "materialize", "id": 1, "keys": ["zzz"], "mode": "due"},
    ],
)
def test_a_bad_message_changes_nothing_and_is_answered(message):
    """Nothing raises, no command is called, and the page hears why."""
    commands = Asked()
    widget, sent = lineage(commands)
    widget._handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})
    assert commands.calls == []
    assert [(content["ok"], bool(content["error"])) for content, _ in sent] == [(False, True)]


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    "wrong", [ValueError("bad"), KeyError("k"), Mute(), KeyboardInterrupt(), RecursionError("x" * 9999)]
)
def test_an_error_of_a_command_is_the_answer(wrong):
    """Errors are data, bounded in size; no exception escapes."""
    widget, sent = lineage(Asked(wrong))
    ask(widget, op="details", id=9, key="a")
    (answer, _) = sent[0]
    assert (answer["id"], answer["ok"]) == (9, False)
    assert type(wrong).__name__ in answer["error"]
    assert len(answer["error"]) <= 4_000


def test_hello_gives_the_whole_view_and_wakes_the_widget():
    """A page that opens late is told everything once, with the number that the next delta follows."""
    now = {"model": MODEL}
    widget, sent = lineage(look=lambda: now["model"])
    ask(widget, op="hello", id=1, page=7)
    view = sent[0][0]["snapshot"]
    assert [n["id"] for n in view["nodes"]] == ["a", "b:c"]
    now["model"] = {**MODEL, "nodes": MODEL["nodes"][:1], "edges": [], "counts": {"fresh": 1}}
    widget.refresh()
    delta = sent[1][0]
    assert (delta["op"], delta["rev"], delta["gone"]) == ("delta", view["rev"] + 1, ["b:c"])
    widget.close()


def test_a_page_cannot_write_a_trait():
    """What is so is said by Python alone; nothing is echoed or kept."""
    widget, sent = lineage()
    before = widget.get_state()
    widget._handle_msg(
        {
            "content": {"data": {"method": "update", "state": {"_view": {"nodes": []}, "_esm": "x"}}},
            "buffers": [],
        }
    )
    assert widget.get_state() == before
    assert sent == []


def test_the_view_is_there_for_pages_that_open_late_and_is_strict_json():
    """The trait holds the newest view, though no trait message was sent."""
    widget, _ = lineage()
    state = widget.get_state()["_view"]
    assert [n["id"] for n in state["nodes"]] == ["a", "b:c"]
    json.dumps(state, allow_nan=False)


def test_a_widget_that_no_page_shows_works_nothing_out():
    """It looks from the first hello to the last bye, each page counted once."""
    looks = []
    widget, _ = lineage(look=lambda: looks.append(1) or MODEL)
    assert not widget.watched
    for op, page, watched in [("hello", 1, True), ("hello", 1, True), ("hello", 2, True), ("bye", 1, True)]:
        ask(widget, op=op, id=1, page=page)
        assert widget.watched is watched
    ask(widget, op="bye", id=1, page=2)
    assert not widget.watched
    assert not widget._live.watched
    widget.close()


def test_a_closed_comm_is_no_error():
    """A page that went away cannot make the kernel fail."""
    widget, _ = lineage()

    def broken(*_, **__):
        raise OSError("closed")

    widget.send = broken
    ask(widget, op="hello", id=1, page=7)


def shown(widget):
    """The outputs that displaying gives, in order."""
    shell = InteractiveShell.instance()
    publisher, shell.display_pub = shell.display_pub, CapturingDisplayPublisher(shell=shell)
    try:
        widget._ipython_display_()
        return [output["data"] for output in shell.display_pub.outputs]
    finally:
        shell.display_pub = publisher


def test_displaying_gives_the_picture_and_then_the_widget():
    """Two outputs: one that stays everywhere, one that lives."""
    picture, live = shown(lineage()[0])
    assert picture["text/html"].startswith('<img class="assets-picture" alt="lineage of 2 assets')
    assert picture["text/plain"] == "asset  state\na      fresh\nb:c    ghost"
    assert set(live) == {"application/vnd.jupyter.widget-view+json"}


def test_displaying_twice_gives_the_same():
    """Every saved mime type but the widget's own is deterministic."""
    assert shown(lineage()[0])[0] == shown(lineage()[0])[0]
    assert repr(lineage()[0]) == "<Lineage>"


def test_to_graphviz_gives_dot_of_any_name():
    """A colon in a name is no port, a quote no end, a backslash no escape."""
    widget, _ = lineage()
    source = widget.to_graphviz().source
    assert '"b:c' in source or "b:c" in source
    assert "n1 -> n0" in source
    assert "rankdir=TB" in source


def test_the_grid_pushes_its_cells_when_they_change():
    """One message with the words, one buffer with the cells; nothing where nothing changed."""
    now = {"sight": Sight(GRID, b"\x06")}
    widget, sent = opened(Grid(Asked(), lambda: now["sight"]))
    ask(widget, op="hello", id=1, page=7)
    ask(widget, op="grid", id=2, keys=None)
    assert sent[1][0]["grid"] == GRID
    assert sent[1][1] == [b"\x06"]
    widget.refresh()
    assert len(sent) == 2
    now["sight"] = Sight(GRID, b"\x04", note={"text": "hi", "level": "info"})
    widget.refresh()
    assert (sent[2][0]["op"], sent[2][0]["note"]["text"], sent[2][1]) == ("grid", "hi", [b"\x04"])
    ask(widget, op="materialize", id=3, keys=["a"], mode="due", partitions={"a": ["x"]})
    assert sent[-1][0]["ok"]
    ask(widget, op="tidy", id=4)
    assert not sent[-1][0]["ok"]
    widget.close()


def test_the_grid_has_a_picture_too():
    """And a table in words."""
    picture, live = shown(Grid(Asked(), lambda: Sight(GRID, b"\x06")))
    assert picture["text/html"].startswith('<img class="assets-picture" alt="partitions of 1 asset: 1 fresh"')
    assert picture["text/plain"] == "asset  partitions\na      1 fresh"
    assert "application/vnd.jupyter.widget-view+json" in live


def test_answers_are_strict_json():
    """NaN, infinity, foreign objects and endless nesting become text."""
    endless = []
    endless.append(endless)
    made = strict({"a": math.nan, "b": (1, math.inf), "c": object(), 4: [True, None], "d": endless})
    assert json.loads(json.dumps(made, allow_nan=False))["a"] == "nan"
    assert made["c"] == "<object>"
    same = {"fine": [1, 2.5, "x", None]}
    assert strict(same) is same


def test_importing_the_package_loads_no_widget():
    """The screen costs nothing until it is used."""
    code = "import assets, sys; print(any(m.startswith(('anywidget', 'IPython', 'assets.widgets')) for m in sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )

"""Laws of the live view: gathered, numbered, and equal to a fresh one when the deltas are put together."""

import itertools
import threading
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.widgets.live import Gatherer, Live, difference, empty_view
from assets.widgets.models import STATES


def seen(states, edges=(), note=None):
    """A model without places of nodes with these states."""
    nodes = [
        {"id": i, "label": i, "w": 170, "h": 62, "x": 0, "y": 0, "state": s, "type": "asset", "mark": ""}
        for i, s in states.items()
    ]
    return {
        **empty_view(),
        "nodes": nodes,
        "edges": [{"from": a, "to": b, "points": [], "loads": True} for a, b in edges],
        "counts": {s: n for s in STATES if (n := list(states.values()).count(s))},
        "note": note,
    }


class Page:
    """What a page does with deltas."""

    def __init__(self, view):
        self.view = {**view, "nodes": {n["id"]: n for n in view["nodes"]}}
        self.revs = [view["rev"]]

    def hear(self, delta):
        self.revs.append(delta["rev"])
        for node in delta["nodes"]:
            self.view["nodes"][node["id"]] = node
        for gone in delta["gone"]:
            del self.view["nodes"][gone]
        self.view.update(
            {
                k: v
                for k, v in delta.items()
                if k in ("edges", "run", "counts", "size", "note", "title", "rev")
            }
        )

    def same_as(self, view):
        return self.view == {**view, "nodes": {n["id"]: n for n in view["nodes"]}}


def until(true, seconds=10.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    assert true()


ids = st.sampled_from("abcdef")
graphs = st.dictionaries(ids, st.sampled_from(["fresh", "stale", "running"]), max_size=6)


@settings(max_examples=60)
@given(st.lists(st.tuples(graphs, st.booleans()), min_size=1, max_size=8))
def test_the_deltas_together_are_the_view(steps):
    """A page that heard every delta shows what a page that opens now is told, and revs have no gap."""
    now = {}
    live = Live(lambda: now["model"], lambda delta: Page.hear(pages[0], delta))
    live.watched = True
    page = Page(live.view)
    pages = [page]
    for states, joined in steps:
        names = sorted(states)
        now["model"] = seen(states, itertools.pairwise(names) if joined else ())
        live.refresh()
        assert page.same_as(live.view)
    assert page.revs == list(range(len(page.revs)))


def test_nothing_is_sent_where_nothing_changed():
    """Looking again costs the page nothing."""
    heard = []
    live = Live(lambda: seen({"a": "fresh"}), heard.append)
    live.watched = True
    live.refresh()
    live.refresh()
    assert len(heard) == 1
    assert difference(live.view, live.view) is None


def test_a_change_of_state_sends_only_that_node():
    """Neither the edges nor the others go again."""
    now = {"model": seen({"a": "fresh", "b": "fresh"}, [("a", "b")])}
    heard = []
    live = Live(lambda: now["model"], heard.append)
    live.watched = True
    live.refresh()
    now["model"] = seen({"a": "fresh", "b": "stale"}, [("a", "b")])
    live.refresh()
    assert [n["id"] for n in heard[1]["nodes"]] == ["b"]
    assert "edges" not in heard[1]
    assert "size" not in heard[1]


def test_many_changes_go_as_one():
    """Two hundred changes in a burst are looked at a few times, and the last state is what is told."""
    looks, heard = [], []
    live = Live(lambda: looks.append(1) or seen({"a": "stale"}), heard.append, pause=0.05)
    live.watched = True
    for _ in range(200):
        live.changed()
    until(lambda: heard)
    assert len(looks) <= 5
    assert len(heard) == 1
    live.close()


def test_before_a_page_says_hello_nothing_is_worked_out():
    """States cost something; without a reader nobody pays."""
    looks = []
    live = Live(lambda: looks.append(1) or seen({}), print)
    live.changed()
    time.sleep(0.2)
    assert not looks
    live.close()


def test_a_look_that_cannot_tell_leaves_the_view():
    """While user code runs there is no new view, and the old one stands."""
    now = {"model": seen({"a": "fresh"})}
    live = Live(lambda: now["model"], lambda _: None)
    live.refresh()
    before = live.view
    now["model"] = None
    live.refresh()
    assert live.view is before


def test_a_look_that_fails_is_said_to_the_user_and_the_thread_lives():
    """The error is a note in the page; the next look works again."""
    now = {"fail": True}

    def look():
        if now["fail"]:
            raise RuntimeError("no disk")
        return seen({"a": "fresh"})

    heard = []
    live = Live(look, heard.append, pause=0.01)
    live.watched = True
    live.changed()
    until(lambda: heard)
    assert "no disk" in heard[0]["note"]["text"]
    now["fail"] = False
    live.changed()
    until(lambda: len(heard) > 1)
    assert heard[1]["note"] is None
    assert [n["id"] for n in heard[1]["nodes"]] == ["a"]
    live.close()


def test_tidy_and_turn_lay_out_anew():
    """A button may let the graph run from left to right, and back."""
    live = Live(lambda: seen({"a": "fresh", "b": "fresh"}, [("a", "b")]), lambda _: None, pause=0.01)
    live.watched = True
    live.refresh()
    a, b = live.view["nodes"]
    assert a["y"] < b["y"]
    live.turn("LR")
    until(lambda: live.view["nodes"][0]["x"] < live.view["nodes"][1]["x"])
    live.tidy()
    live.close()


def test_closing_ends_the_thread():
    """Nothing of a closed widget stays behind."""
    acts = []
    gatherer = Gatherer(lambda: acts.append(1), pause=0.01)
    gatherer.poke()
    until(lambda: acts)
    gatherer.close()
    assert not [t for t in threading.enumerate() if t is gatherer._thread and t.is_alive()]
    gatherer.poke()
    time.sleep(0.05)
    assert len(acts) == 1

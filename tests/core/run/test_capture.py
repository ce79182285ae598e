"""Laws of capturing: each context's output goes where it belongs, and the streams are left as they were."""

# ruff: noqa: T201 - printing is what is tested
from __future__ import annotations

import sys
import threading

import pytest

from assets.core.keys import AssetKey, Piece
from assets.core.run.capture import Sink, capturing, written_to


def sink(into):
    return Sink(into.extend, "r", Piece(AssetKey("a")))


def texts(events):
    return "".join(event.text for event in events)


def test_only_the_context_that_writes_to_a_sink_is_captured(capsys):
    """Another thread prints at the same time, and its text goes where it always went."""
    mine: list = []
    go, done = threading.Event(), threading.Event()

    def other():
        go.wait()
        print("other")
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with capturing(), written_to(sink(mine)):
        go.set()
        done.wait()
        print("mine")
    thread.join()
    assert texts(mine) == "mine\n"
    assert capsys.readouterr().out == "other\n"


def test_threads_capture_apart():
    """Two steps at once do not mix their output."""
    found: dict[str, list] = {"a": [], "b": []}
    start = threading.Barrier(2)

    def work(name):
        with capturing(), written_to(sink(found[name])):
            start.wait()
            for _ in range(100):
                print(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: set(texts(events).split()) for name, events in found.items()} == {"a": {"a"}, "b": {"b"}}


def test_the_streams_come_back_also_nested_and_interleaved():
    """After the last user, `sys.stdout` is what it was."""
    before = sys.stdout, sys.stderr
    first, second = capturing(), capturing()
    first.__enter__()
    second.__enter__()
    assert sys.stdout is not before[0]
    first.__exit__(None, None, None)
    assert sys.stdout is not before[0]
    second.__exit__(None, None, None)
    assert (sys.stdout, sys.stderr) == before


def test_a_stream_that_somebody_replaced_meanwhile_is_theirs(monkeypatch):
    """We take back only what is still ours."""
    import io

    theirs = io.StringIO()
    with capturing():
        monkeypatch.setattr(sys, "stdout", theirs)
    assert sys.stdout is theirs


def test_the_stand_in_is_the_stream_for_everything_else():
    """Attributes are those of the real stream: `encoding`, `fileno`, what a notebook adds."""
    real = sys.stdout
    with capturing():
        assert sys.stdout.encoding == real.encoding
        assert sys.stdout.isatty() == real.isatty()


def test_small_writes_are_gathered():
    """A loop that prints makes few events, in order, and loses none."""
    mine: list = []
    with capturing(), written_to(sink(mine)):
        for number in range(1000):
            print(number)
    assert texts(mine).split() == [str(number) for number in range(1000)]
    assert len(mine) < 50


class Teed:
    """What IPython does around each cell: a `write` of its own on the stream it finds, and the former back."""

    def __init__(self):
        self.heard: list[str] = []

    def begin(self):
        self.stream = sys.stdout
        self.former = self.stream.write

        def write(text):
            count = self.former(text)
            self.heard.append(text)
            return count

        self.stream.write = write

    def end(self):
        self.stream.write = self.former


ORDERS = [
    ("run+", "cell+", "run-", "cell-"),
    ("run+", "cell+", "cell-", "run-"),
    ("cell+", "run+", "run-", "cell-"),
    ("cell+", "run+", "cell-", "run-"),
    ("run+", "cell+", "run-", "run+", "cell-", "run-"),
    ("cell+", "run+", "cell-", "cell+", "run-", "cell-"),
    ("run+", "cell+", "cell-", "cell+", "run-", "run+", "cell-", "run-"),
]


@pytest.mark.parametrize("order", ORDERS, ids="".join)
def test_runs_and_cells_begin_and_end_in_any_order(order, capsys):
    """Whoever puts a `write` of his own on a stream and takes it back: printing works during and after."""
    before, tee, mine = sys.stdout, Teed(), []
    runs: list = []
    for happens in order:
        if happens == "run+":
            runs.append(capturing())
            runs[-1].__enter__()
        elif happens == "run-":
            runs.pop().__exit__(None, None, None)
        elif happens == "cell+":
            tee.begin()
        else:
            tee.end()
        print(happens)
        if runs:
            with written_to(sink(mine)):
                print("inside")
    print("after")
    assert sys.stdout is before
    assert capsys.readouterr().out.split() == [*order, "after"]
    assert set(texts(mine).split()) == {"inside"}
    assert "inside" not in "".join(tee.heard)  # a step's text is its run's alone


def test_what_is_hung_into_the_stand_in_goes_with_it(monkeypatch):
    """A method replaced on the stand-in is not left on the stream beneath, nor lost while it stands."""
    real, flushed = sys.stdout, []
    with capturing():
        with monkeypatch.context() as patch:
            patch.setattr(sys.stdout, "flush", lambda: flushed.append(1))
            patch.setattr(sys.stdout, "write", flushed.append)
            print("x", flush=True)
        print("y", flush=True)
    assert flushed == ["x", "\n", 1]
    assert "flush" not in vars(real)

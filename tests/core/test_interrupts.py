"""Laws of the kernel's interrupt, wherever it falls into our own code."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager

import pytest

CELL = """
from assets import asset
@asset
def first(): return [number, "first"]
@asset
def second(first): return [first, "second"]
@asset
def third(first, second): return [first, second, b"x" * 70_000]
"""


@contextmanager
def interrupted_after(seconds):
    """A real signal that interrupts as the kernel's does, some time after the beginning; unless all is over before.

    Whoever had the alarm before has it again afterwards, however this ends.
    """
    sent = []
    former = signal.getsignal(signal.SIGALRM)

    def interrupt(number, frame):
        sent.append(number)
        signal.signal(signal.SIGALRM, former)
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.default_int_handler(number, frame)

    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield sent
    finally:
        if not sent:
            signal.setitimer(signal.ITIMER_REAL, left)
            signal.signal(signal.SIGALRM, former)


def expected(number):
    first = [number, "first"]
    second = [first, "second"]
    return {"first": first, "second": second, "third": [first, second, b"x" * 70_000]}


# A folder's listing that was cut off in its first instruction is closed by the collector, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_an_interrupt_anywhere_leaves_the_kernel_and_the_store_in_order(cells, capsys, start):
    """What is fresh is right, the next run makes the rest, and what is printed goes where it went before."""
    number, at = 0, 40 + 5 * start
    cells.run("number", "number = 0")
    cells.run("all", CELL)
    cells.materialize()
    over = hits = 0
    while over < 3:
        number, at = number + 1, at + 20
        cells.namespace["number"] = number
        sent = []
        try:
            with interrupted_after(at / 1e6) as sent:
                cells.materialize()
        except KeyboardInterrupt:
            pass
        over += not sent
        hits += bool(sent)
        values = expected(number)
        for name, state in cells.states().items():
            value = cells.workspace.load(name)
            assert state != "fresh" or value == values[name]
        capsys.readouterr()
        sys.stdout.write("here\n")
        assert capsys.readouterr().out == "here\n"
        cells.materialize()
        assert set(cells.states().values()) == {"fresh"}
        assert {name: cells.workspace.load(name) for name in values} == values
    assert hits > 10

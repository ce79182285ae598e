"""Laws of the kernel's interrupt, wherever it falls into our own code."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import assets

OURS = str(Path(assets.__file__).parent / "core")
CELL = """
from assets import asset
@asset
def first(): return [number, "first"]
@asset
def second(first): return [first, "second"]
@asset
def third(first, second): return [first, second, b"x" * 70_000]
"""


class Interrupt:
    """Raises `KeyboardInterrupt` at the n-th line that this thread executes of our code."""

    def __init__(self, number):
        self.left = number

    def enter(self, frame, _event, _arg):
        return self.line if frame.f_code.co_filename.startswith(OURS) else None

    def line(self, _frame, event, _arg):
        if event == "line":
            self.left -= 1
            if not self.left:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self.line


def expected(number):
    first = [number, "first"]
    second = [first, "second"]
    return {"first": first, "second": second, "third": [first, second, b"x" * 70_000]}


@pytest.mark.parametrize("start", [5, 31, 57, 83])
def test_an_interrupt_anywhere_leaves_the_kernel_and_the_store_in_order(cells, capsys, start):
    """What is fresh is right, the next run makes the rest, and what is printed goes where it went before."""
    number, at = 0, start
    cells.run("number", "number = 0")
    cells.run("all", CELL)
    cells.materialize()
    before = sys.gettrace()
    while True:
        number, at = number + 1, at + 104
        cells.namespace["number"] = number
        hit = Interrupt(at)
        sys.settrace(hit.enter)
        try:
            cells.materialize()
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        if hit.left > 0:
            break
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

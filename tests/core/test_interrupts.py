"""Laws of the kernel's interrupt, wherever it falls into our own code."""

from __future__ import annotations

import opcode
import sys
from pathlib import Path

import pytest

import assets

LOOKS = {
    number
    for name, number in opcode.opmap.items()
    if name.startswith("CALL") or name in {"JUMP_BACKWARD", "RESUME"}
}
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
    """Raises `KeyboardInterrupt` at the n-th place in our code where Python looks for one.

    It looks after a call, at the beginning of a function and where a loop turns; in between
    (a lock's `with` among others) nothing can come.
    """

    def __init__(self, number):
        self.left = number
        self.codes = {}

    def enter(self, frame, _event, _arg):
        code = frame.f_code
        if not code.co_filename.startswith(OURS):
            return None
        frame.f_trace_opcodes = True
        raw = self.codes.setdefault(code, code.co_code)
        looked = False

        def step(frame, event, _arg):
            nonlocal looked
            if event == "opcode":
                self.left -= looked
                if looked and not self.left:
                    sys.settrace(None)
                    raise KeyboardInterrupt
                looked = raw[frame.f_lasti] in LOOKS
            return step

        return step


def expected(number):
    first = [number, "first"]
    second = [first, "second"]
    return {"first": first, "second": second, "third": [first, second, b"x" * 70_000]}


# A folder's listing that was cut off in its first instruction is closed by the collector, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("start", [1, 8, 15, 22])
def test_an_interrupt_anywhere_leaves_the_kernel_and_the_store_in_order(cells, capsys, start):
    """What is fresh is right, the next run makes the rest, and what is printed goes where it went before."""
    number, at = 0, start
    cells.run("number", "number = 0")
    cells.run("all", CELL)
    cells.materialize()
    before = sys.gettrace()
    while True:
        number, at = number + 1, at + 28
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

"""Laws of pickled values whose classes a notebook defines."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

NOTEBOOK = """
import abc, dataclasses, enum, sys
from typing import NamedTuple
from assets import asset
from assets.core.workspace import Workspace

class Color(enum.Enum):
    red = 1

@dataclasses.dataclass
class Point:
    x: int = 1

class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...

class Square(Shape):
    times = 1
    def __init__(self, color): self.color = color
    def area(self): return 4 * self.times

class Pair(NamedTuple):
    a: int
    b: int = 2

class Outer:
    class Inner: ...

@asset
def things():
    return [Color.red, Point(), Square(Color.red), Pair(1), Outer.Inner(), Square]

@asset
def known(things):
    color, point, square, pair, inner, kind = things
    return [
        color is Color.red, type(point) is Point, type(square) is Square and square.color is Color.red,
        type(pair) is Pair, type(inner) is Outer.Inner, kind is Square,
    ]

workspace = Workspace(sys.argv[1])
workspace.define([things, known])
def states(): return sorted({verdict.state for verdict in workspace.states().values()})
"""


@pytest.fixture
def kernel(tmp_path):
    """Runs the notebook and one more cell in a process of its own; gives what that prints."""

    def run(cell):
        script = tmp_path / "notebook.py"
        script.write_text(NOTEBOOK + textwrap.dedent(cell))
        done = subprocess.run(
            [sys.executable, str(script), str(tmp_path / "store")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n")[:-1]

    return run


def test_a_value_that_was_opened_leaves_its_class_as_it_is(kernel):
    """What was made is fresh after it was loaded, and a class that was changed in place stays changed."""
    printed = kernel(
        """
        workspace.materialize()
        workspace.load("things")
        print(states())
        Square.times = 2
        workspace.load("things")
        print(Square.times)
        """
    )
    assert printed == ["['fresh']", "2"]


def test_what_another_kernel_made_is_of_the_classes_that_stand_here(kernel):
    """A consumer that runs in a new kernel sees the notebook's own classes and members, as if all had run there."""
    kernel("workspace.materialize('things')")
    printed = kernel("print(len(workspace.materialize().built), set(workspace.load('known')), states())")
    assert printed == ["1 {True} ['fresh']"]


def test_a_class_that_means_something_else_now_is_made_as_it_was(kernel):
    """A value of an older class of that name comes back as what it was, beside the class that stands."""
    kernel("workspace.materialize('things')")
    printed = kernel(
        """
        class Square(Shape):
            def __init__(self): self.color = None
            def area(self): return 9
        old = workspace.load("things")[2]
        print(type(old) is Square, old.area(), Square().area())
        """
    )
    assert printed == ["False 4 9"]

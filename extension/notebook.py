"""The workspace as a notebook needs it: it knows what the running cell has defined so far.

A verb that is called in the middle of a cell, by a magic or as a method, sees the
definitions above it. And it may take code versions then: the cell waits for this very call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..core.graph import Graph
from ..core.workspace import Workspace


class NotebookWorkspace(Workspace):
    """A workspace whose graph follows the cells.

    Args:
        in_cell: Whether the calling thread is running a cell.
        settle: Puts in force what that cell has defined so far.
        origin: The notebook's path.
    """

    def __init__(self, in_cell: Callable[[], bool], settle: Callable[[], None], *, origin: str = "") -> None:
        self._in_cell = in_cell
        self._settle = settle
        self._settling = threading.local()
        super().__init__(origin=origin)

    if not TYPE_CHECKING:  # to its users it is the attribute that it is in the base class

        @property
        def graph(self) -> Graph:
            """The graph in force, with what the running cell has defined so far."""
            if self._in_cell() and not getattr(self._settling, "now", False):
                self._settling.now = True
                try:
                    self._settle()
                finally:
                    self._settling.now = False
            return self._graph

        @graph.setter
        def graph(self, graph: Graph) -> None:
            self._graph = graph

    def quiet(self) -> bool:
        """Whether the user's objects may be looked at; a cell that asks waits for the answer."""
        return super().quiet() or self._in_cell()

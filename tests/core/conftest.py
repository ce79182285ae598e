"""A notebook without a kernel: cells of source that run in one namespace."""

from __future__ import annotations

import linecache
from textwrap import dedent

import pytest

from assets import Workspace
from assets.core.define.observer import observe


class Cells:
    """Runs sources as cells do, and lets the definitions that they make stand in a workspace.

    A cell is known by its name; running it again replaces what it defined.
    """

    def __init__(self, workspace: Workspace):
        self.workspace = workspace
        self.namespace = {"__name__": "__main__"}
        self.defined = {}
        self.count = 0

    def run(self, name: str, source: str) -> None:
        source = dedent(source)
        self.count += 1
        file = f"<cell {name} {self.count}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        made = []
        end = observe(made.append)
        try:
            exec(compile(source, file, "exec"), self.namespace)
        finally:
            end()
        self.defined[name] = made
        self.workspace.define([one for cell in self.defined.values() for one in cell])

    def states(self) -> dict[str, str]:
        return {str(piece): own.state for piece, own in self.workspace.states().items()}

    def materialize(self, *args, **options) -> list[str]:
        """The pieces that were made."""
        return [str(piece) for piece in self.workspace.materialize(*args, **options).built]


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSETS_KEY", str(tmp_path / "key"))
    made = Workspace(tmp_path / "store", origin="test.ipynb")
    yield made
    made.close()


@pytest.fixture
def cells(workspace):
    return Cells(workspace)

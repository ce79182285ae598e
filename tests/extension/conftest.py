"""A notebook without IPython: cells as texts, run in one namespace, told to the bookkeeping."""

from __future__ import annotations

import threading
from types import ModuleType

import pytest

from assets.core.define.definition import AssetsDefinition
from assets.core.define.definitions import Definitions
from assets.core.define.observer import observe
from assets.core.define.source import SourceAsset
from assets.core.graph import Graph
from assets.extension.bindings import Kinds
from assets.extension.cells import Cells
from assets.extension.creation import by_the_cell

KINDS = Kinds((AssetsDefinition, SourceAsset), (Definitions,))


class Paper:
    """Runs cells as a kernel would, and says which keys stand and what was printed under the cell."""

    def __init__(self) -> None:
        self.cells = Cells(KINDS)
        self.names: dict = {"__name__": "__main__"}
        self.lines: tuple[str, ...] = ()
        self.error: Exception | None = None
        self.graph = Graph.of([])
        self.count = 0
        self.end = observe(lambda d: self.cells.created(d) if by_the_cell(d) else None)
        exec("from assets import AssetSpec, Definitions, SourceAsset, asset", self.names)
        self.cells.look_around(self.names)

    def run(self, cell: str | None, source: str, deleted=()) -> str:
        """Run a cell; the keys that stand afterwards, sorted, blank between."""
        self.count += 1
        self.cells.begin_cell(cell, source, label=f"cell [{self.count}]")
        success = True
        try:
            exec(compile(source, f"<{cell}>", "exec"), self.names)
        except Exception:
            success = False
        self.lines, self.error = (), None
        if self.cells.end_cell(success, self.names, deleted):
            self.lines, self.error = self.cells.settle(self.accept)
        return self.keys()

    def accept(self, definitions) -> None:
        graph = Graph.of(definitions, ghosts=True)
        graph.check()
        self.graph = graph

    def keys(self) -> str:
        return " ".join(sorted(k.to_user_string() for k, n in self.graph.nodes.items() if n.kind != "ghost"))


@pytest.fixture
def paper():
    made = Paper()
    yield made
    made.end()


@pytest.fixture
def module(monkeypatch):
    """Make an importable module from text; `module.again(name, text)` reloads it."""
    import sys

    def make(name: str, text: str) -> ModuleType:
        made = sys.modules.get(name) or ModuleType(name)
        made.__dict__.setdefault("asset", __import__("assets").asset)
        exec(text, made.__dict__)
        monkeypatch.setitem(sys.modules, name, made)
        return made

    return make


@pytest.fixture
def elsewhere():
    """Run something on another thread, to its end."""

    def run(fn) -> None:
        thread = threading.Thread(target=fn)
        thread.start()
        thread.join()

    return run


class Notebook:
    """A real IPython shell with the extension loaded, in a folder of its own."""

    def __init__(self, shell, capsys) -> None:
        self.shell, self.capsys = shell, capsys
        self.result = None

    def run(self, source: str, cell_id: str | None = None) -> str:
        """Run a cell; what it printed and showed, and the lines of its error."""
        self.capsys.readouterr()
        self.result = self.shell.run_cell(source, store_history=True, cell_id=cell_id)
        out, err = self.capsys.readouterr()
        return (out + err).strip()

    def value(self, source: str):
        """The value of an expression."""
        return self.shell.ev(source)

    @property
    def workspace(self):
        import assets

        return assets.workspace()

    def keys(self) -> str:
        return " ".join(sorted(k.to_user_string() for k in self.workspace.graph.nodes))


@pytest.fixture
def bare(tmp_path, monkeypatch, capsys):
    """A real shell without the extension."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("ASSETS_HOME", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config)
    yield Notebook(shell, capsys)
    from assets.extension.session import unload

    unload(shell)
    InteractiveShell.clear_instance()


@pytest.fixture
def nb(bare):
    """A shell with the extension loaded and `asset` at hand."""
    bare.run("%load_ext assets\nfrom assets import asset, Definitions")
    return bare

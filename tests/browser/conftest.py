"""One server for each worker and app, one page for each test.

    def test_it(notebook):
        page = notebook(["%load_ext assets", "…"])      # cells as texts, an example's name, or a path
        page.run_all()

    def test_that(story):
        it = story(A, B)                                # the extension, the widget, then these cells

`UI_APPS=lab,notebook` names the apps that tests run in, `SHOTS=folder` keeps a picture of each test,
and of whatever a test photographs on its way.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import nbformat
import pytest

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "notebooks"


def _beside(file: str):
    # With importlib's import mode a test folder is not on the path, so its modules are loaded by name.
    name = f"assets_browser_{file}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{file}.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def harness():
    """The module that drives a page."""
    return _beside("harness")


@pytest.fixture(scope="session")
def ui_root(tmp_path_factory):
    """The folder that the server shows."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def servers(harness, ui_root):
    """The server of an app, started when it is needed first and kept for all tests of the worker."""
    with ExitStack() as running:

        @cache
        def of(app: str):
            folder = ui_root / app
            folder.mkdir()
            return running.enter_context(harness.JupyterServer(folder, app=app))

        yield of


@pytest.fixture(params=os.environ.get("UI_APPS", "lab,notebook").split(","))
def server(request, servers):
    """A server of each app."""
    return servers(request.param)


@pytest.fixture
def notebook(server, chromium, request):
    """Open a notebook in a folder (and so with a store) of its own."""
    opened = []

    def open_(cells: list[str] | str | Path, **options):
        if isinstance(cells, Path):
            opened.append(server.open(chromium, str(cells.relative_to(server.root)), **options))
            return opened[-1]
        folder = re.sub(r"[^\w]+", "-", request.node.name).strip("-")
        target = server.root / folder
        target.mkdir(exist_ok=True)
        name = f"{len(opened)}.ipynb"
        if isinstance(cells, str):
            shutil.copy(EXAMPLES / cells, target / name)
        else:
            written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
            written.metadata["kernelspec"] = {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            }
            nbformat.write(written, target / name)
        opened.append(server.open(chromium, f"{folder}/{name}", **options))
        return opened[-1]

    yield open_
    for number, page in enumerate(opened):
        try:
            _photograph(page, request, f"end-{number}")
        finally:
            page.close()


@pytest.fixture
def story(notebook, request):
    """Open a notebook with the extension and the lineage widget, and these cells below them, not yet run.

    The first two cells are run; the bodies of the cells may call `ran("name")`, and the story reads what they said.
    """
    tells = _beside("story")

    def begin(*cells: str):
        page = notebook([tells.BEGINNING, "%assets", *cells])
        page.run_cell(0)
        page.run_cell(1)
        return tells.Story(page, lambda name: _photograph(page, request, name))

    return begin


def _photograph(page, request, name: str) -> None:
    shots = os.environ.get("SHOTS")
    if shots:
        page.screenshot(Path(shots) / f"{request.node.name}-{name}.png")

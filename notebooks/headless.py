"""Run the example notebooks without a screen.

python notebooks/headless.py demo     the quickstart, twice: what was run, what was skipped
python notebooks/headless.py save     every notebook, with its outputs written back
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
DEMO = "demo"
"""The tag of the cell that the demonstration ends with."""


def run(notebook: nbformat.NotebookNode, store: str) -> None:
    """Execute every cell in a fresh kernel, on a store of its own."""
    os.environ["ASSETS_HOME"] = store
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    options = {"timeout": 900, "kernel_name": "python3", "store_widget_state": False}
    NotebookClient(notebook, resources={"metadata": {"path": str(HERE)}}, **options).execute()


def read(name: str) -> nbformat.NotebookNode:
    """A notebook of this folder."""
    return nbformat.read(HERE / name, as_version=4)


def demo() -> None:
    """Run the quickstart up to its first materialization, in two kernels on one store."""
    with tempfile.TemporaryDirectory() as store:
        for title in ("The first time", "The second time, in a new kernel"):
            notebook = read("quickstart.ipynb")
            last = next(i for i, cell in enumerate(notebook.cells) if DEMO in cell.metadata.get("tags", ()))
            del notebook.cells[last + 1 :]
            run(notebook, store)
            print(f"{title}:")
            for output in notebook.cells[last].outputs:
                print(output.get("text") or output.get("data", {}).get("text/plain", ""))
            print()


def save() -> None:
    """Run every notebook and keep what it shows."""
    for path in sorted(HERE.glob("*.ipynb")):
        notebook = read(path.name)
        with tempfile.TemporaryDirectory() as store:
            run(notebook, store)
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)  # times of this machine
        notebook.metadata["language_info"] = {"name": "python"}
        nbformat.write(notebook, path)
        print(path.name)


if __name__ == "__main__":
    commands = {"demo": demo, "save": save}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:  # noqa: PLR2004  the program and its one word
        sys.exit(__doc__)
    commands[sys.argv[1]]()

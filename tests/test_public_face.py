"""Laws of the public face: what is listed is there, and importing it is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import assets

ROOT = Path(assets.__file__).parent


def test_every_public_name_is_there():
    """`__all__`, `dir()` and reality agree."""
    for name in assets.__all__:
        assert getattr(assets, name) is not None, name
    assert set(assets.__all__) < set(dir(assets))


def test_type_checkers_see_the_same_names():
    """What is imported for type checkers is what is imported when a name is asked for, from the same room."""
    tree = ast.parse((ROOT / "__init__.py").read_text())
    seen = {
        alias.asname: "." * node.level + str(node.module)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert seen == assets._HOME


def test_an_unknown_name_is_an_attribute_error():
    """A misspelt name fails as it does for any module."""
    assert not hasattr(assets, "aset")


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return set(out.split())


HEAVY = {
    "IPython",
    "anywidget",
    "ipywidgets",
    "traitlets",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "asyncio",
}


def test_importing_is_light():
    """Neither `import assets` nor declaring an asset loads what only some users need."""
    declare = "import assets; assets.asset(name='a')(lambda: 1)"
    for statement in ("import assets", declare, "from assets import materialize, Workspace"):
        assert not HEAVY & loaded_by(statement), statement

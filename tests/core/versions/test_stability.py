"""Laws of stability: another process, another hash seed, another import give the same versions."""

import os
import subprocess
import sys
import textwrap

import pytest

CELLS = """
    import dataclasses, datetime, decimal, enum, functools, json, pathlib, re, uuid

    NAMES = {"a", "b", "c", ("d", 1), None, frozenset({"x", "y", 2})}
    TABLE = {"k": [1, 2.5, "x"], 3: {"z", "y"}}

    class Colour(enum.Enum):
        RED = 1
        BLUE = "b"

    @dataclasses.dataclass
    class Point:
        x: int = 1
        seen: set = dataclasses.field(default_factory=set)

        def far(self):
            return helper(self.x) in {"p", "q", "r"}

    def helper(x, *, by={"m", "n"}):
        return x, by, [v for v in NAMES if v in ("a", "b")]

    @functools.lru_cache
    def cached(x):
        class Inner:
            'Doc.'
            def __init__(self): self.a = self.b = self.c = 1
        return Inner

    def decide(x: "int") -> None:
        def inner(y: dict[str, int] = None): return y, Colour.RED
        return inner, cached(x), Point(), re.compile("a"), json

    POINTS = {Colour.RED: Point(2, {"u", "v", "w"}), "when": datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)}
    OTHERS = [decimal.Decimal("1.10"), pathlib.Path("a/b"), uuid.UUID(int=5), {Colour.RED, Colour.BLUE}, {Point, helper}]

    def body(a, b=TABLE):
        return helper(a), POINTS, OTHERS, decide(b)
"""
ASK = """
    import sys
    from assets.core.versions.digest import digest
    from assets.core.versions.fingerprint import fingerprint
    print(fingerprint(body).version, digest(POINTS), digest(OTHERS), digest([NAMES, TABLE, helper, Point]))
    print(sorted((n, p.digest) for n, p in fingerprint(body).parts.items()))
"""


def ask(tmp_path, seed, *, module=False, before=""):
    """The versions as another process finds them."""
    cells = textwrap.dedent(CELLS)
    if module:
        (tmp_path / "loc_cells.py").write_text(cells)
        cells = "from loc_cells import *"
    (tmp_path / "script.py").write_text("\n".join([textwrap.dedent(before), cells, textwrap.dedent(ASK)]))
    root = [p for p in sys.path if p]
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(seed),
        "PYTHONPATH": os.pathsep.join(root),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hash_seeds_do_not_matter(tmp_path, seed):
    """Sets, frozensets and everything that is made of them are the same in every process."""
    assert ask(tmp_path, seed) == ask(tmp_path, 0)


def test_what_else_is_imported_does_not_matter(tmp_path):
    """Libraries that happen to be loaded, and values that happen to be interned, change nothing."""
    assert ask(
        tmp_path, 4, before="import asyncio, email, sqlite3, http.client\nx = [str(i) for i in range(9)]"
    ) == ask(tmp_path, 5)


def test_a_module_imported_in_two_processes_is_the_same(tmp_path):
    """Re-importing changes nothing, and neither does moving every cell into a module."""
    first = ask(tmp_path, 6, module=True)
    assert ask(tmp_path, 7, module=True) == first
    assert ask(tmp_path, 8).split()[:4] == first.split()[:4]

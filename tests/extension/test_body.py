"""The body of a `%%asset` cell becomes a function that reads its inputs and gives its last expression."""

from __future__ import annotations

import asyncio
import inspect
import linecache

import pytest

from assets.extension.body import body_of, function_of, pairs
from assets.extension.grammar import Mistake

KNOWN = frozenset({"raw", "rates", "total"})

READS = [
    ("raw + 1", ["raw"]),
    ("x = raw\nx", ["raw"]),
    ("raw = 1\nraw", []),
    ("raw = raw + 1\nraw", ["raw"]),
    ("raw += 1\nraw", ["raw"]),
    ("y = [raw for raw in range(3)]\ny", []),
    ("y = [r for r in raw]\ny", ["raw"]),
    ("y = {k: rates[k] for k in raw}\ny", ["raw", "rates"]),
    ("for raw in range(3): pass\nraw", []),
    ("import raw\nraw", []),
    ("import numpy as raw\nraw", []),
    ("import raw.sub\nraw", []),
    ("def f(): return raw\nf()", ["raw"]),
    ("def f(raw): return raw\nf(1)", []),
    ("def f():\n    raw = 2\n    return raw\nf()", []),
    ("def f(): return raw\nraw = 1\nf()", []),
    ("g = lambda x=raw: x + rates\ng()", ["raw", "rates"]),
    ("x.raw\nf(raw=1)", []),
    ('f"{raw} {rates!r}"', ["raw", "rates"]),
    ("if (raw := 3): raw", []),
    ("[last := r for r in rates]\nlast", ["rates"]),
    ("try:\n    pass\nexcept ValueError as raw:\n    raw\n1", []),
    ("match 1:\n    case raw:\n        raw\n1", []),
    ("with open('f') as raw:\n    raw\n1", []),
    ("global raw\nraw", []),
    ("total = rates\ntotal", ["rates"]),
    ("class A:\n    x = raw\nA", ["raw"]),
    ("x: rates = raw\nx", ["raw"]),
    ("raw: int\nraw", ["raw"]),
    ("del raw\n1", []),
]


@pytest.mark.parametrize(("text", "inputs"), READS)
def test_names_that_are_read_first_are_inputs(text, inputs):
    """A name that is an asset key is an input unless the body assigns it first."""
    assert sorted(body_of(text, "made", KNOWN).inputs) == sorted(inputs)


def test_the_assets_own_name_is_no_input():
    """An asset is not its own input, though its key is known from the cell's former run."""
    assert body_of("total + raw", "total", KNOWN).inputs == ("raw",)


VALUES = [
    ("1 + 1", 2),
    ("x = 2\nx * 3", 6),
    ("x = 1; x + 1", 2),
    ("x = 1; (x +\n 4)", 5),
    ("(1 +\n 2)", 3),
    ("'ä' + 'ö'; 'ü'", "ü"),
    ("x = 'é'; x", "é"),
    ('"""a\n  b"""', "a\n  b"),
    ('x = """a\nb"""\nx', "a\nb"),
    ('x = f"""a\n{1 + 1}\nb"""\nx', "a\n2\nb"),
    ("made = 7", 7),
    ("other = 7", None),
    ("x = 5  # five\nx  # the value", 5),
    ("if True:\n    1", None),
    ("return 4", 4),
    ("\n\nx = 3\n\nx\n\n", 3),
    ("x = [\n1,\n2]\nx;", [1, 2]),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_the_last_expression_is_the_value(text, value):
    """Whatever the form of the last line, and strings of several lines keep their text."""
    namespace: dict = {}
    made = function_of(body_of(text, "made", ()), namespace, lambda _: "<cell>")
    assert made() == value
    assert "made" not in namespace


def test_the_last_statement_may_name_the_asset():
    """Without a name, a last line that is a name or assigns one gives it."""
    assert body_of("x = 1\nx", "", ()).name == "x"
    assert body_of("x = 1", "", ()).name == "x"
    assert function_of(body_of("x = 1", "", ()), {}, lambda _: "<cell>")() == 1


def test_awaiting_makes_a_coroutine_function():
    """A body that awaits is async, as a cell is."""
    text = "import asyncio\nawait asyncio.sleep(0)\n3"
    made = function_of(body_of(text, "made", ()), {}, lambda _: "<cell>")
    assert inspect.iscoroutinefunction(made)
    assert asyncio.run(made()) == 3


def test_yielding_keeps_the_generator():
    """A body that yields is a generator, whose last expression is no value."""
    made = function_of(body_of("yield 1\n2", "made", ()), {}, lambda _: "<cell>")
    assert list(made()) == [1]


def test_lines_are_those_of_the_cell():
    """The second line of the cell is the second line of the function's source, for tracebacks and diffs."""

    def remember(source: str) -> str:
        linecache.cache["<made here>"] = (len(source), None, source.splitlines(keepends=True), "<made here>")
        return "<made here>"

    made = function_of(body_of("a = raw\n\nb = 1 / 0\nb", "made", KNOWN), {}, remember)
    with pytest.raises(ZeroDivisionError) as caught:
        made(1)
    assert caught.traceback[-1].lineno + 1 == 4
    assert inspect.getsource(made) == "def made(raw):\n    a = raw\n\n    b = 1 / 0\n    return b\n"


REFUSED = [
    ("", "made", "no body"),
    ("# only a comment", "made", "no body"),
    ("1 +", "made", "not valid Python: invalid syntax (line 2 of the cell)"),
    ("from math import *\n1", "made", "not valid Python"),
    ("1", "", "needs a name"),
    ("1", "a b", "is no name"),
    ("1", "class", "is no name"),
]


@pytest.mark.parametrize(("text", "name", "message"), REFUSED)
def test_what_cannot_be_an_asset_is_refused_in_a_sentence(text, name, message):
    """Never a traceback of ours."""
    with pytest.raises(Mistake) as caught:
        body_of(text, name, ())
    assert message in str(caught.value)


def test_pairs():
    """`--ins` and `--tags` take name=value."""
    assert pairs("a=x/y, b=z", "--ins") == {"a": "x/y", "b": "z"}
    with pytest.raises(Mistake, match="--ins takes name=value, not 'a'"):
        pairs("a", "--ins")


def test_the_context_is_the_first_parameter_where_it_is_read():
    """As for a function of `@asset`; one that the body makes is the body's."""
    body = body_of("raw + context.partition_key", "made", KNOWN)
    assert body.source.startswith("def made(context, raw):")
    assert body.inputs == ("raw",)
    assert body_of("context = 1\ncontext", "made", KNOWN).source.startswith("def made():")


@pytest.mark.parametrize("line", ["!ls", "%time raw", "x = !ls", "  %pip install x"])
def test_a_line_for_the_shell_is_named(line):
    """It is no mistake of Python's grammar, and there is another way."""
    text = f"if 1:\n{line}\n1" if line.startswith(" ") else f"{line}\n1"
    with pytest.raises(Mistake, match="magics and shell commands work in cells alone"):
        body_of(text, "made", KNOWN)


def test_a_value_that_is_only_assigned_is_told():
    """Unless the name is the asset's own."""
    assert "assigns x, so its value is None" in body_of("x = raw", "made", KNOWN).hint
    assert body_of("made = raw", "made", KNOWN).hint == ""
    assert body_of("x = raw\nx", "made", KNOWN).hint == ""

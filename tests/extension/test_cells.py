"""Which definitions stand after a history of cells: rules C1-C7, C9, C11 and C12 of the notebook."""

from __future__ import annotations

import pytest

from assets.core.keys import AssetKey
from assets.extension.cells import Cells

A = "@asset\ndef a(): return 1\n"
A2 = "@asset\ndef a(): return 2\n"
B = "@asset\ndef b(a): return a\n"
C = "@asset\ndef c(): return 3\n"
LOOP = "for i in range({}):\n    @asset(name=f'n{{i}}')\n    def _n(): return 1\n"

HISTORIES = {
    "C1 a cell's definition stands": [("1", A, "a")],
    "C1 also when no variable keeps it": [("1", A + "del a\n", "a"), ("1", LOOP.format(3) + "del _n\n", "n0 n1 n2")],
    "C1 a factory in a cell counts": [
        ("1", "def make(n):\n    @asset(name=n)\n    def _made(): return n\n    return _made\n", ""),
        ("2", "make('x'); make('y')", "x y"),
    ],
    "C1 a class method as factory counts": [
        ("1", "class F:\n    def make(self, n):\n        return asset(name=n)(lambda: 1)\n", ""),
        ("2", "[F().make(n) for n in 'xy']", "x y"),
    ],
    "C1 a source asset made by a cell counts": [("1", "SourceAsset('raw')", "raw"), ("1", "1", "")],
    "C1 what an asset's body makes does not count": [
        ("1", "@asset\ndef outer():\n    @asset\n    def inner(): return 1\n    return 1\n", "outer"),
        ("2", "outer()", "outer"),
    ],
    "C2 a cell run again replaces what it defined": [("1", A, "a"), ("1", C, "c")],
    "C2 a loop with fewer turns": [("1", LOOP.format(3), "n0 n1 n2"), ("1", LOOP.format(2), "n0 n1")],
    "C2 a cell that defines nothing any more": [("1", A, "a"), ("2", B, "a b"), ("2", "1", "a")],
    "C2 an older name for it does not bring it back": [("1", A, "a"), ("2", "kept = [a]", "a"), ("1", C, "c"), ("3", "more = a", "c")],
    "C3 a failing cell replaces what it defined before failing": [
        ("1", A + C, "a c"),
        ("1", A2 + "1 / 0\n", "a c"),
    ],
    "C3 a syntax error replaces nothing": [("1", A + C, "a c"), ("1", "def (", "a c")],
    "C3 a failing cell adds what it made": [("1", A + "1 / 0\n", "a"), ("1", C + "1 / 0", "a c"), ("1", C, "c")],
    "C4 of a key defined twice one stands": [("1", A, "a"), ("2", A2, "a"), ("2", "1", "a"), ("1", "1", "")],
    "C4 twice in a cell": [("1", A + A2, "a")],
    "C6 del removes": [("1", A + C, "a c"), ("2", "del a", "c")],
    "C6 binding to something else does not": [("1", A + C, "a c"), ("2", "a = 5", "a c"), ("3", "del a", "a c")],
    "C6 a second name keeps it": [("1", A, "a"), ("2", "other = a", "a"), ("3", "del other", "a"), ("4", "del a", "")],
    "C6 what was deleted and made again stands": [("1", A, "a"), ("2", "del a", ""), ("1", A, "a")],
    "a definition that is shown binds nothing": [("1", A, "a"), ("2", "_ = a\n_3 = a\nOut = {3: a}", "a"), ("3", "del _", "a")],
    "copies count only where a name holds them": [("1", A, "a"), ("2", "a.with_attributes(group_names_by_key={a.key: 'g'})", "a")],
    "C2 a copy goes with its cell": [
        ("1", A + "a = a.with_attributes(group_names_by_key={a.key: 'g'})\n", "a"),
        ("1", "@asset\ndef b(): return 1\nb = b.with_attributes(group_names_by_key={b.key: 'g'})\n", "b"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_after_each_cell_these_keys_stand(name, paper):
    """A history of cells, and the keys in force after each of them."""
    assert [paper.run(cell, source) for cell, source, _ in HISTORIES[name]] == [
        keys for *_, keys in HISTORIES[name]
    ]


def value(paper, key: str):
    return paper.graph.nodes[AssetKey(key)].definition()


def test_the_newest_definition_wins_and_the_next_newest_returns(paper):
    """C4, with one line that says whose definition was replaced."""
    paper.run("1", A)
    paper.run("2", A2)
    assert (value(paper, "a"), paper.lines) == (2, ("a: this definition replaces the one of cell [1].",))
    paper.run("2", "1")
    assert (value(paper, "a"), paper.lines) == (1, ())
    paper.run("2", A2)
    paper.run("1", A)
    assert (value(paper, "a"), paper.lines) == (1, ("a: this definition replaces the one of cell [4].",))


def test_a_cell_that_defines_its_own_again_says_nothing(paper):
    """C4 speaks of other cells only."""
    paper.run("1", A)
    paper.run("1", A2)
    assert (value(paper, "a"), paper.lines) == (2, ())


def test_cells_without_an_id_are_known_by_their_text(paper):
    """C1: the same text is the same cell."""
    assert paper.run(None, LOOP.format(2)) == "n0 n1"
    assert paper.run(None, LOOP.format(2)) == "n0 n1"
    assert paper.lines == ()
    assert paper.run(None, LOOP.format(2) + "# edited") == "n0 n1"
    assert paper.lines[0] == "n0: this definition replaces the one of cell [2]."


def test_another_thread_defines_nothing_for_the_cell(paper, elsewhere):
    """C1: only the cell's own thread counts."""
    paper.names["elsewhere"] = elsewhere
    assert paper.run("1", "def work():\n    asset(name='x')(lambda: 1)\nelsewhere(work)\n") == ""


def test_an_import_counts_as_long_as_the_name(paper, module):
    """C5 and C6: bound by import; gone with `del`; a value under the same name takes nothing away."""
    module("proj", "@asset\ndef sales(): return 1\n@asset\ndef other(): return 1\n")
    assert paper.run("1", "from proj import sales") == "sales"
    assert paper.run("2", "sales = 5") == "sales"
    assert paper.run("3", "from proj import other as sales") == "other"
    assert paper.run("4", "del sales") == ""
    assert paper.run("5", "import proj") == ""


@pytest.mark.parametrize(
    ("bound", "keys"),
    [
        ("[sales, other, 5]", "other sales"),
        ("(sales,)", "sales"),
        ("{1: sales}", "sales"),
        ("Definitions([sales, AssetSpec('ext')])", "ext sales"),
        ("[[sales]]", ""),
        ("{sales}", ""),
        ("[sales] + [0] * 10_000", ""),
    ],
)
def test_containers_count_one_level_deep(paper, module, bound, keys):
    """C5: lists, tuples, dicts and `Definitions`, bounded in size."""
    proj = module("proj", "@asset\ndef sales(): return 1\n@asset\ndef other(): return 1\n")
    paper.names["proj"] = proj
    source = bound.replace("sales", "proj.sales").replace("other", "proj.other")
    assert paper.run("1", f"held = {source}") == keys
    assert paper.run("2", "held = None") == ""


def test_a_container_that_is_filled_anew_is_looked_at_anew(paper, module):
    """C5: also when the new list lies where the old one was."""
    module("proj", "made = [asset(name=f's{i}')(lambda: 1) for i in range(3)]\n")
    paper.run("1", "import proj\nheld = []\nheld = [proj.made[0]]\n")
    assert paper.run("1", "held = []\nheld = [proj.made[1]]\n") == "s1"
    assert paper.run("2", "held.append(proj.made[2])") == "s1 s2"


def test_definitions_bring_their_resources(paper):
    """A `Definitions` object that a name holds brings resources along, also for the cell's own assets."""
    assert paper.run("1", A + "defs = Definitions([a], resources={'db': 7})") == "a"
    assert paper.cells.resources() == {"db": 7}
    paper.run("2", "del defs")
    assert (paper.cells.resources(), paper.keys()) == ({}, "a")


def test_a_copy_replaces_its_original(paper):
    """C1: a copy that a name holds stands instead of what it was made from."""
    paper.run("1", A)
    paper.run("2", "grouped = a.with_attributes(group_names_by_key={a.key: 'g'})")
    assert paper.graph.nodes[AssetKey("a")].group == "g"
    assert paper.run("3", "del grouped") == "a"
    assert paper.graph.nodes[AssetKey("a")].group == "default"


def test_deleted_cells_take_their_definitions_along(paper, module):
    """C7: at the next run, whatever it is; what they bound goes too."""
    module("proj", "@asset\ndef sales(): return 1\n")
    paper.run("1", A)
    paper.run("2", "from proj import sales")
    assert paper.run("3", C) == "a c sales"
    assert paper.run("4", "1", deleted=["1", "2"]) == "c"


def test_a_circle_is_refused_and_tried_again(paper):
    """C9: the former graph stays; reversing two assets over two cells passes through a circle."""
    paper.run("1", A)
    paper.run("2", B)
    assert paper.run("1", "@asset\ndef a(b): return b\n") == "a b"
    assert "circle" in str(paper.error)
    assert paper.cells.pending()
    assert value(paper, "a") == 1
    paper.run("2", "@asset\ndef b(): return 1\n")
    assert paper.error is None
    assert paper.graph.up[AssetKey("a")] == (AssetKey("b"),)
    assert not paper.cells.pending()


def test_what_is_refused_keeps_nobody_else_out(paper):
    """C9: a cell that has nothing to do with the circle is taken, and hears nothing of it."""
    paper.run("1", A)
    paper.run("2", B)
    paper.run("1", "@asset\ndef a(b): return b\n")
    assert paper.run("3", C) == "a b c"
    assert paper.error is None
    assert paper.cells.pending()


def test_a_reloaded_module_counts_as_an_edited_cell(paper, module):
    """C12: what the module holds by now replaces what was imported, at the next cell."""
    module("proj", "@asset\ndef sales(): return 1\ndefs = [sales]\n")
    paper.run("1", "from proj import sales as s")
    paper.run("2", "from proj import defs")
    module("proj", "@asset\ndef sales(): return 2\n@asset\ndef more(): return 2\ndefs = [sales, more]\n")
    assert paper.run("3", "1") == "more sales"
    assert value(paper, "sales") == 2


def test_names_bound_before_count_from_the_start(paper, module):
    """C5 for a namespace that was in use before the extension came."""
    proj = module("proj", "@asset\ndef sales(): return 1\n")
    later = Cells(paper.cells._kinds)
    later.look_around({"sales": proj.sales})
    later.settle(paper.accept)
    assert paper.keys() == "sales"


def test_a_verb_in_the_same_cell_knows_what_was_defined_above_it(paper):
    """What the running cell has made until now counts; the rest of its former run stays until it ends."""
    paper.run("1", A + C)
    paper.names["look"] = lambda: (
        paper.cells.so_far(paper.names) and paper.cells.settle(paper.accept),
        seen.append(paper.keys()),
    )
    seen: list[str] = []
    assert paper.run("1", "@asset\ndef d(): return 1\nlook()\n") == "d"
    assert seen == ["a c d"]


def test_a_cell_inside_a_cell_is_part_of_it(paper):
    """`%run notebook.ipynb` runs cells inside the cell; they are its own."""
    paper.cells.begin_cell("1", "outer")
    paper.cells.begin_cell(None, "inner")
    exec(A, paper.names)
    assert not paper.cells.end_cell(True, paper.names)
    assert paper.cells.end_cell(True, paper.names)
    paper.cells.settle(paper.accept)
    assert paper.run("1", "1") == ""


def test_drop_removes_whoever_made_it(paper, module):
    """Every definition of the key goes; the older one does not come back."""
    module("proj", "@asset\ndef a(): return 1\n@asset\ndef x(): return 1\n")
    paper.run("1", A)
    paper.run("2", "from proj import a as imported, x")
    assert paper.cells.drop(AssetKey("a"))
    paper.cells.settle(paper.accept)
    assert paper.keys() == "x"
    assert not paper.cells.drop(AssetKey("nope"))


def test_the_hook_is_cheap_whatever_the_size_of_the_graph(paper):
    """C11: a cell that defines nothing compares names; the graph is neither asked nor made again."""
    paper.run("1", LOOP.format(2000))
    paper.names |= {f"name{i}": i for i in range(1000)}
    paper.run("2", "1")

    class Closed(dict):
        def items(self):
            raise AssertionError("every definition was looked at")

        keys = values = __iter__ = items

    paper.cells._wanted = Closed(paper.cells._wanted)
    paper.names["name1"] = "bound anew"
    paper.cells.begin_cell("3", "1")
    assert not paper.cells.end_cell(True, paper.names)


CHECKED = (
    "@asset\ndef a(): return 1\n@asset_check(asset='a')\ndef good(a): return AssetCheckResult(passed=a > 0)"
)


def test_check_stands_like_an_asset(nb):
    """C1, C2: a cell's checks are replaced with it, and a check alone in a cell counts too."""
    nb.run("from assets import AssetCheckResult, asset_check")
    nb.run(CHECKED, "one")
    nb.run("@asset_check(asset='a')\ndef other(): return AssetCheckResult(passed=True)", "two")
    assert "not evaluated yet: good, other" in nb.run("%assets status")
    nb.run("x = 1", "two")
    assert "not evaluated yet: good\n" in nb.run("%assets status").replace("  ", "\n")
    nb.run("del good")
    assert "not evaluated yet" not in nb.run("%assets status")


def test_newest_definition_of_a_check_wins(nb):
    """C4: the same check of another cell is replaced, and one line says so."""
    nb.run("from assets import AssetCheckResult, asset_check")
    nb.run(CHECKED, "one")
    again = "@asset_check(asset='a', description='newer')\ndef good(): return AssetCheckResult(passed=True)"
    assert "a:good: this definition replaces the one of" in nb.run(again, "two")


def test_definitions_bring_their_checks(nb):
    """C5: what a `Definitions` gathers counts, checks included."""
    nb.run("from assets import AssetCheckResult, Definitions, asset_check")
    nb.run(
        "def made():\n    exec('from assets import *', globals())\n"
        "    return Definitions(assets=[asset(name='b')(lambda: 1)], asset_checks=build_column_schema_change_checks(assets=['b']))\n"
        "defs = made()"
    )
    assert "not evaluated yet: column_schema_change" in nb.run("%assets status")

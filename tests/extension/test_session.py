"""Cells of a real shell become a graph; loading, unloading and reloading leave the shell as it was."""

from __future__ import annotations

import pytest

import assets
from assets.core.define import observer
from assets.core.errors import DagsterInvariantViolationError

A = "@asset\ndef a(): return 1"
B = "@asset\ndef b(a): return a + 1"


def test_cells_make_the_graph_grow(nb):
    """Each cell adds its assets; a cell that is run again replaces them."""
    nb.run(A, "1")
    assert nb.keys() == "a"
    nb.run(B, "2")
    assert nb.keys() == "a b"
    nb.run("@asset\ndef c(): return 1", "1")
    assert nb.keys() == "a b c"  # `a` is now the ghost that `b` asks for
    assert nb.workspace.graph.ghosts() == [assets.AssetKey("a")]


def test_a_consumer_may_be_defined_first(nb):
    """C8: no error; materializing it names what is missing."""
    assert nb.run(B, "2") == ""
    shown = nb.run("%assets materialize b")
    assert shown.startswith("UsageError: Asset 'a' is not defined, but 'b' asks for it as an input")


def test_the_cell_that_loads_counts(bare):
    """What the very cell of `%load_ext` defines after it belongs to it."""
    bare.run(
        "%load_ext assets\nfrom assets import asset\nfor i in range(2):\n    asset(name=f'n{i}')(lambda: 1)",
        "1",
    )
    assert bare.keys() == "n0 n1"
    bare.run("%load_ext assets\nfrom assets import asset", "1")
    assert bare.keys() == ""


def test_definitions_from_before_count(bare):
    """What names are bound to when the extension comes is taken along."""
    bare.run("from assets import asset\n" + A)
    bare.run("%load_ext assets")
    assert bare.keys() == "a"


def test_a_verb_in_the_same_cell_knows_the_definitions_above(nb):
    """Magics and methods alike."""
    nb.run(
        A + "\n%assets materialize a\n" + B + "\nwhat = __import__('assets').workspace().materialize('b')",
        "1",
    )
    assert [str(piece) for piece in nb.value("what").built] == ["b"]
    assert nb.value("__import__('assets').load('b')") == 2


def test_a_failing_cell_keeps_what_it_did_not_reach(nb):
    """C3, with a real error and with a syntax error."""
    nb.run(A + "\n" + B, "1")
    nb.run("@asset\ndef a(): return 2\n1/0", "1")
    assert nb.keys() == "a b"
    nb.run("def (", "1")
    assert nb.keys() == "a b"


def test_a_replaced_definition_is_told(nb):
    """C4: one line under the cell."""
    nb.run(A, "1")
    count = nb.shell.execution_count - 1
    assert nb.run(A, "2") == f"a: this definition replaces the one of cell [{count}]."


def test_a_circle_is_told_and_the_cell_stays_good(nb):
    """C9: an error under the cell, the former graph in force, and the next cells are not stopped."""
    nb.run(A, "1")
    nb.run(B, "2")
    shown = nb.run("@asset\ndef a(b): return 1", "1")
    assert "CircularDependencyError" in shown
    assert "Traceback" not in shown
    assert nb.result.success
    assert nb.run("@asset\ndef b(): return 1", "2") == ""
    assert nb.workspace.graph.up[assets.AssetKey("a")] == (assets.AssetKey("b"),)


def test_an_asset_called_in_a_cell_is_plain_python(nb):
    """Neither a run nor an event comes of it."""
    nb.run(A + "\n" + B + "\nx = b(41)", "1")
    assert nb.value("x") == 42
    assert nb.workspace.runs() == []


def test_what_a_body_defines_while_it_runs_is_no_asset(nb):
    """C1, in a run."""
    nb.run("@asset\ndef outer():\n    @asset\n    def inner(): return 1\n    return 1", "1")
    nb.run("%assets materialize")
    assert nb.keys() == "outer"


def test_a_loaded_value_under_the_assets_name_leaves_the_asset(nb):
    """C6: what people write."""
    nb.run(A, "1")
    nb.run("%assets materialize")
    nb.run("a = __import__('assets').load('a')")
    assert (nb.value("a"), nb.keys()) == (1, "a")


def test_a_cell_inside_a_cell_is_part_of_it(nb):
    """`run_cell` within a cell, as `%run notebook.ipynb` does."""
    nb.run(f"get_ipython().run_cell({A!r})", "1")
    assert nb.keys() == "a"
    nb.run("1", "1")
    assert nb.keys() == ""


def test_an_empty_cell_changes_nothing(nb):
    """It ends without having begun."""
    nb.run(A, "1")
    nb.run("", "9")
    nb.run(f"get_ipython().run_cell('')\n{B}", "2")
    assert nb.keys() == "a b"


def snapshot(shell):
    return {
        "events": {name: list(hooks) for name, hooks in shell.events.callbacks.items()},
        "magics": {kind: dict(names) for kind, names in shell.magics_manager.magics.items()},
        "registry": dict(shell.magics_manager.registry),
        "matchers": list(shell.Completer.custom_matchers),
        "transforms": list(shell.input_transformer_manager.cleanup_transforms),
        "observers": observer._observers,
        "rendering": hasattr(assets.RunFailedError, "_render_traceback_"),
    }


def test_unloading_leaves_the_shell_as_it_was(bare):
    """Hooks, magics, completer, transformers, observer: everything is taken out, what was there is back."""
    bare.shell.register_magic_function(lambda _line: "older", "line", "assets")
    bare.run("%unload_ext nothing")  # IPython's own magics come when they are first used
    before = snapshot(bare.shell)
    bare.run("%load_ext assets")
    assert snapshot(bare.shell) != before
    bare.run("%unload_ext assets")
    assert snapshot(bare.shell) == before
    assert bare.shell.run_line_magic("assets", "") == "older"
    with pytest.raises(DagsterInvariantViolationError, match="%load_ext assets"):
        assets.workspace()


def test_no_thread_is_left(bare):
    """Neither the queue's nor a widget's."""
    import threading

    before = set(threading.enumerate())
    bare.run("%load_ext assets\nfrom assets import asset\n" + A)
    bare.run("w = %assets")
    from assets.extension.session import session_of

    session = session_of(bare.shell)
    from assets.extension.clicks import Ask

    session.clicks.submit(Ask.of([assets.AssetKey("a")], "due")).over.wait(20)
    bare.run("%unload_ext assets")
    ours = [t.name for t in threading.enumerate() if t not in before and t.name.startswith("assets-")]
    assert ours == []


def test_reloading_loses_nothing(nb, tmp_path):
    """Definitions, also those that no name keeps, the chosen store, and the workspace object itself."""
    nb.run("for i in range(2):\n    asset(name=f'n{i}')(lambda: 1)", "1")
    nb.run("%assets store other")
    workspace = nb.workspace
    nb.run("@asset\ndef early(): return 1\n%reload_ext assets\n@asset\ndef late(): return 1", "2")
    assert nb.keys() == "early late n0 n1"
    assert nb.workspace is workspace
    assert nb.workspace.store_path == tmp_path / "other"
    nb.run("1", "2")
    assert nb.keys() == "n0 n1"


def test_loading_twice_is_loading_once(nb):
    """The second time changes nothing."""
    before = snapshot(nb.shell)
    assets.load_ipython_extension(nb.shell)
    assert snapshot(nb.shell) == before


def test_a_definition_lost_by_editing_is_told_by_why(nb):
    """A constant that changed in place is seen by the very next line."""
    nb.run("N = [1]\n@asset\ndef n(): return sum(N)", "1")
    nb.run("%assets materialize")
    assert "stale" in nb.run("N.append(2)\n%assets status")


def test_a_refused_definition_does_not_say_that_it_replaces(nb):
    """C9: the error alone; nothing was replaced."""
    nb.run("@asset\ndef first(): return 1", "1")
    nb.run("@asset\ndef second(first): return 1", "2")
    shown = nb.run("@asset\ndef first(second): return 1", "3")
    assert "CircularDependencyError" in shown
    assert "replaces" not in shown


def test_what_a_cell_defines_no_more_is_gone_for_good(bare, monkeypatch):
    """C2, C7, C10: renamed or deleted, it is neither in the graph nor remembered."""
    from assets.extension.session import session_of

    monkeypatch.setenv("JPY_SESSION_NAME", "here.ipynb")
    bare.run("%load_ext assets\nfrom assets import asset")
    bare.run(f"{A}\n{B}", "1")
    bare.run("%assets materialize")
    bare.run(f"{A}\n@asset\ndef c(a): return 1", "1")
    shown = session_of(bare.shell).lineage().view["nodes"]
    assert {node["id"] for node in shown} == {"a", "c"}
    assert "2 assets: 1 missing, 1 fresh" in bare.run("%assets status")
    bare.run("del a, c")
    assert bare.run("%assets status").endswith("No assets are defined yet.")


def test_a_former_session_is_told_until_its_cells_have_run_or_it_is_dropped(bare, monkeypatch):
    """C10: in the table and by each verb; `drop` ends it and leaves what is stored."""
    monkeypatch.setenv("JPY_SESSION_NAME", "here.ipynb")
    made = assets.Workspace(origin="here.ipynb")
    made.define([assets.asset(name="old")(lambda: 7), assets.asset(name="older")(lambda: 8)])
    made.materialize()
    made.close()
    bare.run("%load_ext assets\nfrom assets import asset")
    assert "old    fresh (remembered)" in bare.run("%assets status")
    for verb in ("why", "materialize", "plan"):
        assert bare.run(f"%assets {verb} old").startswith(
            "UsageError: 'old' was made in an earlier session: run the cell that defines it first."
        )
    assert "old is no longer remembered; what is stored of it stays." in bare.run("%assets drop old")
    bare.run("@asset\ndef older(): return 8")
    assert "remembered" not in bare.run("%assets status")
    assert bare.value("__import__('assets').load('old')") == 7


def test_open_widgets_outlive_a_reload(nb):
    """The same views go on; while the extension is unloaded they rest, say so, and do nothing."""
    from assets.extension.session import session_of

    nb.run(A, "1")
    session = session_of(nb.shell)
    graph, grid = session.lineage(), session.grid()
    sent: list = []
    graph.send = grid.send = lambda content, buffers=None: sent.append(content)

    def ask(widget, **message):
        sent.clear()
        widget._heard(widget, {"id": 1, **message})
        return next(each for each in sent if each["op"] == "reply")

    ask(graph, op="hello", page=1)
    ask(grid, op="hello", page=2)
    nb.run("%unload_ext assets")
    assert "%load_ext assets" in graph.view["note"]["text"]
    assert "%load_ext assets" in grid.sight.note["text"]
    for request in ({"op": "details", "key": "a"}, {"op": "materialize", "keys": "*", "mode": "due"}):
        answer = ask(graph, **request)
        assert (answer["ok"], "%load_ext assets" in answer["error"]) == (False, True)
    assert ask(graph, op="hello", page=3)["snapshot"]["nodes"]
    nb.run("%load_ext assets\n@asset\ndef later(): return 1", "2")
    graph.refresh()
    grid.refresh()
    assert {node["id"] for node in graph.view["nodes"]} == {"a", "later"}
    assert graph.view["note"] is None
    assert grid.sight.note is None
    assert ask(graph, op="details", key="later")["ok"]
    run = ask(graph, op="materialize", keys=["a"], mode="due")["run"]
    assert session.clicks.model()["id"] == run
    nb.run("%reload_ext assets")

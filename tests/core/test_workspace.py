"""Laws of working with assets: what a user does in cells, and what runs because of it."""

from __future__ import annotations

import pytest

from assets import AssetKey, CheckError, RunFailedError, Workspace
from assets.core.errors import DagsterInvariantViolationError, UnknownAssetError, ValueMissingError
from assets.core.keys import Piece

CHAIN = """
from assets import asset

def tax(x):
    return x * 2

@asset
def raw():
    return [1, 2, 3]

@asset
def taxed(raw):
    return [tax(x) for x in raw]

@asset
def total(taxed):
    return sum(taxed)
"""


@pytest.fixture
def made(cells):
    cells.run("imports", "from assets import asset")
    cells.run("helper", "def tax(x): return x * 2")
    cells.run("raw", "@asset\ndef raw(): return [1, 2, 3]")
    cells.run("taxed", "@asset\ndef taxed(raw): return [tax(x) for x in raw]")
    cells.run("total", "@asset\ndef total(taxed): return sum(taxed)")
    assert cells.materialize() == ["raw", "taxed", "total"]
    return cells


def test_the_second_time_nothing_runs(made):
    """Nothing is computed twice."""
    assert made.materialize() == []
    assert made.workspace.load("total") == 12


def test_asking_for_an_asset_brings_what_is_above_it_and_no_more(cells):
    """A selection and every ancestor that is due: nothing beside, nothing below."""
    cells.run("all", CHAIN + "\n@asset\ndef beside(): return 0\n")
    assert cells.materialize("taxed") == ["raw", "taxed"]


def test_a_changed_body_is_stale_and_what_is_below_waits(made):
    """Edit an upstream asset: it is stale, its descendants *upstream*; exactly these run."""
    made.run("raw", "@asset\ndef raw(): return [1, 2, 4]")
    assert made.states() == {"raw": "stale", "taxed": "upstream", "total": "upstream"}
    assert made.materialize() == ["raw", "taxed", "total"]
    assert made.workspace.load("total") == 14


def test_a_changed_helper_is_a_change_of_what_uses_it(made):
    """F2: a helper in another cell counts."""
    made.run("helper", "def tax(x): return x * 3")
    assert made.states() == {"raw": "fresh", "taxed": "stale", "total": "upstream"}
    assert made.materialize() == ["taxed", "total"]


def test_a_comment_is_no_change(made):
    """F1: the meaning counts, not the text."""
    made.run(
        "raw", "@asset\ndef raw():\n    '''One, two, three.'''\n    # as in the book\n    return [1, 2, 3]"
    )
    assert set(made.states().values()) == {"fresh"}


def test_an_equal_value_stops_the_wave(made):
    """Early cut-off: other code, same value, and nothing below runs."""
    made.run("raw", "@asset\ndef raw(): return [1, 2] + [3]")
    made.run("raw", "@asset\ndef raw(): return list(range(1, 4))")
    summary = made.workspace.materialize()
    assert [str(piece) for piece in summary.built] == ["raw"]
    assert len(summary.kept) == 2
    assert summary.text() == "materialized 1, unchanged: 2 downstream kept"


def test_a_global_changed_in_place_is_a_change(cells):
    """F3: a list that grew counts as much as a new one."""
    cells.run("a", "from assets import asset\nnumbers = [1]\n@asset\ndef a(): return sum(numbers)")
    cells.materialize()
    cells.namespace["numbers"].append(2)
    assert cells.states() == {"a": "stale"}


def test_a_new_process_remembers(made, tmp_path):
    """Kernel restart, run all cells, materialize: nothing runs."""
    again = type(made)(Workspace(tmp_path / "store", origin="test.ipynb"))
    again.run("all", CHAIN)
    assert set(again.states().values()) == {"fresh"}
    assert again.materialize() == []


def test_a_failure_stops_only_what_depends_on_it(cells):
    """Independent branches go on; the run's error comes at its end, with the user's exception."""
    cells.run(
        "all",
        """
        from assets import asset
        @asset
        def bad(): return 1 / 0
        @asset
        def below(bad): return 1
        @asset
        def beside(): return 1
        """,
    )
    with pytest.raises(RunFailedError, match="bad: ZeroDivisionError") as raised:
        cells.materialize()
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert cells.states() == {"bad": "failed", "below": "missing", "beside": "fresh"}


def test_a_failure_keeps_what_was_there(made):
    """A failed attempt is due; the value of the success before it stays."""
    made.run("raw", "@asset\ndef raw(): raise ValueError('no')")
    with pytest.raises(RunFailedError):
        made.materialize()
    assert made.states()["raw"] == "failed"
    assert made.workspace.load("raw") == [1, 2, 3]
    made.run("raw", "@asset\ndef raw(): return [1, 2, 3]")
    assert made.materialize() == ["raw"]


def test_a_ghost_is_named_with_its_consumers(cells):
    """C8: a consumer may be defined first; running it names what is missing."""
    cells.run("a", "from assets import asset\n@asset\ndef down(upp): return 1\n@asset\ndef up(): return 1")
    assert cells.states()["upp"] == "ghost"
    with pytest.raises(DagsterInvariantViolationError, match=r"'upp'.*'down'.*'up'"):
        cells.materialize("down")


def test_a_ghost_stops_only_what_reads_it(cells):
    """C8: asked for everything, the rest is made, and the error comes at the end; `why` names the ghost."""
    cells.run(
        "a",
        """
        from assets import asset
        @asset
        def down(upp): return 1
        @asset
        def below(down): return 1
        @asset
        def up(): return 1
        """,
    )
    assert [str(step.piece) for step in cells.workspace.plan().steps] == ["up"]
    assert "'upp' is not defined" in cells.workspace.plan().blocked[0]
    with pytest.raises(DagsterInvariantViolationError, match=r"'upp'.*'down'.*'up'"):
        cells.materialize()
    assert cells.workspace.load("up") == 1
    summary = cells.workspace.materialize(raise_on_error=False)
    assert not summary.success
    assert summary.text() == "nothing to do: 1 up to date, left out 2"
    for name in ("down", "below"):
        assert any("'upp' is not defined" in note for note in cells.workspace.why(name).notes)


def test_partitions_are_made_one_by_one(cells):
    """Chosen partitions and no others; the rest when they are asked for."""
    cells.run(
        "all",
        """
        from assets import asset, StaticPartitionsDefinition
        letters = StaticPartitionsDefinition(["a", "b", "c"])
        @asset(partitions_def=letters)
        def part(context): return context.partition_key.upper()
        @asset
        def whole(part): return "".join(part.values())
        """,
    )
    assert cells.materialize("part", partition="b") == ["part@b"]
    assert cells.materialize("part", partition="a..b") == ["part@a"]
    assert cells.workspace.load("part") == {"a": "A", "b": "B"}
    assert cells.materialize() == ["part@c", "whole"]
    assert cells.workspace.load("whole") == "ABC"
    assert cells.workspace.load("part", "c") == "C"


def test_only_runs_nothing_outside(made):
    """`only` loads what is above from the store, due or not."""
    made.run("raw", "@asset\ndef raw(): return [5]")
    assert made.materialize("total", only=True) == []
    assert made.materialize("taxed", only=True, force=True) == ["taxed"]
    assert made.workspace.load("taxed") == [2, 4, 6]


def test_downstream_adds_everything_below(made):
    """With all downstream: the consumers are part of the request."""
    made.run("raw", "@asset\ndef raw(): return [5]")
    assert made.materialize("raw", downstream=True) == ["raw", "taxed", "total"]


def test_force_runs_what_is_fresh(made):
    """Force makes the selection again; an equal value still keeps what is below."""
    summary = made.workspace.materialize("raw", force=True)
    assert [str(piece) for piece in summary.built] == ["raw"]
    assert set(made.states().values()) == {"fresh"}


def test_why_shows_the_change_of_the_helper(made):
    """`why` names the cause and shows the diff of the helper, and the root cause of what lies below."""
    made.run("helper", "def tax(x): return x * 3")
    why = made.workspace.why("taxed")
    assert [cause.kind for cause in why.verdict.causes] == ["code"]
    assert "tax" in why.changes[0].name
    assert "-    return x * 2" in why.changes[0].diff
    assert "+    return x * 3" in why.changes[0].diff
    (root,) = made.workspace.why("total").roots
    assert str(root[0]) == "taxed"


def test_wiped_is_missing_and_comes_back_the_same(made):
    """Forgetting one asset makes it due; what it gives again is equal, so nothing below runs."""
    assert [str(piece) for piece in made.workspace.wipe("taxed", dry_run=True)] == ["taxed"]
    assert made.states()["taxed"] == "fresh"
    made.workspace.wipe("taxed")
    assert made.states() == {"raw": "fresh", "taxed": "missing", "total": "upstream"}
    assert made.materialize() == ["taxed"]


def test_earlier_versions_can_be_loaded(made):
    """`-1` is the one before the newest."""
    made.run("raw", "@asset\ndef raw(): return [7]")
    made.materialize("raw")
    assert made.workspace.load("raw") == [7]
    assert made.workspace.load("raw", version=-1) == [1, 2, 3]
    with pytest.raises(ValueMissingError, match="-5"):
        made.workspace.load("raw", version=-5)


def test_an_unknown_name_gets_the_nearest(made):
    """What was asked, what is so, what to do."""
    for ask in (made.workspace.load, made.workspace.why, made.workspace.materialize):
        with pytest.raises((UnknownAssetError, Exception), match="'total'"):
            ask("totl")


def test_an_invalid_graph_leaves_the_former_one_in_force(made):
    """C9: a circle is refused, and what stood still stands."""
    before = made.workspace.graph
    with pytest.raises(ValueError, match="circle"):
        made.run("raw", "@asset\ndef raw(total): return 1")
    assert made.workspace.graph is before


def test_former_sessions_are_remembered(made, tmp_path):
    """C10: before their cells have run, the assets of the last session of this notebook are known, and load."""
    again = Workspace(tmp_path / "store", origin="test.ipynb")
    assert again.remembered() == {
        AssetKey("raw"): (),
        AssetKey("taxed"): (AssetKey("raw"),),
        AssetKey("total"): (AssetKey("taxed"),),
    }
    assert again.load("total") == 12
    assert Workspace(tmp_path / "store", origin="other.ipynb").remembered() == {}


def test_what_left_the_graph_is_not_remembered(made, tmp_path):
    """C2: renamed, deleted or dropped, it is gone in this session and in the next; its value stays."""
    made.run("total", "@asset\ndef sum_of_all(taxed): return sum(taxed)")
    assert made.workspace.remembered() == {}
    again = Workspace(tmp_path / "store", origin="test.ipynb")
    assert set(again.remembered()) == {AssetKey("raw"), AssetKey("taxed")}
    assert again.load("total") == 12
    again.close()
    made.run("total", "@asset\ndef total(taxed): return sum(taxed)")
    made.materialize(force=True)
    assert AssetKey("total") in Workspace(tmp_path / "store", origin="test.ipynb").remembered()


def test_what_left_before_the_store_was_opened_is_told_to_it(made, tmp_path):
    """The store is opened late; what left until then is not remembered either."""
    again = type(made)(Workspace(tmp_path / "store", origin="test.ipynb"))
    again.run("total", "from assets import asset\n@asset\ndef total(): return 1")
    again.run("total", "")
    assert set(again.workspace.remembered()) == {AssetKey("raw"), AssetKey("taxed")}


def test_remembered_assets_are_told_alike_by_every_verb(made, tmp_path):
    """C10: in the table with their mark; what needs the function says whose cell to run; `forget` ends it."""
    again = Workspace(tmp_path / "store", origin="test.ipynb")
    assert [(str(r.key.to_user_string()), r.state, r.mark) for r in again.status().rows] == [
        ("raw", "fresh", "remembered"),
        ("taxed", "fresh", "remembered"),
        ("total", "fresh", "remembered"),
    ]
    assert len(again.status("total")) == 1
    for ask in (again.why, again.materialize, again.plan):
        with pytest.raises(UnknownAssetError, match="'total' was made in an earlier session: run the cell"):
            ask("total")
    again.forget([AssetKey("total")])
    assert AssetKey("total") not in again.remembered()
    assert again.load("total") == 12


def test_a_consumer_gets_a_copy_of_its_own(cells):
    """A body that changes its input in place changes nothing for the next one."""
    cells.run(
        "all",
        """
        from assets import asset
        @asset
        def base(): return [1]
        @asset
        def grows(base):
            base.append(2)
            return base
        @asset
        def reads(base): return base
        """,
    )
    cells.materialize()
    assert cells.workspace.load("reads") == [1]


def test_what_a_step_prints_goes_to_its_run(cells, capsys):
    """Output of a body belongs to the run's log, not to whichever cell happens to run."""
    cells.run("a", "from assets import asset\n@asset\ndef a():\n    print('hello from a')\n    return 1")
    cells.materialize()
    assert "hello" not in capsys.readouterr().out
    assert "hello from a\n" in [getattr(entry.event, "text", "") for entry in cells.workspace.log()]


def test_the_durability_is_one_option(tmp_path, monkeypatch):
    """`durability=`, else `ASSETS_DURABILITY`; a word that is neither is refused before anything is written."""
    monkeypatch.setenv("ASSETS_KEY", str(tmp_path / "key"))

    def synchronous(workspace):
        with workspace.instance.log._database.read() as connection:
            return connection.execute("PRAGMA synchronous").fetchone()[0]

    assert synchronous(Workspace(tmp_path / "a")) == 1
    assert synchronous(Workspace(tmp_path / "b", durability="full")) == 2
    monkeypatch.setenv("ASSETS_DURABILITY", "full")
    assert synchronous(Workspace(tmp_path / "c")) == 2
    with pytest.raises(CheckError, match="'normal' or 'full'"):
        _ = Workspace(tmp_path / "d", durability="fast").instance
    assert not (tmp_path / "d").exists()


def test_replacing_what_another_notebook_made_is_said(made, tmp_path):
    """Notebooks of one folder share a store: a run that takes over a key of another one says so, once."""
    other = type(made)(Workspace(tmp_path / "store", origin="other.ipynb"))
    other.run("all", "from assets import asset\n@asset\ndef raw(): return [9]")
    assert other.workspace.materialize().notes == (
        "'raw' was made last by test.ipynb: this notebook's value takes its place.",
    )
    other.run("all", "@asset\ndef raw(): return [8]")
    assert other.workspace.materialize().notes == ()


def test_what_another_kernel_did_is_heard(made, tmp_path):
    """Two kernels on one store: `poll` tells what the other one did, and the states follow."""
    other = Workspace(tmp_path / "store", origin="test.ipynb")
    heard = []
    other.facts()
    other.subscribe(lambda: heard.append(True))
    made.run("raw", "@asset\ndef raw(): return [0]")
    made.materialize("raw")
    other.poll()
    assert heard
    assert other.load("raw") == [0]


def test_a_view_sees_a_new_definition_while_user_code_runs(made):
    """Codes are not taken from running code, save those of what was defined since; the rest stays as last taken."""
    assert set(made.states().values()) == {"fresh"}
    with made.workspace.user_code():
        made.namespace["tax"].__code__ = (lambda x: x * 5).__code__
        assert made.states()["taxed"] == "fresh"
        made.run("raw", "@asset\ndef raw(): return [0]")
        assert made.states()["raw"] == "stale"
    assert made.states()["taxed"] == "stale"


def test_a_run_leaves_the_codes_it_took(made):
    """After a run its results are fresh, also while a cell goes on."""
    made.namespace["tax"].__code__ = (lambda x: x * 5).__code__
    with made.workspace.user_code():
        made.materialize()
        assert set(made.states().values()) == {"fresh"}


def test_a_value_deleted_under_a_running_kernel_is_made_again(cells, tmp_path):
    """Fresh needs the value: a file that somebody deletes is noticed at the next question."""
    cells.run("a", "from assets import asset\n@asset\ndef big(): return bytes(100_000)")
    cells.materialize()
    (file,) = [path for path in (tmp_path / "store" / "values").rglob("*") if path.is_file()]
    file.unlink()
    assert cells.states() == {"big": "missing"}
    assert cells.materialize() == ["big"]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_run_inside_a_body_is_an_error_at_once(cells, kind):
    """It would wait for itself: the body gets one error that names it and says what to do; the workspace goes on."""
    cells.run("a", "from assets import asset\n@asset\ndef a(): return 1")
    cells.namespace["workspace"] = cells.workspace
    cells.run("outer", f"@asset\n{kind} outer():\n    return workspace.materialize('a')")
    with pytest.raises(RunFailedError) as caught:
        cells.workspace.materialize("outer")
    assert isinstance(caught.value.__cause__, DagsterInvariantViolationError)
    assert "inside the body of 'outer'" in str(caught.value.__cause__)
    assert cells.materialize("a") == ["a"]


def test_a_run_inside_a_body_may_use_another_store(cells):
    """Only the workspace that runs is in the way: the reference's ephemeral `materialize` is a run of its own."""
    cells.run(
        "outer",
        """
        from assets import asset, materialize

        @asset
        def outer():
            @asset
            def inner():
                return 3
            return materialize([inner]).output_for_node("inner")
        """,
    )
    assert cells.materialize() == ["outer"]
    assert cells.workspace.load("outer") == 3


def test_the_metadata_of_many_materializations_is_asked_for_at_once(cells):
    """By the ids of their events, however many there are; ids that are none are left out."""
    cells.run(
        "days",
        """
        from assets import asset, MaterializeResult, StaticPartitionsDefinition

        @asset(partitions_def=StaticPartitionsDefinition([str(n) for n in range(1000)]))
        def number(context):
            return MaterializeResult(value=None, metadata={"rows": int(context.partition_key)})
        """,
    )
    cells.materialize()
    facts = cells.workspace.facts()
    events = {str(n): facts.event(Piece(AssetKey("number"), str(n))) for n in range(1000)}
    found = cells.workspace.metadata_of([*events.values(), 10**6])
    assert {key: found[event]["rows"].value for key, event in events.items()} == {
        str(n): n for n in range(1000)
    }
    assert len(found) == 1000
    assert facts.newest(AssetKey("number")) == max(events.values())
    assert facts.event(Piece(AssetKey("number"), "none")) == facts.newest(AssetKey("other")) == 0

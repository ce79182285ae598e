"""Laws of the view models: what core knows, in the page's words, as strict JSON."""

import json
import math

import pytest

from assets import (
    AssetCheckResult,
    AssetKey,
    AssetSpec,
    DailyPartitionsDefinition,
    MetadataValue,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
    asset_check,
)
from assets.core.decide.plan import Request, plan
from assets.core.decide.rows import rows
from assets.core.decide.states import states
from assets.core.decide.status import status
from assets.core.events import Materialized, Observed, Problem, StepFailed
from assets.core.graph import Graph
from assets.core.history import Fold, Snapshot
from assets.core.keys import Piece
from assets.core.latest import Entry
from assets.core.versions.data import Input, Provenance
from assets.widgets.card import BROADEST
from assets.widgets.models import STATES
from assets.widgets.views.grid import grid
from assets.widgets.views.lineage import lineage
from assets.widgets.views.plan import in_words, plan_view

LETTERS = StaticPartitionsDefinition(["p", "q", "r"])


@asset(key_prefix="raw", kinds={"csv"}, description="The first line.\n\nMore.")
def source():
    return 1


@asset(ins={}, group_name="late")
def middle(ghostly):
    return 2


@asset(partitions_def=LETTERS, deps=[AssetKey(["raw", "source"]), "outside"])
def parted():
    return 3


@asset(partitions_def=LETTERS)
def after(parted):
    return 4


GRAPH = Graph.of([source, middle, parted, after, AssetSpec("declared")], ghosts=True)
CODES = dict.fromkeys(GRAPH.nodes, "c")
ID = {key.to_user_string(): key for key in GRAPH.nodes}


def made(number, key, partition=None, inputs=None, seconds=2.0, metadata=None, at=100.0):
    piece = Piece(ID[key], partition)
    return Entry(
        number,
        Materialized(
            "r1",
            at,
            piece,
            Provenance("c", inputs or {}),
            f"v{number}",
            seconds=seconds,
            metadata=metadata or {},
        ),
    )


def failed(number, key, partition=None, message="bad <value>"):
    return Entry(
        number,
        StepFailed(
            "r2",
            200.0,
            Piece(ID[key], partition),
            Problem("ValueError", message, "Traceback…\nValueError"),
            1.0,
        ),
    )


def facts(*entries):
    fold = Fold()
    for entry in entries:
        fold.add(entry)
    return fold


def view(fold, **options):
    verdicts = states(GRAPH, fold, CODES)
    rows = status(GRAPH, fold, verdicts, CODES, set(GRAPH.nodes), options.pop("active", None))
    return lineage(GRAPH, rows, facts=fold, **options)


def node(model, name):
    return next(n for n in model["nodes"] if n["id"] == name)


def test_each_asset_is_a_card_and_each_input_an_edge():
    """Ghosts and stubs too; an input that is only waited for is not loaded."""
    model = view(facts())
    json.dumps(model, allow_nan=False)
    assert {n["id"]: n["type"] for n in model["nodes"]} == {
        "raw/source": "asset",
        "middle": "asset",
        "parted": "asset",
        "after": "asset",
        "declared": "external",
        "outside": "external",
        "ghostly": "ghost",
    }
    assert {(e["from"], e["to"], e["loads"]) for e in model["edges"]} == {
        ("raw/source", "parted", False),
        ("outside", "parted", False),
        ("parted", "after", True),
        ("ghostly", "middle", True),
    }


def test_a_card_says_what_the_asset_is():
    """Name, prefix, group, kinds, and the first line of the description."""
    card = node(view(facts()), "raw/source")
    assert (card["label"], card["prefix"], card["group"], card["kinds"]) == (
        "source",
        "raw",
        "default",
        ["csv"],
    )
    assert card["about"] == "The first line."
    assert card["parts"] == 0
    assert card["counts"] is None


def test_the_states_are_those_of_the_decision_and_a_run_shows_over_them():
    """One word a card, counted over all of them."""
    fold = facts(made(1, "raw/source"), failed(2, "middle"))
    model = view(fold, active={Piece(ID["after"], "p"): "running"})
    assert node(model, "raw/source")["state"] == "fresh"
    assert node(model, "middle")["state"] == "failed"
    assert node(model, "middle")["error"] == "ValueError: bad <value>"
    assert node(model, "after")["state"] == "running"
    assert sum(model["counts"].values()) == len(model["nodes"])
    assert list(model["counts"]) == [s for s in STATES if s in model["counts"]]


def test_a_partitioned_asset_counts_its_partitions():
    """All of them, in the order of the states."""
    card = node(view(facts(failed(1, "parted", "q"))), "parted")
    assert card["parts"] == 3
    assert card["counts"] == {"failed": 1, "missing": 2}


def test_the_state_never_changes_the_size_of_a_card():
    """Otherwise a run would make the graph dance."""
    before, later = view(facts()), view(facts(made(1, "raw/source"), failed(2, "middle")))
    assert [(n["w"], n["h"]) for n in before["nodes"]] == [(n["w"], n["h"]) for n in later["nodes"]]
    assert all(n["w"] <= BROADEST for n in before["nodes"])


def test_what_the_last_session_knew_is_remembered():
    """Assets that no cell has defined yet are marked, with their last state and their edges; a defined one is not doubled."""
    old, older = AssetKey("old"), AssetKey("older")
    ID.update({"old": old, "older": older})
    fold = facts(made(1, "old"), failed(2, "older"))
    model = view(fold, remembered={old: (ID["raw/source"],), older: (old,), ID["after"]: ()})
    assert (node(model, "old")["state"], node(model, "old")["mark"]) == ("fresh", "remembered")
    assert node(model, "older")["state"] == "failed"
    assert node(model, "older")["error"] == "ValueError: bad <value>"
    assert {(e["from"], e["to"]) for e in model["edges"]} >= {("raw/source", "old"), ("old", "older")}
    assert sum(n["id"] == "after" for n in model["nodes"]) == 1
    assert node(model, "after")["mark"] == ""


def test_an_edited_cell_is_told():
    """The card carries the word for the page."""
    model = view(facts(), cells={ID["middle"]: "edited"})
    assert node(model, "middle")["cell"] == "edited"


def cells_of(model, cells, name):
    for group in model["groups"]:
        for place, row in enumerate(group["rows"]):
            if row["id"] == name:
                start = group["offset"] + place * len(group["columns"])
                return [model["states"][c] for c in cells[start : start + len(group["columns"])]]
    raise KeyError(name)


def test_the_grid_has_a_byte_for_every_piece():
    """Assets of equal partitions share columns; those without stand in a group of their own, last."""
    fold = facts(failed(1, "parted", "q"), made(2, "raw/source"))
    model, cells = grid(
        GRAPH, rows(GRAPH, fold.snapshot(), CODES), active={Piece(ID["after"], "r"): "queued"}
    )
    assert [g["columns"] for g in model["groups"]] == [["p", "q", "r"], [""]]
    assert len(cells) == 2 * 3 + 2
    assert cells_of(model, cells, "parted") == ["missing", "failed", "missing"]
    assert cells_of(model, cells, "after") == ["missing", "missing", "queued"]
    assert cells_of(model, cells, "raw/source") == ["fresh"]
    for group in model["groups"]:
        for row in group["rows"]:
            assert sum(row["counts"].values()) == len(group["columns"])


def test_the_grid_of_one_asset_has_that_row_alone():
    """Whatever it is asked for, in the graph's order."""
    model, cells = grid(GRAPH, rows(GRAPH, facts().snapshot(), CODES), [ID["parted"]])
    assert [r["id"] for g in model["groups"] for r in g["rows"]] == ["parted"]
    assert len(cells) == 3


def planned(fold, *names, **options):
    return plan_view(plan(GRAPH, fold, CODES, Request(frozenset(ID[n] for n in names), **options)), fold)


def test_a_plan_is_told_per_asset():
    """One line an asset with its number of partitions and its first cause, and one sentence for all."""
    told = planned(facts(), "parted")
    assert {line["id"]: line["partitions"] for line in told["run"]} == {"raw/source": 0, "parted": 3}
    assert all(line["cause"] for line in told["run"])
    assert told["text"] == "Would run 4 (2 assets)"
    assert told["blocked"] == ""


def test_a_plan_with_nothing_to_do_says_so():
    """The second click computes nothing, and the widget says it."""
    told = planned(facts(made(1, "raw/source")), "raw/source")
    assert (told["run"], told["maybe"], told["text"]) == ([], [], "Nothing to run: 1 fresh")


def test_a_plan_tells_of_the_checks_it_evaluates():
    """After a run, or instead of one."""

    @asset_check(asset=source)
    def fine():
        return AssetCheckResult(passed=True)

    graph = Graph.of([source, fine])
    request = Request(frozenset([ID["raw/source"]]))
    told = [
        plan_view(plan(graph, fold, CODES, request))["text"]
        for fold in (facts(), facts(made(1, "raw/source")))
    ]
    assert told == ["Would run 1, may evaluate 1 check", "Keeps 1, would evaluate 1 check"]


def test_a_plan_tells_what_blocks_it():
    """A ghost above what is asked for is named."""
    assert "ghostly" in planned(facts(), "middle")["blocked"]


def test_the_expected_time_is_that_of_the_last_runs():
    """A piece that never ran takes as long as its asset's others did."""
    fold = facts(made(1, "raw/source", seconds=30.0), made(2, "parted", "p", seconds=10.0))
    assert planned(fold, "parted", mode="force", only=True)["text"].endswith("about 30 s")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (12, "12 s"), (150, "2 min"), (3600, "1 h"), (4800, "1 h 20 min"), (7190, "2 h")],
)
def test_durations_in_words(seconds, words):
    """As people say them."""
    assert in_words(seconds) == words


def test_details_tell_all_of_an_asset():
    """Causes, versions, neighbours, history, plots of numbers, and the error that stands."""
    from assets.core.decide.why import Why
    from assets.widgets.views.details import details

    history = [
        failed(4, "parted", "q"),
        made(
            3,
            "parted",
            "p",
            metadata={"rows": MetadataValue.int(7), "loss": MetadataValue.float(math.nan)},
            at=102.0,
        ),
        Entry(2, Observed("r1", 101.0, Piece(ID["parted"], "p"), "v", {"note": MetadataValue.md("**x**")})),
        made(
            1, "parted", "p", metadata={"rows": MetadataValue.int(5), "table": MetadataValue.null()}, at=100.0
        ),
    ]
    fold = facts(*reversed(history))
    verdicts = states(GRAPH, fold, CODES)
    row = status(GRAPH, fold, verdicts, CODES, {ID["parted"]})[ID["parted"]]
    piece = Piece(ID["parted"], "q")
    told = details(
        GRAPH, row, Why(piece, verdicts[piece], (), (), ("a lock",)), history, code="def parted(): ..."
    )
    json.dumps(told, allow_nan=False)
    assert told["state"] == "failed"
    assert told["upstream"] == ["raw/source", "outside"] or set(told["upstream"]) == {"raw/source", "outside"}
    assert told["downstream"] == ["after"]
    assert [(a["outcome"], a["partition"]) for a in told["history"]] == [
        ("failed", "q"),
        ("success", "p"),
        ("observed", "p"),
        ("success", "p"),
    ]
    assert told["plots"] == [{"label": "rows", "points": [[100.0, 5.0], [102.0, 7.0]]}]
    assert told["error"] == {"text": "ValueError: bad <value>", "traceback": "Traceback…\nValueError"}
    assert told["metadata"] == [
        {"label": "rows", "type": "int", "value": 7},
        {"label": "loss", "type": "float", "value": "nan"},
    ]
    assert told["parts"] == {"total": 3, "counts": dict(row.counts)}
    assert told["untracked"] == ["a lock"]
    assert told["causes"]
    assert told["code"].startswith("def parted")


def test_provenance_of_a_later_input_makes_it_stale_on_the_card():
    """The cause stands on the card in one line."""
    fold = facts(
        made(1, "raw/source"),
        made(2, "parted", "p", {"dep:raw/source": Input(ID["raw/source"], "", "other")}),
    )
    card = node(view(fold), "parted")
    assert card["counts"]["stale"] == 1
    assert card["cause"]
    assert "\n" not in card["cause"]


def test_partitions_of_several_dimensions_say_which():
    """Name, keys, and whether they are time; other partitions have none."""
    days = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-04")

    @asset(partitions_def=MultiPartitionsDefinition({"letter": LETTERS, "day": days}))
    def both():
        return 1

    graph = Graph.of([both, parted, source])
    model, cells = grid(graph, rows(graph, Snapshot(), dict.fromkeys(graph.nodes, "c")))
    found = {group["rows"][0]["id"]: group for group in model["groups"]}
    assert found["both"]["columns"][:4] == ["2024-01-01|p", "2024-01-01|q", "2024-01-01|r", "2024-01-02|p"]
    assert found["both"]["dimensions"] == [
        {"name": "day", "keys": ["2024-01-01", "2024-01-02", "2024-01-03"], "time": True},
        {"name": "letter", "keys": ["p", "q", "r"], "time": False},
    ]
    assert found["both"]["title"] == "day \N{MULTIPLICATION SIGN} letter (9)"
    assert found["parted"]["dimensions"] == found["raw/source"]["dimensions"] == []
    assert len(cells) == 9 + 3 + 1

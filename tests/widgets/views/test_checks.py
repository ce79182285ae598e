"""Checks as a page and a saved picture tell them."""

import json
from xml.etree import ElementTree as ET

from assets import AssetCheckResult, AssetKey, MetadataValue, asset, asset_check
from assets.core.decide.states import states
from assets.core.decide.status import status
from assets.core.decide.why import Why
from assets.core.events import Evaluated, Materialized
from assets.core.graph import Graph
from assets.core.history import Fold
from assets.core.keys import Piece
from assets.core.latest import Entry
from assets.core.versions.data import Provenance
from assets.widgets.card import card_width
from assets.widgets.picture import lineage_picture, lineage_text
from assets.widgets.placed import placed
from assets.widgets.views.details import details
from assets.widgets.views.lineage import lineage

A, PIECE = AssetKey("a"), Piece(AssetKey("a"))


@asset
def a():
    return 1


@asset_check(asset="a", blocking=True)
def full():
    """No row <b>is</b> lost."""
    return AssetCheckResult(passed=True)


@asset_check(asset="a")
def new():
    return AssetCheckResult(passed=True)


GRAPH = Graph.of([a, full, new])
EVENTS = [
    Entry(1, Materialized("r1", 1.0, PIECE, Provenance("c", {}), "v")),
    Entry(2, Evaluated("r1", 2.0, PIECE, "full", True)),
    Entry(
        3,
        Evaluated(
            "r2",
            3.0,
            PIECE,
            "full",
            False,
            metadata={"rows": MetadataValue.int(3)},
            description="<script>3</script> rows are lost",
        ),
    ),
]


def seen(events=EVENTS):
    fold = Fold()
    for entry in events:
        fold.add(entry)
    verdicts = states(GRAPH, fold, {A: "c"})
    return fold, verdicts, status(GRAPH, fold, verdicts, {A: "c"}, {A})


def model():
    return lineage(GRAPH, seen()[2])


def test_card_tells_how_many_checks_stand_how():
    """The worst first, as numbers; an asset without checks tells nothing."""
    assert model()["nodes"][0]["checks"] == {"failed": 1, "pending": 1}


def test_card_has_room_for_the_badge_whatever_it_says():
    """An outcome must not move a node; a check that is declared may."""
    (card,) = model()["nodes"]
    (before,) = lineage(GRAPH, seen(EVENTS[:1])[2])["nodes"]
    assert card["w"] == before["w"]
    long = "a_name_of_some_length_here"
    assert card_width(long, "", [], 0, 2) > card_width(long, "", [], 0)


def test_panel_tells_each_check():
    """Description, answer, metadata and what was said before, each as data."""
    _, verdicts, rows = seen()
    answers = list(reversed(EVENTS))
    told = details(GRAPH, rows[A], Why(PIECE, verdicts[PIECE], (), (), ()), answers, answers=answers)
    json.dumps(told, allow_nan=False)
    assert told["checks"] == [
        {
            "name": "full",
            "about": "No row <b>is</b> lost.",
            "outcome": "failed",
            "blocking": True,
            "at": 3.0,
            "partition": None,
            "old": False,
            "text": "<script>3</script> rows are lost",
            "metadata": [{"label": "rows", "type": "int", "value": 3}],
            "past": [
                {"at": 2.0, "outcome": "passed", "partition": None},
                {"at": 3.0, "outcome": "failed", "partition": None},
            ],
        },
        {
            "name": "new",
            "about": "",
            "outcome": "pending",
            "blocking": False,
            "at": None,
            "partition": None,
            "old": False,
            "text": "",
            "metadata": [],
            "past": [],
        },
    ]


def test_panel_tells_an_old_answer_as_old():
    """What was said of a former value is told, and that it is old."""
    again = Entry(4, Materialized("r3", 4.0, PIECE, Provenance("c", {}), "w"))
    _, verdicts, rows = seen([*EVENTS, again])
    answers = list(reversed(EVENTS))
    told = details(GRAPH, rows[A], Why(PIECE, verdicts[PIECE], (), (), ()), answers, answers=answers)
    assert (told["checks"][0]["outcome"], told["checks"][0]["old"]) == ("failed", True)


def test_picture_shows_the_badge():
    """The saved picture has the shield, the numbers, and says it in words; colours come from the states'."""
    drawn = lineage_picture(placed(model())[0])
    ET.fromstring(drawn)
    assert ">0/2</text>" in drawn
    assert "checks: 1 failed, 1 pending" in drawn
    assert ".failed-line{" in drawn


def test_text_tells_the_checks():
    """So does the plain text; it names no time and no run."""
    assert lineage_text(model()) == "asset  state\na      fresh  checks: 1 failed, 1 pending"

"""Laws of whole rows of states: whatever happened, they are what judging piece by piece says."""

import datetime as dt
import random
from dataclasses import replace

import pytest

from assets import (
    AllPartitionMapping,
    AssetDep,
    AssetKey,
    AssetOut,
    AssetSpec,
    DailyPartitionsDefinition,
    IdentityPartitionMapping,
    LastPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    multi_asset,
)
from assets.core.decide.inputs import inputs_of
from assets.core.decide.rows import ORDER, rows
from assets.core.decide.states import Judging, partitions_of, states
from assets.core.events import (
    Materialized,
    Observed,
    PassedOver,
    Problem,
    StepFailed,
    Stored,
    Wiped,
)
from assets.core.graph import Graph
from assets.core.history import Fold, Snapshot
from assets.core.keys import Piece
from assets.core.latest import Entry
from assets.core.partitions.moment import Moment
from assets.core.store.packing import pack, unpack
from assets.core.versions.data import Input, Provenance

NOW = Moment(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
DAYS = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-10")
MORE = DailyPartitionsDefinition("2024-01-03", end_date="2024-01-13")
LETTERS = StaticPartitionsDefinition(["q", "", "p"])


@asset
def whole():
    return 1


@asset(partitions_def=DAYS)
def a():
    return 1


@asset(partitions_def=DAYS, deps=[whole])
def b(a):
    return 1


@asset(partitions_def=DAYS, deps=[AssetDep(a, partition_mapping=IdentityPartitionMapping()), b])
def c():
    return 1


@asset(partitions_def=DAYS, deps=[AssetDep(b, partition_mapping=TimeWindowPartitionMapping(start_offset=-2))])
def rolling():
    return 1


@asset(
    partitions_def=DAYS,
    deps=[
        AssetDep("growing", partition_mapping=TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)),
        a,
    ],
)
def growing():
    return 1


@asset(partitions_def=MORE, deps=[AssetDep(a, partition_mapping=AllPartitionMapping())])
def more():
    return 1


@asset(partitions_def=LETTERS, deps=["outside", AssetDep(more, partition_mapping=LastPartitionMapping())])
def letters():
    return 1


@asset(partitions_def=LETTERS)
def below(letters):
    return 1


@multi_asset(outs={"left": AssetOut(), "right": AssetOut()}, partitions_def=DAYS, deps=[b])
def both():
    return 1, 2


@asset(partitions_def=DAYS)
def last(left, c):
    return 1


@asset(deps=[last, below])
def end():
    return 1


OUTSIDE = AssetSpec("outside")
SEEN = AssetSpec("seen", partitions_def=DAYS)


@asset(partitions_def=DAYS, deps=[SEEN])
def watching():
    return 1


GRAPH = Graph.of(
    [whole, a, b, c, rolling, growing, more, letters, below, both, last, end, OUTSIDE, SEEN, watching],
    ghosts=True,
)


def happened(dice: random.Random, codes: dict[AssetKey, str]) -> Snapshot:
    """A history in which most was made in order, and then much else came."""
    fold = Fold()
    number = 0

    def add(event):
        nonlocal number
        number += 1
        fold.add(Entry(number, event))

    def make(piece, code=None, inputs=None):
        stored = dice.choice([None, Stored("json", f"v{number}", 3, "d", inline=True)])
        read = inputs_of(piece, GRAPH, fold, NOW) if inputs is None else inputs
        made = Provenance(code or codes[piece.asset], read)
        add(Materialized("r", 1.0, piece, made, f"{dice.randrange(10**9):032}", stored=stored))

    def pass_over(piece):
        made = Provenance(codes[piece.asset], inputs_of(piece, GRAPH, fold, NOW))
        add(PassedOver("r", 1.0, piece, made))

    for key in GRAPH.order:
        node = GRAPH.nodes[key]
        skipped = dice.random() < 0.15
        for partition in partitions_of(node, NOW):
            piece = Piece(key, partition)
            if node.kind != "asset":
                if dice.random() < 0.5:
                    add(Observed("r", 1.0, piece, f"o{number}"))
            elif not skipped and dice.random() < 0.97:
                make(piece)
            elif dice.random() < 0.2:
                pass_over(piece)
    pieces = [
        Piece(key, p)
        for key in GRAPH.order
        for p in partitions_of(GRAPH.nodes[key], NOW)
        if GRAPH.nodes[key].kind == "asset"
    ]
    for _ in range(dice.choice([0, 1, 3, 30])):
        piece = dice.choice(pieces)
        match dice.randrange(9):
            case 0:
                make(piece)
            case 1:
                make(piece, code="old")
            case 2:
                make(piece, inputs={"a": Input(AssetKey("a"), "2024-01-01", "other")})
            case 3 | 4:
                add(
                    StepFailed(
                        "r", 1.0, piece, Problem("ValueError", "no"), 0.1, cancelled=dice.random() < 0.3
                    )
                )
            case 5:
                add(Wiped("r", 1.0, piece.asset, None if piece.partition is None else (piece.partition,)))
            case 6:
                add(Observed("r", 1.0, piece, f"o{number}"))
            case 7:
                pass_over(piece)
            case _:
                read = inputs_of(piece, GRAPH, fold, NOW)
                make(piece, inputs={name: replace(each, pieces="2024-01-01") for name, each in read.items()})
    held = dict(fold.held)
    for name in list(held):
        if dice.random() < 0.02:
            del held[name]
    return fold.snapshot().holding(held)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("packed", [False, True])
def test_rows_are_what_judging_each_piece_says(seed, packed):
    """Every state of every partition, however the records are kept, and whichever assets are asked for."""
    dice = random.Random(seed)
    codes = {key: f"code of {key}" for key in GRAPH.nodes}
    facts = happened(dice, codes)
    if packed:
        tracks = {key: unpack(pack(track)) for key, track in facts.tracks.items()}
        facts = Snapshot(facts.upto, tracks, facts.held)
    if dice.random() < 0.3:
        codes[dice.choice(GRAPH.order)] = "new"
    keys = dice.choice([None, [dice.choice(GRAPH.order)]])
    judged = states(GRAPH, facts, codes, keys, NOW)
    asked = set(GRAPH.nodes) if keys is None else {*keys, *GRAPH.ancestors(keys)}
    wanted = {key: {} for key in asked}
    for piece, own in judged.items():
        if piece.asset in asked:
            wanted[piece.asset][piece.partition] = own.state
    for _ in range(2):  # the second time the columns are known
        found = rows(GRAPH, facts, codes, keys, NOW)
        assert {
            key: dict(zip(partitions_of(GRAPH.nodes[key], NOW), (ORDER[code] for code in row), strict=True))
            for key, row in found.items()
        } == wanted


def test_an_event_changes_the_rows_that_follow_it():
    """Columns that were made once are made anew for what an event touched, and only there."""
    codes = dict.fromkeys(GRAPH.nodes, "code")
    fold = Fold()
    for name in ("whole", "a", "b"):
        for partition in partitions_of(GRAPH.nodes[AssetKey(name)], NOW):
            piece = Piece(AssetKey(name), partition)
            made = Provenance("code", inputs_of(piece, GRAPH, fold, NOW))
            fold.add(Entry(fold.upto + 1, Materialized("r", 1.0, piece, made, f"v{fold.upto}")))
    before = fold.snapshot()
    up, down = AssetKey("a"), AssetKey("b")
    assert {ORDER[code] for row in rows(GRAPH, before, codes, [down], NOW).values() for code in row} == {
        "fresh"
    }
    failed = StepFailed("r", 1.0, Piece(up, "2024-01-02"), Problem("E", "no"), 0.1)
    after = before.after([Entry(before.upto + 1, failed)])
    found = rows(GRAPH, after, codes, [down], NOW)
    assert [ORDER[code] for code in found[up][:3]] == ["fresh", "failed", "fresh"]
    assert [ORDER[code] for code in found[down][:3]] == ["fresh", "upstream", "fresh"]
    assert after.tracks[down].sheet is before.tracks[down].sheet is not None


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_plain_is_not_judged_piece_by_piece(packed, monkeypatch):
    """Fresh, never made, failed, made by other code, below what will run: columns tell them all."""
    codes = dict.fromkeys(GRAPH.nodes, "code")
    fold = Fold()
    for name in ("whole", "a", "b", "c"):
        for partition in partitions_of(GRAPH.nodes[AssetKey(name)], NOW):
            if (name, partition) == ("b", "2024-01-05"):
                continue
            piece = Piece(AssetKey(name), partition)
            made = Provenance("code", inputs_of(piece, GRAPH, fold, NOW))
            stored = Stored("json", f"d{fold.upto}", 3, "s", inline=True)
            event = Materialized("r", 1.0, piece, made, f"v{fold.upto}", stored=stored)
            fold.add(Entry(fold.upto + 1, event))
    for partition in ("2024-01-02", "2024-01-03"):
        failed = StepFailed("r", 1.0, Piece(AssetKey("a"), partition), Problem("E", "no"), 0.1)
        fold.add(Entry(fold.upto + 1, failed))
    facts = fold.snapshot()
    if packed:
        facts = Snapshot(
            facts.upto, {key: unpack(pack(each)) for key, each in facts.tracks.items()}, facts.held
        )
    judged = []
    one = Judging.one
    monkeypatch.setattr(Judging, "one", lambda *asked: judged.append(asked[1]) or one(*asked))
    keys = [AssetKey("c")]
    found = rows(GRAPH, facts, codes, keys, NOW)
    letters = {"failed": "x", "missing": "-", "upstream": "u", "fresh": "f"}
    short = {key.path[-1]: "".join(letters[ORDER[code]] for code in row) for key, row in found.items()}
    assert short == {"whole": "f", "a": "fxxffffff", "b": "fuuf-ffff", "c": "fuufuffff"}
    # It was made while what it reads was missing: that is not plain.
    assert {piece for piece in judged if piece.partition is not None} == {Piece(AssetKey("c"), "2024-01-05")}
    judged.clear()
    found = rows(GRAPH, facts, {**codes, AssetKey("c"): "new"}, keys, NOW)
    assert {ORDER[code] for code in found[AssetKey("c")]} == {"stale"}
    assert [piece for piece in judged if piece.partition is not None] == []

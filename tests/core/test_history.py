"""Laws of the fold: what stands after events, and that snapshots never change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assets.core.events import (
    Accepted,
    Materialized,
    Observed,
    PartitionsAdded,
    PartitionsRemoved,
    Problem,
    RunFinished,
    RunStarted,
    StepFailed,
    StepSkipped,
    StepStarted,
    Stored,
    Wiped,
)
from assets.core.history import Fold, Snapshot
from assets.core.keys import AssetKey, Piece
from assets.core.latest import NOTHING, Entry
from assets.core.versions.data import Input, Provenance

A, B = AssetKey("a"), AssetKey(["b", "c"])
pieces = st.builds(Piece, st.sampled_from([A, B]), st.sampled_from([None, "x", "y"]))
runs = st.sampled_from(["r1", "r2"])
made = st.builds(
    lambda run, piece, code, name: Materialized(
        run,
        1.0,
        piece,
        Provenance(code, {"up": Input(A, "", code)}),
        code,
        stored=Stored("json", name, 3, "s", inline=True),
    ),
    runs,
    pieces,
    st.sampled_from(["c1", "c2"]),
    st.sampled_from(["d1", "d2"]),
)
events = st.one_of(
    made,
    st.builds(RunStarted, runs, st.just(1.0), st.just((A,))),
    st.builds(RunFinished, runs, st.just(1.0), st.just("success")),
    st.builds(StepStarted, runs, st.just(1.0), pieces),
    st.builds(StepFailed, runs, st.just(1.0), pieces, st.just(Problem("E", "m"))),
    st.builds(StepSkipped, runs, st.just(1.0), pieces, st.just("fresh")),
    st.builds(Observed, runs, st.just(1.0), pieces, st.sampled_from([None, "v"])),
    st.builds(Accepted, runs, st.just(1.0), pieces, st.just("c3")),
    st.builds(
        Wiped, runs, st.just(1.0), st.sampled_from([A, B]), st.sampled_from([None, ("x",), (None, "y")])
    ),
    st.builds(
        PartitionsAdded, runs, st.just(1.0), st.just("colours"), st.sampled_from([("red",), ("blue", "red")])
    ),
    st.builds(
        PartitionsRemoved, runs, st.just(1.0), st.just("colours"), st.sampled_from([("red",), ("blue",)])
    ),
)
histories = st.lists(events, max_size=25).map(lambda found: [Entry(n, e) for n, e in enumerate(found, 1)])


def picture(facts):
    """All that facts say, to be compared."""
    return (
        facts.upto,
        {Piece(a, p): facts.latest(Piece(a, p)) for a in (A, B) for p in (None, "x", "y")},
        set(facts.assets()),
        {a: set(facts.partitions(a)) for a in (A, B)},
        dict(facts.running),
        dict(facts.dynamic),
        dict(facts.held),
    )


@given(histories, st.integers(0, 25))
def test_in_any_portions(entries, cut):
    """Folding a history in two portions, or one by one, gives what folding it at once gives."""
    whole = Snapshot().after(entries)
    halves = Snapshot().after(entries[:cut]).after(entries[cut:])
    fold = Fold()
    for entry in entries:
        fold.add(entry)

    assert picture(whole) == picture(halves) == picture(fold) == picture(fold.snapshot())


@given(histories, histories)
def test_snapshots_never_change(before, after):
    """What is folded later does not reach an earlier snapshot, nor the fold it came from."""
    fold = Fold(Snapshot().after(before))
    early = fold.snapshot()
    seen = picture(early)
    later = [Entry(n, entry.event) for n, entry in enumerate(after, len(before) + 1)]
    for entry in later:
        fold.add(entry)
    early.after(later)

    assert picture(early) == seen


@given(histories)
def test_twice_is_once(entries):
    """Entries that are in the snapshot already are passed over."""
    once = Snapshot().after(entries)
    assert picture(once.after(entries)) == picture(once)


def after(*found):
    return Snapshot().after(Entry(n, event) for n, event in enumerate(found, 1))


def success(piece, code="c", version="v", run="r"):
    return Materialized(run, 2.0, piece, Provenance(code, {}), version)


def test_failure_leaves_the_success():
    """A failed attempt stands beside the success before it, until a later success."""
    piece = Piece(A)
    failed = StepFailed("r", 3.0, piece, Problem("ValueError", "bad\nmore"), cancelled=True)
    one = after(success(piece), failed)
    two = after(success(piece), failed, success(piece, version="w"))

    assert one.record(piece).version == "v"
    assert one.failure(piece).problem == "ValueError: bad"
    assert one.failure(piece).cancelled
    assert two.failure(piece) is None
    assert two.record(piece).version == "w"


def test_accepted():
    """Accepting replaces the code of the record and nothing else; without a record it does nothing."""
    one = after(
        success(Piece(A), code="old"), Accepted("", 3.0, Piece(A), "new"), Accepted("", 3.0, Piece(B), "new")
    )

    assert one.record(Piece(A)).provenance.code == "new"
    assert (one.record(Piece(A)).event, one.record(Piece(A)).at) == (1, 2.0)
    assert one.latest(Piece(B)) == NOTHING


def test_wiped():
    """A wiped piece is as if it had never been; others of its asset stay."""
    pieces = [Piece(A, key) for key in "xyz"]
    some = after(*map(success, pieces), Wiped("", 3.0, A, ("x", "y")))
    everything = after(*map(success, pieces), Wiped("", 3.0, A))

    assert list(some.partitions(A)) == ["z"]
    assert some.record(pieces[0]) is None
    assert list(everything.partitions(A)) == []
    assert A not in everything.assets()


def test_running():
    """A piece runs from its start to its end or its run's end; another run's end is not its own."""
    x, y = Piece(A, "x"), Piece(A, "y")
    started = [StepStarted("r1", 1.0, x), StepStarted("r2", 1.0, y)]

    assert after(*started).running == {x: "r1", y: "r2"}
    assert after(*started, success(x, run="r1")).running == {y: "r2"}
    assert after(*started, success(x, run="r2")).running == {x: "r1", y: "r2"}
    assert after(*started, RunFinished("r2", 2.0, "failure")).running == {x: "r1"}


def test_present():
    """A value is present if it was there in its size, or was materialized since."""
    stored = Stored("json", "d", 3, "s", inline=True)
    entry = Entry(1, Materialized("", 1.0, Piece(A), Provenance("", {}), "v", stored=stored))

    assert not Snapshot().present(stored)
    assert Snapshot().after([entry]).present(stored)
    assert Snapshot(held={"d.json": 3}).present(stored)
    assert not Snapshot(held={"d.json": 2}).present(stored)

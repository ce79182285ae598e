"""Laws of an event log, over every kind; and those of the one that processes share."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.core.errors import StoreError
from assets.core.events import (
    Accepted,
    Dropped,
    Evaluated,
    Logged,
    Materialized,
    Observed,
    PartitionsAdded,
    PartitionsRemoved,
    Problem,
    RunDeleted,
    RunFinished,
    RunStarted,
    StepFailed,
    StepSkipped,
    StepStarted,
    Stored,
    Target,
    Wiped,
)
from assets.core.history import Snapshot
from assets.core.keys import AssetKey, Piece
from assets.core.latest import Entry
from assets.core.storage import Bounds
from assets.core.store import memory_store, open_store
from assets.core.store.owner import me
from assets.core.versions.data import Input, Provenance

A, B = AssetKey("a"), AssetKey(["b", "c/d"])
PARTITIONS = (None, "", "2024-01-01", '"', "é\ud800", "a\0b")


def made(piece, version="v", run="r", stored=None):
    inputs = {"up": Input(B, piece.partition or "", version)}
    return Materialized(
        run, 1.5, piece, Provenance("c" + version, inputs), version, stored=stored, declared=version
    )


pieces = st.builds(Piece, st.sampled_from([A, B]), st.sampled_from(PARTITIONS))
versions = st.sampled_from(["1", "2"])
runs = st.sampled_from(["", "r1", "r2"])
one = st.just(1.0)
events = st.one_of(
    st.builds(made, pieces, versions, runs),
    st.builds(made, pieces, versions, runs),
    st.builds(lambda run: RunStarted(run, 1.0, (A, B), owner=me()), st.sampled_from(["r1", "r2"])),
    st.builds(
        RunFinished, st.sampled_from(["r1", "r2"]), one, st.just("success")
    ),  # also of runs that never began
    st.builds(StepStarted, runs, one, pieces),
    st.builds(StepFailed, runs, one, pieces, st.just(Problem("E", "m"))),
    st.builds(StepSkipped, runs, one, pieces, st.just("fresh")),
    st.builds(Observed, runs, one, pieces, st.none() | versions),
    st.builds(Dropped, runs, one, st.sampled_from([A, B]), versions),
    st.builds(Accepted, runs, one, pieces, versions),
    st.builds(
        Evaluated,
        runs,
        one,
        pieces,
        versions,
        st.booleans(),
        target=st.none() | st.just(Target(3, "r", 1.0)),
        provenance=st.none() | st.just(Provenance("c", {"up": Input(B, "x", "1")})),
    ),
    st.builds(RunDeleted, st.sampled_from(["r1", "r2"]), one),
    st.builds(Logged, runs, one, st.none() | pieces, st.just("log"), st.just("INFO"), versions),
    st.builds(Wiped, runs, one, st.sampled_from([A, B]), st.sampled_from([None, (None, "é\ud800")])),
    st.builds(PartitionsAdded, runs, one, versions, st.sampled_from([("x",), ("y\ud800", "x")])),
    st.builds(PartitionsRemoved, runs, one, versions, st.sampled_from([("x",), ("z",)])),
)


def picture(snapshot):
    """What a snapshot says, running pieces aside: a log knows them only of runs that began."""
    return (
        snapshot.upto,
        {Piece(a, p): snapshot.latest(Piece(a, p)) for a in (A, B) for p in PARTITIONS},
        set(snapshot.assets()),
        {a: set(snapshot.partitions(a)) for a in (A, B)},
        {a: answers for a, answers in snapshot.checks.items() if answers},
        {name: keys for name, keys in snapshot.dynamic.items() if keys},
    )


@settings(max_examples=60)
@given(st.lists(st.lists(events, min_size=1, max_size=12), max_size=6))
def test_a_log_is_the_fold_of_its_events(batches):
    """A snapshot, read whole or in part, in this process or another, before or after a refold, is the fold of the events."""
    with tempfile.TemporaryDirectory() as folder:
        disk, memory = open_store(folder + "/s"), memory_store()
        written, begun = [], set()
        for some in batches:
            # a run begins once
            batch = [
                e
                for e in some
                if not isinstance(e, RunStarted) or (e.run not in begun and not begun.add(e.run))
            ]
            assert disk.log.append(batch) == memory.log.append(batch)
            written += batch
        expected = picture(Snapshot().after(Entry(n, event) for n, event in enumerate(written, 1)))
        again = open_store(folder + "/s")

        assert [entry.event for entry in disk.log.since()] == written
        assert expected == picture(disk.log.snapshot()) == picture(memory.log.snapshot())
        assert expected == picture(again.log.snapshot())
        partial = disk.log.snapshot([A])
        assert {p: partial.latest(Piece(A, p)) for p in PARTITIONS} == {
            p: expected[1][Piece(A, p)] for p in PARTITIONS
        }
        assert disk.log.runs() == memory.log.runs()
        disk.log.refold()
        assert expected == picture(disk.log.snapshot())
        disk.close()
        again.close()


def test_many_partitions(store):
    """An asset of many partitions, made in small portions, is read as it was written."""
    keys = [f"2024-{n:03}" for n in range(365)]
    for start in range(0, 365, 7):
        store.log.append([made(Piece(A, key), key) for key in keys[start : start + 7]])
    store.log.append([made(Piece(A, "2024-000"), "again"), Wiped("", 1.0, A, ("2024-001",))])
    snapshot = store.log.snapshot()

    assert set(snapshot.partitions(A)) == set(keys) - {"2024-001"}
    assert snapshot.record(Piece(A, "2024-000")).version == "again"
    assert all(snapshot.record(Piece(A, key)).version == key for key in keys[2:])
    assert snapshot.record(Piece(A, "2024-100")).provenance.inputs["up"] == Input(B, "2024-100", "2024-100")


def test_looking_back(store):
    """Entries are found by id, run, kind, asset and piece, in both directions."""
    x, y = Piece(A, "x"), Piece(A, "y")
    entries = store.log.append(
        [
            RunStarted("r1", 1.0, (A,)),
            made(x, run="r1"),
            made(y, run="r2"),
            made(Piece(B), run="r1"),
            Wiped("r1", 1.0, A),
        ]
    )

    assert list(store.log.since(entries[2].id)) == entries[3:]
    assert list(store.log.since(0, run="r1")) == [entries[n] for n in (0, 1, 3, 4)]
    assert list(store.log.since(0, kinds=["Wiped", "RunStarted"])) == [entries[0], entries[4]]
    assert list(store.log.since(0, asset=B)) == [entries[3]]
    assert list(store.log.since(0, limit=2)) == entries[:2]
    assert list(store.log.since(0, run="unknown")) == []
    assert list(store.log.since(0, asset=AssetKey("unknown"))) == []
    assert store.log.events_of(A) == [entries[n] for n in (4, 2, 1)]
    assert store.log.events_of(A, "y") == [entries[4], entries[2]]
    assert store.log.events_of(A, "y", kinds=("Materialized",)) == [entries[2]]
    assert store.log.events_of(B, None, newest_first=False) == [entries[3]]
    assert store.log.events_of(A, kinds=("Materialized",), limit=1) == [entries[2]]


def test_looking_back_within_bounds(store):
    """Ids, times, partitions and kinds bound a look back, on either end, in both directions."""
    entries = store.log.append(
        [
            Materialized("", float(n), Piece(A, key), Provenance("c", {}), "v")
            for n, key in enumerate(("x", "y", "é\ud800", None, "x"), 1)
        ]
    )
    made_of, seen = ("Materialized",), store.log.look_back

    assert seen(A, made_of) == entries[::-1]
    assert seen(A, made_of, limit=2, newest_first=False) == entries[:2]
    assert seen(None, made_of, Bounds(after=1, before=4)) == entries[2:0:-1]
    assert seen(A, made_of, Bounds(since=1.0, until=3.0)) == [entries[1]]
    assert seen(A, made_of, Bounds(partitions={"x"})) == [entries[4], entries[0]]
    assert seen(A, made_of, Bounds(partitions=["é\ud800", None])) == [entries[3], entries[2]]
    assert seen(A, made_of, Bounds(ids=[2, 3, 99])) == [entries[2], entries[1]]
    assert seen(A, ("Observed",)) == seen(B, made_of) == []


def test_what_was_wiped_does_not_stand(store):
    """A look back at what stands leaves out what was wiped later, however much of it there is."""
    store.log.append([made(Piece(A, "x"), str(n)) for n in range(100)])
    store.log.append([made(Piece(A, "y")), Wiped("", 1.0, A, ("x",))])
    again = store.log.append([made(Piece(A, "x"), "new")])
    standing = Bounds(standing=True)

    found = store.log.look_back(A, ("Materialized",), standing, limit=2)
    assert [entry.event.piece.partition for entry in found] == ["x", "y"]
    assert found[0] == again[0]
    assert len(store.log.look_back(A, ("Materialized",))) == 102
    store.log.append([Wiped("", 1.0, A), made(Piece(B))])
    assert store.log.look_back(A, ("Materialized",), standing) == []
    assert len(store.log.look_back(None, ("Materialized",), standing)) == 1


def test_the_newest_before(store):
    """Of an asset, the newest materialization or observation before an event is found, for many at once."""
    store.log.append(
        [made(Piece(A, "x")), Observed("", 1.0, Piece(A)), StepStarted("", 1.0, Piece(A)), made(Piece(B))]
    )
    wanted = [(A, 1), (A, 2), (A, 9), (B, 4), (B, 5), (AssetKey("unknown"), 9)]

    assert store.log.newest_before(wanted) == {(A, 2): 1, (A, 9): 2, (B, 5): 4}
    assert store.log.newest_before([]) == {}


def test_checks(store):
    """The newest answer of each check stands, per partition, until what it is about is wiped."""
    store.log.append([Evaluated("r", 1.0, Piece(A, key), "c", passed=False) for key in (None, "x", "y")])
    store.log.append([Evaluated("r", 2.0, Piece(A, "x"), "c", passed=True, blocking=True), made(Piece(B))])
    facts = store.log.snapshot()

    assert facts.evaluation(A, "c", "x")[2:6] == ("r", True, "ERROR", True)
    assert not facts.evaluation(A, "c").passed
    assert facts.evaluation(A, "d") is facts.evaluation(B, "c") is None
    store.log.append([Wiped("", 3.0, A, ("x",))])
    assert set(store.log.snapshot([A]).checks[A]) == {("c", None), ("c", "y")}
    assert store.log.snapshot([B]).checks == {}
    assert facts.evaluation(A, "c", "x").passed
    store.log.append([Wiped("", 4.0, A)])
    assert not store.log.snapshot().checks.get(A)


def test_a_deleted_run(store):
    """A run that was deleted is listed no more; what it made stands."""
    store.log.append(
        [RunStarted("r1", 1.0, (A,)), made(Piece(A), run="r1"), RunFinished("r1", 2.0, "success")]
    )
    store.log.append([RunStarted("r2", 3.0, (A,)), RunDeleted("r1", 4.0)])

    assert [row.run for row in store.log.runs()] == ["r2"]
    assert store.log.runs(ids=["r1"]) == []
    assert store.log.snapshot().record(Piece(A)).run == "r1"


def test_long_history(store):
    """More entries than one portion come complete, and while others are appended."""
    for _ in range(5):
        store.log.append([Logged("", 1.0, None, "log", "", str(n)) for n in range(500)])
    seen = 0
    for entry in store.log.since():
        seen += 1
        if entry.id == 1:
            store.log.append([Logged("", 1.0, None, "log", "", "late")])

    assert seen in {2500, 2501}


def test_runs(store):
    """Runs are listed newest first, with their end once they have one."""
    store.log.append([RunStarted("r1", 1.0, (A, B), "cell", {"k": "v"}, "job", 2, "elsewhere:1:1")])
    store.log.append([RunStarted("r2", 2.0, (A,)), RunFinished("r1", 3.0, "failure", "bad")])
    newest, oldest = store.log.runs()

    assert (newest.run, newest.outcome, newest.finished) == ("r2", "", None)
    about = ("r1", 1.0, (A, B), "cell", {"k": "v"}, "job", 2, "elsewhere:1:1")
    assert oldest == (*about, "failure", 3.0, "bad", 1)
    assert store.log.runs(1) == [newest]
    assert store.log.runs(ids=["r1", "none"]) == [oldest]


def test_codes(store):
    """The text of a fingerprint is kept once, under its version."""
    store.log.put_code("v1", '{"f": "é"}')
    store.log.put_codes({"v1": "other", "v2": "text"})

    assert store.log.get_code("v1") == '{"f": "é"}'
    assert store.log.get_code("v2") == "text"
    assert store.log.get_code("v3") is None


def test_subscribers(store):
    """Subscribers hear of every entry once and in order; what one raises harms neither commit nor others."""
    heard = []

    def broken(_entries):
        raise RuntimeError("not my day")

    store.log.subscribe(broken)
    leave = store.log.subscribe(heard.extend)
    first = store.log.append([made(Piece(A)), made(Piece(B))])
    assert heard == first
    leave()
    store.log.append([made(Piece(A))])
    assert heard == first


def test_a_subscriber_may_append(store):
    """What a subscriber appends is told after what it heard."""
    heard = []

    def answer(entries):
        heard.extend(entries)
        if len(entries) == 1 and entries[0].event.piece == Piece(A):
            store.log.append([made(Piece(B))])

    store.log.subscribe(answer)
    store.log.append([made(Piece(A))])

    assert [entry.id for entry in heard] == [1, 2]


def test_threads(store):
    """Threads append and read at once; ids are without gaps, and subscribers hear all in order."""
    heard = []
    store.log.subscribe(heard.extend)

    def work(n):
        for m in range(25):
            store.log.append([made(Piece(A, f"{n}-{m}")), made(Piece(B, f"{n}-{m}"))])
            store.log.snapshot([A])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.log.poll()

    assert [entry.id for entry in heard] == list(range(1, 201))
    assert len(store.log.snapshot().partitions(A)) == 100


def test_nothing_is_nothing(store):
    """An empty portion changes nothing; an empty log has an empty snapshot."""
    assert store.log.append([]) == []
    assert store.log.snapshot().upto == 0
    assert list(store.log.since()) == []
    assert store.log.poll() == []


def test_another_kernel_is_heard(disk, folder):
    """Entries of another process reach subscribers by a poll, or before the next own entry."""
    heard = []
    disk.log.subscribe(heard.extend)
    other = open_store(folder)
    other.log.append([made(Piece(A))])
    assert [entry.id for entry in disk.log.poll()] == [1]
    other.log.append([made(Piece(A))])
    disk.log.append([made(Piece(B))])
    other.close()

    assert [entry.id for entry in heard] == [1, 2, 3]
    assert disk.log.poll() == []


WRITER = """
import sys
from assets.core.store import open_store
from assets.core.events import Materialized
from assets.core.keys import AssetKey, Piece
from assets.core.versions.data import Provenance
store = open_store(sys.argv[1])
for n in range(int(sys.argv[3])):
    store.log.append([Materialized(sys.argv[2], 1.0, Piece(AssetKey("shared"), f"{sys.argv[2]}-{n}"), Provenance("c", {}), "v")])
"""


def writer(folder, name, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(count)], stderr=subprocess.PIPE, text=True
    )


def test_two_processes_append_at_once(folder):
    """Two kernels that begin on a new store at once append 500 events each, and no lock error reaches them."""
    both = [writer(folder, name, 500) for name in ("one", "two")]
    assert [process.communicate()[1] for process in both] == ["", ""]
    store = open_store(folder)

    assert [entry.id for entry in store.log.since()] == list(range(1, 1001))
    assert len(store.log.snapshot().partitions(AssetKey("shared"))) == 1000
    for name in ("one", "two"):
        found = [e.event.piece.partition for e in store.log.since(0, run=name)]
        assert found == [f"{name}-{n}" for n in range(500)]
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_has_connections_of_its_own(disk):
    """A child process appends through the log it inherited, and both see all."""
    disk.log.append([made(Piece(A))])
    process = multiprocessing.get_context("fork").Process(target=lambda: disk.log.append([made(Piece(B))]))
    process.start()
    process.join()

    assert process.exitcode == 0
    assert len(disk.log.append([made(Piece(A))])) == 1
    assert [entry.id for entry in disk.log.since()] == [1, 2, 3]


def test_the_run_of_a_dead_process_is_cancelled(disk, folder):
    """At opening, a run whose process is gone ends as cancelled, its open steps too; what it made stays."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    disk.log.append([RunStarted("mine", 1.0, (A,))])
    host = disk.log.runs()[0].owner.split(":")[0]
    piece = Piece(A, "x")
    disk.log.append(
        [
            RunStarted("gone", 1.0, (A,), owner=f"{host}:{dead.pid}:77"),
            RunStarted("far", 4e9, (A,), owner="elsewhere:1:1"),
            made(piece, run="gone"),
            StepStarted("gone", 1.0, piece),
            StepStarted("mine", 1.0, Piece(B)),
        ]
    )
    assert set(disk.log.snapshot().running) == {piece, Piece(B)}
    again = open_store(folder)
    snapshot = again.log.snapshot()

    assert {row.run: row.outcome for row in again.log.runs()} == {"gone": "cancelled", "far": "", "mine": ""}
    assert snapshot.running == {Piece(B): "mine"}
    assert snapshot.failure(piece).cancelled
    assert snapshot.record(piece).version == "v"
    assert again.log.reclaim() == []
    again.close()


def test_all_or_nothing(disk):
    """If one event of a portion cannot be kept, none is, and the log goes on."""
    with pytest.raises(TypeError):
        disk.log.append([made(Piece(A)), Logged("", 1.0, None, "log", "", object())])  # type: ignore[arg-type]
    unknown = Stored("json", "d", 1, "s", inline=True)
    with pytest.raises(StoreError):
        disk.log.append([made(Piece(A))], [(unknown, {"no": "bytes"})])

    assert disk.log.snapshot().upto == 0
    assert [entry.id for entry in disk.log.append([made(Piece(A))])] == [1]


@pytest.mark.parametrize("spare", [0, 1, 2, 4, 8, 16])
def test_a_full_disk(disk, spare):
    """Wherever the disk gets full in a transaction, nothing of it is kept, and all before it is."""
    disk.log.append([made(Piece(A, "before"))])
    connection = disk.log._database.connection()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + spare}")
    stored = Stored("json", "d", 60_000, "s", inline=True)
    with pytest.raises(StoreError, match="Make room"):
        disk.log.append([made(Piece(A, str(n))) for n in range(500)], [(stored, b"x" * 60_000)])
    assert list(disk.log.snapshot().partitions(A)) == ["before"]
    connection.execute("PRAGMA max_page_count = 1000000")

    assert len(disk.log.append([made(Piece(A, str(n))) for n in range(500)])) == 500
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_closed_log(disk):
    """A closed store says so."""
    disk.close()
    with pytest.raises(StoreError, match="closed"):
        disk.log.snapshot()


def test_a_foreign_lock_is_waited_for(disk, folder):
    """Another program's transaction delays an append and is no error."""
    other = sqlite3.connect(folder / "log.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.5, lambda: other.execute("ROLLBACK"))
    timer.start()

    assert len(disk.log.append([made(Piece(A))])) == 1
    timer.join()
    other.close()

"""Laws of a kill: what was committed is there, whole; the rest is made by the next run, and nothing else."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from assets.core.keys import AssetKey, Piece
from assets.core.store import open_store

WRITER = """
import sys, time
from assets.core.store import open_store
from assets.core.events import Materialized, RunFinished, RunStarted, StepStarted
from assets.core.keys import AssetKey, Piece
from assets.core.versions.data import Provenance

store = open_store(sys.argv[1])
run = sys.argv[2]
here = store.log.snapshot()
due = []
for n in range(50):
    record = here.record(Piece(AssetKey("a"), str(n)))
    if record is None or not here.present(record.stored):
        due.append(n)
print("due", *due, flush=True)
store.log.append([RunStarted(run, time.time(), (AssetKey("a"),), total=len(due))])
for n in due:
    piece = Piece(AssetKey("a"), str(n))
    store.log.append([StepStarted(run, time.time(), piece)])
    # every third is a file, and every fifth a pickle
    value = [n] * (40_000 if n % 3 == 0 else 10)
    kept = store.values.put(tuple(value) if n % 5 == 0 else value)
    event = Materialized(run, time.time(), piece, Provenance("c", {}), kept.digest, stored=kept.stored)
    store.log.append([event], [] if kept.data is None else [(kept.stored, kept.data)])
    print(n, flush=True)
store.log.append([RunFinished(run, time.time(), "success")])
print("end", flush=True)
"""


def writer(folder, run):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), run], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_instant(folder, seed):
    """A run of 50 is killed again and again: each time the store opens, holds all that was committed, and only the rest is due."""
    dice = random.Random(seed)
    committed: set[int] = set()
    for attempt in range(6):
        process = writer(folder, f"run{attempt}")
        due = process.stdout.readline().split()[1:]
        assert set(map(int, due)).isdisjoint(committed)
        assert len(committed) - 1 <= 50 - len(due) <= len(committed) + 1  # one may be kept and not said
        for _ in range(dice.randrange(12)):
            line = process.stdout.readline().strip()
            if line.isdigit():
                committed.add(int(line))
        time.sleep(dice.random() * 0.004)
        process.send_signal(signal.SIGKILL)
        committed.update(int(line) for line in process.stdout.read().split() if line.isdigit())
        process.wait()

        store = open_store(folder)
        snapshot = store.log.snapshot()
        made = {int(partition) for partition in snapshot.partitions(AssetKey("a"))}
        assert committed <= made
        assert len(made - committed) <= 1
        committed = made
        for n in made:
            record = snapshot.record(Piece(AssetKey("a"), str(n)))
            assert snapshot.present(record.stored)
            assert list(store.values.get(record.stored)) == [n] * (40_000 if n % 3 == 0 else 10)
        assert {row.outcome for row in store.log.runs()} <= {"cancelled", "success"}
        assert snapshot.running == {}
        assert not list((folder / "values").glob(".tmp*"))
        store.values.collect()
        store.close()
        connection = sqlite3.connect(folder / "log.sqlite")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()

    last = writer(folder, "last")
    assert last.stdout.read().split()[-1] == "end"
    last.wait()
    store = open_store(folder)
    assert len(store.log.snapshot().partitions(AssetKey("a"))) == 50
    assert len(store.log.events_of(AssetKey("a"), kinds=["Materialized"])) == 50
    store.close()

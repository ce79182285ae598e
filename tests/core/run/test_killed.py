"""The law of a killed process: what was committed is there and whole, and the next run does exactly the rest."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from assets.core.decide.codes import code_versions
from assets.core.decide.plan import Request, plan
from assets.core.define.decorators import asset
from assets.core.graph import Graph
from assets.core.keys import AssetKey, Piece
from assets.core.run.runner import execute
from assets.core.store import open_store

SIZE = 50
CHILD = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_killed
print("ready", flush=True)
test_killed.materialize(sys.argv[1])
print("done", flush=True)
"""


def chain():
    """Fifty assets, each reading the one before; every fifth is too large for a row."""
    source = ["@asset(code_version='1')\ndef a00():\n    return pause() or [0]\n"]
    for number in range(1, SIZE):
        extra = " + ['x' * 70_000]" if number % 5 == 0 else ""
        source.append(
            f"@asset(code_version='1')\ndef a{number:02}(a{number - 1:02}):\n"
            f"    return pause() or [{number}]{extra}\n"
        )
    namespace = {"asset": asset, "pause": lambda: time.sleep(0.004)}
    exec("".join(source), namespace)
    return [namespace[f"a{number:02}"] for number in range(SIZE)]


def materialize(folder):
    store = open_store(folder)
    graph = Graph.of(chain())
    facts = store.log.snapshot()
    request = Request(frozenset(graph.nodes))
    steps = plan(graph, facts, code_versions(graph, graph.nodes), request)
    outcome = execute(
        steps, graph, store.log, store.values, lambda keys: code_versions(graph, keys), facts, owner="me:1:1"
    )
    store.close()
    return outcome


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.25])
def test_a_kill_loses_nothing_that_was_committed(tmp_path, delay):
    """At any instant: the store opens, no value is torn, and only what is missing runs."""
    folder = tmp_path / "store"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"ready\n"
    time.sleep(delay)
    child.kill()
    child.wait()
    child.stdout.close()
    store = open_store(folder)
    facts = store.log.snapshot()
    kept = [
        number
        for number in range(SIZE)
        if (record := facts.record(Piece(AssetKey(f"a{number:02}")))) is not None
        and store.values.get(record.stored)[0] == number
    ]
    assert kept == list(range(len(kept)))
    assert len(facts.assets()) >= len(kept)
    store.close()
    outcome = materialize(folder)
    assert [str(piece) for piece in outcome.built] == [f"a{number:02}" for number in range(len(kept), SIZE)]
    assert materialize(folder).built == []

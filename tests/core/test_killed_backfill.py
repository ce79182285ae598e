"""Laws of a backfill whose process is killed: what was finished stays finished, the next run does exactly the rest."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from assets import Workspace

SIZE = 1_000
CHILD = """
import os, sys
from assets import BackfillPolicy, DailyPartitionsDefinition, Output, Workspace, asset

days = DailyPartitionsDefinition("2020-01-01", end_date="2022-09-27")
journal = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

if sys.argv[3] == "one call each":
    @asset(partitions_def=days, code_version="1")
    def day(context):
        os.write(journal, f"{context.partition_key}\\n".encode())
        return context.partition_key
else:
    @asset(partitions_def=days, code_version="1", backfill_policy=BackfillPolicy.single_run())
    def day(context):
        for key in context.partition_keys:
            os.write(journal, f"{key}\\n".encode())
            yield Output(key, partition_key=key)

workspace = Workspace(sys.argv[1], origin="test.ipynb")
workspace.define([day])
print("ready", flush=True)
sys.stdin.readline()
print(*(piece.partition for piece in workspace.materialize().built), flush=True)
assert workspace.materialize().built == ()
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a process that will make all that is due, and writes down what it begins."""
    monkeypatch.setenv("ASSETS_KEY", str(tmp_path / "key"))

    def started(journal, how):
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path / "store"), str(tmp_path / journal), how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        return process

    return started


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize(
    ("how", "count"),
    [("one call each", 350), ("one call each", 800), ("one call for all", 1), ("one call for all", 500)],
)
def test_a_killed_backfill_goes_on_where_it_was(start, tmp_path, how, count):
    """Of a thousand partitions nothing that was finished is made again, and nothing that was not is forgotten."""
    process = start("first", how)
    process.stdin.write("go\n")
    process.stdin.flush()
    while process.poll() is None and len(lines(tmp_path / "first")) < count:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    workspace = Workspace(tmp_path / "store", origin="test.ipynb")
    facts = workspace.facts()
    there = [key for asset in facts.assets() for key in facts.partitions(asset)]
    begun = lines(tmp_path / "first")
    assert there == begun[: len(there)], "what is recorded is what was made first"
    assert facts.running == {}
    assert len(workspace.runs()) <= 1
    workspace.close()

    process = start("second", how)
    out, err = process.communicate("go\n")
    assert (process.returncode, err) == (0, "")
    rest = out.split()
    assert rest == lines(tmp_path / "second"), "each is begun once"
    assert len({*rest, *there}) == len(rest) + len(there) == SIZE, "exactly the rest is made"

    workspace = Workspace(tmp_path / "store", origin="test.ipynb")
    assert workspace.load("day") == {key: key for key in sorted({*rest, *there})}
    workspace.close()

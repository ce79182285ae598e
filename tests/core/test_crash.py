"""Laws of a process that ends in the middle: what was recorded is there and whole, the rest is due, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from assets import Workspace

SIZE = 50
# The notebook: a tree of fifty assets; every fourth value is too large for a row of the database.
CELL = """
import os, time
from assets import asset

def begin(name):
    with open(os.environ["JOURNAL"], "a") as journal:
        journal.write(name + "\\n")
    time.sleep(0.002)
    held = os.environ.get("HELD")
    if held and not os.path.exists(held) and sum(1 for _ in open(os.environ["JOURNAL"])) == 49:
        open(held, "x").close()  # the last but one waits for its interrupt
        time.sleep(60)

def made(number, above):
    pad = {0: "x" * 70_000, 2: bytes(range(256)) * 300}.get(number % 4)
    return {"number": number, "sum": number + (above["sum"] if above else 0), "pad": pad}
""" + "".join(
    f"@asset\ndef a{n:02}({f'a{n // 2:02}' if n else ''}):\n"
    f"    begin('a{n:02}')\n    return made({n}, {f'a{n // 2:02}' if n else 'None'})\n"
    for n in range(SIZE)
)
NAMES = [f"a{n:02}" for n in range(SIZE)]
CHILD = (
    """
import os, sys
from assets import Workspace
from assets.core.define.observer import observe
definitions = []
observe(definitions.append)
exec(compile(CELL, "<cell>", "exec"), {"__name__": "__main__"})
workspace = Workspace(sys.argv[1], origin="test.ipynb")
workspace.define(definitions)
chosen = sys.argv[2].split(",") if len(sys.argv) > 2 else None
print("ready", flush=True)
sys.stdin.readline()
try:
    print(*workspace.materialize(chosen).built, flush=True)
except KeyboardInterrupt:
    os.environ.pop("HELD", None)
    print("interrupted", flush=True)
    print(*workspace.materialize(chosen).built, flush=True)
"""
).replace("CELL,", f"{CELL!r},")
INSTANTS = [0, 0, 0, 1, 2, 4, 7, 11, 16, 20, 25, 29, 34, 38, 43, 47, 49, 50]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


class Store:
    """A store's folder, and the processes that work on it."""

    def __init__(self, folder):
        self.folder = folder / "store"
        self.journals = folder
        self.workspace = None

    def start(self, name, *chosen, held=False):
        """A process that has its definitions and waits to be told; `held` never ends before it is interrupted."""
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(self.folder), *([",".join(chosen)] if chosen else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "JOURNAL": str(self.journals / name),
                **({"HELD": str(self.journals / f"{name}.held")} if held else {}),
            },
        )
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        return process

    def run(self, name):
        """What a process makes that nobody disturbs."""
        process = self.start(name)
        out, err = process.communicate("go\n")
        assert (process.returncode, err) == (0, "")
        assert out.split() == self.begun(name)
        return out.split()

    def begun(self, name):
        """The assets whose bodies began to run, in order."""
        path = self.journals / name
        return path.read_text().split() if path.exists() else []

    def wait_for(self, process, name, count):
        """Come back when so many bodies have begun, or the process has ended."""
        while process.poll() is None and len(self.begun(name)) < count:
            time.sleep(0.001)

    def look(self):
        """The store as the next kernel sees it."""
        self.workspace = Workspace(self.folder, origin="test.ipynb")
        return self.workspace

    def recorded(self):
        """The assets that are recorded; each loads back exactly what was made."""
        workspace, sums = self.look(), {}
        found = [
            key.to_user_string() for key in workspace.facts().assets() if workspace.facts().partitions(key)
        ]
        for n in range(SIZE):
            sums[n] = n + (sums[n // 2] if n else 0)
        for name in found:
            n = int(name[1:])
            pad = {0: "x" * 70_000, 2: bytes(range(256)) * 300}.get(n % 4)
            assert workspace.load(name) == {"number": n, "sum": sums[n], "pad": pad}
        return sorted(found)

    def close(self):
        if self.workspace is not None:
            self.workspace.close()
            self.workspace = None


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSETS_KEY", str(tmp_path / "key"))
    made = Store(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(("number", "count"), list(enumerate(INSTANTS)))
def test_a_killed_run_loses_nothing_that_was_recorded(store, number, count):
    """Killed at any instant: the store opens, no value is torn, and the next run does exactly the rest."""
    process = store.start("first")
    process.stdin.write("go\n")
    process.stdin.flush()
    store.wait_for(process, "first", count)
    time.sleep(
        number % 5 * 0.004 if count else number * 0.015
    )  # anywhere in a step, in opening, in the commit
    process.send_signal(signal.SIGKILL)
    process.communicate()

    recorded, begun = store.recorded(), store.begun("first")
    assert recorded == sorted(begun[: len(recorded)]), "what is recorded is what was made first"
    runs = store.workspace.runs()
    assert [run.outcome for run in runs] in ([], ["cancelled"], ["success"])
    assert len(runs) == 1 or not recorded
    assert store.workspace.facts().running == {}
    assert not [entry for entry in (store.folder / "values").iterdir() if ".tmp" in entry.name]
    store.close()

    rest = store.run("second")
    assert set(rest).isdisjoint(recorded), "nothing is made again"
    assert sorted([*rest, *recorded]) == NAMES, "and nothing is forgotten"
    assert store.run("third") == []
    assert store.recorded() == NAMES
    outcomes = [run.outcome for run in store.workspace.runs()]
    assert outcomes in (["success"], ["success", "cancelled"])


def test_a_killed_run_is_told_as_cancelled(store):
    """The step that was killed is due, and says why; no widget waits for it for ever."""
    process = store.start("first")
    process.stdin.write("go\n")
    process.stdin.flush()
    store.wait_for(process, "first", 30)
    process.kill()
    process.communicate()
    workspace = store.look()
    (run,) = workspace.runs()
    assert run.outcome == "cancelled"
    assert "ended before it was done" in run.error
    assert workspace.active() == {}
    failures = [
        entry.event
        for name in NAMES
        for entry in workspace.history(name)
        if type(entry.event).__name__ == "StepFailed"
    ]
    assert len(failures) <= 1
    assert all(event.cancelled for event in failures)


def test_killed_again_and_again_it_still_ends(store):
    """Each kernel goes on where the one before was killed."""
    done = 0
    for attempt in range(1, 8):
        name = f"attempt {attempt}"
        process = store.start(name)
        process.stdin.write("go\n")
        process.stdin.flush()
        store.wait_for(process, name, 8)
        time.sleep(0.05)
        process.kill()
        process.communicate()
        recorded = store.recorded()
        store.close()
        assert len(recorded) >= done
        done = len(recorded)
    store.run("last")
    assert store.recorded() == NAMES
    made = [
        entry
        for name in NAMES
        for entry in store.workspace.history(name)
        if type(entry.event).__name__ == "Materialized"
    ]
    assert len(made) == SIZE, "each was recorded once"


def test_two_kernels_work_on_one_store(store):
    """Different assets at the same time: no error, and everything is recorded."""
    left = [name for name in NAMES if _root(int(name[1:])) == 2]
    right = [name for name in NAMES if _root(int(name[1:])) == 3]
    above = [name for name in NAMES if name not in {*left, *right}]
    first = store.start("above", *above)
    out, err = first.communicate("go\n")
    assert (first.returncode, err) == (0, "")
    assert out.split() == above
    both = [store.start("left", *left), store.start("right", *right)]
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process, names in zip(both, (left, right), strict=True):
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        assert out.split() == names
    assert store.recorded() == NAMES
    assert [run.outcome for run in store.workspace.runs()] == ["success"] * 3


def test_two_kernels_make_one_store(store):
    """Both find no store and make it: there is one, and both have worked on it."""
    both = [store.start("one"), store.start("other")]
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in both:
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        assert out.split()
    assert store.recorded() == NAMES
    assert [run.outcome for run in store.workspace.runs()] == ["success"] * 2
    store.close()
    assert store.run("after") == []


@pytest.mark.parametrize("count", [1, 9, 21, 34, 46])
def test_an_interrupt_keeps_what_was_finished(store, count):
    """Ctrl-C in the main thread: finished steps are kept, the broken one is due, and the same kernel goes on."""
    process = store.start("first", held=True)
    process.stdin.write("go\n")
    process.stdin.flush()
    store.wait_for(process, "first", count)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    told, rest = out.splitlines()
    assert told == "interrupted"
    begun = store.begun("first")
    twice = {name for name in begun if begun.count(name) > 1}
    assert len(twice) <= 1, "only the step that was broken into began twice"
    assert sorted(set(begun)) == NAMES
    assert rest.split() == begun[-len(rest.split()) :]
    assert store.recorded() == NAMES
    assert [run.outcome for run in store.workspace.runs()] == ["success", "cancelled"]


def _root(number):
    """In which of the trees below a01 an asset is: 2 or 3; less for what is above both."""
    while number > 3:
        number //= 2
    return number

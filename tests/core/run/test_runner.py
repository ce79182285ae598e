"""Laws of a run: what is cut off, what a failure stops, what a cancelled run leaves behind."""

# ruff: noqa: T201 - what steps print is part of what is tested
from __future__ import annotations

import _thread
import threading
import time

import pytest

from assets import AssetOut, RetryPolicy, multi_asset
from assets.core.define.decorators import asset
from assets.core.define.results import MaterializeResult, Output
from assets.core.errors import RunCancelledError, RunFailedError
from assets.core.keys import AssetKey, Piece
from assets.core.resources.memory import InMemoryIOManager
from assets.core.run.cancel import Cancel
from assets.core.run.result import RunSummary
from assets.core.versions.data import DataVersion

calls: list[str] = []


@pytest.fixture(autouse=True)
def _forget():
    calls.clear()


def names(pieces):
    return [str(piece) for piece in pieces]


def chain(bodies):
    """`a → b → c`, of these bodies; what they do beside is not part of their code."""

    @asset(code_version=bodies.get("va", "1"))
    def a():
        calls.append("a")
        return bodies["a"]

    @asset(code_version="1")
    def b(a):
        calls.append("b")
        return a % 2

    @asset(code_version="1")
    def c(b):
        calls.append("c")
        return b + 1

    return a, b, c


def test_everything_is_made_once_and_then_nothing(house):
    """A second run of unchanged assets runs nothing and writes nothing."""
    first = house.run(*chain({"a": 1}))
    before = list(house.log.since(0))
    second = house.summary(*chain({"a": 1}))
    assert names(first.built) == ["a", "b", "c"]
    assert calls == ["a", "b", "c"]
    assert house.value("c") == 2
    assert (second.run_id, second.built, second.fresh) == ("", (), 3)
    assert second.text() == "nothing to do: 3 up to date"
    assert list(house.log.since(0)) == before


def test_an_ancestor_that_comes_out_identical_stops_the_wave(house):
    """Early cut-off: what reads an unchanged value is kept, and the summary says so."""
    house.run(*chain({"a": 1}))
    calls.clear()
    summary = house.summary(*chain({"a": 3, "va": "2"}))
    assert calls == ["a", "b"]
    assert names(summary.kept) == ["c"]
    assert summary.text() == "materialized 2, unchanged: 1 downstream kept"
    assert [event.reason for event in house.events("StepSkipped")] == ["fresh"]
    assert house.summary(*chain({"a": 3, "va": "2"})).built == ()


def test_force_runs_all_that_is_selected_whatever_comes_out(house):
    """A forced run makes every selected piece, also below an ancestor that came out identical."""
    house.run(*chain({"a": 1}))
    calls.clear()
    house.run(*chain({"a": 1}), force=True)
    assert calls == ["a", "b", "c"]


def test_a_value_that_says_nothing_never_cuts_off(house):
    """An asset that returns None gets a new version each time, so its readers run again."""

    @asset
    def write():
        return None

    @asset(deps=[write])
    def read():
        calls.append("read")
        return 1

    house.run(write, read)
    house.run(write, read, keys=["write"], force=True)
    assert names(house.run(write, read).built) == ["read"]
    assert calls == ["read", "read"]


def test_a_version_that_the_user_gives_decides(house):
    """`DataVersion` stands instead of the digest of the value."""
    number = [0]

    def make():
        @asset(code_version=str(number[0]))
        def source():
            number[0] += 1
            return Output(number[0], data_version=DataVersion("same"))

        @asset
        def reader(source):
            return source

        return source, reader

    house.run(*make())
    assert names(house.run(*make()).kept) == ["reader"]
    assert house.record("source").version == "same"
    assert house.value("reader") == 1


def test_one_failure_leaves_the_other_branches_running(house):
    """What depends on a failed asset is not started; everything else runs, and the error comes at the end."""

    @asset
    def bad():
        message = "no such luck"
        raise ValueError(message)

    @asset
    def below(bad):
        calls.append("below")

    @asset
    def far_below(below):
        calls.append("far_below")

    @asset
    def other():
        return 1

    summary = house.summary(bad, below, far_below, other)
    assert names(summary.built) == ["other"]
    assert names(summary.untouched) == ["below", "far_below"]
    assert calls == []
    with pytest.raises(RunFailedError, match="bad: ValueError: no such luck") as raised:
        summary.raise_if_failed()
    assert isinstance(raised.value.__cause__, ValueError)
    assert house.events("RunFinished")[-1].outcome == "failure"


def test_a_failed_attempt_leaves_the_former_success_and_is_due_again(house):
    """After a failure the old record and value stand; the next run tries again."""
    outcome = [1]

    @asset
    def moody():
        if outcome[0] is None:
            raise RuntimeError
        return outcome[0]

    house.run(moody)
    before = house.record("moody")
    outcome[0] = None
    assert names(house.run(moody, force=True).failed) == ["moody"]
    assert house.record("moody") == before
    assert house.value("moody") == 1
    outcome[0] = 2
    assert names(house.run(moody).built) == ["moody"]


def test_the_first_failure_ends_the_run_if_asked(house):
    """With `stop_at_failure` nothing runs after the first failure."""

    @asset
    def a():
        raise ValueError

    @asset
    def b():
        return 1

    outcome = house.run(a, b, stop_at_failure=True)
    assert outcome.built == []
    assert isinstance(outcome.first_error, ValueError)


def test_an_optional_output_that_is_missing_skips_what_depends_on_it(house):
    """No output, no dependents, transitively; the run succeeds, and the asset stays due."""

    @asset(output_required=False)
    def maybe():
        if calls:
            yield Output(1)

    @asset(deps=[maybe])
    def below():
        return 1

    @asset
    def far(below):
        return 1

    outcome = house.run(maybe, below, far)
    assert names(outcome.skipped) == ["maybe", "below", "far"]
    assert outcome.success
    assert [e.reason for e in house.events("StepSkipped")] == [
        "no output",
        "upstream skipped",
        "upstream skipped",
    ]
    calls.append("now")
    assert names(house.run(maybe, below, far).built) == ["maybe", "below", "far"]


def test_a_code_change_while_the_run_goes_on_is_recorded_as_what_ran(quick):
    """The fingerprint is that of the moment the body runs: a change made by an earlier step counts."""
    namespace = {"__name__": "__main__", "asset": asset, "FACTOR": 1}
    exec(
        "@asset\ndef first():\n    global FACTOR\n    FACTOR = 2\n    return 1\n"
        "@asset\ndef second(first):\n    return first * FACTOR\n",
        namespace,
    )
    graph, _, _ = quick.plan(namespace["first"], namespace["second"])
    from assets.core.decide.codes import code_versions

    planned = code_versions(graph, [AssetKey("second")])
    quick.run(namespace["first"], namespace["second"])
    assert quick.value("second") == 2
    assert (
        quick.record("second").provenance.code
        == code_versions(graph, [AssetKey("second")])[AssetKey("second")]
    )
    assert quick.record("second").provenance.code != planned[AssetKey("second")]
    namespace["FACTOR"] = 5
    assert names(quick.run(namespace["first"], namespace["second"]).built) == ["second"]


def test_provenance_names_what_each_parameter_read(house):
    """Inputs are recorded per parameter, with the version that was read."""

    @asset
    def left():
        return 1

    @asset
    def right():
        return 2

    @asset(deps=[right])
    def both(left):
        return left

    house.run(left, right, both)
    read = house.record("both").provenance.inputs
    assert {name: (one.asset.to_user_string(), one.version) for name, one in read.items()} == {
        "left": ("left", house.record("left").version),
        "dep:right": ("right", house.record("right").version),
    }


def test_each_consumer_gets_a_copy_of_its_own(house):
    """A consumer that changes its input in place changes nothing for the others, nor what is stored."""

    @asset
    def numbers():
        return [1, 2]

    @asset
    def spoiler(numbers):
        numbers.append(3)
        return len(numbers)

    @asset
    def trusting(numbers, spoiler):
        return len(numbers)

    house.run(numbers, spoiler, trusting)
    assert [house.value(key) for key in ("numbers", "spoiler", "trusting")] == [[1, 2], 3, 2]


def test_a_cancelled_run_stops_between_steps_and_keeps_what_is_done(house):
    """One request while a value is put away: it is kept, the next step is not started."""
    cancel = Cancel()

    class Asking(InMemoryIOManager):
        def handle_output(self, context, obj):
            cancel.request()
            super().handle_output(context, obj)

    @asset(io_manager_key="asking")
    def a():
        return 1

    @asset
    def b(a):
        calls.append("b")
        return 1

    summary = house.summary(a, b, cancel=cancel, resources={"asking": Asking()})
    assert names(summary.built) == ["a"]
    assert calls == []
    assert summary.cancelled
    with pytest.raises(RunCancelledError):
        summary.raise_if_failed()
    assert house.events("RunFinished")[-1].outcome == "cancelled"


@pytest.mark.parametrize("where", ["main", "worker"])
def test_one_request_breaks_into_the_step(house, where):
    """The running step is recorded as cancelled and is due again; the run's thread is fine afterwards."""
    cancel = Cancel()
    begun = threading.Event()

    @asset
    def endless():
        begun.set()
        while not calls:
            time.sleep(0.001)
        return 1

    def ask():
        begun.wait()
        cancel.request()

    outcome = []
    asker = threading.Thread(target=ask)
    asker.start()
    if where == "main":
        outcome.append(house.run(endless, cancel=cancel))
    else:
        worker = threading.Thread(target=lambda: outcome.append(house.run(endless, cancel=cancel)))
        worker.start()
        worker.join()
    asker.join()
    assert outcome[0].cancelled
    assert outcome[0].interrupted == Piece(AssetKey("endless"))
    assert [event.cancelled for event in house.events("StepFailed")] == [True]
    calls.append("stop")
    assert names(house.run(endless).built) == ["endless"]


def test_an_interrupt_of_the_kernel_keeps_what_is_finished_and_is_raised(house):
    """KeyboardInterrupt: the finished steps are committed, the interrupted one is cancelled, the rest is due."""

    @asset
    def a():
        return 1

    @asset
    def b(a):
        if not calls:
            calls.append("b")
            _thread.interrupt_main()
            while True:
                time.sleep(0.001)
        return 2

    with pytest.raises(KeyboardInterrupt):
        house.run(a, b)
    assert house.value("a") == 1
    assert house.log.snapshot().failure(Piece(AssetKey("b"))).cancelled
    assert house.events("RunFinished")[-1].outcome == "cancelled"
    assert names(house.run(a, b).built) == ["b"]


def test_leaving_the_interpreter_is_a_failure_like_any_other(house):
    """`SystemExit` in a body fails its step and does not end the process."""

    @asset
    def leaves():
        raise SystemExit(3)

    @asset
    def stays():
        return 1

    outcome = house.run(leaves, stays)
    assert names(outcome.built) == ["stays"]
    assert outcome.failed[Piece(AssetKey("leaves"))].cls == "SystemExit"


def test_done_is_told_only_after_the_commit(quick):
    """When progress says that a piece is done, the log has it."""
    told = []

    @asset
    def a():
        return 1

    @asset
    def b(a):
        return 1

    def hear(progress):
        if progress.what == "done":
            told.append((str(progress.piece), quick.record(progress.piece.asset) is not None))
        assert progress.total == 2

    quick.run(a, b, on_progress=hear)
    assert told == [("a", True), ("b", True)]


def test_what_a_failure_stops_is_told_at_once(quick):
    """Not when its turn would have come: until then others may take long."""
    told: list[tuple[str, str]] = []

    @asset
    def a():
        raise ValueError("no data")

    @asset
    def b(a):
        return 1

    @asset
    def d(b, c):
        return 1

    @asset
    def c():
        return 1

    quick.run(a, b, c, d, on_progress=lambda progress: told.append((progress.what, str(progress.piece))))
    assert told.index(("skipped", "d")) < told.index(("running", "c"))
    assert [piece for what, piece in told if what == "running"] == ["a", "c"]


def test_a_step_that_waits_for_its_next_attempt_is_told_of(quick):
    """With the reason, and all that one call makes; then that it runs again."""
    told: list[tuple[str, str, str]] = []
    tries: list[int] = []

    @multi_asset(outs={"x": AssetOut(), "y": AssetOut()}, retry_policy=RetryPolicy(max_retries=1))
    def pair():
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("no net")
        return 1, 2

    quick.run(pair, on_progress=lambda p: told.append((p.what, str(p.piece), p.note)))
    assert [each for each in told if each[2]] == [
        ("waiting", "x", "retry 1: ValueError: no net"),
        ("waiting", "y", "retry 1: ValueError: no net"),
        ("running", "x", "retry 1"),
        ("running", "y", "retry 1"),
    ]


def test_a_run_within_a_run_works(house):
    """A body may run other assets on another store."""
    from assets.core.store import memory_store

    @asset
    def inner():
        print("inside")
        return 20

    @asset
    def outer():
        store = memory_store()
        nested = type(house)(store)
        nested.run(inner)
        print("outside")
        return nested.value("inner") + 1

    house.run(outer)
    assert house.value("outer") == 21
    assert [event.text for event in house.events("Logged")] == ["outside\n"]


def test_a_result_without_a_value_stores_nothing(house):
    """`MaterializeResult` records metadata alone; who asks for its value as a parameter is told what to do."""

    @asset
    def table():
        return MaterializeResult(metadata={"rows": 3})

    @asset(deps=[table])
    def after():
        return 1

    @asset
    def wrong(table):
        return 1

    outcome = house.run(table, after, wrong)
    assert names(outcome.built) == ["table", "after"]
    assert house.record("table").stored is None
    assert "without a value" in outcome.failed[Piece(AssetKey("wrong"))].message


def test_the_time_that_was_saved_is_that_of_what_was_kept(house):
    """The summary adds up how long the kept pieces took when they were made."""
    house.run(*chain({"a": 1}))
    summary = RunSummary(house.run(*chain({"a": 3, "va": "2"})))
    assert summary.saved == house.record("c").seconds > 0

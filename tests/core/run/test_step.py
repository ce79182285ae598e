"""Laws of one step: what it is handed, what its results mean, and what is kept of a failure."""

# ruff: noqa: T201 - what steps print is part of what is tested
from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from assets.core.define.decorators import asset
from assets.core.define.inputs import AssetIn
from assets.core.define.results import (
    AssetMaterialization,
    AssetObservation,
    Failure,
    MaterializeResult,
    Output,
)
from assets.core.define.spec import AssetSpec
from assets.core.keys import AssetKey, Piece
from assets.core.partitions.mappings import AllPartitionMapping, SpecificPartitionsPartitionMapping
from assets.core.partitions.spaces import StaticPartitionsDefinition
from assets.core.resources.io import IOManager
from assets.core.run.context import AssetExecutionContext, OpExecutionContext
from assets.core.run.echo import Echo
from assets.core.run.problem import user_traceback


def problem(outcome, key):
    return outcome.failed[Piece(AssetKey.from_coercible(key))]


def made(house, body, **options):
    """The outcome of an asset `it` with this body."""
    return house.run(asset(name="it", **options)(body))


# What a body may be


def test_a_generator_yields_its_output(quick):
    """The value of the `Output` is stored; what the generator returns is ignored."""

    def body():
        yield Output(5, metadata={"n": 1})
        return 6

    made(quick, body)
    assert quick.value("it") == 5


@pytest.mark.parametrize("running", [False, True])
def test_a_coroutine_runs_with_and_without_a_running_loop(quick, running):
    """Async bodies work in Jupyter's own running loop as in a plain thread."""

    async def body():
        await asyncio.sleep(0)
        return 7

    async def within():
        return made(quick, body)

    outcome = asyncio.run(within()) if running else made(quick, body)
    assert outcome.success
    assert quick.value("it") == 7


@pytest.mark.parametrize("running", [False, True])
def test_an_async_generator_yields_its_output(quick, running):
    """Async generators too."""

    async def body():
        await asyncio.sleep(0)
        yield AssetObservation("else", metadata={"x": 1})
        yield Output(8)

    async def within():
        return made(quick, body)

    outcome = asyncio.run(within()) if running else made(quick, body)
    assert outcome.success
    assert quick.value("it") == 8


def test_an_async_body_prints_to_its_own_run(quick):
    """What a coroutine prints goes to the log of the run, whichever thread its loop is on."""

    async def body():
        await asyncio.sleep(0)
        print("from the loop")

    async def within():
        return made(quick, body)

    asyncio.run(within())
    assert [event.text for event in quick.events("Logged")] == ["from the loop\n"]


def test_an_async_failure_shows_the_users_frames(quick):
    """The traceback of a coroutine begins in the user's code."""

    async def body():
        await asyncio.sleep(0)
        raise KeyError("x")

    text = problem(made(quick, body), "it").traceback
    assert "in body" in text
    assert "asyncio" not in text


@pytest.mark.parametrize(
    ("body", "cls"),
    [
        (lambda: (i for i in "ab"), "DagsterInvariantViolationError"),
        (lambda: AssetMaterialization("it"), "DagsterInvariantViolationError"),
        (lambda: Output(1, "other"), "DagsterInvariantViolationError"),
        (lambda: MaterializeResult("other"), "DagsterInvariantViolationError"),
    ],
)
def test_what_may_not_be_returned_fails_the_step(quick, body, cls):
    """A generator object, a materialization, an unknown output, a result for a foreign key."""
    outcome = made(quick, body)
    assert problem(outcome, "it").cls == cls
    assert quick.record("it") is None


def twice():
    yield Output(1)
    yield Output(2)


def bare():
    yield 1


def nothing():
    if False:
        yield Output(1)


@pytest.mark.parametrize(
    ("body", "cls"),
    [
        (twice, "DagsterInvariantViolationError"),
        (bare, "DagsterInvariantViolationError"),
        (nothing, "DagsterStepOutputNotFoundError"),
    ],
)
def test_what_a_generator_may_not_do_fails_the_step(quick, body, cls):
    """The same output twice, a bare value, no output at all."""
    assert problem(made(quick, body), "it").cls == cls


def test_a_generator_that_fails_after_its_output_leaves_the_event(quick):
    """The materialization stands in the log, the step failed, dependents do not run, and it is due again."""

    def body():
        yield Output(1)
        raise ValueError("late")

    it = asset(name="it")(body)

    @asset
    def below(it):
        return it

    outcome = quick.run(it, below)
    assert [str(piece) for piece in outcome.untouched] == ["below"]
    assert quick.value("it") == 1
    assert [str(piece) for piece in quick.run(it, below).failed] == ["it"]


def test_none_is_a_value_unless_it_was_announced_as_nothing(quick):
    """Without annotation `None` is stored and loaded; `-> None` stores nothing."""

    @asset
    def value():
        return None

    @asset
    def reader(value):
        return value is None

    @asset
    def announced() -> None:
        return None

    quick.run(value, reader, announced)
    assert quick.value("reader") is True
    assert quick.record("announced").stored is None


def test_returning_a_value_where_none_was_announced_fails(quick):
    """`-> None` is checked like any type."""

    def body() -> None:
        return 3

    assert problem(made(quick, body), "it").cls == "DagsterTypeCheckDidNotPass"


def test_types_are_checked_on_the_way_out_and_in(quick):
    """A wrong result fails its own step; a wrong input fails the reader."""

    @asset
    def out() -> int:
        return "text"

    @asset
    def good() -> int:
        return 1

    @asset
    def reader(good: str):
        return good

    outcome = quick.run(out, good, reader)
    assert {str(piece): p.cls for piece, p in outcome.failed.items()} == {
        "out": "DagsterTypeCheckDidNotPass",
        "reader": "DagsterTypeCheckDidNotPass",
    }


def test_a_list_of_values_is_one_value(quick):
    """A list or tuple is unpacked only if all of it are results."""
    made(quick, lambda: [1, 2])
    assert quick.value("it") == [1, 2]


# What a body is told, and what it says


def test_the_context_knows_the_asset_and_the_run(quick):
    """Key, run, tags, retry number, and the current context from anywhere in the body."""
    seen: dict[str, Any] = {}

    @asset
    def it(context: AssetExecutionContext):
        seen.update(
            key=context.asset_key,
            tags=context.run.tags,
            job=context.job_name,
            retry=context.retry_number,
            partition=context.has_partition_key,
            selected=context.selected_asset_keys,
            same=AssetExecutionContext.get() is context,
        )

    outcome = quick.run(it, tags={"a": "b"})
    assert seen == {
        "key": AssetKey("it"),
        "tags": {"a": "b"},
        "job": "__ephemeral_asset_job__",
        "retry": 0,
        "partition": False,
        "selected": {AssetKey("it")},
        "same": True,
    }
    assert outcome.success


def test_the_older_context_is_given_to_who_asks_for_it(quick):
    """`OpExecutionContext` as annotation; its older members work there without a warning."""
    seen = []

    @asset
    def it(context: OpExecutionContext):
        seen.append((type(context), context.run_id))

    outcome = quick.run(it)
    assert seen == [(OpExecutionContext, outcome.run_id)]


def test_older_members_warn_on_the_newer_context(quick):
    """`context.run_id` still works and says what to use."""

    @asset
    def it(context):
        with pytest.warns(DeprecationWarning, match="context.run.run_id"):
            return context.run_id

    outcome = quick.run(it)
    assert outcome.success, outcome.failed
    assert quick.value("it") == outcome.run_id


def test_metadata_is_merged_in_its_order_of_precedence(quick):
    """Result < add_output_metadata < IO manager < add_asset_metadata."""

    class Manager(IOManager):
        def handle_output(self, context, obj):
            return {"c": "manager", "d": "manager"}

        def load_input(self, context):
            return None

    @asset(io_manager_key="m")
    def it(context):
        context.add_output_metadata({"b": "output", "c": "output", "d": "output"})
        context.add_asset_metadata({"d": "asset"})
        return Output(1, metadata={"a": "result", "b": "result", "c": "result", "d": "result"})

    quick.run(it, resources={"m": Manager()})
    (event,) = quick.events("Materialized")
    assert {label: value.value for label, value in event.metadata.items()} == {
        "a": "result",
        "b": "output",
        "c": "manager",
        "d": "asset",
    }


def test_what_a_step_writes_goes_to_its_run(quick, capsys):
    """Prints, errors and log messages become events of the run, in their order, and appear nowhere else."""

    @asset
    def it(context):
        print("one")
        sys.stderr.write("two\n")
        context.log.warning("three %s", 3)

    before = sys.stdout
    quick.run(it)
    assert sys.stdout is before
    assert capsys.readouterr() == ("", "")
    logged = {(event.stream, event.level, event.text) for event in quick.events("Logged")}
    assert logged == {
        ("stdout", "INFO", "one\n"),
        ("stderr", "INFO", "two\n"),
        ("log", "WARNING", "three 3"),
    }


def test_with_echo_it_appears_on_the_terminal_too(quick, capsys):
    """`echo` keeps the output where the user of a script looks for it."""
    quick.run(asset(name="it")(lambda: print("seen")), echo=Echo())
    assert capsys.readouterr().out == "seen\n"


def test_output_is_bounded(quick):
    """A step that prints without end leaves a note instead of all of it."""

    @asset
    def it():
        for _ in range(3):
            print("x" * 600_000)

    quick.run(it)
    texts = [event.text for event in quick.events("Logged")]
    assert sum(map(len, texts)) < 1_100_000
    assert "not kept" in texts[-1]


# Failures


def test_a_traceback_begins_in_the_users_code(quick):
    """Our frames are cut off, in the text and on the exception itself."""

    def helper():
        raise ValueError("deep")

    def body():
        helper()

    outcome = made(quick, body)
    assert problem(outcome, "it").line == "ValueError: deep"
    text = problem(outcome, "it").traceback
    assert "in helper" in text
    assert "assets/core/run/" not in text
    error = outcome.first_error
    assert user_traceback(error).tb_frame.f_code.co_name == "body"


def test_a_hostile_exception_is_still_recorded(quick):
    """An exception whose text cannot be made, or is endless, fails its step and nothing else."""

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    def mute():
        raise Mute

    def loud():
        raise ValueError("x" * 1_000_000)

    outcome = quick.run(asset(mute), asset(loud))
    assert problem(outcome, "mute").cls == "Mute"
    assert len(problem(outcome, "loud").message) < 20_000


def test_a_value_that_cannot_be_stored_fails_its_step(quick):
    """The error says so; nothing is recorded as made."""
    outcome = made(quick, lambda: (yield_ for yield_ in ()))
    assert not outcome.success
    lock = made(quick, lambda: __import__("threading").Lock())
    assert "stor" in problem(lock, "it").message
    assert quick.record("it") is None


def test_a_failure_with_metadata_keeps_it(quick):
    """`Failure` is what the result shows as user failure data."""

    @asset
    def it():
        raise Failure("no", metadata={"n": 1})

    result = quick.result(it)
    data = result.failure_data_for_node("it")
    assert data.error.cls_name == "Failure"
    assert data.user_failure_data.metadata["n"].value == 1


# Inputs


def test_a_missing_input_names_the_upstream_and_the_cure(quick):
    """`only` without the upstream's value: the error tells what to materialize."""

    @asset
    def up():
        return 1

    @asset
    def down(up):
        return up

    outcome = quick.run(up, down, keys=["down"], only=True)
    assert problem(outcome, "down").cls == "InputMissingError"
    assert "Materialize 'up' first" in problem(outcome, "down").message


def test_an_external_asset_without_a_value_is_named(quick):
    """An external upstream has no value unless an IO manager can load it."""

    @asset
    def down(source):
        return source

    outcome = quick.run(AssetSpec("source"), down)
    assert "'source' is external" in problem(outcome, "down").message


def test_several_partitions_come_as_a_dict_one_bare_none_as_none(quick):
    """The rule of semantics 8.2, for any mapping."""
    letters = StaticPartitionsDefinition(["a", "b", "c"])

    @asset(partitions_def=letters)
    def up(context):
        return context.partition_key.upper()

    @asset(ins={"up": AssetIn(partition_mapping=AllPartitionMapping())})
    def every(up):
        return up

    @asset(ins={"up": AssetIn(partition_mapping=SpecificPartitionsPartitionMapping(["b"]))})
    def one(up):
        return up

    @asset(partitions_def=letters)
    def same(up):
        return up

    quick.run(up, every, one, same)
    assert quick.value("every") == {"a": "A", "b": "B", "c": "C"}
    assert quick.value("one") == "B"
    assert quick.value("same", "c") == "C"
    assert quick.record("every").provenance.inputs["up"].pieces.startswith("3:")
    assert quick.record("same", "c").provenance.inputs["up"].pieces == "c"


def test_a_failed_partition_stops_only_what_reads_it(quick):
    """Partitions are independent pieces; who reads all of them waits for all."""
    letters = StaticPartitionsDefinition(["a", "b"])

    @asset(partitions_def=letters)
    def up(context):
        if context.partition_key == "a":
            raise ValueError
        return 1

    @asset(partitions_def=letters)
    def same(up):
        return up

    @asset
    def every(up):
        return up

    outcome = quick.run(up, same, every)
    assert [str(piece) for piece in outcome.built] == ["up@b", "same@b"]
    assert {str(piece) for piece in outcome.untouched} == {"same@a", "every"}


# IO managers


class Shelf(IOManager):
    """Keeps values in a dict, as they are."""

    def __init__(self):
        self.kept: dict[str, Any] = {}
        self.asked: list[Any] = []

    def handle_output(self, context, obj):
        self.kept["/".join(context.get_asset_identifier())] = obj

    def load_input(self, context):
        self.asked.append((context.name, context.asset_key, context.upstream_output.step_key))
        if context.has_asset_partitions and len(context.asset_partition_keys) > 1:
            return {
                key: self.kept[f"{context.asset_key.path[0]}/{key}"] for key in context.asset_partition_keys
            }
        return self.kept["/".join(context.get_asset_identifier())]


def test_a_named_io_manager_keeps_and_loads(quick):
    """`io_manager_key` sends the value through the resource, both ways; the store has no value of it."""
    shelf = Shelf()

    @asset(io_manager_key="shelf")
    def up():
        return [1]

    @asset
    def down(up):
        return len(up)

    outcome = quick.run(up, down, resources={"shelf": shelf})
    assert outcome.success, outcome.failed
    assert shelf.kept == {"up": [1]}
    assert shelf.asked == [("up", AssetKey("up"), "up")]
    assert quick.record("up").stored is None
    assert quick.run(up, down, resources={"shelf": shelf}).built == []


def test_the_default_io_manager_can_be_replaced(quick):
    """`resources={"io_manager": ...}` is for every asset that names no other."""
    shelf = Shelf()
    outcome = quick.run(asset(name="it")(lambda: 1), resources={"io_manager": shelf})
    assert outcome.success, outcome.failed
    assert shelf.kept == {"it": 1}


def test_an_io_manager_that_fails_makes_no_materialization(quick):
    """If `handle_output` raises, the step fails and nothing is recorded as made."""

    class Broken(Shelf):
        def handle_output(self, context, obj):
            raise OSError("disk full")

    outcome = quick.run(asset(name="it", io_manager_key="x")(lambda: 1), resources={"x": Broken()})
    assert problem(outcome, "it").cls == "OSError"
    assert quick.events("Materialized") == []


def test_load_asset_value_loads_any_asset(quick):
    """`context.load_asset_value` goes the same way as a parameter."""

    @asset
    def up():
        return 3

    @asset(deps=[up])
    def down(context):
        return context.load_asset_value(AssetKey("up")) + 1

    quick.run(up, down)
    assert quick.value("down") == 4


# Resources


def test_a_missing_resource_ends_the_run_before_any_step(quick):
    """The error names the resource and who needs it; there is no run."""

    @asset(required_resource_keys={"db"})
    def it(context):
        return context.resources.db

    with pytest.raises(Exception, match="'db'"):
        quick.run(it)
    assert quick.events("StepStarted") == []
    assert quick.events("RunStarted") == []


def test_a_resource_is_made_once_and_taken_down_at_the_end(quick):
    """Also when a step fails."""
    from assets.core.resources.definition import resource

    life = []

    @resource
    def db(_context):
        life.append("up")
        yield "connection"
        life.append("down")

    @asset(required_resource_keys={"db"})
    def one(context):
        life.append(context.resources.db)

    @asset(required_resource_keys={"db"})
    def two(context):
        raise ValueError

    quick.run(one, two, resources={"db": db})
    assert life == ["up", "connection", "down"]


def test_a_resource_that_cannot_be_taken_down(quick, caplog):
    """What was made stands, the others are taken down all the same, and the log has the error."""
    from assets.core.resources.definition import resource

    life = []

    @resource
    def first(_context):
        yield 1
        life.append("first")

    @resource
    def second(_context):
        yield 2
        raise ValueError("stuck")

    @asset(required_resource_keys={"first", "second"})
    def it(context):
        return context.resources.first + context.resources.second

    quick.run(it, resources={"first": first, "second": second})
    assert quick.events("RunFinished")[-1].outcome == "success"
    assert life == ["first"]
    assert "stuck" in caplog.text

"""How the steps of a graph run: in which order, which are left out, and what is tried, told and called."""

# ruff: noqa: PLW0108  a body is a function that uses an op, not the op

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from assets import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    Backoff,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    DagsterTypeCheckDidNotPass,
    DynamicOut,
    DynamicOutput,
    ExpectationResult,
    Failure,
    In,
    InputContext,
    IOManager,
    Nothing,
    Out,
    Output,
    OutputContext,
    RetryPolicy,
    RetryRequested,
    asset,
    failure_hook,
    graph,
    job,
    materialize,
    op,
    success_hook,
)

HERE = Path(__file__).name


@op
def one():
    return 1


@op
def inc(x):
    return x + 1


@op
def total(xs):
    return sum(xs)


@op
def bad():
    raise ValueError("mine")


@op(out=Out(is_required=False))
def maybe():
    if False:
        yield


@op(out=DynamicOut())
def three():
    for i in range(3):
        yield DynamicOutput(i, mapping_key=str(i))


def ran(body, **options):
    """The result of a graph; errors stay in it."""
    return graph(name="whole")(body).execute_in_process(raise_on_error=False, **options)


def ends(result):
    """How each step that was looked at ended, in order."""
    kinds = {"STEP_SUCCESS": "done", "STEP_FAILURE": "failed", "STEP_SKIPPED": "skipped"}
    return {
        event.step_key: kinds[event.event_type_value]
        for event in result.all_events
        if event.event_type_value in kinds
    }


# Order.


def test_steps_run_by_priority_and_then_as_they_become_ready():
    """Independent of the order in which they were written: at first by name, then what waited longest."""

    def body():
        inc.alias("of_z")(one.alias("z")())
        inc.alias("of_b")(one.alias("b")())
        one.alias("m")()

    assert list(ends(ran(body))) == ["b", "m", "z", "of_b", "of_z"]


def test_a_priority_comes_before_the_name():
    """The greater one first; a step without has 0."""
    order = []

    def noting(name, priority=None, **options):
        tags = {} if priority is None else {"dagster/priority": priority}
        return op(name=name, tags=tags, **options)(lambda: order.append(name))

    last = noting("last", "9", ins={"after": In(Nothing)})

    def body():
        last(noting("b")())
        noting("low", "-1")()
        noting("high", "5")()
        noting("a")()

    assert ran(body).success
    assert order == ["high", "a", "b", "last", "low"]


def test_a_priority_is_a_number():
    """Else nothing runs."""
    with pytest.raises(DagsterInvalidDefinitionError, match="dagster/priority"):
        ran(lambda: one.tag({"dagster/priority": "high"})())


def test_a_step_knows_its_place_in_the_graph():
    """By the name and the tags that its use has there; a hook knows the same."""
    seen = []

    @success_hook
    def note(context):
        seen.append(context.op.name)

    @op(tags={"a": "1", "b": "1"})
    def who(context):
        return context.op.name, context.op.tags, context.op_def.name

    result = ran(lambda: who.alias("me").tag({"b": "2"}).with_hooks({note})())
    assert result.output_for_node("me") == ("me", {"a": "1", "b": "2"}, "who")
    assert seen == ["me"]


# What is left out.


def test_a_failure_stops_what_reads_from_it_and_nothing_else():
    """Below it nothing is even looked at."""

    def body():
        inc(inc.alias("below")(bad()))
        one()
        total([one.alias("other")(), bad.alias("worse")()])

    result = ran(body)
    assert ends(result) == {"bad": "failed", "one": "done", "other": "done", "worse": "failed"}
    assert result.is_node_untouched("inc")
    assert not result.success


def test_the_first_failure_is_raised_and_ends_the_run():
    """Unless the result is to tell."""
    order = []
    later = op(name="later")(lambda: order.append(1))
    with pytest.raises(ValueError, match="mine"):
        graph(name="whole")(lambda: later() and bad() and None).execute_in_process()
    assert order == []


def test_an_output_that_was_not_given_skips_what_reads_it():
    """And what reads that; the run succeeds."""
    result = ran(lambda: inc(inc.alias("below")(maybe())))
    assert ends(result) == {"maybe": "done", "below": "skipped", "inc": "skipped"}
    assert result.success
    with pytest.raises(DagsterInvariantViolationError, match="maybe"):
        result.output_for_node("maybe")


def test_an_output_that_was_given_is_read_though_another_was_not():
    """Each output by itself."""

    @op(out={"a": Out(is_required=False), "b": Out(is_required=False)})
    def either():
        yield Output(1, "b")

    def body():
        a, b = either()
        inc.alias("of_a")(a)
        inc.alias("of_b")(b)

    assert ends(ran(body)) == {"either": "done", "of_a": "skipped", "of_b": "done"}


def test_a_list_holds_what_is_there():
    """It is skipped only if nothing is."""
    result = ran(lambda: total([one(), maybe(), one.alias("other")()]))
    assert result.output_for_node("total") == 2
    assert ends(ran(lambda: total([maybe()])))["total"] == "skipped"


def test_a_list_of_a_narrowed_job_holds_what_runs():
    """Sources that are not selected are not there."""
    both = job(name="both")(lambda: total([one(), one.alias("other")()]) and None)
    assert both.execute_in_process(op_selection=["other", "total"]).output_for_node("total") == 1


def test_nothing_only_orders():
    """A value may be there and is not passed; several may be waited for; a skip is passed on."""

    @op(ins={"after": In(Nothing)})
    def last():
        return 5

    def done(body):
        return ends(ran(body))["last"]

    assert ran(lambda: last(one())).output_for_node("last") == 5
    assert ran(lambda: last([one(), one.alias("other")()])).output_for_node("last") == 5
    assert ran(lambda: last()).output_for_node("last") == 5
    assert done(lambda: last(maybe())) == "skipped"


def test_a_nothing_output_is_done_without_a_value():
    """What waits for it runs."""

    @op(out=Out(Nothing))
    def quiet(): ...

    @op(ins={"after": In(Nothing)})
    def last(): ...

    assert ends(ran(lambda: last(quiet()))) == {"quiet": "done", "last": "done"}


# Dynamic outputs.


def test_a_mapped_step_runs_once_for_each_value():
    """Under the name of its key, and its results are known by key."""
    result = ran(lambda: total(three().map(inc).collect()))
    assert list(ends(result)) == ["three", "inc[0]", "inc[1]", "inc[2]", "total"]
    assert result.output_for_node("three") == {"0": 0, "1": 1, "2": 2}
    assert result.output_for_node("inc") == {"0": 1, "1": 2, "2": 3}
    assert result.output_for_node("total") == 6


def test_a_mapped_step_may_read_what_is_not_mapped():
    """The same value each time."""

    @op
    def add(x, y):
        return x + y

    def body():
        y = one()
        total(three().map(lambda x: add(x, y)).collect())

    assert ran(body).output_for_node("total") == 6


def test_a_mapped_graph_runs_for_each_value():
    """All its steps, each under the key."""
    inner = graph(name="inner")(lambda x: inc(inc.alias("first")(x)))
    result = ran(lambda: total(three().map(inner).collect()))
    assert result.output_for_node("inner") == {"0": 2, "1": 3, "2": 4}
    assert "inner.first[1]" in ends(result)


def test_a_mapping_key_is_told():
    """In the context; `None` where nothing is mapped."""

    @op
    def key(context, x):
        return context.get_mapping_key()

    assert ran(lambda: three().map(key) and None).output_for_node("key") == {"0": "0", "1": "1", "2": "2"}
    assert ran(lambda: key(one()) and None).output_for_node("key") is None


def test_one_value_that_fails_stops_the_list_and_not_the_others():
    """What is mapped further goes on for the rest."""

    @op
    def fussy(x):
        if x == 1:
            raise ValueError("one")
        return x

    def body():
        made = three().map(fussy)
        total(made.collect())
        made.map(inc)

    assert ends(ran(body)) == {
        "three": "done", "fussy[0]": "done", "fussy[1]": "failed", "fussy[2]": "done", "inc[0]": "done", "inc[2]": "done",
    }  # fmt: skip


@pytest.mark.parametrize(("least", "expected"), [(1, 3), (9, None)])
def test_a_collected_list_holds_what_is_there(least, expected):
    """Values that were left out are not in it; if all were, it is skipped."""

    @op(out=Out(is_required=False))
    def large(x):
        if x >= least:
            yield Output(x)

    result = ran(lambda: total(three().map(large).collect()))
    if expected is None:
        assert ends(result)["total"] == "skipped"
    else:
        assert result.output_for_node("total") == expected


@pytest.mark.parametrize("required", [True, False])
def test_a_dynamic_output_without_values(required):
    """A required one is an empty list; an optional one was left out."""

    @op(out=DynamicOut(is_required=required))
    def none():
        if False:
            yield

    result = ran(lambda: total(none().map(inc).collect()))
    assert ends(result) == {"none": "done", "total": "done" if required else "skipped"}
    assert result.success


# What an op gives.


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        (lambda: iter([Output(1, "a"), Output(1, "a")]), DagsterInvariantViolationError, "twice"),
        (lambda: iter([Output(1, "c")]), DagsterInvariantViolationError, "'c'"),
        (lambda: iter([5]), DagsterInvariantViolationError, "Output"),
        (lambda: iter([Output(1, "a")]), DagsterStepOutputNotFoundError, "'b'"),
        (lambda: iter([Output("x", "a")]), DagsterTypeCheckDidNotPass, "'a'"),
    ],
)
def test_results_that_do_not_fit(given, error, match):
    """Of a generator: each output once, all that are required, of their types."""

    @op(out={"a": Out(int), "b": Out()})
    def some():
        yield from given()

    with pytest.raises(error, match=match):
        graph(name="whole")(lambda: some() and None).execute_in_process()


@pytest.mark.parametrize("given", [(1,), (1, 2, 3), [1, 2], None, 5])
def test_several_outputs_are_returned_as_a_tuple(given):
    """One for each."""

    @op(out={"a": Out(), "b": Out()})
    def some():
        return given

    with pytest.raises(DagsterInvariantViolationError, match="2 outputs"):
        graph(name="whole")(lambda: some() and None).execute_in_process()


def test_what_was_given_before_a_failure_counts():
    """It was stored, and is told."""

    @op(out={"a": Out(), "b": Out()})
    def some():
        yield Output(1, "a")
        raise ValueError("mine")

    result = ran(lambda: some() and None)
    assert [event.event_type_value for event in result.events_for_node("some")][1:3] == [
        "STEP_OUTPUT",
        "HANDLED_OUTPUT",
    ]


def test_what_an_op_notes_is_told_before_its_outputs():
    """Materializations, observations, expectations: yielded or logged."""

    @op
    def some(context):
        context.log_event(AssetMaterialization("logged"))
        yield AssetMaterialization("yielded")
        yield AssetObservation("seen")
        yield ExpectationResult(success=True, label="l")
        yield Output(1, metadata={"rows": 3})

    result = ran(lambda: some() and None)
    made = result.asset_materializations_for_node("some")
    assert [each.asset_key.to_user_string() for each in made] == ["logged", "yielded"]
    assert [each.asset_key.path for each in result.asset_observations_for_node("some")] == [["seen"]]
    (expected,) = result.expectation_results_for_node("some")
    assert (expected.success, expected.label) == (True, "l")
    assert [event.event_type_value for event in result.events_for_node("some")][-3:] == [
        "STEP_OUTPUT",
        "HANDLED_OUTPUT",
        "STEP_SUCCESS",
    ]


def test_a_generator_of_another_function_may_be_returned():
    """It is as if the op had yielded."""

    def results():
        yield AssetMaterialization("k")
        yield Output(5)

    @op
    def some():
        return results()

    assert ran(lambda: some()).output_value() == 5


def test_an_input_needs_a_value():
    """One that no op gave is told as that; an IO manager may load one all the same."""

    @op(out=Out(Nothing))
    def quiet(): ...

    kept = []

    class Loads(IOManager):
        def handle_output(self, context, obj):
            kept.append(context.step_key)

        def load_input(self, context):
            return 7

    text = ran(lambda: inc(quiet())).failure_data_for_node("inc").error.message
    assert "has no value" in text
    assert ran(lambda: inc(quiet()), resources={"io_manager": Loads()}).output_for_node("inc") == 8
    assert kept == ["inc"]


def test_an_input_is_checked_where_it_arrives():
    """The step that reads it fails."""

    @op
    def text(x: str):
        return x

    result = ran(lambda: text(one()))
    assert ends(result) == {"one": "done", "text": "failed"}
    assert "'x'" in result.failure_data_for_node("text").error.message
    checks = {
        event.step_key: event.event_specific_data.type_check_data
        for event in result.all_events
        if event.event_type_value in {"STEP_INPUT", "STEP_OUTPUT"}
    }
    assert checks["one"].success
    assert not checks["text"].success
    assert "int" in checks["text"].description


def test_an_output_is_checked_before_it_is_kept():
    """It is told that it was given and refused."""

    @op
    def text() -> str:
        return 1

    result = ran(lambda: text())
    _, given, failed = result.events_for_node("text")
    assert (given.event_type_value, failed.event_type_value) == ("STEP_OUTPUT", "STEP_FAILURE")
    assert not given.event_specific_data.type_check_data.success


# IO managers.


class Noting(IOManager):
    """Keeps values, and notes what it was told."""

    def __init__(self):
        self.kept = {}
        self.told = []

    def handle_output(self, context: OutputContext, obj):
        self.kept[context.step_key, context.name, context.mapping_key] = obj
        self.told.append((context.step_key, context.name, context.mapping_key))
        context.add_output_metadata({"kept": True})

    def load_input(self, context: InputContext):
        above = context.upstream_output
        self.told.append((context.name, above.step_key, above.name))
        return self.kept[above.step_key, above.name, above.mapping_key]


def test_an_io_manager_keeps_the_values_of_ops():
    """It is told which output of which step, and for whom it loads."""
    manager = Noting()
    four = op(name="four", out=Out(io_manager_key="mine"))(lambda: 4)
    result = ran(lambda: inc(four()), resources={"mine": manager})
    assert result.output_for_node("inc") == 5
    assert manager.told == [("four", "result", None), ("x", "four", "result")]
    (handled,) = [
        event for event in result.events_for_node("four") if event.event_type_value == "HANDLED_OUTPUT"
    ]
    assert handled.event_specific_data.metadata["kept"].value is True


def test_the_default_io_manager_can_be_given():
    """Under its key it keeps all values, those under mapping keys too."""
    manager = Noting()
    result = ran(lambda: total(three().map(inc).collect()), resources={"io_manager": manager})
    assert result.output_for_node("total") == 6
    assert manager.kept["three", "result", "1"] == 1
    assert manager.kept["inc[1]", "result", "1"] == 2


def test_an_input_manager_loads_instead():
    """Also where nothing is connected."""

    class Loads(IOManager):
        def handle_output(self, context, obj): ...
        def load_input(self, context):
            return 40 if context.upstream_output is None else 50

    reads = op(name="reads", ins={"x": In(input_manager_key="mine")})(lambda x: x)
    resources = {"mine": Loads()}
    assert ran(lambda: reads(), resources=resources).output_for_node("reads") == 40


def test_an_op_reads_an_asset():
    """By what was passed in the body, or by what the input says; also into an inner graph."""
    with DagsterInstance.ephemeral() as instance:

        @asset
        def up():
            return 7

        materialize([up], instance=instance)
        named = op(name="named", ins={"x": In(asset_key="up")})(lambda x: x)
        inner = graph(name="inner")(lambda x: inc(x))
        for body, node, value in (
            (lambda: inc(up), "inc", 8),
            (lambda: named(), "named", 7),
            (lambda: inner(up), "inner", 8),
        ):
            assert ran(body, instance=instance).output_for_node(node) == value


# Retries.


def failing(times, error=ValueError):
    """A function that fails so often, and then tells how often it was called."""
    calls = []

    def fn():
        calls.append(1)
        if len(calls) <= times:
            raise error("again")
        return len(calls)

    return fn, calls


@pytest.mark.parametrize("where", ["op", "use", "job"])
def test_a_step_is_tried_again_as_its_policy_says(where):
    """That of the use comes before the op's, and both before the job's."""
    policy = RetryPolicy(max_retries=2)
    fn, calls = failing(9)
    made = op(name="n", retry_policy=policy if where == "op" else None)(fn)
    if where == "use":
        made = made.with_retry_policy(policy)
    whole = job(
        name="whole",
        op_retry_policy={"op": RetryPolicy(max_retries=7), "job": policy}.get(where),
    )(lambda: made() and None)
    result = whole.execute_in_process(raise_on_error=False)
    assert (len(calls), result.retry_attempts_for_node("n")) == (3, 2)
    assert ends(result) == {"n": "failed"}


def test_a_step_that_succeeds_in_the_end_succeeded():
    """Its attempts are told, and how many went before."""
    numbers = []

    @op(retry_policy=RetryPolicy(max_retries=5, delay=0.001, backoff=Backoff.LINEAR))
    def n(context):
        numbers.append(context.retry_number)
        if len(numbers) < 3:
            raise ValueError("again")
        return 4

    result = ran(lambda: n() and None)
    assert (result.output_for_node("n"), numbers) == (4, [0, 1, 2])
    assert [event.event_type_value for event in result.events_for_node("n")] == [
        "STEP_START", "STEP_UP_FOR_RETRY", "STEP_RESTARTED", "STEP_UP_FOR_RETRY", "STEP_RESTARTED",
        "STEP_OUTPUT", "HANDLED_OUTPUT", "STEP_SUCCESS",
    ]  # fmt: skip


def test_a_body_can_ask_to_be_tried_again():
    """As often as it says; then what it raised arrives."""
    numbers = []

    @op
    def n(context):
        numbers.append(context.retry_number)
        raise RetryRequested(max_retries=2)

    result = ran(lambda: n() and None)
    assert (numbers, ends(result)) == ([0, 1, 2], {"n": "failed"})
    assert result.failure_data_for_node("n").error.cls_name == "RetryRequested"


def test_a_failure_can_forbid_another_try():
    """Whatever the policy."""
    fn, calls = failing(9, lambda text: Failure(text, allow_retries=False))
    assert not ran(lambda: op(name="n", retry_policy=RetryPolicy(max_retries=5))(fn)() and None).success
    assert len(calls) == 1


# Hooks.


def test_hooks_are_called_after_steps():
    """Those of the job, of an inner graph, of one use; after a success or a failure, never after a skip."""
    seen = []

    def hook(kind, name):
        @kind(name=name)
        def noted(context):
            seen.append((name, context.step_key, type(context.op_exception).__name__))

        return noted

    good, wrong = hook(success_hook, "good"), hook(failure_hook, "wrong")
    inner_hook, use_hook = hook(success_hook, "inner_hook"), hook(success_hook, "use_hook")
    inner = graph(name="inner")(lambda: one())

    @job(hooks={good, wrong})
    def whole():
        inner.with_hooks({inner_hook})()
        inc.with_hooks({use_hook})(one())
        bad()
        inc.alias("skipped")(maybe())

    whole.execute_in_process(raise_on_error=False)
    assert set(seen) == {
        ("good", "inner.one", "NoneType"), ("inner_hook", "inner.one", "NoneType"), ("good", "one", "NoneType"),
        ("good", "inc", "NoneType"), ("use_hook", "inc", "NoneType"), ("wrong", "bad", "ValueError"), ("good", "maybe", "NoneType"),
    }  # fmt: skip
    assert len(seen) == 7


def test_a_hook_sees_what_the_step_gave():
    """By output, and by mapping key below a dynamic one."""
    seen = {}

    @success_hook
    def note(context):
        seen[context.step_key] = context.op_output_values

    @job(hooks={note})
    def whole():
        three().map(inc)

    whole.execute_in_process()
    assert seen["three"] == {"result": {"0": 0, "1": 1, "2": 2}}
    assert seen["inc[1]"] == {"result": 2}


def test_a_hook_that_fails_is_told_of_and_nothing_more():
    """The run succeeds."""

    @success_hook
    def broken(context):
        raise KeyError("hook")

    result = job(name="whole", hooks={broken})(lambda: one() and None).execute_in_process()
    assert result.success
    assert "HOOK_ERRORED" in [event.event_type_value for event in result.events_for_node("one")]


# Errors, and stopping.


def test_an_error_has_the_users_frames_last_and_no_wrapper():
    """What was raised arrives as it is, and its text shows no frame of ours below the user's."""
    with pytest.raises(ValueError, match="mine") as caught:
        graph(name="whole")(lambda: bad() and None).execute_in_process()
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert (frames[-1].name, Path(frames[-1].filename).name) == ("bad", HERE)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_result_has_the_traceback_of_the_user_alone():
    """No frame of this package is in what is recorded."""
    stack = "".join(ran(lambda: bad() and None).failure_data_for_node("bad").error.stack)
    assert HERE in stack
    assert "op_step.py" not in stack
    assert "call.py" not in stack


def test_an_interrupt_ends_the_run_and_is_raised():
    """What was finished stays; nothing further begins."""
    order = []

    @op
    def a():
        order.append("a")

    @op(ins={"after": In(Nothing)})
    def b():
        raise KeyboardInterrupt

    @op(ins={"after": In(Nothing)})
    def c():
        order.append("c")

    with DagsterInstance.ephemeral() as instance:
        with pytest.raises(KeyboardInterrupt):
            graph(name="whole")(lambda: c(b(a())) and None).execute_in_process(instance=instance, run_id="r")
        assert order == ["a"]
        assert instance.get_run_by_id("r").status.value == "CANCELED"


# What a body says while it runs.


@op
def logs_about(context):
    context.log_event(AssetMaterialization("other", metadata={"n": 1}))
    latest = context.instance.get_latest_materialization_event(AssetKey("other"))
    return latest.asset_materialization.metadata["n"].value


@op
def yields_about(context):
    yield AssetMaterialization("other", metadata={"n": 1})
    latest = context.instance.get_latest_materialization_event(AssetKey("other"))
    yield Output(latest.asset_materialization.metadata["n"].value)


def test_what_a_body_logs_about_an_asset_is_in_the_log_at_once():
    """An op finds it while it runs, an asset too; a step that fails then has said it all the same."""

    @asset
    def also(context):
        context.log_event(AssetMaterialization("another", metadata={"n": 2}))
        context.log_event(AssetObservation("also", metadata={"n": 3}))
        instance = context.instance
        assert instance.get_latest_materialization_event(context.asset_key) is None
        seen = instance.get_latest_materialization_event(AssetKey("another"))
        return seen.asset_materialization.metadata["n"].value

    @asset
    def fails(context):
        context.log_event(AssetMaterialization("third", metadata={"n": 4}))
        raise ValueError

    instance = DagsterInstance.ephemeral()
    assert ran(lambda: logs_about()).output_for_node("logs_about") == 1
    assert ran(lambda: yields_about()).output_for_node("yields_about") == 1
    result = materialize([also, fails], instance=instance, raise_on_error=False)
    assert result.output_for_node("also") == 2
    assert instance.get_latest_materialization_event(AssetKey("third")) is not None
    kinds = [event.event_type_value for event in result.events_for_node("also")]
    assert kinds.index("ASSET_OBSERVATION") < kinds.index("STEP_OUTPUT")


def test_a_none_for_an_optional_output_is_a_value_and_the_log_says_so(capsys):
    """Only a generator without an `Output` leaves it out."""
    assert ran(lambda: returns_none()).output_for_node("returns_none") is None
    assert "This value will be passed to downstream ops" in capsys.readouterr().err


@op(out=Out(is_required=False))
def returns_none(): ...

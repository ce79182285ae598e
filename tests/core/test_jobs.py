# ruff: noqa: PLW0108  a body is a function that uses an op, not the op
"""Running a job of ops: its config, partition and resources, what is recorded, and what the result tells."""

from __future__ import annotations

import pytest

from assets import (
    ConfigMapping,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterResourceFunctionError,
    DagsterUnknownPartitionError,
    In,
    Out,
    Output,
    RunConfig,
    StaticPartitionsDefinition,
    asset,
    graph,
    job,
    materialize,
    op,
    resource,
)
from assets.core.errors import CheckError


def use(*_):
    """Several uses of ops in one expression: a body that returns nothing."""


@op
def one():
    return 1


@op
def inc(x):
    return x + 1


@op(out={"a": Out(), "b": Out()})
def two():
    yield Output(1, "a", metadata={"rows": 1})
    yield Output(2, "b")


@op
def bad(x):
    raise ValueError("mine")


@op(config_schema={"n": int})
def told(context):
    return context.op_config["n"]


@pytest.fixture
def instance():
    with DagsterInstance.ephemeral() as made:
        yield made


# Config.


def test_the_config_of_a_job_holds_where_a_run_gives_none():
    """What a run gives replaces it; of resources only those that it names."""

    @resource(config_schema={"r": int})
    def maker(context):
        return context.resource_config["r"]

    both = op(name="both", config_schema={"n": int}, required_resource_keys={"s", "t"})(
        lambda context: (context.op_config["n"], context.resources.s, context.resources.t)
    )
    own = {
        "ops": {"both": {"config": {"n": 1}}},
        "resources": {"s": {"config": {"r": 2}}, "t": {"config": {"r": 3}}},
    }
    whole = job(name="whole", config=own, resource_defs={"s": maker, "t": maker})(lambda: use(both()))

    def run(config=None):
        return whole.execute_in_process(run_config=config).output_for_node("both")

    assert run() == (1, 2, 3)
    given = {"ops": {"both": {"config": {"n": 4}}}, "resources": {"t": {"config": {"r": 5}}}}
    assert run(given) == (4, 2, 5)


def test_a_job_may_take_another_config():
    """A mapping makes the run's config of it."""
    mapping = ConfigMapping(
        lambda outer: RunConfig(ops={"told": {"config": {"n": outer["k"] + 1}}}), {"k": int}
    )
    whole = job(name="whole", config=mapping)(lambda: use(told()))
    assert whole.execute_in_process(run_config={"k": 2}).output_for_node("told") == 3


# Inputs, partitions, resources.


def test_values_of_inputs_come_with_the_job_or_the_run():
    """The run's come before; names are those of the graph's inputs."""
    plus = graph(name="plus")(lambda x: inc(x))
    whole = plus.to_job(input_values={"x": 5})
    assert whole.execute_in_process().output_value() == 6
    assert whole.execute_in_process(input_values={"x": 1}).output_value() == 2
    with pytest.raises(DagsterInvalidDefinitionError, match="'y'"):
        plus.execute_in_process(input_values={"x": 1, "y": 2})


def test_a_run_is_for_a_partition():
    """One that is there; the step and the run's tags know it."""
    key = op(name="key")(lambda context: context.partition_key)
    parted = job(name="parted", partitions_def=StaticPartitionsDefinition(["a", "b"]))(lambda: use(key()))
    result = parted.execute_in_process(partition_key="a")
    assert result.output_for_node("key") == "a"
    assert result.dagster_run.tags["dagster/partition"] == "a"
    with pytest.raises(DagsterUnknownPartitionError, match="'c'"):
        parted.execute_in_process(partition_key="c")
    with pytest.raises((CheckError, DagsterInvariantViolationError), match="partition"):
        job(name="plain")(lambda: use(one())).execute_in_process(partition_key="a")


def test_a_run_for_a_partition_reads_that_of_an_asset(instance):
    """Or the whole of one that has no partitions."""
    space = StaticPartitionsDefinition(["a", "b"])
    parted = asset(name="parted", partitions_def=space)(lambda context: context.partition_key)
    plain = asset(name="plain")(lambda: 1)
    for key in "ab":
        materialize([parted], partition_key=key, instance=instance)
    materialize([plain], instance=instance)
    by_key = op(name="by_key", ins={"x": In(asset_key="parted"), "y": In(asset_key="plain")})(
        lambda x, y: (x, y)
    )
    passed = op(name="passed")(lambda x, y: (x, y))
    whole = job(name="whole", partitions_def=space)(lambda: use(by_key(), passed(parted, plain)))
    result = whole.execute_in_process(partition_key="b", instance=instance)
    assert result.output_for_node("by_key") == result.output_for_node("passed") == ("b", 1)


def test_resources_are_made_once_and_taken_down():
    """Only those that a step needs, also after a failure."""
    happened = []

    def made(name):
        @resource
        def maker(_):
            happened.append(f"+{name}")
            yield name
            happened.append(f"-{name}")

        return maker

    reads = op(name="reads", required_resource_keys={"r"})(lambda context: context.resources.r)
    body = lambda: use(reads(), reads(), bad(one()))
    whole = job(name="whole", resource_defs={"r": made("r"), "s": made("s")})(body)
    assert not whole.execute_in_process(raise_on_error=False).success
    assert happened == ["+r", "-r"]


def test_a_resource_that_cannot_be_made_fails_the_run(instance):
    """No step begins; the error is raised, or told by the result."""

    @resource
    def broken(_):
        raise KeyError("mine")

    reads = op(name="reads", required_resource_keys={"r"})(lambda context: context.resources.r)
    whole = job(name="whole", resource_defs={"r": broken})(lambda: use(reads()))
    with pytest.raises(DagsterResourceFunctionError):
        whole.execute_in_process(instance=instance, run_id="raised")
    result = whole.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    kinds = [event.event_type_value for event in result.all_events]
    assert kinds == [
        "PIPELINE_START", "RESOURCE_INIT_STARTED", "RESOURCE_INIT_FAILURE", "PIPELINE_FAILURE",
    ]  # fmt: skip
    assert {run.status.value for run in instance.get_runs()} == {"FAILURE"}


# What is recorded.


def test_a_run_is_recorded(instance):
    """Under its id, with its job's name, tags and end."""
    whole = job(name="whole", tags={"a": "b"})(lambda: use(inc(one())))
    result = whole.execute_in_process(instance=instance, run_id="mine", tags={"c": "d"})
    assert result.run_id == "mine"
    run = instance.get_run_by_id("mine")
    assert (run.job_name, run.status.value) == ("whole", "SUCCESS")
    assert run.tags == {"a": "b", "c": "d"}
    told_of = [
        event.dagster_event.event_type_value for event in instance.all_logs("mine") if event.dagster_event
    ]
    assert told_of[0] == "PIPELINE_START"
    assert told_of[-1] == "PIPELINE_SUCCESS"
    assert told_of.count("STEP_SUCCESS") == 2


def test_a_run_that_failed_is_recorded_as_that(instance):
    """Whether the error was raised or not."""
    whole = job(name="whole")(lambda: use(bad(one())))
    with pytest.raises(ValueError, match="mine"):
        whole.execute_in_process(instance=instance, run_id="a")
    whole.execute_in_process(instance=instance, run_id="b", raise_on_error=False)
    assert [instance.get_run_by_id(run).status.value for run in "ab"] == ["FAILURE", "FAILURE"]


# The result.


def test_the_result_tells_values():
    """Of each output of each step, and of the graph's own."""
    whole = graph(name="whole")(lambda: inc(two().a))
    result = whole.execute_in_process()
    assert result.output_for_node("two", "a") == 1
    assert result.output_for_node("two", "b") == 2
    assert result.output_value() == 2
    for wrong in (("two",), ("two", "c"), ("three",)):
        with pytest.raises(DagsterInvariantViolationError):
            result.output_for_node(*wrong)
    with pytest.raises(DagsterInvariantViolationError, match="'other'"):
        result.output_value("other")


def test_the_result_tells_how_steps_ended():
    """One by one."""
    result = job(name="whole")(lambda: use(inc(bad(one())))).execute_in_process(raise_on_error=False)
    assert result.is_node_success("one")
    assert result.is_node_failed("bad")
    assert result.is_node_untouched("inc")
    assert not result.is_node_skipped("inc")
    assert result.get_failed_step_keys() == {"bad"}
    assert [event.step_key for event in result.get_step_success_events()] == ["one"]
    assert result.failure_data_for_node("bad").error.cause.cls_name == "ValueError"
    assert result.failure_data_for_node("one") is None
    assert result.get_run_failure_event().event_type_value == "PIPELINE_FAILURE"
    with pytest.raises(DagsterInvariantViolationError):
        result.get_run_success_event()


def test_the_result_tells_everything_that_happened():
    """In order, all of it or of one step."""
    result = job(name="whole")(lambda: use(inc(one()))).execute_in_process()
    assert [(event.step_key, event.event_type_value) for event in result.all_events] == [
        (None, "PIPELINE_START"),
        ("one", "STEP_START"), ("one", "STEP_OUTPUT"), ("one", "HANDLED_OUTPUT"), ("one", "STEP_SUCCESS"),
        ("inc", "STEP_START"), ("inc", "LOADED_INPUT"), ("inc", "STEP_INPUT"), ("inc", "STEP_OUTPUT"),
        ("inc", "HANDLED_OUTPUT"), ("inc", "STEP_SUCCESS"),
        (None, "PIPELINE_SUCCESS"),
    ]  # fmt: skip
    assert result.events_for_node("one") == [event for event in result.all_events if event.step_key == "one"]
    assert len(result.filter_events(lambda event: event.is_step_event)) == len(result.all_node_events) == 10


def test_the_metadata_of_an_output_is_told():
    """With the output."""
    result = job(name="whole")(lambda: use(two())).execute_in_process()
    first, second = (
        event for event in result.events_for_node("two") if event.event_type_value == "STEP_OUTPUT"
    )
    assert first.event_specific_data.metadata["rows"].value == 1
    assert second.event_specific_data.metadata == {}


def test_the_steps_of_a_graph_are_found_by_its_name():
    """All that lies in it."""
    inner = graph(name="inner")(lambda: inc(one()))
    result = job(name="whole")(lambda: use(inner())).execute_in_process()
    assert {event.step_key for event in result.events_for_node("inner")} == {"inner.one", "inner.inc"}
    assert result.is_node_success("inner")
    assert result.output_for_node("inner") == 2
    assert result.output_for_node("inner.one") == 1

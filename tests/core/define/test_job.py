# ruff: noqa: PLW0108  a body is a function that uses an op, not the op
"""`job` and `JobDefinition`: what is declared of a job of ops, and its copies."""

from __future__ import annotations

import pytest

from assets import (
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    DagsterType,
    In,
    JobDefinition,
    MetadataValue,
    RetryPolicy,
    graph,
    job,
    op,
    success_hook,
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


@op(required_resource_keys={"r"})
def needs(context):
    return context.resources.r


def chain():
    """one -> a -> b -> c"""
    inc.alias("c")(inc.alias("b")(inc.alias("a")(one())))


def steps(made, selection=None):
    """The steps that run."""
    result = made.execute_in_process(
        op_selection=selection, run_config={} if selection is None else inputs_for(made, selection)
    )
    return {event.step_key for event in result.all_events if event.event_type_value == "STEP_SUCCESS"}


def inputs_for(made, selection):
    """Values for inputs that a selection leaves without a source."""
    subset = made.get_subset(op_selection=selection).flow
    return {
        "ops": {
            key: {"inputs": {"x": {"value": 0}}}
            for key, step in subset.steps.items()
            if step.op is inc and not step.inputs
        }
    }


def test_a_job_says_what_its_decorator_says():
    """Name and description of the function, unless others are given."""

    @job(metadata={"rows": 1}, tags={"a": "1"}, op_retry_policy=RetryPolicy(max_retries=2))
    def whole():
        """Words."""
        one()

    assert isinstance(whole, JobDefinition)
    assert (whole.name, whole.description, whole.tags) == ("whole", "Words.", {"a": "1"})
    assert whole.metadata == {"rows": MetadataValue.int(1)}
    assert whole.op_retry_policy == RetryPolicy(max_retries=2)
    other = job(name="other", description="d")(chain)
    assert (other.name, other.description) == ("other", "d")


def test_tags_of_runs_are_those_of_the_job_unless_others_are_given():
    """Those of the graph, of the job and of the run come together."""
    tagged = graph(name="whole", tags={"g": "1"})(lambda: one())
    result = tagged.to_job(tags={"t": {"x": 1}}).execute_in_process(tags={"e": "3"})
    assert result.dagster_run.tags == {"g": "1", "t": '{"x": 1}', "e": "3"}
    apart = job(name="whole", tags={"a": "1"}, run_tags={"b": "2"})(chain)
    assert apart.execute_in_process().dagster_run.tags == {"b": "2"}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"name": "a-b"}, DagsterInvalidDefinitionError),
        ({"tags": {"a": object()}}, DagsterInvalidDefinitionError),
        ({"resource_defs": {"a-b": 1}}, CheckError),
        ({"hooks": [1]}, CheckError),
        ({"op_retry_policy": 3}, CheckError),
        ({"input_values": {"x": 1}}, DagsterInvalidDefinitionError),
    ],
)
def test_what_a_job_cannot_have(options, error):
    """Each argument is looked at when the job is declared."""
    with pytest.raises(error):
        job(**{"name": "whole", **options})(chain)


def test_resources_may_come_later_or_be_complete():
    """A job that was given some must have all that its steps and hooks need."""
    later = job(name="whole")(lambda: needs() and None)
    assert later.required_resource_keys == {"r"}
    assert later.execute_in_process(resources={"r": 3}).output_for_node("needs") == 3
    with pytest.raises(DagsterInvalidDefinitionError, match="'r'"):
        later.execute_in_process()
    with pytest.raises(DagsterInvalidDefinitionError, match="'r'"):
        job(name="whole", resource_defs={"s": 1})(lambda: needs() and None)
    whole = job(name="whole", resource_defs={"r": 4})(lambda: needs() and None)
    assert whole.execute_in_process().output_for_node("needs") == 4
    assert whole.execute_in_process(resources={"r": 5}).output_for_node("needs") == 5


def test_an_input_that_can_have_no_value_is_refused():
    """When the job is declared; as an input of the job it may come with a run."""
    other = DagsterType(name="Other", type_check_fn=lambda _, value: True)
    lost = op(name="lost", ins={"x": In(other)})(lambda x: x)
    inner = graph(name="inner")(lambda x: lost(x))
    for body in (lambda: lost() and None, lambda: inner() and None):
        with pytest.raises(DagsterInvalidDefinitionError, match="'x' is fed by nothing"):
            job(name="whole")(body)
    given = job(name="whole")(lambda x: lost(x) and None)
    assert given.execute_in_process(input_values={"x": 3}).output_for_node("lost") == 3


def test_a_job_is_not_called():
    """Neither outside nor in a body; the message says what to do."""
    whole = job(name="whole")(chain)
    with pytest.raises(DagsterInvariantViolationError, match="execute_in_process"):
        whole()
    with pytest.raises(DagsterInvariantViolationError, match="graph"):
        graph(name="other")(lambda: whole())


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (["one"], {"one"}),
        (["a", "c"], {"a", "c"}),
        (["+b"], {"a", "b"}),
        (["++b"], {"one", "a", "b"}),
        (["*b"], {"one", "a", "b"}),
        (["a+"], {"a", "b"}),
        (["a*"], {"a", "b", "c"}),
        (["+a+"], {"one", "a", "b"}),
        (["*"], {"one", "a", "b", "c"}),
    ],
)
def test_a_selection_of_steps(selection, expected):
    """Names, and how far above and below."""
    assert steps(job(name="whole")(chain), selection) == expected


def test_a_selection_can_name_a_graph():
    """All its steps, or one of them."""
    inner = graph(name="inner")(lambda: inc(one()))
    whole = job(name="whole")(lambda: use(inner(), one()))
    assert steps(whole, ["inner"]) == {"inner.one", "inner.inc"}
    assert steps(whole, ["inner.one"]) == {"inner.one"}
    for name, near in (("inne", "inner"), ("inner.onn", "inner.one")):
        with pytest.raises(DagsterInvalidSubsetError, match=near):
            whole.get_subset(op_selection=[name])


def test_a_narrowed_job_needs_what_its_steps_need():
    """And gets hooks like any other; narrowing twice narrows further."""
    seen = []

    @success_hook
    def note(context):
        seen.append(context.step_key)

    whole = job(name="whole")(lambda: use(needs(), inc(one())))
    part = whole.get_subset(op_selection=["*inc"])
    assert part.required_resource_keys == set()
    part.with_hooks({note}).execute_in_process()
    assert seen == ["one", "inc"]
    assert steps(part.get_subset(op_selection=["one"])) == {"one"}
    assert whole.get_subset() is whole


def test_a_selection_may_not_leave_an_input_without_a_source():
    """Whose type no config can give."""
    other = DagsterType(name="Other", type_check_fn=lambda _, value: True)
    reads = op(name="reads", ins={"x": In(other)})(lambda x: x)
    whole = job(name="whole")(lambda: use(reads(one())))
    with pytest.raises(DagsterInvalidSubsetError, match="'x'"):
        whole.get_subset(op_selection=["reads"])


def test_the_assets_of_a_job_of_ops_cannot_be_selected():
    """It has none."""
    with pytest.raises(DagsterInvariantViolationError, match="assets"):
        job(name="whole")(chain).execute_in_process(asset_selection=["a"])

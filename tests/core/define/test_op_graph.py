"""`graph` and `GraphDefinition`: wiring written by hand, configured graphs, and running one."""

# ruff: noqa: PLW0108  a body is a function that uses an op, not the op

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    CircularDependencyError,
    ConfigMapping,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DependencyDefinition,
    GraphDefinition,
    GraphIn,
    InputMapping,
    JobDefinition,
    MultiDependencyDefinition,
    NodeInvocation,
    OutputMapping,
    config_mapping,
    graph,
    op,
    success_hook,
)
from assets.core.define.wiring import MappedInput


def use(*_):
    """Several uses of ops in one expression: a body that returns nothing."""


@op
def one():
    return 1


@op
def inc(x):
    return x + 1


@op
def total(xs):
    return sum(xs)


def test_a_graph_written_by_hand_is_one_from_a_body():
    """Node by node, in whichever order they were given."""
    made = GraphDefinition(
        "whole",
        node_defs=[inc, one],
        dependencies={
            NodeInvocation("inc", alias="last"): {"x": DependencyDefinition("inc")},
            "inc": {"x": DependencyDefinition("one")},
        },
        output_mappings=[OutputMapping("result", "last")],
    )

    @graph
    def whole():
        return inc.alias("last")(inc(one()))

    assert made.nodes == whole.nodes
    assert [node.name for node in made.nodes_in_topological_order] == ["one", "inc", "last"]
    assert made.execute_in_process().output_value() == whole.execute_in_process().output_value() == 3


def test_inputs_and_fan_in_by_hand():
    """An input of the graph has a place in a list."""
    made = GraphDefinition(
        "whole",
        node_defs=[one, total],
        dependencies={"total": {"xs": MultiDependencyDefinition([MappedInput, DependencyDefinition("one")])}},
        input_mappings=[InputMapping("x", "total", "xs", fan_in_index=0)],
        output_mappings=[OutputMapping("result", "total")],
    )
    assert made.input_names == ["x"]
    assert made.execute_in_process(input_values={"x": 5}).output_value() == 6


def test_the_dependencies_can_be_read_back():
    """By use of a node, as they are written."""

    @graph
    def whole():
        inc.alias("last")(one())

    again = GraphDefinition("whole", node_defs=whole.node_defs, dependencies=whole.dependencies)
    assert again.nodes == whole.nodes


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"dependencies": {"other": {}}}, "'other'"),
        ({"dependencies": {"inc": {"y": DependencyDefinition("one")}}}, "'y'"),
        ({"dependencies": {"inc": {"x": DependencyDefinition("other")}}}, "'other'"),
        ({"dependencies": {"inc": {"x": DependencyDefinition("one", "b")}}}, "'b'"),
        ({"dependencies": {NodeInvocation("one", alias="inc"): {}, "inc": {}}}, "twice"),
        ({"dependencies": []}, "must be a mapping"),
        ({"dependencies": {"inc": DependencyDefinition("one")}}, "by the name of the input"),
        ({"dependencies": {"inc": {"x": {"x": DependencyDefinition("one")}}}}, "DependencyDefinition"),
        ({"node_defs": [one, op(name="one")(lambda: None)]}, "same name"),
        ({"node_defs": [one, lambda: None]}, "an op or a graph"),
        ({"input_mappings": [InputMapping("x", "other", "x")]}, "'other'"),
        ({"output_mappings": [OutputMapping("r", "one", "b")]}, "'b'"),
        (
            {
                "dependencies": {"inc": {"x": DependencyDefinition("one")}},
                "input_mappings": [InputMapping("x", "inc", "x")],
            },
            "once",
        ),
    ],
)
def test_wiring_that_leads_nowhere(options, match):
    """Both ends of each connection must be there, and an input is connected once."""
    with pytest.raises(DagsterInvalidDefinitionError, match=match):
        GraphDefinition("whole", **{"node_defs": [one, inc], **options})


def test_a_circle_is_refused():
    """With the nodes that are in it."""
    with pytest.raises(CircularDependencyError, match="inc, last"):
        GraphDefinition(
            "whole",
            node_defs=[inc],
            dependencies={
                "inc": {"x": DependencyDefinition("last")},
                NodeInvocation("inc", "last"): {"x": DependencyDefinition("inc")},
            },
        )


def test_a_body_asks_for_nothing_but_inputs():
    """A context, config or resource is an op's business."""
    with pytest.raises(DagsterInvalidDefinitionError, match="context"):

        @graph
        def whole(context):
            one()


def test_an_input_in_ins_is_a_parameter():
    """Else it is a mistake."""
    assert graph(name="a", ins={"x": GraphIn("d")})(lambda x: inc(x)).input_names == ["x"]
    with pytest.raises(DagsterInvalidDefinitionError, match="'y'"):
        graph(name="a", ins={"y": GraphIn()})(lambda x: inc(x))


def test_a_graph_is_not_called():
    """The message says what to do."""
    with pytest.raises(DagsterInvariantViolationError, match="execute_in_process"):
        graph(name="a")(lambda: one())()


def test_the_type_of_an_input_is_what_all_say_who_get_it():
    """Unless the body says it; the members of a list where it has a place in one."""

    @op
    def number(x: int): ...

    @op
    def numbers(xs: list[int], x: int): ...

    @op
    def text(x: str): ...

    def type_of(body):
        return graph(name="whole")(body).input_defs[0].typing.annotation

    def said(x: str):
        number(x)

    inner = graph(name="inner")(lambda x: number(x))
    assert type_of(lambda x: number(x)) is int
    assert type_of(lambda x: inner(x)) is int
    assert type_of(lambda x: numbers([x], x)) is int
    assert type_of(lambda x: use(number(x), text(x))) is Any
    assert type_of(said) is str


def test_graphs_lie_in_graphs():
    """Inputs and outputs go through; steps are named by the way to them."""

    @graph
    def inner(x):
        return inc(inc.alias("first")(x))

    @graph
    def outer(x):
        return inner.alias("second")(inner(x))

    result = outer.execute_in_process(input_values={"x": 1})
    assert result.output_value() == 5
    assert result.output_for_node("inner.inc") == 3
    assert result.output_for_node("inner") == 3
    assert result.output_for_node("second") == 5


def test_a_graph_tells_of_its_ports_and_ops():
    """Its output is what the node says that gives it; ops and types of inner graphs count."""

    @graph
    def inner(x):
        return inc(x)

    @graph
    def whole(x: int):
        return inner(x)

    assert [each.name for each in whole.iterate_op_defs()] == ["inc"]
    assert whole.input_def_named("x").dagster_type.display_name == "Int"
    assert whole.output_def_named("result").name == "result"
    assert {each.display_name for each in whole.all_dagster_types()} == {"Int", "Any"}


def test_a_node_is_found_by_name():
    """Or is not."""
    whole = graph(name="a")(lambda: inc(one()))
    assert whole.node_named("inc").definition is inc
    with pytest.raises(DagsterInvariantViolationError, match="'one'"):
        whole.node_named("on")


def test_a_graph_becomes_a_job():
    """With its tags; under its own name or another."""
    whole = graph(name="a", description="d", tags={"x": "1"})(lambda: inc(one()))
    job = whole.to_job(tags={"y": "2"})
    assert isinstance(job, JobDefinition)
    assert (job.name, job.description, job.tags) == ("a", "d", {"x": "1", "y": "2"})
    assert whole.to_job(name="b").name == "b"


def test_a_graph_with_an_alias_hooks_or_tags_is_run_with_them():
    """Whether it is run at once or as a job."""
    seen = []

    @success_hook
    def note(context):
        seen.append((context.job_name, context.step_key))

    whole = graph(name="a")(lambda: one())
    special = whole.alias("b").with_hooks({note}).tag({"k": "v"})
    for result in (special.execute_in_process(), special.to_job().execute_in_process()):
        assert result.dagster_run.tags["k"] == "v"
    assert seen == [("b", "one")] * 2
    assert whole.with_hooks({note}).execute_in_process().success
    assert seen[2:] == [("a", "one")]


# Config.


@op(config_schema={"n": int})
def told(context):
    return context.op_config["n"]


@config_mapping(config_schema={"m": int})
def doubled(outer):
    return {"told": {"config": {"n": outer["m"] * 2}}}


def whole_with(config):
    @graph(config=config)
    def whole():
        return told()

    return whole


def run(made, ops=None):
    return made.execute_in_process(run_config={} if ops is None else {"ops": ops}).output_value()


def test_a_graph_with_a_mapping_takes_the_config_of_the_mapping():
    """And nothing else: what its ops take is inside."""
    assert run(whole_with(doubled), {"config": {"m": 2}}) == 4
    for wrong in (None, {"told": {"config": {"n": 1}}}, {"config": {"m": "x"}}):
        with pytest.raises(DagsterInvalidConfigError):
            run(whole_with(doubled), wrong)


def test_a_graph_with_config_is_fixed():
    """It takes nothing then."""
    fixed = whole_with({"told": {"config": {"n": 7}}})
    assert run(fixed) == 7
    with pytest.raises(DagsterInvalidConfigError):
        run(fixed, {"told": {"config": {"n": 1}}})


def test_what_a_mapping_makes_is_checked():
    """Of whom it is, and where."""
    wrong = ConfigMapping(lambda _: {"told": {"config": {"n": "x"}}}, {})
    with pytest.raises(DagsterInvalidConfigError, match=r"graph whole.*\n.*told:config:n"):
        run(whole_with(wrong))
    with pytest.raises(DagsterInvalidConfigError, match="mapping"):
        run(whole_with(ConfigMapping(lambda _: 3, {})))


def test_a_graph_with_a_mapping_can_be_configured():
    """With a config of the mapping, or one made of another; one without a mapping cannot."""
    whole = whole_with(doubled)
    assert run(whole.configured({"m": 4}, name="other")) == 8
    other = whole.configured(lambda outer: {"m": outer + 1}, name="other", config_schema=int, description="d")
    assert (other.name, other.description) == ("other", "d")
    assert run(other, {"config": 4}) == 10
    with pytest.raises(DagsterInvalidConfigError, match=r"Error in config for graph other"):
        run(whole.configured({"m": "x"}, name="other"))
    with pytest.raises(DagsterInvalidDefinitionError, match="no config mapping"):
        whole_with(None).configured({}, name="other")

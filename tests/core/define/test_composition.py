"""The body of a graph: what may be written in it, and which wiring it means."""

# ruff: noqa: PLW0108  a body is a function that uses an op, not the op

from __future__ import annotations

import pytest

from assets import (
    AssetSpec,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DependencyDefinition,
    DynamicOut,
    DynamicOutput,
    GraphOut,
    MultiDependencyDefinition,
    Out,
    RetryPolicy,
    graph,
    job,
    op,
    success_hook,
)
from assets.core.define.wiring import DynamicCollectDependencyDefinition, MappedInput


@op
def one():
    return 1


@op
def inc(x):
    return x + 1


@op
def add(x, y):
    return x + y


@op(out={"a": Out(), "b": Out()})
def two():
    return 1, 2


@op(out=DynamicOut())
def some():
    for i in range(3):
        yield DynamicOutput(i, mapping_key=str(i))


def wiring(body):
    """The inputs of each node, by name."""
    return {node.name: dict(node.inputs) for node in graph(body).nodes.values()}


def test_a_call_connects_by_position_and_by_name():
    """The wiring is what one would have written by hand."""

    def body():
        add(one(), y=inc(one.alias("other")()))

    assert wiring(body) == {
        "one": {},
        "other": {},
        "inc": {"x": DependencyDefinition("other")},
        "add": {"x": DependencyDefinition("one"), "y": DependencyDefinition("inc")},
    }


def test_several_outputs_come_as_a_named_tuple():
    """By name, by place, and unpacked."""

    def body():
        outputs = two()
        first, _ = outputs
        add(first, outputs.b)

    assert wiring(body)["add"] == {
        "x": DependencyDefinition("two", "a"),
        "y": DependencyDefinition("two", "b"),
    }


def test_a_node_used_again_gets_a_number():
    """Unless an alias names it; a number never takes a name that is there."""

    def body():
        one()
        one()
        one.alias("one_3")()
        one()

    assert list(wiring(body)) == ["one", "one_2", "one_3", "one_4"]


def test_a_list_of_outputs_is_read_as_a_list():
    """Inputs of the graph may be among them."""

    @graph
    def whole(x):
        inc([one(), x])

    assert whole.nodes["inc"].inputs["x"] == MultiDependencyDefinition(
        [DependencyDefinition("one"), MappedInput]
    )
    (mapping,) = whole.input_mappings
    assert (mapping.graph_input_name, mapping.mapped_node_input_name, mapping.fan_in_index) == ("x", "x", 1)


def test_a_dynamic_output_is_mapped_and_collected():
    """What is made of each value is dynamic as well; the values together are a list."""

    def body():
        made = some().map(inc)
        add(made.collect(), some.alias("again")().collect())

    assert wiring(body)["inc"] == {"x": DependencyDefinition("some")}
    assert wiring(body)["add"] == {
        "x": DynamicCollectDependencyDefinition("inc"),
        "y": DynamicCollectDependencyDefinition("again"),
    }


def test_a_mapped_function_may_return_several_or_nothing():
    """Several handles come back as a tuple of the same kind."""
    seen = []

    @graph
    def whole():
        values = some()
        seen.append(values.map(lambda value: None))
        pair = values.map(lambda value: (inc(value), inc(value)))
        seen.append(len(pair))
        outputs = values.map(split)
        seen.append(outputs._fields)

    assert seen == [None, 2, ("a", "b")]


@op(out={"a": Out(), "b": Out()})
def split(x):
    return x, x


def test_the_asset_that_is_passed_is_read():
    """A spec in the place of an output: the op gets the value that the asset has."""

    @graph
    def whole():
        inc(AssetSpec("up"))

    assert whole.node_input_assets == {"inc": {"x": AssetSpec("up")}}


def test_what_is_said_of_one_use():
    """Tags and hooks are added, a retry policy replaces; the definition stays as it was."""

    @success_hook
    def first(context): ...
    @success_hook
    def second(context): ...

    policy = RetryPolicy(max_retries=2)

    @op(tags={"a": "1", "b": "1"}, retry_policy=RetryPolicy(max_retries=9))
    def tagged(): ...

    @graph
    def whole():
        tagged.tag({"b": "2"}).with_hooks({first}).with_hooks({second}).with_retry_policy(policy).alias("n")()
        tagged()

    node = whole.nodes["n"]
    assert node.tags == {"a": "1", "b": "2"}
    assert node.hook_defs == {first, second}
    assert node.retry_policy == policy
    assert whole.nodes["tagged"].tags == {"a": "1", "b": "1"}
    assert whole.nodes["tagged"].retry_policy == RetryPolicy(max_retries=9)


def test_a_hook_on_an_op_stays_with_it():
    """`hook(op)` is the op with the hook, wherever it is used."""

    @success_hook
    def first(context): ...

    hooked = first(one)

    @graph
    def whole():
        hooked()

    assert whole.nodes["one"].hook_defs == {first}
    assert one.hook_defs == frozenset()


def test_bodies_inside_bodies():
    """A graph declared while another body runs is its own."""

    @graph
    def outer():
        @graph
        def inner():
            return inc(one())

        return inc(inner())

    assert list(outer.nodes) == ["inner", "inc"]


REFUSED = [
    (lambda: inc(3), "a int: 3"),
    (lambda: inc(two()), "all outputs"),
    (lambda: inc(some()), "map"),
    (lambda: inc([one(), 3]), "3"),
    (lambda: inc(one(), one()), "2 inputs"),
    (lambda: inc(y=one()), "'y'"),
    (lambda: [one.alias("a")(), one.alias("a")()], "twice"),
    (lambda: [one(), op(name="one")(lambda: None)()], "same name"),
    (lambda: inc([one(), some().collect()]), "collected values of 'some'"),
]


@pytest.mark.parametrize(("body", "match"), REFUSED)
def test_what_cannot_be_connected(body, match):
    """A body only connects outputs and inputs that are there, each use under a name of its own."""
    with pytest.raises(DagsterInvalidDefinitionError, match=match):
        graph(name="whole")(lambda: body() and None)


def test_an_input_twice_is_an_invocation_error():
    """By place and by name."""
    with pytest.raises(DagsterInvalidInvocationError, match="two values"):
        graph(name="whole")(lambda: inc(one(), x=one()))


MISUSED = [
    (lambda: list(one()), "iterate"),
    (lambda: one()[0], "index"),
    (lambda: one().alias("a"), "alias"),
    (lambda: one().with_hooks(set()), "alias"),
    (lambda: some().map(lambda value: 3), "int"),
]


@pytest.mark.parametrize(("body", "match"), MISUSED)
def test_what_stands_for_a_value_is_no_value(body, match):
    """It cannot be looked into, and what was used cannot be renamed."""
    with pytest.raises(DagsterInvariantViolationError, match=match):
        graph(name="whole")(body)


def test_an_error_in_a_body_leaves_nothing_behind():
    """After it, ops are functions again."""

    def body():
        raise KeyError("mine")

    with pytest.raises(KeyError):
        graph(name="whole")(body)
    assert inc(1) == 2


# Outputs.


def test_one_output_is_called_result():
    """Or what the decorator calls it."""
    assert graph(name="a")(lambda: one()).output_names == ["result"]
    assert graph(name="a", out=GraphOut())(lambda: one()).output_names == ["result"]
    assert graph(name="a", out={"b": GraphOut()})(lambda: one()).output_names == ["b"]
    assert graph(name="a")(lambda: None).output_names == []


def test_several_outputs_are_a_dict_or_a_tuple():
    """In the order that the decorator says, or as the op has them."""
    outs = {"p": GraphOut(), "q": GraphOut()}
    for body in (lambda: {"q": inc(one()), "p": one()}, lambda: (one(), inc(one()))):
        made = graph(name="a", out=outs)(body)
        assert set(made.output_names) == {"p", "q"}
    assert graph(name="a")(lambda: two()).output_names == ["a", "b"]


def test_a_job_has_no_outputs():
    """Its body may return several at once, as one writes several uses in a line."""
    made = job(name="j")(lambda: (one(), inc(one())))
    assert set(made.graph.nodes) == {"one", "one_2", "inc"}
    assert made.graph.output_names == []


@pytest.mark.parametrize(
    ("body", "outs", "match"),
    [
        (lambda: 5, None, "5"),
        (lambda: {"b": one()}, {"a": GraphOut()}, "'b'"),
        (lambda: {"a": one()}, {"a": GraphOut(), "b": GraphOut()}, "'b'"),
        (lambda: one(), {"a": GraphOut(), "b": GraphOut()}, "one output"),
        (lambda: (one(),), {"a": GraphOut(), "b": GraphOut()}, "1 outputs"),
        (lambda: None, {"a": GraphOut()}, "'a'"),
    ],
)
def test_outputs_that_are_not_there(body, outs, match):
    """What is declared is returned, and nothing else."""
    with pytest.raises(DagsterInvalidDefinitionError, match=match):
        graph(name="whole", out=outs)(body)


def test_an_input_cannot_be_an_output():
    """A graph that passes on what it got does nothing."""
    with pytest.raises(DagsterInvalidDefinitionError, match="graph's input 'x'"):
        graph(name="whole")(lambda x: x)


def test_every_input_goes_somewhere():
    """A parameter that no node gets is a mistake."""
    with pytest.raises(DagsterInvalidDefinitionError, match="unmapped input 'x'"):

        @graph
        def whole(x):
            one()


def test_values_of_a_dynamic_output_are_collected_or_followed():
    """They cannot be put into a list one by one, nor can a step do both with the same."""

    def listed():
        some().map(lambda value: inc([value]))

    def both():
        values = some()
        values.map(lambda value: add(value, values.collect()))

    def others():
        other = some.alias("other")().collect()
        some().map(lambda value: add(value, other))

    for body in (listed, both):
        with pytest.raises(DagsterInvalidDefinitionError, match="collect"):
            graph(name="whole")(body)
    assert len(graph(name="whole")(others).nodes) == 3


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_step_follows_one_dynamic_output(depth):
    """Neither two at once nor one inside another: refused when the graph is declared."""

    @op(out=DynamicOut())
    def more(x):
        yield DynamicOutput(x, mapping_key="k")

    def nested():
        some().map(lambda value: more(value).map(inc))

    def gathered():
        inc(some().map(more).collect())

    def crossed():
        first, second = some(), some.alias("second")()
        first.map(lambda value: second.map(lambda other: add(value, other)))

    with pytest.raises(DagsterInvalidDefinitionError, match=r"mapped over|more than one dynamic output"):
        graph(name="whole")((crossed, nested, gathered)[depth - 1])

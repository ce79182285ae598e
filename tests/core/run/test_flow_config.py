# ruff: noqa: PLW0108  a body is a function that uses an op, not the op
"""The run config of a graph: what may stand where, what it becomes, and what is said of what does not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assets import (
    Config,
    ConfigMapping,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterType,
    EnvVar,
    Field,
    In,
    IOManager,
    Nothing,
    Out,
    PythonObjectDagsterType,
    RunConfig,
    dagster_type_loader,
    graph,
    io_manager,
    op,
    resource,
)
from assets.core.errors import DagsterConfigMappingFunctionError


class Settings(Config):
    n: int
    m: int = 5


class Thing:
    def __init__(self, n=0):
        self.n = n


def use(*_):
    """Several uses of ops in one expression: a body that returns nothing."""


@op
def one():
    return 1


@op
def same(x):
    return x


@op
def number(x: int):
    return x


@op(config_schema={"n": int, "m": Field(int, default_value=4)})
def told(context):
    return context.op_config


@op
def model(context, config: Settings):
    return config.n, config.m, context.op_config


def run(body, config=None, node=None, **options):
    """The value of a node, or of the only one."""
    made = graph(name="whole")(body)
    result = made.execute_in_process(run_config=config, **options)
    return result.output_for_node(node or next(iter(made.nodes)))


def refused(body, config=None, **options):
    """What is said of a config that does not fit."""
    with pytest.raises(DagsterInvalidConfigError) as caught:
        run(body, config, **options)
    return str(caught.value)


# Config of steps.


def test_a_step_gets_its_config_with_defaults():
    """Under its name in the graph."""
    assert run(lambda: told(), {"ops": {"told": {"config": {"n": 1}}}}) == {"n": 1, "m": 4}
    assert run(lambda: told.alias("a")(), {"ops": {"a": {"config": {"n": 1, "m": 2}}}}) == {"n": 1, "m": 2}


def test_a_step_without_a_schema_takes_anything():
    """Or nothing."""

    @op
    def free(context):
        return context.op_config

    assert run(lambda: free(), {"ops": {"free": {"config": {"a": [1]}}}}) == {"a": [1]}
    assert run(lambda: free()) is None


def test_a_config_class_gets_its_fields(monkeypatch):
    """Variables of the environment are looked up; the context shows the same."""
    monkeypatch.setenv("LAW_N", "3")
    config = RunConfig(ops={"model": Settings(n=EnvVar.int("LAW_N"))})
    assert run(lambda: model(), config)[:2] == (3, 5)
    assert run(lambda: model(), {"ops": {"model": {"config": {"n": 1}}}}) == (1, 5, {"n": 1, "m": 5})


def test_steps_of_inner_graphs_stand_inside():
    """Under `ops`, as deep as they lie."""
    inner = graph(name="inner")(lambda: told())
    middle = graph(name="middle")(lambda: inner())
    config = {"ops": {"middle": {"ops": {"inner": {"ops": {"told": {"config": {"n": 1}}}}}}}}
    assert run(lambda: middle() and None, config, "middle.inner.told") == {"n": 1, "m": 4}


def test_every_problem_is_told_with_its_path():
    """Before anything runs; the job is named."""
    inner = graph(name="inner")(lambda: model())
    ran = []
    other = op(name="other")(lambda: ran.append(1))
    text = refused(
        lambda: use(told(), inner(), other()),
        {
            "ops": {
                "told": {"config": {"n": "x"}},
                "inner": {"ops": {"model": {"config": {"k": 1}}}},
                "tolt": {},
            }
        },
    )
    assert "job whole" in text
    for path in ("root:ops:told:config:n", "root:ops:inner:ops:model:config", '"k"', '"tolt"'):
        assert path in text
    assert ran == []


@pytest.mark.parametrize(
    "config",
    [
        {"ops": {"told": {"config": {"n": 1}, "other": {}}}},
        {"ops": {"told": {"config": {"n": 1}, "inputs": {"x": 1}}}},
        {"ops": {"told": 3}},
        {"ops": 3},
        {"other": {}},
        {"ops": {"told": {"config": {"n": 1}}}, "resources": {"r": {"config": 1}}},
        {},
    ],
)
def test_what_may_not_stand_there(config):
    """Sections and entries that nobody takes, and what is missing."""
    assert "root" in refused(lambda: told(), config)


def test_what_is_given_for_steps_that_do_not_run_is_not_looked_at():
    """One config serves a job and its parts."""
    config = {"ops": {"told": {"config": {"n": "x"}}}}
    assert run(lambda: use(one(), told()), config, "one", op_selection=["one"]) == 1
    assert run(lambda: use(one(), told()), None, "one", op_selection=["one"]) == 1


# Config mappings.


def test_a_mapping_stands_before_the_steps_of_its_graph():
    """Mappings inside of mappings too."""

    @graph(config=ConfigMapping(lambda outer: {"told": {"config": {"n": outer["k"]}}}, {"k": int}))
    def inner():
        return told()

    @graph(config=ConfigMapping(lambda outer: {"inner": {"config": {"k": outer + 1}}}, int))
    def middle():
        return inner()

    assert run(lambda: inner() and None, {"ops": {"inner": {"config": {"k": 3}}}}) == {"n": 3, "m": 4}
    assert run(lambda: middle() and None, {"ops": {"middle": {"config": 3}}}) == {"n": 4, "m": 4}
    assert "root:ops:inner:config:k" in refused(
        lambda: inner() and None, {"ops": {"inner": {"config": {"k": "x"}}}}
    )


def test_a_mapping_gets_an_object_of_its_config_class():
    """And may give a `RunConfig` of objects."""

    def make(outer: Settings) -> Any:
        return {"model": {"config": Settings(n=outer.n * 2)}}

    inner = graph(name="inner", config=ConfigMapping(make))(lambda: model())
    assert run(lambda: inner() and None, {"ops": {"inner": {"config": {"n": 3}}}})[:2] == (6, 5)


def test_a_mapping_that_raises_is_named():
    """With what it raised as the cause."""

    def make(_):
        raise KeyError("mine")

    inner = graph(name="inner", config=ConfigMapping(make))(lambda: told())
    with pytest.raises(DagsterConfigMappingFunctionError, match=r"'inner'.*KeyError") as caught:
        run(lambda: inner() and None)
    assert isinstance(caught.value.__cause__, KeyError)


# Values of inputs.


@pytest.mark.parametrize("given", [4, {"value": 4}])
def test_an_input_that_nothing_feeds_has_its_value_from_the_config(given):
    """As it is, or as the reference writes it."""
    assert run(lambda: number(), {"ops": {"number": {"inputs": {"x": given}}}}) == 4


def test_a_value_can_stand_in_a_file(tmp_path):
    """As JSON that holds a mapping with it."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"value": 7}))
    assert run(lambda: number(), {"ops": {"number": {"inputs": {"x": {"json": {"path": str(path)}}}}}}) == 7


def test_a_type_says_how_its_values_are_written():
    """Its loader gets the config that its schema lets through."""

    @dagster_type_loader({"n": int})
    def load(_context, config):
        return Thing(config["n"])

    typed = op(name="typed", ins={"x": In(PythonObjectDagsterType(Thing, loader=load))})(lambda x: x.n)
    assert run(lambda: typed(), {"ops": {"typed": {"inputs": {"x": {"n": 3}}}}}) == 3
    assert "typed:inputs:x:n" in refused(lambda: typed(), {"ops": {"typed": {"inputs": {"x": {"n": "a"}}}}})


def test_an_input_that_is_fed_takes_no_value():
    """Neither from a node nor from the caller."""
    config = {"ops": {"number": {"inputs": {"x": 9}}}}
    assert '"inputs"' in refused(lambda: number(one()), config)


def test_a_default_may_be_left_out():
    """What is missing without one is a problem of the config."""
    lazy = op(name="lazy", ins={"x": In(int, default_value=7)})(lambda x: x)
    assert run(lambda: lazy()) == 7
    assert run(lambda: lazy(), {"ops": {"lazy": {"inputs": {"x": 9}}}}) == 9
    assert "number" in refused(lambda: number())


def test_inputs_of_graphs_have_values_too():
    """Of the outermost at the root, of others at their names; the caller's values come before."""
    inner = graph(name="inner")(lambda x: number(x))
    assert run(lambda x: number(x), {"inputs": {"x": 5}}) == 5
    assert run(lambda: inner() and None, {"ops": {"inner": {"inputs": {"x": 6}}}}) == 6
    assert run(lambda y: inner(y) and None, {"inputs": {"y": 7}}) == 7
    assert run(lambda x: number(x), input_values={"x": 8}) == 8
    assert "root:inputs:x" in refused(lambda x: number(x), {"inputs": {"x": "a"}})
    assert '"inputs"' in refused(lambda x: number(x))


def test_a_value_in_the_config_comes_before_the_asset():
    """That an input reads where nothing feeds it."""
    reads = op(name="reads", ins={"x": In(int, asset_key="up")})(lambda x: x)
    assert run(lambda: reads(), {"ops": {"reads": {"inputs": {"x": 4}}}}) == 4


def test_an_input_in_a_list_has_its_place():
    """The value of the config is one of several."""
    assert run(lambda x: same([one(), x]) and None, {"inputs": {"x": {"value": 4}}}, "same") == [1, 4]
    assert run(lambda x: same([one(), x]) and None, node="same", input_values={"x": 3}) == [1, 3]


def test_an_input_that_no_config_can_give_is_refused():
    """Unless it has a default, only orders, or the caller gives it."""
    other = DagsterType(name="Other", type_check_fn=lambda _, value: True)
    lost = op(name="lost", ins={"x": In(other)})(lambda x: x)
    with pytest.raises(DagsterInvalidDefinitionError, match="'x'"):
        run(lambda: lost())
    with pytest.raises(DagsterInvalidInvocationError, match="'y'"):
        run(lambda y: lost(y))
    assert run(lambda y: lost(y), input_values={"y": 3}) == 3
    waits = op(name="waits", ins={"x": In(Nothing)})(lambda: 1)
    assert run(lambda: waits()) == 1


# Resources and IO managers.


def test_resources_are_checked_with_the_rest():
    """Only those that run need their config."""

    @resource(config_schema={"n": int})
    def maker(context):
        return context.resource_config["n"]

    needs = op(name="needs", required_resource_keys={"r"})(lambda context: context.resources.r)
    given = {"r": maker}
    config = {"resources": {"r": {"config": {"n": 3}}}}
    assert run(lambda: needs(), config, resources=given) == 3
    assert '"resources"' in refused(lambda: needs(), resources=given)
    assert "resources:r:config:n" in refused(
        lambda: needs(), {"resources": {"r": {"config": {"n": "x"}}}}, resources=given
    )
    assert run(lambda: one(), resources=given) == 1


def test_an_io_manager_gets_the_config_of_each_output_and_input():
    """And that of its own."""
    told_of = []

    class Keeps(IOManager):
        def handle_output(self, context, obj):
            told_of.append((context.config, context.resource_config))

        def load_input(self, context):
            told_of.append((context.config, context.resource_config))
            return 3

    @io_manager(config_schema={"c": int}, output_config_schema={"o": int}, input_config_schema={"i": int})
    def keeps(_):
        return Keeps()

    four = op(name="four", out=Out(io_manager_key="k"))(lambda: 4)
    config = {
        "resources": {"k": {"config": {"c": 1}}},
        "ops": {"four": {"outputs": {"result": {"o": 2}}}, "same": {"inputs": {"x": {"i": 3}}}},
    }
    assert run(lambda: same(four()) and None, config, "same", resources={"k": keeps}) == 3
    assert told_of == [({"o": 2}, {"c": 1}), ({"i": 3}, {"c": 1})]
    text = refused(lambda: same(four()) and None, {**config, "ops": {}}, resources={"k": keeps})
    assert "'four'" in text
    assert "'same'" in text

"""`op`: what a function's signature and the decorator say together, and calling an op without a graph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from assets import (
    AssetExecutionContext,
    AssetMaterialization,
    Config,
    ConfigurableResource,
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
    DynamicOut,
    DynamicOutput,
    Field,
    In,
    Nothing,
    OpDefinition,
    OpExecutionContext,
    Out,
    Output,
    RetryPolicy,
    asset,
    build_op_context,
    graph,
    graph_asset,
    materialize,
    op,
    resource,
)
from assets.core.errors import ParameterCheckError


class Settings(Config):
    n: int = 3
    m: int = 5


class Client(ConfigurableResource):
    url: str = "u"


@op
def double(x: int, times: int = 2) -> int:
    """Some words.

    More words.
    """
    return x * times


def test_a_bare_op_is_what_its_signature_says() -> None:
    """Name, inputs, output, description come from the function."""
    assert isinstance(double, OpDefinition)
    assert (double.name, double.input_names, double.output_names) == ("double", ["x", "times"], ["result"])
    assert double.description == "Some words.\n\nMore words."
    assert double.ins["x"].has_default_value is False
    assert double.slots["times"].default == 2


def test_what_is_said_wins_over_the_signature() -> None:
    """Name, description, types and the output's name can be given."""

    @op(name="other", description="d", ins={"x": In(str)}, out={"a": Out(int)}, code_version="1", pool="p")
    def one(x: int) -> Any:
        """Not this."""

    assert (one.name, one.description, one.output_names) == ("other", "d", ["a"])
    assert (one.code_version, one.pool) == ("1", "p")
    assert one.slots["x"].typing.annotation is str


def test_context_config_and_resources_are_no_inputs() -> None:
    """Only the rest of the parameters are inputs."""

    @op
    def one(context: OpExecutionContext, x: Any, config: Settings, client: Client) -> None: ...

    assert one.input_names == ["x"]
    assert one.required_resource_keys == {"client"}


def test_a_tuple_annotation_types_each_output() -> None:
    """With several outputs the return annotation is a tuple with one type for each."""

    @op(out={"a": Out(), "b": Out()})
    def two() -> tuple[int, str]:
        return 1, "b"

    assert [vent.typing.annotation for vent in two.vents.values()] == [int, str]


@pytest.mark.parametrize("annotation", [int, tuple[int], tuple[int, int, int]])
def test_another_annotation_than_a_tuple_of_that_length_is_refused(annotation: Any) -> None:
    """Two outputs need two types."""

    def fn() -> Any: ...

    fn.__annotations__["return"] = annotation
    with pytest.raises(DagsterInvariantViolationError, match="2 outputs"):
        op(out={"a": Out(), "b": Out()})(fn)


def test_a_nothing_input_has_no_parameter() -> None:
    """It is an input all the same; as a parameter it is refused."""

    @op(ins={"after": In(Nothing)})
    def one(x: Any) -> None: ...

    assert one.input_names == ["x", "after"]
    with pytest.raises(DagsterInvalidDefinitionError, match="Nothing"):
        op(ins={"x": In(Nothing)})(one.fn)


def test_tags_that_are_no_strings_are_written_as_json() -> None:
    """What JSON does not give back as it was is refused."""

    @op(tags={"a": {"b": [1]}, "c": "d"})
    def one() -> None: ...

    assert one.tags == {"a": '{"b": [1]}', "c": "d"}
    for value in (object(), {1: 2}, (1,)):
        with pytest.raises(DagsterInvalidDefinitionError, match="'a'"):
            op(tags={"a": value})(one.fn)


def plain(x: Any) -> None: ...


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"name": "a-b"}, "a-b"),
        ({"name": "context"}, "context"),
        ({"out": {"a-b": Out()}}, "a-b"),
        ({"ins": {"y": In()}}, "'y'.*'x'"),
    ],
)
def test_declarations_that_cannot_work(options: dict[str, Any], match: str) -> None:
    """Names that cannot be used, and inputs that are no parameters."""
    with pytest.raises(DagsterInvalidDefinitionError, match=match):
        op(**options)(plain)


@pytest.mark.parametrize(
    "options", [{"retry_policy": 3}, {"out": 3}, {"out": {"a": 3}}, {"ins": {"x": int}}, {"code_version": 1}]
)
def test_arguments_of_another_type_are_refused(options: dict[str, Any]) -> None:
    """Each argument is looked at when it is given."""
    with pytest.raises(ParameterCheckError):
        op(**options)(plain)


def test_a_context_comes_first_and_inputs_have_names() -> None:
    """A context in another place, or `*args`, cannot be."""

    def late(x: Any, context: Any) -> None: ...
    def many(*args: Any) -> None: ...

    for fn in (late, many, lambda: None):
        with pytest.raises(DagsterInvalidDefinitionError):
            op(fn)


def test_what_is_no_function_is_no_op() -> None:
    """The message says how options are given."""
    with pytest.raises(TypeError, match="keyword"):
        op("name")


def test_two_ways_to_ask_for_config_or_resources_are_one_too_many() -> None:
    """It is the parameter or the keyword."""

    def configured(config: Settings) -> None: ...
    def served(client: Client) -> None: ...

    with pytest.raises(ParameterCheckError, match="config_schema"):
        op(config_schema={"n": int})(configured)
    with pytest.raises(ParameterCheckError, match="required_resource_keys"):
        op(required_resource_keys={"other"})(served)


def test_a_config_schema_is_looked_at_when_it_is_declared() -> None:
    """What is no schema is refused."""
    for wrong in ({"a": "text"}, [int, str], 3, {"a": None}):
        with pytest.raises(DagsterInvalidConfigDefinitionError):
            op(config_schema=wrong)(plain)


def test_an_older_name_of_the_code_version_warns() -> None:
    """`version` still counts."""
    with pytest.warns(DeprecationWarning, match="code_version"):
        made = op(version="3")(plain)
    assert made.code_version == "3"


# Called without a graph.


def test_a_call_runs_the_function() -> None:
    """By position, by name, with defaults of the signature and of the declaration."""

    @op(ins={"x": In(int, default_value=7)})
    def one(x: Any) -> Any:
        return x

    assert (double(3), double(3, 3), double(times=4, x=1)) == (6, 9, 4)
    assert (one(), one(5)) == (7, 5)


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, 2, 3), {}), ((1,), {"x": 2}), ((1,), {"other": 2})]
)
def test_a_call_with_other_arguments_is_refused(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Too few, too many, twice, unknown."""
    with pytest.raises(DagsterInvalidInvocationError):
        double(*args, **kwargs)


def test_a_call_checks_types() -> None:
    """Of inputs and of outputs."""

    @op
    def text(x: Any) -> str:
        return x

    with pytest.raises(DagsterTypeCheckDidNotPass, match="'x'"):
        double("a")
    with pytest.raises(DagsterTypeCheckDidNotPass, match="result"):
        text(1)


def test_a_nothing_input_is_not_passed() -> None:
    """A call has only the function's parameters."""

    @op(ins={"after": In(Nothing)}, out=Out(Nothing))
    def one(x: Any) -> Any:
        return x

    assert one(None) is None
    for args in ((1, 2),):
        with pytest.raises(DagsterInvalidInvocationError):
            one(*args)
    with pytest.raises(DagsterTypeCheckDidNotPass):
        one(5)


@pytest.mark.parametrize("given", [(1,), (1, 2, 3), [1, "b"], None, 5])
def test_several_outputs_are_a_tuple(given: Any) -> None:
    """One value for each output, each of its type."""

    @op(out={"a": Out(int), "b": Out(str)})
    def two(x: Any) -> Any:
        return x

    assert two((1, "b")) == (1, "b")
    with pytest.raises(DagsterInvariantViolationError, match="2 outputs"):
        two(given)
    with pytest.raises(DagsterTypeCheckDidNotPass, match="'b'"):
        two((1, 2))


def test_a_generator_checks_as_it_goes() -> None:
    """What it yields arrives; what does not fit is an error at that moment."""

    @op(out={"a": Out(int), "b": Out(is_required=False), "c": Out()})
    def some(items: Any) -> Iterator[Any]:
        yield from items

    good = [Output(1, "a"), AssetMaterialization("k"), Output(2, "c")]
    assert list(some(good)) == good
    for bad, match in (
        ([Output(1, "a"), Output(2, "a")], "twice"),
        ([Output(1, "d")], "'d'"),
        ([5], "Output"),
        ([Output(1, "a")], "'c'"),
        ([DynamicOutput(1, "k", "a")], "dynamic"),
    ):
        with pytest.raises(DagsterInvariantViolationError, match=match):
            list(some(bad))
    with pytest.raises(DagsterTypeCheckDidNotPass):
        next(some([Output("x", "a")]))


def test_a_dynamic_output_is_a_list_of_dynamic_outputs() -> None:
    """Each of the type that was declared, under a key of its own."""

    @op(out=DynamicOut(int))
    def some(x: Any) -> Any:
        return x

    given = [DynamicOutput(1, "a"), DynamicOutput(2, "b")]
    assert some(given) is given
    with pytest.raises(DagsterInvariantViolationError, match="dynamic"):
        some(5)
    with pytest.raises(DagsterInvariantViolationError, match="twice"):
        some([DynamicOutput(1, "a"), DynamicOutput(2, "a")])
    with pytest.raises(DagsterTypeCheckDidNotPass):
        some([DynamicOutput("x", "a")])


def test_coroutines_and_async_generators_check_too() -> None:
    """They are awaited by the caller."""

    @op
    async def one(x: Any) -> int:
        return x

    @op(out={"a": Out(), "b": Out()})
    async def two() -> AsyncIterator[Any]:
        yield Output(1, "a")

    async def all_of(items: AsyncIterator[Any]) -> list[Any]:
        return [item async for item in items]

    assert asyncio.run(one(3)) == 3
    with pytest.raises(DagsterTypeCheckDidNotPass):
        asyncio.run(one("x"))
    with pytest.raises(DagsterInvariantViolationError, match="'b'"):
        asyncio.run(all_of(two()))


def test_a_built_context_gives_config_resources_and_the_rest() -> None:
    """What was given to the builder is what the function sees."""

    @resource
    def nine(_: Any) -> int:
        return 9

    @op(config_schema={"n": int, "m": Field(int, default_value=4)}, required_resource_keys={"r"})
    def one(context: OpExecutionContext, x: Any) -> Any:
        context.log_event(AssetMaterialization("k"))
        context.add_output_metadata({"rows": 1})
        return context.op_config, context.resources.r, context.get_mapping_key(), context.partition_key, x

    context = build_op_context(
        resources={"r": nine}, config={"n": 1}, mapping_key="k", partition_key="p", run_tags={"a": "b"}
    )
    assert one(context, 5) == ({"n": 1, "m": 4}, 9, "k", "p", 5)
    assert one(x=6, context=context)[-1] == 6
    assert [event.asset_key.path for event in context.get_events() if isinstance(event, AssetMaterialization)]
    assert context.get_output_metadata("result") == {"rows": 1}


def test_a_context_must_have_what_the_op_requires() -> None:
    """A missing resource and a config that does not fit are errors before the function runs."""

    @op(config_schema={"n": int})
    def wants_config(context: OpExecutionContext) -> Any:
        return context.op_config

    @op(required_resource_keys={"r"})
    def wants_resource(context: OpExecutionContext) -> Any:
        return context.resources.r

    for config in (None, {"n": "x"}, {"o": 1}):
        with pytest.raises(DagsterInvalidConfigError, match="wants_config"):
            wants_config(build_op_context(config=config))
    for context in (None, build_op_context()):
        with pytest.raises(DagsterInvalidDefinitionError, match="'r'"):
            wants_resource(context)


def test_none_stands_for_an_empty_context() -> None:
    """No context at all is an error, as the parameter is there."""

    @op(config_schema={"m": Field(int, default_value=4)})
    def one(context: OpExecutionContext) -> Any:
        return context.op_config

    assert one(None) == {"m": 4}
    assert one(context=None) == {"m": 4}
    with pytest.raises(DagsterInvalidInvocationError, match="context"):
        one()


def test_config_objects_and_resources_are_passed_like_other_arguments() -> None:
    """Or come from the context."""

    @op
    def one(context: OpExecutionContext, config: Settings, client: Client) -> Any:
        return config.n, client.url

    assert one(build_op_context(), Settings(n=4), Client(url="u")) == (4, "u")
    assert one(build_op_context(config={"n": 5}, resources={"client": Client(url="v")})) == (5, "v")


def test_what_the_function_raises_arrives() -> None:
    """Nothing is tried again."""
    tries = []

    @op(retry_policy=RetryPolicy(max_retries=3))
    def one() -> None:
        tries.append(1)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        one()
    assert len(tries) == 1


def test_an_op_can_be_called_inside_of_an_asset() -> None:
    """Nothing is connected there: it is a function."""

    @asset
    def one() -> Any:
        return double(4)

    assert one() == 8


# Configured.


@op(config_schema={"n": int}, tags={"a": "b"}, description="d")
def configurable(context: OpExecutionContext) -> Any:
    return context.op_config["n"]


def run(made: OpDefinition, config: Any = None) -> Any:
    """What an op gives in a graph with this config."""

    @graph
    def whole() -> Any:
        return made()

    entry = {} if config is None else {"ops": {made.name: {"config": config}}}
    return whole.execute_in_process(run_config=entry).output_value()


MAKERS: list[Callable[[Any], Any]] = [lambda outer: {"n": outer["m"] + 1}]


def test_a_configured_op_has_its_config() -> None:
    """It is the same op under another name; what a run gives does not count any more."""
    made = configurable.configured({"n": 3}, name="three")
    assert (made.name, made.description, made.tags) == ("three", "d", {"a": "b"})
    assert configurable.name == "configurable"
    assert run(made) == 3
    assert run(made, {"n": 4}) == 3
    assert made(build_op_context()) == 3
    assert configurable.configured({"n": 3}, name="x", description="e").description == "e"


def test_a_configured_op_can_make_its_config() -> None:
    """From an outer one, whose schema is checked; also twice over."""
    made = configurable.configured(MAKERS[0], name="made", config_schema={"m": int})
    assert run(made, {"m": 3}) == 4
    assert made(build_op_context(config={"m": 3})) == 4
    assert run(made.configured({"m": 9}, name="ten")) == 10
    with pytest.raises(DagsterInvalidConfigError, match="root:ops:made:config"):
        run(made, {"m": "x"})


def test_a_configured_op_whose_config_does_not_fit_says_so_when_it_runs() -> None:
    """As the inner config is only then put in."""
    made = configurable.configured({"n": "x"}, name="made")
    with pytest.raises(DagsterInvalidConfigError, match="made"):
        run(made)
    with pytest.raises(DagsterInvalidConfigError):
        made(build_op_context())


def test_a_config_class_can_be_configured() -> None:
    """The parameter gets an object of it, as always."""

    @op
    def one(config: Settings) -> Any:
        return config.n, config.m

    assert run(one.configured({"n": 3}, name="three")) == (3, 5)
    assert run(one.configured(MAKERS[0], name="four", config_schema={"m": int}), {"m": 3}) == (4, 5)


# Made without a decorator.


def test_an_op_made_directly_takes_its_inputs_in_one_mapping() -> None:
    """Its function gets the context and the inputs, and yields or returns."""

    def yields(_: Any, inputs: Any) -> Iterator[Output[int]]:
        yield Output(inputs["x"] + 1, "more")

    made = OpDefinition(yields, "made", ins={"x": In(int)}, outs={"more": Out(int)}, description="d")
    assert (made.name, made.input_names, made.output_names, made.description) == (
        "made",
        ["x"],
        ["more"],
        "d",
    )
    assert made.compute_fn is yields
    assert [each.value for each in made(build_op_context(), x=2)] == [3]
    once = OpDefinition(lambda context, inputs: (context.op_config, inputs), "once", config_schema=int)

    @graph
    def whole(x: int) -> Any:
        made(x)
        return once()

    ran = whole.execute_in_process(input_values={"x": 5}, run_config={"ops": {"once": {"config": 7}}})
    assert (ran.output_for_node("made", "more"), ran.output_value()) == (6, (7, {}))


def test_an_op_made_directly_can_be_async() -> None:
    """A coroutine, or a generator of one."""

    async def whole(_: Any, inputs: Any) -> Any:
        await asyncio.sleep(0)
        return inputs["x"]

    async def each(_: Any, inputs: Any) -> AsyncIterator[Any]:
        await asyncio.sleep(0)
        yield Output(inputs["x"])

    first, second = (OpDefinition(fn, fn.__name__, {"x": In()}) for fn in (whole, each))

    @graph
    def both(x: int) -> Any:
        return {"a": first(x), "b": second(x)}

    ran = both.execute_in_process(input_values={"x": 5})
    assert [ran.output_value("a"), ran.output_value("b")] == [5, 5]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "a b"}, DagsterInvalidDefinitionError),
        ({"compute_fn": 3}, ParameterCheckError),
        ({"ins": {"x": int}}, ParameterCheckError),
        ({"outs": {"x": In()}}, ParameterCheckError),
        ({"config_schema": "nope"}, DagsterInvalidConfigDefinitionError),
        ({"retry_policy": 3}, ParameterCheckError),
    ],
)
def test_what_an_op_made_directly_cannot_be_made_of(given: dict[str, Any], error: type[Exception]) -> None:
    """It is refused as the decorator refuses it."""
    with pytest.raises(error):
        OpDefinition(**{"compute_fn": lambda _context, _inputs: None, "name": "made", **given})


@pytest.mark.parametrize("port", [In, Out, DynamicOut])
@pytest.mark.parametrize("wrong", ["foo", {"a": 1}, 3])
def test_a_type_of_an_input_or_output_is_a_type(port: Any, wrong: Any) -> None:
    """Refused where it is written, not where it is used."""
    with pytest.raises(DagsterInvalidDefinitionError, match="DagsterType or a Python type"):
        port(wrong)


def test_an_op_tells_of_its_ports() -> None:
    """By name, with the types inside of their types; and its config and version."""

    @op(out={"a": Out(int, metadata={"m": 1}), "b": Out()}, code_version="1", config_schema={"n": int})
    def one(x: list[str]) -> Any:
        return x, x

    assert (list(one.input_dict), list(one.output_dict)) == (["x"], ["a", "b"])
    assert one.output_def_named("a").metadata == {"m": 1}
    assert one.input_def_named("x").name == "x"
    with pytest.raises(DagsterInvariantViolationError, match="no output 'c'"):
        one.output_def_named("c")
    assert one.version == "1"
    assert one.config_field.is_required
    assert {"String", "Int", "Any"} <= {each.display_name for each in one.all_dagster_types()}
    assert list(one.iterate_op_defs()) == [one]


def test_an_op_of_a_job_gets_no_context_of_an_asset() -> None:
    """There is no asset; in the graph of an asset it may ask for one."""

    @op
    def one(context: AssetExecutionContext) -> Any:
        return context.asset_key.to_user_string()

    @graph
    def whole() -> Any:
        return one()

    with pytest.raises(DagsterInvalidDefinitionError, match="AssetExecutionContext"):
        whole.execute_in_process()
    made = graph_asset(name="made")(lambda: one())  # noqa: PLW0108  a body uses an op
    assert materialize([made]).output_for_node("made") == "made"

"""Laws of resources outside of a run: bound to definitions, made for a while, told to a function."""

from contextlib import contextmanager

import pytest

from assets import (
    AssetExecutionContext,
    AssetSpec,
    Config,
    ConfigurableResource,
    Field,
    IOManager,
    ResourceDefinition,
    asset,
    build_asset_context,
    build_init_resource_context,
    build_resources,
    configured,
    io_manager,
    materialize,
    resource,
    with_resources,
)
from assets.core.define.source import SourceAsset
from assets.core.errors import (
    CheckError,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterResourceFunctionError,
)


@resource(config_schema={"animal": str})
def animal(context):
    return context.resource_config["animal"]


@resource(required_resource_keys={"animal"})
def sentence(context):
    return f"a {context.resources.animal}"


class Greeter(ConfigurableResource):
    greeting: str = "Hello"


@asset(required_resource_keys={"sentence"})
def told(context):
    return context.resources.sentence


def test_bound_definitions_need_nothing_else():
    """A definition brings what it needs and what that needs; specs are passed through."""
    spec = AssetSpec("s")
    bound, same = with_resources(
        [told, spec], {"sentence": sentence, "animal": animal, "other": 1}, {"animal": {"config": {"animal": "cat"}}}
    )  # fmt: skip
    assert same is spec
    assert set(bound.resource_defs) == {"sentence", "animal"}
    assert materialize([bound]).output_for_node("told") == "a cat"
    assert told.resource_defs == {}


def test_config_of_a_class():
    """The config of a resource class is checked at once, and may be set in part."""

    @asset
    def hi(greeter: Greeter):
        return greeter.greeting

    (bound,) = with_resources([hi], {"greeter": Greeter()}, {"greeter": {"config": {"greeting": "Hi"}}})
    assert materialize([bound]).output_for_node("hi") == "Hi"
    run_config = {"resources": {"greeter": {"config": {"greeting": "Yo"}}}}
    assert materialize([bound], run_config=run_config).output_for_node("hi") == "Yo"
    with pytest.raises(
        DagsterInvalidConfigError, match=r"(?s)key 'greeter'.*root:resources:greeter:config:greeting"
    ):
        with_resources([hi], {"greeter": Greeter()}, {"greeter": {"config": {"greeting": 3}}})
    with pytest.raises(DagsterInvalidInvocationError, match="Error with config for resource key 'greeter'"):
        with_resources([hi], {"greeter": Greeter()}, {"greeter": "Hi"})


def test_what_is_missing_is_told_with_who_needs_it():
    """A resource that is needed and not there is named with who needs it, through all steps."""
    with pytest.raises(
        DagsterInvalidDefinitionError, match="key 'sentence' required by op 'told' was not provided"
    ):
        with_resources([told], {"sentense": sentence})
    with pytest.raises(
        DagsterInvalidDefinitionError, match="key 'animal' required by resource with key 'sentence'"
    ):
        with_resources([told], {"sentence": sentence})
    with pytest.warns(DeprecationWarning, match="SourceAsset"):
        source = SourceAsset("s", io_manager_key="disk")
    with pytest.raises(
        DagsterInvalidDefinitionError, match=r"io manager with key 'disk' required by SourceAsset"
    ):
        with_resources([source], {})

    @resource(required_resource_keys={"a"})
    def b():
        return 1

    @resource(required_resource_keys={"b"})
    def a():
        return 1

    @asset(required_resource_keys={"a"})
    def it():
        return 1

    with pytest.raises(
        DagsterInvariantViolationError, match='Resource key "b" transitively depends on itself'
    ):
        with_resources([it], {"a": a, "b": b})


def test_what_a_definition_brings_cannot_be_given():
    """A key that a definition brings itself is not given again, an IO manager of its own neither."""

    @io_manager
    def disk():
        return None

    @asset(resource_defs={"z": 5}, required_resource_keys={"z"}, io_manager_def=disk)
    def it():
        return 1

    for key in ("z", "it__io_manager"):
        with pytest.raises(DagsterInvalidInvocationError, match=rf"given once more: {key}"):
            with_resources([it], {key: 6})
    assert with_resources([it], {"io_manager": disk})[0].resource_defs["io_manager"] is disk


def test_built_for_a_while():
    """Resources are made as in a run, with their config, and torn down when the block ends."""
    ended = []

    @resource
    @contextmanager
    def temporary(_context):
        yield "here"
        ended.append("temporary")

    given = {"sentence": sentence, "animal": animal, "plain": 3, "temporary": temporary}
    with build_resources(given, resource_config={"animal": {"config": {"animal": "dog"}}}) as made:
        assert (made.sentence, made.plain, made.temporary) == ("a dog", 3, "here")
        assert not ended
    assert ended == ["temporary"]

    @resource
    def instanced(context):
        return context.instance is not None

    with build_resources({"i": instanced}) as made:
        assert made.i is True

    @resource
    def broken():
        raise ValueError("boom")

    with (
        pytest.raises(
            DagsterResourceFunctionError, match="resource_fn on ResourceDefinition broken"
        ) as caught,
        build_resources({"broken": broken}),
    ):
        pass
    assert isinstance(caught.value.user_exception, ValueError)


def test_a_function_called_directly():
    """A resource's function takes a context, `None` where it needs none, or nothing, as it was written."""

    @resource
    def five():
        return 5

    assert five() == 5
    assert animal(build_init_resource_context(config={"animal": "cat"})) == "cat"
    assert sentence(build_init_resource_context(resources={"animal": "cow"})) == "a cow"
    assert animal.configured({"animal": "dog"})(None) == "dog"
    inner = build_init_resource_context(resources={"animal": animal.configured({"animal": "hen"})})
    assert sentence(inner) == "a hen"
    for call, error, told_ in (
        (lambda: five(None), DagsterInvalidInvocationError, "takes no context"),
        (animal, DagsterInvalidInvocationError, "was called without one"),
        (lambda: animal(None), DagsterInvalidInvocationError, "requires config"),
        (lambda: sentence(None), DagsterInvalidInvocationError, "requires others"),
        (lambda: animal(ctx=None), DagsterInvalidInvocationError, "calls its context 'context'"),
        (lambda: animal(3), CheckError, "InitResourceContext"),
        (
            lambda: animal(build_init_resource_context()),
            DagsterInvalidConfigError,
            "Error in config for resource",
        ),
        (
            lambda: sentence(build_init_resource_context()),
            DagsterInvalidDefinitionError,
            "key 'animal' required",
        ),
        (lambda: animal.configured({"a": 1})(None), DagsterInvalidConfigError, "the mapping of the resource"),
    ):
        with pytest.raises(error, match=told_):
            call()


def test_a_generator_needs_a_block():
    """A resource that yields is made when the block begins, and ends with it."""
    ended = []

    @resource
    def animal_of_a_day():
        yield "fly"
        ended.append("fly")

    with build_init_resource_context(resources={"animal": animal_of_a_day}) as context:
        assert sentence(context) == "a fly"
        assert not ended
    assert ended == ["fly"]


def test_configured():
    """The config of a resource is set, or made from another config, also over several steps."""

    @configured(animal, config_schema={"legs": int})
    def by_legs(config):
        return {"animal": "hen" if config["legs"] == 2 else "cow"}

    assert isinstance(by_legs, ResourceDefinition)
    assert by_legs(build_init_resource_context(config={"legs": 2})) == "hen"
    assert by_legs.configured({"legs": 4})(None) == "cow"
    assert configured(animal)({"animal": "cat"})(None) == "cat"
    with pytest.raises(DagsterInvalidConfigError, match="legs"):
        by_legs(build_init_resource_context(config={"legs": "2"}))
    with pytest.raises(DagsterInvalidInvocationError, match="cannot be configured"):
        configured(3)

    @configured(Greeter)
    def short(_config):
        return {"greeting": "Hi"}

    @configured(Greeter)
    def object_made(_config):
        return Greeter(greeting="Hey")

    for made, said in ((short, "Hi"), (object_made, "Hey")):
        with build_resources({"g": made}) as values:
            assert values.g.greeting == said


def test_an_io_manager_stays_one():
    """A configured IO manager is an IO manager."""

    class Numbers(IOManager):
        def __init__(self, base):
            self.base = base

        def handle_output(self, context, obj):
            pass

        def load_input(self, context):
            return self.base

    @io_manager(config_schema={"base": int})
    def numbers(context):
        return Numbers(context.resource_config["base"])

    made = numbers.configured({"base": 3})
    assert type(made) is type(numbers)

    @asset(io_manager_key="numbers")
    def up():
        return 1

    @asset
    def down(up):
        return up

    assert materialize([up, down], resources={"numbers": made}).output_for_node("down") == 3
    run_config = {"resources": {"numbers": {"config": {"base": 4}}}}
    found = materialize([up, down], resources={"numbers": numbers}, run_config=run_config)
    assert found.output_for_node("down") == 4
    with pytest.raises(DagsterInvalidConfigError, match='Missing required config entry "resources"'):
        materialize([up, down], resources={"numbers": numbers})


def test_direct_calls_use_bound_resources():
    """A bound definition can be called directly."""
    (bound,) = with_resources([told], {"sentence": ResourceDefinition.hardcoded_resource("x")})
    assert bound(build_asset_context()) == "x"


def test_config_and_resources_of_a_direct_call():
    """They come from the context or from the arguments, never from both; the context has what was an argument."""

    class Size(Config):
        rows: int = 1

    @asset
    def it(context: AssetExecutionContext, config: Size, greeter: Greeter):
        return config.rows, greeter.greeting, context.resources.greeter.greeting

    hi = Greeter(greeting="Hi")
    told = build_asset_context(resources={"greeter": hi}, asset_config={"rows": 2})
    assert it(told) == (2, "Hi", "Hi")
    assert it(build_asset_context(), Size(rows=3), hi) == (3, "Hi", "Hi")
    assert it(build_asset_context(asset_config={"rows": 2}), greeter=hi) == (2, "Hi", "Hi")
    with pytest.raises(DagsterInvalidInvocationError, match="'greeter' twice"):
        it(told, greeter=hi)
    with pytest.raises(DagsterInvalidInvocationError, match="config in both"):
        it(told, config=Size())
    with pytest.raises(DagsterInvalidConfigError, match="rows"):
        it(build_asset_context(resources={"greeter": hi}, asset_config={"rows": "2"}))


def test_classic_config_of_a_direct_call():
    """The config of a context is read as a run would read it; a resource that is declared must be there."""

    @asset(config_schema={"n": Field(int, default_value=3)}, required_resource_keys={"z"})
    def it(context):
        return context.op_execution_context.op_config["n"] + context.resources.z

    assert it(build_asset_context(resources={"z": 1})) == 4
    assert it(build_asset_context(resources={"z": 1}, asset_config={"n": 5})) == 6
    with pytest.raises(DagsterInvalidConfigError, match="Error in config for op 'it'"):
        it(build_asset_context(resources={"z": 1}, asset_config={"n": "5"}))
    with pytest.raises(DagsterInvalidDefinitionError, match="key 'z' required by op 'it' was not provided"):
        it(build_asset_context())
    given = build_asset_context(
        resources={"z": animal}, resources_config={"z": {"config": {"animal": "cat"}}}
    )
    assert given.resources.z == "cat"

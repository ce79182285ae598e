from contextlib import contextmanager
from enum import Enum

import pytest
from pydantic import Field

from assets.core.errors import (
    CheckError,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterResourceFunctionError,
)
from assets.core.resources.definition import InitResourceContext, is_resource_annotation, resource
from assets.core.resources.io import IOManager
from assets.core.resources.lifecycle import in_order, initialise
from assets.core.resources.resource import (
    ConfigurableIOManager,
    ConfigurableIOManagerFactory,
    ConfigurableResource,
    ConfigurableResourceFactory,
    ResourceDependency,
)
from assets.core.schema.env import EnvVar

LOG = []


@pytest.fixture(autouse=True)
def _empty_log():
    LOG.clear()


class Base(ConfigurableResource):
    name: str = "base"
    _open: bool = False

    def setup_for_execution(self, context):
        self._open = True
        LOG.append(f"+{self.name}")

    def teardown_after_execution(self, context):
        LOG.append(f"-{self.name}")


class Outer(Base):
    inner: Base
    name: str = "outer"


def test_frozen_but_for_private_state():
    """Fields are frozen; attributes with a leading underscore are not."""
    base = Base()
    base._open = True
    with pytest.raises(DagsterInvalidInvocationError, match="underscore"):
        base.name = "x"
    assert is_resource_annotation(Base)


def test_life_inner_before_outer_and_back():
    """Nested resources are set up first and torn down last, on copies of the user's objects."""
    outer = Outer(inner=Base())
    with initialise({"o": outer}, ["o"]) as values:
        made = values["o"]
        assert LOG == ["+base", "+outer"]
        assert made._open
        assert made.inner._open
    assert LOG == ["+base", "+outer", "-outer", "-base"]
    assert not outer._open
    assert not outer.inner._open


def test_only_what_is_needed_is_made_and_only_once():
    """Resources that nothing requires are left alone; one object used twice is made once."""
    shared = Base()
    defs = {
        "a": Outer(inner=shared),
        "b": Outer(inner=shared, name="b"),
        "shared": shared,
        "idle": Base(name="idle"),
    }
    with initialise(defs, ["a", "b", "shared"]) as values:
        assert values["a"].inner is values["b"].inner is values["shared"]
    assert LOG == ["+base", "+outer", "+b", "-b", "-outer", "-base"]


def test_teardown_runs_when_the_run_fails():
    """Whatever ends the run, each resource is torn down."""

    class Yielding(ConfigurableResource):
        @contextmanager
        def yield_for_execution(self, context):
            LOG.append("+y")
            yield self
            LOG.append("-y")

    @resource
    def generator():
        LOG.append("+g")
        yield 1
        LOG.append("-g")

    with (
        pytest.raises(KeyboardInterrupt),
        initialise({"y": Yielding(), "g": generator, "b": Base()}, ["y", "g", "b"]),
    ):
        raise KeyboardInterrupt
    assert LOG == ["+y", "+g", "+base", "-base", "-g", "-y"]


def test_a_resource_that_cannot_be_made():
    """An error while one is made names it, keeps its cause, and the others are torn down."""

    @resource
    def broken():
        raise ValueError("no route")

    with (
        pytest.raises(DagsterResourceFunctionError, match=r"ResourceDefinition bad: .*no route") as caught,
        initialise({"a": Base(), "bad": broken}, ["a", "bad"]),
    ):
        pass
    assert isinstance(caught.value.user_exception, ValueError)
    assert LOG == ["+base", "-base"]


def test_function_resources_require_others():
    """A function resource gets the ones it requires, made before it; others are not there for it."""

    @resource(required_resource_keys={"url"})
    def client(context):
        return f"client of {context.resources.url} {context.resource_config}"

    config = {"resources": {"client": {"config": {"retries": 2}}}}
    with initialise({"client": client, "url": "http://x"}, ["client"], run_config=config) as values:
        assert values == {"url": "http://x", "client": "client of http://x {'retries': 2}"}


def test_order_and_what_is_missing():
    """What is required comes first; a missing key and a circle are wrong definitions."""

    def needing(*keys):
        return resource(required_resource_keys=set(keys))(lambda: None)

    assert in_order({"a": needing("b", "c"), "b": needing("c"), "c": 1}, ["a"]) == ["c", "b", "a"]
    with pytest.raises(DagsterInvalidDefinitionError, match=r"'client' required was not provided.*'clients'"):
        in_order({"clients": 1}, ["client"])
    with pytest.raises(DagsterInvalidDefinitionError, match="required by resource with key 'a'"):
        in_order({"a": needing("z")}, ["a"])
    with pytest.raises(DagsterInvariantViolationError, match="a → b → a"):
        in_order({"a": needing("b"), "b": needing("a")}, ["a"])
    chain = {f"k{i}": needing(f"k{i + 1}") for i in range(2000)} | {"k2000": 1}
    assert len(in_order(chain, ["k0"])) == 2001


def test_a_generator_yields_once():
    """A generator without a yield, or with two, is no resource."""

    @resource
    def none():
        yield from ()

    @resource
    def twice():
        yield 1
        yield 2

    with (
        pytest.raises(DagsterInvariantViolationError, match="without a yield"),
        initialise({"r": none}, ["r"]),
    ):
        pass
    with (
        pytest.raises(DagsterInvariantViolationError, match="more than once"),
        initialise({"r": twice}, ["r"]),
    ):
        pass


def test_environment(monkeypatch):
    """Marks stay marks on the user's object; the copy has the values and does not show them."""
    monkeypatch.setenv("TOKEN", "s3cret")
    monkeypatch.setenv("N", "4")

    class Client(ConfigurableResource):
        token: str
        size: int
        tags: dict[str, str] = {}

    client = Client(token=EnvVar("TOKEN"), size=EnvVar.int("N"), tags={"t": EnvVar("TOKEN")})
    made = client.process_config_and_initialize()
    assert (made.token, made.size, made.tags) == ("s3cret", 4, {"t": "s3cret"})
    assert "s3cret" not in repr(made) + str(made) + repr(client)
    assert repr(client.token) == "EnvVar('TOKEN')"
    monkeypatch.delenv("TOKEN")
    with (
        pytest.raises(DagsterInvalidConfigError, match="'TOKEN', for root:resources:c:config:token"),
        initialise({"c": client}, ["c"]),
    ):
        pass
    monkeypatch.setenv("TOKEN", "t")
    monkeypatch.setenv("N", "s3cret")
    with pytest.raises(DagsterInvalidConfigError) as caught, initialise({"c": client}, ["c"]):
        pass
    assert "s3cret" not in str(caught.value)


def test_config_of_the_run():
    """The run's config sets fields over those given in Python, strictly; what is open must be given."""
    config = {"resources": {"r": {"config": {"name": "launched"}}}}
    for thing in (Base(), Base.configure_at_launch()):
        with initialise({"r": thing}, ["r"], run_config=config) as values:
            assert values["r"].name == "launched"
    wrong = {"resources": {"r": {"config": {"name": 3}}}}
    with (
        pytest.raises(DagsterInvalidConfigError, match=r'resources:r:config:name.*expected type "String"'),
        initialise({"r": Base()}, ["r"], run_config=wrong),
    ):
        pass

    class Needs(ConfigurableResource):
        url: str
        port: int

    with (
        pytest.raises(DagsterInvalidConfigError, match='Missing required config entry "url"'),
        initialise({"r": Needs.configure_at_launch(port=1)}, ["r"]),
    ):
        pass


def test_nested_resources_of_any_kind():
    """A nested resource may be of any type, a function resource, or left out."""

    class Holder(ConfigurableResource):
        client: ResourceDependency[str]
        base: Base

    @resource
    def maker():
        return "made"

    with initialise({"h": Holder(client=maker, base=Base())}, ["h"]) as values:
        assert values["h"].client == "made"
    assert Holder(client="plain").base is None


def test_factories():
    """A factory hands out what it creates, after its set-up."""

    class Maker(ConfigurableResourceFactory[list]):
        size: int = 2

        def create_resource(self, context):
            return [0] * self.size

    class Managers(ConfigurableIOManagerFactory[IOManager]):
        def create_io_manager(self, context):
            return Store()

    with initialise({"m": Maker(size=3), "io": Managers()}, ["m", "io"]) as values:
        assert values["m"] == [0, 0, 0]
        assert isinstance(values["io"], Store)


class Store(ConfigurableIOManager):
    base: str = "b"

    def handle_output(self, context, obj):
        return None

    def load_input(self, context):
        return self.base


def test_configurable_io_manager():
    """An IO manager with settings is a resource and an IO manager; both methods must be written."""
    with initialise({"io": Store(base="x"), "plain": 5}, ["io", "plain"]) as values:
        assert values["io"].load_input(None) == "x"
        assert isinstance(values["io"], IOManager)
        assert values["plain"] == 5

    class Half(ConfigurableIOManager):
        def load_input(self, context):
            return None

    with pytest.raises(TypeError):
        Half()


def test_outside_a_run():
    """A resource is initialised by hand, with its teardown; its context is there only then."""
    with pytest.raises(CheckError):
        Base().get_resource_context()
    with Base().process_config_and_initialize_cm() as made:
        assert isinstance(made.get_resource_context(), InitResourceContext)
    assert LOG == ["+base", "-base"]
    with pytest.raises(CheckError, match="process_config_and_initialize_cm"):
        Base().process_config_and_initialize()

    class Plain(ConfigurableResource):
        name: str

    assert Plain.from_resource_context(InitResourceContext({"name": "n"})).name == "n"


def test_one_object_under_two_keys():
    """Each key has a value of its own, made with its own config; nested, one object is made once."""

    @resource(config_schema=str)
    def text(context):
        return context.resource_config

    config = {"resources": {"a": {"config": "x"}, "b": {"config": "y"}}}
    with initialise({"a": text, "b": text}, ["a", "b"], run_config=config) as values:
        assert (values["a"], values["b"]) == ("x", "y")


def test_an_enum_by_name():
    """A field that is an enum takes the member, its value and, as a run's config writes it, its name."""

    class Kind(Enum):
        FIRST = "1st"

    class Made(ConfigurableResource):
        kind: Kind = Kind.FIRST

    assert Made(kind="FIRST").kind is Made(kind="1st").kind is Made(kind=Kind.FIRST).kind is Kind.FIRST


def test_a_nested_resource_completed_by_a_run():
    """A nested resource that a run completes is given under a key of its own as well."""

    class Inner(ConfigurableResource):
        a: str

    class Outer(ConfigurableResource):
        inner: Inner

    inner = Inner.configure_at_launch()
    config = {"resources": {"z": {"config": {"a": "q"}}}}
    with initialise({"outer": Outer(inner=inner), "z": inner}, ["outer"], run_config=config) as values:
        assert values["outer"].inner.a == "q"


def test_an_alias():
    """A field with an alias is written, given and read by it."""

    class Aliased(ConfigurableResource):
        field_name: dict[str, str] | None = Field(default=None, alias="written")

    made = Aliased(written={"a": "b"})
    assert made.to_config_form() == {"written": {"a": "b"}}
    config = {"resources": {"r": {"config": {"written": {"c": "d"}}}}}
    with initialise({"r": made}, ["r"], run_config=config) as values:
        assert values["r"].field_name == {"c": "d"}
    with initialise({"r": made}, ["r"]) as values:
        assert values["r"].field_name == {"a": "b"}

# ruff: noqa: PLW0108  a body is a function that uses an op, not the op
"""Laws of code versions (F7): config, resources and what variables hold count; secrets only by a keyed digest."""

import pytest
from pydantic import PrivateAttr

from assets import (
    AssetCheckResult,
    AssetKey,
    AssetOut,
    Config,
    ConfigMapping,
    ConfigurableResource,
    EnvVar,
    Field,
    IOManager,
    Out,
    Shape,
    asset,
    asset_check,
    config_mapping,
    graph,
    graph_asset,
    graph_multi_asset,
    io_manager,
    multi_asset,
    op,
    resource,
)
from assets.core.decide.codes import check_code, code_versions
from assets.core.graph import Graph
from assets.core.schema.env import marked, salt_with, salted
from assets.core.store.signing import Signer
from assets.core.versions.digest import digest

NAME = "ASSETS_TEST_TOKEN"


class Size(Config):
    rows: int = 1
    token: str = EnvVar(NAME)


class Client(ConfigurableResource):
    url: str = "u"
    token: str = ""


@asset
def sized(config: Size):
    return config.rows


@asset
def fetched(client: Client):
    return client.url


@resource(config_schema=str)
def text(context):
    return context.resource_config


@io_manager(config_schema=str)
def disk(context):
    return IOManager(context.resource_config)


@asset(io_manager_key="disk")
def kept():
    return 1


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv(NAME, "s3cret")


def version(definition, resources=None, config=None):
    return versions_of(definition, resources=resources, config=config)[min(definition.keys)]


def versions_of(*definitions, resources=None, config=None):
    made = Graph.of(definitions, ghosts=True)
    return code_versions(made, made.executable(), resources or {}, config or {})


def of_op(**config):
    return {"ops": {"sized": {"config": config}}}


def test_config_values_count():
    """Another value of a step's config is another version; of a step that is not this one it is none."""
    assert version(sized) == version(sized)
    assert version(sized, config=of_op(rows=2)) not in {version(sized), version(sized, config=of_op(rows=3))}
    assert version(sized, config={"ops": {"other": {"config": 3}}}) == version(sized)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Client(), Client(url="v")),
        (Client.configure_at_launch(), Client.configure_at_launch(url="v")),
        (text.configured("a"), text.configured("b")),
        (3, 4),
    ],
)
def test_the_configuration_of_resources_counts(one, other):
    """What a resource is configured with counts, in whatever way it was."""
    assert version(fetched, {"client": one}) == version(fetched, {"client": one})
    assert version(fetched, {"client": one}) != version(fetched, {"client": other})


def test_the_config_of_a_run_counts_for_resources_and_io_managers():
    """Set by a run's config or by `configured`, it is the same to the function."""
    for definition, key in ((fetched, "client"), (kept, "disk")):
        given = {"client": Client(), "disk": disk}
        runs = [{"resources": {key: {"config": value}}} for value in ({"url": "a"}, {"url": "b"})]
        versions = {version(definition, given, config) for config in ({}, *runs)}
        assert len(versions) == 3
    ways = (disk, disk.configured("a"), disk.configured("b"))
    assert len({version(kept, {"disk": way}) for way in ways}) == 3


@pytest.mark.parametrize(
    "ask",
    [
        lambda: version(sized),
        lambda: version(sized, config=of_op(token={"env": NAME})),
        lambda: version(fetched, {"client": Client(token=EnvVar(NAME))}),
        lambda: version(
            fetched, {"client": Client()}, {"resources": {"client": {"config": {"token": {"env": NAME}}}}}
        ),
        lambda: digest([EnvVar(NAME), EnvVar.int(NAME)]),
    ],
)
def test_what_a_variable_holds_counts(ask, monkeypatch):
    """A mark in a default, a config or a resource counts by what its variable holds now."""
    before = ask()
    assert before == ask()
    monkeypatch.setenv(NAME, "other")
    assert before != ask()
    monkeypatch.delenv(NAME)
    assert before != ask()


def test_a_secret_counts_by_a_keyed_digest(tmp_path):
    """Whoever has the key gets the same digest in any process; without it nobody can try values."""
    unkeyed = salted(NAME)
    assert "s3cret" not in unkeyed
    try:
        salt_with(Signer(tmp_path / "key").salt)
        ours = salted(NAME)
        salt_with(Signer(tmp_path / "key").salt)
        assert salted(NAME) == ours
        salt_with(Signer(tmp_path / "another").salt)
        assert len({ours, unkeyed, salted(NAME)}) == 3
    finally:
        salt_with(lambda: b"of the tests")


def test_marks_of_a_config():
    """Where a config names a variable there is a mark; other mappings stay as they are."""
    assert marked({"a": [{"env": NAME}], "env": 3}) == {"a": [EnvVar(NAME)], "env": 3}


# Graphs of ops.


@op
def one():
    return 1


@op(config_schema={"n": int})
def told(context):
    return context.op_config["n"]


@op
def less(x, y):
    return x - y


def of_graph(body, **options):
    return version(graph_asset(name="made", **options)(body))


def number(n):
    return op(name="number")(lambda: n)


def fixed(n):
    return {"told": {"config": {"n": n}}}


def inside(n, *, mapping):
    """A graph with config in a graph asset."""
    config = ConfigMapping(lambda _: fixed(n), {}) if mapping else fixed(n)
    inner = graph(name="inner", config=config)(lambda: told())
    return of_graph(lambda: inner())


WAYS = {
    "an op": lambda n: of_graph(lambda: number(n)()),
    "an op of an inner graph": lambda n: of_graph(lambda: graph(name="g")(lambda: number(n)())()),
    "which op reads which": lambda n: of_graph(lambda: less(*[one(), told()][:: 3 - 2 * n])),
    "config of the graph": lambda n: of_graph(lambda: told(), config=fixed(n)),
    "config of an inner graph": lambda n: inside(n, mapping=False),
    "a mapping of an inner graph": lambda n: inside(n, mapping=True),
    "config of an op": lambda n: of_graph(lambda: told.configured({"n": n}, name="k")()),
    "config of a configured op": lambda n: of_graph(
        lambda: told.configured(lambda m: {"n": m}, "k", int).configured(n, "l")()
    ),
    "a function that makes config": lambda n: of_graph(
        lambda: told.configured(lambda m: {"n": m + n}, "k", int)()
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_changes_what_a_graph_makes_counts(way):
    """Its ops, how they are connected, and the config that is part of it; the same is the same."""
    make = WAYS[way]
    assert make(1) == make(1)
    assert make(1) != make(2)


def body():
    return 1, 2


def test_which_output_is_which_asset_counts():
    """A tuple is handed out by place, an `Output` by name; what a function reports by key is nobody's place."""

    def both(*names, **outs):
        outs = outs or {name: AssetOut() for name in names}
        return versions_of(multi_asset(name="both", outs=outs)(body))

    assert both("a", "b") == both("a", "b")
    assert both("a", "b") != both("b", "a")
    keys = {"x": AssetOut(key="a"), "y": AssetOut(key="b")}
    assert both(**keys) != both(x=AssetOut(key="b"), y=AssetOut(key="a"))
    assert both(**keys) != both(z=AssetOut(key="a"), y=AssetOut(key="b"))


def test_which_output_of_an_op_is_which_counts():
    """Its outputs by place, and the outputs of its graph by key."""

    def of(names, outs, key):
        pair = op(name="pair", out={name: Out() for name in names})(body)

        @graph_multi_asset(outs={"a": AssetOut(), "b": AssetOut(key=key)})
        def made():
            got = pair()
            return {"a": getattr(got, outs[0]), "b": getattr(got, outs[1])}

        return versions_of(made)[AssetKey("a")]

    first = of("pq", "pq", "b")
    assert first == of("pq", "pq", "b")
    assert len({first, of("qp", "pq", "b"), of("pq", "qp", "b"), of("pq", "pq", "c")}) == 4


def schemas():
    """Pairs of a schema and one that reaches the function otherwise."""
    yield {"n": Field(int, default_value=1)}, {"n": Field(int, default_value=2)}
    yield {"s": Shape({"n": Field(int, default_value=1)})}, {"s": Shape({"n": Field(int, default_value=9)})}
    yield {"n": Field(int, default_value=1)}, {"n": Field(float, default_value=1)}
    yield (
        {"r": Field(int), "n": Field([{"k": Field(int, default_value=1)}], default_value=[])},
        {"r": Field(int), "n": Field([{"k": Field(int, default_value=2)}], default_value=[])},
    )


@pytest.mark.parametrize(("one", "other"), schemas())
def test_the_defaults_of_a_schema_count(one, other):
    """Of an asset, a check, an op and a config mapping; its descriptions do not."""

    def read(context):
        return context

    def of_asset(schema):
        return version(asset(name="a", config_schema=schema)(read))

    def of_check(schema):
        checked = asset_check(asset="a", name="c", config_schema=schema)(
            lambda: AssetCheckResult(passed=True)
        )
        return check_code(checked, Graph.of([checked]), {}, {})

    def of_op(schema):
        step = op(name="step", config_schema=schema)(read)
        return version(graph_asset(name="a")(lambda: step()))

    def of_mapping(schema):
        @config_mapping(config_schema=schema)
        def mapped(val):
            return {}

        step = op(name="step")(read)
        return version(graph_asset(name="a", config=mapped)(lambda: step()))

    for of in (of_asset, of_check, of_op, of_mapping):
        assert of(one) == of(one)
        assert of(one) != of(other)
    assert of_asset({"n": Field(int, description="how many")}) == of_asset({"n": Field(int)})


def test_the_managers_that_load_what_an_asset_reads_count():
    """Their settings and their code: a value may come out of them otherwise than it went in."""

    def manager(more):
        class Keeps(IOManager):
            def handle_output(self, context, obj):
                raise NotImplementedError

            def load_input(self, context):
                return more

        return Keeps()

    @asset(io_manager_key="keeps")
    def above():
        return 1

    @asset
    def below(above):
        return above

    @asset(deps=[above])
    def after():
        return 1

    one, other = (versions_of(above, below, after, resources={"keeps": manager(n)}) for n in (1, 2))
    changed = {key.to_user_string() for key in one if one[key] != other[key]}
    assert changed == {"above", "below"}
    again = versions_of(above, below, after, resources={"keeps": manager(1)})
    assert again == one


def test_a_config_class_that_was_used_is_the_same():
    """What pydantic notes in the class at its first instance is no change of it."""

    def fresh(factory):
        class Fresh(Config):
            n: int = 1
            _seen: list = PrivateAttr(default_factory=factory)

        def make():
            return Fresh().n

        return make

    make = fresh(list)

    before = version(asset(make))
    make()
    assert version(asset(make)) == before
    assert version(asset(fresh(lambda: [1]))) != before

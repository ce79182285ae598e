"""Laws of staleness in the reference's words: the decision is ours, one layer at a time."""

from __future__ import annotations

import pytest

from assets import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetSpec,
    CachingStaleStatusResolver,
    DagsterInstance,
    DagsterInvariantViolationError,
    DataVersion,
    Definitions,
    Output,
    StaleCause,
    StaleCauseCategory,
    StaleStatus,
    StaticPartitionsDefinition,
    asset,
    materialize,
)
from assets.core.decide.staleness import AssetKeyPartitionKey, roots

CODE, DATA, DEPENDENCIES = StaleCauseCategory.CODE, StaleCauseCategory.DATA, StaleCauseCategory.DEPENDENCIES
MISSING, STALE, FRESH = StaleStatus.MISSING, StaleStatus.STALE, StaleStatus.FRESH


@pytest.fixture
def instance():
    return DagsterInstance.ephemeral()


def chain(version="v1", value="1", extra=(), drop=False):
    """Assets a → b → c; a's code version and value as given."""

    @asset(code_version=version)
    def a():
        return value

    @asset(code_version="v1", deps=[*([] if drop else [a]), *extra])
    def b(context):
        del context
        return Output("b", data_version=DataVersion(f"b of {value}"))

    @asset(deps=[b], code_version="v1")
    def c():
        return "c"

    return [a, b, c]


class Asked:
    def __init__(self, instance, assets):
        self.resolver = CachingStaleStatusResolver(instance, assets)

    def states(self, *names):
        return [self.resolver.get_status(AssetKey(name)) for name in names]

    def causes(self, name, partition=None):
        found = self.resolver.get_stale_causes(AssetKey(name), partition)
        return [(cause.category, cause.reason, cause.dependency) for cause in found]


def test_nothing_run(instance):
    """What was never made is missing, and has no causes."""
    asked = Asked(instance, chain())
    assert asked.states("a", "b", "c") == [MISSING] * 3
    assert asked.causes("b") == []
    assert asked.resolver.get_current_data_version(AssetKey("a")) == DataVersion("NULL")


def test_all_run(instance):
    """What was just made is fresh, and made again with the same result everything stays so."""
    materialize(chain(), instance=instance)
    assert Asked(instance, chain()).states("a", "b", "c") == [FRESH] * 3
    materialize(chain(), instance=instance, selection="a")
    assert Asked(instance, chain()).states("a", "b", "c") == [FRESH] * 3


def test_new_code(instance):
    """New code makes stale what it makes, and what reads it only once it came out different: layer by layer."""
    materialize(chain(), instance=instance)
    new = chain("v2", "2")
    asked = Asked(instance, new)
    assert asked.states("a", "b", "c") == [STALE, FRESH, FRESH]
    assert asked.causes("a") == [(CODE, "has a new code version", None)]
    materialize(new, instance=instance, selection="a")
    asked = Asked(instance, new)
    assert asked.states("a", "b", "c") == [FRESH, STALE, FRESH]
    assert asked.causes("b") == [(DATA, "has a new dependency data version", AssetKey("a"))]
    (root,) = asked.resolver.get_stale_root_causes(AssetKey("b"))
    assert (root.asset_key, root.category, root.reason) == (AssetKey("a"), DATA, "has a new data version")
    materialize(new, instance=instance, selection="b")
    assert Asked(instance, new).states("a", "b", "c") == [FRESH, FRESH, STALE]
    materialize(new, instance=instance, selection="c")
    assert Asked(instance, new).states("a", "b", "c") == [FRESH, FRESH, FRESH]


def test_other_dependencies(instance):
    """A dependency more or less makes stale, and says which one."""
    materialize(chain(), instance=instance)
    more = Asked(instance, chain(extra=["x"]))
    assert more.states("a", "b", "c") == [FRESH, STALE, FRESH]
    assert more.causes("b") == [(DEPENDENCIES, "has a new dependency on x", AssetKey("x"))]
    less = Asked(instance, chain(drop=True))
    assert less.causes("b") == [(DEPENDENCIES, "removed dependency on a", AssetKey("a"))]


def test_external_assets(instance):
    """What is made elsewhere is always fresh; what was reported or seen of it last is its version."""
    source = AssetSpec("s")

    @asset(deps=[source], code_version="1")
    def w():
        return 1

    def version():
        return Asked(instance, [source, w]).resolver.get_current_data_version(source.key).value

    assert version() == "INITIAL"
    materialize([source, w], instance=instance)
    for event, expected, state in (
        (AssetMaterialization("s"), "INITIAL", FRESH),
        (AssetObservation("s", tags={"dagster/data_version": "1"}), "1", STALE),
        (AssetMaterialization("s", tags={"dagster/data_version": "2"}), "2", STALE),
        (AssetObservation("s"), "2", STALE),
    ):
        instance.report_runless_asset_event(event)
        assert version() == expected
        assert Asked(instance, [source, w]).states("s", "w") == [FRESH, state]
    materialize([source, w], instance=instance)
    assert Asked(instance, [source, w]).states("s", "w") == [FRESH, FRESH]


def test_partitions(instance):
    """Partitions are asked one by one; a cause names the upstream partitions that were made anew."""
    letters = StaticPartitionsDefinition(["x", "y", "z"])
    value = {"now": 1}

    @asset(partitions_def=letters, code_version="1")
    def u(context):
        return value["now"], context.partition_key

    @asset(partitions_def=letters, code_version="1")
    def d(u):
        return u

    @asset(code_version="1")
    def whole(u):
        return len(u)

    every = [u, d, whole]
    for key in ("x", "y"):
        materialize([u, d], instance=instance, partition_key=key)
    materialize([u], instance=instance, partition_key="z")
    materialize(every, instance=instance, selection="whole")
    asked = Asked(instance, every).resolver
    assert asked.get_status(u.key) is FRESH
    assert [asked.get_status(d.key, key) for key in "xyz"] == [FRESH, FRESH, MISSING]
    value["now"] = 2
    materialize(every, instance=instance, selection="u", partition_key="y")
    asked = Asked(instance, every)
    states = [asked.resolver.get_status(d.key, key) for key in "xyz"]
    assert states == [FRESH, STALE, MISSING]
    y = AssetKeyPartitionKey(u.key, "y")
    assert asked.causes("d", "y") == [(DATA, "has a new dependency data version", y)]
    assert asked.causes("whole") == [(DATA, "has a new dependency data version", y)]
    (cause,) = asked.resolver.get_stale_causes(d.key, "y")
    assert (cause.asset_key, cause.partition_key) == (d.key, "y")
    assert (cause.dependency_asset_key, cause.dependency_partition_key) == (u.key, "y")
    with pytest.raises(DagsterInvariantViolationError, match="which partition"):
        asked.resolver.get_current_data_version(u.key)


def test_a_failed_attempt(instance):
    """What failed is due: stale if something stands for it, missing if nothing does."""
    fail = {"now": False}

    @asset(code_version="1")
    def f():
        if fail["now"]:
            raise ValueError("no")
        return 1

    materialize([f], instance=instance)
    fail["now"] = True
    materialize([f], instance=instance, raise_on_error=False)
    asked = Asked(instance, [f])
    assert asked.states("f") == [STALE]
    ((category, reason, _),) = asked.causes("f")
    assert category is DATA
    assert reason.startswith("its last attempt failed")
    instance.wipe_assets([f.key])
    assert Asked(instance, [f]).states("f") == [MISSING]


def test_what_it_is_asked_of(instance):
    """A graph, definitions, or a function that gives a graph will do; it answers as of its first question."""
    graph = Definitions(assets=chain()).resolve_asset_graph()
    for given in (graph, chain(), lambda: graph):
        assert CachingStaleStatusResolver(instance, given).get_status(AssetKey("a")) is MISSING
    resolver = CachingStaleStatusResolver(instance, graph, None)
    assert resolver.get_status(AssetKey("a")) is MISSING
    materialize(chain(), instance=instance)
    assert resolver.get_status(AssetKey("b")) is MISSING


def test_root_causes():
    """They are the causes without children, each once, in order."""
    leaf = StaleCause(AssetKey("a"), CODE, "has a new code version")
    other = StaleCause(AssetKey("b"), DATA, "has a new data version")
    top = [
        StaleCause(AssetKey("c"), DATA, "new", AssetKey("a"), [leaf, other]),
        StaleCause(AssetKey("c"), DATA, "new", AssetKey("b"), [leaf]),
    ]
    assert roots(top) == [leaf, other]
    assert roots([]) == []

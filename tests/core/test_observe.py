"""Laws of looking at what is made elsewhere: what is recorded, and what becomes of what reads it."""

from __future__ import annotations

import pytest

from assets import (
    AssetExecutionContext,
    AssetKey,
    AssetObservation,
    AssetSpec,
    CheckError,
    Config,
    ConfigurableResource,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvalidObservationError,
    DagsterInvalidSubsetError,
    DagsterUnknownPartitionError,
    DataVersion,
    DataVersionsByPartition,
    ObserveResult,
    RunFailedError,
    SourceAsset,
    StaticPartitionsDefinition,
    asset,
    materialize,
    multi_observable_source_asset,
    observable_source_asset,
    observe,
)

LETTERS = StaticPartitionsDefinition(["a", "b"])


@pytest.fixture
def instance():
    return DagsterInstance.ephemeral()


class Db(ConfigurableResource):
    version: str = "q"


class Options(Config):
    n: int = 3


def seen(instance, key):
    found = instance.fetch_observations(AssetKey(key), limit=20, ascending=True).records
    return [(record.partition_key, record.event_log_entry.tags) for record in found]


def test_the_version_is_recorded(instance):
    """S112: a `DataVersion` is the tag `dagster/data_version` of an observation; nothing else is written."""

    @observable_source_asset
    def o():
        return DataVersion("1")

    result = observe([o], instance=instance)
    assert result.success
    assert seen(instance, "o") == [(None, {"dagster/data_version": "1"})]
    assert instance.get_latest_materialization_event(o.key) is None
    (event,) = result.get_asset_observation_events()
    assert event.asset_observation.data_version == "1"


@pytest.mark.parametrize("wrong", [3, None], ids=repr)
def test_what_is_no_observation(instance, wrong):
    """S112: returning a number or `None` is an error, and nothing is recorded."""

    @observable_source_asset
    def o():
        return wrong

    with pytest.raises(DagsterInvalidObservationError):
        observe([o], instance=instance)
    assert seen(instance, "o") == []
    assert not observe([o], instance=instance, raise_on_error=False).success


def test_one_observation_for_each_partition(instance):
    """S113: `DataVersionsByPartition` gives an observation per key."""

    @observable_source_asset(partitions_def=LETTERS)
    def o():
        return DataVersionsByPartition({"a": "1", "b": DataVersion("2")})

    observe([o], instance=instance)
    assert seen(instance, "o") == [
        ("a", {"dagster/data_version": "1"}),
        ("b", {"dagster/data_version": "2"}),
    ]


def test_one_partition(instance):
    """The partition that is asked for is in the context, and on the observation; an unknown one is an error."""

    @observable_source_asset(partitions_def=LETTERS)
    def o(context):
        return ObserveResult(data_version=DataVersion(context.partition_key * 2))

    observe([o], instance=instance, partition_key="b")
    assert seen(instance, "o") == [("b", {"dagster/data_version": "bb"})]
    with pytest.raises(DagsterUnknownPartitionError):
        observe([o], instance=instance, partition_key="c")


def test_materialize_passes_over(instance):
    """S114: `materialize` runs no function that observes."""

    @observable_source_asset
    def o():
        raise AssertionError

    @asset(deps=[o])
    def w():
        return 1

    assert materialize([o, w], instance=instance).success
    assert seen(instance, "o") == []
    assert instance.get_asset_keys() == [w.key]


def test_observe_passes_over(instance):
    """Assets that can be materialized, and those that nothing looks at, are passed over; nothing at all is fine."""

    @asset
    def a():
        raise AssertionError

    assert observe([a, AssetSpec("s")], instance=instance).success
    assert observe([], instance=instance).success
    assert instance.get_asset_keys() == []
    with pytest.raises(CheckError):
        observe("x")
    with pytest.raises(CheckError):
        observe([3])


def test_all_that_a_result_says(instance):
    """S115: metadata, tags and data version of an `ObserveResult` are on the observation."""

    @observable_source_asset
    def o(context: AssetExecutionContext):
        context.log_event(AssetObservation("beside"))
        return ObserveResult(metadata={"rows": 3}, tags={"t": "1"}, data_version=DataVersion("z"))

    observe([o], instance=instance, tags={"why": "x"})
    (record,) = instance.fetch_observations(o.key, limit=3).records
    told = record.asset_observation
    assert (told.tags, told.metadata["rows"].value) == ({"dagster/data_version": "z", "t": "1"}, 3)
    assert len(seen(instance, "beside")) == 1
    assert instance.get_run_by_id(record.run_id).tags == {"why": "x"}


def test_context_config_and_resources(instance):
    """The function gets what it asks for, as an asset does; a resource that is missing is an error."""

    @observable_source_asset
    def o(context, config: Options, db: Db):
        return DataVersion(f"{context.asset_key.to_user_string()} {config.n} {db.version}")

    observe(
        [o],
        instance=instance,
        resources={"db": Db(version="w")},
        run_config={"ops": {"o": {"config": {"n": 5}}}},
    )
    assert seen(instance, "o")[0][1]["dagster/data_version"] == "o 5 w"
    with pytest.raises(DagsterInvalidDefinitionError):
        observe([o], instance=instance)


def test_a_source_asset_with_a_function(instance):
    """The older class is looked at alike, also by a coroutine."""

    async def look():
        return DataVersion("async")

    with pytest.warns(DeprecationWarning, match="SourceAsset"):
        o = SourceAsset("o", observe_fn=look)
    observe([o], instance=instance)
    assert seen(instance, "o") == [(None, {"dagster/data_version": "async"})]


def test_many_at_once(instance):
    """S109: one function writes an observation for each result that it yields."""
    calls = []

    @multi_observable_source_asset(specs=[AssetSpec("m1"), AssetSpec("m2")])
    def m():
        calls.append(1)
        yield ObserveResult("m1", data_version=DataVersion("1"), metadata={"k": 2})
        yield ObserveResult("m2")

    assert observe([m], instance=instance).success
    assert m.is_observable
    assert calls == [1]
    assert seen(instance, "m1") == [
        (None, {"dagster/data_version": "1", "dagster/data_version_is_user_provided": "true"})
    ]
    assert seen(instance, "m2") == [(None, {})]


def test_a_part_of_many(instance):
    """A function that can look at a part says nothing of the rest."""

    @multi_observable_source_asset(specs=[AssetSpec("m1"), AssetSpec("m2")], can_subset=True)
    def m(context):
        assert context.selected_asset_keys == {AssetKey("m1"), AssetKey("m2")}
        yield ObserveResult("m1")

    assert observe([m], instance=instance).success
    assert instance.get_asset_keys() == [AssetKey("m1")]


def test_observations_are_logged_by_assets(instance):
    """S132: an observation that a body yields or logs is recorded; a text as key is split on `/`."""

    @asset
    def a(context):
        context.log_event(AssetObservation("x/y", tags={"dagster/data_version": "7"}))
        return 1

    result = materialize([a], instance=instance)
    (event,) = result.get_asset_observation_events()
    assert event.event_type_value == "ASSET_OBSERVATION"
    (record,) = instance.fetch_observations(AssetKey(["x", "y"]), limit=3).records
    assert record.asset_observation.data_version == "7"


SOURCE = """
    from assets import DataVersion, asset, observable_source_asset

    @observable_source_asset
    def prices():
        if version == "bad":
            raise ValueError("gone")
        return DataVersion(version)
"""
READER = """
    @asset(deps=["prices"])
    def report():
        return "the same"
"""


@pytest.fixture
def shop(cells):
    cells.namespace["version"] = "1"
    cells.run("source", SOURCE)
    cells.run("reader", READER)
    return cells


def test_a_new_version_makes_what_reads_it_stale(shop):
    """A consumer is stale when what it reads was seen at another version, and only then."""
    observe_ = shop.workspace.observe
    assert [str(piece) for piece in observe_().built] == ["prices"]
    shop.materialize()
    assert shop.states() == {"prices": "external", "report": "fresh"}
    observe_("prices")
    assert shop.states()["report"] == "fresh"
    shop.namespace["version"] = "2"
    observe_()
    assert shop.states() == {"prices": "external", "report": "stale"}
    assert shop.workspace.history("prices")[0].event.version == "2"
    assert shop.materialize() == ["report"]
    assert shop.states()["report"] == "fresh"


def test_a_workspace_says_what_it_looked_at(shop):
    """The summary names it; a failure is raised at the end; what cannot be looked at is said."""
    summary = shop.workspace.observe()
    assert summary.text() == "observed 1"
    assert summary.success
    with pytest.raises(DagsterInvalidSubsetError, match=r"looks at 'report'.*'prices'"):
        shop.workspace.observe("report")
    shop.namespace["version"] = "bad"
    with pytest.raises(RunFailedError, match="prices"):
        shop.workspace.observe()
    assert shop.states()["prices"] == "external"
    assert shop.workspace.facts().observed(AssetKey("prices")).version == "1"

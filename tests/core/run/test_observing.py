"""Laws of reading what a function that observes gave."""

from __future__ import annotations

import pytest

from assets import (
    AssetCheckResult,
    AssetKey,
    AssetObservation,
    AssetSpec,
    DagsterInvalidObservationError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    DataVersion,
    DataVersionsByPartition,
    MaterializeResult,
    ObserveResult,
    StaticPartitionsDefinition,
    multi_observable_source_asset,
    observable_source_asset,
)
from assets.core.define.observables import observer_of
from assets.core.run.call import Said
from assets.core.run.observing import observations


def one(partitions=None):
    @observable_source_asset(partitions_def=partitions)
    def o(): ...

    return observer_of(o)


def many(can_subset=False):
    @multi_observable_source_asset(specs=[AssetSpec("m1"), AssetSpec("m2")], can_subset=can_subset)
    def m(): ...

    return m


def seen(definition, returned=None, yields=None, partition=None):
    found = observations(Said(returned, yields), definition, tuple(definition.keys), "run", partition)
    return [(str(event.piece), event.version) for event in found.events]


LETTERS = StaticPartitionsDefinition(["a", "b"])


def test_what_a_function_may_give():
    """A version, versions by partition, or a result with or without a version."""
    assert seen(one(), DataVersion("1")) == [("o", "1")]
    assert seen(one(), ObserveResult(data_version=DataVersion("2"))) == [("o", "2")]
    assert seen(one(), ObserveResult()) == [("o", None)]
    assert seen(one(), yields=[ObserveResult("o")]) == [("o", None)]
    assert seen(one(LETTERS), DataVersionsByPartition({"a": "1", "b": "2"})) == [("o@a", "1"), ("o@b", "2")]
    assert seen(one(LETTERS), DataVersionsByPartition({})) == []
    assert seen(one(LETTERS), ObserveResult(data_version=DataVersion("3")), partition="b") == [("o@b", "3")]
    assert seen(many(), (ObserveResult("m2"), ObserveResult("m1"))) == [("m2", None), ("m1", None)]
    assert seen(many(can_subset=True), yields=[ObserveResult("m2")]) == [("m2", None)]


@pytest.mark.parametrize(
    "wrong", [3, None, "1", MaterializeResult(), [], DataVersionsByPartition({"a": "1"})], ids=repr
)
def test_what_says_nothing(wrong):
    """S112: anything else is no observation."""
    with pytest.raises(DagsterInvalidObservationError):
        seen(one(), wrong)


def test_versions_of_the_wrong_kind():
    """Partitions need versions by partition; several assets need a result each."""
    with pytest.raises(DagsterInvalidObservationError, match="DataVersionsByPartition"):
        seen(one(LETTERS), DataVersion("1"))
    with pytest.raises(DagsterInvalidObservationError, match="several assets"):
        seen(many(), DataVersion("1"))


def test_results_of_the_wrong_asset():
    """An asset that is not looked at, one that is not named, and one that is named twice are refused."""
    with pytest.raises(DagsterInvariantViolationError, match="not to look at"):
        seen(one(), ObserveResult("other"))
    with pytest.raises(DagsterInvariantViolationError, match="must name"):
        seen(many(), yields=[ObserveResult()])
    with pytest.raises(DagsterInvariantViolationError, match="twice"):
        seen(many(), yields=[ObserveResult("m1"), ObserveResult("m1")])


def test_an_asset_of_which_nothing_is_said():
    """Each asset must be spoken of, unless they can be looked at apart, or the function failed."""
    with pytest.raises(DagsterStepOutputNotFoundError, match="m2"):
        seen(many(), yields=[ObserveResult("m1")])
    failed = Said(yields=[ObserveResult("m1")])
    failed.error = ValueError("no")
    found = observations(failed, many(), (AssetKey("m1"), AssetKey("m2")), "run")
    assert found.seen == {AssetKey("m1")}


def test_all_that_is_said_is_recorded():
    """S115: metadata, tags and version are on the observation; checks and other records are kept apart."""
    check = AssetCheckResult(passed=True, check_name="c")
    result = ObserveResult(
        metadata={"rows": 3}, tags={"t": "1"}, data_version=DataVersion("z"), check_results=[check]
    )
    found = observations(Said(result), one(), (AssetKey("o"),), "run", metadata={"result": {"more": 1}})
    (event,) = found.events
    assert (event.run, event.version, event.tags) == ("run", "z", {"t": "1"})
    assert {name: value.value for name, value in event.metadata.items()} == {"rows": 3, "more": 1}
    assert found.checks == [check]
    beside = AssetObservation("x")
    both = observations(Said(yields=[beside, ObserveResult()]), one(), (AssetKey("o"),), "run")
    assert both.records == [beside]


def test_a_version_of_many_is_provided_by_the_user():
    """Where one function looks at several assets, a tag says so; else only the version is written."""
    results = [ObserveResult("m1", data_version=DataVersion("1")), ObserveResult("m2")]
    first, second = observations(Said(yields=results), many(), (AssetKey("m1"), AssetKey("m2")), "run").events
    assert first.tags == {"dagster/data_version_is_user_provided": "true"}
    assert second.tags == {}
    (single,) = observations(Said(DataVersion("1")), one(), (AssetKey("o"),), "run").events
    assert single.tags == {}

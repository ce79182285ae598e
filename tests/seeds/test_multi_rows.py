"""Rows of the founding pages about functions that make several assets, and assets made of ops."""

from __future__ import annotations

import pytest

from assets import (
    AssetKey,
    AssetOut,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    MaterializeResult,
    Out,
    asset,
    graph,
    graph_asset,
    graph_multi_asset,
    materialize,
    multi_asset,
    op,
)


@op
def addone(number):
    return number + 1


@op
def one():
    return 1


def made(result):
    return {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}


def test_s68_backfill_policy():
    """S68: what a policy says of its runs."""
    assert BackfillPolicy.single_run().max_partitions_per_run is None
    assert BackfillPolicy.multi_run().max_partitions_per_run == 1


def test_s100_definitions_of_ops_and_graphs():
    """S100: the key is the name of the op or graph; with several outputs, the names of these."""

    @op(out={"left": Out(), "right": Out()})
    def both():
        return 1, 2

    @graph
    def chain():
        return addone(one())

    assert AssetsDefinition.from_op(one).keys == {AssetKey("one")}
    assert AssetsDefinition.from_graph(chain).keys == {AssetKey("chain")}
    assert AssetsDefinition.from_op(both).keys == {AssetKey("left"), AssetKey("right")}


def test_s102_an_asset_of_two_ops():
    """S102: each op is a step with a key of its own; the asset is made once."""

    @asset
    def start():
        return 1

    @graph_asset
    def ga(start):
        return addone(addone(start))

    result = materialize([start, ga])
    steps = [event.step_key for event in result.all_events if event.event_type_value == "STEP_SUCCESS"]
    assert steps[-2:] == ["ga.addone", "ga.addone_2"]
    assert result.asset_value("ga") == 3
    assert sum(event.asset_key == AssetKey("ga") for event in result.get_asset_materialization_events()) == 1


@pytest.mark.parametrize("returned", [5, None])
def test_s103_a_body_that_gives_no_op(returned):
    """S103: a graph asset's body gives what an op gave, not a value and not nothing."""
    with pytest.raises(DagsterInvalidDefinitionError):

        @graph_asset
        def ga():
            one()
            return returned


def test_s104_assets_of_one_graph():
    """S104: a dict of outputs makes each asset."""

    @graph_multi_asset(outs={"first": AssetOut(), "second": AssetOut()})
    def both():
        number = one()
        return {"first": number, "second": addone(number)}

    result = materialize([both])
    assert made(result) == {"first", "second"}
    assert (result.asset_value("first"), result.asset_value("second")) == (1, 2)


def test_s105_specs_and_no_result():
    """S105: a function that reports nothing has made all that it declares."""

    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")])
    def both():
        return None

    assert made(materialize([both])) == {"a", "b"}


def test_s106_a_tuple_is_the_outputs_and_a_dict_is_not():
    """S106: values in the order of the outputs."""

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both():
        return 1, 2

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def named():
        return {"a": 1, "b": 2}

    assert materialize([both]).asset_value("b") == 2
    with pytest.raises(DagsterInvariantViolationError):
        materialize([named])


def test_s107_a_subset():
    """S107: only what is selected is made, and the context says so; without `can_subset` it is an error."""
    seen = []

    def body(context):
        seen.append((context.is_subset, set(context.selected_asset_keys)))
        for key in context.selected_asset_keys:
            yield MaterializeResult(asset_key=key)

    specs = [AssetSpec("a", skippable=True), AssetSpec("b", skippable=True)]
    parts = multi_asset(name="parts", specs=specs, can_subset=True)(body)
    assert made(materialize([parts], selection=["a"])) == {"a"}
    assert seen == [(True, {AssetKey("a")})]
    whole = multi_asset(name="whole", specs=specs)(body)
    with pytest.raises(DagsterInvalidDefinitionError):
        materialize([whole], selection=["a"])


def test_s108_a_skippable_spec():
    """S108: what is not reported and may be skipped is not made; the run succeeds."""

    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b", skippable=True)])
    def some():
        yield MaterializeResult(asset_key="a")

    result = materialize([some])
    assert result.success
    assert made(result) == {"a"}

"""Laws of assets that are made elsewhere and looked at: what is declared of them."""

from __future__ import annotations

import warnings

import pytest

from assets import (
    AssetCheckSpec,
    AssetKey,
    AssetSpec,
    CheckError,
    Config,
    ConfigurableResource,
    DagsterInvalidDefinitionError,
    DataVersion,
    ObserveResult,
    SourceAsset,
    StaticPartitionsDefinition,
    asset,
    multi_observable_source_asset,
    observable_source_asset,
)
from assets.core.graph import Graph


class Db(ConfigurableResource): ...


class Options(Config):
    n: int = 1


def test_a_bare_function():
    """S112: the decorator gives a source asset that is observable and not callable, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        @observable_source_asset
        def prices():
            return DataVersion("1")

    assert isinstance(prices, SourceAsset)
    assert prices.key == AssetKey("prices")
    assert prices.is_observable
    assert not callable(prices)


def test_every_option():
    """What is said of it stands in the source asset and in its node."""

    @observable_source_asset(
        name="n",
        key_prefix=["p", "q"],
        metadata={"m": 1},
        io_manager_key="io",
        description="words",
        group_name="g",
        required_resource_keys={"r"},
        partitions_def=StaticPartitionsDefinition(["x"]),
        op_tags={"o": "1"},
        tags={"t": "1"},
    )
    def looked(): ...

    (node,) = Graph.of([looked]).nodes.values()
    assert looked.key == node.key == AssetKey(["p", "q", "n"])
    assert (looked.io_manager_key, looked.raw_metadata["m"], looked.op_tags) == ("io", 1, {"o": "1"})
    spec = node.spec
    assert (spec.group_name, spec.description, spec.tags) == ("g", "words", {"t": "1"})
    assert node.partitions == StaticPartitionsDefinition(["x"])
    assert node.observer.resource_keys == {"r"}
    assert node.observer.op_tags == {"o": "1"}


def test_what_cannot_be_declared():
    """A key beside a name, a parameter that would be an input, and two ways of resources are refused."""
    with pytest.raises(DagsterInvalidDefinitionError, match="key is complete"):
        observable_source_asset(name="a", key="b")(lambda: DataVersion("1"))
    with pytest.raises(DagsterInvalidDefinitionError, match="gets no values"):

        @observable_source_asset
        def reads(prices): ...

    with pytest.raises(CheckError, match="one of the two ways"):

        @observable_source_asset(required_resource_keys={"x"})
        def both(db: Db): ...

    with pytest.raises(CheckError, match="io_manager"):
        observable_source_asset(name="a", io_manager_key="x", io_manager_def=object())(lambda: None)


def test_context_config_and_resources():
    """The function may ask for a context, a config and resources."""

    @observable_source_asset
    def looked(context, config: Options, db: Db): ...

    observer = Graph.of([looked]).nodes[looked.key].observer
    assert observer.context_param == "context"
    assert set(observer.config_param) == {"config"}
    assert observer.resource_keys == {"db"}


def test_it_is_external_in_a_graph():
    """An observable is an external node with an observer; what reads it is an ordinary asset."""

    @observable_source_asset
    def prices():
        return DataVersion("1")

    @asset
    def report(prices): ...

    graph = Graph.of([prices, report])
    assert graph.nodes[prices.key].kind == "external"
    assert graph.nodes[prices.key].definition is None
    assert graph.nodes[prices.key].observer.is_observable
    assert graph.executable() == [report.key]
    assert graph.nodes[report.key].inputs[0].observed


def test_many_at_once():
    """S109: the definition is observable and external, not materializable; called, it gives what the function yields."""

    @multi_observable_source_asset(
        specs=[AssetSpec("m1", deps=["up"]), AssetSpec("m2", group_name="own")],
        check_specs=[AssetCheckSpec("c", asset="m1")],
    )
    def m():
        yield ObserveResult("m1")
        yield ObserveResult("m2")

    assert (m.is_observable, m.is_external, m.is_materializable, m.is_executable) == (True, True, False, True)
    assert m.keys == {AssetKey("m1"), AssetKey("m2")}
    assert {spec.key: spec.group_name for spec in m.specs} == {
        AssetKey("m1"): "default",
        AssetKey("m2"): "own",
    }
    assert m.asset_deps == {AssetKey("m1"): {AssetKey("up")}, AssetKey("m2"): set()}
    assert [result.asset_key for result in m()] == [AssetKey("m1"), AssetKey("m2")]
    graph = Graph.of([m])
    assert graph.nodes[AssetKey("m1")].observer is graph.nodes[AssetKey("m2")].observer is m
    assert graph.nodes[AssetKey("m1")].kind == "external"


@pytest.mark.parametrize(
    ("wrong", "error", "match"),
    [
        ({"specs": []}, CheckError, "at least one"),
        ({"specs": ["a"]}, CheckError, "AssetSpec"),
        ({"specs": [AssetSpec("a"), AssetSpec("a")]}, DagsterInvalidDefinitionError, "duplicate"),
        ({"specs": [AssetSpec("a", group_name="g")], "group_name": "h"}, CheckError, "group"),
        (
            {
                "specs": [AssetSpec("a", partitions_def=StaticPartitionsDefinition(["x"]))],
                "partitions_def": StaticPartitionsDefinition(["y"]),
            },
            CheckError,
            "partitions",
        ),
        ({"specs": [AssetSpec("a")], "can_subset": 1}, CheckError, "can_subset"),
        (
            {"specs": [AssetSpec("a")], "check_specs": [AssetCheckSpec("c", asset="b")]},
            DagsterInvalidDefinitionError,
            "does not look at",
        ),
    ],
    ids=repr,
)
def test_many_that_cannot_be_declared(wrong, error, match):
    """What contradicts itself or has the wrong type is refused."""
    with pytest.raises(error, match=match):

        @multi_observable_source_asset(**wrong)
        def m(): ...


def test_copies_are_observed_too():
    """A copy under another key is looked at by the same function."""

    @observable_source_asset
    def prices():
        return DataVersion("1")

    copy = prices.with_attributes(key=AssetKey("other"))
    graph = Graph.of([prices, copy])
    assert graph.nodes[AssetKey("other")].observer.step_name == "other"
    assert graph.nodes[AssetKey("other")].observer.fn is graph.nodes[prices.key].observer.fn

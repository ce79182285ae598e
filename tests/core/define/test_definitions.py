"""Everything that belongs together."""

from __future__ import annotations

import pytest

from assets.core.define.decorators import asset
from assets.core.define.definitions import Definitions
from assets.core.define.spec import AssetSpec
from assets.core.errors import (
    CheckError,
    CircularDependencyError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
)
from assets.core.keys import AssetKey


def made(name, *deps, **options):
    return asset(name=name, deps=deps, **options)(lambda: 1)


def test_construction_is_lazy():
    """S125: what does not fit together is accepted until it is resolved."""
    twice = Definitions([made("a"), made("a")])
    with pytest.raises(DagsterInvalidDefinitionError, match="duplicate"):
        twice.resolve_asset_graph()


@pytest.mark.parametrize("wrong", [{"assets": 3}, {"assets": [3]}, {"resources": 3}, {"asset_checks": [3]}])
def test_wrong_types(wrong):
    """What is no definition at all is refused at once."""
    with pytest.raises(CheckError):
        Definitions(**wrong)


def test_resolving():
    """Specs, keys and definitions are found; undefined dependencies are stubs."""
    a, b = made("a", "u"), AssetSpec("b")
    defs = Definitions([a, b])
    assert set(defs.resolve_all_asset_keys()) == {AssetKey("a"), AssetKey("b"), AssetKey("u")}
    assert {spec.key for spec in defs.resolve_all_asset_specs()} == set(defs.resolve_all_asset_keys())
    assert defs.resolve_assets_def("a") is a
    assert defs.get_assets_def("b").is_external
    with pytest.raises(DagsterInvariantViolationError, match="'aa'"):
        defs.resolve_assets_def("aa")
    with pytest.raises(CheckError):
        defs.load_asset_value("q")


def test_validate():
    """S125: circles, undefined inputs and missing resources are found."""
    Definitions.validate_loadable(Definitions([made("a"), made("b", "a")]))
    circle = Definitions([made("a", "b"), made("b", "a")])
    circle.resolve_asset_graph()
    with pytest.raises(CircularDependencyError):
        Definitions.validate_loadable(circle)
    with pytest.raises(DagsterInvalidDefinitionError, match="'x'"):
        Definitions.validate_loadable(Definitions([asset(name="a")(lambda x: 1)]))
    needy = made("a", required_resource_keys={"db"}, io_manager_key="m")
    for resources in ({}, {"db": 1}, {"m": 1}):
        with pytest.raises(DagsterInvalidDefinitionError, match="is not given"):
            Definitions.validate_loadable(Definitions([needy], resources=resources))
    Definitions.validate_loadable(Definitions([needy], resources={"db": 1, "m": 1}))


def test_merge():
    """Merged definitions have everything once; the same key with two values is an error."""
    a, b = made("a"), made("b")
    one = Definitions([a], resources={"r": 1}, metadata={"k": 1, "l": 1})
    two = Definitions([a, b], resources={"r": 1, "s": 2}, metadata={"k": 2})
    both = Definitions.merge(one, two)
    assert both.assets == [a, b]
    assert both.resources == {"r": 1, "s": 2}
    assert {name: value.value for name, value in both.metadata.items()} == {"k": 2, "l": 1}
    with pytest.raises(DagsterInvariantViolationError, match="'r'"):
        Definitions.merge(one, Definitions(resources={"r": 2}))
    with pytest.raises(DagsterInvariantViolationError, match="executor"):
        Definitions.merge(Definitions(executor=object()), Definitions(executor=object()))
    with pytest.raises(CheckError):
        Definitions.merge(one, 3)


def test_map_specs():
    """Every spec is mapped, bare or not."""
    mapped = Definitions([made("a"), AssetSpec("b")]).map_asset_specs(
        func=lambda spec: spec.replace_attributes(group_name="g")
    )
    assert {spec.group_name for spec in mapped.resolve_all_asset_specs()} == {"g"}


def test_copies():
    """Copies have more resources or other metadata."""
    defs = Definitions([made("a")], resources={"a": 1}, metadata={"k": 1})
    assert defs.with_resources({"b": 2}).resources == {"a": 1, "b": 2}
    assert defs.with_definition_metadata_update(lambda old: {**old, "l": 2}).metadata.keys() == {"k", "l"}


def test_load_value():
    """A stored value is loaded by key, and checked to be of the type that was asked for."""
    from assets.core.instance import DagsterInstance
    from assets.core.materialize import materialize

    a, instance = made("a"), DagsterInstance.ephemeral()
    materialize([a], instance=instance)
    defs = Definitions([a])
    assert defs.load_asset_value("a", instance=instance, python_type=int) == 1
    with pytest.raises(DagsterTypeCheckDidNotPass):
        defs.load_asset_value("a", instance=instance, python_type=str)

"""Everything that belongs together."""

from __future__ import annotations

import pytest

from assets import (
    AssetCheckResult,
    AssetSpec,
    AutomationConditionSensorDefinition,
    Definitions,
    ExecutorDefinition,
    SourceAsset,
    asset,
    asset_check,
    in_process_executor,
)
from assets.core.errors import (
    CheckError,
    CircularDependencyError,
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
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


@pytest.mark.parametrize(
    "wrong",
    [
        {"assets": 3},
        {"assets": [3]},
        {"resources": 3},
        {"asset_checks": [3]},
        {"executor": 3},
        {"loggers": {1: 2}},
    ],
)
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
    assert defs.get_assets_def("u").is_external
    assert {spec.group_name for spec in defs.resolve_all_asset_specs()} == {"default"}
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
    with pytest.raises(DagsterInvalidDefinitionError, match="'a' reads 'x'"):
        Definitions.validate_loadable(Definitions([asset(name="a")(lambda x: 1)]))
    needy = made("a", required_resource_keys={"db"}, io_manager_key="m")
    for resources in ({}, {"db": 1}, {"m": 1}):
        with pytest.raises(DagsterInvalidDefinitionError, match="was not provided"):
            Definitions.validate_loadable(Definitions([needy], resources=resources))
    Definitions.validate_loadable(Definitions([needy], resources={"db": 1, "m": 1}))


def test_one_resource_a_key():
    """Two assets may bring the same object under one key, and not two different ones."""
    shared = object()
    one, two = made("a", resource_defs={"r": shared}), made("b", resource_defs={"r": shared})
    Definitions.validate_loadable(Definitions([one, two]))
    with pytest.raises(DagsterInvalidDefinitionError, match="Conflicting versions of resource with key 'r'"):
        Definitions.validate_loadable(Definitions([one, made("b", resource_defs={"r": object()})]))


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
    own = Definitions(executor=ExecutorDefinition("own"))
    with pytest.raises(DagsterInvariantViolationError, match="objects 1 and 2 both have an executor"):
        Definitions.merge(one, Definitions(executor=in_process_executor), own)
    assert Definitions.merge(own, own).executor == ExecutorDefinition("own")
    with pytest.raises(CheckError):
        Definitions.merge(one, 3)


def test_map_specs():
    """Every spec is mapped, bare or not."""
    mapped = Definitions([made("a"), AssetSpec("b")]).map_asset_specs(
        func=lambda spec: spec.replace_attributes(group_name="g")
    )
    assert {spec.group_name for spec in mapped.resolve_all_asset_specs()} == {"g"}
    some = Definitions([AssetSpec("a"), AssetSpec("b")]).map_resolved_asset_specs(
        func=lambda spec: spec.merge_attributes(tags={"t": "v"}), selection="b"
    )
    assert some.assets == [AssetSpec("a"), AssetSpec("b", tags={"t": "v"})]
    with pytest.raises(DagsterInvalidSubsetError):
        some.map_resolved_asset_specs(func=lambda spec: spec, selection="c")
    with pytest.warns(DeprecationWarning, match="SourceAsset"):
        source = SourceAsset("source")
    with pytest.raises(DagsterInvariantViolationError, match="'source' is a SourceAsset"):
        Definitions([source]).map_asset_specs(func=lambda spec: spec)


def test_copies():
    """Copies have more resources, or other metadata on everything in them."""

    @asset_check(asset="a", metadata={"k": 1})
    def c():
        return AssetCheckResult(passed=True)

    with pytest.warns(DeprecationWarning, match="SourceAsset"):
        source = SourceAsset("source")
    sensor = AutomationConditionSensorDefinition("s", target="*")
    defs = Definitions(
        [made("a"), AssetSpec("b"), source], resources={"a": 1}, asset_checks=[c], sensors=[sensor]
    )
    assert defs.with_resources({"b": 2}).resources == {"a": 1, "b": 2}
    assert defs.with_resources(None).resources == {"a": 1}
    with pytest.raises(DagsterInvariantViolationError, match="'a'"):
        defs.with_resources({"a": 2})
    told = defs.with_definition_metadata_update(lambda old: {**old, "l": 2})
    assert [spec.metadata for spec in told.resolve_all_asset_specs()] == [{"l": 2}, {"l": 2}, {}]
    assert told.get_asset_checks_def(c.check_key).check_specs[0].metadata == {"k": 1, "l": 2}
    assert told.sensors is not None
    assert told.sensors[0].metadata["l"].value == 2
    assert defs.get_asset_checks_def(c.check_key) is c
    assert sensor.metadata == {}


def test_checks_are_found():
    """A check is found by its key; an unknown one is told with the nearest."""
    c = asset_check(asset="a", name="c1")(lambda: AssetCheckResult(passed=True))
    defs = Definitions([made("a")], asset_checks=[c])
    assert defs.get_asset_checks_def(c.check_key) is c
    with pytest.raises(DagsterInvariantViolationError, match=r"'a:c2' is among .* 'a:c1'"):
        defs.get_asset_checks_def(c.check_key._replace(name="c2"))


def test_definitions_compare_by_what_they_hold():
    """Two of the same members are equal, whether resolved or not."""
    a = made("a")
    one, two = Definitions([a], resources={"r": 1}), Definitions([a], resources={"r": 1})
    one.resolve_asset_graph()
    assert one == two
    assert one != Definitions([a], resources={"r": 2})


def test_what_is_made_elsewhere_needs_its_io_manager():
    """S125: a source asset or a spec that names an IO manager is not loadable without it."""
    with pytest.warns(DeprecationWarning, match="SourceAsset"):
        source = SourceAsset("source", io_manager_key="m")
    for each in (source, AssetSpec("spec").with_io_manager_key("m")):
        with pytest.raises(DagsterInvalidDefinitionError, match="io manager with key 'm' required by"):
            Definitions.validate_loadable(Definitions([each]))
        Definitions.validate_loadable(Definitions([each], resources={"m": object()}))


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

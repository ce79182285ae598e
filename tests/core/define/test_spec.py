"""Specs, and what they depend on."""

from __future__ import annotations

import pickle
from datetime import timedelta

import pytest

from assets import FreshnessPolicy, apply_freshness_policy
from assets.core.define.decorators import asset
from assets.core.define.definition import AssetsDefinition
from assets.core.define.inputs import AssetDep, AssetIn
from assets.core.define.outputs import AssetOut
from assets.core.define.spec import AssetSpec, map_asset_specs
from assets.core.define.types import Nothing
from assets.core.errors import CheckError, DagsterInvalidDefinitionError, DagsterInvariantViolationError
from assets.core.keys import AssetKey
from assets.core.partitions.mappings import LastPartitionMapping

IDE = DagsterInvalidDefinitionError


def test_value():
    """S96: a spec is compared by value, frozen, not hashable, and picklable."""
    one = AssetSpec("a", deps=["b"], tags={"x": "y"}, metadata={"k": [1]})
    assert one == AssetSpec("a", deps=["b"], tags={"x": "y"}, metadata={"k": [1]})
    assert one != AssetSpec("a")
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(TypeError):
        hash(one)
    with pytest.raises(AttributeError):
        one.key = AssetKey("b")


def test_key_is_one_part():
    """A string is one part, and an external asset may have any text as key."""
    assert AssetSpec("a/b c").key == AssetKey(["a/b c"])


def test_group_stays_open():
    """A bare spec has no group until it is part of a definition."""
    assert AssetSpec("a").group_name is None


def test_replace():
    """S97: new tags keep the kinds, new kinds keep the tags, `None` clears."""
    spec = AssetSpec("a", kinds={"x"}, tags={"q": "z"}, description="d", owners=["team:a"], deps=["u"])
    assert spec.replace_attributes(tags={"b": "c"}).tags == {"b": "c", "dagster/kind/x": ""}
    assert spec.replace_attributes(kinds={"b"}).tags == {"q": "z", "dagster/kind/b": ""}
    assert spec.replace_attributes(tags=None).tags == {"dagster/kind/x": ""}
    assert spec.replace_attributes(kinds=None).tags == {"q": "z"}
    assert spec.replace_attributes(description=None, deps=None, owners=None) == AssetSpec(
        "a", kinds={"x"}, tags={"q": "z"}
    )
    assert spec.replace_attributes() == spec
    with pytest.raises(TypeError):
        spec.replace_attributes(colour="red")


def test_merge():
    """S97: merging adds, and a new value of a name wins."""
    spec = AssetSpec(
        "a", deps=["b"], metadata={"x": 1, "y": 1}, owners=["team:a"], tags={"t": "1"}, kinds={"k"}
    )
    merged = spec.merge_attributes(
        deps=["b", "c"], metadata={"y": 2}, owners=["team:b"], tags={"t": "2"}, kinds={"l"}
    )
    assert [dep.asset_key for dep in merged.deps] == [AssetKey("b"), AssetKey("c")]
    assert merged.metadata == {"x": 1, "y": 2}
    assert merged.owners == ["team:a", "team:b"]
    assert merged.tags == {"t": "2", "dagster/kind/k": "", "dagster/kind/l": ""}
    with pytest.raises(TypeError):
        spec.merge_attributes(group_name="g")


def test_io_manager_key():
    """The loader of a spec is written into its metadata."""
    assert AssetSpec("a").with_io_manager_key("x").metadata == {"dagster/io_manager_key": "x"}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"group_name": "a b"}, IDE),
        ({"owners": ["bob"]}, IDE),
        ({"tags": {"a b": ""}}, IDE),
        ({"skippable": 3}, CheckError),
        ({"partitions_def": 3}, CheckError),
        ({"deps": ["b", AssetDep("b", metadata={"a": 1})]}, DagsterInvariantViolationError),
        ({"colour": "red"}, TypeError),
    ],
)
def test_invalid(options, error):
    """A spec is checked when it is made."""
    with pytest.raises(error):
        AssetSpec("a", **options)


def test_dep():
    """S60, S118: a dependency is a value, names one asset, and keeps its mapping."""
    mapping = LastPartitionMapping()
    assert AssetDep("a") == AssetDep(AssetKey("a")) == AssetDep(AssetSpec("a"))
    assert AssetDep("a", partition_mapping=mapping) != AssetDep("a")
    assert AssetSpec("x", deps=[AssetDep("a", partition_mapping=mapping)]).partition_mappings == {
        AssetKey("a"): mapping
    }
    dep = AssetDep("a")
    assert AssetDep.from_coercible(dep) is dep
    with pytest.raises(IDE, match="'a', 'b'"):
        AssetDep(AssetsDefinition([AssetSpec("a"), AssetSpec("b")]))
    for wrong in (3, dep):
        with pytest.raises(CheckError):
            AssetDep(wrong)


def test_in():
    """S59: key and prefix exclude each other; a prefix comes before the parameter."""
    assert AssetIn(key_prefix="p").resolve_key("x") == AssetKey(["p", "x"])
    assert AssetIn().resolve_key("x") == AssetKey("x")
    assert AssetIn("a") == AssetIn(AssetKey("a"))
    assert not AssetIn("a", dagster_type=Nothing).loads
    for wrong in ({"key": "a", "key_prefix": "p"}, {"key": 3}, {"metadata": 3}, {"partition_mapping": 3}):
        with pytest.raises(CheckError):
            AssetIn(**wrong)


def test_out():
    """S110: key and prefix exclude each other; the attributes reach the spec."""
    with pytest.raises(CheckError):
        AssetOut(key="a", key_prefix="p")
    out = AssetOut(description="d", tags={"a": "b"}, is_required=False, group_name="g")
    spec = out.to_spec(AssetKey("x"), ["u"])
    assert spec == AssetSpec(
        "x", deps=["u"], description="d", tags={"a": "b"}, skippable=True, group_name="g"
    )
    assert out.description == "d"
    assert AssetOut.from_spec(AssetSpec("x", tags={"a": "b"})).key == AssetKey("x")
    with pytest.raises(DagsterInvalidDefinitionError, match="deps \\('u'\\)"):
        AssetOut.from_spec(spec)  # what it is made from is the function's to say


def test_map_specs():
    """Specs are mapped wherever they are; a key must stay."""

    @asset(deps=["u"])
    def made(x): ...

    grouped, bare = map_asset_specs(
        lambda spec: spec.replace_attributes(group_name="g"), [made, AssetSpec("b")]
    )
    assert grouped.group_names_by_key == {AssetKey("made"): "g"}
    assert bare.group_name == "g"
    (more,) = map_asset_specs(lambda spec: spec.merge_attributes(deps=["z"]), [made])
    assert more.asset_deps == {AssetKey("made"): {AssetKey("x"), AssetKey("u"), AssetKey("z")}}
    assert [(param.name, param.loads) for param in more.params] == [
        ("x", True),
        ("dep:u", False),
        ("dep:z", False),
    ]
    with pytest.raises(IDE, match="must not change keys"):
        map_asset_specs(lambda spec: spec.replace_attributes(key="y"), [made])
    with pytest.raises(CheckError, match="'x'"):
        map_asset_specs(lambda spec: spec.replace_attributes(deps=["u"]), [made])


def test_a_model_of_pydantic_holds_a_spec_as_it_is():
    """A spec as a field, alone or in a sequence, is the very object; anything else is refused."""
    pydantic = pytest.importorskip("pydantic")
    holder = pydantic.create_model("Holder", spec=(AssetSpec, ...), several=(list[AssetSpec], ...))
    one = AssetSpec("a")
    made = holder(spec=one, several=[one])
    assert made.spec is one
    assert made.several == [one]
    with pytest.raises(pydantic.ValidationError):
        holder(spec="a", several=[])


def test_a_freshness_policy_is_applied():
    """A copy has the policy; one that is there stays if it must not be overwritten."""
    short, long = (FreshnessPolicy.time_window(timedelta(hours=hours)) for hours in (1, 2))
    fresh = apply_freshness_policy(AssetSpec("a"), short)
    assert fresh.freshness_policy == short
    assert apply_freshness_policy(fresh, long).freshness_policy == long
    assert apply_freshness_policy(fresh, long, overwrite_existing=False) is fresh
    with pytest.raises(CheckError):
        apply_freshness_policy("a", short)


def test_only_specs_and_definitions_are_mapped():
    """Anything else among them is a `CheckError`."""
    with pytest.raises(CheckError, match="must be AssetSpec or AssetsDefinition"):
        map_asset_specs(lambda spec: spec, ["a"])

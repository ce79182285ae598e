"""What a definition tells, and its copies."""

from __future__ import annotations

import inspect

import pytest

from assets.core.define.decorators import asset
from assets.core.define.definition import AssetExecutionType, AssetsDefinition, Port, external
from assets.core.define.inputs import AssetIn
from assets.core.define.spec import AssetSpec
from assets.core.define.types import Nothing
from assets.core.errors import CheckError, DagsterInvalidDefinitionError
from assets.core.keys import AssetKey

A, B, F = AssetKey("a"), AssetKey("b"), AssetKey("f")


@asset(group_name="g", deps=["u"], metadata={"k": 1}, tags={"t": "1"}, owners=["team:x"], code_version="1")
def f(a, b: int) -> int:
    """Says so."""
    return a


def several(**options) -> AssetsDefinition:
    return AssetsDefinition(
        [AssetSpec("a"), AssetSpec("b")], [Port("a", A), Port("b", B)], fn=lambda: None, **options
    )


def test_reads():
    """S71: keys, specs, op and dependencies are readable."""
    assert f.keys == {F}
    assert [spec.key for spec in f.specs] == [F]
    assert f.op.name == "f"
    assert f.dependency_keys == {A, B, AssetKey("u")}
    assert f.keys_by_input_name == {"a": A, "b": B, "u": AssetKey("u")}
    assert f.keys_by_output_name == {"result": F}
    assert f.get_output_name_for_asset_key(F) == "result"
    assert f.metadata_by_key == {F: {"k": 1}}
    assert f.owners_by_key == {F: ["team:x"]}
    assert f.get_asset_spec(F) is f.get_asset_spec() is f.specs_by_key[F]
    assert f.get_op_def_for_asset_key(F) == f.op
    with pytest.raises(KeyError):
        f.get_asset_spec("f")


def test_what_running_does():
    """A function materializes; an external asset is never run."""
    outside = external(AssetSpec("a"))
    assert (f.is_executable, f.is_materializable, f.is_external, f.is_observable) == (
        True,
        True,
        False,
        False,
    )
    assert (outside.is_executable, outside.is_materializable, outside.is_external) == (False, False, True)
    assert outside.execution_type is AssetExecutionType.UNEXECUTABLE
    assert outside.get_asset_spec().group_name == "default"
    with pytest.raises(CheckError):
        _ = outside.op


def test_resources_of_a_run():
    """A run needs what the function names, and what stores and loads; nothing stores nothing."""
    assert f.required_resource_keys == {"io_manager"}

    @asset(ins={"x": AssetIn(input_manager_key="loader")}, io_manager_key="m", required_resource_keys={"r"})
    def g(x): ...

    @asset
    def nothing() -> None: ...

    assert g.required_resource_keys == {"loader", "m", "r"}
    assert g.resource_keys == {"r"}
    assert nothing.required_resource_keys == set()
    assert nothing.output_type is Nothing


def test_several_assets():
    """A definition of several assets is read by key; what speaks of one is an error."""
    made = several()
    assert made.keys == {A, B}
    assert made.keys_by_output_name == {"a": A, "b": B}
    for read in (lambda: made.key, made.get_asset_spec, lambda: made.output_type, made.to_source_asset):
        with pytest.raises(CheckError):
            read()
    assert made.get_asset_spec(A).key == A


def test_subset():
    """A part can be made alone only where that was declared."""
    assert several(can_subset=True).subset_for({A}).keys == {A}
    whole = several()
    assert whole.subset_for({A, B}) is whole
    with pytest.raises(CheckError):
        whole.subset_for({A})


def test_function_shows_through():
    """Help and signature of a definition are those of its function."""
    assert inspect.signature(f) == inspect.signature(f.fn)
    assert inspect.getdoc(f) == "Says so."
    assert repr(f) == "<AssetsDefinition f>"
    assert inspect.signature(AssetsDefinition)


def test_replaced_keys():
    """S98: keys are replaced in outputs, inputs and dependencies; the function stays."""
    new = f.with_attributes(
        asset_key_replacements={F: AssetKey(["p", "f"]), A: AssetKey("aa"), AssetKey("u"): AssetKey("uu")}
    )
    assert new.key == AssetKey(["p", "f"])
    assert new.keys_by_output_name == {"result": new.key}
    assert new.asset_deps == {new.key: {AssetKey("aa"), B, AssetKey("uu")}}
    assert [(param.name, param.key) for param in new.params] == [
        ("a", AssetKey("aa")), ("b", B), ("dep:uu", AssetKey("uu")),
    ]  # fmt: skip
    assert new(1, 2) == 1
    assert f.key == F


def test_copies_share_their_origin():
    """A copy knows the original it comes from; two originals do not share."""
    assert f.with_attributes(tags_by_key={F: {"a": "b"}}).origin_id is f.origin_id
    assert f.map_asset_specs(lambda spec: spec).origin_id is f.origin_id
    assert asset(f.fn).origin_id is not f.origin_id


def test_replaced_attributes():
    """Tags and metadata are replaced, a group only where there is none."""
    new = f.with_attributes(tags_by_key={F: {"a": "b"}}, metadata_by_key={F: {"m": 2}}, hook_defs={"h"})
    assert new.tags_by_key == {F: {"a": "b"}}
    assert new.metadata_by_key == {F: {"m": 2}}
    assert new.hook_defs == {"h"}
    plain = asset(name="q")(lambda: 1)
    assert plain.with_attributes(group_names_by_key={plain.key: "x"}).group_names_by_key == {plain.key: "x"}
    assert f.with_attributes(group_names_by_key={A: "x"}).group_names_by_key == {F: "g"}
    with pytest.raises(DagsterInvalidDefinitionError, match="'g' already"):
        f.with_attributes(group_names_by_key={F: "x"})


def test_resources_of_its_own_win():
    """Resources that are added later do not replace those that a definition brought."""
    made = asset(name="q", resource_defs={"a": 1})(lambda: 1)
    assert made.with_resources({"a": 2, "b": 3}).resource_defs == {"a": 1, "b": 3}


def test_source_assets():
    """S99: assets become source assets, one by key or all."""
    source = f.to_source_asset()
    assert (source.key, source.group_name, source.get_io_manager_key()) == (F, "g", "io_manager")
    assert [each.key for each in several().to_source_assets()] == [A, B]
    assert several().to_source_asset("b").key == B
    with pytest.raises(CheckError):
        f.to_source_asset("q")

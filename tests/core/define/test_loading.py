"""Laws of the `load_assets_from_*` family: what is found in modules, and what is done to it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assets import (
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    AutomationCondition,
    BackfillPolicy,
    CheckError,
    DagsterInvalidDefinitionError,
    Definitions,
    SourceAsset,
    asset,
    load_assets_from_current_module,
    load_assets_from_modules,
    load_assets_from_package_module,
    load_assets_from_package_name,
)

pytestmark = pytest.mark.filterwarnings("ignore:Class `SourceAsset`")

K = AssetKey


def module(name: str = "some_module", **names: Any) -> ModuleType:
    made = ModuleType(name)
    made.__dict__.update(names)
    return made


@asset
def a() -> int:
    """An asset of this module."""
    return 1


@asset
def b(a: int, src: int) -> int:
    """Another one, of two inputs."""
    return a + src


def keys(loaded: list[Any]) -> list[str]:
    return [one.key.to_user_string() for one in loaded]


@pytest.fixture
def package() -> Any:
    """The package of assets beside this file, imported anew."""
    folder = Path(__file__).parent / "packaged"
    spec = importlib.util.spec_from_file_location("packaged_assets", folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["packaged_assets"] = made
    spec.loader.exec_module(made)
    yield made
    for name in [name for name in sys.modules if name.split(".")[0] == "packaged_assets"]:
        del sys.modules[name]


def test_definitions_are_found_under_any_name():
    """S126: a variable's name does not matter; the same object, also in two modules, counts once."""
    src = SourceAsset("src")
    found = load_assets_from_modules([module(x=a, _y=b, z=a), module("other", again=a, src=src)])
    assert keys(found) == ["a", "b", "src"]
    assert isinstance(found[2], SourceAsset)


def test_two_definitions_of_one_key_are_refused():
    """S126: the error names the key and the modules; two equal specs are one thing said twice."""

    def define() -> AssetsDefinition:
        return asset(name="a")(lambda: 2)

    with pytest.raises(
        DagsterInvalidDefinitionError, match=r"key a is defined multiple times.*one_module, other_module"
    ):
        load_assets_from_modules([module("one_module", a=a), module("other_module", a=define())])
    spec = AssetSpec("a")
    assert keys(load_assets_from_modules([module(a=a, spec=spec)])) == ["a"]
    with pytest.raises(DagsterInvalidDefinitionError, match="multiple times"):
        load_assets_from_modules([module(a=a, spec=spec)], include_specs=True)
    twice = load_assets_from_modules([module(one=spec, two=AssetSpec("a"))], include_specs=True)
    assert twice == [spec, spec]


def test_lists_count_where_all_in_them_does():
    """Members of a list are found, those of a tuple or dict are not; one foreign member hides the list."""
    assert keys(load_assets_from_modules([module(all=[a, b])])) == ["a", "b"]
    assert load_assets_from_modules([module(all=(a, b), by_name={"a": a}, nested=[[a]], mixed=[a, 3])]) == []


def test_bare_specs_only_where_asked_for():
    """S128: without `include_specs` they are left out, and so is a list that holds one."""
    spec = AssetSpec("spec")
    standing = module(a=a, spec=spec, mixed=[b, spec])
    assert keys(load_assets_from_modules([standing])) == ["a"]
    assert keys(load_assets_from_modules([standing], include_specs=True)) == ["a", "b", "spec"]


def test_a_group_is_given_to_all():
    """S127: definitions, source assets and specs get the group; one that has a group is an error."""
    found = load_assets_from_modules(
        [module(a=a, src=SourceAsset("src"), spec=AssetSpec("spec"))], group_name="g", include_specs=True
    )
    assert [spec.group_name for spec in Definitions(found).resolve_all_asset_specs()] == ["g", "g", "g"]
    for grouped in (asset(name="c", group_name="own")(lambda: 1), AssetSpec("c", group_name="own")):
        with pytest.raises(DagsterInvalidDefinitionError, match="'own' already"):
            load_assets_from_modules([module(c=grouped)], group_name="g", include_specs=True)
    assert a.group_names_by_key == {K("a"): "default"}


def test_a_prefix_renames_what_is_made_and_what_reads_it():
    """S127: inputs follow the renamed key, sources keep theirs unless they have a prefix of their own."""
    standing = module(a=a, b=b, src=SourceAsset("src"), spec=AssetSpec("spec", deps=["a"]))
    found = load_assets_from_modules([standing], key_prefix=["p", "q"], include_specs=True)
    assert keys(found) == ["p/q/a", "p/q/b", "src", "spec"]
    assert found[1].dependency_keys == {K(["p", "q", "a"]), K("src")}
    assert [dep.asset_key for dep in found[3].deps] == [K(["p", "q", "a"])]
    found = load_assets_from_modules([standing], key_prefix="p", source_key_prefix="s", include_specs=True)
    assert keys(found) == ["p/a", "p/b", "s/src", "s/spec"]
    assert found[1].dependency_keys == {K(["p", "a"]), K(["s", "src"])}


def test_policies_are_given_to_all():
    """A condition and a backfill policy replace what the assets say."""
    eager, single = AutomationCondition.eager(), BackfillPolicy.single_run()
    own = asset(name="own", automation_condition=AutomationCondition.on_missing())(lambda: 1)
    found = load_assets_from_modules(
        [module(a=a, own=own)], automation_condition=eager, backfill_policy=single
    )
    assert [each.automation_conditions_by_key for each in found] == [{K("a"): eager}, {K("own"): eager}]
    assert [each.backfill_policy for each in found] == [single, single]
    assert a.backfill_policy is None


def test_the_current_module_is_the_callers():
    """S129: what stands in the module of the calling line, this file."""
    assert keys(load_assets_from_current_module(key_prefix="p")) == ["p/a", "p/b"]


def test_a_namespace_without_a_module_is_the_current_one_too():
    """Code that runs in a dict of names, as some shells do, finds what stands there."""
    names: dict[str, Any] = {"__name__": "nowhere", "a": a}
    exec("from assets import load_assets_from_current_module as load\nfound = load()", names)
    assert keys(names["found"]) == ["a"]


def test_a_package_is_searched_to_its_bottom(package: ModuleType) -> None:
    """S130: the package itself and every module below it, once each."""
    found = load_assets_from_package_module(package)
    assert set(keys(found)) == {"_private", "below", "beside", "source"}
    assert "spec" in keys(load_assets_from_package_module(package, include_specs=True))


def test_a_package_is_found_by_its_name(package: ModuleType) -> None:
    """S131: the same by dotted name."""
    assert keys(load_assets_from_package_name(package.__name__)) == keys(
        load_assets_from_package_module(package)
    )
    prefixed = load_assets_from_package_name("packaged_assets.below", key_prefix="p")
    assert set(keys(prefixed)) == {"p/below", "p/_private"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: load_assets_from_modules(module(a=a)),  # type: ignore[arg-type]
        lambda: load_assets_from_modules(["os"]),  # type: ignore[list-item]
        lambda: load_assets_from_modules([module()], group_name=3),  # type: ignore[arg-type]
        lambda: load_assets_from_modules([module()], key_prefix=3),  # type: ignore[arg-type]
        lambda: load_assets_from_modules([module()], backfill_policy="single"),  # type: ignore[arg-type]
        lambda: load_assets_from_modules([module()], include_specs="yes"),  # type: ignore[arg-type]
        lambda: load_assets_from_package_module("os"),  # type: ignore[arg-type]
        lambda: load_assets_from_package_name(sys),  # type: ignore[arg-type]
    ],
)
def test_wrong_arguments_are_refused(wrong: Any) -> None:
    """A wrong type is a `CheckError` at once."""
    with pytest.raises(CheckError):
        wrong()
    with pytest.raises(TypeError, match="keyprefix"):
        load_assets_from_modules([], keyprefix="p")

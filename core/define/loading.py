"""The `load_assets_from_*` family: what stands in modules, found and given a group, prefixes and policies.

A definition is found under any name, private ones included, and in lists; the same object counts
once. Rules: `spec/api.md` §9.2.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias

from ..errors import DagsterInvalidDefinitionError, ElementCheckError, ParameterCheckError, check_type
from ..keys import AssetKey, CoercibleToAssetKeyPrefix
from .definition import AssetsDefinition
from .deprecation import condition_of, hidden
from .names import key_prefix_of, valid_group
from .policies import BackfillPolicy
from .source import SourceAsset
from .spec import AssetSpec

Loaded: TypeAlias = AssetsDefinition | SourceAsset | AssetSpec

_HIDDEN = {
    "auto_materialize_policy": "use automation_condition",
    "legacy_freshness_policy": "use a freshness_policy on the assets",
}


def load_assets_from_modules(
    modules: Iterable[ModuleType],
    group_name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    *,
    automation_condition: Any = None,
    backfill_policy: BackfillPolicy | None = None,
    source_key_prefix: CoercibleToAssetKeyPrefix | None = None,
    include_specs: bool = False,
    **kwargs: Any,
) -> list[Loaded]:
    """The assets that stand in these modules.

    Args:
        modules: The modules.
        group_name: The group of all of them; an error for one that has a group.
        key_prefix: Put before the keys of assets that are made here; what depends on them follows.
        automation_condition: When they are made by themselves, instead of what they say.
        backfill_policy: How a backfill is cut into runs, instead of what they say.
        source_key_prefix: Put before the keys of source assets and specs.
        include_specs: Whether bare specs count as well.
        **kwargs: Names of older versions, with a `DeprecationWarning`.

    Returns:
        Definitions, then source assets, then specs, each once.

    Raises:
        DagsterInvalidDefinitionError: for two definitions of one key, or a group given to what has one.
    """
    hidden(kwargs, _HIDDEN, "load_assets_from_modules")
    options = _Options(
        group_name,
        key_prefix,
        source_key_prefix,
        automation_condition,
        backfill_policy,
        include_specs,
        kwargs,
    )
    return options.apply(valid_modules(modules))


def load_assets_from_current_module(
    group_name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    *,
    automation_condition: Any = None,
    backfill_policy: BackfillPolicy | None = None,
    source_key_prefix: CoercibleToAssetKeyPrefix | None = None,
    include_specs: bool = False,
    **kwargs: Any,
) -> list[Loaded]:
    """The assets that stand in the module which calls this; in a notebook, the notebook.

    Args:
        group_name: As of `load_assets_from_modules`.
        key_prefix: As of `load_assets_from_modules`.
        automation_condition: As of `load_assets_from_modules`.
        backfill_policy: As of `load_assets_from_modules`.
        source_key_prefix: As of `load_assets_from_modules`.
        include_specs: As of `load_assets_from_modules`.
        **kwargs: As of `load_assets_from_modules`.
    """
    hidden(kwargs, _HIDDEN, "load_assets_from_current_module")
    options = _Options(
        group_name,
        key_prefix,
        source_key_prefix,
        automation_condition,
        backfill_policy,
        include_specs,
        kwargs,
    )
    return options.apply([caller()])


def load_assets_from_package_module(
    package_module: ModuleType,
    group_name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    *,
    automation_condition: Any = None,
    backfill_policy: BackfillPolicy | None = None,
    source_key_prefix: CoercibleToAssetKeyPrefix | None = None,
    include_specs: bool = False,
    **kwargs: Any,
) -> list[Loaded]:
    """The assets that stand in a package and all modules below it.

    Args:
        package_module: The package.
        group_name: As of `load_assets_from_modules`.
        key_prefix: As of `load_assets_from_modules`.
        automation_condition: As of `load_assets_from_modules`.
        backfill_policy: As of `load_assets_from_modules`.
        source_key_prefix: As of `load_assets_from_modules`.
        include_specs: As of `load_assets_from_modules`.
        **kwargs: As of `load_assets_from_modules`.
    """
    hidden(kwargs, _HIDDEN, "load_assets_from_package_module")
    options = _Options(
        group_name,
        key_prefix,
        source_key_prefix,
        automation_condition,
        backfill_policy,
        include_specs,
        kwargs,
    )
    return options.apply(modules_below(package_module))


def load_assets_from_package_name(
    package_name: str,
    group_name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    *,
    backfill_policy: BackfillPolicy | None = None,
    source_key_prefix: CoercibleToAssetKeyPrefix | None = None,
    include_specs: bool = False,
    **kwargs: Any,
) -> list[Loaded]:
    """The assets that stand in the package of this name and all modules below it.

    Args:
        package_name: The package's name, as it is imported.
        group_name: As of `load_assets_from_modules`.
        key_prefix: As of `load_assets_from_modules`.
        backfill_policy: As of `load_assets_from_modules`.
        source_key_prefix: As of `load_assets_from_modules`.
        include_specs: As of `load_assets_from_modules`.
        **kwargs: As of `load_assets_from_modules`.
    """
    hidden(kwargs, _HIDDEN, "load_assets_from_package_name")
    options = _Options(
        group_name, key_prefix, source_key_prefix, None, backfill_policy, include_specs, kwargs
    )
    return options.apply(modules_below(named_module(package_name)))


def load_asset_checks_from_modules(
    modules: Iterable[ModuleType], asset_key_prefix: CoercibleToAssetKeyPrefix | None = None
) -> list[AssetsDefinition]:
    """The definitions of checks that stand in these modules.

    Args:
        modules: The modules.
        asset_key_prefix: Put before the keys of the assets that they look at.
    """
    return found_checks(valid_modules(modules), asset_key_prefix)


def load_asset_checks_from_current_module(
    asset_key_prefix: CoercibleToAssetKeyPrefix | None = None,
) -> list[AssetsDefinition]:
    """The definitions of checks that stand in the module which calls this.

    Args:
        asset_key_prefix: Put before the keys of the assets that they look at.
    """
    return found_checks([caller()], asset_key_prefix)


def load_asset_checks_from_package_module(
    package_module: ModuleType, asset_key_prefix: CoercibleToAssetKeyPrefix | None = None
) -> list[AssetsDefinition]:
    """The definitions of checks that stand in a package and all modules below it.

    Args:
        package_module: The package.
        asset_key_prefix: Put before the keys of the assets that they look at.
    """
    return found_checks(modules_below(package_module), asset_key_prefix)


def load_asset_checks_from_package_name(
    package_name: str, asset_key_prefix: CoercibleToAssetKeyPrefix | None = None
) -> list[AssetsDefinition]:
    """The definitions of checks that stand in the package of this name and all modules below it.

    Args:
        package_name: The package's name, as it is imported.
        asset_key_prefix: Put before the keys of the assets that they look at.
    """
    return found_checks(modules_below(named_module(package_name)), asset_key_prefix)


class _Options:
    """What is done to the assets that are found."""

    def __init__(
        self,
        group: str | None,
        prefix: Any,
        source_prefix: Any,
        condition: Any,
        backfill: BackfillPolicy | None,
        specs: bool,
        older: Mapping[str, Any],
    ) -> None:
        self.group = valid_group(group)
        self.prefix = key_prefix_of(prefix)
        self.source_prefix = key_prefix_of(source_prefix)
        self.condition = condition_of(older.get("auto_materialize_policy"), condition)
        self.backfill: BackfillPolicy | None = check_type(backfill, BackfillPolicy, "backfill_policy")
        self.freshness = older.get("legacy_freshness_policy")
        self.specs: bool = check_type(specs, bool, "include_specs", optional=False)

    def apply(self, modules: Iterable[ModuleType]) -> list[Loaded]:
        found = found_assets(modules, self.specs)
        new = self._keys(found)
        return [self._changed(each, new) for each in found]

    def _keys(self, found: list[Loaded]) -> dict[AssetKey, AssetKey]:
        """The new key of each asset that gets one."""
        new: dict[AssetKey, AssetKey] = {}
        for each in found:
            made = isinstance(each, AssetsDefinition)
            prefix = self.prefix if made else self.source_prefix
            keys = each.keys if isinstance(each, AssetsDefinition) else (each.key,)
            if prefix:
                new.update((key, key.with_prefix(prefix)) for key in keys)
        return new

    def _changed(self, each: Loaded, new: Mapping[AssetKey, AssetKey]) -> Loaded:
        if isinstance(each, SourceAsset):
            return each.with_attributes(group_name=self.group, key=new.get(each.key))
        if isinstance(each, AssetSpec):
            return self._changed_spec(each, new)
        return each.with_attributes(
            asset_key_replacements=new,
            group_names_by_key=dict.fromkeys(each.keys, self.group) if self.group else {},
            automation_condition=self.condition,
            backfill_policy=self.backfill,
            legacy_freshness_policy=self.freshness,
        )

    def _changed_spec(self, spec: AssetSpec, new: Mapping[AssetKey, AssetKey]) -> AssetSpec:
        if self.group is not None and spec.group_name is not None:
            message = (
                f"The group of {spec.key.to_user_string()!r} was to become {self.group!r}, but it is "
                f"{spec.group_name!r} already; leave out one of the two."
            )
            raise DagsterInvalidDefinitionError(message)
        return spec._replace(
            key=new.get(spec.key, spec.key),
            deps=[dep._replace(asset_key=new.get(dep.asset_key, dep.asset_key)) for dep in spec.deps],
            group_name=self.group if self.group is not None else spec.group_name,
            automation_condition=self.condition if self.condition is not None else spec.automation_condition,
        )


def found_assets(modules: Iterable[ModuleType], specs: bool) -> list[Loaded]:
    """What makes or stands for assets, each object once; sources after definitions, specs last.

    Raises:
        DagsterInvalidDefinitionError: for two different ones of one key.
    """
    wanted = (AssetsDefinition, SourceAsset, AssetSpec) if specs else (AssetsDefinition, SourceAsset)
    kinds: dict[type, list[Loaded]] = {AssetsDefinition: [], SourceAsset: [], AssetSpec: []}
    homes: dict[AssetKey, tuple[Loaded, str]] = {}
    seen: set[int] = set()
    for module, each in members(modules, wanted):
        if isinstance(each, AssetsDefinition) and not each.keys:
            continue  # checks alone
        for key in sorted(each.keys) if isinstance(each, AssetsDefinition) else (each.key,):
            before, home = homes.setdefault(key, (each, module.__name__))
            if before is not each and not (isinstance(each, AssetSpec) and before == each):
                places = ", ".join(dict.fromkeys((home, module.__name__)))
                message = (
                    f"Asset key {key.to_user_string()} is defined multiple times. The definitions stand in {places}: "
                    "rename one of them, or load their modules with different prefixes."
                )
                raise DagsterInvalidDefinitionError(message)
        if id(each) not in seen:
            seen.add(id(each))
            next(kinds[kind] for kind in kinds if isinstance(each, kind)).append(each)
    return [each for kind in kinds.values() for each in kind]


def members(modules: Iterable[ModuleType], wanted: tuple[type, ...]) -> Iterator[tuple[ModuleType, Any]]:
    """What stands in the modules, and in lists there that hold nothing else."""
    for module in modules:
        for value in list(vars(module).values()):
            if isinstance(value, wanted):
                yield module, value
            elif isinstance(value, list) and value and all(isinstance(each, wanted) for each in value):
                yield from ((module, each) for each in value)


def found_checks(modules: Iterable[ModuleType], prefix: Any) -> list[AssetsDefinition]:
    """What makes no asset and checks some, each once; with a prefix before the keys of these."""
    parts = key_prefix_of(prefix)
    found: dict[int, AssetsDefinition] = {}
    for _, each in members(modules, (AssetsDefinition,)):
        if each.check_keys and not each.keys:
            found.setdefault(id(each), each)
    if not parts:
        return list(found.values())
    keys = {spec.asset_key for each in found.values() for spec in each.check_specs}
    new = {key: key.with_prefix(parts) for key in keys}
    return [each.with_attributes(asset_key_replacements=new) for each in found.values()]


def valid_modules(modules: Iterable[ModuleType]) -> list[ModuleType]:
    """The modules, if they are some."""
    if isinstance(modules, (str, ModuleType)) or not isinstance(modules, Iterable):
        message = (
            f"Parameter 'modules' must be a list of modules, not {type(modules).__name__}: {modules!r:.80}"
        )
        raise ParameterCheckError(message)
    found = list(modules)
    for each in found:
        if not isinstance(each, ModuleType):
            message = f"Each of 'modules' must be a module, not {type(each).__name__}: {each!r:.80}"
            raise ElementCheckError(message)
    return found


def modules_below(package: ModuleType) -> Iterator[ModuleType]:
    """A package and all modules below it, imported."""
    check_type(package, ModuleType, "package_module", optional=False)
    yield package
    paths = getattr(package, "__path__", ())
    for info in pkgutil.walk_packages(paths, f"{package.__name__}.", onerror=_raise):
        yield import_module(info.name)


def _raise(_name: str) -> None:
    raise  # noqa: PLE0704  `walk_packages` calls this where it has caught what a module raised


def named_module(name: str) -> ModuleType:
    """The module of this name, imported."""
    return import_module(check_type(name, str, "package_name", optional=False))


def caller() -> ModuleType:
    """The module of the caller of the function that calls this."""
    names: Mapping[str, Any] = sys._getframe(2).f_globals  # noqa: SLF001  what inspect does, which is not loaded for it
    return _holding(str(names.get("__name__")), names)


def _holding(name: str, names: Mapping[str, Any]) -> ModuleType:
    """The module whose names these are; one made for them where they belong to none."""
    module = sys.modules.get(name)
    if module is not None and vars(module) is names:
        return module
    made = ModuleType(name)
    made.__dict__.update(names)
    return made

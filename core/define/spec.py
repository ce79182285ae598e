"""`AssetSpec`: everything that is declared of one asset except how it is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import EllipsisType
from typing import Any

from ..errors import DagsterInvalidDefinitionError, ElementCheckError, check_type
from ..keys import AssetKey, CoercibleToAssetKey
from ..partitions.mapping import PartitionMapping
from ..partitions.spaces import PartitionsDefinition
from ..record import Record, put
from .deprecation import condition_of, hidden
from .inputs import AssetDep, deps_of
from .names import (
    DEFAULT_GROUP,
    KIND,
    check_mapping,
    check_named,
    is_a,
    kinds_of,
    tags_with_kinds,
    valid_group,
    valid_owners,
)

IO_MANAGER_METADATA = "dagster/io_manager_key"

_HIDDEN = {
    "auto_materialize_policy": "use automation_condition",
    "legacy_freshness_policy": "use freshness_policy",
}


class AssetSpec(Record):
    """What is declared of one asset. Immutable, compared by value, not hashable.

    Args:
        key: Its key.
        deps: What it depends on.
        description: What it is, in words.
        metadata: Anything to be known about it, kept as given.
        skippable: Whether a multi-asset may end without making it.
        group_name: The group; `default` once it is part of a definition.
        code_version: The version of its code, as far as the user says.
        automation_condition: When it is to be made by itself.
        owners: E-mail addresses, or `team:` and a name.
        tags: For filtering; a kind is the tag `dagster/kind/<kind>`.
        kinds: What it is made of or with; ten at the most.
        partitions_def: The partitions it has.
        freshness_policy: How old it may be.
        is_virtual: Whether it stands for something that holds no data of its own.
    """

    __slots__ = (
        "automation_condition", "code_version", "deps", "description", "freshness_policy", "group_name", "is_virtual",
        "key", "legacy_freshness_policy", "metadata", "owners", "partitions_def", "skippable", "tags",
    )  # fmt: skip

    key: AssetKey
    deps: list[AssetDep]
    description: str | None
    metadata: Mapping[str, Any]
    group_name: str | None
    skippable: bool
    code_version: str | None
    legacy_freshness_policy: Any
    freshness_policy: Any
    automation_condition: Any
    owners: Sequence[str]
    tags: Mapping[str, str]
    partitions_def: PartitionsDefinition | None
    is_virtual: bool

    def __init__(
        self,
        key: CoercibleToAssetKey,
        *,
        deps: Iterable[Any] | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        skippable: bool = False,
        group_name: str | None = None,
        code_version: str | None = None,
        automation_condition: Any = None,
        owners: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        kinds: Iterable[str] | None = None,
        partitions_def: PartitionsDefinition | None = None,
        freshness_policy: Any = None,
        is_virtual: bool = False,
        **kwargs: Any,
    ) -> None:
        legacy = None
        if kwargs:
            hidden(kwargs, _HIDDEN, "AssetSpec")
            automation_condition = condition_of(kwargs.get("auto_materialize_policy"), automation_condition)
            legacy = valid_legacy_freshness(kwargs.get("legacy_freshness_policy"))
        asset_key = AssetKey.from_coercible(key)
        put(self, "key", asset_key)
        put(self, "deps", [] if deps is None else deps_of(deps, asset_key.to_user_string()))
        # Most are absent, and specs are made by the thousand: what is absent is not checked.
        put(
            self,
            "description",
            description if description is None else check_type(description, str, "description"),
        )
        put(self, "metadata", {} if metadata is None else dict(check_mapping(metadata, "metadata")))
        put(
            self,
            "skippable",
            skippable if skippable is False else check_type(skippable, bool, "skippable", optional=False),
        )
        put(
            self,
            "group_name",
            group_name if group_name is None or group_name is DEFAULT_GROUP else valid_group(group_name),
        )
        put(
            self,
            "code_version",
            code_version if code_version is None else check_type(code_version, str, "code_version"),
        )
        put(
            self,
            "automation_condition",
            check_named(automation_condition, "AutomationCondition", "automation_condition"),
        )
        put(self, "owners", [] if owners is None else valid_owners(owners, asset_key))
        put(self, "tags", {} if tags is None and kinds is None else tags_with_kinds(tags, kinds))
        put(self, "partitions_def", check_type(partitions_def, PartitionsDefinition, "partitions_def"))
        put(self, "legacy_freshness_policy", legacy)
        put(self, "freshness_policy", check_named(freshness_policy, "FreshnessPolicy", "freshness_policy"))
        put(
            self,
            "is_virtual",
            is_virtual if is_virtual is False else check_type(is_virtual, bool, "is_virtual", optional=False),
        )

    __hash__ = None  # type: ignore[assignment]  # lists and dicts are inside

    @property
    def kinds(self) -> set[str]:
        """The kinds that are among its tags."""
        return kinds_of(self.tags)

    @property
    def partition_mappings(self) -> dict[AssetKey, PartitionMapping]:
        """The mapping of each dependency that carries one."""
        return {
            dep.asset_key: dep.partition_mapping for dep in self.deps if dep.partition_mapping is not None
        }

    @property
    def auto_materialize_policy(self) -> Any:
        """The automation condition as the older policy, where it came from one."""
        convert = getattr(self.automation_condition, "as_auto_materialize_policy", None)
        return None if convert is None else convert()

    def replace_attributes(
        self,
        *,
        key: CoercibleToAssetKey | EllipsisType = ...,
        deps: Iterable[Any] | EllipsisType | None = ...,
        description: str | EllipsisType | None = ...,
        metadata: Mapping[str, Any] | EllipsisType | None = ...,
        skippable: bool | EllipsisType = ...,
        group_name: str | EllipsisType | None = ...,
        code_version: str | EllipsisType | None = ...,
        automation_condition: Any = ...,
        owners: Sequence[str] | EllipsisType | None = ...,
        tags: Mapping[str, str] | EllipsisType | None = ...,
        kinds: Iterable[str] | EllipsisType | None = ...,
        partitions_def: PartitionsDefinition | EllipsisType | None = ...,
        legacy_freshness_policy: Any = ...,
        freshness_policy: Any = ...,
        is_virtual: bool | EllipsisType = ...,
    ) -> AssetSpec:
        """A copy with some attributes replaced; `...` keeps, `None` clears.

        New tags keep the kinds, new kinds keep the other tags.
        """
        plain = {name: value for name, value in self.tags.items() if not name.startswith(KIND)}
        new = AssetSpec(
            _kept(key, self.key),
            deps=_kept(deps, self.deps),
            description=_kept(description, self.description),
            metadata=_kept(metadata, self.metadata),
            skippable=_kept(skippable, self.skippable),
            group_name=_kept(group_name, self.group_name),
            code_version=_kept(code_version, self.code_version),
            automation_condition=_kept(automation_condition, self.automation_condition),
            owners=_kept(owners, self.owners),
            tags=_kept(tags, plain),
            kinds=_kept(kinds, self.kinds),
            partitions_def=_kept(partitions_def, self.partitions_def),
            freshness_policy=_kept(freshness_policy, self.freshness_policy),
            is_virtual=_kept(is_virtual, self.is_virtual),
        )
        return new._replace(
            legacy_freshness_policy=_kept(legacy_freshness_policy, self.legacy_freshness_policy)
        )

    def merge_attributes(
        self,
        *,
        deps: Iterable[Any] | EllipsisType = ...,
        metadata: Mapping[str, Any] | EllipsisType = ...,
        owners: Sequence[str] | EllipsisType = ...,
        tags: Mapping[str, str] | EllipsisType = ...,
        kinds: Iterable[str] | EllipsisType = ...,
    ) -> AssetSpec:
        """A copy with these added to what is there; a new value of a name wins."""
        return self.replace_attributes(
            deps=... if deps is ... else [*self.deps, *deps],
            metadata=... if metadata is ... else {**self.metadata, **metadata},
            owners=... if owners is ... else [*self.owners, *owners],
            tags=... if tags is ... else {**self.tags, **tags},
            kinds=... if kinds is ... else {*self.kinds, *kinds},
        )

    def with_io_manager_key(self, io_manager_key: str) -> AssetSpec:
        """A copy that names the IO manager which loads it."""
        return self.merge_attributes(metadata={IO_MANAGER_METADATA: io_manager_key})


def map_asset_specs(func: Callable[[AssetSpec], AssetSpec], iterable: Iterable[Any]) -> list[Any]:
    """Every spec mapped: bare ones, and those of definitions.

    Args:
        func: From spec to spec; it must not change the key of a definition's spec.
        iterable: Specs and definitions.

    Raises:
        DagsterInvalidDefinitionError: if a key was changed.
    """
    mapped: list[Any] = []
    for each in iterable:
        if isinstance(each, AssetSpec):
            mapped.append(func(each))
        elif is_a(each, "AssetsDefinition"):
            mapped.append(each.map_asset_specs(func))
        else:
            message = f"Each of 'iterable' must be AssetSpec or AssetsDefinition, not {type(each).__name__}: {each!r:.80}"
            raise ElementCheckError(message)
    return mapped


def apply_freshness_policy(spec: AssetSpec, policy: Any, overwrite_existing: bool = True) -> AssetSpec:
    """A copy of a spec with this freshness policy.

    Args:
        spec: The spec.
        policy: The policy.
        overwrite_existing: Whether it takes the place of one that the spec has.
    """
    check_type(spec, AssetSpec, "spec", optional=False)
    if spec.freshness_policy is not None and not overwrite_existing:
        return spec
    return spec.replace_attributes(freshness_policy=policy)


def valid_legacy_freshness(policy: Any) -> Any:
    """The freshness policy of the older kind, if it is one."""
    return check_named(policy, "LegacyFreshnessPolicy", "legacy_freshness_policy")


def same_key(before: AssetSpec, after: AssetSpec) -> AssetSpec:
    """The mapped spec, if the mapping left its key alone."""
    if after.key != before.key:
        message = (
            f"The key {before.key.to_user_string()!r} was changed to {after.key.to_user_string()!r} by a function that "
            "maps specs; it must not change keys: use with_attributes(asset_key_replacements=...)."
        )
        raise DagsterInvalidDefinitionError(message)
    return after


def _kept(new: Any, old: Any) -> Any:
    return old if new is ... else new

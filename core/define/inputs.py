"""What an asset depends on: `AssetDep` without a value, `AssetIn` for a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    ParameterCheckError,
    check_type,
)
from ..keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix
from ..partitions.mapping import PartitionMapping
from ..record import Record, put
from .names import check_mapping, is_a, key_prefix_of
from .types import UNSET, DagsterType, Nothing, valid_type


class AssetDep(Record):
    """A dependency that orders, and loads nothing.

    Args:
        asset: The upstream asset: a key, or what has one key.
        partition_mapping: Which of its partitions a partition needs.
        metadata: Anything to be known about the dependency.
    """

    __slots__ = ("asset_key", "metadata", "partition_mapping")

    asset_key: AssetKey
    partition_mapping: PartitionMapping | None
    metadata: Mapping[str, Any]

    def __init__(
        self,
        asset: Any,
        *,
        partition_mapping: PartitionMapping | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        put(self, "asset_key", _one_key(asset))
        put(self, "partition_mapping", check_type(partition_mapping, PartitionMapping, "partition_mapping"))
        put(self, "metadata", {} if metadata is None else dict(check_mapping(metadata, "metadata")))

    __hash__ = None  # type: ignore[assignment]  # a dict is inside

    def __lt__(self, other: AssetDep) -> bool:
        """In the order of the keys."""
        return self.asset_key < other.asset_key

    @staticmethod
    def from_coercible(arg: Any) -> AssetDep:
        """The dependency itself, or one on what is named."""
        return arg if isinstance(arg, AssetDep) else AssetDep(arg)


class AssetIn(Record):
    """What a parameter of the function reads.

    Args:
        key: The upstream asset; the parameter's name where absent.
        metadata: Anything to be known about the input; the IO manager sees it.
        key_prefix: Put before the parameter's name; excludes `key`.
        input_manager_key: The resource that loads the value, instead of the upstream's IO manager.
        partition_mapping: Which upstream partitions a partition reads.
        dagster_type: The type of the value, instead of the annotation; `Nothing` loads nothing.
    """

    __slots__ = ("dagster_type", "input_manager_key", "key", "key_prefix", "metadata", "partition_mapping")

    key: AssetKey | None
    metadata: Mapping[str, Any] | None
    key_prefix: list[str]
    input_manager_key: str | None
    partition_mapping: PartitionMapping | None
    dagster_type: Any

    def __init__(
        self,
        key: CoercibleToAssetKey | None = None,
        metadata: Mapping[str, Any] | None = None,
        key_prefix: CoercibleToAssetKeyPrefix | None = None,
        input_manager_key: str | None = None,
        partition_mapping: PartitionMapping | None = None,
        dagster_type: DagsterType | type | Any = UNSET,
    ) -> None:
        if key is not None and key_prefix is not None:
            message = (
                "Both key and key_prefix were given to AssetIn; a key is complete: leave key_prefix out."
            )
            raise CheckError(message)
        put(self, "key", None if key is None else AssetKey.from_coercible(key))
        put(self, "metadata", None if metadata is None else dict(check_mapping(metadata, "metadata")))
        put(self, "key_prefix", list(key_prefix_of(key_prefix)))
        put(self, "input_manager_key", check_type(input_manager_key, str, "input_manager_key"))
        put(self, "partition_mapping", check_type(partition_mapping, PartitionMapping, "partition_mapping"))
        put(self, "dagster_type", dagster_type if dagster_type is UNSET else valid_type(dagster_type))

    __hash__ = None  # type: ignore[assignment]  # a dict is inside

    @property
    def loads(self) -> bool:
        """Whether a value is read at all."""
        return self.dagster_type is not Nothing and self.dagster_type is not None

    @property
    def says_more(self) -> bool:
        """Whether it says of the upstream asset anything but which one it is, and what loads it."""
        return (
            self.metadata is not None
            or bool(self.key_prefix)
            or self.partition_mapping is not None
            or self.dagster_type is not UNSET
        )

    def resolve_key(self, name: str) -> AssetKey:
        """The upstream key, for the parameter of this name."""
        return self.key if self.key is not None else AssetKey([*self.key_prefix, name])


def deps_of(deps: Iterable[Any] | None, about: str) -> list[AssetDep]:
    """The dependencies that a `deps` argument names; equal ones once, all keys of a multi-asset.

    Args:
        deps: What was given.
        about: Whose dependencies, for the message.

    Raises:
        DagsterInvariantViolationError: for one key with two different mappings or metadata.
    """
    if not deps and deps is None:
        return []
    found: dict[AssetKey, AssetDep] = {}
    for given in deps:
        many = given.keys if is_a(given, "AssetsDefinition") else (given,)
        for each in many:
            dep = AssetDep.from_coercible(each)
            if found.setdefault(dep.asset_key, dep) != dep:
                message = (
                    f"Cannot set a dependency on asset {dep.asset_key.to_user_string()!r} more than once, and {about!r} "
                    "has it with different mappings or metadata; give it once."
                )
                raise DagsterInvariantViolationError(message)
    return list(found.values())


def _one_key(asset: Any) -> AssetKey:
    if isinstance(asset, (AssetKey, str, list, tuple)):
        return AssetKey.from_coercible(asset)
    if is_a(asset, "AssetsDefinition"):
        keys = asset.keys
        if len(keys) != 1:
            names = ", ".join(repr(key.to_user_string()) for key in sorted(keys))
            message = f"An AssetDep is on one asset, but this definition makes {len(keys)}: {names}. Name one of them."
            raise DagsterInvalidDefinitionError(message)
        only: AssetKey = next(iter(keys))
        return only
    if is_a(asset, "AssetSpec") or is_a(asset, "SourceAsset"):
        key: AssetKey = asset.key
        return key
    message = (
        f'Param "asset" is not one of: a key, a spec, a definition, but {type(asset).__name__}: {asset!r:.80}'
    )
    raise ParameterCheckError(message)

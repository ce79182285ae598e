"""`SourceAsset`: an asset that is made elsewhere, in the reference's older form.

New code lists an `AssetSpec` instead. Nothing here runs; a graph asks for `to_spec()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import CheckError, DagsterInvalidDefinitionError, check_type
from ..keys import AssetKey, CoercibleToAssetKey
from ..metadata.coerce import coerce
from ..metadata.values import MetadataValue
from ..notices import deprecated
from ..partitions.spaces import PartitionsDefinition
from ..resources.definition import conflicting, same_resource
from .names import DEFAULT_GROUP, check_mapping, check_named, tags_in_text, valid_group, valid_tags
from .observer import announce
from .spec import IO_MANAGER_METADATA, AssetSpec


class SourceAsset:
    """An asset that is made elsewhere. Deprecated: use `AssetSpec`.

    Args:
        key: Its key.
        metadata: Anything to be known about it.
        io_manager_key: The resource that loads it.
        io_manager_def: What loads it; excludes `io_manager_key`.
        description: What it is, in words.
        partitions_def: The partitions it has.
        group_name: Its group.
        resource_defs: Resources that it brings itself.
        observe_fn: What looks at it.
        op_tags: The tags of looking at it.
        auto_observe_interval_minutes: How often to look.
        legacy_freshness_policy: How old it may be.
        automation_condition: When to look.
        tags: For filtering.
    """

    def __init__(
        self,
        key: CoercibleToAssetKey,
        metadata: Mapping[str, Any] | None = None,
        io_manager_key: str | None = None,
        io_manager_def: object | None = None,
        description: str | None = None,
        partitions_def: PartitionsDefinition | None = None,
        group_name: str | None = None,
        resource_defs: Mapping[str, object] | None = None,
        observe_fn: Callable[..., Any] | None = None,
        op_tags: Mapping[str, Any] | None = None,
        *,
        auto_observe_interval_minutes: float | None = None,
        legacy_freshness_policy: Any = None,
        automation_condition: Any = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        deprecated("Class `SourceAsset`", "Use AssetSpec instead.")
        self._declare(
            AssetKey.from_coercible(key),
            metadata=metadata,
            io_manager_key=io_manager_key,
            io_manager_def=io_manager_def,
            description=description,
            partitions_def=partitions_def,
            group_name=group_name,
            resource_defs=resource_defs,
            observe_fn=observe_fn,
            op_tags=op_tags,
            auto_observe_interval_minutes=auto_observe_interval_minutes,
            legacy_freshness_policy=legacy_freshness_policy,
            automation_condition=automation_condition,
            tags=tags,
        )

    def _declare(
        self,
        key: AssetKey,
        *,
        metadata: Any,
        io_manager_key: Any,
        io_manager_def: object | None,
        description: Any,
        partitions_def: Any,
        group_name: Any,
        resource_defs: Any,
        observe_fn: Callable[..., Any] | None,
        op_tags: Any,
        automation_condition: Any,
        tags: Any,
        auto_observe_interval_minutes: Any = None,
        legacy_freshness_policy: Any = None,
        required_resource_keys: frozenset[str] = frozenset(),
    ) -> None:
        self._set(
            key=key,
            raw_metadata={} if metadata is None else dict(check_mapping(metadata, "metadata")),
            io_manager_key=check_type(io_manager_key, str, "io_manager_key"),
            io_manager_def=io_manager_def,
            description=check_type(description, str, "description"),
            partitions_def=check_type(partitions_def, PartitionsDefinition, "partitions_def"),
            group_name=valid_group(group_name) or DEFAULT_GROUP,
            resource_defs={}
            if resource_defs is None
            else dict(check_mapping(resource_defs, "resource_defs")),
            observe_fn=check_type(observe_fn, Callable, "observe_fn"),  # type: ignore[arg-type]  # an abstract class
            op_tags=tags_in_text(op_tags, "op_tags"),
            auto_observe_interval_minutes=check_type(
                auto_observe_interval_minutes, (int, float), "auto_observe_interval_minutes"
            ),
            legacy_freshness_policy=legacy_freshness_policy,
            automation_condition=check_named(
                automation_condition, "AutomationCondition", "automation_condition"
            ),
            tags=valid_tags(tags),
            required_resource_keys=required_resource_keys,
            origin_id=object(),
        )
        if io_manager_def is not None:
            if io_manager_key is not None:
                message = f"Both io_manager_key and io_manager_def were given to {self.key.to_user_string()!r}; give one of them."
                raise CheckError(message)
            self.io_manager_key = f"{self.key.to_python_identifier()}__io_manager"
            self.resource_defs = {**self.resource_defs, self.io_manager_key: io_manager_def}
        announce(self)

    key: AssetKey
    raw_metadata: Mapping[str, Any]
    io_manager_key: str | None
    io_manager_def: object | None
    description: str | None
    partitions_def: PartitionsDefinition | None
    group_name: str
    resource_defs: Mapping[str, object]
    observe_fn: Callable[..., Any] | None
    op_tags: Mapping[str, str]
    auto_observe_interval_minutes: float | None
    legacy_freshness_policy: Any
    automation_condition: Any
    tags: Mapping[str, str]
    required_resource_keys: frozenset[str]
    origin_id: object

    def _set(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def _copy(self, **changes: Any) -> SourceAsset:
        new = object.__new__(SourceAsset)
        new._set(**{**self.__dict__, **changes})
        return new

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, SourceAsset) and _compared(self) == _compared(other)

    def __hash__(self) -> int:
        return hash((SourceAsset, self.key))

    def __repr__(self) -> str:
        return f"<SourceAsset {self.key.to_user_string()}>"

    @property
    def metadata(self) -> Mapping[str, MetadataValue]:
        """Its metadata, typed; what is no metadata shows as text."""
        return {name: _shown(value) for name, value in self.raw_metadata.items()}

    @property
    def is_observable(self) -> bool:
        """Whether something looks at it."""
        return self.observe_fn is not None

    @property
    def is_executable(self) -> bool:
        """Whether there is something to run: the same."""
        return self.is_observable

    @property
    def op(self) -> Any:
        """The computation that looks at it.

        Raises:
            CheckError: if there is none.
        """
        if self.observe_fn is None:
            message = f"The source asset {self.key.to_user_string()!r} has no op: nothing looks at it."
            raise CheckError(message)
        return self.observe_fn

    def get_io_manager_key(self) -> str:
        """The resource that loads it."""
        return self.io_manager_key or "io_manager"

    def with_attributes(self, group_name: str | None = None, key: AssetKey | None = None) -> SourceAsset:
        """A copy in another group, or under another key.

        Raises:
            DagsterInvalidDefinitionError: for a group if it has one.
        """
        if group_name is not None and self.group_name != DEFAULT_GROUP:
            message = (
                f"The group of {self.key.to_user_string()!r} was to become {group_name!r}, but it is "
                f"{self.group_name!r} already; leave out one of the two."
            )
            raise DagsterInvalidDefinitionError(message)
        return self._copy(
            group_name=valid_group(group_name) or self.group_name,
            key=self.key if key is None else AssetKey.from_coercible(key),
        )

    def with_resources(self, resource_defs: Mapping[str, Any]) -> SourceAsset:
        """A copy that brings these resources; its own win."""
        return self._copy(
            resource_defs={**check_mapping(resource_defs, "resource_defs"), **self.resource_defs}
        )

    def to_spec(self) -> AssetSpec:
        """What is declared of it."""
        metadata = dict(self.raw_metadata)
        if self.io_manager_key is not None:
            metadata[IO_MANAGER_METADATA] = self.io_manager_key
        spec = AssetSpec(
            self.key,
            description=self.description,
            metadata=metadata,
            group_name=self.group_name,
            automation_condition=self.automation_condition,
            tags=self.tags,
            partitions_def=self.partitions_def,
        )
        return spec._replace(legacy_freshness_policy=self.legacy_freshness_policy)


def observed_source(key: AssetKey, observe_fn: Callable[..., Any], **fields: Any) -> SourceAsset:
    """The source asset that a function looks at, without the warning of the class.

    Args:
        key: Its key.
        observe_fn: What looks at it.
        fields: The other arguments of the class, and `required_resource_keys`: what the function reads from its context.
    """
    new = object.__new__(SourceAsset)
    new._declare(key, observe_fn=observe_fn, **fields)
    return new


def source_of(spec: AssetSpec, io_manager_key: str) -> SourceAsset:
    """The source asset with the attributes of a spec."""
    new = object.__new__(SourceAsset)
    new._set(
        key=spec.key,
        raw_metadata=dict(spec.metadata),
        io_manager_key=io_manager_key,
        io_manager_def=None,
        description=spec.description,
        partitions_def=spec.partitions_def,
        group_name=spec.group_name or DEFAULT_GROUP,
        resource_defs={},
        observe_fn=None,
        op_tags={},
        auto_observe_interval_minutes=None,
        legacy_freshness_policy=spec.legacy_freshness_policy,
        automation_condition=spec.automation_condition,
        tags=dict(spec.tags),
        required_resource_keys=frozenset(),
        origin_id=object(),
    )
    return new


def brought_by(definitions: Iterable[Any]) -> dict[str, object]:
    """The resources that definitions bring along, those that only load included, by key.

    Raises:
        DagsterInvalidDefinitionError: if two bring different ones under one key.
    """
    found: dict[str, object] = {}
    for each in definitions:
        for key, thing in getattr(each, "resource_defs", {}).items():
            if not same_resource(found.setdefault(key, thing), thing):
                raise conflicting(key)
    return found


def _compared(source: SourceAsset) -> dict[str, Any]:
    return {name: value for name, value in source.__dict__.items() if name != "origin_id"}


def _shown(value: Any) -> MetadataValue:
    try:
        return coerce(value)
    except CheckError:
        return MetadataValue.text(f"[{type(value).__name__}] (unserializable)")

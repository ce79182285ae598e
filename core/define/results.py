"""What a function may return, yield or raise (`spec/api.md` §3.1)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from ..errors import CheckError, ElementCheckError, ParameterCheckError, check_type
from ..keys import AssetKey, CoercibleToAssetKey
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue, RawMetadataValue
from ..record import Record, put
from ..versions.data import DataVersion
from ..versions.provenance import DATA_VERSION_TAG
from .checks import AssetCheckResult
from .names import check_mapping, valid_mapping_key, valid_tags
from .types import UNSET

T = TypeVar("T")


class Output(Generic[T]):
    """A value together with what is to be recorded beside it.

    Args:
        value: The value.
        output_name: Which output it is; a single asset has `result` alone.
        metadata: Recorded with the materialization.
        data_version: The version of the value, instead of the digest of its content.
        tags: Recorded with the materialization.
        partition_key: Which partition it is of, where one call makes several and gives a result for each.
    """

    __slots__ = ("_metadata", "data_version", "output_name", "partition_key", "tags", "value")

    def __init__(
        self,
        value: T,
        output_name: str | None = "result",
        metadata: Mapping[str, RawMetadataValue] | None = None,
        data_version: DataVersion | None = None,
        *,
        tags: Mapping[str, str] | None = None,
        partition_key: str | None = None,
    ) -> None:
        self.value = value
        self.output_name: str = check_type(output_name, str, "output_name", optional=False)
        self._metadata = coerce_all(metadata)
        self.data_version: DataVersion | None = check_type(data_version, DataVersion, "data_version")
        self.tags: Mapping[str, str] = valid_tags(tags)
        self.partition_key: str | None = check_type(partition_key, str, "partition_key")

    @property
    def metadata(self) -> dict[str, MetadataValue]:
        """The metadata, typed."""
        return self._metadata

    def with_metadata(self, metadata: Mapping[str, RawMetadataValue] | None) -> Output[T]:
        """A copy with this metadata instead of its own."""
        return Output(
            self.value,
            self.output_name,
            metadata,
            self.data_version,
            tags=self.tags,
            partition_key=self.partition_key,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Output):
            return NotImplemented
        return (
            bool(self.value == other.value)
            and self.output_name == other.output_name
            and self._metadata == other._metadata
            and self.data_version == other.data_version
            and self.tags == other.tags
            and self.partition_key == other.partition_key
        )

    __hash__ = None  # type: ignore[assignment]  # compared by value, and any value may be inside

    def __repr__(self) -> str:
        return f"Output({self.value!r}, output_name={self.output_name!r}, metadata={self._metadata!r})"


class _AssetResult(Record):
    """What materializing and observing have in common."""

    __slots__ = ("asset_key", "check_results", "data_version", "metadata", "tags")

    asset_key: AssetKey | None
    metadata: Mapping[str, RawMetadataValue] | None
    check_results: Sequence[AssetCheckResult]
    data_version: DataVersion | None
    tags: Mapping[str, str] | None

    def __init__(
        self,
        asset_key: CoercibleToAssetKey | None = None,
        metadata: Mapping[str, RawMetadataValue] | None = None,
        check_results: Sequence[AssetCheckResult] | None = None,
        data_version: DataVersion | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        put(self, "asset_key", None if asset_key is None else AssetKey.from_coercible(asset_key))
        put(self, "metadata", None if metadata is None else check_mapping(metadata, "metadata"))
        put(self, "check_results", _checks(check_results))
        put(self, "data_version", check_type(data_version, DataVersion, "data_version"))
        put(self, "tags", None if tags is None else valid_tags(tags))

    __hash__ = None  # type: ignore[assignment]  # dicts are inside

    def check_result_named(self, check_name: str) -> AssetCheckResult:
        """The result of that check.

        Raises:
            CheckError: if there is none.
        """
        for result in self.check_results:
            if result.check_name == check_name:
                return result
        message = f"No check result is named {check_name!r}; there are {[r.check_name for r in self.check_results]}."
        raise CheckError(message)


class MaterializeResult(_AssetResult, Generic[T]):
    """That an asset was materialized, with metadata; with a value only if one is given.

    Args:
        asset_key: Which asset; may be left out where there is one only.
        metadata: Recorded with the materialization.
        check_results: The results of the asset's checks.
        data_version: The version of what was made.
        tags: Recorded with the materialization.
        value: What is to be stored and loaded downstream; without it nothing is stored.
        partition_key: Which partition it is of, where one call makes several and gives a result for each.
    """

    __slots__ = ("partition_key", "value")

    value: T
    partition_key: str | None

    def __init__(
        self,
        asset_key: CoercibleToAssetKey | None = None,
        metadata: Mapping[str, RawMetadataValue] | None = None,
        check_results: Sequence[AssetCheckResult] | None = None,
        data_version: DataVersion | None = None,
        tags: Mapping[str, str] | None = None,
        value: T = UNSET,  # type: ignore[assignment]  # not given is not None
        *,
        partition_key: str | None = None,
    ) -> None:
        super().__init__(asset_key, metadata, check_results, data_version, tags)
        put(self, "value", value)
        put(self, "partition_key", check_type(partition_key, str, "partition_key"))

    @property
    def has_value(self) -> bool:
        """Whether a value was given; `None` is one."""
        return self.value is not UNSET


class ObserveResult(_AssetResult):
    """What was seen of an asset that is made elsewhere."""

    __slots__ = ()


class _AssetEvent(Record):
    """What materialization and observation events have in common."""

    __slots__ = ("asset_key", "description", "metadata", "partition", "tags")

    asset_key: AssetKey
    description: str | None
    metadata: Mapping[str, MetadataValue]
    partition: str | None
    tags: Mapping[str, str] | None

    def __init__(
        self,
        asset_key: CoercibleToAssetKey,
        description: str | None = None,
        metadata: Mapping[str, RawMetadataValue] | None = None,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        put(self, "asset_key", _event_key(asset_key))
        put(self, "description", check_type(description, str, "description"))
        put(self, "metadata", coerce_all(metadata))
        put(self, "partition", check_type(partition, str, "partition"))
        put(self, "tags", None if tags is None else valid_tags(tags))

    __hash__ = None  # type: ignore[assignment]  # dicts are inside

    @property
    def label(self) -> str:
        """The parts of the key, separated by blanks."""
        return " ".join(self.asset_key.parts)

    @property
    def data_version(self) -> str | None:
        """The data version that its tags name."""
        return (self.tags or {}).get(DATA_VERSION_TAG)


class AssetMaterialization(_AssetEvent):
    """That something was made somewhere; a string as key is split on `/`, unlike elsewhere."""

    __slots__ = ()

    @staticmethod
    def file(
        path: str | os.PathLike[str],
        description: str | None = None,
        asset_key: CoercibleToAssetKey | None = None,
    ) -> AssetMaterialization:
        """The materialization of a file, with its path as metadata and, by default, as key."""
        check_type(path, (str, os.PathLike), "path", optional=False)
        text = os.fspath(path)
        return AssetMaterialization(
            asset_key=text if asset_key is None else asset_key,
            description=description,
            metadata={"path": MetadataValue.path(text)},
        )


class AssetObservation(_AssetEvent):
    """That something was looked at; a string as key is split on `/`, unlike elsewhere."""

    __slots__ = ()

    def __init__(
        self,
        asset_key: CoercibleToAssetKey,
        description: str | None = None,
        metadata: Mapping[str, RawMetadataValue] | None = None,
        partition: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(asset_key, description, metadata, partition, {} if tags is None else tags)


class ExpectationResult(Record):
    """Whether something held, in the words of the reference's older API."""

    __slots__ = ("description", "label", "metadata", "success")

    success: bool
    label: str | None
    description: str | None
    metadata: Mapping[str, MetadataValue]

    def __init__(
        self,
        success: bool,
        label: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, RawMetadataValue] | None = None,
    ) -> None:
        put(self, "success", check_type(success, bool, "success", optional=False))
        put(self, "label", check_type(label, str, "label") or "result")
        put(self, "description", check_type(description, str, "description"))
        put(self, "metadata", coerce_all(metadata))

    __hash__ = None  # type: ignore[assignment]  # a dict is inside


class Failure(Exception):
    """Raised by a user's function to fail, with metadata about why.

    Args:
        description: What went wrong.
        metadata: What is to be shown with the failure.
        allow_retries: Whether a retry policy may try again; `None` means yes.
    """

    def __init__(
        self,
        description: str | None = None,
        metadata: Mapping[str, RawMetadataValue] | None = None,
        allow_retries: bool | None = None,
    ) -> None:
        super().__init__(description)
        self.description: str | None = check_type(description, str, "description")
        self.metadata: dict[str, MetadataValue] = coerce_all(metadata)
        self.allow_retries: bool = check_type(allow_retries, bool, "allow_retries") is not False

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.description, self.metadata, self.allow_retries))


class RetryRequested(Exception):
    """Raised by a user's function to be run again.

    Args:
        max_retries: How often at the most.
        seconds_to_wait: How long before.
    """

    def __init__(self, max_retries: int | None = 1, seconds_to_wait: float | None = None) -> None:
        super().__init__()
        self.max_retries: int = check_type(max_retries, int, "max_retries", optional=False)
        self.seconds_to_wait: float | None = check_type(seconds_to_wait, (int, float), "seconds_to_wait")

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.max_retries, self.seconds_to_wait))


def _event_key(key: CoercibleToAssetKey) -> AssetKey:
    return (
        AssetKey([part for part in re.split(r"[^A-Za-z0-9_]", key) if part])
        if isinstance(key, str)
        else AssetKey.from_coercible(key)
    )


def _checks(results: Sequence[AssetCheckResult] | None) -> list[AssetCheckResult]:
    if results is None:
        return []
    if not isinstance(results, (list, tuple)):
        message = (
            f"Parameter 'check_results' must be a sequence, not {type(results).__name__}: {results!r:.80}"
        )
        raise ParameterCheckError(message)
    for each in results:
        if not isinstance(each, AssetCheckResult):
            message = (
                f"Each of 'check_results' must be AssetCheckResult, not {type(each).__name__}: {each!r:.80}"
            )
            raise ElementCheckError(message)
    return list(results)


class DynamicOutput(Generic[T]):
    """One value of a dynamic output.

    Args:
        value: The value.
        mapping_key: What tells it from the others; letters, digits and underscores.
        output_name: Which output it belongs to.
        metadata: Recorded with it.
    """

    __slots__ = ("_metadata", "mapping_key", "output_name", "value")

    def __init__(
        self,
        value: T,
        mapping_key: str,
        output_name: str = "result",
        metadata: Mapping[str, RawMetadataValue] | None = None,
    ) -> None:
        self.value = value
        self.mapping_key = valid_mapping_key(mapping_key)
        self.output_name: str = check_type(output_name, str, "output_name", optional=False)
        self._metadata = coerce_all(metadata)

    @property
    def metadata(self) -> dict[str, MetadataValue]:
        """The metadata, typed."""
        return self._metadata

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DynamicOutput):
            return NotImplemented
        return bool(self.value == other.value) and (self.mapping_key, self.output_name, self._metadata) == (
            other.mapping_key,
            other.output_name,
            other._metadata,
        )

    __hash__ = None  # type: ignore[assignment]  # any value may be inside

    def __repr__(self) -> str:
        return f"DynamicOutput({self.value!r}, mapping_key={self.mapping_key!r}, output_name={self.output_name!r})"

"""What is declared of checks, and what they report (`spec/api.md` §3.1, §10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from ..errors import ParameterCheckError, check_type
from ..keys import AssetCheckKey, AssetKey, CoercibleToAssetKey
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue, RawMetadataValue
from ..partitions.spaces import PartitionsDefinition
from ..record import Record, put
from .inputs import AssetDep, deps_of
from .names import check_mapping, check_named


class AssetCheckSeverity(Enum):
    """How bad a failed check is: an `ERROR` may block, a `WARN` never does."""

    WARN = "WARN"
    ERROR = "ERROR"


class AssetCheckSpec(Record):
    """A check that is declared for an asset.

    Args:
        name: The check's name; unique among those of its asset.
        asset: The asset that it looks at.
        description: What it makes sure of.
        additional_deps: What it reads besides.
        blocking: Whether a failure stops what depends on the asset.
        metadata: Anything to be shown with it.
        automation_condition: When it is to run by itself.
        partitions_def: The partitions that it looks at one by one.

    Raises:
        CheckError: for an argument of the wrong type.
        ValueError: if the checked asset is among `additional_deps`.
    """

    __slots__ = (
        "additional_deps", "asset_key", "automation_condition", "blocking", "description", "metadata", "name",
        "partitions_def",
    )  # fmt: skip

    name: str
    asset_key: AssetKey
    description: str | None
    additional_deps: list[AssetDep]
    blocking: bool
    metadata: Mapping[str, Any]
    automation_condition: Any
    partitions_def: PartitionsDefinition | None

    def __init__(
        self,
        name: str,
        *,
        asset: Any,
        description: str | None = None,
        additional_deps: Iterable[Any] | None = None,
        blocking: bool = False,
        metadata: Mapping[str, Any] | None = None,
        automation_condition: Any = None,
        partitions_def: PartitionsDefinition | None = None,
    ) -> None:
        put(self, "name", check_type(name, str, "name", optional=False))
        put(self, "asset_key", AssetKey.from_coercible_or_definition(asset))
        put(self, "description", check_type(description, str, "description"))
        deps = [] if additional_deps is None else deps_of(additional_deps, f"the check {name!r}")
        if any(dep.asset_key == self.asset_key for dep in deps):
            message = (
                f"The check {name!r} is of {self.asset_key.to_user_string()!r}, and names the same asset among its "
                "additional_deps; a check waits for its asset in any case: leave it out there."
            )
            raise ValueError(message)
        put(self, "additional_deps", deps)
        put(self, "blocking", check_type(blocking, bool, "blocking", optional=False))
        put(self, "metadata", {} if metadata is None else dict(check_mapping(metadata, "metadata")))
        put(
            self,
            "automation_condition",
            check_named(automation_condition, "AutomationCondition", "automation_condition"),
        )
        put(self, "partitions_def", check_type(partitions_def, PartitionsDefinition, "partitions_def"))

    __hash__ = None  # type: ignore[assignment]  # a dict is inside

    @property
    def key(self) -> AssetCheckKey:
        """The asset's key and the check's name."""
        return AssetCheckKey(self.asset_key, self.name)

    def get_python_identifier(self) -> str:
        """The name of the check's output and step."""
        return f"{self.asset_key.to_python_identifier()}_{self.name}"

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> AssetCheckSpec:
        """A copy with this metadata instead of its own."""
        return self._replace(metadata={} if metadata is None else dict(check_mapping(metadata, "metadata")))

    def replace_key(self, key: AssetCheckKey) -> AssetCheckSpec:
        """A copy under another name, or of another asset."""
        check_type(key, AssetCheckKey, "key", optional=False)
        return self._replace(name=key.name, asset_key=key.asset_key)

    def replace_asset_keys(self, new: Mapping[AssetKey, AssetKey]) -> AssetCheckSpec:
        """A copy for assets that go by other keys, its own and those that it reads besides."""
        deps = [dep._replace(asset_key=new.get(dep.asset_key, dep.asset_key)) for dep in self.additional_deps]
        return self._replace(asset_key=new.get(self.asset_key, self.asset_key), additional_deps=deps)


class AssetCheckResult(Record):
    """What a check found out.

    Args:
        passed: Whether all is well; a real `bool`.
        asset_key: The asset; may be left out where it is plain.
        check_name: The check; may be left out where it is plain.
        metadata: Recorded with the evaluation.
        severity: How bad a failure is.
        description: What was found.
    """

    __slots__ = ("asset_key", "check_name", "description", "metadata", "passed", "severity")

    passed: bool
    asset_key: AssetKey | None
    check_name: str | None
    metadata: Mapping[str, MetadataValue]
    severity: AssetCheckSeverity
    description: str | None

    def __init__(
        self,
        *,
        passed: bool,
        asset_key: CoercibleToAssetKey | None = None,
        check_name: str | None = None,
        metadata: Mapping[str, RawMetadataValue] | None = None,
        severity: AssetCheckSeverity = AssetCheckSeverity.ERROR,
        description: str | None = None,
    ) -> None:
        if not isinstance(passed, bool):
            message = f"Parameter 'passed' must be bool, not {type(passed).__name__}: {passed!r:.80}; write bool(...) around it."
            raise ParameterCheckError(message)
        put(self, "passed", passed)
        put(self, "asset_key", None if asset_key is None else AssetKey.from_coercible(asset_key))
        put(self, "check_name", check_type(check_name, str, "check_name"))
        put(self, "metadata", coerce_all(metadata))
        put(self, "severity", check_type(severity, AssetCheckSeverity, "severity", optional=False))
        put(self, "description", check_type(description, str, "description"))

    __hash__ = None  # type: ignore[assignment]  # a dict is inside


class AssetCheckEvaluationTargetMaterializationData(NamedTuple):
    """The materialization that a check looked at."""

    storage_id: int
    run_id: str
    timestamp: float


class AssetCheckEvaluation(Record):
    """That a check was evaluated, as it is recorded."""

    __slots__ = (
        "asset_key", "blocking", "check_name", "description", "metadata", "partition", "passed", "severity",
        "target_materialization_data",
    )  # fmt: skip

    asset_key: AssetKey
    check_name: str
    passed: bool
    metadata: Mapping[str, MetadataValue]
    target_materialization_data: AssetCheckEvaluationTargetMaterializationData | None
    severity: AssetCheckSeverity
    description: str | None
    blocking: bool | None
    partition: str | None

    def __init__(
        self,
        asset_key: AssetKey,
        check_name: str,
        passed: bool,
        metadata: Mapping[str, RawMetadataValue] | None = None,
        target_materialization_data: AssetCheckEvaluationTargetMaterializationData | None = None,
        severity: AssetCheckSeverity = AssetCheckSeverity.ERROR,
        description: str | None = None,
        blocking: bool | None = None,
        partition: str | None = None,
    ) -> None:
        target = AssetCheckEvaluationTargetMaterializationData
        put(self, "asset_key", check_type(asset_key, AssetKey, "asset_key", optional=False))
        put(self, "check_name", check_type(check_name, str, "check_name", optional=False))
        put(self, "passed", check_type(passed, bool, "passed", optional=False))
        put(self, "metadata", coerce_all(metadata))
        put(
            self,
            "target_materialization_data",
            check_type(target_materialization_data, target, "target_materialization_data"),
        )
        put(self, "severity", check_type(severity, AssetCheckSeverity, "severity", optional=False))
        put(self, "description", check_type(description, str, "description"))
        put(self, "blocking", check_type(blocking, bool, "blocking"))
        put(self, "partition", check_type(partition, str, "partition"))

    __hash__ = None  # type: ignore[assignment]  # a dict is inside

    @property
    def asset_check_key(self) -> AssetCheckKey:
        """The asset's key and the check's name."""
        return AssetCheckKey(self.asset_key, self.check_name)

    def with_metadata(self, metadata: Mapping[str, RawMetadataValue] | None) -> AssetCheckEvaluation:
        """A copy with this metadata instead of its own."""
        return self._replace(metadata=coerce_all(metadata))

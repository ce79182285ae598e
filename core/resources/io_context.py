"""What an IO manager is told: the two contexts that its methods get.

A context is a plain record that whoever runs a step fills; to read what was not filled in is
an error that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from ..errors import (
    CheckError,
    DagsterInvalidMetadata,
    DagsterInvariantViolationError,
    check_type,
)
from ..keys import AssetKey
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue
from ..partitions.multi import window_of
from ..partitions.spaces import PartitionsDefinition
from ..partitions.subset import PartitionKeyRange
from ..partitions.window_subset import TimeWindow
from .definition import Resources

EPHEMERAL_RUN_ID = "__EPHEMERAL_RUN_ID"


class _Context:
    """What both contexts have: an asset, its partitions, its config and resources.

    `_given` holds what was filled in; `None` is the same as nothing.
    """

    __slots__ = ("_given",)
    _what = "context"

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given

    def _get(self, name: str, default: Any = None) -> Any:
        value = self._given.get(name)
        if value is None and (make := self._given.pop(name + "?", None)) is not None:
            value = self._given[name] = make()
        return default if value is None else value

    def make_later(self, name: str, make: Callable[[], Any]) -> None:
        """Say how a value is made when it is first read.

        Args:
            name: The name of the property.
            make: Gives the value.
        """
        self._given[name + "?"] = make

    def _need(self, name: str) -> Any:
        value = self._get(name)
        if value is None:
            message = f"{name!r} of this {type(self).__name__} is not known: nothing was given for it when it was made"
            raise DagsterInvariantViolationError(message)
        return value

    @property
    def name(self) -> str:
        """The name of the input or output."""
        return cast("str", self._need("name"))

    @property
    def job_name(self) -> str:
        """The name of the job that runs."""
        return cast("str", self._need("job_name"))

    @property
    def op_def(self) -> Any:
        """The definition of the step's body."""
        return self._need("op_def")

    @property
    def config(self) -> Any:
        """The config of the input or output, if there is any."""
        return self._get("config")

    @property
    def dagster_type(self) -> Any:
        """The declared type of the value."""
        return self._need("dagster_type")

    @property
    def resource_config(self) -> Any:
        """The config of the IO manager, if there is any."""
        return self._get("resource_config")

    @property
    def resources(self) -> Any:
        """The resources that the IO manager requires."""
        return self._get("resources") or Resources({})

    @property
    def log(self) -> Any:
        """Where the IO manager may log."""
        log = self._get("log")
        if log is None:
            import logging  # an ordinary logger, outside a run

            log = self._given["log"] = logging.getLogger("assets")
        return log

    @property
    def step_context(self) -> Any:
        """The context of the step that asks."""
        return self._need("step_context")

    @property
    def definition_metadata(self) -> Mapping[str, Any]:
        """What was declared with the asset (of an output) or its `AssetIn` (of an input)."""
        return cast("Mapping[str, Any]", self._get("definition_metadata", {}))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """An older name of `definition_metadata`."""
        return self.definition_metadata

    @property
    def has_asset_key(self) -> bool:
        """Whether the value is an asset's."""
        return self._get("asset_key") is not None

    @property
    def asset_key(self) -> AssetKey:
        """The asset whose value it is."""
        return cast("AssetKey", self._need("asset_key"))

    @property
    def has_asset_partitions_def(self) -> bool:
        """Whether the partitions of the asset are known."""
        return self._get("asset_partitions_def") is not None

    @property
    def asset_partitions_def(self) -> PartitionsDefinition:
        """The partitions of that asset."""
        return cast("PartitionsDefinition", self._need("asset_partitions_def"))

    @property
    def has_partition_key(self) -> bool:
        """Whether the run is about one partition."""
        return self._get("partition_key") is not None

    @property
    def partition_key(self) -> str:
        """The partition that the run is about.

        Raises:
            CheckError: if it is about none.
        """
        key = self._get("partition_key")
        if key is None:
            message = (
                "There is no partition_key: the run is not about one partition; ask has_partition_key first"
            )
            raise CheckError(message)
        return cast("str", key)

    @property
    def has_asset_partitions(self) -> bool:
        """Whether the value belongs to partitions of the asset."""
        return self._get("asset_partition_keys") is not None

    @property
    def asset_partition_keys(self) -> Sequence[str]:
        """The partitions of the asset that the value belongs to.

        Raises:
            CheckError: if the asset has none.
        """
        keys = self._get("asset_partition_keys")
        if keys is None:
            message = f"The {self._what} belongs to no partitions of an asset; ask has_asset_partitions first"
            raise CheckError(message)
        return list(keys)

    @property
    def asset_partition_key(self) -> str:
        """The one partition of the asset that the value belongs to.

        Raises:
            CheckError: if there is none, or more than one.
        """
        keys = self.asset_partition_keys
        if len(keys) != 1:
            message = f"The {self._what} belongs to {len(keys)} partitions, not to one; ask for asset_partition_keys"
            raise CheckError(message)
        return keys[0]

    @property
    def asset_partition_key_range(self) -> PartitionKeyRange:
        """The first and the last of the partitions that the value belongs to."""
        keys = self.asset_partition_keys
        if not keys:
            message = f"The {self._what} belongs to no partition: there is no range"
            raise CheckError(message)
        return PartitionKeyRange(keys[0], keys[-1])

    @property
    def asset_partitions_time_window(self) -> TimeWindow:
        """The time from the first of the partitions to the end of the last.

        Raises:
            DagsterInvariantViolationError: if the partitions are not windows of time.
        """
        space = self.asset_partitions_def
        window = window_of(space, self.asset_partition_key_range)
        if window is None:
            message = f"The partitions of the {self._what} are not windows of time: {type(space).__name__}"
            raise DagsterInvariantViolationError(message)
        return window

    def get_asset_identifier(self) -> Sequence[str]:
        """The parts of the asset's key, and the partition if there is one."""
        parts = list(self.asset_key.parts)
        return [*parts, self.asset_partition_key] if self.has_asset_partitions else parts


class OutputContext(_Context):
    """What `handle_output` gets besides the value. Reading what was not given is an error.

    Args:
        given: What is known, by the names of the properties.
    """

    __slots__ = ("_events", "_metadata")
    _what = "output"

    def __init__(self, **given: Any) -> None:
        super().__init__(given)
        self._metadata: dict[str, MetadataValue] = {}
        self._events: list[Any] = []

    @property
    def step_key(self) -> str:
        """The name of the step."""
        return cast("str", self._need("step_key"))

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return cast("str", self._get("run_id", EPHEMERAL_RUN_ID))

    @property
    def mapping_key(self) -> str | None:
        """The key of a dynamic output, if it is one."""
        return cast("str | None", self._get("mapping_key"))

    @property
    def version(self) -> str | None:
        """The version of the output, if it has one."""
        return cast("str | None", self._get("version"))

    @property
    def asset_spec(self) -> Any:
        """The declaration of the asset."""
        return self._need("asset_spec")

    @property
    def output_metadata(self) -> Mapping[str, Any]:
        """What came with the value."""
        return cast("Mapping[str, Any]", self._get("output_metadata", {}))

    def get_run_scoped_output_identifier(self) -> Sequence[str]:
        """Run, step and output: a name that no other run has."""
        parts = [self.run_id, self.step_key, self.name]
        return parts if self.mapping_key is None else [*parts, self.mapping_key]

    def get_identifier(self) -> Sequence[str]:
        """Run, step and output: a name that no other run has."""
        return self.get_run_scoped_output_identifier()

    def add_output_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Put metadata on the event of the materialization.

        Args:
            metadata: Raw values by label.

        Raises:
            DagsterInvalidMetadata: if a label was added before, or a value is no metadata.
        """
        check_type(metadata, Mapping, "metadata", optional=False)
        if twice := sorted(set(metadata) & set(self._metadata)):
            message = f"Metadata was added before under {', '.join(map(repr, twice))}; choose another label"
            raise DagsterInvalidMetadata(message)
        self._metadata.update(coerce_all(metadata))

    def get_logged_metadata(self) -> Mapping[str, MetadataValue]:
        """What `add_output_metadata` was given so far."""
        return dict(self._metadata)

    def log_event(self, event: Any) -> None:
        """Put an event on record, a materialization or an observation."""
        self._events.append(event)

    def get_logged_events(self) -> Sequence[Any]:
        """What `log_event` was given so far."""
        return list(self._events)


class InputContext(_Context):
    """What `load_input` gets. Reading what was not given is an error.

    Args:
        given: What is known, by the names of the properties.
    """

    __slots__ = ("_noted",)
    _what = "input"

    def __init__(self, **given: Any) -> None:
        super().__init__(given)
        self._noted: list[tuple[Mapping[str, MetadataValue], str | None]] = []

    @property
    def has_input_name(self) -> bool:
        """Whether the input has a name."""
        return self._get("name") is not None

    @property
    def instance(self) -> Any:
        """The instance of the run."""
        return self._need("instance")

    @property
    def upstream_output(self) -> OutputContext | None:
        """The output that stored the value, if it is known."""
        return cast("OutputContext | None", self._get("upstream_output"))

    def get_identifier(self) -> Sequence[str]:
        """The identifier of the output that stored the value."""
        if self.upstream_output is None:
            message = "The input has no upstream_output: whose identifier should it be?"
            raise DagsterInvariantViolationError(message)
        return self.upstream_output.get_identifier()

    def add_input_metadata(self, metadata: Mapping[str, Any], description: str | None = None) -> None:
        """Put metadata on the event of the loading, and an observation of the asset on record.

        Args:
            metadata: Raw values by label.
            description: What was observed.

        Raises:
            DagsterInvalidMetadata: if a value is no metadata.
        """
        check_type(metadata, Mapping, "metadata", optional=False)
        check_type(description, str, "description")
        self._noted.append((coerce_all(metadata), description))

    def get_logged_metadata(self) -> Mapping[str, MetadataValue]:
        """All that `add_input_metadata` was given so far."""
        return {label: value for metadata, _ in self._noted for label, value in metadata.items()}

    def get_observations(self) -> Sequence[Any]:
        """What `add_input_metadata` was given so far, as observations: one for each partition that is loaded."""
        if not self.has_asset_key:
            return []
        from ..define.results import AssetObservation  # of the floor above; see the list of such imports

        partitions = self.asset_partition_keys if self.has_asset_partitions else [None]
        return [
            AssetObservation(self.asset_key, description, metadata, partition)
            for metadata, description in self._noted
            for partition in partitions
        ]

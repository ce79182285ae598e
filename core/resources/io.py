"""IO managers: who stores what an asset gives, and loads what it needs.

The base class and the two contexts that its methods get. A context is a plain record that
whoever runs a step fills; to read what was not filled in is an error that names it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from ..errors import (
    CheckError,
    DagsterInvalidMetadata,
    DagsterInvariantViolationError,
    check_type,
)
from ..keys import AssetKey
from ..partitions.spaces import PartitionKeyRange, PartitionsDefinition
from ..partitions.windows import TimeWindow, TimeWindowPartitionsDefinition
from .definition import ResourceDefinition, Resources

EPHEMERAL_RUN_ID = "__EPHEMERAL_RUN_ID"


class _Context:
    """What both contexts have: an asset, its partitions, its config and resources.

    `_given` holds what was filled in. `None` is the same as nothing; a value made on demand is a
    function under the name with a `?` after it, called at the first reading.
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
        first, last = self.asset_partition_key_range
        windows = self.asset_partitions_def
        if not isinstance(windows, TimeWindowPartitionsDefinition):
            message = f"The partitions of the {self._what} are not windows of time: {type(windows).__name__}"
            raise DagsterInvariantViolationError(message)
        return TimeWindow(
            windows.start_time_for_partition_key(first),
            windows.end_time_for_partition_key(last),
        )

    def get_asset_identifier(self) -> Sequence[str]:
        """The parts of the asset's key, and the partition if there is one."""
        parts = list(self.asset_key.parts)
        return [*parts, self.asset_partition_key] if self.has_asset_partitions else parts


class OutputContext(_Context):
    """What `handle_output` gets besides the value. Reading what was not given is an error.

    Args:
        given: What is known, by the names of the properties; `name?` gives a function that makes it.
    """

    __slots__ = ("_events", "_metadata")
    _what = "output"

    def __init__(self, **given: Any) -> None:
        super().__init__(given)
        self._metadata: dict[str, Any] = {}
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
            DagsterInvalidMetadata: if a label was added before.
        """
        check_type(metadata, Mapping, "metadata", optional=False)
        if twice := sorted(set(metadata) & set(self._metadata)):
            message = f"Metadata was added before under {', '.join(map(repr, twice))}; choose another label"
            raise DagsterInvalidMetadata(message)
        self._metadata.update(metadata)

    def get_logged_metadata(self) -> Mapping[str, Any]:
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
        given: What is known, by the names of the properties; `name?` gives a function that makes it.
    """

    __slots__ = ("_metadata",)
    _what = "input"

    def __init__(self, **given: Any) -> None:
        super().__init__(given)
        self._metadata: dict[str, Any] = {}

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
        """Put an observation with this metadata on record.

        Args:
            metadata: Raw values by label.
            description: What was observed.
        """
        check_type(metadata, Mapping, "metadata", optional=False)
        self._metadata.update(metadata)
        if description is not None:
            self._given["description"] = description

    def get_logged_metadata(self) -> Mapping[str, Any]:
        """What `add_input_metadata` was given so far."""
        return dict(self._metadata)


class InputManager(ABC):
    """What loads an input, for `AssetIn(input_manager_key=)`."""

    @abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """The value of an input."""


class IOManager(InputManager):
    """What stores the values of assets, and loads them again.

    An asset is one that both methods understand alike: what `handle_output` stored under an
    asset key and partition is what `load_input` finds there.
    """

    @abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """The value of an input: of one partition the value itself, of several a mapping by key."""

    @abstractmethod
    def handle_output(self, context: OutputContext, obj: Any) -> Any:
        """Store a value."""


class InputManagerDefinition(ResourceDefinition):
    """A function that makes an input manager.

    Args:
        resource_fn: Gets an `InitResourceContext`; returns the input manager.
        config_schema: What config it takes.
        description: What it is.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.
        input_config_schema: What config each input takes.
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: Collection[str] | None = None,
        version: str | None = None,
        input_config_schema: Any = None,
    ) -> None:
        super().__init__(resource_fn, config_schema, description, required_resource_keys, version)
        self.input_config_schema = input_config_schema


class IOManagerDefinition(InputManagerDefinition):
    """A function that makes an IO manager.

    Args:
        resource_fn: Gets an `InitResourceContext`; returns the IO manager.
        config_schema: What config it takes.
        description: What it is.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.
        input_config_schema: What config each input takes.
        output_config_schema: What config each output takes.
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: Collection[str] | None = None,
        version: str | None = None,
        input_config_schema: Any = None,
        output_config_schema: Any = None,
    ) -> None:
        super().__init__(
            resource_fn, config_schema, description, required_resource_keys, version, input_config_schema
        )
        self.output_config_schema = output_config_schema

    @classmethod
    def hardcoded_io_manager(cls, value: Any, description: str | None = None) -> IOManagerDefinition:
        """The definition that gives this IO manager."""
        return cls(lambda _context: value, description=description)


def io_manager(
    config_schema: Any = None,
    description: str | None = None,
    output_config_schema: Any = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Make a function the maker of an IO manager; used bare or called.

    Args:
        config_schema: What config it takes; a function, when used bare.
        description: What it is; default: the docstring.
        output_config_schema: What config each output takes.
        input_config_schema: What config each input takes.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.

    Returns:
        An `IOManagerDefinition`, or what makes one from a function.
    """
    if callable(config_schema) and not isinstance(config_schema, type):
        return IOManagerDefinition(config_schema, description=config_schema.__doc__)

    def wrap(function: Callable[..., Any]) -> IOManagerDefinition:
        return IOManagerDefinition(
            function,
            config_schema,
            description or getattr(function, "__doc__", None),
            frozenset(required_resource_keys or ()),
            version,
            input_config_schema,
            output_config_schema,
        )

    return wrap


def input_manager(
    config_schema: Any = None,
    description: str | None = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Make a function the loader of an input: it gets an `InputContext` and returns the value.

    Args:
        config_schema: What config it takes; a function, when used bare.
        description: What it is; default: the docstring.
        input_config_schema: What config each input takes.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.

    Returns:
        An `InputManagerDefinition`, or what makes one from a function.
    """

    def wrap(function: Callable[..., Any]) -> InputManagerDefinition:
        class Loader(InputManager):
            def load_input(self, context: InputContext) -> Any:
                return function(context)

        return InputManagerDefinition(
            lambda _context: Loader(),
            None if bare else config_schema,
            description or getattr(function, "__doc__", None),
            frozenset(required_resource_keys or ()),
            version,
            input_config_schema,
        )

    bare = callable(config_schema) and not isinstance(config_schema, type)
    return wrap(config_schema) if bare else wrap

"""What a function is handed while its step runs: `AssetExecutionContext` and its sisters.

A context is a view of one `Work`, which the step fills in and reads back; it decides
nothing. Members and errors: `spec/api.md` §4.1-4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from ..define.definition import AssetsDefinition, input_name
from ..define.nodes import Node
from ..define.op import OpDefinition
from ..define.results import AssetMaterialization, AssetObservation, ExpectationResult
from ..errors import (
    CheckError,
    DagsterInvalidPropertyError,
    DagsterInvariantViolationError,
    check_type,
    nearest,
)
from ..keys import AssetCheckKey, AssetKey, Piece
from ..partitions.multi import MultiPartitionKey, MultiPartitionsDefinition, window_of
from ..partitions.spaces import PartitionsDefinition
from ..partitions.subset import PartitionKeyRange
from ..partitions.window_subset import TimeWindow
from ..versions.data import DataVersion
from ..versions.provenance import DataProvenance
from .capture import Sink
from .dagster_run import DagsterRun

if TYPE_CHECKING:  # the first step that logs imports it
    import logging

current: ContextVar[StepContext | None] = ContextVar("assets_context", default=None)
"""The context of the step that runs here."""


class Work:
    """One step at work: what it is about, and what its body says besides returning.

    Args:
        definition: Whose function runs.
        keys: The assets that this step makes.
        partitions: The partition keys it makes; empty for none.
        space: The partitions definition they belong to.
        run: The run.
        instance: Whose run it is.
        resources: The namespace that `context.resources` gives.
        sink: Where messages go.
        read: The upstream partitions that each input reads, by parameter name.
        load: Gives the stored value of an asset and a partition.
        retry: How often the step was tried before.
        config: The step's config value.
        checks: The checks that this step reports.
        op: The op that runs, where it is not the definition's only one.
        node: The use of that op in its graph.
        step: The step's name.
        outputs: The asset that each output makes, `None` for none; those of the definition where absent.
        job: The job that runs; `None` where there is none.
        note: Records at once what the body logs about assets; what is logged is kept in `events` where absent.
    """

    __slots__ = (
        "asset_metadata", "checks", "config", "definition", "events", "instance", "job", "keys", "load", "mapping_key", "node", "note", "op", "output_metadata",
        "outputs", "partitions", "read", "resources", "retry", "run", "sink", "space", "step", "versions",
    )  # fmt: skip

    def __init__(
        self,
        definition: AssetsDefinition | None,
        keys: Sequence[AssetKey],
        partitions: Sequence[str],
        space: PartitionsDefinition | None,
        run: DagsterRun,
        *,
        instance: Any = None,
        resources: Any = None,
        sink: Sink | None = None,
        read: Mapping[str, tuple[AssetKey, Sequence[str | None], PartitionsDefinition | None]] | None = None,
        load: Callable[[AssetKey, str | None], Any] | None = None,
        retry: int = 0,
        config: Any = None,
        checks: Sequence[AssetCheckKey] = (),
        op: OpDefinition | None = None,
        step: str = "",
        outputs: Mapping[str, AssetKey | None] | None = None,
        mapping_key: str | None = None,
        node: Node | None = None,
        job: Any = None,
        note: Callable[[Any], None] | None = None,
    ) -> None:
        self.note = note
        self.op = op
        self.node = node
        self.job = job
        self.step = step
        self.outputs: Mapping[str, AssetKey | None] = (
            outputs
            if outputs is not None
            else definition.keys_by_output_name
            if definition is not None
            else {}
        )
        self.mapping_key = mapping_key
        self.definition = definition
        self.keys = keys
        self.partitions = partitions
        self.space = space
        self.run = run
        self.instance = instance
        self.resources = resources
        self.sink = sink
        self.read = read or {}
        self.load = load
        self.retry = retry
        self.config = config
        self.checks = checks
        self.output_metadata: dict[tuple[str, str | None], dict[str, Any]] = {}
        self.asset_metadata: dict[Piece, dict[str, Any]] = {}
        self.versions: dict[AssetKey, DataVersion] = {}
        self.events: list[AssetMaterialization | AssetObservation | ExpectationResult] = []

    @property
    def definition_here(self) -> AssetsDefinition:
        """The definition of assets.

        Raises:
            DagsterInvalidPropertyError: in a job of ops, where there is none.
        """
        if self.definition is None:
            message = f"The op {self.step!r} runs in a job without assets: there is no asset here."
            raise DagsterInvalidPropertyError(message)
        return self.definition


C = TypeVar("C", bound="StepContext")


class StepContext:
    """What every context of a running step has; users meet its subclasses."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def asset_key(self) -> AssetKey:
        """The key of the asset that is being made; an error where there are several."""
        keys = self._work.definition_here.keys
        if len(keys) != 1:
            names = ", ".join(sorted(repr(key.to_user_string()) for key in keys))
            message = (
                f"This function makes {len(keys)} assets ({names}), not one: ask for `selected_asset_keys`."
            )
            raise DagsterInvariantViolationError(message)
        return self._work.definition_here.key

    @property
    def selected_asset_keys(self) -> set[AssetKey]:
        """The assets that this step is to make."""
        return set(self._work.keys)

    @property
    def selected_asset_check_keys(self) -> set[AssetCheckKey]:
        """The checks that this step is to report."""
        return set(self._work.checks)

    @property
    def is_subset(self) -> bool:
        """Whether the step makes only a part of what its function can make."""
        return self._work.definition is not None and len(self._work.keys) < len(self._work.definition.keys)

    @property
    def assets_def(self) -> AssetsDefinition:
        """The definition whose function runs."""
        return self._work.definition_here

    @property
    def has_assets_def(self) -> bool:
        """Whether a definition of assets stands behind the step."""
        return self._work.definition is not None

    def asset_key_for_output(self, output_name: str = "result") -> AssetKey:
        """The asset that an output makes."""
        outputs = self._work.outputs
        key = outputs.get(output_name)
        if key is None:
            known = [name for name, made in outputs.items() if made is not None]
            message = (
                f"There is no output {output_name!r} that makes an asset{nearest(output_name, known) or '.'}"
            )
            raise DagsterInvariantViolationError(message)
        return key

    def output_for_asset_key(self, asset_key: AssetKey) -> str:
        """The name of the output that makes an asset."""
        for name, key in self._work.outputs.items():
            if key == asset_key:
                return name
        message = f"This function does not make {asset_key.to_user_string()!r}."
        raise DagsterInvariantViolationError(message)

    @property
    def run(self) -> DagsterRun:
        """The run that this step belongs to."""
        return self._work.run

    @property
    def op_def(self) -> OpDefinition:
        """The computation that runs."""
        return self._work.op or self._work.definition_here.op

    @property
    def repository_def(self) -> Any:
        """Never there: definitions run here as they are, not as a repository that was loaded."""
        message = "No repository is loaded here: pass what is needed to the function, or import it."
        raise DagsterInvalidPropertyError(message)

    @property
    def pdb(self) -> Any:
        """A debugger at the terminal: `context.pdb.set_trace()`."""
        import pdb  # noqa: T100  what is asked for
        import sys

        return pdb.Pdb(stdin=sys.__stdin__, stdout=sys.__stdout__)  # what the step prints goes to its run

    @property
    def job_def(self) -> Any:
        """The job that runs.

        Raises:
            DagsterInvalidPropertyError: in a run of no job, as one of `materialize`.
        """
        if self._work.job is None:
            message = "This run is one of no job: define_asset_job and Definitions give jobs, and materialize runs none."
            raise DagsterInvalidPropertyError(message)
        return self._work.job

    @property
    def job_name(self) -> str:
        """The name of the run's job."""
        return self._work.run.job_name

    @property
    def instance(self) -> Any:
        """The `DagsterInstance` that remembers the run."""
        return self._work.instance

    @property
    def resources(self) -> Any:
        """The resources that the function declared, as attributes."""
        return self._work.resources

    @property
    def log(self) -> logging.Logger:
        """A logger whose messages are kept with the run."""
        sink = self._work.sink
        return (sink or Sink(lambda _events: None, "", None)).logger

    @property
    def retry_number(self) -> int:
        """How often the step was tried before: 0 at first."""
        return self._work.retry

    @property
    def has_partitions(self) -> bool:
        """Whether the step, or its run, is about partitions."""
        return bool(self._work.partitions)

    @property
    def has_partition_key(self) -> bool:
        """Whether the step, or its run, is about one partition."""
        return len(self._work.partitions) == 1

    @property
    def partition_key(self) -> str:
        """The partition that is being made."""
        keys = self.partition_keys
        if len(keys) != 1:
            message = f"This step makes {len(keys)} partitions, not one: ask for `partition_keys`."
            raise DagsterInvariantViolationError(message)
        return keys[0]

    @property
    def partition_keys(self) -> Sequence[str]:
        """The partitions that are being made."""
        if not self._work.partitions:
            message = "This step is not about a partition: run it with a partition_key."
            raise DagsterInvariantViolationError(message)
        read = getattr(self._work.space, "get_partition_key_from_str", str)  # a key that knows its parts
        return [read(key) for key in self._work.partitions]

    @property
    def multi_partition_key(self) -> MultiPartitionKey:
        """The partition that is being made, of several dimensions; an error where it has one."""
        key, space = self.partition_key, self._work.space
        if isinstance(key, MultiPartitionKey):
            return key
        if isinstance(space, MultiPartitionsDefinition):
            return space.get_partition_key_from_str(key)
        message = f"The partition {key!r} has one dimension: ask for `partition_key`."
        raise DagsterInvariantViolationError(message)

    @property
    def has_partition_key_range(self) -> bool:
        """Whether the step makes several partitions at once."""
        return len(self._work.partitions) > 1

    @property
    def partition_key_range(self) -> PartitionKeyRange:
        """The first and the last partition that are being made."""
        keys = self.partition_keys
        return PartitionKeyRange(keys[0], keys[-1])

    @property
    def partition_time_window(self) -> TimeWindow:
        """The time that the partitions cover; an error where they are not about time."""
        return _window(self._work.space, self.partition_keys)

    def asset_key_for_input(self, input_name: str) -> AssetKey:
        """The asset that an input reads."""
        return self._input(input_name)[0]

    def asset_partition_key_for_input(self, input_name: str) -> str:
        """The one partition that an input reads."""
        keys = self.asset_partition_keys_for_input(input_name)
        if len(keys) != 1:
            message = f"The input {input_name!r} reads {len(keys)} partitions, not one: ask for `asset_partition_keys_for_input`."
            raise CheckError(message)
        return keys[0]

    def asset_partition_keys_for_input(self, input_name: str) -> Sequence[str]:
        """The partitions that an input reads."""
        key, partitions, space = self._input(input_name)
        if space is None:
            message = f"The input {input_name!r} reads {key.to_user_string()!r}, which has no partitions."
            raise CheckError(message)
        return [partition for partition in partitions if partition is not None]

    def asset_partition_key_range_for_input(self, input_name: str) -> PartitionKeyRange:
        """The first and the last partition that an input reads."""
        keys = self.asset_partition_keys_for_input(input_name)
        if not keys:
            message = f"The input {input_name!r} reads no partition here."
            raise CheckError(message)
        return PartitionKeyRange(keys[0], keys[-1])

    def asset_partitions_time_window_for_input(self, input_name: str) -> TimeWindow:
        """The time that the partitions of an input cover."""
        return _window(self._input(input_name)[2], self.asset_partition_keys_for_input(input_name))

    def asset_partitions_def_for_input(self, input_name: str) -> PartitionsDefinition:
        """The partitions definition of the asset that an input reads."""
        key, _, space = self._input(input_name)
        if space is None:
            message = f"The input {input_name!r} reads {key.to_user_string()!r}, which has no partitions."
            raise CheckError(message)
        return space

    def _input(self, name: str) -> tuple[AssetKey, Sequence[str | None], PartitionsDefinition | None]:
        read = self._work.read
        if name in read:
            return read[name]
        # A dependency without a value goes by another name inside.
        names = {input_name(param): param.name for param in self._work.definition_here.params}
        if names.get(name) not in read:
            message = f"There is no input {name!r}{nearest(name, names) or '.'}"
            raise DagsterInvariantViolationError(message)
        return read[names[name]]

    def load_asset_value(
        self,
        asset_key: AssetKey,
        *,
        python_type: type[object] | None = None,
        partition_key: str | None = None,
    ) -> Any:
        """The stored value of any asset, a copy of its own."""
        del python_type  # the stored value knows its type
        if self._work.load is None:
            message = "There is no run here that could load a value: use Definitions.load_asset_value."
            raise DagsterInvalidPropertyError(message)
        return self._work.load(asset_key, partition_key)

    def add_output_metadata(
        self, metadata: Mapping[str, Any], output_name: str | None = None, mapping_key: str | None = None
    ) -> None:
        """Add metadata to the materialization that an output makes; it wins over what the output itself says."""
        outputs = self._work.outputs
        if output_name is None:
            if len(outputs) != 1:
                message = f"This function has {len(outputs)} outputs: say which one with output_name."
                raise DagsterInvariantViolationError(message)
            output_name = next(iter(outputs))
        elif output_name not in outputs:
            message = f"There is no output {output_name!r}{nearest(output_name, outputs) or '.'}"
            raise DagsterInvariantViolationError(message)
        self._work.output_metadata.setdefault((output_name, mapping_key), {}).update(metadata)

    def get_output_metadata(
        self, output_name: str, mapping_key: str | None = None
    ) -> Mapping[str, Any] | None:
        """What was added so far with `add_output_metadata`."""
        return self._work.output_metadata.get((output_name, mapping_key))

    def add_asset_metadata(
        self, metadata: Mapping[str, Any], asset_key: Any = None, partition_key: str | None = None
    ) -> None:
        """Add metadata to an asset's materialization, or to that of one partition; it wins over all else."""
        work = self._work
        key = self.asset_key if asset_key is None else AssetKey.from_coercible(asset_key)
        if key not in work.keys:
            names = ", ".join(repr(known.to_user_string()) for known in work.keys)
            message = f"This step makes {names}, not {key.to_user_string()!r}."
            raise DagsterInvariantViolationError(message)
        if partition_key is not None and partition_key not in work.partitions:
            message = f"This step does not make the partition {partition_key!r} of {key.to_user_string()!r}."
            raise DagsterInvariantViolationError(message)
        work.asset_metadata.setdefault(Piece(key, partition_key), {}).update(metadata)

    def set_data_version(self, asset_key: AssetKey, data_version: DataVersion) -> None:
        """Say what the data version of an asset that is being made is.

        Raises:
            CheckError: for what is no key, or no data version.
        """
        check_type(asset_key, AssetKey, "asset_key", optional=False)
        self._work.versions[asset_key] = check_type(data_version, DataVersion, "data_version", optional=False)

    def get_asset_provenance(self, asset_key: AssetKey) -> DataProvenance | None:
        """Where the newest materialization of an asset came from; `None` if there is none."""
        check_type(asset_key, AssetKey, "asset_key", optional=False)
        event = self.instance.get_latest_materialization_event(asset_key)
        return None if event is None else DataProvenance.from_tags(event.tags)

    def log_event(self, event: AssetMaterialization | AssetObservation | ExpectationResult) -> None:
        """Record an event about any asset; in a run it is in the log when this comes back."""
        if self._work.note is None:
            self._work.events.append(event)
        else:
            self._work.note(event)


def _window(space: PartitionsDefinition | None, keys: Sequence[str]) -> TimeWindow:
    window = window_of(space, keys)
    if window is None:
        message = "There is no time window here: the partitions are not about time."
        raise DagsterInvariantViolationError(message)
    return window


class OpExecutionContext(StepContext):
    """The context under its older name, with the members that `AssetExecutionContext` is to lose."""

    __slots__ = ()

    @staticmethod
    def get() -> OpExecutionContext:
        """The context of the step that runs here."""
        return context_here(OpExecutionContext)

    @property
    def op_execution_context(self) -> OpExecutionContext:
        """Itself."""
        return self

    @property
    def op(self) -> Node | OpDefinition:
        """The use of the op in its graph, with its name and tags there; elsewhere the computation that runs."""
        return self._work.node or self.op_def

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._work.run.run_id

    @property
    def run_tags(self) -> Mapping[str, str]:
        """The run's tags."""
        return self._work.run.tags

    @property
    def run_config(self) -> Mapping[str, Any]:
        """The run's config."""
        return self._work.run.run_config

    @property
    def dagster_run(self) -> DagsterRun:
        """The run."""
        return self._work.run

    @property
    def op_config(self) -> Any:
        """The config value of the step."""
        return self._work.config

    def get_mapping_key(self) -> str | None:
        """The mapping key that the step runs for; `None` if it is not mapped over a dynamic output."""
        return self._work.mapping_key

    @property
    def selected_output_names(self) -> set[str]:
        """The names of the outputs that are to be made."""
        chosen = self.selected_asset_keys
        return {name for name, key in self._work.outputs.items() if key is None or key in chosen}

    @property
    def asset_partition_key_range(self) -> PartitionKeyRange:
        """The first and the last partition that are being made."""
        return self.partition_key_range

    def has_tag(self, key: str) -> bool:
        """Whether the run has a tag."""
        return key in self._work.run.tags

    def get_tag(self, key: str) -> str | None:
        """The value of a tag of the run."""
        return self._work.run.tags.get(key)

    def asset_partition_key_for_output(self, output_name: str = "result") -> str:
        """The partition that an output makes."""
        self.asset_key_for_output(output_name)
        return self.partition_key

    def asset_partition_keys_for_output(self, output_name: str = "result") -> Sequence[str]:
        """The partitions that an output makes."""
        self.asset_key_for_output(output_name)
        return self.partition_keys

    def asset_partition_key_range_for_output(self, output_name: str = "result") -> PartitionKeyRange:
        """The first and the last partition that an output makes."""
        self.asset_key_for_output(output_name)
        return self.partition_key_range

    def asset_partitions_time_window_for_output(self, output_name: str = "result") -> TimeWindow:
        """The time that the partitions of an output cover."""
        self.asset_key_for_output(output_name)
        return self.partition_time_window

    def asset_partitions_def_for_output(self, output_name: str = "result") -> PartitionsDefinition:
        """The partitions definition of an output's asset."""
        self.asset_key_for_output(output_name)
        if self._work.space is None:
            message = "This step is not about partitions."
            raise CheckError(message)
        return self._work.space


class AssetExecutionContext(StepContext):
    """The context of a function that makes assets."""

    __slots__ = ()

    @staticmethod
    def get() -> AssetExecutionContext:
        """The context of the step that runs here."""
        return context_here(AssetExecutionContext)

    @property
    def op_execution_context(self) -> OpExecutionContext:
        """The same step under the older class."""
        return OpExecutionContext(self._work)

    def get_op_execution_context(self) -> OpExecutionContext:
        """The same step under the older class."""
        return OpExecutionContext(self._work)

    def __getattr__(self, name: str) -> Any:
        cure = _OLD.get(name)
        if cure is None:
            message = (
                f"{type(self).__name__!r} object has no attribute {name!r}{nearest(name, dir(type(self)))}"
            )
            raise AttributeError(message)
        import warnings

        warnings.warn(
            f"AssetExecutionContext.{name} is deprecated: use {cure}.", DeprecationWarning, stacklevel=2
        )
        return getattr(OpExecutionContext(self._work), name)


_OLD: Mapping[str, str] = {
    "run_id": "`context.run.run_id`",
    "run_tags": "`context.run.tags`",
    "run_config": "`context.run.run_config`",
    "dagster_run": "`context.run`",
    "has_tag": "`key in context.run.tags`",
    "get_tag": "`context.run.tags.get(key)`",
    "op": "`context.op_def`",
    "op_config": "`context.op_execution_context.op_config`",
    "selected_output_names": "`context.op_execution_context.selected_output_names`",
    "asset_partition_key_range": "`context.partition_key_range`",
    "asset_partition_key_for_output": "`context.partition_key`",
    "asset_partition_keys_for_output": "`context.partition_keys`",
    "asset_partition_key_range_for_output": "`context.partition_key_range`",
    "asset_partitions_time_window_for_output": "`context.partition_time_window`",
    "asset_partitions_def_for_output": "`context.assets_def.partitions_def`",
}


def context_here(cls: type[C]) -> C:
    """The context of the step that runs here, in a class.

    Raises:
        DagsterInvariantViolationError: where no step runs.
    """
    context = current.get()
    if context is None:
        message = f"No step runs here: {cls.__name__}.get() works inside the function of an asset."
        raise DagsterInvariantViolationError(message)
    return context if isinstance(context, cls) else cls(context._work)  # noqa: SLF001 - the family shares its work

"""Contexts without a run: for calling a definition directly, and for testing IO managers.

A built context knows only what it was given; what belongs to an asset is an error until a
direct call binds it to one. Rules: `spec/api.md` §4.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from ..define.definition import AssetsDefinition
from ..define.op import OpDefinition
from ..define.results import AssetMaterialization, AssetObservation, ExpectationResult
from ..errors import CheckError, DagsterInvalidDefinitionError, DagsterInvalidPropertyError
from ..keys import AssetKey
from ..partitions.subset import PartitionKeyRange
from ..record import UNSET
from ..resources.definition import InitResourceContext, Resources
from ..resources.io_context import InputContext, OutputContext
from ..schema.process import process
from .check_context import AssetCheckExecutionContext
from .context import AssetExecutionContext, OpExecutionContext, Work
from .dagster_run import DagsterRun
from .op_config import read_op_config
from .supply import Supply

EPHEMERAL = "EPHEMERAL"

_BOUND = frozenset(
    {
        "asset_key", "assets_def", "check_specs", "dagster_run", "is_subset", "job_def", "job_name", "partition_key_range", "run",
        "run_config", "selected_asset_check_keys", "selected_asset_keys", "selected_output_names",
    }
)  # fmt: skip
"""What there is only once the context is bound to a definition by a call."""


class _Given:
    """What a builder was given; shared by a context and those that are bound from it."""

    def __init__(self, supply: Supply, keys: Sequence[str], work: Work) -> None:
        self.supply = supply
        self.work = work
        self.config = work.config
        self.keys = keys


class _Direct:
    """What the built contexts add to those of a run. Comes first among their bases."""

    _work: Work
    _given: _Given
    _definition: AssetsDefinition | OpDefinition | None

    def __init__(self, given: _Given, definition: AssetsDefinition | OpDefinition | None = None) -> None:
        self._given = given
        self._work = given.work
        self._definition = definition
        self._handed: Mapping[str, Any] = {}

    def __getattribute__(self, name: str) -> Any:
        if name in _BOUND and object.__getattribute__(self, "_definition") is None:
            message = f"{name!r} is known only while a definition is called with this context."
            raise DagsterInvalidPropertyError(message)
        return super().__getattribute__(name)

    def __enter__(self) -> Self:
        self._given.supply.enter()
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._given.supply.leave()

    def bind(self, definition: AssetsDefinition | OpDefinition) -> Any:
        """The same context, of the definition that is called."""
        work = self._work
        given = UNSET if self._given.config is None else self._given.config
        about = f"Error in config for op {definition.step_name!r}"
        if isinstance(definition, OpDefinition):
            work.definition, work.op = None, definition
            work.outputs = dict.fromkeys(definition.vents)
        else:
            work.definition = definition
            work.outputs = definition.keys_by_output_name
            work.keys = tuple(definition.specs_by_key)
            work.checks = tuple(spec.key for spec in definition.check_specs)
            work.space = definition.partitions_def
        if definition.config_schema is not None:
            work.config = process(definition.config_schema, given, about=about)
        if isinstance(definition, OpDefinition) and definition.made_from is not None:
            work.config, _ = read_op_config(definition, work.config, given, about)
        supply = self._given.supply
        supply.add(definition.resource_defs)
        for key in sorted(definition.resource_keys - definition.resource_params.keys()):
            if key not in supply.values():
                message = f"resource with key {key!r} required by op {definition.step_name!r} was not provided: pass it in the context's resources."
                raise DagsterInvalidDefinitionError(message)
        return type(self)(self._given, definition)

    def hand(self, resources: Mapping[str, Any]) -> None:
        """Take the resources that the call was given as arguments."""
        self._handed = dict(resources)

    def get_events(self) -> Sequence[AssetMaterialization | AssetObservation | ExpectationResult]:
        """What was logged with `log_event` so far."""
        return list(self._work.events)

    @property
    def run_id(self) -> str:
        """The id of no run."""
        return self._work.run.run_id

    @property
    def run_tags(self) -> Mapping[str, str]:
        """The tags that were given."""
        return self._work.run.tags

    @property
    def op_config(self) -> Any:
        """The config that was given."""
        return self._work.config

    @property
    def resources(self) -> Resources:
        """The resources that were given; only the declared ones once a definition is called."""
        values = {**self._given.supply.values(), **self._handed}
        return Resources(values, None if self._definition is None else self._definition.resource_keys)

    @property
    def instance(self) -> Any:
        """The instance that was given."""
        if self._work.instance is None:
            message = "This context was made without an instance: pass instance=DagsterInstance.ephemeral()."
            raise DagsterInvalidPropertyError(message)
        return self._work.instance

    @property
    def partition_key(self) -> str:
        """The partition that was given."""
        keys = self._work.partitions
        if len(keys) != 1:
            message = "This context was made without a partition_key."
            raise CheckError(message)
        return keys[0]


class DirectAssetExecutionContext(_Direct, AssetExecutionContext):
    """What `build_asset_context` gives."""


class DirectOpExecutionContext(_Direct, OpExecutionContext):
    """What `build_op_context` gives."""


class DirectAssetCheckExecutionContext(_Direct, AssetCheckExecutionContext):
    """What `build_asset_check_context` gives."""


def _given(
    resources: Mapping[str, Any] | None,
    resources_config: Mapping[str, Any] | None,
    config: Any,
    instance: Any,
    partition_key: str | None,
    partition_key_range: PartitionKeyRange | None,
    run_tags: Mapping[str, str] | None,
    builder: str,
) -> _Given:
    if partition_key is not None and partition_key_range is not None:
        message = "Both partition_key and partition_key_range were given: give one of them."
        raise CheckError(message)
    keys = (partition_key,) if partition_key is not None else tuple(partition_key_range or ())
    run = DagsterRun(EPHEMERAL, tags=run_tags)
    # Bound to a definition by the call; until then `_BOUND` keeps everybody from asking for it.
    work = Work(_NOBODY, (), keys, None, run, instance=instance, config=config)
    context = InitResourceContext(None, None, instance)
    return _Given(Supply(resources, builder, resources_config, context), keys, work)


_NOBODY = AssetsDefinition(())


def build_asset_context(
    resources: Mapping[str, Any] | None = None,
    resources_config: Mapping[str, Any] | None = None,
    asset_config: Mapping[str, Any] | None = None,
    instance: Any = None,
    partition_key: str | None = None,
    partition_key_range: PartitionKeyRange | None = None,
    run_tags: Mapping[str, str] | None = None,
    event_loop: Any = None,
) -> DirectAssetExecutionContext:
    """A context to call an asset with.

    Args:
        resources: By resource key.
        resources_config: The config of some of them, by key, as a run's config writes it.
        asset_config: The asset's config.
        instance: What `context.instance` is.
        partition_key: The partition that is being made.
        partition_key_range: Several partitions.
        run_tags: The tags of the run that is not there.
        event_loop: Kept for the reference's sake.

    Raises:
        CheckError: if both a partition and a range are given.
    """
    del event_loop
    return DirectAssetExecutionContext(
        _given(
            resources,
            resources_config,
            asset_config,
            instance,
            partition_key,
            partition_key_range,
            run_tags,
            "build_asset_context",
        )
    )


def build_asset_check_context(
    resources: Mapping[str, Any] | None = None,
    resources_config: Mapping[str, Any] | None = None,
    asset_config: Mapping[str, Any] | None = None,
    instance: Any = None,
) -> DirectAssetCheckExecutionContext:
    """A context to call a check with.

    Args:
        resources: By resource key.
        resources_config: The config of some of them, by key, as a run's config writes it.
        asset_config: The check's config.
        instance: What `context.instance` is.
    """
    return DirectAssetCheckExecutionContext(
        _given(
            resources, resources_config, asset_config, instance, None, None, None, "build_asset_check_context"
        )
    )


def build_op_context(
    resources: Mapping[str, Any] | None = None,
    op_config: Any = None,
    resources_config: Mapping[str, Any] | None = None,
    instance: Any = None,
    config: Any = None,
    partition_key: str | None = None,
    partition_key_range: PartitionKeyRange | None = None,
    mapping_key: str | None = None,
    run_tags: Mapping[str, str] | None = None,
    event_loop: Any = None,
) -> DirectOpExecutionContext:
    """The same under the older name; `op_config` and `config` are one.

    Raises:
        CheckError: if both a partition and a range are given.
    """
    del event_loop
    own = op_config if op_config is not None else config
    given = _given(
        resources,
        resources_config,
        own,
        instance,
        partition_key,
        partition_key_range,
        run_tags,
        "build_op_context",
    )
    given.work.mapping_key = mapping_key
    return DirectOpExecutionContext(given)


def build_output_context(
    step_key: str | None = None,
    name: str | None = None,
    definition_metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
    mapping_key: str | None = None,
    config: Any = None,
    dagster_type: Any = None,
    version: str | None = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: Any = None,
    asset_key: Any = None,
    partition_key: str | None = None,
    asset_partitions_def: Any = None,
    asset_partition_key_range: PartitionKeyRange | None = None,
    instance: Any = None,
    asset_spec: Any = None,
    metadata: Mapping[str, Any] | None = None,
    output_metadata: Mapping[str, Any] | None = None,
) -> OutputContext:
    """A context to call `handle_output` with; what is left out is not known."""
    return OutputContext(
        step_key=step_key,
        name=name,
        definition_metadata=definition_metadata if definition_metadata is not None else metadata,
        run_id=run_id,
        mapping_key=mapping_key,
        config=config,
        dagster_type=dagster_type,
        version=version,
        resource_config=resource_config,
        resources=Resources(resources or {}),
        op_def=op_def,
        asset_key=_key(asset_key),
        partition_key=partition_key,
        asset_partitions_def=asset_partitions_def,
        asset_partition_keys=_partitions(
            partition_key, asset_key, asset_partitions_def, asset_partition_key_range, instance
        ),
        instance=instance,
        asset_spec=asset_spec,
        output_metadata=output_metadata,
    )


def build_input_context(
    name: str | None = None,
    config: Any = None,
    definition_metadata: Mapping[str, Any] | None = None,
    upstream_output: OutputContext | None = None,
    dagster_type: Any = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: Any = None,
    step_context: Any = None,
    asset_key: Any = None,
    partition_key: str | None = None,
    asset_partition_key_range: PartitionKeyRange | None = None,
    asset_partitions_def: Any = None,
    instance: Any = None,
    metadata: Mapping[str, Any] | None = None,
) -> InputContext:
    """A context to call `load_input` with; what is left out is not known."""
    return InputContext(
        name=name,
        config=config,
        definition_metadata=definition_metadata if definition_metadata is not None else metadata,
        upstream_output=upstream_output,
        dagster_type=dagster_type,
        resource_config=resource_config,
        resources=Resources(resources or {}),
        op_def=op_def,
        step_context=step_context,
        asset_key=_key(asset_key),
        partition_key=partition_key,
        asset_partitions_def=asset_partitions_def,
        asset_partition_keys=_partitions(
            partition_key, asset_key, asset_partitions_def, asset_partition_key_range, instance
        ),
        instance=instance,
    )


def _key(asset_key: Any) -> AssetKey | None:
    return None if asset_key is None else AssetKey.from_coercible(asset_key)


def _partitions(
    key: str | None, asset: Any, space: Any, span: PartitionKeyRange | None, instance: Any
) -> Sequence[str] | None:
    """The partitions of the asset: the range's, else the one that was given beside the asset."""
    if span is not None:
        return (
            list(span)
            if space is None
            else [str(each) for each in space.get_partition_keys_in_range(span, instance)]
        )
    return [key] if key is not None and (space is not None or asset is not None) else None

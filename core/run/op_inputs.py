"""The arguments of one attempt at a step of a graph: inputs, config and resources, by name.

An input has its value from another step, in memory or through the IO manager that keeps it; from
an input of the graph, from an asset, from the run's config, or from its default. Rules: `spec/api.md` §2.6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import time
from typing import TYPE_CHECKING, Any

from ..define.expansion import Collect, Gather, Given, Read, Source, Stored
from ..define.ports import DEFAULT_IO_MANAGER, Slot
from ..define.types import UNSET
from ..errors import DagsterInvariantViolationError, DagsterTypeCheckDidNotPass
from ..events import InputRead
from ..keys import AssetKey, Piece
from ..resources.io_context import InputContext, OutputContext
from .dagster_run import PARTITION
from .flow_config import Told
from .loading import load_with
from .step import config_value
from .type_context import DagsterTypeLoaderContext, checking

if TYPE_CHECKING:
    from .op_step import OpStep, Result


def arguments(at: OpStep, record: Callable[..., None]) -> dict[str, Any]:
    """The arguments by name, inputs loaded and checked.

    Args:
        at: The attempt.
        record: Takes what is to be told of each input.
    """
    op, flow = at.step.op, at.flow
    found: dict[str, Any] = {}
    for slot in op.slots.values():
        if slot.typing.is_nothing:
            continue
        reads: list[InputRead] = []
        value = _input(at, slot, reads.append)
        if value is not UNSET and not slot.typing.is_anything:
            whose = f"the input {slot.name!r} of {at.name!r}"
            try:
                slot.typing.demand(value, whose, checking(slot.typing, at.context, flow.setting.providers))
            except DagsterTypeCheckDidNotPass as wrong:
                record(*(replace(read, refused=wrong.description) for read in reads))
                raise
        if reads:
            record(*reads)
        if value is not UNSET:
            found[slot.name] = value
    for name in op.resource_params:
        found[name] = flow.setting.providers.value(name)
    for name, annotation in op.config_param.items():
        found[name] = config_value(annotation, flow.config.arguments.get(at.step.key), at.name)
    return found


def _input(at: OpStep, slot: Slot, record: Callable[..., None]) -> Any:
    """What one input is handed; `UNSET` if it is the function's own default."""
    source = at.step.inputs.get(slot.name)
    told = at.flow.config.inputs.get((at.step.key, slot.name))
    manager = slot.given.input_manager_key
    if manager is not None and not (isinstance(source, Given) and source.name in at.flow.given):
        above = at.flow.results(source, at.key) if isinstance(source, Read) else []
        step = source.step if isinstance(source, Read) else ""
        return _managed(at, slot, manager, above[0].output if above else None, record, step)
    if source is not None:
        return _from(at, slot, source, record)
    if told is not None:
        return _made(at, slot, told, record)
    if slot.given.asset_key is not None:
        return _from(at, slot, Stored(slot.given.asset_key), record)
    return _default(at, slot, record)


def _from(at: OpStep, slot: Slot, source: Source, record: Callable[..., None]) -> Any:
    """What a source gives; a list where there are several."""
    flow = at.flow
    if isinstance(source, Gather):
        return [_from(at, slot, each, record) for each in source.sources if flow.is_there(each, at.key)]
    if isinstance(source, Collect):
        return [_loaded(at, slot, each, record, source.step) for each in flow.results(source, at.key)]
    if isinstance(source, Stored):
        record(InputRead(flow.setting.run.run_id, time(), at.name, slot.name, DEFAULT_IO_MANAGER))
        return flow.setting.loader.asset(_piece(at, source), at.context)
    if isinstance(source, Given):
        if source.name in flow.given:
            return flow.given[source.name](at.context)
        told = flow.config.given.get(source.name)
        return _default(at, slot, record) if told is None else _made(at, slot, told, record)
    (result,) = flow.results(source, at.key)
    return _loaded(at, slot, result, record, source.step)


def _piece(at: OpStep, source: Stored) -> Piece:
    """The piece of an asset that is read: of the partition of the run, if the asset has it."""
    setting = at.flow.setting
    key = AssetKey.from_coercible_or_definition(source.asset)
    piece = Piece(key, next(iter(at.flow.partitions), None))
    node = setting.graph.nodes.get(key)
    has = setting.facts.record(piece) is not None if node is None else node.partitions is not None
    return piece if has else Piece(key, None)


def _default(at: OpStep, slot: Slot, record: Callable[..., None]) -> Any:
    record(InputRead(at.flow.setting.run.run_id, time(), at.name, slot.name))
    return slot.default


def _made(at: OpStep, slot: Slot, told: Told, record: Callable[..., None]) -> Any:
    """The value that the run's config describes."""
    record(InputRead(at.flow.setting.run.run_id, time(), at.name, slot.name))
    keys = told.loader.required_resource_keys()
    context = DagsterTypeLoaderContext(at.context, at.flow.setting.providers.of_keys(keys))
    return told.loader.construct_from_config_value(context, told.config)


def _loaded(at: OpStep, slot: Slot, result: Result, record: Callable[..., None], source: str) -> Any:
    """The value of another step's output: from memory, or through the IO manager that keeps it."""
    if result.output is not None:
        return _managed(at, slot, result.manager, result.output, record, source)
    if result.value is UNSET:
        message = (
            f"The input {slot.name!r} of {at.name!r} reads an output that has no value. Give it one, or declare the input as "
            "In(Nothing), without a parameter."
        )
        raise DagsterInvariantViolationError(message)
    run = at.flow.setting.run.run_id
    record(InputRead(run, time(), at.name, slot.name, DEFAULT_IO_MANAGER, source=source))
    return result.value


def _managed(
    at: OpStep,
    slot: Slot,
    key: str,
    output: OutputContext | None,
    record: Callable[..., None],
    source: str = "",
) -> Any:
    """The value that an IO manager loads."""
    run, providers = at.flow.setting.run, at.flow.setting.providers
    context = InputContext(
        name=slot.name,
        job_name=run.job_name,
        instance=at.flow.setting.instance,
        config=at.flow.config.managed.get((at.step.key, "inputs", slot.name)),
        resource_config=providers.config_of_manager(key),
        definition_metadata=slot.given.metadata or {},
        upstream_output=output,
        op_def=at.step.op,
        step_context=at.context,
        resources=providers.namespace(None),
        log=at.sink.logger,
        partition_key=run.tags.get(PARTITION),
    )
    context.make_later("dagster_type", lambda: slot.typing.dagster_type)
    value = load_with(providers.manager(key, None), context)
    told = context.get_logged_metadata()
    record(InputRead(run.run_id, time(), at.name, slot.name, key, told, source=source))
    return value

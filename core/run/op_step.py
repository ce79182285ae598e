"""One attempt at one step of a graph: its inputs, its function, its outputs.

What it is told by the flow it asks the flow; it decides nothing about other steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ..define.expansion import FlowStep, Given
from ..define.op_results import NOTED, Value, values_of
from ..define.results import AssetMaterialization, AssetObservation, ExpectationResult
from ..define.types import UNSET
from ..errors import DagsterInvalidDefinitionError, DagsterTypeCheckDidNotPass
from ..events import Event, Expected, OutputMade
from ..keys import AssetKey, Piece
from ..metadata import coerce_all
from ..resources.io_context import OutputContext
from .call import call
from .capture import Sink
from .context import AssetExecutionContext, OpExecutionContext, StepContext, Work, current
from .dagster_run import PARTITION
from .handing import hand_over
from .keeping import recorded
from .op_inputs import arguments
from .type_context import checking

if TYPE_CHECKING:
    from .flow import FlowRun


class Result(NamedTuple):
    """A value that a step gave, and how another one gets it.

    `output` is what its IO manager was told, if one keeps it.
    """

    value: Any
    metadata: Mapping[str, Any]
    manager: str = ""
    output: OutputContext | None = None


class OpStep:
    """One step at work: where it stands in its flow, and what it gave."""

    def __init__(self, flow: FlowRun, step: FlowStep, key: str, name: str, sink: Sink, retry: int) -> None:
        self.flow = flow
        self.step = step
        self.key = key
        self.name = name
        self.sink = sink
        self.results: dict[tuple[str, str], Result] = {}
        setting = flow.setting
        op = step.op
        keeping = flow.keeping
        definition = flow.definition
        of_run = setting.run.tags.get(PARTITION)
        partitions = flow.partitions or (() if of_run is None else (of_run,))
        self.work = Work(
            definition,
            tuple(dict.fromkeys(piece.asset for piece in keeping.pieces)) if keeping is not None else (),
            partitions,
            flow.space,
            setting.run,
            instance=setting.instance,
            job=setting.job_def,
            resources=setting.providers.of_keys(op.resource_keys),
            sink=sink,
            load=lambda asset, partition: setting.loader.asset(
                Piece(AssetKey.from_coercible(asset), partition), self.context
            ),
            retry=retry,
            config=flow.config.configs.get(step.key),
            op=op,
            node=step.node,
            read={
                name: flow.reading[source.name]
                for name, source in step.inputs.items()
                if isinstance(source, Given) and source.name in flow.reading
            },
            step=name,
            outputs=outputs_of(flow, step),
            mapping_key=key or None,
            note=None if setting.note is None else self.note,
        )
        notes = getattr(op.fn, "__annotations__", {}).get(op.context_param)
        wanted = notes.rpartition(".")[2] if isinstance(notes, str) else getattr(notes, "__name__", "")
        self.context: StepContext = (
            AssetExecutionContext(self.work)
            if wanted == "AssetExecutionContext"
            else OpExecutionContext(self.work)
        )

    def note(self, note: AssetMaterialization | AssetObservation | ExpectationResult) -> None:
        """Record at once what the body logs, or yields besides its outputs."""
        record = self.flow.setting.note
        assert record is not None
        record(_note(self, note))


def outputs_of(flow: FlowRun, step: FlowStep) -> dict[str, AssetKey | None]:
    """The asset that each output of a step makes."""
    keys: dict[str, AssetKey | None] = dict.fromkeys(step.op.vents)
    if flow.definition is not None:
        for name, read in flow.flow.outputs.items():
            if read.step == step.key and name in flow.definition.ports:
                keys[read.output] = flow.definition.ports[name].key
    return keys


def run_op(at: OpStep, record: Callable[..., None]) -> BaseException | None:
    """Do one attempt; what it failed with, if it failed. What was recorded before that stands."""
    try:
        _check_context(at)
        kwargs = arguments(at, record)
        op = at.step.op
        args = [at.context] if op.context_param is not None else []
        given: list[Any] = []

        def take(item: Any) -> None:
            (at.note if isinstance(item, NOTED) else given.append)(item)

        token = current.set(at.context)
        try:
            said = call(op.fn, args, kwargs, at.flow.setting.cancel, None if at.work.note is None else take)
        finally:
            current.reset(token)
        if said.yields is not None and at.work.note is not None:
            said.yields = given
        if said.error is not None and not said.yields:
            return said.error
        if said.returned is None and said.yields is None:
            _warn(at)
        _settle(at, said, record)
    except BaseException as error:  # noqa: BLE001  the flow records it, and raises again what interrupts
        return error
    return said.error


def _warn(at: OpStep) -> None:
    """Say that a `None` for an optional output is a value like any other, and not its absence."""
    vents = list(at.step.op.vents.values())
    if len(vents) == 1 and not vents[0].required and not vents[0].typing.is_nothing:
        at.sink.logger.warning(
            "%r returned None for its optional output %r. This value will be passed to downstream ops; to skip "
            "them, yield no Output instead of returning.",
            at.name,
            vents[0].name,
        )


def _check_context(at: OpStep) -> None:
    """An op that is no part of an asset cannot ask for the context of one."""
    if at.flow.definition is not None or not isinstance(at.context, AssetExecutionContext):
        return
    param = at.step.op.context_param
    message = (
        f"Cannot annotate @op `{param}` parameter with type AssetExecutionContext: {at.name!r} runs in a job and makes no asset. "
        "Annotate it as OpExecutionContext, or not at all."
    )
    raise DagsterInvalidDefinitionError(message)


def _settle(at: OpStep, said: Any, record: Callable[..., None]) -> None:
    """Check, keep and record each value, and what was noted besides; what the context logged comes first."""
    for note in at.work.events:
        record(_note(at, note))
    for value in values_of(at.step.op, said.returned, said.yields, whole=said.error is None):
        if not isinstance(value, Value):
            record(_note(at, value))
            continue
        typing = value.vent.typing
        if value.value is not UNSET and not typing.is_anything:
            whose = f"the output {value.vent.name!r} of {at.name!r}"
            try:
                typing.demand(value.value, whose, checking(typing, at.context, at.flow.setting.providers))
            except DagsterTypeCheckDidNotPass as wrong:
                record(_made(at, value, refused=wrong.description))
                raise
            if typing.is_nothing:
                value.value = UNSET
        _keep(at, value, record)


def _note(at: OpStep, note: AssetMaterialization | AssetObservation | ExpectationResult) -> Event:
    run = at.flow.setting.run.run_id
    if isinstance(note, ExpectationResult):
        return Expected(
            run, time(), at.name, note.success, note.label or "", note.description or "", note.metadata
        )
    return recorded(note, run, at.name)


def _made(
    at: OpStep, value: Value, manager: str = "", metadata: Mapping[str, Any] | None = None, refused: str = ""
) -> OutputMade:
    """That an output was given; or, with a reason, that it was refused."""
    run, told = at.flow.setting.run.run_id, coerce_all(metadata) if metadata else {}
    return OutputMade(run, time(), at.name, value.vent.name, value.key, manager, told, refused)


def _keep(at: OpStep, value: Value, record: Callable[..., None]) -> None:
    flow, vent = at.flow, value.vent
    metadata = dict(value.metadata)
    metadata.update(at.work.output_metadata.get((vent.name, value.key or None), {}))
    own = (vent.name, value.key)
    if flow.keeping is not None and flow.keeping.keeps(at.step.key, vent.name):
        value.metadata = metadata
        for event, stored in flow.keeping.keep(at, value):
            record(event, values=stored)
        at.results[own] = Result(value.value, metadata)
        return
    run = flow.setting.run
    key = vent.io_manager_key
    manager = flow.setting.providers.manager(key, None)
    output: OutputContext | None = None
    if manager is not None:
        output = OutputContext(
            name=vent.name,
            step_key=at.name,
            job_name=run.job_name,
            run_id=run.run_id,
            op_def=at.step.op,
            config=flow.config.managed.get((at.step.key, "outputs", vent.name)),
            resource_config=flow.setting.providers.config_of_manager(key),
            mapping_key=value.key or at.key or None,
            resources=flow.setting.providers.namespace(None),
            log=at.sink.logger,
            step_context=at.context,
            definition_metadata=vent.given.metadata or {},
            output_metadata=metadata,
            partition_key=run.tags.get(PARTITION),
            version=vent.given.code_version or at.step.op.code_version,
        )
        output.make_later("dagster_type", lambda: vent.typing.dagster_type)
        if value.value is not UNSET:  # else there is nothing to keep, but something may be loaded
            handed = hand_over(manager, output, value.value, f"the output {vent.name!r} of {at.name!r}")
            metadata.update(handed.metadata)
            for each in handed.records:
                record(recorded(each, run.run_id, at.name))
    record(_made(at, value, "" if value.value is UNSET else key, metadata))
    at.results[own] = Result(value.value, metadata, key, output)

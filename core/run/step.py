"""One step: load the inputs, call the function, read its results, store them, and say what happened.

A plain function of what it is given; it writes no event itself. What fails inside is in its
answer, so that the runner alone decides what a failure stops. Rules: `spec/semantics.md`
§3-5 and §8, `spec/notebook.md` §4.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import time, time_ns
from typing import Any

from xxhash import xxh3_128_hexdigest

from ..decide.inputs import input_of, pieces_read
from ..decide.plan import Step
from ..define.definition import AssetsDefinition
from ..define.results import AssetMaterialization, AssetObservation
from ..define.types import UNSET, TypeCheck
from ..errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from ..events import Event, Materialized, Observed, Stored
from ..graph import Graph, Node
from ..history import Fold, ValueStore
from ..keys import AssetKey, Piece
from ..metadata import MetadataValue, coerce_all
from ..partitions.spaces import PartitionsDefinition
from ..resources.io_context import InputContext, OutputContext
from ..versions.data import Input, Provenance
from ..versions.digest import Undigestable, digest
from .call import Said, call
from .cancel import Cancel
from .capture import Sink
from .configure import Configs
from .context import AssetExecutionContext, OpExecutionContext, StepContext, Work, current
from .dagster_run import PARTITION, DagsterRun
from .handing import hand_over
from .loading import Loader
from .observing import observations
from .outputs import Made, results_of
from .provide import Providers
from .type_context import checking


class Setting:
    """What all steps of a run share."""

    __slots__ = (
        "cancel", "configs", "facts", "graph", "instance", "keep_values", "loader", "now", "providers", "python", "run",
        "values",
    )  # fmt: skip

    def __init__(
        self,
        *,
        graph: Graph,
        values: ValueStore,
        facts: Fold,
        run: DagsterRun,
        instance: Any,
        providers: Providers,
        loader: Loader,
        cancel: Cancel,
        now: datetime | None,
        keep_values: bool,
        python: str,
    ) -> None:
        self.graph = graph
        self.values = values
        self.facts = facts
        self.run = run
        self.instance = instance
        self.providers = providers
        self.loader = loader
        self.configs = Configs()
        self.cancel = cancel
        self.now = now
        self.keep_values = keep_values
        self.python = python


class Done:
    """What came of a step.

    Attributes:
        events: What is to be recorded of the assets.
        values: The small values that go with these events.
        made: The pieces that have a new materialization.
        live: The values that no store of ours has.
        error: What the body raised, or what was wrong with what it gave.
    """

    __slots__ = ("error", "events", "live", "made", "values")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.values: list[tuple[Stored, bytes]] = []
        self.made: list[Piece] = []
        self.live: dict[Piece, Any] = {}
        self.error: BaseException | None = None


def run_step(step: Step, code: str, setting: Setting, sink: Sink) -> Done:
    """Do one step.

    Args:
        step: Which piece of which asset.
        code: The code version of the function at this moment.
        setting: What the run's steps share.
        sink: Where the context's messages go.

    Returns:
        What came of it. Whatever was raised is in it.
    """
    done = Done()
    try:
        _do(step, code, setting, sink, done)
    except BaseException as error:  # noqa: BLE001 - the runner records it, and raises again what interrupts
        done.error = error
    return done


def _do(step: Step, code: str, setting: Setting, sink: Sink, done: Done) -> None:
    node, piece = step.node, step.piece
    definition = node.definition
    assert definition is not None
    assert definition.fn is not None
    inputs, read = _inputs(node, piece, setting)
    run = setting.run
    of_run = run.tags.get(PARTITION) if piece.partition is None else None
    partition = of_run if node.partitions is None and of_run is not None else piece.partition
    keys: tuple[AssetKey, ...] = (piece.asset,)
    if definition.is_observable:
        keys = tuple(key for key in definition.specs_by_key if key in setting.graph.nodes)
    work = Work(
        definition,
        keys,
        () if partition is None else (partition,),
        node.partitions,
        run,
        instance=setting.instance,
        resources=setting.providers.namespace(definition),
        sink=sink,
        read=read,
        load=None,
        config=setting.configs.value(definition.step_name),
    )
    context: StepContext = AssetExecutionContext(work)
    work.load = lambda key, partition: setting.loader.asset(
        Piece(AssetKey.from_coercible(key), partition), context
    )
    args = [_context_for(definition, context, work)] if definition.context_param is not None else []
    told: list[InputContext] = []
    kwargs = _arguments(node, read, setting, context, work, told)
    for each in told:
        done.events.extend(_recorded(seen, run.run_id) for seen in each.get_observations())
    token = current.set(context)
    try:
        said = call(definition.fn, args, kwargs, setting.cancel)
    finally:
        current.reset(token)
    if said.error is not None and not said.yields:
        raise said.error
    _settle(said, work, node, piece, Provenance(code, inputs), setting, context, done)
    if said.error is not None:
        raise said.error


def _inputs(
    node: Node, piece: Piece, setting: Setting
) -> tuple[dict[str, Input], dict[str, tuple[AssetKey, Sequence[str | None], PartitionsDefinition | None]]]:
    """What the step reads: for the record, and for loading."""
    graph, facts, now = setting.graph, setting.facts, setting.now
    inputs: dict[str, Input] = {}
    read: dict[str, tuple[AssetKey, Sequence[str | None], PartitionsDefinition | None]] = {}
    for edge in node.inputs:
        partitions, missing = pieces_read(edge, piece, graph, now)
        if missing:
            names = ", ".join(map(repr, list(missing)[:5]))
            message = (
                f"{str(piece)!r} needs the partitions {names} of {edge.up.to_user_string()!r}, which do not exist. "
                "Choose another partition, or give the dependency a partition mapping."
            )
            raise DagsterInvariantViolationError(message)
        inputs[edge.name] = input_of(edge, partitions, facts)
        read[edge.name] = (edge.up, partitions, graph.nodes[edge.up].partitions)
    return inputs, read


def _arguments(
    node: Node,
    read: Mapping[str, tuple[AssetKey, Sequence[str | None], PartitionsDefinition | None]],
    setting: Setting,
    context: StepContext,
    work: Work,
    told: list[InputContext],
) -> dict[str, Any]:
    """The arguments by name: inputs, loaded and checked; config; resources."""
    definition = work.definition
    found: dict[str, Any] = {}
    edges = {edge.name: edge for edge in node.inputs}
    for param in definition.params:
        if not param.loads:
            continue
        edge = edges[param.name]
        config = setting.configs.of_input(definition.step_name, param.name)
        value = setting.loader.input(edge, param, read[param.name][1], node, context, told, config)
        if not param.typing.is_anything:
            whose = f"the input {param.name!r} of {node.key.to_user_string()!r}"
            param.typing.demand(value, whose, checking(param.typing, context, setting.providers))
        found[param.name] = value
    for name in definition.resource_params:
        found[name] = setting.providers.value(name)
    for name, annotation in definition.config_param.items():
        found[name] = _config(annotation, setting.configs.argument(definition.step_name), definition)
    return found


def _config(annotation: Any, read: Any, definition: AssetsDefinition) -> Any:
    """The config value; what its validators say is the step's own failure."""
    from ..resources.config import make_config  # who takes no config does not pay for pydantic

    return make_config(annotation, read, definition.step_name)


def _context_for(definition: AssetsDefinition, context: StepContext, work: Work) -> StepContext:
    """The context in the class that the function asks for."""
    assert definition.fn is not None
    notes = getattr(definition.fn, "__annotations__", None)
    asked = notes.get(definition.context_param) if notes else None
    if asked is None:
        return context
    name = asked.rpartition(".")[2] if isinstance(asked, str) else getattr(asked, "__name__", "")
    if name == "OpExecutionContext":
        return OpExecutionContext(work)
    if name == "AssetCheckExecutionContext":
        message = f"{definition.step_name!r} makes an asset: annotate its context as AssetExecutionContext."
        raise DagsterInvalidDefinitionError(message)
    return context


def _settle(
    said: Said,
    work: Work,
    node: Node,
    piece: Piece,
    provenance: Provenance,
    setting: Setting,
    context: StepContext,
    done: Done,
) -> None:
    """Check, store and describe each result, one after the other: those before a wrong one stand."""
    if work.definition.is_observable:
        seen = observations(
            said, work.definition, work.keys, setting.run.run_id, piece.partition, work.output_metadata
        )
        done.events.extend(_recorded(record, setting.run.run_id) for record in (*work.events, *seen.records))
        done.events.extend(seen.events)
        done.made.extend(Piece(key, piece.partition) for key in work.keys if key in seen.seen)
        return
    results = results_of(said, work.definition, work.keys)
    for record in (*work.events, *results.records):
        done.events.append(_recorded(record, setting.run.run_id))
    for made in results.made:
        own = Piece(made.key, piece.partition)
        event = _keep(made, work, node, own, provenance, setting, context, done)
        done.events.append(event)
        done.made.append(own)


def _keep(
    made: Made,
    work: Work,
    node: Node,
    piece: Piece,
    provenance: Provenance,
    setting: Setting,
    context: StepContext,
    done: Done,
) -> Materialized:
    """Store one result's value and make its event."""
    port, value = made.port, made.value
    if not port.typing.is_anything:
        whose = f"the result of {piece.asset.to_user_string()!r}"
        if value is not UNSET:
            port.typing.demand(value, whose, checking(port.typing, context, setting.providers))
        elif not port.typing.is_nothing:
            port.typing.refuse(TypeCheck(success=False, description="it has no value"), value, whose)
        if port.typing.is_nothing:
            value = UNSET
    metadata = dict(made.metadata)
    if work.output_metadata:
        metadata.update(work.output_metadata.get(port.name, {}))
    stored: Stored | None = None
    content: str | None = None
    if value is not UNSET:
        manager = setting.providers.manager(port.io_manager_key, work.definition)
        if manager is None:
            kept = setting.values.put(value)
            stored, content = kept.stored, kept.digest
            if kept.data is not None:
                done.values.append((stored, kept.data))
                setting.loader.note(stored, value)
        else:
            # Before the manager sees it: what it does to the value is not what was made.
            content = _digest(value)
            metadata.update(_handle(manager, made, work, node, piece, setting, context, metadata, done))
            if setting.keep_values:
                done.live[piece] = value
        if value is None:
            content = None
    if work.asset_metadata:
        metadata.update(work.asset_metadata.get(Piece(piece.asset, None), {}))
        metadata.update(work.asset_metadata.get(piece, {}))
    given = made.version or work.versions.get(piece.asset)
    version = given.value if given is not None else content or _derived(provenance, piece, setting.run.run_id)
    typed: Mapping[str, MetadataValue] = coerce_all(metadata) if metadata else {}
    return Materialized(
        setting.run.run_id,
        time(),
        piece,
        provenance,
        version,
        given is not None,
        stored,
        typed,
        made.tags,
        0.0,
        setting.python,
        work.definition.code_version_of(piece.asset),
    )


def _handle(
    manager: Any,
    made: Made,
    work: Work,
    node: Node,
    piece: Piece,
    setting: Setting,
    context: StepContext,
    metadata: Mapping[str, Any],
    done: Done,
) -> Mapping[str, Any]:
    """Let an IO manager keep a value; gives the metadata that it adds."""
    definition, run = work.definition, setting.run
    output = OutputContext(
        name=made.port.name,
        step_key=definition.step_name,
        job_name=run.job_name,
        run_id=run.run_id,
        config=setting.configs.of_output(definition.step_name, made.port.name),
        resource_config=setting.providers.config_of_manager(made.port.io_manager_key),
        resources=setting.providers.namespace(None),
        log=context.log,
        step_context=context,
        definition_metadata=node.spec.metadata,
        output_metadata=metadata,
        asset_key=piece.asset,
        asset_spec=node.spec,
        asset_partitions_def=node.partitions,
        partition_key=piece.partition or run.tags.get(PARTITION),
        asset_partition_keys=None if piece.partition is None else [piece.partition],
        version=definition.code_version_of(piece.asset),
    )
    output.make_later("dagster_type", lambda: made.port.typing.dagster_type)
    output.make_later("op_def", lambda: definition.op)
    handed = hand_over(manager, output, made.value, f"the asset {piece.asset.to_user_string()!r}")
    done.events.extend(_recorded(each, run.run_id) for each in handed.records)
    return handed.metadata


def _recorded(record: AssetMaterialization | AssetObservation, run: str) -> Event:
    """The event for what a body said about an asset besides its results."""
    if not isinstance(record, (AssetMaterialization, AssetObservation)):
        message = (
            f"Only an AssetMaterialization or an AssetObservation can be logged, not {type(record).__name__}."
        )
        raise DagsterInvariantViolationError(message)
    piece = Piece(record.asset_key, record.partition)
    tags = dict(record.tags or {})
    version = record.data_version
    if isinstance(record, AssetObservation):
        return Observed(run, time(), piece, version, record.metadata, tags, record.description)
    provenance = Provenance("", {})
    return Materialized(
        run,
        time(),
        piece,
        provenance,
        version or _derived(provenance, piece, run),
        version is not None,
        metadata=record.metadata,
        tags=tags,
        description=record.description,
    )


def _digest(value: Any) -> str | None:
    try:
        found: str = digest(value)
    except Undigestable:
        return None
    return found


def _derived(provenance: Provenance, piece: Piece, run: str) -> str:
    """The version of what says nothing by its content: another one for every materialization."""
    parts = [provenance.code, str(piece), run, str(time_ns())]
    for name, read in sorted(provenance.inputs.items()):
        parts += (name, read.asset.to_string(), read.pieces, read.version)
    return xxh3_128_hexdigest("\0".join(parts).encode("utf-8", "surrogatepass"))

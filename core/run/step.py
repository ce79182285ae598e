"""One step of assets: load the inputs, call the function, read its results, keep them, say what happened.

A plain function of what it is given; it writes no event itself. What fails inside is in its
answer, so that the runner alone decides what a failure stops. Rules: `spec/semantics.md`
§3-5 and §8, `spec/notebook.md` §4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ..decide.inputs import input_of, pieces_read
from ..define.checks import AssetCheckResult, AssetCheckSpec
from ..define.definition import AssetsDefinition
from ..errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError
from ..events import Event, Stored
from ..graph import Edge, Graph, Node
from ..history import Fold
from ..keys import AssetCheckKey, AssetKey, Piece
from ..partitions.moment import Moment
from ..partitions.spaces import PartitionsDefinition
from ..resources.io_context import InputContext
from ..storage import ValueStore
from ..versions.data import Input
from .call import call
from .cancel import Cancel
from .capture import Sink
from .configure import Configs
from .context import AssetExecutionContext, OpExecutionContext, StepContext, Work, current
from .dagster_run import PARTITION, DagsterRun
from .keeping import recorded
from .loading import Loader
from .provide import Providers
from .settling import Settling
from .type_context import checking

ReadBy: TypeAlias = Mapping[str, tuple[AssetKey, Sequence[str | None], PartitionsDefinition | None]]
"""The upstream asset, its partitions that are read, and all that it has, by parameter name."""


class Setting:
    """What all steps of a run share."""

    __slots__ = (
        "cancel", "configs", "facts", "graph", "instance", "job_def", "keep_values", "loader", "note", "now", "providers", "python", "run",
        "tell", "values",
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
        now: Moment | None,
        keep_values: bool,
        python: str,
        tell: Callable[[Any, Piece, str], None],
        job_def: Any = None,
    ) -> None:
        self.job_def = job_def
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
        self.tell = tell
        """Tells how it goes with a piece."""
        self.note: Callable[[Event], None] | None = None
        """Records an event at once, and comes back when the log has it."""


class Unit(NamedTuple):
    """What one call of a function makes: some of its assets, of one partition or of several."""

    definition: AssetsDefinition
    nodes: tuple[Node, ...]
    partitions: tuple[str | None, ...] = (None,)

    @property
    def pieces(self) -> list[Piece]:
        """The pieces that it makes."""
        return [Piece(node.key, partition) for node in self.nodes for partition in self.partitions]

    @property
    def step(self) -> str:
        """The step's name, where it does not follow from the asset's; else empty."""
        if len(self.nodes) == 1 and self.definition.step_name == self.nodes[0].key.to_python_identifier():
            return ""
        return self.definition.step_name


class Done:
    """What came of a step.

    Attributes:
        events: What is to be recorded of the assets.
        values: The small values that go with these events.
        made: The pieces that have a new materialization.
        checks: What the function reported of its checks, with their specs.
        checks_of: The same of single partitions.
        told_of: The checks of which something was said of a partition.
        apart: Whether the last result was one of a single partition of the call.
        live: The values that no store of ours has.
        outputs: What it gave, by step and output, where somebody asks for it: a hook, or the steps of a graph.
        error: What the body raised, or what was wrong with what it gave.
    """

    __slots__ = (
        "apart",
        "checks",
        "checks_of",
        "error",
        "events",
        "live",
        "made",
        "outputs",
        "told_of",
        "values",
    )

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.values: list[tuple[Stored, bytes]] = []
        self.made: list[Piece] = []
        self.checks: list[tuple[AssetCheckSpec, AssetCheckResult]] = []
        self.checks_of: dict[str, list[tuple[AssetCheckSpec, AssetCheckResult]]] = {}
        self.apart = False
        self.told_of: set[AssetCheckKey] = set()
        self.live: dict[Piece, Any] = {}
        self.outputs: dict[tuple[str, str], Any] = {}
        self.error: BaseException | None = None


def run_step(
    unit: Unit,
    codes: Mapping[AssetKey, str],
    setting: Setting,
    sink: Sink,
    retry: int = 0,
    land: Callable[[Done], None] | None = None,
) -> Done:
    """Do one step.

    Args:
        unit: Which pieces.
        codes: The code version of the function at this moment, by asset.
        setting: What the run's steps share.
        sink: Where the context's messages go.
        retry: How often it was tried before.
        land: Hears of each result of a generator as it comes, and takes the events and values out; without it, all
            are in the answer.

    Returns:
        What came of it. Whatever was raised is in it.
    """
    done = Done()
    try:
        _do(unit, codes, setting, sink, retry, done, land)
    except BaseException as error:  # noqa: BLE001 - the runner records it, and raises again what interrupts
        done.error = error
    return done


def _do(
    unit: Unit,
    codes: Mapping[AssetKey, str],
    setting: Setting,
    sink: Sink,
    retry: int,
    done: Done,
    land: Callable[[Done], None] | None,
) -> None:
    definition = unit.definition
    assert definition.fn is not None
    inputs, read = inputs_of_unit(unit, setting)
    run = setting.run
    partitions = [partition for partition in unit.partitions if partition is not None]
    if (
        not partitions
        and (of_run := run.tags.get(PARTITION)) is not None
        and unit.nodes[0].partitions is None
    ):
        partitions = [of_run]
    keys = tuple(node.key for node in unit.nodes)
    if definition.is_observable:
        keys = tuple(key for key in definition.specs_by_key if key in setting.graph.nodes)
    work = Work(
        definition,
        keys,
        partitions,
        unit.nodes[0].partitions,
        run,
        instance=setting.instance,
        job=setting.job_def,
        resources=setting.providers.namespace(definition),
        sink=sink,
        read=read,
        load=None,
        retry=retry,
        config=setting.configs.value(definition.step_name),
        checks=tuple(spec.key for spec in definition.check_specs if spec.asset_key in keys)
        if definition.check_specs
        else (),
        note=noting(setting),
    )
    context: StepContext = AssetExecutionContext(work)
    work.load = lambda key, partition: setting.loader.asset(
        Piece(AssetKey.from_coercible(key), partition), context
    )
    args = [_context_for(definition, context, work)] if definition.context_param is not None else []
    told: list[InputContext] = []
    kwargs = arguments(definition, _edges(unit), read, setting, context, unit.nodes[0], told)
    for each in told:
        done.events.extend(
            recorded(seen, run.run_id, definition.step_name) for seen in each.get_observations()
        )
    settling = Settling(unit, work, inputs, codes, setting, context, done)

    def take(item: Any) -> None:
        assert land is not None
        settling.take(item)
        land(done)

    at_once = None if land is None or definition.is_observable else take
    token = current.set(context)
    try:
        said = call(definition.fn, args, kwargs, setting.cancel, at_once)
    finally:
        current.reset(token)
    if said.error is not None and not said.yields:
        raise said.error
    settling.end(said)
    if said.error is not None:
        raise said.error


def noting(setting: Setting, step: str = "") -> Callable[[Any], None] | None:
    """What records at once what a body logs about assets; `None` where there is no run."""
    note = setting.note
    return None if note is None else lambda record: note(recorded(record, setting.run.run_id, step))


def inputs_of_unit(unit: Unit, setting: Setting) -> tuple[dict[Piece, dict[str, Input]], ReadBy]:
    """What the pieces of a step read: for the record of each, and for loading.

    Raises:
        DagsterInvariantViolationError: for a partition that is needed and does not exist.
    """
    graph, facts, now = setting.graph, setting.facts, setting.now
    inputs: dict[Piece, dict[str, Input]] = {}
    read: dict[str, tuple[AssetKey, Sequence[str | None], PartitionsDefinition | None]] = {}
    joined: dict[str, dict[str | None, None]] = {}
    """What the pieces read together, where one of them does not read all of it."""
    for node in unit.nodes:
        for partition in unit.partitions:
            piece = Piece(node.key, partition)
            own: dict[str, Input] = {}
            for edge in node.inputs:
                partitions, missing = pieces_read(edge, piece, graph, now)
                if missing:
                    names = ", ".join(map(repr, list(missing)[:5]))
                    message = (
                        f"{str(piece)!r} depends on invalid partitions of {edge.up.to_user_string()!r}: {names} do not exist. "
                        "Choose another partition, or give the dependency a partition mapping."
                    )
                    raise DagsterInvariantViolationError(message)
                own[edge.name] = input_of(edge, partitions, facts)
                before = read.get(edge.name)
                if before is None:
                    read[edge.name] = (edge.up, partitions, graph.nodes[edge.up].partitions)
                elif edge.name in joined:
                    joined[edge.name].update(dict.fromkeys(partitions))
                elif before[1] != partitions:
                    joined[edge.name] = dict.fromkeys((*before[1], *partitions))
            inputs[piece] = own
    for name, partitions_read in joined.items():
        up, _, space = read[name]
        read[name] = (up, list(partitions_read), space)
    return inputs, read


def _edges(unit: Unit) -> dict[str, Edge]:
    if len(unit.nodes) == 1:
        return {edge.name: edge for edge in unit.nodes[0].inputs}
    return {edge.name: edge for node in unit.nodes for edge in node.inputs}


def arguments(
    definition: AssetsDefinition,
    edges: Mapping[str, Edge],
    read: ReadBy,
    setting: Setting,
    context: StepContext,
    reader: Node | None,
    told: list[InputContext],
) -> dict[str, Any]:
    """The arguments of a function by name: inputs, loaded and checked; config; resources.

    Args:
        definition: Whose function.
        edges: Its inputs, by parameter name; one that is not here belongs to an asset that is not made now.
        read: The upstream partitions that each input reads.
        setting: What the run's steps share.
        context: The context of the step.
        reader: The asset that reads, for messages; `None` for a check.
        told: Takes the contexts of the IO managers that were asked.
    """
    found: dict[str, Any] = {}
    for param in definition.params:
        if not param.loads:
            continue
        edge = edges.get(param.name)
        if edge is None:
            found[param.name] = None  # of a sibling that is not made in this step
            continue
        config = setting.configs.of_input(definition.step_name, param.name)
        value = setting.loader.input(edge, param, read[param.name][1], reader, context, told, config)
        if not param.typing.is_anything:
            who = definition.step_name if reader is None else reader.key.to_user_string()
            whose = f"the input {param.name!r} of {who!r}"
            param.typing.demand(value, whose, checking(param.typing, context, setting.providers))
        found[param.name] = value
    for name in definition.resource_params:
        found[name] = setting.providers.value(name)
    for name, annotation in definition.config_param.items():
        found[name] = config_value(
            annotation, setting.configs.argument(definition.step_name), definition.step_name
        )
    return found


def config_value(annotation: Any, read: Any, step: str) -> Any:
    """The config value; what its validators say is the step's own failure."""
    from ..resources.config import make_config  # who takes no config does not pay for pydantic

    return make_config(annotation, read, step)


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

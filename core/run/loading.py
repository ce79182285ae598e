"""Loading what was stored: the value of a piece, or all that one input reads.

By default from the store of values, as the fold of the run records it; through an IO
manager where the upstream asset names one. Every call gives a private copy. Rules:
`spec/semantics.md` §3 and §8.2, `spec/api.md` §6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..define.definition import Param
from ..define.expansion import expand
from ..define.types import ANYTHING, Typing
from ..errors import (
    DagsterExecutionLoadInputError,
    DagsterInvariantViolationError,
    ValueMissingError,
    nearest,
    raised_within,
)
from ..events import Stored
from ..graph import Edge, Graph, Node, undefined
from ..history import Facts
from ..keys import Piece
from ..resources.io_context import InputContext, OutputContext
from ..storage import ValueStore
from .commit import Gather
from .dagster_run import PARTITION, DagsterRun
from .provide import Providers

_UNCHANGING = frozenset({int, float, bool, str, bytes, complex})
_MOST_FRESH = 1_000
_NONE: Mapping[str, Any] = {}
ALLOW_MISSING = "allow_missing_partitions"


class InputMissingError(ValueMissingError, FileNotFoundError):
    """An input has no stored value; it names the upstream asset and what to do."""


class Asked(NamedTuple):
    """Who wants a value, and how: a parameter of a step, or somebody outside any step.

    Attributes:
        name: The parameter's name; `None` where there is none.
        typing: What it must be.
        metadata: What was declared with the input.
        manager_key: The resource that loads it; `None` for the upstream's own.
        reader: Whose parameter it is.
        context: The context of the step.
        told: Takes what an IO manager was told.
        config: The config of the input.
    """

    name: str | None = None
    typing: Typing = ANYTHING
    metadata: Mapping[str, Any] = _NONE
    manager_key: str | None = None
    reader: Node | None = None
    context: Any = None
    told: list[InputContext] | None = None
    config: Any = None


class Loader:
    """Loads for one run.

    Args:
        graph: What is declared.
        values: The default store of values.
        facts: What was made, this run's own results included.
        providers: The IO managers.
        run: The run; `None` outside one.
        gather: What still waits to be committed.
    """

    __slots__ = ("_facts", "_fresh", "_gather", "_graph", "_providers", "_run", "_values")

    def __init__(
        self,
        graph: Graph,
        values: ValueStore,
        facts: Facts,
        providers: Providers,
        run: DagsterRun | None = None,
        gather: Gather | None = None,
    ) -> None:
        self._graph = graph
        self._values = values
        self._facts = facts
        self._providers = providers
        self._run = run
        self._gather = gather
        self._fresh: dict[str, Any] = {}

    def note(self, stored: Stored, value: object) -> None:
        """Remember a value that was just made, if it cannot be changed: it needs no copy and no waiting."""
        if type(value) in _UNCHANGING:
            if len(self._fresh) > _MOST_FRESH:
                self._fresh.clear()
            self._fresh[stored.name] = value

    def input(
        self,
        edge: Edge,
        param: Param,
        partitions: Sequence[str | None],
        reader: Node | None,
        context: Any,
        told: list[InputContext] | None = None,
        config: Any = None,
    ) -> Any:
        """What one parameter is handed: a value, `None` for no partition, a dict by key for several.

        Args:
            edge: Where the value comes from.
            param: The parameter.
            partitions: What of the upstream it reads.
            reader: Whose parameter it is; `None` for that of a check.
            context: The context of the step.
            told: Takes what an IO manager was told, and with it what that says of the asset.
            config: The config of the input.

        Raises:
            InputMissingError: if a value is not there.
        """
        declared = param.input
        metadata = (declared.metadata if declared is not None else None) or {}
        if reader is None and len(partitions) > 1:
            metadata = {**metadata, ALLOW_MISSING: True}  # a check looks at the partitions that there are
        asked = Asked(
            edge.name,
            param.typing,
            metadata,
            declared.input_manager_key if declared is not None else None,
            reader,
            context,
            told,
            config,
        )
        return self.read(self._graph.nodes[edge.up], partitions, asked)

    def asset(self, piece: Piece, context: Any = None) -> Any:
        """The value of one piece.

        Raises:
            InputMissingError: if it is not there.
        """
        up = self._graph.nodes.get(piece.asset)
        if up is None:
            return self._stored(piece, None)
        return self.read(up, (piece.partition,), Asked(context=context))

    def read(self, up: Node, partitions: Sequence[str | None], asked: Asked) -> Any:
        """The value of one partition, or of an asset without any; a dict by key for several, `None` for none.

        Args:
            up: Whose value it is.
            partitions: Which partitions; `(None,)` for the asset as a whole.
            asked: By whom, and how.

        Raises:
            InputMissingError: if a value is not there.
        """
        key = asked.manager_key or up.io_manager_key
        manager = self._providers.manager(key, up.definition)
        if manager is not None:
            return self._through(manager, key, up, partitions, asked)
        may_lack = asked.metadata.get(ALLOW_MISSING)
        if len(partitions) == 1:
            piece = Piece(up.key, partitions[0])
            if partitions[0] is not None and may_lack and not self._has(piece):
                return None
            return self._stored(piece, asked.reader)
        if not partitions:
            return None
        there = [each for each in partitions if not may_lack or self._has(Piece(up.key, each))]
        stored = [self._recorded(Piece(up.key, each), asked.reader) for each in there]
        if self._gather is not None and any(one.inline and self._gather.holds(one) for one in stored):
            self._gather.flush()
        return dict(zip(there, self._values.get_all(stored), strict=True))

    def each(self, up: Node, partitions: Sequence[str | None]) -> dict[str | None, Any]:
        """The value of each of these partitions, by key, however many they are.

        Raises:
            InputMissingError: if one is not there.
        """
        if self._providers.manager(up.io_manager_key, up.definition) is None and len(partitions) > 1:
            return self.read(up, partitions, Asked())  # type: ignore[no-any-return]  # a dict for several
        return {each: self.asset(Piece(up.key, each)) for each in partitions}

    def _has(self, piece: Piece) -> bool:
        record = self._facts.record(piece)
        return record is not None and record.stored is not None

    def _recorded(self, piece: Piece, reader: Node | None) -> Stored:
        """Where the value of a piece is."""
        record = self._facts.record(piece)
        if record is None or record.stored is None:
            raise self._missing(piece, reader, made=record is not None)
        return record.stored

    def _stored(self, piece: Piece, reader: Node | None) -> Any:
        stored = self._recorded(piece, reader)
        if stored.inline and self._gather is not None and self._gather.holds(stored):
            if stored.name in self._fresh:
                return self._fresh[stored.name]
            self._gather.flush()
        return self._values.get(stored)

    def _missing(self, piece: Piece, reader: Node | None, *, made: bool) -> InputMissingError:
        node = self._graph.nodes.get(piece.asset)
        name = str(piece)
        who = f"{reader.key.to_user_string()!r} reads it" if reader is not None else "it was asked for"
        if node is None:
            hint = nearest(piece.asset.to_user_string(), (key.to_user_string() for key in self._graph.nodes))
            return InputMissingError(f"No asset {name!r} is defined or stored{hint or '.'}")
        if node.kind == "ghost":
            return InputMissingError(undefined(piece.asset, self._graph.nodes.values()))
        if made:
            cure = "Name it in deps instead of as a parameter, or let it return a value."
            return InputMissingError(f"{name!r} was materialized without a value, but {who}. {cure}")
        if node.kind == "external":
            cure = "Give it an io_manager_key that can load it, or define it as an asset."
            return InputMissingError(
                f"{name!r} is external and has no value in this store, but {who}. {cure}"
            )
        cure = f"Materialize {name!r} first, or run both together."
        return InputMissingError(f"{name!r} has no stored value, but {who}. {cure}")

    def _through(
        self, manager: Any, key: str, up: Node, partitions: Sequence[str | None], asked: Asked
    ) -> Any:
        """Ask an IO manager, once for all the partitions."""
        as_a_whole = up.partitions is None or partitions == (None,)
        keys = None if as_a_whole else [key for key in partitions if key is not None]
        if keys == []:
            return None
        if not hasattr(manager, "load_input"):
            message = f"The resource that is to load {up.key.to_user_string()!r} has no method load_input: {type(manager).__name__}"
            raise DagsterInvariantViolationError(message)
        of_run = self._run.tags.get(PARTITION) if self._run is not None else None
        definition = up.definition
        output = OutputContext(
            name="result"
            if definition is None or not definition.ports
            else definition.get_output_name_for_asset_key(up.key),
            step_key=_step_key(up),
            run_id=self._run_of(Piece(up.key, partitions[0] if partitions else None)),
            asset_key=up.key,
            asset_spec=up.spec,
            definition_metadata=up.spec.metadata,
            resource_config=self._providers.config_of_manager(up.io_manager_key),
            resources=self._providers.namespace(None),
            log=getattr(asked.context, "log", None),
            asset_partitions_def=up.partitions,
            asset_partition_keys=keys or None,
        )
        reader = asked.reader.definition if asked.reader is not None else None
        typing = asked.typing
        context = InputContext(
            name=asked.name,
            job_name=self._run.job_name if self._run is not None else None,
            instance=self._providers.instance,
            config=asked.config,
            definition_metadata=asked.metadata,
            upstream_output=output,
            asset_key=up.key,
            asset_partitions_def=up.partitions,
            asset_partition_keys=keys,
            partition_key=of_run or (keys[0] if keys and len(keys) == 1 and reader is None else None),
            step_context=asked.context,
            resources=self._providers.namespace(None),
            resource_config=self._providers.config_of_manager(key),
            log=getattr(asked.context, "log", None),
        )
        context.make_later("dagster_type", lambda: typing.dagster_type)
        if reader is not None:
            context.make_later("op_def", lambda: reader.op)
        if definition is not None and definition.fn is not None:
            output.make_later("op_def", lambda: definition.op)
        if asked.told is not None:
            asked.told.append(context)
        return load_with(manager, context)

    def _run_of(self, piece: Piece) -> str | None:
        record = self._facts.record(piece)
        if record is not None:
            return record.run
        return self._run.run_id if self._run is not None else None


def load_with(manager: Any, context: InputContext) -> Any:
    """The value that an IO manager loads."""
    try:
        return manager.load_input(context)
    except Exception as error:
        raised_within(error, DagsterExecutionLoadInputError)
        raise


def _step_key(node: Node) -> str:
    """The step that gave an asset's value: of a graph, the op's."""
    definition = node.definition
    if definition is None:
        return node.key.to_python_identifier()
    if definition.graph is None or not definition.ports:
        return definition.step_name
    made = expand(definition.graph).outputs[definition.get_output_name_for_asset_key(node.key)]
    return f"{definition.step_name}.{made.step}"


def load_value(
    instance: Any,
    node: Node | None,
    piece: Piece,
    facts: Facts,
    resources: Mapping[str, object],
    config: Mapping[str, Any] | None = None,
) -> Any:
    """The stored value of a piece, outside a run.

    Args:
        instance: Whose store it is in.
        node: The asset as it is declared; `None` for one that only the store remembers.
        piece: The piece.
        facts: What was made.
        resources: The IO managers, by resource key; of all others none is made.
        config: What they are configured with, in the mapping form.

    Raises:
        InputMissingError: if it is not there.
    """
    graph = Graph({} if node is None else {node.key: _alone(node)})
    with Providers(resources, instance, None, config) as providers:
        if node is None and facts.record(piece) is not None:
            stored = facts.record(piece).stored  # type: ignore[union-attr]  # asked one line above
            if stored is not None:
                return instance.values.get(stored)
        return Loader(graph, instance.values, facts, providers).asset(piece)


def load_values(
    instance: Any,
    node: Node,
    partitions: Sequence[str],
    facts: Facts,
    resources: Mapping[str, object],
    config: Mapping[str, Any] | None = None,
) -> dict[str | None, Any]:
    """The stored values of some partitions of an asset, by key, outside a run; as `load_value` for each.

    Raises:
        InputMissingError: if one is not there.
    """
    graph = Graph({node.key: _alone(node)})
    with Providers(resources, instance, None, config) as providers:
        return Loader(graph, instance.values, facts, providers).each(graph.nodes[node.key], partitions)


def _alone(node: Node) -> Node:
    """The node without its inputs: a graph of its own."""
    return Node(node.key, node.kind, node.spec, node.definition, (), node.partitions)

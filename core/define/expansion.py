"""A graph laid flat: its ops as steps, whatever graphs they lie in, and what each input reads.

Pure; asked by the runner of flows, and by definitions that a graph stands behind. A step's
key is the path of its names: `outer.inner.op`. Rules: `spec/api.md` §2.3, §2.6.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ..errors import DagsterInvalidDefinitionError, DagsterInvalidSubsetError, nearest
from .nodes import Node
from .op import OpDefinition
from .op_graph import GraphDefinition
from .policies import RetryPolicy
from .type_loaders import loader_of, no_loader
from .types import UNSET
from .wiring import (
    DependencyDefinition,
    DynamicCollectDependencyDefinition,
    MappedInput,
    MultiDependencyDefinition,
)


class Read(NamedTuple):
    """One output of a step."""

    step: str
    output: str


class Collect(NamedTuple):
    """The list of all values of a dynamic output, or of what was mapped over one."""

    step: str
    output: str


class Given(NamedTuple):
    """An input of a graph that no node feeds: `x` of the outermost one, `inner.x` of one inside."""

    name: str


class Stored(NamedTuple):
    """The value that an asset has."""

    asset: Any


class Gather(NamedTuple):
    """Several sources as a list."""

    sources: tuple[Any, ...]


Source: TypeAlias = Read | Collect | Given | Stored | Gather


class FlowStep(NamedTuple):
    """One op, as one step of a flow.

    `mapped` is the step and output whose values it runs once for each of; `None` for most.
    """

    key: str
    node: Node
    op: OpDefinition
    inputs: Mapping[str, Source]
    tags: Mapping[str, str]
    hook_defs: frozenset[Any]
    retry_policy: RetryPolicy | None
    mapped: Read | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """The names on the way to it."""
        return tuple(self.key.split("."))

    def reads(self) -> Iterable[str]:
        """The steps that it reads."""
        for source in self.inputs.values():
            yield from steps_of(source)


class Flow(NamedTuple):
    """The steps of a graph, each after those that it reads, and where its outputs come from."""

    steps: Mapping[str, FlowStep]
    outputs: Mapping[str, Read]


def steps_of(source: Source) -> Iterable[str]:
    """The steps that a source reads."""
    if isinstance(source, (Read, Collect)):
        yield source.step
    elif isinstance(source, Gather):
        for each in source.sources:
            yield from steps_of(each)


def assets_read(flow: Flow) -> list[Any]:
    """The assets whose values its steps read: their keys, or their definitions where these were passed."""
    found = [
        source.asset
        for step in flow.steps.values()
        for source in step.inputs.values()
        if isinstance(source, Stored)
    ]
    slots = (slot for step in flow.steps.values() for slot in step.op.slots.values())
    return [*found, *(slot.given.asset_key for slot in slots if slot.given.asset_key is not None)]


def expand(graph: GraphDefinition, hooks: frozenset[Any] = frozenset()) -> Flow:
    """The flow of a graph.

    Args:
        graph: The graph.
        hooks: Hooks of all its steps.

    Raises:
        DagsterInvalidDefinitionError: if a step is mapped over two dynamic outputs.
    """
    steps: dict[str, FlowStep] = {}
    given: dict[str, Source] = {name: Given(name) for name in graph.input_names}
    outputs = _expand(graph, "", given, hooks | graph.hook_defs, {}, steps)
    mapped: dict[str, Read | None] = {}
    for key, step in steps.items():
        mapped[key] = _mapped(step, steps, mapped)
        if mapped[key] is not None:
            steps[key] = step._replace(mapped=mapped[key])
    return Flow(steps, outputs)


def _expand(
    graph: GraphDefinition,
    prefix: str,
    given: Mapping[str, Source],
    hooks: frozenset[Any],
    tags: Mapping[str, str],
    steps: dict[str, FlowStep],
) -> dict[str, Read]:
    """Put the graph's steps in; gives where its outputs come from."""
    made: dict[str, dict[str, Read]] = {}
    for node in graph.nodes_in_topological_order:
        key = f"{prefix}{node.name}"
        inputs = _inputs(graph, node, given, made)
        if isinstance(node.definition, GraphDefinition):
            inner = node.definition
            fed = {name: Given(f"{key}.{name}") for name in inner.input_names} | inputs
            made[node.name] = _expand(
                inner, f"{key}.", fed, hooks | node.hook_defs, {**tags, **node.tags}, steps
            )
        else:
            assert isinstance(node.definition, OpDefinition)
            own = node.definition
            steps[key] = FlowStep(
                key,
                node,
                own,
                inputs,
                {**tags, **node.tags},
                hooks | node.hook_defs,
                node.retry_policy,
            )
            made[node.name] = {name: Read(key, name) for name in own.vents}
    return {
        each.graph_output_name: made[each.mapped_node_name][each.mapped_node_output_name]
        for each in graph.output_mappings
    }


def _inputs(
    graph: GraphDefinition, node: Node, given: Mapping[str, Source], made: Mapping[str, Mapping[str, Read]]
) -> dict[str, Source]:
    """What each input of a node reads; one that nothing is connected to is left out."""
    found: dict[str, Source] = {
        name: Stored(asset) for name, asset in graph.node_input_assets.get(node.name, {}).items()
    }
    outer = {
        (each.mapped_node_input_name, each.fan_in_index): each.graph_input_name
        for each in graph.input_mappings
        if each.mapped_node_name == node.name
    }
    for (name, index), graph_input in outer.items():
        if index is None:
            found[name] = given[graph_input]
    for name, dependency in node.inputs.items():
        if isinstance(dependency, DependencyDefinition):
            found[name] = made[dependency.node][dependency.output]
        elif isinstance(dependency, DynamicCollectDependencyDefinition):
            found[name] = Collect(*made[dependency.node][dependency.output])
        else:
            found[name] = _gather(dependency, name, outer, given, made)
    return found


def _gather(
    dependency: MultiDependencyDefinition,
    name: str,
    outer: Mapping[tuple[str, int | None], str],
    given: Mapping[str, Source],
    made: Mapping[str, Mapping[str, Read]],
) -> Gather:
    sources: list[Source] = []
    for at, each in enumerate(dependency.dependencies):
        if each is not MappedInput:
            sources.append(made[each.node][each.output])
        elif (name, at) in outer:
            sources.append(given[outer[name, at]])
    return Gather(tuple(sources))


def _mapped(step: FlowStep, steps: Mapping[str, FlowStep], mapped: Mapping[str, Read | None]) -> Read | None:
    """The dynamic output that a step runs once for each value of."""
    found: dict[Read, None] = {}
    for name, source in step.inputs.items():
        if isinstance(source, Collect):
            outer = mapped.get(source.step)
            if outer is not None and steps[source.step].op.vents[source.output].given.is_dynamic:
                message = (
                    f"{step.key!r} cannot be downstream of more than one dynamic output, but collects that of {source.step!r}, which is "
                    f"mapped over that of {outer.step!r}. Let one step give the values of both."
                )
                raise DagsterInvalidDefinitionError(message)
        for each in source.sources if isinstance(source, Gather) else (source,):
            if not isinstance(each, Read):
                continue
            if each is not source and _dynamic(each, steps, mapped):
                message = (
                    f"The input {name!r} of {step.key!r} is a list with values of a dynamic output of {each.step!r} in it; pass all "
                    "of them with .collect()."
                )
                raise DagsterInvalidDefinitionError(message)
            above = steps[each.step]
            if above.op.vents[each.output].given.is_dynamic:
                if mapped.get(each.step) is not None:
                    message = (
                        f"{step.key!r} cannot be downstream of more than one dynamic output, but is mapped over that of {each.step!r}, "
                        "which is itself mapped over one. Collect the outer values first."
                    )
                    raise DagsterInvalidDefinitionError(message)
                found[each] = None
            elif (over := mapped.get(each.step)) is not None:
                found[over] = None
    if found and any(
        isinstance(source, Collect) and _over(source, steps, mapped) in found
        for source in step.inputs.values()
    ):
        message = f"{step.key!r} cannot both collect over dynamic output and follow the same one; do one of them in a step of its own."
        raise DagsterInvalidDefinitionError(message)
    if len(found) > 1:
        names = " and ".join(repr(read.step) for read in found)
        message = f"{step.key!r} cannot be downstream of more than one dynamic output, but follows those of {names}. Collect one of them."
        raise DagsterInvalidDefinitionError(message)
    return next(iter(found), None)


def _dynamic(read: Read, steps: Mapping[str, FlowStep], mapped: Mapping[str, Read | None]) -> bool:
    """Whether there are any number of values of an output."""
    above = steps[read.step]
    return above.op.vents[read.output].given.is_dynamic or mapped.get(read.step) is not None


def _over(source: Collect, steps: Mapping[str, FlowStep], mapped: Mapping[str, Read | None]) -> Read | None:
    """The dynamic output whose values are collected."""
    dynamic = steps[source.step].op.vents[source.output].given.is_dynamic
    return Read(source.step, source.output) if dynamic else mapped.get(source.step)


def require_fed(flow: Flow, job: str) -> None:
    """Every input of every step can get a value from somewhere.

    Raises:
        DagsterInvalidDefinitionError: for one that nothing feeds, whose type no config can give.
    """
    for step in flow.steps.values():
        for name, slot in step.op.slots.items():
            source = step.inputs.get(name)
            if (
                (source is not None and not (isinstance(source, Given) and "." in source.name))
                or slot.typing.is_nothing
                or slot.default is not UNSET
                or slot.given.asset_key is not None
                or slot.given.input_manager_key is not None
                or loader_of(slot.typing.annotation) is not None
            ):
                continue
            message = f"{no_loader(slot.typing.annotation, name)} It belongs to {step.key!r} in {job!r}."
            raise DagsterInvalidDefinitionError(message)


def narrowed(flow: Flow, keys: Collection[str]) -> Flow:
    """The flow of these steps alone; what the others would have given is not connected any more."""
    steps = {
        key: step._replace(inputs=_within(step.inputs, keys))
        for key, step in flow.steps.items()
        if key in keys
    }
    outputs = {name: read for name, read in flow.outputs.items() if read.step in keys}
    return Flow(steps, outputs)


def _within(inputs: Mapping[str, Source], keys: Collection[str]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for name, source in inputs.items():
        if all(step in keys for step in steps_of(source)):
            found[name] = source
        elif isinstance(source, Gather):
            left = tuple(each for each in source.sources if all(step in keys for step in steps_of(each)))
            if left:
                found[name] = Gather(left)
    return found


def chosen(flow: Flow, queries: Sequence[str]) -> set[str]:
    """The steps that an op selection names: `name`, `*name`, `name*`, `+name`, `name++`, `outer.inner`.

    Raises:
        DagsterInvalidSubsetError: for a name that is no step, and no graph with steps.
    """
    up = {key: set(step.reads()) for key, step in flow.steps.items()}
    down: dict[str, set[str]] = {key: set() for key in flow.steps}
    for key, above in up.items():
        for each in above:
            down[each].add(key)
    found: set[str] = set()
    for query in queries:
        name = query.strip()
        if name == "*":
            return set(flow.steps)
        core = name.lstrip("*+").rstrip("*+")
        before, after = name[: len(name) - len(name.lstrip("*+"))], name[len(name.rstrip("*+")) :]
        own = {key for key in flow.steps if key == core or key.startswith(f"{core}.")}
        if not own:
            known = {*flow.steps, *(key.rpartition(".")[0] for key in flow.steps if "." in key)}
            message = (
                f"The op selection {query!r} names no op: there is no {core!r}{nearest(core, known) or '.'}"
            )
            raise DagsterInvalidSubsetError(message)
        found |= own | _walk(own, up, before) | _walk(own, down, after)
    return found


def _walk(start: set[str], step: Mapping[str, set[str]], how_far: str) -> set[str]:
    found: set[str] = set()
    edge = set(start)
    depth = len(step) if "*" in how_far else len(how_far)
    for _ in range(depth):
        edge = {near for key in edge for near in step[key]} - found
        if not edge:
            break
        found |= edge
    return found

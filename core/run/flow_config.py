"""The run config of a flow, read before anything runs: the config of each step, and values of inputs.

The form is the reference's: `{"ops": {name: {"config": ..., "inputs": {...}, "ops": {...}}}}`, with
`ops` again inside a graph. What may stand there is one schema, made of what the steps take; a graph
with a config mapping takes that mapping's config, and what it makes of it is read as the graph's own.
Rules: `spec/api.md` §5.1-5.2, §2.3.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

from ..define.expansion import Flow, FlowStep, Gather, Given, Read
from ..define.op_graph import GraphDefinition
from ..define.ports import Slot
from ..define.type_loaders import DagsterTypeLoader, loader_of, no_loader
from ..define.types import UNSET
from ..errors import DagsterInvalidConfigError, DagsterInvalidInvocationError
from ..resources.io import io_config_field
from ..resources.run_config import entry_field, optional, read_run, resource_field, run_field
from ..schema.process import process
from ..schema.reading import ROOT
from ..schema.terms import Field, Noneable, Permissive, Shape
from .op_config import made_by, read_op_config

_ANYTHING = Field(Noneable(Permissive()), is_required=False)


class Told(NamedTuple):
    """The config of an input, and what makes its value of it."""

    loader: DagsterTypeLoader
    config: Any


class FlowConfig:
    """What a run config says of the steps of a flow.

    Attributes:
        configs: The config of each step, as its context shows it.
        arguments: What the parameter of a step that takes its config is made of.
        inputs: What values of inputs are made of that nothing feeds, by step and name.
        given: The same for inputs of the graphs, as `Given` names them.
        managed: The config of inputs and outputs for the IO managers that keep them, by step, side and name.
    """

    def __init__(self) -> None:
        self.configs: dict[str, Any] = {}
        self.arguments: dict[str, Any] = {}
        self.inputs: dict[tuple[str, str], Told] = {}
        self.given: dict[str, Told] = {}
        self.managed: dict[tuple[str, str, str], Any] = {}


def read_flow_config(
    graph: GraphDefinition,
    flow: Flow,
    form: Mapping[str, Any],
    *,
    resources: Mapping[str, Any],
    needed: Collection[str],
    given: Collection[str],
    job: str,
) -> FlowConfig:
    """Read the config of a whole run of a graph.

    Args:
        graph: The graph.
        flow: Its steps that run; what is given for others is not looked at.
        form: What was given, in the mapping form.
        resources: The resources there are, by key.
        needed: The keys of those that the run makes.
        given: The inputs of the graph that have their values from elsewhere.
        job: The job's name, for messages.

    Raises:
        DagsterInvalidConfigError: for what does not fit, with every problem and its path.
        DagsterInvalidInvocationError: for an input of the graph that can have its value only from the caller.
    """
    reader, field, whole = _schema(graph, flow, resources, needed, given)
    read = read_run(field, form, f"Error in config for job {job}")
    if whole:
        reader.take(graph, "", form, read, ROOT)
    else:
        told = {"inputs": read.get("inputs")}
        reader.take(graph, "", form.get("ops") or {}, {**(read.get("ops") or {}), **told}, f"{ROOT}:ops")
    return reader.found


def field_of_flow(
    graph: GraphDefinition,
    flow: Flow,
    *,
    resources: Mapping[str, Any],
    needed: Collection[str],
    given: Collection[str],
) -> Field:
    """What the config of a whole run of a graph is; the arguments are those of `read_flow_config`."""
    return _schema(graph, flow, resources, needed, given)[1]


def _schema(
    graph: GraphDefinition,
    flow: Flow,
    resources: Mapping[str, Any],
    needed: Collection[str],
    given: Collection[str],
) -> tuple[_Reader, Field, bool]:
    """Who reads the config of a run, what it is, and whether its `ops` are those of the graph."""
    reader = _Reader(flow, resources, given)
    made = {key: resource_field(thing) for key, thing in resources.items()}
    keys = {
        key: entry_field(field) if key in needed else optional(entry_field(optional(field)))
        for key, field in made.items()
    }
    inputs = reader.graph_inputs(graph, "")
    body = reader.body(graph, "")
    ops = body["ops"] if "ops" in body else Field(Shape(body))
    return reader, run_field(ops, keys, **inputs), "ops" in body


def read_graph_config(
    graph: GraphDefinition, flow: Flow, entry: Mapping[str, Any], *, given: Collection[str], name: str
) -> FlowConfig:
    """Read what was given for the graph of an asset: its entry in the config of a run.

    Args:
        graph: The graph.
        flow: Its steps.
        entry: What stands under the graph's name.
        given: The inputs of the graph that are assets.
        name: The name of the asset's step.

    Raises:
        DagsterInvalidConfigError: for what does not fit, with every problem and its path.
        DagsterInvalidInvocationError: for an input of the graph that can have its value only from the caller.
    """
    reader = _Reader(flow, {}, given)
    path = f"{ROOT}:ops:{name}"
    fields = {**reader.body(graph, ""), **reader.graph_inputs(graph, "")}
    read = process(Field(Shape(fields)), entry, path, f"Error in config for op {name}")
    reader.take(graph, "", entry, read, path)
    return reader.found


class _Reader:
    """Says what the config of a flow may be, and takes what was given.

    Args:
        flow: The steps that run.
        resources: The resources there are; IO managers among them have config of their own.
        given: The inputs of the outermost graph that have their values from elsewhere.
    """

    def __init__(self, flow: Flow, resources: Mapping[str, Any], given: Collection[str]) -> None:
        self.found = FlowConfig()
        self._flow = flow
        self._resources = resources
        self._given = given
        names = (step.path for step in flow.steps.values())
        self._running = {".".join(path[:at]) for path in names for at in range(1, len(path) + 1)}
        self._loaders: dict[str, DagsterTypeLoader] = {}
        self._readers: dict[str, list[Slot | None]] = {}
        """The inputs of steps that read an input of a graph; `None` for one that gathers several."""
        for step in flow.steps.values():
            for name, source in step.inputs.items():
                slot = step.op.slots[name]
                if slot.typing.is_nothing or slot.given.input_manager_key is not None:
                    continue
                for each in source.sources if isinstance(source, Gather) else (source,):
                    if isinstance(each, Given):
                        self._readers.setdefault(each.name, []).append(slot if each is source else None)

    def body(self, graph: GraphDefinition, prefix: str) -> dict[str, Field]:
        """What a graph takes besides its inputs: the entries of its nodes, or the config of its mapping."""
        mapping = graph.config_mapping
        if mapping is not None:
            return {"config": mapping.config_field}
        return {"ops": self._nodes(graph, prefix)}

    def _nodes(self, graph: GraphDefinition, prefix: str) -> Field:
        entries: dict[str, Field] = {}
        for name, node in graph.nodes.items():
            key = f"{prefix}{name}"
            if key not in self._running:
                entries[name] = _ANYTHING
            elif isinstance(node.definition, GraphDefinition):
                inner = node.definition
                below = f"{key}."
                entries[name] = Field(Shape({**self.body(inner, below), **self.graph_inputs(inner, below)}))
            else:
                entries[name] = self._entry(self._flow.steps[key])
        return Field(Shape(entries))

    def _entry(self, step: FlowStep) -> Field:
        """What a step takes: its config, values of inputs that nothing feeds, and what IO managers ask for."""
        inputs = {name: self._input(step, name) for name in step.op.slots}
        outputs = {name: self._managed(vent.io_manager_key, "output") for name, vent in step.op.vents.items()}
        sides = {
            side: Field(Shape({name: field for name, field in fields.items() if field is not None}))
            for side, fields in (("inputs", inputs), ("outputs", outputs))
            if any(field is not None for field in fields.values())
        }
        return entry_field(step.op.config_field, **sides)

    def _input(self, step: FlowStep, name: str) -> Field | None:
        slot, source = step.op.slots[name], step.inputs.get(name)
        if slot.given.input_manager_key is not None:
            return self._managed(slot.given.input_manager_key, "input")
        if isinstance(source, Read):
            return self._managed(
                self._flow.steps[source.step].op.vents[source.output].io_manager_key, "input"
            )
        if source is not None or slot.typing.is_nothing:
            return None
        loader = loader_of(slot.typing.annotation)
        needed = slot.default is UNSET and slot.given.asset_key is None
        return None if loader is None else Field(loader.schema_type, is_required=needed)

    def _managed(self, key: str, side: Literal["input", "output"]) -> Field | None:
        return io_config_field(self._resources[key], side) if key in self._resources else None

    def graph_inputs(self, graph: GraphDefinition, prefix: str) -> dict[str, Field]:
        """The entry `inputs` of a graph, if it has inputs that only the config can give values."""
        fields: dict[str, Field] = {}
        for name in graph.input_names:
            slots = self._readers.get(f"{prefix}{name}")
            if not slots or (not prefix and name in self._given):
                continue
            annotation = graph.input_type(name).annotation
            loader = loader_of(annotation)
            required = any(slot is None or slot.default is UNSET for slot in slots)
            if loader is not None:
                fields[name] = Field(loader.schema_type, is_required=required)
                self._loaders[f"{prefix}{name}"] = loader
            elif required and not prefix:
                raise DagsterInvalidInvocationError(no_loader(annotation, name))
        return {"inputs": Field(Shape(fields))} if fields else {}

    def take(self, graph: GraphDefinition, prefix: str, given: Any, read: Any, path: str) -> None:
        """Take what was given for a graph.

        Args:
            graph: The graph.
            prefix: What the keys of its steps begin with.
            given: Its entry as it was written.
            read: The same as it was read.
            path: Where it is, for messages.
        """
        given, read = given or {}, read or {}
        for name, value in (read.get("inputs") or {}).items():
            self.found.given[f"{prefix}{name}"] = Told(self._loaders[f"{prefix}{name}"], value)
        path = f"{path}:ops" if graph.config_mapping is None else f"{path}:config"
        if graph.config_mapping is None:
            given, read = given.get("ops") or {}, read.get("ops") or {}
        else:
            given = inner_config(
                graph.config_mapping, given.get("config", UNSET), path, f"the graph {graph.name!r}"
            )
            about = f"Error in config for graph {graph.name}, as its config mapping made it"
            read = process(self._nodes(graph, prefix), given, path, about)
        for name, node in graph.nodes.items():
            key, where = f"{prefix}{name}", f"{path}:{name}"
            if key not in self._running:
                continue
            if isinstance(node.definition, GraphDefinition):
                self.take(node.definition, f"{key}.", given.get(name), read.get(name), where)
            else:
                self._take_step(self._flow.steps[key], given.get(name) or {}, read.get(name) or {}, where)

    def _take_step(
        self, step: FlowStep, given: Mapping[str, Any], read: Mapping[str, Any], path: str
    ) -> None:
        found, key = self.found, step.key
        about = f"Error in config for op {key}"
        told = given.get("config", UNSET)
        found.configs[key], found.arguments[key] = read_op_config(
            step.op, read.get("config"), told, about, f"{path}:config"
        )
        for name, value in (read.get("inputs") or {}).items():
            loader = None if name in step.inputs else loader_of(step.op.slots[name].typing.annotation)
            if loader is None or step.op.slots[name].given.input_manager_key is not None:
                found.managed[key, "inputs", name] = value
            else:
                found.inputs[key, name] = Told(loader, value)
        for name, value in (read.get("outputs") or {}).items():
            found.managed[key, "outputs", name] = value


def inner_config(mapping: Any, given: Any, path: str, what: str) -> Mapping[str, Any]:
    """What a `ConfigMapping` makes of the config that was given.

    Args:
        mapping: The mapping.
        given: Its config as it was written; `UNSET` for nothing.
        path: Where it is, for messages.
        what: Whose mapping it is, for messages.

    Raises:
        DagsterInvalidConfigError: for a config that does not fit the mapping's schema, or an answer that is no mapping.
        DagsterConfigMappingFunctionError: if the mapping's function raised.
    """

    def inner(outer: Any) -> Any:
        return mapping.inner(outer, path, f"Error in config for {what}")

    made = made_by(inner, given, f"The config mapping of {what}")
    if not isinstance(made, Mapping):
        message = f"The config of {what} has an error: its config mapping gave {type(made).__name__}: {made!r:.60}; it gives a mapping."
        raise DagsterInvalidConfigError(message)
    return made

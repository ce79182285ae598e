"""`graph`: ops and graphs connected to one node, and `GraphDefinition`, what that becomes.

The wiring comes from running the decorated body once (`composition`), or is written by
hand. A graph can be used in another one, back an asset, or become a job. Rules: `spec/api.md` §2.3, §2.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, get_args, get_origin, overload

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    check_type,
    nearest,
)
from .composition import compose
from .names import is_a, tags_in_text, valid_name
from .node import NodeDefinition
from .nodes import Node, nodes_of, order_of
from .op import OpDefinition
from .policies import RetryPolicy
from .ports import GraphIn, GraphOut, Slot, Vent
from .signature import described, read
from .types import ANYTHING, Typing
from .wiring import Dependency, InputMapping, MultiDependencyDefinition, NodeInvocation, OutputMapping


class GraphDefinition(NodeDefinition):
    """Nodes, and how they are connected.

    Args:
        name: The graph's name.
        description: What it does.
        node_defs: The definitions that are used in it.
        dependencies: By use of a node: what each of its inputs reads.
        input_mappings: Where the graph's inputs go.
        output_mappings: Where its outputs come from.
        config: Config of the nodes, which is fixed then, or a `ConfigMapping` that makes it from the graph's own.
        tags: Its tags, which the runs of its jobs get.
        input_names: Its inputs in order; those of the mappings where absent.
        input_types: The types of its inputs, where they were said.
        node_input_assets: By node and input, the asset whose value is read.
    """

    def __init__(
        self,
        name: str,
        *,
        description: str | None = None,
        node_defs: Sequence[NodeDefinition] | None = None,
        dependencies: Mapping[Any, Mapping[str, Dependency]] | None = None,
        input_mappings: Sequence[InputMapping] | None = None,
        output_mappings: Sequence[OutputMapping] | None = None,
        config: Any = None,
        tags: Mapping[str, Any] | None = None,
        input_names: Sequence[str] | None = None,
        input_types: Mapping[str, Typing] | None = None,
        node_input_assets: Mapping[str, Mapping[str, Any]] | None = None,
        hook_defs: AbstractSet[Any] = frozenset(),
    ) -> None:
        super().__init__(valid_name(name, "graph name"), description, tags_in_text(tags, "tags"), hook_defs)
        self.node_defs: list[NodeDefinition] = list(node_defs or ())
        self.input_mappings: list[InputMapping] = list(input_mappings or ())
        self.output_mappings: list[OutputMapping] = list(output_mappings or ())
        self.config_mapping = None if config is None else _mapping_of(config)
        self.node_input_assets: Mapping[str, Mapping[str, Any]] = node_input_assets or {}
        self._inputs = (
            list(input_names)
            if input_names is not None
            else list(dict.fromkeys(m.graph_input_name for m in self.input_mappings))
        )
        self._types = dict(input_types or {})
        self.nodes: Mapping[str, Node] = nodes_of(self.name, self.node_defs, dependencies)
        self._order = order_of(self.name, self.nodes)
        _check_inputs(self)
        if any(op.dynamic_outputs for op in self.ops()):
            from .expansion import expand  # a flow is made of a graph, and knows it

            expand(self)

    @property
    def input_names(self) -> list[str]:
        """The names of its inputs."""
        return list(self._inputs)

    @property
    def output_names(self) -> list[str]:
        """The names of its outputs."""
        return [mapping.graph_output_name for mapping in self.output_mappings]

    @property
    def dynamic_outputs(self) -> AbstractSet[str]:
        """The outputs that give any number of values."""
        return {
            each.graph_output_name
            for each in self.output_mappings
            if each.from_dynamic_mapping
            or each.mapped_node_output_name in self.nodes[each.mapped_node_name].definition.dynamic_outputs
        }

    @property
    def dependencies(self) -> Mapping[NodeInvocation, Mapping[str, Dependency]]:
        """By use of a node: what each of its inputs reads."""
        return {
            NodeInvocation(
                node.definition.name,
                None if node.name == node.definition.name else node.name,
                node.tags,
                node.hook_defs,
                node.retry_policy,
            ): node.inputs
            for node in self.nodes.values()
        }

    @property
    def nodes_in_topological_order(self) -> Sequence[Node]:
        """Its nodes, each after those that it reads; ties by name."""
        return [self.nodes[name] for name in self._order]

    @property
    def input_defs(self) -> list[Slot]:
        """The inputs, in order."""
        return [Slot(name, self.input_type(name)) for name in self._inputs]

    @property
    def output_defs(self) -> list[Vent]:
        """The outputs, in order: each as the node says that gives it."""
        found = []
        for each in self.output_mappings:
            inner = self.nodes[each.mapped_node_name].definition.output_dict[each.mapped_node_output_name]
            found.append(Vent(each.graph_output_name, inner.typing, inner.given))
        return found

    def input_type(self, name: str) -> Typing:
        """The type that was said of an input; else the one that all say who get it, if they agree."""
        if name in self._types:
            return self._types[name]
        found = [self._type_of(each) for each in self.input_mappings if each.graph_input_name == name]
        agreed = len({id(each.annotation) for each in found}) == 1
        return found[0] if agreed else ANYTHING

    def _type_of(self, mapping: InputMapping) -> Typing:
        """The type of the node's input that an input goes to; of one place in a list, that of its members."""
        definition = self.nodes[mapping.mapped_node_name].definition
        if isinstance(definition, OpDefinition):
            typing = definition.slots[mapping.mapped_node_input_name].typing
        else:
            assert isinstance(definition, GraphDefinition)
            typing = definition.input_type(mapping.mapped_node_input_name)
        if mapping.fan_in_index is None or typing.is_nothing:
            return typing
        members = get_args(typing.annotation)
        return Typing.of(members[0]) if get_origin(typing.annotation) is list and members else ANYTHING

    def node_named(self, name: str) -> Node:
        """The node of that name.

        Raises:
            DagsterInvariantViolationError: if there is none.
        """
        if name not in self.nodes:
            message = f"The graph {self.name!r} has no node {name!r}{nearest(name, self.nodes) or '.'}"
            raise DagsterInvariantViolationError(message)
        return self.nodes[name]

    def iterate_op_defs(self) -> Iterator[OpDefinition]:
        """The op of each node, those of inner graphs included: one that is used twice comes twice."""
        for node in self.nodes.values():
            yield from node.definition.iterate_op_defs()

    def ops(self) -> Iterable[OpDefinition]:
        """Every op in it, those of inner graphs included; each once."""
        todo: list[NodeDefinition] = [self]
        seen: dict[int, OpDefinition] = {}
        while todo:
            each = todo.pop()
            if isinstance(each, GraphDefinition):
                todo.extend(each.node_defs)
            elif isinstance(each, OpDefinition):
                seen[id(each)] = each
        return seen.values()

    def run_directly(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """A graph has no function of its own: it is an error.

        Raises:
            DagsterInvariantViolationError: always.
        """
        del args, kwargs
        message = (
            f"The graph {self.name!r} was called outside of another graph. Run it with {self.name}.execute_in_process(), or "
            "use it in the body of a graph or job."
        )
        raise DagsterInvariantViolationError(message)

    def configured(
        self,
        config_or_config_fn: Any,
        name: str,
        config_schema: Any = None,
        description: str | None = None,
    ) -> GraphDefinition:
        """The same graph under another name with the config of its mapping set, or made from another config.

        Args:
            config_or_config_fn: The config, or a function that makes it from the outer config.
            name: The name of the new graph.
            config_schema: What the outer config is; with a function only.
            description: What it does; the graph's own where absent.

        Raises:
            DagsterInvalidDefinitionError: if the graph has no config mapping.
        """
        from ..resources.mapping import Preset, PresetMapping  # as in _mapping_of

        mapping = self.config_mapping
        if mapping is None:
            message = f"The graph {self.name!r} cannot be configured: it has no config mapping. Give it one, or configure its ops."
            raise DagsterInvalidDefinitionError(message)
        preset = Preset.of(config_or_config_fn, config_schema, mapping.config_field)
        return self.copy(
            name=valid_name(name, "graph name"),
            description=self.description if description is None else description,
            config_mapping=PresetMapping(preset, mapping, name),
        )

    def to_job(
        self,
        name: str | None = None,
        description: str | None = None,
        resource_defs: Mapping[str, object] | None = None,
        config: Any = None,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        logger_defs: Mapping[str, Any] | None = None,
        executor_def: Any = None,
        hooks: AbstractSet[Any] | None = None,
        op_retry_policy: RetryPolicy | None = None,
        op_selection: Sequence[str] | None = None,
        partitions_def: Any = None,
        input_values: Mapping[str, object] | None = None,
        run_tags: Mapping[str, Any] | None = None,
        owners: Sequence[str] | None = None,
    ) -> Any:
        """The job that runs this graph; the arguments are those of `JobDefinition`.

        Returns:
            A `JobDefinition`; narrowed to the nodes of `op_selection` where that is given.
        """
        from .job import JobDefinition  # a job is made of a graph, and knows it

        made = JobDefinition(
            graph_def=self,
            name=name,
            description=description,
            resource_defs=resource_defs,
            config=config,
            tags=tags,
            run_tags=run_tags,
            metadata=metadata,
            logger_defs=logger_defs,
            executor_def=executor_def,
            hook_defs=hooks,
            op_retry_policy=op_retry_policy,
            partitions_def=partitions_def,
            input_values=input_values,
            owners=owners,
        )
        return made if op_selection is None else made.get_subset(op_selection=op_selection)

    def execute_in_process(
        self,
        run_config: Any = None,
        instance: Any = None,
        resources: Mapping[str, object] | None = None,
        raise_on_error: bool = True,
        op_selection: Sequence[str] | None = None,
        run_id: str | None = None,
        input_values: Mapping[str, object] | None = None,
    ) -> Any:
        """Run the graph in this process; the arguments are those of `JobDefinition.execute_in_process`.

        Returns:
            An `ExecuteInProcessResult`.
        """
        from .job import JobDefinition  # as above

        return JobDefinition(graph_def=self).execute_in_process(
            run_config=run_config,
            instance=instance,
            resources=resources,
            raise_on_error=raise_on_error,
            op_selection=op_selection,
            run_id=run_id,
            input_values=input_values,
        )


def _mapping_of(config: Any) -> Any:
    """The config mapping that was given; config of the nodes is one that takes nothing and gives just that."""
    if is_a(config, "ConfigMapping"):
        return config
    from ..resources.mapping import (  # who takes no config does not pay for schemas
        ConfigMapping,
        Fixed,
        plain,
    )

    if is_a(config, "RunConfig"):
        config = config.to_config_dict()["ops"]
    return ConfigMapping(Fixed(plain(check_type(config, Mapping, "config"))), {})


def _check_inputs(graph: GraphDefinition) -> None:
    """Every mapping leads somewhere, and no input is connected twice."""
    for mapping in graph.input_mappings:
        node = graph.nodes.get(mapping.mapped_node_name)
        if node is None or mapping.mapped_node_input_name not in node.definition.input_names:
            message = (
                f"The input {mapping.graph_input_name!r} of the graph {graph.name!r} goes to {mapping.mapped_node_name!r}, input "
                f"{mapping.mapped_node_input_name!r}, which is not there."
            )
            raise DagsterInvalidDefinitionError(message)
        given = node.inputs.get(mapping.mapped_node_input_name)
        if given is not None and not isinstance(given, MultiDependencyDefinition):
            message = (
                f"The input {mapping.mapped_node_input_name!r} of {node.name!r} is connected to a node and to an input of the graph "
                f"{graph.name!r} as well; connect it once."
            )
            raise DagsterInvalidDefinitionError(message)
    for out in graph.output_mappings:
        node = graph.nodes.get(out.mapped_node_name)
        if node is None or out.mapped_node_output_name not in node.definition.output_names:
            message = (
                f"The output {out.graph_output_name!r} of the graph {graph.name!r} comes from {out.mapped_node_name!r}, output "
                f"{out.mapped_node_output_name!r}, which is not there."
            )
            raise DagsterInvalidDefinitionError(message)


@overload
def graph(compose_fn: Callable[..., Any]) -> GraphDefinition: ...
@overload
def graph(
    compose_fn: None = None,
    *,
    name: str | None = ...,
    description: str | None = ...,
    input_defs: Sequence[Any] | None = ...,
    output_defs: Sequence[Any] | None = ...,
    ins: Mapping[str, GraphIn] | None = ...,
    out: GraphOut | Mapping[str, GraphOut] | None = ...,
    tags: Mapping[str, Any] | None = ...,
    config: Any = ...,
) -> Callable[[Callable[..., Any]], GraphDefinition]: ...
def graph(
    compose_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    input_defs: Sequence[Any] | None = None,
    output_defs: Sequence[Any] | None = None,
    ins: Mapping[str, GraphIn] | None = None,
    out: GraphOut | Mapping[str, GraphOut] | None = None,
    tags: Mapping[str, Any] | None = None,
    config: Any = None,
) -> Any:
    """Declare the graph that a function's body describes.

    Args:
        compose_fn: The function: it calls ops and graphs with each other's outputs; it runs once, now.
        name: The graph's name; the function's where absent.
        description: What it does; the docstring where absent.
        input_defs: The older form of `ins`: not supported, the parameters say it.
        output_defs: The older form of `out`: not supported.
        ins: What is to be said of inputs.
        out: What is to be said of the output, or of several by name.
        tags: Its tags, which the runs of its jobs get.
        config: Config of the nodes, or a `ConfigMapping`.

    Returns:
        The definition, or a decorator that gives it.

    Raises:
        DagsterInvalidDefinitionError: for a body that does something else than connecting.
    """
    if input_defs or output_defs:
        message = "input_defs and output_defs are gone; say it with the function's parameters, ins and out."
        raise DagsterInvalidDefinitionError(message)

    def define(fn: Callable[..., Any]) -> GraphDefinition:
        own = name or fn.__name__
        return graph_of(
            fn, own, "@graph", description=description, ins=ins, out=out, tags=tags, config=config
        )

    return define if compose_fn is None else define(compose_fn)


def graph_of(
    fn: Callable[..., Any],
    name: str,
    what: str,
    *,
    description: str | None = None,
    ins: Mapping[str, Any] | None = None,
    out: GraphOut | Mapping[str, GraphOut] | None = None,
    tags: Mapping[str, Any] | None = None,
    config: Any = None,
    inputs: Sequence[str] | None = None,
) -> GraphDefinition:
    """The graph of a body.

    Args:
        fn: The body.
        name: The graph's name.
        what: Its decorator, for messages.
        description: What it does; the docstring where absent.
        ins: What is to be said of inputs.
        out: What is to be said of the output, or of several by name.
        tags: Its tags.
        config: Config of the nodes, or a `ConfigMapping`.
        inputs: Its inputs, where the body takes any; else its parameters.
    """
    signature = read(fn, name)
    if signature.context is not None or signature.config or signature.resources:
        message = (
            f"The body of {what} {name!r} asks for a context, config or a resource: it only connects nodes, and runs when it is "
            "defined. Let an op ask."
        )
        raise DagsterInvalidDefinitionError(message)
    inputs = [parameter for parameter, _ in signature.inputs] if inputs is None else list(inputs)
    for each in ins or ():
        if each not in inputs:
            message = (
                f"The input {each!r} in ins is no parameter of {what} {name!r}{nearest(each, inputs) or '.'}"
            )
            raise DagsterInvalidDefinitionError(message)
    outputs = None if out is None or isinstance(out, GraphOut) else list(check_type(out, Mapping, "out"))
    wiring = compose(fn, name, what, inputs, outputs)
    nothing = any(signature.returns is each for each in (Any, None, type(None)))
    if not wiring.output_mappings and not nothing and outputs is None:
        message = f"{what} {name!r} is annotated as returning {signature.returns!r:.60}, but its body returns nothing."
        raise DagsterInvalidDefinitionError(message)
    types = {
        parameter: Typing.of(annotation)
        for parameter, annotation in signature.inputs
        if annotation is not Any
    }
    return GraphDefinition(
        name,
        description=described(fn) if description is None else description,
        node_defs=wiring.node_defs,
        dependencies=wiring.dependencies,
        input_mappings=wiring.input_mappings,
        output_mappings=wiring.output_mappings,
        config=config,
        tags=tags,
        input_names=inputs,
        input_types=types,
        node_input_assets=wiring.assets,
    )

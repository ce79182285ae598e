"""The nodes of a graph: each use of a definition by its name there, with what it reads.

Made from what a body described or a user wrote by hand, and checked: every connection leads
from an output that is there to an input that is there. Rules: `spec/api.md` §2.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import CircularDependencyError, DagsterInvalidDefinitionError, nearest
from .node import NodeDefinition
from .policies import RetryPolicy
from .wiring import Dependency, NodeInvocation


class Node(NamedTuple):
    """One use of a definition in a graph, by its name there."""

    name: str
    definition: NodeDefinition
    tags: Mapping[str, str]
    hook_defs: frozenset[Any]
    retry_policy: RetryPolicy | None
    inputs: Mapping[str, Dependency]

    @property
    def upstream(self) -> list[str]:
        """The nodes that it reads."""
        return list(dict.fromkeys(each.node for given in self.inputs.values() for each in given.outputs()))


def nodes_of(graph: str, definitions: Sequence[NodeDefinition], dependencies: Any) -> dict[str, Node]:
    """The nodes of a graph, by their names there.

    Args:
        graph: The graph's name, for messages.
        definitions: What is used in it.
        dependencies: By use of a node: what each of its inputs reads.

    Raises:
        DagsterInvalidDefinitionError: for two nodes of one name, or a connection to what is not there.
    """
    by_name: dict[str, NodeDefinition] = {}
    for definition in definitions:
        if not isinstance(definition, NodeDefinition):
            message = f"Each of the node_defs of the graph {graph!r} must be an op or a graph, not {definition!r:.80}"
            raise DagsterInvalidDefinitionError(message)
        known = by_name.setdefault(definition.name, definition)
        if known is not definition:
            message = f"The graph {graph!r} has two definitions with the same name {definition.name!r}; rename one of them."
            raise DagsterInvalidDefinitionError(message)
    if dependencies is not None and not isinstance(dependencies, Mapping):
        message = f"The dependencies of the graph {graph!r} must be a mapping, not {type(dependencies).__name__}: by use of a node, what each of its inputs reads."
        raise DagsterInvalidDefinitionError(message)
    given: dict[str, tuple[NodeInvocation, Mapping[str, Dependency]]] = {}
    for use, inputs in dependencies.items() if dependencies else ():
        invocation = use if isinstance(use, NodeInvocation) else NodeInvocation(use)
        if invocation.name not in by_name:
            hint = nearest(invocation.name, by_name)
            message = f"The dependencies of the graph {graph!r} use a node {invocation.name!r} that is not in node_defs{hint or '.'}"
            raise DagsterInvalidDefinitionError(message)
        if invocation.called in given:
            message = f"The graph {graph!r} uses the name {invocation.called!r} twice; give each use an alias of its own."
            raise DagsterInvalidDefinitionError(message)
        if not isinstance(inputs, Mapping):
            message = (
                f"The dependencies of {invocation.called!r} in the graph {graph!r} are {inputs!r:.80}: write what it reads by the "
                "name of the input, {'input': DependencyDefinition(...)}."
            )
            raise DagsterInvalidDefinitionError(message)
        given[invocation.called] = (invocation, inputs)
    used = {invocation.name for invocation, _ in given.values()}
    for name in by_name:
        if name not in used and name not in given:
            given[name] = (NodeInvocation(name), {})
    nodes: dict[str, Node] = {}
    for name, (invocation, inputs) in given.items():
        definition = by_name[invocation.name]
        tags = {**definition.tags, **invocation.tags}
        hooks = definition.hook_defs | invocation.hook_defs
        policy = invocation.retry_policy or getattr(definition, "retry_policy", None)
        nodes[name] = Node(name, definition, tags, hooks, policy, dict(inputs))
    for node in nodes.values():
        _check_node(graph, node, nodes)
    return nodes


def _check_node(graph: str, node: Node, nodes: Mapping[str, Node]) -> None:
    known = node.definition.input_names
    for name, given in node.inputs.items():
        if name not in known:
            message = (
                f"The graph {graph!r} connects the input {name!r} of {node.name!r}, which it does not have"
                f"{nearest(name, known) or '; its inputs are: ' + (', '.join(known) or 'none') + '.'}"
            )
            raise DagsterInvalidDefinitionError(message)
        if not isinstance(given, Dependency):
            message = (
                f"The input {name!r} of {node.name!r} in the graph {graph!r} reads {given!r:.80}; it reads a DependencyDefinition, "
                "MultiDependencyDefinition or DynamicCollectDependencyDefinition."
            )
            raise DagsterInvalidDefinitionError(message)
        for each in given.outputs():
            upstream = nodes.get(each.node)
            if upstream is None:
                message = f"The input {name!r} of {node.name!r} reads a node {each.node!r} that is not in the graph {graph!r}{nearest(each.node, nodes) or '.'}"
                raise DagsterInvalidDefinitionError(message)
            outputs = upstream.definition.output_names
            if each.output not in outputs:
                message = (
                    f"The input {name!r} of {node.name!r} reads the output {each.output!r} of {each.node!r}, which it does not "
                    f"have; its outputs are: {', '.join(outputs) or 'none'}."
                )
                raise DagsterInvalidDefinitionError(message)


def order_of(graph: str, nodes: Mapping[str, Node]) -> tuple[str, ...]:
    """The names of the nodes, each after those that it reads; ties by name.

    Raises:
        CircularDependencyError: if there is no such order.
    """
    waiting = {name: set(node.upstream) for name, node in nodes.items()}
    order: list[str] = []
    while waiting:
        ready = sorted(name for name, above in waiting.items() if not above)
        if not ready:
            message = f"The nodes of the graph {graph!r} depend on each other in a circle (a circular reference): {', '.join(sorted(waiting))}."
            raise CircularDependencyError(message)
        for name in ready:
            del waiting[name]
        for above in waiting.values():
            above.difference_update(ready)
        order += ready
    return tuple(order)

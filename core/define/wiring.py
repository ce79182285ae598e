"""How the nodes of a graph are connected: which output each input reads (`spec/api.md` §2.6).

Plain values: what a user writes by hand for a `GraphDefinition`, and what `composition`
records while a body runs. Nothing here knows what the nodes do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

from ..errors import ParameterCheckError, check_type
from ..record import Record, put
from .policies import RetryPolicy

RESULT = "result"


class DependencyDefinition(Record):
    """An input reads one output of another node.

    Args:
        node: The node's name in the graph.
        output: The name of its output.
        description: Why.
    """

    __slots__ = ("description", "node", "output")

    node: str
    output: str
    description: str | None

    def __init__(self, node: str, output: str = RESULT, description: str | None = None) -> None:
        put(self, "node", check_type(node, str, "node", optional=False))
        put(self, "output", check_type(output, str, "output", optional=False))
        put(self, "description", check_type(description, str, "description"))

    def outputs(self) -> Iterator[DependencyDefinition]:
        """The outputs that it reads."""
        yield self


class DynamicCollectDependencyDefinition(Record):
    """An input reads all values of a dynamic output as a list."""

    __slots__ = ("node", "output")

    node: str
    output: str

    def __init__(self, node: str, output: str = RESULT) -> None:
        put(self, "node", check_type(node, str, "node", optional=False))
        put(self, "output", check_type(output, str, "output", optional=False))

    def outputs(self) -> Iterator[DependencyDefinition]:
        """The outputs that it reads."""
        yield DependencyDefinition(self.node, self.output)


class MappedInputPlaceholder:
    """In a fan-in: the place of a graph's input; `MappedInput` is its only value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MappedInput"


MappedInput = MappedInputPlaceholder


class MultiDependencyDefinition(Record):
    """An input reads several outputs as a list.

    Args:
        dependencies: The outputs in order; `MappedInput` is the place of a graph's input.
    """

    __slots__ = ("dependencies",)

    dependencies: Sequence[Any]

    def __init__(self, dependencies: Sequence[Any]) -> None:
        for each in dependencies:
            if not (isinstance(each, DependencyDefinition) or each is MappedInput):
                message = (
                    f"Each of 'dependencies' must be DependencyDefinition or MappedInput, not {each!r:.80}"
                )
                raise ParameterCheckError(message)
        put(self, "dependencies", list(dependencies))

    __hash__ = None  # type: ignore[assignment]  # a list is inside

    def outputs(self) -> Iterator[DependencyDefinition]:
        """The outputs that it reads."""
        for each in self.dependencies:
            if isinstance(each, DependencyDefinition):
                yield each


Dependency: TypeAlias = DependencyDefinition | MultiDependencyDefinition | DynamicCollectDependencyDefinition


class NodeInvocation(Record):
    """One use of a node in a graph.

    Args:
        name: The name of its definition.
        alias: Its name in the graph, where that is another.
        tags: Its tags besides the definition's.
        hook_defs: Its hooks besides the definition's.
        retry_policy: Its retry policy instead of the definition's.
    """

    __slots__ = ("alias", "hook_defs", "name", "retry_policy", "tags")

    name: str
    alias: str | None
    tags: Mapping[str, str]
    hook_defs: frozenset[Any]
    retry_policy: RetryPolicy | None

    def __init__(
        self,
        name: str,
        alias: str | None = None,
        tags: Mapping[str, str] | None = None,
        hook_defs: AbstractSet[Any] | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        put(self, "name", check_type(name, str, "name", optional=False))
        put(self, "alias", check_type(alias, str, "alias"))
        put(self, "tags", dict(tags or {}))
        put(self, "hook_defs", frozenset(hook_defs or ()))
        put(self, "retry_policy", check_type(retry_policy, RetryPolicy, "retry_policy"))

    def __hash__(self) -> int:
        return hash((self.name, self.alias))

    @property
    def called(self) -> str:
        """Its name in the graph."""
        return self.alias or self.name


class InputMapping(Record):
    """An input of a graph goes to an input of one of its nodes.

    Args:
        graph_input_name: The graph's input.
        mapped_node_name: The node.
        mapped_node_input_name: The node's input.
        fan_in_index: The place in the list, where that input reads several.
        graph_input_description: What the input is.
        dagster_type: Its type.
    """

    __slots__ = (
        "dagster_type", "fan_in_index", "graph_input_description", "graph_input_name", "mapped_node_input_name",
        "mapped_node_name",
    )  # fmt: skip

    graph_input_name: str
    mapped_node_name: str
    mapped_node_input_name: str
    fan_in_index: int | None
    graph_input_description: str | None
    dagster_type: Any

    def __init__(
        self,
        graph_input_name: str,
        mapped_node_name: str,
        mapped_node_input_name: str,
        fan_in_index: int | None = None,
        graph_input_description: str | None = None,
        dagster_type: Any = None,
    ) -> None:
        put(self, "graph_input_name", check_type(graph_input_name, str, "graph_input_name", optional=False))
        put(self, "mapped_node_name", check_type(mapped_node_name, str, "mapped_node_name", optional=False))
        put(
            self,
            "mapped_node_input_name",
            check_type(mapped_node_input_name, str, "mapped_node_input_name", optional=False),
        )
        put(self, "fan_in_index", check_type(fan_in_index, int, "fan_in_index"))
        put(
            self,
            "graph_input_description",
            check_type(graph_input_description, str, "graph_input_description"),
        )
        put(self, "dagster_type", dagster_type)


class OutputMapping(Record):
    """An output of a graph is an output of one of its nodes.

    Args:
        graph_output_name: The graph's output.
        mapped_node_name: The node.
        mapped_node_output_name: The node's output.
        graph_output_description: What the output is.
        dagster_type: Its type.
        from_dynamic_mapping: Whether it is made once for each value of a dynamic output.
    """

    __slots__ = (
        "dagster_type", "from_dynamic_mapping", "graph_output_description", "graph_output_name", "mapped_node_name",
        "mapped_node_output_name",
    )  # fmt: skip

    graph_output_name: str
    mapped_node_name: str
    mapped_node_output_name: str
    graph_output_description: str | None
    dagster_type: Any
    from_dynamic_mapping: bool

    def __init__(
        self,
        graph_output_name: str,
        mapped_node_name: str,
        mapped_node_output_name: str = RESULT,
        graph_output_description: str | None = None,
        dagster_type: Any = None,
        from_dynamic_mapping: bool = False,
    ) -> None:
        put(
            self, "graph_output_name", check_type(graph_output_name, str, "graph_output_name", optional=False)
        )
        put(self, "mapped_node_name", check_type(mapped_node_name, str, "mapped_node_name", optional=False))
        put(
            self,
            "mapped_node_output_name",
            check_type(mapped_node_output_name, str, "mapped_node_output_name", optional=False),
        )
        put(
            self,
            "graph_output_description",
            check_type(graph_output_description, str, "graph_output_description"),
        )
        put(self, "dagster_type", dagster_type)
        put(self, "from_dynamic_mapping", from_dynamic_mapping)

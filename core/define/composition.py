"""What happens while the body of a graph runs: uses of nodes are recorded, handles stand for outputs.

`compose` runs a body once, at decoration, and gives the wiring that it described; the
wiring is what a user could have written by hand (`wiring`). Rules: `spec/api.md` §2.3, §2.6.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    nearest,
)
from .names import is_a
from .node import NodeDefinition, PendingNodeInvocation, composing
from .wiring import (
    Dependency,
    DependencyDefinition,
    DynamicCollectDependencyDefinition,
    InputMapping,
    MappedInput,
    MultiDependencyDefinition,
    NodeInvocation,
    OutputMapping,
)


class InvokedNodeOutputHandle:
    """Stands for one output of a node that is used in a graph; it is passed on, never looked into."""

    __slots__ = ("mapped", "node_name", "output_name")

    def __init__(self, node_name: str, output_name: str, *, mapped: bool = False) -> None:
        self.node_name = node_name
        self.output_name = output_name
        self.mapped = mapped

    def __iter__(self) -> Iterator[Any]:
        raise DagsterInvariantViolationError(self._misused("iterate over"))

    def __getitem__(self, index: object) -> Any:
        raise DagsterInvariantViolationError(self._misused("index into"))

    def _misused(self, what: str) -> str:
        return (
            f"The body of a graph cannot {what} the output {self.output_name!r} of {self.node_name!r}: it stands for a value "
            "that is not there yet. Do that in an op, or give the op several outputs."
        )

    def alias(self, _: str) -> Any:
        """Always an error: what was used already cannot be named any more."""
        message = f"{self.node_name!r} was used already; say .alias(...) before the call: op.alias('name')()."
        raise DagsterInvariantViolationError(message)

    with_hooks = alias

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.node_name}.{self.output_name}>"


class InvokedNodeDynamicOutputWrapper(InvokedNodeOutputHandle):
    """Stands for a dynamic output: `map` a function over its values, or `collect` them into a list."""

    __slots__ = ()

    def map(self, fn: Callable[[Any], Any]) -> Any:
        """Use nodes once for each value.

        Args:
            fn: Gets the handle of one value, and returns handles of what it makes of it.

        Returns:
            What the function returned, each handle as one of a dynamic output.
        """
        made = fn(InvokedNodeOutputHandle(self.node_name, self.output_name, mapped=True))
        if made is None:
            return None
        if isinstance(made, InvokedNodeOutputHandle):
            return _dynamic(made)
        if isinstance(made, tuple) and all(isinstance(each, InvokedNodeOutputHandle) for each in made):
            wrapped = [_dynamic(each) for each in made]
            return type(made)(*wrapped) if hasattr(made, "_fields") else tuple(wrapped)
        message = (
            f"The function that was mapped over {self.node_name!r} returned {type(made).__name__}: {made!r:.80}; it returns "
            "the output of an op, several of them, or nothing."
        )
        raise DagsterInvariantViolationError(message)

    def collect(self) -> CollectedHandle:
        """Stands for the list of all values."""
        return CollectedHandle(self.node_name, self.output_name)


def _dynamic(handle: InvokedNodeOutputHandle) -> InvokedNodeDynamicOutputWrapper:
    return InvokedNodeDynamicOutputWrapper(handle.node_name, handle.output_name, mapped=True)


class CollectedHandle(NamedTuple):
    """Stands for the list of all values of a dynamic output."""

    node_name: str
    output_name: str


class InputMappingNode(NamedTuple):
    """Stands for an input of the graph whose body runs."""

    graph_name: str
    input_name: str


class Wiring(NamedTuple):
    """What a body described."""

    node_defs: list[NodeDefinition]
    dependencies: dict[NodeInvocation, dict[str, Dependency]]
    input_mappings: list[InputMapping]
    output_mappings: list[OutputMapping]
    assets: dict[str, dict[str, Any]]
    """By node and input: the asset whose value was passed."""


class Composition:
    """A body at work.

    Args:
        name: The graph's name.
        what: Its decorator, for messages.
    """

    def __init__(self, name: str, what: str) -> None:
        self.name = name
        self.what = what
        self.node_defs: dict[str, NodeDefinition] = {}
        self.uses: dict[str, tuple[NodeInvocation, dict[str, Dependency]]] = {}
        self.mappings: list[InputMapping] = []
        self.assets: dict[str, dict[str, Any]] = {}

    def connect(self, use: PendingNodeInvocation, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Note that a node is used with these inputs; gives what stands for its outputs."""
        definition = use.node_def
        known = self.node_defs.setdefault(definition.name, definition)
        if known is not definition:
            message = (
                f"{self._me()} has two different definitions with the same name {definition.name!r}; give one of them another "
                "name: an alias names only the use."
            )
            raise DagsterInvalidDefinitionError(message)
        node = self._name(use)
        given = self._placed(definition, node, args, kwargs)
        inputs: dict[str, Dependency] = {}
        for name, value in given.items():
            dependency = self._dependency(node, name, value)
            if dependency is not None:
                inputs[name] = dependency
        called = None if node == definition.name else node
        invocation = NodeInvocation(definition.name, called, use.tags, use.hook_defs, use.retry_policy)
        self.uses[node] = (invocation, inputs)
        return _outputs_of(definition, node)

    def _name(self, use: PendingNodeInvocation) -> str:
        name = use.given_alias
        if name is not None:
            if name in self.uses:
                message = f"{self._me()} uses the name {name!r} twice; give each use an alias of its own."
                raise DagsterInvalidDefinitionError(message)
            return name
        name, count = use.node_def.name, 1
        while name in self.uses:
            count += 1
            name = f"{use.node_def.name}_{count}"
        return name

    def _placed(
        self, definition: NodeDefinition, node: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> dict[str, Any]:
        names = definition.input_names
        if len(args) > len(names):
            message = (
                f"{self._me()} uses {node!r} with {len(args)} inputs, but it has {len(names)}"
                f"{': ' + ', '.join(names) if names else ''}."
            )
            raise DagsterInvalidDefinitionError(message)
        given = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in names:
                hint = nearest(name, names) or f"; its inputs are: {', '.join(names) or 'none'}."
                message = f"{self._me()} uses {node!r} with the input {name!r}, which it does not have{hint}"
                raise DagsterInvalidDefinitionError(message)
            if name in given:
                message = f"{self._me()} uses {node!r} with two values for the input {name!r}; give one."
                raise DagsterInvalidInvocationError(message)
            given[name] = value
        return given

    def _dependency(self, node: str, name: str, value: Any) -> Dependency | None:
        if isinstance(value, InvokedNodeDynamicOutputWrapper):
            message = (
                f"{self._me()} passes the dynamic output {value.output_name!r} of {value.node_name!r} to {node!r}: map a function "
                "over it with .map(...), or pass the list of its values with .collect()."
            )
            raise DagsterInvalidDefinitionError(message)
        if isinstance(value, InvokedNodeOutputHandle):
            return DependencyDefinition(value.node_name, value.output_name)
        if isinstance(value, CollectedHandle):
            return DynamicCollectDependencyDefinition(value.node_name, value.output_name)
        if isinstance(value, InputMappingNode):
            self.mappings.append(InputMapping(value.input_name, node, name))
            return None
        if isinstance(value, list) or (isinstance(value, tuple) and not hasattr(value, "_fields")):
            return self._fan_in(node, name, value)
        if any(is_a(value, cls) for cls in ("AssetSpec", "SourceAsset", "AssetsDefinition")):
            self.assets.setdefault(node, {})[name] = value
            return None
        raise DagsterInvalidDefinitionError(self._wrong(node, name, value))

    def _fan_in(self, node: str, name: str, values: Sequence[Any]) -> Dependency:
        found: list[Any] = []
        for at, value in enumerate(values):
            if isinstance(value, InputMappingNode):
                self.mappings.append(InputMapping(value.input_name, node, name, fan_in_index=at))
                found.append(MappedInput)
            elif isinstance(value, InvokedNodeOutputHandle) and not isinstance(
                value, InvokedNodeDynamicOutputWrapper
            ):
                found.append(DependencyDefinition(value.node_name, value.output_name))
            else:
                raise DagsterInvalidDefinitionError(self._wrong(node, f"{name}, at {at}", value))
        return MultiDependencyDefinition(found)

    def _wrong(self, node: str, name: str, value: Any) -> str:
        return (
            f"{self._me()} passes {_shown(value)} to {node!r} (input {name}): a graph connects outputs and inputs. Pass the "
            "output of a node or an input of the graph; a constant is made by an op, or is config."
        )

    def _me(self) -> str:
        return f"{self.what} {self.name!r}"


def _shown(value: Any) -> str:
    if isinstance(value, CollectedHandle):
        return f"the collected values of {value.node_name!r}"
    if isinstance(value, InputMappingNode):
        return f"the graph's input {value.input_name!r}"
    fields: Sequence[str] | None = getattr(value, "_fields", None)
    if fields is not None:
        return f"all outputs of a node at once ({', '.join(fields)})"
    return f"a {type(value).__name__}: {value!r:.60}"


def _outputs_of(definition: NodeDefinition, node: str) -> Any:
    names = definition.output_names
    dynamic = definition.dynamic_outputs
    handles = [
        (InvokedNodeDynamicOutputWrapper if name in dynamic else InvokedNodeOutputHandle)(node, name)
        for name in names
    ]
    if not handles:
        return None
    if len(handles) == 1:
        return handles[0]
    return namedtuple(f"{_word(definition.name)}_outputs", names)(*handles)  # noqa: PYI024  the names are the op's


def _word(name: str) -> str:
    return name if name.isidentifier() and not name.startswith("_") else f"n{name.lstrip('_')}"


def compose(
    fn: Callable[..., Any], name: str, what: str, inputs: Sequence[str], outputs: Sequence[str] | None
) -> Wiring:
    """Run the body of a graph, and give the wiring that it described.

    Args:
        fn: The body.
        name: The graph's name.
        what: Its decorator, for messages.
        inputs: The graph's inputs: the parameters of the body.
        outputs: The names that the outputs are to have; `None`: one called `result`, or those of a dict.

    Raises:
        DagsterInvalidDefinitionError: for a body that does something else than connecting.
    """
    at_work = Composition(name, what)
    token = composing.set(at_work)
    try:
        returned = fn(**{each: InputMappingNode(name, each) for each in inputs})
    finally:
        composing.reset(token)
    unused = [
        each for each in inputs if each not in {mapping.graph_input_name for mapping in at_work.mappings}
    ]
    # A job has no outputs: what its body returns connects nothing, whatever it is.
    ignored = outputs is None and what == "@job" and isinstance(returned, (tuple, list))
    mapped = (
        [] if ignored and not hasattr(returned, "_fields") else _output_mappings(at_work, returned, outputs)
    )
    if unused and at_work.uses:
        message = f"{what} {name!r} has an unmapped input {unused[0]!r}: pass it to a node, or remove the parameter."
        raise DagsterInvalidDefinitionError(message)
    dependencies = dict(at_work.uses.values())
    return Wiring(list(at_work.node_defs.values()), dependencies, at_work.mappings, mapped, at_work.assets)


def _output_mappings(
    at_work: Composition, returned: Any, outputs: Sequence[str] | None
) -> list[OutputMapping]:
    me = f"{at_work.what} {at_work.name!r}"
    if isinstance(returned, Mapping):
        if outputs is not None and (strange := [name for name in returned if name not in outputs]):
            message = f"{me} returned an output {strange[0]!r} that it does not declare{nearest(str(strange[0]), outputs) or '.'}"
            raise DagsterInvalidDefinitionError(message)
        named = dict(returned)
    elif returned is None:
        named = {}
    elif (
        isinstance(returned, tuple)
        and outputs is not None
        and not isinstance(returned, (CollectedHandle, InputMappingNode))
    ):
        if len(returned) != len(outputs):
            message = (
                f"{me} returned {len(returned)} outputs, but declares {len(outputs)}: {', '.join(outputs)}."
            )
            raise DagsterInvalidDefinitionError(message)
        named = dict(zip(outputs, returned, strict=True))
    elif (
        isinstance(returned, tuple)
        and hasattr(returned, "_fields")
        and not isinstance(returned, InputMappingNode)
    ):
        fields: Sequence[str] = getattr(returned, "_fields", ())
        named = dict(zip(fields, returned, strict=True))
    elif outputs is not None and len(outputs) != 1:
        message = f"{me} returned one output, but declares {len(outputs)}: {', '.join(outputs)}; return a dict of them."
        raise DagsterInvalidDefinitionError(message)
    else:
        named = {(outputs or ("result",))[0]: returned}
    if outputs is not None and (missing := [name for name in outputs if name not in named]):
        message = f"{me} has an unmapped output {missing[0]!r}; return the output of a node for it."
        raise DagsterInvalidDefinitionError(message)
    return [_output_mapping(me, name, handle) for name, handle in named.items()]


def _output_mapping(me: str, name: Any, handle: Any) -> OutputMapping:
    if not isinstance(handle, InvokedNodeOutputHandle):
        message = (
            f"{me} returned {_shown(handle)} for its output {name!r}: the body of a graph returns outputs of its nodes, or a dict "
            "of them."
        )
        raise DagsterInvalidDefinitionError(message)
    if not isinstance(name, str):
        message = f"{me} returned a dict with the key {name!r}: the names of outputs are strings."
        raise DagsterInvalidDefinitionError(message)
    dynamic = isinstance(handle, InvokedNodeDynamicOutputWrapper)
    return OutputMapping(
        name, handle.node_name, handle.output_name, from_dynamic_mapping=dynamic and handle.mapped
    )

"""`NodeDefinition`: what ops and graphs have in common, and how a body connects them.

While the body of a graph runs, calling a node records that it is used; elsewhere it runs.
The recording itself is `composition`'s business, which says here that it is at work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from ..errors import DagsterInvariantViolationError, check_type, nearest
from .names import check_set, valid_name
from .policies import RetryPolicy

if TYPE_CHECKING:
    from .dagster_type import DagsterType
    from .ports import Slot, Vent

T = TypeVar("T")


class Composing(Protocol):
    """A graph's body at work."""

    def connect(self, use: PendingNodeInvocation, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Note that a node is used with these inputs; gives what stands for its outputs."""
        ...


composing: ContextVar[Composing | None] = ContextVar("assets_composing", default=None)
"""The graph whose body runs here."""


class NodeDefinition:
    """An op or a graph: a name, a description, and tags.

    Args:
        name: Its name.
        description: What it does.
        tags: Its tags.
        hook_defs: What is called after each of its steps.
    """

    def __init__(
        self,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        hook_defs: AbstractSet[Any] = frozenset(),
    ) -> None:
        self.name = name
        self.description = description
        self.tags: Mapping[str, str] = dict(tags or {})
        self.hook_defs: frozenset[Any] = frozenset(hook_defs)

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        raise NotImplementedError

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        raise NotImplementedError

    @property
    def input_defs(self) -> list[Slot]:
        """The inputs, in order."""
        raise NotImplementedError

    @property
    def output_defs(self) -> list[Vent]:
        """The outputs, in order."""
        raise NotImplementedError

    @property
    def input_dict(self) -> Mapping[str, Slot]:
        """The inputs by name."""
        return {each.name: each for each in self.input_defs}

    @property
    def output_dict(self) -> Mapping[str, Vent]:
        """The outputs by name."""
        return {each.name: each for each in self.output_defs}

    def input_def_named(self, name: str) -> Slot:
        """The input of that name.

        Raises:
            DagsterInvariantViolationError: if there is none.
        """
        return _named(name, self.input_dict, f"{self!r} has no input")

    def output_def_named(self, name: str) -> Vent:
        """The output of that name.

        Raises:
            DagsterInvariantViolationError: if there is none.
        """
        return _named(name, self.output_dict, f"{self!r} has no output")

    def iterate_op_defs(self) -> Iterator[Any]:
        """The op of each node in it."""
        raise NotImplementedError

    def all_dagster_types(self) -> Iterator[DagsterType]:
        """Each type of its inputs and outputs, and of those of its ops, with the types inside of them; once."""
        seen: set[str] = set()
        for node in (self, *self.iterate_op_defs()):
            for port in (*node.input_defs, *node.output_defs):
                for each in port.typing.within():
                    if each.unique_name not in seen:
                        seen.add(each.unique_name)
                        yield each

    @property
    def dynamic_outputs(self) -> AbstractSet[str]:
        """The outputs that give any number of values."""
        raise NotImplementedError

    def run_directly(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """What calling it outside of a graph does."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Inside the body of a graph: use it there. Elsewhere: call it."""
        graph = composing.get()
        if graph is None:
            return self.run_directly(args, kwargs)
        return graph.connect(PendingNodeInvocation(self), args, kwargs)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def copy(self, **changes: Any) -> Self:
        """A copy with some attributes changed."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.__dict__.update(changes)
        return new

    def alias(self, name: str) -> PendingNodeInvocation:
        """The node, to be used under another name."""
        return PendingNodeInvocation(self).alias(name)

    def tag(self, tags: Mapping[str, str] | None) -> PendingNodeInvocation:
        """The node, to be used with these tags besides its own."""
        return PendingNodeInvocation(self).tag(tags)

    def with_hooks(self, hook_defs: AbstractSet[Any]) -> Any:
        """The node, to be used with these hooks besides its own."""
        return PendingNodeInvocation(self).with_hooks(hook_defs)

    def with_retry_policy(self, retry_policy: RetryPolicy) -> PendingNodeInvocation:
        """The node, to be used with this retry policy instead of its own."""
        return PendingNodeInvocation(self).with_retry_policy(retry_policy)


def _named(name: str, known: Mapping[str, T], lacks: str) -> T:
    if name not in known:
        message = (
            f"{lacks} {name!r}{nearest(name, known) or '; it has: ' + (', '.join(known) or 'none') + '.'}"
        )
        raise DagsterInvariantViolationError(message)
    return known[name]


class PendingNodeInvocation:
    """A node with what is to be different about one use of it; calling it in a graph's body uses it."""

    __slots__ = ("given_alias", "hook_defs", "node_def", "retry_policy", "tags")

    def __init__(
        self,
        node_def: NodeDefinition,
        given_alias: str | None = None,
        tags: Mapping[str, str] | None = None,
        hook_defs: frozenset[Any] = frozenset(),
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self.node_def = node_def
        self.given_alias = given_alias
        self.tags: Mapping[str, str] = tags or {}
        self.hook_defs = hook_defs
        self.retry_policy = retry_policy

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Use the node in the graph whose body runs; outside of one, call it."""
        graph = composing.get()
        if graph is None:
            return self.node_def.run_directly(args, kwargs)
        return graph.connect(self, args, kwargs)

    def _with(self, **changes: Any) -> PendingNodeInvocation:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return PendingNodeInvocation(**{**fields, **changes})

    def alias(self, name: str) -> PendingNodeInvocation:
        """The same under another name."""
        return self._with(given_alias=valid_name(check_type(name, str, "name", optional=False), "alias"))

    def tag(self, tags: Mapping[str, str] | None) -> PendingNodeInvocation:
        """The same with these tags besides."""
        return self._with(tags={**self.tags, **(tags or {})})

    def with_hooks(self, hook_defs: AbstractSet[Any]) -> PendingNodeInvocation:
        """The same with these hooks besides."""
        return self._with(hook_defs=self.hook_defs | check_set(hook_defs, "HookDefinition", "hook_defs"))

    def with_retry_policy(self, retry_policy: RetryPolicy) -> PendingNodeInvocation:
        """The same with this retry policy."""
        return self._with(retry_policy=check_type(retry_policy, RetryPolicy, "retry_policy", optional=False))

    def execute_in_process(self, **options: Any) -> Any:
        """Run the graph under its alias, with its hooks and tags: see `GraphDefinition.execute_in_process`."""
        return self.to_job().execute_in_process(**options)

    def to_job(self, **options: Any) -> Any:
        """A job of the graph under its alias: see `GraphDefinition.to_job`."""
        options.setdefault("name", self.given_alias)
        options["hooks"] = frozenset(options.get("hooks") or ()) | self.hook_defs
        options["tags"] = {**self.tags, **(options.get("tags") or {})}
        return self._graph().to_job(**options)

    def _graph(self) -> Any:
        if not hasattr(self.node_def, "execute_in_process"):
            message = f"{self.node_def!r} is no graph: only a graph can be run or become a job."
            raise TypeError(message)
        return self.node_def if self.given_alias is None else self.node_def.copy(name=self.given_alias)

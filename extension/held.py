"""What the assets of other cells hold on to: ops and config classes, as they were when the asset was declared.

A helper is looked up when it is called, so its new definition counts at once. An op is part
of the graph that was made of it, and a config class of the function's annotation: an edited one takes
effect when the asset's own cell runs again, which a user cannot guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..core.define.definition import AssetsDefinition
from ..core.define.op import OpDefinition
from ..core.graph import EMPTY, Graph
from ..core.versions.fingerprint import Memo


class Holding:
    """What the graph's definitions hold; worked out anew only when the graph is another one."""

    def __init__(self) -> None:
        self._graph: Graph = EMPTY
        self._held: list[tuple[str, str, Any]] = []
        self._told: dict[tuple[str, str], Any] = {}

    def lines(self, graph: Graph, namespace: Mapping[str, Any]) -> list[str]:
        """A line for each asset that holds what the namespace has anew; each is told once.

        Args:
            graph: The graph in force.
            namespace: The user's names.
        """
        if graph is not self._graph:
            self._graph, self._held = graph, list(_held(graph.assets_defs))
        found: list[str] = []
        for asset, name, thing in self._held:
            now = namespace.get(name)
            if now is thing or type(now) is not type(thing) or _module(now) != "__main__":
                continue
            if self._told.get((asset, name)) is not now:
                self._told[asset, name] = now
                if _meaning(now) == _meaning(thing):
                    continue  # its cell ran again as it was
                found.append(f"{asset}: it uses the former {name}. Run its cell again to use the new one.")
        return found


def _held(definitions: Iterable[AssetsDefinition]) -> Iterator[tuple[str, str, Any]]:
    """By asset and name: the ops of a graph, and the config classes of functions, that cells made."""
    for definition in definitions:
        things: list[Any] = list(definition.config_param.values())
        if definition.graph is not None:
            ops = list(definition.graph.ops())
            things += [*ops, *(kind for op in ops for kind in op.config_param.values())]
        if things:
            asset = ", ".join(key.to_user_string() for key in definition.keys)
            for thing in things:
                if isinstance(thing, (type, OpDefinition)) and _module(thing) == "__main__":
                    yield asset, _name(thing), thing


def _meaning(thing: Any) -> object:
    memo = Memo()
    if isinstance(thing, OpDefinition):
        return memo.digest(thing.fn), list(thing.slots), list(thing.vents)
    return memo.digest(thing)


def _module(thing: Any) -> Any:
    return getattr(thing.fn if isinstance(thing, OpDefinition) else thing, "__module__", None)


def _name(thing: OpDefinition | type) -> str:
    name: str = getattr(thing.fn if isinstance(thing, OpDefinition) else thing, "__name__", "")
    return name

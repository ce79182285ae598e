"""What has to be looked at: a plan for the functions that observe, over a graph of its own.

To the runner such a step is like any other. What is looked at is never due, so nothing is
decided here: what was asked for is done. Pure.
"""

from __future__ import annotations

from collections.abc import Collection

from ..graph import Graph, Node
from ..keys import AssetKey, Piece
from .plan import Plan, Request, Step
from .verdict import Cause, Verdict

_ASKED = Verdict("stale", (Cause("asked", "it was asked for"),))


def observable(graph: Graph) -> list[AssetKey]:
    """The keys of the assets that a function looks at, in order."""
    return [key for key in graph.order if graph.nodes[key].observer is not None]


def to_observe(graph: Graph, keys: Collection[AssetKey], partition: str | None = None) -> tuple[Graph, Plan]:
    """A graph in which the functions that look at these assets can run, and the plan that runs them.

    One step for each function, of the first of its assets; it looks at all those that are in the graph.

    Args:
        graph: What is declared.
        keys: What is to be looked at; what nothing looks at is passed over. Of a function that can
            only look at several assets at once, all of them are.
        partition: The partition that is asked for of those that have any; left out, a function looks
            at all of them at once.
    """
    wanted = dict.fromkeys(
        key for key in graph.order if key in keys and graph.nodes[key].observer is not None
    )
    for key in list(wanted):
        observer = graph.nodes[key].observer
        assert observer is not None
        if not observer.can_subset:
            wanted.update(dict.fromkeys(observer.specs_by_key))
    nodes: dict[AssetKey, Node] = {}
    steps: dict[int, Step] = {}
    for key in wanted:
        node = graph.nodes[key]
        nodes[key] = made = Node(key, "asset", node.spec, node.observer, (), node.partitions)
        piece = Piece(key, None if node.partitions is None else partition)
        steps.setdefault(id(node.observer), Step(made, piece, "build", _ASKED))
    request = Request(frozenset(nodes), None, "force", only=True)
    asked = tuple(steps.values())
    return Graph(nodes), Plan(asked, {}, request, forced=frozenset(step.piece for step in asked))


def no_codes(keys: Collection[AssetKey]) -> dict[AssetKey, str]:
    """The code versions of functions that observe: none is recorded, for an observation has no provenance."""
    return dict.fromkeys(keys, "")

"""Which checks are to be evaluated, and whether what was found still holds.

A check with a function of its own is decided like a piece: its last evaluation stands as long
as its code and the values that it read are the recorded ones. What a function reports of
its own assets is evaluated whenever it runs. Rules: `spec/semantics.md` §7, `spec/notebook.md` §4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..define.definition import AssetsDefinition
from ..graph import CheckNode, Edge, Graph
from ..history import Facts
from ..keys import AssetCheckKey, AssetKey, Piece
from ..latest import Evaluation
from ..partitions.moment import Moment
from ..partitions.spaces import PartitionsDefinition
from ..versions.data import Input
from .inputs import input_of, pieces_read


class CheckStep(NamedTuple):
    """One call of a function that checks assets: the checks that it is to report, and the partition looked at."""

    definition: AssetsDefinition
    nodes: tuple[CheckNode, ...]
    partition: str | None

    @property
    def keys(self) -> tuple[AssetCheckKey, ...]:
        """The checks that it reports."""
        return tuple(node.key for node in self.nodes)

    @property
    def about(self) -> tuple[AssetKey, ...]:
        """The assets that it looks at."""
        return tuple(dict.fromkeys(node.key.asset_key for node in self.nodes))

    @property
    def space(self) -> PartitionsDefinition | None:
        """The partitions that it looks at one by one."""
        return self.nodes[0].spec.partitions_def

    def reads(self) -> set[AssetKey]:
        """The assets that must be done before it."""
        return {edge.up for edge in self.nodes[0].inputs} | set(self.about)


def check_inputs(
    step: CheckStep, graph: Graph, facts: Facts, now: Moment | None = None, run_partition: str | None = None
) -> dict[str, Input]:
    """What the function of a check would read now, by parameter name."""
    return {
        edge.name: input_of(edge, partitions, facts)
        for edge, partitions in check_reads(step, graph, now, run_partition)
    }


def check_reads(
    step: CheckStep, graph: Graph, now: Moment | None = None, run_partition: str | None = None
) -> list[tuple[Edge, Sequence[str | None]]]:
    """Each input of a check, with the upstream partitions that it reads."""
    found: list[tuple[Edge, Sequence[str | None]]] = []
    for edge in step.nodes[0].inputs:
        up = graph.nodes.get(edge.up)
        if up is None:
            found.append((edge, (None,)))
        elif run_partition is not None and step.space is None and up.partitions is not None:
            found.append((edge, (run_partition,)))  # a run about one partition looks at that one
        else:
            piece = Piece(step.about[0], step.partition)
            found.append((edge, pieces_read(edge, piece, graph, now, step.space)[0]))
    return found


def check_due(
    step: CheckStep,
    graph: Graph,
    facts: Facts,
    code: str,
    now: Moment | None = None,
    run_partition: str | None = None,
) -> bool:
    """Whether a check is to be evaluated anew."""
    inputs = check_inputs(step, graph, facts, now, run_partition)
    for key in step.keys:
        found = facts.evaluation(key.asset_key, key.name, step.partition)
        made = None if found is None else found.provenance
        if made is None or made.code != code or made.inputs != inputs or stops(found):
            return True
    return False


def stops(answer: Evaluation | None) -> bool:
    """Whether an answer keeps what is below the asset from being made; like a failure, it is never up to date."""
    return answer is not None and answer.blocking and not answer.passed and answer.severity == "ERROR"


def stopped_at(graph: Graph, facts: Facts, assets: Collection[AssetKey]) -> dict[AssetKey, list[str | None]]:
    """Where a blocking check with a function of its own said no last, of these assets."""
    found: dict[AssetKey, list[str | None]] = {}
    for asset, _, partition in _stops(graph, facts, assets):
        found.setdefault(asset, []).append(partition)
    return found


def stopped_by(graph: Graph, facts: Facts, assets: Collection[AssetKey]) -> list[AssetCheckKey]:
    """The blocking checks with functions of their own that said no last, of these assets."""
    return list(dict.fromkeys(AssetCheckKey(asset, name) for asset, name, _ in _stops(graph, facts, assets)))


def _stops(
    graph: Graph, facts: Facts, assets: Collection[AssetKey]
) -> Iterator[tuple[AssetKey, str, str | None]]:
    for key, node in graph.check_nodes.items():
        if node.own and node.spec.blocking and key.asset_key in assets:
            for (name, partition), answer in facts.answers(key.asset_key).items():
                if name == key.name and stops(answer):
                    yield key.asset_key, name, partition


def check_steps(
    graph: Graph,
    keys: Collection[AssetCheckKey] | None,
    assets: Iterable[AssetKey],
    pieces: Mapping[AssetKey, Sequence[str | None]],
) -> tuple[CheckStep, ...]:
    """The calls that evaluate these checks.

    Args:
        graph: What is declared.
        keys: The checks; all of these assets if left out.
        assets: The assets.
        pieces: The partitions in question, per asset.
    """
    if not graph.check_nodes:
        return ()
    if keys is None:
        chosen = [node for key in assets for node in graph.checks_of.get(key, ())]
    else:
        chosen = [graph.check_nodes[key] for key in sorted(keys) if key in graph.check_nodes]
    by_definition: dict[int, list[CheckNode]] = {}
    for node in chosen:
        if node.own:
            by_definition.setdefault(id(node.definition), []).append(node)
    steps: list[CheckStep] = []
    for nodes in by_definition.values():
        definition = nodes[0].definition
        if nodes[0].spec.partitions_def is None:
            steps.append(CheckStep(definition, tuple(nodes), None))
            continue
        partitions = dict.fromkeys(p for node in nodes for p in pieces.get(node.key.asset_key, ()))
        steps += (CheckStep(definition, tuple(nodes), partition) for partition in partitions)
    return tuple(steps)

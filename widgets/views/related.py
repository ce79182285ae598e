"""Which partitions one partition is made of, and which are made of it, for a page. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ...core.decide.inputs import pieces_read
from ...core.decide.states import partitions_of
from ...core.graph import Graph, Node
from ...core.keys import AssetKey, Piece
from ...core.partitions.moment import Moment
from ..models import RelatedLine, RelatedModel

MOST_RANGES = 2_000
"""So many ranges of one asset are told; a page shows no more of them anyway."""


def related(graph: Graph, asset: AssetKey, partition: str, now: Moment | None = None) -> RelatedModel:
    """What feeds a piece directly and what it feeds, by the mappings of their inputs.

    Args:
        graph: What is declared.
        asset: The asset.
        partition: Its partition; whatever it is, an asset without partitions has one piece.
        now: The moment that says which partitions exist.
    """
    node = graph.nodes[asset]
    piece = Piece(asset, None if node.partitions is None else partition)
    return RelatedModel(
        op="related",
        id=asset.to_escaped_user_string(),
        partition=partition,
        up=_lines(_above(graph, node, piece, now), graph, now),
        down=_lines(_below(graph, node, piece, now), graph, now),
    )


def _above(
    graph: Graph, node: Node, piece: Piece, now: Moment | None
) -> Iterator[tuple[AssetKey, Collection[str | None]]]:
    for edge in node.inputs:
        yield edge.up, pieces_read(edge, piece, graph, now)[0]


def _below(
    graph: Graph, node: Node, piece: Piece, now: Moment | None
) -> Iterator[tuple[AssetKey, Collection[str | None]]]:
    asked = () if piece.partition is None else (piece.partition,)
    for key in graph.down[node.key]:
        below = graph.nodes[key]
        for edge in below.inputs:
            if edge.up != node.key:
                continue
            if below.partitions is None:
                yield key, (None,)
            else:
                yield key, edge.mapping.downstream(asked, below.partitions, node.partitions, now)


def _lines(
    found: Iterator[tuple[AssetKey, Collection[str | None]]], graph: Graph, now: Moment | None
) -> list[RelatedLine]:
    """One line per asset, whose partitions are told as ranges in their order."""
    wanted: dict[AssetKey, dict[str | None, None]] = {}
    for key, partitions in found:
        wanted.setdefault(key, {}).update(dict.fromkeys(partitions))
    return [
        RelatedLine(
            id=key.to_escaped_user_string(),
            total=len(partitions),
            ranges=_ranges(list(partitions), graph.nodes[key], now),
        )
        for key, partitions in wanted.items()
        if partitions
    ]


def _ranges(partitions: Sequence[str | None], node: Node, now: Moment | None) -> list[list[str]]:
    if node.partitions is None:
        return [["", ""]]
    if len(partitions) == 1:
        return [[str(partitions[0])] * 2]
    there = partitions_of(node, now)
    places: Mapping[str | None, int] = {key: place for place, key in enumerate(there)}
    ranges: list[list[str]] = []
    last = -2
    for place in sorted(places[key] for key in partitions if key in places):
        if place == last + 1:
            ranges[-1][1] = str(there[place])
        else:
            ranges.append([str(there[place])] * 2)
        last = place
    return ranges[:MOST_RANGES]

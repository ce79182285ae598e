"""All assets by all partitions, as one byte a cell. Pure.

Assets with equal partitions share a group, and so its columns. A year of daily partitions
of a hundred assets is 36,500 bytes: less than the words for them would be by far.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import NamedTuple

import xxhash

from ...core.decide.rows import ORDER
from ...core.decide.states import Partitions, partitions_of
from ...core.graph import Graph, Node
from ...core.keys import AssetKey, Piece
from ...core.partitions.moment import Moment, when
from ...core.partitions.multi import MultiPartitionsDefinition
from ...core.partitions.windows import TimeWindowPartitionsDefinition
from ..models import NO_CELL, STATES, DimensionModel, GridGroup, GridModel, GridRow

WHOLE = ""
"""The only column of assets without partitions."""

_TIMES = " \N{MULTIPLICATION SIGN} "
_UNKNOWN = len(ORDER)
_CODES = bytes(STATES.index(state) for state in ORDER).ljust(256, bytes([NO_CELL]))
"""The bytes of `rows` as those of a page."""


class Rows(NamedTuple):
    """Assets with the same partitions, in the order in which a grid shows them."""

    nodes: Sequence[Node]
    partitions: Partitions


def layout(
    graph: Graph, keys: Iterable[AssetKey] | None = None, now: Moment | None = None
) -> tuple[list[Rows], str]:
    """Which cells the grid of some assets has, and a name for that.

    Args:
        graph: What is declared.
        keys: The assets to show; all executable ones if left out.
        now: The moment that says which partitions exist.
    """
    wanted = None if keys is None else set(keys)
    spaces: dict[str, list[Node]] = {}
    for key in graph.order:
        node = graph.nodes[key]
        if key in wanted if wanted is not None else node.kind == "asset":
            space = "" if node.partitions is None else node.partitions.describe()
            spaces.setdefault(space, []).append(node)
    # Assets without partitions come last: they are one narrow column.
    order = sorted(spaces, key=lambda s: (not s, list(spaces).index(s)))
    found = [Rows(spaces[space], partitions_of(spaces[space][0], now)) for space in order]
    name = xxhash.xxh3_64()
    for rows in found:
        ids = [node.key.to_escaped_user_string() for node in rows.nodes]
        columns = "\0".join(p or "" for p in rows.partitions)
        name.update(
            f"{len(ids)} {len(rows.partitions)} {chr(0).join(ids)}\0\0{columns}".encode(
                "utf-8", "surrogatepass"
            )
        )
    return found, name.hexdigest()


def grid(
    graph: Graph,
    states: Mapping[AssetKey, bytes],
    keys: Iterable[AssetKey] | None = None,
    active: Mapping[Piece, str] | None = None,
    now: Moment | None = None,
) -> tuple[GridModel, bytes]:
    """The grid of some assets, or of all that can be materialized, and its cells.

    Args:
        graph: What is declared.
        states: What `rows` said of the assets.
        keys: The assets to show; all executable ones if left out.
        active: The pieces that are `queued` or `running` now.
        now: The moment that says which partitions exist.
    """
    found, shape = layout(graph, keys, now)
    busy: dict[AssetKey, dict[str | None, str]] = {}
    for piece, state in (active or {}).items():
        busy.setdefault(piece.asset, {})[piece.partition] = state
    groups: list[GridGroup] = []
    cells = bytearray()
    for nodes, partitions in found:
        offset, rows = len(cells), []
        for node in nodes:
            row = _row(states.get(node.key), partitions, busy.get(node.key))
            cells += row
            rows.append(
                GridRow(
                    id=node.key.to_escaped_user_string(),
                    label=node.key.to_user_string(),
                    counts={state: n for code, state in enumerate(STATES) if (n := row.count(code))},
                )
            )
        columns = [WHOLE if p is None else p for p in partitions]
        dimensions = _dimensions(nodes[0], len(columns), now)
        title = _title(nodes[0], columns, dimensions)
        groups.append(
            GridGroup(title=title, columns=columns, rows=rows, offset=offset, dimensions=dimensions)
        )
    return GridModel(op="grid", groups=groups, states=list(STATES), shape=shape), bytes(cells)


def _row(states: bytes | None, partitions: Partitions, busy: Mapping[str | None, str] | None) -> bytes:
    """One byte for each partition."""
    if states is None or len(states) != len(partitions):
        states = bytes([_UNKNOWN]) * len(partitions)
    row = states.translate(_CODES)
    if not busy:
        return row
    marked = bytearray(row)
    for place, partition in enumerate(partitions):
        if partition in busy:
            marked[place] = STATES.index(busy[partition])
    return bytes(marked)


def _dimensions(node: Node, columns: int, now: Moment | None) -> list[DimensionModel]:
    """The dimensions of a node's partitions, if its columns are their product; none for a plain space."""
    if not isinstance(node.partitions, MultiPartitionsDefinition):
        return []
    found = [
        DimensionModel(
            name=each.name,
            keys=list(each.partitions_def.get_partition_keys(*when(now))),
            time=isinstance(each.partitions_def, TimeWindowPartitionsDefinition),
        )
        for each in node.partitions.partitions_defs
    ]
    return found if prod(len(each["keys"]) for each in found) == columns else []


def _title(node: Node, columns: list[str], dimensions: list[DimensionModel]) -> str:
    """What the partitions are, in words."""
    if node.partitions is None:
        return "not partitioned"
    if dimensions and columns:
        return f"{_TIMES.join(each['name'] for each in dimensions)} ({len(columns):,})"
    kind = type(node.partitions).__name__.removesuffix("PartitionsDefinition")
    if not columns:
        return f"{kind.lower()}, no partitions yet"
    if len(columns) == 1:
        return f"{kind.lower()}, {columns[0]}"
    return f"{kind.lower()}, {columns[0]} to {columns[-1]} ({len(columns):,})"

"""The states of all pieces, a row for each asset: what is plain is seen from columns, the rest is judged.

A grid of hundreds of thousands of cells asks for states and not for causes. Where the columns of
an asset are what `verdict` would find fresh, piece by piece, they need not be taken apart; a piece
about which there is any doubt is judged like any other. `states` gives the same, with every cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress

from ..graph import Edge, Graph, Node
from ..history import Snapshot
from ..keys import AssetKey, Piece
from ..partitions.mappings import IdentityPartitionMapping
from ..partitions.moment import Moment
from ..partitions.window_mapping import TimeWindowPartitionMapping
from .inputs import INITIAL, version_of
from .sheet import Sheet, sheet_of
from .states import Judging, Partitions, partitions_of
from .verdict import State

ORDER: tuple[State, ...] = ("failed", "missing", "stale", "upstream", "fresh", "external", "ghost")
"""What each byte of a row means."""

_CODE: Mapping[str, int] = {state: code for code, state in enumerate(ORDER)}
_FAILED, _MISSING, _STALE, _UPSTREAM, _FRESH = range(5)
_MOVES = bytes(code < _FRESH for code in range(256))
"""By state, whether a piece will or may run."""


def rows(
    graph: Graph,
    facts: Snapshot,
    codes: Mapping[AssetKey, str],
    keys: Iterable[AssetKey] | None = None,
    now: Moment | None = None,
) -> dict[AssetKey, bytes]:
    """The states of every piece of these assets and of all their ancestors, in the order of their partitions.

    Args:
        graph: What is declared; it must have no circle.
        facts: What happened.
        codes: The code versions as they are now, for every executable asset concerned.
        keys: The assets in question; all of them if left out.
        now: The moment that says which partitions exist.
    """
    wanted = set(graph.nodes) if keys is None else set(keys)
    if keys is not None:
        wanted |= graph.ancestors(wanted)
    spaces: dict[str, Partitions] = {}
    needed: dict[AssetKey, Partitions] = {}
    for key in wanted:
        node = graph.nodes[key]
        space = "" if node.partitions is None else node.partitions.describe()
        if space not in spaces:
            spaces[space] = list(partitions_of(node, now))
        needed[key] = spaces[space]
    judging = Judging(graph, facts, codes, needed, now)
    found: dict[AssetKey, bytes] = {}
    for key in graph.order:
        if key not in needed:
            continue
        row = _plain(graph.nodes[key], judging, facts, found)
        if row is None:
            judging.judge(key)
            row = bytes(_CODE[judging.found[Piece(key, partition)].state] for partition in needed[key])
        else:
            moving = row.translate(_MOVES)
            if 1 in moving:
                judging.moving[key] = set(compress(needed[key], moving))
        found[key] = row
    return found


def _plain(node: Node, judging: Judging, facts: Snapshot, found: Mapping[AssetKey, bytes]) -> bytes | None:
    """The states of an asset's partitions by columns; `None` if every piece is to be judged by itself."""
    partitions = judging.needed[node.key]
    if node.kind != "asset":
        return bytes([_CODE["external" if node.kind == "external" else "ghost"]]) * len(partitions)
    if node.partitions is None or node.key in judging.graph.together or not _aligned(node, judging):
        return None
    track = facts.tracks.get(node.key)
    if track is None:
        return bytes([_MISSING]) * len(partitions)
    sheet = sheet_of(track)
    if sheet.passed:
        return None
    places: dict[str | None, int] | None = None
    if sheet.keys == partitions:
        row = bytearray([_FRESH]) * len(partitions)
    else:
        row = bytearray([_MISSING]) * len(partitions)
        places = {partition: place for place, partition in enumerate(partitions)}
        for key in sheet.keys:
            if key in places:
                row[places[key]] = _FRESH
    return _marked(row, places, node, sheet, judging, facts, found)


def _marked(
    row: bytearray,
    places: Mapping[str | None, int] | None,
    node: Node,
    sheet: Sheet,
    judging: Judging,
    facts: Snapshot,
    found: Mapping[AssetKey, bytes],
) -> bytes:
    """The row, in which what has a record is fresh as yet, with all that is not so."""
    partitions = judging.needed[node.key]
    code = judging.codes[node.key]

    def where(n: int) -> int | None:
        return n if places is None else places.get(sheet.keys[n])

    gone = (
        []
        if sheet.there(facts.held)
        else [
            n
            for n, name in enumerate(sheet.names)
            if name is not None and facts.held.get(name) != sheet.sizes[n]
        ]
    )
    doubt = _differing(node, sheet, judging, facts)
    if sheet.codes.count(code) < len(sheet.codes):
        stale = [n for n, made in enumerate(sheet.codes) if made != code]
        doubt.difference_update(stale)
        for n in stale:
            if (place := where(n)) is not None:
                row[place] = _STALE
    above = judging.above(node.key)
    for edge in above:
        if judging.graph.nodes[edge.up].partitions is None:
            row = row.replace(bytes([_FRESH]), bytes([_UPSTREAM]))
            continue
        for place, moves in enumerate(found[edge.up].translate(_MOVES)):
            if moves and row[place] == _FRESH:
                row[place] = _UPSTREAM
    for n in doubt.union(gone):
        if (place := where(n)) is not None:
            row[place] = _CODE[judging.one(Piece(node.key, partitions[place]), above).state]
    if sheet.failed:
        places = (
            places if places is not None else {partition: place for place, partition in enumerate(partitions)}
        )
        for partition in sheet.failed:
            if partition in places:
                row[places[partition]] = _FAILED
    return bytes(row)


def _aligned(node: Node, judging: Judging) -> bool:
    """Whether every partition reads of each input the one of the same key, or all there is of it."""
    for edge in node.inputs:
        if edge.up == node.key or edge.up in judging.absent:
            return False
        if judging.graph.nodes[edge.up].partitions is None:
            continue
        if edge.observed or judging.needed[edge.up] is not judging.needed[node.key] or not _same_key(edge):
            return False
    return True


def _same_key(edge: Edge) -> bool:
    """Whether a mapping between equal definitions leads to the same key."""
    mapping = edge.mapping
    if type(mapping) is TimeWindowPartitionMapping:
        return mapping.start_offset == mapping.end_offset == 0
    return type(mapping) is IdentityPartitionMapping


def _differing(node: Node, sheet: Sheet, judging: Judging, facts: Snapshot) -> set[int]:
    """The places in a sheet whose recorded inputs are perhaps not those that would be read now."""
    everything = set(range(len(sheet.keys)))
    if not everything:
        return everything
    if len(sheet.shapes) != 1:
        return everything
    (shape,) = sheet.shapes
    edges = {edge.name: edge for edge in node.inputs}
    if dict(shape) != {name: edge.up for name, edge in edges.items()}:
        return everything
    doubt: set[int] = set()
    for (name, _), (pieces, versions) in zip(shape, sheet.inputs, strict=True):
        edge = edges[name]
        if judging.graph.nodes[edge.up].partitions is None:
            version = version_of(edge.up, None, facts, edge.observed) or INITIAL
            doubt.update(_unlike(pieces, [""] * len(pieces)), _unlike(versions, [version] * len(versions)))
            continue
        track = facts.tracks.get(edge.up)
        up = None if track is None else sheet_of(track)
        doubt.update(_unlike(pieces, sheet.keys))
        if up is None:
            return everything
        if up.keys == sheet.keys:
            doubt.update(_unlike(versions, up.versions))
        else:
            known = dict(zip(up.keys, up.versions, strict=True))
            doubt.update(_unlike(versions, list(map(known.get, sheet.keys))))
    return doubt


def _unlike(some: Sequence[str], others: Sequence[str | None]) -> list[int]:
    """The places where two columns differ."""
    return [] if some == others else [n for n, (a, b) in enumerate(zip(some, others, strict=True)) if a != b]

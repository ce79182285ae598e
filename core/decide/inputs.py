"""What a piece would read now: which pieces of each upstream, and at which data version.

The same function serves the verdict (now against recorded) and the step (what was read,
for the record), so the two can never speak of different things. Rule: `spec/notebook.md` §4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import EllipsisType

import xxhash

from ..errors import CheckError, DagsterInvalidDefinitionError
from ..graph import Edge, Graph
from ..history import Facts
from ..keys import AssetKey, Piece
from ..partitions.moment import Moment
from ..partitions.spaces import PartitionsDefinition
from ..versions.data import Input

MANY = 64
"""What reads so many partitions is remembered until one of them changes."""
INITIAL = "INITIAL"
"""The version of an upstream of which nothing is known (`spec/semantics.md` §9.3)."""


def version_of(asset: AssetKey, partition: str | None, facts: Facts, observed: bool = False) -> str | None:
    """The data version that stands for a piece; `None` if nothing says what it is.

    Args:
        asset: The asset.
        partition: Its partition.
        facts: What happened.
        observed: Whether it is made elsewhere: then what was seen last counts, be it an
            observation or a materialization that was reported. Of what we make ourselves, an
            observation counts only where there is no materialization.
    """
    record = facts.record(Piece(asset, partition))
    if record is not None and not observed:
        return record.version
    seen = facts.observed(asset, partition)
    if seen is not None and seen.version and (record is None or seen.event > record.event):
        return seen.version
    return None if record is None else record.version


def pieces_read(
    edge: Edge,
    piece: Piece,
    graph: Graph,
    now: Moment | None = None,
    here: PartitionsDefinition | EllipsisType | None = ...,
) -> tuple[Sequence[str | None], Sequence[str]]:
    """The upstream partitions that one input of a piece reads.

    Args:
        edge: The input.
        piece: Who reads.
        graph: Where both are declared.
        now: The moment that says which partitions exist.
        here: The partitions of who reads, where that is not the asset itself but a check of it.

    Returns:
        The partitions, `(None,)` for an unpartitioned upstream; and those that the piece
        needs but that do not exist.
    """
    there = graph.nodes[edge.up].partitions
    if there is None:
        return _WHOLE, ()
    if here is ...:
        here = graph.nodes[piece.asset].partitions
    try:
        found = edge.mapping.upstream(() if piece.partition is None else (piece.partition,), here, there, now)
    except (DagsterInvalidDefinitionError, CheckError) as error:
        message = f"How the partitions of {piece.asset.to_user_string()!r} read those of {edge.up.to_user_string()!r} does not fit: {error}"
        raise DagsterInvalidDefinitionError(message) from error
    return found.keys, found.missing


_WHOLE: tuple[None] = (None,)


def input_of(edge: Edge, partitions: Sequence[str | None], facts: Facts) -> Input:
    """What reading these partitions of one upstream is recorded as."""
    up, observed = edge.up, edge.observed
    if len(partitions) == 1:
        partition = partitions[0]
        return Input(up, partition or "", version_of(up, partition, facts, observed) or INITIAL)
    if not partitions:
        return Input(up, "-", INITIAL)
    if len(partitions) < MANY:
        return _of_many(up, observed, partitions, facts)
    # A thousand partitions that all read the same thousand: worked out once, not a thousand times.
    known = facts.digests.setdefault(up, {})
    about = (observed, len(partitions), partitions[0], partitions[-1])
    found = known.get(about)
    if found is None or found[0] != partitions:
        found = known[about] = (partitions, _of_many(up, observed, partitions, facts))
    made: Input = found[1]
    return made


def _of_many(up: AssetKey, observed: bool, partitions: Sequence[str | None], facts: Facts) -> Input:
    names, versions = xxhash.xxh3_128(), xxhash.xxh3_128()
    for partition in partitions:
        name = (partition or "").encode("utf-8", "surrogatepass")
        size = len(name).to_bytes(4, "little")
        names.update(size + name)
        version = version_of(up, partition, facts, observed) or INITIAL
        versions.update(size + name + version.encode("utf-8", "surrogatepass") + b"\0")
    return Input(up, f"{len(partitions)}:{names.hexdigest()}", versions.hexdigest())


def inputs_of(piece: Piece, graph: Graph, facts: Facts, now: Moment | None = None) -> Mapping[str, Input]:
    """Every input of a piece as it is now, by parameter name."""
    nodes = graph.nodes
    found: dict[str, Input] = {}
    for edge in nodes[piece.asset].inputs:
        if nodes[edge.up].partitions is None:  # the common case, kept free of calls
            record = None if edge.observed else facts.record(Piece(edge.up, None))
            version = (
                record.version
                if record is not None
                else version_of(edge.up, None, facts, edge.observed) or INITIAL
            )
            found[edge.name] = Input(edge.up, "", version)
        else:
            found[edge.name] = input_of(edge, pieces_read(edge, piece, graph, now)[0], facts)
    return found

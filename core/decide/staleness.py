"""The verdict in the reference's words: `StaleStatus`, and `StaleCause` for each reason.

The decision is `verdict`'s alone; nothing is decided here. Two of its states have no word
there: what failed is *stale* (it is due), what only waits for an ancestor is *fresh*
(nothing speaks against it yet). Rules: `spec/notebook.md` §4, and for the words
`spec/semantics.md` §10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple, TypeAlias

from ..graph import Graph
from ..history import Facts
from ..keys import AssetKey, Piece
from ..partitions.moment import Moment
from ..record import Record, put
from .inputs import pieces_read
from .verdict import Cause, verdict

_NAMED = 100


class StaleStatus(Enum):
    """Whether what stands for an asset is up to date."""

    MISSING = "MISSING"
    STALE = "STALE"
    FRESH = "FRESH"


class StaleCauseCategory(Enum):
    """What kind of reason it is."""

    CODE = "CODE"
    DATA = "DATA"
    DEPENDENCIES = "DEPENDENCIES"


class AssetKeyPartitionKey(NamedTuple):
    """One partition of an asset, in the reference's words."""

    asset_key: AssetKey
    partition_key: str | None = None


KeyOrPartition: TypeAlias = AssetKey | AssetKeyPartitionKey


class StaleCause(Record):
    """One reason why an asset, or a partition of it, is stale.

    Args:
        key: What is stale.
        category: What kind of reason it is.
        reason: The reason in words.
        dependency: The upstream that it lies in.
        children: The reasons behind it.
    """

    __slots__ = ("category", "children", "dependency", "key", "reason")

    key: KeyOrPartition
    category: StaleCauseCategory
    reason: str
    dependency: KeyOrPartition | None
    children: Sequence[StaleCause]

    def __init__(
        self,
        key: KeyOrPartition,
        category: StaleCauseCategory,
        reason: str,
        dependency: KeyOrPartition | None = None,
        children: Sequence[StaleCause] | None = None,
    ) -> None:
        put(self, "key", key)
        put(self, "category", category)
        put(self, "reason", reason)
        put(self, "dependency", dependency)
        put(self, "children", list(children or ()))

    __hash__ = None  # type: ignore[assignment]  # a list is inside

    @property
    def asset_key(self) -> AssetKey:
        """The asset that is stale."""
        return _split(self.key)[0]

    @property
    def partition_key(self) -> str | None:
        """The partition that is stale."""
        return _split(self.key)[1]

    @property
    def dependency_asset_key(self) -> AssetKey | None:
        """The upstream asset that it lies in."""
        return None if self.dependency is None else _split(self.dependency)[0]

    @property
    def dependency_partition_key(self) -> str | None:
        """The upstream partition that it lies in."""
        return None if self.dependency is None else _split(self.dependency)[1]


def _split(key: KeyOrPartition) -> tuple[AssetKey, str | None]:
    return (key, None) if isinstance(key, AssetKey) else (key.asset_key, key.partition_key)


def _joined(piece: Piece) -> KeyOrPartition:
    return piece.asset if piece.partition is None else AssetKeyPartitionKey(*piece)


def staleness(
    piece: Piece, graph: Graph, facts: Facts, codes: Mapping[AssetKey, str], now: Moment | None = None
) -> tuple[StaleStatus, list[StaleCause]]:
    """What the verdict of a piece is called in the reference, with its causes; of a missing one, none.

    Args:
        piece: The piece in question.
        graph: What is declared.
        facts: What happened.
        codes: The code version of each asset as it is now.
        now: The moment that says which partitions exist.
    """
    own = verdict(piece, graph, facts, codes, now)
    if own.state in {"fresh", "external"}:
        return StaleStatus.FRESH, []
    if own.state in {"missing", "ghost"} or facts.record(piece) is None:
        return StaleStatus.MISSING, []
    causes = [told for cause in own.causes for told in _told(cause, piece, graph, facts, now)]
    return StaleStatus.STALE, sorted(causes, key=_order)


def roots(causes: Iterable[StaleCause]) -> list[StaleCause]:
    """The reasons at the bottom of these, each once."""
    found: list[StaleCause] = []
    todo = list(causes)[::-1]
    while todo:
        cause = todo.pop()
        if cause.children:
            todo += list(cause.children)[::-1]
        elif cause not in found:
            found.append(cause)
    return found


def _order(cause: StaleCause) -> tuple[str, str, str, str]:
    dependency = cause.dependency_asset_key
    return (
        cause.asset_key.to_string(),
        cause.partition_key or "",
        "" if dependency is None else dependency.to_string(),
        cause.dependency_partition_key or "",
    )


def _told(cause: Cause, piece: Piece, graph: Graph, facts: Facts, now: Moment | None) -> Iterable[StaleCause]:
    key = _joined(piece)
    if cause.kind == "code":
        yield StaleCause(key, StaleCauseCategory.CODE, "has a new code version")
    elif cause.kind == "data" and cause.about is not None:
        for up in _changed(cause.about, cause.name, piece, graph, facts, now):
            behind = StaleCause(_joined(up), StaleCauseCategory.DATA, "has a new data version")
            reason = "has a new dependency data version"
            yield StaleCause(key, StaleCauseCategory.DATA, reason, _joined(up), [behind])
    elif cause.kind == "input" and cause.about is not None:
        yield from _dependency(cause, piece, graph, facts)
    else:
        yield StaleCause(key, StaleCauseCategory.DATA, cause.text)


def _dependency(cause: Cause, piece: Piece, graph: Graph, facts: Facts) -> Iterable[StaleCause]:
    """What changed about an input: another upstream, one more or less, or other partitions of it."""
    key, category = _joined(piece), StaleCauseCategory.DEPENDENCIES
    record = facts.record(piece)
    then = None if record is None else record.provenance.inputs.get(cause.name)
    now = next((edge.up for edge in graph.nodes[piece.asset].inputs if edge.name == cause.name), None)
    if then is not None and then.asset == now:
        name = then.asset.to_user_string()
        yield StaleCause(key, category, f"reads other partitions of {name}", then.asset)
        return
    if then is not None:
        yield StaleCause(key, category, f"removed dependency on {then.asset.to_user_string()}", then.asset)
    if now is not None:
        yield StaleCause(key, category, f"has a new dependency on {now.to_user_string()}", now)


def _changed(
    about: Piece, name: str, piece: Piece, graph: Graph, facts: Facts, now: Moment | None
) -> Sequence[Piece]:
    """The upstream pieces that were made after the piece itself; the upstream as a whole if these cannot be told."""
    record = facts.record(piece)
    edge = next((edge for edge in graph.nodes[piece.asset].inputs if edge.name == name), None)
    if about.partition is not None or record is None or edge is None:
        return (about,)
    found: list[Piece] = []
    for partition in pieces_read(edge, piece, graph, now)[0]:
        up = Piece(edge.up, partition)
        made = facts.record(up)
        if partition is not None and made is not None and made.event > record.event:
            found.append(up)
            if len(found) == _NAMED:
                break
    return found or (about,)

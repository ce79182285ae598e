"""The state of every piece of some assets: `verdict` for each, then *upstream* from above to below.

A piece that is fresh by itself but has an ancestor that will run is *upstream*: whether it
runs is decided when the ancestor is done (early cut-off). Rule: `spec/notebook.md` §3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from ..graph import Edge, Graph, Node
from ..history import Facts
from ..keys import AssetKey, Piece
from ..partitions.moment import Moment, when
from .inputs import pieces_read
from .verdict import Cause, Verdict, verdict

Partitions: TypeAlias = Sequence[str | None]


def partitions_of(node: Node, now: Moment | None = None) -> Partitions:
    """The partitions that a node has now; `(None,)` for an unpartitioned one."""
    return (None,) if node.partitions is None else node.partitions.get_partition_keys(*when(now))


def states(
    graph: Graph,
    facts: Facts,
    codes: Mapping[AssetKey, str],
    keys: Iterable[AssetKey] | None = None,
    now: Moment | None = None,
) -> dict[Piece, Verdict]:
    """The verdict of every piece of these assets and of all their ancestors, upstream first.

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
    needed = {key: partitions_of(graph.nodes[key], now) for key in wanted}
    return judge(graph, facts, codes, needed, now)


def judge(
    graph: Graph,
    facts: Facts,
    codes: Mapping[AssetKey, str],
    needed: Mapping[AssetKey, Partitions],
    now: Moment | None = None,
    forced: Collection[Piece] = (),
    frozen: Collection[AssetKey] = (),
) -> dict[Piece, Verdict]:
    """The verdict of these partitions of these assets, upstream first.

    Args:
        graph: What is declared.
        facts: What happened.
        codes: The code versions as they are now.
        needed: The partitions in question, per asset.
        now: The moment that says which partitions exist.
        forced: Pieces that will run whatever their own verdict says.
        frozen: Assets that will not run: what lies below them is not *upstream* because of them.
    """
    judging = Judging(graph, facts, codes, needed, now, forced, frozen)
    for key in graph.order:
        if key in needed:
            judging.judge(key)
    return judging.found


class Judging:
    """Verdicts as far as they are known, and what they mean for those below; assets come upstream first.

    Args:
        graph: As for `judge`, and so the others.
        facts: What happened.
        codes: The code versions as they are now.
        needed: The partitions in question, per asset.
        now: The moment that says which partitions exist.
        forced: Pieces that will run whatever their own verdict says.
        frozen: Assets that will not run.
    """

    def __init__(
        self,
        graph: Graph,
        facts: Facts,
        codes: Mapping[AssetKey, str],
        needed: Mapping[AssetKey, Partitions],
        now: Moment | None = None,
        forced: Collection[Piece] = (),
        frozen: Collection[AssetKey] = (),
    ) -> None:
        self.graph = graph
        self.facts = facts
        self.codes = codes
        self.needed = needed
        self.now = now
        self.forced = forced
        self.frozen = frozen
        self.found: dict[Piece, Verdict] = {}
        self.moving: dict[AssetKey, set[str | None]] = {}
        """The pieces that will or may run, per asset."""
        self.absent: dict[AssetKey, set[str | None]] = {}
        """Those that are not there and will not be."""
        self._grouped: set[AssetKey] = set()

    def judge(self, key: AssetKey) -> None:
        """Find the verdict of every partition of an asset, and of what is made together with it."""
        graph = self.graph
        if key in graph.together:
            if key not in self._grouped:
                group = [each for each in graph.order if each in graph.together[key]]
                self._grouped.update(group)
                self._together(group)
            return
        active: set[str | None] = set()
        if key not in self.frozen:
            self.moving[key] = active  # from here on: a partition may read another one of its own asset
        above = self.above(key)
        for partition in self.needed[key]:
            piece = Piece(key, partition)
            own = self.one(piece, above)
            if own.due or own.state == "upstream" or piece in self.forced:
                active.add(partition)
            elif own.passed:
                self.absent.setdefault(key, set()).add(partition)
        if not active:
            self.moving.pop(key, None)

    def above(self, key: AssetKey) -> list[Edge]:
        """The inputs of an asset of which something will or may run."""
        return [edge for edge in self.graph.nodes[key].inputs if edge.up in self.moving]

    def one(self, piece: Piece, above: Sequence[Edge]) -> Verdict:
        """The verdict of one piece, once those of all above it are known."""
        own = self._own(piece, above, self.graph.nodes[piece.asset].inputs)
        self.found[piece] = own
        return own

    def _together(self, group: Sequence[AssetKey]) -> None:
        """Find the verdicts of assets that one function makes together: where one of them runs, all do."""
        partitions = dict.fromkeys(p for key in group for p in self.needed.get(key, ()))
        for partition in partitions:
            own: dict[AssetKey, Verdict] = {}
            for key in group:
                outer = [edge for edge in self.graph.nodes[key].inputs if edge.up not in group]
                above = [edge for edge in outer if edge.up in self.moving]
                own[key] = self._own(Piece(key, partition), above, outer)
            runs = next((key for key in group if own[key].due or Piece(key, partition) in self.forced), None)
            waits = runs or next((key for key in group if own[key].state == "upstream"), None)
            for key in group:
                if waits is not None and key != waits and _settled(own[key]):
                    about = Piece(waits, partition)
                    text = f"it is made together with {str(about)!r}, which {'will' if runs else 'may'} run"
                    own[key] = Verdict("upstream", (Cause("together", text, about),))
                self.found[Piece(key, partition)] = own[key]
                if waits is not None and key not in self.frozen:
                    self.moving.setdefault(key, set()).add(partition)
                elif own[key].passed:
                    self.absent.setdefault(key, set()).add(partition)

    def _own(self, piece: Piece, above: Sequence[Edge], inputs: Sequence[Edge]) -> Verdict:
        """The verdict of one piece: its own, or what becomes of it because of those above.

        Args:
            piece: The piece.
            above: The inputs of which something will or may run.
            inputs: All that may wait or be absent.
        """
        own = verdict(piece, self.graph, self.facts, self.codes, self.now)
        if above and _may_wait(own):
            own = _waiting(own, _moved(above, piece, self.graph, self.moving, self.now))
        if self.absent and own.state == "missing":
            own = _without(own, inputs, piece, self.graph, self.absent, self.now)
        return own


def _settled(own: Verdict) -> bool:
    """Whether there is nothing against a piece itself: what it reads alone can make it run."""
    return own.state == "fresh" or own.passed


def _may_wait(own: Verdict) -> bool:
    return _settled(own) or all(cause.kind == "data" for cause in own.causes)


def _waiting(own: Verdict, moved: Mapping[str, Cause]) -> Verdict:
    """The verdict of a piece that has nothing against it but the values of inputs that will be made anew."""
    if not moved or (not _settled(own) and any(cause.name not in moved for cause in own.causes)):
        return own
    return Verdict("upstream", tuple(moved.values()))


def _without(
    own: Verdict,
    inputs: Sequence[Edge],
    piece: Piece,
    graph: Graph,
    absent: Mapping[AssetKey, set[str | None]],
    now: Moment | None,
) -> Verdict:
    """The verdict of a piece that was never made, where something that it reads was not made either."""
    for edge in inputs:
        gone = absent.get(edge.up, ())
        for partition in pieces_read(edge, piece, graph, now)[0] if gone else ():
            if partition in gone:
                up = Piece(edge.up, partition)
                text = f"{str(up)!r} was not made: its function chose not to"
                return Verdict("missing", (Cause("passed", text, up, edge.name),))
    return own


def _moved(
    above: Sequence[Edge],
    piece: Piece,
    graph: Graph,
    moving: Mapping[AssetKey, set[str | None]],
    now: Moment | None,
) -> dict[str, Cause]:
    """Per input, the first upstream piece that will or may run, as a cause."""
    found: dict[str, Cause] = {}
    for edge in above:
        active = moving[edge.up]
        for partition in pieces_read(edge, piece, graph, now)[0]:
            if partition in active:
                up = Piece(edge.up, partition)
                found[edge.name] = Cause("upstream", f"{str(up)!r} will run first", up, edge.name)
                break
    return found

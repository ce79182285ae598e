"""The lineage graph as a view model: one card per asset, one edge per input; places come later.

Pure: `decide.status` has said what state each asset is in, this only finds the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ...core.decide.checks import tally
from ...core.decide.status import Row, Status, remembered_row
from ...core.decide.verdict import MISSING
from ...core.graph import Graph, Node
from ...core.history import Facts
from ...core.keys import AssetKey
from ..card import HEIGHT, card_width
from ..models import STATES, EdgeModel, LineageModel, NodeModel, NoteModel, RunModel

LONGEST_LINE = 200
_TOLD = frozenset(cause.text for cause in MISSING.causes)
"""Causes that say no more than the state's own word."""


def lineage(
    graph: Graph,
    status: Status,
    *,
    remembered: Mapping[AssetKey, tuple[AssetKey, ...]] | None = None,
    facts: Facts | None = None,
    cells: Mapping[AssetKey, str] | None = None,
    run: RunModel | None = None,
    note: NoteModel | None = None,
    title: str = "",
) -> LineageModel:
    """The view model, without places: `placed` gives them.

    Args:
        graph: What is declared.
        status: The state of every asset that is to be shown.
        remembered: Assets of former sessions that no cell has defined yet, with their inputs.
        facts: What happened; needed for the last state of remembered assets.
        cells: Of assets whose cell is not what was run: `edited` or `deleted`.
        run: The run that goes on, or the last one.
        note: One line for the user.
        title: What the picture is of.
    """
    cells = cells or {}
    former = {
        key: up
        for key, up in (remembered or {}).items()
        # One that a cell asks for already would be a ghost, if nobody remembered it.
        if key not in graph.nodes or graph.nodes[key].kind == "ghost"
    }
    nodes = [
        _node(graph.nodes[row.key], row, cells.get(row.key, ""))
        for row in status.rows
        if row.key not in former
    ]
    if facts is not None:
        nodes += [_remembered(remembered_row(key, facts)) for key in sorted(former)]
    shown = {node["id"] for node in nodes}
    edges: list[EdgeModel] = []
    for row in status.rows:
        loads: dict[AssetKey, bool] = {}
        for edge in graph.nodes[row.key].inputs:
            if edge.up != row.key:
                loads[edge.up] = loads.get(edge.up, False) or edge.loads
        edges += [_edge(up, row.key, is_loaded) for up, is_loaded in loads.items()]
    for key in sorted(former):
        edges += [_edge(up, key, True) for up in former[key] if up != key]
    counts = Counter(node["state"] for node in nodes)
    return LineageModel(
        op="snapshot",
        rev=0,
        nodes=nodes,
        edges=[edge for edge in edges if edge["from"] in shown and edge["to"] in shown],
        run=run,
        counts={state: counts[state] for state in STATES if counts[state]},
        size=[0, 0],
        note=note,
        title=title,
    )


def one_line(text: str | None) -> str:
    """The first line of a text, bounded."""
    lines = (text or "").strip().splitlines()
    # A lone surrogate cannot be sent to the page.
    first = lines[0].strip().encode(errors="replace").decode() if lines else ""
    return first if len(first) <= LONGEST_LINE else first[: LONGEST_LINE - 1] + "…"


def home_of(prefix: str, group: str) -> str:
    """Where an asset belongs, in a word: its prefix, else its group unless that is the default."""
    return prefix or ("" if group == "default" else group)


def _edge(up: AssetKey, down: AssetKey, loads: bool) -> EdgeModel:
    return {
        "from": up.to_escaped_user_string(),
        "to": down.to_escaped_user_string(),
        "points": [],
        "loads": loads,
    }


def _node(node: Node, row: Row, cell: str) -> NodeModel:
    parts = row.partitions
    return _card(
        node.key,
        group=node.group,
        kinds=sorted(node.spec.kinds),
        kind=node.kind,
        state=row.state,
        counts=None
        if parts is None
        else {state: row.counts[state] for state in STATES if row.counts.get(state)},
        parts=parts or 0,
        about=one_line(node.spec.description),
        error=one_line(row.error),
        stamp=row.at,
        cause=_reason(row),
        cell=cell,
        checks=tally(row.checks),
    )


def _reason(row: Row) -> str:
    """Why an asset is in its state, where that says more than the state's own word."""
    if row.note or (row.state == "failed" and row.error):
        return one_line(row.note or row.error)
    settled = row.state in {"fresh", "external"} and row.partitions != 0
    return "" if settled or row.cause in _TOLD else one_line(row.cause)


def _remembered(row: Row) -> NodeModel:
    return _card(
        row.key,
        group="default",
        kinds=[],
        kind="asset",
        state=row.state,
        counts=None if row.partitions is None else dict(row.counts),
        parts=row.partitions or 0,
        about="",
        error=one_line(row.error),
        stamp=row.at,
        cause="",
        cell="",
        mark=row.mark,
    )


def _card(
    key: AssetKey,
    *,
    group: str,
    kinds: list[str],
    kind: str,
    state: str,
    counts: dict[str, int] | None,
    parts: int,
    about: str,
    error: str,
    stamp: float | None,
    cause: str,
    cell: str,
    checks: dict[str, int] | None = None,
    mark: str = "",
) -> NodeModel:
    label, prefix = key.parts[-1], "/".join(key.parts[:-1])
    return NodeModel(
        id=key.to_escaped_user_string(),
        label=label,
        prefix=prefix,
        group=group,
        kinds=kinds,
        type=kind,
        mark=mark,
        x=0,
        y=0,
        w=card_width(label, home_of(prefix, group), kinds, parts, sum((checks or {}).values())),
        h=HEIGHT,
        state=state,
        counts=counts,
        parts=parts,
        about=about,
        error=error,
        stamp=stamp,
        cause=cause,
        cell=cell,
        checks=checks or {},
    )

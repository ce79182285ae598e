"""The state of each asset as one row: what a table, a node and a badge say.

Pure: verdicts and facts in, rows out. Rule: `spec/notebook.md` §3 (where several states
apply, the first of the order shows) and §4.3 (`status`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..graph import Graph
from ..history import Facts
from ..keys import AssetKey, Piece
from .checks import CheckRow, check_rows
from .verdict import CANCELLED, Verdict

ORDER = ("running", "queued", "failed", "missing", "stale", "upstream", "fresh", "external", "ghost")
"""Which state shows where several apply: the first."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one asset at this moment."""

    key: AssetKey
    state: str
    counts: Mapping[str, int]
    partitions: int | None
    """How many partitions it has; `None` for an unpartitioned asset."""
    done: int
    """How many of its pieces are fresh."""
    at: float | None
    """When it was last materialized, in seconds of the epoch; what is made elsewhere, when it was last seen."""
    run: str
    code: str
    version: str
    error: str
    cause: str
    """The first reason why it is not fresh, in one line."""
    mark: str = ""
    """`remembered` for an asset of a former session, or nothing."""
    checks: tuple[CheckRow, ...] = ()
    """How its checks stand, in the order of their declaration."""
    note: str = ""
    """What else is to be said of one of its pieces that runs or is about to: that it is tried again."""


@dataclass(frozen=True, slots=True)
class Status:
    """The rows, upstream first."""

    rows: tuple[Row, ...]

    def counts(self) -> dict[str, int]:
        """How many assets are in each state, in the order of `ORDER`."""
        found = Counter(row.state for row in self.rows)
        return {state: found[state] for state in ORDER if found[state]}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, key: AssetKey | str) -> Row:
        wanted = AssetKey.from_user_string(key) if isinstance(key, str) else key
        for row in self.rows:
            if row.key == wanted:
                return row
        raise KeyError(key)


def worst(states: Iterable[str]) -> str:
    """The state that shows where several apply; `missing` where there are none."""
    found = set(states)
    return next((state for state in ORDER if state in found), "missing")


def status(
    graph: Graph,
    facts: Facts,
    verdicts: Mapping[Piece, Verdict],
    codes: Mapping[AssetKey, str],
    keys: Collection[AssetKey],
    active: Mapping[Piece, str] | None = None,
    notes: Mapping[Piece, str] | None = None,
) -> Status:
    """One row for each of these assets.

    Args:
        graph: What is declared.
        facts: What happened.
        verdicts: What `states` said of the pieces.
        codes: The code versions as they are now.
        keys: The assets to tell of.
        active: The pieces that are `queued` or `running` now.
        notes: What else is to be said of some of these.
    """
    by_asset: dict[AssetKey, list[tuple[Piece, Verdict]]] = {key: [] for key in keys}
    for piece, own in verdicts.items():
        if piece.asset in by_asset:
            by_asset[piece.asset].append((piece, own))
    checks = check_rows(graph, facts, by_asset) if graph.checks else {}
    rows = [
        _row(graph, facts, key, by_asset[key], codes, active or {}, notes or {}, checks.get(key, ()))
        for key in graph.order
        if key in by_asset
    ]
    return Status(tuple(rows))


def _row(
    graph: Graph,
    facts: Facts,
    key: AssetKey,
    verdicts: Collection[tuple[Piece, Verdict]],
    codes: Mapping[AssetKey, str],
    active: Mapping[Piece, str],
    notes: Mapping[Piece, str],
    checks: tuple[CheckRow, ...],
) -> Row:
    counts: Counter[str] = Counter()
    newest, at, run, version = 0, None, "", ""
    error = cause = note = ""
    elsewhere = graph.nodes[key].kind == "external"
    for piece, own in verdicts:
        counts[active.get(piece, own.state)] += 1
        record = facts.record(piece)
        if record is not None and record.event > newest:
            newest, at, run, version = record.event, record.at, record.run, record.version
        seen = facts.observed(*piece) if elsewhere else None
        if seen is not None and seen.event > newest:
            newest, at, run, version = seen.event, seen.at, "", seen.version or ""
        failure = facts.failure(piece)
        if failure is not None and not error:
            error = CANCELLED if failure.cancelled else failure.problem
        note = note or notes.get(piece, "")
        if own.causes and not cause:
            cause = own.causes[0].text
    if not verdicts:
        cause = "it has no partitions"
    return Row(
        key=key,
        state=worst(counts) if counts else "fresh",
        counts={state: counts[state] for state in ORDER if counts[state]},
        partitions=None if graph.nodes[key].partitions is None else counts.total(),
        done=counts["fresh"],
        at=at,
        run=run,
        code=codes.get(key, ""),
        version=version,
        error=error,
        cause=cause,
        checks=checks,
        note=note,
    )


def remembered_row(key: AssetKey, facts: Facts) -> Row:
    """The row of an asset of a former session: nobody can tell yet whether its code has changed (C10)."""
    known = list(facts.partitions(key))
    named = [partition for partition in known if partition is not None]
    pieces = [Piece(key, partition) for partition in named] or [Piece(key)]
    records = [record for piece in pieces if (record := facts.record(piece)) is not None]
    failure = next((found for piece in pieces if (found := facts.failure(piece)) is not None), None)
    newest = max(records, key=lambda record: record.event, default=None)
    state = "failed" if failure is not None else "fresh" if records else "missing"
    return Row(
        key=key,
        state=state,
        counts={"fresh": len(records)} if records else {state: 1},
        partitions=len(named) or None,
        done=len(records),
        at=None if newest is None else newest.at,
        run="" if newest is None else newest.run,
        code="",
        version="" if newest is None else newest.version,
        error="" if failure is None else CANCELLED if failure.cancelled else failure.problem,
        cause="",
        mark="remembered",
    )

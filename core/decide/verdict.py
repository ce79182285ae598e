"""THE rebuild decision: is a piece up to date, and if not, why.

One pure function, asked to colour the graph, to forecast a plan, and again right before
each step, so that badge, plan and run cannot disagree. In the words of "Build systems à la
carte" it is a verifying-trace rebuilder; the runner is the scheduler. Rules: `spec/notebook.md`
§3 and §4: a piece is fresh when its last attempt succeeded, its value is there, its code
version is the recorded one, and each input reads the recorded pieces at the recorded version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..errors import DagsterInvalidDefinitionError
from ..graph import Graph
from ..history import Facts
from ..keys import AssetKey, Piece
from ..partitions.moment import Moment
from ..versions.data import Input, Provenance
from .inputs import inputs_of

State: TypeAlias = Literal["fresh", "stale", "upstream", "missing", "failed", "external", "ghost"]
CauseKind: TypeAlias = Literal[
    "code", "input", "data", "upstream", "failed", "value", "missing", "asked", "together", "passed", "kept"
]
"""`input`: it reads something else than recorded; `data`: what it reads has another version; `passed`, `kept`: it need
not be made, and was not; what was made before still stands, if there is any."""

DUE: frozenset[State] = frozenset({"missing", "stale", "failed"})
"""The states of a piece that runs when it is asked to be brought up to date."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a piece is not fresh; `about` is the piece that the reason lies in."""

    kind: CauseKind
    text: str
    about: Piece | None = None
    name: str = ""
    """The input's parameter name, where the reason is an input."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a piece and every cause of it."""

    state: State
    causes: tuple[Cause, ...] = ()

    @property
    def due(self) -> bool:
        """Whether the piece runs when it is asked to be brought up to date."""
        return self.state in DUE and not self.passed

    @property
    def passed(self) -> bool:
        """Whether there is no value because the function, or one above, was asked and chose to make none."""
        return len(self.causes) == 1 and self.causes[0].kind == "passed"


CANCELLED = "its last attempt was cancelled"
FRESH = Verdict("fresh")
MISSING = Verdict("missing", (Cause("missing", "never materialized"),))
KEPT = Verdict(
    "fresh", (Cause("kept", "its function chose not to make it anew: what was made before stands"),)
)
PASSED = Verdict("missing", (Cause("passed", "its function chose not to make it"),))
EXTERNAL = Verdict("external")
GHOST = Verdict("ghost", (Cause("missing", "not defined"),))


def verdict(
    piece: Piece, graph: Graph, facts: Facts, codes: Mapping[AssetKey, str], now: Moment | None = None
) -> Verdict:
    """Whether one piece is up to date by itself; whether an ancestor is due, `states` adds.

    Args:
        piece: The piece in question.
        graph: What is declared.
        facts: What happened, and which values are there.
        codes: The code version of each asset as it is now.
        now: The moment that says which partitions exist.

    Returns:
        `fresh`, `missing`, `stale` or `failed` with its causes; `external` or `ghost` for
        what is never run by us.
    """
    node = graph.nodes[piece.asset]
    if node.kind != "asset":
        return EXTERNAL if node.kind == "external" else GHOST
    failure = facts.failure(piece)
    record = facts.record(piece)
    if record is None:
        if failure is None:
            passed = facts.passed(piece)
            if passed is not None and passed.code == codes[piece.asset]:
                read, unfit = _inputs(piece, graph, facts, now)
                return PASSED if unfit is None and read == passed.inputs else MISSING
            return MISSING
        return Verdict("failed", (_failed(failure.cancelled, failure.problem), *MISSING.causes))
    recorded = record.provenance
    code = codes[piece.asset]
    inputs, unfit = _inputs(piece, graph, facts, now)
    if unfit is not None:
        return Verdict("stale", (unfit,))
    there = record.stored is None or facts.present(record.stored)
    if failure is None and there and recorded.code == code and recorded.inputs == inputs:
        return FRESH
    if failure is None and there and facts.passed(piece) == Provenance(code, inputs):
        return KEPT
    causes: list[Cause] = []
    if failure is not None:
        causes.append(_failed(failure.cancelled, failure.problem))
    if not there:
        causes.append(Cause("value", "its stored value is gone", piece))
    if recorded.code != code:
        causes.append(Cause("code", "its code changed", piece))
    causes.extend(_changed_inputs(recorded.inputs, inputs))
    state: State = "failed" if failure is not None else "stale" if there else "missing"
    return Verdict(state, tuple(causes))


def _inputs(
    piece: Piece, graph: Graph, facts: Facts, now: Moment | None
) -> tuple[Mapping[str, Input], Cause | None]:
    """What a piece would read; or, where a partition mapping means nothing any more, the cause that says so."""
    try:
        return inputs_of(piece, graph, facts, now), None
    except DagsterInvalidDefinitionError as error:
        return {}, Cause("input", str(error))


def _failed(cancelled: bool, line: str) -> Cause:
    return Cause("failed", CANCELLED if cancelled else f"its last attempt failed: {line}")


def _changed_inputs(then: Mapping[str, Input], now: Mapping[str, Input]) -> list[Cause]:
    """One cause per parameter whose upstream, pieces or version are not the recorded ones."""
    causes: list[Cause] = []
    for name, new in now.items():
        old = then.get(name)
        key = new.asset.to_user_string()
        about = Piece(
            new.asset, new.pieces if new.pieces and ":" not in new.pieces and new.pieces != "-" else None
        )
        if old is None:
            causes.append(Cause("input", f"it has a new input {key!r}", about, name))
        elif old.asset != new.asset:
            was = old.asset.to_user_string()
            causes.append(Cause("input", f"its input {name!r} was {was!r} and is now {key!r}", about, name))
        elif old.pieces != new.pieces:
            causes.append(Cause("input", f"it reads other partitions of {key!r}", about, name))
        elif old.version != new.version:
            causes.append(Cause("data", f"{key!r} has another value", about, name))
    for name, old in then.items():
        if name not in now:
            key = old.asset.to_user_string()
            causes.append(Cause("input", f"it no longer reads {key!r}", Piece(old.asset), name))
    return causes

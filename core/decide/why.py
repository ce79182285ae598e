"""Why a piece is in its state: every cause, the root causes behind them, and the change of code.

Pure: the texts of the recorded and the present code are given. Rule: `spec/notebook.md`
§4.3 (`why`); the diff itself is made by `versions.explain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..keys import Piece
from ..versions.changes import Change
from .verdict import Cause, Verdict

_FOLLOWED = frozenset({"upstream", "input", "data"})


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to `why KEY[@PARTITION]`."""

    piece: Piece
    verdict: Verdict
    roots: tuple[tuple[Piece, Cause], ...]
    """What lies at the bottom: pieces above (or this one) with a reason of their own."""
    changes: tuple[Change, ...]
    """What changed in the code, helper by helper, as diffs of the normalised source."""
    untracked: tuple[str, ...]
    """What the function reaches and nobody can watch (rule F5, F8)."""
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The causes in one sentence each, the roots and the diffs, for a terminal."""
        lines = [f"{self.piece}: {self.verdict.state}"]
        lines += [f"  - {cause.text}" for cause in self.verdict.causes]
        deeper = [(piece, cause) for piece, cause in self.roots if piece != self.piece]
        if deeper:
            lines.append("  root causes:")
            lines += [f"  - {piece}: {cause.text}" for piece, cause in deeper]
        for change in self.changes:
            lines += [
                "",
                f"  {change.kind} {change.name}:",
                *(f"    {line}" for line in change.diff.splitlines()),
            ]
        if self.untracked:
            lines.append(f"  not tracked: {', '.join(self.untracked)}")
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines)


def roots_of(piece: Piece, verdicts: Mapping[Piece, Verdict]) -> tuple[tuple[Piece, Cause], ...]:
    """The causes at the bottom: from each cause that speaks of an upstream piece, down to one that does not.

    Args:
        piece: Where to begin.
        verdicts: What `states` said of the piece and of its ancestors.
    """
    found: dict[tuple[Piece, Cause], None] = {}
    seen: set[Piece] = set()
    todo = [piece]
    while todo:
        at = todo.pop()
        if at in seen or at not in verdicts:
            continue
        seen.add(at)
        for cause in verdicts[at].causes:
            above = cause.about
            deeper = (
                above is not None and above != at and above in verdicts and verdicts[above].state != "fresh"
            )
            if cause.kind in _FOLLOWED and deeper and above is not None:
                todo.append(above)
            else:
                found[at, cause] = None
    return tuple(found)

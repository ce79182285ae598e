"""What stands of the checks of an asset: for each one, how its newest answer came out.

Pure: declared checks and recorded answers in, rows out. An answer about a value that has
been replaced since says nothing of the present one, so it counts as not given yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..define.checks import AssetCheckSpec
from ..graph import Graph
from ..history import Facts
from ..keys import AssetKey, Piece
from ..latest import Evaluation

OUTCOMES = ("failed", "warning", "pending", "passed")
"""How a check can stand, the worst first; `pending` is one that was not evaluated yet."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What is known of one check at this moment; of a partitioned one, its worst partition."""

    spec: AssetCheckSpec
    outcome: str
    newest: Evaluation | None = None
    """The answer that is told of, if there is any."""
    partition: str | None = None
    """The partition that it is about."""

    @property
    def old(self) -> bool:
        """Whether the answer is about a value that has been replaced since."""
        return self.newest is not None and self.outcome == "pending"


def answer_of(passed: bool, severity: str) -> str:
    """The outcome that an answer amounts to."""
    return "passed" if passed else "warning" if severity == "WARN" else "failed"


def check_rows(
    graph: Graph, facts: Facts, keys: Collection[AssetKey]
) -> dict[AssetKey, tuple[CheckRow, ...]]:
    """The checks of these assets, in the order of their declaration; assets without any are left out."""
    found: dict[AssetKey, list[CheckRow]] = {}
    for key, spec in graph.checks.items():
        if key.asset_key in keys:
            found.setdefault(key.asset_key, []).append(_row(spec, facts))
    return {key: tuple(rows) for key, rows in found.items()}


def tally(rows: Iterable[CheckRow]) -> dict[str, int]:
    """How many checks stand how, the worst first."""
    counts = Counter(row.outcome for row in rows)
    return {outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}


def in_words(rows: Collection[CheckRow]) -> str:
    """`failed: no_nulls; 2 passed`: those that did not pass by their names."""
    told = [
        f"{'not evaluated yet' if outcome == 'pending' else outcome}: {', '.join(names)}"
        for outcome in OUTCOMES[:-1]
        if (names := [row.spec.name for row in rows if row.outcome == outcome])
    ]
    passed = sum(row.outcome == "passed" for row in rows)
    return "; ".join([*told, f"{passed} passed"] if passed else told)


def _row(spec: AssetCheckSpec, facts: Facts) -> CheckRow:
    answers = {
        partition: answer
        for (check, partition), answer in facts.answers(spec.asset_key).items()
        if check == spec.name
    }
    if spec.partitions_def is None:
        # One that had partitions before may have left answers about them: the newest counts.
        newest = max(answers, key=lambda each: answers[each].event, default=None)
        answers = {newest: answers[newest]} if answers else {}
    rows = [
        CheckRow(spec, _outcome(answer, spec.asset_key, partition, facts), answer, partition)
        for partition, answer in answers.items()
    ]
    return min(
        rows, key=lambda row: (OUTCOMES.index(row.outcome), -_event(row)), default=CheckRow(spec, "pending")
    )


def _event(row: CheckRow) -> int:
    return 0 if row.newest is None else row.newest.event


def _outcome(answer: Evaluation, asset: AssetKey, partition: str | None, facts: Facts) -> str:
    return (
        "pending" if _is_old(answer, asset, partition, facts) else answer_of(answer.passed, answer.severity)
    )


def _is_old(answer: Evaluation, asset: AssetKey, partition: str | None, facts: Facts) -> bool:
    """Whether another run has made the piece since; in its own run, a check may be told before the value."""
    pieces = facts.partitions(asset) if partition is None else (partition,)
    records = [record for each in pieces if (record := facts.record(Piece(asset, each))) is not None]
    newest = max(records, key=lambda record: record.event, default=None)
    return newest is not None and newest.event > answer.event and newest.run != answer.run

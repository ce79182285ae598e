"""The panel of one asset: what it is, why it is in its state, what was made of it so far. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...core.decide.checks import CheckRow, answer_of
from ...core.decide.status import Row
from ...core.decide.why import Why
from ...core.events import CheckErrored, Evaluated, Materialized, Observed, StepFailed, StepRetried
from ...core.graph import Graph
from ...core.latest import Entry
from ...core.metadata import MetadataValue
from ..models import AttemptModel, CauseModel, CheckModel, ConfigModel, DetailsModel, ErrorModel, PlotModel
from .metadata import declared_view, metadata_view, number_of

LONGEST_TEXT = 100_000
MOST_ATTEMPTS = 100
MOST_CAUSES = 50
MOST_PAST_CHECKS = 20
KIND_TAG = "dagster/kind/"


def details(
    graph: Graph,
    row: Row,
    why: Why,
    history: Sequence[Entry] = (),
    *,
    code: str = "",
    cell: str = "",
    log: str = "",
    mark: str = "",
    answers: Sequence[Entry] = (),
    config: Sequence[ConfigModel] = (),
) -> DetailsModel:
    """Everything that the panel of one asset shows.

    Args:
        graph: What is declared.
        row: The asset's state, from `decide.status`.
        why: The causes; of a partitioned asset those of one piece that is not fresh.
        history: Its events, the newest first.
        code: The source of its function.
        cell: Where its function was defined, in words.
        log: What the last run of it printed.
        mark: `remembered`, or nothing.
        answers: What its checks said, the newest first.
        config: What can be configured of it.
    """
    node = graph.node(row.key)
    spec = node.spec
    attempts = history[:MOST_ATTEMPTS]
    last = next((e.event for e in attempts if isinstance(e.event, Materialized)), None)
    newest = next(
        (e.event for e in attempts if isinstance(e.event, (Materialized, Observed)) and e.event.metadata),
        None,
    )
    return DetailsModel(
        op="details",
        id=row.key.to_escaped_user_string(),
        title=row.key.to_user_string(),
        about=_bounded(spec.description or ""),
        type=node.kind,
        group=node.group,
        owners=list(spec.owners),
        kinds=sorted(spec.kinds),
        tags={name: value for name, value in spec.tags.items() if not name.startswith(KIND_TAG)},
        state=row.state,
        mark=mark,
        causes=_causes(why, row.note),
        roots=[f"{piece}: {cause.text}" for piece, cause in why.roots if piece.asset != row.key][
            :MOST_CAUSES
        ],
        code=_bounded(code),
        cell=cell,
        versions={"code": row.code, "data": row.version, "python": last.python if last else ""},
        upstream=[key.to_escaped_user_string() for key in graph.up[row.key]],
        downstream=[key.to_escaped_user_string() for key in graph.down[row.key]],
        metadata=metadata_view(
            {**declared_view(spec.metadata), **(newest.metadata if newest else {})}, pictures=True
        ),
        plots=_plots(attempts),
        history=[attempt for entry in attempts if (attempt := _attempt(entry)) is not None],
        error=_error(row, attempts),
        log=log[-LONGEST_TEXT:],
        parts=None if row.partitions is None else {"total": row.partitions, "counts": dict(row.counts)},
        untracked=list(why.untracked),
        checks=[_check(check, answers) for check in row.checks],
        config=list(config),
    )


def _causes(why: Why, note: str) -> list[CauseModel]:
    """Each cause; the changed lines stand with the first one that speaks of the code."""
    causes: list[CauseModel] = [
        CauseModel(kind=c.kind, text=c.text, diff="") for c in why.verdict.causes[:MOST_CAUSES]
    ]
    if note:
        causes.insert(0, CauseModel(kind="retry", text=note, diff=""))
    diff = "\n".join(f"{change.kind} {change.name}\n{change.diff}" for change in why.changes)
    if diff:
        about_code = next((cause for cause in causes if cause["kind"] == "code"), None)
        if about_code is None:
            causes.append(CauseModel(kind="code", text="the code changed", diff=_bounded(diff)))
        else:
            about_code["diff"] = _bounded(diff)
    return causes + [CauseModel(kind="note", text=note, diff="") for note in why.notes]


def _attempt(entry: Entry) -> AttemptModel | None:
    event = entry.event
    match event:
        case Materialized():
            outcome, seconds, version, error = "success", event.seconds, event.version, ""
            metadata: Mapping[str, MetadataValue] = event.metadata
        case StepFailed():
            outcome = "cancelled" if event.cancelled else "failed"
            error = "" if event.cancelled else _bounded(event.problem.line)
            seconds, version, metadata = event.seconds, "", {}
        case StepRetried():
            outcome, seconds, version, metadata = "retried", 0.0, "", {}
            wait = f", after {event.wait:.3g} s" if event.wait else ""
            error = _bounded(f"{event.problem.line}\nretry {event.attempt} followed{wait}")
        case Observed():
            outcome, seconds, version, error = "observed", 0.0, event.version or "", ""
            metadata = event.metadata
        case _:
            return None
    return {
        "run": event.run,
        "at": event.at,
        "seconds": seconds,
        "partition": None if event.piece is None else event.piece.partition,
        "version": version,
        "outcome": outcome,
        "error": error,
        "metadata": metadata_view(metadata),
    }


def _check(row: CheckRow, answers: Sequence[Entry]) -> CheckModel:
    """A check with the answer that stands, and those before it, the oldest first."""
    told = [
        (entry.id, entry.event) for entry in answers if isinstance(entry.event, (Evaluated, CheckErrored))
    ]
    mine = [(number, event) for number, event in told if event.check == row.spec.name]
    newest = row.newest
    standing = next((event for number, event in mine if newest is not None and number == newest.event), None)
    return CheckModel(
        name=row.spec.name,
        about=_bounded(row.spec.description or ""),
        outcome="pending" if newest is None else answer_of(newest.passed, newest.severity),
        blocking=row.spec.blocking,
        at=None if newest is None else newest.at,
        partition=row.partition,
        old=row.old,
        text=_said(standing),
        metadata=metadata_view(standing.metadata) if isinstance(standing, Evaluated) else [],
        past=[
            {
                "at": event.at,
                "outcome": answer_of(event.passed, event.severity)
                if isinstance(event, Evaluated)
                else "failed",
                "partition": event.piece.partition,
            }
            for _, event in reversed(mine[:MOST_PAST_CHECKS])
        ],
    )


def _said(answer: Evaluated | CheckErrored | None) -> str:
    """What a check found, or why it found nothing."""
    if answer is None:
        return ""
    if isinstance(answer, CheckErrored):
        return _bounded(f"It could not be evaluated: {answer.problem.line}\n{answer.problem.traceback}")
    return _bounded(answer.description or "")


def _plots(history: Sequence[Entry]) -> list[PlotModel]:
    """Each number that was recorded more than once, oldest first."""
    series: dict[str, list[list[float]]] = {}
    for entry in reversed(history):
        event = entry.event
        if isinstance(event, (Materialized, Observed)):
            for label, value in event.metadata.items():
                number = number_of(value)
                if number is not None:
                    series.setdefault(label, []).append([event.at, number])
    return [{"label": label, "points": points} for label, points in series.items() if len(points) > 1]


def _error(row: Row, history: Sequence[Entry]) -> ErrorModel | None:
    """The newest failure, as long as it stands."""
    if not row.error:
        return None
    for entry in history:
        if isinstance(entry.event, StepFailed):
            if entry.event.cancelled:
                break
            problem = entry.event.problem
            return {"text": _bounded(problem.line), "traceback": problem.traceback[-LONGEST_TEXT:]}
    return {"text": row.error, "traceback": ""}


def _bounded(text: str) -> str:
    text = text.encode(errors="replace").decode()  # a lone surrogate cannot be sent to the page
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"

"""What the verbs show: tables and texts, the same in every saved form.

What a notebook saves holds no times, durations, ids or version strings, so that it is the
same tomorrow; a terminal and `--json` show them too. Everything is data, never markup.
Rules: `spec/notebook.md` §4.3 and §7.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..core.decide.checks import in_words
from ..core.decide.plan import Plan, Step
from ..core.decide.status import Row, Status
from ..core.decide.why import Why
from ..core.events import Logged, RunFinished, StepFailed, StepRetried
from ..core.keys import AssetKey, Piece
from ..core.latest import Entry
from ..core.run.result import RunSummary
from ..core.storage import RunRow
from ..widgets.views.plan import forecast
from .tracebacks import CELL_FILE

_MOST_ROWS = 1_000
_MOST_NAMES = 20
_CELL = "text-align: left; vertical-align: top; white-space: pre-wrap; padding: 2px 16px 2px 0; border: 0"
_HEAD = f"{_CELL}; font-weight: 600; color: var(--jp-ui-font-color2, inherit)"
_TABLE = (
    "margin: 0 0 4px; border: 0; border-collapse: collapse; color: var(--jp-content-font-color1, inherit)"
)
# A front end has ideas of its own for `pre`; ours stands flush with every other output.
_LINES = (
    "margin: 0; padding: 0; border: 0; background: transparent; white-space: pre-wrap; "
    "color: var(--jp-content-font-color1, inherit); font-family: var(--jp-code-font-family, monospace); "
    "font-size: var(--jp-code-font-size, 13px); line-height: var(--jp-code-line-height, 1.3)"
)


class Column(NamedTuple):
    """A column of a table; one that changes from day to day is not `saved`."""

    title: str
    saved: bool = True


class Shown:
    """Something a verb answers: a table, lines of text, or both.

    Args:
        columns: The table's columns.
        rows: Its cells, as texts.
        before: Lines above it.
        after: Lines below it.
        data: The same for programs.
        full: Whether columns that are not saved are shown too.
    """

    def __init__(
        self,
        columns: Sequence[Column] = (),
        rows: Iterable[Sequence[str]] = (),
        *,
        before: Sequence[str] = (),
        after: Sequence[str] = (),
        data: Any = None,
        full: bool = False,
    ) -> None:
        every = [list(row) for row in rows]
        wanted = [at for at, column in enumerate(columns) if full or column.saved]
        kept = [at for at in wanted if any(row[at] for row in every)]  # an empty column says nothing
        self.titles = [columns[at].title for at in kept]
        self.rows = [[row[at] for at in kept] for row in every[:_MOST_ROWS]]
        self.before = list(before)
        self.after = list(after)
        if len(every) > _MOST_ROWS:
            self.after.insert(0, f"and {len(every) - _MOST_ROWS} more")
        self.data = data

    def json(self) -> str:
        """Everything, for programs."""
        return json.dumps(self.data, indent=2, default=str, allow_nan=False)

    def __repr__(self) -> str:
        lines = list(self.before)
        if self.rows:
            head = [self.titles] if any(self.titles) else []
            table = [*head, *([cell.replace("\n", " ") for cell in row] for row in self.rows)]
            wide = [max(len(row[at]) for row in table) for at in range(len(self.titles))]
            lines += [
                "  ".join(f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True)).rstrip()
                for row in table
            ]
        return "\n".join(printable(line) for line in [*lines, *self.after])

    def _repr_html_(self) -> str:
        parts = [_lines(self.before)]
        if self.rows:
            head = "".join(f'<th style="{_HEAD}">{_escaped(title)}</th>' for title in self.titles)
            head = f"<thead><tr>{head}</tr></thead>" if any(self.titles) else ""
            body = "".join(
                "<tr>" + "".join(f'<td style="{_CELL}">{_escaped(cell)}</td>' for cell in row) + "</tr>"
                for row in self.rows
            )
            parts.append(f'<table style="{_TABLE}">{head}<tbody>{body}</tbody></table>')
        return "".join([*parts, _lines(self.after)])


def printable(text: str) -> str:
    """The text without control characters: a name cannot steer a terminal."""
    return "".join(letter if letter >= " " or letter in "\n\t" else repr(letter)[1:-1] for letter in text)


def _escaped(text: str) -> str:
    return html.escape(printable(text))


def _lines(lines: Sequence[str]) -> str:
    return f'<pre style="{_LINES}">{_escaped(chr(10).join(lines))}</pre>' if lines else ""


def counted(number: int, noun: str) -> str:
    """`1 asset`, `2 assets`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def status_table(status: Status, *, full: bool = False) -> Shown:
    """The answer to `status`."""
    columns = [
        Column("asset"),
        Column("state"),
        Column("partitions"),
        Column("checks"),
        Column("why"),
        Column("last run", saved=False),
        Column("code", saved=False),
        Column("data", saved=False),
    ]
    rows = [
        [
            row.key.to_user_string(),
            f"{row.state} ({row.mark})" if row.mark else row.state,
            "" if row.partitions is None else f"{row.done}/{row.partitions}",
            in_words(row.checks),
            row.error or row.cause,
            "" if row.at is None else _moment(row.at),
            row.code[:8],
            row.version[:8],
        ]
        for row in status.rows
    ]
    counts = ", ".join(f"{number} {state}" for state, number in status.counts().items())
    after = [f"{counted(len(rows), 'asset')}: {counts}"] if rows else ["No assets are defined yet."]
    return Shown(columns, rows, after=after, data=[_row_data(row) for row in status.rows], full=full)


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "asset": row.key.to_user_string(),
        "state": row.state,
        "mark": row.mark,
        "counts": dict(row.counts),
        "partitions": row.partitions,
        "checks": {check.spec.name: check.outcome for check in row.checks},
        "fresh": row.done,
        "last_run": row.run,
        "at": row.at,
        "code_version": row.code,
        "data_version": row.version,
        "error": row.error,
        "cause": row.cause,
    }


def plan_table(plan: Plan) -> Shown:
    """The answer to `plan`: what runs, what may run, and what is kept, in order."""
    steps = _by_asset(plan.steps)
    rows = [
        ["run" if surely == "build" else "may run", key.to_user_string(), _partitions(found), _cause(found)]
        for (key, surely), found in steps.items()
    ]
    surely, perhaps, kept = (amount or "0" for amount in forecast(plan))
    text = f"Would run {surely}, may run {perhaps}, keeps {kept}."
    names = list(dict.fromkeys(key.to_user_string() for step in plan.checks for key in step.keys))
    after = [text] if steps else []
    if names:
        after.append(
            f"{'May' if steps else 'Would'} evaluate {counted(len(names), 'check')}: {', '.join(names)}."
        )
    elif not steps:
        after.append(f"Nothing to do: {kept} up to date.")
    after += [f"It cannot run: {sentence}" for sentence in plan.blocked]
    data = {
        "steps": [
            {
                "asset": step.piece.asset.to_user_string(),
                "partition": step.piece.partition,
                "forecast": step.forecast,
                "why": [cause.text for cause in step.why.causes],
            }
            for step in plan.steps
        ],
        "kept": [_named(piece) for piece in plan.kept],
        "checks": names,
        "blocked": list(plan.blocked),
    }
    columns = [Column("plan"), Column("asset"), Column("partitions"), Column("why")]
    return Shown(columns, rows, after=after, data=data)


def _by_asset(steps: Iterable[Step]) -> dict[tuple[AssetKey, str], list[Step]]:
    found: dict[tuple[AssetKey, str], list[Step]] = {}
    for step in steps:
        found.setdefault((step.piece.asset, step.forecast), []).append(step)
    return found


def _partitions(steps: Sequence[Step]) -> str:
    names = [step.piece.partition for step in steps if step.piece.partition is not None]
    if len(names) <= 1:
        return "".join(names)
    return f"{len(names)}: {names[0]} to {names[-1]}"


def _cause(steps: Sequence[Step]) -> str:
    causes = dict.fromkeys(step.why.causes[0].text for step in steps if step.why.causes)
    texts = list(causes)
    return texts[0] + (f" (and {len(texts) - 1} other reasons)" if len(texts) > 1 else "") if texts else ""


def why_text(why: Why) -> Shown:
    """The answer to `why`."""
    data = {
        "asset": why.piece.asset.to_user_string(),
        "partition": why.piece.partition,
        "state": why.verdict.state,
        "causes": [{"kind": cause.kind, "text": cause.text} for cause in why.verdict.causes],
        "roots": [
            {"of": _named(piece), "kind": cause.kind, "text": cause.text} for piece, cause in why.roots
        ],
        "changes": [
            {"name": change.name, "kind": change.kind, "diff": change.diff} for change in why.changes
        ],
        "untracked": list(why.untracked),
        "notes": list(why.notes),
    }
    return Shown(before=why.text.splitlines(), data=data)


def summary_text(summary: RunSummary, *, full: bool = False) -> Shown:
    """What a run did: the names of what was made, and one sentence."""
    rows = [[summary.deed, _pieces(summary.built)]] if summary.built else []
    if summary.kept:
        rows.append(["unchanged, kept", _pieces(summary.kept)])
    if summary.failed:
        rows += [["failed", f"{piece}: {problem.line}"] for piece, problem in summary.failed.items()]
    if summary.untouched:
        rows.append(["not started", _pieces(summary.untouched)])
    if summary.left_out:
        rows.append(["left out", _pieces(Piece(key) for key in summary.left_out)])
    data = {
        "run": summary.run_id,
        summary.deed: [_named(piece) for piece in summary.built],
        "kept": [_named(piece) for piece in summary.kept],
        "fresh": summary.fresh,
        "failed": {_named(piece): problem.line for piece, problem in summary.failed.items()},
        "not_started": [_named(piece) for piece in summary.untouched],
        "cancelled": summary.cancelled,
        "seconds": summary.seconds,
        "saved": summary.saved,
        "notes": list(summary.notes),
        "left_out": [key.to_user_string() for key in summary.left_out],
        "blocked": list(summary.blocked),
    }
    width = max((len(what) for what, _ in rows), default=0)
    lines = [f"{what:<{width}}  {names}" for what, names in rows]
    return Shown(before=[*summary.notes, *lines, sentence(summary, full=full)], data=data)


def sentence(summary: RunSummary, *, full: bool = False) -> str:
    """What a run did, in one line that begins with a capital and ends with a stop."""
    text = summary.text(times=full)
    return f"{text[:1].upper()}{text[1:]}."


def _pieces(pieces: Iterable[Piece]) -> str:
    """Names; the partitions of one asset as a number and a range."""
    by_asset: dict[AssetKey, list[str]] = {}
    for piece in pieces:
        partitions = by_asset.setdefault(piece.asset, [])
        if piece.partition is not None:
            partitions.append(piece.partition)
    names = []
    for key, partitions in by_asset.items():
        name = key.to_user_string()
        if len(partitions) == 1:
            name += f"@{partitions[0]}"
        elif partitions:
            name += f" ({len(partitions)}: {partitions[0]} to {partitions[-1]})"
        names.append(name)
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _named(piece: Piece) -> str:
    return str(piece)


def runs_table(runs: Sequence[RunRow], retries: Callable[[str], int], *, full: bool = False) -> Shown:
    """The answer to `runs`.

    Args:
        runs: The runs, the newest first.
        retries: How often a step of a run was tried again.
        full: Whether to show what changes from day to day.
    """
    columns = [
        Column("run", saved=False),
        Column("started", saved=False),
        Column("outcome"),
        Column("steps"),
        Column("retries"),
        Column("assets"),
        Column("error"),
    ]
    rows = [
        [
            row.run[:8],
            _moment(row.at),
            row.outcome or "running",
            str(row.total),
            str(retries(row.run) or ""),
            _pieces(Piece(key) for key in row.keys),
            row.error.split("\n", 1)[0],
        ]
        for row in runs
    ]
    data = [
        {
            "run": row.run,
            "at": row.at,
            "finished": row.finished,
            "outcome": row.outcome or "running",
            "steps": row.total,
            "retries": retries(row.run),
            "assets": [key.to_user_string() for key in row.keys],
            "origin": row.origin,
            "error": row.error,
        }
        for row in runs
    ]
    return Shown(columns, rows, after=[] if rows else ["There are no runs yet."], data=data, full=full)


def log_text(entries: Sequence[Entry], *, full: bool = False) -> Shown:
    """The answer to `log`: what was printed and logged, each line with its asset, and the tracebacks."""
    lines: list[str] = []
    head, failed = 0, None
    for _, event in entries:
        match event:
            case Logged(piece=piece, text=text):
                name = f"{piece}: " if piece is not None else ""
                lines += [f"{name}{line}" for line in text.rstrip("\n").split("\n")]
            case StepRetried(piece=piece, step=step, problem=problem, attempt=attempt, wait=wait):
                when = f" in {wait:.3g} s" if full and wait else ""
                who = f"{step}@{piece.partition}" if step and piece and piece.partition else step or piece
                line = f"{who}: {problem.line}; retry {attempt} follows{when}"
                if lines[-1:] != [line]:  # told for each asset that the step makes
                    lines.append(line)
            case StepFailed(piece=piece, step=step, cancelled=True):
                lines.append(f"{piece or step}: cancelled")
            case StepFailed(piece=piece, step=step, problem=problem):
                if failed == (step, problem) and piece is not None:  # of the same call
                    lines[head] = f"{lines[head].removesuffix(': failed')}, {piece}: failed"
                    continue
                head, failed = len(lines), (step, problem)
                told = problem.traceback if full else CELL_FILE.sub("Cell", problem.traceback)
                lines += [f"{piece or step}: failed", *told.rstrip("\n").split("\n")]
            case RunFinished(outcome=outcome):
                lines.append(f"run: {outcome}")
            case _:
                pass
    return Shown(before=lines or ["There is nothing in the log."])


def wiped_text(pieces: Sequence[Piece], *, dry_run: bool) -> Shown:
    """What `wipe` forgot, or would forget."""
    if not pieces:
        return Shown(before=["There is nothing to forget."])
    what = "Would forget" if dry_run else "Forgot"
    return Shown(before=[f"{what} {counted(len(pieces), 'piece')}: {_pieces(pieces)}."])


def said(*lines: str) -> Shown:
    """Plain lines."""
    return Shown(before=lines)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def counts_text(counts: Mapping[str, int]) -> str:
    """`3 fresh, 1 stale`."""
    return ", ".join(f"{number} {state}" for state, number in counts.items())

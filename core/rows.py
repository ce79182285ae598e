"""The form of events in the log: a row with the columns to look it up by, and the rest as JSON.

`encode` and `decode` are inverse to each other; texts beyond their bounds are clipped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, assert_never

from .errors import StoreError
from .events import (
    KINDS,
    Accepted,
    CheckErrored,
    Dropped,
    Evaluated,
    Event,
    Expected,
    HookRan,
    InputRead,
    Logged,
    Materialized,
    Observed,
    OutputMade,
    PartitionsAdded,
    PartitionsRemoved,
    PassedOver,
    Problem,
    ResourcesMade,
    RunDeleted,
    RunFinished,
    RunStarted,
    StepFailed,
    StepFinished,
    StepRetried,
    StepSkipped,
    StepStarted,
    Stored,
    Target,
    Wiped,
    asset_of,
    piece_of,
)
from .keys import AssetCheckKey, AssetKey, Piece
from .metadata import MetadataValue, from_json, to_json
from .versions.data import Input, Provenance

MESSAGE_LIMIT = 8_000
TRACEBACK_LIMIT = 60_000
TEXT_LIMIT = 100_000


class Row(NamedTuple):
    """An event in the form that a database keeps: columns to look it up by, and the rest as JSON."""

    kind: str
    run: str
    at: float
    asset: AssetKey | None
    partition: str | None
    body: str


def clip(text: str, limit: int) -> str:
    """The text, or its two ends with the number of letters left out between them."""
    if len(text) <= limit:
        return text
    end = limit // 2
    return f"{text[:end]}\n[… {len(text) - 2 * end:,} characters left out …]\n{text[-end:]}"


# One encoder for all: `json.dumps` with separators makes a new one at each call.
_write = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def write_provenance(provenance: Provenance) -> list[Any]:
    """A provenance in the words of JSON; the inverse of `read_provenance`."""
    return [provenance.code, {n: [i.asset.parts, i.pieces, i.version] for n, i in provenance.inputs.items()}]


def _metadata(metadata: Mapping[str, MetadataValue]) -> dict[str, Any]:
    return {label: to_json(value) for label, value in metadata.items()}


def _problem(problem: Problem) -> list[str]:
    cls, message, traceback, within = problem
    told = [clip(cls, MESSAGE_LIMIT), clip(message, MESSAGE_LIMIT), clip(traceback, TRACEBACK_LIMIT)]
    return [*told, within] if within else told


def encode(event: Event) -> Row:
    """The event as a row; texts beyond their bounds are clipped in the middle."""
    body: dict[str, Any]
    match event:
        case Materialized():
            body = {
                "made": write_provenance(event.provenance),
                "version": event.version,
                "seconds": event.seconds,
            }
            if event.given:
                body["given"] = True
            if event.stored is not None:
                body["stored"] = event.stored
            if event.metadata:
                body["metadata"] = _metadata(event.metadata)
            if event.tags:
                body["tags"] = dict(event.tags)
            if event.python:
                body["python"] = event.python
            if event.declared is not None:
                body["declared"] = event.declared
            if event.description is not None:
                body["description"] = clip(event.description, MESSAGE_LIMIT)
            if event.manager:
                body["manager"] = event.manager
        case StepStarted() | RunDeleted():
            body = {}
        case StepSkipped():
            body = {"reason": event.reason}
        case StepFailed():
            body = {
                "problem": _problem(event.problem),
                "seconds": event.seconds,
                "cancelled": event.cancelled,
            }
        case PassedOver():
            body = {"made": write_provenance(event.provenance)}
        case StepFinished():
            body = {"seconds": event.seconds}
        case StepRetried():
            body = {"problem": _problem(event.problem), "attempt": event.attempt, "wait": event.wait}
        case InputRead():
            body = {"step": event.step, "input": event.input, "manager": event.manager}
            body["metadata"] = _metadata(event.metadata)
            if event.refused:
                body["refused"] = event.refused
            if event.source:
                body["source"] = event.source
        case OutputMade():
            body = {"step": event.step, "output": event.output, "key": event.key, "manager": event.manager}
            body["metadata"] = _metadata(event.metadata)
            if event.refused:
                body["refused"] = event.refused
        case HookRan():
            body = {"step": event.step, "hook": event.hook, "outcome": event.outcome}
            if event.problem is not None:
                body["problem"] = _problem(event.problem)
        case Expected():
            body = {"step": event.step, "success": event.success, "label": event.label}
            body["description"] = event.description
            body["metadata"] = _metadata(event.metadata)
        case ResourcesMade():
            body = {"keys": event.keys, "seconds": event.seconds}
            if event.problem is not None:
                body["problem"] = _problem(event.problem)
        case Observed():
            body = {"version": event.version, "metadata": _metadata(event.metadata), "tags": dict(event.tags)}
            if event.description is not None:
                body["description"] = clip(event.description, MESSAGE_LIMIT)
        case Evaluated():
            body = {"check": event.check, "passed": event.passed, "severity": event.severity}
            body |= {
                "metadata": _metadata(event.metadata),
                "blocking": event.blocking,
                "target": event.target,
            }
            if event.description is not None:
                body["description"] = clip(event.description, MESSAGE_LIMIT)
            if event.provenance is not None:
                body["made"] = write_provenance(event.provenance)
        case CheckErrored():
            body = {"check": event.check, "problem": _problem(event.problem), "blocking": event.blocking}
        case Logged():
            body = {"stream": event.stream, "level": event.level, "text": clip(event.text, TEXT_LIMIT)}
        case RunStarted():
            keys = [key.parts for key in event.keys]
            body = {"keys": keys, "origin": event.origin, "tags": dict(event.tags), "job": event.job}
            body |= {"total": event.total, "owner": event.owner}
            if event.checks:
                body["checks"] = [[check.asset_key.parts, check.name] for check in event.checks]
        case RunFinished():
            body = {"outcome": event.outcome, "error": clip(event.error, MESSAGE_LIMIT)}
        case PartitionsAdded() | PartitionsRemoved():
            body = {"name": event.name, "keys": event.keys}
        case Wiped():
            body = {"partitions": event.partitions}
        case Dropped():
            body = {"origin": event.origin}
        case Accepted():
            body = {"code": event.code, "reason": clip(event.reason, MESSAGE_LIMIT)}
        case _:
            assert_never(event)
    if step := getattr(event, "step", ""):
        body["step"] = step
    piece = piece_of(event)
    partition = None if piece is None else piece.partition
    return Row(type(event).__name__, event.run, event.at, asset_of(event), partition, _write(body))


def decode(row: Row) -> Event:
    """The event that `encode` made this row from.

    Raises:
        StoreError: if the row is of no known kind, or its body is not what that kind has.
    """
    kind, run, at, asset, partition, text = row
    try:
        return _decode(KINDS[kind], run, at, asset, partition, json.loads(text))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        message = f"An event of the log cannot be read: kind {kind!r}, run {run!r}: {error!r:.200}"
        raise StoreError(message) from error


def read_provenance(body: Any) -> Provenance:
    """The provenance in a decoded body."""
    code, inputs = body
    return Provenance(
        code, {n: Input(AssetKey(key), pieces, version) for n, (key, pieces, version) in inputs.items()}
    )


def _decode(
    kind: type[Event],
    run: str,
    at: float,
    asset: AssetKey | None,
    partition: str | None,
    body: dict[str, Any],
) -> Event:
    if kind is PartitionsAdded or kind is PartitionsRemoved:
        return kind(run, at, body["name"], tuple(body["keys"]))
    if kind is RunStarted:
        keys = tuple(map(AssetKey, body.pop("keys")))
        checks = tuple(AssetCheckKey(AssetKey(key), name) for key, name in body.pop("checks", ()))
        return RunStarted(run, at, keys, checks=checks, **body)
    if kind is Wiped and asset is not None:
        gone = body["partitions"]
        return Wiped(run, at, asset, None if gone is None else tuple(gone))
    if kind is Dropped and asset is not None:
        return Dropped(run, at, asset, **body)
    if "problem" in body:
        body["problem"] = Problem(*body["problem"])
    if "metadata" in body:
        body["metadata"] = {label: from_json(value) for label, value in body["metadata"].items()}
    other: Any = kind  # the kinds left are built from their body as it is
    event: Event
    if kind in _WITHOUT_PIECE:
        if kind is ResourcesMade:
            body["keys"] = tuple(body["keys"])
        event = other(run, at, **body)
        return event
    if asset is None and kind not in _PERHAPS_A_PIECE:
        message = "it names no asset"
        raise ValueError(message)
    if "made" in body:
        body["provenance"] = read_provenance(body.pop("made"))
    if "stored" in body:
        body["stored"] = Stored(*body["stored"])
    if body.get("target") is not None:
        body["target"] = Target(*body["target"])
    event = other(run, at, None if asset is None else Piece(asset, partition), **body)
    return event


_WITHOUT_PIECE = frozenset({RunFinished, RunDeleted, InputRead, OutputMade, HookRan, Expected, ResourcesMade})
_PERHAPS_A_PIECE = frozenset({Logged, StepStarted, StepFailed, StepSkipped, StepFinished, StepRetried})

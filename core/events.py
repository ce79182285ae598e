"""What can happen: some frozen facts, and their form in the log.

The runner and the verbs make events, the store keeps them, `history` folds them. An
event knows nothing of what follows from it. Each has the id of its run (`""`: outside
any run) and its time; order comes from the log's sequence, never from the time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias, assert_never

from .errors import StoreError
from .keys import AssetKey, Piece
from .metadata import MetadataValue, from_json, to_json
from .versions.data import Input, Provenance

Outcome: TypeAlias = Literal["success", "failure", "cancelled"]

MESSAGE_LIMIT = 8_000
TRACEBACK_LIMIT = 60_000
TEXT_LIMIT = 100_000


class Stored(NamedTuple):
    """Where the bytes of a value are, and how to know them again.

    Args:
        format: The name of the format that wrote the bytes.
        digest: The digest of the bytes.
        size: Their number.
        signature: The keyed signature of format, digest and size.
        inline: Whether they are a row of the log's database instead of a file.
    """

    format: str
    digest: str
    size: int
    signature: str
    inline: bool

    @property
    def name(self) -> str:
        """The name of the bytes: equal for equal content in the same format."""
        return f"{self.digest}.{self.format}"


class Problem(NamedTuple):
    """An exception as text: class, message, and traceback without our frames."""

    cls: str
    message: str
    traceback: str = ""

    @property
    def line(self) -> str:
        """Class and first line of the message."""
        first = self.message.strip().split("\n", 1)[0]
        return f"{self.cls}: {first}" if first else self.cls


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run began; `owner` is its process's sign of life (`host:pid:start time`)."""

    run: str
    at: float
    keys: tuple[AssetKey, ...]
    origin: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    job: str = ""
    total: int = 0
    owner: str = ""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run came to its end."""

    run: str
    at: float
    outcome: Outcome
    error: str = ""


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A piece is being made."""

    run: str
    at: float
    piece: Piece


@dataclass(frozen=True, slots=True)
class StepFailed:
    """An attempt at a piece failed or was cancelled; what was there before still stands."""

    run: str
    at: float
    piece: Piece
    problem: Problem
    seconds: float = 0.0
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class StepSkipped:
    """A planned piece was not made: `fresh` (early cut-off), `no output` or `upstream skipped`."""

    run: str
    at: float
    piece: Piece
    reason: str


@dataclass(frozen=True, slots=True)
class Materialized:
    """A piece was made, and its value is stored.

    Args:
        run: The run, or `""`.
        at: When.
        piece: What was made.
        provenance: What it was made from.
        version: Its data version.
        given: Whether the user provided the data version.
        stored: Where its value is; `None` if another IO manager or nobody keeps it.
        metadata: What the user recorded with it.
        tags: Its tags.
        seconds: How long the body took.
        python: The minor version of Python that ran it.
        declared: The `code_version` the user declared, if any.
        description: What the user says of it.
    """

    run: str
    at: float
    piece: Piece
    provenance: Provenance
    version: str
    given: bool = False
    stored: Stored | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    python: str = ""
    declared: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """Something was learnt about a piece without making it."""

    run: str
    at: float
    piece: Piece
    version: str | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None


class Target(NamedTuple):
    """The materialization that a check looked at: its id in the log, its run, its time."""

    event: int
    run: str
    at: float


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A check of a piece was made.

    Args:
        run: The run, or `""`.
        at: When.
        piece: What was looked at.
        check: The check's name.
        passed: Whether all is well.
        severity: How bad it is if not: `ERROR` or `WARN`.
        metadata: What the user recorded with it.
        description: What was found.
        blocking: Whether a failure stops what depends on the piece; `None` if nobody said.
        target: The materialization that stood for the piece; `None` if there was none.
    """

    run: str
    at: float
    piece: Piece
    check: str
    passed: bool
    severity: str = "ERROR"
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    description: str | None = None
    blocking: bool | None = None
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """A run, or a step of it, wrote something."""

    run: str
    at: float
    piece: Piece | None
    stream: Literal["stdout", "stderr", "log"]
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class PartitionsAdded:
    """Keys were added to a dynamic partitions definition."""

    run: str
    at: float
    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartitionsRemoved:
    """Keys were removed from a dynamic partitions definition."""

    run: str
    at: float
    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wiped:
    """What was known of an asset's pieces is forgotten; `None` means all of them."""

    run: str
    at: float
    asset: AssetKey
    partitions: tuple[str | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A notebook defines an asset no more, and need not remember it; what was made of it stands."""

    run: str
    at: float
    asset: AssetKey
    origin: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The user adopted a piece as made by this code version, without running it."""

    run: str
    at: float
    piece: Piece
    code: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunDeleted:
    """A run is to be listed no more; what it materialized stands."""

    run: str
    at: float


Event: TypeAlias = (
    RunStarted
    | RunFinished
    | StepStarted
    | StepFailed
    | StepSkipped
    | Materialized
    | Observed
    | Evaluated
    | Logged
    | PartitionsAdded
    | PartitionsRemoved
    | Wiped
    | Dropped
    | Accepted
    | RunDeleted
)

KINDS: Mapping[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        RunStarted,
        RunFinished,
        StepStarted,
        StepFailed,
        StepSkipped,
        Materialized,
        Observed,
        Evaluated,
        Logged,
        PartitionsAdded,
        PartitionsRemoved,
        Wiped,
        Dropped,
        Accepted,
        RunDeleted,
    )
}


def kind_of(event: Event) -> str:
    """The name of the event's class: the word for it in the log."""
    return type(event).__name__


def piece_of(event: Event) -> Piece | None:
    """The piece an event is about, if it is about one."""
    return getattr(event, "piece", None)


def asset_of(event: Event) -> AssetKey | None:
    """The asset an event is about, if it is about one."""
    if isinstance(event, (Wiped, Dropped)):
        return event.asset
    piece = piece_of(event)
    return None if piece is None else piece.asset


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


def _provenance(provenance: Provenance) -> list[Any]:
    return [provenance.code, {n: [i.asset.parts, i.pieces, i.version] for n, i in provenance.inputs.items()}]


def _metadata(metadata: Mapping[str, MetadataValue]) -> dict[str, Any]:
    return {label: to_json(value) for label, value in metadata.items()}


def encode(event: Event) -> Row:
    """The event as a row; texts beyond their bounds are clipped in the middle."""
    body: dict[str, Any]
    match event:
        case Materialized():
            body = {"made": _provenance(event.provenance), "version": event.version, "seconds": event.seconds}
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
        case StepStarted() | RunDeleted():
            body = {}
        case StepSkipped():
            body = {"reason": event.reason}
        case StepFailed():
            cls, message, traceback = event.problem
            problem = [
                clip(cls, MESSAGE_LIMIT),
                clip(message, MESSAGE_LIMIT),
                clip(traceback, TRACEBACK_LIMIT),
            ]
            body = {"problem": problem, "seconds": event.seconds, "cancelled": event.cancelled}
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
        case Logged():
            body = {"stream": event.stream, "level": event.level, "text": clip(event.text, TEXT_LIMIT)}
        case RunStarted():
            keys = [key.parts for key in event.keys]
            body = {"keys": keys, "origin": event.origin, "tags": dict(event.tags), "job": event.job}
            body |= {"total": event.total, "owner": event.owner}
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
        return RunStarted(run, at, keys, **body)
    if kind is RunFinished or kind is RunDeleted:
        return kind(run, at, **body)
    if asset is None:
        if kind is Logged:
            return Logged(run, at, None, **body)
        message = "it names no asset"
        raise ValueError(message)
    if kind is Wiped:
        gone = body["partitions"]
        return Wiped(run, at, asset, None if gone is None else tuple(gone))
    if kind is Dropped:
        return Dropped(run, at, asset, **body)
    piece = Piece(asset, partition)
    if kind is StepFailed:
        return StepFailed(run, at, piece, Problem(*body["problem"]), body["seconds"], body["cancelled"])
    if "metadata" in body:
        body["metadata"] = {label: from_json(value) for label, value in body["metadata"].items()}
    if kind is Materialized:
        made = read_provenance(body.pop("made"))
        if "stored" in body:
            body["stored"] = Stored(*body["stored"])
        return Materialized(run, at, piece, made, **body)
    if body.get("target") is not None:
        body["target"] = Target(*body["target"])
    other: Any = kind  # the kinds left are built from their body as it is
    event: Event = other(run, at, piece, **body)
    return event

"""What can happen: some frozen facts; their form in the log is in `rows`.

The runner and the verbs make events, the store keeps them, `history` folds them. An
event knows nothing of what follows from it. Each has the id of its run (`""`: outside
any run) and its time; order comes from the log's sequence, never from the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from .keys import AssetCheckKey, AssetKey, Piece
from .metadata import MetadataValue
from .versions.data import Provenance

Outcome: TypeAlias = Literal["success", "failure", "cancelled"]


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
    """An exception as text: class, message, and traceback without our frames.

    `within` is the class under which the reference records it, by whose code raised it; empty
    where that is its own.
    """

    cls: str
    message: str
    traceback: str = ""
    within: str = ""

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
    checks: tuple[AssetCheckKey, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run came to its end."""

    run: str
    at: float
    outcome: Outcome
    error: str = ""


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step began; where it makes several pieces, there is one event for each of them.

    `step` is the step's name where that is not the asset's: of ops, checks and multi-assets.
    """

    run: str
    at: float
    piece: Piece | None
    step: str = ""


@dataclass(frozen=True, slots=True)
class StepFailed:
    """An attempt failed or was cancelled; what was there of the piece before still stands."""

    run: str
    at: float
    piece: Piece | None
    problem: Problem
    seconds: float = 0.0
    cancelled: bool = False
    step: str = ""


@dataclass(frozen=True, slots=True)
class StepSkipped:
    """What was planned was not done: `fresh` (early cut-off), `no output` or `upstream skipped`."""

    run: str
    at: float
    piece: Piece | None
    reason: str
    step: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A step succeeded and did not make this piece, which it need not: an output that is not required.

    Args:
        run: The run.
        at: When.
        piece: What was not made; what stood for it before still stands.
        provenance: From what code and inputs it was not made: the same ones would not make it again.
    """

    run: str
    at: float
    piece: Piece
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step ended well, where that does not follow from its one materialization."""

    run: str
    at: float
    piece: Piece | None
    seconds: float = 0.0
    step: str = ""


@dataclass(frozen=True, slots=True)
class StepRetried:
    """An attempt failed and another one follows.

    Args:
        run: The run.
        at: When it failed.
        piece: The piece, if the step makes one.
        problem: What failed.
        attempt: Which retry follows, from 1.
        wait: How long it is waited for, in seconds.
        step: The step's name.
    """

    run: str
    at: float
    piece: Piece | None
    problem: Problem
    attempt: int
    wait: float = 0.0
    step: str = ""


@dataclass(frozen=True, slots=True)
class InputRead:
    """A step of a graph got one of its inputs.

    Args:
        run: The run.
        at: When.
        step: The step's name.
        input: The input's name.
        manager: The resource key under which the value was kept; empty where none was: for a default.
        metadata: What was recorded with it.
        refused: Why the value is not of the input's type; empty if it is.
        source: The step whose output it is; empty for a value from elsewhere.
    """

    run: str
    at: float
    step: str
    input: str
    manager: str = ""
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    refused: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class OutputMade:
    """An op gave one of its outputs, which is no asset.

    Args:
        run: The run.
        at: When.
        step: The step's name.
        output: The output's name.
        key: The mapping key, of a dynamic output.
        manager: The resource key under which the value is kept; empty where there is none to keep.
        metadata: What was recorded with it.
        refused: Why the value is not of the output's type; empty if it is.
    """

    run: str
    at: float
    step: str
    output: str
    key: str = ""
    manager: str = ""
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    refused: str = ""


@dataclass(frozen=True, slots=True)
class HookRan:
    """A hook was called after a step, skipped it, or failed itself."""

    run: str
    at: float
    step: str
    hook: str
    outcome: Literal["completed", "skipped", "errored"]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A body reported whether an expectation holds, in the words of the older API."""

    run: str
    at: float
    step: str
    success: bool
    label: str = ""
    description: str = ""
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourcesMade:
    """The resources of a run were made, or could not be."""

    run: str
    at: float
    keys: tuple[str, ...]
    seconds: float = 0.0
    problem: Problem | None = None


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
        step: The step that made it, where its name is not the asset's.
        manager: The resource key of the IO manager that keeps its value; empty where none does.
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
    step: str = ""
    manager: str = ""


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
    step: str = ""


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
        provenance: What it was evaluated from, if the check has a function of its own.
        step: The step that made it, where its name is not the asset's.
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
    provenance: Provenance | None = None
    step: str = ""


@dataclass(frozen=True, slots=True)
class CheckErrored:
    """A check of a piece could not be made: its function raised.

    Args:
        run: The run.
        at: When.
        piece: What was looked at.
        check: The check's name.
        problem: What was raised.
        blocking: Whether that stops what depends on the piece.
        step: The step's name.
    """

    run: str
    at: float
    piece: Piece
    check: str
    problem: Problem
    blocking: bool = False
    step: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """A run, or a step of it, wrote something."""

    run: str
    at: float
    piece: Piece | None
    stream: Literal["stdout", "stderr", "log"]
    level: str
    text: str
    step: str = ""


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
    | PassedOver
    | StepFinished
    | StepRetried
    | InputRead
    | OutputMade
    | HookRan
    | Expected
    | ResourcesMade
    | Materialized
    | Observed
    | Evaluated
    | CheckErrored
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
        PassedOver,
        StepFinished,
        StepRetried,
        InputRead,
        OutputMade,
        HookRan,
        Expected,
        ResourcesMade,
        Materialized,
        Observed,
        Evaluated,
        CheckErrored,
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

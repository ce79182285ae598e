"""What stands for one piece: its newest success, and what was learnt or tried since.

`advance` is the one rule by which an event changes it; a `Track` holds all pieces of an asset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, TypeAlias

from .events import (
    Accepted,
    CheckErrored,
    Evaluated,
    Event,
    Materialized,
    Observed,
    PassedOver,
    StepFailed,
    Stored,
    Wiped,
)
from .keys import AssetKey
from .versions.data import Provenance


class Entry(NamedTuple):
    """An event with its place in the log's sequence."""

    id: int
    event: Event


@dataclass(frozen=True, slots=True)
class Record:
    """What stands for a piece: the newest success, as the decision needs it.

    Args:
        event: The id of its `Materialized` event.
        at: When it was made.
        run: In which run.
        provenance: From what; an `Accepted` event replaces its code.
        version: The data version.
        stored: Where the value is, if the store keeps it.
        seconds: How long it took.
        declared: The `code_version` the user declared.
        python: The minor version of Python that made it.
    """

    event: int
    at: float
    run: str
    provenance: Provenance
    version: str
    stored: Stored | None = None
    seconds: float = 0.0
    declared: str | None = None
    python: str = ""


class Failed(NamedTuple):
    """The newest attempt, where it did not succeed; `problem` is one line."""

    event: int
    at: float
    run: str
    problem: str
    cancelled: bool = False


class Passed(NamedTuple):
    """The newest attempt, where it succeeded without making the piece: from what."""

    event: int
    at: float
    run: str
    provenance: Provenance


class Observation(NamedTuple):
    """The newest thing learnt about a piece without making it."""

    event: int
    at: float
    version: str | None


class Evaluation(NamedTuple):
    """The newest answer of a check of a piece.

    Args:
        event: The id of its event: `Evaluated`, or `CheckErrored` for one whose function raised.
        at: When it was given.
        run: In which run.
        passed: Whether all was well; one that raised did not pass.
        severity: How bad it is if not: `ERROR` or `WARN`.
        blocking: Whether a failure stops what depends on the piece.
        target: The id of the materialization that it looked at; 0 if there was none.
        provenance: What it was evaluated from, if the check has a function of its own.
    """

    event: int
    at: float
    run: str
    passed: bool
    severity: str
    blocking: bool
    target: int
    provenance: Provenance | None = None


def evaluation(entry: Entry) -> Evaluation:
    """What stands for a check after its event."""
    number, event = entry
    if isinstance(event, CheckErrored):
        return Evaluation(number, event.at, event.run, False, "ERROR", event.blocking, 0)
    assert isinstance(event, Evaluated)
    target = 0 if event.target is None else event.target.event
    return Evaluation(
        number,
        event.at,
        event.run,
        event.passed,
        event.severity,
        bool(event.blocking),
        target,
        event.provenance,
    )


Checks: TypeAlias = dict[tuple[str, str | None], Evaluation]
"""The newest answers of the checks of one asset, by check and partition."""


class Latest(NamedTuple):
    """All that stands for one piece; `failed` and `passed` only where they are newer than `record`."""

    record: Record | None = None
    failed: Failed | None = None
    observed: Observation | None = None
    passed: Passed | None = None


NOTHING = Latest()

TELLING = (Materialized, StepFailed, PassedOver, Observed, Accepted)
"""The events that change what stands for one piece."""


def advance(latest: Latest, entry: Entry) -> Latest:
    """What stands for a piece after an event about it."""
    number, event = entry
    if isinstance(event, Materialized):
        record = Record(
            number,
            event.at,
            event.run,
            event.provenance,
            event.version,
            event.stored,
            event.seconds,
            event.declared,
            event.python,
        )
        return Latest(record, None, latest.observed)
    if isinstance(event, StepFailed):
        return latest._replace(
            failed=Failed(number, event.at, event.run, event.problem.line, event.cancelled)
        )
    if isinstance(event, PassedOver):
        return latest._replace(failed=None, passed=Passed(number, event.at, event.run, event.provenance))
    if isinstance(event, Observed):
        return latest._replace(observed=Observation(number, event.at, event.version))
    if isinstance(event, Accepted) and latest.record is not None:
        made = Provenance(event.code, latest.record.provenance.inputs)
        return latest._replace(record=replace(latest.record, provenance=made))
    if isinstance(event, Wiped):
        return NOTHING
    return latest


Shape: TypeAlias = tuple[tuple[str, AssetKey], ...]
"""The names of the inputs that a piece was made from, and their assets."""


class Brief(NamedTuple):
    """What decides whether a piece is fresh; `code` is `None` where there is no record.

    Args:
        code: The code version of the record.
        shape: What was read, by name.
        read: Of each input, which pieces and at which version, one after the other.
        version: The data version.
        name: The name of the value; `None` if the store keeps none.
        size: Its size.
        failed: Whether the newest attempt failed.
        passed: Whether its function chose not to make it.
    """

    code: str | None
    shape: Shape
    read: Sequence[str]
    version: str
    name: str | None
    size: int | None
    failed: bool
    passed: bool


class Alike(NamedTuple):
    """The same of many pieces that differ in nothing but what they were made from and gave.

    Args:
        keys: Their partitions.
        codes: Their code versions.
        shape: What was read, by name.
        inputs: Of each input, which pieces and at which version.
        versions: Their data versions.
        names: The names of their values.
        sizes: The sizes of these.
    """

    keys: list[str]
    codes: list[str]
    shape: Shape
    inputs: list[tuple[list[str], list[str]]]
    versions: list[str]
    names: list[str | None]
    sizes: list[int | None]


class Unpack(Protocol):
    """How the packed rows of a `Track` are read; the store that packed them knows."""

    def read(self, row: Any) -> Latest:
        """The row in full."""
        ...

    def made(self, row: Any) -> int:
        """The id of the record's event, without reading the row; 0 if it has none."""
        ...

    def seconds(self, row: Any) -> float | None:
        """How long the record's making took, without reading the row in full; `None` if there is no record."""
        ...

    def brief(self, row: Any) -> Brief:
        """What decides whether a piece is fresh, without reading the row in full."""
        ...

    def alike(self) -> Alike | None:
        """The rows that are alike, in columns, if there are some."""
        ...


class Track:
    """What stands for the pieces of one asset; packed rows are read when asked for.

    Args:
        rows: By partition (`None`: the asset has none): a `Latest`, or a row that `unpack` reads.
        unpack: What reads the packed rows; needed only where there are some.
    """

    __slots__ = ("rows", "sheet", "unpack")

    def __init__(self, rows: dict[str | None, Any], unpack: Unpack | None = None) -> None:
        self.rows = rows
        self.unpack = unpack
        self.sheet: object = None
        """The same in columns, kept by whoever made them until an event comes."""

    def get(self, partition: str | None) -> Latest:
        """What stands for a piece; `NOTHING` if nothing does."""
        row = self.rows.get(partition, NOTHING)
        if type(row) is not Latest:
            assert self.unpack is not None
            row = self.rows[partition] = self.unpack.read(row)
        return row

    def brief(self, partition: str | None) -> Brief:
        """What decides whether a piece is fresh; its row is left packed."""
        row = self.rows.get(partition, NOTHING)
        if type(row) is not Latest:
            assert self.unpack is not None
            return self.unpack.brief(row)
        record, failed, _, passed = row
        if record is None:
            return Brief(None, (), (), "", None, None, failed is not None, passed is not None)
        inputs, stored = record.provenance.inputs, record.stored
        return Brief(
            record.provenance.code,
            tuple((name, each.asset) for name, each in inputs.items()),
            [part for each in inputs.values() for part in (each.pieces, each.version)],
            record.version,
            None if stored is None else stored.name,
            None if stored is None else stored.size,
            failed is not None,
            passed is not None,
        )

    def seconds(self, partition: str | None) -> float | None:
        """How long a record's making took, its row left packed; `None` if there is no record."""
        row = self.rows.get(partition, NOTHING)
        if type(row) is Latest:
            return None if row.record is None else row.record.seconds
        return None if self.unpack is None else self.unpack.seconds(row)

    def alike(self) -> Alike | None:
        """All pieces in columns, if they are alike and none has been touched or read."""
        unpack = self.unpack
        if unpack is None or Latest in set(map(type, self.rows.values())):
            return None
        found = unpack.alike()
        return found if found is not None and len(found.keys) == len(self.rows) else None

    def event(self, partition: str | None) -> int:
        """The id of the event of a record, whose row is left packed; 0 if there is none."""
        row = self.rows.get(partition)
        if row is None:
            return 0
        if type(row) is Latest:
            return 0 if row.record is None else row.record.event
        return 0 if self.unpack is None else self.unpack.made(row)

    def made(self) -> list[str | None]:
        """The partitions that have a record, those that were made first in front."""
        unpack = self.unpack
        return [
            partition
            for partition, row in list(self.rows.items())
            if (row.record is not None if type(row) is Latest else unpack is not None and unpack.made(row))
        ]

    def newest(self) -> int:
        """The id of the newest record's event; 0 if there is none."""
        return max(map(self.event, list(self.rows)), default=0)

    def copy(self) -> Track:
        """A track that changes apart from this one."""
        return Track(self.rows.copy(), self.unpack)

    def add(self, entry: Entry) -> None:
        """Fold an event about this asset."""
        event = entry.event
        self.sheet = None
        if isinstance(event, Wiped):
            if event.partitions is None:
                self.rows.clear()
            else:
                for partition in event.partitions:
                    self.rows.pop(partition, None)
            return
        if isinstance(event, TELLING) and event.piece is not None:
            partition = event.piece.partition
            latest = advance(self.get(partition), entry)
            if latest != NOTHING:
                self.rows[partition] = latest


Digests: TypeAlias = dict[AssetKey, dict[Any, tuple[Sequence[str | None], Any]]]
"""What was worked out of many partitions of an asset, with these: it holds until one of them changes."""

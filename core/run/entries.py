"""`EventLogEntry`: an event under the reference's name, with its place in the log.

Read-only views, made when the instance is asked. Rules: `spec/api.md` §9.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..define.checks import AssetCheckEvaluation
from ..define.results import AssetMaterialization, AssetObservation
from ..events import Event, Logged, Materialized, RunStarted, StepFailed, StepStarted, asset_of, piece_of
from ..keys import AssetKey
from ..latest import Entry
from .event_types import DagsterEventType
from .events import DagsterEvent, FailureData, Pointers, StepMaterializationData, materialization_of
from .spelling import Spelling, by_step, planned, primary, step_of

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}


class EventLogEntry:
    """An event with its place in the log: run, time, id."""

    __slots__ = ("_event", "dagster_event", "level", "run_id", "storage_id", "timestamp", "user_message")

    def __init__(self, entry: Entry, told: DagsterEvent | None) -> None:
        event = entry.event
        self._event = event
        self.storage_id = entry.id
        self.run_id = event.run
        self.timestamp = event.at if told is None else told.timestamp
        self.dagster_event = told
        self.user_message: str = (
            event.text if isinstance(event, Logged) else "" if told is None else told.message
        )
        self.level: int = _LEVELS.get(event.level, 20) if isinstance(event, Logged) else _LEVELS["DEBUG"]

    @property
    def message(self) -> str:
        """What the event says."""
        return self.user_message

    @property
    def is_dagster_event(self) -> bool:
        """Whether it is more than a message."""
        return self.dagster_event is not None

    def get_dagster_event(self) -> DagsterEvent:
        """The event; an error if this is only a message."""
        if self.dagster_event is None:
            message = "This entry is a message of the user's, not an event."
            raise AttributeError(message)
        return self.dagster_event

    @property
    def event_type_value(self) -> str | None:
        """The type of the event, as a text."""
        return None if self.dagster_event is None else self.dagster_event.event_type_value

    @property
    def dagster_event_type(self) -> DagsterEventType | None:
        """The type of the event."""
        return None if self.dagster_event is None else self.dagster_event.event_type

    @property
    def step_key(self) -> str | None:
        """The step it belongs to."""
        if self.dagster_event is not None:
            return self.dagster_event.step_key
        piece = piece_of(self._event)
        return None if piece is None else piece.asset.to_python_identifier()

    @property
    def asset_key(self) -> AssetKey | None:
        """The asset it is about."""
        return asset_of(self._event) if self.dagster_event is None else self.dagster_event.asset_key

    @property
    def partition_key(self) -> str | None:
        """The partition it is about."""
        if self.dagster_event is not None:
            return self.dagster_event.partition
        piece = piece_of(self._event)
        return None if piece is None else piece.partition

    @property
    def asset_materialization(self) -> AssetMaterialization | None:
        """The materialization, if it is one."""
        event = self.dagster_event
        return event.materialization if event is not None and event.is_step_materialization else None

    @property
    def asset_observation(self) -> AssetObservation | None:
        """The observation, if it is one."""
        event = self.dagster_event
        return event.asset_observation if event is not None and event.is_asset_observation else None

    @property
    def asset_check_evaluation(self) -> AssetCheckEvaluation | None:
        """The evaluation of a check, if it is one."""
        data = None if self.dagster_event is None else self.dagster_event.event_specific_data
        return data if isinstance(data, AssetCheckEvaluation) else None

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of the materialization or observation."""
        found = self.asset_materialization or self.asset_observation
        return (found.tags or {}) if found is not None else {}

    def __repr__(self) -> str:
        return f"EventLogEntry({self.storage_id}, {self.event_type_value or 'message'}, {self.message!r:.60})"


def event_log_entry(entry: Entry, pointers: Pointers | None = None) -> EventLogEntry:
    """The reference's form of an entry of the log: the one event that says what it says."""
    return EventLogEntry(entry, _pointed(primary(entry.event), entry.event, pointers))


def log_entries(
    entries: Iterable[Entry], pointers: Mapping[int, Pointers] | None = None
) -> Iterator[EventLogEntry]:
    """The entries of a run in full, as the reference would have told them; what was planned comes first.

    Args:
        entries: The entries of one run, in order.
        pointers: What each materialization saw of its upstream, by its id.
    """
    entries = list(entries)
    spelling = Spelling(entry.event for entry in entries)
    begun = {step_of(entry.event) for entry in entries if isinstance(entry.event, StepStarted)}
    for entry in entries:
        event = entry.event
        if isinstance(event, StepFailed) or (isinstance(event, Materialized) and by_step(event)):
            start = _begin(event, begun)
            if start is not None:
                yield EventLogEntry(entry, start)
        if isinstance(event, Logged):
            yield EventLogEntry(entry, None)
            continue
        if isinstance(event, RunStarted):
            yield from (EventLogEntry(entry, told) for told in planned(event))
        seen = None if pointers is None else pointers.get(entry.id, {})
        for told in spelling.tell(event):
            yield EventLogEntry(entry, _pointed(told, event, seen))


def _begin(event: Materialized | StepFailed, begun: set[str | None]) -> DagsterEvent | None:
    """The begin of a step that was over before it could be written: the log keeps none then."""
    step = step_of(event)
    if step in begun:
        return None
    begun.add(step)
    return primary(StepStarted(event.run, event.at - event.seconds, event.piece, event.step))


def _pointed(told: DagsterEvent | None, event: Event, pointers: Pointers | None) -> DagsterEvent | None:
    """A materialization that also says which events of its upstream it saw."""
    if (
        told is None
        or pointers is None
        or not isinstance(event, Materialized)
        or not told.is_step_materialization
    ):
        return told
    return told._replace(event_specific_data=StepMaterializationData(materialization_of(event, pointers)))


def failure_entry(entry: Entry) -> EventLogEntry:
    """A failed attempt, told of the asset instead of the step."""
    event = entry.event
    assert isinstance(event, StepFailed)
    assert event.piece is not None
    key, partition = event.piece
    text = f"{str(event.piece)!r} was not materialized: {event.problem.line}"
    told = DagsterEvent(
        "ASSET_FAILED_TO_MATERIALIZE",
        key.to_python_identifier(),
        key,
        partition,
        text,
        FailureData(event.problem),
        event.at,
    )
    return EventLogEntry(entry, told)

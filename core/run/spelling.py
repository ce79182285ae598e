"""Our few events told in full, as the reference would have told them.

One `Materialized` stands for what led to it and what followed; several events of one step, one
for each of its pieces, are told once. Nothing inside looks at what is made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..define.results import ExpectationResult
from ..events import (
    Evaluated,
    Event,
    Expected,
    HookRan,
    InputRead,
    Logged,
    Materialized,
    Observed,
    OutputMade,
    ResourcesMade,
    RunFinished,
    RunStarted,
    StepFailed,
    StepFinished,
    StepRetried,
    StepSkipped,
    StepStarted,
    Wiped,
    piece_of,
)
from .dagster_run import PARTITION
from .events import (
    AssetCheckEvaluationPlanned,
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEvent,
    FailureData,
    StepMaterializationData,
    evaluation_of,
    materialization_of,
    observation_of,
)

_RUN_END = {
    "success": ("PIPELINE_SUCCESS", "The run succeeded."),
    "failure": ("PIPELINE_FAILURE", "The run failed."),
    "cancelled": ("PIPELINE_CANCELED", "The run was cancelled."),
}
_HOOK = {
    "completed": ("HOOK_COMPLETED", "was called"),
    "skipped": ("HOOK_SKIPPED", "had nothing to do"),
    "errored": ("HOOK_ERRORED", "failed"),
}


def step_of(event: Event) -> str | None:
    """The name of the step that an event belongs to."""
    named: str = getattr(event, "step", "")
    piece = piece_of(event)
    return named or (None if piece is None else piece.asset.to_python_identifier())


def by_step(event: Materialized) -> bool:
    """Whether a step made it; else a body, or somebody without a run, only said that it is there."""
    return bool(event.provenance.code)


class Spelling:
    """How the events of one run are told; asked for each of them in order.

    Args:
        events: All of them.
        failures: The `Failure` that the user raised, by piece or by step.
    """

    def __init__(self, events: Iterable[Event], failures: Mapping[Any, Any] | None = None) -> None:
        self._failures = failures or {}
        self._failed: set[str | None] = set()
        self._finished: set[str | None] = set()
        self._begun: set[str | None] = set()
        self._told: set[str | None] = set()
        self._again: set[tuple[str | None, int]] = set()
        self.started: set[str | None] = set()
        """The steps whose begin was written."""
        for event in events:
            if isinstance(event, StepFailed):
                self._failed.add(self._one(event))
            elif isinstance(event, StepFinished):
                self._finished.add(self._one(event))
            elif isinstance(event, StepStarted):
                self.started.add(self._one(event))

    def _one(self, event: Event) -> str | None:
        """The step, apart from those of other partitions."""
        piece = piece_of(event)
        own = step_of(event)
        return own if piece is None or piece.partition is None else f"{own}@{piece.partition}"

    def tell(self, event: Event) -> Iterator[DagsterEvent]:
        """What the reference would have told of an event."""
        step, one = step_of(event), self._one(event)
        if isinstance(event, StepStarted):
            if one in self._begun:
                return
            self._begun.add(one)
        elif isinstance(event, StepSkipped) and one in self._begun:
            # It ran, and gave nothing for an optional output: what is skipped is what would read that.
            if not event.step and one not in self._failed and one not in self._finished | self._told:
                self._told.add(one)
                yield DagsterEvent(
                    "STEP_SUCCESS",
                    step,
                    message=f"{step!r} succeeded, without an output.",
                    timestamp=event.at,
                )
            return
        elif isinstance(event, StepFailed):
            if one in self._told:
                return
            self._told.add(one)
        elif isinstance(event, ResourcesMade):
            yield from _resources(event)
            return
        elif isinstance(event, (InputRead, OutputMade)):
            yield from _value(event)
            return
        elif isinstance(event, StepRetried):
            if (one, event.attempt) in self._again:
                return
            self._again.add((one, event.attempt))
            retry = f"{step!r} is tried again in {event.wait:g} s: {event.problem.line}"
            yield DagsterEvent(
                "STEP_UP_FOR_RETRY",
                step,
                message=retry,
                event_specific_data=_Retry(event),
                timestamp=event.at,
            )
            yield DagsterEvent(
                "STEP_RESTARTED", step, message=f"{step!r} began again.", timestamp=event.at + event.wait
            )
            return
        told = primary(event, self._failures)
        if told is None:
            return
        if not isinstance(event, Materialized) or not by_step(event):
            yield told
            return
        yield from self._materialized(event, told, one)

    def _materialized(
        self, event: Materialized, told: DagsterEvent, one: str | None
    ) -> Iterator[DagsterEvent]:
        def beside(kind: str, text: str, data: Any = None) -> DagsterEvent:
            return DagsterEvent(
                kind, told.step_key, told.asset_key, told.partition, text, data, timestamp=told.timestamp
            )

        if "." not in event.step:  # the steps of a graph have told what they read
            for name, read in event.provenance.inputs.items():
                if not name.startswith("dep:"):
                    data = StepInputData(name, source=read.asset.to_python_identifier())
                    yield beside("LOADED_INPUT", f"Loaded the input {name!r}.", data)
                    yield beside("STEP_INPUT", f"Got the input {name!r}.", data)
        yield beside("STEP_OUTPUT", "Yielded the output 'result'.")
        yield told
        if event.stored is not None or event.manager:
            kept = HandledOutputData(event.manager or "io_manager", event.metadata)
            yield beside("HANDLED_OUTPUT", "Stored the output 'result'.", kept)
        if not event.step and one not in self._failed and one not in self._finished:
            yield beside("STEP_SUCCESS", f"{str(event.piece)!r} succeeded.")


class _Retry:
    """Why a step is tried again, and when."""

    def __init__(self, event: StepRetried) -> None:
        self.error = FailureData(event.problem).error
        self.seconds_to_wait = event.wait or None


def primary(event: Event, failures: Mapping[Any, Any] | None = None) -> DagsterEvent | None:
    """The one event of the reference's that says what ours says; `None` for a message."""
    at = event.at
    if isinstance(event, RunStarted):
        return DagsterEvent("PIPELINE_START", message=f"The run of {event.total} steps began.", timestamp=at)
    if isinstance(event, RunFinished):
        kind, text = _RUN_END[event.outcome]
        return DagsterEvent(kind, message=f"{text} {event.error}".strip(), timestamp=at)
    if isinstance(event, Wiped):
        return DagsterEvent(
            "ASSET_WIPED", asset_key=event.asset, message="The asset was wiped.", timestamp=at
        )
    step = step_of(event)
    if step is None or isinstance(event, Logged):
        return None
    kind, text, data = _of_step(event, failures or {})
    if not kind:
        return None
    piece = piece_of(event)
    who = step if piece is None else str(piece)
    asset, partition = (None, None) if piece is None else piece
    return DagsterEvent(kind, step, asset, partition, f"{who!r} {text}", data, at)


def _of_step(event: Event, failures: Mapping[Any, Any]) -> tuple[str, str, Any]:
    if isinstance(event, StepStarted):
        return "STEP_START", "began.", None
    if isinstance(event, StepFinished):
        return "STEP_SUCCESS", "succeeded.", None
    if isinstance(event, Materialized):
        data = StepMaterializationData(materialization_of(event))
        return "ASSET_MATERIALIZATION", "was materialized.", data
    if isinstance(event, Observed):
        return "ASSET_OBSERVATION", "was observed.", AssetObservationData(observation_of(event))
    if isinstance(event, Evaluated):
        return "ASSET_CHECK_EVALUATION", "was checked.", evaluation_of(event)
    if isinstance(event, StepSkipped):
        return "STEP_SKIPPED", f"was skipped: {event.reason}.", None
    if isinstance(event, StepFailed):
        raised = failures.get(event.piece) or failures.get(event.step)
        return "STEP_FAILURE", f"failed: {event.problem.line}", FailureData(event.problem, raised)
    if isinstance(event, HookRan):
        kind, text = _HOOK[event.outcome]
        return kind, f"called the hook {event.hook!r}, which {text}.", None
    if isinstance(event, Expected):
        said = ExpectationResult(event.success, event.label, event.description, event.metadata)
        return "STEP_EXPECTATION_RESULT", "reported an expectation.", StepExpectationResultData(said)
    return "", "", None


def _resources(event: ResourcesMade) -> Iterator[DagsterEvent]:
    keys = ", ".join(event.keys)
    begun = event.at - event.seconds
    yield DagsterEvent("RESOURCE_INIT_STARTED", message=f"Making the resources {keys}.", timestamp=begun)
    if event.problem is None:
        yield DagsterEvent("RESOURCE_INIT_SUCCESS", message=f"Made the resources {keys}.", timestamp=event.at)
    else:
        text = f"The resources {keys} could not be made: {event.problem.line}"
        yield DagsterEvent(
            "RESOURCE_INIT_FAILURE",
            message=text,
            event_specific_data=FailureData(event.problem),
            timestamp=event.at,
        )


class StepExpectationResultData:
    """An expectation that a step reported."""

    def __init__(self, expectation_result: ExpectationResult) -> None:
        self.expectation_result = expectation_result


class TypeCheckData:
    """Whether a value was of the type of its input or output, and why not."""

    def __init__(self, label: str, refused: str) -> None:
        self.success = not refused
        self.label = label
        self.description = refused or None


class StepOutputHandle:
    """Which output of which step, and under which mapping key."""

    def __init__(self, step_key: str, output_name: str, mapping_key: str | None) -> None:
        self.step_key = step_key
        self.output_name = output_name
        self.mapping_key = mapping_key


class StepOutputData:
    """An output that a step gave."""

    def __init__(self, event: OutputMade) -> None:
        self.step_output_handle = StepOutputHandle(event.step, event.output, event.key or None)
        self.output_name = event.output
        self.mapping_key = event.key or None
        self.manager_key = event.manager
        self.metadata = event.metadata
        self.type_check_data = TypeCheckData(event.output, event.refused)


class HandledOutputData:
    """A value that an IO manager keeps, and what is recorded with it."""

    def __init__(self, manager_key: str, metadata: Mapping[str, Any]) -> None:
        self.manager_key = manager_key
        self.metadata = metadata


class StepInputData:
    """An input that a step got, and the step whose output it was."""

    def __init__(
        self,
        name: str,
        manager: str = "",
        metadata: Mapping[str, Any] | None = None,
        refused: str = "",
        source: str = "",
    ) -> None:
        self.input_name = name
        self.manager_key = manager or "io_manager"
        self.metadata = metadata or {}
        self.type_check_data = TypeCheckData(name, refused)
        self.upstream_step_key = source or None


def _value(event: InputRead | OutputMade) -> Iterator[DagsterEvent]:
    step, at = event.step, event.at
    if isinstance(event, InputRead):
        read = StepInputData(event.input, event.manager, event.metadata, event.refused, event.source)
        if event.manager:
            yield DagsterEvent(
                "LOADED_INPUT",
                step,
                message=f"Loaded the input {event.input!r}.",
                event_specific_data=read,
                timestamp=at,
            )
        yield DagsterEvent(
            "STEP_INPUT",
            step,
            message=f"Got the input {event.input!r}.",
            event_specific_data=read,
            timestamp=at,
        )
        return
    made = StepOutputData(event)
    yield DagsterEvent(
        "STEP_OUTPUT",
        step,
        message=f"Yielded the output {event.output!r}.",
        event_specific_data=made,
        timestamp=at,
    )
    if event.manager:
        yield DagsterEvent(
            "HANDLED_OUTPUT",
            step,
            message=f"Stored the output {event.output!r}.",
            event_specific_data=made,
            timestamp=at,
        )


def spelled_out(events: Iterable[Event], failures: Mapping[Any, Any] | None = None) -> Iterator[DagsterEvent]:
    """The events of a run in full.

    Args:
        events: Ours, in order.
        failures: The `Failure` that the user raised, by piece or by step.
    """
    events = list(events)
    spelling = Spelling(events, failures)
    for event in events:
        yield from spelling.tell(event)


def planned(event: RunStarted) -> Iterator[DagsterEvent]:
    """What a run was about to make: written to the instance before the run began."""
    partition = event.tags.get(PARTITION)
    for key in event.keys:
        yield DagsterEvent(
            "ASSET_MATERIALIZATION_PLANNED",
            key.to_python_identifier(),
            key,
            partition,
            f"{key.to_user_string()!r} is to be materialized.",
            AssetMaterializationPlannedData(key, partition),
            event.at,
        )
    for check in event.checks:
        yield DagsterEvent(
            "ASSET_CHECK_EVALUATION_PLANNED",
            f"{check.asset_key.to_python_identifier()}_{check.name}",
            check.asset_key,
            partition,
            f"{check.to_user_string()!r} is to be evaluated.",
            AssetCheckEvaluationPlanned(check.asset_key, check.name, partition),
            event.at,
        )

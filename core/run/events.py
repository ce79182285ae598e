"""Events under the reference's names: `DagsterEvent` and what it holds, made from ours when asked for.

Our own events are few and small; one `Materialized` tells what the reference spells out in
up to five records. Nothing inside looks at these. Rules: `spec/api.md` §9.6, `spec/semantics.md` §9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ..define.checks import (
    AssetCheckEvaluation,
    AssetCheckEvaluationTargetMaterializationData,
    AssetCheckSeverity,
)
from ..define.results import AssetMaterialization, AssetObservation
from ..events import Evaluated, Materialized, Observed, Problem
from ..keys import AssetCheckKey, AssetKey
from ..metadata.values import MetadataValue
from ..record import Record, put
from ..versions.provenance import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    INPUT_DATA_VERSION_TAG_PREFIX,
    INPUT_EVENT_POINTER_TAG_PREFIX,
    NULL_EVENT_POINTER,
)
from .event_types import DagsterEventType

FINGERPRINT = "assets/fingerprint"


Pointers: TypeAlias = Mapping[AssetKey, int]
"""Of the upstream assets of a materialization, the newest event before it."""


def tags_of(event: Materialized, pointers: Pointers | None = None) -> dict[str, str]:
    """The tags of a materialization: what was recorded, under the reference's names, then the user's own.

    Args:
        event: The materialization.
        pointers: What the log knows of its upstream; the tags say nothing of it if left out.
    """
    if not event.run:
        return dict(event.tags)
    tags = {CODE_VERSION_TAG: event.declared or event.run, FINGERPRINT: event.provenance.code}
    for read in event.provenance.inputs.values():
        tags[f"{INPUT_DATA_VERSION_TAG_PREFIX}/{read.asset.to_user_string()}"] = read.version
        if pointers is not None:
            pointer = str(pointers.get(read.asset, NULL_EVENT_POINTER))
            tags[f"{INPUT_EVENT_POINTER_TAG_PREFIX}/{read.asset.to_user_string()}"] = pointer
    tags[DATA_VERSION_TAG] = event.version
    if event.given:
        tags[DATA_VERSION_IS_USER_PROVIDED_TAG] = "true"
    return {**tags, **event.tags}


def materialization_of(event: Materialized, pointers: Pointers | None = None) -> AssetMaterialization:
    """The materialization as the reference shows it."""
    piece = event.piece
    made = AssetMaterialization(piece.asset, event.description, dict(event.metadata), piece.partition)
    # Past the constructor: the tags with which the reference says where a value came from break its own rule for tags.
    put(made, "tags", tags_of(event, pointers))
    return made


def observation_of(event: Observed) -> AssetObservation:
    """The observation as the reference shows it."""
    piece = event.piece
    seen = AssetObservation(piece.asset, event.description, dict(event.metadata), piece.partition)
    tags = dict(event.tags) if event.version is None else {DATA_VERSION_TAG: event.version, **event.tags}
    put(seen, "tags", tags)
    return seen


def evaluation_of(event: Evaluated) -> AssetCheckEvaluation:
    """The evaluation of a check as the reference shows it."""
    target = event.target
    return AssetCheckEvaluation(
        event.piece.asset,
        event.check,
        event.passed,
        dict(event.metadata),
        None if target is None else AssetCheckEvaluationTargetMaterializationData(*target),
        AssetCheckSeverity(event.severity),
        event.description,
        event.blocking,
        event.piece.partition,
    )


class ErrorInfo:
    """What an exception was, as text.

    What the user's code raised is the `cause` of an error whose class says which code that was: of
    the body, of an IO manager, of a type's check. Both have the same stack, the user's.
    """

    __slots__ = ("cause", "cls_name", "message", "stack")

    def __init__(self, problem: Problem) -> None:
        within = problem.within
        self.cls_name = within or problem.cls
        self.message = problem.line if within else problem.message
        self.stack = problem.traceback.splitlines(keepends=True)
        self.cause: ErrorInfo | None = ErrorInfo(problem._replace(within="")) if within else None

    def to_string(self) -> str:
        """The traceback."""
        return "".join(self.stack)

    def __repr__(self) -> str:
        return f"ErrorInfo({self.cls_name}: {self.message})"


class UserFailureData(NamedTuple):
    """What a `Failure` says that the user raised."""

    label: str
    description: str | None
    metadata: Mapping[str, MetadataValue]


class FailureData:
    """Why a step failed; `user_failure_data` is what the user's `Failure` says, if it was one."""

    __slots__ = ("error", "user_failure_data")

    def __init__(self, problem: Problem, user_failure: Any = None) -> None:
        self.error = ErrorInfo(problem)
        self.user_failure_data = (
            None
            if user_failure is None
            else UserFailureData("intentional-failure", user_failure.description, user_failure.metadata)
        )


class StepMaterializationData(NamedTuple):
    """What a materialization event holds."""

    materialization: AssetMaterialization
    asset_lineage: Sequence[Any] = ()
    """Always empty: lineage is the graph's."""


class AssetObservationData(NamedTuple):
    """What an observation event holds."""

    asset_observation: AssetObservation


class AssetMaterializationPlannedData(NamedTuple):
    """What the event holds that says what a run is about to make."""

    asset_key: AssetKey
    partition: str | None = None


class AssetCheckEvaluationPlanned(NamedTuple):
    """What the event holds that says what a run is about to evaluate."""

    asset_key: AssetKey
    check_name: str
    partition: str | None = None

    @property
    def asset_check_key(self) -> AssetCheckKey:
        """The check."""
        return AssetCheckKey(self.asset_key, self.check_name)


class DagsterEvent(Record):
    """One thing that happened, as the reference tells it.

    Args:
        event_type_value: The type as a text: `ASSET_MATERIALIZATION` and so on.
        step_key: The step; `None` for what concerns the run.
        asset_key: The asset, if it is about one.
        partition: Its partition.
        message: One sentence.
        event_specific_data: A materialization, an observation or a failure.
        timestamp: Seconds of the epoch.
    """

    __slots__ = (
        "asset_key",
        "event_specific_data",
        "event_type_value",
        "message",
        "partition",
        "step_key",
        "timestamp",
    )

    event_type_value: str
    step_key: str | None
    asset_key: AssetKey | None
    partition: str | None
    message: str
    event_specific_data: Any
    timestamp: float

    def __init__(
        self,
        event_type_value: str,
        step_key: str | None = None,
        asset_key: AssetKey | None = None,
        partition: str | None = None,
        message: str = "",
        event_specific_data: Any = None,
        timestamp: float = 0.0,
    ) -> None:
        put(self, "event_type_value", event_type_value)
        put(self, "step_key", step_key)
        put(self, "asset_key", asset_key)
        put(self, "partition", partition)
        put(self, "message", message)
        put(self, "event_specific_data", event_specific_data)
        put(self, "timestamp", timestamp)

    @property
    def event_type(self) -> DagsterEventType:
        """The type."""
        return DagsterEventType(self.event_type_value)

    @property
    def node_name(self) -> str | None:
        """The step's name."""
        return self.step_key

    @property
    def is_step_event(self) -> bool:
        """Whether it concerns a step."""
        return self.step_key is not None

    @property
    def is_step_start(self) -> bool:
        """Whether a step began."""
        return self.event_type_value == "STEP_START"

    @property
    def is_step_success(self) -> bool:
        """Whether a step ended well."""
        return self.event_type_value == "STEP_SUCCESS"

    @property
    def is_step_failure(self) -> bool:
        """Whether a step failed."""
        return self.event_type_value == "STEP_FAILURE"

    @property
    def is_step_skipped(self) -> bool:
        """Whether a step was skipped."""
        return self.event_type_value == "STEP_SKIPPED"

    @property
    def is_step_materialization(self) -> bool:
        """Whether an asset was materialized."""
        return self.event_type_value == "ASSET_MATERIALIZATION"

    @property
    def is_successful_output(self) -> bool:
        """Whether a step gave an output."""
        return self.event_type_value == "STEP_OUTPUT"

    @property
    def is_handled_output(self) -> bool:
        """Whether an output was stored."""
        return self.event_type_value == "HANDLED_OUTPUT"

    @property
    def is_loaded_input(self) -> bool:
        """Whether an input was loaded."""
        return self.event_type_value == "LOADED_INPUT"

    @property
    def is_step_up_for_retry(self) -> bool:
        """Whether a step is to be tried again."""
        return self.event_type_value == "STEP_UP_FOR_RETRY"

    @property
    def is_step_restarted(self) -> bool:
        """Whether a step began again."""
        return self.event_type_value == "STEP_RESTARTED"

    @property
    def is_hook_event(self) -> bool:
        """Whether a hook was called."""
        return self.event_type_value in {"HOOK_COMPLETED", "HOOK_ERRORED", "HOOK_SKIPPED"}

    @property
    def is_asset_observation(self) -> bool:
        """Whether an asset was observed."""
        return self.event_type_value == "ASSET_OBSERVATION"

    @property
    def is_failure(self) -> bool:
        """Whether a step or the run failed."""
        return self.event_type_value in {"STEP_FAILURE", "PIPELINE_FAILURE"}

    @property
    def step_materialization_data(self) -> StepMaterializationData:
        """What a materialization event holds."""
        found: StepMaterializationData = self._data("ASSET_MATERIALIZATION")
        return found

    @property
    def materialization(self) -> AssetMaterialization:
        """The materialization that happened."""
        return self.step_materialization_data.materialization

    @property
    def asset_materialization(self) -> AssetMaterialization:
        """The materialization that happened."""
        return self.materialization

    @property
    def asset_observation_data(self) -> AssetObservationData:
        """What an observation event holds."""
        found: AssetObservationData = self._data("ASSET_OBSERVATION")
        return found

    @property
    def asset_observation(self) -> AssetObservation:
        """The observation that happened."""
        return self.asset_observation_data.asset_observation

    @property
    def asset_check_evaluation(self) -> AssetCheckEvaluation:
        """The evaluation of a check that happened."""
        return self.asset_check_evaluation_data

    @property
    def asset_materialization_planned_data(self) -> AssetMaterializationPlannedData:
        """What a run is about to make."""
        found: AssetMaterializationPlannedData = self._data("ASSET_MATERIALIZATION_PLANNED")
        return found

    @property
    def asset_check_evaluation_data(self) -> AssetCheckEvaluation:
        """The evaluation of a check that happened."""
        found: AssetCheckEvaluation = self._data("ASSET_CHECK_EVALUATION")
        return found

    @property
    def step_failure_data(self) -> FailureData:
        """Why the step failed."""
        found: FailureData = self._data("STEP_FAILURE")
        return found

    @property
    def step_input_data(self) -> Any:
        """The input that a step got: its name, the step that it is from, what its type check said."""
        return self._data("STEP_INPUT")

    @property
    def step_output_data(self) -> Any:
        """The output that a step gave: its name, its metadata, what its type check said."""
        return self._data("STEP_OUTPUT")

    def _data(self, kind: str) -> Any:
        if self.event_type_value != kind:
            message = f"This event is {self.event_type_value}, not {kind}."
            raise AttributeError(message)
        return self.event_specific_data

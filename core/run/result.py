"""What a run gives back: `RunSummary` for incremental runs, `ExecuteInProcessResult` for the reference's.

Both are views of an `Outcome`; events and values of the reference's kind are made when they
are asked for. Rules: `spec/notebook.md` §4.3, `spec/api.md` §9.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from ..decide.checks import answer_of
from ..define.expansion import expand
from ..define.op_graph import GraphDefinition
from ..define.results import AssetMaterialization, AssetObservation, Failure
from ..define.types import UNSET
from ..errors import (
    CheckError,
    DagsterInvariantViolationError,
    RunCancelledError,
    RunFailedError,
    nearest,
)
from ..events import CheckErrored, Evaluated, Materialized, Problem
from ..keys import AssetKey, Piece
from .dagster_run import DagsterRun
from .events import DagsterEvent, FailureData
from .outcome import Outcome
from .spelling import spelled_out

_NAMED = 5


class RunSummary:
    """What an incremental run did, in numbers and names.

    Attributes:
        run_id: The run; empty if there was nothing to do and nothing was written.
        built: The pieces that were made, in order.
        kept: The pieces that were cut off: their inputs came out unchanged.
        fresh: How many pieces were up to date from the start.
        failed: What failed, and with what.
        skipped: The pieces left out because there was no output.
        untouched: The pieces not started because something above failed.
        cancelled: Whether the run was stopped.
        interrupted: The piece that was broken into, if one was.
        seconds: How long it took.
        saved: How long the cut-off pieces took when they were made last: the time saved.
        notes: What else the user should know, a sentence each.
        deed: What was done to the pieces that were built: `materialized`, or `observed`.
        left_out: What was not tried because nobody defines something above it.
        blocked: Why, a sentence for each thing that nobody defines.
        checks: What the checks that were evaluated said.
        broken: What failed that makes no asset, by the step's name: checks that raised, or that stop what is below.
    """

    def __init__(self, outcome: Outcome, deed: str = "materialized") -> None:
        facts = outcome.setting.facts
        self.run_id = outcome.run_id
        self.built: tuple[Piece, ...] = tuple(outcome.built)
        self.kept: tuple[Piece, ...] = tuple(outcome.kept)
        self.fresh = len(outcome.plan.kept)
        self.failed: Mapping[Piece, Problem] = dict(outcome.failed)
        self.skipped: tuple[Piece, ...] = tuple(outcome.skipped)
        self.untouched: tuple[Piece, ...] = tuple(outcome.untouched)
        self.cancelled = outcome.cancelled
        self.interrupted = outcome.interrupted
        self.seconds = outcome.seconds
        records = (facts.record(piece) for piece in outcome.kept)
        self.saved: float = sum(record.seconds for record in records if record is not None)
        self.error: BaseException | None = outcome.first_error
        self.notes: tuple[str, ...] = ()
        self.deed = deed
        self.left_out: Sequence[AssetKey] = ()
        self.blocked: tuple[str, ...] = ()
        self.checks: tuple[Evaluated, ...] = tuple(outcome.evaluated)
        self.broken: Mapping[str, BaseException] = dict(outcome.broken)
        self.errored: tuple[CheckErrored, ...] = tuple(outcome.errored)

    @property
    def success(self) -> bool:
        """Whether nothing failed or had to be left out, and nobody stopped it."""
        return not (self.failed or self.broken or self.cancelled or self.blocked)

    def text(self, *, times: bool = False) -> str:
        """One line: `materialized 3, unchanged: 14 downstream kept`.

        Args:
            times: Whether to tell durations too; left out where the text is saved.
        """
        if not (
            self.built
            or self.kept
            or self.failed
            or self.cancelled
            or self.skipped
            or self.checks
            or self.errored
        ):
            left = f", left out {len(self.left_out)}" if self.left_out else ""
            return (f"nothing to do: {self.fresh} up to date" if self.fresh else "nothing to do") + left
        parts = [f"{self.deed} {len(self.built)}"] if self.built or self.kept or not self.checks else []
        if self.kept:
            parts.append(f"unchanged: {len(self.kept)} downstream kept")
        if self.skipped:
            parts.append(f"skipped {len(self.skipped)}")
        if self.failed:
            parts.append(f"failed {len(self.failed)} ({_listed(self.failed)})")
        if self.untouched:
            parts.append(f"not started {len(self.untouched)}")
        if self.checks or self.errored:
            parts.append(self._told_of_checks())
        if self.left_out:
            parts.append(f"left out {len(self.left_out)}")
        if self.cancelled:
            parts.append("cancelled")
        if times:
            parts.append(f"in {self.seconds:.1f} s")
            if self.saved:
                parts.append(f"saved about {self.saved:.1f} s")
        return ", ".join(parts)

    def _told_of_checks(self) -> str:
        """How many checks passed, and which did not: `checks: 2 passed, warning: orders:recent`."""
        names: dict[str, dict[str, None]] = {"failed": {}, "warning": {}, "passed": {}}
        for told in self.checks:
            names[answer_of(told.passed, told.severity)][_named(told)] = None
        names["failed"] |= dict.fromkeys(map(_named, self.errored))
        passed = [f"{len(names.pop('passed'))} passed"] if names["passed"] else []
        names.pop("passed", None)
        return "checks: " + ", ".join(
            passed + [f"{how}: {_listed(those)}" for how, those in names.items() if those]
        )

    def raise_if_failed(self) -> None:
        """Raise one error that names what failed, caused by the first; or that the run was cancelled.

        Raises:
            RunFailedError: if something failed.
            RunCancelledError: if the run was stopped.
            DagsterInvariantViolationError: if something was left out.
        """
        if self.failed:
            lines = [f"{piece}: {problem.line}" for piece, problem in list(self.failed.items())[:_NAMED]]
            more = len(self.failed) - len(lines)
            message = f"{len(self.failed)} failed, {len(self.untouched)} not started.\n" + "\n".join(lines)
            raise RunFailedError(message + (f"\nand {more} more" if more else "")) from self.error
        for step, error in self.broken.items():
            stopped = f", {len(self.untouched)} not started" if self.untouched else ""
            checks = [_named(event) for event in self.errored if event.step == step] or [step]
            message = (
                f"The check {', '.join(map(repr, checks))} failed{stopped}: {type(error).__name__}: {error}"
            )
            raise RunFailedError(message) from error
        if self.cancelled:
            where = f" in {str(self.interrupted)!r}" if self.interrupted is not None else ""
            message = f"The run was cancelled{where}: {len(self.built)} were materialized and are kept."
            raise RunCancelledError(message)
        if self.blocked:
            raise DagsterInvariantViolationError("\n".join(self.blocked))

    def __repr__(self) -> str:
        return f"RunSummary({self.text()})"


def _named(told: Evaluated | CheckErrored) -> str:
    return f"{told.piece.asset.to_user_string()}:{told.check}"


def _listed(pieces: Iterable[object]) -> str:
    names = [str(piece) for piece in pieces]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


class ExecuteInProcessResult:
    """The result of `materialize`: events, values and states of the steps.

    Args:
        outcome: What came of the run.
        job_def: The job that ran, if there is one.
    """

    def __init__(self, outcome: Outcome, job_def: Any = None) -> None:
        self._outcome = outcome
        self.job_def = job_def

    @property
    def success(self) -> bool:
        """Whether every step that was to run did."""
        return self._outcome.success

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._outcome.run_id

    @property
    def dagster_run(self) -> DagsterRun:
        """The run."""
        return self._outcome.run

    @cached_property
    def all_events(self) -> Sequence[DagsterEvent]:
        """Everything that happened, in order."""
        raised: dict[Any, BaseException] = {**self._outcome.errors, **self._outcome.broken}
        failures = {who: error for who, error in raised.items() if isinstance(error, Failure)}
        return list(spelled_out(self._outcome.events, failures))

    @property
    def all_node_events(self) -> Sequence[DagsterEvent]:
        """Everything that happened to steps."""
        return [event for event in self.all_events if event.is_step_event]

    def filter_events(self, event_filter: Callable[[DagsterEvent], bool]) -> Sequence[DagsterEvent]:
        """The events that a function says yes to."""
        return [event for event in self.all_events if event_filter(event)]

    def events_for_node(self, node_name: str) -> Sequence[DagsterEvent]:
        """Everything that happened to one step."""
        inside, mapped = f"{node_name}.", f"{node_name}["
        return [
            event
            for event in self.all_events
            if event.step_key is not None
            and (event.step_key == node_name or event.step_key.startswith((inside, mapped)))
        ]

    def _of(self, kind: str) -> list[DagsterEvent]:
        return [event for event in self.all_events if event.event_type_value == kind]

    def asset_value(self, asset_key: Any) -> Any:
        """The value that an asset of the run has now.

        Raises:
            CheckError: for an asset that is not part of the run.
        """
        key = AssetKey.from_coercible(asset_key)
        pieces = [step.piece for step in self._outcome.plan.steps if step.piece.asset == key]
        if not pieces:
            known = {step.piece.asset.to_user_string() for step in self._outcome.plan.steps}
            message = f"The asset {key.to_user_string()!r} is not part of this run{nearest(key.to_user_string(), known) or '.'}"
            raise CheckError(message)
        return self._value(pieces[-1])

    def output_for_node(self, node_str: str, output_name: str = "result") -> Any:
        """The value that a step gave.

        Raises:
            DagsterInvariantViolationError: for a step or an output that is not here, or has no value.
        """
        found = self._of_graph(node_str, output_name)
        if found is not UNSET:
            return found
        name = self._called(node_str)
        for piece in reversed(self._outcome.built):
            definition = self._outcome.graph.nodes[piece.asset].definition
            if definition is not None and definition.step_name == name:
                port = definition.ports.get(output_name)
                if port is not None:
                    return self._value(Piece(port.key, piece.partition))
        known = {step.node.definition.step_name for step in self._outcome.plan.steps if step.node.definition}
        message = (
            f"The run has no output {output_name!r} of a step {node_str!r}{nearest(node_str, known) or '.'}"
        )
        raise DagsterInvariantViolationError(message)

    def _called(self, node: str) -> str:
        """The step behind a node of the job's graph: a function that was called in turns has a node for each."""
        made = [step.node.definition for step in self._outcome.plan.steps if step.node.definition]
        known = {definition.step_name for definition in made}
        if node in known or self.job_def is None or not self.job_def.has_node_named(node):
            return node
        behind = self.job_def.node_named(node).definition
        return next((definition.step_name for definition in made if definition.node_def is behind), node)

    def _of_graph(self, node: str, output: str) -> Any:
        """The value that a step of a graph gave, or a graph inside of one; `UNSET` if there is none."""
        outputs = self._outcome.outputs
        if (node, output) in outputs:
            return outputs[node, output]
        graph, rest = self._outcome.root, node.split(".")
        if graph is None:
            graph = next((g for name, g in self._graphs() if name == rest[0]), None)
            rest = rest[1:]
        for name in rest:
            inner = graph.nodes.get(name) if graph is not None else None
            graph = (
                inner.definition
                if inner is not None and isinstance(inner.definition, GraphDefinition)
                else None
            )
        read = None if graph is None else expand(graph).outputs.get(output)
        return UNSET if read is None else outputs.get((f"{node}.{read.step}", read.output), UNSET)

    def _graphs(self) -> Iterable[tuple[str, GraphDefinition]]:
        for step in self._outcome.plan.steps:
            definition = step.node.definition
            if definition is not None and definition.graph is not None:
                yield definition.step_name, definition.graph

    def output_value(self, output_name: str = "result") -> Any:
        """The value of the run's one step, or of an output of its graph."""
        root = self._outcome.root
        if root is not None:
            read = expand(root).outputs.get(output_name)
            if read is None or (read.step, read.output) not in self._outcome.outputs:
                message = f"The graph {root.name!r} has no value of an output {output_name!r}; its outputs are: {', '.join(root.output_names) or 'none'}."
                raise DagsterInvariantViolationError(message)
            return self._outcome.outputs[read.step, read.output]
        names = {step.node.definition.step_name for step in self._outcome.plan.steps if step.node.definition}
        if len(names) != 1:
            message = f"The run has {len(names)} steps: ask for output_for_node."
            raise DagsterInvariantViolationError(message)
        return self.output_for_node(names.pop(), output_name)

    def _value(self, piece: Piece) -> Any:
        outcome = self._outcome
        if piece in outcome.live:
            return outcome.live[piece]
        made = next(
            (e for e in reversed(outcome.events) if isinstance(e, Materialized) and e.piece == piece), None
        )
        if made is None or made.stored is None:
            message = f"{str(piece)!r} has no value in this run."
            raise DagsterInvariantViolationError(message)
        return outcome.setting.values.get(made.stored)

    def asset_materializations_for_node(self, node_name: str) -> Sequence[AssetMaterialization]:
        """What a step materialized."""
        return [
            event.materialization
            for event in self.events_for_node(node_name)
            if event.is_step_materialization
        ]

    def asset_observations_for_node(self, node_name: str) -> Sequence[AssetObservation]:
        """What a step observed."""
        return [
            event.asset_observation for event in self.events_for_node(node_name) if event.is_asset_observation
        ]

    def get_asset_materialization_events(self) -> Sequence[DagsterEvent]:
        """The materializations."""
        return self._of("ASSET_MATERIALIZATION")

    def get_asset_materialization_planned_events(self) -> Sequence[DagsterEvent]:
        """Always empty: what is planned is written to the instance, not told here."""
        return self._of("ASSET_MATERIALIZATION_PLANNED")

    def get_asset_observation_events(self) -> Sequence[DagsterEvent]:
        """The observations."""
        return self._of("ASSET_OBSERVATION")

    def get_asset_check_evaluations(self) -> Sequence[Any]:
        """What checks found."""
        return [event.event_specific_data for event in self._of("ASSET_CHECK_EVALUATION")]

    def get_step_success_events(self) -> Sequence[DagsterEvent]:
        """The ends of the steps that went well."""
        return self._of("STEP_SUCCESS")

    def get_step_failure_events(self) -> Sequence[DagsterEvent]:
        """The ends of the steps that failed."""
        return self._of("STEP_FAILURE")

    def get_step_skipped_events(self) -> Sequence[DagsterEvent]:
        """The steps that were skipped."""
        return self._of("STEP_SKIPPED")

    def get_failed_step_keys(self) -> set[str]:
        """The names of the steps that failed."""
        return {event.step_key for event in self.get_step_failure_events() if event.step_key is not None}

    def get_run_success_event(self) -> DagsterEvent:
        """The good end of the run.

        Raises:
            DagsterInvariantViolationError: if it had none.
        """
        return self._one("PIPELINE_SUCCESS", "succeed")

    def get_run_failure_event(self) -> DagsterEvent:
        """The bad end of the run.

        Raises:
            DagsterInvariantViolationError: if it had none.
        """
        return self._one("PIPELINE_FAILURE", "fail")

    def _one(self, kind: str, word: str) -> DagsterEvent:
        found = self._of(kind)
        if not found:
            message = f"The run {self.run_id} did not {word}."
            raise DagsterInvariantViolationError(message)
        return found[0]

    def failure_data_for_node(self, node_str: str) -> FailureData | None:
        """Why a step failed; `None` if it did not."""
        for event in self.events_for_node(node_str):
            if event.is_step_failure:
                return event.step_failure_data
        return None

    def is_node_success(self, node_str: str) -> bool:
        """Whether a step went well."""
        return self._has(node_str, "STEP_SUCCESS")

    def is_node_failed(self, node_str: str) -> bool:
        """Whether a step failed."""
        return self._has(node_str, "STEP_FAILURE")

    def is_node_skipped(self, node_str: str) -> bool:
        """Whether a step was skipped."""
        return self._has(node_str, "STEP_SKIPPED")

    def is_node_untouched(self, node_str: str) -> bool:
        """Whether nothing happened to a step."""
        return not self.events_for_node(node_str)

    def retry_attempts_for_node(self, node_str: str) -> int:
        """How often a step was tried again."""
        return sum(event.event_type_value == "STEP_RESTARTED" for event in self.events_for_node(node_str))

    def expectation_results_for_node(self, node_str: str) -> Sequence[Any]:
        """The expectations that a step reported, in the words of the older API."""
        return [
            event.event_specific_data.expectation_result
            for event in self.events_for_node(node_str)
            if event.event_type_value == "STEP_EXPECTATION_RESULT"
        ]

    def _has(self, node: str, kind: str) -> bool:
        return any(event.event_type_value == kind for event in self.events_for_node(node))

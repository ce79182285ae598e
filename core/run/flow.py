"""Runs the steps of a graph: in order, mapped over dynamic outputs, each with its retries and hooks.

The same for a job of ops and for a graph that makes assets; the latter says which outputs
are assets and how they are kept. What fails stops what reads from it, and nothing else.
Rules: `spec/api.md` §2.3, §2.6, `spec/semantics.md` §6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from time import perf_counter, sleep, time
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias

from ..define.expansion import Collect, Flow, FlowStep, Gather, Given, Read, Source, Stored
from ..define.op_results import Value
from ..define.policies import RetryPolicy
from ..define.types import UNSET
from ..errors import DagsterInvalidDefinitionError
from ..events import Event, Logged, StepFailed, StepFinished, StepRetried, StepSkipped, StepStarted
from ..keys import Piece
from ..metadata import coerce_all
from .attempts import retry_after, wait_for
from .cancel import Interrupted
from .capture import Sink, written_to
from .flow_config import FlowConfig
from .hooks import run_hooks
from .op_step import OpStep, Result, run_op
from .problem import problem_of
from .step import Setting

if TYPE_CHECKING:
    from .echo import Echo

End: TypeAlias = Literal["done", "failed", "skipped", "untouched"]


class Keeping(Protocol):
    """What is to become of the outputs of a graph that makes assets."""

    pieces: Sequence[Piece]
    """The pieces that the whole graph makes."""

    @property
    def open(self) -> Sequence[Piece]:
        """Those of them that are not made yet; all, if that is none."""
        ...

    def keeps(self, step: str, output: str) -> bool:
        """Whether that output is an asset or a check."""
        ...

    def keep(self, at: OpStep, value: Value) -> Sequence[tuple[Event, Sequence[Any]]]:
        """Store it, and give what is to be recorded, each with its small values."""
        ...


class Failure(NamedTuple):
    """A step that failed, and with what."""

    step: str
    error: BaseException


class FlowRun:
    """One run of a flow; used once.

    Args:
        flow: The steps.
        setting: What all steps of the run share.
        config: What the run config says of them.
        record: Takes events, and the small values that go with them.
        logged: Takes what steps print.
        prefix: What the keys of the steps begin with in the run: the name of a graph-backed asset's step.
        given: The values of the graph's inputs, each loaded when it is asked for.
        keeping: Which outputs are assets.
        definition: The assets that it makes.
        reading: What the graph's inputs read: the asset, its partitions and their space.
        retry_policy: How a step without a policy of its own is tried again.
        partitions: The partitions that the run is about.
        stop_at_failure: Whether the first failure ends the flow.
        echo: What hears of what steps print and log besides the run.
    """

    def __init__(
        self,
        flow: Flow,
        setting: Setting,
        config: FlowConfig,
        *,
        record: Callable[..., None],
        logged: Callable[[Sequence[Logged]], None],
        prefix: str = "",
        given: Mapping[str, Callable[[Any], Any]] | None = None,
        keeping: Keeping | None = None,
        definition: Any = None,
        reading: Mapping[str, Any] | None = None,
        retry_policy: RetryPolicy | None = None,
        partitions: Sequence[str] = (),
        space: Any = None,
        stop_at_failure: bool = False,
        echo: Echo | None = None,
    ) -> None:
        self.flow = flow
        self.setting = setting
        self.config = config
        self.prefix = prefix
        self.given = given or {}
        self.keeping = keeping
        self.definition = definition
        self.reading = reading or {}
        self.partitions = partitions
        self.space = space
        self.values: dict[tuple[str, str, str], Result] = {}
        self.keys: dict[Read, list[str]] = {}
        self.failures: list[Failure] = []
        self.skipped: list[str] = []
        self.cancelled = False
        self._record = record
        self._logged = logged
        self._policy = retry_policy
        self._stop = stop_at_failure
        self._echo = echo
        self._ends: dict[tuple[str, str], End] = {}

    def outputs(self) -> dict[tuple[str, str], Any]:
        """What the steps gave, by step and output; by mapping key below a dynamic output."""
        found: dict[tuple[str, str], Any] = {}
        for (step, output, key), result in self.values.items():
            name = (self.prefix + step, output)
            if key:
                found.setdefault(name, {})[key] = result.value
            else:
                found[name] = result.value
        return found

    def run(self) -> None:
        """Run every step that can be.

        Raises:
            KeyboardInterrupt: if the kernel was interrupted.
        """
        for step in _in_order(self.flow):
            for instance in self._instances(step):
                if self.setting.cancel.asked:
                    self.cancelled = True
                    return
                self._one(step, instance)
                if self.cancelled or (self.failures and self._stop):
                    return

    def _instances(self, step: FlowStep) -> Sequence[str]:
        """The mapping keys that a step runs for; `""` for a step that is not mapped."""
        if step.mapped is None:
            return [""]
        return self.keys.get(step.mapped) or ([] if self._end_of(step.mapped.step, "") == "done" else [""])

    def _one(self, step: FlowStep, key: str) -> None:
        """Run one step, or say why not."""
        name = f"{self.prefix}{step.key}[{key}]" if key else self.prefix + step.key
        end = self._verdict(step, key)
        if end == "skipped":
            self.skipped.append(name)
            self._record(StepSkipped(self.setting.run.run_id, time(), None, "upstream skipped", name))
        elif end is None:
            end = self._attempts(step, key, name)
        self._ends[step.key, key] = end

    def _verdict(self, step: FlowStep, key: str) -> End | None:
        """Why a step does not run; `None` if it does."""
        found: End | None = None
        for source in step.inputs.values():
            end = self._end(source, key)
            if end == "untouched":
                return "untouched"
            if end == "skipped":
                found = "skipped"
        return found

    def _end(self, source: Source, key: str) -> End | None:
        """What stands in the way of reading a source; `None` if nothing does."""
        if isinstance(source, (Given, Stored)):
            return None
        if isinstance(source, Gather):
            ends = [self._end(each, key) for each in source.sources]
            if "untouched" in ends:
                return "untouched"
            return "skipped" if ends and all(end == "skipped" for end in ends) else None
        if isinstance(source, Collect):
            return self._end_of_collected(source)
        own = key if self.flow.steps[source.step].mapped is not None else ""
        end = self._end_of(source.step, own)
        if end in {"failed", "untouched"}:
            return "untouched"
        if end == "skipped" or (source.step, source.output, self._at(source, key)) not in self.values:
            return "skipped"
        return None

    def _end_of_collected(self, source: Collect) -> End | None:
        """As `_end`, for all values of a dynamic output: there may be none, unless it was left out."""
        dynamic = self._dynamic(source)
        keys = self._collected(source)
        if keys is None:
            return "skipped" if self._end_of(dynamic.step, "") == "skipped" else "untouched"
        if not keys:
            vent = self.flow.steps[dynamic.step].op.vents[dynamic.output]
            return None if vent.required else "skipped"
        if self.flow.steps[source.step].mapped is None:
            return None
        if any(self._end_of(source.step, each) in {"failed", "untouched"} for each in keys):
            return "untouched"
        return None if self.results(source, "") else "skipped"

    def _end_of(self, step: str, key: str) -> End:
        return self._ends.get((step, key), "untouched")

    def _at(self, read: Read, key: str) -> str:
        """The mapping key under which a step that runs for `key` finds an output."""
        above = self.flow.steps[read.step]
        return key if above.mapped is not None or above.op.vents[read.output].given.is_dynamic else ""

    def _dynamic(self, source: Collect) -> Read:
        """The dynamic output whose keys a collected list has."""
        above = self.flow.steps[source.step]
        return above.mapped or Read(source.step, source.output)

    def _collected(self, source: Collect) -> Sequence[str] | None:
        dynamic = self._dynamic(source)
        if self._end_of(dynamic.step, "") != "done":
            return None
        return self.keys.get(dynamic, [])

    def is_there(self, source: Source, key: str) -> bool:
        """Whether a step that runs for a mapping key can read a source."""
        return self._end(source, key) is None

    def results(self, source: Read | Collect, key: str) -> list[Result]:
        """What other steps gave: of an output its one result, or all that are collected."""
        if isinstance(source, Read):
            return [self.values[source.step, source.output, self._at(source, key)]]
        results = (
            self.values.get((source.step, source.output, each)) for each in self._collected(source) or ()
        )
        return [result for result in results if result is not None]

    def _attempts(self, step: FlowStep, key: str, name: str) -> End:
        """Run a step until it succeeds or nothing more is to be tried; then its hooks."""
        setting = self.setting
        run = setting.run.run_id
        piece = self.keeping.pieces[0] if self.keeping is not None and self.keeping.pieces else None
        begun: list[Event] = []

        def record(*events: Event, values: Sequence[Any] = ()) -> None:
            begun.extend(events)
            self._record(*events, values=values)

        record(StepStarted(run, time(), piece, name))
        policy = step.retry_policy or self._policy
        attempts = 0
        while True:
            start = perf_counter()
            sink = Sink(self._logged, run, piece, echo=self._echo, step=name)
            at = OpStep(self, step, key, name, sink, attempts)
            with written_to(sink):
                error = run_op(at, record)
            seconds = perf_counter() - start
            if error is None:
                record(StepFinished(run, time(), piece, seconds, name))
                self._take(step, key, at.results)
                self._hooks(at, None, begun)
                return "done"
            retry = retry_after(error, policy, attempts)
            if retry is None or setting.cancel.asked:
                break
            record(StepRetried(run, time(), piece, problem_of(error), retry.attempt, retry.wait, name))
            for each in self._open():
                setting.tell("waiting", each, f"{name} {retry.told(error)}")
            attempts = retry.attempt
            try:
                wait_for(retry.wait, setting.cancel, sleep)
            except Interrupted as stopped:
                error = stopped
                break
            for each in self._open():
                setting.tell("running", each, f"{name} {retry.name}")
        self._fail(name, error, seconds, record)
        self._hooks(at, error, begun)
        if isinstance(error, KeyboardInterrupt) and not setting.cancel.sent:
            raise error
        return "failed"

    def _open(self) -> Sequence[Piece]:
        return self.keeping.open if self.keeping is not None else ()

    def _fail(self, name: str, error: BaseException, seconds: float, record: Callable[..., None]) -> None:
        cancelled = isinstance(error, (Interrupted, KeyboardInterrupt))
        problem = problem_of(error)
        pieces: Sequence[Piece | None] = self._open() or (None,)
        run = self.setting.run.run_id
        record(*(StepFailed(run, time(), piece, problem, seconds, cancelled, name) for piece in pieces))
        if cancelled:
            self.cancelled = True
        else:
            self.failures.append(Failure(name, error))

    def _take(self, step: FlowStep, key: str, results: Mapping[tuple[str, str], Result]) -> None:
        """Let other steps read what this one gave."""
        for (output, own), result in results.items():
            self.values[step.key, output, own or key] = result
            if own:
                self.keys.setdefault(Read(step.key, output), []).append(own)

    def _hooks(self, at: OpStep, error: BaseException | None, events: Sequence[Event]) -> None:
        step = at.step
        if not step.hook_defs or (error is not None and not isinstance(error, Exception)):
            return
        values: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        for (output, own), result in at.results.items():
            if own:
                values.setdefault(output, {})[own] = result.value
                metadata.setdefault(output, {})[own] = coerce_all(result.metadata)
            elif result.value is not UNSET:
                values[output], metadata[output] = result.value, coerce_all(result.metadata)
        setting = self.setting
        with written_to(at.sink):
            run_hooks(
                step.hook_defs,
                step.node,
                at.name,
                run=setting.run,
                instance=setting.instance,
                providers=setting.providers,
                sink=at.sink,
                config=self.config.configs.get(step.key),
                error=error,
                outputs=values,
                metadata=metadata,
                events=events,
                record=self._record,
            )


def _in_order(flow: Flow) -> Iterator[FlowStep]:
    """The steps, each after those that it reads; of those that are ready, by priority and then the first.

    Raises:
        DagsterInvalidDefinitionError: for a priority that is no number.
    """
    priorities = {key: _priority(step) for key, step in flow.steps.items()}
    waits = {key: set(step.reads()) for key, step in flow.steps.items()}
    below: dict[str, list[str]] = {key: [] for key in flow.steps}
    for key, above in waits.items():
        for up in above:
            below[up].append(key)
    turn = count()
    ready = [(-priorities[key], next(turn), key) for key, above in waits.items() if not above]
    heapify(ready)
    while ready:
        *_, key = heappop(ready)
        yield flow.steps[key]
        for down in below[key]:
            waits[down].remove(key)
            if not waits[down]:
                heappush(ready, (-priorities[down], next(turn), down))


def _priority(step: FlowStep) -> int:
    try:
        return int(step.tags.get("dagster/priority", "0"))
    except ValueError:
        message = f"The tag dagster/priority of {step.key!r} is {step.tags['dagster/priority']!r}; it must be a whole number."
        raise DagsterInvalidDefinitionError(message) from None

"""Walks a plan, one step after the other, in this process.

Before each step the verdict is asked again with what was made meanwhile: an ancestor that
came out identical stops the wave (early cut-off). A step that fails stops only what depends
on it. Everything that happens is an event in the log; what is told as done is committed.
Called by the verbs. Rules: `spec/notebook.md` §4 and §6, `spec/semantics.md` §6.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import copy_context
from datetime import datetime
from time import perf_counter, time
from typing import Any, Literal, NamedTuple, TypeAlias

from ..decide.inputs import pieces_read
from ..decide.plan import Plan, Step
from ..decide.verdict import verdict
from ..events import (
    Event,
    Logged,
    Materialized,
    RunFinished,
    RunStarted,
    StepFailed,
    StepSkipped,
    StepStarted,
)
from ..graph import Graph
from ..history import Entry, EventLog, Fold, Snapshot, ValueStore
from ..keys import AssetKey, Piece
from .cancel import Cancel, Interrupted
from .capture import Sink, capturing, written_to
from .commit import Gather
from .dagster_run import EPHEMERAL_JOB, DagsterRun, DagsterRunStatus, status_of
from .loading import Loader
from .outcome import Outcome
from .problem import problem_of
from .provide import Providers
from .step import Setting, run_step

Outcomes: TypeAlias = Literal["success", "failure", "cancelled"]
Codes: TypeAlias = Callable[[Collection[AssetKey]], Mapping[AssetKey, str]]
What: TypeAlias = Literal["begun", "running", "done", "kept", "failed", "cancelled", "skipped", "ended"]

_SKIPPED = "upstream skipped"


class Progress(NamedTuple):
    """How far a run is, told at each change; `done`, `kept` and `failed` only after the commit.

    Args:
        what: What happened: to the run (`begun`, `ended`) or to a piece.
        run: The run's id.
        piece: The piece it happened to.
        finished: How many steps need no more work, whatever became of them.
        total: How many the plan has.
        kept: How many of the finished ones were cut off.
    """

    what: What
    run: str
    piece: Piece | None
    finished: int
    total: int
    kept: int


class Runner:
    """One run of a plan; used once.

    Args:
        graph: What is declared; the run keeps to it whatever is declared meanwhile.
        log: Where events go.
        values: Where values go.
        codes: Gives the code versions of some assets as they are at that moment.
        facts: What happened before.
        resources: What functions and IO managers are handed, by resource key.
        config: What the run is configured with, in the mapping form.
        instance: What `context.instance` is.
        tags: The run's tags.
        job: The name of the run's job.
        origin: Who asked: the notebook's path.
        owner: The sign of life of this process.
        run_id: The run's id; made up if left out.
        cancel: Stops the run.
        on_progress: Hears of each change. It may be called on another thread.
        now: The moment that says which time partitions exist.
        stop_at_failure: Whether the first failure ends the run.
        keep_values: Whether the outcome holds on to values that only a custom IO manager has.
        echo: Whether what steps print also goes where it would have gone.
    """

    def __init__(
        self,
        graph: Graph,
        log: EventLog,
        values: ValueStore,
        codes: Codes,
        facts: Snapshot,
        *,
        resources: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
        instance: Any = None,
        tags: Mapping[str, str] | None = None,
        job: str = EPHEMERAL_JOB,
        origin: str = "",
        owner: str = "",
        run_id: str | None = None,
        cancel: Cancel | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        now: datetime | None = None,
        stop_at_failure: bool = False,
        keep_values: bool = False,
        echo: bool = False,
    ) -> None:
        self.run_id = run_id or _new_id()
        self._graph = graph
        self._log = log
        self._codes = codes
        self._origin = origin
        self._owner = owner
        self._cancel = cancel or Cancel()
        self._on_progress = on_progress
        self._now = now
        self._stop_at_failure = stop_at_failure
        self._echo = echo
        self._fold = Fold(facts)
        self._finished = self._kept = self._total = 0
        self._over: set[Piece] = set()
        self._dead: dict[AssetKey, dict[str | None, bool]] = {}
        self._gather = Gather(log, self._committed)
        run = DagsterRun(
            self.run_id,
            job,
            run_config=config,
            tags=tags,
            status=DagsterRunStatus.STARTED,
            root_run_id=self.run_id,
        )
        providers = Providers(resources or {}, instance, run, config)
        loader = Loader(graph, values, self._fold, providers, run, self._gather)
        self._setting = Setting(
            graph=graph,
            values=values,
            facts=self._fold,
            run=run,
            instance=instance,
            providers=providers,
            loader=loader,
            cancel=self._cancel,
            now=now,
            keep_values=keep_values,
            python=f"{sys.version_info.major}.{sys.version_info.minor}",
        )

    def nothing(self, plan: Plan) -> Outcome:
        """What comes of a plan without steps, when no run is made of it."""
        return Outcome("", plan, self._graph, self._setting)

    def run(self, plan: Plan) -> Outcome:
        """Do what is due of a plan.

        Returns:
            What came of each step. Failures of the user's code are in it, not raised.

        Raises:
            DagsterInvalidConfigError: if the run's config does not fit; then there is no run.
            KeyboardInterrupt: if the kernel was interrupted; what was finished is kept.
            StoreError: if the log cannot be written; nothing that is not in it was told as done.
        """
        definitions = list({id(step.node.definition): step.node.definition for step in plan.steps}.values())
        setting = self._setting
        others = (node.definition for node in self._graph.nodes.values())
        setting.configs = setting.providers.configs(definitions, others, setting.run.job_name)
        self._total = len(plan.steps)
        outcome = Outcome(self.run_id, plan, self._graph, self._setting)
        keys = tuple(dict.fromkeys(step.piece.asset for step in plan.steps))
        run = self._setting.run
        begun = perf_counter()
        raised: BaseException | None = None
        try:
            self._record(
                outcome,
                RunStarted(
                    self.run_id, time(), keys, self._origin, run.tags, run.job_name, self._total, self._owner
                ),
            )
            self._tell("begun", None)
            with capturing(), self._setting.providers as providers:
                providers.open(definitions)
                # In a context of its own: what an interrupt leaves set there ends with it.
                copy_context().run(self._walk, plan.steps, outcome)
        except KeyboardInterrupt as error:
            outcome.cancelled = True
            # One that the token sent and that came a moment late is the token's answer, not the user's.
            raised = None if self._cancel.sent else error
        except BaseException as error:  # noqa: BLE001 - it is raised again when the log is closed
            raised = outcome.error = error
        ended: Outcomes = "failure" if outcome.error or outcome.failed else "success"
        if outcome.cancelled:
            ended = "cancelled"
        outcome.seconds = perf_counter() - begun
        outcome.run = run.with_status(status_of(ended))
        self._finish(RunFinished(self.run_id, time(), ended, outcome.error_line), outcome, raised)
        if raised is not None:
            raise raised
        return outcome

    def _finish(self, end: RunFinished, outcome: Outcome, raised: BaseException | None) -> None:
        """Close the log's side of the run, also while an exception is on its way."""
        try:
            try:
                self._record(outcome, end)
            finally:
                self._gather.close()
        except Exception:
            # The first error tells more than what it led to.
            if raised is None:
                raise
        self._tell("ended", None)

    def _walk(self, steps: Sequence[Step], outcome: Outcome) -> None:
        """Every step, in order, as far as nobody stops the run."""
        for step in steps:
            if self._cancel.asked:
                outcome.cancelled = True
                return
            if self._dead and (skipped := self._blocked(step)) is not None:
                self._pass(step, outcome, _SKIPPED if skipped else "")
                continue
            piece = step.piece
            code = self._codes((piece.asset,))
            if not self._due(step, outcome, code):
                self._record(outcome, StepSkipped(self.run_id, time(), piece, "fresh"))
                outcome.kept.append(piece)
                continue
            self._step(step, outcome, code[piece.asset])
            if outcome.failed and self._stop_at_failure:
                return

    def _due(self, step: Step, outcome: Outcome, code: Mapping[AssetKey, str]) -> bool:
        """Whether the step is to run, now that everything above it is done."""
        if step.piece in outcome.plan.forced:
            return True
        return verdict(step.piece, self._graph, self._fold, code, self._now).due

    def _step(self, step: Step, outcome: Outcome, code: str) -> None:
        piece = step.piece
        begun = perf_counter()
        self._record(outcome, StepStarted(self.run_id, time(), piece))
        self._tell("running", piece)
        sink = Sink(self._logged(outcome), self.run_id, piece, echo=self._echo)
        try:
            with written_to(sink):
                done = run_step(step, code, self._setting, sink)
        except BaseException as raised:
            # Between our own instructions: an interrupt that came while no user code ran.
            self._fail(outcome, piece, raised, perf_counter() - begun)
            raise
        seconds = perf_counter() - begun
        for event in done.events:
            if type(event) is Materialized:
                object.__setattr__(event, "seconds", seconds)
        if done.events:
            self._record(outcome, *done.events, values=done.values)
        if done.error is None:
            outcome.live.update(done.live)
            if piece in done.made:
                outcome.built.append(piece)
            else:
                self._pass(step, outcome, "no output")
            return
        self._fail(outcome, piece, done.error, seconds)
        if isinstance(done.error, KeyboardInterrupt) and not self._cancel.sent:
            raise done.error

    def _fail(self, outcome: Outcome, piece: Piece, error: BaseException, seconds: float) -> None:
        """Record an attempt that did not succeed; what stood for the piece before still stands."""
        cancelled = isinstance(error, (Interrupted, KeyboardInterrupt))
        problem = problem_of(error)
        if not cancelled:
            outcome.failed[piece] = problem
            outcome.errors[piece] = error
        else:
            outcome.cancelled = True
            outcome.interrupted = piece
        self._dead.setdefault(piece.asset, {})[piece.partition] = False
        self._record(outcome, StepFailed(self.run_id, time(), piece, problem, seconds, cancelled))

    def _pass(self, step: Step, outcome: Outcome, reason: str) -> None:
        """Leave a step out; whatever reads it is left out as well."""
        piece = step.piece
        self._dead.setdefault(piece.asset, {})[piece.partition] = bool(reason)
        if reason:
            outcome.skipped.append(piece)
            self._record(outcome, StepSkipped(self.run_id, time(), piece, reason))
        else:
            outcome.untouched.append(piece)

    def _blocked(self, step: Step) -> bool | None:
        """Whether something the step reads was skipped (`True`) or failed (`False`); `None` if neither."""
        found: bool | None = None
        for edge in step.node.inputs:
            dead = self._dead.get(edge.up)
            if not dead:
                continue
            for partition in pieces_read(edge, step.piece, self._graph, self._now)[0]:
                skipped = dead.get(partition)
                if skipped is False:
                    return False
                found = found or skipped
        return found

    def _record(self, outcome: Outcome, *events: Event, values: Sequence[Any] = ()) -> None:
        """Let events be committed, and know of them from here on."""
        outcome.events.extend(events)
        fold = self._fold
        for event in events:
            kind = type(event)
            if kind is Materialized or kind is StepFailed:
                fold.add(Entry(fold.upto + 1, event))
        self._gather.add(events, values)

    def _logged(self, outcome: Outcome) -> Callable[[Sequence[Logged]], None]:
        def emit(events: Sequence[Logged]) -> None:
            outcome.events.extend(events)
            self._gather.add(events)

        return emit

    def _committed(self, entries: Sequence[Entry]) -> None:
        """Tell what is in the log now; on the committing thread."""
        if self._on_progress is None:
            return
        for _, event in entries:
            what: What
            if isinstance(event, Materialized):
                what = "done"
            elif isinstance(event, StepFailed):
                what = "cancelled" if event.cancelled else "failed"
            elif isinstance(event, StepSkipped):
                what = "kept" if event.reason == "fresh" else "skipped"
                self._kept += what == "kept"
            else:
                continue
            if event.piece not in self._over:  # a generator that failed after its output has both events
                self._over.add(event.piece)
                self._finished += 1
            self._tell(what, event.piece)

    def _tell(self, what: What, piece: Piece | None) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress(what, self.run_id, piece, self._finished, self._total, self._kept))


def execute(
    plan: Plan,
    graph: Graph,
    log: EventLog,
    values: ValueStore,
    codes: Codes,
    facts: Snapshot,
    *,
    even_if_empty: bool = False,
    **options: Any,
) -> Outcome:
    """Do what is due of a plan, in this process: the one way in.

    Args:
        plan: What to do.
        graph: What is declared.
        log: Where events go.
        values: Where values go.
        codes: Gives the code versions of some assets as they are at that moment.
        facts: What happened before.
        even_if_empty: Whether a plan without steps makes a run too; else nothing is written.
        options: The other arguments of `Runner`.

    Returns:
        What came of each step.

    Raises:
        KeyboardInterrupt: if the kernel was interrupted; what was finished is kept.
        StoreError: if the log cannot be written.
    """
    runner = Runner(graph, log, values, codes, facts, **options)
    if not plan.steps and not even_if_empty:
        return runner.nothing(plan)
    return runner.run(plan)


def _new_id() -> str:
    import uuid

    return str(uuid.uuid4())

"""One run in this process, from its first event to its last: a plan of assets, or a flow of ops.

What is done in between is the business of `walk` and `flow`; here are the run's resources, its
end whatever happens, and the one way into the log. Everything that happens is an event;
what is told as done is committed. Called by the verbs. Rules: `spec/notebook.md` §6,
`spec/semantics.md` §6.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import copy_context
from time import perf_counter, time
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from ..decide.codes import check_code
from ..decide.plan import Plan, Request
from ..define.definition import AssetsDefinition
from ..define.expansion import Flow
from ..define.op_graph import GraphDefinition
from ..define.policies import RetryPolicy
from ..errors import DagsterResourceFunctionError
from ..events import (
    CheckErrored,
    Evaluated,
    Event,
    Logged,
    Materialized,
    PassedOver,
    ResourcesMade,
    RunFinished,
    RunStarted,
    StepFailed,
    StepSkipped,
)
from ..graph import Graph
from ..history import Fold, Snapshot
from ..keys import AssetCheckKey, AssetKey, Piece
from ..latest import Entry
from ..partitions.moment import Moment
from ..storage import EventLog, ValueStore
from .cancel import Cancel
from .capture import Sink, capturing, written_to
from .commit import Gather
from .dagster_run import EPHEMERAL_JOB, DagsterRun, DagsterRunStatus, status_of
from .flow import FlowRun
from .loading import Loader
from .outcome import Outcome
from .problem import problem_of
from .provide import Providers
from .step import Setting
from .walk import Walk

if TYPE_CHECKING:
    from .echo import Echo

Outcomes: TypeAlias = Literal["success", "failure", "cancelled"]
Codes: TypeAlias = Callable[[Collection[AssetKey]], Mapping[AssetKey, str]]
MakeFlow: TypeAlias = Callable[[Setting, Callable[..., None], Callable[[Sequence[Logged]], None]], FlowRun]
What: TypeAlias = Literal[
    "begun", "running", "done", "kept", "failed", "cancelled", "skipped", "waiting", "ended"
]

_FOLDED = (Materialized, StepFailed, PassedOver, Evaluated, CheckErrored)
"""The events that a later step of the same run must know of."""


class Progress(NamedTuple):
    """How far a run is, told at each change; `done`, `kept` and `failed` only after the commit.

    Args:
        what: What happened: to the run (`begun`, `ended`) or to a piece.
        run: The run's id.
        piece: The piece it happened to.
        finished: How many steps need no more work, whatever became of them.
        total: How many the plan has.
        kept: How many of the finished ones were cut off.
        note: What else is to be said of the piece: that it is tried again, and when.
    """

    what: What
    run: str
    piece: Piece | None
    finished: int
    total: int
    kept: int
    note: str = ""


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
        job_def: The job itself, if there is one: what `context.job_def` is.
        origin: Who asked: the notebook's path.
        owner: The sign of life of this process.
        run_id: The run's id; made up if left out.
        cancel: Stops the run.
        on_progress: Hears of each change. It may be called on another thread.
        now: The moment that says which partitions exist.
        stop_at_failure: Whether the first failure ends the run.
        keep_values: Whether the outcome holds on to values that only a custom IO manager has.
        echo: What hears of what steps print and log besides the run.
        check_codes: Gives the code version of a function that checks assets.
        retry_policy: How a step without a policy of its own is tried again.
        hooks: Hooks of all steps.
        tell_only: Whether a resource that cannot be made only stands in the outcome, and is not raised.
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
        job_def: Any = None,
        origin: str = "",
        owner: str = "",
        run_id: str | None = None,
        cancel: Cancel | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        now: Moment | None = None,
        stop_at_failure: bool = False,
        keep_values: bool = False,
        echo: Echo | None = None,
        check_codes: Callable[[AssetsDefinition], str] | None = None,
        retry_policy: RetryPolicy | None = None,
        hooks: frozenset[Any] = frozenset(),
        tell_only: bool = False,
    ) -> None:
        self._tell_only = tell_only
        self._check_codes = check_codes or (
            lambda definition: check_code(definition, graph, resources or {}, config or {})
        )
        self.run_id = run_id or _new_id()
        self._graph = graph
        self._log = log
        self._codes = codes
        self._origin = origin
        self._owner = owner
        self._cancel = cancel or Cancel()
        self._on_progress = on_progress
        self._now = now
        self._how: dict[str, Any] = {
            "retry_policy": retry_policy,
            "hooks": hooks,
            "stop_at_failure": stop_at_failure,
            "echo": echo,
        }
        self._fold = Fold(facts)
        self._finished = self._kept = self._total = 0
        self._over: set[Piece] = set()
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
            job_def=job_def,
            providers=providers,
            loader=loader,
            cancel=self._cancel,
            now=now,
            keep_values=keep_values,
            python=f"{sys.version_info.major}.{sys.version_info.minor}",
            tell=self.tell,
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
        self._total = len(plan.steps)
        outcome = Outcome(self.run_id, plan, self._graph, self._setting)
        keys = tuple(dict.fromkeys(step.piece.asset for step in plan.steps))
        found = {id(step.node.definition): step.node.definition for step in plan.steps}
        checks = tuple(
            spec.key
            for definition in found.values()
            if definition is not None
            for spec in definition.check_specs
            if spec.asset_key in keys
        ) + tuple(key for check in plan.checks for key in check.keys)
        found.update((id(check.definition), check.definition) for check in plan.checks)
        definitions = list(found.values())
        setting = self._setting
        others = (node.definition for node in self._graph.nodes.values())
        setting.configs = setting.providers.configs(definitions, others, setting.run.job_name)

        setting.note = self._noting(outcome)

        def walk() -> None:
            providers = self._setting.providers
            self._open(providers.needed(definitions), outcome)
            how = self._how
            Walk(self, outcome, self._setting, self._codes, self._check_codes, self._now, **how).run()

        return self._whole(outcome, keys, checks, walk)

    def run_flow(
        self, flow: Flow, root: GraphDefinition, resources: Collection[str], make: MakeFlow
    ) -> Outcome:
        """Run the steps of a graph that makes no assets.

        Args:
            flow: The steps.
            root: Their graph.
            resources: The resource keys that they need.
            make: Gives the run of the flow, once the resources are there.

        Raises:
            KeyboardInterrupt: if the kernel was interrupted.
        """
        self._total = len(flow.steps)
        plan = Plan((), {}, Request(frozenset()))
        outcome = Outcome(self.run_id, plan, self._graph, self._setting)
        outcome.root = root

        self._setting.note = self._noting(outcome)

        def steps() -> None:
            def record(*events: Event, values: Sequence[Any] = ()) -> None:
                self.record(outcome, *events, values=values)

            self._open(resources, outcome)
            runs = make(self._setting, record, self.logged(outcome))
            try:
                runs.run()
            finally:
                outcome.outputs.update(runs.outputs())
                outcome.cancelled = outcome.cancelled or runs.cancelled
                outcome.broken.update((failure.step, failure.error) for failure in runs.failures)

        return self._whole(outcome, (), (), steps)

    def _whole(
        self,
        outcome: Outcome,
        keys: tuple[AssetKey, ...],
        checks: tuple[AssetCheckKey, ...],
        body: Callable[[], None],
    ) -> Outcome:
        """The run around what it does: its first event, its resources, and its end whatever happens."""
        run = self._setting.run
        begun = perf_counter()
        raised: BaseException | None = None
        try:
            started = RunStarted(
                self.run_id,
                time(),
                keys,
                self._origin,
                run.tags,
                run.job_name,
                self._total,
                self._owner,
                checks,
            )
            self.record(outcome, started)
            self.tell("begun", None)
            with capturing(), self._setting.providers:
                # In a context of its own: what an interrupt leaves set there ends with it.
                copy_context().run(body)
        except KeyboardInterrupt as error:
            outcome.cancelled = True
            # One that the token sent and that came a moment late is the token's answer, not the user's.
            raised = None if self._cancel.sent else error
        except BaseException as error:  # noqa: BLE001 - it is raised again when the log is closed
            raised = outcome.error = error
            if self._tell_only and isinstance(error, DagsterResourceFunctionError):
                raised = None
        ended: Outcomes = "success" if outcome.success else "failure"
        if outcome.cancelled:
            ended = "cancelled"
        outcome.seconds = perf_counter() - begun
        outcome.run = run.with_status(status_of(ended))
        self._finish(RunFinished(self.run_id, time(), ended, outcome.error_line), outcome, raised)
        if raised is not None:
            raise raised
        return outcome

    def _open(self, keys: Collection[str], outcome: Outcome) -> None:
        """Make the resources of the run, and tell of it if there are any."""
        if not keys:
            return
        begun, named = perf_counter(), tuple(keys)
        sink = Sink(self.logged(outcome), self.run_id, None, echo=self._how["echo"])
        try:
            with written_to(sink):
                self._setting.providers.make(keys)
        except Exception as error:
            problem = problem_of(error)
            self.record(outcome, ResourcesMade(self.run_id, time(), named, perf_counter() - begun, problem))
            raise
        self.record(outcome, ResourcesMade(self.run_id, time(), named, perf_counter() - begun))

    def _noting(self, outcome: Outcome) -> Callable[[Event], None]:
        def note(event: Event) -> None:
            self.record(outcome, event)
            self.flush()

        return note

    def flush(self) -> None:
        """Come back when everything recorded so far is in the log."""
        self._gather.flush()

    @property
    def log(self) -> EventLog:
        """Where events go."""
        return self._log

    def _finish(self, end: RunFinished, outcome: Outcome, raised: BaseException | None) -> None:
        """Close the log's side of the run, also while an exception is on its way."""
        try:
            try:
                self.record(outcome, end)
            finally:
                self._gather.close()
        except Exception:
            # The first error tells more than what it led to.
            if raised is None:
                raise
        self.tell("ended", None)

    def record(self, outcome: Outcome, *events: Event, values: Sequence[Any] = ()) -> None:
        """Let events be committed, and know of them from here on."""
        outcome.events.extend(events)
        fold = self._fold
        for event in events:
            kind = type(event)
            if kind in _FOLDED:
                fold.add(Entry(fold.upto + 1, event))
        self._gather.add(events, values)

    def logged(self, outcome: Outcome) -> Callable[[Sequence[Logged]], None]:
        """What takes what steps print."""

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
            if event.piece is None:
                continue
            if event.piece not in self._over:  # a generator that failed after its output has both events
                self._over.add(event.piece)
                self._finished += 1
            self.tell(what, event.piece)

    def tell(self, what: What, piece: Piece | None, note: str = "") -> None:
        """Tell how far the run is."""
        if self._on_progress is not None:
            self._on_progress(
                Progress(what, self.run_id, piece, self._finished, self._total, self._kept, note)
            )


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
        even_if_empty: Whether a plan without steps and checks makes a run too; else nothing is written.
        options: The other arguments of `Runner`.

    Returns:
        What came of each step.

    Raises:
        KeyboardInterrupt: if the kernel was interrupted; what was finished is kept.
        StoreError: if the log cannot be written.
    """
    runner = Runner(graph, log, values, codes, facts, **options)
    if not (plan.steps or plan.checks or even_if_empty):
        return runner.nothing(plan)
    return runner.run(plan)


def _new_id() -> str:
    import uuid

    return str(uuid.uuid4())

"""Walks the pieces of a plan: one call of a function after the other, and the checks between them.

Before each call the verdict is asked again with what was made meanwhile: an ancestor that
came out identical stops the wave (early cut-off). A call that fails stops only what depends
on it. The runner lends it the log and the progress. Rules: `spec/notebook.md` §4 and §6,
`spec/semantics.md` §6-7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from time import perf_counter, sleep, time
from typing import TYPE_CHECKING, Any, TypeAlias

from ..decide.check_steps import CheckStep, check_due
from ..decide.inputs import inputs_of
from ..decide.plan import Step
from ..decide.states import partitions_of
from ..decide.verdict import Verdict, verdict
from ..define.definition import AssetsDefinition
from ..define.policies import RetryPolicy
from ..events import (
    CheckErrored,
    Event,
    Materialized,
    PassedOver,
    StepFailed,
    StepFinished,
    StepRetried,
    StepSkipped,
    StepStarted,
)
from ..graph import CheckNode
from ..keys import AssetKey, Piece
from ..partitions.moment import Moment
from ..versions.data import Provenance
from .attempts import retry_after, wait_for
from .cancel import Interrupted
from .capture import Sink, written_to
from .check_step import run_check
from .checking import blocked_by, evaluations
from .dagster_run import PARTITION
from .graph_step import run_graph
from .hooks import run_hooks
from .landing import Landing, missing
from .lost import Lost
from .outcome import Outcome
from .problem import problem_of
from .ranges import Gathered, rows
from .step import Done, Setting, Unit, run_step
from .units import units

if TYPE_CHECKING:
    from .echo import Echo
    from .runner import Runner

Codes: TypeAlias = Callable[[Collection[AssetKey]], Mapping[AssetKey, str]]

_SKIPPED = "upstream skipped"


class Walk:
    """One walk over a plan; used once.

    Args:
        runner: Records events and tells progress.
        outcome: Takes what came of each piece.
        setting: What the run's steps share.
        codes: Gives the code versions of some assets as they are at that moment.
        check_codes: The same for the functions of checks.
        now: The moment that says which partitions exist.
        retry_policy: How a step without a policy of its own is tried again.
        hooks: Hooks of all steps.
        stop_at_failure: Whether the first failure ends the walk.
        echo: What hears of what steps print and log besides the run.
    """

    def __init__(
        self,
        runner: Runner,
        outcome: Outcome,
        setting: Setting,
        codes: Codes,
        check_codes: Callable[[AssetsDefinition], str],
        now: Moment | None,
        *,
        retry_policy: RetryPolicy | None = None,
        hooks: frozenset[Any] = frozenset(),
        stop_at_failure: bool = False,
        echo: Echo | None = None,
    ) -> None:
        self._runner = runner
        self._outcome = outcome
        self._setting = setting
        self._graph = setting.graph
        self._codes = codes
        self._check_codes = check_codes
        self._now = now
        self._policy = retry_policy
        self._job_hooks = hooks
        self._stop = stop_at_failure
        self._echo = echo
        self._run = setting.run.run_id
        self._lost = Lost(outcome.plan, setting.graph, now, lambda piece: runner.tell("skipped", piece))

    def run(self) -> None:
        """Every piece of the plan, in order, as far as nobody stops the run."""
        plan = self._outcome.plan
        checks = list(plan.checks)
        left = Counter(step.piece.asset for step in plan.steps) if checks else Counter()
        checks = self._evaluate(checks, left)
        for unit, steps in units(plan, self._graph, self._now):
            if self._ended():
                return
            if len(unit.partitions) == 1:
                self._unit(unit, steps)
            else:
                self._ranged(unit, steps)
            if checks and not self._ended():
                left.subtract(step.piece.asset for step in steps)
                checks = self._evaluate(checks, left)

    def _ended(self) -> bool:
        outcome = self._outcome
        if self._setting.cancel.asked:
            outcome.cancelled = True
        return outcome.cancelled or (self._stop and bool(outcome.errors))

    # -- one call ---------------------------------------------------------------------------------

    def _unit(self, unit: Unit, steps: list[Step]) -> None:
        """Call one function, if it is due and nothing above it failed."""
        left = self._unblocked(unit, steps) if self._lost.any else steps
        if not left:
            return
        codes = self._codes([node.key for node in unit.nodes])
        due = self._wanted(unit, left, codes)
        if due:
            self._step(unit if len(due) == len(steps) else _narrowed(unit, due), codes)

    def _ranged(self, unit: Unit, steps: list[Step]) -> None:
        """Call one function for several partitions, as many at once as its backfill policy allows."""
        keys = [node.key for node in unit.nodes]
        gathered = Gathered(unit, self._outcome.plan, self._graph, self._now)
        codes = self._codes(keys)
        for row in rows(steps, self._now):
            if gathered.feeds(row.steps):
                self._make(gathered)
                codes = self._codes(keys)
            if self._ended():
                return
            left = self._unblocked(unit, row.steps) if self._lost.any else row.steps
            due = self._wanted(unit, left, codes)
            if due:
                gathered.add(row._replace(steps=due))
        self._make(gathered)

    def _make(self, gathered: Gathered) -> None:
        """Make what was gathered, one call after the other."""
        for unit in gathered.take():
            if self._ended():
                return
            self._step(unit, self._codes([node.key for node in unit.nodes]))

    def _unblocked(self, unit: Unit, steps: list[Step]) -> list[Step]:
        """Those of the steps above which nothing failed or was skipped; the others are passed over."""
        blocked = [(step, self._lost.stops(step)) for step in steps]
        if all(skipped is None for _, skipped in blocked):
            return steps
        reason = "" if any(skipped is False for _, skipped in blocked) else _SKIPPED
        subset = unit.definition.can_subset
        out = [step for step, skipped in blocked if skipped is not None or not subset]
        for step in out:
            self._pass(step.piece, unit.step, reason)
        return [step for step in steps if step not in out]

    def _wanted(self, unit: Unit, steps: list[Step], codes: Mapping[AssetKey, str]) -> list[Step]:
        """Those of the steps that are due now; the others are kept."""
        settled: dict[Piece, Verdict] = {}
        for step in steps:
            own = self._settled(step, codes)
            if own is not None:
                settled[step.piece] = own
        if len(settled) < len(steps) and not unit.definition.can_subset:
            return steps
        for piece, own in settled.items():
            if own.passed:
                self._pass(piece, unit.step, "no output")
            else:
                self._runner.record(self._outcome, StepSkipped(self._run, time(), piece, "fresh"))
                self._outcome.kept.append(piece)
        return [step for step in steps if step.piece not in settled] if settled else steps

    def _settled(self, step: Step, codes: Mapping[AssetKey, str]) -> Verdict | None:
        """The verdict of a step that need not run, now that everything above it is done; `None` if it runs."""
        if step.piece in self._outcome.plan.forced:
            return None
        own = verdict(step.piece, self._graph, self._setting.facts, codes, self._now)
        return None if own.due else own

    def _step(self, unit: Unit, codes: Mapping[AssetKey, str]) -> None:
        """Call the function, again where a policy says so, and record what came of it."""
        runner, outcome, definition = self._runner, self._outcome, unit.definition
        pieces, name = unit.pieces, unit.step
        graph_backed = definition.graph is not None
        hooks = definition.hook_defs | self._job_hooks if self._job_hooks else definition.hook_defs
        first = len(outcome.events)
        if not graph_backed:
            runner.record(outcome, *(StepStarted(self._run, time(), piece, name) for piece in pieces))
        for piece in pieces:
            runner.tell("running", piece)
        policy, attempts = definition.retry_policy or self._policy, 0
        landing = Landing(runner, outcome, name) if len(unit.partitions) > 1 else None
        while True:
            begun = perf_counter()
            sink = Sink(runner.logged(outcome), self._run, pieces[0], echo=self._echo, step=name)
            try:
                with written_to(sink):
                    if graph_backed:
                        done = run_graph(
                            unit,
                            codes,
                            self._setting,
                            self._recorder(),
                            runner.logged(outcome),
                            hooks,
                            self._policy,
                            self._echo,
                        )
                    else:
                        land = None if landing is None else landing.begin()
                        done = run_step(unit, codes, self._setting, sink, attempts, land)
            except BaseException as raised:
                # Between our own instructions: an interrupt that came while no user code ran.
                lost = pieces if landing is None else landing.open(pieces)
                self._fail(lost or pieces, name, raised, perf_counter() - begun)
                raise
            seconds = perf_counter() - begun
            error = self._settle(done, unit, seconds, landing)
            retry = None if error is None or graph_backed else retry_after(error, policy, attempts)
            if retry is None or self._setting.cancel.asked:
                break
            assert error is not None
            if landing is not None:
                rest = landing.rest(unit)
                outcome.built += [p for p in done.made if p.partition not in rest.partitions]
                unit, pieces = rest, rest.pieces
            at, problem = time(), problem_of(error)
            again = [
                StepRetried(self._run, at, piece, problem, retry.attempt, retry.wait, name)
                for piece in pieces
            ]
            runner.record(outcome, *again)
            for piece in pieces:
                runner.tell("waiting", piece, retry.told(error))
            attempts = retry.attempt
            try:
                wait_for(retry.wait, self._setting.cancel, sleep)
            except Interrupted as stopped:
                error = stopped
                break
            for piece in pieces:
                runner.tell("running", piece, retry.name)
        if error is None:
            self._succeed(unit, codes, done, seconds, named=bool(name or hooks or done.checks))
        elif graph_backed:
            self._failed(unit, done, error)
        else:
            lost = missing(unit, done)
            if landing is not None:
                outcome.built += [piece for piece in done.made if piece not in set(lost)]
            self._fail(lost, name, error, seconds)
            gone = {piece.partition for piece in lost}
            self._lost.kill([piece for piece in pieces if piece.partition in gone])
        if landing is not None:
            for partition, stop in landing.stopped.items():
                self._fail([Piece(node.key, partition) for node in unit.nodes], name, stop, seconds)
                error = error or stop
        if hooks and not graph_backed:
            self._hooks(hooks, unit, sink, done, error, outcome.events[first:])
        if isinstance(error, KeyboardInterrupt) and not self._setting.cancel.sent:
            raise error

    def _recorder(self) -> Callable[..., None]:
        def record(*events: Event, values: Sequence[Any] = ()) -> None:
            self._runner.record(self._outcome, *events, values=values)

        return record

    def _settle(
        self, done: Done, unit: Unit, seconds: float, landing: Landing | None
    ) -> BaseException | None:
        """Record what a call made and what its checks say; gives what was wrong."""
        runner, outcome = self._runner, self._outcome
        if landing is not None:
            landing.land(done)
            outcome.live.update(done.live)
            of_each = [told for told in done.checks if told[0].partitions_def is not None]
            for partition in unit.partitions if of_each else ():
                landing.evaluate(of_each, partition)
            if len(of_each) < len(done.checks):
                landing.evaluate([told for told in done.checks if told[0].partitions_def is None], None)
            return done.error or blocked_by(done.checks)
        for event in done.events:
            if type(event) is Materialized:
                object.__setattr__(event, "seconds", seconds)
        if done.events:
            runner.record(outcome, *done.events, values=done.values)
        outcome.live.update(done.live)
        if not done.checks:
            return done.error
        runner.flush()
        partition = unit.partitions[0]
        told = evaluations(
            done.checks, self._run, partition, runner.log, step=unit.step, run_partition=partition
        )
        runner.record(outcome, *told)
        outcome.evaluated += told
        return done.error or blocked_by(done.checks)

    def _succeed(
        self, unit: Unit, codes: Mapping[AssetKey, str], done: Done, seconds: float, *, named: bool
    ) -> None:
        outcome = self._outcome
        made = set(done.made)
        outcome.built += done.made
        outcome.outputs.update(done.outputs)
        if named and unit.definition.graph is None:
            self._runner.record(outcome, StepFinished(self._run, time(), unit.pieces[0], seconds, unit.step))
        for piece in unit.pieces:
            if piece not in made:
                self._pass(piece, unit.step, "no output")
                if not unit.definition.is_observable:
                    inputs = inputs_of(piece, self._graph, self._setting.facts, self._now)
                    made_from = Provenance(codes[piece.asset], inputs)
                    self._runner.record(outcome, PassedOver(self._run, time(), piece, made_from))

    def _failed(self, unit: Unit, done: Done, error: BaseException) -> None:
        """A graph that failed: its steps have told of it; what it made stands."""
        outcome = self._outcome
        outcome.built += done.made
        outcome.outputs.update(done.outputs)
        if isinstance(error, (Interrupted, KeyboardInterrupt)):
            outcome.cancelled = True
            outcome.interrupted = unit.pieces[0]
        lost = [piece for piece in unit.pieces if piece not in done.made]
        self._lost.kill(lost)
        if isinstance(error, Exception):
            outcome.failed.update((piece, problem_of(error)) for piece in lost)
            outcome.errors[unit.pieces[0]] = error

    def _fail(self, pieces: Sequence[Piece], step: str, error: BaseException, seconds: float) -> None:
        """Record an attempt that did not succeed; what stood for the pieces before still stands."""
        outcome = self._outcome
        cancelled = isinstance(error, (Interrupted, KeyboardInterrupt))
        problem = problem_of(error)
        for piece in pieces:
            if not cancelled:
                outcome.failed[piece] = problem
                outcome.errors[piece] = error
        self._lost.kill(pieces)
        if cancelled:
            outcome.cancelled = True
            outcome.interrupted = pieces[0]
        self._runner.record(
            outcome,
            *(StepFailed(self._run, time(), piece, problem, seconds, cancelled, step) for piece in pieces),
        )

    def _pass(self, piece: Piece, step: str, reason: str) -> None:
        """Leave a piece out; whatever reads it is left out as well."""
        outcome = self._outcome
        self._lost.leave(piece, skipped=bool(reason))
        if reason:
            outcome.skipped.append(piece)
            self._runner.record(outcome, StepSkipped(self._run, time(), piece, reason, step))
        else:
            outcome.untouched.append(piece)
            self._runner.tell("skipped", piece)

    def _hooks(
        self,
        hooks: frozenset[Any],
        unit: Unit,
        sink: Sink,
        done: Done,
        error: BaseException | None,
        events: Sequence[Event],
    ) -> None:
        if error is not None and not isinstance(error, Exception):
            return
        definition = unit.definition
        with written_to(sink):
            run_hooks(
                hooks,
                definition.op,
                definition.step_name,
                run=self._setting.run,
                instance=self._setting.instance,
                providers=self._setting.providers,
                sink=sink,
                config=self._setting.configs.value(definition.step_name),
                error=error,
                outputs={output: value for (_, output), value in done.outputs.items()},
                metadata={},
                events=events,
                record=self._recorder(),
            )

    # -- checks -----------------------------------------------------------------------------------

    def _evaluate(self, checks: list[CheckStep], left: Mapping[AssetKey, int]) -> list[CheckStep]:
        """Evaluate the checks whose assets are done; gives those that are left."""
        waiting: list[CheckStep] = []
        for step in checks:
            if any(left.get(key, 0) > 0 for key in step.reads()):
                waiting.append(step)
            elif not self._ended():
                self._check(step)
        return waiting

    def _check(self, step: CheckStep) -> None:
        runner, outcome, setting = self._runner, self._outcome, self._setting
        name = step.definition.step_name
        of_run = setting.run.tags.get(PARTITION)
        lost = {
            skipped for edge in step.nodes[0].inputs for skipped in self._lost.of(edge.up, step.partition)
        }
        if False in lost:
            return  # of something that failed: not started, and nothing is told of it
        if lost:
            runner.record(outcome, StepSkipped(self._run, time(), None, _SKIPPED, name))
            return
        code = self._check_codes(step.definition)
        forced = outcome.plan.request.mode == "force"
        if not forced and not check_due(step, self._graph, setting.facts, code, self._now, of_run):
            return
        policy, attempts = step.definition.retry_policy or self._policy, 0
        first = len(outcome.events)
        runner.record(outcome, StepStarted(self._run, time(), None, name))
        runner.flush()  # what is checked is in the log before anybody looks at it
        while True:
            begun = perf_counter()
            sink = Sink(runner.logged(outcome), self._run, None, echo=self._echo, step=name)
            with written_to(sink):
                done, provenance = run_check(step, code, setting, sink, of_run, attempts)
            seconds = perf_counter() - begun
            error = done.error
            retry = None if error is None else retry_after(error, policy, attempts)
            if retry is None or setting.cancel.asked:
                break
            assert error is not None
            runner.record(
                outcome,
                StepRetried(self._run, time(), None, problem_of(error), retry.attempt, retry.wait, name),
            )
            attempts = retry.attempt
            try:
                wait_for(retry.wait, setting.cancel, sleep)
            except Interrupted as stopped:
                error = stopped
                break
        told = evaluations(
            done.checks, self._run, step.partition, runner.log, provenance, name, step.partition or of_run
        )
        runner.record(outcome, *done.events, *told)
        outcome.evaluated += told
        stops = blocked_by(done.checks)
        error = error or stops
        if error is None:
            runner.record(outcome, StepFinished(self._run, time(), None, seconds, name))
        else:
            known = {(event.piece.asset, event.check) for event in told}
            self._check_failed(
                step,
                error,
                seconds,
                [node for node in step.nodes if (node.key.asset_key, node.key.name) not in known],
                blocking=stops is not None or any(n.spec.blocking for n in step.nodes),
            )
        hooks = step.definition.hook_defs | self._job_hooks
        if hooks and (error is None or isinstance(error, Exception)):
            unit = Unit(step.definition, ())
            self._hooks(hooks, unit, sink, done, error, outcome.events[first:])
        if isinstance(error, KeyboardInterrupt) and not setting.cancel.sent:
            raise error

    def _check_failed(
        self,
        step: CheckStep,
        error: BaseException,
        seconds: float,
        unsaid: Sequence[CheckNode],
        *,
        blocking: bool,
    ) -> None:
        outcome = self._outcome
        cancelled = isinstance(error, (Interrupted, KeyboardInterrupt))
        name, problem = step.definition.step_name, problem_of(error)
        if cancelled:
            outcome.cancelled = True
        else:
            outcome.broken[name] = error
            errored = [
                CheckErrored(
                    self._run,
                    time(),
                    Piece(node.key.asset_key, step.partition),
                    node.key.name,
                    problem,
                    node.spec.blocking,
                    name,
                )
                for node in unsaid
            ]
            outcome.errored += errored
            self._runner.record(outcome, *errored)
        if blocking:
            for key in step.about:
                self._lost.bar(key, self._looked_at(step, key))
        self._runner.record(outcome, StepFailed(self._run, time(), None, problem, seconds, cancelled, name))

    def _looked_at(self, step: CheckStep, key: AssetKey) -> list[str | None]:
        """The partitions of an asset that a check speaks of: its own, that of the run, or all."""
        node, of_run = self._graph.nodes.get(key), self._setting.run.tags.get(PARTITION)
        if node is None or node.partitions is None:
            return [None]
        if step.partition is not None or of_run is not None:
            return [step.partition or of_run]
        return [None, *partitions_of(node, self._now)]


def _narrowed(unit: Unit, steps: Sequence[Step]) -> Unit:
    """The unit of these steps alone."""
    keys = {step.piece.asset for step in steps}
    return unit._replace(nodes=tuple(node for node in unit.nodes if node.key in keys))

"""One call of a function that checks assets: what it reads, what it says. Rules: `spec/semantics.md` §7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..decide.check_steps import CheckStep, check_inputs, check_reads
from ..define.checks import AssetCheckResult
from ..define.results import AssetMaterialization, AssetObservation
from ..errors import DagsterInvariantViolationError
from ..graph import Edge
from ..keys import AssetKey, Piece
from ..versions.data import Provenance
from .call import call
from .capture import Sink
from .check_context import AssetCheckExecutionContext
from .checking import matched
from .context import AssetExecutionContext, OpExecutionContext, StepContext, Work, current
from .keeping import recorded
from .step import Done, Setting, arguments, noting


def run_check(
    step: CheckStep, code: str, setting: Setting, sink: Sink, of_run: str | None, retry: int = 0
) -> tuple[Done, Provenance | None]:
    """Call the function of some checks.

    Args:
        step: Which checks, of which partition.
        code: The code version of the function at this moment.
        setting: What the run's steps share.
        sink: Where the context's messages go.
        of_run: The partition that the run is about.
        retry: How often it was tried before.

    Returns:
        What came of it, whatever was raised included; and what it was evaluated from.
    """
    done = Done()
    provenance: Provenance | None = None
    try:
        provenance = Provenance(code, check_inputs(step, setting.graph, setting.facts, setting.now, of_run))
        _do(step, setting, sink, of_run, retry, done)
    except BaseException as error:  # noqa: BLE001 - the walk records it, and raises again what interrupts
        done.error = error
    return done, provenance


def _do(step: CheckStep, setting: Setting, sink: Sink, of_run: str | None, retry: int, done: Done) -> None:
    definition = step.definition
    assert definition.fn is not None
    nodes = setting.graph.nodes
    edges: dict[str, Edge] = {}
    read: dict[str, Any] = {}
    for edge, partitions in check_reads(step, setting.graph, setting.now, of_run):
        assert isinstance(edge, Edge)
        edges[edge.name] = edge
        up = nodes.get(edge.up)
        read[edge.name] = (edge.up, partitions, None if up is None else up.partitions)
    partition = step.partition or of_run
    work = Work(
        definition,
        (),
        () if partition is None else (partition,),
        step.space,
        setting.run,
        instance=setting.instance,
        job=setting.job_def,
        resources=setting.providers.namespace(definition),
        sink=sink,
        read=read,
        retry=retry,
        config=setting.configs.value(definition.step_name),
        checks=step.keys,
        step=definition.step_name,
        note=noting(setting, definition.step_name),
    )
    context: StepContext = AssetCheckExecutionContext(work)
    work.load = lambda key, own: setting.loader.asset(Piece(AssetKey.from_coercible(key), own), context)
    args = [_context_for(definition, context, work)] if definition.context_param is not None else []
    kwargs = arguments(definition, edges, read, setting, context, None, [])
    token = current.set(context)
    try:
        said = call(definition.fn, args, kwargs, setting.cancel)
    finally:
        current.reset(token)
    if said.error is not None and not said.yields:
        raise said.error
    results = _results(
        said.yields if said.yields is not None else [said.returned], definition.step_name, done, setting
    )
    for record in work.events:
        done.events.append(recorded(record, setting.run.run_id, definition.step_name))
    specs = [node.spec for node in step.nodes]
    done.checks = matched(results, specs, definition)
    if said.error is not None:
        raise said.error


def _results(items: list[Any], name: str, done: Done, setting: Setting) -> list[AssetCheckResult]:
    found: list[AssetCheckResult] = []
    for item in items:
        several = item if isinstance(item, (list, tuple)) and not hasattr(item, "_fields") else [item]
        for each in several:
            if isinstance(each, (AssetMaterialization, AssetObservation)):
                done.events.append(recorded(each, setting.run.run_id, name))
            elif isinstance(each, AssetCheckResult):
                found.append(each)
            elif each is not None:
                message = f"The check {name!r} gave {type(each).__name__}: {each!r:.60}. Return or yield AssetCheckResult(passed=...)."
                raise DagsterInvariantViolationError(message)
    return found


def _context_for(definition: Any, context: StepContext, work: Work) -> StepContext:
    notes: Mapping[str, Any] = getattr(definition.fn, "__annotations__", None) or {}
    asked = notes.get(definition.context_param)
    name = asked.rpartition(".")[2] if isinstance(asked, str) else getattr(asked, "__name__", "")
    if name == "OpExecutionContext":
        return OpExecutionContext(work)
    return AssetExecutionContext(work) if name == "AssetExecutionContext" else context

"""Calling the hooks of a step once it has ended; a hook that fails is told of, and nothing more.

Rules: `spec/api.md` §2.7, `spec/semantics.md` §6.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from time import time
from typing import Any

from ..define.hooks import HookDefinition
from ..events import Event, HookRan
from .capture import Sink
from .dagster_run import DagsterRun
from .hook_context import HookContext
from .problem import problem_of
from .provide import Providers
from .spelling import spelled_out


def run_hooks(
    hooks: Collection[HookDefinition],
    op: Any,
    step: str,
    *,
    run: DagsterRun,
    instance: Any,
    providers: Providers,
    sink: Sink,
    config: Any,
    error: BaseException | None,
    outputs: Mapping[str, Any],
    metadata: Mapping[str, Any],
    events: Sequence[Event],
    record: Callable[..., None],
) -> None:
    """Call the hooks of a step, in the order of their names.

    Args:
        hooks: The hooks.
        op: What ran; it has a `name`.
        step: The step's name.
        run: The run.
        instance: Whose run it is.
        providers: Where its resources are.
        sink: Where its messages go.
        config: The config value of the step.
        error: What the step failed with.
        outputs: What it gave, by output.
        metadata: What was recorded with each output.
        events: What was recorded of the step.
        record: Takes what came of each hook.
    """
    told = list(spelled_out(events))
    for hook in sorted(hooks, key=lambda each: each.name):
        context = HookContext(
            hook,
            op=op,
            op_config=config,
            step_key=step,
            job_name=run.job_name,
            run_id=run.run_id,
            log=sink.logger,
            instance=instance,
            resources=providers.of_keys(hook.required_resource_keys),
            op_exception=error,
            op_output_values=outputs,
            op_output_metadata=metadata,
        )
        try:
            answer = hook.hook_fn(context, told)
        except Exception as raised:  # noqa: BLE001  a hook never fails the run
            record(HookRan(run.run_id, time(), step, hook.name, "errored", problem_of(raised)))
            continue
        skipped = bool(getattr(answer, "is_skipped", False))
        record(HookRan(run.run_id, time(), step, hook.name, "skipped" if skipped else "completed"))

"""What a hook is handed: `HookContext`, filled in by the runner or by `build_hook_context`.

A context is a view; it decides nothing. Members: `spec/api.md` §2.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from ..define.hooks import HookDefinition, HookExecutionResult
from ..define.types import UNSET
from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidPropertyError,
    DagsterInvariantViolationError,
    check_type,
)
from ..resources.definition import Resources
from .supply import Supply

if TYPE_CHECKING:
    import logging


class HookContext:
    """The step that a hook is called after, as the hook sees it.

    Args:
        hook_def: The hook.
        op: What ran: it has a `name`.
        op_config: The config value of the step.
        step_key: The step.
        job_name: The run's job.
        run_id: The run.
        log: Where the hook may log.
        instance: The instance of the run.
        resources: The namespace that `context.resources` gives.
        op_exception: What the step failed with.
        op_output_values: What the step gave, by output; by mapping key below a dynamic output.
        op_output_metadata: What was recorded with it, in the same shape.
    """

    def __init__(
        self,
        hook_def: Any = UNSET,
        *,
        op: Any = UNSET,
        op_config: Any = UNSET,
        step_key: Any = UNSET,
        job_name: Any = UNSET,
        run_id: Any = UNSET,
        log: Any = None,
        instance: Any = UNSET,
        resources: Any = UNSET,
        op_exception: BaseException | None = None,
        op_output_values: Any = UNSET,
        op_output_metadata: Any = UNSET,
    ) -> None:
        self._op_exception = op_exception
        self._log = log
        self._given = {
            "hook_def": hook_def,
            "op": op,
            "op_config": op_config,
            "step_key": step_key,
            "job_name": job_name,
            "run_id": run_id,
            "instance": instance,
            "resources": resources,
            "op_output_values": op_output_values,
            "op_output_metadata": op_output_metadata,
        }

    def _get(self, name: str) -> Any:
        value = self._given[name]
        if value is UNSET:
            raise self._absent(name)
        return value

    def _absent(self, name: str, /) -> Exception:
        return DagsterInvalidPropertyError(f"This HookContext does not know its {name!r}.")

    @property
    def hook_def(self) -> HookDefinition:
        """The hook."""
        found: HookDefinition = self._get("hook_def")
        return found

    @property
    def required_resource_keys(self) -> frozenset[str]:
        """The resources that the hook reads."""
        return self.hook_def.required_resource_keys

    @property
    def op(self) -> Any:
        """What ran."""
        return self._get("op")

    @property
    def op_config(self) -> Any:
        """The config value of the step."""
        return self._get("op_config")

    @property
    def step_key(self) -> str:
        """The step."""
        found: str = self._get("step_key")
        return found

    @property
    def job_name(self) -> str:
        """The run's job."""
        found: str = self._get("job_name")
        return found

    @property
    def run_id(self) -> str:
        """The run."""
        found: str = self._get("run_id")
        return found

    @property
    def log(self) -> logging.Logger:
        """Where the hook may log."""
        if self._log is None:
            import logging  # an ordinary logger, outside a run

            self._log = logging.getLogger("assets")
        found: logging.Logger = self._log
        return found

    @property
    def instance(self) -> Any:
        """The instance of the run."""
        return self._get("instance")

    @property
    def resources(self) -> Any:
        """The resources that the hook declared, as attributes."""
        return self._get("resources")

    @property
    def op_exception(self) -> BaseException | None:
        """What the step failed with; `None` if it succeeded."""
        return self._op_exception

    @property
    def op_output_values(self) -> Mapping[str, Any]:
        """What the step gave, by output; by mapping key below a dynamic output."""
        found: Mapping[str, Any] = self._get("op_output_values")
        return found

    @property
    def op_output_metadata(self) -> Mapping[str, Any]:
        """What was recorded with what the step gave, in the same shape."""
        found: Mapping[str, Any] = self._get("op_output_metadata")
        return found


class BuiltHookContext(HookContext):
    """A `HookContext` without a run, for calling a hook directly."""

    def __init__(self, supply: Supply, **given: Any) -> None:
        super().__init__(**given)
        self._supply = supply

    def __enter__(self) -> Self:
        self._supply.enter()
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._supply.leave()

    def bind(self, hook: HookDefinition) -> BuiltHookContext:
        """The same context, of the hook that is called.

        Raises:
            DagsterInvalidDefinitionError: if a resource that the hook requires was not given.
        """
        missing = sorted(hook.required_resource_keys - self._supply.values().keys())
        if missing:
            message = f"The hook {hook.name!r} requires the resource {missing[0]!r}, which was not given; pass it in build_hook_context(resources=...)."
            raise DagsterInvalidDefinitionError(message)
        given = {**self._given, "hook_def": hook}
        return BuiltHookContext(self._supply, op_exception=self._op_exception, **given)

    @property
    def resources(self) -> Resources:
        """The resources that were given; only the declared ones once a hook is called."""
        hook = self._given["hook_def"]
        return Resources(self._supply.values(), None if hook is UNSET else hook.required_resource_keys)

    def _absent(self, name: str, /) -> Exception:
        message = f"There is no {name!r} here: this context was made without a run"
        if name == "instance":
            # Another class than for the other members, as in the reference.
            return DagsterInvariantViolationError(f"{message}; pass build_hook_context(instance=...).")
        if name in {"op", "job_name", "run_id"}:
            return DagsterInvalidPropertyError(f"{message}; pass build_hook_context({name}=...).")
        return DagsterInvalidPropertyError(f"{message}.")


def build_hook_context(
    resources: Mapping[str, Any] | None = None,
    op: Any = None,
    run_id: str | None = None,
    job_name: str | None = None,
    op_exception: BaseException | None = None,
    instance: Any = None,
) -> BuiltHookContext:
    """A context to call a hook with; what is left out is not known.

    Args:
        resources: By resource key.
        op: What `context.op` is.
        run_id: What `context.run_id` is.
        job_name: What `context.job_name` is.
        op_exception: What the step failed with.
        instance: What `context.instance` is.
    """
    given = {
        "op": op,
        "run_id": check_type(run_id, str, "run_id"),
        "job_name": check_type(job_name, str, "job_name"),
        "instance": instance,
    }
    return BuiltHookContext(
        Supply(resources, "build_hook_context"),
        op_exception=check_type(op_exception, BaseException, "op_exception"),
        **{name: value for name, value in given.items() if value is not None},
    )


def run_hook(
    hook: HookDefinition, context: HookContext, events: Sequence[Any]
) -> Literal["completed", "skipped"]:
    """Call a hook after a step, and say whether it did anything. What it raises, the caller records.

    Args:
        hook: The hook.
        context: The step, as the hook sees it.
        events: The events of the step.

    Raises:
        DagsterInvariantViolationError: if the hook gave something else than a `HookExecutionResult`.
    """
    answer = hook.hook_fn(context, events)
    if not isinstance(answer, HookExecutionResult):
        message = f"The hook {hook.name!r} gave {type(answer).__name__}: {answer!r:.80}; its hook_fn returns HookExecutionResult(hook_name, is_skipped)."
        raise DagsterInvariantViolationError(message)
    return "skipped" if answer.is_skipped else "completed"

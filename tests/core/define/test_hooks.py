"""Hooks: what makes them, when they are called, and calling them directly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from assets import (
    CheckError,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvalidPropertyError,
    DagsterInvariantViolationError,
    HookContext,
    HookDefinition,
    asset,
    build_hook_context,
    failure_hook,
    resource,
    success_hook,
)
from assets.core.define.hooks import HookExecutionResult, event_list_hook
from assets.core.run.hook_context import run_hook

SUCCEEDED = SimpleNamespace(is_step_success=True, is_step_failure=False)
FAILED = SimpleNamespace(is_step_success=False, is_step_failure=True)


def test_decorators_give_hooks() -> None:
    """S63: `success_hook` and `failure_hook` give a `HookDefinition`, bare or called."""

    def act(context: Any) -> None:
        del context

    for hook in (success_hook(act), success_hook()(act), failure_hook(act), failure_hook()(act)):
        assert isinstance(hook, HookDefinition)
        assert (hook.name, hook.decorated_fn, hook.required_resource_keys) == ("act", act, frozenset())
    assert failure_hook("n")(act).name == success_hook(name="n")(act).name == "n"
    assert success_hook(required_resource_keys={"r"})(act).required_resource_keys == {"r"}


def test_hooks_of_an_asset_are_hooks() -> None:
    """S63: in `hooks` of an asset there is a set of hooks, and nothing else."""

    @success_hook
    def act(context: Any) -> None:
        del context

    @asset(hooks={act})
    def made() -> None: ...

    assert made.hook_defs == {act}
    for wrong in ({act.hook_fn}, [act], {3}):
        with pytest.raises(CheckError, match="hooks"):
            asset(name="m", hooks=wrong)(lambda: None)  # wrong on purpose


def test_hook_decorates_a_definition() -> None:
    """A hook that is called with a definition gives a copy that has it besides the others."""

    @success_hook
    def first(context: Any) -> None:
        del context

    @failure_hook
    def second(context: Any) -> None:
        del context

    @asset(hooks={first})
    def made() -> None: ...

    assert second(made).hook_defs == {first, second}
    assert made.hook_defs == {first}


@pytest.mark.parametrize("decorator", [success_hook, failure_hook])
def test_function_takes_the_context_alone(decorator: Callable[[Any], HookDefinition]) -> None:
    """A hook's function takes one argument, called like a context."""
    for wrong in (lambda: None, lambda x: x, lambda context, more: (context, more), lambda *args: args):
        wrong.__name__ = "wrong"
        with pytest.raises(DagsterInvalidDefinitionError, match="context"):
            decorator(wrong)


def test_event_list_function_takes_two() -> None:
    """The function of an `event_list_hook` takes context and events."""
    with pytest.raises(DagsterInvalidDefinitionError, match="event_list"):
        event_list_hook(lambda context: context)


def test_names_are_names() -> None:
    """A hook's name is made of letters, digits and underscores; a lambda has none."""
    with pytest.raises(DagsterInvalidDefinitionError, match="z-z"):
        success_hook(name="z-z")(lambda context: context)
    with pytest.raises(DagsterInvalidDefinitionError, match="lambda"):
        success_hook(lambda context: context)


@pytest.mark.parametrize(
    ("decorator", "own", "other"), [(success_hook, SUCCEEDED, FAILED), (failure_hook, FAILED, SUCCEEDED)]
)
def test_hook_decides_by_the_events(decorator: Callable[[Any], HookDefinition], own: Any, other: Any) -> None:
    """A hook calls its function if the step ended its way, and is skipped otherwise."""
    called: list[Any] = []

    @decorator
    def act(context: Any) -> None:
        called.append(context)

    context = build_hook_context()
    assert act.hook_fn(context, [own]) == HookExecutionResult("act", is_skipped=False)
    assert act.hook_fn(context, [other]) == HookExecutionResult("act", is_skipped=True)
    assert called == [context]


def test_running_a_hook_tells_what_it_did() -> None:
    """`run_hook` says completed or skipped; a hook that says neither is an error."""

    @success_hook
    def act(context: Any) -> None:
        del context

    @event_list_hook
    def silent(context: Any, event_list: Any) -> None:
        del context, event_list

    context = HookContext(act, step_key="s")
    assert run_hook(act, context, [SUCCEEDED]) == "completed"
    assert run_hook(act, context, [FAILED]) == "skipped"
    with pytest.raises(DagsterInvariantViolationError, match="HookExecutionResult"):
        run_hook(silent, context, [])


def test_called_directly() -> None:
    """A hook that is called runs its function whatever happened, and returns what it returns."""

    @success_hook
    def act(_: Any) -> str:
        assert isinstance(_, HookContext)
        return _.hook_def.name

    assert act(None) == act(build_hook_context()) == act(_=build_hook_context()) == "act"
    with pytest.raises(DagsterInvalidInvocationError, match="give 1"):
        act()
    with pytest.raises(DagsterInvalidInvocationError, match="'_'"):
        act(foo=None)
    with pytest.raises(CheckError, match="HookContext"):
        act(3)


def test_event_list_hook_called_directly() -> None:
    """An event list hook takes two arguments, by position or by keyword."""
    seen: list[Any] = []

    @event_list_hook
    def act(context: Any, event_list: Any) -> None:
        del context
        seen.append(event_list)

    act(build_hook_context(), [1])
    act(event_list=[2], context=None)
    assert seen == [[1], [2]]
    for args, kwargs in (((), {}), ((None,), {}), ((), {"context": None, "bar": 1})):
        with pytest.raises(DagsterInvalidInvocationError):
            act(*args, **kwargs)


def test_hook_without_a_decorator_is_not_called_directly() -> None:
    """A hook made from a `hook_fn` decides by events, so there is nothing to call."""
    hook = HookDefinition(name="h", hook_fn=lambda context, events: (context, events))
    with pytest.raises(DagsterInvalidInvocationError, match="hook_fn"):
        hook(build_hook_context())
    with pytest.raises(CheckError, match="hook_fn"):
        HookDefinition(name="h", hook_fn=3)  # wrong on purpose


def test_hook_reads_its_resources() -> None:
    """A hook sees the resources that it requires, and no others; a missing one is an error."""

    @success_hook(required_resource_keys={"value", "made"})
    def act(context: HookContext) -> tuple[Any, ...]:
        return (context.resources.value, context.resources.made, list(context.resources))

    @resource
    def made(_: Any) -> str:
        return "made"

    given = {"value": 1, "made": made, "other": 2}
    assert act(build_hook_context(resources=given)) == (1, "made", ["made", "value"])
    with pytest.raises(DagsterInvalidDefinitionError, match="'made'"):
        act(None)


def test_resource_that_ends() -> None:
    """A resource that is a generator lives as long as the `with` of the context."""
    told: list[str] = []

    @resource
    def ending(_: Any) -> Iterator[str]:
        told.append("begin")
        yield "value"
        told.append("end")

    @failure_hook(required_resource_keys={"ending"})
    def act(context: HookContext) -> None:
        told.append(context.resources.ending)

    with build_hook_context(resources={"ending": ending}) as context:
        act(context)
    assert told == ["begin", "value", "end"]
    with pytest.raises(DagsterInvariantViolationError, match="with build_hook_context"):
        act(build_hook_context(resources={"ending": ending}))


def test_built_context_knows_what_it_was_given() -> None:
    """What a built context was not given is an error that says how to give it."""
    error = ValueError("x")
    with DagsterInstance.ephemeral() as instance:
        context = build_hook_context(
            op=SimpleNamespace(name="o"), run_id="r", job_name="j", op_exception=error, instance=instance
        )
        assert (context.op.name, context.run_id, context.job_name) == ("o", "r", "j")
        assert (context.op_exception, context.instance) == (error, instance)
    bare = build_hook_context()
    assert bare.op_exception is None
    assert bare.log.name == "assets"
    for name in (
        "op",
        "op_config",
        "step_key",
        "job_name",
        "run_id",
        "op_output_values",
        "op_output_metadata",
        "hook_def",
    ):
        with pytest.raises(DagsterInvalidPropertyError, match=name):
            getattr(bare, name)
    with pytest.raises(DagsterInvariantViolationError, match="instance="):
        bare.instance

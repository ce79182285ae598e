"""`success_hook` and `failure_hook`: what is called after a step (`spec/api.md` §2.7).

A hook gets a `HookContext` and the events of the step, and decides by these whether it has
anything to do. The runner calls `hook_fn`; users hang hooks on assets, ops, graphs and
jobs, and call them directly in tests. Contexts are made above.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, overload

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
    check_type,
)
from ..record import Record, put
from .names import check_set, is_a, valid_name
from .signature import CONTEXT_NAMES

HookFn = Callable[..., Any]


class HookExecutionResult(Record):
    """What a hook says of its call: its name, and whether it had nothing to do."""

    __slots__ = ("hook_name", "is_skipped")

    hook_name: str
    is_skipped: bool

    def __init__(self, hook_name: str, is_skipped: bool | None = None) -> None:
        put(self, "hook_name", check_type(hook_name, str, "hook_name", optional=False))
        put(self, "is_skipped", check_type(is_skipped, bool, "is_skipped") or False)


class HookDefinition(Record):
    """Something to be called after steps. Made by decorators, seldom by hand.

    Called with a definition (of an op, a graph, a job or assets), it gives a copy that has the
    hook: so it is a decorator. Called with a context, it runs its function.

    Args:
        name: Its name.
        hook_fn: Gets the context and the events of the step, and returns a `HookExecutionResult`.
        required_resource_keys: Resources that it reads from its context.
        decorated_fn: The user's function, as it was decorated.
    """

    __slots__ = ("decorated_fn", "hook_fn", "name", "required_resource_keys")

    name: str
    hook_fn: HookFn
    required_resource_keys: frozenset[str]
    decorated_fn: HookFn | None

    def __init__(
        self,
        *,
        name: str,
        hook_fn: HookFn,
        required_resource_keys: AbstractSet[str] | None = None,
        decorated_fn: HookFn | None = None,
    ) -> None:
        put(self, "name", valid_name(check_type(name, str, "name", optional=False), "hook name"))
        put(self, "hook_fn", _function(hook_fn, "hook_fn"))
        put(self, "required_resource_keys", check_set(required_resource_keys, str, "required_resource_keys"))
        put(self, "decorated_fn", None if decorated_fn is None else _function(decorated_fn, "decorated_fn"))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Put the hook on a definition, or run its function with a context.

        Raises:
            DagsterInvalidInvocationError: for arguments that its function does not take.
            DagsterInvalidDefinitionError: if the context lacks a resource that the hook requires.
        """
        if len(args) == 1 and not kwargs and hasattr(args[0], "with_hooks"):
            return args[0].with_hooks({self})
        if self.decorated_fn is None:
            message = f"The hook {self.name!r} was made from a hook_fn; only one made by a decorator can be called directly."
            raise DagsterInvalidInvocationError(message)
        names = _positional(self.decorated_fn)
        context, *rest = _placed(self.name, names, args, kwargs)
        if context is None:
            from ..run.hook_context import build_hook_context  # contexts are made above

            context = build_hook_context()
        if not is_a(context, "HookContext"):
            message = f"The first argument of the hook {self.name!r} must be a HookContext or None, not {type(context).__name__}: {context!r:.80}; make one with build_hook_context()."
            raise ParameterCheckError(message)
        bind = getattr(context, "bind", None)
        return self.decorated_fn(context if bind is None else bind(self), *rest)


@overload
def success_hook(hook_fn: HookFn) -> HookDefinition: ...
@overload
def success_hook(
    hook_fn: None = None, *, name: str | None = ..., required_resource_keys: AbstractSet[str] | None = ...
) -> Callable[[HookFn], HookDefinition]: ...
def success_hook(
    hook_fn: HookFn | None = None,
    *,
    name: str | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
) -> HookDefinition | Callable[[HookFn], HookDefinition]:
    """Make a hook of a function that is to be called after each step that succeeded.

    Args:
        hook_fn: The function; it takes the `HookContext`.
        name: The hook's name; the function's where absent.
        required_resource_keys: Resources that it reads from its context.

    Returns:
        The hook, or a decorator that gives it.

    Raises:
        DagsterInvalidDefinitionError: if the function does not take the context alone.
    """

    def define(fn: HookFn) -> HookDefinition:
        return _deciding(fn, name, required_resource_keys, "is_step_success")

    return define if hook_fn is None else define(hook_fn)


@overload
def failure_hook(name: HookFn) -> HookDefinition: ...
@overload
def failure_hook(
    name: str | None = None, required_resource_keys: AbstractSet[str] | None = ...
) -> Callable[[HookFn], HookDefinition]: ...
def failure_hook(
    name: HookFn | str | None = None, required_resource_keys: AbstractSet[str] | None = None
) -> HookDefinition | Callable[[HookFn], HookDefinition]:
    """Make a hook of a function that is to be called after each step that failed.

    Args:
        name: The hook's name, the function's where absent; or the function, when used bare.
        required_resource_keys: Resources that it reads from its context.

    Returns:
        The hook, or a decorator that gives it.

    Raises:
        DagsterInvalidDefinitionError: if the function does not take the context alone.
    """
    given, fn = (None, name) if callable(name) else (name, None)

    def define(fn: HookFn) -> HookDefinition:
        return _deciding(fn, given, required_resource_keys, "is_step_failure")

    return define if fn is None else define(fn)


@overload
def event_list_hook(hook_fn: HookFn) -> HookDefinition: ...
@overload
def event_list_hook(
    hook_fn: None = None,
    *,
    name: str | None = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    decorated_fn: HookFn | None = ...,
) -> Callable[[HookFn], HookDefinition]: ...
def event_list_hook(
    hook_fn: HookFn | None = None,
    *,
    name: str | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
    decorated_fn: HookFn | None = None,
) -> HookDefinition | Callable[[HookFn], HookDefinition]:
    """Make a hook of a function that is called after every step, with its events.

    Args:
        hook_fn: The function; it takes the `HookContext` and the events, and returns a `HookExecutionResult`.
        name: The hook's name; the function's where absent.
        required_resource_keys: Resources that it reads from its context.
        decorated_fn: What a direct call runs instead of the function.

    Returns:
        The hook, or a decorator that gives it.

    Raises:
        DagsterInvalidDefinitionError: if the function does not take context and events.
    """

    def define(fn: HookFn) -> HookDefinition:
        own = _named(fn, name, ("context", "event_list"))
        return HookDefinition(
            name=own,
            hook_fn=fn,
            required_resource_keys=required_resource_keys,
            decorated_fn=fn if decorated_fn is None else decorated_fn,
        )

    return define if hook_fn is None else define(hook_fn)


def _deciding(fn: HookFn, name: str | None, required: AbstractSet[str] | None, when: str) -> HookDefinition:
    """The hook that calls a function if an event of the step says so."""
    own = _named(fn, name, ("context",))

    def decide(context: Any, event_list: Sequence[Any]) -> HookExecutionResult:
        happened = any(getattr(event, when) for event in event_list)
        if happened:
            fn(context)
        return HookExecutionResult(own, is_skipped=not happened)

    return HookDefinition(name=own, hook_fn=decide, required_resource_keys=required, decorated_fn=fn)


def _named(fn: Any, name: Any, wanted: tuple[str, ...]) -> str:
    """The name of the hook that a function becomes, if the function takes what hooks get."""
    _function(fn, "hook_fn")
    own: str = check_type(name, str, "name") or getattr(fn, "__name__", "")
    names = _positional(fn)
    if len(names) != len(wanted) or names[0] not in CONTEXT_NAMES:
        message = f"The function of the hook {own!r} takes ({', '.join(names)}); it must take ({', '.join(wanted)}), by position."
        raise DagsterInvalidDefinitionError(message)
    return own


def _function(fn: Any, name: str) -> HookFn:
    if not callable(fn):
        message = f"Parameter {name!r} must be callable, not {type(fn).__name__}: {fn!r:.80}"
        raise ParameterCheckError(message)
    checked: HookFn = fn
    return checked


def _positional(fn: HookFn) -> list[str]:
    """The parameters that must be given, and those that follow by position."""
    return [
        each.name
        for each in inspect.signature(fn).parameters.values()
        if each.default is each.empty and each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}
    ]


def _placed(hook: str, names: list[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The arguments in the order of the parameters."""
    listed = ", ".join(names)
    if len(args) + len(kwargs) != len(names):
        message = f"The hook {hook!r} is called with ({listed}), but {len(args) + len(kwargs)} arguments were given; give {len(names)}."
        raise DagsterInvalidInvocationError(message)
    rest = names[len(args) :]
    missing = [name for name in rest if name not in kwargs]
    if missing:
        message = f"The hook {hook!r} is called with ({listed}); the argument {missing[0]!r} is missing, and {', '.join(map(repr, kwargs))} was given instead."
        raise DagsterInvalidInvocationError(message)
    return [*args, *(kwargs[name] for name in rest)]

"""A definition called like the function it was made from (`spec/api.md` §4.4).

Nothing is stored, planned or retried: arguments are put in their places, types are
checked, and what the function returns is returned. Contexts are made above; here one is
only passed on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Protocol

from ..errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    nearest,
)
from .names import is_a
from .results import AssetMaterialization, AssetObservation, MaterializeResult, ObserveResult, Output
from .signature import CONTEXT_CLASSES
from .types import UNSET, Typing

_NO_DEFAULTS: Mapping[str, Any] = {}


class Callee(Protocol):
    """What a call needs to know of a definition."""

    @property
    def fn(self) -> Callable[..., Any] | None: ...  # noqa: D102  see the definition
    @property
    def step_name(self) -> str: ...  # noqa: D102
    @property
    def context_param(self) -> str | None: ...  # noqa: D102
    @property
    def config_param(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def resource_params(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def resource_defs(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def input_types(self) -> Mapping[str, Typing]: ...  # noqa: D102
    @property
    def output_types(self) -> Mapping[str, Typing]: ...  # noqa: D102
    @property
    def output_required(self) -> bool: ...  # noqa: D102


def invoke(callee: Callee, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call the function of a definition with these arguments, and give back what it returns.

    Raises:
        DagsterInvalidInvocationError: for an argument that is missing or too many.
        DagsterTypeCheckDidNotPass: for an argument or a result of another type than declared.
    """
    fn, placed, _ = prepare(callee, args, kwargs)
    return _checked(callee, fn(**placed))


def prepare(
    callee: Callee,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    defaults: Mapping[str, Any] = _NO_DEFAULTS,
) -> tuple[Callable[..., Any], dict[str, Any], Any]:
    """The function, its arguments by name, and the context.

    Args:
        callee: What is called.
        args: The arguments by position.
        kwargs: The arguments by name.
        defaults: Values of inputs that were declared, and not in the function's signature.

    Raises:
        DagsterInvalidInvocationError: for an argument that is missing or too many.
        DagsterTypeCheckDidNotPass: for an argument of another type than declared.
    """
    fn = callee.fn
    if fn is None:
        message = f"{callee.step_name!r} is an external asset and has no function; load its value instead of calling it."
        raise DagsterInvalidInvocationError(message)
    context, rest, named = _context(callee, args, dict(kwargs))
    placed = _place(callee, fn, rest, named, context, defaults)
    for name, typing in callee.input_types.items():
        if name in placed:
            typing.demand(placed[name], f"the input {name!r} of {callee.step_name!r}", context)
    if callee.context_param is not None:
        placed[callee.context_param] = context
        if callee.resource_params and hasattr(context, "hand"):
            context.hand({name: placed[name] for name in callee.resource_params})
    return fn, placed, context


def _context(
    callee: Callee, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """The context, and the other arguments."""
    name = callee.context_param
    if name is not None and name in kwargs:
        context = kwargs.pop(name)
    elif args and (_is_context(args[0]) or (name is not None and args[0] is None)):
        context, args = args[0], args[1:]
    elif name is None:
        return None, args, kwargs
    else:
        message = (
            f"The function {callee.step_name!r} has the parameter {name!r}, but no context was given; "
            "give build_asset_context() as the first argument."
        )
        raise DagsterInvalidInvocationError(message)
    bind = getattr(context, "bind", None)
    return (context if bind is None else bind(callee)), args, kwargs


def _is_context(value: object) -> bool:
    return any(is_a(value, name) for name in CONTEXT_CLASSES)


def _place(
    callee: Callee,
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    context: Any,
    defaults: Mapping[str, Any],
) -> dict[str, Any]:
    """Every argument by the name of its parameter; config and resources filled in."""
    import inspect  # no definition is called before IPython or a test has imported it

    parameters = {
        name: parameter
        for name, parameter in inspect.signature(fn).parameters.items()
        if name != callee.context_param and parameter.kind is not parameter.VAR_KEYWORD
    }
    ordered = [name for name, parameter in parameters.items() if parameter.kind is not parameter.KEYWORD_ONLY]
    if len(args) > len(ordered):
        message = (
            f"{callee.step_name!r} takes {len(ordered)} positional arguments{_listed(ordered)}, but {len(args)} were "
            "given; a context is no argument of a function without a context parameter."
        )
        raise DagsterInvalidInvocationError(message)
    placed = dict(zip(ordered, args, strict=False))
    for name, value in kwargs.items():
        if name in placed:
            message = f"{callee.step_name!r} got several values for {name!r}; give it once."
            raise DagsterInvalidInvocationError(message)
        if name not in parameters and name not in callee.input_types:
            message = f"{callee.step_name!r} has no parameter {name!r}{nearest(name, parameters) or '; it has: ' + (', '.join(parameters) or 'none')}."
            raise DagsterInvalidInvocationError(message)
        placed[name] = value
    for name, value in defaults.items():
        placed.setdefault(name, value)
    for name, annotation in callee.config_param.items():
        placed[name] = _config(callee, annotation, placed.get(name, UNSET), context)
    for name in callee.resource_params:
        if name not in placed:
            placed[name] = _resource(callee, name, context)
        elif context is not None and name in context.resources:
            message = f"Cannot provide resources in both context and kwargs: {callee.step_name!r} was given {name!r} twice. Leave one of them out."
            raise DagsterInvalidInvocationError(message)
    for name, parameter in parameters.items():
        if name not in placed and parameter.default is parameter.empty:
            message = f"No value was given for the input {name!r} of {callee.step_name!r}; pass it by position or as {name}=..."
            raise DagsterInvalidInvocationError(message)
    return placed


def _listed(names: list[str]) -> str:
    return f" ({', '.join(names)})" if names else ""


def _config(callee: Callee, annotation: Any, given: Any, context: Any) -> Any:
    """The config object: the one given, or made of a mapping, of what the context has, or of defaults."""
    told = context.op_config if hasattr(context, "bind") else None
    if told is not None:
        if given is not UNSET:
            message = f"Cannot provide config in both context and kwargs: {callee.step_name!r} was given it twice. Leave one of them out."
            raise DagsterInvalidInvocationError(message)
        from ..resources.config import make_config  # who takes no config does not pay for pydantic
        from ..resources.model import read_config

        about = f"Error in config for op {callee.step_name!r}"
        return make_config(annotation, read_config(annotation, told, about=about), callee.step_name)
    is_model = isinstance(annotation, type) and hasattr(annotation, "model_fields")
    if not is_model:
        if given is UNSET:
            message = f"No config was given to {callee.step_name!r}; pass it as config=..."
            raise DagsterInvalidInvocationError(message)
        return given
    if isinstance(given, annotation):
        from ..resources.config import resolved

        return resolved(given, callee.step_name)
    values = {} if given is UNSET else given
    if not isinstance(values, Mapping):
        message = (
            f"The config of {callee.step_name!r} must be a {annotation.__name__} or a dict, not "
            f"{type(values).__name__}: {values!r:.80}"
        )
        raise DagsterInvalidConfigError(message, config_value=values)
    try:
        return annotation(**values)
    except ValueError as wrong:  # pydantic's ValidationError is one
        message = f"The config of {callee.step_name!r} does not fit {annotation.__name__}: {wrong}"
        raise DagsterInvalidConfigError(message, config_value=dict(values)) from wrong


def _resource(callee: Callee, name: str, context: Any) -> Any:
    if context is not None and name in context.resources:
        return getattr(context.resources, name)
    if name in callee.resource_defs:
        return callee.resource_defs[name]
    message = f"The resource {name!r} of {callee.step_name!r} was not given; pass it as {name}=..., or in the context."
    raise DagsterInvalidDefinitionError(message)


def _checked(callee: Callee, returned: Any) -> Any:
    """What was returned, its type checked; for a generator or a coroutine, one that checks as it goes."""
    if isinstance(returned, GeneratorType):
        return _each(callee, returned)
    if isinstance(returned, AsyncGeneratorType):
        return _each_async(callee, returned)
    if isinstance(returned, CoroutineType):
        return _awaited(callee, returned)
    _check_result(callee, returned)
    return returned


async def _awaited(callee: Callee, returned: Awaitable[Any]) -> Any:
    value = await returned
    _check_result(callee, value)
    return value


def _each(callee: Callee, items: Iterator[Any]) -> Iterator[Any]:
    seen: set[str] = set()
    for item in items:
        _check_item(callee, item, seen)
        yield item
    yield from _left(callee, seen)


async def _each_async(callee: Callee, items: AsyncIterator[Any]) -> AsyncIterator[Any]:
    seen: set[str] = set()
    async for item in items:
        _check_item(callee, item, seen)
        yield item
    for item in _left(callee, seen):
        yield item


def _check_result(callee: Callee, value: Any) -> None:
    if isinstance(value, (Output, MaterializeResult)):
        _check_item(callee, value, set())
    elif isinstance(value, ObserveResult) or (
        isinstance(value, tuple) and value and all(map(_is_result, value))
    ):
        return
    elif len(callee.output_types) == 1:
        (typing,) = callee.output_types.values()
        typing.demand(value, f"the result of {callee.step_name!r}")


def _check_item(callee: Callee, item: Any, seen: set[str]) -> None:
    types = callee.output_types
    if isinstance(item, Output):
        if item.output_name not in types:
            message = f"{callee.step_name!r} has no output {item.output_name!r}{_listed(list(types))}; name one that it has."
            raise DagsterInvariantViolationError(message)
        types[item.output_name].demand(item.value, f"the output {item.output_name!r} of {callee.step_name!r}")
        seen.add(item.output_name)
    elif isinstance(item, MaterializeResult):
        if len(types) == 1:
            ((name, typing),) = types.items()
            if item.has_value:
                typing.demand(item.value, f"the result of {callee.step_name!r}")
            seen.add(name)
        else:
            seen.update(types)
    elif isinstance(item, ObserveResult):
        seen.update(types)
    elif not _is_result(item):
        message = (
            f"{callee.step_name!r} yielded {type(item).__name__}: {item!r:.80}; a generator yields "
            "Output(value) or MaterializeResult(...), or returns instead of yielding."
        )
        raise DagsterInvariantViolationError(message)


def _left(callee: Callee, seen: set[str]) -> Iterator[Output[None]]:
    """What the outputs that nothing was yielded for amount to."""
    for name, typing in callee.output_types.items():
        if name in seen:
            continue
        if typing.is_nothing:
            yield Output(None, name)
        elif callee.output_required:
            message = f"{callee.step_name!r} ended without the output {name!r}; yield an Output, or declare output_required=False."
            raise DagsterInvariantViolationError(message)


def _is_result(item: object) -> bool:
    results = (Output, MaterializeResult, ObserveResult, AssetMaterialization, AssetObservation)
    return isinstance(item, results) or is_a(item, "AssetCheckResult")

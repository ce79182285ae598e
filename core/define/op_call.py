"""An op called like the function it was made from: what it gives is checked by its outputs.

The arguments are `call`'s business, as for assets. Rules: `spec/api.md` §2.6, §4.4.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from ..errors import DagsterInvariantViolationError, DagsterStepOutputNotFoundError
from .call import prepare
from .op_results import NOTED, Value, left, value_of, values_of
from .types import UNSET

if TYPE_CHECKING:
    from .op import OpDefinition

_GENERATOR, _ASYNC_GENERATOR = 0x20, 0x200


def called_with_mapping(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gets its context and one mapping of all inputs, as one that takes each by its name."""
    flags = getattr(getattr(fn, "__code__", None), "co_flags", 0)
    if flags & _GENERATOR:

        def each(context: Any, **inputs: Any) -> Any:
            yield from fn(context, inputs)

        return _noted(each, fn)
    if flags & _ASYNC_GENERATOR:

        async def each_async(context: Any, **inputs: Any) -> AsyncIterator[Any]:
            async for item in fn(context, inputs):
                yield item

        return _noted(each_async, fn)

    def whole(context: Any, **inputs: Any) -> Any:
        return fn(context, inputs)

    return _noted(whole, fn)


def _noted(outer: Callable[..., Any], fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the docstring of the inner one, and what that says of its context."""
    code = getattr(fn, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code is not None else ()
    notes = getattr(fn, "__annotations__", {})
    outer.__annotations__ = {"context": notes[names[0]]} if names and names[0] in notes else {}
    outer.__doc__ = fn.__doc__
    return outer


def invoke_op(op: OpDefinition, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call the function of an op, and give back what it returns.

    A generator or a coroutine checks as it goes.

    Raises:
        DagsterInvalidInvocationError: for an argument that is missing or too many.
        DagsterTypeCheckDidNotPass: for an argument or a result of another type than declared.
        DagsterInvariantViolationError: for a result that does not fit the op's outputs.
    """
    param = op.context_param
    if param is not None and ((args and args[0] is None) or (param in kwargs and kwargs[param] is None)):
        from ..run.builders import build_op_context  # contexts are made above

        args, kwargs = args[1:] if param not in kwargs else args, {**kwargs, param: build_op_context()}
    defaults = {
        name: slot.default
        for name, slot in op.slots.items()
        if slot.default is not UNSET and not slot.typing.is_nothing
    }
    fn, placed, context = prepare(op, args, kwargs, defaults)
    returned = fn(**placed)
    if isinstance(returned, GeneratorType):
        return _each(op, returned, context)
    if isinstance(returned, AsyncGeneratorType):
        return _each_async(op, returned, context)
    if isinstance(returned, CoroutineType):
        return _awaited(op, returned, context)
    return _whole(op, returned, context)


def _whole(op: OpDefinition, returned: Any, context: Any) -> Any:
    """What was returned, if each output gets what it should."""
    try:
        for value in values_of(op, returned):
            if isinstance(value, Value):
                _check(op, value, context)
    except DagsterStepOutputNotFoundError as missing:
        raise DagsterInvariantViolationError(str(missing)) from None
    return returned


async def _awaited(op: OpDefinition, returned: Awaitable[Any], context: Any) -> Any:
    return _whole(op, await returned, context)


def _each(op: OpDefinition, items: Iterator[Any], context: Any) -> Iterator[Any]:
    seen: list[Value] = []
    for item in items:
        _note(op, item, seen, context)
        yield item
    _end(op, seen)


async def _each_async(op: OpDefinition, items: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
    seen: list[Value] = []
    async for item in items:
        _note(op, item, seen, context)
        yield item
    _end(op, seen)


def _note(op: OpDefinition, item: Any, seen: list[Value], context: Any) -> None:
    if isinstance(item, NOTED):
        return
    seen.append(value_of(item, op, seen))
    _check(op, seen[-1], context)


def _end(op: OpDefinition, seen: list[Value]) -> None:
    try:
        list(left(op, seen, yielded=True))
    except DagsterStepOutputNotFoundError as missing:
        raise DagsterInvariantViolationError(str(missing)) from None


def _check(op: OpDefinition, value: Value, context: Any) -> None:
    if value.value is not UNSET:
        typing = value.vent.typing
        typing.demand(value.value, f"the output {value.vent.name!r} of {op.name!r}", context)

"""Calling the user's function, of whatever sort: plain, generator, coroutine, async generator.

The one stretch of a step that belongs to the user: it may be broken into, and what it raises
is the user's. It knows arguments and results, nothing of assets.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from .cancel import Cancel, Interrupted

_END = object()
_GENERATOR = 0x20  # inspect.CO_GENERATOR and CO_ASYNC_GENERATOR, without importing inspect
_ASYNC_GENERATOR = 0x200


class Said:
    """What a body gave: the value it returned, or all that it yielded, and what it raised then.

    A generator that raises after it yielded has yielded: what came before counts.
    """

    __slots__ = ("error", "returned", "yields")

    def __init__(self, returned: Any = None, yields: list[Any] | None = None) -> None:
        self.returned = returned
        self.yields = yields
        self.error: BaseException | None = None


def yields(fn: Callable[..., Any]) -> bool:
    """Whether calling the function gives a generator, async or not."""
    while isinstance(fn, partial):
        fn = fn.func
    code = getattr(getattr(fn, "__func__", fn), "__code__", None)
    return code is not None and bool(code.co_flags & (_GENERATOR | _ASYNC_GENERATOR))


def call(
    fn: Callable[..., Any],
    args: list[Any],
    kwargs: dict[str, Any],
    cancel: Cancel,
    take: Callable[[Any], None] | None = None,
) -> Said:
    """Call the function and take all that it gives; what it raises is in the result.

    Args:
        fn: The user's function.
        args: Its positional arguments.
        kwargs: Its arguments by name.
        cancel: May break in.
        take: Takes what a generator yields, at once and one after the other; then it is not in the result. What it
            raises ends the call. It may be called on another thread, while this one waits.
    """
    said = Said()
    each = False
    try:
        with cancel.interruptible():
            said.returned = fn(*args, **kwargs)
            kind = type(said.returned)
            if kind is GeneratorType and yields(fn):
                said.yields = []
                each = take is not None
                for item in () if each else said.returned:
                    said.yields.append(item)  # one by one: what came before an error counts
        if each:
            assert take is not None
            _hand_on(said.returned, take, cancel)
        if kind is CoroutineType:
            _drive(_awaited(said), cancel)
        elif kind is AsyncGeneratorType and yields(fn):
            said.yields = []
            _drive(_gathered(said, take or said.yields.append), cancel)
    except BaseException as error:  # noqa: BLE001 - it is the step's to record, and to raise again where it interrupts
        said.error = error
    return said


async def _awaited(said: Said) -> None:
    said.returned = await said.returned


async def _gathered(said: Said, take: Callable[[Any], None]) -> None:
    async for item in said.returned:
        take(item)


def _hand_on(items: Generator[Any, None, None], take: Callable[[Any], None], cancel: Cancel) -> None:
    """Hand on what a generator yields; only the generator's own code may be broken into."""
    try:
        while True:
            with cancel.interruptible():
                item = next(items, _END)
            if item is _END:
                return
            take(item)
    finally:
        items.close()


def _drive(body: Coroutine[Any, Any, None], cancel: Cancel) -> None:
    """Run a coroutine to its end, also where this thread has a running loop (Jupyter's own)."""
    import asyncio

    try:
        asyncio.get_running_loop()
        running = True
    except RuntimeError:
        running = False
    # Not inside the handler: what the body raises would be told as its consequence.
    drive = _in_thread if running else _loop
    drive(body, cancel)


def _loop(body: Coroutine[Any, Any, None], cancel: Cancel) -> None:
    import asyncio

    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        broken: list[bool] = []

        async def main() -> None:
            task = asyncio.current_task()

            def break_in() -> None:
                broken.append(True)
                loop.call_soon_threadsafe(task.cancel)  # type: ignore[union-attr]  # inside a task there is one

            with cancel.interruptible(break_in):
                await body

        try:
            runner.run(main())
        except asyncio.CancelledError:
            body.close()
            if broken:
                raise Interrupted from None
            raise
        except BaseException:
            body.close()
            raise


def _in_thread(body: Coroutine[Any, Any, None], cancel: Cancel) -> None:
    from contextvars import copy_context

    raised: list[BaseException] = []

    def work() -> None:
        try:
            _loop(body, inner)
        except BaseException as error:  # noqa: BLE001 - it is raised again by the thread that waits
            raised.append(error)

    # A token of its own, so that an interrupt of the waiting thread stops the body alone.
    inner = Cancel()
    thread = threading.Thread(target=copy_context().run, args=(work,), name="assets-async", daemon=True)
    with cancel.interruptible(inner.request):
        thread.start()
        try:
            thread.join()
        except KeyboardInterrupt:
            inner.request()
            thread.join()
            raise
    if raised:
        raise raised[0]

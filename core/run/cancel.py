"""The token with which somebody else stops a run.

The runner looks at it between steps; the step's body runs inside `interruptible`, so that
a request breaks into it. It knows nothing of plans, events or stores.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interrupted(BaseException):
    """Raised inside a body whose run is cancelled; no `except Exception` swallows it."""


class Cancel:
    """Asks a run to stop: at once between steps, else at the next Python instruction of the body.

    Any thread may ask. `waiting` tells that a body was asked and has not answered yet: it is
    inside native code, which nothing can break into.
    """

    def __init__(self) -> None:
        # Re-entrant: a signal handler of the thread that holds it may ask, too.
        self._lock = threading.RLock()
        self._asked = False
        self._break: Callable[[], None] | None = None
        self._sent = False

    @property
    def asked(self) -> bool:
        """Whether the run is to stop."""
        return self._asked

    @property
    def sent(self) -> bool:
        """Whether the step that ran was broken into."""
        return self._sent

    @property
    def waiting(self) -> bool:
        """Whether a body was asked to stop and has not done so yet."""
        return self._sent and self._break is not None

    def request(self) -> None:
        """Ask the run to stop now; what is finished is kept. Asked again, a body that went on hears it again."""
        with self._lock:
            self._asked = True
            if self._break is not None:
                self._sent = True
                self._break()

    @contextmanager
    def interruptible(self, break_in: Callable[[], None] | None = None) -> Iterator[None]:
        """The stretch of code that a request may break into.

        Args:
            break_in: How to stop this stretch; without it, an exception is raised in the calling thread.

        Raises:
            Interrupted: if the run was already asked to stop.
        """
        thread = threading.get_ident()
        outer = self._break
        with self._lock:
            if self._asked:
                self._sent = True
                raise Interrupted
            self._break = break_in or (lambda: _raise_in(thread))
        try:
            yield
        finally:
            self._leave(outer, thread)

    def _leave(self, outer: Callable[[], None] | None, thread: int) -> None:
        """Take back what was sent and not delivered, so that it cannot hit the code after the body."""
        while True:
            try:
                with self._lock:
                    self._break = outer
                    if self._sent:
                        _take_back(thread)
            except Interrupted:
                continue
            return


def _raise_in(thread: int) -> None:
    """Raise in that thread at its next Python instruction; the main one also wakes from a blocking call."""
    if thread == threading.main_thread().ident:
        import signal

        # The handler that is installed decides; without one that raises, the signal would kill or be lost.
        if callable(signal.getsignal(signal.SIGINT)) and hasattr(signal, "pthread_kill"):
            signal.pthread_kill(thread, signal.SIGINT)
            return
    _set_async(thread, Interrupted)


class _TakenBack(BaseException):
    """Takes the place of what was sent to a thread and not delivered."""


def _take_back(thread: int) -> None:
    """Let nothing that was sent to this, the calling, thread be delivered any more.

    Something is sent in its place and awaited. To clear it (`NULL`) would leave the interpreter with a
    notice that nobody takes down: Python 3.11 then hangs in the next function that is traced, by
    a debugger or a coverage tool.
    """
    meanwhile: BaseException | None = None
    while True:
        try:
            _set_async(thread, _TakenBack)
            while True:  # it comes at the next jump back
                pass
        except _TakenBack:
            break
        except BaseException as raised:  # noqa: BLE001  an interrupt of the kernel; it goes on below
            meanwhile = raised
    if meanwhile is not None:
        raise meanwhile


def _set_async(thread: int, raised: type[BaseException]) -> None:
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(raised))

"""`Gather`: events wait a moment so that many share one transaction of the log.

The runner adds, one thread of its own commits, at most 50 ms after the first event that
waits. What is committed is told to a listener, and only then counts as done.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from time import monotonic

from ..events import Event, Materialized, StepFailed, StepSkipped, StepStarted, Stored, piece_of
from ..latest import Entry
from ..storage import EventLog

WAIT = 0.05

# Those that may still hold an event: an interrupt can cut a run off before it closes its own.
_open: weakref.WeakSet[Gather] = weakref.WeakSet()

_ENDS = frozenset({Materialized, StepFailed, StepSkipped})


class Gather:
    """Collects events and commits them in batches, in the order they came.

    All transactions happen on another thread, so an interrupt of the main thread never
    tears one. That thread waits on a condition, the main thread on plain locks only: a condition
    that is interrupted while it is waited for raises what nobody asked for, or stays locked. An error of the log is raised by the next call, at the
    latest by `close`.

    Args:
        log: Where the batches go.
        committed: Hears every batch after its commit, on the committing thread.
        wait: The longest time, in seconds, that an event waits.
    """

    def __init__(
        self, log: EventLog, committed: Callable[[Sequence[Entry]], None] | None = None, *, wait: float = WAIT
    ) -> None:
        self.log = log
        self._committed = committed
        self._wait = wait
        # Entered as it is, not through the condition: an interrupt inside of that would leave it locked.
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._turn = threading.Lock()
        """Who commits has it: an interrupt may let a second thread be started, which then finds nothing to do."""
        self._events: list[Event] = []
        self._values: list[tuple[Stored, bytes]] = []
        self._held: set[str] = set()
        self._since = 0.0
        self._busy = False
        self._asked = self._alive = False
        self._closing = False
        self._waiting: list[threading.Lock] = []
        """Locks that are let go when nothing waits any more."""
        self._error: BaseException | None = None
        for other in list(_open):
            if other.log is log:
                other.settle()
        _open.add(self)

    def add(self, events: Sequence[Event], values: Sequence[tuple[Stored, bytes]] = ()) -> None:
        """Let these events, and the small values they name, be committed soon.

        Raises:
            StoreError: if an earlier batch could not be committed.
        """
        with self._lock:
            self._check()
            first = not self._events
            for stored, _ in values:
                self._held.add(stored.name)
            # Values first: an interrupt may come between, and no event goes without its value.
            self._values.extend(values)
            self._events.extend(events)
            if not self._events:
                return
            if first:
                self._since = monotonic()
            if not self._asked:
                self._start()
            self._news.notify_all()

    def holds(self, stored: Stored) -> bool:
        """Whether this small value still waits to be committed."""
        return stored.name in self._held

    def flush(self) -> None:
        """Come back when everything added so far is committed.

        Raises:
            StoreError: if it could not be.
        """
        self.settle()
        self._check()

    def close(self) -> None:
        """Commit what waits and end the thread; an interrupt meanwhile is raised after that.

        Raises:
            StoreError: if a batch could not be committed.
        """
        interrupt: BaseException | None = None
        while True:
            try:
                with self._lock:
                    self._closing = True
                    self._news.notify_all()
                self.settle()
                break
            except KeyboardInterrupt as raised:
                if interrupt is not None:
                    raise
                interrupt = raised
        if interrupt is not None:
            raise interrupt
        self._check()

    def settle(self) -> None:
        """Come back when nothing waits any more, or when it could not be committed."""
        done = threading.Lock()
        done.acquire()
        with self._lock:
            if self._error is not None or not (self._events or self._busy):
                return
            self._waiting.append(done)
            if not self._alive:
                self._start()
            self._news.notify_all()
        done.acquire()

    def _start(self) -> None:
        """Let there be a thread, and come back when it runs."""
        thread = threading.Thread(target=self._work, name="assets-commit", daemon=True)
        try:
            thread.start()
        except RuntimeError as torn:
            # An interrupt that came while it waited for the thread to run; the thread runs.
            if isinstance(torn.__context__, KeyboardInterrupt):
                raise torn.__context__ from None
            raise
        self._asked = True

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        with self._turn:
            self._alive = True
            try:
                while self._batch():
                    pass
            except BaseException as error:  # noqa: BLE001 - it is raised again, on the runner's thread
                with self._lock:
                    self._error = error
            finally:
                with self._lock:
                    self._asked = self._alive = self._busy = False
                    self._let_go()

    def _batch(self) -> bool:
        """Commit what comes next, when it is due; `False` when nothing more will come."""
        with self._lock:
            while not self._events and not self._closing and self._error is None:
                self._news.wait()
            while not (self._waiting or self._closing):
                left = self._since + self._wait - monotonic()
                if left <= 0:
                    break
                self._news.wait(left)
            if not self._events or self._error is not None:
                return False
            events, values = self._events, self._values
            self._events, self._values = [], []
            self._busy = True
        self._tell(self.log.append(_without_finished_starts(events), values))
        with self._lock:
            self._busy = False
            # What came meanwhile may name one of the same values again.
            self._held = {stored.name for stored, _ in self._values}
            if not self._events:
                self._let_go()
        return True

    def _let_go(self) -> None:
        waiting, self._waiting = self._waiting, []
        for lock in waiting:
            lock.release()

    def _tell(self, entries: Sequence[Entry]) -> None:
        if self._committed is None:
            return
        try:
            self._committed(entries)
        except Exception as error:  # noqa: BLE001 - a listener never steers: a run does not fail because its display did
            import sys

            sys.excepthook(type(error), error, error.__traceback__)


def _without_finished_starts(events: list[Event]) -> list[Event]:
    """The batch without the starts whose end is in it too: the end says all that they would."""
    ended = {piece_of(event) for event in events if type(event) in _ENDS}
    if not ended:
        return events
    return [event for event in events if not (type(event) is StepStarted and event.piece in ended)]

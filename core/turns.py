"""Whose turn it is to run: one run at a time goes on in a workspace, and the others wait.

A run may be asked for on the main thread (a cell), or on a worker's (a click); whoever waits
can be cancelled or interrupted. Rules: `spec/notebook.md` §6.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, TypeVar

from .errors import DagsterInvariantViolationError, RunCancelledError
from .keys import Piece

if TYPE_CHECKING:
    from .decide.plan import Plan
    from .run.cancel import Cancel
    from .run.pace import Pace
    from .run.runner import Progress

_Made = TypeVar("_Made")

_SHORT = 0.05
"""How long a wait for the turn is, in seconds: an interrupt of the kernel must come through."""


class Activity:
    """The run that goes on: what it plans, what it has done, how fast it goes, and how to stop it."""

    def __init__(self, plan: Plan, cancel: Cancel, pace: Pace) -> None:
        self.run = ""
        self.plan = plan
        self.cancel = cancel
        self.pace = pace
        self.pieces: dict[Piece, str] = {step.piece: "queued" for step in plan.steps}
        self.notes: dict[Piece, str] = {}
        """What else is to be said of some of them: that they are tried again."""
        self.progress: Progress | None = None

    def follow(self, progress: Progress) -> None:
        """Note how far the run is, and what that says about the pieces that are queued or running."""
        self.progress, self.run = progress, progress.run
        self.pace.heard(progress)
        piece = progress.piece
        if piece is None:
            return
        if progress.what in {"running", "waiting"}:
            self.pieces[piece] = "running" if progress.what == "running" else "queued"
        else:
            self.pieces.pop(piece, None)
        self.notes.pop(piece, None)
        if progress.note:
            self.notes[piece] = progress.note


class Turns:
    """The right to run in one workspace.

    Args:
        tell: Is called when the run that goes on is another, or further.

    Attributes:
        activity: The run that goes on, if there is one.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self.activity: Activity | None = None
        self._tell = tell
        self._lock = threading.RLock()

    def active(self) -> Mapping[Piece, str]:
        """The pieces that are `queued` or `running` at this moment."""
        activity = self.activity
        return dict(activity.pieces) if activity is not None else {}

    def notes(self) -> Mapping[Piece, str]:
        """What else is to be said of the pieces of the run that goes on: that they are tried again, and when."""
        activity = self.activity
        return dict(activity.notes) if activity is not None else {}

    @contextmanager
    def turn(self, token: Cancel) -> Iterator[None]:
        """Hold the right to run; a cancelled token stops waiting for it.

        Raises:
            DagsterInvariantViolationError: inside a body that a run of this workspace calls: it would wait for itself.
            RunCancelledError: if the token is cancelled meanwhile.
        """
        if self in _held.get():
            raise DagsterInvariantViolationError(self._own())
        try:
            while not self._lock.acquire(timeout=_SHORT):
                if token.asked:
                    message = "The run was cancelled while it waited for its turn."
                    raise RunCancelledError(message)
            yield
        finally:
            with suppress(RuntimeError):  # it says that the turn is not, or no longer, this thread's
                while True:
                    # An interrupt may have come between a turn's beginning, or its end, and our hearing of it.
                    self._lock.release()

    def go_on(
        self,
        activity: Activity,
        work: Callable[[Callable[[Progress], None]], _Made],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> _Made:
        """Do the work of a run, and tell everybody how far it is.

        Args:
            activity: The run.
            work: Does it, and calls what it is given at each change.
            on_progress: Who asked hears of each change before the others.
        """

        def heard(progress: Progress) -> None:
            activity.follow(progress)
            if on_progress is not None:
                on_progress(progress)
            self._tell()

        def held() -> _Made:
            _held.set((*_held.get(), self))
            return work(heard)

        try:
            self.activity = activity
            return copy_context().run(held)
        finally:
            self.activity = None
            self._tell()

    def cancel(self, run: str | None = None) -> bool:
        """Stop the run that goes on; whether there was one.

        Args:
            run: Only if the run that goes on has this id.
        """
        activity = self.activity
        if activity is None or (run is not None and activity.run and run != activity.run):
            return False
        activity.cancel.request()
        self._tell()
        return True

    def _own(self) -> str:
        running = next((piece for piece, state in self.active().items() if state == "running"), None)
        where = f"the body of {str(running)!r}" if running is not None else "a step of a run"
        return (
            f"materialize was called inside {where}, and one run at a time goes on in a workspace: it would wait for itself. "
            "Take the other asset as a parameter, or name it in `deps`: then it is brought up to date first."
        )


_held: ContextVar[tuple[Turns, ...]] = ContextVar("assets_turns", default=())
"""The turns that enclose the code that asks: also a body that runs on a thread of its own."""

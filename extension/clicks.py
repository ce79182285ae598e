"""Runs that a page asks for: a queue, and one thread that works on it.

A click returns at once; its run waits for its turn behind whatever runs, a cell's run
included. A request equal to one that waits is the same request. Rule: `spec/notebook.md` §6.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple

from ..core.errors import RunCancelledError
from ..core.graph import Graph
from ..core.keys import AssetKey, Piece
from ..core.run.cancel import Cancel
from ..core.run.pace import FEW
from ..core.run.result import RunSummary
from ..core.run.runner import Progress
from ..core.turns import Activity
from ..core.workspace import Workspace
from ..widgets.models import RunModel
from .display import counted, sentence
from .progress import pace_in_words

_PATIENCE = 5.0


class Ask(NamedTuple):
    """What is to be run; equal asks are one."""

    keys: tuple[AssetKey, ...] | None
    """`None` is everything."""
    mode: str
    partitions: tuple[tuple[AssetKey, tuple[str, ...]], ...] | None

    @staticmethod
    def of(
        keys: Sequence[AssetKey] | None,
        mode: str,
        partitions: Mapping[AssetKey, Sequence[str]] | None = None,
    ) -> Ask:
        """The ask of these assets and partitions, in one order."""
        chosen = None if partitions is None else tuple(sorted((k, tuple(p)) for k, p in partitions.items()))
        return Ask(None if keys is None else tuple(sorted(set(keys))), mode, chosen)

    @property
    def arguments(self) -> dict[str, Any]:
        """The same for `plan`; `materialize` calls the partitions `partition`."""
        return {
            "selection": None if self.keys is None else list(self.keys),
            "partitions": None if self.partitions is None else dict(self.partitions),
            **asked(self.mode),
        }


class Ticket:
    """One ask on its way: where it stands, and how to stop it."""

    def __init__(self, number: int, ask: Ask) -> None:
        self.id = f"click-{number}"
        self.ask = ask
        self.cancel = Cancel()
        self.state = "queued"
        self.text = ""
        self.progress: Progress | None = None
        self.planned: tuple[Graph, frozenset[Piece]] | None = None
        self.begun = monotonic()
        self.seconds = 0.0
        self.over = threading.Event()


class Clicks:
    """The queue of a workspace's clicks.

    Args:
        workspace: What runs.
        changed: Called after every change of the queue.
    """

    def __init__(self, workspace: Workspace, changed: Callable[[], None]) -> None:
        self._workspace = workspace
        self._changed = changed
        self._waiting: deque[Ticket] = deque()
        self._current: Ticket | None = None
        self._last: Ticket | None = None
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._numbers = itertools.count(1)
        self.ended = 0
        """How many asks have come to their end."""

    def submit(self, ask: Ask) -> Ticket:
        """Enqueue an ask, or find the equal one that waits."""
        with self._ready:
            for ticket in self._waiting:
                if ticket.ask == ask:
                    return ticket
            ticket = Ticket(next(self._numbers), ask)
            self._waiting.append(ticket)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="assets-runs", daemon=True)
                self._thread.start()
            self._ready.notify_all()
        self._changed()
        return ticket

    def cancel(self, run: str | None = None) -> bool:
        """Stop a run: one that waits is dropped, one that runs stops as soon as it can.

        Args:
            run: A ticket's or a run's id; left out, the run that goes on, else all that wait.

        Returns:
            Whether there was anything to stop.
        """
        with self._ready:
            dropped = [t for t in self._waiting if t.id == run or (run is None and self._current is None)]
            for ticket in dropped:
                self._waiting.remove(ticket)
                self._end(ticket, "cancelled", "Cancelled before it began.")
            current = self._current
        if dropped:
            self._changed()
            return True
        activity = self._workspace.activity
        if activity is not None and run and activity.run.startswith(run):
            run = activity.run
        if current is not None and run in {None, current.id, activity.run if activity else ""}:
            current.cancel.request()
            self._changed()
            return True
        return self._workspace.cancel(run)

    def model(self) -> RunModel | None:
        """What a page shows of runs: the one that goes on, else the first that waits, else the last."""
        with self._ready:
            waiting = len(self._waiting)
            ticket = self._current or (self._waiting[0] if self._waiting else None)
            last = self._last
        activity = self._workspace.activity
        if activity is not None:
            return _running(activity, ticket if ticket is self._current else None, waiting)
        shown = ticket or last
        if shown is None:
            return None
        total = len(shown.ask.keys or ())
        done, kept, all_ = (0, 0, total)
        if shown.progress is not None:
            done, kept, all_ = shown.progress.finished, shown.progress.kept, shown.progress.total
        text = shown.text or ("Waiting for its turn." if shown.state == "queued" else "")
        return RunModel(
            id=shown.id,
            state="queued" if shown.state == "running" else shown.state,  # it has no plan yet
            done=done,
            total=all_,
            current="",
            text=text,
            waiting=waiting,
            kept=kept,
            seconds=shown.seconds,
        )

    def active(self) -> dict[Piece, str]:
        """The pieces that are `queued` or `running`: of the run that goes on, and of what waits its turn."""
        with self._ready:
            tickets = [*([self._current] if self._current is not None else []), *self._waiting]
        activity = self._workspace.activity
        waiting = [t for t in tickets if activity is None or activity.cancel is not t.cancel]
        found = {piece: "queued" for ticket in waiting for piece in self._planned(ticket)}
        return {**found, **self._workspace.active()}

    def _planned(self, ticket: Ticket) -> frozenset[Piece]:
        """What a ticket that waits would run as things stand; worked out once for each graph."""
        graph = self._workspace.graph
        if ticket.planned is None or ticket.planned[0] is not graph:
            try:
                steps = self._workspace.plan(**ticket.ask.arguments).steps
            except Exception:  # noqa: BLE001  its own turn will tell what is wrong with it
                steps = ()
            ticket.planned = graph, frozenset(step.piece for step in steps)
        return ticket.planned[1]

    def open(self) -> None:
        """Take asks again, after `close`."""
        self._closed = False

    def close(self) -> None:
        """Drop what waits, stop what runs, end the thread."""
        with self._ready:
            self._closed = True
            for ticket in self._waiting:
                self._end(ticket, "cancelled", "Cancelled before it began.")
            self._waiting.clear()
            if self._current is not None:
                self._current.cancel.request()
            self._ready.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_PATIENCE)

    def _work(self) -> None:
        while True:
            with self._ready:
                while not self._waiting and not self._closed:
                    self._ready.wait()
                if self._closed:
                    return
                ticket = self._current = self._waiting.popleft()
                ticket.state, ticket.begun = "running", monotonic()
            self._changed()
            state, text = self._run(ticket)
            with self._ready:
                self._current = None
                self._end(ticket, state, text)
            self._changed()

    def _run(self, ticket: Ticket) -> tuple[str, str]:
        """Run one ask to its end; whatever happens, it is words for the page."""

        def heard(progress: Progress) -> None:
            ticket.progress = progress
            self._changed()

        arguments = ticket.ask.arguments
        try:
            summary = self._workspace.materialize(
                partition=arguments.pop("partitions"),
                **arguments,
                raise_on_error=False,
                on_progress=heard,
                cancel=ticket.cancel,
            )
        except RunCancelledError as error:
            return "cancelled", str(error)
        except BaseException as error:  # noqa: BLE001  the thread must live on, and the user must know
            return "failed", f"{type(error).__name__}: {error}"
        return _outcome(summary), " ".join([sentence(summary), *summary.blocked])

    def _end(self, ticket: Ticket, state: str, text: str) -> None:
        ticket.state, ticket.text = state, text
        ticket.seconds = monotonic() - ticket.begun
        self._last = ticket
        self.ended += 1
        ticket.over.set()


def _outcome(summary: RunSummary) -> str:
    if summary.cancelled:
        return "cancelled"
    return "done" if summary.success else "failed"


def _running(activity: Activity, ticket: Ticket | None, waiting: int) -> RunModel:
    progress = activity.progress
    done, total, kept = (0, len(activity.plan.steps), 0)
    if progress is not None:
        done, total, kept = progress.finished, progress.total, progress.kept
    noted = next(iter(list(activity.notes.items())), None)
    running = next((piece for piece, state in list(activity.pieces.items()) if state == "running"), None)
    text = f"{done} of {counted(total, 'step')}"
    if noted is not None:
        text += f" · {noted[0]}: {noted[1]}"
        running = None if running == noted[0] else running  # it is named already
    if total >= FEW:
        text = " · ".join([text, *pace_in_words(activity.pace)])
    if activity.cancel.waiting:
        text = "Cancelling: waiting for native code."
    elif activity.cancel.asked:
        text = "Cancelling."
    return RunModel(
        id=ticket.id if ticket is not None else activity.run,
        state="cancelling" if activity.cancel.asked else "running",
        done=done,
        total=total,
        current="" if running is None else running.asset.to_escaped_user_string(),
        text=text,
        waiting=waiting,
        kept=kept,
        seconds=0.0 if ticket is None else monotonic() - ticket.begun,
    )


def asked(mode: str) -> dict[str, Any]:
    """The arguments of `plan` and `materialize` for a mode."""
    return {"only": mode == "only", "force": mode == "force", "downstream": mode == "downstream"}

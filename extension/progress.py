"""How far a run is, in the cell that runs it: one line, taken away before the summary takes its place.

A saved notebook holds no progress, so the line is a widget of its own that is closed at the
end. Where the cell holds the magic and nothing more, its output is cleared then; elsewhere the
place stays, with nothing in it. A terminal gets the same line on its error stream. Rules:
`spec/notebook.md` §6 and §7.
"""

from __future__ import annotations

import contextvars
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from ..core.run.pace import Pace
from ..core.turns import Activity
from ..core.workspace import Workspace
from ..widgets.views.plan import HOUR, MINUTE, in_words

DELAY = 1.0
"""Seconds that a run may take without a word."""
PAUSE = 0.5
"""Seconds between two looks."""
_ALONE = re.compile(r"(\s*#[^\n]*\n|\s*\n)*[ \t]*%assets[ \t]+(materialize|observe)\b[^\n;]*\s*\Z")
_BROADEST = 100


class Line(Protocol):
    """A place for one line of text."""

    def show(self, text: str) -> None:
        """Put this text there instead of the former."""
        ...

    def take_away(self) -> None:
        """Leave the place as it was."""
        ...


@contextmanager
def shown(
    workspace: Workspace, line: Callable[[], Line] | None, *, delay: float = DELAY, pause: float = PAUSE
) -> Iterator[None]:
    """Show how the run of this block goes on.

    Args:
        workspace: What runs.
        line: Makes the place for it, when it is needed first; `None` shows nothing.
        delay: After how many seconds to begin.
        pause: Seconds between two looks.
    """
    if line is None:
        yield
        return
    over = threading.Event()
    places: list[Line] = []

    def watch() -> None:
        if over.wait(delay):
            return
        while not over.is_set():
            activity = workspace.activity
            if activity is not None:  # the run has a plan, so the store is open
                with suppress(Exception):  # a line less is no reason to stop a run
                    if not places:
                        places.append(line())
                    places[0].show(words(activity))
            over.wait(pause)

    # The context is the cell's: by it the kernel knows under which cell an output goes.
    watcher = threading.Thread(
        target=contextvars.copy_context().run, args=(watch,), name="assets-progress", daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        for place in places:
            place.take_away()


def words(activity: Activity, now: Callable[[], datetime] = datetime.now) -> str:
    """`3 of 10 · model · about 2 min left (until 14:05)`.

    Args:
        activity: The run.
        now: Tells the time of day.
    """
    progress = activity.progress
    finished = progress.finished if progress is not None else 0
    parts = [f"{finished:,} of {progress.total if progress is not None else len(activity.plan.steps):,}"]
    current = next((piece for piece, state in list(activity.pieces.items()) if state == "running"), None)
    if current is not None:
        parts.append(str(current))
    parts += [f"{piece}: {note}" for piece, note in dict(activity.notes).items()][:1]
    parts += pace_in_words(activity.pace, now)
    if activity.cancel.asked:
        parts.append("cancelling")
    return " · ".join(parts)


def pace_in_words(pace: Pace, now: Callable[[], datetime] = datetime.now) -> list[str]:
    """How fast a run goes, as far as that is known, and when it may end: `41/s`, `about 3 min left (until 14:05)`."""
    parts = []
    rate, left = pace.rate(), pace.left()
    if rate is not None:
        parts.append(_rate(rate))
    if left:
        end = ""
        if left >= MINUTE:
            begun = now()
            over = begun + timedelta(seconds=left)
            end = f" (until {over:%H:%M})" if over.date() == begun.date() else f" (until {over:%a %H:%M})"
        parts.append(f"about {in_words(left)} left{end}")
    return parts


def _rate(each_second: float) -> str:
    """So many a second, a minute or an hour: in the unit that gives a number of at least one."""
    for unit, seconds in (("s", 1), ("min", MINUTE)):
        if each_second * seconds >= 1:
            return f"{each_second * seconds:,.0f}/{unit}"
    return f"{each_second * HOUR:.1f}/h"


class InCell:
    """A line under the running cell, as a widget: what is saved and compared does not hold it.

    Args:
        alone: Whether the cell shows nothing else, so that all of its output may be cleared.
    """

    def __init__(self, *, alone: bool) -> None:
        from ipywidgets import HTML

        self._alone = alone
        self._widget: Any = HTML()
        self._place = {"display_id": self._widget.model_id}
        bundle = self._widget._repr_mimebundle_()
        self._put({mime: data for mime, data in bundle.items() if mime != "text/plain"})

    def show(self, text: str) -> None:
        """Put this text there instead of the former."""
        import html

        self._widget.value = f"<span>{html.escape(text)}</span>"

    def take_away(self) -> None:
        """Close the widget, and clear the cell before its next output, or leave its place empty."""
        from IPython.display import clear_output

        for each in (self._widget.layout, self._widget.style, self._widget):
            each.close()
        if self._alone:
            clear_output(wait=True)  # type: ignore[no-untyped-call]  # IPython has no types here
        else:
            self._put({}, update=True)

    def _put(self, data: dict[str, Any], *, update: bool = False) -> None:
        from IPython.display import publish_display_data

        publish_display_data(data, transient=self._place, update=update)  # type: ignore[no-untyped-call]  # as above


class OnTerminal:
    """The last line of a terminal, written over and over."""

    def __init__(self) -> None:
        self._stream = sys.__stderr__
        self._long = 0

    def show(self, text: str) -> None:
        """Put this text there instead of the former."""
        if self._stream is not None:
            text = text[:_BROADEST]
            self._stream.write(f"\r{text:<{self._long}}")
            self._stream.flush()
            self._long = len(text)

    def take_away(self) -> None:
        """Leave an empty line for what comes next."""
        if self._stream is not None and self._long:
            self._stream.write("\r" + " " * self._long + "\r")
            self._stream.flush()


def place_for(kernel: object, cell: str) -> Callable[[], Line] | None:
    """Where the progress of a run can be shown; `None` where nobody would see it.

    Args:
        kernel: The kernel of the shell; `None` in a terminal.
        cell: The text of the cell that runs.
    """
    if kernel is not None:
        return partial(InCell, alone=_ALONE.match(cell) is not None)
    stream = sys.__stderr__
    return OnTerminal if stream is not None and stream.isatty() else None

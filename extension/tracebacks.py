"""How errors look under a cell: the user's frames alone, and no frames at all for a mistake in a magic.

IPython asks an exception that has `_render_traceback_` for its lines. The class of the one
error that names what failed in a run gets that method while the extension is loaded; so it
looks the same whether a magic or a method of the workspace raised it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..core.errors import RunFailedError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_PACKAGE = __name__.partition(".")[0]
_NAME = "_render_traceback_"
_ONE_FAILED = 2
"""Of how many lines the text is if one asset failed: how many, and which."""


def without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """The same traceback without the frames of this package."""
    frames = []
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__"))
        if module.partition(".")[0] != _PACKAGE:
            frames.append(traceback)
        traceback = traceback.tb_next
    shown: TracebackType | None = None
    for frame in reversed(frames):
        shown = TracebackType(shown, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return shown


CELL_FILE = re.compile(r'File "([^"\n]*(?:ipykernel_\d+|<ipython-input)[^"\n]*)"')
"""How a traceback calls a cell: with the process and a number, another one each time."""


def cells_named(shell: InteractiveShell, traceback: str) -> str:
    """The traceback with the cells called as IPython calls them; those of other sessions have no number."""

    def name(found: re.Match[str]) -> str:
        told = shell.compile.format_code_name(found[1])
        return " ".join(told) if told is not None else "Cell"

    return CELL_FILE.sub(name, traceback)


def render_failed_runs(shell: InteractiveShell) -> Callable[[], None]:
    """Show a failed run as the user's own error, followed by the sentence that names what failed.

    Returns:
        What undoes it.
    """

    def lines(error: RunFailedError) -> list[str]:
        cause = error.__cause__
        told = str(error).split("\n")
        named = [f"{type(error).__name__}: {line}" if at == 0 else line for at, line in enumerate(told)]
        if cause is None:
            return named
        if len(told) == _ONE_FAILED:
            del named[1:]  # the traceback says it
        shown = shell.InteractiveTB.structured_traceback(
            type(cause), cause, without_ours(cause.__traceback__)
        )
        return [*_trimmed(shown), "", *named]

    setattr(RunFailedError, _NAME, lines)

    def undo() -> None:
        if RunFailedError.__dict__.get(_NAME) is lines:
            delattr(RunFailedError, _NAME)

    return undo


def _trimmed(lines: Any) -> list[str]:
    return [str(line) for line in lines]


def show_error(shell: InteractiveShell, error: BaseException) -> None:
    """Show an error under the running cell in one line; the cell itself ran, so nothing after it is stopped."""
    line = f"{type(error).__name__}: {error}"
    show = getattr(shell, "_showtraceback", None)
    if show is None:
        print(line)  # noqa: T201  a shell without a traceback of its own
        return
    show(type(error), error, [line])

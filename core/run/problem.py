"""An exception of the user's code, as data: its class, message and traceback without our frames.

Called by the runner when a body raised; the exception itself keeps the shortened traceback,
so that whoever raises it again shows the user's frames alone.
"""

from __future__ import annotations

from types import TracebackType

from ..define.results import Failure, RetryRequested
from ..errors import WITHIN, CheckError, DagsterError, DagsterExecutionStepExecutionError
from ..events import Problem
from ..rows import MESSAGE_LIMIT, TRACEBACK_LIMIT, clip

_PACKAGE = __name__.partition(".")[0]
_MACHINERY = frozenset({_PACKAGE, "asyncio", "threading", "concurrent", "contextlib", "contextvars"})


def user_traceback(error: BaseException) -> TracebackType | None:
    """The traceback from the first frame on that is neither ours nor asyncio's; `None` if there is none."""
    frame = error.__traceback__
    while frame is not None:
        module = frame.tb_frame.f_globals.get("__name__") or ""
        if str(module).partition(".")[0] not in _MACHINERY:
            return frame
        frame = frame.tb_next
    return None


def problem_of(error: BaseException) -> Problem:
    """What the log keeps of an exception, bounded in size."""
    import traceback  # only a failure pays for it

    cls = type(error).__name__
    users = user_traceback(error)
    # An error that we raise on purpose says all in its message; one that we do not is a defect worth its frames.
    if users is not None or isinstance(error, (DagsterError, CheckError)):
        error.__traceback__ = users
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - the user's `__str__` may raise what it likes
        message = f"<the message of {cls} cannot be read>"
    try:
        text = "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - so may whatever formatting looks at
        text = f"{cls}: {message}\n"
    return Problem(cls, clip(message, MESSAGE_LIMIT), clip(text, TRACEBACK_LIMIT), _within(error))


def _within(error: BaseException) -> str:
    """Under which class the reference records it: its own, if it is ours or what a body raises on purpose."""
    known: str = getattr(error, WITHIN, "")
    on_purpose = isinstance(error, (DagsterError, CheckError, Failure, RetryRequested))
    if known or on_purpose or not isinstance(error, Exception):
        return known
    return DagsterExecutionStepExecutionError.__name__

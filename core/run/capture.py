"""What a step prints and logs goes to its run, whoever else prints at that moment.

`sys.stdout` and `sys.stderr` are replaced once, while any run goes on, by a stand-in that
asks the context of the writer where to write; what is not a step passes through untouched.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeAlias

from ..events import Logged
from ..keys import Piece

if TYPE_CHECKING:  # `logging` is imported by the first step that logs
    import logging

    from .echo import Echo

Stream: TypeAlias = Literal["stdout", "stderr", "log"]

MOST_TEXT = 1_000_000
"""What is kept of one step's output per stream, in characters."""

_CHUNK = 8_000
_PAUSE = 0.2

heard_by: ContextVar[Sink | None] = ContextVar("assets_sink", default=None)
"""Who hears what is printed here: the sink of the step that runs; `None` outside of one."""


class Sink:
    """Where one step's output goes: pieces of text become `Logged` events.

    Text waits until there is a good deal of it, or some time went by, so that a loop that
    prints does not make an event per line.

    Args:
        emit: Takes the events.
        run: The run's id.
        piece: The step's piece; `None` for what belongs to the run as a whole.
        echo: What hears of it too; the text is also written where it would have gone. `None` for nothing.
        step: The step's name, where it is not the asset's.
    """

    __slots__ = ("_emit", "_kept", "_lock", "_logger", "_since", "_waiting", "echo", "piece", "run", "step")

    def __init__(
        self,
        emit: Callable[[Sequence[Logged]], None],
        run: str,
        piece: Piece | None,
        *,
        echo: Echo | None = None,
        step: str = "",
    ) -> None:
        self.step = step
        self._emit = emit
        self._lock = threading.Lock()
        self._logger: logging.Logger | None = None
        self._waiting: dict[Stream, list[str]] = {}
        self._kept: dict[Stream, int] = {}
        self._since = 0.0
        self.run = run
        self.piece = piece
        self.echo = echo

    def write(self, stream: Stream, text: str) -> None:
        """Take a piece of text of a stream."""
        if not text or not self._room(stream, len(text)):
            return
        now = monotonic()
        with self._lock:
            waiting = self._waiting.setdefault(stream, [])
            if not any(self._waiting.values()):
                self._since = now
            waiting.append(text)
            full = now - self._since > _PAUSE or sum(map(len, waiting)) > _CHUNK
        if full and text.endswith("\n"):
            self.flush()

    def record(self, level: str, text: str) -> None:
        """Take one message of the step's logger."""
        if self._room("log", len(text)):
            self.flush()
            self._emit([Logged(self.run, time(), self.piece, "log", level, text[:MOST_TEXT], self.step)])

    def flush(self) -> None:
        """Hand on what waits."""
        if not self._waiting:
            return
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        at = time()
        self._emit(
            [
                Logged(self.run, at, self.piece, stream, "INFO", "".join(texts), self.step)
                for stream, texts in waiting.items()
                if texts
            ]
        )

    def _room(self, stream: Stream, size: int) -> bool:
        """Whether this much is still kept; the first text that is not leaves a note."""
        kept = self._kept.get(stream, 0)
        self._kept[stream] = kept + size
        if kept + size <= MOST_TEXT:
            return True
        if kept <= MOST_TEXT:
            self._kept[stream] = MOST_TEXT + size + 1
            note = f"… what this step writes to {stream} beyond {MOST_TEXT:,} characters is not kept …\n"
            self._emit([Logged(self.run, time(), self.piece, stream, "WARNING", note, self.step)])
        return False

    @property
    def logger(self) -> logging.Logger:
        """The step's logger: every message becomes an event of the run."""
        if self._logger is None:
            self._logger = _logger(self)
        return self._logger


def _logger(sink: Sink) -> logging.Logger:
    import logging

    class ToRun(logging.Handler):
        """Hands the text of a record to the sink."""

        def emit(self, record: logging.LogRecord) -> None:
            """Take one record; a message that cannot be worded is reported as `logging` does it."""
            try:
                sink.record(record.levelname, self.format(record))
            except Exception:  # noqa: BLE001 - the promise of every handler: logging never raises
                self.handleError(record)

    # Not one of the tree of loggers: it lives as long as its step, and nobody else configures it.
    logger = logging.Logger("assets", logging.DEBUG)  # noqa: LOG001 - on purpose, see above
    logger.addHandler(ToRun())
    for handler in sink.echo.handlers(sink) if sink.echo is not None else ():
        logger.addHandler(handler)
    return logger


class _StandIn:
    """A stream that writes to the sink of the writer's context, or to the stream it stands for.

    Others hang something of theirs into a stream: IPython puts a `write` around the one it
    finds when a cell begins, and puts that one back when the cell ends, whatever stands in
    `sys.stdout` by then. So what the stand-in does itself is replaced on the stand-in alone,
    never on the stream beneath, which would then call itself through it.
    """

    def __init__(self, real: TextIO, name: Literal["stdout", "stderr"]) -> None:
        self.__dict__["_real"] = real
        self.__dict__["_name"] = name

    @property
    def write(self) -> Callable[[str], int]:
        """What writes a text: to the step's run, or where it would have gone."""
        theirs = self.__dict__.get("_theirs")
        # A step's text is for its run alone; whoever else listens, listens to the cell.
        return theirs if theirs is not None and heard_by.get() is None else self._write

    def _write(self, text: str) -> int:
        real, sink = self.__dict__["_real"], heard_by.get()
        if sink is None:
            return real.write(text)  # type: ignore[no-any-return]  # set in __init__ past __setattr__
        if not isinstance(text, str):
            message = f"write() argument must be str, not {type(text).__name__}"
            raise TypeError(message)
        sink.write(self.__dict__["_name"], text)
        if sink.echo is not None:
            real.write(text)
        return len(text)

    def writelines(self, lines: Sequence[str]) -> None:
        """Write one text after the other."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush what lies beneath, unless a step writes: its text never went there."""
        sink = heard_by.get()
        if sink is None or sink.echo is not None:
            self.__dict__["_real"].flush()

    def isatty(self) -> bool:
        """A run's log is no terminal."""
        return heard_by.get() is None and bool(self.__dict__["_real"].isatty())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_real"], name)

    def __setattr__(self, name: str, value: object) -> None:
        if name == "write":
            self.__dict__["_theirs"] = None if value == self._write else value
        elif name in _OWN:
            self.__dict__[name] = value
        else:
            setattr(self.__dict__["_real"], name, value)

    def __delattr__(self, name: str) -> None:
        if name == "write":
            self.__dict__.pop("_theirs", None)
        elif name in _OWN:
            self.__dict__.pop(name, None)
        else:
            delattr(self.__dict__["_real"], name)


_OWN = frozenset({"writelines", "flush", "isatty"})
"""What a stand-in does itself, beside `write`."""

_STREAMS: tuple[Literal["stdout", "stderr"], ...] = ("stdout", "stderr")
_install_lock = threading.Lock()
_users = 0


def _beneath(stream: Any) -> Any:
    return stream.__dict__["_real"] if isinstance(stream, _StandIn) else stream


@contextmanager
def capturing() -> Iterator[None]:
    """Stand in for the two streams as long as any such context is open."""
    global _users  # noqa: PLW0603 - the streams are the process's, so is the count of who needs them replaced
    with _install_lock:
        _users += 1
        for name in _STREAMS:
            stream = getattr(sys, name)
            if stream is not None and not isinstance(stream, _StandIn):
                setattr(sys, name, _StandIn(stream, name))
    try:
        yield
    finally:
        with _install_lock:
            _users -= 1
            if _users == 0:
                for name in _STREAMS:
                    # Somebody else may have replaced the stream meanwhile; then it is theirs.
                    setattr(sys, name, _beneath(getattr(sys, name)))


@contextmanager
def written_to(sink: Sink) -> Iterator[None]:
    """Let what this context writes go to the sink; it is flushed at the end."""
    token = heard_by.set(sink)
    try:
        yield
    finally:
        heard_by.reset(token)
        sink.flush()

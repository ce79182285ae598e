"""A subshell of our own for the widgets' messages, so that a click is heard while a cell runs.

ipykernel 7.4 answers a widget's message after the cell, unless the kernel has a subshell and
the comm is told to use it. There is no public way, so every step is guarded: where anything
is missing, messages wait until the cell is over, as they do in older kernels.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

_PATIENCE = 2.0


class Lane:
    """One subshell of a kernel, made when the first widget needs it.

    Args:
        kernel: The running kernel; `None` in a terminal.
    """

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._id: str | None = None
        self._tried = False
        self._routed: list[Any] = []

    @property
    def open(self) -> bool:
        """Whether messages are heard while a cell runs."""
        return self._id is not None

    def route(self, widget: Any) -> bool:
        """Let this widget's messages come to the subshell.

        Returns:
            Whether they do.
        """
        comm = getattr(widget, "comm", None)
        # Without this method the kernel follows the page's own choice of a subshell, or has none.
        if comm is None or not hasattr(type(comm), "_reply_subshell_for"):
            return False
        if not self._tried:
            self._tried = True
            self._id = self._made()
        made = self._id
        if made is None:
            return False
        comm._reply_subshell_for = lambda _data, _default: made  # noqa: SLF001  there is no public name
        self._routed.append(comm)
        return True

    def close(self) -> None:
        """Take the subshell away; messages go where they went before."""
        for comm in self._routed:
            comm.__dict__.pop("_reply_subshell_for", None)
        self._routed.clear()
        made, self._id, self._tried = self._id, None, False
        if made is not None:
            self._on_channel(lambda manager: manager._delete_subshell(made))  # noqa: SLF001  as above

    def _made(self) -> str | None:
        if not getattr(self._kernel, "_supports_kernel_subshells", False):
            return None
        found = self._on_channel(lambda manager: manager._create_subshell())  # noqa: SLF001  as above
        return found if isinstance(found, str) else None

    def _on_channel(self, act: Any) -> Any:
        """Act on the thread of the shell channel, which alone may change subshells."""
        answer: list[Any] = []
        done = threading.Event()
        with contextlib.suppress(Exception):  # private API: whatever is missing, the fallback is to wait
            manager = self._kernel.shell_channel_thread.manager

            def call() -> None:
                with contextlib.suppress(Exception):
                    answer.append(act(manager))
                done.set()

            manager._shell_channel_io_loop.add_callback(call)  # noqa: SLF001  as above
            done.wait(_PATIENCE)
        return answer[0] if answer else None

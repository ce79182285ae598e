"""Hears what other kernels on the same store do, while somebody looks.

Events of this kernel are told at once; those of another one are found by asking the store
from time to time. Nobody asks while no widget is open.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

PAUSE = 2.0
"""Seconds between two questions."""
_PATIENCE = 5.0


class Watch:
    """Calls `poll` from time to time, on a thread that lives as long as `needed` says.

    Args:
        poll: Asks the store.
        needed: Whether anybody looks.
        pause: Seconds between two calls.
    """

    def __init__(self, poll: Callable[[], object], needed: Callable[[], bool], pause: float = PAUSE) -> None:
        self._poll = poll
        self._needed = needed
        self._pause = pause
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def going(self) -> bool:
        """Whether the thread is at work."""
        return self._thread is not None

    def start(self) -> None:
        """Somebody begins to look."""
        with self._lock:
            if self._thread is None and not self._over.is_set():
                self._thread = threading.Thread(target=self._work, name="assets-watch", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End it for good."""
        self._over.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_PATIENCE)

    def _work(self) -> None:
        while not self._over.wait(self._pause):
            with self._lock:
                if not self._needed():
                    break
            with suppress(Exception):  # the store may be closed or changed at this very moment
                self._poll()
        with self._lock:
            self._thread = None

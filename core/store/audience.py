"""Who hears of new entries, and that they hear of all of them, once, in order.

Two threads may append at once and another process between them. One thread at a time
tells; the others leave their entries with it. What a subscriber raises is logged and
reaches neither the commit nor the other subscribers.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from ..latest import Entry

Heard = Callable[[Sequence[Entry]], None]


class Audience:
    """The subscribers of a log.

    Args:
        since: Gives the log's entries after an id.
        last: Gives the id of the log's newest entry.
    """

    def __init__(self, since: Callable[[int], list[Entry]], last: Callable[[], int]) -> None:
        self._since = since
        self._last = last
        self._heard: list[Heard] = []
        self._upto = last()
        self._waiting: deque[list[Entry]] = deque()
        self._telling = False
        self._lock = threading.Lock()

    def subscribe(self, heard: Heard) -> Callable[[], None]:
        """Tell `heard` of all entries from now on; the result ends that."""
        with self._lock:
            if not self._heard:
                self._upto = self._last()
            self._heard = [*self._heard, heard]

        def leave() -> None:
            with self._lock:
                self._heard = [other for other in self._heard if other is not heard]

        return leave

    def tell(self, entries: list[Entry]) -> None:
        """Tell of entries that were just kept, and of those that others kept between."""
        with self._lock:
            if not entries or entries[-1].id <= self._upto:
                return
            if entries[0].id != self._upto + 1:
                if not self._heard:
                    return
                entries = self._since(self._upto)
            self._upto = entries[-1].id
            if self._heard:
                self._waiting.append(entries)
        self._drain()

    def poll(self) -> list[Entry]:
        """Tell of what other processes kept since; gives it."""
        with self._lock:
            if self._last() <= self._upto:
                return []
            entries = self._since(self._upto)
            self._upto = entries[-1].id
            if self._heard:
                self._waiting.append(entries)
        self._drain()
        return entries

    def _drain(self) -> None:
        with self._lock:
            if self._telling:
                return
            self._telling = True
        while True:
            with self._lock:
                if not self._waiting:
                    self._telling = False
                    return
                entries, audience = self._waiting.popleft(), self._heard
            for heard in audience:
                try:
                    heard(entries)
                except Exception:
                    import logging  # only a failure pays for it

                    logging.getLogger(__name__).exception("A subscriber of the event log failed")
                except BaseException:
                    with self._lock:
                        self._telling = False
                    raise

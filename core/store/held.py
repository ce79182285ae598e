"""Which values a store holds: read once, then only what has come since.

A store of many small values is asked this at every look at it. The database counts those that
were removed: as long as none was, values come with rising row ids, and nothing else is read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

_ALL = "SELECT name, size FROM small_values INDEXED BY small_values_name"
_LAST = "SELECT coalesce(max(rowid), 0) FROM small_values"
_NEW = "SELECT rowid, name, size FROM small_values WHERE rowid > ? ORDER BY rowid"
_REMOVED = "SELECT value FROM meta WHERE key = 'removed'"


class _Known(NamedTuple):
    """The small values as they were read last."""

    held: dict[str, int]
    removed: str | None
    """The count of those that had been removed by then; a row id is used again once the last one is gone."""
    last: int
    """The row id of the one that came last."""


_NOTHING = _Known({}, "", 0)


class Held:
    """What is there of the values of a store.

    Args:
        files: Gives the values that are files: name to size.
    """

    def __init__(self, files: Callable[[], Mapping[str, int]]) -> None:
        self._files = files
        # Replaced as a whole: threads that read at once do the same work twice, at the worst.
        self._known = _NOTHING
        self._joined: tuple[dict[str, int], dict[str, int], dict[str, int]] | None = None

    def small(self, connection: sqlite3.Connection) -> dict[str, int]:
        """The small values that the database holds; the same object as long as they are the same."""
        known = self._known
        (removed,) = connection.execute(_REMOVED).fetchone() or (None,)
        if removed is not None and removed == known.removed:
            new = connection.execute(_NEW, (known.last,)).fetchall()
            if not new:
                return known.held
            held = known.held | {name: size for _, name, size in new}
            self._known = _Known(held, removed, new[-1][0])
            return held
        held = dict(connection.execute(_ALL))
        (last,) = connection.execute(_LAST).fetchone()
        self._known = _Known(held, removed, last)
        return held

    def with_files(self, small: dict[str, int]) -> dict[str, int]:
        """The same and the files; the same object as long as they are the same. Nobody changes it."""
        files = dict(self._files())
        if not files:
            return small
        joined = self._joined
        if joined is not None and joined[0] is small and joined[1] == files:
            return joined[2]
        both = small | files
        self._joined = (small, files, both)
        return both

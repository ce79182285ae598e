"""Which values a store holds: read once, then only what has come since.

A store of many small values is asked this at every look at it. Values come with rising row ids;
where as many are there as were known and have come, none has gone, and nothing else is read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

_ALL = "SELECT name, size FROM small_values INDEXED BY small_values_name"
_COUNT = "SELECT count(*) FROM small_values INDEXED BY small_values_name"
_NEW = "SELECT rowid, name, size FROM small_values WHERE rowid >= ? ORDER BY rowid"


class _Known(NamedTuple):
    """The small values as they were read last."""

    held: dict[str, int]
    rows: int
    last: int
    """The row id of the one that came last."""
    name: str
    """Its name: a row id is used again once the last one is gone."""


_NOTHING = _Known({}, 0, 0, "")


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
        (count,) = connection.execute(_COUNT).fetchone()
        if known.rows:
            (old, *new) = connection.execute(_NEW, (known.last,)).fetchall() or [(0, "", 0)]
            if old[:2] == (known.last, known.name) and count == known.rows + len(new):
                if not new:
                    return known.held
                held = known.held | {name: size for _, name, size in new}
                self._known = _Known(held, count, new[-1][0], new[-1][1])
                return held
        held = dict(connection.execute(_ALL))
        newest = connection.execute("SELECT rowid, name FROM small_values ORDER BY rowid DESC LIMIT 1")
        last, name = newest.fetchone() or (0, "")
        self._known = _Known(held, count, last, name)
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

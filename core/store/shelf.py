"""The bytes of a store on disk: small values as rows, large ones as files named by content.

A large value is pinned in the database before its file is looked for or written, and the pin
goes in the transaction of its event. `collect` deletes in a transaction that sees the pins:
a value that another process is about to record is never taken away under it.
"""

# Descriptors, no-follow flags and listings with sizes are calls of `os`: half in `pathlib` would read worse.
# ruff: noqa: PTH123
from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from ..events import Stored
from .columns import select_in
from .database import Database
from .folder import Folder
from .formats import Parts
from .owner import me
from .values import INLINE_BELOW

# The pieces that got more versions since the last collection, each version beyond the newest `keep`.
_SUPERSEDED = """
SELECT asset, partition, event FROM (
  SELECT r.asset, r.partition, r.event, row_number() OVER (PARTITION BY r.asset, r.partition ORDER BY r.event DESC) AS age
  FROM (SELECT DISTINCT asset, partition FROM refs WHERE event > ?) n
  JOIN refs r ON r.asset = n.asset AND r.partition = n.partition
) WHERE age > ?
"""
_DELETE_UNUSED = (
    "DELETE FROM small_values WHERE NOT EXISTS (SELECT 1 FROM refs r WHERE r.name = small_values.name)"
)


class DiskShelf:
    """The values in a store's folder and database.

    Args:
        database: The store's database.
        files: The folder of large values.
    """

    inline_below = INLINE_BELOW

    def __init__(self, database: Database, files: Folder) -> None:
        self._database = database
        self._files = files

    def place(self, name: str, parts: Parts) -> None:
        """Put the bytes of a large value there, unless they are.

        Raises:
            StoreError: if they cannot be written.
        """
        pin = "INSERT INTO pins VALUES (?, ?, 1) ON CONFLICT(name, owner) DO UPDATE SET count = count + 1"
        self._database.write(lambda connection: connection.execute(pin, (name, me())))
        if self._files.size(name) != sum(map(len, parts)):
            self._files.write(name, parts)

    def read(self, stored: Stored) -> bytes | None:
        """The bytes of a value."""
        if stored.inline:
            with self._database.read() as connection:
                row = connection.execute(
                    "SELECT data FROM small_values WHERE name = ?", (stored.name,)
                ).fetchone()
            return None if row is None else bytes(row[0])
        descriptor = self._files.open(stored.name)
        if descriptor is None:
            return None
        with open(descriptor, "rb") as file:
            return file.read(stored.size + 1)  # one more shows that it grew

    def read_all(self, stored: Iterable[Stored]) -> Mapping[str, bytes]:
        """The bytes of those of these values that are rows, by name."""
        names = {one.name for one in stored if one.inline}
        query = "SELECT name, data FROM small_values WHERE name IN (*)"
        with self._database.read() as connection:
            return {name: bytes(data) for name, data in select_in(connection, query, names)}

    def open(self, stored: Stored) -> int | None:
        """A descriptor of the value's file; `None` if it is a row, or not there."""
        return None if stored.inline else self._files.open(stored.name)

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        """The sizes of those of these values that are there."""
        asked = set(names)
        found = {name: size for name in asked if (size := self._files.size(name)) is not None}
        with self._database.read() as connection:
            found.update(
                select_in(connection, "SELECT name, size FROM small_values WHERE name IN (*)", asked)
            )
        return found

    def drop(self, names: Iterable[str]) -> int:
        """Delete values; gives how many went."""

        def delete(connection: sqlite3.Connection) -> int:
            gone = 0
            for name in set(names):
                gone += connection.execute("DELETE FROM small_values WHERE name = ?", (name,)).rowcount
                gone += self._files.remove(name)
            return gone

        return self._database.write(delete)

    def collect(self, keep: int) -> int:
        """Delete superseded values beyond the newest `keep` of each piece, and what nothing refers to."""
        files = self._files.sizes()

        def delete(connection: sqlite3.Connection) -> int:
            (since,) = connection.execute("SELECT value FROM meta WHERE key = 'collected'").fetchone()
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
            upto, kept = (*map(int, str(since).split(":")), keep)[:2]
            # fewer are to be kept than the last time: every piece is looked at again
            old = connection.execute(_SUPERSEDED, (upto if keep >= kept else -1, keep)).fetchall()
            connection.executemany("DELETE FROM refs WHERE asset = ? AND partition = ? AND event = ?", old)
            gone = connection.execute(_DELETE_UNUSED).rowcount
            if files:
                used = {row[0] for row in connection.execute("SELECT DISTINCT name FROM refs")}
                used.update(row[0] for row in connection.execute("SELECT name FROM pins"))
                gone += sum(self._files.remove(name) for name in files.keys() - used)
            connection.execute("UPDATE meta SET value = ? WHERE key = 'collected'", (f"{last}:{keep}",))
            return int(gone)

        return self._database.write(delete)

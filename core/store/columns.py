"""Names as columns: the small numbers for assets and runs, and the text of a partition.

Numbers are learnt only after the transaction that gave them out was kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from ..keys import AssetKey

_WIDTHS = (1, 16, 256)


def to_column(partition: str | None) -> str:
    """The text of a partition in its column; `""` for none.

    Plain keys are themselves, so that the database can be read by eye; all others (empty,
    quoted, not printable, half a surrogate pair) are JSON, which a column can hold.
    """
    if partition is None:
        return ""
    if partition and partition[0] != '"' and partition.isascii() and partition.isprintable():
        return partition
    return json.dumps(partition)


def from_column(text: str) -> str | None:
    """The inverse of `to_column`."""
    if not text:
        return None
    return str(json.loads(text)) if text[0] == '"' else text


def select_in(
    connection: sqlite3.Connection, query: str, values: Iterable[Any], before: Sequence[Any] = ()
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query with an `IN (*)`, whose values are bound some hundreds at a time.

    Few widths occur, the last value repeated to fill them, so that the statements stay prepared.
    """
    left = list(values)
    while left:
        width = next((w for w in _WIDTHS if len(left) <= w), _WIDTHS[-1])
        some, left = left[:width], left[width:]
        some += [some[-1]] * (width - len(some))
        yield from connection.execute(query.replace("(*)", f"({','.join('?' * width)})"), (*before, *some))


class Names:
    """The numbers of assets and runs, as far as this process has met them."""

    __slots__ = ("_asset", "_filled", "_key", "_run", "_run_text")

    def __init__(self) -> None:
        self._asset: dict[AssetKey, int] = {}
        self._key: dict[int, AssetKey] = {}
        self._filled = 0
        self._run: dict[str, int] = {"": 0}
        self._run_text: dict[int, str] = {0: ""}

    def assets(self, connection: sqlite3.Connection, keys: Collection[AssetKey]) -> dict[AssetKey, int]:
        """The numbers of those of the assets that have one."""
        known = {key: number for key in keys if (number := self._asset.get(key)) is not None}
        if missing := {key.to_db_string(): key for key in keys if key not in known}:
            for number, text in select_in(connection, "SELECT id, key FROM assets WHERE key IN (*)", missing):
                known[missing[text]] = number
        return known

    def new_assets(self, connection: sqlite3.Connection, keys: Collection[AssetKey]) -> dict[AssetKey, int]:
        """The numbers of all of the assets, given out where there was none."""
        known = self.assets(connection, keys)
        if len(known) < len(keys):
            fresh = [(key.to_db_string(),) for key in keys if key not in known]
            connection.executemany("INSERT OR IGNORE INTO assets(key) VALUES (?)", fresh)
            known = self.assets(connection, keys)
        return known

    def runs(self, connection: sqlite3.Connection, runs: Collection[str]) -> dict[str, int]:
        """The numbers of those of the runs that have one."""
        known = {run: number for run in runs if (number := self._run.get(run)) is not None}
        if missing := [run for run in runs if run not in known]:
            known |= {
                t: n for n, t in select_in(connection, "SELECT id, run FROM runs WHERE run IN (*)", missing)
            }
        return known

    def new_runs(self, connection: sqlite3.Connection, runs: Collection[str]) -> dict[str, int]:
        """The numbers of all of the runs, given out where there was none."""
        known = self.runs(connection, runs)
        if fresh := [(run,) for run in runs if run not in known]:
            connection.executemany("INSERT OR IGNORE INTO runs(run) VALUES (?)", fresh)
            known = self.runs(connection, runs)
        return known

    def learn(self, assets: dict[AssetKey, int], runs: dict[str, int]) -> None:
        """Remember numbers that were kept."""
        self._asset.update(assets)
        self._run.update(runs)
        self._key.update((number, key) for key, number in assets.items())
        self._run_text.update((number, run) for run, number in runs.items())

    def fill(self, connection: sqlite3.Connection) -> None:
        """Learn all assets, at the begin of a transaction that reads: what it sees was kept."""
        (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM assets").fetchone()
        if newest > self._filled:
            for number, text in connection.execute(
                "SELECT id, key FROM assets WHERE id > ?", (self._filled,)
            ):
                if number not in self._key:
                    self._key[number] = AssetKey.from_db_string(text)
            self._filled = newest

    def key(self, connection: sqlite3.Connection, number: int) -> AssetKey:
        """The asset of a number; one that is not known yet is not remembered, for it may not be kept."""
        found = self._key.get(number)
        if found is None:
            (text,) = connection.execute("SELECT key FROM assets WHERE id = ?", (number,)).fetchone()
            found = AssetKey.from_db_string(text)
        return found

    def run(self, connection: sqlite3.Connection, number: int) -> str:
        """The run of a number."""
        found = self._run_text.get(number)
        if found is None:
            (found,) = connection.execute("SELECT run FROM runs WHERE id = ?", (number,)).fetchone()
            self._run_text[number] = found
        return found

"""The event log in SQLite: append, look back, and what is true now.

The runner appends, everybody reads, several kernels at once. Each method is one short
transaction; none asks the database once per asset or piece. Values are other files' work:
here they are rows of bytes that come and go with events.
"""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from ..events import (
    Event,
    Materialized,
    Problem,
    RunFinished,
    RunStarted,
    StepFailed,
    StepFinished,
    StepSkipped,
    StepStarted,
    Stored,
)
from ..history import Snapshot
from ..keys import AssetKey, Piece
from ..latest import Checks, Entry, Track
from ..rows import Row as EventRow
from ..rows import decode, encode
from ..storage import EVERYTHING, Bounds, RunRow
from . import derive
from .audience import Audience
from .bounds import Wipes, stands, wipes, within
from .columns import Names, from_column, select_in, to_column
from .database import Database
from .held import Held
from .owner import abroad, dead, me
from .packing import unpack, unpack_check

ANY_PARTITION: object = ...

# A run of another machine that said nothing for a day is over.
_SILENCE = 86_400.0
_CHUNK = 1_000


class SqliteLog:
    """The log of a store's database.

    Args:
        database: Where it is.
        held: Gives the values that are files: name to size.
    """

    def __init__(self, database: Database, held: Callable[[], Mapping[str, int]] = dict) -> None:
        self._database = database
        self._held = Held(held)
        self._names = Names()
        self._codes: set[str] = set()
        self._audience = Audience(lambda event: list(self.since(event)), self._last)

    @property
    def path(self) -> str:
        """The database's path."""
        return self._database.path

    def append(self, events: Sequence[Event], values: Sequence[tuple[Stored, bytes]] = ()) -> list[Entry]:
        """Keep events and the small values that they name, all or none; subscribers hear of them after.

        Raises:
            StoreError: if they cannot be kept; nothing of them is there then.
        """
        if not events and not values:
            return []
        owned = [
            dataclasses.replace(e, owner=me()) if isinstance(e, RunStarted) and not e.owner else e
            for e in events
        ]
        rows = [encode(event) for event in owned]
        entries, assets, runs = self._database.write(
            lambda connection: self._insert(connection, owned, rows, values)
        )
        self._names.learn(assets, runs)
        self._audience.tell(entries)
        return entries

    def since(
        self,
        event: int = 0,
        *,
        run: str | None = None,
        kinds: Collection[str] | None = None,
        asset: AssetKey | None = None,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """The entries after an id, oldest first; no transaction stays open between them."""
        left = limit
        while left is None or left > 0:
            chunk = _CHUNK if left is None else min(left, _CHUNK)
            entries = self._select(
                run, kinds, asset, ANY_PARTITION, "e.id > ?", (event,), f"e.id LIMIT {chunk}"
            )
            yield from entries
            if len(entries) < chunk:
                return
            event = entries[-1].id
            left = None if left is None else left - len(entries)

    def events_of(
        self,
        asset: AssetKey,
        partition: object = ANY_PARTITION,
        *,
        kinds: Collection[str] | None = None,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[Entry]:
        """The entries about an asset, or (if `partition` is given, `None` included) about one piece; wipes always."""
        order = f"e.id {'DESC' if newest_first else 'ASC'} LIMIT {-1 if limit is None else int(limit)}"
        return self._select(None, kinds, asset, partition, "e.id > 0", (), order)

    def look_back(
        self,
        asset: AssetKey | None,
        kinds: Collection[str],
        bounds: Bounds = EVERYTHING,
        *,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[Entry]:
        """The entries of these kinds about an asset (or, with `None`, about anything) within bounds."""
        terms, bound = within(bounds)
        found: list[Entry] = []
        wiped: Wipes = {}
        if bounds.standing:
            # What was wiped is not known to the database's own order: more is asked for until enough stands.
            wiped = self._wiped(asset)
        step = "e.id < ?" if newest_first else "e.id > ?"
        order = "DESC" if newest_first else "ASC"
        last: int | None = None
        while limit is None or len(found) < limit:
            chunk = _CHUNK if limit is None else max(limit - len(found), 16 if wiped else 1)
            where = [*terms] if last is None else [*terms, step]
            values = tuple(bound) if last is None else (*bound, last)
            entries = self._select(
                None, kinds, asset, ANY_PARTITION, " AND ".join(where), values, f"e.id {order} LIMIT {chunk}"
            )
            found += [entry for entry in entries if not wiped or stands(entry, wiped)]
            if len(entries) < chunk:
                break
            last = entries[-1].id
        return found[:limit]

    def newest_before(self, wanted: Collection[tuple[AssetKey, int]]) -> Mapping[tuple[AssetKey, int], int]:
        """For an asset and an id: the id of the newest materialization or observation of it before that, if there is one."""
        query = (
            "SELECT j.key, (SELECT e.id FROM events e WHERE e.asset = json_extract(j.value, '$[0]') AND "
            "e.id < json_extract(j.value, '$[1]') AND e.kind IN ('Materialized', 'Observed') "
            "ORDER BY e.id DESC LIMIT 1) FROM json_each(?) j"
        )
        with self._database.read() as connection:
            numbers = self._names.assets(connection, {key for key, _ in wanted})
            known = [each for each in wanted if each[0] in numbers]
            places = json.dumps([(numbers[key], event) for key, event in known])
            rows = connection.execute(query, (places,)).fetchall()
        return {known[place]: found for place, found in rows if found is not None}

    def snapshot(self, assets: Collection[AssetKey] | None = None) -> Snapshot:
        """What is true now, of all assets or of these."""
        with self._database.read() as connection:
            self._names.fill(connection)
            (upto,) = connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
            tracks: dict[AssetKey, Track] = {}
            newer: list[Entry] = []
            numbers: list[int] | None = None
            tails = derive.EVENT + derive.TAILS
            if assets is None:
                rows = list(connection.execute("SELECT asset, tail, body FROM latest"))
                if any(row[1] for row in rows):
                    newer = [self._entry(connection, row) for row in connection.execute(tails).fetchall()]
            else:
                numbers = list(self._names.assets(connection, set(assets)).values())
                query = "SELECT asset, tail, body FROM latest WHERE asset IN (*)"
                rows = list(select_in(connection, query, numbers))
                if late := [row[0] for row in rows if row[1]]:
                    found = list(select_in(connection, f"{tails} AND l.asset IN (*)", late))
                    newer = [self._entry(connection, row) for row in found]
            for number, _, body in rows:
                tracks[self._names.key(connection, number)] = unpack(body)
            running = self._running(connection)
            checks = self._checks(connection, numbers)
            dynamic: dict[str, list[str]] = {}
            for name, key in connection.execute("SELECT name, key FROM dynamic_partitions ORDER BY id"):
                dynamic.setdefault(from_column(name) or "", []).append(from_column(key) or "")
            small = self._held.small(connection)
        for entry in sorted(newer):
            piece = getattr(entry.event, "piece", None)
            tracks[entry.event.asset if piece is None else piece.asset].add(entry)  # type: ignore[union-attr]  # TAILS are about assets
        held = self._held.with_files(small)
        known = {name: tuple(keys) for name, keys in dynamic.items()}
        return Snapshot(upto, tracks, held, running, known, checks)

    def held(self) -> Mapping[str, int]:
        """The values that are there now: name to size."""
        with self._database.read() as connection:
            small = self._held.small(connection)
        return self._held.with_files(small)

    def subscribe(self, heard: Callable[[Sequence[Entry]], None]) -> Callable[[], None]:
        """Call `heard` with all entries that come, in order; the result ends that."""
        return self._audience.subscribe(heard)

    def poll(self) -> list[Entry]:
        """Tell subscribers what other processes appended; gives these entries."""
        return self._audience.poll()

    def runs(self, limit: int | None = None, *, ids: Collection[str] | None = None) -> list[RunRow]:
        """The runs (or these), newest first; those that were deleted are not among them."""
        query = (
            "SELECT r.run, s.id, s.at, s.body, f.at, f.body FROM runs r JOIN events s ON s.id = r.started "
            "LEFT JOIN events f ON f.id = r.finished "
        )
        bound: tuple[Any, ...] = ()
        if ids is not None:
            query += "WHERE r.run IN (SELECT value FROM json_each(?)) "
            bound = (json.dumps([*ids]),)
        with self._database.read() as connection:
            rows = connection.execute(
                query + "ORDER BY r.started DESC LIMIT ?", (*bound, -1 if limit is None else limit)
            ).fetchall()
        found: list[RunRow] = []
        for run, event, at, body, finished, end in rows:
            start = decode(EventRow("RunStarted", run, at, None, None, body))
            assert isinstance(start, RunStarted)
            about = (run, at, start.keys, start.origin, start.tags, start.job, start.total, start.owner)
            row = RunRow(*about, event=event)
            if finished is not None:
                over = decode(EventRow("RunFinished", run, finished, None, None, end))
                assert isinstance(over, RunFinished)
                row = row._replace(outcome=over.outcome, finished=finished, error=over.error)
            found.append(row)
        return found

    def put_codes(self, codes: Mapping[str, str]) -> None:
        """Keep the text of fingerprints, by version; those known already are left as they are."""
        fresh = {version: text for version, text in codes.items() if version not in self._codes}
        if not fresh:
            return
        query = "INSERT OR IGNORE INTO codes VALUES (?, ?)"
        self._database.write(lambda connection: connection.executemany(query, list(fresh.items())))
        self._codes.update(fresh)

    def put_code(self, version: str, parts: str) -> None:
        """Keep the text of one fingerprint."""
        self.put_codes({version: parts})

    def get_code(self, version: str) -> str | None:
        """The text of a fingerprint, if it was kept."""
        with self._database.read() as connection:
            row = connection.execute("SELECT body FROM codes WHERE version = ?", (version,)).fetchone()
        return None if row is None else str(row[0])

    def refold(self) -> None:
        """Make all that is derived from the events anew."""
        self._database.write(lambda connection: derive.refold(connection, self._entry))

    def reclaim(self, now: float | None = None) -> list[Entry]:
        """End the runs whose process is gone, and their open steps, as cancelled; free what they held."""
        moment = time.time() if now is None else now
        query = "SELECT id, run, owner FROM runs WHERE started IS NOT NULL AND finished IS NULL"
        with self._database.read() as connection:
            live = connection.execute(query).fetchall()
            pinning = connection.execute("SELECT DISTINCT owner FROM pins").fetchall()
        if not any(self._over(number, owner, moment) for number, _, owner in live) and not any(
            dead(owner) for (owner,) in pinning
        ):
            return []

        def end(connection: sqlite3.Connection) -> tuple[list[Entry], dict[AssetKey, int], dict[str, int]]:
            connection.executemany(
                "DELETE FROM pins WHERE owner = ?", [row for row in pinning if dead(row[0])]
            )
            events: list[Event] = []
            for number, run, owner in connection.execute(query).fetchall():
                if self._over(number, owner, moment):
                    why = f"The process that ran it ({owner}) ended before it was done."
                    events += [
                        StepFailed(run, moment, piece, Problem("Cancelled", why), 0.0, cancelled=True)
                        for piece, its in self._running(connection).items()
                        if its == run
                    ]
                    events.append(RunFinished(run, moment, "cancelled", why))
            return self._insert(connection, events, [encode(event) for event in events], ())

        entries, assets, runs = self._database.write(end)
        self._names.learn(assets, runs)
        self._audience.tell(entries)
        return entries

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _wiped(self, asset: AssetKey | None) -> Wipes:
        """What was wiped of an asset, or of all."""
        return wipes(self._select(None, ("Wiped",), asset, ANY_PARTITION, "e.kind = 'Wiped'", (), "e.id"))

    def _checks(self, connection: sqlite3.Connection, assets: Sequence[int] | None) -> dict[AssetKey, Checks]:
        query = "SELECT asset, name, partition, event, body FROM checks"
        rows = (
            connection.execute(query)
            if assets is None
            else select_in(connection, f"{query} WHERE asset IN (*)", assets)
        )
        found: dict[AssetKey, Checks] = {}
        for asset, name, partition, event, body in rows:
            checks = found.setdefault(self._names.key(connection, asset), {})
            checks[from_column(name) or "", from_column(partition)] = unpack_check(event, body)
        return found

    def _over(self, number: int, owner: str, now: float) -> bool:
        if dead(owner):
            return True
        if not abroad(owner):
            return False
        query = "SELECT at FROM events WHERE run = ? AND run > 0 ORDER BY id DESC LIMIT 1"
        row = self._database.connection().execute(query, (number,)).fetchone()
        return row is not None and now - row[0] > _SILENCE

    def _insert(
        self,
        connection: sqlite3.Connection,
        events: Sequence[Event],
        rows: Sequence[EventRow],
        values: Sequence[tuple[Stored, bytes]],
    ) -> tuple[list[Entry], dict[AssetKey, int], dict[str, int]]:
        assets = self._names.new_assets(connection, {row.asset for row in rows if row.asset is not None})
        runs = self._names.new_runs(connection, {row.run for row in rows})
        (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
        connection.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    n,
                    runs[r.run],
                    r.kind,
                    None if r.asset is None else assets[r.asset],
                    to_column(r.partition),
                    r.at,
                    r.body,
                )
                for n, r in enumerate(rows, last + 1)
            ],
        )
        if values:
            connection.executemany(
                "INSERT OR IGNORE INTO small_values VALUES (?, ?, ?, ?, ?, ?)",
                [(s.name, s.size, s.format, s.digest, s.signature, data) for s, data in values],
            )
        entries = [Entry(number, event) for number, event in enumerate(events, last + 1)]
        derive.apply(connection, entries, assets, runs, self._entry)
        if large := [
            e.stored.name for e in events if isinstance(e, Materialized) and e.stored and not e.stored.inline
        ]:
            mine = [(name, me()) for name in large]
            connection.executemany("UPDATE pins SET count = count - 1 WHERE name = ? AND owner = ?", mine)
            connection.execute("DELETE FROM pins WHERE count <= 0")
        return entries, assets, runs

    def _last(self) -> int:
        with self._database.read() as connection:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
        return int(last)

    def _entry(self, connection: sqlite3.Connection, row: tuple[Any, ...]) -> Entry:
        number, run, kind, asset, partition, at, body = row
        key = None if asset is None else self._names.key(connection, asset)
        text = self._names.run(connection, run)
        return Entry(number, decode(EventRow(kind, text, at, key, from_column(partition), body)))

    def _select(
        self,
        run: str | None,
        kinds: Collection[str] | None,
        asset: AssetKey | None,
        partition: object,
        where: str,
        values: tuple[Any, ...],
        order: str,
    ) -> list[Entry]:
        terms, bound = [where], [*values]
        with self._database.read() as connection:
            self._names.fill(connection)
            if run is not None:
                number = self._names.runs(connection, [run]).get(run)
                if number is None:
                    return []
                # the partial index serves only who says that the run is one
                terms.append("e.run = ? AND e.run > 0" if number else "e.run = ?")
                bound.append(number)
            if asset is not None:
                number = self._names.assets(connection, [asset]).get(asset)
                if number is None:
                    return []
                terms.append("e.asset = ?")
                bound.append(number)
            if partition is not ANY_PARTITION:
                assert partition is None or isinstance(partition, str)
                terms.append("(e.partition = ? OR e.kind = 'Wiped')")
                bound.append(to_column(partition))
            if kinds is not None:
                terms.append(f"e.kind IN ({','.join('?' * len(kinds))})")
                bound += kinds
            query = f"{derive.EVENT}events e WHERE {' AND '.join(terms)} ORDER BY {order}"
            return [self._entry(connection, row) for row in connection.execute(query, bound).fetchall()]

    def _running(self, connection: sqlite3.Connection) -> dict[Piece, str]:
        """The pieces that the runs which are not over have begun and not ended."""
        kinds = ",".join(
            f"'{k.__name__}'" for k in (StepStarted, StepFailed, StepSkipped, StepFinished, Materialized)
        )
        query = (  # all of it our own words
            "SELECT r.run, e.kind, e.asset, e.partition FROM runs r JOIN events e ON e.run = r.id AND e.run > 0 "  # noqa: S608
            f"WHERE r.started IS NOT NULL AND r.finished IS NULL AND e.kind IN ({kinds}) "
            "AND e.asset IS NOT NULL ORDER BY e.id"
        )
        running: dict[Piece, str] = {}
        for run, kind, asset, partition in connection.execute(query).fetchall():
            piece = Piece(self._names.key(connection, asset), from_column(partition))
            if kind == StepStarted.__name__:
                running[piece] = run
            elif running.get(piece) == run:
                del running[piece]
        return running

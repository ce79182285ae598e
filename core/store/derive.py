"""The tables that follow from the events: packed rows, checks, references to values, runs, partitions.

`apply` runs in the transaction of the events themselves; `refold` makes all of it anew.
A packed row is not written at every event: a row of many pieces is left behind by a few
events (its tail), which readers fold on top, so that an event costs the same however many
partitions its asset has.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from ..events import (
    CheckErrored,
    Evaluated,
    Materialized,
    PartitionsAdded,
    PartitionsRemoved,
    RunDeleted,
    RunFinished,
    RunStarted,
    Wiped,
    asset_of,
)
from ..keys import AssetKey
from ..latest import TELLING as OF_PIECES
from ..latest import Entry, Track, evaluation
from .columns import select_in, to_column
from .packing import WHOLE, pack, pack_check, unpack

# A tail may be this part of the pieces before they are packed again.
_SHARE = 8

TELLING = (*OF_PIECES, Wiped)
"""The events that change what stands for a piece; the others leave the packed rows alone."""
_TELLING_KINDS = ",".join(f"'{kind.__name__}'" for kind in TELLING)

EVENT = "SELECT e.id, e.run, e.kind, e.asset, e.partition, e.at, e.body FROM "
TAILS = f"latest l JOIN events e ON e.asset = l.asset AND e.id > l.upto AND e.kind IN ({_TELLING_KINDS}) WHERE l.tail > 0"

Read = Callable[[sqlite3.Connection, tuple[Any, ...]], Entry]


def apply(
    connection: sqlite3.Connection,
    entries: Sequence[Entry],
    assets: dict[AssetKey, int],
    runs: dict[str, int],
    read: Read,
) -> None:
    """Let the derived tables follow entries that were just inserted."""
    touched: dict[int, list[Entry]] = {}
    refs: list[tuple[int, str, int, str]] = []
    for entry in entries:
        event = entry.event
        if isinstance(event, Materialized):
            number = assets[event.piece.asset]
            touched.setdefault(number, []).append(entry)
            if event.stored is not None:
                refs.append((number, to_column(event.piece.partition), entry.id, event.stored.name))
        elif isinstance(event, TELLING):
            key = asset_of(event)
            if key is None:  # a step that makes no asset
                continue
            touched.setdefault(assets[key], []).append(entry)
            if isinstance(event, Wiped):
                _insert_refs(connection, refs)
                refs = []
                _wipe(connection, "refs", event, assets[key])
                _wipe(connection, "checks", event, assets[key])
        else:
            asset = assets[event.piece.asset] if isinstance(event, (Evaluated, CheckErrored)) else 0
            _other(connection, entry, runs[event.run], asset)
    _insert_refs(connection, refs)
    _pack(connection, touched, entries[0].id if entries else 0, read)


def refold(connection: sqlite3.Connection, read: Read) -> None:
    """Make the derived tables anew from the events; values collected before stay collected."""
    connection.execute("DELETE FROM latest")
    connection.execute("DELETE FROM checks")
    connection.execute("DELETE FROM dynamic_partitions")
    connection.execute("UPDATE runs SET started = NULL, finished = NULL, owner = ''")
    tracks: dict[int, Track] = {}
    upto = 0
    last = 0
    while True:
        rows = connection.execute(
            EVENT + "events e WHERE e.id > ? ORDER BY e.id LIMIT 2000", (last,)
        ).fetchall()
        if not rows:
            break
        last = rows[-1][0]
        for row in rows:
            entry = read(connection, row)
            upto = entry.id
            if isinstance(entry.event, TELLING):
                if row[3] is None:
                    continue
                tracks.setdefault(row[3], Track({})).add(entry)
                if isinstance(entry.event, Wiped):
                    _wipe(connection, "checks", entry.event, row[3])
            else:
                _other(connection, entry, row[1], row[3])
    connection.executemany(
        "INSERT INTO latest VALUES (?, ?, 0, ?, ?)",
        [(number, upto, len(track.rows), pack(track)) for number, track in tracks.items()],
    )


def _insert_refs(connection: sqlite3.Connection, refs: list[tuple[int, str, int, str]]) -> None:
    if refs:
        connection.executemany("INSERT INTO refs VALUES (?, ?, ?, ?)", refs)


def _wipe(connection: sqlite3.Connection, table: str, event: Wiped, number: int) -> None:
    if event.partitions is None:
        connection.execute(f"DELETE FROM {table} WHERE asset = ?", (number,))  # noqa: S608  a table of ours
    else:
        gone = [(number, to_column(partition)) for partition in event.partitions]
        query = f"DELETE FROM {table} WHERE asset = ? AND partition = ?"  # noqa: S608
        connection.executemany(query, gone)


def _other(connection: sqlite3.Connection, entry: Entry, run: int, asset: int) -> None:
    number, event = entry
    if isinstance(event, RunStarted):
        query = "UPDATE runs SET started = ?, owner = ? WHERE id = ?"
        connection.execute(query, (number, event.owner, run))
    elif isinstance(event, RunFinished):
        connection.execute("UPDATE runs SET finished = ? WHERE id = ?", (number, run))
    elif isinstance(event, RunDeleted):
        connection.execute("UPDATE runs SET started = NULL, owner = '' WHERE id = ?", (run,))
    elif isinstance(event, (Evaluated, CheckErrored)):
        row = (asset, to_column(event.check), to_column(event.piece.partition), number)
        body = pack_check(evaluation(entry))
        connection.execute("INSERT OR REPLACE INTO checks VALUES (?, ?, ?, ?, ?)", (*row, body))
    elif isinstance(event, PartitionsAdded):
        rows = [(to_column(event.name), to_column(key)) for key in event.keys]
        connection.executemany("INSERT OR IGNORE INTO dynamic_partitions(name, key) VALUES (?, ?)", rows)
    elif isinstance(event, PartitionsRemoved):
        rows = [(to_column(event.name), to_column(key)) for key in event.keys]
        connection.executemany("DELETE FROM dynamic_partitions WHERE name = ? AND key = ?", rows)


def _pack(connection: sqlite3.Connection, touched: dict[int, list[Entry]], first: int, read: Read) -> None:
    query = "SELECT asset, tail, pieces, CASE WHEN tail = 0 AND pieces <= ? THEN body END FROM latest WHERE asset IN (*)"
    found = {row[0]: row for row in select_in(connection, query, touched, (WHOLE,))}
    tails: list[tuple[int, int]] = []
    packed: list[tuple[int, int, int, str]] = []
    for number, news in touched.items():
        _, tail, pieces, body = found.get(number, (number, 0, 0, None))
        if number in found and (tail + len(news)) * _SHARE < pieces:
            tails.append((len(news), number))
            continue
        track = (
            Track({})
            if number not in found
            else unpack(body)
            if body is not None
            else _whole(connection, number, first, read)
        )
        for entry in news:
            track.add(entry)
        packed.append((number, news[-1].id, len(track.rows), pack(track)))
    if tails:
        connection.executemany("UPDATE latest SET tail = tail + ? WHERE asset = ?", tails)
    if packed:
        connection.executemany("INSERT OR REPLACE INTO latest VALUES (?, ?, 0, ?, ?)", packed)


def _whole(connection: sqlite3.Connection, number: int, first: int, read: Read) -> Track:
    """The packed row of an asset with its tail folded on top, up to the entries of this transaction."""
    (body,) = connection.execute("SELECT body FROM latest WHERE asset = ?", (number,)).fetchone()
    track = unpack(body)
    query = EVENT + TAILS + " AND l.asset = ? AND e.id < ? ORDER BY e.id"
    for row in connection.execute(query, (number, first)).fetchall():
        track.add(read(connection, row))
    return track

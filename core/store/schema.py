"""The tables of the store, their version, and what is refused instead of opened.

`events`, `small_values`, `codes` and `meta` are the truth; the others follow from the
events and can be dropped and folded anew. A database comes into being whole: it is made
under a temporary name and linked to its own, so that two processes may race for it.
"""

# Descriptors, no-follow flags and listings with sizes are calls of `os`: half in `pathlib` would read worse.
# ruff: noqa: PTH101, PTH104, PTH108, PTH112, PTH123, PTH208
from __future__ import annotations

import contextlib
import os
import sqlite3

from ..errors import StoreError
from .folder import Folder

FILE = "log.sqlite"
VALUES = "values"
VERSION = 3
APPLICATION = 0x61737374  # "asst", in the database's header

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE assets(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE runs(
  id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, started INTEGER, owner TEXT NOT NULL DEFAULT '',
  finished INTEGER
);
CREATE INDEX runs_live ON runs(id) WHERE started IS NOT NULL AND finished IS NULL;
CREATE TABLE events(
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, kind TEXT NOT NULL, asset INTEGER,
  partition TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL
);
CREATE INDEX events_asset ON events(asset) WHERE asset IS NOT NULL;
CREATE INDEX events_run ON events(run) WHERE run > 0;
CREATE TABLE small_values(
  name TEXT NOT NULL, size INTEGER NOT NULL, format TEXT NOT NULL, digest TEXT NOT NULL,
  signature TEXT NOT NULL, data BLOB NOT NULL
);
CREATE UNIQUE INDEX small_values_name ON small_values(name, size);
CREATE TABLE codes(version TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pins(name TEXT NOT NULL, owner TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(name, owner)) WITHOUT ROWID;
CREATE TABLE latest(
  asset INTEGER PRIMARY KEY, upto INTEGER NOT NULL, tail INTEGER NOT NULL, pieces INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE TABLE refs(
  asset INTEGER NOT NULL, partition TEXT NOT NULL, event INTEGER NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY(asset, partition, event)
) WITHOUT ROWID;
CREATE INDEX refs_name ON refs(name);
CREATE TABLE dynamic_partitions(id INTEGER PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL, UNIQUE(name, key));
"""

CHANGES: dict[int, tuple[str, ...]] = {
    2: (
        """CREATE TABLE checks(
  asset INTEGER NOT NULL, name TEXT NOT NULL, partition TEXT NOT NULL, event INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(asset, name, partition)
) WITHOUT ROWID""",
        "CREATE INDEX events_wiped ON events(asset) WHERE kind = 'Wiped'",
    ),
    3: (  # packed rows may hold columns, and events be `PassedOver` and `CheckErrored`: earlier versions know neither
        "INSERT INTO meta VALUES ('removed', '0')",
        """CREATE TRIGGER small_values_removed AFTER DELETE ON small_values BEGIN
  UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'removed';
END""",
    ),
}
"""What each version adds to the tables of the first."""

_CURE = "Move the folder away to begin anew, restore it from a backup, or choose another store."


def prepare(folder: Folder) -> str:
    """The path of the store's database, which is made if the folder is new.

    Raises:
        StoreError: if the folder holds something else, or a log that cannot be used; nothing is changed then.
    """
    path = folder.within(FILE)
    if os.path.lexists(path):
        check_header(path)
        return path
    there = set(os.listdir(folder.path))
    values = folder.within(VALUES)
    if f"{FILE}-wal" in there or (os.path.isdir(values) and any(n[0] != "." for n in os.listdir(values))):
        message = f"The store {folder.path} holds values but its log {FILE} is gone. {_CURE}"
        raise StoreError(message)
    if strange := sorted(name for name in there if name != VALUES and not name.startswith(".")):
        message = (
            f"{folder.path} is no store and not empty: it holds {', '.join(map(repr, strange[:3]))}. "
            "Choose an empty folder, or one that does not exist yet."
        )
        raise StoreError(message)
    _create(folder, path)
    return path


def check_header(path: str) -> None:
    """Look at the first bytes of a database, without opening it.

    Raises:
        StoreError: if it is not ours, or of a later version.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(100)
    except OSError as error:
        message = f"The store's log {path} cannot be read: {error.strerror}. Check its permissions."
        raise StoreError(message) from error
    if not head.startswith(b"SQLite format 3\0") or len(head) < 100:  # noqa: PLR2004 # the length of SQLite's header
        message = f"The store's log {path} is damaged: it is no SQLite database. {_CURE}"
        raise StoreError(message)
    if int.from_bytes(head[68:72], "big") != APPLICATION:
        message = f"{path} is a database of another program. Choose another folder for the store."
        raise StoreError(message)
    check_version(path, int.from_bytes(head[60:64], "big"))


def check_version(path: str, version: int) -> None:
    """Refuse a schema that this version of the package does not know.

    Raises:
        StoreError: if it is later than ours.
    """
    if version > VERSION:
        message = (
            f"The store {path} has schema {version}, written by a later version of jupyter-assets; this one knows "
            f"schemas up to {VERSION}. Upgrade jupyter-assets, or choose another store."
        )
        raise StoreError(message)


def check_open(path: str, connection: sqlite3.Connection) -> int:
    """Look at the version once more, now that changes which are still in the WAL are seen too.

    Returns:
        The version.

    Raises:
        StoreError: if the schema is later than ours, or its tables are not there.
    """
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # "no such table" has no code of its own
            raise
        row = None
    if row is None or not str(row[0]).isdecimal():
        message = f"The store's log {path} is damaged: it does not say which schema it has. {_CURE}"
        raise StoreError(message)
    check_version(path, int(row[0]))
    return int(row[0])


def upgrade(path: str, connection: sqlite3.Connection) -> None:
    """Bring a database of an earlier version up to ours, in the transaction that is open.

    From then on earlier versions of the package refuse it: they do not know what may be in it.
    """
    for version in range(check_open(path, connection) + 1, VERSION + 1):
        for statement in CHANGES[version]:
            connection.execute(statement)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(VERSION),))
    connection.execute(f"PRAGMA user_version = {VERSION}")


def damaged(path: str, error: Exception) -> StoreError:
    """The error for a database whose content makes no sense."""
    return StoreError(f"The store's log {path} is damaged: {error}. {_CURE}")


def _create(folder: Folder, path: str) -> None:
    temporary = folder.temporary()
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    if os.name == "posix":
        os.chmod(temporary, 0o600)
    try:
        connection = sqlite3.connect(temporary, isolation_level=None)
        try:
            mode = "DELETE" if folder.network else "WAL"
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            later = "".join(f"{statement};\n" for version in CHANGES.values() for statement in version)
            connection.executescript(f"BEGIN; {_TABLES}{later} COMMIT;")
            connection.execute("INSERT INTO meta VALUES ('schema', ?), ('collected', '0')", (str(VERSION),))
            connection.execute(f"PRAGMA journal_mode = {mode}")
        finally:
            connection.close()
        try:
            os.link(temporary, path)
        except FileExistsError:  # another process was faster
            check_header(path)
        except OSError:  # no hard links on this file system
            if not os.path.lexists(path):
                os.rename(temporary, path)
    except sqlite3.Error as error:
        message = f"The store {folder.path} cannot be made: {error}. Make room, or choose another folder."
        raise StoreError(message) from error
    finally:
        for rest in (temporary, f"{temporary}-wal", f"{temporary}-shm", f"{temporary}-journal"):
            with contextlib.suppress(OSError):
                os.unlink(rest)

"""Connections to the store's database: one for each thread and process, short transactions.

SQLite's locks are waited for here, so that none reaches a user, and its errors become ours.
It knows no table: `schema` makes them, `log` fills them.
"""

# Descriptors, no-follow flags and listings with sizes are calls of `os`: half in `pathlib` would read worse.
# ruff: noqa: PTH120
from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import TypeVar

from ..errors import StoreError
from . import Durability, schema
from .folder import Folder

T = TypeVar("T")

# How long another process's transaction is waited for, in seconds, before a user hears of it.
PATIENCE = 60.0

# A connection made before a fork may be neither used nor closed after it.
_abandoned: list[sqlite3.Connection] = []


class Database:
    """The database of a store's folder, opened where it is used.

    Args:
        folder: The store's folder.
        durability: `"normal"` (`synchronous=NORMAL`): a kill of the process loses nothing that was
            committed; a power cut may lose the last seconds, and never damages what is older.
            `"full"` (`synchronous=FULL`): a power cut loses nothing either, at one flush a commit.

    Raises:
        StoreError: if the database cannot be used as it is.
    """

    def __init__(self, folder: Folder, durability: Durability = "normal") -> None:
        self.path = schema.prepare(folder)
        # in rollback mode, NORMAL may damage the file at a power cut: a network file system gets FULL
        self._synchronous = "FULL" if durability == "full" or folder.network else "NORMAL"
        # SQLite waits deaf to interrupts; a reader waits for a writer in rollback mode only
        self._timeout = 30.0 if folder.network else 1.0
        self._pid = os.getpid()
        self._connections: list[tuple[weakref.ref[threading.Thread], sqlite3.Connection]] = []
        self._local = threading.local()
        self._writing = threading.RLock()
        self._listing = threading.Lock()
        self._closed = False
        self._finalizer = weakref.finalize(self, _close, self._connections, self._pid)
        with self.read() as connection:
            version = schema.check_open(self.path, connection)
        if version < schema.VERSION:
            self.write(lambda connection: schema.upgrade(self.path, connection))

    def connection(self) -> sqlite3.Connection:
        """This thread's own connection.

        Raises:
            StoreError: if the store was closed.
        """
        if os.getpid() != self._pid:
            self._forked()
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            return found
        if self._closed:
            message = f"The store {os.path.dirname(self.path)} was closed. Open it again."
            raise StoreError(message)
        with self._errors():
            made = sqlite3.connect(
                self.path,
                timeout=self._timeout,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            made.execute(f"PRAGMA synchronous = {self._synchronous}")
            made.execute("PRAGMA trusted_schema = OFF")
            made.execute("PRAGMA journal_size_limit = 67108864")
            made.execute("PRAGMA temp_store = MEMORY")
        with self._listing:
            for thread, old in list(self._connections):
                owner = thread()
                if owner is None or not owner.is_alive():
                    old.close()
                    self._connections.remove((thread, old))
            self._connections.append((weakref.ref(threading.current_thread()), made))
        self._local.connection = made
        return made

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one moment of the database."""
        with self._errors():
            connection = self.connection()
            try:
                self._begin(connection, "BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def write(self, body: Callable[[sqlite3.Connection], T]) -> T:
        """Change the database in a transaction: kept whole at the end, undone by any exception.

        A function and no context manager: an interrupt that falls into the entry or the exit of one of
        those leaves the lock held and the transaction open.

        Args:
            body: Makes the changes; what it gives is given back.

        Raises:
            StoreError: if the database cannot be changed.
        """
        connection = self.connection()  # before the lock: it notices a fork, and makes the lock anew
        try:
            with self._writing:
                try:
                    self._begin(connection, "BEGIN IMMEDIATE")
                    found = body(connection)
                    self._patiently(connection, "COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
                return found
        except sqlite3.Error as error:
            raise self._told(error) from error

    def close(self) -> None:
        """Close all connections of this process."""
        self._closed = True
        self._local = threading.local()
        with self._listing:
            _close(self._connections, self._pid)

    def _forked(self) -> None:
        _abandoned.extend(connection for _, connection in self._connections)
        self._finalizer.detach()
        self._pid = os.getpid()
        self._connections = []
        self._local = threading.local()
        self._writing = threading.RLock()
        self._listing = threading.Lock()
        self._finalizer = weakref.finalize(self, _close, self._connections, self._pid)

    def _begin(self, connection: sqlite3.Connection, statement: str) -> None:
        if connection.in_transaction:  # an interrupt of the kernel came between a beginning and its end
            connection.execute("ROLLBACK")
        self._patiently(connection, statement)

    def _patiently(self, connection: sqlite3.Connection, statement: str) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                connection.execute(statement)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                    raise
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)
            else:
                return

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> StoreError:
        """The error of the database in our own words."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} or isinstance(
            error, sqlite3.NotSupportedError
        ):
            return schema.damaged(self.path, error)
        return StoreError(_worded(self.path, code, error))


def _worded(path: str, code: int, error: sqlite3.Error) -> str:
    if code == sqlite3.SQLITE_FULL:
        return f"The disk of the store {path} is full. Make room and run again; what was recorded before is kept."
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return (
            f"Another process has kept the store {path} locked for {PATIENCE:.0f} s. "
            "Look for a stopped kernel or a database tool with an open transaction, and end it."
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return f"The store {path} cannot be written: {error}. Check the folder's permissions, or choose another store."
    if code == sqlite3.SQLITE_IOERR:
        return f"The disk of the store {path} failed: {error}. Nothing of this step was recorded."
    return f"The store {path} cannot be used: {error}."


def _close(connections: list[tuple[weakref.ref[threading.Thread], sqlite3.Connection]], pid: int) -> None:
    if os.getpid() != pid:  # a child that ends must not touch its parent's connections
        return
    while connections:
        connections.pop()[1].close()

"""Opening a store: the folder, its log and its values, put together and set in order.

Behind the doors of this room (`open_store`, `memory_store`), which nobody else calls it by.
"""

from __future__ import annotations

import contextlib
import os

from ..errors import StoreError
from ..schema.env import salt_with
from . import Durability
from .database import Database
from .folder import Folder
from .log import SqliteLog
from .memory import MemoryLog, MemoryShelf
from .schema import VALUES
from .shelf import DiskShelf
from .signing import VARIABLE, Signer, key_path
from .values import Values


def open_folder(path: str, durability: Durability) -> tuple[SqliteLog, Values, str]:
    """The log, the values and the real path of the store in a folder.

    Raises:
        StoreError: if the folder is no store, or one that is damaged, of a later version, or not writable.
    """
    if durability not in {"normal", "full"}:
        message = f"durability is 'normal' or 'full', not {durability!r:.40}"
        raise ValueError(message)
    key = key_path()
    if os.path.realpath(key).startswith(os.path.realpath(path) + os.sep):
        message = f"The key {key} lies inside the store {path}. Set {VARIABLE} to a file outside of it."
        raise StoreError(message)
    folder = Folder(path, durability)
    database = Database(folder, durability)
    try:
        files = folder.folder(VALUES)
        for mine in (folder, files):
            mine.close_to_others()
        _ignore(folder)
        folder.clear_temporaries()
        files.clear_temporaries()
        log = SqliteLog(database, files.sizes)
        log.reclaim()
    except BaseException:
        database.close()
        raise
    signer = Signer(key)
    salt_with(signer.salt)
    return log, Values(DiskShelf(database, files), signer, folder.path), folder.path


def in_memory(place: str) -> tuple[MemoryLog, Values]:
    """A log and values in memory."""
    shelf = MemoryShelf()
    return MemoryLog(shelf), Values(shelf, Signer(None), place or "in memory")


def _ignore(folder: Folder) -> None:
    """A store is nothing for version control: it says so itself."""
    if folder.size(".gitignore") is None:
        with contextlib.suppress(StoreError):
            folder.write(".gitignore", [b"*\n"])

"""Remembering: the event log and the values, on disk or in memory.

The doors of the room, light enough for `import assets`: SQLite, hashes and formats are
loaded when a store is opened.
"""

from __future__ import annotations

import os
from typing import Literal, NamedTuple, TypeAlias

from ..storage import EventLog, ValueStore

__all__ = ["Durability", "Store", "memory_store", "open_store"]

Durability: TypeAlias = Literal["normal", "full"]


class Store(NamedTuple):
    """A log, the values that its events name, and the folder (empty for a store in memory)."""

    log: EventLog
    values: ValueStore
    path: str = ""

    def close(self) -> None:
        """Let go of what is held open."""
        self.log.close()


def open_store(path: str | os.PathLike[str] = ".assets", *, durability: Durability = "normal") -> Store:
    """The store in a folder, which is made if it is not there.

    What dead processes left is taken back: their runs end as cancelled, their temporary files go.

    Args:
        path: The folder.
        durability: What a failure may take. With `"normal"`, a killed process loses nothing that
            was recorded; a power cut may take the last seconds of records and values, which are
            then due again, and never leaves a wrong value in their place. With `"full"`, a power
            cut takes nothing either: each commit and each file is flushed to the disk, some
            milliseconds each.

    Raises:
        StoreError: if the folder is no store, or one that is damaged, of a later version, or not writable.
    """
    from .opening import open_folder

    return Store(*open_folder(os.fspath(path), durability))


def memory_store(folder: str | os.PathLike[str] | None = None) -> Store:
    """A store that ends with the process.

    Args:
        folder: What `path` is to say, for those who keep files of their own beside it.
    """
    from .opening import in_memory

    place = "" if folder is None else os.fspath(folder)
    return Store(*in_memory(place), place)

"""`DagsterInstance`: one store with its log and its values, under the reference's name.

The only room that knows both the runner's needs and the store. What users of the reference
ask is answered from the log: of assets, of partitions, of runs. Rules: `spec/api.md` §9.7.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, cast, get_args

from ..errors import DagsterHomeNotSetError, ParameterCheckError
from ..events import PartitionsRemoved, RunDeleted, Wiped
from ..storage import EventLog, ValueStore
from ..store import Durability, Store, memory_store, open_store
from ..store.owner import me
from .of_assets import OfAssets
from .of_events import OfEvents
from .of_partitions import OfPartitions
from .of_runs import OfRuns

HOME_VARIABLE = "ASSETS_HOME"
DURABILITY_VARIABLE = "ASSETS_DURABILITY"

_current: Callable[[], DagsterInstance] | None = None


def set_current(current: Callable[[], DagsterInstance] | None) -> None:
    """Let `DagsterInstance.get()` give this one: the workspace of the kernel says so."""
    global _current  # noqa: PLW0603  the one place that knows the process's instance
    _current = current


class DagsterInstance(OfAssets, OfPartitions, OfRuns, OfEvents):
    """A store: the event log, and the values of assets.

    Made by `ephemeral`, `local_temp`, `get` or `open`, never directly.
    """

    def __init__(self, store: Store, *, is_ephemeral: bool, folder: str | None) -> None:
        self._store = store
        self._folder = folder
        self.is_ephemeral = is_ephemeral
        self.log: EventLog = store.log
        self.values: ValueStore = store.values
        self.known_codes: set[str] = set()
        """The code versions whose text this process has put into the log."""

    @staticmethod
    def ephemeral(tempdir: str | None = None, preload: Any = None, settings: Any = None) -> DagsterInstance:  # noqa: ARG004  the reference's signature
        """A store in memory, gone with the object."""
        return DagsterInstance(memory_store(), is_ephemeral=True, folder=tempdir)

    @staticmethod
    def local_temp(tempdir: str | None = None, overrides: Any = None) -> DagsterInstance:  # noqa: ARG004  the reference's signature
        """A store on disk in a folder (a temporary one, if none is given)."""
        return DagsterInstance.open(tempdir or tempfile.mkdtemp(prefix="assets-"))

    @staticmethod
    def get() -> DagsterInstance:
        """The store of the loaded workspace, else that of `ASSETS_HOME`.

        Raises:
            DagsterHomeNotSetError: if there is neither.
        """
        if _current is not None:
            return _current()
        home = os.environ.get(HOME_VARIABLE)
        if not home:
            message = (
                f"There is no store: no workspace is loaded, and {HOME_VARIABLE} is not set. "
                f"Run `%load_ext assets` in a notebook, set {HOME_VARIABLE} to a folder, or use "
                "DagsterInstance.ephemeral()."
            )
            raise DagsterHomeNotSetError(message)
        return DagsterInstance.open(home)

    @staticmethod
    def open(folder: str | os.PathLike[str], durability: str | None = None) -> DagsterInstance:
        """The store in a folder, made if it is not there.

        Args:
            folder: Where it is.
            durability: `normal`: a killed process loses nothing that was committed, a power cut
                may take the last seconds; `full`: every commit is flushed to the disk. Left out,
                `ASSETS_DURABILITY`, else `normal`.

        Raises:
            StoreError: if it is damaged, foreign or of a newer version.
        """
        chosen = durability or os.environ.get(DURABILITY_VARIABLE) or "normal"
        if chosen not in get_args(Durability):
            message = f"durability is 'normal' or 'full', not {chosen!r:.40}."
            raise ParameterCheckError(message)
        store = open_store(Path(folder), durability=cast("Durability", chosen))
        return DagsterInstance(store, is_ephemeral=False, folder=str(folder))

    def close(self) -> None:
        """Let go of what is held open."""
        self._store.close()

    dispose = close

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def owner(self) -> str:
        """The sign of life that this process gives with its runs."""
        return me()

    @property
    def root_directory(self) -> str:
        """The folder of the store; of an ephemeral instance a temporary one, which goes with it."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="assets-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def storage_directory(self) -> str:
        """Where file-based IO managers put their values by default."""
        return str(Path(self.root_directory) / "storage")

    def wipe(self) -> None:
        """Forget everything: every asset, every run, every partition that was added."""
        now, facts = time.time(), self.log.snapshot()
        known = {*facts.assets(), *facts.checks}
        self.log.append(
            [
                *(Wiped("", now, key) for key in known),
                *(PartitionsRemoved("", now, name, keys) for name, keys in facts.dynamic.items() if keys),
                *(RunDeleted(row.run, now) for row in self.log.runs()),
            ]
        )

"""Who ran what: the notebook behind each run, and the assets that each notebook has run.

Folded from the log as it grows, so that a question costs what is new and not what there
is. Rules: `spec/notebook.md` §1 (a shared store) and C10 (remembered assets).
"""

from __future__ import annotations

from collections.abc import Iterable

from .events import Dropped, RunStarted
from .history import Facts
from .keys import AssetKey, Piece
from .storage import EventLog


class Origins:
    """The origins of runs, read from one log.

    Args:
        log: The log; read at the first question, and then only what came since.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._upto = 0
        self._of: dict[str, str] = {}
        self._assets: dict[str, dict[AssetKey, None]] = {}

    def of(self, run: str) -> str:
        """The notebook that a run came from; empty where none did, or none is known."""
        self._read()
        return self._of.get(run, "")

    def assets(self, origin: str) -> Iterable[AssetKey]:
        """The assets that runs of a notebook were to make, and that it did not drop since."""
        self._read()
        return self._assets.get(origin, {}).keys()

    def foreign(self, pieces: Iterable[Piece], facts: Facts, origin: str) -> dict[AssetKey, str]:
        """The assets among these pieces whose newest value another notebook made, and which one."""
        found: dict[AssetKey, str] = {}
        for piece in pieces:
            record = facts.record(piece)
            other = self.of(record.run) if record is not None and piece.asset not in found else ""
            if other and other != origin:
                found[piece.asset] = other
        return found

    def _read(self) -> None:
        for number, event in self._log.since(self._upto, kinds=("RunStarted", "Dropped")):
            self._upto = number
            if isinstance(event, RunStarted):
                self._of[event.run] = event.origin
                self._assets.setdefault(event.origin, {}).update(dict.fromkeys(event.keys))
            elif isinstance(event, Dropped):
                self._assets.setdefault(event.origin, {}).pop(event.asset, None)

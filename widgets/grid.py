"""The grid widget: all assets by all partitions, each cell in the colour of its state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container
from typing import NamedTuple

from .base import Answer, AssetsWidget, Commands, bundled, resting_note
from .grid_picture import grid_alternative, grid_picture, grid_text
from .live import Gatherer
from .models import GridModel, NoteModel, RunModel
from .requests import Request
from .svg import as_img


class Sight(NamedTuple):
    """What the grid shows at one moment."""

    model: GridModel
    cells: bytes
    run: RunModel | None = None
    note: NoteModel | None = None


NOTHING = Sight(GridModel(op="grid", groups=[], states=[], shape=""), b"")


class Grid(AssetsWidget):
    """The partitions of the assets, live.

    Args:
        commands: What clicks lead to.
        look: Gives what is to be seen (`views.grid`), or `None` while it cannot be told.
    """

    _esm = bundled("grid.js")
    _css = bundled("grid.css")

    def __init__(self, commands: Commands, look: Callable[[], Sight | None]) -> None:
        self._look = look
        self._sight = NOTHING
        self._lock = threading.Lock()
        self._gatherer = Gatherer(self.refresh)
        super().__init__(commands)
        self.refresh()

    @property
    def sight(self) -> Sight:
        """What the pages show now."""
        return self._sight

    def changed(self) -> None:
        """Say that something may be different now; costs microseconds."""
        if self.watched:
            self._gatherer.poke()

    def refresh(self) -> None:
        """Look anew, and tell the pages if there is something else to see."""
        if self._resting:
            return
        with self._lock:
            try:
                sight = self._look()
            except Exception as error:  # noqa: BLE001  the thread must live on, and the user must know
                text = f"The grid cannot be shown: {type(error).__name__}: {error}"[:500]
                sight = self._sight._replace(note={"text": text, "level": "error"})
            if sight is not None and sight != self._sight:
                self._become(sight)

    def rest(self) -> None:
        """Show what is shown now, under a line that says so, and do nothing until `wake`."""
        super().rest()
        self._gatherer.close()
        with self._lock:
            self._become(self._sight._replace(note=resting_note()))

    def wake(self) -> None:
        """Go on, after `rest`."""
        super().wake()
        self._gatherer = Gatherer(self.refresh)
        self.changed()

    def _become(self, sight: Sight) -> None:
        self._sight = sight
        self._show({"run": sight.run, "note": sight.note})
        if self.watched:
            self._tell({**sight.model, "run": sight.run, "note": sight.note}, [sight.cells])

    def close(self) -> None:
        """Take the widget out of every page."""
        gatherer = getattr(self, "_gatherer", None)
        if gatherer is not None:
            gatherer.close()
        super().close()

    def known(self) -> Container[str]:
        """The ids of the rows."""
        return {row["id"] for group in self._sight.model["groups"] for row in group["rows"]}

    def static_bundle(self) -> dict[str, str]:
        """The picture and the table that stay in the notebook."""
        self.refresh()
        model, cells = self._sight.model, self._sight.cells
        return {
            "text/html": as_img(grid_picture(model, cells), grid_alternative(model)),
            "text/plain": grid_text(model),
        }

    def _answer(self, request: Request) -> tuple[Answer, list[bytes]]:
        sight = self._sight
        match request.op:
            case "hello":
                answer, _ = super()._answer(request)
                self._gatherer.poke()
                return {**answer, "run": sight.run, "note": sight.note}, []
            case "grid" if request.fields["keys"] is None:
                # This widget's own rows, which are perhaps not those of every asset.
                return {"grid": sight.model}, [sight.cells]
            case "values" if request.fields["keys"] is None:
                rows = [row["id"] for group in sight.model["groups"] for row in group["rows"]]
                return self._values(rows, request.fields["measure"])
            case _:
                return super()._answer(request)

"""The notebook's side of a workspace: hooks of the shell, open widgets, the queue of clicks.

`load` and `unload` are what `%load_ext` and `%unload_ext` reach. Everything that is put
into the shell is taken out again and what was there before is put back; what the cells have
defined is kept for a later `load`. Rules: `spec/notebook.md` §1, §2 and §6.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..core.define.definition import AssetsDefinition
from ..core.define.definitions import Definitions
from ..core.define.observer import observe
from ..core.define.source import SourceAsset
from ..core.keys import AssetKey
from ..core.workspace import make_current
from ..widgets.models import NoteModel
from .bindings import Kinds
from .cards import cards_in
from .cells import Cells, Settled, keys_of
from .clicks import Clicks
from .creation import by_the_cell, running_cell
from .held import Holding
from .notebook import NotebookWorkspace
from .pages import Pages
from .progress import DELAY
from .subshell import Lane
from .tracebacks import cells_named, render_failed_runs, show_error
from .watch import Watch

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

    from ..widgets.grid import Grid
    from ..widgets.lineage import Lineage

_KINDS = Kinds((AssetsDefinition, SourceAsset), (Definitions,))
_Widget = TypeVar("_Widget")


class Session:
    """One kernel's workspace, and everything that ties it to its shell.

    Args:
        shell: The shell of the kernel.
    """

    lane: Lane
    watch: Watch

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.silence = DELAY
        """Seconds that a run may take in a cell before its progress is shown."""
        self.cells = Cells(_KINDS)
        self._holding = Holding()
        self.workspace = NotebookWorkspace(self.cells.running, self._so_far, origin=_notebook_path(shell))
        self._open: list[tuple[Any, int, Any]] = []
        self._widgets: weakref.WeakSet[Any] = weakref.WeakSet()
        self._ended = 0
        self._refused: Exception | None = None
        self.clicks = Clicks(self.workspace, self.changed)
        self.pages = Pages(
            self.workspace,
            self.clicks,
            self._busy,
            self._note,
            self._cell_of,
            partial(cells_named, shell),
            self._page_opened,
        )
        self._undo: list[Callable[[], object]] = []

    def start(self) -> None:
        """Put everything into the shell."""
        from .completion import complete_with
        from .magics import magics_for

        shell, events = self.shell, self.shell.events
        self.clicks.open()
        self.lane = Lane(getattr(shell, "kernel", None))
        self.watch = Watch(self.workspace.poll, self._looked_at)
        make_current(self.workspace)
        self._undo.append(lambda: make_current(None))
        self._undo.append(observe(self._made))
        self._undo.append(self.workspace.subscribe(self.changed))
        self._undo.append(render_failed_runs(shell))
        self._undo.append(cards_in(shell))
        self._undo.append(magics_for(self))
        self._undo.append(complete_with(self))
        for name, hook in (("pre_run_cell", self._before_cell), ("post_run_cell", self._after_cell)):
            events.register(name, hook)
            self._undo.append(partial(_unregister, events, name, hook))
        info, number = running_cell()
        if info is not None:
            # `%load_ext` is itself in a cell, and what that cell defines after it counts.
            self.cells.resume_cell(getattr(info, "cell_id", None), info.raw_cell or "", _label(number))
            self._enter(info)
        self.cells.look_around(shell.user_ns)
        self._settle()
        for widget in list(self._widgets):  # those that were open when the extension was unloaded
            self.lane.route(widget)
            widget.wake()
        if self._looked_at():
            self.watch.start()

    def stop(self) -> None:
        """Take everything out of the shell again, the last first; open widgets rest until the next `start`."""
        for widget in list(self._widgets):
            widget.rest()
        self.watch.close()
        self.clicks.close()
        self.lane.close()
        while self._undo:
            self._undo.pop()()
        for _, _, mark in self._open:
            mark.__exit__(None, None, None)
        self._open.clear()
        self.workspace.close()

    def lineage(self) -> Lineage:
        """A new lineage widget, kept up to date."""
        from ..widgets.lineage import Lineage  # anywidget is paid for by whoever shows a widget

        return self._opened(Lineage(self.pages, self.pages.lineage))

    def grid(self, selection: str | None = None) -> Grid:
        """A new grid widget of a selection, kept up to date."""
        from ..widgets.grid import Grid  # as above

        if selection is None:
            return self._opened(Grid(self.pages, self.pages.sight))
        self.workspace.select(selection)  # a wrong one is told now, not by an empty grid
        return self._opened(Grid(self.pages, lambda: self.pages.sight(self.workspace.select(selection))))

    def drop(self, keys: list[AssetKey]) -> list[str]:
        """Take every definition of these keys away.

        Returns:
            What to say of it.
        """
        workspace = self.workspace
        former = workspace.remembered()
        for key in keys:
            if key not in former:
                workspace.graph.node(key)
        lines = []
        for key in keys:
            name = key.to_user_string()
            if self.cells.drop(key):
                lines.append(f"{name} is no longer defined.")
            elif key in former:
                lines.append(f"{name} is no longer remembered; what is stored of it stays.")
            else:
                lines.append(f"{name} is defined nowhere: nothing to drop.")
        self._tell(self._settle())
        workspace.forget([key for key in keys if key in former])
        return lines

    def run_ids(self) -> list[str]:
        """The ids of the newest runs, shortened to what tells them apart."""
        return [row.run[:8] for row in self.workspace.runs()]

    def changed(self) -> None:
        """Something may look different now; the widgets work it out later, on their own threads."""
        for widget in list(self._widgets):
            widget.changed()

    def _page_opened(self) -> None:
        self.watch.start()

    def _looked_at(self) -> bool:
        """Whether a page shows a widget. Asked on another thread: a set that grows meanwhile says yes."""
        try:
            return any(widget.watched for widget in self._widgets)
        except RuntimeError:
            return True

    def _opened(self, widget: _Widget) -> _Widget:
        self._widgets.add(widget)
        self.lane.route(widget)
        return widget

    def _made(self, definition: object) -> None:
        if self.cells.running() and by_the_cell(definition):
            self.cells.created(definition)

    def _before_cell(self, info: ExecutionInfo) -> None:
        self.cells.begin_cell(
            getattr(info, "cell_id", None), info.raw_cell or "", label=_label(running_cell()[1])
        )
        self._enter(info)

    def _enter(self, info: ExecutionInfo) -> None:
        mark = self.workspace.user_code()
        mark.__enter__()
        self._open.append((info, threading.get_ident(), mark))
        self._ended = self.clicks.ended

    def _after_cell(self, result: ExecutionResult | None) -> None:
        # An empty cell ends without having begun; a cancelled one ends without a result.
        here = [at for at, (_, thread, _) in enumerate(self._open) if thread == threading.get_ident()]
        info = None if result is None else result.info
        if not here or (info is not None and self._open[here[-1]][0] is not info):
            return
        _, _, mark = self._open.pop(here[-1])
        mark.__exit__(None, None, None)
        success = result is not None and bool(result.success)
        if self.cells.end_cell(success, self.shell.user_ns, _deleted_cells(self.shell)):
            settled = self._settle()
            self._tell(settled)
            if settled.error is not None:
                show_error(self.shell, settled.error)
        self._print(self._holding.lines(self.workspace.graph, self.shell.user_ns))
        self.changed()

    def _so_far(self) -> None:
        """Put in force what the running cell has defined; a verb of the same cell needs it."""
        if self.cells.so_far(self.shell.user_ns):
            settled = self._settle()
            self._tell(settled)
            if settled.error is not None:
                raise settled.error

    def _settle(self) -> Settled:
        settled = self.cells.settle(
            lambda definitions: self.workspace.define(definitions, self.cells.resources())
        )
        if settled.error is not None:
            self._refused = settled.error
        elif not self.cells.pending():
            self._refused = None
        return settled

    def _tell(self, settled: Settled) -> None:
        self._print(settled.lines)

    def _print(self, lines: Iterable[str]) -> None:
        for line in lines:
            print(line)  # noqa: T201  a line under the cell

    def _busy(self) -> bool:
        """Whether the user's code runs on another thread than this one, and no click has been served meanwhile."""
        return bool(self._open) and self.clicks.ended == self._ended and not self.cells.running()

    def _note(self) -> NoteModel | None:
        if self._refused is None:
            return None
        return NoteModel(text=f"Not taken yet: {self._refused}", level="warning")

    def _cell_of(self, key: AssetKey) -> str:
        for standing in self.cells.standing():
            if key in keys_of(standing.definition):
                return self.cells.label(standing.cell) if standing.cell else ""
        return ""


_sessions: weakref.WeakKeyDictionary[InteractiveShell, Session] = weakref.WeakKeyDictionary()
_resting: weakref.WeakKeyDictionary[InteractiveShell, Session] = weakref.WeakKeyDictionary()


def load(shell: InteractiveShell) -> Session:
    """Start the shell's session; one that was unloaded goes on with all that its cells had defined."""
    session = _sessions.get(shell)
    if session is None:
        session = _resting.pop(shell, None) or Session(shell)
        try:
            session.start()
        except BaseException:
            session.stop()  # half of it may be in the shell
            raise
        _sessions[shell] = session
    return session


def unload(shell: InteractiveShell) -> None:
    """Stop the shell's session and take all of it out of the shell."""
    session = _sessions.pop(shell, None)
    if session is not None:
        session.stop()
        _resting[shell] = session


def session_of(shell: InteractiveShell) -> Session | None:
    """The shell's session, if the extension is loaded."""
    return _sessions.get(shell)


def _label(number: int | None) -> str:
    return "" if number is None else f"cell [{number}]"


def _unregister(events: Any, name: str, hook: Any) -> None:
    if hook in events.callbacks[name]:
        events.unregister(name, hook)


def _metadata(shell: InteractiveShell) -> dict[str, Any]:
    """What the front end sent along with the cell that runs."""
    try:
        found = shell.get_parent()["metadata"]  # type: ignore[attr-defined]  # only a kernel's shell has one
    except Exception:  # noqa: BLE001  no kernel, or no such message
        return {}
    return found if isinstance(found, dict) else {}


def _deleted_cells(shell: InteractiveShell) -> list[str]:
    """The cells that the front end deleted since the last run (C7)."""
    deleted = _metadata(shell).get("deletedCells")
    return [str(cell) for cell in deleted] if isinstance(deleted, list) else []


def _notebook_path(shell: InteractiveShell) -> str:
    """The path of the notebook, as far as the front end tells it."""
    for name in ("__vsc_ipynb_file__", "__session__"):
        path = shell.user_ns.get(name)
        if isinstance(path, str) and path:
            return path
    return os.environ.get("JPY_SESSION_NAME", "")

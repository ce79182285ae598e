"""Which definitions stand: bookkeeping of what each cell created and what the namespace binds.

Rules C1-C7, C9, C11 and C12 of `spec/notebook.md` §2. The session tells it what happened
(a cell began, a definition was made, a cell ended); it answers with the definitions that
stand. It knows nothing of IPython, of graphs, or of what a definition means beyond its
keys: whether a set of definitions makes a valid graph is asked through `settle`.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from ..core.keys import AssetCheckKey, AssetKey
from .bindings import CONTAINERS, Bound, Homes, Kinds, look, mark

_DISPLAYED = re.compile(r"_{1,3}|_\d+|_i{1,3}|_i\d+|_[iod]h|In|Out|exit|quit|get_ipython|open")
"""Names that IPython binds by itself: showing a definition is not binding it."""


class Held(NamedTuple):
    """A definition that a cell made or a name holds; of one key, the highest `at` wins."""

    definition: Any
    at: int


class Source(NamedTuple):
    """What makes definitions stand: a cell that created them, or a name that is bound to them."""

    kind: Literal["cell", "name"]
    name: str


class Claim(NamedTuple):
    """The definitions of one source, and the cell that it came from."""

    held: tuple[Held, ...]
    cell: str


class Standing(NamedTuple):
    """A definition that is in force, and the cell it came from (`""` if none is known)."""

    definition: Any
    cell: str


class Settled(NamedTuple):
    """What became of a change: lines to show under the cell, and the error if it was refused."""

    lines: tuple[str, ...] = ()
    error: Exception | None = None


class _Run:
    """One run of one cell, while it lasts."""

    def __init__(self, cell: str, thread: int) -> None:
        self.cell = cell
        self.thread = thread
        self.depth = 1
        self.made: list[Held] = []
        self.bound: set[str] = set()


_State: TypeAlias = dict[Source, Claim]


def keys_of(definition: Any) -> tuple[AssetKey | AssetCheckKey, ...]:
    """What a definition, a source asset or a spec defines: assets by their keys, or the checks of some."""
    keys = getattr(definition, "keys", None)
    return (definition.key,) if keys is None else tuple(keys or definition.check_keys)


class Cells:
    """The definitions that stand, cell by cell and name by name.

    Args:
        kinds: Which types are definitions, and which gathers them (`Definitions`).
    """

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._wanted: _State = {}
        self._accepted: _State = {}
        self._runs: dict[int, _Run] = {}
        self._labels: dict[str, str] = {}
        self._clock = 0
        self._marks: dict[str, Any] = {}
        self._direct: dict[str, Any] = {}
        self._homes: dict[str, Homes] = {}
        self._resources: dict[str, Mapping[str, Any]] = {}
        # Weak: what left the graph and the namespace is not kept alive to be recognised.
        self._own: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._changed: set[Source] = set()
        self._lock = threading.RLock()

    def look_around(self, namespace: Mapping[str, Any]) -> None:
        """Take the names that are bound already: those of before the extension count from now on (C5)."""
        with self._lock:
            self._names(namespace, None)

    def begin_cell(
        self, cell_id: str | None, source: str, *, label: str = "", thread: int | None = None
    ) -> str:
        """A cell begins to run on a thread.

        A cell that runs inside another one (`%run notebook.ipynb`) is part of it.

        Args:
            cell_id: The front end's id; without one the source names the cell.
            source: The cell's text.
            label: How a message calls the cell.
            thread: The thread that runs it; the present one by default.

        Returns:
            The name by which this cell is known here.
        """
        at = threading.get_ident() if thread is None else thread
        with self._lock:
            run = self._runs.get(at)
            if run is not None:
                run.depth += 1
                return run.cell
            run = self._runs[at] = _Run(cell_id or _anonymous(source), at)
            if label:
                self._labels[run.cell] = label
            return run.cell

    def resume_cell(self, cell_id: str | None, source: str, label: str = "") -> None:
        """The cell that runs on this thread is to be followed from here on, or again."""
        here = threading.get_ident()
        with self._lock:
            run = self._runs.get(here)
            if run is not None and self._labels.get(run.cell) == label and run.cell == (cell_id or run.cell):
                run.depth = 1
                return
            if run is not None:  # nobody followed that one to its end
                self._claim(run, whole=False)
                del self._runs[here]
            self.begin_cell(cell_id, source, label=label)

    def created(self, definition: Any, thread: int | None = None) -> None:
        """A cell's own code made a definition (C1). On a thread that runs no cell it counts nowhere."""
        with self._lock:
            run = self._runs.get(threading.get_ident() if thread is None else thread)
            if run is not None:
                run.made.append(Held(definition, self._tick()))
                self._own[id(definition)] = definition

    def running(self, thread: int | None = None) -> bool:
        """Whether a cell runs on the thread."""
        return (threading.get_ident() if thread is None else thread) in self._runs

    def so_far(self, namespace: Mapping[str, Any], *, thread: int | None = None) -> bool:
        """Count what the running cell has defined until now: a verb in the same cell needs it.

        Returns:
            Whether anything changed.
        """
        with self._lock:
            run = self._runs.get(threading.get_ident() if thread is None else thread)
            if run is None:
                return False
            if run.made:
                self._claim(run, whole=False)
            self._names(namespace, run)
            return bool(self._changed)

    def end_cell(
        self,
        success: bool,
        namespace: Mapping[str, Any],
        deleted: Collection[str] = (),
        *,
        thread: int | None = None,
    ) -> bool:
        """The cell is over.

        Args:
            success: Whether it ended without an error.
            namespace: The user's names as they are now.
            deleted: The ids of cells that the front end reports as deleted (C7).
            thread: The thread that ran it; the present one by default.

        Returns:
            Whether the definitions changed, so that `settle` has something to do.
        """
        at = threading.get_ident() if thread is None else thread
        with self._lock:
            run = self._runs.get(at)
            if run is not None:
                run.depth -= 1
                if run.depth:
                    return False
                del self._runs[at]
            for cell in deleted:
                self._delete(cell)
            former = () if run is None else self._claim(run, whole=success)
            self._names(namespace, run)
            if run is not None and success and former:
                self._forget_copies(run, former)
            return bool(self._changed)

    def drop(self, key: AssetKey) -> bool:
        """Take every definition of a key away, whoever made it and whatever is bound to it."""
        with self._lock:
            before = len(self._changed)
            for source, claim in list(self._wanted.items()):
                self._put(source, [h for h in claim.held if key not in keys_of(h.definition)], claim.cell)
            return len(self._changed) > before

    def settle(self, accept: Callable[[Sequence[Any]], object]) -> Settled:
        """Put the definitions that stand in force, as far as they make a valid graph (C9).

        What is refused stays pending and is tried again with every later change.

        Args:
            accept: Takes the definitions and makes them the graph, or raises and changes nothing.
        """
        with self._lock:
            changed, self._changed = self._changed, set()
            lines = self._shadowed(changed)
            try:
                accept([s.definition for s in _standing(self._wanted)])
            except Exception as error:  # noqa: BLE001  whatever makes the graph invalid is the cell's error
                return self._without_pending(changed, accept, lines, error)
            self._accepted = dict(self._wanted)
            return Settled(lines)

    def standing(self) -> tuple[Standing, ...]:
        """The definitions in force, oldest first."""
        return tuple(_standing(self._accepted))

    def resources(self) -> dict[str, Any]:
        """The resources that the bound `Definitions` bring along; of one key the newest."""
        return {key: value for brought in self._resources.values() for key, value in brought.items()}

    def pending(self) -> bool:
        """Whether something was refused and waits for the cell that makes it valid."""
        return self._accepted != self._wanted

    def label(self, cell: str) -> str:
        """How a message calls a cell."""
        return self._labels.get(cell, "another cell" if cell else "an earlier binding")

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _put(self, source: Source, held: Iterable[Held], cell: str) -> None:
        """Set what a source claims; nothing at all takes it away."""
        held = tuple(held)
        old = self._wanted.get(source)
        if held == (old.held if old else ()):
            return
        self._changed.add(source)
        if held:
            self._wanted[source] = Claim(held, cell)
        else:
            del self._wanted[source]

    def _claim(self, run: _Run, *, whole: bool) -> tuple[Held, ...]:
        """Replace what the cell's former run defined: all of it, or only the keys of this run (C2, C3)."""
        source = Source("cell", run.cell)
        old = self._wanted.get(source)
        former = old.held if old else ()
        made = run.made
        if not whole:
            new = {key for h in made for key in keys_of(h.definition)}
            made = [*(h for h in former if new.isdisjoint(keys_of(h.definition))), *made]
        self._put(source, made, run.cell)
        return former

    def _delete(self, cell: str) -> None:
        for source, claim in list(self._wanted.items()):
            if claim.cell == cell:
                self._put(source, (), cell)

    def _names(self, namespace: Mapping[str, Any], run: _Run | None) -> None:
        """Compare the names with those after the last cell; look only at what is bound anew (C5, C6, C11)."""
        names = dict(namespace)  # another thread may bind a name meanwhile
        marks = {
            name: mark(value) if type(value) in CONTAINERS else id(value) for name, value in names.items()
        }
        before, self._marks = self._marks, marks
        if marks != before:
            cell = run.cell if run else ""
            for name in before.keys() - marks.keys():
                self._unbound(name, names)
            for name, known in marks.items():
                if before.get(name) != known and not _DISPLAYED.fullmatch(name):
                    self._bound(name, look(names[name], self._kinds), cell, run)
        for name, homes in list(self._homes.items()):
            if homes.moved():
                found = homes.renewed(self._kinds)
                if found is not None:
                    self._bound(name, found, self._wanted[Source("name", name)].cell, None)

    def _bound(self, name: str, found: Bound, cell: str, run: _Run | None) -> None:
        source = Source("name", name)
        self._direct.pop(name, None)
        if self._resources.pop(name, None) != (found.resources or None):
            self._changed.add(source)
        if found.resources:
            self._resources[name] = found.resources
        if found.single:
            self._direct[name] = found.definitions[0]
        foreign = [d for d in found.definitions if self._own.get(id(d)) is not d]
        old = self._wanted.get(source)
        if not foreign and old is not None and found.plain and not self._gathers(name):
            self._homes.pop(name, None)
            return  # `flights = assets.load("flights")`: the asset stays (C6)
        if run is not None:
            run.bound.add(name)
        known = {id(h.definition): h for h in (old.held if old else ())}
        self._put(source, [known.get(id(d)) or Held(d, self._tick()) for d in foreign], cell)
        self._homes.pop(name, None)
        if foreign:
            self._homes[name] = Homes.of(name, found, foreign)

    def _gathers(self, name: str) -> bool:
        """Whether the name was bound to a container of definitions, not to one."""
        homes = self._homes.get(name)
        return homes is not None and not homes.single

    def _unbound(self, name: str, namespace: Mapping[str, Any]) -> None:
        """The name was deleted: so is what it was bound to, unless another name still holds it (C6)."""
        definition = self._direct.pop(name, None)
        self._homes.pop(name, None)
        self._resources.pop(name, None)
        source = Source("name", name)
        if source in self._wanted:
            self._put(source, (), "")
        if definition is None or any(value is definition for value in namespace.values()):
            return
        for source, claim in list(self._wanted.items()):
            if source.kind == "cell":
                self._put(source, [h for h in claim.held if h.definition is not definition], claim.cell)

    def _forget_copies(self, run: _Run, former: Collection[Held]) -> None:
        """Copies of what the cell's former run made, bound by it and not bound again: they go with it (C2)."""
        origins = {id(_origin(h.definition)) for h in former}
        for source, claim in list(self._wanted.items()):
            if source.kind == "name" and claim.cell == run.cell and source.name not in run.bound:
                self._put(
                    source, [h for h in claim.held if id(_origin(h.definition)) not in origins], claim.cell
                )

    def _without_pending(
        self,
        changed: set[Source],
        accept: Callable[[Sequence[Any]], object],
        lines: tuple[str, ...],
        error: Exception,
    ) -> Settled:
        """Everything together was refused: try this cell's change alone, then each pending one on top."""
        pending = {
            s for s in {*self._wanted, *self._accepted} if self._wanted.get(s) != self._accepted.get(s)
        }
        if not pending - changed:
            return Settled((), error)
        own: Exception | None = None
        for part in (changed, *({source} for source in sorted(pending - changed))):
            trial = dict(self._accepted)
            for source in part:
                if source in self._wanted:
                    trial[source] = self._wanted[source]
                else:
                    trial.pop(source, None)
            try:
                accept([s.definition for s in _standing(trial)])
            except Exception as refused:  # noqa: BLE001  as in settle
                if part is changed:
                    own = refused
            else:
                self._accepted = trial
        return Settled(() if own is not None else lines, own)

    def _shadowed(self, changed: Iterable[Source]) -> tuple[str, ...]:
        """One line for each key that was just defined and that another cell defined before (C4)."""
        mine = {s for s in changed if s in self._wanted}
        if not mine:
            return ()
        cells = {self._wanted[s].cell for s in mine}
        # A name that was bound to another cell's definition may be rebound by now: it stood all the same.
        rebound = {s: claim for s, claim in self._accepted.items() if s.kind == "name"}
        before = [
            (held, claim.cell)
            for source, claim in (rebound | self._wanted).items()
            if source not in mine and claim.cell not in cells
            for held in claim.held
        ]
        others: dict[AssetKey | AssetCheckKey, str] = {}
        for held, cell in sorted(before, key=lambda each: each[0].at):
            others.update(dict.fromkeys(keys_of(held.definition), cell))
        lines = []
        for source in sorted(mine, key=lambda s: self._wanted[s].held[0].at):
            for held in self._wanted[source].held:
                for key in keys_of(held.definition):
                    if key in others:
                        where = self.label(others.pop(key))
                        lines.append(f"{key.to_user_string()}: this definition replaces the one of {where}.")
        return tuple(lines)


def _standing(state: _State) -> Iterator[Standing]:
    """Of each key the newest; a copy that a name holds instead of its original."""
    copied = {
        id(_origin(h.definition))
        for source, claim in state.items()
        if source.kind == "name"
        for h in claim.held
    }
    every = [
        (held, claim.cell)
        for source, claim in state.items()
        for held in claim.held
        if source.kind == "name" or id(_origin(held.definition)) not in copied
    ]
    every.sort(key=lambda each: -each[0].at)
    taken: set[AssetKey | AssetCheckKey] = set()
    seen: set[int] = set()
    kept: list[Standing] = []
    for held, cell in every:
        keys = keys_of(held.definition)
        if id(held.definition) in seen or not taken.isdisjoint(keys):
            continue
        seen.add(id(held.definition))
        taken.update(keys)
        kept.append(Standing(held.definition, cell))
    yield from reversed(kept)


def _origin(definition: Any) -> object:
    """What a definition and its copies share."""
    return getattr(definition, "origin_id", definition)


def _anonymous(source: str) -> str:
    """A name for a cell that has no id: a digest of its text (C1)."""
    import hashlib

    return "source:" + hashlib.blake2b(source.encode(errors="replace"), digest_size=8).hexdigest()

"""Which function speaks for the values of which type.

A registered function gives simpler values that stand for its argument; the walk digests
those in its place. Types of libraries are registered by name, so that no library is
imported for it. The newest class in the method resolution order that is known wins. Types are
compared by identity only: a user's metaclass is never asked anything.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import ref

Speaker = Callable[[Any], Any]

_type_mro = type.__dict__["__mro__"].__get__


class Entry(NamedTuple):
    """What is known of a type: who speaks for it, under which tag, and how.

    Args:
        base: The class that was registered; a value's own class may be below it.
        speak: Gives the values that stand for one of its values.
        tag: The name that goes into the digest.
        shared: Whether a consumer can see that two places hold one object (it is mutable).
        complete: Whether `speak` tells all, also of a subclass; else its attributes are added.
        exact: Whether subclasses look alike, so that their class is left out.
    """

    base: type
    speak: Speaker
    tag: bytes
    shared: bool
    complete: bool
    exact: bool


class ByIdentity:
    """A mapping from objects, by identity, that keeps none of them alive."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[int, tuple[ref[Any], Any]] = {}

    def get(self, thing: Any) -> Any:
        """What was put for this very object, or `None`."""
        found = self._kept.get(id(thing))
        return found[1] if found is not None and found[0]() is thing else None

    def put(self, thing: Any, value: Any) -> None:
        """Keep a value for as long as the object lives."""
        key, kept = id(thing), self._kept
        kept[key] = (ref(thing, lambda gone: _forget(kept, key, gone)), value)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()


def _forget(kept: dict[int, tuple[ref[Any], Any]], key: int, gone: ref[Any]) -> None:
    found = kept.get(key)
    if found is not None and found[0] is gone:
        del kept[key]


_by_type: dict[int, Entry] = {}
_waiting: dict[str, tuple[Speaker, bool, bool, bool]] = {}
_found = ByIdentity()
_NOBODY = object()


def register(
    kind: type | str,
    speak: Speaker,
    *,
    shared: bool = True,
    complete: bool = False,
    exact: bool = False,
) -> None:
    """Teach the digest a type.

    Args:
        kind: The type, or where it is to be found (`"package.module.Name"`) once that module is imported.
        speak: Gives simpler values that stand for a value of the type: whatever tells it from another.
        shared: Whether its values can be changed in place, so that one object in two places is
            not the same as two equal ones.
        complete: Whether `speak` also tells what subclasses add in their attributes.
        exact: Whether values of a subclass are the same as those of the type itself.
    """
    if isinstance(kind, str):
        _waiting[kind] = (speak, shared, complete, exact)
    else:
        tag = f"{kind.__module__}.{kind.__qualname__}".encode()
        _by_type[id(kind)] = Entry(kind, speak, tag, shared, complete, exact)
    _found.clear()


def entry_of(kind: type) -> Entry | None:
    """Who speaks for the values of a type, found along its method resolution order."""
    found: Any = _found.get(kind)
    if found is None:
        _resolve_names()
        found = next((_by_type[id(c)] for c in _type_mro(kind) if id(c) in _by_type), _NOBODY)
        _found.put(kind, found)
    return found if isinstance(found, Entry) else None


def _resolve_names() -> None:
    """Bind the names whose modules have been imported meanwhile."""
    for name in list(_waiting):
        parts = name.split(".")
        if parts[0] not in sys.modules:
            continue
        for cut in range(len(parts) - 1, 0, -1):
            there: Any = sys.modules.get(".".join(parts[:cut]))
            if there is None:
                continue
            for part in parts[cut:]:
                there = getattr(there, "__dict__", {}).get(part)
            if isinstance(there, type):
                speak, shared, complete, exact = _waiting.pop(name)
                _by_type[id(there)] = Entry(there, speak, name.encode(), shared, complete, exact)
            break

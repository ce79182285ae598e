"""What a name of the user's namespace holds: definitions, directly or one level deep.

Rules C5 and C12 of `spec/notebook.md` §2. `mark` is what is compared after every cell,
so it is cheap; `look` opens a value, so it is asked only when a name is bound anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

CONTAINERS = frozenset({list, tuple, dict})
_MOST = 10_000
"""Larger containers are data, not definitions."""


class Kinds(NamedTuple):
    """Which types count: definitions, and what gathers them in `assets` and `asset_checks`, beside `resources`."""

    definition: tuple[type, ...]
    gathering: tuple[type, ...] = ()


class Bound(NamedTuple):
    """What a value holds.

    `single` says that it is a definition itself, `plain` that it is neither a definition
    nor anything that could hold one.
    """

    definitions: tuple[Any, ...]
    single: bool
    plain: bool
    value: Any
    resources: Mapping[str, Any] = MappingProxyType({})


def mark(value: Any) -> Any:
    """What changes when a name is bound to another value, and for containers when they are filled.

    An id alone would not do for a container: an emptied one's address is given to the next.
    """
    if type(value) not in CONTAINERS:
        return id(value)
    if not value:
        return (id(value), 0)
    if type(value) is dict:
        return (id(value), len(value), id(next(iter(value.values()))))
    return (id(value), len(value), id(value[0]), id(value[-1]))


def look(value: Any, kinds: Kinds) -> Bound:
    """The definitions that a value is or holds, one level deep and bounded in size (C5)."""
    kind = type(value)  # not isinstance: a proxy's `__class__` is the user's code
    if issubclass(kind, kinds.definition):
        return Bound((value,), single=True, plain=False, value=value)
    if issubclass(kind, kinds.gathering):
        resources = value.resources or MappingProxyType({})
        gathered = (*(value.assets or ()), *(value.asset_checks or ()))
        return Bound(gathered, single=False, plain=False, value=value, resources=resources)
    if kind in CONTAINERS and len(value) <= _MOST:
        members = value.values() if kind is dict else value
        return Bound(_members(members, kinds), single=False, plain=True, value=value)
    return Bound((), single=False, plain=True, value=None)


def _members(values: Iterable[Any], kinds: Kinds) -> tuple[Any, ...]:
    # Types first, at C speed: most containers hold no definition at all.
    values = list(values)
    if not any(issubclass(each, kinds.definition) for each in set(map(type, values))):
        return ()
    found = {id(each): each for each in values if issubclass(type(each), kinds.definition)}
    return tuple(found.values())


class Homes:
    """Where in a module something lives that was imported, to see when the module is reloaded (C12)."""

    def __init__(self, single: bool, places: Sequence[tuple[str, str, Any]]) -> None:
        self.single = single
        self._places = places

    @staticmethod
    def of(name: str, found: Bound, definitions: Sequence[Any]) -> Homes:
        """The module and the attribute that hold what a name was just bound to.

        Args:
            name: The name in the user's namespace; an import keeps it most of the time.
            found: What the name holds.
            definitions: Those of its definitions that count.
        """
        places = [
            (module, name, found.value)
            for module, loaded in list(sys.modules.items())
            if module != "__main__" and getattr(loaded, "__dict__", {}).get(name) is found.value
        ]
        if not places and found.single:
            module = getattr(getattr(definitions[0], "fn", None), "__module__", None)
            names = getattr(sys.modules.get(module or ""), "__dict__", {}) if module != "__main__" else {}
            places = [
                (str(module), attribute, value) for attribute, value in names.items() if value is found.value
            ]
        return Homes(found.single, places[:1])

    def moved(self) -> bool:
        """Whether the module holds something else there by now."""
        return any(_held(module, attribute) is not value for module, attribute, value in self._places)

    def renewed(self, kinds: Kinds) -> Bound | None:
        """What the module holds there now, if that is a definition or a container of some."""
        for module, attribute, value in self._places:
            now = _held(module, attribute)
            if now is not value:
                found = look(now, kinds)
                return found if found.definitions else None
        return None


def _held(module: str, attribute: str) -> Any:
    return getattr(sys.modules.get(module), "__dict__", {}).get(attribute)

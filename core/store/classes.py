"""Pickling that leaves the classes of a notebook alone, and finds them again in another kernel.

cloudpickle writes the classes of `__main__` by value. Opened in the kernel that wrote it,
such a pickle writes the class's old attributes over the class that stands; in another
kernel it makes a second class of that name, of which nothing is an instance. Here a class
that is there stays as it is: the one that was pickled, or the one that stands under its
name and means the same. Only where there is neither is one made from the pickle.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import cloudpickle

from ..versions.digest import Undigestable, digest
from ..versions.registry import ByIdentity

_MAKERS = ("_make_skeleton_class", "_make_skeleton_enum")
_unfilled = ByIdentity()


class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """cloudpickle's, with classes that are looked for before they are made."""

    def reducer_override(self, obj: Any) -> Any:
        """How an object is written; `NotImplemented` leaves it to pickle."""
        told: Any = super().reducer_override(obj)
        if (
            type(told) is tuple
            and getattr(told[0], "__name__", "") in _MAKERS
            and issubclass(type(obj), type)
        ):
            make, arguments, state, _, _, fill = told
            about = (obj.__module__, obj.__qualname__, _meaning(obj))
            return _find, (*about, make, arguments), state, None, None, _Fill(fill)
        return told


def dumps(value: object) -> bytes:
    """The pickle of a value."""
    with io.BytesIO() as file:
        Pickler(file, protocol=5).dump(value)
        return file.getvalue()


class _Fill:
    """Gives a class that was just made its attributes, and leaves every other one as it is."""

    def __init__(self, fill: Callable[[type, Any], object]) -> None:
        self.fill = fill

    def __reduce__(self) -> Any:
        return _Fill, (self.fill,)

    def __call__(self, kind: type, state: Any) -> None:
        if _unfilled.get(kind):
            _unfilled.put(kind, False)
            self.fill(kind, state)


def _meaning(kind: type) -> str:
    try:
        return digest(kind)
    except Undigestable:
        return ""


def _find(
    module: str, name: str, meaning: str, make: Callable[..., type], arguments: tuple[Any, ...]
) -> type:
    """The class that a pickle speaks of, made without attributes if it is nowhere."""
    there: Any = sys.modules.get(module)
    for part in name.split("."):
        there = getattr(there, "__dict__", {}).get(part)
    if issubclass(type(there), type) and meaning and _meaning(there) == meaning:
        return there  # type: ignore[no-any-return]  # it is one, as was just asked
    # cloudpickle keeps the classes that it wrote or made in this process, by an id that it writes along.
    known = arguments[-2] in getattr(cloudpickle.cloudpickle, "_DYNAMIC_CLASS_TRACKER_BY_ID", {})
    kind = make(*arguments)
    if not known:
        _unfilled.put(kind, True)
    return kind

"""The one seam by which a notebook learns which definitions a cell creates.

Only the extension sets an observer (`spec/notebook.md` C1); in a script nobody listens,
nothing is registered anywhere, and a definition pays one look at an empty list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Observer: TypeAlias = Callable[[Any], None]

# One box for each registration, since the same callback may stand twice. Appending to and
# removing from a list are single steps, so threads need no lock here.
_observers: list[list[Observer]] = []


def observe(callback: Observer) -> Callable[[], None]:
    """Call `callback` with every definition that a decorator or a constructor makes from now on.

    Copies (`with_attributes` and the like) are not reported. The callback runs on the
    thread that made the definition.

    Returns:
        What un-registers the callback; calling it again does nothing.
    """
    box = [callback]
    _observers.append(box)

    def leave() -> None:
        box.clear()
        _observers[:] = [each for each in _observers if each is not box]

    return leave


def announce(definition: object) -> None:
    """Tell the observers, if any, that a definition was made."""
    if _observers:
        for box in tuple(_observers):
            for callback in tuple(box):
                callback(definition)

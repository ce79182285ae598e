"""Resources for a context that belongs to no run: made from what a builder was given."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from ..errors import DagsterInvariantViolationError
from ..resources.definition import ResourceDefinition
from ..resources.lifecycle import initialise

_GENERATOR = 0x20


class Supply:
    """The values of resources, made at once, or inside a `with` where one of them has an end.

    Args:
        defs: By key: a definition, a resource, or any object.
        builder: Who was given them, for the message.
    """

    def __init__(self, defs: Mapping[str, Any] | None, builder: str) -> None:
        self._defs = defs or {}
        self._builder = builder
        self._stack = ExitStack()
        self._values: Mapping[str, Any] | None = None
        if not any(map(_yields, self._defs.values())):
            self.enter()

    def enter(self) -> None:
        """Make them, if that has not been done."""
        if self._values is None:
            self._values = self._stack.enter_context(initialise(self._defs, list(self._defs)))

    def leave(self) -> None:
        """Tear them down."""
        self._stack.close()

    def values(self) -> Mapping[str, Any]:
        """The values by key.

        Raises:
            DagsterInvariantViolationError: before the `with` that one of them needs.
        """
        if self._values is None:
            message = f"A resource here is a generator: use `with {self._builder}(...) as context:`, so that it can end."
            raise DagsterInvariantViolationError(message)
        return self._values


def _yields(thing: Any) -> bool:
    if not isinstance(thing, ResourceDefinition):
        return False
    code = getattr(thing.resource_fn, "__code__", None)
    return code is not None and bool(code.co_flags & _GENERATOR)

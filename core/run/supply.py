"""Resources for a context that belongs to no run: made from what a builder was given."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from ..errors import DagsterInvariantViolationError
from ..resources.definition import InitResourceContext, ResourceDefinition
from ..resources.lifecycle import initialise


class Supply:
    """The values of resources, made at once, or inside a `with` where one of them has an end.

    Args:
        defs: By key: a definition, a resource, or any object.
        builder: Who was given them, for the message.
        config: Their config, by key, as a run's config writes it.
        context: What their makers get to know.
    """

    def __init__(
        self,
        defs: Mapping[str, Any] | None,
        builder: str,
        config: Mapping[str, Any] | None = None,
        context: InitResourceContext | None = None,
    ) -> None:
        self._defs = dict(defs or {})
        self._builder = builder
        self._config = {"resources": dict(config or {})}
        self._context = context
        self._stack = ExitStack()
        self._values: Mapping[str, Any] | None = None
        if not any(map(_yields, self._defs.values())):
            self.enter()

    def enter(self) -> None:
        """Make them, if that has not been done."""
        if self._values is None:
            self._values = self._made(self._defs, self._defs)

    def add(self, defs: Mapping[str, Any]) -> None:
        """Make further ones, those of a definition that is called, where nothing else was given under the key."""
        new = {key: thing for key, thing in defs.items() if key not in self._defs}
        if not new:
            return
        self._defs.update(new)
        if self._values is not None:
            made = {key: ResourceDefinition.hardcoded_resource(value) for key, value in self._values.items()}
            self._values = {**self._values, **self._made({**made, **new}, new)}

    def _made(self, defs: Mapping[str, Any], needed: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._stack.enter_context(
            initialise(defs, list(needed), run_config=self._config, context=self._context)
        )

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
    return isinstance(thing, ResourceDefinition) and thing.is_generator

"""What the check function and the loader of a type are handed: resources, a log, the run's id."""

from __future__ import annotations

from typing import Any

from ..define.types import Typing
from .provide import Providers


class TypeCheckContext:
    """What a type's check function gets besides the value.

    Args:
        step: The context of the step whose value it is.
        resources: The namespace with the resources that the type declares.
    """

    __slots__ = ("_step", "resources")

    def __init__(self, step: Any, resources: Any) -> None:
        self._step = step
        self.resources = resources

    @property
    def log(self) -> Any:
        """The log of the step."""
        return self._step.log

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return str(self._step.run.run_id)


class DagsterTypeLoaderContext(TypeCheckContext):
    """What a type's loader gets besides the config."""

    __slots__ = ()

    @property
    def step_context(self) -> Any:
        """The context of the step that reads the value."""
        return self._step


def checking(typing: Typing, step: Any, providers: Providers) -> Any:
    """What to hand to the checks of a typing: made only where a type of one's own is asked."""
    return TypeCheckContext(step, providers.of_keys(typing.required_resource_keys)) if typing.asks else step

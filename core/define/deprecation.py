"""Names that the reference still accepts and no signature shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import DagsterInvariantViolationError
from ..notices import deprecated


def hidden(
    given: Mapping[str, Any], allowed: Mapping[str, str], caller: str, depth: int = 3
) -> dict[str, Any]:
    """The hidden keywords of a call, each with its warning.

    Args:
        given: The surplus keywords.
        allowed: The hidden ones, each with what to write instead; an empty text warns of nothing.
        caller: Who was called, for the message.
        depth: How many frames lie between here and the user's line.

    Raises:
        TypeError: for any other keyword, as Python does.
    """
    for name in given:
        if name not in allowed:
            message = f"{caller}() got an unexpected keyword argument {name!r}"
            raise TypeError(message)
        if allowed[name]:
            where = f"initializer `{caller}.__init__`" if caller[0].isupper() else f"function `{caller}`"
            deprecated(f"Parameter `{name}` of {where}", f"Instead, {allowed[name]}.", depth)
    return dict(given)


def condition_of(policy: Any, condition: Any) -> Any:
    """The automation condition that an old auto-materialize policy stands for."""
    if policy is None:
        return condition
    if condition is not None:
        message = "There are both `automation_condition` and `auto_materialize_policy`, which say the same; give automation_condition alone."
        raise DagsterInvariantViolationError(message)
    return policy.to_automation_condition()

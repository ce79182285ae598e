"""One reading of a config value: every problem that it meets, not only the first.

Each term reads its own part and reports here. Messages name the path and what is wanted; of what was
given they show a plain value at most, and of a secret or of a variable's content nothing at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from ..errors import DagsterInvalidConfigError, nearest

ROOT = "root"
_SHOWN = 80
_LISTED = 600
_PLAIN = (str, int, float, bool, type(None))


class Reason(Enum):
    """What kind of problem it is."""

    WRONG_TYPE = "wrong type"
    MISSING = "missing field"
    UNKNOWN = "unknown field"
    CHOICE = "wrong choice"
    ENVIRONMENT = "environment"


class ConfigProblem(NamedTuple):
    """One thing that is wrong with a config.

    Args:
        reason: What kind of problem it is.
        path: Where, from the root, the steps with `:` between them.
        message: The whole sentence.
    """

    reason: Reason
    path: str
    message: str


class Reading:
    """How a value is read, and what was wrong with it.

    Args:
        to_model: Whether a config class takes what was read: variables of the environment are then
            only checked and stay marks, and the class puts its own defaults in.

    Attributes:
        problems: What was wrong so far.
        secret: Whether the part being read must not be shown.
    """

    __slots__ = ("problems", "secret", "to_model")

    def __init__(self, *, to_model: bool = False) -> None:
        self.to_model = to_model
        self.problems: list[ConfigProblem] = []
        self.secret = False

    def report(self, reason: Reason, path: str, message: str) -> None:
        """Note a problem and read on."""
        self.problems.append(ConfigProblem(reason, path, message))

    def none(self, path: str, wanted: str) -> None:
        """Note a `None` where there must be a value."""
        self.report(Reason.WRONG_TYPE, path, f'Value {at(path)} must not be None. Expected "{wanted}"')

    def form(self, path: str, form: str, wanted: str) -> None:
        """Note a value of another form: no mapping, no list."""
        self.report(Reason.WRONG_TYPE, path, f'Value {at(path)} must be {form}. Expected: "{wanted}".')

    def scalar(self, path: str, given: Any, wanted: str) -> None:
        """Note a plain value of another type."""
        shown = "" if self.secret or type(given) not in _PLAIN else f'"{str(given)[:_SHOWN]}" '
        what = f'Value {shown}of type "{type(given).__name__}" is not valid for expected type "{wanted}".'
        self.report(Reason.WRONG_TYPE, path, f"Invalid scalar {at(path)}. {what}")

    def unknown(self, path: str, names: Sequence[object], known: Collection[str], wanted: str) -> None:
        """Note fields that there are not."""
        if len(names) == 1:
            what = f'entry "{names[0]}"'
            hint = nearest(str(names[0]), known)
        else:
            what = f"entries {[str(name) for name in names]}"
            hint = "".join(nearest(str(name), known, 1) for name in names[:5])
        message = f'Received unexpected config {what} {at(path)}. Expected: "{wanted}"{hint or "."}'
        self.report(Reason.UNKNOWN, path, message)

    def missing(self, path: str, examples: Mapping[str, Any]) -> None:
        """Note fields that must be there, with an example of each."""
        names = list(examples)
        what = f'entry "{names[0]}"' if len(names) == 1 else f"entries {names}"
        message = f"Missing required config {what} {at(path)}. For example: {dict(examples)!s:.{_LISTED}}"
        self.report(Reason.MISSING, path, message)

    def end(self, about: str, given: Any = None) -> None:
        """Raise if there was a problem.

        Args:
            about: Whose config it is, for the first line: "Error in config for ...".
            given: The value, for the error's attribute.

        Raises:
            DagsterInvalidConfigError: with all problems.
        """
        if self.problems:
            lines = [f"    Error {n}: {one.message}" for n, one in enumerate(self.problems[:50], 1)]
            if len(self.problems) > len(lines):
                lines.append(f"    and {len(self.problems) - len(lines)} more")
            raise DagsterInvalidConfigError("\n".join((about, *lines)), self.problems, given)


def at(path: str) -> str:
    """The place as a message says it."""
    return "at the root" if path == ROOT else f"at path {path}"

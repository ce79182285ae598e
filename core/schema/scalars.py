"""The terms that stand alone: plain values, choices, and plain values that the environment may hold.

`ConfigType` is the base of every term. `read` gives the value that reaches the user's function, or reports
to the `Reading` why it cannot. Nothing here knows pydantic. Rules: `spec/api.md` §5.2.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import DagsterInvalidConfigError, check_type, nearest
from .env import EnvVar, IntEnvVar, is_mark, lookup
from .reading import Reading, Reason, at


class ConfigType:
    """What a config value may be; the base of all terms.

    Args:
        description: What the value is for.
    """

    __slots__ = ("description",)

    def __init__(self, description: str | None = None) -> None:
        self.description: str | None = check_type(description, str, "description")

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """The value for the function; problems are reported.

        Args:
            given: What the config holds.
            path: Where it is, for messages.
            reading: How to read, and where problems go.
        """
        raise NotImplementedError

    def printed(self) -> str:
        """The term as a message shows it."""
        raise NotImplementedError

    def example(self) -> Any:
        """A value that is right, for messages."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.printed()}>"


class Scalar(ConfigType):
    """A plain value of one type; there is one of each, and `ANYTHING`."""

    __slots__ = ("_example", "_json", "given_name", "types")

    def __init__(self, name: str, types: tuple[type, ...], example: Any, json: str | None) -> None:
        super().__init__()
        self.given_name = name
        self.types = types
        self._example = example
        self._json = json

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """The value itself; a whole number becomes a float where one is wanted."""
        if not self.types:
            return given
        if is_mark(given):
            return self.from_environment(given, path, reading)
        if given is None:
            reading.none(path, self.given_name)
        elif type(given) not in self.types and not self._derived(given):
            reading.scalar(path, given, self.given_name)
        elif self.types[0] is float:
            return float(given)
        return given

    def from_environment(self, mark: EnvVar | IntEnvVar, path: str, reading: Reading) -> Any:
        """The value of this type that a variable holds; the mark itself where values come later."""
        try:
            held = lookup(mark, path)
            kind = self.types[0]
            value = kind(held) if kind is not bool else str(held).lower() not in _FALSE
        except DagsterInvalidConfigError as error:
            reading.report(Reason.ENVIRONMENT, path, str(error))
        except ValueError:  # its text is the variable's
            message = f"The environment variable {mark.name!r} {at(path)} holds no {self.given_name}."
            reading.report(Reason.ENVIRONMENT, path, message)
        else:
            return mark if reading.to_model else value
        return mark

    def _derived(self, given: Any) -> bool:
        """Whether it is of a class made from the type, as `numpy.float64` is; a `bool` is no number."""
        return isinstance(given, self.types) and not isinstance(given, bool)

    def printed(self) -> str:
        """Its name."""
        return self.given_name

    def example(self) -> Any:
        """An obvious value."""
        return self._example


INT = Scalar("Int", (int,), 0, "integer")
FLOAT = Scalar("Float", (float, int), 0.0, "number")
STRING = Scalar("String", (str,), "...", "string")
BOOL = Scalar("Bool", (bool,), True, "boolean")
ANYTHING = Scalar("Any", (), "...", None)
SCALARS: Mapping[Any, Scalar] = {int: INT, float: FLOAT, str: STRING, bool: BOOL, Any: ANYTHING}
"""The scalar that each type of Python's stands for."""

_FALSE = frozenset(("", "0", "false"))


class Source(ConfigType):
    """A plain value, or the variable of the environment that will hold it: `{"env": "NAME"}`."""

    __slots__ = ("scalar_type",)

    def __init__(self, scalar: Scalar) -> None:
        super().__init__()
        self.scalar_type = scalar

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """The value, from where it is."""
        if not isinstance(given, Mapping):
            return self.scalar_type.read(given, path, reading)
        if unknown := [name for name in given if name != "env"]:
            reading.unknown(path, unknown, ("env",), "{ env: String }")
        elif not given:
            reading.missing(path, {"env": "NAME"})
        elif type(given["env"]) is not str:
            reading.scalar(f"{path}:env", given["env"], "String")
        else:
            name = given["env"]
            mark = IntEnvVar(name) if self.scalar_type is INT else EnvVar(name)
            return self.scalar_type.from_environment(mark, path, reading)
        return given

    def printed(self) -> str:
        """Both ways to write it."""
        return f"({self.scalar_type.printed()} | {{ env: String }})"

    def example(self) -> Any:
        """One of the scalar."""
        return self.scalar_type.example()


StringSource = Source(STRING)
"""A text, or `{"env": "NAME"}` for the text that an environment variable holds when the run starts."""
IntSource = Source(INT)
"""A whole number, or `{"env": "NAME"}` for one that an environment variable holds."""
BoolSource = Source(BOOL)
"""Yes or no, or `{"env": "NAME"}` for what an environment variable holds."""
FloatSource = Source(FLOAT)
"""A number, or `{"env": "NAME"}`: what a config class means by `float`."""


class EnumValue:
    """One choice of an `Enum`.

    Args:
        config_value: How a config writes it.
        python_value: What the function gets; default: the same.
        description: What the choice means.
    """

    __slots__ = ("config_value", "description", "python_value")

    def __init__(
        self, config_value: Any, python_value: object | None = None, description: str | None = None
    ) -> None:
        self.config_value = config_value
        self.python_value = config_value if python_value is None else python_value
        self.description: str | None = check_type(description, str, "description")

    def __repr__(self) -> str:
        return f"EnumValue({self.config_value!r}, {self.python_value!r})"


class Enum(ConfigType):
    """One of a few choices.

    Args:
        name: What the choice is about.
        enum_values: The choices.

    >>> Enum("Size", [EnumValue("SMALL", 1), EnumValue("LARGE", 2)]).config_values
    ['SMALL', 'LARGE']
    """

    __slots__ = ("enum_values", "given_name")

    def __init__(self, name: str, enum_values: Sequence[EnumValue]) -> None:
        super().__init__()
        self.given_name: str = check_type(name, str, "name", optional=False)
        self.enum_values = list(enum_values)
        for one in self.enum_values:
            check_type(one, EnumValue, "enum_values", optional=False)

    @classmethod
    def from_python_enum(cls, enum: type[enum.Enum], name: str | None = None) -> Enum:
        """The choices of an enum of Python's: a config writes the names, the function gets the members."""
        return cls(name or enum.__name__, [EnumValue(one.name, one) for one in enum])

    @property
    def config_values(self) -> list[Any]:
        """The choices as a config writes them."""
        return [one.config_value for one in self.enum_values]

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """What the choice stands for."""
        for one in self.enum_values:
            if type(given) is type(one.config_value) and given == one.config_value:
                return one.python_value
            if given is one.python_value:
                return given
        if given is None:
            reading.none(path, self.printed())
            return given
        choices = [str(one) for one in self.config_values]
        got = "" if reading.secret or type(given) is not str else f" got {given[:80]}"
        hint = nearest(given, choices) if type(given) is str else ""
        message = f"Value {at(path)} not in enum type {self.given_name}{got}. Choose one of: {', '.join(choices)}{hint}"
        reading.report(Reason.CHOICE, path, message)
        return given

    def printed(self) -> str:
        """Its name."""
        return self.given_name

    def example(self) -> Any:
        """The first choice."""
        return self.enum_values[0].config_value if self.enum_values else "..."


class OneOf(ConfigType):
    """A value of the first of several terms that it fits; made from unions in the annotations of config classes."""

    __slots__ = ("members",)

    def __init__(self, members: Sequence[ConfigType]) -> None:
        super().__init__()
        self.members = tuple(members)

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """The value as the first term reads it that has no problem with it."""
        first: Reading | None = None
        for member in self.members:
            trial = Reading(to_model=reading.to_model)
            trial.secret = reading.secret
            value = member.read(given, path, trial)
            if not trial.problems:
                return value
            first = first or trial
        if first is not None:
            reading.problems += first.problems
        return given

    def printed(self) -> str:
        """All members."""
        return f"({' | '.join(one.printed() for one in self.members)})"

    def example(self) -> Any:
        """One of the first."""
        return self.members[0].example()

"""`EnvVar`: the name of an environment variable in the place of its value.

The value is looked up when a run begins, and only there: a mark shows its name in every
representation, so that no secret reaches an event, a message or a saved notebook. A change of the value
counts all the same, by a digest that nobody can try values on without the key.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any, NoReturn, Self

from ..errors import DagsterInvalidConfigError, nearest


class IntEnvVar(int):
    """A mark for the whole number that an environment variable will hold; made by `EnvVar.int`."""

    name: str

    def __new__(cls, name: str) -> Self:
        """The mark of that name."""
        mark = super().__new__(cls, 0)
        mark.name = name
        return mark

    def get_value(self, default: int | None = None) -> int | None:
        """The number that the variable holds now, or the default."""
        text = os.environ.get(self.name)
        return default if text is None else int(text)

    def stands_for(self) -> tuple[str, str]:
        """What tells the mark from others: the name, and a keyed digest of what the variable holds."""
        return self.name, salted(self.name)

    def __int__(self) -> NoReturn:
        message = f"{self!r} has no value before a run begins; get_value() reads it now"
        raise RuntimeError(message)

    __index__ = __str__ = __float__ = __int__

    def __repr__(self) -> str:
        return f"EnvVar.int({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntEnvVar) and self.name == other.name

    def __hash__(self) -> int:
        return hash((IntEnvVar, self.name))

    def __reduce__(self) -> tuple[type[IntEnvVar], tuple[str]]:
        return IntEnvVar, (self.name,)


class EnvVar(str):
    """A mark for the text that an environment variable will hold.

    Args:
        name: The variable; it need not exist before a run begins.

    >>> EnvVar("TOKEN")
    EnvVar('TOKEN')
    """

    __slots__ = ()

    @classmethod
    def int(cls, name: str) -> IntEnvVar:
        """A mark for the whole number that the variable will hold."""
        return IntEnvVar(name)

    @property
    def name(self) -> str:
        """The variable's name."""
        return str.__str__(self)

    def get_value(self, default: str | None = None) -> str | None:
        """The text that the variable holds now, or the default."""
        return os.environ.get(self.name, default)

    def stands_for(self) -> tuple[str, str]:
        """What tells the mark from others: the name, and a keyed digest of what the variable holds."""
        return self.name, salted(self.name)

    def __str__(self) -> NoReturn:
        message = f"{self!r} has no value before a run begins; get_value() reads it now"
        raise RuntimeError(message)

    def __repr__(self) -> str:
        return f"EnvVar({str.__str__(self)!r})"

    def __format__(self, spec: str) -> NoReturn:
        self.__str__()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EnvVar) and str.__eq__(self, other)

    def __hash__(self) -> Any:
        return hash((EnvVar, str.__str__(self)))

    def __reduce__(self) -> tuple[type[EnvVar], tuple[str]]:
        return EnvVar, (str.__str__(self),)


def lookup(mark: EnvVar | IntEnvVar, where: str) -> str | int:
    """The value of a variable, for one who is about to use it.

    Args:
        mark: The variable.
        where: What it is for, for the message.

    Raises:
        DagsterInvalidConfigError: if there is none, or no number where one is needed.
    """
    try:
        value = mark.get_value()
    except ValueError:
        message = f"The environment variable {mark.name!r}, for {where}, does not hold a whole number"
        raise DagsterInvalidConfigError(message) from None
    if value is None:
        hint = nearest(mark.name, os.environ)
        message = f"The environment variable {mark.name!r}, for {where}, is not set{hint or '; set it before the run'}"
        raise DagsterInvalidConfigError(message)
    return value


_of_this_process = os.urandom(32)
_keys: list[Callable[[], bytes]] = [lambda: _of_this_process]


def salt_with(key: Callable[[], bytes]) -> None:
    """Let digests of variables be keyed by this secret, so that they are the same in every process that has it.

    Args:
        key: Gives the secret; asked when a digest is needed. The last one that was set counts.
    """
    _keys[0] = key


def salted(name: str) -> str:
    """A digest of what a variable holds now; `""` if it is not set."""
    value = os.environ.get(name)
    if value is None:
        return ""
    given = value.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(given, key=_keys[0](), digest_size=16, person=b"assets variable").hexdigest()


def marked(config: object) -> object:
    """A config with a mark in the place of each `{"env": NAME}`."""
    if isinstance(config, dict):
        if set(config) == {"env"} and type(config["env"]) is str:
            return EnvVar(config["env"])
        return {key: marked(one) for key, one in config.items()}
    return [marked(one) for one in config] if isinstance(config, list) else config


def is_mark(value: object) -> bool:
    """Whether a value stands for an environment variable."""
    return isinstance(value, (EnvVar, IntEnvVar))

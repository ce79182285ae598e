"""`DagsterType`: a type with a check of its own, and the Python types that stand for one.

`types` reads annotations by it. Rules: `spec/semantics.md` §5.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeVar, overload

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterTypeCheckError,
    ParameterCheckError,
    check_type,
    raised_within,
)
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue
from ..record import Record, put

C = TypeVar("C", bound=type)


class TypeCheck(Record):
    """The answer of a type's check function: whether the value passes, and what to say about it."""

    __slots__ = ("description", "metadata", "success")

    success: bool
    description: str | None
    metadata: Mapping[str, MetadataValue]

    def __init__(
        self, success: bool, description: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> None:
        put(self, "success", check_type(success, bool, "success", optional=False))
        put(self, "description", check_type(description, str, "description"))
        put(self, "metadata", coerce_all(metadata))

    __hash__ = None  # type: ignore[assignment]  # a dict is inside


class DagsterType:
    """A type that a user's function checks.

    Args:
        type_check_fn: `(context, value) -> bool | TypeCheck`.
        key: Its unique name; the name where absent.
        name: What it is called.
        is_builtin: Whether it stands for a type of Python's own.
        description: What it is.
        loader: How a value is made from config; kept as given.
        required_resource_keys: What the check function needs.
        kind: Which kind of type; kept as given.
        typing_type: What a type checker would call it.
        metadata: What is to be shown of it.
    """

    __slots__ = (
        "_name", "_type_check_fn", "description", "is_builtin", "key", "kind", "loader",
        "metadata", "required_resource_keys", "typing_type",
    )  # fmt: skip

    def __init__(
        self,
        type_check_fn: Callable[[Any, Any], bool | TypeCheck],
        key: str | None = None,
        name: str | None = None,
        is_builtin: bool = False,
        description: str | None = None,
        loader: Any = None,
        required_resource_keys: AbstractSet[str] | None = None,
        kind: Any = None,
        typing_type: Any = Any,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        if not callable(type_check_fn):
            message = f"A type_check_fn must be a function, not {type(type_check_fn).__name__}: {type_check_fn!r:.80}"
            raise ParameterCheckError(message)
        self._type_check_fn = type_check_fn
        self._name = check_type(name, str, "name")
        self.key = check_type(key, str, "key") or name
        self.is_builtin = check_type(is_builtin, bool, "is_builtin", optional=False)
        self.description = check_type(description, str, "description")
        self.loader = loader
        self.required_resource_keys = frozenset(required_resource_keys or ())
        self.kind = kind
        self.typing_type = typing_type
        self.metadata = coerce_all(metadata)

    @property
    def unique_name(self) -> str:
        """Its name."""
        return self._name or self.key or "<unnamed type>"

    display_name = unique_name

    @property
    def has_unique_name(self) -> bool:
        """Whether it was given a name."""
        return self._name is not None

    @property
    def is_nothing(self) -> bool:
        """Whether no value is meant at all."""
        return self is Nothing

    def type_check(self, context: Any, value: object) -> TypeCheck:
        """Ask the check function.

        Raises:
            DagsterInvariantViolationError: if it answers neither a bool nor a `TypeCheck`.
        """
        try:
            answer = self._type_check_fn(context, value)
        except Exception as error:
            raised_within(error, DagsterTypeCheckError)
            raise
        if isinstance(answer, TypeCheck):
            return answer
        if isinstance(answer, bool):
            return TypeCheck(success=answer)
        message = (
            f"The check function of type {self.unique_name!r} returned {type(answer).__name__}: {answer!r:.80}; "
            "it must return a bool or a TypeCheck."
        )
        raise DagsterInvariantViolationError(message)

    def __repr__(self) -> str:
        return f"DagsterType({self.unique_name!r})"


Nothing: Final = DagsterType(
    lambda _, value: (
        value is None
        or TypeCheck(
            success=False, description=f"Nothing was to be returned, but it is {type(value).__name__}"
        )
    ),
    name="Nothing",
    is_builtin=True,
    typing_type=type(None),
)
"""The type that means: order only, no value."""


class PythonObjectDagsterType(DagsterType):
    """The instances of a class, or of any of several.

    Args:
        python_type: The class, or a tuple of classes.
        key: Its unique name; the name where absent.
        name: What it is called; the name of the class where absent.
        kwargs: Any other argument of `DagsterType`.
    """

    __slots__ = ("python_type",)

    def __init__(
        self,
        python_type: type | tuple[type, ...],
        key: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        classes: tuple[Any, ...] = python_type if isinstance(python_type, tuple) else (python_type,)
        for each in classes or (None,):
            check_type(each, type, "python_type", optional=False)
        self.python_type = python_type
        names = ", ".join(each.__name__ for each in classes)
        called = name or (names if len(classes) == 1 else f"Union[{names}]")

        def check(_context: Any, value: object) -> TypeCheck:
            if isinstance(value, classes):
                return TypeCheck(success=True)
            return TypeCheck(success=False, description=f"{shown(value)} is not {called}")

        kwargs.setdefault("type_check_fn", check)
        kwargs.setdefault("typing_type", typing.Union[classes])  # noqa: UP007  of a tuple made at run time
        super().__init__(key=key, name=called, **kwargs)


def shown(value: object) -> str:
    """A value in a message: its type, and its text where that is cheap and harmless."""
    if isinstance(value, (str, bytes, int, float, complex)):
        return f"{value!r:.60} of type {type(value).__name__}"
    return f"a value of type {type(value).__qualname__}"


_STANDS_FOR: dict[type, DagsterType] = {}
"""The types that Python classes stand for, by `make_python_type_usable_as_dagster_type`."""


def registered(python_type: type) -> DagsterType | None:
    """The type that a class stands for, if one was declared."""
    return _STANDS_FOR.get(python_type)


def make_python_type_usable_as_dagster_type(python_type: type, dagster_type: DagsterType) -> None:
    """Let a class in an annotation stand for a type of its own.

    Said again with a type of the same name it replaces the former one, so that a cell can be
    run twice.

    Args:
        python_type: The class.
        dagster_type: The type.

    Raises:
        DagsterInvalidDefinitionError: if the class stands for a type of another name.
    """
    check_type(python_type, type, "python_type", optional=False)
    check_type(dagster_type, DagsterType, "dagster_type", optional=False)
    former = _STANDS_FOR.get(python_type)
    if former is not None and former.unique_name != dagster_type.unique_name:
        message = (
            f"{python_type.__qualname__} stands for the type {former.unique_name!r} already, "
            f"so it cannot stand for {dagster_type.unique_name!r}. Use the DagsterType itself in the annotation."
        )
        raise DagsterInvalidDefinitionError(message)
    _STANDS_FOR[python_type] = dagster_type


@overload
def usable_as_dagster_type(name: C, description: str | None = ..., loader: Any = ...) -> C: ...
@overload
def usable_as_dagster_type(
    name: str | None = ..., description: str | None = ..., loader: Any = ...
) -> Callable[[C], C]: ...


def usable_as_dagster_type(name: Any = None, description: str | None = None, loader: Any = None) -> Any:
    """Let a class stand for a type of its own; a decorator, used bare or called.

    Args:
        name: What the type is called; default: the name of the class. The class, when used bare.
        description: What it is.
        loader: How a value is made from config.

    Returns:
        The class itself, or what takes it.
    """

    def declare(cls: C) -> C:
        called = name if isinstance(name, str) else cls.__name__
        stands_for = PythonObjectDagsterType(cls, name=called, description=description, loader=loader)
        make_python_type_usable_as_dagster_type(cls, stands_for)
        return cls

    return declare(name) if isinstance(name, type) else declare

"""Runtime types of inputs and outputs: an annotation becomes a check (`spec/semantics.md` §5).

`Typing.of` reads an annotation once, at decoration; `Typing.check` is asked for every
value. Nothing here knows of assets, runs or contexts.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeAlias

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
    ParameterCheckError,
    check_type,
)
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue
from ..record import Record, put

Check: TypeAlias = Callable[[Any], str | None]
"""What is wrong with a value, or `None`."""


class Unset:
    """The class of `UNSET`: an argument that was not given, where `None` means something."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<unset>"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


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

    def type_check(self, context: Any, value: object) -> TypeCheck:
        """Ask the check function.

        Raises:
            DagsterInvariantViolationError: if it answers neither a bool nor a `TypeCheck`.
        """
        answer = self._type_check_fn(context, value)
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
    typing_type=None,
)
"""The type that means: order only, no value."""


class Typing:
    """What values an annotation admits.

    Attributes:
        annotation: What was written; a `DagsterType` stays one.
        text: How it reads in a message.
    """

    __slots__ = ("_check", "annotation", "text")

    def __init__(self, annotation: Any, text: str, check: Check | None) -> None:
        self.annotation = annotation
        self.text = text
        self._check = check

    @staticmethod
    def of(annotation: Any) -> Typing:
        """The typing of an annotation, a Python type, or a `DagsterType`.

        Raises:
            DagsterInvalidDefinitionError: for what cannot be checked, such as a union of two types.
        """
        if annotation is Any:
            return ANYTHING
        if annotation is None or annotation is type(None) or annotation is Nothing:
            return NOTHING
        if isinstance(annotation, DagsterType):
            return Typing(annotation, annotation.unique_name, None)
        return Typing(annotation, _text(annotation), _checker(annotation))

    @property
    def is_nothing(self) -> bool:
        """Whether no value is meant at all."""
        return self.annotation is Nothing

    @property
    def is_anything(self) -> bool:
        """Whether every value passes."""
        return self.annotation is Any

    def check(self, value: object, context: Any = None) -> str | None:
        """What is wrong with the value, or `None` if it passes."""
        if self._check is not None:
            return self._check(value)
        answer = self._ask(value, context)
        return None if answer is None or answer.success else _failure(answer, self.text, value)

    def demand(self, value: object, what: str, context: Any = None) -> None:
        """Raise unless the value passes.

        Args:
            value: The value.
            what: What it is, for the message: `the output of asset 'a'`.
            context: What the check function of a `DagsterType` is handed.

        Raises:
            DagsterTypeCheckDidNotPass: with the description and the metadata of the check.
        """
        metadata: Mapping[str, MetadataValue] = {}
        if self._check is not None:
            wrong = self._check(value)
        else:
            answer = self._ask(value, context)
            if answer is None or answer.success:
                return
            wrong, metadata = _failure(answer, self.text, value), answer.metadata
        if wrong is not None:
            message = f"The type check failed for {what}: {wrong}. Return what was declared, or declare what is returned."
            raise DagsterTypeCheckDidNotPass(message, metadata=metadata, dagster_type=self.annotation)

    def _ask(self, value: object, context: Any) -> TypeCheck | None:
        return None if self.annotation is Any else self.annotation.type_check(context, value)

    def __repr__(self) -> str:
        return f"Typing({self.text})"


ANYTHING: Final = Typing(Any, "Any", None)
NOTHING: Final = Typing(Nothing, "None", None)


def valid_type(declared: Any) -> Any:
    """A `dagster_type` argument: a `DagsterType`, or a type that can be checked.

    Raises:
        DagsterInvalidDefinitionError: for anything else.
    """
    if not isinstance(declared, DagsterType):
        try:
            Typing.of(declared)
        except DagsterInvalidDefinitionError as wrong:
            message = (
                f"The dagster_type {declared!r:.80} is no type: {wrong} Give a DagsterType or a Python type."
            )
            raise DagsterInvalidDefinitionError(message) from None
    return declared


def _failure(answer: TypeCheck, text: str, value: object) -> str:
    return answer.description or f"{_shown(value)} is not {text}"


def _text(annotation: Any) -> str:
    return (
        annotation.__qualname__
        if isinstance(annotation, type) and not typing.get_args(annotation)
        else repr(annotation).replace("typing.", "")
    )


def _shown(value: object) -> str:
    """A value in a message: its type, and its text where that is cheap and harmless."""
    if isinstance(value, (str, bytes, int, float, complex)):
        return f"{value!r:.60} of type {type(value).__name__}"
    return f"a value of type {type(value).__qualname__}"


def _is_class(wanted: type) -> Check:
    def check(value: Any) -> str | None:
        return None if isinstance(value, wanted) else f"{_shown(value)} is not {wanted.__qualname__}"

    return check


def _passes(_: Any) -> str | None:
    return None


def _checker(annotation: Any) -> Check:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None:
        if annotation is Any:
            return _passes
        if annotation is None:
            annotation = type(None)
        if isinstance(annotation, DagsterType):
            return Typing.of(annotation).check
        if isinstance(annotation, type):
            return _class_check(annotation)
        raise _unusable(annotation)
    if origin is typing.Annotated:
        return _checker(args[0])
    if origin is typing.Union or origin is types.UnionType:
        return _optional(annotation, args)
    if origin is tuple:
        return _tuple(annotation, args) if args else _is_class(tuple)
    if origin in _ITERABLES:
        return _members(origin, _inner(args, 0)) if args else _is_class(origin)
    if origin in _MAPPINGS:
        return _entries(origin, _inner(args, 0), _inner(args, 1)) if args else _is_class(origin)
    # A generic of a library, such as numpy.ndarray[...]: its own class can be checked, its arguments cannot.
    if isinstance(origin, type) and origin.__module__ not in _ABSTRACT:
        return _checker(origin)
    raise _unusable(annotation)


_ITERABLES = (list, set, frozenset, Sequence, AbstractSet)
_MAPPINGS = (dict, Mapping)
_ABSTRACT = ("builtins", "typing", "collections.abc")


def _class_check(annotation: type) -> Check:
    if typing.is_typeddict(annotation):
        return _is_class(dict)
    if getattr(annotation, "_is_protocol", False) and not getattr(annotation, "_is_runtime_protocol", False):
        raise _unusable(annotation)
    return _is_class(annotation)


def _inner(args: Sequence[Any], index: int) -> Check | None:
    """The check of a member, or `None` where every member passes: then nobody need look at them."""
    found = _checker(args[index])
    return None if found is _passes or isinstance(args[index], typing.TypeVar) else found


def _optional(annotation: Any, args: Sequence[Any]) -> Check:
    rest = [arg for arg in args if arg is not type(None)]
    if len(rest) != 1 or len(rest) == len(args):
        raise _unusable(annotation)
    inner = _checker(rest[0])

    def check(value: Any) -> str | None:
        return None if value is None else inner(value)

    return check


def _members(origin: Any, inner: Check | None) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, origin):
            return f"{_shown(value)} is not {origin.__qualname__}"
        return (
            None
            if inner is None
            else _first(((f"member {at}", inner(each)) for at, each in enumerate(value)))
        )

    return check


def _entries(origin: Any, keys: Check | None, inner: Check | None) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, origin):
            return f"{_shown(value)} is not {origin.__qualname__}"
        wrong = None if keys is None else _first((f"key {key!r:.40}", keys(key)) for key in value)
        if wrong is None and inner is not None:
            wrong = _first((f"the value of key {key!r:.40}", inner(each)) for key, each in value.items())
        return wrong

    return check


def _tuple(annotation: Any, args: Sequence[Any]) -> Check:
    if args[-1] is Ellipsis:
        return _members(tuple, _inner(args, 0))
    inner = [_checker(arg) for arg in args]

    def check(value: Any) -> str | None:
        if not isinstance(value, tuple):
            return f"{_shown(value)} is not tuple"
        if len(value) != len(inner):
            return f"a tuple of {len(value)} is not {_text(annotation)}"
        return _first(
            (f"member {at}", one(each)) for at, (one, each) in enumerate(zip(inner, value, strict=True))
        )

    return check


def _first(found: Iterable[tuple[str, str | None]]) -> str | None:
    return next((f"{where}: {wrong}" for where, wrong in found if wrong is not None), None)


def _unusable(annotation: Any) -> DagsterInvalidDefinitionError:
    message = (
        f"The type {_text(annotation)} cannot be checked when the asset runs; "
        "use a class, a container of classes, X | None or Any."
    )
    return DagsterInvalidDefinitionError(message)

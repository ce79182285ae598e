"""What an annotation says of a value: a check that looks into containers, and a name.

A check is made once, at decoration, and asked for every value. `types` calls this; what a
`DagsterType` inside a container wants is asked of it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

from ..errors import DagsterInvalidDefinitionError
from .dagster_type import DagsterType, TypeCheck, registered, shown

Check: TypeAlias = Callable[[Any, Any], str | None]
"""From a value and the context of the step: what is wrong with the value, or `None`."""

_SCALARS: Mapping[Any, str] = {int: "Int", float: "Float", str: "String", bool: "Bool", Any: "Any"}
_CONTAINERS: Mapping[Any, str] = {dict: "Dict", set: "Set", tuple: "Tuple"}


def name_of(annotation: Any) -> str:
    """The name of the type that an annotation stands for, in the reference's way.

    >>> name_of(list[int]), name_of(dict[str, int | None]), name_of(tuple[str, bool])
    ('[Int]', 'Dict[String,Int?]', 'Tuple[String,Bool]')
    """
    if isinstance(annotation, DagsterType):
        return annotation.unique_name
    if annotation is Any or isinstance(annotation, type):
        return _SCALARS.get(annotation) or getattr(annotation, "__name__", None) or text_of(annotation)
    args = [name_of(arg) for arg in typing.get_args(annotation) if arg is not type(None)]
    origin = typing.get_origin(annotation)
    if origin is list and args:
        return f"[{args[0]}]"
    if origin is typing.Union or origin is types.UnionType:
        return f"{args[0]}?"
    if origin in _CONTAINERS and args:
        return f"{_CONTAINERS[origin]}[{','.join(args)}]"
    return text_of(annotation)


def types_within(annotation: Any) -> Iterator[DagsterType]:
    """The types with a check of their own that an annotation names, at any depth."""
    if isinstance(annotation, DagsterType):
        yield annotation
    elif isinstance(annotation, type) and registered(annotation) is not None:
        yield typing.cast("DagsterType", registered(annotation))
    for arg in typing.get_args(annotation):
        yield from types_within(arg)


def text_of(annotation: Any) -> str:
    """How an annotation reads in a message."""
    return (
        annotation.__qualname__
        if isinstance(annotation, type) and not typing.get_args(annotation)
        else repr(annotation).replace("typing.", "")
    )


def _is_class(wanted: type) -> Check:
    def check(value: Any, _: Any) -> str | None:
        return None if isinstance(value, wanted) else f"{shown(value)} is not {wanted.__qualname__}"

    return check


def _passes(_value: Any, _context: Any) -> str | None:
    return None


def checker(annotation: Any) -> Check:
    """What looks whether a value is what an annotation says.

    Raises:
        DagsterInvalidDefinitionError: for an annotation that cannot be checked.
    """
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None:
        if annotation is Any:
            return _passes
        if annotation is None:
            annotation = type(None)
        if isinstance(annotation, DagsterType):
            return _asked(annotation)
        if isinstance(annotation, type):
            return _class_check(annotation)
        raise _unusable(annotation)
    if origin is typing.Annotated:
        return checker(args[0])
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
        return checker(origin)
    raise _unusable(annotation)


_ITERABLES = (list, set, frozenset, Sequence, AbstractSet)
_MAPPINGS = (dict, Mapping)
_ABSTRACT = ("builtins", "typing", "collections.abc")


def _asked(dagster_type: DagsterType) -> Check:
    def check(value: Any, context: Any) -> str | None:
        return failure(dagster_type.type_check(context, value), dagster_type.unique_name, value)

    return check


def failure(answer: TypeCheck, text: str, value: object) -> str | None:
    """What a type's own check says is wrong, or `None`."""
    return None if answer.success else answer.description or f"{shown(value)} is not {text}"


def _class_check(annotation: type) -> Check:
    stands_for = registered(annotation)
    if stands_for is not None:
        return _asked(stands_for)
    if typing.is_typeddict(annotation):
        return _is_class(dict)
    if getattr(annotation, "_is_protocol", False) and not getattr(annotation, "_is_runtime_protocol", False):
        raise _unusable(annotation)
    return _is_class(annotation)


def _inner(args: Sequence[Any], index: int) -> Check | None:
    """The check of a member, or `None` where every member passes: then nobody need look at them."""
    found = checker(args[index])
    return None if found is _passes or isinstance(args[index], typing.TypeVar) else found


def _optional(annotation: Any, args: Sequence[Any]) -> Check:
    rest = [arg for arg in args if arg is not type(None)]
    if len(rest) != 1 or len(rest) == len(args):
        raise _unusable(annotation)
    inner = checker(rest[0])

    def check(value: Any, context: Any) -> str | None:
        return None if value is None else inner(value, context)

    return check


def _members(origin: Any, inner: Check | None) -> Check:
    def check(value: Any, context: Any) -> str | None:
        if not isinstance(value, origin):
            return f"{shown(value)} is not {origin.__qualname__}"
        return (
            None
            if inner is None
            else _first(((f"member {at}", inner(each, context)) for at, each in enumerate(value)))
        )

    return check


def _entries(origin: Any, keys: Check | None, inner: Check | None) -> Check:
    def check(value: Any, context: Any) -> str | None:
        if not isinstance(value, origin):
            return f"{shown(value)} is not {origin.__qualname__}"
        wrong = None if keys is None else _first((f"key {key!r:.40}", keys(key, context)) for key in value)
        if wrong is None and inner is not None:
            wrong = _first(
                (f"the value of key {key!r:.40}", inner(each, context)) for key, each in value.items()
            )
        return wrong

    return check


def _tuple(annotation: Any, args: Sequence[Any]) -> Check:
    if args[-1] is Ellipsis:
        return _members(tuple, _inner(args, 0))
    inner = [checker(arg) for arg in args]

    def check(value: Any, context: Any) -> str | None:
        if not isinstance(value, tuple):
            return f"{shown(value)} is not tuple"
        if len(value) != len(inner):
            return f"a tuple of {len(value)} is not {text_of(annotation)}"
        return _first(
            (f"member {at}", one(each, context))
            for at, (one, each) in enumerate(zip(inner, value, strict=True))
        )

    return check


def _first(found: Iterable[tuple[str, str | None]]) -> str | None:
    return next((f"{where}: {wrong}" for where, wrong in found if wrong is not None), None)


def _unusable(annotation: Any) -> DagsterInvalidDefinitionError:
    message = (
        f"The type {text_of(annotation)} cannot be checked when the asset runs; "
        "use a class, a container of classes, X | None or Any."
    )
    return DagsterInvalidDefinitionError(message)

"""Runtime types of inputs and outputs: an annotation becomes a check (`spec/semantics.md` §5).

`Typing.of` reads an annotation once, at decoration; `Typing.check` is asked for every
value. Nothing here knows of assets, runs or contexts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Dict, Final, List, Optional, Set, Tuple, cast, get_args, is_typeddict  # noqa: UP035  the names are the reference's

from ..errors import DagsterInvalidDefinitionError, DagsterTypeCheckDidNotPass
from ..record import UNSET, Unset
from .annotations import Check, checker, failure, name_of, text_of, types_within
from .dagster_type import DagsterType, Nothing, PythonObjectDagsterType, TypeCheck, registered

__all__ = [
    "ANYTHING",
    "NOTHING",
    "UNSET",
    "Any",
    "Bool",
    "DagsterType",
    "Dict",
    "Float",
    "Int",
    "List",
    "Nothing",
    "Optional",
    "Set",
    "String",
    "Tuple",
    "TypeCheck",
    "Typing",
    "Unset",
    "check_dagster_type",
    "valid_type",
]

Int = int
Float = float
String = str
Bool = bool
# The other built-in types of the reference are those of `typing`, which take a DagsterType as well: List[Even].


class Typing:
    """What values an annotation admits.

    Attributes:
        annotation: What was written; a `DagsterType` stays one.
        text: How it reads in a message.
        asks: The types with a check of their own in it, at any depth.
        required_resource_keys: What their checks need.
    """

    __slots__ = ("_check", "annotation", "asks", "required_resource_keys", "text")

    def __init__(self, annotation: Any, text: str, check: Check | None) -> None:
        self.annotation = annotation
        self.text = text
        self._check = check
        self.asks: tuple[DagsterType, ...] = tuple(types_within(annotation))
        self.required_resource_keys: frozenset[str] = frozenset().union(
            *(each.required_resource_keys for each in self.asks)
        )

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
        if isinstance(annotation, type) and (stands_for := registered(annotation)) is not None:
            annotation = stands_for
        if isinstance(annotation, DagsterType):
            return Typing(annotation, annotation.unique_name, None)
        return Typing(annotation, text_of(annotation), checker(annotation))

    @property
    def dagster_type(self) -> DagsterType:
        """The annotation as a `DagsterType`: itself, if it is one; else one that checks the same."""
        annotation = self.annotation
        if isinstance(annotation, DagsterType):
            return annotation
        if annotation is Any or isinstance(annotation, type):
            if annotation in _BUILTIN:
                return _BUILTIN[annotation]
            if not is_typeddict(annotation):
                python_type: Any = cast(
                    "Any", annotation
                )  # basedpyright takes what isinstance() leaves of it for no type
                return PythonObjectDagsterType(python_type)
        return DagsterType(
            lambda context, value: self.type_check(value, context),
            name=name_of(annotation),
            required_resource_keys=self.required_resource_keys,
            typing_type=annotation,
        )

    def within(self) -> Iterator[DagsterType]:
        """The type, and those inside of it: of `list[int] | None` that, `list[int]` and `int`."""
        yield self.dagster_type
        for each in get_args(self.annotation):
            if each is not Ellipsis and each is not type(None):
                yield from Typing.of(each).within()

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
            return self._check(value, context)
        return None if self.annotation is Any else failure(self.type_check(value, context), self.text, value)

    def type_check(self, value: object, context: Any = None) -> TypeCheck:
        """What the check says of a value: whether it passes, and what to tell of it.

        Args:
            value: The value.
            context: What the check function of a `DagsterType` is handed.
        """
        if self._check is not None:
            wrong = self._check(value, context)
            return _PASSED if wrong is None else TypeCheck(success=False, description=wrong)
        if self.annotation is Any:
            return _PASSED
        answer: TypeCheck = self.annotation.type_check(context, value)
        return answer

    def demand(self, value: object, what: str, context: Any = None) -> None:
        """Raise unless the value passes.

        Args:
            value: The value.
            what: What it is, for the message: `the output of asset 'a'`.
            context: What the check function of a `DagsterType` is handed.

        Raises:
            DagsterTypeCheckDidNotPass: with the description and the metadata of the check.
        """
        if self._check is not None and self._check(value, context) is None:
            return
        self.refuse(self.type_check(value, context), value, what)

    def refuse(self, answer: TypeCheck, value: object, what: str) -> None:
        """Raise unless a check has passed; for who wants the check as well.

        Raises:
            DagsterTypeCheckDidNotPass: with the description and the metadata of the check.
        """
        wrong = failure(answer, self.text, value)
        if wrong is not None:
            message = f"The type check failed for {what}: {wrong}. Return what was declared, or declare what is returned."
            raise DagsterTypeCheckDidNotPass(
                message, metadata=answer.metadata, dagster_type=self.dagster_type
            )

    def __repr__(self) -> str:
        return f"Typing({self.text})"


_PASSED: Final = TypeCheck(success=True)
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


def check_dagster_type(dagster_type: Any, value: object) -> TypeCheck:
    """What a type says of a value, outside a run.

    >>> check_dagster_type(List[Int], [1, None]).success
    False

    Args:
        dagster_type: A `DagsterType`, or a type that can be checked.
        value: The value.
    """
    return Typing.of(dagster_type).type_check(value)


def _builtin(python_type: Any) -> DagsterType:
    """The `DagsterType` of one of Python's own types, always the same."""
    typing_ = Typing.of(python_type)
    return DagsterType(
        lambda context, value: typing_.type_check(value, context),
        name=name_of(python_type),
        is_builtin=True,
        typing_type=python_type,
    )


_BUILTIN: Final[Mapping[Any, DagsterType]] = {
    each: _builtin(each) for each in (Any, Int, Float, String, Bool)
}

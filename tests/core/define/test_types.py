"""Runtime types of inputs and outputs."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Optional, Union

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.core.define.types import DagsterType, Nothing, TypeCheck, Typing
from assets.core.errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
)


class Local: ...


class Below(Local): ...


@pytest.mark.parametrize(
    ("annotation", "right", "wrong"),
    [
        (Any, [1, None, "a", object()], []),
        (object, [1, None], []),
        (int, [1, True], [1.0, "1", None]),
        (float, [1.0], [1]),
        (str, ["a"], [1, b"a"]),
        (bool, [True], [1]),
        (None, [None], [1, False]),
        (Local, [Local(), Below()], [1, Local]),
        (list, [[], [1, "a"]], [()]),
        (list[int], [[], [1]], [["a"], [1, "a"], (1,), None]),
        (typing.List[int], [[1]], [["a"]]),  # noqa: UP006  the older spelling is what is tested
        (dict[str, int], [{}, {"a": 1}], [{"a": "b"}, {1: 1}, [("a", 1)]]),
        (dict[str, list[int]], [{"a": [1]}], [{"a": ["b"]}]),
        (Mapping[str, Any], [{"a": object()}], [{1: 1}, 3]),
        (Sequence[int], [[1], (1,)], [["a"], {1}]),
        (set[int], [{1}, set()], [{"a"}, [1]]),
        (frozenset[int], [frozenset({1})], [{1}]),
        (tuple, [(), (1, "a")], [[1]]),
        (tuple[int, str], [(1, "a")], [(1,), ("a", 1), [1, "a"], (1, "a", 2)]),
        (tuple[int, ...], [(), (1, 2)], [(1, "a")]),
        (Optional[int], [None, 1], ["a"]),  # noqa: UP045  the older spelling is what is tested
        (int | None, [None, 1], ["a"]),
        (list[int | None], [[None, 1]], [["a"]]),
        (dict[str, Any] | None, [None, {"a": 1}], [{1: 1}]),
        (Annotated[int, "unit"], [1], ["a"]),
        (np.ndarray[Any, np.dtype[np.float64]], [np.zeros(1)], [[0.0]]),
        (Nothing, [None], [1]),
    ],
)
def test_check(annotation, right, wrong):
    """Containers are looked into, numbers are strict, `None` is only what says so."""
    typing_ = Typing.of(annotation)
    assert [typing_.check(value) for value in right] == [None] * len(right)
    for value in wrong:
        assert typing_.check(value), value


@pytest.mark.parametrize(
    "annotation",
    [Union[int, str], int | str,  # noqa: UP007  the older spelling is what is tested
     int | str | None, list[int | str], Literal["a"], typing.Callable, Iterator[int],
     typing.TypeVar("T"), type[int], 3, typing.NoReturn],
)  # fmt: skip
def test_what_cannot_be_checked(annotation):
    """Other unions and special forms are refused when the type is read, not when a value comes."""
    with pytest.raises(DagsterInvalidDefinitionError, match="cannot be checked"):
        Typing.of(annotation)


@given(st.recursive(st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=5))
def test_nesting(value):
    """A nested list passes exactly the type of its depth."""

    def depth(each):
        return 0 if isinstance(each, int) else 1 + max(map(depth, each), default=0)

    annotation: Any = int
    for _ in range(depth(value)):
        annotation = list[annotation]
    expected = all_at(value, depth(value))
    assert (Typing.of(annotation).check(value) is None) == expected


def all_at(value, depth):
    if depth == 0:
        return isinstance(value, int)
    return isinstance(value, list) and all(all_at(each, depth - 1) for each in value)


def test_the_message_says_where():
    """The first wrong member is named by its place."""
    assert Typing.of(dict[str, list[int]]).check({"a": [1, "x"]}) == (
        "the value of key 'a': member 1: 'x' of type str is not int"
    )


class TestDagsterType:
    """S34, S65: a type with a check of its own."""

    def test_bool(self):
        """A check function answers with a bool."""
        even = DagsterType(lambda _, value: value % 2 == 0, name="Even")
        assert Typing.of(even).check(2) is None
        assert "Even" in Typing.of(even).check(3)

    def test_type_check(self):
        """Description and metadata of a `TypeCheck` reach the error."""
        answer = TypeCheck(success=False, description="too small", metadata={"size": 1})
        tall = DagsterType(lambda _, value: answer, name="Tall")
        with pytest.raises(DagsterTypeCheckDidNotPass, match="the output of 'a': too small") as caught:
            Typing.of(tall).demand(1, "the output of 'a'")
        assert caught.value.metadata["size"].value == 1
        assert caught.value.dagster_type is tall

    def test_other_answers(self):
        """Any other answer is an error of the type's author."""
        with pytest.raises(DagsterInvariantViolationError, match="bool or a TypeCheck"):
            Typing.of(DagsterType(lambda _, value: 1, name="Odd")).check(3)

    def test_errors_surface(self):
        """What the check function raises is not hidden."""
        with pytest.raises(ZeroDivisionError):
            Typing.of(DagsterType(lambda _, value: 1 / 0, name="Odd")).check(3)

    def test_wrong_types(self):
        """A check function is a function, success is a bool."""
        with pytest.raises(CheckError):
            DagsterType(3)
        with pytest.raises(CheckError):
            TypeCheck(success=1)

    def test_context(self):
        """The context is handed on."""
        seen = []
        Typing.of(DagsterType(lambda context, value: not seen.append(context), name="Odd")).check(1, "here")
        assert seen == ["here"]

"""Runtime types of inputs and outputs."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Optional, Union

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import Dict, Int, List, Set, String, Tuple
from assets import Optional as TypesOptional
from assets.core.define.dagster_type import (
    PythonObjectDagsterType,
    make_python_type_usable_as_dagster_type,
    usable_as_dagster_type,
)
from assets.core.define.types import DagsterType, Nothing, TypeCheck, Typing, check_dagster_type
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


class TestAnnotationAsType:
    """`context.dagster_type` is always a `DagsterType`, also where a Python type was written."""

    @pytest.mark.parametrize(
        ("annotation", "name", "right", "wrong"),
        [
            (int, "Int", 1, "a"),
            (str, "String", "a", 1),
            (bool, "Bool", True, 1),
            (float, "Float", 1.0, 1),
            (list[int], "[Int]", [1], ["a"]),
            (int | None, "Int?", None, "a"),
            (list[int | None], "[Int?]", [None], ["a"]),
            (dict[str, int], "Dict[String,Int]", {"a": 1}, {1: 1}),
            (set[int], "Set[Int]", {1}, {"a"}),
            (tuple[int, str], "Tuple[Int,String]", (1, "a"), (1,)),
            (Local, "Local", Below(), 1),
            (Annotated[int, []], "Annotated[int, []]", 1, "a"),
            (type(None), "Nothing", None, 1),
        ],
    )
    def test_it_checks_the_same(self, annotation, name, right, wrong):
        """It has the reference's name, knows the annotation, and admits the same values."""
        made = Typing.of(annotation).dagster_type
        assert made.unique_name == name
        assert made.typing_type == annotation
        assert made.type_check(None, right).success
        assert not made.type_check(None, wrong).success
        assert made.is_nothing is (annotation is type(None))

    def test_everything(self):
        """`Any` admits all."""
        made = Typing.of(Any).dagster_type
        assert made.typing_type is Any
        assert made.type_check(None, object()).success

    def test_builtin_types_are_one(self):
        """The types of Python's own are always the same object, and say that they are built in."""
        assert Typing.of(int).dagster_type is Typing.of(Int).dagster_type
        assert Typing.of(int).dagster_type.is_builtin
        assert not Typing.of(Local).dagster_type.is_builtin

    def test_a_dagster_type_is_itself(self):
        """What is a type already is not wrapped."""
        even = DagsterType(lambda _, value: value % 2 == 0, name="Even")
        assert Typing.of(even).dagster_type is even


class TestBuiltin:
    """The reference's names for containers take a type of one's own as a member."""

    even = DagsterType(lambda context, value: value % 2 == 0, name="Even", required_resource_keys={"numbers"})

    def test_members(self):
        """Each member is checked by its type."""
        assert check_dagster_type(List[self.even], [2, 4]).success
        assert not check_dagster_type(List[self.even], [2, 3]).success
        assert check_dagster_type(TypesOptional[self.even], None).success
        assert check_dagster_type(TypesOptional[List[TypesOptional[Int]]], [None, 1]).success
        assert not check_dagster_type(Dict[String, self.even], {"a": 1}).success
        assert not check_dagster_type(Set[self.even], {1}).success
        assert not check_dagster_type(Tuple[self.even, String], (1, "a")).success

    def test_members_get_the_context(self):
        """A member's check is handed the context of the step, and its resources are needed."""
        seen = []
        nosy = DagsterType(
            lambda context, value: not seen.append(context), name="Nosy", required_resource_keys={"r"}
        )
        typing_ = Typing.of(List[nosy])
        assert typing_.check([1], "here") is None
        assert seen == ["here"]
        assert typing_.required_resource_keys == {"r"}
        assert typing_.dagster_type.required_resource_keys == {"r"}


class TestPythonObject:
    """`PythonObjectDagsterType`, and classes that stand for one."""

    def test_a_class(self):
        """Instances pass, of subclasses too; the name is the class's."""
        made = PythonObjectDagsterType(Local, description="A place.")
        assert (made.unique_name, made.description, made.typing_type) == ("Local", "A place.", Local)
        assert made.type_check(None, Below()).success
        assert not made.type_check(None, None).success

    def test_several_classes(self):
        """Any of them will do."""
        made = PythonObjectDagsterType((int, float))
        assert made.unique_name == "Union[int, float]"
        assert made.typing_type == Union[int, float]  # noqa: UP007  what is made at run time
        assert made.type_check(None, 1.5).success
        assert not made.type_check(None, "a").success

    def test_not_a_class(self):
        """Anything else is refused when it is made."""
        for wrong in (3, (), (int, 3)):
            with pytest.raises(CheckError):
                PythonObjectDagsterType(wrong)

    def test_a_class_stands_for_a_type(self):
        """An annotation with the class is checked by the type, alone and in a container."""

        class Number(int): ...

        make_python_type_usable_as_dagster_type(
            Number, DagsterType(lambda _, value: value > 0, name="Positive")
        )
        assert "Positive" in Typing.of(Number).check(Number(-1))
        assert Typing.of(list[Number]).check([Number(1), Number(-1)])
        assert Typing.of(Number).dagster_type.unique_name == "Positive"

    def test_twice(self):
        """The same name again replaces it, as when a cell is run twice; another name is refused."""

        class Place: ...

        for _ in range(2):
            make_python_type_usable_as_dagster_type(Place, PythonObjectDagsterType(Place, name="One"))
        with pytest.raises(DagsterInvalidDefinitionError, match="'One' already"):
            make_python_type_usable_as_dagster_type(Place, PythonObjectDagsterType(Place, name="Two"))

    def test_the_decorator(self):
        """It may be used bare or called, and gives the class back."""

        @usable_as_dagster_type
        class Bare: ...

        @usable_as_dagster_type(name="Named", description="With a name.")
        class Called: ...

        assert isinstance(Bare, type)
        assert Typing.of(Bare).dagster_type.unique_name == "Bare"
        assert Typing.of(Called).dagster_type.description == "With a name."


def test_a_class_is_called_by_its_name():
    """Not by where it stands, alone or inside another type."""

    class Bar: ...

    assert [each.display_name for each in Typing.of(Bar | None).within()] == ["Bar?", "Bar"]

"""Laws of the schema language (S62): what fits, what reaches the function, and what is told of what does not."""

import enum
import typing

import pytest

from assets import Any as AnyName
from assets import Bool, BoolSource, Float, Int, IntSource, String, StringSource
from assets.core.errors import (
    CheckError,
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    ParameterCheckError,
)
from assets.core.record import UNSET
from assets.core.schema.process import process
from assets.core.schema.scalars import Enum, EnumValue
from assets.core.schema.terms import (
    Array,
    Field,
    Map,
    Noneable,
    Permissive,
    ScalarUnion,
    Selector,
    Shape,
    schema_of,
    type_of,
)

SIZES = Enum("Size", [EnumValue("SMALL", 1), EnumValue("LARGE")])


@pytest.mark.parametrize(
    ("schema", "given", "expected"),
    [
        (int, 3, 3),
        (float, 3, 3.0),
        (str, "a", "a"),
        (bool, True, True),
        (dict, {"a": object}, {"a": object}),
        (list, [1, "a"], [1, "a"]),
        (typing.Any, {"env": "X"}, {"env": "X"}),
        ({"a": int, "b": {"c": Field(str, default_value="q")}}, {"a": 1}, {"a": 1, "b": {"c": "q"}}),
        ({"a": Field(int, is_required=False)}, {}, {}),
        ([int], [1, 2], [1, 2]),
        (Array({"a": int}), [{"a": 1}], [{"a": 1}]),
        ({str: int}, {"a": 1}, {"a": 1}),
        ({int: {str: int}}, {5: {"b": 1}}, {5: {"b": 1}}),
        (Map(str, int, key_label_name="k"), {"a": 1}, {"a": 1}),
        (Permissive({"a": Field(int, default_value=4)}), {"z": 1}, {"a": 4, "z": 1}),
        (Permissive(), {"z": 1}, {"z": 1}),
        (Selector({"a": int, "b": str}), {"b": "x"}, {"b": "x"}),
        (Selector({"a": Field(int, default_value=3)}), {}, {"a": 3}),
        (Noneable(int), None, None),
        (Noneable([Noneable(str)]), ["a", None], ["a", None]),
        (SIZES, "SMALL", 1),
        (SIZES, "LARGE", "LARGE"),
        (ScalarUnion(int, {"a": int}), {"a": 1}, {"a": 1}),
        (ScalarUnion(int, {"a": int}), 3, 3),
    ],
)
def test_what_fits_reaches_the_function(schema, given, expected):
    """A value that fits comes out with defaults put in, numbers as floats where asked, choices as objects."""
    found = process(schema, given)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("schema", "given", "told"),
    [
        (int, "1", 'Value "1" of type "str" is not valid for expected type "Int"'),
        (int, True, "Int"),
        (int, None, 'at the root must not be None. Expected "Int"'),
        (bool, 1, "Bool"),
        (str, 1, "String"),
        (float, True, "Float"),
        (list, (1,), "must be list"),
        ({"a": int}, 3, 'must be dict. Expected: "{ a: Int }"'),
        ({"a": int}, {}, 'Missing required config entry "a" at the root.*{\'a\': 0}'),
        ({"a": int, "b": str}, {}, r"Missing required config entries \['a', 'b'\].*{'a': 0, 'b': '...'}"),
        ({"rows": int}, {"rows": 1, "row": 2}, "unexpected config entry \"row\".*did you mean 'rows'"),
        ({"a": {"b": int}}, {"a": {"b": "x"}}, "at path root:a:b"),
        ([int], [1, "x"], r"at path root\[1\]"),
        ({str: int}, {1: 1}, "at path root:1:key"),
        ({str: int}, {"a": "x"}, "at path root:'a':value"),
        (Selector({"a": int, "b": str}), {"a": 1, "b": "x"}, "Only one entry"),
        (Selector({"a": int, "b": str}), {}, "One entry must be given.*a, b"),
        (Selector({"a": int, "b": str}), {"c": 1}, 'unexpected config entry "c"'),
        (Noneable(int), "x", "Int"),
        (SIZES, "SMAL", "not in enum type Size got SMAL.*did you mean 'SMALL'"),
        (SIZES, 3, "not in enum type Size"),
        (Permissive({"a": int}), {"z": 1}, 'entry "a"'),
        (ScalarUnion(int, {"a": int}), {"a": "x"}, "root:a"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(schema, given, told):
    """Each problem says where it is, what was asked and what is there."""
    with pytest.raises(DagsterInvalidConfigError, match=told):
        process(schema, given)


def test_every_problem_is_told():
    """One reading finds all problems, and the error has them as values."""
    with pytest.raises(DagsterInvalidConfigError, match="Error in config for f") as caught:
        process(
            {"a": int, "b": {"c": str}}, {"a": "x", "b": {}, "z": 1}, "root:ops:f", "Error in config for f"
        )
    assert [one.path for one in caught.value.errors] == ["root:ops:f", "root:ops:f:a", "root:ops:f:b"]
    assert str(caught.value).count("\n    Error ") == 3


def test_left_out():
    """A field that implies a default, or may be left out, needs nothing; else the place and an example are told."""
    assert process({"a": Field(int, default_value=2)}, UNSET) == {"a": 2}
    assert process(Noneable(int), UNSET) is None
    assert process(Field(int, is_required=False), UNSET) is None
    with pytest.raises(
        DagsterInvalidConfigError, match=r"entry \"config\" at path root:ops:f.* {'config': 0}"
    ):
        process(int, UNSET, "root:ops:f:config")


@pytest.mark.parametrize(
    ("config", "required", "default"),
    [
        (int, True, UNSET),
        (Noneable(int), False, None),
        ({"a": Field(int, default_value=1)}, False, {"a": 1}),
        ({"a": Field(int, is_required=False)}, False, {}),
        ({"a": int}, True, UNSET),
        (dict, False, {}),
        ([int], True, UNSET),
        (Selector({"a": Field(int, default_value=3)}), False, {"a": 3}),
        (Selector({"a": Field(int, default_value=3), "b": int}), True, UNSET),
    ],
)
def test_what_a_field_implies(config, required, default):
    """A shape whose fields may all be left out, a Noneable and a choice of one may be left out themselves."""
    field = Field(config)
    assert field.is_required is required
    assert field.default_provided is (default is not UNSET)
    if field.default_provided:
        assert field.default_value == default
    else:
        with pytest.raises(CheckError):
            field.default_value


def test_defaults_are_checked():
    """A default of another type is an error at once, one of a required field too."""
    with pytest.raises(
        DagsterInvalidConfigError, match=r'Value "3" of type .* is not valid for expected type "Int"'
    ):
        Field(int, default_value="3")
    with pytest.raises(CheckError, match="is_required"):
        Field(int, default_value=3, is_required=True)
    assert Field(int, default_value=3, description="d").description == "d"


def test_an_enum_of_python():
    """A config writes the name of a member, the function gets the member."""

    class Colour(enum.Enum):
        RED = 1
        BLUE = 2

    term = Enum.from_python_enum(Colour)
    assert term.config_values == ["RED", "BLUE"]
    assert process({"c": Field(term, default_value="BLUE")}, {}) == {"c": Colour.BLUE}
    with pytest.raises(DagsterInvalidConfigError):
        process(term, 1)


@pytest.mark.parametrize(
    ("schema", "error", "told"),
    [
        (
            "text",
            DagsterInvalidConfigDefinitionError,
            "Original value passed: 'text'. 'text' cannot be resolved",
        ),
        ({"f": "t"}, DagsterInvalidConfigDefinitionError, "Error at stack path :f. 't' cannot be resolved"),
        ({"l": []}, DagsterInvalidConfigDefinitionError, "List must be of length 1"),
        ({"l": [{"b": "t"}]}, DagsterInvalidConfigDefinitionError, "stack path :l:b"),
        ({"n": None}, DagsterInvalidConfigDefinitionError, "Fields cannot be None"),
        (typing.List[int], DagsterInvalidDefinitionError, "Cannot use List in the context of a config field"),  # noqa: UP006
        (list[int], DagsterInvalidDefinitionError, "in the context of a config field"),
        (int | None, DagsterInvalidDefinitionError, "in the context of a config field"),
        (set, DagsterInvalidDefinitionError, "set"),
        ({55: str}, DagsterInvalidDefinitionError, "Non-scalar key"),
        ({str: int, "a": int}, DagsterInvalidDefinitionError, "Invalid key"),
    ],
)
def test_what_is_no_schema(schema, error, told):
    """What means nothing in a schema is an error with its place, when it is defined."""
    with pytest.raises(error, match=told):
        schema_of(schema)


def test_keys_of_a_map_are_scalars():
    """Only plain values can be keys."""
    for key in ("text", Noneable(str), list):
        with pytest.raises(ParameterCheckError, match="must be a scalar"):
            Map(key, str)


def test_names_of_types():
    """The names of the language are Python's own types."""
    assert (Int, Float, String, Bool, AnyName) == (int, float, str, bool, typing.Any)
    assert type_of({"a": String, "b?": Noneable([Int])}).printed() == "{ a: String b??: [Int]? }"
    assert Shape({"a": {str: StringSource}}).printed() == "{ a: { [String]: (String | { env: String }) } }"


def test_sources(monkeypatch):
    """A source is a plain value, or what a variable holds; a variable must be there and hold what is asked."""
    for name, value in (("S", "s3cret"), ("I", "12"), ("F", "False")):
        monkeypatch.setenv(f"ASSETS_TEST_{name}", value)
    assert process(StringSource, "x") == "x"
    assert process(StringSource, {"env": "ASSETS_TEST_S"}) == "s3cret"
    assert process({"n": IntSource}, {"n": {"env": "ASSETS_TEST_I"}}) == {"n": 12}
    assert process(BoolSource, {"env": "ASSETS_TEST_F"}) is False
    for schema, given, told in (
        (StringSource, {"env": "ASSETS_TEST_NONE"}, "is not set"),
        (IntSource, {"env": "ASSETS_TEST_S"}, "whole number"),
        (StringSource, {"envv": "X"}, "did you mean 'env'"),
        (StringSource, {}, "env"),
        (StringSource, {"env": 3}, "root:env"),
    ):
        with pytest.raises(DagsterInvalidConfigError, match=told) as caught:
            process(schema, given)
        assert "s3cret" not in str(caught.value)


def test_secrets_are_not_shown():
    """Of a secret field no message, no representation and no form shows a value."""
    schema = schema_of(
        {"p": Field(int, is_secret=True), "q": Field(str, default_value="s3cret", is_secret=True)}
    )
    with pytest.raises(DagsterInvalidConfigError) as caught:
        process(schema, {"p": "s3cret"})
    assert "s3cret" not in str(caught.value) + repr(schema) + repr(schema.config_type.fields)
    with pytest.raises(DagsterInvalidConfigError) as caught:
        Field(int, default_value="s3cret", is_secret=True)
    assert "s3cret" not in str(caught.value)

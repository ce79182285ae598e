from enum import Enum
from typing import Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from assets.core.errors import DagsterInvalidConfigError, DagsterInvalidInvocationError
from assets.core.record import UNSET
from assets.core.resources.config import Config, PermissiveConfig, make_config
from assets.core.resources.model import read_config
from assets.core.schema.env import EnvVar


class Colour(Enum):
    RED = "r"
    BLUE = "b"


class Inner(Config):
    a: int = 1
    token: str = ""


class Cat(Config):
    kind: Literal["cat"]
    lives: int = 9


class Dog(Config):
    kind: Literal["dog"]
    name: str


class All(Config):
    n: int
    x: float = 0.5
    flag: bool = False
    text: str = "t"
    maybe: int | None = None
    colour: Colour = Colour.RED
    mode: Literal["fast", "slow"] = "fast"
    items: list[int] = []
    by_name: dict[str, Inner] = {}
    inner: Inner = Inner()
    pet: Cat | Dog = Field(default=Cat(kind="cat"), discriminator="kind")


def read(annotation, given):
    return make_config(annotation, read_config(annotation, given, "step"), "step")


def test_python_follows_pydantic():
    """Made in Python a config coerces, validates, ignores what it does not know, and is frozen."""
    assert Inner(a="3").a == 3
    assert Inner(zz=1) == Inner()
    with pytest.raises(ValidationError):
        Inner(a="x")
    with pytest.raises(DagsterInvalidInvocationError, match="frozen"):
        Inner().a = 2
    assert PermissiveConfig(q=1).q == 1


def test_every_kind_of_field_is_read():
    """Nested configs, containers, literals, enums by name and unions by kind are read."""
    given = {
        "n": 2,
        "x": 1,
        "maybe": 4,
        "colour": "BLUE",
        "mode": "slow",
        "items": [1, 2],
        "by_name": {"k": {"a": 5}},
        "inner": {"a": 7},
        "pet": {"dog": {"name": "Rex"}},
    }
    expected = All(
        n=2,
        x=1,
        maybe=4,
        colour=Colour.BLUE,
        mode="slow",
        items=[1, 2],
        by_name={"k": Inner(a=5)},
        inner=Inner(a=7),
        pet=Dog(kind="dog", name="Rex"),
    )
    assert read(All, given) == expected
    assert read(All, expected.to_config_form()) == expected


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, 'Missing required config entry "n" at path step'),
        ({"n": "2"}, 'step:n. Value "2" of type "str" is not valid for expected type "Int"'),
        ({"n": True}, 'step:n. Value "True" of type "bool"'),
        ({"n": 2.0}, 'step:n. Value "2.0" of type "float"'),
        ({"n": None}, "step:n must not be None"),
        ({"n": 1, "flag": 1}, 'step:flag.* expected type "Bool"'),
        ({"n": 1, "text": 1}, 'step:text.* expected type "String"'),
        ({"n": 1, "maybe": "x"}, 'step:maybe.* expected type "Int"'),
        ({"n": 1, "colour": "r"}, "one of: RED, BLUE"),
        ({"n": 1, "mode": "medium"}, "one of: fast, slow"),
        ({"n": 1, "items": ["a"]}, r"step:items\[0\]"),
        ({"n": 1, "items": 3}, "step:items must be list"),
        ({"n": 1, "by_name": {"k": {"b": 1}}}, 'unexpected config entry "b" at path step:by_name'),
        ({"n": 1, "inner": 3}, "step:inner must be dict"),
        ({"n": 1, "txt": "x"}, "did you mean 'text'"),
        ({"n": 1, "pet": {"bird": {}}}, 'unexpected config entry "bird" at path step:pet'),
        ({"n": 1, "pet": {"cat": {}, "dog": {}}}, "Only one entry"),
        ({"n": 1, "pet": {"dog": {}}}, 'Missing required config entry "name" at path step:pet:dog'),
        (3, "step must be dict"),
    ],
)
def test_a_run_is_strict(given, told):
    """What a run's config gives must have the type of the field, exactly."""
    with pytest.raises(DagsterInvalidConfigError, match=told):
        read_config(All, given, "step")


def test_nothing_given():
    """A config whose fields all have defaults needs nothing."""
    assert read(Inner, UNSET) == Inner()
    assert read(PermissiveConfig, {"q": {"r": 1}}).q == {"r": 1}


def test_a_primitive_is_the_whole_config():
    """A parameter annotated with a type gets the whole value."""
    assert read(int, 3) == 3
    assert read(dict[str, int], {"a": 1}) == {"a": 1}
    with pytest.raises(DagsterInvalidConfigError, match='expected type "Int"'):
        read_config(int, "3", "step")


def test_validators_run_with_the_step():
    """A validator of the user's is not asked before the step makes its config."""

    class Even(Config):
        n: int

        @field_validator("n")
        @classmethod
        def even(cls, n):
            assert n % 2 == 0
            return n

    held = read_config(Even, {"n": 3}, "step")
    with pytest.raises(ValidationError):
        make_config(Even, held)


def test_environment(monkeypatch):
    """A variable is named in the run's config or by a mark, must exist before the run, and is never shown."""
    monkeypatch.setenv("TOKEN", "s3cret")
    monkeypatch.setenv("NUMBER", "5")
    monkeypatch.delenv("MISSING", raising=False)
    given = {"n": {"env": "NUMBER"}, "text": EnvVar("TOKEN"), "inner": {"token": {"env": "TOKEN"}}}
    held = read_config(All, given, "step")
    assert "s3cret" not in repr(held)
    made = make_config(All, held)
    assert (made.n, made.text, made.inner.token) == (5, "s3cret", "s3cret")
    assert "s3cret" not in repr(made) + str(made) + repr(made.inner) + repr([made])
    with pytest.raises(DagsterInvalidConfigError, match="'MISSING', for step:n, is not set"):
        read_config(All, {"n": {"env": "MISSING"}}, "step")


def test_errors_do_not_show_values(monkeypatch):
    """Neither a type error nor a validator's shows what a variable holds."""
    monkeypatch.setenv("TOKEN", "s3cret")

    class Short(Config):
        token: str = Field(max_length=3)

    for fails in (lambda: read(Short, {"token": {"env": "TOKEN"}}), lambda: Short(token="s3cret")):
        with pytest.raises((DagsterInvalidConfigError, ValidationError)) as caught:
            fails()
        assert "s3cret" not in str(caught.value)

"""Laws of the form: a JSON schema that describes how a run's config is written."""

from enum import Enum as PythonEnum
from typing import Literal

from pydantic import Field as PydanticField

from assets.core.resources.config import Config
from assets.core.schema.form import json_schema
from assets.core.schema.scalars import Enum, EnumValue
from assets.core.schema.terms import Field, Map, Noneable, Permissive, Selector, schema_of


def test_classic_terms():
    """Each term has its counterpart, with defaults and descriptions."""
    found = json_schema(
        schema_of({
            "n": Field(int, default_value=3, description="how many"),
            "xs": [float],
            "m": Map(str, bool),
            "maybe": Noneable(str),
            "size": Enum("Size", [EnumValue("S"), EnumValue("L")]),
            "pick": Selector({"a": int, "b": str}),
            "rest": Permissive(),
        })
    )  # fmt: skip
    assert found["required"] == ["xs", "m", "size", "pick"]
    assert found["additionalProperties"] is False
    of = found["properties"]
    assert of["n"] == {"type": "integer", "default": 3, "description": "how many"}
    assert of["xs"] == {"type": "array", "items": {"type": "number"}}
    assert of["m"]["additionalProperties"] == {"type": "boolean"}
    assert of["maybe"] == {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    assert of["size"]["enum"] == ["S", "L"]
    assert [one["required"] for one in of["pick"]["oneOf"]] == [["a"], ["b"]]
    assert of["rest"]["additionalProperties"] is True


def test_config_classes():
    """A class gives limits, descriptions, enums by name and unions by kind (S74)."""

    class Colour(PythonEnum):
        RED = "r"

    class Cat(Config):
        kind: Literal["cat"] = "cat"
        lives: int = 9

    class Dog(Config):
        kind: Literal["dog"] = "dog"

    class Made(Config):
        n: int = PydanticField(default=3, ge=1, le=9, description="how many")
        colour: Colour = Colour.RED
        pet: Cat | Dog = PydanticField(default=Cat(), discriminator="kind")

    of = json_schema(Made.to_config_schema())["properties"]
    assert (of["n"]["minimum"], of["n"]["maximum"], of["n"]["default"]) == (1, 9, 3)
    assert of["n"]["description"] == "how many"
    assert (of["colour"]["enum"], of["colour"]["default"]) == (["RED"], "RED")
    assert of["pet"]["default"] == {"cat": {"lives": 9}}
    assert [one["title"] for one in of["pet"]["oneOf"]] == ["cat", "dog"]


def test_a_secret_has_no_default():
    """The form knows that a field is secret, and nothing else of it."""
    found = json_schema(Field(str, default_value="s3cret", is_secret=True))
    assert found == {"type": "string", "writeOnly": True}

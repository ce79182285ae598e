"""A schema in the language of JSON schemas, from which a front end makes a form.

It describes the form in which a run's config is written: an enum by its names, a union by the key of its
kind, a variable of the environment as `{"env": "NAME"}`. Of a secret it says that it is one, never its default.
"""

from __future__ import annotations

from typing import Any

from .scalars import BOOL, FLOAT, INT, STRING, ConfigType, Enum, OneOf, Source
from .terms import Array, Field, Map, Noneable, Permissive, ScalarUnion, Selector, Shape

_TYPES = {id(INT): "integer", id(FLOAT): "number", id(STRING): "string", id(BOOL): "boolean"}
_VARIABLE = {
    "type": "object",
    "properties": {"env": {"type": "string"}},
    "required": ["env"],
    "additionalProperties": False,
    "title": "environment variable",
}


def json_schema(field: Field) -> dict[str, Any]:
    """The JSON schema of a config.

    Args:
        field: What `schema_of` gave.
    """
    found = {**_of(field.config_type), **field.extra}
    if field.description:
        found["description"] = field.description
    if field.is_secret:
        found["writeOnly"] = True
    elif field.default_provided:
        found["default"] = field.default_value
    return found


def _of(term: ConfigType) -> dict[str, Any]:
    match term:
        case Noneable():
            return {"anyOf": [_of(term.inner_type), {"type": "null"}]}
        case Array():
            return {"type": "array", "items": _of(term.inner_type)}
        case Map():
            return {"type": "object", "additionalProperties": _of(term.inner_type)}
        case Enum():
            return {"enum": term.config_values, "title": term.given_name}
        case Source():
            return {"anyOf": [_of(term.scalar_type), _VARIABLE]}
        case ScalarUnion():
            return {"anyOf": [_of(term.scalar_type), _of(term.non_scalar_type)]}
        case OneOf():
            return {"anyOf": [_of(one) for one in term.members]}
        case Shape():
            found = _object(term.fields, [name for name, field in term.fields.items() if field.is_required])
            found["additionalProperties"] = isinstance(term, Permissive)
        case Selector():
            found = {"oneOf": [{**_object({n: field}, [n]), "title": n} for n, field in term.fields.items()]}
        case _:
            kind = _TYPES.get(id(term))
            found = {"type": kind} if kind else {}
    return {**found, "description": term.description} if term.description else found


def _object(fields: dict[str, Field], required: list[str]) -> dict[str, Any]:
    properties = {name: json_schema(field) for name, field in fields.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }

"""What a schema says about the values that reach a function, as plain data: its types, choices and defaults.

Two schemas that say the same are equal here, whatever their descriptions; so a digest of it counts as code.
"""

from __future__ import annotations

from typing import Any

from .scalars import ConfigType, Enum, OneOf, Source
from .terms import Array, Field, Map, Noneable, ScalarUnion, Selector, Shape


def meaning(field: Field) -> Any:
    """What a field says: its default, in a list, if it has one, and what it may be."""
    default = [field.default_value] if field.default_provided else []
    return [default, field.is_required, _of(field.config_type)]


def _of(term: ConfigType) -> Any:
    match term:
        case Noneable() | Array():
            return [type(term).__name__, _of(term.inner_type)]
        case Map():
            return ["Map", _of(term.key_type), _of(term.inner_type)]
        case Enum():
            return ["Enum", [(one.config_value, one.python_value) for one in term.enum_values]]
        case Source():
            return ["Source", _of(term.scalar_type)]
        case ScalarUnion():
            return ["ScalarUnion", _of(term.scalar_type), _of(term.non_scalar_type)]
        case OneOf():
            return ["OneOf", [_of(one) for one in term.members]]
        case Shape():
            fields = {name: meaning(field) for name, field in term.fields.items()}
            return [type(term).__name__, fields, term.field_aliases]
        case Selector():
            return ["Selector", {name: meaning(field) for name, field in term.fields.items()}]
        case _:
            return term.printed()

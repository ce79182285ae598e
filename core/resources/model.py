"""What a config class says of itself, in the terms of the schema language, and how it reads a run's config.

There is one way to check config: the terms of `core/schema`. A pydantic class is turned into them once; what
they read becomes its arguments, and its validators run when the step does. Importing this module imports
pydantic: nothing else may import it but at the point of use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from enum import Enum as PythonEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, get_args, get_origin
from weakref import WeakKeyDictionary

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from ..errors import DagsterInvalidPythonicConfigDefinitionError
from ..record import UNSET
from ..schema.env import EnvVar, IntEnvVar
from ..schema.reading import ROOT, Reading
from ..schema.scalars import (
    ANYTHING,
    SCALARS,
    BoolSource,
    ConfigType,
    Enum,
    EnumValue,
    FloatSource,
    IntSource,
    OneOf,
    Scalar,
    StringSource,
)
from ..schema.terms import Array, Field, Map, Noneable, Permissive, Selector, Shape

_PLAIN: Mapping[Any, ConfigType] = {
    str: StringSource,
    int: IntSource,
    bool: BoolSource,
    float: FloatSource,
    SecretStr: StringSource,
    SecretBytes: StringSource,
    dict: Permissive(),
}
_LISTS = (list, tuple, set, frozenset, Sequence, Iterable, Collection, AbstractSet)
_LIMITS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("minItems", "maxItems", "pattern", "format", "title", "examples", "deprecated"),
)
_shapes: WeakKeyDictionary[type[BaseModel], Shape] = WeakKeyDictionary()


class Kinds(Selector):
    """A union whose members are told apart by a field: the config writes the kind as the only key."""

    __slots__ = ("discriminator",)

    def __init__(self, discriminator: str, fields: Mapping[str, Field]) -> None:
        super().__init__(fields)
        self.discriminator = discriminator

    def chosen(self, name: str, given: Any, path: str, reading: Reading) -> Any:
        """The fields of the kind; for the class itself with the one that tells it apart."""
        found = super().chosen(name, {} if given is None else given, path, reading)
        if not reading.to_model or not isinstance(found[name], dict):
            return found
        return {self.discriminator: name, **found[name]}


def is_model(annotation: Any) -> bool:
    """Whether an annotation is a pydantic class."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def shape_of(model: type[BaseModel], without: Collection[str] = ()) -> Shape:
    """The fields of a class, as a run's config writes them.

    Args:
        model: The class.
        without: Fields that no config sets.
    """
    known = _shapes.get(model)
    if known is None:
        known = _shapes[model] = Permissive() if model.model_config.get("extra") == "allow" else Shape({})
        try:
            known.fields.update(_fields(model))  # in two steps: a class may hold itself
        except BaseException:
            del _shapes[model]
            raise
    if not without:
        return known
    left = {written(name, info) for name, info in model.model_fields.items() if name in without}
    return known.with_fields({name: field for name, field in known.fields.items() if name not in left})


def _fields(model: type[BaseModel]) -> dict[str, Field]:
    if not model.__pydantic_complete__:
        model.model_rebuild()
    limits: Mapping[str, Any] = {}
    with suppress(Exception):  # a type without a JSON schema: the form does without limits
        limits = model.model_json_schema(by_alias=False).get("properties", {})
    found: dict[str, Field] = {}
    for name, info in model.model_fields.items():
        field = field_of(info.annotation, info)
        own = limits.get(name, {})
        own = {**next((one for one in own.get("anyOf", ()) if one.get("type") != "null"), {}), **own}
        field.extra = {key: own[key] for key in _LIMITS if key in own}
        found[written(name, info)] = field
    return found


def written(name: str, info: FieldInfo) -> str:
    """The name by which a config writes a field."""
    return info.alias or name


def field_of(annotation: Any, info: FieldInfo | None = None) -> Field:
    """The field that an annotation means.

    Args:
        annotation: Of a parameter or of a field of a class.
        info: What pydantic knows of the field.
    """
    term = _term(annotation, info.discriminator if info is not None else None)
    if info is None:
        return Field(term)
    default = _default(info)
    if default is None:
        default = UNSET if isinstance(term, Kinds) else None  # no kind of the union: pydantic puts it in
        term = term if isinstance(term, Noneable) else Noneable(term)
    secret = annotation in {SecretStr, SecretBytes} or bool(_hint(info, "is_secret"))
    if not info.is_required():
        return Field.of_model(term, default, required=False, description=info.description, secret=secret)
    return Field(term, description=info.description, is_secret=secret)


def _hint(info: FieldInfo, name: str) -> Any:
    return info.json_schema_extra.get(name) if isinstance(info.json_schema_extra, dict) else None


def _default(info: FieldInfo) -> Any:
    if info.is_required():
        return UNSET
    if info.default_factory is None:
        return form_of(info.default, info)
    with suppress(Exception):  # one that needs the other fields, or the world
        return form_of(info.get_default(call_default_factory=True), info)
    return UNSET


def _term(annotation: Any, discriminator: Any = None) -> ConfigType:
    """The term that an annotation means; whatever the schema language does not know, pydantic checks alone."""
    if annotation is Any:
        return ANYTHING
    if isinstance(annotation, type):
        if annotation in _PLAIN:
            return _PLAIN[annotation]
        if issubclass(annotation, BaseModel):
            return shape_of(annotation)
        if issubclass(annotation, PythonEnum):
            return Enum.from_python_enum(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        hints = [one for one in args[1:] if isinstance(one, FieldInfo)]
        return _term(args[0], next((one.discriminator for one in hints), discriminator))
    if origin is Literal:
        return Enum("Literal", [EnumValue(one) for one in args])
    if origin in {Union, UnionType}:
        return _union(args, discriminator)
    if isinstance(annotation, NewType):
        return _term(annotation.__supertype__, discriminator)
    if (alias := getattr(annotation, "__value__", None)) is not None:
        return _term(alias, discriminator)
    if isinstance(annotation, TypeVar):
        return _term(annotation.__bound__) if annotation.__bound__ else ANYTHING
    if origin in _LISTS or annotation in _LISTS:
        inner = [one for one in args if one is not ...]
        return Array(_term(inner[0]) if len(inner) == 1 else ANYTHING)
    if origin in {dict, Mapping}:
        key, value = args
        return Map(_key(key), _term(value))
    return Permissive() if annotation is Mapping else ANYTHING


def _key(annotation: Any) -> Scalar:
    return SCALARS.get(annotation, ANYTHING) if isinstance(annotation, type) else ANYTHING


def _union(members: tuple[Any, ...], discriminator: Any) -> ConfigType:
    some = [one for one in members if one is not NoneType]
    term: ConfigType
    if isinstance(discriminator, str):
        term = Kinds(discriminator, {
            str(kind): Field(shape_of(member, (discriminator,)))
            for member in some for kind in _kinds(member, discriminator)
        })  # fmt: skip
    elif len(some) == 1:
        term = _term(some[0])
    else:
        term = OneOf([_term(one) for one in some])
    return Noneable(term) if len(some) < len(members) else term


def _kinds(member: Any, discriminator: str) -> tuple[Any, ...]:
    """The values of the field by which one member of a union is chosen."""
    info = member.model_fields.get(discriminator) if is_model(member) else None
    if info is None:
        message = f"{member!r} is no config class with a field {discriminator!r}, which its union has as discriminator"
        raise DagsterInvalidPythonicConfigDefinitionError(message)
    return get_args(info.annotation)


def read_config(
    annotation: Any, given: Any, path: str = ROOT, about: str = "", without: Collection[str] = ()
) -> Any:
    """What a parameter gets, read from a run's config; not validated yet.

    Args:
        annotation: The parameter's: a `Config` class, or the type of the whole value.
        given: What the run's config holds for it; `UNSET` for nothing.
        path: Where it is, for messages.
        about: The first line of the message.
        without: Fields that no config sets.

    Returns:
        The arguments of the class, or the value; variables of the environment are still marks.

    Raises:
        DagsterInvalidConfigError: for a value of another type, a field that is unknown or missing.
    """
    reading = Reading(to_model=True)
    read = read_into(
        reading, Field(shape_of(annotation, without)) if without else field_of(annotation), given, path
    )
    reading.end(about or "Error in config")
    return read


def read_into(reading: Reading, field: Field, given: Any, path: str) -> Any:
    """The value of a field, problems noted; also where nothing was given."""
    if given is UNSET and not field.default_provided:
        where, _, name = path.rpartition(":")
        if field.is_required:
            reading.missing(where or ROOT, {name: field.config_type.example()})
        return None
    return field.read(given, path, reading)


def form_of(value: Any, info: FieldInfo | None = None) -> Any:
    """A value as a run's config writes it."""
    match value:
        case EnvVar() | IntEnvVar():
            return {"env": value.name}
        case PythonEnum():
            return value.name
        case BaseModel():
            make = getattr(value, "to_config_form", None)
            form = dict(value) if make is None else make()
            kind = info.discriminator if info is not None else None
            return {form.pop(kind): form} if isinstance(kind, str) else form
        case dict():
            return {key: form_of(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [form_of(one) for one in value]
        case _:
            return value

"""The terms that hold others, and what makes a term of whatever a user writes in `config_schema=`.

`type_of` makes a term, `schema_of` a `Field`: the two entries of this room, beside `process`. Nothing here
knows pydantic: config classes make the same terms of themselves (`resources/config.py`). Rules: `spec/api.md` §5.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_origin

from ..errors import (
    CheckError,
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidDefinitionError,
    ParameterCheckError,
    check_type,
)
from ..record import UNSET
from .env import is_mark
from .reading import ROOT, Reading, Reason, at
from .scalars import ANYTHING, SCALARS, ConfigType, Scalar


class Field:
    """One entry of a config: what it is, whether it must be there, and what it is if it is not.

    Args:
        config: What it is: a type, a dict, a list or a term.
        default_value: What it is when left out, as a config writes it.
        is_required: Whether it must be there; default: unless there is a default.
        description: What it is for.
        is_secret: Whether messages must never show it.

    Raises:
        DagsterInvalidConfigError: for a default that does not fit.
        CheckError: for a default of what is required.

    >>> Field(int, default_value=3).is_required
    False
    """

    __slots__ = (
        "_default",
        "_implied",
        "config_type",
        "description",
        "extra",
        "fills_itself",
        "is_required",
        "is_secret",
    )

    def __init__(
        self,
        config: Any,
        default_value: Any = UNSET,
        is_required: bool | None = None,
        description: str | None = None,
        is_secret: bool = False,
    ) -> None:
        self.config_type = type_of(config)
        self.description: str | None = check_type(description, str, "description")
        self.is_secret: bool = check_type(is_secret, bool, "is_secret", optional=False)
        check_type(is_required, bool, "is_required")
        self.fills_itself = False
        """Whether whoever gets the value puts the default in: a config class does."""
        self.extra: Mapping[str, Any] = {}
        """What a form may check besides the type, in the language of JSON schemas."""
        if default_value is not UNSET:
            if is_required:
                message = "A Field that is_required takes no default_value: it would never be used"
                raise CheckError(message)
            reading = Reading(to_model=True)
            reading.secret = is_secret
            _checked_default(self.config_type, default_value, reading)
            self._implied = False
        else:
            default_value = _implied(self.config_type) if is_required is None else UNSET
            self._implied = default_value is not UNSET
        self._default = default_value
        self.is_required = is_required if is_required is not None else default_value is UNSET

    @classmethod
    def of_model(
        cls, config: ConfigType, default: Any, *, required: bool, description: str | None, secret: bool
    ) -> Field:
        """A field of a config class: its default, in the form of a config, is not checked again."""
        field = cls(config, is_required=True, description=description, is_secret=secret)
        field.is_required = required
        field._default = default
        field.fills_itself = not required
        return field

    @property
    def default_provided(self) -> bool:
        """Whether there is a default."""
        return self._default is not UNSET

    @property
    def default_value(self) -> Any:
        """The default, as a config writes it.

        Raises:
            CheckError: if there is none.
        """
        if self._default is UNSET:
            message = "This Field has no default_value; ask default_provided first"
            raise CheckError(message)
        return self._default

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """The value for the function, `UNSET` for nothing given; problems are reported."""
        if given is UNSET:  # the fields of a shape have their own
            given = {} if self._implied and isinstance(self.config_type, Shape) else self._default
        before = reading.secret
        reading.secret = before or self.is_secret
        try:
            return self.config_type.read(given, path, reading)
        finally:
            reading.secret = before

    def __repr__(self) -> str:
        default = f", default_value={self._default!r}" if self.default_provided and not self.is_secret else ""
        return f"Field({self.config_type.printed()}{default}, is_required={self.is_required})"


class Noneable(ConfigType):
    """A value or `None`; a field of it may be left out.

    Args:
        inner_type: What it is otherwise.
    """

    __slots__ = ("inner_type",)

    def __init__(self, inner_type: Any) -> None:
        super().__init__()
        self.inner_type = type_of(inner_type)

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """`None`, or the value as the inner term reads it."""
        return None if given is None else self.inner_type.read(given, path, reading)

    def printed(self) -> str:
        """The inner term with a question mark."""
        return f"{self.inner_type.printed()}?"

    def example(self) -> Any:
        """One of the inner term."""
        return self.inner_type.example()


class Array(ConfigType):
    """A list of values of one kind.

    Args:
        inner_type: What each of them is.
    """

    __slots__ = ("inner_type",)

    def __init__(self, inner_type: Any) -> None:
        super().__init__()
        self.inner_type = type_of(inner_type)

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """A list of the values."""
        if given is None:
            reading.none(path, self.printed())
        elif type(given) is not list and not isinstance(given, list):
            reading.form(path, "list", self.printed())
        else:
            inner = self.inner_type
            return [inner.read(one, f"{path}[{place}]", reading) for place, one in enumerate(given)]
        return given

    def printed(self) -> str:
        """The inner term in brackets."""
        return f"[{self.inner_type.printed()}]"

    def example(self) -> Any:
        """One value in a list."""
        return [self.inner_type.example()]


class Map(ConfigType):
    """A mapping whose keys are free.

    Args:
        key_type: What each key is: a scalar.
        inner_type: What each value is.
        key_label_name: What a key stands for, for whoever reads the schema.

    Raises:
        ParameterCheckError: for keys that are no scalars.
    """

    __slots__ = ("inner_type", "key_label_name", "key_type")

    def __init__(self, key_type: Any, inner_type: Any, key_label_name: str | None = None) -> None:
        super().__init__()
        scalar = _scalar_of(key_type)
        if scalar is None:
            message = f"The key_type of a Map must be a scalar (str, int, float or bool), not {key_type!r}"
            raise ParameterCheckError(message)
        self.key_type = scalar
        self.inner_type = type_of(inner_type)
        self.key_label_name: str | None = check_type(key_label_name, str, "key_label_name")

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """A mapping of the values."""
        if given is None:
            reading.none(path, self.printed())
        elif not isinstance(given, Mapping):
            reading.form(path, "dict", self.printed())
        else:
            key_type, inner = self.key_type, self.inner_type
            return {
                key_type.read(key, f"{path}:{key!r}:key", reading): inner.read(one, f"{path}:{key!r}:value", reading)
                for key, one in given.items()
            }  # fmt: skip
        return given

    def printed(self) -> str:
        """Key and value."""
        label = f"{self.key_label_name}: " if self.key_label_name else ""
        return f"{{ [{label}{self.key_type.printed()}]: {self.inner_type.printed()} }}"

    def example(self) -> Any:
        """One key and its value."""
        return {self.key_type.example(): self.inner_type.example()}


class ScalarUnion(ConfigType):
    """A scalar, or a value of another form.

    Args:
        scalar_type: The scalar.
        non_scalar_schema: The other form, which must be a mapping or a list.
    """

    __slots__ = ("non_scalar_type", "scalar_type")

    def __init__(self, scalar_type: Any, non_scalar_schema: Any) -> None:
        super().__init__()
        self.scalar_type = type_of(scalar_type)
        self.non_scalar_type = type_of(non_scalar_schema)

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """The value as the one term or the other reads it, by its form."""
        inner = self.non_scalar_type if isinstance(given, (Mapping, list)) else self.scalar_type
        return inner.read(given, path, reading)

    def printed(self) -> str:
        """Both terms."""
        return f"({self.scalar_type.printed()} | {self.non_scalar_type.printed()})"

    def example(self) -> Any:
        """One of the scalar."""
        return self.scalar_type.example()


class Shape(ConfigType):
    """A mapping of these fields and no others.

    Args:
        fields: What each entry is, by name.
        description: What the whole is for.
        field_aliases: Other names of fields, by field; kept for whoever reads the schema.
    """

    __slots__ = ("field_aliases", "fields")

    def __init__(
        self,
        fields: Mapping[str, Any],
        description: str | None = None,
        field_aliases: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(description)
        check_type(fields, Mapping, "fields", optional=False)
        self.fields: dict[str, Field] = {name: schema_of(one) for name, one in fields.items()}
        self.field_aliases = dict(field_aliases or {})

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """A mapping with all fields that were given, or have a default."""
        if given is None:
            reading.none(path, self.printed())
            return given
        if not isinstance(given, Mapping):
            reading.form(path, "dict", self.printed())
            return given
        found: dict[Any, Any] = {}
        fields = self.fields
        others = [name for name in given if name not in fields]
        if others:
            found = self._others(others, given, path, reading)
        missing = [name for name, field in fields.items() if field.is_required and name not in given]
        if missing:
            reading.missing(path, {name: fields[name].config_type.example() for name in missing})
        for name, field in fields.items():
            if name in given:
                found[name] = field.read(given[name], f"{path}:{name}", reading)
            elif field.default_provided and (not (reading.to_model and field.fills_itself)):
                found[name] = field.read(UNSET, f"{path}:{name}", reading)
        return found

    def with_fields(self, fields: Mapping[str, Field]) -> Shape:
        """One of the same kind with these fields."""
        other = Permissive() if isinstance(self, Permissive) else Shape({})
        other.description = self.description
        other.fields.update(fields)
        return other

    def _others(
        self, names: Sequence[Any], given: Mapping[Any, Any], path: str, reading: Reading
    ) -> dict[Any, Any]:
        """What becomes of entries that are no fields."""
        del given
        reading.unknown(path, names, self.fields, self.printed())
        return {}

    def printed(self) -> str:
        """The fields; those that may be left out have a question mark."""
        return printed_fields(self.fields)

    def example(self) -> Any:
        """The fields that must be there."""
        return {name: one.config_type.example() for name, one in self.fields.items() if one.is_required}


class Permissive(Shape):
    """A mapping of these fields, if any, and whatever else is given.

    Args:
        fields: What some entries are, by name.
        description: What the whole is for.
    """

    __slots__ = ()

    def __init__(self, fields: Mapping[str, Any] | None = None, description: str | None = None) -> None:
        super().__init__(fields or {}, description)

    def _others(
        self, names: Sequence[Any], given: Mapping[Any, Any], path: str, reading: Reading
    ) -> dict[Any, Any]:
        del path, reading
        return {name: given[name] for name in names}


class Selector(ConfigType):
    """A mapping of exactly one of these entries.

    Args:
        fields: What each choice is, by name.
        description: What the choice is about.
    """

    __slots__ = ("fields",)

    def __init__(self, fields: Mapping[str, Any], description: str | None = None) -> None:
        super().__init__(description)
        check_type(fields, Mapping, "fields", optional=False)
        self.fields: dict[str, Field] = {name: schema_of(one) for name, one in fields.items()}

    def read(self, given: Any, path: str, reading: Reading) -> Any:
        """The choice and its value."""
        if given is None:
            reading.none(path, self.printed())
        elif not isinstance(given, Mapping):
            reading.form(path, "dict", self.printed())
        elif len(given) > 1:
            message = f"Only one entry may be given {at(path)}, not {len(given)}. Choose one of: {', '.join(self.fields)}"
            reading.report(Reason.CHOICE, path, message)
        elif given:
            ((name, inner),) = given.items()
            if name in self.fields:
                return self.chosen(name, inner, f"{path}:{name}", reading)
            reading.unknown(path, [name], self.fields, self.printed())
        elif _implied(self) is not UNSET:
            (name,) = self.fields
            return self.chosen(name, UNSET, f"{path}:{name}", reading)
        else:
            message = f"One entry must be given {at(path)}. Choose one of: {', '.join(self.fields)}"
            reading.report(Reason.CHOICE, path, message)
        return given

    def chosen(self, name: str, given: Any, path: str, reading: Reading) -> Any:
        """What the function gets of a choice."""
        return {name: self.fields[name].read(given, path, reading)}

    def printed(self) -> str:
        """The choices."""
        return printed_fields(self.fields)

    def example(self) -> Any:
        """The first choice."""
        name = next(iter(self.fields), None)
        return {} if name is None else {name: self.fields[name].config_type.example()}


def printed_fields(fields: Mapping[str, Field]) -> str:
    """Fields as a message shows them."""
    inner = " ".join(
        f"{name}{'' if one.is_required else '?'}: {one.config_type.printed()}" for name, one in fields.items()
    )
    return f"{{ {inner} }}" if inner else "{ }"


def schema_of(value: Any) -> Field:
    """The field that a user's `config_schema=` means.

    Args:
        value: A type, a dict, a list of one, a term, a `Field`, or what has `to_config_schema`.

    Raises:
        DagsterInvalidConfigDefinitionError: if it means nothing.
        DagsterInvalidDefinitionError: for a type that has no place in a config.
    """
    return value if isinstance(value, Field) else Field(_term(value, value, ()))


def type_of(value: Any) -> ConfigType:
    """The term that a type, a dict, a list or a term means.

    Raises:
        DagsterInvalidConfigDefinitionError: if it means nothing.
        DagsterInvalidDefinitionError: for a type that has no place in a config.
    """
    return _term(value, value, ())


def _term(value: Any, original: Any, stack: tuple[str, ...]) -> ConfigType:
    if isinstance(value, ConfigType):
        return value
    if (scalar := _scalar_of(value)) is not None:
        return scalar
    if value is dict:
        return Permissive()
    if value is list:
        return Array(ANYTHING)
    if isinstance(value, Mapping):
        return _of_mapping(value, original, stack)
    if isinstance(value, list):
        if len(value) != 1:
            raise _bad(original, value, stack, "List must be of length 1.")
        return Array(_term(value[0], original, stack))
    if callable(make := getattr(value, "to_config_schema", None)):
        return schema_of(make()).config_type
    if isinstance(value, Field):
        return value.config_type
    if _is_type(value):
        message = (
            f"Cannot use {_name(value)} in the context of a config field. {_where(original, stack)}Use str, int, float, bool, dict, list, "
            "a dict of fields, [inner], or a term such as Array, Map, Noneable or Enum"
        )
        raise DagsterInvalidDefinitionError(message)
    raise _bad(
        original, value, stack, "Fields cannot be None." if value is None else "It is no type and no term."
    )


def _of_mapping(value: Mapping[Any, Any], original: Any, stack: tuple[str, ...]) -> ConfigType:
    if len(value) == 1:
        ((key, inner),) = value.items()
        if not isinstance(key, str):
            if (scalar := _scalar_of(key)) is None:
                message = f"Non-scalar key {key!r} in a schema: {_where(original, stack)}keys are texts, or one type such as str"
                raise DagsterInvalidDefinitionError(message)
            return Map(scalar, _term(inner, original, stack))
    fields: dict[str, Field] = {}
    for name, one in value.items():
        if not isinstance(name, str):
            message = f"Invalid key {name!r} in a schema: {_where(original, stack)}keys are texts, or one type such as str"
            raise DagsterInvalidDefinitionError(message)
        fields[name] = one if isinstance(one, Field) else Field(_term(one, original, (*stack, name)))
    return Shape(fields)


def _scalar_of(value: Any) -> Scalar | None:
    if isinstance(value, Scalar):
        return value
    return SCALARS.get(value) if isinstance(value, type) or value is Any else None


def _is_type(value: Any) -> bool:
    """Whether it is a type, of whatever system, that means nothing here."""
    return isinstance(value, type) or get_origin(value) is not None or type(value).__module__ != "builtins"


def _name(value: Any) -> str:
    """What a type is called: `Set` for `typing.Set[int]`."""
    name = (
        value.__name__
        if isinstance(value, type) and get_origin(value) is None
        else getattr(value, "_name", None)
    )
    return str(name or value)


def _bad(
    original: Any, current: Any, stack: tuple[str, ...], reason: str
) -> DagsterInvalidConfigDefinitionError:
    message = f"Error defining config. {_where(original, stack)}{current!r:.200} cannot be resolved. Reason: {reason}"
    return DagsterInvalidConfigDefinitionError(message)


def _where(original: Any, stack: tuple[str, ...]) -> str:
    place = f"Error at stack path :{':'.join(stack)}. " if stack else ""
    return f"Original value passed: {original!r:.400}. {place}"


def _implied(term: ConfigType) -> Any:
    """The default that a term has of itself."""
    match term:
        case Shape():
            if any(field.is_required for field in term.fields.values()):
                return UNSET
            return {
                name: field.default_value for name, field in term.fields.items() if field.default_provided
            }
        case Selector() if len(term.fields) == 1:
            ((name, field),) = term.fields.items()
            return {name: field.default_value} if field.default_provided else UNSET
        case Noneable():
            return None
        case _:
            return UNSET


def _checked_default(term: ConfigType, default: Any, reading: Reading) -> None:
    if is_mark(default):
        return
    term.read(default, ROOT, reading)
    reading.problems = [one for one in reading.problems if one.reason is not Reason.ENVIRONMENT]
    reading.end("The default_value of a Field does not fit")

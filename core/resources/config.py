"""`Config`: what a function is configured with, as a frozen pydantic model.

Made in Python it follows pydantic; given to a run it is read strictly, before any step begins.
Importing this module imports pydantic: nothing else may import it but at the point of use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, NoReturn, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, PrivateAttr, ValidatorFunctionWrapHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_wrap_validator_function

from ..errors import DagsterInvalidConfigError, DagsterInvalidInvocationError, nearest
from .env import EnvVar, IntEnvVar, lookup

_SCALARS = (str, int, float, bool)


def _fields_of(schema: Any) -> dict[str, Any]:
    """The fields in the schema of a model, whatever validators are around them."""
    while "fields" not in schema:
        if not isinstance(schema.get("schema"), dict):
            return {}
        schema = schema["schema"]
    fields: dict[str, Any] = schema["fields"]
    return fields


class _Frozen(BaseModel):
    """What configs and resources share: frozen fields, that may hold an `EnvVar` until a run."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    _from_environment: dict[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the fields, each of which may also hold a mark."""
        schema = handler(source)
        for name, field in _fields_of(handler.resolve_ref_schema(schema)).items():
            inner = field["schema"] if field["schema"]["type"] == "default" else field
            if inner["schema"]["type"] != "literal":  # by a literal the members of a union are told apart
                inner["schema"] = no_info_wrap_validator_function(cls._leaving_marks(name), inner["schema"])
        return schema

    @classmethod
    def _leaving_marks(cls, name: str) -> Callable[[Any, ValidatorFunctionWrapHandler], Any]:
        def validate(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, (EnvVar, IntEnvVar)) or cls._is_left(name):
                return value
            valid = handler(value)
            # A mark within a container would pass for the text or number that it stands for.
            return value if (marks := _marks(value)) and _marks(valid) < marks else valid

        return validate

    @classmethod
    def _is_left(cls, _field: str) -> bool:
        """Whether a field takes any object."""
        return False

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """The fields for a representation; what the environment gave is shown by the variable's name."""
        hidden = self._from_environment
        for name, value in super().__repr_args__():
            yield name, hidden.get(name, value) if name is not None else value

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            message = f"{type(self).__name__} is frozen: cannot set {name!r}. Keep what changes in an attribute with a leading underscore"
            raise DagsterInvalidInvocationError(message)
        super().__setattr__(name, value)

    def to_config_form(self) -> dict[str, Any]:
        """The fields as a run's config writes them; those that are `None` are left out."""
        values = {name: getattr(self, name) for name in type(self).model_fields} | (self.model_extra or {})
        fields = type(self).model_fields
        return {name: _form(value, fields.get(name)) for name, value in values.items() if value is not None}


class Config(_Frozen):
    """What a function is configured with: subclass it, with a field for each setting.

    >>> class Size(Config):
    ...     rows: int = 10
    >>> Size(rows=3).rows
    3
    """

    is_config_class: ClassVar[bool] = True


class PermissiveConfig(Config):
    """A config that keeps fields it does not know."""

    model_config = ConfigDict(extra="allow")


def read_config(annotation: Any, given: Any, where: str) -> Any:
    """What a parameter gets, read from a run's config; not validated yet.

    Args:
        annotation: The parameter's: a `Config` class, or the type of the whole value.
        given: What the run's config holds for it; `None` for nothing.
        where: The step or resource, for messages.

    Returns:
        What `make_config` takes.

    Raises:
        DagsterInvalidConfigError: for a value of another type, a field that is unknown or missing.
    """
    if given is None and is_model(annotation):
        given = {}
    return _read(annotation, given, where, None)


def make_config(annotation: Any, read: Any, where: str = "config") -> Any:
    """The parameter's value: validators run here, so their errors are those of the step.

    Args:
        annotation: The parameter's.
        read: What `read_config` gave.
        where: The step, for messages.
    """
    return resolved(annotation(**read) if is_model(annotation) else read, where)


def is_model(annotation: Any) -> bool:
    """Whether an annotation is a class of this family."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def resolved(value: Any, where: str) -> Any:
    """The value, with every mark in it replaced by what its variable holds.

    Raises:
        DagsterInvalidConfigError: if a variable is not set.
    """
    if isinstance(value, (EnvVar, IntEnvVar)):
        return lookup(value, where)
    if isinstance(value, Config):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        changed = {
            name: new for name, old in fields.items() if (new := resolved(old, f"{where}:{name}")) is not old
        }
        return revalidated(value, changed, where) if changed else value
    if isinstance(value, dict):
        return {key: resolved(one, f"{where}:{key}") for key, one in value.items()} if value else value
    if isinstance(value, (list, tuple)) and value and type(value) in {list, tuple}:
        return type(value)(resolved(one, where) for one in value)
    return value


def revalidated(model: Any, changed: Mapping[str, Any], where: str) -> Any:
    """A copy of a model with other values for some fields, each of the field's type.

    Raises:
        DagsterInvalidConfigError: if one is not; the message does not show it, it may be a secret.
    """
    from pydantic import ValidationError

    fields = {name: getattr(model, name) for name in type(model).model_fields} | (model.model_extra or {})
    try:
        made = type(model)(**{**fields, **changed})
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_input=False, include_context=False)
        )
        message = f"The config of {where} does not fit {type(model).__name__}: {told}"
        raise DagsterInvalidConfigError(message) from None
    hidden = {name: old for name in changed if _marks(old := fields[name])}
    made._from_environment = {**model._from_environment, **hidden}  # noqa: SLF001  one of this class
    return made


def _marks(value: Any) -> int:
    """How many marks there are in a value, a config or plain containers."""
    match value:
        case EnvVar() | IntEnvVar():
            return 1
        case _Frozen():
            return sum(_marks(getattr(value, name)) for name in type(value).model_fields)
        case dict():
            return sum(map(_marks, value.values()))
        case list() | tuple():
            return sum(map(_marks, value))
        case _:
            return 0


def _read(annotation: Any, given: Any, path: str, field: FieldInfo | None) -> Any:
    """A value of a run's config as the type asks for it, strictly; containers of bounded depth: types are finite."""
    if isinstance(given, (EnvVar, IntEnvVar)):
        _checked(annotation, lookup(given, path), path)
        return given
    if isinstance(given, Mapping) and set(given) == {"env"} and _is_scalar(annotation):
        name = str(given["env"])
        mark: EnvVar | IntEnvVar = IntEnvVar(name) if _is_scalar(annotation, int) else EnvVar(name)
        _checked(annotation, lookup(mark, path), path)
        return mark  # looked up again when it is used: until then it stays a name
    if is_model(annotation):
        return _read_model(annotation, given, path)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _read(
            args[0], given, path, next((one for one in args[1:] if isinstance(one, FieldInfo)), field)
        )
    if origin in {Union, UnionType}:
        return _read_union(args, given, path, field)
    if origin in {list, tuple, set, frozenset} or annotation is list:
        if not isinstance(given, (list, tuple)):
            _wrong(path, "a list", given)
        inner = args[0] if args else Any
        return [_read(inner, one, f"{path}[{place}]", None) for place, one in enumerate(given)]
    if origin in {dict, Mapping} or annotation is dict:
        if not isinstance(given, Mapping):
            _wrong(path, "a mapping", given)
        inner = args[1] if args else Any
        return {key: _read(inner, one, f"{path}:{key}", None) for key, one in given.items()}
    return _checked(annotation, given, path)


def _read_model(model: type[BaseModel], given: Any, path: str) -> dict[str, Any]:
    if isinstance(given, model) and isinstance(given, _Frozen):
        given = given.to_config_form()
    if not isinstance(given, Mapping):
        _wrong(path, "a mapping of fields", given)
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    keeps = model.model_config.get("extra") == "allow"
    if unknown := [name for name in given if name not in fields and not keeps]:
        hint = nearest(str(unknown[0]), fields) or f"; known: {', '.join(fields) or 'none'}"
        message = f"The config of {path} has no field {unknown[0]!r}{hint}"
        raise DagsterInvalidConfigError(message, config_value=None)
    read = {name: value for name, value in given.items() if name not in fields}
    for name, field in fields.items():
        if name in given:
            read[name] = _read(field.annotation, given[name], f"{path}:{name}", field)
        elif field.is_required() and is_model(field.annotation) and _all_optional(field.annotation):
            read[name] = {}
        elif field.is_required():
            message = f"The config of {path} lacks the field {name!r}, which has no default"
            raise DagsterInvalidConfigError(message)
    return read


def _read_union(members: tuple[Any, ...], given: Any, path: str, field: FieldInfo | None) -> Any:
    if given is None and NoneType in members:
        return None
    if field is not None and isinstance(field.discriminator, str):
        if not isinstance(given, Mapping) or len(given) != 1:
            _wrong(path, "a mapping of one key, the kind", given)
        ((kind, inner),) = given.items()
        by_kind = {one: member for member in members for one in _kinds(member, field.discriminator)}
        if kind not in by_kind:
            hint = nearest(str(kind), by_kind) or f"; known: {', '.join(map(str, by_kind))}"
            message = f"The config of {path} has no kind {kind!r}{hint}"
            raise DagsterInvalidConfigError(message)
        without = {field.discriminator: kind, **(inner or {})} if isinstance(inner or {}, Mapping) else inner
        return _read(by_kind[kind], without, f"{path}:{kind}", None)
    problem: DagsterInvalidConfigError | None = None
    for member in members:
        if member is not NoneType:
            try:
                return _read(member, given, path, None)
            except DagsterInvalidConfigError as error:
                problem = problem or error
    assert problem is not None
    raise problem


def _kinds(model: Any, discriminator: str) -> tuple[Any, ...]:
    """The values by which one member of a union is chosen."""
    field = model.model_fields.get(discriminator) if is_model(model) else None
    return get_args(field.annotation) if field is not None else ()


def _checked(annotation: Any, given: Any, path: str) -> Any:
    """A value that is no container."""
    if annotation in _SCALARS:
        fits = type(given) is annotation or (annotation is float and type(given) is int)
        if not fits:
            _wrong(path, annotation.__name__, given)
        return given
    if get_origin(annotation) is Literal:
        if given not in get_args(annotation):
            _wrong(path, f"one of {', '.join(map(repr, get_args(annotation)))}", given)
        return given
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        if isinstance(given, annotation):
            return given
        if not isinstance(given, str) or given not in annotation.__members__:
            _wrong(path, f"one of {', '.join(annotation.__members__)}", given)
        return annotation[given]
    if annotation is NoneType and given is not None:
        _wrong(path, "None", given)
    return given


def _wrong(path: str, wanted: str, given: Any) -> NoReturn:
    """Raise; the value itself is not shown, it may be a secret."""
    message = f"The config of {path} must be {wanted}, not {type(given).__name__}"
    raise DagsterInvalidConfigError(message)


def _is_scalar(annotation: Any, kind: type | None = None) -> bool:
    members = [one for one in get_args(annotation) if one is not NoneType] or [annotation]
    return all(one in ((kind,) if kind else _SCALARS) for one in members)


def _all_optional(model: Any) -> bool:
    return not any(field.is_required() for field in model.model_fields.values())


def _form(value: Any, field: FieldInfo | None = None) -> Any:
    """A value as a run's config writes it."""
    match value:
        case EnvVar() | IntEnvVar():
            return {"env": value.name}
        case Enum():
            return value.name
        case _Frozen():
            form = value.to_config_form()
            kind = field.discriminator if field is not None else None
            if isinstance(kind, str):
                return {form.pop(kind): form}
            return form
        case dict():
            return {key: _form(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_form(one) for one in value]
        case _:
            return value

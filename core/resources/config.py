"""`Config`: what a function is configured with, as a frozen pydantic model.

Made in Python it follows pydantic; given to a run it is read strictly, before any step begins.
Importing this module imports pydantic: nothing else may import it but at the point of use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, PrivateAttr, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_wrap_validator_function

from ..errors import DagsterInvalidConfigError, DagsterInvalidInvocationError
from ..schema.env import EnvVar, IntEnvVar, lookup
from ..schema.terms import Field
from .model import form_of, is_model, shape_of, written


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
            valid = handler(cls._member(name, value))
            # A mark within a container would pass for the text or number that it stands for.
            return value if (marks := _marks(value)) and _marks(valid) < marks else valid

        return validate

    @classmethod
    def _member(cls, name: str, value: Any) -> Any:
        """The member of an enum whose name was given, as a run's config writes it."""
        kind = cls.model_fields[name].annotation if type(value) is str else None
        if not isinstance(kind, type) or not issubclass(kind, Enum) or value not in kind.__members__:
            return value
        return value if any(value == one.value for one in kind) else kind[value]

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
        found: dict[str, Any] = {}
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            if value is not None and not self._is_left(name):
                found[written(name, info)] = form_of(value, info)
        others = (self.model_extra or {}).items()
        return {**found, **{name: form_of(value) for name, value in others if value is not None}}


class Config(_Frozen):
    """What a function is configured with: subclass it, with a field for each setting.

    >>> class Size(Config):
    ...     rows: int = 10
    >>> Size(rows=3).rows
    3
    """

    is_config_class: ClassVar[bool] = True

    @classmethod
    def to_fields_dict(cls) -> dict[str, Field]:
        """The fields in the terms of the schema language."""
        return dict(shape_of(cls).fields)

    @classmethod
    def to_config_schema(cls) -> Field:
        """The whole in the terms of the schema language."""
        return Field(shape_of(cls))


class PermissiveConfig(Config):
    """A config that keeps fields it does not know."""

    model_config = ConfigDict(extra="allow")


def make_config(annotation: Any, read: Any, where: str = "config") -> Any:
    """The parameter's value: validators run here, so their errors are those of the step.

    Args:
        annotation: The parameter's.
        read: What `read_config` gave.
        where: The step, for messages.
    """
    return resolved(annotation(**read) if is_model(annotation) else read, where)


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
    infos = type(model).model_fields
    try:
        made = type(model)(**{
            written(name, infos[name]) if name in infos else name: value
            for name, value in {**fields, **changed}.items()
        })  # fmt: skip
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_input=False, include_context=False)
        )
        message = f"The config of {where} does not fit {type(model).__name__}: {told}"
        raise DagsterInvalidConfigError(message) from None
    hidden = {name: old for name in changed if _marks(old := fields.get(name))}
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

"""The base of small frozen values that are defined by the dozen and made by the thousand.

A frozen dataclass says the same, but each one costs `import assets` about half a
millisecond: there are some fifty of these. Knows nothing of what the values mean. Beside it `UNSET`, the value
of what was not given.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self, TypeVar

_Made = TypeVar("_Made", bound="Record")

put = object.__setattr__
"""How an `__init__` of a record sets its fields."""


class Unset:
    """The class of `UNSET`: an argument that was not given, where `None` means something."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<unset>"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


class Record:
    """A value with named fields that never change, compared field by field.

    A subclass lists its fields in `__slots__` and sets each of them in `__init__` with `put`;
    they are shown in the order of its annotations.
    """

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = cls.__dict__.get("__slots__", ())
        told = [name for name in cls.__dict__.get("__annotations__", ()) if name in own]  # noqa: RUF063  inspect is not loaded for it
        cls._fields = (*cls._fields, *told, *(name for name in own if name not in told))

    def __setattr__(self, name: str, value: object) -> None:
        message = f"{type(self).__name__} is immutable: cannot set {name!r}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> None:
        message = f"{type(self).__name__} is immutable: cannot delete {name!r}"
        raise AttributeError(message)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._fields)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in self._fields)))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name.lstrip('_')}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({fields})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        """How a model of pydantic holds one: as it is. Only pydantic asks, and then it is there."""
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(cls)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (type(self), {name: getattr(self, name) for name in self._fields}))

    def _replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, and nothing checked."""
        return _restore(type(self), {name: getattr(self, name) for name in self._fields} | changes)


def _restore(cls: type[_Made], fields: dict[str, Any]) -> _Made:
    new = object.__new__(cls)
    for name, value in fields.items():
        put(new, name, value)
    return new

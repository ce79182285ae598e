"""What a class is made of: its attributes and methods, and what machinery keeps in it.

Data classes, enums, pydantic models and abstract classes leave things in a class that
follow from the rest, or that change as the class is used; here is known which of them say something.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any

from .origin import is_users, module_of, origin_of
from .states import attributes_of, cached_names

_type_mro = type.__dict__["__mro__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_CLASS_NOISE = {
    "__module__",
    "__qualname__",
    "__doc__",
    "__dict__",
    "__weakref__",
    "__firstlineno__",
    "__static_attributes__",
    "__annotations__",
    "__annotations_cache__",
    "__annotate__",
    "__annotate_func__",
    "__abstractmethods__",
    "_abc_impl",
    "__dataclass_fields__",
    "__dataclass_params__",
    "__signature__",
    "__slotnames__",  # copying and pickling leave it there
    "__hash__",
}


def members_of(kind: type, names: Any) -> Iterator[tuple[str, Any]]:
    """Data in the order of its definition, then functions by name; what machinery adds is left out."""
    code: list[tuple[str, Any]] = []
    enumerated = _dict_in(names, "_member_map_")
    fields = _dict_in(names, "__dataclass_fields__") if "__dataclass_params__" in names else None
    pydantic = "__pydantic_core_schema__" in names
    if (
        type(kind) is not type
        or _type_mro(kind)[1:] != (object,)
        or fields is not None
        or "__attrs_attrs__" in names
    ):
        notes = _dict_in(names, "__annotations__")
        if notes:
            yield (
                "__annotations__",
                {k: v if not issubclass(type(v), type) else (v,) for k, v in notes.items()},
            )
    if fields is not None:
        yield "fields", [_field(field) for field in fields.values()]
        params = names["__dataclass_params__"]
        yield "params", [getattr(params, n) for n in ("init", "repr", "eq", "order", "unsafe_hash", "frozen")]
    if enumerated is not None:
        yield "members", [(name, *_member_state(member)) for name, member in enumerated.items()]
    if "_abc_impl" in names and (registered := _registered(kind)):
        yield "registered", registered
    if pydantic:
        yield from _pydantic(names)
    for name, value in names.items():
        if name in _CLASS_NOISE or (
            pydantic
            and (
                name.startswith("__pydantic_")
                or name in ("__class_vars__", "__private_attributes__", "model_fields")
            )
        ):
            continue
        if type(value) in (GetSetDescriptorType, MemberDescriptorType) or (
            name == "__init__" and _is_inherited(kind, value)
        ):
            continue
        if enumerated is not None and (name in enumerated or _is_machinery(name, value)):
            continue
        if type(value) is FunctionType:
            if fields is None or (value.__code__.co_filename != "<string>" and is_users(value)):
                code.append((name, value))
        elif type(value) in (staticmethod, classmethod, property):
            code.append((name, value))
        else:
            yield name, value
    if names.get("__hash__", 0) is None and "__eq__" not in names:
        yield "__hash__", None
    elif type(own := names.get("__hash__")) is FunctionType and (
        fields is None or own.__code__.co_filename != "<string>"
    ):
        code.append(("__hash__", own))
    yield from sorted(code, key=lambda item: item[0])


def _is_inherited(kind: type, init: Any) -> bool:
    """Whether a class holds what it inherits anyway: a protocol's first instance puts it there, or what refuses it."""
    return getattr(init, "__module__", None) == "typing" or any(
        _type_dict(base).get("__init__") is init for base in _type_mro(kind)[1:]
    )


def _dict_in(names: Any, name: str) -> dict[Any, Any] | None:
    """What machinery keeps in a class under a name; `None` if something else bears that name."""
    found = names.get(name)
    return found if type(found) is dict else None


def _member_state(member: Any) -> tuple[Any, ...]:
    """The value of an enum's member, and what else was set on it."""
    own = attributes_of(member)
    cached = cached_names(type(member))
    more = [(name, own[name]) for name in own if name[:1] != "_" and name not in cached]
    return (own.get("_value_"), more) if more else (own.get("_value_"),)


def _registered(kind: type) -> list[type]:
    """The classes that an abstract class was told to take for its own."""
    from _abc import _get_dump  # type: ignore[import-not-found] # where abc keeps them

    found = [one for one in (ref() for ref in _get_dump(kind)[0]) if one is not None]
    return sorted(found, key=lambda one: f"{module_of(one)}.{_type_dict(type)['__qualname__'].__get__(one)}")


def _field(field: Any) -> tuple[Any, ...]:
    told = [
        getattr(field, n)
        for n in ("name", "default", "default_factory", "init", "repr", "hash", "compare", "kw_only")
    ]
    return (*told, getattr(field, "_field_type").name, dict(field.metadata))  # noqa: B009 - private: whether it is a ClassVar


def _is_machinery(name: str, value: Any) -> bool:
    """Whether the enum machinery put a name into the class."""
    if not name.startswith("_"):
        return False
    function = value.__func__ if type(value) in (staticmethod, classmethod) else value
    return type(function) is not FunctionType or origin_of(function.__globals__.get("__name__")) != "local"


def _pydantic(names: Any) -> Iterator[tuple[str, Any]]:
    for name, field in (_dict_in(names, "__pydantic_fields__") or {}).items():
        told = [
            getattr(field, n, None)
            for n in ("default", "default_factory", "metadata", "alias", "frozen", "init")
        ]
        yield f"field {name}", told
    for name, private in (_dict_in(names, "__private_attributes__") or {}).items():
        # One that was used remembers more about its factory.
        yield f"private {name}", [getattr(private, n, None) for n in ("default", "default_factory")]
    decorators = names.get("__pydantic_decorators__")
    for kind, found in attributes_of(decorators).items() if decorators is not None else ():
        if type(found) is dict and found:
            yield f"decorators {kind}", {name: getattr(made, "info", None) for name, made in found.items()}

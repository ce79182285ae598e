"""What the standard library's types say of themselves.

Each function gives simpler values that tell its argument from every other one. Methods are
called through the base class, so that a subclass cannot answer instead.
"""

from __future__ import annotations

import array
import collections
import functools
import re
import sys
from types import (
    BuiltinFunctionType,
    CodeType,
    MappingProxyType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from .registry import register
from .states import Attributes, Unspeakable, attributes_of


def _mapping(value: Any) -> Attributes:
    items = list(dict.items(value))
    return Attributes(([k for k, _ in items], [v for _, v in items]))


def _ordered(value: Any) -> Attributes:
    items = list(collections.OrderedDict.items(value))
    return Attributes(([k for k, _ in items], [v for _, v in items]))


def _defaults(value: Any) -> Attributes:
    return Attributes((*_mapping(value), value.default_factory))


def _proxy(value: Any) -> Attributes:
    return Attributes(({**value},))


def _view(value: memoryview) -> Attributes:
    return Attributes((value.format, value.shape, value.tobytes()))


def _pattern(value: Any) -> Attributes:
    return Attributes((value.pattern, value.flags))


def _partial(value: Any) -> Attributes:
    base = functools.partial
    state: Any = base.__reduce__(value)
    function, arguments, keywords, attributes = state[2]
    return Attributes((function, arguments, keywords, attributes or None))


def _cached(value: Any) -> Attributes:
    # A cached function is the function: what it has cached, and how much it may, changes no result.
    return Attributes((value.__wrapped__,))


def _method(value: MethodType) -> Attributes:
    return Attributes((value.__func__, value.__self__))


def _builtin(value: Any) -> Attributes:
    owner = value.__self__
    if owner is None or isinstance(owner, ModuleType):
        return Attributes(("function", value.__module__, value.__qualname__))
    return Attributes(("method", owner, value.__name__))


def _slot(value: Any) -> Attributes:
    return Attributes((value.__objclass__, value.__name__))


def _bound_slot(value: Any) -> Attributes:
    return Attributes((value.__self__, value.__name__))


def _property(value: Any) -> Attributes:
    return Attributes((value.fget, value.fset, value.fdel))


def _wrapped(value: Any) -> Attributes:
    return Attributes((value.__func__,))


def _cached_property(value: Any) -> Attributes:
    return Attributes((attributes_of(value).get("func"),))


def _code(value: CodeType) -> Attributes:
    from .bytecode import analyse  # a code object as a value: rare

    return Attributes((analyse(value).digest,))


def _enum(value: Any) -> Attributes:
    own = attributes_of(value)
    return Attributes((own.get("_name_"), own.get("_value_")))


def _memory_file(value: Any) -> Attributes:
    return Attributes((value.getvalue(), value.tell()))


def _items(value: Any) -> Attributes:
    return Attributes(([*value],))


def _zone(value: Any) -> Attributes:
    if value.key is None:
        message = "a time zone without a name"
        raise Unspeakable(message)
    return Attributes((value.key,))


_MUTABLE: tuple[tuple[Any, Any], ...] = (
    (list, lambda v: [*list.__iter__(v)]),
    (tuple, lambda v: (*tuple.__iter__(v),)),
    (dict, _mapping),
    (set, lambda v: {*set.__iter__(v)}),
    (frozenset, lambda v: frozenset(frozenset.__iter__(v))),
    (bytearray, bytes),
    (array.array, lambda v: Attributes((v.typecode, array.array.tobytes(v)))),
    (collections.OrderedDict, _ordered),
    (collections.defaultdict, _defaults),
    (collections.deque, lambda v: Attributes((v.maxlen, [*collections.deque.__iter__(v)]))),
    (MappingProxyType, _proxy),
    (type({}.keys()), _items),
    (type({}.values()), _items),
    (type({}.items()), _items),
    ("_io.StringIO", _memory_file),
    ("_io.BytesIO", _memory_file),
)
_IMMUTABLE: tuple[tuple[Any, Any], ...] = (
    (int, int.__index__),
    (float, float.__float__),
    (complex, complex.__complex__),
    (str, str.__str__),
    (bytes, bytes.__bytes__),
    (memoryview, _view),
    (range, lambda v: Attributes((v.start, v.stop, v.step))),
    (slice, lambda v: Attributes((v.start, v.stop, v.step))),
    (re.Pattern, _pattern),
    (functools.partial, _partial),
    (type(functools.lru_cache(len)), _cached),
    (MethodType, _method),
    (BuiltinFunctionType, _builtin),
    (MethodDescriptorType, _slot),
    (WrapperDescriptorType, _slot),
    (MethodWrapperType, _bound_slot),
    (property, _property),
    (staticmethod, _wrapped),
    (classmethod, _wrapped),
    (functools.cached_property, _cached_property),
    (CodeType, _code),
    ("pathlib.PosixPath", lambda v: _class("pathlib", "PurePath").as_posix(v)),
    ("pathlib.WindowsPath", lambda v: _class("pathlib", "PurePath").as_posix(v)),
    ("datetime.date", lambda v: Attributes(_class("datetime", "date").__reduce__(v)[1])),
    ("datetime.time", lambda v: Attributes(_class("datetime", "time").__reduce_ex__(v, 4)[1])),
    ("datetime.datetime", lambda v: Attributes(_class("datetime", "datetime").__reduce_ex__(v, 4)[1])),
    ("datetime.timedelta", lambda v: Attributes(_class("datetime", "timedelta").__reduce__(v)[1])),
    ("datetime.timezone", lambda v: Attributes(_class("datetime", "timezone").__getinitargs__(v))),
    ("zoneinfo.ZoneInfo", _zone),
    ("decimal.Decimal", lambda v: Attributes(_class("decimal", "Decimal").as_tuple(v))),
    ("fractions.Fraction", lambda v: Attributes((v._numerator, v._denominator))),  # noqa: SLF001 - past a subclass's properties
    ("_struct.Struct", lambda v: Attributes((v.format,))),
    ("uuid.UUID", lambda v: Attributes((_class("uuid", "UUID").int.__get__(v),))),
)


def _class(module: str, name: str) -> Any:
    """A class of a module that is loaded, since a value of it is at hand."""
    return getattr(sys.modules[module], name)


for _kind, _speak in _MUTABLE:
    register(_kind, _speak)
for _kind, _speak in _IMMUTABLE:
    register(_kind, _speak, shared=False)
register("enum.Enum", _enum, shared=False, complete=True)
for _name in ("EnvVar", "IntEnvVar"):  # a variable counts by what it holds, which only a key can tell
    register(
        f"assets.core.schema.env.{_name}", lambda v: Attributes(v.stands_for()), shared=False, complete=True
    )

"""What stands for an object: the values that its type, or its pickling protocol, tells.

Called by the walk for everything that is not a plain value, container or piece of code.
Attributes are read through the descriptors of the class, never by `getattr` on the object:
a user's `__getattr__`, properties and comparisons are not run. A class that says itself
what its state is (`__reduce_ex__`, `__getstate__`) is asked.
"""

from __future__ import annotations

import copyreg
import functools
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any, NamedTuple

from .registry import ByIdentity, Entry

_type_mro = type.__dict__["__mro__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_basicsize = type.__dict__["__basicsize__"].__get__
_dictoffset = type.__dict__["__dictoffset__"].__get__
_weakrefoffset = type.__dict__["__weakrefoffset__"].__get__
_flags = type.__dict__["__flags__"].__get__
_MANAGED_DICT, _MANAGED_WEAKREF, _IMMUTABLE, _HEAP = 1 << 4, 1 << 3, 1 << 8, 1 << 9
_POINTER = 8
_PROTOCOL = ("__reduce_ex__", "__reduce__", "__getstate__", "__getnewargs__", "__getnewargs_ex__")


class Undigestable(TypeError):
    """A value holds something that has no content: a lock, a file, a connection, a generator."""


class Unspeakable(Exception):
    """This one object has no content."""


class Attributes(tuple[Any, ...]):
    """Values that stand for another one: walked in its place, themselves no value."""

    __slots__ = ()


class Hashed(bytes):
    """A digest that stands for a buffer."""

    __slots__ = ()


class _Shape(NamedTuple):
    """How the state of a class's instances is laid out."""

    attributes: GetSetDescriptorType | MemberDescriptorType | None
    slots: tuple[MemberDescriptorType, ...]
    cached: frozenset[str]
    reduces: bool
    hidden: str


_shapes = ByIdentity()


def state_of(value: Any, kind: type, entry: Entry | None) -> Attributes:
    """The values that stand for an object.

    Raises:
        Unspeakable: if there are none, or what tells them fails.
    """
    try:
        if entry is None:
            shape = _shape_of(kind)
            if shape.hidden:
                raise Unspeakable(shape.hidden)  # noqa: TRY301 - one way out
            return _reduced(value, kind, shape) if shape.reduces else _attributes(value, shape)
        told = entry.speak(value)
        state = told if type(told) is Attributes else Attributes((told,))
        if entry.base is kind or entry.complete:
            return state
        return Attributes((*state, *_attributes(value, _shape_of(kind))))
    except Unspeakable:
        raise
    except Exception as problem:  # noqa: BLE001 - code of the user may raise anything
        message = f"{type(problem).__name__}: {problem}"
        raise Unspeakable(message) from None


def attributes_of(value: Any) -> dict[Any, Any]:
    """What an object has in its `__dict__`, read past everything that its class defines."""
    descriptor = _shape_of(type(value)).attributes
    return descriptor.__get__(value, type(value)) if descriptor is not None else {}


def cached_names(kind: type) -> frozenset[str]:
    """The names under which instances of a class keep what a `cached_property` gave."""
    return _shape_of(kind).cached


def _attributes(value: Any, shape: _Shape) -> Attributes:
    """Attributes in the order in which they were set, then slots; results cached by `cached_property` are none."""
    own = shape.attributes.__get__(value, type(value)) if shape.attributes is not None else {}
    if shape.cached:
        own = {name: v for name, v in own.items() if name not in shape.cached}
    slots: list[tuple[Any, ...]] = []
    for slot in shape.slots:
        try:
            slots.append((slot.__name__, slot.__get__(value, type(value))))
        except AttributeError:
            slots.append((slot.__name__,))
    return Attributes((tuple(own), *own.values(), *slots))


def _shape_of(kind: type) -> _Shape:
    shape: _Shape | None = _shapes.get(kind)
    if shape is None:
        shape = _look(kind)
        _shapes.put(kind, shape)
    return shape


def _look(kind: type) -> _Shape:
    attributes = None
    slots: list[MemberDescriptorType] = []
    cached: list[str] = []
    reduces = any(k is kind for k in copyreg.dispatch_table)
    foreign = not _flags(kind) & _HEAP or bool(_flags(kind) & _IMMUTABLE)
    iterates = False
    for base in _type_mro(kind)[:-1]:
        names = _type_dict(base)
        found = names.get("__dict__")
        if attributes is None and type(found) in (GetSetDescriptorType, MemberDescriptorType):
            attributes = found
        iterates = iterates or "__next__" in names
        reduces = reduces or any(name in names for name in _PROTOCOL)
        if "__slots__" in names:
            slots += [v for v in names.values() if type(v) is MemberDescriptorType]
        cached += [name for name, v in names.items() if functools.cached_property in _type_mro(type(v))]
    hidden = ""
    if foreign and iterates:
        hidden = "it is an iterator"
    elif not reduces and _is_bigger(kind, len(slots)):
        hidden = "its state is not visible from Python"
    return _Shape(attributes, tuple(slots), frozenset(cached), reduces, hidden)


def _is_bigger(kind: type, slots: int) -> bool:
    """Whether instances hold more than attributes and slots (the test that pickling makes)."""
    flags = _flags(kind)
    size = _basicsize(object) + _POINTER * slots
    if _dictoffset(kind) and not flags & _MANAGED_DICT:
        size += _POINTER
    if _weakrefoffset(kind) > 0 and not flags & _MANAGED_WEAKREF:
        size += _POINTER
    return bool(_basicsize(kind) > size)


def _reduced(value: Any, kind: type, shape: _Shape) -> Attributes:
    """The parts of what pickling would rebuild the object from."""
    reduce = next((f for k, f in copyreg.dispatch_table.items() if k is kind), None)
    if reduce is not None:
        told: Any = reduce(value)
    else:
        method = next(
            _type_dict(c)["__reduce_ex__"] for c in _type_mro(kind) if "__reduce_ex__" in _type_dict(c)
        )
        told = method.__get__(value, kind)(4)
    if isinstance(told, str):
        return Attributes(("global", told))
    function, arguments, state, items, pairs = (*told, None, None, None)[:5]
    if type(state) is dict:
        if shape.cached:
            state = {name: v for name, v in state.items() if name not in shape.cached}
        state = state or None  # an exception has no attributes, or an empty dict once somebody looked
    return Attributes(
        (
            function,
            arguments,
            state,
            None if items is None else list(items),
            None if pairs is None else list(pairs),
        )
    )

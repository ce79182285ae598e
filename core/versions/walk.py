"""The canonical walk over a value: tagged, length-prefixed, without recursion.

Equal bytes come out for values that no consumer can tell apart, and only for those. What
a value's type says of itself comes from `registry`; what its functions, classes and
modules mean is asked of the owner of the walk (`code`), because that is a matter of
fingerprints. One object in two places counts where it can be changed in place (a back
reference is written), never for tuples, strings and the like; sets are sorted by the
bytes of their elements, so neither insertion order nor hash seed matters.

The walk calls no method of a user's object except those that pickling is made of.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any

import xxhash

from .registry import entry_of
from .states import Attributes, Hashed, Undigestable, Unspeakable, state_of

_INLINE = 64  # longer encodings are replaced by their hash
_BULK = 24  # longer sequences of one plain type are hashed as one buffer
_REVISITS = 200_000
_NAN = struct.pack("<d", float("nan"))
_double = struct.Struct("<d").pack
_length = struct.Struct("<q").pack
_hash = xxhash.xxh3_128_digest


class _Close:
    """On the stack: the container that was opened last is complete."""

    __slots__ = ("again", "impure", "mark", "out", "tag", "value")

    def __init__(self, value: Any, tag: bytes, out: bytearray, impure: int, mark: int, again: bool) -> None:
        self.value, self.tag, self.out = value, tag, out
        self.impure, self.mark, self.again = impure, mark, again


class _Items(list[Any]):
    """On the stack: a run of values, written as a sequence."""

    __slots__ = ()


class _Class:
    """On the stack: the class of an instance."""

    __slots__ = ("kind",)

    def __init__(self, kind: type) -> None:
        self.kind = kind


class _Elements:
    """On the stack: a set under way, its elements encoded one by one, each in a room of its own."""

    __slots__ = ("again", "done", "edges", "left", "mark", "out", "tag", "wait")

    def __init__(self, tag: bytes, left: list[Any], out: bytearray) -> None:
        self.tag, self.left, self.out = tag, left, out
        self.done: list[tuple[bytes, list[Any]]] = []
        self.edges: list[Any] = []
        self.again: dict[int, bytes] = {}
        self.mark = 0
        self.wait = False


Code = Callable[[Any], tuple[bytes, Any]]


def _no_code(thing: Any) -> tuple[bytes, Any]:
    return getattr(thing, "__qualname__", getattr(thing, "__name__", "")).encode(), None


class Walk:
    """One canonical walk.

    Args:
        code: What a function, class or module is: a label, and an object that stands for its
            meaning or `None`. The objects are gathered in `edges`, the bytes refer to them by number.
        lost: Where the types that cannot be digested are noted; without it they raise.
    """

    __slots__ = (
        "_again",
        "_code",
        "_edge_numbers",
        "_impure",
        "_keep",
        "_lost",
        "_order",
        "_pure",
        "_revisits",
        "_seen",
        "_visited",
        "edges",
    )

    def __init__(self, code: Code = _no_code, lost: list[str] | None = None) -> None:
        self._code = code
        self._lost = lost
        self.edges: list[Any] = []
        self._edge_numbers: dict[int, int] = {}
        self._seen: dict[int, int] = {}
        self._order: list[int] = []
        self._pure: dict[int, bytes] = {}
        self._again: dict[int, bytes] = {}
        self._keep: list[Any] = []
        self._impure = 0
        self._visited: set[int] = set()
        self._revisits = 0

    def encode(self, root: Any) -> bytes:
        """The canonical bytes of a value.

        Raises:
            Undigestable: if it, or something in it, has no content.
        """
        out = bytearray()
        todo: list[Any] = [root]
        plain = PLAIN
        while todo:
            value = todo.pop()
            kind = type(value)
            write = plain.get(id(kind))
            if write is not None:
                out += write(value)
            elif kind is _Close:
                out = self._close(value, out)
            elif kind is list:
                if not self._met(value, out):
                    out = self._open(value, b"[", out, todo)
                    todo.append(_Items(value))
            elif kind is _Items:
                _sequence(value, out, todo)
            elif kind is tuple:
                known = self._pure.get(id(value)) or self._again.get(id(value))
                if known is not None:
                    out += known
                elif len(value) < _BULK and all(id(type(v)) in plain for v in value):
                    out += _wrap(b"(", b"".join([plain[id(type(v))](v) for v in value]))
                else:
                    out = self._open(value, b"(", out, todo)
                    todo.append(_Items(value))
            elif kind is dict:
                if not self._met(value, out):
                    out = self._open(value, b"{", out, todo)
                    todo += (_Items(value.values()), _Items(value))
            elif kind is Attributes:
                todo.extend(reversed(value))
            elif kind is set or kind is frozenset:
                if kind is frozenset and id(value) in self._pure:
                    out += self._pure[id(value)]
                elif kind is frozenset or not self._met(value, out):
                    out = self._open(value, b"<" if kind is set else b">", out, todo)
                    out = self._open_set(value, out, todo)
            elif kind is _Elements:
                out = self._element(value, out, todo)
            elif kind is _Class:
                self._put_code(value.kind, out)
            elif kind is Hashed:
                out += b"#" + value
            elif kind is FunctionType or kind is ModuleType or issubclass(kind, type):
                self._put_code(value, out)
            else:
                out = self._object(value, kind, out, todo)
        return bytes(out)

    def _met(self, value: Any, out: bytearray) -> bool:
        """Whether this very object was met before; then a back reference is written, else it gets a number."""
        self._impure += 1
        key = id(value)
        number = self._seen.get(key)
        if number is not None:
            out += b"^" + _length(number)
            return True
        self._seen[key] = len(self._order)
        self._order.append(key)
        return False

    def _open(self, value: Any, tag: bytes, out: bytearray, todo: list[Any]) -> bytearray:
        """Begin a container: what follows goes to a buffer of its own until its close comes up."""
        impure = self._impure
        todo.append(_Close(value, tag, out, impure, len(self._order), tag in b"(>"))
        return bytearray()

    def _close(self, frame: _Close, out: bytearray) -> bytearray:
        written = _wrap(frame.tag, out)
        if frame.again:
            if frame.impure == self._impure:
                self._pure[id(frame.value)] = written
                self._keep.append(frame.value)
            elif frame.mark == len(self._order):
                self._again[id(frame.value)] = written
                self._keep.append(frame.value)
        frame.out += written
        return frame.out

    def _put_code(self, thing: Any, out: bytearray) -> None:
        label, edge = self._code(thing)
        out += b"@" + _length(len(label)) + label
        if edge is not None:
            self._impure += 1
            number = self._edge_numbers.get(id(edge))
            if number is None:
                number = self._edge_numbers[id(edge)] = len(self.edges)
                self.edges.append(edge)
                self._keep.append(edge)
            out += b"&" + _length(number)

    def _object(self, value: Any, kind: type, out: bytearray, todo: list[Any]) -> bytearray:
        entry = entry_of(kind)
        if (entry is None or entry.shared) and self._met(value, out):
            return out
        try:
            state = state_of(value, kind, entry)
        except Unspeakable as problem:
            if self._lost is None:
                message = f"{_name(kind)} has no content to digest: {problem}"
                raise Undigestable(message) from None
            self._lost.append(_name(kind))
            out += b"?"
            self._put_code(kind, out)
            return out
        self._keep.append(state)
        out = self._open(value, b"o", out, todo)
        if entry is None:
            todo += (*reversed(state), _Class(kind))
            return out
        out += _length(len(entry.tag)) + entry.tag
        todo += reversed(state)
        if entry.base is not kind and not entry.exact:
            todo.append(_Class(kind))
        return out

    def _open_set(self, value: Any, out: bytearray, todo: list[Any]) -> bytearray:
        members = [*value]  # exactly a set or frozenset: its own iteration
        kinds = set(map(id, map(type, members)))
        if len(kinds) == 1 and kinds <= _SORTABLE:
            todo.append(_Items(sorted(members)))
            return out
        frame = _Elements(b"", members, out)
        todo.append(frame)
        return out

    def _element(self, frame: _Elements, out: bytearray, todo: list[Any]) -> bytearray:
        """Take in the element that was just encoded, and begin the next one in a room of its own."""
        if frame.wait:
            frame.done.append((bytes(out), self.edges))
            for key in self._order[frame.mark :]:
                del self._seen[key]
                self._revisits += key in self._visited
                self._visited.add(key)
            del self._order[frame.mark :]
            if self._revisits > _REVISITS:
                message = "a set of objects that refer to each other has too many paths to digest"
                raise Undigestable(message)
            self.edges, self._again = frame.edges, frame.again
            self._edge_numbers = {id(edge): n for n, edge in enumerate(self.edges)}
            frame.wait = False
        if frame.left:
            frame.mark, frame.edges, frame.again, frame.wait = len(self._order), self.edges, self._again, True
            self.edges, self._edge_numbers, self._again = [], {}, {}
            todo += (frame, frame.left.pop())
            return bytearray()
        out = frame.out
        out += _length(len(frame.done))
        for written, edges in sorted(frame.done, key=lambda item: item[0]):
            out += written
            for edge in edges:
                number = self._edge_numbers.setdefault(id(edge), len(self.edges))
                if number == len(self.edges):
                    self.edges.append(edge)
                out += _length(number)
        return out


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}" if kind.__module__ != "builtins" else kind.__qualname__


def _wrap(tag: bytes, data: bytes | bytearray) -> bytes:
    """A container's bytes: tag, length and content, or tag and hash of a long content."""
    return (
        b"%c%c%b" % (tag, len(data), bytes(data))
        if len(data) <= _INLINE
        else b"%c\xff%b" % (tag, _hash(data))
    )


def _float(value: float) -> bytes:
    return b"f" + (_NAN if math.isnan(value) else _double(value))


def _text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    size = len(data)
    return b"s%c%b" % (size, data) if size <= _INLINE else b"S" + _length(size) + _hash(data)


def _bytes(value: bytes) -> bytes:
    size = len(value)
    return b"b%c%b" % (size, value) if size <= _INLINE else b"B" + _length(size) + _hash(value)


def _int(value: int) -> bytes:
    size = (value.bit_length() + 8) // 8
    data = value.to_bytes(size, "little", signed=True)
    return b"i%c%b" % (size, data) if size <= _INLINE else b"I" + _length(size) + _hash(data)


def _complex(value: complex) -> bytes:
    return b"c" + _float(value.real) + _float(value.imag)


# Keyed by the id of the type: hashing a class may run code of the user's metaclass.
PLAIN: dict[int, Callable[[Any], bytes]] = {
    id(type(None)): lambda _: b"N",
    id(bool): lambda v: b"1" if v else b"0",
    id(int): _int,
    id(float): _float,
    id(complex): _complex,
    id(str): _text,
    id(bytes): _bytes,
    id(type(...)): lambda _: b".",
    id(type(NotImplemented)): lambda _: b"!",
}
_SORTABLE = {id(int), id(str), id(bytes)}


def is_plain(value: Any) -> bool:
    """Whether a value is of a type without parts: a number, a text, `None`."""
    return id(type(value)) in PLAIN


def _sequence(items: list[Any], out: bytearray, todo: list[Any]) -> None:
    """Write a run of values; many of one plain type as one buffer."""
    count = len(items)
    if count >= _BULK:
        kinds = set(map(id, map(type, items)))
        if len(kinds) == 1:
            written = _bulk(items, kinds.pop())
            if written is not None:
                out += written
                return
    out += b"n" + _length(count)
    items.reverse()
    todo += items


def _bulk(items: list[Any], kind: int) -> bytes | None:
    count = _length(len(items))
    if kind == id(float):
        values: Iterable[float] = items
        numbers = array("d", values)
        if any(map(math.isnan, items)):
            numbers = array("d", [float("nan") if math.isnan(v) else v for v in items])
        return b"D" + count + _hash(_little(numbers))
    if kind == id(int):
        try:
            return b"Q" + count + _hash(_little(array("q", items)))
        except OverflowError:
            return None
    if kind == id(str):
        joined = "".join(items).encode("utf-8", "surrogatepass")
        return b"U" + count + _hash(_little(array("q", map(len, items)))) + _hash(joined)
    if kind == id(bytes):
        return b"Y" + count + _hash(_little(array("q", map(len, items)))) + _hash(b"".join(items))
    return None


def _little(numbers: array[Any]) -> array[Any]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers

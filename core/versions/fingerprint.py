"""The version of a function: a digest of all that it can reach, as it is now.

`reach` gives, for each thing, its own bytes and what it refers to; here they become one
digest each, helpers that call each other in a circle included. A `Memo` shares the results
within one request; between requests nothing is remembered but the analysis of code objects,
which cannot change.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import xxhash

from .reach import Node, Package, expand
from .reach import told as told_of
from .walk import PLAIN

_hash = xxhash.xxh3_128_digest
BODY = "<body>"
_READ = "<names that are read>"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a function reaches, for a reader.

    Args:
        digest: Its own meaning, without what it refers to in turn.
        kind: `function`, `class`, `value`, `module` or `package`.
        text: Normalised source, or the value in short.
    """

    digest: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a function was at one moment.

    Args:
        version: 32 hexadecimal digits.
        parts: Everything that counts, by the name under which it is reached; the body is `<body>`.
        untracked: What cannot be followed.
        python: The minor version of Python, `3.11`.
    """

    version: str
    parts: Mapping[str, Part]
    untracked: tuple[str, ...]
    python: str


class Memo:
    """What one request has found out so far. Throw it away with the request: globals change."""

    __slots__ = ("_circles", "_digests", "_keep", "_nodes", "_readers")

    def __init__(self) -> None:
        self._nodes: dict[int, Node] = {}
        self._digests: dict[int, bytes] = {}
        self._circles: dict[int, frozenset[int]] = {}
        self._keep: list[Any] = []
        self._readers: dict[int, tuple[str, ...]] = {}

    def node(self, thing: Any) -> Node:
        """What a thing is by itself, found once."""
        node = self._nodes.get(id(thing))
        if node is None:
            node = self._nodes[id(thing)] = expand(thing)
            self._keep.append(thing)
            if node.reads:
                self._readers[id(thing)] = node.reads
        return node

    def told(self, root: Any) -> str:
        """What a function reads of the names, docstrings and annotations of what it reaches; empty if nothing."""
        if not self._readers:
            return ""
        seen = {id(root)}
        queue = [root]
        reads: set[str] = set()
        for thing in queue:
            reads.update(self._readers.get(id(thing), ()))
            for edge in self._nodes[id(thing)].edges:
                if id(edge) not in seen:
                    seen.add(id(edge))
                    queue.append(edge)
        if not reads:
            return ""
        wanted = frozenset(reads)
        lines = {(self._nodes[id(thing)].own, told_of(thing, wanted)) for thing in queue[1:]}
        return "\n".join([text for _, text in sorted(lines) if text])

    def put(self, thing: Any, node: Node) -> None:
        """Say what a thing is."""
        self._nodes[id(thing)] = node
        self._keep.append(thing)

    def digest(self, root: Any) -> bytes:
        """The digest of a thing with all that it reaches."""
        node = self.node(root)
        if not node.edges:
            return _hash(node.own)
        key = id(root)
        if key not in self._digests:
            if key not in self._circles:
                self._explore(root)
            if key not in self._digests:
                self._digests[key] = self._around(key)
        return self._digests[key]

    def _explore(self, root: Any) -> None:
        """Tarjan's algorithm without recursion: circles are closed before what leads to them."""
        number: dict[int, int] = {}
        low: dict[int, int] = {}
        open_: list[int] = []
        is_open: set[int] = set()
        stack: list[tuple[int, Iterator[Any]]] = []

        def enter(thing: Any) -> None:
            key = id(thing)
            number[key] = low[key] = len(number)
            open_.append(key)
            is_open.add(key)
            stack.append((key, iter(self.node(thing).edges)))

        enter(root)
        while stack:
            key, edges = stack[-1]
            for thing in edges:
                there = id(thing)
                if there in self._digests or there in self._circles:
                    continue
                if there not in number:
                    enter(thing)
                    break
                if there in is_open:
                    low[key] = min(low[key], number[there])
            else:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[key])
                if low[key] == number[key]:
                    self._close(key, open_, is_open)

    def _close(self, key: int, open_: list[int], is_open: set[int]) -> None:
        members = []
        while True:
            member = open_.pop()
            is_open.discard(member)
            members.append(member)
            if member == key:
                break
        node = self._nodes[key]
        if len(members) == 1 and all(id(edge) != key for edge in node.edges):
            self._digests[key] = _hash(node.own + b"".join([self._known(id(edge)) for edge in node.edges]))
        else:
            circle = frozenset(members)
            for member in members:
                self._circles[member] = circle

    def _known(self, key: int) -> bytes:
        digest = self._digests.get(key)
        if digest is None:
            digest = self._digests[key] = self._around(key)
        return digest

    def _around(self, key: int) -> bytes:
        """The digest of one member of a circle: the circle as seen from there, numbered on the way."""
        circle = self._circles[key]
        number = {key: 0}
        queue = [key]
        out = bytearray()
        for member in queue:
            node = self._nodes[member]
            out += len(node.own).to_bytes(8, "little") + node.own
            for edge in node.edges:
                there = id(edge)
                if there not in circle:
                    out += b"d" + self._known(there)
                    continue
                if there not in number:
                    number[there] = len(queue)
                    queue.append(there)
                out += b"n" + number[there].to_bytes(8, "little")
        return _hash(out)


def version_of(fn: Any, memo: Memo | None = None) -> str:
    """The version of a function and all that it reaches, without texts.

    Args:
        fn: The function, or whatever is called in its place.
        memo: What the same request found out before.
    """
    memo = memo or Memo()
    digest = memo.digest(fn)
    told = memo.told(fn)
    return _hash(digest + told.encode("utf-8", "surrogatepass")).hex() if told else digest.hex()


def fingerprint(fn: Any, *, memo: Memo | None = None) -> Fingerprint:
    """The version of a function, with every part that went into it.

    Args:
        fn: The function, or whatever is called in its place.
        memo: What the same request found out before.
    """
    from .texts import text_of  # with it comes the syntax module: only a reader pays

    memo = memo or Memo()
    version = version_of(fn, memo)
    parts: dict[str, Part] = {}
    untracked: dict[str, None] = {}
    seen = {id(fn)}
    queue: list[tuple[str, Any]] = [(BODY, fn)]
    for name, thing in queue:
        node = memo.node(thing)
        label = _free(name, parts)
        parts[label] = Part(_hash(node.own).hex(), _kind(thing), text_of(thing, root=name == BODY))
        for lost in node.lost:
            untracked[f"{label}: {lost}" if label != BODY else lost] = None
        for plain, value in node.plain if parts[label].kind != "class" else ():  # a class's text shows them
            inner = (
                plain
                if name == BODY or (plain[:1] != "." and plain[-1:] != "=")
                else f"{name}{plain}"
                if plain[:1] == "."
                else f"{name}({plain})"
            )
            written = Part(_hash(PLAIN[id(type(value))](value)).hex(), "value", text_of(value))
            if parts.get(inner) != written:
                parts[_free(inner, parts)] = written
        for edge_name, edge in zip(node.names, node.edges, strict=True):
            if id(edge) not in seen:
                seen.add(id(edge))
                queue.append((_path(name, thing, edge_name), edge))
    read = memo.told(fn)
    if read:
        parts[_READ] = Part(_hash(read.encode("utf-8", "surrogatepass")).hex(), "value", read)
    return Fingerprint(version, parts, tuple(untracked), f"{sys.version_info[0]}.{sys.version_info[1]}")


def _path(name: str, thing: Any, inner: str) -> str:
    """The name under which something is shown that another thing reaches."""
    if issubclass(type(thing), (type, ModuleType)) and name != BODY and not isinstance(thing, Package):
        return f"{name}.{inner}"
    return inner or "value"


def _free(name: str, parts: Mapping[str, Part]) -> str:
    if name not in parts:
        return name
    return next(f"{name}#{n}" for n in range(2, len(parts) + 3) if f"{name}#{n}" not in parts)


def _kind(thing: Any) -> str:
    kind = type(thing)
    if kind is FunctionType:
        return "function"
    if kind is Package:
        return "package"
    if issubclass(kind, type):
        return "class"
    return "module" if issubclass(kind, ModuleType) else "value"


def joined(fingerprints: Mapping[str, Fingerprint]) -> Fingerprint:
    """Several functions as one: a graph of ops, say; each body stands under its own name."""
    parts: dict[str, Part] = {}
    untracked: dict[str, None] = {}
    for name, one in fingerprints.items():
        for part, what in one.parts.items():
            parts[name if part == BODY else part] = what
        untracked.update(dict.fromkeys(one.untracked))
    told = "\0".join(f"{name}:{one.version}" for name, one in fingerprints.items())
    version = xxhash.xxh3_128_hexdigest(told.encode())
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Fingerprint(version, parts, tuple(untracked), python)

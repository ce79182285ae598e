"""What a piece of code can reach: its own meaning, and the things it refers to.

`expand` turns a function, class, module or value into a `Node`: bytes of its own, and
edges to other things, each of which is expanded in turn by `fingerprint`. Names are
resolved here, at each request anew, because globals change; nothing is called.
"""

from __future__ import annotations

import builtins
import sys
from types import CellType, FunctionType, ModuleType
from typing import Any, NamedTuple

from . import arrow_digests, builtin_digests, frame_digests  # noqa: F401 - they register themselves
from .bytecode import Name, analyse
from .members import members_of
from .origin import MISSING, OWN, content_of, imported, is_users, module_of, origin_of, package_version
from .states import Undigestable, attributes_of
from .walk import PLAIN, Walk

_type_mro = type.__dict__["__mro__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_MODULE_NAMES = {
    "__name__",
    "__file__",
    "__doc__",
    "__builtins__",
    "__spec__",
    "__loader__",
    "__package__",
    "__path__",
    "__cached__",
}


class Package(NamedTuple):
    """An installed package, as something that code refers to."""

    name: str


class Node(NamedTuple):
    """One thing that code can reach.

    Args:
        own: Its own bytes, without what it refers to.
        edges: What it refers to, in order.
        names: How each is named there.
        plain: Names of values that are part of `own`, with the values (for people to read).
        lost: What of it is not tracked.
        reads: What it reads of functions and classes that otherwise does not count: see `told`.
    """

    own: bytes
    edges: tuple[Any, ...] = ()
    names: tuple[str, ...] = ()
    plain: tuple[tuple[str, Any], ...] = ()
    lost: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


_packages: dict[str, Package] = {}


def expand(thing: Any) -> Node:
    """The node of a function, class, module, package or value; what fails to tell counts by its type."""
    try:
        return _expand(thing)
    except Exception as problem:  # noqa: BLE001 - a user's class may be built against every custom
        name = _type_dict(type)["__qualname__"].__get__(type(thing))
        return Node(b"lost " + name.encode(), lost=(f"{name} ({type(problem).__name__})",))


def told(thing: Any, reads: frozenset[str]) -> str:
    """What code can read of a function or class although it does not count where nobody reads it.

    Args:
        thing: A function or class; anything else has nothing of the kind.
        reads: `name`, `doc` and `notes` (annotations), as far as they are wanted.
    """
    kind = type(thing)
    if kind is not FunctionType and not issubclass(kind, type):
        return ""
    lines = []
    own = _type_dict(thing) if kind is not FunctionType else None
    if "name" in reads and own is None:
        lines.append(thing.__name__)
    doc = thing.__doc__ if own is None else own.get("__doc__")
    if "doc" in reads and type(doc) is str:
        lines.append(repr(doc))
    if "notes" in reads:
        notes = thing.__annotations__ if own is None else own.get("__annotations__")
        if type(notes) is dict and notes:
            lines.append(f"{', '.join(map(str, notes))}: {Walk(code_of, []).encode(notes).hex()}")
    return "\n".join(lines)


def _expand(thing: Any) -> Node:
    kind = type(thing)
    if kind is FunctionType:
        return _function(thing)
    if kind is Package:
        return Node(b"package " + f"{thing.name}=={package_version(thing.name)}".encode())
    if kind is ModuleType:
        return _module(thing)
    if kind is not type and not issubclass(kind, type):
        return _value(thing)
    return _class(thing)


def code_of(thing: Any) -> tuple[bytes, Any]:
    """What a function, class or module is within a value: a label, and an edge unless the name says all."""
    kind = type(thing)
    if kind is FunctionType:
        origin = origin_of(thing.__globals__.get("__name__"))
        if origin == "local":
            return analyse(thing.__code__).digest, thing
        label = f"{thing.__globals__.get('__name__')}.{thing.__qualname__}".encode()
        if thing.__closure__ is not None or thing.__dict__:
            return label, thing
        return label, _package(thing.__globals__.get("__name__"), origin)
    if issubclass(kind, ModuleType):
        name = attributes_of(thing).get("__name__")
        origin = origin_of(name)
        return (
            (b"module", thing)
            if origin == "local" and kind is ModuleType
            else (str(name).encode(), _package(name, origin))
        )
    module = module_of(thing)
    origin = origin_of(module)
    name = type.__dict__["__qualname__"].__get__(thing)
    if origin == "local":
        return name.rpartition(".")[2].encode(), thing
    return f"{module}.{name}".encode(), _package(module, origin)


def _package(module: object, origin: str) -> Package | None:
    if origin != "installed" or not isinstance(module, str):
        return None
    top = module.partition(".")[0]
    return _packages.setdefault(top, Package(top))


class _Edges:
    """What a node refers to, gathered in order; plain values are written at once."""

    def __init__(self) -> None:
        self.out = bytearray()
        self.edges: list[Any] = []
        self.names: list[str] = []
        self.plain: list[tuple[str, Any]] = []
        self.lost: list[str] = []
        self.reads: tuple[str, ...] = ()

    def say(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self.out += b"=" + len(data).to_bytes(4, "little") + data

    def add(self, name: str, thing: Any) -> None:
        """A value by its content, code by what it is; the name is kept where it tells a reader something."""
        write = PLAIN.get(id(type(thing)))
        if write is not None:
            self.out += b"v" + write(thing)
            self.plain.append((name, thing))
            return
        kind = type(thing)
        if kind is FunctionType or issubclass(kind, (type, ModuleType)):
            label, edge = code_of(thing)
            if edge is None or edge is not thing:
                self.say(label.decode("utf-8", "replace"))
            if edge is None:
                return
            thing, name = edge, (edge.name if type(edge) is Package else name)
        elif kind.__module__.partition(".")[0] == OWN and callable(getattr(thing, "fn", None)):
            self.add(name, thing.fn)  # an asset that is called as a helper
            return
        self.out += b"e"
        self.edges.append(thing)
        self.names.append(name)

    def node(self, own: bytes) -> Node:
        return Node(
            own + self.out,
            tuple(self.edges),
            tuple(self.names),
            tuple(self.plain),
            tuple(self.lost),
            self.reads,
        )


def _function(function: FunctionType) -> Node:
    module = function.__globals__.get("__name__")
    origin = origin_of(module)
    if origin != "local":
        return _foreign(function, module, origin)
    code = function.__code__
    analysis = analyse(code)
    edges = _Edges()
    edges.reads = analysis.reads
    defaults, keywords = function.__defaults__, function.__kwdefaults__
    if defaults:
        names = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
        edges.say("defaults")
        for name, value in zip(names, defaults, strict=False):
            edges.add(f"{name}=", value)
    if keywords:
        for name in sorted(keywords):
            edges.say(name)
            edges.add(f"{name}=", keywords[name])
    if analysis.names:
        _Resolver(function, edges).resolve(analysis.names)
    for word in analysis.dynamic:
        edges.lost.append(f"{word}()")
    own = function.__dict__
    if own:
        _attributes(own, edges)
    if function.__annotations__:
        _configs(function, edges)
    return edges.node(b"function " + analysis.digest)


def _foreign(function: FunctionType, module: object, origin: str) -> Node:
    """A function of a library: its name, and the user's functions that it wraps."""
    edges = _Edges()
    edges.say(f"{module}.{function.__qualname__}")
    package = _package(module, origin)
    if package is not None:
        edges.add(package.name, package)
    registry = function.__dict__.get("registry")
    if registry is not None and "dispatch" in function.__dict__:
        for kind, chosen in sorted(registry.items(), key=lambda item: item[0].__qualname__):
            edges.add(kind.__qualname__, kind)
            edges.add(f"{function.__name__}[{kind.__qualname__}]", chosen)
        return edges.node(b"wrapper ")
    for name, value in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        held = content_of(value)
        if id(type(held)) in PLAIN or is_users(held):
            edges.say(name)
            edges.add(name, held)
    wrapped = function.__dict__.get("__wrapped__")
    if wrapped is not None and is_users(wrapped):
        edges.add(getattr(wrapped, "__name__", "wrapped"), wrapped)
    return edges.node(b"wrapper ")


def _attributes(own: dict[str, Any], edges: _Edges) -> None:
    for name in sorted(own):
        if name == "__wrapped__" or not name.startswith("__"):
            edges.say(f".{name}")
            edges.add(
                f".{name}" if name != "__wrapped__" else getattr(own[name], "__name__", name), own[name]
            )


def _configs(function: FunctionType, edges: _Edges) -> None:
    """Annotations are read by nobody, unless they name a class that we fill in: config and resources."""
    for name, note in function.__annotations__.items():
        if isinstance(note, str):
            head, *rest = note.split(".")
            note = function.__globals__.get(head)  # noqa: PLW2901 - the name stands for what it means
            for part in rest:
                note = attributes_of(note).get(part) if isinstance(note, ModuleType) else None  # noqa: PLW2901
        if (
            isinstance(note, type)
            and origin_of(module_of(note)) == "local"
            and any(str(module_of(c)).partition(".")[0] == OWN for c in _type_mro(note))
        ):
            edges.say(f"{name}:")
            edges.add(_type_dict(type)["__name__"].__get__(note), note)


class _Resolver:
    """Finds what the names of one function stand for now."""

    def __init__(self, function: FunctionType, edges: _Edges) -> None:
        self.function = function
        self.globals = function.__globals__
        self.edges = edges
        self.done: set[tuple[str, str]] = set()

    def resolve(self, names: tuple[Name, ...]) -> None:
        cells: dict[str, CellType] = {}
        if self.function.__closure__:
            cells = dict(zip(self.function.__code__.co_freevars, self.function.__closure__, strict=False))
        for wanted in names:
            kind, name, chain, level = wanted
            if kind in ("global", "class"):
                if name in _MODULE_NAMES:
                    self.edges.say(name)
                    continue
                found = self.globals.get(name, MISSING)
                if found is MISSING:
                    if kind == "global":
                        self.edges.say(name if hasattr(builtins, name) else f"missing {name}")
                    continue
                self._found(name, found, chain)
            elif kind == "closure":
                cell = cells.get(name)
                if cell is not None:
                    self._found(name, content_of(cell), chain)
            else:
                self._import(name, level, chain, alone=kind == "imported")

    def _found(self, name: str, found: Any, chain: tuple[str, ...]) -> None:
        if found is MISSING:
            self.edges.say(f"missing {name}")
            return
        path = name
        for attribute in chain:
            if type(found) is not ModuleType and not issubclass(type(found), ModuleType):
                break
            if origin_of(attributes_of(found).get("__name__")) != "local":
                break
            asked = attributes_of(found).get("__getattr__", MISSING)
            found = _member(found, attribute)
            path = f"{path}.{attribute}"
            if found is MISSING:
                self.edges.say(f"missing {path}")
                if asked is not MISSING:
                    self.edges.add(f"{path}()", asked)
                return
        if (key := (path, "")) in self.done:
            return
        self.done.add(key)
        if type(found) is not FunctionType and not issubclass(type(found), type):
            self.edges.say(path)
        else:
            self.edges.out += b"/"
        self.edges.add(path, found)

    def _import(self, name: str, level: int, chain: tuple[str, ...], *, alone: bool) -> None:
        origin = "local" if level else origin_of(name)
        if origin == "installed":
            package = _package(name, origin)
            self.edges.add(name.partition(".")[0], package)
            return
        if origin != "local":
            return
        module = imported(name, level, self.globals.get("__package__"))
        if module is None:
            self.edges.say(f"missing {name}")
        elif not alone:
            self._found(name, module, chain)


def _member(module: ModuleType, name: str) -> Any:
    own = attributes_of(module)
    found = own.get(name, MISSING)
    return found if found is not MISSING else sys.modules.get(f"{own.get('__name__')}.{name}", MISSING)


def _module(module: ModuleType) -> Node:
    """A local module that is used as a value: all that is defined in it."""
    edges = _Edges()
    own = attributes_of(module)
    for name in sorted(
        n for n in own if type(n) is str and n not in _MODULE_NAMES and not n.startswith("__")
    ):
        if not issubclass(type(own[name]), ModuleType):
            edges.say(name)
            edges.add(name, own[name])
    return edges.node(b"module ")


def _class(kind: type) -> Node:
    if origin_of(module_of(kind)) != "local":
        label, package = code_of(kind)
        return Node(b"class " + label, (package,) if package else (), (package.name,) if package else ())
    edges = _Edges()
    edges.say(type.__dict__["__name__"].__get__(kind))
    if type(kind) is not type:
        edges.add("metaclass", type(kind))
    for base in type.__dict__["__bases__"].__get__(kind):
        edges.add(_type_dict(type)["__name__"].__get__(base), base)
    names = _type_dict(kind)
    for name, value in members_of(kind, names):
        edges.say(name)
        edges.add(name, value)
    return edges.node(b"class ")


def _value(value: Any) -> Node:
    lost: list[str] = []
    walk = Walk(code_of, lost)
    try:
        own = walk.encode(value)
    except Undigestable as problem:
        lost.append(f"{type(value).__name__} ({problem})")
        own = type(value).__qualname__.encode()
    names = tuple(
        edge.name if type(edge) is Package else getattr(edge, "__name__", "") for edge in walk.edges
    )
    return Node(b"value " + own, tuple(walk.edges), names, (), tuple(lost))


def strict_value(value: Any) -> Node:
    """The node of a value that must be told wholly.

    Raises:
        Undigestable: if something in it has no content.
    """
    walk = Walk(_bare_code)
    try:
        return Node(b"value " + walk.encode(value), tuple(walk.edges))
    except Undigestable:
        raise
    except Exception as problem:
        message = f"it cannot be looked into: {type(problem).__name__}: {problem}"
        raise Undigestable(message) from problem


def _bare_code(thing: Any) -> tuple[bytes, Any]:
    """As `code_of`, without versions of packages: the same data stays the same data under a newer library."""
    label, edge = code_of(thing)
    return label, None if type(edge) is Package else edge

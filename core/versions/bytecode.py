"""What a code object means, whatever its layout: a digest, and the names it reads from outside.

The one place that knows CPython's instructions (3.11 to 3.13). Line numbers, caches,
no-ops, fused instructions, the order of blocks, docstrings, the annotations of nested
functions and the names of the functions themselves are left out; constants and names
are written where they are used; jumps become labels numbered along the flow. What a
name is bound to is not looked at: a code object never changes, its globals do.
"""

from __future__ import annotations

import opcode
import re
from _opcode import stack_effect  # type: ignore[import-not-found]  # what `dis` is made of; dis itself is slow to import
from types import CodeType
from typing import Any, NamedTuple

import xxhash

from .flow import Flow, handlers_of
from .registry import ByIdentity
from .walk import PLAIN, Walk

_OPS = opcode.opmap
_CACHE, _EXTENDED = _OPS.get("CACHE", 0), _OPS["EXTENDED_ARG"]
_LOAD_CONST, _RETURN_VALUE = _OPS["LOAD_CONST"], _OPS["RETURN_VALUE"]
_LOAD_FAST, _STORE_FAST = _OPS["LOAD_FAST"], _OPS["STORE_FAST"]
_PSEUDO = 256  # numbers from here on are the compiler's own
_NOP = _OPS["NOP"]
_MAKE_FUNCTION = _OPS["MAKE_FUNCTION"]
_SET_ATTRIBUTE = _OPS.get("SET_FUNCTION_ATTRIBUTE", -1)
_IMPORT_NAME, _IMPORT_FROM = _OPS["IMPORT_NAME"], _OPS["IMPORT_FROM"]
_LOAD_GLOBAL, _LOAD_NAME, _LOAD_DEREF = _OPS["LOAD_GLOBAL"], _OPS["LOAD_NAME"], _OPS["LOAD_DEREF"]
_COMPARE = _OPS["COMPARE_OP"]
_STORE_GLOBAL = _OPS["STORE_GLOBAL"]
_CLASS_NAMES = {"__doc__", "__qualname__", "__module__", "__firstlineno__", "__static_attributes__"}
# Two instructions in one, made only where both are on one line, or one made of two.
_FUSED = {
    _OPS[name]: (_OPS[first], _OPS[second])
    for name, first, second in (
        ("LOAD_FAST_LOAD_FAST", "LOAD_FAST", "LOAD_FAST"),
        ("STORE_FAST_LOAD_FAST", "STORE_FAST", "LOAD_FAST"),
        ("STORE_FAST_STORE_FAST", "STORE_FAST", "STORE_FAST"),
    )
    if name in _OPS
}
_RETURN_CONST = _OPS.get("RETURN_CONST", -1)
# Written by the compiler around other instructions, now here and now there, without a meaning of their own.
_SILENT = {_OPS[n] for n in ("NOP", "PUSH_NULL", "TO_BOOL", "PRECALL") if n in _OPS}
_NAMES = frozenset(opcode.hasname)
_CONSTANTS = frozenset(opcode.hasconst)
_LOCALS = frozenset(opcode.haslocal) | frozenset(opcode.hasfree)
_JUMPS = frozenset(opcode.hasjrel)
_BACKWARD = {number for name, number in _OPS.items() if "BACKWARD" in name}
# 3.11 has two instructions for one conditional jump, by its direction.
_SAME = {
    _OPS[n]: _OPS[n.replace("BACKWARD", "FORWARD")]
    for n in _OPS
    if "POP_JUMP_BACKWARD" in n and n.replace("BACKWARD", "FORWARD") in _OPS
}
_SHIFTS: dict[int, int] = {_LOAD_GLOBAL: 1}
if "LOAD_METHOD" not in _OPS or _OPS["LOAD_METHOD"] >= _PSEUDO:
    _SHIFTS[_OPS["LOAD_ATTR"]] = 1
if "LOAD_SUPER_ATTR" in _OPS:
    _SHIFTS[_OPS["LOAD_SUPER_ATTR"]] = 2
_ATTRIBUTES = {_OPS[n] for n in ("LOAD_ATTR", "LOAD_METHOD") if n in _OPS}
_SUPER_ATTR = _OPS.get("LOAD_SUPER_ATTR", -1)
_ANNOTATIONS = 4
_OPTIMIZED = 0x2
_FLAGS = 0x4 | 0x8 | 0x20 | 0x80 | 0x100 | 0x200  # *args, **kwargs, generators and coroutines
_DYNAMIC = {"eval", "exec", "globals", "locals", "vars", "__import__", "import_module", "_getframe"}

# What is read of a function or class although it does not count where nobody reads it.
_READS: dict[str, str] = dict.fromkeys(("__name__", "__qualname__", "agg", "aggregate"), "name")
_READS |= dict.fromkeys(("__doc__", "getdoc"), "doc")
_READS |= dict.fromkeys(
    ("__annotations__", "get_type_hints", "get_annotations", "signature", "getfullargspec"), "notes"
)
_CALLS = {number for name, number in _OPS.items() if name.startswith("CALL")}


_QUOTED: dict[str, str] = dict.fromkeys(("query", "eval"), r"@([^\W\d]\w*)")
_QUOTED |= dict.fromkeys(("sql", "execute", "read_sql"), r"(?i)\b(?:from|join)\s+([^\W\d]\w*)")


class Name(NamedTuple):
    """Something that code reads from outside of itself.

    Args:
        kind: `global`, `closure`, `class` (a class body's own name, or one in a query, if there is such a global), `import`, or
            `imported` (an import whose value is not used by itself).
        name: The variable, or the module as it is written.
        chain: The attributes that are read from it at once.
        level: The dots of a relative import.
    """

    kind: str
    name: str
    chain: tuple[str, ...] = ()
    level: int = 0


class Analysis(NamedTuple):
    """What a code object is: its meaning, what it reads by name, where that cannot be seen, what it reads of code."""

    digest: bytes
    names: tuple[Name, ...]
    dynamic: tuple[str, ...]
    reads: tuple[str, ...]


_analyses = ByIdentity()


def analyse(code: CodeType) -> Analysis:
    """The meaning of a code object and of those nested in it; remembered as long as it lives."""
    found: Analysis | None = _analyses.get(code)
    if found is None:
        found = _Reader(code, {}, {}).analysis()
        _analyses.put(code, found)
    return found


class _Reader:
    """One code object, read once."""

    def __init__(self, code: CodeType, imports: dict[str, Name], numbers: dict[str, int]) -> None:
        self.code = code
        self.ops: list[int] = []
        self.args: list[int] = []
        self.targets: dict[int, int] = {}
        self.handlers: list[tuple[int, int] | None] = []
        self.names: dict[Name, None] = {}
        self.dynamic: dict[str, None] = {}
        self.reads: set[str] = set()
        self.numbers = numbers  # of global names, in the order of their first use, nested code included
        self.imports = imports  # local variables that hold an imported module or a member of one
        self.variables = code.co_varnames
        if code.co_cellvars or code.co_freevars:
            own = set(code.co_varnames)
            self.variables += tuple(n for n in code.co_cellvars if n not in own) + code.co_freevars

    def analysis(self) -> Analysis:
        code = self.code
        self._decode()
        self.entered = set(self.targets.values())
        self._drop_annotations()
        self._drop_class_names()
        body = self._encode()
        self._note_quoted()
        count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
        shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & _FLAGS)
        head = f"{shape}{code.co_varnames[:count]}"
        meaning = xxhash.xxh3_128_digest(head.encode() + body)
        return Analysis(meaning, tuple(self.names), tuple(self.dynamic), tuple(sorted(self.reads)))

    def _decode(self) -> None:
        """Split the bytes into instructions, without caches and prefixes, fused ones taken apart."""
        raw = self.code.co_code
        ops, args = self.ops, self.args
        at: dict[int, int] = {}
        jumps: list[tuple[int, int, bool]] = []
        extended = start = 0
        for i in range(0, len(raw), 2):
            op = raw[i]
            if op == _CACHE:
                continue
            if not extended:
                start = i
            arg = raw[i + 1] | extended
            if op == _EXTENDED:
                extended = arg << 8
                if not extended:
                    extended = 0
                continue
            extended = 0
            at[start] = len(ops)
            if op in _JUMPS:
                after = i + 2
                while after < len(raw) and raw[after] == _CACHE:
                    after += 2
                jumps.append((len(ops), after + (-2 * arg if op in _BACKWARD else 2 * arg), op in _BACKWARD))
                ops.append(_SAME.get(op, op))
                args.append(0)
            elif op in _FUSED:
                first, second = _FUSED[op]
                ops += (first, second)
                args += (arg >> 4, arg & 15)
            elif op == _RETURN_CONST:
                ops += (_LOAD_CONST, _RETURN_VALUE)
                args += (arg, 0)
            elif op in _SILENT:
                ops.append(_NOP)
                args.append(0)
            else:
                ops.append(op)
                args.append(arg)
        for index, offset, _ in jumps:
            self.targets[index] = at[offset]
        table = self.code.co_exceptiontable
        if table:
            self.handlers = handlers_of(table, at, len(ops))

    def _drop_annotations(self) -> None:
        """Leave out what computes the annotations of nested functions: nothing reads them while this runs."""
        for index, op in enumerate(self.ops):
            if op != _MAKE_FUNCTION:
                continue
            flags, after = self.args[index], index + 1
            while after < len(self.ops) and self.ops[after] == _SET_ATTRIBUTE:
                flags |= self.args[after]
                after += 1
            if not flags & 4:
                continue
            end = self._start_of(index - 1)
            if flags & 8 and end is not None:
                end = self._start_of(end - 1)
            start = None if end is None else self._start_of(end - 1)
            if start is None or end is None:
                continue
            for i in range(start, end):
                self.ops[i] = _NOP
            if self.args[index] & 4:
                self.args[index] &= ~4
            for i in range(index + 1, after):
                if self.args[i] == _ANNOTATIONS:
                    self.ops[i] = _NOP

    def _start_of(self, end: int) -> int | None:
        """Where the straight expression begins whose last instruction this is."""
        depth, i = 0, end
        while i >= 0:
            op = self.ops[i]
            if op in _JUMPS or i in self.entered:
                return None
            depth += (
                0 if op == _NOP else stack_effect(op, self.args[i] if op >= opcode.HAVE_ARGUMENT else None)
            )
            if op == _LOAD_GLOBAL and self.args[i] & 1:
                depth -= 1  # its second push is the callable's silent partner
            if depth == 1:
                return i
            i -= 1
        return None

    def _drop_class_names(self) -> None:
        """Leave out what a class body stores of its own text: docstring, qualified name, lines."""
        if self.code.co_flags & _OPTIMIZED:  # a function
            return
        store = _OPS["STORE_NAME"]
        for i in range(1, len(self.ops)):
            if self.ops[i] == store and self.code.co_names[self.args[i]] in _CLASS_NAMES:
                before = i - 1
                while before > 0 and self.ops[before] == _NOP:
                    before -= 1
                if self.ops[before] in (_LOAD_CONST, _LOAD_NAME):
                    self.ops[before] = self.ops[i] = _NOP

    def _encode(self) -> bytes:
        """Write the instructions along the flow, and gather names on the way."""
        code, ops, args = self.code, self.ops, self.args
        written: list[bytes] = []
        before = _Before()
        stored: set[str] = set()
        straight = True
        for i, op in enumerate(ops):
            arg = args[i]
            if op == _NOP:
                written.append(b"")
                continue
            if op in _NAMES:
                name = code.co_names[arg >> _SHIFTS.get(op, 0)]
                low = arg & 2 if op == _SUPER_ATTR else 0
                if op == _LOAD_GLOBAL and name not in stored:
                    # By number: what the name stands for is resolved later, and a helper may be renamed.
                    number = self.numbers.setdefault(name, len(self.numbers))
                    written.append(b"%c\x06%b" % (op, number.to_bytes(4, "little")))
                else:
                    written.append(b"%c\x01%c%b" % (op, low, _prefixed(name)))
                self._note(i, op, name, before, stored)
                if op == _STORE_GLOBAL and straight:
                    stored.add(name)
            elif op in _CONSTANTS:
                constant = code.co_consts[arg]
                written.append(b"%c\x02%b" % (op, self._constant(constant)))
                before.push(constant)
            elif op in _LOCALS:
                name = self.variables[arg]
                written.append(b"%c\x03%b" % (op, _prefixed(name)))
                self._note_variable(i, op, name)
            elif op in _JUMPS:
                straight = False
                written.append(b"%c\x04" % op)
            else:
                if op == _COMPARE:
                    arg &= ~16 if opcode.cmp_op and _OPS.get("TO_BOOL") else ~0
                written.append(b"%c\x05%b" % (op, arg.to_bytes(4, "little")))
        return Flow(ops, written, self.targets, self.handlers).encode()

    def _constant(self, constant: Any) -> bytes:
        if type(constant) is not CodeType:
            if type(constant) is str and constant[:2] == "__" and constant in _READS:
                self.reads.add(_READS[constant])  # getattr(function, "__name__")
            write = PLAIN.get(id(type(constant)))
            return Walk().encode(constant) if write is None else write(constant)
        inner = _Reader(constant, dict(self.imports), self.numbers)
        found = inner.analysis()
        self.names.update(
            dict.fromkeys(n for n in found.names if n.kind != "closure" or n.name in self.code.co_freevars)
        )
        self.dynamic.update(dict.fromkeys(found.dynamic))
        self.reads.update(found.reads)
        return b"@" + found.digest

    def _note_quoted(self) -> None:
        """Names that a query reads out of a text: `@LIMIT` in a frame's query, a frame in SQL."""
        known = self.code.co_names
        pattern = next((_QUOTED[name] for name in known if name in _QUOTED), None)
        if pattern is not None:
            texts = [c for c in self.code.co_consts if type(c) is str]
            for name in [n for text in texts for n in re.findall(pattern, text)]:
                if name not in self.variables:
                    self.names[Name("class", name)] = None

    def _chain(self, i: int) -> tuple[str, ...]:
        """The attributes that are read directly after an instruction."""
        chain = []
        for j in range(i + 1, len(self.ops)):
            op = self.ops[j]
            if op == _NOP:
                continue
            if op not in _ATTRIBUTES or j in self.entered:
                break
            chain.append(self.code.co_names[self.args[j] >> _SHIFTS.get(op, 0)])
        return tuple(chain)

    def _note(self, i: int, op: int, name: str, before: _Before, stored: set[str]) -> None:
        if name in _READS and (op in _ATTRIBUTES or name[:2] != "__") and not self._is_of_a_class(i, name):
            self.reads.add(_READS[name])
        if op in (_LOAD_GLOBAL, _LOAD_NAME) or (
            op not in _ATTRIBUTES and "DICT_OR_GLOBALS" in opcode.opname[op]
        ):
            if name in _DYNAMIC:
                self.dynamic[name] = None
            if op == _LOAD_NAME and name in self.imports:
                self._note_import(self.imports[name], self._chain(i))
            elif name not in stored:
                self.names[Name("global" if op == _LOAD_GLOBAL else "class", name, self._chain(i))] = None
        elif op == _IMPORT_NAME:
            level, wanted = before.last_two()
            before.module = Name("import", name, (), level if isinstance(level, int) else 0)
            before.wanted = wanted
            self.names[Name("imported", name, (), before.module.level)] = None
            top = name.partition(".")[0]
            self._bind(
                i,
                before.module if "." not in name or wanted else Name("import", top, (), before.module.level),
            )
        elif op == _IMPORT_FROM and before.module is not None:
            source = before.module
            if not before.wanted:  # `import a.b as c` walks down by hand
                known = source.chain or (source.name,)
                source = Name(
                    "import", ".".join(known).partition(".")[0], (*source.chain, name), source.level
                )
                before.module = source
                self._bind(i, source)
            else:
                self._bind(i, Name("import", source.name, (name,), source.level))
        elif op in _ATTRIBUTES and name in _DYNAMIC and name not in ("eval", "globals", "locals", "vars"):
            self.dynamic[name] = None

    def _is_of_a_class(self, i: int, name: str) -> bool:
        """Whether it is `type(x).__name__` or alike that an instruction reads: names of classes always count."""
        while i > 0 and self.ops[i - 1] == _NOP:
            i -= 1
        if i == 0 or _READS[name] != "name" or name[:2] != "__":
            return False
        op = self.ops[i - 1]
        return op in _CALLS or (
            op in _ATTRIBUTES and self.code.co_names[self.args[i - 1] >> _SHIFTS.get(op, 0)] == "__class__"
        )

    def _bind(self, i: int, source: Name) -> None:
        """Remember the variable that an import fills."""
        for j in range(i + 1, min(i + 6, len(self.ops))):
            op = self.ops[j]
            if op in (_IMPORT_FROM, _IMPORT_NAME):
                return
            name = opcode.opname[op]
            if name in ("STORE_FAST", "STORE_DEREF"):
                self.imports[self.variables[self.args[j]]] = source
                return
            if name in ("STORE_NAME", "STORE_GLOBAL"):
                self.imports[self.code.co_names[self.args[j]]] = source
                return

    def _note_variable(self, i: int, op: int, name: str) -> None:
        if not opcode.opname[op].startswith("LOAD"):
            return
        source = self.imports.get(name)
        if source is not None:
            if not self._makes_closure(op, name):
                self._note_import(source, self._chain(i))
        elif name in self.code.co_freevars and not self._makes_closure(op, name):
            self.names[Name("closure", name, self._chain(i))] = None

    def _makes_closure(self, op: int, name: str) -> bool:
        """Whether an instruction only hands a cell on to a nested function, which says itself what it reads."""
        return op in _CLOSURES or (
            op == _LOAD_FAST and (name in self.code.co_cellvars or name in self.code.co_freevars)
        )

    def _note_import(self, source: Name, chain: tuple[str, ...]) -> None:
        self.names[Name("import", source.name, (*source.chain, *chain), source.level)] = None


_CLOSURES = {_OPS[n] for n in ("LOAD_CLOSURE",) if n in _OPS}


class _Before:
    """The constants and the import that went before an instruction."""

    __slots__ = ("_constants", "module", "wanted")

    def __init__(self) -> None:
        self._constants: list[Any] = [None, None]
        self.module: Name | None = None
        self.wanted: Any = None

    def push(self, constant: Any) -> None:
        self._constants = [self._constants[1], constant]

    def last_two(self) -> list[Any]:
        return self._constants


def _prefixed(name: str) -> bytes:
    data = name.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(4, "little") + data

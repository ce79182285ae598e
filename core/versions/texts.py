"""Code and values as people read them, for the differences that `why` shows.

Source comes from `linecache`, where cells are too, and is normalised: no comments,
docstrings or annotations. Where there is none, or it is not what the live code object was made of, the
instructions are listed instead. Values are shown without calling anything of theirs.
Made only when somebody asks; never part of a version.
"""

from __future__ import annotations

import ast
import linecache
import opcode
from types import CodeType, FunctionType, ModuleType
from typing import Any

from .bytecode import analyse
from .origin import origin_of, package_version
from .registry import ByIdentity
from .states import attributes_of

_MOST = 20_000
_ITEMS = 200
_DEEP = 6
_WIDE = 80
_DECORATORS = {
    "asset",
    "multi_asset",
    "graph_asset",
    "graph_multi_asset",
    "op",
    "asset_check",
    "observable_source_asset",
}
_type_dict = type.__dict__["__dict__"].__get__
# A code object never changes, and a helper is shown for each asset that reaches it.
_texts = (ByIdentity(), ByIdentity())
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def text_of(thing: Any, *, root: bool = False) -> str:
    """The text of a function, class, module, package or value, of a bounded length.

    Args:
        thing: What to show.
        root: Whether it is the asset's own function: then its name and its asset decorator are left out.
    """
    try:
        text = _text(thing, root=root)
    except Exception as problem:  # noqa: BLE001 - a reader is shown less, but a run must not fail by it
        text = f"{type.__dict__['__qualname__'].__get__(type(thing))} ({type(problem).__name__})"
    return text if len(text) <= _MOST else text[: _MOST - 2] + " …"


def _text(thing: Any, *, root: bool) -> str:
    kind = type(thing)
    if kind is FunctionType:
        return _function_text(thing, root=root)
    if issubclass(kind, ModuleType):
        return f"module {attributes_of(thing).get('__name__')}"
    if kind.__name__ == "Package" and issubclass(kind, tuple):
        return f"{thing[0]} {package_version(thing[0])}"
    return _class_text(thing) if issubclass(kind, type) else _show(thing, 0)


def _function_text(function: FunctionType, *, root: bool) -> str:
    if origin_of(function.__globals__.get("__name__")) != "local":
        return f"{function.__globals__.get('__name__')}.{function.__qualname__}"
    known = _texts[root].get(function.__code__)
    if known is None:
        known = _code_text(function.__code__, root=root)
        _texts[root].put(function.__code__, known)
    return str(known)


def _code_text(code: CodeType, *, root: bool) -> str:
    node = _source(code)
    if node is None:
        return "\n".join(_listing(code, ""))
    _strip(node)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        node.decorator_list = [d for d in node.decorator_list if not (root and _tail(d) in _DECORATORS)]
        if root:
            node.name = "_"
    return ast.unparse(node)


def _tail(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _source(code: CodeType) -> Any:
    """The syntax of a function, if the lines where it stood still say what it does."""
    linecache.checkcache(code.co_filename)  # a module that was edited since somebody read it
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    if not lines:
        return None
    tree = _parse(lines)
    if tree is None:
        return None
    wanted = ast.Lambda if code.co_name == "<lambda>" else (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if (
            isinstance(node, wanted)
            and getattr(node, "name", "<lambda>") == code.co_name
            and _is_from(tree, code)
        ):
            return node
    return None


def _parse(lines: list[str]) -> ast.Module | None:
    """The first statement of some lines, which may be indented."""
    first = lines[0]
    indent = len(first) - len(first.lstrip())
    end = 1
    while end < len(lines):
        line = lines[end]
        if line.strip() and len(line) - len(line.lstrip()) <= indent and line.lstrip()[0] not in ")]}#":
            tree = _try("".join(lines[:end]), indent)
            if tree is not None:
                return tree
        end += 1
    return _try("".join(lines), indent)


def _try(text: str, indent: int) -> ast.Module | None:
    try:
        return ast.parse("if 1:\n" + text if indent else text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_from(tree: ast.Module, code: CodeType) -> bool:
    """Whether compiling the syntax gives the code; what is nested in other functions is taken on trust."""
    if code.co_freevars or "." in code.co_qualname:
        return True
    try:
        made = compile(tree, code.co_filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    queue = [made]
    for outer in queue:
        for inner in outer.co_consts:
            if type(inner) is CodeType:
                if inner.co_name == code.co_name and _are_alike(inner, code):
                    return True
                queue.append(inner)
    return False


def _are_alike(left: CodeType, right: CodeType) -> bool:
    """Whether two pieces of code mean the same; the same instructions and names need no further look."""
    return (
        left.co_code == right.co_code
        and left.co_consts == right.co_consts
        and left.co_names == right.co_names
        and left.co_varnames == right.co_varnames
    ) or analyse(left).digest == analyse(right).digest


def _strip(tree: ast.AST) -> None:
    """Take docstrings and annotations out."""
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            arguments = node.args
            for argument in (
                *arguments.posonlyargs,
                *arguments.args,
                *arguments.kwonlyargs,
                arguments.vararg,
                arguments.kwarg,
            ):
                if argument is not None:
                    argument.annotation = None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            body = node.body
            if (
                body
                and isinstance(body[0], ast.Expr)
                and isinstance(body[0].value, ast.Constant)
                and isinstance(body[0].value.value, str)
            ):
                node.body = body[1:] or [ast.Pass()]


def _listing(code: CodeType, indent: str) -> list[str]:
    """The instructions, for want of source."""
    import dis

    lines = []
    for step in dis.get_instructions(code):
        if step.opname in ("CACHE", "RESUME", "NOP", "PRECALL", "PUSH_NULL", "EXTENDED_ARG"):
            continue
        if type(step.argval) is CodeType:
            lines.append(f"{indent}{step.opname} <code>")
            lines += _listing(step.argval, indent + "  ")
        else:
            shown = "" if step.opcode < opcode.HAVE_ARGUMENT else f" {step.argrepr or step.arg}"
            lines.append(f"{indent}{step.opname}{'' if 'JUMP' in step.opname else shown}")
    return lines


def _class_text(kind: type) -> str:
    """A class put together from what it is now."""
    names = _type_dict(kind)
    if origin_of(names.get("__module__")) != "local":
        return f"{names.get('__module__')}.{type.__dict__['__qualname__'].__get__(kind)}"
    bases = ", ".join(
        base.__name__ for base in type.__dict__["__bases__"].__get__(kind) if base is not object
    )
    lines = [f"class {kind.__name__}({bases}):" if bases else f"class {kind.__name__}:"]
    notes = names.get("__annotations__")
    for name, note in notes.items() if type(notes) is dict else ():
        lines.append(
            f"    {name}: {note if isinstance(note, str) else getattr(note, '__name__', type(note).__name__)}"
        )
    for name, value in names.items():
        if name.startswith("__") or name == "_abc_impl":
            continue
        function = getattr(value, "__func__", value) if type(value) in (staticmethod, classmethod) else value
        if type(function) is FunctionType:
            lines += ["    " + line for line in _function_text(function, root=False).splitlines()]
        elif type(value) is property:
            for accessor in (value.fget, value.fset, value.fdel):
                if type(accessor) is FunctionType:
                    lines += ["    " + line for line in _function_text(accessor, root=False).splitlines()]
        else:
            lines.append(f"    {name} = {_show(value, 1)}")
    return "\n".join(lines)


def _show(value: Any, deep: int) -> str:
    """A value in short, one line for each item of a container."""
    kind = type(value)
    if kind in (int, float, complex, bool, type(None), type(...), range):
        return repr(value)
    if kind in (str, bytes):
        return repr(value if len(value) <= _MOST // 4 else value[: _MOST // 4])
    if deep >= _DEEP:
        return "…"
    if kind in (list, tuple, set, frozenset):
        shown = [_show(v, deep + 1) for v, _ in zip(value, range(_ITEMS), strict=False)]
        if kind in (set, frozenset):
            shown.sort()
        left, right = ("[", "]") if kind is list else ("(", ")") if kind is tuple else ("{", "}")
        return _lay(left, shown, right, len(value))
    if kind is dict:
        shown = [
            f"{_show(k, deep + 1)}: {_show(v, deep + 1)}"
            for (k, v), _ in zip(value.items(), range(_ITEMS), strict=False)
        ]
        return _lay("{", shown, "}", len(value))
    if kind is FunctionType or issubclass(kind, type):
        return (
            str(value.__qualname__) if kind is FunctionType else type.__dict__["__qualname__"].__get__(value)
        )
    library = kind.__module__.partition(".")[0]
    if library in ("numpy", "pandas", "polars", "pyarrow", "scipy"):
        return _show_bulk(value, kind, library)
    own = attributes_of(value)
    shown = [f"{name}={_show(v, deep + 1)}" for (name, v), _ in zip(own.items(), range(_ITEMS), strict=False)]
    return _lay(f"{kind.__name__}(", shown, ")", len(own))


def _show_bulk(value: Any, kind: type, library: str) -> str:
    """An array or a frame: its shape, and its beginning."""
    shape = getattr(value, "shape", "")
    head = f"{kind.__name__} {getattr(value, 'dtype', '')} {shape}".replace("  ", " ")
    if library == "numpy" and kind.__name__ == "ndarray" and value.dtype.kind in "biufc":
        return f"{head} {value.reshape(-1)[:20].tolist()}"
    if library == "pandas" and kind.__name__ == "DataFrame":
        return f"{head} {[str(c) for c in value.columns[:50]]}"
    return head


def _lay(left: str, shown: list[str], right: str, count: int) -> str:
    if count > len(shown):
        shown.append("…")
    line = left + ", ".join(shown) + ("," if left == "(" and count == 1 else "") + right
    if len(line) <= _WIDE and "\n" not in line:
        return line
    return left + "\n" + "".join("  " + item.replace("\n", "\n  ") + ",\n" for item in shown) + right

"""`%%asset`: the body of a cell becomes a function.

The function is made from text, not from a changed syntax tree, and the text keeps the
cell's lines: line n of the cell is line n of the function's source, the magic's own line
being the `def`. So tracebacks, `inspect.getsource` and the diffs of `why` all show the
cell. Rule: `spec/notebook.md` §5.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from .grammar import Mistake

_INDENT = "    "
_CONTEXT = "context"
"""The name by which a body asks for its context, as a function of `@asset` does by its first parameter."""
_SHELL = re.compile(r"\s*(?:[^=!%]*=\s*)?[!%]")


class Body(NamedTuple):
    """The function's source, its name, the names that are inputs, and what its author may not have meant."""

    source: str
    name: str
    inputs: tuple[str, ...]
    hint: str = ""


def body_of(text: str, name: str, known: Collection[str]) -> Body:
    """The function that a cell's body means.

    Args:
        text: The body: the cell without the line of the magic.
        name: The asset's name, or `""`: then the body's last statement names it.
        known: The names that are asset keys.

    Raises:
        Mistake: if the body is not Python, is empty, or no name can be found.
    """
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n")):
        message = "The cell has no body. Write what makes the value below the line of %%asset."
        raise Mistake(message)
    tree = _parsed(_shell(text, "_", (), ""), text)
    function = tree.body[0]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    statements = function.body
    last = statements[-1]
    named = _named(last)
    name = name or named
    if not name:
        message = "The asset needs a name: %%asset NAME, or a last line that is a name or assigns one."
        raise Mistake(message)
    identifier = name.replace("\\/", "/").split("/")[-1].replace("-", "_").replace(".", "_")
    if not identifier.isidentifier() or keyword.iskeyword(identifier):
        message = (
            f"{name!r} is no name for an asset: letters, digits and underscores, with / between the parts."
        )
        raise Mistake(message)
    names = _Names()
    names.statements(statements)
    read = names.inputs()
    inputs = tuple(n for n in read if n in known and n not in {identifier, _CONTEXT})
    parameters = (_CONTEXT, *inputs) if _CONTEXT in read else inputs
    ending = hint = ""
    lines = text.split("\n")
    if isinstance(last, ast.Expr) and not names.yields:
        _insert_return(lines, last)
    elif named == identifier and not names.yields:
        ending = f"\n{_INDENT}return {identifier}"
    elif named and not names.yields:
        hint = f"{name}: its last line assigns {named}, so its value is None; let it end with a line that is {named}."
    source = _shell("\n".join(lines), identifier, parameters, ending, waits=names.waits)
    _parsed(source, text)
    return Body(source, identifier, inputs, hint)


def function_of(body: Body, namespace: dict[str, Any], remember: Callable[[str], str]) -> Callable[..., Any]:
    """Make the function; its globals are the user's namespace, which is not changed.

    Args:
        body: What `body_of` gave.
        namespace: The user's names.
        remember: Keeps the source where tracebacks find it, and gives the file name to use.
    """
    local: dict[str, Any] = {}
    exec(compile(body.source, remember(body.source), "exec"), namespace, local)  # noqa: S102  it is the user's cell
    made: Callable[..., Any] = local[body.name]
    return made


def _shell(text: str, name: str, inputs: Collection[str], ending: str, *, waits: bool | None = None) -> str:
    """The text as the body of a function; lines inside a string keep their margin."""
    lines = text.rstrip().split("\n")
    inside = _inside_strings(text)
    shifted = [
        line if at in inside or not line.strip() else _INDENT + line for at, line in enumerate(lines, 1)
    ]
    # Before it is known whether the body awaits, `async` lets everything pass.
    start = "async def" if waits is None or waits else "def"
    body = "\n".join(shifted) if text.strip() else f"{_INDENT}pass"
    return f"{start} {name}({', '.join(inputs)}):\n{body}{ending}\n"


def _inside_strings(text: str) -> set[int]:
    """The numbers of the lines that begin inside a string of several lines."""
    inside: set[int] = set()
    try:
        opened: list[int] = []
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.STRING:
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
            elif tokenize.tok_name[token.type] in {"FSTRING_START", "TSTRING_START"}:
                opened.append(token.start[0])
            elif tokenize.tok_name[token.type] in {"FSTRING_END", "TSTRING_END"}:
                inside.update(range(opened.pop() + 1, token.end[0] + 1))
    except (tokenize.TokenError, SyntaxError):
        pass  # the parser says it better
    return inside


def _parsed(source: str, text: str) -> ast.Module:
    try:
        compile(source, "<cell>", "exec", dont_inherit=True)  # finds more than parsing does
        return ast.parse(source)
    except SyntaxError as error:
        line = text.split("\n")[error.lineno - 2 :][:1] if error.lineno and error.lineno > 1 else []
        if line and _SHELL.match(line[0]):
            message = (
                f"The body of an asset is Python, which {line[0].strip()!r} is not (line {error.lineno} of the cell): "
                "magics and shell commands work in cells alone. Use subprocess.run(...), or a cell of its own."
            )
            raise Mistake(message) from None
        where = f" (line {error.lineno} of the cell)" if error.lineno else ""
        message = f"The body of the asset is not valid Python: {error.msg}{where}."
        raise Mistake(message) from None


def _named(last: ast.stmt) -> str:
    """The name that the last statement is, or assigns."""
    match last:
        case ast.Expr(value=ast.Name(id=name)):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _insert_return(lines: list[str], last: ast.Expr) -> None:
    """Make the last expression the value, in place."""
    at = last.lineno - 2  # the `def` is line 1
    line = lines[at]
    # The tree counts bytes of UTF-8, and the margin that was added. A statement begins at its parenthesis.
    column = len(line.encode()[: max(last.col_offset - len(_INDENT), 0)].decode())
    lines[at] = f"{line[:column]}return {line[column:]}"


class _Names:
    """Which names a function's body reads before it has assigned them."""

    def __init__(self) -> None:
        self.waits = False
        self.yields = False
        self._first: dict[str, str] = {}
        self._assigned: set[str] = set()
        self._global: set[str] = set()
        self._inner: dict[str, None] = {}

    def inputs(self) -> list[str]:
        """The names that are read first; inside a nested function only those never assigned here."""
        read = {name: None for name, how in self._first.items() if how == "read"}
        inner = {name: None for name in self._inner if name not in self._assigned}
        return [name for name in (*read, *(n for n in inner if n not in read)) if name not in self._global]

    def statements(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self._visit(statement)

    def _read(self, name: str) -> None:
        self._first.setdefault(name, "read")

    def _assign(self, name: str) -> None:
        self._first.setdefault(name, "assigned")
        self._assigned.add(name)

    def _visit(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self._read(name)
            case ast.Name(id=name):
                self._assign(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self._global.update(names)
            case ast.Assign(targets=targets, value=value):
                self._visit(value)
                self._all(targets)
            case ast.AnnAssign(target=target, value=value):
                self._all([value] if value else [])
                if value or not isinstance(target, ast.Name):
                    self._visit(target)
            case ast.AugAssign(target=target, value=value):
                if isinstance(target, ast.Name):
                    self._read(target.id)
                self._visit(value)
                self._visit(target)
            case ast.NamedExpr(target=target, value=value):
                self._visit(value)
                self._visit(target)
            case ast.For(target=target, iter=source, body=body, orelse=other):
                self._visit(source)
                self._visit(target)
                self._all([*body, *other])
            case ast.AsyncFor(target=target, iter=source, body=body, orelse=other):
                self.waits = True
                self._visit(source)
                self._visit(target)
                self._all([*body, *other])
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    self._assign((alias.asname or alias.name).split(".")[0])
            case ast.ExceptHandler(type=kind, name=name, body=body):
                self._all([kind] if kind else [])
                if name:
                    self._assign(name)
                self._all(body)
            case ast.MatchAs(name=name) | ast.MatchStar(name=name) if name:
                self._children(node)
                self._assign(name)
            case ast.MatchMapping(rest=name) if name:
                self._children(node)
                self._assign(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._all([*node.decorator_list, *_defaults(node.args)])
                self._nested(node.args, node.body)
                self._assign(name)
            case ast.Lambda(args=args, body=body):
                self._all(_defaults(args))
                self._nested(args, [body])
            case ast.ClassDef(name=name):
                self._all([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)])
                inside = _Names()
                inside.statements(node.body)
                self._take(inside)
                self._assign(name)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self._comprehension(node)
            case _:
                self.waits = self.waits or isinstance(node, (ast.Await, ast.AsyncWith))
                self.yields = self.yields or isinstance(node, (ast.Yield, ast.YieldFrom))
                self._children(node)

    def _children(self, node: ast.AST) -> None:
        self._all(ast.iter_child_nodes(node))

    def _all(self, nodes: Any) -> None:
        for node in nodes:
            self._visit(node)

    def _nested(self, args: ast.arguments, body: list[Any]) -> None:
        inside = _Names()
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None:
                inside._assign(arg.arg)
        inside._all(body)
        # What the nested function assigns anywhere is its own; the rest it finds out here when it is called.
        own = inside._assigned - inside._global
        for name in (*inside._first, *inside._inner):
            if name not in own:
                self._inner.setdefault(name)

    def _take(self, inside: _Names) -> None:
        """A class body runs at once: what it reads first is read here."""
        for name in inside.inputs():
            self._read(name)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self._visit(node.generators[0].iter)
        self.waits = self.waits or any(g.is_async for g in node.generators)
        inside = _Names()
        for at, generator in enumerate(node.generators):
            if at:
                inside._visit(generator.iter)
            inside._visit(generator.target)
            inside._all(generator.ifs)
        inside._all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.waits = self.waits or inside.waits
        targets = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        for name in inside._first:
            if name in targets:
                continue
            if name in inside._assigned:
                self._assign(name)  # a walrus binds outside the comprehension
            else:
                self._read(name)
        for name in inside._inner:
            if name not in targets:
                self._inner.setdefault(name)


def _defaults(args: ast.arguments) -> list[ast.expr]:
    return [*args.defaults, *(each for each in args.kw_defaults if each is not None)]


def pairs(text: str, what: str) -> Mapping[str, str]:
    """`name=value,name=value` as a mapping.

    Raises:
        Mistake: for a part without `=`.
    """
    found: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            message = f"{what} takes name=value, not {part!r}."
            raise Mistake(message)
        found[name.strip()] = value.strip()
    return found

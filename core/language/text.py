"""The text of selections: read into terms, and written back.

    e := * | attribute | (e) | roots(e) | sinks(e) | N+e | e+N | not e | e and e | e or e

Reading keeps its own stack and writing its own queue, so that no nesting can exhaust Python's. A
text that is no such expression may still be a clause of the older form: `a`, `p/x++`, `*a`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from ..errors import DagsterInvalidAssetSelectionError, nearest
from ..keys import AssetKey
from .selection import (
    All,
    And,
    AssetSelection,
    Down,
    Elsewhere,
    GroupMatch,
    Groups,
    Is,
    KeyMatch,
    Keys,
    KeySubstring,
    Kind,
    Minus,
    Or,
    Owner,
    Roots,
    Sinks,
    Tag,
    Up,
    all_of,
    any_of,
    none_of,
)

_PAIRED = {"tag", "column_tag"}
_NULLABLE = {"owner", "kind", "group", "tag", "column_tag", "column", "table_name", "code_location"}
_ELSEWHERE = {
    "automation_type",
    "changed_in_branch",
    "code_location",
    "column",
    "column_tag",
    "job",
    "partitions",
    "schedule",
    "sensor",
    "status",
    "table_name",
}
_ATTRIBUTES = {"key", "key_substring", "tag", "owner", "group", "kind", "is"} | _ELSEWHERE
_FUNCTIONS = {"roots": Roots, "sinks": Sinks}
_WORDS = {"and": "and", "AND": "and", "or": "or", "OR": "or", "not": "not", "NOT": "not"}
_IS = {"materializable", "external"}

_TOKEN = re.compile(
    r"""\s*(?: (?P<text>"(?:[^"\\]|\\.)*") | (?P<null><null>) | (?P<word>[A-Za-z_][A-Za-z0-9_/*]*) | (?P<number>[0-9]+)"""
    r""" | (?P<sign>[+:=()*]) )""",
    re.VERBOSE | re.DOTALL,
)
_CLAUSE = re.compile(r"""(?P<up>\*|\+*)(?P<key>[^\s*+":()=,]+)(?P<down>\*|\+*)""")
_ESCAPED = re.compile(r"""\\(["\\])""")
_LENGTH_LIMIT = 100_000
_SHOWN = 60


_Piece: TypeAlias = "str | tuple[AssetSelection, int]"


class _Token(NamedTuple):
    kind: str  # "text", "null", "word", "number", a sign itself, "and", "or", "not", "end"
    value: str
    start: int
    end: int


def parse(source: str, *, include_sources: bool = False) -> AssetSelection:
    """The selection that a text means.

    Args:
        source: The text.
        include_sources: Whether `*`, tags, groups and kinds mean external assets as well.

    Raises:
        DagsterInvalidAssetSelectionError: if it cannot be read; the message shows the place.
    """
    if len(source) > _LENGTH_LIMIT:
        message = f"A selection of {len(source):,} characters is too long; {_LENGTH_LIMIT:,} are the limit"
        raise DagsterInvalidAssetSelectionError(message)
    clause = _CLAUSE.fullmatch(source.strip())
    if clause is not None:
        return _clause(clause)
    return _Reader(source, include_sources).read()


def _clause(clause: re.Match[str]) -> AssetSelection:
    """The older form: one level for each `+`, all of them for `*`."""
    term = Keys((AssetKey.from_user_string(clause["key"]),))
    sides: list[AssetSelection] = []
    if clause["up"]:
        sides.append(Up(term, None if clause["up"] == "*" else len(clause["up"]), True))
    if clause["down"]:
        sides.append(Down(term, None if clause["down"] == "*" else len(clause["down"]), True))
    return any_of(sides) if sides else term


class _Frame:
    """What is being read between two parentheses, or at the outermost level."""

    __slots__ = ("ands", "close", "function", "nots", "opened", "ors", "up")

    def __init__(self, opened: _Token | None, function: Any = None, up: _Steps | None = None) -> None:
        self.opened = opened
        self.function = function
        self.up = up
        self.ors: list[AssetSelection] = []
        self.ands: list[AssetSelection] = []
        self.nots = 0

    def take(self, term: AssetSelection) -> None:
        for _ in range(self.nots):
            term = none_of(term)
        self.nots = 0
        self.ands.append(term)

    def alternative(self) -> None:
        self.ors.append(all_of(self.ands))
        self.ands = []

    def finish(self) -> AssetSelection:
        self.alternative()
        term = any_of(self.ors)
        return term if self.function is None else self.function(term)


class _Steps(NamedTuple):
    """A traversal: how far, `None` for all the way."""

    depth: int | None


class _Reader:
    """Reads one text, token after token, without recursion."""

    def __init__(self, source: str, include_sources: bool) -> None:
        self.source = source
        self.sources = include_sources
        self.place = 0
        self.token = self._next()

    def read(self) -> AssetSelection:
        frames = [_Frame(None)]
        while True:
            while (opened := self._operand(frames[-1])) is not None:
                frames.append(opened)
            while self.token.kind == ")":
                self._close(frames)
            if self.token.kind == "end":
                unclosed = frames[-1].opened
                if unclosed is not None:
                    raise self._error(unclosed, "this parenthesis is not closed")
                return frames[-1].finish()
            self._connect(frames[-1])

    def _operand(self, frame: _Frame) -> _Frame | None:
        """Read the next operand into its frame, or the new frame that a parenthesis opens."""
        while self.token.kind == "not":
            self._step()
            frame.nots += 1
        up = self._before()
        token = self.token
        if token.kind == "*":
            if up is not None:
                raise self._error(token, "`*` is everything already: leave the + out")
            self._step()
            frame.take(All(self.sources))
            return None
        if token.kind == "(":
            return _Frame(self._step(), None, up)
        if token.kind != "word":
            wanted = (
                "an expression such as key:NAME" if up is None else "a key, an attribute, a function or ("
            )
            raise self._error(token, f"{wanted} is expected here")
        name = self._step()
        if self.token.kind == "(":
            if name.value not in _FUNCTIONS:
                hint = nearest(name.value, _FUNCTIONS) or "; there are roots and sinks"
                raise self._error(name, f"there is no function {name.value!r}{hint}")
            return _Frame(self._step(), _FUNCTIONS[name.value], up)
        if self.token.kind != ":":
            raise self._alone(name)
        self._step()
        frame.take(self._around(self._attribute(name), up))
        return None

    def _close(self, frames: list[_Frame]) -> None:
        """Make what stands in parentheses an operand of the frame around them."""
        frame = frames[-1]
        if frame.opened is None:
            raise self._error(self.token, "this parenthesis closes nothing")
        self._step()
        frames.pop()
        frames[-1].take(self._around(frame.finish(), frame.up))

    def _connect(self, frame: _Frame) -> None:
        """Read the word between two operands."""
        token = self.token
        if token.kind not in {"and", "or"}:
            word = token.value.lower() if token.kind == "word" else ""
            hint = f": write `{word}` or `{word.upper()}`" if word in _WORDS else ""
            raise self._error(token, f"`and`, `or` or the end is expected here{hint}")
        self._step()
        if token.kind == "or":
            frame.alternative()

    def _before(self) -> _Steps | None:
        """A `+` or `N+` in front of an operand, if there is one."""
        depth = None
        if self.token.kind == "number":
            depth = self._depth()
            if self.token.kind != "+":
                raise self._error(
                    self.token,
                    "a + is expected after the number of steps; a name that begins with a digit needs quotes",
                )
        elif self.token.kind != "+":
            return None
        self._step()
        if self.token.kind == "not":
            raise self._error(self.token, "a + cannot stand before `not`: put parentheses around it")
        return _Steps(depth)

    def _around(self, term: AssetSelection, up: _Steps | None) -> AssetSelection:
        """The operand with what stands before it and what follows."""
        sides: list[AssetSelection] = [] if up is None else [Up(term, up.depth, True)]
        if self.token.kind == "+":
            self._step()
            depth = self._depth() if self.token.kind == "number" else None
            sides.append(Down(term, depth, True))
        return any_of(sides) if sides else term

    def _depth(self) -> int:
        token = self._step()
        if len(token.value) > 9:  # noqa: PLR2004  no graph has a billion levels
            raise self._error(token, "that is too many steps; leave the number out to go all the way")
        return int(token.value)

    def _attribute(self, name: _Token) -> AssetSelection:
        attribute = name.value
        if attribute not in _ATTRIBUTES:
            raise self._no_attribute(name)
        token = self.token
        value = self._value(attribute)
        second = None
        if attribute in _PAIRED and self.token.kind == "=":
            self._step()
            second = self._value(attribute) if self.token.kind in {"text", "word", "null"} else ""
        return self._meant(attribute, value, second, token)

    def _meant(self, attribute: str, value: str | None, second: str | None, token: _Token) -> AssetSelection:
        match attribute:
            case "key" if value is not None:
                return KeyMatch(value)
            case "key_substring" if value is not None:
                return KeySubstring(value, self.sources)
            case "tag":
                return Tag("<null>" if value is None else value, second or "", self.sources)
            case "owner":
                return Owner(value)
            case "kind":
                return Kind(value, self.sources)
            case "group":
                if value is not None and "*" in value:
                    return GroupMatch(value, self.sources)
                return Groups(() if value is None else (value,), self.sources)
            case "is":
                if value not in _IS:
                    raise self._error(
                        token,
                        f"nothing is {value!r}{nearest(value or '', _IS) or '; materializable and external are known'}",
                    )
                return Is(value)
            case _:
                return Elsewhere(attribute, value, second)

    def _value(self, attribute: str) -> str | None:
        token = self.token
        if token.kind == "text":
            self._step()
            return _ESCAPED.sub(r"\1", token.value[1:-1])
        if token.kind == "null":
            if attribute not in _NULLABLE:
                raise self._error(token, f"`{attribute}:` has no <null>")
            self._step()
            return None
        if token.kind in {"word", "and", "or", "not"}:
            if "*" in token.value and attribute != "key":
                raise self._error(token, f"a * needs quotes here: {attribute}:{_quoted(token.value)}")
            self._step()
            return token.value
        if token.kind == "end":
            raise self._error(token, f"the value of `{attribute}:` is missing")
        raise self._error(
            token, f"the value of `{attribute}:` begins with a letter or _, or is put in quotes"
        )

    def _alone(self, name: _Token) -> DagsterInvalidAssetSelectionError:
        """The error for a word that stands where an expression should."""
        hint = nearest(name.value, _FUNCTIONS) if name.value not in _ATTRIBUTES else ""
        return self._error(name, f"{name.value!r} alone is not an expression: write key:{name.value}{hint}")

    def _no_attribute(self, name: _Token) -> DagsterInvalidAssetSelectionError:
        """The error for an attribute that does not exist."""
        hint = nearest(name.value, _ATTRIBUTES) or f"; known: {', '.join(sorted(_ATTRIBUTES - _ELSEWHERE))}"
        return self._error(name, f"there is no attribute {name.value!r}{hint}")

    def _step(self) -> _Token:
        """The token at hand; go on to the next."""
        token, self.token = self.token, self._next()
        return token

    def _next(self) -> _Token:
        found = _TOKEN.match(self.source, self.place)
        if found is None:
            rest = self.source[self.place :]
            start = self.place + len(rest) - len(rest.lstrip())
            if start == len(self.source):
                return _Token("end", "", start, start)
            letter = self.source[start]
            why = (
                "this quote is not closed"
                if letter == '"'
                else f"{letter!r} has no meaning here: put the value in quotes"
            )
            raise self._error(_Token("?", letter, start, start + 1), why)
        kind = found.lastgroup or ""
        value = found[kind]
        self.place = found.end()
        if kind == "sign":
            kind = value
        elif kind == "word":
            kind = _WORDS.get(value, kind)
        return _Token(kind, value, found.end() - len(value), found.end())

    def _error(self, token: _Token, why: str) -> DagsterInvalidAssetSelectionError:
        """The error that shows the place in the text."""
        low = max(0, token.start - _SHOWN)
        high = min(len(self.source), token.end + _SHOWN)
        shown = re.sub(r"\s", " ", self.source[low:high])
        before, after = "…" if low else "", "…" if high < len(self.source) else ""
        mark = " " * (token.start - low + len(before)) + "^" * min(max(1, token.end - token.start), _SHOWN)
        message = f"The selection cannot be read: {why}\n  {before}{shown}{after}\n  {mark}"
        return DagsterInvalidAssetSelectionError(message)


# Where a term stands: alone, beside `and` or `or`, after `not`, beside a +. It decides on parentheses.
_LOOSE, _JOINED, _NEGATED, _TIGHT = range(4)


def write(selection: AssetSelection) -> str:
    """The text that means a selection.

    Raises:
        NotImplementedError: if no text does.
    """
    return "".join(_written(selection, strict=True))


def write_always(selection: AssetSelection) -> str:
    """A text for people: what has none in the grammar is shown by its name and parts."""
    return "".join(_written(selection, strict=False))


def _written(selection: AssetSelection, *, strict: bool) -> Iterator[str]:
    todo: list[_Piece] = [(selection, _LOOSE)]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        else:
            todo += reversed(list(_pieces(*item, strict=strict)))


def _pieces(term: AssetSelection, place: int, *, strict: bool) -> Iterator[_Piece]:
    """A term as texts and terms, each with the place it stands in."""
    match term:
        case All():
            yield "*" if place != _TIGHT else "(*)"
        case Keys(keys) if len(keys) == 1:
            yield f"key:{_quoted(keys[0].to_user_string())}"
        case Keys(keys):
            yield from _alternatives(
                [f"key:{_quoted(key.to_user_string())}" for key in keys] or ['key:""'], place
            )
        case KeyMatch(pattern):
            yield f"key:{_quoted(pattern)}"
        case KeySubstring(text, _):
            yield f"key_substring:{_quoted(text)}"
        case Groups(names, _):
            yield from _alternatives([f"group:{_quoted(name)}" for name in names] or ["group:<null>"], place)
        case GroupMatch(pattern, _):
            yield f"group:{_quoted(pattern)}"
        case Tag(key, value, _):
            yield f"tag:{_quoted(key)}={_quoted(value)}" if value else f"tag:{_quoted(key)}"
        case Owner(owner):
            yield f"owner:{_nullable(owner)}"
        case Kind(kind, _):
            yield f"kind:{_nullable(kind)}"
        case Is(what):
            yield f"is:{what}"
        case Elsewhere(attribute, value, second):
            yield f"{attribute}:{_nullable(value)}" + ("" if second is None else f"={_quoted(second)}")
        case Or(operands) | And(operands):
            word = " or " if isinstance(term, Or) else " and "
            yield from _enclosed([(one, _JOINED) for one in operands], word, place)
        case Minus(All(False), right):
            yield from _enclosed(["not ", (right, _NEGATED)], "", _LOOSE if place == _NEGATED else place)
        case Minus(left, right):
            yield from _enclosed([(left, _JOINED), " and not ", (right, _NEGATED)], "", place)
        case Up(child, depth, whole) | Down(child, depth, whole):
            yield from _traversed(term, child, depth, whole=whole, place=place)
        case Roots(child):
            yield from ("roots(", (child, _LOOSE), ")")
        case Sinks(child):
            yield from ("sinks(", (child, _LOOSE), ")")
        case _ if strict:
            message = f"No text in the grammar of selections means {type(term).__name__}"
            raise NotImplementedError(message)
        case _:
            yield f"{type(term).__name__}("
            for count, name in enumerate(term.parts):
                part = getattr(term, name)
                yield ", " if count else ""
                yield (part, _LOOSE) if isinstance(part, AssetSelection) else repr(part)
            yield ")"


def _traversed(
    term: AssetSelection, child: AssetSelection, depth: int | None, *, whole: bool, place: int
) -> Iterator[_Piece]:
    steps = "" if depth is None else str(max(depth, 0))
    pieces: list[_Piece] = (
        [f"{steps}+", (child, _TIGHT)] if isinstance(term, Up) else [(child, _TIGHT), f"+{steps}"]
    )
    if whole:
        yield from _enclosed(pieces, "", place if place == _TIGHT else _LOOSE)
    else:
        yield from _enclosed([*pieces, " and not ", (child, _NEGATED)], "", place)


def _enclosed(pieces: Sequence[_Piece], word: str, place: int) -> Iterator[_Piece]:
    """The pieces with a word between them, in parentheses unless they stand alone."""
    if place != _LOOSE:
        yield "("
    for count, piece in enumerate(pieces):
        if count and word:
            yield word
        yield piece
    if place != _LOOSE:
        yield ")"


def _alternatives(texts: list[str], place: int) -> Iterator[str]:
    joined = " or ".join(texts)
    yield f"({joined})" if len(texts) > 1 and place != _LOOSE else joined


def _nullable(value: str | None) -> str:
    return "<null>" if value is None else _quoted(value)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

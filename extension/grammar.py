"""What one may type after `%assets` and `%%asset`: verbs, options, and how a line is read.

Pure text in, values out; nothing is run here. IPython's own argument parser breaks
selections that hold quotes or blanks, so the line is cut here: options begin with two
hyphens, all the rest stays one piece of text, quotes included. Rule: `spec/notebook.md` §5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from ..core.errors import nearest

Takes: TypeAlias = Literal["selection", "piece", "run", "path", "keys", ""]
Values: TypeAlias = Literal["", "partition", "number", "key", "text", "group", "partitions", "state"]


class Mistake(Exception):
    """A line that cannot be read; its text is the whole message."""


class Option(NamedTuple):
    """One option: its name without hyphens, what its value is (`""`: it has none), and its help."""

    name: str
    value: Values
    help: str
    many: bool = False


class Verb(NamedTuple):
    """One verb: its name, what it takes, its options, and its help."""

    name: str
    takes: Takes
    needs: bool
    options: tuple[Option, ...]
    help: str

    @property
    def usage(self) -> str:
        """One line: the verb, what it takes, its options."""
        shown = {
            "selection": "SEL",
            "piece": "KEY[@PARTITION]",
            "run": "RUN",
            "path": "PATH",
            "keys": "KEY",
            "": "",
        }[self.takes]
        if self.name == "load":
            shown += " [VERSION]"
        words = ["%assets", self.name, shown if self.needs or not shown else f"[{shown}]"]
        words += [f"[--{o.name}{' ' + o.value.upper() if o.value else ''}]" for o in self.options]
        return " ".join(word for word in words if word)


class Line(NamedTuple):
    """A line that was read: the verb, the text that is not an option, and the options."""

    verb: Verb
    text: str
    options: Mapping[str, str | bool | list[str]]


class Word(NamedTuple):
    """A stretch of a line without a blank outside quotes, and where it begins and ends."""

    text: str
    start: int
    end: int


_JSON = Option("json", "", "print JSON instead of a table")
_PARTITION = Option("partition", "partition", "a partition key, or FROM..TO; may be given again", many=True)
_STATE = Option(
    "state", "state", "only the pieces in that state: failed, missing, stale; may be given again", many=True
)
_ONLY = Option("only", "", "run nothing outside the selection")
_FORCE = Option("force", "", "run every selected asset, due or not")
_DOWN = Option("downstream", "", "add everything downstream to the selection")
_DRY = Option("dry-run", "", "say what would be done, and do nothing")
_LIMIT = Option("limit", "number", "how many, the newest first")

VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("status", "selection", False, (_JSON,), "a table: state, partitions, last run and versions of each asset"),
        Verb("plan", "selection", False, (_PARTITION, _STATE, _ONLY, _FORCE, _DOWN, _JSON), "what materialize would run, may run and would keep, and why"),
        Verb("why", "piece", True, (_JSON,), "every cause of the state of an asset, down to the code that changed"),
        Verb("materialize", "selection", False, (_PARTITION, _STATE, _ONLY, _FORCE, _DOWN, _DRY, _JSON), "bring assets and all that is due above them up to date"),
        Verb("observe", "selection", False, (_JSON,), "look at assets that are made elsewhere, by the functions declared for it"),
        Verb("cancel", "run", False, (), "stop the run that goes on"),
        Verb("load", "piece", True, (), "the stored value; VERSION -1 is the one before"),
        Verb("drop", "keys", True, (), "take definitions out of the graph; what is stored stays"),
        Verb("wipe", "selection", True, (_PARTITION, _DRY), "forget what was materialized"),
        Verb("store", "path", False, (), "show the folder of the store, or work in another one"),
        Verb("runs", "", False, (_LIMIT, _JSON), "the runs, the newest first"),
        Verb("log", "run", False, (), "what a run printed, logged and raised; -1 is the newest, -2 the one before"),
        Verb("grid", "selection", False, (), "the partition grid"),
    )
}  # fmt: skip

CELL_OPTIONS = (
    Option("deps", "key", "assets that come first but are not read: A,B"),
    Option("ins", "text", "names of the body that stand for other keys: name=KEY,name=KEY"),
    Option("partitions", "partitions", "daily:START[..END] or static:a,b,c"),
    Option("key-prefix", "text", "what is put before the name: a/b"),
    Option("group", "group", "the group it belongs to"),
    Option("code-version", "text", "a version of the code, given by hand"),
    Option("description", "text", "one sentence; quote it"),
    Option("kinds", "text", "kinds: a,b"),
    Option("tags", "text", "tags: key=value,key"),
    Option("owners", "text", "owners: a@example.com,team:b"),
    Option("io-manager-key", "text", "the IO manager that keeps the value"),
    Option("run", "", "materialize it as well"),
)

CELL_USAGE = "%%asset [NAME] " + " ".join(
    f"[--{o.name}{' ' + o.value.upper() if o.value else ''}]" for o in CELL_OPTIONS
)


def words(line: str) -> list[Word]:
    """The words of a line; a blank inside quotes separates nothing.

    Raises:
        Mistake: if a quote is not closed.
    """
    found: list[Word] = []
    start, quote, at = None, "", 0
    while at < len(line):
        letter = line[at]
        if quote:
            if letter == "\\":
                at += 1
            elif letter == quote:
                quote = ""
        elif letter.isspace():
            if start is not None:
                found.append(Word(line[start:at], start, at))
                start = None
        else:
            if letter in "\"'":
                quote = letter
            if start is None:
                start = at
        at += 1
    if quote:
        message = f"A quote is not closed: {line.strip()}"
        raise Mistake(message)
    if start is not None:
        found.append(Word(line[start:], start, len(line)))
    return found


def unquoted(text: str) -> str:
    """The text without the quotes around it; a backslash inside them keeps the next letter as it is."""
    if len(text) < 2 or text[0] not in "\"'" or text[-1] != text[0]:  # noqa: PLR2004  two quotes
        return text
    letters = iter(text[1:-1])
    return "".join(next(letters, letter) if letter == "\\" else letter for letter in letters)


def read(line: str) -> Line:
    """The verb, the text and the options of `%assets …`.

    Raises:
        Mistake: with one sentence that says what is wrong, and the nearest right spelling.
    """
    cut = words(line)
    name = cut[0].text
    verb = VERBS.get(name)
    if verb is None:
        message = f"%assets has no verb {name!r}{_hint(name, VERBS)} Try %assets --help."
        raise Mistake(message)
    text, options = _split(line, cut[1:], verb.options, f"%assets {name}")
    if text and not verb.takes:
        message = f"%assets {name} takes no {text!r}. Usage: {verb.usage}"
        raise Mistake(message)
    if verb.needs and not text:
        message = f"%assets {name} needs to know of what. Usage: {verb.usage}"
        raise Mistake(message)
    return Line(verb, text, options)


def read_cell(line: str) -> tuple[str, Mapping[str, str | bool | list[str]]]:
    """The name and the options of `%%asset …`.

    Raises:
        Mistake: as `read`.
    """
    text, options = _split(line, words(line), CELL_OPTIONS, "%%asset")
    if len(words(text)) > 1:
        message = f"%%asset takes one name, not {text!r}. Usage: {CELL_USAGE}"
        raise Mistake(message)
    return unquoted(text), options


def _split(
    line: str, cut: Sequence[Word], known: Sequence[Option], where: str
) -> tuple[str, dict[str, str | bool | list[str]]]:
    """The text that is not an option, as it was typed, and the options."""
    by_name = {option.name: option for option in known}
    pieces: list[str] = []
    options: dict[str, str | bool | list[str]] = {}
    rest = iter(cut)
    last: Word | None = None
    for word in rest:
        if not word.text.startswith("--"):
            # Neighbours keep the blanks that were typed between them.
            if last is not None and pieces:
                pieces.append(line[last.end : word.start])
            elif pieces:
                pieces.append(" ")
            pieces.append(word.text)
            last = word
            continue
        last = None
        name, equals, value = word.text[2:].partition("=")
        option = by_name.get(name)
        if option is None:
            message = (
                f"{where} has no option '--{name}'{_hint(name, by_name, '--')} It has {_listed(by_name)}."
            )
            raise Mistake(message)
        if not option.value:
            if equals:
                message = f"--{name} takes no value."
                raise Mistake(message)
            options[name] = True
            continue
        if not equals:
            following = next(rest, None)
            if following is None or following.text.startswith("--"):
                message = f"--{name} needs a value: {option.help}."
                raise Mistake(message)
            value = following.text
        if option.many:
            many = options.setdefault(name, [])
            assert isinstance(many, list)
            many.append(unquoted(value))
        elif name in options:
            message = f"--{name} is given twice."
            raise Mistake(message)
        else:
            options[name] = unquoted(value)
        if option.value == "number" and not (value.isdecimal() and int(value)):
            message = f"--{name} takes a number of at least 1, not {value!r}."
            raise Mistake(message)
    return "".join(pieces), options


def _hint(name: str, known: Iterable[str], hyphens: str = "") -> str:
    hint = nearest(f"{hyphens}{name}", [f"{hyphens}{k}" for k in known])
    return f"{hint.rstrip('?')}?" if hint else "."


def _listed(by_name: Mapping[str, Option]) -> str:
    return ", ".join(f"--{name}" for name in by_name) or "no options"


def piece_of(text: str) -> tuple[str, str | None, str]:
    """The key, the partition and what follows of `KEY[@PARTITION] [VERSION]`.

    Raises:
        Mistake: if there are more than two words.
    """
    cut = words(text)
    if len(cut) > 2:  # noqa: PLR2004  the piece and the version
        message = f"{text!r} is too much: give KEY or KEY@PARTITION (with quotes where it holds blanks)."
        raise Mistake(message)
    word, quote = cut[0].text, ""
    end = len(word)
    for at, letter in enumerate(word):
        if letter in "\"'" and quote in {"", letter}:
            quote = "" if quote else letter
        elif letter == "@" and not quote:
            end = at
            break
    partition = unquoted(word[end + 1 :]) if end < len(word) else None
    return unquoted(word[:end]), partition, cut[1].text if len(cut) > 1 else ""


def help_of(verb: Verb) -> str:
    """The help of one verb."""
    wide = max((len(o.name) for o in verb.options), default=0) + 4
    lines = [verb.usage, "", f"    {verb.help}."]
    if verb.takes == "selection":
        lines += [
            '    SEL is a selection: orders, orders+, group:raw, key:"a*" and not tag:slow; left out, everything.'
        ]
    if verb.options:
        lines += ["", *(f"    {'--' + o.name:<{wide}}{o.help}" for o in verb.options)]
    return "\n".join(lines)


def help_of_all() -> str:
    """The help of `%assets`."""
    wide = max(map(len, VERBS)) + 4
    lines = ["%assets            the lineage graph, live", "%assets VERB …     one of:", ""]
    lines += [f"    {verb.name:<{wide}}{verb.help}" for verb in VERBS.values()]
    lines += [
        "",
        "%assets VERB?      the help of one verb",
        "%%asset NAME       makes the cell's body an asset; %%asset --help says more",
    ]
    return "\n".join(lines)


def help_of_cell() -> str:
    """The help of `%%asset`."""
    wide = max(len(o.name) for o in CELL_OPTIONS) + 4
    lines = [
        "%%asset [NAME] [options]",
        "",
        "    The cell's body becomes an asset: names that are asset keys are its inputs,",
        "    the last expression is its value, and `context` is the run's context, with",
        "    context.partition_key and context.log. Running the cell defines it.",
        "",
        *(f"    {'--' + o.name:<{wide}}{o.help}" for o in CELL_OPTIONS),
    ]
    return "\n".join(lines)

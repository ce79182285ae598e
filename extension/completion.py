"""Completion after `%assets` and `%%asset`: verbs, options, keys, groups, tags, partition keys.

`candidates` is pure: the line up to the cursor and what there is to name. IPython hears of
it through one of its matchers. Rule: `spec/notebook.md` §5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..core.graph import Graph
from ..core.partitions.moment import Moment, when
from ..core.verbs import STATES, moment
from .grammar import CELL_OPTIONS, VERBS, Option, Verb

if TYPE_CHECKING:
    from .session import Session

_LINE = re.compile(r"\s*(?:[^%=]*=\s*)?(%assets|%%asset)\s(.*)\Z", re.DOTALL)
_WORD = re.compile(r"[^\s()+,|&]*\Z")
_FUNCTIONS = ("sinks(", "roots(", "and", "or", "not")
_ATTRIBUTES = ("key:", "group:", "tag:", "kind:", "owner:", "is:materializable", "is:external")
_BOUND = re.compile(r"\.\.|,")
_MOST = 500


def complete_with(session: Session) -> Callable[[], None]:
    """Hang completion into the shell.

    Returns:
        What takes it out again.
    """
    from IPython.core.completer import SimpleCompletion, context_matcher

    def now() -> Moment:
        return moment(session.workspace.facts())

    @context_matcher()  # type: ignore[untyped-decorator]  # IPython's is untyped
    def assets_matcher(context: Any) -> dict[str, Any]:
        line = context.line_with_cursor[
            : context.cursor_position
        ]  # the token alone is cut at quotes and colons
        try:
            found = candidates(line, session.workspace.graph, session.run_ids, now)
        except Exception:  # noqa: BLE001  a broken graph completes nothing
            found = None
        if found is None:
            return {"completions": []}
        fragment, texts = found
        return {
            "completions": [SimpleCompletion(text=text, type="asset") for text in texts],
            "matched_fragment": fragment,
            "suppress": True,
            "ordered": True,
        }

    completer = session.shell.Completer
    if completer is None:
        return lambda: None
    completer.custom_matchers.append(assets_matcher)

    def undo() -> None:
        if assets_matcher in completer.custom_matchers:
            completer.custom_matchers.remove(assets_matcher)

    return undo


def candidates(
    line: str,
    graph: Graph,
    runs: Callable[[], Iterable[str]] = tuple,
    now: Callable[[], Moment | None] = lambda: None,
) -> tuple[str, list[str]] | None:
    """What may stand at the end of a line.

    Args:
        line: The line up to the cursor.
        graph: What there is to name.
        runs: Gives the ids of the newest runs.
        now: Gives the moment that says which partitions exist.

    Returns:
        The fragment that is typed already and the texts that may replace it;
        `None` if the line is not one of ours.
    """
    found = _LINE.match(line)
    if found is None:
        return None
    magic, rest = found.groups()
    words = rest.split()
    typed = bool(rest) and not rest[-1].isspace()
    if magic == "%assets" and len(words) <= typed:
        return _of(words[0] if typed else "", [*VERBS, "--help"])
    verb = VERBS.get(words[0]) if magic == "%assets" else None
    if magic == "%assets" and verb is None:
        return "", []
    options = CELL_OPTIONS if verb is None else verb.options
    here = words[-1] if typed else ""
    before = words[-2] if typed and len(words) > 1 else words[-1] if words and not typed else ""
    option = _option(before, options)
    if option is not None and option.value:
        return _value(option, here, words, graph, now)
    if here.startswith("--"):
        name, equals, value = here[2:].partition("=")
        option = _option(f"--{name}", options)
        if equals and option is not None:
            return _value(option, value, words, graph, now)
        given = {word for word in words if word != here}
        return _of(here, [f"--{o.name}" for o in options if o.many or f"--{o.name}" not in given])
    if verb is None:
        return here, []
    if verb.takes == "run":
        return _of(here, runs())
    return _operand(verb, rest, graph, now)


def _operand(verb: Verb, rest: str, graph: Graph, now: Callable[[], Moment | None]) -> tuple[str, list[str]]:
    """What a verb is asked of: a selection, or the key of one asset and a partition of it."""
    found = _WORD.search(rest)
    here = found.group() if found else ""
    keys = [key.to_escaped_user_string() for key in graph.order if graph.nodes[key].kind != "ghost"]
    if verb.takes == "piece" and "@" in here:
        key, _, partition = here.partition("@")
        return partition, _partitions(graph, [key], partition, now())
    if verb.takes in {"piece", "keys"}:
        return _of(here, keys)
    if verb.takes != "selection":
        return here, []
    attribute, colon, value = here.partition(":")
    if colon:
        values = _values(attribute, graph)
        return _of(value, map(_quoted, values) if value.startswith('"') else values)
    words = [*_ATTRIBUTES, *_FUNCTIONS, *(f"--{option.name}" for option in verb.options)]
    if rest[len(verb.name) : len(rest) - len(here)].strip(" +,"):
        # Beside other terms the grammar takes no bare name.
        named = [f"key:{key}" for key in keys if key.startswith(here)]
        return here, [*named, *(word for word in words if word.startswith(here))]
    return _of(here, [*keys, *words])


def _value(
    option: Option, here: str, words: Iterable[str], graph: Graph, now: Callable[[], Moment | None]
) -> tuple[str, list[str]]:
    """The values that an option may take."""
    match option.value:
        case "partition":
            here = _BOUND.split(here)[-1]
            return here, _partitions(graph, words, here, now())
        case "key":
            here = here.rpartition(",")[2]
            return _of(here, [key.to_escaped_user_string() for key in graph.order])
        case "group":
            return _of(here, _values("group", graph))
        case "state":
            return _of(here.rpartition(",")[2], STATES)
        case "partitions":
            return _of(here, ["daily:", "static:"])
        case _:
            return here, []


def _values(attribute: str, graph: Graph) -> list[str]:
    """What may stand after `group:`, `tag:` and the like; what needs quotes has them."""
    found: set[str] = set()
    for node in graph.nodes.values():
        match attribute:
            case "key":
                found.add(node.key.to_escaped_user_string())
            case "group":
                found.add(node.group)
            case "tag":
                found.update(
                    _tag(name, value)
                    for name, value in node.spec.tags.items()
                    if not name.startswith("dagster/")
                )
            case "kind":
                found.update(node.spec.kinds)
            case "owner":
                found.update(f'"{owner}"' for owner in node.spec.owners)
            case _:
                return []
    return sorted(found)


def _quoted(value: str) -> str:
    return value if value.startswith('"') else f'"{value}"'


def _tag(name: str, value: str) -> str:
    plain = re.compile(r"[A-Za-z_]\w*")
    name, value = (text if plain.fullmatch(text) or not text else f'"{text}"' for text in (name, value))
    return f"{name}={value}" if value else name


def _partitions(graph: Graph, words: Iterable[str], here: str, now: Moment | None) -> list[str]:
    """The partition keys of the assets that the line names; of all, if it names none."""
    named = {word.partition("@")[0] for word in words}
    chosen = [node for key, node in graph.nodes.items() if key.to_escaped_user_string() in named] or list(
        graph.nodes.values()
    )
    found: dict[str, None] = {}
    for node in chosen:
        if node.partitions is not None:
            # The newest are those one wants most: of many the last are offered.
            keys = [key for key in node.partitions.get_partition_keys(*when(now)) if key.startswith(here)]
            found.update(dict.fromkeys(keys[-_MOST:]))
    return list(found)[:_MOST]


def _option(word: str, options: Iterable[Option]) -> Option | None:
    return next((option for option in options if word == f"--{option.name}"), None)


def _of(fragment: str, texts: Iterable[str]) -> tuple[str, list[str]]:
    return fragment, list(islice((text for text in texts if text.startswith(fragment)), _MOST))

"""What a user's selection chooses: the keys it means, or why it means none.

The grammar's own rule is that what matches nothing is empty. Somebody who typed it has most
likely misspelt it, so the workspace says so, with the nearest spelling that there is. Rules:
`spec/notebook.md` §5, C8, C10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from .decide.observing import observable
from .decide.resolve import resolve
from .errors import DagsterInvalidAssetSelectionError, DagsterInvalidSubsetError, UnknownAssetError, nearest
from .graph import Graph, Node
from .keys import AssetKey
from .language.selection import AssetSelection, GroupMatch, Groups, KeyMatch, Keys, Kind, Owner, Tag
from .partitions.moment import Moment, when

ANY = "*"
_BARE = re.compile(r"(?<![\w:/\"'])[\w/]+(?![\w:/\"'(])")


def select(graph: Graph, selection: Any = None) -> list[AssetKey]:
    """The executable assets of a selection, upstream first; see `Workspace.select`.

    Raises:
        UnknownAssetError: for a ghost that is named exactly; one that a pattern meets does not count.
    """
    if selection is None or selection == ANY:
        return graph.executable()
    if isinstance(selection, AssetKey):
        selection = [selection]
    terms = AssetSelection.from_coercible(selection)
    keys = resolve(terms, graph)
    for key in _named(terms):
        if key in keys and graph.nodes[key].kind == "ghost":
            raise graph.unknown(key)
    return [key for key in graph.sorted(keys) if graph.nodes[key].kind == "asset"]


def select_typed(graph: Graph, text: str, remembered: Collection[AssetKey]) -> list[AssetKey]:
    """As `select`, of a text that was typed: what means nothing is an error.

    Args:
        graph: What is declared.
        text: The selection.
        remembered: The assets of former sessions, whose cells have not run yet.

    Raises:
        UnknownAssetError: for a key that is only remembered, or a ghost.
        DagsterInvalidSubsetError: if nothing is meant; it says by which part, and the nearest spelling.
    """
    try:
        terms = AssetSelection.from_coercible(text)
    except DagsterInvalidAssetSelectionError as error:
        said, cut, place = str(error).partition("\n")
        raise DagsterInvalidAssetSelectionError(said + _misspelt(text, graph) + cut + place) from None
    for key in _named(terms):
        if key in remembered and (key not in graph.nodes or graph.nodes[key].kind == "ghost"):
            raise UnknownAssetError(of_another_session(key))
    keys = select(graph, terms)
    if not keys and text != ANY:
        raise DagsterInvalidSubsetError(_nothing(terms, text, graph))
    return keys


def select_observed(graph: Graph, selection: Any = None) -> list[AssetKey]:
    """The assets of a selection that a function looks at; without a selection, all of them.

    Raises:
        DagsterInvalidSubsetError: if nothing of it is looked at; it says what is.
    """
    known = observable(graph)
    if selection is None or selection == ANY:
        return known
    if isinstance(selection, AssetKey):
        selection = [selection]
    keys = resolve(AssetSelection.from_coercible(selection), graph)
    found = [key for key in known if key in keys]
    if not found:
        names = ", ".join(repr(key.to_user_string()) for key in graph.sorted(keys)[:5]) or repr(selection)
        seen = ", ".join(repr(key.to_user_string()) for key in known[:10]) or "none is declared"
        message = (
            f"No function looks at {names}: declare one with @observable_source_asset. "
            f"What can be observed: {seen}."
        )
        raise DagsterInvalidSubsetError(message)
    return found


def without_partitions(graph: Graph, keys: Iterable[AssetKey], now: Moment) -> tuple[str, ...]:
    """A sentence for each of these assets that could have partitions, and has none at this moment."""
    spaces = {key: graph.nodes[key].partitions for key in keys}
    return tuple(
        f"{key.to_user_string()!r} has no partitions at this moment."
        for key, space in spaces.items()
        if space is not None and not len(space.get_partition_keys(*when(now)))
    )


def of_another_session(key: AssetKey) -> str:
    """What is said of an asset that only the store remembers."""
    return f"{key.to_user_string()!r} was made in an earlier session: run the cell that defines it first."


def _misspelt(text: str, graph: Graph) -> str:
    """What the first unknown bare name of a text may have meant."""
    known = {key.to_user_string() for key in graph.nodes if graph.nodes[key].kind != "ghost"}
    for word in _BARE.findall(text):
        if word not in known and (hint := nearest(word, known, 1)):
            return hint
    return ""


def _named(terms: AssetSelection) -> Iterator[AssetKey]:
    """The keys that a selection names without a pattern."""
    for term in terms.postorder():
        if isinstance(term, Keys):
            yield from term.asset_keys
        elif isinstance(term, KeyMatch) and ANY not in term.pattern:
            yield AssetKey.from_user_string(term.pattern)


def _nothing(terms: AssetSelection, text: str, graph: Graph) -> str:
    """Why a selection means nothing that can be materialized."""
    if not graph.nodes:
        return f"Nothing is selected by {text!r}: no assets are defined yet."
    for term in terms.postorder():
        if isinstance(term, AssetSelection) and not (
            *term.below(),
            *resolve(term, graph, allow_missing=True),
        ):
            return _unmet(term, text, graph)
    keys = resolve(terms, graph, allow_missing=True)
    if keys:
        names = ", ".join(key.to_user_string() for key in graph.sorted(keys))
        return f"{text!r} selects only what is never run here: {names}."
    return f"No asset is selected by all of {text!r} together."


def _unmet(term: Any, text: str, graph: Graph) -> str:
    """What is so of the part of a selection that nothing meets."""

    def known(of: Callable[[Node], Iterable[str]]) -> list[str]:
        return sorted({name for node in graph.nodes.values() if node.kind != "ghost" for name in of(node)})

    match term:
        case KeyMatch(pattern):
            plain = pattern.replace(ANY, "")
            hint = nearest(plain, known(lambda node: [node.key.to_user_string()]))
            said = f"has a key like {pattern!r}" if ANY in pattern else f"is defined under {pattern!r}"
        case Groups(names):
            hint = nearest(names[0], known(lambda node: [node.group])) if names else ""
            said = f"is in the group {names[0]!r}" if names else "is in no group"
        case GroupMatch(pattern):
            hint = nearest(pattern.replace(ANY, ""), known(lambda node: [node.group]))
            said = f"is in a group like {pattern!r}"
        case Tag(name, value):
            wanted = f"{name}={value}" if value else name
            tags = known(lambda node: [f"{k}={v}" if v else k for k, v in node.spec.tags.items()])
            hint, said = nearest(wanted, tags), f"has the tag {wanted!r}"
        case Kind(name) if name is not None:
            hint, said = nearest(name, known(lambda node: node.spec.kinds)), f"is of the kind {name!r}"
        case Owner(name) if name is not None:
            hint, said = nearest(name, known(lambda node: node.spec.owners)), f"belongs to {name!r}"
        case _:
            return f"No asset is selected by {text!r}."
    return f"No asset {said}{hint or '.'}"

"""What a selection means: the keys of a graph that its terms stand for.

One case for each term, each given what its parts mean; nothing but the graph is asked. Checks
are not assets: a term about checks means no key of an asset, and a term about assets means their
checks as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

from ..errors import CheckError, DagsterInvalidSubsetError, nearest
from ..keys import AssetCheckKey, AssetKey
from ..language.selection import (
    All,
    AllChecks,
    And,
    AssetSelection,
    Checks,
    ChecksOf,
    Down,
    Elsewhere,
    GroupMatch,
    Groups,
    Is,
    KeyMatch,
    KeyPrefixes,
    Keys,
    KeySubstring,
    Kind,
    Materializable,
    Minus,
    Neighbours,
    Or,
    Owner,
    Roots,
    Sinks,
    SourcesAbove,
    Tag,
    Up,
)

_NAMED = 10  # so many unknown keys are named in one message
_NO_KEYS: frozenset[AssetKey] = frozenset()


class Selectable(Protocol):
    """What a selection asks of a graph: its nodes (each with a `kind`, a `spec` and a `definition`) and edges."""

    nodes: Mapping[AssetKey, Any]
    up: Mapping[AssetKey, tuple[AssetKey, ...]]
    down: Mapping[AssetKey, tuple[AssetKey, ...]]
    checks: Mapping[AssetCheckKey, Any]


def resolve(
    selection: AssetSelection, graph: Selectable, *, allow_missing: bool = False
) -> frozenset[AssetKey]:
    """The keys that a selection means.

    Args:
        selection: The terms.
        graph: Over which.
        allow_missing: Whether exact keys that are not in the graph are left out.

    Raises:
        DagsterInvalidSubsetError: if they are not; it names the nearest keys.
    """
    return _assets(selection, graph, allow_missing)[id(selection)]


def resolve_checks(
    selection: AssetSelection, graph: Selectable, *, allow_missing: bool = False
) -> frozenset[AssetCheckKey]:
    """The keys of the checks that a selection means: those it names, and those of the assets that it means.

    Args:
        selection: The terms.
        graph: Over which.
        allow_missing: Whether exact keys that are not in the graph are left out.

    Raises:
        DagsterInvalidSubsetError: if they are not; it names the nearest keys.
    """
    assets = _assets(selection, graph, allow_missing)
    meant: dict[int, frozenset[AssetCheckKey]] = {}
    for term in selection.postorder():
        below = [meant[id(child)] for child in term.below()]
        meant[id(term)] = _meant_checks(term, below, assets[id(term)], graph, allow_missing)
    return meant[id(selection)]


def _assets(
    selection: AssetSelection, graph: Selectable, allow_missing: bool
) -> dict[int, frozenset[AssetKey]]:
    """The assets that a selection and each term in it means."""
    meant: dict[int, frozenset[AssetKey]] = {}
    for term in selection.postorder():
        below = [meant[id(child)] for child in term.below()]
        meant[id(term)] = _meant(term, below, graph, allow_missing)
    return meant


def _meant_checks(
    term: Any,
    below: list[frozenset[AssetCheckKey]],
    assets: frozenset[AssetKey],
    graph: Selectable,
    allow_missing: bool,
) -> frozenset[AssetCheckKey]:
    """The checks that one term means, if its parts mean these and it means these assets."""
    match term:
        case Checks(keys):
            return _exact_checks(keys, graph, allow_missing)
        case ChecksOf(keys):
            return frozenset(key for key in graph.checks if key.asset_key in keys)
        case AllChecks():
            return frozenset(graph.checks)
        case Or(_):
            return frozenset().union(*below)
        case And(_):
            return below[0].intersection(*below[1:])
        case Minus(_, _):
            return below[0] - below[1]
        case _:
            return frozenset(key for key in graph.checks if key.asset_key in assets)


def _exact_checks(
    keys: Iterable[AssetCheckKey], graph: Selectable, allow_missing: bool
) -> frozenset[AssetCheckKey]:
    unknown = [key.to_user_string() for key in keys if key not in graph.checks]
    if unknown and not allow_missing:
        raise DagsterInvalidSubsetError(_undefined("check", unknown, graph.checks))
    return frozenset(key for key in keys if key in graph.checks)


def _meant(
    term: Any, below: list[frozenset[AssetKey]], graph: Selectable, allow_missing: bool
) -> frozenset[AssetKey]:
    """The keys that one term means, if its parts mean these."""
    match term:
        case All(sources):
            return _where(graph, sources, lambda _key, _spec: True)
        case Keys(keys):
            return _exact(keys, graph, allow_missing)
        case KeyMatch(pattern):
            like = _like(pattern)
            return frozenset(key for key in graph.nodes if like(key.to_user_string()))
        case KeyPrefixes(prefixes, sources):
            return _where(graph, sources, lambda key, _spec: any(key.parts[: len(p)] == p for p in prefixes))
        case KeySubstring(text, sources):
            return _where(graph, sources, lambda key, _spec: text in key.to_user_string())
        case Groups(names, sources):
            return _where(graph, sources, lambda _key, spec: (spec.group_name or "default") in names)
        case GroupMatch(pattern, sources):
            like = _like(pattern)
            return _where(graph, sources, lambda _key, spec: like(spec.group_name or "default"))
        case Tag(name, value, sources):
            return _where(graph, sources, lambda _key, spec: (spec.tags or {}).get(name) == value)
        case Owner(owner):
            return frozenset(
                key for key, node in graph.nodes.items() if owner in (node.spec.owners or (None,))
            )
        case Kind(kind, sources):
            return _where(graph, sources, lambda _key, spec: kind in (spec.kinds or (None,)))
        case Is("materializable"):
            return _where(graph, False, lambda _key, _spec: True)
        case Is(_):
            return frozenset(key for key, node in graph.nodes.items() if node.kind == "external")
        case Elsewhere(attribute, _, _):
            return _elsewhere(attribute)
        case Checks(_) | ChecksOf(_) | AllChecks():
            return _NO_KEYS
        case Or(_):
            return frozenset().union(*below)
        case And(_):
            return below[0].intersection(*below[1:])
        case Minus(_, _):
            return below[0] - below[1]
        case Up(_, depth, whole):
            reached = _reached(below[0], graph.up, depth, whole)
            return frozenset(key for key in reached if graph.nodes[key].kind == "asset")
        case Down(_, depth, whole):
            return _reached(below[0], graph.down, depth, whole)
        case Roots(_):
            return below[0] - _beyond(below[0], graph.down)
        case Sinks(_):
            return below[0] - _beyond(below[0], graph.up)
        case SourcesAbove(_):
            above = {up for key in below[0] for up in graph.up[key]}
            return frozenset(key for key in above if graph.nodes[key].kind == "external")
        case Materializable(_):
            return frozenset(key for key in below[0] if graph.nodes[key].kind == "asset")
        case Neighbours(_):
            return frozenset(other for key in below[0] for other in _together(graph.nodes[key], key))
        case _:
            message = f"{term!r} is not a term of a selection"
            raise AssertionError(message)


def _where(graph: Selectable, sources: bool, holds: Callable[[AssetKey, Any], bool]) -> frozenset[AssetKey]:
    """The assets, and with sources the external ones, of which something holds."""
    kinds = {"asset", "external"} if sources else {"asset"}
    return frozenset(key for key, node in graph.nodes.items() if node.kind in kinds and holds(key, node.spec))


def _exact(keys: Iterable[AssetKey], graph: Selectable, allow_missing: bool) -> frozenset[AssetKey]:
    unknown = [key.to_user_string() for key in keys if key not in graph.nodes]
    if unknown and not allow_missing:
        raise DagsterInvalidSubsetError(_undefined("asset", unknown, graph.nodes))
    return frozenset(key for key in keys if key in graph.nodes)


def _undefined(what: str, unknown: list[str], known: Iterable[AssetKey | AssetCheckKey]) -> str:
    """The text that tells which keys nobody defines, each with its nearest."""
    names = [key.to_user_string() for key in known]
    told = [repr(name) + nearest(name, names).rstrip("?") for name in unknown[:_NAMED]]
    more = f", and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    end = more or ("?" if "; did" in told[-1] else ".")
    return f"No {what} is defined under {', '.join(told)}{end}"


def _like(pattern: str) -> Callable[[str], bool]:
    """Whether a text is like a pattern, `*` standing for any text."""
    fits = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL).fullmatch
    return lambda text: fits(text) is not None


def _elsewhere(attribute: str) -> frozenset[AssetKey]:
    """What the grammar has for graphs of many code locations, and one process cannot know."""
    if attribute == "partitions":
        return _NO_KEYS
    message = f"`{attribute}:` cannot be asked of the assets of one process"
    if attribute in {"code_location", "job", "schedule", "sensor"}:
        raise CheckError(message)
    raise NotImplementedError(message)


def _reached(
    start: AbstractSet[AssetKey],
    along: Mapping[AssetKey, Collection[AssetKey]],
    depth: int | None,
    whole: bool,
) -> frozenset[AssetKey]:
    """What is reached in so many steps at the most."""
    reached, edge = set(start), set(start)
    while edge and (depth is None or depth > 0):
        edge = {beside for key in edge for beside in along[key]} - reached
        reached |= edge
        depth = None if depth is None else depth - 1
    return frozenset(reached if whole else reached - start)


def _beyond(
    start: AbstractSet[AssetKey], along: Mapping[AssetKey, Collection[AssetKey]]
) -> frozenset[AssetKey]:
    """What is reached in one step or more, members of the start among it; a self-dependency aside."""
    edge = {beside for key in start for beside in along[key] if beside != key}
    return _reached(edge, along, None, True)


def _together(node: Any, key: AssetKey) -> Iterable[AssetKey]:
    """What is materialized in one step with an asset, itself included."""
    definition = node.definition
    if definition is None or getattr(definition, "can_subset", False):
        return (key,)
    return tuple(definition.keys)

"""From a request to ordered steps, each with its why; and what is kept, with its why.

Pure. The forecast is honest about what is not known yet: *build* runs for certain, *maybe*
runs only if an ancestor comes out different (the runner asks `verdict` again right before
the step). Rule: `spec/notebook.md` §4.3 (`plan`, `materialize`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from ..define.definition import AssetsDefinition
from ..errors import DagsterUnknownPartitionError, nearest
from ..graph import Graph, Node, undefined
from ..history import Facts
from ..keys import AssetCheckKey, AssetKey, Piece
from ..partitions.moment import Moment
from .check_steps import CheckStep, check_due, check_steps, stopped_at
from .inputs import pieces_read
from .states import Partitions, judge, partitions_of
from .verdict import Cause, State, Verdict

Mode: TypeAlias = Literal["due", "force"]
PartitionsWanted: TypeAlias = Mapping[AssetKey, Collection[str]] | Collection[str] | None
"""One list for all assets, or one per asset; `None` is every partition."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks to have.

    Args:
        keys: The selected assets.
        partitions: Partition keys for the selected assets that have partitions: one list for
            all of them, or one per asset; `None` means every partition that exists.
        mode: `due` runs what is not fresh, `force` every selected piece.
        only: Whether nothing outside the selection may run.
        checks: The checks to evaluate; those of the selected assets if left out.
        states: Which of the selected pieces are meant, by their state; `None` means all.
    """

    keys: frozenset[AssetKey]
    partitions: PartitionsWanted = None
    mode: Mode = "due"
    only: bool = False
    checks: frozenset[AssetCheckKey] | None = None
    states: frozenset[State] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One piece that runs (`build`) or may run (`maybe`), and why."""

    node: Node
    piece: Piece
    forecast: Literal["build", "maybe"]
    why: Verdict


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps, upstream first, and the verdicts of what is kept.

    `blocked` are sentences that say what makes the plan impossible to run: a ghost above a
    step (C8), or a value that `only` needs and the store lacks. `at_once` lets one call make all
    partitions of an asset. `forced` are the pieces that run
    whatever their verdict says: those that were asked for, not what is above them.
    """

    steps: tuple[Step, ...]
    kept: Mapping[Piece, Verdict]
    request: Request
    blocked: tuple[str, ...] = field(default=())
    forced: frozenset[Piece] = field(default=frozenset())
    checks: tuple[CheckStep, ...] = field(default=())
    at_once: bool = False


def plan(
    graph: Graph,
    facts: Facts,
    codes: Mapping[AssetKey, str],
    request: Request,
    now: Moment | None = None,
    check_codes: Callable[[AssetsDefinition], str] | None = None,
) -> Plan:
    """What has to be done to fulfil a request.

    Args:
        graph: What is declared.
        facts: What happened, and which values are there.
        codes: The code versions as they are now, for the selection and its ancestors.
        request: What is asked for.
        now: The moment that says which partitions exist.
        check_codes: Gives the code version of a function that checks assets; without it, none counts as up to date.

    Raises:
        DagsterUnknownPartitionError: for a partition that no selected asset has.
    """
    chosen = _chosen(graph, request, now)
    if request.states is not None:
        chosen = _in_states(request.states, chosen, graph, facts, codes, request.only, now)
    if graph.together:
        chosen = _with_siblings(graph, chosen)
    needed = chosen if request.only else _with_ancestors(graph, chosen, now)
    # What is made together with something above may itself read more.
    while graph.together and (more := _with_siblings(graph, needed)) != needed:
        needed = more if request.only else _with_ancestors(graph, more, now)
    forced = _pieces(chosen) if request.mode == "force" else frozenset()
    verdicts = judge(graph, facts, codes, needed, now, forced)
    steps: list[Step] = []
    kept: dict[Piece, Verdict] = {}
    for piece, own in verdicts.items():
        node = graph.nodes[piece.asset]
        if node.kind != "asset":
            continue
        if own.due:
            steps.append(Step(node, piece, "build", own))
        elif piece in forced:
            steps.append(
                Step(
                    node, piece, "build", Verdict("stale", (*own.causes, Cause("asked", "it was asked for")))
                )
            )
        elif own.state == "upstream":
            forecast: Literal["build", "maybe"] = "build" if _certain(own, verdicts, forced) else "maybe"
            steps.append(Step(node, piece, forecast, own))
        else:
            kept[piece] = own
    checks = _checks(graph, facts, request, chosen, needed, steps, now, check_codes) if graph.checks else ()
    return Plan(tuple(steps), kept, request, tuple(_blocked(graph, facts, steps, now)), forced, checks)


def _in_states(
    wanted: Collection[State],
    chosen: Mapping[AssetKey, Partitions],
    graph: Graph,
    facts: Facts,
    codes: Mapping[AssetKey, str],
    only: bool,
    now: Moment | None,
) -> dict[AssetKey, Partitions]:
    """Those of the chosen pieces that are in one of the states."""
    needed = chosen if only else _with_ancestors(graph, chosen, now)
    verdicts = judge(graph, facts, codes, needed, now)
    found = {
        key: [each for each in partitions if verdicts[Piece(key, each)].state in wanted]
        for key, partitions in chosen.items()
    }
    return {key: partitions for key, partitions in found.items() if partitions}


def _checks(
    graph: Graph,
    facts: Facts,
    request: Request,
    chosen: Mapping[AssetKey, Partitions],
    needed: Mapping[AssetKey, Partitions],
    steps: Sequence[Step],
    now: Moment | None,
    codes: Callable[[AssetsDefinition], str] | None,
) -> tuple[CheckStep, ...]:
    """The checks of what is chosen and of what runs for it, and those above that may stop it, where something changed.

    A blocking one that said no is asked again: like a failure, it is never up to date.
    """
    pieces = {key: list(partitions) for key, partitions in chosen.items()}
    running = {step.piece.asset for step in steps}
    for step in steps:
        mine = pieces.setdefault(step.piece.asset, [])
        if step.piece.asset not in chosen:
            mine.append(step.piece.partition)
    above = graph.ancestors(running) - pieces.keys()
    stopped = stopped_at(graph, facts, above)
    pieces.update(
        (key, list(needed.get(key) or stopped.get(key) or ())) for key in above & graph.checks_of.keys()
    )
    return tuple(
        check
        for check in check_steps(graph, request.checks, pieces, pieces)
        if (above.isdisjoint(check.about) or any(node.spec.blocking for node in check.nodes))
        and (
            request.mode == "force"
            or codes is None
            or not running.isdisjoint(check.reads())
            or check_due(check, graph, facts, codes(check.definition), now)
        )
    )


def _certain(own: Verdict, verdicts: Mapping[Piece, Verdict], forced: Collection[Piece]) -> bool:
    """Whether a piece runs because one that is made together with it does."""
    about = own.causes[0].about if own.causes and own.causes[0].kind == "together" else None
    return about is not None and (verdicts[about].due or about in forced)


def _with_siblings(graph: Graph, needed: Mapping[AssetKey, Partitions]) -> dict[AssetKey, Partitions]:
    """The same, with the assets that can only be made together with some of them."""
    found = dict(needed)
    for key, partitions in needed.items():
        for sibling in graph.together.get(key, ()):
            mine = found.get(sibling)
            if mine is None:
                found[sibling] = partitions
            elif list(mine) != list(partitions):
                found[sibling] = list(dict.fromkeys((*mine, *partitions)))
    return found


def _pieces(chosen: Mapping[AssetKey, Partitions]) -> frozenset[Piece]:
    return frozenset(Piece(key, partition) for key, partitions in chosen.items() for partition in partitions)


def wanted_of(key: AssetKey, asked: PartitionsWanted) -> Collection[str] | None:
    """The partitions that are asked of one asset; `None` means all."""
    if isinstance(asked, Mapping):
        return cast("Mapping[AssetKey, Collection[str]]", asked).get(key)
    return asked


def _chosen(graph: Graph, request: Request, now: Moment | None) -> dict[AssetKey, Partitions]:
    """The selected pieces, per asset."""
    asked = request.partitions
    chosen: dict[AssetKey, Partitions] = {}
    found: set[str] = set()
    for key in graph.sorted(request.keys):
        node = graph.nodes[key]
        wanted = wanted_of(key, asked)
        if node.partitions is None or wanted is None:
            chosen[key] = partitions_of(node, now)
            continue
        wish = set(wanted)
        chosen[key] = there = [p for p in partitions_of(node, now) if p in wish]
        found.update(p for p in there if p is not None)
        if isinstance(asked, Mapping) and len(there) < len(wish):
            raise _unknown_partition(min(wish.difference(there)), [node], now)
    if asked is not None and not isinstance(asked, Mapping):
        unknown = set(asked) - found
        if unknown:
            nodes = [graph.nodes[key] for key in chosen if graph.nodes[key].partitions is not None]
            raise _unknown_partition(min(unknown), nodes, now)
    return chosen


def _unknown_partition(
    name: str, nodes: Collection[Node], now: Moment | None
) -> DagsterUnknownPartitionError:
    if not nodes:
        return DagsterUnknownPartitionError(
            f"There is no partition {name!r}: none of the selected assets is partitioned."
        )
    known = [str(p) for node in nodes for p in partitions_of(node, now)]
    range_ = f"; they go from {known[0]!r} to {known[-1]!r}" if known else "; there are none yet"
    assets = ", ".join(repr(node.key.to_user_string()) for node in nodes)
    hint = nearest(name, known[:2000])
    return DagsterUnknownPartitionError(
        f"{assets} {'has' if len(nodes) == 1 else 'have'} no partition {name!r}{range_}{hint or '.'}"
    )


def _with_ancestors(
    graph: Graph, chosen: Mapping[AssetKey, Partitions], now: Moment | None
) -> dict[AssetKey, Partitions]:
    """The chosen pieces and every piece above them that they read, directly or not."""
    wanted: dict[AssetKey, set[str | None]] = {key: set(partitions) for key, partitions in chosen.items()}
    concerned = graph.ancestors(chosen) | set(chosen)
    whole: dict[AssetKey, Partitions] = {}  # all partitions of an asset, listed once
    for key in reversed(graph.order):
        if key not in concerned or not wanted.get(key):
            continue
        partitions = wanted[key]
        _add_own(partitions, graph.nodes[key], graph, now)
        for edge in graph.nodes[key].inputs:
            if edge.up == key:
                continue
            up = graph.nodes[edge.up]
            above = wanted.setdefault(edge.up, set())
            if up.partitions is None:
                above.add(None)
                continue
            if edge.up not in whole:
                whole[edge.up] = partitions_of(up, now)
            if len(above) == len(whole[edge.up]):
                continue
            for partition in partitions:
                above.update(pieces_read(edge, Piece(key, partition), graph, now)[0])
    ordered: dict[AssetKey, Partitions] = {}
    for key, partitions in wanted.items():
        everything = chosen.get(key) or whole.get(key) or partitions_of(graph.nodes[key], now)
        ordered[key] = (
            everything
            if len(everything) == len(partitions)
            else [p for p in partitions_of(graph.nodes[key], now) if p in partitions]
        )
    return ordered


def _add_own(partitions: set[str | None], node: Node, graph: Graph, now: Moment | None) -> None:
    """Add the partitions of the same asset that these read, directly or not."""
    for edge in node.inputs:
        if edge.up == node.key and node.partitions is not None:
            todo = list(partitions)
            while todo:
                read = pieces_read(edge, Piece(node.key, todo.pop()), graph, now)[0]
                todo += [partition for partition in read if partition not in partitions]
                partitions.update(read)


def _blocked(graph: Graph, facts: Facts, steps: Iterable[Step], now: Moment | None) -> Iterable[str]:
    """Why these steps cannot run: inputs that nobody defines, values that are not there and will not be made."""
    told: set[AssetKey] = set()
    running = {step.piece for step in steps}
    for step in steps:
        for edge in step.node.inputs:
            up = graph.nodes[edge.up]
            if up.kind == "ghost" and edge.up not in told:
                told.add(edge.up)
                yield undefined(edge.up, graph.nodes.values())
            if up.kind != "asset" or not edge.loads or edge.up in told:
                continue
            for partition in pieces_read(edge, step.piece, graph, now)[0]:
                above = Piece(edge.up, partition)
                if above not in running and facts.record(above) is None:
                    told.add(edge.up)
                    yield (
                        f"{str(step.piece)!r} reads {str(above)!r}, which was never materialized and is not part of this run. "
                        f"Materialize {edge.up.to_user_string()!r} first, or run without `only`."
                    )
                    break

"""What can be asked of a graph and a store: select, plan, run, explain, load, wipe.

Plain functions of what they need. `Workspace` keeps the state between them and `materialize`
is the reference's entry; both come through here, so there is one way in. Rules:
`spec/notebook.md` §4.3, `spec/semantics.md` §6.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .choice import select
from .decide.check_steps import stopped_by
from .decide.codes import check_code, code_parts, code_versions
from .decide.plan import PartitionsWanted, Plan, Request, plan, wanted_of
from .decide.states import partitions_of, states
from .decide.verdict import MISSING, State, Verdict
from .decide.why import Why, roots_of
from .define.definition import AssetsDefinition
from .errors import (
    DagsterInvariantViolationError,
    DagsterRunNotFoundError,
    DagsterUnknownPartitionError,
    ParameterCheckError,
    UnknownAssetError,
    ValueMissingError,
    nearest,
)
from .events import Dropped, Event, Materialized, StepRetried, Stored, Wiped
from .graph import Graph, Node, undefined
from .history import Facts, Snapshot
from .instance import DagsterInstance
from .keys import AssetKey, Piece
from .latest import Entry, Record
from .origins import Origins
from .partitions.moment import Moment, when
from .partitions.subset import PartitionKeyRange
from .run.cancel import Cancel
from .run.loading import load_value, load_values
from .run.outcome import Outcome
from .run.result import RunSummary
from .run.runner import Progress, execute
from .versions.changes import Change, explain
from .versions.fingerprint import Memo, Part

KEPT_VERSIONS = 10
"""How many versions of a piece's value are kept when newer ones come."""


def moment(facts: Facts) -> Moment:
    """The moment that decides which partitions exist: the clock, and the dynamic keys of these facts."""
    return Moment(datetime.now(UTC), facts.dynamic)


# Selecting


def key_of(graph: Graph, text: str) -> AssetKey:
    """The key that a text names: as one part if there is such an asset, else split on `/`."""
    whole = AssetKey(text)
    return whole if whole in graph.nodes or "/" not in text else AssetKey.from_escaped_user_string(text)


def select_remembered(graph: Graph, selection: Any, facts: Snapshot) -> list[AssetKey]:
    """As `select`; a text that names an asset which only the store remembers gives its key."""
    if isinstance(selection, str):
        key = key_of(graph, selection)
        if key not in graph.nodes and key in facts.assets():
            return [key]
    return select(graph, selection)


def partitions_asked(graph: Graph, keys: Collection[AssetKey], asked: Any, now: Moment) -> PartitionsWanted:
    """The partitions that a text (`KEY`, `FROM..TO`, commas between), a list or a mapping names.

    Raises:
        DagsterUnknownPartitionError: for a bound of a range that is no partition of any of the assets.
    """
    if asked is None or isinstance(asked, Mapping):
        return asked
    spaces = [graph.nodes[key].partitions for key in graph.sorted(keys)]
    if isinstance(asked, PartitionKeyRange):
        known = [list(space.get_partition_keys(*when(now))) for space in spaces if space is not None]
        return _range(*asked, known)
    texts = [asked] if isinstance(asked, str) else list(asked)
    known = [list(space.get_partition_keys(*when(now))) for space in spaces if space is not None]
    found: dict[str, None] = {}
    for text in texts:
        if any(text in space for space in known):
            found[text] = None
            continue
        for part in text.split(","):
            first, dots, last = part.strip().partition("..")
            if dots and not any(part in space for space in known):
                found.update(dict.fromkeys(_range(first.strip(), last.strip(), known)))
            else:
                found[part.strip()] = None
    return list(found)


def _range(first: str, last: str, known: Sequence[Sequence[str]]) -> list[str]:
    for space in known:
        if (not first or first in space) and (not last or last in space):
            start = space.index(first) if first else 0
            stop = space.index(last) + 1 if last else len(space)
            if start >= stop and space:
                message = f"The range {first}..{last} runs backwards: {last!r} comes before {first!r}; write {last}..{first}."
                raise DagsterUnknownPartitionError(message)
            return list(space[start:stop])
    every = [key for space in known for key in space]
    wrong = next((bound for bound in (first, last) if bound and bound not in every), last)
    message = f"There is no partition {wrong!r} to bound a range{nearest(wrong, every[:2000]) or '.'}"
    raise DagsterUnknownPartitionError(message)


STATES: tuple[State, ...] = ("missing", "failed", "stale", "upstream", "fresh")
"""The states by which pieces that can be made may be chosen."""


def states_asked(asked: str | Iterable[str] | None) -> frozenset[State] | None:
    """The states that a text (commas between) or a list names.

    Raises:
        ParameterCheckError: for one that there is not.
    """
    if asked is None:
        return None
    texts = [asked] if isinstance(asked, str) else asked
    words = [word.strip() for text in texts for word in text.split(",")]
    for word in words:
        if word not in STATES:
            hint = nearest(word, STATES)
            message = f"There is no state {word!r}{hint or '.'} There are {', '.join(STATES)}."
            raise ParameterCheckError(message)
    return frozenset(state for state in STATES if state in words)


# Deciding


def codes(
    graph: Graph, keys: Iterable[AssetKey], resources: Mapping[str, object], config: Mapping[str, Any]
) -> dict[AssetKey, str]:
    """The code versions of these assets, as they are now."""
    return code_versions(graph, keys, resources, config)


def concerned(graph: Graph, request: Request) -> set[AssetKey]:
    """The assets whose code version a request needs: the selection, what is made with it, and all above."""
    found = set(request.keys)
    while True:
        more = found.union(*(graph.together.get(key, ()) for key in found)) if graph.together else found
        if not request.only:
            more = more | graph.ancestors(more)
        if more == found or not graph.together:
            return more
        found = more


def plan_of(
    graph: Graph,
    facts: Facts,
    versions: Mapping[AssetKey, str],
    request: Request,
    resources: Mapping[str, object] | None,
    config: Mapping[str, Any] | None = None,
) -> Plan:
    """The plan of a request at this moment; without resources, the code of checks is not looked at."""
    memo = Memo()

    def code(definition: AssetsDefinition) -> str:
        return check_code(definition, graph, resources or {}, config or {}, memo)

    return plan(graph, facts, versions, request, moment(facts), None if resources is None else code)


def barred(graph: Graph) -> tuple[list[AssetKey], tuple[str, ...]]:
    """What cannot be made because nobody defines something above it (C8), and a sentence per ghost."""
    ghosts = graph.ghosts()
    if not ghosts:
        return [], ()
    below = graph.sorted(graph.descendants(ghosts))
    return below, tuple(undefined(key, graph.nodes.values()) for key in ghosts)


def refuse_blocked(made: Plan) -> None:
    """Raise what makes a plan impossible to run, before anything is started."""
    if made.blocked:
        raise DagsterInvariantViolationError("\n".join(made.blocked))


def why(
    instance: DagsterInstance, graph: Graph, facts: Snapshot, versions: Mapping[AssetKey, str], piece: Piece
) -> Why:
    """The answer to `why`; see `Workspace.why`."""
    node = graph.node(piece.asset)
    now = moment(facts)
    verdicts = states(graph, facts, versions, [piece.asset], now)
    if piece not in verdicts:
        known = [str(p) for p in partitions_of(node, now)]
        if (
            piece.partition is None
        ):  # the whole of a partitioned asset: the first piece that is not fresh speaks
            piece = next(
                (p for p, v in verdicts.items() if p.asset == piece.asset and v.state != "fresh"),
                Piece(piece.asset, known[-1] if known else None),
            )
        if piece not in verdicts:
            message = f"{piece.asset.to_user_string()!r} has no partition {piece.partition!r}{nearest(str(piece.partition), known) or '.'}"
            raise DagsterUnknownPartitionError(message)
    own = verdicts[piece]
    present = code_parts(node.definition) if node.definition is not None else None
    record = facts.record(piece)
    changes: tuple[Change, ...] = ()
    above = graph.ancestors([piece.asset])
    notes = [undefined(key, graph.nodes.values()) for key in graph.ghosts() if key in above]
    if own == MISSING and any(
        isinstance(entry.event, Wiped) for entry in history(instance, piece.asset, piece.partition, 1)
    ):
        notes.append("It was materialized, and then wiped.")
    if own.due:
        notes += _failed_above(verdicts, above)
        notes += [
            f"The blocking check {check.name!r} of {check.asset_key.to_user_string()!r} failed: until it passes, nothing below is made."
            for check in stopped_by(graph, facts, above)
        ]
    if record is not None and present is not None and any(cause.kind == "code" for cause in own.causes):
        recorded = _parts(instance, record)
        changes = () if recorded is None else tuple(explain(recorded, present.parts))
        if recorded is None:
            notes.append("The code that made it was not kept, so there is nothing to compare with.")
        elif not changes:
            notes.append(
                "Its function is as it was: its config, a resource, its IO manager, type or partitions changed."
            )
    if record is not None and present is not None and record.python not in {"", present.python}:
        notes.append(f"It was made by Python {record.python}; this is Python {present.python}.")
    return Why(
        piece, own, roots_of(piece, verdicts), changes, present.untracked if present else (), tuple(notes)
    )


def _failed_above(verdicts: Mapping[Piece, Verdict], above: Collection[AssetKey]) -> list[str]:
    """A sentence for each asset above that failed: what is below it is not started."""
    found: dict[AssetKey, list[Piece]] = {}
    for piece, own in verdicts.items():
        if own.state == "failed" and piece.asset in above:
            found.setdefault(piece.asset, []).append(piece)
    return [
        f"{pieces[0]}{f' and {len(pieces) - 1} more of its partitions' if len(pieces) > 1 else ''}, "
        f"above it: {verdicts[pieces[0]].causes[0].text}."
        for pieces in found.values()
    ]


def _parts(instance: DagsterInstance, record: Record) -> Mapping[str, Part] | None:
    text = instance.log.get_code(record.provenance.code)
    return None if text is None else {name: Part(*part) for name, part in json.loads(text).items()}


# Doing


def run(
    instance: DagsterInstance,
    graph: Graph,
    made: Plan,
    facts: Snapshot,
    *,
    resources: Mapping[str, object],
    config: Mapping[str, Any],
    origin: str,
    cancel: Cancel,
    on_progress: Callable[[Progress], None] | None = None,
    deed: str = "materialized",
) -> RunSummary:
    """Run a plan in this process; nothing is written if there is nothing to do."""
    outcome = execute(
        made,
        graph,
        instance.log,
        instance.values,
        lambda keys: code_versions(graph, keys, resources, config),
        facts,
        resources=resources,
        config=config,
        instance=instance,
        origin=origin,
        owner=instance.owner,
        cancel=cancel,
        on_progress=on_progress,
        now=moment(facts),
    )
    if outcome.built:
        keep_code(instance, graph, outcome, resources)
        instance.values.collect(KEPT_VERSIONS)
    return RunSummary(outcome, deed)


def keep_code(
    instance: DagsterInstance, graph: Graph, outcome: Outcome, resources: Mapping[str, object]
) -> None:
    """Keep the text of the code that made what was made, so that `why` can show what changed since.

    Args:
        instance: Where it is kept, once per code version.
        graph: The graph of the run.
        outcome: What was made, with the code version of each piece.
        resources: What the functions were handed.
    """
    made = {
        event.provenance.code: event.piece.asset
        for event in outcome.events
        if isinstance(event, Materialized)
    }
    new = {code: key for code, key in made.items() if code not in instance.known_codes}
    if not new:
        return
    memo = Memo()  # a helper that many assets reach is looked at once
    present = code_versions(graph, new.values(), resources, outcome.setting.configs.form, memo)
    texts: dict[str, str] = {}
    for code, key in new.items():
        definition = graph.nodes[key].definition
        # A global that changed while the run went on: this is no longer the code that ran.
        if (
            definition is not None
            and present[key] == code
            and (parts := code_parts(definition, memo)) is not None
        ):
            told = {name: (part.digest, part.kind, part.text) for name, part in parts.parts.items()}
            texts[code] = json.dumps(told)
    instance.log.put_codes(texts)
    instance.known_codes.update(texts)


# Looking


def load(
    instance: DagsterInstance,
    graph: Graph,
    facts: Snapshot,
    resources: Mapping[str, object],
    config: Mapping[str, Any],
    key: AssetKey,
    partition: str | None,
    version: int | str | None,
) -> Any:
    """The stored value of an asset or of one of its partitions; see `Workspace.load`."""
    if version is not None:
        return instance.values.get(_kept_version(instance, Piece(key, partition), version))
    there = dict.fromkeys(facts.partitions(key))
    node = graph.nodes.get(key)
    if partition is None and there:
        # What is declared decides: an asset that was partitioned once still has those records.
        if node is not None and (node.kind == "asset" or node.partitions is not None):
            order = [p for p in partitions_of(node, moment(facts)) if p is not None and p in there]
        else:
            order = [] if None in there else sorted(map(str, there))
        if order and node is not None:
            return load_values(instance, node, order, facts, resources, config)
        if order:
            return {p: load_value(instance, None, Piece(key, p), facts, resources, config) for p in order}
    if node is not None and node.kind == "ghost" and not there:
        raise graph.unknown(key)
    if node is not None and partition is not None and partition not in there:
        _know(node, partition, moment(facts))
    if node is None and not there:
        known = {k.to_user_string() for k in (*graph.nodes, *facts.assets())}
        name = key.to_user_string()
        message = f"No asset {name!r} is defined or remembered{nearest(name, known) or '.'}"
        raise UnknownAssetError(message)
    return load_value(instance, node, Piece(key, partition), facts, resources, config)


def _know(node: Node, partition: str, now: Moment) -> None:
    """Raise if a declared asset has no such partition."""
    name = node.key.to_user_string()
    if node.partitions is None:
        if node.kind == "asset":
            message = f"{name!r} is not partitioned, so there is no {partition!r} of it: load it whole."
            raise DagsterUnknownPartitionError(message)
        return
    known = [str(each) for each in partitions_of(node, now)]
    if partition not in known:
        message = f"{name!r} has no partition {partition!r}{nearest(partition, known) or '.'}"
        raise DagsterUnknownPartitionError(message)


def _kept_version(instance: DagsterInstance, piece: Piece, version: int | str) -> Stored:
    entries = instance.log.events_of(piece.asset, piece.partition, kinds=("Materialized",))
    made = [entry.event for entry in entries if isinstance(entry.event, Materialized)]
    if isinstance(version, int):
        at = -version if version <= 0 else None
        found = made[at] if at is not None and at < len(made) else None
    else:
        found = next((event for event in made if event.version.startswith(version)), None)
    if found is None or found.stored is None or not instance.values.present([found.stored]):
        message = f"{str(piece)!r} has no kept value of version {version!r}: {len(made)} materializations are known, the newest {KEPT_VERSIONS} values are kept."
        raise ValueMissingError(message)
    return found.stored


def history(instance: DagsterInstance, key: AssetKey, partition: str | None, limit: int) -> list[Entry]:
    """What happened to an asset or to one of its partitions, the newest first."""
    kinds = ("Materialized", "StepFailed", "StepRetried", "Observed", "Accepted", "Wiped")
    return instance.log.events_of(key, *(() if partition is None else (partition,)), kinds=kinds, limit=limit)


def check_history(instance: DagsterInstance, key: AssetKey, limit: int) -> list[Entry]:
    """What the checks of an asset said, the newest first."""
    return instance.log.events_of(key, kinds=("Evaluated", "CheckErrored"), limit=limit)


def run_log(instance: DagsterInstance, run_id: str | None) -> list[Entry]:
    """What a run printed, logged and raised: the one whose id begins so; `-1`, or left out, is the newest."""
    rows = instance.log.runs() if run_id else instance.log.runs(1)
    if not rows and not run_id:
        return []
    wanted = run_id or "-1"
    if re.fullmatch(r"-[1-9]\d*", wanted):
        chosen = next((row.run for row in rows[-int(wanted) - 1 :]), None)
    else:
        chosen = next((row.run for row in rows if row.run.startswith(wanted)), None)
    if chosen is None:
        known = f"{len(rows)} are known" if rows else "none is known yet"
        message = f"There is no run {wanted!r}: {known}, -1 is the newest, and `runs` lists them."
        raise DagsterRunNotFoundError(message)
    return list(
        instance.log.since(
            0, run=chosen, kinds=("RunStarted", "Logged", "StepFailed", "StepRetried", "RunFinished")
        )
    )


def retries(instance: DagsterInstance, run_id: str) -> int:
    """How often a step of a run was tried again."""
    tried = (entry.event for entry in instance.log.since(0, run=run_id, kinds=("StepRetried",)))
    steps = {(event.step or event.piece, event.attempt) for event in tried if isinstance(event, StepRetried)}
    return len(steps)


def drop(instance: DagsterInstance, keys: Iterable[AssetKey], origin: str) -> None:
    """Note that a notebook defines these assets no more: later sessions do not remember them."""
    at = time.time()
    instance.log.append([Dropped("", at, key, origin) for key in keys])


def remembered(
    origins: Origins, facts: Snapshot, graph: Graph, origin: str
) -> dict[AssetKey, tuple[AssetKey, ...]]:
    """The assets that runs of this origin made, that it did not drop and the graph lacks, each with its inputs (C10)."""
    found: dict[AssetKey, tuple[AssetKey, ...]] = {}
    for key in sorted(origins.assets(origin)):
        if key in graph.nodes and graph.nodes[key].kind != "ghost":
            continue
        partitions = facts.partitions(key)
        if partitions:
            record = facts.record(Piece(key, next(iter(partitions))))
            inputs = record.provenance.inputs.values() if record is not None else ()
            found[key] = tuple(dict.fromkeys(one.asset for one in inputs))
    return found


def replaced(origins: Origins, facts: Snapshot, made: Plan, origin: str) -> tuple[str, ...]:
    """One sentence per asset that another notebook made last and that a plan makes anew."""
    foreign = origins.foreign((step.piece for step in made.steps), facts, origin)
    return tuple(
        f"{key.to_user_string()!r} was made last by {other}: this notebook's value takes its place."
        for key, other in foreign.items()
    )


# Forgetting


def materialized_pieces(graph: Graph, facts: Snapshot, keys: Iterable[AssetKey], asked: Any) -> list[Piece]:
    """The pieces of these assets that there is something to forget of."""
    keys, now = list(keys), moment(facts)
    chosen = partitions_asked(graph, [key for key in keys if key in graph.nodes], asked, now)
    pieces = []
    for key in keys:
        wanted = wanted_of(key, chosen)
        known = None if wanted is None else set(wanted)
        made = [partition for partition in facts.partitions(key) if known is None or partition in known]
        if len(made) > 1 and key in graph.nodes:  # they come in the order in which they were made
            place = {each: at for at, each in enumerate(partitions_of(graph.nodes[key], now))}
            made.sort(key=lambda partition: place.get(partition, len(place)))
        pieces += [Piece(key, partition) for partition in made]
    return pieces


def wipe(instance: DagsterInstance, pieces: Iterable[Piece]) -> None:
    """Forget what was materialized of these pieces, and delete the values that nothing else refers to."""
    by_asset: dict[AssetKey, list[str | None]] = {}
    for piece in pieces:
        by_asset.setdefault(piece.asset, []).append(piece.partition)
    events: list[Event] = [
        Wiped("", time.time(), key, None if partitions == [None] else tuple(partitions))
        for key, partitions in by_asset.items()
    ]
    if events:
        instance.log.append(events)
        instance.values.collect(KEPT_VERSIONS)

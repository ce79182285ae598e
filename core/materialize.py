"""`materialize`: the reference's entry for scripts and tests, and for asset jobs later.

It runs all that is selected; with `incremental=True` only what is not fresh. Both are a
plan for the same runner. Rules: `spec/api.md` §9.5, `spec/semantics.md` §6.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from .choice import select
from .decide.check_steps import check_steps
from .decide.codes import code_versions
from .decide.observing import no_codes, to_observe
from .decide.plan import Plan, Request, Step
from .decide.resolve import resolve_checks
from .decide.verdict import Cause, Verdict
from .define.definition import DEFAULT_IO_MANAGER, AssetsDefinition
from .define.source import SourceAsset, brought_by
from .define.spec import IO_MANAGER_METADATA, AssetSpec
from .errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    DagsterUnknownPartitionError,
    ParameterCheckError,
    check_type,
    nearest,
)
from .graph import Definition, Graph, Node
from .instance import DagsterInstance
from .keys import AssetCheckKey, AssetKey, Piece
from .language.selection import AssetSelection
from .partitions.moment import Moment, when
from .partitions.spaces import PartitionsDefinition
from .partitions.subset import PartitionKeyRange
from .resources.memory import InMemoryIOManager
from .resources.run_config import form_of_run
from .run.dagster_run import EPHEMERAL_JOB, PARTITION, PARTITION_SET, RANGE_END, RANGE_START
from .run.echo import Echo
from .run.result import ExecuteInProcessResult
from .run.runner import execute
from .verbs import keep_code, moment, plan_of, refuse_blocked

_ASKED = Verdict("stale", (Cause("asked", "it was asked for"),))


def materialize(
    assets: Sequence[Definition],
    run_config: Any = None,
    instance: DagsterInstance | None = None,
    resources: Mapping[str, object] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
    selection: Any = None,
    *,
    incremental: bool = False,
) -> ExecuteInProcessResult:
    """Run assets in this process and store what they give.

    Args:
        assets: All assets that may be run or loaded; only those that can be materialized run.
        run_config: Config values: a mapping in the form `{"ops": {name: {"config": ...}}}` or a `RunConfig`.
        instance: The store; left out, one in memory that ends with the result, so that nothing
            is there for the next call. With `incremental`, the store of the loaded workspace.
        resources: What the functions are handed, by resource key.
        partition_key: The partition to make of every selected asset that has partitions.
        raise_on_error: Raise the first exception of the user's code at once; else the other
            branches go on, and the result tells.
        tags: Tags of the run.
        selection: What of `assets` to run: text in the selection grammar, keys, or an `AssetSelection`.
        incremental: Run only what is not fresh (`spec/notebook.md` §4) instead of everything.

    Returns:
        The events and values of the run.

    Raises:
        CheckError: for an argument of the wrong type.
        DagsterInvalidDefinitionError: if the assets make no graph, or a resource is missing.
        DagsterUnknownPartitionError: for a partition that is not there.
    """
    _check_assets(assets)
    check_type(instance, DagsterInstance, "instance")
    check_type(partition_key, str, "partition_key")
    given = _resources(assets, resources)
    graph = Graph.of(assets)
    keys = _selected(graph, selection)
    graph.check()
    graph.check_mappings()
    graph.check_steps()
    store = instance or (DagsterInstance.get() if incremental else DagsterInstance.ephemeral())
    facts = store.log.snapshot()
    now = moment(facts)
    config = form_of_run(run_config)

    def codes(wanted: Collection[AssetKey]) -> Mapping[AssetKey, str]:
        return code_versions(graph, wanted, given, config)

    tags = _tags(tags)
    check_partition(graph, keys, partition_key, now)
    checks = None if selection is None else _selected_checks(graph, selection)
    if incremental:
        wanted = None if partition_key is None else [partition_key]
        request = Request(frozenset(keys), wanted, only=selection is not None, checks=checks)
        plan = plan_of(graph, facts, codes(graph.executable()), request, given, config)
        refuse_blocked(plan)
    else:
        try:
            check_together(graph, keys)
        except DagsterInvalidSubsetError as error:
            raise _unresolved(error) from error
        plan = everything(graph, keys, partition_key, tags, checks, now)
    outcome = execute(
        plan,
        graph,
        store.log,
        store.values,
        codes,
        facts,
        even_if_empty=not incremental,
        resources=given,
        config=config,
        instance=store,
        tags={**_of_partition(graph, keys, partition_key), **tags},
        owner=store.owner,
        now=now,
        stop_at_failure=raise_on_error,
        tell_only=not raise_on_error,
        keep_values=True,
        echo=Echo.of(config),
    )
    if incremental:
        keep_code(store, graph, outcome, given)
    if raise_on_error and outcome.first_error is not None:
        raise outcome.first_error
    return ExecuteInProcessResult(outcome)


def observe(
    assets: Sequence[Definition],
    run_config: Any = None,
    instance: DagsterInstance | None = None,
    resources: Mapping[str, object] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
) -> ExecuteInProcessResult:
    """Look at the assets that are made elsewhere, by the functions that were declared for it.

    What reads them is stale afterwards if they were seen at another version. Assets that can be
    materialized are passed over.

    Args:
        assets: The assets; only those that a function looks at are.
        run_config: Config values: a mapping in the form `{"ops": {name: {"config": ...}}}` or a `RunConfig`.
        instance: The store; left out, one in memory that ends with the result.
        resources: What the functions are handed, by resource key.
        partition_key: The partition to look at; left out, all of them at once.
        raise_on_error: Raise the first exception of the user's code at once.
        tags: Tags of the run.

    Returns:
        The events of the run.

    Raises:
        CheckError: for an argument of the wrong type.
        DagsterInvalidObservationError: for a function that says nothing of what it saw.
        DagsterUnknownPartitionError: for a partition that is not there.
    """
    _check_assets(assets)
    check_type(instance, DagsterInstance, "instance")
    check_type(partition_key, str, "partition_key")
    given = _resources(assets, resources)
    declared = Graph.of(assets)
    graph, plan = to_observe(declared, declared.nodes, partition_key)
    store = instance or DagsterInstance.ephemeral()
    facts = store.log.snapshot()
    now = moment(facts)
    check_partition(graph, graph.order, partition_key, now)
    form = form_of_run(run_config)
    outcome = execute(
        plan,
        graph,
        store.log,
        store.values,
        no_codes,
        facts,
        even_if_empty=True,
        resources=given,
        config=form,
        instance=store,
        tags={**_of_partition(graph, graph.order, partition_key), **_tags(tags)},
        owner=store.owner,
        now=now,
        stop_at_failure=raise_on_error,
        tell_only=not raise_on_error,
        echo=Echo.of(form),
    )
    if raise_on_error and outcome.first_error is not None:
        raise outcome.first_error
    return ExecuteInProcessResult(outcome)


def materialize_to_memory(
    assets: Sequence[Definition],
    run_config: Any = None,
    instance: DagsterInstance | None = None,
    resources: Mapping[str, object] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    tags: Mapping[str, str] | None = None,
    selection: Any = None,
) -> ExecuteInProcessResult:
    """Run assets in this process and keep what they give in memory, whatever IO managers they name.

    For tests of functions: the values are handed on as the objects they are, need not be
    picklable, and end with the result.

    Args:
        assets: All assets that may be run or loaded; only those that can be materialized run.
        run_config: Config values: a mapping in the form `{"ops": {name: {"config": ...}}}` or a `RunConfig`.
        instance: Where the events go; left out, they end with the result.
        resources: What the functions are handed, by resource key; no IO managers.
        partition_key: The partition to make of every selected asset that has partitions.
        raise_on_error: Raise the first exception of the user's code at once.
        tags: Tags of the run.
        selection: What of `assets` to run.

    Returns:
        The events and values of the run.

    Raises:
        DagsterInvariantViolationError: if an IO manager is given, among the resources or by an asset.
        DagsterError: as `materialize` does.
    """
    check_type(resources, Mapping, "resources")
    _check_assets(assets)
    keys = _manager_keys(assets)
    brought = {key for one in assets for key in getattr(one, "resource_defs", ())}
    if wrong := sorted(keys & (brought | set(resources or ()))):
        message = (
            f"materialize_to_memory keeps every value in memory, but an IO manager is given under {wrong[0]!r}. "
            "Leave it out, or call materialize."
        )
        raise DagsterInvariantViolationError(message)
    memory = InMemoryIOManager()
    return materialize(
        assets,
        run_config,
        instance,
        {**(resources or {}), **dict.fromkeys(keys, memory)},
        partition_key,
        raise_on_error,
        tags,
        selection,
    )


def _check_assets(assets: Sequence[Definition]) -> None:
    if not isinstance(assets, Sequence) or isinstance(assets, str):
        message = f"Parameter 'assets' must be a sequence of definitions, not {type(assets).__name__}."
        raise ParameterCheckError(message)
    for one in assets:
        check_type(one, (AssetsDefinition, AssetSpec, SourceAsset), "assets", optional=False)


def _manager_keys(assets: Sequence[Definition]) -> set[str]:
    """The resource keys under which these assets look for their IO managers."""
    keys = {DEFAULT_IO_MANAGER}
    for one in assets:
        if isinstance(one, AssetsDefinition):
            keys.update(map(one.get_io_manager_key_for_asset_key, one.specs_by_key))
        else:
            spec = one if isinstance(one, AssetSpec) else one.to_spec()
            keys.add(str(spec.metadata.get(IO_MANAGER_METADATA, DEFAULT_IO_MANAGER)))
    return keys


def everything(
    graph: Graph,
    keys: Sequence[AssetKey],
    partition_key: str | None,
    tags: Mapping[str, str],
    checks: frozenset[AssetCheckKey] | None,
    now: Moment,
) -> Plan:
    """The plan of all that was asked for, whatever is fresh.

    Args:
        graph: What is declared.
        keys: The assets, upstream first; each is made once: its partition, its range of them, or, if none was
            named, the asset as a whole.
        partition_key: The partition.
        tags: The run's tags, which may name a range of partitions.
        checks: The checks to evaluate; all of them where absent.
        now: The moment that says which partitions exist.
    """
    ranged = RANGE_START in tags

    def parts(key: AssetKey) -> Sequence[str | None]:
        node = graph.nodes.get(key)
        if node is None or node.partitions is None:
            return (None,)
        return _range(node, tags, now) if ranged else (partition_key,)

    pieces = {key: parts(key) for key in keys}
    steps = tuple(
        Step(graph.nodes[key], Piece(key, partition), "build", _ASKED)
        for key, partitions in pieces.items()
        for partition in partitions
    )
    wanted = graph.checks if checks is None else checks
    about = {check.asset_key: parts(check.asset_key) for check in wanted if check.asset_key not in pieces}
    return Plan(
        steps,
        {},
        Request(frozenset(keys), None, "force", only=True, checks=checks),
        forced=frozenset(step.piece for step in steps),
        checks=check_steps(graph, wanted, pieces, {**pieces, **about}),
        at_once=ranged,
    )


def _range(node: Node, tags: Mapping[str, str], now: Moment) -> Sequence[str]:
    """The partitions between the two that the tags name."""
    assert node.partitions is not None
    clock, store = when(now)
    first, last = tags[RANGE_START], tags.get(RANGE_END, tags[RANGE_START])
    for bound in (first, last):
        if not node.partitions.has_partition_key(bound, clock, store):
            known = node.partitions.get_partition_keys(clock, store)
            message = f"{node.key.to_user_string()!r} has no partition {bound!r} to bound a range{nearest(bound, known[:2000]) or '.'}"
            raise DagsterUnknownPartitionError(message)
    return node.partitions.get_partition_keys_in_range(
        PartitionKeyRange(first, last), store, current_time=clock
    )


def _of_partition(graph: Graph, keys: Iterable[AssetKey], partition_key: str | None) -> Mapping[str, str]:
    """The tags of a run that makes one partition of these assets: its key, also in each dimension, and their set."""
    if partition_key is None:
        return {}
    spaces = (graph.nodes[key].partitions for key in keys)
    space = next((space for space in spaces if space is not None), None)
    tags = {PARTITION: partition_key} if space is None else space.get_tags_for_partition_key(partition_key)
    return {**tags, PARTITION_SET: f"{EPHEMERAL_JOB}_partition_set"}


def check_together(graph: Graph, keys: Collection[AssetKey]) -> None:
    """Refuse a part of what one function can only make as a whole.

    Raises:
        DagsterInvalidSubsetError: if an asset is among the keys without one that is made with it.
    """
    chosen = set(keys)
    for key in keys:
        left = [other for other in graph.together.get(key, ()) if other not in chosen]
        if left:
            names = ", ".join(repr(other.to_user_string()) for other in left)
            definition = graph.nodes[key].definition
            step = "" if definition is None else f", {definition.step_name!r},"
            message = (
                f"{key.to_user_string()!r} was selected without {names}, but one function{step} makes them together. "
                "Select all of them, or declare the function with can_subset=True."
            )
            raise DagsterInvalidSubsetError(message)


def _selected_checks(graph: Graph, selection: Any) -> frozenset[AssetCheckKey]:
    return resolve_checks(AssetSelection.from_coercible(selection), graph, allow_missing=True)


def _selected(graph: Graph, selection: Any) -> list[AssetKey]:
    try:
        return select(graph, selection) if not graph.cycle or selection is not None else []
    except DagsterInvalidSubsetError as error:
        raise _unresolved(error) from error


def _unresolved(error: DagsterInvalidSubsetError) -> DagsterInvalidDefinitionError:
    return DagsterInvalidDefinitionError(f"The selection cannot be resolved: {error}")


def check_partition(graph: Graph, keys: Sequence[AssetKey], partition_key: str | None, now: Moment) -> None:
    """Raise if a partition is not one of all the assets that have any.

    Raises:
        CheckError: if none has.
        DagsterInvalidDefinitionError: if they have different ones.
        DagsterUnknownPartitionError: if it is not there.
    """
    if partition_key is None:
        return
    spaces: dict[PartitionsDefinition, AssetKey] = {}
    for key in keys:
        space = graph.nodes[key].partitions
        if space is not None:
            spaces.setdefault(space, key)
    if not spaces:
        message = (
            f"partition_key={partition_key!r} was given, but none of the selected assets has partitions."
        )
        raise CheckError(message)
    if len(spaces) > 1:
        names = " and ".join(repr(key.to_user_string()) for key in list(spaces.values())[:2])
        message = (
            f"{names} have different partitions, so one partition_key cannot serve both. Select one of them."
        )
        raise DagsterInvalidDefinitionError(message)
    (space,) = spaces
    if not space.has_partition_key(partition_key, *when(now)):
        known = space.get_partition_keys(*when(now))
        message = f"There is no partition {partition_key!r}{nearest(partition_key, known[:2000]) or '.'}"
        raise DagsterUnknownPartitionError(message)


def _resources(assets: Sequence[Definition], resources: Mapping[str, object] | None) -> dict[str, object]:
    """The resources of the run; one that an asset brings itself must not be given again."""
    check_type(resources, Mapping, "resources")
    given = dict(resources or {})
    for one in assets:
        for key in getattr(one, "resource_defs", ()):
            if key in given:
                message = f"The resource {key!r} is given to materialize() and by an asset's resource_defs. Leave one of them out."
                raise DagsterInvalidInvocationError(message)
    return {**brought_by(assets), **given}


def _tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    import json

    check_type(tags, Mapping, "tags")
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in (tags or {}).items()
    }

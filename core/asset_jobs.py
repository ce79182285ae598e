"""Jobs of assets: what a declared selection comes to in a graph, and running it.

A run of such a job makes everything it selects, evaluates the checks, and looks at what is only
observed: a plan for the same runner as that of `materialize`. Rules: `spec/api.md` §9.1, §9.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from .decide.codes import code_versions
from .decide.observing import no_codes, observable, to_observe
from .decide.plan import Plan
from .decide.resolve import resolve, resolve_checks
from .define.asset_job import UnresolvedAssetJobDefinition
from .define.definition import AssetsDefinition, input_name
from .define.definitions import needs
from .define.expansion import Flow, chosen, expand
from .define.job import JobDefinition
from .define.op_graph import GraphDefinition
from .define.policies import BackfillPolicy
from .define.source import brought_by
from .define.wiring import DependencyDefinition, NodeInvocation
from .errors import (
    CircularDependencyError,
    DagsterError,
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    check_type,
    nearest,
)
from .graph import Edge, Graph
from .instance import DagsterInstance
from .jobs import form_of_job, tags_of_run
from .keys import AssetCheckKey, AssetKey
from .language.condition import JobRootsCondition
from .language.selection import AssetSelection
from .materialize import check_partition, check_together, everything
from .partitions.moment import Moment
from .partitions.spaces import PartitionsDefinition
from .resources.lifecycle import in_order
from .run.configure import field_of_assets
from .run.dagster_run import PARTITION
from .run.echo import Echo
from .run.result import ExecuteInProcessResult
from .run.runner import execute
from .run.units import units
from .schema.terms import Field
from .verbs import moment


class AssetLayer(NamedTuple):
    """What a job has to do with assets: those it knows, and those that its runs make or look at."""

    asset_graph: Graph
    executable_asset_keys: frozenset[AssetKey]
    asset_check_keys: frozenset[AssetCheckKey]


class AssetJob(JobDefinition):
    """A job that makes assets. Comes of `UnresolvedAssetJobDefinition.resolve`, or of `Definitions`.

    Args:
        assets: All assets that it may make or load.
        keys: Those that its runs make or look at.
        checks: The checks that they evaluate.
        options: The arguments of `JobDefinition`.
    """

    def __init__(
        self,
        assets: Graph,
        keys: Iterable[AssetKey],
        checks: Iterable[AssetCheckKey],
        *,
        name: str,
        **options: Any,
    ) -> None:
        # The real graph is a view that few ask for; see `graph`.
        super().__init__(graph_def=GraphDefinition(name), name=name, **options)
        self._layer = AssetLayer(assets, frozenset(keys), frozenset(checks))

    @property
    def asset_layer(self) -> AssetLayer:
        """The assets that it knows, and those that its runs make."""
        return self._layer

    @cached_property
    def _view(self) -> GraphDefinition:
        return _view(self.name, self._layer)

    @property
    def graph(self) -> GraphDefinition:
        """The functions of its assets and checks as one graph of ops: a view; a run walks the assets."""
        return self._view

    @property
    def flow(self) -> Flow:
        """The steps of that graph."""
        return expand(self.graph, self.hook_defs)

    @property
    def required_resource_keys(self) -> set[str]:
        """The resources that its functions, hooks and IO managers need."""
        hooks = {key for hook in self.hook_defs for key in hook.required_resource_keys}
        return hooks.union(*(each.required_resource_keys for each in _definitions(self._layer)))

    def config_of_assets(self) -> Field:
        """What its steps and resources take in all, as the config of a run."""
        made = _definitions(self._layer)
        graph = self._layer.asset_graph
        others = [node.definition for node in graph.nodes.values()]
        there = self.resource_defs
        needed = in_order(there, there.keys() & self.required_resource_keys)
        field = field_of_assets(made, others, there, needed)
        assert field is not None  # every step counts
        return field

    @property
    def backfill_policy(self) -> BackfillPolicy:
        """How a backfill of it is cut into runs: the finest cut that one of its partitioned assets wants."""
        graph, keys = self._layer.asset_graph, self._layer.executable_asset_keys
        made = [graph.nodes[key].definition for key in keys if graph.nodes[key].partitions is not None]
        policies = [(each and each.backfill_policy) or BackfillPolicy.multi_run() for each in made]
        sizes = [policy.max_partitions_per_run for policy in policies]
        counted = [size for size in sizes if size is not None]
        if not sizes:
            return BackfillPolicy.multi_run()
        return BackfillPolicy.multi_run(min(counted)) if counted else BackfillPolicy.single_run()

    def copy(self, **changes: Any) -> JobDefinition:
        """A copy with some attributes changed."""
        new = super().copy(**changes)
        new.__dict__.pop("_view", None)
        return new

    def get_subset(
        self,
        *,
        op_selection: Sequence[str] | None = None,
        asset_selection: Collection[AssetKey] | None = None,
        asset_check_selection: Collection[AssetCheckKey] | None = None,
    ) -> JobDefinition:
        """A copy that makes only some of its assets, or evaluates only some of its checks.

        Args:
            op_selection: The steps to run.
            asset_selection: The assets to make; with their checks, if none are named.
            asset_check_selection: The checks to evaluate.

        Raises:
            DagsterInvalidSubsetError: for what it does not make.
        """
        layer = self._layer
        keys, checks = layer.executable_asset_keys, layer.asset_check_keys
        if op_selection is not None:
            steps = {step.split(".")[0] for step in chosen(self.flow, list(op_selection))}
            keys = frozenset(key for key in keys if _step_of(layer.asset_graph, key) in steps)
            nodes = layer.asset_graph.check_nodes
            checks = frozenset(key for key in checks if nodes[key].definition.step_name in steps)
        if asset_selection is not None or asset_check_selection is not None:
            wanted = frozenset(asset_selection or ())
            unknown = [key.to_user_string() for key in sorted(wanted - keys)]
            unknown += [
                key.to_user_string() for key in sorted(frozenset(asset_check_selection or ()) - checks)
            ]
            if unknown:
                names = [each.to_user_string() for each in keys] + [each.to_user_string() for each in checks]
                hint = nearest(unknown[0], names) or "."
                message = f"{', '.join(map(repr, unknown))} is not part of the job {self.name!r}{hint}"
                raise DagsterInvalidSubsetError(message)
            about = frozenset(key for key in checks if key.asset_key in wanted)
            keys = wanted
            checks = about if asset_check_selection is None else frozenset(asset_check_selection)
        check_together(layer.asset_graph, keys)
        return self.copy(_layer=layer._replace(executable_asset_keys=keys, asset_check_keys=checks))

    def execute_in_process(
        self,
        run_config: Any = None,
        instance: Any = None,
        partition_key: str | None = None,
        raise_on_error: bool = True,
        op_selection: Sequence[str] | None = None,
        asset_selection: Sequence[Any] | None = None,
        run_id: str | None = None,
        input_values: Mapping[str, object] | None = None,
        tags: Mapping[str, str] | None = None,
        resources: Mapping[str, object] | None = None,
    ) -> Any:
        """Run the job in this process: make what it selects, whatever is fresh.

        Args:
            run_config: Config instead of the job's own: a mapping or a `RunConfig`.
            instance: Where values and events go; a store in memory where absent.
            partition_key: The partition to make of every asset that has partitions.
            raise_on_error: Raise the first exception of the user's code; else the result tells.
            op_selection: The steps to run; all where absent.
            asset_selection: The keys of the assets to make; all of the job where absent.
            run_id: The run's id.
            input_values: None: such a job has no inputs.
            tags: Tags of the run besides the job's.
            resources: Resources instead of the job's own.

        Returns:
            An `ExecuteInProcessResult`.

        Raises:
            CheckError: for an argument of the wrong type, or a partition of what has none.
            DagsterInvalidSubsetError: for an asset that the job does not make.
            DagsterUnknownPartitionError: for a partition that is not there.
        """
        if input_values:
            message = f"The job {self.name!r} makes assets: it has no inputs that {', '.join(input_values)} could be the value of."
            raise DagsterInvalidDefinitionError(message)
        keys = None if asset_selection is None else [AssetKey.from_coercible(key) for key in asset_selection]
        job = self.get_subset(op_selection=op_selection, asset_selection=keys)
        assert isinstance(job, AssetJob)
        return _run(
            job,
            run_config,
            check_type(instance, DagsterInstance, "instance"),
            check_type(partition_key, str, "partition_key"),
            raise_on_error,
            run_id,
            tags,
            resources,
        )


def resolved(
    declared: UnresolvedAssetJobDefinition,
    graph: Graph,
    resources: Mapping[str, object] | None = None,
    executor: Any = None,
    loggers: Mapping[str, Any] | None = None,
    *,
    mixed: bool = False,
) -> AssetJob:
    """The job that a declaration comes to.

    Args:
        declared: The declaration.
        graph: The assets there are.
        resources: Resources by key; those that the assets bring themselves win.
        executor: How its steps run, where the declaration says nothing.
        loggers: Loggers by name.
        mixed: Whether its assets may have different partitions.

    Raises:
        CircularDependencyError: if the assets depend on each other in a circle.
        DagsterInvalidDefinitionError: if there is no such job; the cause says why.
    """
    graph.check()
    graph.check_mappings()
    graph.check_steps()
    try:
        keys, checks = _selected(declared.selection, graph)
        own = declared.partitions_def or getattr(declared.config, "partitions_def", None)
        space = None if mixed else _space(graph, keys, own)
        job = AssetJob(
            graph,
            keys,
            checks,
            name=declared.name,
            description=declared.description,
            resource_defs={**(resources or {}), **brought_by(graph.assets_defs)},
            config=declared.config,
            tags=declared.tags,
            run_tags=declared.run_tags,
            metadata=declared.metadata,
            logger_defs=loggers,
            executor_def=declared.executor_def or executor,
            hook_defs=declared.hooks,
            op_retry_policy=declared.op_retry_policy,
            partitions_def=space,
            owners=declared.owners,
        )
        job.automation_condition = declared.automation_condition
        _check_condition(job)
        _check_config(job)
        _require(job)
    except DagsterError as error:
        message = f"Failed to resolve asset job {declared.name}: {error}"
        raise DagsterInvalidDefinitionError(message) from error
    return job


def _selected(
    selection: AssetSelection, graph: Graph
) -> tuple[frozenset[AssetKey], frozenset[AssetCheckKey]]:
    """What a job of this selection runs: what can be made, what is looked at if it is named, and the checks."""
    try:
        meant = resolve(selection, graph)
        checks = resolve_checks(selection, graph)
    except DagsterInvalidSubsetError as error:
        message = f"{error}. Correct the selection, or add what is missing to the Definitions."
        raise DagsterInvalidSubsetError(message) from error
    looked_at = frozenset(observable(graph))
    keys = frozenset(key for key in meant if graph.nodes[key].kind == "asset" or key in looked_at)
    check_together(graph, keys)
    return keys, checks


def _space(
    graph: Graph, keys: Collection[AssetKey], given: PartitionsDefinition | None
) -> PartitionsDefinition | None:
    """The partitions that these assets share.

    Raises:
        DagsterInvalidDefinitionError: if they have different ones, or others than those that were given.
    """
    spaces: dict[PartitionsDefinition, AssetKey] = {}
    for key in sorted(keys):
        space = graph.nodes[key].partitions
        if space is not None:
            spaces.setdefault(space, key)
    if len(spaces) > 1:
        names = ", ".join(f"{key.to_user_string()!r}: {space!r:.80}" for space, key in spaces.items())
        message = f"All assets of a job must have the same partitions definitions or none, and these have different ones: {names}."
        raise DagsterInvalidDefinitionError(message)
    for space, key in spaces.items():
        if given is not None and space != given:
            message = f"{key.to_user_string()!r} has a different partitions definition than the job was given: {space!r:.80} is not {given!r:.80}."
            raise DagsterInvalidDefinitionError(message)
    return next(iter(spaces), None)


def _check_condition(job: AssetJob) -> None:
    """Raise if the job's automation condition says nothing of the job, or cannot go with its config."""
    condition = job.automation_condition
    if condition is None:
        return
    terms = [condition]
    for term in terms:
        terms += term.children
    if not any(isinstance(term, JobRootsCondition) for term in terms):
        message = (
            f"The automation_condition of the job {job.name!r} is about single assets and does not evaluate against the "
            "job's root assets: put it into AutomationCondition.any_job_root_assets_match or all_job_root_assets_match."
        )
        raise DagsterInvalidDefinitionError(message)
    if job.partitions_def is not None and job.config is not None:
        message = (
            f"The job {job.name!r} has both an automation_condition and partitioned run config, which cannot be told "
            "for the partitions that the condition asks for: leave out one of them."
        )
        raise DagsterInvalidDefinitionError(message)


def _check_config(job: AssetJob) -> None:
    """Raise if the job has a config for each partition, and its backfills are single runs of many."""
    if job.partitioned_config is not None and job.backfill_policy == BackfillPolicy.single_run():
        message = (
            f"The job {job.name!r} has a PartitionedConfig, a config for each partition, but its assets are backfilled in "
            "single runs of many partitions: give it a plain config, or the assets another backfill_policy."
        )
        raise DagsterInvalidDefinitionError(message)


def _require(job: AssetJob) -> None:
    """Raise if something that the job runs needs a resource that nobody gave."""
    graph = job.asset_layer.asset_graph
    there = {"io_manager": None, **job.resource_defs}
    concerned: dict[int, Any] = {id(each): each for each in _definitions(job.asset_layer)}
    for key in job.asset_layer.executable_asset_keys:
        for edge in graph.nodes[key].inputs:
            up = graph.nodes[edge.up]
            if edge.loads and up.kind == "external":
                concerned.setdefault(id(up), up.spec)
    asked: dict[str, str] = {}
    for each in concerned.values():
        for need in needs(each):
            asked[need.key] = ""
            if need.key not in there:
                hint = nearest(need.key, there) or f". Provided: {', '.join(sorted(there))}"
                message = f"{need.what} with key {need.key!r} required by {need.who} was not provided{hint}"
                raise DagsterInvalidDefinitionError(message)
    asked |= dict.fromkeys(brought_by(concerned.values()), "")
    hooks = {key: f"hook {hook.name!r}" for hook in job.hook_defs for key in hook.required_resource_keys}
    in_order(there, {**asked, **hooks})


def _definitions(layer: AssetLayer) -> list[AssetsDefinition]:
    """The definitions whose functions a job runs, each once."""
    graph = layer.asset_graph
    found: dict[int, AssetsDefinition] = {}
    for key in graph.sorted(layer.executable_asset_keys):
        node = graph.nodes[key]
        definition = node.definition or node.observer
        if definition is not None:
            found.setdefault(id(definition), definition)
    for check in sorted(layer.asset_check_keys):
        node_of = graph.check_nodes[check]
        if node_of.own:
            found.setdefault(id(node_of.definition), node_of.definition)
    return list(found.values())


def _step_of(graph: Graph, key: AssetKey) -> str:
    node = graph.nodes[key]
    definition = node.definition or node.observer
    return "" if definition is None else definition.step_name


# The graph of ops


_Turn = tuple[AssetsDefinition, frozenset[AssetKey]]
"""One call of a definition, and the assets that it makes then."""


def _view(name: str, layer: AssetLayer) -> GraphDefinition:
    """The functions of a job's assets and checks, connected by what they read of each other.

    One that is called in turns, because something between its assets reads one and is read by
    another, stands there once for each turn: `f`, `f_2`.
    """
    definitions = _definitions(layer)
    try:
        return _graph(name, layer, [(each, frozenset(each.specs_by_key)) for each in definitions])
    except CircularDependencyError:
        return _graph(name, layer, _turns(layer, definitions))


def _turns(layer: AssetLayer, definitions: Iterable[AssetsDefinition]) -> list[_Turn]:
    """The calls that a run makes, in order; then what makes no asset."""
    graph = layer.asset_graph
    made = [key for key in graph.sorted(layer.executable_asset_keys) if graph.nodes[key].kind == "asset"]
    now = Moment(datetime.now(UTC))
    plan = everything(graph, made, None, {}, frozenset(), now)
    found = [
        (unit.definition, frozenset(node.key for node in unit.nodes)) for unit, _ in units(plan, graph, now)
    ]
    known = {id(definition) for definition, _ in found}
    return [*found, *((each, frozenset(each.specs_by_key)) for each in definitions if id(each) not in known)]


def _graph(name: str, layer: AssetLayer, turns: Sequence[_Turn]) -> GraphDefinition:
    seen: dict[int, int] = {}
    names: list[str] = []
    made: dict[AssetKey, DependencyDefinition] = {}
    for each, keys in turns:
        turn = seen[id(each)] = seen.get(id(each), 0) + 1
        names.append(each.step_name if turn == 1 else f"{each.step_name}_{turn}")
        for port in each.ports.values():
            if port.key in keys and port.key in layer.executable_asset_keys:
                made[port.key] = DependencyDefinition(names[-1], port.name)
    uses: dict[NodeInvocation, dict[str, DependencyDefinition]] = {}
    for (each, keys), called in zip(turns, names, strict=True):
        edges = list(_edges(layer, each, keys))
        read = {edge.name: edge.up for edge in edges}
        # In a turn of its own a function reads what the assets of that turn read, not all its inputs.
        whole = keys >= each.specs_by_key.keys()
        inputs = {
            input_name(param): read.get(param.name, param.key)
            for param in each.params
            if whole or param.name in read
        }
        node = each.node_def
        uses[NodeInvocation(node.name, None if node.name == called else called)] = {
            name: made[up]
            for name, up in inputs.items()
            if up in made and up not in keys and name in node.input_names and made[up].node != called
        }
    nodes = list({id(each.node_def): each.node_def for each, _ in turns}.values())
    return GraphDefinition(name, node_defs=nodes, dependencies=uses)


def _edges(layer: AssetLayer, definition: AssetsDefinition, keys: Collection[AssetKey]) -> Iterable[Edge]:
    for key in definition.specs_by_key:
        if key in keys:
            yield from layer.asset_graph.nodes[key].inputs
    for check in definition.check_keys if not definition.specs_by_key else ():
        yield from layer.asset_graph.check_nodes[check].inputs


# Running


def _run(
    job: AssetJob,
    run_config: Any,
    instance: DagsterInstance | None,
    partition_key: str | None,
    raise_on_error: bool,
    run_id: str | None,
    tags: Mapping[str, str] | None,
    resources: Mapping[str, object] | None,
) -> ExecuteInProcessResult:
    run_tags = tags_of_run(job, tags, partition_key)
    store = instance or DagsterInstance.ephemeral()
    facts = store.log.snapshot()
    now = moment(facts)
    graph, plan = _planned(job.asset_layer, run_tags.get(PARTITION), run_tags, now)
    given = {**job.resource_defs, **(resources or {})}
    form = form_of_job(job, run_config, partition_key)

    def codes(wanted: Collection[AssetKey]) -> Mapping[AssetKey, str]:
        made = [key for key in wanted if job.asset_layer.asset_graph.nodes[key].kind == "asset"]
        return {**no_codes(wanted), **code_versions(job.asset_layer.asset_graph, made, given, form)}

    outcome = execute(
        plan,
        graph,
        store.log,
        store.values,
        codes,
        facts,
        even_if_empty=True,
        resources=given,
        config=form,
        instance=store,
        tags=run_tags,
        job=job.name,
        job_def=job,
        owner=store.owner,
        run_id=run_id,
        now=now,
        stop_at_failure=raise_on_error,
        tell_only=not raise_on_error,
        keep_values=True,
        echo=Echo.of(form, job.name, job.loggers, job, run_id),
        retry_policy=job.op_retry_policy,
        hooks=job.hook_defs,
    )
    if raise_on_error and outcome.first_error is not None:
        raise outcome.first_error
    return ExecuteInProcessResult(outcome, job)


def _planned(
    layer: AssetLayer, partition_key: str | None, tags: Mapping[str, str], now: Moment
) -> tuple[Graph, Plan]:
    """What a run of a job does, and the graph that it is done on: what is looked at comes first."""
    graph = layer.asset_graph
    keys = graph.sorted(layer.executable_asset_keys)
    check_partition(graph, keys, partition_key, now)
    made = [key for key in keys if graph.nodes[key].kind == "asset"]
    plan = everything(graph, made, partition_key, tags, layer.asset_check_keys, now)
    if len(made) == len(keys):
        return graph, plan
    seen, looks = to_observe(graph, [key for key in keys if key not in made], partition_key)
    if not made and not plan.checks:
        return seen, looks
    request = replace(plan.request, keys=plan.request.keys | looks.request.keys)
    return graph, replace(
        plan, steps=(*looks.steps, *plan.steps), forced=plan.forced | looks.forced, request=request
    )

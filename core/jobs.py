"""Running a job of ops in this process: its config is read, its steps run, its result told.

Called by `JobDefinition.execute_in_process`; jobs of assets are `materialize`'s. Rules:
`spec/api.md` §9.3, §9.6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from .define.expansion import assets_read, require_fed
from .define.job import JobDefinition, needed
from .define.names import is_a, tags_in_text
from .define.types import UNSET
from .errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterUnknownPartitionError,
    check_type,
    nearest,
)
from .events import Logged
from .graph import EMPTY, Graph
from .instance import DagsterInstance
from .keys import AssetKey
from .partitions.moment import Moment, when
from .resources.lifecycle import in_order
from .resources.run_config import form_of_run, read_run
from .run.dagster_run import PARTITION
from .run.echo import Echo
from .run.flow import FlowRun
from .run.flow_config import field_of_flow, inner_config, read_flow_config
from .run.result import ExecuteInProcessResult
from .run.runner import Runner
from .run.step import Setting
from .schema.reading import ROOT
from .schema.terms import Field
from .verbs import moment


def execute_graph_job(
    job: JobDefinition,
    *,
    run_config: Any,
    instance: DagsterInstance | None,
    partition_key: str | None,
    raise_on_error: bool,
    run_id: str | None,
    input_values: Mapping[str, object],
    tags: Mapping[str, str] | None,
    resources: Mapping[str, object] | None,
) -> ExecuteInProcessResult:
    """Run a job of ops; the arguments are those of `JobDefinition.execute_in_process`.

    Raises:
        DagsterInvalidConfigError: for a config that does not fit.
        DagsterInvalidDefinitionError: for an input or a resource that nobody gave.
        DagsterUnknownPartitionError: for a partition that is not there.
    """
    check_type(instance, DagsterInstance, "instance")
    flow = job.flow
    read = assets_read(flow)
    store = instance or DagsterInstance.ephemeral()
    facts = store.log.snapshot([AssetKey.from_coercible_or_definition(each) for each in read])
    if partition_key is not None:
        _check_partition(job, partition_key, moment(facts))
    form = form_of_job(job, run_config, partition_key)
    given = {**job.resource_defs, **(resources or {})}
    job.copy(resource_defs=given).require_resources()
    keys = needed(flow)
    passed = [each for each in read if not isinstance(each, AssetKey)]
    declared = Graph.of(passed, ghosts=True) if passed else EMPTY
    made = {
        *keys,
        *({"io_manager", *(node.io_manager_key for node in declared.nodes.values())} & given.keys()),
    }
    for name in input_values:
        if name not in job.graph.input_names:
            message = f"A value was given for an input {name!r}, but the graph {job.graph.name!r} has no such input{nearest(name, job.graph.input_names) or '.'}"
            raise DagsterInvalidDefinitionError(message)
    require_fed(flow, job.name)
    config = read_flow_config(
        job.graph, flow, form, resources=given, needed=made, given=input_values, job=job.name
    )
    echo = Echo.of(form, job.name, job.loggers, job, run_id)
    run_tags = tags_of_run(job, tags, partition_key)
    runner = Runner(
        declared,
        store.log,
        store.values,
        lambda _: {},
        facts,
        resources=given,
        config=form,
        instance=store,
        tags=run_tags,
        job=job.name,
        job_def=job,
        owner=store.owner,
        run_id=run_id,
        now=moment(facts),
        keep_values=True,
        echo=echo,
        tell_only=not raise_on_error,
    )

    def make(
        setting: Setting, record: Callable[..., None], logged: Callable[[Sequence[Logged]], None]
    ) -> FlowRun:
        return FlowRun(
            flow,
            setting,
            config,
            record=record,
            logged=logged,
            given={name: _giving(value) for name, value in input_values.items()},
            retry_policy=job.op_retry_policy,
            partitions=() if partition_key is None else (partition_key,),
            space=job.partitions_def,
            stop_at_failure=raise_on_error,
            echo=echo,
        )

    outcome = runner.run_flow(flow, job.graph, sorted(made), make)
    if raise_on_error and outcome.first_error is not None:
        raise outcome.first_error
    return ExecuteInProcessResult(outcome, job)


def config_of_runs(job: JobDefinition) -> Field:
    """What the steps, resources and inputs of a job take in all, as the config of a run."""
    own: Callable[[], Field] | None = getattr(job, "config_of_assets", None)
    if own is not None:
        return own()
    flow = job.flow
    made = in_order(job.resource_defs, job.resource_defs.keys() & needed(flow))
    return field_of_flow(job.graph, flow, resources=job.resource_defs, needed=made, given=job.input_values)


def validate_run_config(job_def: JobDefinition, run_config: Any = None) -> Mapping[str, Any]:
    """The config of a run of a job as its functions would get it: checked, defaults put in.

    Args:
        job_def: The job.
        run_config: What a run would be given: a mapping, or a `RunConfig`.

    Returns:
        The config by section: `ops`, `resources`, `loggers`, `execution`.

    Raises:
        DagsterInvalidConfigError: with every problem and its path.
    """
    check_type(job_def, JobDefinition, "job_def", optional=False)
    form = form_of_job(job_def, run_config, None)
    Echo.of(form, job_def.name, job_def.loggers, job_def)
    return read_run(config_of_runs(job_def), form, f"Error in config for job {job_def.name}")


def _giving(value: object) -> Callable[[Any], Any]:
    return lambda _context: value


def _check_partition(job: JobDefinition, partition_key: str, now: Moment) -> None:
    """Raise if a partition is none of the job's."""
    if job.partitions_def is None:
        message = f"partition_key={partition_key!r} was given, but the job {job.name!r} has no partitions."
        raise DagsterInvariantViolationError(message)
    known = job.partitions_def.get_partition_keys(*when(now))
    if partition_key not in known:
        hint = nearest(partition_key, known[:2000]) or "."
        message = f"Could not find a partition {partition_key!r} of the job {job.name!r}{hint}"
        raise DagsterUnknownPartitionError(message)


def tags_of_run(
    job: JobDefinition, tags: Mapping[str, Any] | None, partition_key: str | None
) -> dict[str, str]:
    """The tags of a run of a job: the job's, those of the partition, and its own.

    Args:
        job: The job.
        tags: What was given for this run.
        partition_key: The partition that it is for.
    """
    found = {**job.run_tags}
    if partition_key is not None:
        if job.partitioned_config is not None:
            found.update(job.partitioned_config.get_tags_for_partition_key(partition_key))
        found[PARTITION] = partition_key
    return {**found, **tags_in_text(tags, "tags")}


def form_of_job(job: Any, run_config: Any, partition_key: str | None) -> dict[str, Any]:
    """The config of a run of a job, in the mapping form: what was given, else what the job has.

    Args:
        job: The job.
        run_config: What was given for this run.
        partition_key: The partition that the run is for.
    """
    own = job.config
    if is_a(own, "PartitionedConfig") and partition_key is not None and run_config is None:
        return form_of_run(deepcopy(own.get_run_config_for_partition_key(partition_key)))
    given = form_of_run(run_config)
    if own is None or is_a(own, "PartitionedConfig"):
        return given
    if is_a(own, "ConfigMapping"):
        outer = UNSET if run_config is None else given
        return form_of_run(inner_config(own, outer, ROOT, f"the job {job.name!r}"))
    default = form_of_run(own)
    if not given:
        return default
    # What is said of one resource leaves what the job says of the others.
    resources = {**(default.get("resources") or {}), **(given.get("resources") or {})}
    return {**given, "resources": resources} if resources else given

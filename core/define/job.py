"""`job` and `JobDefinition`: a graph of ops, or a selection of assets, with what it runs with.

A job is data; `execute_in_process` hands it to the runner above. `define_asset_job` gives a
job that a `Definitions` object resolves. Rules: `spec/api.md` §2.6, §9.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, overload

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    ParameterCheckError,
    check_type,
    nearest,
)
from ..language.condition import AutomationCondition
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue
from ..resources.lifecycle import in_order
from .expansion import Flow, FlowStep, chosen, expand, narrowed, require_fed
from .names import check_mapping, check_set, is_a, tags_in_text, valid_loggers, valid_name
from .op_graph import GraphDefinition, graph_of
from .policies import RetryPolicy
from .type_loaders import loader_of

if TYPE_CHECKING:
    from ..schema.terms import Field


class JobDefinition:
    """Something to run, with its resources, config, tags and hooks.

    Args:
        graph_def: The graph that it runs.
        resource_defs: Its resources, by key.
        name: Its name; the graph's where absent.
        description: What it does.
        config: Run config that holds where a run gives none, a `ConfigMapping`, or a `PartitionedConfig`.
        tags: Tags of the job, and of its runs unless `run_tags` are given.
        run_tags: Tags of its runs.
        metadata: Anything to be known about it.
        logger_defs: Loggers by name; a run's config says which of them its messages go to, the console where it names none.
        executor_def: How its steps run; kept.
        hook_defs: What is called after each of its steps.
        op_retry_policy: How a step without a policy of its own is tried again.
        partitions_def: The partitions that its runs are for.
        input_values: Values of the graph's inputs.
        owners: Who is responsible for it.

    Raises:
        DagsterInvalidDefinitionError: for an input that can have no value; for resources among which one that
            a step needs is missing. Without any, they are to come from the `Definitions` or the run.
    """

    def __init__(
        self,
        *,
        graph_def: GraphDefinition,
        resource_defs: Mapping[str, object] | None = None,
        name: str | None = None,
        description: str | None = None,
        config: Any = None,
        tags: Mapping[str, Any] | None = None,
        run_tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        logger_defs: Mapping[str, Any] | None = None,
        executor_def: Any = None,
        hook_defs: AbstractSet[Any] | None = None,
        op_retry_policy: RetryPolicy | None = None,
        partitions_def: Any = None,
        input_values: Mapping[str, object] | None = None,
        owners: Sequence[str] | None = None,
    ) -> None:
        self._graph_def = graph_def
        self.name = valid_name(name or graph_def.name, "job name")
        self.description = graph_def.description if description is None else description
        self.resource_defs: Mapping[str, object] = valid_resource_keys(resource_defs or {})
        self.config = config
        self.tags: Mapping[str, str] = {**graph_def.tags, **tags_in_text(tags, "tags")}
        self.run_tags: Mapping[str, str] = (
            self.tags if run_tags is None else tags_in_text(run_tags, "run_tags")
        )
        self.metadata: Mapping[str, MetadataValue] = coerce_all(metadata)
        self.loggers: Mapping[str, Any] = valid_loggers(logger_defs)
        self.executor_def = executor_def
        self.hook_defs: frozenset[Any] = check_set(hook_defs, "HookDefinition", "hooks")
        self.op_retry_policy: RetryPolicy | None = check_type(op_retry_policy, RetryPolicy, "op_retry_policy")
        self.owners = list(owners or ())
        self.automation_condition: AutomationCondition | None = None
        self.partitioned_config = config if is_a(config, "PartitionedConfig") else None
        own = self.partitioned_config.partitions_def if self.partitioned_config is not None else None
        self.partitions_def = partitions_def if partitions_def is not None else own
        self.input_values: Mapping[str, object] = _valid_inputs(self.name, graph_def, input_values or {})
        self._only: frozenset[str] | None = None
        """The keys of the steps that run; `None` for all."""
        flow = expand(graph_def, self.hook_defs)
        require_fed(flow, self.name)
        # One that was given no resources may be given them later, by a run or by `Definitions`.
        if self.resource_defs:
            in_order(self.resource_defs, askers(flow))

    @property
    def graph(self) -> GraphDefinition:
        """The graph that it runs."""
        return self._graph_def

    @property
    def all_node_defs(self) -> Sequence[Any]:
        """Every op and graph in it."""
        return self.graph.node_defs

    @property
    def nodes(self) -> Sequence[Any]:
        """The nodes of its graph."""
        return list(self.graph.nodes.values())

    @property
    def dependencies(self) -> Any:
        """How the nodes of its graph are connected."""
        return self.graph.dependencies

    @property
    def has_direct_input_value(self) -> bool:
        """Whether values of the graph's inputs come with it."""
        return bool(self.input_values)

    @property
    def flow(self) -> Flow:
        """Its steps."""
        whole = expand(self.graph, self.hook_defs)
        return whole if self._only is None else narrowed(whole, self._only)

    @property
    def required_resource_keys(self) -> set[str]:
        """The resources that its steps need."""
        return needed(self.flow)

    @property
    def run_config_schema(self) -> Field:
        """What the config of a run may be."""
        from ..jobs import config_of_runs  # what runs lies above what is declared

        mapping = self.config if is_a(self.config, "ConfigMapping") else None
        field: Field = config_of_runs(self) if mapping is None else mapping.config_field
        return field

    def node_named(self, name: str) -> Any:
        """The node of that name."""
        return self.graph.node_named(name)

    def has_node_named(self, name: str) -> bool:
        """Whether there is a node of that name."""
        return name in self.graph.nodes

    def require_resources(self) -> None:
        """Raise if a resource that it needs is not among its own.

        Raises:
            DagsterInvalidDefinitionError: for one that is missing; it says who requires it.
        """
        in_order(self.resource_defs, askers(self.flow))

    def copy(self, **changes: Any) -> JobDefinition:
        """A copy with some attributes changed."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.__dict__.update(changes)
        return new

    def with_hooks(self, hook_defs: AbstractSet[Any]) -> JobDefinition:
        """A copy with these hooks besides its own."""
        return self.copy(hook_defs=self.hook_defs | check_set(hook_defs, "HookDefinition", "hook_defs"))

    def with_top_level_resources(self, resource_defs: Mapping[str, object]) -> JobDefinition:
        """A copy with these resources; its own win."""
        return self.copy(resource_defs={**resource_defs, **self.resource_defs})

    def with_metadata(self, metadata: Mapping[str, Any]) -> JobDefinition:
        """A copy with this metadata instead of its own."""
        return self.copy(metadata=coerce_all(metadata))

    with_attributes = with_metadata

    def get_subset(self, *, op_selection: Sequence[str] | None = None) -> JobDefinition:
        """A copy that runs only some of its steps.

        Raises:
            DagsterInvalidSubsetError: for a name that is none of its steps.
        """
        if op_selection is None:
            return self
        made = self.copy(_only=frozenset(chosen(self.flow, list(op_selection))))
        try:
            require_fed(made.flow, self.name)
        except DagsterInvalidDefinitionError as lost:
            message = f"The op selection {list(op_selection)!r} leaves an input without a source. {lost}"
            raise DagsterInvalidSubsetError(message) from None
        return made

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
        """Run the job in this process, one step after the other.

        Args:
            run_config: Config of the ops and resources: a mapping or a `RunConfig`.
            instance: Where the run is recorded; a store in memory where absent.
            partition_key: The partition that the run is for.
            raise_on_error: Raise the first exception of the user's code; else the result tells.
            op_selection: The steps to run; all where absent.
            asset_selection: The assets to make; only of a job of assets.
            run_id: The run's id.
            input_values: Values of the graph's inputs.
            tags: Tags of the run besides the job's.
            resources: Resources instead of the job's own.

        Returns:
            An `ExecuteInProcessResult`.
        """
        from ..jobs import execute_graph_job  # what runs lies above what is declared

        if asset_selection is not None:
            message = f"The job {self.name!r} is made of ops: it has no assets to select."
            raise DagsterInvariantViolationError(message)
        job = self if op_selection is None else self.get_subset(op_selection=op_selection)
        return execute_graph_job(
            job,
            run_config=run_config,
            instance=instance,
            partition_key=partition_key,
            raise_on_error=raise_on_error,
            run_id=run_id,
            input_values={**self.input_values, **(input_values or {})},
            tags=tags,
            resources=resources,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """A job is run, not called: it is an error.

        Raises:
            DagsterInvariantViolationError: always.
        """
        del args, kwargs
        message = f"The job {self.name!r} was called. Run it with {self.name}.execute_in_process(); in the body of another job, use its graph."
        raise DagsterInvariantViolationError(message)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def needed(flow: Flow) -> set[str]:
    """The resources that the steps of a flow need."""
    return set(askers(flow))


def askers(flow: Flow) -> dict[str, str]:
    """The resources that the steps of a flow need, each with who asks for it first."""
    found: dict[str, str] = {}
    for step in flow.steps.values():
        for key in sorted(needed_by(step.op) | _of_loaders(step)):
            found.setdefault(key, f"op {step.op.name!r}")
        for hook in step.hook_defs:
            for key in sorted(hook.required_resource_keys):
                found.setdefault(key, f"hook {hook.name!r}")
    return found


def _of_loaders(step: FlowStep) -> set[str]:
    """The resources that make the values of inputs which nothing feeds, of what a run's config says."""
    free = [
        slot
        for name, slot in step.op.slots.items()
        if name not in step.inputs and slot.given.input_manager_key is None and slot.given.asset_key is None
    ]
    loaders = [loader_of(slot.typing.annotation) for slot in free if not slot.typing.is_nothing]
    return {key for loader in loaders if loader is not None for key in loader.required_resource_keys()}


def needed_by(op: Any) -> set[str]:
    """The resources that an op needs: its function's, and what loads and stores its values."""
    managers = {each.io_manager_key for each in op.outs.values()} - {"io_manager"}
    loaders = {each.input_manager_key for each in op.ins.values() if each.input_manager_key}
    types = {
        key
        for each in (*op.slots.values(), *op.vents.values())
        for key in getattr(each.typing.annotation, "required_resource_keys", ())
    }
    return {*op.resource_keys, *managers, *loaders, *types}


def valid_resource_keys(resources: Mapping[str, object]) -> dict[str, object]:
    """The resources, if each key can be an attribute of `context.resources`.

    Raises:
        CheckError: for one that cannot.
    """
    for key in check_mapping(resources, "resource_defs"):
        if not key.isidentifier():
            message = f"The resource key {key!r} must be a valid Python identifier: it becomes an attribute of context.resources."
            raise ParameterCheckError(message)
    return dict(resources)


def _valid_inputs(job: str, graph: GraphDefinition, values: Mapping[str, object]) -> dict[str, object]:
    for name in values:
        if name not in graph.input_names:
            hint = nearest(name, graph.input_names) or "."
            message = f"The job {job!r} was given a value for an input {name!r}, but its graph has no input of that name{hint}"
            raise DagsterInvalidDefinitionError(message)
    return dict(values)


@overload
def job(compose_fn: Callable[..., Any]) -> JobDefinition: ...
@overload
def job(
    compose_fn: None = None,
    *,
    name: str | None = ...,
    description: str | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    config: Any = ...,
    tags: Mapping[str, Any] | None = ...,
    run_tags: Mapping[str, Any] | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    logger_defs: Mapping[str, Any] | None = ...,
    executor_def: Any = ...,
    hooks: AbstractSet[Any] | None = ...,
    op_retry_policy: RetryPolicy | None = ...,
    partitions_def: Any = ...,
    input_values: Mapping[str, object] | None = ...,
    owners: Sequence[str] | None = ...,
) -> Callable[[Callable[..., Any]], JobDefinition]: ...
def job(
    compose_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    resource_defs: Mapping[str, object] | None = None,
    config: Any = None,
    tags: Mapping[str, Any] | None = None,
    run_tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    logger_defs: Mapping[str, Any] | None = None,
    executor_def: Any = None,
    hooks: AbstractSet[Any] | None = None,
    op_retry_policy: RetryPolicy | None = None,
    partitions_def: Any = None,
    input_values: Mapping[str, object] | None = None,
    owners: Sequence[str] | None = None,
) -> Any:
    """Declare the job whose graph a function's body describes.

    Args:
        compose_fn: The function, as for `graph`.
        name: The job's name; the function's where absent.
        description: What it does; the docstring where absent.
        resource_defs: Its resources, by key.
        config: Run config that holds where a run gives none, a `ConfigMapping`, or a `PartitionedConfig`.
        tags: Tags of the job, and of its runs unless `run_tags` are given.
        run_tags: Tags of its runs.
        metadata: Anything to be known about it.
        logger_defs: Loggers by name; a run's config says which of them its messages go to, the console where it names none.
        executor_def: How its steps run; kept.
        hooks: What is called after each of its steps.
        op_retry_policy: How a step without a policy of its own is tried again.
        partitions_def: The partitions that its runs are for.
        input_values: Values of the graph's inputs.
        owners: Who is responsible for it.

    Returns:
        The definition, or a decorator that gives it.

    Raises:
        DagsterInvalidDefinitionError: for a body that does something else than connecting, or a missing resource.
    """

    def define(fn: Callable[..., Any]) -> JobDefinition:
        own = name or fn.__name__
        return JobDefinition(
            graph_def=graph_of(fn, own, "@job", description=description),
            resource_defs=resource_defs,
            config=config,
            tags=tags,
            run_tags=run_tags,
            metadata=metadata,
            logger_defs=logger_defs,
            executor_def=executor_def,
            hook_defs=hooks,
            op_retry_policy=op_retry_policy,
            partitions_def=partitions_def,
            input_values=input_values,
            owners=owners,
        )

    return define if compose_fn is None else define(compose_fn)

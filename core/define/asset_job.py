"""`define_asset_job`: a selection of assets under a name, with what it runs with.

What the selection means is known when it is resolved against a graph: that, and running it,
lie above (`asset_jobs`). Rules: `spec/api.md` §9.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from ..errors import ParameterCheckError, check_type
from ..language.condition import AutomationCondition
from ..language.selection import AssetSelection, CoercibleToAssetSelection
from ..notices import deprecated
from ..partitions.spaces import PartitionsDefinition
from ..record import Record, put
from ..resources.mapping import ConfigMapping
from ..resources.run_config import RunConfig, form_of_run
from .executor import ExecutorDefinition
from .hooks import HookDefinition
from .job import JobDefinition
from .names import check_mapping, check_set, tags_in_text, valid_name, valid_owners
from .partitioned_config import PARTITION_TAG, PartitionedConfig
from .policies import RetryPolicy
from .run_request import RunRequest

if TYPE_CHECKING:
    from ..graph import Graph

IMPLICIT_JOB = "__ASSET_JOB"
"""The name of the job of all assets, which nobody has to declare."""


class UnresolvedAssetJobDefinition(Record):
    """A job of assets before it is known what its selection means. Made by `define_asset_job`."""

    __slots__ = (
        "automation_condition", "config", "description", "executor_def", "hooks", "metadata", "name", "op_retry_policy",
        "owners", "partitions_def", "run_tags", "selection", "tags",
    )  # fmt: skip

    name: str
    selection: AssetSelection
    config: Any
    description: str | None
    tags: Mapping[str, str]
    run_tags: Mapping[str, str]
    metadata: Mapping[str, Any]
    partitions_def: PartitionsDefinition | None
    executor_def: ExecutorDefinition | None
    hooks: frozenset[HookDefinition]
    op_retry_policy: RetryPolicy | None
    owners: Sequence[str]
    automation_condition: AutomationCondition | None

    __hash__ = None  # type: ignore[assignment]  # mappings are inside

    def __init__(
        self,
        name: str,
        selection: AssetSelection,
        *,
        config: Any = None,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        run_tags: Mapping[str, str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        partitions_def: PartitionsDefinition | None = None,
        executor_def: ExecutorDefinition | None = None,
        hooks: frozenset[HookDefinition] = frozenset(),
        op_retry_policy: RetryPolicy | None = None,
        owners: Sequence[str] = (),
        automation_condition: AutomationCondition | None = None,
    ) -> None:
        put(self, "name", name)
        put(self, "selection", selection)
        put(self, "config", config)
        put(self, "description", description)
        put(self, "tags", tags or {})
        put(self, "run_tags", self.tags if run_tags is None else run_tags)
        put(self, "metadata", metadata or {})
        put(self, "partitions_def", partitions_def)
        put(self, "executor_def", executor_def)
        put(self, "hooks", hooks)
        put(self, "op_retry_policy", op_retry_policy)
        put(self, "owners", owners)
        put(self, "automation_condition", automation_condition)

    def with_metadata(self, metadata: Mapping[str, Any]) -> UnresolvedAssetJobDefinition:
        """A copy with this metadata instead of its own."""
        return self._replace(metadata=dict(check_mapping(metadata, "metadata")))

    with_attributes = with_metadata

    def run_request_for_partition(
        self,
        partition_key: str,
        run_key: str | None = None,
        tags: Mapping[str, Any] | None = None,
        run_config: Any = None,
    ) -> RunRequest:
        """The request to run the job for one of its partitions.

        Args:
            partition_key: The partition.
            run_key: What tells this request from others.
            tags: Tags besides those of the job and of the partition.
            run_config: Config instead of the job's own.
        """
        own = self.config
        of_partition: Mapping[str, str] = {}
        if isinstance(own, PartitionedConfig):
            of_partition = own.get_tags_for_partition_key(partition_key)
            own = own.get_run_config_for_partition_key(partition_key)
        return RunRequest(
            run_key,
            own if run_config is None else run_config,
            {**of_partition, **self.run_tags, **(tags or {}), PARTITION_TAG: partition_key},
            self.name,
            partition_key=partition_key,
        )

    def resolve(
        self,
        asset_graph: Graph,
        default_executor_def: ExecutorDefinition | None = None,
        resource_defs: Mapping[str, object] | None = None,
        logger_defs: Mapping[str, Any] | None = None,
    ) -> JobDefinition:
        """The job that the selection comes to among these assets.

        Args:
            asset_graph: The assets.
            default_executor_def: How its steps run, where the job says nothing.
            resource_defs: Resources by key; those that the assets bring themselves win.
            logger_defs: Loggers by name; a run's config says which of them its messages go to.

        Raises:
            DagsterInvalidDefinitionError: for a selection that means no such thing, different
                partitions, or a resource that is missing; the cause says what it was.
        """
        from ..asset_jobs import resolved  # what knows graphs lies above what is declared

        return resolved(self, asset_graph, resource_defs, default_executor_def, logger_defs)


def define_asset_job(
    name: str,
    selection: CoercibleToAssetSelection | None = None,
    config: Any = None,
    description: str | None = None,
    tags: Mapping[str, Any] | None = None,
    run_tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    executor_def: ExecutorDefinition | None = None,
    hooks: AbstractSet[HookDefinition] | None = None,
    op_retry_policy: RetryPolicy | None = None,
    owners: Sequence[str] | None = None,
    automation_condition: AutomationCondition | None = None,
) -> UnresolvedAssetJobDefinition:
    """Declare a job that makes the assets of a selection, and evaluates their checks.

    Args:
        name: The job's name.
        selection: What it makes, as text, keys, definitions or an `AssetSelection`; everything where absent.
        config: Run config that holds where a run gives none, a `RunConfig`, a `ConfigMapping`, or a `PartitionedConfig`.
        description: What it does.
        tags: Tags of the job, and of its runs unless `run_tags` are given.
        run_tags: Tags of its runs.
        metadata: Anything to be known about it.
        partitions_def: An older parameter: the partitions of its assets, which they have anyway.
        executor_def: How its steps run; kept.
        hooks: What is called after each of its steps.
        op_retry_policy: How a step without a policy of its own is tried again.
        owners: Who is responsible for it: e-mail addresses, and teams as `team:name`.
        automation_condition: When it is to run by itself; kept.

    Returns:
        The job; a `Definitions` object resolves it.

    Raises:
        DagsterInvalidDefinitionError: for a name, a tag or an owner that cannot be one.
        CheckError: for an argument of the wrong type.
        TypeError: for an empty list as selection.
    """
    if partitions_def is not None:
        deprecated(
            "Parameter `partitions_def` of function `define_asset_job`",
            "The partitions are those of the assets.",
        )
    if not (config is None or isinstance(config, (Mapping, RunConfig, ConfigMapping, PartitionedConfig))):
        message = f"Parameter 'config' must be a mapping, a RunConfig, a ConfigMapping or a PartitionedConfig, not {type(config).__name__}: {config!r:.80}"
        raise ParameterCheckError(message)
    return UnresolvedAssetJobDefinition(
        valid_name(check_type(name, str, "name", optional=False), "job name"),
        AssetSelection.all() if selection is None else AssetSelection.from_coercible(selection),
        config=form_of_run(config) if isinstance(config, RunConfig) else config,
        description=check_type(description, str, "description"),
        tags=tags_in_text(tags, "tags"),
        run_tags=None if run_tags is None else tags_in_text(run_tags, "run_tags"),
        metadata=None if metadata is None else dict(check_mapping(metadata, "metadata")),
        partitions_def=check_type(partitions_def, PartitionsDefinition, "partitions_def"),
        executor_def=check_type(executor_def, ExecutorDefinition, "executor_def"),
        hooks=check_set(hooks, HookDefinition, "hooks"),
        op_retry_policy=check_type(op_retry_policy, RetryPolicy, "op_retry_policy"),
        owners=valid_owners(owners, f"job {name}"),
        automation_condition=check_type(automation_condition, AutomationCondition, "automation_condition"),
    )


def all_assets(
    asset_graph: Graph,
    resource_defs: Mapping[str, object] | None = None,
    default_executor_def: ExecutorDefinition | None = None,
    logger_defs: Mapping[str, Any] | None = None,
) -> JobDefinition:
    """The job of everything that can be run, whatever its partitions; the arguments are those of `resolve`."""
    from ..asset_jobs import resolved  # as above

    declared = UnresolvedAssetJobDefinition(
        IMPLICIT_JOB, AssetSelection.all(include_sources=True) | AssetSelection.all_asset_checks()
    )
    return resolved(declared, asset_graph, resource_defs, default_executor_def, logger_defs, mixed=True)

"""Software-defined assets that live in a notebook.

Declare assets as functions; the package knows what each one depends on, remembers what was
built from what, and rebuilds only what is out of date. In JupyterLab: `%load_ext assets`.

Names that mean the same as Dagster's are spelled as there. Every name is imported when it
is first used, so `import assets` costs next to nothing and pydantic, the store and the
runner are paid for by those who use them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .core.binding import build_init_resource_context as build_init_resource_context
    from .core.binding import build_resources as build_resources
    from .core.binding import with_resources as with_resources
    from .core.decide.staleness import StaleCause as StaleCause
    from .core.decide.staleness import StaleCauseCategory as StaleCauseCategory
    from .core.decide.staleness import StaleStatus as StaleStatus
    from .core.define.asset_checks import AssetChecksDefinition as AssetChecksDefinition
    from .core.define.asset_checks import asset_check as asset_check
    from .core.define.asset_checks import multi_asset_check as multi_asset_check
    from .core.define.asset_job import UnresolvedAssetJobDefinition as UnresolvedAssetJobDefinition
    from .core.define.asset_job import define_asset_job as define_asset_job
    from .core.define.checks import AssetCheckEvaluation as AssetCheckEvaluation
    from .core.define.checks import AssetCheckResult as AssetCheckResult
    from .core.define.checks import AssetCheckSeverity as AssetCheckSeverity
    from .core.define.checks import AssetCheckSpec as AssetCheckSpec
    from .core.define.dagster_type import DagsterType as DagsterType
    from .core.define.dagster_type import PythonObjectDagsterType as PythonObjectDagsterType
    from .core.define.dagster_type import TypeCheck as TypeCheck
    from .core.define.dagster_type import (
        make_python_type_usable_as_dagster_type as make_python_type_usable_as_dagster_type,
    )
    from .core.define.dagster_type import usable_as_dagster_type as usable_as_dagster_type
    from .core.define.decorators import asset as asset
    from .core.define.definition import AssetExecutionType as AssetExecutionType
    from .core.define.definition import AssetsDefinition as AssetsDefinition
    from .core.define.definitions import Definitions as Definitions
    from .core.define.executor import ExecutorDefinition as ExecutorDefinition
    from .core.define.executor import in_process_executor as in_process_executor
    from .core.define.graph_assets import graph_asset as graph_asset
    from .core.define.graph_assets import graph_multi_asset as graph_multi_asset
    from .core.define.hooks import HookDefinition as HookDefinition
    from .core.define.hooks import failure_hook as failure_hook
    from .core.define.hooks import success_hook as success_hook
    from .core.define.inputs import AssetDep as AssetDep
    from .core.define.inputs import AssetIn as AssetIn
    from .core.define.job import JobDefinition as JobDefinition
    from .core.define.job import job as job
    from .core.define.legacy_external import external_assets_from_specs as external_assets_from_specs
    from .core.define.loading import (
        load_asset_checks_from_current_module as load_asset_checks_from_current_module,
    )
    from .core.define.loading import load_asset_checks_from_modules as load_asset_checks_from_modules
    from .core.define.loading import (
        load_asset_checks_from_package_module as load_asset_checks_from_package_module,
    )
    from .core.define.loading import (
        load_asset_checks_from_package_name as load_asset_checks_from_package_name,
    )
    from .core.define.loading import load_assets_from_current_module as load_assets_from_current_module
    from .core.define.loading import load_assets_from_modules as load_assets_from_modules
    from .core.define.loading import load_assets_from_package_module as load_assets_from_package_module
    from .core.define.loading import load_assets_from_package_name as load_assets_from_package_name
    from .core.define.loading_definitions import (
        load_definitions_from_current_module as load_definitions_from_current_module,
    )
    from .core.define.loading_definitions import (
        load_definitions_from_module as load_definitions_from_module,
    )
    from .core.define.loading_definitions import (
        load_definitions_from_modules as load_definitions_from_modules,
    )
    from .core.define.loading_definitions import (
        load_definitions_from_package_module as load_definitions_from_package_module,
    )
    from .core.define.loading_definitions import (
        load_definitions_from_package_name as load_definitions_from_package_name,
    )
    from .core.define.loggers import InitLoggerContext as InitLoggerContext
    from .core.define.loggers import LoggerDefinition as LoggerDefinition
    from .core.define.loggers import build_init_logger_context as build_init_logger_context
    from .core.define.loggers import colored_console_logger as colored_console_logger
    from .core.define.loggers import default_loggers as default_loggers
    from .core.define.loggers import json_console_logger as json_console_logger
    from .core.define.loggers import logger as logger
    from .core.define.multi import multi_asset as multi_asset
    from .core.define.observables import multi_observable_source_asset as multi_observable_source_asset
    from .core.define.observables import observable_source_asset as observable_source_asset
    from .core.define.op import OpDefinition as OpDefinition
    from .core.define.op import op as op
    from .core.define.op_graph import GraphDefinition as GraphDefinition
    from .core.define.op_graph import graph as graph
    from .core.define.outputs import AssetOut as AssetOut
    from .core.define.partitioned_config import PartitionedConfig as PartitionedConfig
    from .core.define.partitioned_config import daily_partitioned_config as daily_partitioned_config
    from .core.define.partitioned_config import dynamic_partitioned_config as dynamic_partitioned_config
    from .core.define.partitioned_config import hourly_partitioned_config as hourly_partitioned_config
    from .core.define.partitioned_config import monthly_partitioned_config as monthly_partitioned_config
    from .core.define.partitioned_config import partitioned_config as partitioned_config
    from .core.define.partitioned_config import static_partitioned_config as static_partitioned_config
    from .core.define.partitioned_config import weekly_partitioned_config as weekly_partitioned_config
    from .core.define.policies import BackfillPolicy as BackfillPolicy
    from .core.define.policies import BackfillPolicyType as BackfillPolicyType
    from .core.define.policies import Backoff as Backoff
    from .core.define.policies import Jitter as Jitter
    from .core.define.policies import RetryPolicy as RetryPolicy
    from .core.define.ports import DynamicOut as DynamicOut
    from .core.define.ports import GraphIn as GraphIn
    from .core.define.ports import GraphOut as GraphOut
    from .core.define.ports import In as In
    from .core.define.ports import Out as Out
    from .core.define.repository import RepositoryDefinition as RepositoryDefinition
    from .core.define.repository import repository as repository
    from .core.define.results import AssetMaterialization as AssetMaterialization
    from .core.define.results import AssetObservation as AssetObservation
    from .core.define.results import DynamicOutput as DynamicOutput
    from .core.define.results import ExpectationResult as ExpectationResult
    from .core.define.results import Failure as Failure
    from .core.define.results import MaterializeResult as MaterializeResult
    from .core.define.results import ObserveResult as ObserveResult
    from .core.define.results import Output as Output
    from .core.define.results import RetryRequested as RetryRequested
    from .core.define.run_request import RunRequest as RunRequest
    from .core.define.schedule import DefaultScheduleStatus as DefaultScheduleStatus
    from .core.define.schedule import ScheduleDefinition as ScheduleDefinition
    from .core.define.schedule import (
        build_schedule_from_partitioned_job as build_schedule_from_partitioned_job,
    )
    from .core.define.sensor import AutomationConditionSensorDefinition as AutomationConditionSensorDefinition
    from .core.define.sensor import DefaultSensorStatus as DefaultSensorStatus
    from .core.define.source import SourceAsset as SourceAsset
    from .core.define.spec import AssetSpec as AssetSpec
    from .core.define.spec import apply_freshness_policy as apply_freshness_policy
    from .core.define.spec import map_asset_specs as map_asset_specs
    from .core.define.type_loaders import DagsterTypeLoader as DagsterTypeLoader
    from .core.define.type_loaders import dagster_type_loader as dagster_type_loader
    from .core.define.types import Any as Any
    from .core.define.types import Bool as Bool
    from .core.define.types import Dict as Dict
    from .core.define.types import Float as Float
    from .core.define.types import Int as Int
    from .core.define.types import List as List
    from .core.define.types import Nothing as Nothing
    from .core.define.types import Optional as Optional
    from .core.define.types import Set as Set
    from .core.define.types import String as String
    from .core.define.types import Tuple as Tuple
    from .core.define.types import check_dagster_type as check_dagster_type
    from .core.define.wiring import DependencyDefinition as DependencyDefinition
    from .core.define.wiring import DynamicCollectDependencyDefinition as DynamicCollectDependencyDefinition
    from .core.define.wiring import InputMapping as InputMapping
    from .core.define.wiring import MappedInput as MappedInput
    from .core.define.wiring import MultiDependencyDefinition as MultiDependencyDefinition
    from .core.define.wiring import NodeInvocation as NodeInvocation
    from .core.define.wiring import OutputMapping as OutputMapping
    from .core.errors import CheckError as CheckError
    from .core.errors import CircularDependencyError as CircularDependencyError
    from .core.errors import DagsterAssetCheckFailedError as DagsterAssetCheckFailedError
    from .core.errors import DagsterConfigMappingFunctionError as DagsterConfigMappingFunctionError
    from .core.errors import DagsterError as DagsterError
    from .core.errors import DagsterHomeNotSetError as DagsterHomeNotSetError
    from .core.errors import DagsterInvalidAssetKey as DagsterInvalidAssetKey
    from .core.errors import DagsterInvalidAssetSelectionError as DagsterInvalidAssetSelectionError
    from .core.errors import DagsterInvalidConfigDefinitionError as DagsterInvalidConfigDefinitionError
    from .core.errors import DagsterInvalidConfigError as DagsterInvalidConfigError
    from .core.errors import DagsterInvalidDefinitionError as DagsterInvalidDefinitionError
    from .core.errors import DagsterInvalidInvocationError as DagsterInvalidInvocationError
    from .core.errors import DagsterInvalidMetadata as DagsterInvalidMetadata
    from .core.errors import DagsterInvalidObservationError as DagsterInvalidObservationError
    from .core.errors import DagsterInvalidPropertyError as DagsterInvalidPropertyError
    from .core.errors import (
        DagsterInvalidPythonicConfigDefinitionError as DagsterInvalidPythonicConfigDefinitionError,
    )
    from .core.errors import DagsterInvalidSubsetError as DagsterInvalidSubsetError
    from .core.errors import DagsterInvariantViolationError as DagsterInvariantViolationError
    from .core.errors import DagsterResourceFunctionError as DagsterResourceFunctionError
    from .core.errors import DagsterRunNotFoundError as DagsterRunNotFoundError
    from .core.errors import DagsterStepOutputNotFoundError as DagsterStepOutputNotFoundError
    from .core.errors import DagsterTypeCheckDidNotPass as DagsterTypeCheckDidNotPass
    from .core.errors import DagsterTypeCheckError as DagsterTypeCheckError
    from .core.errors import DagsterUnknownPartitionError as DagsterUnknownPartitionError
    from .core.errors import DagsterUnknownResourceError as DagsterUnknownResourceError
    from .core.errors import DagsterUserCodeExecutionError as DagsterUserCodeExecutionError
    from .core.errors import ElementCheckError as ElementCheckError
    from .core.errors import ParameterCheckError as ParameterCheckError
    from .core.errors import RunCancelledError as RunCancelledError
    from .core.errors import RunFailedError as RunFailedError
    from .core.errors import StoreError as StoreError
    from .core.errors import UnknownAssetError as UnknownAssetError
    from .core.errors import ValueMissingError as ValueMissingError
    from .core.instance import DagsterInstance as DagsterInstance
    from .core.jobs import validate_run_config as validate_run_config
    from .core.keys import AssetCheckKey as AssetCheckKey
    from .core.keys import AssetKey as AssetKey
    from .core.language.condition import AutomationCondition as AutomationCondition
    from .core.language.freshness import FreshnessPolicy as FreshnessPolicy
    from .core.language.freshness import FreshnessState as FreshnessState
    from .core.language.legacy_freshness import LegacyFreshnessPolicy as LegacyFreshnessPolicy
    from .core.language.legacy_policies import (
        AutoMaterializeAssetPartitionsFilter as AutoMaterializeAssetPartitionsFilter,
    )
    from .core.language.legacy_policies import AutoMaterializePolicy as AutoMaterializePolicy
    from .core.language.legacy_policies import AutoMaterializeRule as AutoMaterializeRule
    from .core.language.selection import AssetSelection as AssetSelection
    from .core.materialize import materialize as materialize
    from .core.materialize import materialize_to_memory as materialize_to_memory
    from .core.materialize import observe as observe
    from .core.metadata.tables import TableColumn as TableColumn
    from .core.metadata.tables import TableColumnConstraints as TableColumnConstraints
    from .core.metadata.tables import TableColumnDep as TableColumnDep
    from .core.metadata.tables import TableColumnLineage as TableColumnLineage
    from .core.metadata.tables import TableConstraints as TableConstraints
    from .core.metadata.tables import TableRecord as TableRecord
    from .core.metadata.tables import TableSchema as TableSchema
    from .core.metadata.values import BoolMetadataValue as BoolMetadataValue
    from .core.metadata.values import CodeReferencesMetadataValue as CodeReferencesMetadataValue
    from .core.metadata.values import DagsterAssetMetadataValue as DagsterAssetMetadataValue
    from .core.metadata.values import DagsterJobMetadataValue as DagsterJobMetadataValue
    from .core.metadata.values import DagsterRunMetadataValue as DagsterRunMetadataValue
    from .core.metadata.values import FloatMetadataValue as FloatMetadataValue
    from .core.metadata.values import IntMetadataValue as IntMetadataValue
    from .core.metadata.values import JsonMetadataValue as JsonMetadataValue
    from .core.metadata.values import LocalFileCodeReference as LocalFileCodeReference
    from .core.metadata.values import MarkdownMetadataValue as MarkdownMetadataValue
    from .core.metadata.values import MetadataValue as MetadataValue
    from .core.metadata.values import NotebookMetadataValue as NotebookMetadataValue
    from .core.metadata.values import NullMetadataValue as NullMetadataValue
    from .core.metadata.values import PathMetadataValue as PathMetadataValue
    from .core.metadata.values import PoolMetadataValue as PoolMetadataValue
    from .core.metadata.values import PythonArtifactMetadataValue as PythonArtifactMetadataValue
    from .core.metadata.values import TableColumnLineageMetadataValue as TableColumnLineageMetadataValue
    from .core.metadata.values import TableMetadataValue as TableMetadataValue
    from .core.metadata.values import TableSchemaMetadataValue as TableSchemaMetadataValue
    from .core.metadata.values import TextMetadataValue as TextMetadataValue
    from .core.metadata.values import TimestampMetadataValue as TimestampMetadataValue
    from .core.metadata.values import UrlCodeReference as UrlCodeReference
    from .core.metadata.values import UrlMetadataValue as UrlMetadataValue
    from .core.notices import BetaWarning as BetaWarning
    from .core.notices import PreviewWarning as PreviewWarning
    from .core.notices import SupersessionWarning as SupersessionWarning
    from .core.partitions.calendar import DailyPartitionsDefinition as DailyPartitionsDefinition
    from .core.partitions.calendar import HourlyPartitionsDefinition as HourlyPartitionsDefinition
    from .core.partitions.calendar import MonthlyPartitionsDefinition as MonthlyPartitionsDefinition
    from .core.partitions.calendar import WeeklyPartitionsDefinition as WeeklyPartitionsDefinition
    from .core.partitions.dynamic import AddDynamicPartitionsRequest as AddDynamicPartitionsRequest
    from .core.partitions.dynamic import DeleteDynamicPartitionsRequest as DeleteDynamicPartitionsRequest
    from .core.partitions.dynamic import DynamicPartitionsDefinition as DynamicPartitionsDefinition
    from .core.partitions.mapping import PartitionMapping as PartitionMapping
    from .core.partitions.mappings import AllPartitionMapping as AllPartitionMapping
    from .core.partitions.mappings import IdentityPartitionMapping as IdentityPartitionMapping
    from .core.partitions.mappings import LastPartitionMapping as LastPartitionMapping
    from .core.partitions.mappings import (
        SpecificPartitionsPartitionMapping as SpecificPartitionsPartitionMapping,
    )
    from .core.partitions.mappings import StaticPartitionMapping as StaticPartitionMapping
    from .core.partitions.moment import partition_loading_context as partition_loading_context
    from .core.partitions.multi import MultiPartitionKey as MultiPartitionKey
    from .core.partitions.multi import MultiPartitionsDefinition as MultiPartitionsDefinition
    from .core.partitions.multi_mapping import DimensionPartitionMapping as DimensionPartitionMapping
    from .core.partitions.multi_mapping import MultiPartitionMapping as MultiPartitionMapping
    from .core.partitions.multi_mapping import (
        MultiToSingleDimensionPartitionMapping as MultiToSingleDimensionPartitionMapping,
    )
    from .core.partitions.spaces import PartitionsDefinition as PartitionsDefinition
    from .core.partitions.spaces import StaticPartitionsDefinition as StaticPartitionsDefinition
    from .core.partitions.subset import PartitionKeyRange as PartitionKeyRange
    from .core.partitions.window_mapping import TimeWindowPartitionMapping as TimeWindowPartitionMapping
    from .core.partitions.window_subset import TimeWindow as TimeWindow
    from .core.partitions.windows import ScheduleType as ScheduleType
    from .core.partitions.windows import TimeWindowPartitionsDefinition as TimeWindowPartitionsDefinition
    from .core.resources.config import Config as Config
    from .core.resources.config import PermissiveConfig as PermissiveConfig
    from .core.resources.definition import InitResourceContext as InitResourceContext
    from .core.resources.definition import ResourceDefinition as ResourceDefinition
    from .core.resources.definition import ResourceParam as ResourceParam
    from .core.resources.definition import make_values_resource as make_values_resource
    from .core.resources.definition import resource as resource
    from .core.resources.files import UPathIOManager as UPathIOManager
    from .core.resources.files import fs_io_manager as fs_io_manager
    from .core.resources.filesystem import FilesystemIOManager as FilesystemIOManager
    from .core.resources.io import InputManager as InputManager
    from .core.resources.io import InputManagerDefinition as InputManagerDefinition
    from .core.resources.io import IOManager as IOManager
    from .core.resources.io import IOManagerDefinition as IOManagerDefinition
    from .core.resources.io import input_manager as input_manager
    from .core.resources.io import io_manager as io_manager
    from .core.resources.io_context import InputContext as InputContext
    from .core.resources.io_context import OutputContext as OutputContext
    from .core.resources.mapping import ConfigMapping as ConfigMapping
    from .core.resources.mapping import config_mapping as config_mapping
    from .core.resources.mapping import configured as configured
    from .core.resources.memory import InMemoryIOManager as InMemoryIOManager
    from .core.resources.memory import mem_io_manager as mem_io_manager
    from .core.resources.resource import ConfigurableIOManager as ConfigurableIOManager
    from .core.resources.resource import ConfigurableIOManagerFactory as ConfigurableIOManagerFactory
    from .core.resources.resource import ConfigurableResource as ConfigurableResource
    from .core.resources.resource import ConfigurableResourceFactory as ConfigurableResourceFactory
    from .core.resources.resource import ResourceDependency as ResourceDependency
    from .core.resources.run_config import RunConfig as RunConfig
    from .core.run.builders import build_asset_check_context as build_asset_check_context
    from .core.run.builders import build_asset_context as build_asset_context
    from .core.run.builders import build_input_context as build_input_context
    from .core.run.builders import build_op_context as build_op_context
    from .core.run.builders import build_output_context as build_output_context
    from .core.run.check_context import AssetCheckExecutionContext as AssetCheckExecutionContext
    from .core.run.check_factories import (
        build_column_schema_change_checks as build_column_schema_change_checks,
    )
    from .core.run.check_factories import build_metadata_bounds_checks as build_metadata_bounds_checks
    from .core.run.context import AssetExecutionContext as AssetExecutionContext
    from .core.run.context import OpExecutionContext as OpExecutionContext
    from .core.run.dagster_run import DagsterRun as DagsterRun
    from .core.run.dagster_run import DagsterRunStatus as DagsterRunStatus
    from .core.run.echo import get_dagster_logger as get_dagster_logger
    from .core.run.entries import EventLogEntry as EventLogEntry
    from .core.run.event_types import DagsterEventType as DagsterEventType
    from .core.run.events import DagsterEvent as DagsterEvent
    from .core.run.freshness_checks import (
        build_last_update_freshness_checks as build_last_update_freshness_checks,
    )
    from .core.run.freshness_checks import (
        build_time_partition_freshness_checks as build_time_partition_freshness_checks,
    )
    from .core.run.hook_context import HookContext as HookContext
    from .core.run.hook_context import build_hook_context as build_hook_context
    from .core.run.records import AssetPartitionStatus as AssetPartitionStatus
    from .core.run.records import AssetRecordsFilter as AssetRecordsFilter
    from .core.run.records import EventLogRecord as EventLogRecord
    from .core.run.records import EventRecordsFilter as EventRecordsFilter
    from .core.run.records import EventRecordsResult as EventRecordsResult
    from .core.run.records import RunStatusChangeRecordsFilter as RunStatusChangeRecordsFilter
    from .core.run.result import ExecuteInProcessResult as ExecuteInProcessResult
    from .core.run.result import RunSummary as RunSummary
    from .core.run.run_records import RunRecord as RunRecord
    from .core.run.run_records import RunsFilter as RunsFilter
    from .core.run.type_context import DagsterTypeLoaderContext as DagsterTypeLoaderContext
    from .core.run.type_context import TypeCheckContext as TypeCheckContext
    from .core.schema.env import EnvVar as EnvVar
    from .core.schema.scalars import BoolSource as BoolSource
    from .core.schema.scalars import Enum as Enum
    from .core.schema.scalars import EnumValue as EnumValue
    from .core.schema.scalars import IntSource as IntSource
    from .core.schema.scalars import StringSource as StringSource
    from .core.schema.terms import Array as Array
    from .core.schema.terms import Field as Field
    from .core.schema.terms import Map as Map
    from .core.schema.terms import Noneable as Noneable
    from .core.schema.terms import Permissive as Permissive
    from .core.schema.terms import ScalarUnion as ScalarUnion
    from .core.schema.terms import Selector as Selector
    from .core.schema.terms import Shape as Shape
    from .core.staleness import CachingStaleStatusResolver as CachingStaleStatusResolver
    from .core.value_loader import AssetValueLoader as AssetValueLoader
    from .core.versions.data import DataVersion as DataVersion
    from .core.versions.data import DataVersionsByPartition as DataVersionsByPartition
    from .core.versions.digest import register as register
    from .core.versions.provenance import DataProvenance as DataProvenance
    from .core.workspace import Workspace as Workspace

__version__ = "0.1.0"

_ROOMS = {
    # declare
    ".core.define.observables": "multi_observable_source_asset observable_source_asset",
    ".core.define.decorators": "asset",
    ".core.define.definition": "AssetsDefinition AssetExecutionType",
    ".core.define.definitions": "Definitions",
    ".core.define.executor": "ExecutorDefinition in_process_executor",
    ".core.define.hooks": "HookDefinition failure_hook success_hook",
    ".core.define.inputs": "AssetDep AssetIn",
    ".core.define.loading": "load_asset_checks_from_current_module load_asset_checks_from_modules load_asset_checks_from_package_module load_asset_checks_from_package_name load_assets_from_current_module load_assets_from_modules load_assets_from_package_module load_assets_from_package_name",
    ".core.define.loading_definitions": "load_definitions_from_current_module load_definitions_from_module load_definitions_from_modules load_definitions_from_package_module load_definitions_from_package_name",
    ".core.define.loggers": "InitLoggerContext LoggerDefinition build_init_logger_context colored_console_logger default_loggers json_console_logger logger",
    ".core.define.outputs": "AssetOut",
    ".core.define.policies": "Backoff BackfillPolicy BackfillPolicyType Jitter RetryPolicy",
    ".core.define.asset_checks": "AssetChecksDefinition asset_check multi_asset_check",
    ".core.define.repository": "RepositoryDefinition repository",
    ".core.define.checks": "AssetCheckEvaluation AssetCheckResult AssetCheckSeverity AssetCheckSpec",
    ".core.define.source": "SourceAsset",
    ".core.define.spec": "AssetSpec apply_freshness_policy map_asset_specs",
    ".core.define.dagster_type": "DagsterType PythonObjectDagsterType TypeCheck make_python_type_usable_as_dagster_type usable_as_dagster_type",
    ".core.define.type_loaders": "DagsterTypeLoader dagster_type_loader",
    ".core.define.types": "Any Bool Dict Float Int List Nothing Optional Set String Tuple check_dagster_type",
    ".core.keys": "AssetCheckKey AssetKey",
    ".core.define.op": "OpDefinition op",
    ".core.define.ports": "DynamicOut GraphIn GraphOut In Out",
    ".core.define.op_graph": "GraphDefinition graph",
    ".core.define.asset_job": "UnresolvedAssetJobDefinition define_asset_job",
    ".core.define.job": "JobDefinition job",
    ".core.define.partitioned_config": "PartitionedConfig daily_partitioned_config dynamic_partitioned_config hourly_partitioned_config monthly_partitioned_config partitioned_config static_partitioned_config weekly_partitioned_config",
    ".core.define.run_request": "RunRequest",
    ".core.define.schedule": "DefaultScheduleStatus ScheduleDefinition build_schedule_from_partitioned_job",
    ".core.define.multi": "multi_asset",
    ".core.define.graph_assets": "graph_asset graph_multi_asset",
    ".core.define.wiring": "DependencyDefinition DynamicCollectDependencyDefinition InputMapping MappedInput MultiDependencyDefinition NodeInvocation OutputMapping",
    # partition
    ".core.partitions.calendar": "DailyPartitionsDefinition HourlyPartitionsDefinition MonthlyPartitionsDefinition WeeklyPartitionsDefinition",
    ".core.partitions.dynamic": "AddDynamicPartitionsRequest DeleteDynamicPartitionsRequest DynamicPartitionsDefinition",
    ".core.partitions.mapping": "PartitionMapping",
    ".core.partitions.mappings": "AllPartitionMapping IdentityPartitionMapping LastPartitionMapping SpecificPartitionsPartitionMapping StaticPartitionMapping",
    ".core.partitions.moment": "partition_loading_context",
    ".core.partitions.multi": "MultiPartitionKey MultiPartitionsDefinition",
    ".core.partitions.multi_mapping": "DimensionPartitionMapping MultiPartitionMapping MultiToSingleDimensionPartitionMapping",
    ".core.partitions.spaces": "PartitionsDefinition StaticPartitionsDefinition",
    ".core.partitions.subset": "PartitionKeyRange",
    ".core.partitions.window_mapping": "TimeWindowPartitionMapping",
    ".core.partitions.window_subset": "TimeWindow",
    ".core.partitions.windows": "ScheduleType TimeWindowPartitionsDefinition",
    # configure
    ".core.resources.definition": "InitResourceContext ResourceDefinition ResourceParam make_values_resource resource",
    ".core.resources.io": "IOManager IOManagerDefinition InputManager InputManagerDefinition input_manager io_manager",
    ".core.resources.io_context": "InputContext OutputContext",
    ".core.resources.filesystem": "FilesystemIOManager",
    ".core.resources.files": "UPathIOManager fs_io_manager",
    ".core.resources.memory": "InMemoryIOManager mem_io_manager",
    ".core.resources.config": "Config PermissiveConfig",
    ".core.binding": "build_init_resource_context build_resources with_resources",
    ".core.resources.mapping": "ConfigMapping config_mapping configured",
    ".core.schema.terms": "Array Field Map Noneable Permissive ScalarUnion Selector Shape",
    ".core.schema.scalars": "BoolSource Enum EnumValue IntSource StringSource",
    ".core.schema.env": "EnvVar",
    ".core.resources.run_config": "RunConfig",
    ".core.resources.resource": "ConfigurableIOManager ConfigurableIOManagerFactory ConfigurableResource ConfigurableResourceFactory ResourceDependency",
    # select
    ".core.language.selection": "AssetSelection",
    # say when
    ".core.language.condition": "AutomationCondition",
    ".core.language.freshness": "FreshnessPolicy FreshnessState",
    ".core.define.sensor": "AutomationConditionSensorDefinition DefaultSensorStatus",
    # legacy
    ".core.define.legacy_external": "external_assets_from_specs",
    ".core.language.legacy_freshness": "LegacyFreshnessPolicy",
    ".core.language.legacy_policies": "AutoMaterializeAssetPartitionsFilter AutoMaterializePolicy AutoMaterializeRule",
    # run
    ".core.run.entries": "EventLogEntry",
    ".core.staleness": "CachingStaleStatusResolver",
    ".core.decide.staleness": "StaleCause StaleCauseCategory StaleStatus",
    ".core.run.run_records": "RunRecord RunsFilter",
    ".core.run.records": "AssetPartitionStatus AssetRecordsFilter EventLogRecord EventRecordsFilter EventRecordsResult RunStatusChangeRecordsFilter",
    ".core.jobs": "validate_run_config",
    ".core.run.echo": "get_dagster_logger",
    ".core.run.events": "DagsterEvent",
    ".core.run.event_types": "DagsterEventType",
    ".core.instance": "DagsterInstance",
    ".core.materialize": "materialize materialize_to_memory observe",
    ".core.run.builders": "build_asset_check_context build_asset_context build_input_context build_op_context build_output_context",
    ".core.run.check_context": "AssetCheckExecutionContext",
    ".core.value_loader": "AssetValueLoader",
    ".core.run.check_factories": "build_column_schema_change_checks build_metadata_bounds_checks",
    ".core.run.context": "AssetExecutionContext OpExecutionContext",
    ".core.run.dagster_run": "DagsterRun DagsterRunStatus",
    ".core.run.freshness_checks": "build_last_update_freshness_checks build_time_partition_freshness_checks",
    ".core.run.hook_context": "HookContext build_hook_context",
    ".core.run.result": "ExecuteInProcessResult RunSummary",
    ".core.run.type_context": "DagsterTypeLoaderContext TypeCheckContext",
    ".core.workspace": "Workspace",
    # results and metadata
    ".core.define.results": "AssetMaterialization AssetObservation DynamicOutput ExpectationResult Failure MaterializeResult ObserveResult Output RetryRequested",
    ".core.versions.provenance": "DataProvenance",
    ".core.metadata.tables": "TableColumn TableColumnConstraints TableColumnDep TableColumnLineage TableConstraints TableRecord TableSchema",
    ".core.metadata.values": "BoolMetadataValue CodeReferencesMetadataValue DagsterAssetMetadataValue DagsterJobMetadataValue DagsterRunMetadataValue FloatMetadataValue IntMetadataValue JsonMetadataValue LocalFileCodeReference MarkdownMetadataValue MetadataValue NotebookMetadataValue NullMetadataValue PathMetadataValue PoolMetadataValue PythonArtifactMetadataValue TableColumnLineageMetadataValue TableMetadataValue TableSchemaMetadataValue TextMetadataValue TimestampMetadataValue UrlCodeReference UrlMetadataValue",
    ".core.versions.data": "DataVersion DataVersionsByPartition",
    ".core.versions.digest": "register",
    # warnings and errors
    ".core.notices": "BetaWarning PreviewWarning SupersessionWarning",
    ".core.errors": "CheckError CircularDependencyError DagsterAssetCheckFailedError DagsterConfigMappingFunctionError DagsterError DagsterHomeNotSetError DagsterInvalidAssetKey DagsterInvalidAssetSelectionError DagsterInvalidConfigDefinitionError DagsterInvalidConfigError DagsterInvalidDefinitionError DagsterInvalidInvocationError DagsterInvalidMetadata DagsterInvalidObservationError DagsterInvalidPropertyError DagsterInvalidPythonicConfigDefinitionError DagsterInvalidSubsetError DagsterInvariantViolationError DagsterResourceFunctionError DagsterRunNotFoundError DagsterStepOutputNotFoundError DagsterTypeCheckDidNotPass DagsterTypeCheckError DagsterUnknownPartitionError DagsterUnknownResourceError DagsterUserCodeExecutionError ElementCheckError ParameterCheckError RunCancelledError RunFailedError StoreError UnknownAssetError ValueMissingError",
}
"""Which room each public name lives in."""

_HOME = {name: room for room, names in _ROOMS.items() for name in names.split()}

__all__ = [*_HOME, "load", "load_ipython_extension", "unload_ipython_extension", "workspace"]  # noqa: PLE0604  they are strings


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    room = _HOME.get(name)
    if room is None:
        message = f"module 'assets' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(room, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]


def workspace() -> Workspace:
    """The workspace of this kernel.

    Raises:
        DagsterInvariantViolationError: before `%load_ext assets`.
    """
    from .core.workspace import current

    return current()


def load(key: Any, partition: str | None = None, version: int | str | None = None) -> Any:
    """The stored value of an asset of this kernel's workspace.

    Args:
        key: The asset; a text is its key with `/` between the parts, and may name the partition: `day@2024-01-01`.
        partition: The partition; left out for a partitioned asset, a dict of all that are there.
        version: `-1` is the one before the newest; or a data version.

    Raises:
        ValueMissingError: if there is no such value.
        DagsterInvariantViolationError: before `%load_ext assets`.
    """
    return workspace().load(key, partition, version)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """What `%load_ext assets` calls."""
    from .extension.session import load as load_into

    load_into(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """What `%unload_ext assets` calls."""
    from .extension.session import unload as unload_from

    unload_from(shell)

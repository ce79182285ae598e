"""`DagsterRun` and its status: the record of a run under the reference's names.

Made lazily from what the log knows; nothing inside decides by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from ..define.partitioned_config import PARTITION_TAG
from ..keys import AssetCheckKey, AssetKey
from ..record import Record, put
from ..storage import RunRow

EPHEMERAL_JOB = "__ephemeral_asset_job__"
PARTITION = PARTITION_TAG
PARTITION_SET = "dagster/partition_set"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


class DagsterRunStatus(Enum):
    """How far a run is."""

    QUEUED = "QUEUED"
    NOT_STARTED = "NOT_STARTED"
    MANAGED = "MANAGED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    SUSPENDED = "SUSPENDED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"


_OF_OUTCOME = {
    "success": DagsterRunStatus.SUCCESS,
    "failure": DagsterRunStatus.FAILURE,
    "cancelled": DagsterRunStatus.CANCELED,
}


def status_of(outcome: str) -> DagsterRunStatus:
    """The status that an outcome of ours stands for; an empty one is a run that goes on."""
    return _OF_OUTCOME.get(outcome, DagsterRunStatus.STARTED)


class DagsterRun(Record):
    """One run: its id, what it was asked to make, its tags and its status."""

    __slots__ = (
        "asset_check_selection", "asset_selection", "job_name", "parent_run_id", "root_run_id", "run_config", "run_id",
        "status", "step_keys_to_execute", "tags",
    )  # fmt: skip

    run_id: str
    job_name: str
    run_config: Mapping[str, Any]
    tags: Mapping[str, str]
    status: DagsterRunStatus
    asset_selection: frozenset[AssetKey] | None
    asset_check_selection: frozenset[AssetCheckKey] | None
    step_keys_to_execute: list[str] | None
    root_run_id: str | None
    parent_run_id: str | None

    def __init__(
        self,
        run_id: str,
        job_name: str = EPHEMERAL_JOB,
        *,
        run_config: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        status: DagsterRunStatus = DagsterRunStatus.NOT_STARTED,
        asset_selection: frozenset[AssetKey] | None = None,
        asset_check_selection: frozenset[AssetCheckKey] | None = None,
        step_keys_to_execute: list[str] | None = None,
        root_run_id: str | None = None,
        parent_run_id: str | None = None,
    ) -> None:
        put(self, "run_id", run_id)
        put(self, "job_name", job_name)
        put(self, "run_config", dict(run_config or {}))
        put(self, "tags", dict(tags or {}))
        put(self, "status", status)
        put(self, "asset_selection", asset_selection)
        put(self, "asset_check_selection", asset_check_selection)
        put(self, "step_keys_to_execute", step_keys_to_execute)
        put(self, "root_run_id", root_run_id)
        put(self, "parent_run_id", parent_run_id)

    @property
    def is_success(self) -> bool:
        """Whether the run ended well."""
        return self.status is DagsterRunStatus.SUCCESS

    @property
    def is_failure(self) -> bool:
        """Whether a step of the run failed."""
        return self.status is DagsterRunStatus.FAILURE

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, however it did."""
        return self.status in {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}

    def with_status(self, status: DagsterRunStatus) -> DagsterRun:
        """The same run at another status."""
        return self._replace(status=status)


def run_of_row(row: RunRow) -> DagsterRun:
    """The run that a row of the log's list of runs is about."""
    return DagsterRun(
        row.run,
        row.job or EPHEMERAL_JOB,
        tags=row.tags,
        status=status_of(row.outcome),
        asset_selection=frozenset(row.keys),
        root_run_id=row.run,
    )

"""`PartitionedConfig`: the run config of a job, one for each partition, made by a function.

The decorators give the job its partitions as well. Rules: `spec/api.md` §7.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, TypeAlias

from ..errors import ParameterCheckError, check_type
from ..partitions.calendar import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from ..partitions.dynamic import DynamicPartitionsDefinition
from ..partitions.spaces import PartitionsDefinition, StaticPartitionsDefinition
from ..partitions.windows import TimeWindowPartitionsDefinition
from ..resources.run_config import RunConfig, form_of_run
from .names import tags_in_text

PARTITION_TAG = "dagster/partition"
"""The tag of a run that says which partition it is for."""

Made: TypeAlias = RunConfig | Mapping[str, Any]
OfKey: TypeAlias = Callable[[str], Made]
OfWindow: TypeAlias = Callable[[datetime, datetime], Made]
TagsOfKey: TypeAlias = Callable[[str], Mapping[str, Any]]
TagsOfWindow: TypeAlias = Callable[[datetime, datetime], Mapping[str, Any]]


class PartitionedConfig:
    """The run config of each partition, and its tags; the `config` of a job.

    Args:
        partitions_def: The partitions.
        run_config_for_partition_key_fn: From the key of a partition to its run config.
        decorated_fn: The function as it was decorated, for direct calls.
        tags_for_partition_key_fn: From the key of a partition to the tags of its runs.

    Raises:
        CheckError: for an argument of the wrong type.
    """

    def __init__(
        self,
        partitions_def: PartitionsDefinition,
        run_config_for_partition_key_fn: OfKey,
        decorated_fn: Callable[..., Made] | None = None,
        tags_for_partition_key_fn: TagsOfKey | None = None,
    ) -> None:
        self.partitions_def: PartitionsDefinition = check_type(
            partitions_def, PartitionsDefinition, "partitions_def", optional=False
        )
        self.run_config_for_partition_key_fn = _function(
            run_config_for_partition_key_fn, "run_config_for_partition_key_fn"
        )
        self.tags_for_partition_key_fn = tags_for_partition_key_fn
        self._fn = decorated_fn or run_config_for_partition_key_fn

    def get_partition_keys(self, current_time: datetime | None = None) -> Sequence[str]:
        """The keys of the partitions that there are at a moment; now where absent."""
        return self.partitions_def.get_partition_keys(current_time)

    def get_run_config_for_partition_key(self, partition_key: str) -> Mapping[str, Any]:
        """The run config of a partition, in the mapping form: a copy, so that the function may give one mapping each time."""
        made = self.run_config_for_partition_key_fn(partition_key)
        return form_of_run(made) if isinstance(made, RunConfig) else deepcopy(made)

    def get_tags_for_partition_key(self, partition_key: str) -> dict[str, str]:
        """The tags of the runs of a partition; a value that is no text is written as JSON.

        Raises:
            DagsterInvalidDefinitionError: for a value that JSON cannot hold.
        """
        tags = self.tags_for_partition_key_fn
        return {} if tags is None else tags_in_text(tags(partition_key), "tags")

    def __call__(self, *args: Any, **kwargs: Any) -> Made:
        """Call the function as it was decorated."""
        return self._fn(*args, **kwargs)


def partitioned_config(
    partitions_def: PartitionsDefinition, tags_for_partition_key_fn: TagsOfKey | None = None
) -> Callable[[OfKey], PartitionedConfig]:
    """Make a function of a partition's key the config of a job with these partitions.

    Args:
        partitions_def: The partitions, of any kind.
        tags_for_partition_key_fn: From the key of a partition to the tags of its runs.
    """

    def define(fn: OfKey) -> PartitionedConfig:
        return PartitionedConfig(partitions_def, fn, tags_for_partition_key_fn=tags_for_partition_key_fn)

    return define


def dynamic_partitioned_config(
    partition_fn: Callable[[datetime | None], Sequence[str]],
    tags_for_partition_key_fn: TagsOfKey | None = None,
) -> Callable[[OfKey], PartitionedConfig]:
    """Make a function of a partition's key the config of a job whose partitions another function gives.

    Args:
        partition_fn: Gives the keys at a time.
        tags_for_partition_key_fn: From the key of a partition to the tags of its runs.
    """
    return partitioned_config(DynamicPartitionsDefinition(partition_fn), tags_for_partition_key_fn)


def static_partitioned_config(
    partition_keys: Sequence[str], tags_for_partition_key_fn: TagsOfKey | None = None
) -> Callable[[OfKey], PartitionedConfig]:
    """Make a function of a partition's key the config of a job with these partitions.

    Args:
        partition_keys: The partitions.
        tags_for_partition_key_fn: From the key of a partition to the tags of its runs.
    """
    return partitioned_config(StaticPartitionsDefinition(partition_keys), tags_for_partition_key_fn)


def hourly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[OfWindow], PartitionedConfig]:
    """Make a function of the start and the end of an hour the config of a job with a partition an hour.

    Args:
        start_date: When the first hour may begin; as the rest, as of `HourlyPartitionsDefinition`.
        minute_offset: The minute at which hours begin.
        timezone: The zone whose clocks count; default UTC.
        fmt: How a key is written.
        end_offset: So many partitions more than have ended.
        tags_for_partition_fn: From the start and the end of an hour to the tags of its runs.
        exclusions: Cron expressions and instants: hours that begin there do not exist.
    """
    space = HourlyPartitionsDefinition(
        start_date, None, minute_offset, timezone, fmt, end_offset, exclusions=exclusions
    )
    return _of_windows(space, tags_for_partition_fn)


def daily_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[OfWindow], PartitionedConfig]:
    """Make a function of the start and the end of a day the config of a job with a partition a day.

    Args:
        start_date: The first day; as the rest, as of `DailyPartitionsDefinition`.
        minute_offset: The minute at which days begin.
        hour_offset: The hour at which days begin.
        timezone: The zone whose clocks count; default UTC.
        fmt: How a key is written.
        end_offset: So many partitions more than have ended; 1 includes today.
        tags_for_partition_fn: From the start and the end of a day to the tags of its runs.
        exclusions: Cron expressions and instants: days that begin there do not exist.
    """
    space = DailyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, timezone, fmt, end_offset, exclusions
    )
    return _of_windows(space, tags_for_partition_fn)


def weekly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[OfWindow], PartitionedConfig]:
    """Make a function of the start and the end of a week the config of a job with a partition a week.

    Args:
        start_date: When the first week may begin; as the rest, as of `WeeklyPartitionsDefinition`.
        minute_offset: The minute at which weeks begin.
        hour_offset: The hour at which weeks begin.
        day_offset: The weekday at which weeks begin; 0 is Sunday.
        timezone: The zone whose clocks count; default UTC.
        fmt: How a key is written.
        end_offset: So many partitions more than have ended.
        tags_for_partition_fn: From the start and the end of a week to the tags of its runs.
        exclusions: Cron expressions and instants: weeks that begin there do not exist.
    """
    space = WeeklyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, day_offset, timezone, fmt, end_offset, exclusions
    )
    return _of_windows(space, tags_for_partition_fn)


def monthly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 1,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[OfWindow], PartitionedConfig]:
    """Make a function of the start and the end of a month the config of a job with a partition a month.

    Args:
        start_date: When the first month may begin; as the rest, as of `MonthlyPartitionsDefinition`.
        minute_offset: The minute at which months begin.
        hour_offset: The hour at which months begin.
        day_offset: The day at which months begin.
        timezone: The zone whose clocks count; default UTC.
        fmt: How a key is written.
        end_offset: So many partitions more than have ended.
        tags_for_partition_fn: From the start and the end of a month to the tags of its runs.
        exclusions: Cron expressions and instants: months that begin there do not exist.
    """
    space = MonthlyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, day_offset, timezone, fmt, end_offset, exclusions
    )
    return _of_windows(space, tags_for_partition_fn)


def _of_windows(
    space: TimeWindowPartitionsDefinition, tags: TagsOfWindow | None
) -> Callable[[OfWindow], PartitionedConfig]:
    def define(fn: OfWindow) -> PartitionedConfig:
        def made(key: str) -> Made:
            return fn(*space.time_window_for_partition_key(key))

        def tagged(key: str) -> Mapping[str, Any]:
            return {} if tags is None else tags(*space.time_window_for_partition_key(key))

        return PartitionedConfig(space, made, _function(fn, "fn"), tagged)

    return define


def _function(fn: Any, name: str) -> Any:
    if not callable(fn):
        message = f"Parameter {name!r} must be a function, not {type(fn).__name__}: {fn!r:.80}"
        raise ParameterCheckError(message)
    return fn

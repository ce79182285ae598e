"""Laws of `PartitionedConfig`: a run config, and tags, for each partition."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from assets import (
    CheckError,
    DagsterUnknownPartitionError,
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    PartitionedConfig,
    RunConfig,
    StaticPartitionsDefinition,
    WeeklyPartitionsDefinition,
    daily_partitioned_config,
    hourly_partitioned_config,
    job,
    monthly_partitioned_config,
    op,
    static_partitioned_config,
    weekly_partitioned_config,
)


@op(config_schema=str)
def said(context):
    """Gives its config."""
    return context.op_config


def form(text: str):
    """The config that lets `said` say something."""
    return {"ops": {"said": {"config": text}}}


@static_partitioned_config(["a", "b"], tags_for_partition_key_fn=lambda key: {"k": key, "d": {"is": key}})
def by_key(key: str):
    """The config of a key."""
    return form(f"of {key}")


def test_each_partition_has_its_config_and_tags():
    """Both are functions of the key; tags that are no text become JSON; a `RunConfig` becomes a mapping."""
    assert by_key.get_partition_keys() == ["a", "b"]
    assert by_key.get_run_config_for_partition_key("a") == by_key("a") == form("of a")
    assert by_key.get_tags_for_partition_key("b") == {"k": "b", "d": json.dumps({"is": "b"})}
    made = PartitionedConfig(StaticPartitionsDefinition(["a"]), lambda _key: RunConfig(**form("x")))
    assert made.get_run_config_for_partition_key("a")["ops"] == form("x")["ops"]
    assert made.get_tags_for_partition_key("a") == {}
    shared: dict[str, str] = {}

    def fills(key: str):
        shared["of"] = key
        return shared

    made = PartitionedConfig(StaticPartitionsDefinition(["a", "b"]), fills)
    told = [made.get_run_config_for_partition_key(key) for key in "ab"]
    assert told == [{"of": "a"}, {"of": "b"}]


def test_a_job_has_the_partitions_of_its_config():
    """A run of a partition has its config and tags; one that is not there is refused; what a run gives wins."""

    @job(config=by_key)
    def told():
        said()

    assert told.partitions_def == StaticPartitionsDefinition(["a", "b"])
    result = told.execute_in_process(partition_key="b")
    assert result.output_for_node("said") == "of b"
    assert result.dagster_run.tags["k"] == "b"
    assert result.dagster_run.tags["dagster/partition"] == "b"
    other = told.execute_in_process(partition_key="b", run_config=form("mine"), tags={"k": "own"})
    assert other.output_for_node("said") == "mine"
    assert other.dagster_run.tags["k"] == "own"
    with pytest.raises(DagsterUnknownPartitionError, match="Could not find a partition 'c'"):
        told.execute_in_process(partition_key="c")


@pytest.mark.parametrize(
    ("decorator", "space", "key", "start", "end"),
    [
        (hourly_partitioned_config, HourlyPartitionsDefinition, "2024-01-01-05:00", (1, 5), (1, 6)),
        (daily_partitioned_config, DailyPartitionsDefinition, "2024-01-02", (2, 0), (3, 0)),
        (weekly_partitioned_config, WeeklyPartitionsDefinition, "2024-01-07", (7, 0), (14, 0)),
    ],
)
def test_windows(decorator, space, key, start, end):
    """The function of a time window gets its start and its end."""

    @decorator(
        start_date="2024-01-01-00:00" if "hour" in decorator.__name__ else "2024-01-01",
        tags_for_partition_fn=lambda start, _end: {"day": str(start.day)},
    )
    def made(start: datetime, end: datetime):
        return form(f"{start.day} {start.hour} {end.day} {end.hour}")

    assert type(made.partitions_def) is space
    text = made.get_run_config_for_partition_key(key)["ops"]["said"]["config"]
    assert text == f"{start[0]} {start[1]} {end[0]} {end[1]}"
    assert made.get_tags_for_partition_key(key) == {"day": str(start[0])}


def test_months():
    """The keys are those of the partitions at a moment."""

    @monthly_partitioned_config(start_date="2024-01-01")
    def made(start: datetime, end: datetime):
        return form(f"{start.month} {end.month}")

    assert type(made.partitions_def) is MonthlyPartitionsDefinition
    assert made.get_partition_keys(datetime(2024, 3, 15, tzinfo=UTC)) == ["2024-01-01", "2024-02-01"]
    assert made.get_run_config_for_partition_key("2024-02-01") == form("2 3")
    assert made.get_tags_for_partition_key("2024-02-01") == {}


def test_wrong_types():
    """Partitions and a function are needed."""
    with pytest.raises(CheckError):
        PartitionedConfig(["a"], lambda _key: {})  # type: ignore[arg-type]
    with pytest.raises(CheckError):
        PartitionedConfig(StaticPartitionsDefinition(["a"]), {})  # type: ignore[arg-type]

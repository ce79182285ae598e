"""Laws of schedules, which are declared and wait for no clock."""

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DailyPartitionsDefinition,
    DefaultScheduleStatus,
    Definitions,
    HourlyPartitionsDefinition,
    MetadataValue,
    MonthlyPartitionsDefinition,
    ScheduleDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionsDefinition,
    WeeklyPartitionsDefinition,
    asset,
    build_schedule_from_partitioned_job,
    define_asset_job,
    graph,
    job,
)


@asset(partitions_def=DailyPartitionsDefinition("2024-01-01", hour_offset=3))
def daily() -> int:
    """An asset of days."""
    return 1


@asset
def plain() -> int:
    """An asset without partitions."""
    return 1


DAILY = define_asset_job("j", [daily])


def test_a_schedule_runs_a_job():
    """Its name follows from its job's; it is stopped until somebody starts it."""
    made = ScheduleDefinition(cron_schedule="@daily", job=DAILY, tags={"n": 1}, metadata={"k": "v"})
    assert (made.name, made.job_name, made.job) == ("j_schedule", "j", DAILY)
    assert made.cron_schedule == "@daily"
    assert made.tags == {"n": "1"}
    assert made.default_status is DefaultScheduleStatus.STOPPED
    assert made.with_attributes(metadata={}).metadata == {}
    assert made.metadata == {"k": MetadataValue.text("v")}
    assert ScheduleDefinition(cron_schedule=["@daily", "0 1 * * *"], job_name="x").name == "x_schedule"


def test_what_it_runs():
    """A job, its name, a graph, or assets, which are then a job of their own."""

    @graph
    def g():
        return None

    assert ScheduleDefinition(cron_schedule="@daily", job=g).job_name == "g"
    made = ScheduleDefinition("s", cron_schedule="@daily", target=[plain])
    found = Definitions([plain], schedules=[made])
    assert found.resolve_job_def(made.job_name).execute_in_process().asset_value("plain") == 1


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({}, CheckError),
        ({"job_name": "x", "target": [plain]}, DagsterInvalidDefinitionError),
        ({"job_name": "x", "cron_schedule": "nope"}, DagsterInvalidDefinitionError),
        ({"job_name": "x", "cron_schedule": "61 * * * *"}, DagsterInvalidDefinitionError),
        ({"job_name": "x", "cron_schedule": 3}, CheckError),
        ({"job_name": "x", "execution_timezone": "Nope/X"}, DagsterInvalidDefinitionError),
        ({"job_name": "x", "name": "a b"}, DagsterInvalidDefinitionError),
        ({"job_name": "x", "default_status": "RUNNING"}, CheckError),
    ],
)
def test_what_cannot_be_declared(wrong: dict[str, Any], error: type[Exception]):
    """No job or two, no cron expression, no zone, no name."""
    with pytest.raises(error):
        ScheduleDefinition(**{"cron_schedule": "@daily", **wrong})


def cron_of(space: Any, **time: Any) -> str:
    """The cron schedule of a job with these partitions."""

    @job(partitions_def=space)
    def ops():
        return None

    made = build_schedule_from_partitioned_job(ops, **time)
    assert isinstance(made, ScheduleDefinition)
    assert isinstance(made.cron_schedule, str)
    return made.cron_schedule


def test_the_schedule_of_time_partitions():
    """It ticks when a partition ends, or at another time as far as the partitions leave it open."""
    assert cron_of(HourlyPartitionsDefinition("2024-01-01-00:00", minute_offset=3)) == "3 * * * *"
    assert cron_of(DailyPartitionsDefinition("2024-01-01"), hour_of_day=5, minute_of_hour=7) == "7 5 * * *"
    assert cron_of(WeeklyPartitionsDefinition("2024-01-01"), day_of_week=3) == "0 0 * * 3"
    assert cron_of(MonthlyPartitionsDefinition("2024-01-01"), day_of_month=4) == "0 0 4 * *"
    odd = TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 * * 1,3")
    assert cron_of(odd) == "0 0 * * 1,3"
    static = StaticPartitionsDefinition(["a"])
    assert cron_of(static, cron_schedule="0 1 * * *") == "0 1 * * *"
    for space, wrong in (
        (HourlyPartitionsDefinition("2024-01-01-00:00"), {"hour_of_day": 3}),
        (DailyPartitionsDefinition("2024-01-01"), {"day_of_week": 3}),
        (DailyPartitionsDefinition("2024-01-01"), {"cron_schedule": "0 1 * * *"}),
        (odd, {"hour_of_day": 3}),
        (static, {}),
        (static, {"cron_schedule": "0 1 * * *", "hour_of_day": 3}),
        (None, {}),
    ):
        with pytest.raises(CheckError):
            cron_of(space, **wrong)


def test_the_schedule_of_a_job_of_assets():
    """It is known when the job is; the job need not be listed besides."""
    made = build_schedule_from_partitioned_job(DAILY, minute_of_hour=5, metadata={"k": 1})
    assert made.name == "j_schedule"
    defs = Definitions([daily], schedules=[made.with_attributes(metadata={"new": "v"})])
    found = defs.resolve_schedule_def("j_schedule")
    assert (found.cron_schedule, found.execution_timezone, found.job_name) == ("5 3 * * *", "UTC", "j")
    assert found.metadata == {"new": MetadataValue.text("v")}
    assert defs.resolve_job_def("j").partitions_def == daily.partitions_def
    both = Definitions([daily], jobs=[DAILY], schedules=[made])
    assert both.resolve_schedule_def("j_schedule").job is both.resolve_job_def("j")
    new = both.with_definition_metadata_update(lambda known: {**known, "new": "v"})
    assert new.resolve_job_def("j").metadata == {"new": MetadataValue.text("v")}
    unscheduled = build_schedule_from_partitioned_job(define_asset_job("p", [plain]))
    with pytest.raises(CheckError, match="no partitions"):
        Definitions([plain], schedules=[unscheduled]).resolve_schedule_def("p_schedule")
    with pytest.raises(DagsterInvariantViolationError):
        defs.resolve_schedule_def("nobody")

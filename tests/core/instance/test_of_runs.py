"""Laws of what an instance answers about runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assets import (
    AssetKey,
    AssetMaterialization,
    CheckError,
    DagsterEventType,
    DagsterRunStatus,
    RunsFilter,
    RunStatusChangeRecordsFilter,
    asset,
    materialize,
)


@asset
def good():
    return 1


@asset
def bad():
    raise ValueError("no")


@pytest.fixture
def runs(instance):
    """Three runs: a good one, a bad one, and a good one again; their ids, the oldest first."""
    return [
        materialize([one], instance=instance, raise_on_error=False, tags={"n": str(n)}).run_id
        for n, one in enumerate((good, bad, good))
    ]


def ids(found):
    return [run.run_id for run in found]


def test_runs_newest_first(instance, runs):
    """Runs come newest first, in pages, or the other way round."""
    assert ids(instance.get_runs()) == runs[::-1]
    assert ids(instance.get_runs(limit=2)) == runs[:0:-1]
    assert ids(instance.get_runs(cursor=runs[2])) == runs[1::-1]
    assert ids(instance.get_runs(ascending=True)) == runs
    assert ids(instance.get_runs(ascending=True, cursor=runs[0], limit=1)) == [runs[1]]
    assert instance.get_run_ids() == runs[::-1]
    assert instance.get_runs_count() == 3


def test_runs_that_fit(instance, runs):
    """Ids, job, statuses, tags and times choose among the runs; all that is given must fit."""

    def chosen(**how):
        return ids(instance.get_runs(RunsFilter(**how)))

    assert chosen(run_ids=[runs[0], "none"]) == [runs[0]]
    assert chosen(statuses=[DagsterRunStatus.FAILURE]) == [runs[1]]
    assert chosen(tags={"n": "2"}) == [runs[2]]
    assert chosen(tags={"n": ["0", "1"]}) == [runs[1], runs[0]]
    assert chosen(tags={"n": "0", "m": "0"}) == []
    assert chosen(job_name="__ephemeral_asset_job__") == runs[::-1]
    assert chosen(job_name="other") == []
    assert chosen(created_after=datetime(2020, 1, 1, tzinfo=UTC), statuses=[DagsterRunStatus.SUCCESS]) == [
        runs[2],
        runs[0],
    ]
    assert chosen(updated_before=datetime(2020, 1, 1, tzinfo=UTC)) == []
    assert instance.get_runs_count(RunsFilter(statuses=[DagsterRunStatus.SUCCESS])) == 2


@pytest.mark.parametrize(
    "wrong",
    [{"run_ids": "x"}, {"run_ids": []}, {"job_name": 3}, {"statuses": ["SUCCESS"]}, {"tags": 3}],
    ids=repr,
)
def test_a_wrong_filter(instance, wrong):
    """What is no filter is refused when it is made."""
    with pytest.raises(CheckError):
        RunsFilter(**wrong)
    with pytest.raises(CheckError):
        instance.get_runs("x")


def test_one_run(instance, runs):
    """A run is found by its id, with its tags, its status and its times."""
    run = instance.get_run_by_id(runs[1])
    record = instance.get_run_record_by_id(runs[1])

    assert (run.status, run.tags["n"], run.is_failure) == (DagsterRunStatus.FAILURE, "1", True)
    assert run.asset_selection == {AssetKey("bad")}
    assert record.dagster_run == run
    assert record.create_timestamp <= record.update_timestamp
    assert record.end_time >= record.start_time
    assert instance.has_run(runs[1])
    assert instance.get_run_by_id("none") is instance.get_run_record_by_id("none") is None
    assert not instance.has_run("none")
    assert [record.dagster_run.run_id for record in instance.get_run_records(limit=2)] == runs[:0:-1]


def test_a_deleted_run(instance, runs):
    """A run that is deleted is listed no more; what it made stands."""
    instance.delete_run(runs[2])
    instance.delete_run("none")

    assert ids(instance.get_runs()) == runs[1::-1]
    assert instance.get_run_by_id(runs[2]) is None
    assert instance.all_logs(runs[2]) == []
    assert instance.get_latest_materialization_event(AssetKey("good")).run_id == runs[2]


def test_what_happened_in_a_run(instance, runs):
    """The events of a run come in order, all of them or those of some types; none of a run that is not known."""
    assert [entry.dagster_event_type.name for entry in instance.all_logs(runs[0])] == [
        "ASSET_MATERIALIZATION_PLANNED",
        "RUN_START",
        "STEP_START",
        "STEP_OUTPUT",
        "ASSET_MATERIALIZATION",
        "HANDLED_OUTPUT",
        "STEP_SUCCESS",
        "RUN_SUCCESS",
    ]
    (made,) = instance.all_logs(runs[0], of_type=DagsterEventType.ASSET_MATERIALIZATION)
    assert made.asset_key == AssetKey("good")
    ends = {DagsterEventType.RUN_FAILURE, DagsterEventType.STEP_FAILURE}
    assert [entry.dagster_event_type.name for entry in instance.all_logs(runs[1], of_type=ends)] == [
        "STEP_FAILURE",
        "RUN_FAILURE",
    ]
    assert instance.all_logs("none") == []


def test_figures(instance, runs):
    """Steps and materializations are counted; each step has its times, and what it made."""
    good_, bad_ = instance.get_run_stats(runs[0]), instance.get_run_stats(runs[1])
    assert (good_.steps_succeeded, good_.steps_failed, good_.materializations) == (1, 0, 1)
    assert (bad_.steps_succeeded, bad_.steps_failed, bad_.materializations) == (0, 1, 0)
    assert good_.start_time <= good_.end_time
    (step,) = instance.get_run_step_stats(runs[0])
    assert (step.step_key, step.status.value, step.attempts) == ("good", "SUCCESS", 1)
    assert step.start_time <= step.end_time
    assert [entry.asset_key for entry in step.materialization_events] == [AssetKey("good")]
    (step,) = instance.get_run_step_stats(runs[1], step_keys=["bad"])
    assert (step.status.value, step.materialization_events) == ("FAILURE", [])
    assert instance.get_run_step_stats(runs[1], step_keys=["other"]) == []
    assert instance.get_run_stats("none").steps_succeeded == 0
    assert instance.get_run_step_stats("none") == []


def test_what_a_body_logs(instance):
    """A message is an entry without an event, at its level; a materialization that is only told is no step."""

    @asset
    def talks(context):
        context.log.warning("careful")
        context.log_event(AssetMaterialization("beside"))

    result = materialize([talks], instance=instance)
    run = result.run_id
    of_other = [
        e.dagster_event_type.name for e in instance.all_logs(run) if e.asset_key == AssetKey("beside")
    ]
    assert of_other == ["ASSET_MATERIALIZATION"]
    assert [e.step_key for e in result.get_step_success_events()] == ["talks"]
    (entry,) = [entry for entry in instance.all_logs(run) if not entry.is_dagster_event]
    assert (entry.message, entry.level, entry.step_key) == ("careful", 30, "talks")
    with pytest.raises(AttributeError):
        entry.get_dagster_event()


def test_changes_of_status(instance, runs):
    """Ends and begins of runs are found by type, in pages, by job."""
    fetch = instance.fetch_run_status_changes

    assert [r.run_id for r in fetch(DagsterEventType.RUN_SUCCESS, limit=5).records] == [runs[2], runs[0]]
    assert [r.run_id for r in fetch(DagsterEventType.RUN_FAILURE, limit=5).records] == [runs[1]]
    page = fetch(DagsterEventType.RUN_START, limit=2)
    assert [r.run_id for r in page.records] == runs[:0:-1]
    assert [r.run_id for r in fetch(DagsterEventType.RUN_START, limit=2, cursor=page.cursor).records] == [
        runs[0]
    ]
    other = RunStatusChangeRecordsFilter(DagsterEventType.RUN_SUCCESS, job_names=["other"])
    assert fetch(other, limit=5).records == []
    with pytest.raises(CheckError, match="STEP_START"):
        fetch(DagsterEventType.STEP_START, limit=1)

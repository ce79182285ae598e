"""Laws of what an instance answers about events by their type."""

from __future__ import annotations

import pytest

from assets import (
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    CheckError,
    DagsterEventType,
    EventRecordsFilter,
    StaticPartitionsDefinition,
    asset,
    materialize,
)


@asset
def a():
    return 1


@asset(partitions_def=StaticPartitionsDefinition(["x", "y"]))
def p():
    return 1


def types(records):
    return [record.event_type.name for record in records]


def test_events_of_a_type(instance):
    """Events of one type are found, of one asset or of all; the newest first."""
    run = materialize([a], instance=instance).run_id
    materialize([p], instance=instance, partition_key="x")
    instance.report_runless_asset_event(AssetObservation("a"))

    def found(event_type, **how):
        ascending = how.pop("ascending", False)
        with pytest.warns(DeprecationWarning, match="get_event_records"):
            return instance.get_event_records(
                EventRecordsFilter(event_type, **how), limit=10, ascending=ascending
            )

    made = found(DagsterEventType.ASSET_MATERIALIZATION)
    assert [record.asset_key for record in made] == [p.key, a.key]
    assert [record.run_id for record in found(DagsterEventType.ASSET_MATERIALIZATION, asset_key=a.key)] == [
        run
    ]
    assert [r.asset_key for r in found(DagsterEventType.ASSET_OBSERVATION)] == [a.key]
    assert types(found(DagsterEventType.RUN_SUCCESS)) == ["RUN_SUCCESS"] * 2
    assert found(DagsterEventType.RUN_FAILURE) == []
    oldest = found(DagsterEventType.ASSET_MATERIALIZATION, ascending=True)
    assert [record.asset_key for record in oldest] == [a.key, p.key]
    plans = found(DagsterEventType.ASSET_MATERIALIZATION_PLANNED, asset_key=p.key, asset_partitions=["x"])
    assert [(r.asset_key, r.partition_key) for r in plans] == [(p.key, "x")]
    assert (
        found(DagsterEventType.ASSET_MATERIALIZATION_PLANNED, asset_key=p.key, asset_partitions=["y"]) == []
    )
    with pytest.raises(CheckError, match="all_logs"):
        found(DagsterEventType.STEP_OUTPUT)
    with pytest.raises(CheckError):
        EventRecordsFilter("STEP_START")


def test_planned_materializations(instance):
    """A run says what it is about to make before it makes it."""
    runs = [materialize([a], instance=instance).run_id for _ in range(3)]
    with pytest.warns(DeprecationWarning, match="fetch_planned_materializations"):
        page = instance.fetch_planned_materializations(a.key, limit=2)
    assert [record.run_id for record in page.records] == runs[:0:-1]
    assert types(page.records) == ["ASSET_MATERIALIZATION_PLANNED"] * 2
    data = page.records[0].event_log_entry.dagster_event.asset_materialization_planned_data
    assert (data.asset_key, data.partition) == (a.key, None)
    with pytest.warns(DeprecationWarning, match="fetch_planned_materializations"):
        rest = instance.fetch_planned_materializations(a.key, limit=2, cursor=page.cursor)
    assert [record.run_id for record in rest.records] == runs[:1]


def test_a_run_in_pages(instance):
    """The pages of a run's events are the same events as all of them at once."""
    run = materialize([a], instance=instance).run_id
    expected = [entry.dagster_event_type for entry in instance.all_logs(run)]
    found, cursor, more = [], None, True
    while more:
        page = instance.get_records_for_run(run, cursor=cursor, limit=3)
        found += [record.event_type for record in page.records]
        cursor, more = page.cursor, page.has_more
    assert found == expected
    last = instance.get_records_for_run(run, limit=1, ascending=False)
    assert types(last.records) == ["RUN_SUCCESS"]
    only = instance.get_records_for_run(run, of_type=DagsterEventType.STEP_START)
    assert (types(only.records), only.has_more) == (["STEP_START"], False)
    assert instance.get_records_for_run("none").records == []


def test_forgetting_everything(instance):
    """After `wipe`, nothing is known of any asset, run or partition."""
    materialize([a], instance=instance)
    instance.report_runless_asset_event(AssetMaterialization("b", partition="x"))
    instance.add_dynamic_partitions("d", ["k"])
    instance.wipe()
    assert instance.get_asset_keys() == []
    assert instance.get_runs() == []
    assert instance.get_dynamic_partitions("d") == []
    assert instance.fetch_materializations(AssetKey("b"), limit=1).records == []

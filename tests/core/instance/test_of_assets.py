"""Laws of what an instance answers about assets."""

from __future__ import annotations

import pytest

from assets import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetCheckSeverity,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    AssetRecordsFilter,
    CheckError,
    DagsterEventType,
    DagsterInvariantViolationError,
    StaticPartitionsDefinition,
    asset,
    materialize,
)

A, P = AssetKey("a"), AssetKey("p")


@asset(code_version="1")
def a():
    return 1


@asset(partitions_def=StaticPartitionsDefinition(["x", "y", "z"]))
def p(context):
    return context.partition_key


def test_the_newest_materialization(instance):
    """It is found for one asset and for many; `None` where there is none, and after a wipe."""
    materialize([a], instance=instance)
    run = materialize([a, p], instance=instance, partition_key="x").run_id

    newest = instance.get_latest_materialization_event(A)
    assert (newest.run_id, newest.asset_key) == (run, A)
    many = instance.get_latest_materialization_events([A, P, AssetKey("b")])
    assert many[A].storage_id == newest.storage_id
    assert many[P].partition_key == "x"
    assert many[AssetKey("b")] is None
    instance.wipe_assets([A])
    assert instance.get_latest_materialization_event(A) is None
    assert instance.get_latest_materialization_events([A]) == {A: None}
    with pytest.raises(CheckError):
        instance.get_latest_materialization_event("a")


def test_code_versions(instance):
    """S46, S47: the tag names the declared code version, or the run where none was declared."""
    run = materialize([a, p], instance=instance, partition_key="x").run_id

    assert instance.get_latest_materialization_event(A).tags["dagster/code_version"] == "1"
    assert instance.get_latest_materialization_event(P).tags["dagster/code_version"] == run
    assert instance.get_latest_materialization_code_versions([A, P, AssetKey("b")]) == {
        A: "1",
        P: run,
        AssetKey("b"): None,
    }


def test_a_data_version_is_of_the_content(instance):
    """S46, S47: two runs that give the same have the same data version, with a declared code version and without."""
    first = materialize([a, p], instance=instance, partition_key="x")
    second = materialize([a, p], instance=instance, partition_key="x")

    for key in (A, P):
        one, two = (
            record.event_log_entry.tags["dagster/data_version"]
            for record in instance.fetch_materializations(key, limit=9).records
        )
        assert one == two
    assert first.run_id != second.run_id


def test_history_in_pages(instance):
    """Materializations come newest first, in pages that a cursor continues, or the other way round."""
    for _ in range(5):
        materialize([a], instance=instance)
    everything = instance.fetch_materializations(A, limit=10)
    ids = [record.storage_id for record in everything.records]

    assert len(ids) == 5
    assert not everything.has_more
    assert ids == sorted(ids, reverse=True)
    page = instance.fetch_materializations(A, limit=2)
    assert page.has_more
    assert [r.storage_id for r in page.records] == ids[:2]
    rest = instance.fetch_materializations(A, limit=9, cursor=page.cursor)
    assert [r.storage_id for r in rest.records] == ids[2:]
    assert instance.fetch_materializations(A, limit=9, cursor=rest.cursor).records == []
    oldest = instance.fetch_materializations(A, limit=2, ascending=True)
    assert [r.storage_id for r in oldest.records] == ids[:-3:-1]
    assert (
        instance.fetch_materializations(A, limit=1, cursor=oldest.cursor, ascending=True)
        .records[0]
        .storage_id
        == (ids[2])
    )


def test_a_filter_of_records(instance):
    """Partitions, times and ids choose among the events of one asset; a text is no asset key."""
    for key in ("x", "y", "x", "z"):
        materialize([p], instance=instance, partition_key=key)
    records = instance.fetch_materializations(P, limit=9).records

    def chosen(**how):
        found = instance.fetch_materializations(AssetRecordsFilter(P, **how), limit=9).records
        return [record.partition_key for record in found]

    assert chosen() == ["z", "x", "y", "x"]
    assert chosen(asset_partitions=["x"]) == ["x", "x"]
    assert chosen(after_storage_id=records[2].storage_id) == ["z", "x"]
    assert chosen(before_storage_id=records[2].storage_id) == ["x"]
    assert chosen(storage_ids=[records[0].storage_id]) == ["z"]
    assert chosen(after_timestamp=records[1].timestamp, before_timestamp=4e9) == ["z"]
    for wrong in ("p", 3, None):
        with pytest.raises(CheckError):
            instance.fetch_materializations(wrong, limit=1)
    with pytest.raises(CheckError, match="asset_partitions"):
        AssetRecordsFilter(P, asset_partitions="x")
    with pytest.raises(CheckError, match="cursor"):
        instance.fetch_materializations(P, limit=1, cursor="no")


def test_a_record(instance):
    """A record says what happened to which piece, when, and in which run."""
    run = materialize([p], instance=instance, partition_key="x").run_id
    (record,) = instance.fetch_materializations(P, limit=9).records

    assert (record.run_id, record.asset_key, record.partition_key) == (run, P, "x")
    assert record.event_type is DagsterEventType.ASSET_MATERIALIZATION
    assert record.asset_materialization == record.asset_event
    assert record.asset_observation is None
    assert record.timestamp == record.event_log_entry.timestamp > 0


def test_failed_attempts(instance):
    """Attempts that failed are found like materializations."""

    @asset
    def wrong():
        raise ValueError("no")

    run = materialize([wrong], instance=instance, raise_on_error=False).run_id
    (record,) = instance.fetch_failed_materializations(wrong.key, limit=5).records

    assert (record.run_id, record.event_type) == (run, DagsterEventType.ASSET_FAILED_TO_MATERIALIZE)
    assert record.event_log_entry.dagster_event.event_specific_data.error.cause.cls_name == "ValueError"
    assert instance.fetch_materializations(wrong.key, limit=5).records == []


def test_what_is_reported(instance):
    """Materializations, observations and evaluations of checks that no run made are recorded whole."""
    instance.report_runless_asset_event(AssetMaterialization("a", "words", {"n": 1}, "x", {"t": "1"}))
    instance.report_runless_asset_event(
        AssetObservation("a", "seen", {"n": 2}, tags={"dagster/data_version": "7"})
    )
    (made,) = instance.fetch_materializations(A, limit=5).records
    (seen,) = instance.fetch_observations(A, limit=5).records

    assert (made.run_id, made.partition_key) == ("", "x")
    told = made.asset_materialization
    assert (told.description, told.metadata["n"].value, told.tags) == ("words", 1, {"t": "1"})
    assert seen.asset_observation.description == "seen"
    assert seen.asset_observation.data_version == "7"
    for wrong in ("a", 3, None):
        with pytest.raises(DagsterInvariantViolationError, match="reported"):
            instance.report_runless_asset_event(wrong)


def test_evaluations_of_checks(instance):
    """The newest evaluation of a check is found whole, until its asset is wiped."""
    key = AssetCheckKey(A, "c")
    assert instance.get_latest_asset_check_evaluation_record(key) is None
    instance.report_runless_asset_event(AssetCheckEvaluation(A, "c", passed=True))
    instance.report_runless_asset_event(AssetCheckEvaluation(A, "other", passed=True))
    instance.report_runless_asset_event(
        AssetCheckEvaluation(
            A, "c", passed=False, metadata={"n": 1}, severity=AssetCheckSeverity.WARN, description="bad"
        )
    )
    record = instance.get_latest_asset_check_evaluation_record(key)

    assert (record.status.value, record.run_id, record.partition) == ("FAILED", "", None)
    assert record.evaluation == record.event.asset_check_evaluation
    assert (record.evaluation.severity, record.evaluation.description) == (AssetCheckSeverity.WARN, "bad")
    assert record.evaluation.metadata["n"].value == 1
    assert record.event.dagster_event_type is DagsterEventType.ASSET_CHECK_EVALUATION
    instance.wipe_assets([A])
    assert instance.get_latest_asset_check_evaluation_record(key) is None


def test_the_event_with_the_data_version(instance):
    """A materialization counts before an observation, unless only one of the two is asked for."""
    find = instance.get_latest_data_version_record
    assert find(A) is None
    instance.report_runless_asset_event(AssetObservation("a", tags={"dagster/data_version": "1"}))
    assert find(A).asset_observation.data_version == "1"
    assert find(A, is_source=False) is None
    materialize([a], instance=instance)
    instance.report_runless_asset_event(AssetObservation("a", tags={"dagster/data_version": "2"}))
    made = find(A)
    assert made.event_type is DagsterEventType.ASSET_MATERIALIZATION
    assert find(A, is_source=True).asset_observation.data_version == "2"
    assert find(A, before_cursor=made.storage_id).asset_observation.data_version == "1"
    assert find(A, is_source=False, after_cursor=made.storage_id) is None
    materialize([p], instance=instance, partition_key="x")
    assert find(P, partition_key="x").partition_key == "x"
    assert find(P, partition_key="y") is None


def test_what_is_known_of_assets(instance):
    """Keys come in order, by prefix and in pages; records tell the newest of each kind of event."""
    for key in (["s", "b"], ["s", "a"], ["t"]):
        instance.report_runless_asset_event(AssetMaterialization(AssetKey(key)))
    instance.report_runless_asset_event(AssetObservation(AssetKey("t")))
    keys = [AssetKey(["s", "a"]), AssetKey(["s", "b"]), AssetKey("t")]

    assert instance.get_asset_keys() == instance.all_asset_keys() == keys
    assert instance.get_asset_keys(prefix=["s"]) == keys[:2]
    assert instance.get_asset_keys(limit=1) == keys[:1]
    assert instance.get_asset_keys(cursor=keys[0].to_string(), limit=1) == keys[1:2]
    assert instance.has_asset_key(keys[0])
    assert not instance.has_asset_key(AssetKey("s"))
    (record,) = instance.get_asset_records([keys[2], AssetKey("none")])
    entry = record.asset_entry
    assert entry.asset_key == keys[2]
    assert entry.last_materialization.asset_materialization.asset_key == keys[2]
    assert entry.last_materialization_record.storage_id < entry.last_observation_record.storage_id
    assert record.storage_id == entry.last_event_storage_id == entry.last_observation_storage_id
    assert len(instance.get_asset_records()) == 3
    instance.wipe_assets(keys[:2])
    assert instance.get_asset_keys() == keys[2:]
    with pytest.raises(CheckError):
        instance.wipe_assets(["t"])


def test_wiping_partitions(instance):
    """Only the wiped partitions are forgotten, in every answer."""
    for key in ("x", "y"):
        materialize([p], instance=instance, partition_key=key)
    instance.wipe_asset_partitions(P, ["y"])

    assert instance.get_materialized_partitions(P) == {"x"}
    assert [r.partition_key for r in instance.fetch_materializations(P, limit=5).records] == ["x"]
    assert instance.get_latest_materialization_event(P).partition_key == "x"
    with pytest.raises(CheckError):
        instance.wipe_asset_partitions(P, "y")

"""Laws of running checks: what is recorded, what a failure stops, what is an error (semantics §7)."""

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetSelection,
    AssetSpec,
    DagsterAssetCheckFailedError,
    DagsterEventType,
    DagsterInstance,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    DailyPartitionsDefinition,
    Definitions,
    MaterializeResult,
    MetadataValue,
    Output,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    build_column_schema_change_checks,
    build_time_partition_freshness_checks,
    define_asset_job,
    materialize,
    multi_asset_check,
)

A = AssetKey("a")
X = AssetCheckSpec("x", asset="a")
Y = AssetCheckSpec("y", asset="a")


@pytest.fixture
def instance():
    with DagsterInstance.ephemeral() as made:
        yield made


@asset
def a():
    return 5


@asset
def below(a):
    return a + 1


@asset
def further(below):
    return below + 1


def check(passed=True, severity=AssetCheckSeverity.ERROR, *, blocking=False, name="x"):
    """A check of `a` that comes out like this."""

    @asset_check(asset="a", name=name, blocking=blocking)
    def made():
        return AssetCheckResult(passed=passed, severity=severity)

    return made


def run(*definitions, **options):
    return materialize(list(definitions), raise_on_error=False, **options)


def told(result):
    """The evaluations, as names and outcomes."""
    return {
        each.asset_check_key.to_user_string(): each.passed for each in result.get_asset_check_evaluations()
    }


def made(result):
    return [event.asset_key.to_user_string() for event in result.get_asset_materialization_events()]


# -- checks with a function of their own


def test_evaluation_is_recorded(instance):
    """Everything that the result says, and which materialization was looked at."""

    @asset_check(asset=a)
    def positive(a):
        """It is more than nothing."""
        return AssetCheckResult(
            passed=a > 0,
            metadata={"value": a},
            severity=AssetCheckSeverity.WARN,
            description="as it should be",
        )

    result = materialize([a, positive], instance=instance)
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.asset_key, evaluation.check_name, evaluation.passed) == (A, "positive", True)
    assert evaluation.metadata == {"value": MetadataValue.int(5)}
    assert (evaluation.severity, evaluation.description) == (AssetCheckSeverity.WARN, "as it should be")
    (record,) = instance.fetch_materializations(A, limit=1).records
    target = evaluation.target_materialization_data
    assert target is not None
    assert (target.storage_id, target.run_id, target.timestamp) == (
        record.storage_id,
        result.run_id,
        record.timestamp,
    )
    latest = instance.get_latest_asset_check_evaluation_record(AssetCheckKey(A, "positive"))
    assert latest is not None


def test_check_sees_its_context():
    """The context of a check knows its checks, and what its inputs read, those without a value included."""
    seen = []

    @asset_check(asset=a, additional_deps=[below])
    def look(context: AssetCheckExecutionContext):
        seen.append(
            (
                context.selected_asset_check_keys,
                [spec.name for spec in context.check_specs],
                context.op_execution_context.asset_key_for_input("a"),
                context.op_execution_context.asset_key_for_input("below"),
                context.run.run_id,
                context.retry_number,
            )
        )
        context.log.info("looked")
        return AssetCheckResult(passed=True)

    result = materialize([a, below, look])
    assert seen == [({AssetCheckKey(A, "look")}, ["look"], A, AssetKey("below"), result.run_id, 0)]


def test_failed_check_that_does_not_block():
    """It is recorded; the run succeeds, and what depends on the asset runs."""
    result = run(a, below, check(False))
    assert result.success
    assert told(result) == {"a:x": False}
    assert sorted(made(result)) == ["a", "below"]


def test_failed_check_that_blocks():
    """It is recorded; what depends on the asset does not run, transitively, and the run fails."""
    result = run(a, below, further, check(False, blocking=True))
    assert not result.success
    assert told(result) == {"a:x": False}
    assert made(result) == ["a"]
    assert result.is_node_failed("a_x")
    assert result.failure_data_for_node("a_x").error.cls_name == "DagsterAssetCheckFailedError"


def test_error_of_a_blocking_check():
    """With `raise_on_error` the error names asset and check."""
    with pytest.raises(DagsterAssetCheckFailedError, match=r"a.*x"):
        materialize([a, check(False, blocking=True)])


def test_blocking_check_that_warns_does_not_block():
    """Only an error blocks."""
    result = run(a, below, check(False, AssetCheckSeverity.WARN, blocking=True))
    assert result.success
    assert sorted(made(result)) == ["a", "below"]


def test_blocking_check_comes_before_what_it_guards():
    """What depends on the asset waits for the check."""
    order = []

    @asset_check(asset=a, blocking=True)
    def guard():
        order.append("guard")
        return AssetCheckResult(passed=True)

    @asset(deps=[a])
    def after():
        order.append("after")

    assert run(after, guard, a).success
    assert order == ["guard", "after"]


@pytest.mark.parametrize("blocking", [True, False])
def test_check_that_raises(blocking):
    """Its step and the run fail; only a blocking one stops what depends on the asset."""

    @asset_check(asset=a, blocking=blocking)
    def broken():
        raise ValueError("no")

    result = run(a, below, broken)
    assert not result.success
    assert told(result) == {}
    assert sorted(made(result)) == (["a"] if blocking else ["a", "below"])


def test_check_of_a_failed_asset_does_not_run():
    """There is nothing to look at."""

    @asset(name="a")
    def broken():
        raise ValueError("no")

    result = run(broken, check())
    assert not result.success
    assert told(result) == {}


def test_check_waits_for_what_else_it_reads():
    """An additional dependency that failed keeps the check from running, and no other."""

    @asset
    def broken():
        raise ValueError("no")

    @asset_check(asset=a, additional_deps=[broken])
    def waits():
        return AssetCheckResult(passed=True)

    assert told(run(a, broken, waits, check())) == {"a:x": True}


def test_check_of_an_external_asset():
    """An asset that is made elsewhere can be checked, and a blocking check guards it."""

    @asset_check(asset="outside", blocking=True)
    def guard():
        return AssetCheckResult(passed=False)

    @asset(deps=["outside"])
    def after(): ...

    everything = AssetSelection.all() | AssetSelection.all_asset_checks()
    defs = Definitions(
        assets=[AssetSpec("outside"), after],
        asset_checks=[guard],
        jobs=[define_asset_job("j", selection=everything)],
    )
    result = defs.resolve_job_def("j").execute_in_process(raise_on_error=False)
    assert not result.success
    assert told(result) == {"outside:guard": False}
    assert made(result) == []
    assert result.get_asset_check_evaluations()[0].target_materialization_data is None


def test_check_is_retried():
    """A check that raises is tried again by its policy."""
    tried = []

    @asset_check(asset=a, retry_policy=RetryPolicy(max_retries=2))
    def shaky():
        tried.append(1)
        if len(tried) < 3:
            raise ValueError("not yet")
        return AssetCheckResult(passed=True)

    result = run(a, shaky)
    assert result.success
    assert told(result) == {"a:shaky": True}
    assert result.retry_attempts_for_node("a_shaky") == 2


@pytest.mark.parametrize("wrong", [{"asset_key": "b"}, {"check_name": "other"}])
def test_result_of_another_check_is_an_error(wrong):
    """A check reports itself, and its own asset."""

    @asset_check(asset=a, name="x")
    def lies():
        return AssetCheckResult(passed=True, **wrong)

    with pytest.raises(DagsterInvariantViolationError):
        materialize([a, lies])


def test_multi_check_reports_each():
    """One function, several checks, several assets."""

    @multi_asset_check(specs=[X, AssetCheckSpec("z", asset="below")])
    def both(a, below):
        yield AssetCheckResult(passed=a < below, asset_key="a", check_name="x")
        yield AssetCheckResult(passed=below < a, asset_key="below", check_name="z")

    result = run(a, below, both)
    assert result.success
    assert told(result) == {"a:x": True, "below:z": False}


def test_part_of_a_multi_check():
    """One that can be cut is told which checks are wanted."""
    asked: list[Any] = []

    @multi_asset_check(specs=[X, Y], can_subset=True)
    def both(context):
        asked.append((context.selected_asset_check_keys, context.is_subset))
        for key in context.selected_asset_check_keys:
            yield AssetCheckResult(passed=True, check_name=key.name)

    selection = AssetSelection.assets("a").without_checks() | AssetSelection.checks(Y.key)
    defs = Definitions(assets=[a], asset_checks=[both], jobs=[define_asset_job("j", selection=selection)])
    result = defs.resolve_job_def("j").execute_in_process()
    assert told(result) == {"a:y": True}
    assert asked == [({Y.key}, True)]


def test_check_alone(instance):
    """A check can run without its asset; it looks at what was made before."""
    first = materialize([a], instance=instance)
    defs = Definitions(
        assets=[a],
        asset_checks=[check()],
        jobs=[define_asset_job("j", selection=AssetSelection.all_asset_checks())],
    )
    result = defs.resolve_job_def("j").execute_in_process(instance=instance)
    assert made(result) == []
    (evaluation,) = result.get_asset_check_evaluations()
    assert evaluation.target_materialization_data is not None
    assert evaluation.target_materialization_data.run_id == first.run_id


def test_partitioned_check():
    """A check with partitions records which one it looked at; one without records none."""
    letters = StaticPartitionsDefinition(["p", "q"])

    @asset(partitions_def=letters)
    def parted():
        return 1

    @asset_check(asset=parted, partitions_def=letters)
    def each(parted):
        return AssetCheckResult(passed=parted == 1)

    @asset_check(asset=parted)
    def whole():
        return AssetCheckResult(passed=True)

    result = run(parted, each, whole, partition_key="p")
    assert {e.check_name: e.partition for e in result.get_asset_check_evaluations()} == {
        "each": "p",
        "whole": None,
    }


def test_made_for_you(instance):
    """The checks of the factories run like any others."""
    days = DailyPartitionsDefinition("2020-01-01", end_date="2020-01-03")

    @asset(partitions_def=days)
    def daily(): ...

    checks = [
        *build_column_schema_change_checks(assets=[a]),
        *build_time_partition_freshness_checks(assets=[daily], deadline_cron="0 0 * * *"),
    ]
    jobs = [define_asset_job("j", selection=AssetSelection.all_asset_checks())]
    defs = Definitions(assets=[a, daily], asset_checks=checks, jobs=jobs)
    assert materialize([daily], partition_key="2020-01-01", instance=instance).success
    result = defs.resolve_job_def("j").execute_in_process(instance=instance)
    assert told(result) == {"a:column_schema_change": True, "daily:freshness_check": False}
    assert materialize([daily], partition_key="2020-01-02", instance=instance).success
    again = defs.resolve_job_def("j").execute_in_process(instance=instance)
    assert told(again)["daily:freshness_check"]


# -- checks that the asset's own function reports


def test_yielded_result_is_recorded():
    """S50: a yielded result is among the evaluations."""

    @asset(check_specs=[X])
    def a():
        yield Output(1)
        yield AssetCheckResult(passed=True, metadata={"n": 1})

    (evaluation,) = materialize([a]).get_asset_check_evaluations()
    assert (evaluation.asset_check_key, evaluation.passed) == (X.key, True)
    assert evaluation.metadata == {"n": MetadataValue.int(1)}


def test_result_may_come_before_the_value():
    """The order in a generator does not matter."""

    @asset(check_specs=[X])
    def a():
        yield AssetCheckResult(passed=True)
        yield Output(1)

    assert told(materialize([a])) == {"a:x": True}


def test_unreported_check_is_an_error():
    """S52: a declared check that is not reported is missing like an output."""

    @asset(check_specs=[X])
    def a():
        yield Output(1)

    with pytest.raises(DagsterStepOutputNotFoundError, match="x"):
        materialize([a])


def test_result_with_the_value():
    """S95: `check_results` of a `MaterializeResult` are recorded, the name left out where there is one check."""

    @asset(check_specs=[X])
    def a():
        return MaterializeResult(check_results=[AssetCheckResult(passed=False)])

    result = materialize([a])
    assert result.success
    assert told(result) == {"a:x": False}


def test_name_is_needed_where_there_are_several():
    """With several checks a result says which it is."""

    @asset(check_specs=[X, Y])
    def a():
        return MaterializeResult(check_results=[AssetCheckResult(passed=True)])

    with pytest.raises(DagsterInvariantViolationError):
        materialize([a])


def test_failed_check_of_its_own_blocks():
    """The asset is materialized, then the step fails, and what depends on it does not run."""

    @asset(check_specs=[AssetCheckSpec("x", asset="a", blocking=True)])
    def a():
        yield Output(1)
        yield AssetCheckResult(passed=False)

    result = run(a, below)
    assert not result.success
    assert made(result) == ["a"]
    assert told(result) == {"a:x": False}


def test_a_run_says_which_checks_it_is_about_to_evaluate():
    """Those with functions of their own and those that assets report, in the log of the run."""

    @asset(check_specs=[AssetCheckSpec("inside", asset="told")])
    def told():
        return MaterializeResult(check_results=[AssetCheckResult(passed=True)])

    @asset_check(asset=told)
    def outside():
        return AssetCheckResult(passed=True)

    instance = DagsterInstance.ephemeral()
    result = materialize([told, outside], instance=instance)
    planned = instance.get_records_for_run(
        result.run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
    )
    names = [each.event_log_entry.dagster_event.event_specific_data.check_name for each in planned.records]
    assert names == ["inside", "outside"]

"""Laws of jobs of assets: what a selection comes to, and what a run of it does (S120, S121)."""

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetKey,
    AssetOut,
    AssetSelection,
    AssetSpec,
    AutomationCondition,
    BackfillPolicy,
    CheckError,
    CircularDependencyError,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    DagsterInvalidPropertyError,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    DagsterUnknownPartitionError,
    DataVersion,
    Definitions,
    DependencyDefinition,
    ExecuteInProcessResult,
    JobDefinition,
    Output,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    define_asset_job,
    job,
    materialize,
    multi_asset,
    observable_source_asset,
    op,
    static_partitioned_config,
    success_hook,
)

XY = StaticPartitionsDefinition(["x", "y"])
XZ = StaticPartitionsDefinition(["x", "z"])


@asset
def one():
    return 1


@asset
def two(one):
    return one + 1


@asset
def three(two):
    return two + 1


@asset(partitions_def=XY)
def xy(context):
    return context.partition_key


@asset(partitions_def=XZ)
def xz(context):
    return context.partition_key


def job_of(*assets: Any, resources: Any = None, checks: Any = None, **options: Any) -> JobDefinition:
    """The job `j` of these options, among these assets."""
    defs = Definitions(
        assets, jobs=[define_asset_job("j", **options)], resources=resources, asset_checks=checks
    )
    return defs.resolve_job_def("j")


def made(result: ExecuteInProcessResult) -> list[str]:
    """What a run materialized, in order."""
    return [event.asset_key.to_user_string() for event in result.get_asset_materialization_events()]


# S120: resolving and running


def test_s120_a_job_makes_its_selection():
    """S120: the job runs what it selects, in the order of the dependencies, and tells as what job it ran."""
    found = job_of(three, two, one)
    result = found.execute_in_process()
    assert result.success
    assert made(result) == ["one", "two", "three"]
    assert result.asset_value("three") == 3
    assert result.job_def.name == result.dagster_run.job_name == "j"


def test_s120_what_is_not_selected_is_loaded():
    """S120: a job of a part reads what an earlier run stored."""
    instance = DagsterInstance.ephemeral()
    materialize([one, two], instance=instance)
    result = job_of(one, two, three, selection="three").execute_in_process(instance=instance)
    assert made(result) == ["three"]
    assert result.asset_value("three") == 3


def test_it_makes_what_is_fresh_too():
    """A job makes all it selects, also what is up to date."""
    instance = DagsterInstance.ephemeral()
    found = job_of(one, two)
    assert made(found.execute_in_process(instance=instance)) == ["one", "two"]
    assert made(found.execute_in_process(instance=instance)) == ["one", "two"]


def test_a_selection_that_nothing_meets_is_an_empty_job():
    """S120: the grammar's own rule: what matches nothing is empty, and runs."""
    result = job_of(one, selection="key:nope").execute_in_process()
    assert result.success
    assert made(result) == []


def test_a_run_of_a_part_of_a_job():
    """`asset_selection` narrows a run to assets of the job, and no others."""
    found = job_of(one, two, three, selection=[one, two])
    assert made(found.execute_in_process(asset_selection=[AssetKey("one")])) == ["one"]
    assert made(found.execute_in_process(op_selection=["one"])) == ["one"]
    with pytest.raises(DagsterInvalidSubsetError, match="'three' is not part of the job 'j'"):
        found.execute_in_process(asset_selection=[AssetKey("three")])


def test_a_job_of_assets_has_no_inputs():
    """Values of inputs are for jobs of ops."""
    with pytest.raises(DagsterInvalidDefinitionError, match="no inputs"):
        job_of(one).execute_in_process(input_values={"x": 1})


def test_the_view_as_ops():
    """`graph` shows the functions of the selected assets, connected as they read each other."""
    found = job_of(one, two, three, selection=[one, two])
    assert [each.name for each in found.graph.node_defs] == ["one", "two"]
    assert found.graph.node_defs[0] is one.op
    assert found.has_node_named("two")
    assert {use.name: dict(reads) for use, reads in found.dependencies.items()}["two"]["one"].node == "one"
    assert found.asset_layer.executable_asset_keys == {AssetKey("one"), AssetKey("two")}


# S121: what cannot be resolved


def test_s121_an_unknown_key():
    """S121: the job that names it cannot be resolved, and the cause says why; other jobs can."""
    defs = Definitions([one], jobs=[define_asset_job("j", "oen"), define_asset_job("k")])
    with pytest.raises(DagsterInvalidDefinitionError, match="Failed to resolve asset job j") as caught:
        defs.resolve_job_def("j")
    assert isinstance(caught.value.__cause__, DagsterInvalidSubsetError)
    assert "did you mean 'one'" in str(caught.value)
    assert defs.resolve_job_def("k").execute_in_process().success


def test_s121_mixed_partitions():
    """S121: assets with different partitions make no job; those without any go with all."""
    with pytest.raises(DagsterInvalidDefinitionError, match="same partitions definitions"):
        job_of(xy, xz)
    assert job_of(xy, one).partitions_def == XY
    assert job_of(one).partitions_def is None


@pytest.mark.filterwarnings("ignore:Parameter `partitions_def`:DeprecationWarning")
def test_s121_other_partitions_than_the_job_was_given():
    """S121: `partitions_def` must be that of the assets."""
    with pytest.raises(DagsterInvalidDefinitionError, match="different partitions definition"):
        job_of(xy, partitions_def=XZ)
    assert job_of(xy, partitions_def=XY).partitions_def == XY


def test_s121_two_jobs_of_one_name():
    """S121: two jobs of one name are an error, whatever they are made of; one object twice is one job."""
    twice = define_asset_job("j")

    @op
    def o():
        return 1

    @job
    def ops():
        o()

    with pytest.raises(DagsterInvalidDefinitionError, match="Duplicate"):
        Definitions([one], jobs=[twice, define_asset_job("j")]).resolve_job_def("j")
    with pytest.raises(DagsterInvalidDefinitionError, match="Duplicate"):
        Definitions([one], jobs=[twice, ops.graph.to_job("j")]).resolve_job_def("j")
    names = [each.name for each in Definitions([one], jobs=[twice, twice]).resolve_all_job_defs()]
    assert names == ["__ASSET_JOB", "j"]


def test_a_part_of_what_is_made_together():
    """A function that can only make all of its assets cannot be selected in part."""

    @multi_asset(outs={"p": AssetOut(), "q": AssetOut()})
    def both():
        return 1, 2

    with pytest.raises(DagsterInvalidDefinitionError, match="Failed to resolve asset job j") as caught:
        job_of(both, selection="p")
    assert isinstance(caught.value.__cause__, DagsterInvalidSubsetError)
    assert "'p' was selected without 'q', but one function, 'both', makes them together" in str(caught.value)
    assert made(job_of(both, selection=["p", "q"]).execute_in_process()) == ["p", "q"]


def test_a_part_of_what_can_be_made_apart():
    """A function that can be subset makes what is selected."""

    @multi_asset(specs=[AssetSpec("p"), AssetSpec("q")], can_subset=True)
    def both(context):
        for key in context.selected_asset_keys:
            yield Output(1, key.to_python_identifier())

    assert made(job_of(both, selection="p").execute_in_process()) == ["p"]


def test_a_circle():
    """No job of assets in a circle can be resolved."""

    @asset
    def u(v):
        return v

    @asset
    def v(u):
        return u

    with pytest.raises(CircularDependencyError):
        job_of(u, v)


# Partitions


def test_a_partition():
    """`partition_key` is for the assets that have partitions; the run is tagged with it."""
    result = job_of(xy, one).execute_in_process(partition_key="y")
    assert result.asset_value("xy") == "y"
    assert result.asset_value("one") == 1
    assert result.dagster_run.tags["dagster/partition"] == "y"


def test_partitions_that_are_not_there():
    """A partition nobody has is an error before the run begins."""
    with pytest.raises(DagsterUnknownPartitionError):
        job_of(xy).execute_in_process(partition_key="q")
    with pytest.raises(CheckError, match="none of the selected assets has partitions"):
        job_of(one).execute_in_process(partition_key="x")


def test_how_a_backfill_is_cut():
    """The finest cut that one of the partitioned assets wants; those without partitions want none."""

    @asset(partitions_def=XY, backfill_policy=BackfillPolicy.single_run())
    def whole(): ...

    @asset(partitions_def=XY, backfill_policy=BackfillPolicy.multi_run(2))
    def pairs(): ...

    assert job_of(whole).backfill_policy == BackfillPolicy.single_run()
    assert job_of(whole, one).backfill_policy == BackfillPolicy.single_run()
    assert job_of(whole, pairs).backfill_policy == BackfillPolicy.multi_run(2)
    assert job_of(whole, pairs, xy).backfill_policy == BackfillPolicy.multi_run(1)
    assert job_of(one).backfill_policy == BackfillPolicy.multi_run(1)


def test_a_config_for_each_partition():
    """`PartitionedConfig` gives each partition its config; its partitions must be those of the assets."""

    @static_partitioned_config(["x", "y"], tags_for_partition_key_fn=lambda key: {"k": key})
    def config(key: str):
        return {"ops": {"told": {"config": {"n": key}}}}

    @asset(partitions_def=XY, config_schema={"n": str})
    def told(context):
        return context.op_execution_context.op_config["n"]

    result = job_of(told, config=config).execute_in_process(partition_key="y")
    assert result.asset_value("told") == "y"
    assert result.dagster_run.tags["k"] == "y"
    with pytest.raises(DagsterInvalidDefinitionError, match="different partitions definition"):
        job_of(xz, config=config)

    @asset(partitions_def=XY, backfill_policy=BackfillPolicy.single_run())
    def whole(): ...

    with pytest.raises(DagsterInvalidDefinitionError, match="PartitionedConfig"):
        job_of(whole, config=config)


# When it runs


def test_an_automation_condition_is_about_the_job():
    """It is kept if it is about the job's root assets somewhere; one of single assets alone is refused."""
    roots = AutomationCondition.all_job_root_assets_match(AutomationCondition.eager())
    both = roots & AutomationCondition.cron_tick_passed("@daily")
    for condition in (roots, both):
        found = job_of(one, two, automation_condition=condition)
        assert found.automation_condition == condition
        assert found.with_top_level_resources({}).automation_condition == condition
    with pytest.raises(DagsterInvalidDefinitionError, match="root assets"):
        job_of(one, automation_condition=AutomationCondition.eager())
    assert job_of(xy, automation_condition=roots).automation_condition == roots
    with pytest.raises(DagsterInvalidDefinitionError, match="partitioned run config"):
        job_of(xy, automation_condition=roots, config={})


# What it runs with


@asset(config_schema={"n": int})
def configured_(context):
    return context.op_execution_context.op_config["n"]


def test_config():
    """The job's config holds where a run gives none; what a run gives replaces it."""
    found = job_of(configured_, one, config={"ops": {"configured_": {"config": {"n": 1}}}})
    assert found.execute_in_process().asset_value("configured_") == 1
    other = found.execute_in_process(run_config={"ops": {"configured_": {"config": {"n": 2}}}})
    assert other.asset_value("configured_") == 2
    assert made(found.execute_in_process(asset_selection=["one"])) == ["one"]


def test_tags():
    """A run has the run tags of its job, and its own."""
    tagged = job_of(one, tags={"a": "b"}).execute_in_process(tags={"c": "d"})
    assert tagged.dagster_run.tags == {"a": "b", "c": "d"}
    other = job_of(one, tags={"a": "b"}, run_tags={"x": "y"})
    assert other.tags == {"a": "b"}
    assert other.execute_in_process().dagster_run.tags == {"x": "y"}


def test_the_job_in_its_functions():
    """A function knows the job that it runs for; a run of `materialize` is one of no job."""
    jobs = []

    @asset
    def told(context):
        jobs.append(context.job_def)

    @asset_check(asset=told)
    def judged(context: AssetCheckExecutionContext):
        jobs.append(context.job_def)
        return AssetCheckResult(passed=True)

    @op
    def said(context):
        jobs.append(context.job_def)

    @job
    def ops():
        said()

    found = job_of(told, checks=[judged])
    found.execute_in_process()
    ops.execute_in_process()
    assert [each.name for each in jobs] == ["j", "j", "ops"]
    assert jobs[2] is ops
    with pytest.raises(DagsterInvalidPropertyError, match="no job"):
        materialize([told])


def test_the_id_of_a_run():
    """A run has the id that it is given, and is found by it."""
    instance = DagsterInstance.ephemeral()
    run_id = "5f0a4f6e-0000-4000-8000-000000000001"
    assert job_of(one).execute_in_process(instance=instance, run_id=run_id).run_id == run_id
    found = instance.get_run_by_id(run_id)
    assert found is not None
    assert found.job_name == "j"


@asset(required_resource_keys={"r"})
def needs_r(context):
    return context.resources.r


def test_resources():
    """Resources of the definitions are the job's; those of a run take their place."""
    found = job_of(needs_r, resources={"r": 1})
    assert found.execute_in_process().asset_value("needs_r") == 1
    assert found.execute_in_process(resources={"r": 2}).asset_value("needs_r") == 2
    assert "r" in found.required_resource_keys


def test_a_missing_resource():
    """It is missed when the job is resolved, also one that a hook reads."""

    @success_hook(required_resource_keys={"h"})
    def hook(_context):
        return None

    with pytest.raises(DagsterInvalidDefinitionError, match="resource with key 'r' required by op 'needs_r'"):
        job_of(needs_r)
    with pytest.raises(DagsterInvalidDefinitionError, match="resource with key 'h' required by hook 'hook'"):
        job_of(one, hooks={hook})
    graph = Definitions([needs_r]).resolve_asset_graph()
    with pytest.raises(DagsterInvalidDefinitionError, match="resource with key 'r'"):
        define_asset_job("j").resolve(graph)
    assert define_asset_job("j").resolve(graph, resource_defs={"r": 1}).execute_in_process().success


def test_hooks():
    """Hooks of the job are called after each of its steps."""
    called = []

    @success_hook
    def hook(context):
        called.append(context.step_key)

    found = job_of(one, two, hooks={hook})
    assert found.hook_defs == {hook}
    found.execute_in_process()
    assert called == ["one", "two"]


def test_retries():
    """The job's policy is for steps that have none of their own."""
    tries = {"mine": 0, "theirs": 0}

    @asset
    def theirs():
        tries["theirs"] += 1
        raise ValueError

    @asset(retry_policy=RetryPolicy(max_retries=2))
    def mine():
        tries["mine"] += 1
        raise ValueError

    found = job_of(theirs, mine, op_retry_policy=RetryPolicy(max_retries=1))
    assert not found.execute_in_process(raise_on_error=False).success
    assert tries == {"theirs": 2, "mine": 3}


def test_what_fails_is_raised_or_told():
    """`raise_on_error` raises the user's own exception; else the result tells."""

    @asset
    def broken():
        message = "no"
        raise ValueError(message)

    found = job_of(broken)
    with pytest.raises(ValueError, match="no"):
        found.execute_in_process()
    assert found.execute_in_process(raise_on_error=False).get_failed_step_keys() == {"broken"}


# Checks, and what is only looked at


@asset_check(asset=two)
def fine(two):
    return AssetCheckResult(passed=two == 2)


@observable_source_asset
def seen():
    return DataVersion("1")


def checked(result: ExecuteInProcessResult) -> list[str]:
    """The checks that a run evaluated."""
    return [each.check_name for each in result.get_asset_check_evaluations()]


def test_checks_of_the_selected_assets():
    """They are evaluated with the assets, unless the selection is without; alone where they alone are selected."""
    assert checked(job_of(one, two, checks=[fine]).execute_in_process()) == ["fine"]
    without = AssetSelection.all().without_checks()
    assert checked(job_of(one, two, checks=[fine], selection=without).execute_in_process()) == []
    assert checked(job_of(one, two, checks=[fine], selection=[one]).execute_in_process()) == []

    instance = DagsterInstance.ephemeral()
    materialize([one, two], instance=instance)
    alone = job_of(one, two, checks=[fine], selection=AssetSelection.checks(fine))
    result = alone.execute_in_process(instance=instance)
    assert (made(result), checked(result)) == ([], ["fine"])
    part = job_of(one, two, checks=[fine]).execute_in_process(instance=instance, asset_selection=[two.key])
    assert (made(part), checked(part)) == (["two"], ["fine"])


def test_what_is_only_looked_at():
    """A job looks at observable assets that it names, before it makes what depends on them."""

    @asset(deps=[seen])
    def below():
        return 1

    def observed(found: JobDefinition) -> list[str]:
        events = found.execute_in_process().get_asset_observation_events()
        return [event.asset_key.to_user_string() for event in events]

    assert observed(job_of(seen, below, selection=["seen"])) == ["seen"]
    assert observed(job_of(seen, below)) == []
    both = job_of(seen, below, selection=["seen", "below"])
    kinds = [event.event_type_value for event in both.execute_in_process().all_events]
    assert kinds.index("ASSET_OBSERVATION") < kinds.index("ASSET_MATERIALIZATION")


# The job of all assets


def test_the_job_of_all_assets():
    """It is there without being declared, makes everything, looks at everything, and is told first."""
    defs = Definitions([one, two, seen], jobs=[define_asset_job("j")], asset_checks=[fine])
    assert defs.has_implicit_global_asset_job_def()
    assert [each.name for each in defs.resolve_all_job_defs()] == ["__ASSET_JOB", "j"]
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process()
    assert made(result) == ["one", "two"]
    assert checked(result) == ["fine"]
    assert len(result.get_asset_observation_events()) == 1


def test_the_job_that_makes_some_assets():
    """The job of all assets is told for assets that it runs, and for no others."""
    defs = Definitions([one, seen, AssetSpec("s")])
    found = defs.resolve_implicit_global_asset_job_def()
    assert defs.resolve_implicit_job_def_def_for_assets([one.key, AssetKey("seen")]) is found
    assert defs.resolve_implicit_job_def_def_for_assets([AssetKey("s")]) is None
    assert defs.resolve_implicit_job_def_def_for_assets([AssetKey("nobody")]) is None


def test_the_job_of_all_assets_has_any_partitions():
    """Its assets may have different partitions; a run with a partition selects some that share theirs."""
    found = Definitions([xy, xz]).resolve_implicit_global_asset_job_def()
    assert found.partitions_def is None
    assert found.execute_in_process(partition_key="x", asset_selection=[xy.key]).asset_value("xy") == "x"
    with pytest.raises(DagsterInvalidDefinitionError, match="different partitions"):
        found.execute_in_process(partition_key="x")


def test_without_anything_to_run_there_is_no_such_job():
    """Definitions of external assets alone have no job; its name is reserved all the same."""
    assert not Definitions([AssetSpec("s")]).has_implicit_global_asset_job_def()
    with pytest.raises(DagsterInvariantViolationError):
        Definitions([AssetSpec("s")]).resolve_implicit_global_asset_job_def()
    with pytest.raises(DagsterInvalidDefinitionError, match="reserved name"):
        Definitions([one], jobs=[define_asset_job("__ASSET_JOB")]).resolve_all_job_defs()


def turns():
    """Two functions, each called twice: a → c → b → d."""

    @multi_asset(
        outs={"a": AssetOut(is_required=False), "b": AssetOut(is_required=False)},
        internal_asset_deps={"a": set(), "b": {AssetKey("c")}},
        can_subset=True,
    )
    def first(context, c):
        for key in context.selected_asset_keys:
            yield Output(1 if key == AssetKey("a") else c + 1, key.path[0])

    @multi_asset(
        outs={"c": AssetOut(is_required=False), "d": AssetOut(is_required=False)},
        internal_asset_deps={"c": {AssetKey("a")}, "d": {AssetKey("b")}},
        can_subset=True,
    )
    def second(context, a, b):
        for key in context.selected_asset_keys:
            yield Output((a if key == AssetKey("c") else b) + 1, key.path[0])

    @asset_check(asset="c")
    def looks(c):
        return AssetCheckResult(passed=c == 2)

    return Definitions([first, second], asset_checks=[looks]).resolve_implicit_global_asset_job_def()


def test_a_function_that_is_called_in_turns_stands_in_the_graph_once_for_each():
    """In the order of the run, each with what its assets of that turn read."""
    job = turns()
    assert [node.name for node in job.graph.nodes_in_topological_order] == [
        "first", "second", "c_looks", "first_2", "second_2",
    ]  # fmt: skip
    assert job.graph.nodes["first_2"].inputs == {"c": DependencyDefinition("second", "c")}
    assert [op.name for op in job.graph.iterate_op_defs()].count("first") == 2
    narrowed = job.get_subset(asset_selection={AssetKey("a"), AssetKey("d")})
    assert set(narrowed.graph.nodes) == {"first", "second"}


def test_the_value_of_a_turn_is_found_under_its_name_in_the_graph():
    """As under that of the function."""
    result = turns().execute_in_process()
    assert [result.output_for_node("first", "a"), result.output_for_node("second", "c")] == [1, 2]
    assert [result.output_for_node("first_2", "b"), result.output_for_node("second_2", "d")] == [3, 4]
    assert result.output_for_node("first", "b") == 3
    with pytest.raises(DagsterInvariantViolationError, match="'third'"):
        result.output_for_node("third", "a")

"""Laws of `multi_asset`: one function, several assets, made together or in part."""

from __future__ import annotations

import pytest

from assets import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetDep,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetsDefinition,
    AssetSpec,
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    IdentityPartitionMapping,
    MaterializeResult,
    Nothing,
    Output,
    StaticPartitionsDefinition,
    asset,
    graph,
    materialize,
    multi_asset,
    op,
)
from assets.core.workspace import Workspace

A, B, C = (AssetKey(name) for name in "abc")


@asset
def raw():
    return 3


def made(result):
    return [event.asset_key.to_user_string() for event in result.get_asset_materialization_events()]


def test_outputs_by_name_are_assets():
    """A tuple gives each its value in order; keys, groups and kinds are those of the outputs; ins say what is read."""

    @multi_asset(
        outs={
            "a": AssetOut(key_prefix="x", kinds={"csv"}),
            "b": AssetOut(key=["other", "b"], group_name="late"),
        },
        ins={"number": AssetIn("raw")},
    )
    def both(number):
        return number, number * 2

    assert both.keys_by_output_name == {"a": AssetKey(["x", "a"]), "b": AssetKey(["other", "b"])}
    assert both.asset_deps == {AssetKey(["x", "a"]): {raw.key}, AssetKey(["other", "b"]): {raw.key}}
    assert both.group_names_by_key[AssetKey(["other", "b"])] == "late"
    result = materialize([raw, both])
    assert (result.asset_value(AssetKey(["x", "a"])), result.output_for_node("both", "b")) == (3, 6)
    assert result.asset_value(AssetKey(["other", "b"])) == 6


def test_specs_say_what_is_made_and_from_what():
    """The function yields a result for each, or nothing at all; a spec's deps are what is read or waited for."""

    @multi_asset(specs=[AssetSpec("a", deps=[raw]), AssetSpec("b", deps=["a"], group_name="late")])
    def both(raw):
        yield MaterializeResult(asset_key="a", metadata={"rows": raw})
        yield MaterializeResult(asset_key="b")

    assert both.asset_deps == {A: {raw.key}, B: {A}}
    assert made(materialize([raw, both])) == ["raw", "a", "b"]

    @multi_asset(specs=[AssetSpec("c")])
    def silent():
        pass

    assert made(materialize([silent])) == ["c"]


@pytest.mark.parametrize(
    "more",
    [{"metadata": {"k": 1}}, {"partition_mapping": IdentityPartitionMapping()}, {"dagster_type": int}],
)
def test_with_specs_an_input_says_its_key_alone(more):
    """Whatever else is to be said of it belongs to the dependency, so it is not said twice."""

    def both(remapped):
        return None

    specs = [AssetSpec("a", deps=[raw])]
    assert multi_asset(specs=specs, ins={"remapped": AssetIn(raw.key)})(both).asset_deps == {A: {raw.key}}
    with pytest.raises(DagsterInvalidDefinitionError, match="ins may only say its key"):
        multi_asset(specs=specs, ins={"remapped": AssetIn(raw.key, **more)})(both)


def test_internal_deps_and_siblings_are_edges():
    """What is made of a sibling is downstream of it; everything made of nothing said is made of all inputs."""

    @multi_asset(
        outs={"a": AssetOut(), "b": AssetOut(), "c": AssetOut()},
        internal_asset_deps={"a": {raw.key}, "b": {A}, "c": {A, B}},
    )
    def three(raw):
        return raw, raw + 1, raw + 2

    assert three.asset_deps == {A: {raw.key}, B: {A}, C: {A, B}}


def test_a_part_of_what_can_only_be_made_together_is_refused():
    """Unless `can_subset` says that the function looks at what is asked for."""

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both():
        return 1, 2

    with pytest.raises(DagsterInvalidDefinitionError, match=r"'a' was selected without 'b'.*can_subset"):
        materialize([both], selection=["a"])

    @multi_asset(outs={"a": AssetOut(is_required=False), "b": AssetOut(is_required=False)}, can_subset=True)
    def each(context):
        for name in sorted(context.op_execution_context.selected_output_names):
            yield Output(name, name)

    result = materialize([each], selection=["b"])
    assert (made(result), result.asset_value("b")) == (["b"], "b")


def test_in_a_workspace_siblings_run_together_or_alone(tmp_path):
    """Asking for one brings those that it is made with; of a function that can make parts only what is due."""
    workspace = Workspace(tmp_path)

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both(raw):
        return raw, 7

    @asset
    def below(b):
        return b

    workspace.define([raw, both, below])
    assert [str(piece) for piece in workspace.materialize("b").built] == ["raw", "a", "b"]
    assert workspace.materialize("a").text() == "nothing to do: 3 up to date"
    assert (workspace.load("a"), workspace.load("b")) == (3, 7)
    assert [str(piece) for piece in workspace.materialize().built] == ["below"]

    @asset
    def raw_():
        return 4

    changed = raw_.with_attributes(asset_key_replacements={AssetKey("raw_"): raw.key})
    workspace.define([changed, both, below])
    summary = workspace.materialize()
    assert [str(piece) for piece in summary.built] == ["raw", "a", "b"]
    assert [str(piece) for piece in summary.kept] == ["below"]  # `b` came out as it was

    @multi_asset(specs=[AssetSpec("p", code_version="1"), AssetSpec("q", code_version="1")], can_subset=True)
    def parts(context):
        for key in sorted(context.selected_asset_keys):
            yield MaterializeResult(asset_key=key)

    workspace.define([parts])
    workspace.materialize("p")
    assert [str(piece) for piece in workspace.materialize().built] == ["q"]
    workspace.close()


def test_every_output_must_be_given():
    """One that is missing fails the step, those before it stand; one that need not be there is skipped with what reads it."""

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def half():
        yield Output(1, "a")

    result = materialize([half], raise_on_error=False)
    assert (result.success, made(result)) == (False, ["a"])
    with pytest.raises(DagsterStepOutputNotFoundError, match="'b'"):
        materialize([half])

    @multi_asset(outs={"a": AssetOut(is_required=False), "b": AssetOut()})
    def fine():
        yield Output(2, "b")

    @asset
    def reader(a):
        return a

    result = materialize([fine, reader])
    assert (result.success, made(result)) == (True, ["b"])


def test_results_for_what_is_not_made_are_refused():
    """A key that is none of the function's, or a result without one where there are several."""

    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")])
    def stray():
        yield MaterializeResult(asset_key="elsewhere")

    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")])
    def nameless():
        yield MaterializeResult()

    for wrong in (stray, nameless):
        with pytest.raises(DagsterInvariantViolationError):
            materialize([wrong])


def test_checks_that_the_function_reports():
    """Each declared check is told with the results, of the asset that it is of."""

    @multi_asset(
        specs=[AssetSpec("a"), AssetSpec("b")],
        check_specs=[AssetCheckSpec("whole", asset="a"), AssetCheckSpec("whole", asset="b")],
    )
    def both():
        for key, passed in (("a", True), ("b", False)):
            yield MaterializeResult(
                asset_key=key, check_results=[AssetCheckResult(passed=passed, check_name="whole")]
            )

    told = materialize([both]).get_asset_check_evaluations()
    assert [(each.asset_key, each.passed) for each in told] == [(A, True), (B, False)]


def test_a_range_of_partitions_in_one_call():
    """The run's tags name the first and the last; the function sees all of them, and each is recorded."""
    letters = StaticPartitionsDefinition(["p", "q", "r"])
    seen = []

    @multi_asset(specs=[AssetSpec("a"), AssetSpec("b")], partitions_def=letters)
    def both(context):
        seen.append(list(context.partition_keys))

    tags = {"dagster/asset_partition_range_start": "p", "dagster/asset_partition_range_end": "q"}
    events = materialize([both], tags=tags).get_asset_materialization_events()
    assert seen == [["p", "q"]]
    assert [(event.asset_key, event.partition) for event in events] == [
        (A, "p"),
        (A, "q"),
        (B, "p"),
        (B, "q"),
    ]


def one(raw):
    return raw


@pytest.mark.parametrize(
    ("error", "options", "fn"),
    [
        (DagsterInvalidDefinitionError, {"outs": {"a": AssetOut()}, "specs": [AssetSpec("a")]}, one),
        (DagsterInvalidDefinitionError, {"specs": [AssetSpec("a")], "deps": ["raw"]}, lambda: None),
        (DagsterInvalidDefinitionError, {"specs": [AssetSpec("a"), AssetSpec("a")]}, lambda: None),
        (DagsterInvalidDefinitionError, {"specs": [AssetSpec("a")]}, one),  # not among the deps of the specs
        (CheckError, {"specs": [AssetSpec("a", group_name="x")], "group_name": "y"}, lambda: None),
        (CheckError, {"outs": {"a": AssetOut(group_name="x")}, "group_name": "y"}, one),
        (CheckError, {"outs": {"a": AssetOut()}, "internal_asset_deps": {"z": {A}}}, one),
        (CheckError, {"outs": {"a": AssetOut()}, "internal_asset_deps": {"a": {C}}}, one),
        (CheckError, {"outs": {"a": 3}}, one),
        (CheckError, {"specs": ["a"]}, lambda: None),
        (
            DagsterInvalidDefinitionError,
            {"specs": [AssetSpec("a")], "check_specs": [AssetCheckSpec("c", asset="b")]},
            lambda: None,
        ),
    ],
)
def test_declarations_that_cannot_work(error, options, fn):
    """Are refused where they are written."""
    with pytest.raises(error):
        multi_asset(name="both", **options)(fn)


def test_what_is_waited_for_is_not_loaded():
    """`deps` and inputs of the type Nothing."""

    @multi_asset(outs={"a": AssetOut()}, deps=[AssetDep("raw")])
    def waits():
        return 1

    @multi_asset(outs={"b": AssetOut()}, ins={"raw": AssetIn(dagster_type=Nothing)})
    def waits_too():
        return 2

    assert made(materialize([raw, waits, waits_too])) == ["raw", "a", "b"]


def test_made_by_hand_of_a_graph_or_of_specs():
    """Of an op or a graph with the keys of its inputs and outputs; of specs, where two of one asset must agree."""

    @op
    def add(a, b):
        return a + b

    @graph
    def sums(a, b):
        return add(a, b)

    for node in (add, sums):
        made = AssetsDefinition(
            node_def=node,
            keys_by_input_name={"a": AssetKey("left"), "b": AssetKey("right")},
            keys_by_output_name={"result": AssetKey("total")},
            group_names_by_key={AssetKey("total"): "late"},
        )
        left, right = (asset(name=name)(lambda: 2) for name in ("left", "right"))
        assert made.group_names_by_key == {AssetKey("total"): "late"}
        assert materialize([left, right, made]).asset_value("total") == 4
    assert AssetsDefinition(specs=[AssetSpec("a"), AssetSpec("a")]).keys == {AssetKey("a")}
    with pytest.raises(DagsterInvalidDefinitionError, match="conflicting AssetSpecs of 'a'"):
        AssetsDefinition(specs=[AssetSpec("a"), AssetSpec("a", group_name="b")])
    with pytest.raises(TypeError, match="only together with node_def"):
        AssetsDefinition(keys_by_input_name={})

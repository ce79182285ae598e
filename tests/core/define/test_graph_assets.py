# ruff: noqa: PLW0108  a body is a function that uses an op, not the op
"""Assets that a graph of ops makes: by decorators, and from ops and graphs that are there."""

from __future__ import annotations

import pytest

from assets import (
    AllPartitionMapping,
    AssetCheckResult,
    AssetCheckSpec,
    AssetIn,
    AssetKey,
    AssetOut,
    AssetsDefinition,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    In,
    Nothing,
    Out,
    Output,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    graph,
    graph_asset,
    graph_multi_asset,
    materialize,
    materialize_to_memory,
    op,
    success_hook,
)
from assets.core.errors import CheckError


@op
def one():
    return 1


@op
def inc(x):
    return x + 1


@op
def add(x, y):
    return x + y


@op(config_schema={"n": int})
def told(context):
    return context.op_config["n"]


@asset
def up():
    return 10


# Declared.


def test_a_graph_asset_is_an_asset():
    """Named like the body, which says what it reads."""

    @graph_asset(
        group_name="g",
        metadata={"a": 1},
        tags={"t": "1"},
        owners=["team:x"],
        kinds={"python"},
        code_version="2",
    )
    def made(up):
        """Words."""
        return inc(inc.alias("first")(up))

    assert isinstance(made, AssetsDefinition)
    assert made.key == AssetKey("made")
    assert made.dependency_keys == {AssetKey("up")}
    spec = made.get_asset_spec()
    assert (spec.description, spec.group_name, spec.code_version, spec.owners) == (
        "Words.",
        "g",
        "2",
        ["team:x"],
    )
    assert spec.tags["t"] == "1"
    assert spec.kinds == {"python"}


def test_a_key_is_a_name_with_a_prefix_or_whole():
    """Not both."""
    assert graph_asset(name="a", key_prefix=["p", "q"])(lambda: one()).key == AssetKey(["p", "q", "a"])
    assert graph_asset(key=["p", "a"])(lambda: one()).key == AssetKey(["p", "a"])
    with pytest.raises(DagsterInvalidDefinitionError, match="complete"):
        graph_asset(key="a", name="b")(lambda: one())


def test_ins_say_which_asset_a_parameter_reads():
    """A key of ins that is no parameter is a mistake."""
    made = graph_asset(name="made", ins={"x": AssetIn("up")})(lambda x: inc(x))
    assert made.keys_by_input_name == {"x": AssetKey("up")}
    with pytest.raises(DagsterInvalidDefinitionError, match="'y'"):
        graph_asset(name="made", ins={"y": AssetIn("up")})(lambda x: inc(x))


def test_a_body_may_take_whatever_ins_say():
    """By keyword, under their names."""

    @graph_asset(ins={"x": AssetIn("up"), "y": AssetIn("up")})
    def made(**inputs):
        return add(**inputs)

    assert materialize([up, made]).asset_value("made") == 20


def test_the_body_returns_what_the_asset_is():
    """Nothing is an error."""
    with pytest.raises(DagsterInvalidDefinitionError, match="returns nothing"):
        graph_asset(name="made")(lambda: one() and None)


def test_several_assets_are_the_outputs_of_one_graph():
    """The body returns a dict with their names; each says its own."""

    @graph_multi_asset(
        outs={"a": AssetOut(key="x", description="d"), "b": AssetOut(code_version="1", group_name="h")}
    )
    def both(up):
        made = inc(up)
        return {"a": made, "b": inc.alias("more")(made)}

    assert both.keys == {AssetKey("x"), AssetKey("b")}
    assert both.specs_by_key[AssetKey("x")].description == "d"
    assert both.specs_by_key[AssetKey("b")].group_name == "h"
    assert both.specs_by_key[AssetKey("b")].code_version == "1"
    with pytest.raises(DagsterInvalidDefinitionError, match="'b'"):
        graph_multi_asset(outs={"a": AssetOut(), "b": AssetOut()}, name="n")(lambda: {"a": one()})


def test_checks_are_outputs_of_the_graph():
    """Two of one name cannot be."""
    spec = AssetCheckSpec("good", asset="made")
    with pytest.raises(DagsterInvalidDefinitionError, match="duplicate"):
        graph_asset(name="made", check_specs=[spec, spec])(lambda: {"result": one(), "made_good": one()})


def test_an_op_or_a_graph_that_is_there_becomes_assets():
    """Outputs and inputs by the keys that are given, or by name."""
    two = op(name="two", out={"a": Out(metadata={"m": 1}), "b": Out(is_required=False)})(lambda x: (x, x))
    made = AssetsDefinition.from_op(
        two, keys_by_input_name={"x": AssetKey("up")}, keys_by_output_name={"a": AssetKey("k")}
    )
    assert made.keys == {AssetKey("k"), AssetKey("b")}
    assert made.dependency_keys == {AssetKey("up")}
    whole = AssetsDefinition.from_graph(graph(name="whole")(lambda up: inc(up)), group_name="g")
    assert whole.key == AssetKey("whole")
    assert whole.get_asset_spec().group_name == "g"


@pytest.mark.parametrize(
    "options",
    [
        {"keys_by_input_name": {"y": AssetKey("up")}},
        {"keys_by_output_name": {"r": AssetKey("k")}},
        {"internal_asset_deps": {"r": set()}},
        {"internal_asset_deps": {"result": {AssetKey("other")}}},
        {"group_name": "g", "group_names_by_output_name": {"result": "h"}},
    ],
)
def test_names_that_the_op_does_not_have(options):
    """Each is told with what there is."""
    with pytest.raises(CheckError):
        AssetsDefinition.from_op(inc, **options)


# Run.


def test_the_steps_of_a_graph_asset_are_told_below_it():
    """Its value is the asset's; the asset is materialized once."""
    made = graph_asset(name="made")(lambda up: inc(inc.alias("first")(up)))
    result = materialize([up, made])
    assert result.output_for_node("made") == result.asset_value("made") == 12
    assert result.output_for_node("made.first") == 11
    assert {event.step_key for event in result.events_for_node("made")} == {"made.first", "made.inc"}
    assert len(result.asset_materializations_for_node("made")) == 1


def test_a_graph_in_a_graph_asset():
    """Is only more steps."""
    inner = graph(name="inner")(lambda x: inc(x))
    made = graph_asset(name="made")(lambda up: inner(inner.alias("again")(up)))
    assert materialize([up, made]).asset_value("made") == 12


def test_an_asset_in_the_middle_is_read_by_the_next():
    """Several assets of one graph, one made from the other."""

    @graph_multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both():
        first = one()
        return {"a": first, "b": inc(first)}

    result = materialize([both])
    assert (result.asset_value("a"), result.asset_value("b")) == (1, 2)


def test_metadata_of_the_op_is_that_of_the_materialization():
    """And of the run's context."""
    rich = op(name="rich")(lambda: Output(1, metadata={"rows": 3}))
    result = materialize([graph_asset(name="made")(lambda: rich())])
    (made,) = result.asset_materializations_for_node("made")
    assert made.metadata["rows"].value == 3


def test_a_failure_leaves_the_asset_unmade():
    """And what is below it; the error is the user's."""

    @op
    def bad(x):
        raise ValueError("mine")

    made = graph_asset(name="made")(lambda: bad(one()))
    below = asset(name="below")(lambda made: made)
    with pytest.raises(ValueError, match="mine"):
        materialize([made, below])
    result = materialize([made, below], raise_on_error=False)
    assert result.is_node_failed("made.bad")
    assert result.is_node_untouched("below")
    assert result.asset_materializations_for_node("made") == []


def test_an_optional_output_that_was_not_given_skips_what_is_below():
    """The run succeeds."""

    @op(out=Out(is_required=False))
    def maybe():
        if False:
            yield

    made = graph_asset(name="made")(lambda: maybe())
    below = asset(name="below")(lambda made: made)
    result = materialize([made, below])
    assert result.success
    assert result.is_node_skipped("below")


def test_steps_of_a_graph_asset_are_tried_again():
    """As their own policies say."""
    calls = []

    @op(retry_policy=RetryPolicy(max_retries=2))
    def shaky():
        calls.append(1)
        if len(calls) < 3:
            raise ValueError("again")
        return 5

    assert materialize([graph_asset(name="made")(lambda: shaky())]).asset_value("made") == 5


def test_hooks_of_a_graph_asset_are_called_after_each_step():
    """With the step's name below the asset."""
    seen = []

    @success_hook
    def note(context):
        seen.append(context.step_key)

    materialize([graph_asset(name="made", hooks={note})(lambda: inc(one()))])
    assert seen == ["made.one", "made.inc"]


def test_config_of_the_steps_stands_below_the_asset():
    """Unless the asset has it fixed."""
    made = graph_asset(name="made")(lambda: told())
    config = {"ops": {"made": {"ops": {"told": {"config": {"n": 3}}}}}}
    assert materialize([made], run_config=config).asset_value("made") == 3
    with pytest.raises(DagsterInvalidConfigError):
        materialize([made])
    fixed = graph_asset(name="made", config={"told": {"config": {"n": 4}}})(lambda: told())
    assert materialize([fixed]).asset_value("made") == 4


def test_partitions_are_known_in_the_steps():
    """The one that is made."""
    key = op(name="key")(lambda context: context.partition_key)
    made = graph_asset(name="made", partitions_def=StaticPartitionsDefinition(["a", "b"]))(lambda: key())
    assert materialize([made], partition_key="b").asset_value("made") == "b"


def test_partitions_of_what_is_read_are_known_in_the_steps():
    """Under the name of the op's input."""
    space = StaticPartitionsDefinition(["a", "b"])
    keys = op(name="keys", ins={"after": In(Nothing)})(
        lambda context: context.asset_partition_keys_for_input("after")
    )
    parted = asset(name="parted", partitions_def=space)(lambda: 1)
    made = graph_asset(
        name="made", partitions_def=space, ins={"parted": AssetIn(partition_mapping=AllPartitionMapping())}
    )(lambda parted: keys(parted))
    assert materialize([parted, made], partition_key="b").asset_value("made") == ["a", "b"]


def test_a_check_of_a_graph_asset_is_what_its_op_says():
    """Anything else is an error."""
    spec = AssetCheckSpec("good", asset="made")
    judge = op(name="judge")(lambda x: AssetCheckResult(passed=x > 0))
    wrong = op(name="wrong")(lambda x: x > 0)

    def made_with(checker):
        def body():
            value = one()
            return {"result": value, "made_good": checker(value)}

        return graph_asset(name="made", check_specs=[spec])(body)

    (evaluation,) = materialize([made_with(judge)]).get_asset_check_evaluations()
    assert (evaluation.check_name, evaluation.passed) == ("good", True)
    with pytest.raises(DagsterInvariantViolationError, match="AssetCheckResult"):
        materialize([made_with(wrong)])


def test_an_io_manager_finds_what_an_op_of_a_graph_gave():
    """It is told the step of that op when it keeps the value and when it loads it."""

    @op(out={"first": Out(), "second": Out()})
    def two():
        return 1, 2

    @graph_multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both():
        first, second = two()
        return {"a": first, "b": second}

    @asset
    def total(a, b):
        return a + b

    assert materialize_to_memory([both, total]).asset_value("total") == 3

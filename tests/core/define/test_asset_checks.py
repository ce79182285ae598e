"""What `@asset_check` and `@multi_asset_check` declare, and calling what they give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assets import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    AssetDep,
    AssetIn,
    AssetKey,
    CheckError,
    ConfigurableResource,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvalidPropertyError,
    ResourceParam,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    build_asset_check_context,
    build_op_context,
    multi_asset_check,
)


class Named(ConfigurableResource):
    """A resource with a name."""

    name: str


A, B, D = AssetKey("a"), AssetKey("b"), AssetKey("d")


def passing() -> AssetCheckResult:
    """All is well."""
    return AssetCheckResult(passed=True)


def spec_of(check: AssetChecksDefinition) -> AssetCheckSpec:
    (spec,) = check.check_specs
    return spec


def test_check_is_named_after_its_function() -> None:
    """A check has the function's name and docstring; its step the asset's name as well."""
    check = asset_check(asset=["p", "a"])(passing)
    spec = spec_of(check)
    assert (spec.name, spec.description) == ("passing", "All is well.")
    assert check.step_name == "p__a_passing"
    assert check.check_key == AssetCheckKey(AssetKey(["p", "a"]), "passing")
    assert check.keys == set()
    assert repr(check) == "<AssetChecksDefinition p/a:passing>"


def test_given_words_win() -> None:
    """What is given replaces what the function says of itself."""
    parts = StaticPartitionsDefinition(["x"])
    check = asset_check(
        asset="a", name="n", description="d", blocking=True, metadata={"m": object}, partitions_def=parts
    )(passing)
    assert spec_of(check) == AssetCheckSpec(
        "n", asset="a", description="d", blocking=True, metadata={"m": object}, partitions_def=parts
    )
    assert check.partitions_def == parts


def test_check_is_never_used_bare() -> None:
    """A check is of an asset, so the decorator is always called."""
    with pytest.raises(TypeError):
        asset_check(passing)  # wrong on purpose


def test_check_name_makes_a_step() -> None:
    """The name may hold what a step's name may hold; a lambda needs one."""
    with pytest.raises(DagsterInvalidDefinitionError, match="a_x-y"):
        asset_check(asset="a", name="x-y")(passing)
    with pytest.raises(DagsterInvalidDefinitionError, match="name="):
        asset_check(asset="a")(lambda: AssetCheckResult(passed=True))


def test_check_of_dotted_key() -> None:
    """A key that is no identifier can be checked."""
    check = asset_check(asset="bad.name", name="x")(passing)
    assert check.keys_by_input_name == {"bad_name": AssetKey("bad.name")}


def test_one_parameter_of_any_name_reads_the_asset() -> None:
    """The one parameter that is no context, config or resource loads the checked asset."""

    def named(context, whatever: int) -> AssetCheckResult:
        return AssetCheckResult(passed=whatever == context)

    check = asset_check(asset=["p", "a"])(named)
    (param,) = check.params
    assert (param.name, param.key, param.loads) == ("whatever", AssetKey(["p", "a"]), True)
    assert (check.context_param, check.input_types["whatever"].annotation) == ("context", int)


def test_without_a_parameter_the_check_waits() -> None:
    """A check that reads nothing still comes after its asset."""
    (param,) = asset_check(asset=["p", "a"])(passing).params
    assert (param.key, param.loads) == (AssetKey(["p", "a"]), False)


def test_two_parameters_need_an_explanation() -> None:
    """Only one parameter can be the checked asset."""

    def two(a: int, b: int) -> AssetCheckResult:
        return AssetCheckResult(passed=a == b)

    with pytest.raises(DagsterInvalidDefinitionError, match="additional_ins"):
        asset_check(asset="a")(two)
    check = asset_check(asset="a", additional_ins={"b": AssetIn("other")})(two)
    assert check.keys_by_input_name == {"a": A, "b": AssetKey("other")}
    assert spec_of(check).additional_deps == [AssetDep("other")]


def test_additional_input_alone() -> None:
    """An additional input can be all that is read; an empty `AssetIn` is called like its parameter."""

    def only(b: int) -> AssetCheckResult:
        return AssetCheckResult(passed=b > 0)

    check = asset_check(asset="a", additional_ins={"b": AssetIn()})(only)
    assert {(param.key, param.loads) for param in check.params} == {(A, False), (B, True)}


def test_additional_input_has_a_parameter() -> None:
    """An additional input that no parameter takes is a mistake."""
    with pytest.raises(DagsterInvalidDefinitionError, match="'b'"):
        asset_check(asset="a", additional_ins={"b": AssetIn()})(passing)


def test_additional_dependencies_are_waited_for() -> None:
    """Dependencies are inputs without a value, each once, also where a parameter reads it."""

    def reads(b: int) -> AssetCheckResult:
        return AssetCheckResult(passed=b > 0)

    check = asset_check(asset="a", additional_deps=["d", "d"])(passing)
    assert check.keys_by_input_name == {"a": A, "d": D}
    assert spec_of(check).additional_deps == [AssetDep("d")]
    both = asset_check(asset="a", additional_ins={"b": AssetIn()}, additional_deps=["b"])(reads)
    assert both.keys_by_input_name == {"a": A, "b": B}
    assert spec_of(both).additional_deps == [AssetDep("b")]
    assert both.dependency_keys == {A, B}


def test_checked_asset_is_not_additional() -> None:
    """The checked asset stands neither in `additional_deps` nor in `additional_ins`."""

    def reads(a: int) -> AssetCheckResult:
        return AssetCheckResult(passed=a > 0)

    with pytest.raises(DagsterInvalidDefinitionError, match="additional_deps"):
        asset_check(asset="a", additional_deps=["a"])(passing)
    with pytest.raises(DagsterInvalidDefinitionError, match="additional_ins"):
        asset_check(asset="a", additional_ins={"a": AssetIn()})(reads)


@pytest.mark.parametrize(
    "wrong", [{"retry_policy": 3}, {"blocking": 3}, {"op_tags": 3}, {"metadata": 3}, {"resource_defs": 3}]
)
def test_wrong_types(wrong: dict[str, Any]) -> None:
    """An argument of the wrong type is an error, and the error names it."""
    with pytest.raises(CheckError, match=next(iter(wrong))):
        asset_check(asset="a", **wrong)(passing)


def test_running_is_declared_like_an_assets() -> None:
    """Retries, tags, pool, resources and config are kept for the runner."""
    policy = RetryPolicy(max_retries=2)
    check = asset_check(
        asset="a",
        retry_policy=policy,
        op_tags={"n": 1},
        compute_kind="sql",
        pool="db",
        required_resource_keys={"r"},
        resource_defs={"s": 1},
        config_schema={"n": int},
    )(passing)
    assert (check.retry_policy, check.pool) == (policy, "db")
    assert check.op_tags == {"n": "1", "dagster/compute_kind": "sql"}
    assert check.resource_keys == {"r", "s"}
    assert check.config_schema.config_type.printed() == "{ n: Int }"
    with pytest.raises(DagsterInvalidDefinitionError, match="pool"):
        asset_check(asset="a", pool="a b")(passing)


def test_multi_check_reads_what_it_is_called_like() -> None:
    """A parameter of a multi check is called like an asset of its specs, or `ins` says what it reads."""
    specs = [AssetCheckSpec("x", asset="a"), AssetCheckSpec("y", asset="b", additional_deps=["d"])]

    def reads(context, a: int, other: int) -> Iterator[AssetCheckResult]:
        yield AssetCheckResult(passed=a == other, check_name=str(context))

    check = multi_asset_check(specs=specs, ins={"other": AssetKey("b")})(reads)
    assert check.step_name == "reads"
    assert check.check_keys == {AssetCheckKey(A, "x"), AssetCheckKey(B, "y")}
    assert [(param.key, param.loads) for param in check.params] == [(A, True), (B, True), (D, False)]
    with pytest.raises(DagsterInvalidDefinitionError, match="'other'"):
        multi_asset_check(specs=specs)(reads)
    with pytest.raises(DagsterInvalidDefinitionError, match="'wrong'"):
        multi_asset_check(specs=specs, ins={"wrong": AssetIn("a")})(reads)


def test_multi_check_keeps_how_an_input_is_loaded() -> None:
    """An `AssetIn` of a multi check reaches the parameter."""

    def reads(a: int) -> Iterator[AssetCheckResult]:
        yield AssetCheckResult(passed=a > 0)

    given = AssetIn("a", input_manager_key="m")
    check = multi_asset_check(specs=[AssetCheckSpec("x", asset="a")], ins={"a": given})(reads)
    assert check.params[0].input == given


def test_multi_check_specs() -> None:
    """Specs are specs, and no check stands there twice."""
    spec = AssetCheckSpec("x", asset="a")
    with pytest.raises(CheckError, match="AssetCheckSpec"):
        multi_asset_check(specs=["x"])(passing)  # wrong on purpose
    with pytest.raises(DagsterInvalidDefinitionError, match="a:x"):
        multi_asset_check(specs=[spec, spec])(passing)


def test_spec_is_found_by_its_key() -> None:
    """A definition, of checks or of an asset that reports some, gives each spec by its key."""
    spec = AssetCheckSpec("x", asset="a")

    @asset(check_specs=[spec])
    def a() -> None: ...

    check = multi_asset_check(specs=[spec, AssetCheckSpec("y", asset="b")])(passing)
    assert a.get_spec_for_check_key(spec.key) == check.get_spec_for_check_key(spec.key) == spec
    with pytest.raises(KeyError, match="a:x"):
        check.get_spec_for_check_key(AssetCheckKey(D, "x"))


def test_subset_of_checks() -> None:
    """A multi check that can be cut keeps what the chosen checks need."""
    specs = [AssetCheckSpec("x", asset="a"), AssetCheckSpec("y", asset="b", additional_deps=["d"])]
    whole = multi_asset_check(specs=specs, can_subset=True)(passing)
    part = whole.subset_for(set(), {AssetCheckKey(B, "y")})
    assert part.check_keys == {AssetCheckKey(B, "y")}
    assert {param.key for param in part.params} == {B, D}
    assert whole.subset_for({A}).check_keys == {AssetCheckKey(A, "x")}
    assert whole.subset_for({A, B}) is whole
    with pytest.raises(CheckError, match="can_subset"):
        multi_asset_check(specs=specs)(passing).subset_for(set(), {AssetCheckKey(B, "y")})


def test_replaced_keys_reach_checks() -> None:
    """With other asset keys, specs and inputs follow; names of checks and steps stay."""
    new = {A: AssetKey(["p", "a"]), D: AssetKey(["p", "d"])}
    check = asset_check(asset="a", additional_deps=["d"])(passing)
    moved = check.with_attributes(asset_key_replacements=new)
    assert isinstance(moved, AssetChecksDefinition)
    assert moved.check_keys == {AssetCheckKey(AssetKey(["p", "a"]), "passing")}
    assert spec_of(moved).additional_deps == [AssetDep(["p", "d"])]
    assert {param.key for param in moved.params} == set(new.values())
    assert moved.step_name == check.step_name


def test_called_like_its_function() -> None:
    """A check is called with values, and returns what its function returns."""

    @asset_check(asset="a")
    def positive(a: int) -> AssetCheckResult:
        return AssetCheckResult(passed=a > 0)

    assert positive(3).passed
    assert not positive(a=-3).passed
    with pytest.raises(DagsterInvalidInvocationError):
        positive()  # wrong on purpose


def test_called_with_a_context() -> None:
    """A context of checks or of ops serves; the check knows which of its checks it is."""
    seen: list[Any] = []

    @asset_check(asset="a")
    def look(context: AssetCheckExecutionContext) -> AssetCheckResult:
        seen.append(
            (context.selected_asset_check_keys, [spec.name for spec in getattr(context, "check_specs", [])])
        )
        return AssetCheckResult(passed=True)

    key = AssetCheckKey(A, "look")
    look(build_asset_check_context())
    look(build_op_context())  # as in the reference, at run time
    assert seen == [({key}, ["look"]), ({key}, [])]
    with pytest.raises(DagsterInvalidInvocationError):
        look()  # wrong on purpose


def test_context_knows_nothing_before_the_call() -> None:
    """Which checks there are is known once a definition is called."""
    context = build_asset_check_context()
    with pytest.raises(DagsterInvalidPropertyError):
        context.selected_asset_check_keys


def test_called_with_resources() -> None:
    """A resource comes by keyword or out of the context; without either it is an error."""

    @asset_check(asset="a")
    def right(named: Named) -> AssetCheckResult:
        return AssetCheckResult(passed=named.name == "n")

    @asset_check(asset="a")
    def counted(context, count: ResourceParam[int]) -> AssetCheckResult:
        return AssetCheckResult(passed=context.resources.count == count)

    assert right(named=Named(name="n")).passed
    assert right(
        build_asset_check_context(resources={"named": Named(name="n")})
    ).passed  # the context is no parameter
    assert counted(build_asset_check_context(resources={"count": 3})).passed  # out of the context
    with pytest.raises(DagsterInvalidDefinitionError, match="named"):
        right(build_asset_check_context())  # wrong on purpose


def test_called_as_a_generator() -> None:
    """A multi check gives a generator of results."""

    @multi_asset_check(specs=[AssetCheckSpec("x", asset="a"), AssetCheckSpec("y", asset="b")])
    def both(a: int, b: int) -> Iterator[AssetCheckResult]:
        yield AssetCheckResult(passed=a > 0, asset_key="a", check_name="x")
        yield AssetCheckResult(passed=b > 0, asset_key="b", check_name="y")

    assert [result.passed for result in both(1, -1)] == [True, False]

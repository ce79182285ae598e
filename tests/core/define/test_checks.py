"""Specs of checks, what they report, and what is recorded of them."""

from __future__ import annotations

import pytest

from assets import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetSpec,
    CheckError,
    MetadataValue,
    asset,
)

A = AssetKey("a")


def test_spec_key() -> None:
    """S70: the key of a spec is the asset's key and the check's name."""
    assert AssetCheckSpec("x", asset="a").key == AssetCheckKey(A, "x")


def test_spec_takes_what_names_one_asset() -> None:
    """A check's asset is a key, a definition of one asset, or a spec."""

    @asset(key_prefix="p")
    def made() -> None: ...

    found = [AssetCheckSpec("x", asset=each).asset_key for each in (["p", "a"], made, AssetSpec("s"))]
    assert found == [AssetKey(["p", "a"]), AssetKey(["p", "made"]), AssetKey("s")]


def test_spec_compares_by_value_and_is_no_key() -> None:
    """Equal specs are equal; what holds a dict is not hashable."""
    spec = AssetCheckSpec("x", asset="a", metadata={"n": object})
    assert spec == AssetCheckSpec("x", asset="a", metadata={"n": object})
    with pytest.raises(TypeError):
        hash(spec)


def test_spec_does_not_wait_for_its_own_asset_twice() -> None:
    """The checked asset is no additional dependency; the error says what to do."""
    with pytest.raises(ValueError, match="leave it out"):
        AssetCheckSpec("x", asset="a", additional_deps=["a"])


def test_spec_replaces_metadata_whole() -> None:
    """`with_metadata` replaces and does not merge; nothing else changes."""
    spec = AssetCheckSpec("x", asset="a", blocking=True, metadata={"n": 1})
    assert spec.with_metadata({"m": 2}) == AssetCheckSpec("x", asset="a", blocking=True, metadata={"m": 2})
    assert spec.with_metadata(None).metadata == {}


def test_spec_moves_to_another_key() -> None:
    """`replace_key` changes asset and name; the step's name follows."""
    moved = AssetCheckSpec("x", asset="a", description="d").replace_key(
        AssetCheckKey(AssetKey(["p", "b"]), "y")
    )
    assert moved == AssetCheckSpec("y", asset=["p", "b"], description="d")
    assert moved.get_python_identifier() == "p__b_y"


@pytest.mark.parametrize(
    "wrong",
    [
        {"blocking": 1},
        {"description": 3},
        {"metadata": 3},
        {"automation_condition": 3},
        {"partitions_def": "d"},
    ],
)
def test_spec_refuses_wrong_types(wrong: dict[str, object]) -> None:
    """An argument of the wrong type is an error at once, and the error names it."""
    with pytest.raises(CheckError, match=next(iter(wrong))):
        AssetCheckSpec("x", asset="a", **wrong)  # wrong on purpose


def test_check_key_text() -> None:
    """A check key is written with a colon and read back; a text without one names no check."""
    key = AssetCheckKey(AssetKey(["a", "b"]), "x")
    assert key.to_user_string() == "a/b:x"
    assert AssetCheckKey.from_user_string("a/b:x") == key
    assert key.replace_asset_key(A) == AssetCheckKey(A, "x")
    assert key.with_asset_key_prefix("p") == AssetCheckKey(AssetKey(["p", "a", "b"]), "x")
    with pytest.raises(ValueError, match="names no check"):
        AssetCheckKey.from_user_string("ab")


def test_result_defaults() -> None:
    """A result says as little as it must, and types its metadata."""
    result = AssetCheckResult(passed=False, metadata={"n": 1})
    assert (result.asset_key, result.check_name, result.severity) == (None, None, AssetCheckSeverity.ERROR)
    assert result.metadata == {"n": MetadataValue.int(1)}


@pytest.mark.parametrize("passed", [1, "yes", None])
def test_result_passed_is_a_real_bool(passed: object) -> None:
    """What is only truthy is refused, with the cure."""
    with pytest.raises(CheckError, match=r"bool\(\.\.\.\)"):
        AssetCheckResult(passed=passed)  # wrong on purpose


def test_evaluation_names_its_check() -> None:
    """An evaluation knows the key of its check, and takes other metadata whole."""
    evaluation = AssetCheckEvaluation(A, "x", passed=True, metadata={"n": 1})
    assert evaluation.asset_check_key == AssetCheckKey(A, "x")
    assert evaluation.with_metadata({"m": "t"}).metadata == {"m": MetadataValue.text("t")}

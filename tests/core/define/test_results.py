"""What functions return, yield and raise."""

from __future__ import annotations

import pickle

import pytest

from assets.core.define.checks import (
    AssetCheckEvaluation,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
)
from assets.core.define.results import (
    AssetMaterialization,
    AssetObservation,
    ExpectationResult,
    Failure,
    MaterializeResult,
    ObserveResult,
    Output,
    RetryRequested,
)
from assets.core.define.types import UNSET
from assets.core.errors import CheckError, DagsterInvalidDefinitionError, DagsterInvalidMetadata
from assets.core.keys import AssetCheckKey, AssetKey
from assets.core.metadata import MetadataValue
from assets.core.versions.data import DataVersion


def test_output():
    """S75: an output is compared by value and types its metadata."""
    output = Output(5, metadata={"k": 2})
    assert output.metadata == {"k": MetadataValue.int(2)}
    assert output == Output(5, metadata={"k": 2})
    assert output != Output(5, metadata={"k": 3})
    assert output.with_metadata({"n": 1}).metadata == {"n": MetadataValue.int(1)}
    assert output.output_name == "result"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"output_name": 3}, CheckError),
        ({"data_version": "1"}, CheckError),
        ({"tags": {"a b": ""}}, DagsterInvalidDefinitionError),
        ({"metadata": {"a": {1}}}, DagsterInvalidMetadata),
        ({"metadata": {1: 1}}, CheckError),
    ],
)
def test_invalid_output(options, error):
    """An output is checked when it is made."""
    with pytest.raises(error):
        Output(1, **options)


def test_materialize_result():
    """S93, S94: a result has a value only if one was given; a string is one part of a key."""
    assert MaterializeResult().value is UNSET
    assert not MaterializeResult().has_value
    assert MaterializeResult(value=None).has_value
    assert MaterializeResult("a/b").asset_key == AssetKey(["a/b"])
    result = MaterializeResult[int](value=3, data_version=DataVersion("1"), metadata={"k": 1})
    assert pickle.loads(pickle.dumps(result)) == result
    with pytest.raises(AttributeError):
        result.value = 4


def test_check_result_named():
    """S95 (declared half): a check result is found by its name."""
    one = AssetCheckResult(passed=True, check_name="x")
    assert MaterializeResult(check_results=[one]).check_result_named("x") is one
    with pytest.raises(CheckError, match=r"\['x'\]"):
        MaterializeResult(check_results=[one]).check_result_named("y")


@pytest.mark.parametrize("cls", [MaterializeResult, ObserveResult])
@pytest.mark.parametrize(
    "wrong", [{"asset_key": 3}, {"check_results": 3}, {"check_results": [3]}, {"data_version": "1"}]
)
def test_invalid_results(cls, wrong):
    """A result is checked when it is made."""
    with pytest.raises(CheckError):
        cls(**wrong)


@pytest.mark.parametrize("cls", [AssetMaterialization, AssetObservation])
def test_events_split_their_key(cls):
    """S132: in an event alone, a string as key is split."""
    assert cls("a/b").asset_key == AssetKey(["a", "b"])
    assert cls(["a/b"]).asset_key == AssetKey(["a/b"])
    assert cls("a/b", metadata={"k": 1}).metadata == {"k": MetadataValue.int(1)}
    with pytest.raises(CheckError):
        cls("a", partition=3)


def test_event_reads():
    """S132: label and data version of an event, and the materialization of a file."""
    assert AssetMaterialization("a/b").label == "a b"
    assert AssetObservation("a", tags={"dagster/data_version": "3"}).data_version == "3"
    file = AssetMaterialization.file("/tmp/x")
    assert (file.asset_key, file.metadata) == (AssetKey(["tmp", "x"]), {"path": MetadataValue.path("/tmp/x")})


def test_checks():
    """S70: a check is named by its asset and its name; passing is a real bool."""
    spec = AssetCheckSpec("x", asset="a", additional_deps=["b"], blocking=True)
    assert spec.key == AssetCheckKey(AssetKey("a"), "x")
    assert spec.get_python_identifier() == "a_x"
    assert AssetCheckResult(passed=False).severity is AssetCheckSeverity.ERROR
    assert AssetCheckEvaluation(AssetKey("a"), "x", True).asset_check_key == spec.key
    with pytest.raises(CheckError):
        AssetCheckResult(passed=1)


def test_raised():
    """A failure allows retries unless it says no; both errors travel between processes."""
    failure = Failure("x", metadata={"a": 1}, allow_retries=False)
    assert (str(failure), failure.allow_retries, Failure().allow_retries) == ("x", False, True)
    assert pickle.loads(pickle.dumps(failure)).metadata == {"a": MetadataValue.int(1)}
    retry = pickle.loads(pickle.dumps(RetryRequested(2, 0.5)))
    assert (retry.max_retries, retry.seconds_to_wait) == (2, 0.5)
    assert ExpectationResult(True).label == "result"

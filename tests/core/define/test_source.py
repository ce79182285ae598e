"""Source assets."""

from __future__ import annotations

import pytest

from assets.core.define.source import SourceAsset
from assets.core.define.spec import AssetSpec
from assets.core.errors import CheckError, DagsterInvalidDefinitionError
from assets.core.keys import AssetKey


def source(*args, **options) -> SourceAsset:
    with pytest.deprecated_call(match="AssetSpec"):
        return SourceAsset(*args, **options)


def test_reads():
    """S111: its attributes are readable; its group is `default`; making one warns."""
    made = source("a", metadata={"k": 1, "o": object}, description="d", tags={"t": "1"}, io_manager_key="m")
    assert (made.key, made.group_name, made.description) == (AssetKey("a"), "default", "d")
    assert made.metadata["k"].value == 1
    assert made.metadata["o"].value == "[type] (unserializable)"
    assert (made.is_observable, made.is_executable) == (False, False)
    with pytest.raises(CheckError):
        _ = made.op
    assert source("a") == source("a")


def test_attributes():
    """S111: another group once, another key always."""
    made = source("a").with_attributes(group_name="g")
    assert made.group_name == "g"
    assert made.with_attributes(key="b").key == AssetKey("b")
    with pytest.raises(DagsterInvalidDefinitionError, match="'g' already"):
        made.with_attributes(group_name="h")


def test_spec():
    """What is declared of it is a spec that keeps raw metadata and the loader."""
    made = source("a", metadata={"k": 1}, io_manager_key="m", description="d", group_name="g")
    assert made.to_spec() == AssetSpec(
        "a", metadata={"k": 1, "dagster/io_manager_key": "m"}, description="d", group_name="g"
    )


def test_io_managers_exclude_each_other():
    """A loader is given by key or as such."""
    assert source("a", io_manager_def=5).resource_defs == {"a__io_manager": 5}
    with pytest.raises(CheckError), pytest.deprecated_call():
        SourceAsset("a", io_manager_def=5, io_manager_key="m")


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": 3},
        {"key": "a", "partitions_def": 3},
        {"key": "a", "metadata": 3},
        {"key": "a", "group_name": 3},
    ],
)
def test_wrong_types(wrong):
    """An argument of the wrong type is a `CheckError`."""
    with pytest.raises(CheckError), pytest.deprecated_call():
        SourceAsset(**wrong)

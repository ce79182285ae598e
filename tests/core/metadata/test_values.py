"""The classes of metadata, and the types of tables."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from assets.core.errors import CheckError
from assets.core.keys import AssetKey
from assets.core.metadata import MetadataValue, TableColumn, TableRecord, TableSchema


@pytest.mark.parametrize(
    ("value", "name", "payload"),
    [
        (MetadataValue.text("a"), "text", "a"),
        (MetadataValue.url("a"), "url", "a"),
        (MetadataValue.path("a"), "fspath", "a"),
        (MetadataValue.path("a"), "path", "a"),
        (MetadataValue.notebook("a"), "fspath", "a"),
        (MetadataValue.json([1]), "data", [1]),
        (MetadataValue.md("a"), "md_str", "a"),
        (MetadataValue.int(1), "value", 1),
        (MetadataValue.asset(AssetKey("a")), "asset_key", AssetKey("a")),
        (MetadataValue.dagster_run("a"), "run_id", "a"),
        (MetadataValue.pool("a"), "name", "a"),
        (MetadataValue.table_schema(TableSchema([])), "schema", TableSchema([])),
    ],
)
def test_payload(value, name, payload):
    """The payload is found under the reference's name, and under `value`."""
    assert getattr(value, name) == payload
    assert value.value == payload
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize(
    "make",
    [
        lambda: MetadataValue.text(3),
        lambda: MetadataValue.int("3"),
        lambda: MetadataValue.float(3),
        lambda: MetadataValue.bool(1),
        lambda: MetadataValue.url(3),
        lambda: MetadataValue.path(3),
        lambda: MetadataValue.asset("a"),
        lambda: MetadataValue.python_artifact(3),
        lambda: MetadataValue.timestamp(3),
        lambda: MetadataValue.timestamp(datetime(2024, 1, 1)),
        lambda: MetadataValue.table([{"a": 1}]),
        lambda: MetadataValue.table([]),
        lambda: MetadataValue.table([TableRecord({"a": 1}), TableRecord({"b": 1})]),
        lambda: TableRecord({"a": [1]}),
        lambda: TableSchema(["a"]),
    ],
)
def test_wrong_types(make):
    """A payload of another type is a `CheckError`."""
    with pytest.raises(CheckError):
        make()


def test_timestamp():
    """A moment with a time zone is the seconds since 1970."""
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    assert MetadataValue.timestamp(moment).value == moment.timestamp()


def test_schema_of_records():
    """A table without a schema gets that of its first record."""
    table = MetadataValue.table([TableRecord({"a": 1, "b": 1.5, "c": True, "d": "x", "e": None})])
    assert [column.type for column in table.schema.columns] == ["int", "float", "bool", "string", "string"]
    assert TableSchema.from_name_type_dict({"a": "int"}).columns == [TableColumn("a", "int")]


def test_values_are_frozen():
    """Metadata never change; those that can be are hashable."""
    value = MetadataValue.text("a")
    with pytest.raises(AttributeError):
        value.text = "b"
    assert hash(value) == hash(MetadataValue.text("a"))
    assert MetadataValue.text("a") != MetadataValue.md("a")
    assert (
        repr(MetadataValue.job("j", "l"))
        == "DagsterJobMetadataValue(job_name='j', location_name='l', repository_name=None)"
    )

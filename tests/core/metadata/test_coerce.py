"""What raw values become as metadata."""

from __future__ import annotations

import pathlib
from datetime import date, datetime

import numpy as np
import pytest

from assets.core.errors import CheckError, DagsterInvalidMetadata
from assets.core.keys import AssetKey
from assets.core.metadata import MetadataValue, TableColumnLineage, TableSchema, coerce, coerce_all


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("a", MetadataValue.text("a")),
        (1, MetadataValue.int(1)),
        (1.5, MetadataValue.float(1.5)),
        (True, MetadataValue.bool(True)),
        (None, MetadataValue.null()),
        ({"a": [1]}, MetadataValue.json({"a": [1]})),
        ([1, 2], MetadataValue.json([1, 2])),
        (pathlib.Path("/a"), MetadataValue.path("/a")),
        (AssetKey("a"), MetadataValue.asset(AssetKey("a"))),
        (TableSchema([]), MetadataValue.table_schema(TableSchema([]))),
        (TableColumnLineage({}), MetadataValue.column_lineage(TableColumnLineage({}))),
        (MetadataValue.md("*"), MetadataValue.md("*")),
        (np.float64(1.5), MetadataValue.float(1.5)),
        (np.float32(1.5), MetadataValue.float(1.5)),
        (np.int64(3), MetadataValue.int(3)),
        (np.bool_(True), MetadataValue.bool(True)),
    ],
)
def test_coercion(raw, value):
    """S76: each raw type has its class of metadata; the numbers inside are plain ones."""
    assert coerce(raw) == value
    assert type(coerce(raw).value) is type(value.value)


@pytest.mark.parametrize("raw", [{1}, (1,), object(), len, date(2024, 1, 1), datetime(2024, 1, 1)])
def test_no_metadata(raw):
    """A value of another type is refused, under both names that the reference's callers catch."""
    with pytest.raises(DagsterInvalidMetadata, match="'size'"):
        coerce_all({"size": raw})
    with pytest.raises(CheckError):
        coerce(raw)


def test_json_must_be_json():
    """What JSON cannot say is refused."""
    for wrong in ({"a": object()}, [{1}]):
        with pytest.raises(DagsterInvalidMetadata):
            coerce(wrong)


def test_json_is_kept_as_json_gives_it_back():
    """The value is a copy: what is done to the original later does not count."""
    original = {1: (1, 2)}
    kept = MetadataValue.json(original)
    original[3] = 4
    assert kept.data == {"1": [1, 2]}


@pytest.mark.parametrize("wrong", [3, {1: 2}])
def test_no_mapping(wrong):
    """Metadata are a mapping from strings."""
    with pytest.raises(CheckError):
        coerce_all(wrong)

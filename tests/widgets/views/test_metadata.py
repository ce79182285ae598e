"""Laws of metadata in the page: every type has a form, and all of it is strict JSON."""

import json
import math

import pytest

from assets import AssetKey, MetadataValue
from assets.core.metadata import TableColumn, TableColumnDep, TableColumnLineage, TableRecord, TableSchema
from assets.widgets.views.metadata import (
    LONGEST_PICTURES,
    LONGEST_TEXT,
    declared_view,
    metadata_view,
    number_of,
)

SCHEMA = TableSchema([TableColumn("x", "int"), TableColumn("y", "float")])
CASES = [
    (MetadataValue.text("a"), "text", "a"),
    (MetadataValue.int(3), "int", 3),
    (MetadataValue.float(0.5), "float", 0.5),
    (MetadataValue.float(math.inf), "float", "inf"),
    (MetadataValue.bool(True), "bool", True),
    (MetadataValue.null(), "null", None),
    (MetadataValue.md("# x"), "md", "# x"),
    (MetadataValue.url("https://e.org"), "url", "https://e.org"),
    (MetadataValue.path("/a/b"), "path", "/a/b"),
    (MetadataValue.json({"a": [1, None]}), "json", {"a": [1, None]}),
    (MetadataValue.asset(AssetKey(["a", "b"])), "asset", "a/b"),
    (MetadataValue.timestamp(5.0), "timestamp", 5.0),
    (
        MetadataValue.table([TableRecord({"x": 1, "y": math.nan})], SCHEMA),
        "table",
        {"columns": ["x", "y"], "rows": [[1, "nan"]], "total": 1},
    ),
    (
        MetadataValue.table_schema(SCHEMA),
        "table",
        {
            "columns": ["column", "type", "description"],
            "rows": [["x", "int", ""], ["y", "float", ""]],
            "total": 2,
        },
    ),
    (
        MetadataValue.column_lineage(TableColumnLineage({"x": [TableColumnDep(AssetKey("up"), "z")]})),
        "table",
        {"columns": ["column", "made from"], "rows": [["x", "up.z"]], "total": 1},
    ),
]


@pytest.mark.parametrize(("value", "kind", "shown"), CASES)
def test_each_type_has_its_form(value, kind, shown):
    """The page gets the type's name and a value that it can show."""
    entry = metadata_view({"label": value})
    json.dumps(entry, allow_nan=False)
    assert entry == [{"label": "label", "type": kind, "value": shown}]


def test_sizes_are_bounded():
    """A long text is cut, a deep or large JSON becomes text, many entries become a hundred."""
    (entry,) = metadata_view({"t": MetadataValue.text("x" * 10**6)})
    assert len(entry["value"]) == LONGEST_TEXT + 1
    (entry,) = metadata_view({"j": MetadataValue.json(list(range(10**5)))})
    assert entry["type"] == "text"
    assert len(metadata_view({str(i): MetadataValue.int(i) for i in range(500)})) == 100


def test_only_finite_numbers_are_plotted():
    """Truth, NaN and words are no points of a line."""
    assert number_of(MetadataValue.int(2)) == 2.0
    assert number_of(MetadataValue.float(math.nan)) is None
    assert number_of(MetadataValue.bool(True)) is None
    assert number_of(MetadataValue.text("2")) is None


def test_plain_metadata_of_a_definition_is_shown():
    """As what it becomes on an event; what is no metadata by its own words, and these may fail."""

    class Odd:
        def __repr__(self):
            raise RuntimeError

    told = metadata_view(declared_view({"owner": "x", "n": 1, "odd": Odd(), "set": {1}, "json": {"a": 1}}))
    assert [(entry["type"], entry["value"]) for entry in told] == [
        ("text", "x"),
        ("int", 1),
        ("text", "<Odd>"),
        ("text", "{1}"),
        ("json", {"a": 1}),
    ]


def test_images_of_markdown_are_sent_whole_or_not_at_all():
    """Once, beside the text, and within bounds; in a list of attempts their names stand for them."""
    image = f"![plot](data:image/png;base64,{'A' * 3 * LONGEST_TEXT})"
    metadata = {"curve": MetadataValue.md(f"before {image} after")}
    assert metadata_view(metadata)[0]["value"] == "before (plot) after"
    assert metadata_view(metadata, pictures=True)[0]["value"] == f"before {image} after"
    large = {"curve": MetadataValue.md(f"{image} ![](data:image/png;base64,{'A' * LONGEST_PICTURES}) end")}
    assert metadata_view(large, pictures=True)[0]["value"] == f"{image} (image) end"
    long = {"text": MetadataValue.md("word " * LONGEST_TEXT + image)}
    assert len(metadata_view(long, pictures=True)[0]["value"]) == LONGEST_TEXT + 1

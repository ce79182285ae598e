"""Metadata values as JSON that a page can show, bounded in size. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress

from ...core.metadata import MetadataValue
from ...core.metadata.coerce import coerce
from ...core.metadata.values import (
    BoolMetadataValue,
    DagsterAssetMetadataValue,
    FloatMetadataValue,
    IntMetadataValue,
    JsonMetadataValue,
    MarkdownMetadataValue,
    NotebookMetadataValue,
    NullMetadataValue,
    PathMetadataValue,
    TableColumnLineageMetadataValue,
    TableMetadataValue,
    TableSchemaMetadataValue,
    TextMetadataValue,
    TimestampMetadataValue,
    UrlMetadataValue,
)
from ..models import MetadataModel

LONGEST_TEXT = 20_000
LONGEST_PICTURES = 1_000_000
MOST_ENTRIES = 100
MOST_ROWS = 200

_PICTURE = re.compile(r"!\[([^\]\n]*)\]\(data:[^)\s]*\)")
_PLAIN: Mapping[type[MetadataValue], str] = {
    TextMetadataValue: "text",
    UrlMetadataValue: "url",
    PathMetadataValue: "path",
    NotebookMetadataValue: "path",
    MarkdownMetadataValue: "md",
    IntMetadataValue: "int",
    BoolMetadataValue: "bool",
    TimestampMetadataValue: "timestamp",
}


def metadata_view(metadata: Mapping[str, MetadataValue], *, pictures: bool = False) -> list[MetadataModel]:
    """The entries in their order, as many as a panel can hold.

    Args:
        metadata: The entries.
        pictures: Whether to send along the images that Markdown holds, which are large; else their names stand for them.
    """
    shown = [_entry(label, value) for label, value in list(metadata.items())[:MOST_ENTRIES]]
    for entry, value in zip(shown, metadata.values(), strict=False):
        if isinstance(value, MarkdownMetadataValue) and "](data:" in str(value.value):
            entry["value"] = _with_pictures(str(value.value), LONGEST_PICTURES if pictures else 0)
    return shown


def _with_pictures(text: str, room: int) -> str:
    """The text with its images, as long as there is room for them; then with their names."""
    kept: list[str] = []

    def picture(found: re.Match[str]) -> str:
        nonlocal room
        room -= len(found[0])
        if room < 0:
            return f"({found[1] or 'image'})"
        kept.append(found[0])
        return f"\0{len(kept) - 1}\0"

    bare = _bounded(_PICTURE.sub(picture, text.replace("\0", "")))
    return re.sub(r"\0(\d+)\0", lambda found: kept[int(found[1])], bare)


def declared_view(metadata: Mapping[str, object]) -> dict[str, MetadataValue]:
    """Metadata of a definition as values: it may be written plainly there, and holds whatever its author likes."""
    return {label: _value(label, value) for label, value in list(metadata.items())[:MOST_ENTRIES]}


def _value(label: str, value: object) -> MetadataValue:
    with suppress(Exception):  # its own words may do anything
        return coerce(value, label)
    try:
        return TextMetadataValue(repr(value))
    except Exception:  # noqa: BLE001  as above
        return TextMetadataValue(f"<{type(value).__name__}>")


def number_of(value: MetadataValue) -> float | None:
    """The finite number that a value holds, for a plot; `None` if it holds none."""
    if isinstance(value, (IntMetadataValue, FloatMetadataValue)):
        number = value.value
        if isinstance(number, (int, float)) and math.isfinite(number):
            return float(number)
    return None


def _entry(label: str, value: MetadataValue) -> MetadataModel:
    kind, shown = _shown(value)
    return {"label": label[:LONGEST_TEXT], "type": kind, "value": shown}


def _shown(value: MetadataValue) -> tuple[str, object]:
    match value:
        case FloatMetadataValue():
            # JSON knows no NaN and no infinity; the page gets their names.
            number = value.value
            return "float", number if number is None or math.isfinite(number) else str(number)
        case NullMetadataValue():
            return "null", None
        case DagsterAssetMetadataValue():
            return "asset", value.value.to_escaped_user_string()
        case JsonMetadataValue():
            text = json.dumps(value.value, default=str)
            if "NaN" in text or "Infinity" in text or len(text) > LONGEST_TEXT:
                return "text", _bounded(text)
            return "json", json.loads(text)
        case TableMetadataValue():
            columns = [column.name for column in value.schema.columns]
            rows = [
                [_cell(record.data.get(name)) for name in columns] for record in value.records[:MOST_ROWS]
            ]
            return "table", {"columns": columns, "rows": rows, "total": len(value.records)}
        case TableSchemaMetadataValue():
            described = [
                [c.name, c.type, _bounded(c.description or "")] for c in value.schema.columns[:MOST_ROWS]
            ]
            return "table", {
                "columns": ["column", "type", "description"],
                "rows": described,
                "total": len(described),
            }
        case TableColumnLineageMetadataValue():
            made_from = [
                [name, ", ".join(f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in deps)]
                for name, deps in value.lineage.deps_by_column.items()
            ]
            return "table", {
                "columns": ["column", "made from"],
                "rows": made_from[:MOST_ROWS],
                "total": len(made_from),
            }
        case _:
            kind, plain = _PLAIN.get(type(value), "text"), value.value
            if isinstance(plain, str):
                return kind, _bounded(plain)
            return kind, _bounded(repr(plain)) if kind == "text" else plain


def _cell(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return _bounded(value) if isinstance(value, str) else value


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"

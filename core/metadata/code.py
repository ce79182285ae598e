"""The JSON of metadata: one table of names and classes, both ways.

The names are stored in event logs, so they never change. A value written by a newer
version, whose name is not known here, is read as text instead of being lost.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..keys import AssetKey
from . import values as v
from .tables import (
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableConstraints,
    TableRecord,
    TableSchema,
)


class _Codec(NamedTuple):
    made: type[v.MetadataValue]
    write: Callable[[Any], Any]
    read: Callable[[Any], v.MetadataValue]


def to_json(value: v.MetadataValue) -> dict[str, Any]:
    """The value as plain JSON (no NaN): `{"type": name, "value": payload}`."""
    name = _NAMES[type(value)]
    return {"type": name, "value": _CODECS[name].write(value)}


def from_json(data: Mapping[str, Any]) -> v.MetadataValue:
    """The inverse of `to_json`."""
    codec = _CODECS.get(data["type"])
    if codec is None:
        return v.TextMetadataValue(json.dumps(data["value"]))
    return codec.read(data["value"])


def _number(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else repr(value)


def _float(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _write_json(value: v.JsonMetadataValue) -> Any:
    data = value.value
    try:
        json.dumps(data, allow_nan=False)
    except ValueError:
        return {"text": json.dumps(data)}
    return {"data": data}


def _read_json(data: Any) -> v.JsonMetadataValue:
    return v.JsonMetadataValue(json.loads(data["text"]) if "text" in data else data["data"])


def _write_schema(schema: TableSchema) -> dict[str, Any]:
    columns = [
        {
            "name": column.name,
            "type": column.type,
            "description": column.description,
            "nullable": column.constraints.nullable,
            "unique": column.constraints.unique,
            "other": list(column.constraints.other),
            "tags": dict(column.tags),
        }
        for column in schema.columns
    ]
    return {"columns": columns, "constraints": list(schema.constraints.other)}


def _read_schema(data: Any) -> TableSchema:
    columns = [
        TableColumn(
            column["name"],
            column["type"],
            column["description"],
            TableColumnConstraints(column["nullable"], column["unique"], column["other"]),
            column["tags"],
        )
        for column in data["columns"]
    ]
    return TableSchema(columns, TableConstraints(data["constraints"]))


def _write_cell(value: Any) -> Any:
    # A number that JSON has no word for goes into a list, which no cell of a table can be.
    return [repr(value)] if isinstance(value, float) and not math.isfinite(value) else value


def _read_cell(value: Any) -> Any:
    return float(value[0]) if isinstance(value, list) else value


def _write_table(value: v.TableMetadataValue) -> dict[str, Any]:
    rows = [{name: _write_cell(cell) for name, cell in record.data.items()} for record in value.records]
    return {"records": rows, "schema": _write_schema(value.schema)}


def _read_table(data: Any) -> v.TableMetadataValue:
    rows = [TableRecord({name: _read_cell(cell) for name, cell in row.items()}) for row in data["records"]]
    return v.TableMetadataValue(rows, _read_schema(data["schema"]))


def _write_lineage(value: v.TableColumnLineageMetadataValue) -> dict[str, Any]:
    return {
        column: [[list(dep.asset_key.parts), dep.column_name] for dep in deps]
        for column, deps in value.lineage.deps_by_column.items()
    }


def _read_lineage(data: Any) -> v.TableColumnLineageMetadataValue:
    deps = {column: [TableColumnDep(parts, name) for parts, name in deps] for column, deps in data.items()}
    return v.TableColumnLineageMetadataValue(TableColumnLineage(deps))


def _write_references(value: v.CodeReferencesMetadataValue) -> list[dict[str, Any]]:
    return [
        {name: getattr(reference, name) for name in reference._fields} for reference in value.code_references
    ]


def _read_references(data: Any) -> v.CodeReferencesMetadataValue:
    references = [
        v.UrlCodeReference(**each) if "url" in each else v.LocalFileCodeReference(**each) for each in data
    ]
    return v.CodeReferencesMetadataValue(code_references=references)


def _payload(value: v.MetadataValue) -> Any:
    return value.value


def _plain(made: Callable[[Any], v.MetadataValue]) -> _Codec:
    """A class whose payload is JSON already."""
    return _Codec(made, _payload, made)  # type: ignore[arg-type]  # the class is what makes it


_CODECS: dict[str, _Codec] = {
    "text": _plain(v.TextMetadataValue),
    "url": _plain(v.UrlMetadataValue),
    "path": _plain(v.PathMetadataValue),
    "notebook": _plain(v.NotebookMetadataValue),
    "md": _plain(v.MarkdownMetadataValue),
    "int": _plain(v.IntMetadataValue),
    "bool": _plain(v.BoolMetadataValue),
    "run": _plain(v.DagsterRunMetadataValue),
    "pool": _plain(v.PoolMetadataValue),
    "code_location": _plain(v.CodeLocationReconstructionMetadataValue),
    "null": _Codec(v.NullMetadataValue, _payload, lambda _: v.NullMetadataValue()),
    "json": _Codec(v.JsonMetadataValue, _write_json, _read_json),
    "float": _Codec(
        v.FloatMetadataValue,
        lambda value: _number(value.value),
        lambda data: v.FloatMetadataValue(_float(data)),
    ),
    "timestamp": _Codec(
        v.TimestampMetadataValue,
        lambda value: _number(value.value),
        lambda data: v.TimestampMetadataValue(float(data)),
    ),
    "asset": _Codec(
        v.DagsterAssetMetadataValue,
        lambda value: list(value.value.parts),
        lambda data: v.DagsterAssetMetadataValue(AssetKey(data)),
    ),
    "job": _Codec(
        v.DagsterJobMetadataValue,
        lambda value: [value.job_name, value.location_name, value.repository_name],
        lambda data: v.DagsterJobMetadataValue(*data),
    ),
    "artifact": _Codec(
        v.PythonArtifactMetadataValue,
        lambda value: [value.module, value.name],
        lambda data: v.PythonArtifactMetadataValue(*data),
    ),
    "table": _Codec(v.TableMetadataValue, _write_table, _read_table),
    "table_schema": _Codec(
        v.TableSchemaMetadataValue,
        lambda value: _write_schema(value.value),
        lambda data: v.TableSchemaMetadataValue(_read_schema(data)),
    ),
    "column_lineage": _Codec(v.TableColumnLineageMetadataValue, _write_lineage, _read_lineage),
    "code_references": _Codec(v.CodeReferencesMetadataValue, _write_references, _read_references),
}

_NAMES: dict[type[v.MetadataValue], str] = {codec.made: name for name, codec in _CODECS.items()}

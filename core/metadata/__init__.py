"""Typed metadata: what a value of the user's becomes beside an event, and its JSON."""

from __future__ import annotations

from .code import from_json, to_json
from .coerce import coerce, coerce_all
from .tables import (
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableConstraints,
    TableRecord,
    TableSchema,
)
from .values import MetadataValue, RawMetadataValue

__all__ = [
    "MetadataValue",
    "RawMetadataValue",
    "TableColumn",
    "TableColumnConstraints",
    "TableColumnDep",
    "TableColumnLineage",
    "TableConstraints",
    "TableRecord",
    "TableSchema",
    "coerce",
    "coerce_all",
    "from_json",
    "to_json",
]

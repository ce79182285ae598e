"""What a raw Python value becomes as metadata (`spec/api.md` §3.2)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..errors import CheckError, DagsterInvalidMetadata, ElementCheckError, ParameterCheckError
from ..keys import AssetKey
from .tables import TableColumnLineage, TableSchema
from .values import (
    BoolMetadataValue,
    DagsterAssetMetadataValue,
    FloatMetadataValue,
    IntMetadataValue,
    JsonMetadataValue,
    MetadataValue,
    NullMetadataValue,
    PathMetadataValue,
    TableColumnLineageMetadataValue,
    TableSchemaMetadataValue,
    TextMetadataValue,
    plain_number,
)


class UnknownMetadataError(DagsterInvalidMetadata, CheckError):
    """A value of a type that is no metadata; both of what callers of the reference catch."""


def coerce(value: Any, name: str = "value") -> MetadataValue:
    """The metadata value for a raw one.

    Args:
        value: What the user gave.
        name: The entry's name, for the message.

    Raises:
        DagsterInvalidMetadata: for a value that is no metadata, or cannot be written as JSON.
    """
    match value:
        case MetadataValue():
            return value
        case str():
            return TextMetadataValue(value)
        case bool():
            return BoolMetadataValue(value)
        case int():
            return IntMetadataValue(value)
        case float():
            return FloatMetadataValue(value)
        case None:
            return NullMetadataValue()
        case dict() | list():
            return JsonMetadataValue(value)
        case os.PathLike():
            return PathMetadataValue(value)
        case AssetKey():
            return DagsterAssetMetadataValue(value)
        case TableSchema():
            return TableSchemaMetadataValue(value)
        case TableColumnLineage():
            return TableColumnLineageMetadataValue(value)
        case _:
            plain = plain_number(value)
            if plain is not value:
                return coerce(plain, name)
    message = (
        f"The metadata {name!r} is {type(value).__name__}, which is no kind of metadata: {value!r:.80}; "
        "wrap it, as in MetadataValue.text(str(...)) or MetadataValue.timestamp(...)."
    )
    raise UnknownMetadataError(message)


def coerce_all(metadata: Mapping[str, Any] | None) -> dict[str, MetadataValue]:
    """The metadata of one event, each entry coerced.

    Raises:
        CheckError: if it is no mapping from strings.
        DagsterInvalidMetadata: as `coerce`.
    """
    if not metadata and metadata is None:
        return {}
    if not isinstance(metadata, Mapping):
        message = f"Parameter 'metadata' must be a mapping, not {type(metadata).__name__}: {metadata!r:.80}"
        raise ParameterCheckError(message)
    found: dict[str, MetadataValue] = {}
    for name, value in metadata.items():
        if not isinstance(name, str):
            message = f"The keys of 'metadata' must be strings, not {type(name).__name__}: {name!r:.80}"
            raise ElementCheckError(message)
        found[name] = coerce(value, name)
    return found

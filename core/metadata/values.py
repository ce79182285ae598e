"""`MetadataValue` and its classes: one per kind of metadata that can be shown.

Each class holds its payload under the reference's name (`spec/api.md` §3.2) and under
`value`. The classes are made for display and for storage; what a raw Python value
becomes is `coerce`'s, their JSON is `code`'s.
"""

from __future__ import annotations

import json as _json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from ..errors import CheckError, DagsterInvalidMetadata, ElementCheckError, ParameterCheckError, check_type
from ..keys import AssetKey
from ..record import Record, put
from .tables import TableColumnLineage, TableRecord, TableSchema, infer_schema


class MetadataValue(Record):
    """A typed piece of metadata. Its static methods make the values of each class."""

    __slots__ = ()

    @property
    def value(self) -> Any:
        """The payload, whatever the class calls it."""
        return getattr(self, self._fields[0]) if self._fields else None

    @staticmethod
    def text(text: str) -> TextMetadataValue:
        """Plain text."""
        return TextMetadataValue(text)

    @staticmethod
    def url(url: str) -> UrlMetadataValue:
        """An address to follow."""
        return UrlMetadataValue(url)

    @staticmethod
    def path(path: str | os.PathLike[str]) -> PathMetadataValue:
        """A file or a folder."""
        return PathMetadataValue(path)

    @staticmethod
    def notebook(path: str | os.PathLike[str]) -> NotebookMetadataValue:
        """The path of a notebook."""
        return NotebookMetadataValue(path)

    @staticmethod
    def json(data: Any) -> JsonMetadataValue:
        """Anything that JSON can say."""
        return JsonMetadataValue(data)

    @staticmethod
    def md(data: str) -> MarkdownMetadataValue:
        """Markdown."""
        return MarkdownMetadataValue(data)

    @staticmethod
    def python_artifact(python_artifact: Callable[..., Any]) -> PythonArtifactMetadataValue:
        """A function or a class, by its module and name."""
        if not callable(python_artifact):
            message = f"A python_artifact must be a function or a class, not {type(python_artifact).__name__}: {python_artifact!r:.80}"
            raise ParameterCheckError(message)
        return PythonArtifactMetadataValue(python_artifact.__module__, python_artifact.__name__)

    @staticmethod
    def float(value: float) -> FloatMetadataValue:
        """A floating-point number."""
        return FloatMetadataValue(value)

    @staticmethod
    def int(value: int) -> IntMetadataValue:
        """An integer."""
        return IntMetadataValue(value)

    @staticmethod
    def bool(value: bool) -> BoolMetadataValue:
        """A truth value."""
        return BoolMetadataValue(value)

    @staticmethod
    def timestamp(value: Any) -> TimestampMetadataValue:
        """A moment: seconds since 1970 as a float, or a `datetime` with a time zone."""
        if isinstance(value, datetime):
            if value.tzinfo is None:
                message = f"A timestamp needs a time zone, but {value.isoformat()} has none; give it one, as in .replace(tzinfo=UTC)."
                raise CheckError(message)
            value = value.timestamp()
        return TimestampMetadataValue(value)

    @staticmethod
    def dagster_run(run_id: str) -> DagsterRunMetadataValue:
        """A run."""
        return DagsterRunMetadataValue(run_id)

    @staticmethod
    def asset(asset_key: AssetKey) -> DagsterAssetMetadataValue:
        """An asset."""
        return DagsterAssetMetadataValue(asset_key)

    @staticmethod
    def job(
        job_name: str, location_name: str, *, repository_name: str | None = None
    ) -> DagsterJobMetadataValue:
        """A job."""
        return DagsterJobMetadataValue(job_name, location_name, repository_name)

    @staticmethod
    def table(records: Sequence[TableRecord], schema: TableSchema | None = None) -> TableMetadataValue:
        """Some rows of a table."""
        return TableMetadataValue(records, schema)

    @staticmethod
    def table_schema(schema: TableSchema) -> TableSchemaMetadataValue:
        """The columns of a table."""
        return TableSchemaMetadataValue(schema)

    @staticmethod
    def column_lineage(lineage: TableColumnLineage) -> TableColumnLineageMetadataValue:
        """Where the columns of a table come from."""
        return TableColumnLineageMetadataValue(lineage)

    @staticmethod
    def null() -> NullMetadataValue:
        """Nothing."""
        return NullMetadataValue()

    @staticmethod
    def pool(pool: str) -> PoolMetadataValue:
        """A concurrency pool."""
        return PoolMetadataValue(pool)

    @staticmethod
    def code_location_reconstruction(data: str) -> CodeLocationReconstructionMetadataValue:
        """What a code location needs to be made again."""
        return CodeLocationReconstructionMetadataValue(data)


class TextMetadataValue(MetadataValue):
    """Plain text."""

    __slots__ = ("text",)  # pyright: ignore[reportIncompatibleMethodOverride]  the reference has both names

    text: str | None  # type: ignore[assignment]  # the reference has both: the maker, and the text

    def __init__(self, text: str | None) -> None:
        put(self, "text", check_type(text, str, "text"))


class UrlMetadataValue(MetadataValue):
    """An address to follow."""

    __slots__ = ("url",)  # pyright: ignore[reportIncompatibleMethodOverride]  the reference has both names

    url: str | None  # type: ignore[assignment]  # as above

    def __init__(self, url: str | None) -> None:
        put(self, "url", check_type(url, str, "url"))


class _PathLikeValue(MetadataValue):
    __slots__ = ("fspath",)

    fspath: str

    def __init__(self, fspath: str | os.PathLike[str] | None) -> None:
        check_type(fspath, (str, os.PathLike), "path")
        put(self, "fspath", "" if fspath is None else os.fspath(fspath))

    @property
    def path(self) -> str:  # type: ignore[override]  # the reference has both: the maker, and the text
        """The path as text."""
        return self.fspath


class PathMetadataValue(_PathLikeValue):
    """A file or a folder."""

    __slots__ = ()


class NotebookMetadataValue(_PathLikeValue):
    """The path of a notebook."""

    __slots__ = ()


class JsonMetadataValue(MetadataValue):
    """Anything that JSON can say, kept as JSON would give it back: tuples are lists, keys are texts."""

    __slots__ = ("data",)

    data: Any

    def __init__(self, data: Any) -> None:
        try:
            copy = _json.loads(_json.dumps(data))
        except (TypeError, ValueError, RecursionError) as wrong:
            message = f"The metadata value {data!r:.80} cannot be written as JSON ({wrong}); convert it, or use MetadataValue.text."
            raise DagsterInvalidMetadata(message) from None
        put(self, "data", copy)

    __hash__ = None  # type: ignore[assignment]  # a dict may be inside


class MarkdownMetadataValue(MetadataValue):
    """Markdown."""

    __slots__ = ("md_str",)

    md_str: str | None

    def __init__(self, md_str: str | None) -> None:
        put(self, "md_str", check_type(md_str, str, "md_str"))


class PythonArtifactMetadataValue(MetadataValue):
    """A function or a class, by its module and name."""

    __slots__ = ("module", "name")

    module: str
    name: str

    def __init__(self, module: str, name: str) -> None:
        put(self, "module", check_type(module, str, "module", optional=False))
        put(self, "name", check_type(name, str, "name", optional=False))

    @property
    def value(self) -> PythonArtifactMetadataValue:
        """Itself."""
        return self


class FloatMetadataValue(MetadataValue):
    """A floating-point number; a NumPy float counts as one."""

    __slots__ = ("value",)  # pyright: ignore[reportIncompatibleMethodOverride]  the field is the payload

    def __init__(self, value: float | None) -> None:
        put(self, "value", None if value is None else _exact(value, float))


class IntMetadataValue(MetadataValue):
    """An integer."""

    __slots__ = ("value",)  # pyright: ignore[reportIncompatibleMethodOverride]  the field is the payload

    def __init__(self, value: int | None) -> None:
        put(self, "value", None if value is None else _exact(value, int))


class BoolMetadataValue(MetadataValue):
    """A truth value."""

    __slots__ = ("value",)  # pyright: ignore[reportIncompatibleMethodOverride]  the field is the payload

    def __init__(self, value: bool | None) -> None:
        put(self, "value", None if value is None else _exact(value, bool))


class TimestampMetadataValue(MetadataValue):
    """A moment, in seconds since 1970."""

    __slots__ = ("value",)  # pyright: ignore[reportIncompatibleMethodOverride]  the field is the payload

    def __init__(self, value: float) -> None:
        put(self, "value", _exact(value, float))


class DagsterRunMetadataValue(MetadataValue):
    """A run."""

    __slots__ = ("run_id",)

    run_id: str

    def __init__(self, run_id: str) -> None:
        put(self, "run_id", check_type(run_id, str, "run_id", optional=False))


class DagsterAssetMetadataValue(MetadataValue):
    """An asset."""

    __slots__ = ("asset_key",)

    asset_key: AssetKey

    def __init__(self, asset_key: AssetKey) -> None:
        put(self, "asset_key", check_type(asset_key, AssetKey, "asset_key", optional=False))


class DagsterJobMetadataValue(MetadataValue):
    """A job of a code location."""

    __slots__ = ("job_name", "location_name", "repository_name")

    job_name: str
    location_name: str
    repository_name: str | None

    def __init__(self, job_name: str, location_name: str, repository_name: str | None = None) -> None:
        put(self, "job_name", check_type(job_name, str, "job_name", optional=False))
        put(self, "location_name", check_type(location_name, str, "location_name", optional=False))
        put(self, "repository_name", check_type(repository_name, str, "repository_name"))

    @property
    def value(self) -> DagsterJobMetadataValue:
        """Itself."""
        return self


class TableMetadataValue(MetadataValue):
    """Some rows of a table, with their schema: the one given, or what the first row says."""

    __slots__ = ("records", "schema")

    records: list[TableRecord]
    schema: TableSchema

    def __init__(self, records: Sequence[TableRecord], schema: TableSchema | None = None) -> None:
        check_type(records, Sequence, "records", optional=False)
        check_type(schema, TableSchema, "schema")
        for record in records:
            if not isinstance(record, TableRecord):
                message = f"Each of 'records' must be TableRecord, not {type(record).__name__}: {record!r:.80}; wrap it in TableRecord(...)."
                raise ElementCheckError(message)
        if schema is None:
            if not records:
                message = "A table without records tells nothing of its columns; give a schema."
                raise CheckError(message)
            if any(record.data.keys() != records[0].data.keys() for record in records):
                message = "The records of a table must all have the same columns; fill what is absent with None, or give a schema."
                raise CheckError(message)
            schema = infer_schema(records)
        put(self, "records", list(records))
        put(self, "schema", schema)

    @property
    def value(self) -> TableMetadataValue:
        """Itself."""
        return self

    __hash__ = None  # type: ignore[assignment]  # lists are inside


class TableSchemaMetadataValue(MetadataValue):
    """The columns of a table."""

    __slots__ = ("schema",)

    schema: TableSchema

    def __init__(self, schema: TableSchema) -> None:
        put(self, "schema", check_type(schema, TableSchema, "schema", optional=False))


class TableColumnLineageMetadataValue(MetadataValue):
    """Where the columns of a table come from."""

    __slots__ = ("lineage",)

    lineage: TableColumnLineage

    def __init__(self, column_lineage: TableColumnLineage) -> None:
        put(self, "lineage", check_type(column_lineage, TableColumnLineage, "lineage", optional=False))


class NullMetadataValue(MetadataValue):
    """Nothing."""

    __slots__ = ()


class PoolMetadataValue(MetadataValue):
    """A concurrency pool."""

    __slots__ = ("name",)

    name: str

    def __init__(self, name: str) -> None:
        put(self, "name", check_type(name, str, "pool", optional=False))


class CodeLocationReconstructionMetadataValue(MetadataValue):
    """What a code location needs to be made again."""

    __slots__ = ("data",)

    data: str

    def __init__(self, data: str) -> None:
        put(self, "data", check_type(data, str, "data", optional=False))


class LocalFileCodeReference(Record):
    """A line of a file on this machine."""

    __slots__ = ("file_path", "label", "line_number")

    def __init__(self, *, file_path: str, line_number: int | None = None, label: str | None = None) -> None:
        put(self, "file_path", check_type(file_path, str, "file_path", optional=False))
        put(self, "line_number", check_type(line_number, int, "line_number"))
        put(self, "label", check_type(label, str, "label"))


class UrlCodeReference(Record):
    """Code at an address."""

    __slots__ = ("label", "url")

    def __init__(self, *, url: str, label: str | None = None) -> None:
        put(self, "url", check_type(url, str, "url", optional=False))
        put(self, "label", check_type(label, str, "label"))


class CodeReferencesMetadataValue(MetadataValue):
    """Where the code of an asset stands."""

    __slots__ = ("code_references",)

    code_references: list[LocalFileCodeReference | UrlCodeReference]

    def __init__(self, *, code_references: Sequence[LocalFileCodeReference | UrlCodeReference]) -> None:
        check_type(code_references, Sequence, "code_references", optional=False)
        for each in code_references:
            check_type(each, (LocalFileCodeReference, UrlCodeReference), "code_references", optional=False)
        put(self, "code_references", list(code_references))

    @property
    def value(self) -> CodeReferencesMetadataValue:
        """Itself."""
        return self

    __hash__ = None  # type: ignore[assignment]  # a list is inside


RawMetadataValue: TypeAlias = (
    MetadataValue
    | TableSchema
    | TableColumnLineage
    | AssetKey
    | os.PathLike[str]
    | Mapping[str, Any]
    | Sequence[Any]
    | float
    | int
    | str
    | None
)


def plain_number(value: Any) -> Any:
    """The Python number in a NumPy scalar; anything else as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, (numpy.floating, numpy.integer, numpy.bool_)):
        return value
    plain = value.item()
    return plain if isinstance(plain, (float, int)) else value  # a long double has no plain form


def _exact(value: Any, expected: type) -> Any:
    """The number as plain Python has it, if it is of this very kind."""
    value = plain_number(value)
    if not isinstance(value, expected):
        message = f"A {expected.__name__} metadata value must be {expected.__name__}, not {type(value).__name__}: {value!r:.80}"
        raise ParameterCheckError(message)
    return expected(value)

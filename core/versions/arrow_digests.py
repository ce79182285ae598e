"""What PyArrow's tables and arrays say of themselves.

Chunks, offsets into shared buffers and whatever lies under a null do not count; types,
names, metadata and order do. Arrow data never changes, so its digest is remembered
for as long as the object lives.
"""

from __future__ import annotations

import sys
from typing import Any

import xxhash

from .frame_digests import buffer
from .registry import ByIdentity, register
from .states import Attributes, Hashed

_known = ByIdentity()


def _compute() -> Any:
    """PyArrow's functions: made when it is imported, so that no type checker knows them."""
    import pyarrow.compute

    return pyarrow.compute


def _table(table: Any) -> Attributes:
    columns = [_column(table.column(i)) for i in range(table.num_columns)]
    return Attributes((_schema(table.schema), table.num_rows, columns))


def _schema(schema: Any) -> Any:
    fields = [_field(schema.field(i)) for i in range(len(schema))]
    return (fields, dict(schema.metadata) if schema.metadata else None)


def _field(field: Any) -> Any:
    return (field.name, str(field.type), field.nullable, dict(field.metadata) if field.metadata else None)


def _column(column: Any) -> Any:
    known = _known.get(column)
    if known is None:
        known = (str(column.type), len(column), *_chunks(column.chunks, column.type))
        _known.put(column, known)
    return known


def _array(array: Any) -> Attributes:
    return Attributes((str(array.type), len(array), *_chunks([array], array.type)))


def _chunks(chunks: list[Any], kind: Any) -> tuple[Any, ...]:
    """The values of some chunks as if they were one."""
    pa = sys.modules["pyarrow"]
    types = pa.types
    chunks = [chunk for chunk in chunks if len(chunk)]
    if isinstance(kind, pa.BaseExtensionType):
        return ("extension", *_chunks([chunk.storage for chunk in chunks], kind.storage_type))
    if types.is_dictionary(kind):
        whole = pa.chunked_array(chunks, type=kind).unify_dictionaries()
        words = whole.chunk(0).dictionary if whole.num_chunks else pa.array([], kind.value_type)
        return (
            "dictionary",
            *_chunks([words], kind.value_type),
            *_chunks([c.indices for c in whole.chunks], kind.index_type),
        )
    valid = _valid(chunks)
    if types.is_null(kind):
        return ("null",)
    if types.is_struct(kind):
        parts = [
            _chunks([chunk.flatten()[i] for chunk in chunks], kind.field(i).type)
            for i in range(kind.num_fields)
        ]
        return ("struct", valid, [_field(kind.field(i)) for i in range(kind.num_fields)], parts)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        pc = _compute()

        lengths = [pc.fill_null(pc.list_value_length(chunk), 0) for chunk in chunks]
        inner = _chunks([chunk.flatten() for chunk in chunks], kind.value_type)
        return ("list", valid, _numbers(lengths), inner)
    if (
        types.is_string(kind)
        or types.is_binary(kind)
        or types.is_large_string(kind)
        or types.is_large_binary(kind)
    ):
        return (
            "text",
            valid,
            *_texts(chunks, large=types.is_large_string(kind) or types.is_large_binary(kind)),
        )
    if _is_flat(types, kind):
        return ("flat", valid, _numbers(chunks))
    return (
        "values",
        [chunk.to_pylist() for chunk in chunks and [pa.chunked_array(chunks, type=kind).combine_chunks()]],
    )


def _is_flat(types: Any, kind: Any) -> bool:
    simple = (
        types.is_boolean,
        types.is_integer,
        types.is_floating,
        types.is_temporal,
        types.is_decimal,
        types.is_fixed_size_binary,
    )
    return any(test(kind) for test in simple) and not str(kind).startswith("month_day")


def _valid(chunks: list[Any]) -> Hashed | None:
    """Which values are there; `None` if all are."""
    if not any(chunk.null_count for chunk in chunks):
        return None
    state = xxhash.xxh3_128()
    for chunk in chunks:
        state.update(_bytes(chunk.is_valid().cast("uint8"), 1))
    return Hashed(state.digest())


def _bytes(array: Any, width: int) -> memoryview:
    data = array.buffers()[-1]
    return memoryview(data)[array.offset * width : (array.offset + len(array)) * width]


def _numbers(chunks: list[Any]) -> Hashed:
    pa = sys.modules["pyarrow"]
    pc = _compute()

    state = xxhash.xxh3_128()
    for chunk in chunks:
        kind = chunk.type
        if pa.types.is_boolean(kind):
            chunk = chunk.cast("uint8")  # noqa: PLW2901 - the same values, one byte each
        width = chunk.type.bit_width // 8
        if chunk.null_count:
            blank = pa.array([bytes(width)], pa.binary(width)).view(chunk.type)[0]
            chunk = pc.fill_null(chunk, blank)  # noqa: PLW2901 - what lies under a null is rubbish
        if pa.types.is_floating(chunk.type) and pc.any(pc.is_nan(chunk)).as_py():
            chunk = pc.if_else(pc.is_nan(chunk), pa.scalar(float("nan"), chunk.type), chunk)  # noqa: PLW2901
        state.update(_bytes(chunk, width))
    return Hashed(state.digest())


def _texts(chunks: list[Any], *, large: bool) -> tuple[Hashed, Hashed]:
    """Lengths and letters. Texts under nulls are emptied first."""
    pc = _compute()

    lengths, letters = xxhash.xxh3_128(), xxhash.xxh3_128()
    for chunk in chunks:
        if chunk.null_count:
            empty = b"" if "binary" in str(chunk.type) else ""
            chunk = pc.fill_null(chunk, empty)  # noqa: PLW2901
        lengths.update(_bytes(pc.binary_length(chunk).cast("int64"), 8))
        _, offsets, data = chunk.buffers()
        ends = memoryview(offsets).cast("q" if large else "i")
        first, last = ends[chunk.offset], ends[chunk.offset + len(chunk)]
        if data is not None:
            letters.update(memoryview(data)[first:last])
    return Hashed(lengths.digest()), Hashed(letters.digest())


def _scalar(value: Any) -> Attributes:
    return Attributes((str(value.type), sys.modules["pyarrow"].array([value.as_py()], value.type)))


register("pyarrow.Table", _table, shared=False, complete=True)
register(
    "pyarrow.RecordBatch", lambda v: _table(sys.modules["pyarrow"].table(v)), shared=False, complete=True
)
register("pyarrow.ChunkedArray", lambda v: Attributes(_column(v)), shared=False, complete=True)
register("pyarrow.Array", _array, shared=False, complete=True)
register("pyarrow.Scalar", _scalar, shared=False, complete=True)
register("pyarrow.Schema", lambda v: Attributes((_schema(v),)), shared=False, complete=True)
register("pyarrow.Field", lambda v: Attributes((_field(v),)), shared=False, complete=True)
register("pyarrow.DataType", lambda v: Attributes((str(v),)), shared=False, complete=True)
register("pyarrow.Buffer", lambda v: Attributes((buffer(v),)), shared=False, complete=True)

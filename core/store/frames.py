"""Frames and tables as Arrow IPC, where the schema proves that they come back as they were.

A pandas frame has more to it than Arrow knows (attributes, frequencies, kinds of missing
values, objects in columns). The rules here take a frame only if none of that is there, and
then look at an empty copy that went through Arrow: it must have the same types all over.
Everything else is pickled. pandas and pyarrow are loaded only when a frame comes by.
"""

from __future__ import annotations

from typing import Any, ClassVar

from .formats import Parts

# Types of columns whose every value Arrow gives back: checked by the names of the dtypes.
_NUMBERS = frozenset(
    {"bool", "float32", "float64", *(f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64))}
)
_NULLABLE = frozenset({"boolean", *(f"{u}Int{n}" for u in ("", "U") for n in (8, 16, 32, 64))})
_COMPRESS_FROM = 1 << 16


class ArrowTable:
    """A pyarrow table as an Arrow IPC file."""

    name: ClassVar[str] = "arrow"
    executable: ClassVar[bool] = False

    def dump(self, value: Any) -> Parts | None:
        """The file, if the format can hold the table."""
        import pyarrow as pa

        if (
            type(value) is not pa.Table
            or not value.num_columns
            or any(map(_is_extension, value.schema.types))
        ):
            return None
        try:
            return _write(value)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # a dictionary that changes between chunks
            return None

    def load(self, data: bytes) -> Any:
        """The table."""
        import pyarrow as pa

        return pa.ipc.open_file(pa.py_buffer(data)).read_all()


class PandasFrame:
    """A pandas frame as an Arrow IPC file."""

    name: ClassVar[str] = "pandas"
    executable: ClassVar[bool] = False

    def dump(self, value: Any) -> Parts | None:
        """The file, if the rules and an empty copy say that the frame comes back as it is."""
        try:
            import pyarrow as pa
        except ImportError:  # the extra `frames` is not installed
            return None
        if not _by_rule(value):
            return None
        try:
            table = pa.Table.from_pandas(value, preserve_index=None)
            return _write(table) if _comes_back(value, table.slice(0, 0).to_pandas()) else None
        except (pa.ArrowException, TypeError, ValueError):
            return None

    def load(self, data: bytes) -> Any:
        """The frame, on memory of its own: columns over Arrow's buffers could not be changed."""
        import pyarrow as pa

        return pa.ipc.open_file(pa.py_buffer(data)).read_all().to_pandas().copy()


def _is_extension(kind: Any) -> bool:
    import pyarrow as pa

    return isinstance(kind, pa.BaseExtensionType)


def _write(table: Any) -> Parts:
    import pyarrow as pa

    packed = "lz4" if table.nbytes >= _COMPRESS_FROM and pa.Codec.is_available("lz4") else None
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=packed)) as writer:
        writer.write_table(table)
    return [memoryview(sink.getvalue())]


def _by_rule(frame: Any) -> bool:
    """Whether the frame has nothing that Arrow does not know."""
    import pandas as pd

    if type(frame) is not pd.DataFrame or frame.attrs or not frame.flags.allows_duplicate_labels:
        return False
    columns, index = frame.columns, frame.index
    return (
        len(columns) > 0
        and len(frame) > 0  # a file without batches holds no categories
        and type(columns) is pd.Index
        and columns.name is None
        and columns.is_unique
        and all(type(name) is str for name in columns)
        and all(map(_keeps, frame.dtypes))
        and (index.name is None or (type(index.name) is str and index.name not in columns))
        and (
            type(index) is pd.RangeIndex
            or (
                type(index) in {pd.Index, pd.DatetimeIndex}
                and _keeps(index.dtype)
                and getattr(index, "freq", None) is None
            )
        )
    )


def _keeps(dtype: Any) -> bool:
    """Whether Arrow gives every value of a column of this dtype back."""
    import numpy as np
    import pandas as pd

    if isinstance(dtype, np.dtype):
        return dtype.isnative and (dtype.name in _NUMBERS or dtype.kind in "mM")
    if isinstance(dtype, pd.CategoricalDtype):
        kept = dtype.categories
        return type(kept) is pd.Index and kept.name is None and not kept.hasnans and _keeps(kept.dtype)
    if isinstance(dtype, (pd.DatetimeTZDtype, pd.StringDtype)):
        return True
    return str(dtype) in _NULLABLE


def _comes_back(frame: Any, copy: Any) -> bool:
    """Whether an empty copy that went through Arrow has the types of the frame."""
    return (
        list(map(_word, frame.dtypes)) == list(map(_word, copy.dtypes))
        and list(frame.columns) == list(copy.columns)
        and type(copy.columns) is type(frame.columns)
        and _word(copy.columns.dtype) == _word(frame.columns.dtype)
        and copy.columns.name is None
        and type(copy.index) is type(frame.index)
        and copy.index.name == frame.index.name
        and _word(copy.index.dtype) == _word(frame.index.dtype)
        and copy.attrs == {}
    )


def _word(dtype: Any) -> Any:
    """All of a dtype that counts, also what its equality passes over."""
    import pandas as pd

    if isinstance(dtype, pd.CategoricalDtype):
        return (dtype.ordered, list(dtype.categories), _word(dtype.categories.dtype))
    if isinstance(dtype, pd.StringDtype):
        return ("string", dtype.storage, repr(dtype.na_value))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return (str(dtype), type(dtype.tz), repr(dtype.tz))
    return (type(dtype), str(dtype))

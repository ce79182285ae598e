"""What arrays and frames say of themselves: NumPy, pandas, polars, SciPy, PyTorch, Pillow.

No library is imported: by the time a value of one is met, it is there. What a consumer
can see counts (types, order, names, index, time zone, categories), where it lies in
memory does not. Buffers are hashed as they lie, in pieces that stay in the processor's cache.
"""

# ruff: noqa: SLF001 - what a frame is made of has no public name
from __future__ import annotations

import sys
from typing import Any

import xxhash

from .registry import register
from .states import Attributes, Hashed, attributes_of

_COMPLEX64 = 8  # bytes
_PIECE = 1 << 18  # bytes: looked through for NaN and hashed while they are in the cache


def buffer(data: Any) -> Hashed:
    """The digest of anything that has the buffer protocol."""
    return Hashed(xxhash.xxh3_128_digest(data))


def _numpy() -> Any:
    return sys.modules["numpy"]


def _dtype(dtype: Any) -> Any:
    if dtype.names is not None:
        fields = [(name, _dtype(dtype.fields[name][0]), *dtype.fields[name][1:]) for name in dtype.names]
        told: Any = (fields, dtype.itemsize, dtype.isalignedstruct)
    elif dtype.subdtype is not None:
        told = (_dtype(dtype.subdtype[0]), dtype.shape)
    elif dtype.kind == "T":
        told = (
            "T",
            str(dtype.na_object) if hasattr(dtype, "na_object") else None,
            getattr(dtype, "coerce", True),
        )
    else:
        told = dtype.str
    return told if dtype.metadata is None else (told, dict(dtype.metadata))


def _array(array: Any) -> Attributes:
    np = _numpy()
    array = array.view(np.ndarray) if type(array) is not np.ndarray else array
    return Attributes((_dtype(array.dtype), array.shape, _content(array)))


def _content(array: Any) -> Any:
    """The elements in order, whatever their layout in memory."""
    np = _numpy()
    dtype = array.dtype
    if dtype.names is not None:
        return [_content(array[name]) for name in dtype.names]  # one by one: between fields may be rubbish
    if dtype.kind in "OT":
        return array.ravel().tolist()
    if dtype.kind == "g" or dtype.char in "gG":
        high = array.astype("c16" if dtype.kind == "c" else "f8")
        with np.errstate(all="ignore"):
            low = (array - high).astype(high.dtype)
        return [_content(high), _content(low)]
    flat = np.ascontiguousarray(array).reshape(-1)
    if dtype.kind == "c":
        flat = (
            flat.view("f4" if dtype.itemsize == _COMPLEX64 else "f8")
            if dtype.isnative
            else flat.astype("c16").view("f8")
        )
    if flat.dtype.kind == "f":
        return _floats(flat)
    return buffer(memoryview(flat.view("u1"))) if flat.size and dtype.itemsize else Hashed(b"")


def _floats(flat: Any) -> Hashed:
    """As `buffer`; every NaN counts as the same one."""
    np = _numpy()
    state = xxhash.xxh3_128()
    step = _PIECE // flat.dtype.itemsize
    with np.errstate(all="ignore"):
        for start in range(0, flat.size, step):
            piece = flat[start : start + step]
            if np.isnan(piece.max()):
                piece = np.where(np.isnan(piece), flat.dtype.type("nan"), piece).astype(flat.dtype)
            state.update(memoryview(piece.view("u1")))
    return Hashed(state.digest())


def _scalar(value: Any) -> Attributes:
    return _array(_numpy().asarray(value))


def _masked(array: Any) -> Attributes:
    np = _numpy()
    fill = np.ma.MaskedArray.get_fill_value(array.view())
    return Attributes((*_array(np.ma.getdata(array)), _array(np.ma.getmaskarray(array)), fill))


register("numpy.ndarray", _array)
register("numpy.memmap", _array, complete=True, exact=True)
register("numpy.ma.MaskedArray", _masked, complete=True)
register("numpy.generic", _scalar, shared=False, complete=True)
register("numpy.dtype", lambda v: Attributes((_dtype(v),)), shared=False, complete=True)
register("numpy.ufunc", lambda v: Attributes((v.__name__, v.nin, v.nout)), shared=False)


def _frame(frame: Any) -> Attributes:
    columns = (
        list(frame._iter_column_arrays())
        if hasattr(frame, "_iter_column_arrays")
        else [frame.iloc[:, i].array for i in range(frame.shape[1])]
    )
    return Attributes(
        (
            frame.columns,
            frame.index,
            [_column(column) for column in columns],
            dict(frame.attrs),
            frame.flags.allows_duplicate_labels,
            [(name, attributes_of(frame).get(name)) for name in type(frame)._metadata],
        )
    )


def _series(series: Any) -> Attributes:
    own = attributes_of(series)
    return Attributes(
        (
            own.get("_name"),
            series.index,
            _column(series.array),
            dict(series.attrs),
            series.flags.allows_duplicate_labels,
            [(name, own.get(name)) for name in type(series)._metadata if name not in ("_name", "name")],
        )
    )


def _column(values: Any) -> Any:
    """A column's values: an array of NumPy, or the extension array itself."""
    inner = (
        getattr(values, "_ndarray", None)
        if type(values).__name__ in ("NumpyExtensionArray", "PandasArray")
        else None
    )
    return values if inner is None else inner


def _index(index: Any) -> Attributes:
    return Attributes((list(index.names), getattr(index, "freqstr", None), _column(index.array)))


def _range_index(index: Any) -> Attributes:
    return Attributes((list(index.names), index.start, index.stop, index.step))


def _multi_index(index: Any) -> Attributes:
    return Attributes((list(index.names), list(index.levels), [_array(codes) for codes in index.codes]))


def _categorical(values: Any) -> Attributes:
    return Attributes((values.categories, values.ordered, values.codes))


def _arrow_backed(values: Any) -> Attributes:
    return Attributes((_pandas_dtype(values.dtype), values._pa_array))


def _null_masked(values: Any) -> Attributes:
    np = _numpy()
    data, mask = values._data, values._mask
    return Attributes((str(values.dtype), np.where(mask, np.zeros((), data.dtype), data), mask))


def _times(values: Any) -> Attributes:
    return Attributes(
        (str(values.dtype), getattr(values.dtype, "tz", None), getattr(values, "freq", None), values._ndarray)
    )


def _periods(values: Any) -> Attributes:
    return Attributes((str(values.dtype), values.asi8))


def _intervals(values: Any) -> Attributes:
    return Attributes((values.closed, values.left, values.right))


def _sparse_column(values: Any) -> Attributes:
    return Attributes(
        (str(values.dtype), len(values), values.sp_values, values.sp_index.indices, values.fill_value)
    )


def _strings(values: Any) -> Attributes:
    return Attributes((_pandas_dtype(values.dtype), values._ndarray))


def _pandas_dtype(dtype: Any) -> Any:
    na = getattr(dtype, "na_value", None)
    return (type(dtype).__name__, str(dtype), getattr(dtype, "storage", None), type(na).__name__)


def _any_dtype(dtype: Any) -> Attributes:
    return Attributes(
        (_pandas_dtype(dtype), getattr(dtype, "categories", None), getattr(dtype, "ordered", None))
    )


def _timestamp(value: Any) -> Attributes:
    return Attributes(
        (
            value.value if value.unit == "ns" else value.asm8.view("i8").item(),
            value.unit,
            value.tzinfo,
            value.fold,
        )
    )


def _timedelta(value: Any) -> Attributes:
    return Attributes((value.asm8.view("i8").item(), value.unit))


_FRAMES: tuple[tuple[str, Any], ...] = (
    ("DataFrame", _frame),
    ("Series", _series),
    ("Index", _index),
    ("RangeIndex", _range_index),
    ("MultiIndex", _multi_index),
    ("Categorical", _categorical),
    ("arrays.ArrowExtensionArray", _arrow_backed),
    ("core.arrays.string_arrow.ArrowStringArray", _arrow_backed),
    ("core.arrays.masked.BaseMaskedArray", _null_masked),
    ("arrays.DatetimeArray", _times),
    ("arrays.TimedeltaArray", _times),
    ("arrays.PeriodArray", _periods),
    ("arrays.IntervalArray", _intervals),
    ("arrays.SparseArray", _sparse_column),
    ("arrays.StringArray", _strings),
    ("arrays.NumpyExtensionArray", lambda v: Attributes((v._ndarray,))),
)
_SCALARS: tuple[tuple[str, Any], ...] = (
    ("Timestamp", _timestamp),
    ("Timedelta", _timedelta),
    ("Period", lambda v: Attributes((v.ordinal, v.freqstr))),
    ("Interval", lambda v: Attributes((v.left, v.right, v.closed))),
    ("_libs.tslibs.nattype.NaTType", lambda _: Attributes(())),
    ("api.extensions.ExtensionDtype", _any_dtype),
)
for _name, _speak in _FRAMES:
    register(f"pandas.{_name}", _speak, complete=True)
for _name, _speak in _SCALARS:
    register(f"pandas.{_name}", _speak, shared=False, complete=True)


def _polars_frame(frame: Any) -> Attributes:
    return Attributes(([*frame.columns], frame.height, frame.get_columns()))


def _polars_series(series: Any) -> Attributes:
    plain = series.to_physical() if str(series.dtype) in ("Categorical", "Enum") else series
    try:
        content = plain.to_arrow()
    except Exception:  # noqa: BLE001 - without PyArrow, or a type that it does not have
        content = plain.to_list()
    categories = series.cat.get_categories().to_list() if plain is not series else None
    return Attributes((series.name, repr(series.dtype), content, categories))


def _sparse(matrix: Any) -> Attributes:
    names = {"csr": "data indices indptr", "csc": "data indices indptr", "bsr": "data indices indptr"}
    names |= {"coo": "data coords row col", "dia": "data offsets", "lil": "data rows"}
    parts = [getattr(matrix, name, None) for name in names.get(matrix.format, "").split()]
    items = list(matrix.items()) if matrix.format == "dok" else None
    return Attributes((matrix.format, matrix.shape, matrix.dtype, parts, items))


def _tensor(tensor: Any) -> Attributes:
    torch = sys.modules["torch"]
    plain = tensor.detach().cpu()
    if plain.layout is not torch.strided:
        plain = plain.coalesce()
        content: Any = [_tensor(plain.indices()), _tensor(plain.values())]
    elif plain.dtype in (torch.float32, torch.float64, torch.float16):
        content = _content(plain.contiguous().numpy())
    else:
        content = (
            buffer(plain.contiguous().reshape(-1).view(torch.uint8).numpy()) if plain.numel() else Hashed(b"")
        )
    return Attributes(
        (
            str(tensor.dtype),
            str(tensor.layout),
            tuple(tensor.shape),
            str(tensor.device),
            tensor.requires_grad,
            content,
        )
    )


def _image(image: Any) -> Attributes:
    palette = image.getpalette() if image.mode in ("P", "PA") else None
    return Attributes((image.mode, image.size, image.format, palette, image.tobytes(), dict(image.info)))


register("polars.DataFrame", _polars_frame, complete=True)
register("polars.Series", _polars_series, complete=True)
register("scipy.sparse._base._spbase", _sparse, complete=True)
register("torch.Tensor", _tensor, complete=True)
register("PIL.Image.Image", _image, complete=True, exact=True)

"""The forms in which a value is kept as bytes: one small class each, chosen by type.

A format takes a value only if it will give back exactly that value; what none takes is
pickled. A format that can run code when it is opened says so, and is opened only after
digest and signature were checked (`values`). The name of a format is stored: it never changes.
"""

from __future__ import annotations

import io
import json
import math
import pickle
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO, ClassVar, Literal, Protocol, TypeAlias

from .folder import Bytes

Parts: TypeAlias = Sequence[Bytes]

# Beyond these, pickling is faster than walking, and JSON's own limits are near.
_MOST_NODES = 2_000
_MOST_DEPTH = 40
_MOST_BITS = 4_096

_write_json = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode


class Format(Protocol):
    """A way to keep some values as bytes."""

    name: ClassVar[str]
    executable: ClassVar[bool]

    def dump(self, value: Any) -> Parts | None:
        """The bytes, in parts; `None` if the value would not come back exactly."""
        ...

    def load(self, data: bytes) -> Any:
        """The value, a new one at each call."""
        ...


class Mapped(Format, Protocol):
    """A format that opens a file without reading it."""

    def map(self, file: BinaryIO) -> Any:
        """The value, over a private (copy-on-write) map of the file."""
        ...


class Json:
    """JSON, for the trees of plain values that it gives back with every type and bit."""

    name: ClassVar[str] = "json"
    executable: ClassVar[bool] = False

    def dump(self, value: Any) -> Parts | None:
        """The text, if the value is a tree of exact plain types."""
        return [_write_json(value).encode()] if _is_json(value) else None

    def load(self, data: bytes) -> Any:
        """The tree."""
        return json.loads(data)


def _is_json(value: Any) -> bool:
    """Whether JSON keeps it: exact types, text keys, finite numbers, no container in two places."""
    seen: set[int] = set()
    level, depth, nodes = [value], 0, 0
    while level:
        depth += 1
        nodes += len(level)
        if depth > _MOST_DEPTH or nodes > _MOST_NODES:
            return False
        below: list[Any] = []
        for one in level:
            kind = type(one)
            if kind is str:
                if not _is_text(one):
                    return False
            elif kind is float:
                if not math.isfinite(one):
                    return False
            elif kind is int:
                if one.bit_length() > _MOST_BITS:
                    return False
            elif kind is list or kind is dict:
                if id(one) in seen:
                    return False
                seen.add(id(one))
                if kind is dict:
                    if not all(type(key) is str and _is_text(key) for key in one):
                        return False
                    below += one.values()
                else:
                    below += one
                if len(below) > _MOST_NODES:
                    return False
            elif one is not None and kind is not bool:
                return False
        level = below
    return True


def _is_text(text: str) -> bool:
    """Whether UTF-8 can hold it: two lone surrogates would come back as one letter."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Raw:
    """Bytes as they are."""

    name: ClassVar[str] = "bytes"
    executable: ClassVar[bool] = False

    def dump(self, value: Any) -> Parts | None:
        """The bytes themselves."""
        return [value] if type(value) is bytes else None

    def load(self, data: bytes) -> Any:
        """The bytes themselves."""
        return data


class Npy:
    """NumPy's own file format, for plain arrays of plain numbers, text and times."""

    name: ClassVar[str] = "npy"
    executable: ClassVar[bool] = False

    def dump(self, value: Any) -> Parts | None:
        """Header and buffer, if the dtype says all there is to say."""
        import numpy as np

        if (
            type(value) is not np.ndarray
            or value.dtype.kind not in "biufcmMSU"
            or value.dtype.metadata is not None
        ):
            return None
        descr = np.lib.format.dtype_to_descr(value.dtype)
        if np.lib.format.descr_to_dtype(descr) != value.dtype or value.dtype.byteorder not in "=|<>":
            return None
        header = io.BytesIO()
        fortran = value.flags.f_contiguous and not value.flags.c_contiguous
        about = {"descr": descr, "fortran_order": fortran, "shape": value.shape}
        np.lib.format.write_array_header_1_0(header, about)
        whole = np.ascontiguousarray(value.T if fortran else value)
        if not whole.size:
            return [header.getvalue()]
        # times and unicode have no buffer of their own: the same bytes are seen as plain ones
        return [header.getvalue(), whole.reshape(-1).view(np.uint8).data]

    def load(self, data: bytes) -> Any:
        """The array, on memory of its own."""
        import numpy as np

        return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)

    def map(self, file: BinaryIO) -> Any:
        """The array over a copy-on-write map: pages are read when touched, changes stay private."""
        import numpy as np

        if np.lib.format.read_magic(file) != (1, 0):
            message = "an unknown version of the npy format"
            raise ValueError(message)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype.hasobject:
            message = "an array of objects in the npy format"
            raise ValueError(message)
        order: Literal["F", "C"] = "F" if fortran else "C"
        opened: Any = file
        whole = np.memmap(opened, dtype=dtype, shape=shape, order=order, mode="c", offset=file.tell())
        return whole.view(np.ndarray)


class Pickle:
    """cloudpickle, for all the rest: functions and classes of a notebook come along by value."""

    name: ClassVar[str] = "pickle"
    executable: ClassVar[bool] = True

    def dump(self, value: Any) -> Parts | None:
        """The pickle."""
        from .classes import dumps  # with it comes cloudpickle: only who needs it pays

        return [dumps(value)]

    def load(self, data: bytes) -> Any:
        """The value. Whoever calls this has checked digest and signature of the same bytes."""
        return pickle.loads(data)  # noqa: S301 # checked by the only caller


PICKLE = Pickle()
_JSON = Json()
_BY_TYPE: dict[type, Format] = {
    **dict.fromkeys((type(None), bool, int, float, str, list, dict), _JSON),
    bytes: Raw(),
}
_BY_NAME: dict[str, Format] = {form.name: form for form in (_JSON, Raw(), Npy(), PICKLE)}
# of libraries that are not loaded for asking: only who made the value has loaded them
_LAZY: dict[str, str] = {"numpy": "npy", "pandas": "pandas", "pyarrow": "arrow"}


def format_named(name: str) -> Format | None:
    """The format that has this name."""
    found = _BY_NAME.get(name)
    if found is None and name in {"pandas", "arrow"}:
        from .frames import ArrowTable, PandasFrame  # needs pyarrow only when it works

        _BY_NAME.update({"pandas": PandasFrame(), "arrow": ArrowTable()})
        found = _BY_NAME[name]
    return found


def to_parts(value: Any) -> tuple[Format, Parts]:
    """The format that keeps a value exactly, and its bytes."""
    kind = type(value)
    form = _BY_TYPE.get(kind)
    if form is None:
        root = kind.__module__.partition(".")[0]
        if root in _LAZY and root in sys.modules:
            form = format_named(_LAZY[root])
    if form is not None:
        parts = form.dump(value)
        if parts is not None:
            return form, parts
    return PICKLE, PICKLE.dump(value) or []

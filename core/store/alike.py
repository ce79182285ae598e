"""Packed rows that are alike, in columns: what thousands of partitions of an asset come down to.

The row of a piece that was made, and of which nothing else stands, has eleven parts, and the next one
has the same; a column of texts of one length is one text, and a column of one number is that number.
So a row costs nothing to read until it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Row: TypeAlias = list[Any]

PARTS = 11
"""So many parts has the row of a record with nothing beside it."""
_SHAPE, _READ, _VERSION, _STORED = 4, 5, 6, 7
_PLAIN = (0, 1, 2, 3, 8, 9, 10)
"""The parts that are numbers: event, time, run, code, seconds, declared code, Python."""


def alike(row: Row, shape: int) -> bool:
    """Whether a row is one of a record alone, with a value that is kept, and inputs of that shape."""
    return len(row) == PARTS and row[_SHAPE] == shape and bool(row[_STORED])


def shape_of(row: Row) -> int:
    """The shape of a row's inputs; -2 for a row that is like no other."""
    return int(row[_SHAPE]) if len(row) == PARTS and row[_STORED] else -2


class Columns:
    """Rows that are alike.

    Args:
        keys: Their partitions.
        shape: The shape of their inputs.
        plain: The columns of the parts that are numbers.
        read: Of each input two columns, pieces and versions.
        version: The column of data versions.
        stored: The columns of the values: format, digest, size, signature, whether it is inline.
    """

    __slots__ = ("_open", "_packed", "_whole", "keys", "shape")

    def __init__(self, keys: list[str], shape: int, packed: list[Any]) -> None:
        self.keys = keys
        self.shape = shape
        self._packed = packed
        self._open: list[list[Any] | None] = [None] * len(packed)
        self._whole: list[list[Any]] | None = None

    @staticmethod
    def of(keys: list[str], rows: Sequence[Row]) -> Columns:
        """The columns of rows that are `alike`."""
        parts = list(zip(*rows, strict=True))
        read = [list(column) for column in zip(*parts[_READ], strict=True)]
        stored = [list(column) for column in zip(*parts[_STORED], strict=True)]
        columns = [list(parts[n]) for n in _PLAIN] + [list(parts[_VERSION]), *stored, *read]
        made = Columns(keys, int(rows[0][_SHAPE]), [])
        made._packed = [_packed(column, keys) for column in columns]
        made._open = [*columns]
        return made

    def written(self) -> list[Any]:
        """As JSON has it; the inverse of `read`."""
        return [len(self.keys), _packed(self.keys), self.shape, *self._packed]

    @staticmethod
    def read(told: list[Any]) -> Columns:
        """The inverse of `written`."""
        count, keys, shape, *packed = told
        return Columns(_opened(keys, count), shape, packed)

    def column(self, place: int) -> list[Any]:
        """One column: first those of `_PLAIN`, then version, the parts of the value, the inputs."""
        found = self._open[place]
        if found is None:
            packed = self._packed[place]
            found = self._open[place] = self.keys if packed is None else _opened(packed, len(self.keys))
        return found

    def row(self, n: int) -> Row:
        """One row, as it would stand by itself."""
        columns = self._whole
        if columns is None:
            columns = self._whole = [self.column(place) for place in range(len(self._packed))]
        parts = [column[n] for column in columns]
        return [*parts[:4], self.shape, parts[13:], parts[7], parts[8:13], *parts[4:7]]

    def event(self, n: int) -> int:
        """The id of the event of one row."""
        return int(self.column(0)[n])

    def seconds(self, n: int) -> float:
        """How long the making of one took."""
        return float(self.column(4)[n])

    @property
    def codes(self) -> list[int]:
        """Where the texts of the code versions are."""
        return self.column(3)

    @property
    def versions(self) -> list[str]:
        """The data versions."""
        return self.column(7)

    @property
    def values(self) -> tuple[list[int], list[str], list[int]]:
        """Of the values: where the texts of their formats are, digests, and sizes."""
        return self.column(8), self.column(9), self.column(10)

    @property
    def inputs(self) -> list[tuple[list[str], list[str]]]:
        """Of each input pieces and versions."""
        return [(self.column(n), self.column(n + 1)) for n in range(13, len(self._packed), 2)]


def _packed(column: list[Any], keys: list[str] | None = None) -> Any:
    """A column in few letters: `None` for the keys once more, `[width, text]`, one value for all, or all values."""
    if column == keys:
        return None
    first = column[0]
    if column.count(first) == len(column):
        return {"all": first}
    if type(first) is str:
        width = len(first)
        if width and all(len(each) == width for each in column):
            joined = "".join(column)
            # two halves of one letter would become one
            if joined.isascii():
                return [width, joined]
    return {"each": column}


def _opened(packed: Any, count: int) -> list[Any]:
    """The inverse of `_packed`."""
    if type(packed) is list:
        width, joined = packed
        return [joined[at : at + width] for at in range(0, count * width, width)]
    return packed["each"] if "each" in packed else [packed["all"]] * count

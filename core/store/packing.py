"""The packed row of an asset: all that stands for its pieces, in one piece of bytes.

Compact JSON: texts that repeat (codes, runs, formats, versions of Python) and the names of
inputs are kept once and pointed at. Only `log` and `refold` call it, so that a binary form
can take its place; a row is derived from the events and can always be made again.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from typing import Any

from ..errors import StoreError
from ..events import Stored
from ..keys import AssetKey
from ..latest import (
    NOTHING,
    Alike,
    Brief,
    Evaluation,
    Failed,
    Latest,
    Observation,
    Passed,
    Record,
    Shape,
    Track,
)
from ..rows import read_provenance, write_provenance
from ..versions.data import Input, Provenance
from .alike import PARTS, Columns, Row, alike, shape_of

_write = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode

# Beyond this many rows, those that no event touched are written again as they were read.
WHOLE = 16


class Tables:
    """The texts and the input names that the rows of one asset point at."""

    __slots__ = ("_shape_of", "_text_of", "columns", "keys", "shapes", "texts")

    def __init__(self, texts: list[str], shapes: list[Any], columns: Columns | None = None) -> None:
        self.texts = texts
        self.shapes = shapes
        self.columns = columns
        """The rows that are alike: each is known by its number alone."""
        self.keys: dict[int, tuple[tuple[str, AssetKey], ...]] = {}
        self._text_of: dict[str, int] | None = None
        self._shape_of: dict[str, int] | None = None

    def _text(self, text: str | None) -> int:
        if text is None:
            return -1
        if self._text_of is None:
            self._text_of = {known: place for place, known in enumerate(self.texts)}
        place = self._text_of.get(text)
        if place is None:
            place = self._text_of[text] = len(self.texts)
            self.texts.append(text)
        return place

    def _shape(self, provenance: Provenance) -> int:
        if not provenance.inputs:
            return -1
        shape = [[name, i.asset.parts] for name, i in provenance.inputs.items()]
        word = _write(shape)
        if self._shape_of is None:
            self._shape_of = {_write(known): place for place, known in enumerate(self.shapes)}
        place = self._shape_of.get(word)
        if place is None:
            place = self._shape_of[word] = len(self.shapes)
            self.shapes.append(shape)
        return place

    def write(self, latest: Latest) -> list[Any]:
        """The row of a piece."""
        record, failed, observed, passed = latest
        row: list[Any] = [0]
        if record is not None:
            stored, made = record.stored, record.provenance
            row = [
                record.event,
                record.at,
                self._text(record.run),
                *self._made(made),
                record.version,
                0 if stored is None else [self._text(stored.format), *stored[1:4], int(stored.inline)],
                record.seconds,
                self._text(record.declared),
                self._text(record.python),
            ]
        if failed is not None or observed is not None or passed is not None:
            row.append([] if failed is None else [*failed[:2], self._text(failed.run), *failed[3:]])
            row.append([] if observed is None else list(observed))
        if passed is not None:
            row.append([*passed[:2], self._text(passed.run), *self._made(passed.provenance)])
        return row

    def _made(self, provenance: Provenance) -> list[Any]:
        inputs = provenance.inputs.values()
        seen = [part for each in inputs for part in (each.pieces, each.version)]
        return [self._text(provenance.code), self._shape(provenance), seen]

    def row(self, row: Any) -> Row:
        """A row as it stands by itself."""
        if type(row) is int:
            assert self.columns is not None
            return self.columns.row(row)
        found: Row = row
        return found

    def read(self, row: Any) -> Latest:
        """The inverse of `write`."""
        row = self.row(row)
        if not row[0]:
            record, rest = None, row[1:]
        else:
            event, at, run, code, shape, seen, version, stored, seconds, declared, python, *rest = row
            texts = self.texts
            record = Record(
                event,
                at,
                texts[run],
                self._provenance(code, shape, seen),
                version,
                Stored(texts[stored[0]], stored[1], stored[2], stored[3], bool(stored[4]))
                if stored
                else None,
                seconds,
                None if declared < 0 else texts[declared],
                texts[python],
            )
        if not rest:
            return Latest(record)
        failed, observed, *passed = rest
        return Latest(
            record,
            Failed(failed[0], failed[1], self.texts[failed[2]], failed[3], failed[4]) if failed else None,
            Observation(*observed) if observed else None,
            self._passed(*passed[0]) if passed else None,
        )

    def _passed(self, event: int, at: float, run: int, code: int, shape: int, seen: list[str]) -> Passed:
        return Passed(event, at, self.texts[run], self._provenance(code, shape, seen))

    def _provenance(self, code: int, shape: int, seen: list[str]) -> Provenance:
        return Provenance(self.texts[code], {} if shape < 0 else self._inputs(shape, seen))

    def brief(self, row: Any) -> Brief:
        """What decides whether the piece of a row is fresh."""
        row = self.row(row)
        if not row[0]:
            failed, passed = len(row) > 1 and bool(row[1]), len(row) > 3  # noqa: PLR2004  as `write` lays it
            return Brief(None, (), (), "", None, None, failed, passed)
        shape, stored = row[4], row[7]
        return Brief(
            self.texts[row[3]],
            () if shape < 0 else self._named(shape),
            row[5],
            row[6],
            f"{stored[1]}.{self.texts[stored[0]]}" if stored else None,
            stored[2] if stored else None,
            len(row) > PARTS and bool(row[PARTS]),
            len(row) > PARTS + 2,
        )

    def seconds(self, row: Any) -> float | None:
        """How long the record's making took; `None` if the row has none."""
        if type(row) is int:
            assert self.columns is not None
            return self.columns.seconds(row)
        return float(row[8]) if row[0] else None

    def alike(self) -> Alike | None:
        """The rows that are alike, in columns, if there are some."""
        columns, texts = self.columns, self.texts
        if columns is None:
            return None
        formats, digests, sizes = columns.values
        return Alike(
            columns.keys,
            [texts[code] for code in columns.codes],
            () if columns.shape < 0 else self._named(columns.shape),
            columns.inputs,
            columns.versions,
            [f"{digest}.{texts[kind]}" for kind, digest in zip(formats, digests, strict=True)],
            [*sizes],
        )

    def made(self, row: Any) -> int:
        """The id of the record's event; 0 if the row has none."""
        if type(row) is int:
            assert self.columns is not None
            return self.columns.event(row)
        return int(row[0])

    def _inputs(self, shape: int, seen: list[str]) -> dict[str, Input]:
        keys = self._named(shape)
        return {name: Input(key, seen[2 * n], seen[2 * n + 1]) for n, (name, key) in enumerate(keys)}

    def _named(self, shape: int) -> Shape:
        keys = self.keys.get(shape)
        if keys is None:
            keys = self.keys[shape] = tuple((name, AssetKey(parts)) for name, parts in self.shapes[shape])
        return keys


def pack(track: Track) -> str:
    """The bytes of a track."""
    tables = track.unpack
    if len(track.rows) <= WHOLE or not isinstance(tables, Tables) or len(tables.texts) > 4 * len(track.rows):
        # few rows, or many texts that nothing points at any more: write all of them anew
        latest = {partition: track.get(partition) for partition in track.rows}
        tables = Tables([], [])
        rows = {partition: tables.write(row) for partition, row in latest.items() if row != NOTHING}
    else:
        rows = {
            p: tables.write(row) if type(row) is Latest else tables.row(row) for p, row in track.rows.items()
        }
    whole = rows.pop(None, 0)
    if len(rows) <= WHOLE:
        return _write([tables.texts, tables.shapes, whole, rows])
    ((shape, _),) = Counter(map(shape_of, rows.values())).most_common(1)
    keys = [key for key, row in rows.items() if key is not None and alike(row, shape)]
    if len(keys) <= WHOLE:
        return _write([tables.texts, tables.shapes, whole, rows])
    columns = Columns.of(keys, [rows[key] for key in keys])
    among = set(keys)
    others = [[place, key, row] for place, (key, row) in enumerate(rows.items()) if key not in among]
    return _write([tables.texts, tables.shapes, whole, others, columns.written()])


def unpack(body: str) -> Track:
    """The track that `pack` made these bytes from.

    Raises:
        StoreError: if they are not such bytes.
    """
    try:
        texts, shapes, whole, others, *written = json.loads(body)
    except ValueError as error:
        message = f"A packed row of the store cannot be read: {error}"
        raise StoreError(message) from error
    rows: dict[str | None, Any] = {None: whole} if whole else {}
    if not written:
        rows.update(others)
        return Track(rows, Tables(texts, shapes))
    columns = Columns.read(written[0])
    plain = zip(columns.keys, range(len(columns.keys)), strict=True)
    # The order of the rows is that in which pieces were made first.
    ahead = len(rows)
    for place, key, row in others:
        rows.update(islice(plain, place + ahead - len(rows)))
        rows[key] = row
    rows.update(plain)
    return Track(rows, Tables(texts, shapes, columns))


def pack_check(answer: Evaluation) -> str:
    """The row of a check, without the number of its event."""
    *plain, made = answer[1:]
    return _write([*plain, None if made is None else write_provenance(made)])


def unpack_check(event: int, row: str) -> Evaluation:
    """The inverse of `pack_check`; a row of an older store has no provenance."""
    at, run, passed, severity, blocking, target, *rest = json.loads(row)
    made = read_provenance(rest[0]) if rest and rest[0] is not None else None
    return Evaluation(event, at, run, passed, severity, blocking, target, made)

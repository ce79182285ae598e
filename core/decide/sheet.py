"""What stands for all pieces of one asset, in columns: enough to see at once which are plainly fresh.

Made from a `Track` without reading its packed rows in full, and kept with it until an event
touches it. `rows` compares columns; whatever is not plain is left to `verdict`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from operator import lt

from ..latest import Alike, Shape, Track


class Sheet:
    """The records of an asset's partitions, in the order of their keys.

    Args:
        keys: The partitions that have a record.
        codes: Their code versions.
        shapes: The names of what they were made from.
        inputs: By position in the shape: pieces and version of that input, of every partition.
            Empty where partitions differ in their shape.
        versions: Their data versions.
        names: The names of their values; `None` where no value is kept.
        sizes: The sizes of the values, likewise.
        failed: The partitions, with or without a record, whose last attempt failed.
        passed: Whether the function chose not to make one of them.
    """

    __slots__ = (
        "_held",
        "_there",
        "codes",
        "failed",
        "inputs",
        "keys",
        "names",
        "passed",
        "shapes",
        "sizes",
        "versions",
    )

    def __init__(self, track: Track) -> None:
        self._held: Mapping[str, int] | None = None
        self._there = False
        self.failed: list[str] = []
        self.passed = False
        found = track.alike()
        shapes: list[Shape] = []
        if found is None or not all(map(lt, found.keys, islice(found.keys, 1, None))):
            found = self._gather(track, shapes)
        else:
            shapes.append(found.shape)
        self.keys, self.codes, _, self.inputs, self.versions, self.names, self.sizes = found
        self.shapes = frozenset(shapes)

    def _gather(self, track: Track, shapes: list[Shape]) -> Alike:
        """The columns, row by row; also the shape of each row."""
        found = Alike([], [], (), [], [], [], [])
        seen: list[Sequence[str]] = []
        for key in sorted(key for key in list(track.rows) if key is not None):
            code, shape, read, version, name, size, failed, passed = track.brief(key)
            if failed:
                self.failed.append(key)
            if passed:
                self.passed = True
            if code is not None:
                found.keys.append(key)
                found.codes.append(code)
                shapes.append(shape)
                seen.append(read)
                found.versions.append(version)
                found.names.append(name)
                found.sizes.append(size)
        if len(set(shapes)) == 1 and shapes[0]:
            columns = [list(column) for column in zip(*seen, strict=True)]
            found.inputs.extend(zip(columns[::2], columns[1::2], strict=True))
        return found

    def there(self, held: Mapping[str, int]) -> bool:
        """Whether every value is there in its size."""
        if self._held is not held:
            self._there = list(map(held.get, self.names)) == self.sizes  # type: ignore[arg-type]  # none is held by the name `None`
            self._held = held
        return self._there


def sheet_of(track: Track) -> Sheet:
    """The columns of a track, made once until an event touches it."""
    if not isinstance(track.sheet, Sheet):
        track.sheet = Sheet(track)
    return track.sheet

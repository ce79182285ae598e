"""Some partitions of several dimensions: a row along one of them for each choice in the others.

The rows run along the axis that the definition names, its time if it has one; each is a subset
of that dimension, so that a row of a million hours is still two numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import or_
from typing import Any, Protocol

from .subset import VERSION, PartitionKeyRange, PartitionsSubset, Space, read, unreadable


class Lattice(Protocol):
    """What a subset must know of a definition with several dimensions."""

    @property
    def axis(self) -> int:
        """The place of the dimension along which rows run."""
        ...

    @property
    def spaces(self) -> Sequence[Space]:
        """The definition of each dimension, in order."""
        ...

    def split(self, key: str) -> tuple[str, ...]:
        """The key in each dimension.

        Raises:
            ValueError: if it has not as many parts as there are dimensions.
        """
        ...

    def joined(self, parts: Sequence[str]) -> str:
        """The key of these parts."""
        ...


class MultiPartitionsSubset(PartitionsSubset):
    """Some partitions of a definition with several dimensions.

    Args:
        partitions_def: The definition.
        rows: For each choice of keys in the other dimensions, what there is along the axis.
    """

    __slots__ = ("partitions_def", "rows")

    def __init__(
        self,
        partitions_def: Lattice,
        rows: Mapping[tuple[str, ...], PartitionsSubset] | None = None,
    ) -> None:
        self.partitions_def = partitions_def
        self.rows = {others: row for others, row in (rows or {}).items() if len(row)}

    @classmethod
    def create_empty_subset(cls, partitions_def: Lattice) -> MultiPartitionsSubset:
        """The subset with nothing in it."""
        return cls(partitions_def)

    def _made(self, rows: Mapping[tuple[str, ...], PartitionsSubset]) -> MultiPartitionsSubset:
        return MultiPartitionsSubset(self.partitions_def, rows)

    def _whole(self, others: tuple[str, ...], along: str) -> tuple[str, ...]:
        axis = self.partitions_def.axis
        return (*others[:axis], along, *others[axis:])

    def _parts(self) -> list[tuple[str, ...]]:
        """The parts of its keys, in order of the dimensions, each in its definition's order."""
        dimensions = range(len(self.partitions_def.spaces))
        places = [{key: rank for rank, key in enumerate(self._ordered(each))} for each in dimensions]
        whole = (self._whole(others, along) for others, row in self.rows.items() for along in row)
        return sorted(whole, key=lambda parts: [rank[key] for rank, key in zip(places, parts, strict=True)])

    def get_partition_keys(self) -> list[str]:
        """The keys in it, the last dimension varying fastest."""
        return [self.partitions_def.joined(parts) for parts in self._parts()]

    def with_partition_keys(self, partition_keys: Iterable[str]) -> MultiPartitionsSubset:
        """The subset with these keys added.

        Raises:
            ValueError: if one has not as many parts as there are dimensions, or a part that can be no
                key of its dimension.
        """
        axis = self.partitions_def.axis
        added: dict[tuple[str, ...], list[str]] = {}
        for key in partition_keys:
            parts = self.partitions_def.split(key)
            added.setdefault((*parts[:axis], *parts[axis + 1 :]), []).append(parts[axis])
        spaces = self.partitions_def.spaces
        for place, space in enumerate((*spaces[:axis], *spaces[axis + 1 :])):
            space.subset_with_partition_keys({others[place] for others in added})  # can they be its keys?
        along = spaces[axis]
        rows = dict(self.rows)
        for others, keys in added.items():
            row = rows.get(others)
            rows[others] = (
                along.subset_with_partition_keys(keys) if row is None else row.with_partition_keys(keys)
            )
        return self._made(rows)

    def empty_subset(self) -> MultiPartitionsSubset:
        """The subset of the same definition with nothing in it."""
        return self._made({})

    def get_partition_key_ranges(
        self,
        partitions_def: Any = None,  # noqa: ARG002  the interface
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> list[PartitionKeyRange]:
        """The longest ranges along the last dimension, in order: each is the same row in all others."""
        last = self.partitions_def.spaces[-1]
        found: list[PartitionKeyRange] = []
        for others, parts in groupby(self._parts(), key=lambda parts: parts[:-1]):
            row, strange = _possible(last, [each[-1] for each in parts])
            ranges = row.get_partition_key_ranges(last, current_time, dynamic_partitions_store)
            found += (
                PartitionKeyRange(*(self.partitions_def.joined((*others, end)) for end in ends))
                for ends in (*ranges, *((key, key) for key in strange))
            )
        return found

    def _ordered(self, dimension: int) -> list[str]:
        """The keys of one dimension that occur in it, in order; those that can be no key of it come last.

        What a partition needs and does not find may be such a key: of a dimension that it is mapped to.
        """
        axis = self.partitions_def.axis
        if dimension == axis:
            return list(self.along(dimension))
        place = dimension - (dimension > axis)
        row, strange = _possible(
            self.partitions_def.spaces[dimension], {others[place] for others in self.rows}
        )
        return [*row, *strange]

    def along(self, dimension: int) -> PartitionsSubset:
        """The keys of one dimension that occur in it."""
        space = self.partitions_def.spaces[dimension]
        if dimension == self.partitions_def.axis:
            found = space.subset_with_partition_keys(())
            for row in self.rows.values():
                found |= row
            return found
        place = dimension - (dimension > self.partitions_def.axis)
        return space.subset_with_partition_keys({others[place] for others in self.rows})

    def serialize(self) -> str:
        """The rows as JSON text, each as its own text."""
        rows = [[list(others), self.rows[others].serialize()] for others in sorted(self.rows)]
        return json.dumps({"version": VERSION, "rows": rows})

    @staticmethod
    def from_serialized(partitions_def: Any, serialized: str) -> MultiPartitionsSubset:
        """The subset that `serialize` wrote.

        Raises:
            DagsterInvalidInvocationError: if the text is not one of this definition.
        """
        data = read(serialized)
        empty = MultiPartitionsSubset(partitions_def)
        along = partitions_def.spaces[partitions_def.axis]
        try:
            if "subset" in data:
                return empty.with_partition_keys(data["subset"])
            rows = {tuple(others): along.deserialize_subset(row) for others, row in data["rows"]}
        except (TypeError, KeyError, ValueError):
            raise unreadable(serialized) from None
        if any(len(others) != len(partitions_def.spaces) - 1 for others in rows):
            raise unreadable(serialized)
        return MultiPartitionsSubset(partitions_def, rows)

    def _rows(self, other: PartitionsSubset) -> Mapping[tuple[str, ...], PartitionsSubset]:
        if isinstance(other, MultiPartitionsSubset) and other.partitions_def.axis == self.partitions_def.axis:
            return other.rows
        return self.empty_subset().with_partition_keys(other.get_partition_keys()).rows

    def _combined(
        self, other: PartitionsSubset, operation: Callable[[Any, Any], Any]
    ) -> MultiPartitionsSubset:
        mine, theirs = self.rows, self._rows(other)
        nothing = self.partitions_def.spaces[self.partitions_def.axis].subset_with_partition_keys(())
        named = {**mine, **theirs} if operation is or_ else mine
        return self._made(
            {each: operation(mine.get(each, nothing), theirs.get(each, nothing)) for each in named}
        )

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        axis = self.partitions_def.axis
        try:
            parts = self.partitions_def.split(key)
        except ValueError:
            return False
        row = self.rows.get((*parts[:axis], *parts[axis + 1 :]))
        return row is not None and parts[axis] in row

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PartitionsSubset):
            return NotImplemented
        try:
            return self.rows == self._rows(other)
        except ValueError:
            return False

    def __hash__(self) -> int:
        return hash(frozenset(self.rows.items()))

    def __repr__(self) -> str:
        return f"<{len(self)} partitions in {len(self.rows)} rows>"


def _possible(space: Space, keys: Iterable[str]) -> tuple[PartitionsSubset, list[str]]:
    """The keys that can be keys of the space, and the others, sorted."""
    given = list(keys)
    try:
        return space.subset_with_partition_keys(given), []
    except ValueError:
        strange = [key for key in given if not _can_be(space, key)]
        return space.subset_with_partition_keys(key for key in given if key not in strange), sorted(strange)


def _can_be(space: Space, key: str) -> bool:
    try:
        space.subset_with_partition_keys((key,))
    except ValueError:
        return False
    return True

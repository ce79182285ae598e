"""Some windows of a definition of time windows, as ranges of their numbers.

A range costs the same whether it holds one window or a million; keys are written only for who
asks for keys. Numbers mean windows of one schedule, so two subsets whose schedules number
their windows otherwise meet by the windows' starts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from .numbers import EMPTY, Numbers
from .subset import VERSION, PartitionKeyRange, PartitionsSubset, Space, read, unreadable


class TimeWindow(NamedTuple):
    """The time from `start` up to, not including, `end`: two aware datetimes."""

    start: datetime
    end: datetime


class Windows(Protocol):
    """What a subset must know of a definition of time windows."""

    def number_of(self, key: str) -> int:
        """The number of the window that a key names, or of the next one."""
        ...

    def number_named(self, key: str) -> int:
        """The number of the window whose key this is.

        Raises:
            ValueError: if there is no such window.
        """
        ...

    def key_at(self, number: int) -> str:
        """The key of a window."""
        ...

    def keys_of(self, numbers: Numbers) -> Iterable[str]:
        """The keys of these windows, in order of time."""
        ...

    def window_at(self, number: int) -> TimeWindow:
        """The time of a window."""
        ...

    def numbers_in(self, window: TimeWindow) -> Numbers:
        """The windows that begin within that time and are not excluded."""
        ...

    def excluded(self, span: range) -> Numbers:
        """Those of these numbers whose windows do not exist."""
        ...

    def same_ticks(self, other: Any) -> bool:
        """Whether a number means the same window in both definitions."""
        ...


class TimeWindowPartitionsSubset(PartitionsSubset):
    """Some windows of a definition of time windows.

    Args:
        partitions_def: The definition.
        num_partitions: How many windows there are; counted here in any case.
        included_time_windows: The times whose windows are in it.
    """

    __slots__ = ("numbers", "partitions_def")

    def __init__(
        self,
        partitions_def: Windows,
        num_partitions: int | None = None,  # noqa: ARG002  the interface
        included_time_windows: Iterable[Any] = (),
    ) -> None:
        self.partitions_def = partitions_def
        numbers = EMPTY
        for window in included_time_windows:
            numbers |= partitions_def.numbers_in(TimeWindow(window.start, window.end))
        self.numbers = numbers

    @classmethod
    def of(cls, partitions_def: Windows, numbers: Numbers) -> TimeWindowPartitionsSubset:
        """The windows of these numbers, none of which may be excluded."""
        made = cls.__new__(cls)
        made.partitions_def, made.numbers = partitions_def, numbers
        return made

    @classmethod
    def create_empty_subset(cls, partitions_def: Windows) -> TimeWindowPartitionsSubset:
        """The subset with nothing in it."""
        return cls.of(partitions_def, EMPTY)

    def _made(self, numbers: Numbers) -> TimeWindowPartitionsSubset:
        return self.of(self.partitions_def, numbers)

    @property
    def num_partitions(self) -> int:
        """How many windows are in it."""
        return len(self.numbers)

    @property
    def included_time_windows(self) -> list[TimeWindow]:
        """The longest times that its windows fill, in order."""
        at = self.partitions_def.window_at
        return [TimeWindow(at(each[0]).start, at(each[-1]).end) for each in self._runs()]

    @property
    def first_start(self) -> datetime:
        """When its first window begins; there must be one."""
        return self.partitions_def.window_at(self.numbers.first).start

    def _runs(self) -> Iterator[range]:
        """Its ranges, those joined between which there are excluded windows only."""
        numbers = self.numbers
        if not numbers:
            return
        gaps = self.partitions_def.excluded(range(numbers.first, numbers.last + 1))
        for each in (numbers | gaps).ranges if gaps else numbers.ranges:
            there = numbers.within(each)
            if there:
                yield range(there.first, there.last + 1)

    def get_partition_keys(self) -> list[str]:
        """The keys in it, in order of time."""
        return list(self.partitions_def.keys_of(self.numbers))

    def __iter__(self) -> Iterator[str]:
        return iter(self.partitions_def.keys_of(self.numbers))

    def with_partition_keys(self, partition_keys: Iterable[str]) -> TimeWindowPartitionsSubset:
        """The subset with these keys added.

        Raises:
            ValueError: if one is not in the definition's format, or no window begins there.
        """
        added = Numbers.of(map(self.partitions_def.number_named, partition_keys))
        if added:
            added -= self.partitions_def.excluded(range(added.first, added.last + 1))
        return self._made(self.numbers | added)

    def with_partition_key_range(
        self,
        partitions_def: Space,  # noqa: ARG002  the interface
        partition_key_range: PartitionKeyRange,
    ) -> TimeWindowPartitionsSubset:
        """The subset with the keys of a range added."""
        start, end = (self.partitions_def.number_of(key) for key in partition_key_range)
        span = range(start, end + 1)
        return self._made(self.numbers | (Numbers([span]) - self.partitions_def.excluded(span)))

    def empty_subset(self) -> TimeWindowPartitionsSubset:
        """The subset of the same definition with nothing in it."""
        return self._made(EMPTY)

    def get_partition_key_ranges(
        self,
        partitions_def: Any = None,  # noqa: ARG002  the interface
        current_time: datetime | None = None,  # noqa: ARG002  the interface
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> list[PartitionKeyRange]:
        """The longest ranges of keys that follow each other in the definition, in order."""
        key = self.partitions_def.key_at
        return [PartitionKeyRange(key(each[0]), key(each[-1])) for each in self._runs()]

    def serialize(self) -> str:
        """The times that are covered, as JSON text: instants, so that no start or zone is part of it."""
        at = self.partitions_def.window_at
        windows = [
            [at(each[0]).start.timestamp(), at(each[-1]).end.timestamp()] for each in self.numbers.ranges
        ]
        return json.dumps({"version": VERSION, "time_windows": windows, "num_partitions": len(self)})

    @staticmethod
    def from_serialized(partitions_def: Any, serialized: str) -> TimeWindowPartitionsSubset:
        """The subset that `serialize` wrote.

        Raises:
            DagsterInvalidInvocationError: if the text is not one.
        """
        data = read(serialized)
        pairs: Any = data.get("time_windows") if isinstance(data, Mapping) else data
        try:
            windows = [
                TimeWindow(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
                for start, end in pairs
            ]
        except (TypeError, ValueError):
            raise unreadable(serialized) from None
        numbers = (span for window in windows for span in partitions_def.numbers_in(window).ranges)
        return TimeWindowPartitionsSubset.of(partitions_def, Numbers(numbers))

    def _numbers(self, other: PartitionsSubset) -> Numbers:
        """The numbers here of the windows of another subset."""
        if isinstance(other, TimeWindowPartitionsSubset) and (
            other.partitions_def is self.partitions_def
            or self.partitions_def.same_ticks(other.partitions_def)
        ):
            return other.numbers
        return self.empty_subset().with_partition_keys(other).numbers

    def _combined(
        self, other: PartitionsSubset, operation: Callable[[Any, Any], Any]
    ) -> TimeWindowPartitionsSubset:
        return self._made(operation(self.numbers, self._numbers(other)))

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        try:
            return self.partitions_def.number_named(key) in self.numbers
        except ValueError:
            return False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PartitionsSubset):
            return NotImplemented
        try:
            return self.numbers == self._numbers(other)
        except ValueError:
            return False

    def __hash__(self) -> int:
        return hash(self.numbers)

    def __repr__(self) -> str:
        shown = ", ".join(f"{start!r} to {end!r}" for start, end in self.get_partition_key_ranges())
        return f"<{len(self)} partitions: {shown}>" if shown else "<0 partitions>"

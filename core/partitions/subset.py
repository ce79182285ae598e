"""Some of the partitions of one definition: an exact set algebra, in order, with serialisation.

Each kind of space has its own content: key sets here, ranges of windows in `window_subset`, rows
of either in `multi_subset`. All are closed under `|`, `&` and `-`, immutable, and may hold keys that
do not exist now: what a run needs and does not find, what was removed since.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import and_, or_, sub
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from ..errors import CheckError, DagsterInvalidInvocationError

VERSION = 1
"""The version of the JSON text of subsets."""

Same = TypeVar("Same", bound="PartitionsSubset")


class PartitionKeyRange(NamedTuple):
    """The partitions from `start` to `end`, both included, in the order of their definition."""

    start: str
    end: str


class Space(Protocol):
    """What a subset must know of the definition that its keys belong to."""

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> Sequence[str]:
        """The keys that exist, in order."""
        ...

    def subset_with_partition_keys(self, partition_keys: Iterable[str]) -> PartitionsSubset:
        """The subset with these keys."""
        ...

    def subset_with_all_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> PartitionsSubset:
        """The subset with every key there is."""
        ...

    def get_partition_keys_in_range(
        self, partition_key_range: PartitionKeyRange, dynamic_partitions_store: Any = None
    ) -> Sequence[str]:
        """The keys of a range."""
        ...


class PartitionsSubset(ABC):
    """Some partitions of one definition.

    `|`, `&` and `-` give subsets; `in`, `len`, `bool` and iteration (keys, in the order of the
    definition) do what they do for a set; equal subsets hold the same keys.
    """

    __slots__ = ()

    @abstractmethod
    def get_partition_keys(self) -> Sequence[str]:
        """The keys in it, in the order of the definition."""

    @abstractmethod
    def with_partition_keys(self: Same, partition_keys: Iterable[str]) -> Same:
        """The subset with these keys added."""

    @abstractmethod
    def empty_subset(self: Same) -> Same:
        """The subset of the same definition with nothing in it."""

    @abstractmethod
    def get_partition_key_ranges(
        self,
        partitions_def: Any = None,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> Sequence[PartitionKeyRange]:
        """The longest ranges of keys that follow each other in the definition, in order.

        Args:
            partitions_def: The definition, for a subset that was made without one.
            current_time: The moment that decides what exists between two keys; default: now.
            dynamic_partitions_store: What knows the keys of dynamic partitions.
        """

    @abstractmethod
    def serialize(self) -> str:
        """The subset as JSON text that `deserialize_subset` of the definition reads.

        It names keys or instants, never places: a definition that starts earlier, or that has
        got further keys, reads the same partitions from it.
        """

    @staticmethod
    @abstractmethod
    def from_serialized(partitions_def: Any, serialized: str) -> PartitionsSubset:
        """The subset that `serialize` wrote.

        Raises:
            DagsterInvalidInvocationError: if the text is not one of this definition.
        """

    @abstractmethod
    def _combined(self: Same, other: PartitionsSubset, operation: Callable[[Any, Any], Any]) -> Same:
        """What the operation makes of what is in here and what is in the other."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __contains__(self, key: object) -> bool: ...

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return len(self) == 0

    def __iter__(self) -> Iterator[str]:
        return iter(self.get_partition_keys())

    def __or__(self, other: PartitionsSubset) -> Self:
        return self._combined(other, or_)

    def __and__(self, other: PartitionsSubset) -> Self:
        return self._combined(other, and_)

    def __sub__(self, other: PartitionsSubset) -> Self:
        return self._combined(other, sub)

    def with_partition_key_range(self, partitions_def: Space, partition_key_range: PartitionKeyRange) -> Self:
        """The subset with the keys of a range added."""
        return self.with_partition_keys(partitions_def.get_partition_keys_in_range(partition_key_range))

    def get_partition_keys_not_in_subset(
        self,
        partitions_def: Space,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> list[str]:
        """The keys of the definition that are not in it, in order.

        Args:
            partitions_def: The definition.
            current_time: The moment that decides which keys exist; default: now.
            dynamic_partitions_store: What knows the keys of dynamic partitions.
        """
        whole = partitions_def.subset_with_all_partitions(current_time, dynamic_partitions_store)
        return list((whole - self).get_partition_keys())


class DefaultPartitionsSubset(PartitionsSubset):
    """A subset as a set of keys: of static partitions, and of dynamic ones, whose places change.

    Args:
        subset: The keys.
        partitions_def: The definition whose order they follow; without one they are sorted.
    """

    __slots__ = ("partitions_def", "subset")

    def __init__(self, subset: Collection[str] = (), partitions_def: Space | None = None) -> None:
        self.subset = frozenset(subset)
        self.partitions_def = partitions_def

    @classmethod
    def create_empty_subset(cls, partitions_def: Space | None = None) -> DefaultPartitionsSubset:
        """The subset with nothing in it."""
        return cls((), partitions_def)

    def _made(self, keys: frozenset[str]) -> DefaultPartitionsSubset:
        return DefaultPartitionsSubset(keys, self.partitions_def)

    def _order(self, current_time: datetime | None = None, store: Any = None) -> Sequence[str]:
        try:
            return (
                ()
                if self.partitions_def is None
                else self.partitions_def.get_partition_keys(current_time, store)
            )
        except CheckError:  # dynamic keys whose store nobody named: any steady order will do
            return ()

    def get_partition_keys(self) -> list[str]:
        """The keys in it, in the order of the definition; those that it does not have come last, sorted."""
        if len(self.subset) <= 1:
            return list(self.subset)
        found = [key for key in self._order() if key in self.subset]
        return found if len(found) == len(self.subset) else found + sorted(self.subset.difference(found))

    def with_partition_keys(self, partition_keys: Iterable[str]) -> DefaultPartitionsSubset:
        """The subset with these keys added."""
        return self._made(self.subset.union(partition_keys))

    def empty_subset(self) -> DefaultPartitionsSubset:
        """The subset of the same definition with nothing in it."""
        return self._made(frozenset())

    def get_partition_key_ranges(
        self,
        partitions_def: Any = None,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> list[PartitionKeyRange]:
        """The longest ranges of keys that follow each other in the definition, in order."""
        space = self.partitions_def if partitions_def is None else partitions_def
        order = () if space is None else space.get_partition_keys(current_time, dynamic_partitions_store)
        found: list[PartitionKeyRange] = []
        start = last = None
        for key in order:
            if key in self.subset:
                start, last = (key if start is None else start), key
            elif start is not None and last is not None:
                found.append(PartitionKeyRange(start, last))
                start = None
        if start is not None and last is not None:
            found.append(PartitionKeyRange(start, last))
        strange = sorted(self.subset.difference(order))
        return found + [PartitionKeyRange(key, key) for key in strange]

    def serialize(self) -> str:
        """The keys as JSON text."""
        return json.dumps({"version": VERSION, "subset": sorted(self.subset)})

    @staticmethod
    def from_serialized(partitions_def: Any, serialized: str) -> DefaultPartitionsSubset:
        """The subset that `serialize` wrote.

        Raises:
            DagsterInvalidInvocationError: if the text is not one.
        """
        data = read(serialized)
        keys = data.get("subset") if isinstance(data, Mapping) else data
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise unreadable(serialized)
        return DefaultPartitionsSubset(keys, partitions_def)

    @staticmethod
    def _keys(other: PartitionsSubset) -> frozenset[str]:
        if isinstance(other, DefaultPartitionsSubset):
            return other.subset
        return frozenset(other.get_partition_keys())

    def _combined(
        self, other: PartitionsSubset, operation: Callable[[Any, Any], Any]
    ) -> DefaultPartitionsSubset:
        return self._made(operation(self.subset, self._keys(other)))

    def __len__(self) -> int:
        return len(self.subset)

    def __contains__(self, key: object) -> bool:
        return key in self.subset

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartitionsSubset) and self.subset == self._keys(other)

    def __hash__(self) -> int:
        return hash(self.subset)

    def __repr__(self) -> str:
        return f"DefaultPartitionsSubset(subset={set(self.subset) or '{}'})"


def read(serialized: str) -> Any:
    """What the JSON text of a subset holds.

    Raises:
        DagsterInvalidInvocationError: if it is no JSON text, or of a version that is not known.
    """
    try:
        data = json.loads(serialized)
    except ValueError:
        raise unreadable(serialized) from None
    if isinstance(data, Mapping) and data.get("version", VERSION) != VERSION:
        raise unreadable(serialized)
    return data


def unreadable(serialized: str) -> DagsterInvalidInvocationError:
    """The error that says that a text is no subset."""
    message = f"This is not a subset of these partitions: {serialized!r:.80}"
    return DagsterInvalidInvocationError(message)

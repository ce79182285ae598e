"""Which partition keys an asset has: the base class, and a fixed set of keys.

Everything that asks for keys passes the time (`current_time`) along; nothing here looks at
a store. Time windows have their own room, as do the correspondences between two spaces.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterUnknownPartitionError,
    ElementCheckError,
    ParameterCheckError,
    nearest,
)
from .subset import DefaultPartitionsSubset, PartitionKeyRange, PartitionsSubset

_FORBIDDEN = ("...", "\a", "\b", "\f", "\n", "\r", "\t", "\v", "\0")
_ESCAPES = {
    char: f"'{name}'"
    for char, name in zip(
        "\a\b\f\n\r\t\v\0", ["\\a", "\\b", "\\f", "\\n", "\\r", "\\t", "\\v", "\\0"], strict=True
    )
}
_HINTED = 2000  # a hint searches so many keys at the most: difflib is slow


class PartitionsDefinition(ABC):
    """The space of an asset's partitions: an ordered set of keys, perhaps growing with time."""

    @abstractmethod
    def get_partition_keys(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> Sequence[str]:
        """The keys that exist, in order.

        Args:
            current_time: The moment that is asked about; default: now.
            dynamic_partitions_store: What knows the keys of dynamic partitions.
        """

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> bool:
        """Whether the key exists at that time."""
        return partition_key in self.get_partition_keys(current_time, dynamic_partitions_store)

    def get_first_partition_key(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> str | None:
        """The first key, or `None` if there is none."""
        keys = self.get_partition_keys(current_time, dynamic_partitions_store)
        return keys[0] if keys else None

    def get_last_partition_key(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> str | None:
        """The last key, or `None` if there is none."""
        keys = self.get_partition_keys(current_time, dynamic_partitions_store)
        return keys[-1] if keys else None

    def get_num_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> int:
        """How many keys there are."""
        return len(self.get_partition_keys(current_time, dynamic_partitions_store))

    def get_partition_keys_in_range(
        self,
        partition_key_range: PartitionKeyRange,
        dynamic_partitions_store: Any = None,
        *,
        current_time: datetime | None = None,
    ) -> Sequence[str]:
        """The keys from the range's start to its end, both included; none if the range is reversed.

        Raises:
            DagsterInvalidInvocationError: if one of the ends is no key of this definition.
        """
        keys = self.get_partition_keys(current_time, dynamic_partitions_store)
        start, end = partition_key_range
        unknown = [key for key in dict.fromkeys((start, end)) if key not in keys]
        if unknown:
            named = " and ".join(repr(key) for key in unknown)
            message = f"The range from {start!r} to {end!r} is not one of these partitions: {named} does not exist{nearest(unknown[0], islice(keys, _HINTED))}"
            raise DagsterInvalidInvocationError(message)
        return list(keys[keys.index(start) : keys.index(end) + 1])

    def validate_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> None:
        """Say nothing if the key exists.

        Raises:
            DagsterUnknownPartitionError: if it does not; the message names the nearest keys.
        """
        if self.has_partition_key(partition_key, current_time, dynamic_partitions_store):
            return
        keys = self.get_partition_keys(current_time, dynamic_partitions_store)
        there = f"there are {len(keys)}, from {keys[0]!r} to {keys[-1]!r}" if keys else "there are none yet"
        message = (
            f"There is no partition {partition_key!r}: {there}{nearest(partition_key, islice(keys, _HINTED))}"
        )
        raise DagsterUnknownPartitionError(message)

    def get_tags_for_partition_key(self, partition_key: str) -> dict[str, str]:
        """The run tags that name this partition."""
        return {"dagster/partition": partition_key}

    @property
    def partitions_subset_class(self) -> type[PartitionsSubset]:
        """The class of its subsets."""
        return DefaultPartitionsSubset

    def empty_subset(self) -> PartitionsSubset:
        """The subset with nothing in it."""
        return DefaultPartitionsSubset((), self)

    def subset_with_partition_keys(self, partition_keys: Iterable[str]) -> PartitionsSubset:
        """The subset with these keys; whether they exist is not asked."""
        return self.empty_subset().with_partition_keys(partition_keys)

    def subset_with_all_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> PartitionsSubset:
        """The subset with every key there is."""
        return self.subset_with_partition_keys(
            self.get_partition_keys(current_time, dynamic_partitions_store)
        )

    def deserialize_subset(self, serialized: str) -> PartitionsSubset:
        """The subset that a subset's `serialize` wrote.

        Raises:
            DagsterInvalidInvocationError: if the text is not one of these partitions.
        """
        return self.partitions_subset_class.from_serialized(self, serialized)

    def can_deserialize_subset(self, serialized: str) -> bool:
        """Whether a text is one that `deserialize_subset` reads."""
        try:
            self.deserialize_subset(serialized)
        except DagsterInvalidInvocationError:
            return False
        return True

    def get_serializable_unique_identifier(self, dynamic_partitions_store: Any = None) -> str:
        """A text that is equal for definitions that are equal and have the same keys.

        Args:
            dynamic_partitions_store: What knows the keys of dynamic partitions.
        """
        return _digest([self.describe(), *self._own_keys(dynamic_partitions_store)])

    def _own_keys(self, dynamic_partitions_store: Any) -> Sequence[str]:  # noqa: ARG002  for who has keys of its own
        """The keys that its description does not tell."""
        return ()

    @property
    def meaning(self) -> str:
        """What a key stands for beside its own text: part of the code version of what is partitioned so."""
        return ""

    def describe(self) -> str:
        """One line that is equal for equal definitions, in every process: it enters fingerprints."""
        return f"{type(self).__name__} {_digest(self.get_partition_keys())}"


class StaticPartitionsDefinition(PartitionsDefinition):
    """A fixed set of partitions.

    Args:
        partition_keys: The keys, in order; unique strings.

    Raises:
        DagsterInvalidDefinitionError: for a repeated key, or one with `...` or a control character.

    >>> StaticPartitionsDefinition(["red", "green"]).get_partition_keys()
    ['red', 'green']
    """

    __slots__ = ("_index", "_keys")

    def __init__(self, partition_keys: Sequence[str]) -> None:
        if isinstance(partition_keys, str) or not hasattr(partition_keys, "__iter__"):
            message = f"Partition keys are a sequence of strings, not {type(partition_keys).__name__}: {partition_keys!r:.80}"
            raise ParameterCheckError(message)
        keys = tuple(partition_keys)
        for key in keys:
            if not isinstance(key, str):
                message = f"A partition key is a string, not {type(key).__name__}: {key!r:.80}"
                raise ElementCheckError(message)
            for bad in _FORBIDDEN:
                if bad in key:
                    shown = _ESCAPES.get(bad, repr(bad))
                    message = f"The partition key {key!r} contains {shown}, which a key cannot; write it another way"
                    raise DagsterInvalidDefinitionError(message)
        self._keys = keys
        self._index = {key: place for place, key in enumerate(keys)}
        if len(self._index) < len(keys):
            twice = sorted({key for place, key in enumerate(keys) if self._index[key] != place})
            message = f"Each partition key is given once. Duplicate instances of partition keys: {twice[:10]}"
            raise DagsterInvalidDefinitionError(message)

    def get_partition_keys(
        self,
        current_time: datetime | None = None,  # noqa: ARG002  the interface
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> list[str]:
        """The keys, in the order of the definition."""
        return list(self._keys)

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,  # noqa: ARG002  the interface
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> bool:
        """Whether it is one of the keys."""
        return partition_key in self._index

    def describe(self) -> str:
        """One line that is equal for equal definitions, in every process."""
        return f"static {_digest(self._keys)}"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, StaticPartitionsDefinition) and self._keys == other._keys)

    def __hash__(self) -> int:
        return hash(self._keys)

    def __repr__(self) -> str:
        return f"StaticPartitionsDefinition(partition_keys={list(self._keys)})"

    def __str__(self) -> str:
        return ", ".join(f"'{key}'" for key in self._keys)


def _digest(keys: Sequence[str]) -> str:
    import hashlib  # only who fingerprints a partitioned asset pays for it
    import json

    return f"{len(keys)} {hashlib.sha256(json.dumps(list(keys)).encode()).hexdigest()[:32]}"

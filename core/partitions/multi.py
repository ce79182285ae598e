"""Partitions of several dimensions: one for each combination of a key in each.

Any number of dimensions from two, each static, dynamic or of time windows. A key is the keys of
the dimensions, in the order of their names, joined by `|`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple, Self

from ..errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    ParameterCheckError,
    nearest,
)
from .dynamic import DynamicPartitionsDefinition
from .multi_subset import MultiPartitionsSubset
from .spaces import PartitionsDefinition, StaticPartitionsDefinition
from .subset import PartitionKeyRange
from .window_subset import TimeWindow
from .windows import TimeWindowPartitionsDefinition

_BETWEEN = "|"
_FORBIDDEN = ("|", "[", "]", ",")
_FEWEST = 2


class PartitionDimensionDefinition(NamedTuple):
    """A dimension: its name and its partitions."""

    name: str
    partitions_def: PartitionsDefinition


class PartitionDimensionKey(NamedTuple):
    """A key in one dimension."""

    dimension_name: str
    partition_key: str


class MultiPartitionKey(str):  # noqa: SLOT000  a text with one more field
    """The key of a partition of several dimensions: a text that knows its parts.

    Args:
        keys_by_dimension: The key in each dimension, by the dimension's name.

    >>> MultiPartitionKey({"day": "2024-01-01", "city": "Rome"})
    'Rome|2024-01-01'
    """

    keys_by_dimension: Mapping[str, str]

    def __new__(cls, keys_by_dimension: Mapping[str, str]) -> Self:
        """The text of these keys."""
        if not isinstance(keys_by_dimension, Mapping) or not all(
            isinstance(part, str) for item in keys_by_dimension.items() for part in item
        ):
            message = f"The key of a partition of several dimensions is made of a key for each dimension, by name, not of {keys_by_dimension!r:.80}"
            raise ParameterCheckError(message)
        ordered = {name: keys_by_dimension[name] for name in sorted(keys_by_dimension)}
        made = super().__new__(cls, _BETWEEN.join(ordered.values()))
        made.keys_by_dimension = ordered
        return made

    def __getnewargs__(self) -> tuple[Mapping[str, str]]:  # type: ignore[override]  # what __new__ takes
        return (self.keys_by_dimension,)

    @property
    def dimension_keys(self) -> list[PartitionDimensionKey]:
        """The key in each dimension, in the order of their names."""
        return [PartitionDimensionKey(*item) for item in self.keys_by_dimension.items()]


class MultiPartitionsDefinition(PartitionsDefinition):
    """A partition for each combination of a key in each of several dimensions.

    Args:
        partitions_defs: The partitions of each dimension, by its name; two at the least.

    Raises:
        DagsterInvalidInvocationError: for fewer than two dimensions.
        DagsterInvalidDefinitionError: for a dimension that is of several dimensions itself, or one
            with a key that has one of `| [ ] ,` in it.

    >>> MultiPartitionsDefinition(
    ...     {
    ...         "size": StaticPartitionsDefinition(["s", "l"]),
    ...         "color": StaticPartitionsDefinition(["red", "green"]),
    ...     }
    ... ).get_partition_keys()
    ['red|s', 'red|l', 'green|s', 'green|l']
    """

    def __init__(self, partitions_defs: Mapping[str, PartitionsDefinition]) -> None:
        if not isinstance(partitions_defs, Mapping):
            message = (
                f"partitions_defs are the partitions of each dimension, by name, not {partitions_defs!r:.80}"
            )
            raise ParameterCheckError(message)
        if len(partitions_defs) < _FEWEST:
            message = f"Partitions of several dimensions have at least two; {len(partitions_defs)} given: {', '.join(map(repr, partitions_defs))}"
            raise DagsterInvalidInvocationError(message)
        for name, space in partitions_defs.items():
            _check_dimension(name, space)
        self.partitions_defs: list[PartitionDimensionDefinition] = [
            PartitionDimensionDefinition(name, partitions_defs[name]) for name in sorted(partitions_defs)
        ]
        self.spaces: tuple[PartitionsDefinition, ...] = tuple(
            each.partitions_def for each in self.partitions_defs
        )
        timed = [
            place for place, one in enumerate(self.spaces) if isinstance(one, TimeWindowPartitionsDefinition)
        ]
        self.axis: int = timed[0] if timed else len(self.spaces) - 1
        self._timed = timed

    # -- dimensions --------------------------------------------------------------------------------

    @property
    def partition_dimension_names(self) -> list[str]:
        """The names of the dimensions, sorted: the order of the parts of a key."""
        return [each.name for each in self.partitions_defs]

    @property
    def primary_dimension(self) -> PartitionDimensionDefinition:
        """The dimension of time if there is exactly one, else the first."""
        return self.partitions_defs[self._timed[0] if len(self._timed) == 1 else 0]

    @property
    def secondary_dimension(self) -> PartitionDimensionDefinition:
        """The first dimension that is not the primary one."""
        primary = self.primary_dimension
        return next(each for each in self.partitions_defs if each is not primary)

    @property
    def has_time_window_dimension(self) -> bool:
        """Whether a dimension is of time windows."""
        return bool(self._timed)

    @property
    def time_window_dimension(self) -> PartitionDimensionDefinition:
        """The one dimension of time windows.

        Raises:
            CheckError: if there is none, or more than one.
        """
        if len(self._timed) != 1:
            message = f"{len(self._timed)} of the dimensions {self.partition_dimension_names} are of time windows, not one"
            raise CheckError(message)
        return self.partitions_defs[self._timed[0]]

    @property
    def time_window_partitions_def(self) -> TimeWindowPartitionsDefinition:
        """The time windows of the dimension of time."""
        space = self.time_window_dimension.partitions_def
        assert isinstance(space, TimeWindowPartitionsDefinition)
        return space

    def place_of(self, dimension_name: str) -> int:
        """The place of a dimension among them.

        Raises:
            CheckError: if there is none of that name.
        """
        names = self.partition_dimension_names
        if dimension_name not in names:
            message = f"There is no dimension {dimension_name!r}{nearest(dimension_name, names) or f': there are {names}'}"
            raise CheckError(message)
        return names.index(dimension_name)

    def get_partitions_def_for_dimension(self, dimension_name: str) -> PartitionsDefinition:
        """The partitions of one dimension."""
        return self.spaces[self.place_of(dimension_name)]

    # -- keys --------------------------------------------------------------------------------------

    def split(self, key: str) -> tuple[str, ...]:
        """The key in each dimension, in their order.

        Raises:
            ValueError: if it has not as many parts as there are dimensions.
        """
        parts = tuple(key.split(_BETWEEN))
        if len(parts) != len(self.spaces):
            message = f"{key!r} is no key of the dimensions {', '.join(self.partition_dimension_names)}: write the key of each, in this order, with {_BETWEEN!r} between them"
            raise ValueError(message)
        return parts

    def joined(self, parts: Sequence[str]) -> MultiPartitionKey:
        """The key of these parts, one for each dimension in their order."""
        return MultiPartitionKey(dict(zip(self.partition_dimension_names, parts, strict=True)))

    def get_partition_key_from_str(self, partition_key_str: str) -> MultiPartitionKey:
        """A text as a key that knows its parts.

        Raises:
            ValueError: if it has not as many parts as there are dimensions.
        """
        return self.joined(self.split(partition_key_str))

    def get_partition_keys(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> list[MultiPartitionKey]:
        """Every combination, the last dimension varying fastest."""
        each = [one.get_partition_keys(current_time, dynamic_partitions_store) for one in self.spaces]
        return [self.joined(parts) for parts in product(*each)]

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> bool:
        """Whether each part is a key of its dimension."""
        try:
            parts = self.split(partition_key)
        except ValueError:
            return False
        return all(
            one.has_partition_key(part, current_time, dynamic_partitions_store)
            for one, part in zip(self.spaces, parts, strict=True)
        )

    def get_first_partition_key(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> MultiPartitionKey | None:
        """The first combination, or `None` if there is none."""
        ends = [one.get_first_partition_key(current_time, dynamic_partitions_store) for one in self.spaces]
        return None if any(end is None for end in ends) else self.joined([str(end) for end in ends])

    def get_last_partition_key(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> MultiPartitionKey | None:
        """The last combination, or `None` if there is none."""
        ends = [one.get_last_partition_key(current_time, dynamic_partitions_store) for one in self.spaces]
        return None if any(end is None for end in ends) else self.joined([str(end) for end in ends])

    def get_num_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> int:
        """How many combinations there are."""
        count = 1
        for one in self.spaces:
            count *= one.get_num_partitions(current_time, dynamic_partitions_store)
        return count

    def get_partition_keys_in_range(
        self,
        partition_key_range: PartitionKeyRange,
        dynamic_partitions_store: Any = None,
        *,
        current_time: datetime | None = None,
    ) -> list[MultiPartitionKey]:
        """The keys whose part in each dimension lies between those of the range's ends: a box, not a line.

        Raises:
            DagsterInvalidInvocationError: if a part of one of the ends is no key of its dimension.
        """
        starts, ends = (self.split(key) for key in partition_key_range)
        each = [
            one.get_partition_keys_in_range(
                PartitionKeyRange(start, end), dynamic_partitions_store, current_time=current_time
            )
            for one, start, end in zip(self.spaces, starts, ends, strict=True)
        ]
        return [self.joined(parts) for parts in product(*each)]

    def get_multipartition_keys_with_dimension_value(
        self,
        dimension_name: str,
        dimension_partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> list[MultiPartitionKey]:
        """The keys that have this key in this dimension, in order."""
        at = self.place_of(dimension_name)
        each = [
            [dimension_partition_key]
            if place == at
            else one.get_partition_keys(current_time, dynamic_partitions_store)
            for place, one in enumerate(self.spaces)
        ]
        return [self.joined(parts) for parts in product(*each)]

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """The time that a key stands for in the dimension of time."""
        place = self.place_of(self.time_window_dimension.name)
        return self.time_window_partitions_def.time_window_for_partition_key(self.split(partition_key)[place])

    def get_tags_for_partition_key(self, partition_key: str) -> dict[str, str]:
        """The run tags that name this partition, whole and in each dimension."""
        return {"dagster/partition": str(partition_key), **self.tags_of_dimensions(partition_key)}

    def tags_of_dimensions(self, partition_key: str) -> dict[str, str]:
        """The tags that name this partition in each dimension."""
        parts = zip(self.partition_dimension_names, self.split(partition_key), strict=True)
        return {f"dagster/partition/{name}": part for name, part in parts}

    # -- subsets -----------------------------------------------------------------------------------

    @property
    def partitions_subset_class(self) -> type[MultiPartitionsSubset]:
        """The class of its subsets."""
        return MultiPartitionsSubset

    def empty_subset(self) -> MultiPartitionsSubset:
        """The subset with nothing in it."""
        return MultiPartitionsSubset(self)

    def subset_with_partition_keys(self, partition_keys: Iterable[str]) -> MultiPartitionsSubset:
        """The subset with these keys; whether they exist is not asked."""
        return self.empty_subset().with_partition_keys(partition_keys)

    def subset_with_all_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> MultiPartitionsSubset:
        """The subset with every combination there is."""
        row = self.spaces[self.axis].subset_with_all_partitions(current_time, dynamic_partitions_store)
        others = (
            one.get_partition_keys(current_time, dynamic_partitions_store)
            for place, one in enumerate(self.spaces)
            if place != self.axis
        )
        return MultiPartitionsSubset(self, dict.fromkeys(product(*others), row))

    # -- what it is --------------------------------------------------------------------------------

    def _own_keys(self, dynamic_partitions_store: Any) -> list[str]:
        dynamic = (one for one in self.spaces if isinstance(one, DynamicPartitionsDefinition))
        return [one.get_serializable_unique_identifier(dynamic_partitions_store) for one in dynamic]

    @property
    def meaning(self) -> str:
        """The rules of the dimensions, with their names."""
        return "; ".join(f"{each.name}: {each.partitions_def.meaning}" for each in self.partitions_defs)

    def describe(self) -> str:
        """One line that is equal for equal definitions, in every process."""
        return "multi " + "; ".join(
            f"{each.name!r}: {each.partitions_def.describe()}" for each in self.partitions_defs
        )

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, MultiPartitionsDefinition) and self.partitions_defs == other.partitions_defs
        )

    def __hash__(self) -> int:
        return hash(tuple(self.partitions_defs))

    def __repr__(self) -> str:
        return f"MultiPartitionsDefinition({ {each.name: each.partitions_def for each in self.partitions_defs} })"

    def __str__(self) -> str:
        lines = (f"{each.name.capitalize()}: {each.partitions_def}" for each in self.partitions_defs)
        return "Multi-partitioned, with dimensions: \n" + " \n".join(lines)


def window_of(space: PartitionsDefinition | None, keys: Iterable[str]) -> TimeWindow | None:
    """The time from the first to the last of some partitions; `None` where they are not about time."""
    if isinstance(space, MultiPartitionsDefinition):
        if not space.has_time_window_dimension:
            return None
    elif not isinstance(space, TimeWindowPartitionsDefinition):
        return None
    windows = [space.time_window_for_partition_key(key) for key in keys]
    if not windows:
        return None
    return TimeWindow(min(each.start for each in windows), max(each.end for each in windows))


def _check_dimension(name: str, space: PartitionsDefinition) -> None:
    """Raise if this cannot be one of several dimensions."""
    if not isinstance(name, str):
        message = f"The name of a dimension is a text, not {name!r:.80}"
        raise ParameterCheckError(message)
    if not isinstance(space, PartitionsDefinition):
        message = f"The dimension {name!r} must have partitions, not {space!r:.80}"
        raise ParameterCheckError(message)
    if isinstance(space, MultiPartitionsDefinition):
        message = (
            f"The dimension {name!r} has several dimensions itself: list its dimensions beside the others"
        )
        raise DagsterInvalidDefinitionError(message)
    known: Sequence[str] = ()
    if isinstance(space, StaticPartitionsDefinition):
        known = space.get_partition_keys()
    elif isinstance(space, TimeWindowPartitionsDefinition):
        known = [space.fmt]
    bad = next((key for key in known if any(mark in key for mark in _FORBIDDEN)), None)
    if bad is not None:
        message = f"The partition key {bad!r} of the dimension {name!r} has one of {' '.join(_FORBIDDEN)} in it, which a key of several dimensions cannot"
        raise DagsterInvalidDefinitionError(message)

"""When it is, and which dynamic keys there are then: all that decides which partitions exist.

One `Moment` is taken with the facts of a request and carried through its decision and its run,
so that no part of it sees other partitions than the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol


class DynamicPartitionsStore(Protocol):
    """What knows the keys of dynamic partitions: an instance, or a `Moment`."""

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys of the dynamic partitions of that name, in the order they were added."""
        ...

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a key is among them."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """The clock and the dynamic keys, as they are for one request.

    Args:
        now: The time that says which windows have ended.
        dynamic: The keys of each dynamic partitions definition, by its name.
    """

    now: datetime
    dynamic: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys of the dynamic partitions of that name, in the order they were added."""
        return self.dynamic.get(partitions_def_name, ())

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a key is among them."""
        return partition_key in self.get_dynamic_partitions(partitions_def_name)


def when(moment: Moment | None) -> tuple[datetime | None, DynamicPartitionsStore | None]:
    """A moment as the two arguments that every method of a definition takes."""
    return (None, None) if moment is None else (moment.now, moment)


def clock(moment: Moment | None) -> datetime | None:
    """The time of a moment; `None` stands for now."""
    return None if moment is None else moment.now


class PartitionLoadingContext(NamedTuple):
    """The clock and the store that hold where none is named.

    Args:
        effective_dt: The time; `None`: the real one.
        dynamic_partitions_store: What knows the dynamic keys.
    """

    effective_dt: datetime | None = None
    dynamic_partitions_store: DynamicPartitionsStore | None = None


_HERE: ContextVar[PartitionLoadingContext] = ContextVar("partition_loading_context")
_NOTHING = PartitionLoadingContext()


def loading() -> PartitionLoadingContext:
    """The clock and the store in force here."""
    return _HERE.get(_NOTHING)


@contextmanager
def partition_loading_context(
    effective_dt: datetime | None = None,
    dynamic_partitions_store: DynamicPartitionsStore | None = None,
    *,
    new_ctx: PartitionLoadingContext | None = None,
) -> Iterator[PartitionLoadingContext]:
    """A block in which definitions that are not told the time or the store use these.

    Args:
        effective_dt: The time; what is left out stays as it is outside of the block.
        dynamic_partitions_store: What knows the keys of dynamic partitions, such as an instance.
        new_ctx: Both at once; the other two must then be left out.
    """
    outer = loading()
    inner = new_ctx or PartitionLoadingContext(
        outer.effective_dt if effective_dt is None else effective_dt,
        outer.dynamic_partitions_store if dynamic_partitions_store is None else dynamic_partitions_store,
    )
    token = _HERE.set(inner)
    try:
        yield inner
    finally:
        _HERE.reset(token)

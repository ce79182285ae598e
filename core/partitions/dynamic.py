"""Partitions that come and go: their keys live in the store, not in the code.

A definition knows its name only. Whoever asks for keys says whose: an instance, a moment, or the
`partition_loading_context` around.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ..errors import CheckError, DagsterInvalidDefinitionError, ParameterCheckError, check_type
from ..notices import deprecated
from ..record import Record, put
from .moment import loading
from .spaces import PartitionsDefinition


class AddDynamicPartitionsRequest(Record):
    """A wish for further keys of a dynamic partitions definition.

    Args:
        partitions_def_name: The name of the definition.
        partition_keys: The keys to add.
    """

    __slots__ = ("partition_keys", "partitions_def_name")

    partitions_def_name: str
    partition_keys: Sequence[str]

    def __init__(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        put(
            self,
            "partitions_def_name",
            check_type(partitions_def_name, str, "partitions_def_name", optional=False),
        )
        put(self, "partition_keys", _texts(partition_keys))


class DeleteDynamicPartitionsRequest(Record):
    """A wish to take keys from a dynamic partitions definition.

    Args:
        partitions_def_name: The name of the definition.
        partition_keys: The keys to take away.
    """

    __slots__ = ("partition_keys", "partitions_def_name")

    partitions_def_name: str
    partition_keys: Sequence[str]

    def __init__(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        put(
            self,
            "partitions_def_name",
            check_type(partitions_def_name, str, "partitions_def_name", optional=False),
        )
        put(self, "partition_keys", _texts(partition_keys))


class DynamicPartitionsDefinition(PartitionsDefinition):
    """Partitions whose keys are added and removed while the code stays as it is.

    Args:
        partition_fn: Gives the keys at a time; an older form, instead of a name.
        name: Under which name a store keeps the keys.

    Raises:
        DagsterInvalidDefinitionError: if both or neither are given.

    >>> cities = DynamicPartitionsDefinition(name="cities")
    >>> cities.build_add_request(["Rome"]).partition_keys
    ['Rome']
    """

    def __init__(
        self,
        partition_fn: Callable[[datetime | None], Sequence[Any]] | None = None,
        name: str | None = None,
    ) -> None:
        if (partition_fn is None) == (name is None):
            message = "Give dynamic partitions a name, under which the store keeps their keys, or else a partition_fn"
            raise DagsterInvalidDefinitionError(message)
        if partition_fn is not None:
            deprecated("Parameter `partition_fn` of `DynamicPartitionsDefinition`", "Give a name instead.")
            if not callable(partition_fn):
                message = f"partition_fn must be a function of a time, not {partition_fn!r:.80}"
                raise ParameterCheckError(message)
        self.partition_fn = partition_fn
        self.name: str | None = check_type(name, str, "name")
        self._seen: tuple[Sequence[str], frozenset[str]] = ((), frozenset())

    def _store(self, given: Any) -> Any:
        store = loading().dynamic_partitions_store if given is None else given
        if store is None:
            message = (
                f"The keys of the dynamic partitions {self.name!r} are in a store, and none was named: pass "
                "dynamic_partitions_store=instance, or ask within `with partition_loading_context(dynamic_partitions_store=instance)`"
            )
            raise CheckError(message)
        return store

    def get_partition_keys(
        self,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> Sequence[str]:
        """The keys that there are, in the order they were added.

        Raises:
            CheckError: if nobody says which store keeps them.
        """
        if self.partition_fn is not None:
            time = loading().effective_dt if current_time is None else current_time
            return [str(getattr(each, "name", each)) for each in self.partition_fn(time)]
        return list(self._store(dynamic_partitions_store).get_dynamic_partitions(self.name))

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> bool:
        """Whether the key is there now."""
        if self.partition_fn is not None:
            return partition_key in self.get_partition_keys(current_time)
        keys = self._store(dynamic_partitions_store).get_dynamic_partitions(self.name)
        if not isinstance(keys, tuple):
            return partition_key in keys
        seen, known = self._seen
        if seen is not keys:  # a moment asks for one piece after the other, always of the same keys
            known = frozenset(keys)
            self._seen = (keys, known)
        return partition_key in known

    def build_add_request(self, partition_keys: Sequence[str]) -> AddDynamicPartitionsRequest:
        """A wish for these keys, for a sensor's or a run's result.

        Raises:
            CheckError: for partitions without a name, or keys that are no texts.
        """
        return AddDynamicPartitionsRequest(self._named(), partition_keys)

    def build_delete_request(self, partition_keys: Sequence[str]) -> DeleteDynamicPartitionsRequest:
        """A wish to take these keys away.

        Raises:
            CheckError: for partitions without a name, or keys that are no texts.
        """
        return DeleteDynamicPartitionsRequest(self._named(), partition_keys)

    def _named(self) -> str:
        if self.name is None:
            message = (
                "The keys of these partitions are made by their partition_fn: none can be added or taken away"
            )
            raise CheckError(message)
        return self.name

    def _own_keys(self, dynamic_partitions_store: Any) -> Sequence[str]:
        return self.get_partition_keys(None, dynamic_partitions_store)

    def describe(self) -> str:
        """One line that is equal for equal definitions, in every process; the keys are no part of it."""
        fn: Any = self.partition_fn
        return f"dynamic {self.name}" if fn is None else f"dynamic by {fn.__module__}.{fn.__qualname__}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DynamicPartitionsDefinition) and (self.name, self.partition_fn) == (
            other.name,
            other.partition_fn,
        )

    def __hash__(self) -> int:
        return hash((self.name, self.partition_fn))

    def __repr__(self) -> str:
        return f"DynamicPartitionsDefinition(partition_fn={self.partition_fn!r}, name={self.name!r})"

    def __str__(self) -> str:
        if self.name is not None:
            return f'Dynamic partitions: "{self.name}"'
        return ", ".join(f"'{key}'" for key in self.get_partition_keys())


def _texts(keys: Sequence[str]) -> list[str]:
    if isinstance(keys, str) or not all(isinstance(key, str) for key in keys):
        message = f"Partition keys are a sequence of texts, not {keys!r:.80}"
        raise ParameterCheckError(message)
    return list(keys)

"""How the partitions of two assets correspond: the interface that every mapping has.

A mapping answers two questions, which partitions of the upstream asset some partitions need and
which partitions need some of the upstream ones, and the answers are inverse to each other. The public
methods speak of subsets, so that a range of a million is one question; `upstream` and `downstream` are the
same for who has a few keys and a moment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from .moment import Moment, partition_loading_context, when
from .spaces import PartitionsDefinition
from .subset import PartitionsSubset


class Upstream(NamedTuple):
    """What some downstream partitions need.

    Args:
        keys: The upstream partitions, in the order of their definition.
        missing: Those that are needed and do not exist.
    """

    keys: tuple[str, ...]
    missing: tuple[str, ...] = ()


class UpstreamPartitionsResult(NamedTuple):
    """What some downstream partitions need, as subsets.

    Args:
        partitions_subset: The upstream partitions that exist.
        required_but_nonexistent_subset: Those that are needed and do not exist.
    """

    partitions_subset: PartitionsSubset
    required_but_nonexistent_subset: PartitionsSubset

    @property
    def required_but_nonexistent_partition_keys(self) -> Sequence[str]:
        """The keys of those that are needed and do not exist."""
        return list(self.required_but_nonexistent_subset.get_partition_keys())


class PartitionMapping(ABC):
    """How the partitions of two assets correspond; a class of one's own has the two methods below."""

    @abstractmethod
    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> UpstreamPartitionsResult:
        """The upstream partitions that these downstream partitions need.

        Args:
            downstream_partitions_subset: The partitions; `None` for an asset without any.
            downstream_partitions_def: Their definition; `None` for an asset without partitions.
            upstream_partitions_def: The definition of those that are needed.
            current_time: The time that decides which partitions exist; default: now.
            dynamic_partitions_store: What knows the keys of dynamic partitions.
        """

    @abstractmethod
    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> PartitionsSubset:
        """The existing downstream partitions that need one of these upstream partitions.

        Args:
            upstream_partitions_subset: The upstream partitions.
            upstream_partitions_def: Their definition.
            downstream_partitions_def: The definition of those that need them.
            current_time: The time that decides which partitions exist; default: now.
            dynamic_partitions_store: What knows the keys of dynamic partitions.
        """

    def validate_partition_mapping(  # noqa: B027  most mappings mean something everywhere
        self,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition | None,
    ) -> None:
        """Say nothing if the mapping means something between these definitions.

        Raises:
            DagsterInvalidDefinitionError: or `ValueError`, if it does not.
        """

    @property
    def description(self) -> str:
        """What it does, in one sentence."""
        text = type(self).__doc__ or type(self).__name__
        return text.partition("\n")[0]

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> Upstream:
        """The upstream partitions that these downstream partitions need.

        Args:
            keys: Keys of `here`; what they hold is not looked at if `here` is `None`.
            here: The downstream definition; `None` stands for an asset without partitions.
            there: The upstream definition; without one nothing can be named.
            now: The moment that decides which partitions exist; default: now.
        """
        if there is None:
            return Upstream(())
        with partition_loading_context(*when(now)):
            asked = None if here is None else here.subset_with_partition_keys(keys)
            found, missing = self.get_upstream_mapped_partitions_result_for_partitions(
                asked, here, there, *when(now)
            )
            return Upstream(tuple(found.get_partition_keys()), tuple(missing.get_partition_keys()))

    def downstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> tuple[str, ...]:
        """The existing downstream partitions that need one of these upstream partitions.

        Args:
            keys: Keys of `there`; what they hold is not looked at if `there` is `None`.
            here: The downstream definition; without one nothing can be named.
            there: The upstream definition; `None` stands for an asset without partitions: all need it.
            now: The moment that decides which partitions exist; default: now.
        """
        if here is None:
            return ()
        if there is None:
            return tuple(here.get_partition_keys(*when(now)))
        with partition_loading_context(*when(now)):
            given = there.subset_with_partition_keys(keys)
            found = self.get_downstream_partitions_for_partitions(given, there, here, *when(now))
            return tuple(found.get_partition_keys())

    def describe(self) -> str:
        """One line that is equal for equal mappings, in every process: it enters fingerprints."""
        return repr(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, type(self)) and self.describe() == other.describe())

    def __hash__(self) -> int:
        return hash(self.describe())

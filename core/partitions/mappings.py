"""The mappings that ask no time: the same key, all, the last, named ones, or by a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..errors import check_type
from .dynamic import DynamicPartitionsDefinition
from .mapping import PartitionMapping, Upstream, UpstreamPartitionsResult
from .moment import Moment, when
from .multi import MultiPartitionsDefinition
from .spaces import PartitionsDefinition
from .subset import DefaultPartitionsSubset, PartitionsSubset
from .window_subset import TimeWindowPartitionsSubset
from .windows import TimeWindowPartitionsDefinition


class AllPartitionMapping(PartitionMapping):
    """Every partition needs all upstream partitions."""

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,  # noqa: ARG002  the interface
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> UpstreamPartitionsResult:
        """All upstream partitions, if anything is asked for."""
        empty = upstream_partitions_def.empty_subset()
        if not _asks(downstream_partitions_subset):
            return UpstreamPartitionsResult(empty, empty)
        every = upstream_partitions_def.subset_with_all_partitions(current_time, dynamic_partitions_store)
        return UpstreamPartitionsResult(every, empty)

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,  # noqa: ARG002  the interface
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> PartitionsSubset:
        """All downstream partitions, if anything is given."""
        return _all_if(
            not upstream_partitions_subset.is_empty,
            downstream_partitions_def,
            current_time,
            dynamic_partitions_store,
        )

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> Upstream:
        """All upstream partitions, if anything is asked for."""
        asked = here is None or bool(keys)
        return Upstream(tuple(there.get_partition_keys(*when(now))) if there is not None and asked else ())


class IdentityPartitionMapping(PartitionMapping):
    """A partition needs the upstream partition of the same key."""

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,  # noqa: ARG002  the interface
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> UpstreamPartitionsResult:
        """The same keys; those that do not exist upstream are missing."""
        empty = upstream_partitions_def.empty_subset()
        if downstream_partitions_subset is None:
            return UpstreamPartitionsResult(empty, empty)
        same, strange = same_keys(downstream_partitions_subset, upstream_partitions_def)
        every = upstream_partitions_def.subset_with_all_partitions(current_time, dynamic_partitions_store)
        missing: PartitionsSubset = same - every
        if strange:
            missing = DefaultPartitionsSubset([*missing.get_partition_keys(), *strange])
        return UpstreamPartitionsResult(same & every, missing)

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,  # noqa: ARG002  the interface
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> PartitionsSubset:
        """The same keys, where they exist."""
        same, _ = same_keys(upstream_partitions_subset, downstream_partitions_def)
        return same & downstream_partitions_def.subset_with_all_partitions(
            current_time, dynamic_partitions_store
        )

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> Upstream:
        """The same keys; those that do not exist upstream are missing."""
        if there is None or here is None:
            return Upstream(())
        found = tuple(key for key in keys if there.has_partition_key(key, *when(now)))
        if len(found) == len(keys):
            return Upstream(found)
        exists = frozenset(found)
        return Upstream(found, tuple(key for key in keys if key not in exists))

    def downstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> tuple[str, ...]:
        """The same keys, where they exist."""
        if here is None or there is None:
            return super().downstream(keys, here, there, now)
        return tuple(key for key in keys if here.has_partition_key(key, *when(now)))


class LastPartitionMapping(PartitionMapping):
    """Every partition needs the last upstream partition there is."""

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,  # noqa: ARG002  the interface
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> UpstreamPartitionsResult:
        """The last upstream partition, if there is one."""
        empty = upstream_partitions_def.empty_subset()
        last = upstream_partitions_def.get_last_partition_key(current_time, dynamic_partitions_store)
        if last is None or not _asks(downstream_partitions_subset):
            return UpstreamPartitionsResult(empty, empty)
        return UpstreamPartitionsResult(empty.with_partition_keys([last]), empty)

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> PartitionsSubset:
        """All downstream partitions if the last upstream one is given, else none."""
        last = upstream_partitions_def.get_last_partition_key(current_time, dynamic_partitions_store)
        given = last is not None and last in upstream_partitions_subset
        return _all_if(given, downstream_partitions_def, current_time, dynamic_partitions_store)


class SpecificPartitionsPartitionMapping(PartitionMapping):
    """Every partition needs certain upstream partitions, named once and for all.

    Args:
        partition_keys: Their keys; whether they exist is not asked.
    """

    def __init__(self, partition_keys: Iterable[str]) -> None:
        self.partition_keys = list(partition_keys)

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,  # noqa: ARG002  the interface
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,  # noqa: ARG002  the interface
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> UpstreamPartitionsResult:
        """The named partitions."""
        empty = upstream_partitions_def.empty_subset()
        if not _asks(downstream_partitions_subset):
            return UpstreamPartitionsResult(empty, empty)
        return UpstreamPartitionsResult(empty.with_partition_keys(self.partition_keys), empty)

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,  # noqa: ARG002  the interface
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> PartitionsSubset:
        """All downstream partitions if one of the named ones is given, else none."""
        given = any(key in upstream_partitions_subset for key in self.partition_keys)
        return _all_if(given, downstream_partitions_def, current_time, dynamic_partitions_store)

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,  # noqa: ARG002  the interface
    ) -> Upstream:
        """The named partitions, in the order in which they were named."""
        return Upstream(tuple(self.partition_keys) if there is not None and (here is None or keys) else ())

    def __repr__(self) -> str:
        return f"SpecificPartitionsPartitionMapping(partition_keys={self.partition_keys})"


class StaticPartitionMapping(PartitionMapping):
    """A table from upstream keys to the downstream keys that need them.

    Args:
        downstream_partition_keys_by_upstream_partition_key: One key or several for each upstream key;
            a downstream key that is not in the table needs nothing.
    """

    def __init__(
        self,
        downstream_partition_keys_by_upstream_partition_key: Mapping[str, str | Collection[str]],
    ) -> None:
        table = check_type(
            downstream_partition_keys_by_upstream_partition_key,
            Mapping,
            "downstream_partition_keys_by_upstream_partition_key",
            optional=False,
        )
        self.downstream_partition_keys_by_upstream_partition_key = dict(table)
        self._down = {up: (down,) if isinstance(down, str) else tuple(down) for up, down in table.items()}
        self._up: dict[str, list[str]] = {}
        for up, downs in self._down.items():
            for down in dict.fromkeys(downs):
                self._up.setdefault(down, []).append(up)
        self._checked: tuple[object, object] | None = None

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> UpstreamPartitionsResult:
        """The upstream keys whose entry names one of these keys.

        Raises:
            ValueError: if a key of the table does not exist on its side.
        """
        self._check(upstream_partitions_def, downstream_partitions_def)
        empty = upstream_partitions_def.empty_subset()
        if downstream_partitions_subset is None:
            return UpstreamPartitionsResult(empty, empty)
        wanted = {up for key in downstream_partitions_subset for up in self._up.get(key, ())}
        asked = empty.with_partition_keys(wanted)
        every = upstream_partitions_def.subset_with_all_partitions(current_time, dynamic_partitions_store)
        return UpstreamPartitionsResult(asked & every, asked - every)

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> PartitionsSubset:
        """The downstream keys that the entries of these keys name.

        Raises:
            ValueError: if a key of the table does not exist on its side.
        """
        self._check(upstream_partitions_def, downstream_partitions_def)
        named = {down for key in upstream_partitions_subset for down in self._down.get(key, ())}
        every = downstream_partitions_def.subset_with_all_partitions(current_time, dynamic_partitions_store)
        return downstream_partitions_def.subset_with_partition_keys(named) & every

    def _check(self, up: PartitionsDefinition, down: PartitionsDefinition | None) -> None:
        """Validate once for the same two definitions: one decision asks for piece after piece."""
        checked = self._checked
        if checked is None or checked[0] is not up or checked[1] is not down:
            self.validate_partition_mapping(up, down)
            self._checked = (up, down)

    def validate_partition_mapping(
        self,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition | None,
    ) -> None:
        """Say nothing if every key of the table exists on its side; dynamic keys may come later.

        Raises:
            ValueError: if one does not.
        """
        for side, named, space in (
            ("upstream", self._down, upstream_partitions_def),
            ("downstream", self._up, downstream_partitions_def),
        ):
            if _comes_and_goes(space):
                continue
            known = () if space is None else space.get_partition_keys()
            if unknown := sorted(set(named).difference(known)):
                message = f"The table names {side} partitions that do not exist: {', '.join(map(repr, unknown[:10]))}"
                raise ValueError(message)

    def __repr__(self) -> str:
        table = {up: list(down) for up, down in sorted(self._down.items())}
        return f"StaticPartitionMapping(downstream_partition_keys_by_upstream_partition_key={table})"


def same_keys(subset: PartitionsSubset, space: PartitionsDefinition) -> tuple[PartitionsSubset, list[str]]:
    """The keys of a subset as a subset of another space, and those that cannot be its keys at all."""
    if isinstance(subset, TimeWindowPartitionsSubset) and isinstance(space, TimeWindowPartitionsDefinition):
        own: Any = subset.partitions_def
        if space.same_ticks(own) and space.fmt == own.fmt:
            return space.empty_subset() | subset, []
    try:
        return space.subset_with_partition_keys(subset), []
    except ValueError:  # some are not in the format of the other space
        fitting: list[str] = []
        strange: list[str] = []
        for key in subset:
            try:
                space.subset_with_partition_keys([key])
            except ValueError:
                strange.append(key)
            else:
                fitting.append(key)
        return space.subset_with_partition_keys(fitting), strange


def _asks(subset: PartitionsSubset | None) -> bool:
    """Whether anything is asked for: an asset without partitions always asks."""
    return subset is None or not subset.is_empty


def _all_if(
    needed: bool, space: PartitionsDefinition, current_time: datetime | None, store: Any
) -> PartitionsSubset:
    return space.subset_with_all_partitions(current_time, store) if needed else space.empty_subset()


def _comes_and_goes(space: PartitionsDefinition | None) -> bool:
    spaces = space.spaces if isinstance(space, MultiPartitionsDefinition) else (space,)
    return any(isinstance(each, DynamicPartitionsDefinition) for each in spaces)

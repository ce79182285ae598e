"""The mapping between time windows: what overlaps, after the ends were moved by whole windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ..errors import DagsterInvalidDefinitionError, check_type
from .mapping import PartitionMapping, Upstream, UpstreamPartitionsResult
from .moment import Moment, clock
from .numbers import EMPTY, Numbers
from .spaces import PartitionsDefinition
from .subset import PartitionsSubset
from .window_subset import TimeWindowPartitionsSubset
from .windows import TimeWindowPartitionsDefinition

_FARTHEST = 100_000  # so many excluded windows in a row are all there are


class TimeWindowPartitionMapping(PartitionMapping):
    """A window needs the upstream windows that it overlaps, after its ends were moved.

    Windows that an exclusion takes out are not counted by the offsets, and not missed upstream.

    Args:
        start_offset: By how many downstream windows the beginning is moved; -1 is one earlier.
        end_offset: By how many the end is moved.
        allow_nonexistent_upstream_partitions: Whether a window may lie outside the upstream definition.
    """

    def __init__(
        self,
        start_offset: int = 0,
        end_offset: int = 0,
        allow_nonexistent_upstream_partitions: bool = False,
    ) -> None:
        self.start_offset: int = check_type(start_offset, int, "start_offset", optional=False)
        self.end_offset: int = check_type(end_offset, int, "end_offset", optional=False)
        self.allow_nonexistent_upstream_partitions: bool = check_type(
            allow_nonexistent_upstream_partitions,
            bool,
            "allow_nonexistent_upstream_partitions",
            optional=False,
        )

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> UpstreamPartitionsResult:
        """The existing upstream windows; those under the key's own window that do not exist are missing."""
        down, up = _both(downstream_partitions_def, upstream_partitions_def)
        asked = _numbers(downstream_partitions_subset, down)
        existing = up.existing(current_time)
        wanted = Numbers(_over(down, reach, up) for reach in self._reaches(asked, down)) & existing
        missing = EMPTY
        if self.start_offset <= 0 <= self.end_offset and not self.allow_nonexistent_upstream_partitions:
            own = Numbers(_over(down, each, up) for each in asked.ranges) - existing
            missing = own - up.excluded(range(own.first, own.last + 1)) if own else own
        return UpstreamPartitionsResult(
            TimeWindowPartitionsSubset.of(up, wanted), TimeWindowPartitionsSubset.of(up, missing)
        )

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,  # noqa: ARG002  the interface
    ) -> PartitionsSubset:
        """The existing downstream windows that overlap one of these, after their ends were moved."""
        down, up = _both(downstream_partitions_def, upstream_partitions_def)
        given = _numbers(upstream_partitions_subset, up) & up.existing(current_time)
        found = EMPTY
        if self.start_offset <= self.end_offset:
            found = Numbers(self._seen_from(_over(up, each, down), down) for each in given.ranges)
        return TimeWindowPartitionsSubset.of(down, found & down.existing(current_time))

    def _reaches(self, asked: Numbers, down: TimeWindowPartitionsDefinition) -> Iterator[range]:
        """The downstream windows that these ones look at, their ends moved."""
        if self.start_offset > self.end_offset:
            return
        if down.exclusions is None:
            for each in asked.ranges:  # one window's reach begins where or before the one before it ends
                yield range(each.start + self.start_offset, each.stop + self.end_offset)
        elif self.start_offset == self.end_offset == 0:
            yield from asked.ranges
        else:
            for number in asked:
                yield range(
                    _moved(down, number, self.start_offset), _moved(down, number, self.end_offset) + 1
                )

    def _seen_from(self, under: range, down: TimeWindowPartitionsDefinition) -> range:
        """The downstream windows that look at one of these, their ends moved: a window reaches `under` from either side."""
        if not under:
            return under
        if down.exclusions is None:
            return range(under.start - self.end_offset, under.stop - self.start_offset)
        first = under.start if not down.excluded(under[:1]) else _moved(down, under.start, 1)
        last = under[-1] if not down.excluded(under[-1:]) else _moved(down, under[-1], -1)
        return range(_moved(down, first, -self.end_offset), _moved(down, last, -self.start_offset) + 1)

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> Upstream:
        """The existing upstream windows; those under the key's own window that do not exist are missing."""
        if len(keys) == 1 and self.start_offset == self.end_offset == 0:
            down, up = _both(here, there)
            if down.same_ticks(up) and up.fmt == down.fmt and up.has_partition_key(keys[0], clock(now)):
                return Upstream((keys[0],))  # what nearly every question comes down to
        return super().upstream(keys, here, there, now)

    def validate_partition_mapping(
        self,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition | None,
    ) -> None:
        """Say nothing if both sides are time windows of one zone.

        Raises:
            DagsterInvalidDefinitionError: if they are not.
        """
        _both(downstream_partitions_def, upstream_partitions_def)

    def __repr__(self) -> str:
        return (
            f"TimeWindowPartitionMapping(start_offset={self.start_offset}, end_offset={self.end_offset}, "
            f"allow_nonexistent_upstream_partitions={self.allow_nonexistent_upstream_partitions})"
        )


def _numbers(subset: PartitionsSubset | None, space: TimeWindowPartitionsDefinition) -> Numbers:
    """The numbers of the windows of a subset, in the schedule of a definition."""
    return EMPTY if subset is None else (space.empty_subset() | subset).numbers


def _moved(down: TimeWindowPartitionsDefinition, number: int, by: int) -> int:
    """The number of the window so many further on, the excluded ones not counted."""
    step = 1 if by > 0 else -1
    looked = 0
    while by:
        number += step
        looked += 1
        if looked > _FARTHEST or not down.excluded(range(number, number + 1)):
            by -= step
            looked = 0
    return number


def _over(
    one: TimeWindowPartitionsDefinition, windows: range, other: TimeWindowPartitionsDefinition
) -> range:
    """The windows of `other` that overlap these of `one`, which follow each other."""
    if not windows or one.same_ticks(other):
        return windows
    start, stop = one.ticks.at(windows.start), one.ticks.at(windows.stop)
    return range(other.ticks.last(start), other.ticks.first(stop))


def _both(
    here: PartitionsDefinition | None, there: PartitionsDefinition | None
) -> tuple[TimeWindowPartitionsDefinition, TimeWindowPartitionsDefinition]:
    """Both definitions, if windows of one can be compared with windows of the other."""
    for side, one in (("downstream", here), ("upstream", there)):
        if not isinstance(one, TimeWindowPartitionsDefinition):
            message = f"A time window mapping needs time windows on both sides; {side} there is {'no partition' if one is None else type(one).__name__}"
            raise DagsterInvalidDefinitionError(message)
    assert isinstance(here, TimeWindowPartitionsDefinition)
    assert isinstance(there, TimeWindowPartitionsDefinition)
    if here.timezone != there.timezone:
        message = f"Time windows of different time zones do not correspond: {there.timezone} upstream, {here.timezone} downstream"
        raise DagsterInvalidDefinitionError(message)
    return here, there

"""Which partitions of an upstream asset a partition needs, and which partitions need it.

Each mapping answers both questions, and the answers are inverse to each other. `here` is the
downstream definition, `there` the upstream one; `None` stands for an asset without partitions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ..errors import DagsterInvalidDefinitionError, check_type
from .moment import Moment, clock, when
from .spaces import PartitionsDefinition
from .windows import TimeWindowPartitionsDefinition


class Upstream(NamedTuple):
    """What some downstream partitions need.

    Args:
        keys: The upstream partitions, in the order of their definition.
        missing: Those that are needed and do not exist.
    """

    keys: tuple[str, ...]
    missing: tuple[str, ...] = ()


class PartitionMapping(ABC):
    """How the partitions of two assets correspond."""

    @abstractmethod
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
            here: The downstream definition.
            there: The upstream definition; without one nothing can be named.
            now: The moment that decides which partitions exist; default: now.
        """

    @abstractmethod
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
            there: The upstream definition.
            now: The moment that decides which partitions exist; default: now.
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

    def describe(self) -> str:
        """One line that is equal for equal mappings, in every process: it enters fingerprints."""
        return repr(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, type(self)) and self.describe() == other.describe())

    def __hash__(self) -> int:
        return hash(self.describe())


class AllPartitionMapping(PartitionMapping):
    """Every partition needs all upstream partitions."""

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

    def downstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> tuple[str, ...]:
        """All downstream partitions, if anything is given."""
        given = there is None or bool(keys)
        return tuple(here.get_partition_keys(*when(now))) if here is not None and given else ()


class IdentityPartitionMapping(PartitionMapping):
    """A partition needs the upstream partition of the same key."""

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,  # noqa: ARG002  the interface
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> Upstream:
        """The same keys; those that do not exist upstream are missing."""
        if there is None:
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
        there: PartitionsDefinition | None,  # noqa: ARG002  the interface
        now: Moment | None = None,
    ) -> tuple[str, ...]:
        """The same keys, where they exist."""
        return () if here is None else tuple(key for key in keys if here.has_partition_key(key, *when(now)))


class LastPartitionMapping(PartitionMapping):
    """Every partition needs the last upstream partition there is."""

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> Upstream:
        """The last upstream partition, if there is one."""
        last = (
            there.get_last_partition_key(*when(now)) if there is not None and (here is None or keys) else None
        )
        return Upstream(() if last is None else (last,))

    def downstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> tuple[str, ...]:
        """All downstream partitions if the last upstream one is given, else none."""
        if here is None or there is None or there.get_last_partition_key(*when(now)) not in keys:
            return ()
        return tuple(here.get_partition_keys(*when(now)))


class SpecificPartitionsPartitionMapping(PartitionMapping):
    """Every partition needs certain upstream partitions, named once and for all.

    Args:
        partition_keys: Their keys; whether they exist is not asked.
    """

    def __init__(self, partition_keys: Iterable[str]) -> None:
        self.partition_keys = list(partition_keys)

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,  # noqa: ARG002  the interface
    ) -> Upstream:
        """The named partitions."""
        return Upstream(tuple(self.partition_keys) if there is not None and (here is None or keys) else ())

    def downstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,  # noqa: ARG002  the interface
        now: Moment | None = None,
    ) -> tuple[str, ...]:
        """All downstream partitions if one of the named ones is given, else none."""
        needed = here is not None and not frozenset(self.partition_keys).isdisjoint(keys)
        return tuple(here.get_partition_keys(*when(now))) if here is not None and needed else ()

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

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,  # noqa: ARG002  the interface
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> Upstream:
        """The upstream keys whose entry names one of these keys."""
        if there is None:
            return Upstream(())
        wanted = {up for key in keys for up in self._up.get(key, ())}
        found = (
            _in_order(wanted, there, now)
            if len(wanted) > 1
            else [k for k in wanted if there.has_partition_key(k, *when(now))]
        )
        return Upstream(tuple(found), tuple(sorted(wanted.difference(found))))

    def downstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,  # noqa: ARG002  the interface
        now: Moment | None = None,
    ) -> tuple[str, ...]:
        """The downstream keys that the entries of these keys name."""
        if here is None:
            return ()
        return tuple(_in_order({down for key in keys for down in self._down.get(key, ())}, here, now))

    def validate_partition_mapping(
        self,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition | None,
    ) -> None:
        """Say nothing if every key of the table exists on its side.

        Raises:
            ValueError: if one does not.
        """
        down = downstream_partitions_def.get_partition_keys() if downstream_partitions_def is not None else ()
        for side, named, known in (
            ("upstream", self._down, upstream_partitions_def.get_partition_keys()),
            ("downstream", self._up, down),
        ):
            if unknown := sorted(set(named).difference(known)):
                message = f"The table names {side} partitions that do not exist: {', '.join(map(repr, unknown[:10]))}"
                raise ValueError(message)

    def __repr__(self) -> str:
        table = {up: list(down) for up, down in sorted(self._down.items())}
        return f"StaticPartitionMapping(downstream_partition_keys_by_upstream_partition_key={table})"


class TimeWindowPartitionMapping(PartitionMapping):
    """A window needs the upstream windows that it overlaps, after its ends were moved.

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

    def upstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> Upstream:
        """The existing upstream windows; those under the key's own window that do not exist are missing."""
        down, up = _both(here, there)
        span, same = up.span(clock(now)), down.same_ticks(up)
        plain = same and self.start_offset == self.end_offset == 0 and up.fmt == down.fmt
        if plain and len(keys) == 1 and up.has_partition_key(keys[0], *when(now)):
            return Upstream((keys[0],))  # what nearly every question comes down to
        wanted: dict[int, None] = {}
        absent: dict[int, None] = {}
        for key in keys:
            number = down.number_of(key)
            low, high = number + self.start_offset, number + self.end_offset + 1
            own = (max(low, number), min(high, number + 1))
            covered, required = (
                (range(low, high), range(*own))
                if same
                else (_over(down, low, high, up), _over(down, *own, up))
            )
            for one in covered:
                if one in span and not (up.exclusions and not up.exists_at(one, clock(now))):
                    wanted[one] = None
                elif one in required and not self.allow_nonexistent_upstream_partitions:
                    absent[one] = None
        numbers = wanted if len(keys) == 1 else sorted(wanted)
        return Upstream(
            tuple(map(up.key_at, numbers)), tuple(map(up.key_at, sorted(absent))) if absent else ()
        )

    def downstream(
        self,
        keys: Sequence[str],
        here: PartitionsDefinition | None,
        there: PartitionsDefinition | None,
        now: Moment | None = None,
    ) -> tuple[str, ...]:
        """The existing downstream windows that overlap one of these, after their ends were moved."""
        down, up = _both(here, there)
        span, present, same = down.span(clock(now)), up.span(clock(now)), down.same_ticks(up)
        wanted: set[int] = set()
        for key in keys:
            number = up.number_of(key)
            if number not in present:
                continue
            under = range(number, number + 1) if same else _over(up, number, number + 1, down)
            # Window j covers j+start .. j+end: it meets `under` from either side of it.
            wanted.update(
                range(
                    max(under.start - self.end_offset, span.start),
                    min(under.stop - self.start_offset, span.stop),
                )
            )
        if self.end_offset < self.start_offset:
            return ()
        return tuple(
            down.key_at(n)
            for n in sorted(wanted)
            if not (down.exclusions and not down.exists_at(n, clock(now)))
        )

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


def default_mapping(
    upstream: PartitionsDefinition | None,
    downstream: PartitionsDefinition | None,
) -> PartitionMapping:
    """The mapping that holds where none is given.

    Args:
        upstream: The partitions of the asset that is needed.
        downstream: The partitions of the asset that needs it.
    """
    if upstream is None or downstream is None:
        return _ALL
    if isinstance(upstream, TimeWindowPartitionsDefinition) and isinstance(
        downstream, TimeWindowPartitionsDefinition
    ):
        return _OVERLAP
    return _SAME


_ALL = AllPartitionMapping()
_SAME = IdentityPartitionMapping()
_OVERLAP = TimeWindowPartitionMapping()


def _in_order(keys: Collection[str], definition: PartitionsDefinition, now: Moment | None) -> list[str]:
    """Those of the keys that exist, in the order of their definition."""
    return [key for key in definition.get_partition_keys(*when(now)) if key in keys] if keys else []


def _over(
    one: TimeWindowPartitionsDefinition, low: int, high: int, other: TimeWindowPartitionsDefinition
) -> range:
    """The windows of `other` that overlap those of `one` from `low` up to, not including, `high`."""
    if low >= high:
        return range(0)
    return range(other.ticks.last(one.ticks.at(low)), other.ticks.first(one.ticks.at(high)))


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

"""A set of whole numbers as ranges: exact, ordered, and as small as its gaps are few.

What subsets of time windows are made of. A million consecutive windows are two numbers here,
and every operation costs by the count of ranges, never by that of the numbers in them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from operator import and_, or_


class Numbers:
    """An immutable set of whole numbers, iterated in order.

    Args:
        ranges: What is in it: ranges of step 1, in any order, that may overlap.

    >>> list(Numbers([range(7, 9), range(3)]) - Numbers([range(1, 8)]))
    [0, 8]
    """

    __slots__ = ("edges", "size")

    def __init__(self, ranges: Iterable[range] = ()) -> None:
        edges: list[int] = []
        for each in sorted((one for one in ranges if one), key=lambda one: one.start):
            if edges and each.start <= edges[-1]:
                edges[-1] = max(edges[-1], each.stop)
            else:
                edges += (each.start, each.stop)
        self.edges = tuple(edges)  # where the set begins, ends, begins again, ...: strictly growing
        self.size = sum(edges[1::2]) - sum(edges[::2])

    @classmethod
    def _of(cls, edges: Sequence[int]) -> Numbers:
        made = cls.__new__(cls)
        made.edges = tuple(edges)
        made.size = sum(edges[1::2]) - sum(edges[::2])
        return made

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Numbers:
        """The set of these numbers, given in any order."""
        ordered = sorted(set(numbers))
        if ordered and ordered[-1] - ordered[0] == len(ordered) - 1:
            return cls._of((ordered[0], ordered[-1] + 1))
        edges: list[int] = []
        for number in ordered:
            if edges and edges[-1] == number:
                edges[-1] += 1
            else:
                edges += (number, number + 1)
        return cls._of(edges)

    @property
    def ranges(self) -> list[range]:
        """The longest ranges that it consists of, in order."""
        edges = self.edges
        return [range(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True)]

    @property
    def first(self) -> int:
        """The smallest number in it; there must be one."""
        return self.edges[0]

    @property
    def last(self) -> int:
        """The largest number in it; there must be one."""
        return self.edges[-1] - 1

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self.ranges)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and bisect_right(self.edges, number) % 2 == 1

    def within(self, window: range) -> Numbers:
        """Those from `window.start` up to, not including, `window.stop`; found without a walk."""
        if not window or not self.edges:
            return EMPTY
        edges = self.edges
        if window.start <= edges[0] and edges[-1] <= window.stop:
            return self
        low, high = bisect_right(edges, window.start), bisect_left(edges, window.stop)
        start = (window.start,) if low % 2 else ()
        stop = (window.stop,) if high % 2 else ()
        return Numbers._of((*start, *edges[low:high], *stop))

    def _combined(self, other: Numbers, rule: Callable[[int, int], int]) -> Numbers:
        """The numbers for which `rule` is true of being in here and being in the other."""
        left, right, found = self.edges, other.edges, []
        i = j = 0
        inside = 0
        ends = (*left, *right)
        if not ends:
            return EMPTY
        never = max(ends) + 1
        while i < len(left) or j < len(right):
            here = left[i] if i < len(left) else never
            there = right[j] if j < len(right) else never
            at = min(here, there)
            i += here == at
            j += there == at
            if (now := rule(i & 1, j & 1)) != inside:
                inside = now
                found.append(at)
        return Numbers._of(found)

    def __or__(self, other: Numbers) -> Numbers:
        if not other.edges or self.edges == other.edges:
            return self
        return self._combined(other, or_) if self.edges else other

    def __and__(self, other: Numbers) -> Numbers:
        if len(other.edges) <= 2:  # noqa: PLR2004  one range
            return self.within(range(*other.edges)) if other.edges else other
        if len(self.edges) <= 2:  # noqa: PLR2004
            return other & self
        return self._combined(other, and_)

    def __sub__(self, other: Numbers) -> Numbers:
        if not self.edges or not other.edges or self._disjoint(other):
            return self
        return self._combined(other, _without)

    def _disjoint(self, other: Numbers) -> bool:
        return self.edges[-1] <= other.edges[0] or other.edges[-1] <= self.edges[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbers) and self.edges == other.edges

    def __hash__(self) -> int:
        return hash(self.edges)

    def __repr__(self) -> str:
        return f"Numbers({self.ranges})"


def _without(here: int, there: int) -> int:
    return here & ~there


EMPTY = Numbers()
"""No number at all."""

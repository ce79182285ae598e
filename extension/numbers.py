"""The numbers in the metadata of materializations, read once each: an event never changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ..core.metadata import MetadataValue
from ..widgets.views.values import numbers_in

MOST = 1_000_000
_NONE: Mapping[str, float] = {}


class Numbers:
    """Looks into the metadata of the materializations of one store, and remembers the numbers.

    Args:
        metadata_of: Gives the metadata of materializations by the ids of their events.
    """

    def __init__(
        self, metadata_of: Callable[[Collection[int]], Mapping[int, Mapping[str, MetadataValue]]]
    ) -> None:
        self._metadata_of = metadata_of
        self._known: dict[int, Mapping[str, float]] = {}

    def __call__(self, events: Collection[int]) -> Mapping[int, Mapping[str, float]]:
        """The numbers by label, for each of these events; only those not seen before are looked up."""
        known = self._known
        unseen = [event for event in events if event not in known]
        if unseen:
            if len(known) + len(unseen) > MOST:
                known = self._known = {}
                unseen = list(events)
            found = self._metadata_of(unseen)
            for event in unseen:
                known[event] = numbers_in(found[event]) or _NONE if event in found else _NONE
        return known

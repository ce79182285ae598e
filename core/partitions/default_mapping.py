"""The mapping that holds between two assets where none is given."""

from __future__ import annotations

from .mapping import PartitionMapping
from .mappings import AllPartitionMapping, IdentityPartitionMapping
from .multi import MultiPartitionsDefinition
from .multi_mapping import MultiToSingleDimensionPartitionMapping, dimension_like
from .spaces import PartitionsDefinition
from .window_mapping import TimeWindowPartitionMapping
from .windows import TimeWindowPartitionsDefinition

_ALL = AllPartitionMapping()
_SAME = IdentityPartitionMapping()
_OVERLAP = TimeWindowPartitionMapping()
_PART = MultiToSingleDimensionPartitionMapping()


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
    for multi, single in ((upstream, downstream), (downstream, upstream)):
        if (
            isinstance(multi, MultiPartitionsDefinition)
            and not isinstance(single, MultiPartitionsDefinition)
            and dimension_like(multi, single) is not None
        ):
            return _PART
    return _SAME

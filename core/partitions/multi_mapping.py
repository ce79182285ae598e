"""Mappings to, from and between partitions of several dimensions: each dimension by its own mapping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple

from ..errors import CheckError, ParameterCheckError, check_type
from .mapping import PartitionMapping, UpstreamPartitionsResult
from .mappings import IdentityPartitionMapping, same_keys
from .multi import MultiPartitionsDefinition
from .multi_subset import MultiPartitionsSubset
from .spaces import PartitionsDefinition
from .subset import DefaultPartitionsSubset, PartitionsSubset
from .window_mapping import TimeWindowPartitionMapping
from .windows import TimeWindowPartitionsDefinition

_SAME = IdentityPartitionMapping()
_OVERLAP = TimeWindowPartitionMapping()


class DimensionPartitionMapping(NamedTuple):
    """How one upstream dimension follows from one downstream dimension.

    Args:
        dimension_name: The downstream dimension.
        partition_mapping: How the keys of the two correspond.
    """

    dimension_name: str
    partition_mapping: PartitionMapping


class _When(NamedTuple):
    time: datetime | None
    store: Any


class MultiPartitionMapping(PartitionMapping):
    """Each upstream dimension follows from a downstream dimension; one that is not listed is needed whole.

    Args:
        downstream_mappings_by_upstream_dimension: For an upstream dimension, by its name, the
            downstream dimension it follows from and how.
    """

    def __init__(
        self, downstream_mappings_by_upstream_dimension: Mapping[str, DimensionPartitionMapping]
    ) -> None:
        given = check_type(
            downstream_mappings_by_upstream_dimension,
            Mapping,
            "downstream_mappings_by_upstream_dimension",
            optional=False,
        )
        for name, each in given.items():
            if not isinstance(each, DimensionPartitionMapping):
                message = f"The upstream dimension {name!r} is mapped by a DimensionPartitionMapping, not {each!r:.80}"
                raise ParameterCheckError(message)
        self.downstream_mappings_by_upstream_dimension = dict(given)

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> UpstreamPartitionsResult:
        """For each downstream key, every combination of what its parts need."""
        up, down, links = self._links(upstream_partitions_def, downstream_partitions_def)
        when = _When(current_time, dynamic_partitions_store)
        missing: PartitionsSubset = up.empty_subset()
        if downstream_partitions_subset is None:
            return UpstreamPartitionsResult(missing, missing)
        boxes: list[PartitionsSubset] = []
        known: dict[tuple[int, str], UpstreamPartitionsResult] = {}
        along = [place for place, link in enumerate(links) if link is not None and link[0] == down.axis]
        for parts in _boxes(down, downstream_partitions_subset, single=len(along) > 1):
            needed: dict[int, PartitionsSubset] = {}
            absent: dict[int, PartitionsSubset] = {}
            for place, link in enumerate(links):
                if link is None:
                    continue
                dimension, mapping = link
                key = (place, next(iter(parts[dimension]))) if dimension != down.axis else None
                told = known.get(key) if key is not None else None
                if told is None:
                    told = mapping.get_upstream_mapped_partitions_result_for_partitions(
                        parts[dimension], down.spaces[dimension], up.spaces[place], *when
                    )
                    if key is not None:
                        known[key] = told
                needed[place] = told.partitions_subset
                if not told.required_but_nonexistent_subset.is_empty:
                    absent[place] = told.required_but_nonexistent_subset
            boxes.append(product_of(up, needed, when))
            if absent:
                whole = {
                    place: united(each, absent[place]) if place in absent else each
                    for place, each in needed.items()
                }
                missing = united(missing, product_of(up, whole, when) - boxes[-1])
        return UpstreamPartitionsResult(gathered(up, boxes), missing)

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> PartitionsSubset:
        """The downstream keys whose parts need the parts of one of these."""
        up, down, links = self._links(upstream_partitions_def, downstream_partitions_def)
        when = _When(current_time, dynamic_partitions_store)
        existing = up.subset_with_all_partitions(*when)
        boxes: list[PartitionsSubset] = []
        for parts in _boxes(up, existing & upstream_partitions_subset, single=False):
            need: dict[int, PartitionsSubset] = {}
            for place, link in enumerate(links):
                if link is None:
                    continue
                dimension, mapping = link
                told = mapping.get_downstream_partitions_for_partitions(
                    parts[place], up.spaces[place], down.spaces[dimension], *when
                )
                need[dimension] = need[dimension] & told if dimension in need else told
            boxes.append(product_of(down, need, when))
        return gathered(down, boxes)

    def validate_partition_mapping(
        self,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition | None,
    ) -> None:
        """Say nothing if both sides have the dimensions that are named, and these correspond.

        Raises:
            CheckError: if a side has not several dimensions, or not one of that name.
        """
        up, down, links = self._links(upstream_partitions_def, downstream_partitions_def)
        for place, link in enumerate(links):
            if link is not None:
                link[1].validate_partition_mapping(up.spaces[place], down.spaces[link[0]])

    def _links(
        self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None
    ) -> tuple[
        MultiPartitionsDefinition, MultiPartitionsDefinition, list[tuple[int, PartitionMapping] | None]
    ]:
        """Both definitions, and for each upstream dimension the downstream one it follows from, and how."""
        if not isinstance(upstream, MultiPartitionsDefinition) or not isinstance(
            downstream, MultiPartitionsDefinition
        ):
            message = "A mapping by dimensions needs partitions of several dimensions on both sides; use MultiToSingleDimensionPartitionMapping where one side has a single one"
            raise CheckError(message)
        links: list[tuple[int, PartitionMapping] | None] = [None] * len(upstream.spaces)
        for name, each in self.downstream_mappings_by_upstream_dimension.items():
            links[upstream.place_of(name)] = (
                downstream.place_of(each.dimension_name),
                each.partition_mapping,
            )
        return upstream, downstream, links

    def __repr__(self) -> str:
        table = dict(sorted(self.downstream_mappings_by_upstream_dimension.items()))
        return f"MultiPartitionMapping(downstream_mappings_by_upstream_dimension={table})"


class MultiToSingleDimensionPartitionMapping(PartitionMapping):
    """Partitions of several dimensions correspond to those of one by their parts in it; either side may be the one.

    Args:
        partition_dimension_name: Which of the dimensions; left out, the only one that has the same
            partitions, else the one of time if the other side is of time too.
    """

    def __init__(self, partition_dimension_name: str | None = None) -> None:
        self.partition_dimension_name: str | None = check_type(
            partition_dimension_name, str, "partition_dimension_name"
        )

    def get_upstream_mapped_partitions_result_for_partitions(
        self,
        downstream_partitions_subset: PartitionsSubset | None,
        downstream_partitions_def: PartitionsDefinition | None,
        upstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> UpstreamPartitionsResult:
        """What the part in the dimension needs: one partition, or a row through all other dimensions."""
        multi, place, mapping = self._matched(upstream_partitions_def, downstream_partitions_def)
        when = _When(current_time, dynamic_partitions_store)
        if downstream_partitions_subset is None:
            empty = upstream_partitions_def.empty_subset()
            return UpstreamPartitionsResult(empty, empty)
        if multi is downstream_partitions_def:
            part = _multi(multi, downstream_partitions_subset).along(place)
            return mapping.get_upstream_mapped_partitions_result_for_partitions(
                part, multi.spaces[place], upstream_partitions_def, *when
            )
        told = mapping.get_upstream_mapped_partitions_result_for_partitions(
            downstream_partitions_subset, downstream_partitions_def, multi.spaces[place], *when
        )
        return UpstreamPartitionsResult(
            product_of(multi, {place: told.partitions_subset}, when),
            product_of(multi, {place: told.required_but_nonexistent_subset}, when),
        )

    def get_downstream_partitions_for_partitions(
        self,
        upstream_partitions_subset: PartitionsSubset,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition,
        current_time: datetime | None = None,
        dynamic_partitions_store: Any = None,
    ) -> PartitionsSubset:
        """What needs the part in the dimension: a row through all other dimensions, or one partition."""
        multi, place, mapping = self._matched(upstream_partitions_def, downstream_partitions_def)
        when = _When(current_time, dynamic_partitions_store)
        if multi is upstream_partitions_def:
            existing = multi.subset_with_all_partitions(*when) & upstream_partitions_subset
            return mapping.get_downstream_partitions_for_partitions(
                existing.along(place), multi.spaces[place], downstream_partitions_def, *when
            )
        told = mapping.get_downstream_partitions_for_partitions(
            upstream_partitions_subset, upstream_partitions_def, multi.spaces[place], *when
        )
        return product_of(multi, {place: told}, when)

    def validate_partition_mapping(
        self,
        upstream_partitions_def: PartitionsDefinition,
        downstream_partitions_def: PartitionsDefinition | None,
    ) -> None:
        """Say nothing if one side has several dimensions and one of them corresponds to the other side.

        Raises:
            CheckError: if none does, or more than one.
        """
        self._matched(upstream_partitions_def, downstream_partitions_def)

    def _matched(
        self, upstream: PartitionsDefinition | None, downstream: PartitionsDefinition | None
    ) -> tuple[MultiPartitionsDefinition, int, PartitionMapping]:
        """The side of several dimensions, the place of the one that corresponds, and how it does."""
        sides = [each for each in (upstream, downstream) if isinstance(each, MultiPartitionsDefinition)]
        if len(sides) != 1 or upstream is None or downstream is None:
            message = "One side must have partitions of several dimensions and the other of a single one; between two of several use MultiPartitionMapping"
            raise CheckError(message)
        (multi,) = sides
        single = downstream if multi is upstream else upstream
        place = dimension_like(multi, single, self.partition_dimension_name)
        if place is None:
            names = ", ".join(multi.partition_dimension_names)
            message = f"None of the dimensions {names}, or more than one, has the partitions of the other side ({single}); give its partition_dimension_name"
            raise CheckError(message)
        timed = isinstance(single, TimeWindowPartitionsDefinition) and isinstance(
            multi.spaces[place], TimeWindowPartitionsDefinition
        )
        return multi, place, _OVERLAP if timed else _SAME

    def __repr__(self) -> str:
        return f"MultiToSingleDimensionPartitionMapping(partition_dimension_name={self.partition_dimension_name!r})"


def dimension_like(
    multi: MultiPartitionsDefinition, single: PartitionsDefinition, name: str | None = None
) -> int | None:
    """The place of the dimension that corresponds to partitions of a single one; `None` if it is not clear which.

    Raises:
        CheckError: if there is no dimension of a name that is given.
    """
    if name is not None:
        return multi.place_of(name)
    equal = [place for place, space in enumerate(multi.spaces) if space == single]
    if not equal and isinstance(single, TimeWindowPartitionsDefinition):
        equal = [
            place
            for place, space in enumerate(multi.spaces)
            if isinstance(space, TimeWindowPartitionsDefinition)
        ]
    return equal[0] if len(equal) == 1 else None


def united(one: PartitionsSubset, other: PartitionsSubset) -> PartitionsSubset:
    """What is in either, also where the other has keys that can be none of the first one's space."""
    try:
        return one | other
    except ValueError:
        return DefaultPartitionsSubset([*one, *other])


def product_of(
    multi: MultiPartitionsDefinition, parts: Mapping[int, PartitionsSubset], when: _When
) -> PartitionsSubset:
    """Every combination of these keys in these dimensions, and of all keys in the others."""
    each = [
        parts[place] if place in parts else space.subset_with_all_partitions(*when)
        for place, space in enumerate(multi.spaces)
    ]
    row, strange = same_keys(each[multi.axis], multi.spaces[multi.axis])
    if strange:
        return DefaultPartitionsSubset([multi.joined(keys) for keys in product(*each)])
    others: list[Sequence[str]] = [
        subset.get_partition_keys() for place, subset in enumerate(each) if place != multi.axis
    ]
    return MultiPartitionsSubset(multi, dict.fromkeys(product(*others), row))


def gathered(multi: MultiPartitionsDefinition, boxes: Iterable[PartitionsSubset]) -> MultiPartitionsSubset:
    """What is in any of these subsets."""
    rows: dict[tuple[str, ...], PartitionsSubset] = {}
    for box in boxes:
        for others, row in _multi(multi, box).rows.items():
            rows[others] = rows[others] | row if others in rows else row
    return MultiPartitionsSubset(multi, rows)


def _multi(multi: MultiPartitionsDefinition, subset: PartitionsSubset) -> MultiPartitionsSubset:
    if isinstance(subset, MultiPartitionsSubset):
        return subset
    return multi.subset_with_partition_keys(subset)


def _boxes(
    multi: MultiPartitionsDefinition, given: PartitionsSubset, *, single: bool
) -> Iterator[list[PartitionsSubset]]:
    """The subset as boxes, a subset for each dimension: its rows, or, if `single`, its keys."""
    axis = multi.axis
    for others, row in _multi(multi, given).rows.items():
        alone = [
            space.subset_with_partition_keys([key])
            for space, key in zip((*multi.spaces[:axis], *multi.spaces[axis + 1 :]), others, strict=True)
        ]
        rows = [multi.spaces[axis].subset_with_partition_keys([key]) for key in row] if single else [row]
        for each in rows:
            yield [*alone[:axis], each, *alone[axis:]]

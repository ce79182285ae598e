"""What a function that looks at assets gave, read as observations; the twin of `outputs` and `keeping`.

Nothing is stored and nothing becomes due by itself: an observation says at which version an
asset was seen, and what reads it is decided by that. Rules: `spec/api.md` §2.4, §3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import time
from typing import Any

from ..define.checks import AssetCheckResult
from ..define.definition import RESULT, AssetsDefinition
from ..define.results import AssetMaterialization, AssetObservation, ObserveResult
from ..errors import (
    DagsterInvalidObservationError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
)
from ..events import Observed
from ..keys import AssetKey, Piece
from ..metadata import coerce_all
from ..versions.data import DataVersion, DataVersionsByPartition
from ..versions.provenance import DATA_VERSION_IS_USER_PROVIDED_TAG
from .call import Said
from .outputs import named

_TOLD = "A function that observes returns a DataVersion, DataVersionsByPartition, or an ObserveResult."


class Observations:
    """Everything that a function saw, sorted.

    Attributes:
        events: The observations.
        seen: The assets that they are of.
        checks: What it reported of checks.
        records: What else it said about assets.
    """

    __slots__ = ("checks", "events", "records", "seen")

    def __init__(self) -> None:
        self.events: list[Observed] = []
        self.seen: set[AssetKey] = set()
        self.checks: list[AssetCheckResult] = []
        self.records: list[AssetMaterialization | AssetObservation] = []


def observations(
    said: Said,
    definition: AssetsDefinition,
    keys: Sequence[AssetKey],
    run: str,
    partition: str | None = None,
    metadata: Mapping[str, Mapping[str, Any]] | None = None,
) -> Observations:
    """Sort what a function that observes gave.

    Args:
        said: What it gave.
        definition: Whose function it was.
        keys: The assets that it was to look at.
        run: The run.
        partition: The partition that it was asked for.
        metadata: What it added through its context, by output.

    Raises:
        DagsterInvalidObservationError: for what says nothing of what was seen.
        DagsterInvariantViolationError: for an asset that it does not look at, or gave twice.
        DagsterStepOutputNotFoundError: if nothing was said of an asset.
    """
    found = Observations()
    for item in _items(said):
        if isinstance(item, (AssetMaterialization, AssetObservation)):
            found.records.append(item)
        elif isinstance(item, AssetCheckResult):
            found.checks.append(item)
        elif isinstance(item, ObserveResult):
            found.checks.extend(item.check_results)
            _take(found, item, definition, keys, run, partition, metadata or {})
        elif isinstance(item, (DataVersion, DataVersionsByPartition)):
            _take_version(found, item, definition, run, metadata or {})
        else:
            message = (
                f"The function of {named(definition.keys)} gave {type(item).__name__}: {item!r:.80}. {_TOLD}"
            )
            raise DagsterInvalidObservationError(message)
    if said.error is None:
        _require(found, definition, keys)
    return found


def _items(said: Said) -> Iterator[Any]:
    if said.yields is not None:
        yield from said.yields
    elif isinstance(said.returned, (list, tuple)) and said.returned:
        yield from said.returned
    else:
        yield said.returned


def _take(
    found: Observations,
    item: ObserveResult,
    definition: AssetsDefinition,
    keys: Sequence[AssetKey],
    run: str,
    partition: str | None,
    metadata: Mapping[str, Mapping[str, Any]],
) -> None:
    if item.asset_key is None and len(definition.keys) > 1:
        message = f"The function of {named(definition.keys)} looks at {len(definition.keys)} assets: an ObserveResult must name its asset_key."
        raise DagsterInvariantViolationError(message)
    key = definition.key if item.asset_key is None else item.asset_key
    if key not in keys:
        message = f"The function of {named(definition.keys)} gave an ObserveResult for {key.to_user_string()!r}, which it was not to look at."
        raise DagsterInvariantViolationError(message)
    if key in found.seen:
        message = f"The function of {named(definition.keys)} gave an ObserveResult for {key.to_user_string()!r} twice. Give one for each asset."
        raise DagsterInvariantViolationError(message)
    version = None if item.data_version is None else item.data_version.value
    own = definition.specs_by_key[key].partitions_def
    piece = Piece(key, None if own is None else partition)
    _add(found, definition, piece, run, version, {**(item.metadata or {})}, dict(item.tags or {}), metadata)


def _take_version(
    found: Observations,
    item: DataVersion | DataVersionsByPartition,
    definition: AssetsDefinition,
    run: str,
    metadata: Mapping[str, Mapping[str, Any]],
) -> None:
    if len(definition.keys) > 1:
        message = f"The function of {named(definition.keys)} looks at several assets: give an ObserveResult for each, not a {type(item).__name__}."
        raise DagsterInvalidObservationError(message)
    key, space = definition.key, definition.specs_by_key[definition.key].partitions_def
    if isinstance(item, DataVersion):
        if space is not None:
            message = (
                f"{key.to_user_string()!r} has partitions: give DataVersionsByPartition, not a DataVersion."
            )
            raise DagsterInvalidObservationError(message)
        _add(found, definition, Piece(key), run, item.value, {}, {}, metadata)
        return
    if space is None:
        message = (
            f"{key.to_user_string()!r} has no partitions: give a DataVersion, not DataVersionsByPartition."
        )
        raise DagsterInvalidObservationError(message)
    found.seen.add(key)
    for partition, version in item.data_versions_by_partition.items():
        _add(found, definition, Piece(key, partition), run, version.value, {}, {}, metadata)


def _add(
    found: Observations,
    definition: AssetsDefinition,
    piece: Piece,
    run: str,
    version: str | None,
    own: dict[str, Any],
    tags: dict[str, str],
    metadata: Mapping[str, Mapping[str, Any]],
) -> None:
    output = definition.port_of(piece.asset).name
    own.update(metadata.get(output, {}))
    if version is not None and output != RESULT:
        tags = {DATA_VERSION_IS_USER_PROVIDED_TAG: "true", **tags}
    found.seen.add(piece.asset)
    found.events.append(Observed(run, time(), piece, version, coerce_all(own), tags))


def _require(found: Observations, definition: AssetsDefinition, keys: Sequence[AssetKey]) -> None:
    for port in definition.ports.values():
        if port.required and port.key in keys and port.key not in found.seen:
            message = (
                f"The function of {named(definition.keys)} said nothing of {port.key.to_user_string()!r}. "
                "Yield an ObserveResult for it, or declare can_subset=True."
            )
            raise DagsterStepOutputNotFoundError(
                message, step_key=definition.step_name, output_name=port.name
            )

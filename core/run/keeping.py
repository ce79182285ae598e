"""Keeping one result: its value goes to the store or to an IO manager, its event is made.

Called by the steps of assets, whatever computes them. Rules: `spec/semantics.md` §3 and §9,
`spec/notebook.md` §4.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import time, time_ns
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128_hexdigest

from ..define.definition import AssetsDefinition
from ..define.results import AssetMaterialization, AssetObservation, ExpectationResult
from ..define.types import UNSET, TypeCheck
from ..errors import DagsterInvariantViolationError
from ..events import Event, Materialized, Observed, Stored
from ..graph import Node
from ..keys import Piece
from ..metadata import MetadataValue, coerce_all
from ..partitions.multi import MultiPartitionsDefinition
from ..resources.io_context import OutputContext
from ..versions.data import Provenance
from ..versions.digest import Undigestable, digest
from .context import StepContext, Work
from .dagster_run import PARTITION
from .handing import hand_over
from .outputs import Made
from .type_context import checking

if TYPE_CHECKING:
    from .step import Done, Setting


def keep(
    made: Made,
    work: Work,
    node: Node,
    pieces: Sequence[Piece],
    provenances: Mapping[Piece, Provenance],
    setting: Setting,
    context: StepContext,
    done: Done,
    step: str = "",
) -> list[Materialized]:
    """Store one result and make its events: one for each partition that it is of.

    Args:
        made: The result.
        work: The step at work.
        node: The asset.
        pieces: The pieces that it is of.
        provenances: What each of them was made from.
        setting: What the run's steps share.
        context: The context of the step.
        done: Takes the small values and the live ones, and what an IO manager logs.
        step: The step's name, where it is not the asset's.
    """
    port, value = made.port, made.value
    first = pieces[0]
    if not port.typing.is_anything:
        whose = f"the result of {first.asset.to_user_string()!r}"
        if value is not UNSET:
            port.typing.demand(value, whose, checking(port.typing, context, setting.providers))
        elif not port.typing.is_nothing:
            port.typing.refuse(TypeCheck(success=False, description="it has no value"), value, whose)
        if port.typing.is_nothing:
            value = UNSET
    metadata = dict(made.metadata)
    if work.output_metadata:
        metadata.update(work.output_metadata.get((port.name, None), {}))
    by = ""
    stored: dict[Piece, Stored] = {}
    content: dict[Piece, str | None] = {}
    if value is not UNSET:
        manager = setting.providers.manager(port.io_manager_key, work.definition)
        if manager is None:
            for piece, each in _by_piece(value, pieces).items():
                kept = setting.values.put(each)
                stored[piece], content[piece] = kept.stored, kept.digest if each is not None else None
                if kept.data is not None:
                    done.values.append((kept.stored, kept.data))
                    setting.loader.note(kept.stored, each)
        else:
            by = port.io_manager_key
            # Before the manager sees it: what it does to the value is not what was made.
            told = _digest(value) if value is not None else None
            content = dict.fromkeys(pieces, told)
            metadata.update(_handle(manager, made, work, node, pieces, setting, context, metadata, done))
            if setting.keep_values:
                done.live.update(dict.fromkeys(pieces, value))
    given = made.version or work.versions.get(first.asset)
    # One step made them all: pieces of which nothing is known by content share one version.
    unknown = "" if len(pieces) == 1 else derived(provenances[first], first, setting.run.run_id)
    events: list[Materialized] = []
    space = node.partitions
    dimensions = None
    if space is not None and isinstance(space, MultiPartitionsDefinition):
        dimensions = space.tags_of_dimensions
    for piece in pieces:
        provenance = provenances[piece]
        told_of = metadata
        if work.asset_metadata:
            told_of = {
                **metadata,
                **work.asset_metadata.get(Piece(piece.asset, None), {}),
                **work.asset_metadata.get(piece, {}),
            }
        version = (
            given.value
            if given is not None
            else content.get(piece) or unknown or derived(provenance, piece, setting.run.run_id)
        )
        typed: Mapping[str, MetadataValue] = coerce_all(told_of) if told_of else {}
        events.append(
            Materialized(
                setting.run.run_id,
                time(),
                piece,
                provenance,
                version,
                given is not None,
                stored.get(piece),
                typed,
                made.tags
                if dimensions is None or piece.partition is None
                else {**dimensions(piece.partition), **made.tags},
                0.0,
                setting.python,
                work.definition.code_version_of(piece.asset) if work.definition is not None else None,
                step=step,
                manager=by,
            )
        )
    return events


def _by_piece(value: Any, pieces: Sequence[Piece]) -> dict[Piece, Any]:
    """The value of each piece: all share it, unless it is a dict with just their partitions as keys."""
    if len(pieces) == 1:
        return {pieces[0]: value}
    if isinstance(value, dict) and value.keys() == {piece.partition for piece in pieces}:
        return {piece: value[piece.partition] for piece in pieces}
    return dict.fromkeys(pieces, value)


def _handle(
    manager: Any,
    made: Made,
    work: Work,
    node: Node,
    pieces: Sequence[Piece],
    setting: Setting,
    context: StepContext,
    metadata: Mapping[str, Any],
    done: Done,
) -> Mapping[str, Any]:
    """Let an IO manager keep a value; gives the metadata that it adds."""
    definition, run = work.definition, setting.run
    assert isinstance(definition, AssetsDefinition)
    partitions = [piece.partition for piece in pieces if piece.partition is not None]
    output = OutputContext(
        name=made.port.name,
        step_key=work.step or definition.step_name,
        job_name=run.job_name,
        run_id=run.run_id,
        config=setting.configs.of_output(definition.step_name, made.port.name),
        resource_config=setting.providers.config_of_manager(made.port.io_manager_key),
        resources=setting.providers.namespace(None),
        log=context.log,
        step_context=context,
        definition_metadata=node.spec.metadata,
        output_metadata=metadata,
        asset_key=node.key,
        asset_spec=node.spec,
        asset_partitions_def=node.partitions,
        partition_key=(partitions[0] if len(partitions) == 1 else None) or run.tags.get(PARTITION),
        asset_partition_keys=partitions or None,
        version=definition.code_version_of(node.key),
    )
    output.make_later("dagster_type", lambda: made.port.typing.dagster_type)
    output.make_later("op_def", lambda: work.op or definition.op)
    handed = hand_over(manager, output, made.value, f"the asset {node.key.to_user_string()!r}")
    done.events.extend(recorded(each, run.run_id) for each in handed.records)
    return handed.metadata


def recorded(
    record: AssetMaterialization | AssetObservation | ExpectationResult, run: str, step: str = ""
) -> Event:
    """The event for what a body said about an asset besides its results.

    Raises:
        DagsterInvariantViolationError: for what says nothing about an asset.
    """
    if not isinstance(record, (AssetMaterialization, AssetObservation)):
        message = (
            f"Only an AssetMaterialization or an AssetObservation can be logged, not {type(record).__name__}."
        )
        raise DagsterInvariantViolationError(message)
    piece = Piece(record.asset_key, record.partition)
    tags = dict(record.tags or {})
    version = record.data_version
    if isinstance(record, AssetObservation):
        return Observed(run, time(), piece, version, record.metadata, tags, record.description, step)
    provenance = Provenance("", {})
    return Materialized(
        run,
        time(),
        piece,
        provenance,
        version or derived(provenance, piece, run),
        version is not None,
        metadata=record.metadata,
        tags=tags,
        description=record.description,
        step=step,
    )


def _digest(value: Any) -> str | None:
    try:
        found: str = digest(value)
    except Undigestable:
        return None
    return found


def derived(provenance: Provenance, piece: Piece, run: str) -> str:
    """The version of what says nothing by its content: another one for every materialization."""
    parts = [provenance.code, str(piece), run, str(time_ns())]
    for name, read in sorted(provenance.inputs.items()):
        parts += (name, read.asset.to_string(), read.pieces, read.version)
    return xxh3_128_hexdigest("\0".join(parts).encode("utf-8", "surrogatepass"))

"""Handing a value to an IO manager, and reading what it answers.

One way for the outputs of assets and of ops. It stores nothing itself and makes no events.
Rules: `spec/api.md` §6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..define.results import AssetMaterialization, AssetObservation
from ..errors import DagsterExecutionHandleOutputError, DagsterInvariantViolationError, raised_within
from ..metadata import MetadataValue, coerce_all
from ..resources.io_context import OutputContext


class Handed(NamedTuple):
    """What an IO manager said of a value.

    Attributes:
        metadata: What it adds to the event of the value.
        records: What else it put on record, in order.
    """

    metadata: Mapping[str, MetadataValue]
    records: list[AssetMaterialization | AssetObservation]


def _said(manager: Any, output: OutputContext, value: Any) -> Iterator[Any]:
    """What an IO manager answers, piece by piece."""
    try:
        answer = manager.handle_output(output, value)
        yield from answer if hasattr(answer, "__next__") else () if answer is None else (answer,)
    except Exception as error:
        raised_within(error, DagsterExecutionHandleOutputError)
        raise


def hand_over(manager: Any, output: OutputContext, value: Any, whose: str) -> Handed:
    """Let an IO manager keep a value.

    Args:
        manager: The IO manager.
        output: What it is told.
        value: The value.
        whose: What the value is, for messages: `the asset 'a'`.

    Raises:
        DagsterInvariantViolationError: if it is none, or answers with something else than metadata
            or an `AssetMaterialization`.
    """
    if not hasattr(manager, "handle_output"):
        message = (
            f"The resource that is to keep {whose} has no method handle_output: {type(manager).__name__}"
        )
        raise DagsterInvariantViolationError(message)
    metadata: dict[str, Any] = {}
    records: list[AssetMaterialization | AssetObservation] = []
    for item in _said(manager, output, value):
        if isinstance(item, AssetMaterialization):
            records.append(item)
        elif isinstance(item, Mapping):
            metadata.update(item)
        else:
            message = (
                f"The IO manager {type(manager).__name__} of {whose} gave {type(item).__name__}: "
                "handle_output gives nothing, metadata, or an AssetMaterialization."
            )
            raise DagsterInvariantViolationError(message)
    logged = output.get_logged_events()
    return Handed({**output.get_logged_metadata(), **coerce_all(metadata)}, [*logged, *records])

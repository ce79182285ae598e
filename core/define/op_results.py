"""What the body of an op returned or yielded, read as values of its outputs.

For steps that run, and for ops that are called directly. Rules: `spec/api.md` §2.6,
`spec/semantics.md` §4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from ..errors import DagsterInvariantViolationError, DagsterStepOutputNotFoundError
from ..versions.data import DataVersion
from .checks import AssetCheckResult
from .ports import Vent
from .results import (
    AssetMaterialization,
    AssetObservation,
    DynamicOutput,
    ExpectationResult,
    MaterializeResult,
    Output,
)
from .types import UNSET

if TYPE_CHECKING:
    from .op import OpDefinition

_NOT_AWAITED = (AsyncGeneratorType, CoroutineType)
Noted = AssetMaterialization | AssetObservation | ExpectationResult
NOTED = (AssetMaterialization, AssetObservation, ExpectationResult)


class Value:
    """One value that an op gave: of which output, under which mapping key, and what goes with it."""

    __slots__ = ("key", "metadata", "tags", "value", "vent", "version")

    def __init__(
        self,
        vent: Vent,
        value: Any,
        key: str = "",
        metadata: Mapping[str, Any] | None = None,
        version: DataVersion | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.vent = vent
        self.value = value
        self.key = key
        self.metadata: Mapping[str, Any] = metadata or {}
        self.version = version
        self.tags: Mapping[str, str] = tags or {}


def values_of(
    op: OpDefinition, returned: Any, yields: Iterable[Any] | None = None, *, whole: bool = True
) -> Iterator[Value | Noted]:
    """What a body gave, in its order: the values of its outputs, and what it noted besides.

    Args:
        op: Whose body it was.
        returned: What it returned, if it is no generator.
        yields: What it yielded.
        whole: Whether it came to its end.

    Raises:
        DagsterInvariantViolationError: for a result that is none, or of an output that is not there.
        DagsterStepOutputNotFoundError: if a required output is missing.
    """
    if yields is None and isinstance(returned, GeneratorType):
        yields = returned  # one that another function made
    values: list[Value] = []
    for item in _returned(returned, op) if yields is None else yields:
        if isinstance(item, NOTED):
            yield item
        else:
            values.append(value_of(item, op, values))
            yield values[-1]
    if whole:
        yield from left(op, values, yielded=yields is not None)


def _returned(value: Any, op: OpDefinition) -> Iterator[Any]:
    """The results in what was returned, each by itself."""
    vents = list(op.vents.values())
    if isinstance(value, _NOT_AWAITED):
        message = f"The op {op.name!r} returned a {type(value).__name__} object. Yield from it, or return its values as a list."
        raise DagsterInvariantViolationError(message)
    if isinstance(value, NOTED):
        message = f"The op {op.name!r} returned {type(value).__name__}. Yield it, or record it with context.log_event."
        raise DagsterInvariantViolationError(message)
    if not vents:
        if value is not None:
            message = f"The op {op.name!r} has no outputs, but returned {type(value).__name__}: {value!r:.60}. Return nothing, or declare an output."
            raise DagsterInvariantViolationError(message)
        return
    if len(vents) == 1:
        yield from _of_one(value, vents[0], op)
        return
    if value is None and all(vent.typing.is_nothing for vent in vents):
        return
    if not isinstance(value, tuple):
        message = (
            f"The op {op.name!r} has {len(vents)} outputs ({', '.join(op.vents)}), but returned {type(value).__name__}: {value!r:.60}. "
            "Return a tuple with one value for each, in their order."
        )
        raise DagsterInvariantViolationError(message)
    if len(value) != len(vents):
        message = f"The op {op.name!r} has {len(vents)} outputs ({', '.join(op.vents)}), but returned a tuple of {len(value)}. Return one value for each."
        raise DagsterInvariantViolationError(message)
    for vent, each in zip(vents, value, strict=True):
        for one in _of_one(each, vent, op):
            if one.output_name == vent.name or isinstance(one, DynamicOutput):
                yield one
            elif one.output_name == "result":
                yield Output(
                    one.value,
                    vent.name,
                    one.metadata,
                    one.data_version,
                    tags=one.tags,
                    partition_key=one.partition_key,
                )
            else:
                message = f"The op {op.name!r} returned an Output of {one.output_name!r} in the place of {vent.name!r}. Keep the order of the outputs."
                raise DagsterInvariantViolationError(message)


def _of_one(value: Any, vent: Vent, op: OpDefinition) -> Iterator[Any]:
    """What was returned in the place of one output."""
    if vent.given.is_dynamic:
        if not isinstance(value, (list, tuple)) or not all(isinstance(each, DynamicOutput) for each in value):
            message = (
                f"The output {vent.name!r} of the op {op.name!r} is dynamic, but {type(value).__name__} was returned for it. Return a "
                "list of DynamicOutput(value, mapping_key=...), or yield them."
            )
            raise DagsterInvariantViolationError(message)
        yield from value
    elif isinstance(value, DynamicOutput):
        message = f"The op {op.name!r} returned a DynamicOutput for {vent.name!r}, which is not dynamic. Declare it as DynamicOut()."
        raise DagsterInvariantViolationError(message)
    elif isinstance(value, MaterializeResult):
        yield Output(
            value.value if value.has_value else None,
            vent.name,
            value.metadata,
            value.data_version,
            tags=value.tags,
            partition_key=value.partition_key,
        )
    elif isinstance(value, Output):
        yield value
    else:
        yield Output(value, vent.name)


def value_of(item: Any, op: OpDefinition, before: Sequence[Value]) -> Value:
    """What one result gives.

    Args:
        item: The result.
        op: Whose it is.
        before: What it gave before: each output once, and each mapping key.

    Raises:
        DagsterInvariantViolationError: for what is no result, or of an output that is not there.
    """
    if isinstance(item, AssetCheckResult):
        item = Output(
            item,
            f"{item.asset_key.to_python_identifier()}_{item.check_name}"
            if item.asset_key is not None and item.check_name
            else next(iter(op.vents)),
        )
    if not isinstance(item, (Output, DynamicOutput)):
        message = f"The op {op.name!r} yielded {type(item).__name__}: {item!r:.60}. A generator yields results: wrap the value in Output(...)."
        raise DagsterInvariantViolationError(message)
    if isinstance(item, Output) and item.partition_key is not None:
        message = (
            f"The op {op.name!r} gave a result for the partition {item.partition_key!r}. An output of an op is that of all "
            "partitions of its call: give a result for each in the function of an @asset or @multi_asset."
        )
        raise DagsterInvariantViolationError(message)
    vent = op.vents.get(item.output_name)
    if vent is None:
        message = f"The op {op.name!r} has no output {item.output_name!r}; it has {', '.join(map(repr, op.vents)) or 'none'}."
        raise DagsterInvariantViolationError(message)
    dynamic = isinstance(item, DynamicOutput)
    if dynamic is not vent.given.is_dynamic:
        cure = (
            "yield DynamicOutput(value, mapping_key=...)"
            if not dynamic
            else "yield Output(value), or declare it as DynamicOut()"
        )
        message = f"The output {vent.name!r} of the op {op.name!r} is {'' if vent.given.is_dynamic else 'not '}dynamic: {cure}."
        raise DagsterInvariantViolationError(message)
    key = item.mapping_key if isinstance(item, DynamicOutput) else ""
    if any(each.vent is vent and each.key == key for each in before):
        what = (
            f"the mapping key {key!r} of the output {vent.name!r}" if dynamic else f"the output {vent.name!r}"
        )
        message = f"The op {op.name!r} gave {what} twice. Give each once."
        raise DagsterInvariantViolationError(message)
    if isinstance(item, DynamicOutput):
        return Value(vent, item.value, key, item.metadata)
    return Value(vent, item.value, "", item.metadata, item.data_version, item.tags)


def left(op: OpDefinition, values: Sequence[Value], *, yielded: bool) -> Iterator[Value]:
    """What the outputs that nothing was given for amount to.

    Raises:
        DagsterStepOutputNotFoundError: if a required output is missing.
    """
    given = {each.vent.name for each in values}
    for vent in op.vents.values():
        if vent.name in given or vent.given.is_dynamic:
            continue
        if not vent.required:
            continue
        if vent.typing.is_nothing:
            yield Value(vent, UNSET)
        else:
            message = (
                f"The op {op.name!r} {'ended' if yielded else 'returned'} without its output {vent.name!r}. Give it, or declare "
                "it with Out(is_required=False)."
            )
            raise DagsterStepOutputNotFoundError(message, step_key=op.name, output_name=vent.name)

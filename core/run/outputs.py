"""What a body returned or yielded, read as results: one per output, each with its value or without.

Where one call makes several partitions, a body may give one result per partition instead.
Rules: `spec/semantics.md` §4. It stores nothing and knows no run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from ..define.checks import AssetCheckResult
from ..define.definition import AssetsDefinition, Port
from ..define.results import AssetMaterialization, AssetObservation, MaterializeResult, ObserveResult, Output
from ..define.types import UNSET
from ..errors import DagsterInvariantViolationError, DagsterStepOutputNotFoundError
from ..keys import AssetKey
from ..versions.data import DataVersion
from .call import Said

_GENERATORS = (GeneratorType, AsyncGeneratorType, CoroutineType)
_RESULTS = (Output, MaterializeResult, AssetCheckResult)
_RECORDS = (AssetMaterialization, AssetObservation)
_SPECIAL = (*_RESULTS, *_RECORDS, *_GENERATORS, list, tuple)
_NONE: Mapping[str, Any] = {}
_NAMED = 5


class Made:
    """One result: which asset, its value (or `UNSET`), and what is recorded beside it.

    `partition` is the one that it is of; `None` for all that the call makes.
    """

    __slots__ = ("key", "metadata", "partition", "port", "tags", "value", "version")

    def __init__(
        self,
        port: Port,
        value: Any,
        metadata: Mapping[str, Any] | None = None,
        version: DataVersion | None = None,
        tags: Mapping[str, str] | None = None,
        partition: str | None = None,
    ) -> None:
        self.key = port.key
        self.partition = partition
        self.port = port
        self.value = value
        self.metadata = metadata or _NONE
        self.version = version
        self.tags = tags or _NONE


class Results:
    """Everything a body gave, sorted: what it made, what it logged about assets, what its checks say.

    Whoever keeps what was made takes it out. `error` is what was wrong with a result; those before it stand.

    Args:
        definition: Whose body it is.
        keys: What the call is to make.
        partitions: Of which partitions.
    """

    __slots__ = (
        "checks", "checks_of", "definition", "error", "given", "keys", "made", "partitions", "records",
    )  # fmt: skip

    def __init__(
        self, definition: AssetsDefinition, keys: Sequence[AssetKey], partitions: Collection[str | None] = ()
    ) -> None:
        self.definition = definition
        self.keys = keys
        self.partitions = partitions
        self.made: list[Made] = []
        self.given: dict[AssetKey, set[str | None]] = {}
        """The partitions of each asset that a result came for; `None` where it was one for all."""
        self.records: list[AssetMaterialization | AssetObservation] = []
        self.checks: list[AssetCheckResult] = []
        self.checks_of: dict[str, list[AssetCheckResult]] = {}
        """What was said of single partitions."""
        self.error: DagsterInvariantViolationError | DagsterStepOutputNotFoundError | None = None


def sort(said: Said, results: Results) -> None:
    """Sort what a body gave, up to the first result that is none or that belongs to another asset.

    That, or a required result that is missing, is the error of the results.

    Args:
        said: What it gave.
        results: Takes them; those that came before are in it.

    Raises:
        DagsterInvariantViolationError: for a returned value that is no result at all.
    """
    definition, keys = results.definition, results.keys
    if said.yields is not None:
        try:
            for item in said.yields:
                take(results, item)
        except DagsterInvariantViolationError as error:
            results.error = error
            return
        if said.error is None:
            _require(results)
        return
    value = said.returned
    if len(keys) == 1 and not isinstance(value, _SPECIAL) and not definition.check_specs:
        results.made.append(Made(definition.port_of(keys[0]), value))
        return
    if isinstance(value, _GENERATORS):
        message = (
            f"{_name(definition)} returned a {type(value).__name__} object. Yield from it, so that the function is a "
            "generator itself, or return its values as a list."
        )
        raise DagsterInvariantViolationError(message)
    if isinstance(value, _RECORDS):
        message = f"{_name(definition)} returned an {type(value).__name__}. Return a MaterializeResult, or yield it."
        raise DagsterInvariantViolationError(message)
    if isinstance(value, _RESULTS):
        take(results, value)
        if len(keys) > 1:
            message = f"{_name(definition)} makes {len(keys)} assets but returned one {type(value).__name__}. Return a tuple with one result per asset, or yield them."
            raise DagsterInvariantViolationError(message)
    elif (
        isinstance(value, (list, tuple))
        and value
        and all(isinstance(item, (*_RESULTS, *_RECORDS)) for item in value)
    ):
        for item in value:
            take(results, item)
    elif value is None and all(port.implied or port.typing.is_nothing for port in definition.ports.values()):
        for port in definition.ports.values():
            if port.key in keys and port.required:
                _make(results, Made(port, UNSET))
    elif len(definition.ports) == 1 and len(keys) == 1 and not definition.check_specs:
        _make(results, Made(definition.port_of(keys[0]), value))
    elif definition.check_specs and len(definition.ports) <= 1:
        message = (
            f"{_name(definition)} reports checks but returned a plain {type(value).__name__}. Yield an Output and AssetCheckResults, "
            "or return MaterializeResult(value=..., check_results=[...])."
        )
        raise DagsterInvariantViolationError(message)
    elif (
        isinstance(value, tuple)
        and len(value) == len(keys)
        and not any(map(_implied, definition.ports.values()))
    ):
        ports = [port for port in definition.ports.values() if port.key in keys]
        for port, item in zip(ports, value, strict=True):
            if isinstance(item, _RESULTS):
                take(results, _placed(item, port))
            else:
                _make(results, Made(port, item))
    else:
        message = (
            f"{_name(definition)} makes {len(keys)} assets but returned one {type(value).__name__}. Return a tuple with "
            "one result per asset, or yield them."
        )
        raise DagsterInvariantViolationError(message)
    _require(results)


def _implied(port: Port) -> bool:
    return port.implied


def _placed(item: Any, port: Port) -> Any:
    """A result that stands in the place of an output, under that output's name."""
    if isinstance(item, Output) and item.output_name == "result" and port.name != "result":
        return Output(
            item.value,
            port.name,
            item.metadata,
            item.data_version,
            tags=item.tags,
            partition_key=item.partition_key,
        )
    if isinstance(item, MaterializeResult) and item.asset_key is None:
        return item._replace(asset_key=port.key)
    return item


def take(results: Results, item: Any) -> None:
    """Sort one result.

    Raises:
        DagsterInvariantViolationError: if it is none, or not one that was asked for.
    """
    definition = results.definition
    if isinstance(item, Output):
        port = definition.ports.get(item.output_name)
        if port is None:
            names = ", ".join(map(repr, definition.ports))
            message = f"{_name(definition)} has no output {item.output_name!r}; it has {names}."
            raise DagsterInvariantViolationError(message)
        made = Made(port, item.value, item.metadata, item.data_version, item.tags, item.partition_key)
    elif isinstance(item, MaterializeResult):
        key = _key(item.asset_key, definition)
        if key not in definition.specs_by_key:
            name = key.to_user_string()
            message = f"{_name(definition)} gave a result for {name!r}, which it does not make. Name one of its own assets."
            raise DagsterInvariantViolationError(message)
        made = Made(
            definition.port_of(key),
            item.value,
            item.metadata,
            item.data_version,
            item.tags,
            item.partition_key,
        )
        if item.check_results:
            checks = (
                results.checks if made.partition is None else results.checks_of.setdefault(made.partition, [])
            )
            checks.extend(
                check if check.asset_key is not None else check._replace(asset_key=key)
                for check in item.check_results
            )
    elif isinstance(item, _RECORDS):
        results.records.append(item)
        return
    elif isinstance(item, AssetCheckResult):
        results.checks.append(item)
        return
    else:
        what = "an ObserveResult" if isinstance(item, ObserveResult) else f"a plain {type(item).__name__}"
        message = (
            f"{_name(definition)} yielded {what}. A generator yields results: wrap the value in Output(...)."
        )
        raise DagsterInvariantViolationError(message)
    _make(results, made)


def _make(results: Results, made: Made) -> None:
    """Take what was made, if it was asked for and did not come before."""
    who, name, partition = _name(results.definition), made.port.name, made.partition
    given = results.given.get(made.key)
    if given is not None and (partition is None or None in given or partition in given):
        if partition is None or None in given:
            whole = given == {None} and partition is None
            cure = (
                "Give each output once." if whole else "Give one result for each partition, or one for all."
            )
            message = f"{who} gave the output {name!r} {'twice' if whole else 'both as a whole and by partition'}. {cure}"
        else:
            message = f"{who} gave the output {name!r} of the partition {partition!r} twice. Give each partition once."
        raise DagsterInvariantViolationError(message)
    if made.key not in results.keys:
        message = f"{who} gave {made.key.to_user_string()!r}, which was not asked for in this run."
        raise DagsterInvariantViolationError(message)
    if partition is not None and partition not in results.partitions:
        asked = [each for each in results.partitions if each is not None]
        what = f"it is to make {', '.join(map(repr, asked[:_NAMED]))}{' …' if len(asked) > _NAMED else ''}"
        message = f"{who} gave a result for the partition {partition!r}, which was not asked for: {what if asked else 'it is not about partitions'}."
        raise DagsterInvariantViolationError(message)
    if given is None:
        results.given[made.key] = {partition}
    else:
        given.add(partition)
    results.made.append(made)


def _key(given: AssetKey | None, definition: AssetsDefinition) -> AssetKey:
    if given is not None:
        return given
    if len(definition.keys) != 1:
        message = f"{_name(definition)} makes {len(definition.keys)} assets: a MaterializeResult must name its asset_key."
        raise DagsterInvariantViolationError(message)
    return definition.key


def _require(results: Results) -> None:
    """Every required output was given; one that means no value counts as given, unless it was given by partition.

    An optional one that was not given is left out, whatever it means.
    """
    definition = results.definition
    for port in definition.ports.values():
        given = results.given.get(port.key)
        if given is not None and None not in given and port.required:
            left = [partition for partition in results.partitions if partition not in given]
            if left:
                names = f"{', '.join(map(repr, left[:_NAMED]))}{' …' if len(left) > _NAMED else ''}"
                message = (
                    f"{_name(definition)} gave {port.key.to_user_string()!r} by partition, but ended without {names}. "
                    "Give a result for each, or declare output_required=False."
                )
                results.error = DagsterStepOutputNotFoundError(
                    message, step_key=definition.step_name, output_name=port.name
                )
                return
        if given is not None or port.key not in results.keys:
            continue
        if port.required and (port.typing.is_nothing or port.implied):
            _make(results, Made(port, UNSET))
        elif port.required:
            message = (
                f"{_name(definition)} ended without its output {port.name!r} ({port.key.to_user_string()!r}). "
                "Yield it, or declare output_required=False."
            )
            results.error = DagsterStepOutputNotFoundError(
                message, step_key=definition.step_name, output_name=port.name
            )
            return


def _name(definition: AssetsDefinition) -> str:
    return f"The function of {named(definition.keys)}"


def named(keys: Iterable[AssetKey]) -> str:
    """The keys as one writes them in a sentence."""
    return ", ".join(sorted(repr(key.to_user_string()) for key in keys))

"""What a body returned or yielded, read as results: one per output, each with its value or without.

Rules: `spec/semantics.md` §4. It stores nothing and knows no run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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


class Made:
    """One result: which asset, its value (or `UNSET`), and what is recorded beside it."""

    __slots__ = ("key", "metadata", "port", "tags", "value", "version")

    def __init__(
        self,
        port: Port,
        value: Any,
        metadata: Mapping[str, Any] | None = None,
        version: DataVersion | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.key = port.key
        self.port = port
        self.value = value
        self.metadata = metadata or _NONE
        self.version = version
        self.tags = tags or _NONE


class Results:
    """Everything a body gave, sorted: what it made, what it logged about assets, what its checks say.

    `error` is what was wrong with a result; those before it stand.
    """

    __slots__ = ("checks", "error", "made", "records")

    def __init__(self) -> None:
        self.made: list[Made] = []
        self.records: list[AssetMaterialization | AssetObservation] = []
        self.checks: list[AssetCheckResult] = []
        self.error: DagsterInvariantViolationError | DagsterStepOutputNotFoundError | None = None


def results_of(said: Said, definition: AssetsDefinition, keys: Sequence[AssetKey]) -> Results:
    """Sort what a body gave.

    Args:
        said: What it gave.
        definition: Whose body it was.
        keys: What the step was to make.

    Returns:
        The results, up to the first that is none or that belongs to another asset; that, or a required result
        that is missing, is their error.

    Raises:
        DagsterInvariantViolationError: for a returned value that is no result at all.
    """
    results = Results()
    if said.yields is not None:
        try:
            for item in said.yields:
                _take(results, item, definition, keys)
        except DagsterInvariantViolationError as error:
            results.error = error
            return results
        if said.error is None:
            _require(results, definition, keys)
        return results
    value = said.returned
    if len(keys) == 1 and not isinstance(value, _SPECIAL) and not definition.check_specs:
        results.made.append(Made(definition.port_of(keys[0]), value))
        return results
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
        _take(results, value, definition, keys)
        if len(keys) > 1:
            message = f"{_name(definition)} makes {len(keys)} assets but returned one {type(value).__name__}. Return a tuple with one result per asset, or yield them."
            raise DagsterInvariantViolationError(message)
    elif (
        isinstance(value, (list, tuple))
        and value
        and all(isinstance(item, (*_RESULTS, *_RECORDS)) for item in value)
    ):
        for item in value:
            _take(results, item, definition, keys)
    elif value is None and all(port.implied or port.typing.is_nothing for port in definition.ports.values()):
        results.made.extend(
            Made(port, UNSET) for port in definition.ports.values() if port.key in keys and port.required
        )
    elif len(definition.ports) == 1 and len(keys) == 1 and not definition.check_specs:
        results.made.append(Made(definition.port_of(keys[0]), value))
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
                _take(results, _placed(item, port), definition, keys)
            else:
                results.made.append(Made(port, item))
    else:
        message = (
            f"{_name(definition)} makes {len(keys)} assets but returned one {type(value).__name__}. Return a tuple with "
            "one result per asset, or yield them."
        )
        raise DagsterInvariantViolationError(message)
    _require(results, definition, keys)
    return results


def _implied(port: Port) -> bool:
    return port.implied


def _placed(item: Any, port: Port) -> Any:
    """A result that stands in the place of an output, under that output's name."""
    if isinstance(item, Output) and item.output_name == "result" and port.name != "result":
        return Output(item.value, port.name, item.metadata, item.data_version, tags=item.tags)
    if isinstance(item, MaterializeResult) and item.asset_key is None:
        return item._replace(asset_key=port.key)
    return item


def _take(results: Results, item: Any, definition: AssetsDefinition, keys: Sequence[AssetKey]) -> None:
    if isinstance(item, Output):
        port = definition.ports.get(item.output_name)
        if port is None:
            names = ", ".join(map(repr, definition.ports))
            message = f"{_name(definition)} has no output {item.output_name!r}; it has {names}."
            raise DagsterInvariantViolationError(message)
        made = Made(port, item.value, item.metadata, item.data_version, item.tags)
    elif isinstance(item, MaterializeResult):
        key = _key(item.asset_key, definition)
        if key not in definition.specs_by_key:
            name = key.to_user_string()
            message = f"{_name(definition)} gave a result for {name!r}, which it does not make. Name one of its own assets."
            raise DagsterInvariantViolationError(message)
        made = Made(definition.port_of(key), item.value, item.metadata, item.data_version, item.tags)
        results.checks.extend(
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
    if any(before.key == made.key for before in results.made):
        message = f"{_name(definition)} gave the output {made.port.name!r} twice. Give each output once."
        raise DagsterInvariantViolationError(message)
    if made.key not in keys:
        message = (
            f"{_name(definition)} gave {made.key.to_user_string()!r}, which was not asked for in this run."
        )
        raise DagsterInvariantViolationError(message)
    results.made.append(made)


def _key(given: AssetKey | None, definition: AssetsDefinition) -> AssetKey:
    if given is not None:
        return given
    if len(definition.keys) != 1:
        message = f"{_name(definition)} makes {len(definition.keys)} assets: a MaterializeResult must name its asset_key."
        raise DagsterInvariantViolationError(message)
    return definition.key


def _require(results: Results, definition: AssetsDefinition, keys: Sequence[AssetKey]) -> None:
    """Every required output was given; one that means no value counts as given."""
    given = {made.key for made in results.made}
    for port in definition.ports.values():
        if port.key in given or port.key not in keys:
            continue
        if port.typing.is_nothing or (port.implied and port.required):
            results.made.append(Made(port, UNSET))
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

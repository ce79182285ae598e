"""What checks say: results matched with what was declared, and the events that record them.

Rules: `spec/semantics.md` §7. Who calls the functions is the runner's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import time

from ..define.checks import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec
from ..define.definition import AssetsDefinition
from ..errors import (
    DagsterAssetCheckFailedError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    nearest,
)
from ..events import Evaluated, Materialized, Target
from ..keys import AssetKey, Piece
from ..storage import EventLog
from ..versions.data import Provenance

Told = list[tuple[AssetCheckSpec, AssetCheckResult]]


def matched(
    results: Iterable[AssetCheckResult], specs: Sequence[AssetCheckSpec], definition: AssetsDefinition
) -> Told:
    """Each result with the check that it is of.

    Args:
        results: What a function reported.
        specs: The checks that it was to report.
        definition: Whose function.

    Raises:
        DagsterInvariantViolationError: for a result of no such check, or one that does not say of which.
        DagsterStepOutputNotFoundError: if a declared check was not reported.
    """
    found = matching(results, specs, definition)
    given = {id(spec) for spec, _ in found}
    for spec in specs:
        if id(spec) not in given:
            message = f"{_who(definition)} ended without a result of its check {spec.key.to_user_string()!r}. Yield or return an AssetCheckResult for it."
            raise DagsterStepOutputNotFoundError(
                message, step_key=definition.step_name, output_name=spec.get_python_identifier()
            )
    return found


def matching(
    results: Iterable[AssetCheckResult], specs: Sequence[AssetCheckSpec], definition: AssetsDefinition
) -> Told:
    """As `matched`, of a part of what a function reports: nothing need be there."""
    found: Told = []
    for result in results:
        spec = _spec_of(result, specs, definition)
        if any(spec is before for before, _ in found):
            message = f"{_who(definition)} reported the check {spec.key.to_user_string()!r} twice. Report each once."
            raise DagsterInvariantViolationError(message)
        found.append((spec, result))
    return found


def _spec_of(
    result: AssetCheckResult, specs: Sequence[AssetCheckSpec], definition: AssetsDefinition
) -> AssetCheckSpec:
    fitting = [
        spec
        for spec in specs
        if (result.asset_key is None or spec.asset_key == result.asset_key)
        and (result.check_name is None or spec.name == result.check_name)
    ]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(repr(spec.key.to_user_string()) for spec in specs) or "none"
    if fitting:
        message = f"{_who(definition)} reported a check without saying which of {known}; give check_name and asset_key."
        raise DagsterInvariantViolationError(message)
    name = f"{'' if result.asset_key is None else result.asset_key.to_user_string() + ':'}{result.check_name or ''}"
    hint = nearest(name, [spec.key.to_user_string() for spec in specs])
    message = f"{_who(definition)} reported the check {name!r}, but is to report {known}{hint or '.'}"
    raise DagsterInvariantViolationError(message)


def evaluations(
    told: Told,
    run: str,
    partition: str | None,
    log: EventLog,
    provenance: Provenance | None = None,
    step: str = "",
    run_partition: str | None = None,
) -> list[Evaluated]:
    """The events that record what checks said; whatever was made before must be in the log.

    Args:
        told: The checks and what was said of them.
        run: The run.
        partition: The partition that was looked at.
        log: Where the materialization that was looked at is found.
        provenance: What was read, of a check with a function of its own.
        step: The step's name.
        run_partition: The partition of the run, for a check that looks at the asset as a whole.
    """
    targets: dict[AssetKey, Target | None] = {}
    events: list[Evaluated] = []
    for spec, result in told:
        key = spec.asset_key
        if key not in targets:
            targets[key] = _target(log, key, partition if spec.partitions_def is not None else run_partition)
        events.append(
            Evaluated(
                run,
                time(),
                Piece(key, partition if spec.partitions_def is not None else None),
                spec.name,
                result.passed,
                result.severity.value,
                result.metadata,
                result.description,
                spec.blocking,
                targets[key],
                provenance,
                step,
            )
        )
    return events


def _target(log: EventLog, key: AssetKey, partition: str | None) -> Target | None:
    """The newest materialization of an asset, or of one of its partitions."""
    where = () if partition is None else (partition,)
    for number, event in log.events_of(key, *where, kinds=("Materialized",), limit=1):
        if isinstance(event, Materialized):
            return Target(number, event.run, event.at)
    return None


def blocked_by(told: Told) -> DagsterAssetCheckFailedError | None:
    """The error of the blocking checks that failed badly enough to stop what depends on their assets."""
    failed = [
        (spec, result)
        for spec, result in told
        if spec.blocking and not result.passed and result.severity is AssetCheckSeverity.ERROR
    ]
    if not failed:
        return None
    names = ", ".join(repr(spec.key.to_user_string()) for spec, _ in failed)
    said = "; ".join(result.description for _, result in failed if result.description)
    return DagsterAssetCheckFailedError(
        f"{len(failed)} blocking check{'s' if len(failed) > 1 else ''} failed with ERROR: {names}{': ' + said if said else ''}. "
        "What depends on the asset was not started."
    )


def _who(definition: AssetsDefinition) -> str:
    return f"The function of {definition.step_name!r}"

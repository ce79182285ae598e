"""Checks that are made for you: has the schema of a table changed, is a number within bounds.

Each looks at recorded materializations alone, never at a value, so it costs a look into the
log. Factories that look at the time have a room of their own. Rules: `spec/api.md` §10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from xxhash import xxh3_64_hexdigest

from ..define.asset_checks import AssetChecksDefinition, multi_asset_check
from ..define.checks import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec
from ..define.definition import AssetsDefinition
from ..define.results import AssetMaterialization
from ..errors import DagsterInvalidDefinitionError, check_type
from ..keys import AssetKey
from ..metadata.tables import TableSchema
from ..metadata.values import FloatMetadataValue, IntMetadataValue, TableSchemaMetadataValue
from .check_context import AssetCheckExecutionContext

COLUMN_SCHEMA = "dagster/column_schema"

Verdict = Callable[[AssetCheckExecutionContext, AssetKey], AssetCheckResult]
"""Looks at one asset and says what is so; asset and check are named for it."""


def build_column_schema_change_checks(
    *, assets: Sequence[Any], severity: AssetCheckSeverity = AssetCheckSeverity.WARN
) -> Sequence[AssetChecksDefinition]:
    """Checks that fail when the column schema of an asset is another one than the time before.

    The schema is what a materialization records as `dagster/column_schema`.

    Args:
        assets: Keys and definitions.
        severity: How bad a change is.

    Returns:
        One definition, with the check `column_schema_change` for each asset.
    """
    check_type(severity, AssetCheckSeverity, "severity", optional=False)

    def look(context: AssetCheckExecutionContext, key: AssetKey) -> AssetCheckResult:
        passed, text = _schema_verdict([_schema_of(made) for made in _latest(context, key, 2)])
        return AssetCheckResult(passed=passed, description=text, severity=severity)

    about = "The columns and their types are those of the materialization before."
    return checks_by(look, "column_schema_change", assets, about, settings=[severity.value])


def build_metadata_bounds_checks(
    *,
    assets: Sequence[Any],
    severity: AssetCheckSeverity = AssetCheckSeverity.WARN,
    metadata_key: str,
    min_value: float | None = None,
    max_value: float | None = None,
    exclusive_min: bool = False,
    exclusive_max: bool = False,
) -> Sequence[AssetChecksDefinition]:
    """Checks that fail when a number in an asset's metadata is out of bounds.

    Args:
        assets: Keys and definitions.
        severity: How bad a failure is.
        metadata_key: Under which label the latest materialization has the number.
        min_value: The least that is right.
        max_value: The most that is right.
        exclusive_min: Whether `min_value` itself is too little.
        exclusive_max: Whether `max_value` itself is too much.

    Returns:
        One definition, with the check `<metadata_key>_bounds_check` for each asset.

    Raises:
        DagsterInvalidDefinitionError: without a bound, or with bounds that no number is within.
    """
    check_type(severity, AssetCheckSeverity, "severity", optional=False)
    check_type(metadata_key, str, "metadata_key", optional=False)
    low, high = (
        check_type(min_value, (int, float), "min_value"),
        check_type(max_value, (int, float), "max_value"),
    )
    if low is None and high is None:
        message = (
            f"The bounds of {metadata_key!r} have neither a min_value nor a max_value; give one of them."
        )
        raise DagsterInvalidDefinitionError(message)
    if low is not None and high is not None and low > high:
        message = f"The min_value {low} of {metadata_key!r} is greater than the max_value {high}; no number is within."
        raise DagsterInvalidDefinitionError(message)
    within = _bounds(low, high, exclusive_min=exclusive_min, exclusive_max=exclusive_max)

    def look(context: AssetCheckExecutionContext, key: AssetKey) -> AssetCheckResult:
        passed, text = False, "The asset was never materialized."
        for made in _latest(context, key, 1):
            number = made.metadata.get(metadata_key)
            if number is None:
                text = f"The latest materialization has no metadata {metadata_key!r}."
            elif not isinstance(number, (IntMetadataValue, FloatMetadataValue)):
                text = f"{metadata_key!r} is {number.value!r:.80}, which is no number."
            else:
                passed = _is_within(
                    number.value, low, high, exclusive_min=exclusive_min, exclusive_max=exclusive_max
                )
                text = f"{metadata_key!r} is {number.value}, {'as' if passed else 'but'} it must be {within}."
        return AssetCheckResult(passed=passed, description=text, severity=severity)

    about = f"{metadata_key!r} of the latest materialization is {within}."
    name = f"{re.sub(r'[^A-Za-z0-9_]', '_', metadata_key)}_bounds_check"
    return checks_by(look, name, assets, about, settings=[severity.value, within])


def checks_by(
    look: Verdict,
    name: str,
    assets: Sequence[Any],
    about: str,
    *,
    settings: Iterable[str] = (),
    blocking: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Sequence[AssetChecksDefinition]:
    """One definition that looks at each asset in the same way; none for no assets.

    Args:
        look: Says what is so of one asset.
        name: What the check of each asset is called.
        assets: Keys and definitions.
        about: What it makes sure of.
        settings: What tells these checks from others of the same name, in texts.
        blocking: Whether a failure stops what depends on the asset.
        metadata: Shown with each check.
    """
    keys = _keys(assets)
    if not keys:
        return []
    specs = [
        AssetCheckSpec(name, asset=key, description=about, blocking=blocking, metadata=metadata)
        for key in keys
    ]
    own = xxh3_64_hexdigest("\0".join((*(key.to_string() for key in keys), *settings)).encode())[:8]

    @multi_asset_check(name=f"{name}_{own}", specs=specs, description=about, can_subset=True)
    def checks(context: AssetCheckExecutionContext) -> Iterable[AssetCheckResult]:
        for spec in context.check_specs:
            found = look(context, spec.asset_key)
            yield found._replace(asset_key=spec.asset_key, check_name=spec.name)

    return [checks]


def _keys(assets: Sequence[Any]) -> list[AssetKey]:
    """The keys that are meant, each once; all of a definition of several assets."""
    found: dict[AssetKey, None] = {}
    for each in assets:
        many = each.keys if isinstance(each, AssetsDefinition) else (each,)
        found.update(dict.fromkeys(map(AssetKey.from_coercible_or_definition, many)))
    return list(found)


def _latest(context: AssetCheckExecutionContext, key: AssetKey, count: int) -> list[AssetMaterialization]:
    """The latest materializations of an asset, the newest first."""
    records = context.instance.fetch_materializations(key, limit=count).records
    return [record.asset_materialization for record in records]


def _schema_of(made: AssetMaterialization) -> TableSchema | None:
    value = made.metadata.get(COLUMN_SCHEMA)
    return value.schema if isinstance(value, TableSchemaMetadataValue) else None


def _schema_verdict(schemas: Sequence[TableSchema | None]) -> tuple[bool, str]:
    """Whether the newer schema is the older one, and what has changed."""
    if len(schemas) < 2:  # noqa: PLR2004  it takes two to compare
        return True, "There are no two materializations to compare yet."
    now, before = schemas[0], schemas[1]
    if now is None or before is None:
        which = "latest materialization" if now is None else "materialization before the latest"
        return False, f"The {which} has no metadata {COLUMN_SCHEMA!r}."
    new, old = ({column.name: column.type for column in schema.columns} for schema in (now, before))
    lines = [
        f"{word}: {', '.join(names)}"
        for word, names in (
            ("Added", [name for name in new if name not in old]),
            ("Removed", [name for name in old if name not in new]),
            (
                "Of another type",
                [
                    f"{name} ({old[name]} → {new[name]})"
                    for name in new
                    if old.get(name, new[name]) != new[name]
                ],
            ),
        )
        if names
    ]
    return (
        (False, "\n".join(lines)) if lines else (True, "The columns are those of the materialization before.")
    )


def _bounds(low: float | None, high: float | None, *, exclusive_min: bool, exclusive_max: bool) -> str:
    """The bounds in words."""
    words = []
    if low is not None:
        words.append(f"greater than {low}" if exclusive_min else f"at least {low}")
    if high is not None:
        words.append(f"less than {high}" if exclusive_max else f"at most {high}")
    return " and ".join(words)


def _is_within(
    number: float, low: float | None, high: float | None, *, exclusive_min: bool, exclusive_max: bool
) -> bool:
    above = low is None or (number > low if exclusive_min else number >= low)
    below = high is None or (number < high if exclusive_max else number <= high)
    return above and below

"""Checks that are made for you: of the column schema, and of a number's bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assets import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetKey,
    AssetMaterialization,
    AssetSpec,
    CheckError,
    DagsterInstance,
    DagsterInvalidDefinitionError,
    TableSchema,
    asset,
    build_asset_check_context,
    build_column_schema_change_checks,
    build_metadata_bounds_checks,
)

ONE = TableSchema.from_name_type_dict({"a": "int", "b": "int"})
OTHER = TableSchema.from_name_type_dict({"a": "text", "c": "int"})


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def made(instance: DagsterInstance, **metadata: Any) -> None:
    instance.report_runless_asset_event(
        AssetMaterialization(
            "a", metadata={name.replace("__", "/"): value for name, value in metadata.items()}
        )
    )


def verdict(checks: Any, instance: DagsterInstance) -> AssetCheckResult:
    (check,) = checks
    (result,) = check(build_asset_check_context(instance=instance))
    return result


def test_names_of_checks() -> None:
    """Each asset gets a check of the factory's name, in one definition that can be cut."""

    @asset
    def a() -> None: ...

    (schema,) = build_column_schema_change_checks(assets=[a, "b", AssetSpec("c"), a])
    assert isinstance(schema, AssetChecksDefinition)
    assert [spec.key.to_user_string() for spec in schema.check_specs] == [
        f"{name}:column_schema_change" for name in "abc"
    ]
    assert schema.can_subset
    assert not any(param.loads for param in schema.params)
    (bounds,) = build_metadata_bounds_checks(assets=["a"], metadata_key="my/rows", min_value=1)
    assert bounds.check_key.name == "my_rows_bounds_check"
    assert build_column_schema_change_checks(assets=[]) == []


def test_factories_can_be_called_twice() -> None:
    """Two calls for the same asset are two computations, if they ask for different things."""
    one, other = (
        build_metadata_bounds_checks(assets=["a"], metadata_key="n", min_value=low)[0] for low in (1, 2)
    )
    same = build_metadata_bounds_checks(assets=["a"], metadata_key="n", min_value=1)[0]
    assert one.step_name == same.step_name != other.step_name


def test_schema_of_the_first_materialization_passes(instance: DagsterInstance) -> None:
    """There is nothing to compare with before the second materialization."""
    checks = build_column_schema_change_checks(assets=["a"])
    assert verdict(checks, instance).passed
    made(instance, dagster__column_schema=ONE)
    assert verdict(checks, instance).passed


@pytest.mark.parametrize(
    ("before", "now", "passed", "said"),
    [
        (ONE, ONE, True, ["materialization before"]),
        (ONE, OTHER, False, ["Added: c", "Removed: b", "a (int → text)"]),
        (None, ONE, False, ["before the latest", "dagster/column_schema"]),
        (ONE, None, False, ["latest", "dagster/column_schema"]),
    ],
)
def test_schema_change(
    instance: DagsterInstance,
    before: TableSchema | None,
    now: TableSchema | None,
    passed: bool,
    said: list[str],
) -> None:
    """The two latest schemas are compared; a failure says what has changed, or what is missing."""
    for schema in (before, now):
        made(instance, **({} if schema is None else {"dagster__column_schema": schema}))
    result = verdict(build_column_schema_change_checks(assets=["a"]), instance)
    assert (result.passed, result.severity) == (passed, AssetCheckSeverity.WARN)
    assert (result.asset_key, result.check_name) == (AssetKey("a"), "column_schema_change")
    for text in said:
        assert text in str(result.description)


@pytest.mark.parametrize(
    ("bounds", "passed", "said"),
    [
        ({"min_value": 5}, True, "at least 5"),
        ({"min_value": 5, "exclusive_min": True}, False, "greater than 5"),
        ({"max_value": 5}, True, "at most 5"),
        ({"max_value": 5, "exclusive_max": True}, False, "less than 5"),
        ({"min_value": 1, "max_value": 4.5}, False, "at least 1 and at most 4.5"),
        ({"min_value": 6}, False, "5"),
    ],
)
def test_bounds(instance: DagsterInstance, bounds: dict[str, Any], passed: bool, said: str) -> None:
    """A bound itself is within, unless it is exclusive; the answer tells number and bounds."""
    made(instance, n=5)
    checks = build_metadata_bounds_checks(
        assets=["a"], metadata_key="n", severity=AssetCheckSeverity.ERROR, **bounds
    )
    result = verdict(checks, instance)
    assert (result.passed, result.severity) == (passed, AssetCheckSeverity.ERROR)
    assert said in str(result.description)


def test_bounds_need_a_number(instance: DagsterInstance) -> None:
    """No materialization, no such metadata, and metadata that is no number fail with their reason."""
    checks = build_metadata_bounds_checks(assets=["a"], metadata_key="n", min_value=1)
    found = [verdict(checks, instance)]
    for metadata in ({}, {"n": "five"}, {"n": True}):
        made(instance, **metadata)
        found.append(verdict(checks, instance))
    assert not any(result.passed for result in found)
    said = [str(result.description) for result in found]
    assert ["never" in said[0], "'n'" in said[1], "'five'" in said[2], "True" in said[3]] == [True] * 4


def test_bounds_are_bounds() -> None:
    """There is a bound, and a number can be within."""
    with pytest.raises(DagsterInvalidDefinitionError, match="neither"):
        build_metadata_bounds_checks(assets=["a"], metadata_key="n")
    with pytest.raises(DagsterInvalidDefinitionError, match="greater"):
        build_metadata_bounds_checks(assets=["a"], metadata_key="n", min_value=2, max_value=1)
    with pytest.raises(CheckError, match="min_value"):
        build_metadata_bounds_checks(assets=["a"], metadata_key="n", min_value="1")

"""Laws of `load_definitions_from_*`: everything that stands in modules, as one whole."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from assets import (
    AssetCheckResult,
    AssetKey,
    AssetSpec,
    CheckError,
    DagsterInvalidDefinitionError,
    Definitions,
    ScheduleDefinition,
    asset,
    asset_check,
    define_asset_job,
    in_process_executor,
    job,
    load_definitions_from_current_module,
    load_definitions_from_module,
    load_definitions_from_modules,
    load_definitions_from_package_module,
    load_definitions_from_package_name,
    op,
)


@asset
def a() -> int:
    """An asset."""
    return 1


@asset_check(asset=a)
def fine() -> AssetCheckResult:
    """A check."""
    return AssetCheckResult(passed=True)


@op
def said() -> int:
    """An op."""
    return 1


@job
def ops() -> None:
    """A job of ops."""
    said()


_listed = [AssetSpec("s"), AssetSpec("t")]
_jobs = [define_asset_job("j", [a])]
_clock = ScheduleDefinition(cron_schedule="@daily", job=_jobs[0])


def module_of(**names: Any) -> ModuleType:
    """A module in which these names stand."""
    made = ModuleType("made")
    made.__dict__.update(names)
    return made


def test_everything_that_stands_in_a_module():
    """Assets, specs, checks, jobs and schedules, in lists too, with the resources that are given."""
    found = load_definitions_from_current_module({"r": 1}, executor=in_process_executor)
    assert isinstance(found, Definitions)
    assert set(found.resolve_all_asset_keys()) == {AssetKey("a"), AssetKey("s"), AssetKey("t")}
    assert found.asset_checks == [fine]
    assert found.jobs == [ops, *_jobs]
    assert found.schedules == [_clock]
    assert found.resources == {"r": 1}
    assert found.executor is in_process_executor
    assert found.resolve_job_def("j").execute_in_process().asset_value("a") == 1


def test_modules_and_packages():
    """One module, several, a package and all below it: the same thing in two of them counts once."""
    here = sys.modules[__name__]
    assert load_definitions_from_module(here) == load_definitions_from_modules([here, here])
    other = module_of(a=a, ops=ops, g=ops.graph)
    assert load_definitions_from_modules([here, other]).jobs == [ops, *_jobs]
    assert load_definitions_from_package_module(other).assets == [a]
    assert load_definitions_from_package_name("json").assets == []


def test_two_of_one_name():
    """Different jobs of one name are an error that tells where they stand."""
    with pytest.raises(DagsterInvalidDefinitionError, match="'j' is defined multiple times, in made"):
        load_definitions_from_module(module_of(one=define_asset_job("j"), two=define_asset_job("j", "a")))


def test_only_modules_are_loaded():
    """A name is no module."""
    with pytest.raises(CheckError):
        load_definitions_from_module("here")  # type: ignore[arg-type]
    with pytest.raises(CheckError):
        load_definitions_from_modules("here")  # type: ignore[arg-type]

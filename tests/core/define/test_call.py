"""A definition called like its function."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from assets.core.define.decorators import asset
from assets.core.define.definition import external
from assets.core.define.results import AssetMaterialization, MaterializeResult, Output
from assets.core.define.spec import AssetSpec
from assets.core.define.types import Nothing
from assets.core.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterTypeCheckDidNotPass,
)
from assets.core.keys import AssetKey
from assets.core.resources.definition import ResourceParam


class AssetExecutionContext:
    """Stands for the context of the room above: a call only knows it by its name."""


class Options(BaseModel):
    n: int = 3


class Strict(BaseModel):
    api_key: str


@asset
def add(a: int, b=7) -> int:
    return a + b


@asset
def seen(context, a=1):
    return (context, a)


@asset
def tuned(config: Options, a):
    return config.n + a


@asset
def strict(config: Strict):
    return config.api_key


@asset
def served(a, client: ResourceParam[int]):
    return a + client


def test_arguments():
    """Inputs are given by position or by keyword; a default may be left out."""
    assert [add(1, 2), add(1), add(a=1, b=2), add(1, b=2)] == [3, 8, 3, 3]


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, 2, 3), {}), ((1,), {"a": 1}), ((1,), {"c": 1}), ((), {"b": 1})]
)
def test_wrong_arguments(args, kwargs):
    """Too few, too many, twice and unknown are all errors of the call."""
    with pytest.raises(DagsterInvalidInvocationError, match="'add'"):
        add(*args, **kwargs)


def test_types_are_checked():
    """Arguments and results are of the types that were declared."""

    @asset
    def wrong() -> int:
        return "a"

    @asset
    def nothing() -> None:
        return 3

    for call in (lambda: add("x", 2), wrong, nothing):
        with pytest.raises(DagsterTypeCheckDidNotPass):
            call()


def test_results_come_as_they_are():
    """What the function returns is returned, and the value inside is what is checked."""
    result = MaterializeResult(metadata={"a": 1})

    @asset
    def same() -> MaterializeResult:
        return result

    @asset
    def wrapped() -> Output[int]:
        return Output("x")

    assert same() is result
    with pytest.raises(DagsterTypeCheckDidNotPass):
        wrapped()


def test_context():
    """The context comes first or by keyword; without a context parameter it is dropped."""
    context = AssetExecutionContext()
    assert seen(context) == (context, 1)
    assert seen(context, 2) == seen(context, a=2) == seen(context=context, a=2) == (context, 2)
    assert seen(None) == (None, 1)
    assert add(context, 1, 2) == 3
    with pytest.raises(DagsterInvalidInvocationError, match="build_asset_context"):
        seen(2)


def test_context_is_bound():
    """A context that can be bound learns which definition is called."""

    class AssetExecutionContext:
        def bind(self, definition):
            return definition.key

    assert seen(AssetExecutionContext())[0] == AssetKey("seen")


def test_config():
    """S86: config is an object, a dict, or all of its defaults."""
    assert [tuned(Options(n=5), 1), tuned({"n": 5}, 1), tuned(config=Options(n=5), a=1), tuned(a=1)] == [
        6,
        6,
        6,
        4,
    ]
    assert strict(Strict(api_key="k")) == "k"
    for wrong in (lambda: tuned(1, 2), lambda: tuned({"n": "x"}, 1), strict):
        with pytest.raises(DagsterInvalidConfigError):
            wrong()


def test_resources():
    """Resources are arguments, or what the definition brings."""

    @asset(resource_defs={"client": 5})
    def brought(client: ResourceParam[int]):
        return client

    assert [served(1, 5), served(1, client=5), served(a=1, client=5), brought()] == [6, 6, 6, 5]
    with pytest.raises(DagsterInvalidDefinitionError, match="'client'"):
        served(1)


def test_generators():
    """A generator is one; each item and the end are checked as they come."""

    @asset
    def right() -> Iterator[Output[int]]:
        yield AssetMaterialization("elsewhere")
        yield Output(1)

    @asset
    def bare():
        yield 1

    @asset
    def none():
        yield from ()

    @asset(output_required=False)
    def optional():
        yield from ()

    @asset
    def foreign():
        yield Output(1, "other")

    @asset(dagster_type=Nothing)
    def nothing():
        yield from ()

    @asset(dagster_type=int)
    def typed():
        yield Output("x")

    assert [type(item).__name__ for item in right()] == ["AssetMaterialization", "Output"]
    assert list(optional()) == []
    assert list(nothing()) == [Output(None)]
    for wrong in (bare, none, foreign):
        with pytest.raises(DagsterInvariantViolationError):
            list(wrong())
    with pytest.raises(DagsterTypeCheckDidNotPass):
        list(typed())


def test_async():
    """An async function gives a coroutine, an async generator an async generator."""

    @asset
    async def one(a) -> int:
        return a

    @asset
    async def many():
        yield Output(1)

    async def gathered():
        return [item.value async for item in many()]

    assert asyncio.run(one(1)) == 1
    assert asyncio.run(gathered()) == [1]
    with pytest.raises(DagsterTypeCheckDidNotPass):
        asyncio.run(one("a"))


def test_errors_surface():
    """What the function raises comes out unchanged."""

    @asset
    def wrong():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        wrong()


def test_external_assets():
    """What has no function cannot be called."""
    with pytest.raises(DagsterInvalidInvocationError, match="external"):
        external(AssetSpec("a"))()

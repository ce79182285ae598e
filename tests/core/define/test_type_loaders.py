"""How values are made from config, by their types."""

import json
import typing

import pytest

from assets import job, op
from assets.core.define.dagster_type import DagsterType, usable_as_dagster_type
from assets.core.define.type_loaders import dagster_type_loader, loader_of
from assets.core.errors import DagsterInvalidConfigError, DagsterInvalidDefinitionError
from assets.core.schema.process import process


def load(annotation, config):
    loader = loader_of(annotation)
    return loader.construct_from_config_value(None, process(loader.schema_type, config))


@pytest.mark.parametrize(
    ("annotation", "config", "value"),
    [
        (int, 5, 5),
        (int, {"value": 5}, 5),
        (float, 1, 1.0),
        (str, {"value": "b"}, "b"),
        (bool, True, True),
        (typing.Any, {"value": [1]}, [1]),
        (dict, {"a": 1}, {"a": 1}),
        (list, [{"value": 1}], [1]),
        (list[int], [1, {"value": 2}], [1, 2]),
        (set[int], [1, 1], {1}),
        (int | None, None, None),
        (int | None, 5, 5),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (dict[str, typing.Any], {"a": {"value": 1}}, {"a": 1}),
        (list[list[int]], [[1], []], [[1], []]),
    ],
)
def test_forms(annotation, config, value):
    """A scalar stands for itself or under `value`; anything is under `value`; containers hold such forms."""
    assert load(annotation, config) == value


@pytest.mark.parametrize(
    ("annotation", "config"),
    [
        (int, "a"),
        (typing.Any, 5),
        (list, [1]),
        (list[int], {"value": [1]}),
        (dict[str, typing.Any], {"a": 1}),
        (int, {"pickle": {"path": "x"}}),
    ],
)
def test_wrong_forms(annotation, config):
    """What has none of the forms is an error of the config; a pickled file is no form."""
    with pytest.raises(DagsterInvalidConfigError):
        load(annotation, config)


def test_a_file(tmp_path):
    """A value may be in a JSON file, under `value`."""
    file = tmp_path / "x.json"
    file.write_text(json.dumps({"value": 7}))
    assert load(int, {"json": {"path": str(file)}}) == 7
    file.write_text("[7]")
    with pytest.raises(DagsterInvalidConfigError, match="value"):
        load(int, {"json": {"path": str(file)}})


@pytest.mark.parametrize(
    "annotation", [tuple[int, str], object, list[object], DagsterType(lambda _c, _v: True, name="T")]
)
def test_what_cannot_be_loaded(annotation):
    """A type without a loader has none, and so has a container of it."""
    assert loader_of(annotation) is None


def test_a_loader_of_ones_own():
    """A class that stands for a type is made by the type's loader, also inside a container."""

    @dagster_type_loader({"x": int, "y": int}, required_resource_keys={"r"})
    def point(context, config):
        return Point(config["x"], config["y"])

    @usable_as_dagster_type(loader=point)
    class Point(typing.NamedTuple):
        x: int
        y: int

    assert load(Point, {"x": 1, "y": 2}) == Point(1, 2)
    assert load(list[Point], [{"x": 1, "y": 2}]) == [Point(1, 2)]
    assert loader_of(list[Point]).required_resource_keys() == {"r"}
    with pytest.raises(DagsterInvalidConfigError):
        load(Point, {"x": 1})


def test_the_resources_of_a_loader_are_made_where_the_config_says_the_value():
    """It need not be the op that asks for them; an input that another op feeds asks for none."""

    @dagster_type_loader(str, required_resource_keys={"r"})
    def with_resource(context, config):
        return Named(config + context.resources.r)

    @usable_as_dagster_type(loader=with_resource)
    class Named(str):
        __slots__ = ()

    @op
    def takes(name: Named):
        return name

    @op
    def makes() -> Named:
        return Named("made")

    told = job(name="j", resource_defs={"r": "!"})(lambda: takes())  # noqa: PLW0108  a body uses an op
    result = told.execute_in_process({"ops": {"takes": {"inputs": {"name": "hi"}}}})
    assert result.output_for_node("takes") == "hi!"
    assert job(name="j")(lambda: takes(makes())).execute_in_process().success
    with pytest.raises(DagsterInvalidDefinitionError, match="'r'"):
        job(name="j", resource_defs={"s": "!"})(lambda: takes())  # noqa: PLW0108  a body uses an op


def test_what_a_loader_takes():
    """A loader takes the context and the config."""
    for wrong in (lambda config: config, lambda: 1, lambda a, b, c: a):
        with pytest.raises(DagsterInvalidDefinitionError, match="two arguments"):
            dagster_type_loader(str)(wrong)

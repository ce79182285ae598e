"""Rows of the seed pages about config and resources: S23-S28, S62, S73, S74, S84-S86."""

import pytest
from pydantic import Field as PydanticField

from assets import (
    Array,
    Config,
    Enum,
    EnumValue,
    Field,
    Map,
    Noneable,
    Permissive,
    Selector,
    Shape,
    asset,
    materialize,
)
from assets.core.errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterUnknownResourceError,
)


def of(config):
    return {"ops": {"f": {"config": config}}}


def configured(schema, *config):
    """The config that reaches the function of an asset."""
    told = []

    @asset(config_schema=schema)
    def f(context):
        told.append(context.op_execution_context.op_config)

    materialize([f], run_config=of(*config) if config else None)
    return told[0]


def test_s23_a_valid_config_reaches_the_function():
    """S23: what fits the schema is what `op_config` holds."""
    assert configured({"n": int}, {"n": 2})["n"] == 2


@pytest.mark.parametrize("config", [{}, {"n": "2"}, {"n": 2, "m": 3}, 3, None])
def test_s24_a_wrong_config_stops_the_run_before_any_step(config):
    """S24: missing or mistyped, it is an error before any step, even where errors of steps are not raised."""
    ran = []

    @asset
    def g():
        ran.append("g")

    @asset(config_schema={"n": int})
    def f(g):
        ran.append("f")

    for raise_on_error in (True, False):
        with pytest.raises(DagsterInvalidConfigError, match="root:ops:f"):
            materialize([g, f], run_config=of(config), raise_on_error=raise_on_error)
    with pytest.raises(DagsterInvalidConfigError, match=r"\{'ops': \{'f': \{'config': \{'n': 0\}\}\}\}"):
        materialize([g, f])
    assert ran == []


def test_s25_without_a_schema_anything_passes():
    """S25: no schema takes any config unchanged; none given is None."""
    for config in (3, {"a": [1, {"b": None}]}, "text"):
        assert configured(None, config) == config
    assert configured(None) is None


def test_s26_required_resource_keys():
    """S26: what is declared is there; not given it is an error, and undeclared it cannot be reached."""

    @asset(required_resource_keys={"z"})
    def f(context):
        with pytest.raises(DagsterUnknownResourceError):
            context.resources.y
        return context.resources.z

    assert materialize([f], resources={"z": 5, "y": 6}).output_for_node("f") == 5
    with pytest.raises(DagsterInvalidDefinitionError, match="'z' required by op 'f' was not provided"):
        materialize([f])


def test_s27_s28_resources_that_an_asset_brings():
    """S27, S28: they are used, and cannot be given again."""

    @asset(resource_defs={"z": 5}, required_resource_keys={"z"})
    def f(context):
        return context.resources.z

    assert materialize([f]).output_for_node("f") == 5
    with pytest.raises(DagsterInvalidInvocationError, match="'z'"):
        materialize([f], resources={"z": 6})


@pytest.mark.parametrize(
    ("schema", "given", "wrong"),
    [
        ({"n": int}, {"n": 1}, {"n": "1"}),
        (Field(int), 1, "1"),
        (Shape({"n": int}), {"n": 1}, {"m": 1}),
        (Selector({"a": int, "b": str}), {"a": 1}, {"a": 1, "b": "x"}),
        (Noneable(int), None, "x"),
        (Array(int), [1], ["x"]),
        (Map(str, int), {"a": 1}, {"a": "x"}),
        (Permissive({"n": int}), {"n": 1, "z": 2}, {"z": 2}),
        (Enum("E", [EnumValue("A")]), "A", "B"),
    ],
)
def test_s62_every_form_of_schema(schema, given, wrong):
    """S62: each form takes what fits, and refuses what does not."""
    assert configured(schema, given) == given
    with pytest.raises(DagsterInvalidConfigError):
        configured(schema, wrong)


class MyAssetConfig(Config):
    """The config of the page's example."""

    api_key: str = PydanticField(description="Key of the service")
    num_records: int = PydanticField(default=100, description="How many to fetch")


@asset
def configurable_asset(config: MyAssetConfig):
    return f"Fetched {config.num_records} records"


def test_s73_s74_a_config_class():
    """S73, S74: it is frozen, its schema comes from its fields, descriptions reach it, a default makes optional."""
    made = MyAssetConfig(api_key="k")
    with pytest.raises(DagsterInvalidInvocationError):
        made.num_records = 3
    fields = MyAssetConfig.to_fields_dict()
    assert list(fields) == ["api_key", "num_records"]
    assert fields["api_key"].is_required
    assert fields["num_records"].description == "How many to fetch"
    assert (fields["num_records"].is_required, fields["num_records"].default_value) == (False, 100)


def test_s84_s85_s86_the_example():
    """S84-S86: the page's asset runs with its config, not without the key, and is called with an object."""
    run_config = {"ops": {"configurable_asset": {"config": {"api_key": "k"}}}}
    found = materialize([configurable_asset], run_config=run_config)
    assert found.output_for_node("configurable_asset") == "Fetched 100 records"
    with pytest.raises(
        DagsterInvalidConfigError, match='"api_key" at path root:ops:configurable_asset:config'
    ):
        materialize([configurable_asset], run_config={"ops": {"configurable_asset": {"config": {}}}})
    with pytest.raises(DagsterInvalidConfigError, match="api_key"):
        materialize([configurable_asset])
    assert configurable_asset(MyAssetConfig(api_key="k", num_records=5)) == "Fetched 5 records"

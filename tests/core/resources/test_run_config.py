import pytest

from assets.core.errors import DagsterInvalidConfigError
from assets.core.record import UNSET
from assets.core.resources.config import Config
from assets.core.resources.resource import ConfigurableResource
from assets.core.resources.run_config import (
    RunConfig,
    config_field,
    config_of,
    entry_field,
    form_of_run,
    optional,
    read_run,
    resource_field,
    run_field,
)


class Size(Config):
    rows: int = 1
    note: str | None = None


class Client(ConfigurableResource):
    url: str


def test_objects_become_mappings():
    """Objects are written as `{'config': …}`, without the fields that are None; mappings go in as they are."""
    config = RunConfig(ops={"a": Size(rows=3), "b": {"k": 1}}, resources={"c": Client(url="u")})
    assert config.to_config_dict() == {
        "loggers": {},
        "resources": {"c": {"config": {"url": "u"}}},
        "ops": {"a": {"config": {"rows": 3}}, "b": {"k": 1}},
        "execution": {},
    }
    assert config == RunConfig(ops={"a": Size(rows=3), "b": {"k": 1}}, resources={"c": Client(url="u")})
    assert RunConfig().to_config_dict() == {"loggers": {}, "resources": {}, "ops": {}, "execution": {}}


def test_objects_within_a_graph():
    """The config objects of a graph's inner steps are written as mappings too."""
    given = {"ops": {"g": {"ops": {"a": Size(rows=3)}}}}
    assert form_of_run(given) == {"ops": {"g": {"ops": {"a": {"config": {"rows": 3}}}}}}
    assert form_of_run(RunConfig(ops=given["ops"]))["ops"] == form_of_run(given)["ops"]


def read(form):
    ops = {"daily": entry_field(config_field({"n": int, "k": optional(config_field(None, {"c": str}))}, {}))}
    return read_run(run_field(ops, {"client": entry_field(resource_field(Client(url="u")))}), form, "Error")


def test_the_whole_config_is_one_schema():
    """Defaults are put in everywhere, and a step, its config and a resource have their place."""
    found = read({"ops": {"daily": {"config": {"n": 3}}}})
    assert found["ops"] == {"daily": {"config": {"n": 3}}}
    assert found["resources"] == {"client": {"config": {"url": "u"}}}
    assert config_of({"ops": {"daily": {"config": 3}}}, "ops", "daily") == 3
    assert config_of({}, "ops", "daily") is UNSET
    with pytest.raises(DagsterInvalidConfigError, match="ops:daily"):
        config_of({"ops": {"daily": 3}}, "ops", "daily")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"opps": {}}, 'unexpected config entry "opps" at the root.*did you mean \'ops\''),
        ({"ops": {"daly": {}}}, "\"daly\" at path root:ops.*did you mean 'daily'"),
        ({"ops": {"daily": {"conf": 1}}}, '"conf" at path root:ops:daily'),
        ({"ops": {"daily": {"config": {"n": "3"}}}}, "at path root:ops:daily:config:n"),
        ({"ops": {"daily": {}}}, 'Missing required config entry "config" at path root:ops:daily'),
        ({}, r"Missing required config entry \"ops\" at the root.*\{'ops': \{'daily': \{'config': \{'n': 0\}\}\}\}"),
        ({"ops": 3}, "root:ops must be dict"),
        ({"ops": None}, "root:ops must not be None"),
        ({"resources": {"x": {}}}, '"x" at path root:resources'),
        ({"resources": {"client": {"config": {"url": 3}}}}, "root:resources:client:config:url"),
    ],
)  # fmt: skip
def test_every_problem_has_its_path(form, told):
    """A section, step, resource or field that does not exist or fit is named with its place."""
    with pytest.raises(DagsterInvalidConfigError, match=told):
        read(form)


def test_all_problems_are_told_at_once():
    """One error lists what is wrong in steps and resources alike."""
    with pytest.raises(DagsterInvalidConfigError) as caught:
        read({"ops": {"daily": {"config": {"n": "3", "z": 1}}}, "resources": {"x": {}}})
    assert [one.path for one in caught.value.errors] == [
        "root:ops:daily:config",
        "root:ops:daily:config:n",
        "root:resources",
    ]

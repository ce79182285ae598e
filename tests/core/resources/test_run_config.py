import pytest

from assets.core.errors import DagsterInvalidConfigError
from assets.core.resources.config import Config
from assets.core.resources.resource import ConfigurableResource
from assets.core.resources.run_config import RunConfig, config_of, run_config_form


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


def test_names_are_checked():
    """A section, step or resource that does not exist is an error with the nearest that does."""
    for wrong, hint in (
        ({"opps": {}}, "did you mean 'ops'"),
        ({"ops": {"daly": {}}}, "did you mean 'daily'"),
        ({"resources": {"x": {}}}, "known: client"),
        ({"ops": 3}, "mapping"),
    ):
        with pytest.raises(DagsterInvalidConfigError, match=hint):
            run_config_form(wrong, ["daily"], ["client"])
    form = run_config_form(RunConfig(ops={"daily": Size()}), ["daily"], ["client"])
    assert config_of(form, "ops", "daily") == {"rows": 1}
    assert config_of(form, "resources", "client") is None
    assert config_of(run_config_form(None, [], []), "ops", "daily") is None
    with pytest.raises(DagsterInvalidConfigError, match="ops:daily"):
        config_of({"ops": {"daily": 3}}, "ops", "daily")

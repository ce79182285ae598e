"""Laws of forms: whatever takes config has one, and an answer is judged as a run would judge it."""

from pydantic import Field as PydanticField

from assets import Config, ConfigurableResource, EnvVar, Field, asset, resource
from assets.core.resources.forms import config_form, config_problems


class Size(Config):
    rows: int = PydanticField(default=1, ge=1, description="how many")
    name: str


class Client(ConfigurableResource):
    url: str
    token: str = ""


@asset
def sized(config: Size):
    return config.rows


@asset(config_schema={"n": Field(int, default_value=3)})
def classic(context):
    return context.op_config


@asset
def plain():
    return 1


@resource(config_schema={"creature": str})
def animal(context):
    return context.resource_config


def test_what_takes_config_has_a_form():
    """An asset with a config class or a classic schema, and a resource in any form, have a form."""
    form = config_form(sized)
    assert form["required"] == ["name"]
    assert form["properties"]["rows"]["minimum"] == 1
    assert form["properties"]["rows"]["description"] == "how many"
    assert config_form(classic)["properties"] == {"n": {"type": "integer", "default": 3}}
    assert config_form(animal)["required"] == ["creature"]
    assert config_form(plain) is config_form(3) is None


def test_a_resource_shows_what_it_was_made_with():
    """What a resource was made with is the default; a variable is shown by its name."""
    form = config_form(Client(url="u", token=EnvVar("ASSETS_TEST_NONE")))
    assert form["required"] == []
    assert form["properties"]["url"]["default"] == "u"
    assert form["properties"]["token"]["default"] == {"env": "ASSETS_TEST_NONE"}
    assert config_form(Client.configure_at_launch())["required"] == ["url"]


def test_answers_are_judged():
    """An answer that does not fit gives its problems by path, and raises nothing."""
    assert config_problems(sized, {"name": "a"}) == []
    assert [one.path for one in config_problems(sized, {"rows": "3", "z": 1})] == [
        "root",
        "root",
        "root:rows",
    ]
    assert [one.path for one in config_problems(animal)] == ["root"]
    assert config_problems(classic) == config_problems(plain, 3) == []

"""Config and resources in a notebook: a form in the panel, checked before anything starts, in force until it is changed."""

from __future__ import annotations

CONFIGURED = """from pydantic import Field
from assets import Config, ConfigurableResource, Definitions

class Depth(Config):
    depth: int = Field(2, ge=1, description="How far down.")
    fast: bool = False

class Place(ConfigurableResource):
    url: str = "here"
    user: str

@asset
def model(config: Depth, place: Place):
    ran('model')
    return [config.depth, config.fast, place.url, place.user]

defs = Definitions(resources={"place": Place.configure_at_launch()})
"""


def test_a_form_configures_the_next_runs(story):
    """What does not fit is told and starts nothing; what fits is in force and makes the asset anew."""
    it = story(CONFIGURED)
    it.page.run_cell(2)
    it.wait_names("model")
    it.node("model").click()
    it.page.page.keyboard.press("Enter")
    it.area.get_by_role("tab", name="Config").click()
    depth = it.area.get_by_label("depth")
    it.area.get_by_role("button", name="Materialize with it").click()
    it.wait_panel("user of place must be filled in.")
    it.area.get_by_label("user").fill("<b>me</b>")
    depth.fill("deep")
    it.area.get_by_role("button", name="Materialize with it").click()
    it.wait_panel("How far down.", "Resource place", "root:ops:model:config:depth")
    it.wait(model="missing")
    assert it.ran() == []
    it.photograph("refused")
    depth.fill("5")
    it.area.get_by_label("fast").select_option(label="true")
    it.area.get_by_label("url").fill("there")
    it.area.get_by_role("button", name="Materialize with it").click()
    it.wait(model="fresh")
    it.photograph("applied")
    it.page.wait_text(
        it.page.execute("import assets; assets.workspace().load('model')"), "[5, True, 'there', '<b>me</b>']"
    )
    it.area.get_by_role("button", name="As declared").click()
    it.wait(model="stale")
    assert it.page.errors() == []


DUG = """from assets import Config, graph_asset, op

class Deep(Config):
    depth: int = 2

@op
def dig(config: Deep):
    return config.depth

@op(config_schema={"by": int})
def times(context, number):
    ran('shaft')
    return number * context.op_config["by"]

@graph_asset
def shaft():
    return times(dig())
"""


def test_each_op_of_a_graph_asset_has_a_form(story):
    """Named by its path; what does not fit one of them puts none in force."""
    it = story(DUG)
    it.page.run_cell(2)
    it.wait_names("shaft")
    it.node("shaft").click()
    it.page.page.keyboard.press("Enter")
    it.area.get_by_role("tab", name="Config").click()
    it.wait_panel("Op shaft.dig", "Op shaft.times")
    it.area.get_by_label("depth").fill("deep")
    it.area.get_by_label("by").fill("4")
    it.area.get_by_role("button", name="Materialize with it").click()
    it.wait_panel("root:ops:shaft:ops:dig:config:depth")
    assert it.ran() == []
    it.area.get_by_label("depth").fill("5")
    it.area.get_by_role("button", name="Materialize with it").click()
    it.wait(shaft="fresh")
    it.photograph("ops")
    it.page.wait_text(it.page.execute("import assets; assets.workspace().load('shaft')"), "20")
    assert it.page.errors() == []

"""Laws of the config that is in force in a workspace: it counts, it stays, what is wrong changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, SecretStr, field_validator

from assets import (
    Config,
    ConfigurableIOManager,
    ConfigurableResource,
    RunConfig,
    asset,
    config_mapping,
    graph,
    graph_asset,
    op,
)
from assets.core.errors import DagsterInvalidConfigError, DagsterInvariantViolationError
from assets.core.workspace import Workspace


class Depth(Config):
    depth: int = Field(2, description="How far down.")

    @field_validator("depth")
    @classmethod
    def _is_odd_or_two(cls, depth: int) -> int:
        if depth > 2 and depth % 2 == 0:
            message = "an even depth"
            raise ValueError(message)
        return depth


class Place(ConfigurableResource):
    url: str = "here"


@asset
def model(config: Depth, place: Place):
    return [config.depth, place.url]


class Door(ConfigurableResource):
    key: SecretStr = SecretStr("")


@asset
def inside(door: Door):
    return len(door.key.get_secret_value())


class Need(ConfigurableResource):
    user: str


@asset
def placed(need: Need):
    return need.user


class Files(ConfigurableIOManager):
    folder: str

    def handle_output(self, context, obj):
        Path(self.folder, "filed.txt").write_text(obj)

    def load_input(self, context):
        return Path(self.folder, "filed.txt").read_text()


@asset(io_manager_key="files")
def filed():
    return "kept"


@asset
def report(model):
    return model


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path / "store")
    made.define([model, report], {"place": Place()})
    made.materialize()
    yield made
    made.close()


def built(summary):
    return [str(piece) for piece in summary.built]


def test_what_was_made_with_another_config_is_stale(workspace):
    """Config counts like code (F7): it stays in force, so that what was made with it is fresh."""
    assert built(workspace.materialize(run_config=RunConfig(ops={"model": Depth(depth=5)}))) == [
        "model",
        "report",
    ]
    assert workspace.load("report") == [5, "here"]
    assert built(workspace.materialize()) == []
    assert workspace.run_config == {"ops": {"model": {"config": {"depth": 5}}}}
    workspace.configure({"resources": {"place": {"config": {"url": "there"}}}})
    assert workspace.states()[workspace.plan().steps[0].piece].state == "stale"
    assert "its config, a resource" in " ".join(workspace.why("model").notes)
    assert built(workspace.materialize()) == ["model", "report"]
    assert workspace.load("report") == [2, "there"]
    workspace.configure(None)
    workspace.materialize()
    assert workspace.load("report") == [2, "here"]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"ops": {"model": {"config": {"dpth": 3}}}}, "did you mean 'depth'"),
        ({"ops": {"modell": {"config": {}}}}, "modell"),
        ({"ops": {"model": {"config": {"depth": "deep"}}}}, "root:ops:model:config:depth"),
        ({"ops": {"model": {"config": {"depth": 4}}}}, "an even depth"),
        ({"resources": {"place": {"config": {"url": 3}}}}, "root:resources:place:config:url"),
        ({"resources": {"plaice": {"config": {}}}}, "plaice"),
        ({"oops": {}}, "oops"),
    ],
)
def test_a_config_that_does_not_fit_changes_nothing(workspace, form, told):
    """Nothing is started, and the former stays in force."""
    workspace.configure({"ops": {"model": {"config": {"depth": 3}}}})
    before, runs = workspace.run_config, len(workspace.instance.log.runs())
    for refused in (workspace.configure, lambda config: workspace.materialize(run_config=config)):
        with pytest.raises(DagsterInvalidConfigError, match=told):
            refused(form)
    assert workspace.run_config == before
    assert len(workspace.instance.log.runs()) == runs


def test_the_config_of_what_was_dropped_is_dropped(workspace):
    """And it is there again when the asset is."""
    workspace.configure({"ops": {"model": {"config": {"depth": 3}}}})

    @asset
    def other():
        return 1

    workspace.define([other])
    assert workspace.run_config == {}
    assert built(workspace.materialize()) == ["other"]
    workspace.define([model, report])
    workspace.materialize()
    assert workspace.load("model") == [3, "here"]


def test_what_can_be_configured_is_a_form_with_what_is_in_force(workspace):
    """Of the function and of each resource that it uses; what a form gives replaces that part and no other."""
    function, place = workspace.configurable("model")
    assert (function.section, function.name, function.value) == ("ops", "model", {})
    assert function.form["properties"]["depth"]["description"] == "How far down."
    assert (place.section, place.name) == ("resources", "place")
    assert place.form["properties"]["url"]["default"] == "here"
    assert workspace.configurable("report") == []
    workspace.configure_parts(
        "model", [("ops", "model", {"depth": 5}), ("resources", "place", {"url": "there"})]
    )
    assert [part.value for part in workspace.configurable("model")] == [{"depth": 5}, {"url": "there"}]
    workspace.configure_parts("model", [("ops", "model", {})])
    assert workspace.run_config == {"resources": {"place": {"config": {"url": "there"}}}}
    workspace.configure_parts("model", [("resources", "place", {})])
    assert workspace.run_config == {}


def test_loading_makes_no_resource_but_the_io_manager(tmp_path):
    """One that only the function uses may lack its config; the IO manager has the config in force."""
    made = Workspace(tmp_path)
    made.define([placed, filed], {"need": Need.configure_at_launch(), "files": Files.configure_at_launch()})
    config = {
        "resources": {"need": {"config": {"user": "me"}}, "files": {"config": {"folder": str(tmp_path)}}}
    }
    made.materialize(run_config=config)
    made.configure({"resources": {"files": config["resources"]["files"]}})
    assert (made.load("placed"), made.load("filed")) == ("me", "kept")
    made.close()


def test_a_form_of_something_else_is_refused(workspace):
    """A part that the asset does not have, and a value that does not fit, leave the former in force."""
    for error, part in (
        (DagsterInvariantViolationError, ("ops", "report", {})),
        (DagsterInvariantViolationError, ("resources", "depth", {})),
        (DagsterInvalidConfigError, ("ops", "model", {"depth": "deep"})),
    ):
        with pytest.raises(error):
            workspace.configure_parts("model", [("resources", "place", {"url": "there"}), part])
    assert workspace.run_config == {}


def test_a_secret_is_never_shown_and_stays(workspace, monkeypatch):
    """A page gets no secret; what it sends back without one leaves it as it was."""
    monkeypatch.setenv("PLACE_OF_TEST", "there")
    workspace.configure({"resources": {"place": {"config": {"url": {"env": "PLACE_OF_TEST"}}}}})
    assert workspace.configurable("model")[1].value == {"url": {"env": "PLACE_OF_TEST"}}
    workspace.materialize()
    assert workspace.load("model") == [2, "there"]

    workspace.define([inside], {"door": Door()})
    workspace.configure({"resources": {"door": {"config": {"key": "sesame"}}}})
    (part,) = workspace.configurable("inside")
    assert part.form["properties"]["key"]["writeOnly"]
    assert part.value == {}
    workspace.configure_parts("inside", [("resources", "door", {})])
    workspace.materialize()
    assert workspace.load("inside") == 6


@op
def dig(config: Depth):
    return config.depth


@op(config_schema={"by": int})
def times(context, number):
    return number * context.op_config["by"]


@graph
def deeper(number):
    return times(number)


class Half(Config):
    val: int


@config_mapping
def twice(config: Half) -> dict:
    return {"times": {"config": {"by": config.val * 2}}}


@graph(config=twice)
def doubled(number):
    return times(number)


@graph_asset
def shaft():
    return doubled(deeper(dig()))


def configure_shaft(workspace, depth, by, val):
    workspace.configure_parts(
        "shaft",
        [
            ("ops", "shaft.dig", {"depth": depth}),
            ("ops", "shaft.deeper.times", {"by": by}),
            ("ops", "shaft.doubled", {"val": val}),
        ],
    )


def test_the_ops_of_a_graph_asset_have_forms_of_their_own(tmp_path):
    """Each by its path; a graph with a config mapping has one for all that is in it."""
    workspace = Workspace(tmp_path / "store")
    workspace.define([shaft])
    parts = workspace.configurable("shaft")
    assert [(part.section, part.name, list(part.form["properties"])) for part in parts] == [
        ("ops", "shaft.dig", ["depth"]),
        ("ops", "shaft.deeper.times", ["by"]),
        ("ops", "shaft.doubled", ["val"]),
    ]
    configure_shaft(workspace, 3, 5, 1)
    assert workspace.run_config == {
        "ops": {
            "shaft": {
                "ops": {
                    "dig": {"config": {"depth": 3}},
                    "deeper": {"ops": {"times": {"config": {"by": 5}}}},
                    "doubled": {"config": {"val": 1}},
                }
            }
        }
    }
    assert [dict(part.value) for part in workspace.configurable("shaft")] == [
        {"depth": 3},
        {"by": 5},
        {"val": 1},
    ]
    workspace.materialize()
    assert workspace.load("shaft") == 3 * 5 * 2
    assert not workspace.materialize().built
    configure_shaft(workspace, 3, 7, 1)
    assert [piece.asset for piece in workspace.materialize().built] == [shaft.key]
    assert workspace.load("shaft") == 3 * 7 * 2
    workspace.close()


@pytest.mark.parametrize(
    ("depth", "by", "val", "told"),
    [
        ("deep", 5, 1, "root:ops:shaft:ops:dig:config:depth"),
        (3, "five", 1, "root:ops:shaft:ops:deeper:ops:times:config:by"),
        (3, 5, "one", "root:ops:shaft:ops:doubled:config:val"),
        (4, 5, 1, "an even depth"),
    ],
)
def test_what_does_not_fit_an_op_is_refused_before_anything_starts(tmp_path, depth, by, val, told):
    """What was in force stays so."""
    workspace = Workspace(tmp_path / "store")
    workspace.define([shaft])
    configure_shaft(workspace, 3, 5, 1)
    before = workspace.run_config
    with pytest.raises(DagsterInvalidConfigError, match=told):
        configure_shaft(workspace, depth, by, val)
    assert workspace.run_config == before
    workspace.close()

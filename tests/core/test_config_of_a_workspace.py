"""Laws of the config that is in force in a workspace: it counts, it stays, what is wrong changes nothing."""

from __future__ import annotations

import pytest

from assets import Config, ConfigurableResource, RunConfig, asset
from assets.core.errors import DagsterInvalidConfigError
from assets.core.workspace import Workspace


class Depth(Config):
    depth: int = 2


class Place(ConfigurableResource):
    url: str = "here"


@asset
def model(config: Depth, place: Place):
    return [config.depth, place.url]


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

"""Laws of the state of each asset as one row."""

from __future__ import annotations

from assets import AssetKey, AssetMaterialization, AssetObservation, AssetSpec, DagsterInstance
from assets.core.decide.states import states
from assets.core.decide.status import status
from assets.core.graph import Graph


def test_what_is_made_elsewhere_shows_what_was_seen_last():
    """The time and version of an external asset are those of its newest observation or reported materialization."""
    instance = DagsterInstance.ephemeral()
    graph = Graph.of([AssetSpec("s")])

    def row():
        facts = instance.log.snapshot()
        return status(graph, facts, states(graph, facts, {}), {}, [AssetKey("s")])["s"]

    assert (row().state, row().at, row().version) == ("external", None, "")
    for event, version in (
        (AssetObservation("s", tags={"dagster/data_version": "1"}), "1"),
        (AssetMaterialization("s", tags={"dagster/data_version": "2"}), "2"),
        (AssetObservation("s", tags={"dagster/data_version": "3"}), "3"),
    ):
        instance.report_runless_asset_event(event)
        assert row().version == version
        assert row().at > 0

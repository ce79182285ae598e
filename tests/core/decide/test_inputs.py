"""Laws of what a piece reads now."""

from __future__ import annotations

import pytest

from assets import AssetIn, AssetKey, StaticPartitionsDefinition, asset
from assets.core.decide import inputs
from assets.core.decide.inputs import inputs_of
from assets.core.events import Materialized, Observed, StepFailed, Wiped
from assets.core.graph import Graph
from assets.core.history import Fold, Snapshot
from assets.core.keys import Piece
from assets.core.latest import Entry
from assets.core.versions.data import Provenance

KEYS = [f"{number:03}" for number in range(inputs.MANY + 10)]
UP = AssetKey("up")


@asset(partitions_def=StaticPartitionsDefinition(KEYS))
def up():
    return 1


@asset(ins={"all": AssetIn("up")})
def down(all):  # noqa: A002  a name for all of them
    return 1


def made(number, partition, version):
    return Entry(number, Materialized("r", 1.0, Piece(UP, partition), Provenance("c", {}), version))


@pytest.mark.parametrize("facts", [Fold(), Snapshot()], ids=["fold", "snapshot"])
def test_what_is_remembered_of_many_ends_with_a_change(facts):
    """A change of any one of many partitions is seen at once; a snapshot never changes, the next one does."""
    graph = Graph.of([up, down])

    def after(facts, entry):
        if isinstance(facts, Snapshot):
            return facts.after([entry])
        facts.add(entry)
        return facts

    def read(facts):
        return inputs_of(Piece(AssetKey("down")), graph, facts)["all"]

    seen = [read(facts)]
    news = [
        made(1, KEYS[5], "v1"),
        made(2, KEYS[5], "v2"),
        made(3, KEYS[6], "v1"),
        Entry(4, Wiped("", 1.0, UP, (KEYS[5],))),
        made(5, KEYS[5], "v3"),
        Entry(6, Observed("", 1.0, Piece(UP, KEYS[7]), "seen", {}, {})),
    ]
    for entry in news:
        facts = after(facts, entry)
        seen.append(read(facts))
        assert read(facts) == seen[-1]
    assert len({each.version for each in seen}) == len(seen)
    assert len({each.pieces for each in seen}) == 1


def test_a_failure_changes_nothing_of_what_is_read():
    """What stood before the attempt still stands."""
    from assets.core.events import Problem

    graph, facts = Graph.of([up, down]), Fold()
    facts.add(made(1, KEYS[0], "v1"))
    before = inputs_of(Piece(AssetKey("down")), graph, facts)
    facts.add(Entry(2, StepFailed("r", 1.0, Piece(UP, KEYS[0]), Problem("E", "no"), 0.0)))
    assert inputs_of(Piece(AssetKey("down")), graph, facts) == before

"""Laws of the plan: exactly what is due, in order, and nothing that need not."""

from __future__ import annotations

import pytest

from assets import AssetKey, StaticPartitionsDefinition, asset
from assets.core.decide.inputs import inputs_of
from assets.core.decide.plan import Request, plan
from assets.core.errors import DagsterUnknownPartitionError
from assets.core.events import Materialized
from assets.core.graph import Graph
from assets.core.history import Fold
from assets.core.keys import Piece
from assets.core.latest import Entry
from assets.core.versions.data import Provenance

LETTERS = StaticPartitionsDefinition(["p", "q", "r"])


@asset
def a(): ...


@asset
def b(a): ...


@asset
def c(b): ...


@asset(partitions_def=LETTERS)
def part(a): ...


@asset(partitions_def=LETTERS)
def same(part): ...


@asset
def whole(part): ...


GRAPH = Graph.of([a, b, c, part, same, whole])


def past(*pieces: str) -> Fold:
    fold = Fold()
    for number, text in enumerate(pieces, 1):
        name, _, partition = text.partition("@")
        piece = Piece(AssetKey(name), partition or None)
        provenance = Provenance("c", inputs_of(piece, GRAPH, fold))
        fold.add(Entry(number, Materialized("r", 0.0, piece, provenance, f"v{number}")))
    return fold


def planned(fold, *names, codes=None, graph=GRAPH, **options):
    versions = dict.fromkeys(graph.nodes, "c") | {AssetKey(k): v for k, v in (codes or {}).items()}
    made = plan(graph, fold, versions, Request(frozenset(map(AssetKey, names)), **options))
    return [(str(step.piece), step.forecast) for step in made.steps], made


def test_everything_above_that_is_missing_runs_first():
    """A selection brings its due ancestors along, upstream first."""
    steps, _ = planned(past(), "c")
    assert steps == [("a", "build"), ("b", "build"), ("c", "build")]


def test_nothing_due_is_an_empty_plan():
    """All fresh: no step, everything kept."""
    steps, made = planned(past("a", "b", "c"), "c")
    assert steps == []
    assert {str(piece) for piece in made.kept} == {"a", "b", "c"}


def test_below_a_change_is_maybe():
    """What runs for certain and what depends on the outcome are told apart."""
    steps, _ = planned(past("a", "b", "c"), "c", codes={"a": "new"})
    assert steps == [("a", "build"), ("b", "maybe"), ("c", "maybe")]


def test_only_stays_inside_the_selection():
    """`only` runs nothing above; that the value above is missing is said before anything starts."""
    steps, made = planned(past("a"), "c", only=True)
    assert steps == [("c", "build")]
    assert "'b'" in made.blocked[0]
    _, made = planned(past("a", "b"), "c", only=True)
    assert not made.blocked


def test_force_runs_the_selection_and_only_what_is_due_above():
    """`force` is about what was selected."""
    steps, _ = planned(past("a", "b", "c"), "b", mode="force")
    assert steps == [("b", "build")]


def test_chosen_partitions_bring_only_their_own_ancestors():
    """Two partitions of a consumer need two partitions of its upstream."""
    steps, _ = planned(past("a"), "same", partitions=["p", "r"])
    assert [name for name, _ in steps] == ["part@p", "part@r", "same@p", "same@r"]


def test_a_reader_of_all_partitions_brings_them_all():
    """An unpartitioned consumer reads the whole space."""
    steps, _ = planned(past("a", "part@q"), "whole")
    assert [name for name, _ in steps] == ["part@p", "part@r", "whole"]


def test_an_unknown_partition_is_refused():
    """A partition that no selected asset has is an error that says what there is."""
    with pytest.raises(DagsterUnknownPartitionError, match=r"no partition 'z'.*'p' to 'r'"):
        planned(past(), "part", partitions=["z"])
    with pytest.raises(DagsterUnknownPartitionError, match="none of the selected assets is partitioned"):
        planned(past(), "a", partitions=["z"])


def test_a_ghost_blocks_its_consumers_and_names_them():
    """C8: materializing a consumer of an undefined asset says which one, and who asks for it."""

    @asset
    def consumer(gohst): ...

    graph = Graph.of([a, consumer], ghosts=True)
    _, made = planned(past(), "consumer", graph=graph)
    assert "'gohst'" in made.blocked[0]
    assert "'consumer'" in made.blocked[0]

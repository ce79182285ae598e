"""Laws of THE decision: a piece is fresh exactly when nothing it was made from has changed."""

from __future__ import annotations

from assets import AssetKey, StaticPartitionsDefinition, asset
from assets.core.decide.inputs import inputs_of
from assets.core.decide.states import states
from assets.core.decide.verdict import verdict
from assets.core.events import Materialized, Problem, StepFailed, Stored, Wiped
from assets.core.graph import Graph
from assets.core.history import Fold
from assets.core.keys import Piece
from assets.core.latest import Entry
from assets.core.versions.data import Provenance


class Past:
    """A history that tests write event by event."""

    def __init__(self, graph: Graph):
        self.graph, self.fold, self.count = graph, Fold(), 0

    def add(self, event):
        self.count += 1
        self.fold.add(Entry(self.count, event))
        return self

    def made(self, name, version, code="c", partition=None, stored=None):
        piece = Piece(AssetKey(name), partition)
        inputs = inputs_of(piece, self.graph, self.fold)
        return self.add(Materialized("r", 0.0, piece, Provenance(code, inputs), version, stored=stored))

    def failed(self, name, *, cancelled=False, partition=None):
        piece = Piece(AssetKey(name), partition)
        return self.add(StepFailed("r", 0.0, piece, Problem("ValueError", "no"), cancelled=cancelled))

    def state(self, name, codes=None, partition=None):
        return self.verdict(name, codes, partition).state

    def verdict(self, name, codes=None, partition=None):
        return verdict(Piece(AssetKey(name), partition), self.graph, self.fold, self.codes(codes))

    def codes(self, changed=None):
        return dict.fromkeys(self.graph.nodes, "c") | {AssetKey(k): v for k, v in (changed or {}).items()}

    def states(self, changed=None):
        found = states(self.graph, self.fold, self.codes(changed))
        return {str(piece): own.state for piece, own in found.items()}


@asset
def a():
    return 1


@asset
def b(a):
    return a


@asset
def c(b):
    return b


GRAPH = Graph.of([a, b, c])


def all_made():
    return Past(GRAPH).made("a", "1").made("b", "2").made("c", "3")


def test_what_was_never_made_is_missing():
    """No success, no failure: missing."""
    assert Past(GRAPH).state("a") == "missing"


def test_what_was_made_from_the_present_is_fresh():
    """Same code, same inputs at the same versions: fresh, all the way down."""
    assert set(all_made().states().values()) == {"fresh"}


def test_changed_code_is_stale_and_what_lies_below_waits():
    """Own code changed: stale. Below it, *upstream*: decided when the ancestor is done."""
    assert all_made().states({"a": "new"}) == {"a": "stale", "b": "upstream", "c": "upstream"}


def test_an_upstream_that_came_out_the_same_stops_the_wave():
    """Early cut-off: the ancestor ran again with the same version, so nothing below is due."""
    past = all_made().made("a", "1", code="new")
    assert past.states({"a": "new"}) == {"a": "fresh", "b": "fresh", "c": "fresh"}


def test_an_upstream_that_came_out_different_makes_its_consumer_stale():
    """Another version of a direct input: stale, and the reason names it."""
    past = all_made().made("a", "other")
    assert past.states() == {"a": "fresh", "b": "stale", "c": "upstream"}
    assert [(cause.kind, cause.name) for cause in past.verdict("b").causes] == [("data", "a")]


def test_a_failed_attempt_is_due_until_a_later_success():
    """The newest attempt decides; the success before it keeps its value and event."""
    past = all_made().failed("b")
    assert past.state("b") == "failed"
    assert past.fold.record(Piece(AssetKey("b"))).version == "2"
    assert past.made("b", "2").state("b") == "fresh"


def test_a_cancelled_attempt_is_due():
    """Cancelled is not done."""
    assert all_made().failed("c", cancelled=True).verdict("c").due


def test_a_wiped_piece_is_missing():
    """What was wiped was never made, as far as the decision goes."""
    assert all_made().add(Wiped("", 0.0, AssetKey("b"))).states() == {
        "a": "fresh",
        "b": "missing",
        "c": "upstream",
    }


def test_a_value_that_is_gone_makes_its_piece_missing():
    """Fresh needs the value: an event alone is not enough."""
    stored = Stored("json", "d", 3, "s", True)
    past = Past(GRAPH).made("a", "1", stored=stored)
    assert past.state("a") == "fresh"
    past.fold.held.clear()
    assert past.state("a") == "missing"
    assert past.verdict("a").causes[0].kind == "value"


def test_exchanged_inputs_are_a_change():
    """Inputs are recorded by parameter name: two upstreams exchanged is another computation."""

    @asset
    def x(): ...

    @asset
    def y(): ...

    def pair(first, second): ...

    from assets import AssetIn

    before = asset(name="pair", ins={"first": AssetIn("x"), "second": AssetIn("y")})(pair)
    after = asset(name="pair", ins={"first": AssetIn("y"), "second": AssetIn("x")})(pair)
    past = Past(Graph.of([x, y, before])).made("x", "1").made("y", "2").made("pair", "3")
    assert past.state("pair") == "fresh"
    past.graph = Graph.of([x, y, after])
    assert past.state("pair") == "stale"
    assert len(past.verdict("pair").causes) == 2


def test_an_input_added_or_removed_is_a_change():
    """The set of inputs counts, also of those that only order."""
    one = Graph.of([a, asset(name="d")(lambda: 1)])
    two = Graph.of([a, asset(name="d", deps=["a"])(lambda: 1)])
    past = Past(one).made("a", "1").made("d", "1")
    past.graph = two
    assert "new input 'a'" in past.verdict("d").causes[0].text
    past = Past(two).made("a", "1").made("d", "1")
    past.graph = one
    assert "no longer reads 'a'" in past.verdict("d").causes[0].text


LETTERS = StaticPartitionsDefinition(["p", "q"])


@asset(partitions_def=LETTERS)
def part():
    return 1


@asset(partitions_def=LETTERS)
def same(part):
    return part


@asset
def whole(part):
    return part


PARTED = Graph.of([part, same, whole])


def test_partitions_are_decided_one_by_one():
    """Only the consumers of the partition that changed are due; a reader of all partitions is, too."""
    past = Past(PARTED)
    for name in ("part", "same"):
        past.made(name, "1", partition="p").made(name, "1", partition="q")
    past.made("whole", "1")
    assert set(past.states().values()) == {"fresh"}
    past.made("part", "2", partition="q")
    assert past.states() == {
        "part@p": "fresh",
        "part@q": "fresh",
        "same@p": "fresh",
        "same@q": "stale",
        "whole": "stale",
    }


def test_a_new_partition_changes_what_reads_all():
    """Keys added to the space: the new piece is missing, and the reader of all waits for it."""
    past = Past(PARTED)
    past.made("part", "1", partition="p").made("part", "1", partition="q").made("whole", "1")
    more = StaticPartitionsDefinition(["p", "q", "r"])
    past.graph = Graph.of([asset(name="part", partitions_def=more)(lambda: 1), whole])
    assert past.states() == {"part@p": "fresh", "part@q": "fresh", "part@r": "missing", "whole": "stale"}

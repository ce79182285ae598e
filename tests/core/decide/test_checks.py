"""Laws of how a check stands: by its newest answer, as long as that is about the value of now."""

from __future__ import annotations

import pytest

from assets import AssetCheckResult, AssetCheckSpec, AssetKey, StaticPartitionsDefinition, asset, asset_check
from assets.core.decide.checks import check_rows, in_words, tally
from assets.core.events import Evaluated, Materialized, Wiped
from assets.core.graph import Graph
from assets.core.history import Fold
from assets.core.keys import Piece
from assets.core.latest import Entry
from assets.core.versions.data import Provenance

A = AssetKey("a")
LETTERS = StaticPartitionsDefinition(["p", "q"])


@asset(check_specs=[AssetCheckSpec("inner", asset="a")])
def a():
    return 1


@asset_check(asset="a")
def outer():
    return AssetCheckResult(passed=True)


@asset
def plain():
    return 1


@asset(partitions_def=LETTERS)
def parted():
    return 1


@asset_check(asset="parted", partitions_def=LETTERS)
def each():
    return AssetCheckResult(passed=True)


GRAPH = Graph.of([a, outer, plain, parted, each])


class Past:
    """A history that tests write event by event."""

    def __init__(self):
        self.fold, self.count = Fold(), 0

    def add(self, event):
        self.count += 1
        self.fold.add(Entry(self.count, event))
        return self

    def made(self, name="a", run="r1", partition=None):
        return self.add(Materialized(run, 0.0, Piece(AssetKey(name), partition), Provenance("c", {}), "v"))

    def said(self, check, passed=True, severity="ERROR", run="r1", name="a", partition=None):
        return self.add(Evaluated(run, 0.0, Piece(AssetKey(name), partition), check, passed, severity))

    def rows(self, name="a"):
        key = AssetKey(name)
        return {row.spec.name: row for row in check_rows(GRAPH, self.fold, {key}).get(key, ())}

    def outcomes(self, name="a"):
        return {check: row.outcome for check, row in self.rows(name).items()}


def test_declared_checks_are_pending_until_they_are_evaluated():
    """Checks that the function reports and checks with a function of their own alike."""
    assert Past().outcomes() == {"inner": "pending", "outer": "pending"}
    assert Past().outcomes("plain") == {}
    assert Past().made().said("outer").outcomes() == {"inner": "pending", "outer": "passed"}


@pytest.mark.parametrize(
    ("passed", "severity", "outcome"),
    [
        (True, "ERROR", "passed"),
        (True, "WARN", "passed"),
        (False, "ERROR", "failed"),
        (False, "WARN", "warning"),
    ],
)
def test_outcome_of_an_answer(passed, severity, outcome):
    """A failure counts by its severity, a success does not."""
    assert Past().made().said("outer", passed, severity).outcomes()["outer"] == outcome


def test_newest_answer_counts():
    """What was said before is history."""
    assert Past().made().said("outer", False).said("outer").outcomes()["outer"] == "passed"


def test_answer_about_a_former_value_is_old():
    """After another run has made the asset, the check is to be evaluated again; its old answer is still told."""
    row = Past().made().said("outer", False).made(run="r2").rows()["outer"]
    assert (row.outcome, row.old) == ("pending", True)
    assert row.newest is not None
    assert Past().made().said("outer").made("plain", "r2").outcomes()["outer"] == "passed"


def test_answer_may_come_before_the_value_of_its_run():
    """A function may report a check before it gives the value."""
    assert Past().said("inner").made().outcomes()["inner"] == "passed"


def test_wiped_asset_is_not_checked():
    """Forgetting an asset forgets what its checks said."""
    assert Past().made().said("outer").add(Wiped("", 0.0, A)).outcomes()["outer"] == "pending"


def test_partitions_are_checked_one_by_one():
    """Of a partitioned check the worst partition shows."""
    past = Past().made("parted", partition="p").made("parted", partition="q")
    past.said("each", name="parted", partition="p").said("each", False, name="parted", partition="q")
    row = past.rows("parted")["each"]
    assert (row.outcome, row.partition) == ("failed", "q")
    past.said("each", name="parted", partition="q")
    assert past.outcomes("parted") == {"each": "passed"}
    assert past.made("parted", "r2", "p").outcomes("parted") == {"each": "pending"}


def test_words_name_what_did_not_pass():
    """Those that passed are counted, the others named, the worst first."""
    rows = Past().made().said("outer", False).said("inner", False, "WARN").rows().values()
    assert in_words(rows) == "failed: outer; warning: inner"
    assert tally(rows) == {"failed": 1, "warning": 1}
    assert in_words(Past().made().said("outer").rows().values()) == "not evaluated yet: inner; 1 passed"
    assert in_words(()) == ""

"""Laws of the pace of a run: what its rate is, and how long the rest may take."""

from __future__ import annotations

import pytest

from assets import BackfillPolicy, StaticPartitionsDefinition, asset
from assets.core.run.pace import FEW, Pace
from assets.core.run.runner import Progress

LETTERS = StaticPartitionsDefinition([f"{number:02}" for number in range(20)])


@asset(partitions_def=LETTERS)
def first():
    return 1


@asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run())
def second(first):
    return first


class Run:
    """A run whose clock is turned by hand."""

    def __init__(self, plan, facts):
        self.pieces = [step.piece for step in plan.steps]
        self.time = 0.0
        self.pace = Pace(plan, facts, lambda: self.time)
        self.tell("begun", None)

    def tell(self, what, piece, after=0.0):
        self.time += after
        self.pace.heard(Progress(what, "run", piece, 0, len(self.pieces), 0))


def test_a_few_partitions_tell_the_rate(quick):
    """Before, and when nothing of the asset is open any more, there is none."""
    _, facts, plan = quick.plan(first)
    run = Run(plan, facts)
    for number, piece in enumerate(run.pieces):
        assert (run.pace.rate() is None) == (number < FEW)
        run.tell("running", piece)
        run.tell("done", piece, 0.25)
        assert number >= len(run.pieces) - 1 or number + 1 < FEW or run.pace.rate() == pytest.approx(4)
    assert run.pace.rate() is None
    assert run.pace.left() == 0


def test_partitions_that_are_told_together_share_their_time(quick):
    """Commits gather: many are told at one moment, and the rate is right all the same."""
    _, facts, plan = quick.plan(first)
    run = Run(plan, facts)
    for at in range(0, 15, 5):
        run.time += 1.0
        for piece in run.pieces[at : at + 5]:
            run.tell("done", piece)
    assert run.pace.rate() == pytest.approx(5)
    assert run.pace.left() == pytest.approx(1)


def test_what_was_never_made_leaves_the_end_open(quick):
    """Of the second asset nothing is known; when it was made before, its former times tell."""
    _, facts, plan = quick.plan(first, second)
    run = Run(plan, facts)
    for piece in run.pieces[:10]:
        run.tell("done", piece, 1.0)
    assert run.pace.left() is None
    assert quick.run(first, second).success
    _, facts, plan = quick.plan(first, second, force=True)
    run = Run(plan, facts)
    former = sum(facts.record(piece).seconds for piece in run.pieces)
    assert run.pace.left() == pytest.approx(former)


def test_what_is_kept_or_fails_is_open_no_more(quick):
    """Whatever became of it; and told twice, it counts once."""
    _, facts, plan = quick.plan(first)
    run = Run(plan, facts)
    for piece in run.pieces[:5]:
        run.tell("done", piece, 2.0)
    for what, piece in zip(("kept", "failed", "skipped", "cancelled"), run.pieces[5:], strict=False):
        run.tell(what, piece, 100.0)
        run.tell("failed", piece)
    assert run.pace.left() == pytest.approx(11 * 2.0)


def test_what_is_at_work_has_had_a_part_of_its_time(quick):
    """A call of many partitions counts down as it goes on, and never below nothing."""
    assert quick.run(first, second).success

    class Past:
        def record(self, piece):
            return type("Record", (), {"seconds": 3.0})

    _, _, plan = quick.plan(first, second, keys=["second"], force=True)
    run = Run(plan, Past())
    assert run.pace.left() == pytest.approx(60)
    for piece in run.pieces:
        run.tell("running", piece)
    run.time += 45
    assert run.pace.left() == pytest.approx(15)
    run.time += 45
    assert run.pace.left() == 0

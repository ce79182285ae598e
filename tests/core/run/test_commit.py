"""Laws of gathering: nothing is lost, nothing is torn, nothing is told too early."""

from __future__ import annotations

import threading

import pytest

from assets.core.errors import StoreError
from assets.core.events import Logged, RunStarted, StepSkipped, StepStarted
from assets.core.keys import AssetKey, Piece
from assets.core.run.commit import Gather
from assets.core.store import memory_store

PIECE = Piece(AssetKey("a"))


class Counting:
    """A log that counts its transactions, and may refuse them."""

    def __init__(self):
        self.batches = []
        self.refuses = False
        self.threads = set()
        self._log = memory_store().log

    def append(self, events, values=()):
        if self.refuses:
            message = "the disk is full"
            raise StoreError(message)
        self.batches.append(list(events))
        self.threads.add(threading.get_ident())
        return self._log.append(events, values)


def said(text):
    return Logged("r", 0.0, PIECE, "stdout", "INFO", text)


def test_events_that_come_together_share_a_transaction():
    """Many additions, few transactions, the order kept."""
    log = Counting()
    gather = Gather(log, wait=10)
    for number in range(100):
        gather.add([said(str(number))])
    gather.close()
    assert len(log.batches) == 1
    assert [event.text for event in log.batches[0]] == [str(number) for number in range(100)]


def test_waiting_ends_by_itself():
    """An event is committed soon although nothing follows it."""
    log, heard = Counting(), threading.Event()
    gather = Gather(log, lambda _entries: heard.set(), wait=0.01)
    gather.add([said("x")])
    assert heard.wait(10)
    gather.close()


def test_flush_comes_back_when_all_is_committed():
    """After `flush` the log has everything; a flush of nothing is nothing."""
    log = Counting()
    gather = Gather(log, wait=10)
    gather.flush()
    gather.add([said("x")])
    gather.flush()
    assert [event.text for batch in log.batches for event in batch] == ["x"]
    gather.flush()
    gather.close()


def test_all_transactions_are_on_one_thread_that_is_not_ours():
    """An interrupt of the caller cannot fall into a transaction."""
    log = Counting()
    gather = Gather(log, wait=0)
    for _ in range(3):
        gather.add([said("x")])
        gather.flush()
    gather.close()
    assert len(log.threads) == 1
    assert threading.get_ident() not in log.threads


def test_an_error_of_the_log_reaches_the_caller():
    """The next call raises it, and so does `close`; nothing was told as committed."""
    log, told = Counting(), []
    log.refuses = True
    gather = Gather(log, told.append, wait=0)
    gather.add([said("x")])
    with pytest.raises(StoreError, match="disk is full"):
        gather.flush()
    with pytest.raises(StoreError):
        gather.add([said("y")])
    with pytest.raises(StoreError):
        gather.close()
    assert told == []


def test_a_listener_that_fails_does_not_fail_the_run(capsys):
    """Its error is shown, and the commits go on."""
    log = Counting()

    def broken(_entries):
        raise RuntimeError

    gather = Gather(log, broken, wait=0)
    gather.add([said("x")])
    gather.flush()
    gather.add([said("y")])
    gather.close()
    assert [event.text for batch in log.batches for event in batch] == ["x", "y"]
    assert "RuntimeError" in capsys.readouterr().err


def test_a_start_whose_end_is_in_the_same_batch_is_left_out():
    """It would tell nothing that the end does not; a start without an end is told."""
    log = Counting()
    gather = Gather(log, wait=10)
    other = Piece(AssetKey("b"))
    gather.add([RunStarted("r", 0.0, (AssetKey("a"),)), StepStarted("r", 0.0, PIECE)])
    gather.flush()
    gather.add([StepStarted("r", 0.0, other), StepSkipped("r", 0.0, other, "no output")])
    gather.close()
    assert [[type(event).__name__ for event in batch] for batch in log.batches] == [
        ["RunStarted", "StepStarted"],
        ["StepSkipped"],
    ]


def test_what_a_run_left_open_goes_before_what_the_next_one_says():
    """An interrupt can cut a run off before it closes its gathering."""
    log = Counting()
    left = Gather(log, wait=10)
    left.add([said("1")])
    following = Gather(log, wait=10)
    following.add([said("2")])
    following.close()
    assert [event.text for batch in log.batches for event in batch] == ["1", "2"]
    left.close()


def test_close_commits_what_waits_where_no_thread_came_to_run(monkeypatch):
    """An interrupt can come between an event and the start of the thread."""
    log = Counting()
    gather = Gather(log, wait=10)

    def interrupted():
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(gather, "_start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            gather.add([said("x")])
    gather.close()
    assert [event.text for batch in log.batches for event in batch] == ["x"]

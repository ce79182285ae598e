"""Laws of the token that stops a run: it breaks into the body, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from assets.core.run.cancel import Cancel, Interrupted


def test_a_request_breaks_into_a_body_on_a_thread():
    """At the next instruction, also of one that never ends."""
    cancel, inside, seen = Cancel(), threading.Event(), []

    def body():
        try:
            with cancel.interruptible():
                inside.set()
                while True:
                    pass
        except Interrupted:
            seen.append("interrupted")

    thread = threading.Thread(target=body)
    thread.start()
    inside.wait()
    cancel.request()
    thread.join()
    assert seen == ["interrupted"]
    assert cancel.sent


def test_who_is_asked_before_it_begins_does_not_begin():
    cancel = Cancel()
    cancel.request()
    with pytest.raises(Interrupted), cancel.interruptible():
        pytest.fail("It began.")


def test_what_comes_too_late_hits_nobody():
    """What was sent and not delivered when the body ended is taken back; the code after it goes on."""
    cancel, seen = Cancel(), []

    def body():
        with cancel.interruptible(lambda: None):
            cancel.request()
        seen.append(sum(range(1000)))

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert seen == [499500]


TRACED = """
import sys, threading
from assets.core.run.cancel import Cancel, Interrupted

def stopped(cancel, break_in=None):
    try:
        with cancel.interruptible(break_in):
            cancel.request()
            for _ in range(10**6):
                pass
    except Interrupted:
        pass

def traced():
    return 1

for each in (None, lambda: None):
    thread = threading.Thread(target=stopped, args=(Cancel(), each))
    thread.start()
    thread.join()
sys.settrace(lambda *_: None)
print(traced())
"""


def test_a_debugger_works_after_a_run_was_stopped():
    """No notice is left with the interpreter: Python 3.11 would wait in the next traced call for somebody to read it."""
    done = subprocess.run(
        [sys.executable, "-c", TRACED], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("1\n", "")

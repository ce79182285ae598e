"""Laws of trying again: how often, when, and what is told of it (semantics, `RetryPolicy`)."""

from __future__ import annotations

from assets import Failure, RetryPolicy, RetryRequested, asset, materialize


def shaky(fails, error=None, **options):
    """An asset that fails so many times, and which attempts it saw."""
    seen = []

    @asset(**options)
    def a(context):
        seen.append(context.retry_number)
        if len(seen) <= fails:
            raise error or ValueError("not yet")
        return 1

    return a, seen


def test_retry_policy():
    """S45: a function that fails twice succeeds with two retries, and both are told."""
    a, seen = shaky(2, retry_policy=RetryPolicy(max_retries=2))
    result = materialize([a])
    assert result.success
    assert result.retry_attempts_for_node("a") == 2
    assert seen == [0, 1, 2]
    kinds = [event.event_type_value for event in result.events_for_node("a")]
    assert kinds.count("STEP_UP_FOR_RETRY") == kinds.count("STEP_RESTARTED") == 2
    assert kinds.count("STEP_SUCCESS") == 1


def test_retries_end():
    """After the last retry the step has failed."""
    a, seen = shaky(5, retry_policy=RetryPolicy(max_retries=1))
    assert not materialize([a], raise_on_error=False).success
    assert seen == [0, 1]


def test_retry_requested():
    """A function may ask for a retry itself, and how often."""
    a, seen = shaky(1, RetryRequested(max_retries=1))
    assert materialize([a]).success
    assert seen == [0, 1]


def test_failure_may_refuse_retries():
    """A `Failure` that allows none is final."""
    a, seen = shaky(1, Failure("final", allow_retries=False), retry_policy=RetryPolicy(max_retries=3))
    assert not materialize([a], raise_on_error=False).success
    assert seen == [0]


def test_what_a_failed_attempt_left_is_not_kept():
    """A retried step records one materialization, made once."""
    a, _ = shaky(1, retry_policy=RetryPolicy())
    assert len(materialize([a]).get_asset_materialization_events()) == 1

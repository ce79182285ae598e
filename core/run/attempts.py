"""Trying a step, and trying it again: retry policies, `RetryRequested`, and the waits between.

Rules: `spec/api.md` §8, `spec/semantics.md` §6. What an attempt does is its caller's business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..define.policies import RetryPolicy
from ..define.results import Failure, RetryRequested
from .cancel import Cancel, Interrupted
from .problem import problem_of


class Retry(NamedTuple):
    """That another attempt is to follow: which one, and after how many seconds."""

    attempt: int
    wait: float

    def told(self, error: BaseException) -> str:
        """What is said of the step while it waits."""
        when = f" in {self.wait:.3g} s" if self.wait else ""
        return f"retry {self.attempt}{when}: {problem_of(error).line}"

    @property
    def name(self) -> str:
        """What is said of the step while this attempt goes on."""
        return f"retry {self.attempt}"


def retry_after(error: BaseException, policy: RetryPolicy | None, attempts: int) -> Retry | None:
    """Whether a failed step is tried again.

    Args:
        error: What it failed with.
        policy: Its retry policy.
        attempts: How often it was tried again so far.
    """
    if isinstance(error, RetryRequested):
        if attempts >= error.max_retries:
            return None
        return Retry(attempts + 1, error.seconds_to_wait or 0.0)
    if policy is None or not isinstance(error, Exception) or attempts >= policy.max_retries:
        return None
    if isinstance(error, Failure) and not error.allow_retries:
        return None
    return Retry(attempts + 1, policy.calculate_delay(attempts + 1))


def wait_for(seconds: float, cancel: Cancel, sleep: Callable[[float], None]) -> None:
    """Wait between two attempts; whoever stops the run stops this too.

    Raises:
        Interrupted: if the run was asked to stop.
    """
    left = seconds
    while left > 0:
        if cancel.asked:
            raise Interrupted
        step = min(left, 0.05)
        sleep(step)
        left -= step

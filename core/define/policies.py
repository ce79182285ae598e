"""How a step is tried again, and how a backfill is cut into runs (`spec/api.md` §8)."""

from __future__ import annotations

import random
from enum import Enum
from typing import NamedTuple

from ..errors import DagsterInvalidDefinitionError, check_type
from ..record import Record, put


class Backoff(Enum):
    """How the delay grows from one retry to the next."""

    LINEAR = "LINEAR"
    EXPONENTIAL = "EXPONENTIAL"


class Jitter(Enum):
    """How the delay is spread, so that many steps do not retry at the same moment."""

    FULL = "FULL"
    PLUS_MINUS = "PLUS_MINUS"


class RetryPolicy(Record):
    """How often and when a step that failed is tried again.

    Args:
        max_retries: How often at the most.
        delay: Seconds before the first retry.
        backoff: How the delay grows; needs a delay.
        jitter: How the delay is spread; needs a delay.
    """

    __slots__ = ("backoff", "delay", "jitter", "max_retries")

    max_retries: int
    delay: float | None
    backoff: Backoff | None
    jitter: Jitter | None

    def __init__(
        self,
        max_retries: int = 1,
        delay: float | None = None,
        backoff: Backoff | None = None,
        jitter: Jitter | None = None,
    ) -> None:
        put(self, "max_retries", check_type(max_retries, int, "max_retries", optional=False))
        put(self, "delay", check_type(delay, (int, float), "delay"))
        put(self, "backoff", check_type(backoff, Backoff, "backoff"))
        put(self, "jitter", check_type(jitter, Jitter, "jitter"))
        if delay is None and (backoff is not None or jitter is not None):
            message = "A RetryPolicy with backoff or jitter has no delay that they could change; give delay=... as well."
            raise DagsterInvalidDefinitionError(message)

    def calculate_delay(self, attempt_num: int) -> float:
        """The seconds to wait before a retry.

        Args:
            attempt_num: Which retry, from 1.
        """
        base: float = self.delay or 0
        delay: float
        match self.backoff:
            case Backoff.EXPONENTIAL:
                delay = (2**attempt_num - 1) * base
            case Backoff.LINEAR:
                delay = attempt_num * base
            case None:
                delay = base
        match self.jitter:
            case Jitter.FULL:
                return random.random() * delay  # noqa: S311  chance, not secrecy
            case Jitter.PLUS_MINUS:
                return delay + (2 * random.random() - 1) * base  # noqa: S311  chance, not secrecy
            case None:
                return delay


class BackfillPolicyType(Enum):
    """Whether a backfill is one run or several."""

    SINGLE_RUN = "SINGLE_RUN"
    MULTI_RUN = "MULTI_RUN"


class BackfillPolicy(NamedTuple):
    """How many partitions one run of a backfill takes; `None` means all of a range."""

    max_partitions_per_run: int | None = 1

    @staticmethod
    def single_run() -> BackfillPolicy:
        """One run for each contiguous range."""
        return BackfillPolicy(None)

    @staticmethod
    def multi_run(max_partitions_per_run: int = 1) -> BackfillPolicy:
        """Several runs of so many partitions."""
        return BackfillPolicy(
            check_type(max_partitions_per_run, int, "max_partitions_per_run", optional=False)
        )

    @property
    def policy_type(self) -> BackfillPolicyType:
        """Which of the two it is."""
        return BackfillPolicyType.MULTI_RUN if self.max_partitions_per_run else BackfillPolicyType.SINGLE_RUN

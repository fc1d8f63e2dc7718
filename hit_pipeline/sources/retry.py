"""The one place where something that failed for the moment is tried again.

Only a `TransientSourceError` is; anything else is raised at once. The last failure is raised as it
is, so that the night tells the cause and not the trying.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from hit_pipeline.errors import TransientSourceError

Result = TypeVar("Result")
LONGEST_WAIT = 300.0
"""Seconds; a source that asks for a longer pause is asked again in the next night."""


@dataclass(frozen=True)
class Patience:
    """How often and how soon something is tried again.

    Attributes:
        retries: Tries after the first one.
        first_wait: Seconds before the second try; doubled each time, at most a minute.
    """

    retries: int
    first_wait: float = 1.0

    def tried(self, call: Callable[[], Result]) -> Result:
        """Return what a call returns, trying again while it fails for the moment.

        Raises:
            TransientSourceError: The last try failed as well, or the source asks for a pause
                above `LONGEST_WAIT`.
        """
        backoff = wait_exponential_jitter(
            multiplier=self.first_wait, max=60, jitter=self.first_wait / 2
        )

        def wait(state: RetryCallState) -> float:
            asked = _asked(state)
            return backoff(state) if asked is None else asked

        def is_over(state: RetryCallState) -> bool:
            return (_asked(state) or 0) > LONGEST_WAIT or stop_after_attempt(self.retries + 1)(
                state
            )

        retrying = Retrying(
            retry=retry_if_exception_type(TransientSourceError),
            stop=is_over,
            wait=wait,
            reraise=True,
        )
        return retrying(call)


def _asked(state: RetryCallState) -> float | None:
    failure = state.outcome.exception() if state.outcome is not None else None
    return failure.wait_seconds if isinstance(failure, TransientSourceError) else None

"""The one place that tries again: how often, how soon, and what it never does."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.errors import PermanentSourceError, TransientSourceError
from hit_pipeline.sources.retry import LONGEST_WAIT, Patience


class Failing:
    """Fails for the moment so many times; then there is an answer."""

    def __init__(self, times: int, wait: float | None = None) -> None:
        self.times, self.wait, self.calls = times, wait, 0

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.times:
            message = f"failure {self.calls}"
            raise TransientSourceError(message, source="sis", wait_seconds=self.wait)
        return self.calls


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Have nobody wait; return how long somebody would have."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


@given(st.integers(0, 5), st.integers(0, 8))
def test_it_is_tried_as_often_as_said_and_the_last_failure_is_told(
    retries: int, failures: int
) -> None:
    call = Failing(failures)
    patience = Patience(retries, first_wait=0)
    if failures <= retries:
        assert patience.tried(call) == failures + 1
    else:
        with pytest.raises(TransientSourceError, match=f"failure {retries + 1}"):
            patience.tried(call)
    assert call.calls == min(failures, retries) + 1


@pytest.mark.parametrize(
    "failure", [PermanentSourceError("no", source="sis"), ValueError("a bug"), KeyboardInterrupt()]
)
def test_nothing_else_is_tried_again(failure: BaseException) -> None:
    calls = []

    def call() -> None:
        calls.append(1)
        raise failure

    with pytest.raises(type(failure)):
        Patience(5).tried(call)
    assert len(calls) == 1


def test_the_pause_grows_to_a_minute(slept: list[float]) -> None:
    Patience(9, first_wait=2).tried(Failing(9))
    for number, pause in enumerate(slept):
        least = min(2 * 2**number, 60)
        assert least <= pause <= min(least + 1, 60)


@pytest.mark.parametrize("asked", [0, 7, LONGEST_WAIT])
def test_a_pause_that_is_asked_for_is_kept(slept: list[float], asked: float) -> None:
    Patience(2, first_wait=50).tried(Failing(2, wait=asked))
    assert slept == [asked, asked]


def test_one_that_is_too_long_ends_the_trying(slept: list[float]) -> None:
    call = Failing(2, wait=LONGEST_WAIT + 1)
    with pytest.raises(TransientSourceError):
        Patience(9).tried(call)
    assert (call.calls, slept) == (1, [])

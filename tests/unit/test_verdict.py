"""Verdicts: what passes, what blocks, and that they are read back as they were written."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.verdict import Outcome, Verdict

OUTCOMES = st.builds(
    Outcome,
    rule=st.text(),
    severity=st.sampled_from(["critical", "warning", "info"]),
    expectation=st.text(),
    columns=st.lists(st.text()).map(tuple),
    passed=st.booleans(),
    unexpected=st.none() | st.integers(0),
    broken=st.booleans(),
    rows=st.lists(st.text()).map(tuple),
    remedy=st.text(),
    owner=st.text(),
)
VERDICTS = st.builds(
    Verdict,
    table=st.text(),
    school_year=st.none() | st.just("2026-27"),
    checked_at=st.datetimes(timezones=st.just(UTC)),
    row_count=st.integers(0),
    outcomes=st.lists(OUTCOMES).map(tuple),
)


@given(VERDICTS)
def test_a_verdict_is_read_back_as_it_was_written(verdict: Verdict) -> None:
    assert Verdict.from_json(json.loads(json.dumps(verdict.as_json()))) == verdict


@given(VERDICTS)
def test_passed_is_worked_out_anew_not_believed(verdict: Verdict) -> None:
    told = {**verdict.as_json(), "passed": not verdict.passed}
    assert Verdict.from_json(told).passed == verdict.passed


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        ({"passed": True}, True),
        ({"passed": False}, False),
        ({"passed": False, "severity": "warning"}, True),
        ({"passed": False, "severity": "warning", "broken": True}, False),
        ({"passed": True, "broken": True}, False),
    ],
)
def test_critical_failures_and_broken_checks_block(said: dict[str, Any], passes: bool) -> None:
    plain = {"severity": "critical", "expectation": "e", "columns": (), "unexpected": 0}
    outcome = Outcome("rule", **{**plain, **said})
    verdict = Verdict("t", None, datetime(2026, 11, 22, tzinfo=UTC), 1, (outcome,))
    assert verdict.passed == passes
    assert (outcome in verdict.failures) == (said != {"passed": True})


@given(VERDICTS)
def test_failures_that_block_come_first(verdict: Verdict) -> None:
    blocks = [one.blocks for one in verdict.failures]
    assert blocks == sorted(blocks, reverse=True)

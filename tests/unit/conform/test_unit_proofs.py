"""Units decided from votes alone: what is clear, what is not, and that order is nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.conform.unit_evidence import Votes
from hit_pipeline.conform.unit_proofs import verdicts
from hit_pipeline.rules.units import unit_rules

MONDAY = date(2026, 9, 14)
RULES = unit_rules()


def votes(
    rows: int, stated: int, other: int, *, day: int = 0, proof: str = "planned"
) -> list[Votes]:
    """Return the votes of a day on time present: for the unit stated, and for a smaller one."""
    when = MONDAY + timedelta(days=day)
    one = Votes("vendor", "present_seconds", when, proof, "sixtieth", rows, stated, other)
    return [one, replace(one, reading="sixtyfold", other=0)]


def told(*found: list[Votes]) -> list[tuple[str, str, int]]:
    every = [vote for one in found for vote in one]
    return [(one.reading, one.proof, one.rows) for one in verdicts(every, RULES)]


@pytest.mark.parametrize(
    ("rows", "stated", "other", "reading", "proof"),
    [
        (100, 10, 80, "sixtieth", "planned"),
        (100, 11, 80, "as_stated", "unclear"),
        (100, 10, 79, "as_stated", "unclear"),
        (100, 80, 9, "as_stated", "planned"),
        (100, 80, 10, "as_stated", "unclear"),
        (100, 79, 0, "as_stated", "stated"),
        (100, 0, 0, "as_stated", "stated"),
        (10, 1, 8, "sixtieth", "planned"),
        (9, 0, 9, "as_stated", "unclear"),
    ],
)
def test_shares_are_inclusive(rows: int, stated: int, other: int, reading: str, proof: str) -> None:
    assert told(votes(rows, stated, other)) == [(reading, proof, rows)]


def test_the_strongest_proof_of_enough_rows_decides() -> None:
    weak = votes(500, 500, 0, proof="distribution")
    assert told(votes(10, 0, 10), weak) == [("sixtieth", "planned", 10)]
    assert told(votes(9, 0, 9), weak) == [("as_stated", "distribution", 500)]


@pytest.mark.parametrize(
    ("others", "reading"), [((20, 18), "sixtieth"), ((20, 17), "as_stated"), ((0, 0), "as_stated")]
)
def test_a_distribution_proves_only_beside_days_that_fit_as_stated(
    others: tuple[int, int], reading: str
) -> None:
    odd = votes(20, 1, 18, proof="distribution")
    rest = votes(*others, 0, day=7, proof="distribution") if others[0] else []
    assert told(odd, rest)[0][0] == reading


def test_two_other_units_that_fit_alike_prove_neither() -> None:
    one, other = votes(20, 0, 20)
    assert told([one, replace(other, other=20)]) == [("as_stated", "unclear", 20)]


def test_days_of_an_unclear_week_are_told_apart_only_where_one_is_proved() -> None:
    right, odd, mixed = votes(20, 20, 0), votes(20, 0, 20, day=1), votes(20, 10, 10, day=1)
    assert told(right, odd) == [("as_stated", "planned", 20), ("sixtieth", "planned", 20)]
    assert told(right, mixed) == [("as_stated", "unclear", 40)]


def test_a_number_without_a_stated_unit_is_never_as_stated() -> None:
    found = [replace(one, column="planned_number") for one in votes(20, 0, 1)]
    assert told(found) == [("as_stated", "unclear", 20)]


COUNTS = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)).map(
    lambda three: (sum(three), three[1], three[2])
)


@given(
    st.lists(
        st.tuples(
            COUNTS, st.integers(0, 30), st.sampled_from(("planned", "group", "distribution"))
        ),
        max_size=12,
        unique_by=lambda one: one[1:],
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_votes_changes_nothing_and_every_day_is_in_one_window(
    days: list[tuple[tuple[int, int, int], int, str]], shuffled: object
) -> None:
    every = [
        vote
        for counts, day, proof in days
        if counts[0]
        for vote in votes(*counts, day=day, proof=proof)
    ]
    first = verdicts(every, RULES)
    shuffled.shuffle(every)  # type: ignore[attr-defined] # a Random
    assert verdicts(every, RULES) == first
    for vote in every:
        (_,) = [one for one in first if one.first_date <= vote.local_date <= one.last_date]

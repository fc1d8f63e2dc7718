"""Minutes and where lost ones went, by the seats of the district written by hand."""

import pytest

from hit_pipeline.synth.score.detectors import BUCKETS
from hit_pipeline.synth.truth.outcomes import CAUSES
from tests.unit.synth.score.asked import Card


def test_a_missing_seat_and_a_doubled_one_are_not_exact(card: Card) -> None:
    row = card.by("seats", "source")["northstar"]
    assert (row["seats"], row["missing"], row["twice"], row["exact"]) == (9, 2, 1, 5)


def test_errors_do_not_cancel_out_per_seat_but_do_in_total(card: Card) -> None:
    row = card.by("minute_errors", "source")["all"]
    assert row["error_seconds"] == (1800 + 600 + 2100 + 1800) / 9
    assert row["total_error"] == pytest.approx((9300 - 10800) / 10800)


def test_the_total_stands_last(card: Card) -> None:
    assert [row["source"] for row in card.sections["seats"]] == ["northstar", "all"]


def test_seats_no_row_names_are_told_apart(card: Card) -> None:
    assert card.by("unnamed", "source")["northstar"]["unnamed"] == 1


def test_a_participant_that_is_no_seat_is_a_stranger(card: Card) -> None:
    row = card.by("strangers", "source")["northstar"]
    assert (row["participants"], row["no_seat"], row["seconds"]) == (9, 1, 1800)


def test_planned_time_is_right_when_its_bucket_fits_the_cause(card: Card) -> None:
    found = card.by("lost_minutes", "cause")
    shares = {cause: (row["right_seconds"], row["seconds"]) for cause, row in found.items()}
    assert shares == {
        "absent_from_school": (0, 1800),
        "absent_from_tutoring": (1800, 1800),
        "cancelled_vendor": (0, 1800),
        "closed": (0, 1800),
        "delivered": (6900, 10500),
        "late_or_left_early": (300, 300),
        "all": (9000, 18000),
    }


def test_a_wrong_bucket_is_named(card: Card) -> None:
    found = card.by("lost_minutes_confused", "cause", "taken_for")
    assert {pair: row["seconds"] for pair, row in found.items()} == {
        ("absent_from_school", "absent_from_tutoring"): 1800,
        ("cancelled_vendor", "(no row names the seat)"): 1800,
        ("closed", "cancelled_vendor"): 1800,
        ("delivered", "(not in the release)"): 3600,
    }


def test_the_headlines_are_those_of_all_sources(card: Card) -> None:
    assert card.figure("minutes", "seats with exact minutes") == (5, 9)
    assert card.figure("minutes", "planned seconds in the right bucket") == (9000, 18000)


def test_every_true_cause_has_a_bucket() -> None:
    assert set(BUCKETS) == set(CAUSES)

"""Errors of dosage in the district written by hand."""

import pytest

from tests.unit.synth.score.asked import Card

FIGURES = {
    "exact actual dosage": (2, 4),  # children 1 and 4; of child 4's keys the fuller one counts
    "mean absolute error of actual dosage, seconds": (1800 + 600, 4),
    "actual seconds told / true": (8400, 7200),
    "exact scheduled dosage": (3, 3),
    "missing from the release": (1, 4),
    "in the release only": (0, 4),
}


@pytest.mark.parametrize("figure", FIGURES)
def test_dosage_is_held_against_the_truth(card: Card, figure: str) -> None:
    assert card.figure("dosage", figure) == FIGURES[figure]


def test_bands_and_floors_are_told_by_rule(card: Card) -> None:
    row = card.by("bands", "rule")["nssa"]
    assert (row["wrong_band"], row["banded"]) == (1, 3)
    assert (row["wrong_floor"], row["judged"]) == (1, 3)


def test_errors_of_minutes_are_told_by_rule(card: Card) -> None:
    row = card.by("dosage_by_rule", "rule")["nssa"]
    assert (row["exact"], row["rows"]) == (2, 4)
    assert row["error_seconds"] == (1800 + 600) / 4


def test_only_rules_of_the_release_are_compared(card: Card) -> None:
    assert list(card.by("dosage_by_rule", "rule")) == ["nssa"]


def test_overbilling_is_not_looked_for_yet(card: Card) -> None:
    (row,) = card.sections["overbilling"]
    assert (row["lines"], row["cents"], row["note"]) == (1, 1800, "invoices are not read")

"""Links of students and tutors, by the rows of the district written by hand."""

import pytest

from tests.unit.synth.score.asked import Card

RECORDS = {
    "precision of automatic links, records": (4, 7),  # 11, 13, 14, 21 of all but 15 and 19
    "recall of automatic links, records": (4, 8),  # the stranger cannot be linked
    "recall with review, records": (5, 8),  # 15 waits, and its candidate is right
    "in review, records": (1, 9),
    "wrong links, records": (3, 7),
    "of them about nobody of a roster, records": (1, 7),
    "linkable records only in quarantined rows": (1, 9),
}
ROWS = {
    "precision of automatic links, rows": (5, 8),  # 14 stands in two rows
    "recall of automatic links, rows": (5, 9),
    "in review, rows": (1, 10),
}
CHILDREN = {
    "student keys that stand for two children": (1, 5),
    "of them twins": (1, 1),
    "of them other siblings": (0, 1),
    "student keys that stand for nobody": (0, 5),
    "children with two student keys": (1, 4),
    "of them renumbered at re-entry": (1, 1),
}


@pytest.mark.parametrize("figure", [*RECORDS, *ROWS, *CHILDREN])
def test_links_of_students_are_counted(card: Card, figure: str) -> None:
    assert card.figure("students", figure) == {**RECORDS, **ROWS, **CHILDREN}[figure]


def test_a_share_is_told_beside_what_it_is_taken_of(card: Card) -> None:
    (row,) = [r for r in card.sections["students"] if r["figure"].startswith("precision of")][:1]
    assert row["value"] == pytest.approx(4 / 7)


def test_an_identifier_the_roster_withdrew_names_nobody(card: Card) -> None:
    assert card.by("students_by_source", "source")["sis"]["wrong"] == 0


def test_records_are_told_by_source_and_unread_sources_are_not(card: Card) -> None:
    found = card.by("students_by_source", "source")
    assert {source: row["records"] for source, row in found.items()} == {"northstar": 8, "sis": 1}
    assert found["northstar"]["recall"] == pytest.approx(3 / 7)


def test_records_are_told_by_the_fault_they_bear(card: Card) -> None:
    found = card.by("students_by_fault", "kind")
    counts = {kind: (row["records"], row["wrong"]) for kind, row in found.items()}
    assert counts == {"none": (7, 2), "id_sibling": (1, 1), "name_typo": (1, 0)}


def test_tutors_are_compared_by_pairs_of_rows(card: Card) -> None:
    assert card.figure("tutors", "precision, pairs of rows") == (6, 11)
    assert card.figure("tutors", "recall, pairs of rows") == (6, 13)


def test_merged_and_split_tutors_are_counted(card: Card) -> None:
    assert card.figure("tutors", "rows without a tutor key") == (1, 8)
    assert card.figure("tutors", "tutor keys that stand for two tutors") == (2, 2)
    assert card.figure("tutors", "tutors with two keys") == (2, 2)

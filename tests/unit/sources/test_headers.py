"""Which column is which: exact first, then forgiving, never twice."""

import pytest

from hit_pipeline.sources.contract.shape import SourceColumn
from hit_pipeline.sources.reading.headers import clean_header, match, unique_names

DECLARED = (
    SourceColumn(name="Student ID", aliases=("Pupil",), required=True),
    SourceColumn(name="Minutes"),
    SourceColumn(name="Note"),
)


def test_columns_get_the_contracts_names_and_others_keep_their_own() -> None:
    found = match(["Minutes", "Student ID", "Room"], DECLARED, "sessions")
    assert found.columns == ("Minutes", "Student ID", "Room")
    assert found.extra == ("Room",)
    assert [column.name for column in found.missing] == ["Note"]
    assert found.missing_required == ()
    assert found.findings == ()


@pytest.mark.parametrize("header", ["student id", "STUDENT_ID", "StudentId", "student-id"])
def test_case_blanks_and_underscores_are_forgiven_and_noted(header: str) -> None:
    found = match([header], DECLARED, "sessions")
    assert found.columns == ("Student ID",)
    assert [(one.rule, one.column) for one in found.findings] == [
        ("tolerance.header_name", "Student ID")
    ]


@pytest.mark.parametrize(
    ("header", "rule"),
    [("Pupil", "tolerance.header_alias"), ("PUPIL", "tolerance.header_name")],
)
def test_an_alias_is_known(header: str, rule: str) -> None:
    found = match([header], DECLARED, "sessions")
    assert found.columns == ("Student ID",)
    assert [one.rule for one in found.findings] == [rule]


def test_the_exact_name_wins_over_a_similar_one() -> None:
    found = match(["student_id", "Student ID"], DECLARED, "sessions")
    assert found.columns[1] == "Student ID"
    assert found.extra == ("student_id",)


def test_a_column_of_its_own_never_takes_a_contracts_name() -> None:
    found = match(["Student ID", "pupil", "note_x", "NOTE", "Note"], DECLARED, "sessions")
    assert found.columns == ("Student ID", "pupil", "note_x", "NOTE_2", "Note")
    assert len({name.casefold() for name in found.columns}) == len(found.columns)


def test_missing_required_columns_are_named() -> None:
    assert match(["Minutes"], DECLARED, "sessions").missing_required == ("Student ID",)


def test_headers_are_trimmed_of_every_blank() -> None:
    assert clean_header("\ufeff\u00a0 Student\n  ID\u200b ") == "Student ID"
    assert clean_header(None) == ""


def test_unique_names_never_collide_with_a_made_up_one() -> None:
    assert unique_names(["a", "a_2", "A", "", "column_4"]) == (
        "a",
        "a_2",
        "A_3",
        "column_4",
        "column_4_2",
    )

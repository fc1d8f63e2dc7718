"""How columns changed since the delivery before."""

from hit_pipeline.landing.delivery import LandedFile
from hit_pipeline.landing.drift import drift


def landed(*header: str, columns: tuple[str, ...] = ()) -> LandedFile:
    return LandedFile("sessions", "s.csv", 1, 0, header, None, None, columns=columns)


def found(before: LandedFile, now: LandedFile) -> list[tuple[str, str, int]]:
    return [(one.rule, one.column, one.count) for one in drift(before, now)]


def test_the_same_header_has_no_drift() -> None:
    assert found(landed("a", "b"), landed("a", "b")) == []


def test_new_and_missing_columns() -> None:
    assert found(landed("a", "b"), landed("b", "c")) == [
        ("drift.new_column", "c", 1),
        ("drift.missing_column", "a", 1),
    ]


def test_columns_in_another_order() -> None:
    assert found(landed("a", "b", "c"), landed("b", "a", "c")) == [("drift.reordered", "", 2)]


def test_a_column_written_differently_or_by_an_alias_is_renamed() -> None:
    before = landed("Student ID", "x", columns=("Student ID", "x"))
    now = landed("Pupil", "x", columns=("Student ID", "x"))
    assert found(before, now) == [("drift.renamed", "Student ID", 1)]

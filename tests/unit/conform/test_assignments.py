from datetime import date
from typing import Any

from hit_pipeline.conform.assignments import program_assignment
from hit_pipeline.conform.rejects import rejected
from tests.unit.tutoring_bench import Row, TutoringBench, by, pick

TABLE = "typed_program_assignment"
SETTINGS: dict[str, Any] = {
    "programs": {
        "math": {
            "name": "Math Club",
            "terms": {
                "Fall": {"start": "2026-08-17", "end": "2026-12-18"},
                "Spring": {"start": "2027-01-04", "end": "2027-05-28"},
            },
        },
        "reading": {
            "name": "Reading",
            "terms": {"year": {"start": "2026-08-17", "end": "2027-05-28"}},
        },
        "chess": {"name": "Chess"},
    }
}
LISTED: dict[str, Any] = {
    "student": "ann",
    "program": "math",
    "term": "fall",
    "start_date": date(2026, 9, 1),
    "status": "assigned",
    "origin": "district_list",
}


def _rejected(bench: TutoringBench, rows: list[Row]) -> list[tuple[int, str]]:
    bench.typed("lists", TABLE, rows)
    found = rejected(bench.engine, bench.district, TABLE, bench.context().typed(TABLE))
    assert found is not None
    return sorted((row["_row"], row["rule"]) for row in bench.engine.collect(found).to_pylist())


def test_spells_of_one_student_and_term_are_numbered_by_start(tutoring: TutoringBench) -> None:
    tutoring.settings = SETTINGS
    later = LISTED | {"start_date": date(2026, 10, 1), "status": "exited"}
    other = LISTED | {"term": "SPRING", "start_date": date(2027, 1, 4)}
    rows = [later, LISTED, other, LISTED | {"student": "bob", "status": None}]
    tutoring.typed("lists", TABLE, rows)
    tutoring.known.strangers.add("rec-bob")
    found = tutoring.build(program_assignment)
    assert pick(found, "student_key", "term", "spell", "start_date", "status") == [
        ("ann", "Fall", 1, date(2026, 9, 1), "assigned"),
        ("ann", "Fall", 2, date(2026, 10, 1), "exited"),
        ("ann", "Spring", 1, date(2027, 1, 4), "assigned"),
        (None, "Fall", 1, date(2026, 9, 1), "unknown"),
    ]


def test_the_term_is_the_one_named_else_that_of_the_date_else_the_only_one(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = SETTINGS
    rows = [
        LISTED | {"student": "named", "term": " spring "},
        LISTED | {"student": "dated", "term": "Term 1"},
        LISTED | {"student": "only", "program": "Reading", "term": None, "start_date": None},
    ]
    tutoring.typed("lists", TABLE, rows)
    found = by(tutoring.build(program_assignment), "student_key")
    assert {who: row["term"] for who, row in found.items()} == {
        "named": "Spring",
        "dated": "Fall",
        "only": "year",
    }
    assert found["only"]["start_date"] == date(2026, 8, 17)


def test_a_spell_stands_in_the_year_it_starts(tutoring: TutoringBench) -> None:
    tutoring.settings = SETTINGS
    tutoring.typed("lists", TABLE, [LISTED, LISTED | {"start_date": date(2026, 6, 30)}])
    this, before = tutoring.build(program_assignment), tutoring.build(program_assignment, "2025-26")
    assert (pick(this, "spell"), pick(before, "spell")) == ([(2,)], [(1,)])


def test_rows_without_student_program_or_term_are_rejected_and_no_others(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = SETTINGS
    rows = [
        LISTED,
        LISTED | {"student": None},
        LISTED | {"program": "Sewing", "student": None},
        LISTED | {"program": "chess"},
        LISTED | {"term": "Winter", "start_date": date(2026, 12, 28)},
        LISTED | {"term": None, "start_date": None},
    ]
    expected = [
        (2, "assignment.no_student"),
        (3, "assignment.no_student"),
        (3, "assignment.program_unknown"),
        (4, "assignment.term_unknown"),
        (5, "assignment.term_unknown"),
        (6, "assignment.term_unknown"),
    ]
    assert _rejected(tutoring, rows) == expected
    assert [row["_row"] for row in tutoring.build(program_assignment)] == [1]

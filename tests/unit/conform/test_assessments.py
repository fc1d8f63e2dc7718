from datetime import UTC, date, datetime
from typing import Any

from hit_pipeline.conform.assessments import assessment_result
from hit_pipeline.conform.rejects import rejected
from tests.unit.tutoring_bench import TutoringBench, by, pick

TABLE = "typed_assessment"
SCORE: dict[str, Any] = {
    "student": "ann",
    "student_id_district": "0007",
    "instrument": "map_growth",
    "subject": "math",
    "test_name": "Growth 2-5",
    "test_event_id": "E1",
    "test_date": date(2026, 9, 15),
    "window": "fall",
    "score_kind": "rit",
    "score": 201.0,
    "score_text": "201",
}


def test_a_score_is_kept_as_stated_with_the_student_it_belongs_to(tutoring: TutoringBench) -> None:
    stranger = SCORE | {"student": "eve", "student_id_state": "0000000042"}
    tutoring.typed("nwea", TABLE, [SCORE, stranger])
    tutoring.known.strangers.add("rec-eve")
    rows = tutoring.build(assessment_result)
    columns = ("student_key", "student_id_stated", "test_date", "score", "score_text", "source")
    assert pick(rows, *columns) == [
        ("ann", "0007", date(2026, 9, 15), 201.0, "201", "nwea"),
        (None, "0000000042", date(2026, 9, 15), 201.0, "201", "nwea"),
    ]


def test_the_school_year_is_the_stated_one_else_that_of_the_date(tutoring: TutoringBench) -> None:
    rows = [
        SCORE,
        SCORE | {"test_event_id": "E2", "school_year": "2025-2026"},
        SCORE | {"test_event_id": "E3", "test_date": None, "school_year": "2026-27"},
        SCORE | {"test_event_id": "E4", "test_date": date(2026, 6, 30)},
    ]
    tutoring.typed("nwea", TABLE, rows)
    assert sorted(by(tutoring.build(assessment_result), "test_event_id")) == ["E1", "E3"]
    before = tutoring.build(assessment_result, "2025-26")
    assert sorted(by(before, "test_event_id")) == ["E2", "E4"]


def test_an_event_without_an_id_is_known_by_test_date_and_window(tutoring: TutoringBench) -> None:
    plain = SCORE | {"test_event_id": None}
    rows = [plain, plain | {"score_kind": "percentile"}, plain | {"window": None}]
    tutoring.typed("nwea", TABLE, rows)
    found = tutoring.build(assessment_result)
    assert len({row["test_event_id"] for row in found}) == 2
    assert [row["revision"] for row in found] == [1, 1, 1]


def test_a_score_stated_again_is_a_revision_in_the_order_received(tutoring: TutoringBench) -> None:
    tutoring.promoted(
        "delivery",
        [
            {"delivery_id": "nwea-b", "received_at": datetime(2026, 10, 1, tzinfo=UTC)},
            {"delivery_id": "nwea-a", "received_at": datetime(2026, 10, 2, tzinfo=UTC)},
        ],
    )
    first = SCORE | {"_delivery_id": "nwea-b", "score_text": "201"}
    again = SCORE | {"_delivery_id": "nwea-a", "score_text": "203"}
    tutoring.typed("nwea", TABLE, [again, first, first | {"objective": "Goal1"}])
    rows = tutoring.build(assessment_result)
    assert sorted(pick(rows, "revision", "score_text", "objective"), key=str) == [
        (1, "201", "Goal1"),
        (1, "201", None),
        (2, "203", None),
    ]


def test_a_later_test_in_one_window_is_a_retest(tutoring: TutoringBench) -> None:
    def event(
        name: str, day: date | None, window: str | None = "fall", **more: object
    ) -> dict[str, Any]:
        return SCORE | {"test_event_id": name, "test_date": day, "window": window, **more}

    rows = [
        event("first", date(2026, 9, 15)),
        event("second", date(2026, 9, 16)),
        event("second", date(2026, 9, 16), score_kind="percentile"),
        event("winter", date(2026, 12, 1), "winter"),
        event("reading", date(2026, 9, 20), subject="ela"),
        event("no window 1", date(2026, 9, 1), None),
        event("no window 2", date(2026, 9, 2), None),
        event("undated", None, school_year="2026-27"),
        event("other child", date(2026, 9, 30), student="bob"),
    ]
    tutoring.typed("nwea", TABLE, rows)
    found = tutoring.build(assessment_result)
    assert len(found) == len(rows)
    assert {row["test_event_id"] for row in found if row["is_retest"]} == {"second"}


def test_scores_without_student_or_year_are_rejected_and_no_others(tutoring: TutoringBench) -> None:
    rows = [
        SCORE,
        SCORE | {"student": None},
        SCORE | {"test_date": None},
        SCORE | {"test_date": None, "school_year": "soon"},
        SCORE | {"test_date": None, "school_year": "2026-27"},
    ]
    tutoring.typed("nwea", TABLE, rows)
    typed = tutoring.context().typed(TABLE)
    found = rejected(tutoring.engine, tutoring.district, TABLE, typed)
    assert found is not None
    listed = tutoring.engine.collect(found).to_pylist()
    assert sorted(pick(listed, "_row", "rule", "column")) == [
        (2, "assessment.no_student", "student_record_id"),
        (3, "assessment.no_date", "test_date"),
        (4, "assessment.no_date", "test_date"),
    ]
    assert {row["_row"] for row in tutoring.build(assessment_result)} == {1, 5}

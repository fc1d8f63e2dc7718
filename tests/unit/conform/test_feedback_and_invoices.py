"""Answers to surveys, with and without a name, and lines of invoices."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from hit_pipeline.conform.feedback import feedback_response
from hit_pipeline.conform.invoices import invoice_line
from hit_pipeline.engine import Engine
from tests.unit.conform.list_bench import SETTINGS, build, refused, with_deliveries
from tests.unit.tutoring_bench import Row, TutoringBench, pick

DAY = date(2026, 9, 8)
NOON = datetime(2026, 9, 8, 12)  # noqa: DTZ001 (a wall clock)


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> TutoringBench:
    return with_deliveries(TutoringBench(engine, tmp_path, SETTINGS))


ANSWER: Row = {
    "respondent_role": "student",
    "question_id": "q1",
    "answer_text": "4",
    "answer_number": 4.0,
    "responded_at_local": NOON,
    "program": "Math",
}


def test_an_answer_leads_to_who_gave_it(bench: TutoringBench) -> None:
    made = build(
        bench,
        feedback_response,
        ANSWER | {"student": "ann"},
        ANSWER | {"respondent_role": "family", "student": "bo"},
        ANSWER | {"respondent_role": "tutor", "tutor": "kit"},
        ANSWER | {"respondent_role": "teacher", "staff": "lee"},
    )
    keys = {one["respondent_role"]: one for one in made}
    assert keys["student"]["student_key"] == "ann"
    assert keys["family"]["student_key"] == "bo"
    assert keys["tutor"]["tutor_key"] == "kit"
    assert keys["teacher"]["staff_key"] == "lee"
    assert not any(one["is_anonymous"] for one in made)
    assert {one["program_id"] for one in made} == {"math"}
    assert len({one["response_id"] for one in made}) == 4


def test_an_anonymous_answer_leads_to_nobody_whatever_it_names(bench: TutoringBench) -> None:
    made = build(
        bench,
        feedback_response,
        ANSWER,
        ANSWER | {"student": "ann", "is_anonymous": True, "question_id": "q2"},
    )
    keys = ("person_record_id", "student_key", "tutor_key", "staff_key")
    assert pick(made, "is_anonymous", *keys) == [(True, None, None, None, None)] * 2


def test_the_answers_of_one_response_share_its_id(bench: TutoringBench) -> None:
    wide = [ANSWER | {"question_id": one, "_row": 1} for one in ("q1", "q2")]
    made = build(bench, feedback_response, *wide)
    assert len(made) == 2
    assert len({one["response_id"] for one in made}) == 1
    known = [ANSWER | {"response_id_source": "R_1", "question_id": one} for one in ("q1", "q2")]
    again = build(bench, feedback_response, *known)
    assert len({one["response_id"] for one in again}) == 1


def test_an_instant_is_of_the_local_day_and_year(bench: TutoringBench) -> None:
    late = datetime(2026, 7, 1, 2, 30, tzinfo=UTC)  # 30 June in Chicago
    asked = ANSWER | {"responded_at_local": None, "responded_at_utc": late}
    bench.typed("lists", "typed_feedback_response", [asked])
    assert bench.build(feedback_response, "2026-27") == []
    (row,) = bench.build(feedback_response, "2025-26")
    assert (row["local_date"], row["school_year"]) == (date(2026, 6, 30), "2025-26")


def test_an_answer_without_a_time_is_refused(bench: TutoringBench) -> None:
    assert build(bench, feedback_response, ANSWER | {"responded_at_local": None}) == []
    assert refused(bench, "typed_feedback_response") == {(1, "feedback_response.no_date")}


LINE: Row = {
    "student": "ann",
    "invoice_id": "I-1",
    "line_id": "1",
    "service_date": DAY,
    "amount": Decimal("18.25"),
}


def test_a_bill_is_of_the_program_of_its_vendor(bench: TutoringBench) -> None:
    made = build(
        bench,
        invoice_line,
        LINE | {"vendor": "northstar tutoring"},
        LINE | {"line_id": "2", "vendor": "north"},
        LINE | {"line_id": "3", "vendor": "Somebody"},
        LINE | {"line_id": "4", "vendor": "Somebody", "program": "Reading Tutoring"},
        LINE | {"line_id": "5", "vendor": "north", "program": "Knitting"},
    )
    assert pick(made, "line_id", "program_id") == [
        ("1", "math"),
        ("2", "math"),
        ("3", None),
        ("4", "reading"),
        ("5", None),
    ]
    assert {one["amount"] for one in made} == {Decimal("18.2500")}


def test_a_number_stated_again_counts_up(bench: TutoringBench) -> None:
    made = build(bench, invoice_line, LINE, LINE, LINE | {"line_id": None}, LINE | {"line_id": "2"})
    assert sorted((one["line_id"] or "", one["repeat"]) for one in made) == [
        ("", 1),
        ("1", 1),
        ("1", 2),
        ("2", 1),
    ]


def test_a_period_or_the_invoice_dates_a_line_without_a_day(bench: TutoringBench) -> None:
    undated = LINE | {"service_date": None, "line_id": "9"}
    made = build(
        bench,
        invoice_line,
        undated | {"period_start": date(2026, 9, 1), "invoice_date": date(2026, 6, 1)},
        undated | {"line_id": "8", "invoice_date": date(2026, 6, 1)},
        undated,
    )
    assert pick(made, "line_id") == [("9",)]
    assert [one["line_id"] for one in bench.build(invoice_line, "2025-26")] == ["8"]
    assert refused(bench, "typed_invoice_line") == {(3, "invoice_line.no_date")}

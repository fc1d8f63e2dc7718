"""Survey exports: forms with question texts as headers, and a tool with three header rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.model import FileSpec
from tests.unit.contracts.bench import Row, Typed, shipped_contract, typed_table

FORMS = shipped_contract("google_forms_survey").files["responses"]
TOOL = shipped_contract("qualtrics_survey").files["responses"]
CHILDREN, TUTORS, EMPLOYEES = range(3)
"""Feeds of the forms' contract."""
TOOL_TUTORS, TOOL_EMPLOYEES, TOOL_CHILDREN = range(3)
ENJOY = "I enjoy my sessions. (1 = not at all, 5 = very much)"
COMMENT = "Anything else?"


def survey(
    engine: Engine, spec: FileSpec, feed: int, name: str, rows: Sequence[Mapping[str, str | None]]
) -> Typed:
    """Type rows of a survey file with questions as columns of their own."""
    headers = dict.fromkeys(header for row in rows for header in row)
    cells = {one: pa.array([row.get(one) for row in rows], pa.string()) for one in headers}
    texts = {one: ["given"] * len(rows) for one in ("_source", "_delivery_id", "_file")}
    places = texts | {
        "_file_name": [name] * len(rows),
        "_received_school_year": ["2025-26"] * len(rows),
        "_row": pa.array(range(1, len(rows) + 1), pa.int64()),
    }
    return typed_table(engine, spec, engine.from_arrow(pa.table(cells | places)), feed=feed)


def form(**cells: str) -> dict[str, str | None]:
    return {"Timestamp": "1/9/2026 8:05:09", "Program": "Math", ENJOY: "4", **cells}


def test_every_column_that_is_not_named_is_a_question(engine: Engine) -> None:
    row = {**form(), COMMENT: "More games", "Which day?": None}
    made = survey(engine, FORMS, CHILDREN, "student_survey_2026_january_20260127.csv", [row])
    asked = {one["question_id"]: one for one in made.good}
    assert set(asked) == {ENJOY, COMMENT}
    assert (asked[ENJOY]["answer_number"], asked[ENJOY]["scale_maximum"]) == (4.0, 5.0)
    assert asked[ENJOY]["answer_text"] == "4"
    assert (asked[COMMENT]["answer_number"], asked[COMMENT]["answer_text"]) == (None, "More games")
    assert asked[COMMENT]["scale_maximum"] is None
    assert made.notes == {}


def test_a_time_stamp_has_no_leading_zeros(engine: Engine) -> None:
    made = survey(engine, FORMS, CHILDREN, "student_survey.csv", [form()])
    assert made.only()["responded_at_local"] == datetime(2026, 1, 9, 8, 5, 9)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("name", "feed", "role"),
    [
        ("student_survey_2026_may_20260519.csv", CHILDREN, "student"),
        ("Family Survey (Responses).csv", CHILDREN, "family"),
        ("parent_feedback.csv", CHILDREN, "family"),
        ("tutor_survey_2026_may_20260519.csv", TUTORS, "tutor"),
        ("teacher_survey.csv", EMPLOYEES, "teacher"),
        ("site_lead_survey.csv", EMPLOYEES, "site_lead"),
        ("school_leader_survey.csv", EMPLOYEES, "school_leader"),
    ],
)
def test_who_answered_is_told_by_the_name_of_the_file(
    engine: Engine, name: str, feed: int, role: str
) -> None:
    for one in (CHILDREN, TUTORS, EMPLOYEES):
        made = survey(engine, FORMS, one, name, [form()])
        roles = [row["respondent_role"] for row in made.good]
        assert roles == ([role] if one == feed else [])


def test_a_file_of_nobody_known_is_not_guessed_at(engine: Engine) -> None:
    for feed in (CHILDREN, TUTORS, EMPLOYEES):
        made = survey(engine, FORMS, feed, "responses.csv", [form()])
        assert (made.good, made.left_out) == ([], {1: "feed.none"})


def test_a_student_may_give_number_and_name_or_nothing(engine: Engine) -> None:
    named = form(**{"Student ID": " 0000123 ", "First name": "Ida", "Last name": "Lark"})
    made = survey(engine, FORMS, CHILDREN, "student_survey.csv", [named, form()])
    first, second = made.good
    assert (first["student_id_district"], first["student_family_name"]) == ("0000123", "Lark")
    assert (second["student_id_district"], second["student_given_name"]) == (None, None)


def test_an_answer_without_any_cell_or_with_a_bad_time_is_not_taken(engine: Engine) -> None:
    blank = {**form(), ENJOY: None}
    late = form(Timestamp="yesterday")
    made = survey(engine, FORMS, CHILDREN, "student_survey.csv", [blank, late])
    assert made.good == []
    assert made.left_out == {1: "feed.none"}
    assert made.bad == {2: {"typed.responded_at_local.unparseable"}}


def answer(**cells: str) -> dict[str, str | None]:
    return {
        "StartDate": "2026-01-27 22:01:00",
        "RecordedDate": "2026-01-27 22:10:00",
        "ResponseId": "R_1",
        "Status": "IP Address",
        "RecipientEmail": "Ana@north.example",
        "ExternalReference": "E55",
        "QID1": "Hickory Bend",
        "QID2": "Math",
        "QID3_1": "5",
        "QID3_2": "4",
        **cells,
    }


def headers() -> list[dict[str, str | None]]:
    texts: dict[str, str | None] = {**dict.fromkeys(answer(), "words"), "ResponseId": "Response ID"}
    imports: dict[str, str | None] = {name: f'{{"ImportId":"{name}"}}' for name in answer()}
    return [texts, imports]


def test_the_second_and_third_header_row_are_left_out(engine: Engine) -> None:
    made = survey(engine, TOOL, TOOL_TUTORS, "tutor_survey.csv", [*headers(), answer()])
    assert set(made.left_out.values()) == {"exclude.header_row"}
    assert set(made.left_out) == {1, 2}
    assert {row["_row"] for row in made.good} == {3}
    assert made.bad == {}


def test_a_part_of_a_question_is_a_question_and_times_are_utc(engine: Engine) -> None:
    made = survey(engine, TOOL, TOOL_TUTORS, "tutor_survey.csv", [answer()])
    assert made.column("question_id") == ["QID3_1", "QID3_2"]
    assert made.column("answer_number") == [5.0, 4.0]
    row = made.good[0]
    assert row["responded_at_utc"] == datetime(2026, 1, 27, 22, 10, tzinfo=UTC)
    assert (row["school_name"], row["program"]) == ("Hickory Bend", "Math")
    assert (row["tutor_id_email"], row["response_id_source"]) == ("Ana@north.example", "R_1")


def test_employees_are_known_by_the_districts_number(engine: Engine) -> None:
    made = survey(engine, TOOL, TOOL_EMPLOYEES, "teacher_survey.csv", [answer()])
    row: Row = made.good[0]
    assert (row["staff_id_district"], row["respondent_role"]) == ("E55", "teacher")


def test_previews_are_left_out_and_locations_never_kept(engine: Engine) -> None:
    made = survey(engine, TOOL, TOOL_TUTORS, "tutor_survey.csv", [answer(Status="Survey Preview")])
    assert set(made.left_out.values()) == {"exclude.test_response"}
    assert {"^IPAddress$", "^Location(Latitude|Longitude)$"} == set(TOOL.forbidden)

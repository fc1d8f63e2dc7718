"""Look-alikes of public layouts: a nightly history with lists, and a kiosk's visits."""

from datetime import datetime
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.rules.status_effect import impossible_pairs
from tests.unit.contracts.bench import Typed, shipped_contract, typed

SESSIONS = shipped_contract("knack_sessions").files["sessions"]
VISITS = shipped_contract("sign_in_kiosk").files["visits"]


def session(**given: str | None) -> dict[str, str | None]:
    told = {
        "ID": "S1",
        "Status": "Completed",
        "Tutor ID": "t9",
        "Student Emails": "ann@pupils.example; bo@pupils.example",
        "Student Names": "Ann Day; Bo Reed",
        "Student IDs": "0042;",
        "Students Attended": "Yes;No",
        "Timezone": "America/Denver",
        "Scheduled Start": "2026-09-14 15:30",
        "Scheduled Duration (hours)": "0.75",
        "Actual Duration (hours)": "0:40",
        "Last Updated (UTC)": "2026-09-15 01:00:00",
    }
    return told | {name.replace("_", " "): cell for name, cell in given.items()}


def both(engine: Engine, *rows: dict[str, str | None]) -> tuple[Typed, Typed]:
    meeting, people = (typed(engine, SESSIONS, rows, feed=at) for at in (0, 1))
    return meeting, people


def test_a_session_is_told_once_and_its_students_one_by_one(engine: Engine) -> None:
    meeting, people = both(engine, session())
    one = meeting.only()
    assert one["started_at_local"] == datetime(2026, 9, 14, 15, 30)  # noqa: DTZ001 (wall clock)
    assert (one["time_zone"], one["planned_seconds"]) == ("America/Denver", 2700)
    assert (one["held_seconds"], one["session_state"]) == (2400, "completed")
    names = ("student_id_email", "student_display_name", "student_id_district", "attendance")
    assert [tuple(row[name] for name in names) for row in people.good] == [
        ("ann@pupils.example", "Ann Day", "0042", "present"),
        ("bo@pupils.example", "Bo Reed", None, "no_show"),
    ]
    assert {row["session_id_source"] for row in people.good} == {"S1"}
    assert {row["time_zone"] for row in people.good} == {"America/Denver"}


@pytest.mark.parametrize(
    ("status", "by", "state", "attendance"),
    [
        ("Scheduled", None, "scheduled", "unknown"),
        ("Completed", None, "completed", "present"),
        ("Missed", "Tutor", "tutor_no_show", "not_expected"),
        ("Missed", None, "completed", "no_show"),
        ("Canceled", "Tutor", "cancelled_provider", "not_expected"),
        ("Cancelled", "Student", "cancelled_student", "not_expected"),
        ("Canceled", "", "unknown", "not_expected"),
    ],
)
def test_a_status_says_what_became_of_session_and_student(
    engine: Engine, status: str, by: str | None, state: str, attendance: str
) -> None:
    meeting, people = both(engine, session(Status=status, Canceled_By=by))
    assert meeting.only()["session_state"] == state
    assert people.good[0]["attendance"] == attendance
    assert (state, attendance) not in impossible_pairs()


def test_what_cannot_be_read_is_refused_and_what_is_no_session_left_out(engine: Engine) -> None:
    rows = [
        session(Status="Paused"),
        session(Student_Names="Ann Day"),
        session(Timezone="Mountain Time"),
        session(Status="Requested", Scheduled_Start=None, Timezone=None),
    ]
    meeting, people = both(engine, *rows)
    assert meeting.bad == {
        1: {"map.session_state.unmapped"},
        3: {"typed.time_zone.invalid"},
    }
    assert people.bad[2] == {"feed.list_uneven"}
    assert meeting.left_out == people.left_out == {4: "exclude.never_taken_on"}


def test_a_session_without_id_is_known_by_the_row_it_stands_in(engine: Engine) -> None:
    meeting, people = both(engine, session(ID=None), session())
    named = [row["session_id_source"] for row in meeting.good]
    assert len(set(named)) == 2
    assert {row["session_id_source"] for row in people.of(1)} == {named[0]}


def visit(**given: str | None) -> dict[str, str | None]:
    told = {
        "Student ID": "0042",
        "Visit Date": "9/14/2026",
        "Time In": "3:30 PM",
        "Time Out": "4:15 PM",
        "Reason Code": "Tutoring",
    }
    return told | {name.replace("_", " "): cell for name, cell in given.items()}


def stay(engine: Engine, **given: str | None) -> list[Any]:
    row = typed(engine, VISITS, [visit(**given)]).only()
    return [row["started_at_local"], row["joined_at_local"], row["left_at_local"]]


def test_a_visit_lasts_from_signing_in_to_signing_out(engine: Engine) -> None:
    begin, end = datetime(2026, 9, 14, 15, 30), datetime(2026, 9, 14, 16, 15)  # noqa: DTZ001 (wall clock)
    assert stay(engine) == [begin, begin, end]
    assert stay(engine, Closed_By="Student") == [begin, begin, end]
    assert stay(engine, Time_In="15:30", Time_Out="16:15:00") == [begin, begin, end]
    midnight = datetime(2026, 9, 15)  # noqa: DTZ001 (wall clock)
    assert stay(engine, Time_Out="24:00") == [begin, begin, midnight]


@pytest.mark.parametrize(
    "given", [{"Closed_By": "Auto"}, {"Closed_By": "System"}, {"Time_Out": ""}]
)
def test_when_who_forgot_to_sign_out_left_is_not_known(
    engine: Engine, given: dict[str, str]
) -> None:
    begin = datetime(2026, 9, 14, 15, 30)  # noqa: DTZ001 (wall clock)
    assert stay(engine, **given) == [begin, begin, None]


def test_visits_for_anything_else_are_left_out_by_rule(engine: Engine) -> None:
    rows = [visit(Reason_Code=reason) for reason in ("Work", "Study Hall", "Tutoring Math", None)]
    made = typed(engine, VISITS, rows)
    assert made.left_out == dict.fromkeys((1, 2), "exclude.not_tutoring")
    assert [row["_row"] for row in made.good] == [3, 4]
    assert {(row["session_state"], row["attendance"]) for row in made.good} == {
        ("completed", "present")
    }

from datetime import date, timedelta
from typing import Any

import pytest

from hit_pipeline.marts.program_fidelity import program_fidelity
from hit_pipeline.rules.status_effect import status_effects
from tests.unit.tutoring_bench import Row, TutoringBench, by, pick

TODAY = date(2026, 11, 13)
MONDAY = date(2026, 9, 14)
EFFECTS = {(one.session_state, one.attendance): one for one in status_effects()}
FALL: dict[str, Any] = {
    "start": "2026-08-17",
    "end": "2026-12-18",
    "sessions_per_week": 3,
    "minutes_per_session": 30,
    "weeks": 10,
    "max_students_per_tutor": 2,
}


def _settings(**terms: dict[str, Any]) -> dict[str, Any]:
    return {"programs": {"math": {"name": "Math", "terms": terms or {"fall": FALL}}}}


def _session(
    rostered: int = 2, present: int = 2, state: str = "completed", day: date = MONDAY, **more: Any
) -> Row:
    usual = {"program_id": "math", "school_id": "1", "session_id_source": "M", "_source": "north"}
    counts = {"rostered_count": rostered, "present_count": present}
    return usual | counts | {"session_state": state, "local_date": day} | more


def _there(
    student: str | None,
    day: date = MONDAY,
    minutes: int = 30,
    attendance: str = "present",
    **more: Any,
) -> Row:
    effect = EFFECTS["completed", attendance]
    return {
        "student_key": student,
        "person_record_id": f"rec-{student}",
        "program_id": "math",
        "school_id": "1",
        "local_date": day,
        "week_start": day - timedelta(days=day.weekday()),
        "present_seconds": minutes * 60,
        "counts_attended": effect.counts_attended,
        "tutor_key": "tom",
        "_source": "north",
        **more,
    }


def _write(bench: TutoringBench, sessions: list[Row], people: list[Row] | None = None) -> None:
    bench.promoted("session", sessions)
    bench.promoted("session_participant", people or [])


def _only(bench: TutoringBench) -> Row:
    (row,) = bench.build(program_fidelity)
    return row


def test_delivered_sessions_are_counted_against_scheduled_ones(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings()
    states = ("cancelled_provider", "cancelled_school", "tutor_no_show", "rescheduled")
    sessions = [_session(), _session(), *(_session(0, 0, state) for state in states)]
    tomorrow = TODAY + timedelta(days=1)
    sessions.append(_session(0, 0, "scheduled", tomorrow))
    _write(tutoring, sessions, [_there("ann")])
    row = _only(tutoring)
    assert (row["sessions_scheduled"], row["sessions_delivered"]) == (5, 2)
    assert row["delivery_rate"] == pytest.approx(0.4)
    assert (row["as_of_date"], row["plan_reason"]) == (TODAY, None)


def test_a_log_of_held_sessions_with_everybody_there_leaves_the_plan_unknown(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = _settings()
    _write(tutoring, [_session()], [_there("ann")])
    names = ("sessions_scheduled", "delivery_rate", "plan_reason", "sessions_delivered")
    assert pick([_only(tutoring)], *names) == [(None, None, "plan_unknown", 1)]
    _write(tutoring, [_session()], [_there("ann"), _there("bob", attendance="no_show")])
    assert pick([_only(tutoring)], *names) == [(1, 1.0, None, 1)]


def test_design_stands_beside_delivery(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings()
    sessions = [_session(3, 2), _session(3, 3), _session(2, 1), _session(9, 0, "cancelled_school")]
    days = [MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=7)]
    people = [_there("ann", day, minutes) for day, minutes in zip(days, (30, 20, 40), strict=True)]
    people += [_there(None, MONDAY, 30), _there("bob", attendance="no_show")]
    _write(tutoring, sessions, people)
    row = _only(tutoring)
    design = ("design_sessions_per_week", "design_minutes", "design_ratio")
    assert pick([row], *design) == [(3, 30, 2)]
    assert row["mean_ratio_rostered"] == pytest.approx(8 / 3)
    assert row["mean_ratio_present"] == pytest.approx(2)
    assert row["share_within_ratio"] == pytest.approx(2 / 3)
    assert row["mean_minutes"] == pytest.approx(30)
    assert row["mean_sessions_per_week"] == pytest.approx((2 + 1 + 1) / 3)
    assert row["students_attended"] == 1


def test_where_the_log_names_no_session_the_stated_ratio_is_taken(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings()
    alone: dict[str, Any] = {"session_id_source": None, "rostered_count": 1, "present_count": 1}
    _write(tutoring, [_session(ratio_stated=ratio, **alone) for ratio in (1, 5, None)])
    row = _only(tutoring)
    assert (row["mean_ratio_rostered"], row["mean_ratio_present"]) == (3, 3)
    assert row["share_within_ratio"] == pytest.approx(0.5)


def test_weeks_without_instruction_do_not_count_in_the_frequency(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings()
    closed = MONDAY + timedelta(days=7)
    _write(tutoring, [_session()], [_there("ann"), _there("ann"), _there("ann", closed)])
    assert _only(tutoring)["mean_sessions_per_week"] == pytest.approx(1.5)
    days = [
        {"school_id": "1", "local_date": day, "week_start": day, "is_instructional": day == MONDAY}
        for day in (MONDAY, closed)
    ]
    tutoring.promoted("calendar_day", days)
    assert _only(tutoring)["mean_sessions_per_week"] == pytest.approx(2)


def test_continuity_is_the_share_with_the_most_frequent_tutor(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings()
    tutors: dict[str | None, list[str | None]] = {
        "ann": ["tom", "tom", "sue"],
        "bob": ["sue", "tom"],
        None: ["tom", None],
    }
    people = [
        _there(who, MONDAY + timedelta(days=at), tutor_key=tutor)
        for who, had in tutors.items()
        for at, tutor in enumerate(had)
    ]
    _write(tutoring, [_session()], people)
    assert _only(tutoring)["share_with_modal_tutor"] == pytest.approx((2 + 1 + 1) / 6)


def test_each_term_and_school_has_its_row_and_strays_stand_apart(tutoring: TutoringBench) -> None:
    tutoring.settings = _settings()
    sessions = [
        _session(),
        _session(school_id="2"),
        _session(school_id=None),
        _session(day=date(2026, 8, 16)),
        _session(program_id=None),
    ]
    _write(tutoring, sessions)
    rows = by(tutoring.build(program_fidelity), "term", "school_id")
    assert set(rows) == {("fall", "1"), ("fall", "2"), ("fall", "unknown"), ("none", "1")}
    assert rows["none", "1"]["design_ratio"] is None
    assert rows["none", "1"]["share_within_ratio"] is None


def test_a_term_that_crosses_the_year_stands_in_the_year_it_starts(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = _settings(summer=FALL | {"start": "2026-06-15", "end": "2026-07-31"})
    tutoring.promoted("session", [_session(day=date(2026, 6, 16))], "2025-26")
    tutoring.promoted("session", [_session(day=date(2026, 7, 2))], "2026-27")
    (row,) = tutoring.build(program_fidelity, "2025-26")
    assert (row["sessions_delivered"], row["as_of_date"]) == (2, date(2026, 7, 31))
    assert tutoring.build(program_fidelity, "2026-27") == []

from datetime import datetime
from typing import Any

from hit_pipeline.conform.rejects import rejected
from hit_pipeline.conform.sessions import session, session_participant
from hit_pipeline.rules.status_effect import impossible_pairs
from hit_pipeline.tables.vocabulary import ATTENDANCE, SESSION_STATES
from tests.unit.tutoring_bench import Row, TutoringBench

LOG = "typed_session_log"
START = datetime(2026, 9, 14, 9, 30)  # noqa: DTZ001 (wall clock of the log)
ROW: dict[str, Any] = {
    "student": "ann",
    "started_at_local": START,
    "session_state": "completed",
    "attendance": "present",
    "present_seconds": 1800,
}
MEETING: dict[str, Any] = {
    "record_level": "meeting",
    "session_id_source": "M1",
    "started_at_local": START,
    "session_state": "cancelled_school",
}
IN_MEETING: dict[str, Any] = {"session_id_source": "M1", "student": "ann"}


def _rejected(bench: TutoringBench, rows: list[Row]) -> list[tuple[int, str]]:
    bench.typed("north", LOG, rows)
    found = rejected(bench.engine, bench.district, LOG, bench.context().typed(LOG))
    assert found is not None
    return sorted((row["_row"], row["rule"]) for row in bench.engine.collect(found).to_pylist())


def test_a_log_in_order_has_no_rejects(tutoring: TutoringBench) -> None:
    rows = [ROW, MEETING, IN_MEETING, IN_MEETING | {"attendance": "absent_excused"}]
    assert _rejected(tutoring, rows) == []


def test_rows_that_no_time_or_student_places_are_rejected(tutoring: TutoringBench) -> None:
    undated = {"started_at_local": None}
    rows = [
        ROW | undated,
        ROW | {"student": None},
        ROW | undated | {"student": None},
        ROW | {"time_zone": "Central"},
        ROW | {"time_zone": "America/Denver"},
        MEETING | undated | {"session_id_source": "M2"},
        IN_MEETING | {"session_id_source": "M3"},
        IN_MEETING | {"session_id_source": "M3", "joined_at_local": START, "student": "bob"},
    ]
    assert _rejected(tutoring, rows) == [
        (1, "session.no_date"),
        (2, "session.no_student"),
        (3, "session.no_date"),
        (3, "session.no_student"),
        (4, "session.time_zone_unknown"),
        (6, "session.no_date"),
        (7, "session.no_date"),
    ]


def test_exactly_the_impossible_pairs_are_rejected(tutoring: TutoringBench) -> None:
    pairs = [(state, attendance) for state in SESSION_STATES for attendance in ATTENDANCE]
    rows = [ROW | {"session_state": state, "attendance": shown} for state, shown in pairs]
    found = {pairs[row - 1] for row, rule in _rejected(tutoring, rows)}
    assert found == impossible_pairs()
    assert {row["session_state"] for row in tutoring.build(session)} == set(SESSION_STATES)


def test_an_attendance_that_contradicts_its_meeting_is_rejected(tutoring: TutoringBench) -> None:
    rows = [MEETING, IN_MEETING | {"attendance": "present"}, IN_MEETING | {"student": "bob"}]
    assert _rejected(tutoring, rows) == [(2, "session.status_impossible")]


def test_what_is_rejected_is_what_the_builders_leave_out(tutoring: TutoringBench) -> None:
    rows = [
        ROW,
        ROW | {"student": None},
        ROW | {"session_state": "scheduled"},
        ROW | {"time_zone": "Central"},
        IN_MEETING,
    ]
    gone = {row for row, _ in _rejected(tutoring, rows)}
    left = {row["_row"] for row in tutoring.build(session_participant)}
    assert left == set(range(1, len(rows) + 1)) - gone
    assert {row["_row"] for row in tutoring.build(session)} == left


def test_reasons_hold_no_cell(tutoring: TutoringBench) -> None:
    tutoring.typed("north", LOG, [ROW | {"time_zone": "Ann Example", "student": None}])
    found = rejected(tutoring.engine, tutoring.district, LOG, tutoring.context().typed(LOG))
    assert found is not None
    listed = tutoring.engine.collect(found).to_pylist()
    assert len(listed) == 2
    assert "Ann Example" not in str(listed)


def test_tables_without_such_rules_have_no_rejects(tutoring: TutoringBench) -> None:
    rows = tutoring.context().typed("typed_student")
    assert rejected(tutoring.engine, tutoring.district, "typed_student", rows) is None

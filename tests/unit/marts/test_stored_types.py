from datetime import date, datetime
from typing import Any

import pytest

from hit_pipeline.conform.assessments import assessment_result
from hit_pipeline.conform.assignments import program_assignment
from hit_pipeline.conform.context import Builder
from hit_pipeline.conform.programs import program, program_term
from hit_pipeline.conform.session_units import session_unit
from hit_pipeline.conform.sessions import session, session_participant, session_tutor
from hit_pipeline.marts.program_fidelity import program_fidelity
from hit_pipeline.marts.reach import reach
from hit_pipeline.marts.student_dosage import student_dosage
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema
from tests.unit.tutoring_bench import TutoringBench

START = datetime(2026, 9, 14, 9, 30)  # noqa: DTZ001 (wall clock of the log)
TERM = {
    "start": "2026-08-17",
    "end": "2026-12-18",
    "sessions_per_week": 3,
    "minutes_per_session": 30,
    "weeks": 10,
}
ROW: dict[str, Any] = {
    "student": "ann",
    "tutor": "tom",
    "program": "math",
    "started_at_local": START,
    "session_state": "completed",
    "attendance": "present",
    "present_seconds": 1800,
    "ratio_stated": 3,
}
SESSIONS = (session, session_tutor, session_participant)
BUILDERS = (
    program,
    program_term,
    program_assignment,
    session_unit,
    *SESSIONS,
    assessment_result,
    student_dosage,
    reach,
    program_fidelity,
)


def _district(bench: TutoringBench) -> None:
    bench.settings = {
        "programs": {"math": {"name": "Math", "subject": "math", "terms": {"fall": TERM}}},
        "dosage_rules": ["datas_60h", "nssa"],
    }
    assigned = {"student": "ann", "program": "math", "origin": "district_list"}
    bench.typed("lists", "typed_program_assignment", [assigned | {"start_date": date(2026, 9, 1)}])
    score = {"student": "ann", "instrument": "map", "test_date": date(2026, 9, 15)}
    bench.typed("nwea", "typed_assessment", [score | {"score_kind": "rit", "score_text": "201"}])
    bench.promoted("student", [{"student_key": "ann"}])
    bench.promoted(
        "school_enrollment",
        [{"student_key": "ann", "school_id": "1", "entry_date": date(2026, 8, 17)}],
    )
    bench.promoted(
        "calendar_day",
        [
            {
                "school_id": "1",
                "local_date": START.date(),
                "week_start": START.date(),
                "is_instructional": True,
            }
        ],
    )


def _check(bench: TutoringBench, builder: Builder) -> None:
    schema = arrow_schema(TABLES[builder.__name__])
    declared = dict(zip(schema.names, schema.types, strict=True))
    assert bench.stored_types(builder) == declared


@pytest.mark.parametrize("named", [False, True], ids=["rows alone", "rows that name a session"])
def test_files_hold_exactly_the_declared_types(tutoring: TutoringBench, *, named: bool) -> None:
    _district(tutoring)
    other = ROW | {"session_id_source": "M1", "joined_at_local": START}
    tutoring.typed("vendor", "typed_session_log", [ROW, other] if named else [ROW])
    for builder in BUILDERS:
        _check(tutoring, builder)
        if builder.__name__ in {one.__name__ for one in (*SESSIONS, program_assignment)}:
            assert tutoring.promote(builder)
        if builder is student_dosage:
            assert tutoring.promote(builder)
    assert tutoring.build(reach)
    assert tutoring.build(program_fidelity)

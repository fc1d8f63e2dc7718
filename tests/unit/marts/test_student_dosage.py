from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.marts.student_dosage import student_dosage
from hit_pipeline.rules.status_effect import status_effects
from tests.unit.tutoring_bench import Row, TutoringBench, by, pick

TODAY = date(2026, 11, 13)
MONDAY = date(2026, 9, 14)
EFFECTS = {(one.session_state, one.attendance): one for one in status_effects()}
FALL = {
    "start": "2026-08-17",
    "end": "2026-12-18",
    "sessions_per_week": 3,
    "minutes_per_session": 30,
    "weeks": 10,
}


def _took_part(
    student: str | None,
    day: date = MONDAY,
    minutes: int | None = 30,
    state: str = "completed",
    attendance: str = "present",
    **more: Any,
) -> Row:
    effect = EFFECTS[state, attendance]
    return {
        "student_key": student,
        "person_record_id": f"rec-{student}",
        "local_date": day,
        "week_start": day - timedelta(days=day.weekday()),
        "session_state": state,
        "attendance": attendance,
        "present_seconds": None if minutes is None else minutes * 60,
        "counts_scheduled": effect.counts_scheduled,
        "counts_delivered": effect.counts_delivered,
        "counts_attended": effect.counts_attended,
        "_source": "north",
        **more,
    }


def _missed(student: str, day: date = MONDAY, **more: Any) -> Row:
    return _took_part(student, day, None, attendance="no_show", **more)


def _write(bench: TutoringBench, rows: list[Row], students: dict[str, Row] | None = None) -> None:
    keys = {row["student_key"] for row in rows} - {None} | set(students or {})
    people = [{"student_key": key, **(students or {}).get(key, {})} for key in sorted(keys)]
    bench.promoted("session_participant", rows)
    bench.promoted("student", people)


def _own_rule(**more: object) -> dict[str, Any]:
    rule = {"id": "own", "version": 1, "title": "Ours", "scope": "student", "source": "Us", **more}
    return {"dosage_rules": [], "own_dosage_rules": [rule]}


def _programs(**terms: dict[str, Any]) -> dict[str, Any]:
    program = {"name": "Math", "subject": "math", "terms": terms or {"fall": FALL}}
    return {"programs": {"math": program}}


def _only(bench: TutoringBench) -> Row:
    (row,) = bench.build(student_dosage)
    return row


# --- Actual dosage and the DATAS bands ---


@pytest.mark.parametrize(
    ("seconds", "band"),
    [
        (0, "below_25"),
        (14 * 60 + 59, "below_25"),
        (15 * 60, "25_50"),
        (30 * 60, "50_75"),
        (45 * 60 - 1, "50_75"),
        (45 * 60, "75_99"),
        (60 * 60 - 1, "75_99"),
        (60 * 60, "full"),
        (600 * 60, "full"),
    ],
)
def test_bands_include_their_lower_bound(tutoring: TutoringBench, seconds: int, band: str) -> None:
    tutoring.settings = _own_rule(target_minutes=60, adequate_minutes=60)
    _write(tutoring, [_took_part("ann", present_seconds=seconds)])
    row = _only(tutoring)
    assert (row["datas_band"], row["actual_seconds"]) == (band, seconds)
    assert row["reached_adequate"] == (seconds >= 3600)
    assert row["dosage_share"] == pytest.approx(seconds / 3600)


def test_time_counts_only_where_the_student_attended(tutoring: TutoringBench) -> None:
    tutoring.settings = {"dosage_rules": ["datas_60h"]}
    rows = [
        _took_part("ann", minutes=30),
        _took_part("ann", minutes=20, attendance="late"),
        _took_part("ann", minutes=10, attendance="no_show"),
        _took_part("ann", minutes=10, state="tutor_no_show"),
        _took_part("ann", minutes=None),
    ]
    _write(tutoring, rows)
    row = _only(tutoring)
    assert (row["actual_seconds"], row["sessions_attended"]) == (50 * 60, 3)


def test_students_no_roster_knows_have_no_dosage(tutoring: TutoringBench) -> None:
    tutoring.settings = {"dosage_rules": ["datas_60h"]}
    _write(tutoring, [_took_part(None), _took_part("ann")])
    assert pick(tutoring.build(student_dosage), "student_key") == [("ann",)]


def test_sessions_to_come_are_not_counted_unless_somebody_says_they_were_attended(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = {"dosage_rules": ["datas_60h"]}
    tomorrow = TODAY + timedelta(days=1)
    plan: dict[str, Any] = {"planned_seconds": 1800}
    rows = [
        _missed("ann", TODAY, **plan),
        _took_part("ann", tomorrow, **plan),
        _took_part("ann", tomorrow, None, "scheduled", "unknown", **plan),
    ]
    _write(tutoring, rows)
    row = _only(tutoring)
    assert (row["sessions_scheduled"], row["sessions_attended"]) == (2, 1)
    assert (row["as_of_date"], row["last_session_date"]) == (TODAY, tomorrow)


# --- What was scheduled ---


def test_a_source_that_lists_attended_sessions_only_leaves_the_plan_unknown(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = {"dosage_rules": ["datas_60h"]}
    _write(tutoring, [_took_part("ann", planned_seconds=1800)])
    row = _only(tutoring)
    scheduled = ("scheduled_seconds", "sessions_scheduled", "attendance_rate", "plan_reason")
    assert pick([row], *scheduled) == [(None, None, None, "plan_unknown")]


def test_one_row_without_a_plan_leaves_the_time_unknown_and_the_count_known(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = {"dosage_rules": ["datas_60h"]}
    _write(tutoring, [_took_part("ann"), _missed("ann", planned_seconds=1800)])
    row = _only(tutoring)
    scheduled = ("scheduled_seconds", "sessions_scheduled", "attendance_rate", "plan_reason")
    assert pick([row], *scheduled) == [(None, 2, 0.5, "plan_unknown")]


def test_what_the_vendor_or_the_school_calls_off_is_scheduled_but_not_held_against_the_student(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = {"dosage_rules": ["datas_60h"]}
    plan: dict[str, Any] = {"planned_seconds": 1800}
    off = ("cancelled_provider", "cancelled_school", "tutor_no_show")
    rows = [
        _took_part("ann", **plan),
        _missed("ann", **plan),
        *(_took_part("ann", MONDAY, None, state, "not_expected", **plan) for state in off),
        _took_part("ann", MONDAY, None, "cancelled_student", "not_expected", **plan),
        _took_part("ann", MONDAY, None, "rescheduled", "not_expected", **plan),
    ]
    _write(tutoring, rows)
    row = _only(tutoring)
    assert (row["sessions_scheduled"], row["scheduled_seconds"]) == (6, 6 * 1800)
    assert row["attendance_rate"] == pytest.approx(1 / 3)
    assert row["plan_reason"] is None


def test_a_student_for_whom_nothing_was_due_has_no_rate(tutoring: TutoringBench) -> None:
    tutoring.settings = {"dosage_rules": ["datas_60h"]}
    plan: dict[str, Any] = {"planned_seconds": 1800}
    rows = [_took_part("ann", MONDAY, None, "cancelled_school", "not_expected", **plan)]
    _write(tutoring, rows)
    row = _only(tutoring)
    assert (row["sessions_scheduled"], row["attendance_rate"]) == (1, None)


# --- Scope, period, rules ---


def test_scopes_add_up_all_tutoring_each_subject_or_each_program(tutoring: TutoringBench) -> None:
    scopes = ("student", "student_subject", "student_program")
    rules = [
        _own_rule(scope=scope, id=scope, target_minutes=60)["own_dosage_rules"][0]
        for scope in scopes
    ]
    tutoring.settings = {"dosage_rules": [], "own_dosage_rules": rules}
    rows = [
        _took_part("ann", subject="math", program_id="math"),
        _took_part("ann", subject="ela", program_id="reading"),
        _took_part("ann", subject=None, program_id=None),
    ]
    _write(tutoring, rows)
    found = by(tutoring.build(student_dosage), "scope_kind", "scope_key")
    assert {key: row["actual_seconds"] // 60 for key, row in found.items()} == {
        ("student", "all"): 90,
        ("student_subject", "math"): 30,
        ("student_subject", "ela"): 30,
        ("student_subject", "unknown"): 30,
        ("student_program", "math"): 30,
        ("student_program", "reading"): 30,
        ("student_program", "unknown"): 30,
    }


def test_a_rule_applies_to_its_subjects_and_grades_only(tutoring: TutoringBench) -> None:
    tutoring.settings = {"dosage_rules": ["louisiana_act771", "datas_60h"]}
    rows = [
        _took_part(student, subject=subject)
        for student in ("third", "ninth", "nobody")
        for subject in ("math", "science")
    ]
    grades = {"third": {"grade_current": "03"}, "ninth": {"grade_current": "09"}}
    _write(tutoring, rows, grades)
    found = tutoring.build(student_dosage)
    assert [
        (row["student_key"], row["scope_key"])
        for row in found
        if row["rule_id"] == "louisiana_act771"
    ] == [("third", "math")]
    assert {row["actual_seconds"] for row in found if row["rule_id"] == "datas_60h"} == {3600}


def test_each_version_of_a_rule_has_rows_of_its_own(tutoring: TutoringBench) -> None:
    first = _own_rule(target_minutes=60)["own_dosage_rules"][0]
    rules = [first, first | {"version": 2, "target_minutes": 120}]
    tutoring.settings = {"dosage_rules": [], "own_dosage_rules": rules}
    _write(tutoring, [_took_part("ann")])
    rows = tutoring.build(student_dosage)
    assert pick(rows, "rule_id", "rule_version", "datas_band") == [
        ("own", 1, "50_75"),
        ("own", 2, "25_50"),
    ]


def test_without_rules_or_rows_there_is_nothing(tutoring: TutoringBench) -> None:
    assert tutoring.build(student_dosage) == []
    tutoring.settings = {"dosage_rules": []}
    _write(tutoring, [_took_part("ann")])
    assert tutoring.build(student_dosage) == []


# --- Design, assignment, weeks ---


def _calendar(bench: TutoringBench, weeks: int = 16, school: str = "1") -> None:
    """School on every weekday from 17 August on, but for the second week."""
    first = date(2026, 8, 17)
    days = [first + timedelta(days=at) for at in range(7 * weeks)]
    bench.promoted(
        "calendar_day",
        [
            {
                "school_id": school,
                "local_date": day,
                "week_start": day - timedelta(days=day.weekday()),
                "is_instructional": day.weekday() < 5 and (day - first).days // 7 != 1,
            }
            for day in days
        ],
    )


def _assigned(student: str, start: date, end: date | None = None, **more: object) -> Row:
    return {
        "student_key": student,
        "person_record_id": f"rec-{student}",
        "program_id": "math",
        "term": "fall",
        "start_date": start,
        "end_date": end,
        "status": "assigned",
        "origin": "district_list",
        **more,
    }


NSSA = {"dosage_rules": ["nssa"], **_programs()}


def test_program_dosage_is_the_design_and_adequate_a_share_of_it(tutoring: TutoringBench) -> None:
    tutoring.settings = NSSA
    _write(tutoring, [_took_part("ann", minutes=720, program_id="math")])
    row = _only(tutoring)
    assert (row["scope_key"], row["period"], row["program_seconds"]) == ("math", "fall", 54000)
    assert (row["adequate_seconds"], row["reached_adequate"]) == (43200, True)
    assert row["as_of_date"] == TODAY
    assert row["instructional_weeks"] is None
    assert row["program_seconds_prorated"] is None


def test_without_a_design_there_is_no_program_dosage(tutoring: TutoringBench) -> None:
    bare = {"start": FALL["start"], "end": FALL["end"]}
    tutoring.settings = {"dosage_rules": ["nssa"], **_programs(fall=bare)}
    _write(tutoring, [_took_part("ann", program_id="math")])
    row = _only(tutoring)
    names = (
        "program_seconds",
        "adequate_seconds",
        "reached_adequate",
        "dosage_share",
        "datas_band",
    )
    assert pick([row], *names) == [(None,) * 5]
    assert row["weeks_on_target"] is None


def test_an_undesigned_number_of_weeks_is_that_of_the_calendar(tutoring: TutoringBench) -> None:
    term = {name: value for name, value in FALL.items() if name != "weeks"}
    tutoring.settings = {"dosage_rules": ["nssa"], **_programs(fall=term)}
    _calendar(tutoring, weeks=16)
    _write(tutoring, [_took_part("ann", program_id="math")])
    assert _only(tutoring)["program_seconds"] == 3 * 30 * 60 * 15


def test_full_and_prorated_dosage_stand_side_by_side(tutoring: TutoringBench) -> None:
    tutoring.settings = NSSA
    _calendar(tutoring)
    students = {"whole": {"school_id_current": "1"}, "late": {}, "left": {}, "wait": {}, "no": {}}
    _write(tutoring, [], students)
    tutoring.promoted(
        "program_assignment",
        [
            _assigned("whole", date(2026, 8, 17)),
            _assigned("late", date(2026, 11, 9), date(2026, 12, 18)),
            _assigned("left", date(2026, 8, 17), date(2026, 8, 30)),
            _assigned("wait", date(2026, 8, 17), status="waitlisted"),
            _assigned("no", date(2026, 8, 17), status="declined"),
        ],
    )
    rows = by(tutoring.build(student_dosage), "student_key")
    # 15 instructional weeks from 17 August to 6 December, 12 of them up to today.
    assert {who: row["instructional_weeks"] for who, row in rows.items()} == {
        "whole": 12,
        "late": 1,
        "left": 1,
    }
    assert {row["program_seconds"] for row in rows.values()} == {54000}
    assert rows["whole"]["program_seconds_prorated"] == 54000 * 12 // 15
    assert rows["late"]["program_seconds_prorated"] == 54000 // 15
    nothing = ("actual_seconds", "sessions_attended", "weeks_tutored", "weeks_on_target")
    assert pick([rows["late"]], *nothing) == [(0, 0, 0, 0)]
    assert rows["late"]["plan_reason"] == "plan_unknown"
    assert rows["late"]["meets_nssa_minimum"] is None


def test_a_legal_floor_is_not_prorated(tutoring: TutoringBench) -> None:
    tutoring.settings = {"dosage_rules": ["texas_hb1416_15h"], **_programs()}
    _calendar(tutoring)
    _write(tutoring, [], {"late": {}})
    tutoring.promoted("program_assignment", [_assigned("late", date(2026, 11, 9))])
    row = _only(tutoring)
    assert (row["program_seconds"], row["adequate_seconds"]) == (54000, 54000)
    assert row["program_seconds_prorated"] is None
    assert row["instructional_weeks"] == 1


def test_a_target_over_the_year_is_prorated_by_the_weeks_of_the_year(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = _own_rule(target_minutes=1500, prorated=True) | _programs()
    _calendar(tutoring, weeks=31)
    _write(tutoring, [], {"ann": {}})
    tutoring.promoted("program_assignment", [_assigned("ann", date(2026, 8, 17))])
    row = _only(tutoring)
    assert row["program_seconds_prorated"] == 1500 * 60 * 12 // 30


def test_weeks_on_target_have_as_many_sessions_as_designed(tutoring: TutoringBench) -> None:
    tutoring.settings = NSSA
    weeks = {0: 3, 1: 2, 2: 4, 3: 0}
    rows = [
        _took_part("ann", MONDAY + timedelta(days=7 * week + at), program_id="math")
        for week, sessions in weeks.items()
        for at in range(sessions)
    ]
    rows.append(_missed("ann", MONDAY + timedelta(days=21), program_id="math"))
    _write(tutoring, rows)
    row = _only(tutoring)
    assert (row["weeks_tutored"], row["weeks_on_target"]) == (3, 2)


@pytest.mark.parametrize(("weeks", "each", "met"), [(10, 3, True), (9, 5, False), (12, 2, False)])
def test_the_nssa_minimum_needs_weeks_and_frequency(
    tutoring: TutoringBench, weeks: int, each: int, met: bool
) -> None:
    tutoring.settings = {"dosage_rules": ["datas_60h"]}
    start = date(2026, 8, 17)
    rows = [
        _took_part("ann", start + timedelta(days=7 * week + at))
        for week in range(weeks)
        for at in range(each)
    ]
    _write(tutoring, rows)
    assert _only(tutoring)["meets_nssa_minimum"] is met


def test_a_term_that_crosses_the_year_is_one_term_of_the_year_it_starts(
    tutoring: TutoringBench,
) -> None:
    summer = FALL | {"start": "2026-06-15", "end": "2026-07-31", "weeks": 6}
    tutoring.settings = {"dosage_rules": ["nssa"], **_programs(summer=summer)}
    days = {"2025-26": date(2026, 6, 16), "2026-27": date(2026, 7, 2)}
    for year, day in days.items():
        tutoring.promoted("session_participant", [_took_part("ann", day, program_id="math")], year)
    tutoring.promoted("student", [{"student_key": "ann"}])
    assert tutoring.build(student_dosage, "2026-27") == []
    (row,) = tutoring.build(student_dosage, "2025-26")
    assert (row["sessions_attended"], row["period"]) == (2, "summer")
    assert (row["as_of_date"], row["school_year"]) == (date(2026, 7, 31), "2025-26")


# --- All together, against a plain reading of the definitions ---

pairs = st.sampled_from([pair for pair, effect in EFFECTS.items() if effect.possible])
participations = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 80),
        pairs,
        st.integers(0, 60),
        st.sampled_from([None, 30, 45]),
        st.sampled_from([None, 1, 2, 3]),
    ),
    max_size=25,
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=participations)
def test_figures_are_those_of_a_plain_reading(
    tutoring: TutoringBench, drawn: list[tuple[str, int, tuple[str, str], int, Any, Any]]
) -> None:
    tutoring.settings = {"dosage_rules": ["datas_60h"]}
    rows = [
        _took_part(
            who,
            date(2026, 8, 31) + timedelta(days=after),
            minutes,
            *pair,
            planned_seconds=None if planned is None else planned * 60,
            group_size=size,
        )
        for who, after, pair, minutes, planned, size in drawn
    ]
    _write(tutoring, rows)
    found = by(tutoring.build(student_dosage), "student_key")
    counted = [row for row in rows if row["local_date"] <= TODAY or row["counts_attended"]]
    assert set(found) == {row["student_key"] for row in counted}
    lists_misses = any(not row["counts_attended"] for row in counted)
    for who, row in found.items():
        own = [one for one in counted if one["student_key"] == who]
        _compare(row, own, lists_misses=lists_misses)


def _compare(row: Row, own: list[Row], *, lists_misses: bool) -> None:
    there = [one for one in own if one["counts_attended"]]
    due = [one for one in own if one["counts_scheduled"]]
    weeks = Counter(one["week_start"] for one in there)
    sizes = [one["group_size"] for one in there if one["group_size"] is not None]
    assert row["actual_seconds"] == sum(one["present_seconds"] for one in there)
    assert row["sessions_attended"] == len(there)
    assert row["weeks_tutored"] == len(weeks)
    assert row["first_session_date"] == min((one["local_date"] for one in there), default=None)
    assert row["last_session_date"] == max((one["local_date"] for one in there), default=None)
    assert row["mean_group_size"] == (pytest.approx(sum(sizes) / len(sizes)) if sizes else None)
    assert row["sessions_scheduled"] == (len(due) if lists_misses else None)
    plans = [one["planned_seconds"] for one in due]
    known = lists_misses and None not in plans
    assert row["scheduled_seconds"] == (sum(plans) if known else None)
    assert row["plan_reason"] == (None if known else "plan_unknown")
    off = sum(
        one["session_state"] in {"cancelled_provider", "cancelled_school", "tutor_no_show"}
        for one in due
    )
    rate = Fraction(len(there), len(due) - off) if lists_misses and len(due) > off else None
    assert row["attendance_rate"] == (None if rate is None else pytest.approx(float(rate)))
    enough = len(there) >= 3 * len(weeks) and len(weeks) >= 10
    assert row["meets_nssa_minimum"] == (enough if there else None)

"""What each rule written by hand is tried on: rows it is against, and rows it is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from hit_pipeline.tables.catalog import TABLES
from tests.unit.expectations.conftest import MONDAY, Row

Rows = tuple[Row, ...]
TUESDAY = date(2026, 9, 8)


def _at(hour: int) -> datetime:
    return datetime(2026, 9, 7, hour, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """What one rule is tried on.

    Attributes:
        against: Rows of which the last is against the rule, or all together are.
        holds: Rows that are not.
        others: Rows of promoted tables by name, the same for both.
        counted: What stands against the rule.
    """

    against: Rows
    holds: Rows
    others: Mapping[str, Rows] = field(default_factory=dict)
    counted: int = 1


def days(start: str, end: str, *, open_end: bool = True) -> Case:
    """Return a case of a rule that an end is not before a start."""
    same: Row = {start: MONDAY, end: MONDAY}
    endless: Row = {start: MONDAY, end: None}
    holds = (same, endless) if open_end else (same,)
    return Case(({start: TUESDAY, end: MONDAY},), holds)


_WEEK = Case(
    ({"local_date": TUESDAY, "week_start": TUESDAY},),
    (
        {"local_date": TUESDAY, "week_start": MONDAY},
        {"local_date": date(2026, 9, 13), "week_start": MONDAY},
    ),
)
_UNIT: Row = {"week_start": MONDAY, "first_date": MONDAY, "last_date": TUESDAY}
_MEETING: Row = {"planned_seconds": None, "plan_source": "plan_unknown"}
_MISSED: Row = {
    "session_state": "completed",
    "attendance": "no_show",
    "present_source": "none",
    "counts_attended": False,
    "bucket": "absent_from_tutoring",
}
_ATTENDED: Row = {
    **_MISSED,
    "attendance": "present",
    "present_seconds": 1800,
    "present_source": "stated",
    "counts_attended": True,
    "bucket": "delivered",
}
_IMPOSSIBLE: Row = {
    "session_state": "scheduled",
    "attendance": "present",
    "counts_scheduled": False,
    "counts_delivered": False,
    "counts_attended": False,
    "bucket": "unknown",
}
_DOSAGE: Row = {
    "scope_kind": "student",
    "period_kind": "school_year",
    "rule_id": "datas_60h",
    "rule_version": 1,
    "actual_seconds": 1800,
    "first_session_date": MONDAY,
}
_LINKED: Row = {**_ATTENDED, "student_key": "S1"}
_TAKEN: Mapping[str, Rows] = {
    "session_participant": (_LINKED, {**_MISSED, "student_key": "S1"}, _ATTENDED)
}
_REACH: Row = {"program_id": "p", "term": "t", "subgroup_kind": "all", "subgroup": "all"}
_DELIVERY: Row = {
    **{name: 0 for name in TABLES["delivery"].column_names if name.startswith("rows_")},
    "status": "landed",
    "rows": 3,
    "rows_conformed": 3,
}
_IDENTIFIER: Row = {"system": "state", "issuer": "sis", "value": "7"}
_SPELL: Row = {"student_key": "S1", "attribute": "ell", "source": "sis"}
_SERVED: Row = {"students": 3, "denominator": 4, "share": 0.75}


def _stage(stage: str, students: int, **cells: Any) -> Row:
    return {**_REACH, "stage": stage, "students": students, "denominator": 0, **cells}


CASES: dict[str, Case] = {
    "school.parent_school_id.itself": Case(
        ({"school_id": "a", "parent_school_id": "a"},),
        ({"school_id": "b", "parent_school_id": "a"}, {"school_id": "a", "parent_school_id": None}),
    ),
    "term.dates.order": days("start_date", "end_date", open_end=False),
    "calendar_day.week_start.monday": _WEEK,
    "calendar_day.is_instructional.day_type": Case(
        (
            {"day_type": "instructional", "is_instructional": False},
            {"day_type": "holiday", "is_instructional": True},
        ),
        (
            {"day_type": "instructional", "is_instructional": True},
            {"day_type": "holiday", "is_instructional": False},
        ),
        counted=2,
    ),
    "school_enrollment.dates.order": days("entry_date", "exit_date"),
    "section_enrollment.dates.order": days("begin_date", "end_date"),
    "section_enrollment.person.one": Case(
        ({"student_key": "S1", "staff_key": "E1"},),
        ({"student_key": "S1"}, {"staff_key": "E1"}, {}),
    ),
    "student.birth_date.age": Case(
        ({"birth_date": date(2023, 11, 23)}, {"birth_date": date(2003, 11, 22)}),
        (
            {"birth_date": date(2023, 11, 22)},
            {"birth_date": date(2003, 11, 23)},
            {"birth_date": date(1980, 1, 1), "is_active": False},
            {"birth_date": None},
        ),
        counted=2,
    ),
    "student.names.present": Case(({},), ({"given_name": "A"}, {"family_name": "B"})),
    "student_identifier.value.shared": Case(
        ({**_IDENTIFIER, "student_key": "S1"}, {**_IDENTIFIER, "student_key": "S2"}),
        (
            {**_IDENTIFIER, "student_key": "S1"},
            {**_IDENTIFIER, "student_key": "S2", "valid_to": _at(23)},
            {**_IDENTIFIER, "student_key": "S3", "issuer": "other"},
        ),
        counted=2,
    ),
    "student_identifier.validity.order": Case(
        ({"valid_from": _at(2), "valid_to": _at(1)},),
        ({"valid_from": _at(1), "valid_to": _at(1)}, {"valid_from": _at(1)}),
    ),
    "student_attribute.validity.order": Case(
        ({"valid_from": _at(1), "valid_to": _at(1)},),
        ({"valid_from": _at(1), "valid_to": _at(2)}, {"valid_from": _at(1)}),
    ),
    "student_attribute.current.one": Case(
        ({**_SPELL, "valid_from": _at(1)}, {**_SPELL, "valid_from": _at(2)}),
        (
            {**_SPELL, "valid_from": _at(1), "valid_to": _at(2)},
            {**_SPELL, "valid_from": _at(2)},
            {**_SPELL, "valid_from": _at(2), "attribute": "iep"},
        ),
        counted=2,
    ),
    "tutor.dates.order": days("first_session_date", "last_session_date"),
    "person_link.person_key.outcome": Case(
        ({"outcome": "match"}, {"outcome": "unsure", "person_key": "S1"}),
        ({"outcome": "match", "person_key": "S1"}, {"outcome": "no_match"}),
        counted=2,
    ),
    "unmatched.person_record_id.unlinked": Case(
        ({"role": "student", "person_record_id": "r1"},),
        (
            {"role": "student", "person_record_id": "r2"},
            {"role": "tutor", "person_record_id": "r1"},
        ),
        {
            "person_link": (
                {"role": "student", "person_record_id": "r1", "outcome": "match"},
                {"role": "student", "person_record_id": "r2", "outcome": "unsure"},
            )
        },
    ),
    "delivery.fates.sum": Case(
        ({**_DELIVERY, "rows_conformed": 2}, {**_DELIVERY, "rows_repeated": 1}),
        (
            _DELIVERY,
            {**_DELIVERY, "rows_conformed": 1, "rows_quarantined": 1, "rows_superseded": 1},
        ),
        counted=2,
    ),
    "delivery.fates.not_landed": Case(
        ({**_DELIVERY, "status": "refused", "refused_rule": "a.b"},),
        (
            {**_DELIVERY, "status": "refused", "refused_rule": "a.b", "rows_conformed": 0},
            _DELIVERY,
        ),
    ),
    "delivery.refused_rule.status": Case(
        ({**_DELIVERY, "refused_rule": "a.b"}, {**_DELIVERY, "status": "held"}),
        (_DELIVERY, {"status": "refused", "refused_rule": "a.b"}),
        counted=2,
    ),
    "quarantine.rows.counted": Case(
        ({"delivery_id": "d1", "row": 1}, {"delivery_id": "d2", "row": 1}),
        (
            {"delivery_id": "d1", "file": "f", "row": 1, "column": "a"},
            {"delivery_id": "d1", "file": "f", "row": 1, "column": "b"},
            {"delivery_id": "d1", "file": "g", "row": 1},
        ),
        {
            "delivery": (
                {**_DELIVERY, "delivery_id": "d1", "rows_quarantined": 2},
                {**_DELIVERY, "delivery_id": "d2", "rows_quarantined": 0},
            )
        },
        counted=2,
    ),
    "program_term.dates.order": days("start_date", "end_date", open_end=False),
    "program_assignment.dates.order": days("start_date", "end_date"),
    "session_unit.dates.week": Case(
        (
            {**_UNIT, "last_date": date(2026, 9, 6)},
            {**_UNIT, "week_start": TUESDAY},
            {**_UNIT, "last_date": date(2026, 9, 14)},
        ),
        (_UNIT, {**_UNIT, "last_date": date(2026, 9, 13)}),
        counted=3,
    ),
    "session_unit.reading.proved": Case(
        (
            {"reading": "sixtieth", "proof": "unclear"},
            {"reading": "minutes", "proof": "stated"},
        ),
        ({"reading": "sixtieth", "proof": "bell"}, {"reading": "as_stated", "proof": "stated"}),
        counted=2,
    ),
    "session_unit.rows.fitting": Case(
        (
            {"rows": 2, "rows_fitting_stated": 3, "rows_fitting_proved": 0},
            {"rows": 2, "rows_fitting_stated": 0, "rows_fitting_proved": 3},
        ),
        ({"rows": 2, "rows_fitting_stated": 2, "rows_fitting_proved": 2},),
        counted=2,
    ),
    "session_unit.reading.as_stated": Case(({"reading": "hours"},), ({"reading": "as_stated"},)),
    "session_unit.proof.unclear": Case(({"proof": "unclear"},), ({"proof": "stated"},)),
    "session.week_start.monday": _WEEK,
    "session.times.order": Case(
        ({"started_at_utc": _at(2), "ended_at_utc": _at(1)},),
        (
            {"started_at_utc": _at(1), "ended_at_utc": _at(1)},
            {"started_at_utc": _at(1), "ended_at_utc": None},
        ),
    ),
    "session.planned_seconds.source": Case(
        (
            {"planned_seconds": 60, "plan_source": "plan_unknown"},
            {"planned_seconds": None, "plan_source": "program_design"},
        ),
        (_MEETING, {"planned_seconds": 60, "plan_source": "vendor_schedule"}),
        counted=2,
    ),
    "session.present_count.rostered": Case(
        ({"rostered_count": 1, "present_count": 2},),
        ({"rostered_count": 1, "present_count": 1}, {"rostered_count": 1, "present_count": 0}),
    ),
    "session_participant.week_start.monday": _WEEK,
    "session_participant.present_seconds.day": Case(
        ({"present_seconds": 86401},), ({"present_seconds": 86400}, {"present_seconds": None})
    ),
    "session_participant.present_seconds.attended": Case(
        ({**_ATTENDED, "present_seconds": None},), (_ATTENDED, _MISSED)
    ),
    "session_participant.present_seconds.absent": Case(
        ({**_MISSED, "present_seconds": 1},),
        (_ATTENDED, _MISSED, {**_MISSED, "present_seconds": 0}),
    ),
    "session_participant.present_seconds.source": Case(
        ({**_ATTENDED, "present_source": "none"}, {**_MISSED, "present_source": "stated"}),
        (_ATTENDED, _MISSED),
        counted=2,
    ),
    "session_attendance_revision.week_start.monday": _WEEK,
    "session_attendance_revision.known.order": Case(
        ({"known_from_utc": _at(5), "known_to_utc": _at(5)},),
        (
            {"known_from_utc": _at(5), "known_to_utc": _at(6)},
            {"known_from_utc": _at(5), "known_to_utc": None},
        ),
    ),
    "session_attendance_revision.ended_by.stated": Case(
        ({"known_to_utc": _at(5), "ended_by": None},),
        (
            {"known_to_utc": _at(5), "ended_by": "withdrawn"},
            {"known_to_utc": None, "ended_by": None},
        ),
    ),
    "session_attendance_revision.current.sum": Case(
        ({"known_to_utc": None, "present_seconds": 600},),
        ({"known_to_utc": None}, {"known_to_utc": _at(5), "present_seconds": 600}),
        {"session_participant": ({"session_key": "S1"},)},
        600,
    ),
    "session_participant.rostered.sum": Case(
        (_ATTENDED, _MISSED),
        (_ATTENDED, _ATTENDED, _MISSED),
        {"session": ({"rostered_count": 2}, {"rostered_count": 1}, {"rostered_count": 0})},
    ),
    "session_participant.present.sum": Case(
        (_ATTENDED, _ATTENDED, _ATTENDED),
        (_ATTENDED, _ATTENDED, _MISSED),
        {"session": ({"present_count": 1}, {"present_count": 1}, {"present_count": 0})},
    ),
    "session_participant.status.effect": Case(
        (
            {**_ATTENDED, "counts_scheduled": False},
            {**_MISSED, "bucket": "delivered"},
            {**_MISSED, "counts_attended": True},
        ),
        (_ATTENDED, _MISSED, _IMPOSSIBLE),
        counted=3,
    ),
    "session_participant.status.possible": Case(
        (_IMPOSSIBLE, _IMPOSSIBLE), (_ATTENDED, _MISSED), counted=2
    ),
    "assessment_result.test_date.future": Case(
        ({"test_date": date(2026, 11, 24)},),
        ({"test_date": date(2026, 11, 23)}, {"test_date": None}),
    ),
    "student_dosage.actual_seconds.sum": Case(
        (
            _DOSAGE,
            {**_DOSAGE, "student_key": "S2", "actual_seconds": 1},
            {**_DOSAGE, "rule_id": "deliberately_ours"},
        ),
        (
            {**_DOSAGE, "actual_seconds": 1000},
            {**_DOSAGE, "actual_seconds": 800, "student_key": "S2"},
            {**_DOSAGE, "actual_seconds": 1, "rule_id": "deliberately_ours"},
            {**_DOSAGE, "actual_seconds": 1, "scope_kind": "student_subject"},
        ),
        _TAKEN,
    ),
    "student_dosage.rows.present": Case((), (_DOSAGE,), _TAKEN),
    "student_dosage.dosage_share.quotient": Case(
        (
            {"actual_seconds": 1, "program_seconds": 3, "dosage_share": 0.34},
            {"actual_seconds": 1, "program_seconds": 3, "dosage_share": None},
            {"actual_seconds": 1, "program_seconds": None, "dosage_share": 1.0},
        ),
        (
            {"actual_seconds": 1, "program_seconds": 3, "dosage_share": 1 / 3},
            {"actual_seconds": 1, "program_seconds": 0, "dosage_share": None},
            {"actual_seconds": 1, "program_seconds": None, "dosage_share": None},
        ),
        counted=3,
    ),
    "student_dosage.attendance_rate.whole": Case(
        ({"attendance_rate": 1.5},), ({"attendance_rate": 1.0}, {"attendance_rate": None})
    ),
    "student_dosage.reached_adequate.floor": Case(
        (
            {"actual_seconds": 9, "adequate_seconds": 10, "reached_adequate": True},
            {"actual_seconds": 10, "adequate_seconds": 10, "reached_adequate": False},
            {"actual_seconds": 10, "adequate_seconds": None, "reached_adequate": True},
        ),
        (
            {"actual_seconds": 10, "adequate_seconds": 10, "reached_adequate": True},
            {"actual_seconds": 10, "adequate_seconds": None, "reached_adequate": None},
        ),
        counted=3,
    ),
    "student_dosage.dates.order": days("first_session_date", "last_session_date"),
    "student_dosage.sessions_attended.dates": Case(
        (
            {"sessions_attended": 1, "weeks_tutored": 1, "first_session_date": None},
            {"sessions_attended": 1, "weeks_tutored": 0, "first_session_date": MONDAY},
            {"sessions_attended": 0, "weeks_tutored": 0, "first_session_date": MONDAY},
        ),
        (
            {"sessions_attended": 1, "weeks_tutored": 1, "first_session_date": MONDAY},
            {"sessions_attended": 0, "weeks_tutored": 0, "first_session_date": None},
        ),
        counted=3,
    ),
    "reach.share.quotient": Case(
        ({**_REACH, **_SERVED, "share": 0.7},),
        ({**_REACH, **_SERVED}, {**_REACH, "students": 0, "denominator": 0, "share": None}),
    ),
    "reach.students.denominator": Case(
        ({**_REACH, "students": 5, "denominator": 4},),
        ({**_REACH, "students": 4, "denominator": 4},),
    ),
    "reach.students.nested": Case(
        (_stage("enrolled", 4), _stage("assigned", 2), _stage("started", 3)),
        (
            _stage("enrolled", 4),
            _stage("assigned", 4),
            _stage("adequate", 0),
            _stage("started", 9, subgroup="other"),
        ),
    ),
    "program_fidelity.delivery_rate.quotient": Case(
        ({"sessions_delivered": 1, "sessions_scheduled": 2, "delivery_rate": 1.0},),
        (
            {"sessions_delivered": 1, "sessions_scheduled": 2, "delivery_rate": 0.5},
            {"sessions_delivered": 1, "sessions_scheduled": None, "delivery_rate": None},
        ),
    ),
    "program_fidelity.delivery_rate.whole": Case(
        ({"delivery_rate": 1.1},), ({"delivery_rate": 1.0}, {"delivery_rate": None})
    ),
}

"""Vendor 1, Northstar Tutoring: one CSV a night with the whole history, one row per seat.

The layout is our own look-alike. Rows change until their status is terminal; the vendor knows
pupils by district number.
"""

from datetime import UTC, datetime, timedelta

from hit_pipeline.synth.names import plain_letters
from hit_pipeline.synth.nights import planned_until, stamp, today
from hit_pipeline.synth.records import Row, Sheet
from hit_pipeline.synth.school_days import ZONE_NAME
from hit_pipeline.synth.schools import BY_ID
from hit_pipeline.synth.sessions import Seat, Session
from hit_pipeline.synth.tutoring import MATH, SESSION_MINUTES, Tutor
from hit_pipeline.synth.world import World

SOURCE = "northstar"
COLUMNS = (
    "Session ID",
    "Series ID",
    "Status",
    "Student ID",
    "Student First Name",
    "Student Last Name",
    "Grade",
    "School",
    "Tutor ID",
    "Tutor Name",
    "Tutor Email",
    "Subject",
    "Program",
    "Scheduled Start",
    "Timezone",
    "Scheduled Minutes",
    "Actual Start",
    "Actual Minutes",
    "Attendance",
    "Student Ratio",
    "Group",
    "Last Updated",
)
_STATUS = {
    "held": "Completed",
    "missed": "Missed",
    "cancelled_vendor": "Canceled - Tutor",
    "cancelled_school": "Canceled - School",
    "cancelled_student": "Canceled - Student",
    "tutor_absent": "Tutor No-Show",
}
_ATTENDANCE = {
    "present": "Present",
    "late": "Late",
    "left_early": "Left Early",
    "absent_tutoring": "Absent",
    "absent_school_unexcused": "Absent",
    "absent_school_excused": "Excused",
    "not_held": "",
}
_PLANNED_AHEAD = timedelta(days=8)


def session_file(world: World, night: int) -> Sheet:
    """Return the history as of a night, sessions planned for the next week included."""
    group_numbers = {group.key: nth for nth, group in enumerate(world.groups)}
    rows: list[Row] = []
    for session in world.sessions_of(SOURCE, planned_until(night)):
        series = f"SER-{2001 + group_numbers[session.group.key]}"
        seats = [seat for seat in session.seats if seat.known_from <= night]
        for place, seat in enumerate(seats):
            row = {"Series ID": series} | _shared(session, place, len(seats))
            rows.append(row | _pupil(world, seat, session, night) | _result(session, seat, night))
    return Sheet(SOURCE, f"sessions_{stamp(night)}.csv", COLUMNS, rows)


def local_text(moment: datetime) -> str:
    """Write a moment as this vendor does: local wall clock without a zone."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def utc_text(moment: datetime) -> str:
    """Write a moment as this vendor does in ``Last Updated``: UTC with a Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _shared(session: Session, place: int, size: int) -> Row:
    return {
        "Session ID": f"NS-{4_000_000 + session.nth * 10 + place}",
        "Subject": MATH.subject,
        "Program": MATH.name,
        "Scheduled Start": local_text(session.start),
        "Timezone": ZONE_NAME,
        "Scheduled Minutes": str(SESSION_MINUTES),
        "Student Ratio": f"1:{size}",
        "Group": session.group.name,
    }


def _pupil(world: World, seat: Seat, session: Session, night: int) -> Row:
    """Name, grade and school as the roster had them on the day of the session."""
    student = world.students[seat.number]
    spell = student.enrolled(session.day, night)
    return {
        "Student ID": student.number,
        "Student First Name": student.first,
        "Student Last Name": student.last,
        "Grade": spell.grade.lstrip("0") if spell else "",
        "School": BY_ID[spell.school_id].name if spell else "",
    }


def _result(session: Session, seat: Seat, night: int) -> Row:
    """Return status and result; a session still to come is Scheduled and has none."""
    if session.day > today(night):
        return _tutor(session.group.tutor) | {
            "Status": "Scheduled",
            "Actual Start": "",
            "Actual Minutes": "",
            "Attendance": "",
            "Last Updated": utc_text(session.start - _PLANNED_AHEAD),
        }
    was_there = bool(seat.intervals)
    came_about = session.outcome in {"held", "missed"}
    return _tutor(session.tutor) | {
        "Status": _STATUS[session.outcome],
        "Actual Start": local_text(seat.intervals[0][0]) if was_there else "",
        "Actual Minutes": str(seat.minutes) if came_about else "",
        "Attendance": _ATTENDANCE[seat.attendance],
        "Last Updated": utc_text(session.logged),
    }


def _tutor(tutor: Tutor) -> Row:
    address = f"{plain_letters(tutor.first)}.{plain_letters(tutor.last)}{tutor.key}"
    return {
        "Tutor ID": f"T-{410 + tutor.key * 3:04d}",
        "Tutor Name": tutor.name,
        "Tutor Email": f"{address}@northstartutoring.example",
    }

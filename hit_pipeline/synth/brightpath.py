"""Vendor 2, Brightpath Learning: a meeting table and an attendance table, changes only.

The layout is our own look-alike. The vendor knows pupils by a number of its own and by state id,
writes local times without a zone, and lists a pupil twice after a reconnect. Pupils are listed
only for meetings that took place.
"""

from datetime import date, datetime

from hit_pipeline.synth.nights import planned_until, stamp, today
from hit_pipeline.synth.records import Row, Sheet
from hit_pipeline.synth.schools import BY_ID
from hit_pipeline.synth.sessions import Seat, Session
from hit_pipeline.synth.tutoring import READING, Tutor
from hit_pipeline.synth.world import World

SOURCE = "brightpath"
MEETING_COLUMNS = (
    "MeetingKey",
    "ProgramName",
    "Topic",
    "HostId",
    "HostName",
    "SubstituteHostId",
    "SiteName",
    "ScheduledStart",
    "ScheduledEnd",
    "State",
    "CancelReason",
)
ATTENDANCE_COLUMNS = (
    "MeetingKey",
    "ParticipantId",
    "ExternalStudentId",
    "DisplayName",
    "JoinTime",
    "LeaveTime",
    "Marked",
)
_STATE = {
    "held": ("ENDED", ""),
    "missed": ("ENDED", ""),
    "cancelled_vendor": ("CANCELLED", "PROVIDER"),
    "cancelled_school": ("CANCELLED", "SCHOOL"),
    "cancelled_student": ("CANCELLED", "STUDENT"),
    "tutor_absent": ("NOT_HELD", "TUTOR_ABSENT"),
}
_TOPICS = (
    "Letter sounds",
    "Blending",
    "Sight words",
    "Short vowels",
    "Long vowels",
    "Fluency",
    "Main idea",
    "Retelling",
)


def meeting_files(
    world: World, night: int, *, restated: Session | None = None
) -> tuple[Sheet, Sheet]:
    """Return the meeting and the attendance table of a night.

    Args:
        world: The district.
        night: Night 1 sends everything so far and the week planned; a later night only what is
            new or changed since the night before.
        restated: An earlier meeting sent once more, as it now is; None for no such meeting.
    """
    sessions = [] if restated is None else [restated]
    sessions += [
        session
        for session in world.sessions_of(SOURCE, planned_until(night))
        if night == 1 or _is_new(session.day, night)
    ]
    meetings = [_meeting(session, night) for session in sessions]
    rows = [
        row
        for session in sessions
        if session.day <= today(night) and session.outcome in {"held", "missed"}
        for seat in session.seats
        for row in _attendance(world, session, seat)
    ]
    return (
        Sheet(SOURCE, f"meetings_{stamp(night)}.csv", MEETING_COLUMNS, meetings),
        Sheet(SOURCE, f"attendance_{stamp(night)}.csv", ATTENDANCE_COLUMNS, rows),
    )


def local_text(moment: datetime) -> str:
    """Write a moment as this vendor does: local wall clock, twelve hours."""
    return f"{moment:%m/%d/%Y %I:%M:%S %p}"


def _is_new(day: date, night: int) -> bool:
    """Say whether a meeting came to be known, or its outcome did, since the night before."""
    happened = today(night - 1) < day <= today(night)
    planned = planned_until(night - 1) < day <= planned_until(night)
    return happened or planned


def key_of(session: Session) -> str:
    """Return the vendor's key of a meeting, the same on every night."""
    return f"BPM-{100_234 + session.nth}"


def _host(tutor: Tutor) -> str:
    return f"H{7_000 + tutor.key * 7}"


def _meeting(session: Session, night: int) -> Row:
    group = session.group
    over = session.day <= today(night)
    state, reason = _STATE[session.outcome] if over else ("UPCOMING", "")
    replaced = over and session.tutor != group.tutor
    week = (session.day - date(2026, 9, 14)).days // 7
    return {
        "MeetingKey": key_of(session),
        "ProgramName": READING.name,
        "Topic": f"{_TOPICS[week % len(_TOPICS)]} ({group.name})",
        "HostId": _host(group.tutor),
        "HostName": group.tutor.name,
        "SubstituteHostId": _host(session.tutor) if replaced else "",
        "SiteName": BY_ID[group.school_id].name,
        "ScheduledStart": local_text(session.start),
        "ScheduledEnd": local_text(session.end),
        "State": state,
        "CancelReason": reason,
    }


def _attendance(world: World, session: Session, seat: Seat) -> list[Row]:
    """One row per stay; one row without times for a pupil who did not come."""
    student = world.students[seat.number]
    row = {
        "MeetingKey": key_of(session),
        "ParticipantId": f"P{int(student.number) * 7 + 13}",
        "ExternalStudentId": student.state_id,
        "DisplayName": f"{student.first} {student.last}",
        "JoinTime": "",
        "LeaveTime": "",
        "Marked": "EXCUSED" if seat.attendance == "absent_school_excused" else "NO_SHOW",
    }
    return [
        row | {"JoinTime": local_text(join), "LeaveTime": local_text(leave), "Marked": "ATTENDED"}
        for join, leave in seat.intervals
    ] or [row]

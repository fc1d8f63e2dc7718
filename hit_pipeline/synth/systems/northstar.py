"""Northstar Tutoring: one CSV a night with the whole history, a row for each pupil of a meeting.

The layout is that of the contract ``northstar_sessions``. A row is scheduled first, gets a status
when the meeting is over, and may be corrected after. The pupils of a meeting share the series and
the scheduled start. Pupils are known by district number. ``Scheduled Start`` and ``Actual Start``
are local, ``Last Updated`` is UTC. Minutes are whole. The tutor is the one who led the meeting,
the planned one while nobody has. The vendor has no words for meetings that were moved or failed
for technical reasons and cancels them as its own; a closed school is the school's cancellation. A
meeting to which no pupil came is ``Missed``.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.meetings import gather
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.systems.vendor_cells import (
    HELD,
    SCHEDULED,
    school_name,
    state_on,
    substitute,
    timestamps,
    took_part,
    tutor_name,
    unique_number,
)
from hit_pipeline.synth.truth.calendar import ZONE_NAME
from hit_pipeline.synth.truth.draws import Days, Flags, Ints
from hit_pipeline.synth.truth.outcomes import ATTENDANCE
from hit_pipeline.synth.truth.zone import Zone

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
_STATUS = (
    "Completed",
    "Canceled - Tutor",
    "Canceled - School",
    "Canceled - Student",
    "Tutor No-Show",
    "Canceled - Tutor",
    "Canceled - School",
    "Canceled - Tutor",
    "Scheduled",
    "Missed",
)
_MISSED = SCHEDULED + 1
_ATTENDANCE = ("Present", "Late", "Left Early", "Absent", "Excused", "Absent", "Absent", "")
_NOT_HELD = ATTENDANCE.index("not_held")
_SUBJECTS = {"math": "Math", "ela": "Reading"}


def sheets(zone: Zone, log: Log, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Yield the history as of a night: one row per visible entry."""
    at = np.flatnonzero(log.visible(night))
    columns = _plan(zone, log, at) | _pupil(zone, log, claims, at)
    columns |= _tutor(zone, log, night, at) | _result(log, night, at)
    rows = pa.table(columns).select(COLUMNS)
    file = f"sessions_{night.stamp}.csv"
    yield Sheet(SOURCE, file, rows, claims.person[at], "student", log.seat[at], at)


def _plan(zone: Zone, log: Log, at: Ints) -> dict[str, pa.StringArray]:
    program = zone.programs[log.program]
    return {
        "Session ID": cells.joined("NS-", cells.number(unique_number(zone, log.key[at]))),
        "Series ID": cells.joined("SER-", cells.number(_series(zone, log, at))),
        "Subject": cells.constant(_SUBJECTS[program.subject], len(at)),
        "Program": cells.constant(program.name, len(at)),
        "Scheduled Start": _local(log.start_local[at]),
        "Timezone": cells.constant(ZONE_NAME, len(at)),
        "Scheduled Minutes": cells.number(log.planned[at] // 60),
        "Student Ratio": cells.joined("1:", cells.number(log.ratio[at])),
        "Group": cells.lookup(zone.groups.key, log.group[at]),
    }


def _series(zone: Zone, log: Log, at: Ints) -> Ints:
    """Return the series of entries: that of the group, or one of its own for a meeting made up."""
    beyond = log.meeting[at] - len(zone.meetings.nth)
    own = len(zone.groups.key) + beyond
    return unique_number(zone, np.where(beyond >= 0, own, log.group[at]))


def _pupil(zone: Zone, log: Log, claims: Claims, at: Ints) -> dict[str, pa.StringArray]:
    grade = _grade(zone, claims.student[at], log.start_local[at].astype("datetime64[D]"))
    return {
        "Student ID": cells.text(claims.id[at]),
        "Student First Name": cells.text(claims.first[at]),
        "Student Last Name": cells.text(claims.last[at]),
        "Grade": cells.lookup(("KG", *(str(n) for n in range(1, 13))), grade),
        "School": school_name(zone, log.group[at]),
    }


def _grade(zone: Zone, student: Ints, day: Days) -> Ints:
    """Return the grade of each pupil's latest enrolment begun by a day; -1 for none."""
    spells = zone.spells
    order = np.lexsort((spells.entry, spells.student))
    place = np.searchsorted(
        _pupil_day(spells.student, spells.entry)[order], _pupil_day(student, day), side="right"
    )
    found = order[np.maximum(place - 1, 0)]
    known = (place > 0) & (student >= 0) & (spells.student[found] == student)
    return np.where(known, spells.grade[found], -1)


def _pupil_day(student: Ints, day: Days) -> Ints:
    return student * 10**6 + day.astype("datetime64[D]").astype(np.int64)


def _tutor(zone: Zone, log: Log, night: Night, at: Ints) -> dict[str, pa.StringArray]:
    replaced = substitute(log, night)[at]
    tutor = np.where(replaced >= 0, replaced, log.tutor[at])
    numbers = cells.number(zone.tutors.person * 3 + 410, at_least=4)
    return {
        "Tutor ID": cells.joined("T-", cells.lookup(numbers, tutor)),
        "Tutor Name": tutor_name(zone, tutor),
        "Tutor Email": cells.lookup(zone.tutors.email, tutor),
    }


def _result(log: Log, night: Night, at: Ints) -> dict[str, pa.StringArray]:
    """Return status and result; an entry still to come is Scheduled and has none."""
    minutes = log.present_on(night)[at] // 60
    state = state_on(log, night)[at]
    status = np.where(_missed(log, night)[at], _MISSED, state)
    start = log.start_local[at] + log.joined[at].astype("timedelta64[s]")
    attendance = np.where(state == SCHEDULED, _NOT_HELD, log.attendance_on(night)[at])
    return {
        "Status": cells.lookup(_STATUS, status),
        "Actual Start": cells.where(took_part(log, night)[at], _local(start), None),
        "Actual Minutes": cells.where(state == HELD, cells.number(minutes), None),
        "Attendance": cells.lookup(_ATTENDANCE, attendance),
        "Last Updated": timestamps(log.updated_at(night)[at], "%Y-%m-%dT", "%H:%M:%SZ"),
    }


def _missed(log: Log, night: Night) -> Flags:
    """Return the entries of held meetings that no pupil came to."""
    held = (state_on(log, night) == HELD) & log.visible(night)
    meetings = gather(log, held)
    missed = np.zeros(len(held), dtype=np.bool_)
    missed[meetings.entries] = ~meetings.any(took_part(log, night))[meetings.row]
    return missed


def _local(moments: Days) -> pa.StringArray:
    return timestamps(moments, "%Y-%m-%d ", "%H:%M:%S")

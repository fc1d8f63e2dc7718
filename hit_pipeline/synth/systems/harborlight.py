"""Harborlight Volunteers: a sheet of meetings, one row per group, with its pupils in lists.

A semicolon-delimited CSV a night. When anything of a week (Monday to Sunday) was logged or
corrected, all its meetings so far are restated; meetings to come are not listed. A row has no id:
week, day, time, school and group name the meeting. Pupils stand as ``First Last #id``, without
``#id`` when none is known, several with ``|`` between. In brackets stand the minutes of a pupil
who was there for more or less than ``Length`` (the plan, H:MM), or why a pupil was absent: ``E``
from school, excused; ``U`` from school, unexcused; ``A`` just did not come; ``X`` no longer
enrolled. When the group did not meet (``Held`` is N) all its pupils stand among the absent without
a reason; the reason is in words of the group. Dates are ISO, times local. ``Reader`` is the
volunteer planned.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.meetings import Gathered, gather, touched
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet, nobody
from hit_pipeline.synth.systems.vendor_cells import (
    HELD,
    UNMAPPED,
    full_name,
    school_name,
    status_on,
    substitute,
    timestamps,
    tutor_name,
)
from hit_pipeline.synth.truth.calendar import weekday
from hit_pipeline.synth.truth.draws import Days, Flags, Ints
from hit_pipeline.synth.truth.outcomes import ATTENDANCE
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "harborlight"
DELIMITER = ";"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HELD = ("Y", "N", "Y/N")
_WHY_NOT = (
    "",
    "Reader cancelled",
    "School asked us to skip",
    "Family cancelled",
    "Reader did not come",
    "Moved to another day",
    "School closed",
    "Room not available",
)
_REASONS = ("", "", "", "A", "E", "U", "X", "")
_PRESENT = ATTENDANCE.index("present")
_PARTLY = (ATTENDANCE.index("late"), ATTENDANCE.index("left_early"))
_NOTES = (
    "",
    "",
    "",
    "Lovely session",
    "",
    "",
    "Ran out of books",
    "",
    "",
    "",
    "New reader shadowing",
)
_EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday."""


def sheets(zone: Zone, log: Log, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Yield the meetings so far of every week of which something changed, one a row."""
    meetings = gather(log, _restated(log, night))
    columns = _meeting(zone, log, night, meetings.first)
    columns |= _pupils(log, claims, night, meetings)
    columns |= _afterwards(zone, log, night, meetings.first)
    rows = pa.table(columns)
    members = (meetings.row, meetings.entries)
    file = f"sessions_{night.stamp}.csv"
    yield Sheet(SOURCE, file, rows, nobody(rows), "student", members=members, delimiter=DELIMITER)


def _restated(log: Log, night: Night) -> Flags:
    """Return the entries with a result of all weeks in which an entry got or lost one."""
    week = _monday(log.start_local)
    done = log.has_result(night)
    weeks = np.unique(week[touched(log, night) & done])
    return np.isin(week, weeks) & done & log.visible(night)


def _monday(moments: Days) -> Days:
    days = moments.astype("datetime64[D]").astype(np.int64)
    return (days - (days + _EPOCH_WEEKDAY) % 7).astype("datetime64[D]")


def _meeting(zone: Zone, log: Log, night: Night, at: Ints) -> dict[str, pa.StringArray]:
    start = log.start_local[at]
    status = status_on(log, night)[at]
    return {
        "Week Of": cells.moments(_monday(start), "%Y-%m-%d"),
        "Day": cells.lookup(_DAYS, weekday(start)),
        "Time": timestamps(start, "", "%-I:%M %p"),
        "School": school_name(zone, log.group[at]),
        "Group": cells.lookup(zone.groups.key, log.group[at]),
        "Reader": tutor_name(zone, log.tutor[at]),
        "Reader Email": cells.lookup(zone.tutors.email, log.tutor[at]),
        "Length": _hours_minutes(log.planned[at]),
        "Held": cells.lookup(_HELD, np.where(status == UNMAPPED, 2, status != HELD)),
        "If not, why": cells.lookup(_WHY_NOT, log.outcome[at]),
    }


def _hours_minutes(seconds: Ints) -> pa.StringArray:
    minutes = seconds // 60
    return cells.joined(cells.number(minutes // 60), ":", cells.number(minutes % 60, at_least=2))


def _pupils(
    log: Log, claims: Claims, night: Night, meetings: Gathered
) -> dict[str, pa.StringArray]:
    """Return the three lists of pupils, each pupil in one of them."""
    at = meetings.entries
    held = (log.outcome == HELD)[meetings.first][meetings.row]
    attendance = log.attendance_on(night)[at]
    number = cells.joined(" #", cells.text(claims.id[at]))
    pupil = _end_to_end(full_name(claims.first[at], claims.last[at]), number)
    stayed = _end_to_end(pupil, _in_brackets(_odd_minutes(log, night, at)))
    reason = cells.where(held, cells.lookup(_REASONS, attendance), None)
    missing = _end_to_end(pupil, _in_brackets(reason))
    full, partly = held & (attendance == _PRESENT), held & np.isin(attendance, _PARTLY)
    return {
        "Students present": _list(meetings, stayed, full),
        "Students late or left early": _list(meetings, stayed, partly),
        "Students absent": _list(meetings, missing, ~(full | partly)),
    }


def _odd_minutes(log: Log, night: Night, at: Ints) -> pa.StringArray:
    """Return the minutes present of pupils who were there for more or less than the plan."""
    present = log.present_on(night)[at]
    return cells.where(present != log.planned[at], cells.number(present // 60), None)


def _in_brackets(words: pa.StringArray) -> pa.StringArray:
    return cells.joined(" (", words, ")")


def _end_to_end(*parts: pa.StringArray) -> pa.StringArray:
    return pc.binary_join_element_wise(*parts, "", null_handling="skip")


def _list(meetings: Gathered, pupils: pa.StringArray, wanted: Flags) -> pa.StringArray:
    lists = meetings.listed(pupils, "|", wanted)
    return pc.if_else(pc.equal(lists, ""), None, lists)


def _afterwards(zone: Zone, log: Log, night: Night, at: Ints) -> dict[str, pa.StringArray]:
    return {
        "Substitute": tutor_name(zone, substitute(log, night)[at]),
        "Note": cells.lookup(_NOTES, log.key[at] % len(_NOTES)),
    }

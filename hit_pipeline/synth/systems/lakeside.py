"""Lakeside Fellows: tutoring as a period of the day, with attendance as percent of it.

One CSV a night of the entries that are new or changed, the first night with everything so far; one
row per pupil and period. An entry taken away is not told of. The fellow sets a slider to whole
percents; switching a period on sets everybody to 100, so that 100 says less than other numbers.
``Period Minutes`` is the plan; there are no minutes present. ``Mark`` says how the pupil came, or
why not; it and the percent are blank when the period is off or upcoming. ``Period Status`` says
who switched the period off. ``Sentiment`` is what some pupils tapped afterwards, 1 to 5. All times
are local without a zone; dates have no leading zeros except in ``Last Edited``. The name is one
cell, surname first. ``Fellow`` is the one planned; a substitute has a name only.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.systems.vendor_cells import (
    HELD,
    full_name,
    school_name,
    state_on,
    substitute,
    timestamps,
    took_part,
    tutor_name,
    unique_number,
)
from hit_pipeline.synth.truth.calendar import to_local
from hit_pipeline.synth.truth.draws import Days, Ints
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "lakeside"
_STATUS = (
    "Active",
    "Off - Fellow",
    "Off - School",
    "Off - Scholar",
    "Off - No Fellow",
    "Off - Rescheduled",
    "Off - Closed",
    "Off - Technical",
    "Upcoming",
)
_MARKS = (
    "On time",
    "Tardy",
    "Left early",
    "Unexcused",
    "Excused",
    "Unexcused",
    "Not enrolled",
    "",
)
_COURSES = ("Math 8", "Algebra 1", "Geometry")
_LOWEST_GRADE = 8
_FIRST_PERIOD = 5
"""Number of the period in which the program's first groups of the day meet."""
_SENTIMENTS = ("5", "4", "", "4", "3", "", "5", "2", "", "4", "1", "", "3")


def sheets(zone: Zone, log: Log, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Yield the entries that are new or changed since the night before, one a row."""
    at = np.flatnonzero(log.changed(night))
    rows = pa.table(_period(zone, log, night, at) | _scholar(log, claims, night, at))
    file = f"attendance_export_{night.stamp}.csv"
    yield Sheet(SOURCE, file, rows, claims.person[at], "student", log.seat[at], at)


def _period(zone: Zone, log: Log, night: Night, at: Ints) -> dict[str, pa.StringArray]:
    """Return the cells about the period and who led it."""
    fellows = cells.joined("F", cells.number(zone.tutors.person * 3 + 120_000))
    return {
        "Record ID": cells.joined("LF-", cells.number(unique_number(zone, log.key[at]))),
        "Date": cells.moments(log.start_local[at].astype("datetime64[D]"), "%-m/%-d/%Y"),
        "Period": cells.joined("P", cells.number(_period_number(zone, log, at))),
        "Period Start": _clock(log.start_local[at]),
        "Period Minutes": cells.number(log.planned[at] // 60),
        "School": school_name(zone, log.group[at]),
        "Course": _course(zone, log.group[at]),
        "Fellow ID": cells.lookup(fellows, log.tutor[at]),
        "Fellow": tutor_name(zone, log.tutor[at]),
        "Fellow Substitute": tutor_name(zone, substitute(log, night)[at]),
    }


def _period_number(zone: Zone, log: Log, at: Ints) -> Ints:
    starts = np.sort(np.asarray(zone.programs[log.program].starts))
    return _FIRST_PERIOD + np.searchsorted(starts, zone.groups.start[log.group[at]])


def _course(zone: Zone, group: Ints) -> pa.StringArray:
    """Return what a group is taught, after its grade, and the group in brackets."""
    course = np.minimum(np.maximum(zone.groups.grade[group] - _LOWEST_GRADE, 0), len(_COURSES) - 1)
    key = cells.lookup(zone.groups.key, group)
    return cells.joined(cells.lookup(_COURSES, course), " (", key, ")")


def _scholar(log: Log, claims: Claims, night: Night, at: Ints) -> dict[str, pa.StringArray]:
    """Return the cells about the pupil and how the period went for him or her."""
    state = state_on(log, night)[at]
    mark = np.where(state == HELD, log.attendance_on(night)[at], len(_MARKS) - 1)
    percent = np.where(took_part(log, night)[at], _percent(log, night, at), 0)
    sentiment = cells.lookup(_SENTIMENTS, log.key[at] % len(_SENTIMENTS))
    return {
        "Scholar ID": cells.text(claims.id[at]),
        "Scholar Name": full_name(claims.last[at], claims.first[at], ", "),
        "Birthdate": cells.moments(claims.birth[at], "%-m/%-d/%Y"),
        "Attendance Percent": cells.where(state == HELD, cells.number(percent), None),
        "Mark": cells.lookup(_MARKS, mark),
        "Period Status": cells.lookup(_STATUS, state),
        "Sentiment": cells.where(percent > 0, sentiment, None),
        "Last Edited": timestamps(to_local(log.updated_at(night)[at]), "%m/%d/%Y ", "%-I:%M %p"),
    }


def _percent(log: Log, night: Night, at: Ints) -> Ints:
    """Return the share of the period spent in it; the slider ends at 100."""
    share = 100 * log.present_on(night)[at] // np.maximum(log.planned[at], 1)
    return np.minimum(share, 100)


def _clock(moments: Days) -> pa.StringArray:
    return timestamps(moments, "", "%-I:%M %p")

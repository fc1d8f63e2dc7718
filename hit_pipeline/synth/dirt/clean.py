"""Records without a fault: a vendor's log as it was, and claims that name everybody rightly."""

import numpy as np

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.truth.calendar import to_utc
from hit_pipeline.synth.truth.draws import Days, Ints, Texts, spread
from hit_pipeline.synth.truth.zone import Students, Zone

PLANNED_AHEAD = np.timedelta64(7 * 86_400, "s")
_NEVER = np.datetime64("NaT", "s")
ID_SYSTEMS = {
    "northstar": ("number", ""),
    "brightpath": ("state_id", ""),
    "lakeside": ("number", ""),
    "harborlight": ("number", ""),
    "quillwork": ("email", "number"),
    "map_growth": ("number", "state_id"),
    "iready": ("number", "state_id"),
    "star": ("number", "state_id"),
    "dibels": ("number", "state_id"),
    "state_test": ("state_id", "number"),
}
"""Which number of a pupil each source has in its first and its second id column."""
_NO_BIRTH = ("northstar", "brightpath", "harborlight", "map_growth", "iready")
"""Sources that do not hold birth dates."""
_NO_NAMES = ("map_growth",)
"""Sources that know pupils by number alone."""


def clean_log(zone: Zone, program: int) -> Log:
    """Return a vendor's log of a zone in which everything is as it was."""
    meetings, seats = zone.meetings, zone.seats
    seat = np.flatnonzero(zone.groups.program[meetings.group[seats.meeting]] == program)
    meeting = seats.meeting[seat]
    counts = np.bincount(meeting, minlength=len(meetings.group))
    present = seats.inside[seat] + seats.surplus[seat]
    size = len(seat)
    never = np.full(size, _NEVER)
    start = meetings.start_local[meeting]
    return Log(
        program=program,
        seat=seat,
        meeting=meeting,
        place=spread(np.zeros(len(counts), dtype=np.int64), counts),
        key=np.arange(size),
        group=meetings.group[meeting],
        start_local=start,
        planned=meetings.planned_seconds[meeting],
        outcome=meetings.outcome[meeting],
        attendance=seats.attendance[seat],
        present=present,
        joined=seats.joined[seat],
        left=seats.left[seat],
        first_attendance=seats.attendance[seat],
        first_present=present,
        tutor=meetings.tutor[meeting],
        led_by=meetings.led_by[meeting],
        ratio=counts[meeting],
        known_at=to_utc(start) - PLANNED_AHEAD,
        logged_at=meetings.logged_at[meeting],
        revised_at=never,
        withdrawn_at=never.copy(),
        gone_at=never.copy(),
        kinds={},
    )


def clean_claims(zone: Zone, source: str, student: Ints, day: Days) -> Claims:
    """Return the claims of a source that knows its pupils as the district does.

    Args:
        zone: The zone.
        source: One of the vendors or test products.
        student: Pupil of each entry.
        day: Day from which each entry is: names and numbers change.
    """
    first, second = ID_SYSTEMS[source]
    students, size = zone.students, len(student)
    birth = students.birth[student]
    if source in _NO_BIRTH:
        birth = np.full(size, np.datetime64("NaT", "D"))
    renamed = students.renamed_on[student] <= day
    names = {
        "first": students.first[student],
        "middle": students.middle[student],
        "last": np.where(renamed, students.last_new[student], students.last[student]),
    }
    if source in _NO_NAMES:
        names = {name: np.full(size, "", dtype=object) for name in names}
    return Claims(
        source=source,
        person=students.person[student],
        student=student,
        id=_identifier(zone, first, student, day),
        second_id=_identifier(zone, second, student, day),
        **names,
        birth=birth,
        kinds={},
        linkable=np.ones(size, dtype=bool),
    )


def _identifier(zone: Zone, system: str, student: Ints, day: Days) -> Texts:
    if not system:
        return np.full(len(student), "", dtype=object)
    values: Texts = getattr(zone.students, system)[student]
    if system != "number":
        return values
    return np.where(_renumbered(zone, student, day), zone.students.number_new[student], values)


def _renumbered(zone: Zone, student: Ints, day: Days) -> np.ndarray:
    """Say whether a pupil had the new number on a day."""
    since = first_renumbered(zone.students, zone)
    return np.asarray(since[student] <= day)


def first_renumbered(students: Students, zone: Zone) -> Days:
    """Return each pupil's first day under the new number; NaT for never."""
    since = np.full(len(students.person), np.datetime64("NaT", "D"))
    new = zone.spells.renumbered
    order = np.argsort(zone.spells.entry[new], kind="stable")[::-1]
    since[zone.spells.student[new][order]] = zone.spells.entry[new][order]
    return since

"""What differs on night 2 beside one more day: corrections, removals and restatements.

The changes that happen to people (transfer, arrival, departure) are in ``events``; here they are
only pointed at in the files.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hit_pipeline.synth.brightpath import key_of
from hit_pipeline.synth.draw import stream
from hit_pipeline.synth.faults import Bench, is_settled, participant_without_id, was_present
from hit_pipeline.synth.northstar import utc_text
from hit_pipeline.synth.oneroster import bundle_name
from hit_pipeline.synth.planted import Mark, PlantedFault
from hit_pipeline.synth.records import Sheet
from hit_pipeline.synth.school_days import ZONE
from hit_pipeline.synth.sessions import Seat, Session
from hit_pipeline.synth.tutoring import READING
from hit_pipeline.synth.world import World

_CORRECTED_AT = datetime(2026, 11, 12, 16, 10, tzinfo=ZONE)
_CORRECTED_BY = 5
_REMOVED_ROWS = 2
_RESTATED_DAYS = (date(2026, 11, 4), date(2026, 11, 6))
_RESTATED_BY = timedelta(minutes=10)


def change_northstar(bench: Bench) -> list[Mark]:
    """Correct one row's minutes and drop two rows of the history."""
    corrected = bench.row("corrected_minutes", was_present)
    corrected["Actual Minutes"] = str(int(corrected["Actual Minutes"]) - _CORRECTED_BY)
    corrected["Last Updated"] = utc_text(_CORRECTED_AT)
    less = "five minutes less than the night before"
    marks = [bench.mark("corrected_minutes", less, [corrected])]
    for nth in range(_REMOVED_ROWS):
        gone = bench.row(f"removed_row/{nth}", is_settled)
        bench.spared.add(gone["Student ID"])
        bench.sheet.rows[:] = [row for row in bench.sheet.rows if row is not gone]
    what = f"{_REMOVED_ROWS} rows of the night before are missing from the history"
    return [*marks, bench.mark("removed_rows", what, [])]


def restated_meeting(world: World) -> Session:
    """Return an earlier meeting as vendor 2 now tells it: one pupil left ten minutes sooner."""
    spared = participant_without_id(world).number

    def changeable(seat: Seat) -> bool:
        return seat.attendance == "present" and seat.number != spared

    meetings = [
        session
        for session in world.sessions
        if session.group.program is READING
        and _RESTATED_DAYS[0] <= session.day <= _RESTATED_DAYS[1]
        and any(changeable(seat) for seat in session.seats)
    ]
    session = stream(world.seed, "change", "restated_meeting").choice(meetings)
    first = next(seat for seat in session.seats if changeable(seat))
    *before, (join, leave) = first.intervals
    sooner = replace(first, intervals=(*before, (join, leave - _RESTATED_BY)))
    return replace(session, seats=tuple(sooner if s is first else s for s in session.seats))


def mark_restated(session: Session, attendance: Sheet) -> Mark:
    """Point at the rows of the restated meeting."""
    rows = tuple(row for row in attendance.rows if row["MeetingKey"] == key_of(session))
    return Mark("restated_meeting", "attendance of an earlier meeting, changed", rows)


def mark_events(world: World, students: Sheet, night: int) -> list[PlantedFault]:
    """Point at the pupils who moved, arrived and left, in the pupil file and in the bundle."""

    def told(name: str, what: str, number: str) -> PlantedFault:
        rows = tuple(row for row in students.rows if row["student_number"] == number)
        return Mark(name, what, rows).settle(students)

    moved = "moved to another school and grade: an old and a new row"
    left = "left the district: the row has an exit date now"
    found = [
        told("transfer", moved, world.events.transferred),
        told("arrival", "enrolled for the first time", world.events.arrived),
        told("departure", left, world.events.departed),
    ]
    gone = PlantedFault(
        "gone_from_bundle",
        "sis",
        f"{bundle_name(night)}/users.csv",
        "one pupil of the night before is missing from the bundle",
        (),
    )
    return [*found, gone]

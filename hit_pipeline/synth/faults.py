"""The real-world faults planted in the vendors' files, each by name.

A vendor that sends its whole history repeats its faults every night: which rows are hit depends
on the seed alone, never on the night.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from hit_pipeline.synth.draw import stream
from hit_pipeline.synth.names import nickname
from hit_pipeline.synth.people import Student
from hit_pipeline.synth.planted import Mark
from hit_pipeline.synth.records import Row, Sheet
from hit_pipeline.synth.tutoring import READING
from hit_pipeline.synth.world import World

SETTLED_BEFORE = "2026-11-07"
"""Northstar rows scheduled before this local date look the same on every night."""

_FUTURE = ("2026-11-13", "2026-11-19")
_LOST_ZEROS = 4
_DECIMAL_ENDINGS = 3
_UNKNOWN_PUPIL = {
    "Student ID": "8123456",
    "Student First Name": "Rowan",
    "Student Last Name": "Thistlewood",
}
_TEST_PUPIL = {
    "Student ID": "9999999",
    "Student First Name": "Test",
    "Student Last Name": "Student",
}


@dataclass
class Bench:
    """Where faults are planted: the sheet, the world, and the ids of pupils not to be hit again.

    Pupils of events and of earlier faults are left alone, so that every fault shows for itself.
    """

    world: World
    sheet: Sheet
    spared: set[str]

    @classmethod
    def of(cls, world: World, sheet: Sheet) -> Self:
        """Return a bench on which only the pupils of the second day's events are spared."""
        events = world.events
        return cls(world, sheet, {events.transferred, events.arrived, events.departed})

    def pupils(self, fault: str, count: int, fits: Callable[[Student], bool]) -> list[Student]:
        """Draw pupils not yet hit who have settled rows and fit."""
        numbers = dict.fromkeys(row["Student ID"] for row in self.sheet.rows if is_settled(row))
        free = [self.world.students[n] for n in numbers if n not in self.spared]
        fitting = [student for student in free if fits(student)]
        return stream(self.world.seed, "fault", fault).sample(fitting, count)

    def row(self, fault: str, fits: Callable[[Row], bool]) -> Row:
        """Draw one row that fits of a pupil not yet hit."""
        rows = [r for r in self.sheet.rows if r["Student ID"] not in self.spared and fits(r)]
        return stream(self.world.seed, "fault", fault).choice(rows)

    def rows_of(self, students: Iterable[Student]) -> list[Row]:
        """Return all rows of pupils."""
        numbers = {student.number for student in students}
        return [row for row in self.sheet.rows if row["Student ID"] in numbers]

    def insert_after(self, row: Row, added: Row) -> None:
        """Put a row into the sheet, right below another."""
        place = next(n for n, candidate in enumerate(self.sheet.rows) if candidate is row)
        self.sheet.rows.insert(place + 1, added)

    def mark(self, name: str, what: str, rows: Iterable[Row]) -> Mark:
        """Note a fault; the pupils whose ids its rows now carry are spared from here on."""
        touched = tuple(rows)
        self.spared |= {row["Student ID"] for row in touched}
        return Mark(name, what, touched)


def is_settled(row: Row) -> bool:
    """Say whether a Northstar row is scheduled before the days on which nights differ."""
    return row["Scheduled Start"] < SETTLED_BEFORE


def was_present(row: Row) -> bool:
    """Say whether a settled Northstar row tells of a pupil who was there throughout."""
    return is_settled(row) and row["Attendance"] == "Present"


def northstar_faults(bench: Bench) -> list[Mark]:
    """Plant all faults of vendor 1 into its sheet, and say where they are."""
    return [
        _unmapped_status(bench),
        _future_completed(bench),
        _ten_hours(bench),
        _duplicate(bench),
        _nickname(bench),
        _sibling_id(bench),
        _lost_zeros(bench),
        _decimal_ending(bench),
        _unknown_pupil(bench),
        _test_pupil(bench),
    ]


def _unmapped_status(bench: Bench) -> Mark:
    row = bench.row("unmapped_status", was_present)
    row["Status"] = "Rescheduled?"
    return bench.mark("unmapped_status", "status that is in no list of the vendor's", [row])


def _future_completed(bench: Bench) -> Mark:
    row = bench.row("future_completed", lambda r: _FUTURE[0] <= r["Scheduled Start"] < _FUTURE[1])
    row["Status"] = "Completed"
    row["Attendance"] = "Present"
    row["Actual Start"] = row["Scheduled Start"]
    row["Actual Minutes"] = row["Scheduled Minutes"]
    return bench.mark("future_completed", "session still to come, marked completed", [row])


def _ten_hours(bench: Bench) -> Mark:
    row = bench.row("ten_hours", was_present)
    row["Actual Minutes"] = "600"
    return bench.mark("ten_hours", "session of 600 minutes where 30 were planned", [row])


def _duplicate(bench: Bench) -> Mark:
    row = bench.row("duplicate_row", was_present)
    copy = dict(row)
    bench.insert_after(row, copy)
    return bench.mark("duplicate_row", "exact copy of the row above it", [copy])


def _nickname(bench: Bench) -> Mark:
    """All rows of a pupil carry the usual short form of the first name."""
    students = bench.pupils("nickname", 1, lambda s: nickname(s.first) is not None)
    rows = bench.rows_of(students)
    for row in rows:
        row["Student First Name"] = nickname(students[0].first) or students[0].first
    return bench.mark("nickname", "short form in place of the legal first name; right id", rows)


def _sibling_id(bench: Bench) -> Mark:
    """All rows of a pupil carry the number of a sibling who is not tutored by this vendor."""
    tutored = {row["Student ID"] for row in bench.sheet.rows}
    taken = tutored | bench.spared
    spare = {s.household: s for s in bench.world.students.values() if s.number not in taken}
    students = bench.pupils("sibling_id", 1, lambda s: s.household in spare)
    rows = bench.rows_of(students)
    for row in rows:
        row["Student ID"] = spare[students[0].household].number
    return bench.mark("sibling_id", "number of a sibling; the first name contradicts it", rows)


def _lost_zeros(bench: Bench) -> Mark:
    students = bench.pupils("lost_zeros", _LOST_ZEROS, lambda s: s.number.startswith("0"))
    rows = bench.rows_of(students)
    for row in rows:
        row["Student ID"] = row["Student ID"].lstrip("0")
    return bench.mark("lost_zeros", "leading zeros of the district number are gone", rows)


def _decimal_ending(bench: Bench) -> Mark:
    students = bench.pupils(
        "decimal_ending", _DECIMAL_ENDINGS, lambda s: not s.number.startswith("0")
    )
    rows = bench.rows_of(students)
    for row in rows:
        row["Student ID"] += ".0"
    return bench.mark("decimal_ending", "district number ends in .0", rows)


def _unknown_pupil(bench: Bench) -> Mark:
    """A child of no roster sits in three meetings of a group."""
    model = bench.row("unknown_student", was_present)
    beside = [r for r in bench.sheet.rows if _same_seat(r, model) and is_settled(r)][:3]
    added = [
        row | _UNKNOWN_PUPIL | {"Session ID": f"NS-{9_000_001 + n}"} for n, row in enumerate(beside)
    ]
    for row, new in zip(beside, added, strict=True):
        bench.insert_after(row, new)
    return bench.mark("unknown_student", "pupil who is on no roster", added)


def _same_seat(row: Row, model: Row) -> bool:
    return all(row[c] == model[c] for c in ("Series ID", "Student ID"))


def _test_pupil(bench: Bench) -> Mark:
    model = bench.row("test_student", was_present)
    row = model | _TEST_PUPIL | {"Session ID": "NS-9000099"}
    bench.insert_after(model, row)
    return bench.mark("test_student", "the vendor's own trial account", [row])


def brightpath_faults(world: World, attendance: Sheet) -> list[Mark]:
    """Plant the fault of vendor 2: a participant without external id.

    The list is empty when that participant is not in the sheet, as may be on a later night.
    """
    state_id = participant_without_id(world).state_id
    rows = [row for row in attendance.rows if row["ExternalStudentId"] == state_id]
    for row in rows:
        row["ExternalStudentId"] = ""
    what = "no external id; the display name is that of one pupil only"
    return [Mark("blank_external_id", what, tuple(rows))] if rows else []


def participant_without_id(world: World) -> Student:
    """Return the pupil whom vendor 2 sends without external id; nobody shares the name."""
    shared = world.namesakes()
    seats = (
        seat.number
        for session in world.sessions
        if session.group.program is READING and session.outcome == "held"
        for seat in session.seats
    )
    pupils = [world.students[number] for number in dict.fromkeys(seats)]
    fit = [s for s in pupils if (s.first, s.last) not in shared and s.spells[0].exit is None]
    return stream(world.seed, "fault", "blank_external_id").choice(fit)

"""What truly happened at every tutoring meeting, before any vendor writes it down."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from random import Random

from hit_pipeline.synth.draw import stream
from hit_pipeline.synth.people import Student
from hit_pipeline.synth.school_days import instructional_days, local
from hit_pipeline.synth.tutoring import (
    FIRST_SESSION_DAY,
    SESSION_MINUTES,
    Group,
    Member,
    Tutor,
)

_OUTCOMES = {
    "held": 0.925,
    "cancelled_vendor": 0.02,
    "cancelled_school": 0.02,
    "cancelled_student": 0.015,
    "tutor_absent": 0.02,
}
_ATTENDANCE = {"present": 0.865, "late": 0.055, "left_early": 0.04, "absent_tutoring": 0.04}
_SUBSTITUTE_SHARE = 0.03
_RECONNECT_SHARE = 0.06

Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class Seat:
    """One pupil expected at one meeting.

    Attributes:
        attendance: present, late, left_early, absent_tutoring, absent_school_excused,
            absent_school_unexcused, or not_held.
        intervals: When the pupil was in the meeting; two after a reconnect, none when absent.
        known_from: First night whose exports show the pupil in the group.
    """

    number: str
    attendance: str
    intervals: tuple[Interval, ...]
    known_from: int

    @property
    def minutes(self) -> int:
        """Whole minutes present."""
        spent = sum(((leave - join) for join, leave in self.intervals), timedelta())
        return round(spent.total_seconds() / 60)


@dataclass(frozen=True)
class Session:
    """One planned meeting of a group and its outcome.

    Attributes:
        nth: Position among all meetings of the vendor in order of time, from 0.
        outcome: held, missed (nobody came), cancelled_vendor, cancelled_school,
            cancelled_student or tutor_absent.
        tutor: Who led it; the group's tutor unless a substitute did.
        logged: When the vendor's system took note of the outcome.
    """

    nth: int
    group: Group
    day: date
    start: datetime
    outcome: str
    tutor: Tutor
    seats: tuple[Seat, ...]
    logged: datetime

    @property
    def end(self) -> datetime:
        """Planned end."""
        return self.start + timedelta(minutes=SESSION_MINUTES)


@dataclass(frozen=True)
class Known:
    """What decides who leads and who comes.

    Attributes:
        students: Pupils by number.
        absences: Status of each school absence by pupil's number and day.
        tutors: All tutors, substitutes are drawn from them.
    """

    students: Mapping[str, Student]
    absences: Mapping[tuple[str, date], str]
    tutors: Sequence[Tutor]


def draw_sessions(seed: int, groups: Iterable[Group], known: Known, until: date) -> list[Session]:
    """Draw the meetings of all groups through ``until`` (included), in order of time.

    A tutor never leads two meetings at one time, substitutes and both vendors included.
    """
    meetings = sorted(
        ((local(day, group.start), group) for group in groups for day in _days(group, until)),
        key=lambda meeting: (meeting[0], meeting[1].key),
    )
    made: list[Session] = []
    count: Counter[str] = Counter()
    for start, together in groupby(meetings, key=lambda meeting: meeting[0]):
        at_once = [group for _, group in together]
        busy = {group.tutor.key for group in at_once}
        for group in at_once:
            vendor = group.program.vendor
            session = _draw(stream(seed, "session", group.key, start), group, start, known, busy)
            if session.seats:
                made.append(replace(session, nth=count[vendor]))
                count[vendor] += 1
    return made


def _days(group: Group, until: date) -> list[date]:
    days = instructional_days(group.school_id, FIRST_SESSION_DAY, until)
    return [day for day in days if day.weekday() in group.weekdays]


def _draw(rng: Random, group: Group, start: datetime, known: Known, busy: set[int]) -> Session:
    outcome = rng.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
    tutor = group.tutor
    if rng.random() < _SUBSTITUTE_SHARE and outcome == "held":
        tutor = _substitute(rng, group, known, busy)
    seats = tuple(
        _seat(rng, member, start, known, held=outcome == "held")
        for member in group.members
        if _is_expected(member, start.date(), known)
    )
    if outcome == "held" and not any(seat.intervals for seat in seats):
        outcome = "missed"
    logged = start + timedelta(minutes=rng.randint(SESSION_MINUTES + 5, 270))
    return Session(0, group, start.date(), start, outcome, tutor, seats, logged)


def _substitute(rng: Random, group: Group, known: Known, busy: set[int]) -> Tutor:
    """Draw a tutor of the vendor who is free at that time; the usual one when nobody is."""
    vendor = group.program.vendor
    free = [t for t in known.tutors if vendor in t.vendors and t.key not in busy]
    if not free:
        return group.tutor
    tutor = rng.choice(free)
    busy.add(tutor.key)
    return tutor


def _is_expected(member: Member, day: date, known: Known) -> bool:
    placed = member.first <= day and (member.last is None or day <= member.last)
    return placed and known.students[member.number].enrolled(day, night=2) is not None


def _seat(rng: Random, member: Member, start: datetime, known: Known, *, held: bool) -> Seat:
    attendance = rng.choices(list(_ATTENDANCE), list(_ATTENDANCE.values()))[0]
    absence = known.absences.get((member.number, start.date()), "")
    if absence in {"A", "U"}:
        attendance = f"absent_school_{'excused' if absence == 'A' else 'unexcused'}"
    intervals = _intervals(rng, start, attendance)
    if not held:
        attendance, intervals = "not_held", ()
    return Seat(member.number, attendance, intervals, member.known_from)


def _intervals(rng: Random, start: datetime, attendance: str) -> tuple[Interval, ...]:
    """Draw when a pupil was in; the same numbers of draws for every attendance."""
    late, early = rng.randint(300, 780), rng.randint(300, 840)
    join, leave = rng.randint(0, 60), SESSION_MINUTES * 60 + rng.randint(-45, 45)
    reconnect, gap = rng.random() < _RECONNECT_SHARE, rng.randint(40, 150)
    middle = rng.randint(840, 900)
    if attendance.startswith("absent"):
        return ()
    join += late if attendance == "late" else 0
    leave -= early if attendance == "left_early" else 0
    stays = [(join, leave)]
    if reconnect and attendance != "left_early":
        stays = [(join, middle), (middle + gap, leave)]
    return tuple((_after(start, a), _after(start, b)) for a, b in stays)


def _after(start: datetime, seconds: int) -> datetime:
    return start + timedelta(seconds=seconds)

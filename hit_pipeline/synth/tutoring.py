"""The two tutoring programs: who is assigned, to which group, with which tutor and slot.

Nothing here depends on what a vendor writes down. What happened in a meeting is in ``sessions``.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from random import Random

from hit_pipeline.synth.draw import stream
from hit_pipeline.synth.names import first_name, last_name, origins
from hit_pipeline.synth.people import Student
from hit_pipeline.synth.schools import school_of

FIRST_SESSION_DAY = date(2026, 9, 14)
TERM = "2026-27-fall"
SESSION_MINUTES = 30
_LARGEST_GROUP = 3
_WAITING_PER_GRADE = 2
_SHARED_TUTORS = 5
_LATE_START = timedelta(days=7)
_WEEKDAYS = ((0, 1, 3), (0, 2, 4), (1, 3, 4), (0, 2, 3), (1, 2, 4))
_STARTS = (
    time(8, 40),
    time(9, 20),
    time(10, 0),
    time(10, 40),
    time(11, 20),
    time(12, 40),
    time(13, 20),
    time(14, 0),
)
_ANIMALS = ("Otter", "Heron", "Badger", "Lynx", "Wren", "Bison", "Marten", "Osprey", "Toad", "Elk")


@dataclass(frozen=True)
class Program:
    """One tutoring program of the district.

    Attributes:
        share: Pupils assigned, as a share of all pupils of the district.
    """

    program_id: str
    name: str
    vendor: str
    subject: str
    grades: tuple[str, ...]
    share: float


MATH = Program(
    "math_hit",
    "Cedar Valley Math Tutoring",
    "northstar",
    "Math",
    ("03", "04", "05", "06", "07", "08"),
    0.1125,
)
READING = Program(
    "reading_hit",
    "Cedar Valley Reading Tutoring",
    "brightpath",
    "Reading",
    ("KG", "01", "02", "03", "04", "05", "09"),
    0.115,
)
PROGRAMS = (MATH, READING)


@dataclass(frozen=True)
class Tutor:
    """One tutor; the same human may work for both vendors, under two ids."""

    key: int
    first: str
    last: str
    vendors: tuple[str, ...]

    @property
    def name(self) -> str:
        """First and last name as vendors show it."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True)
class Member:
    """One pupil's place in a group.

    Attributes:
        first: First day in the group.
        last: Last day in the group, that day included; None while there is no end.
        known_from: First night whose exports show the place.
    """

    number: str
    first: date
    last: date | None = None
    known_from: int = 1


@dataclass(frozen=True)
class Group:
    """Up to three pupils, one tutor, three meetings a week at one time of day."""

    key: str
    name: str
    program: Program
    school_id: str
    grade: str
    tutor: Tutor
    weekdays: tuple[int, ...]
    start: time
    members: tuple[Member, ...]

    def has_room(self) -> bool:
        """Say whether one more pupil may join."""
        return len(self.members) < _LARGEST_GROUP


@dataclass(frozen=True)
class Tutoring:
    """Groups, the tutors of both vendors, and the pupils who wait: program id -> numbers."""

    groups: list[Group]
    tutors: list[Tutor]
    waiting: dict[str, list[str]]


def plan_tutoring(seed: int, students: Sequence[Student]) -> Tutoring:
    """Assign the pupils in most need, group them by level, and give every group tutor and slot."""
    tutors = _tutors(seed, len(students))
    timetable = Timetable(stream(seed, "slots"))
    plan = Tutoring([], tutors, {})
    for program in PROGRAMS:
        staff = [tutor for tutor in tutors if program.vendor in tutor.vendors]
        per_grade = max(3, round(len(students) * program.share / len(program.grades)))
        waiting = plan.waiting.setdefault(program.program_id, [])
        for grade in program.grades:
            ranked = _by_need(seed, program, grade, students)
            waiting += [s.number for s in ranked[per_grade : per_grade + _WAITING_PER_GRADE]]
            rng = stream(seed, "groups", program.program_id, grade)
            for nth, chunk in enumerate(_chunks(rng, ranked[:per_grade])):
                slot = timetable.place([student.number for student in chunk], staff)
                plan.groups.append(_group(program, grade, nth, chunk, slot))
    return plan


@dataclass(frozen=True)
class Slot:
    """A tutor, the weekdays and the time of day a group meets."""

    tutor: Tutor
    weekdays: tuple[int, ...]
    start: time


class Timetable:
    """Gives groups a tutor and a slot in which nobody of them is elsewhere."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._busy: set[tuple[str, int, time]] = set()
        self._load: Counter[int] = Counter()

    def place(self, numbers: Sequence[str], staff: Sequence[Tutor]) -> Slot:
        """Return a slot free for all these pupils with the least busy tutor who has one.

        Raises:
            ValueError: No tutor of the staff has such a slot.
        """
        slots = [(days, start) for days in _WEEKDAYS for start in _STARTS]
        self._rng.shuffle(slots)
        for tutor in sorted(staff, key=lambda t: self._load[t.key]):
            people = [f"tutor {tutor.key}", *numbers]
            for days, start in slots:
                wanted = {(who, day, start) for who in people for day in days}
                if self._busy.isdisjoint(wanted):
                    self._busy |= wanted
                    self._load[tutor.key] += 1
                    return Slot(tutor, days, start)
        message = f"no slot is free for a group of {len(numbers)}: more tutors are needed"
        raise ValueError(message)


def _tutors(seed: int, students: int) -> list[Tutor]:
    """Draw the tutors; the last ones of the first vendor also work for the second."""
    count = max(_SHARED_TUTORS + 1, round(students * MATH.share / 9))
    vendors = (
        [(MATH.vendor,)] * (count - _SHARED_TUTORS)
        + [(MATH.vendor, READING.vendor)] * _SHARED_TUTORS
        + [(READING.vendor,)] * (count - _SHARED_TUTORS)
    )
    made: list[Tutor] = []
    for key, works_for in enumerate(vendors):
        rng = stream(seed, "tutor", key)
        origin = rng.choice(origins())
        first, last = first_name(rng, origin, rng.choice("FFM")), last_name(rng, origin)
        made.append(Tutor(key, first, last, works_for))
    return made


def _by_need(seed: int, program: Program, grade: str, students: Iterable[Student]) -> list[Student]:
    """Return the pupils of a grade, lowest in the subject first, as a screener would see them."""

    def screened(student: Student) -> float:
        ability = student.math if program is MATH else student.reading
        return ability + stream(seed, "screener", program.program_id, student.number).gauss(0, 0.4)

    return sorted((s for s in students if s.spells[0].grade == grade), key=screened)


def _chunks(rng: Random, students: Sequence[Student]) -> list[Sequence[Student]]:
    """Cut pupils into groups of up to three; the first group keeps a seat free for a newcomer."""
    made: list[Sequence[Student]] = []
    at, size = 0, _LARGEST_GROUP - 1
    while at < len(students):
        made.append(students[at : at + size])
        at += size
        size = rng.choices((3, 2, 1), (78, 16, 6))[0]
    return made


def _group(
    program: Program, grade: str, nth: int, students: Iterable[Student], slot: Slot
) -> Group:
    return Group(
        key=f"{program.program_id}/{grade}/{nth:02d}",
        name=f"{program.subject} {grade} {_ANIMALS[nth % len(_ANIMALS)]} {nth + 1}",
        program=program,
        school_id=school_of(grade).school_id,
        grade=grade,
        tutor=slot.tutor,
        weekdays=slot.weekdays,
        start=slot.start,
        members=tuple(_member(student) for student in students),
    )


def _member(student: Student) -> Member:
    """Give a pupil a place from the first session day, or a week after a late entry."""
    spell = student.spells[0]
    late = spell.entry > FIRST_SESSION_DAY - _LATE_START
    first = spell.entry + _LATE_START if late else FIRST_SESSION_DAY
    return Member(student.number, first, spell.exit)

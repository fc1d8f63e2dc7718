"""The world: everything that is true in the invented district, before anybody exports it.

Records (files as systems send them) are made from it by the other modules; nothing in here knows
a file layout. The same seed and size give the same world.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from hit_pipeline.synth.absences import Absence, draw_absences
from hit_pipeline.synth.events import Events, second_day
from hit_pipeline.synth.nights import NIGHTS, planned_until, today
from hit_pipeline.synth.people import Spell, Student, draw_students
from hit_pipeline.synth.schools import GRADES, Section, sections
from hit_pipeline.synth.sessions import Known, Session, draw_sessions
from hit_pipeline.synth.tutoring import Group, Tutor, plan_tutoring

FEWEST_STUDENTS = 260


@dataclass(frozen=True)
class World:
    """All that is true, through the last night; views of it ask what a night already knows.

    Attributes:
        students: By district number, in the order they were drawn.
        waiting: Pupils on the waiting list: program id -> numbers.
        sessions: Meetings of both vendors in order of time, planned ones included.
    """

    seed: int
    students: dict[str, Student]
    sections: list[Section]
    tutors: list[Tutor]
    groups: list[Group]
    waiting: dict[str, list[str]]
    absences: list[Absence]
    sessions: list[Session]
    events: Events

    def enrolled(self, night: int) -> list[tuple[Student, Spell]]:
        """Return the pupils enrolled on a night's date as that night knows it."""
        found = ((s, s.enrolled(today(night), night)) for s in self.students.values())
        return [(student, spell) for student, spell in found if spell is not None]

    def sessions_of(self, vendor: str, until: date) -> list[Session]:
        """Return a vendor's meetings through a day, that day included."""
        return [
            session
            for session in self.sessions
            if session.group.program.vendor == vendor and session.day <= until
        ]

    def namesakes(self) -> set[tuple[str, str]]:
        """Return first and last names that more than one pupil bears."""
        names = Counter((s.first, s.last) for s in self.students.values())
        return {name for name, bearers in names.items() if bearers > 1}


@lru_cache(maxsize=1)
def build_world(seed: int, students: int) -> World:
    """Build the world of one seed; it is drawn once for all nights.

    Args:
        seed: Any number; it decides everything.
        students: Pupils on night 1, at least ``FEWEST_STUDENTS``: below that there would not be
            a group in every grade.

    Raises:
        ValueError: Too few students.
    """
    if students < FEWEST_STUDENTS:
        message = f"students must be at least {FEWEST_STUDENTS}; received {students}"
        raise ValueError(message)
    drawn = draw_students(seed, students)
    plan = plan_tutoring(seed, drawn)
    everybody, groups, events = second_day(seed, {s.number: s for s in drawn}, plan)
    last = len(NIGHTS)
    absences = [a for s in everybody.values() for a in draw_absences(seed, s, today(last))]
    status = {(absence.number, absence.day): absence.status for absence in absences}
    known = Known(everybody, status, plan.tutors)
    return World(
        seed=seed,
        students=everybody,
        sections=sections(seed, dict.fromkeys(GRADES, students // len(GRADES) + 1)),
        tutors=plan.tutors,
        groups=groups,
        waiting=plan.waiting,
        absences=absences,
        sessions=draw_sessions(seed, groups, known, planned_until(last)),
        events=events,
    )

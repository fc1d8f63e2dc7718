"""Who was absent from school or tardy on which day."""

from dataclasses import dataclass
from datetime import date
from random import Random

from hit_pipeline.synth.draw import stream
from hit_pipeline.synth.people import Student
from hit_pipeline.synth.school_days import instructional_days
from hit_pipeline.synth.schools import BY_ID

_TARDY_SHARE = 0.015
_EXCUSED_SHARE = 0.62


@dataclass(frozen=True)
class Absence:
    """One pupil's absence from school, or late arrival, on one day.

    Attributes:
        status: ``A`` absent excused, ``U`` absent unexcused, ``T`` tardy.
        minutes_missed: The whole school day for A and U.
    """

    number: str
    school_id: str
    day: date
    status: str
    minutes_missed: int


def draw_absences(seed: int, student: Student, until: date) -> list[Absence]:
    """Draw a pupil's absences on the days enrolled, from the first day to ``until`` included."""
    rng = stream(seed, "absence", student.number)
    made: list[Absence] = []
    for spell in student.spells:
        last = until if spell.exit is None else min(spell.exit, until)
        for day in instructional_days(spell.school_id, spell.entry, last):
            found = _draw(rng, student, spell.school_id, day)
            if found:
                made.append(found)
    return made


def _draw(rng: Random, student: Student, school_id: str, day: date) -> Absence | None:
    draw = rng.random()
    if draw < student.absence_rate:
        status = "A" if rng.random() < _EXCUSED_SHARE else "U"
        return Absence(student.number, school_id, day, status, BY_ID[school_id].minutes_per_day)
    if draw < student.absence_rate + _TARDY_SHARE:
        return Absence(student.number, school_id, day, "T", rng.randint(5, 45))
    return None

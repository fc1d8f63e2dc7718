"""True achievement: who was tested when with what, and how much of it tutoring caused."""

from dataclasses import dataclass

import numpy as np

from hit_pipeline.synth.truth.calendar import Calendar
from hit_pipeline.synth.truth.draws import Days, Floats, Ints, stream, texts
from hit_pipeline.synth.truth.programs import Program
from hit_pipeline.synth.truth.zone import Groups, Meetings, Scores, Seats, Spells, Students

FALL, WINTER, SPRING = 0, 1, 2
WINDOWS = ("fall", "winter", "spring")
WINDOW_DAYS = (("09-01", "09-19"), ("01-12", "01-31"), ("04-20", "05-09"))
"""First and last day of each window; fall is in the school year's first calendar year."""
_TAKES = 0.96


@dataclass(frozen=True)
class Instrument:
    """One test: grades (both included), subjects and windows."""

    name: str
    first_grade: int
    last_grade: int
    subjects: tuple[str, ...]
    windows: tuple[int, ...]


INSTRUMENTS = (
    Instrument("map_growth", 2, 8, ("math", "ela"), (FALL, WINTER, SPRING)),
    Instrument("iready", 0, 1, ("math", "ela"), (FALL, WINTER, SPRING)),
    Instrument("star", 9, 12, ("math", "ela"), (FALL, WINTER, SPRING)),
    Instrument("dibels", 0, 3, ("ela",), (FALL, WINTER, SPRING)),
    Instrument("state_test", 3, 10, ("math", "ela"), (SPRING,)),
)


def window_of(calendar: Calendar, year: int, window: int) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last day of a test window."""
    first, last = WINDOW_DAYS[window]
    at = calendar.years[year] + (window != FALL)
    return np.datetime64(f"{at}-{first}"), np.datetime64(f"{at}-{last}")


def draw_scores(
    seed: int,
    zone: int,
    calendar: Calendar,
    students: Students,
    spells: Spells,
    programs: tuple[Program, ...],
    groups: Groups,
    meetings: Meetings,
    seats: Seats,
) -> Scores:
    """Draw every pupil's tests of all years, instrument by instrument, window by window."""
    parts: list[dict[str, np.ndarray]] = []
    hours: dict[tuple[int, int], Floats] = {}
    for at, instrument in enumerate(INSTRUMENTS):
        for year in range(len(calendar.years)):
            for window in instrument.windows:
                first, last = window_of(calendar, year, window)
                gains = hours.setdefault(
                    (year, window),
                    _gains(first, programs, groups, meetings, seats, len(students.person)),
                )
                who = _takers(spells, instrument, year, last)
                for subject in instrument.subjects:
                    rng = stream(seed, zone, "scores", instrument.name, year, window, subject)
                    part = _results(rng, students, spells, who, subject, gains, first, last)
                    count = len(part["student"])
                    marks = {"instrument": at, "year": year, "window": window}
                    part |= {name: np.full(count, value) for name, value in marks.items()}
                    parts.append(part | {"subject": texts([subject] * count)})
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Scores(**columns)


def _takers(spells: Spells, instrument: Instrument, year: int, day: np.datetime64) -> Ints:
    """Return the spells of the pupils of the district's schools enrolled at the window's end."""
    grade = (spells.grade >= instrument.first_grade) & (spells.grade <= instrument.last_grade)
    here = (spells.entry <= day) & ~(spells.exit < day) & (spells.kind == "full")
    spell = np.flatnonzero(grade & here & (spells.year == year))
    _, once = np.unique(spells.student[spell], return_index=True)
    return spell[once]


def _gains(
    day: np.datetime64,
    programs: tuple[Program, ...],
    groups: Groups,
    meetings: Meetings,
    seats: Seats,
    students: int,
) -> Floats:
    """Return, by subject (math, ela) and pupil, what tutoring before a day caused."""
    made = np.zeros((2, students))
    before = meetings.day[seats.meeting] < day
    program = groups.program[meetings.group[seats.meeting]]
    hours = (seats.inside + seats.surplus) / 3600.0
    for at, one in enumerate(programs):
        mask = before & (program == at)
        row = 0 if one.subject == "math" else 1
        total = np.bincount(seats.student[mask], weights=hours[mask], minlength=students)
        made[row] += total * one.effect_per_hour
    return made


def _results(
    rng: np.random.Generator,
    students: Students,
    spells: Spells,
    spell: Ints,
    subject: str,
    gains: Floats,
    first: np.datetime64,
    last: np.datetime64,
) -> dict[str, np.ndarray]:
    spell = spell[rng.random(len(spell)) < _TAKES]
    student = spells.student[spell]
    ability = (students.math if subject == "math" else students.reading)[student]
    effect = gains[0 if subject == "math" else 1][student]
    return {
        "student": student,
        "grade": spells.grade[spell],
        "taken": _weekdays(rng, first, last, len(spell)),
        "z": ability + effect + rng.normal(0, 0.25, len(spell)),
        "effect": effect,
    }


def _weekdays(
    rng: np.random.Generator, first: np.datetime64, last: np.datetime64, size: int
) -> Days:
    days = np.arange(first, last + np.timedelta64(1, "D"))
    days = days[((days.astype(np.int64) + 3) % 7) < 5]
    return days[rng.integers(0, len(days), size)]

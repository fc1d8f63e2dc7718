"""Who is enrolled where and when, who sits in which class, and who was absent from school."""

from dataclasses import replace

import numpy as np

from hit_pipeline.synth.truth.calendar import INSTRUCTIONAL, Calendar
from hit_pipeline.synth.truth.draws import Days, Flags, Ints, chance, choose, stream, texts
from hit_pipeline.synth.truth.families import NUMBERS_PER_PUPIL
from hit_pipeline.synth.truth.zone import (
    Absences,
    Schools,
    SectionMembers,
    Sections,
    Spells,
    Students,
)

_LATE, _LEAVES, _MOVES, _RETURNS, _CO_ENROLLED = 0.03, 0.03, 0.03, 0.012, 0.01
_REASONS = ("Moved out of district", "Transferred to private school", "Home schooled")
_NAT = np.datetime64("NaT", "D")


def draw_spells(
    seed: int,
    zone: int,
    first_number: int,
    schools: Schools,
    students: Students,
    calendar: Calendar,
) -> tuple[Students, Spells]:
    """Draw every pupil's enrolments; those who come back do so under a new number."""
    parts, returned = [], np.zeros(len(students.person), dtype=bool)
    for year in range(len(calendar.years)):
        rng = stream(seed, zone, "spells", year)
        part, back = _one_year(rng, year, schools, students, calendar, returned)
        returned |= back
        parts.append(part)
    names = Spells.__dataclass_fields__
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    number_new = students.number_new.copy()
    at = np.flatnonzero(returned)
    start = first_number + (NUMBERS_PER_PUPIL - 1) * len(students.person) + 10
    number_new[at] = texts([f"{start + n:07d}" for n in range(len(at))])
    return replace(students, number_new=number_new), Spells(**joined)


def _one_year(
    rng: np.random.Generator,
    year: int,
    schools: Schools,
    students: Students,
    calendar: Calendar,
    returned: Flags,
) -> tuple[Spells, Flags]:
    grade = students.grade_first + year
    student = np.flatnonzero((grade >= 0) & (grade <= 12))
    grade, size = grade[student], len(student)
    school = _home_school(schools, grade, students.household[student])
    first = calendar.first_day(year)
    there = students.origin[student] == "district"
    kind = np.where(there, "full", students.origin[student])
    entry, leave = np.full(size, first), np.full(size, _NAT)
    fate = choose(
        rng, (1 - _LATE - _LEAVES - _MOVES - _RETURNS, _LATE, _LEAVES, _MOVES, _RETURNS), size
    )
    fate = np.where(there, fate, 0)
    day, later = _days_within(rng, calendar, year, size)
    other = _another_school(schools, school, grade)
    fate = np.where((fate == 3) & (other < 0), 0, fate)
    fate = np.where((fate == 4) & returned[student], 0, fate)
    entry = np.where(fate == 1, day, entry)
    leave = np.where(np.isin(fate, (2, 3, 4)), day, leave)
    away = texts(_REASONS)[rng.integers(0, len(_REASONS), size)]
    reason = np.where(np.isin(fate, (2, 4)), away, np.where(fate == 3, "Moved within district", ""))
    renumbered = returned[student]
    base = Spells(
        student, np.full(size, year), school, grade, entry, leave, kind, reason, renumbered
    )
    moved, back = fate == 3, fate == 4
    co = chance(rng, _CO_ENROLLED, size) & (fate == 0) & (kind == "full")
    extra = [
        (moved, other, day + np.timedelta64(1, "D"), "full", renumbered),
        (back, school, later, "full", np.ones(size, dtype=bool)),
        (co, _beside(schools, school), np.full(size, first), "co_enrolled", renumbered),
    ]
    parts = [base, *(_more(base, *one) for one in extra)]
    names = Spells.__dataclass_fields__
    joined = Spells(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})
    flags = np.zeros(len(students.person), dtype=bool)
    flags[student[back]] = True
    return joined, flags


def _more(base: Spells, hit: Flags, school: Ints, entry: Days, kind: str, new: Flags) -> Spells:
    """Return a further spell of the pupils hit, without an end."""
    hit = hit & (school >= 0)
    count = int(hit.sum())
    return Spells(
        student=base.student[hit],
        year=base.year[hit],
        school=school[hit],
        grade=base.grade[hit],
        entry=entry[hit],
        exit=np.full(count, _NAT),
        kind=texts([kind] * count),
        reason=texts([""] * count),
        renumbered=new[hit],
    )


def _home_school(schools: Schools, grade: Ints, household: Ints) -> Ints:
    """Return each pupil's school; a family's young children go to the same elementary school."""
    made = np.full(len(grade), -1)
    for n in range(13):
        able = np.flatnonzero((schools.first_grade <= n) & (schools.last_grade >= n))
        at = grade == n
        made[at] = able[household[at] % len(able)]
    return made


def _another_school(schools: Schools, school: Ints, grade: Ints) -> Ints:
    """Return another school of the zone with the pupil's grade; -1 when there is none."""
    made = np.full(len(grade), -1)
    for n in range(13):
        able = np.flatnonzero((schools.first_grade <= n) & (schools.last_grade >= n))
        if len(able) > 1:
            at = grade == n
            here = np.searchsorted(able, school[at])
            made[at] = able[(here + 1) % len(able)]
    return made


def _beside(schools: Schools, school: Ints) -> Ints:
    count = len(schools.code)
    return (school + 1) % count if count > 1 else np.full(len(school), -1)


def _days_within(
    rng: np.random.Generator, calendar: Calendar, year: int, size: int
) -> tuple[Days, Days]:
    """Draw a school day of each pupil's year and a second one at least three weeks later."""
    days = calendar.days[(calendar.year == year) & (calendar.planned == INSTRUCTIONAL)]
    at = rng.integers(10, len(days) - 40, size)
    return days[at], days[at + 15 + rng.integers(0, 20, size)]


def seat_sections(
    zone_seed: tuple[int, int], students: Students, spells: Spells, sections: Sections
) -> SectionMembers:
    """Put every full-time pupil into one strand of each subject of the grade, while enrolled."""
    full = np.flatnonzero(spells.kind == "full")
    # The classes of a year, school and grade stand together: strand by strand, subject by subject.
    place = (sections.year * 100 + sections.school) * 100 + sections.grade
    begin = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
    wanted = (spells.year[full] * 100 + spells.school[full]) * 100 + spells.grade[full]
    order = np.argsort(place[begin], kind="stable")
    block = begin[order][np.searchsorted(place[begin][order], wanted)]
    subjects = _run_of_strand(sections)[block]
    size = np.diff(np.r_[begin, len(place)])[order][np.searchsorted(place[begin][order], wanted)]
    strands = size // subjects
    strand = (students.person[spells.student[full]] * 7 + zone_seed[1]) % strands
    first = block + strand * subjects
    at = np.repeat(np.arange(len(full)), subjects)
    step = np.arange(len(at)) - np.repeat(np.cumsum(subjects) - subjects, subjects)
    return SectionMembers(
        student=spells.student[full][at],
        section=first[at] + step,
        begin=spells.entry[full][at],
        end=spells.exit[full][at],
    )


def _run_of_strand(sections: Sections) -> Ints:
    """Return, for each class, how many subjects its strand has."""
    group = (
        (sections.year * 100 + sections.school) * 100 + sections.grade
    ) * 1000 + sections.strand
    _, at, counts = np.unique(group, return_inverse=True, return_counts=True)
    return counts[at].astype(np.int64)


def draw_absences(
    seed: int, zone: int, students: Students, spells: Spells, calendar: Calendar
) -> Absences:
    """Draw the school's marks: absences excused and unexcused, and tardies."""
    parts = []
    for year in range(len(calendar.years)):
        rng = stream(seed, zone, "absences", year)
        days = np.flatnonzero(calendar.year == year)
        at = np.flatnonzero((spells.year == year) & (spells.kind == "full"))
        rate = students.absence_rate[spells.student[at]]
        marks = rng.random((len(at), len(days)), dtype=np.float32)
        absent = marks < rate[:, None] * 1.35
        begin = spells.entry[at][:, None] <= calendar.days[days][None, :]
        until = ~(spells.exit[at][:, None] < calendar.days[days][None, :])
        taught = calendar.actual[spells.school[at]][:, days] == INSTRUCTIONAL
        row, column = np.nonzero(absent & begin & until & taught)
        share = marks[row, column] / (rate[row] * 1.35)
        status = np.where(share < 0.42, 1, np.where(share < 0.74, 2, 3))
        parts.append((spells.student[at][row], spells.school[at][row], days[column], status))
    student, school, day, status = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Absences(student, school, calendar.days[day], status)

"""What people think of the tutoring: who was asked, who answered, and what.

Twice a year, in January and in May, six kinds of people are asked. Pupils (from grade 4) and
families answer for each program the child was tutored in, tutors for each program they tutor in;
teachers, school leaders and site leads answer for their school. Three in five answer. Contentment
goes with attendance: who comes seldom, or sees pupils stay away, likes it less.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hit_pipeline.synth.truth.calendar import Calendar
from hit_pipeline.synth.truth.draws import Days, Flags, Floats, Ints, chance, stream
from hit_pipeline.synth.truth.zone import Zone

ROLES = ("student", "family", "tutor", "teacher", "school_leader", "site_lead")
STUDENT, FAMILY, TUTOR, TEACHER, SCHOOL_LEADER, SITE_LEAD = range(6)
WAVES = ("january", "may")
WAVE_DAYS = (("01-12", "01-23"), ("05-04", "05-15"))
"""First and last day on which each wave is answered, in the school year's second calendar year."""
FIRST_GRADE = 4
RESPONSE_SHARE = 0.6
ANONYMOUS_SHARE = 0.5
_QUESTIONS = 3
_USUAL = 0.85
"""Attendance, as a share, at which contentment is as usual."""


@dataclass(frozen=True)
class Responses:
    """Answers: respondent x program (where the role answers for one) x wave, by role and wave.

    Attributes:
        role: Position in `ROLES`; ``wave`` in `WAVES`; ``year`` among the school years.
        person: Human in the answer key who answered; of a family, the child it answers about.
        student: Position of the pupil who answers or is answered about; -1 for other roles.
        tutor: Position of the tutor, -1 for other roles; ``staff`` likewise.
        school: Position of the school answered about; -1 for tutors, who may have several.
        program: Position of the program; -1 for roles that answer for a school.
        at: When the answer was given, local wall clock, ``datetime64[s]``.
        named: False for an answer given without a name.
        answers: One column per question, 1 (not at all) to 5 (very much).
    """

    role: Ints
    wave: Ints
    year: Ints
    person: Ints
    student: Ints
    tutor: Ints
    staff: Ints
    school: Ints
    program: Ints
    at: Days
    named: Flags
    answers: Ints


@dataclass(frozen=True)
class _Asked:
    """People asked of one role: who, about what, and the attendance they have seen (a share)."""

    who: Ints
    school: Ints
    program: Ints
    seen: Floats


@dataclass(frozen=True)
class _Lately:
    """Seats of meetings of a school year before a wave.

    Attributes:
        came: True where the pupil was there for any time.
    """

    student: Ints
    tutor: Ints
    program: Ints
    school: Ints
    grade: Ints
    came: Flags


def wave_days(calendar: Calendar, year: int, wave: int) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last day on which a wave is answered."""
    first, last = WAVE_DAYS[wave]
    at = calendar.years[year] + 1
    return np.datetime64(f"{at}-{first}"), np.datetime64(f"{at}-{last}")


def ask(zone: Zone) -> Responses:
    """Draw all answers of a zone."""
    parts = [
        _answered(zone, role, year, wave, asked)
        for year in range(len(zone.calendar.years))
        for wave in range(len(WAVES))
        for role, asked in _everybody(zone, year, wave)
    ]
    names = Responses.__dataclass_fields__
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    order = np.lexsort((joined["wave"], joined["year"], joined["role"]))
    return Responses(**{name: vector[order] for name, vector in joined.items()})


def _everybody(zone: Zone, year: int, wave: int) -> Iterator[tuple[int, _Asked]]:
    """Return who is asked in a wave, role by role."""
    lately = _lately(zone, year, wave)
    old_enough = lately.grade >= FIRST_GRADE
    yield STUDENT, _by_program(zone, lately, lately.student, old_enough)
    yield FAMILY, _by_program(zone, lately, lately.student, lately.grade >= 0)
    yield TUTOR, _by_program(zone, lately, lately.tutor, lately.tutor >= 0)
    teachers = np.unique(zone.sections.teacher[zone.sections.year == year])
    yield TEACHER, _of_schools(zone, lately, teachers)
    leaders = np.flatnonzero(zone.staff.role == "principal")
    yield SCHOOL_LEADER, _of_schools(zone, lately, leaders)
    _, first = np.unique(zone.staff.school[teachers], return_index=True)
    yield SITE_LEAD, _of_schools(zone, lately, teachers[first])


def _lately(zone: Zone, year: int, wave: int) -> _Lately:
    meetings, groups, seats = zone.meetings, zone.groups, zone.seats
    group = meetings.group[seats.meeting]
    day = meetings.day[seats.meeting]
    first, _ = wave_days(zone.calendar, year, wave)
    at = np.flatnonzero((groups.year[group] == year) & (day < first))
    group = group[at]
    return _Lately(
        student=seats.student[at],
        tutor=groups.tutor[group],
        program=groups.program[group],
        school=groups.school[group],
        grade=groups.grade[group],
        came=(seats.inside + seats.surplus)[at] > 0,
    )


def _by_program(zone: Zone, lately: _Lately, who: Ints, able: Flags) -> _Asked:
    """Return people x program with the attendance of their own seats."""
    programs = len(zone.programs)
    pairs = who[able] * programs + lately.program[able]
    pair, first, at = np.unique(pairs, return_index=True, return_inverse=True)
    seen = np.bincount(at, weights=lately.came[able]) / np.bincount(at) if len(pair) else pair * 0.0
    return _Asked(pair // programs, lately.school[able][first], pair % programs, seen)


def _of_schools(zone: Zone, lately: _Lately, staff: Ints) -> _Asked:
    """Return those employees at whose school pupils are tutored, with that school's attendance."""
    size = len(zone.schools.code)
    seats = np.bincount(lately.school, minlength=size)
    came = np.bincount(lately.school, weights=lately.came, minlength=size)
    here = staff[seats[zone.staff.school[staff]] > 0]
    school = zone.staff.school[here]
    return _Asked(here, school, np.full(len(here), -1), came[school] / np.maximum(seats[school], 1))


def _answered(zone: Zone, role: int, year: int, wave: int, asked: _Asked) -> Responses:
    """Draw who of those asked answers, when, by name or not, and what."""
    rng = stream(zone.seed, zone.number, "surveys", ROLES[role], year, wave)
    size = len(asked.who)
    answers = _opinions(rng, asked.seen)
    named = ~chance(rng, ANONYMOUS_SHARE if role in (STUDENT, FAMILY) else 0.0, size)
    at = _moments(rng, zone.calendar, year, wave, size)
    kept = np.flatnonzero(chance(rng, RESPONSE_SHARE, size))
    who, none = asked.who[kept], np.full(len(kept), -1)
    people = zone.students if role <= FAMILY else zone.tutors if role == TUTOR else zone.staff
    return Responses(
        role=np.full(len(kept), role),
        wave=np.full(len(kept), wave),
        year=np.full(len(kept), year),
        person=people.person[who],
        student=who if role <= FAMILY else none,
        tutor=who if role == TUTOR else none,
        staff=who if role > TUTOR else none,
        school=none if role == TUTOR else asked.school[kept],
        program=asked.program[kept],
        at=at[kept],
        named=named[kept],
        answers=answers[kept],
    )


def _opinions(rng: np.random.Generator, seen: Floats) -> Ints:
    """Draw answers: one contentment for each respondent, and what each question adds to it."""
    content = 3.7 + 2.5 * (seen - _USUAL) + rng.normal(0, 0.7, len(seen))
    raw = content[:, None] + rng.normal(0, 0.5, (len(seen), _QUESTIONS))
    return np.clip(np.rint(raw), 1, 5).astype(np.int64)


def _moments(rng: np.random.Generator, calendar: Calendar, year: int, wave: int, size: int) -> Days:
    """Draw when answers are given: on any day of the wave, between 07:00 and 21:00."""
    first, last = wave_days(calendar, year, wave)
    day = rng.integers(0, int((last - first).astype(np.int64)) + 1, size)
    seconds = rng.integers(7 * 3600, 21 * 3600, size)
    seconds += day * 86_400
    moments: Days = first.astype("datetime64[s]") + seconds.astype("timedelta64[s]")
    return moments

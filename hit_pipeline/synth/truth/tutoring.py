"""Who needs tutoring, who gets it, in which group, with which tutor and slot."""

from dataclasses import dataclass

import numpy as np

from hit_pipeline.synth.truth.calendar import Calendar
from hit_pipeline.synth.truth.draws import Days, Ints, Texts, choose, spread, stream, texts
from hit_pipeline.synth.truth.programs import FALL, SPRING, SUMMER, TERMS, Program
from hit_pipeline.synth.truth.tutors import Crew, Hiring, hire
from hit_pipeline.synth.truth.zone import (
    Eligible,
    Groups,
    Members,
    Schools,
    Spells,
    Staff,
    Students,
)

_REFUSED, _UNANSWERED = 0.05, 0.04
_NEED = 1.45
"""Pupils found in need, as a multiple of the places there are."""
_PATTERNS = {
    2: ((0, 2), (1, 3), (0, 3), (2, 4), (1, 4)),
    3: ((0, 1, 3), (0, 2, 4), (1, 3, 4), (0, 2, 3), (1, 2, 4)),
    4: ((0, 1, 2, 3), (0, 1, 3, 4), (1, 2, 3, 4), (0, 1, 2, 4)),
}
_WEEK = np.timedelta64(7, "D")
_NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Term:
    """A program term of one school year: first and last day, both included."""

    program: int
    term: int
    year: int
    first: np.datetime64
    last: np.datetime64


def terms(calendar: Calendar, programs: tuple[Program, ...]) -> list[Term]:
    """Return every program's terms; a summer term begins in June and ends after 1 July."""
    made = []
    for year, first in enumerate(calendar.years):
        begin, end = calendar.first_day(year), calendar.last_day(year)
        spans = {
            FALL: (begin + 4 * _WEEK, np.datetime64(f"{first}-12-18")),
            SPRING: (np.datetime64(f"{first + 1}-01-12"), end - 2 * _WEEK),
            SUMMER: (end + _WEEK + np.timedelta64(3, "D"), np.datetime64(f"{first + 1}-07-17")),
        }
        for at, program in enumerate(programs):
            made += [Term(at, term, year, *spans[term]) for term in program.terms]
    return made


@dataclass(frozen=True)
class Plan:
    """Everything decided before the first meeting."""

    eligible: Eligible
    groups: Groups
    members: Members
    crew: Crew
    terms: list[Term]


@dataclass(frozen=True)
class _Known:
    seed: int
    zone: int
    schools: Schools
    students: Students
    spells: Spells
    calendar: Calendar
    programs: tuple[Program, ...]


@dataclass
class _Drawn:
    """Vectors under way, one list per column."""

    columns: dict[str, list[np.ndarray]]

    def add(self, **vectors: np.ndarray) -> None:
        for name, vector in vectors.items():
            self.columns.setdefault(name, []).append(vector)

    def joined(self) -> dict[str, np.ndarray]:
        return {name: np.concatenate(parts) for name, parts in self.columns.items()}


def plan_tutoring(
    seed: int,
    zone: int,
    schools: Schools,
    staff: Staff,
    students: Students,
    spells: Spells,
    calendar: Calendar,
    programs: tuple[Program, ...],
) -> Plan:
    """Find the pupils in need, ask the families, assign, group, and give tutors and slots."""
    known = _Known(seed, zone, schools, students, spells, calendar, programs)
    all_terms = terms(calendar, programs)
    eligible, groups, members = _Drawn({}), _Drawn({}), _Drawn({})
    count = 0
    for term in all_terms:
        spell, level = _in_need(known, term)
        status, consent, start = _decide(known, term, spell)
        eligible.add(
            student=spells.student[spell],
            program=np.full(len(spell), term.program),
            term=np.full(len(spell), term.term),
            screener=level,
            consent=consent,
            status=status,
            start=start,
            end=np.fmin(
                np.where(np.isnat(spells.exit[spell]), term.last, spells.exit[spell]), term.last
            ),
        )
        taken = spell[status == "assigned"]
        made = _group(known, term, taken, start[status == "assigned"], count)
        groups.add(**made[0])
        members.add(**made[1])
        count += len(made[0]["grade"])
    columns = groups.joined()
    crew = hire(Hiring(seed, zone, staff, students, spells, calendar, programs), columns)
    columns["tutor"] = crew.of_group
    return Plan(
        Eligible(**eligible.joined()),
        Groups(**columns),
        Members(**members.joined()),
        crew,
        all_terms,
    )


def _in_need(known: _Known, term: Term) -> tuple[Ints, np.ndarray]:
    """Return spells of the pupils in need at a term's beginning, lowest screener first."""
    program, spells = known.programs[term.program], known.spells
    # A summer term belongs to the pupils of the year just ended.
    day = min(term.first, known.calendar.last_day(term.year))
    holds = (spells.year == term.year) & (spells.entry <= day + 3 * _WEEK) & ~(spells.exit < day)
    fits = (spells.grade >= program.first_grade) & (spells.grade <= program.last_grade)
    spell = np.flatnonzero(holds & fits & (spells.kind != "co_enrolled"))
    student = spells.student[spell]
    _, once = np.unique(student, return_index=True)
    spell, student = spell[once], student[once]
    ability = known.students.math if program.subject == "math" else known.students.reading
    rng = stream(known.seed, known.zone, "screener", program.program_id, term.year)
    noise = rng.normal(0, 0.4, len(known.students.person))
    level = ability[student] + noise[student]
    order = np.argsort(level, kind="stable")
    share = program.share * (0.35 if term.term == SUMMER else 1.0)
    order = order[: round(len(order) * share * _NEED)]
    return spell[order], level[order]


def _decide(known: _Known, term: Term, spell: Ints) -> tuple[Texts, Texts, Days]:
    """Return status, the family's answer, and the first day of the place.

    Places go to two thirds of those in need by lot, so that the others are a comparison group.
    """
    program = known.programs[term.program]
    rng = stream(known.seed, known.zone, "decide", program.program_id, term.year, term.term)
    size = len(spell)
    consent = texts(["granted", "refused", "none"])[
        choose(rng, (1 - _REFUSED - _UNANSWERED, _REFUSED, _UNANSWERED), size)
    ]
    lot = stream(known.seed, known.zone, "lot", program.program_id, term.year)
    ticket = lot.random(len(known.students.person))[known.spells.student[spell]]
    places = round(size / _NEED)
    waits = np.argsort(np.argsort(ticket, kind="stable"), kind="stable") >= places
    status = np.where(waits, "waitlisted", "assigned").astype(object)
    status = np.where(consent == "refused", "declined", status)
    late = rng.random(size) < 0.08
    delay = rng.integers(1, 5, size) * late
    start = term.first + delay * _WEEK
    return status, consent, np.fmax(start, known.spells.entry[spell] + _WEEK)


def _group(
    known: _Known, term: Term, spell: Ints, start: Days, before: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Cut the pupils of a school and grade into groups of like level, and give each a slot."""
    program, spells = known.programs[term.program], known.spells
    rng = stream(known.seed, known.zone, "groups", program.program_id, term.year, term.term)
    place = spells.school[spell] * 100 + spells.grade[spell]
    order = np.argsort(place, kind="stable")
    spell, start, place = spell[order], start[order], place[order]
    # Some groups are smaller than the design allows.
    size = program.largest - (rng.random(len(spell)) < 0.15) * (program.largest > 1)
    new = np.r_[True, place[1:] != place[:-1]][: len(place)]
    seat = np.zeros(len(spell), dtype=np.int64)
    fill = 0
    for n in range(len(spell)):  # few: a pupil a step
        fill = 0 if new[n] or fill >= size[n] else fill
        seat[n] = fill
        fill += 1
    group = np.cumsum(seat == 0) - 1
    first = np.flatnonzero(seat == 0)
    count = len(first)
    columns = {
        "key": texts([f"{known.zone:04d}-{before + n:05d}" for n in range(count)]),
        "program": np.full(count, term.program),
        "term": np.full(count, term.term),
        "year": np.full(count, term.year),
        "school": spells.school[spell[first]],
        "grade": spells.grade[spell[first]],
        **_slots(program, spells.school[spell[first]], rng),
        "minutes": np.full(count, program.minutes),
        "room": texts([f"Room {n}" for n in rng.integers(100, 260, count)]),
    }
    last = np.where(np.isnat(spells.exit[spell]), term.last, np.fmin(spells.exit[spell], term.last))
    members = {
        "group": group + before,
        "student": spells.student[spell],
        "first": np.fmax(start, term.first),
        "last": last,
    }
    return columns, members


def _slots(program: Program, school: Ints, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Deal slots: as many groups of a school in a row as there are starts never meet at once."""
    count = len(school)
    order = np.argsort(school, kind="stable")
    begin = np.r_[True, school[order][1:] != school[order][:-1]][:count]
    nth = np.empty(count, dtype=np.int64)
    run = np.arange(count) - np.maximum.accumulate(np.where(begin, np.arange(count), 0))
    nth[order] = run
    starts = np.asarray(program.starts)
    if program.on_cycle:
        cycle, at = nth % 2, (nth // 2) % len(starts)
        weekdays = np.zeros(count, dtype=np.int64)
    else:
        patterns = _PATTERNS[program.per_week]
        cycle, at = np.full(count, -1), nth % len(starts)
        bits = np.array([sum(1 << day for day in days) for days in patterns])
        # Groups of one tutor at one start must not share a day: later rounds take later patterns.
        weekdays = bits[rng.integers(0, len(bits), count)]
    return {"weekdays": weekdays, "cycle": cycle, "start": starts[at], "_nth": nth}


def term_label(calendar: Calendar, year: int, term: int) -> str:
    """Return a term as files and settings name it: ``2025-26-fall``."""
    return f"{calendar.label(year)}-{TERMS[term]}"


def term_labels(calendar: Calendar) -> list[str]:
    """Return every term of every school year, in order of year and term."""
    years = range(len(calendar.years))
    return [term_label(calendar, year, term) for year in years for term in range(len(TERMS))]


def expand(counts: Ints) -> tuple[Ints, Ints]:
    """Return, for items repeated by ``counts``, the item and the place of each repetition."""
    return np.repeat(np.arange(len(counts)), counts), spread(
        np.zeros(len(counts), np.int64), counts
    )

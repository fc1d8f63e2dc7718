"""Plain files of the district and its partners: pupils, assignments, calendar, absences, consent.

Each file is whole on each night and holds all school years up to now. Layout of pupils,
assignments, calendar and attendance is that of the product's contract ``plain_files``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.systems.cells import lookup, moments, number, text, where
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.opaque import mixed
from hit_pipeline.synth.systems.roster_view import (
    DISTRICT_ROSTER,
    PARTNER_ROSTER,
    day_types,
    names,
    number_of,
    numbers,
    roster,
)
from hit_pipeline.synth.systems.sheet import Sheet, nobody
from hit_pipeline.synth.truth.calendar import DAY_TYPES, weekday
from hit_pipeline.synth.truth.draws import Days, Flags, Ints
from hit_pipeline.synth.truth.programs import TERMS
from hit_pipeline.synth.truth.tutoring import term_labels, terms
from hit_pipeline.synth.truth.zone import Zone

SOURCE, PARTNER_SOURCE, CONSENT_SOURCE, BELL_SOURCE = (
    "sis_files",
    "partner_roster",
    "consent",
    "bell",
)
_GRADES = ("K", *(str(grade) for grade in range(1, 13)))
_FLAGS = ("N", "Y")
_MARKS = ("", "Excused", "Unexcused", "Tardy")
_STATUSES = {"assigned": "Assigned", "waitlisted": "Waitlisted", "declined": "Declined"}
_SUBJECTS = {"math": "Math", "ela": "ELA"}
_ANSWERS = {"granted": "granted", "refused": "refused", "none": ""}
_DATE = "%m/%d/%Y"
_DAY = np.timedelta64(1, "D")
_NEVER = np.datetime64("NaT", "D")
_DECIDED = 7 * _DAY
_ASKED = 28 * _DAY
_PERIODS = 7
_PASSING = 5
_FIRST_ANSWER, _LAST_ANSWER = 8, 22

Cells = Mapping[str, pa.Array]


def sheets(zone: Zone, night: Night) -> Iterator[Sheet]:
    """Yield a zone's part of every plain file of a night, all sources."""
    yield students(zone, night)
    yield students(zone, night, PARTNER_SOURCE)
    yield assignments(zone, night)
    yield calendar(zone, night)
    yield attendance(zone, night)
    yield consent(zone, night)
    yield bell_schedule(zone, night)


def students(zone: Zone, night: Night, source: str = SOURCE) -> Sheet:
    """Return enrolments: pupil x school x entry, with the exit once it is known.

    ``partner_roster`` holds the pupils of partner schools and home schools, ``sis_files`` all
    others. An enrolment after a return stands under the pupil's new number.
    """
    partner = source == PARTNER_SOURCE
    view = roster(zone, night.today, PARTNER_ROSTER if partner else DISTRICT_ROSTER)
    spells, people, schools = zone.spells, zone.students, zone.schools
    at, school = spells.student[view.spells], spells.school[view.spells]
    cells = {
        "student_number": text(number_of(zone, at, spells.renumbered[view.spells])),
        "state_id": text(people.state_id[at]),
        "last_name": text(names(zone, at, night.today)),
        "first_name": text(people.first[at]),
        "middle_name": text(people.middle[at]),
        "preferred_name": text(people.preferred[at]),
        "birth_date": moments(people.birth[at], _DATE),
        "gender": text(people.gender[at]),
        "grade": lookup(_GRADES, spells.grade[view.spells]),
        "school_id": lookup(schools.code, school),
        "school_name": lookup(schools.name, school),
        "entry_date": moments(spells.entry[view.spells], _DATE),
        "exit_date": moments(view.exits, _DATE),
        "exit_reason": text(view.reasons),
        "email": text(people.email[at]),
        "english_learner": lookup(_FLAGS, people.ell[at]),
        "special_education": lookup(_FLAGS, people.iep[at]),
        "economically_disadvantaged": lookup(_FLAGS, people.low_income[at]),
        "gifted": lookup(_FLAGS, people.gifted[at]),
        "race_ethnicity": text(people.race[at]),
    }
    file = "partner_students" if partner else "students"
    return _of_pupils(zone, source, f"{file}_{night.stamp}.csv", cells, at)


def assignments(zone: Zone, night: Night) -> Sheet:
    """Return the district's decisions: pupil x program term."""
    made = decisions(zone, night.today)
    student, program = zone.eligible.student[made.at], zone.eligible.program[made.at]
    cells = {
        "student_number": text(numbers(zone, student, np.minimum(made.start, night.today))),
        "program": lookup([one.name for one in zone.programs], program),
        "term": made.term,
        "subject": lookup([_SUBJECTS[one.subject] for one in zone.programs], program),
        "start_date": moments(made.first, _DATE),
        "end_date": moments(made.last, _DATE),
        "status": made.status,
    }
    return _of_pupils(zone, SOURCE, f"program_assignments_{night.stamp}.csv", cells, student)


@dataclass(frozen=True)
class Decisions:
    """What the district has decided by a day of pupils in need, and says of it.

    Attributes:
        at: Positions in `Eligible`.
        start: First day of the term for the pupil, whatever was decided.
        decided: Day of the decision, a week before that.
        first: First day of a place; NaT without one.
        last: Last day of a place given up before the term's end, once it is over; else NaT.
        status: ``Assigned``, ``Waitlisted``, ``Declined``, or ``Exited`` where ``last`` is known.
        term: Label, for example ``2025-26-fall``.
    """

    at: Ints
    start: Days
    decided: Days
    first: Days
    last: Days
    status: pa.StringArray
    term: pa.StringArray


def decisions(zone: Zone, today: np.datetime64) -> Decisions:
    """Return the decisions made by a day."""
    given = zone.eligible
    at = np.flatnonzero(given.start - _DECIDED <= today)
    start, end = given.start[at], given.end[at]
    labels, ends = _terms(zone)
    year = years_of(zone, start)
    term = (given.program[at] * len(zone.calendar.years) + year) * len(TERMS) + given.term[at]
    assigned = given.status[at] == "assigned"
    exited = assigned & (end < ends[term]) & (end < today)
    status = text([_STATUSES[one] for one in given.status[at]])
    return Decisions(
        at=at,
        start=start,
        decided=start - _DECIDED,
        first=np.where(assigned, start, _NEVER),
        last=np.where(exited, end, _NEVER),
        status=where(exited, "Exited", status),
        term=lookup(labels, term),
    )


def years_of(zone: Zone, days: Days) -> Ints:
    """Return the school year that began last on each day; its summer belongs to it."""
    years = range(len(zone.calendar.years))
    first = np.array([zone.calendar.first_day(year) for year in years], dtype="datetime64[D]")
    return np.maximum(np.searchsorted(first, days, side="right") - 1, 0)


def _terms(zone: Zone) -> tuple[list[str], Days]:
    """Return label and last day by program, school year and term, whether or not it is held."""
    years = len(zone.calendar.years)
    labels = term_labels(zone.calendar)
    last = np.full(len(zone.programs) * years * len(TERMS), _NEVER)
    for one in terms(zone.calendar, zone.programs):
        last[(one.program * years + one.year) * len(TERMS) + one.term] = one.last
    return labels * len(zone.programs), last


def calendar(zone: Zone, night: Night) -> Sheet:
    """Return school x weekday of all years begun, closures only as far as known."""
    school, at, kind = calendar_days(zone, night.today)
    cells = {
        "school_id": lookup(zone.schools.code, school),
        "date": moments(zone.calendar.days[at], _DATE),
        "day_type": lookup(DAY_TYPES, kind),
        "note": lookup(_notes(), kind),
    }
    return _of_nobody(SOURCE, f"calendar_{night.stamp}.csv", cells)


def calendar_days(zone: Zone, today: np.datetime64) -> tuple[Ints, Ints, Ints]:
    """Return school, position of the day and type of day, for weekdays of all years begun."""
    days = zone.calendar
    begun = days.year <= days.year[days.days <= today].max()
    at = np.flatnonzero((weekday(days.days) < 5) & begun)
    school = np.repeat(np.arange(len(zone.schools.code)), len(at))
    at = np.tile(at, len(zone.schools.code))
    return school, at, day_types(days, today)[school, at]


def _notes() -> list[str]:
    notes = {"closure": "School closed", "teacher_workday": "No school for students"}
    return [notes.get(kind, "") for kind in DAY_TYPES]


def attendance(zone: Zone, night: Night) -> Sheet:
    """Return absences and tardies to date, pupil x day; a day present has no row."""
    marks = zone.absences
    at = np.flatnonzero(_in_district(zone, marks.student) & (marks.day <= night.today))
    at = at[np.argsort(marks.day[at], kind="stable")]
    student, school, status = marks.student[at], marks.school[at], marks.status[at]
    cells = {
        "student_number": text(numbers(zone, student, marks.day[at])),
        "school_id": lookup(zone.schools.code, school),
        "date": moments(marks.day[at], _DATE),
        "status": lookup(_MARKS, status),
        "minutes_missed": number(minutes_missed(zone, at)),
    }
    return _of_pupils(zone, SOURCE, f"attendance_{night.stamp}.csv", cells, student)


def minutes_missed(zone: Zone, marks: Ints) -> Ints:
    """Return the minutes of school missed: the whole day, or some of it by a tardy pupil."""
    late = 5 + (mixed(zone.seed, "tardy", zone.number, marks) % np.uint64(40)).astype(np.int64)
    whole = zone.schools.minutes[zone.absences.school[marks]]
    return np.where(zone.absences.status[marks] == 3, late, whole)


def consent(zone: Zone, night: Night) -> Sheet:
    """Return families asked, pupil x program term: the answer once given, blank until then."""
    asked = zone.eligible
    at = np.flatnonzero(asked.start - _ASKED <= night.today)
    bits = mixed(zone.seed, "answered", zone.number, at) % np.uint64(_LAST_ANSWER - _FIRST_ANSWER)
    ahead = _FIRST_ANSWER + bits.astype(np.int64)
    answered = asked.start[at] - ahead * _DAY
    answers = np.array([_ANSWERS[one] for one in asked.consent[at]], dtype=object)
    there = (answered <= night.today) & (answers != "")
    asked_on = np.minimum(asked.start[at], night.today)
    cells = {
        "student_number": text(numbers(zone, asked.student[at], asked_on)),
        "program": lookup([program.name for program in zone.programs], asked.program[at]),
        "answer": text(np.where(there, answers, "")),
        "answered_on": moments(np.where(there, answered, _NEVER), _DATE),
    }
    file = f"consent_{night.stamp}.csv"
    return _of_pupils(zone, CONSENT_SOURCE, file, cells, asked.student[at])


def bell_schedule(zone: Zone, night: Night) -> Sheet:
    """Return school x day type x period: seven periods a day, in another order on B days.

    On B days of middle and high schools the second half of the periods comes first.
    """
    schools = zone.schools
    size = len(schools.code)
    school = np.repeat(np.arange(size), 2 * _PERIODS)
    cycle = np.tile(np.repeat([0, 1], _PERIODS), size)
    place = np.tile(np.arange(_PERIODS), 2 * size)
    turned = (cycle == 1) & (schools.level[school] > 0)
    period = np.where(turned, (place + _PERIODS // 2) % _PERIODS, place) + 1
    length = (schools.minutes[school] - (_PERIODS - 1) * _PASSING) // _PERIODS
    begin = schools.first_bell[school] // 60 + place * (length + _PASSING)
    cells = {
        "school_id": lookup(schools.code, school),
        "period": number(period),
        "start": _clock(begin),
        "end": _clock(begin + length),
        "day_type": lookup(("A", "B"), cycle),
    }
    return _of_nobody(BELL_SOURCE, f"bell_schedule_{night.stamp}.csv", cells)


def _clock(minutes: Ints) -> pa.StringArray:
    return moments(minutes.astype("datetime64[m]"), "%H:%M")


def _in_district(zone: Zone, students_at: Ints) -> Flags:
    return np.asarray(zone.students.origin[students_at] == "district", dtype=bool)


def _of_pupils(zone: Zone, source: str, file: str, cells: Cells, at: Ints) -> Sheet:
    return Sheet(source, file, pa.table(dict(cells)), zone.students.person[at], "student")


def _of_nobody(source: str, file: str, cells: Cells) -> Sheet:
    rows = pa.table(dict(cells))
    return Sheet(source, file, rows, nobody(rows))

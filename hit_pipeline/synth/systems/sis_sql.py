"""The tables of a relational student information system, filled as of a night.

All school years up to now; a pupil who came back under a new number has two records. Layout:
`hit_pipeline.synth.systems.sis_sql_schema`.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.systems.cells import joined, lookup, moments, number, text
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.opaque import mixed
from hit_pipeline.synth.systems.plain_files import calendar_days, decisions, minutes_missed
from hit_pipeline.synth.systems.roster_view import (
    END_OF_YEAR,
    known_places,
    names,
    number_of,
    records,
    renumbered_from,
    roster,
)
from hit_pipeline.synth.systems.sheet import Sheet, nobody
from hit_pipeline.synth.systems.sis_sql_codes import CODES, coded, codes_of, program_codes
from hit_pipeline.synth.systems.sis_sql_schema import key_column, shaped
from hit_pipeline.synth.truth.calendar import DAY_TYPES, INSTRUCTIONAL
from hit_pipeline.synth.truth.draws import Days, Ints
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "sis_sql"
IDS_PER_ZONE = 100_000_000
"""Keys of a zone's rows begin at its number times this."""
_DAY = np.timedelta64(1, "D")
_NEVER = np.datetime64("NaT", "D")

Cells = Mapping[str, pa.Array]


def sheets(zone: Zone, night: Night) -> Iterator[Sheet]:
    """Yield a zone's part of every table, referenced tables first; the codes come with zone 0."""
    tables = _Tables(zone, night)
    if zone.number == 0:
        yield tables.codes()
    yield tables.schools()
    yield tables.students()
    yield tables.teachers()
    yield tables.student_enrollments()
    yield tables.sections()
    yield tables.section_enrollments()
    yield tables.student_programs()
    yield tables.calendar_days()
    yield tables.attendance_daily()


class _Tables:
    """The tables of one zone as of one night."""

    def __init__(self, zone: Zone, night: Night) -> None:
        self.zone = zone
        self.today = night.today
        self.view = roster(zone, night.today)
        self.base = zone.number * IDS_PER_ZONE
        self.from_day = renumbered_from(zone)
        last = np.lexsort((self._second, zone.spells.entry[self.view.spells]))
        of_spell = records(zone, self.view.spells[last])
        self.records, back = np.unique(of_spell[::-1], return_index=True)
        self.latest = last[::-1][back]

    @property
    def _second(self) -> Ints:
        kind = self.zone.spells.kind[self.view.spells]
        return np.where(kind == "co_enrolled", -1, 0)

    def codes(self) -> Sheet:
        """Code list x code."""
        lists = CODES | {"program_code": program_codes(self.zone)}
        rows = [(name, *one) for name, codes in lists.items() for one in codes.items()]
        columns = zip(("code_set", "code", "description"), zip(*rows, strict=True), strict=True)
        made = shaped("codes", {name: pa.array(column) for name, column in columns})
        return Sheet(SOURCE, "codes.csv", made, nobody(made))

    def schools(self) -> Sheet:
        """One row a school."""
        known = self.zone.schools
        first = np.full(len(known.code), self.zone.calendar.days[0])
        cells = {
            "school_number": text(known.code),
            "school_name": text(known.name),
            "low_grade": number(known.first_grade),
            "high_grade": number(known.last_grade),
            "instruction_minutes": number(known.minutes),
        }
        return self._sheet("schools", np.arange(len(known.code)), cells, first)

    def students(self) -> Sheet:
        """One row a record of a pupil: who came back under a new number has two."""
        at, people, spells = self.records // 2, self.zone.students, self.zone.spells
        spell, left = self.view.spells[self.latest], self.view.exits[self.latest]
        renamed = np.where(people.renamed_on[at] <= self.today, people.renamed_on[at], _NEVER)
        changed = np.where(np.isnat(left), spells.entry[spell], left + _DAY)
        cells = {
            "student_number": text(number_of(self.zone, at, self.records % 2 == 1)),
            "state_studentnumber": text(people.state_id[at]),
            "last_name": text(names(self.zone, at, self.today)),
            "first_name": text(people.first[at]),
            "middle_name": text(people.middle[at]),
            "preferred_name": text(people.preferred[at]),
            "dob": moments(people.birth[at], "%Y-%m-%d"),
            "gender": text(people.gender[at]),
            "ethnicity": coded("ethnicity", people.race[at]),
            "ell_flag": lookup(("0", "1"), people.ell[at]),
            "sped_flag": lookup(("0", "1"), people.iep[at]),
            "lunch_status": lookup(("P", "F"), people.low_income[at]),
            "gifted_flag": lookup(("0", "1"), people.gifted[at]),
            "student_email": text(people.email[at]),
            "enroll_status": number(self._status(spell)),
            "grade_level": number(spells.grade[spell]),
            "school_id": self._ids(spells.school[spell]),
        }
        return self._sheet("students", self.records, cells, np.fmax(changed, renamed), at)

    def _status(self, spell: Ints) -> Ints:
        """Return 0 for records enrolled tonight, 3 after grade 12, else 2."""
        here = np.isin(self.records, records(self.zone, self.view.here))
        over = self.view.reasons[self.latest] == END_OF_YEAR
        graduated = over & (self.zone.spells.grade[spell] == 12)
        return np.where(here, 0, np.where(graduated, 3, 2))

    def teachers(self) -> Sheet:
        """One row a teacher or principal."""
        staff = self.zone.staff
        size = len(staff.person)
        cells = {
            "teacher_number": text(staff.number),
            "last_name": text(staff.last),
            "first_name": text(staff.first),
            "email_addr": text(staff.email),
            "staff_status": number(np.where(staff.role == "principal", 4, 1)),
            "home_school_id": self._ids(staff.school),
        }
        day = np.full(size, self.zone.calendar.days[0])
        made = self._sheet("teachers", np.arange(size), cells, day)
        return Sheet(made.source, made.file, made.rows, staff.person, "staff")

    def student_enrollments(self) -> Sheet:
        """One row a record, school and entry."""
        view, spells = self.view, self.zone.spells
        at = view.spells
        kind = np.where(spells.kind[at] == "co_enrolled", "CO", "FT").astype(object)
        cells = {
            "student_dcid": self._ids(records(self.zone, at)),
            "school_id": self._ids(spells.school[at]),
            "school_year": self._year(spells.year[at]),
            "grade_level": number(spells.grade[at]),
            "enrollment_type": text(kind),
            "entry_date": moments(spells.entry[at], "%Y-%m-%d"),
            "exit_date": moments(view.exits, "%Y-%m-%d"),
            "exit_code": coded("exit_code", view.reasons, other="OT"),
        }
        changed = np.where(np.isnat(view.exits), spells.entry[at], view.exits + _DAY)
        return self._sheet("student_enrollments", at, cells, changed, spells.student[at])

    def sections(self) -> Sheet:
        """One row a class of a school year."""
        known, calendar = self.zone.sections, self.zone.calendar
        at = np.flatnonzero(known.year <= self.view.year)
        short = text(np.array([name[:3].upper() for name in known.subject[at]], dtype=object))
        first = [calendar.first_day(year) for year in range(len(calendar.years))]
        cells = {
            "school_id": self._ids(known.school[at]),
            "school_year": self._year(known.year[at]),
            "course_number": joined(short, number(known.grade[at], at_least=2)),
            "section_number": text(known.key[at]),
            "course_name": text(known.subject[at]),
            "expression": joined(number(known.period[at]), "(A-B)"),
            "grade_level": number(known.grade[at]),
            "teacher_dcid": self._ids(known.teacher[at]),
        }
        return self._sheet("sections", at, cells, np.array(first)[known.year[at]])

    def section_enrollments(self) -> Sheet:
        """One row a record, class and first day."""
        at, left = known_places(self.zone, self.view)
        known = self.zone.section_members
        student, begin = known.student[at], known.begin[at]
        cells = {
            "student_dcid": self._ids(self._record(student, begin)),
            "section_dcid": self._ids(known.section[at]),
            "date_enrolled": moments(begin, "%Y-%m-%d"),
            "date_left": moments(left, "%Y-%m-%d"),
        }
        changed = np.where(np.isnat(left), begin, left + _DAY)
        return self._sheet("section_enrollments", at, cells, changed, student)

    def student_programs(self) -> Sheet:
        """One row a record and program term in which the pupil was found in need."""
        made = decisions(self.zone, self.today)
        student = self.zone.eligible.student[made.at]
        record = self._record(student, np.minimum(made.start, self.today))
        ours = np.flatnonzero(np.isin(record, self.records))
        status = made.status.take(pa.array(ours))
        cells = {
            "student_dcid": self._ids(record[ours]),
            "program_code": lookup(
                list(program_codes(self.zone)), self.zone.eligible.program[made.at[ours]]
            ),
            "term_name": made.term.take(pa.array(ours)),
            "program_status": coded("program_status", status.to_numpy(zero_copy_only=False)),
            "enter_date": moments(made.first[ours], "%Y-%m-%d"),
            "exit_date": moments(made.last[ours], "%Y-%m-%d"),
        }
        changed = np.fmax(made.decided, made.last + _DAY)[ours]
        return self._sheet("student_programs", made.at[ours], cells, changed, student[ours])

    def calendar_days(self) -> Sheet:
        """One row a school and weekday, closures as far as known."""
        calendar = self.zone.calendar
        school, at, kind = calendar_days(self.zone, self.today)
        known = calendar.known_on[school, at]
        july = np.array([f"{first}-07-01" for first in calendar.years], dtype="datetime64[D]")
        planned = july[np.minimum(calendar.year[at], len(july) - 1)]
        cells = {
            "school_id": self._ids(school),
            "date_value": moments(calendar.days[at], "%Y-%m-%d"),
            "in_session": number((kind == INSTRUCTIONAL).astype(np.int64)),
            "day_type": lookup(codes_of("day_type", DAY_TYPES), kind),
            "cycle_day": lookup(("A", "B"), calendar.cycle[at]),
        }
        return self._sheet(
            "calendar_days",
            school * len(calendar.days) + at,
            cells,
            np.where(known <= self.today, known, planned),
        )

    def attendance_daily(self) -> Sheet:
        """One row a record and day marked absent or tardy."""
        marks = self.zone.absences
        at = np.flatnonzero(marks.day <= self.today)
        student, day = marks.student[at], marks.day[at]
        cells = {
            "student_dcid": self._ids(self._record(student, day)),
            "school_id": self._ids(marks.school[at]),
            "att_date": moments(day, "%Y-%m-%d"),
            "attendance_code": lookup(["", *CODES["attendance_code"]], marks.status[at]),
            "minutes_missed": number(minutes_missed(self.zone, at)),
        }
        return self._sheet("attendance_daily", at, cells, day, student)

    def _ids(self, places: Ints) -> pa.StringArray:
        return number(self.base + places + 1)

    def _record(self, students: Ints, days: Days) -> Ints:
        return 2 * students + (self.from_day[students] <= days)

    def _year(self, years: Ints) -> pa.StringArray:
        """Return the calendar year in which school years end."""
        return lookup([str(first + 1) for first in self.zone.calendar.years], years)

    def _sheet(
        self, table: str, key: Ints, cells: Cells, changed: Days, students: Ints | None = None
    ) -> Sheet:
        """Return the rows of a table: its cells, and before them its key, after them the change."""
        made = {
            key_column(table): self._ids(key),
            "last_modified": self._modified(table, key, changed),
            **cells,
        }
        rows = shaped(table, made)
        person = np.full(len(key), -1) if students is None else self.zone.students.person[students]
        role = "" if students is None else "student"
        return Sheet(SOURCE, f"{table}.csv", rows, person, role)

    def _modified(self, table: str, key: Ints, days: Days) -> pa.StringArray:
        """Return an instant within office hours of each day, local."""
        bits = mixed(self.zone.seed, f"sis_sql/{table}", self.zone.number, key)
        minutes = (bits % np.uint64(_OFFICE_MINUTES)).astype(np.int64)
        return joined(moments(days, "%Y-%m-%d"), " ", lookup(_TIMES, minutes))


_OFFICE_MINUTES = 600
_TIMES = [
    f"{7 + minute // 60:02d}:{minute % 60:02d}:{minute * 37 % 60:02d}"
    for minute in range(_OFFICE_MINUTES)
]

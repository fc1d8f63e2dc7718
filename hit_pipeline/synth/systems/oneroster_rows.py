"""Rows of the files of a OneRoster bundle, as the SIS has them at the end of a day."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.systems.cells import constant, joined, lookup, moments, number, text, where
from hit_pipeline.synth.systems.oneroster_columns import RACES, Part, columns
from hit_pipeline.synth.systems.opaque import opaque, opaque_one
from hit_pipeline.synth.systems.roster_view import Roster, names, number_of, records, roster
from hit_pipeline.synth.truth.draws import Ints
from hit_pipeline.synth.truth.schools import DISTRICT_CODE, DISTRICT_NAME, SUBJECTS
from hit_pipeline.synth.truth.zone import Zone

GRADES = ("KG", *(f"{grade:02d}" for grade in range(1, 13)))
_SUBJECTS = tuple(dict.fromkeys(subject for level in SUBJECTS for subject in level))
_SUBJECT_CODES = {
    "Homeroom": "22106",
    "Mathematics": "02030",
    "English Language Arts": "01030",
    "Science": "03230",
    "Social Studies": "04430",
}
_SEXES = {"1.1": {"F": "female", "M": "male"}, "1.2": {"F": "female", "M": "male", "X": "other"}}
_DAY = np.timedelta64(1, "D")


class Day:
    """The OneRoster of one zone at the end of a day, in one version."""

    def __init__(self, zone: Zone, today: np.datetime64, version: str) -> None:
        self.zone = zone
        self.version = version
        self.view: Roster = roster(zone, today)
        self.year_id = self._one("term", self.view.year, 0)
        self.district_id = self._one("org", -1, 0)
        self.sections = np.flatnonzero(zone.sections.year == self.view.year)
        record = np.zeros(len(zone.students.person), dtype=np.int64)
        record[self.view.pupils] = records(zone, self.view.main)
        self.record = record
        places = np.arange(len(zone.schools.code))
        self.school_ids = opaque(zone.seed, "org", zone.number, places)
        self.class_ids = opaque(zone.seed, "class", zone.number, np.arange(len(zone.sections.key)))

    def parts(self) -> Iterator[Part]:
        """Yield the rows of the files, in the order of `files`; rows of the district in zone 0."""
        yield self._nobody("orgs", self._orgs())
        if self.zone.number == 0:
            yield self._nobody("academicSessions", self._sessions())
            yield self._nobody("courses", self._courses())
        yield self._nobody("classes", self._classes())
        yield self._of_pupils("users", self._pupils(), self.view.pupils)
        yield self._of_staff("users", self._staff(), self._all_staff)
        if self.version != "1.1":
            here = self.zone.spells.student[self.view.here]
            yield self._of_pupils("roles", self._pupil_roles(), here)
            yield self._of_staff("roles", self._staff_roles(), self._all_staff)
        members = self.zone.section_members.student[self.view.members]
        yield self._of_pupils("enrollments", self._places(), members)
        teachers = self.zone.sections.teacher[self.sections]
        yield self._of_staff("enrollments", self._teaching(), teachers)
        yield self._of_pupils("demographics", self._demographics(), self.view.pupils)

    def _one(self, kind: str, *keys: int) -> str:
        return opaque_one(self.zone.seed, kind, *keys)

    def _table(self, file: str, cells: Mapping[str, pa.Array | str]) -> pa.Table:
        size = len(cells["sourcedId"])
        made = {name: _filled(cell, size) for name, cell in cells.items()}
        header = columns(file, self.version)
        blank = constant(None, size)
        return pa.table([made.get(name, blank) for name in header], names=list(header))

    def _nobody(self, file: str, cells: Mapping[str, pa.Array | str]) -> Part:
        rows = self._table(file, cells)
        return Part(file, rows, np.full(rows.num_rows, -1, dtype=np.int64))

    def _of_pupils(self, file: str, cells: Mapping[str, pa.Array | str], at: Ints) -> Part:
        return Part(file, self._table(file, cells), self.zone.students.person[at], "student")

    def _of_staff(self, file: str, cells: Mapping[str, pa.Array | str], at: Ints) -> Part:
        return Part(file, self._table(file, cells), self.zone.staff.person[at], "staff")

    @property
    def _all_staff(self) -> Ints:
        return np.arange(len(self.zone.staff.person))

    def _user_ids(self, students: Ints) -> pa.StringArray:
        """Return users' sourcedIds; 1.1 has them by role, which a change to 1.2 gives up."""
        prefix = "s" if self.version == "1.1" else ""
        keys = self.record[students]
        return opaque(self.zone.seed, f"pupil{prefix}", self.zone.number, keys, prefix=prefix)

    def _staff_ids(self, staff: Ints) -> pa.StringArray:
        prefix = "t" if self.version == "1.1" else ""
        return opaque(self.zone.seed, f"staff{prefix}", self.zone.number, staff, prefix=prefix)

    def _orgs(self) -> dict[str, pa.Array | str]:
        schools = self.zone.schools
        size = len(schools.code)
        own: dict[str, pa.Array | str] = {
            "sourcedId": self.school_ids,
            "name": text(schools.name),
            "type": constant("school", size),
            "identifier": text(schools.code),
            "parentSourcedId": constant(self.district_id, size),
        }
        if self.zone.number:
            return own
        district = (self.district_id, DISTRICT_NAME, "district", DISTRICT_CODE, None)
        return {
            name: pa.concat_arrays([pa.array([first], pa.string()), own[name]])
            for name, first in zip(own, district, strict=True)
        }

    def _sessions(self) -> dict[str, pa.Array | str]:
        """Return the school year and its semesters; end dates are exclusive."""
        calendar, year = self.zone.calendar, self.view.year
        label, ends = calendar.label(year), calendar.years[year] + 1
        first, last = calendar.first_day(year), calendar.last_day(year)
        taught = calendar.days[(calendar.planned == 0) & (calendar.year == year)]
        turn = int(np.searchsorted(taught, np.datetime64(f"{ends}-01-01")))
        spans = [(first, last), (first, taught[turn - 1]), (taught[turn], last)]
        return {
            "sourcedId": opaque(self.zone.seed, "term", year, np.arange(3)),
            "title": pa.array(
                [f"{label} School Year", f"{label} Semester 1", f"{label} Semester 2"]
            ),
            "type": pa.array(["schoolYear", "semester", "semester"]),
            "startDate": pa.array([str(begin) for begin, _ in spans]),
            "endDate": pa.array([str(end + _DAY) for _, end in spans]),
            "parentSourcedId": pa.array([None, self.year_id, self.year_id]),
            "schoolYear": str(ends),
        }

    def _courses(self) -> dict[str, pa.Array | str]:
        grade = np.repeat(np.arange(len(GRADES)), len(_SUBJECTS))
        subject = np.tile(np.arange(len(_SUBJECTS)), len(GRADES))
        short = lookup([name[:3].upper() for name in _SUBJECTS], subject)
        return {
            "sourcedId": opaque(self.zone.seed, "course", self.view.year, grade, subject),
            "schoolYearSourcedId": self.year_id,
            "title": joined(lookup(_SUBJECTS, subject), " ", lookup(GRADES, grade)),
            "courseCode": joined(short, lookup(GRADES, grade)),
            "grades": lookup(GRADES, grade),
            "orgSourcedId": self.district_id,
            "subjects": lookup(_SUBJECTS, subject),
            "subjectCodes": lookup([_SUBJECT_CODES[name] for name in _SUBJECTS], subject),
        }

    def _classes(self) -> dict[str, pa.Array | str]:
        at, known = self.sections, self.zone.sections
        subject = np.array([_SUBJECTS.index(name) for name in known.subject[at]], dtype=np.int64)
        grade = known.grade[at]
        names_of = lookup(_SUBJECTS, subject)
        terms = [self._one("term", self.view.year, half) for half in (1, 2)]
        return {
            "sourcedId": self.class_ids.take(pa.array(at)),
            "title": joined(
                names_of, " ", lookup(GRADES, grade), "-", number(known.strand[at] + 1)
            ),
            "grades": lookup(GRADES, grade),
            "courseSourcedId": opaque(self.zone.seed, "course", self.view.year, grade, subject),
            "classCode": text(known.key[at]),
            "classType": where(subject == 0, "homeroom", constant("scheduled", len(at))),
            "schoolSourcedId": lookup(self.school_ids, known.school[at]),
            "termSourcedIds": ",".join(terms),
            "subjects": names_of,
            "subjectCodes": lookup([_SUBJECT_CODES[name] for name in _SUBJECTS], subject),
            "periods": number(known.period[at]),
        }

    def _pupils(self) -> dict[str, pa.Array | str]:
        view, people = self.view, self.zone.students
        at, spells = view.pupils, self.zone.spells
        numbers = text(number_of(self.zone, at, spells.renumbered[view.main]))
        email = text(people.email[at])
        school = lookup(self.school_ids, spells.school[view.main])
        return {
            "sourcedId": self._user_ids(at),
            "enabledUser": "true",
            "orgSourcedIds": self._org_lists(),
            "role": "student",
            "username": pc.replace_substring_regex(email, "@.*$", ""),
            "userIds": joined("{District:", numbers, "}"),
            "givenName": text(people.first[at]),
            "familyName": text(names(self.zone, at, view.today)),
            "middleName": text(people.middle[at]),
            "identifier": numbers,
            "email": email,
            "grades": lookup(GRADES, spells.grade[view.main]),
            "preferredGivenName": text(people.preferred[at]),
            "primaryOrgSourcedId": school,
        }

    def _org_lists(self) -> pa.StringArray:
        """Return the schools of each pupil, the main one first, as 1.1 lists them."""
        view, spells = self.view, self.zone.spells
        main = lookup(self.school_ids, spells.school[view.main])
        other = np.full(len(view.pupils), -1)
        second = np.setdiff1d(view.here, view.main)
        other[np.searchsorted(view.pupils, spells.student[second])] = spells.school[second]
        both = joined(main, ",", lookup(self.school_ids, other))
        return where(other >= 0, both, main)

    def _staff(self) -> dict[str, pa.Array | str]:
        staff = self.zone.staff
        email, numbers = text(staff.email), text(staff.number)
        school = lookup(self.school_ids, staff.school)
        role = text(staff.role)
        if self.version == "1.1":
            role = where(staff.role == "principal", "administrator", role)
        return {
            "sourcedId": self._staff_ids(self._all_staff),
            "enabledUser": "true",
            "orgSourcedIds": school,
            "role": role,
            "username": pc.replace_substring_regex(email, "@.*$", ""),
            "userIds": joined("{District:", numbers, "}"),
            "givenName": text(staff.first),
            "familyName": text(staff.last),
            "identifier": numbers,
            "email": email,
            "primaryOrgSourcedId": school,
        }

    def _pupil_roles(self) -> dict[str, pa.Array | str]:
        at, spells = self.view.here, self.zone.spells
        main = np.isin(at, self.view.main)
        return {
            "sourcedId": opaque(self.zone.seed, "pupil role", self.zone.number, at),
            "userSourcedId": self._user_ids(spells.student[at]),
            "roleType": where(main, "primary", constant("secondary", len(at))),
            "role": "student",
            "beginDate": moments(spells.entry[at], "%Y-%m-%d"),
            "orgSourcedId": lookup(self.school_ids, spells.school[at]),
        }

    def _staff_roles(self) -> dict[str, pa.Array | str]:
        staff = self.zone.staff
        return {
            "sourcedId": opaque(self.zone.seed, "staff role", self.zone.number, self._all_staff),
            "userSourcedId": self._staff_ids(self._all_staff),
            "roleType": "primary",
            "role": text(staff.role),
            "orgSourcedId": lookup(self.school_ids, staff.school),
        }

    def _places(self) -> dict[str, pa.Array | str]:
        at, known = self.view.members, self.zone.section_members
        section = known.section[at]
        dates = {"beginDate": moments(known.begin[at], "%Y-%m-%d")}
        return {
            "sourcedId": opaque(self.zone.seed, "enrollment", self.zone.number, at),
            "classSourcedId": lookup(self.class_ids, section),
            "schoolSourcedId": lookup(self.school_ids, self.zone.sections.school[section]),
            "userSourcedId": self._user_ids(known.student[at]),
            "role": "student",
            **self._until_the_end(dates),
        }

    def _teaching(self) -> dict[str, pa.Array | str]:
        at, known = self.sections, self.zone.sections
        first = str(self.zone.calendar.first_day(self.view.year))
        return {
            "sourcedId": opaque(self.zone.seed, "teaching", self.zone.number, at),
            "classSourcedId": lookup(self.class_ids, at),
            "schoolSourcedId": lookup(self.school_ids, known.school[at]),
            "userSourcedId": self._staff_ids(known.teacher[at]),
            "role": "teacher",
            "primary": "true",
            **self._until_the_end({"beginDate": first}),
        }

    def _until_the_end(self, dates: Mapping[str, pa.Array | str]) -> dict[str, pa.Array | str]:
        """Add the end of the year, exclusive; enrolments of 1.1 have no dates, as real ones."""
        if self.version == "1.1":
            return {}
        return {**dates, "endDate": str(self.zone.calendar.last_day(self.view.year) + _DAY)}

    def _demographics(self) -> dict[str, pa.Array | str]:
        at, people = self.view.pupils, self.zone.students
        race, sex = people.race[at], _SEXES[self.version]
        return {
            "sourcedId": self._user_ids(at),
            "birthDate": moments(people.birth[at], "%Y-%m-%d"),
            "sex": text([sex.get(gender, "") for gender in people.gender[at]]),
            **{
                column: where(race == name, "true", constant("false", len(at)))
                for name, column in RACES.items()
            },
        }


def _filled(cell: pa.Array | str, size: int) -> pa.Array:
    return constant(cell, size) if isinstance(cell, str) else cell

"""The SIS as an Ed-Fi ODS hands it out: JSON resources of Data Standard 5 for the active year.

Pupils are known by their state id, the district's numbers stand among the identification codes.
Names of resources and properties are those of the Ed-Fi resources API.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.systems.cells import joined, lookup, number, text
from hit_pipeline.synth.systems.edfi_values import (
    EVENTS,
    EXITS,
    GRADES,
    LEARNER,
    RACES,
    SEXES,
    date,
    descriptor,
    descriptors,
    filled,
    grade,
    indicator,
    student_code,
)
from hit_pipeline.synth.systems.json_text import booleans, lists, objects, present, quoted, said
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.opaque import opaque
from hit_pipeline.synth.systems.plain_files import calendar_days
from hit_pipeline.synth.systems.roster_view import known_places, names, number_of, roster
from hit_pipeline.synth.systems.sheet import Sheet, nobody
from hit_pipeline.synth.truth.calendar import DAY_TYPES
from hit_pipeline.synth.truth.draws import Ints
from hit_pipeline.synth.truth.schools import DISTRICT_CODE
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "sis_edfi"
DISTRICT_ID = int(DISTRICT_CODE)
SCHOOL_IDS_FROM = 1_000_000
"""An Ed-Fi ``schoolId`` is the school's code above this number."""


def sheets(zone: Zone, night: Night) -> Iterator[Sheet]:
    """Yield a zone's resources as of a night, one file each."""
    resources = _Resources(zone, night)
    yield resources.schools()
    yield resources.students()
    yield resources.student_school_associations()
    yield resources.student_education_organization_associations()
    yield resources.staffs()
    yield resources.sections()
    yield resources.student_section_associations()
    yield resources.calendar_dates()


class _Resources:
    """The resources of one zone as of one night.

    Pupils are those with an enrolment in the active year, also when it has ended.
    """

    def __init__(self, zone: Zone, night: Night) -> None:
        self.zone = zone
        self.today = night.today
        self.view = roster(zone, night.today)
        ours = zone.spells.year[self.view.spells] == self.view.year
        self.spells, self.exits = self.view.spells[ours], self.view.exits[ours]
        self.reasons = self.view.reasons[ours]
        self.pupils = np.unique(zone.spells.student[self.spells])
        self.year = str(zone.calendar.years[self.view.year] + 1)
        codes = np.array([int(code) for code in zone.schools.code], dtype=np.int64)
        self.school_ids = number(SCHOOL_IDS_FROM + codes)

    def schools(self) -> Sheet:
        """One object a school."""
        known = self.zone.schools
        size = len(known.code)
        code = {
            "educationOrganizationIdentificationSystemDescriptor": descriptor(
                "EducationOrganizationIdentificationSystem", "SEA"
            ),
            "identificationCode": quoted(text(known.code)),
        }
        kind = descriptor("EducationOrganizationCategory", "School")
        grades = [
            present((known.first_grade <= n) & (known.last_grade >= n), grade(np.full(size, n)))
            for n in range(len(GRADES))
        ]
        body = {
            "schoolId": self.school_ids,
            "nameOfInstitution": quoted(text(known.name)),
            "localEducationAgencyReference": objects(
                size, {"localEducationAgencyId": str(DISTRICT_ID)}
            ),
            "educationOrganizationCategories": lists(
                objects(size, {"educationOrganizationCategoryDescriptor": kind})
            ),
            "gradeLevels": lists(*grades),
            "identificationCodes": lists(objects(size, code)),
        }
        return self._sheet("schools", np.arange(size), body)

    def students(self) -> Sheet:
        """One object a pupil."""
        at, people = self.pupils, self.zone.students
        body = {
            "studentUniqueId": quoted(text(people.state_id[at])),
            "firstName": quoted(text(people.first[at])),
            "middleName": quoted(text(people.middle[at])),
            "lastSurname": quoted(text(names(self.zone, at, self.today))),
            "preferredFirstName": quoted(text(people.preferred[at])),
            "birthDate": date(people.birth[at]),
        }
        return self._sheet("students", at, body, at)

    def student_school_associations(self) -> Sheet:
        """One object an enrolment: pupil x school x entry date."""
        spells, at = self.zone.spells, self.spells
        student = spells.student[at]
        why = text([EXITS.get(reason, "") for reason in self.reasons])
        body = {
            "entryDate": date(spells.entry[at]),
            "schoolReference": self._school(spells.school[at]),
            "schoolYearTypeReference": objects(len(at), {"schoolYear": self.year}),
            "studentReference": self._student(student),
            "entryGradeLevelDescriptor": descriptors(
                "GradeLevel", lookup(GRADES, spells.grade[at])
            ),
            "exitWithdrawDate": date(self.exits),
            "exitWithdrawTypeDescriptor": descriptors("ExitWithdrawType", why),
            "primarySchool": booleans(spells.kind[at] != "co_enrolled"),
        }
        return self._sheet("studentSchoolAssociations", at, body, student)

    def student_education_organization_associations(self) -> Sheet:
        """One object a pupil: identification codes, flags and demographics."""
        at, people = self.pupils, self.zone.students
        size = len(at)
        mail = {
            "electronicMailTypeDescriptor": descriptor("ElectronicMailType", "Organization"),
            "electronicMailAddress": quoted(text(people.email[at])),
        }
        poor = descriptor("StudentCharacteristic", "Economic Disadvantaged")
        characteristic = objects(size, {"studentCharacteristicDescriptor": poor})
        learner = lookup(LEARNER, people.ell[at])
        sex = text([SEXES[gender] for gender in people.gender[at]])
        body = {
            "educationOrganizationReference": objects(
                size, {"educationOrganizationId": str(DISTRICT_ID)}
            ),
            "studentReference": self._student(at),
            "electronicMails": lists(objects(size, mail)),
            "hispanicLatinoEthnicity": booleans(people.race[at] == "Hispanic/Latino"),
            "limitedEnglishProficiencyDescriptor": descriptors(
                "LimitedEnglishProficiency", learner
            ),
            "races": self._races(at),
            "sexDescriptor": descriptors("Sex", sex),
            "studentCharacteristics": lists(present(people.low_income[at] == 1, characteristic)),
            "studentIdentificationCodes": self._codes(at),
            "studentIndicators": lists(
                indicator("IEP", people.iep[at]), indicator("Gifted", people.gifted[at])
            ),
        }
        return self._sheet("studentEducationOrganizationAssociations", at, body, at)

    def _races(self, at: Ints) -> pa.Array:
        race = text([RACES.get(race, race) for race in self.zone.students.race[at]])
        known = present(
            filled(race), objects(len(at), {"raceDescriptor": descriptors("Race", race)})
        )
        return lists(known)

    def _codes(self, at: Ints) -> pa.Array:
        """List the state id and the district number of each pupil; Ed-Fi has room for one."""
        spells = self.zone.spells
        back = spells.student[self.spells[spells.renumbered[self.spells]]]
        numbers = text(number_of(self.zone, at, np.isin(at, back)))
        state = text(self.zone.students.state_id[at])
        return lists(student_code("State", state), student_code("District", numbers))

    def staffs(self) -> Sheet:
        """One object a teacher or principal."""
        staff = self.zone.staff
        size = len(staff.person)
        mail = {
            "electronicMailTypeDescriptor": descriptor("ElectronicMailType", "Work"),
            "electronicMailAddress": quoted(text(staff.email)),
        }
        code = {
            "staffIdentificationSystemDescriptor": descriptor(
                "StaffIdentificationSystem", "District"
            ),
            "identificationCode": quoted(text(staff.number)),
        }
        body = {
            "staffUniqueId": quoted(text(staff.number)),
            "firstName": quoted(text(staff.first)),
            "lastSurname": quoted(text(staff.last)),
            "electronicMails": lists(objects(size, mail)),
            "identificationCodes": lists(objects(size, code)),
        }
        made = self._sheet("staffs", np.arange(size), body)
        return Sheet(made.source, made.file, made.rows, staff.person, "staff", form="json")

    def sections(self) -> Sheet:
        """One object a class of the active year."""
        known = self.zone.sections
        at = np.flatnonzero(known.year == self.view.year)
        period = {
            "classPeriodName": joined('"Period ', number(known.period[at]), '"'),
            "schoolId": lookup(self.school_ids, known.school[at]),
        }
        reference = objects(len(at), {"classPeriodReference": objects(len(at), period)})
        body = {
            "sectionIdentifier": quoted(text(known.key[at])),
            "courseOfferingReference": objects(len(at), self._offering(at)),
            "sectionName": quoted(text(known.subject[at])),
            "offeredGradeLevels": lists(grade(known.grade[at])),
            "classPeriods": lists(reference),
        }
        return self._sheet("sections", at, body)

    def _offering(self, sections: Ints) -> dict[str, pa.Array | str]:
        known = self.zone.sections
        short = text(np.array([name[:3].upper() for name in known.subject[sections]], dtype=object))
        code = joined(short, number(known.grade[sections], at_least=2))
        return {
            "localCourseCode": quoted(code),
            "schoolId": lookup(self.school_ids, known.school[sections]),
            "schoolYear": self.year,
            "sessionName": said(f"{self.zone.calendar.label(self.view.year)} Year"),
        }

    def student_section_associations(self) -> Sheet:
        """One object a pupil, class and begin date."""
        known = self.zone.section_members
        at, left = known_places(self.zone, self.view)
        now = self.zone.sections.year[known.section[at]] == self.view.year
        at, left = at[now], left[now]
        section = known.section[at]
        key = quoted(text(self.zone.sections.key[section]))
        body = {
            "beginDate": date(known.begin[at]),
            "endDate": date(left),
            "sectionReference": objects(
                len(at), {**self._offering(section), "sectionIdentifier": key}
            ),
            "studentReference": self._student(known.student[at]),
            "homeroomIndicator": booleans(self.zone.sections.subject[section] == "Homeroom"),
        }
        return self._sheet("studentSectionAssociations", at, body, known.student[at])

    def calendar_dates(self) -> Sheet:
        """One object a school and weekday of the active year, closures as far as known."""
        calendar = self.zone.calendar
        school, at, kind = calendar_days(self.zone, self.today)
        now = calendar.days[at] >= np.datetime64(f"{calendar.years[self.view.year]}-07-01")
        school, at, kind = school[now], at[now], kind[now]
        reference = {
            "calendarCode": quoted(lookup(self.zone.schools.code, school)),
            "schoolId": lookup(self.school_ids, school),
            "schoolYear": self.year,
        }
        event = lookup([EVENTS.get(kind, "") for kind in DAY_TYPES], kind)
        named = {"calendarEventDescriptor": descriptors("CalendarEvent", event)}
        body = {
            "date": date(calendar.days[at]),
            "calendarReference": objects(len(at), reference),
            "calendarEvents": lists(objects(len(at), named)),
        }
        return self._sheet("calendarDates", school * len(calendar.days) + at, body)

    def _student(self, students: Ints) -> pa.Array:
        key = quoted(text(self.zone.students.state_id[students]))
        return objects(len(students), {"studentUniqueId": key})

    def _school(self, schools: Ints) -> pa.Array:
        return objects(len(schools), {"schoolId": lookup(self.school_ids, schools)})

    def _sheet(
        self,
        resource: str,
        key: Ints,
        body: dict[str, pa.Array | str],
        students: Ints | None = None,
    ) -> Sheet:
        """Return a file: each row an object, under an id that says nothing of the key."""
        ids = opaque(self.zone.seed, f"edfi/{resource}", self.zone.number, key)
        whole = objects(len(key), {"id": quoted(ids), **body})
        rows = pa.table({"json": whole})
        person = nobody(rows) if students is None else self.zone.students.person[students]
        role = "" if students is None else "student"
        file = f"{resource}_z{self.zone.number:04d}.json"
        return Sheet(SOURCE, file, rows, person, role, form="json")

"""The SIS's nightly OneRoster 1.1 bulk bundle, as thin as real ones are.

It holds no state ids and no flags, enrolments without dates, and only pupils enrolled that day:
the plain files complete it.
"""

from hit_pipeline.synth.draw import opaque_id
from hit_pipeline.synth.nights import stamp
from hit_pipeline.synth.people import Spell, Student
from hit_pipeline.synth.records import Row, Sheet
from hit_pipeline.synth.school_days import FIRST_DAY, LAST_DAY
from hit_pipeline.synth.schools import (
    DISTRICT_ID,
    DISTRICT_NAME,
    SCHOOLS,
    Section,
    Teacher,
    teachers,
)
from hit_pipeline.synth.world import World

_SOURCE = "sis"
_GUARDIANS = 40
_SUBJECT_CODES = {
    "Homeroom": "22106",
    "Mathematics": "02030",
    "English Language Arts": "01030",
    "Science": "03230",
    "Social Studies": "04430",
}
_COLUMNS = {
    "academicSessions": "title,type,startDate,endDate,parentSourcedId,schoolYear",
    "classes": "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods",
    "courses": "schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
    "demographics": "birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
    "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,"
    "hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,"
    "publicSchoolResidenceStatus",
    "enrollments": "classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
    "orgs": "name,type,identifier,parentSourcedId",
    "users": "enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password",
}
_RACE_COLUMNS = {
    "American Indian or Alaska Native": "americanIndianOrAlaskaNative",
    "Asian": "asian",
    "Black or African American": "blackOrAfricanAmerican",
    "White": "white",
    "Two or More Races": "demographicRaceTwoOrMoreRaces",
    "Hispanic/Latino": "hispanicOrLatinoEthnicity",
}
_ABSENT_FILES = ("categories", "classResources", "courseResources", "lineItems", "resources")


def bundle_name(night: int) -> str:
    """Return the name of the bundle of a night."""
    return f"oneroster_{stamp(night)}.zip"


def bundle(world: World, night: int) -> list[Sheet]:
    """Return the files of the bundle of a night, the manifest first."""
    data = {
        "academicSessions": _sessions(world.seed),
        "classes": [_class(world.seed, section) for section in world.sections],
        "courses": _courses(world),
        "demographics": [_demographics(student) for student, _ in world.enrolled(night)],
        "enrollments": _enrollments(world, night),
        "orgs": _orgs(world.seed),
        "users": _users(world, night),
    }
    sheets = [_sheet(name, rows) for name, rows in data.items()]
    return [_manifest(night), *sheets]


def _sheet(name: str, rows: list[Row]) -> Sheet:
    columns = ("sourcedId", "status", "dateLastModified", *_COLUMNS[name].split(","))
    blank = dict.fromkeys(columns, "")
    return Sheet(_SOURCE, f"{name}.csv", columns, [blank | row for row in rows])


def _manifest(night: int) -> Sheet:
    values = {"manifest.version": "1.0", "oneroster.version": "1.1"}
    values |= {f"file.{name}": "bulk" for name in _COLUMNS}
    values |= {f"file.{name}": "absent" for name in (*_ABSENT_FILES, "results")}
    values |= {"source.systemName": "Cedar Valley SIS", "source.systemCode": stamp(night)}
    rows = [{"propertyName": key, "value": value} for key, value in values.items()]
    return Sheet(_SOURCE, "manifest.csv", ("propertyName", "value"), rows)


def _org_id(seed: int, school_id: str) -> str:
    return opaque_id(seed, "org", school_id)


def _orgs(seed: int) -> list[Row]:
    district = _org_id(seed, DISTRICT_ID)
    rows = [
        {
            "sourcedId": district,
            "name": DISTRICT_NAME,
            "type": "district",
            "identifier": DISTRICT_ID,
        }
    ]
    return rows + [
        {
            "sourcedId": _org_id(seed, school.school_id),
            "name": school.name,
            "type": "school",
            "identifier": school.school_id,
            "parentSourcedId": district,
        }
        for school in SCHOOLS
    ]


def _sessions(seed: int) -> list[Row]:
    """Return the school year and its semesters; end dates are exclusive."""
    year = opaque_id(seed, "term", "year")
    spans = (
        ("year", "2026-2027 School Year", "schoolYear", str(FIRST_DAY), "2027-05-29", ""),
        ("s1", "2026-2027 Semester 1", "semester", str(FIRST_DAY), "2026-12-19", year),
        ("s2", "2026-2027 Semester 2", "semester", "2027-01-05", "2027-05-29", year),
    )
    return [
        {
            "sourcedId": opaque_id(seed, "term", key),
            "title": title,
            "type": kind,
            "startDate": first,
            "endDate": end,
            "parentSourcedId": parent,
            "schoolYear": str(LAST_DAY.year),
        }
        for key, title, kind, first, end, parent in spans
    ]


def _courses(world: World) -> list[Row]:
    distinct = {section.course_id: section for section in world.sections}
    return [
        {
            "sourcedId": course_id,
            "schoolYearSourcedId": opaque_id(world.seed, "term", "year"),
            "title": f"{section.subject} {section.grade}",
            "courseCode": f"{section.subject[:3].upper()}{section.grade}",
            "grades": section.grade,
            "orgSourcedId": _org_id(world.seed, DISTRICT_ID),
            "subjects": section.subject,
            "subjectCodes": _SUBJECT_CODES[section.subject],
        }
        for course_id, section in distinct.items()
    ]


def _class(seed: int, section: Section) -> Row:
    terms = (opaque_id(seed, "term", "s1"), opaque_id(seed, "term", "s2"))
    return {
        "sourcedId": section.sourced_id,
        "title": section.title,
        "grades": section.grade,
        "courseSourcedId": section.course_id,
        "classCode": section.code,
        "classType": "homeroom" if section.subject == "Homeroom" else "scheduled",
        "schoolSourcedId": _org_id(seed, section.school_id),
        "termSourcedIds": ",".join(terms),
        "subjects": section.subject,
        "subjectCodes": _SUBJECT_CODES[section.subject],
        "periods": section.period,
    }


def _users(world: World, night: int) -> list[Row]:
    enrolled = world.enrolled(night)
    guardians = _guardians(world, [student for student, _ in enrolled])
    agents = {student: row["sourcedId"] for student, row in guardians}
    pupils = [
        _pupil(world.seed, student, spell) | {"agentSourcedIds": agents.get(student.number, "")}
        for student, spell in enrolled
    ]
    staff = [_teacher(world.seed, teacher) for teacher in teachers(world.sections)]
    return [*pupils, *staff, *(row for _, row in guardians)]


def _pupil(seed: int, student: Student, spell: Spell) -> Row:
    return {
        "sourcedId": student.sourced_id,
        "enabledUser": "true",
        "orgSourcedIds": _org_id(seed, spell.school_id),
        "role": "student",
        "username": student.email.split("@")[0],
        "givenName": student.first,
        "familyName": student.last,
        "middleName": student.middle,
        "identifier": student.number,
        "email": student.email,
        "grades": spell.grade,
    }


def _teacher(seed: int, teacher: Teacher) -> Row:
    return {
        "sourcedId": teacher.sourced_id,
        "enabledUser": "true",
        "orgSourcedIds": _org_id(seed, teacher.school_id),
        "role": "teacher",
        "username": teacher.username,
        "givenName": teacher.first,
        "familyName": teacher.last,
        "identifier": teacher.staff_number,
        "email": f"{teacher.username}@cedarvalleyschools.example",
    }


def _guardians(world: World, students: list[Student]) -> list[tuple[str, Row]]:
    """Return one guardian for the first pupils of the list, with the pupil's number."""
    return [
        (
            student.number,
            {
                "sourcedId": opaque_id(world.seed, "guardian", student.number),
                "enabledUser": "true",
                "orgSourcedIds": _org_id(world.seed, DISTRICT_ID),
                "role": "guardian" if nth % 5 == 0 else "parent",
                "username": f"family{student.household}.{nth}",
                "givenName": student.middle or "Alex",
                "familyName": student.last,
            },
        )
        for nth, student in enumerate(students[:_GUARDIANS])
    ]


def _demographics(student: Student) -> Row:
    races = {
        column: "true" if race == student.race else "false"
        for race, column in _RACE_COLUMNS.items()
    }
    return races | {
        "sourcedId": student.sourced_id,
        "birthDate": str(student.birth_date),
        "sex": {"F": "female", "M": "male"}.get(student.gender, ""),
        "nativeHawaiianOrOtherPacificIslander": "false",
    }


def _enrollments(world: World, night: int) -> list[Row]:
    seats: dict[tuple[str, str], list[Section]] = {}
    for section in world.sections:
        seats.setdefault((section.grade, section.subject), []).append(section)
    rows = [
        _enrollment(world.seed, section, section.teacher.sourced_id, "teacher")
        for section in world.sections
    ]
    for student, spell in world.enrolled(night):
        for (grade, _), strands in seats.items():
            if grade == spell.grade:
                section = strands[int(student.number) % len(strands)]
                rows.append(_enrollment(world.seed, section, student.sourced_id, "student"))
    return rows


def _enrollment(seed: int, section: Section, user: str, role: str) -> Row:
    return {
        "sourcedId": opaque_id(seed, "enrollment", section.code, user),
        "classSourcedId": section.sourced_id,
        "schoolSourcedId": _org_id(seed, section.school_id),
        "userSourcedId": user,
        "role": role,
        "primary": "true" if role == "teacher" else "",
    }

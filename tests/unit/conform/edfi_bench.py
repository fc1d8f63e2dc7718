"""An Ed-Fi district in which every fact that is read has people of its own."""

from tests.unit.sources.edfi_district import (
    ADA,
    ELM,
    LEA,
    OAK,
    characteristic,
    code,
    descriptor,
    enrolled,
    filled,
    said_of,
    school,
    student,
)
from tests.unit.sources.edfi_ods import Ods, Record

SEOA = "studentEducationOrganizationAssociations"
SECTION = {
    "localCourseCode": "ALG-1",
    "schoolId": ELM,
    "schoolYear": 2027,
    "sessionName": "Fall, 2026",
}


PERIODS: dict[str, tuple[list[Record], bool | None]] = {
    "20": ([], True),
    "21": ([{"beginDate": "2026-08-01"}], True),
    "22": ([{"beginDate": "2025-08-01", "endDate": "2026-05-22"}], None),
    "23": ([{"beginDate": "2026-08-01", "endDate": "2027-05-22"}], True),
    "24": (
        [{"beginDate": "2025-08-01", "endDate": "2026-05-22"}, {"beginDate": "2026-08-01"}],
        True,
    ),
}


YEARS = {"31": (2026, {}), "32": (2027, {}), "33": (2026, {"exitWithdrawDate": "2026-01-09"})}


def _put_years(ods: Ods) -> None:
    for number, (year, more) in YEARS.items():
        stated = {"schoolYearTypeReference": {"schoolYear": year}, **more}
        ods.put("students", student(number, "Ada"))
        ods.put("studentSchoolAssociations", enrolled(number, ELM, "2025-08-18", **stated))


def _put_periods(ods: Ods) -> None:
    for number, (periods, _) in PERIODS.items():
        told = characteristic("Homeless", **({"periods": periods} if periods else {}))
        ods.put(SEOA, said_of(number, studentCharacteristics=[told]))


def _put_a_move(ods: Ods) -> None:
    left = {
        "exitWithdrawDate": "2026-10-02",
        "exitWithdrawTypeDescriptor": descriptor("ExitWithdrawType", "Moved", "oak.example"),
        "primarySchool": False,
    }
    ods.put("studentSchoolAssociations", enrolled("11", OAK, "2026-09-01", **left))


def _put_a_newcomer(ods: Ods) -> None:
    ods.put("students", student("3003", "Cy", preferredFirstName="C", middleName="M"))


def _put_codes(ods: Ods) -> None:
    codes = [code("District", "0042"), code("State", "S77"), code("Family", "F1")]
    ods.put(SEOA, said_of("12", studentIdentificationCodes=codes))


def _put_levels(ods: Ods) -> None:
    mail = {"electronicMailTypeDescriptor": descriptor("ElectronicMailType", "Organization")}
    home = {"electronicMailTypeDescriptor": descriptor("ElectronicMailType", "Home/Personal")}
    ods.put(
        SEOA,
        said_of(
            "13",
            ELM,
            limitedEnglishProficiencyDescriptor=descriptor("LimitedEnglishProficiency", "Limited"),
            electronicMails=[
                {**home, "electronicMailAddress": "a@home.example"},
                {**mail, "electronicMailAddress": "ada@oak.example"},
            ],
        ),
        said_of(
            "13",
            LEA,
            sexDescriptor=descriptor("Sex", "Female"),
            hispanicLatinoEthnicity=False,
            races=[{"raceDescriptor": descriptor("Race", "Black - African American")}],
        ),
        said_of(
            "13",
            900,
            studentCharacteristics=[characteristic("Economic Disadvantaged")],
            studentIndicators=[{"indicatorName": "IEP", "indicator": "No"}],
            disabilities=[{"disabilityDescriptor": descriptor("Disability", "Some")}],
        ),
        said_of("14", LEA, studentIndicators=[{"indicatorName": "Gifted", "indicator": "Yes"}]),
    )


def _put_unknown_codes(ods: Ods) -> None:
    grade = {"entryGradeLevelDescriptor": descriptor("GradeLevel", "Grade 13")}
    ods.put("students", student("3004", "Cy"))
    ods.put("studentSchoolAssociations", enrolled("3004", OAK, **grade))
    ods.put(SEOA, said_of("15", sexDescriptor=descriptor("Sex", "Unheard of", "oak.example")))
    event = {
        "studentReference": {"studentUniqueId": "15"},
        "schoolReference": {"schoolId": ELM},
        "eventDate": "2026-10-01",
    }
    kind = "AttendanceEventCategory"
    ods.put(
        "studentSchoolAttendanceEvents",
        {**event, "attendanceEventCategoryDescriptor": descriptor(kind, "Excused Absence")},
        {**event, "attendanceEventCategoryDescriptor": descriptor(kind, "Field trip")},
    )


def _put_schools(ods: Ods) -> None:
    kind = "EducationOrganizationIdentificationSystem"

    def codes(**numbers: str) -> list[Record]:
        return [
            {
                f"e{kind[1:]}Descriptor": descriptor(kind, system),
                "identificationCode": number,
            }
            for system, number in numbers.items()
        ]

    ods.put(
        "schools",
        school(100003, "Fir", identificationCodes=codes(NCES="530", SEA="S3", LEA="0003")),
        school(100004, "Ash", identificationCodes=codes(NCES="531", ACT="9")),
    )
    ods.put("localEducationAgencies", {"localEducationAgencyId": LEA, "nameOfInstitution": "D"})


def _put_staff(ods: Ods) -> None:
    ods.put(
        "staffs",
        {
            "staffUniqueId": "T1",
            "firstName": "Tom",
            "lastSurname": "Birch",
            "identificationCodes": [
                {
                    "staffIdentificationSystemDescriptor": descriptor(
                        "StaffIdentificationSystem", "District"
                    ),
                    "identificationCode": "E5",
                }
            ],
        },
        {"staffUniqueId": "T2", "firstName": "Una", "lastSurname": "Birch"},
    )
    assigned = {
        "staffReference": {"staffUniqueId": "T1"},
        "staffClassificationDescriptor": descriptor("StaffClassification", "Teacher"),
        "beginDate": "2025-08-01",
    }
    ods.put(
        "staffEducationOrganizationAssignmentAssociations",
        {**assigned, "educationOrganizationReference": {"educationOrganizationId": ELM}},
        {
            **assigned,
            "educationOrganizationReference": {"educationOrganizationId": OAK},
            "endDate": "2026-06-01",
        },
    )
    where = {"staffReference": {"staffUniqueId": "T1"}, "schoolReference": {"schoolId": ELM}}
    program = {"programAssignmentDescriptor": descriptor("ProgramAssignment", "Regular")}
    ods.put("staffSchoolAssociations", {**where, **program})


def _put_sections(ods: Ods) -> None:
    year = {"schoolYearTypeReference": {"schoolYear": 2027}}
    ods.put(
        "sessions",
        {
            **year,
            "sessionName": "Fall, 2026",
            "schoolReference": {"schoolId": ELM},
            "beginDate": "2026-08-17",
            "endDate": "2026-12-18",
            "termDescriptor": descriptor("Term", "Fall Semester"),
        },
    )
    ods.put(
        "courses",
        {
            "courseCode": "03100500",
            "courseTitle": "Algebra I",
            "educationOrganizationReference": {"educationOrganizationId": LEA},
            "academicSubjects": [
                {"academicSubjectDescriptor": descriptor("AcademicSubject", "Mathematics")}
            ],
        },
    )
    ods.put(
        "courseOfferings",
        {
            "localCourseCode": "ALG-1",
            "schoolReference": {"schoolId": ELM},
            "courseReference": {"courseCode": "03100500", "educationOrganizationId": LEA},
        },
    )
    grades = [
        {"gradeLevelDescriptor": descriptor("GradeLevel", f"{one} grade")}
        for one in ("Ninth", "Eighth")
    ]
    periods = [
        {"classPeriodReference": {"classPeriodName": one, "schoolId": ELM}} for one in ("02", "01")
    ]
    ods.put(
        "sections",
        {
            "sectionIdentifier": "7",
            "sectionName": "Algebra, first",
            "courseOfferingReference": SECTION,
            "offeredGradeLevels": grades,
            "classPeriods": periods,
        },
    )
    reference = {"sectionReference": {**SECTION, "sectionIdentifier": "7"}}
    ods.put(
        "studentSectionAssociations",
        {**reference, "studentReference": {"studentUniqueId": ADA}, "beginDate": "2026-08-17"},
    )
    ods.put(
        "staffSectionAssociations",
        {
            **reference,
            "staffReference": {"staffUniqueId": "T1"},
            "beginDate": "2026-08-17",
            "classroomPositionDescriptor": descriptor("ClassroomPosition", "Teacher of Record"),
        },
    )


def _put_days(ods: Ods) -> None:
    def day(at: str, *events: str) -> Record:
        return {
            "date": at,
            "calendarReference": {"calendarCode": "1", "schoolId": ELM, "schoolYear": 2027},
            "calendarEvents": [
                {"calendarEventDescriptor": descriptor("CalendarEvent", one)} for one in events
            ],
        }

    ods.put(
        "calendarDates",
        day("2026-11-02", "Instructional day"),
        day("2026-11-03", "Instructional day", "Weather day"),
        day("2026-11-04", "Teacher only day", "Holiday"),
        day("2026-11-05", "Bring a friend day"),
    )


def _put_scores(ods: Ods) -> None:
    assessment = {"assessmentIdentifier": "Star Math", "namespace": "uri://star.example"}
    ods.put(
        "assessments",
        {
            **assessment,
            "assessmentTitle": "Star Mathematics",
            "academicSubjects": [
                {"academicSubjectDescriptor": descriptor("AcademicSubject", "Mathematics")}
            ],
        },
    )
    method, level = "AssessmentReportingMethod", "PerformanceLevel"
    ods.put(
        "studentAssessments",
        {
            "studentAssessmentIdentifier": "e1",
            "studentReference": {"studentUniqueId": ADA},
            "assessmentReference": assessment,
            "administrationDate": "2026-09-14T15:30:00Z",
            "schoolYearTypeReference": {"schoolYear": 2027},
            "period": {"assessmentPeriodDescriptor": descriptor("AssessmentPeriod", "BOY")},
            "whenAssessedGradeLevelDescriptor": descriptor("GradeLevel", "Fifth grade"),
            "scoreResults": [
                {
                    "assessmentReportingMethodDescriptor": descriptor(method, "Scale score"),
                    "result": "1012.50",
                }
            ],
            "performanceLevels": [
                {
                    "assessmentReportingMethodDescriptor": descriptor(method, "Proficiency level"),
                    "performanceLevelDescriptor": descriptor(level, "Proficient"),
                }
            ],
        },
    )


PUTS = (
    _put_periods,
    _put_years,
    _put_a_move,
    _put_a_newcomer,
    _put_codes,
    _put_levels,
    _put_unknown_codes,
    _put_schools,
    _put_staff,
    _put_sections,
    _put_days,
    _put_scores,
)


def whole(ods: Ods) -> Ods:
    """Put everything in."""
    filled(ods)
    for number in ("11", "12", "13", "14", "15", *PERIODS):
        ods.put("students", student(number, "Ada"))
        ods.put("studentSchoolAssociations", enrolled(number, ELM))
    for put in PUTS:
        put(ods)
    return ods

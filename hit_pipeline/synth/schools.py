"""The three schools of the invented district, their courses, teachers and sections.

Who sits in which section is decided here too; it follows from school and grade alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hit_pipeline.synth.draw import opaque_id, stream
from hit_pipeline.synth.names import first_name, last_name

DISTRICT_NAME = "Cedar Valley Public Schools"
DISTRICT_ID = "0100"
_SECTION_SIZE = 24
_ORIGINS = ("anglo", "anglo", "anglo", "anglo", "black", "hispanic", "asian")


@dataclass(frozen=True)
class School:
    """One school: its id is the OneRoster org identifier, text with a leading zero."""

    school_id: str
    name: str
    grades: tuple[str, ...]
    minutes_per_day: int
    subjects: tuple[str, ...]


SCHOOLS = (
    School(
        "0101",
        "Cedar Valley Elementary School",
        ("KG", "01", "02", "03", "04", "05"),
        390,
        ("Homeroom", "Mathematics", "English Language Arts"),
    ),
    School(
        "0201",
        "Cedar Valley Middle School",
        ("06", "07", "08"),
        405,
        ("Mathematics", "English Language Arts", "Science", "Social Studies"),
    ),
    School(
        "0301",
        "Cedar Valley High School",
        ("09", "10", "11", "12"),
        420,
        ("Mathematics", "English Language Arts", "Science", "Social Studies"),
    ),
)
GRADES = tuple(grade for school in SCHOOLS for grade in school.grades)
BY_ID = {school.school_id: school for school in SCHOOLS}


def school_of(grade: str) -> School:
    """Return the school that teaches a grade."""
    return next(school for school in SCHOOLS if grade in school.grades)


@dataclass(frozen=True)
class Teacher:
    """One employed teacher."""

    staff_number: str
    sourced_id: str
    first: str
    last: str
    school_id: str

    @property
    def username(self) -> str:
        """Unique login name."""
        return f"staff{self.staff_number}"


@dataclass(frozen=True)
class Section:
    """One class of one course: a grade, a subject and a teacher."""

    sourced_id: str
    course_id: str
    title: str
    code: str
    school_id: str
    grade: str
    subject: str
    period: str
    teacher: Teacher


def sections(seed: int, students_per_grade: dict[str, int]) -> list[Section]:
    """Build the sections of all schools.

    Args:
        seed: Seed of the district.
        students_per_grade: How many pupils each grade must have room for.
    """
    made: list[Section] = []
    for school in SCHOOLS:
        for grade in school.grades:
            strands = max(1, -(-students_per_grade.get(grade, 0) // _SECTION_SIZE))
            made += _grade_sections(seed, school, grade, strands)
    return made


def course_id(seed: int, grade: str, subject: str) -> str:
    """Return the sourced id of the course of a grade and subject."""
    return opaque_id(seed, "course", grade, subject)


def _grade_sections(seed: int, school: School, grade: str, strands: int) -> list[Section]:
    made: list[Section] = []
    for strand in range(1, strands + 1):
        for period, subject in enumerate(school.subjects, start=1):
            shared = "all" if school.school_id == "0101" else subject
            code = f"{subject[:3].upper()}{grade}-{strand:02d}"
            made.append(
                Section(
                    sourced_id=opaque_id(seed, "class", code),
                    course_id=course_id(seed, grade, subject),
                    title=f"{subject} {grade} ({strand})",
                    code=code,
                    school_id=school.school_id,
                    grade=grade,
                    subject=subject,
                    period=str(period),
                    teacher=_teacher(seed, school, grade, shared, (strand + 1) // 2),
                )
            )
    return made


def _teacher(seed: int, school: School, grade: str, subject: str, nth: int) -> Teacher:
    rng = stream(seed, "teacher", school.school_id, grade, subject, nth)
    origin = rng.choice(_ORIGINS)
    key = opaque_id(seed, "teacher", school.school_id, grade, subject, nth)
    return Teacher(
        staff_number=f"{int(key[:8], 16) % 100_000_000:08d}",
        sourced_id=key,
        first=first_name(rng, origin, rng.choice("FFM")),
        last=last_name(rng, origin),
        school_id=school.school_id,
    )


def teachers(of: Iterable[Section]) -> list[Teacher]:
    """Return the distinct teachers of sections, in the order they first appear."""
    return list({section.teacher.sourced_id: section.teacher for section in of}.values())

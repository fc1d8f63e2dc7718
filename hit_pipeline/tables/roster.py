"""Conformed tables of the roster: schools, terms, courses, sections, calendar, enrollments."""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column, Reference, Table, provenance

_YEAR = Column("school_year", "text", "School year the row belongs to, as 2026-27.", required=True)
_STUDENT = Column("student_key", "text", "Durable key of the student; null when unlinked.", "key")
_TO_STUDENT = Reference(("student_key",), "student", ("student_key",))
_TO_SCHOOL = Reference(("school_id",), "school", ("school_id",), critical=False)

SCHOOL = Table(
    "school",
    "conformed",
    "organisation (school, district, department)",
    "Schools and the organisations above them, from the roster; a school named only by a student "
    "file is derived from it.",
    (
        Column(
            "school_id",
            "text",
            "District's number of the school, else the source's id.",
            required=True,
        ),
        Column("school_id_source", "text", "The source's own id."),
        Column("name", "text", "Name."),
        Column("org_type", "text", "Kind of organisation.", valid=words.ORG_TYPES),
        Column("identifier", "text", "Number stated by the source (often NCES)."),
        Column("parent_school_id", "text", "Organisation above it; null at the top."),
        *provenance(),
    ),
    ("school_id",),
    (Reference(("parent_school_id",), "school", ("school_id",), critical=False),),
)

TERM = Table(
    "term",
    "conformed",
    "academic session",
    "School years, semesters, terms and grading periods of the SIS.",
    (
        Column("source", "text", "Source that names it.", required=True),
        Column("term_id", "text", "The source's id of the session.", required=True),
        Column("title", "text", "Title."),
        Column("term_type", "text", "Kind of session.", valid=words.TERM_TYPES),
        Column("start_date", "date", "First day.", required=True),
        Column("end_date", "date", "Last day, inclusive.", required=True),
        Column("parent_term_id", "text", "Enclosing session."),
        Column("school_year", "text", "School year, as 2026-27.", required=True),
        *provenance(),
    ),
    ("source", "term_id"),
    (Reference(("source", "parent_term_id"), "term", ("source", "term_id"), critical=False),),
)

COURSE = Table(
    "course",
    "conformed",
    "course",
    "Courses of the SIS.",
    (
        Column("source", "text", "Source that names it.", required=True),
        Column("course_id", "text", "The source's id of the course.", required=True),
        Column("title", "text", "Title."),
        Column("course_code", "text", "Code of the district."),
        Column("subject", "text", "Subject in our vocabulary.", valid=words.SUBJECTS),
        Column("subjects_source", "text", "Subjects as stated."),
        Column("grades_source", "text", "Grades as stated."),
        Column("school_id", "text", "Organisation that offers it."),
        *provenance(),
    ),
    ("source", "course_id"),
    (_TO_SCHOOL,),
)

SECTION = Table(
    "section",
    "conformed",
    "section (class)",
    "Sections of courses, home rooms among them.",
    (
        Column("source", "text", "Source that names it.", required=True),
        Column("section_id", "text", "The source's id of the section.", required=True),
        Column("course_id", "text", "Course it teaches."),
        Column("school_id", "text", "School it meets in."),
        Column("title", "text", "Title; may name its teacher.", "sensitive"),
        Column("section_code", "text", "Code of the school."),
        Column(
            "section_type", "text", "Kind of section.", valid=("homeroom", "scheduled", "other")
        ),
        Column("term_ids", "text", "Sessions it runs in, comma separated."),
        Column("subject", "text", "Subject in our vocabulary.", valid=words.SUBJECTS),
        Column("periods", "text", "Periods it meets in, comma separated."),
        *provenance(),
    ),
    ("source", "section_id"),
    (
        _TO_SCHOOL,
        Reference(("source", "course_id"), "course", ("source", "course_id"), critical=False),
    ),
)

CALENDAR_DAY = Table(
    "calendar_day",
    "conformed",
    "school x date",
    "Which days are instructional. From the district's calendar; days it does not list are derived "
    "from the school year session and marked so: weekdays are instructional, unless the school's "
    "calendar names instructional days around them, for then it names them all.",
    (
        Column("school_id", "text", "School.", required=True),
        Column("local_date", "date", "The date.", required=True),
        _YEAR,
        Column("week_start", "date", "Monday of its week.", required=True),
        Column("day_type", "text", "Kind of day.", required=True, valid=words.DAY_TYPES),
        Column("is_instructional", "boolean", "True when school is held.", required=True),
        Column(
            "bell_schedule", "text", "Bell schedule of the day; null when no calendar states one."
        ),
        Column("cycle_day", "text", "Day of the rotation, such as A; null likewise."),
        Column("note", "text", "Note as stated."),
        Column(
            "origin",
            "text",
            "Whether a calendar stated it.",
            required=True,
            valid=("stated", "derived"),
        ),
    ),
    ("school_id", "local_date"),
    (_TO_SCHOOL,),
    partitioned=True,
    caveats=("derived_dates",),
)

SCHOOL_ENROLLMENT = Table(
    "school_enrollment",
    "conformed",
    "student x school x entry date x school year",
    "Enrollment spells of students a roster knows, in every school year they touch until today. "
    "Worked out from all that rosters stated over time; without a stated entry it is derived from "
    "the school year session and from the days of the deliveries that listed the student. A spell "
    "no longer listed and without a stated exit is closed on the day before the delivery that "
    "lacks it.",
    (
        _STUDENT,
        Column("school_id", "text", "School.", "record", required=True),
        Column("entry_date", "date", "First day.", "record", required=True),
        Column("exit_date", "date", "Last day, inclusive; null while enrolled.", "record"),
        _YEAR,
        Column("grade", "text", "Grade level of the spell.", "record", valid=words.GRADES),
        Column(
            "enrollment_type",
            "text",
            "Kind of enrollment.",
            "record",
            required=True,
            valid=words.ENROLLMENT_TYPES,
        ),
        Column("exit_reason", "text", "Reason for exit as stated.", "record"),
        Column(
            "dates_origin",
            "text",
            "Whether the entry was stated; an exit the sources do not state is derived either way.",
            "record",
            required=True,
            valid=("stated", "derived"),
        ),
        *provenance(),
    ),
    ("student_key", "school_id", "entry_date", "school_year"),
    (_TO_STUDENT, _TO_SCHOOL),
    partitioned=True,
    caveats=("derived_dates",),
)

SECTION_ENROLLMENT = Table(
    "section_enrollment",
    "conformed",
    "person x section x begin date",
    "Students and teachers of sections.",
    (
        Column("source", "text", "Source that states it.", required=True),
        Column("section_id", "text", "Section.", required=True),
        Column("person_record_id", "text", "Person record it names.", "provenance", required=True),
        _STUDENT,
        Column("staff_key", "text", "Durable key of the teacher; null for students.", "key"),
        Column("role", "text", "Role in the section, lower case.", required=True),
        Column("is_primary", "boolean", "Primary teacher; null is unknown."),
        Column("begin_date", "date", "First day.", "record", required=True),
        Column("end_date", "date", "Last day, inclusive; null when open.", "record"),
        Column(
            "dates_origin",
            "text",
            "Whether the dates were stated.",
            "record",
            required=True,
            valid=("stated", "derived"),
        ),
        _YEAR,
        *provenance(),
    ),
    ("source", "section_id", "person_record_id", "role", "begin_date"),
    (
        _TO_STUDENT,
        Reference(("source", "section_id"), "section", ("source", "section_id"), critical=False),
    ),
    partitioned=True,
    caveats=("null_person", "derived_dates"),
)

SCHOOL_ATTENDANCE = Table(
    "school_attendance",
    "conformed",
    "student x school x date",
    "Daily attendance at school as the SIS states it; days not stated are absent from the table.",
    (
        _STUDENT,
        Column(
            "person_record_id", "text", "Person record the row names.", "provenance", required=True
        ),
        Column("school_id", "text", "School.", "record"),
        Column("local_date", "date", "The date.", "record", required=True),
        _YEAR,
        Column(
            "attendance",
            "text",
            "What the SIS says.",
            "record",
            required=True,
            valid=words.SCHOOL_ATTENDANCE,
        ),
        Column("minutes_missed", "integer", "Minutes missed.", "record", minimum=0),
        *provenance(),
    ),
    ("person_record_id", "school_id", "local_date"),
    (_TO_STUDENT, _TO_SCHOOL),
    partitioned=True,
    caveats=("null_person",),
)

ROSTER_TABLES = (
    SCHOOL,
    TERM,
    COURSE,
    SECTION,
    CALENDAR_DAY,
    SCHOOL_ENROLLMENT,
    SECTION_ENROLLMENT,
    SCHOOL_ATTENDANCE,
)

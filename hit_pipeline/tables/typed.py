"""The typed tables: rows parsed and mapped to our vocabulary, not yet keyed.

Every row of a typed table carries the delivery, file and row it came from. Contracts name these
tables and columns as their targets. They live in the lake only and are never published.
"""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column, Privacy, person_ids, person_names, typed_table


def _flag(name: str, *, sensitive: bool = False) -> Column:
    privacy: Privacy = "sensitive" if sensitive else "record"
    return Column(name, "boolean", f"Flag {name} as stated; null is unknown.", privacy)


TYPED_SCHOOL = typed_table(
    "typed_school",
    "organisation a source names",
    "Schools, districts and departments as a roster lists them.",
    Column("school_id_source", "text", "The source's own id of the organisation.", required=True),
    Column("identifier", "text", "District or NCES number of the organisation."),
    Column("name", "text", "Name of the organisation."),
    Column("org_type", "text", "Kind of organisation.", valid=words.ORG_TYPES),
    Column("parent_id_source", "text", "The source's id of the parent organisation."),
)

TYPED_TERM = typed_table(
    "typed_term",
    "academic session a source names",
    "School years, terms, semesters and grading periods.",
    Column("term_id_source", "text", "The source's own id of the session.", required=True),
    Column("title", "text", "Title of the session."),
    Column("term_type", "text", "Kind of session.", valid=words.TERM_TYPES),
    Column("start_date", "date", "First day.", required=True),
    Column(
        "end_date", "date", "Last day, inclusive (OneRoster's end is exclusive).", required=True
    ),
    Column("parent_id_source", "text", "The source's id of the enclosing session."),
    Column("school_year", "text", "School year it belongs to, as 2026-27."),
)

TYPED_COURSE = typed_table(
    "typed_course",
    "course a source names",
    "Courses of the SIS.",
    Column("course_id_source", "text", "The source's own id of the course.", required=True),
    Column("title", "text", "Title of the course."),
    Column("course_code", "text", "Course code of the district."),
    Column("subjects", "text", "Subjects, comma separated, as stated."),
    Column("subject_codes", "text", "Subject codes (often SCED), comma separated, as stated."),
    Column("grades", "text", "Grades, comma separated, as stated."),
    Column("school_id_source", "text", "Organisation that offers it."),
    Column("term_id_source", "text", "School year session it belongs to."),
)

TYPED_SECTION = typed_table(
    "typed_section",
    "section (class) a source names",
    "Sections of courses, home rooms among them.",
    Column("section_id_source", "text", "The source's own id of the section.", required=True),
    Column("course_id_source", "text", "Course it teaches."),
    Column("school_id_source", "text", "School it meets in."),
    Column("title", "text", "Title of the section."),
    Column("section_code", "text", "Section code of the school."),
    Column("section_type", "text", "Kind of section.", valid=("homeroom", "scheduled", "other")),
    Column("term_ids_source", "text", "Sessions it runs in, comma separated, as stated."),
    Column("subjects", "text", "Subjects, comma separated, as stated."),
    Column("subject_codes", "text", "Subject codes (often SCED), comma separated, as stated."),
    Column("grades", "text", "Grades, comma separated, as stated."),
    Column("periods", "text", "Periods it meets in, comma separated, as stated."),
)

TYPED_STUDENT = typed_table(
    "typed_student",
    "student row of a roster",
    "Students as a roster states them: ids, names, attributes and one enrollment.",
    *person_ids("student"),
    *person_names("student"),
    Column("birth_date", "date", "Birth date as stated.", "direct"),
    Column("gender", "text", "Gender as stated.", "record", valid=words.GENDERS),
    Column("grade", "text", "Grade level.", "record", valid=words.GRADES),
    Column("school_id_source", "text", "School as the source identifies it.", "record"),
    Column("school_name", "text", "School as the source names it.", "record"),
    Column("entry_date", "date", "Entry to the school, first day.", "record"),
    Column("exit_date", "date", "Exit from the school, last day, inclusive.", "record"),
    Column("exit_reason", "text", "Reason for exit as stated.", "record"),
    Column(
        "enrollment_type", "text", "Kind of enrollment.", "record", valid=words.ENROLLMENT_TYPES
    ),
    Column("is_active", "boolean", "False when the source says the person is gone.", "record"),
    *(_flag(name, sensitive=name == "homeless") for name in words.FLAGS),
    *(_flag(name) for name in words.RACES),
    Column("race_ethnicity", "text", "Race and ethnicity in one cell, as stated.", "record"),
)

TYPED_FORMER_STUDENT = typed_table(
    "typed_former_student",
    "person record a roster once stated",
    "Students as earlier deliveries of a roster state them and no current row does: who left, "
    "former names and identifiers. Nothing but identity reads it.",
    *person_ids("student"),
    *person_names("student"),
    Column("birth_date", "date", "Birth date as stated then.", "direct"),
    Column("grade", "text", "Grade level then.", "record", valid=words.GRADES),
    Column("school_name", "text", "School then, as the source names it.", "record"),
)

TYPED_ENROLLMENT_RUN = typed_table(
    "typed_enrollment_run",
    "enrollment a roster stated x run of deliveries that state it",
    "What a roster stated of enrollments, and for how long: from the delivery that first states it "
    "until the one that states it no more. Only of sources whose roster was delivered more than "
    "once; never the target of a contract.",
    *(
        TYPED_STUDENT.column(name)
        for name in (
            "student_record_id",
            "school_id_source",
            "school_name",
            "entry_date",
            "exit_date",
            "exit_reason",
            "grade",
            "enrollment_type",
        )
    ),
    Column("stated_from", "date", "Day the first delivery of the run tells of.", "record"),
    Column(
        "last_stated",
        "date",
        "Day the last delivery of the run tells of; null while it is stated.",
        "record",
    ),
    Column(
        "stated_until",
        "date",
        "Day of the delivery that states it no more; null while it is stated.",
        "record",
    ),
)

TYPED_STAFF = typed_table(
    "typed_staff",
    "staff row of a roster",
    "Teachers and other employees as a roster states them.",
    *person_ids("staff"),
    *person_names("staff"),
    Column("staff_role", "text", "Role as stated, lower case."),
    Column("school_id_source", "text", "School as the source identifies it."),
    Column("is_active", "boolean", "False when the source says the person is gone."),
)

TYPED_USER = typed_table(
    "typed_user",
    "user row of a OneRoster bundle",
    "People of a OneRoster, whatever their role. Joined with roles and demographics to "
    "typed_student and typed_staff of the same source.",
    Column(
        "user_id_source",
        "text",
        "The source's own id of the user (sourcedId).",
        "direct",
        required=True,
    ),
    Column("status", "text", "Status as stated, lower case; blank in bulk."),
    Column("role", "text", "Role stated on the row itself (1.0, 1.1), lower case; null in 1.2."),
    Column("org_ids_source", "text", "Organisations, comma separated, as stated (1.0, 1.1)."),
    Column("primary_org_id_source", "text", "Primary organisation (1.2)."),
    Column("user_ids", "text", "Further ids as stated, {type:id},{type:id}.", "direct"),
    Column("identifier", "text", "Column identifier, often the district's number.", "direct"),
    Column("master_identifier", "text", "Column userMasterIdentifier (1.2).", "direct"),
    Column("username", "text", "User name.", "direct"),
    Column("email", "text", "E-mail.", "direct"),
    Column("given_name", "text", "Given name.", "direct"),
    Column("middle_name", "text", "Middle name.", "direct"),
    Column("family_name", "text", "Family name.", "direct"),
    Column("preferred_name", "text", "Preferred given name (1.2).", "direct"),
    Column("grade", "text", "First grade stated.", "record", valid=words.GRADES),
)

TYPED_USER_ROLE = typed_table(
    "typed_user_role",
    "role of a user in an organisation (OneRoster 1.2)",
    "Roles a OneRoster 1.2 states in a file of their own.",
    Column("role_id_source", "text", "The source's own id of the row.", required=True),
    Column("user_id_source", "text", "User.", "direct", required=True),
    Column("status", "text", "Status as stated, lower case; blank in bulk."),
    Column("role", "text", "Role, lower case.", required=True),
    Column("role_type", "text", "Primary or secondary.", valid=("primary", "secondary")),
    Column("org_id_source", "text", "Organisation."),
    Column("begin_date", "date", "First day.", "record"),
    Column("end_date", "date", "Last day, inclusive.", "record"),
)

TYPED_DEMOGRAPHICS = typed_table(
    "typed_demographics",
    "demographics row of a OneRoster bundle",
    "Birth date, sex and races of users.",
    Column("user_id_source", "text", "User.", "direct", required=True),
    Column("birth_date", "date", "Birth date as stated.", "direct"),
    Column("gender", "text", "Sex as stated.", "record", valid=words.GENDERS),
    *(_flag(name) for name in words.RACES),
)

TYPED_SECTION_ENROLLMENT = typed_table(
    "typed_section_enrollment",
    "person in a section, as a roster states it",
    "Students and teachers of sections.",
    Column("enrollment_id_source", "text", "The source's own id of the row."),
    Column("section_id_source", "text", "Section.", required=True),
    Column("school_id_source", "text", "School."),
    Column(
        "person_id_source", "text", "The source's own id of the person.", "direct", required=True
    ),
    *person_ids("student"),
    *person_ids("staff"),
    Column("role", "text", "Role in the section, lower case.", required=True),
    Column("is_primary", "boolean", "Primary teacher of the section; null is unknown."),
    Column("begin_date", "date", "First day.", "record"),
    Column("end_date", "date", "Last day, inclusive.", "record"),
)

TYPED_CALENDAR_DAY = typed_table(
    "typed_calendar_day",
    "school and date a calendar states",
    "School calendars.",
    Column("school_id_source", "text", "School; null means every school of the district."),
    Column("local_date", "date", "The date.", required=True),
    Column("day_type", "text", "Kind of day.", required=True, valid=words.DAY_TYPES),
    Column("bell_schedule", "text", "Bell schedule of the day as the source names it."),
    Column("cycle_day", "text", "Day of the rotation as the source names it, such as A."),
    Column("note", "text", "Note as stated."),
)

TYPED_SCHOOL_ATTENDANCE = typed_table(
    "typed_school_attendance",
    "student and date an attendance list states",
    "Daily school attendance; lists of absences only are usual.",
    *person_ids("student"),
    Column("school_id_source", "text", "School.", "record"),
    Column("local_date", "date", "The date.", "record", required=True),
    Column(
        "attendance",
        "text",
        "What the SIS says.",
        "record",
        required=True,
        valid=words.SCHOOL_ATTENDANCE,
    ),
    Column("minutes_missed", "integer", "Minutes missed as stated.", "record", minimum=0),
)

TYPED_PROGRAM_ASSIGNMENT = typed_table(
    "typed_program_assignment",
    "student a list assigns to a program",
    "Dated decisions to give a student tutoring.",
    *person_ids("student"),
    *person_names("student"),
    Column("birth_date", "date", "Birth date as stated.", "direct"),
    Column("program", "text", "Program as the source names it.", "record", required=True),
    Column("term", "text", "Term of the program as the source names it.", "record"),
    Column("subject", "text", "Subject.", "record", valid=words.SUBJECTS),
    Column("start_date", "date", "First day of the assignment.", "record"),
    Column("end_date", "date", "Last day of the assignment, inclusive.", "record"),
    Column("status", "text", "Status.", "record", valid=words.ASSIGNMENT_STATUSES),
    Column(
        "origin", "text", "Who decided.", "record", required=True, valid=words.ASSIGNMENT_ORIGINS
    ),
)

TYPED_SESSION_LOG = typed_table(
    "typed_session_log",
    "row of a vendor's log: a participant in a session, or (record_level = meeting) a session",
    "Session logs of every shape. A source with two tables fills meeting rows from one and "
    "participant rows from the other; conform joins them by session_id_source.",
    Column(
        "record_level", "text", "What the row is.", required=True, valid=("participant", "meeting")
    ),
    Column(
        "session_id_source", "text", "Vendor's id of the meeting; null: the row is its own session."
    ),
    Column("row_id_source", "text", "Vendor's id of the row, when it has one."),
    Column("group_name", "text", "Vendor's name or id of the group."),
    Column("program", "text", "Program as the source names it; null: the source's only program."),
    Column("school_name", "text", "School or site as the source names or identifies it."),
    Column("subject", "text", "Subject.", valid=words.SUBJECTS),
    Column("topic", "text", "What was worked on, as stated."),
    Column("started_at_local", "local_timestamp", "Scheduled or, failing that, actual start."),
    Column("ended_at_local", "local_timestamp", "Scheduled or, failing that, actual end."),
    Column("started_at_utc", "timestamp", "Start, when the source states an instant."),
    Column("ended_at_utc", "timestamp", "End, when the source states an instant."),
    Column("time_zone", "text", "IANA zone of the local times; null: the source's zone."),
    Column("planned_seconds", "integer", "Planned length, as stated by the vendor.", minimum=0),
    Column(
        "planned_number",
        "number",
        "Planned length as a bare number whose unit is left open; read once a unit is proved.",
        minimum=0,
    ),
    Column("held_seconds", "integer", "Length the session really had, as stated.", minimum=0),
    Column("session_state", "text", "State of the session.", valid=words.SESSION_STATES),
    Column("status_source", "text", "The vendor's own status code."),
    Column("ratio_source", "text", "Ratio as stated, such as 1:3."),
    Column("ratio_stated", "integer", "Students per tutor as stated.", minimum=0),
    Column("updated_at_utc", "timestamp", "When the vendor last changed the row."),
    *person_ids("tutor"),
    *person_names("tutor"),
    Column("tutor_role", "text", "Role of that tutor.", valid=words.TUTOR_ROLES),
    *person_ids("student"),
    *person_names("student"),
    Column("birth_date", "date", "Birth date of the student as stated.", "direct"),
    Column("grade", "text", "Grade of the student as stated.", "record", valid=words.GRADES),
    Column("attendance", "text", "Attendance of the student.", "record", valid=words.ATTENDANCE),
    Column("present_seconds", "integer", "Time present, as stated.", "record", minimum=0),
    Column(
        "present_share",
        "number",
        "Share of the period present, 0 to 1.",
        "record",
        minimum=0,
        maximum=1,
    ),
    Column("joined_at_local", "local_timestamp", "Join time of the student.", "record"),
    Column("left_at_local", "local_timestamp", "Leave time of the student.", "record"),
)

TYPED_FORMER_SESSION_ROW = typed_table(
    "typed_former_session_row",
    "row of a vendor's log that stands no more",
    "Session logs as earlier deliveries stated them: rows that were superseded or left out since. "
    "Revisions are made of it; identity does not ask who is named in it, so it holds no name.",
    Column(
        "ended_by_delivery_id",
        "text",
        "Delivery by which the row stands no more.",
        "provenance",
        required=True,
    ),
    *(
        column
        for column in TYPED_SESSION_LOG.columns
        if not column.name.startswith("_") and column.privacy != "direct"
    ),
)

TYPED_ASSESSMENT = typed_table(
    "typed_assessment",
    "score of one kind in one test event of one student",
    "Assessment files, one row per score.",
    *person_ids("student"),
    *person_names("student"),
    Column("birth_date", "date", "Birth date as stated.", "direct"),
    Column("instrument", "text", "Assessment product.", "record", required=True),
    Column("form_language", "text", "Language of the form, BCP 47; null is unknown.", "record"),
    Column("subject", "text", "Subject.", "record", valid=words.SUBJECTS),
    Column("test_name", "text", "Test or course as stated.", "record"),
    Column("test_event_id", "text", "The vendor's id of the test event; null when none.", "record"),
    Column("test_date", "date", "Date the student was tested; completion when both.", "record"),
    Column("window", "text", "Window or term as stated.", "record"),
    Column("school_year", "text", "School year as 2026-27, when stated.", "record"),
    Column("grade", "text", "Grade when tested.", "record", valid=words.GRADES),
    Column("school_name", "text", "School as stated.", "record"),
    Column("score_kind", "text", "Kind of score, snake case.", "record", required=True),
    Column(
        "objective", "text", "Objective or domain the score is of; null: the whole test.", "record"
    ),
    Column("score", "number", "Score as a number; null when it is not one.", "record"),
    Column("score_text", "text", "Score or level exactly as stated.", "record", required=True),
    Column("is_rush", "boolean", "Vendor says the test was rushed; null is unknown.", "record"),
    Column("is_void", "boolean", "Vendor says the score does not count.", "record"),
)

TYPED_TABLES = (
    TYPED_SCHOOL,
    TYPED_TERM,
    TYPED_COURSE,
    TYPED_SECTION,
    TYPED_STUDENT,
    TYPED_FORMER_STUDENT,
    TYPED_ENROLLMENT_RUN,
    TYPED_STAFF,
    TYPED_USER,
    TYPED_USER_ROLE,
    TYPED_DEMOGRAPHICS,
    TYPED_SECTION_ENROLLMENT,
    TYPED_CALENDAR_DAY,
    TYPED_SCHOOL_ATTENDANCE,
    TYPED_PROGRAM_ASSIGNMENT,
    TYPED_SESSION_LOG,
    TYPED_FORMER_SESSION_ROW,
    TYPED_ASSESSMENT,
)

"""Conformed tables of tutoring: programs, assignments, sessions; and assessments."""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column, Reference, Table, provenance

_YEAR = Column("school_year", "text", "School year of the local date, as 2026-27.", required=True)
_STUDENT = Column("student_key", "text", "Durable key of the student; null when unlinked.", "key")
_TO_STUDENT = Reference(("student_key",), "student", ("student_key",))
_TO_PROGRAM = Reference(("program_id",), "program", ("program_id",))

PROGRAM = Table(
    "program",
    "conformed",
    "program",
    "Tutoring programs of district.toml.",
    (
        Column("program_id", "text", "Id in district.toml.", required=True),
        Column("name", "text", "Name.", required=True),
        Column("vendor", "text", "Who delivers it; null when the district does."),
        Column("subject", "text", "Subject.", valid=words.SUBJECTS),
        Column("owner", "text", "Who answers for it in the district."),
    ),
    ("program_id",),
)

PROGRAM_TERM = Table(
    "program_term",
    "conformed",
    "program x term",
    "Dates and design of each term of a program. A term may cross 1 July.",
    (
        Column("program_id", "text", "Program.", required=True),
        Column("term", "text", "Term of the program.", required=True),
        Column("start_date", "date", "First day.", required=True),
        Column("end_date", "date", "Last day, inclusive.", required=True),
        Column("subject", "text", "Subject.", valid=words.SUBJECTS),
        Column("sessions_per_week", "number", "Designed sessions a week.", minimum=0),
        Column("minutes_per_session", "integer", "Designed minutes a session.", minimum=0),
        Column("weeks", "integer", "Designed weeks.", minimum=0),
        Column("max_students_per_tutor", "integer", "Designed ratio.", minimum=1),
        Column("grades", "text", "Grades served, comma separated; null: any."),
        Column("design_version", "integer", "Version of the design.", required=True, minimum=1),
    ),
    ("program_id", "term"),
    (_TO_PROGRAM,),
)

PROGRAM_ASSIGNMENT = Table(
    "program_assignment",
    "conformed",
    "student x program term x spell",
    "Dated decisions of the district to give a student tutoring. Inferred spells never count as "
    "assigned in reach.",
    (
        _STUDENT,
        Column(
            "person_record_id", "text", "Person record the row names.", "provenance", required=True
        ),
        Column("program_id", "text", "Program.", "record", required=True),
        Column("term", "text", "Term of the program.", "record", required=True),
        Column(
            "spell",
            "integer",
            "1 for the first spell, 2 for the next.",
            "record",
            required=True,
            minimum=1,
        ),
        Column("start_date", "date", "First day.", "record", required=True),
        Column("end_date", "date", "Last day, inclusive; null while it runs.", "record"),
        Column(
            "status", "text", "Status.", "record", required=True, valid=words.ASSIGNMENT_STATUSES
        ),
        Column(
            "origin",
            "text",
            "Who decided.",
            "record",
            required=True,
            valid=words.ASSIGNMENT_ORIGINS,
        ),
        _YEAR,
        *provenance(),
    ),
    ("person_record_id", "program_id", "term", "spell"),
    (
        _TO_STUDENT,
        Reference(("program_id", "term"), "program_term", ("program_id", "term")),
    ),
    partitioned=True,
    caveats=("null_person",),
)

SESSION = Table(
    "session",
    "conformed",
    "meeting",
    "Tutoring sessions, planned or held. Where a log names no meeting, each row is one.",
    (
        Column("session_key", "text", "Durable key, assigned once.", "record", required=True),
        Column("source", "text", "Source whose log names it.", "record", required=True),
        Column("session_id_source", "text", "Vendor's id of the meeting.", "provenance"),
        Column("program_id", "text", "Program.", "record"),
        Column("school_id", "text", "School.", "record"),
        Column("subject", "text", "Subject.", "record", valid=words.SUBJECTS),
        Column("topic", "text", "What was worked on, as stated; may name somebody.", "sensitive"),
        Column("group_name", "text", "Vendor's name of the group.", "provenance"),
        Column("local_date", "date", "Date in the session's zone.", "record", required=True),
        Column("week_start", "date", "Monday of its week.", "record", required=True),
        _YEAR,
        Column("started_at_local", "local_timestamp", "Start on the wall clock.", "record"),
        Column("time_zone", "text", "IANA zone of the wall clock.", "record", required=True),
        Column("started_at_utc", "timestamp", "Start.", "record"),
        Column("ended_at_utc", "timestamp", "End; null when unknown.", "record"),
        Column(
            "planned_seconds",
            "integer",
            "Planned length; null when the plan is unknown.",
            "record",
            minimum=0,
        ),
        Column(
            "plan_source",
            "text",
            "Where the plan came from. unit_proved: the vendor stated it, in another unit than its "
            "contract says (session_unit).",
            "record",
            required=True,
            valid=words.PLAN_SOURCES,
        ),
        Column(
            "held_seconds",
            "integer",
            "Length it had: stated, else the longest presence.",
            "record",
            minimum=0,
        ),
        Column(
            "session_state", "text", "State.", "record", required=True, valid=words.SESSION_STATES
        ),
        Column("ratio_source", "text", "Ratio as stated.", "record"),
        Column("ratio_stated", "integer", "Students per tutor as stated.", "record", minimum=0),
        Column(
            "rostered_count",
            "integer",
            "Participant records, linked or not.",
            "record",
            required=True,
            minimum=0,
        ),
        Column(
            "present_count",
            "integer",
            "Participants who attended.",
            "record",
            required=True,
            minimum=0,
        ),
        Column(
            "flags", "text", "Rule ids that flag it, comma separated; null when none.", "record"
        ),
        *provenance(),
    ),
    ("session_key",),
    (
        Reference(("program_id",), "program", ("program_id",)),
        Reference(("school_id",), "school", ("school_id",), critical=False),
    ),
    partitioned=True,
    caveats=("plan_unknown", "as_known_now", "flags_not_removed"),
)

SESSION_TUTOR = Table(
    "session_tutor",
    "conformed",
    "session x tutor record x role",
    "Who tutored, planned and actual.",
    (
        Column("session_key", "text", "Session.", "record", required=True),
        Column(
            "person_record_id", "text", "Tutor record the log names.", "provenance", required=True
        ),
        Column("tutor_key", "text", "Durable key of the tutor; null when unlinked.", "key"),
        Column("role", "text", "Role.", "record", required=True, valid=words.TUTOR_ROLES),
        Column("local_date", "date", "Date of the session.", "record", required=True),
        _YEAR,
    ),
    ("session_key", "person_record_id", "role"),
    (
        Reference(("session_key",), "session", ("session_key",)),
        Reference(("tutor_key",), "tutor", ("tutor_key",)),
    ),
    partitioned=True,
    caveats=("null_person",),
)

SESSION_PARTICIPANT = Table(
    "session_participant",
    "conformed",
    "session x participant record",
    "Each student of each session with planned and present time; dosage is computed from it.",
    (
        Column("session_key", "text", "Session.", "record", required=True),
        Column(
            "person_record_id",
            "text",
            "Participant record the log names.",
            "provenance",
            required=True,
        ),
        _STUDENT,
        Column(
            "tutor_key", "text", "Durable key of the tutor who tutored; null when unlinked.", "key"
        ),
        Column("program_id", "text", "Program.", "record"),
        Column("school_id", "text", "School of the session.", "record"),
        Column("subject", "text", "Subject.", "record", valid=words.SUBJECTS),
        Column("local_date", "date", "Date of the session.", "record", required=True),
        Column("week_start", "date", "Monday of its week.", "record", required=True),
        _YEAR,
        Column(
            "session_state",
            "text",
            "State of the session for this student.",
            "record",
            required=True,
            valid=words.SESSION_STATES,
        ),
        Column(
            "attendance", "text", "Attendance.", "record", required=True, valid=words.ATTENDANCE
        ),
        Column("status_source", "text", "The vendor's own status code.", "record"),
        Column(
            "planned_seconds",
            "integer",
            "Planned time; null when the plan is unknown.",
            "record",
            minimum=0,
        ),
        Column(
            "present_seconds", "integer", "Time present; null when unknown.", "record", minimum=0
        ),
        Column(
            "present_source",
            "text",
            "Where the time present came from. unit_proved: stated, in another unit than its "
            "contract says (session_unit).",
            "record",
            required=True,
            valid=words.PRESENT_SOURCES,
        ),
        Column(
            "counts_scheduled",
            "boolean",
            "Counts as scheduled (status_effect).",
            "record",
            required=True,
        ),
        Column(
            "counts_delivered",
            "boolean",
            "Counts as delivered (status_effect).",
            "record",
            required=True,
        ),
        Column(
            "counts_attended",
            "boolean",
            "Counts as attended (status_effect).",
            "record",
            required=True,
        ),
        Column(
            "bucket",
            "text",
            "Where the planned time goes that the student was not present for (status_effect).",
            "record",
            required=True,
            valid=words.MINUTE_BUCKETS,
        ),
        Column(
            "group_size",
            "integer",
            "Students tutored together as the log shows it: those present, where it "
            "names the session; else the ratio stated; null when neither is known.",
            "record",
            minimum=0,
        ),
        Column(
            "flags", "text", "Rule ids that flag it, comma separated; null when none.", "record"
        ),
        Column(
            "source_rows",
            "integer",
            "Landed rows that were joined into it.",
            "record",
            required=True,
            minimum=1,
        ),
        *provenance(),
    ),
    ("session_key", "person_record_id"),
    (_TO_STUDENT, Reference(("session_key",), "session", ("session_key",))),
    partitioned=True,
    caveats=("null_person", "plan_unknown", "as_known_now", "flags_not_removed"),
)

ASSESSMENT_RESULT = Table(
    "assessment_result",
    "conformed",
    "student x instrument x form language x subject x test event x score kind x objective x "
    "revision",
    "Every score of every assessment, one row per score.",
    (
        _STUDENT,
        Column(
            "person_record_id", "text", "Person record the file names.", "provenance", required=True
        ),
        Column("student_id_stated", "text", "The id the file states for the student.", "direct"),
        Column("source", "text", "Source.", "record", required=True),
        Column("instrument", "text", "Assessment product.", "record", required=True),
        Column("form_language", "text", "Language of the form, BCP 47; null is unknown.", "record"),
        Column("subject", "text", "Subject.", "record", valid=words.SUBJECTS),
        Column("test_name", "text", "Test or course as stated.", "record"),
        Column(
            "test_event_id",
            "text",
            "Test event: the vendor's id, else test, date and window.",
            "record",
            required=True,
        ),
        Column("test_date", "date", "Date tested; null when the file has none.", "record"),
        Column("window", "text", "Window or term as stated.", "record"),
        Column("grade", "text", "Grade when tested.", "record", valid=words.GRADES),
        Column("score_kind", "text", "Kind of score.", "record", required=True),
        Column("objective", "text", "Objective the score is of; null: the whole test.", "record"),
        Column("score", "number", "Score as a number; null when it is not one.", "record"),
        Column("score_text", "text", "Score or level exactly as stated.", "record", required=True),
        Column(
            "is_retest", "boolean", "A later event of the same window.", "record", required=True
        ),
        Column("is_rush", "boolean", "Vendor says the test was rushed.", "record"),
        Column("is_void", "boolean", "Vendor says the score does not count.", "record"),
        Column(
            "revision",
            "integer",
            "1 for the first; more when one event was stated twice.",
            "record",
            required=True,
            minimum=1,
        ),
        _YEAR,
        *provenance(),
    ),
    (
        "person_record_id",
        "instrument",
        "form_language",
        "subject",
        "test_event_id",
        "score_kind",
        "objective",
        "revision",
    ),
    (_TO_STUDENT,),
    partitioned=True,
    caveats=("null_person",),
)

TUTORING_TABLES = (
    PROGRAM,
    PROGRAM_TERM,
    PROGRAM_ASSIGNMENT,
    SESSION,
    SESSION_TUTOR,
    SESSION_PARTICIPANT,
    ASSESSMENT_RESULT,
)

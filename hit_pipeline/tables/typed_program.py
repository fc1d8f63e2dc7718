"""The typed tables of what surrounds sessions: groups, consent, tutor pipeline, surveys, invoices.

Belongs here: rows parsed from a district's or vendor's own lists, not yet keyed. Rosters, session
logs and assessments are in `typed`; what the lists become is in `program_structure` and
`program_records`.
"""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column, person_ids, person_names, typed_table

_PROGRAM = Column("program", "text", "Program as the source names it.")
_SCHOOL_REF = Column("school_id_source", "text", "School as the source identifies it.")
_SCHOOL_NAME = Column("school_name", "text", "School as the source names it.")
_STUDENT = (
    *person_ids("student"),
    *person_names("student"),
    Column("birth_date", "date", "Birth date of the student as stated.", "direct"),
)
_TUTOR = (*person_ids("tutor"), *person_names("tutor"))
_FROM = Column("start_date", "date", "First day.")
_UNTIL = Column("end_date", "date", "Last day, inclusive.")


def _clock(name: str, what: str) -> Column:
    return Column(name, "text", f"{what} on the wall clock as stated: 8:05, 08:05:00 or 8:05 AM.")


TYPED_FEEDBACK_RESPONSE = typed_table(
    "typed_feedback_response",
    "answer to one question in one response",
    "Answers to surveys, one row per question that was answered. A row that calls itself "
    "anonymous loses every identifier and name before it is written.",
    Column("survey", "text", "Survey or wave as the source names it."),
    Column("response_id_source", "text", "The survey tool's id of the response.", "provenance"),
    Column("respondent_role", "text", "Who answered.", required=True, valid=words.RESPONDENT_ROLES),
    Column(
        "is_anonymous",
        "boolean",
        "Whether the answer was given without a name; null: where it names nobody.",
        "record",
    ),
    *_STUDENT,
    *_TUTOR,
    *person_ids("staff"),
    *person_names("staff"),
    Column("target_kind", "text", "What the answer is about.", valid=words.FEEDBACK_TARGETS),
    _PROGRAM,
    _SCHOOL_REF,
    _SCHOOL_NAME,
    Column("responded_at_local", "local_timestamp", "When it was answered, on the wall clock."),
    Column("responded_at_utc", "timestamp", "When it was answered, when an instant is stated."),
    Column("question_id", "text", "The survey's id of the question, else its text.", required=True),
    Column("question_text", "text", "The question as asked."),
    Column("scale_maximum", "number", "Best value of the question's scale; null without scale."),
    Column("answer_number", "number", "Answer as a number; null when it is not one.", "record"),
    Column("answer_text", "text", "Answer exactly as stated.", "sensitive", required=True),
)

TYPED_CONSENT = typed_table(
    "typed_consent",
    "answer about one student, purpose and recipient",
    "Lists of consents asked for and given.",
    *_STUDENT,
    Column("purpose", "text", "What is consented to.", required=True, valid=words.CONSENT_PURPOSES),
    _PROGRAM,
    Column("recipient", "text", "Whom it is given to, as stated, such as a vendor."),
    Column("status", "text", "The answer.", "record", valid=words.CONSENT_STATUSES),
    Column("effective_date", "date", "Day from which it holds.", "record"),
    Column("expires_date", "date", "Last day on which it holds, inclusive.", "record"),
    Column("evidence", "text", "What proves it, as stated, such as a form's number.", "record"),
)

TYPED_TUTOR_EVENT = typed_table(
    "typed_tutor_event",
    "tutor and event a list states",
    "Events of tutors from HR lists and lists of trainings. `listed` is the entry in a list of "
    "tutors itself.",
    *_TUTOR,
    Column("event", "text", "What happened.", required=True, valid=words.TUTOR_EVENTS),
    Column("event_date", "date", "When; null when the list does not say."),
    Column("employer", "text", "Who employs the tutor, as stated."),
    Column("tutor_kind", "text", "What kind of tutor.", valid=words.TUTOR_KINDS),
    Column("topic", "text", "Course, training or coaching as stated."),
    Column("is_screened", "boolean", "Background check passed; null is unknown."),
)

TYPED_TUTORING_GROUP = typed_table(
    "typed_tutoring_group",
    "group a source names",
    "Tutoring groups as planned.",
    Column("group_id", "text", "The source's id or name of the group.", required=True),
    Column("group_name", "text", "Name of the group.", "sensitive"),
    _PROGRAM,
    Column("term", "text", "Term of the program as the source names it."),
    _SCHOOL_REF,
    _SCHOOL_NAME,
    Column("subject", "text", "Subject.", valid=words.SUBJECTS),
    *_TUTOR,
    Column("capacity", "integer", "Most students it is meant for.", minimum=1),
    _FROM,
    _UNTIL,
)

TYPED_GROUP_MEMBER = typed_table(
    "typed_group_member",
    "student in a group, as a source states it",
    "Members of tutoring groups.",
    Column("group_id", "text", "The source's id or name of the group.", required=True),
    *_STUDENT,
    _FROM,
    _UNTIL,
)

TYPED_GROUP_SLOT = typed_table(
    "typed_group_slot",
    "time a group meets at, as a source states it",
    "When and where tutoring groups meet.",
    Column("group_id", "text", "The source's id or name of the group.", required=True),
    Column("weekday", "text", "Day of the week it meets on.", valid=words.WEEKDAYS),
    Column("cycle_day", "text", "Day of the school's rotation it meets on, as stated."),
    Column("period", "text", "Period it meets in, as the school names it."),
    _clock("start_time", "Start"),
    _clock("end_time", "End"),
    Column("room", "text", "Room as stated."),
    *_TUTOR,
    _FROM,
    _UNTIL,
)

TYPED_BELL_PERIOD = typed_table(
    "typed_bell_period",
    "period of a bell schedule a source states",
    "Bell schedules of schools.",
    Column("school_id_source", "text", "School; null means every school of the district."),
    Column("bell_schedule", "text", "Schedule as the source names it; null: the only one."),
    Column("period", "text", "Period as the school names it.", required=True),
    _clock("start_time", "Start"),
    _clock("end_time", "End"),
)

TYPED_INVOICE_LINE = typed_table(
    "typed_invoice_line",
    "line of an invoice",
    "What vendors bill, as billed.",
    Column("invoice_id", "text", "Number of the invoice.", required=True),
    Column("line_id", "text", "Number of the line within the invoice."),
    Column("invoice_date", "date", "Date of the invoice."),
    Column("vendor", "text", "Who bills, as stated."),
    _PROGRAM,
    Column("service_date", "date", "Day of the service.", "record"),
    Column("period_start", "date", "First day of the period billed.", "record"),
    Column("period_end", "date", "Last day of the period billed, inclusive.", "record"),
    *_STUDENT,
    *_TUTOR,
    Column("session_id_source", "text", "Vendor's reference of the session.", "provenance"),
    Column("description", "text", "What is billed, as stated; may name somebody.", "sensitive"),
    Column("quantity", "decimal", "How many units are billed."),
    Column("unit", "text", "What a unit is.", valid=words.BILLING_UNITS),
    Column("billed_seconds", "integer", "Time billed, when the line states one.", minimum=0),
    Column("unit_price", "decimal", "Price of a unit."),
    Column("amount", "decimal", "Amount of the line; a credit is negative.", required=True),
    Column("currency", "text", "ISO 4217 code; null: the district's."),
)

TYPED_CONTENT_UNIT = typed_table(
    "typed_content_unit",
    "unit of a program's content",
    "Units of what is taught in tutoring.",
    Column("unit_id", "text", "The source's id of the unit.", required=True),
    _PROGRAM,
    Column("sequence", "integer", "Place among the units, 1 for the first.", minimum=0),
    Column("title", "text", "Title."),
    Column("subject", "text", "Subject.", valid=words.SUBJECTS),
    Column("grade", "text", "Grade it is written for.", valid=words.GRADES),
    Column("weeks", "number", "Weeks it is meant to take.", minimum=0),
    Column("core_unit_id", "text", "Unit of the core curriculum it goes with."),
)

TYPED_CONTENT_LESSON = typed_table(
    "typed_content_lesson",
    "lesson of a unit",
    "Lessons of units.",
    Column("lesson_id", "text", "The source's id of the lesson.", required=True),
    Column("unit_id", "text", "Unit it belongs to.", required=True),
    Column("sequence", "integer", "Place in the unit, 1 for the first.", minimum=0),
    Column("title", "text", "Title."),
    Column("lesson_seconds", "integer", "Time it is meant to take.", minimum=0),
    Column("standard", "text", "Standard it serves, as stated."),
    Column("is_social_emotional", "boolean", "Whether it is social-emotional; null is unknown."),
)

TYPED_PACING = typed_table(
    "typed_pacing",
    "core section and week a pacing guide states",
    "Which unit a core section is at in which week.",
    Column("section_ref", "text", "Section as the source identifies it.", required=True),
    _SCHOOL_REF,
    Column("local_date", "date", "A day of the week meant.", required=True),
    Column("unit_id", "text", "Unit of the core curriculum.", required=True),
    Column("unit_title", "text", "Its title."),
    Column("subject", "text", "Subject.", valid=words.SUBJECTS),
)

TYPED_ELIGIBILITY = typed_table(
    "typed_eligibility",
    "student a list judges for a program",
    "Whom the district found in need of tutoring, by which rule and when.",
    *_STUDENT,
    Column("program", "text", "Program as the source names it.", "record", required=True),
    Column("rule_id", "text", "Rule by which it was decided, as stated.", "record", required=True),
    Column("rule_version", "text", "Version of the rule as stated.", "record"),
    Column("evaluated_date", "date", "Day it was decided.", "record", required=True),
    Column("is_eligible", "boolean", "What was decided.", "record", required=True),
    Column("reason", "text", "Why, as stated.", "sensitive"),
    Column("need_rank", "integer", "Place by need, 1 for the greatest.", "record", minimum=1),
)

TYPED_PROGRAM_TABLES = (
    TYPED_FEEDBACK_RESPONSE,
    TYPED_CONSENT,
    TYPED_TUTOR_EVENT,
    TYPED_TUTORING_GROUP,
    TYPED_GROUP_MEMBER,
    TYPED_GROUP_SLOT,
    TYPED_BELL_PERIOD,
    TYPED_INVOICE_LINE,
    TYPED_CONTENT_UNIT,
    TYPED_CONTENT_LESSON,
    TYPED_PACING,
    TYPED_ELIGIBILITY,
)

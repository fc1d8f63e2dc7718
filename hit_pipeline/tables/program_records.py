"""Conformed tables of what is decided, said and billed about people in tutoring.

Belongs here: consent, eligibility, the tutor pipeline, answers to surveys, lines of invoices. Each
is a statement of one source, kept with its date; plans are in `program_structure`.
"""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column, Reference, Table, provenance

_SOURCE = Column("source", "text", "Source that states it.", "record", required=True)
_YEAR = Column("school_year", "text", "School year of its date, as 2026-27.", required=True)
_RECORD = Column(
    "person_record_id", "text", "Person record the row names.", "provenance", required=True
)
_STUDENT = Column("student_key", "text", "Durable key of the student; null when unlinked.", "key")
_TUTOR = Column("tutor_key", "text", "Durable key of the tutor; null when unlinked.", "key")
_ROWS = Column(
    "source_rows", "integer", "Landed rows that say so.", "record", required=True, minimum=1
)
_STATED_PROGRAM = Column("program_source", "text", "Program as the source names it.", "record")
_PROGRAM = Column(
    "program_id", "text", "Program; null when none of district.toml is named.", "record"
)
_TO_STUDENT = Reference(("student_key",), "student", ("student_key",))
_TO_TUTOR = Reference(("tutor_key",), "tutor", ("tutor_key",))
_TO_STAFF = Reference(("staff_key",), "staff", ("staff_key",), critical=False)
_TO_PROGRAM = Reference(("program_id",), "program", ("program_id",))
_TO_SCHOOL = Reference(("school_id",), "school", ("school_id",), critical=False)

CONSENT = Table(
    "consent",
    "conformed",
    "source x student x purpose x recipient x effective date x status",
    "Answers of families, each from the day it holds. The newest one on a day counts; a blank "
    "answer is `unknown`, which is no consent: where a purpose needs consent it counts as refused.",
    (
        _SOURCE,
        _RECORD,
        _STUDENT,
        Column(
            "purpose",
            "text",
            "What is consented to.",
            "record",
            required=True,
            valid=words.CONSENT_PURPOSES,
        ),
        _PROGRAM,
        _STATED_PROGRAM,
        Column(
            "recipient",
            "text",
            "Whom it is given to: as stated, else the vendor of the program; null: the district.",
            "record",
        ),
        Column(
            "effective_date",
            "date",
            "Day from which it holds; null when the list does not say.",
            "record",
        ),
        Column("expires_date", "date", "Last day on which it holds; null: no end.", "record"),
        Column(
            "status", "text", "The answer.", "record", required=True, valid=words.CONSENT_STATUSES
        ),
        Column("evidence", "text", "What proves it, as stated; may name somebody.", "sensitive"),
        _ROWS,
        *provenance(),
    ),
    (
        "source",
        "person_record_id",
        "purpose",
        "program_source",
        "recipient",
        "effective_date",
        "status",
    ),
    (_TO_STUDENT, _TO_PROGRAM),
    caveats=("null_person",),
)

ELIGIBILITY = Table(
    "eligibility",
    "conformed",
    "source x student x program x rule x rule version x evaluated-on",
    "Whom the district found in need, by which rule and when, as its lists state it.",
    (
        _SOURCE,
        _RECORD,
        _STUDENT,
        Column("program_id", "text", "Program.", "record", required=True),
        Column("rule_id", "text", "Rule by which it was decided.", "record", required=True),
        Column("rule_version", "text", "Version of the rule as stated.", "record"),
        Column("evaluated_date", "date", "Day it was decided.", "record", required=True),
        Column("is_eligible", "boolean", "What was decided.", "record", required=True),
        Column("reason", "text", "Why, as stated.", "sensitive"),
        Column("need_rank", "integer", "Place by need, 1 for the greatest.", "record", minimum=1),
        _ROWS,
        *provenance(),
    ),
    ("source", "person_record_id", "program_id", "rule_id", "rule_version", "evaluated_date"),
    (_TO_STUDENT, _TO_PROGRAM),
    caveats=("null_person",),
)

TUTOR_EVENT = Table(
    "tutor_event",
    "conformed",
    "source x tutor x event x date x topic; of a tutor list, x employer",
    "The tutor pipeline: recruited, screened, trained, coached, started, left, each as often as "
    "it happened. `listed` is the entry in a list of tutors itself and has no date. An event that "
    "several rows of a source state of one tutor is one.",
    (
        _SOURCE,
        _RECORD,
        _TUTOR,
        Column(
            "event", "text", "What happened.", "record", required=True, valid=words.TUTOR_EVENTS
        ),
        Column("event_date", "date", "When; null when the list does not say.", "record"),
        Column("employer", "text", "Who employs the tutor, as stated.", "record"),
        Column("tutor_kind", "text", "What kind of tutor.", "record", valid=words.TUTOR_KINDS),
        Column("topic", "text", "Course, training or coaching as stated.", "record"),
        Column(
            "is_screened",
            "boolean",
            "The list says the background check is passed; null is unknown.",
            "record",
        ),
        _ROWS,
        *provenance(),
    ),
    ("source", "person_record_id", "employer", "event", "event_date", "topic"),
    (_TO_TUTOR,),
    caveats=("null_person", "three_valued"),
)

FEEDBACK_RESPONSE = Table(
    "feedback_response",
    "conformed",
    "response x question",
    "Answers to surveys. An anonymous one is never matched to a person; one that names somebody "
    "leads to the student (who answers, or whose family does), tutor or employee.",
    (
        _SOURCE,
        Column(
            "response_id",
            "text",
            "The response: a digest of its tool's id, or of delivery and row.",
            "record",
            required=True,
        ),
        Column(
            "survey",
            "text",
            "Survey or wave as stated, often the name of the file; may name somebody.",
            "sensitive",
        ),
        Column(
            "respondent_role",
            "text",
            "Who answered.",
            "record",
            required=True,
            valid=words.RESPONDENT_ROLES,
        ),
        Column("is_anonymous", "boolean", "Whether it names nobody.", "record", required=True),
        Column(
            "person_record_id",
            "text",
            "Person record it names; null for an anonymous one.",
            "provenance",
        ),
        Column(
            "student_key",
            "text",
            "Student who answered, or about whom a family did; null when anonymous or unlinked.",
            "key",
        ),
        _TUTOR,
        Column("staff_key", "text", "Employee who answered; null likewise.", "key"),
        Column("target_kind", "text", "What it is about.", "record", valid=words.FEEDBACK_TARGETS),
        _PROGRAM,
        _STATED_PROGRAM,
        Column("school_id", "text", "School it is about.", "record"),
        Column("local_date", "date", "Day it was answered.", "record", required=True),
        _YEAR,
        Column("question_id", "text", "Question.", "record", required=True),
        Column("question_text", "text", "The question as asked.", "record"),
        Column("scale_maximum", "number", "Best value of the scale; null without one.", "record"),
        Column("answer_number", "number", "Answer as a number.", "record"),
        Column(
            "answer_text",
            "text",
            "Answer exactly as stated; may name anybody.",
            "sensitive",
            required=True,
        ),
        _ROWS,
        *provenance(),
    ),
    ("source", "response_id", "question_id"),
    (_TO_STUDENT, _TO_TUTOR, _TO_STAFF, _TO_PROGRAM, _TO_SCHOOL),
    partitioned=True,
    caveats=("null_person",),
)

INVOICE_LINE = Table(
    "invoice_line",
    "conformed",
    "source x invoice x line x repeat",
    "What vendors bill, line by line, as billed; whether it is owed is worked out elsewhere.",
    (
        _SOURCE,
        Column("invoice_id", "text", "Number of the invoice.", "record", required=True),
        Column("line_id", "text", "Number of the line; null when it has none.", "record"),
        Column(
            "repeat",
            "integer",
            "1 for the first line of that number, more when it is stated again.",
            "record",
            required=True,
            minimum=1,
        ),
        Column("vendor", "text", "Who bills, as stated.", "record"),
        _PROGRAM,
        _STATED_PROGRAM,
        Column("invoice_date", "date", "Date of the invoice.", "record"),
        Column("service_date", "date", "Day of the service; null for a period.", "record"),
        Column("period_start", "date", "First day of the period billed.", "record"),
        Column("period_end", "date", "Last day of the period billed, inclusive.", "record"),
        _YEAR,
        Column("person_record_id", "text", "Student record the line names.", "provenance"),
        _STUDENT,
        Column("tutor_record_id", "text", "Tutor record the line names.", "provenance"),
        _TUTOR,
        Column("session_id_source", "text", "Vendor's reference of the session.", "provenance"),
        Column("description", "text", "What is billed, as stated.", "sensitive"),
        Column("quantity", "decimal", "How many units are billed.", "record"),
        Column("unit", "text", "What a unit is.", "record", valid=words.BILLING_UNITS),
        Column(
            "billed_seconds", "integer", "Time billed; null when not stated.", "record", minimum=0
        ),
        Column("unit_price", "decimal", "Price of a unit.", "record"),
        Column("amount", "decimal", "Amount; a credit is negative.", "record", required=True),
        Column("currency", "text", "ISO 4217 code; null: the district's own.", "record"),
        *provenance(),
    ),
    ("source", "invoice_id", "line_id", "repeat"),
    (_TO_STUDENT, _TO_TUTOR, _TO_PROGRAM),
    partitioned=True,
    caveats=("null_person",),
)

RECORD_TABLES = (CONSENT, ELIGIBILITY, TUTOR_EVENT, FEEDBACK_RESPONSE, INVOICE_LINE)

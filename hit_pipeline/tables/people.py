"""Conformed tables of people: students, staff, tutors, their identifiers and their links."""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import ID_SYSTEMS, Column, Reference, Table, provenance

_TO_STUDENT = Reference(("student_key",), "student", ("student_key",))

STUDENT = Table(
    "student",
    "conformed",
    "student",
    "Students some roster lists, current values. A vendor's row never creates one.",
    (
        Column("student_key", "text", "Durable key, random, never reused.", "key", required=True),
        Column("given_name", "text", "Given name.", "direct"),
        Column("middle_name", "text", "Middle name.", "direct"),
        Column("family_name", "text", "Family name.", "direct"),
        Column("preferred_name", "text", "Preferred given name.", "direct"),
        Column("birth_date", "date", "Birth date.", "direct"),
        Column("gender", "text", "Gender.", "record", valid=words.GENDERS),
        Column(
            "grade_current", "text", "Grade in the newest roster.", "record", valid=words.GRADES
        ),
        Column("school_id_current", "text", "School in the newest roster.", "record"),
        Column(
            "is_active",
            "boolean",
            "True while the newest roster lists the student.",
            "record",
            required=True,
        ),
        Column(
            "roster_origin",
            "text",
            "Kind of roster that lists or last listed the student (`origin` of its source in "
            "district.toml): of several the one believed first; null when it is not known.",
            "record",
            valid=words.STUDENT_ORIGINS,
        ),
        Column(
            "race_ethnicity_federal",
            "text",
            "Federal roll-up of the race flags; null is unknown.",
            "record",
        ),
        *(
            Column(
                name,
                "boolean",
                f"Flag {name}, current; null is unknown.",
                "sensitive" if name == "homeless" else "record",
            )
            for name in words.FLAGS
        ),
        Column(
            "created_at",
            "timestamp",
            "When the registry first met the student.",
            "provenance",
            required=True,
        ),
    ),
    ("student_key",),
    (Reference(("school_id_current",), "school", ("school_id",), critical=False),),
    caveats=("three_valued",),
)

STUDENT_IDENTIFIER = Table(
    "student_identifier",
    "conformed",
    "student x system x issuer x value",
    "Every identifier a roster states for a student, or a link confirmed.",
    (
        Column("student_key", "text", "Durable key.", "key", required=True),
        Column("system", "text", "Identifier system.", "record", required=True, valid=ID_SYSTEMS),
        Column("issuer", "text", "Source that issues or states it.", "record", required=True),
        Column("value", "text", "The identifier.", "direct", required=True),
        Column("valid_from", "timestamp", "When we first saw it.", "record", required=True),
        Column("valid_to", "timestamp", "When it was withdrawn; null while valid.", "record"),
        Column(
            "origin", "text", "Who stated it.", "record", required=True, valid=("roster", "link")
        ),
    ),
    ("student_key", "system", "issuer", "value"),
    (_TO_STUDENT,),
)

STUDENT_ATTRIBUTE = Table(
    "student_attribute",
    "conformed",
    "student x attribute x valid-from",
    "Attributes as each source states them over time: flags, races, gender, grade, school.",
    (
        Column("student_key", "text", "Durable key.", "key", required=True),
        Column(
            "attribute",
            "text",
            "Name of the attribute; with its dates it tells when a sensitive value changed.",
            "sensitive",
            required=True,
        ),
        Column("valid_from", "timestamp", "When we learned it.", "record", required=True),
        Column(
            "valid_to", "timestamp", "When we learned another value; null while current.", "record"
        ),
        Column("value", "text", "Value as text; flags are true or false.", "sensitive"),
        Column("source", "text", "Source that states it.", "record", required=True),
    ),
    ("student_key", "attribute", "source", "valid_from"),
    (_TO_STUDENT,),
    caveats=("three_valued",),
)

STAFF = Table(
    "staff",
    "conformed",
    "employee",
    "Teachers and other employees of the roster.",
    (
        Column("staff_key", "text", "Durable key.", "key", required=True),
        Column("given_name", "text", "Given name.", "direct"),
        Column("family_name", "text", "Family name.", "direct"),
        Column("email", "text", "E-mail.", "direct"),
        Column("staff_role", "text", "Role as stated, lower case."),
        Column("school_id", "text", "School."),
        Column(
            "is_active", "boolean", "True while the newest roster lists the person.", required=True
        ),
        *provenance(),
    ),
    ("staff_key",),
)

TUTOR = Table(
    "tutor",
    "conformed",
    "tutor",
    "Tutors that session logs or HR lists name; most are not employees.",
    (
        Column("tutor_key", "text", "Durable key.", "key", required=True),
        Column("display_name", "text", "Name as stated by the newest source.", "direct"),
        Column("email", "text", "E-mail.", "direct"),
        Column(
            "staff_key", "text", "The same person as an employee; null when none is known.", "key"
        ),
        Column(
            "sources",
            "text",
            "Sources that name the tutor, comma separated.",
            "open",
            required=True,
        ),
        Column("first_session_date", "date", "First session in any log."),
        Column("last_session_date", "date", "Last session in any log."),
    ),
    ("tutor_key",),
    (Reference(("staff_key",), "staff", ("staff_key",), critical=False),),
)

PERSON_LINK = Table(
    "person_link",
    "conformed",
    "person record",
    "Which person each record of each source is: the newest decision, with its evidence.",
    (
        Column(
            "role",
            "text",
            "Student, tutor or staff.",
            "record",
            required=True,
            valid=words.PERSON_ROLES,
        ),
        Column("source", "text", "Source of the record.", "record", required=True),
        Column("person_record_id", "text", "Id of the record.", "provenance", required=True),
        Column("person_key", "text", "Durable key; null unless the outcome is match.", "key"),
        Column(
            "outcome",
            "text",
            "What was decided.",
            "record",
            required=True,
            valid=words.LINK_OUTCOMES,
        ),
        Column(
            "tier",
            "integer",
            "Tier of design 6 that decided: 0 to 3.",
            "record",
            minimum=0,
            maximum=3,
        ),
        Column("rule", "text", "Rule id, for example id.exact.district.", "record", required=True),
        Column(
            "evidence", "text", "Codes of what agreed, repaired and disagreed; no values.", "record"
        ),
        Column(
            "probability",
            "number",
            "Probability, where the rule states one.",
            "record",
            minimum=0,
            maximum=1,
        ),
        Column("decided_by", "text", "Rule engine or the steward's name.", "direct", required=True),
        Column("decided_at", "timestamp", "When it was decided.", "record", required=True),
        Column(
            "row_count",
            "integer",
            "Typed rows that name the record.",
            "record",
            required=True,
            minimum=0,
        ),
    ),
    ("role", "person_record_id"),
)

UNMATCHED = Table(
    "unmatched",
    "conformed",
    "person record without a match",
    "Students and tutors no rule could place, with the id to fix.",
    (
        Column(
            "role",
            "text",
            "Student, tutor or staff.",
            "record",
            required=True,
            valid=words.PERSON_ROLES,
        ),
        Column("source", "text", "Source of the record.", "record", required=True),
        Column("person_record_id", "text", "Id of the record.", "provenance", required=True),
        Column(
            "outcome",
            "text",
            "no_match, or unsure when it waits for review.",
            "record",
            required=True,
            valid=("no_match", "unsure"),
        ),
        Column("rule", "text", "Rule that left it.", "record", required=True),
        Column("reason", "text", "Why, in words without values.", "record", required=True),
        Column("id_system", "text", "Identifier system to fix.", "record", valid=ID_SYSTEMS),
        Column("id_value", "text", "The identifier as stated.", "direct"),
        Column(
            "own_system",
            "text",
            "System of the record's own identifier at its source; null when it has none.",
            "record",
            valid=ID_SYSTEMS,
        ),
        Column("own_value", "text", "That identifier.", "direct"),
        Column("given_name", "text", "Given name as stated.", "direct"),
        Column("family_name", "text", "Family name as stated.", "direct"),
        Column("birth_date", "date", "Birth date as stated.", "direct"),
        Column(
            "candidate_key",
            "text",
            "The one student it might be; null when none or several.",
            "key",
        ),
        Column(
            "row_count",
            "integer",
            "Typed rows that name the record.",
            "record",
            required=True,
            minimum=0,
        ),
        Column(
            "present_seconds", "integer", "Session time waiting for the match.", "record", minimum=0
        ),
    ),
    ("role", "person_record_id"),
)

PEOPLE_TABLES = (
    STUDENT,
    STUDENT_IDENTIFIER,
    STUDENT_ATTRIBUTE,
    STAFF,
    TUTOR,
    PERSON_LINK,
    UNMATCHED,
)

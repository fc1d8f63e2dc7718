"""Questions for stewards (`review_queue`: restricted tier only), and keys that became one."""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import ID_SYSTEMS, Column, Table, Type

_SHOWN: tuple[tuple[str, Type, str], ...] = (
    ("given_name", "text", "Given name."),
    ("middle_name", "text", "Middle name."),
    ("family_name", "text", "Family name."),
    ("preferred_name", "text", "Preferred given name."),
    ("birth_date", "date", "Birth date."),
    ("school", "text", "School; of students only."),
    ("grade", "text", "Grade; of students only."),
    ("ids", "text", "Identifiers as `system value; system value`."),
)

SHOWN_SYSTEMS = ("district", "state", "sis", "email", "clever", "classlink", "vendor", "source")
"""Identifier systems in the order in which people look for them."""
COMPARED = tuple(name for name, _, _ in _SHOWN)
"""What both sides of a question show: ``stated_<name>`` and ``known_<name>``."""


def _side(prefix: str, of: str) -> tuple[Column, ...]:
    return tuple(
        Column(f"{prefix}_{name}", kind, f"{what[:-1]}, {of}.", "direct")
        for name, kind, what in _SHOWN
    )


REVIEW_QUEUE = Table(
    "review_queue",
    "conformed",
    "question: a record and one candidate, or two people",
    "Questions only a person can answer: is this record that person? A record with several "
    "candidates has a row for each; one without a candidate has a row without one. What a steward "
    "answered is not asked again.",
    (
        Column(
            "question_id",
            "text",
            "Digest of the role, the record (or the other person) and the candidate.",
            "direct",
            required=True,
        ),
        Column(
            "role",
            "text",
            "Student, tutor or staff.",
            "record",
            required=True,
            valid=words.PERSON_ROLES,
        ),
        Column("source", "text", "Source of the record; null between two people.", "record"),
        Column(
            "person_record_id", "text", "Id of the record; null between two people.", "provenance"
        ),
        Column("kind", "text", "Rule that asks.", "record", required=True),
        Column(
            "candidate_rank",
            "integer",
            "Place among the candidates of the record, 1 the best; null without a candidate.",
            "record",
            minimum=1,
        ),
        Column("candidate_key", "text", "Whom it might be; null when nobody is known.", "key"),
        Column("other_key", "text", "The other of two people; null for a record.", "key"),
        Column(
            "probability",
            "number",
            "Probability, where a rule states one.",
            "record",
            minimum=0,
            maximum=1,
        ),
        Column(
            "evidence", "text", "Codes of what agreed, repaired and disagreed; no values.", "record"
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
            "present_seconds",
            "integer",
            "Session time waiting for the answer.",
            "record",
            minimum=0,
        ),
        Column(
            "students",
            "integer",
            "Students behind it: 1 for a student's record, those in the rows of a tutor's, 2 for "
            "two students.",
            "record",
            required=True,
            minimum=0,
        ),
        Column(
            "own_system",
            "text",
            "System of the record's own identifier at its source; null when it has none.",
            "record",
            valid=ID_SYSTEMS,
        ),
        Column("own_value", "text", "That identifier.", "direct"),
        *_side("stated", "as the record (or the other person) states it"),
        *_side("known", "as the candidate's rosters say it"),
    ),
    ("question_id",),
)

PERSON_MERGE = Table(
    "person_merge",
    "conformed",
    "merge or split of two keys",
    "Keys found to stand for one person, and those parted again. An old key leads to the one it "
    "lives on as; no key is used twice.",
    (
        Column(
            "role",
            "text",
            "Student, tutor or staff.",
            "record",
            required=True,
            valid=words.PERSON_ROLES,
        ),
        Column("old_key", "text", "The younger key.", "key", required=True),
        Column("new_key", "text", "The older key, which lives on.", "key", required=True),
        Column(
            "what",
            "text",
            "Whether they became one or were parted.",
            "record",
            required=True,
            valid=("merge", "split"),
        ),
        Column("why", "text", "Rule, or the kind of a steward's decision.", "record"),
        Column("decided_by", "text", "Rule engine or the steward's name.", "direct", required=True),
        Column("decided_at", "timestamp", "When it was decided.", "record", required=True),
        Column(
            "lives_as",
            "text",
            "Key the old one leads to now, by all merges in force; itself after a split.",
            "key",
            required=True,
        ),
    ),
    ("role", "old_key", "new_key", "decided_at", "what"),
)

REVIEW_TABLES = (REVIEW_QUEUE, PERSON_MERGE)

"""What was known of participations, and when: the table `session_attendance_revision`."""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column, Reference, Table, provenance
from hit_pipeline.tables.tutoring import SESSION, SESSION_PARTICIPANT

SESSION_ATTENDANCE_REVISION = Table(
    "session_attendance_revision",
    "conformed",
    "session x participant record x version of what its source says of it",
    "What was known of each participation, and when: vendors' facts of every delivery under the "
    "identity, maps and rules of today. The current versions are session_participant. What was "
    "known at an instant are the rows with known_from_utc <= instant, and known_to_utc null or "
    "> instant.",
    (
        SESSION_PARTICIPANT.column("session_key"),
        SESSION_PARTICIPANT.column("person_record_id"),
        Column(
            "known_from_utc",
            "timestamp",
            "When the delivery that says so was received.",
            "record",
            required=True,
        ),
        Column(
            "known_to_utc",
            "timestamp",
            "When a delivery was received that says something else, or no longer says it; null: it "
            "is what is known.",
            "record",
        ),
        Column(
            "revision",
            "integer",
            "1 for the first version in the school year, 2 for the next.",
            "record",
            required=True,
            minimum=1,
        ),
        Column(
            "ended_by",
            "text",
            "What ended it: restated (the next version follows at once) or withdrawn (nothing is "
            "said of the participation any more, or not of this school year); null while current.",
            "record",
            valid=words.REVISION_ENDS,
        ),
        *(
            SESSION_PARTICIPANT.column(name)
            for name in (
                "student_key",
                "tutor_key",
                "program_id",
                "school_id",
                "local_date",
                "week_start",
                "school_year",
            )
        ),
        SESSION.column("started_at_utc"),
        *(
            SESSION_PARTICIPANT.column(name)
            for name in (
                "session_state",
                "attendance",
                "status_source",
                "planned_seconds",
                "present_seconds",
                "present_source",
                "counts_attended",
            )
        ),
        *provenance(),
    ),
    ("session_key", "person_record_id", "known_from_utc"),
    (
        Reference(("student_key",), "student", ("student_key",)),
        Reference(("program_id",), "program", ("program_id",)),
    ),
    partitioned=True,
    caveats=("null_person",),
)

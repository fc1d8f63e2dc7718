"""The marts: one table per question. Each metric carries the rule it was computed by."""

from hit_pipeline.tables.model import Column, Reference, Table

_YEAR = Column("school_year", "text", "School year, as 2026-27.", required=True)
_TO_STUDENT = Reference(("student_key",), "student", ("student_key",))

STUDENT_DOSAGE = Table(
    "student_dosage",
    "mart",
    "student x scope kind x scope key x period x rule id x rule version",
    "The four dosages of each student side by side, by every dosage rule in force. Only linked "
    "students; the time of unlinked participants is in `unmatched`.",
    (
        Column("student_key", "text", "Student.", "key", required=True),
        Column(
            "scope_kind",
            "text",
            "What the rule looks at.",
            "record",
            required=True,
            valid=("student", "student_subject", "student_program"),
        ),
        Column(
            "scope_key",
            "text",
            "Subject or program id, `unknown` where the log has none; `all` for student.",
            "record",
            required=True,
        ),
        Column(
            "period_kind",
            "text",
            "Kind of period.",
            "record",
            required=True,
            valid=("school_year", "program_term"),
        ),
        Column("period", "text", "School year or term of the program.", "record", required=True),
        Column("rule_id", "text", "Dosage rule.", "record", required=True),
        Column(
            "rule_version", "integer", "Version of the rule.", "record", required=True, minimum=1
        ),
        Column(
            "as_of_date",
            "date",
            "Last day counted, inclusive; attended sessions dated later are counted too, and "
            "flagged session.future_completed.",
            "record",
            required=True,
        ),
        _YEAR,
        Column(
            "program_seconds",
            "integer",
            "Program dosage, full window: sessions a week x minutes x weeks, or the rule's target; "
            "null when no design is known.",
            "record",
            minimum=0,
        ),
        Column(
            "program_seconds_prorated",
            "integer",
            "Program dosage for the instructional weeks the student was assigned up to the last "
            "day counted, rounded down; null when the rule is not pro-rated, no design is known or "
            "the student was not assigned.",
            "record",
            minimum=0,
        ),
        Column(
            "scheduled_seconds",
            "integer",
            "Scheduled dosage: planned time of rows that count as scheduled; null when one of them "
            "has no planned length or a source lists attended sessions only.",
            "record",
            minimum=0,
        ),
        Column(
            "adequate_seconds", "integer", "Adequate dosage: the rule's floor.", "record", minimum=0
        ),
        Column(
            "actual_seconds",
            "integer",
            "Actual dosage: time present in attended sessions.",
            "record",
            required=True,
            minimum=0,
        ),
        Column(
            "sessions_scheduled",
            "integer",
            "Sessions that count as scheduled; null when a source lists attended sessions only.",
            "record",
            minimum=0,
        ),
        Column(
            "sessions_attended", "integer", "Sessions attended.", "record", required=True, minimum=0
        ),
        Column(
            "weeks_tutored",
            "integer",
            "Weeks with at least one attended session.",
            "record",
            required=True,
            minimum=0,
        ),
        Column(
            "weeks_on_target",
            "integer",
            "Weeks with at least the designed sessions attended; null without a design.",
            "record",
            minimum=0,
        ),
        Column(
            "instructional_weeks",
            "integer",
            "Instructional weeks assigned up to the last day counted, by the calendar of the "
            "student's current school; null when not assigned or without a calendar.",
            "record",
            minimum=0,
        ),
        Column("first_session_date", "date", "First attended session.", "record"),
        Column("last_session_date", "date", "Last attended session.", "record"),
        Column(
            "mean_group_size",
            "number",
            "Mean group size of attended sessions: students present where the log names the "
            "session, else the ratio stated.",
            "record",
            minimum=0,
        ),
        Column(
            "attendance_rate",
            "number",
            "Attended / (scheduled - cancelled by provider or school, tutor no-shows among them); "
            "null when sessions_scheduled is or nothing was due.",
            "record",
            minimum=0,
        ),
        Column(
            "dosage_share",
            "number",
            "actual / program; null when no design is known.",
            "record",
            minimum=0,
        ),
        Column(
            "reached_adequate",
            "boolean",
            "actual >= adequate, inclusive; null when no floor is known.",
            "record",
        ),
        Column(
            "datas_band",
            "text",
            "DATAS band of actual against the rule's target, lower bound inclusive.",
            "record",
            valid=("below_25", "25_50", "50_75", "75_99", "full"),
        ),
        Column(
            "meets_nssa_minimum",
            "boolean",
            "By NSSA: >= 3 sessions a week on the mean of weeks tutored and >= 10 weeks; null when "
            "there is no attended session.",
            "record",
        ),
        Column(
            "plan_reason",
            "text",
            "Why scheduled figures are null.",
            "record",
            valid=("plan_unknown",),
        ),
    ),
    ("student_key", "scope_kind", "scope_key", "period_kind", "period", "rule_id", "rule_version"),
    (_TO_STUDENT,),
    partitioned=True,
    caveats=("plan_unknown", "flags_not_removed"),
)

REACH = Table(
    "reach",
    "mart",
    "program term x subgroup x stage",
    "How many of those who could be served are: distinct students per stage, with the denominator.",
    (
        Column("program_id", "text", "Program.", required=True),
        Column("term", "text", "Term of the program.", required=True),
        _YEAR,
        Column(
            "subgroup_kind",
            "text",
            "Attribute the subgroup is of; `all` for everybody.",
            required=True,
        ),
        Column(
            "subgroup",
            "text",
            "Value of the attribute; `unknown` where it is blank.",
            required=True,
        ),
        Column(
            "stage",
            "text",
            "Stage.",
            required=True,
            valid=("enrolled", "eligible", "assigned", "started", "adequate"),
        ),
        Column(
            "students",
            "integer",
            "Distinct students of the denominator at the stage.",
            required=True,
            minimum=0,
        ),
        Column(
            "denominator",
            "integer",
            "Distinct students of the subgroup whom `denominator_rule` describes: for all stages "
            "but `enrolled`, those enrolled on the date in the grades served.",
            required=True,
            minimum=0,
        ),
        Column(
            "share", "number", "students / denominator; null when the denominator is 0.", minimum=0
        ),
        Column("denominator_rule", "text", "Who is in the denominator, in words.", required=True),
        Column("as_of_date", "date", "Date the denominator is taken on.", required=True),
        Column("rule_id", "text", "Dosage rule of the stage `adequate`; null for others."),
        Column("rule_version", "integer", "Version of that rule.", minimum=1),
    ),
    ("program_id", "term", "school_year", "subgroup_kind", "subgroup", "stage"),
    (Reference(("program_id", "term"), "program_term", ("program_id", "term")),),
    partitioned=True,
)

PROGRAM_FIDELITY = Table(
    "program_fidelity",
    "mart",
    "program term x school",
    "Design against delivery: frequency, length, ratio, continuity.",
    (
        Column("program_id", "text", "Program.", required=True),
        Column(
            "term",
            "text",
            "Term of the program; `none` for sessions outside every term.",
            required=True,
        ),
        Column("school_id", "text", "School; `unknown` when the log names none.", required=True),
        _YEAR,
        Column("as_of_date", "date", "Last day counted, inclusive.", required=True),
        Column(
            "sessions_scheduled",
            "integer",
            "Sessions that count as scheduled, due by the date.",
            minimum=0,
        ),
        Column(
            "sessions_delivered",
            "integer",
            "Sessions that count as delivered.",
            required=True,
            minimum=0,
        ),
        Column(
            "delivery_rate",
            "number",
            "delivered / scheduled; null when a source lists held and attended sessions only.",
            minimum=0,
        ),
        Column(
            "design_sessions_per_week", "number", "Designed sessions a week per student.", minimum=0
        ),
        Column(
            "mean_sessions_per_week",
            "number",
            "Sessions attended, mean over instructional student-weeks with at least one.",
            minimum=0,
        ),
        Column("design_minutes", "integer", "Designed minutes a session.", minimum=0),
        Column(
            "mean_minutes", "number", "Mean minutes present per attended participation.", minimum=0
        ),
        Column("design_ratio", "integer", "Designed students per tutor.", minimum=1),
        Column(
            "mean_ratio_rostered",
            "number",
            "Mean rostered students per delivered session, as counted where the log names the "
            "session, else by the ratio stated.",
            minimum=0,
        ),
        Column(
            "mean_ratio_present",
            "number",
            "Mean present students per delivered session, as counted where the log names the "
            "session, else by the ratio stated.",
            minimum=0,
        ),
        Column(
            "share_within_ratio",
            "number",
            "Share of delivered sessions with present <= design; null without design.",
            minimum=0,
            maximum=1,
        ),
        Column(
            "students_attended",
            "integer",
            "Distinct linked students who attended.",
            required=True,
            minimum=0,
        ),
        Column(
            "share_with_modal_tutor",
            "number",
            "Share of attended participations with the student's most frequent tutor.",
            minimum=0,
            maximum=1,
        ),
        Column("plan_reason", "text", "Why scheduled figures are null.", valid=("plan_unknown",)),
    ),
    ("program_id", "term", "school_id", "school_year"),
    (Reference(("program_id",), "program", ("program_id",)),),
    partitioned=True,
    caveats=("plan_unknown",),
)

MART_TABLES = (STUDENT_DOSAGE, REACH, PROGRAM_FIDELITY)

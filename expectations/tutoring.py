"""Rules of programs, assignments, sessions and assessments that their declarations cannot say."""

from expectations.rule import MANAGER, STEWARD, Rule
from hit_pipeline.landing.delivery import Severity
from hit_pipeline.rules.status_effect import StatusEffect, status_effects

_DATES = "Have the dates corrected where they are stated; until then the span holds no day."
_MONDAY = "week_start is worked out from local_date: correct the builder of the table."
_LOG = "Ask the vendor about these rows; check the unit and the columns in the source's contract."
_PLAN = "Planned time and where it came from are set together: correct the builder of the table."
_TOTALS = "The two tables were built from different rows: rebuild the school year."
_EFFECT = (
    "Build the table anew after a change of status_effect.toml; the pair of state and attendance "
    "alone decides what a row counts as."
)


def _order(table: str, severity: Severity, start: str, end: str) -> Rule:
    return Rule(
        f"{table}.dates.order",
        "row",
        severity,
        (start, end),
        f"{end} is not before {start}",
        _DATES,
        MANAGER,
        f"{end} < {start}",
    )


def _week(table: str) -> Rule:
    return Rule(
        f"{table}.week_start.monday",
        "row",
        "critical",
        ("local_date", "week_start"),
        "week_start is the Monday of local_date",
        _MONDAY,
        against="week_start <> date_trunc('week', local_date)",
    )


_PROGRAM_RULES = (
    _order("program_term", "critical", "start_date", "end_date"),
    _order("program_assignment", "warning", "start_date", "end_date"),
)
_SESSION_RULES = (
    _week("session"),
    Rule(
        "session.times.order",
        "row",
        "critical",
        ("started_at_utc", "ended_at_utc"),
        "a session does not end before it starts",
        "An end before the start is dropped when sessions are built: correct the builder.",
        against="ended_at_utc < started_at_utc",
    ),
    Rule(
        "session.planned_seconds.source",
        "row",
        "critical",
        ("planned_seconds", "plan_source"),
        "planned time is null exactly when the plan is unknown",
        _PLAN,
        against="(planned_seconds IS NULL) <> (plan_source = 'plan_unknown')",
    ),
    Rule(
        "session.present_count.rostered",
        "row",
        "critical",
        ("present_count", "rostered_count"),
        "no more participants are present than rostered",
        "Both are counted from participants: correct the builder of the table.",
        against="present_count > rostered_count",
    ),
)
_PARTICIPANT_RULES = (
    _week("session_participant"),
    Rule(
        "session_participant.present_seconds.day",
        "row",
        "warning",
        ("present_seconds",),
        "nobody is present for more than 24 hours",
        _LOG,
        MANAGER,
        "present_seconds > 86400",
    ),
    Rule(
        "session_participant.present_seconds.attended",
        "row",
        "warning",
        ("counts_attended", "present_seconds"),
        "the time of an attended session is known",
        _LOG,
        MANAGER,
        "counts_attended AND present_seconds IS NULL",
    ),
    Rule(
        "session_participant.present_seconds.absent",
        "row",
        "warning",
        ("counts_attended", "present_seconds"),
        "who did not attend has no time present; it is not counted",
        _LOG,
        MANAGER,
        "NOT counts_attended AND present_seconds > 0",
    ),
    Rule(
        "session_participant.present_seconds.source",
        "row",
        "critical",
        ("present_seconds", "present_source"),
        "time present is null exactly when it has no source",
        "Time present and where it came from are set together: correct the builder of the table.",
        against="(present_seconds IS NULL) <> (present_source = 'none')",
    ),
    Rule(
        "session_participant.rostered.sum",
        "total",
        "critical",
        ("session_key",),
        "there are as many participants as the sessions count",
        _TOTALS,
        against="(FROM session_participant SELECT count(*)) - "
        "(FROM session SELECT coalesce(sum(rostered_count), 0))",
        reads=("session",),
    ),
    Rule(
        "session_participant.present.sum",
        "total",
        "critical",
        ("session_key", "counts_attended"),
        "as many participants attended as the sessions count",
        _TOTALS,
        against="(FROM session_participant SELECT count(*) FILTER (counts_attended)) - "
        "(FROM session SELECT coalesce(sum(present_count), 0))",
        reads=("session",),
    ),
)
_REVISION_RULES = (
    _week("session_attendance_revision"),
    Rule(
        "session_attendance_revision.known.order",
        "row",
        "critical",
        ("known_from_utc", "known_to_utc"),
        "a version was known for some time",
        "The end is when a later delivery was received: correct the builder of the table.",
        against="known_to_utc <= known_from_utc",
    ),
    Rule(
        "session_attendance_revision.ended_by.stated",
        "row",
        "critical",
        ("known_to_utc", "ended_by"),
        "what ended a version is stated exactly when it ended",
        "Both are set together: correct the builder of the table.",
        against="(known_to_utc IS NULL) <> (ended_by IS NULL)",
    ),
    Rule(
        "session_attendance_revision.current.sum",
        "total",
        "critical",
        ("known_to_utc", "present_seconds"),
        "the versions known now have the time present of session_participant",
        _TOTALS,
        against="(FROM session_attendance_revision SELECT coalesce(sum(present_seconds) "
        "FILTER (known_to_utc IS NULL), 0) + count(*) FILTER (known_to_utc IS NULL)) - "
        "(FROM session_participant SELECT coalesce(sum(present_seconds), 0) + count(*))",
        reads=("session_participant",),
    ),
)
_UNIT_RULES = (
    Rule(
        "session_unit.dates.week",
        "row",
        "critical",
        ("week_start", "first_date", "last_date"),
        "first and last day are in order and in one week, which starts on a Monday",
        "The days are those of the log: correct the builder of the table.",
        against="last_date < first_date OR week_start <> date_trunc('week', first_date) "
        "OR week_start <> date_trunc('week', last_date)",
    ),
    Rule(
        "session_unit.reading.proved",
        "row",
        "critical",
        ("reading", "proof"),
        "another unit than stated has a proof",
        "Unit and proof are set together: correct the builder of the table.",
        against="reading <> 'as_stated' AND proof IN ('stated', 'unclear')",
    ),
    Rule(
        "session_unit.rows.fitting",
        "row",
        "critical",
        ("rows", "rows_fitting_stated", "rows_fitting_proved"),
        "no more rows fit a unit than were asked",
        "They are counted together: correct the builder of the table.",
        against="greatest(rows_fitting_stated, rows_fitting_proved) > rows",
    ),
    Rule(
        "session_unit.reading.as_stated",
        "row",
        "info",
        ("reading",),
        "every column is in the unit its contract states",
        "The values were converted. Tell the vendor which weeks were in another unit.",
        MANAGER,
        "reading <> 'as_stated'",
    ),
    Rule(
        "session_unit.proof.unclear",
        "row",
        "warning",
        ("proof",),
        "no other unit fits part of the values, and every number has a unit",
        "Ask the vendor which unit these days are in; the values were left as stated.",
        MANAGER,
        "proof = 'unclear'",
    ),
)
_ASSESSMENT_RULES = (
    Rule(
        "assessment_result.test_date.future",
        "row",
        "warning",
        ("test_date",),
        "nobody was tested later than on the day of the run",
        "Check the date format in the source's contract.",
        STEWARD,
        "test_date > getvariable('as_of') + 1",
    ),
)


def tutoring_rules() -> tuple[Rule, ...]:
    """Return the rules of this layer; reads the shipped table of status effects."""
    return (
        *_PROGRAM_RULES,
        *_UNIT_RULES,
        *_SESSION_RULES,
        *_PARTICIPANT_RULES,
        *_effects(),
        *_REVISION_RULES,
        *_ASSESSMENT_RULES,
    )


def _effects() -> tuple[Rule, Rule]:
    """Return that every pair of state and attendance is possible, and counts as is laid down."""
    counted = ", ".join(f"'{_code(one)}'" for one in status_effects())
    excluded = ", ".join(
        f"'{one.session_state}/{one.attendance}'" for one in status_effects() if not one.possible
    )
    columns = ("session_state", "attendance")
    counts = ("counts_scheduled", "counts_delivered", "counts_attended", "bucket")
    return (
        Rule(
            "session_participant.status.effect",
            "total",
            "critical",
            (*columns, *counts),
            "every pair of state and attendance counts as status_effect lays down",
            _EFFECT,
            against=f"{_rows_where(*columns, *counts)} NOT IN ({counted}))",
        ),
        Rule(
            "session_participant.status.possible",
            "total",
            "warning",
            columns,
            "state of the session and attendance do not exclude each other",
            _LOG,
            MANAGER,
            f"{_rows_where(*columns)} IN ({excluded}))",
        ),
    )


def _rows_where(*columns: str) -> str:
    """Return the SQL that counts rows by a code; its condition is left open.

    Few codes are compared instead of millions of rows.
    """
    names = ", ".join(columns)
    return (
        f"(FROM (FROM session_participant SELECT {names}, count(*) AS n GROUP BY ALL) "
        f"SELECT coalesce(sum(n), 0) WHERE concat_ws('/', {names})"
    )


def _code(one: StatusEffect) -> str:
    counts = (one.counts_scheduled, one.counts_delivered, one.counts_attended)
    said = (str(count).lower() for count in counts)
    return "/".join((one.session_state, one.attendance, *said, one.bucket))

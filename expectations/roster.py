"""Rules of the roster tables that their declarations cannot say."""

from expectations.rule import STEWARD, Rule

_SIS_DATES = (
    "The SIS states these dates: have them corrected there; until then the span holds no day."
)
_MONDAY = "week_start is worked out from local_date: correct the builder of the table."

ROSTER_RULES = (
    Rule(
        "school.parent_school_id.itself",
        "row",
        "warning",
        ("school_id", "parent_school_id"),
        "no organisation is its own parent",
        "Have the organisation's parent corrected in the SIS.",
        STEWARD,
        "parent_school_id = school_id",
    ),
    Rule(
        "term.dates.order",
        "row",
        "warning",
        ("start_date", "end_date"),
        "a term does not end before it starts",
        _SIS_DATES,
        STEWARD,
        "end_date < start_date",
    ),
    Rule(
        "calendar_day.week_start.monday",
        "row",
        "critical",
        ("local_date", "week_start"),
        "week_start is the Monday of local_date",
        _MONDAY,
        against="week_start <> date_trunc('week', local_date)",
    ),
    Rule(
        "calendar_day.is_instructional.day_type",
        "row",
        "critical",
        ("day_type", "is_instructional"),
        "a day is instructional exactly when its type says so",
        "is_instructional is worked out from day_type: correct the builder of the table.",
        against="is_instructional <> (day_type = 'instructional')",
    ),
    Rule(
        "school_enrollment.dates.order",
        "row",
        "warning",
        ("entry_date", "exit_date"),
        "an enrollment does not end before it starts",
        _SIS_DATES,
        STEWARD,
        "exit_date < entry_date",
    ),
    Rule(
        "section_enrollment.dates.order",
        "row",
        "warning",
        ("begin_date", "end_date"),
        "an enrollment does not end before it starts",
        _SIS_DATES,
        STEWARD,
        "end_date < begin_date",
    ),
    Rule(
        "section_enrollment.person.one",
        "row",
        "critical",
        ("student_key", "staff_key"),
        "a row is about a student or an employee, not both",
        "Look up the rows: their person record is linked in two roles.",
        STEWARD,
        "student_key IS NOT NULL AND staff_key IS NOT NULL",
    ),
)

"""Rules of groups, schedules, content, consent, tutor events, feedback and invoices."""

from expectations.rule import MANAGER, STEWARD, Rule

_DATES = "Have the dates corrected where they are stated; until then the span holds no day."
_TIMES = "Have the times corrected in the schedule; until then the slot has no length."
_FORMAT = "Check the date format in the source's contract."
_BILL = "Ask the vendor about the line before it is paid."


def _order(table: str, start: str, end: str, owner: str = MANAGER) -> Rule:
    says, against = f"{end} is not before {start}", f"{end} < {start}"
    return Rule(
        f"{table}.dates.order", "row", "warning", (start, end), says, _DATES, owner, against
    )


def _not_ahead(table: str, column: str, *, besides: str = "") -> Rule:
    """Return that a date is not after the day of the run; `besides` narrows the rows looked at."""
    return Rule(
        f"{table}.{column}.future",
        "row",
        "warning",
        (column,),
        f"{column} is not later than the day of the run",
        _FORMAT,
        STEWARD,
        f"{column} > getvariable('as_of') + 1{besides}",
    )


PROGRAM_RULES = (
    _order("tutoring_group", "start_date", "end_date"),
    _order("group_member", "start_date", "end_date"),
    _order("group_slot", "start_date", "end_date"),
    Rule(
        "group_slot.times.order",
        "row",
        "warning",
        ("start_time", "end_time"),
        "a slot ends after it starts",
        _TIMES,
        MANAGER,
        "end_time <= start_time",
    ),
    Rule(
        "group_slot.day.one",
        "row",
        "warning",
        ("weekday", "cycle_day"),
        "a slot is on a day of the week or on a day of the rotation, not both",
        "State one of the two; with both, nobody knows on which days the group meets.",
        MANAGER,
        "weekday IS NOT NULL AND cycle_day IS NOT NULL",
    ),
    Rule(
        "bell_period.times.order",
        "row",
        "warning",
        ("start_time", "end_time"),
        "a period ends after it starts",
        "Have the bell schedule corrected; times after noon need PM or 24 hours.",
        STEWARD,
        "length_seconds <= 0",
    ),
    Rule(
        "pacing.week_start.monday",
        "row",
        "critical",
        ("week_start",),
        "week_start is a Monday",
        "week_start is worked out from the day stated: correct the builder of the table.",
        against="week_start <> date_trunc('week', week_start)",
    ),
    _order("consent", "effective_date", "expires_date", STEWARD),
    _not_ahead("eligibility", "evaluated_date"),
    _not_ahead("tutor_event", "event_date", besides=" AND event NOT IN ('started', 'left')"),
    Rule(
        "feedback_response.person.anonymous",
        "row",
        "critical",
        ("is_anonymous", "person_record_id", "student_key", "tutor_key", "staff_key"),
        "an anonymous answer leads to nobody",
        "Correct the builder of the table: an anonymous answer is never matched to a person.",
        against="is_anonymous AND "
        "coalesce(person_record_id, student_key, tutor_key, staff_key) IS NOT NULL",
    ),
    Rule(
        "feedback_response.answer_number.scale",
        "row",
        "warning",
        ("answer_number", "scale_maximum"),
        "no answer lies above its scale",
        "Compare the question with its answers; the contract may read the scale wrongly.",
        STEWARD,
        "answer_number > scale_maximum",
    ),
    Rule(
        "invoice_line.dates.order",
        "row",
        "warning",
        ("period_start", "period_end"),
        "a period billed does not end before it starts",
        _BILL,
        MANAGER,
        "period_end < period_start",
    ),
    _not_ahead("invoice_line", "service_date"),
    Rule(
        "invoice_line.amount.product",
        "row",
        "warning",
        ("quantity", "unit_price", "amount"),
        "the amount is quantity x unit price, to the cent; not looked at where one is not stated",
        _BILL,
        MANAGER,
        "abs(amount - quantity * unit_price) > 0.01",
    ),
)

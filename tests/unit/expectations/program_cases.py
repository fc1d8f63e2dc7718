"""What each rule of the module `expectations.program` is tried on."""

from datetime import date
from decimal import Decimal

from tests.unit.expectations.cases import TUESDAY, Case, days
from tests.unit.expectations.conftest import MONDAY


def _ahead(column: str) -> Case:
    """Return a case of a rule that a date is not after the day of the run."""
    return Case(({column: date(2027, 1, 1)},), ({column: date(2026, 11, 22)}, {column: None}))


PROGRAM_CASES: dict[str, Case] = {
    "tutoring_group.dates.order": days("start_date", "end_date"),
    "group_member.dates.order": days("start_date", "end_date"),
    "group_slot.dates.order": days("start_date", "end_date"),
    "group_slot.times.order": Case(
        (
            {"start_time": "10:05", "end_time": "10:05"},
            {"start_time": "10:05", "end_time": "09:50"},
        ),
        (
            {"start_time": "09:50", "end_time": "10:05"},
            {"start_time": "09:50", "end_time": None},
            {"start_time": None, "end_time": None},
        ),
        counted=2,
    ),
    "group_slot.day.one": Case(
        ({"weekday": "monday", "cycle_day": "A"},),
        ({"weekday": "monday", "cycle_day": None}, {"weekday": None, "cycle_day": "A"}),
    ),
    "bell_period.times.order": Case(
        ({"length_seconds": 0}, {"length_seconds": -3600}),
        ({"length_seconds": 60}, {"length_seconds": None}),
        counted=2,
    ),
    "pacing.week_start.monday": Case(({"week_start": TUESDAY},), ({"week_start": MONDAY},)),
    "consent.dates.order": days("effective_date", "expires_date"),
    "eligibility.evaluated_date.future": _ahead("evaluated_date"),
    "tutor_event.event_date.future": Case(
        ({"event": "trained", "event_date": date(2027, 1, 1)},),
        (
            {"event": "left", "event_date": date(2027, 1, 1)},
            {"event": "trained", "event_date": date(2026, 11, 22)},
            {"event": "listed", "event_date": None},
        ),
    ),
    "feedback_response.person.anonymous": Case(
        (
            {"is_anonymous": True, "student_key": "S1"},
            {"is_anonymous": True, "person_record_id": "r1"},
        ),
        (
            {"is_anonymous": True, "person_record_id": None},
            {"is_anonymous": False, "person_record_id": "r1", "tutor_key": "T1"},
        ),
        counted=2,
    ),
    "feedback_response.answer_number.scale": Case(
        ({"answer_number": 6.0, "scale_maximum": 5.0},),
        (
            {"answer_number": 5.0, "scale_maximum": 5.0},
            {"answer_number": 6.0, "scale_maximum": None},
            {"answer_number": None, "scale_maximum": 5.0},
        ),
    ),
    "invoice_line.dates.order": days("period_start", "period_end"),
    "invoice_line.service_date.future": _ahead("service_date"),
    "invoice_line.amount.product": Case(
        ({"quantity": Decimal(2), "unit_price": Decimal("22.50"), "amount": Decimal("45.02")},),
        (
            {"quantity": Decimal(2), "unit_price": Decimal("22.50"), "amount": Decimal("45.01")},
            {"quantity": None, "unit_price": Decimal("22.50"), "amount": Decimal("99")},
        ),
    ),
}

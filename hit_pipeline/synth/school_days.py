"""The school calendar of 2026-27: what kind of day each weekday is, school by school.

Weekends are not listed anywhere: no system of this district exports them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

ZONE_NAME = "America/Chicago"
ZONE = ZoneInfo(ZONE_NAME)
FIRST_DAY = date(2026, 8, 17)
LAST_DAY = date(2027, 5, 28)
_FIRST_LISTED = date(2026, 8, 12)


@dataclass(frozen=True)
class SchoolDay:
    """One weekday of one school.

    Attributes:
        day_type: instructional, holiday, break, teacher_workday or closure.
        note: Why it is not instructional; empty when it is.
    """

    school_id: str
    day: date
    day_type: str
    note: str


@dataclass(frozen=True)
class _Closed:
    first: date
    last: date
    day_type: str
    note: str
    only_school: str | None = None


_CLOSED = (
    _Closed(date(2026, 12, 25), date(2026, 12, 25), "holiday", "Christmas Day"),
    _Closed(date(2027, 1, 1), date(2027, 1, 1), "holiday", "New Year's Day"),
    _Closed(date(2026, 8, 12), date(2026, 8, 14), "teacher_workday", "Opening workdays"),
    _Closed(date(2026, 9, 7), date(2026, 9, 7), "holiday", "Labor Day"),
    _Closed(date(2026, 10, 12), date(2026, 10, 12), "teacher_workday", "Professional learning"),
    _Closed(date(2026, 10, 22), date(2026, 10, 22), "closure", "Water main break", "0201"),
    _Closed(date(2026, 11, 3), date(2026, 11, 3), "teacher_workday", "Conferences"),
    _Closed(date(2026, 11, 26), date(2026, 11, 26), "holiday", "Thanksgiving Day"),
    _Closed(date(2026, 11, 25), date(2026, 11, 27), "break", "Thanksgiving break"),
    _Closed(date(2026, 12, 21), date(2027, 1, 1), "break", "Winter break"),
    _Closed(date(2027, 1, 4), date(2027, 1, 4), "teacher_workday", "Grading day"),
    _Closed(date(2027, 1, 18), date(2027, 1, 18), "holiday", "Martin Luther King Jr. Day"),
    _Closed(date(2027, 2, 15), date(2027, 2, 15), "holiday", "Presidents' Day"),
    _Closed(date(2027, 3, 15), date(2027, 3, 19), "break", "Spring break"),
    _Closed(date(2027, 5, 31), date(2027, 5, 31), "holiday", "Memorial Day"),
)
"""The first entry that holds for a day decides."""


@cache
def school_day(school_id: str, day: date) -> SchoolDay:
    """Return what a weekday is at one school."""
    for closed in _CLOSED:
        if closed.first <= day <= closed.last and closed.only_school in {None, school_id}:
            return SchoolDay(school_id, day, closed.day_type, closed.note)
    return SchoolDay(school_id, day, "instructional", "")


def calendar(school_id: str) -> list[SchoolDay]:
    """Return every weekday from the opening workdays to the last day of school."""
    return [school_day(school_id, day) for day in weekdays(_FIRST_LISTED, LAST_DAY)]


def weekdays(first: date, last: date) -> list[date]:
    """Return the Mondays to Fridays from first to last, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def instructional_days(school_id: str, first: date, last: date) -> list[date]:
    """Return the days pupils are in school, first and last included, inside the school year."""
    inside = weekdays(max(first, FIRST_DAY), min(last, LAST_DAY))
    return [day for day in inside if school_day(school_id, day).day_type == "instructional"]


def local(day: date, at: time) -> datetime:
    """Return the instant of a local wall-clock time in the district."""
    return datetime.combine(day, at, tzinfo=ZONE)

"""School years, instructional weeks and the dates that bound them.

A school year is text such as ``2026-27``. It starts on a configured month and day (1 July unless
told otherwise) and ends the day before the next one starts. Nothing here knows about calendars of
single schools: instructional days come from the table ``calendar_day``.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR = 2000
"""First school year facts may lie in: assessments are delivered with all their history."""
YEARS_AHEAD = 1
"""School years after the one in progress that facts may lie in: calendars are adopted, and sessions
planned, for the next year; a date beyond it is a slip of the pen."""
_LABEL = re.compile(r"^(\d{4})-(\d{2})$")


@dataclass(frozen=True)
class YearStart:
    """The month and day a school year begins on; the default is 1 July."""

    month: int = 7
    day: int = 1

    def first_day(self, school_year: str) -> date:
        """Return the first day of a school year.

        >>> YearStart().first_day("2026-27")
        datetime.date(2026, 7, 1)
        """
        return date(start_year(school_year), self.month, self.day)

    def last_day(self, school_year: str) -> date:
        """Return the last day (inclusive) of a school year.

        >>> YearStart().last_day("2026-27")
        datetime.date(2027, 6, 30)
        """
        return date(start_year(school_year) + 1, self.month, self.day) - timedelta(days=1)

    def of(self, day: date) -> str:
        """Return the school year a date lies in; the first day belongs to the new year.

        >>> YearStart().of(date(2026, 6, 30)), YearStart().of(date(2026, 7, 1))
        ('2025-26', '2026-27')
        """
        begun = (day.month, day.day) >= (self.month, self.day)
        return label(day.year if begun else day.year - 1)

    def holds_facts(self, school_year: str, today: date) -> bool:
        """Say whether facts may lie in a school year; dates in any other are slips.

        >>> years = ("1999-00", "2027-28", "2028-29")
        >>> [YearStart().holds_facts(year, date(2026, 9, 1)) for year in years]
        [False, True, False]
        """
        newest = start_year(self.of(today)) + YEARS_AHEAD
        return FIRST_YEAR <= start_year(school_year) <= newest


def label(first_calendar_year: int) -> str:
    """Return the label of the school year that starts in a calendar year.

    >>> label(1999)
    '1999-00'
    """
    return f"{first_calendar_year:04d}-{(first_calendar_year + 1) % 100:02d}"


def start_year(school_year: str) -> int:
    """Return the calendar year a school year starts in.

    Raises:
        ValueError: The label is not of the form ``2026-27`` or its halves do not follow.
    """
    match = _LABEL.match(school_year)
    if match is None or label(int(match[1])) != school_year:
        message = f"not a school year label such as 2026-27: {school_year!r}"
        raise ValueError(message)
    return int(match[1])


def monday(day: date) -> date:
    """Return the Monday that begins the week of a date."""
    return day - timedelta(days=day.weekday())

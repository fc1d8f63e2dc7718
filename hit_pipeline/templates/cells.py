"""What is wrong in one cell of a filled workbook, in words for whoever filled it in.

A cell that is fine has no words. The contracts of the templates read text that looks like a date or
a time too; it is told here all the same: day and month of a pasted text may be meant otherwise.
"""

import contextlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from hit_pipeline.sources.reading.excel import as_text
from hit_pipeline.templates.reading import Cell
from hit_pipeline.templates.workbook import us

DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y", "%m/%d/%y")
"""Text the contracts read as a date."""
TIMES = ("%H:%M:%S", "%H:%M", "%I:%M %p")
"""Text the contracts read as a time."""
SCALE = (1, 5)


def shown(cell: Cell) -> str:
    """Return a cell as the person sees it, shortened; dates as month/day/year."""
    if isinstance(cell, date):
        return us(cell)
    text = as_text(cell) or ""
    return f'"{text[:40]}"' if isinstance(cell, str) else text


def day_of(cell: Cell) -> date | None:
    """Return the date a cell holds; None when it holds none that is read."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return _read(cell.strip()) if isinstance(cell, str) else None


def _read(text: str) -> date | None:
    for pattern in DATES:
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 (no zone here)
    return None


def date_problem(cell: Cell, first: date | None, last: date | None) -> str | None:
    """Say what is wrong with a date; both days are valid themselves."""
    day = day_of(cell)
    if day is None:
        return f"{shown(cell)} is not a date; type it as month/day/year, such as 9/14/2026"
    if isinstance(cell, str):
        return f"{shown(cell)} is text, not a date; type it again as {us(day)}"
    if (first and day < first) or (last and day > last):
        return f"{us(day)} is not between {us(first or date.min)} and {us(last or date.max)}"
    return None


def time_problem(cell: Cell) -> str | None:
    """Say what is wrong with a time of day."""
    if isinstance(cell, time | datetime):
        return None
    if isinstance(cell, timedelta) and timedelta(0) <= cell < timedelta(days=1):
        return None
    if isinstance(cell, str) and any(_fits(cell.strip(), one) for one in TIMES):
        return f"{shown(cell)} is text, not a time; type it again"
    return f"{shown(cell)} is not a time; type it as 3:30 PM"


def _fits(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)  # noqa: DTZ007 (a time of day alone)
    except ValueError:
        return False
    return True


def number_of(cell: Cell) -> float | None:
    """Return the number a cell holds, text too; None when it holds none."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def number_problem(cell: Cell, least: int, most: int) -> str | None:
    """Say what is wrong with a whole number; both limits are valid themselves."""
    number = number_of(cell)
    if number is None:
        return f"{shown(cell)} is not a number; type a whole number, {least} to {most}"
    if number < least:
        return f"{number:g} is less than {least}"
    if number > most:
        return f"{number:g} is more than {most}"
    return None if number == int(number) else f"{number:g} is not a whole number"


def word_problem(cell: Cell, words: Sequence[str]) -> str | None:
    """Say that a word is not in its list; upper and lower case are the same."""
    text = (as_text(cell) or "").strip()
    if not words or text.casefold() in {word.casefold() for word in words}:
        return None
    return f"{shown(cell)} is not in the list; choose one of {', '.join(words)}"

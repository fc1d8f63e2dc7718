"""What is wrong in a workbook somebody filled in: sheet, row, column and words to correct it by.

Values of pupils may stand in what is found: it is for the terminal of who asked, never for a log.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from hit_pipeline.sources.reading.excel import as_text
from hit_pipeline.templates.cells import (
    SCALE,
    date_problem,
    number_of,
    number_problem,
    time_problem,
    word_problem,
)
from hit_pipeline.templates.layout import (
    HELD,
    REVIEW_ANSWERS,
    REVIEW_FIELDS,
    ROW_ID,
    SHEETS,
    STATUSES,
    TUTOR_EVENTS,
    VERSION,
    Field,
    Kind,
    lacks,
    session_fields,
    tutor_fields,
)
from hit_pipeline.templates.reading import Filled, FilledRow

_QUESTION = re.compile(r"[A-Z]\d .+")
_MINUTES = 240


@dataclass(frozen=True)
class Problem:
    """One thing to correct.

    Attributes:
        sheet: Sheet it is on.
        row: Row, 1-based; None: the sheet as a whole.
        column: Header of the column; None: the row as a whole.
        words: What is wrong and what is valid.
    """

    sheet: str
    row: int | None
    column: str | None
    words: str

    def __str__(self) -> str:
        place = f"Row {self.row}" if self.row is not None else f"Sheet {self.sheet}"
        place += f", {self.column}" if self.column is not None else ""
        return f"{place}: {self.words}"


@dataclass(frozen=True)
class Limits:
    """What is valid in a workbook, as its hidden sheet says.

    Attributes:
        first: First valid date; None: any.
        last: Last valid date, inclusive; None: any.
        minutes: Most minutes of a meeting.
    """

    first: date | None
    last: date | None
    minutes: int


def check(filled: Filled) -> list[Problem]:
    """Return everything to correct in a workbook: first as a whole, then row by row."""
    kind = next(kind for kind, sheet in SHEETS.items() if sheet == filled.sheet)
    found = [*_whole(filled, kind), *_places(filled)]
    limits, seen = limits_of(filled), dict[str, int]()
    for row in filled.rows:
        if is_touched(row, kind):
            found += _identity(row, filled, seen)
            found += _row(row, filled, kind, limits)
    return found


def limits_of(filled: Filled) -> Limits:
    """Return what a workbook says is valid; what it does not say is not limited."""

    def day(name: str) -> date | None:
        text = filled.info.get(name, "")
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None

    minutes = filled.info.get("max_minutes", "")
    most = int(minutes) if minutes.isdecimal() else _MINUTES
    return Limits(day("first_day"), day("last_day"), most)


def is_touched(row: FilledRow, kind: Kind) -> bool:
    """Say whether somebody filled a row in, or added it."""
    entries = {
        "sessions": ["Date", "Start", "Minutes", "Status", "Note"],
        "feedback": [name for name in row.cells if _QUESTION.fullmatch(name)],
        "tutors": ["First name", "Last name", "E-mail", *TUTOR_EVENTS],
        "review": ["Answer", "Note"],
    }
    has_id = row.cells.get(ROW_ID) is not None
    return not has_id or any(row.cells.get(name) is not None for name in entries[kind])


def _whole(filled: Filled, kind: Kind) -> Iterator[Problem]:
    def told(words: str) -> Problem:
        return Problem(filled.sheet, None, None, words)

    version = filled.info.get("version")
    if not filled.info:
        yield told("its hidden sheets are gone; hand back the workbook you were given")
    elif version != str(VERSION):
        yield told(f"is of version {version} of the template, not {VERSION}; ask for a new one")
    if missing := lacks(_base(kind), filled.headers):
        yield told(f"lacks the columns {', '.join(missing)}; they must not be renamed or deleted")
    for name in filled.strange_sheets:
        yield Problem(name, None, None, "is not part of the workbook and is not read; delete it")


def _places(filled: Filled) -> Iterator[Problem]:
    """Yield merged cells and formulas."""
    for places, words in (
        (filled.merged, "cells are merged; unmerge them and fill in each row"),
        (filled.formulas, "is a formula; type the value itself"),
    ):
        for row, column in places:
            header = filled.headers[column - 1] if column <= len(filled.headers) else None
            yield Problem(filled.sheet, row, header, words)


def _identity(row: FilledRow, filled: Filled, seen: dict[str, int]) -> Iterator[Problem]:
    """Yield that a row was added, copied, or is about somebody else than it was."""
    row_id = as_text(row.cells.get(ROW_ID))
    code = filled.info.get("code")

    def told(words: str, column: str | None = None) -> Problem:
        return Problem(filled.sheet, row.number, column, words)

    if row_id is None:
        is_log = filled.info.get("template") == "sessions"
        who = "Ask to have the student assigned. " if is_log else ""
        yield told(f"was added by hand and is not part of this workbook. {who}Use the rows it has")
        return
    if row_id in seen:
        yield told(f"is a copy of row {seen[row_id]}: only one of them would count")
    seen.setdefault(row_id, row.number)
    if code and not row_id.startswith(f"{code}-"):
        yield told("comes from another workbook; fill it in there")
    elif filled.roster:
        yield from _shown(row, filled, row_id)


def _shown(row: FilledRow, filled: Filled, row_id: str) -> Iterator[Problem]:
    """Yield that a row shows something else than it did."""
    is_log = filled.info.get("template") == "sessions"
    known = filled.roster.get(row_id.rpartition("-")[2])
    if known is None:
        who = "a student" if is_log else "somebody"
        words = f"is about {who} who is not in this workbook's list"
        yield Problem(filled.sheet, row.number, None, words)
        return
    meant_by = "the student of this row, who has" if is_log else "what this row had:"
    for name in (one for one in known if one in filled.headers):
        stated, meant = as_text(row.cells.get(name)) or "", known[name]
        if stated.strip() != meant.strip():
            words = f'"{stated[:40]}" is not {meant_by} "{meant}"'
            yield Problem(filled.sheet, row.number, name, words)


def _row(row: FilledRow, filled: Filled, kind: Kind, limits: Limits) -> Iterator[Problem]:
    for field in _fields(filled, kind):
        cell = row.cells.get(field.name)
        words = None if cell is None else _cell_problem(row, field, filled, limits)
        if words is not None:
            yield Problem(filled.sheet, row.number, field.name, words)
    for column, words in _MISSING[kind](row):
        yield Problem(filled.sheet, row.number, column, words)


def _cell_problem(row: FilledRow, field: Field, filled: Filled, limits: Limits) -> str | None:
    cell = row.cells[field.name]
    if field.kind == "date":
        return date_problem(cell, limits.first, limits.last)
    if field.kind == "time":
        return time_problem(cell)
    if field.kind == "minutes":
        return number_problem(cell, 0, limits.minutes)
    if field.kind == "scale":
        return number_problem(cell, *SCALE)
    if field.kind == "choice":
        return word_problem(cell, filled.lists.get(field.name) or field.words)
    return None


def _base(kind: Kind) -> Sequence[Field]:
    if kind == "sessions":
        return session_fields("", "", _MINUTES)
    if kind == "tutors":
        return tutor_fields()
    if kind == "review":
        return REVIEW_FIELDS
    return Field(ROW_ID), Field("Date", "date"), Field("School"), Field("Program", "choice")


def _fields(filled: Filled, kind: Kind) -> list[Field]:
    """Return the columns to look at; those of a survey are told from its headers."""
    asked = [name for name in filled.headers if kind == "feedback" and _QUESTION.fullmatch(name)]
    scaled = [Field(name, "scale") for name in asked if "(1 = " in name]
    return [*(field for field in _base(kind) if field.is_entry), *scaled]


def _session_gaps(row: FilledRow) -> Iterator[tuple[str, str]]:
    """Yield what a meeting lacks, by column."""
    status, minutes = row.cells.get("Status"), row.cells.get("Minutes")
    word = (as_text(status) or "").strip().casefold()
    held = word in {one.casefold() for one in HELD}
    if row.cells.get("Date") is None:
        yield "Date", "is blank; type the day of the meeting, such as 9/14/2026"
    if status is None:
        why = " though minutes are filled in" if minutes is not None else ""
        yield "Status", f"is blank{why}; choose one of {', '.join(STATUSES)}"
    if held and minutes is None:
        yield "Minutes", "is blank though the student was tutored; type how many minutes"
    if held and row.cells.get("Tutor") is None:
        yield "Tutor", "is blank though the student was tutored; type who it was"
    if word and not held and word in {one.casefold() for one in STATUSES} and number_of(minutes):
        yield "Minutes", f"{number_of(minutes):g} though the status is {status}; leave it blank"


def _answer_gaps(row: FilledRow) -> Iterator[tuple[str, str]]:
    if row.cells.get("Date") is None:
        yield "Date", "is blank; type the day it was answered, such as 9/14/2026"


def _tutor_gaps(row: FilledRow) -> Iterator[tuple[str, str]]:
    for name in ("First name", "Last name"):
        if row.cells.get(name) is None:
            yield name, "is blank; every row needs the name of a tutor"
    address = as_text(row.cells.get("E-mail"))
    if address is not None and "@" not in address:
        yield "E-mail", f'"{address[:40]}" is not an e-mail address'


def _review_gaps(row: FilledRow) -> Iterator[tuple[str, str]]:
    if row.cells.get("Answer") is None:
        yield "Answer", f"is blank beside a note; choose one of {', '.join(REVIEW_ANSWERS)}"


_MISSING = {
    "sessions": _session_gaps,
    "feedback": _answer_gaps,
    "tutors": _tutor_gaps,
    "review": _review_gaps,
}
"""Template to what must not be blank in a row that was filled in."""

"""The questions as a workbook: one row per question, the answer a drop-down, the rest locked.

It names pupils and is for the district's own stewards, so it does not pass the disclosure gate: it
is written for its owner's eyes (mode 0600) and must not leave the district.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hit_pipeline.identity.wording import evidence_in_words
from hit_pipeline.review import words
from hit_pipeline.review.compare import LABELS, Line, compared, shown
from hit_pipeline.review.questions import Case, Question
from hit_pipeline.tables.review import COMPARED
from hit_pipeline.templates.layout import CODE, REVIEW_FIELDS, ROW_ID, Field, Sheet
from hit_pipeline.templates.sheets import HOW_TO_FILL_IN, code_of
from hit_pipeline.templates.workbook import write_workbook

ASKED = "question"
"""Column of the hidden sheet with the id of the question of a row."""
_WIDTHS = {"ids": 34, "school": 24, "grade": 7, "birth_date": 12}


def _headers(name: str) -> tuple[str, str]:
    label = LABELS[name].lower()
    return f"Record: {label}", f"Roster: {label}"


_FIELDS = (
    *REVIEW_FIELDS,
    Field("Differs", width=22, is_entry=False),
    *(
        Field(header, width=_WIDTHS.get(name, 16), is_entry=False)
        for name in COMPARED
        for header in _headers(name)
    ),
    Field("What was found", width=60, is_entry=False),
    Field("Source", width=16, is_entry=False),
    Field("Minutes", width=9, is_entry=False),
    Field("Students", width=9, is_entry=False),
    Field("Rows", width=7, is_entry=False),
)


@dataclass(frozen=True)
class Exported:
    """A workbook that was written.

    Attributes:
        records: Cases in it.
        questions: Rows.
    """

    records: int
    questions: int


def export(cases: Sequence[Case], path: Path, *, district: str, at: datetime) -> Exported:
    """Write a workbook nobody but its owner may read; there must be no file of that name.

    Args:
        cases: What to ask, in this order.
        path: The file to write.
        district: Name of the district.
        at: When it is written, UTC.
    """
    sheet = _sheet(cases, district, at)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        write_workbook(path, sheet)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Exported(len(cases), len(sheet.rows))


def shown_of(question: Question) -> dict[str, str]:
    """Return what a row shows of both sides; equal as long as nothing new is known."""
    cells = {}
    for name in COMPARED:
        record, roster = _headers(name)
        cells[record], cells[roster] = shown(question.stated[name]), shown(question.known[name])
    return cells


def _sheet(cases: Sequence[Case], district: str, at: datetime) -> Sheet:
    code = code_of("R", district, at.isoformat())
    asked = [(no, one) for no, case in enumerate(cases, start=1) for one in case.questions]
    return Sheet(
        kind="review",
        code=code,
        title=f"Who is who: questions of {district}",
        above={"Written": f"{at:%Y-%m-%d %H:%M} UTC", CODE: code},
        fields=_FIELDS,
        rows=[
            {ROW_ID: f"{code}-{row:06d}", "No.": no, **_row(one)}
            for row, (no, one) in enumerate(asked, start=1)
        ],
        instructions=_INSTRUCTIONS,
        frozen=3,
        roster=[
            {"number": f"{row:06d}", ASKED: one.id, "No.": str(no), **shown_of(one)}
            for row, (no, one) in enumerate(asked, start=1)
        ],
        shade_by="No.",
    )


def _row(one: Question) -> dict[str, object]:
    found = [words.kind_in_words(one.kind), *evidence_in_words(one.evidence)]
    return {
        "Differs": ", ".join(_differing(compared(one))),
        **shown_of(one),
        "What was found": "; ".join(found),
        "Source": words.source_of(one),
        "Minutes": one.seconds // 60,
        "Students": one.students,
        "Rows": one.rows,
    }


def _differing(lines: Iterable[Line]) -> list[str]:
    return [line.label.lower() for line in lines if line.verdict == "differs"]


_INSTRUCTIONS = (
    "What this is for:",
    "The rules were unsure who these records are. Each row puts a record beside one person of the "
    "rosters: are they the same person?",
    *HOW_TO_FILL_IN,
    "Rows with the same number are one record beside several people: at most one of them can be "
    "the same. Rows with the most session time come first.",
    "Choose Same, Not the same, or Unsure. Leave the answer blank where you did not look.",
    "When you are done:",
    "Save it as an Excel workbook (.xlsx) and give it to who runs hit review import. What somebody "
    "else decided meanwhile is not overwritten: you are told, row by row.",
    "It names pupils: keep it on the district's own machines, do not send it by e-mail, and delete "
    "it when it was read in.",
)

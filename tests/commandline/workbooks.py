"""A small district that hands out workbooks: its settings, its lists, and a hand that fills in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

SETTINGS = """
[district]
name = "Alder County Schools"
time_zone = "America/Denver"

[owners]
tutoring = "Tia Coordinator <tutoring@alder.example>"

[sources.roster]
adapter = "files"
contract = "plain_files"
kind = "roster"

[sources.consents]
adapter = "files"
contract = "consents"
kind = "log"

[sources.logs]
adapter = "files"
contract = "template_sessions"
kind = "log"

[sources.answers]
adapter = "files"
contract = "template_feedback"
kind = "log"

[sources.tutors]
adapter = "files"
contract = "template_tutors"
kind = "log"

[programs.math]
name = "Math lab"
subject = "math"
owner = "tutoring"

[programs.math.terms.fall]
start = 2026-09-14
end = 2026-12-18
sessions_per_week = 3
minutes_per_session = 30

[agreements.staff]
recipient = "district"
purposes = ["tutoring"]
fields = ["student_id_district", "given_name", "family_name", "grade_current", "school_id_current"]
start = 2026-07-01
end = 2027-06-30
signed_by = "Ada Director"
"""
STUDENTS = """student_number,last_name,first_name,birth_date,grade,school_id,school_name,entry_date
0101,Moss,Ivy,2016-02-03,3,S1,Cedar School,2026-08-17
0102,Reed,Jon,2016-05-06,3,S1,Cedar School,2026-08-17
0103,Fern,Kai,2015-07-08,4,S2,Oak School,2026-08-17
0104,Sedge,Lou,2015-09-10,4,S1,Cedar School,2026-08-17
0105,Rush,Mia,2016-11-12,3,S1,Cedar School,2026-08-17
"""
ASSIGNMENTS = """student_number,program,term,start_date,end_date,status
0101,math,fall,2026-09-14,,assigned
0102,math,fall,2026-09-14,,assigned
0103,math,fall,2026-09-14,,assigned
0104,math,fall,2026-09-14,,assigned
0105,math,fall,2026-09-14,2026-10-02,exited
"""
"""Five students; 0105 has left the program, 0104's family has refused."""


def fill(path: Path, sheet: str, entries: Mapping[int, Mapping[str, Any]]) -> None:
    """Fill in rows of a workbook, counted from 0 below the header, as a person would."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    top, columns = header_of(page)
    for place, cells in entries.items():
        for name, value in cells.items():
            page.cell(top + 1 + place, columns[name]).value = value
    book.save(path)


def header_of(page: Any) -> tuple[int, dict[str, int]]:
    """Return the row of the header and the column of each name."""
    for row in page.iter_rows():
        names = {cell.value: cell.column for cell in row if cell.value is not None}
        if "Row ID" in names:
            return row[0].row, names
    message = "no header"
    raise LookupError(message)


def shown(path: Path, sheet: str) -> list[dict[str, Any]]:
    """Return the rows of a workbook below its header."""
    page = openpyxl.load_workbook(path)[sheet]
    top, columns = header_of(page)
    return [
        {name: page.cell(row, column).value for name, column in columns.items()}
        for row in range(top + 1, page.max_row + 1)
    ]

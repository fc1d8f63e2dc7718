"""What is wrong in a filled workbook is told by row and column, in words."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hit_pipeline.errors import HitError
from hit_pipeline.settings import District
from hit_pipeline.templates.check import check
from hit_pipeline.templates.reading import read_filled
from hit_pipeline.templates.sheets import Meetings, feedback_sheet, sessions_sheet, tutors_sheet
from hit_pipeline.templates.workbook import write_workbook
from tests.commandline.workbooks import fill, header_of

AT = datetime(2026, 10, 12, 15, 0, tzinfo=UTC)
DISTRICT = District.model_validate(
    {
        "district": {"name": "Alder", "time_zone": "America/Denver"},
        "programs": {
            "math": {
                "name": "Math lab",
                "terms": {
                    "fall": {
                        "start": "2026-09-14",
                        "end": "2026-12-18",
                        "minutes_per_session": 30,
                    }
                },
            }
        },
    }
)
STUDENTS = [
    {
        "Student number": number,
        "First name": first,
        "Last name": last,
        "Grade": "03",
        "School": "Cedar School",
    }
    for number, first, last in (("0101", "Ivy", "Moss"), ("0102", "Jon", "Reed"))
]
HELD: dict[str, Any] = {
    "Date": date(2026, 10, 12),
    "Start": time(15, 30),
    "Minutes": 30,
    "Tutor": "Ana Day",
    "Status": "Held",
}
FIRST_ROW = 7
"""Row of the first student in a sessions workbook."""


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    wanted = Meetings("math", "fall", 3, None, AT)
    write_workbook(tmp_path / "s.xlsx", sessions_sheet(DISTRICT, wanted, STUDENTS))
    return tmp_path / "s.xlsx"


def told(path: Path) -> list[str]:
    return [str(one) for one in check(read_filled(path))]


def of_row(path: Path, **cells: Any) -> list[str]:
    """Return what is told of the first row, filled in well but for some cells."""
    named = {name.replace("_", " "): value for name, value in cells.items()}
    fill(path, "Sessions", {0: HELD | named})
    return [words.removeprefix(f"Row {FIRST_ROW}, ") for words in told(path)]


def test_as_it_was_handed_out_there_is_nothing_to_correct(sessions: Path) -> None:
    assert told(sessions) == []


def test_a_row_filled_in_well_is_fine(sessions: Path) -> None:
    assert of_row(sessions) == []
    assert of_row(sessions, Status="student ABSENT", Minutes=None, Tutor=None) == []


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"Minutes": 600}, "Minutes: 600 is more than 240"),
        ({"Minutes": -5}, "Minutes: -5 is less than 0"),
        ({"Minutes": 12.5}, "Minutes: 12.5 is not a whole number"),
        (
            {"Minutes": "half"},
            'Minutes: "half" is not a number; type a whole number, 0 to 240',
        ),
        ({"Minutes": None}, "Minutes: is blank though the student was tutored"),
        (
            {"Status": "Tutor absent"},
            "Minutes: 30 though the status is Tutor absent; leave it blank",
        ),
        ({"Status": "Done"}, 'Status: "Done" is not in the list; choose one of Held, Came late'),
        ({"Status": None}, "Status: is blank though minutes are filled in; choose one of Held"),
        ({"Tutor": None}, "Tutor: is blank though the student was tutored"),
        ({"Date": None}, "Date: is blank; type the day of the meeting"),
        ({"Date": date(2027, 1, 4)}, "Date: 1/4/2027 is not between 9/14/2026 and 12/18/2026"),
        ({"Date": "next Monday"}, 'Date: "next Monday" is not a date; type it as month/day/year'),
        ({"Date": "10/12/2026"}, 'Date: "10/12/2026" is text, not a date; type it again'),
        ({"Start": "after lunch"}, 'Start: "after lunch" is not a time; type it as 3:30 PM'),
        ({"Start": "3:30 PM"}, 'Start: "3:30 PM" is text, not a time; type it again'),
        ({"First_name": "Zoe"}, 'First name: "Zoe" is not the student of this row, who has "Ivy"'),
        ({"Student_number": "0999"}, 'Student number: "0999" is not the student of this row'),
    ],
)
def test_a_cell_is_told_with_what_is_valid(
    sessions: Path, cells: dict[str, Any], words: str
) -> None:
    (found,) = of_row(sessions, **cells)
    assert found.startswith(words)


def test_first_and_last_day_and_the_limits_of_minutes_are_valid(sessions: Path) -> None:
    for day, minutes in ((date(2026, 9, 14), 0), (date(2026, 12, 18), 240)):
        assert of_row(sessions, Date=day, Minutes=minutes) == []


def test_a_row_added_by_hand_is_told(sessions: Path) -> None:
    fill(sessions, "Sessions", {6: HELD | {"First name": "Zoe", "Last name": "New"}})
    (words,) = told(sessions)
    assert words.startswith("Row 13: was added by hand and is not part of this workbook.")
    assert "Ask to have the student assigned" in words


def test_a_row_that_was_copied_is_told(sessions: Path) -> None:
    row_id = _cell(sessions, 0, "Row ID")
    fill(sessions, "Sessions", {0: HELD, 6: HELD | STUDENTS[0] | {"Row ID": row_id}})
    assert told(sessions) == ["Row 13: is a copy of row 7: only one of them would count"]


@pytest.mark.parametrize(
    ("row_id", "words"),
    [
        ("S00000000-01-001", "Row 7: comes from another workbook; fill it in there"),
        (None, "Row 7: was added by hand"),
        ("-01-009", "Row 7: is about a student who is not in this workbook's list"),
        ("-01-002", 'Row 7, Student number: "0101" is not the student of this row'),
    ],
)
def test_a_changed_row_id_is_told(sessions: Path, row_id: str | None, words: str) -> None:
    code = str(_cell(sessions, 0, "Row ID")).partition("-")[0]
    changed = f"{code}{row_id}" if row_id and row_id.startswith("-") else row_id
    fill(sessions, "Sessions", {0: HELD | {"Row ID": changed}})
    assert told(sessions)[0].startswith(words)


def _cell(path: Path, place: int, name: str) -> object:
    page = openpyxl.load_workbook(path)["Sessions"]
    top, columns = header_of(page)
    return page.cell(top + 1 + place, columns[name]).value


def test_formulas_are_told_where_they_stand(sessions: Path) -> None:
    fill(sessions, "Sessions", {0: HELD, 1: {"Minutes": "=15+15"}})
    assert "Row 8, Minutes: is a formula; type the value itself" in told(sessions)


def test_merged_cells_are_told_where_they_begin(sessions: Path) -> None:
    book = openpyxl.load_workbook(sessions)
    book["Sessions"].merge_cells("H7:H8")
    book.save(sessions)
    assert told(sessions) == ["Row 7, Date: cells are merged; unmerge them and fill in each row"]


def test_another_sheet_is_told_and_another_version(sessions: Path) -> None:
    book = openpyxl.load_workbook(sessions)
    book.create_sheet("My notes")
    for row in book["About this workbook"].iter_rows():
        if row[0].value == "version":
            row[1].value = "0"
    book.save(sessions)
    assert told(sessions) == [
        "Sheet Sessions: is of version 0 of the template, not 1; ask for a new one",
        "Sheet My notes: is not part of the workbook and is not read; delete it",
    ]


def test_lost_hidden_sheets_and_columns_are_told(sessions: Path) -> None:
    book = openpyxl.load_workbook(sessions)
    for name in ("Lists", "About this workbook", "Roster"):
        del book[name]
    top, columns = header_of(book["Sessions"])
    book["Sessions"].cell(top, columns["Status"]).value = "Outcome"
    book.save(sessions)
    gone, missing = told(sessions)
    assert gone.startswith("Sheet Sessions: its hidden sheets are gone")
    assert missing.startswith("Sheet Sessions: lacks the columns Status")


def test_what_is_no_workbook_of_ours_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(other)
    with pytest.raises(HitError, match="has no sheet Sessions or Answers or Tutors"):
        read_filled(other)
    (tmp_path / "text.xlsx").write_text("no workbook")
    with pytest.raises(HitError):
        read_filled(tmp_path / "text.xlsx")


def test_answers_are_from_one_to_five_and_have_a_date(tmp_path: Path) -> None:
    path = tmp_path / "f.xlsx"
    sheet = feedback_sheet(DISTRICT, "family", "math", AT, named=False, rows=3)
    write_workbook(path, sheet)
    liked = next(one.name for one in sheet.fields if one.name.startswith("F1"))
    good = {"Date": date(2026, 10, 12), liked: 5}
    fill(path, "Answers", {0: good, 1: good | {liked: 6}, 2: {liked: 3}})
    assert told(path) == [
        f"Row 7, {liked}: 6 is more than 5",
        "Row 8, Date: is blank; type the day it was answered, such as 9/14/2026",
    ]


def test_tutors_have_names_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_workbook(path, tutors_sheet(DISTRICT, AT, 3))
    good = {"First name": "Ana", "Last name": "Day", "E-mail": "ana@tutors.example"}
    fill(
        path,
        "Tutors",
        {
            0: good | {"Kind": "volunteer", "Started": date(2026, 9, 14)},
            1: good | {"E-mail": "ana", "Kind": "Wizard"},
            2: {"Started": "soon"},
        },
    )
    found = told(path)
    assert [words.partition(":")[0] for words in found] == [
        "Row 6, Kind",
        "Row 6, E-mail",
        "Row 7, Started",
        "Row 7, First name",
        "Row 7, Last name",
    ]

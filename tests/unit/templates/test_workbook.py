"""The workbooks as people see them: what is locked, what is checked, what stays in sight."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.templates.layout import HIDDEN, STATUSES, TUTOR_KINDS, session_fields
from hit_pipeline.templates.questions import QUESTIONS, ROLES, WHO
from hit_pipeline.templates.sheets import Meetings, feedback_sheet, sessions_sheet, tutors_sheet
from hit_pipeline.templates.workbook import write_workbook
from tests.commandline.workbooks import header_of
from tests.unit.templates.test_check import AT, DISTRICT, STUDENTS


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("made") / "s.xlsx"
    wanted = Meetings("math", "fall", 3, "Ana Day", AT, "ana@tutors.example")
    write_workbook(path, sessions_sheet(DISTRICT, wanted, STUDENTS))
    return openpyxl.load_workbook(path)


def test_it_opens_on_the_sheet_to_fill_in_with_the_helpers_hidden(book: Any) -> None:
    assert book.active.title == "Sessions"
    shown = {page.title for page in book if page.sheet_state == "visible"}
    assert shown == {"Instructions", "Sessions"}
    assert set(book.sheetnames) - shown == set(HIDDEN)


def test_only_entry_cells_are_open_and_there_is_no_password(book: Any) -> None:
    page = book["Sessions"]
    top, columns = header_of(page)
    locked = {name for name, at in columns.items() if page.cell(top + 1, at).protection.locked}
    entries = {one.name for one in session_fields("", "", 240) if one.is_entry}
    assert locked == set(columns) - entries
    assert page.protection.sheet
    assert page.protection.password is None


def test_each_student_has_a_row_for_every_meeting_with_an_id_of_its_own(book: Any) -> None:
    page = book["Sessions"]
    top, columns = header_of(page)
    rows = [
        {name: page.cell(row, at).value for name, at in columns.items()}
        for row in range(top + 1, page.max_row + 1)
    ]
    assert [(one["Meeting"], one["First name"]) for one in rows] == [
        (meeting, name) for meeting in (1, 2, 3) for name in ("Ivy", "Jon")
    ]
    assert len({one["Row ID"] for one in rows}) == len(rows)
    assert {one["Planned minutes"] for one in rows} == {30}
    assert {(one["Tutor"], one["Tutor e-mail"]) for one in rows} == {
        ("Ana Day", "ana@tutors.example")
    }
    assert rows[0]["Student number"] == "0101"


def test_header_and_names_stay_in_sight_and_the_row_id_does_not(book: Any) -> None:
    page = book["Sessions"]
    assert page.freeze_panes == "F7"
    assert page.column_dimensions["A"].hidden
    assert page.page_setup.orientation == "landscape"


def test_the_spreadsheet_checks_dates_minutes_times_and_lists(book: Any) -> None:
    page = book["Sessions"]
    rules = {rule.type: rule for rule in page.data_validations.dataValidation}
    assert {"date", "time", "whole", "list"} <= set(rules)
    assert (rules["whole"].formula1, rules["whole"].formula2) == ("0", "240")
    assert rules["list"].formula1 == f"Lists!$A$2:$A${len(STATUSES) + 1}"
    words = [cell.value for cell in book["Lists"]["A"]]
    assert words == ["Status", *STATUSES]


def test_the_instructions_say_what_to_do_and_who_to_ask(book: Any) -> None:
    text = [cell.value for cell in book["Instructions"]["A"] if cell.value]
    assert {"What this is for:", "How to fill it in:", "Who to ask:"} <= set(text)


def test_another_workbook_has_another_code() -> None:
    later = datetime(2026, 10, 13, 15, 0, tzinfo=UTC)
    codes = {
        sessions_sheet(DISTRICT, Meetings("math", "fall", 1, tutor, at), STUDENTS).code
        for tutor in (None, "Ana Day")
        for at in (AT, later)
    }
    assert len(codes) == 4


def test_the_contract_knows_every_status_kind_of_tutor_and_role(tmp_path: Path) -> None:
    (sessions,) = load_contract("template_sessions", tmp_path).files.values()
    for column in ("session_state", "attendance"):
        assert set(sessions.feeds[0].columns[column].map or {}) == set(STATUSES)
    (tutors,) = load_contract("template_tutors", tmp_path).files.values()
    assert set(tutors.feeds[0].columns["tutor_kind"].map or {}) == set(TUTOR_KINDS)
    (answers,) = load_contract("template_feedback", tmp_path).files.values()
    roles: dict[str, str] = {}
    for feed in answers.feeds:
        roles |= feed.columns["respondent_role"].map or {}
    assert roles == {WHO[role]: role for role in ROLES}


def test_the_contracts_know_every_column(tmp_path: Path) -> None:
    wanted = Meetings("math", "fall", 1, None, AT)
    sheets = [
        sessions_sheet(DISTRICT, wanted, STUDENTS),
        tutors_sheet(DISTRICT, AT, 1),
        *(feedback_sheet(DISTRICT, role, None, AT, named=True, rows=1) for role in ROLES),
    ]
    for sheet in sheets:
        (file,) = load_contract(f"template_{sheet.kind}", tmp_path).files.values()
        known = {column.name for column in file.columns}

        questions = {one.header for role in ROLES for one in QUESTIONS[role]}
        assert {field.name for field in sheet.fields} <= known | questions


def test_ids_of_questions_are_not_used_twice() -> None:
    ids = [one.id for role in ROLES for one in QUESTIONS[role]]
    assert len(ids) == len(set(ids))


def test_schools_and_programs_of_a_survey_drop_down_and_others_may_be_typed(tmp_path: Path) -> None:
    schools = ("Cedar School", "Oak School")
    sheet = feedback_sheet(DISTRICT, "family", None, AT, named=False, rows=2, schools=schools)
    write_workbook(tmp_path / "f.xlsx", sheet)
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    lists = [[cell.value for cell in column] for column in book["Lists"].iter_cols()]
    assert lists == [["School", *schools], ["Program", "Math lab", None]]
    rules = book["Answers"].data_validations.dataValidation
    assert {rule.errorStyle for rule in rules if "Lists!" in str(rule.formula1)} == {"information"}

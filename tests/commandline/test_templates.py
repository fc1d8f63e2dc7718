"""`hit template` and `hit disclosure`: workbooks go out, are filled in and come back in a night."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.commandline.invoke import both, document, hit, said
from tests.commandline.workbooks import (
    ASSIGNMENTS,
    SETTINGS,
    STUDENTS,
    fill,
    header_of,
    shown,
)
from tests.nights import ask, drop, lay, night, one_row

FIRST = datetime(2026, 10, 12, 6, 0, tzinfo=UTC)
SECOND = datetime(2026, 10, 20, 6, 0, tzinfo=UTC)
AT = ("--now", "2026-10-12T15:00Z")
TERM = ("--program", "math", "--term", "fall", "--meetings", "2", *AT)
CONSENTS = """student_number,program,purpose,answer,answered_on
0104,math,tutoring,refused,2026-10-01
"""
MONDAY = date(2026, 10, 12)
HELD: dict[str, Any] = {"Date": MONDAY, "Start": time(15, 30), "Tutor": "Ana Day", "Status": "Held"}


@dataclass(frozen=True)
class Handed:
    """A district after its workbooks went out and came back.

    Attributes:
        folder: The district folder.
        written: What `hit template sessions --json` told.
        rows: The rows of the sessions workbook as it was handed out.
        checked: What `hit template check --json` found in it after it was filled in.
    """

    folder: Path
    written: dict[str, Any]
    rows: list[dict[str, Any]]
    checked: list[dict[str, Any]]


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handed]:
    """Two nights with workbooks in between; read only."""
    folder = tmp_path_factory.mktemp("alder")
    lists = {"students": STUDENTS, "assignments": ASSIGNMENTS}
    inbox = {f"roster/{name}.csv": text.encode() for name, text in lists.items()}
    inbox["consents/consents.csv"] = CONSENTS.encode()
    lay(folder, SETTINGS, inbox, FIRST)
    assert night(folder, FIRST)["failed"] == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HIT_DISTRICT", str(folder))
        log, answers, tutors = (folder / f"{name}.xlsx" for name in ("s", "f", "t"))
        written = document("template", "sessions", log, *TERM, "--by", "Tia")
        rows = shown(log, "Sessions")
        said("template", "feedback", answers, "--role", "student", "--program", "math", *AT)
        said("template", "tutors", tutors, *AT)
        fill_in(log, answers, tutors)
        checked = document("template", "check", log, exit_code=1)
        for name, path in (("logs", log), ("answers", answers), ("tutors", tutors)):
            drop(folder, f"{name}/{path.name}", path.read_bytes(), SECOND)
        assert night(folder, SECOND)["failed"] == []
        yield Handed(folder, written, rows, checked)


def fill_in(log: Path, answers: Path, tutors: Path) -> None:
    """Fill in the three workbooks; one row of the first has no date, one a status of its own."""
    entries: dict[int, dict[str, Any]] = {
        0: HELD | {"Minutes": 25, "Note": "fractions"},
        1: HELD | {"Status": "Student absent"},
        3: {"Minutes": 20},
        4: HELD | {"Date": date(2026, 10, 14), "Status": "Snowed in"},
    }
    fill(log, "Sessions", entries)
    _, columns = header_of(openpyxl.load_workbook(answers)["Answers"])
    liked, change = (next(one for one in columns if one.startswith(id_)) for id_ in ("S1", "S9"))
    fill(answers, "Answers", {0: {"Date": MONDAY, liked: 4, change: "More games"}})
    tutor = {"First name": "Ana", "Last name": "Day", "E-mail": "ana@tutors.example"}
    fill(tutors, "Tutors", {0: {**tutor, "Trained": date(2026, 8, 20), "Training": "Fractions"}})


def test_the_workbook_has_who_is_assigned_and_not_refused(handed: Handed) -> None:
    assert {row["Student number"] for row in handed.rows} == {"0101", "0102", "0103"}
    assert len(handed.rows) == 6
    told = handed.written
    assert (told["students"], told["recipient"], told["agreement"]) == (3, "district", "staff")
    assert told["held_back"] == {"consent refused": 1, "not assigned": 1}


def test_the_ledger_is_listed_without_keys(handed: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIT_DISTRICT", str(handed.folder))
    people, (entry,) = both("disclosure", "list")
    assert (entry["file"], entry["students"], entry["asked_by"]) == ("s.xlsx", 3, "Tia")
    assert entry["fields"][0] == "student_id_district"
    ledger = (handed.folder / "lake/disclosures/ledger.jsonl").read_text(encoding="utf-8")
    keys = json.loads(ledger)["student_keys"]
    assert len(keys) == 3
    assert not [key for key in keys if key in people or key in json.dumps(entry)]


def test_what_is_to_correct_is_told_by_row(handed: Handed) -> None:
    found = [(one["row"], one["column"]) for one in handed.checked]
    assert found == [(10, "Date"), (10, "Status"), (11, "Status")]


def test_meetings_come_back_as_sessions_of_the_students(handed: Handed) -> None:
    sql = """select session_state, attendance, present_seconds, planned_seconds
        from session_participant where student_key is not null order by present_seconds"""
    assert ask(handed.folder, sql).to_pylist() == [
        {
            "session_state": "completed",
            "attendance": attendance,
            "present_seconds": present,
            "planned_seconds": 1800,
        }
        for attendance, present in (("present", 1500), ("no_show", None))
    ]
    one = one_row(handed.folder, "select rostered_count, program_id, topic from session")
    assert one == {"rostered_count": 2, "program_id": "math", "topic": "fractions"}


def test_rows_that_cannot_be_read_wait_and_blank_ones_are_left_out(
    handed: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIT_DISTRICT", str(handed.folder))
    held = document("quarantine", "list", "--source", "logs")
    assert {one["rule"] for one in held} == {
        "session.no_date",
        "map.session_state.unmapped",
        "map.attendance.unmapped",
    }


def test_answers_come_back_without_a_name(handed: Handed) -> None:
    sql = """select question_id, answer_number, scale_maximum, is_anonymous, student_key,
        respondent_role, program_id from feedback_response where answer_number is not null"""
    assert one_row(handed.folder, sql) == {
        "question_id": "S1",
        "answer_number": 4.0,
        "scale_maximum": 5.0,
        "is_anonymous": True,
        "student_key": None,
        "respondent_role": "student",
        "program_id": "math",
    }


def test_tutors_come_back_with_their_events(handed: Handed) -> None:
    sql = "select event, event_date, topic from tutor_event order by event"
    assert ask(handed.folder, sql).to_pylist() == [
        {"event": "listed", "event_date": None, "topic": None},
        {"event": "trained", "event_date": date(2026, 8, 20), "topic": "Fractions"},
    ]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--program", "chess", "--term", "fall"), "no program named 'chess'; valid are math"),
        (("--program", "math", "--term", "x"), "no term of math named 'x'; valid are fall"),
        (
            ("--program", "math", "--term", "fall", "--school", "Elm"),
            "no school named 'Elm'; valid are Cedar School, Oak School",
        ),
        (
            ("--program", "math", "--term", "fall", "--agreement", "x"),
            "no agreement named 'x'; valid are staff",
        ),
    ],
)
def test_a_name_that_is_not_there_writes_nothing(
    handed: Handed,
    words: tuple[str, ...],
    error: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HIT_DISTRICT", str(handed.folder))
    told = hit("template", "sessions", tmp_path / "s.xlsx", *words, *AT)
    assert told.exit_code == 1
    assert error in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_one_school_has_its_own_students_and_a_tutor_is_filled_in(
    handed: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIT_DISTRICT", str(handed.folder))
    path = tmp_path / "oak.xlsx"
    told = said("template", "sessions", path, *TERM, "--school", "oak school", "--tutor", "Bo Ray")
    assert "No tutoring group names the tutor" in told
    assert {(row["Student number"], row["Tutor"]) for row in shown(path, "Sessions")} == {
        ("0103", "Bo Ray")
    }


def test_a_workbook_that_is_there_is_not_replaced(
    handed: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIT_DISTRICT", str(handed.folder))
    path = tmp_path / "s.xlsx"
    path.write_text("filled in")
    for words in (("sessions", path, *TERM), ("tutors", path, *AT)):
        told = hit("template", *words)
        assert (told.exit_code, "is there already" in told.stderr) == (1, True)
    assert path.read_text() == "filled in"


def test_a_name_without_xlsx_and_a_role_nobody_has_are_refused(
    handed: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIT_DISTRICT", str(handed.folder))
    assert "Let it end in .xlsx" in hit("template", "tutors", tmp_path / "t.csv", *AT).stderr
    wrong = hit("template", "feedback", tmp_path / "f.xlsx", "--role", "janitor", *AT)
    assert "valid are family, school_leader, site_lead, student, teacher, tutor" in wrong.stderr

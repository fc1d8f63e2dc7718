"""`hit review`: its pages on this machine, and the workbook there and back."""

import json
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.commandline.invoke import document, hit, refusal, said
from tests.commandline.workbooks import fill, shown
from tests.nights import ask, lay, night

SHEET = "Questions"
SETTINGS = """
[district]
name = "Alder County Schools"
time_zone = "America/Denver"

[sources.roster]
adapter = "files"
contract = "plain_files"
kind = "roster"

[sources.northstar]
adapter = "files"
contract = "northstar_sessions"
kind = "log"
"""
STUDENTS = b"""student_number,last_name,first_name,birth_date,grade,school_id,school_name,entry_date
0101,Moss,Ivy,2016-02-03,3,S1,Cedar School,2026-08-17
0102,Reed,Jon,2016-05-06,3,S1,Cedar School,2026-08-17
0103,Fern,Kai,2015-07-08,4,S1,Cedar School,2026-08-17
"""
HEADER = (
    "Session ID,Series ID,Status,Student ID,Student First Name,Student Last Name,Grade,School,"
    "Tutor ID,Tutor Name,Tutor Email,Subject,Program,Scheduled Start,Timezone,Scheduled Minutes,"
    "Actual Start,Actual Minutes,Attendance,Student Ratio,Group,Last Updated"
)
ROW = (
    "{n},A,Completed,{number},{first},{last},3,Cedar School,T1,Ana Day,ana@north.example,Math,"
    "Math lab,2026-10-0{n} 09:00,America/Denver,30,2026-10-0{n} 09:00,{minutes},Present,1:2,G,"
    "2026-10-09T09:00:00Z"
)
ROWS = [
    ROW.format(n=1, number="0101", first="Zed", last="Moss", minutes=10),
    ROW.format(n=2, number="0102", first="Abe", last="Reed", minutes=30),
    ROW.format(n=3, number="0103", first="Kai", last="Fern", minutes=20),
]
"""Two rows bear the number of somebody with another first name."""


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review") / "district"
    inbox = {
        "roster/students.csv": STUDENTS,
        "northstar/session_1.csv": "\n".join([HEADER, *ROWS, ""]).encode(),
    }
    assert night(lay(folder, SETTINGS, inbox))["failed"] == []
    return folder


@pytest.fixture
def folder(after_a_night: Path, tmp_path: Path) -> Path:
    """The district after its night, with a registry of its own: decisions stay with the test."""
    copied = tmp_path / "district"
    subprocess.run(["cp", "-r", after_a_night, copied], check=True)
    return copied


def exported(folder: Path) -> Path:
    path = folder.parent / "questions.xlsx"
    said("review", "export", path, "-d", folder)
    return path


def test_a_question_goes_out_comes_back_and_counts_after_the_next_run(folder: Path) -> None:
    path = exported(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = shown(path, SHEET)
    assert [(row["Record: first name"], row["Minutes"]) for row in rows] == [
        ("Abe", 30),
        ("Zed", 10),
    ]
    assert [row["Differs"] for row in rows] == ["first name", "first name"]
    fill(path, SHEET, {0: {"Answer": "Same", "Note": "his middle name"}, 1: {"Answer": "Unsure"}})
    told = document("review", "import", path, "-d", folder, "--as", "Bo Reed")
    assert told == {"decided": 2, "already": 0, "refused": 0} | {"refused": []}
    assert document("review", "import", path, "-d", folder)["already"] == 2
    assert night(folder)["failed"] == []
    links = ask(folder, "SELECT decided_by, rule FROM person_link WHERE rule LIKE 'steward.%'")
    assert sorted(row["rule"] for row in links.to_pylist()) == ["steward.same", "steward.unsure"]
    assert {row["decided_by"] for row in links.to_pylist()} == {"Bo Reed"}
    queue = ask(folder, "SELECT stated_given_name, kind FROM review_queue").to_pylist()
    assert queue == [{"stated_given_name": "Zed", "kind": "steward.unsure"}]


def test_the_questions_are_in_the_restricted_tier_only(after_a_night: Path) -> None:
    assert ask(after_a_night, "FROM review_queue").num_rows == 2
    with pytest.raises(Exception, match="review_queue"):
        ask(after_a_night, "FROM review_queue", tier="analyst")


def test_rows_that_are_not_taken_are_told_and_the_exit_says_so(folder: Path) -> None:
    path = exported(folder)
    fill(path, SHEET, {0: {"Answer": "Same"}, 1: {"Answer": "Perhaps"}})
    result = hit("review", "import", path, "-d", folder, "--as", "Bo Reed")
    assert result.exit_code == 1
    assert 'Row 7, Answer: "Perhaps" is not in the list' in result.stdout
    told = document("review", "import", path, "-d", folder, exit_code=1)
    assert (told["already"], len(told["refused"])) == (1, 1)
    assert told["refused"][0]["row"] == 7


def test_an_export_is_narrowed_and_never_replaces_a_file(folder: Path) -> None:
    path = exported(folder)
    message = refusal("review", "export", path, "-d", folder)["message"]
    assert "is there already" in message
    other = folder.parent / "other.xlsx"
    message = refusal("review", "export", other, "-d", folder, "--source", "nobody")["message"]
    assert "nothing waits that fits" in message
    assert not other.exists()


@pytest.mark.parametrize("name", ["", "  ", "engine"])
def test_who_decides_must_be_somebody(folder: Path, name: str) -> None:
    path = exported(folder)
    told = refusal("review", "import", path, "-d", folder, "--as", name)
    assert "is nobody who could decide" in told["message"]


def test_the_address_is_printed_once_and_an_interrupt_ends_it(folder: Path) -> None:
    server, told = _started(folder)
    try:
        assert (told["waiting"], told["as"]) == (2, "Ana Day")
        session = requests.Session()
        page = session.get(told["address"], timeout=20)
        assert page.status_code == 200
        assert "Abe Reed" in page.text
        assert requests.get(told["address"].partition("?")[0], timeout=20).status_code == 403
    finally:
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=30)
    assert (server.returncode, out, err) == (0, "", "")


def test_a_port_in_use_is_refused_in_words(folder: Path) -> None:
    server, told = _started(folder)
    try:
        port = told["address"].partition("/?")[0].rpartition(":")[2]
        message = refusal("review", "--port", port, "-d", folder)["message"]
        assert f"port {port} cannot be used" in message
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)


def _started(folder: Path) -> tuple["subprocess.Popen[str]", dict[str, Any]]:
    """Start the pages as a program would; return what was printed once they can be opened."""
    command = [sys.executable, "-c", "from hit_pipeline.cli import main; main()"]
    words = ["review", "-d", str(folder), "--as", "Ana Day", "--json"]
    pipe = subprocess.PIPE
    server = subprocess.Popen([*command, *words], stdout=pipe, stderr=pipe, text=True)
    assert server.stdout is not None
    text = ""
    while not text.endswith("}\n"):
        line = server.stdout.readline()
        assert line, server.communicate()[1]
        text += line
    return server, json.loads(text)

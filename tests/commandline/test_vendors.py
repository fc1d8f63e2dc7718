"""`hit vendor corrections`: what a vendor has to correct, from the command line."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.commandline.invoke import document, refusal
from tests.commandline.workbooks import ASSIGNMENTS, SETTINGS, STUDENTS
from tests.nights import lay, night

FIRST = datetime(2026, 10, 12, 6, 0, tzinfo=UTC)
AT = ("--now", "2026-10-12T15:00Z")
VENDOR = """
[sources.riverside]
adapter = "files"
contract = "plain_files"
kind = "completion"
bare_id_system = "district"
vendor = "Riverside Tutors"

[programs.lab]
name = "Lab"
vendor = "Riverside Tutors"

[programs.lab.terms.fall]
start = 2026-09-14
end = 2026-12-18

[agreements.riverside]
recipient = "Riverside Tutors"
purposes = ["tutoring"]
fields = ["student_id_district"]
start = 2026-07-01
end = 2026-10-31
signed_by = "Ada Director"

[unknown_consent]
tutoring = "share"
"""
LAB = ASSIGNMENTS.replace("math,fall", "lab,fall")
THEIRS = """student_number,last_name,first_name,birth_date,grade,school_id,school_name,entry_date
101,Moss,Ivy,2016-02-03,3,S1,Cedar School,2026-08-17
105,Rush,Mia,2016-11-12,3,S1,Cedar School,2026-08-17
7777,Nobody,Known,2016-11-12,3,S1,Cedar School,2026-08-17
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a district after a night with a vendor's list in it."""
    made = tmp_path_factory.mktemp("vendors")
    inbox = {
        "roster/students.csv": STUDENTS.encode(),
        "roster/assignments.csv": LAB.encode(),
        "riverside/students.csv": THEIRS.encode(),
    }
    lay(made, SETTINGS + VENDOR, inbox, FIRST)
    assert night(made, FIRST)["failed"] == []
    return made


def test_the_file_is_written_and_told_of(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    told = document("vendor", "corrections", "riverside", out, "-d", folder, "--by", "Tia", *AT)
    assert (told["records"], told["with_right_number"]) == (3, 1)
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    found = {row["stated_district"]: row["right_number"] for row in rows}
    assert found == {"101": "0101", "105": "", "7777": ""}  # 0105 has left the program
    listed = document("disclosure", "list", "-d", folder)
    assert [(one["file"], one["recipient"], one["students"]) for one in listed] == [
        ("out.csv", "Riverside Tutors", 1)
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("riverside", "out.txt"), "out.txt is no name of such a file"),
        (("logs", "out.csv"), "the source logs has no vendor"),
        (("riversde", "out.csv"), "no source named 'riversde'"),
        (("riverside", "no/such/out.csv"), "there is no folder"),
    ],
)
def test_what_cannot_be_is_refused(
    folder: Path, tmp_path: Path, arguments: tuple[str, str], words: str
) -> None:
    source, name = arguments
    told = refusal("vendor", "corrections", source, tmp_path / name, "-d", folder, *AT)
    assert words in told["message"]
    assert not (tmp_path / name).exists()


def test_nothing_goes_out_once_the_agreement_has_ended(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    later = ("--now", "2026-11-01T15:00Z")
    told = refusal("vendor", "corrections", "riverside", out, "-d", folder, *later)
    assert "in force from 2026-07-01 to 2026-10-31, not on 2026-11-01" in told["message"]
    assert not out.exists()

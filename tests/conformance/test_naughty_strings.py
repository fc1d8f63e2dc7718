"""Strings that break software through a night: as names, notes, topics, ids and headers."""

import csv
import io
import json
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from hit_pipeline.lake import Lake
from hit_pipeline.release.catalog import current
from hit_pipeline.settings_file import load_district
from tests.nights import ask, lay, night, one_row

NAME = '</title>"Us" & \\them'
DISTRICT = f"""
[district]
name = '{NAME}'
time_zone = "America/Chicago"

[sources.roster]
adapter = "files"
contract = "plain_files"
kind = "roster"

[sources.meetings]
adapter = "files"
contract = "brightpath"
kind = "log"
program = "reading"

[programs.reading]
name = "Reading"
"""
BLANKS = (
    "".join(filter(str.isspace, map(chr, range(sys.maxunicode)))) + "\u200b\u200c\u200d\u2060\ufeff"
)
"""What is trimmed from a cell: white space of any script, zero-width characters, the byte order
mark."""
SCHOOLS = ("10", "20")
FIRST_DAY = date(2026, 8, 3)
START = datetime(2026, 9, 14, 8, 0)  # noqa: DTZ001 (a wall clock)
TIME = "%m/%d/%Y %I:%M:%S %p"


@pytest.fixture(scope="module")
def strings(samples: Path) -> list[str]:
    path = samples / "bad_input" / "naughty-strings" / "blns.json"
    found: list[str] = json.loads(path.read_text(encoding="utf-8"))
    assert len(found) > 500
    return found


@pytest.fixture(scope="module")
def district(strings: Sequence[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    inbox = {
        "roster/students.csv": sheet(students(strings)),
        "roster/calendar.csv": sheet(calendar(strings)),
        "roster/attendance.csv": sheet([absence(strings)]),
        "meetings/meetings.csv": sheet(meetings(strings)),
        "meetings/attendance.csv": sheet(attendance(strings)),
    }
    folder = lay(tmp_path_factory.mktemp("naughty"), DISTRICT, inbox)
    told = night(folder)
    assert told["failed"] == []
    assert told["release"] is not None
    return folder


def sheet(rows: Iterable[dict[str, str]]) -> bytes:
    """Return rows as CSV, every cell quoted."""
    listed = list(rows)
    told = io.StringIO()
    writer = csv.DictWriter(told, list(listed[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(listed)
    return told.getvalue().encode()


def students(strings: Sequence[str]) -> Iterable[dict[str, str]]:
    for number, text in enumerate(strings):
        yield {
            "student_number": str(100_000 + number),
            "last_name": text,
            "first_name": text,
            "preferred_name": text,
            "birth_date": (date(2014, 1, 1) + timedelta(days=3 * number)).isoformat(),
            "grade": "05",
            "school_id": SCHOOLS[number % 2],
            "exit_reason": text,
        }


def calendar(strings: Sequence[str]) -> Iterable[dict[str, str]]:
    for number, text in enumerate(strings):
        day = FIRST_DAY + timedelta(days=number // 2)
        school = SCHOOLS[number % 2]
        yield {
            "school_id": school,
            "date": day.isoformat(),
            "day_type": "instructional",
            "note": text,
        }


def absence(strings: Sequence[str]) -> dict[str, str]:
    """Return a row whose columns nobody knows are the strings read backwards."""
    known = {"student_number": "100000", "date": "2026-09-01", "status": "A"}
    return {**known, **{text[::-1]: text for text in strings}}


def meetings(strings: Sequence[str]) -> Iterable[dict[str, str]]:
    for number, text in enumerate(strings):
        start = START + timedelta(hours=number)
        yield {
            "MeetingKey": f"M{number}",
            "Topic": f"{text} (Group {number})",
            "HostId": f"H{number}",
            "HostName": text,
            "SubstituteHostId": "",
            "SiteName": text,
            "ScheduledStart": start.strftime(TIME),
            "ScheduledEnd": (start + timedelta(minutes=30)).strftime(TIME),
            "State": "ENDED",
            "CancelReason": "",
        }


def attendance(strings: Sequence[str]) -> Iterable[dict[str, str]]:
    for number, text in enumerate(strings):
        start = START + timedelta(hours=number)
        yield {
            "MeetingKey": f"M{number}",
            "ParticipantId": f"P{number}",
            "ExternalStudentId": text,
            "DisplayName": text,
            "JoinTime": start.strftime(TIME),
            "LeaveTime": (start + timedelta(minutes=20)).strftime(TIME),
            "Marked": "ATTENDED",
        }


def trimmed(text: str) -> str | None:
    return text.strip(BLANKS) or None


def test_every_landed_row_has_one_fate_and_none_is_refused(
    strings: Sequence[str], district: Path
) -> None:
    fates = one_row(
        district,
        "SELECT count(*) AS files, sum(rows) AS landed, sum(rows_conformed) AS conformed, "
        "count(*) FILTER (rows <> rows_conformed + rows_superseded + rows_repeated "
        "+ rows_excluded + rows_quarantined) AS unequal FROM delivery WHERE status = 'landed'",
    )
    rows = 4 * len(strings) + 1
    assert fates == {"files": 5, "landed": rows, "conformed": rows, "unequal": 0}


def test_headers_the_contract_does_not_know_are_counted(
    strings: Sequence[str], district: Path
) -> None:
    found = one_row(
        district,
        "SELECT sum(count) AS columns FROM delivery_finding WHERE rule = 'contract.extra_column'",
    )
    assert found == {"columns": len(set(strings))}


@pytest.mark.parametrize("column", ["family_name", "given_name", "preferred_name"])
def test_names_of_students_are_published_as_stated(
    strings: Sequence[str], district: Path, column: str
) -> None:
    rows = ask(
        district,
        f"SELECT value, {column} AS name FROM student JOIN student_identifier USING (student_key) "  # noqa: S608 (our own columns)
        "WHERE system = 'district' AND origin = 'roster'",
    ).to_pylist()
    assert {row["value"]: row["name"] for row in rows} == {
        str(100_000 + number): trimmed(text) for number, text in enumerate(strings)
    }
    assert len(rows) == len(strings)


def test_notes_of_the_calendar_are_published_as_stated(
    strings: Sequence[str], district: Path
) -> None:
    rows = ask(
        district, "SELECT school_id, local_date, note FROM calendar_day WHERE origin = 'stated'"
    ).to_pylist()
    assert {(row["school_id"], row["local_date"]): row["note"] for row in rows} == {
        (one["school_id"], date.fromisoformat(one["date"])): trimmed(one["note"])
        for one in calendar(strings)
    }


def test_topics_of_sessions_are_published_as_stated(strings: Sequence[str], district: Path) -> None:
    rows = ask(district, "SELECT session_id_source, topic, group_name FROM session").to_pylist()
    assert {row["session_id_source"]: row["topic"] for row in rows} == {
        f"M{number}": trimmed(text) for number, text in enumerate(strings)
    }
    assert {row["group_name"] for row in rows} == {
        f"Group {number}" for number in range(len(strings))
    }


def test_names_of_tutors_are_published_as_stated(strings: Sequence[str], district: Path) -> None:
    rows = ask(district, "SELECT display_name FROM tutor").to_pylist()
    published = Counter(row["display_name"] for row in rows)
    stated = Counter(map(trimmed, strings))
    assert published <= stated
    alike = {_letters(name) for name in published}
    assert {name for name in stated - published if _letters(name) not in alike} == set()


def _letters(name: str | None) -> str:
    """Return the letters of a name: tutors of one school whose names read the same are one."""
    plain = unicodedata.normalize("NFKD", name or "").casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def test_ids_nobody_knows_are_listed_as_stated(strings: Sequence[str], district: Path) -> None:
    rows = ask(
        district, "SELECT id_system, id_value FROM unmatched WHERE source = 'meetings'"
    ).to_pylist()
    stated = Counter(row["id_value"] for row in rows if row["id_system"] == "state")
    assert stated == Counter(one for text in strings if (one := trimmed(text)))


def test_documents_of_a_release_can_be_read_and_repeat_no_cell(
    strings: Sequence[str], district: Path
) -> None:
    release = current(Lake.open(load_district(district, {}).lake_path))
    assert release is not None
    read = {
        path: path.read_text(encoding="utf-8")
        for path in release.folder.rglob("*")
        if path.suffix in {".json", ".html", ".md"}
    }
    package = [json.loads(text) for path, text in read.items() if path.suffix == ".json"]
    assert f"Tutoring warehouse of {NAME}" in {one.get("title") for one in package}
    cells = [text for text in strings if len(text) > 8]
    assert {path.name for path, text in read.items() if any(one in text for one in cells)} == set()


def test_what_dagster_keeps_of_the_night_repeats_no_cell(
    strings: Sequence[str], district: Path
) -> None:
    kept = b"".join(
        path.read_bytes() for path in (district / ".dagster").rglob("*") if path.is_file()
    )
    assert kept
    cells = [text.encode() for text in strings if len(text) > 8 and text != text[::-1]]
    assert [one for one in cells if one in kept] == []

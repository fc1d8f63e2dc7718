"""docs/your-first-vendor.md, followed to the letter, ends as it says."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.commandline.conftest import Guide
from tests.commandline.example import (
    DISTRICT,
    GUIDE,
    MAPS,
    TEST_STUDENT,
    code_maps,
    fenced,
    pupils,
    rows,
)
from tests.commandline.invoke import document

pytestmark = pytest.mark.usefixtures("district")

PARTICIPANTS = """
    SELECT session_id_source AS visit, id_value AS student, s.session_state, p.attendance,
        p.present_seconds
    FROM session_participant p
    JOIN session s USING (session_key)
    JOIN unmatched USING (person_record_id)
    ORDER BY ALL
"""


def participants(codes: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return what the vendor's file comes to by the maps of a contract, reckoned here."""
    states, attendance = codes
    told = [
        {
            "visit": row["Visit ID"],
            "student": row["Student Number"],
            "session_state": states[row["Status"]],
            "attendance": attendance[row["Status"]],
            "present_seconds": int(minutes) * 60 if (minutes := row["Minutes Attended"]) else None,
        }
        for row in rows()
        if row["Student Number"] != TEST_STUDENT and row["Status"] in states
    ]
    return sorted(told, key=lambda one: (one["visit"], one["student"]))


def fates(release: str) -> list[dict[str, int]]:
    kinds = "rows, rows_conformed, rows_excluded, rows_quarantined"
    asked = f"SELECT {kinds} FROM delivery"  # noqa: S608 (our own words)
    found: list[dict[str, int]] = document("query", asked, "--release", release)
    return found


def test_every_step_of_the_guide_succeeds(guide: Guide) -> None:
    assert [words.split(" mine/")[0] for words in guide.steps] == [
        "hit source new",
        "hit source check",
        "hit source preview riverside",
        "hit run",
        "hit quarantine list",
    ]
    assert {words: one.exit_code for words, one in guide.steps.items()} == dict.fromkeys(
        guide.steps, 0
    )


def test_the_source_and_the_statuses_in_the_guide_are_those_of_the_example() -> None:
    (block,) = fenced("toml")
    written = tomllib.loads((DISTRICT / "district.toml").read_text(encoding="utf-8"))
    assert tomllib.loads(block)["sources"].items() <= written["sources"].items()
    (line,) = re.findall(r"^- What do the statuses mean\? Here: (.*)\.$", GUIDE.read_text(), re.M)
    assert [re.findall("`(.*?)`", line)] * len(MAPS) == [list(one) for one in code_maps()]


def test_the_check_tells_every_source_and_what_its_file_would_come_to(guide: Guide) -> None:
    told = guide.steps["hit source check"].stdout
    assert "6 rows, 1 would be quarantined" in told
    assert all(name in told for name in ("riverside", "sis"))


def test_the_draft_asks_what_the_guide_asks_and_names_no_pupil(guide: Guide) -> None:
    (words,) = (words for words in guide.steps if words.startswith("hit source new"))
    drafted = (guide.folder / "contracts/riverside_draft.toml").read_text(encoding="utf-8")
    headers = " ".join(rows()[0])
    told = guide.steps[words].stdout + drafted
    assert not [one for one in pupils() if one in told and one not in headers]
    assert all(one["Status"] in drafted for one in rows())
    assert all(doubt in drafted for doubt in ("whose number is it", "is each file the whole"))


def test_the_run_ends_with_the_name_of_its_release(guide: Guide) -> None:
    assert f"release {guide.releases[0]} (" in guide.steps["hit run"].stdout


def test_the_row_of_the_unmapped_status_waits_in_quarantine(guide: Guide) -> None:
    (row,) = (place for place, one in enumerate(rows(), 1) if one["Status"] not in code_maps()[0])
    asked = 'SELECT "column", row FROM quarantine ORDER BY ALL'
    held = document("query", asked, "--release", guide.releases[0])
    assert held == [{"column": name, "row": row} for name in sorted(MAPS)]
    listed = guide.steps["hit quarantine list"].stdout
    assert all(f"map.{name}.unmapped" in listed for name in MAPS)
    assert not [one for one in pupils() if one in listed]


def test_mapping_the_status_conforms_the_row_without_a_new_file(
    guide: Guide,
) -> None:
    first, second = (fates(release) for release in guide.releases)
    all_six = {"rows": 6, "rows_excluded": 1}
    assert first == [{**all_six, "rows_conformed": 4, "rows_quarantined": 1}]
    assert second == [{**all_six, "rows_conformed": 5, "rows_quarantined": 0}]
    assert document("quarantine", "list") == []


def test_published_sessions_are_those_of_the_file(guide: Guide) -> None:
    first, second = (document("query", PARTICIPANTS, "--release", one) for one in guide.releases)
    assert first == participants(code_maps())
    assert second == participants(code_maps(guide.folder))
    assert len(second) == len(first) + 1


def test_the_test_student_is_excluded_by_the_rule_that_names_it(district: Path) -> None:
    (row,) = (n for n, one in enumerate(rows(), 1) if one["Student Number"] == TEST_STUDENT)
    with duckdb.connect() as connection:
        kept = connection.read_parquet(str(district / "lake/typed/riverside/fates.parquet"))
        excluded = kept.filter("fate = 'excluded'").project("rule, row").fetchall()
    assert excluded == [("exclude.test_student", row)]


def test_students_no_roster_knows_are_listed_with_their_time(district: Path) -> None:
    asked = "SELECT id_value, row_count, present_seconds FROM unmatched WHERE role = 'student'"
    counted = participants(code_maps(district))
    assert document("query", f"{asked} ORDER BY ALL") == [
        {
            "id_value": student,
            "row_count": len(theirs),
            "present_seconds": sum(times) if (times := [t for t in theirs if t]) else None,
        }
        for student in sorted({one["student"] for one in counted})
        if (theirs := [one["present_seconds"] for one in counted if one["student"] == student])
    ]


def test_time_of_students_no_roster_knows_counts_for_the_program(district: Path) -> None:
    asked = "SELECT program_id, sessions_delivered, mean_minutes FROM program_fidelity"
    counted = participants(code_maps(district))
    delivered = {one["visit"] for one in counted if one["session_state"] == "completed"}
    times = [one["present_seconds"] for one in counted if one["attendance"] == "present"]
    assert document("query", asked) == [
        {
            "program_id": "reading_lab",
            "sessions_delivered": len(delivered),
            "mean_minutes": sum(times) / len(times) / 60,
        }
    ]


def test_notes_about_children_are_not_kept(district: Path) -> None:
    notes = [row["Notes"].encode() for row in rows() if row["Notes"]]
    kept = [path for path in (district / "lake").rglob("*") if path.is_file()]
    assert not [path for path in kept for note in notes if note in path.read_bytes()]
    landed = [path for path in kept if path.suffix == ".parquet" and "landing" in path.parts]
    assert landed
    with duckdb.connect() as connection:
        columns = {name for path in landed for name in connection.read_parquet(str(path)).columns}
    assert "Status" in columns
    assert "Notes" not in columns


def test_the_installed_program_writes_one_document_and_nothing_of_libraries(guide: Guide) -> None:
    assert guide.again.returncode == 0, guide.again.stderr
    told = json.loads(guide.again.stdout)
    assert (told["failed"], told["release"]) == ([], guide.releases[1])
    assert Path(told["release_path"]).is_dir()
    assert guide.again.stderr.strip().startswith(f"release {guide.releases[1]} (")
    assert "nanobind" not in guide.again.stdout + guide.again.stderr

"""A status becomes two axes; codes nobody knows are asked about, and remarks are never shown."""

from pathlib import Path

import pytest

from hit_pipeline.drafting.knowledge import knowledge
from hit_pipeline.engine import Engine
from hit_pipeline.rules.status_effect import impossible_pairs
from tests.unit.drafting.bench import Drafted, csv_text, drafted


def log(engine: Engine, folder: Path, header: str, cells: list[str]) -> Drafted:
    rows = [
        f"S{n},{4000 + n},Coach,2026-09-{1 + n % 28:02d} 09:30,{cell}"
        for n, cell in enumerate(cells)
    ]
    text = csv_text(f"Session ID,Student ID,Tutor Name,Session Start,{header}", *rows)
    return drafted(engine, folder, {"log.csv": text})


@pytest.mark.parametrize(
    ("code", "state", "attendance"),
    [
        ("Attended", "completed", "present"),
        ("Present", "completed", "present"),
        ("No Show", "completed", "no_show"),
        ("no-show", "completed", "no_show"),
        ("Absent - Unexcused", "completed", "absent_unexcused"),
        ("Absent (Excused)", "completed", "absent_excused"),
        ("Late", "completed", "late"),
        ("Left Early", "completed", "partial"),
        ("Canceled - School", "cancelled_school", "not_expected"),
        ("Cancelled by tutor", "cancelled_provider", "not_expected"),
        ("Student cancelled", "cancelled_student", "not_expected"),
        ("Tutor No-Show", "tutor_no_show", "not_expected"),
        ("Coach Out", "tutor_no_show", "not_expected"),
        ("School Closed", "cancelled_school", "not_expected"),
        ("SNOW_DAY", "cancelled_school", "not_expected"),
        ("Rescheduled", "rescheduled", "not_expected"),
        ("Scheduled", "scheduled", "unknown"),
    ],
)
def test_a_known_word_means_a_pair(
    engine: Engine, tmp_path: Path, code: str, state: str, attendance: str
) -> None:
    found = log(engine, tmp_path, "Status", [code] * 4)
    assert found.targets["session_state"].map == {code: state}
    assert found.targets["attendance"].map == {code: attendance}


def test_no_pair_a_draft_proposes_is_impossible() -> None:
    pairs = {(one.session_state, one.attendance) for one in knowledge().statuses}
    assert not pairs & set(impossible_pairs())


def test_a_mark_of_attendance_goes_before_the_status(engine: Engine, tmp_path: Path) -> None:
    cells = ["Completed,Present"] * 4 + ["Completed,Absent"] * 4 + ["Canceled,"] * 4
    found = log(engine, tmp_path, "Status,Attendance", cells)
    assert found.targets["session_state"].from_ == ("Status",)
    assert (found.targets["attendance"].from_, found.targets["attendance"].first) == (
        ("Attendance", "Status"),
        True,
    )
    meant = found.targets["attendance"].map or {}
    assert (meant["Present"], meant["Completed"], meant["Canceled"]) == (
        "present",
        "unknown",
        "not_expected",
    )


def test_a_code_nobody_knows_is_asked_about_and_left_to_quarantine(
    engine: Engine, tmp_path: Path
) -> None:
    found = log(engine, tmp_path, "Status", ["Attended"] * 9 + ["Purple"] * 6)
    assert "Purple" not in (found.targets["session_state"].map or {})
    assert found.asks('"Purple" (6 rows) is not mapped')


def test_a_remark_in_a_status_is_never_shown(engine: Engine, tmp_path: Path) -> None:
    cells = ["Attended"] * 9 + ["Zelda absent", "Attended with Zelda Quick", "zq had a fever"]
    found = log(engine, tmp_path, "Status", cells)
    assert found.asks("3 rows have other codes")
    assert not [word for word in ("zelda", "quick", "zq", "fever") if word in found.text.casefold()]


def test_without_a_status_all_is_taken_for_held_and_asked(engine: Engine, tmp_path: Path) -> None:
    found = log(engine, tmp_path, "Minutes", ["30"] * 5)
    assert found.targets["session_state"].value == "completed"
    assert found.asks("no column says it")


def test_flags_of_attendance_are_codes_too(engine: Engine, tmp_path: Path) -> None:
    found = log(engine, tmp_path, "Attended", ["Y", "N"] * 5)
    assert found.targets["attendance"].map == {"Y": "present", "N": "no_show"}
    assert found.targets["session_state"].map == {"Y": "completed", "N": "completed"}

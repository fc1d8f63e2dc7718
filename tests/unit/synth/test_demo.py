"""The public entry: what is written where, and that it is the same every time."""

import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hit_pipeline.settings import District
from hit_pipeline.synth.demo import NIGHTS, write_district, write_night
from tests.unit.synth.conftest import Written

FILES_OF_NIGHT_1 = {
    "brightpath/attendance_20261111.csv",
    "brightpath/meetings_20261111.csv",
    "map_growth/ComboStudentAssessment_20261111.csv",
    "northstar/sessions_20261111.csv",
    "sis/oneroster_20261111.zip",
    "sis_files/attendance_20261111.csv",
    "sis_files/calendar_20261111.csv",
    "sis_files/program_assignments_20261111.csv",
    "sis_files/students_20261111.csv",
}


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below the inbox with its bytes."""
    inbox = folder / "inbox"
    return {
        str(path.relative_to(inbox)): path.read_bytes()
        for path in inbox.rglob("*")
        if path.is_file()
    }


def test_night_1_brings_every_source(tmp_path: Path) -> None:
    write_night(tmp_path, 1, students=260)
    assert set(contents(tmp_path)) == FILES_OF_NIGHT_1


def test_night_2_brings_every_source_but_the_test(tmp_path: Path) -> None:
    write_night(tmp_path, 2, students=260)
    expected = {name.replace("20261111", "20261112") for name in FILES_OF_NIGHT_1}
    assert set(contents(tmp_path)) == {n for n in expected if not n.startswith("map_growth")}


@pytest.mark.parametrize("night", [1, 2])
def test_same_seed_writes_same_bytes_and_another_seed_other_bytes(
    tmp_path: Path, night: int
) -> None:
    planted = [
        write_night(tmp_path / name, night, seed=seed, students=260)
        for name, seed in (("first", 7), ("again", 7), ("other", 8))
    ]
    first, again, other = (contents(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert planted[0] == planted[1]
    same_everywhere = {name for name in first if "calendar" in name}
    assert {name for name in first if first[name] == other[name]} == same_everywhere


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("night", [1, 2])
def test_every_fault_finds_its_place_in_the_smallest_district(
    tmp_path: Path, night: int, seed: int
) -> None:
    planted = write_night(tmp_path, night, seed=seed, students=260)
    without_rows = {fault.name for fault in planted if not fault.rows}
    assert without_rows == (set() if night == 1 else {"removed_rows", "gone_from_bundle"})
    assert len({fault.name for fault in planted}) == len(planted)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda path: write_night(path, 0), r"night must be one of \[1, 2\]; received 0"),
        (lambda path: write_night(path, 3), r"night must be one of \[1, 2\]; received 3"),
        (lambda path: write_night(path, 1, students=259), "at least 260; received 259"),
    ],
)
def test_impossible_requests_are_refused_before_anything_is_written(
    tmp_path: Path, call: Callable[[Path], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        call(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nights_are_one_day_apart_and_aware() -> None:
    assert NIGHTS[1] - NIGHTS[0] == timedelta(days=1)
    assert all(night.utcoffset() == timedelta(0) for night in NIGHTS)


def test_settings_name_a_source_for_every_folder_of_the_inbox(
    tmp_path: Path, district: Written
) -> None:
    write_district(tmp_path / "new")
    settings = tomllib.loads((tmp_path / "new" / "district.toml").read_text(encoding="utf-8"))
    folders = {path.name for path in (district.folder / "inbox").iterdir()}
    assert set(settings["sources"]) == folders
    assert settings["district"]["time_zone"] == "America/Chicago"


def test_settings_are_valid(tmp_path: Path) -> None:
    write_district(tmp_path)
    written = tomllib.loads((tmp_path / "district.toml").read_text(encoding="utf-8"))
    assert District.model_validate(written).programs.keys() == {"math_hit", "reading_hit"}


def test_settings_know_the_programs_the_files_speak_of(tmp_path: Path, district: Written) -> None:
    write_district(tmp_path)
    settings = tomllib.loads((tmp_path / "district.toml").read_text(encoding="utf-8"))
    for row in district.rows("sis_files", "program_assignments", 1):
        assert row["term"] in settings["programs"][row["program"]]["terms"]
    spoken = {row["Program"] for row in district.rows("northstar", "sessions", 1)}
    spoken |= {row["ProgramName"] for row in district.rows("brightpath", "meetings", 1)}
    known = {alias for program in settings["programs"].values() for alias in program["aliases"]}
    assert spoken == known


def test_no_pupil_is_named_in_what_is_said_of_a_fault(district: Written) -> None:
    pupils = district.rows("sis_files", "students", 2)
    telling = {row[column] for row in pupils for column in ("student_number", "state_id")}
    telling |= {row["last_name"] for row in pupils}
    for fault in district.planted[1] + district.planted[2]:
        assert telling.isdisjoint(fault.what.split())

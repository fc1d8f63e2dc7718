"""The demo: what its nights bring, what the second one changes, and that it is always the same."""

import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hit_pipeline.settings import District
from hit_pipeline.synth.demo import DATES, NIGHTS, demo_plan, write_district, write_night
from tests.unit.synth.conftest import Rows, Written

READ = {
    "brightpath/attendance",
    "brightpath/meetings",
    "northstar/sessions",
    "partner_roster/partner_students",
    "sis/oneroster",
    "sis_files/attendance",
    "sis_files/calendar",
    "sis_files/program_assignments",
    "sis_files/students",
}
"""What a source of the settings reads, night by night; tests come beside it on the first."""
TODAY, AHEAD = "2025-11-14", "2025-11-21"


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below the inbox with its bytes."""
    inbox = folder / "inbox"
    return {
        str(path.relative_to(inbox)): path.read_bytes()
        for path in inbox.rglob("*")
        if path.is_file()
    }


def settings(district: Written) -> District:
    """Return the demo's settings as the product reads them."""
    text = (district.folder / "district.toml").read_text(encoding="utf-8")
    return District.model_validate(tomllib.loads(text))


def northstar(district: Written, night: int) -> dict[str, dict[str, str]]:
    """Return the session rows by row id."""
    return {row["Session ID"]: row for row in district.rows("northstar", "sessions", night)}


def meetings(district: Written, night: int) -> dict[str, dict[str, str]]:
    """Return the Brightpath meetings by key."""
    return {row["MeetingKey"]: row for row in district.rows("brightpath", "meetings", night)}


# ---- what is written -------------------------------------------------------------------------


def test_every_night_brings_every_source_that_is_read(demo: Written) -> None:
    for stamp in ("20251113", "20251114"):
        brought = {
            name.partition(f"_{stamp}")[0] for name in contents(demo.folder) if stamp in name
        }
        assert brought >= READ


def test_results_of_the_fall_window_come_on_the_first_night_alone(demo: Written) -> None:
    tests = [name for name in contents(demo.folder) if name.startswith(("map_growth", "iready"))]
    assert len(tests) == 3
    assert all("fall_20251113" in name for name in tests)


def test_files_are_dated_an_hour_before_their_night(demo: Written) -> None:
    for night, named in enumerate((("20251113", "_202509", "_202510."), ("20251114",))):
        files = [path for name in named for path in (demo.folder / "inbox").rglob(f"*{name}*")]
        found = {path.stat().st_mtime for path in files}
        assert found == {(NIGHTS[night] - timedelta(hours=1)).timestamp()}


def test_same_seed_writes_same_bytes_and_another_seed_other_bytes(tmp_path: Path) -> None:
    told = [
        write_night(tmp_path / name, 2, seed=seed, students=120)
        for name, seed in (("first", 7), ("again", 7), ("other", 8))
    ]
    first, again, other = (contents(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert told[0] == told[1]
    same_everywhere = {name for name in first if "calendar" in name or "bell" in name}
    assert {name for name in first if first[name] == other[name]} <= same_everywhere


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda path: write_night(path, 0), r"night must be one of \[1, 2\]; received 0"),
        (lambda path: write_night(path, 3), r"night must be one of \[1, 2\]; received 3"),
        (lambda path: write_night(path, 1, students=99), "at least 100; received 99"),
    ],
)
def test_impossible_requests_are_refused_before_anything_is_written(
    tmp_path: Path, call: Callable[[Path], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        call(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nights_are_those_the_files_are_made_for() -> None:
    local = [night.astimezone(ZoneInfo("America/Chicago")).isoformat() for night in NIGHTS]
    assert local == [f"{day}T23:00:00-06:00" for day in DATES]
    made = [night.at.astype("datetime64[s]").item() for night in demo_plan().nights]
    assert [one.replace(tzinfo=UTC) for one in made] == list(NIGHTS)


def test_what_is_told_of_faults_is_what_the_key_holds(demo: Written) -> None:
    faults = [one["file"] for one in demo.key("fault")]
    assert demo.told[2] == sum("20251114" in file for file in faults) > 1000
    assert demo.told[1] == len(faults) - demo.told[2]


# ---- the settings ----------------------------------------------------------------------------


def test_settings_are_valid_and_name_folders_of_the_inbox(demo: Written) -> None:
    district = settings(demo)
    assert set(district.sources) <= {path.name for path in (demo.folder / "inbox").iterdir()}
    assert {name.partition("/")[0] for name in READ} <= set(district.sources)
    assert district.goals
    assert {one.owner for one in district.programs.values()} == {"math_lead", "reading_lead"}


def test_settings_know_the_programs_the_files_speak_of(demo: Written) -> None:
    programs = {program.name: program for program in settings(demo).programs.values()}
    assigned = demo.rows("sis_files", "program_assignments", 1)
    spoken = {row["program"] for row in assigned}
    spoken |= {row["Program"] for row in demo.rows("northstar", "sessions", 1)}
    spoken |= {row["ProgramName"] for row in demo.rows("brightpath", "meetings", 1)}
    assert spoken == set(programs)
    assert all(row["term"] in programs[row["program"]].terms for row in assigned)


def test_making_settings_anew_changes_nothing(demo: Written, tmp_path: Path) -> None:
    write_district(tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (demo.folder / path.name).read_bytes()


# ---- the second night ------------------------------------------------------------------------


def test_the_first_night_holds_everything_so_far(demo: Written) -> None:
    for days in (
        {row["Scheduled Start"][:10] for row in northstar(demo, 1).values()},
        {_iso(row["ScheduledStart"]) for row in meetings(demo, 1).values()},
    ):
        assert min(days) < "2025-09-20"
        assert {"2025-10-01", "2025-11-13"} <= days


def test_sessions_of_the_day_become_terminal_and_a_day_is_planned(demo: Written) -> None:
    before, after = northstar(demo, 1), northstar(demo, 2)
    today = [key for key, row in before.items() if row["Scheduled Start"].startswith(TODAY)]
    assert {before[key]["Status"] for key in today} == {"Scheduled"}
    over = Counter(after[key]["Status"] for key in today)
    assert over["Completed"] > over["Scheduled"]  # some are logged weeks late
    added = {after[key]["Scheduled Start"][:10] for key in after.keys() - before.keys()}
    assert AHEAD in added
    assert min(added) > TODAY


def test_history_is_corrected_in_a_few_rows_and_else_as_it_was(demo: Written) -> None:
    before, after = northstar(demo, 1), northstar(demo, 2)
    past = [key for key, row in before.items() if row["Status"] != "Scheduled" and key in after]
    changed = [key for key in past if before[key] != after[key]]
    assert 1 <= len(changed) < len(past) / 100
    for key in changed:
        assert before[key]["Last Updated"] < after[key]["Last Updated"]
        assert before[key]["Student ID"] == after[key]["Student ID"]


def test_brightpath_sends_meetings_new_ended_or_restated_and_no_others(demo: Written) -> None:
    first, second = meetings(demo, 1), meetings(demo, 2)
    restated = {key for key in second if key in first and first[key]["State"] != "UPCOMING"}
    ended = {key for key in second if key in first} - restated
    assert 1 <= len(restated) < len(ended)
    assert len(second) < len(first) / 10
    days = {_iso(second[key]["ScheduledStart"]) for key in second.keys() - first.keys()}
    assert AHEAD in days


def test_school_attendance_grows_by_one_day(demo: Written) -> None:
    before, after = (
        Counter(tuple(row.values()) for row in demo.rows("sis_files", "attendance", night))
        for night in (1, 2)
    )
    assert not before - after
    assert {row[2] for row in after - before} == {"11/14/2025"}


def students(district: Written, night: int) -> Rows:
    """Return the plain pupil file."""
    return district.rows("sis_files", "students", night)


def test_newcomers_are_new_everywhere(demo: Written) -> None:
    known = {row["student_number"] for row in students(demo, 1)}
    new = [row for row in students(demo, 2) if row["student_number"] not in known]
    assert 1 <= len(new) <= 3
    assert {row["entry_date"] for row in new} == {"11/14/2025"}
    numbers = {row["student_number"] for row in new}
    before, after = ({u["identifier"] for u in demo.bundle(night)["users"]} for night in (1, 2))
    assert not numbers & before
    assert numbers <= after


def test_the_departed_are_gone_from_the_bundle_and_have_an_exit_date(demo: Written) -> None:
    gone = {row["student_number"] for row in students(demo, 2) if row["exit_date"] == "11/13/2025"}
    assert gone
    assert {row["exit_date"] for row in students(demo, 1) if row["student_number"] in gone} == {""}
    before, after = ({u["identifier"] for u in demo.bundle(night)["users"]} for night in (1, 2))
    assert before - after == gone


def test_nobody_else_changes_on_the_roster(demo: Written) -> None:
    before, after = ({tuple(row.values()) for row in students(demo, night)} for night in (1, 2))
    assert len(before - after) + len(after - before) <= 10
    assert len(before & after) > 1500


def _iso(time: str) -> str:
    """Return the date of a Brightpath time."""
    return f"{time[6:10]}-{time[:2]}-{time[3:5]}"

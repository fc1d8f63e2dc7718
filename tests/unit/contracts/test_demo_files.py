"""The contracts of the demo district read what its senders write, all of it."""

from collections import Counter
from pathlib import Path

import pytest

from hit_pipeline.conform.typing import NOT_FED
from hit_pipeline.rules.status_effect import impossible_pairs
from hit_pipeline.settings_file import load_district
from hit_pipeline.sources.contract.loading import shipped
from hit_pipeline.synth.demo import write_district
from hit_pipeline.synth.systems.map_growth import COLUMNS
from tests.unit.contracts.bench import shipped_contract
from tests.unit.contracts.conftest import CONTRACTS, Demo

FILES = [
    (source, file)
    for source, contract in CONTRACTS.items()
    for file in shipped_contract(contract).files
]
EVERY_FILE = pytest.mark.parametrize(("source", "file"), FILES)


def test_every_file_is_known_by_its_name_and_columns(demo: Demo) -> None:
    assert sorted(demo.files) == sorted(FILES)


@EVERY_FILE
def test_the_contract_knows_every_header_and_no_other(source: str, file: str, demo: Demo) -> None:
    declared = [column.name for column in demo.spec(source, file).columns]
    assert list(demo.files[source, file].header) == declared
    tolerated = {one.rule for one in demo.files[source, file].findings}
    assert tolerated == ({"tolerance.bom"} if source == "iready" else set())


def test_the_map_growth_header_is_declared_in_its_own_order() -> None:
    columns = shipped_contract("map_growth").files["tests"].columns
    assert tuple(column.name for column in columns) == COLUMNS


def refused(source: str, file: str, demo: Demo) -> dict[int, str]:
    """Return the rows of a file with a code the contract was not told of, and the rule."""
    grades = demo.faults(source, file, "sis_grade_misspelt")
    states = demo.faults(source, file, "row_unmapped_code")
    if (source, file) == ("brightpath", "meetings"):  # the key knows pupils' rows, not meetings'
        cells = demo.cells(source, file)
        states = {row["_row"] for row in cells if row["State"] == "ARCHIVED"}
    if (source, file) == ("brightpath", "attendance"):
        states = set()
    return dict.fromkeys(grades, "map.grade.unmapped") | dict.fromkeys(
        states, "map.session_state.unmapped"
    )


@EVERY_FILE
def test_nothing_but_a_planted_fault_is_refused(source: str, file: str, demo: Demo) -> None:
    bad: dict[int, set[str]] = {}
    left_out: dict[int, str] = {}
    for at in range(len(demo.spec(source, file).feeds)):
        made = demo.typed(source, file, at)
        bad |= made.bad
        left_out |= {row: rule for row, rule in made.left_out.items() if rule != NOT_FED}
        assert made.notes == {}
    assert bad == {row: {rule} for row, rule in refused(source, file, demo).items()}
    trial = demo.faults(source, file, "row_test_student") if source == "northstar" else set()
    assert left_out == dict.fromkeys(trial, "exclude.test_student")


def test_look_alike_layouts_say_that_they_are_ours() -> None:
    ours = {name for name in shipped() if shipped_contract(name).ours}
    vendors = {"northstar_sessions", "brightpath", "lakeside", "harborlight", "quillwork"}
    assert ours >= {*vendors, "plain_files", "knack_sessions", "sign_in_kiosk"}
    assert not ours & {"map_growth", "iready", "oneroster", "datas"}


def test_northstar_minutes_are_seconds_of_presence(demo: Demo) -> None:
    taken = {row["_row"]: row for row in demo.typed("northstar", "sessions").good}
    cells = [row for row in demo.cells("northstar", "sessions") if row["_row"] in taken]
    assert len(cells) == len(taken)
    for row in cells:
        made = taken[row["_row"]]
        minutes = row["Actual Minutes"]
        assert made["present_seconds"] == (seconds_of(minutes) if minutes else None)
        assert made["planned_seconds"] == int(row["Scheduled Minutes"]) * 60
        stated = row["Student ID"]
        assert made["student_id_district"] == (stated.strip() if stated else None)


def seconds_of(minutes: str) -> int:
    """Return the seconds of whole minutes, or of hours and minutes."""
    hours, colon, rest = minutes.partition(":")
    return (int(hours) * 60 + int(rest)) * 60 if colon else int(minutes) * 60


def test_northstar_rows_of_one_meeting_share_its_id(demo: Demo) -> None:
    meetings: dict[str, set[tuple[str, str]]] = {}
    cells = {row["_row"]: row for row in demo.cells("northstar", "sessions")}
    good = demo.typed("northstar", "sessions").good
    for made in good:
        row = cells[made["_row"]]
        key = (row["Series ID"], row["Scheduled Start"])
        meetings.setdefault(made["session_id_source"], set()).add(key)
    assert all(len(keys) == 1 for keys in meetings.values())
    assert len(meetings) == len({key for keys in meetings.values() for key in keys}) < len(good)


def test_northstar_states_only_pairs_that_can_be(demo: Demo) -> None:
    good = demo.typed("northstar", "sessions").good
    pairs = Counter((row["session_state"], row["attendance"]) for row in good)
    assert ("completed", "present") in pairs
    assert ("scheduled", "unknown") in pairs
    assert not pairs.keys() & impossible_pairs()


def test_brightpath_names_the_substitute_beside_the_host(demo: Demo) -> None:
    taken = {row["_row"] for row in demo.typed("brightpath", "meetings").good}
    cells = [row for row in demo.cells("brightpath", "meetings") if row["_row"] in taken]
    hosts = {row["MeetingKey"]: row["HostId"] for row in cells}
    substitutes = {
        row["MeetingKey"]: row["SubstituteHostId"] for row in cells if row["SubstituteHostId"]
    }
    planned, second = (demo.typed("brightpath", "meetings", at).good for at in (0, 1))
    assert {row["session_id_source"]: row["tutor_id_vendor"] for row in planned} == hosts
    assert {row["session_id_source"]: row["tutor_id_vendor"] for row in second} == substitutes
    assert {row["tutor_role"] for row in second} == {"substitute"}


def test_brightpath_attendance_has_a_meeting_and_an_id(demo: Demo) -> None:
    meetings = {row["MeetingKey"] for row in demo.cells("brightpath", "meetings")}
    stays = demo.typed("brightpath", "attendance").good
    assert {row["session_id_source"] for row in stays} <= meetings
    blank = {row["_row"] for row in stays if row["student_id_state"] is None}
    assert blank >= demo.faults("brightpath", "attendance", "id_blank") != set()
    assert all(row["student_id_vendor"] and row["student_display_name"] for row in stays)
    came = [row for row in stays if row["attendance"] == "present"]
    assert all(row["joined_at_local"] <= row["left_at_local"] for row in came)
    assert {row["attendance"] for row in stays} == {"present", "no_show", "absent_excused"}


def test_brightpath_topic_and_group_are_told_apart(demo: Demo) -> None:
    good = demo.typed("brightpath", "meetings").good
    cells = {row["MeetingKey"]: row["Topic"] for row in demo.cells("brightpath", "meetings")}
    for row in good:
        assert f"{row['topic']} ({row['group_name']})" == cells[row["session_id_source"]]


def test_students_keep_their_zeros_and_their_unknowns(demo: Demo) -> None:
    good = {row["_row"]: row for row in demo.typed("sis_files", "students").good}
    words = {"Y": True, "N": False, None: None}
    for row in demo.cells("sis_files", "students"):
        if row["_row"] in refused("sis_files", "students", demo):
            continue
        made = good[row["_row"]]
        assert made["student_id_district"] == row["student_number"]
        assert made["student_id_state"] == row["state_id"]
        assert made["ell"] is words[row["english_learner"]]
        assert made["gifted"] is words[row["gifted"]]
        born = made["birth_date"]
        assert (born and born.strftime("%m/%d/%Y")) == row["birth_date"]
        assert (made["exit_date"] is None) == (not row["exit_date"])
        assert made["grade"] == {"K": "KG"}.get(row["grade"], row["grade"].zfill(2))
    assert any(row["student_id_district"].startswith("0") for row in good.values())
    assert {row["ell"] for row in good.values()} == {True, False, None}


def test_who_was_never_assigned_has_no_dates(demo: Demo) -> None:
    good = demo.typed("sis_files", "program_assignments").good
    assert {row["status"] for row in good} >= {"assigned", "waitlisted", "declined"}
    for row in good:
        assert (row["start_date"] is None) == (row["status"] in {"waitlisted", "declined"})
        assert row["origin"] == "district_list"


def test_a_calendar_and_an_attendance_day_keep_their_meaning(demo: Demo) -> None:
    stated = [row["day_type"] for row in demo.cells("sis_files", "calendar")]
    assert [row["day_type"] for row in demo.typed("sis_files", "calendar").good] == stated
    codes = Counter(row["status"] for row in demo.cells("sis_files", "attendance"))
    made = Counter(row["attendance"] for row in demo.typed("sis_files", "attendance").good)
    words = {"Excused": "absent_excused", "Unexcused": "absent_unexcused", "Tardy": "tardy"}
    assert made == {words[code]: count for code, count in codes.items()}


def test_a_map_growth_test_has_a_row_for_every_score_that_is_not_blank(demo: Demo) -> None:
    spec = demo.spec("map_growth", "tests")
    headers = [score.from_ for score in spec.feeds[0].scores]
    filled = sum(
        bool(row[header]) for row in demo.cells("map_growth", "tests") for header in headers
    )
    good = demo.typed("map_growth", "tests").good
    assert len(good) == filled
    assert {row["school_year"] for row in good} == {"2025-2026"}


def test_the_settings_of_the_demo_name_these_contracts(tmp_path: Path) -> None:
    write_district(tmp_path)
    district = load_district(tmp_path, {})
    named = {name: one.contract for name, one in district.sources.items() if one.contract}
    assert named | {"iready": "iready"} == CONTRACTS | {"partner_roster": "plain_files"}
    assert "iready" not in named, "left out of the demo's nights to keep them short"

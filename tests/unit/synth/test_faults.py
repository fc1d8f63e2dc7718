"""Every planted fault really is in the file, in the rows it names."""

from collections import Counter

from tests.unit.synth.conftest import Rows, Written


def roster(district: Written, night: int = 1) -> dict[str, dict[str, str]]:
    """Return the pupils of the plain file by number."""
    return {row["student_number"]: row for row in district.rows("sis_files", "students", night)}


def all_rows_of_same_pupil(rows: Rows, hit: Rows) -> bool:
    """Say whether every row with the hit ids is among the hit rows."""
    ids = {row["Student ID"] for row in hit}
    return [row for row in rows if row["Student ID"] in ids] == hit


def test_lost_zeros_leave_numbers_that_only_padding_finds(district: Written) -> None:
    hit, pupils = district.hit_rows("lost_zeros", 1), roster(district)
    assert len({row["Student ID"] for row in hit}) == 4
    for row in hit:
        assert row["Student ID"] not in pupils
        assert pupils[row["Student ID"].zfill(7)]["last_name"] == row["Student Last Name"]
    assert all_rows_of_same_pupil(district.rows("northstar", "sessions", 1), hit)


def test_decimal_endings_hide_a_right_number(district: Written) -> None:
    hit, pupils = district.hit_rows("decimal_ending", 1), roster(district)
    assert len({row["Student ID"] for row in hit}) == 3
    for row in hit:
        number, ending = row["Student ID"].split(".")
        assert ending == "0"
        assert pupils[number]["first_name"] == row["Student First Name"]


def test_duplicate_equals_the_row_above_it_and_is_the_only_one(district: Written) -> None:
    rows = district.rows("northstar", "sessions", 1)
    (place,) = district.fault("duplicate_row", 1).rows
    assert rows[place - 1] == rows[place - 2]
    ids = Counter(row["Session ID"] for row in rows)
    assert [key for key, count in ids.items() if count > 1] == [rows[place - 1]["Session ID"]]


def test_sibling_id_is_that_of_a_child_of_the_same_family_with_another_first_name(
    district: Written,
) -> None:
    hit, pupils = district.hit_rows("sibling_id", 1), roster(district)
    (number,) = {row["Student ID"] for row in hit}
    for row in hit:
        assert pupils[number]["last_name"] == row["Student Last Name"]
        assert pupils[number]["first_name"] != row["Student First Name"]
    named = [
        pupil
        for pupil in pupils.values()
        if (pupil["first_name"], pupil["last_name"])
        == (hit[0]["Student First Name"], hit[0]["Student Last Name"])
    ]
    assert named


def test_nickname_differs_from_the_legal_name_of_the_same_number(district: Written) -> None:
    hit, pupils = district.hit_rows("nickname", 1), roster(district)
    assert hit
    for row in hit:
        assert pupils[row["Student ID"]]["first_name"] != row["Student First Name"]
        assert pupils[row["Student ID"]]["last_name"] == row["Student Last Name"]


def test_one_status_is_in_no_list(district: Written) -> None:
    known = {
        "Scheduled",
        "Completed",
        "Canceled - Tutor",
        "Canceled - School",
        "Canceled - Student",
        "Missed",
        "Tutor No-Show",
    }
    rows = district.rows("northstar", "sessions", 1)
    unknown = [row for row in rows if row["Status"] not in known]
    assert unknown == district.hit_rows("unmapped_status", 1)
    assert [row["Status"] for row in unknown] == ["Rescheduled?"]


def test_one_session_still_to_come_is_completed(district: Written) -> None:
    rows = district.rows("northstar", "sessions", 1)
    ahead = [row for row in rows if row["Scheduled Start"] >= "2026-11-12"]
    completed = [row for row in ahead if row["Status"] == "Completed"]
    assert completed == district.hit_rows("future_completed", 1)
    assert {row["Status"] for row in ahead} == {"Scheduled", "Completed"}


def test_one_session_lasts_ten_hours_and_no_other_more_than_planned_and_a_bit(
    district: Written,
) -> None:
    rows = district.rows("northstar", "sessions", 1)
    minutes = sorted(int(row["Actual Minutes"]) for row in rows if row["Actual Minutes"])
    assert minutes[-1] == 600
    assert minutes[-2] <= 32
    assert [r["Actual Minutes"] for r in district.hit_rows("ten_hours", 1)] == ["600"]


def test_unknown_pupil_and_trial_account_are_on_no_roster(district: Written) -> None:
    pupils = roster(district)
    unknown = district.hit_rows("unknown_student", 1)
    trial = district.hit_rows("test_student", 1)
    assert len(unknown) == 3
    assert [row["Student First Name"] for row in trial] == ["Test"]
    for row in unknown + trial:
        assert row["Student ID"] not in pupils
        assert row["Student Last Name"] not in {p["last_name"] for p in pupils.values()}


def test_participant_without_external_id_bears_a_name_nobody_shares(district: Written) -> None:
    hit = district.hit_rows("blank_external_id", 1)
    rows = district.rows("brightpath", "attendance", 1)
    assert [row for row in rows if not row["ExternalStudentId"]] == hit
    (name,) = {row["DisplayName"] for row in hit}
    bearers = [
        pupil
        for pupil in roster(district).values()
        if f"{pupil['first_name']} {pupil['last_name']}" == name
    ]
    assert len(bearers) == 1


def test_every_other_northstar_row_fits_the_roster(district: Written) -> None:
    pupils = roster(district)
    rows = district.rows("northstar", "sessions", 1)
    spoilt = {n for fault in district.planted[1] for n in fault.rows if fault.source == "northstar"}
    for n, row in enumerate(rows, start=1):
        if n not in spoilt:
            pupil = pupils[row["Student ID"]]
            assert row["Student First Name"] == pupil["first_name"]
            assert row["Grade"].zfill(2) == pupil["grade"]


def test_every_other_brightpath_participant_fits_the_roster(district: Written) -> None:
    by_state_id = {pupil["state_id"]: pupil for pupil in roster(district).values()}
    for row in district.rows("brightpath", "attendance", 1):
        if row["ExternalStudentId"]:
            pupil = by_state_id[row["ExternalStudentId"]]
            assert row["DisplayName"] == f"{pupil['first_name']} {pupil['last_name']}"

"""Night 2 changes, adds, restates and removes what it says it does, and nothing else."""

from collections import Counter

from tests.unit.synth.conftest import Rows, Written

CUT = "2026-11-12"


def northstar(district: Written, night: int) -> dict[str, dict[str, str]]:
    """Return the session rows by row id; the planted duplicate collapses."""
    return {row["Session ID"]: row for row in district.rows("northstar", "sessions", night)}


def test_history_changes_in_one_row_and_loses_two(district: Written) -> None:
    before, after = northstar(district, 1), northstar(district, 2)
    past = {key for key, row in before.items() if row["Scheduled Start"] < CUT}
    gone = past - after.keys()
    changed = [key for key in past & after.keys() if before[key] != after[key]]
    (corrected,) = district.hit_rows("corrected_minutes", 2)
    assert len(gone) == 2
    assert changed == [corrected["Session ID"]]
    was = before[corrected["Session ID"]]
    assert int(was["Actual Minutes"]) - int(corrected["Actual Minutes"]) == 5
    assert was["Last Updated"] < corrected["Last Updated"]


def test_sessions_of_the_day_become_terminal_and_a_day_is_planned(district: Written) -> None:
    before, after = northstar(district, 1), northstar(district, 2)
    today = [key for key, row in before.items() if row["Scheduled Start"].startswith(CUT)]
    assert {before[key]["Status"] for key in today} == {"Scheduled"}
    assert "Scheduled" not in {after[key]["Status"] for key in today}
    added = {after[key]["Scheduled Start"][:10] for key in after.keys() - before.keys()}
    assert max(added) == "2026-11-19"
    assert min(added) > CUT


def test_faults_of_the_full_history_come_again(district: Written) -> None:
    first, second = (
        {f.name for f in district.planted[night] if f.source == "northstar"} for night in (1, 2)
    )
    assert second - first == {"corrected_minutes", "removed_rows"}
    assert first <= second
    for name in ("unmapped_status", "ten_hours", "duplicate_row", "test_student"):
        assert district.hit_rows(name, 1) == district.hit_rows(name, 2)


def students(district: Written, night: int) -> Rows:
    """Return the plain pupil file."""
    return district.rows("sis_files", "students", night)


def test_transfer_ends_one_enrolment_and_begins_another(district: Written) -> None:
    old, new = district.hit_rows("transfer", 2)
    assert old["student_number"] == new["student_number"]
    assert (old["grade"], new["grade"]) == ("05", "06")
    assert (old["exit_date"], new["entry_date"]) == ("11/11/2026", "11/12/2026")
    user = {u["identifier"]: u for u in district.bundle(2)["users"]}[new["student_number"]]
    assert user["grades"] == "06"
    counts = Counter(row["student_number"] for row in students(district, 2))
    assert [number for number, n in counts.items() if n > 1] == [new["student_number"]]


def test_transferred_pupil_stays_in_tutoring_under_the_new_school(district: Written) -> None:
    number = district.hit_rows("transfer", 2)[0]["student_number"]
    rows = [r for r in northstar(district, 2).values() if r["Student ID"] == number]
    grades = {(row["Scheduled Start"] >= CUT, row["Grade"]) for row in rows}
    assert grades == {(False, "5"), (True, "6")}


def test_newcomer_is_new_everywhere_and_has_sessions_planned(district: Written) -> None:
    (pupil,) = district.hit_rows("arrival", 2)
    number = pupil["student_number"]
    assert number not in {row["student_number"] for row in students(district, 1)}
    assert number not in {row["identifier"] for row in district.bundle(1)["users"]}
    assert number in {row["identifier"] for row in district.bundle(2)["users"]}
    assert number in {
        row["student_number"] for row in district.rows("sis_files", "program_assignments", 2)
    }
    rows = [r for r in northstar(district, 2).values() if r["Student ID"] == number]
    assert rows
    assert {row["Status"] for row in rows} == {"Scheduled"}


def test_departed_pupil_is_gone_from_the_bundle_and_has_an_exit_date(district: Written) -> None:
    (pupil,) = district.hit_rows("departure", 2)
    number = pupil["student_number"]
    assert pupil["exit_date"] == "11/11/2026"
    users = [{u["identifier"] for u in district.bundle(n)["users"]} for n in (1, 2)]
    assert users[0] - users[1] == {number}


def test_nobody_else_changes_on_the_roster(district: Written) -> None:
    touched = {
        row["student_number"]
        for name in ("transfer", "arrival", "departure")
        for row in district.hit_rows(name, 2)
    }
    before, after = (
        [row for row in students(district, night) if row["student_number"] not in touched]
        for night in (1, 2)
    )
    assert before == after


def test_brightpath_sends_only_new_planned_and_restated_meetings(district: Written) -> None:
    first, second = (
        {row["MeetingKey"]: row for row in district.rows("brightpath", "meetings", night)}
        for night in (1, 2)
    )
    restated = {row["MeetingKey"] for row in district.hit_rows("restated_meeting", 2)}
    days = {row["ScheduledStart"][:10] for key, row in second.items() if key not in restated}
    assert days == {"11/12/2026", "11/19/2026"}
    assert len(restated) == 1
    again = {key for key in second if key in first and first[key]["State"] != "UPCOMING"}
    assert again == restated


def test_restated_meeting_differs_in_one_leave_time(district: Written) -> None:
    after = district.hit_rows("restated_meeting", 2)
    key = after[0]["MeetingKey"]
    before = [
        row for row in district.rows("brightpath", "attendance", 1) if row["MeetingKey"] == key
    ]
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    ((old, new),) = changed
    assert {column for column in old if old[column] != new[column]} == {"LeaveTime"}


def test_school_attendance_grows_by_one_day(district: Written) -> None:
    before, after = (
        [tuple(row.values()) for row in district.rows("sis_files", "attendance", night)]
        for night in (1, 2)
    )
    added = Counter(after) - Counter(before)
    assert not Counter(before) - Counter(after)
    assert {row[2] for row in added} == {"11/12/2026"}

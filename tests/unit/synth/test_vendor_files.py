"""The vendors' logs: they agree with calendar, roster and each other except where planted."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from tests.unit.synth.conftest import Rows, Written


def at(text: str) -> datetime:
    """Read a Brightpath time."""
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p")  # noqa: DTZ007 - local wall clock


def open_days(district: Written) -> set[tuple[str, str]]:
    """Return (school name, ISO date) of all instructional days."""
    names = {r["identifier"]: r["name"] for r in district.bundle(1)["orgs"]}
    return {
        (names[r["school_id"]], f"{r['date'][6:]}-{r['date'][:2]}-{r['date'][3:5]}")
        for r in district.rows("sis_files", "calendar", 1)
        if r["day_type"] == "instructional"
    }


@pytest.mark.parametrize("night", [1, 2])
def test_no_session_on_a_closed_day(district: Written, night: int) -> None:
    days = open_days(district)
    for row in district.rows("northstar", "sessions", night):
        assert (row["School"], row["Scheduled Start"][:10]) in days
    for row in district.rows("brightpath", "meetings", night):
        assert (row["SiteName"], at(row["ScheduledStart"]).date().isoformat()) in days


def test_sessions_run_from_the_first_day_to_a_week_ahead(district: Written) -> None:
    starts = [row["Scheduled Start"] for row in district.rows("northstar", "sessions", 1)]
    assert min(starts)[:10] == "2026-09-14"
    assert max(starts)[:10] == "2026-11-18"


def test_groups_hold_at_most_three_and_meet_three_times_in_a_full_week(district: Written) -> None:
    rows = district.rows("northstar", "sessions", 1)
    added = {
        n
        for f in ("duplicate_row", "unknown_student", "test_student")
        for n in district.fault(f, 1).rows
    }
    seats = Counter(
        (row["Series ID"], row["Scheduled Start"], row["Student Ratio"])
        for n, row in enumerate(rows, start=1)
        if n not in added
    )
    assert all(ratio == f"1:{count}" for (_, _, ratio), count in seats.items())
    assert max(seats.values()) == 3
    week = {
        (series, start) for series, start, _ in seats if "2026-09-14" <= start[:10] <= "2026-09-18"
    }
    assert set(Counter(series for series, _ in week).values()) == {3}


@pytest.mark.parametrize("night", [1, 2])
def test_attendance_is_blank_exactly_when_a_session_was_not_held(
    district: Written, night: int
) -> None:
    odd = {n for f in ("unmapped_status",) for n in district.fault(f, night).rows}
    for n, row in enumerate(district.rows("northstar", "sessions", night), start=1):
        if n not in odd:
            assert bool(row["Attendance"]) == (row["Status"] in {"Completed", "Missed"})
            assert bool(row["Actual Minutes"]) == bool(row["Attendance"])
            assert bool(row["Actual Start"]) == (
                row["Attendance"] in {"Present", "Late", "Left Early"}
            )


def test_nobody_absent_from_school_is_present_in_tutoring(district: Written) -> None:
    gone = {
        (row["student_number"], f"{row['date'][6:]}-{row['date'][:2]}-{row['date'][3:5]}")
        for row in district.rows("sis_files", "attendance", 1)
        if row["status"] in {"A", "U"}
    }
    spoilt = {n for f in district.planted[1] if f.source == "northstar" for n in f.rows}
    met = 0
    for n, row in enumerate(district.rows("northstar", "sessions", 1), start=1):
        if n not in spoilt and (row["Student ID"], row["Scheduled Start"][:10]) in gone:
            assert row["Attendance"] in {"", "Absent", "Excused"}
            met += 1
    assert met > 0


def tutor_meetings(district: Written) -> list[tuple[str, datetime]]:
    """Return who led which meeting at what time, over both vendors, by name."""
    sessions = {
        (row["Tutor Name"], datetime.fromisoformat(row["Scheduled Start"]), row["Series ID"])
        for row in district.rows("northstar", "sessions", 1)
    }
    meetings = district.rows("brightpath", "meetings", 1)
    hosts = {row["HostId"]: row["HostName"] for row in meetings}
    led = [(name, start) for name, start, _ in sorted(sessions)]
    return led + [
        (hosts[row["SubstituteHostId"] or row["HostId"]], at(row["ScheduledStart"]))
        for row in meetings
    ]


def test_no_tutor_is_in_two_rooms_and_some_work_for_both_vendors(district: Written) -> None:
    led = Counter(tutor_meetings(district))
    assert max(led.values()) == 1
    northstar = {row["Tutor Name"] for row in district.rows("northstar", "sessions", 1)}
    brightpath = {row["HostName"] for row in district.rows("brightpath", "meetings", 1)}
    assert northstar & brightpath
    assert northstar - brightpath
    assert brightpath - northstar


def test_brightpath_lists_pupils_only_for_meetings_that_ended(district: Written) -> None:
    meetings = {row["MeetingKey"]: row for row in district.rows("brightpath", "meetings", 1)}
    rows = district.rows("brightpath", "attendance", 1)
    listed = {row["MeetingKey"] for row in rows}
    assert listed == {key for key, row in meetings.items() if row["State"] == "ENDED"}
    states = {row["State"]: set[str]() for row in meetings.values()}
    for row in meetings.values():
        states[row["State"]].add(row["CancelReason"])
    assert states == {
        "ENDED": {""},
        "UPCOMING": {""},
        "CANCELLED": {"PROVIDER", "SCHOOL", "STUDENT"},
        "NOT_HELD": {"TUTOR_ABSENT"},
    }


def stays(rows: Rows) -> dict[tuple[str, str], Rows]:
    """Return attendance rows by meeting and participant."""
    found: dict[tuple[str, str], Rows] = {}
    for row in rows:
        found.setdefault((row["MeetingKey"], row["ParticipantId"]), []).append(row)
    return found


@pytest.mark.parametrize("night", [1, 2])
def test_stays_do_not_overlap_and_lie_around_the_meeting(district: Written, night: int) -> None:
    meetings = {row["MeetingKey"]: row for row in district.rows("brightpath", "meetings", night)}
    reconnects = 0
    for (key, _), rows in stays(district.rows("brightpath", "attendance", night)).items():
        times = [at(row[c]) for row in rows if row["JoinTime"] for c in ("JoinTime", "LeaveTime")]
        assert times == sorted(times)
        assert bool(times) == (rows[0]["Marked"] == "ATTENDED")
        if times:
            assert at(meetings[key]["ScheduledStart"]) <= times[0]
            assert times[-1] <= at(meetings[key]["ScheduledEnd"]) + timedelta(minutes=1)
        reconnects += len(times) > 2
    assert reconnects > 0


def test_a_pupil_of_both_programs_is_never_in_both_at_once(district: Written) -> None:
    pupils = district.rows("sis_files", "students", 1)
    number_of = {row["state_id"]: row["student_number"] for row in pupils}
    starts = {
        row["MeetingKey"]: at(row["ScheduledStart"])
        for row in district.rows("brightpath", "meetings", 1)
    }
    reading = {
        (number_of[row["ExternalStudentId"]], starts[row["MeetingKey"]])
        for row in district.rows("brightpath", "attendance", 1)
        if row["ExternalStudentId"]
    }
    math = {
        (row["Student ID"], datetime.fromisoformat(row["Scheduled Start"]))
        for row in district.rows("northstar", "sessions", 1)
    }
    assert {number for number, _ in reading} & {number for number, _ in math}
    assert not reading & math

"""What the two vendors' codes say of a session and of the student in it."""

from datetime import UTC, datetime

from hit_pipeline.engine import Engine
from hit_pipeline.rules.status_effect import impossible_pairs
from hit_pipeline.synth.systems import brightpath as brightpath_vendor
from hit_pipeline.synth.systems import northstar as northstar_vendor
from hit_pipeline.tables.vocabulary import SESSION_STATES
from tests.unit.contracts.bench import shipped_contract, typed

NORTHSTAR = shipped_contract("northstar_sessions").files["sessions"]
MEETINGS = shipped_contract("brightpath").files["meetings"]
ATTENDANCE = shipped_contract("brightpath").files["attendance"]
SEAT = {
    "Session ID": "N1",
    "Series ID": "S1",
    "Scheduled Start": "2026-09-14 09:30:00",
    "Student ID": "0000123",
}
PAIRS = {
    ("Scheduled", ""): ("scheduled", "unknown"),
    ("In Progress", ""): ("scheduled", "unknown"),
    ("Completed", "Present"): ("completed", "present"),
    ("Completed", "Late"): ("completed", "late"),
    ("Completed", "Left Early"): ("completed", "partial"),
    ("Completed", "Absent"): ("completed", "absent_unexcused"),
    ("Completed", "Excused"): ("completed", "absent_excused"),
    ("Completed", ""): ("completed", "unknown"),
    ("Missed", "Absent"): ("completed", "absent_unexcused"),
    ("Missed", "Excused"): ("completed", "absent_excused"),
    ("Missed", ""): ("completed", "no_show"),
    ("Canceled - Tutor", ""): ("cancelled_provider", "not_expected"),
    ("Canceled - School", ""): ("cancelled_school", "not_expected"),
    ("Canceled - Student", ""): ("cancelled_student", "not_expected"),
    ("Canceled - Student", "Excused"): ("cancelled_student", "absent_excused"),
    ("Tutor No-Show", ""): ("tutor_no_show", "not_expected"),
    ("Tutor No-Show", "Present"): ("tutor_no_show", "present"),
}
STATES = {
    ("UPCOMING", ""): "scheduled",
    ("ENDED", ""): "completed",
    ("CANCELLED", "PROVIDER"): "cancelled_provider",
    ("CANCELLED", "SCHOOL"): "cancelled_school",
    ("CANCELLED", "STUDENT"): "cancelled_student",
    ("CANCELLED", ""): "unknown",
    ("NOT_HELD", "TUTOR_ABSENT"): "tutor_no_show",
    ("NOT_HELD", "PROVIDER"): "cancelled_provider",
    ("NOT_HELD", ""): "unknown",
}
MEETING = {"MeetingKey": "M1", "ScheduledStart": "09/14/2026 01:30:00 PM"}


def test_northstar_codes_become_pairs_that_can_be(engine: Engine) -> None:
    rows = [SEAT | {"Status": status, "Attendance": shown} for status, shown in PAIRS]
    made = typed(engine, NORTHSTAR, rows)
    assert made.bad == {}
    found = [(row["session_state"], row["attendance"]) for row in made.good]
    assert found == list(PAIRS.values())
    assert not set(found) & impossible_pairs()


def test_every_northstar_code_is_mapped() -> None:
    statuses = {status for status, _ in PAIRS}
    assert statuses == {*northstar_vendor._STATUS, "In Progress"}
    assert {shown for _, shown in PAIRS} == set(northstar_vendor._ATTENDANCE)
    columns = NORTHSTAR.feeds[0].columns
    state, attendance = columns["session_state"].map, columns["attendance"].map
    assert state is not None
    assert attendance is not None
    assert set(state) == statuses
    assert set(attendance) == statuses | {shown for _, shown in PAIRS if shown}


def test_an_unknown_northstar_code_is_quarantined(engine: Engine) -> None:
    state, shown = "map.session_state.unmapped", "map.attendance.unmapped"
    codes = [
        ("Rescheduled?", "Present", {state}),
        ("Completed", "Virtual", {shown}),
        ("Paused", "", {state, shown}),
    ]
    rows = [SEAT | {"Status": status, "Attendance": cell} for status, cell, _ in codes]
    made = typed(engine, NORTHSTAR, rows)
    assert made.good == []
    assert made.bad == {at: rules for at, (_, _, rules) in enumerate(codes, start=1)}


def test_a_northstar_row_without_series_or_start_is_in_no_group(engine: Engine) -> None:
    rows = [SEAT | {"Status": "Completed", header: ""} for header in ("Series ID", "Student Ratio")]
    rows += [SEAT | {"Status": "Completed", "Scheduled Start": ""}]
    made = typed(engine, NORTHSTAR, rows)
    assert made.column("session_id_source") == [None, "S1|2026-09-14 09:30:00", None]
    assert made.column("row_id_source") == ["N1"] * 3


def test_northstar_times_are_local_and_last_updated_is_an_instant(engine: Engine) -> None:
    given = {"Status": "Scheduled", "Last Updated": "2026-09-06T13:40:00Z"}
    rows = [SEAT | given | {"Timezone": zone} for zone in ("", "America/Denver", "Central")]
    made = typed(engine, NORTHSTAR, rows)
    assert made.column("started_at_local") == [datetime(2026, 9, 14, 9, 30)] * 2  # noqa: DTZ001 (wall clock)
    assert made.column("updated_at_utc") == [datetime(2026, 9, 6, 13, 40, tzinfo=UTC)] * 2
    assert made.column("time_zone") == ["America/Chicago", "America/Denver"]
    assert made.bad == {3: {"typed.time_zone.invalid"}}


def test_the_trial_account_of_northstar_is_left_out(engine: Engine) -> None:
    numbers = ("9999999", "9999999.0", "0999999")
    rows = [SEAT | {"Status": "Completed", "Student ID": number} for number in numbers]
    made = typed(engine, NORTHSTAR, rows)
    assert made.column("student_id_district") == ["0999999"]
    assert made.left_out == {1: "exclude.test_student", 2: "exclude.test_student"}


def test_brightpath_states_and_reasons_become_states(engine: Engine) -> None:
    rows = [MEETING | {"State": state, "CancelReason": reason} for state, reason in STATES]
    made = typed(engine, MEETINGS, rows)
    assert made.bad == {}
    assert made.column("session_state") == list(STATES.values())
    assert set(STATES.values()) == set(SESSION_STATES) - {"rescheduled"}


def test_every_brightpath_code_is_mapped() -> None:
    written = set(zip(brightpath_vendor._STATE, brightpath_vendor._REASON, strict=False))
    assert written <= set(STATES)
    mapped = MEETINGS.feeds[0].columns["session_state"].map
    assert mapped is not None
    assert {tuple(code.split("|")) for code in mapped} >= set(STATES)


def test_an_unknown_brightpath_code_is_quarantined(engine: Engine) -> None:
    codes = [("PAUSED", ""), ("CANCELLED", "WEATHER")]
    rows = [MEETING | {"State": state, "CancelReason": reason} for state, reason in codes]
    made = typed(engine, MEETINGS, rows)
    assert made.good == []
    assert made.bad == {at: {"map.session_state.unmapped"} for at in (1, 2)}


def test_a_brightpath_topic_ends_in_its_group(engine: Engine) -> None:
    topics = {
        "Fluency (Reading 02 Heron 2)": ("Fluency", "Reading 02 Heron 2"),
        "Main idea (part 2) (Otter)": ("Main idea (part 2)", "Otter"),
        "Fluency": ("Fluency", None),
        "": (None, None),
    }
    made = typed(engine, MEETINGS, [MEETING | {"State": "ENDED", "Topic": one} for one in topics])
    found = [(row["topic"], row["group_name"]) for row in made.good]
    assert found == list(topics.values())


def test_a_brightpath_stay_has_local_times_and_an_absence_none(engine: Engine) -> None:
    came = {"JoinTime": "09/14/2026 01:30:05 PM", "LeaveTime": "09/14/2026 01:59:00 PM"}
    rows = [
        {"MeetingKey": "M1", "ParticipantId": "P1", "Marked": "ATTENDED"} | came,
        {"MeetingKey": "M1", "ParticipantId": "P2", "Marked": "NO_SHOW", "JoinTime": ""},
        {"MeetingKey": "M1", "ParticipantId": "P3", "Marked": "LURKED"},
    ]
    made = typed(engine, ATTENDANCE, rows)
    here, away = made.good
    assert here["joined_at_local"] == datetime(2026, 9, 14, 13, 30, 5)  # noqa: DTZ001 (wall clock)
    assert (away["attendance"], away["joined_at_local"]) == ("no_show", None)
    assert made.bad == {3: {"map.attendance.unmapped"}}


def test_a_meeting_sent_again_replaces_its_attendance() -> None:
    assert (ATTENDANCE.delivers, ATTENDANCE.restates) == ("increment", ("MeetingKey",))
    assert (MEETINGS.delivers, MEETINGS.natural_key) == ("increment", ("MeetingKey",))
    assert (NORTHSTAR.delivers, NORTHSTAR.absence) == ("full", "removed")

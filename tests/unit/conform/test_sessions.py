from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.conform.session_log import keeps_file_order
from hit_pipeline.conform.sessions import session, session_participant, session_tutor
from tests.unit.tutoring_bench import TutoringBench, by, pick

LOG = "typed_session_log"
START = datetime(2026, 9, 14, 9, 30)  # noqa: DTZ001 (wall clock of the log)
HALF_HOUR = timedelta(minutes=30)
ALONE: dict[str, Any] = {
    "student": "ann",
    "tutor": "tom",
    "started_at_local": START,
    "session_state": "completed",
    "attendance": "present",
    "present_seconds": 1800,
}
MEETING: dict[str, Any] = {
    "record_level": "meeting",
    "session_id_source": "M1",
    "started_at_local": START,
    "ended_at_local": START + HALF_HOUR,
    "session_state": "completed",
}
OFF = MEETING | {"session_id_source": "M0", "session_state": "cancelled_provider"}
"""A meeting that was called off: its source states schedules."""


def _stay(student: str, *minutes: int, **more: object) -> dict[str, Any]:
    """Return a participant row; minutes after the start at which the student joins and leaves."""
    times = [START + timedelta(minutes=one) for one in minutes]
    row: dict[str, Any] = {"student": student, "session_id_source": "M1", "attendance": "present"}
    if times:
        row |= {"joined_at_local": times[0]}
    if len(times) > 1:
        row |= {"left_at_local": times[1]}
    return row | more


# --- A row that names no session is one ---


def test_equal_rows_without_any_id_are_two_sessions(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [ALONE, ALONE])
    for builder in (session, session_participant):
        rows = tutoring.build(builder)
        assert len({row["session_key"] for row in rows}) == 2


def test_a_row_alone_keeps_its_key_when_more_rows_are_delivered(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [ALONE, ALONE | {"student": "bob"}])
    first = by(tutoring.build(session_participant), "person_record_id")["rec-ann"]["session_key"]
    tutoring.typed("vendor", LOG, [ALONE, ALONE | {"student": "bob"}, ALONE | {"student": "eve"}])
    tutoring.typed("other", LOG, [ALONE | {"student": "zoe"}])
    later = by(tutoring.build(session_participant), "person_record_id")["rec-ann"]["session_key"]
    assert first == later


def test_a_row_id_keeps_the_key_over_deliveries_and_rows(tutoring: TutoringBench) -> None:
    row = ALONE | {"row_id_source": "R9"}
    tutoring.typed("vendor", LOG, [row], delivery="d1")
    (before,) = tutoring.build(session)
    tutoring.typed("vendor", LOG, [ALONE | {"row_id_source": "R1"}, row], delivery="d2")
    keys = {row["session_key"] for row in tutoring.build(session)}
    assert before["session_key"] in keys
    assert before["session_id_source"] is None
    assert len(keys) == 2


def test_sessions_of_two_vendors_with_one_id_are_two(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [MEETING])
    tutoring.typed("other", LOG, [MEETING])
    assert len(by(tutoring.build(session), "session_key")) == 2


def test_no_key_holds_an_id_of_the_vendor(tutoring: TutoringBench) -> None:
    tutoring.typed(
        "vendor",
        LOG,
        [ALONE | {"row_id_source": "0012345678"}, MEETING | {"session_id_source": "0012345678-9"}],
    )
    assert all("12345678" not in row["session_key"] for row in tutoring.build(session))


def test_a_session_of_its_own_takes_time_ratio_and_tutor_from_its_row(
    tutoring: TutoringBench,
) -> None:
    row = ALONE | {"ratio_source": "1:3", "ratio_stated": 3, "subject": "math"}
    tutoring.typed("vendor", LOG, [row])
    (one,) = tutoring.build(session)
    assert (one["held_seconds"], one["ratio_stated"], one["subject"]) == (1800, 3, "math")
    assert (one["rostered_count"], one["present_count"]) == (1, 1)
    (person,) = tutoring.build(session_participant)
    assert (person["student_key"], person["tutor_key"], person["group_size"]) == ("ann", "tom", 3)
    assert (person["present_seconds"], person["present_source"]) == (1800, "stated")
    assert pick(tutoring.build(session_tutor), "tutor_key", "role") == [("tom", "actual")]


def test_only_sessions_of_the_school_year_are_in_it(tutoring: TutoringBench) -> None:
    days = (datetime(2026, 6, 30, 9), datetime(2026, 7, 1, 9), datetime(2027, 6, 30, 9))  # noqa: DTZ001
    rows = [ALONE | {"started_at_local": day} for day in days]
    tutoring.typed("vendor", LOG, rows)
    tutoring.typed("meet", LOG, [MEETING | {"started_at_local": days[0], "ended_at_local": None}])
    for builder in (session, session_participant, session_tutor):
        dates = [row["local_date"] for row in tutoring.build(builder)]
        assert sorted(dates) == [date(2026, 7, 1), date(2027, 6, 30)]
        assert len(tutoring.build(builder, "2025-26")) == (2 if builder is session else 1)


def test_a_person_no_roster_knows_stays_with_a_null_key(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [ALONE])
    tutoring.known.strangers |= {"rec-ann", "rec-tom"}
    (person,) = tutoring.build(session_participant)
    assert (person["student_key"], person["tutor_key"]) == (None, None)
    assert (person["person_record_id"], person["present_seconds"]) == ("rec-ann", 1800)
    assert pick(tutoring.build(session_tutor), "person_record_id", "tutor_key") == [
        ("rec-tom", None)
    ]


# --- When it was ---


def test_wall_clocks_are_read_in_the_zone_of_row_source_or_district(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = {"sources": {"east": _source(time_zone="America/New_York")}}
    tutoring.typed("east", LOG, [ALONE, ALONE | {"time_zone": "America/Denver"}])
    tutoring.typed("home", LOG, [ALONE])
    rows = by(tutoring.build(session), "source", "time_zone")
    hours = {key: row["started_at_utc"].hour for key, row in rows.items()}
    assert hours == {
        ("east", "America/New_York"): 13,
        ("east", "America/Denver"): 15,
        ("home", "America/Chicago"): 14,
    }
    assert {row["started_at_local"] for row in rows.values()} == {START}


def test_an_instant_near_midnight_falls_on_the_local_date(tutoring: TutoringBench) -> None:
    late = datetime(2026, 9, 15, 3, 30, tzinfo=UTC)
    tutoring.typed("vendor", LOG, [ALONE | {"started_at_local": None, "started_at_utc": late}])
    (one,) = tutoring.build(session)
    assert one["local_date"] == date(2026, 9, 14)
    assert one["started_at_local"] == datetime(2026, 9, 14, 22, 30)  # noqa: DTZ001
    assert one["started_at_utc"] == late


def test_weeks_start_on_monday(tutoring: TutoringBench) -> None:
    sunday = datetime(2026, 9, 20, 23, 59)  # noqa: DTZ001
    tutoring.typed("vendor", LOG, [ALONE | {"started_at_local": sunday}])
    (one,) = tutoring.build(session)
    assert one["week_start"] == date(2026, 9, 14)


def test_a_date_without_a_time_gives_no_instant(tutoring: TutoringBench) -> None:
    midnight = datetime(2026, 9, 14)  # noqa: DTZ001
    tutoring.typed("vendor", LOG, [ALONE | {"started_at_local": midnight}] * 2)
    for one in tutoring.build(session):
        assert one["local_date"] == date(2026, 9, 14)
        assert (one["started_at_local"], one["started_at_utc"], one["ended_at_utc"]) == (None,) * 3
    assert [row["flags"] for row in tutoring.build(session_participant)] == [None, None]


def test_the_end_is_the_stated_one_else_follows_from_the_length(tutoring: TutoringBench) -> None:
    tutoring.typed(
        "vendor",
        LOG,
        [
            ALONE | {"ended_at_local": START + timedelta(minutes=45)},
            ALONE | {"planned_seconds": 3600},
            ALONE,
            ALONE | {"ended_at_local": START - HALF_HOUR},
        ],
    )
    rows = sorted(tutoring.build(session), key=lambda row: row["_row"])
    minutes = [(row["ended_at_utc"] - row["started_at_utc"]).seconds // 60 for row in rows]
    assert minutes == [45, 60, 30, 30]
    assert [row["flags"] for row in rows] == [None] * 3 + ["session.ends_before_start"]


# --- Meetings and participants ---


def test_rows_that_share_a_session_id_are_one_session(tutoring: TutoringBench) -> None:
    rows = [ALONE | {"session_id_source": "M1", "student": name} for name in ("ann", "bob", "eve")]
    rows[2] |= {"attendance": "no_show", "present_seconds": 0}
    tutoring.typed("vendor", LOG, rows)
    (one,) = tutoring.build(session)
    assert (one["rostered_count"], one["present_count"], one["held_seconds"]) == (3, 2, 1800)
    people = tutoring.build(session_participant)
    assert {row["session_key"] for row in people} == {one["session_key"]}
    assert {row["group_size"] for row in people} == {2}
    assert len(tutoring.build(session_tutor)) == 1


def test_a_meeting_without_participants_is_a_session(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [OFF | {"tutor": "tom"}])
    (one,) = tutoring.build(session)
    assert (one["session_state"], one["rostered_count"]) == ("cancelled_provider", 0)
    assert tutoring.build(session_participant) == []
    assert pick(tutoring.build(session_tutor), "tutor_key", "role") == [("tom", "planned")]


def test_a_participant_takes_over_what_only_the_meeting_states(tutoring: TutoringBench) -> None:
    tutoring.typed(
        "vendor", LOG, [MEETING | {"subject": "ela", "tutor": "tom"}, _stay("ann", 0, 30)]
    )
    (person,) = tutoring.build(session_participant)
    assert (person["subject"], person["tutor_key"], person["session_state"]) == (
        "ela",
        "tom",
        "completed",
    )
    assert (person["local_date"], person["_row"]) == (date(2026, 9, 14), 2)


def test_stays_after_reconnects_are_united(tutoring: TutoringBench) -> None:
    tutoring.typed(
        "vendor",
        LOG,
        [
            MEETING,
            _stay("ann", 0, 10),
            _stay("ann", 5, 12),
            _stay("ann", 20, 30),
            _stay("bob", 1, 2),
        ],
    )
    rows = by(tutoring.build(session_participant), "student_key")
    assert pick([rows["ann"]], "present_seconds", "present_source", "source_rows") == [
        (22 * 60, "join_leave", 3)
    ]
    assert rows["bob"]["present_seconds"] == 60
    (one,) = tutoring.build(session)
    assert (one["present_count"], one["held_seconds"]) == (2, 22 * 60)


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    crowd=st.lists(
        st.lists(st.tuples(st.integers(0, 30), st.integers(1, 15)), min_size=1, max_size=6),
        min_size=10,
        max_size=40,
    )
)
def test_united_stays_last_as_long_as_the_minutes_somebody_was_there(
    tutoring: TutoringBench, crowd: list[list[tuple[int, int]]]
) -> None:
    rows = [
        _stay(str(who), joined, joined + length)
        for who, stays in enumerate(crowd)
        for joined, length in stays
    ]
    tutoring.typed("vendor", LOG, [MEETING, *rows])
    found = by(tutoring.build(session_participant), "student_key")
    for who, stays in enumerate(crowd):
        minutes = {minute for at, length in stays for minute in range(at, at + length)}
        assert found[str(who)]["present_seconds"] == 60 * len(minutes)
        assert found[str(who)]["source_rows"] == len(stays)


def test_a_row_stated_twice_in_one_session_counts_its_time_once(tutoring: TutoringBench) -> None:
    row = _stay("ann", 0, present_seconds=1800, row_id_source="R1")
    tutoring.typed("vendor", LOG, [MEETING, row, row | {"row_id_source": "R2"}])
    (person,) = tutoring.build(session_participant)
    assert (person["present_seconds"], person["source_rows"]) == (1800, 2)


def test_lengths_stated_without_times_are_added_up(tutoring: TutoringBench) -> None:
    rows = [_stay("ann", present_seconds=600), _stay("ann", present_seconds=300)]
    tutoring.typed("vendor", LOG, [MEETING, *rows])
    (person,) = tutoring.build(session_participant)
    assert (person["present_seconds"], person["present_source"]) == (900, "stated")


def test_a_stay_without_an_end_leaves_the_time_unknown(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [MEETING, _stay("ann", 0, 10), _stay("ann", 15)])
    (person,) = tutoring.build(session_participant)
    assert (person["present_seconds"], person["present_source"]) == (None, "none")
    assert person["counts_attended"]


def test_a_student_who_came_once_and_missed_once_came(tutoring: TutoringBench) -> None:
    tutoring.typed(
        "vendor", LOG, [MEETING, _stay("ann", 0, 10), _stay("ann", attendance="no_show")]
    )
    (person,) = tutoring.build(session_participant)
    assert (person["attendance"], person["present_seconds"]) == ("present", 600)


def test_two_spellings_of_one_student_are_two_participant_records(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [MEETING, _stay("ann", 0, 10), _stay("ann@2", 10, 20)])
    rows = tutoring.build(session_participant)
    assert pick(rows, "person_record_id", "student_key") == [
        ("rec-ann", "ann"),
        ("rec-ann@2", "ann"),
    ]


# --- State and attendance ---


@pytest.mark.parametrize(
    ("stated", "state", "attendance", "attended"),
    [
        ({"session_state": None, "attendance": "present"}, "completed", "present", True),
        ({"session_state": None, "attendance": None}, "completed", "present", True),
        ({"session_state": None, "attendance": "no_show", "present_seconds": None},
         "unknown", "no_show", False),
        ({"attendance": None}, "completed", "present", True),
        ({"attendance": None, "present_seconds": None}, "completed", "unknown", False),
        ({"attendance": None, "present_seconds": None, "present_share": 0.5},
         "completed", "present", True),
        ({"session_state": "cancelled_school", "attendance": None},
         "cancelled_school", "not_expected", False),
        ({"session_state": "scheduled", "attendance": None}, "scheduled", "unknown", False),
        ({"session_state": "tutor_no_show"}, "tutor_no_show", "present", False),
    ],
)  # fmt: skip
def test_what_the_log_leaves_open_follows_from_what_it_says(
    tutoring: TutoringBench, stated: dict[str, Any], state: str, attendance: str, attended: bool
) -> None:
    tutoring.typed("vendor", LOG, [ALONE | stated])
    (person,) = tutoring.build(session_participant)
    found = (person["session_state"], person["attendance"], person["counts_attended"])
    assert found == (state, attendance, attended)


def test_a_session_somebody_attended_was_held_for_the_group(tutoring: TutoringBench) -> None:
    rows = [
        ALONE | {"session_id_source": "M1", "session_state": None},
        ALONE
        | {
            "session_id_source": "M1",
            "session_state": None,
            "student": "bob",
            "attendance": "no_show",
            "present_seconds": None,
        },
    ]
    tutoring.typed("vendor", LOG, rows)
    (one,) = tutoring.build(session)
    assert one["session_state"] == "completed"
    people = by(tutoring.build(session_participant), "student_key")
    assert people["bob"]["session_state"] == "completed"
    assert people["bob"]["bucket"] == "absent_from_tutoring"


def test_a_student_who_called_off_does_not_call_off_the_session(tutoring: TutoringBench) -> None:
    rows = [ALONE | {"session_id_source": "M1"}]
    off = {"session_state": "cancelled_student", "attendance": None, "present_seconds": None}
    rows.append(rows[0] | {"student": "bob"} | off)
    tutoring.typed("vendor", LOG, rows)
    (one,) = tutoring.build(session)
    assert one["session_state"] == "completed"
    people = by(tutoring.build(session_participant), "student_key")
    assert people["bob"]["session_state"] == "cancelled_student"


def test_an_impossible_pair_is_left_to_the_quarantine(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [ALONE | {"session_state": "cancelled_school"}, OFF, ALONE])
    assert len(tutoring.build(session_participant)) == 1
    assert len(tutoring.build(session)) == 2


# --- Planned and present time ---


def test_a_log_of_attended_sessions_says_nothing_of_the_plan(tutoring: TutoringBench) -> None:
    tutoring.settings = _math_program()
    tutoring.typed(
        "vendor", LOG, [ALONE | {"program": "math", "ended_at_local": START + HALF_HOUR}]
    )
    (one,) = tutoring.build(session)
    assert (one["planned_seconds"], one["plan_source"]) == (None, "plan_unknown")
    (person,) = tutoring.build(session_participant)
    assert person["planned_seconds"] is None


def test_start_and_end_are_the_plan_where_sessions_that_were_not_held_state_them(
    tutoring: TutoringBench,
) -> None:
    tutoring.typed("vendor", LOG, [OFF, MEETING, _stay("ann", 0, 10)])
    rows = by(tutoring.build(session), "session_id_source")
    assert (
        pick([rows["M0"], rows["M1"]], "planned_seconds", "plan_source")
        == [(1800, "vendor_schedule")] * 2
    )
    (person,) = tutoring.build(session_participant)
    assert person["planned_seconds"] == 1800


def test_the_design_is_the_plan_where_the_log_lists_what_was_missed(
    tutoring: TutoringBench,
) -> None:
    tutoring.settings = _math_program()
    missed = ALONE | {"attendance": "no_show", "present_seconds": None, "program": " MATHS "}
    outside = ALONE | {"program": "math", "started_at_local": datetime(2027, 5, 3, 9)}  # noqa: DTZ001
    tutoring.typed("vendor", LOG, [missed, ALONE | {"program": "math"}, outside])
    rows = sorted(tutoring.build(session), key=lambda row: row["_row"])
    assert pick(rows, "planned_seconds", "plan_source") == [
        (2400, "program_design"),
        (2400, "program_design"),
        (None, "plan_unknown"),
    ]
    assert {row["program_id"] for row in rows} == {"math"}


def test_the_vendors_own_length_comes_before_any_other(tutoring: TutoringBench) -> None:
    tutoring.settings = _math_program()
    rows = [OFF, MEETING | {"planned_seconds": 1500, "program": "math"}, _stay("ann", 0, 10)]
    tutoring.typed("vendor", LOG, rows)
    (person,) = tutoring.build(session_participant)
    assert person["planned_seconds"] == 1500


@pytest.mark.parametrize(
    ("stated", "seconds", "source"),
    [
        ({"present_seconds": 600, "present_share": 1.0}, 600, "stated"),
        ({"present_share": 0.75}, 1350, "percent_of_period"),
        ({}, 1800, "planned_when_present"),
        ({"attendance": "partial"}, None, "none"),
        ({"attendance": "no_show"}, None, "none"),
        ({"attendance": "partial", "joined_at_local": START,
          "left_at_local": START + timedelta(seconds=61)}, 61, "join_leave"),
        ({"attendance": "partial", "joined_at_local": START, "left_at_local": START - HALF_HOUR},
         None, "none"),
    ],
)  # fmt: skip
def test_present_time_says_where_it_came_from(
    tutoring: TutoringBench, stated: dict[str, Any], seconds: int | None, source: str
) -> None:
    row = ALONE | {"present_seconds": None, "planned_seconds": 1800} | stated
    tutoring.typed("vendor", LOG, [row])
    (person,) = tutoring.build(session_participant)
    assert (person["present_seconds"], person["present_source"]) == (seconds, source)


def test_a_share_without_any_length_is_no_time(tutoring: TutoringBench) -> None:
    row = ALONE | {"present_seconds": None, "present_share": 0.5}
    tutoring.typed("vendor", LOG, [row, row | {"held_seconds": 1000}])
    rows = sorted(tutoring.build(session_participant), key=lambda row: row["_row"])
    assert [row["present_seconds"] for row in rows] == [None, 500]


# --- Tutors ---


def test_a_substitute_tutored_and_the_host_was_planned(tutoring: TutoringBench) -> None:
    tutoring.typed(
        "vendor",
        LOG,
        [
            MEETING | {"tutor": "tom"},
            MEETING | {"tutor": "sue", "tutor_role": "substitute", "session_state": None},
            _stay("ann", 0, 30),
        ],
    )
    assert pick(tutoring.build(session_tutor), "tutor_key", "role") == [
        ("sue", "substitute"),
        ("tom", "planned"),
    ]
    (person,) = tutoring.build(session_participant)
    assert person["tutor_key"] == "sue"


def test_the_tutor_of_a_session_still_to_come_is_the_planned_one(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [ALONE | {"session_state": "scheduled", "attendance": None}])
    assert pick(tutoring.build(session_tutor), "role") == [("planned",)]


def test_a_session_without_a_tutor_has_none(tutoring: TutoringBench) -> None:
    tutoring.typed("vendor", LOG, [ALONE | {"tutor": None}, MEETING])
    assert tutoring.build(session_tutor) == []
    assert len(tutoring.build(session)) == 2


# --- Program and school ---


def test_a_row_without_a_program_belongs_to_that_of_its_source(tutoring: TutoringBench) -> None:
    tutoring.settings = _math_program() | {"sources": {"vendor": _source(program="math")}}
    tutoring.typed("vendor", LOG, [ALONE, ALONE | {"program": "Chess"}])
    rows = sorted(tutoring.build(session), key=lambda row: row["_row"])
    assert pick(rows, "program_id", "flags") == [
        ("math", None),
        (None, "session.program_unknown"),
    ]


def test_a_school_is_known_by_number_or_name_else_kept_as_stated(tutoring: TutoringBench) -> None:
    schools = [
        {"school_id": "0101", "school_id_source": "g1", "name": "Oak School"},
        {"school_id": "0102", "school_id_source": "g2", "name": "Elm School"},
        {"school_id": "0103", "school_id_source": "g3", "name": "Elm School"},
    ]
    tutoring.promoted("school", schools)
    names = ("0101", " oak SCHOOL ", "g2", "Elm School", "Somewhere", None)
    tutoring.typed("vendor", LOG, [ALONE | {"school_name": name} for name in names])
    rows = sorted(tutoring.build(session), key=lambda row: row["_row"])
    assert [row["school_id"] for row in rows] == [
        "0101",
        "0101",
        "0102",
        "Elm School",
        "Somewhere",
        None,
    ]


# --- Order ---


def test_rows_without_ids_keep_the_order_of_their_file(tutoring: TutoringBench) -> None:
    assert keeps_file_order(tutoring.context())
    tutoring.typed("vendor", LOG, [ALONE])
    assert keeps_file_order(tutoring.context())
    tutoring.typed("other", LOG, [MEETING])
    assert not keeps_file_order(tutoring.context())


def test_an_empty_lake_has_no_sessions(tutoring: TutoringBench) -> None:
    for builder in (session, session_participant, session_tutor):
        assert tutoring.build(builder) == []


def _source(**more: object) -> dict[str, Any]:
    return {"adapter": "files", "contract": "datas", "kind": "log", **more}


def _math_program() -> dict[str, Any]:
    term = {
        "start": "2026-08-17",
        "end": "2026-12-18",
        "sessions_per_week": 3,
        "minutes_per_session": 40,
    }
    return {
        "programs": {"math": {"name": "Math Club", "aliases": ["Maths"], "terms": {"fall": term}}}
    }

from collections import defaultdict

import numpy as np
import pytest

from hit_pipeline.synth.truth.calendar import CLOSURE, INSTRUCTIONAL, to_utc, weekday
from hit_pipeline.synth.truth.outcomes import ATTENDANCE, CAUSES, OUTCOMES
from hit_pipeline.synth.truth.programs import PROGRAMS, SUMMER
from hit_pipeline.synth.truth.zone import Zone

HELD = OUTCOMES.index("held")
CLOSED = OUTCOMES.index("closed")
CAME = ATTENDANCE.index("left_early")
EXCUSED = ATTENDANCE.index("absent_school_excused")
UNEXCUSED = ATTENDANCE.index("absent_school_unexcused")
NOT_ENROLLED = ATTENDANCE.index("not_enrolled")
NOT_HELD = ATTENDANCE.index("not_held")
EXPECTED_CAUSE = {
    "absent_tutoring": "absent_from_tutoring",
    "absent_school_excused": "absent_from_school",
    "absent_school_unexcused": "absent_from_school",
    "not_enrolled": "not_enrolled",
}


def test_every_planned_second_was_held_lost_or_has_one_other_cause(any_zone: Zone) -> None:
    seats = any_zone.seats
    rest = seats.planned - seats.inside - seats.lost_pupil - seats.lost_tutor
    assert ((rest == 0) | (rest == seats.planned)).all()
    for name in ("planned", "inside", "surplus", "lost_pupil", "lost_tutor"):
        assert (getattr(seats, name) >= 0).all(), name
    came = seats.attendance <= CAME
    assert (rest[came] == 0).all()
    assert (rest == seats.planned)[~came].all()


def test_the_cause_of_time_nobody_came_to_is_its_outcome_or_attendance(any_zone: Zone) -> None:
    seats, meetings = any_zone.seats, any_zone.meetings
    away = np.flatnonzero(seats.attendance > CAME).tolist()
    assert away
    for at in away:
        outcome = OUTCOMES[meetings.outcome[seats.meeting[at]]]
        attendance = ATTENDANCE[seats.attendance[at]]
        wanted = outcome if outcome != "held" else EXPECTED_CAUSE[attendance]
        assert CAUSES[seats.cause[at]] == wanted


def test_every_cause_occurs(zone: Zone) -> None:
    seats = zone.seats
    assert set(seats.cause.tolist()) | {1, 2} == set(range(len(CAUSES)))
    assert (seats.lost_pupil > 0).any()
    assert (seats.lost_tutor > 0).any()


def test_seconds_present_are_those_between_coming_and_leaving(any_zone: Zone) -> None:
    seats = any_zone.seats
    assert (seats.left - seats.joined == seats.inside + seats.surplus).all()
    assert (seats.joined >= 0).all()
    length = any_zone.meetings.planned_seconds[seats.meeting]
    assert (seats.joined <= length).all()


def test_attendance_says_who_came_late_or_left_early(any_zone: Zone) -> None:
    seats = any_zone.seats
    words = np.array(ATTENDANCE)[seats.attendance]
    assert (seats.lost_pupil[words == "present"] == 0).all()
    at_plan = any_zone.meetings.makeup_of[seats.meeting] < 0
    for word in ("late", "left_early"):
        mine = (words == word) & at_plan
        room = seats.planned - seats.lost_tutor > 900
        assert (seats.lost_pupil[mine & room] > 0).all(), word


def test_meetings_not_held_have_no_seat_anybody_came_to(any_zone: Zone) -> None:
    seats, held = any_zone.seats, any_zone.meetings.outcome[any_zone.seats.meeting] == HELD
    assert ((seats.attendance == NOT_HELD) == ~held).all()
    assert (any_zone.meetings.led_by >= 0).tolist() == (any_zone.meetings.outcome == HELD).tolist()
    for name in ("started_late", "cut_short", "overrun"):
        assert (getattr(any_zone.meetings, name)[any_zone.meetings.outcome != HELD] == 0).all()


def test_a_meeting_cut_short_does_not_run_over(any_zone: Zone) -> None:
    meetings = any_zone.meetings
    assert not ((meetings.cut_short > 0) & (meetings.overrun > 0)).any()
    assert (meetings.cut_short > 0).any()
    assert (meetings.overrun > 0).any()


def test_make_ups_are_no_plan_and_all_their_time_is_surplus(zone: Zone) -> None:
    seats, meetings = zone.seats, zone.meetings
    makeup = meetings.makeup_of[seats.meeting] >= 0
    assert makeup.any()
    for name in ("planned", "inside", "lost_pupil", "lost_tutor"):
        assert (getattr(seats, name)[makeup] == 0).all(), name
    assert (seats.surplus[makeup & (seats.attendance <= CAME)] > 0).all()
    usual = seats.surplus[~makeup]
    assert (usual == np.where(usual > 0, meetings.overrun[seats.meeting[~makeup]], 0)).all()


def test_every_moved_meeting_has_one_make_up_in_the_week_after(any_zone: Zone) -> None:
    meetings = any_zone.meetings
    moved = np.flatnonzero(meetings.outcome == OUTCOMES.index("rescheduled")).tolist()
    makeup = np.flatnonzero(meetings.makeup_of >= 0).tolist()
    made_for = meetings.makeup_of[makeup].tolist()
    assert len(set(made_for)) == len(made_for)
    assert set(made_for) <= set(moved)
    assert len(made_for) >= 0.9 * len(moved) > 0
    for later, first in zip(makeup, made_for, strict=True):
        assert meetings.group[later] == meetings.group[first]
        assert meetings.outcome[later] == HELD
        assert 1 <= int((meetings.day[later] - meetings.day[first]).astype(int)) <= 7


def test_a_group_meets_once_a_day(any_zone: Zone) -> None:
    meetings = any_zone.meetings
    slots = list(zip(meetings.group.tolist(), meetings.day.tolist(), strict=True))
    assert len(set(slots)) == len(slots)


def test_groups_meet_on_their_days_of_the_week_or_cycle(any_zone: Zone) -> None:
    meetings, groups, calendar = any_zone.meetings, any_zone.groups, any_zone.calendar
    planned = meetings.makeup_of < 0
    group, day = meetings.group[planned], meetings.day[planned]
    by_week = groups.cycle[group] < 0
    assert ((groups.weekdays[group] >> weekday(day)) & 1 == 1)[by_week].all()
    cycle = calendar.cycle[calendar.position(day)]
    assert (cycle == groups.cycle[group])[~by_week].all()
    summer = groups.term[group] == SUMMER
    kind = calendar.planned[calendar.position(day)]
    assert (kind[~summer] == INSTRUCTIONAL).all()
    assert (weekday(day) < 5).all()
    assert not [one for one in day[summer].tolist() if (one.month, one.day) == (7, 4)]


def test_meetings_of_a_closed_school_are_closed_and_no_others(any_zone: Zone) -> None:
    meetings, calendar = any_zone.meetings, any_zone.calendar
    school = any_zone.groups.school[meetings.group]
    shut = calendar.actual[school, calendar.position(meetings.day)] == CLOSURE
    assert ((meetings.outcome == CLOSED) == shut).all()


def test_who_was_absent_from_school_was_absent_from_tutoring_that_day(any_zone: Zone) -> None:
    seats, absences = any_zone.seats, any_zone.absences
    marks = zip(
        absences.student.tolist(), absences.day.tolist(), absences.status.tolist(), strict=True
    )
    status = {(student, day): mark for student, day, mark in marks}
    held = np.flatnonzero(any_zone.meetings.outcome[seats.meeting] == HELD)
    days = any_zone.meetings.day[seats.meeting[held]].tolist()
    seen = zip(seats.student[held].tolist(), days, seats.attendance[held].tolist(), strict=True)
    found: dict[int, set[int]] = defaultdict(set)
    for student, day, attendance in seen:
        if attendance != NOT_ENROLLED:
            found[status.get((student, day), 0)].add(attendance)
    assert found[1] == {EXCUSED}
    assert found[2] == {UNEXCUSED}
    assert found[0].isdisjoint({EXCUSED, UNEXCUSED})
    assert found[3].isdisjoint({EXCUSED, UNEXCUSED})


def test_a_pupil_is_not_enrolled_only_after_the_last_day_and_for_three_weeks(zone: Zone) -> None:
    seats, members = zone.seats, zone.members
    last = {
        (group, student): day
        for group, student, day in zip(
            members.group.tolist(), members.student.tolist(), members.last.tolist(), strict=True
        )
    }
    held = zone.meetings.outcome[seats.meeting] == HELD
    group = zone.meetings.group[seats.meeting]
    day = zone.meetings.day[seats.meeting]
    seen = zip(group, seats.student, day.tolist(), seats.attendance, held, strict=True)
    for one, student, when, attendance, was_held in seen:
        late = (when - last[int(one), int(student)]).days
        assert late <= 21
        if was_held:
            assert (attendance == NOT_ENROLLED) == (late > 0)
    assert (seats.attendance == NOT_ENROLLED).any()


def test_seconds_are_whole_in_what_the_vendors_system_can_write(any_zone: Zone) -> None:
    seats, groups = any_zone.seats, any_zone.groups
    program = groups.program[any_zone.meetings.group[seats.meeting]]
    quantum = np.array([one.quantum for one in PROGRAMS])[program]
    for name in ("inside", "surplus", "lost_pupil", "lost_tutor", "joined", "left"):
        assert (getattr(seats, name) % quantum == 0).all(), name


def test_results_are_logged_after_the_meeting(any_zone: Zone) -> None:
    meetings = any_zone.meetings
    end = to_utc(meetings.start_local) + meetings.planned_seconds.astype("timedelta64[s]")
    wait = (meetings.logged_at - end).astype(np.int64)
    assert wait.min() > 0
    assert wait.max() < 2 * 86_400


def test_meetings_stand_by_program_day_and_time_and_are_counted_so(any_zone: Zone) -> None:
    meetings = any_zone.meetings
    program = any_zone.groups.program[meetings.group]
    start = meetings.start_local.astype(np.int64)
    order = list(zip(program.tolist(), start.tolist(), strict=True))
    assert order == sorted(order)
    for at in range(len(PROGRAMS)):
        mine = meetings.nth[program == at]
        assert mine.tolist() == list(range(len(mine)))
    assert (np.diff(any_zone.seats.meeting) >= 0).all()


@pytest.mark.parametrize(
    ("outcome", "low", "high"),
    [("held", 0.86, 0.94), ("cancelled_vendor", 0.01, 0.035), ("tutor_absent", 0.01, 0.035)],
)
def test_outcomes_are_as_common_as_drawn(zone: Zone, outcome: str, low: float, high: float) -> None:
    share = (zone.meetings.outcome == OUTCOMES.index(outcome)).mean()
    assert low < share < high

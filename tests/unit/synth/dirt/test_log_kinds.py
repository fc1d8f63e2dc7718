"""Each fault of a log is what its kind says."""

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pytest

from hit_pipeline.synth.dirt.kinds import KINDS
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.truth.calendar import INSTRUCTIONAL, to_utc, weekday
from hit_pipeline.synth.truth.draws import Flags, Ints
from hit_pipeline.synth.truth.outcomes import ATTENDANCE
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.dirt.logbook import (
    CAME,
    HELD,
    LOG_KINDS,
    MAY_CHANGE,
    PRESENT,
    SOURCES,
    Make,
    every_dirt,
    seconds,
)

Says = Callable[[Zone, Log, Log, Ints], Flags]


def _present(_: Zone, was: Log, now: Log, at: Ints) -> Flags:
    marked = (now.attendance[at] == PRESENT) & (now.present[at] == now.planned[at])
    return marked & (was.attendance[at] > CAME) & (was.outcome[at] == HELD)


def _absent(zone: Zone, was: Log, now: Log, at: Ints) -> Flags:
    words = np.array(ATTENDANCE)[was.attendance[at]]
    return _present(zone, was, now, at) & np.char.startswith(words, "absent_school")


def _by_default(zone: Zone, was: Log, now: Log, at: Ints) -> Flags:
    return _present(zone, was, now, at) & (zone.programs[was.program].source == "lakeside")


def _gone(zone: Zone, was: Log, now: Log, at: Ints) -> Flags:
    left = was.attendance[at] == ATTENDANCE.index("not_enrolled")
    return _present(zone, was, now, at) & left


def _late(_: Zone, was: Log, now: Log, at: Ints) -> Flags:
    days = seconds(now.logged_at[at] - was.logged_at[at]) / 86_400
    return (days >= 14) & (days <= 42)


def _revised(_: Zone, was: Log, now: Log, at: Ints) -> Flags:
    days = seconds(now.revised_at[at] - now.logged_at[at]) / 86_400
    differs = now.first_present[at] != now.present[at]
    return (days >= 21) & (days <= 63) & differs & np.isnat(was.revised_at[at])


def _vanished(_: Zone, was: Log, now: Log, at: Ints) -> Flags:
    days = seconds(now.gone_at[at] - now.logged_at[at]) / 86_400
    return (days >= 20) & (days < 60) & np.isnat(was.gone_at[at])


def _withdrawn(_: Zone, was: Log, now: Log, at: Ints) -> Flags:
    days = seconds(now.withdrawn_at[at] - now.logged_at[at]) / 86_400
    final = np.isnat(now.revised_at[at]) & (was.outcome[at] == HELD)
    return (days >= 14) & (days <= 60) & final & np.isnat(was.withdrawn_at[at])


def moved(was: Log, now: Log, at: Ints) -> Ints:
    return seconds(now.start_local[at] - was.start_local[at])


def _no_school(zone: Zone, was: Log, now: Log, at: Ints) -> Flags:
    day = now.start_local[at].astype("datetime64[D]")
    kind = zone.calendar.planned[zone.calendar.position(day)]
    return (kind != INSTRUCTIONAL) & (weekday(day) == 6) & (moved(was, now, at) % 86_400 == 0)


def _overlap(zone: Zone, was: Log, now: Log, at: Ints) -> Flags:
    """Look for a meeting of another vendor the pupil was at, one lesson at a time."""
    seats, meetings = zone.seats, zone.meetings
    other = zone.groups.program[meetings.group[seats.meeting]] != was.program
    other &= (seats.attendance <= CAME) & (meetings.outcome[seats.meeting] == HELD)
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    begin = meetings.start_local[seats.meeting].astype(np.int64)
    length = meetings.planned_seconds[seats.meeting]
    for n in np.flatnonzero(other).tolist():
        spans[int(seats.student[n])].append((int(begin[n]), int(begin[n] + length[n])))
    start = now.start_local[at].astype(np.int64)
    pupils = zone.seats.student[was.seat[at]].tolist()
    return np.array(
        [
            any(one < moment < end for one, end in spans[pupil])
            for pupil, moment in zip(pupils, start.tolist(), strict=True)
        ],
        dtype=bool,
    )


def _two_rooms(_: Zone, was: Log, now: Log, at: Ints) -> Flags:
    """Look for another meeting at that time, true or as written, whose tutor is the one named."""
    found = np.zeros(len(at), dtype=bool)
    for log in (was, now):
        start = log.start_local.astype(np.int64).tolist()
        rooms: dict[tuple[int, int], set[int]] = defaultdict(set)
        rows = zip(was.led_by.tolist(), start, was.meeting.tolist(), strict=False)
        for tutor, moment, meeting in rows:
            rooms[tutor, moment].add(meeting)
        named = zip(now.led_by[at].tolist(), at.tolist(), was.meeting[at].tolist(), strict=True)
        found |= [bool(rooms[tutor, start[n]] - {meeting}) for tutor, n, meeting in named]
    return found & (now.led_by[at] != was.led_by[at])


def _hour_off(_: Zone, was: Log, now: Log, at: Ints) -> Flags:
    """Accept an hour, in the week after a Sunday on which clocks change."""
    local = was.start_local[at]
    week = np.timedelta64(7 * 86_400, "s")
    changed = to_utc(local) - to_utc(np.subtract(local, week)) != week
    return (np.abs(moved(was, now, at)) == 3600) & changed


def _as_utc(_: Zone, was: Log, now: Log, at: Ints) -> Flags:
    local = was.start_local[at]
    return np.asarray(now.start_local[at] == to_utc(local))


def _single(_: Zone, was: Log, now: Log, at: Ints) -> Flags:
    own = np.bincount(now.meeting)[now.meeting[at]] == 1
    return own & (now.ratio[at] == 1) & (was.ratio[at] > 1) & (now.place[at] == 0)


EXACTLY: dict[str, Says] = {
    "present_absent": _absent,
    "present_default": _by_default,
    "present_not_enrolled": _gone,
    "minutes_zero": lambda _, was, now, at: (
        (now.present[at] == 0) & (was.present[at] > 0) & (now.attendance[at] <= CAME)
    ),
    "minutes_double": lambda _, was, now, at: now.present[at] > 2 * was.planned[at],
    "minutes_no_sign_out": lambda _, _was, now, at: now.present[at] == 4 * 3600,
    "row_late": _late,
    "row_restated": _revised,
    "row_corrected": _revised,
    "row_vanished": _vanished,
    "row_withdrawn": _withdrawn,
    "row_future": lambda _, was, now, at: moved(was, now, at) > 2 * 365 * 86_400,
    "row_no_school_day": _no_school,
    "row_overlap": _overlap,
    "row_tutor_overlap": _two_rooms,
    "time_dst": _hour_off,
    "time_utc": _as_utc,
    "time_midnight": lambda _, _was, now, at: now.start_local[at] == now.start_local[at],
    "unit_seconds": lambda _, _was, now, at: now.present[at] > 0,
    "unit_clock": lambda _, _was, now, at: now.present[at] > 0,
    "unit_hours": lambda _, was, _now, at: was.outcome[at] == HELD,
    "unit_percent": lambda _, _was, now, at: now.present[at] > 0,
    "row_unmapped_code": lambda _, was, _now, at: was.outcome[at] == HELD,
    "row_singles": _single,
}


def test_every_kind_of_a_log_is_told_here() -> None:
    assert set(EXACTLY) == set(MAY_CHANGE)
    told = {"row_", "time_", "unit_", "minutes_", "present_"}
    here = {kind.name for kind in KINDS if kind.name.startswith(tuple(told))}
    assert here == LOG_KINDS


@every_dirt
@pytest.mark.parametrize("kind", EXACTLY)
def test_a_marked_entry_is_as_its_kind_says(zone: Zone, spoilt: Make, kind: str, dirt: str) -> None:
    seen = 0
    for source in SOURCES:
        made = spoilt(source, dirt)
        at = made.alone(kind)
        assert EXACTLY[kind](zone, made.clean, made.dirty, at).all(), source
        seen += len(at)
    assert seen > 0

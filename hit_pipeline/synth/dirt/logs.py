"""Faults of a vendor's log: rows too many and too few, times, units and minutes that are not so."""

import numpy as np

from hit_pipeline.synth.dirt.log_work import Work, week_of
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.truth.calendar import to_utc, weekday
from hit_pipeline.synth.truth.draws import Flags, Ints
from hit_pipeline.synth.truth.outcomes import ATTENDANCE, OUTCOMES
from hit_pipeline.synth.truth.zone import Zone

_HELD = OUTCOMES.index("held")
_PRESENT = ATTENDANCE.index("present")
_CAME = ATTENDANCE.index("left_early")
_EXCUSED = ATTENDANCE.index("absent_school_excused")
_UNEXCUSED = ATTENDANCE.index("absent_school_unexcused")
_NOT_ENROLLED = ATTENDANCE.index("not_enrolled")
_DAY_SECONDS = 86_400
_NEVER = np.datetime64("NaT", "s")
_YEARS_AHEAD = np.timedelta64(3 * 365 + 1, "D").astype("timedelta64[s]")
_FOUR_HOURS = 4 * 3600
UNIT_VENDOR, ZONE_VENDOR, KEYS_VENDOR = "northstar", "brightpath", "northstar"
SLIDER_VENDOR, ON_DEMAND_VENDOR = "lakeside", "quillwork"


def spoil_log(zone: Zone, log: Log, rates: dict[str, float]) -> tuple[Log, Ints]:
    """Return a log as the vendor's people and systems leave it, and each entry's true pupil.

    Test accounts and children of no roster have pupil -1.
    """
    names = [n for n in Log.__dataclass_fields__ if n not in ("program", "kinds")]
    columns = {name: getattr(log, name).copy() for name in names}
    source = zone.programs[log.program].source
    work = Work(zone, source, rates, columns, zone.seats.student[log.seat].copy())
    for fault in _FAULTS:
        fault(work)
    return Log(program=log.program, kinds=work.kinds, **work.columns), work.student


def _held(work: Work) -> Flags:
    return np.asarray(work.columns["outcome"] == _HELD)


def _came(work: Work) -> Flags:
    return np.asarray(_held(work) & (work.columns["attendance"] <= _CAME))


# ---- what was logged of those who came or did not --------------------------------------------


def _set_present(work: Work, at: Ints, seconds: Ints) -> None:
    columns = work.columns
    columns["present"][at] = seconds
    columns["first_present"][at] = seconds
    columns["joined"][at] = np.minimum(columns["joined"][at], columns["planned"][at])
    columns["left"][at] = columns["joined"][at] + seconds


def _mark_present(work: Work, at: Ints) -> None:
    for name in ("attendance", "first_attendance"):
        work.columns[name][at] = _PRESENT
    _set_present(work, at, work.columns["planned"][at])


def _present_though_absent(work: Work) -> None:
    attendance = work.columns["attendance"]
    absent = _held(work) & np.isin(attendance, (_EXCUSED, _UNEXCUSED))
    _mark_present(work, work.hit("present_absent", absent))


def _present_by_default(work: Work) -> None:
    if work.source == SLIDER_VENDOR:
        absent = _held(work) & (work.columns["attendance"] > _CAME)
        absent &= ~work.kinds.get("present_absent", np.zeros(len(absent), dtype=bool))
        _mark_present(work, work.hit("present_default", absent))


def _present_though_gone(work: Work) -> None:
    gone = _held(work) & (work.columns["attendance"] == _NOT_ENROLLED)
    _mark_present(work, work.hit("present_not_enrolled", gone))


def _no_minutes(work: Work) -> None:
    at = work.hit("minutes_zero", _came(work) & (work.columns["present"] > 0))
    _set_present(work, at, np.zeros(len(at), dtype=np.int64))


def _twice_the_minutes(work: Work) -> None:
    able = _came(work) & (work.columns["present"] > 0) & (work.source != SLIDER_VENDOR)
    at = work.hit("minutes_double", able)
    _set_present(work, at, work.columns["planned"][at] * 2 + 600)


def _no_sign_out(work: Work) -> None:
    quanta = work.zone.programs[_program(work)].quantum
    able = _came(work) & (work.columns["present"] > 0) & (_FOUR_HOURS % quanta == 0)
    able &= ~work.kinds.get("minutes_double", np.zeros(len(able), dtype=bool))
    able &= work.source in (ON_DEMAND_VENDOR, "harborlight")
    at = work.hit("minutes_no_sign_out", able)
    _set_present(work, at, np.full(len(at), _FOUR_HOURS))


def _program(work: Work) -> int:
    return next(n for n, p in enumerate(work.zone.programs) if p.source == work.source)


# ---- when it was logged ----------------------------------------------------------------------


def _late(work: Work) -> None:
    at = work.hit("row_late", np.ones(len(work.student), dtype=bool), work.columns["meeting"])
    meeting = work.columns["meeting"][at]
    wait = (14 + meeting * 7 % 28) * _DAY_SECONDS
    work.columns["logged_at"][at] += wait.astype("timedelta64[s]")


def _corrected(work: Work) -> None:
    able = _came(work) & (work.columns["present"] > 0) & np.isnat(work.columns["revised_at"])
    _revise(work, work.hit("row_corrected", able))


def _restated(work: Work) -> None:
    able = _came(work) & (work.columns["present"] > 0)
    unit = work.columns["group"] * 100_000 + week_of(work)
    _revise(work, work.hit("row_restated", able, unit))


def _revise(work: Work, at: Ints) -> None:
    """First logged with the planned time, or half of it where that is right; corrected later."""
    columns = work.columns
    planned = columns["planned"][at]
    columns["first_attendance"][at] = _PRESENT
    columns["first_present"][at] = np.where(
        columns["present"][at] == planned, planned // 2, planned
    )
    wait = (21 + columns["group"][at] * 5 % 42) * _DAY_SECONDS
    columns["revised_at"][at] = columns["logged_at"][at] + wait.astype("timedelta64[s]")


def _withdrawn(work: Work) -> None:
    """Set a row back to scheduled weeks after it was final."""
    meeting = work.columns["meeting"]
    at = work.hit("row_withdrawn", _held(work) & np.isnat(work.columns["revised_at"]), meeting)
    wait = (15 + meeting[at] % 30) * _DAY_SECONDS
    logged = work.columns["logged_at"][at]
    work.columns["withdrawn_at"][at] = logged + wait.astype("timedelta64[s]")


def _vanished(work: Work) -> None:
    if work.source == KEYS_VENDOR:
        at = work.hit("row_vanished", np.ones(len(work.student), dtype=bool))
        wait = (20 + at % 40) * _DAY_SECONDS
        logged = work.columns["logged_at"][at]
        work.columns["gone_at"][at] = logged + wait.astype("timedelta64[s]")


# ---- rows too many, and meetings taken apart -------------------------------------------------


def _duplicates(work: Work) -> None:
    model = work.hit("row_duplicate", _came(work))
    work.kinds.pop("row_duplicate", None)
    work.add("row_duplicate", model)


def _test_students(work: Work) -> None:
    _strange(work, "row_test_student")


def _strangers(work: Work) -> None:
    _strange(work, "row_stranger")


def _strange(work: Work, kind: str) -> None:
    """Seat somebody who is no pupil beside one who came."""
    copies = _flag(work, "row_duplicate") | (work.student < 0)
    model = work.hit(kind, _came(work) & ~copies)
    work.kinds.pop(kind, None)
    at = work.add(kind, model)
    work.columns["seat"][at] = -1
    work.student[at] = -1


def _singles(work: Work) -> None:
    """Log each pupil of a meeting as a meeting of one; the slider vendor names no meetings."""
    able = (work.columns["ratio"] > 1) & (work.source != SLIDER_VENDOR)
    at = work.hit("row_singles", able, work.columns["meeting"])
    top = len(work.zone.meetings.group)
    work.columns["meeting"][at] = top + work.columns["key"][at]
    work.columns["place"][at] = 0
    work.columns["ratio"][at] = 1


def _unmapped(work: Work) -> None:
    work.hit("row_unmapped_code", _held(work), work.columns["meeting"])


# ---- times -----------------------------------------------------------------------------------


def _shift(work: Work, at: Ints, seconds: np.ndarray | np.timedelta64) -> None:
    work.columns["start_local"][at] += np.asarray(seconds).astype("timedelta64[s]")


def _future(work: Work) -> None:
    if work.source in ("northstar", "lakeside"):
        _shift(work, work.hit("row_future", _came(work)), _YEARS_AHEAD)


def _no_school_day(work: Work) -> None:
    """Date a meeting on the Sunday after it."""
    able = _held(work) & ~_flag(work, "row_future")
    at = work.hit("row_no_school_day", able, work.columns["meeting"])
    ahead = 6 - weekday(work.columns["start_local"][at].astype("datetime64[D]"))
    _shift(work, at, ahead * _DAY_SECONDS)


def _flag(work: Work, kind: str) -> Flags:
    return work.kinds.get(kind, np.zeros(len(work.student), dtype=bool))


def _overlap(work: Work) -> None:
    """Move an on-demand lesson into the hour of another vendor's meeting of the pupil."""
    if work.source != ON_DEMAND_VENDOR:
        return
    zone, seats = work.zone, work.zone.seats
    meeting = seats.meeting
    other = zone.groups.program[zone.meetings.group[meeting]] != _program(work)
    other &= zone.meetings.outcome[meeting] == _HELD
    other &= seats.attendance <= _CAME
    day = zone.calendar.position(zone.meetings.day[meeting])
    key = np.where(other, seats.student * 10_000 + day, -1)
    first, where_first = np.unique(key, return_index=True)
    start = work.columns["start_local"]
    wanted = work.student * 10_000 + zone.calendar.position(
        np.minimum(start.astype("datetime64[D]"), zone.calendar.days[-1])
    )
    place = np.minimum(np.searchsorted(first, wanted), len(first) - 1)
    able = _came(work) & (first[place] == wanted) & (work.student >= 0)
    at = work.hit("row_overlap", able)
    there = zone.meetings.start_local[meeting[where_first[place[at]]]]
    start[at] = there + np.timedelta64(600, "s")


def _tutor_overlap(work: Work) -> None:
    """Name the tutor of another room who teaches at the same hour."""
    columns = work.columns
    meeting, first = np.unique(columns["meeting"], return_index=True)
    start, led = columns["start_local"][first], columns["led_by"][first]
    order = np.lexsort((meeting, start))
    beside = np.full(len(meeting), -1)
    same = start[order][1:] == start[order][:-1]
    beside[order[1:]] = np.where(same, led[order[:-1]], -1)
    found = beside[np.searchsorted(meeting, columns["meeting"])]
    able = _held(work) & (found >= 0) & (found != columns["led_by"])
    at = work.hit("row_tutor_overlap", able, columns["meeting"])
    columns["led_by"][at] = found[at]


def _clock_change(work: Work) -> None:
    """Write the hour of before a clock change on the days after it."""
    if work.source != UNIT_VENDOR:
        return
    local = work.columns["start_local"]
    week = np.timedelta64(7 * _DAY_SECONDS, "s")
    before = np.subtract(local, week)
    change = (to_utc(local) - to_utc(before) - week).astype(np.int64)
    able = (change != 0) & ~_flag(work, "row_future")
    at = work.hit("time_dst", able, work.columns["meeting"])
    _shift(work, at, -change[at])


def _utc_as_local(work: Work) -> None:
    if work.source == ZONE_VENDOR or (work.rates["time_utc"] > 0.1 and work.source == "lakeside"):
        local = work.columns["start_local"]
        at = work.hit_weeks("time_utc", np.ones(len(local), dtype=bool))
        _shift(work, at, to_utc(local[at]) - local[at])


def _seconds_for_minutes(work: Work) -> None:
    """Mark the weeks; the vendor's sheet is changed where it is written."""
    if work.source == UNIT_VENDOR:
        work.hit_weeks("unit_seconds", work.columns["present"] > 0)


_FAULTS = (
    _present_though_absent,
    _present_by_default,
    _present_though_gone,
    _no_minutes,
    _twice_the_minutes,
    _no_sign_out,
    _late,
    _restated,
    _corrected,
    _withdrawn,
    _vanished,
    _future,
    _no_school_day,
    _overlap,
    _tutor_overlap,
    _clock_change,
    _utc_as_local,
    _seconds_for_minutes,
    _unmapped,
    _duplicates,
    _test_students,
    _strangers,
    _singles,
)

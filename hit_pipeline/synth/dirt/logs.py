"""Faults of a vendor's log: rows too many and too few, and minutes that are not so."""

import numpy as np

from hit_pipeline.synth.dirt.log_times import (
    LIST_VENDOR,
    ON_DEMAND_VENDOR,
    SLIDER_VENDOR,
    TIME_FAULTS,
)
from hit_pipeline.synth.dirt.log_work import CAME, Work, borne, came, held, program_of, week_of
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.truth.draws import Ints
from hit_pipeline.synth.truth.outcomes import ATTENDANCE
from hit_pipeline.synth.truth.zone import Zone

_PRESENT = ATTENDANCE.index("present")
_EXCUSED = ATTENDANCE.index("absent_school_excused")
_UNEXCUSED = ATTENDANCE.index("absent_school_unexcused")
_NOT_ENROLLED = ATTENDANCE.index("not_enrolled")
_DAY_SECONDS = 86_400
_NEVER = np.datetime64("NaT", "s")
_FOUR_HOURS = 4 * 3600
KEYS_VENDOR = "northstar"


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
    absent = held(work) & np.isin(attendance, (_EXCUSED, _UNEXCUSED))
    _mark_present(work, work.hit("present_absent", absent))


def _present_by_default(work: Work) -> None:
    if work.source == SLIDER_VENDOR:
        absent = held(work) & (work.columns["attendance"] > CAME)
        absent &= ~borne(work, "present_absent")
        _mark_present(work, work.hit("present_default", absent))


def _present_though_gone(work: Work) -> None:
    gone = held(work) & (work.columns["attendance"] == _NOT_ENROLLED)
    _mark_present(work, work.hit("present_not_enrolled", gone))


def _no_minutes(work: Work) -> None:
    at = work.hit("minutes_zero", came(work) & (work.columns["present"] > 0))
    _set_present(work, at, np.zeros(len(at), dtype=np.int64))


def _twice_the_minutes(work: Work) -> None:
    able = came(work) & (work.columns["present"] > 0) & (work.source != SLIDER_VENDOR)
    at = work.hit("minutes_double", able)
    _set_present(work, at, work.columns["planned"][at] * 2 + 600)


def _no_sign_out(work: Work) -> None:
    quanta = work.zone.programs[program_of(work)].quantum
    able = came(work) & (work.columns["present"] > 0) & (_FOUR_HOURS % quanta == 0)
    able &= ~borne(work, "minutes_double")
    able &= work.source in (ON_DEMAND_VENDOR, LIST_VENDOR)
    at = work.hit("minutes_no_sign_out", able)
    _set_present(work, at, np.full(len(at), _FOUR_HOURS))


# ---- when it was logged ----------------------------------------------------------------------


def _late(work: Work) -> None:
    at = work.hit("row_late", np.ones(len(work.student), dtype=bool), work.columns["meeting"])
    meeting = work.columns["meeting"][at]
    wait = (14 + meeting * 7 % 28) * _DAY_SECONDS
    work.columns["logged_at"][at] += wait.astype("timedelta64[s]")


def _corrected(work: Work) -> None:
    able = came(work) & (work.columns["present"] > 0) & np.isnat(work.columns["revised_at"])
    _revise(work, work.hit("row_corrected", able))


def _restated(work: Work) -> None:
    able = came(work) & (work.columns["present"] > 0)
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
    at = work.hit("row_withdrawn", held(work) & np.isnat(work.columns["revised_at"]), meeting)
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
    model = work.hit("row_duplicate", came(work))
    work.kinds.pop("row_duplicate", None)
    work.add("row_duplicate", model)


def _test_students(work: Work) -> None:
    _strange(work, "row_test_student")


def _strangers(work: Work) -> None:
    _strange(work, "row_stranger")


def _strange(work: Work, kind: str) -> None:
    """Seat somebody who is no pupil beside one who came."""
    copies = borne(work, "row_duplicate") | (work.student < 0)
    model = work.hit(kind, came(work) & ~copies)
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
    work.hit("row_unmapped_code", held(work), work.columns["meeting"])


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
    *TIME_FAULTS,
    _unmapped,
    _duplicates,
    _test_students,
    _strangers,
    _singles,
)

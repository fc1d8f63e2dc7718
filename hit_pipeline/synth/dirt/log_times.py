"""Times and units of a vendor's log that are not so: wrong days, hours, zones, and weeks of units.

A unit or a date that only the vendor's own columns show is marked here by week; the cells are
changed where the sheet is written (`hit_pipeline.synth.dirt.columns`).
"""

import numpy as np

from hit_pipeline.synth.dirt.log_work import CAME, HELD, Work, borne, came, held, program_of
from hit_pipeline.synth.truth.calendar import to_utc, weekday
from hit_pipeline.synth.truth.draws import Ints

_DAY_SECONDS = 86_400
_YEARS_AHEAD = np.timedelta64(3 * 365 + 1, "D").astype("timedelta64[s]")
UNIT_VENDOR, ZONE_VENDOR, SLIDER_VENDOR = "northstar", "brightpath", "lakeside"
ON_DEMAND_VENDOR, LIST_VENDOR = "quillwork", "harborlight"


def _shift(work: Work, at: Ints, seconds: np.ndarray | np.timedelta64) -> None:
    work.columns["start_local"][at] += np.asarray(seconds).astype("timedelta64[s]")


def _future(work: Work) -> None:
    if work.source in ("northstar", "lakeside"):
        _shift(work, work.hit("row_future", came(work)), _YEARS_AHEAD)


def _no_school_day(work: Work) -> None:
    """Date a meeting on the Sunday after it."""
    able = held(work) & ~borne(work, "row_future")
    at = work.hit("row_no_school_day", able, work.columns["meeting"])
    ahead = 6 - weekday(work.columns["start_local"][at].astype("datetime64[D]"))
    _shift(work, at, ahead * _DAY_SECONDS)


def _overlap(work: Work) -> None:
    """Move an on-demand lesson into the hour of another vendor's meeting of the pupil."""
    if work.source != ON_DEMAND_VENDOR:
        return
    zone, seats = work.zone, work.zone.seats
    meeting = seats.meeting
    other = zone.groups.program[zone.meetings.group[meeting]] != program_of(work)
    other &= zone.meetings.outcome[meeting] == HELD
    other &= seats.attendance <= CAME
    day = zone.calendar.position(zone.meetings.day[meeting])
    key = np.where(other, seats.student * 10_000 + day, -1)
    first, where_first = np.unique(key, return_index=True)
    start = work.columns["start_local"]
    wanted = work.student * 10_000 + zone.calendar.position(
        np.minimum(start.astype("datetime64[D]"), zone.calendar.days[-1])
    )
    place = np.minimum(np.searchsorted(first, wanted), len(first) - 1)
    able = came(work) & (first[place] == wanted) & (work.student >= 0)
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
    able = held(work) & (found >= 0) & (found != columns["led_by"])
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
    able = (change != 0) & ~borne(work, "row_future")
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


def _clock_for_minutes(work: Work) -> None:
    if work.source == UNIT_VENDOR:
        able = (work.columns["present"] > 0) & ~borne(work, "unit_seconds")
        work.hit_weeks("unit_clock", able)


def _hours_for_clock(work: Work) -> None:
    if work.source == LIST_VENDOR:
        work.hit_weeks("unit_hours", held(work))


def _minutes_for_percent(work: Work) -> None:
    if work.source == SLIDER_VENDOR:
        work.hit_weeks("unit_percent", work.columns["present"] > 0)


def _day_early(work: Work) -> None:
    """Mark the weeks whose dates, midnight in UTC, were read in local time."""
    if work.source == SLIDER_VENDOR:
        work.hit_weeks("time_midnight", np.ones(len(work.student), dtype=bool))


TIME_FAULTS = (
    _future,
    _no_school_day,
    _overlap,
    _tutor_overlap,
    _clock_change,
    _utc_as_local,
    _seconds_for_minutes,
    _clock_for_minutes,
    _hours_for_clock,
    _minutes_for_percent,
    _day_early,
)
"""In order: later ones spare entries that bear some of the earlier."""

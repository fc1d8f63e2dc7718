"""School years, days and clocks: what kind of day each date is, when each closure became known.

Dates are worked out for any year by rule (Labor Day is the first Monday of September, ...). Every
school is closed on the same planned days; closures come later, some for one school alone.
"""

from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from hit_pipeline.synth.truth.draws import DISTRICT, Days, Flags, Ints, stream

ZONE_NAME = "America/Chicago"
LAST_YEAR = 2026
"""The calendar year in which the district's last school year ends."""
DAY_TYPES = (
    "instructional",
    "weekend",
    "holiday",
    "break",
    "teacher_workday",
    "closure",
    "summer",
)
INSTRUCTIONAL, WEEKEND, HOLIDAY, BREAK, WORKDAY, CLOSURE, SUMMER = range(7)
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Calendar:
    """Days from the first 1 July to the last 31 July, of every school of a zone.

    Attributes:
        days: All dates, one after another.
        year: School year of each date, from 0; 1 July begins one.
        planned: Day type by day as planned; ``SUMMER`` outside the school year.
        actual: Day type by school and day as it was; closures included.
        known_on: By school and day, the date on which a closure became known.
        cycle: 0 on A days, 1 on B days, -1 when there is no school.
        years: First calendar year of each school year.
    """

    days: Days
    year: Ints
    planned: Ints
    actual: Ints
    known_on: Days
    cycle: Ints
    years: tuple[int, ...]

    def position(self, days: Days) -> Ints:
        """Return the positions of dates in ``days``."""
        return (days - self.days[0]).astype(np.int64)

    def label(self, year: int) -> str:
        """Return a school year as text: ``2025-26``; also the one after the last."""
        first = self.years[0] + year
        return f"{first}-{(first + 1) % 100:02d}"

    @property
    def labels(self) -> list[str]:
        """All school years as text, and the one a last summer reaches into."""
        return [self.label(year) for year in range(len(self.years) + 1)]

    def first_day(self, year: int) -> np.datetime64:
        """Return the first instructional day of a school year."""
        return self.days[(self.year == year) & (self.planned == INSTRUCTIONAL)][0]

    def last_day(self, year: int) -> np.datetime64:
        """Return the last instructional day of a school year."""
        return self.days[(self.year == year) & (self.planned == INSTRUCTIONAL)][-1]


def build_calendar(seed: int, zone: int, schools: int, years: int) -> Calendar:
    """Build the days of ``years`` school years, the last ending in `LAST_YEAR`."""
    firsts = tuple(LAST_YEAR - years + n for n in range(years))
    days = np.arange(f"{firsts[0]}-07-01", f"{LAST_YEAR}-08-01", dtype="datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    year = (months // 12 + 1970 - (months % 12 < 6)) - firsts[0]
    planned = np.full(len(days), SUMMER)
    for first in firsts:
        _plan(planned, days, first)
    actual = np.tile(planned, (schools, 1))
    known = np.full(actual.shape, np.datetime64("NaT"), dtype="datetime64[D]")
    _close(stream(seed, DISTRICT, "closures"), planned, actual, known, days, 0.010)
    for school in range(schools):
        rng = stream(seed, zone, "closures", school)
        rows = slice(school, school + 1)
        _close(rng, planned, actual[rows], known[rows], days, 0.004)
    taught = planned == INSTRUCTIONAL
    cycle = np.where(taught, np.cumsum(taught) % 2, -1)
    return Calendar(days, np.minimum(year, years), planned, actual, known, cycle, firsts)


def _plan(planned: Ints, days: Days, first: int) -> None:
    """Mark the days of the school year that begins in ``first``."""
    start = _weekday_on_or_after(f"{first}-08-14", 0)
    end = _weekday_on_or_after(f"{first + 1}-05-24", 4)
    inside = (days >= start) & (days <= end)
    planned[inside] = np.where(np.isin(_weekday(days[inside]), (5, 6)), WEEKEND, INSTRUCTIONAL)
    thanks = _weekday_on_or_after(f"{first}-11-22", 3)
    away = _weekday_on_or_after(f"{first + 1}-03-12", 0)
    winter = _weekday_on_or_after(f"{first}-12-20", 0)
    marks = [
        (start - 3 * _DAY, start - _DAY, WORKDAY),
        (thanks - _DAY, thanks + _DAY, BREAK),
        (winter, winter + 11 * _DAY, BREAK),
        (winter + 14 * _DAY, winter + 14 * _DAY, WORKDAY),
        (away, away + 4 * _DAY, BREAK),
        *((day, day, HOLIDAY) for day in _holidays(first)),
        (_weekday_on_or_after(f"{first}-10-08", 0),) * 2 + (WORKDAY,),
    ]
    for begin, until, kind in marks:
        hit = (days >= begin) & (days <= until) & (_weekday(days) < 5)
        planned[hit] = kind


def _holidays(first: int) -> list[np.datetime64]:
    return [
        _weekday_on_or_after(f"{first}-09-01", 0),
        _weekday_on_or_after(f"{first}-11-22", 3),
        np.datetime64(f"{first}-12-25"),
        np.datetime64(f"{first + 1}-01-01"),
        _weekday_on_or_after(f"{first + 1}-01-15", 0),
        _weekday_on_or_after(f"{first + 1}-02-15", 0),
    ]


def _weekday(days: Days) -> Ints:
    """Return weekdays, Monday 0."""
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7


def weekday(days: Days) -> Ints:
    """Return weekdays of dates, Monday is 0."""
    return _weekday(days)


def _weekday_on_or_after(day: str, wanted: int) -> np.datetime64:
    date = np.datetime64(day, "D")
    ahead = (wanted - (int(date.astype(np.int64)) + 3) % 7) % 7
    return date + ahead * _DAY


def _close(
    rng: np.random.Generator, planned: Ints, actual: Ints, known: Days, days: Days, share: float
) -> None:
    """Close planned days; half of the closures became known that morning, half a few days ahead."""
    hit = (planned == INSTRUCTIONAL) & (rng.random(len(days)) < share)
    ahead = rng.integers(0, 4, len(days)) * (rng.random(len(days)) < 0.5)
    actual[:, hit] = CLOSURE
    known[:, hit] = (days - ahead * _DAY)[hit]


@cache
def _turns() -> tuple[npt.NDArray[np.datetime64], Ints]:
    """Return the UTC instants at which the zone's offset changes, and the offset from each on."""
    zone = ZoneInfo(ZONE_NAME)
    hours = np.arange("2000-01-01T00", f"{LAST_YEAR + 2}-01-01T00", dtype="datetime64[h]")
    edges = []
    before = None
    for hour in hours[::24]:
        moment = hour.astype("datetime64[s]").item()
        offset = zone.fromutc(moment.replace(tzinfo=zone)).utcoffset()
        if offset != before:
            edges.append(hour)
            before = offset
    return _sharpened(zone, np.asarray(edges, dtype="datetime64[h]"))


def _sharpened(
    zone: ZoneInfo, rough: npt.NDArray[np.datetime64]
) -> tuple[npt.NDArray[np.datetime64], Ints]:
    """Find the hour of each change, known to the day."""
    turns, offsets = [], []
    for n, edge in enumerate(rough):
        hours = [edge] if n == 0 else list(np.arange(edge - 24, edge + 1))
        seen = [zone.fromutc(h.astype("datetime64[s]").item().replace(tzinfo=zone)) for h in hours]
        new = seen[-1].utcoffset()
        turns.append(next(h for h, s in zip(hours, seen, strict=True) if s.utcoffset() == new))
        offsets.append(int(new.total_seconds()) if new is not None else 0)
    return np.asarray(turns, dtype="datetime64[s]"), np.asarray(offsets, dtype=np.int64)


def to_utc(local: Days) -> Days:
    """Turn local wall clock into UTC; an hour that stands twice is the later one."""
    turns, offsets = _turns()
    guess = local.astype("datetime64[s]") - offsets[-1].astype("timedelta64[s]")
    at = np.searchsorted(turns, guess, side="right") - 1
    return local.astype("datetime64[s]") - offsets[at].astype("timedelta64[s]")


def to_local(utc: Days) -> Days:
    """Turn UTC into local wall clock."""
    turns, offsets = _turns()
    at = np.searchsorted(turns, utc.astype("datetime64[s]"), side="right") - 1
    return utc.astype("datetime64[s]") + offsets[at].astype("timedelta64[s]")


def open_days(calendar: Calendar, school: int, year: int) -> Flags:
    """Return, by day, whether a school taught on it in a school year."""
    return (calendar.actual[school] == INSTRUCTIONAL) & (calendar.year == year)

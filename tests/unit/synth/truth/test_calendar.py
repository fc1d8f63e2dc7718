"""School years by rules worked out here one date at a time, and clocks against `zoneinfo`."""

import calendar as months
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hit_pipeline.synth.truth.calendar import (
    BREAK,
    CLOSURE,
    HOLIDAY,
    INSTRUCTIONAL,
    SUMMER,
    WEEKEND,
    WORKDAY,
    ZONE_NAME,
    Calendar,
    build_calendar,
    open_days,
    to_local,
    to_utc,
)

CHICAGO = ZoneInfo(ZONE_NAME)
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture(scope="module")
def decade() -> Calendar:
    return build_calendar(seed=4, zone=0, schools=3, years=10)


def nth(year: int, month: int, weekday: int, count: int) -> date:
    """Return the count-th such weekday of a month, counted on a calendar sheet."""
    weeks = months.monthcalendar(year, month)
    return date(year, month, [week[weekday] for week in weeks if week[weekday]][count - 1])


def holidays(first: int) -> set[date]:
    """Return the federal holidays within a school year that begins in ``first``."""
    fixed = {date(first, 12, 25), date(first + 1, 1, 1)}
    moving = {
        nth(first, 9, months.MONDAY, 1),
        nth(first, 11, months.THURSDAY, 4),
        nth(first + 1, 1, months.MONDAY, 3),
        nth(first + 1, 2, months.MONDAY, 3),
    }
    return moving | {day for day in fixed if day.weekday() < 5}


def planned(calendar: Calendar) -> dict[date, int]:
    return dict(zip(calendar.days.tolist(), calendar.planned.tolist(), strict=True))


def moments(values: list[datetime]) -> Any:
    return np.array([value.replace(tzinfo=None) for value in values], dtype="datetime64[s]")


def test_holidays_are_those_of_the_federal_calendar_and_no_others(decade: Calendar) -> None:
    assert len(decade.years) == 10
    wanted = set().union(*(holidays(first) for first in decade.years))
    assert {day for day, kind in planned(decade).items() if kind == HOLIDAY} == wanted


def test_days_off_surround_thanksgiving_and_fill_two_weeks_of_winter(decade: Calendar) -> None:
    kinds = planned(decade)
    for first in decade.years:
        thanks = nth(first, 11, months.THURSDAY, 4)
        assert [kinds[thanks + timedelta(n)] for n in (-1, 0, 1)] == [BREAK, HOLIDAY, BREAK]
        assert kinds[date(first, 12, 31)] in {BREAK, WEEKEND}
        assert kinds[nth(first, 10, months.MONDAY, 2)] == WORKDAY


def test_nobody_teaches_on_weekends_and_saturdays_in_term_are_no_summer(decade: Calendar) -> None:
    for day, kind in planned(decade).items():
        assert day.weekday() < 5 or kind in {WEEKEND, SUMMER}, day
        assert kind != WEEKEND or day.weekday() >= 5, day


def test_a_year_has_as_many_school_days_as_districts_have(decade: Calendar) -> None:
    for year, first in enumerate(decade.years):
        taught = (decade.year == year) & (decade.planned == INSTRUCTIONAL)
        assert 165 <= taught.sum() <= 182, decade.label(year)
        assert str(decade.first_day(year)).startswith(f"{first}-08")
        assert str(decade.last_day(year)) < f"{first + 1}-06-15"
        assert str(decade.last_day(year)) > f"{first + 1}-05-15"


def test_a_school_year_begins_on_the_first_of_july(decade: Calendar) -> None:
    at = decade.position(np.array(["2024-06-30", "2024-07-01"], dtype="datetime64[D]"))
    before, after = decade.year[at]
    assert decade.label(int(before)) == "2023-24"
    assert decade.label(int(after)) == "2024-25"


def test_a_and_b_days_take_turns_over_the_days_taught(decade: Calendar) -> None:
    turns = decade.cycle[decade.planned == INSTRUCTIONAL]
    assert (turns[1:] + turns[:-1] == 1).all()
    assert set(decade.cycle[decade.planned != INSTRUCTIONAL].tolist()) == {-1}


def test_only_days_planned_for_teaching_close(decade: Calendar) -> None:
    changed = decade.actual != decade.planned
    assert (decade.actual[changed] == CLOSURE).all()
    assert (np.broadcast_to(decade.planned, changed.shape)[changed] == INSTRUCTIONAL).all()
    assert 0.005 < changed.mean() / (decade.planned == INSTRUCTIONAL).mean() < 0.03


def test_a_closure_becomes_known_on_the_day_or_up_to_three_days_before(decade: Calendar) -> None:
    closed = decade.actual == CLOSURE
    assert (np.isnat(decade.known_on) == ~closed).all()
    ahead = (np.broadcast_to(decade.days, closed.shape) - decade.known_on)[closed].astype(int)
    assert set(ahead.tolist()) == {0, 1, 2, 3}


def test_days_the_whole_district_closes_are_the_same_in_every_zone() -> None:
    here, there = (build_calendar(seed=4, zone=zone, schools=6, years=10) for zone in (0, 1))
    both = [(one.actual == CLOSURE).all(axis=0) for one in (here, there)]
    assert both[0].tolist() == both[1].tolist()
    assert both[0].any()
    alone = (here.actual == CLOSURE).any(axis=0) & ~both[0]
    assert alone.any()


def test_open_days_are_days_taught_of_the_year_at_that_school(decade: Calendar) -> None:
    found = decade.days[open_days(decade, 1, 2)].tolist()
    kinds = zip(decade.days.tolist(), decade.actual[1].tolist(), strict=True)
    span = date(decade.years[2], 7, 1), date(decade.years[3], 7, 1)
    assert found == [
        day for day, kind in kinds if kind == INSTRUCTIONAL and span[0] <= day < span[1]
    ]


@pytest.mark.parametrize("year", range(2016, 2028))
def test_local_time_is_that_of_the_zone_on_the_days_clocks_change(year: int) -> None:
    changes = (nth(year, 3, months.SUNDAY, 2), nth(year, 11, months.SUNDAY, 1))
    for day in changes:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
        utc = [start + n * HALF_HOUR for n in range(144)]
        assert (to_local(moments(utc)) == moments([one.astimezone(CHICAGO) for one in utc])).all()


@pytest.mark.parametrize("year", range(2016, 2028))
def test_local_time_is_turned_back_into_utc_and_the_hour_twice_is_the_later(year: int) -> None:
    changes = (nth(year, 3, months.SUNDAY, 2), nth(year, 11, months.SUNDAY, 1))
    for day in changes:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
        utc = [start + n * HALF_HOUR for n in range(144)]
        walls = sorted({one.astimezone(CHICAGO).replace(tzinfo=None) for one in utc})
        later = [wall.replace(tzinfo=CHICAGO, fold=1).astimezone(UTC) for wall in walls]
        assert (to_utc(moments(walls)) == moments(later)).all()


def test_there_and_back_is_the_same_on_any_working_hour() -> None:
    midnight = np.arange("2024-01-01", "2027-01-01", dtype="datetime64[D]").astype("datetime64[s]")
    for hours in (7, 12, 23):
        local = np.add(midnight, np.timedelta64(hours * 3600, "s"))
        assert (to_local(to_utc(local)) == local).all()

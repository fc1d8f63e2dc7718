from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hit_pipeline.synth.nightly import DELIVERIES, nights

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize("deliveries", DELIVERIES)
@pytest.mark.parametrize("years", [1, 3])
def test_nights_follow_one_another_and_know_the_one_before(deliveries: str, years: int) -> None:
    every = nights(deliveries, years)
    assert [night.number for night in every] == list(range(len(every)))
    assert [night.is_last for night in every] == [n == len(every) - 1 for n in range(len(every))]
    assert np.isnat(every[0].before)
    assert np.isnat(every[0].at_before)
    for earlier, later in pairwise(every):
        assert earlier.today < later.today
        assert (later.before, later.at_before) == (earlier.today, earlier.at)
    assert str(every[-1].today) == "2026-07-31"


@pytest.mark.parametrize("deliveries", DELIVERIES)
def test_files_arrive_at_eleven_in_the_evening_local_time(deliveries: str) -> None:
    for night in nights(deliveries, 2):
        day = date.fromisoformat(str(night.today))
        local = datetime(day.year, day.month, day.day, 23, tzinfo=CHICAGO)
        assert int(night.at.astype("datetime64[s]").astype(np.int64)) == local.timestamp()
        assert night.stamp == f"{day:%Y%m%d}"


def test_weekly_nights_are_saturdays_and_the_last_day() -> None:
    days = [date.fromisoformat(str(night.today)) for night in nights("weekly", 1)]
    assert {day.weekday() for day in days[:-1]} == {5}
    assert days[0].year == 2025
    assert 50 <= len(days) <= 53


def test_nightly_nights_are_all_weekdays() -> None:
    days = [date.fromisoformat(str(night.today)) for night in nights("nightly", 1)]
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4}
    assert all((later - earlier).days in {1, 3} for earlier, later in pairwise(days))


def test_the_final_night_is_the_last_of_the_others() -> None:
    (only,) = nights("final", 2)
    assert only.today == nights("weekly", 2)[-1].today == nights("nightly", 2)[-1].today
    assert only.is_first
    assert only.is_last


def test_dates_stand_in_place_of_the_usual_nights() -> None:
    every = nights("weekly", 1, ("2025-09-20", "2025-11-15"))
    assert [str(night.today) for night in every] == ["2025-09-20", "2025-11-15"]
    assert [night.is_last for night in every] == [False, True]

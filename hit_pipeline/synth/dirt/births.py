"""Faults of birth dates."""

import numpy as np

from hit_pipeline.synth.dirt.bench import Bench
from hit_pipeline.synth.truth.draws import Days, Ints

_NAT = np.datetime64("NaT", "D")


def _day_month(work: Bench) -> None:
    day, month = _day_of(work.birth), _month_of(work.birth)
    at = work.hit("birth_day_month", (day <= 12) & (day != month))
    work.birth[at] = _date(_year_of(work.birth[at]), day[at], month[at])


def _digit(work: Bench) -> None:
    day = _day_of(work.birth)
    at = work.hit("birth_digit", (day % 10 != 9) & (day < 28))
    work.birth[at] += np.timedelta64(1, "D")
    far = at[(day[at] < 18) & (work.student[at] % 2 == 0)]
    work.birth[far] += np.timedelta64(9, "D")


def _year(work: Bench) -> None:
    day, month = _day_of(work.birth), _month_of(work.birth)
    at = work.hit("birth_year", day < 29)
    off = np.where(work.student[at] % 2 == 0, 1, -1)
    work.birth[at] = _date(_year_of(work.birth[at]) + off, month[at], day[at])


def _no_birth(work: Bench) -> None:
    work.birth[work.hit("birth_blank", ~np.isnat(work.birth))] = _NAT


def _year_of(days: Days) -> Ints:
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def _month_of(days: Days) -> Ints:
    return days.astype("datetime64[M]").astype(np.int64) % 12 + 1


def _day_of(days: Days) -> Ints:
    return (days - days.astype("datetime64[M]")).astype(np.int64) + 1


def _date(year: Ints, month: Ints, day: Ints) -> Days:
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")


BIRTH_FAULTS = (_day_month, _digit, _year, _no_birth)

"""Nights of the five vendors over a clean district of two zones."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.dirt.clean import clean_claims, clean_log
from hit_pipeline.synth.systems import brightpath, harborlight, lakeside, northstar, quillwork
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.calendar import to_utc
from hit_pipeline.synth.truth.programs import PROGRAMS
from hit_pipeline.synth.truth.zone import Zone

VENDORS = {
    module.SOURCE: module for module in (northstar, brightpath, lakeside, harborlight, quillwork)
}
DATES = ("2025-10-01", "2025-11-05", "2025-11-06", "2025-12-01", "2026-03-02", "2026-08-20")


def make_night(number: int, dates: tuple[str, ...]) -> Night:
    """Return the n-th of some nights, files arriving at 23:00."""
    days = [np.datetime64("NaT", "D"), *(np.datetime64(date, "D") for date in dates)]
    before, today = days[number], days[number + 1]
    late = np.timedelta64(23 * 3600, "s")
    moments: Any = np.array([before, today], dtype="datetime64[s]") + late
    at = to_utc(moments)
    return Night(number, today, before, at[1], at[0], number == len(dates) - 1)


NIGHTS = [make_night(number, DATES) for number in range(len(DATES))]


@cache
def zones() -> tuple[Zone, Zone]:
    """Return both zones."""
    district = District(seed=11, students=800, schools=8)
    return build_zone(district, 0), build_zone(district, 1)


@cache
def record(source: str, zone: int = 0) -> tuple[Zone, Log, Claims]:
    """Return a zone with a vendor's faultless log of it."""
    built = zones()[zone]
    log = clean_log(built, [program.source for program in PROGRAMS].index(source))
    student = built.seats.student[log.seat]
    return built, log, clean_claims(built, source, student, log.start_local.astype("datetime64[D]"))


def deliver(source: str, nights: list[Night], log: Log | None = None) -> Iterator[list[Sheet]]:
    """Yield the sheets of each night, of the faultless log unless another is given."""
    zone, clean, claims = record(source)
    for night in nights:
        yield list(VENDORS[source].sheets(zone, log or clean, claims, night))


def persons(zone: Zone) -> dict[str, int]:
    """Return who every identifier of a clean zone belongs to."""
    students = zone.students
    known: dict[str, int] = {}
    for numbers in (students.number, students.number_new, students.state_id, students.email):
        known |= dict(zip(numbers, students.person.tolist(), strict=True))
    return known

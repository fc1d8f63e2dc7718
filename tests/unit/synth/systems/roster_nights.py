"""A small district of two zones and two years, its nights, and rows of sheets read back."""

from collections.abc import Iterable
from functools import cache

import numpy as np

from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.zone import Zone

DISTRICT = District(seed=20, students=1200, schools=8, years=2)
WEEK = np.timedelta64(7, "D")
Row = dict[str, str | None]


@cache
def zone(number: int = 0) -> Zone:
    return build_zone(DISTRICT, number)


def night(today: str, before: str | None = None, number: int = 1) -> Night:
    day, earlier = np.datetime64(today), np.datetime64(before or "NaT", "D")
    morning = np.timedelta64(31, "h")
    return Night(
        number=number if before else 0,
        today=day,
        before=earlier,
        at=day.astype("datetime64[s]") + morning,
        at_before=earlier.astype("datetime64[s]") + morning,
        is_last=False,
    )


def rows(sheets: Iterable[Sheet], file: str, role: str | None = None) -> list[Row]:
    """Return the rows of the sheets of a file, in order, of one role or all."""
    return [
        row
        for sheet in sheets
        if sheet.file.rsplit("/", 1)[-1] == file and role in (None, sheet.role)
        for row in sheet.rows.to_pylist()
    ]


def column(found: Iterable[Row], name: str) -> list[str]:
    return [row[name] or "" for row in found]


def enrolled(of: Zone, today: str, *, partners: bool = False) -> dict[int, set[int]]:
    """Work out, one pupil at a time, who is enrolled at the end of a day: pupil -> spells."""
    day = np.datetime64(today)
    begun = [y for y in range(len(of.calendar.years)) if of.calendar.first_day(y) <= day]
    found: dict[int, set[int]] = {}
    for n, student in enumerate(of.spells.student.tolist()):
        left = not np.isnat(of.spells.exit[n]) and of.spells.exit[n] < day
        ours = (of.students.origin[student] != "district") == partners
        now = bool(begun) and of.spells.year[n] == begun[-1]
        if ours and now and of.spells.entry[n] <= day and not left:
            found.setdefault(student, set()).add(n)
    return found

"""When a session started and ended: one column, or a date and a time of day together."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hit_pipeline.drafting.filled import Filled, doubted
from hit_pipeline.drafting.looks import Look
from hit_pipeline.drafting.reading import Reader, ordered

_UTC = {"started_at_local": "started_at_utc", "ended_at_local": "ended_at_utc"}
NO_ZONE = (
    "no zone stands beside the time: it is read in the zone of the source, else the district's"
)


def is_clock(look: Look) -> bool:
    """Say whether a column holds times of day without a date."""
    return look.kind in ("time of day", "clock")


def instant_column(column: str, look: Look) -> str | None:
    """Return the column of instants that takes the place of a local one, where it is one."""
    return _UTC.get(column) if look.kind == "instant" else None


def with_date(column: str, clock: Look, date: Look, reader: Reader, why: str) -> Filled | None:
    """Return how a date and a time of day make one local time; None when the date is none."""
    if date.dates is None or date.kind != "date":
        return None
    written, doubts = ordered(date.dates, reader.day_first)
    days = written.formats or ("%Y-%m-%d",)
    target: dict[str, Any] = {
        "from": [date.name, clock.name],
        "formats": [f"{day}|{time}" for day in days for time in clock_formats(clock)],
    }
    told = f'{why}; with the date of "{date.name}"'
    return doubted(column, target, told, *doubts) if doubts else Filled(column, target, told)


def clock_formats(look: Look) -> list[str]:
    """Return the strptime formats of times of day, the most frequent first."""
    found: dict[str, int] = {}
    for text, count in look.counts.items():
        seconds = ":%S" if text.count(":") > 1 else ""
        half = re.search(r"(?i)(\s*)[ap]\.?m\.?$", text)
        form = f"%H:%M{seconds}" if half is None else f"%I:%M{seconds}{' ' if half[1] else ''}%p"
        found[form] = found.get(form, 0) + count
    return sorted(found, key=lambda form: -found[form])


def day_order(looks: Sequence[Look]) -> bool | None:
    """Return whether a date of the file proves day before month (or after); None: none does."""
    for look in looks:
        if look.dates is None or look.dates.doubtful_order:
            continue
        for form in look.dates.formats:
            if re.search(r"%m.%d|%d.%m", form) and "%b" not in form:
                return form.index("%d") < form.index("%m")
    return None


def naive(lines: Mapping[str, Filled]) -> bool:
    """Say whether the start of a session is local and no column names its zone."""
    return "started_at_local" in lines and "time_zone" not in lines

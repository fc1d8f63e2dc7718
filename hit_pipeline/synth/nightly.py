"""When files arrive: once at the end, every Saturday, or every night of the school years."""

from collections.abc import Sequence

import numpy as np

from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.truth.calendar import LAST_YEAR, to_utc, weekday
from hit_pipeline.synth.truth.draws import Days

DELIVERIES = ("final", "weekly", "nightly")
MOST_STUDENTS_NIGHTLY = 20_000
"""A history sent whole every night grows with nights times rows."""
_HOUR = 23 * 3600
_SATURDAY = 5


def nights(deliveries: str, years: int, dates: Sequence[str] = ()) -> list[Night]:
    """Return the nights of a district, in order.

    ``final`` is the last of the others; nights run from August to the last 31 July, so that a
    summer term and the roll-over of 1 July are in. ``dates``, where there are any, are the nights
    in place of those: ISO dates in order.
    """
    days = np.arange(f"{LAST_YEAR - years}-08-09", f"{LAST_YEAR}-08-01", dtype="datetime64[D]")
    wanted = {"final": days[-1:], "weekly": _saturdays(days), "nightly": _weekdays(days)}
    chosen = np.array(dates, dtype="datetime64[D]") if dates else wanted[deliveries]
    evening = np.add(chosen.astype("datetime64[s]"), np.timedelta64(_HOUR, "s"))
    at = to_utc(evening)
    never = np.datetime64("NaT")
    return [
        Night(
            number=n,
            today=chosen[n],
            before=chosen[n - 1] if n else never.astype("datetime64[D]"),
            at=at[n],
            at_before=at[n - 1] if n else never.astype("datetime64[s]"),
            is_last=n == len(chosen) - 1,
        )
        for n in range(len(chosen))
    ]


def _saturdays(days: Days) -> Days:
    """Return the Saturdays and the last day."""
    return days[(weekday(days) == _SATURDAY) | (days == days[-1])]


def _weekdays(days: Days) -> Days:
    return days[(weekday(days) < _SATURDAY) | (days == days[-1])]

"""The two nights of the demo: their instants, local dates and how far vendors plan ahead."""

from datetime import UTC, date, datetime, timedelta

from hit_pipeline.synth.school_days import ZONE

NIGHTS: tuple[datetime, ...] = (
    datetime(2026, 11, 12, 5, 0, tzinfo=UTC),
    datetime(2026, 11, 13, 5, 0, tzinfo=UTC),
)
"""Instants (UTC) at which the files of night 1 and night 2 are there."""

_AHEAD = timedelta(days=7)


def instant(night: int) -> datetime:
    """Return the instant of a night.

    Raises:
        ValueError: The demo has no such night.
    """
    if not 1 <= night <= len(NIGHTS):
        message = f"night must be one of {list(range(1, len(NIGHTS) + 1))}; received {night}"
        raise ValueError(message)
    return NIGHTS[night - 1]


def today(night: int) -> date:
    """Return the local date of a night; its school day is over."""
    return instant(night).astimezone(ZONE).date()


def planned_until(night: int) -> date:
    """Return the last day (included) whose sessions the vendors have planned on a night."""
    return today(night) + _AHEAD


def stamp(night: int) -> str:
    """Return the date as file names carry it, for example ``20261111``."""
    return today(night).strftime("%Y%m%d")

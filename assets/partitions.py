"""The two partition definitions: days a delivery was received, and school years of facts."""

from datetime import date

import dagster as dg

from hit_pipeline.school_year import FIRST_YEAR, YEARS_AHEAD, YearStart, label

FIRST_DAY = "2015-07-01"
"""First day a delivery can have been received on."""


def days(time_zone: str) -> dg.DailyPartitionsDefinition:
    """Return the days deliveries are received on, today included, in the district's zone."""
    return dg.DailyPartitionsDefinition(FIRST_DAY, timezone=time_zone, end_offset=1)


def school_years(start: YearStart) -> dg.TimeWindowPartitionsDefinition:
    """Return the school years, keyed by their first day, those ahead included."""
    return dg.TimeWindowPartitionsDefinition(
        start=start.first_day(label(FIRST_YEAR)).isoformat(),
        cron_schedule=f"0 0 {start.day} {start.month} *",
        fmt="%Y-%m-%d",
        end_offset=1 + YEARS_AHEAD,
    )


def year_key(school_year: str, start: YearStart) -> str | None:
    """Return the partition key of a school year; None when it lies outside of all partitions.

    Typing quarantines dates out there; a configured year there is not built, and the release
    refuses, naming it.
    """
    key = f"{school_year[:4]}-{start.month:02d}-{start.day:02d}"
    return key if school_years(start).has_partition_key(key) else None


def school_year_of(partition_key: str, start: YearStart) -> str:
    """Return the school year of a partition key such as 2026-07-01."""
    return start.of(date.fromisoformat(partition_key))

"""The two partition definitions: days a delivery was received, and school years of facts."""

from datetime import date

import dagster as dg

from hit_pipeline.school_year import YearStart, label

FIRST_YEAR = 2015
"""First school year that has a partition; older facts are outside of what Dagster shows."""


def days(time_zone: str) -> dg.DailyPartitionsDefinition:
    """Return the days deliveries are received on, today included, in the district's zone."""
    return dg.DailyPartitionsDefinition(f"{FIRST_YEAR}-07-01", timezone=time_zone, end_offset=1)


def school_years(start: YearStart) -> dg.TimeWindowPartitionsDefinition:
    """Return the school years, keyed by their first day, the one in progress included."""
    return dg.TimeWindowPartitionsDefinition(
        start=start.first_day(label(FIRST_YEAR)).isoformat(),
        cron_schedule=f"0 0 {start.day} {start.month} *",
        fmt="%Y-%m-%d",
        end_offset=1,
    )


def school_year_of(partition_key: str, start: YearStart) -> str:
    """Return the school year of a partition key such as 2026-07-01."""
    return start.of(date.fromisoformat(partition_key))

"""Times of day without a date: bell schedules and slots of groups, as texts."""

from typing import cast

import ibis.expr.types as ir

from hit_pipeline.conform.parse import local_time
from hit_pipeline.conform.problems import Problem

_FORMATS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p", "%Y-%m-%d %H:%M:%S")
"""The last is how a spreadsheet writes a time of day: on a day of its own."""


def time_of_day(text: ir.StringValue) -> ir.StringValue:
    """Return a time of day as ``HH:MM``, cut to the minute; null when it cannot be read."""
    return cast("ir.StringValue", local_time(text, _FORMATS).strftime("%H:%M"))


def seconds_of_day(clock: ir.StringValue) -> ir.IntegerValue:
    """Return the seconds since midnight of a time as `time_of_day` writes it."""
    hours, minutes = clock.split(":")[0].cast("int64"), clock.split(":")[1].cast("int64")
    return hours * 3600 + minutes * 60


def unreadable(rows: ir.Table, table: str, *columns: str) -> list[Problem]:
    """Return the rules that times stated in some columns can be read."""
    return [
        Problem(
            f"{table}.{name}.unparseable",
            name,
            "not a time of day such as 8:05, 08:05:00 or 8:05 AM",
            rows[name].notnull() & time_of_day(rows[name]).isnull(),
        )
        for name in columns
    ]

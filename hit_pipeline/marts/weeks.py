"""Instructional weeks: Mondays of weeks with at least one instructional day, per school."""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach

EVERY_SCHOOL = ""
"""Stands for the district in place of a school: weeks in which any school has instruction."""


def school_weeks(context: BuildContext) -> ir.Table:
    """Return the instructional weeks of every school and of `EVERY_SCHOOL`, all years.

    Columns: ``calendar, school_year, week_start, week_first, week_last``; the last two are the
    first and last instructional day of the week.
    """
    days = context.table("calendar_day", all_years=True)
    days = days.filter(days.is_instructional)
    own = days.mutate(calendar=days.school_id)
    every = days.mutate(calendar=ibis.literal(EVERY_SCHOOL))
    both = own.union(every)
    return both.group_by("calendar", "school_year", "week_start").aggregate(
        week_first=both.local_date.min(), week_last=both.local_date.max()
    )


def with_calendar(rows: ir.Table, context: BuildContext, weeks: ir.Table) -> ir.Table:
    """Add ``calendar`` to rows with a ``student_key``: that of the student's school.

    The school is the current one; a student whose school has no calendar gets `EVERY_SCHOOL`.
    """
    students = context.table("student").select("student_key", calendar="school_id_current")
    known = students.semi_join(weeks, "calendar")
    found = attach(rows, known, ["student_key"], "calendar")
    return found.mutate(calendar=found.calendar.fill_null(EVERY_SCHOOL))


def within(weeks: ir.Table, first: ir.DateValue, last: ir.DateValue) -> ir.BooleanValue:
    """Say whether an instructional part of a week lies between two days, both inclusive.

    A period counts as touching the week when it touches the span from its first to its last
    instructional day.
    """
    return cast("ir.BooleanValue", (weeks.week_first <= last) & (weeks.week_last >= first))

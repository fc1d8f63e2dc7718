"""Bell schedules: when the periods of a school begin and end."""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.calendar import schools_below
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.problems import Problem, without
from hit_pipeline.conform.received import best, with_received
from hit_pipeline.conform.schools import with_school_id
from hit_pipeline.conform.wall_times import seconds_of_day, time_of_day, unreadable
from hit_pipeline.tables.catalog import TABLES

_TABLE = TABLES["bell_period"]


def bell_period(context: BuildContext) -> ir.Table:
    """Return one row per school, schedule and period.

    A schedule stated for a school counts before one stated for every school; of several sources the
    one with the lowest priority number wins.
    """
    rows = context.typed("typed_bell_period")
    rows = with_received(context, without(rows, bell_problems(rows)))
    rows = rows.mutate(
        bell_schedule=rows.bell_schedule.fill_null("all"),
        start_time=time_of_day(rows.start_time),
        end_time=time_of_day(rows.end_time),
    )
    own = with_school_id(context, rows.filter(rows.school_id_source.notnull()))
    common = rows.filter(rows.school_id_source.isnull()).cross_join(
        schools_below(context).select("school_id")
    )
    both = own.mutate(is_common=ibis.literal(value=False)).union(
        common.select(own.columns).mutate(is_common=ibis.literal(value=True))
    )
    found = best(both, _TABLE.key, "is_common")
    length = seconds_of_day(found.end_time) - seconds_of_day(found.start_time)
    return cast("ir.Table", found.mutate(length_seconds=length).select(*_TABLE.column_names))


def bell_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a typed period of a bell schedule can break."""
    return unreadable(rows, "bell_period", "start_time", "end_time")

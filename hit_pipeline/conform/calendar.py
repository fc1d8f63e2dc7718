"""The school calendar: which days are instructional, stated or derived."""

from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.received import winning, with_received
from hit_pipeline.conform.school_years import spans
from hit_pipeline.conform.schools import with_school_id
from hit_pipeline.conform.statements import chosen
from hit_pipeline.conform.truth import holds
from hit_pipeline.school_year import monday
from hit_pipeline.tables.catalog import TABLES

_ABOVE_SCHOOLS = ("district", "local", "state", "national")
_OF_ROTATION = ("bell_schedule", "cycle_day")
_STATED = ("day_type", "note", *_OF_ROTATION)


def calendar_day(context: BuildContext) -> ir.Table:
    """Return one row per school and date of one school year.

    A day a school's own calendar states counts before one stated for every school; bell schedule
    and day of the rotation come from the first calendar that states them. Days no calendar lists
    are derived within the school year session: weekends are `weekend`; a weekday is
    `instructional`, but `break` when it lies between the first and last day of a calendar that
    names instructional days, for such a calendar names them all.
    """
    stated = context.engine.keep(_stated(context))
    days = _days(context)
    pairs = _spans(context).cross_join(days)
    wanted = pairs.filter(pairs.local_date.between(pairs.first_day, pairs.last_day))
    both = wanted.select("school_id", "local_date").union(
        stated.select("school_id", "local_date"), distinct=True
    )
    known = both.left_join(stated, ["school_id", "local_date"])
    known = known.select("school_id", "local_date", *_STATED)
    full = _complete_calendars(stated)
    known = known.left_join(full, "school_id").drop("school_id_right")
    known = known.inner_join(days, "local_date")
    listed = known.local_date.between(known.first_listed, known.last_listed)
    weekday = listed.ifelse("break", "instructional")
    derived = known.is_weekend.ifelse("weekend", weekday)
    day_type = known.day_type.coalesce(derived)
    return known.mutate(
        school_year=ibis.literal(context.year),
        day_type=day_type,
        is_instructional=day_type == "instructional",
        origin=known.day_type.isnull().ifelse("derived", "stated"),
    ).select(*TABLES["calendar_day"].column_names)


def _days(context: BuildContext) -> ir.Table:
    """Return every date of the year with its Monday and whether it is on a weekend."""
    start = context.district.district.year_start
    first, last = start.first_day(context.year), start.last_day(context.year)
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return context.engine.from_arrow(
        pa.table(
            {
                "local_date": pa.array(dates, pa.date32()),
                "week_start": pa.array([monday(day) for day in dates], pa.date32()),
                "is_weekend": [day.weekday() > 4 for day in dates],
            }
        )
    )


def schools_below(context: BuildContext) -> ir.Table:
    """Return ``school_id, _source`` of the schools proper, not the organisations above them."""
    schools = context.table("school")
    above = holds(schools.org_type.isin(_ABOVE_SCHOOLS))
    return schools.filter(~above).select("school_id", "_source")


def _stated(context: BuildContext) -> ir.Table:
    """Return ``school_id, local_date`` and `_STATED` of the days calendars state."""
    start = context.district.district.year_start
    first, last = start.first_day(context.year), start.last_day(context.year)
    rows = with_received(context, context.typed("typed_calendar_day"))
    rows = rows.filter(rows.local_date.between(first, last))
    own = with_school_id(context, rows.filter(rows.school_id_source.notnull()))
    common = rows.filter(rows.school_id_source.isnull()).cross_join(
        schools_below(context).select("school_id")
    )
    both = own.mutate(is_common=False).union(common.select(own.columns).mutate(is_common=True))
    order = ["is_common", *winning(both)]
    place = ibis.row_number().over(group_by=["school_id", "local_date"], order_by=order)
    ranked = both.mutate(rank=place)
    rotation = {name: chosen(ranked, name) for name in _OF_ROTATION}
    day = {name: ranked[name].argmin(ranked["rank"]) for name in ("day_type", "note")}
    return ranked.group_by("school_id", "local_date").aggregate(**day, **rotation)


def _complete_calendars(stated: ir.Table) -> ir.Table:
    """Return the first and last day of every calendar that names instructional days."""
    spans = stated.group_by("school_id").aggregate(
        first_listed=stated.local_date.min(),
        last_listed=stated.local_date.max(),
        _named=(stated.day_type == "instructional").sum(),
    )
    return spans.filter(spans["_named"] > 0).drop("_named")


def _spans(context: BuildContext) -> ir.Table:
    """Return first and last day of the year's session for every school.

    The session is that of the school's own source, else the union of those of all sources.
    """
    terms = spans(context.table("term"))
    sessions = terms.filter(terms.school_year == context.year).drop("school_year")
    every = sessions.aggregate(first_any=sessions.first_day.min(), last_any=sessions.last_day.max())
    schools = schools_below(context)
    found = schools.left_join(sessions, schools["_source"] == sessions.source).cross_join(every)
    return found.select(
        "school_id",
        first_day=found.first_day.coalesce(found.first_any),
        last_day=found.last_day.coalesce(found.last_any),
    )

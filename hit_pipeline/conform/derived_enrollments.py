"""Enrollment spells of students whose sources state no entry: derived from the school year session.

A roster without dates says only who is enrolled when it is delivered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.school_years import spans
from hit_pipeline.conform.truth import holds
from hit_pipeline.school_year import YearStart, label, start_year

_PLACE = ("student_key", "school_id")
_SUMMER = timedelta(days=90)
"""A roster received so long before the first known session is of an earlier year."""
_DAY = ibis.interval(days=1)
_FAR = ibis.literal(date(9999, 1, 1))
_WINDOWS = pa.schema(
    [
        ("_source", pa.string()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("listed_from", pa.date32()),
        ("listed_to", pa.date32()),
    ]
)


@dataclass(frozen=True)
class Session:
    """The school year session of one source.

    Attributes:
        school_year: Its school year.
        first_day: First day.
        last_day: Last day, inclusive.
    """

    school_year: str
    first_day: date
    last_day: date


def derived_spells(context: BuildContext, rows: ir.Table, stated: ir.Table) -> ir.Table:
    """Return the spells of one school year that undated statements of students and schools make.

    A stretch of deliveries that list the pupil at the school is a spell of the year whose session
    they are of, see `window`. It begins with the session; who was listed in that year before, at
    another school or until leaving, begins when the stretch does. It ends on the day before the
    delivery that no longer lists the pupil there, and with the session once that is over. A
    stretch that begins when the session is over, or is over before it begins, makes no spell.

    Args:
        context: The build.
        rows: The statements, as `enrollments` works them out; of each student and school those of
            the best source count.
        stated: The spells with stated dates, in that year.
    """
    best = rows.group_by(*_PLACE).aggregate(best=rows["_source"].argmin(rows["rank"]))
    rows = attach(rows, best, _PLACE, "best")
    rows = rows.filter(rows["_source"] == rows.best).drop("best")
    rows = rows.inner_join(_windows(context), "_source")
    seen = rows.last_stated.coalesce(rows.last_date)
    of_year = (rows.stated_from <= rows.listed_to) & (seen >= rows.listed_from)
    year_begins = context.district.district.year_start.first_day(context.year)
    lasting = (rows.stated_until > rows.first_day) & (rows.last_stated >= year_begins)
    spells = _stretches(rows.filter(of_year & (rows.stated_until.isnull() | lasting)))
    spells = _with_first(spells, stated)
    was_listed = holds(spells.stated_from > spells.first_listed)
    first = was_listed.ifelse(ibis.greatest(spells.first_day, spells.stated_from), spells.first_day)
    spells = spells.mutate(entry_date=first)
    over = (spells.last_day < spells.last_date) | spells.stated_until.notnull()
    closing = ibis.least(over.ifelse(spells.last_day, None), spells.stated_until - _DAY)
    spells = spells.mutate(exit_date=spells.exit_date.coalesce(closing.cast("date")))
    spells = spells.filter(spells.exit_date.isnull() | (spells.exit_date >= spells.entry_date))
    return spells.mutate(
        school_year=ibis.literal(context.year), dates_origin=ibis.literal("derived")
    )


def window(
    sessions: Sequence[Session], year: str, start: YearStart, open_year: str | None
) -> tuple[date, date, date, date] | None:
    """Return first and last day of a year's session, and of the deliveries that are of it.

    A delivery is of the session in progress when it is received, else of the next, else of the
    last. A year no session is known of counts as a whole, unless the known ones are all before it.
    Without any session a delivery is of the open year of the settings, else of the year of its day.

    Args:
        sessions: The sessions of the source, else of all sources.
        year: The school year.
        start: When school years begin.
        open_year: The open year of the settings.

    Returns:
        Days, all inclusive; None when no delivery is of the year.
    """
    known = {one.school_year: one for one in sessions}
    first, last = start.first_day(year), start.last_day(year)
    if not known:
        if open_year is None:
            return first, last, first, last
        return (first, last, date.min, date.max) if open_year == year else None
    before = known.get(label(start_year(year) - 1))
    later = [known[one].first_day for one in sorted(known) if one > year]
    if year in known:
        own = known[year]
        opens = before.last_day + timedelta(days=1) if before else date.min
        return own.first_day, own.last_day, opens, own.last_day if later else date.max
    if not later:
        return None
    return first, last, first, min(last, later[0] - _SUMMER)


def _windows(context: BuildContext) -> ir.Table:
    found = context.engine.collect(spans(context.table("term"))).to_pylist()
    by_source: dict[str, list[Session]] = {}
    for one in found:
        session = Session(one["school_year"], one["first_day"], one["last_day"])
        by_source.setdefault(one["source"], []).append(session)
    common = [
        Session(year, min(one.first_day for one in known), max(one.last_day for one in known))
        for year, known in _by_year(by_source).items()
    ]
    settings = context.district.district
    rows = []
    for source in context.district.sources:
        days = window(
            by_source.get(source, common), context.year, settings.year_start, settings.open_year
        )
        if days is not None:
            rows.append(dict(zip(_WINDOWS.names, (source, *days), strict=True)))
    return given(rows, _WINDOWS)


def _by_year(by_source: Mapping[str, Sequence[Session]]) -> dict[str, list[Session]]:
    found: dict[str, list[Session]] = {}
    for known in by_source.values():
        for one in known:
            found.setdefault(one.school_year, []).append(one)
    return found


def _stretches(rows: ir.Table) -> ir.Table:
    """Unite the statements that follow one another without a gap; the last one speaks for all."""
    until = rows.stated_until.coalesce(_FAR)
    rows = rows.mutate(until=until)
    order = ["stated_from", rows["rank"].desc()]
    before = ibis.window(group_by=_PLACE, order_by=order, rows=(None, -1))
    begins = ~holds(rows.stated_from <= rows.until.max().over(before))
    marked = rows.mutate(begins=begins.cast("int64"))
    until_here = ibis.window(group_by=_PLACE, order_by=order, rows=(None, 0))
    numbered = marked.mutate(stretch=marked.begins.sum().over(until_here)).drop("begins", "until")
    whole = ibis.window(group_by=[*_PLACE, "stretch"])
    united = numbered.mutate(
        stated_from=numbered.stated_from.min().over(whole),
        newest=numbered["rank"].min().over(whole),
    )
    return united.filter(united["rank"] == united.newest).drop("stretch", "newest")


def _with_first(spells: ir.Table, stated: ir.Table) -> ir.Table:
    """Add ``first_listed``: when the student was first listed anywhere, in the year."""
    listed = spells.select("student_key", "stated_from").union(
        stated.select("student_key", "stated_from")
    )
    firsts = listed.group_by("student_key").aggregate(first_listed=listed.stated_from.min())
    return attach(spells, firsts, ["student_key"], "first_listed")

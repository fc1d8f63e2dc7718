"""Where a student was enrolled on a date: school and grade of the spells that cover it.

Entry and exit of a spell are both days of enrollment. The summer, from the day after a school year
session until the day before the next, belongs to whoever was enrolled on the last day of the one or
enters by the first day of the other: no child of a summer program has left school.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.enrollments import school_enrollment
from hit_pipeline.conform.programs import years_crossing_into
from hit_pipeline.conform.school_years import spans
from hit_pipeline.school_year import label, start_year

_LONGEST_SUMMER = timedelta(days=90)
"""How long a summer lasts when the next session is not known yet."""
_DAY = timedelta(days=1)
_FAR = ibis.literal(date(9999, 1, 1))
_SPELL = ("student_key", "school_id", "entry_date")


def spells(context: BuildContext) -> ir.Table:
    """Return every spell that begins by the end of the year being built, once, summers included.

    Columns: ``student_key, school_id, entry_date, exit_date, grade, enrollment_type`` and the days
    it covers, ``covers_from`` and ``covers_to``, both inclusive. What a later year says must not
    change an earlier one, whichever is built first; and the year a term began in that crosses into
    this one may be built after it: its spells are worked out here.
    """
    year = context.year
    before = label(start_year(year) - 1)
    known = context.table("school_enrollment", all_years=True)
    known = known.filter(known.school_year <= year)
    if before in years_crossing_into(context.district, [year]):
        fresh = school_enrollment(replace(context, school_year=before))
        known = known.filter(known.school_year != before).union(fresh.select(*known.columns))
    newest = known.group_by(*_SPELL).aggregate(school_year=known.school_year.max())
    once = known.semi_join(newest, [*_SPELL, "school_year"])
    return _with_summers(
        once.select(*_SPELL, "exit_date", "grade", "enrollment_type"), summers(context)
    )


def covering(days: ir.Table, spells: ir.Table) -> ir.Table:
    """Return, for students' days, the spells that cover them.

    Args:
        days: ``student_key`` and ``local_date``, no pair twice.
        spells: What `spells` returns.

    Returns:
        ``student_key, local_date, school_id, grade, enrollment_type`` and ``is_main``, true for
        one spell of each day: a spell that has the day itself before one that only has the summer,
        a full or unknown enrollment before any other kind, the later entry, the school's id.
    """
    pairs = days.inner_join(spells, "student_key")
    pairs = pairs.filter(pairs.local_date.between(pairs.covers_from, pairs.covers_to))
    inside = pairs.local_date.between(pairs.entry_date, pairs.exit_date.coalesce(_FAR))
    further = pairs.enrollment_type.notin(("full", "unknown"))
    order = [~inside, further, pairs.entry_date.desc(), pairs.school_id]
    place = ibis.row_number().over(group_by=["student_key", "local_date"], order_by=order)
    return cast(
        "ir.Table",
        pairs.select(
            "student_key",
            "local_date",
            "school_id",
            "grade",
            "enrollment_type",
            is_main=place == 0,
        ),
    )


def summers(context: BuildContext) -> list[tuple[date, date]]:
    """Return first and last day of the summer after each known school year session."""
    by_year: dict[str, tuple[date, date]] = {}
    for one in context.engine.collect(spans(context.table("term"))).to_pylist():
        year, first, last = one["school_year"], one["first_day"], one["last_day"]
        known = by_year.get(year, (first, last))
        by_year[year] = min(first, known[0]), max(last, known[1])
    found = []
    for year, (_, last) in sorted(by_year.items()):
        following = by_year.get(label(start_year(year) + 1))
        end = following[0] - _DAY if following else last + _LONGEST_SUMMER
        found.append((last + _DAY, end))
    return found


def _with_summers(spells: ir.Table, summers: list[tuple[date, date]]) -> ir.Table:
    """Add ``covers_from`` and ``covers_to``."""
    begun, ended = spells.entry_date, spells.exit_date.coalesce(_FAR)
    for first, last in summers:
        begun = (begun.between(first, last + _DAY)).ifelse(ibis.literal(first), begun)
        ended = (ended.between(first - _DAY, last)).ifelse(ibis.literal(last), ended)
    return spells.mutate(covers_from=begun, covers_to=ended)

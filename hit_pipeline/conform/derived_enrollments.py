"""Enrollment spells of students whose sources state no entry: derived from the school year session.

A roster without dates says only who is enrolled when it is delivered.
"""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.received import newest_receipts
from hit_pipeline.conform.school_years import school_year_of, spans
from hit_pipeline.conform.truth import holds, may_hold

_PLACE = ("student_key", "school_id")


def derived_spells(context: BuildContext, rows: ir.Table, before: ir.Table) -> ir.Table:
    """Return a spell for every row of which the session in progress is of the year being built.

    It begins with the session. Who had a spell in that year already, at another school or until
    leaving, begins when the new statement was received. A beginning once published is kept. It
    ends with the session once that is over.

    Args:
        context: The build.
        rows: One statement per student and school, with ``last_date`` of its source.
        before: The table as last promoted, in that year.
    """
    spells = _in_session(context, rows)
    spells = spells.filter(spells.school_year == context.year)
    whole = _with_history(spells, before)
    learned = may_hold(whole.received_date > whole.last_exit)
    anew = learned.ifelse(whole.received_date, whole.last_date)
    first = whole.had_spell.ifelse(ibis.greatest(whole.first_day, anew), whole.first_day)
    over = (whole.last_day < whole.last_date).ifelse(whole.last_day, ibis.null("date"))
    return whole.mutate(
        entry_date=whole.begun_before.coalesce(first),
        exit_date=whole.exit_date.coalesce(over),
        dates_origin=ibis.literal("derived"),
    )


def _in_session(context: BuildContext, rows: ir.Table) -> ir.Table:
    """Add ``school_year, first_day, last_day`` of the session the source's newest delivery is of.

    It is the session in progress on that day, else the next, else the last; of the source itself,
    else of any. Without sessions it is the open year of the settings, else the year of that day.
    """
    sessions, receipts = spans(context.table("term")), newest_receipts(context)
    own = _in_progress(sessions.inner_join(receipts, "source"), "source")
    own = own.select(
        _of="source", own_year="school_year", own_first="first_day", own_last="last_day"
    )
    newest = receipts.aggregate(last_date=receipts.last_date.max())
    common = _in_progress(sessions.cross_join(newest).mutate(_all=True), "_all")
    common = common.select(any_year="school_year", any_first="first_day", any_last="last_day")
    found = rows.left_join(own, rows["_source"] == own["_of"]).drop("_of")
    found = found.left_join(common, ibis.literal(value=True))
    start, open_year = context.district.district.year_start, context.district.district.open_year
    year = school_year_of(found.last_date, start) if open_year is None else ibis.literal(open_year)
    here = found.own_year.notnull()
    known = here | found.any_year.notnull()
    first, last = start.first_day(context.year), start.last_day(context.year)
    return found.mutate(
        school_year=found.own_year.coalesce(found.any_year, year),
        first_day=here.ifelse(found.own_first, known.ifelse(found.any_first, first)),
        last_day=here.ifelse(found.own_last, known.ifelse(found.any_last, last)),
    )


def _in_progress(sessions: ir.Table, by: str) -> ir.Table:
    """Keep one session per group: in progress on ``last_date``, else the next, else the last."""
    over = sessions.last_day < sessions.last_date
    order = [over, over.ifelse(None, sessions.first_day), sessions.last_day.desc()]
    place = ibis.row_number().over(group_by=by, order_by=[*order, sessions.source])
    return sessions.mutate(_place=place).filter(lambda t: t["_place"] == 0).drop("_place")


def _with_history(spells: ir.Table, before: ir.Table) -> ir.Table:
    """Add what was published of the student in that year.

    Columns: ``begun_before``, the entry of the derived spell this one goes on with; ``had_spell``,
    whether there was any; ``last_exit``, the latest exit.
    """
    ends = spells.select(*_PLACE, session_end="last_day")
    same = before.filter(before.dates_origin == "derived").inner_join(ends, _PLACE)
    goes_on = same.filter(same.exit_date.isnull() | (same.exit_date >= same.session_end))
    begun = goes_on.group_by(*_PLACE).aggregate(begun_before=goes_on.entry_date.max())
    any_spell = before.group_by("student_key").aggregate(last_exit=before.exit_date.max())
    whole = spells.left_join(begun, _PLACE).drop(*(f"{name}_right" for name in _PLACE))
    whole = whole.left_join(any_spell.mutate(had=True), "student_key").drop("student_key_right")
    return cast("ir.Table", whole.mutate(had_spell=holds(whole.had)).drop("had"))

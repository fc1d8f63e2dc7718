"""Enrollment spells of students at schools: stated, derived, or kept from before.

Sources list who is enrolled now; plain ones state dates, a thin OneRoster does not (see
`derived_enrollments`). A spell that was published and is no longer listed (a transfer, a
withdrawal) is kept and closed.
"""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.derived_enrollments import derived_spells
from hit_pipeline.conform.received import newest_receipts
from hit_pipeline.conform.statements import chosen, known_students, student_statements
from hit_pipeline.conform.truth import may_hold
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import conform_to

_PLACE = ("student_key", "school_id")
_SPELL = (*_PLACE, "entry_date")
_TABLE = TABLES["school_enrollment"]


def school_enrollment(context: BuildContext) -> ir.Table:
    """Return one row per student, school and entry date, in one school year.

    A spell stands in every school year it touches, an open one until the newest delivery of its
    source. Rows of children no roster knows are not here but in `unmatched`.
    """
    rows = context.engine.keep(_with_place(context))
    before = context.table("school_enrollment").semi_join(known_students(context), "student_key")
    stated = _in_year(context, _of_winner(rows))
    undated = rows.filter(rows.winner.isnull() & (rows["rank"] == rows.first_rank))
    derived = derived_spells(context, undated, before)
    both = conform_to(_TABLE, stated).union(conform_to(_TABLE, derived))
    current = context.engine.keep(both)
    return current.union(conform_to(_TABLE, _kept(context, before, current)))


def _with_place(context: BuildContext) -> ir.Table:
    """Return the statements with a school and what all of them say of student and school.

    Added are ``winner``, the source whose stated entries count (null: none states one);
    ``first_rank``, the rank of the best statement; ``last_date``, when the newest delivery of the
    row's source was received. Grade and kind of enrollment are completed from one another.
    """
    stated = student_statements(context)
    columns = set(_TABLE.column_names) - {"school_year", "dates_origin"}
    rows = stated.filter(stated.school_id.notnull()).select(*columns, "rank", "received_date")
    places = rows.group_by(*_PLACE).aggregate(
        winner=rows["_source"].argmin(rows["rank"], where=rows.entry_date.notnull()),
        first_rank=rows["rank"].min(),
        any_grade=chosen(rows, "grade"),
        any_type=chosen(rows, "enrollment_type"),
    )
    whole = rows.inner_join(places, _PLACE)
    whole = whole.mutate(
        grade=whole.grade.coalesce(whole.any_grade),
        enrollment_type=whole.enrollment_type.coalesce(whole.any_type, "unknown"),
    )
    return _with_newest(context, whole.drop("any_grade", "any_type"))


def _with_newest(context: BuildContext, rows: ir.Table) -> ir.Table:
    """Add ``last_date``: when the newest delivery of the row's source was received."""
    receipts = newest_receipts(context).select(_of="source", last_date="last_date")
    return rows.left_join(receipts, rows["_source"] == receipts["_of"]).drop("_of")


def _of_winner(rows: ir.Table) -> ir.Table:
    """Return the spells with a stated entry, of the source that wins for student and school."""
    dated = rows.filter(rows.entry_date.notnull() & (rows["_source"] == rows.winner))
    firsts = dated.group_by(*_SPELL).aggregate(rank=dated["rank"].min())
    return dated.semi_join(firsts, ["student_key", "rank"])


def _in_year(context: BuildContext, spells: ir.Table) -> ir.Table:
    start = context.district.district.year_start
    first, last = start.first_day(context.year), start.last_day(context.year)
    end = ibis.greatest(spells.entry_date, spells.exit_date.coalesce(spells.last_date))
    touched = spells.filter((spells.entry_date <= last) & (end >= first))
    return touched.mutate(
        school_year=ibis.literal(context.year), dates_origin=ibis.literal("stated")
    )


def _kept(context: BuildContext, before: ir.Table, current: ir.Table) -> ir.Table:
    """Return the published spells that nothing listed now overlaps, closed.

    An open one ends on the day before the delivery that no longer lists it, or before the student
    enters another school, at the latest with the school year.
    """
    listed = before.semi_join(context.table("school"), "school_id")
    gone = _with_newest(context, listed.anti_join(_overlapped(listed, current), _SPELL))
    gone = _with_next_entry(gone, current)
    day = ibis.interval(days=1)
    closing = ibis.least(
        ibis.literal(context.district.district.year_start.last_day(context.year)),
        (gone.last_date - day).cast("date"),
        (gone.next_entry - day).cast("date"),
    )
    return gone.mutate(exit_date=gone.exit_date.coalesce(ibis.greatest(gone.entry_date, closing)))


def _overlapped(spells: ir.Table, current: ir.Table) -> ir.Table:
    """Return the keys of the spells that share a day with one listed now at the same school."""
    now = current.select(*_PLACE, now_entry="entry_date", now_exit="exit_date")
    pairs = spells.inner_join(now, _PLACE)
    begins = may_hold(pairs.exit_date >= pairs.now_entry)
    ends = may_hold(pairs.now_exit >= pairs.entry_date)
    return pairs.filter(begins & ends).select(*_SPELL).distinct()


def _with_next_entry(spells: ir.Table, current: ir.Table) -> ir.Table:
    """Add ``next_entry``: when the student next enters another school as a main enrollment."""
    main = current.filter(current.enrollment_type != "co_enrolled")
    entries = main.select("student_key", next_entry="entry_date", next_school="school_id")
    pairs = spells.inner_join(entries, "student_key")
    later = (pairs.next_entry > pairs.entry_date) & (pairs.next_school != pairs.school_id)
    following = pairs.filter(later).group_by(*_SPELL)
    entered = following.aggregate(next_entry=pairs.next_entry.min())
    return cast("ir.Table", spells.left_join(entered, _SPELL).drop(*(f"{k}_right" for k in _SPELL)))

"""Enrollment spells of students at schools: stated, or derived from when they were stated.

Sources list who is enrolled now; plain ones state dates, a thin OneRoster does not (see
`derived_enrollments`). A spell that is no longer listed (a transfer, a withdrawal) is known from
the deliveries that listed it: what was landed decides, never what was published before.
"""

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.derived_enrollments import derived_spells
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.received import newest_receipts
from hit_pipeline.conform.school_years import school_year_of
from hit_pipeline.conform.statements import chosen, student_statements
from hit_pipeline.conform.truth import holds, may_hold
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import conform_to

_PLACE = ("student_key", "school_id")
_SPELL = (*_PLACE, "entry_date")
_TABLE = TABLES["school_enrollment"]
_RUN = TABLES["typed_enrollment_run"]
_DAY = ibis.interval(days=1)


def school_enrollment(context: BuildContext) -> ir.Table:
    """Return one row per student, school and entry date, in one school year.

    A spell stands in every school year it touches, an open one until the newest delivery of its
    source. Of what is stated now, the best source that states an entry to a school decides. What
    others state, and what was stated once, counts unless something better or later at the school
    overlaps it, or replaced an open spell without a gap: that was a correction. An open spell no
    longer stated ends on the day before the delivery that lacks it, or before the student enters
    another school, at the latest with the school year it was last stated in. A derived spell counts
    where no stated one of the school overlaps it. Rows of children no roster knows are not here but
    in `unmatched`.
    """
    rows = context.engine.keep(_statements(context))
    stated = context.engine.keep(_in_year(context, _stated(context, rows)))
    derived = derived_spells(context, rows.filter(rows.entry_date.isnull()), stated)
    derived = context.engine.keep(_until_next(derived, stated))
    derived = derived.anti_join(_overlapped(derived, stated), _SPELL)
    return conform_to(_TABLE, stated).union(conform_to(_TABLE, derived))


def _statements(context: BuildContext) -> ir.Table:
    """Return what is and was stated of students and schools, with the days it was stated on.

    Columns beside those of the table: ``rank`` within the student, as in `student_statements`;
    ``stated_from, last_stated, stated_until`` (the latter two null while it is stated);
    ``last_date``, the day of the newest delivery of the source. Grade and kind are completed
    from what else is stated of student and school.
    """
    rows = student_statements(context, _stated_over_time(context))
    columns = set(_TABLE.column_names) - {"school_year", "dates_origin"}
    times = ("stated_from", "last_stated", "stated_until")
    rows = rows.mutate(stated_from=rows.stated_from.coalesce(rows.received_date))
    rows = rows.filter(rows.school_id.notnull()).select(*columns, "rank", *times)
    places = rows.group_by(*_PLACE).aggregate(
        any_grade=chosen(rows, "grade"), any_type=chosen(rows, "enrollment_type")
    )
    whole = attach(rows, places, _PLACE, "any_grade", "any_type")
    whole = whole.mutate(
        grade=whole.grade.coalesce(whole.any_grade),
        enrollment_type=whole.enrollment_type.coalesce(whole.any_type, "unknown"),
    ).drop("any_grade", "any_type")
    receipts = newest_receipts(context).select(_source="source", last_date="last_date")
    return attach(whole, receipts, ["_source"], "last_date")


def _stated_over_time(context: BuildContext) -> ir.Table:
    """Return the runs of statements; of sources without runs what they state now."""
    now = context.typed("typed_student")
    times = {name: ibis.null("date") for name in ("stated_from", "last_stated", "stated_until")}
    now = now.mutate(**times).select(*_RUN.column_names)
    if not context.lake.typed_parts(_RUN):
        return now
    runs = context.typed(_RUN.name)
    return runs.union(now.anti_join(runs, "_source"))


def _stated(context: BuildContext, rows: ir.Table) -> ir.Table:
    """Return the spells with a stated entry, those no longer stated closed."""
    dated = rows.filter(rows.entry_date.notnull())
    firsts = dated.group_by(*_SPELL).aggregate(rank=dated["rank"].min())
    spells = dated.semi_join(firsts, ["student_key", "rank"])
    now = spells.filter(spells.stated_until.isnull())
    winners = now.group_by(*_PLACE).aggregate(winner=now["_source"].argmin(now["rank"]))
    spells = attach(spells, winners, _PLACE, "winner")
    sure = holds(spells.stated_until.isnull() & (spells["_source"] == spells.winner))
    every = context.engine.keep(spells.mutate(sure=sure).drop("winner"))
    if not context.engine.scalar((~every.sure).sum()):
        return every
    standing = every.anti_join(_told_otherwise(every), ["student_key", "rank"])
    return _closed(context, _with_next_entry(standing, standing))


def _told_otherwise(every: ir.Table) -> ir.Table:
    """Return the spells that something better at the school overlaps or, later, replaced."""
    better = every.select(
        *_PLACE,
        better="rank",
        better_entry="entry_date",
        better_end=every.exit_date.coalesce(every.stated_until),
        better_from="stated_from",
    )
    pairs = every.filter(~every.sure).inner_join(better, _PLACE)
    pairs = pairs.filter(pairs.better < pairs["rank"])
    end = pairs.exit_date.coalesce(pairs.stated_until)
    overlaps = may_hold(pairs.better_entry <= end) & may_hold(pairs.better_end >= pairs.entry_date)
    replaced = pairs.exit_date.isnull() & holds(pairs.better_from <= pairs.stated_until)
    return pairs.filter(overlaps | replaced).select("student_key", "rank").distinct()


def _with_next_entry(spells: ir.Table, entered: ir.Table) -> ir.Table:
    """Add ``next_entry``: when the student next enters another school as a main enrollment."""
    main = entered.filter(entered.enrollment_type != "co_enrolled")
    entries = main.select("student_key", next_entry="entry_date", next_school="school_id")
    pairs = spells.select(*_SPELL).inner_join(entries, "student_key")
    later = (pairs.next_entry > pairs.entry_date) & (pairs.next_school != pairs.school_id)
    following = pairs.filter(later).group_by(*_SPELL)
    return attach(
        spells, following.aggregate(next_entry=pairs.next_entry.min()), _SPELL, "next_entry"
    )


def _closed(context: BuildContext, spells: ir.Table) -> ir.Table:
    """End the spells that are no longer stated and have no exit; an exit is never before entry."""
    start = context.district.district.year_start
    first_year = school_year_of(spells.last_stated, start)[:4].cast("int64")
    year_end = ibis.date(first_year + 1, ibis.literal(start.month), ibis.literal(start.day)) - _DAY
    closing = ibis.least(
        year_end.cast("date"),
        (spells.stated_until - _DAY).cast("date"),
        (spells.next_entry - _DAY).cast("date"),
    )
    gone = spells.stated_until.notnull()
    closing = gone.ifelse(ibis.greatest(spells.entry_date, closing), None)
    return spells.mutate(exit_date=spells.exit_date.coalesce(closing)).drop("next_entry")


def _until_next(spells: ir.Table, stated: ir.Table) -> ir.Table:
    """End derived spells no longer stated before the student enters another school."""
    spells = _with_next_entry(spells, stated)
    before = (spells.next_entry - _DAY).cast("date")
    closing = ibis.greatest(spells.entry_date, ibis.least(spells.exit_date, before))
    gone = spells.stated_until.notnull()
    return spells.mutate(exit_date=gone.ifelse(closing, spells.exit_date)).drop("next_entry")


def _in_year(context: BuildContext, spells: ir.Table) -> ir.Table:
    start = context.district.district.year_start
    first, last = start.first_day(context.year), start.last_day(context.year)
    end = ibis.greatest(spells.entry_date, spells.exit_date.coalesce(spells.last_date))
    touched = spells.filter((spells.entry_date <= last) & (end >= first))
    return touched.mutate(
        school_year=ibis.literal(context.year), dates_origin=ibis.literal("stated")
    )


def _overlapped(spells: ir.Table, stated: ir.Table) -> ir.Table:
    """Return the keys of the spells that share a day with a stated one at the same school."""
    now = stated.select(*_PLACE, now_entry="entry_date", now_exit="exit_date")
    pairs = spells.inner_join(now, _PLACE)
    begins = may_hold(pairs.exit_date >= pairs.now_entry)
    ends = may_hold(pairs.now_exit >= pairs.entry_date)
    return pairs.filter(begins & ends).select(*_SPELL).distinct()

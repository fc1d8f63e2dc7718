"""What was meant to be: the designed dosage of the program terms each student is in.

A student is in a term by assignment or by taking part. A term's design stands in the school year in
which the term starts.
"""

from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.programs import Term, terms_of_year
from hit_pipeline.marts.dosage_looks import KEYS, Look, participations
from hit_pipeline.marts.weeks import EVERY_SCHOOL, school_weeks, with_calendar, within

NOT_GIVEN = ("declined", "waitlisted")
"""Statuses of an assignment by which nothing is owed."""
_TERM = ("program_id", "term")
_DESIGNED = ("design_seconds", "sessions_per_week")
_DESIGNS = pa.schema(
    [
        ("program_id", pa.string()),
        ("term", pa.string()),
        ("subject", pa.string()),
        ("term_first", pa.date32()),
        ("term_last", pa.date32()),
        ("design_seconds", pa.int64()),
        ("sessions_per_week", pa.float64()),
    ]
)


def designs(context: BuildContext) -> ir.Table:
    """Return the terms that start in the year: dates, sessions a week, designed seconds in all.

    Designed seconds are sessions a week x minutes x weeks; the weeks are those designed, else the
    instructional weeks of the term at any school; null when a part of the design is missing.
    """
    weeks = context.engine.keep(
        school_weeks(context).filter(lambda week: week.calendar == EVERY_SCHOOL)
    )
    rows = [
        {
            "program_id": term.program_id,
            "term": term.name,
            "subject": term.subject,
            "term_first": term.settings.start,
            "term_last": term.settings.end,
            "design_seconds": _design_seconds(context, term, weeks),
            "sessions_per_week": term.settings.sessions_per_week,
        }
        for term in terms_of_year(context.district, context.year)
    ]
    return given(rows, _DESIGNS)


def group_designs(context: BuildContext, look: Look, terms: ir.Table) -> ir.Table:
    """Add up the designs of the terms each student is in, per `KEYS` of a look.

    Args:
        context: The build.
        look: What the rules look at.
        terms: The `designs`.

    Returns:
        `KEYS`, ``design_seconds`` and ``sessions_per_week`` (null when one of the terms has none),
        and ``last_day``, the last one of these terms.
    """
    took_part = participations(context, look)
    took_part = took_part.filter(took_part.term.notnull()).select(*KEYS, *_TERM)
    assigned = assignments(context, look, terms).select(*KEYS, *_TERM)
    pairs = attach(took_part.union(assigned).distinct(), terms, _TERM, *_DESIGNED, "term_last")
    return pairs.group_by(*KEYS).aggregate(
        last_day=pairs.term_last.max(),
        **{name: pairs[name].isnull().any().ifelse(None, pairs[name].sum()) for name in _DESIGNED},
    )


def assignments(context: BuildContext, look: Look, terms: ir.Table) -> ir.Table:
    """Return the spells of linked students in some terms: `KEYS`, term, first and last day.

    ``first_day`` and ``last_day`` lie within the term; spells that were declined or wait are left
    out. Inferred spells are in: nothing is reported as assigned by them here.
    """
    spells = context.table("program_assignment", all_years=True)
    spells = spells.filter(spells.student_key.notnull() & spells.status.notin(NOT_GIVEN))
    rows = attach(spells, terms, _TERM, "subject", "term_first", "term_last")
    rows = look.applies_to(rows.filter(rows.term_first.notnull()))
    last = rows.end_date.coalesce(rows.term_last)
    return rows.select(
        "student_key",
        *_TERM,
        "term_first",
        "term_last",
        scope_key=look.scope_key(rows),
        period=look.period_of(rows, context.year),
        first_day=ibis.greatest(rows.start_date, rows.term_first),
        last_day=ibis.least(last, rows.term_last),
    )


def assigned_weeks(context: BuildContext, look: Look, terms: ir.Table) -> ir.Table:
    """Count the instructional weeks each student was assigned, at the student's school.

    Returns:
        `KEYS`, ``instructional_weeks`` (assigned, up to today), ``term_weeks`` (of the terms
        assigned, whole) and ``year_weeks`` (of the school year).
    """
    weeks = context.engine.keep(school_weeks(context))
    spells = with_calendar(assignments(context, look, terms), context, weeks)
    pairs = spells.left_join(weeks, "calendar")
    today = ibis.literal(context.today)
    of_term = within(pairs, pairs.term_first, pairs.term_last)
    given_until = ibis.least(pairs.last_day, today)
    of_spell = of_term & within(pairs, pairs.first_day, given_until)
    of_year = pairs.school_year == context.year
    starts = pairs.week_start
    counted = pairs.group_by(*KEYS).aggregate(
        instructional_weeks=starts.nunique(where=of_spell),
        term_weeks=starts.nunique(where=of_term),
        year_weeks=starts.nunique(where=of_year),
    )
    known = counted.year_weeks > 0
    return cast(
        "ir.Table",
        counted.mutate(
            instructional_weeks=known.ifelse(counted.instructional_weeks, None),
            term_weeks=known.ifelse(counted.term_weeks, None),
            year_weeks=known.ifelse(counted.year_weeks, None),
        ),
    )


def _design_seconds(context: BuildContext, term: Term, weeks: ir.Table) -> int | None:
    design = term.settings
    if design.sessions_per_week is None or design.minutes_per_session is None:
        return None
    count = design.weeks
    if count is None:
        first, last = ibis.literal(design.start), ibis.literal(design.end)
        count = context.engine.scalar(weeks.filter(within(weeks, first, last)).count())
    seconds = round(design.sessions_per_week * design.minutes_per_session * 60 * count)
    return seconds or None

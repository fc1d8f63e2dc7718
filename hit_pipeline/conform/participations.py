"""Participations of students in sessions: what each counts as, and how long it was.

Rows of every shape come here with the same columns; planned and present time are worked out and
where each came from is kept.
"""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.clock import seconds_between
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.programs import term_days, terms
from hit_pipeline.conform.session_survey import Survey
from hit_pipeline.conform.session_units import ProvedUnits, naming_proof
from hit_pipeline.rules.status_effect import effect_table

_EFFECTS = ("possible", "counts_scheduled", "counts_delivered", "counts_attended", "bucket")


def with_effect(rows: ir.Table) -> ir.Table:
    """Add what state and attendance count as, see `hit_pipeline.rules.status_effect`."""
    return attach(rows, effect_table(), ["session_state", "attendance"], *_EFFECTS)


def with_plan(
    rows: ir.Table, context: BuildContext, survey: Survey, proved: ProvedUnits
) -> ir.Table:
    """Replace ``planned_seconds`` by the plan as it is known, and add ``plan_source``.

    In turn: the length the vendor states, in the unit proved; from start to end, for a source that
    also states both of sessions that were not held; the designed length of the program term, for a
    source whose log lists what was missed. Otherwise the plan is unknown: a log of attended
    sessions says nothing of what was scheduled.
    """
    scheduled = rows["_source"].isin(sorted(survey.logs_schedule)) if survey.logs_schedule else None
    stated = rows.planned_seconds
    if scheduled is not None:
        length = seconds_between(rows.started_at_utc, rows.ended_at_utc)
        stated = stated.coalesce(scheduled.ifelse(length, None))
    rows = rows.mutate(planned_seconds=stated)
    design = ibis.null("int64")
    designed = any(term.settings.minutes_per_session for term in terms(context.district))
    if survey.logs_misses and designed:
        days = term_days(terms(context.district))
        rows = attach(rows, days, ["program_id", "local_date"], "design_seconds")
        lists_misses = rows["_source"].isin(sorted(survey.logs_misses))
        design = lists_misses.ifelse(rows.design_seconds, None)
    source = ibis.cases(
        (rows.planned_seconds.notnull(), "vendor_schedule"),
        (design.notnull(), "program_design"),
        else_="plan_unknown",
    )
    planned = rows.planned_seconds.coalesce(design)
    rows = rows.mutate(planned_seconds=planned, plan_source=source)
    columns = ("planned_seconds", "planned_number")
    return naming_proof(rows, "plan_source", ("vendor_schedule",), proved, columns)


def with_presence(rows: ir.Table, proved: ProvedUnits) -> ir.Table:
    """Replace ``present_seconds`` by the time present as it is known, and add ``present_source``.

    In turn: the length stated, in the unit proved; the time between joining and leaving; the share
    of the planned, else of the held, length, rounded to seconds; the planned length of a student
    who is simply marked present. Null when none of these is known.
    """
    length = rows.planned_seconds.coalesce(rows.held_seconds)
    shared = (rows.present_share * length).round().cast("int64")
    marked = rows.counts_attended & (rows.attendance == "present")
    presumed = marked.ifelse(rows.planned_seconds, None)
    source = ibis.cases(
        (rows.present_seconds.notnull(), "stated"),
        (rows.stay_seconds.notnull(), "join_leave"),
        (shared.notnull(), "percent_of_period"),
        (presumed.notnull(), "planned_when_present"),
        else_="none",
    )
    present = rows.present_seconds.coalesce(rows.stay_seconds, shared, presumed)
    rows = rows.mutate(present_seconds=present, present_source=source)
    columns = ("present_seconds", "present_share")
    return naming_proof(rows, "present_source", ("stated", "percent_of_period"), proved, columns)


def of_rows(rows: ir.Table) -> ir.Table:
    """Return rows that each are a session of their own with the columns participations have."""
    stay = seconds_between(rows.joined_at_local, rows.left_at_local)
    return cast(
        "ir.Table",
        rows.mutate(stay_seconds=stay, source_rows=ibis.literal(1, "int32").cast("int64")),
    )

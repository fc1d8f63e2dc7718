"""The four dosages of each student side by side, by every dosage rule in force."""

from functools import reduce
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.programs import terms_of_year
from hit_pipeline.conform.truth import holds
from hit_pipeline.marts.dosage_design import assigned_weeks, designs, group_designs
from hit_pipeline.marts.dosage_looks import KEYS, Look, last_day_counted, totals
from hit_pipeline.rules.catalog import dosage_rules, shipped_rules
from hit_pipeline.settings_programs import DosageRule
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import empty

_TABLE = TABLES["student_dosage"]
_COUNTED = (
    "actual_seconds",
    "planned_seconds",
    "scheduled",
    "attended",
    "called_off",
    "unlisted",
    "unplanned",
    "weeks_tutored",
    "weeks_on_target",
    "first_date",
    "last_date",
    "group_sum",
    "group_count",
)


def student_dosage(context: BuildContext) -> ir.Table:
    """Return one row per student, scope, period and dosage rule in force, of one school year.

    Everybody is in it who took part or was assigned in the period, and is linked. The figures of a
    program term stand in the school year in which the term starts.
    """
    rules = dosage_rules(context.district)
    looks = dict.fromkeys(Look.of(rule) for rule in rules)
    facts = {look: context.engine.keep(_facts(context, look)) for look in looks}
    rows = [_by_rule(context, facts[Look.of(rule)], rule) for rule in rules]
    return reduce(ir.Table.union, rows) if rows else empty(_TABLE)


def _facts(context: BuildContext, look: Look) -> ir.Table:
    """Return what rules of one look share: totals, design and weeks, one row per `KEYS`."""
    keep = context.engine.keep
    terms = keep(designs(context))
    design = keep(group_designs(context, look, terms))
    weeks = keep(assigned_weeks(context, look, terms))
    designed = bool(terms_of_year(context.district, context.year))
    counted = keep(totals(context, look, design if designed else None))
    everybody = counted.select(*KEYS).union(weeks.select(*KEYS), distinct=True)
    rows = attach(everybody, counted, KEYS, *_COUNTED)
    rows = attach(rows, design, KEYS, "design_seconds", "sessions_per_week", "last_day")
    rows = attach(rows, weeks, KEYS, "instructional_weeks", "term_weeks", "year_weeks")
    return attach(rows, context.table("student"), ["student_key"], "grade_current")


def _by_rule(context: BuildContext, facts: ir.Table, rule: DosageRule) -> ir.Table:
    """Return the rows of one rule, from what it shares with others of its look."""
    rows = facts.filter(facts.grade_current.isin(rule.grades)) if rule.grades else facts
    last = ibis.literal(last_day_counted(context))
    if rule.period == "program_term":
        last = ibis.least(rows.last_day, ibis.literal(context.today))
    rows = rows.mutate(
        scope_kind=ibis.literal(rule.scope),
        period_kind=ibis.literal(rule.period),
        rule_id=ibis.literal(rule.id),
        rule_version=ibis.literal(rule.version),
        as_of_date=last,
        school_year=ibis.literal(context.year),
    )
    rows = _with_standard(_with_figures(rows), rule)
    return rows.select(*_TABLE.column_names)


def _with_figures(rows: ir.Table) -> ir.Table:
    """Add what was scheduled and what came of it, which no rule changes.

    Nothing is known of what was scheduled for a student whom no log lists.
    """
    listed, planned = holds(rows.unlisted == 0), holds(rows.unplanned == 0)
    on_target = rows.sessions_per_week.notnull().ifelse(rows.weeks_on_target.fill_null(0), None)
    rows = rows.mutate(
        scheduled_seconds=planned.ifelse(rows.planned_seconds.fill_null(0), None),
        actual_seconds=rows.actual_seconds.fill_null(0),
        sessions_scheduled=listed.ifelse(rows.scheduled, None),
        sessions_attended=rows.attended.fill_null(0),
        weeks_tutored=rows.weeks_tutored.fill_null(0),
        weeks_on_target=on_target,
        first_session_date=rows.first_date,
        last_session_date=rows.last_date,
        mean_group_size=rows.group_sum / rows.group_count.nullif(0),
        plan_reason=planned.ifelse(None, "plan_unknown"),
    )
    due = rows.sessions_scheduled - rows.called_off
    return rows.mutate(
        attendance_rate=rows.sessions_attended / due.nullif(0),
        meets_nssa_minimum=_meets_nssa_minimum(rows),
    )


def _with_standard(rows: ir.Table, rule: DosageRule) -> ir.Table:
    """Add the program and adequate dosage of a rule and the actual one held against them."""
    target = rows.design_seconds if rule.target_minutes is None else _seconds(rule.target_minutes)
    rows = rows.mutate(program_seconds=target)
    rows = rows.mutate(
        program_seconds_prorated=_prorated(rows, rule), adequate_seconds=_adequate(rows, rule)
    )
    return rows.mutate(
        dosage_share=rows.actual_seconds / rows.program_seconds.nullif(0),
        reached_adequate=rows.actual_seconds >= rows.adequate_seconds,
        datas_band=_datas_band(rows),
    )


def _seconds(minutes: int) -> ir.IntegerScalar:
    return cast("ir.IntegerScalar", ibis.literal(minutes * 60, "int64"))


def _prorated(rows: ir.Table, rule: DosageRule) -> ir.IntegerValue:
    """Return the program dosage for the weeks assigned so far, rounded down to whole seconds.

    The whole window is the school year for a target over the school year, else the terms assigned.
    """
    whole = rows.term_weeks
    if rule.target_minutes is not None and rule.period == "school_year":
        whole = rows.year_weeks
    weeks = rows.instructional_weeks
    share = rows.program_seconds * (weeks > whole).ifelse(whole, weeks) // whole.nullif(0)
    return cast("ir.IntegerValue", share if rule.prorated else ibis.null("int64"))


def _adequate(rows: ir.Table, rule: DosageRule) -> ir.IntegerValue:
    """Return the floor in seconds, a share of the program dosage rounded to the nearest second."""
    if rule.adequate_minutes is not None:
        return _seconds(rule.adequate_minutes)
    if rule.adequate_share is None:
        return cast("ir.IntegerValue", ibis.null("int64"))
    floor = (rows.program_seconds * rule.adequate_share).round().cast("int64")
    return cast("ir.IntegerValue", floor)


def _datas_band(rows: ir.Table) -> ir.StringValue:
    """Return the DATAS band: actual against the program dosage, in whole seconds, so exact."""
    quarters, target = rows.actual_seconds * 4, rows.program_seconds
    bands = ("25_50", "50_75", "75_99", "full")
    reached = [(quarters >= target * at, band) for at, band in enumerate(bands, start=1)]
    band = ibis.cases(*reversed(reached), else_="below_25")
    return cast("ir.StringValue", (target > 0).ifelse(band, None))


def _meets_nssa_minimum(rows: ir.Table) -> ir.BooleanValue:
    """Say whether weeks and frequency are those of the newest shipped rule ``nssa``."""
    nssa = max(
        (rule for rule in shipped_rules() if rule.id == "nssa"), key=lambda rule: rule.version
    )
    often = rows.sessions_attended >= rows.weeks_tutored * nssa.minimum_sessions_per_week
    long = rows.weeks_tutored >= nssa.minimum_weeks
    return cast("ir.BooleanValue", (rows.sessions_attended > 0).ifelse(often & long, None))

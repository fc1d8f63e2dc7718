"""What several dosage rules look at alike: whose participations are added up, over what, how long.

Rules that share scope, period and subjects differ only in their figures, so the participations are
added up once for all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.programs import Term, term_days, terms_of_year
from hit_pipeline.settings_programs import DosageRule

KEYS = ("student_key", "scope_key", "period")
_CALLED_OFF = ("cancelled_provider", "cancelled_school", "tutor_no_show")
_SUMS = (
    "actual_seconds",
    "planned_seconds",
    "scheduled",
    "attended",
    "called_off",
    "unlisted",
    "unplanned",
    "group_sum",
    "group_count",
)


@dataclass(frozen=True)
class Look:
    """Scope, period and subjects of dosage rules.

    Attributes:
        scope: What the rules look at.
        period: Over what they add up.
        subjects: Subjects they apply to, sorted; empty: any.
    """

    scope: Literal["student", "student_subject", "student_program"]
    period: Literal["school_year", "program_term"]
    subjects: tuple[str, ...]

    @classmethod
    def of(cls, rule: DosageRule) -> "Look":
        """Return what a rule looks at."""
        return cls(rule.scope, rule.period, tuple(sorted(rule.subjects)))

    def scope_key(self, rows: ir.Table) -> ir.StringValue:
        """Return the scope key of rows with ``subject`` and ``program_id``; unknown ones say so."""
        if self.scope == "student":
            return cast("ir.StringValue", ibis.literal("all"))
        column = rows.subject if self.scope == "student_subject" else rows.program_id
        return cast("ir.StringValue", column.fill_null("unknown"))

    def period_of(self, rows: ir.Table, school_year: str) -> ir.StringValue:
        """Return the period of rows with ``term``."""
        if self.period == "school_year":
            return cast("ir.StringValue", ibis.literal(school_year))
        return cast("ir.StringValue", rows.term)

    def varying(self) -> list[str]:
        """Return those of `KEYS` that are not the same for every row."""
        fixed = {"scope_key"} if self.scope == "student" else set()
        fixed |= {"period"} if self.period == "school_year" else set()
        return [name for name in KEYS if name not in fixed]

    def applies_to(self, rows: ir.Table) -> ir.Table:
        """Keep the rows of the look's subjects."""
        return rows.filter(rows.subject.isin(self.subjects)) if self.subjects else rows


def last_day_counted(context: BuildContext) -> date:
    """Return the last day of the school year that is over, today included."""
    return min(context.today, context.district.district.year_start.last_day(context.year))


def participations(context: BuildContext, look: Look) -> ir.Table:
    """Return the participations of linked students that a look adds up, with `KEYS` and ``term``.

    Rows dated after today are left out unless they were attended: those are flagged and count. For
    program terms, the terms are those that start in the school year being built, whole.
    """
    terms = terms_of_year(context.district, context.year)
    rows = context.table("session_participant")
    if look.period == "program_term":
        rows = _of_terms(context, terms)
    rows = look.applies_to(rows.filter(rows.student_key.notnull()))
    today = ibis.literal(context.today)
    rows = rows.filter((rows.local_date <= today) | rows.counts_attended)
    rows = with_term(rows, terms)
    if look.period == "program_term":
        rows = rows.filter(rows.term.notnull())
    return rows.mutate(scope_key=look.scope_key(rows), period=look.period_of(rows, context.year))


def with_term(rows: ir.Table, terms: list[Term]) -> ir.Table:
    """Add ``term``: the one of these terms that the row's program and date lie in; null: none."""
    if not terms:
        return rows.mutate(term=ibis.null("string"))
    return attach(rows, term_days(terms), ["program_id", "local_date"], "term")


def totals(context: BuildContext, look: Look, design: ir.Table | None) -> ir.Table:
    """Add up participations: one row per student, scope key and period.

    Args:
        context: The build.
        look: What to look at.
        design: `KEYS` and ``sessions_per_week``, the designed sessions a week of the group; None
            when no group has a design.

    Returns:
        `KEYS`, ``actual_seconds, planned_seconds, scheduled, attended, called_off`` (by provider or
        school), ``unlisted`` (rows of sources that log attended sessions only, and so do not say
        what was scheduled), ``unplanned`` (those and the scheduled rows without a planned length),
        ``weeks_tutored, weeks_on_target, first_date, last_date, group_sum, group_count``.
    """
    keys = look.varying()
    weeks = _by_week(context, participations(context, look), keys)
    if design is None:
        weeks = weeks.mutate(sessions_per_week=ibis.null("float64"))
    else:
        weeks = attach(weeks, design, keys, "sessions_per_week")
    on_target = (weeks.attended > 0) & (weeks.attended >= weeks.sessions_per_week)
    designed = weeks.sessions_per_week.max().notnull()
    found = weeks.group_by(*keys).aggregate(
        **{name: weeks[name].sum() for name in _SUMS},
        weeks_tutored=weeks.count(where=weeks.attended > 0),
        weeks_on_target=designed.ifelse(weeks.count(where=on_target), None),
        first_date=weeks.first_date.min(),
        last_date=weeks.last_date.max(),
    )
    fixed = {"scope_key": ibis.literal("all"), "period": ibis.literal(context.year)}
    return found.mutate(**{name: value for name, value in fixed.items() if name not in keys})


def _by_week(context: BuildContext, rows: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Add up participations per keys and week; the columns are those of `totals`."""
    unlisted = comes_from(rows, sources_where_all(context, rows, rows.counts_attended))
    there, due = rows.counts_attended, rows.counts_scheduled
    return rows.group_by(*keys, "week_start").aggregate(
        actual_seconds=rows.present_seconds.sum(where=there),
        planned_seconds=rows.planned_seconds.sum(where=due),
        scheduled=rows.count(where=due),
        attended=rows.count(where=there),
        called_off=rows.count(where=due & rows.session_state.isin(_CALLED_OFF)),
        unlisted=rows.count(where=unlisted),
        unplanned=rows.count(where=unlisted | (due & rows.planned_seconds.isnull())),
        first_date=rows.local_date.min(where=there),
        last_date=rows.local_date.max(where=there),
        group_sum=rows.group_size.sum(where=there),
        group_count=rows.group_size.count(where=there),
    )


def _of_terms(context: BuildContext, terms: list[Term]) -> ir.Table:
    """Return the participations of the days of some terms, which may lie in the next year."""
    last = context.district.district.year_start.last_day(context.year)
    if all(term.settings.end <= last for term in terms):
        return context.table("session_participant")
    rows = context.table("session_participant", all_years=True)
    first, end = (ibis.literal(day) for day in _range(terms))
    return rows.filter(rows.local_date.between(first, end))


def _range(terms: list[Term]) -> tuple[date, date]:
    return min(t.settings.start for t in terms), max(t.settings.end for t in terms)


def sources_where_all(
    context: BuildContext, rows: ir.Table, condition: ir.BooleanValue
) -> list[str]:
    """Return the sources of which every row meets a condition, sorted.

    A source that lists attended sessions only does not say what was scheduled.
    """
    sources = rows.group_by("_source").aggregate(every=condition.all())
    found = context.engine.collect(sources.filter(sources.every))
    return sorted(found["_source"].to_pylist())


def comes_from(rows: ir.Table, sources: Sequence[str]) -> ir.BooleanValue:
    """Say of each row whether it is of one of these sources; there may be none."""
    nowhere = ""  # keeps the list from being empty, which would make the answer a constant
    return cast("ir.BooleanValue", rows["_source"].isin([*sources, nowhere]))

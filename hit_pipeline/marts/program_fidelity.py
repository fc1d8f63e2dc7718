"""Design against delivery: how often, how long, how many to a tutor, with the same tutor or not."""

from datetime import date
from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.programs import term_days, terms, terms_of_year
from hit_pipeline.marts.dosage_looks import comes_from, last_day_counted, sources_where_all
from hit_pipeline.marts.weeks import EVERY_SCHOOL, school_weeks
from hit_pipeline.rules.status_effect import effect_table
from hit_pipeline.tables.catalog import TABLES

NO_TERM = "none"
UNKNOWN_SCHOOL = "unknown"
_KEYS = ("program_id", "term", "school_id")
_TERM = ("program_id", "term")
_DESIGNED = ("design_sessions_per_week", "design_minutes", "design_ratio")
_DESIGNS = pa.schema(
    [
        ("program_id", pa.string()),
        ("term", pa.string()),
        ("last_day", pa.date32()),
        ("design_sessions_per_week", pa.float64()),
        ("design_minutes", pa.int64()),
        ("design_ratio", pa.int64()),
    ]
)


def program_fidelity(context: BuildContext) -> ir.Table:
    """Return one row per program term and school, of the terms that start in one school year.

    Sessions of a program outside every term of it stand under the term `NO_TERM`, those of no known
    school under `UNKNOWN_SCHOOL`. Counted is what is due: dated up to today, or held already.
    """
    sessions = _in_terms(context, "session")
    everybody = _in_terms(context, "session_participant")
    people = everybody.filter(everybody.counts_attended)
    only_held = set(sources_where_all(context, sessions, sessions.present_count > 0))
    only_there = sources_where_all(context, everybody, everybody.counts_attended)
    silent = sorted(only_held.intersection(only_there))
    designs = _designs(context)
    rows = _session_figures(sessions, silent, designs)
    rows = attach(rows, _person_figures(people), _KEYS, "mean_minutes", "students_attended")
    rows = attach(rows, _frequency(context, people), _KEYS, "mean_sessions_per_week")
    rows = attach(rows, _continuity(people), _KEYS, "share_with_modal_tutor")
    rows = attach(rows, designs, _TERM, "last_day", *_DESIGNED)
    return _finished(context, rows).select(*TABLES["program_fidelity"].column_names)


def _in_terms(context: BuildContext, name: str) -> ir.Table:
    """Return the due rows of a table, each under its term and school."""
    own = terms_of_year(context.district, context.year)
    others = [term for term in terms(context.district) if term not in own]
    start = context.district.district.year_start
    first, last = start.first_day(context.year), start.last_day(context.year)
    end = max((last, *(term.settings.end for term in own)))
    rows = context.table(name, all_years=end > last)
    rows = rows.filter(rows.program_id.notnull() & rows.local_date.between(_day(first), _day(end)))
    held = rows.counts_attended if name == "session_participant" else _somebody(rows)
    rows = rows.filter((rows.local_date <= _day(context.today)) | held)
    rows = attach(rows, term_days(own), ["program_id", "local_date"], "term")
    elsewhere = term_days(others).rename(other="term")
    rows = attach(rows, elsewhere, ["program_id", "local_date"], "other")
    outside = rows.other.isnull() & (rows.local_date <= _day(last))
    rows = rows.filter(rows.term.notnull() | outside)
    return rows.mutate(
        term=rows.term.fill_null(NO_TERM), school_id=rows.school_id.fill_null(UNKNOWN_SCHOOL)
    )


def _session_figures(sessions: ir.Table, silent: list[str], designs: ir.Table) -> ir.Table:
    """Count sessions: scheduled, delivered, and how many students to a tutor.

    Students are counted where the log names the session, else the ratio it states is taken.

    Args:
        sessions: The sessions.
        silent: Sources that list nothing but what was held and attended.
        designs: The terms' designs.
    """
    effects = effect_table().filter(lambda effect: effect.attendance == "unknown")
    rows = attach(sessions, effects, ["session_state"], "counts_scheduled", "counts_delivered")
    rows = attach(rows, designs, _TERM, "design_ratio")
    delivered = rows.counts_delivered | _somebody(rows)
    named = rows.session_id_source.notnull()
    rostered = named.ifelse(rows.rostered_count, rows.ratio_stated)
    present = named.ifelse(rows.present_count, rows.ratio_stated)
    within = present <= rows.design_ratio
    return rows.group_by(*_KEYS).aggregate(
        scheduled=rows.counts_scheduled.sum(),
        sessions_delivered=delivered.sum(),
        unlisted=comes_from(rows, silent).sum(),
        mean_ratio_rostered=rostered.mean(where=delivered),
        mean_ratio_present=present.mean(where=delivered),
        share_within_ratio=within.cast("float64").mean(where=delivered),
    )


def _person_figures(people: ir.Table) -> ir.Table:
    return people.group_by(*_KEYS).aggregate(
        mean_minutes=people.present_seconds.mean() / 60,
        students_attended=people.student_key.nunique(),
    )


def _frequency(context: BuildContext, people: ir.Table) -> ir.Table:
    """Return the mean of sessions attended over student-weeks with any.

    Weeks in which no school has instruction are left out, in years that have a calendar.
    """
    weeks = school_weeks(context).filter(lambda week: week.calendar == EVERY_SCHOOL)
    years = weeks.select("school_year").distinct()
    listed = people.semi_join(weeks, "week_start").union(people.anti_join(years, "school_year"))
    student = listed.student_key.coalesce(listed.person_record_id)
    counts = listed.group_by(*_KEYS, "week_start", student=student).aggregate(n=listed.count())
    return counts.group_by(*_KEYS).aggregate(mean_sessions_per_week=counts.n.mean())


def _continuity(people: ir.Table) -> ir.Table:
    """Return the share of participations with the tutor each student had most often."""
    known = people.filter(people.tutor_key.notnull())
    student = known.student_key.coalesce(known.person_record_id)
    pairs = known.group_by(*_KEYS, "tutor_key", student=student).aggregate(n=known.count())
    students = pairs.group_by(*_KEYS, "student").aggregate(most=pairs.n.max(), n=pairs.n.sum())
    return students.group_by(*_KEYS).aggregate(
        share_with_modal_tutor=students.most.sum() / students.n.sum()
    )


def _designs(context: BuildContext) -> ir.Table:
    rows = [
        {
            "program_id": term.program_id,
            "term": term.name,
            "last_day": term.settings.end,
            "design_sessions_per_week": term.settings.sessions_per_week,
            "design_minutes": term.settings.minutes_per_session,
            "design_ratio": term.settings.max_students_per_tutor,
        }
        for term in terms_of_year(context.district, context.year)
    ]
    return given(rows, _DESIGNS)


def _finished(context: BuildContext, rows: ir.Table) -> ir.Table:
    listed = rows.unlisted == 0
    scheduled = listed.ifelse(rows.scheduled, None)
    last = rows.last_day.coalesce(_day(last_day_counted(context)))
    return rows.mutate(
        school_year=ibis.literal(context.year),
        as_of_date=ibis.least(last, _day(context.today)),
        sessions_scheduled=scheduled,
        delivery_rate=rows.sessions_delivered / scheduled.nullif(0),
        students_attended=rows.students_attended.fill_null(0),
        plan_reason=listed.ifelse(None, "plan_unknown"),
    )


def _somebody(sessions: ir.Table) -> ir.BooleanValue:
    return cast("ir.BooleanValue", sessions.present_count > 0)


def _day(day: date) -> ir.DateScalar:
    return cast("ir.DateScalar", ibis.literal(day))

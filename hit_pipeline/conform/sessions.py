"""The tables of tutoring sessions: meetings, who tutored, who was tutored."""

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.session_flags import (
    participation_flags,
    session_flags,
    with_circumstances,
    with_school_day,
    with_tutor_clashes,
)
from hit_pipeline.conform.session_log import read_log
from hit_pipeline.tables.catalog import TABLES


def session(context: BuildContext) -> ir.Table:
    """Return one row per meeting, planned or held, of one school year."""
    log = read_log(context)
    rows = with_school_day(log.sessions(), context)
    if log.survey.names_sessions:
        tutors = _with_tutor_key(log.named_tutors(), context)
        person = tutors.tutor_key.coalesce(tutors.tutor_record_id)
        rows = with_tutor_clashes(rows, tutors.mutate(person=person))
    else:
        rows = rows.mutate(tutor_overlap=ibis.literal(value=False))
    length = rows.planned_seconds.coalesce(rows.held_seconds).as_interval("s")
    rows = dated(rows.mutate(flags=session_flags(rows, context)), context).mutate(
        source=rows["_source"],
        ended_at_utc=(rows.ended_at_utc > rows.started_at_utc)
        .ifelse(rows.ended_at_utc, None)
        .coalesce(rows.started_at_utc + length),
    )
    return rows.select(*TABLES["session"].column_names)


def session_tutor(context: BuildContext) -> ir.Table:
    """Return one row per session, tutor record and role, of one school year.

    Where the log names no role, the tutor of a session that was held is its actual one, unless a
    substitute is named; otherwise the planned one.
    """
    rows = _with_tutor_key(read_log(context).tutors(), context)
    rows = rows.rename(person_record_id="tutor_record_id")
    rows = rows.mutate(school_year=ibis.literal(context.year))
    return rows.select(*TABLES["session_tutor"].column_names)


def session_participant(context: BuildContext) -> ir.Table:
    """Return one row per session and participant record, of one school year."""
    log = read_log(context)
    rows = with_keys(log.participations(), context)
    rows = with_circumstances(rows, context, log.survey)
    rows = dated(rows.mutate(flags=participation_flags(rows, context)), context)
    return rows.select(*TABLES["session_participant"].column_names)


def with_keys(rows: ir.Table, context: BuildContext) -> ir.Table:
    """Return participations with ``person_record_id`` and the keys of student and tutor."""
    rows = _with_tutor_key(rows, context).rename(person_record_id="student_record_id")
    students = context.links("student").rename(student_key="person_key")
    return attach(rows, students, ["person_record_id"], "student_key")


def _with_tutor_key(rows: ir.Table, context: BuildContext) -> ir.Table:
    links = context.links("tutor").select(
        tutor_record_id="person_record_id", tutor_key="person_key"
    )
    return attach(rows, links, ["tutor_record_id"], "tutor_key")


def dated(rows: ir.Table, context: BuildContext) -> ir.Table:
    """Add ``week_start`` and ``school_year`` to rows with a ``local_date``."""
    # DuckDB truncates a date to a timestamp, which a cast straight to date would not undo.
    return rows.mutate(
        week_start=rows.local_date.truncate("W").cast("timestamp").cast("date"),
        school_year=ibis.literal(context.year),
    )

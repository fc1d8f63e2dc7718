"""Terms, courses and sections of the SIS."""

from typing import cast

import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.received import best, with_received
from hit_pipeline.conform.school_years import session_year
from hit_pipeline.conform.schools import with_school_id
from hit_pipeline.conform.subjects import subject_of
from hit_pipeline.tables.catalog import TABLES


def term(context: BuildContext) -> ir.Table:
    """Return one row per academic session.

    Its school year is decided by `session_year`. A session that ends before it starts ends on its
    first day.
    """
    start = context.district.district.year_start
    rows = _newest(context, "typed_term", "term_id_source")
    end = (rows.end_date < rows.start_date).ifelse(rows.start_date, rows.end_date)
    built = rows.mutate(
        source=rows["_source"],
        term_id=rows.term_id_source,
        end_date=end,
        parent_term_id=rows.parent_id_source,
        school_year=session_year(rows.school_year, rows.start_date, end, start),
    )
    return _declared(built, "term")


def course(context: BuildContext) -> ir.Table:
    """Return one row per course of a source."""
    rows = with_school_id(context, _newest(context, "typed_course", "course_id_source"))
    built = rows.mutate(
        source=rows["_source"],
        course_id=rows.course_id_source,
        subject=subject_of(rows.subjects, rows.subject_codes, rows.title),
        subjects_source=rows.subjects,
        grades_source=rows.grades,
    )
    return _declared(built, "course")


def section(context: BuildContext) -> ir.Table:
    """Return one row per section of a source; its subject is its own, else its course's."""
    rows = with_school_id(context, _newest(context, "typed_section", "section_id_source"))
    taught = context.typed("typed_course")
    courses = taught.group_by("_source", "course_id_source").aggregate(
        course_subjects=taught.subjects.min(),
        course_codes=taught.subject_codes.min(),
        course_title=taught.title.min(),
    )
    both = rows.left_join(courses, ["_source", "course_id_source"])
    own = both.subjects.coalesce(both.subject_codes).notnull()
    built = both.mutate(
        source=both["_source"],
        section_id=both.section_id_source,
        course_id=both.course_id_source,
        term_ids=both.term_ids_source,
        subject=own.ifelse(
            subject_of(both.subjects, both.subject_codes, both.course_title),
            subject_of(both.course_subjects, both.course_codes, both.course_title),
        ),
    )
    return _declared(built, "section")


def _newest(context: BuildContext, table: str, key: str) -> ir.Table:
    return best(with_received(context, context.typed(table)), ["_source", key])


def _declared(rows: ir.Table, table: str) -> ir.Table:
    return cast("ir.Table", rows.select(*TABLES[table].column_names))

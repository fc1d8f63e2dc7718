"""Scores of assessments: one row per score, each in its test event and school year."""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.problems import Problem, without
from hit_pipeline.conform.school_years import school_year_of, stated_school_year
from hit_pipeline.conform.truth import holds
from hit_pipeline.tables.catalog import TABLES

ID_SHOWN = ("state", "district", "sis", "source", "vendor", "email", "clever", "classlink")
"""Identifier systems; of several ids of a student the first of these is the one shown."""
_EVENT = ("person_record_id", "instrument", "form_language", "subject")
_SCORE = (*_EVENT, "test_event_id", "score_kind", "objective")


def assessment_result(context: BuildContext) -> ir.Table:
    """Return one row per score, of one school year.

    The school year is the one stated, else that of the test date. A test event without an id of its
    own is known by test, date and window. A score stated twice for one event is numbered in the
    order its deliveries came; an event is a retest when the student took the same test earlier in
    the same window.
    """
    rows = context.typed("typed_assessment")
    rows = without(rows, assessment_problems(rows))
    event = ibis.literal("|").join(
        [rows[name].cast("string").fill_null("") for name in ("test_name", "test_date", "window")]
    )
    year = stated_school_year(rows.school_year)
    dated = school_year_of(rows.test_date, context.district.district.year_start)
    rows = rows.mutate(
        person_record_id=rows.student_record_id,
        student_id_stated=ibis.coalesce(*(rows[f"student_id_{system}"] for system in ID_SHOWN)),
        source=rows["_source"],
        test_event_id=rows.test_event_id.coalesce(event),
        school_year=year.coalesce(dated),
    )
    rows = _with_revision(rows.filter(rows.school_year == context.year), context)
    links = context.links("student").rename(student_key="person_key")
    keyed = attach(_with_retest(rows), links, ["person_record_id"], "student_key")
    return keyed.select(*TABLES["assessment_result"].column_names)


def assessment_problems(rows: ir.Table) -> list[Problem]:
    """Return the rules a typed assessment row can break."""
    return [
        Problem(
            "assessment.no_student",
            "student_record_id",
            "names no student: neither an id nor a name",
            rows.student_record_id.isnull(),
        ),
        Problem(
            "assessment.no_date",
            "test_date",
            "has neither a test date nor a school year, so no school year it belongs to",
            rows.test_date.isnull() & stated_school_year(rows.school_year).isnull(),
        ),
    ]


def _with_revision(rows: ir.Table, context: BuildContext) -> ir.Table:
    deliveries = context.table("delivery").rename(_delivery_id="delivery_id")
    found = attach(rows, deliveries, ["_delivery_id"], "received_at")
    order = ["received_at", "_delivery_id", "_file", "_row"]
    place = ibis.row_number().over(group_by=list(_SCORE), order_by=order)
    return cast("ir.Table", found.mutate(revision=place + 1))


def _with_retest(rows: ir.Table) -> ir.Table:
    """Add ``is_retest``; false where the window or the test date is not stated."""
    first = rows.test_date.min().over(group_by=[*_EVENT, "test_name", "window"])
    is_later = rows.window.notnull() & (rows.test_date > first)
    return cast("ir.Table", rows.mutate(is_retest=holds(is_later)))

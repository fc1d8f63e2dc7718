"""Who is in which section, as student or teacher."""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.received import best, with_received
from hit_pipeline.conform.school_years import school_year_of
from hit_pipeline.identity.records import with_record_id
from hit_pipeline.tables.catalog import TABLES

_KEY = ("_source", "section_id_source", "person_record_id", "role", "begin_date")


def section_enrollment(context: BuildContext) -> ir.Table:
    """Return one row per person, section, role and begin date, in one school year.

    Dates a row does not state are those of its section's terms, else of the school year it was
    received in. A person the roster does not list keeps a record of the id alone, without a key.
    """
    rows = with_received(context, context.typed("typed_section_enrollment"))
    dated = _with_dates(context, rows)
    year = school_year_of(dated.begin_date, context.district.district.year_start)
    placed = dated.mutate(school_year=year).filter(year == context.year)
    named = _with_people(context, placed)
    built = best(named, _KEY).mutate(source=named["_source"], section_id=named.section_id_source)
    return cast("ir.Table", built.select(*TABLES["section_enrollment"].column_names))


def _with_dates(context: BuildContext, rows: ir.Table) -> ir.Table:
    terms = context.table("term")
    sections = context.table("section")
    parts = sections.select("source", "section_id", term_id=sections.term_ids.split(",").unnest())
    parts = parts.mutate(term_id=parts.term_id.strip())
    met = parts.inner_join(terms, ["source", "term_id"])
    dates = met.group_by("source", "section_id").aggregate(
        term_begin=met.start_date.min(), term_end=met.end_date.max()
    )
    both = rows.left_join(
        dates,
        (rows["_source"] == dates.source) & (rows.section_id_source == dates.section_id),
    ).drop("source", "section_id")
    begin = both.begin_date.coalesce(both.term_begin, both.received_date)
    end = both.end_date.coalesce(both.term_end)
    return both.mutate(
        begin_date=begin,
        end_date=(end < begin).ifelse(begin, end),
        dates_origin=both.begin_date.notnull().ifelse("stated", "derived"),
    )


def _with_people(context: BuildContext, rows: ir.Table) -> ir.Table:
    """Add ``person_record_id``, ``student_key`` and ``staff_key``.

    A person is who the source's own user id names; else who the identifiers of the row itself name.
    """
    students, staff = _records(context, "student"), _records(context, "staff")
    rows = _with_own(context, rows)
    found = rows.left_join(students, ["_source", "person_id_source"]).drop(
        "_source_right", "person_id_source_right"
    )
    found = found.left_join(staff, ["_source", "person_id_source"]).drop(
        "_source_right", "person_id_source_right"
    )
    is_student = found.role == "student"
    alone = with_record_id(
        found.mutate(student_id_source=found.person_id_source), "student"
    ).rename(unknown_record="student_record_id")
    first = is_student.ifelse(alone.student_record, alone.staff_record)
    other = is_student.ifelse(alone.staff_record, alone.student_record)
    own = is_student.ifelse(alone.own_student, alone.own_staff)
    student = alone.student_key.coalesce(alone.own_student_key)
    teacher = alone.staff_key.coalesce(alone.own_staff_key)
    return alone.mutate(
        person_record_id=first.coalesce(other, own, alone.unknown_record),
        student_key=is_student.ifelse(student, ibis.null("string")),
        staff_key=is_student.ifelse(ibis.null("string"), teacher),
    )


def _with_own(context: BuildContext, rows: ir.Table) -> ir.Table:
    """Add ``own_<role>, own_<role>_key``: whom the identifiers of the row itself name."""
    roles = ("student", "staff")
    rows = rows.rename({f"own_{role}": f"{role}_record_id" for role in roles})
    stated = rows.filter(ibis.coalesce(rows.own_student, rows.own_staff).notnull())
    if not context.engine.scalar(stated.count()):
        return rows.mutate(**{f"own_{role}_key": ibis.null("string") for role in roles})
    for role in roles:
        names = {f"own_{role}": "person_record_id", f"own_{role}_key": "person_key"}
        rows = attach(rows, context.links(role).rename(names), [f"own_{role}"], f"own_{role}_key")
    return rows


def _records(context: BuildContext, role: str) -> ir.Table:
    """Return each user's record and key in a role, by the source's own id."""
    rows, record, own = context.typed(f"typed_{role}"), f"{role}_record_id", f"{role}_id_source"
    users = rows.filter(rows[own].notnull()).group_by("_source", person_id_source=rows[own])
    one = users.aggregate(**{f"{role}_record": rows[record].min()})
    links = context.links(role).rename({f"{role}_key": "person_key"})
    keyed = one.left_join(links, one[f"{role}_record"] == links.person_record_id)
    return cast("ir.Table", keyed.drop("person_record_id"))

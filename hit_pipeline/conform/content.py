"""Content of tutoring and the pacing of the core curriculum it goes with."""

from typing import cast

import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.gathered import gathered, with_stated_program
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.schools import with_school_id
from hit_pipeline.tables.catalog import TABLES


def content_unit(context: BuildContext) -> ir.Table:
    """Return one row per unit of a source."""
    found = gathered(context, context.typed("typed_content_unit"), ["_source", "unit_id"])
    named = with_stated_program(found, context.district)
    return cast("ir.Table", named.select(*TABLES["content_unit"].column_names))


def content_lesson(context: BuildContext) -> ir.Table:
    """Return one row per lesson of a source."""
    found = gathered(context, context.typed("typed_content_lesson"), ["_source", "lesson_id"])
    return cast("ir.Table", found.select(*TABLES["content_lesson"].column_names))


def pacing(context: BuildContext) -> ir.Table:
    """Return one row per core section, week and unit.

    A section is known by its id or code in a roster, without regard to case, when one section only
    bears it.
    """
    rows = context.typed("typed_pacing")
    monday = rows.local_date.truncate("W")
    rows = rows.mutate(week_start=monday, _ref=rows.section_ref.lower())
    found = gathered(context, rows, ["_source", "section_ref", "week_start", "unit_id"])
    placed = with_school_id(context, found).rename(_stated_school="school_id")
    known = attach(
        placed, _section_names(context), ["_ref"], "section_source", "section_id", "_its_school"
    )
    school = known["_stated_school"].coalesce(known["_its_school"])
    return cast("ir.Table", known.mutate(school_id=school).select(*TABLES["pacing"].column_names))


def _section_names(context: BuildContext) -> ir.Table:
    """Return ``_ref, section_source, section_id, _its_school``: names one section bears."""
    sections = context.table("section")
    ids = sections.select("source", "section_id", "school_id", _ref=sections.section_id.lower())
    codes = sections.select("source", "section_id", "school_id", _ref=sections.section_code.lower())
    every = ids.union(codes, distinct=True)
    every = every.filter(every["_ref"].notnull())
    names = every.group_by("_ref").aggregate(
        section_source=every.source.min(),
        section_id=every.section_id.min(),
        _its_school=every.school_id.min(),
        _sections=every.count(),
    )
    return cast("ir.Table", names.filter(names["_sections"] == 1).drop("_sections"))

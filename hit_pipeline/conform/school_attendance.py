"""Daily attendance at school."""

from typing import cast

import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.received import best, with_received
from hit_pipeline.conform.school_years import school_year_of
from hit_pipeline.conform.schools import with_school_id
from hit_pipeline.tables.catalog import TABLES


def school_attendance(context: BuildContext) -> ir.Table:
    """Return one row per person record, school and date, in one school year.

    When lists differ the source of lower priority number wins, then the newest delivery, then the
    later row. A row whose child no roster knows stays, with a null key.
    """
    start = context.district.district.year_start
    rows = context.typed("typed_school_attendance")
    first, last = start.first_day(context.year), start.last_day(context.year)
    rows = rows.filter(rows.local_date.between(first, last) & rows.student_record_id.notnull())
    placed = with_school_id(context, with_received(context, rows))
    chosen = best(placed, ["student_record_id", "school_id", "local_date"])
    links = context.links("student").rename(student_key="person_key")
    keyed = chosen.left_join(links, chosen.student_record_id == links.person_record_id)
    built = keyed.mutate(
        person_record_id=keyed.student_record_id,
        school_year=school_year_of(keyed.local_date, start),
    )
    return cast("ir.Table", built.select(*TABLES["school_attendance"].column_names))

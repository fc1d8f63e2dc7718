"""What stands behind a record: the typed rows that name it, their time, students and places."""

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from hit_pipeline.identity.candidates import SCOPED
from hit_pipeline.identity.collect import naming_tables

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_NOTHING = {
    "person_record_id": "string",
    "row_count": "int64",
    "present_seconds": "int64",
    "students": "int64",
    "stated_school": "string",
    "stated_grade": "string",
}


def rows_behind(context: "BuildContext", role: str, wanted: ir.Table) -> ir.Table:
    """Return what stands behind each wanted record.

    Args:
        context: Typed tables.
        role: Whose records.
        wanted: ``person_record_id``.

    Returns:
        One row per record: ``person_record_id, row_count, present_seconds`` (null when no row
        states any), ``students`` (1 for a student's record, else those who stand in its rows), and
        ``stated_school, stated_grade``: what most rows of a student's record state, of equals the
        first in the alphabet.
    """
    parts = [_naming(context, role, name, wanted) for name in naming_tables(context, role)]
    if not parts:
        return ibis.memtable([], schema=_NOTHING)
    rows = context.engine.keep(ibis.union(*parts))
    counted = rows.group_by("person_record_id").agg(
        row_count=lambda t: t.count(),
        present_seconds=lambda t: t.seconds.sum(),
        students=lambda t: t.student.nunique(),
    )
    for column in ("school", "grade"):
        usual = _usual(rows, column)
        counted = counted.left_join(usual, "person_record_id").drop("person_record_id_right")
    return counted


def own_identifier(records: ir.Table) -> tuple[ir.StringValue, ir.StringValue]:
    """Return system and value of a record's own identifier at its source; null when it has none."""
    system = ibis.cases(
        *((records[f"id_{one}"].notnull(), one) for one in SCOPED), else_=ibis.null("string")
    )
    return system, ibis.coalesce(*(records[f"id_{one}"] for one in SCOPED))


def _naming(context: "BuildContext", role: str, name: str, wanted: ir.Table) -> ir.Table:
    """Return a row per typed row of a table that names a wanted record."""
    rows = context.typed(name)
    mine = role == "student"

    def cell(column: str, kind: str = "string", *, asked: bool = True) -> ir.Value:
        return rows[column] if asked and column in rows.columns else ibis.null(kind)

    naming = rows.select(
        person_record_id=rows[f"{role}_record_id"],
        student=cell("student_record_id"),
        seconds=cell("present_seconds", "int64"),
        school=cell("school_name", asked=mine).coalesce(cell("school_id_source", asked=mine)),
        grade=cell("grade", asked=mine),
    )
    return naming.semi_join(wanted, "person_record_id")


def _usual(rows: ir.Table, column: str) -> ir.Table:
    """Return ``person_record_id, stated_<column>``: the value most rows state."""
    stated = rows.filter(rows[column].notnull()).group_by("person_record_id", column)
    counted = stated.agg(times=lambda t: t.count())
    order = [counted.times.desc(), counted[column]]
    placed = counted.mutate(
        place=ibis.row_number().over(group_by="person_record_id", order_by=order)
    )
    return placed.filter(placed.place == 0).select(
        "person_record_id", **{f"stated_{column}": placed[column]}
    )

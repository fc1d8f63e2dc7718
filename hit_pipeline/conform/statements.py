"""What sources state of the students identity knows: the rows that student tables choose from."""

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.received import by_row, by_source, with_received
from hit_pipeline.conform.schools import with_school_id
from hit_pipeline.conform.truth import holds


def student_statements(context: BuildContext, stated: ir.Table | None = None) -> ir.Table:
    """Return the rows of typed_student, or others, whose record is linked to a student.

    Added are ``student_key``, ``school_id``, the columns of `with_received` and ``rank``: the
    order, 0 first and no two alike, in which the statements of one student win. Priority and
    delivery decide; among rows of one delivery a main enrollment before a further one, an open
    spell before an ended one, the later entry, the later row. Of rows that say until when they
    were stated, those stated still come first, then those stated longest.
    """
    stated = context.typed("typed_student") if stated is None else stated
    links = context.links("student")
    linked = stated.inner_join(links, stated.student_record_id == links.person_record_id)
    known = with_received(context, linked.rename(student_key="person_key"))
    placed = with_school_id(context, known, name="school_name")
    further = holds(placed.enrollment_type == "co_enrolled")
    by_spell = [
        further,
        placed.exit_date.notnull(),
        placed.entry_date.desc(nulls_first=False),
    ]
    order = [*by_source(placed), *by_spell, *by_row(placed)]
    if "stated_until" in placed.columns:
        order = [placed.stated_until.desc(nulls_first=True), *order, placed.stated_from.desc()]
    rank = ibis.row_number().over(group_by="student_key", order_by=order)
    return placed.mutate(rank=rank)


def chosen(rows: ir.Table, column: str) -> ir.Value:
    """Return the best ranked value of a column that is stated at all, for use in an aggregate."""
    return rows[column].argmin(rows["rank"], where=rows[column].notnull())


def known_students(context: BuildContext) -> ir.Table:
    """Return ``student_key, created_at`` of every student the registry knows."""
    people = context.engine.from_arrow(context.registry.people("student"))
    return people.select(student_key="person_key", created_at=people.created_at)

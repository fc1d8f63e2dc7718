"""Students the rosters know by two numbers: one name, one birth date, two people."""

from typing import TYPE_CHECKING

import ibis.expr.types as ir

from hit_pipeline.identity.normalize import plain

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext


def students_with_two_keys(context: "BuildContext") -> ir.Table:
    """Return ``candidate_key, other_key``: pairs of students of one name and birth date.

    Given and family name count without case, accents and hyphens; a student without either, or
    without a birth date, is in no pair. The candidate is the student known for longer (of two of
    one night the smaller key): the one that lives on when both are one.
    """
    students = context.table("student")
    read = students.select(
        "student_key",
        "birth_date",
        order=students.created_at.cast("string") + students.student_key,
        given=plain(students.given_name),
        family=plain(students.family_name),
    )
    read = context.engine.keep(read)
    same = ["given", "family", "birth_date"]
    pairs = read.join(read, same, lname="{name}", rname="other_{name}")
    pairs = pairs.filter(pairs.order < pairs.other_order)
    chosen = pairs.select(candidate_key="student_key", other_key="other_student_key")
    return context.engine.keep(chosen)

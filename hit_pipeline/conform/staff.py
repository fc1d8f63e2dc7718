"""Employees the roster lists."""

from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.received import winning, with_received
from hit_pipeline.conform.schools import with_school_id
from hit_pipeline.conform.statements import chosen
from hit_pipeline.conform.truth import may_hold
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import conform_to

_TABLE = TABLES["staff"]


def staff(context: BuildContext) -> ir.Table:
    """Return one row per employee: the winning row, its blanks filled from the others.

    An employee no roster lists any more keeps the values last published and is not active.
    """
    stated = context.typed("typed_staff")
    links = context.links("staff").rename(staff_key="person_key")
    linked = stated.inner_join(links, stated.staff_record_id == links.person_record_id)
    rows = with_school_id(context, with_received(context, linked))
    gone = ~may_hold(rows.is_active)
    order = [gone, *winning(rows)]
    rows = rows.mutate(
        rank=ibis.row_number().over(group_by="staff_key", order_by=order), is_listed=~gone
    )
    now = rows.group_by("staff_key").aggregate(
        given_name=chosen(rows, "staff_given_name"),
        family_name=chosen(rows, "staff_family_name"),
        email=chosen(rows, "staff_id_email"),
        staff_role=chosen(rows, "staff_role"),
        school_id=chosen(rows, "school_id"),
        is_active=rows.is_listed.any(),
        **{name: chosen(rows, name) for name in _TABLE.column_names if name.startswith("_")},
    )
    before = context.table("staff").anti_join(now, "staff_key")
    people = context.engine.from_arrow(context.registry.people("staff"))
    left = before.semi_join(people, before.staff_key == people.person_key)
    return cast(
        "ir.Table",
        conform_to(_TABLE, now).union(conform_to(_TABLE, left.mutate(is_active=False))),
    )

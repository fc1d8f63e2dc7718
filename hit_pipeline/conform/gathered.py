"""Statements of one source put together: one row per key, with the person it is about.

Belongs here: what the tables of `tables.program_records` and `tables.program_structure` share. How
statements of several sources are weighed is in `received`.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.problems import Problem
from hit_pipeline.conform.programs import with_program
from hit_pipeline.settings import District


def gathered(context: BuildContext, rows: ir.Table, by: Sequence[str]) -> ir.Table:
    """Return one row per key, the one stated last, and how many say so.

    Args:
        context: The build.
        rows: Typed rows, with whatever was added to them.
        by: Columns of the key, ``_source`` among them; null is a value like any other.

    Returns:
        The rows with ``source`` and ``source_rows``.
    """
    known = with_receipt(context, rows)
    order = [known.received_at.desc(), known["_delivery_id"], known["_file"], known["_row"].desc()]
    marked = known.mutate(
        source=known["_source"],
        source_rows=known.count().over(ibis.window(group_by=list(by))),
        _place=ibis.row_number().over(group_by=list(by), order_by=order),
    )
    return marked.filter(marked["_place"] == 0).drop("_place")


def with_receipt(context: BuildContext, rows: ir.Table) -> ir.Table:
    """Add ``received_at``: when the row's delivery arrived."""
    deliveries = context.table("delivery").rename(_delivery_id="delivery_id")
    return attach(rows, deliveries, ["_delivery_id"], "received_at")


def with_key(context: BuildContext, rows: ir.Table, role: str) -> ir.Table:
    """Add ``<role>_key`` of the person ``<role>_record_id`` is linked to; null when to none."""
    links = context.links(role).rename(
        {f"{role}_record_id": "person_record_id", f"{role}_key": "person_key"}
    )
    return attach(rows, links, [f"{role}_record_id"], f"{role}_key")


def with_stated_program(rows: ir.Table, district: District) -> ir.Table:
    """Add ``program_id`` as `with_program` does, and keep what was stated as ``program_source``."""
    return with_program(rows.mutate(program_source=rows["program"]), district)


def by_source(rows: ir.Table, values: Mapping[str, str | None]) -> ir.StringValue:
    """Return a text per source; null for a source that has none."""
    known = [(name, value) for name, value in values.items() if value is not None]
    if not known:
        return cast("ir.StringValue", ibis.null("string"))
    return cast("ir.StringValue", rows["_source"].cases(*known, else_=ibis.null("string")))


def no_person(rows: ir.Table, table: str, role: str) -> Problem:
    """Return the rule that a row names somebody of a role."""
    record = f"{role}_record_id"
    reason = f"names no {role}: neither an id nor a name"
    return Problem(f"{table}.no_{role}", record, reason, rows[record].isnull())

"""When each delivery was received and how much its source counts: what decides between statements.

Several sources may state the same thing. The source with the lowest priority number wins, then the
newest delivery, then the later row.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.landing.store import deliveries

_SCHEMA = pa.schema(
    [
        ("delivery_id", pa.string()),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("received_date", pa.date32()),
        ("priority", pa.int64()),
        ("kind", pa.string()),
    ]
)
_NEWEST = pa.schema(
    [
        ("source", pa.string()),
        ("last_receipt", pa.timestamp("us", tz="UTC")),
        ("last_date", pa.date32()),
    ]
)


def with_received(context: BuildContext, rows: ir.Table) -> ir.Table:
    """Add ``received_at, received_date, priority, kind`` of each row's delivery.

    ``kind`` and ``priority`` are those of the source in district.toml; ``received_date`` is the day
    the delivery tells of, whenever it was landed.
    """
    known = [
        {
            "delivery_id": one.delivery_id,
            "received_at": one.received_at,
            "received_date": one.as_of,
            "priority": context.district.sources[one.source].priority,
            "kind": context.district.sources[one.source].kind,
        }
        for one in deliveries(context.lake)
        if one.source in context.district.sources
    ]
    facts = context.engine.from_arrow(pa.Table.from_pylist(known, schema=_SCHEMA))
    return rows.inner_join(facts, rows["_delivery_id"] == facts.delivery_id).drop("delivery_id")


def newest_receipts(context: BuildContext) -> ir.Table:
    """Return, per source, when its newest landed delivery was received.

    Columns: ``source``, ``last_receipt`` (instant) and ``last_date``, the local date its rows tell
    of: several deliveries may be received in one night, each tells of its own day.
    """
    landed = [one for one in deliveries(context.lake) if one.status == "landed"]
    newest = {one.source: one for one in sorted(landed, key=lambda one: one.received_at)}
    rows = [
        {"source": name, "last_receipt": one.received_at, "last_date": one.as_of}
        for name, one in newest.items()
    ]
    return context.engine.from_arrow(pa.Table.from_pylist(rows, schema=_NEWEST))


def best(rows: ir.Table, by: Sequence[str], *first: str) -> ir.Table:
    """Keep one row per key: the one whose source, delivery and row win.

    Args:
        rows: Rows with the columns of `with_received` and provenance.
        by: Columns of the key; null is a value like any other.
        first: Columns looked at before priority, smallest first.
    """
    place = ibis.row_number().over(group_by=list(by), order_by=[*first, *winning(rows)])
    return rows.mutate(_place=place).filter(lambda t: t["_place"] == 0).drop("_place")


def winning(rows: ir.Table) -> list[ir.Value]:
    """Return the order in which statements win, the winner first; total, so reproducible."""
    return [*by_source(rows), *by_row(rows)]


def by_source(rows: ir.Table) -> list[ir.Value]:
    """Return the first half of that order: which delivery of which source."""
    return [rows.priority, rows.received_at.desc(), rows["_source"]]


def by_row(rows: ir.Table) -> list[ir.Value]:
    """Return the second half: which row of that source."""
    return [rows["_delivery_id"], rows["_file"], rows["_row"].desc()]

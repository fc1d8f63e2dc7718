"""The quarantine as a list for people: which rule holds how many rows, and where they are."""

import ibis
import pyarrow as pa

from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.tables.catalog import TABLES

SHOWN_ROWS = 10
"""Row numbers listed per delivery, rule and column; the count says how many there are."""


def entries(engine: Engine, lake: Lake, source: str | None = None) -> pa.Table:
    """Return the quarantined rows grouped by what is wrong with them.

    Args:
        engine: The engine.
        lake: The lake.
        source: One source; None: every source.

    Returns:
        One row per source, delivery, file, rule and column: these, ``reason``, ``rows`` (how
        many), ``first_rows`` (the lowest row numbers, as text) and ``first_seen_at``; most rows
        first.
    """
    found = sorted((lake.root / "typed").glob("*/quarantine.parquet"))
    known = {path.parent.name: path for path in found}
    paths = [path for name, path in known.items() if source in (None, name)]
    rows = engine.read(paths, TABLES["quarantine"])
    by = ("source", "delivery_id", "file", "rule", "column", "reason")
    order = ibis.window(group_by=by, order_by="row")
    ranked = rows.mutate(rank=ibis.row_number().over(order))
    few = ranked["rank"] < SHOWN_ROWS
    grouped = ranked.group_by(*by).aggregate(
        rows=ranked.count(),
        first_rows=ranked["row"].cast("string").group_concat(", ", where=few, order_by="row"),
        first_seen_at=ranked.first_seen_at.min(),
    )
    return engine.collect(grouped.order_by(ibis.desc("rows"), *by))

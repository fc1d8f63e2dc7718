"""Small tables and how their columns are added to a large one: one row in, one row out."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.engine_sql import lookup


def given(rows: Sequence[Mapping[str, object]], schema: pa.Schema) -> ir.Table:
    """Return a few rows of one's own as a table expression; there may be none."""
    return ibis.memtable(pa.Table.from_pylist([dict(row) for row in rows], schema=schema))


def attach(rows: ir.Table, table: ir.Table, on: Sequence[str], *columns: str) -> ir.Table:
    """Add columns of a table to the rows whose key it has; other rows get null.

    Args:
        rows: The rows; none is dropped or doubled.
        table: At most one row per key.
        on: Columns of the key, named alike in both; a null matches nothing.
        columns: Columns of the table to add; the rows must not have them yet.
    """
    return lookup(rows, table, on, columns)

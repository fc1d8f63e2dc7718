"""What follows from a declaration: the Arrow schema, the ibis schema and strict casting."""

from collections.abc import Collection

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.expr import datatypes as dt

from hit_pipeline.tables.model import Table, Type

_ARROW: dict[Type, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "decimal": pa.decimal128(18, 4),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "local_timestamp": pa.timestamp("us"),
}
_IBIS: dict[Type, dt.DataType] = {
    "text": dt.string,
    "integer": dt.int64,
    "number": dt.float64,
    "decimal": dt.Decimal(18, 4),
    "boolean": dt.boolean,
    "date": dt.date,
    "timestamp": dt.Timestamp("UTC", 6),
    "local_timestamp": dt.Timestamp(scale=6),
}


def ibis_type(kind: Type) -> dt.DataType:
    """Return the ibis type of a declared type."""
    return _IBIS[kind]


def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table; descriptions and privacy classes are field metadata.

    Every field is nullable: that a required column holds no null is an expectation, checked on a
    candidate, so that the error names rows rather than failing a write.
    """
    return pa.schema(
        [
            pa.field(
                column.name,
                _ARROW[column.type],
                metadata={"description": column.description, "privacy": column.privacy},
            )
            for column in table.columns
        ],
        metadata={"table": table.name, "grain": table.grain},
    )


def ibis_schema(table: Table) -> ibis.Schema:
    """Return the ibis schema of a table."""
    return ibis.schema({column.name: _IBIS[column.type] for column in table.columns})


def conform_to(table: Table, rows: ir.Table) -> ir.Table:
    """Select a table's columns in order and cast each to its declared type.

    A declared column the rows lack is an error that lists missing and present columns; a cast that
    cannot hold a value fails when the expression runs. Extra columns are left behind.

    Raises:
        KeyError: A declared column is missing.
    """
    refuse_missing(table, rows.columns)
    return rows.select(
        **{column.name: rows[column.name].cast(_IBIS[column.type]) for column in table.columns}
    )


def refuse_missing(table: Table, present: Collection[str]) -> None:
    """Raise KeyError where columns lack one that is declared."""
    missing = sorted(set(table.column_names) - set(present))
    if missing:
        message = f"{table.name} lacks {missing}; present are {sorted(present)}"
        raise KeyError(message)


def complete(table: Table, rows: ir.Table) -> ir.Table:
    """Select a table's columns in order; those the rows lack are null.

    For typed tables, whose files hold only the columns their source feeds.
    """
    absent = [column for column in table.columns if column.name not in rows.columns]
    nulls = {column.name: ibis.null(_IBIS[column.type]) for column in absent}
    return conform_to(table, rows.mutate(**nulls) if nulls else rows)


def empty(table: Table) -> ir.Table:
    """Return a table expression without rows."""
    return ibis.memtable(arrow_schema(table).empty_table(), schema=ibis_schema(table))

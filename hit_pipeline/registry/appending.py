"""Appending rows to the registry's tables, many at once."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Table, bindparam, insert, select

from hit_pipeline.registry.tables import ENTRY, LINK, arrow_schema

_MANY = 1_000
"""From this many rows on PostgreSQL takes them as one stream."""

_ORDER = {LINK.name: ("role", "person_record_id")}
"""Order of an index where it is not the key's: what is written in order is written faster."""


def newest_entry(connection: Connection) -> tuple[int, str]:
    """Return number and token of the newest entry; of an empty registry 0 and ``empty``."""
    newest = select(ENTRY.c.entry, ENTRY.c.token).order_by(ENTRY.c.entry.desc()).limit(1)
    row = connection.execute(newest).first()
    return (row.entry, row.token) if row else (0, "empty")


def new_entry(connection: Connection, made_by: str, now: datetime) -> int:
    """Begin an entry and return its number."""
    entry = newest_entry(connection)[0] + 1
    stamp = {"entry": entry, "token": secrets.token_hex(16), "made_by": made_by}
    connection.execute(insert(ENTRY).values(**stamp, made_at=now.astimezone(UTC)))
    return entry


def append(connection: Connection, table: Table, rows: pa.Table, entry: int) -> None:
    """Append Arrow rows of an entry; the columns are those of `tables.arrow_schema`."""
    if not rows.num_rows:
        return
    stated = arrow_schema(table).names
    order = [
        name for name in _ORDER.get(table.name, table.primary_key.columns.keys()) if name in stated
    ]
    rows = rows.sort_by([(name, "ascending") for name in order]) if order else rows
    names = _in_order(table, {*stated, "entry"})
    cells = (repeat(entry) if name == "entry" else rows[name].to_pylist() for name in names)
    _insert(connection, table, names, zip(*cells, strict=False))


def append_rows(
    connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]], entry: int
) -> None:
    """Append rows of an entry that state their columns, all the same ones."""
    stated = [{**row, "entry": entry} for row in rows]
    if stated:
        names = _in_order(table, set(stated[0]))
        _insert(connection, table, names, (tuple(row[name] for name in names) for row in stated))


def copy_rows(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Append rows that have a cell for every column of the table, in its order."""
    _insert(connection, table, [column.name for column in table.columns], rows)


def _in_order(table: Table, names: set[str]) -> list[str]:
    """Return names of columns in the order of the table, which is that of a statement's values."""
    return [column.name for column in table.columns if column.name in names]


def _insert(
    connection: Connection, table: Table, names: list[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert plain tuples: ten times as many as objects would allow."""
    given = list(rows)
    if len(given) >= _MANY and connection.dialect.driver == "psycopg":
        quoted = connection.dialect.identifier_preparer.quote
        columns = ", ".join(quoted(name) for name in names)
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f"COPY {quoted(table.name)} ({columns}) FROM STDIN") as stream:
            for row in given:
                stream.write_row(row)
        return
    statement = insert(table).values({name: bindparam(name) for name in names})
    connection.exec_driver_sql(str(statement.compile(connection)), given)

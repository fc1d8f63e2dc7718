"""Filling a database with the tables of a relational student information system.

SQLite, PostgreSQL and MariaDB. The files are those of `hit_pipeline.synth.systems.sis_sql`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import (
    URL,
    Column,
    Date,
    DateTime,
    Engine,
    Integer,
    Table,
    create_engine,
    insert,
    inspect,
)
from sqlalchemy.engine import Connection

from hit_pipeline.synth.systems.sis_sql_schema import schema, statements

_BLOCK_BYTES = 4 * 1024 * 1024


class TablesThere(ValueError):  # noqa: N818 - the names of errors say what happened
    """A database has tables already; the message names them."""


def check_vacant(url: URL | str) -> None:
    """Connect to a database and see that it has none of the tables yet.

    Raises:
        TablesThere: It has some.
        SQLAlchemyError: There is no connection.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            _check_vacant(connection)
    finally:
        engine.dispose()


def load(url: URL | str, folder: Path) -> dict[str, int]:
    """Create the tables in a database and fill them from ``<table>.csv`` files.

    After an error SQLite and MariaDB keep the tables, without rows; PostgreSQL is as it was.

    Args:
        url: SQLAlchemy's URL of the database.
        folder: Where the files are; a table without one stays empty.

    Returns:
        Rows inserted by table.

    Raises:
        TablesThere: The database has some of the tables already; nothing is changed.
        SQLAlchemyError: What the database or its driver refused.
    """
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            _check_vacant(connection)
            for statement in statements():
                connection.execute(statement)
            return {
                table.name: _fill(connection, table, folder / f"{table.name}.csv")
                for table in schema().sorted_tables
            }
    finally:
        engine.dispose()


def _engine(url: URL | str) -> Engine:
    return create_engine(url, hide_parameters=True)  # an error would repeat thousands of rows


def _check_vacant(connection: Connection) -> None:
    there = sorted(set(schema().tables) & set(inspect(connection).get_table_names()))
    if there:
        message = f"the database already has tables of these names: {', '.join(there)}"
        raise TablesThere(message)


def _fill(connection: Connection, table: Table, file: Path) -> int:
    count = 0
    if file.exists():
        for rows in _blocks(table, file):
            connection.execute(insert(table), rows)
            count += len(rows)
    return count


def _blocks(table: Table, file: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a file, some thousands at a time; an empty cell is null."""
    types = {column.name: _arrow_type(column) for column in table.columns}
    options = csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    block = csv.ReadOptions(block_size=_BLOCK_BYTES)
    with csv.open_csv(file, read_options=block, convert_options=options) as reader:
        for batch in reader:
            if batch.num_rows:
                yield batch.to_pylist()


def _arrow_type(column: Column[Any]) -> pa.DataType:
    if isinstance(column.type, Integer):
        return pa.int64()
    if isinstance(column.type, DateTime):
        return pa.timestamp("s")
    return pa.date32() if isinstance(column.type, Date) else pa.string()

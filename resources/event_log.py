"""Where Dagster records what happens: one SQLite file, whose connection is kept open.

Named as ``event_log_storage`` in ``dagster.yaml``. Dagster's own class makes a new SQLAlchemy
engine, and compiles its statements again, for every event: a tenth of a night on a small district.
It asks which tables there are and forces the disk for every event, too: as much of a tiny night.

The file is in WAL mode. An event is safe from a killed process once it is written, and from a power
cut once SQLite next forces the log to disk; the last events before one may be missing then, the
file is whole. The lake is forced to disk by its own writers and asks no event what is in it.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from functools import cached_property

import sqlalchemy as sa
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage

_BUSY_SECONDS = 20


class EventLog(ConsolidatedSqliteEventLogStorage):
    """Dagster's event log in one SQLite file."""

    @cached_property
    def _engine(self) -> sa.Engine:
        engine = sa.create_engine(self._conn_string, connect_args={"timeout": _BUSY_SECONDS})
        sa.event.listen(engine, "connect", _leave_the_log_to_checkpoints)
        return engine

    @cached_property
    def _tables(self) -> set[str]:
        """Tables that were found: none is ever dropped."""
        return set()

    def has_table(self, table_name: str) -> bool:
        """Say whether the file has a table."""
        if table_name not in self._tables and sa.inspect(self._engine).has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        """Close the connection; the next use opens it anew."""
        super().dispose()  # type: ignore[no-untyped-call] # Dagster says no types here
        self._engine.dispose()

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        """Open a transaction; every read and write of Dagster's class goes through here."""
        with self._engine.begin() as connection:
            yield connection


def _leave_the_log_to_checkpoints(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")

"""Where Dagster records what happens: one SQLite file, whose connection is kept open.

Named as ``event_log_storage`` in ``dagster.yaml``. Dagster's own class makes a new SQLAlchemy
engine, and compiles its statements again, for every event: a tenth of a night on a small district.
"""

import contextlib
from collections.abc import Iterator
from functools import cached_property

import sqlalchemy as sa
from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage

_BUSY_SECONDS = 20


class EventLog(ConsolidatedSqliteEventLogStorage):
    """Dagster's event log in one SQLite file."""

    @cached_property
    def _engine(self) -> sa.Engine:
        return sa.create_engine(self._conn_string, connect_args={"timeout": _BUSY_SECONDS})

    def dispose(self) -> None:
        """Close the connection; the next use opens it anew."""
        super().dispose()  # type: ignore[no-untyped-call] # Dagster says no types here
        self._engine.dispose()

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        """Open a transaction; every read and write of Dagster's class goes through here."""
        with self._engine.begin() as connection:
            yield connection

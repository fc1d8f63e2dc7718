"""Connections to the registry's database: who only reads, and the one who writes.

A reader sees one state from its first question to its last. Writers come one after another, also
from other processes: SQLite locks its file at once, PostgreSQL takes an advisory lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPIModule
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from hit_pipeline.errors import LakeError

_LOCK = 0x686974_72656769  # "hit regi"
_WAIT_SECONDS = 60
_CACHE_KIB = 65_536
"""What SQLite keeps in memory; with its own 2 MiB a large district's indexes are read for ever."""
_BACKENDS = ("sqlite", "postgresql")
_DRIVER = "Is the database there, and its driver installed (pip install 'hit-pipeline[postgres]')?"
_AGAIN = "Try again; `hit doctor` says whether the database can be reached."


def connect(url: str) -> Engine:
    """Return an engine that opens a connection for each use and keeps none.

    Args:
        url: SQLAlchemy URL: ``sqlite:///path`` or ``postgresql+psycopg://...``.

    Raises:
        LakeError: It is no URL of such a database, or its driver is not installed.
    """
    try:
        target = make_url(url)
        backend = target.get_backend_name()
        if backend not in _BACKENDS:
            message = f"a registry cannot be in a database of the kind {backend}."
            raise LakeError(message, remedy=f"Use one of {', '.join(_BACKENDS)}.")
        engine = create_engine(
            target,
            poolclass=NullPool,
            paramstyle="qmark" if backend == "sqlite" else "format",
            hide_parameters=True,  # an error must not repeat a pupil's identifier
            connect_args=_arguments(backend),
        )
    except (ArgumentError, ImportError, NoSuchModuleError, ValueError) as error:
        message = f"the registry cannot be opened: {type(error).__name__}."
        raise LakeError(message, remedy=_DRIVER) from None
    if backend == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _arguments(backend: str) -> dict[str, Any]:
    """Return what the driver is told: SQLite's is not to begin transactions by itself.

    It would leave changes of tables out of them.
    """
    return {"isolation_level": None, "timeout": _WAIT_SECONDS} if backend == "sqlite" else {}


def _set_up_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def is_sqlite(connection: Connection | Engine) -> bool:
    """Return whether the database is SQLite; the other there is, is PostgreSQL."""
    return connection.dialect.name == "sqlite"


@contextmanager
def asking(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one and the same state until it is closed.

    Raises:
        LakeError: The database could not be asked.
    """
    with _in_words(engine), engine.connect() as connection:
        if not is_sqlite(connection):
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction no other writer is in; an exception undoes all of it.

    Raises:
        LakeError: The database refused something, or another writer did not let go in a minute.
    """
    with _in_words(engine), engine.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin():
            if not is_sqlite(connection):
                connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection


@contextmanager
def _in_words(engine: Engine) -> Iterator[None]:
    """Turn what the database raises into words without values: its own may repeat a cell."""
    driver = engine.dialect.loaded_dbapi
    try:
        yield
    except (IntegrityError, driver.IntegrityError):
        message = "the registry refused a row: its key is not unique, or it refers to nothing."
        raise LakeError(message, remedy="Nothing was written.") from None
    except (SQLAlchemyError, driver.Error) as error:
        stated = getattr(error, "orig", None) or error
        message = (
            f"the registry's database failed ({type(stated).__name__}{_safe(stated, driver)})."
        )
        raise LakeError(message, remedy=_AGAIN) from None


def _safe(error: BaseException, driver: DBAPIModule) -> str:
    """Return the first line of an error that can name no cell: of the connection, or of SQLite."""
    if isinstance(error, driver.OperationalError) or type(error).__module__ == "sqlite3":
        return f": {str(error).partition(chr(10))[0]}"
    return ""

"""Asking a student information system's database: the contract's queries, run to read only.

All queries of a pull see one state of the database where it can show one. Rows come in batches from
a cursor of the server and are written as text, so a table of any size passes through little memory.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, CursorResult, Engine, create_engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from hit_pipeline.errors import PermanentSourceError, SourceError, TransientSourceError
from hit_pipeline.settings import District
from hit_pipeline.settings_remote import Sql
from hit_pipeline.sources.contract.asked import Query
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.database.cells import Changed, as_text, cursor_of, since_of
from hit_pipeline.sources.database.failures import failure_of
from hit_pipeline.sources.pull.pulling import Part, PulledPart, Spool
from hit_pipeline.sources.retry import Patience
from hit_pipeline.sources.transport import Look

_READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
"""What makes a session read only, told once a connection."""
_ONE_STATE = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ", "mssql": "SNAPSHOT"}
"""Isolation in which all queries see one state, where it takes no locks of others."""


def puller(district: District, name: str, contract: Contract) -> "SqlPuller":
    """Return what asks a ``sis_sql`` source.

    Raises:
        PermanentSourceError: The contract has no query.
    """
    settings = district.sources[name].sql
    queries = {file: spec.query for file, spec in contract.files.items() if spec.query is not None}
    if settings is None or not queries:
        message = f"{name}: its contract {contract.id} has no query."
        raise PermanentSourceError(message, source=name, remedy="Give its files a `query`.")
    return SqlPuller(name, settings, queries)


@dataclass(frozen=True)
class SqlPuller:
    """Asks one database.

    Attributes:
        source: Name of the source.
        settings: The database.
        queries: Queries by the contract's name of the file.
    """

    source: str
    settings: Sql
    queries: Mapping[str, Query]

    @property
    def files(self) -> Sequence[str]:
        """Names of the files, in the contract's order."""
        return tuple(self.queries)

    @property
    def fingerprint(self) -> str:
        """The queries and their parameters."""
        told = [query.model_dump_json() for query in self.queries.values()]
        return "\n".join([*told, str(sorted(self.settings.parameters.items()))])

    def pull(self, spool: Spool, parts: Sequence[Part]) -> None:
        """Run every query that is not whole yet, in one transaction.

        Raises:
            TransientSourceError: The database cannot be reached, or went away; parts that are
                whole stay.
            PermanentSourceError: A password, a permission, a table, a column or a parameter.
        """
        patience = Patience(self.settings.retries)
        patience.tried(lambda: self._run(spool, [p for p in parts if spool.whole(p.file) is None]))

    def look(self) -> Iterator[Look]:
        """Connect, and run each query for its first row."""
        try:
            with self._connected() as connection:
                yield Look("connection", ok=True, seen=f"{connection.dialect.name} answers")
                for file in self.files:
                    yield self._looked_at(connection, file)
        except SourceError as failure:
            yield Look("connection", ok=False, seen=str(failure))

    def _looked_at(self, connection: Connection, file: str) -> Look:
        try:
            with self._result(connection, file, None) as result:
                first = result.fetchone()
                columns = len(result.keys())
        except SQLAlchemyError as error:
            connection.rollback()
            return Look(file, ok=False, seen=str(failure_of(error, self.source, file)))
        rows = "rows" if first is not None else "no row"
        return Look(
            file, ok=first is not None, seen=f"the query gives {columns} columns and {rows}"
        )

    def _run(self, spool: Spool, parts: Sequence[Part]) -> None:
        with self._connected() as connection:
            for part in parts:
                try:
                    spool.finish(self._asked(connection, spool.folder, part))
                except SQLAlchemyError as error:
                    raise failure_of(error, self.source, part.file) from None

    def _connected(self) -> "_Session":
        return _Session(self.source, self.settings)

    def _asked(self, connection: Connection, folder: Path, part: Part) -> PulledPart:
        """Write the rows of one query and say what they are."""
        query = self.queries[part.file]
        entry = f"{part.file}.parquet"
        with self._result(connection, part.file, part.since) as result:
            names = _names(result, self.source, part.file, query)
            place = names.index(query.since) if query.since else None
            written = _Written(folder / entry, names, place)
            with written:
                for batch in result.partitions(self.settings.batch_rows):
                    written.add(batch)
        counted = self._count(connection, part)
        if counted != written.rows:
            message = f"{self.source}: {part.file}: {counted} rows counted, {written.rows} fetched."
            raise TransientSourceError(message, source=self.source, remedy="It is tried again.")
        cursor = cursor_of(written.greatest) if written.greatest is not None else part.since
        return PulledPart(part.file, entry, part.mode, written.rows, cursor)

    def _result(self, connection: Connection, file: str, since: str | None) -> CursorResult[Any]:
        sql, values = self._statement(connection, file, since)
        streaming = connection.execution_options(
            stream_results=True, max_row_buffer=self.settings.batch_rows
        )
        return streaming.execute(text(sql), values)

    def _count(self, connection: Connection, part: Part) -> int:
        sql, values = self._statement(connection, part.file, part.since)
        counted = connection.execute(text(f"SELECT COUNT(*) FROM ({sql}) counted"), values)  # noqa: S608 (the contract's own query)
        return int(counted.scalar_one())

    def _statement(
        self, connection: Connection, file: str, since: str | None
    ) -> tuple[str, dict[str, Any]]:
        """Return a query, cut to its increment, and the values of its parameters."""
        query = self.queries[file]
        values: dict[str, Any] = dict(self.settings.parameters)
        named = text(query.sql).compile().params
        if missing := sorted(set(named) - set(values)):
            message = f"{self.source}: {file}: no value for the parameter {', '.join(missing)}."
            remedy = f"Set it in sources.{self.source}.sql.parameters."
            raise PermanentSourceError(message, source=self.source, remedy=remedy)
        values = {name: values[name] for name in named}
        if since is None or query.since is None:
            return query.sql, values
        column = connection.dialect.identifier_preparer.quote(query.since)
        values["_since"] = since_of(since, timedelta(hours=self.settings.look_back_hours))
        wanted = f"changed.{column} >= :_since OR changed.{column} IS NULL"
        return f"SELECT * FROM ({query.sql}) changed WHERE {wanted}", values  # noqa: S608


class _Session:
    """A connection that only reads, in one transaction; its own failures are told in our words."""

    def __init__(self, source: str, settings: Sql) -> None:
        self._source, self._settings = source, settings
        self._engine: Engine | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Connection:
        try:
            self._engine = _engine(self._source, self._settings)
            self._connection = self._engine.connect()
            level = _ONE_STATE.get(self._connection.dialect.name)
            if level is not None:
                self._connection = self._connection.execution_options(isolation_level=level)
        except SQLAlchemyError as error:
            self._close()
            raise failure_of(error, self._source, "connection") from None
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        try:
            if self._connection is not None:
                self._connection.close()
        except SQLAlchemyError:  # it went away by itself
            pass
        if self._engine is not None:
            self._engine.dispose()


def _engine(source: str, settings: Sql) -> Engine:
    try:
        url = make_url(settings.url)
        if settings.password is not None:
            url = url.set(password=settings.password.get_secret_value())
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=False)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        message = f"{source}: the database cannot be opened ({type(error).__name__})."
        remedy = f"Check sources.{source}.sql.url, and install the driver it names."
        raise PermanentSourceError(message, source=source, remedy=remedy) from None
    told = _READ_ONLY.get(url.get_backend_name())

    @event.listens_for(engine, "connect")
    def read_only(raw: Any, _record: object) -> None:
        if told is not None:
            cursor = raw.cursor()
            cursor.execute(told)
            cursor.close()
            raw.commit()

    @event.listens_for(engine, "handle_error")
    def closed(context: ExceptionContext) -> None:
        """Close the cursor of a broken connection, which SQLAlchemy leaves open."""
        execution = context.execution_context
        if execution is not None and execution.cursor is not None:
            with contextlib.suppress(engine.dialect.loaded_dbapi.Error):
                execution.cursor.close()

    return engine


def _names(result: CursorResult[Any], source: str, file: str, query: Query) -> list[str]:
    names = list(result.keys())
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"{source}: {file}: the query gives {', '.join(twice)} more than once."
        raise PermanentSourceError(message, source=source, remedy="Name each column with AS.")
    if query.since is not None and query.since not in names:
        message = f"{source}: {file}: the query does not give {query.since}, its `since`."
        remedy = f"It gives {', '.join(names)}."
        raise PermanentSourceError(message, source=source, remedy=remedy)
    return names


class _Written:
    """Writes rows as Parquet of text, batch by batch.

    Attributes:
        rows: Rows so far.
        greatest: Greatest value of the column of changes so far; None: there is none.
    """

    def __init__(self, path: Path, names: Sequence[str], since: int | None) -> None:
        self.rows = 0
        self.greatest: Changed | None = None
        self._since = since
        self._schema = pa.schema([(name, pa.string()) for name in names])
        self._writer = pq.ParquetWriter(path, self._schema)

    def __enter__(self) -> "_Written":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def add(self, batch: Sequence[Sequence[Any]]) -> None:
        """Write a batch."""
        columns = list(zip(*batch, strict=True))
        cells = [pa.array([as_text(one) for one in column], pa.string()) for column in columns]
        self._writer.write_table(pa.table(cells, schema=self._schema))
        self.rows += len(batch)
        if self._since is not None:
            known = [one for one in columns[self._since] if one is not None]
            found = [*known, *([self.greatest] if self.greatest is not None else [])]
            self.greatest = max(found, default=None)

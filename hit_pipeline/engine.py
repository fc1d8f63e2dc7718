"""The table engine: ibis expressions on DuckDB, in this process, out of core.

Only this module knows how a table is read, written or kept between steps. Everything above it is
an ibis expression.
"""

import atexit
import contextlib
import gc
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb.converter import DuckDBPyArrowData
from ibis.backends.sql.datatypes import DuckDBType

from hit_pipeline.engine_functions import TRIMMED_MACRO
from hit_pipeline.engine_shapes import Shapes
from hit_pipeline.engine_sql import Compiler, lean
from hit_pipeline.tables.model import Table
from hit_pipeline.tables.schema import empty, ibis_schema, refuse_missing

_SHAPES = Shapes()


@dataclass(frozen=True)
class EngineOptions:
    """Limits of the engine.

    Attributes:
        memory: DuckDB's memory limit, such as ``700MB``; more spills to disk.
        threads: Worker threads; None leaves it to DuckDB.
        spill: Folder for spilled data; None spills to the system's temporary folder.
    """

    memory: str = "1GB"
    threads: int | None = None
    spill: Path | None = None


@dataclass
class Engine:
    """One open engine. Use as a context manager; not safe to share between threads.

    Attributes:
        backend: The ibis backend.
        statements: The SQL of every table written since ``take_statements`` was last called.
    """

    backend: Any
    _disabled: list[str]
    statements: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, options: EngineOptions | None = None) -> Self:
        """Open an engine; those of one process with the same limits share them.

        What an engine keeps is its own and goes when it is closed.
        """
        # Both for the whole process. Merging nested selects is left to DuckDB: in ibis it takes
        # most of a night's time. Expressions are many small objects that live for a step: looking
        # for cycles among them as often as Python does by default takes a sixth of it.
        ibis.options.sql.fuse_selects = False
        gc.set_threshold(50_000, 20, 50)
        database = _database(options or EngineOptions())
        backend = ibis.duckdb.from_connection(database.connection.cursor())
        backend.compiler = Compiler()
        backend.con.execute(TRIMMED_MACRO)
        return cls(backend, database.disabled)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.backend.disconnect()

    @property
    def duckdb(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection below, for reading files and for the release."""
        connection: duckdb.DuckDBPyConnection = self.backend.con
        return connection

    def read(self, paths: Sequence[Path], table: Table | None = None) -> ir.Table:
        """Read Parquet files as one table; column order is the first file's.

        A typed table's files hold the columns their source feeds: the others come back null.
        Without any path the declared table comes back empty; then ``table`` must be given.
        """
        if not paths:
            if table is None:
                message = "no file to read and no declaration to make an empty table from"
                raise ValueError(message)
            return empty(table)
        held = pa.unify_schemas([pq.read_schema(path) for path in paths])
        kinds = ibis.Schema.from_pyarrow(held).items()
        present = ibis.schema({name: kind.copy(nullable=True) for name, kind in kinds})
        schema = present if table is None else ibis_schema(table)
        if table is not None and table.layer != "typed":
            refuse_missing(table, present.names)
        chosen = ", ".join(_column(name, kind, present.get(name)) for name, kind in schema.items())
        files = ", ".join(_quoted(str(path)) for path in paths)
        scan = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
        return self.view("read", schema, f"FROM {scan} SELECT {chosen}")

    def view(self, stem: str, schema: ibis.Schema, query: str) -> ir.Table:
        """Return a query of one's own, whose columns are known, as a table expression."""
        name = ibis.util.gen_name(stem)
        self.duckdb.execute(f'CREATE TEMP VIEW "{name}" AS {query}')
        return ops.DatabaseTable(name, schema=schema, source=self.backend).to_expr()

    def keep(self, rows: ir.Table) -> ir.Table:
        """Compute an expression once and keep the result as a temporary table.

        Raises:
            ValueError: A column is a null without a type.
        """
        return self._keep("kept", rows.schema(), self._compiled(rows))

    def from_arrow(self, rows: pa.Table) -> ir.Table:
        """Bring Arrow data into the engine as a temporary table.

        Raises:
            ValueError: A column is a null without a type.
        """
        given = ibis.util.gen_name("arrow")
        self.duckdb.register(given, rows)
        schema = ibis.Schema.from_pyarrow(rows.schema)
        kept = self._keep("given", schema, f'FROM "{given}"')
        self.duckdb.unregister(given)
        return kept

    def _compiled(self, asked: ir.Expr) -> str:
        self.backend._register_in_memory_tables(asked)  # ibis has no public way
        return _SHAPES.sql(asked, lambda new: str(self.backend.compile(lean(new))))

    def _computed(self, asked: ir.Expr) -> Any:
        found = self.duckdb.sql(self._compiled(asked)).to_arrow_table()
        return asked.__pyarrow_result__(found, data_mapper=DuckDBPyArrowData)

    def _keep(self, stem: str, schema: ibis.Schema, query: str) -> ir.Table:
        """Write a query's rows into a temporary table of a schema.

        ``create_table`` of ibis does the same and asks the database about its own result each time,
        which is most of the time of a small table.
        """
        if schema.null_fields:
            message = f"columns without a type: {', '.join(schema.null_fields)}"
            raise ValueError(message)
        name = ibis.util.gen_name(stem)
        kinds = {column: _stored(kind) for column, kind in schema.items()}
        columns = ", ".join(f"{_name(column)} {sql}" for column, (sql, _) in kinds.items())
        self.duckdb.execute(f'CREATE TEMP TABLE "{name}" ({columns})')
        self.duckdb.execute(f'INSERT INTO "{name}" {query}')
        stored = ibis.schema({column: kind for column, (_, kind) in kinds.items()})
        return ops.DatabaseTable(name, schema=stored, source=self.backend).to_expr()

    def drop(self, *tables: ir.Table) -> None:
        """Let go of tables that `keep` or `from_arrow` made, and of their memory."""
        for table in tables:
            self.duckdb.execute(f'DROP TABLE "{table.get_name()}"')

    def collect(self, rows: ir.Table) -> pa.Table:
        """Compute an expression into memory; for small results only."""
        result: pa.Table = self._computed(rows)
        return result

    def scalar(self, value: ir.Value) -> Any:
        """Compute one value, such as a count; the rows of a whole table are counted at once."""
        match value.op():
            case ops.CountStar(arg=ops.DatabaseTable(name=name), where=None):
                ((count,),) = self.duckdb.execute(f'FROM "{name}" SELECT count(*)').fetchall()
                return count
        return self._computed(value).as_py()

    def write(
        self,
        rows: ir.Table,
        path: Path,
        *,
        order_by: Sequence[str] = (),
        closed: Mapping[str, Iterable[str]] | None = None,
    ) -> int:
        """Write an expression as one Parquet file, durably, replacing what was there.

        The file appears whole or not at all (temporary name, fsync, rename). With ``order_by`` the
        rows are sorted, nulls last. Without it they keep the order of what was read through
        filters, computed columns, unions and left joins with a smaller right side (see
        `joins_as_written`); sorting costs more than writing. Either way equal rows give equal
        bytes. Groups, distinct rows and other joins have no order of their own: sort them.

        Args:
            rows: What to write.
            path: The file.
            order_by: Columns to sort by.
            closed: Text columns and every value they hold: they are written as text all the same,
                ten times faster. A value that is not listed fails the write.

        Returns:
            The number of rows written.
        """
        ordered = (
            rows.order_by([rows[name].asc(nulls_first=False) for name in order_by])
            if order_by
            else rows
        )
        query = _with_casts(self._compiled(ordered), ordered.schema(), closed or {})
        self.statements.append(query)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
        target = str(draft).replace("'", "''")
        how = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
        if not order_by:
            how += ", PRESERVE_ORDER true"  # or else joins let row groups change places
        # By statistics DuckDB knows which columns hold no null, and says so in the file: then one
        # school year's file would not have the schema of the next.
        with self._without("statistics_propagation"):
            self.duckdb.execute(f"COPY ({query}) TO '{target}' ({how})")
        sync_file(draft)
        draft.replace(path)
        sync_folder(path.parent)
        written = self.duckdb.execute(
            "SELECT num_rows FROM parquet_file_metadata(?)", [str(path)]
        ).fetchall()
        return int(written[0][0])

    @contextlib.contextmanager
    def filters_last(self) -> Iterator[None]:
        """Apply filters where an expression has them, for a block.

        Otherwise DuckDB moves a filter over computed columns below their computation and computes
        them twice: once to filter, once to keep. For wide scans that parse and then filter.
        """
        with self._without("filter_pushdown"):
            yield

    @contextlib.contextmanager
    def joins_as_written(self) -> Iterator[None]:
        """Look the left rows of every join up in its right ones, for a block.

        Otherwise DuckDB swaps the sides where the right one seems larger, and the rows of a left
        join lose their order.
        """
        with self._without("build_side_probe_side"):
            yield

    @contextlib.contextmanager
    def _without(self, optimizer: str) -> Iterator[None]:
        self._disabled.append(optimizer)
        self._set_disabled()
        try:
            yield
        finally:
            self._disabled.pop()
            self._set_disabled()

    def _set_disabled(self) -> None:
        self.duckdb.execute(f"SET disabled_optimizers = '{','.join(self._disabled)}'")

    def take_statements(self) -> list[str]:
        """Return the SQL written since the last call, and forget it."""
        taken, self.statements = self.statements, []
        return taken


@dataclass(frozen=True)
class _Database:
    """A database in memory, and the optimizers its engines do without just now: it has one list."""

    connection: duckdb.DuckDBPyConnection
    disabled: list[str] = field(default_factory=list)


@lru_cache(maxsize=1)
def _database(options: EngineOptions) -> _Database:
    """Return the database in memory behind all engines of these limits; making one takes 20 ms."""
    config: dict[str, Any] = {
        "memory_limit": options.memory,
        "autoinstall_known_extensions": False,
        "enable_external_file_cache": False,  # or else files read once stay in memory
    }
    if options.threads is not None:
        config["threads"] = options.threads
    if options.spill is not None:
        config["temp_directory"] = str(options.spill)
    return _Database(duckdb.connect(config=config))


# A forked process would inherit it without its threads; at the end its library reports a leak.
os.register_at_fork(before=_database.cache_clear)
atexit.register(_database.cache_clear)


@cache
def _stored(kind: dt.DataType) -> tuple[str, dt.DataType]:
    """Return DuckDB's name of a type, and the type that a column of that name has."""
    sql = DuckDBType.to_string(kind)
    return sql, DuckDBType.from_string(sql)


def _column(name: str, wanted: dt.DataType, present: dt.DataType | None) -> str:
    """Return a column as it is wanted: cast where the files have another type, null where none."""
    if present == wanted:
        return _name(name)
    given = "NULL" if present is None else _name(name)
    return f"CAST({given} AS {_stored(wanted)[0]}) AS {_name(name)}"


_WRITTEN = {"int64": "BIGINT", "float64": "DOUBLE", "date": "DATE"}


def _with_casts(query: str, schema: ibis.Schema, closed: Mapping[str, Iterable[str]]) -> str:
    """Return the query with the types that are written.

    Integers, numbers and dates are cast, because DuckDB's sums and date arithmetic give wider types
    than ibis says; text columns whose values are known become enumerations, which Parquet stores as
    text.
    """
    types = {name: _WRITTEN[str(kind)] for name, kind in schema.items() if str(kind) in _WRITTEN}
    known = {name: ", ".join(map(_quoted, of)) for name, of in closed.items()}
    types |= {name: f"ENUM ({of})" for name, of in known.items() if of}
    if not types:
        return query
    casts = ", ".join(
        f"CAST({_name(one)} AS {kind}) AS {_name(one)}" for one, kind in types.items()
    )
    return f"SELECT * REPLACE ({casts}) FROM (\n{query}\n)"  # noqa: S608 (our own expression)


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def sync_file(path: Path) -> None:
    """Force a file's bytes to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Force a folder's entries to disk, so that a rename in it survives a crash."""
    sync_file(path)

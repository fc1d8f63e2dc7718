"""Counting what stands against each rule, in as few passes over a file as possible.

Belongs here: DuckDB. Which rules there are is decided in `catalog`, what a count means for the
table in `validation`. Nothing but counts and row references leaves this module.

Every rule about single rows is counted in one scan: nulls come from the statistics of the file
where it has them, codes and numbers from the columns themselves. A key is first proved unique by
the number of distinct 64-bit hashes: when it equals the number of rows, no two keys are equal.
Only otherwise are the keys themselves grouped. A reference is first sought in the same place of the
other file, then anywhere. References and totals are a query each.

Of a file without rows the footer answers every rule but the totals: see `answered_by_footer`.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.baseline import quoted
from expectations.rule import Rule
from hit_pipeline.lake import Lake
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Table
from hit_pipeline.tables.schema import arrow_schema

MOST_REFERENCES = 20
"""How many rows against a rule are named."""

_MEMORY = "300MB"
_ORIGINS = (("_delivery_id", "_file", "_row"), ("delivery_id", "file", "row"))
_LOG = logging.getLogger(__name__)
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Surroundings:
    """What rules may ask for beside the table.

    Attributes:
        lake: Where the other tables lie.
        school_year: Partition of the file; None for a table without partitions.
        as_of: Date of the run, UTC.
    """

    lake: Lake
    school_year: str | None
    as_of: date


@dataclass(frozen=True)
class Measured:
    """What was counted in one file.

    Attributes:
        row_count: Rows of the file; 0 when it cannot be read.
        against: By rule id, what stands against it: rows; for a key, values that occur more than
            once; for columns, places that are not as declared; for a total, the difference. A
            rule that could not be counted is missing.
        rows: By rule id, references ``delivery:file:row`` to rows against it, at most
            `MOST_REFERENCES`, where the table says where its rows come from.
    """

    row_count: int
    against: Mapping[str, int]
    rows: Mapping[str, tuple[str, ...]]


NOTHING_MEASURED = Measured(0, {}, {})
"""Of a file without rows, when no rule is left to count."""


def answered_by_footer(table: Table, path: Path, rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules nothing can stand against, as the footer of a file says.

    Where the file holds no row and its columns are those declared, these are all but the totals,
    which ask other tables too. In any other case, also when the file cannot be read, there are
    none. Tables referred to are not opened: nothing refers to them.
    """
    with contextlib.suppress(pa.ArrowException, OSError):
        footer = pq.read_metadata(path)
        if footer.num_rows == 0 and _misplaced(footer.schema.to_arrow_schema(), table) == 0:
            return [rule for rule in rules if rule.kind != "total"]
    return []


def measure(table: Table, path: Path, rules: Sequence[Rule], around: Surroundings) -> Measured:
    """Count what stands against the rules in one Parquet file of a table.

    A rule whose count raises is left out, and logged by its id and the kind of error only: the
    texts of DuckDB's errors repeat values.
    """
    with _opened(around) as connection:
        file = _File(connection, table, path)
        _attempt(f"reading {table.name}", partial(_show, connection, table.name, [path]))
        for other in sorted({name for rule in rules for name in rule.reads} - {table.name}):
            _attempt(f"reading {other}", partial(_show_promoted, connection, other, around))
        row_count = _attempt(f"{table.name} rows", partial(file.scalar, "count(*)")) or 0
        counts = file.scanned([rule for rule in rules if _is_shared(rule)])
        for rule in rules:
            if not _is_shared(rule):
                counts[rule.id] = _attempt(rule.id, partial(file.counted, rule))
        known = {rule: count for rule, count in counts.items() if count is not None}
        named = {
            rule.id: _attempt(rule.id, partial(file.references, rule)) or ()
            for rule in rules
            if known.get(rule.id)
        }
    return Measured(row_count, known, named)


@dataclass(frozen=True)
class _File:
    """The file under its table's name in a DuckDB.

    Attributes:
        connection: The DuckDB.
        table: Its table.
        path: The file.
    """

    connection: duckdb.DuckDBPyConnection
    table: Table
    path: Path

    def scalar(self, value: str) -> int:
        """Return one figure over the table."""
        return int(self._row(f"FROM {self._name} SELECT {value}")[0])

    def scanned(self, rules: Sequence[Rule]) -> dict[str, int | None]:
        """Count rules about single rows in one scan; where that breaks, each in its own."""
        if not rules:
            return {}
        values = ", ".join(_aggregate(rule) for rule in rules)
        query = f"FROM {self._name} SELECT {values}"
        together = _attempt(f"{self.table.name} scan", partial(self._row, query))
        if together is not None:
            return {rule.id: int(count) for rule, count in zip(rules, together, strict=True)}
        return {
            rule.id: _attempt(rule.id, partial(self.scalar, _aggregate(rule))) for rule in rules
        }

    def counted(self, rule: Rule) -> int:
        """Count one rule in a query of its own."""
        match rule.kind:
            case "columns":
                return _misplaced(pq.read_schema(self.path), self.table)
            case "key":
                return self._repeated()
            case "reference" if self._lies_beside(rule):
                return 0
            case "total":
                return abs(int(self._row(f"SELECT {rule.against}")[0]))
            case _:
                return self.scalar(_aggregate(rule))

    def references(self, rule: Rule) -> tuple[str, ...]:
        """Return references to rows against a rule, in order; none where rows have no origin."""
        origin = next((one for one in _ORIGINS if {*one} <= {*self.table.column_names}), None)
        if origin is None or rule.kind in ("columns", "total"):
            return ()
        told = f"concat_ws(':', {', '.join(map(quoted, origin))})"
        found = f"WHERE {rule.against}"
        if rule.kind == "key":
            found = f"QUALIFY count(*) OVER (PARTITION BY {self._key}) > 1"
        order = ", ".join(map(quoted, origin))
        query = f"FROM {self._name} SELECT {told} {found} ORDER BY {order} LIMIT {MOST_REFERENCES}"
        return tuple(row[0] for row in self.connection.execute(query).fetchall())

    @property
    def _name(self) -> str:
        return quoted(self.table.name)

    @property
    def _key(self) -> str:
        return ", ".join(map(quoted, self.table.key))

    def _repeated(self) -> int:
        """Count key values that occur more than once; nulls count as values."""
        hashes = f"count(DISTINCT hash({self._key}))"
        if self.scalar(f"count(*) - {hashes}") == 0:
            return 0
        groups = f"FROM {self._name} SELECT 1 GROUP BY {self._key} HAVING count(*) > 1"
        return int(self._row(f"FROM ({groups}) SELECT count(*)")[0])

    def _lies_beside(self, rule: Rule) -> bool:
        """Say whether every reference stands in the same place of its file as what it refers to.

        Then all are found. Tables made from one log often lie like this; comparing them so costs a
        quarter of the time and a fifth of the memory of seeking each key among all keys.
        """
        other = quoted(rule.reads[0])
        if self.scalar("count(*)") != self._row(f"FROM {other} SELECT count(*)")[0]:
            return False
        pairs = [
            (f"one.{quoted(name)}", f"other.{quoted(to)}")
            for name, to in zip(rule.columns, rule.to, strict=True)
        ]
        stated = " AND ".join(f"{name} IS NOT NULL" for name, _ in pairs)
        apart = " OR ".join(f"{name} IS DISTINCT FROM {to}" for name, to in pairs)
        both = f"{self._name} AS one POSITIONAL JOIN {other} AS other"
        return bool(self._row(f"FROM {both} SELECT count(*) WHERE {stated} AND ({apart})")[0] == 0)

    def _row(self, query: str) -> tuple[Any, ...]:
        return self.connection.execute(query).fetchall()[0]


def _misplaced(schema: pa.Schema, table: Table) -> int:
    """Count the places at which the column is not the declared one, by name and type."""
    schemas = (schema, arrow_schema(table))
    found, declared = ([(field.name, field.type) for field in one] for one in schemas)
    return sum(one != other for one, other in zip_longest(found, declared))


@contextlib.contextmanager
def _opened(around: Surroundings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB with the limits of a check; it and its memory end with the block."""
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(around.lake.root / "spill"),
        "autoinstall_known_extensions": False,
    }
    with duckdb.connect(config=limits) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET VARIABLE school_year = $1::TEXT", [around.school_year])
        connection.execute("SET VARIABLE as_of = $1::DATE", [around.as_of])
        yield connection


def _show(connection: duckdb.DuckDBPyConnection, name: str, paths: Sequence[Path]) -> None:
    """Make files known as one table; what the name of a folder says of them is not believed."""
    files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    read = f"read_parquet([{files}], hive_partitioning = false, union_by_name = true)"
    connection.execute(f"CREATE TEMP VIEW {quoted(name)} AS FROM {read}")


def _show_promoted(connection: duckdb.DuckDBPyConnection, name: str, around: Surroundings) -> None:
    """Make a promoted table known: the same school year where both have one, else all of it."""
    other = TABLES[name]
    paths = around.lake.parts(other)
    if other.partitioned and around.school_year is not None:
        paths = [path for path in paths if path == around.lake.part(other, around.school_year)]
    if paths:
        _show(connection, name, paths)
    else:
        connection.register(name, arrow_schema(other).empty_table())


def _attempt(what: str, work: Callable[[], _Found]) -> _Found | None:
    """Return what a piece of work returns; None when a file cannot be read or asked that."""
    try:
        return work()
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        _LOG.warning("%s broke: %s", what, type(error).__name__)
        return None


def _is_shared(rule: Rule) -> bool:
    """Say whether a rule is counted in the scan all such rules share."""
    return rule.kind not in ("columns", "key", "total") and not rule.reads


def _aggregate(rule: Rule) -> str:
    if rule.kind == "required":
        return f"count(*) - count({quoted(rule.columns[0])})"
    return f"count(*) FILTER (WHERE {rule.against})"

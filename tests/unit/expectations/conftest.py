"""A small lake, and rows that fit their declaration unless a test says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.run import check
from hit_pipeline.lake import Lake
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Column, Table
from hit_pipeline.tables.schema import arrow_schema
from hit_pipeline.verdict import Verdict

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
YEAR = "2026-27"
MONDAY = date(2026, 9, 7)
_DEFAULTS: dict[str, Any] = {
    "integer": 1,
    "number": 0.5,
    "decimal": Decimal(1),
    "boolean": True,
    "date": MONDAY,
    "timestamp": datetime(2026, 9, 7, 15, tzinfo=UTC),
    "local_timestamp": datetime(2026, 9, 7, 10),  # noqa: DTZ001 (a wall clock)
}
Row = Mapping[str, Any]


def filled(table: Table, cells: Row, number: int) -> dict[str, Any]:
    """Return a row with every required column filled; text differs from row to row."""
    assert not cells.keys() - {*table.column_names}
    return {
        column.name: cells.get(column.name, _default(column, number)) for column in table.columns
    }


def _default(column: Column, number: int) -> object:
    if not column.required:
        return None
    if column.name == "school_year":
        return YEAR
    if column.type == "text":
        return column.valid[0] if column.valid else f"{column.name}-{number}"
    return number if column.name == "_row" else _DEFAULTS[column.type]


def as_arrow(table: Table, rows: Sequence[Row]) -> pa.Table:
    """Return rows as Arrow data under the declared schema."""
    whole = [filled(table, row, number) for number, row in enumerate(rows, start=1)]
    return pa.Table.from_pylist(whole, schema=arrow_schema(table))


@dataclass(frozen=True)
class Bench:
    """A lake to check tables against.

    Attributes:
        lake: The lake.
    """

    lake: Lake

    def promoted(self, name: str, *rows: Row, school_year: str = YEAR) -> None:
        """Put rows where the promoted table lies."""
        table = TABLES[name]
        path = self.lake.part(table, school_year if table.partitioned else None)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(as_arrow(table, rows), path)

    def candidate(self, table: Table, data: pa.Table) -> Path:
        """Write a file to be checked."""
        path = self.lake.root / f"{table.name}.parquet"
        pq.write_table(data, path)
        return path

    def check(self, name: str, *rows: Row) -> Verdict:
        """Check a table that holds rows."""
        return self.check_data(TABLES[name], as_arrow(TABLES[name], rows))

    def check_data(self, table: Table, data: pa.Table) -> Verdict:
        """Check a table that holds Arrow data."""
        return self.check_file(table, self.candidate(table, data))

    def check_file(self, table: Table, path: Path) -> Verdict:
        """Check a file."""
        year = YEAR if table.partitioned else None
        return check(table, path, lake=self.lake, school_year=year, now=NOW)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A lake without tables."""
    return Bench(Lake.open(tmp_path / "lake"))


def failed(verdict: Verdict) -> dict[str, int | None]:
    """Return what stands against each rule that did not pass."""
    return {outcome.rule: outcome.unexpected for outcome in verdict.failures}

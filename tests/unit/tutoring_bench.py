"""A lake with typed and promoted rows of one's own making, to run tutoring builders on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from hit_pipeline.conform.context import BuildContext, Builder
from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema, conform_to

if TYPE_CHECKING:
    from hit_pipeline.registry.database import Registry

Row = dict[str, Any]
NOW = datetime(2026, 11, 13, 6, tzinfo=UTC)
"""The bench's nights are those of 12 to 13 November 2026: today is the 13th in Chicago."""
YEAR = "2026-27"


@dataclass
class Known:
    """Stands in for the registry: a record `rec-X` is the person `X`, unless it is a stranger."""

    strangers: set[str] = field(default_factory=set)
    records: dict[str, set[str]] = field(
        default_factory=lambda: {"student": set(), "tutor": set(), "staff": set()}
    )

    def matched(self, role: str) -> pa.Table:
        records = sorted(self.records[role] - self.strangers)
        keys = [record.removeprefix("rec-").partition("@")[0] for record in records]
        return pa.table(
            {
                "person_record_id": pa.array(records, pa.string()),
                "person_key": pa.array(keys, pa.string()),
            }
        )


@dataclass
class TutoringBench:
    """One district: its settings, lake and people."""

    engine: Engine
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    known: Known = field(default_factory=Known)

    @property
    def lake(self) -> Lake:
        return Lake.open(self.folder / "lake")

    @property
    def district(self) -> District:
        usual = {"name": "Ours", "time_zone": "America/Chicago"}
        return District.model_validate(
            {**self.settings, "district": {**usual, **self.settings.get("district", {})}}
        )

    def context(self, year: str | None = YEAR) -> BuildContext:
        registry = cast("Registry", self.known)
        return BuildContext(self.engine, self.lake, self.district, registry, NOW, year)

    def typed(self, source: str, table: str, rows: Sequence[Row], delivery: str = "d1") -> None:
        """Write the typed rows of a source; columns not given are null.

        ``student``, ``tutor`` and ``staff`` name a person; two spellings of one are ``ann`` and
        ``ann@2``.
        """
        declared = TABLES[table]
        full = []
        for number, row in enumerate(rows, start=1):
            people = {
                f"{role}_record_id": self._record(role, row.get(role))
                for role in ("student", "tutor", "staff")
            }
            stated = {name: value for name, value in row.items() if name in declared.column_names}
            usual = {
                "_source": source,
                "_delivery_id": f"{source}-{delivery}",
                "_row": number,
                "_file": table.removeprefix("typed_"),
                "record_level": "participant",
            }
            whole = {**usual, **people, **stated}
            full.append({name: whole.get(name) for name in declared.column_names})
        given = self.engine.from_arrow(pa.Table.from_pylist(full, schema=arrow_schema(declared)))
        path = self.lake.typed(source) / f"{table}.parquet"
        self.engine.write(conform_to(declared, given), path)

    def promoted(self, table: str, rows: Sequence[Row], year: str = YEAR) -> None:
        """Write rows of a promoted table; columns not given are null."""
        declared = TABLES[table]
        full = [
            {**dict.fromkeys(declared.column_names), "school_year": year, **row} for row in rows
        ]
        cells = [{name: row.get(name) for name in declared.column_names} for row in full]
        given = self.engine.from_arrow(pa.Table.from_pylist(cells, schema=arrow_schema(declared)))
        part = self.lake.part(declared, year if declared.partitioned else None)
        self.engine.write(given, part)

    def build(self, builder: Builder, year: str | None = YEAR) -> list[Row]:
        """Run a builder and return the rows, strictly cast and sorted by key."""
        declared = TABLES[builder.__name__]
        context = self.context(year if declared.partitioned else None)
        rows: list[Row] = self.engine.collect(conform_to(declared, builder(context))).to_pylist()
        return sorted(rows, key=lambda row: [str(row[name]) for name in declared.key])

    def stored_types(self, builder: Builder) -> dict[str, pa.DataType]:
        """Write what a builder returns, as the pipeline does, and return the types in the file."""
        declared = TABLES[builder.__name__]
        path = self.folder / f"{declared.name}.parquet"
        context = self.context(YEAR if declared.partitioned else None)
        self.engine.write(conform_to(declared, builder(context)), path)
        schema = pq.read_schema(path)
        return dict(zip(schema.names, schema.types, strict=True))

    def promote(self, builder: Builder, year: str = YEAR) -> list[Row]:
        """Build, and make the result the promoted table."""
        rows = self.build(builder, year)
        self.promoted(builder.__name__, rows, year)
        return rows

    def _record(self, role: str, person: str | None) -> str | None:
        if person is None:
            return None
        record = f"rec-{person}"
        self.known.records[role].add(record)
        return record


def pick(rows: Sequence[Row], *columns: str) -> list[tuple[Any, ...]]:
    """Return some columns of rows as tuples."""
    return [tuple(row[name] for name in columns) for row in rows]


def by(rows: Sequence[Row], *columns: str) -> Mapping[Any, Row]:
    """Return rows by the value of some columns; no two rows may share it."""
    keyed = {
        tuple(row[name] for name in columns) if len(columns) > 1 else row[columns[0]]: row
        for row in rows
    }
    assert len(keyed) == len(rows)
    return keyed

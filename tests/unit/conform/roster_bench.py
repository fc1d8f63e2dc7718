"""A lake with typed rows of one's own making, to run builders of roster tables on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from hit_pipeline.conform.context import BuildContext, Builder
from hit_pipeline.engine import Engine
from hit_pipeline.identity.records import with_record_id
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema, conform_to

if TYPE_CHECKING:
    from hit_pipeline.registry.database import Registry

Row = dict[str, Any]


@dataclass
class Known:
    """Stands in for the registry: who is known, and which record is whom."""

    keys: dict[str, dict[str, str]] = field(default_factory=lambda: {"student": {}, "staff": {}})
    everybody: dict[str, set[str]] = field(
        default_factory=lambda: {"student": set(), "staff": set()}
    )

    def matched(self, role: str) -> pa.Table:
        pairs = self.keys[role]
        return pa.table(
            {
                "person_record_id": pa.array(pairs.keys(), pa.string()),
                "person_key": pa.array(pairs.values(), pa.string()),
            }
        )

    def people(self, role: str) -> pa.Table:
        keys = sorted(self.everybody[role])
        created = [datetime(2026, 8, 1, tzinfo=UTC)] * len(keys)
        return pa.table(
            {
                "person_key": pa.array(keys, pa.string()),
                "created_at": pa.array(created, pa.timestamp("us", tz="UTC")),
            }
        )


@dataclass
class Bench:
    """One district: its lake, its deliveries and its people."""

    engine: Engine
    folder: Path
    sources: dict[str, dict[str, Any]]
    deliveries: list[Delivery] = field(default_factory=list)
    known: Known = field(default_factory=Known)
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def lake(self) -> Lake:
        return Lake.open(self.folder / "lake")

    def deliver(self, source: str, delivery: str, at: datetime) -> None:
        """Say that a delivery of a source was received."""
        self.deliveries.append(
            Delivery(
                delivery_id=delivery,
                source=source,
                name=delivery,
                received_at=at,
                received_date=at.date(),
                status="landed",
                refused_rule=None,
                refused_message=None,
                bytes=1,
                sha256="",
                mode=None,
                scrubbed=False,
                files=(),
                findings=(),
                folder=self.folder,
            )
        )

    def typed(self, source: str, table: str, rows: Sequence[Row], delivery: str = "d1") -> None:
        """Write the typed rows a source has now; columns not given are null."""
        declared = TABLES[table]
        full = [
            {
                **dict.fromkeys(declared.column_names),
                "_source": source,
                "_delivery_id": delivery,
                "_row": number,
                "_file": table.removeprefix("typed_"),
                **row,
            }
            for number, row in enumerate(rows, start=1)
        ]
        given = self.engine.from_arrow(pa.Table.from_pylist(full, schema=arrow_schema(declared)))
        for role in ("student", "staff"):
            if f"{role}_record_id" in declared.column_names:
                given = with_record_id(given, role)
        path = self.lake.typed(source) / f"{table}.parquet"
        self.engine.write(conform_to(declared, given), path)

    def know(self, role: str, system: str, *, tables: Sequence[str] = ()) -> None:
        """Link every typed record of a role that has an id in a system; the id is the key."""
        column, record = f"{role}_id_{system}", f"{role}_record_id"
        for table in tables or (f"typed_{role}",):
            rows = self.engine.collect(
                self.context().typed(table).select(record, column)
            ).to_pylist()
            for row in rows:
                if row[column] is not None:
                    self.known.keys[role][row[record]] = row[column]
                    self.known.everybody[role].add(row[column])

    def context(self, year: str | None = None) -> BuildContext:
        """Return the context of a build on 13 November 2026."""
        district = District.model_validate(
            {
                "folder": self.folder,
                "district": {"name": "Ours", "time_zone": "America/Chicago", **self.settings},
                "sources": self.sources,
            }
        )
        now = datetime(2026, 11, 13, 6, tzinfo=UTC)
        registry = cast("Registry", self.known)
        return BuildContext(self.engine, self.lake, district, registry, now, year)

    def build(self, builder: Builder, year: str | None = None) -> list[Row]:
        """Run a builder and return the rows, strictly cast and sorted by key."""
        declared = TABLES[builder.__name__]
        rows = self.engine.collect(conform_to(declared, builder(self.context(year))))
        return sorted(rows.to_pylist(), key=lambda row: [str(row[name]) for name in declared.key])

    def promote(self, builder: Builder, year: str | None = None) -> list[Row]:
        """Build, and make the result the promoted table."""
        declared = TABLES[builder.__name__]
        built = self.build(builder, year)
        rows = pa.Table.from_pylist(built, schema=arrow_schema(declared))
        self.engine.write(self.engine.from_arrow(rows), self.lake.part(declared, year))
        return built


def pick(rows: Sequence[Row], *columns: str) -> list[tuple[Any, ...]]:
    """Return some columns of rows as tuples."""
    return [tuple(row[name] for name in columns) for row in rows]


def by(rows: Sequence[Row], *columns: str) -> Mapping[Any, Row]:
    """Return rows by the value of some columns."""
    return {
        tuple(row[name] for name in columns) if len(columns) > 1 else row[columns[0]]: row
        for row in rows
    }


MakeBench = Callable[..., Bench]

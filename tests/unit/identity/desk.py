"""A desk to try identity at: a lake, a registry, and typed tables written from plain rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.engine import Engine
from hit_pipeline.identity.records import with_record_id
from hit_pipeline.identity.resolve import ResolveReport, resolve
from hit_pipeline.lake import Lake
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema, conform_to

ROSTER = {"adapter": "oneroster_csv", "kind": "roster"}
COMPLETION = {"adapter": "oneroster_csv", "kind": "completion", "bare_id_system": "district"}
VENDOR = {"adapter": "oneroster_csv", "kind": "log", "bare_id_system": "district"}
START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
_DEFAULTS: dict[str, dict[str, Any]] = {
    "typed_session_log": {"record_level": "participant", "present_seconds": 1800},
    "typed_assessment": {"instrument": "map", "score_kind": "rit", "score_text": "200"},
    "typed_school_attendance": {"local_date": date(2026, 10, 1), "attendance": "absent_excused"},
    "typed_program_assignment": {"program": "math", "origin": "district_list"},
}


@dataclass
class Desk:
    """One district under test; ``now`` moves on by a day with every night."""

    context: BuildContext

    @classmethod
    def open(cls, folder: Path, engine: Engine, sources: Mapping[str, Any]) -> "Desk":
        """Open a desk with an empty lake and registry."""
        district = District.model_validate(
            {
                "folder": folder,
                "district": {"name": "Test", "time_zone": "America/Chicago"},
                "programs": {"math": {"name": "Math tutoring", "subject": "math"}},
                "sources": sources,
            }
        )
        lake = Lake.open(district.lake_path)
        registry = Registry.open(district.registry_url)
        return cls(BuildContext(engine, lake, district, registry, START))

    def put(self, source: str, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write what a typed table of a source holds from now on."""
        declared = TABLES[table]
        schema = arrow_schema(declared)
        given = [
            {"_source": source, "_delivery_id": f"{source}-1", "_row": number, "_file": "rows"}
            | _DEFAULTS.get(table, {})
            | dict(row)
            for number, row in enumerate(rows, start=1)
        ]
        unknown = {name for row in given for name in row} - set(schema.names)
        assert not unknown, f"{table} has no {sorted(unknown)}"
        cells = {name: [row.get(name) for row in given] for name in schema.names}
        expression = self.context.engine.from_arrow(pa.table(cells, schema=schema))
        for role in ("student", "tutor", "staff"):
            if f"{role}_record_id" in schema.names:
                expression = with_record_id(expression, role)
        path = self.context.lake.typed(source) / f"{table}.parquet"
        self.context.engine.write(conform_to(declared, expression), path)

    def night(self) -> ResolveReport:
        """Resolve once, a day later than before."""
        self.context = replace(self.context, now=self.context.now + timedelta(days=1))
        return resolve(self.context)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a typed table's rows."""
        found: list[dict[str, Any]] = self.context.engine.collect(
            self.context.typed(table)
        ).to_pylist()
        return found

    def decision(self, table: str, role: str = "student", **where: Any) -> dict[str, Any]:
        """Return the newest decision on the one record whose typed rows hold these cells."""
        records = {
            row[f"{role}_record_id"]
            for row in self.rows(table)
            if all(row[name] == cell for name, cell in where.items())
        }
        assert len(records) == 1, f"{len(records)} records in {table} hold {where}"
        links = self.context.registry.links(role).to_pylist()
        found = [link for link in links if link["person_record_id"] in records]
        assert len(found) == 1, f"{len(found)} decisions on the record"
        return dict(found[0])

    def key(self, table: str, role: str = "student", **where: Any) -> str | None:
        """Return the person a record is linked to."""
        found: str | None = self.decision(table, role, **where)["person_key"]
        return found

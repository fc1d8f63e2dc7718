"""A source with deliveries of a test's own making, already landed, ready to be typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.typed import SourceState, build_source
from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Delivery, LandedFile
from hit_pipeline.settings import District
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.tables.catalog import TABLES

if TYPE_CHECKING:
    from hit_pipeline.registry.database import Registry

Row = dict[str, Any]
Fate = tuple[str, str | None, str | None, int | None]
FIRST_NIGHT = datetime(2026, 11, 12, 5, tzinfo=UTC)


def delimited(headers: Sequence[str], *feeds: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """Return the contract of one file."""
    columns = [{"name": header} for header in headers]
    told = {"pattern": "*", "delivers": "full", "columns": columns, "feeds": feeds}
    return told | given


@dataclass
class TypingBench:
    """One source named ``s``.

    Attributes:
        engine: The engine.
        folder: Where lake and landed files lie.
        files: Its contract's files.
        deliveries: What it delivered.
        settings: Settings of the source beside those it must have.
    """

    engine: Engine
    folder: Path
    files: dict[str, Any]
    deliveries: list[Delivery] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def deliver(self, *files: LandedFile, status: str = "landed") -> str:
        """Add a delivery, received one night after the one before; return its id."""
        night = len(self.deliveries)
        received = FIRST_NIGHT + timedelta(days=night)
        told: dict[str, Any] = {
            "delivery_id": f"d{night}",
            "source": "s",
            "name": "x",
            "received_at": received,
            "received_date": received.date(),
            "status": status,
            "refused_rule": None,
            "refused_message": None,
            "bytes": 1,
            "sha256": f"{night:064d}",
            "mode": None,
            "scrubbed": False,
            "files": files,
            "findings": (),
            "folder": self.folder,
        }
        self.deliveries.append(Delivery(**told))
        return f"d{night}"

    def file(
        self,
        name: str,
        rows: Sequence[Mapping[str, str | None]],
        malformed: Sequence[str] = (),
        **given: Any,
    ) -> LandedFile:
        """Write the landed rows of a file of the next delivery."""
        delivery = f"d{len(self.deliveries)}"
        headers = sorted({header for row in rows for header in row})
        cells = {one: pa.array([row.get(one) for row in rows], pa.string()) for one in headers}
        path = self.folder / f"{delivery}-{name}.parquet" if rows else None
        if path is not None:
            pq.write_table(pa.table({**cells, **_places(delivery, 1, len(rows))}), path)
        broken = self.folder / f"{delivery}-{name}.malformed.parquet" if malformed else None
        if broken is not None:
            count = len(malformed)
            about = {"_line": pa.array(range(count), pa.int64()), "error": pa.array(malformed)}
            raw = {"raw": pa.array(["?"] * count)}
            numbered = _places(delivery, len(rows) + 1, count)
            pq.write_table(pa.table({**numbered, **about, **raw}), broken)
        told: dict[str, Any] = {
            "file": name,
            "entry": f"{name}.csv",
            "rows": len(rows) + len(malformed),
            "malformed": len(malformed),
            "header": tuple(headers),
            "path": path,
            "malformed_path": broken,
        }
        return LandedFile(**(told | given))

    def night(self, name: str, *rows: Mapping[str, str | None]) -> str:
        """Deliver one file."""
        return self.deliver(self.file(name, rows))

    def build(self, now: datetime = FIRST_NIGHT) -> SourceState:
        """Type the source."""
        source = {"adapter": "files", "contract": "plain_files", "kind": "log", **self.settings}
        district = District.model_validate(
            {
                "folder": self.folder,
                "district": {"name": "Test", "time_zone": "America/Chicago"},
                "sources": {"s": source},
            }
        )
        contract = Contract.model_validate(
            {"id": "s", "version": 1, "title": "S", "files": self.files}
        )
        lake, nobody = Lake.open(self.folder / "lake"), cast("Registry", None)
        context = BuildContext(self.engine, lake, district, nobody, now)
        return build_source(context, "s", self.deliveries, contract)

    def typed(self, table: str) -> list[Row]:
        """Return a typed table's rows in order."""
        rows = self.read(table, TABLES[table].name)
        return sorted(rows, key=lambda row: (row["_file"], row["_delivery_id"], row["_row"]))

    def fates(self) -> dict[tuple[str, str, int], Fate]:
        """Return fate, rule and the row it is by, of every landed row."""
        return {
            (row["file"], row["delivery_id"], row["row"]): (
                row["fate"],
                row["rule"],
                row["by_delivery_id"],
                row["by_row"],
            )
            for row in self.read("row_fate", "fates")
        }

    def quarantine(self) -> set[tuple[str, str, int, str]]:
        """Return file, delivery, row and rule of everything in quarantine."""
        rows = self.read("quarantine", "quarantine")
        return {(row["file"], row["delivery_id"], row["row"], row["rule"]) for row in rows}

    def read(self, table: str, stem: str) -> list[Row]:
        """Read a file beside the typed tables."""
        path = self.folder / "lake" / "typed" / "s" / f"{stem}.parquet"
        rows: list[Row] = self.engine.collect(
            self.engine.read([path] if path.exists() else [], TABLES[table])
        ).to_pylist()
        return rows


def _places(delivery: str, first: int, count: int) -> dict[str, pa.Array]:
    return {
        "_delivery_id": pa.array([delivery] * count, pa.string()),
        "_row": pa.array(range(first, first + count), pa.int64()),
    }

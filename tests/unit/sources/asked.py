"""A district with one source that is asked: bring, land, type, as a night does it."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.typed import SourceState, build_source
from hit_pipeline.engine import Engine
from hit_pipeline.errors import SourceError
from hit_pipeline.lake import Lake
from hit_pipeline.landing.collect import Collected, bring, collect
from hit_pipeline.landing.store import deliveries
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings import District

NIGHT = datetime(2026, 11, 3, 8, tzinfo=UTC)


def programs_of(folder: Path) -> dict[str, Any]:
    """Return the programs of a district folder's settings, owners apart."""
    written = tomllib.loads((folder / "district.toml").read_text(encoding="utf-8"))
    return {
        name: {key: value for key, value in program.items() if key != "owner"}
        for name, program in written["programs"].items()
    }


@dataclass
class Asked:
    """One district and its source ``sis``.

    Attributes:
        engine: The table engine.
        folder: The district folder.
        source: The source as district.toml would state it.
        now: Instant of the next night.
    """

    engine: Engine
    folder: Path
    source: Mapping[str, Any]
    now: datetime = NIGHT
    programs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def district(self) -> District:
        return District.model_validate(
            {
                "folder": self.folder,
                "district": {"name": "Alder", "time_zone": "America/Chicago"},
                "lake": {"settle_seconds": 0},
                "sources": {"sis": self.source},
                "programs": self.programs,
            }
        )

    @property
    def lake(self) -> Lake:
        return Lake.open(self.district.lake_path)

    def later(self, **amount: float) -> None:
        """Let time pass."""
        self.now += timedelta(**amount)

    def bring(self) -> SourceError | None:
        return bring(self.district, "sis", self.now)

    def night(self) -> Collected:
        """Ask and land; what failed is in the result."""
        failure = self.bring()
        with self.context() as context:
            return collect(context, "sis", context.today, failure)

    def landed(self) -> Collected:
        """Ask and land; nothing may have failed."""
        got = self.night()
        assert got.failure is None, got.failure
        return got

    @contextmanager
    def context(self) -> Iterator[BuildContext]:
        with Registry.open(f"sqlite:///{self.folder / 'registry.db'}") as registry:
            yield BuildContext(self.engine, self.lake, self.district, registry, self.now)

    def typed(self) -> SourceState:
        with self.context() as context:
            return build_source(context, "sis", deliveries(context.lake, "sis"))

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a typed table, in the order of its provenance."""
        self.typed()
        with self.context() as context:
            rows = context.typed(name).order_by("_delivery_id", "_row")
            return list(self.engine.collect(rows).to_pylist())

    def modes(self) -> dict[str, list[tuple[str | None, int]]]:
        """Return mode and rows of every landed file, in the order of deliveries."""
        found: dict[str, list[tuple[str | None, int]]] = {}
        for one in deliveries(self.lake, "sis"):
            for file in one.files:
                found.setdefault(file.file, []).append((file.mode, file.rows))
        return found

"""What a table is built from: the engine, the lake, the district, the registry and the instant.

A builder takes a `BuildContext` and returns one table as an expression; it writes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES


@dataclass(frozen=True)
class BuildContext:
    """Everything a builder may look at.

    Attributes:
        engine: The table engine.
        lake: The lake; promoted tables are read from it.
        district: The district's settings.
        registry: The identity registry.
        now: Instant of the run, UTC.
        school_year: Partition being built; None for tables without partitions.
    """

    engine: Engine
    lake: Lake
    district: District
    registry: Registry
    now: datetime
    school_year: str | None = None

    @property
    def today(self) -> date:
        """Date of the run in the district's zone; sessions later than this are in the future."""
        return self.now.astimezone(ZoneInfo(self.district.district.time_zone)).date()

    @property
    def year(self) -> str:
        """The partition being built.

        Raises:
            ValueError: A table without partitions asked for it.
        """
        if self.school_year is None:
            message = "this table is not partitioned by school year"
            raise ValueError(message)
        return self.school_year

    def typed(self, name: str) -> ir.Table:
        """Read a typed table of every source, all school years."""
        table = TABLES[name]
        return self.engine.read(self.lake.typed_parts(table), table)

    def table(self, name: str, *, all_years: bool = False) -> ir.Table:
        """Read a promoted table; a partitioned one in the year being built, or in all years."""
        table = TABLES[name]
        if not table.partitioned or all_years:
            return self.engine.read(self.lake.parts(table), table)
        part = self.lake.part(table, self.year)
        return self.engine.read([part] if part.exists() else [], table)

    def links(self, role: str) -> ir.Table:
        """Return ``person_record_id, person_key`` of every record of a role linked to a person."""
        return self.engine.from_arrow(self.registry.matched(role))


Builder = Callable[[BuildContext], ir.Table]

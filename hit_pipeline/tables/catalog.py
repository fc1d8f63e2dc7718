"""Every table of the lake on one screen."""

from hit_pipeline.tables.ledger import LEDGER_TABLES
from hit_pipeline.tables.marts import MART_TABLES
from hit_pipeline.tables.model import Table
from hit_pipeline.tables.people import PEOPLE_TABLES
from hit_pipeline.tables.roster import ROSTER_TABLES
from hit_pipeline.tables.tutoring import TUTORING_TABLES
from hit_pipeline.tables.typed import TYPED_TABLES

TABLES: dict[str, Table] = {
    table.name: table
    for group in (
        TYPED_TABLES,
        ROSTER_TABLES,
        PEOPLE_TABLES,
        TUTORING_TABLES,
        LEDGER_TABLES,
        MART_TABLES,
    )
    for table in group
}

PUBLISHED: tuple[Table, ...] = tuple(t for t in TABLES.values() if t.layer != "typed")

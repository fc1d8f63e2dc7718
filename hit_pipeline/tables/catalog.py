"""Every table of the lake on one screen."""

from hit_pipeline.tables.ledger import LEDGER_TABLES
from hit_pipeline.tables.marts import MART_TABLES
from hit_pipeline.tables.match_rates import MATCH_RATE
from hit_pipeline.tables.model import Table
from hit_pipeline.tables.people import PEOPLE_TABLES
from hit_pipeline.tables.program_records import RECORD_TABLES
from hit_pipeline.tables.program_structure import STRUCTURE_TABLES
from hit_pipeline.tables.review import REVIEW_TABLES
from hit_pipeline.tables.revisions import SESSION_ATTENDANCE_REVISION
from hit_pipeline.tables.roster import ROSTER_TABLES
from hit_pipeline.tables.session_units import SESSION_UNIT
from hit_pipeline.tables.tutoring import TUTORING_TABLES
from hit_pipeline.tables.typed import TYPED_TABLES
from hit_pipeline.tables.typed_program import TYPED_PROGRAM_TABLES

TABLES: dict[str, Table] = {
    table.name: table
    for group in (
        TYPED_TABLES,
        TYPED_PROGRAM_TABLES,
        ROSTER_TABLES,
        PEOPLE_TABLES,
        REVIEW_TABLES,
        (MATCH_RATE,),
        (SESSION_UNIT,),
        TUTORING_TABLES,
        (SESSION_ATTENDANCE_REVISION,),
        STRUCTURE_TABLES,
        RECORD_TABLES,
        LEDGER_TABLES,
        MART_TABLES,
    )
    for table in group
}

PUBLISHED: tuple[Table, ...] = tuple(t for t in TABLES.values() if t.layer != "typed")

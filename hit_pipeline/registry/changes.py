"""What one transaction writes to the registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from sqlalchemy import Table

from hit_pipeline.registry.tables import CLAIM, LINK, PERSON, STATEMENT, arrow_schema


def _none(table: Table) -> pa.Table:
    return arrow_schema(table).empty_table()


@dataclass(frozen=True)
class Changes:
    """What one transaction writes; the columns are those of `tables`.

    Attributes:
        people: New people.
        links: Decisions.
        claims: New claims.
        withdrawn: Claims that no roster states any more.
        restated: Withdrawn claims that a roster states again.
        statements: New statements.
        notes: Names and values for the table meta.
    """

    people: pa.Table = field(default_factory=lambda: _none(PERSON))
    links: pa.Table = field(default_factory=lambda: _none(LINK))
    claims: pa.Table = field(default_factory=lambda: _none(CLAIM))
    withdrawn: pa.Table = field(default_factory=lambda: _none(CLAIM))
    restated: pa.Table = field(default_factory=lambda: _none(CLAIM))
    statements: pa.Table = field(default_factory=lambda: _none(STATEMENT))
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """True when nothing would be written."""
        tables = (
            self.people,
            self.links,
            self.claims,
            self.withdrawn,
            self.restated,
            self.statements,
        )
        return not self.notes and not any(table.num_rows for table in tables)

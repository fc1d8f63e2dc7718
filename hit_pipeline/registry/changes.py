"""What one transaction writes to the registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import pyarrow as pa
from sqlalchemy import Table

from hit_pipeline.registry.tables import (
    CANDIDATE,
    CLAIM,
    LINK,
    MERGE_EVENT,
    MODEL,
    PERSON,
    STATEMENT,
    arrow_schema,
)


def _none(table: Table) -> pa.Table:
    return arrow_schema(table).empty_table()


@dataclass(frozen=True)
class Changes:
    """What one transaction writes; the columns are those of `tables.arrow_schema`.

    Attributes:
        people: New people.
        links: Decisions.
        claims: New claims.
        withdrawn: Claims that no roster states any more.
        restated: Withdrawn claims that a roster states again.
        statements: New statements; one that is there already is passed over.
        candidates: Whom unsure records might be; they take the place of those before.
        merges: People who are one by a rule, or no longer; which is the old key is worked out.
        model: Trained parameters.
        notes: Names and values for the table meta.
    """

    people: pa.Table = field(default_factory=lambda: _none(PERSON))
    links: pa.Table = field(default_factory=lambda: _none(LINK))
    claims: pa.Table = field(default_factory=lambda: _none(CLAIM))
    withdrawn: pa.Table = field(default_factory=lambda: _none(CLAIM))
    restated: pa.Table = field(default_factory=lambda: _none(CLAIM))
    statements: pa.Table = field(default_factory=lambda: _none(STATEMENT))
    candidates: pa.Table = field(default_factory=lambda: _none(CANDIDATE))
    merges: pa.Table = field(default_factory=lambda: _none(MERGE_EVENT))
    model: pa.Table = field(default_factory=lambda: _none(MODEL))
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """True when nothing would be written."""
        written = (getattr(self, one.name) for one in fields(self))
        return not any(len(rows) for rows in written)

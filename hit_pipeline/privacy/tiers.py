"""Which columns a tier of a release holds, derived from the privacy class of each column.

The restricted tier holds everything. The analyst tier holds what does not name a person: columns
of the classes open and record as they are, durable keys behind a pseudonym. It is still education
records, and says so. A column that identifies a landed row (class provenance) survives there only
where it is part of the table's key, behind a pseudonym as well.
"""

from typing import Literal, get_args

from hit_pipeline.tables.model import Column, Table

Tier = Literal["restricted", "analyst"]
TIERS: tuple[Tier, ...] = get_args(Tier)
TIER_WORDS: dict[Tier, str] = {
    "restricted": "Every column: students are named. For those whose work needs names.",
    "analyst": "No names, no identifiers, no sensitive columns; keys are pseudonyms. Still "
    "education records of single students: what leaves the district is a publication.",
}
"""What is told about each tier where it is published."""


def replaced_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns a pseudonym stands in for in the analyst tier."""
    return tuple(column for column in table.columns if _is_replaced(column, table))


def analyst_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns of a table in the analyst tier, in order; pseudonyms among them."""
    return tuple(
        column
        for column in table.columns
        if column.privacy in {"open", "record"} or _is_replaced(column, table)
    )


def in_analyst_tier(table: Table) -> bool:
    """Return whether a table is in the analyst tier: when every column of its key survives."""
    kept = {column.name for column in analyst_columns(table)}
    return bool(table.key) and set(table.key) <= kept


def _is_replaced(column: Column, table: Table) -> bool:
    if column.type != "text":
        return False
    return column.privacy == "key" or (column.privacy == "provenance" and column.name in table.key)

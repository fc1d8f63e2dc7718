"""The words a table is declared in: types, privacy classes, columns, references, tables.

A declaration is data. What follows from it (Arrow schema, strict casting, baseline expectations,
data dictionary, datapackage) is derived elsewhere and never written twice.
"""

from dataclasses import dataclass
from typing import Literal

Type = Literal[
    "text", "integer", "number", "decimal", "boolean", "date", "timestamp", "local_timestamp"
]
"""What a cell may be.

text: UTF-8; ids are always text. integer: 64-bit. number: 64-bit float, for scores and rates,
never for sums that must reproduce. decimal: exact, 18 digits with 4 after the point; money.
boolean: three-valued, null is unknown. date: calendar date in the district's zone. timestamp:
instant in UTC, microseconds. local_timestamp: wall-clock time, its zone stands beside it.
"""

Privacy = Literal["open", "record", "key", "direct", "sensitive", "provenance"]
"""Who may read a column.

open: says nothing of one person. record: part of an education record, in both tiers. key: a
durable person key, replaced by a pseudonym outside the restricted tier. direct: names or numbers a
person, restricted tier only. sensitive: meal status, homeless, foster, protected address, former
names; restricted tier and named purposes only. provenance: points at a landed row, restricted
tier only.
"""

Layer = Literal["typed", "conformed", "mart"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: Column name; issuers and units are part of it (``student_id_state``,
            ``present_seconds``).
        type: One of the closed set of types.
        description: What it holds, with unit and source; for rates also the decision rule.
        privacy: Who may read it.
        required: True when null is an error.
        valid: Closed set of values; empty when open. Null is allowed unless required.
        minimum: Smallest valid value, inclusive; None when unbounded. Dates as ISO text.
        maximum: Largest valid value, inclusive; None when unbounded. Dates as ISO text.
    """

    name: str
    type: Type
    description: str
    privacy: Privacy = "open"
    required: bool = False
    valid: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Reference:
    """Columns of one table that must be found in another; rows with a null column are exempt.

    Attributes:
        columns: Columns of the referring table.
        table: Name of the table referred to.
        to: Columns there, in the same order.
        critical: True when an orphan blocks the table, False when it is reported as a warning.
    """

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]
    critical: bool = True


@dataclass(frozen=True)
class Table:
    """One table of the lake.

    Attributes:
        name: Table name, the same in the lake, in Dagster and in a release.
        layer: Which step writes it.
        grain: What one row is, in words.
        description: What the table is for and where it comes from.
        columns: Its columns, in order.
        key: Columns that identify a row; empty for typed tables, whose rows are (delivery, row).
        references: Columns that must be found in other tables.
        partitioned: True when it has one partition per school year (column ``school_year``).
        caveats: Keys of ``CAVEATS`` that a reader must know.
    """

    name: str
    layer: Layer
    grain: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    partitioned: bool = False
    caveats: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return one column.

        Raises:
            KeyError: The table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


CAVEATS: dict[str, str] = {
    "null_person": (
        "A null key means no roster knows the person; the row still counts for the group, the "
        "tutor and the invoice, and the person is listed in `unmatched`."
    ),
    "plan_unknown": (
        "Where a source logs only attended sessions and no design applies, scheduled time and "
        "rates are null with the reason `plan_unknown`, never 0 or 100 %."
    ),
    "three_valued": "A blank flag is unknown (null), never false.",
    "derived_dates": "Dates marked `derived` were not stated by the source.",
    "as_known_now": "Shows the newest accepted revision of each source row.",
    "flags_not_removed": (
        "Duplicates, overlaps and implausible sessions are flagged by rule id and counted in full."
    ),
}


ID_SYSTEMS = ("source", "district", "state", "sis", "email", "clever", "classlink", "vendor")
"""Identifier systems, closed. ``source`` is the source's own opaque id (OneRoster sourcedId)."""


def provenance() -> tuple[Column, ...]:
    """Return the columns that say where a row came from; the first ones of every sourced table."""
    return (
        Column(
            "_source", "text", "Name of the source in district.toml.", "provenance", required=True
        ),
        Column(
            "_delivery_id", "text", "Delivery the row was landed in.", "provenance", required=True
        ),
        Column(
            "_row", "integer", "Row in that delivery's file, 1-based.", "provenance", required=True
        ),
        Column(
            "_file",
            "text",
            "Contract's name of the file the row stood in.",
            "provenance",
            required=True,
        ),
    )


def typed_table(name: str, grain: str, description: str, *columns: Column) -> Table:
    """Return a typed table: provenance, then its own columns; a row is known by its origin."""
    return Table(name, "typed", grain, description, (*provenance(), *columns))


def person_ids(role: str) -> tuple[Column, ...]:
    """Return the record id and the stated identifiers of one person of a role.

    ``<role>_record_id`` is filled by the typing step from the identifiers, the normalised name and
    the birth date; it is null when the row names nobody. ``<role>_id_<system>`` follow.
    """
    record = Column(f"{role}_record_id", "text", f"Person record of the {role}.", "provenance")
    stated = (
        Column(
            f"{role}_id_{system}",
            "text",
            f"The {role}'s id in the {system} system as stated by the source, trimmed.",
            "direct",
        )
        for system in ID_SYSTEMS
    )
    return (record, *stated)


def person_names(role: str) -> tuple[Column, ...]:
    """Return the stated names of one person, each null when not stated."""
    return (
        Column(f"{role}_given_name", "text", f"Given name of the {role} as stated.", "direct"),
        Column(f"{role}_middle_name", "text", f"Middle name of the {role} as stated.", "direct"),
        Column(f"{role}_family_name", "text", f"Family name of the {role} as stated.", "direct"),
        Column(f"{role}_preferred_name", "text", f"Preferred given name of the {role}.", "direct"),
        Column(f"{role}_display_name", "text", f"Whole name of the {role} in one cell.", "direct"),
    )

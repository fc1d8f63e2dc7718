"""What a reader of the tables is told about them, derived from their declarations.

The data dictionary is a page for people; `resource` describes one table for machines, as a Data
Package (version 2.0) resource. Nothing here looks at data.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from hit_pipeline.tables.catalog import PUBLISHED, TABLES
from hit_pipeline.tables.model import CAVEATS, Column, Privacy, Reference, Table, Type

PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"

FIELD_TYPES: dict[Type, str] = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "decimal": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "local_timestamp": "datetime",
}
"""Type of a column to the type of a Data Package field."""

TYPE_WORDS: dict[Type, str] = {
    "text": "text; ids are always text, so leading zeros live",
    "integer": "whole number, 64 bits",
    "number": "64-bit float: scores and rates",
    "decimal": "exact number with 4 digits after the point: money",
    "boolean": "true, false or null (unknown)",
    "date": "calendar date",
    "timestamp": "instant in UTC, to the microsecond",
    "local_timestamp": "wall-clock time; its zone stands beside it",
}
PRIVACY_WORDS: dict[Privacy, str] = {
    "open": "says nothing of one person",
    "record": "part of an education record, in both tiers",
    "key": "durable key of a person; the analyst tier has a pseudonym in its place",
    "direct": "names a person; restricted tier only",
    "sensitive": "restricted tier only, for named purposes",
    "provenance": "points at the landed row; restricted tier only",
}

ColumnsOf = Callable[[Table], Sequence[Column]]
"""Which columns of a table a tier has."""


def all_columns(table: Table) -> Sequence[Column]:
    """Return every column: the restricted tier."""
    return table.columns


def resource(
    table: Table, paths: Sequence[str], *, tier: str = "", columns_of: ColumnsOf = all_columns
) -> dict[str, Any]:
    """Return a table as a Data Package resource.

    Args:
        table: The table.
        paths: Its files, relative to the package; none: the resource is stated to be empty.
        tier: Tier it belongs to, the first part of its name; resources refer within their tier.
        columns_of: Which columns of a table the tier has.
    """
    files: dict[str, Any] = {"data": []}
    if paths:
        files = {"path": paths[0] if len(paths) == 1 else list(paths)}
    return {
        "$schema": PROFILE,
        "name": _name(table.name, tier),
        "type": "table",
        "title": f"{table.name}: one row per {table.grain}",
        "description": " ".join((table.description, *(CAVEATS[key] for key in table.caveats))),
        **files,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": table_schema(table, tier=tier, columns_of=columns_of),
    }


def table_schema(
    table: Table, *, tier: str = "", columns_of: ColumnsOf = all_columns
) -> dict[str, Any]:
    """Return the Table Schema of a table.

    A key whose columns are all required is its ``primaryKey``; one that may hold a null is a
    ``uniqueKeys`` entry, which leaves rows with a null out. Only references that block a table
    when broken are ``foreignKeys``. A key or reference the tier lacks a column of is left out.
    Null is null in Parquet, so there are no ``missingValues``.
    """
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in columns_of(table)],
        "missingValues": [],
    }
    if table.key and _kept(table, table.key, columns_of):
        whole = all(table.column(name).required for name in table.key)
        schema |= {"primaryKey": list(table.key)} if whole else {"uniqueKeys": [list(table.key)]}
    foreign = [
        _foreign_key(table, one, tier)
        for one in table.references
        if one.critical
        and _kept(table, one.columns, columns_of)
        and _kept(table if one.table == table.name else TABLES[one.table], one.to, columns_of)
    ]
    return schema | ({"foreignKeys": foreign} if foreign else {})


def data_dictionary() -> str:
    """Return the data dictionary of every table, as Markdown."""
    inside = [table for table in TABLES.values() if table not in PUBLISHED]
    lines = [
        "# Data dictionary",
        "",
        "Generated from `hit_pipeline/tables` by `make docs`; change it there.",
        "",
        "| type | what a cell is |",
        "|---|---|",
        *(f"| {name} | {words} |" for name, words in TYPE_WORDS.items()),
        "",
        "| privacy | what it means |",
        "|---|---|",
        *(f"| {name} | {words} |" for name, words in PRIVACY_WORDS.items()),
        "",
        "## Published tables",
        "",
        *_contents(PUBLISHED),
        "",
        "## Tables inside the lake",
        "",
        "Typed tables are what contracts fill; they are never published.",
        "",
        *_contents(inside),
    ]
    for table in (*PUBLISHED, *inside):
        lines += ["", *_section(table)]
    return "\n".join(lines) + "\n"


def _contents(tables: Iterable[Table]) -> Iterator[str]:
    yield "| table | one row per |"
    yield "|---|---|"
    for table in tables:
        yield f"| [{table.name}](#{table.name}) | {table.grain} |"


def _section(table: Table) -> Iterator[str]:
    yield f"### {table.name}"
    yield ""
    yield f"One row per {table.grain}. {table.description}"
    yield ""
    if table.key:
        yield f"- Key: {', '.join(f'`{name}`' for name in table.key)}{_null_note(table)}"
    if table.partitioned:
        yield "- One partition per school year."
    for one in table.references:
        here, there = (", ".join(f"`{name}`" for name in names) for names in (one.columns, one.to))
        weight = "" if one.critical else " (an orphan is a warning)"
        yield f"- {here} refers to {there} of [{one.table}](#{one.table}){weight}."
    for key in table.caveats:
        yield f"- {CAVEATS[key]}"
    yield ""
    yield "| column | type | required | privacy | meaning |"
    yield "|---|---|---|---|---|"
    for column in table.columns:
        required = "yes" if column.required else ""
        meaning = _meaning(column).replace("|", "\\|")
        yield f"| `{column.name}` | {column.type} | {required} | {column.privacy} | {meaning} |"


def _null_note(table: Table) -> str:
    open_ = [f"`{name}`" for name in table.key if not table.column(name).required]
    return f"; {', '.join(open_)} may be null, and nulls count as equal." if open_ else "."


def _meaning(column: Column) -> str:
    told = [column.description]
    if column.valid:
        told.append(f"One of: {', '.join(column.valid)}.")
    if column.minimum is not None:
        told.append(f"At least {column.minimum:g}.")
    if column.maximum is not None:
        told.append(f"At most {column.maximum:g}.")
    return " ".join(told)


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.valid:
        constraints["enum"] = list(column.valid)
    if column.minimum is not None:
        constraints["minimum"] = column.minimum
    if column.maximum is not None:
        constraints["maximum"] = column.maximum
    return {
        "name": column.name,
        "type": FIELD_TYPES[column.type],
        "description": column.description,
        "privacy": column.privacy,
        **({"constraints": constraints} if constraints else {}),
    }


def _foreign_key(table: Table, reference: Reference, tier: str) -> dict[str, Any]:
    there: dict[str, Any] = {"fields": list(reference.to)}
    if reference.table != table.name:  # a reference to itself names no resource
        there["resource"] = _name(reference.table, tier)
    return {"fields": list(reference.columns), "reference": there}


def _kept(table: Table, names: Sequence[str], columns_of: ColumnsOf) -> bool:
    return set(names) <= {column.name for column in columns_of(table)}


def _name(table: str, tier: str) -> str:
    return f"{tier}.{table}" if tier else table

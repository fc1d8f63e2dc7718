"""The rules that follow from a table's declaration: columns, nulls, codes, bounds, key, references.

Nothing here is written per table; what a declaration cannot say is in the module of the layer.
"""

from collections.abc import Iterator

from expectations.rule import Rule
from hit_pipeline.tables.model import Column, Reference, Table

_BUILDER = "The builder of the table makes it: correct it, or the contract it maps from."
_CODE = (
    "A code reaches this column only by a map in a source's contract: correct the map, or extend "
    "the vocabulary."
)
_ORPHAN = (
    "Look up the rows: either their source names what no roster or setting has, or the other table "
    "was not rebuilt."
)
_PARTITION = "Rebuild the school year; a row belongs to the partition of its own date."


def baseline(table: Table) -> Iterator[Rule]:
    """Yield the rules of a declaration; see `Rule` for what each kind counts."""
    yield Rule(
        f"{table.name}.columns.declared",
        "columns",
        "critical",
        table.column_names,
        "columns are those declared, by name, type and order",
        "Write the table by the build, never by hand; a new column is declared first.",
    )
    for column in table.columns:
        yield from _of_column(table, column)
    if table.key:
        yield Rule(
            f"{table.name}.key.unique",
            "key",
            "critical",
            table.key,
            f"one row per {table.grain}; a null counts as a value",
            "Two rows claim to be the same thing: look up both, and correct the natural key of "
            "the contract or the builder of the table.",
        )
    for reference in table.references:
        yield _found(table, reference)
    if table.partitioned:
        yield from _in_partition(table)


def quoted(name: str) -> str:
    """Return a column name as SQL."""
    return f'"{name}"'


def _of_column(table: Table, column: Column) -> Iterator[Rule]:
    place, name, about = f"{table.name}.{column.name}", quoted(column.name), (column.name,)
    if column.required:
        says, against = "is never null", f"{name} IS NULL"
        yield Rule(
            f"{place}.required", "required", "critical", about, says, _BUILDER, against=against
        )
    if column.valid:
        codes = ", ".join(f"'{code}'" for code in column.valid)
        says, against = f"is one of {', '.join(column.valid)}", f"{name} NOT IN ({codes})"
        yield Rule(f"{place}.valid", "valid", "critical", about, says, _CODE, against=against)
    if bounds := list(_bounds(column)):
        says = " and ".join(word for word, _ in bounds)
        against = " OR ".join(condition for _, condition in bounds)
        yield Rule(f"{place}.range", "range", "critical", about, says, _BUILDER, against=against)


def _bounds(column: Column) -> Iterator[tuple[str, str]]:
    """Yield each bound in words and as the condition against it; both ends are inclusive."""
    name = quoted(column.name)
    if column.type == "number":
        yield "is finite", f"NOT isfinite({name})"
    if column.minimum is not None:
        yield f"is at least {column.minimum}", f"{name} < {column.minimum!r}"
    if column.maximum is not None:
        yield f"is at most {column.maximum}", f"{name} > {column.maximum!r}"


def _found(table: Table, reference: Reference) -> Rule:
    """Return the rule that a reference is found; rows with a null in it are exempt.

    Both sides name their nulls: in SQL a null is outside an empty set, and nothing is outside a
    set that holds one.
    """
    columns, to = ([quoted(name) for name in one] for one in (reference.columns, reference.to))
    stated, known = (" AND ".join(f"{name} IS NOT NULL" for name in one) for one in (columns, to))
    value, found = (one[0] if len(one) == 1 else f"row({', '.join(one)})" for one in (columns, to))
    others = f"FROM {quoted(reference.table)} SELECT {found} WHERE {known}"
    against = f"{stated} AND {value} NOT IN ({others})"
    return Rule(
        f"{table.name}.{reference.columns[-1]}.found",
        "reference",
        "critical" if reference.critical else "warning",
        reference.columns,
        f"is found in {reference.table} ({', '.join(reference.to)})",
        _ORPHAN,
        against=against,
        reads=(reference.table,),
        to=reference.to,
    )


def _in_partition(table: Table) -> Iterator[Rule]:
    """Yield that rows lie in their partition.

    The day a school year starts on is a setting the tables do not know, so that of a date only the
    two calendar years are checked that its school year touches.
    """
    yield Rule(
        f"{table.name}.school_year.partition",
        "row",
        "critical",
        ("school_year",),
        "is the school year of the partition",
        _PARTITION,
        against="school_year <> getvariable('school_year')",
    )
    if "local_date" in table.column_names:
        yield Rule(
            f"{table.name}.local_date.partition",
            "row",
            "critical",
            ("local_date", "school_year"),
            "lies in one of the two calendar years of the school year",
            _PARTITION,
            against="year(local_date) - left(getvariable('school_year'), 4)::INTEGER "
            "NOT BETWEEN 0 AND 1",
        )

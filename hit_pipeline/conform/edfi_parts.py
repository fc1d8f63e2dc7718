"""Parts of rows of an Ed-Fi ODS put together: what the feeds of one landed row say, as one row."""

from typing import cast

import ibis.expr.types as ir

ORIGIN = ("_source", "_delivery_id", "_row", "_file")
"""Columns that name a landed row."""
_LISTED = {"grades", "periods", "subjects", "subject_codes"}


def of_file(rows: ir.Table, file: str) -> ir.Table:
    """Return the rows of one file of the contract."""
    return rows.filter(rows["_file"] == file)


def united(rows: ir.Table) -> ir.Table:
    """Make one row of the parts of each landed row; lists are joined with commas."""
    values = {
        name: _all_of(rows[name]) if name in _LISTED else rows[name].max()
        for name in rows.columns
        if name not in ORIGIN
    }
    return rows.group_by(*ORIGIN).aggregate(**values)


def one_each(rows: ir.Table, key: str) -> ir.Table:
    """Keep one row per key; an ODS has no two, but a broken one must not multiply rows."""
    names = [one for one in rows.columns if one != key]
    return rows.group_by(key).aggregate(**{one: rows[one].max() for one in names})


def _all_of(column: ir.Value) -> ir.Value:
    return cast("ir.StringColumn", column).group_concat(",", order_by=column)

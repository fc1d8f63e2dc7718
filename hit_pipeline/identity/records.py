"""The person record: what it is made of and how its id is computed.

A person record is a distinct (source, stated identifiers, stated names, birth date) of one role; it
is not a row. Its id is a digest of exactly these, so that the same statement has the same id in
every delivery, on every machine and in every year. Which person a record is, is decided elsewhere.
"""

import ibis
import ibis.expr.types as ir

from hit_pipeline.tables.model import ID_SYSTEMS

NAME_PARTS = ("given_name", "middle_name", "family_name", "preferred_name", "display_name")
_SEPARATOR = "\x1f"


def stated_columns(role: str) -> tuple[str, ...]:
    """Return the columns that name a person of a role: identifiers first, then names."""
    ids = (f"{role}_id_{system}" for system in ID_SYSTEMS)
    names = (f"{role}_{part}" for part in NAME_PARTS)
    return (*ids, *names)


def with_record_id(rows: ir.Table, role: str) -> ir.Table:
    """Add or replace ``<role>_record_id``.

    The id is the MD5 (hex) of the source and of every identifier and name the row states, each
    under its column's name; names count without regard to case, identifiers exactly. For students
    the birth date counts too. A column that is missing counts like one that is null.

    Args:
        rows: Typed rows with ``_source``; identifiers and names are text, trimmed, never blank.
        role: ``student``, ``tutor`` or ``staff``.

    Returns:
        The rows with ``<role>_record_id``; null where neither an identifier nor a name is stated.
    """
    present = [name for name in stated_columns(role) if name in rows.columns]
    column = f"{role}_record_id"
    if not present:
        return rows.mutate(**{column: ibis.null("string")})
    parts = [f"{name}=" + _as_counted(rows[name]) for name in present]
    if role == "student" and "birth_date" in rows.columns:
        parts.append("birth_date=" + rows["birth_date"].cast("string"))
    content = ibis.literal(_SEPARATOR).join([rows["_source"], *parts])
    named = ibis.coalesce(*(rows[name] for name in present)).notnull()
    return rows.mutate(**{column: named.ifelse(content.hexdigest("md5"), ibis.null("string"))})


def _as_counted(column: ir.StringColumn) -> ir.StringValue:
    """Return a stated value as it counts in the record id."""
    is_name = column.get_name().endswith("_name")
    return column.lower() if is_name else column

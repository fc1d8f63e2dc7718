"""Copying a registry to another database: its events as they are, its projections made anew."""

from sqlalchemy import Connection, delete, func, insert, select

from hit_pipeline.errors import LakeError
from hit_pipeline.registry.appending import copy_rows, newest_entry
from hit_pipeline.registry.connecting import asking, connect, is_sqlite, writing
from hit_pipeline.registry.memory import utc
from hit_pipeline.registry.projections import rebuild
from hit_pipeline.registry.schema import prepare, version
from hit_pipeline.registry.tables import ENTRY, EVENTS, META

_AT_ONCE = 50_000
"""Rows held in memory at a time."""


def move(source: str, target: str) -> dict[str, int]:
    """Copy a registry into an empty one; the source stays as it is.

    Nobody can write to the source meanwhile: what was decided during the move would be lost.

    Args:
        source: URL of the registry.
        target: URL of a database without a registry, or with an empty one.

    Returns:
        The number of rows per table of events.

    Raises:
        LakeFormatError: One of them has another version of the schema.
        LakeError: There is nothing to move, the target holds something, or one of them cannot be
            opened.
    """
    old, new = connect(source), connect(target)
    prepare(old, upgrade=False)
    with asking(old) as connection:
        if not newest_entry(connection)[0]:
            message = "the registry is empty: there is nothing to move."
            raise LakeError(message, remedy="Set its address; a new one is made there.")
    prepare(new, upgrade=False)
    with asking(new) as connection:
        _check_empty(connection)  # before the lock: it may be the very same database
    with writing(old) as read, writing(new) as write:
        _check_empty(write)
        return _copy(read, write)


def look(source: str, copy: str) -> None:
    """Copy a registry to look at into a new database; nothing where there is none yet.

    Args:
        source: URL of the registry; nobody is kept from writing to it.
        copy: URL of the copy.

    Raises:
        LakeFormatError: It has another version of the schema.
    """
    old, new = connect(source), connect(copy)
    with asking(old) as connection:
        if version(connection) is None:
            return
    prepare(old, upgrade=False)
    prepare(new, upgrade=False)
    with asking(old) as read, writing(new) as write:
        _copy(read, write)


def _check_empty(connection: Connection) -> None:
    if newest_entry(connection)[0]:
        message = "the database to move to holds a registry with people in it."
        raise LakeError(message, remedy="Name one without a registry.")


def _copy(read: Connection, write: Connection) -> dict[str, int]:
    counts: dict[str, int] = {}
    notes = [dict(row) for row in read.execute(select(META)).mappings()]
    write.execute(delete(META))
    write.execute(insert(META), notes)
    for table in EVENTS:
        counts[table.name] = 0
        ordered = select(table).order_by(*table.primary_key.columns)
        found = read.execute(ordered, execution_options={"yield_per": _AT_ONCE})
        for many in found.partitions():
            counts[table.name] += len(many)
            if table is ENTRY:
                entries = [{**row._mapping, "made_at": utc(row.made_at)} for row in many]
                write.execute(insert(ENTRY), entries)
            else:
                copy_rows(write, table, [tuple(row) for row in many])
    _continue_numbers(write)
    rebuild(write)
    return counts


def _continue_numbers(connection: Connection) -> None:
    """Let PostgreSQL number what is appended later from where the copied rows end."""
    for table in EVENTS if not is_sqlite(connection) else ():
        if table.autoincrement_column is not None:
            highest = select(func.max(table.c.seq)).scalar_subquery()
            counter = func.pg_get_serial_sequence(table.name, "seq")
            connection.execute(
                select(func.setval(counter, func.coalesce(highest, 1), highest.is_not(None)))
            )

"""Reading the registry as Arrow tables: entries as who and when, people by their keys of now.

Nothing here decides; every function asks one connection, and so sees one state.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, ColumnElement, Connection, Select, Table, and_, select

from hit_pipeline.registry.memory import in_force, read_decisions, read_survivors, utc
from hit_pipeline.registry.tables import (
    CANDIDATE,
    CLAIM,
    CURRENT_LINK,
    DECISION,
    ENTRY,
    LINK,
    MERGE_EVENT,
    PERSON,
    STATEMENT,
    SURVIVOR,
    arrow_schema,
)

_TIMESTAMP = pa.timestamp("us", tz="UTC")
_CLAIMED = ("role", "system", "issuer", "value", "person_key")

Cells = Sequence[Any]


def matched(connection: Connection, role: str) -> pa.Table:
    """Return ``person_record_id, person_key`` of every record linked to a person."""
    linked = and_(CURRENT_LINK.c.role == role, CURRENT_LINK.c.person_key.is_not(None))
    wanted = select(CURRENT_LINK.c.person_record_id, CURRENT_LINK.c.person_key).where(linked)
    records, keys = _columns(connection, wanted)
    now = _living(keys, read_survivors(connection, role))
    return pa.table(
        {
            "person_record_id": pa.array(records, pa.string()),
            "person_key": pa.array(now, pa.string()),
        }
    )


def links(
    connection: Connection, role: str, *, unmatched: bool = False, tier: int | None = None
) -> pa.Table:
    """Return the newest decision on records of a role, by the keys people have now.

    Args:
        connection: Connection to ask.
        role: Whose records.
        unmatched: Only of records without a person.
        tier: Only of records this tier linked; None: any.
    """
    wanted = CURRENT_LINK.c.role == role
    if unmatched:
        wanted = and_(wanted, CURRENT_LINK.c.outcome != "match")
    chosen: ColumnElement[bool] = LINK.c.seq.in_(select(CURRENT_LINK.c.seq).where(wanted))
    if tier is not None:
        chosen = and_(LINK.c.role == role, LINK.c.tier == tier, LINK.c.outcome == "match", chosen)
    return _with_living(connection, role, dated(connection, LINK, chosen, decided=LINK.c.entry))


def as_decided(connection: Connection, role: str) -> pa.Table:
    """Return the newest decision on every record of a role, by the keys of then."""
    newest = select(CURRENT_LINK.c.seq).where(CURRENT_LINK.c.role == role)
    return dated(connection, LINK, LINK.c.seq.in_(newest), decided=LINK.c.entry)


def ages(connection: Connection, role: str) -> dict[str, int]:
    """Return the entry everybody of a role was made by, those merged into others included."""
    stated = select(PERSON.c.person_key, PERSON.c.entry).where(PERSON.c.role == role)
    return {row.person_key: row.entry for row in connection.execute(stated)}


def people(connection: Connection, role: str) -> pa.Table:
    """Return everybody of a role; of those who are one person, the key they live on as."""
    merged = select(SURVIVOR.c.old_key).where(SURVIVOR.c.role == role)
    alive = and_(PERSON.c.role == role, PERSON.c.person_key.not_in(merged))
    return dated(connection, PERSON, alive, created=PERSON.c.entry)


def claims(connection: Connection, role: str) -> pa.Table:
    """Return the claims of a role; what several claim who are one person is claimed once.

    It is the rosters' when one of them is, claimed since the first, and withdrawn when all are.
    """
    survivors = read_survivors(connection, role)
    of_role = CLAIM.c.role == role
    found = dated(connection, CLAIM, of_role, claimed=CLAIM.c.entry, withdrawn=CLAIM.c.withdrawn)
    if not survivors:
        return found
    merged = pc.is_in(found["person_key"], pa.array({*survivors, *survivors.values()}))
    together: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in found.filter(merged).to_pylist():
        row["person_key"] = survivors.get(row["person_key"], row["person_key"])
        key = tuple(row[name] for name in _CLAIMED)
        known = together.get(key)
        together[key] = _one_claim(known, row) if known else row
    once = pa.Table.from_pylist(list(together.values()), schema=found.schema)
    return pa.concat_tables([found.filter(pc.invert(merged)), once])


def _one_claim(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    first = min(one, other, key=lambda row: row["claimed_at"])
    last = max(one, other, key=lambda row: (row["withdrawn_at"] is None, row["withdrawn_at"]))
    return {
        **first,
        "origin": max(one["origin"], other["origin"]),  # roster before link
        "withdrawn_by": last["withdrawn_by"],
        "withdrawn_at": last["withdrawn_at"],
    }


def statements(connection: Connection, role: str) -> pa.Table:
    """Return what rosters said of the people of a role, each record once of a person.

    What a record says that a steward took from a person is no longer said of that person.
    """
    survivors = read_survivors(connection, role)
    decided = select(DECISION.c.person_record_id).where(DECISION.c.role == role)
    newest = select(CURRENT_LINK.c.person_record_id, CURRENT_LINK.c.person_key).where(
        CURRENT_LINK.c.role == role, CURRENT_LINK.c.person_record_id.in_(decided)
    )
    records, keys = _columns(connection, newest)
    linked = dict(zip(records, _living(keys, survivors), strict=True))
    found = dated(connection, STATEMENT, STATEMENT.c.role == role, stated=STATEMENT.c.entry)
    if not survivors and not linked:
        return found
    found = _with_living(connection, role, found)
    said = list(
        zip(found["person_record_id"].to_pylist(), found["person_key"].to_pylist(), strict=True)
    )
    seen: set[tuple[str, str]] = set()
    kept = []
    for record, key in said:
        kept.append(linked.get(record, key) == key and (record, key) not in seen)
        seen.add((record, key))
    return found.filter(pa.array(kept, pa.bool_()))


def candidates(connection: Connection, role: str) -> pa.Table:
    """Return whom unsure records might be, the best first; merged people once, by the better."""
    unsure = select(CURRENT_LINK.c.person_record_id).where(
        CURRENT_LINK.c.role == role, CURRENT_LINK.c.outcome == "unsure"
    )
    names = [name for name in arrow_schema(CANDIDATE).names if name != "role"]
    wanted = select(CANDIDATE.c.entry, *(CANDIDATE.c[name] for name in names)).where(
        CANDIDATE.c.role == role, CANDIDATE.c.person_record_id.in_(unsure)
    )
    order = (CANDIDATE.c.person_record_id, CANDIDATE.c.entry.desc(), CANDIDATE.c.rank)
    survivors = read_survivors(connection, role)
    newest: dict[str, int] = {}
    shown: dict[tuple[str, str], tuple[Any, ...]] = {}
    for entry, record, key, *rest in connection.execute(wanted.order_by(*order)):
        if newest.setdefault(record, entry) == entry:
            key = survivors.get(key, key)
            shown.setdefault((record, key), (record, key, *rest))
    schema = pa.schema([arrow_schema(CANDIDATE).field(name) for name in names])
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in shown.values()], schema=schema
    )


def decisions(connection: Connection, role: str) -> pa.Table:
    """Return every decision of a role, oldest first, as it was taken."""
    survivors = read_survivors(connection, role)
    found = read_decisions(connection, role)
    standing = {one.seq for one in in_force(found)}
    of_role = DECISION.c.role == role
    table = dated(connection, DECISION, of_role, decided=DECISION.c.entry)
    return (
        table.add_column(0, "seq", pa.array([one.seq for one in found], pa.int64()))
        .append_column("in_force", pa.array([one.seq in standing for one in found], pa.bool_()))
        .append_column(
            "lives_as", pa.array(_living(table["person_key"].to_pylist(), survivors), pa.string())
        )
    )


def merges(connection: Connection, role: str) -> pa.Table:
    """Return every merge and split of a role, oldest first."""
    found = dated(connection, MERGE_EVENT, MERGE_EVENT.c.role == role, decided=MERGE_EVENT.c.entry)
    return found.drop_columns(["role"])


def dated(
    connection: Connection,
    table: Table,
    where: ColumnElement[bool],
    **entries: Column[int],
) -> pa.Table:
    """Return rows as Arrow, in the order of their keys.

    Args:
        connection: Connection to ask.
        table: Table to read.
        where: Which rows.
        entries: Verb to the column of an entry; shown as who (``decided_by``) and when
            (``decided_at``).
    """
    schema = arrow_schema(table)
    wanted = select(*(table.c[name] for name in schema.names), *entries.values()).where(where)
    columns = _columns(connection, wanted.order_by(*table.primary_key.columns))
    made = connection.execute(select(ENTRY.c.entry, ENTRY.c.made_by, ENTRY.c.made_at)).all()
    numbers = pa.array([row.entry for row in made], pa.int64())
    by = pa.array([row.made_by for row in made], pa.string())
    at = pa.array([utc(row.made_at) for row in made], _TIMESTAMP)
    given = {
        name: pa.array(cells, schema.field(name).type)
        for name, cells in zip(schema.names, columns, strict=False)
    }
    for verb, cells in zip(entries, columns[len(schema) :], strict=True):
        place = pc.index_in(pa.array(cells, pa.int64()), value_set=numbers)
        given[f"{verb}_by"], given[f"{verb}_at"] = by.take(place), at.take(place)
    return pa.table(given)


def _columns(connection: Connection, wanted: Select[Any]) -> list[Cells]:
    """Return the columns of a query, also when there is no row."""
    rows = connection.execute(wanted).all()
    return list(zip(*rows, strict=True)) if rows else [()] * len(wanted.selected_columns)


def _living(keys: Cells, survivors: Mapping[str, str]) -> Cells:
    """Return the keys people have now."""
    return [survivors.get(key, key) for key in keys] if survivors else keys


def _with_living(connection: Connection, role: str, table: pa.Table) -> pa.Table:
    """Replace keys of people by those they have now."""
    survivors = read_survivors(connection, role)
    for name in ("person_key", "candidate_key"):
        if survivors and name in table.column_names:
            now = pa.array(_living(table[name].to_pylist(), survivors), pa.string())
            table = table.set_column(table.column_names.index(name), name, now)
    return table

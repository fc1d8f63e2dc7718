"""Projections: what events come to, kept beside them so that it need not be worked out anew."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    except_,
    func,
    insert,
    null,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from hit_pipeline.registry.connecting import is_sqlite
from hit_pipeline.registry.merges import Merges
from hit_pipeline.registry.tables import (
    CLAIM,
    CLAIM_EVENT,
    CURRENT_LINK,
    LINK,
    MERGE_EVENT,
    PERSON,
    PROJECTIONS,
    SURVIVOR,
)
from hit_pipeline.tables.vocabulary import PERSON_ROLES

_CLAIM_KEY = ("role", "system", "issuer", "value", "person_key")
_RECORD = ("role", "person_record_id")
_BY_RECORD = tuple(LINK.c[name] for name in _RECORD)  # in the order of their key they go in faster


def newest(connection: Connection) -> tuple[int, int]:
    """Return the numbers of the newest link and of the newest event of a claim; 0 for none."""
    links, claims = (
        connection.scalar(select(func.coalesce(func.max(table.c.seq), 0)))
        for table in (LINK, CLAIM_EVENT)
    )
    return links or 0, claims or 0


def follow(connection: Connection, before: tuple[int, int], merged: Iterable[str]) -> None:
    """Bring the projections to the newest state.

    Args:
        connection: The transaction that wrote the events.
        before: What `newest` said before they were written.
        merged: Roles with new merges or splits.
    """
    links, claims = before
    _follow_links(connection, links)
    _follow_claims(connection, claims)
    _follow_merges(connection, merged)


def _follow_links(connection: Connection, after: int) -> None:
    """Take the links newer than number ``after`` into `CURRENT_LINK`."""
    upsert = sqlite.insert if is_sqlite(connection) else postgresql.insert
    names = [column.name for column in CURRENT_LINK.columns]
    newer = upsert(CURRENT_LINK).from_select(names, _links_now(after).order_by(*_BY_RECORD))
    taken = {name: newer.excluded[name] for name in names if name not in _RECORD}
    connection.execute(newer.on_conflict_do_update(index_elements=_RECORD, set_=taken))


def _follow_claims(connection: Connection, after: int) -> None:
    """Take the events newer than number ``after`` into `CLAIM`.

    An identifier that is stated or linked a second time breaks the key of the table.
    """
    newer = CLAIM_EVENT.c.seq > after
    fresh = select(*_claim_columns(CLAIM_EVENT), null()).where(
        newer, CLAIM_EVENT.c.what.in_(("stated", "linked"))
    )
    _fill(connection, CLAIM, fresh)
    turned = select(CLAIM_EVENT).where(newer, CLAIM_EVENT.c.what.in_(("withdrawn", "restated")))
    events = connection.execute(turned.order_by(CLAIM_EVENT.c.seq)).mappings()
    rows = [
        {f"the_{name}": event[name] for name in _CLAIM_KEY}
        | {"by": event["entry"] if event["what"] == "withdrawn" else None}
        for event in events
    ]
    if rows:
        which = and_(*(CLAIM.c[name] == bindparam(f"the_{name}") for name in _CLAIM_KEY))
        connection.execute(update(CLAIM).where(which).values(withdrawn=bindparam("by")), rows)


def _follow_merges(connection: Connection, roles: Iterable[str]) -> None:
    """Make `SURVIVOR` anew for some roles."""
    for role in roles:
        connection.execute(delete(SURVIVOR).where(SURVIVOR.c.role == role))
        rows = [
            {"role": role, "old_key": old, "new_key": new}
            for old, new in sorted(read_merges(connection, role).survivors().items())
        ]
        if rows:
            connection.execute(insert(SURVIVOR), rows)


def read_merges(connection: Connection, role: str) -> Merges:
    """Return the merges in force of a role."""
    of_role = MERGE_EVENT.c.role == role
    stated = select(MERGE_EVENT.c.old_key, MERGE_EVENT.c.new_key, MERGE_EVENT.c.what)
    events = connection.execute(stated.where(of_role).order_by(MERGE_EVENT.c.seq)).all()
    merged = (
        select(MERGE_EVENT.c.old_key)
        .where(of_role)
        .union(select(MERGE_EVENT.c.new_key).where(of_role))
    )
    ages = select(PERSON.c.person_key, PERSON.c.entry).where(PERSON.c.person_key.in_(merged))
    return Merges.of(
        ((event.old_key, event.new_key, event.what) for event in events),
        {person.person_key: person.entry for person in connection.execute(ages)},
    )


def rebuild(connection: Connection) -> None:
    """Make every projection anew from the events."""
    for table in PROJECTIONS:
        connection.execute(delete(table))
    _fill(connection, CURRENT_LINK, _links_now(0).order_by(*_BY_RECORD))
    _fill(connection, CLAIM, _claims_now())
    _follow_merges(connection, PERSON_ROLES)


def strays(connection: Connection) -> dict[str, int]:
    """Return per projection how many rows differ from what the events come to; nothing is written.

    A row that is missing counts as one, and so does one too many; a changed one counts as two.
    """
    counts = {
        table.name: _differing(connection, table, wanted)
        for table, wanted in ((CURRENT_LINK, _links_now(0)), (CLAIM, _claims_now()))
    }
    stored = {(row.role, row.old_key, row.new_key) for row in connection.execute(select(SURVIVOR))}
    wanted = {
        (role, old, new)
        for role in PERSON_ROLES
        for old, new in read_merges(connection, role).survivors().items()
    }
    return {**counts, SURVIVOR.name: len(stored ^ wanted)}


def _differing(connection: Connection, table: Table, wanted: Select[Any]) -> int:
    stored = select(*table.columns)
    apart = (except_(stored, wanted), except_(wanted, stored))
    counts = (select(func.count()).select_from(rows.subquery()) for rows in apart)
    return sum(connection.scalar(count) or 0 for count in counts)


def _fill(connection: Connection, table: Table, rows: Select[Any]) -> None:
    names = [column.name for column in table.columns]
    connection.execute(insert(table).from_select(names, rows))


def _links_now(after: int) -> Select[Any]:
    """Return the newest link of every record with a link newer than number ``after``."""
    newest = select(func.max(LINK.c.seq)).where(LINK.c.seq > after)
    newest = newest.group_by(*(LINK.c[name] for name in _RECORD))
    shown = (LINK.c[column.name] for column in CURRENT_LINK.columns)
    return select(*shown).where(LINK.c.seq.in_(newest))


def _claims_now() -> Select[Any]:
    """Return every claim: its first event says how it came to be, its last whether it still is."""
    ends = select(
        func.min(CLAIM_EVENT.c.seq).label("first"), func.max(CLAIM_EVENT.c.seq).label("last")
    )
    ends_of = ends.group_by(*(CLAIM_EVENT.c[name] for name in _CLAIM_KEY)).subquery()
    first, last = CLAIM_EVENT.alias(), CLAIM_EVENT.alias()
    withdrawn = case((last.c.what == "withdrawn", last.c.entry))
    shown = select(*_claim_columns(first), withdrawn)
    joined = ends_of.join(first, first.c.seq == ends_of.c.first)
    return shown.select_from(joined.join(last, last.c.seq == ends_of.c.last))


def _claim_columns(event: FromClause) -> list[ColumnElement[Any]]:
    """Return the columns of `CLAIM` but the last, as the event that made it says."""
    origin = case((event.c.what == "linked", "link"), else_="roster")
    return [*(event.c[name] for name in _CLAIM_KEY), origin, event.c.entry]

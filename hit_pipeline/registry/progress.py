"""How decisions came about, run by run: what each transaction added and took away, counted.

Counted in the database, from the events alone: a rebuild tells the same. People count by the keys
they had then.
"""

from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    Column,
    Connection,
    Label,
    Select,
    Subquery,
    case,
    func,
    literal,
    select,
    union_all,
)

from hit_pipeline.registry.decision import ENGINE
from hit_pipeline.registry.memory import utc
from hit_pipeline.registry.tables import ENTRY, LINK

_STEPS = pa.schema(
    {
        "entry": pa.int64(),
        "source": pa.string(),
        "outcome": pa.string(),
        "tier": pa.int64(),
        "rule": pa.string(),
        "records": pa.int64(),
        "fresh": pa.int64(),
    }
)
_PEOPLE = pa.schema({"entry": pa.int64(), "source": pa.string(), "people": pa.int64()})
_RUNS = pa.schema({"entry": pa.int64(), "decided_at": pa.timestamp("us", tz="UTC")})


def runs(connection: Connection) -> pa.Table:
    """Return ``entry, decided_at`` of every transaction the rules made, oldest first."""
    wanted = select(ENTRY.c.entry, ENTRY.c.made_at).where(ENTRY.c.made_by == ENGINE)
    rows = [
        {"entry": row.entry, "decided_at": utc(row.made_at)}
        for row in connection.execute(wanted.order_by(ENTRY.c.entry))
    ]
    return pa.Table.from_pylist(rows, schema=_RUNS)


def steps(connection: Connection, role: str) -> pa.Table:
    """Return how many records got a decision in each transaction, and lost the one before.

    Returns:
        ``entry, source, outcome, tier, rule, records`` (how many more there are of these since,
        or fewer) and ``fresh``: those of them that were never decided before.
    """
    made = _decisions(role)
    told = ("outcome", "tier", "rule")
    gained = select(
        made.c.entry,
        made.c.source,
        *(made.c[name] for name in told),
        literal(1).label("records"),
        case((made.c.before_outcome.is_(None), 1), else_=0).label("fresh"),
    )
    lost = select(
        made.c.entry,
        made.c.source,
        *(made.c[f"before_{name}"] for name in told),
        literal(-1).label("records"),
        literal(0).label("fresh"),
    ).where(made.c.before_outcome.is_not(None))
    every = union_all(gained, lost).subquery()
    key = [every.c[name] for name in ("entry", "source", *told)]
    counted = select(*key, func.sum(every.c.records), func.sum(every.c.fresh)).group_by(*key)
    return _collected(connection, counted.order_by(*key), _STEPS)


def people(connection: Connection, role: str) -> pa.Table:
    """Return ``entry, source, people``: how many more people, or fewer, a source's records are."""
    made = _decisions(role)
    came = select(made.c.entry, made.c.source, made.c.person_key, literal(1).label("records"))
    went = select(
        made.c.entry,
        made.c.source,
        made.c.before_person_key.label("person_key"),
        literal(-1).label("records"),
    )
    every = union_all(
        came.where(made.c.person_key.is_not(None)),
        went.where(made.c.before_person_key.is_not(None)),
    ).subquery()
    key = [every.c[name] for name in ("entry", "source", "person_key")]
    moved = select(*key, func.sum(every.c.records).label("records")).group_by(*key).subquery()
    held = func.sum(moved.c.records).over(
        partition_by=(moved.c.source, moved.c.person_key), order_by=moved.c.entry
    )
    kept = select(moved.c.entry, moved.c.source, moved.c.records, held.label("held")).subquery()
    now = case((kept.c.held > 0, 1), else_=0)
    before = case((kept.c.held - kept.c.records > 0, 1), else_=0)
    counted = select(kept.c.entry, kept.c.source, func.sum(now - before))
    where = (kept.c.entry, kept.c.source)
    return _collected(connection, counted.group_by(*where).order_by(*where), _PEOPLE)


def _decisions(role: str) -> Subquery:
    """Return every decision on records of a role beside the one before on the same record."""
    told = ("outcome", "tier", "rule", "person_key")
    return (
        select(
            LINK.c.entry,
            LINK.c.source,
            *(LINK.c[name] for name in told),
            *(_before(LINK.c[name]) for name in told),
        )
        .where(LINK.c.role == role)
        .subquery()
    )


def _before(column: Column[Any]) -> Label[Any]:
    """Return what a column held in the decision before on the same record."""
    earlier = func.lag(column).over(partition_by=LINK.c.person_record_id, order_by=LINK.c.seq)
    return earlier.label(f"before_{column.name}")


def _collected(
    connection: Connection, wanted: Select[tuple[object, ...]], schema: pa.Schema
) -> pa.Table:
    rows = connection.execute(wanted).all()
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table(
        [
            pa.array([_plain(cell) for cell in cells], field.type)
            for cells, field in zip(columns, schema, strict=True)
        ],
        schema=schema,
    )


def _plain(cell: object) -> object:
    """Return a cell as Arrow takes it: PostgreSQL sums whole numbers as decimals."""
    return int(cell) if isinstance(cell, Decimal) else cell

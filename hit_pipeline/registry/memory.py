"""What the registry remembers, as a transaction must know it before it decides or writes."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, select

from hit_pipeline.registry.decision import UNDO, Answer, Decision
from hit_pipeline.registry.judgement import Joint, Judgement
from hit_pipeline.registry.projections import read_merges
from hit_pipeline.registry.tables import DECISION, ENTRY, MERGE_EVENT, PERSON, SURVIVOR

_ANSWER = (
    "role",
    "person_key",
    "answer",
    "source",
    "person_record_id",
    "own_system",
    "own_value",
    "other_key",
    "note",
)


def utc(instant: datetime) -> datetime:
    """Return an instant of the database with its zone: SQLite keeps none, and all are UTC."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def read_survivors(connection: Connection, role: str) -> dict[str, str]:
    """Return the key each merged person of a role lives on as."""
    stated = select(SURVIVOR.c.old_key, SURVIVOR.c.new_key).where(SURVIVOR.c.role == role)
    return {row.old_key: row.new_key for row in connection.execute(stated)}


def read_decisions(connection: Connection, role: str) -> list[Decision]:
    """Return every decision of a role, oldest first."""
    stated = select(DECISION, ENTRY.c.made_by, ENTRY.c.made_at).join(ENTRY)
    rows = connection.execute(stated.where(DECISION.c.role == role).order_by(DECISION.c.seq))
    return [_decision(row) for row in rows]


def in_force(decisions: list[Decision]) -> Iterator[Decision]:
    """Yield the decisions that are neither taken back nor take another back."""
    undone = {one.undoes for one in decisions}
    return (one for one in decisions if one.answer.answer != UNDO and one.seq not in undone)


def read_judgement(connection: Connection, role: str) -> Judgement:
    """Return what is in force of a role."""
    judgement = Judgement(read_merges(connection, role))
    stated = select(MERGE_EVENT, ENTRY.c.made_by, ENTRY.c.made_at).join(ENTRY)
    events = stated.where(MERGE_EVENT.c.role == role).order_by(MERGE_EVENT.c.seq)
    for row in connection.execute(events):
        judgement.joints[frozenset((row.old_key, row.new_key))] = Joint(row.what, row.decision)
    for decision in in_force(read_decisions(connection, role)):
        judgement.take(decision)
    return judgement


def age_of(connection: Connection, role: str, key: str) -> int | None:
    """Return the entry a person was made by; None when nobody of the role has the key."""
    one = select(PERSON.c.entry).where(PERSON.c.person_key == key, PERSON.c.role == role)
    return connection.scalar(one)


def _decision(row: Row[tuple[object, ...]]) -> Decision:
    cells = row._mapping
    answer = Answer(**{name: cells[name] for name in _ANSWER})
    made_at = utc(cells["made_at"])
    return Decision(cells["seq"], answer, cells["undoes"], cells["made_by"], made_at)

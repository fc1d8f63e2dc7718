"""Writing what was worked out elsewhere: one entry, its events, and the projections after it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, and_, delete, insert, select, tuple_

from hit_pipeline.errors import LakeError, RegistryChanged
from hit_pipeline.registry.appending import append, append_rows, new_entry, newest_entry
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.judgement import Joint
from hit_pipeline.registry.memory import age_of, read_judgement, read_survivors
from hit_pipeline.registry.projections import follow, newest
from hit_pipeline.registry.tables import (
    CANDIDATE,
    CLAIM,
    CLAIM_EVENT,
    DECISION,
    LINK,
    MERGE_EVENT,
    META,
    MODEL,
    PERSON,
    STATEMENT,
)

_AT_ONCE = 500
"""Claims asked for in one question."""
_CLAIM = ("role", "system", "issuer", "value", "person_key")

Row = dict[str, Any]


def write_changes(
    connection: Connection, changes: Changes, *, expected: str, made_by: str, now: datetime
) -> None:
    """Write everything as one entry.

    Raises:
        RegistryChanged: The newest entry is not the expected one.
        LakeError: A rule merges people whom a steward declared not the same, or who are not there.
    """
    if newest_entry(connection)[1] != expected:
        message = "the registry was changed by another process while this one was deciding."
        raise RegistryChanged(message, remedy="Run again.")
    before, entry = newest(connection), new_entry(connection, made_by, now)
    append(connection, PERSON, changes.people, entry)
    append(connection, LINK, changes.links, entry)
    append(connection, STATEMENT, _unstated(connection, changes.statements), entry)
    append(connection, CANDIDATE, changes.candidates, entry)
    append(connection, MODEL, changes.model, entry)
    append(connection, CLAIM_EVENT, _with_what(changes.claims), entry)
    follow(connection, before, set())  # what is stated now may be withdrawn at once
    before = newest(connection)
    append_rows(connection, CLAIM_EVENT, _turned(connection, changes.withdrawn, live=True), entry)
    append_rows(connection, CLAIM_EVENT, _turned(connection, changes.restated, live=False), entry)
    append_rows(connection, MERGE_EVENT, _merges(connection, changes.merges), entry)
    follow(connection, before, set(changes.merges["role"].to_pylist()))
    for name, value in changes.notes.items():
        connection.execute(delete(META).where(META.c.name == name))
        connection.execute(insert(META).values(name=name, value=value))


def _with_what(claims: pa.Table) -> pa.Table:
    """Return new claims as events."""
    what = pc.if_else(pc.equal(claims["origin"], "link"), "linked", "stated")
    return claims.append_column("what", what.cast(pa.string()))


def _unstated(connection: Connection, statements: pa.Table) -> pa.Table:
    """Leave out what is stated already: of records a steward had taken from the person."""
    if not statements.num_rows:
        return statements
    key = (STATEMENT.c.role, STATEMENT.c.person_record_id, STATEMENT.c.person_key)
    decided = select(DECISION.c.role, DECISION.c.person_record_id)
    known = select(*key).where(tuple_(*key[:2]).in_(decided))
    stated = {tuple(row) for row in connection.execute(known)}
    if not stated:
        return statements
    cells = (statements[column.name].to_pylist() for column in key)
    return statements.filter(pa.array([one not in stated for one in zip(*cells, strict=True)]))


def _turned(connection: Connection, claims: pa.Table, *, live: bool) -> Iterator[Row]:
    """Yield the events that withdraw (the live ones of) some claims, or state them again.

    A claim of a person who is several is each one's who claims it.
    """
    wanted = {tuple(row[name] for name in _CLAIM) for row in claims.to_pylist()}
    state = CLAIM.c.withdrawn.is_(None) if live else CLAIM.c.withdrawn.is_not(None)
    stated: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for *where, value in sorted({key[:-1] for key in wanted}):
        stated[tuple(where)].append(value)
    for issued, values in stated.items():
        survivors = read_survivors(connection, issued[0])
        placed = and_(*(CLAIM.c[name] == cell for name, cell in zip(_CLAIM, issued, strict=False)))
        for start in range(0, len(values), _AT_ONCE):
            among = CLAIM.c.value.in_(values[start : start + _AT_ONCE])
            found = select(CLAIM.c.value, CLAIM.c.person_key).where(placed, among, state)
            for value, key in connection.execute(found):
                if (*issued, value, survivors.get(key, key)) in wanted:
                    cells = zip(_CLAIM, (*issued, value, key), strict=True)
                    yield {**dict(cells), "what": "withdrawn" if live else "restated"}


def _merges(connection: Connection, merges: pa.Table) -> Iterator[Row]:
    """Yield the merges and splits of rules that change anything."""
    rows = merges.to_pylist()
    for role in sorted({row["role"] for row in rows}):
        judgement = read_judgement(connection, role)
        for row in rows:
            pair = frozenset((row["old_key"], row["new_key"]))
            if row["role"] != role or len(pair) == 1:
                continue
            if (pair in judgement.merges) == (row["what"] == "merge"):
                continue
            for key in pair:
                judgement.merges.ages[key] = _age(connection, role, key)
            if row["what"] == "merge" and judgement.barred(pair):
                message = "a rule merges people whom a steward declared not to be the same."
                raise LakeError(message, remedy="Nothing was written.")
            judgement.join(pair, Joint(row["what"], None))
            old, new = judgement.merges.oriented(pair)
            yield {**row, "old_key": old, "new_key": new}


def _age(connection: Connection, role: str, key: str) -> int:
    age = age_of(connection, role, key)
    if age is None:
        message = "a rule merges people who are not in the registry."
        raise LakeError(message, remedy="Nothing was written.")
    return age

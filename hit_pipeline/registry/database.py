"""The identity registry: durable keys, remembered decisions, claimed identifiers.

A SQL database through SQLAlchemy: a SQLite file by default, PostgreSQL by URL. It reads and writes
whole tables as Arrow. What the rules decide is worked out elsewhere; what stewards decide is judged
here, for it must stand beside what others decided.
"""

import base64
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

import pyarrow as pa
from sqlalchemy import Connection, Engine, and_, select

from hit_pipeline.errors import RegistryChanged
from hit_pipeline.registry import progress, projections, reading, sitting
from hit_pipeline.registry.appending import newest_entry
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.connecting import asking, connect, writing
from hit_pipeline.registry.decision import ENGINE, Answer
from hit_pipeline.registry.memory import read_survivors
from hit_pipeline.registry.schema import prepare
from hit_pipeline.registry.tables import LINK, META, MODEL
from hit_pipeline.registry.writing import write_changes

__all__ = ["ENGINE", "Registry", "new_keys"]

_TRIES = 3
"""How often changes are worked out anew when somebody writes in between."""
_KEY_BYTES = 10
_PREFIX = {"student": "S", "tutor": "T", "staff": "E"}


def new_keys(role: str, count: int) -> list[str]:
    """Return fresh random keys: a letter for the role and 80 random bits in base32."""
    drawn = secrets.token_bytes(_KEY_BYTES * count)
    return [
        _PREFIX[role] + base64.b32encode(drawn[at : at + _KEY_BYTES]).decode()
        for at in range(0, len(drawn), _KEY_BYTES)
    ]


class Registry:
    """One registry.

    A connection is opened for each call and closed at its end, so that the object may be kept as
    long as one likes. What is linked is asked for by every table with people in it, and therefore
    kept until something is written. Unless it says otherwise, a method tells keys as they are now:
    people who became one have the key that survived.
    """

    def __init__(self, engine: Engine) -> None:
        """Take a SQLAlchemy engine whose tables exist; use `open` instead."""
        self._engine = engine
        self._linked: dict[str, tuple[str, pa.Table]] = {}

    @classmethod
    def open(cls, url: str, *, upgrade: bool = False) -> Self:
        """Open a registry, making its tables where there are none.

        Args:
            url: SQLAlchemy URL: ``sqlite:///path`` or ``postgresql+psycopg://...``.
            upgrade: Whether to migrate one of an older version of the schema.

        Raises:
            LakeFormatError: It is of a newer version of the schema, or of an older one that may
                not be migrated.
            LakeError: The database cannot be opened.
        """
        engine = connect(url)
        prepare(engine, upgrade=upgrade)
        return cls(engine)

    def __enter__(self) -> Self:
        """Return the registry itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def fingerprint(self) -> str:
        """Return a token that changes whenever anything is written, and never otherwise."""
        with asking(self._engine) as connection:
            return newest_entry(connection)[1]

    def note(self, name: str) -> str | None:
        """Return a value kept in the table meta; None when there is none."""
        with asking(self._engine) as connection:
            return connection.scalar(select(META.c.value).where(META.c.name == name))

    def matched(self, role: str) -> pa.Table:
        """Return ``person_record_id, person_key`` of every record now linked to a person."""
        with asking(self._engine) as connection:
            state = newest_entry(connection)[1]
            if role not in self._linked or self._linked[role][0] != state:
                self._linked[role] = (state, reading.matched(connection, role))
        return self._linked[role][1]

    def links(self, role: str) -> pa.Table:
        """Return the newest decision on every record of a role.

        The columns are those of `tables.LINK`, then ``decided_by`` and ``decided_at``.
        """
        return self._read(reading.links, role)

    def unmatched(self, role: str) -> pa.Table:
        """Return the newest decision on every record of a role without a person; as in `links`."""
        with asking(self._engine) as connection:
            return reading.links(connection, role, unmatched=True)

    def open_links(self, role: str, tier: int) -> pa.Table:
        """Return the newest decision on records without a person, or linked by a tier.

        The columns are those of `links`.
        """
        with asking(self._engine) as connection:
            linked = reading.links(connection, role, tier=tier)
            return pa.concat_tables([reading.links(connection, role, unmatched=True), linked])

    def history(self, role: str, person_record_id: str) -> pa.Table:
        """Return every decision ever made on one record, oldest first; columns as in `links`.

        Keys are those of then.
        """
        one = and_(LINK.c.role == role, LINK.c.person_record_id == person_record_id)
        with asking(self._engine) as connection:
            return reading.dated(connection, LINK, one, decided=LINK.c.entry)

    def as_decided(self, role: str) -> pa.Table:
        """Return the newest decision on every record, as `links` does, by the keys of then."""
        return self._read(reading.as_decided, role)

    def ages(self, role: str) -> dict[str, int]:
        """Return the entry that made each key of a role, merged keys included; older is less."""
        with asking(self._engine) as connection:
            return reading.ages(connection, role)

    def people(self, role: str) -> pa.Table:
        """Return ``person_key, role, created_by, created_at`` of everybody of a role."""
        return self._read(reading.people, role)

    def claims(self, role: str) -> pa.Table:
        """Return every identifier that a roster states for a person of a role, or a link confirmed.

        The columns are those of `tables.CLAIM`, then ``claimed_by, claimed_at`` (when it
        was first seen) and ``withdrawn_by, withdrawn_at`` (null while it is stated). What several
        people claim who became one is claimed once: by a roster when one of the claims is a
        roster's, since the first of them, withdrawn when all are.
        """
        return self._read(reading.claims, role)

    def statements(self, role: str) -> pa.Table:
        """Return what rosters said of the people of a role.

        The columns are those of `tables.STATEMENT`, then ``stated_by, stated_at``. A record that a
        steward took from a person says nothing of that person any more.
        """
        return self._read(reading.statements, role)

    def candidates(self, role: str) -> pa.Table:
        """Return whom unsure records might be, answered questions included.

        The columns are ``person_record_id, person_key, rank, probability, evidence``; rank 1 is
        the best, and probability is null where no tier stated one.
        """
        return self._read(reading.candidates, role)

    def decisions(self, role: str) -> pa.Table:
        """Return every decision of stewards, oldest first, by the keys of then.

        The columns are those of `tables.DECISION`, then ``decided_by, decided_at, in_force``
        (false once undone, and of answer ``undo``) and ``lives_as`` (the key of the person now).
        """
        return self._read(reading.decisions, role)

    def merges(self, role: str) -> pa.Table:
        """Return every merge and split of a role, oldest first, by the keys of then.

        The columns are ``old_key, new_key, what`` (``merge`` or ``split``), ``why`` (a rule),
        ``decided_by, decided_at``.
        """
        return self._read(reading.merges, role)

    def runs(self) -> pa.Table:
        """Return ``entry, decided_at`` of every transaction the rules made, oldest first."""
        with asking(self._engine) as connection:
            return progress.runs(connection)

    def steps(self, role: str) -> pa.Table:
        """Return what every transaction changed of the decisions on records, counted.

        The columns are ``entry, source, outcome, tier, rule, records`` (how many more, or fewer)
        and ``fresh`` (of them, those never decided before).
        """
        return self._read(progress.steps, role)

    def people_steps(self, role: str) -> pa.Table:
        """Return ``entry, source, people``: how many more people, or fewer, records are."""
        return self._read(progress.people, role)

    def survivors(self, role: str) -> dict[str, str]:
        """Return the key everybody lives on as who was merged into somebody older."""
        with asking(self._engine) as connection:
            return read_survivors(connection, role)

    def model(self, role: str) -> tuple[str, str] | None:
        """Return digest and parameters of the newest model of a role; None when there is none."""
        newest = select(MODEL.c.digest, MODEL.c.parameters).where(MODEL.c.role == role)
        with asking(self._engine) as connection:
            row = connection.execute(newest.order_by(MODEL.c.entry.desc()).limit(1)).first()
        return (row.digest, row.parameters) if row else None

    def write(self, changes: Changes, *, expected: str, made_by: str, now: datetime) -> None:
        """Write everything in one transaction, or nothing.

        Args:
            changes: What to write; nothing happens when it is empty.
            expected: The fingerprint the changes were worked out from.
            made_by: `ENGINE`, or the steward's name.
            now: Instant of the decision, UTC.

        Raises:
            RegistryChanged: Somebody else wrote to the registry in between.
            LakeError: The database refuses it: a key that is taken, or no room.
        """
        if changes.empty:
            return
        with writing(self._engine) as connection:
            write_changes(connection, changes, expected=expected, made_by=made_by, now=now)

    def write_anew(
        self, work_out: Callable[[], Changes], *, made_by: str, now: datetime
    ) -> Changes:
        """Work changes out and write them; once more when somebody wrote in between.

        Args:
            work_out: Works them out from the registry as it is.
            made_by: As for `write`.
            now: As for `write`.

        Returns:
            What was written.

        Raises:
            RegistryChanged: Somebody wrote to the registry in the meantime, again and again.
        """
        for left in reversed(range(_TRIES)):
            expected, changes = self.fingerprint(), work_out()
            try:
                self.write(changes, expected=expected, made_by=made_by, now=now)
            except RegistryChanged:
                if not left:
                    raise
            else:
                break
        return changes

    def decide(self, answers: Sequence[Answer], *, by: str, now: datetime) -> list[int]:
        """Write answers of a steward in one transaction, or none of them.

        An answer on a record becomes its link; ``same`` on two people merges them, ``not_same``
        splits what a rule merged. A steward's own earlier answer, and anybody's ``unsure``, is
        taken back by another one to the same question. One that is in force already is no event.

        Args:
            answers: The answers.
            by: The steward's name.
            now: Instant of the decision, UTC.

        Returns:
            The number of each answer's decision.

        Raises:
            DecisionConflict: Another steward decided the other way, or people would become one
                whom somebody declared not to be; the error says who and when.
            HitError: An answer makes no sense, or is about what is not there.
        """
        with writing(self._engine) as connection:
            return sitting.decide(connection, answers, by=by, now=now)

    def undo(self, seq: int, *, by: str, now: datetime, note: str | None = None) -> int:
        """Take a decision back, with the merge and the claim that came of it alone.

        Its record, unless another decision holds it, is decided anew by the rules.

        Args:
            seq: Number of the decision.
            by: The steward's name.
            now: Instant of the decision, UTC.
            note: The steward's own words.

        Returns:
            The number of the decision that takes it back.

        Raises:
            DecisionConflict: Another steward decided the record anew since.
            HitError: There is no such decision, it is itself an undo, or is undone already.
        """
        with writing(self._engine) as connection:
            return sitting.undo(connection, seq, by=by, note=note, now=now)

    def rebuild(self) -> None:
        """Make every projection anew from the events; what is told stays the same."""
        with writing(self._engine) as connection:
            projections.rebuild(connection)

    def strays(self) -> dict[str, int]:
        """Return per projection how many rows are not as the events say; all 0 when healthy."""
        with asking(self._engine) as connection:
            return projections.strays(connection)

    def _read(self, read: Callable[[Connection, str], pa.Table], role: str) -> pa.Table:
        with asking(self._engine) as connection:
            return read(connection, role)

"""The identity registry: durable keys, remembered decisions, claimed identifiers.

A SQL database through SQLAlchemy: a SQLite file by default, PostgreSQL by URL. It reads and writes
whole tables as Arrow and decides nothing.
"""

import base64
import secrets
from datetime import UTC, datetime
from itertools import repeat
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    and_,
    bindparam,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    make_url,
    select,
    update,
)
from sqlalchemy.pool import NullPool

from hit_pipeline.errors import LakeError, LakeFormatError
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.tables import (
    CLAIM,
    ENTRY,
    LINK,
    META,
    METADATA,
    PERSON,
    SCHEMA_VERSION,
    STATEMENT,
    arrow_schema,
)

ENGINE = "engine"
"""Who made what the rules decided; every other maker is a steward's name."""

_TIMESTAMP = pa.timestamp("us", tz="UTC")
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
    kept until something is written.
    """

    def __init__(self, engine: Engine) -> None:
        """Take a SQLAlchemy engine whose tables exist; use `open` instead."""
        self._engine = engine
        self._linked: dict[str, tuple[str, pa.Table]] = {}

    @classmethod
    def open(cls, url: str) -> Self:
        """Open a registry, making its tables where there are none.

        Args:
            url: SQLAlchemy URL: ``sqlite:///path`` or ``postgresql+psycopg://...``.

        Raises:
            LakeFormatError: It was written by another version of the schema.
        """
        target = make_url(url)
        style = "qmark" if target.get_backend_name() == "sqlite" else "format"
        engine = create_engine(
            target,
            poolclass=NullPool,
            paramstyle=style,
            hide_parameters=True,  # an error must not repeat a pupil's identifier
        )
        with engine.begin() as connection:
            if not inspect(connection).has_table(META.name):
                METADATA.create_all(connection)
                connection.execute(insert(META).values(name="schema_version", value=SCHEMA_VERSION))
        registry = cls(engine)
        if (found := registry.note("schema_version")) != SCHEMA_VERSION:
            message = f"the registry has schema version {found}; this code reads {SCHEMA_VERSION}."
            raise LakeFormatError(message, remedy="Use the version of hit_pipeline that wrote it.")
        return registry

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
        with self._engine.connect() as connection:
            return _newest_entry(connection)[1]

    def note(self, name: str) -> str | None:
        """Return a value kept in the table meta; None when there is none."""
        with self._engine.connect() as connection:
            return connection.scalar(select(META.c.value).where(META.c.name == name))

    def matched(self, role: str) -> pa.Table:
        """Return ``person_record_id, person_key`` of every record now linked to a person."""
        state = self.fingerprint()
        if role not in self._linked or self._linked[role][0] != state:
            self._linked[role] = (state, self._read_linked(role))
        return self._linked[role][1]

    def _read_linked(self, role: str) -> pa.Table:
        wanted = select(LINK.c.person_record_id, LINK.c.person_key).where(LINK.c.role == role)
        records, keys = self._columns(wanted.order_by(LINK.c.seq))
        newest = {
            record: key for record, key in dict(zip(records, keys, strict=True)).items() if key
        }
        return pa.table(
            {
                "person_record_id": pa.array(newest.keys(), pa.string()),
                "person_key": pa.array(newest.values(), pa.string()),
            }
        )

    def links(self, role: str) -> pa.Table:
        """Return the newest decision on every record of a role.

        The columns are those of `tables.LINK`, then ``decided_by`` and ``decided_at``.
        """
        newest = select(func.max(LINK.c.seq)).where(LINK.c.role == role)
        newest = newest.group_by(LINK.c.person_record_id)
        return self._dated(LINK, LINK.c.seq.in_(newest), "decided")

    def unmatched(self, role: str) -> pa.Table:
        """Return the newest decision on every record of a role without a person; as in `links`."""
        without = and_(LINK.c.role == role, LINK.c.outcome != "match")
        doubted = select(LINK.c.person_record_id).where(without)
        newest = select(func.max(LINK.c.seq)).group_by(LINK.c.person_record_id)
        newest = newest.where(LINK.c.role == role, LINK.c.person_record_id.in_(doubted))
        return self._dated(LINK, and_(without, LINK.c.seq.in_(newest)), "decided")

    def history(self, role: str, person_record_id: str) -> pa.Table:
        """Return every decision ever made on one record, oldest first; columns as in `links`."""
        one = and_(LINK.c.role == role, LINK.c.person_record_id == person_record_id)
        return self._dated(LINK, one, "decided")

    def people(self, role: str) -> pa.Table:
        """Return ``person_key, role, created_by, created_at`` of everybody of a role."""
        return self._dated(PERSON, PERSON.c.role == role, "created")

    def claims(self, role: str) -> pa.Table:
        """Return every identifier that a roster states for a person of a role, or a link confirmed.

        The columns are those of `tables.CLAIM`, then ``claimed_by, claimed_at`` (when it
        was first seen) and ``withdrawn_by, withdrawn_at`` (null while it is stated).
        """
        return self._dated(CLAIM, CLAIM.c.role == role, "claimed")

    def statements(self, role: str) -> pa.Table:
        """Return what rosters said of the people of a role.

        The columns are those of `tables.STATEMENT`, then ``stated_by, stated_at``.
        """
        return self._dated(STATEMENT, STATEMENT.c.role == role, "stated")

    def write(self, changes: Changes, *, expected: str, made_by: str, now: datetime) -> None:
        """Write everything in one transaction, or nothing.

        Args:
            changes: What to write; nothing happens when it is empty.
            expected: The fingerprint the changes were worked out from.
            made_by: `ENGINE`, or the steward's name.
            now: Instant of the decision, UTC.

        Raises:
            LakeError: Somebody else wrote to the registry in between.
        """
        if changes.empty:
            return
        with self._engine.begin() as connection:
            number, token = _newest_entry(connection)
            if token != expected:
                message = "the registry was changed by another process while this one was deciding."
                raise LakeError(message, remedy="Run again.")
            entry = number + 1
            stamp = {"entry": entry, "token": secrets.token_hex(16), "made_by": made_by}
            connection.execute(insert(ENTRY).values(**stamp, made_at=now.astimezone(UTC)))
            _append(connection, PERSON, changes.people, entry)
            _append(connection, LINK, changes.links, entry)
            _append(connection, CLAIM, changes.claims, entry)
            _append(connection, STATEMENT, changes.statements, entry)
            _withdraw(connection, changes.withdrawn, entry)
            _withdraw(connection, changes.restated, None)
            for name, value in changes.notes.items():
                connection.execute(delete(META).where(META.c.name == name))
                connection.execute(insert(META).values(name=name, value=value))

    def _columns(self, wanted: Select[Any]) -> list[tuple[Any, ...]]:
        """Return the columns of a query, each as a tuple, also when there is no row."""
        with self._engine.connect() as connection:
            rows = connection.execute(wanted).all()
        return list(zip(*rows, strict=True)) if rows else [()] * len(wanted.selected_columns)

    def _dated(self, table: Table, where: ColumnElement[bool], verb: str) -> pa.Table:
        """Return rows as Arrow, each entry replaced by who made it and when."""
        schema = arrow_schema(table)
        entries = {verb: table.c.entry}
        if table is CLAIM:
            entries["withdrawn"] = CLAIM.c.withdrawn
        wanted = select(*(table.c[name] for name in schema.names), *entries.values()).where(where)
        columns = self._columns(wanted.order_by(*table.primary_key.columns))
        made = self._columns(select(ENTRY.c.entry, ENTRY.c.made_by, ENTRY.c.made_at))
        by = dict(zip(made[0], made[1], strict=True))
        at = {
            entry: when.replace(tzinfo=UTC) if when.tzinfo is None else when
            for entry, when in zip(made[0], made[2], strict=True)
        }
        given = {
            name: pa.array(cells, schema.field(name).type)
            for name, cells in zip(schema.names, columns, strict=False)
        }
        for name, cells in zip(entries, columns[len(schema) :], strict=True):
            given[f"{name}_by"] = pa.array([by.get(cell) for cell in cells], pa.string())
            given[f"{name}_at"] = pa.array([at.get(cell) for cell in cells], _TIMESTAMP)
        return pa.table(given)


def _newest_entry(connection: Connection) -> tuple[int, str]:
    """Return number and token of the newest entry; of an empty registry 0 and ``empty``."""
    newest = select(ENTRY.c.entry, ENTRY.c.token).order_by(ENTRY.c.entry.desc()).limit(1)
    row = connection.execute(newest).first()
    return (row.entry, row.token) if row else (0, "empty")


def _append(connection: Connection, table: Table, rows: pa.Table, entry: int) -> None:
    """Insert Arrow rows as plain tuples: ten times as many as objects would allow."""
    if not rows.num_rows:
        return
    names = arrow_schema(table).names
    order = [(column.name, "ascending") for column in table.primary_key if column.name in names]
    rows = rows.sort_by(order) if order else rows
    statement = insert(table).values({name: bindparam(name) for name in (*names, "entry")})
    cells = [rows[name].to_pylist() for name in names]
    connection.exec_driver_sql(
        str(statement.compile(connection)), list(zip(*cells, repeat(entry), strict=False))
    )


def _withdraw(connection: Connection, claims: pa.Table, entry: int | None) -> None:
    """Mark claims as withdrawn by an entry, or as stated again."""
    if not claims.num_rows:
        return
    key = [column.name for column in CLAIM.primary_key.columns]
    which = and_(*(CLAIM.c[name] == bindparam(f"the_{name}") for name in key))
    rows = [{f"the_{name}": row[name] for name in key} for row in claims.select(key).to_pylist()]
    connection.execute(update(CLAIM).where(which).values(withdrawn=entry), rows)

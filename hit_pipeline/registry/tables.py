"""The SQL tables of the identity registry.

Everything is appended by an `entry`: one transaction, by somebody, at an instant. Only a claim is
ever updated, when a roster withdraws an identifier or states it again. Names, birth dates and
identifiers of pupils stand here as the rosters state them: the database is as protected as those.
"""

import pyarrow as pa
from sqlalchemy import (
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA_VERSION = "1"

METADATA = MetaData()


def _entry(name: str = "entry", *, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey("entry.entry"), nullable=nullable)


META = Table(
    "meta",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
    comment="Schema version, and per role the state in which open records were last tried.",
)

ENTRY = Table(
    "entry",
    METADATA,
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("token", String(32), nullable=False, unique=True),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    comment="One transaction. The newest token is the registry's fingerprint.",
)

PERSON = Table(
    "person",
    METADATA,
    Column("person_key", String(20), primary_key=True),
    Column("role", String(8), nullable=False),
    _entry(),
    sqlite_with_rowid=False,
    comment="One person in one role; keys are random and never reused.",
)

LINK = Table(
    "link",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("role", String(8), nullable=False),
    Column("source", Text, nullable=False),
    Column("person_record_id", String(32), nullable=False),
    Column("person_key", String(20)),
    Column("candidate_key", String(20)),
    Column("outcome", String(8), nullable=False),
    Column("tier", Integer),
    Column("rule", String(60), nullable=False),
    Column("evidence", Text),
    Column("probability", Float),
    _entry(),
    comment="Decisions on person records; the newest of a record holds.",
)

CLAIM = Table(
    "claim",
    METADATA,
    Column("role", String(8), primary_key=True),
    Column("system", String(12), primary_key=True),
    Column("issuer", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("person_key", String(20), primary_key=True),
    Column("origin", String(8), nullable=False),
    _entry(),
    _entry("withdrawn", nullable=True),
    sqlite_with_rowid=False,
    comment="An identifier a roster states for a person, or a link confirmed.",
)

STATEMENT = Table(
    "statement",
    METADATA,
    Column("role", String(8), primary_key=True),
    Column("person_record_id", String(32), primary_key=True),
    Column("person_key", String(20), primary_key=True),
    Column("source", Text, nullable=False),
    Column("given_name", Text),
    Column("middle_name", Text),
    Column("family_name", Text),
    Column("preferred_name", Text),
    Column("display_name", Text),
    Column("birth_date", String(10)),
    _entry(),
    sqlite_with_rowid=False,
    comment="What a roster says, or said, of a person: evidence for later records.",
)

_ARROW: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64()}
_OURS = frozenset({"seq", "entry", "withdrawn"})


def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of what is written to a table; the registry fills in the rest."""
    return pa.schema(
        [
            pa.field(column.name, _ARROW[column.type.python_type])
            for column in table.columns
            if column.name not in _OURS
        ]
    )

"""The SQL tables of the identity registry.

*Events* are only ever appended, each by an `entry`: one transaction, by somebody, at an instant.
*Projections* are what is asked for every night, worked out from the events and able to be made from
them again. Names, birth dates and identifiers of pupils stand here as the rosters state them: the
database is as protected as those.

A change of these tables is a migration in ``migrations`` and a new `SCHEMA_VERSION`.
"""

import pyarrow as pa
from sqlalchemy import (
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA_VERSION = "2"

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

Index("link_of_record", LINK.c.role, LINK.c.person_record_id)

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

DECISION = Table(
    "decision",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("role", String(8), nullable=False),
    Column("source", Text),
    Column("person_record_id", String(32)),
    Column("own_system", String(12)),
    Column("own_value", Text),
    Column("person_key", String(20), nullable=False),
    Column("other_key", String(20)),
    Column("answer", String(8), nullable=False),
    Column("undoes", Integer, ForeignKey("decision.seq")),
    Column("note", Text),
    _entry(),
    comment="A steward's answer: is a record this person, or are two people one.",
)

CLAIM_EVENT = Table(
    "claim_event",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("role", String(8), nullable=False),
    Column("system", String(12), nullable=False),
    Column("issuer", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("person_key", String(20), nullable=False),
    Column("what", String(9), nullable=False),
    _entry(),
    comment="An identifier is stated by a roster, linked, withdrawn or restated.",
)

MERGE_EVENT = Table(
    "merge_event",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("role", String(8), nullable=False),
    Column("old_key", String(20), nullable=False),
    Column("new_key", String(20), nullable=False),
    Column("what", String(5), nullable=False),
    Column("decision", Integer, ForeignKey("decision.seq")),
    Column("why", String(60), nullable=False),
    _entry(),
    comment="Two people are one (merge), or no longer (split); the newest of a pair holds.",
)

CANDIDATE = Table(
    "candidate",
    METADATA,
    Column("role", String(8), primary_key=True),
    Column("person_record_id", String(32), primary_key=True),
    Column("entry", Integer, ForeignKey("entry.entry"), primary_key=True, autoincrement=False),
    Column("person_key", String(20), primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("probability", Float),
    Column("evidence", Text),
    sqlite_with_rowid=False,
    comment="Whom an unsure record might be; the newest entry of a record holds.",
)

MODEL = Table(
    "model",
    METADATA,
    Column("role", String(8), primary_key=True),
    Column("entry", Integer, ForeignKey("entry.entry"), primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("parameters", Text, nullable=False),
    comment="Trained parameters of the probabilistic tier; the newest of a role holds.",
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

CURRENT_LINK = Table(
    "current_link",
    METADATA,
    Column("role", String(8), primary_key=True),
    Column("person_record_id", String(32), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("person_key", String(20)),
    Column("outcome", String(8), nullable=False),
    sqlite_with_rowid=False,
    comment="Projection: the newest link of every record.",
)

SURVIVOR = Table(
    "survivor",
    METADATA,
    Column("role", String(8), primary_key=True),
    Column("old_key", String(20), primary_key=True),
    Column("new_key", String(20), nullable=False),
    sqlite_with_rowid=False,
    comment="Projection: the key each merged key now lives on as, over any number of merges.",
)

EVENTS = (
    ENTRY,
    PERSON,
    LINK,
    STATEMENT,
    DECISION,
    CLAIM_EVENT,
    MERGE_EVENT,
    CANDIDATE,
    MODEL,
)
"""Appended only, in an order in which each may refer to those before."""

PROJECTIONS = (CURRENT_LINK, CLAIM, SURVIVOR)
"""Made again from the events at any time."""

_ARROW: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64()}
_OURS = frozenset({"seq", "entry", "withdrawn", "decision"})


def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of what is written to a table; the registry fills in the rest."""
    return pa.schema(
        [
            pa.field(column.name, _ARROW[column.type.python_type])
            for column in table.columns
            if column.name not in _OURS
        ]
    )

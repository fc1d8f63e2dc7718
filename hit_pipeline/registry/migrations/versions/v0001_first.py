"""Version 1 of the tables: people, links, claims and statements."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "meta",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        comment="Schema version, and per role the state in which open records were last tried.",
    )
    op.create_table(
        "entry",
        sa.Column("entry", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("token", sa.String(32), nullable=False, unique=True),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        comment="One transaction. The newest token is the registry's fingerprint.",
    )
    op.create_table(
        "person",
        sa.Column("person_key", sa.String(20), primary_key=True),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("entry", sa.Integer, sa.ForeignKey("entry.entry"), nullable=False),
        sqlite_with_rowid=False,
        comment="One person in one role; keys are random and never reused.",
    )
    _links()
    _known()
    op.bulk_insert(
        sa.table("meta", sa.column("name"), sa.column("value")),
        [{"name": "schema_version", "value": "1"}],
    )


def _links() -> None:
    op.create_table(
        "link",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("person_record_id", sa.String(32), nullable=False),
        sa.Column("person_key", sa.String(20)),
        sa.Column("candidate_key", sa.String(20)),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("tier", sa.Integer),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("evidence", sa.Text),
        sa.Column("probability", sa.Float),
        sa.Column("entry", sa.Integer, sa.ForeignKey("entry.entry"), nullable=False),
        comment="Decisions on person records; the newest of a record holds.",
    )


def _known() -> None:
    op.create_table(
        "claim",
        sa.Column("role", sa.String(8), primary_key=True),
        sa.Column("system", sa.String(12), primary_key=True),
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("person_key", sa.String(20), primary_key=True),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("entry", sa.Integer, sa.ForeignKey("entry.entry"), nullable=False),
        sa.Column("withdrawn", sa.Integer, sa.ForeignKey("entry.entry")),
        sqlite_with_rowid=False,
        comment="An identifier a roster states for a person, or a link confirmed.",
    )
    op.create_table(
        "statement",
        sa.Column("role", sa.String(8), primary_key=True),
        sa.Column("person_record_id", sa.String(32), primary_key=True),
        sa.Column("person_key", sa.String(20), primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("given_name", sa.Text),
        sa.Column("middle_name", sa.Text),
        sa.Column("family_name", sa.Text),
        sa.Column("preferred_name", sa.Text),
        sa.Column("display_name", sa.Text),
        sa.Column("birth_date", sa.String(10)),
        sa.Column("entry", sa.Integer, sa.ForeignKey("entry.entry"), nullable=False),
        sqlite_with_rowid=False,
        comment="What a roster says, or said, of a person: evidence for later records.",
    )

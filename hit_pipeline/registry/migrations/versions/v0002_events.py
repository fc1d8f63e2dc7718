"""Version 2 of the tables: decisions, merges, candidates and models; claims as events."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables and carry over what version 1 knew."""
    op.create_index("link_of_record", "link", ["role", "person_record_id"])
    _decisions()
    _events()
    _projections()
    for statement in (_CLAIMED, _LINKED):
        op.execute(statement)
    op.execute("UPDATE meta SET value = '2' WHERE name = 'schema_version'")


def _entry(*, key: bool = False) -> sa.Column[int]:
    entry = sa.ForeignKey("entry.entry")
    if key:
        return sa.Column("entry", sa.Integer, entry, primary_key=True, autoincrement=False)
    return sa.Column("entry", sa.Integer, entry, nullable=False)


def _decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("person_record_id", sa.String(32)),
        sa.Column("own_system", sa.String(12)),
        sa.Column("own_value", sa.Text),
        sa.Column("person_key", sa.String(20), nullable=False),
        sa.Column("other_key", sa.String(20)),
        sa.Column("answer", sa.String(8), nullable=False),
        sa.Column("undoes", sa.Integer, sa.ForeignKey("decision.seq")),
        sa.Column("note", sa.Text),
        _entry(),
        comment="A steward's answer: is a record this person, or are two people one.",
    )


def _events() -> None:
    op.create_table(
        "claim_event",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("system", sa.String(12), nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("person_key", sa.String(20), nullable=False),
        sa.Column("what", sa.String(9), nullable=False),
        _entry(),
        comment="An identifier is stated by a roster, linked, withdrawn or restated.",
    )
    op.create_table(
        "merge_event",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("old_key", sa.String(20), nullable=False),
        sa.Column("new_key", sa.String(20), nullable=False),
        sa.Column("what", sa.String(5), nullable=False),
        sa.Column("decision", sa.Integer, sa.ForeignKey("decision.seq")),
        sa.Column("why", sa.String(60), nullable=False),
        _entry(),
        comment="Two people are one (merge), or no longer (split); the newest of a pair holds.",
    )
    op.create_table(
        "candidate",
        sa.Column("role", sa.String(8), primary_key=True),
        sa.Column("person_record_id", sa.String(32), primary_key=True),
        _entry(key=True),
        sa.Column("person_key", sa.String(20), primary_key=True),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("probability", sa.Float),
        sa.Column("evidence", sa.Text),
        sqlite_with_rowid=False,
        comment="Whom an unsure record might be; the newest entry of a record holds.",
    )
    op.create_table(
        "model",
        sa.Column("role", sa.String(8), primary_key=True),
        _entry(key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        comment="Trained parameters of the probabilistic tier; the newest of a role holds.",
    )


def _projections() -> None:
    op.create_table(
        "current_link",
        sa.Column("role", sa.String(8), primary_key=True),
        sa.Column("person_record_id", sa.String(32), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("person_key", sa.String(20)),
        sa.Column("outcome", sa.String(8), nullable=False),
        sqlite_with_rowid=False,
        comment="Projection: the newest link of every record.",
    )
    op.create_table(
        "survivor",
        sa.Column("role", sa.String(8), primary_key=True),
        sa.Column("old_key", sa.String(20), primary_key=True),
        sa.Column("new_key", sa.String(20), nullable=False),
        sqlite_with_rowid=False,
        comment="Projection: the key each merged key now lives on as, over any number of merges.",
    )


_CLAIMED = """
INSERT INTO claim_event (role, system, issuer, value, person_key, what, entry)
SELECT role, system, issuer, value, person_key, what, entry FROM (
  SELECT role, system, issuer, value, person_key, entry, 0 AS step,
    CASE origin WHEN 'link' THEN 'linked' ELSE 'stated' END AS what FROM claim
  UNION ALL
  SELECT role, system, issuer, value, person_key, withdrawn, 1, 'withdrawn' FROM claim
  WHERE withdrawn IS NOT NULL
) AS events
ORDER BY entry, step, role, system, issuer, value, person_key
"""
_LINKED = """
INSERT INTO current_link (role, person_record_id, seq, person_key, outcome)
SELECT role, person_record_id, seq, person_key, outcome FROM link
WHERE seq IN (SELECT MAX(seq) FROM link GROUP BY role, person_record_id)
"""

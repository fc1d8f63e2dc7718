"""Queries over one tier of a release, and the DuckDB file beside its Parquet."""

import os
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from hit_pipeline.errors import HitError, NotFound
from hit_pipeline.release import catalog, views
from tests.unit.release.bench import Bench


def folder(bench: Bench) -> Path:
    found = catalog.current(bench.lake)
    assert found is not None
    return found.folder


def test_views_work_from_any_working_directory(
    published: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    database = os.path.relpath(folder(published) / "hit.duckdb")
    with duckdb.connect(database, read_only=True) as opened:
        assert opened.sql("SELECT count(*) FROM analyst.session").fetchall() == [(8,)]
        assert opened.sql("SELECT count(given_name) FROM restricted.student").fetchall() == [(5,)]
        assert "given_name" not in opened.sql("SELECT * FROM analyst.student").columns


def test_the_database_can_be_opened_by_older_tools(published: Bench) -> None:
    with duckdb.connect(folder(published) / "hit.duckdb", read_only=True) as opened:
        told = opened.sql("SELECT tags FROM duckdb_databases() WHERE database_name = 'hit'")
        assert "v1.0.0" in str(told.fetchall())


def test_a_release_is_queried_by_tier_and_name(published: Bench) -> None:
    name = folder(published).name
    for sql in ("SELECT * FROM student", "FROM analyst.student", "SELECT * FROM student;"):
        found = views.query(published.lake, sql, tier="analyst", release=name)
        assert found.num_rows == 5
        assert "family_name" not in found.column_names
    assert views.query(published.lake, "SELECT family_name FROM student").num_rows == 5


def test_a_lake_that_was_moved_is_still_queried(published: Bench, tmp_path: Path) -> None:
    moved = Bench(tmp_path / "a moved 'lake'")
    shutil.copytree(published.root / "lake", moved.root / "lake")
    shutil.rmtree(published.root / "lake")
    assert views.query(moved.lake, "SELECT * FROM session").num_rows == 8


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{0}/restricted/student/part-0.parquet'",
        "COPY student TO '{0}/copy.parquet'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{0}/copy.parquet'",
        "EXPORT DATABASE '{0}/export'",
        "ATTACH '{0}/hit.duckdb' AS other",
        "SELECT 1; SELECT 2",
        "SET enable_external_access = true",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW student",
        "INSTALL httpfs",
        "",
        "SELEC 1",
        "SELECT * FROM no_such_table",
    ],
)
def test_only_one_select_is_run(published: Bench, sql: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder(published).rglob("*")}
    with pytest.raises(HitError):
        views.query(published.lake, sql.format(folder(published)))
    assert {path: path.stat().st_mtime_ns for path in folder(published).rglob("*")} == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM '{0}/restricted/student/part-0.parquet'",
        "SELECT * FROM restricted.student",
        "SELECT * FROM read_text('{0}/manifest.json')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('{0}/**')",
    ],
)
def test_a_query_reads_the_tier_it_was_given_and_nothing_else(published: Bench, sql: str) -> None:
    with pytest.raises(HitError):
        views.query(published.lake, sql.format(folder(published)), tier="analyst")


@pytest.mark.parametrize(
    "sql", ["SELECT given_name::DATE FROM student", "SELECT error(given_name) FROM student"]
)
def test_a_value_a_query_fails_on_is_not_told(published: Bench, sql: str) -> None:
    names = views.query(published.lake, "SELECT given_name FROM student")["given_name"]
    with pytest.raises(HitError) as caught:
        views.query(published.lake, sql)
    assert not any(name in str(caught.value) for name in names.drop_null().to_pylist())
    assert "try_cast" in str(caught.value)


def test_a_tier_that_is_not_there_is_answered_with_those_that_are(published: Bench) -> None:
    with pytest.raises(NotFound) as caught:
        views.query(published.lake, "SELECT 1", tier="public")
    assert caught.value.valid == ("analyst", "restricted")


def test_pandas_reads_a_table_as_the_release_says(published: Bench) -> None:
    assert (
        'read_parquet("analyst/reach", partitioning=None)'
        in (folder(published) / "docs" / "reading.md").read_text()
    )
    read = pd.read_parquet(folder(published) / "analyst" / "session", partitioning=None)
    assert len(read) == 8

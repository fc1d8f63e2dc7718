"""Tables of a relational student information system, for SQLite, PostgreSQL and MariaDB.

A layout of our own in the manner of real ones: surrogate whole numbers as keys, codes in padded
CHAR columns that a table of codes explains, flags that may be null, a time of last change.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    MetaData,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

SqlDialect = Literal["sqlite", "postgresql", "mariadb"]
_DIALECTS: dict[SqlDialect, type[Dialect]] = {
    "sqlite": sqlite.dialect,
    "postgresql": postgresql.dialect,
    "mariadb": MariaDBDialect,  # Dagster gives every DateTime of "mysql" a precision
}


def schema() -> MetaData:
    """Return the tables, none of them made yet; `sheets` writes their columns in this order."""
    metadata = MetaData()
    _codes(metadata)
    _schools(metadata)
    _people(metadata)
    _classes(metadata)
    _days(metadata)
    for table in metadata.tables.values():
        for dialect in ("mysql", "mariadb"):
            table.dialect_options[dialect]["charset"] = "utf8mb4"  # a server's own may lack letters
    return metadata


@cache
def _columns() -> dict[str, list[Column[Any]]]:
    return {table.name: list(table.columns) for table in schema().sorted_tables}


def key_column(table: str) -> str:
    """Return the name of a table's surrogate key, its first column."""
    return _columns()[table][0].name


def shaped(table: str, cells: Mapping[str, pa.Array]) -> pa.Table:
    """Return cells as rows of a table: its columns in order, CHAR cells filled up with blanks."""
    return pa.table({one.name: _padded(one, cells[one.name]) for one in _columns()[table]})


def _padded(column: Column[Any], cells: pa.Array) -> pa.Array:
    if isinstance(column.type, CHAR) and column.type.length:
        return pc.utf8_rpad(cells, column.type.length, " ")
    return cells


def ddl(dialect: SqlDialect) -> str:
    """Return the statements that create the tables and indexes, referenced tables first."""
    compiler = _DIALECTS[dialect]()
    compiled = [one.compile(dialect=compiler) for one in statements()]
    return "\n".join(f"{str(statement).strip()};\n" for statement in compiled)


def write_ddl(folder: Path) -> None:
    """Write the statements for each database: ``ddl_<dialect>.sql``."""
    for dialect in _DIALECTS:
        path = folder / f"ddl_{dialect}.sql"
        path.write_text(ddl(dialect), encoding="utf-8", newline="\n")


def statements() -> Iterator[CreateTable | CreateIndex]:
    """Yield what makes the tables and indexes, referenced tables first, always in one order."""
    for table in schema().sorted_tables:
        yield CreateTable(table)
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            yield CreateIndex(index)


def _key(name: str = "dcid") -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _reference(name: str, to: str) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(to), nullable=False, index=True)


def _modified() -> Column[Any]:
    return Column("last_modified", DateTime, nullable=False)


def _codes(metadata: MetaData) -> None:
    Table(
        "codes",
        metadata,
        Column("code_set", String(30), primary_key=True),
        Column("code", CHAR(4), primary_key=True),
        Column("description", String(80), nullable=False),
    )


def _schools(metadata: MetaData) -> None:
    Table(
        "schools",
        metadata,
        _key("school_id"),
        Column("school_number", CHAR(6), nullable=False, unique=True),
        Column("school_name", String(80), nullable=False),
        Column("low_grade", SmallInteger, nullable=False),
        Column("high_grade", SmallInteger, nullable=False),
        Column("instruction_minutes", SmallInteger),
        _modified(),
    )


def _people(metadata: MetaData) -> None:
    Table(
        "students",
        metadata,
        _key(),
        Column("student_number", CHAR(10), nullable=False, unique=True),
        Column("state_studentnumber", CHAR(12)),
        Column("last_name", String(60), nullable=False),
        Column("first_name", String(60), nullable=False),
        Column("middle_name", String(60)),
        Column("preferred_name", String(60)),
        Column("dob", Date),
        Column("gender", CHAR(4)),
        Column("ethnicity", CHAR(4)),
        Column("ell_flag", SmallInteger),
        Column("sped_flag", SmallInteger),
        Column("lunch_status", CHAR(4)),
        Column("gifted_flag", SmallInteger),
        Column("student_email", String(120)),
        Column("enroll_status", SmallInteger, nullable=False),
        Column("grade_level", SmallInteger, nullable=False),
        _reference("school_id", "schools.school_id"),
        _modified(),
    )
    Table(
        "teachers",
        metadata,
        _key(),
        Column("teacher_number", CHAR(10), nullable=False, unique=True),
        Column("last_name", String(60), nullable=False),
        Column("first_name", String(60), nullable=False),
        Column("email_addr", String(120)),
        Column("staff_status", SmallInteger, nullable=False),
        _reference("home_school_id", "schools.school_id"),
        _modified(),
    )
    Table(
        "student_enrollments",
        metadata,
        _key(),
        _reference("student_dcid", "students.dcid"),
        _reference("school_id", "schools.school_id"),
        Column("school_year", SmallInteger, nullable=False),
        Column("grade_level", SmallInteger, nullable=False),
        Column("enrollment_type", CHAR(4), nullable=False),
        Column("entry_date", Date, nullable=False),
        Column("exit_date", Date),
        Column("exit_code", CHAR(4)),
        _modified(),
    )


def _classes(metadata: MetaData) -> None:
    Table(
        "sections",
        metadata,
        _key(),
        _reference("school_id", "schools.school_id"),
        Column("school_year", SmallInteger, nullable=False),
        Column("course_number", CHAR(8), nullable=False),
        Column("section_number", CHAR(24), nullable=False),
        Column("course_name", String(60), nullable=False),
        Column("expression", String(20)),
        Column("grade_level", SmallInteger),
        _reference("teacher_dcid", "teachers.dcid"),
        _modified(),
    )
    Table(
        "section_enrollments",
        metadata,
        _key(),
        _reference("student_dcid", "students.dcid"),
        _reference("section_dcid", "sections.dcid"),
        Column("date_enrolled", Date, nullable=False),
        Column("date_left", Date),
        _modified(),
    )
    Table(
        "student_programs",
        metadata,
        _key(),
        _reference("student_dcid", "students.dcid"),
        Column("program_code", CHAR(4), nullable=False),
        Column("term_name", String(20), nullable=False),
        Column("program_status", CHAR(4), nullable=False),
        Column("enter_date", Date),
        Column("exit_date", Date),
        _modified(),
    )


def _days(metadata: MetaData) -> None:
    Table(
        "calendar_days",
        metadata,
        _key(),
        _reference("school_id", "schools.school_id"),
        Column("date_value", Date, nullable=False),
        Column("in_session", SmallInteger, nullable=False),
        Column("day_type", CHAR(4), nullable=False),
        Column("cycle_day", CHAR(4)),
        _modified(),
    )
    Table(
        "attendance_daily",
        metadata,
        _key(),
        _reference("student_dcid", "students.dcid"),
        _reference("school_id", "schools.school_id"),
        Column("att_date", Date, nullable=False),
        Column("attendance_code", CHAR(4), nullable=False),
        Column("minutes_missed", SmallInteger),
        _modified(),
    )

"""What every database of a student information system must show, whichever server it stands on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, text

from hit_pipeline.engine import Engine as TableEngine
from tests.unit.sources.asked import Asked

CONTRACT = """
id = "small_sis"
version = 1
title = "A small SIS"
bare_id_system = "district"
[files.students]
natural_key = ["number"]
delivers = "full"
absence = "removed"
columns = [{ name = "number", required = true }, { name = "family" }, { name = "given" },
  { name = "born" }, { name = "grade" }, { name = "note" }, { name = "changed_at" }]
[files.students.query]
sql = "SELECT number, family, given, born, grade, note, changed_at FROM pupils WHERE kind = :kind"
since = "changed_at"
[[files.students.feeds]]
table = "typed_student"
[files.students.feeds.columns]
student_id_district = { from = "number" }
student_family_name = { from = "family" }
student_given_name = { from = "given" }
birth_date = { from = "born" }
grade = { from = "grade" }
"""
CREATE = """CREATE TABLE pupils (number VARCHAR(12) PRIMARY KEY, kind CHAR(4), family VARCHAR(40),
given VARCHAR(40), born DATE, grade SMALLINT, note VARCHAR(40), changed_at TIMESTAMP NULL)"""
INSERT = """INSERT INTO pupils VALUES
(:number, 'P', :family, 'Noor', '2014-02-03', 5, :note, :changed_at)"""


@dataclass(frozen=True)
class SmallSis:
    """A table of pupils in a database, and a district that asks for it."""

    asked: Asked
    engine: Engine

    def run(self, sql: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql), values)

    def add(self, number: str, changed_at: str | None, *, note: str | None = None) -> None:
        self.run(INSERT, number=number, family=f"Family {number}", note=note, changed_at=changed_at)

    def numbers(self) -> list[str]:
        return sorted(row["student_id_district"] for row in self.asked.table("typed_student"))


def small_sis(tables: TableEngine, folder: Path, url: str, password: str | None = None) -> SmallSis:
    """Make the table of pupils, empty, and the district."""
    (folder / "small_sis.toml").write_text(CONTRACT, encoding="utf-8")
    whole = make_url(url) if password is None else make_url(url).set(password=password)
    engine = create_engine(whole)
    sql: dict[str, Any] = {"url": url, "parameters": {"kind": "P"}, "retries": 0}
    if password is not None:
        sql["password"] = password
    source = {"adapter": "sis_sql", "kind": "roster", "contract": "small_sis.toml", "sql": sql}
    made = SmallSis(Asked(tables, folder, source), engine)
    made.run("DROP TABLE IF EXISTS pupils")
    made.run(CREATE)
    return made


def shows_increments_and_removals(sis: SmallSis) -> None:
    """A night asks for what changed; a whole one finds what was removed without a word."""
    sis.add("0001", "2026-10-01 08:00:00", note="")
    sis.add("0002", "2026-11-01 08:00:00")
    sis.add("0003", None)
    sis.asked.landed()
    assert sis.numbers() == ["0001", "0002", "0003"]

    sis.add("0004", "2026-11-02 08:00:00")
    sis.run("DELETE FROM pupils WHERE number = '0001'")
    sis.asked.later(days=1)
    sis.asked.landed()
    assert sis.asked.modes()["students"] == [("bulk", 3), ("delta", 3)]  # 0002 by the look-back
    assert sis.numbers() == ["0001", "0002", "0003", "0004"]

    sis.asked.later(days=7)
    sis.asked.landed()
    assert sis.asked.modes()["students"][2:] == [("bulk", 3)]
    assert sis.numbers() == ["0002", "0003", "0004"]


def shows_null_apart_from_blank(sis: SmallSis) -> None:
    """What is null stays null, what is blank stays blank, a number keeps its zeros."""
    sis.add("0010", "2026-11-01 08:00:00", note="")
    sis.add("0020", "2026-11-01 08:00:00", note=None)
    (delivery,) = sis.asked.landed().deliveries
    (file,) = delivery.files
    assert file.path is not None
    rows = sis.asked.engine.collect(sis.asked.engine.read([file.path])).to_pylist()
    assert {row["number"]: row["note"] for row in rows} == {"0010": "", "0020": None}
    assert {row["born"] for row in rows} == {"2014-02-03"}


def shows_what_is_wrong(sis: SmallSis) -> None:
    """A table that is gone is told by name, a night that fails keeps the rows of before."""
    sis.add("0001", "2026-11-01 08:00:00")
    sis.asked.landed()
    sis.run("ALTER TABLE pupils RENAME TO hidden_pupils")
    sis.asked.later(days=8)
    failure = sis.asked.night().failure
    sis.run("ALTER TABLE hidden_pupils RENAME TO pupils")
    assert failure is not None
    assert "sis: students: there is no such table" in str(failure)
    assert "0001" not in str(failure)
    assert sis.numbers() == ["0001"]
